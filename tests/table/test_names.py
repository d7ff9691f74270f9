"""The same name twice, and names in variants."""

from __future__ import annotations

from village_alliances.sim.labels import labels, places_by_name
from village_alliances.sim.own_table import own_table
from village_alliances.sim.table import read_bytes
from village_alliances.sim.table.places import is_place, is_sum, stem

TWICE = (
    "村名,乡镇,县区\n张家村,城关镇,东县\n张家村,城关镇,西县\n张家村,南镇,西县\n李家村,南镇,西县\n"
)


def test_one_name_in_townships_of_one_name_is_told_apart_by_the_county() -> None:
    setting = own_table(read_bytes(TWICE.encode(), "a.csv"), region="ningbo", start=2024, years=6)
    found = labels(setting)
    assert len(set(found)) == 4
    assert set(found) == {
        "李家村",
        "张家村（南镇）",
        "张家村（东县城关镇）",
        "张家村（西县城关镇）",
    }
    assert all(places_by_name(setting)[label] == [at] for at, label in enumerate(found))
    assert len(places_by_name(setting)["张家村"]) == 3


def test_variants_of_a_name_have_one_stem_and_other_names_another() -> None:
    variants = (
        "石门",
        "石门村",
        "石门村委会",
        "石门村民委员会",
        "石门村村民委员会",
        "石门村经济合作社",
    )
    assert {stem(name) for name in (*variants, "石门村股份经济合作社")} == {"石门"}
    assert len({stem(name) for name in ("石门村", "石门社区", "上石门村", "村")}) == 4


def test_names_of_townships_and_sums() -> None:
    assert all(map(is_place, ("东镇", "西乡", "北街道", "東鄉", "某县（全部）")))
    assert not any(map(is_place, ("新城社区", "石门村", "镇", "经济开发区")))
    assert all(map(is_sum, ("合计", "東鎮小計", "全县合计", "Total", "合 计（12个村）", "平均")))
    assert not any(map(is_sum, ("合计村一", "总村", "平均山村", "石门村")))

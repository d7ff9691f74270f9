"""The same name twice, and names in variants."""

from __future__ import annotations

import pytest
from village_alliances.sim.labels import labels, places_by_name
from village_alliances.sim.own_table import own_table
from village_alliances.sim.table import TableError, read_bytes
from village_alliances.sim.table.places import is_place, is_sum, stem

TWICE = (
    "村名,乡镇,县区\n张家村,城关镇,东县\n张家村,城关镇,西县\n张家村,南镇,西县\n李家村,南镇,西县\n"
)


def test_one_name_in_townships_of_one_name_is_told_apart_by_the_county() -> None:
    setting = own_table(read_bytes(TWICE.encode(), "a.csv"), region="ningbo", start=2024, years=6)
    labels_of = labels(setting)
    assert len(set(labels_of)) == 4
    assert set(labels_of) == {
        "李家村",
        "张家村（南镇）",
        "张家村（东县城关镇）",
        "张家村（西县城关镇）",
    }
    assert all(places_by_name(setting)[label] == [i] for i, label in enumerate(labels_of))
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


MARKED = ["石桥村（牵头村）", "石桥村*", "1.石桥村", "★石桥村", "石桥村(省定薄弱村)", "（3）石桥村", "一、石桥村",
          "石桥村[示范村]", "牵头村：石桥村", "石桥村（原上林村）", "石桥村（Shiqiao）", "※1、石桥村（重点帮扶村）*"]  # fmt: skip


@pytest.mark.parametrize("marked", MARKED)
def test_marks_and_roles_are_no_part_of_a_name(marked: str) -> None:
    table = read_bytes(f"村名,人口,户数\n{marked},900,300\n外岙村,800,200\n".encode(), "a.csv")
    assert [row["name"] for row in table.rows] == ["石桥村", "外岙村"]
    assert stem(marked) == "石桥"
    number = marked[0] in "1（一"
    assert number or "石桥村" in str(table.warnings)


def test_a_lead_in_a_name_leads_and_a_footnote_says_what_a_mark_means() -> None:
    text = "村名,联合体,人口\n{},东,900\n外岙村,东,800\n{}\n"
    for name, note in (("石桥村（牵头村）", "合计,,1700"), ("石桥村*", "注：带*的为牵头村,,")):
        table = read_bytes(text.format(name, note).encode(), "a.csv")
        assert [row["lead"] for row in table.rows] == ["yes", None]
    unknown = read_bytes(text.format("石桥村*", "注：年末数,,").encode(), "a.csv")
    assert unknown.rows[0]["lead"] is None and "no title or footnote explains" in str(
        [w for w in unknown.warnings if w.severity == "ask"]
    )
    led = "村名,联合体,牵头村\n石桥村（牵头）,东,否\n外岙村,东,是\n"
    assert "marked as lead" in str(read_bytes(led.encode(), "a.csv").warnings)


def test_what_tells_villages_apart_stays_in_the_name() -> None:
    text = "村名,人口\n李家村（东）,900\n李家村（西）,800\n王家村（溪南片）,70\n张家村（南镇）,60\n"
    table = read_bytes(text.encode(), "a.csv")
    assert [row["name"] for row in table.rows] == [
        "李家村（东）", "李家村（西）", "王家村（溪南片）", "张家村",
    ]  # fmt: skip
    assert table.rows[3]["township"] == "南镇" and "溪南片" in str(table.warnings)


@pytest.mark.parametrize(
    "cell", ["石桥村、上林村", "石桥村/上林村", "石桥村和上林村", "石桥，上林", "石桥村等3个村"]
)
def test_several_names_in_a_cell_are_never_one_village(cell: str) -> None:
    with pytest.raises(TableError, match="several villages in one cell"):
        read_bytes(f"村名,人口\n{cell},900\n平等村,800\n".encode(), "a.csv")
    for joined in ("石桥村上林村", "石桥等村"):
        table = read_bytes(f"村名,人口\n{joined},900\n平等村,800\n".encode(), "a.csv")
        assert f"rows 2 “{joined}”" in str([w for w in table.warnings if w.severity == "ask"])


def test_traditional_and_simplified_characters_are_one_name() -> None:
    with pytest.raises(TableError, match="again, as in row 2"):
        read_bytes("村名,乡镇\n石橋村,東溪鎮\n石桥村,东溪镇\n".encode(), "a.csv")
    text = "村名,乡镇,联合体,牵头村\n石橋村,東溪鎮,東片,石桥村委会*\n灣裡村,东溪镇,东片,石桥村\n"
    table = read_bytes(text.encode(), "a.csv")
    assert [row["lead"] for row in table.rows] == ["yes", None]
    assert {row["township"] for row in table.rows} == {"東溪鎮"}
    assert len({row["alliance"] for row in table.rows}) == 1
    assert stem("灣裡村") == stem("湾里村") and stem("嶴門") == stem("岙门村")
    asks = read_bytes("村名,乡镇\n石桥村,东溪镇\n外岙村,东溪\n".encode(), "a.csv").warnings
    assert "one township or several" in str(asks)

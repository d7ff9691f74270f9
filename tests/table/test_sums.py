"""Rows that are sums of others, and rows that are titles of others, wherever they stand."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_alliances.sim.table import Table, TableError, read_bytes

NAMES = ["石门村", "外岙村", "上塘村", "下坞村", "古竹村", "沙地村", "里山村", "大桥村"]
HEAD = "村名,户数,人口,经营性收入(万元)\n"


def read(text: str) -> Table:
    return read_bytes(text.encode(), "own.csv")


def asked(table: Table) -> str:
    return "\n".join(w for w in table.warnings if w.severity == "ask")


def line(name: str, figures: list[int]) -> str:
    return ",".join([name, *map(str, figures)]) + "\n"


def total(rows: list[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0), st.sampled_from(["all", "second", "picked"]), st.integers(0, 8))
def test_a_sum_of_any_rows_in_any_place_is_no_village_in_silence(
    seed: int, of: str, place: int
) -> None:
    luck = random.Random(seed)
    rows = [[luck.randint(90, 400), luck.randint(401, 2_000), luck.randint(2, 90)] for _ in NAMES]
    chosen = {"all": rows, "second": rows[::2], "picked": luck.sample(rows, luck.randint(2, 7))}[of]
    lines = [line(name, figures) for name, figures in zip(NAMES, rows, strict=True)]
    lines.insert(place, line("溪口", total(chosen)))
    table = read(HEAD + "".join(lines))
    names = [row["name"] for row in table.rows]
    assert names == NAMES or ("溪口" in asked(table) and len(names) == len(NAMES) + 1)
    assert of != "all" or names == NAMES


def test_a_county_over_townships_over_villages() -> None:
    rows = [[300, 900, 30], [200, 600, 20], [250, 700, 25], [150, 500, 15]]
    east, west = rows[:2], rows[2:]
    above = ["林溪县", total(rows)], ["东镇", total(east)], *zip(NAMES[:2], east, strict=True)
    lines = [*above, ["西乡", total(west)], *zip(NAMES[2:4], west, strict=True)]
    for text in (lines, [*lines[1:], lines[0]]):
        table = read(HEAD + "".join(line(*row) for row in text))
        places = [(row["name"], row["township"]) for row in table.rows]
        assert places == list(zip(NAMES[:4], ["东镇", "东镇", "西乡", "西乡"], strict=True))
    below = [*lines[2:4], lines[1], *lines[5:], lines[4], lines[0]]
    assert [row["township"] for row in read(HEAD + "".join(line(*row) for row in below)).rows] == [
        "东镇",
        "东镇",
        "西乡",
        "西乡",
    ]


def test_a_county_above_is_not_the_township_of_what_follows() -> None:
    table = read(
        "乡镇,村名,人口\n林溪县,,3000\n东镇,石门村,900\n,外岙村,800\n西乡,上塘村,700\n,下坞村,600\n"
    )
    assert [row["township"] for row in table.rows] == ["东镇", "东镇", "西乡", "西乡"]


def test_kinds_of_villages_are_sums_or_asked_about() -> None:
    text = HEAD + "石门村,300,900,30\n外岙村,200,600,20\n上塘村,250,700,25\n{}\n"
    table = read(text.format("薄弱村,450,1300,45"))
    assert len(table.rows) == 3
    assert "薄弱村" in asked(read(text.format("薄弱村,450,1310,45")))


def test_totals_beside_averages_rounded_or_added_up_wrongly() -> None:
    rows = "石门村,900,30.14,30000\n外岙村,600,28.37,28000\n上塘村,700,21.25,21000\n"
    head = "村名,人口,经营性收入(万元),人均收入(元)\n" + rows
    assert len(read(head + "林溪,2200,79.8,26500\n").rows) == 3
    assert "林溪" in asked(read(head + "林溪,2210,80.5,26500\n"))


@pytest.mark.parametrize("title", ["一、{}", "{}", "（二）{}（3个村）", "{}："])
@pytest.mark.parametrize("name", ["林溪党建联合体", "林溪片区组团", "林溪联盟"])
def test_a_section_of_an_alliance_names_the_alliance_of_what_follows(title: str, name: str) -> None:
    text = f"村名,人口\n东镇,\n{title.format(name)},\n石门村,900\n外岙村,600\n西乡,\n上塘村,700\n"
    table = read(text)
    assert [(r["township"], r["alliance"]) for r in table.rows] == [
        ("东镇", name),
        ("东镇", name),
        ("西乡", None),
    ]
    assert name in str(table.warnings)


def test_a_section_names_the_lead_and_no_column_of_alliances_is_overruled() -> None:
    led = read("村名,人口\n一、林溪联合体（牵头村：外岙村）,\n石门村,900\n外岙村,600\n")
    assert [row["lead"] for row in led.rows] == [None, "yes"]
    own = "村名,联合体,人口\n一、林溪联合体,,\n石门村,东片,900\n外岙村,东片,600\n上塘村,未加入,9\n"
    assert [row["alliance"] for row in read(own).rows] == ["东片", "东片", None]


def test_an_alliance_with_its_sum_is_the_alliance_of_its_parts() -> None:
    table = read(
        HEAD + "林溪联合体,500,1500,50\n石门村,300,900,30\n外岙村,200,600,20\n"
        "西山联合体,400,1200,40\n上塘村,250,700,25\n下坞村,150,500,15\n"
    )
    groups = [row["alliance"] for row in table.rows]
    assert groups == ["林溪联合体"] * 2 + ["西山联合体"] * 2
    assert all(a <= b for a, b in pairwise(row["_row"] for row in table.rows))


def test_a_bare_region_of_a_county_is_asked_about() -> None:
    table = read("乡镇,村名,人口\n溪东片区,,\n东镇,石门村,900\n东镇,外岙村,600\n")
    assert {row["alliance"] for row in table.rows} == {"溪东片区"} and "溪东片区" in asked(table)
    with pytest.raises(TableError, match="one village only"):
        read("村名,人口\n一、林溪联合体,\n石门村,900\n二、西山联合体,\n外岙村,6\n上塘村,7\n")


def test_sums_that_end_each_run_of_rows_are_found_in_one_column() -> None:
    text = (
        "乡镇,村名,人口\n东镇,石门村,900\n东镇,外岙村,800\n东镇,{},1700\n西乡,上塘村,7\n西乡,{},7\n"
    )
    assert len(read(text.format("共", "共")).rows) == 3
    assert "甲线" in asked(read(text.format("甲线", "乙线")))


@pytest.mark.parametrize(
    "row",
    ["林溪县村情表,", "上年同期,2380", "村均,800", "— 1 —,", "县农业农村局（盖章）,", "计,2400"],
)
def test_rows_that_compare_repeat_a_title_or_sign_are_left_out(row: str) -> None:
    text = f"林溪县村情表,\n村名,人口\n石门村,900\n外岙村,800\n{row}\n上塘村,700\n"
    assert [r["name"] for r in read(text).rows] == ["石门村", "外岙村", "上塘村"]


def test_a_name_without_any_figure_among_rows_with_figures_is_asked_about() -> None:
    text = "村名,人口\n{},\n石门村,900\n外岙村,800\n上塘村,700\n"
    assert "薄弱村1个" in asked(read(text.format("薄弱村1个")))
    assert not asked(read(text.format("下坞村")))
    assert [r["township"] for r in read(text.format("【东镇】")).rows] == ["东镇"] * 3

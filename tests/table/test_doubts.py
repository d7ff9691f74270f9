"""What could be read wrongly in silence is left out and listed, asked about, or refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_alliances.sim.loading import load
from village_alliances.sim.table import Table, TableError, read_bytes

from tests.table.books import book


def read(text: str, name: str = "own.csv") -> Table:
    return read_bytes(text.encode(), name)


def names(text: str) -> list[str]:
    return [row["name"] for row in read(text).rows]


def asked(table: Table) -> list[str]:
    return [str(w) for w in table.warnings if getattr(w, "severity", "") == "ask"]


HEAD = "乡镇,村名,人口,户数\n"
EAST = "东镇,溪口村,1100,310\n东镇,上塘村,640,200\n"
WEST = "西乡,下坞村,820,260\n西乡,竹山村,450,150\n"
CLEAN = ["溪口村", "上塘村", "下坞村", "竹山村"]


@pytest.mark.parametrize(
    "row",
    [
        ",东镇小计,1740,510",
        "东镇,小计：,1740,510",
        ",合计（2个村）,1740,510",
        "全县合计,,3010,920",
        ",全县,3010,920",
        ",东镇,1740,510",
        "二、西乡,,,",
        "东镇,溪口等,3010,920",
        "乡镇,村名,人口,户数",
        "数据截止上年底，由各村会计上报,,,",
        "填报人 甲 审核人 乙,,,",
    ],
)
def test_what_is_no_village_is_left_out_and_listed(row: str) -> None:
    table = read(HEAD + EAST + WEST + row + "\n")
    assert [r["name"] for r in table.rows] == CLEAN
    assert "left out: 6" in str(table.warnings)


def test_sections_name_the_township_of_what_follows() -> None:
    table = read("村名,人口\n一、东镇,\n溪口村,1100\n上塘村,640\n二、西乡,\n下坞村,820\n")
    assert [(r["name"], r["township"]) for r in table.rows] == [
        ("溪口村", "东镇"),
        ("上塘村", "东镇"),
        ("下坞村", "西乡"),
    ]


def test_a_name_like_a_township_without_more_evidence_is_asked_about() -> None:
    table = read("村名,人口\n古镇,900\n溪口村,1100\n")
    assert len(table.rows) == 2 and "2 “古镇”" in asked(table)[0]
    assert not asked(read("村名,人口\n新市社区,900\n溪口村,1100\n"))


def test_counts_of_villages_are_no_names() -> None:
    for text in ("乡镇,行政村(个),人口\n东镇,12,9000\n", "村名,人口\n1,900\n2,800\n"):
        with pytest.raises(TableError, match="names of villages"):
            read(text)


@pytest.mark.parametrize(
    "word", ["未加入", "未参加", "否", "无", "-", "尚未参加", "正在筹建", "不涉及", "no"]
)
def test_words_that_mean_no_alliance(word: str) -> None:
    table = read(f"村名,联合体\n甲,东片\n乙,东片\n丙,{word}\n丁,{word}\n")
    assert [r["alliance"] for r in table.rows] == ["东片", "东片", None, None]


def test_a_yes_is_no_name_of_an_alliance() -> None:
    with pytest.raises(TableError, match="does not say which one"):
        read("村名,联合体\n甲,是\n乙,是\n丙,否\n")


def test_the_year_of_a_heading_is_that_of_its_figures(tmp_path: Path) -> None:
    text = "村名,{}经营性收入(元)\n甲,100000\n乙,200000\n"
    of_seven = (5 * 0.08 + 2 * 0.06) / 7  # a year: 8% to 2021, 6% since
    for heading, factor, severity in (
        ("2016年", (1 + of_seven) ** 7, "ask"),
        ("2022年度", 1.06, "note"),
    ):
        path = tmp_path / "own.csv"
        path.write_text(text.format(heading), encoding="utf-8")
        scenario = load(path)
        assert sorted(scenario.numbers["collective_income"].low) == pytest.approx(
            [1e5 * factor, 2e5 * factor]
        )
        assert scenario.table is not None
        (warnings,) = (w for w in scenario.table.warnings if "carried to 2023" in w)
        assert warnings.severity == severity  # type: ignore[attr-defined]
    path.write_text(text.format("2023年"), encoding="utf-8")
    assert sorted(load(path).numbers["collective_income"].low) == [1e5, 2e5]


def test_foundings_out_of_time_are_told(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "村名,联合体,成立\n甲,东,2012\n乙,东,2012\n丙,西,2040\n丁,西,2040\n", encoding="utf-8"
    )
    table = load(path).table
    assert table is not None
    assert "before the start" in str(table.warnings) and "after the last year" in str(asked(table))


@pytest.mark.parametrize(
    ("heading", "cells", "text"),
    [
        ("人口(人)", ("1100", "640", "1.300"), "1,300 meant"),
        ("人均收入(元)", ("21000", "19000", "2.2"), "22,000 meant"),
        ("集体经济收入(万元)", ("6", "5", "9", "7", "52000"), "52,000 meant"),
        ("集体经济收入(元)", ("6", "5", "9"), "万元 meant"),
    ],
)
def test_a_figure_that_is_hardly_so_is_asked_about(
    heading: str, cells: tuple[str, ...], text: str
) -> None:
    rows = "".join(f"村{'甲乙丙丁戊'[i]},{cell}\n" for i, cell in enumerate(cells))
    assert text in str(asked(read(f"村名,{heading}\n{rows}")))


def test_two_swapped_digits_of_a_place_are_found() -> None:
    rows = "甲,121.41,29.66\n乙,121.43,29.67\n丙,112.42,29.65\n"
    assert "121.42, 29.65 meant" in str(asked(read("村名,经度,纬度\n" + rows)))


def test_ditto_marks_and_blanks_below_a_township_mean_as_above() -> None:
    ditto = read("村名,乡镇\n甲,东镇\n乙,同上\n丙,〃\n丁,西乡\n")
    assert [r["township"] for r in ditto.rows] == ["东镇"] * 3 + ["西乡"]
    blank = read("村名,乡镇\n甲,东镇\n乙,\n丙,\n乙,西乡\n戊,\n")
    assert [r["township"] for r in blank.rows] == ["东镇"] * 3 + ["西乡"] * 2
    assert "read as the one above" in str(asked(blank))
    torn = read("村名,乡镇\n甲,东镇\n乙,\n丙,西乡\n丁,\n戊,东镇\n")
    assert [r["township"] for r in torn.rows] == ["东镇", None, "西乡", None, "东镇"]


def test_variants_of_one_name_are_one_village() -> None:
    with pytest.raises(TableError, match="again, as in row 2"):
        read("村名,乡镇\n石门村,东镇\n石门村民委员会,东镇\n")
    assert len(read("村名,乡镇\n石门村,东镇\n石门村委会,西乡\n").rows) == 2
    assert "no more" in str(asked(read("村名,人口\n石门村,300\n白石村(已撤并),200\n")))
    led = read("村名,联合体,牵头村\n石门村,东,石门村委会\n白石村,东,石门村委会\n")
    assert led.rows[0]["lead"] == "yes"


def test_panels_side_by_side_are_read_one_below_the_other() -> None:
    table = read("序号,村名,人口,,序号,村名,人口\n1,甲村,900,,3,丙村,700\n2,乙村,800,,,,\n")
    assert [(r["name"], r["population"].low) for r in table.rows] == [
        ("甲村", 900),
        ("乙村", 800),
        ("丙村", 700),
    ]
    assert "2 panels side by side" in str(table.warnings)
    placed = read("甲镇,,乙乡,\n村名,人口,村名,人口\n东村,900,西村,800\n")
    assert [r["township"] for r in placed.rows] == ["甲镇", "乙乡"]
    for text in ("村名,人口,村名,户数\n甲,900,乙,300\n", "村名,人口,村名,人口\n甲,1,200,乙,800\n"):
        with pytest.raises(TableError) as caught:
            read(text)
        assert "one of them" not in str(caught.value)  # advice that would delete half of the data


def test_a_heading_that_looks_like_ours_is_asked_about() -> None:
    table = read("村名,村里全年收入情况\n甲,4\n乙,5\n")
    assert "--column" in asked(table)[0]


DECORATIONS = {
    "subtotal": lambda rows: [*rows[:2], ",东镇小计,1740,510", *rows[2:]],
    "total": lambda rows: [*rows, "合计,,3010,920"],
    "note": lambda rows: [*rows, "注：以上为年末数,,,"],
    "signature": lambda rows: [*rows, "制表人：某,,,"],
    "blank": lambda rows: [*rows[:1], ",,,", *rows[1:]],
    "again": lambda rows: [*rows[:3], HEAD.strip(), *rows[3:]],
}


@settings(max_examples=80, deadline=None)
@given(
    st.sets(st.sampled_from(sorted(DECORATIONS))),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.integers(0, 99),
)
def test_a_decorated_table_reads_to_the_same_villages(
    chosen: set[str], titled: bool, encoding: str, seed: int
) -> None:
    rows = (EAST + WEST).splitlines()
    random.Random(seed).shuffle(rows)
    rows.sort(key=lambda row: row[:2])
    for name in sorted(chosen):
        rows = DECORATIONS[name](rows)
    text = ("某县村情表,,,\n" if titled else "") + HEAD + "\n".join(rows) + "\n"
    table = read_bytes(text.encode(encoding), "own.csv")
    villages = sorted((r["name"], r["township"], r["population"].low) for r in table.rows)
    clean = sorted(
        (r["name"], r["township"], r["population"].low) for r in read(HEAD + EAST + WEST).rows
    )
    assert villages == clean


def test_the_sheet_is_the_newest_or_the_fullest_or_the_one_named() -> None:
    head = ["村名", "人口"]
    years = book({year: [head, ["甲", 900 + i]] for i, year in enumerate(("2020", "2022", "2021"))})
    assert read_bytes(years, "a.xlsx").sheet == "2022"
    assert read_bytes(years, "a.xlsx", sheet="2020").sheet == "2020"
    with pytest.raises(TableError, match="one of: 2020, 2022, 2021"):
        read_bytes(years, "a.xlsx", sheet="2019")
    data = book({"说明": [["村名", "写全称"], ["人口", "年末"]], "数据": [head, ["甲", 900]]})
    table = read_bytes(data, "a.xlsx")
    assert table.sheet == "数据" and "left out: 说明" in asked(table)[0]


def test_a_column_may_be_settled() -> None:
    text = "村名,村里全年收入(万元)\n甲,4\n"
    settled = {"村里全年收入(万元)": "collective_income"}
    table = read_bytes(text.encode(), "a.csv", columns=settled)
    assert table.rows[0]["collective_income"].low == 40_000
    with pytest.raises(TableError, match="no column"):
        read_bytes(text.encode(), "a.csv", columns={"没有": "debt"})


def test_a_sum_of_neighbours_is_left_out_under_the_name_of_a_group_else_asked_about() -> None:
    head = "村名,人口,户数,经营性收入（万元）,联合体\n"
    east = "溪口,1100,310,42,东联合体\n上塘,640,200,3.5,东联合体\n"
    west = "下坞,820,260,7,西联合体\n竹山,450,150,9,西联合体\n"
    below = read(head + east + "东联合体,1740,510,45.5,\n" + west)
    assert [r["name"] for r in below.rows] == ["溪口", "上塘", "下坞", "竹山"]
    above = read(head + east + "西片地,1270,410,16,\n" + west)
    assert len(above.rows) == 5 and "4 “西片地”" in str(asked(above))
    assert not asked(read(head + east + "西片地,1270,410,17,\n" + west))
    assert names(head + east + west + "最高,1100,310,42,\n中位数,730,230,8,\n") == [
        "溪口",
        "上塘",
        "下坞",
        "竹山",
    ]


@pytest.mark.parametrize("body", ["其他", "镇直机关", "县属林场", "城投公司", "果蔬专业合作社"])
def test_bodies_that_are_hardly_villages_are_asked_about(body: str) -> None:
    assert body in str(asked(read(f"村名,人口\n甲村,900\n乙村,800\n{body},70\n")))
    village = f"{body}村" if body != "其他" else "丙村股份经济合作社"
    assert not asked(read(f"村名,人口\n甲村,900\n乙村,800\n{village},70\n"))


def test_alliances_that_differ_by_words_of_any_alliance_are_asked_about() -> None:
    text = "村名,联合体\n甲,{0}\n乙,{0}\n丙,{1}\n丁,{1}\n"
    assert "one alliance or several" in str(asked(read(text.format("东", "东党建联合体"))))
    assert not asked(read(text.format("东联合体", "西联合体")))


def test_a_lead_by_a_name_of_two_members_is_refused() -> None:
    head = "乡镇,村名,联合体,牵头村\n"
    with pytest.raises(TableError, match="a name of two members"):
        read(head + "东镇,新村,甲,新村\n西乡,新村,甲,\n西乡,下坞村,甲,\n")


def test_headings_again_in_another_order_are_refused() -> None:
    with pytest.raises(TableError, match=r"row 3.*in another order"):
        read("村名,户数,人口\n甲,310,1100\n村名,人口,户数\n乙,640,200\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("第一季度", "第二季度"),
        ("2月", "12月"),
        ("九月", "十月"),
        ("22年", "23年"),
        ("2022", "23年"),
    ],
)
def test_of_sheets_of_the_same_villages_the_newest_is_read(old: str, new: str) -> None:
    sheets = {
        title: [["村名", "人口"], ["甲", i], ["乙", 900]] for i, title in ((1, old), (2, new))
    }
    for order in ((old, new), (new, old)):
        table = read_bytes(book({title: sheets[title] for title in order}), "a.xlsx")
        assert table.sheet == new and "the newest" in str(asked(table))


def test_sheets_of_the_same_villages_with_other_figures_are_asked_about() -> None:
    rows = [["村名", "人口"], ["甲", 900], ["乙", 800]]
    for last, count in ((800, 0), (700, 1)):
        other = [*rows[:2], ["乙", last]]
        assert len(asked(read_bytes(book({"初稿": rows, "定稿": other}), "a.xlsx"))) == count


def test_money_too_small_for_yuan_is_asked_about() -> None:
    bare = "村名,负债,经营性收入{}\n甲,{debt},42\n乙,{debt},9\n"
    assert "'负债' names no unit" in str(asked(read(bare.format("", debt=30))))
    assert "'负债' names no unit" in str(asked(read(bare.format("（万元）", debt=5000))))
    assert not asked(read(bare.format("（万元）", debt=50000)))
    rows = "".join(f"{name},{debt}\n" for name, debt in zip("甲乙丙丁戊己", [30000] * 5 + [3]))
    assert "row 7 '3'" in str(asked(read("村名,负债(元)\n" + rows)))
    assert "'0'" in str(asked(read("村名,人均收入(元)\n甲,29000\n乙,0\n丙,28000\n")))


def test_places_that_cannot_all_be_so_are_asked_about() -> None:
    head = "村名,经度,纬度\n"
    same = "".join(f"{name},121.41,29.68\n" for name in "甲乙丙")
    assert "one and the same point" in str(asked(read(head + same)))
    far = "".join(
        f"{name},{lon},29.68\n" for name, lon in zip("甲乙丙丁", (121, 121.1, 117, 117.1))
    )
    assert "half of the villages" in str(asked(read(head + far)))


@pytest.mark.parametrize(
    "heading",
    ["集体经济收入目标值", "家庭农场户数", "村干部人均收入", "人均集体收入（元）", "外出人口"],
)
def test_a_column_is_not_advised_for_what_it_is_a_part_or_a_plan_of(heading: str) -> None:
    assert "--column" not in str(asked(read(f"村名,{heading}\n甲,84\n乙,70\n")))


def test_of_several_columns_the_newest_is_advised() -> None:
    with pytest.raises(TableError, match='--column "2023年经营性收入=collective_income"'):
        read("村名,2022年经营性收入（元）,2023年经营性收入\n甲,420000,42\n乙,35000,3.5\n")

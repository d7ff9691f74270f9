"""Columns that are not read, and may be meant: named, with what settles it."""

from __future__ import annotations

from typing import Any

import pytest
from village_alliances.sim.table import Table, TableError, read_bytes

from tests.table.books import book


def asked(table: Table) -> str:
    return "\n".join(w for w in table.warnings if w.severity == "ask")


def test_a_column_without_heading_is_named_by_letter_and_content_and_settled() -> None:
    text = "村名,人口,,\n石门村,900,东镇,1\n外岙村,800,西乡,2\n".encode()
    table = read_bytes(text, "a.csv")
    assert "column C has no heading" in asked(table) and "'东镇', '西乡'" in asked(table)
    assert "column D" not in asked(table)  # numbers of rows
    settled = read_bytes(text, "a.csv", columns={"C": "township"})
    assert [row["township"] for row in settled.rows] == ["东镇", "西乡"] and not asked(settled)
    beyond = book({"表": [["村名"], ["石门村", 900], ["外岙村", 800]]})
    assert "column B has no heading" in asked(read_bytes(beyond, "a.xlsx"))
    settled = read_bytes(beyond, "a.xlsx", columns={"b": "population"})
    assert [row["population"].low for row in settled.rows] == [900, 800]
    with pytest.raises(TableError, match="no column 'Q'"):
        read_bytes(text, "a.csv", columns={"Q": "township"})


def test_in_a_turned_table_it_is_a_row_of_the_file() -> None:
    text = "村名,石门村,外岙村\n人口,900,800\n户数,300,200\n,5,9\n"
    assert "column 4 has no heading" in asked(read_bytes(text.encode(), "a.csv"))


def test_hidden_columns_are_asked_about_and_a_shown_one_goes_before() -> None:
    def hide(*letters: str) -> Any:
        def dress(page: Any) -> None:
            for letter in letters:
                page.column_dimensions[letter].hidden = True

        return dress

    rows = [["村名", "人口", "户籍人口"], ["石门村", 900, 950], ["外岙村", 800, 850]]
    for letter, people in (("B", 950), ("C", 900)):
        table = read_bytes(book({"表": rows}, hide(letter)), "a.xlsx")
        assert table.rows[0]["population"].low == people and "hidden columns" in asked(table)
    table = read_bytes(book({"表": [row[:2] for row in rows]}, hide("B")), "a.xlsx")
    assert "hidden columns are read all the same" in asked(table)
    turned = [list(row) for row in zip(*rows[:2], ["下坞村", 700, 720], rows[2], strict=True)]
    table = read_bytes(book({"表": turned}, hide("C")), "a.xlsx")
    assert [row["name"] for row in table.rows] == ["石门村", "外岙村"]


@pytest.mark.parametrize(
    "text",
    [
        "村名,经营性收入(万元),,\n,上年,本年,增长%\n石门村,12,13,8\n",
        "村名,上年经营性收入(万元),本年经营性收入(万元)\n石门村,12,13\n",
        "村名,经营性收入(万元),\n,年初数,年末数\n石门村,12,13\n",
        "村名,经营性收入(万元),\n,计划,完成\n石门村,12,13\n",
        "村名,经营性收入(万元),,人口,\n,2022年,2023年,2022年,2023年\n石门村,12,13,4,4\n",
    ],
)
def test_of_two_times_under_one_heading_the_later_is_read_with_a_note(text: str) -> None:
    table = read_bytes(text.encode(), "a.csv")
    assert table.rows[0]["collective_income"].low == 130_000
    assert "经营性收入" in str(table.warnings)
    with pytest.raises(TableError, match="2 columns"):
        read_bytes("村名,2023年经营性收入,上年经营性收入\n石门村,12,13\n".encode(), "a.csv")


def test_a_word_that_may_mean_nought_is_asked_about() -> None:
    table = read_bytes("村名,经营性收入(万元)\n石门村,无\n外岙村,3\n".encode(), "a.csv")
    assert table.rows[0]["collective_income"] is None and "无" in asked(table)
    for word in ("无此项", "不详", "待定", "未统计", "……"):
        blank = read_bytes(f"村名,负债(万元)\n石门村,{word}\n外岙村,9\n".encode(), "a.csv")
        assert blank.rows[0]["debt"] is None and not asked(blank)


@pytest.mark.parametrize(
    "unit", ["RMB 10,000", "10k yuan", "人民币万元", "万元人民币", "in RMB 10,000", "萬圓"]
)
@pytest.mark.parametrize("place", ["heading", "title", "english title"])
def test_units_with_a_currency(unit: str, place: str) -> None:
    title = {"title": f"单位：{unit}、人", "english title": f"Unit: {unit}"}.get(place, "表")
    own = f"({unit})" if place == "heading" else ""
    text = f'"{title}",,\n村名,"经营性收入{own}",人口\n石门村,12,300\n'
    row = read_bytes(text.encode(), "a.csv").rows[0]
    assert (row["collective_income"].low, row["population"].low) == (120_000, 300)
    cell = read_bytes("村名,经营性收入(元)\n石门村,¥12万\n外岙村,RMB 9万\n".encode(), "a.csv")
    assert [row["collective_income"].low for row in cell.rows] == [120_000, 90_000]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("村名,人口,备注\n石门村,900,\n外岙村,800,已撤并至石门村\n", "'已撤并至石门村'"),
        ("村名,联合体,备注\n石门村,东,牵头村\n外岙村,东,\n", "牵头村"),
        ("村名,2021,2022,2023\n石门村,10,11,12\n", '"2023=collective_income"'),
        ("村名,X,Y\n石门村,121.4,29.6\n", '"X=lon"'),
    ],
)
def test_what_an_unread_column_says_is_asked_about(text: str, message: str) -> None:
    assert message.strip("'") in asked(read_bytes(text.encode(), "a.csv"))


@pytest.mark.parametrize("mark", [",", "\t", ";", "|", "，", "；"])
def test_any_usual_mark_between_cells_and_headings_in_two_languages(mark: str) -> None:
    lines = [["Village 村名", "人口 Population"], ["石门村", "900"], ["外岙村", "800"]]
    table = read_bytes("\n".join(mark.join(line) for line in lines).encode(), "a.csv")
    assert [(row["name"], row["population"].low) for row in table.rows] == [
        ("石门村", 900),
        ("外岙村", 800),
    ]


@pytest.mark.parametrize("digits", ["①", "²", "９" * 5000, "9" * 5000])
def test_what_only_looks_like_the_number_of_a_row_is_no_number(digits: str) -> None:
    text = f"村名,人口,\n石门村,900,{digits}\n上塘村,700,{digits}\n"
    assert "no heading" in asked(read_bytes(text.encode(), "a.csv"))

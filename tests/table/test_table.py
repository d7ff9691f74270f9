"""Village tables: what comes from a county office is read, and what is wrong is said all at
once."""

from __future__ import annotations

import csv
import json
import os
import pickle
from pathlib import Path

import pytest
from village_alliances.sim.problems import Problem, Text
from village_alliances.sim.table import (
    TableError,
    read_bytes,
    read_table,
)

from tests.table.books import (
    BAD,
    GOOD,
    TESTS,
    edited,
    message,
    plain_value,
    read_text,
    sheet,
)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_a_bad_table_gets_its_exact_message(path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read_table(path)
    error = caught.value
    expected = path.with_name(path.name + ".expected.txt").read_text(encoding="utf-8")
    assert f"{error}\n\n{error.message('zh')}\n" == expected
    assert error.problems and all(problem.found and problem.expected for problem in error.problems)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_a_good_table_is_read_as_it_was_meant(path: Path) -> None:
    expected = json.loads(path.with_name(path.name + ".expected.json").read_text(encoding="utf-8"))
    read = read_table(path)
    assert {
        "encoding": read.encoding,
        "sheet": read.sheet,
        "ignored": read.ignored,
        "warnings": [str(warning) for warning in read.warnings],
        "understood": [[u.header, u.field, str(u.unit), str(u.note)] for u in read.understood],
        "rows": [
            {name: plain_value(value) for name, value in row.items() if value is not None}
            for row in read.rows
        ],
    } == expected


def test_every_expected_file_has_its_table() -> None:
    for folder, tables, ending in (
        ("bad_tables", BAD, ".expected.txt"),
        ("good_tables", GOOD, ".expected.json"),
    ):
        expected = {path.name.removesuffix(ending) for path in (TESTS / folder).glob("*" + ending)}
        assert expected == {path.name for path in tables}


def test_the_same_table_in_every_encoding_is_the_same() -> None:
    tables = [
        read_table(TESTS / "good_tables" / name)
        for name in ("county_gbk.csv", "county_bom.csv", "county_utf16_tabs.txt")
    ]
    texts = [[{k: plain_value(v) for k, v in row.items()} for row in read.rows] for read in tables]
    assert texts[0] == texts[1] == texts[2]


def test_few_chinese_characters_of_gb18030_are_not_taken_for_another_script() -> None:
    for name in ("小", "联通", "山水"):
        assert (
            read_bytes(f"name,population\n{name},900\n".encode("gb18030"), "a.csv").rows[0]["name"]
            == name
        )
    assert read_bytes("name\nЛю€\n".encode(), "a.csv").rows[0]["name"] == "Лю€"  # cannot be GB18030
    assert read_bytes("name\nLéishān\n".encode(), "a.csv").rows[0]["name"] == "Léishān"


@pytest.mark.skipif(
    "VILLAGE_POINTS" not in os.environ,
    reason="VILLAGE_POINTS names no folder of real village points",
)
def test_real_village_points() -> None:
    paths = sorted(Path(os.environ["VILLAGE_POINTS"]).glob("*.csv"))
    assert paths
    for path in paths:
        read = read_table(path)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            raw = list(csv.DictReader(stream))
        townships = {row["township"] for row in raw}
        raw = [row for row in raw if row["name"] not in townships]  # points of townships
        assert [row["name"] for row in read.rows] == [row["name"].strip() for row in raw]
        assert [row["lon"].low for row in read.rows] == [float(row["lon"]) for row in raw]
        assert not read.ignored


def test_rows_keep_their_numbers_and_unknown_fields_are_refused() -> None:
    read = read_text('村名,备注\n甲村,"两\n行"\n\n乙村,\n')
    assert [row["_row"] for row in read.rows] == [2, 4]
    assert read.rows[0]["debt"] is None
    with pytest.raises(KeyError):
        read.rows[0]["depth"]


def test_a_broken_line_in_a_cell_and_a_blank_row_count_as_a_spreadsheet_counts() -> None:
    assert "row 4, column '人口'" in message('村名,人口\n"甲\n村",100\n\n乙村,x\n')


def test_all_problems_come_at_once_and_in_the_order_of_rows() -> None:
    with pytest.raises(TableError) as caught:
        read_table(TESTS / "bad_tables" / "many_at_once.csv")
    rows = [problem.row or 0 for problem in caught.value.problems]
    assert len(rows) == 10 and rows == sorted(rows)
    assert {type(problem) for problem in caught.value.problems} == {Problem}


def test_warnings_about_units() -> None:
    head = "村名,集体经济收入{}\n"
    assert "kept as yuan" in str(read_text(head.format("") + "甲,3\n乙,12\n").warnings)
    assert "is 万元 meant" in str(read_text(head.format("(元)") + "甲,3\n乙,12\n").warnings)
    assert "is the unit right" in str(
        read_text(head.format("(万元)") + "甲,120000\n乙,350000\n").warnings
    )
    assert "mix" in str(read_text(head.format("") + "甲,3\n乙,12\n丙,35000\n丁,120000\n").warnings)
    assert not read_text(head.format("") + "甲,30000\n乙,120000\n").warnings


def test_a_unit_in_the_title_holds_where_the_heading_names_none() -> None:
    read = read_text("村情表,单位：万元、人\n村名,负债,集体经济收入(元)\n甲,250,300\n")
    assert read.rows[0]["debt"].low == 2_500_000 and read.rows[0]["collective_income"].low == 300
    several = read_text("单位：万元、元,\n村名,负债\n甲,250\n")
    assert several.rows[0]["debt"].low == 250 and "several units" in several.warnings[0]


def test_sums_footnotes_and_repeated_headings_are_no_villages() -> None:
    head = "序号,村名,人口\n1,甲村,900\n"
    for row in (
        "合计,2 个村,900",
        ",合 计,900",
        "总计：,,900",
        "序号,村名,人口",
        "注：上年末数,,",
        ",说明：含外出人口,",
        "填表人：某,,审核：某",
    ):
        read = read_text(f"{head}{row}\n2,乙村,800\n")
        assert [village["name"] for village in read.rows] == ["甲村", "乙村"], row
        assert "left out: 3" in read.warnings[0]
    assert "no name" in message(f"{head}3,,900\n")


def test_residents_stand_in_for_inhabitants_only_where_these_are_not_there() -> None:
    alone = read_text("村名,常住人口\n甲,900\n")
    assert alone.rows[0]["population"].low == alone.rows[0]["residents"].low == 900
    assert "residents taken" in alone.understood[-1].note
    both = read_text("村名,常住人口,户籍人口\n甲,900,1200\n").rows[0]
    assert (both["population"].low, both["residents"].low) == (1200, 900)


def test_two_incomes_are_told_apart() -> None:
    heads = ("其中：经营性收入(万元)", "其中:村集体经营性收入(万元)")
    for head in heads:
        row = read_text(f"村名,村集体经济收入(万元),{head}\n甲,6,4.2\n").rows[0]
        assert (row["collective_income"].low, row["total_income"].low) == (42_000, 60_000)
    only = read_text("村名,村集体经济总收入(万元)\n甲,6\n乙,\n")
    first, second = (row["collective_income"] for row in only.rows)
    assert (first.low, first.high, first.kind) == (0, 60_000, "below") and second is None
    assert [w.severity for w in only.warnings] == ["ask"]
    turned = read_text("村名,总收入(万元),经营性收入(万元)\n甲,4,6\n")
    assert "row 2" in turned.warnings[0] and turned.warnings[0].severity == "ask"


def test_what_the_rebuilt_model_reads_may_be_in_the_table() -> None:
    row = read_text(
        "村名,主导产业面积(亩),景点数(处),闲置劳动力(人),企业岗位(个),可用屋顶,常住人口\n甲,120,3,40,65,1.5,800\n"
    ).rows[0]
    names = ("volume", "scenic", "idle_hands", "firm_jobs", "roofs", "residents")
    assert [row[name].low for name in names] == [120, 3, 40, 65, 1.5, 800]


def test_merged_cells_lost_in_a_csv_are_pointed_out() -> None:
    assert "merged cells" in str(read_text("乡镇,村名\n东镇,甲\n,乙\n,丙\n").warnings)


def test_a_lead_by_name_and_one_spelling_of_an_alliance() -> None:
    read = read_text("村名,联合体,牵头村\n甲村,东溪（一）,乙村\n乙村,东溪(一),乙村\n")
    assert [row["lead"] for row in read.rows] == [None, "yes"]
    assert {row["alliance"] for row in read.rows} == {"东溪（一）"}


def test_a_second_row_of_headings_may_hold_the_units() -> None:
    read = read_bytes(
        sheet(["村名", "负债", "人口"], [None, "万元", "人"], ["甲", 250, 900]), "a.xlsx"
    )
    assert read.rows[0]["debt"].low == 2_500_000 and read.rows[0]["_row"] == 3


def test_a_merged_place_holds_for_each_row() -> None:
    read = read_bytes(
        sheet(["乡镇", "村名"], ["东镇", "甲"], [None, "乙"], ["西镇", "丙"], merged=("A2:A3",)),
        "a.xlsx",
    )
    assert [row["township"] for row in read.rows] == ["东镇", "东镇", "西镇"]


def test_an_empty_text_of_a_formula_is_blank_and_no_problem() -> None:
    data = edited(
        sheet(["村名", "乡镇"], ["甲", "=B9"]),
        b'<c r="B2"><f>B9</f><v />',
        b'<c r="B2" t="str"><f>B9</f><v></v>',
    )
    assert read_bytes(data, "a.xlsx").rows[0]["township"] is None


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        read_table(tmp_path / "nothing.csv")
    with pytest.raises(TableError, match="a folder"):
        read_table(tmp_path)


def test_a_table_may_be_empty_where_that_is_meant() -> None:
    assert read_bytes(b"name,lon,lat\n", "a.csv", may_be_empty=True).rows == []
    with pytest.raises(TableError):
        read_bytes(b"", "a.csv", may_be_empty=True)


def test_everything_that_is_said_is_said_in_chinese_too() -> None:
    lines: list[str] = []
    for path in BAD:
        with pytest.raises(TableError) as caught:
            read_table(path)
        lines += [
            part for problem in caught.value.problems for part in (problem.found, problem.expected)
        ]
    for path in GOOD:
        read = read_table(path)
        lines += [*read.warnings, *(column.note for column in read.understood)]
    for text in lines:
        assert isinstance(text, Text)
        assert text.zh != text or text.startswith(("'", "the error")), text
        assert any("\u4e00" <= letter <= "\u9fff" or letter in "“" for letter in text.zh), text


def test_texts_and_errors_travel_between_processes() -> None:
    error = TableError([Problem("a.csv", 2, "人口", Text("x", "某"), Text("y", "数"))])
    copy = pickle.loads(pickle.dumps(error))
    assert copy.message("zh") == error.message("zh") and str(copy) == str(error)
    assert error.problems[0].line("zh") == "a.csv 第 2 行“人口”列：发现 某；应为 数"
    assert error.problems[0].line() == "a.csv, row 2, column '人口': found x; expected y"


def test_reading_a_csv_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from village_alliances.sim.table import read_bytes; "
        "read_bytes(b'name\\nA\\n', 'a.csv');"
        "print([m for m in ('numpy', 'pandas', 'openpyxl', 'mesa', 'numba', 'pydantic') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=TESTS.parent, check=True
    )
    assert done.stdout.strip() == "[]"

"""Village tables: what comes from a county office is read, what is wrong is said all at once,
and nothing else gets out."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import pickle
import random
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from village_alliances.sim.fields import (
    BLANKS,
    FIELD,
    FIELDS,
    PRODUCTS,
    STAGES,
    UNITS_ZH,
)
from village_alliances.sim.problems import Problem, Text
from village_alliances.sim.table import (
    Cell,
    Table,
    TableError,
    cells,
    findings,
    neutralise,
    places,
    read_bytes,
    read_table,
    template,
)
from village_alliances.sim.table import page as pages
from village_alliances.sim.table.headings import (
    DIMENSIONS,
    MAGNITUDES,
    plain,
    read_heading,
    unit_of,
)

TESTS = Path(__file__).parents[1]
BAD = sorted(
    path for path in (TESTS / "bad_tables").iterdir() if not path.name.endswith(".expected.txt")
)
GOOD = sorted(
    path for path in (TESTS / "good_tables").iterdir() if not path.name.endswith(".expected.json")
)
NUMBERS = [field for field in FIELDS if field.kind == "number"]


def read_text(text: str, name: str = "villages.csv") -> Table:
    return read_bytes(text.encode(), name)


def message(text: str, name: str = "villages.csv") -> str:
    with pytest.raises(TableError) as caught:
        read_text(text, name)
    return str(caught.value)


def cell(written: object, field: str = "collective_income", heading: str = "") -> Cell | None:
    unit = unit_of(FIELD[field], heading) if heading else None
    return cells.read_number(FIELD[field], cells.clean(written), unit)


def book(*rows: list[Any], merged: tuple[str, ...] = ()) -> bytes:
    workbook = openpyxl.Workbook()
    page = workbook.worksheets[0]
    for row in rows:
        page.append(row)
    for span in merged:
        page.merge_cells(span)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


# --- the two corpora
# ------------------------------------------------------------------------------------------


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
            {name: _plain(value) for name, value in row.items() if value is not None}
            for row in read.rows
        ],
    } == expected


def _plain(value: Any) -> Any:
    return [value.low, value.high, value.kind] if isinstance(value, Cell) else value


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
    texts = [[{k: _plain(v) for k, v in row.items()} for row in read.rows] for read in tables]
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


# --- figures
# ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "heading", "low", "high", "kind"),
    [
        ("3.5万", "", 35_000, 35_000, "exact"),
        ("3.5万", "万元", 35_000, 35_000, "exact"),
        ("3.5", "万元", 35_000, 35_000, "exact"),
        (3.5, "万元", 35_000, 35_000, "exact"),
        (12, "", 12, 12, "exact"),
        ("12万元", "元", 120_000, 120_000, "exact"),
        ("12元", "万元", 12, 12, "exact"),
        ("1.1万", "", 11_000, 11_000, "exact"),
        ("0.07", "亿元", 7_000_000, 7_000_000, "exact"),
        ("1,234,567", "", 1_234_567, 1_234_567, "exact"),
        ("１，２３４．５", "", 1234.5, 1234.5, "exact"),
        ("1.2E+05", "", 120_000, 120_000, "exact"),
        ("<10000", "", 0, 10_000, "below"),
        ("≤1万", "", 0, 10_000, "below"),
        ("不到1万", "", 0, 10_000, "below"),
        ("1万元以下", "", 0, 10_000, "below"),
        ("不超过 3 万元", "", 0, 30_000, "below"),
        ("超过250万", "", 2_500_000, 1e10, "above"),
        (">2500000", "", 2_500_000, 1e10, "above"),
        ("不低于5", "万元", 50_000, 1e10, "above"),
        ("10万元以上", "", 100_000, 1e10, "above"),
        ("more than 2 million yuan", "", 2_000_000, 1e10, "above"),
        ("约3万", "", 30_000, 30_000, "about"),
        ("近15万", "", 150_000, 150_000, "about"),
        ("~15000", "", 15_000, 15_000, "about"),
        ("30余万元", "", 300_000, 300_000, "about"),
        ("20万左右", "", 200_000, 200_000, "about"),
        ("5-8万", "", 50_000, 80_000, "range"),
        ("5万—8万元", "", 50_000, 80_000, "range"),
        ("5～8", "万元", 50_000, 80_000, "range"),
        ("5至8万元", "", 50_000, 80_000, "range"),
        ("约5-8万", "", 50_000, 80_000, "range"),
        ("5000-1万", "", 5_000, 10_000, "range"),
        ("2000-50000", "", 2_000, 50_000, "range"),
        ("8000元-1.2万元", "", 8_000, 12_000, "range"),
    ],
)
def test_a_written_figure(
    written: object, heading: str, low: float, high: float, kind: str
) -> None:
    read = cell(written, heading=heading)
    assert read is not None
    assert (read.low, read.high, read.kind) == (low, high, kind)
    assert read.text == str(written).strip()


@pytest.mark.parametrize(
    ("written", "field", "heading", "low"),
    [
        ("150亩", "idle_land", "公顷", 150),
        ("1.2万", "idle_land", "公顷", 180_000),  # ten thousand of the heading's unit
        ("2平方公里", "idle_land", "", 3_000),
        ("666", "idle_land", "平方米", 0.999),
        ("0.12", "population", "万人", 1_200),
        ("80%", "ability", "", 0.8),
        ("18个月", "tenure", "", 1.5),
        ("2.8万元/人", "villager_income", "", 28_000),
        ("-5", "reserves", "万元", -50_000),
        ("121.4°", "lon", "", 121.4),
    ],
)
def test_units_of_other_fields(written: str, field: str, heading: str, low: float) -> None:
    read = cell(written, field, heading)
    assert read is not None and read.low == read.high == low


def test_blank_words_say_nothing_and_a_debt_of_none_is_zero() -> None:
    for word in ("", " ", "　", *BLANKS, "NA", "N/A", "－", "／"):
        assert cell(word) is None, word
    for word in ("无", "没有", "None"):
        nothing = cell(word, "debt", "万元")
        assert nothing is not None and nothing.low == nothing.high == 0
    assert cell("不详", "debt") is None
    zero = cell("0")
    assert zero is not None and zero.low == 0


@pytest.mark.parametrize(
    "written",
    [
        "三万",
        "1,20",
        "12 13",
        "1.2.3",
        "万",
        "<",
        "5-",
        "8-5",
        "<5-8",
        "约不到5",
        "10斤",
        "1e999",
        "inf",
        "5万万万",
        True,
    ],
)
def test_what_is_no_figure_is_not_guessed(written: object) -> None:
    with pytest.raises(cells.Unreadable):
        cell(written)


@given(
    st.sampled_from(NUMBERS),
    st.text(max_size=12)
    | st.text(alphabet="0123456789.,-~<>+约不到超过至万亿千元亩人年月%余多以上下 e", max_size=12),
)
def test_any_text_is_a_figure_within_bounds_or_refused(field: Any, text: str) -> None:
    try:
        read = cells.read_number(field, cells.clean(text))
    except cells.Unreadable as trouble:
        assert trouble.found and trouble.expected
        return
    assert read is None or field.low <= read.low <= read.high <= field.high


@given(
    st.floats(0, 9e9, allow_subnormal=False), st.sampled_from(["exact", "below", "above", "about"])
)
def test_a_figure_survives_being_written(number: float, kind: str) -> None:
    mark = {"exact": "", "below": "<", "above": ">", "about": "~"}[kind]
    read = cell(f"{mark}{number!r}")
    assert read is not None and read.kind == kind
    assert {"exact": read.low, "below": read.high, "above": read.low, "about": read.high}[
        kind
    ] == number


@pytest.mark.parametrize(
    ("written", "quarter"),
    [
        ("2015Q2", "2015Q2"),
        ("2015年5月", "2015Q2"),
        ("2015-05", "2015Q2"),
        ("2015", "2015Q1"),
        (2015, "2015Q1"),
        (2015.0, "2015Q1"),
        ("2015年", "2015Q1"),
        ("2015/12/31", "2015Q4"),
        ("2015.07", "2015Q3"),
        ("2015.7.1", "2015Q3"),
        ("２０１５年第二季度", "2015Q2"),
        ("2015年底", "2015Q4"),
        ("q3 2016", "2016Q3"),
        (datetime.datetime(2017, 8, 1), "2017Q3"),
        ("", None),
        ("不详", None),
    ],
)
def test_a_founding(written: object, quarter: str | None) -> None:
    assert cells.read_quarter(cells.clean(written)) == quarter


def test_products_and_stages() -> None:
    for product, words in PRODUCTS.items():
        for word in (product, *words):
            assert cells.read_product(word) == (product, True)
    for word in ("茶叶种植", "茶产业", "茶叶、旅游", "茶叶基地"):
        assert cells.read_product(word) == ("tea", True)
    assert cells.read_product("竹笋") == ("竹笋", False)
    for stage, words in STAGES.items():
        for word in words:
            assert cells.read_choice(FIELD["stage"], word) == stage


# --- headings
# ------------------------------------------------------------------------------------------


def test_every_word_for_a_field_means_only_that_field() -> None:
    seen: dict[str, str] = {}
    for field in FIELDS:
        for word in (field.name, field.zh, f"{field.zh} {field.name}", *field.aliases):
            heading = read_heading(word)
            assert heading.field is field and heading.unit is None, word
            assert seen.setdefault(plain(word), field.name) == field.name, word


@pytest.mark.parametrize(
    "pattern",
    [
        "{}({})",
        "{}（{}）",
        "{} [{}]",
        "{}【{}】",
        "{}/{}",
        "{}_{}",
        "2014年{}({})",
        "*{}（单位：{}）",
    ],
)
def test_every_unit_in_every_place(pattern: str) -> None:
    for field in NUMBERS:
        for word, factor in DIMENSIONS[field.unit].items():
            if word == field.name:  # 户数_households names the field twice
                continue
            heading = read_heading(pattern.format(field.zh, word))
            assert heading.field is field and heading.unit is not None, (field.name, word)
            assert heading.unit.factor == factor
    for word, factor in MAGNITUDES.items():
        if word and not word[0].isdigit():
            heading = read_heading(pattern.format("集体经济收入", word + "元"))
            assert heading.unit is not None and heading.unit.factor == factor


def test_units_that_do_not_belong() -> None:
    for heading in (
        "人口（万元）",
        "集体经济收入（元/人）",
        "闲置土地(平方寸)",
        "负债/元每斤",
        "经度（万）x（亩）",
    ):
        read = read_heading(heading)
        assert read.field is None or read.strange is not None, heading
    assert read_heading("人均收入（元/人·年）").unit is not None
    assert read_heading("population density").field is None
    assert read_heading("debt_ratio").field is None


def test_case_and_width_do_not_matter() -> None:
    for heading in (
        "Collective Income",
        "COLLECTIVE_INCOME",
        "collective-income",
        " ｃｏｌｌｅｃｔｉｖｅ　ｉｎｃｏｍｅ ",
    ):
        assert read_heading(heading).field is FIELD["collective_income"]


def test_fields_are_described() -> None:
    names = [field.name for field in FIELDS]
    assert len(set(names)) == len(names) == 33
    for field in FIELDS:
        assert field.zh and field.meaning_en and field.meaning_zh and field.unit in UNITS_ZH
        assert field.kind == "choice" or field.low < field.high


# --- tables
# ------------------------------------------------------------------------------------------


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
        book(["村名", "负债", "人口"], [None, "万元", "人"], ["甲", 250, 900]), "a.xlsx"
    )
    assert read.rows[0]["debt"].low == 2_500_000 and read.rows[0]["_row"] == 3


def test_a_merged_place_holds_for_each_row() -> None:
    read = read_bytes(
        book(["乡镇", "村名"], ["东镇", "甲"], [None, "乙"], ["西镇", "丙"], merged=("A2:A3",)),
        "a.xlsx",
    )
    assert [row["township"] for row in read.rows] == ["东镇", "东镇", "西镇"]


def test_an_empty_text_of_a_formula_is_blank_and_no_problem() -> None:
    data = _edited(
        book(["村名", "乡镇"], ["甲", "=B9"]),
        b'<c r="B2"><f>B9</f><v />',
        b'<c r="B2" t="str"><f>B9</f><v></v>',
    )
    assert read_bytes(data, "a.xlsx").rows[0]["township"] is None


def _edited(workbook: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with `old` replaced by `new` in its first sheet."""
    out, changed = io.BytesIO(), 0
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.infolist():
            data = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b"<v></v>", b"<v />")  # as either writer of XML leaves it
                changed += data.count(old)
                data = data.replace(old, new)
            target.writestr(part.filename, data)
    assert changed, "nothing to replace"
    return out.getvalue()


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        read_table(tmp_path / "nothing.csv")
    with pytest.raises(TableError, match="a folder"):
        read_table(tmp_path)


def test_a_table_may_be_empty_where_that_is_meant() -> None:
    assert read_bytes(b"name,lon,lat\n", "a.csv", may_be_empty=True).rows == []
    with pytest.raises(TableError):
        read_bytes(b"", "a.csv", may_be_empty=True)


# --- whoever sent the file is not trusted
# -----------------------------------------------------------------------------------


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(21):
            part.write(bytes(10_000_000))
    assert len(stream.getvalue()) < 2_000_000
    with pytest.raises(
        TableError, match=r"210\.0 MB of workbook once unpacked; expected at most 200 MB"
    ):
        read_bytes(stream.getvalue(), "a.xlsx")


def test_entities_that_swell_are_refused() -> None:
    data = _edited(
        book(["村名"], ["甲"]), b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'
    )
    with pytest.raises(TableError, match="damaged workbook"):
        read_bytes(data, "a.xlsx")


def test_a_file_too_large_and_a_table_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TableError, match=r"20\.0 MB of workbook; expected at most 20 MB"):
        read_bytes(b"PK" + bytes(20_000_001), "a.xlsx")
    monkeypatch.setattr(pages, "MOST_ROWS", 3)
    monkeypatch.setattr(pages, "LARGEST_UNPACKED", 40)
    assert len(read_text("name\nA\nB\nC\n").rows) == 3
    assert "more than 3 rows; expected at most 3 villages" in message("name\nA\nB\n\nC\nD\n")
    assert "MB of text" in message("name\n" + "A" * 40)


def test_a_row_far_down_and_a_cell_far_right_cost_nothing() -> None:
    data = _edited(book(["村名"], ["甲"]), b'<row r="2"', b'<row r="2000000000"')
    with pytest.raises(TableError, match="no village"):
        read_bytes(data, "a.xlsx")


def test_problems_stop_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_PROBLEMS", 5)
    with pytest.raises(TableError) as caught:
        read_text("村名,人口\n" + "".join(f"{n}村,x{n}\n" for n in range(50)))
    assert len(caught.value.problems) == 5


SEEDS = [path.read_bytes() for path in GOOD]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx", "a.tsv", "a.xls", "a"]))
def test_any_bytes_give_a_table_or_the_error(data: bytes, name: str) -> None:
    _table_or_error(data, name)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(SEEDS), st.sampled_from(["a.csv", "a.xlsx"]), st.integers(0), st.integers(0, 3)
)
def test_any_damage_to_a_good_file_gives_a_table_or_the_error(
    data: bytes, name: str, seed: int, kind: int
) -> None:
    luck, broken = random.Random(seed), bytearray(data)
    at = luck.randrange(len(broken))
    if kind == 0:
        del broken[at:]
    elif kind == 1:
        broken[at] = luck.randrange(256)
    elif kind == 2:
        del broken[at : at + luck.randrange(1, 20)]
    else:
        broken[at:at] = luck.randbytes(luck.randrange(1, 20))
    _table_or_error(bytes(broken), name)


XML = [
    "0",
    "1",
    "-1",
    "99999999999999999999",
    "1E400",
    "A1",
    "XFD1048576",
    "s",
    "b",
    "d",
    "e",
    "str",
    "inlineStr",
    "",
    "x",
    "村",
]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(st.integers(0), st.integers(1, 4))
def test_any_nonsense_inside_a_workbook_gives_a_table_or_the_error(seed: int, times: int) -> None:
    luck, out = random.Random(seed), io.BytesIO()
    with (
        zipfile.ZipFile(TESTS / "good_tables" / "county_office.xlsx") as source,
        zipfile.ZipFile(out, "w") as target,
    ):
        parts = source.infolist()
        hit = luck.choices(parts, k=times)
        for part in parts:
            data = source.read(part)
            for _ in range(hit.count(part)):
                pieces = data.split(b'"')
                if len(pieces) > 2:
                    pieces[luck.randrange(1, len(pieces), 2)] = luck.choice(XML).encode()
                data = b'"'.join(pieces)
            target.writestr(part.filename, data)
    _table_or_error(out.getvalue(), "a.xlsx")


WORDS = [
    "", "甲村", "乙村", "合计", "注：无", "是", "否", "yes", "无", "-", "NA", "3.5万", "<10000", "5-8", "120000", "-3", "0", "121.4", "29.7",
    "1e999", "#REF!", "=1+1", "2015Q2", "2015年5月", "茶叶", "种植", "花木、茶叶", "东联合体", "西联合体", "单位：万元", "万元", "村名", "人口",
    '"', "'", "\n", "９９", "\u200b", "\x00",
]  # fmt: skip
HEADINGS = [
    "村名",
    "备注",
    "x",
    "人口(万人)",
    "负债（斤）",
    *(field.zh for field in FIELDS),
    *(field.name for field in FIELDS),
]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.data(),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_any_table_of_such_words_gives_a_table_or_the_error(
    data: st.DataObject, delimiter: str, encoding: str
) -> None:
    headings = ["村名", *data.draw(st.lists(st.sampled_from(HEADINGS), max_size=8))]
    rows = data.draw(
        st.lists(
            st.lists(
                st.sampled_from(WORDS), min_size=len(headings) - 1, max_size=len(headings) + 1
            ),
            max_size=8,
        )
    )
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows([headings, *rows])
    _table_or_error(stream.getvalue().encode(encoding), "a.csv")
    clean = [[word if word != "\x00" else None for word in row] for row in rows]
    _table_or_error(book(headings, *clean), "a.xlsx")


def _table_or_error(data: bytes, name: str) -> None:
    try:
        read = read_bytes(data, name)
    except TableError as error:
        assert error.problems and str(error) and error.message("zh")
        return
    for row in read.rows:
        assert row["name"] and isinstance(row["_row"], int)
        for field in NUMBERS:
            value = row[field.name]
            assert value is None or field.low <= value.low <= value.high <= field.high
    alliances: dict[str, list[dict[str, Any]]] = {}
    for row in read.rows:
        if row["alliance"]:
            alliances.setdefault(row["alliance"], []).append(row)
    for members in alliances.values():
        assert len(members) >= 2
        assert sum(row["lead"] == "yes" for row in members) <= 1
        assert (
            len({row["founded"] for row in members})
            == len({row["strategy"] for row in members})
            == 1
        )


# --- round trips
# ------------------------------------------------------------------------------------------

NAMES = st.text(alphabet="东西南北大小山水石桥村庄金银abcXYZ（）", min_size=1, max_size=6).filter(
    lambda name: plain(name) not in BLANKS
)
FIGURES = {
    "population": st.integers(1000, 90_000), "households": st.integers(1, 1000),
    "collective_income": st.floats(0, 1e9), "villager_income": st.floats(0, 1e6), "debt": st.floats(0, 1e9),
    "idle_land": st.floats(0, 1e5), "ability": st.floats(0, 1), "tenure": st.integers(0, 40),
}  # fmt: skip
ROW = st.fixed_dictionaries(
    {name: st.none() | figures for name, figures in FIGURES.items()}
    | {
        "industry": st.none() | st.sampled_from(list(PRODUCTS)),
        "stage": st.none() | st.sampled_from(list(STAGES)),
        "culture": st.none() | NAMES,
    }
)
SOCIETIES = st.dictionaries(NAMES, ROW, min_size=1, max_size=8).filter(
    lambda rows: len({places.same(name) for name in rows}) == len(rows)
)


def _written(rows: dict[str, dict[str, Any]], order: list[str], kind: str) -> tuple[bytes, str]:
    headings = ["name", *FIGURES, "industry", "stage", "culture"]
    cells_ = [[name, *(rows[name][column] for column in headings[1:])] for name in order]
    if kind == "xlsx":
        return book(headings, *cells_), "a.xlsx"
    stream = io.StringIO()
    csv.writer(stream, delimiter=";" if kind == "gb18030" else ",").writerows([headings, *cells_])
    return stream.getvalue().encode(kind), "a.csv"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    SOCIETIES,
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "xlsx"]),
    st.randoms(use_true_random=False),
)
def test_a_written_table_reads_the_same_in_any_order(
    rows: dict[str, dict[str, Any]], kind: str, luck: random.Random
) -> None:
    order = list(rows)
    luck.shuffle(order)
    read = read_bytes(*_written(rows, order, kind))
    assert [row["name"] for row in read.rows] == order
    for row in read.rows:
        for column, value in rows[row["name"]].items():
            came = row[column]
            if isinstance(came, Cell):  # a workbook keeps sixteen digits
                assert came.kind == "exact" and came.low == came.high == pytest.approx(
                    value, rel=1e-15 if kind == "xlsx" else 0, abs=0
                )
            else:
                assert came == value


@given(
    st.text()
    | st.sampled_from(
        [
            "=1+1",
            "+86",
            "-5",
            "-5%",
            "@x",
            "\tx",
            "\rx",
            "-",
            "+",
            "-1,234.5",
            "=",
            "＝1",
            "-1e5",
            "",
            "村",
            "-无",
        ]
    )
)
def test_exported_cells_are_never_formulas_and_read_back(text: str) -> None:
    safe = neutralise(text)
    assert neutralise(safe) == safe
    if safe.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")):
        assert safe == text and float(text.replace(",", "").rstrip("%")) is not None
    assert safe in (text, "'" + text)
    assert cells.clean(safe) == cells.clean(text) or text.startswith("'") or text[:1] in "\t\r"


def test_only_texts_are_neutralised() -> None:
    for value in (-5, -5.5, None, True, "-5", "-1,234.5", "1=1"):
        assert neutralise(value) is value
    assert neutralise("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert neutralise("-5+cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("name", ["template.csv", "template.xlsx"])
def test_the_template_is_itself_a_table(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(template(Path(name).suffix))
    read = read_table(tmp_path / name)
    assert [column.field for column in read.understood] == [field.name for field in FIELDS]
    assert not read.ignored and len(read.rows) == 2
    assert read.rows[0]["collective_income"].low == 650_000 and read.rows[1]["debt"].kind == "above"
    assert {row["alliance"] for row in read.rows} == {"示例联合体"} and [
        row["lead"] for row in read.rows
    ] == ["yes", "no"]
    assert ["example villages" in warning for warning in read.warnings] == [True]


# --- texts
# ------------------------------------------------------------------------------------------


def test_everything_that_is_said_is_said_in_chinese_too() -> None:
    said: list[str] = []
    for path in BAD:
        with pytest.raises(TableError) as caught:
            read_table(path)
        said += [
            part for problem in caught.value.problems for part in (problem.found, problem.expected)
        ]
    for path in GOOD:
        read = read_table(path)
        said += [*read.warnings, *(column.note for column in read.understood)]
    for text in said:
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

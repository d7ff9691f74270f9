"""What a cell and what a heading says."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from village_alliances.sim.fields import (
    BLANKS,
    FIELD,
    FIELDS,
    PRODUCTS,
    STAGES,
    UNITS_ZH,
)
from village_alliances.sim.table import (
    cells,
)
from village_alliances.sim.table.headings import (
    DIMENSIONS,
    MAGNITUDES,
    plain,
    read_heading,
)

from tests.table.books import (
    NUMBERS,
    cell,
)


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

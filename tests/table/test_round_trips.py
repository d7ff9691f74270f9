"""What is written reads back the same."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from village_alliances.sim.fields import (
    BLANKS,
    FIELDS,
    PRODUCTS,
    STAGES,
)
from village_alliances.sim.table import (
    Cell,
    cells,
    neutralise,
    places,
    read_bytes,
    read_table,
    template,
)
from village_alliances.sim.table.headings import (
    plain,
)

from tests.table.books import (
    sheet,
)

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
    reordered = [[name, *(rows[name][column] for column in headings[1:])] for name in order]
    if kind == "xlsx":
        return sheet(headings, *reordered), "a.xlsx"
    stream = io.StringIO()
    csv.writer(stream, delimiter=";" if kind == "gb18030" else ",").writerows(
        [headings, *reordered]
    )
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

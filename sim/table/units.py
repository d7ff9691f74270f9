"""Columns that look as if they were meant in another unit, and words that may mean nought."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from village_alliances.sim.fields import NOTHING
from village_alliances.sim.problems import listed, quoted
from village_alliances.sim.table.cells import figure
from village_alliances.sim.table.columns import Part, TableColumn
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.villages import VillageBeingRead

LOOKS_LIKE_WAN = 500  # yuan; a median below it was hardly meant in yuan
SMALL_IN_YUAN = 1_000  # a median of debt or reserves below it was hardly meant in yuan
SMALL_BESIDE_WAN = 10_000  # the same where an income is in 万元
LARGE_IN_MU = 3_000  # a median of land above it may have been meant in m2
_INCOMES = ("collective_income", "total_income")
_LAND = ("idle_land", "developed_land", "volume")
_FIGURE = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]+)?")


def doubt(parts: Sequence[Part], villages: Sequence[VillageBeingRead], findings: Findings) -> None:
    """Asks about units, sheet by sheet, and about words under figures."""
    for part in parts:
        rows = [village for village in villages if village.part is part]
        for name in ("collective_income", "total_income", "villager_income"):
            if name in part.columns:
                _doubt_unit(part.columns[name], rows, findings)
        incomes = [part.columns[n] for n in _INCOMES if n in part.columns]
        in_wan = any(column.unit is not None and column.unit.factor == 1e4 for column in incomes)
        for name in ("debt", "reserves"):
            if name in part.columns and part.columns[name].unit is None:
                _doubt_bare(part.columns[name], rows, in_wan, findings)
        for name in _LAND:
            if name in part.columns and part.columns[name].unit is None:
                _doubt_land(part.columns[name], rows, findings)
    _ask_of_nothing(parts, findings)


def _ask_of_nothing(parts: Sequence[Part], findings: Findings) -> None:
    """无 under a figure may be nought or not known."""
    texts = [
        column.text
        for part in parts
        for column in part.columns.values()
        if column.meaning.kind == "number"
        and any(word in NOTHING and value is None for word, value in column.read.items())
    ]
    if texts:
        listing = listed([quoted(text) for text in dict.fromkeys(texts)], 10)
        findings.ask("problems.table_units.word_such_under", listing=listing)


def _doubt_land(column: TableColumn, rows: Sequence[VillageBeingRead], findings: Findings) -> None:
    written = _written(column, rows)
    if written and median(written) > LARGE_IN_MU:
        heading, middle = quoted(column.text), figure(median(written))
        findings.ask("problems.table_units.names_unit_median_read", heading=heading, middle=middle)


def _written(column: TableColumn, rows: Sequence[VillageBeingRead]) -> list[float]:
    """The figures above nought that a column holds without a unit of their own."""
    cells = [cell for row in rows if (cell := row[column.meaning.name]) is not None]
    bare = [cell.text for cell in cells if cell.kind == "exact" and _FIGURE.fullmatch(cell.text)]
    return [value for value in map(float, bare) if value > 0]


def _doubt_bare(
    column: TableColumn, rows: Sequence[VillageBeingRead], in_wan: bool, findings: Findings
) -> None:
    """Debt and reserves without a unit that are small for yuan, the more so beside an
    income in 万元."""
    written = _written(column, rows)
    if not written or median(written) >= (SMALL_BESIDE_WAN if in_wan else SMALL_IN_YUAN):
        return
    heading, middle = quoted(column.text), figure(median(written))
    findings.ask("problems.table_units.names_unit_median", heading=heading, middle=middle)


def _doubt_unit(column: TableColumn, rows: Sequence[VillageBeingRead], findings: Findings) -> None:
    """Incomes that look as if they were meant in another unit are kept as
    they are, and asked about."""
    unit = column.unit
    positive = _written(column, rows)
    if not positive:
        return
    small = sum(value < 1_000 for value in positive)
    large = sum(value >= 10_000 for value in positive)
    heading, middle = quoted(column.text), figure(median(positive))
    most = 1e6 if column.meaning.unit == "yuan/person/year" else 1e8
    if min(small, large) >= 2 and len(positive) - small - large <= 0.1 * len(positive):
        findings.ask(
            "problems.table_units.mix_yuan_figures", heading=heading, small=small, large=large
        )
    elif unit is None and median(positive) < LOOKS_LIKE_WAN:
        findings.ask("problems.table_units.names_unit_median", heading=heading, middle=middle)
    elif unit and median(positive) * unit.factor < LOOKS_LIKE_WAN:
        findings.ask(
            "problems.table_units.median_hardly_meant",
            heading=heading,
            middle=middle,
            word=unit.word,
        )
    elif unit and median(positive) * unit.factor > most:
        findings.ask(
            "problems.table_units.median_unit_right", heading=heading, middle=middle, word=unit.word
        )

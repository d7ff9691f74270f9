"""What is told back of a table that was read: what each column was taken for, and what looks as if
it were meant in another unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from village_alliances.sim.fields import PRODUCTS
from village_alliances.sim.problems import Text, listed, quoted
from village_alliances.sim.table.cells import Cell, figure
from village_alliances.sim.table.columns import Column, Part
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.template import EXAMPLE
from village_alliances.sim.table.villages import Village

LOOKS_LIKE_WAN = 500  # yuan; a median below it was hardly meant in yuan
SMALL_IN_YUAN = 1_000  # a median of debt or reserves below it was hardly meant in yuan
SMALL_BESIDE_WAN = 10_000  # the same where an income is in 万元
_INCOMES = ("collective_income", "total_income")
_WORTH_A_UNIT = ("yuan", "yuan/year", "yuan/person/year", "mu")
_FIGURE = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]+)?")


@dataclass(frozen=True)
class Understood:
    """What was made of one column: its heading as written, the field, the unit in which
    it was read, and a remark."""

    header: str
    field: str
    unit: str
    note: str


def understood(parts: Sequence[Part], villages: Sequence[Village]) -> list[Understood]:
    """Each column of the sheets; a heading that several sheets share counts once."""
    found: dict[tuple[str, str, str], tuple[Column, list[Village]]] = {}
    for part in parts:
        rows = [village for village in villages if village.part is part]
        for name, column in part.columns.items():
            key = (column.text, name, column.unit.word if column.unit else "")
            found.setdefault(key, (column, []))[1].extend(rows)
    return [_understood(column, rows) for column, rows in found.values()]


def tell(parts: Sequence[Part], villages: Sequence[Village], findings: Findings) -> None:
    """Columns that are not used, incomes in a doubtful unit, examples that were left in."""
    ignored = list(dict.fromkeys(text for part in parts for text in part.ignored))
    if ignored:
        shown = listed([quoted(text) for text in ignored], 20)
        shown_zh = listed([quoted(text).zh for text in ignored], 20).zh
        findings.note(
            f"columns that the model does not use: {shown}", f"模型不使用的列：{shown_zh}"
        )
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
    if any(village["name"].startswith(EXAMPLE) for village in villages):
        findings.ask(
            "the example villages of the template are still in the table",
            "表中仍有模板的示例村",
        )


def _understood(column: Column, rows: Sequence[Village]) -> Understood:
    cells = [row[column.known.name] for row in rows]
    given = [cell for cell in cells if cell is not None]
    inexact = sum(isinstance(cell, Cell) and cell.kind != "exact" for cell in given)
    own = Counter(
        word for word in given if column.known.name == "industry" and word not in PRODUCTS
    )
    known, unit = column.known, column.unit
    notes = [
        Text(
            f"{len(given)} given, {len(cells) - len(given)} blank",
            f"已填 {len(given)}，空 {len(cells) - len(given)}",
        )
    ]
    if inexact:
        notes.append(
            Text(
                f"{inexact} of them bounds, ranges or estimates",
                f"其中 {inexact} 个为界限、区间或约数",
            )
        )
    if unit and unit.factor != 1.0:
        one = unit.word if unit.word[0].isdigit() else f"1 {unit.word}"
        notes.append(
            Text(
                f"{one} = {figure(unit.factor)} {known.unit}",
                f"{one} = {figure(unit.factor)} {known.unit_zh}",
            )
        )
    if column.unit_from_title:
        notes.append(Text("unit from the title", "单位取自标题"))
    elif unit is None and known.unit in _WORTH_A_UNIT:
        notes.append(
            Text(
                f"no unit in the heading: read in {known.unit}",
                f"表头未写单位：按{known.unit_zh}读取",
            )
        )
    if column.remark:
        notes.append(column.remark)
    if own:
        words = listed([f"{word} ({count})" for word, count in own.most_common()], 10)
        notes.append(
            Text(
                f"products of your own, kept as they are: {words}",
                f"自有产业词，原样保留：{words.zh}",
            )
        )
    if known.name == "founded" and given:
        notes.append(Text("a year alone counts from its first quarter", "只写年份的按第一季度计"))
    shown = Text(unit.word) if unit else Text(known.unit, known.unit_zh)
    return Understood(
        column.text, known.name, shown, Text("; ".join(notes), "；".join(note.zh for note in notes))
    )


def _written(column: Column, rows: Sequence[Village]) -> list[float]:
    """The figures above nought that a column holds without a unit of their own."""
    cells = [cell for row in rows if (cell := row[column.known.name]) is not None]
    bare = [cell.text for cell in cells if cell.kind == "exact" and _FIGURE.fullmatch(cell.text)]
    return [value for value in map(float, bare) if value > 0]


def _doubt_bare(column: Column, rows: Sequence[Village], in_wan: bool, findings: Findings) -> None:
    """Debt and reserves without a unit that are small for yuan, the more so beside an
    income in 万元."""
    written = _written(column, rows)
    if not written or median(written) >= (SMALL_BESIDE_WAN if in_wan else SMALL_IN_YUAN):
        return
    heading, middle = quoted(column.text), figure(median(written))
    findings.ask(
        f"{heading} names no unit and its median is {middle}: kept as yuan; if 万元 is "
        f"meant, write it in the heading",
        f"{heading.zh}未写单位，中位数为 {middle}：按元读取；如为万元，请在表头注明",
    )


def _doubt_unit(column: Column, rows: Sequence[Village], findings: Findings) -> None:
    """Incomes that look as if they were meant in another unit are kept as
    they are, and asked about."""
    unit = column.unit
    positive = _written(column, rows)
    if not positive:
        return
    small = sum(value < 1_000 for value in positive)
    large = sum(value >= 10_000 for value in positive)
    heading, middle = quoted(column.text), figure(median(positive))
    most = 1e6 if column.known.unit == "yuan/person/year" else 1e8
    if min(small, large) >= 2 and len(positive) - small - large <= 0.1 * len(positive):
        findings.ask(
            f"{heading} may mix yuan and 万元: {small} figures under 1,000 and {large} of "
            f"10,000 or more",
            f"{heading.zh}可能混用元和万元：{small} 个数小于 1,000，{large} 个数不小于 10,000",
        )
    elif unit is None and median(positive) < LOOKS_LIKE_WAN:
        findings.ask(
            f"{heading} names no unit and its median is {middle}: kept as yuan; if 万元 is "
            f"meant, write it in the heading",
            f"{heading.zh}未写单位，中位数为 {middle}：按元读取；如为万元，请在表头注明",
        )
    elif unit and median(positive) * unit.factor < LOOKS_LIKE_WAN:
        findings.ask(
            f"the median of {heading} is {middle} {unit.word}: hardly so; is 万元 meant?",
            f"{heading.zh}的中位数为 {middle} {unit.word}，不合常理：是否应为万元？",
        )
    elif unit and median(positive) * unit.factor > most:
        findings.ask(
            f"the median of {heading} is {middle} {unit.word}: is the unit right?",
            f"{heading.zh}的中位数为 {middle} {unit.word}：请核对单位",
        )

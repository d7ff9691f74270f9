"""What is told back of a table that was read: what each column was taken for, and what was
left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from village_alliances.sim.fields import PRODUCTS
from village_alliances.sim.problems import Text, listed, quoted
from village_alliances.sim.table.cells import Cell, figure
from village_alliances.sim.table.columns import Part, TableColumn
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.template import EXAMPLE
from village_alliances.sim.table.villages import VillageBeingRead
from village_alliances.sim.worded import worded

_WORTH_A_UNIT = ("yuan", "yuan/year", "yuan/person/year", "mu")


@dataclass(frozen=True)
class Understood:
    """What was made of one column: its heading as written, the field, the unit in which
    it was read, and a remark."""

    header: str
    field: str
    unit: str
    note: str


def of_columns(parts: Sequence[Part], villages: Sequence[VillageBeingRead]) -> list[Understood]:
    """Each column of the sheets; a heading that several sheets share counts once."""
    columns: dict[tuple[str, str, str], tuple[TableColumn, list[VillageBeingRead]]] = {}
    for part in parts:
        rows = [village for village in villages if village.part is part]
        for name, column in part.columns.items():
            key = (column.text, name, column.unit.word if column.unit else "")
            columns.setdefault(key, (column, []))[1].extend(rows)
    return [_understood(column, rows) for column, rows in columns.values()]


def tell(parts: Sequence[Part], villages: Sequence[VillageBeingRead], findings: Findings) -> None:
    """Columns that are not used, examples that were left in."""
    ignored = list(dict.fromkeys(text for part in parts for text in part.ignored))
    if ignored:
        headings = listed([quoted(text) for text in ignored], 20)
        findings.note("problems.table_understood.columns_model_use", headings=headings)
    if any(village["name"].startswith(EXAMPLE) for village in villages):
        findings.ask("problems.table_understood.example_villages_template")


def _understood(column: TableColumn, rows: Sequence[VillageBeingRead]) -> Understood:
    cells = [row[column.meaning.name] for row in rows]
    filled = [cell for cell in cells if cell is not None]
    inexact = sum(isinstance(cell, Cell) and cell.kind != "exact" for cell in filled)
    own = Counter(
        word for word in filled if column.meaning.name == "industry" and word not in PRODUCTS
    )
    field, unit = column.meaning, column.unit
    notes = [
        worded(
            "problems.table_understood.given_blank",
            count=len(filled),
            count_2=len(cells) - len(filled),
        )
    ]
    if inexact:
        notes.append(worded("problems.table_understood.them_bounds_ranges", inexact=inexact))
    if unit and unit.factor != 1.0:
        unit_word = unit.word if unit.word[0].isdecimal() else f"1 {unit.word}"
        notes.append(
            Text(
                f"{unit_word} = {figure(unit.factor)} {field.unit}",
                f"{unit_word} = {figure(unit.factor)} {field.unit_zh}",
            )
        )
    if column.unit_from_title:
        notes.append(worded("problems.table_understood.unit_title"))
    elif unit is None and field.unit in _WORTH_A_UNIT:
        notes.append(
            worded(
                "problems.table_understood.unit_heading_read", unit=Text(field.unit, field.unit_zh)
            )
        )
    if column.remark:
        notes.append(column.remark)
    if own:
        words = listed([f"{word} ({count})" for word, count in own.most_common()], 10)
        notes.append(worded("problems.table_understood.products_your_own", words=words))
    if field.name == "founded" and filled:
        notes.append(worded("problems.table_understood.year_alone_counts"))
    unit_text = Text(unit.word) if unit else Text(field.unit, field.unit_zh)
    return Understood(
        column.text,
        field.name,
        unit_text,
        Text("; ".join(notes), "；".join(note.zh for note in notes)),
    )

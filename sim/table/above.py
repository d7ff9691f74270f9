"""Cells that say: as above. Cells merged over several rows, ditto marks, places
written only where they change."""

from __future__ import annotations

from typing import Any

from village_alliances.sim.problems import Text, quoted
from village_alliances.sim.table.cells import is_blank, text_of
from village_alliances.sim.table.columns import Part, TableColumn
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.page import Record
from village_alliances.sim.table.places import PLACES
from village_alliances.sim.table.rows import Sorted
from village_alliances.sim.worded import worded

MANY = 0.3  # of the rows; where fewer are blank, they may be blank by oversight
_DITTO = frozenset(
    ("同上", "〃", "々", "″", '"', "”", "“", "''", "同前", "上同", "ditto", "do.", "↑", "〞", "＂")
)


def spread(part: Part, findings: Findings) -> None:
    """Write merged places and alliances into each of their rows, and ditto marks out."""
    _spread_merged(part, findings)
    for name, column in part.columns.items():
        if name != "name":
            _write_out(part, column, findings)


def fill_down(part: Part, sorted_rows: Sorted, findings: Findings) -> None:
    """Places that are written only where they change are read as the one above; where that is
    not certain, it is asked."""
    rows = [record for record in part.sheet.rows if record.row not in sorted_rows.left_out]
    for name in PLACES:
        inherited = any(name in fields for fields in sorted_rows.inherited.values())
        if name in part.columns and not inherited:
            _fill_down(part, part.columns[name], rows, findings)


def _fill_down(part: Part, column: TableColumn, records: list[Record], findings: Findings) -> None:
    for _, cells in records:
        cells.extend([""] * (column.index + 1 - len(cells)))
    values = [
        text_of(cells[column.index]) for _, cells in records if not is_blank(cells[column.index])
    ]
    blank = sum(cells[column.index] == "" for _, cells in records)
    if not blank or not values:
        return
    heading = quoted(column.text)
    once = len(set(values)) == len(values) and not is_blank(records[0].cells[column.index])
    if not once or blank <= MANY * len(records):
        findings.ask(
            "problems.table_above.blank_rows_unknown",
            heading=heading,
            blank=blank,
            name=Text(column.meaning.name, column.meaning.zh),
        )
        return
    above: Any = ""
    for _, cells in records:
        above = cells[column.index] if cells[column.index] != "" else above
        cells[column.index] = above
    findings.ask("problems.table_above.blank_rows_read", heading=heading, blank=blank)


def _write_out(part: Part, column: TableColumn, findings: Findings) -> None:
    """Ditto marks as what they repeat; below a figure they are a problem, for a
    figure is hardly repeated."""
    above: Any = ""
    for row, cells in part.sheet.rows:
        if column.index >= len(cells):
            continue
        is_ditto = "".join(text_of(cells[column.index]).split()) in _DITTO
        if is_ditto and above != "" and column.meaning.kind != "number":
            cells[column.index] = above
        elif is_ditto and column.meaning.kind != "number":
            findings.refuse(
                part.sheet,
                row,
                column.text,
                quoted(text_of(cells[column.index])),
                worded("problems.table_above.something_above_repeats"),
            )
        above = cells[column.index] if cells[column.index] != "" else above


def _spread_merged(part: Part, findings: Findings) -> None:
    """A place or alliance in a cell merged over several rows holds for each; a figure cannot."""
    cells_of = dict(part.sheet.rows) if part.sheet.merged else {}
    by_position = {column.index: column for column in part.columns.values()}
    for first, last, place in part.sheet.merged:
        column, rows = (
            by_position.get(place),
            [row for row in range(first, last + 1) if row in cells_of],
        )
        if column is None or len(rows) < 2 or rows[0] != first or place >= len(cells_of[first]):
            continue
        value = cells_of[first][place]
        if column.meaning.kind == "number" and not is_blank(value):
            findings.refuse(
                part.sheet,
                first,
                column.text,
                worded("problems.table_above.figure_cell_merged", first=first, last=last),
                worded("problems.table_above.figure_each_village"),
            )
        for row in rows[1:]:
            cells_of[row].extend([""] * (place + 1 - len(cells_of[row])))
            cells_of[row][place] = value

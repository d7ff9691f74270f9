"""A village table from its file to its villages, one step after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from village_alliances.sim.files import read_file
from village_alliances.sim.problems import Doubt
from village_alliances.sim.table import above, columns, naming, rows, understood, units, unread
from village_alliances.sim.table.agreement import check_villages
from village_alliances.sim.table.choosing import COMMAND, Choosing
from village_alliances.sim.table.columns import Part
from village_alliances.sim.table.doubts import implausible
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.page import LARGEST_UNPACKED
from village_alliances.sim.table.sheet import read_sheets
from village_alliances.sim.table.understood import Understood
from village_alliances.sim.table.villages import VillageBeingRead, read_villages
from village_alliances.sim.worded import worded


@dataclass
class Table:
    """A village table that was read without a problem. Rows in the order of the file; `warnings`
    ask or note (`severity`), in en and zh."""

    path: str
    rows: list[dict[str, Any]]
    understood: list[Understood]
    ignored: list[str]
    encoding: str
    sheet: str | None
    warnings: list[Doubt] = field(default_factory=list)
    years: dict[str, int] = field(default_factory=dict)  # field -> year of its figures, if said


def read_table(
    path: Path | str,
    *,
    may_be_empty: bool = False,
    sheet: str = "",
    columns: Mapping[str, str] | None = None,
) -> Table:
    """Read a village table (.csv, .xlsx and what else sim/table/sheet.py names). Raises TableError
    with all problems at once.

    `sheet`: of a workbook, by name. `columns`: heading -> field, where a heading is not
    known. A table without villages is a problem too, unless it `may_be_empty`, as in a
    scenario whose villages are all drawn.
    """
    path = Path(path)
    data = read_file(path, LARGEST_UNPACKED, worded("problems.table_reading.csv_xlsx_file"))
    table = read_bytes(data, path.name, may_be_empty=may_be_empty, sheet=sheet, columns=columns)
    table.path = str(path)
    return table


def read_bytes(
    data: bytes,
    name: str,
    *,
    may_be_empty: bool = False,
    sheet: str = "",
    columns: Mapping[str, str] | None = None,
    choosing: Choosing = COMMAND,
) -> Table:
    """Read a village table from the content of a file called `name`, as an upload
    gives it. `choosing`: what its messages point to. Raises TableError."""
    settled = columns or {}
    findings = Findings(choosing)
    parts = _parts(data, name, sheet, settled, findings)
    villages = _villages(parts, findings)
    if not villages and not may_be_empty and not findings.problems:
        findings.refuse(
            parts[0].sheet,
            None,
            None,
            worded("problems.table_reading.village"),
            worded("problems.table_reading.row_each_village"),
        )
    naming.settle(villages, findings)
    check_villages(villages, parts, findings)
    findings.stop_if_refused()
    _doubt(parts, villages, findings)
    sheets = list(dict.fromkeys(p.sheet.title for p in parts if p.sheet.title is not None))
    return Table(
        name,
        [village.row for village in villages],
        understood.of_columns(parts, villages),
        list(dict.fromkeys(text for part in parts for text in (*part.older, *part.ignored))),
        parts[0].sheet.encoding,
        ", ".join(sheets) if sheets else None,
        list(findings.doubts),
        _years(parts, findings),
    )


def _parts(
    data: bytes, name: str, sheet: str, settled: Mapping[str, str], findings: Findings
) -> list[Part]:
    """The sheets that are the table, each with its columns."""
    sheets, doubts = read_sheets(data, name, sheet, findings.choosing)
    findings.doubts += doubts
    for read_sheet in sheets:
        findings.problems += read_sheet.problems
        findings.doubts += read_sheet.notes
    parts = [columns.part_of(sheet, settled, findings) for sheet in sheets]
    columns.check_settled(parts, settled, findings)
    return parts


def _villages(parts: list[Part], findings: Findings) -> list[VillageBeingRead]:
    """The rows that are villages, in the terms of the model."""
    villages, sorted_rows = [], []
    for part in parts:
        above.spread(part, findings)
        result = rows.sort_rows(part)
        above.fill_down(part, result, findings)
        records = rows.villages_of(part, result, findings)
        villages += read_villages(part, records, result.inherited, findings)
        sorted_rows.append((part, result))
    rows.tell_left_out(sorted_rows, findings)
    return villages


def _doubt(parts: list[Part], villages: list[VillageBeingRead], findings: Findings) -> None:
    """What can be read, but is hardly meant."""
    understood.tell(parts, villages, findings)
    units.doubt(parts, villages, findings)
    unread.ask(parts, findings)
    headings = {name: column.text for part in parts for name, column in part.columns.items()}
    findings.doubts += implausible(villages, headings)


def _years(parts: list[Part], findings: Findings) -> dict[str, int]:
    """Field -> the year of its figures; where sheets differ the newest, and that is asked about."""
    years: dict[str, int] = {}
    for part in parts:
        for name, year in part.years.items():
            if years.setdefault(name, year) != year:
                findings.ask(
                    "problems.table_reading.sheet_another", name=name, years=years[name], year=year
                )
                years[name] = max(years[name], year)
    return years

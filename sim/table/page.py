"""What a file holds, before anybody asks what it means: sheets of rows of cleaned cells, and
how much of them is let in.

Whoever sent the file is not trusted: sizes are checked before anything is unpacked, cells are
counted while they stream by, and nothing but `TableError` gets out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.worded import worded

LARGEST_FILE = 20_000_000  # bytes of anything but text, as it lies on the disk
LARGEST_UNPACKED = 200_000_000  # bytes of a text file, or of a workbook once unpacked
MOST_ROWS = 600_000
MOST_COLUMNS = 256
MOST_SHEET_ROWS, MOST_SHEET_COLUMNS = 1_048_576, 16_384  # of Excel
HEADING_ROWS = 10  # the heading stands in one of the first ten rows


class Record(NamedTuple):
    """A row: the number that a spreadsheet shows beside it, and its cleaned cells."""

    row: int
    cells: list[Any]


@dataclass
class Page:
    """A sheet as it stands in the file, rows without content left out. Columns count from 0."""

    file: str
    title: str | None  # None where the file has no sheets
    encoding: str
    records: list[Record]
    even: bool = False  # whether each row should have as many cells as the headings: a text file
    uncomputed: set[tuple[int, int]] = field(default_factory=set)  # (row, column): formulas
    merged: list[tuple[int, int, int]] = field(
        default_factory=list
    )  # (first row, last row, column)
    hidden: set[int] = field(default_factory=set)  # rows
    hidden_columns: set[int] = field(default_factory=set)
    letters: list[str] = field(default_factory=list)  # of columns, where these are not A, B, C
    filtered: bool = False  # a filter is on, by which rows may be hidden
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Draft:
    """A sheet of which only the top was looked at."""

    title: str | None
    top: list[Record]
    load: Callable[[], Page]


def refusal(file: str, text: Text, expected: Text, row: int | None = None) -> TableError:
    """One problem of the whole file, or of a row of it."""
    return TableError([Problem(file, row, None, text, expected)])


def too_large(file: str, size: int, most: int, what: Text) -> TableError:
    """More bytes than are let in."""
    megabytes = worded("problems.table_page.mb", size=size / 1000000.0, what=what)
    return refusal(file, megabytes, worded("problems.table_page.most_mb", most=most / 1000000.0))


def too_wide(file: str, row: int, most: int) -> TableError:
    """A row with more cells than any spreadsheet has."""
    return refusal(
        file,
        worded("problems.table_page.row_more_cells", most=most),
        worded("problems.table_page.column_each_kind"),
        row,
    )


def has_content(record: Record) -> bool:
    """Whether any cell of a row holds something."""
    return any(cell != "" for cell in record.cells)


def counted(records: Iterable[Record], file: str) -> list[Record]:
    """The rows that hold something. Raises TableError: more than MOST_ROWS and their headings."""
    rows = list(islice(filter(has_content, records), MOST_ROWS + HEADING_ROWS + 1))
    return check_count(rows, file, MOST_ROWS + HEADING_ROWS)


def check_count(rows: list[Record], file: str, most: int) -> list[Record]:
    """The rows, where they are no more than `most`. Raises TableError."""
    if len(rows) > most:
        raise too_long(file)
    return rows


def too_long(file: str) -> TableError:
    """More rows than there are villages in any province."""
    return refusal(
        file,
        worded("problems.table_page.more_rows", most_rows=MOST_ROWS),
        worded("problems.table_page.most_villages", most_rows=MOST_ROWS),
    )


def trimmed(cells: list[Any]) -> list[Any]:
    """Cells without the empty ones at the end."""
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def turned(page: Page) -> Page:
    """The page with columns for rows; the number of a row is then that of its
    column in the file, A being 1."""
    width = max((len(record.cells) for record in page.records), default=0)
    columns = [
        Record(i + 1, [r.cells[i] if i < len(r.cells) else "" for r in page.records])
        for i in range(width)
    ]
    place = {record.row: i for i, record in enumerate(page.records)}
    return replace(
        page,
        file=f"{page.file} (columns as rows / 行列互换)",
        records=[record for record in columns if has_content(record)],
        even=False,
        uncomputed={(c + 1, place[row]) for row, c in page.uncomputed if row in place},
        merged=[],
        hidden={column + 1 for column in page.hidden_columns},
        hidden_columns={place[row] for row in page.hidden if row in place},
        letters=[str(record.row) for record in page.records],
    )


def letter(column: int) -> str:
    """The letters of a column, counted from 0, in a spreadsheet: A, B, ... AA."""
    text = ""
    while column >= 0:
        text, column = chr(65 + column % 26) + text, column // 26 - 1
    return text

"""A planner's own village table: taken from the browser, read with the messages of `alliances
check`, carried in the address."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from village_alliances.interface.dashboard.uploads import plain_name
from village_alliances.sim.loading import names as shipped
from village_alliances.sim.own_table import own_table
from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.table import FIELDS, Table, neutralise, read_bytes
from village_alliances.sim.table.cells import Cell, text_of
from village_alliances.sim.table.choosing import Choosing
from village_alliances.sim.table.sheet import read_sheets, sheet_titles
from village_alliances.sim.worded import worded

MOST_BYTES = 4 * 1024 * 1024  # of an upload
MOST_VILLAGES = 5_000  # on the page; larger tables are for the command
MOST_PACKED = 6_000  # characters that an address may carry
MOST_UNPACKED = 400_000  # bytes that a packed table may unfold to


class OnPage(Choosing):
    """What a message about a table points to on the page: its own choices; where it offers none,
    to nothing."""

    def column(self, heading: str, field: object) -> Text:
        """The choice of what a heading means."""
        return worded("dashboard.ask.choice", heading=heading, fold=_fold())

    def or_letter(self, letter: str) -> Text:
        """The page knows a column by its heading alone."""
        return Text("")

    def sheet(self) -> Text:
        """The choice of another sheet."""
        return worded("dashboard.ask.choice_of_sheet", fold=_fold())

    def of_history(self) -> Text:
        """The page reads one year."""
        return Text("")


def _fold() -> Text:
    """The part of the page where an upload is read otherwise."""
    return worded("dashboard.ask.otherwise")


@dataclass(frozen=True)
class OwnTable:
    """A table that was read without a problem. `packed` is '' where it is too large for
    an address."""

    name: str
    table: Table
    digest: str
    packed: str

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True)
class Brought:
    """An upload (`data` in base64), and how it is to be read: in which sheet, and what
    headings mean (heading, field)."""

    name: str
    data: str
    sheet: str = ""
    columns: tuple[tuple[str, str], ...] = ()

    def __hash__(self) -> int:
        return hash((self.name, len(self.data), self.sheet, self.columns))

    @property
    def file(self) -> str:
        """The file's name, without folders."""
        return plain_name(self.name, "table")

    @property
    def content(self) -> bytes:
        """The file's content. Raises TableError: too large for the page."""
        if len(self.data) > MOST_BYTES * 4 // 3 + 4:
            large = worded("problems.page_tables.file_too_large")
            raise TableError([_problem(self.name, large, _limit())])
        return base64.b64decode(self.data)


def take(brought: Brought) -> OwnTable:
    """The table of an upload. Raises TableError with every problem at once."""
    return _read(brought.file, brought.content, brought.sheet, dict(brought.columns))


@lru_cache(maxsize=8)
def choices(brought: Brought) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sheets among which one may choose, and headings whose meaning one may settle: several for one
    field, an income, and unknown ones."""
    try:
        titles = sheet_titles(brought.content, brought.file)
        sheets, _ = read_sheets(brought.content, brought.file, brought.sheet)
    except (TableError, ValueError):
        return (), ()
    headings = [heading for sheet in sheets for heading in sheet.headings if heading.text]
    often = Counter(h.field.name for h in sheets[0].headings if h.field)
    several = [h.text for h in headings if h.field and often[h.field.name] > 1]
    incomes = [h.text for h in headings if h.field and h.field.name == "collective_income"]
    unknown = [h.text for h in headings if h.field is None]
    settled = [text for text, _ in brought.columns]
    return tuple(titles), tuple(dict.fromkeys((*settled, *several, *incomes, *unknown)))


@dataclass(frozen=True)
class Refusal:
    """A table that cannot be used: what is wrong, and the rows of the file where it is
    wrong, as they stand there."""

    error: TableError
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()


def refusal(error: TableError, brought: Brought, most: int = 30) -> Refusal:
    """What is shown of a table that raised `error`: the rows that its problems name, where the
    file can be read at all."""
    wanted = {problem.row for problem in error.problems if problem.row is not None}
    if not wanted:
        return Refusal(error)
    try:
        sheet = read_sheets(brought.content, brought.file, brought.sheet)[0][0]
    except (TableError, ValueError):
        return Refusal(error)
    rows = [
        (number, tuple(text_of(cell)[:60] for cell in cells))
        for number, cells in sheet.rows
        if number in wanted
    ]
    return Refusal(error, tuple(heading.text for heading in sheet.headings), tuple(rows[:most]))


def _read(
    file: str, content: bytes, sheet: str = "", columns: Mapping[str, str] | None = None
) -> OwnTable:
    table = read_bytes(content, file, sheet=sheet, columns=columns, choosing=OnPage())
    if len(table.rows) > MOST_VILLAGES:
        size = worded("problems.page_tables.villages", count=len(table.rows))
        most = worded("problems.page_tables.most_page", most_villages=MOST_VILLAGES)
        raise TableError([_problem(file, size, most)])
    carried = f"{Path(file).stem}.csv\n{as_csv(table)}"
    packed = base64.urlsafe_b64encode(zlib.compress(carried.encode(), 9)).decode().rstrip("=")
    return OwnTable(
        file,
        table,
        hashlib.blake2b(content + repr((sheet, columns)).encode(), digest_size=8).hexdigest(),
        packed if len(packed) <= MOST_PACKED else "",
    )


def _limit() -> Text:
    size = MOST_BYTES // 1024 // 1024
    return worded("problems.page_tables.most_mb", size=size)


def _problem(file: str, text: Text, expected: Text) -> Problem:
    return Problem(file, None, None, text, expected)


@lru_cache(maxsize=32)
def unpack(packed: str) -> OwnTable | None:
    """The table that an address carries; None where it holds none."""
    try:
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        unfolding = zlib.decompressobj()
        text = unfolding.decompress(raw, MOST_UNPACKED).decode()
        if unfolding.unconsumed_tail:
            return None
        name, _, content = text.partition("\n")
        return _read(plain_name(name, "table"), content.encode())
    except (ValueError, zlib.error, TableError):
        return None


def as_csv(table: Table) -> str:
    """The table in our own headings, base units and marks of uncertainty, empty columns
    left out."""
    used = [f.name for f in FIELDS if any(row.get(f.name) not in (None, "") for row in table.rows)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    years = {name: f"{year}年" for name, year in table.years.items()}
    writer.writerow(years.get(name, "") + name for name in used)
    writer.writerows([_written(row.get(name)) for name in used] for row in table.rows)
    return out.getvalue()


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if not isinstance(value, Cell):
        return str(value)
    low, high = (f"{bound:.10g}" for bound in (value.low, value.high))
    if value.kind == "about":
        return f"~{low}"
    if value.low == value.high:
        return low
    if value.low == float("-inf"):
        return f"<{high}"
    return f">{low}" if value.high == float("inf") else f"{low}-{high}"


@lru_cache(maxsize=32)
def scenario_of(own: OwnTable, region: str, start: int, years: int) -> Scenario:
    """The table as a scenario, which a command reads from `file_of`."""
    scenario = own_table(own.table, region=region, start=start, years=years or 6)
    file = file_of(own.table)
    return replace(scenario, name=Path(file).stem, source=file)


def file_of(table: Table) -> str:
    """The file in which a planner's table goes beside an answer; its name is no shipped one."""
    stem = Path(table.path).stem
    return f"{stem}-table.csv" if stem in shipped() else f"{stem}.csv"


def rows_shown(own: OwnTable, most: int = 12) -> tuple[list[str], list[list[str]]]:
    """Headings and first rows of the table, as read."""
    used = [
        f.name for f in FIELDS if any(row.get(f.name) not in (None, "") for row in own.table.rows)
    ]
    return used, [
        [str(neutralise(_written(row.get(name)))) for name in used] for row in own.table.rows[:most]
    ]

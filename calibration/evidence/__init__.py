"""The register of figures that the documents state, each with its document and line.

`figures()` gives all of them, `figure(id)` one, `documents()` where they were read. The tables lie beside this file;
README.md says how they were checked.
"""

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TypeVar

FOLDER = Path(__file__).parent
QUALIFIERS = ("exact", "about", "more_than", "at_least", "less_than", "at_most")
MOMENTS = ("before", "after", "level", "flow", "target")


class EvidenceError(ValueError):
    """A register table that cannot be read: one message naming file, row, column, what was found and what is expected."""


@dataclass(frozen=True)
class Figure:
    """One figure of one document."""

    id: str
    document: int
    """Id of documents.csv."""
    line: int
    """Line of the document, counted from 1."""
    figure: str
    """The words of that line which carry the figure."""
    value: float
    """In the base unit: yuan and persons, not ten thousands of them."""
    value_high: float | None
    """Upper end where the text gives a span."""
    qualifier: str
    """One of QUALIFIERS: what the words claim, so that `more_than` and `at_least` are lower bounds."""
    unit: str
    year: int
    place_zh: str
    place_en: str
    alliance: str
    """Id of cases.csv."""
    quantity: str
    when: str
    """One of MOMENTS: before or after the alliance worked, a level or a flow at that time, or a target."""
    note_zh: str
    note_en: str

    def place(self, lang: str) -> str:
        """Where it holds."""
        return self.place_zh if lang == "zh" else self.place_en

    def note(self, lang: str) -> str:
        """What it is, in a line that does not repeat place and year, and what is doubtful in it."""
        return self.note_zh if lang == "zh" else self.note_en


@dataclass(frozen=True)
class Document:
    """One source: `year` is None where the text states none; `year_note` says what it rests on."""

    id: int
    file: str
    title: str
    author: str
    outlet: str
    year: int | None
    year_note: str


@cache
def figures() -> list[Figure]:
    """All figures in the order of figures.csv. Raises EvidenceError with every fault of the table."""
    return read_figures(FOLDER / "figures.csv")


def figure(id: str) -> Figure:
    """The figure of that id. Raises KeyError naming the id and the register."""
    try:
        return _figures_by_id()[id]
    except KeyError:
        raise KeyError(f"{FOLDER / 'figures.csv'}: no figure with id {id!r}") from None


@cache
def documents() -> dict[int, Document]:
    """The sources by their short id. Raises EvidenceError with every fault of the table."""
    return {
        one.id: one
        for one in _read(
            FOLDER / "documents.csv", Document, {"id": _whole, "year": _or_none(_whole)}
        )
    }


def read_figures(path: Path) -> list[Figure]:
    """The figures of a table with the columns of `Figure`. Raises EvidenceError with every fault of the table."""
    return _read(
        path,
        Figure,
        {
            "document": _whole,
            "line": _whole,
            "value": _number,
            "value_high": _or_none(_number),
            "qualifier": _one_of(QUALIFIERS),
            "year": _whole,
            "when": _one_of(MOMENTS),
        },
    )


@cache
def _figures_by_id() -> dict[str, Figure]:
    return {one.id: one for one in figures()}


Record = TypeVar("Record", Figure, Document)
Parse = Callable[[str], object]


def _read(path: Path, record: type[Record], parse: dict[str, Parse]) -> list[Record]:
    """The rows of a CSV file as records; columns not in `parse` are text. Row 1 is the header."""
    columns = [field.name for field in fields(record)]
    found, faults = [], []
    first_row: dict[str, int] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if header != columns:
            raise EvidenceError(f"{path}: row 1: found columns {header}, expected {columns}")
        for number, cells in enumerate(reader, start=2):
            if len(cells) != len(columns):
                faults.append(
                    f"{path}: row {number}: found {len(cells)} cells, expected {len(columns)}"
                )
                continue
            values: dict[str, object] = {}
            for column, cell in zip(columns, cells, strict=True):
                try:
                    values[column] = parse.get(column, str)(cell)
                except ValueError as expected:
                    faults.append(
                        f"{path}: row {number}: {column}: found {cell!r}, expected {expected}"
                    )
            if cells[0] in first_row:
                faults.append(
                    f"{path}: row {number}: id: found {cells[0]!r} again, expected it once (row {first_row[cells[0]]} has it)"
                )
            first_row.setdefault(cells[0], number)
            if len(values) == len(columns):
                found.append(record(**values))  # type: ignore[arg-type]
    if faults:
        raise EvidenceError("\n".join(faults))
    return found


def _whole(cell: str) -> int:
    try:
        return int(cell)
    except ValueError:
        raise ValueError("a whole number") from None


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("a number")
    return value


def _or_none(parse: Parse) -> Parse:
    def blank_or_parsed(cell: str) -> object:
        return parse(cell) if cell else None

    return blank_or_parsed


def _one_of(choices: tuple[str, ...]) -> Parse:
    def chosen(cell: str) -> str:
        if cell not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return cell

    return chosen

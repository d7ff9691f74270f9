"""The register: figures that the documents state, and public figures from outside,
each with where it stands.

`figures()` gives all of the documents' figures, `figure(id)` one, `documents()` where they
were read. `outside()` gives the public figures from elsewhere, `designs()` the kinds of
study behind them. Ids are one namespace: `named(id)` finds either, `kinds(ids)` tells what a
number rests on: document, outside, or assumption. The tables lie beside this file; README.md
says how they were checked.
"""

import csv
import math
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TypeVar

FOLDER = Path(__file__).parent
QUALIFIERS = ("exact", "about", "more_than", "at_least", "less_than", "at_most")
MOMENTS = ("before", "after", "level", "flow", "target")
KINDS = ("document", "outside", "assumption")  # what a number may rest on; always told apart
QUANTITIES = (
    "income", "debt", "assets", "public_money", "jobs", "wages", "cost", "return", "lag", "failure", "survival", "learning",
    "households", "cooperation", "brand", "people",
)  # fmt: skip
GRADES = ("same_quantity", "transferable", "analogy")
RATES = ("leaving", "going_quiet", "project_death", "alliance_death")
USES = ("input", "score", "context")  # a row that sets a range is never scored
CONFIDENCE = ("high", "medium", "low")


class EvidenceError(ValueError):
    """A register table that cannot be read: one message naming file, row, column, what was
    found and what is expected."""


class InBothLanguages:
    """What the tables say of a figure in either language."""

    place_zh: str
    place_en: str
    note_zh: str
    note_en: str

    def place(self, lang: str) -> str:
        """Where it holds."""
        return self.place_zh if lang == "zh" else self.place_en

    def note(self, lang: str) -> str:
        """What it is, in a line that does not repeat place and year, and what is doubtful in it."""
        return self.note_zh if lang == "zh" else self.note_en


@dataclass(frozen=True)
class Figure(InBothLanguages):
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
    """One of QUALIFIERS: what the words claim, so that `more_than` and `at_least` are
    lower bounds."""
    unit: str
    year: int
    place_zh: str
    place_en: str
    alliance: str
    """Id of cases.csv."""
    quantity: str
    when: str
    """One of MOMENTS: before or after the alliance worked, a level or a flow
    at that time, or a target."""
    note_zh: str
    note_en: str


@dataclass(frozen=True)
class Document:
    """One source: `year` is None where the text states none; `year_note` says what it rests on."""

    id: int
    file: str
    title_zh: str
    title_en: str
    """In our translation."""
    author: str
    outlet_zh: str
    outlet_en: str
    year: int | None
    year_note: str

    def title(self, lang: str) -> str:
        """What it is called: the title by which it is found, in English after its translation."""
        return self.title_zh if lang == "zh" else f"{self.title_en} ({self.title_zh})"

    def outlet(self, lang: str) -> str:
        """Where it appeared."""
        return self.outlet_zh if lang == "zh" else self.outlet_en


@dataclass(frozen=True)
class Outside(InBothLanguages):
    """One public figure from outside the documents, in our words. Its unit may be `significance` (a
    value of 0: no effect could be told from chance) or `sign` (1 or -1)."""

    id: str
    source_zh: str
    source_en: str
    address: str
    """Where it was read; blank for statistics of ours, `none` where there is no address."""
    place_zh: str
    place_en: str
    year: int
    quantity: str
    """One of QUANTITIES: the kind on which it is scored."""
    value: float
    low: float | None
    high: float | None
    """A stated span, a confidence band of 95%, or a spread between places: the note says which."""
    qualifier: str
    unit: str
    design: str
    """Key of designs.toml: how it came to be known."""
    grade: str
    """One of GRADES: how near it is to what the model has."""
    rates: tuple[str, ...]
    """Which of RATES it informs."""
    use: str
    """One of USES."""
    confidence: str
    note_zh: str
    note_en: str

    def source(self, lang: str) -> str:
        """Who says it."""
        return self.source_zh if lang == "zh" else self.source_en

    @property
    def discrepancy(self) -> float:
        """Sd of the log by which a figure of this design may be off what it is taken for."""
        return designs()[self.design].discrepancy


@dataclass(frozen=True)
class StudyDesign:
    """A kind of study. `control`: it compares with those untouched. `discrepancy`: sd of the log
    that is granted to its figures."""

    name: str
    en: str
    zh: str
    control: bool
    discrepancy: float
    reason: str
    reason_zh: str

    def title(self, lang: str) -> str:
        """What it is called."""
        return self.zh if lang == "zh" else self.en


@cache
def figures() -> list[Figure]:
    """All figures in the order of figures.csv. Raises EvidenceError with every fault of
    the table."""
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
        document.id: document
        for document in _read(
            FOLDER / "documents.csv", Document, {"id": _whole, "year": _or_none(_whole)}
        )
    }


def read_figures(path: Path) -> list[Figure]:
    """The figures of a table with the columns of `Figure`. Raises EvidenceError with
    every fault of the table."""
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
def outside() -> list[Outside]:
    """All public figures from outside. Raises EvidenceError with every fault of the table."""
    return read_outside(FOLDER / "outside.csv")


def read_outside(path: Path) -> list[Outside]:
    """The rows of a table with the columns of `Outside`. Raises EvidenceError with
    every fault of the table."""
    return _read(
        path,
        Outside,
        {
            "year": _whole,
            "quantity": _one_of(QUANTITIES),
            "value": _number,
            "low": _or_none(_number),
            "high": _or_none(_number),
            "qualifier": _one_of(QUALIFIERS),
            "design": _one_of(tuple(designs())),
            "grade": _one_of(GRADES),
            "rates": _some_of(RATES),
            "use": _one_of(USES),
            "confidence": _one_of(CONFIDENCE),
        },
    )


@cache
def designs() -> dict[str, StudyDesign]:
    """The kinds of study by name, from the least to the most telling."""
    with (FOLDER / "designs.toml").open("rb") as file:
        return {name: StudyDesign(name=name, **body) for name, body in tomllib.load(file).items()}


@cache
def unused() -> dict[str, dict[str, str]]:
    """Why a figure from outside stands behind no number and is not scored, by id: en, zh."""
    with (FOLDER / "unused.toml").open("rb") as file:
        return tomllib.load(file)


def named(id: str) -> Figure | Outside:
    """The row of that id in either part of the register. Raises KeyError naming
    the id and the register."""
    try:
        return _by_id()[id]
    except KeyError:
        raise KeyError(f"{FOLDER}: no row with id {id!r} in figures.csv or outside.csv") from None


def kind_of(id: str) -> str:
    """`document` or `outside`: the part of the register in which an id stands.
    Raises KeyError for neither."""
    return "document" if isinstance(named(id), Figure) else "outside"


def kinds(ids: Iterable[str], assumption: str = "") -> tuple[str, ...]:
    """What a number rests on, of KINDS in their order: the parts of the register that its ids
    name, and its own reason."""
    kinds = {kind_of(id) for id in ids} | ({"assumption"} if assumption else set())
    return tuple(kind for kind in KINDS if kind in kinds)


@cache
def _by_id() -> dict[str, Figure | Outside]:
    both: dict[str, Figure | Outside] = {figure.id: figure for figure in figures()}
    for row in outside():
        if row.id in both:
            raise EvidenceError(f"{FOLDER}: {row.id!r} stands in figures.csv and in outside.csv")
        both[row.id] = row
    return both


@cache
def _figures_by_id() -> dict[str, Figure]:
    return {figure.id: figure for figure in figures()}


EvidenceRecord = TypeVar("EvidenceRecord", Figure, Document, Outside)
Parse = Callable[[str], object]


def _read(
    path: Path, record: type[EvidenceRecord], parse: dict[str, Parse]
) -> list[EvidenceRecord]:
    """The rows of a CSV file as records; columns not in `parse` are text. Row 1 is the header."""
    columns = [field.name for field in fields(record)]
    records, faults = [], []
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
                    f"{path}: row {number}: id: found {cells[0]!r} again, expected it "
                    f"once (row {first_row[cells[0]]} has it)"
                )
            first_row.setdefault(cells[0], number)
            if len(values) == len(columns):
                records.append(record(**values))  # type: ignore[arg-type]
    if faults:
        raise EvidenceError("\n".join(faults))
    return records


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


def _some_of(choices: tuple[str, ...]) -> Parse:
    def chosen(cell: str) -> tuple[str, ...]:
        lines = tuple(part for part in cell.split(";") if part)
        if not set(lines) <= set(choices):
            raise ValueError("some of " + ", ".join(choices) + ", with ; between")
        return lines

    return chosen

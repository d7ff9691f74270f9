"""Tables in workbooks of Excel (.xlsx, .xlsm).

First the sizes of all parts, then one pass over the raw XML of each sheet, which counts
and keeps what the library does not tell (merged cells, hidden rows, formulas), and only
then the cells, row by row.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

from village_alliances.sim.problems import TableError
from village_alliances.sim.table import page as pages
from village_alliances.sim.table.cells import clean
from village_alliances.sim.table.page import (
    HEADING_ROWS,
    LARGEST_FILE,
    MOST_COLUMNS,
    MOST_SHEET_COLUMNS,
    MOST_SHEET_ROWS,
    Draft,
    Page,
    Record,
    counted,
    has_content,
    refusal,
    too_large,
    too_long,
    too_wide,
    trimmed,
)
from village_alliances.sim.worded import worded

LARGEST_PART = 10_000_000  # bytes of a part of a workbook that holds neither rows nor their strings
MOST_PARTS = 5_000
MOST_SHEETS = 200
MOST_STRINGS = 2_000_000
MOST_MERGED = 200_000
MOST_ROW_TAGS = 6 * MOST_SHEET_COLUMNS  # of XML in one row: cell, formula, value, text
CHUNK = 1 << 20

_SHEET_PART = re.compile(r"(?:^|/)worksheets/[^/]*\.xml$", re.IGNORECASE)
_TAG = re.compile(
    rb"<(?:\w+:)?(?:(?P<row>row)|(?P<formula>f)|(?P<merged>mergeCell)|(?P<filter>autoFilter)|(?P<column>col))(?=[\s/>])(?P<rest>[^>]*)>"
)
_SPAN = re.compile(rb'ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_NUMBER = re.compile(rb'\sr="([0-9]{1,7})"')
_COLUMNS = re.compile(rb'(?=.*\smin="([0-9]{1,5})")(?=.*\smax="([0-9]{1,5})")', re.DOTALL)
_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')


@dataclass
class Outline:
    """What the raw XML of a sheet tells. Columns count from 0."""

    merged: list[tuple[int, int, int]] = field(
        default_factory=list
    )  # (first row, last row, column)
    hidden: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    filtered: bool = False
    formulas: bool = False


def read_workbook(data: bytes, file: str) -> list[Draft]:
    """The visible sheets of a workbook. Raises TableError."""
    outlines = _outlines(data, file)
    try:
        values = _loaded(data, computed=True)
        return [
            Draft(sheet.title, _top(sheet), _loader(data, file, sheet, outlines))
            for sheet in values.worksheets
            if sheet.sheet_state == "visible"
        ]
    except Exception as error:  # openpyxl lets out whatever a damaged file provokes
        raise broken(file, type(error).__name__) from error


def _loaded(data: bytes, *, computed: bool) -> Any:
    """The workbook, of each formula what it gave or what is written. What the library warns of
    lies in parts that are not read."""
    import openpyxl  # heavy: only where a workbook is read

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=computed, keep_links=False
        )


def broken(file: str, why: str) -> TableError:
    """A workbook that cannot be read."""
    return refusal(
        file,
        worded("problems.table_workbook.damaged_workbook", why=why),
        worded("problems.table_workbook.workbook_excel_opens"),
    )


# -------- Before anything is built


def _outlines(data: bytes, file: str) -> dict[str, Outline]:
    """The outline of each sheet by the name of its part. Raises TableError: no workbook,
    or one that is too much."""
    if len(data) > LARGEST_FILE:
        raise too_large(file, len(data), LARGEST_FILE, worded("problems.table_workbook.workbook"))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise refusal(
            file,
            worded("problems.table_workbook.old_xls_workbook"),
            worded("problems.table_workbook.workbook_saved_xlsx"),
        )
    if not data.startswith(b"PK"):
        raise refusal(
            file,
            worded("problems.table_workbook.file_excel_workbook"),
            worded("problems.table_workbook.workbook_saved_xlsx_text"),
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_sizes(archive, file)
            return {
                part.filename: sheet
                for part in archive.infolist()
                if (sheet := _looked_through(archive, part, file)) is not None
            }
    except TableError:
        raise
    except Exception as error:  # zipfile, too, lets out many kinds
        raise broken(file, type(error).__name__) from error


def check_sizes(archive: zipfile.ZipFile, file: str) -> None:
    """Raises TableError where an archive would be too large once unpacked."""
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    if size > pages.LARGEST_UNPACKED:
        raise too_large(
            file,
            size,
            pages.LARGEST_UNPACKED,
            worded("problems.table_workbook.workbook_once_unpacked"),
        )
    if len(parts) > MOST_PARTS:
        raise broken(file, f"{len(parts)} parts")


def _looked_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo, file: str) -> Outline | None:
    """The outline, where the part is a sheet. Raises TableError for what a workbook never holds."""
    name, is_sheet = part.filename, _SHEET_PART.search(part.filename) is not None
    xml = name.lower().endswith((".xml", ".rels"))
    strings = "sharedStrings" in name
    if xml and part.file_size > LARGEST_PART and not (is_sheet or strings):
        raise too_large(
            file, part.file_size, LARGEST_PART, worded("problems.table_workbook.in", name=name)
        )
    with archive.open(part) as stream:
        chunks = _whole_tags(stream, file, name, xml)
        if is_sheet:
            return _outline(chunks, file)
        tags = {b"sheet": MOST_SHEETS} if name.endswith("workbook.xml") else {}
        tags = {b"si": MOST_STRINGS} if strings else tags
        counts = dict.fromkeys(tags, 0)
        for chunk in chunks:
            for tag, most in tags.items():
                counts[tag] += len(re.findall(rb"<(?:\w+:)?" + tag + rb"[\s/>]", chunk))
                if counts[tag] > most:
                    raise broken(file, f"{name}: more than {most:,} {tag.decode()}")
    return None


def _whole_tags(stream: IO[bytes], file: str, name: str, xml: bool) -> Iterator[bytes]:
    """The content in pieces that end where a tag ends. Raises TableError: entities that
    swell when they are read."""
    rest = b""
    while chunk := stream.read(CHUNK):
        rest += chunk
        if b"<!DOCTYPE" in rest or (xml and b"\0" in chunk):
            raise broken(file, name)
        end = rest.rfind(b">") + 1
        if end:
            yield rest[:end]
            rest = rest[end:]
        elif xml and len(rest) > LARGEST_PART:
            raise broken(file, name)
        elif not xml:
            rest = rest[-16:]
    yield rest


def _outline(chunks: Iterator[bytes], file: str) -> Outline:
    outline, row, rows, tags = Outline(), 0, 0, 0
    for chunk in chunks:
        start = 0
        for tag in _TAG.finditer(chunk):
            if tag["row"]:
                tags += chunk.count(b"<", start, tag.start())
                _check_row(tags, row, file)
                start, tags, rows = tag.start(), 0, rows + 1
                if rows > MOST_SHEET_ROWS:
                    raise too_long(file)
                number = _NUMBER.search(tag["rest"])
                row = int(number[1]) if number else row + 1
                if _HIDDEN.search(tag["rest"]) and len(outline.hidden) < MOST_SHEET_ROWS:
                    outline.hidden.add(row)
            elif tag["formula"]:
                outline.formulas = True
            elif tag["filter"]:
                outline.filtered = True
            elif tag["column"]:
                if _HIDDEN.search(tag["rest"]) and (span := _COLUMNS.search(tag["rest"])):
                    first, last = int(span[1]), min(int(span[2]), MOST_COLUMNS)
                    outline.hidden_columns.update(range(first - 1, last))
            elif span := _SPAN.search(tag["rest"]):
                _add_span(outline.merged, span)
                if len(outline.merged) > MOST_MERGED:
                    raise broken(file, f"more than {MOST_MERGED:,} merged cells")
        tags += chunk.count(b"<", start)
        _check_row(tags - 2 * len(outline.merged), row, file)
    outline.merged = _apart(outline.merged)
    return outline


def _check_row(tags: int, row: int, file: str) -> None:
    if tags > MOST_ROW_TAGS:
        raise too_wide(file, row, MOST_SHEET_COLUMNS)


def _add_span(spans: list[tuple[int, int, int]], span: re.Match[bytes]) -> None:
    first, last = int(span[2]), min(int(span[4]), MOST_SHEET_ROWS)
    column = _column(span[1])
    if first < last and column < MOST_COLUMNS:
        spans.append((first, last, column))


def _apart(spans: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Spans in the order of their columns, none over another."""
    apart: list[tuple[int, int, int]] = []
    for first, last, column in sorted(spans, key=lambda span: (span[2], span[0])):
        if not (apart and apart[-1][2] == column and apart[-1][1] >= first):
            apart.append((first, last, column))
    return apart


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = 26 * column + letter - 64
    return column - 1


# -------- Cells


def _top(sheet: Any) -> list[Record]:
    sheet.reset_dimensions()  # what a file says of its own size may be wrong
    rows = sheet.iter_rows(max_row=HEADING_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)
    records = (
        Record(row, trimmed([clean(cell) for cell in cells])) for row, cells in enumerate(rows, 1)
    )
    return list(filter(has_content, records))


def _loader(data: bytes, file: str, sheet: Any, outlines: dict[str, Outline]) -> Any:
    def load() -> Page:
        try:
            return _page(data, file, sheet, outlines[sheet._worksheet_path])
        except TableError:
            raise
        except Exception as error:
            raise broken(file, type(error).__name__) from error

    return load


def _page(data: bytes, file: str, sheet: Any, outline: Outline) -> Page:
    formulas = None
    if outline.formulas:
        formulas = _loaded(data, computed=False)[sheet.title]
        formulas.reset_dimensions()
    page = Page(
        f"{file} [{sheet.title}]",
        sheet.title,
        "xlsx",
        [],
        merged=outline.merged,
        hidden=outline.hidden,
        hidden_columns=outline.hidden_columns,
        filtered=outline.filtered,
    )
    page.records = counted(_records(sheet, formulas, page.uncomputed), page.file)
    return page


def _records(sheet: Any, formulas: Any, uncomputed: set[tuple[int, int]]) -> Iterator[Record]:
    """The rows, and in `uncomputed` the places of formulas that hold no value."""
    if formulas is None:
        rows = islice(sheet.iter_rows(values_only=True), MOST_SHEET_ROWS)
        for row, cells in enumerate(rows, 1):
            yield Record(row, trimmed([clean(cell) for cell in cells]))
        return
    pairs = zip(sheet.iter_rows(), formulas.iter_rows(values_only=True), strict=False)
    for row, (values, written) in enumerate(islice(pairs, MOST_SHEET_ROWS), 1):
        for column, (cell, formula) in enumerate(zip(values, written, strict=False)):
            if (
                formula is not None and cell.value is None and cell.data_type != "str"
            ):  # "str": the formula gave an empty text
                uncomputed.add((row, column))
        yield Record(row, trimmed([clean(cell.value) for cell in values]))

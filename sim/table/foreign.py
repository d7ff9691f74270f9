"""Tables in .ods and .xls, by python-calamine where it is installed, and
points of a map in .geojson."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.table.cells import clean
from village_alliances.sim.table.page import (
    HEADING_ROWS,
    LARGEST_FILE,
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_SHEET_COLUMNS,
    MOST_SHEET_ROWS,
    Draft,
    Page,
    Record,
    counted,
    has_content,
    refusal,
    too_large,
    trimmed,
)
from village_alliances.sim.table.workbook import CHUNK, Outline, broken, check_sizes
from village_alliances.sim.worded import worded

MOST_CELLS = 20_000_000  # of an .ods, once its repeated rows and columns are written out
EXTRA = "tables"  # of the package: what has to be installed

_ODS_TAG = re.compile(
    rb"<table:(?P<kind>table|table-column|table-row|table-cell|covered-table-cell)"
    rb"(?=[\s/>])(?P<rest>[^>]*)>"
)
_ODS_NAME = re.compile(rb'\stable:name="([^"]*)"')
_ODS_HIDDEN = re.compile(rb'\stable:visibility="(collapse|filter)"')
_REPEATED = re.compile(rb'table:number-(?:rows|columns)-repeated="([0-9]{1,9})"')


def read_calamine(data: bytes, file: str) -> list[Draft]:
    """The visible sheets of an .ods or .xls. Raises TableError; one message where the
    library is not installed."""
    if len(data) > LARGEST_FILE:
        raise too_large(file, len(data), LARGEST_FILE, worded("problems.table_foreign.workbook"))
    ods = file.lower().endswith(".ods")
    if not data.startswith(b"PK" if ods else b"\xd0\xcf\x11\xe0"):
        kind = "OpenDocument" if ods else "Excel 97"
        raise refusal(
            file,
            worded("problems.table_foreign.file_workbook", kind=kind),
            worded("problems.table_foreign.workbook_saved_xlsx"),
        )
    outlines = _ods_outlines(data, file) if ods else {}
    try:
        import python_calamine
    except ImportError:
        name = "ods" if ods else "xls"
        raise refusal(
            file,
            worded("problems.table_foreign.workbook_2", name=name),
            worded("problems.table_foreign.workbook_saved_xlsx_excel", extra=EXTRA),
        ) from None
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        visible = python_calamine.SheetVisibleEnum.Visible
        titles = [sheet.name for sheet in book.sheets_metadata if sheet.visible == visible]
        drafts = []
        for title in titles:
            sheet = book.get_sheet_by_name(title)
            top = [r for r in _calamine_records(sheet) if r.row <= HEADING_ROWS + 2]
            outline = outlines.get(title, Outline())
            drafts.append(Draft(title, top, _calamine_loader(sheet, file, title, outline)))
        return drafts
    except Exception as error:  # the library lets out what a damaged file provokes
        raise broken(file, type(error).__name__) from error


def _calamine_loader(sheet: Any, file: str, title: str, outline: Outline) -> Any:
    def load() -> Page:
        name = f"{file} [{title}]"
        merged = [
            (first[0] + 1, last[0] + 1, first[1])
            for first, last in sheet.merged_cell_ranges or ()
            if first[0] < last[0]
        ]
        return Page(
            name,
            title,
            file.rpartition(".")[2].lower(),
            counted(_calamine_records(sheet), name),
            merged=merged,
            hidden=outline.hidden,
            hidden_columns=outline.hidden_columns,
            filtered=outline.filtered,
        )

    return load


def _calamine_records(sheet: Any) -> Iterator[Record]:
    _, right = sheet.start or (0, 0)  # blank rows above are among the rows, blank columns are not
    for row, cells in enumerate(sheet.iter_rows(), 1):
        record = Record(row, trimmed([""] * right + [clean(cell) for cell in cells]))
        if has_content(record):
            yield record


def _ods_outlines(data: bytes, file: str) -> dict[str, Outline]:
    """Which rows and columns of each sheet are hidden, which the library does not tell. Raises
    TableError where repeated rows and columns would swell beyond bounds, or entities are
    declared."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_sizes(archive, file)
            with archive.open("content.xml") as stream:
                return _outlined(_ods_tags(stream, file), file)
    except TableError:
        raise
    except Exception as error:
        raise broken(file, type(error).__name__) from error


def _ods_tags(stream: Any, file: str) -> Iterator[re.Match[bytes]]:
    rest = b""
    while chunk := stream.read(CHUNK):
        rest += chunk
        if b"<!DOCTYPE" in rest:
            raise broken(file, "DOCTYPE")
        end = rest.rfind(b">") + 1
        yield from _ODS_TAG.finditer(rest, 0, end)
        rest = rest[end:]


def _outlined(tags: Iterator[re.Match[bytes]], file: str) -> dict[str, Outline]:
    outlines: dict[str, Outline] = {}
    outline = Outline()
    total, times, width, filled, hidden_rows = 0, 1, 0, 0, 0
    row, column, hidden = 1, 0, None  # row and column: the next
    for tag in tags:
        kind, rest = tag["kind"], tag["rest"]
        repeated = _REPEATED.search(rest)
        count = int(repeated[1]) if repeated else 1
        if kind == b"table":
            name = _ODS_NAME.search(rest)
            outline = outlines[html.unescape(name[1].decode()) if name else ""] = Outline()
            row, column = 1, 0
        elif kind == b"table-column":
            if _ODS_HIDDEN.search(rest):
                outline.hidden_columns.update(range(column, min(column + count, MOST_COLUMNS)))
            column += count
        elif kind == b"table-row":
            total += times * filled
            times, width, filled = count, 0, 0
            row, hidden = row + count, _ODS_HIDDEN.search(rest)
        else:
            width += count
            if not rest.endswith(b"/"):
                if (
                    hidden
                    and not filled
                    and (hidden_rows := hidden_rows + times) <= MOST_SHEET_ROWS
                ):
                    outline.hidden.update(range(row - times, row))
                    outline.filtered |= hidden[1] == b"filter"
                filled = width
        too_much = filled > MOST_SHEET_COLUMNS or hidden_rows > MOST_SHEET_ROWS
        if too_much or total + times * filled > MOST_CELLS:
            raise broken(file, f"more than {MOST_CELLS:,} cells")
    return outlines


# -------- Points of a map

_POINTS = worded("problems.table_foreign.points_each_village")


def read_geojson(data: bytes, file: str) -> Page:
    """A collection of points as a page: a column for each property, and the places as lon
    and lat. Raises TableError."""
    if len(data) > LARGEST_FILE:
        raise too_large(file, len(data), LARGEST_FILE, worded("problems.table_foreign.geojson"))
    try:
        body = json.loads(data.decode("utf-8-sig"))
        features = body["features"]
        pairs = [(f.get("properties") or {}, f.get("geometry") or {}) for f in features]
        keys = list(dict.fromkeys(key for properties, _ in pairs for key in properties))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = worded("problems.table_foreign.file_geojson")
        expected = worded("problems.table_foreign.featurecollection_points")
        raise refusal(file, message, expected) from error
    if len(pairs) > MOST_ROWS or len(keys) > MOST_SHEET_COLUMNS:
        raise refusal(
            file,
            worded("problems.table_foreign.features", features=len(pairs), properties=len(keys)),
            worded("problems.table_foreign.most_villages", most_rows=MOST_ROWS),
        )
    own = {"lon", "lat"} & {str(key).lower() for key in keys}
    places = [] if own else ["lon", "lat"]
    page = Page(file, None, "geojson", [Record(1, [clean(str(key)) for key in (*keys, *places)])])
    for row, (properties, geometry) in enumerate(pairs, 2):
        point = geometry.get("coordinates") if geometry.get("type") == "Point" else None
        if geometry and not _is_point(point) and places:
            kind = Text(str(geometry.get("type"))[:30])
            page.problems.append(Problem(file, row, "geometry", kind, _POINTS))
            point = None
        cells = [clean(_plain(properties.get(key))) for key in keys]
        page.records.append(Record(row, cells + [*point[:2]] if point and places else cells))
    return page


def _is_point(point: Any) -> bool:
    return (
        isinstance(point, list)
        and len(point) >= 2
        and all(isinstance(x, int | float) and not isinstance(x, bool) for x in point[:2])
    )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)

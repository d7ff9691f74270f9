"""Tables as tests write and read them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from village_alliances.sim.fields import FIELD, FIELDS
from village_alliances.sim.table import Cell, Table, TableError, cells, read_bytes
from village_alliances.sim.table.headings import unit_of

TESTS = Path(__file__).parents[1]
BAD = sorted(
    path for path in (TESTS / "bad_tables").iterdir() if not path.name.endswith(".expected.txt")
)
GOOD = sorted(
    path for path in (TESTS / "good_tables").iterdir() if not path.name.endswith(".expected.json")
)
NUMBERS = [field for field in FIELDS if field.kind == "number"]
Rows = list[list[Any]]


def book(sheets: Mapping[str, Rows], dress: Callable[[Any], None] = lambda _: None) -> bytes:
    """A workbook with these sheets, the first of them dressed by `dress`."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in sheets.items():
        page = workbook.create_sheet(title)
        for row in rows:
            page.append(row)
    dress(workbook.worksheets[0])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def sheet(*rows: list[Any], merged: tuple[str, ...] = ()) -> bytes:
    """A workbook of one sheet with these rows, some cells merged."""

    def merge(page: Any) -> None:
        for span in merged:
            page.merge_cells(span)

    return book({"Sheet": list(rows)}, merge)


def edited(workbook: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with `old` replaced by `new` in its first sheet."""
    out, changed = io.BytesIO(), 0
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.infolist():
            data = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b"<v></v>", b"<v />")  # as either writer of XML leaves it
                changed += data.count(old)
                data = data.replace(old, new)
            target.writestr(part.filename, data)
    assert changed, "nothing to replace"
    return out.getvalue()


def read_text(text: str, name: str = "villages.csv") -> Table:
    return read_bytes(text.encode(), name)


def message(text: str, name: str = "villages.csv") -> str:
    with pytest.raises(TableError) as caught:
        read_text(text, name)
    return str(caught.value)


def cell(written: object, field: str = "collective_income", heading: str = "") -> Cell | None:
    unit = unit_of(FIELD[field], heading) if heading else None
    return cells.read_number(FIELD[field], cells.clean(written), unit)


def plain_value(value: Any) -> Any:
    return [value.low, value.high, value.kind] if isinstance(value, Cell) else value

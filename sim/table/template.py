"""An empty village table to fill in, and the safe writing of cells that others
may open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from village_alliances.sim.fields import FIELDS

EXAMPLE = "示例村"
_TEMPLATE_UNITS = {
    "collective_income": "万元",
    "debt": "万元",
    "reserves": "万元",
    "villager_income": "元/人",
    "capacity": "0-1",
    "ability": "0-1",
}
_EXAMPLES: tuple[dict[str, object], ...] = (
    {
        "name": EXAMPLE + "甲", "township": "示例镇", "county": "示例县", "city": "示例市", "lon": 121.41, "lat": 29.68, "population": 1200,
        "households": 410, "collective_income": 65, "villager_income": 31000, "debt": 0, "reserves": 40, "idle_land": 30, "developed_land": 120,
        "industry": "花木", "stage": "种植", "culture": "示例溪", "tenure": 8, "alliance": "示例联合体", "lead": "是", "founded": "2015Q2",
        "evidence": "示例：村务公开表",
    },
    {
        "name": EXAMPLE + "乙", "township": "示例镇", "county": "示例县", "city": "示例市", "lon": 121.43, "lat": 29.69, "population": "约800",
        "collective_income": "<1", "villager_income": "2万-2.4万", "debt": ">250", "idle_land": 150, "industry": "水蜜桃", "stage": "种植",
        "culture": "示例溪", "alliance": "示例联合体", "lead": "否", "founded": "2015Q2",
    },
)  # fmt: skip


def template(ending: str) -> bytes:
    """The content of an empty table to fill in, `ending` ".xlsx" or ".csv": headings in Chinese and
    English with units, and two example villages."""
    headings = [
        f"{f.zh} {f.name}"
        + (f" ({_TEMPLATE_UNITS.get(f.name, f.unit_zh)})" if f.kind == "number" else "")
        for f in FIELDS
    ]
    rows: list[list[Any]] = [
        headings,
        *([example.get(f.name) for f in FIELDS] for example in _EXAMPLES),
    ]
    return {".csv": _as_csv, ".xlsx": _as_xlsx}[ending](rows)


def _as_csv(rows: list[list[Any]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode("utf-8-sig")  # the mark lets Excel see that it is UTF-8


def _as_xlsx(rows: list[list[Any]]) -> bytes:
    import openpyxl
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "villages"
    for row in rows:
        page.append(row)
    for cell in page[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        page.column_dimensions[get_column_letter(cell.column)].width = 16
    page.freeze_panes = "B2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_EXPORTED_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?%?"
)


def neutralise(value: Any) -> Any:
    """`value` for an exported cell: a text that a spreadsheet could take for a formula gets a
    leading apostrophe; numbers stay."""
    if not isinstance(value, str) or not value.startswith(_RISKY):
        return value
    is_number = any(c in "0123456789" for c in value) and _EXPORTED_NUMBER.fullmatch(value)
    return value if is_number else "'" + value

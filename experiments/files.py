"""Tables as files for programs and for people: CSV, Excel, JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.sim.table import neutralise


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """A table as UTF-8 CSV; texts that a spreadsheet could take for formulas are neutralised."""
    harmless(frame).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table with every text safe to open in a spreadsheet."""
    return frame.apply(
        lambda column: column if pd.api.types.is_numeric_dtype(column) else column.map(neutralise)
    )


def write_workbook(pages: dict[str, pd.DataFrame], path: Path) -> None:
    """Tables as sheets of an Excel file; sim/outputs.py takes the clock out of it."""
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, frame in pages.items():
        page = book.create_sheet(title)
        page.append([neutralise(str(name)) for name in frame.columns])
        for cells in harmless(frame).itertuples(index=False):
            page.append([_cell(value) for value in cells])
        for cell in page[1]:
            cell.font = Font(bold=True)
        for i, column in enumerate(frame.columns):
            widest = max(
                [
                    _columns(str(column)),
                    *(_columns(str(v)) for v in frame[column] if isinstance(v, str)),
                ]
            )
            page.column_dimensions[openpyxl.utils.get_column_letter(i + 1)].width = min(
                60, max(12, widest + 2)
            )
        page.freeze_panes = "B2"
    book.save(path)


def _columns(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; what is no number is None."""
    return [{name: _cell(value) for name, value in row.items()} for row in frame.to_dict("records")]


def as_json(value: Any, indent: int | None = 2) -> str:
    """JSON with Chinese as it is written."""
    return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)

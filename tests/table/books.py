"""Workbooks as tests write them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import openpyxl

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

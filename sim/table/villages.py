"""Rows as villages: each cell in the terms of its field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from village_alliances.sim.fields import FIELD, NOT_ALLIED, Field
from village_alliances.sim.problems import Text, quoted
from village_alliances.sim.table.cells import (
    ERRORS,
    Cell,
    Unreadable,
    error_value,
    is_blank,
    read_choice,
    read_number,
    read_product,
    read_quarter,
    text_of,
)
from village_alliances.sim.table.columns import Part, TableColumn
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.headings import Unit
from village_alliances.sim.table.page import Record
from village_alliances.sim.table.places import PLACES, same
from village_alliances.sim.table.rows import where
from village_alliances.sim.worded import worded

_REMEMBERED = 10_000  # cells of a column
_FIGURE = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]+)?")
_ONLY_YES = frozenset(("是", "yes", "true", "√", "✓", "✔", "已加入", "已参加", "有", "1"))
_UNCOMPUTED = (
    worded("problems.table_villages.formula_without_value"),
    worded("problems.table_villages.value_open_file"),
)


class VillageRow(dict[str, Any]):
    """One village: field name -> text, `Cell` or None (blank). Fields without a column are None
    too; `_row` is the row's number."""

    __slots__ = ()

    def __missing__(self, key: str) -> None:
        if key not in FIELD:
            raise KeyError(key)


@dataclass
class VillageBeingRead:
    """A row on its way: what was read, and where. `unread`: fields that already have a problem."""

    part: Part
    number: int
    row: VillageRow
    unread: set[str] = field(default_factory=set)
    swapped: bool = False  # longitude and latitude have changed places

    def __getitem__(self, name: str) -> Any:
        return self.row[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.row[name] = value

    @property
    def where(self) -> str:
        """Its row as a person finds it."""
        return where(self.part, self.number)

    def refuse(self, findings: Findings, name: str, text: Text, expected: Text) -> None:
        """A problem in its cell of a field."""
        column = self.part.columns.get(name) or self.part.columns["name"]
        findings.refuse(self.part.sheet, self.number, column.text, text, expected)


def read_villages(
    part: Part,
    records: Iterator[Record],
    inherited: Mapping[int, Mapping[str, str]],
    findings: Findings,
) -> list[VillageBeingRead]:
    """The villages of a sheet. `inherited`: of a row, from the section it stands in."""
    villages = []
    for record in records:
        village = _village(part, record, findings)
        for name, stated in {
            "township": part.sheet.township,
            **inherited.get(record.row, {}),
        }.items():
            if stated and village[name] is None and (name in PLACES or name not in part.columns):
                village[name] = stated
        villages.append(village)
    return villages


def _village(part: Part, record: Record, findings: Findings) -> VillageBeingRead:
    number, cells = record
    village = VillageBeingRead(
        part, number, VillageRow(_row=number), swapped=_is_swapped(part, cells)
    )
    for name, column in part.columns.items():
        if village.swapped and name in ("lon", "lat"):
            village.unread.add(name)
            continue
        try:
            if (number, column.index) in part.sheet.uncomputed:
                raise Unreadable(*_UNCOMPUTED)
            village[name] = _value(column, cells[column.index] if column.index < len(cells) else "")
        except Unreadable as trouble:
            village.unread.add(name)
            village.refuse(findings, name, trouble.found, trouble.expected)
    return village


def _is_swapped(part: Part, cells: list[Any]) -> bool:
    if "lon" not in part.columns or "lat" not in part.columns:
        return False
    lon, lat = (part.columns[name] for name in ("lon", "lat"))
    texts = [
        text_of(cells[column.index]) if column.index < len(cells) else "" for column in (lon, lat)
    ]
    if not all(_FIGURE.fullmatch(text) for text in texts):
        return False
    x, y = map(float, texts)
    return lat.meaning.low <= x <= lat.meaning.high and lon.meaning.low <= y <= lon.meaning.high


# -------- Cells


def _value(column: TableColumn, value: Any) -> Any:
    """What a cell says, in the terms of its field. Raises Unreadable."""
    try:
        return column.read[value]
    except KeyError:
        said_by_it = _read(column.meaning, column.unit, value)
    if isinstance(value, str) and len(column.read) < _REMEMBERED:
        column.read[value] = said_by_it
    return said_by_it


def _read(meaning: Field, unit: Unit | None, value: Any) -> Any:
    if isinstance(value, str) and value.upper() in ERRORS:
        raise Unreadable(*error_value(value))
    if meaning.kind == "number":
        return read_number(meaning, value, unit)
    if meaning.name == "founded":
        return read_quarter(value)
    if meaning.kind == "choice":
        return _choice(meaning, value)
    return _text(meaning, text_of(value))


def _choice(meaning: Field, value: Any) -> str | None:
    try:
        return read_choice(meaning, value)
    except Unreadable:
        if meaning.name == "lead" and not isinstance(value, bool):
            return text_of(
                value
            )  # the name of the village that leads: looked up once all are known
        raise


def _text(meaning: Field, text: str) -> str | None:
    if is_blank(text):
        if meaning.name == "name":
            raise Unreadable(
                worded("problems.table_villages.name") if text == "" else quoted(text),
                worded("problems.table_villages.village_s_name"),
            )
        return None
    if len(text) > meaning.high:
        raise Unreadable(
            worded("problems.table_villages.characters", count=len(text)),
            worded("problems.table_villages.most", high=meaning.high),
        )
    if meaning.name == "alliance":
        return _alliance(text)
    return read_product(text)[0] if meaning.name == "industry" else text


def _alliance(text: str) -> str | None:
    if same(text) in NOT_ALLIED:
        return None
    if same(text) in _ONLY_YES:
        raise Unreadable(
            quoted(text),
            worded("problems.table_villages.alliance_s_name"),
        )
    return text


def is_given(cell: Any) -> bool:
    """Whether a cell holds a figure rather than bounds."""
    return isinstance(cell, Cell) and cell.kind in ("exact", "about")

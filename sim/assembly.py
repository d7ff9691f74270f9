"""Rows of villages, checked and laid out as the columns of a scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.sim import region as regions
from village_alliances.sim.fields import FIELD
from village_alliances.sim.luck import name_key
from village_alliances.sim.positions import lay_out
from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.scenario import (
    ABOUT,
    CUT,
    EXACT,
    NUMBERS,
    OPTIONAL_NUMBERS,
    PLACES,
    WORDS,
    Column,
    Counted,
    Given,
    Scenario,
    tick_of,
)
from village_alliances.sim.shapes import Block, StatedAlliance, StatedCount
from village_alliances.sim.table.cells import Cell, Unreadable, read_number, read_product
from village_alliances.sim.worded import in_both, worded


class Assembly:
    """Rows on their way to columns."""

    def __init__(self, rows: list[dict[str, Any]], file: Path) -> None:
        self.rows = rows
        self.file = file
        self.problems: list[Problem] = []
        self._where: dict[str, list[int]] | None = None

    def add_block(self, block: Block, number: int) -> None:
        """Villages that the documents count but do not name."""
        cells: dict[str, Any] = {}
        for column, value in block.cells.items():
            try:
                if column in (*NUMBERS, *OPTIONAL_NUMBERS):
                    cells[column] = read_number(FIELD[column], value)
                elif column == "industry":
                    cells[column] = read_product(str(value))[0]
                elif column in (*WORDS, *PLACES):
                    cells[column] = str(value)
                else:
                    raise Unreadable(
                        Text(f"column {column}"),
                        Text(f"one of {', '.join((*NUMBERS, *OPTIONAL_NUMBERS, *WORDS))}"),
                    )
            except Unreadable as error:
                self.problems.append(
                    Problem(
                        str(self.file),
                        None,
                        f"draw[{number}].{column}",
                        str(error.found),
                        str(error.expected),
                    )
                )
        base = str(cells.get("township") or "")
        width = len(str(block.count))
        for n in range(block.count):
            row = dict(cells)
            row["name"] = f"{block.prefix['zh']}{n + 1:0{width}d}"
            if block.townships > 1 or not base:
                row["township"] = (
                    f"{base or '乡镇'}{n % block.townships + 1:02d}"
                    if block.townships > 1
                    else base
                )
            self.rows.append(row)

    def ally(self, alliances: Sequence[StatedAlliance], start: int) -> list[Given]:
        """The alliances whose founding is given; what is wrong with them joins the problems."""
        alliances_given: list[Given] = []
        taken: set[int] = set()
        for number, alliance in enumerate(alliances):
            where = f"alliance[{number}]"
            members = [
                row
                for name in alliance.members
                if (row := self._find(name, f"{where}.members", taken)) is not None
            ]
            if len(alliance.members) < 2:
                self.wrong(
                    f"{where}.members",
                    worded("problems.assembly.village_2", count=len(alliance.members)),
                    worded("problems.assembly.least_two"),
                )
            if alliance.lead and alliance.lead not in alliance.members:
                self.wrong(f"{where}.lead", alliance.lead, worded("problems.assembly.members"))
            founded = tick_of(alliance.founded, start)
            if founded < 0:
                self.wrong(
                    f"{where}.founded",
                    alliance.founded,
                    worded("problems.assembly.quarter_start", start=start),
                )
            names = dict(zip(alliance.members, members))
            alliances_given.append(
                Given(
                    name=dict(alliance.name)
                    or in_both("compare.alliance.numbered", number=number + 1),
                    members=tuple(members),
                    lead=names.get(alliance.lead, -1),
                    founded=founded,
                    strategy=alliance.strategy,
                    evidence=alliance.evidence,
                )
            )
        return alliances_given

    def count(self, stated: Sequence[StatedCount]) -> tuple[Counted, ...]:
        """How many villages lie between which incomes, from the lowest up; what is wrong with it
        joins the problems."""
        classes = tuple(
            Counted(cell.low, np.inf if cell.high is None else cell.high, cell.count)
            for cell in sorted(stated, key=lambda cell: cell.low)
        )
        for number, size_class in enumerate(classes):
            above = classes[number + 1].low if number + 1 < len(classes) else np.inf
            if not size_class.low < size_class.high <= above:
                self.wrong(
                    f"counted[{number}]",
                    f"{size_class.low:g}-{size_class.high:g}",
                    worded("problems.assembly.incomes_overlap"),
                )
        blank = sum(row.get("collective_income") is None for row in self.rows)
        total = sum(size_class.count for size_class in classes)
        if classes and total != blank:
            self.wrong(
                "counted",
                worded("problems.assembly.villages", total=total),
                worded("problems.assembly.whose_income_blank", blank=blank),
            )
        return classes

    def _find(self, name: str, column: str, taken: set[int]) -> int | None:
        """The row of a village by its name; None, with the problem noted, where there is none, more
        than one, or it is taken."""
        if self._where is None:
            self._where = {}
            for i, row in enumerate(self.rows):
                self._where.setdefault(str(row["name"]), []).append(i)
        rows = self._where.get(name, [])
        if len(rows) != 1:
            named = (
                worded("problems.assembly.name_villages", name=name, count=len(rows))
                if rows
                else name
            )
            self.wrong(
                column,
                named,
                worded("problems.assembly.name_village_scenario"),
            )
            return None
        if rows[0] in taken:
            self.wrong(
                column,
                worded("problems.assembly.again", name=name),
                worded("problems.assembly.each_village_once"),
            )
            return None
        taken.add(rows[0])
        return rows[0]

    def wrong(self, column: str | None, text: str, expected: str) -> None:
        self.problems.append(Problem(str(self.file), None, column, text, expected))

    def check(self, totals: dict[str, float]) -> None:
        """Raise every problem at once: those met so far, no village, two with one place and name,
        totals below what is known."""
        if not self.rows:
            self.wrong(
                None,
                worded("problems.assembly.village"),
                worded("problems.assembly.villages_villages_csv"),
            )
        counted = Counter(
            tuple(str(row.get(part) or "") for part in (*PLACES, "name")) for row in self.rows
        )
        for key, times in counted.items():
            if times > 1:
                self.wrong(
                    "draw",
                    worded("problems.assembly.times", value=key[-1], times=times),
                    worded("problems.assembly.prefixes_tell_villages"),
                )
        for column, total in totals.items():
            cells = [row[column] for row in self.rows if row.get(column)]
            sum_known = sum(cell.low for cell in cells if cell.low == cell.high)
            if sum_known > total:
                self.wrong(
                    f"totals.{column}",
                    worded("problems.assembly.less_single_villages", total=total, known=sum_known),
                    worded("problems.assembly.total_all_villages"),
                )
        if self.problems:
            raise TableError(self.problems)

    def scenario(
        self,
        *,
        region: regions.Region,
        given: Sequence[Given],
        area: float | None = None,
        **rest: Any,
    ) -> Scenario:
        """Sort by place and name, and turn rows into columns."""
        rows = self.rows

        def text(row: dict[str, Any], column: str) -> str:
            return str(row.get(column) or "")

        keys = [
            (text(r, "city"), text(r, "county"), text(r, "township"), text(r, "name")) for r in rows
        ]
        order = sorted(range(len(rows)), key=lambda i: keys[i])
        place = {old: new for new, old in enumerate(order)}
        ordered = [rows[i] for i in order]
        ids = np.array([name_key(*keys[i]) for i in order], np.uint64)
        numbers = {
            column: _column([row.get(column) for row in ordered])
            for column in (*NUMBERS, *OPTIONAL_NUMBERS)
        }
        places = {p: np.array([text(r, p) for r in ordered], object) for p in PLACES}
        lonlat = np.array(
            [[_degree(r.get("lon")), _degree(r.get("lat"))] for r in ordered], float
        ).reshape(-1, 2)
        position, located = lay_out(ids, lonlat, places, region, area)
        moved = tuple(
            replace(
                g,
                members=tuple(sorted(place[m] for m in g.members)),
                lead=place[g.lead] if g.lead >= 0 else -1,
            )
            for g in given
        )
        return Scenario(
            region=region,
            ids=ids,
            names=np.array([text(r, "name") for r in ordered], object),
            places=places,
            numbers=numbers,
            words={w: np.array([text(r, w) for r in ordered], object) for w in WORDS},
            position=position,
            located=located,
            lonlat=lonlat,
            given=tuple(sorted(moved, key=lambda g: (g.founded, g.members))),
            evidence=_evidence(ordered),
            **rest,
        )


def _degree(cell: Cell | float | None) -> float:
    return float("nan") if cell is None else cell.low if isinstance(cell, Cell) else float(cell)


def _column(cells: list[Cell | None]) -> Column:
    n = len(cells)
    kind, low, high = np.zeros(n, np.int8), np.full(n, -np.inf), np.full(n, np.inf)
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        kind[i] = EXACT if cell.low == cell.high else CUT
        if cell.kind == "about":
            kind[i] = ABOUT
        low[i], high[i] = cell.low, cell.high
    return Column(kind, low, high)


def _evidence(rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    sources = {}
    for row in rows:
        for pair in str(row.get("evidence") or "").split(";"):
            column, equals, source = pair.partition("=")
            if equals:
                sources[(str(row["name"]), column.strip())] = source.strip()
    return sources

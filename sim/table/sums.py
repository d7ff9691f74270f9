"""Rows whose figures are the sums of other rows, wherever these stand."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from village_alliances.sim.table.cells import Unreadable, read_number, text_of
from village_alliances.sim.table.columns import Part, TableColumn

# Fields of which a total may be formed.
SUMMED = (
    "population", "households", "collective_income", "total_income", "debt", "reserves",
    "idle_land", "developed_land", "volume", "scenic", "idle_hands", "firm_jobs", "residents",
)  # fmt: skip
_MOST_PARTS = 60  # rows of which one right beside them may be the sum
_MOST_ROWS = 5_000  # among which sums over rows that do not adjoin are looked for
_MOST_PICKED = 40  # rows among which any selection is tried
_MOST_STEPS = 20_000  # of the trial of selections, for a row
_STRIDES = (2, 3)
_EXACT = 1e-6  # of a sum
_NEAR = 0.02  # of a sum that was added up wrongly
_FEWEST = 3  # columns that agree where nothing else speaks for a sum


class Sums:
    """The figures of rows by number, in the columns of which totals may be formed."""

    def __init__(self, part: Part, rows: Sequence[tuple[int, list[Any]]]) -> None:
        columns = [part.columns[name] for name in SUMMED if name in part.columns]
        self.width = len(columns)
        self.values: dict[int, list[float | None]] = {}
        self.steps: dict[int, list[float]] = {}
        finest = [float("inf")] * self.width
        for row, cells in rows:
            figures = [_figure(column, cells) for column in columns]
            self.values[row] = [value for value, _ in figures]
            self.steps[row] = [step for _, step in figures]
            finest = [min(a, b) for a, b in zip(finest, self.steps[row], strict=True)]
        self.finest = finest

    def slack(self, row: int, i: int) -> float:
        """How far a sum may be off: by rounding, where it has fewer decimals than others."""
        step = self.steps[row][i]
        rounded = 0.501 * step if step > 1.5 * self.finest[i] else 0.0
        return max(_EXACT * abs(self.values[row][i] or 0.0), rounded)

    def stated(self, row: int) -> list[int]:
        """The columns in which a row has a figure but nought."""
        return [i for i, value in enumerate(self.values[row]) if value]

    def agreeing(self, row: int, others: Sequence[int], fewest: int = 2) -> int:
        """In how many columns a row is the sum of others, of which `fewest` or more have a figure;
        0 where it is not in one of them."""
        count = 0
        for i in self.stated(row):
            parts = [self.values[other][i] for other in others]
            stated = [part for part in parts if part is not None]
            if len(stated) < fewest:
                continue
            if abs((self.values[row][i] or 0.0) - sum(stated)) > self.slack(row, i):
                return 0
            count += 1
        return count

    def adjoining(self, row: int, run: Sequence[int]) -> bool:
        """Whether a row is the sum of the first two or more of a run, in three columns or more."""
        stated = self.stated(row)
        if len(stated) < _FEWEST:
            return False
        sums = dict.fromkeys(stated, 0.0)
        for count, other in enumerate(run[:_MOST_PARTS], 1):
            for i in stated:
                sums[i] += self.values[other][i] or 0.0
            if count > 1 and self._reached(row, sums):
                return True
            if sums[stated[0]] > 2 * abs(self.values[row][stated[0]] or 0.0):
                return False  # hardly to be undone by what follows
        return False

    def chained(self, rows: Sequence[int]) -> list[int]:
        """Rows that cut the whole table into runs, each ended by its sum; none where there are
        less than two."""
        ends: list[int] = []
        run: dict[int, float] = {}  # column -> sum
        length, several = 0, False
        for row in rows:
            stated = self.stated(row)
            if stated and length and self._reached(row, {i: run.get(i, 0.0) for i in stated}):
                several |= length > 1
                ends.append(row)
                run, length = {}, 0
                continue
            for i in stated:
                run[i] = run.get(i, 0.0) + (self.values[row][i] or 0.0)
            length += 1
        return ends if several and len(ends) > 1 and not length else []

    def _reached(self, row: int, sums: dict[int, float]) -> bool:
        values = self.values[row]
        return all(abs((values[i] or 0.0) - s) <= self.slack(row, i) for i, s in sums.items())

    def selected(self, row: int, others: Sequence[int]) -> bool:
        """Whether a row is the sum of some selection of others in three columns or more, as far as
        it is found in so many steps."""
        stated = self.stated(row)
        if len(stated) < _FEWEST:
            return False
        own = [self.values[row][i] or 0.0 for i in stated]
        slack = [self.slack(row, i) for i in stated]
        parts = [[self.values[other][i] or 0.0 for i in stated] for other in others]
        parts = [p for p in parts if any(p) and all(a <= b + s for a, b, s in zip(p, own, slack))]
        parts.sort(reverse=True)
        if any(value < 0 for part in parts for value in part):
            return False
        return _selects(own, slack, parts)


class Scattered:
    """Sums over rows that do not adjoin: all of a kind, every second or third, any selection."""

    def __init__(self, sums: Sums, rows: Sequence[int], kinds: Sequence[Sequence[int]]) -> None:
        self.sums = sums
        self.rows = rows if len(rows) <= _MOST_ROWS else []
        runs = [self.rows[start::stride] for stride in _STRIDES for start in range(stride)]
        self.totals = [Total(sums, run) for run in (*runs, *kinds) if self.rows and len(run) > 1]
        # by the total of each column, to be looked up
        self.ordered = [
            sorted((total.values[i], n) for n, total in enumerate(self.totals))
            for i in range(sums.width)
        ]

    def contains(self, row: int) -> bool:
        """Whether a row is such a sum, in three columns or more."""
        stated = self.sums.stated(row)
        if len(stated) < _FEWEST or not self.rows:
            return False
        # A row of a kind is counted in its total: then it is half of that.
        if any(total.is_told_by(row) for total in self._near(row, stated[0])):
            return True
        if len(self.rows) > _MOST_PICKED:
            return False
        return self.sums.selected(row, [other for other in self.rows if other != row])

    def _near(self, row: int, i: int) -> Iterator[Total]:
        own, slack = self.sums.values[row][i] or 0.0, self.sums.slack(row, i)
        for value in (own, 2 * own):
            begin = bisect_left(self.ordered[i], (value - 2 * slack, -1))
            for total, n in self.ordered[i][begin:]:
                if total > value + 2 * slack:
                    break
                yield self.totals[n]


class Total:
    """The sums of rows in each column."""

    def __init__(self, sums: Sums, rows: Sequence[int]) -> None:
        self.sums, self.rows = sums, frozenset(rows)
        values = [sums.values[row] for row in rows]
        self.values = [sum(v[i] or 0.0 for v in values) for i in range(sums.width)]
        self.counts = [sum(v[i] is not None for v in values) for i in range(sums.width)]

    def is_told_by(self, row: int) -> bool:
        """Whether a row holds these sums, itself not counted, in three columns or more."""
        return self.agreeing(row) >= _FEWEST

    def agreeing(self, row: int) -> int:
        """In how many columns a row is the sum of the others; 0 where it is not in one."""
        count = 0
        for i in self.sums.stated(row):
            own = self.sums.values[row][i] or 0.0
            among = row in self.rows
            if self.counts[i] - among < 2:
                continue
            if abs(own - (self.values[i] - own * among)) > self.sums.slack(row, i):
                return 0
            count += 1
        return count

    def nearly(self, row: int) -> bool:
        """Whether a row is about the sum of the others in each of two or more columns."""
        stated = self.sums.stated(row)
        owns = [(self.sums.values[row][i] or 0.0, self.values[i]) for i in stated]
        return len(stated) > 1 and all(
            abs(2 * own - total) <= _NEAR * (total - own) for own, total in owns
        )


def kinds(part: Part, rows: Sequence[tuple[int, list[Any]]]) -> list[list[int]]:
    """Rows that have the same word in a column, for each word that a few of them share."""
    if len(rows) > _MOST_ROWS:
        return []
    alike: dict[tuple[int, str], list[int]] = defaultdict(list)
    name = part.columns["name"].index if "name" in part.columns else -1
    for row, cells in rows:
        for i, cell in enumerate(cells):
            if i != name and isinstance(cell, str) and cell and not cell[0].isdecimal():
                alike[i, cell].append(row)
    return [group for group in alike.values() if 1 < len(group) < len(rows)]


def _selects(own: list[float], slack: list[float], parts: list[list[float]]) -> bool:
    """Whether two or more of `parts` add up to `own` in each column: depth first, cut where what
    is left is too little or what was taken too much."""
    left = [list(own) for _ in range(len(parts) + 1)]
    tails = [[0.0] * len(own)]
    for part in reversed(parts):
        tails.append([a + b for a, b in zip(tails[-1], part, strict=True)])
    tails.reverse()
    steps, stack = 0, [(0, left[0], 0)]
    while stack and steps < _MOST_STEPS:
        steps += 1
        i, rest, taken = stack.pop()
        if taken > 1 and all(abs(r) <= s for r, s in zip(rest, slack, strict=True)):
            return True
        if i == len(parts) or any(
            r < -s or r > t + s for r, s, t in zip(rest, slack, tails[i], strict=True)
        ):
            continue
        stack.append((i + 1, rest, taken))
        stack.append((i + 1, [r - p for r, p in zip(rest, parts[i], strict=True)], taken + 1))
    return False


def _figure(column: TableColumn, cells: list[Any]) -> tuple[float | None, float]:
    """The figure in a cell in base units and the worth of its last digit; None where there is
    none."""
    value = cells[column.index] if column.index < len(cells) else ""
    if value == "" or isinstance(value, bool):
        return None, float("inf")
    factor = column.unit.factor if column.unit else 1.0
    text = text_of(value)
    try:
        number = float(text.replace(",", "")) * factor
    except ValueError:
        try:
            cell = read_number(column.meaning, value, column.unit)
        except Unreadable:
            return None, float("inf")
        return (cell.low, 0.0) if cell and cell.kind == "exact" else (None, float("inf"))
    if not math.isfinite(number):
        return None, float("inf")
    return number, factor * 10.0 ** -len(text.partition(".")[2])


def runs_beside(rows: Sequence[int], i: int) -> Iterator[Sequence[int]]:
    """The rows right above a row, the nearest first, and those right below."""
    yield rows[max(0, i - _MOST_PARTS) : i][::-1]
    yield rows[i + 1 :][:_MOST_PARTS]

"""Figures that can be read but are hardly meant: beside the table's own spread and what
villages can have at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from village_alliances.sim.fields import FIELD
from village_alliances.sim.problems import Doubt, Text, listed
from village_alliances.sim.table.cells import Cell, figure
from village_alliances.sim.table.villages import VillageBeingRead, is_given
from village_alliances.sim.worded import doubt, worded

# What a village can have, in base units; beyond it a figure is asked about.
USUAL = {
    "population": (20.0, 50_000.0),
    "households": (5.0, 20_000.0),
    "villager_income": (1_000.0, 300_000.0),
    "collective_income": (0.0, 3e8),
    "total_income": (0.0, 3e8),
    "debt": (0.0, 1e9),
    "idle_land": (0.0, 50_000.0),
    "developed_land": (0.0, 50_000.0),
    "volume": (0.0, 50_000.0),
}
SPREAD = 300.0  # times the median of the table
SMALLEST = 1e-3  # of the median of a column of money
FEWEST = 5  # figures that make a spread
FAR_KM = 100.0  # from the middle of the other villages
# What a figure may have been meant as: times what.
_SLIPS = {
    "yuan": (1e-4, 1e4, 1e-3, 1e3, 10.0, 0.1),  # 元, 千元, 万元; a digit too many or too few
    "mu": (0.0015, 1 / 0.0015, 15.0, 1 / 15, 10.0, 0.1),  # 平方米, 公顷
    "persons": (1e3, 1e4, 10.0, 0.1),  # a point for a comma, 万人
}
_LIKE_OTHERS = 5.0  # times the median of the others, or a fifth of it


def implausible(rows: Sequence[VillageBeingRead], headings: dict[str, str]) -> list[Doubt]:
    """Doubts about figures. `headings`: field -> heading as written."""
    doubts = []
    for name in headings:
        if FIELD[name].kind == "number" and name not in ("lon", "lat"):
            doubts += _column(rows, name, headings[name])
    return doubts + _household_sizes(rows) + _far_away(rows)


def _column(rows: Sequence[VillageBeingRead], name: str, heading: str) -> list[Doubt]:
    cells = [(row.where, row[name]) for row in rows if is_given(row[name])]
    values = [cell.low for _, cell in cells if cell.low > 0]
    if not values:
        return []
    low, high = USUAL.get(name, (0.0, math.inf))
    middle = median(values)
    spread = len(values) >= FEWEST
    money = FIELD[name].unit.startswith("yuan")
    texts = []
    for number, cell in cells:
        value = cell.low
        strange = 0 < value < low or value > high
        strange |= spread and value > max(SPREAD * middle, _matter(name))
        strange |= spread and money and 0 < value < SMALLEST * middle
        strange |= name == "villager_income" and value == 0
        strange |= name in ("population", "households") and value != round(value)
        if not strange:
            continue
        likely = _likely(name, cell, middle, low, high)
        texts.append(
            worded(
                "problems.table_doubts.row_is",
                number=number,
                text=cell.text,
                value=figure(value),
                unit=Text(FIELD[name].unit, FIELD[name].unit_zh),
                likely=likely,
            )
        )
    if not texts or ("income" in name and 2 * len(texts) > len(values)):
        return []  # then the whole column is asked about, by its median
    return [doubt("problems.table_doubts.hardly", "ask", heading=heading, shown=listed(texts, 5))]


def _matter(name: str) -> float:
    return {"population": 20_000.0, "households": 8_000.0}.get(name, 1e7 if "income" in name else 0)


def _likely(name: str, cell: Cell, middle: float, low: float, high: float) -> Text:
    """What may have been meant: the one slip of the pen after which the figure is like the others;
    nothing where several are, or none."""
    unit = FIELD[name].unit.partition("/")[0]
    slips = _SLIPS.get("persons" if unit == "households" else unit, (10.0, 0.1))
    ways = [float(f"{cell.low * slip:.6g}") for slip in slips]
    ways = [way for way in ways if low <= way <= high]
    if name in ("population", "households"):
        ways = [way for way in ways if abs(way - round(way)) < 1e-6]
    likely = [way for way in ways if middle / _LIKE_OTHERS <= way <= middle * _LIKE_OTHERS]
    if len(likely) != 1:
        return Text("")
    return worded("problems.table_doubts.meant", value=figure(likely[0]))


def _household_sizes(rows: Sequence[VillageBeingRead]) -> list[Doubt]:
    odd = [
        row.where
        for row in rows
        if is_given(row["population"])
        and is_given(row["households"])
        and row["households"].low > 0
        and row["population"].low > 15 * row["households"].low
    ]
    if not odd:
        return []
    names = listed(odd, 10)
    return [doubt("problems.table_doubts.more_persons_household", "ask", shown=names)]


def _far_away(rows: Sequence[VillageBeingRead]) -> list[Doubt]:
    """Villages far from the middle of all; two digits that changed places are looked for."""
    placed = [row for row in rows if row["lon"] is not None and row["lat"] is not None]
    if len(placed) < 3:
        return []
    middle = median(row["lon"].low for row in placed), median(row["lat"].low for row in placed)
    ways = [_km(row["lon"].low, row["lat"].low, middle) for row in placed]
    usual = median(ways)
    if len({(row["lon"].low, row["lat"].low) for row in placed}) == 1:
        return [doubt("problems.table_doubts.all_villages_lie", "ask", count=len(placed))]
    if usual > FAR_KM:
        return [doubt("problems.table_doubts.half_villages_lie", "ask", usual=usual)]
    doubts = []
    for row, way in zip(placed, ways, strict=True):
        if way <= max(FAR_KM, 10 * usual):
            continue
        best = min(_turned(row), key=lambda place: _km(place[0], place[1], middle), default=None)
        likely = Text("")
        if best is not None and _km(best[0], best[1], middle) <= max(FAR_KM / 2, 5 * usual):
            likely = worded("problems.table_doubts.place_meant", lon=best[0], lat=best[1])
        doubts.append(
            doubt(
                "problems.table_doubts.row_lies_km",
                "ask",
                where=row.where,
                name=row["name"],
                way=way,
                text=row["lon"].text,
                text_2=row["lat"].text,
                likely=likely,
            )
        )
    more = doubts[10:]
    rest = doubt("problems.table_doubts.more_such_places", "ask", count=len(more))
    return doubts[:10] + ([rest] if more else [])


def _turned(row: VillageBeingRead) -> list[tuple[float, float]]:
    rows = []
    for name, other in (("lon", "lat"), ("lat", "lon")):
        text = f"{row[name].low:.10g}"
        for i in range(len(text) - 1):
            if text[i].isdecimal() and text[i + 1].isdecimal() and text[i] != text[i + 1]:
                value = float(text[:i] + text[i + 1] + text[i] + text[i + 2 :])
                if FIELD[name].low <= value <= FIELD[name].high:
                    pair = {name: value, other: row[other].low}
                    rows.append((pair["lon"], pair["lat"]))
    return rows


def _km(lon: float, lat: float, middle: tuple[float, float]) -> float:
    east = (lon - middle[0]) * 111.32 * math.cos(math.radians(middle[1]))
    return math.hypot(east, (lat - middle[1]) * 110.574)

"""A planner's own table as a scenario, with what is doubtful about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from village_alliances.sim import grouping
from village_alliances.sim import region as regions
from village_alliances.sim.assembly import Assembly
from village_alliances.sim.fields import FIELD
from village_alliances.sim.grouping import FIRST_QUARTER, grouped
from village_alliances.sim.problems import Doubt, Text, listed
from village_alliances.sim.scenario import Given, Scenario, left_over, tick_of
from village_alliances.sim.table import Table
from village_alliances.sim.table.cells import Cell
from village_alliances.sim.worded import doubt, worded

NAMES_SHOWN = 10  # of the villages that are in no alliance


def own_table(
    table: Table, *, region: str | Path | regions.Region, start: int, years: int
) -> Scenario:
    """A planner's table as a scenario. Its `alliance` column says who is together; without one,
    near villages are grouped."""
    moved = _moved(table, regions.load(region), start)
    assembly = Assembly([dict(row) for row in table.rows], Path(table.path))
    for row in assembly.rows:
        row.update({name: _times(row[name], factor) for name, (factor, _) in moved.items()})
    given = _stated(assembly.rows, start)
    scenario = assembly.scenario(
        name=Path(table.path).stem,
        title={"en": Path(table.path).stem, "zh": Path(table.path).stem},
        region=regions.load(region).during(start, years),
        start=start,
        years=years,
        given=given,
        source=str(table.path),
        table=table,
    )
    scenario = scenario if given else grouped(scenario)
    return replace(
        scenario,
        table=replace(
            table,
            warnings=[
                *table.warnings,
                *(doubt for _, doubt in moved.values()),
                *_untimely(table, start, years),
                *_outside(scenario),
            ],
        ),
    )


def _stated(rows: list[dict[str, Any]], start: int) -> tuple[Given, ...]:
    """The alliances that the table's columns name, in the order in which it names them."""
    groups: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        if row.get("alliance"):
            groups.setdefault(str(row["alliance"]), []).append(i)
    stated = []
    for name, members in groups.items():
        first = rows[members[0]]
        leads = [member for member in members if rows[member].get("lead") in (True, "yes", 1)]
        founded = next(
            (rows[member]["founded"] for member in members if rows[member].get("founded")), None
        )
        stated.append(
            Given(
                name={"en": name, "zh": name},
                members=tuple(members),
                lead=leads[0] if leads else -1,
                founded=max(0, tick_of(founded, start)) if founded else FIRST_QUARTER,
                strategy=str(first.get("strategy") or ""),
            )
        )
    return tuple(stated)


def _moved(table: Table, region: regions.Region, start: int) -> dict[str, tuple[float, Doubt]]:
    """By how much incomes of another year grow until the start, along the region's
    trend; what is said of it."""
    factors = {}
    for name, year in table.years.items():
        gap = start - 1 - year
        trend = {"total_income": "collective_income"}.get(name, name)
        if not gap or trend not in region.trend:
            continue
        growth = region.during(min(year + 1, start), abs(gap)).trend[trend].value
        factor = (1 + growth) ** gap
        carried = doubt(
            "problems.own_table.carried_region_s",
            "ask" if abs(gap) > 5 else "note",
            field=Text(name, FIELD[name].zh),
            year=year,
            start=start - 1,
            growth=100 * growth,
            factor=factor,
        )
        factors[name] = (factor, carried)
        if name == "total_income" and "collective_income" not in {
            column.field for column in table.understood
        }:
            factors["collective_income"] = (factor, carried)
    return factors


def _times(cell: Any, factor: float) -> Any:
    if not isinstance(cell, Cell):
        return cell
    return replace(cell, low=cell.low * factor, high=cell.high * factor)


def _untimely(table: Table, start: int, years: int) -> list[Doubt]:
    """Alliances of the table that are founded before the start or after the end."""
    founded = {
        str(row["alliance"]): str(row["founded"]) for row in table.rows if row.get("founded")
    }
    early = [f"{name} {when}" for name, when in founded.items() if tick_of(when, start) < 0]
    late = [f"{name} {when}" for name, when in founded.items() if tick_of(when, start) >= 4 * years]
    doubts = []
    if early:
        names = listed(early, 10)
        doubts.append(doubt("problems.own_table.founded_before_start", start=start, shown=names))
    if late:
        names = listed(late, 10)
        doubts.append(
            doubt(
                "problems.own_table.founded_after_last", "ask", start=start + years - 1, shown=names
            )
        )
    return doubts


def _outside(scenario: Scenario) -> list[Doubt]:
    """Who is in no alliance or group, by name."""
    outside = left_over(scenario)
    if not outside or not scenario.given:
        return []
    names = listed([str(scenario.names[i]) for i in outside], NAMES_SHOWN)
    if not scenario.grouped:
        return [
            doubt(
                "problems.own_table.alliance_table_stay",
                outside=len(outside),
                size=scenario.size,
                villages=names,
            )
        ]
    why = (
        worded("problems.own_table.nobody_near", reach=grouping.REACH_KM)
        if scenario.grouped == "nearness"
        else worded("problems.own_table.alone_in_county")
    )
    return [
        doubt(
            "problems.own_table.none_groups_we",
            "ask",
            outside=len(outside),
            size=scenario.size,
            why=why,
            villages=names,
        )
    ]

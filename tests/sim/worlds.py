"""Small worlds of a few villages and project types of our own, in which what must come
out can be said beforehand."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.sim import building
from village_alliances.sim.building import parameters_of
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import step
from village_alliances.sim.rules.rates import set_rates
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import ENDOWMENTS
from village_alliances.sim.strategy import Strategy
from village_alliances.sim.technology import Number, ProjectType

# Nothing moves by chance, nothing costs time, any sum can be put to work.
STILL = {
    "noise_sd": 0.0, "product_sd": 0.0, "villager_sd": 0.0, "fortune_sd": 0.0, "trend_collective": 0.0,
    "trend_spread": 0.0, "villager_trend_spread": 0.0,
    "meeting_cost": 0.0, "lead_cost": 0.0, "culture_cost": 0.0, "agreement_cost": 0.0, "outlet_cost": 0.0,
    "services_cost": 0.0, "founding_cost": 0.0, "leaving_cost": 0.0, "least_project": 1.0,
    "approval_from": 1e15, "firm_hazard": 0.0, "base_management": 0.0, "practice_speed": 0.0,
    "manager_span": 1e15, "operator_ability": 0.0, "wage_weight": 0.0, "signed_start": 0.5, "signed_level": 0.5,
}  # fmt: skip
QUIET_COUNTY = {"moves": 0.0, "elections": 0.0, "departures": 0.0, "ordinary_money": 0.0}


def build(
    scenario: Scenario,
    of: Strategy | str,
    *,
    fixed: Mapping[str, float],
    runs: int | np.ndarray = 1,
    seed: int = 1,
    mode: Any = "point",
    **options: Any,
) -> Any:
    """A block of runs in which parameters are what we say, also where that is not
    possible in the world outside."""
    numbers = np.arange(runs, dtype=np.uint64) if isinstance(runs, int) else runs
    p = parameters_of(scenario, mode, seed, numbers)
    for name, value in fixed.items():
        p[name] = value
    return building.build(scenario, of, runs=numbers, seed=seed, mode=mode, parameters=p, **options)


def project(
    name: str, needs: tuple[str, ...] = (), by_product: bool = False, **numbers: float
) -> ProjectType:
    """A project type whose numbers are known."""
    by_name = {
        key: Number(
            value=value, low=value, high=value, distribution="fixed", unit="1", kind="assumption",
            reason="planted",
        )
        for key, value in numbers.items()
    }  # fmt: skip
    return ProjectType(
        name=name,
        title={"en": name, "zh": name},
        needs=needs,
        by_product=by_product,
        numbers=by_name,
    )


def strategy(name: str = "it", **institutions: Any) -> Strategy:
    """A strategy of these institutions."""
    return Strategy(name=name, title={"en": name, "zh": name}, **institutions)


def village(place: int, **cells: Any) -> dict[str, Any]:
    """A row of the table: `place` on a line, a kilometre apart; `cells` over a plain one."""
    plain = {
        "name": f"v{place:03d}", "township": "t", "county": "c", "city": "p", "lon": 121.0 + 0.0105 * place,
        "lat": 29.5, "population": 1000, "households": 350, "collective_income": 100000,
        "villager_income": 20000, "debt": 0, "reserves": 0, "idle_land": 0, "industry": "peach",
        "stage": "grow", "capacity": 0.5, "ability": 0.5, "tenure": 3,
    }  # fmt: skip
    return {**plain, **cells}


def table(rows: list[dict[str, Any]], years: int = 6, alone: bool = False) -> Scenario:
    """A scenario of these rows; `alone`: with no alliance given."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planted.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        scenario = load(path, years=years)
    return replace(scenario, given=()) if alone else scenario


@dataclass
class Played:
    """A block played to its end. `income`: operating income (years + 1, runs, villages)."""

    society: Any
    income: np.ndarray


def play(
    scenario: Scenario,
    of: Strategy | str,
    *,
    types: tuple[ProjectType, ...] | None = None,
    has: Mapping[str, Any] | None = None,
    fixed: Mapping[str, Any] | None = None,
    levers: Mapping[str, Any] | None = None,
    **options: Any,
) -> Played:
    """Play a scenario with still parameters. `has`: units of each endowment by name, and firm_jobs,
    a scalar or one a village; what is not named is nought. `has=None` leaves what was drawn."""
    society = build(
        scenario, of, types=types,
        fixed={**STILL, **(fixed or {})}, levers={**QUIET_COUNTY, **(levers or {})}, **options,
    )  # fmt: skip
    runs, size = society.runs.size, scenario.size
    if has is not None:
        society.endowment[:] = 0.0
        for name, units in has.items():
            each = np.tile(np.broadcast_to(np.asarray(units, float), (size,)), runs)
            if name == "firm_jobs":
                society.villages.firm_jobs[:] = each
                society.villages.firm[:] = each > 0
            else:
                society.endowment[:, ENDOWMENTS.index(name)] = each
        if "firm_jobs" not in has:
            society.villages.firm_jobs[:] = society.villages.firm[:] = 0
        society.villages.site[:] = 1.0
        set_rates(society, 0)
    years = [society.villages.operating_income.reshape(runs, size).copy()]
    for tick in range(society.calendar.size):
        step(society, tick)
        if tick % 4 == 3:
            years.append(society.villages.operating_income.reshape(runs, size).copy())
    return Played(society, np.array(years))


def gain(scenario: Scenario, of: Strategy | str, **options: Any) -> np.ndarray:
    """Gain over `none` at the end: (runs, villages) yuan a year."""
    return play(scenario, of, **options).income[-1] - play(scenario, "none", **options).income[-1]


def with_rivals(scenario: Scenario, of: Strategy | str, **options: Any) -> dict[str, np.ndarray]:
    """Gains over `none` at the end by name: the alliances', and the same public money evenly and
    lumped; each (runs, villages)."""
    none = play(scenario, "none", **options).income[-1]
    allied = play(scenario, of, rivals=True, **options)
    incomes = {"alliance": allied.income[-1] - none}
    for name in ("even", "lumped"):
        money = np.ascontiguousarray(getattr(allied.society, name))
        rival = play(scenario, "none", village_money=money, **options)
        incomes[name] = rival.income[-1] - none
    return incomes

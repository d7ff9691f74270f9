"""Prospects: which projects an alliance would begin, over many runs of a strategy, as plain rows.

    rows = prospects("jinxi", "strong_leads_weak", runs=200)

A row is a given alliance and a project type (alliances that form by themselves are one group,
villages alone another). The same draws as `run_together`: run k is run k of every other question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.sim.arguments import check, check_sizes
from village_alliances.sim.asked import portfolio_in, run_numbers, types_of
from village_alliances.sim.building import Technology, build, parameters_of
from village_alliances.sim.ensemble import blocks, of_runs
from village_alliances.sim.events import alliance_key
from village_alliances.sim.ledger import ENDS, Ledger, Project, make_room
from village_alliances.sim.loading import load
from village_alliances.sim.own import check_rules
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import QUARTER, Rule, step
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.uncertain import split

WHO = ("given", "formed", "alone")
MEASURED = ("cost", "yearly", "jobs", "households", "wait")


def prospects(
    scenario: str | Path | Scenario,
    strategy: str | Strategy | Portfolio,
    *,
    runs: int | np.ndarray = 200,
    seed: int = 1,
    years: int = 0,
    levers: Mapping[str, Any] | None = None,
    mode: Mode | None = None,
    fixed: Mapping[str, Any] | None = None,
    types: Technology | str | Path | None = None,
    rules: Sequence[Rule] = QUARTER,
    alone: bool = False,
) -> pd.DataFrame:
    """What alliances would begin: a row an alliance and project type, most often begun first.

    Columns: who (given, formed, alone), alliance and alliance_zh (name), type, title and title_zh,
    projects (in all runs), begun (share of runs with at least one), medians of cost (yuan), yearly
    (profit in yuan a year while it works, of those that worked), jobs, households (yuan a year that
    reach households) and wait (quarters until it works), and the share of projects that at the
    horizon works, is_building, failed, died, closed, lost_orders, handed_over. `alone`: villages'
    own projects, too. Options are those of `run_together`, and so is what they raise.
    """
    check(seed=seed, years=years, levers=levers, fixed=fixed, mode=mode, alone=alone)
    setting = scenario if isinstance(scenario, Scenario) else load(scenario)
    portfolio, types, rules = portfolio_in(setting, strategy), types_of(types), check_rules(rules)
    numbers = run_numbers(runs)
    check_sizes(numbers.size, levers=levers, fixed=fixed)
    of_model, of_types = split(fixed or {})
    parameters = parameters_of(setting, mode, seed, numbers, of_model)
    rows: list[dict[str, Any]] = []
    for block in blocks(np.arange(numbers.size), setting.size):
        society = build(
            setting,
            portfolio,
            seed=seed,
            runs=numbers[block],
            levers=of_runs(levers or {}, block, numbers.size),
            fixed=of_runs(of_types, block, numbers.size),
            parameters=parameters[block],
            mode=mode,
            types=types,
            years=years,
            log=True,
        )
        make_room(society, setting.size)
        ledger, names = Ledger(society), _Names(setting)
        watched = ledger.watching(rules)
        for tick in range(society.calendar.size):
            step(society, tick, watched)
            ledger.close(society, tick)
            names.note(society)
        for project in ledger.projects:
            if project.alliance or alone:
                rows.append(_row(project, int(block[project.position]), names, types))
    return _table(pd.DataFrame(rows), numbers.size, types)


class _Names:
    """Names of given alliances, by run and number."""

    def __init__(self, setting: Scenario) -> None:
        self.titles = {
            alliance_key(setting.ids[m], g.founded): (n, g.name)
            for n, g in enumerate(setting.given)
            for m in g.members
        }
        self.names: dict[tuple[int, int], tuple[str, str, str]] = {}

    def note(self, society: Any) -> None:
        """Remember who the alliances of this quarter are."""
        slots = society.alliances.size // society.runs.size
        for k in np.flatnonzero(society.alliances.status > 0).tolist():
            alliance = society.alliances[k]
            about = k // slots, int(alliance.number)
            if about not in self.names:
                self.names[about] = self._of(int(alliance.key))

    def _of(self, key: int) -> tuple[str, str, str]:
        if key not in self.titles:
            return "formed", "", ""
        n, name = self.titles[key]
        either = name.get("en") or name.get("zh")
        en, zh = either or f"Alliance {n + 1}", name.get("zh") or either or f"联合体{n + 1}号"
        return "given", en, zh


def _row(project: Project, run: int, names: _Names, types: Technology) -> dict[str, Any]:
    who, en, zh = ("alone", "", "")
    if project.alliance:
        who, en, zh = names.names[project.position, project.alliance]
    waited = np.nan if project.works_from is None else project.works_from - project.begun
    return {
        "who": who,
        "alliance": en,
        "alliance_zh": zh,
        "type": types[project.type].name,
        "run": run,
        "cost": project.cost,
        "yearly": project.yearly if project.quarters else np.nan,
        "jobs": project.jobs if project.quarters else np.nan,
        "households": project.to_households if project.quarters else np.nan,
        "wait": float(waited),
        "state": project.end or ("works" if project.quarters else "is_building"),
    }


def _table(orders: pd.DataFrame, runs: int, types: Technology) -> pd.DataFrame:
    states = ("works", "is_building", *ENDS)
    keys = ["who", "alliance", "alliance_zh", "type"]
    columns = [*keys, "title", "title_zh", "projects", "begun", *MEASURED, *states]
    if orders.empty:
        return pd.DataFrame(columns=columns)
    title = {kind.name: kind.title for kind in types}
    rows = []
    for group, part in orders.groupby(keys, sort=False):
        row = dict(zip(keys, group, strict=True))
        row |= {"title": title[row["type"]]["en"], "title_zh": title[row["type"]]["zh"]}
        row |= {"projects": len(part), "begun": part["run"].nunique() / runs}
        row |= {name: float(part[name].median()) for name in MEASURED}
        row |= {state: float((part["state"] == state).mean()) for state in states}
        rows.append(row)
    table = pd.DataFrame(rows, columns=columns)
    table["order"] = table["who"].map({who: n for n, who in enumerate(WHO)})
    table = table.sort_values(["order", "alliance", "begun", "projects"], ascending=[True, True, False, False])  # fmt: skip
    return table.drop(columns="order").reset_index(drop=True)

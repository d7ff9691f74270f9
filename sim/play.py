"""One block of runs played to its end, with what gains are counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np
from numba import int64
from village_alliances.sim.building import build
from village_alliances.sim.columns import SOCIETY
from village_alliances.sim.metrics import paired
from village_alliances.sim.own import OwnOutcome, State
from village_alliances.sim.quarter import QUARTER, Rule, step
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import ACTIVE, PAPER
from village_alliances.sim.strategy import Portfolio

SNAPSHOT = (
    "operating_income",
    "villager_income",
    "wages",
)  # of every village, at the end of each year


def direct(rule: Rule) -> Rule:
    """The machine code of a compiled rule, which Numba need not look up again at every call; any
    other rule as it stands."""
    compiled = getattr(rule, "overloads", {}).get((SOCIETY, int64))
    return rule if compiled is None else cast(Rule, compiled.entry_point)


def snapshot(society: Any) -> dict[str, np.ndarray]:
    """What gains are counted from (`metrics.paired`): (runs, villages) by name."""
    villages = society.villages
    shape = (society.runs.size, villages.size // society.runs.size)
    columns = {name: getattr(villages, name).reshape(shape).copy() for name in SNAPSHOT}
    lead = np.zeros(villages.size)
    alliances = society.alliances.view(np.ndarray)  # records of numpy look each name up slowly
    status = alliances["status"]
    leads = alliances["lead"][(status == ACTIVE) | (status == PAPER)]
    lead[leads[leads >= 0]] = 1.0
    columns["member"], columns["lead"] = (
        (villages.alliance >= 0).reshape(shape),
        lead.reshape(shape),
    )
    columns["population"] = villages.population.reshape(shape)
    return columns


@dataclass(frozen=True)
class Terms:
    """What is kept of a play beside its outcomes, and what a quarter consists of."""

    keep: tuple[str, ...] = ()
    yearly: bool = False
    outcomes: Mapping[str, OwnOutcome] = field(default_factory=dict)
    rules: tuple[Rule, ...] = QUARTER

    @cached_property
    def direct_rules(self) -> list[Rule]:
        """The rules as their machine code, where they are compiled."""
        return [direct(rule) for rule in self.rules]


class Play:
    """One block played to its end, with what is kept of every village at the end of each year.
    `base`: `none` on the same draws."""

    def __init__(
        self,
        scenario: Scenario,
        portfolio: Portfolio,
        ticks: int,
        options: dict[str, Any],
        terms: Terms,
        base: Play | None = None,
        **more: Any,
    ) -> None:
        self.terms, self.base = terms, base or self
        self.society: Any = build(scenario, portfolio, **options, **more)
        self.shape = (self.society.runs.size, scenario.size)
        self.states: list[State] = []  # of `none`, where an outcome of one's own may ask
        self.own: dict[str, list[np.ndarray]] = {name: [] for name in terms.outcomes}
        self.years = [self.snapshot()]
        self.grants = np.zeros((self.shape[0], ticks))
        paid = np.asarray(self.society.runs["grants"])  # a view: what was paid in the quarter
        for tick in range(ticks):
            step(self.society, tick, terms.direct_rules)
            self.grants[:, tick] = paid
            if tick % 4 == 3:
                self.years.append(self.snapshot())

    def snapshot(self) -> dict[str, np.ndarray]:
        """What gains are counted from, and what is kept every year, as it is now."""
        columns = snapshot(self.society)
        for name in self.terms.keep if self.terms.yearly else ():
            columns["kept " + name] = (
                getattr(self.society.villages, name).reshape(self.shape).copy()
            )
        if self.terms.outcomes:
            self.look()
        return columns

    def look(self) -> None:
        """Outcomes of one's own, as they are now."""
        year = len(self.own[next(iter(self.own))])
        villages, accounts, runs = self.society.villages, self.society.accounts, self.shape[0]
        now = State(villages, accounts, runs, year)
        if self.base is self:
            self.states.append(now.kept())
        now.alone = self.base.states[year]
        for name, own in self.terms.outcomes.items():
            self.own[name].append(own(now))

    def membership_of(self, other: Play) -> None:
        """Count gains over the members and leads of another play: a rival is asked
        about the same villages."""
        for mine, theirs in zip(self.years, other.years, strict=True):
            mine["member"], mine["lead"] = theirs["member"], theirs["lead"]


def gains_of(play: Play, base: Play) -> dict[str, np.ndarray]:
    """Gains of every year, (runs, years + 1) by name."""
    start = play.society.villages.start_income.reshape(play.shape)
    years = len(play.years)
    names = [name for name in play.years[0] if not name.startswith("kept ")]
    now, then = (
        {name: np.concatenate([year[name] for year in side.years]) for name in names}
        for side in (play, base)
    )
    gains = paired(now, then, np.tile(start, (years, 1)))
    return {name: values.reshape(years, -1).T for name, values in gains.items()}

"""The ledger: every project of a society from its first yuan to its end, and what each
brought, quarter by quarter.

It looks on while a society is stepped and changes nothing. The model keeps yuan by account and
type; a project here is what one account has in one type from the first yuan to the quarter in which
nothing of it is left, enlargements included.

    ledger = Ledger(society)
    for tick in range(society.calendar.size):
        step(society, tick, ledger.watching(QUARTER))
        ledger.close(society, tick)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from village_alliances.sim.building import EVENTS_A_QUARTER
from village_alliances.sim.quarter import Rule
from village_alliances.sim.rules.pooling import place_orders, sharing_rule
from village_alliances.sim.rules.projects import run_projects
from village_alliances.sim.rules.sharing import earn
from village_alliances.sim.society import (
    ACTIVE,
    BEGUN,
    BY_ABLEST,
    CAMPAIGN,
    CLOSED,
    DIED,
    FAILED,
    PAPER,
    PROMISED,
    RIPENED,
)

NOTHING = 1e-6  # yuan: less is nothing
OF_PROJECTS = {int(event) for event in (BEGUN, RIPENED, FAILED, DIED, CLOSED, CAMPAIGN)}
ENDS = ("failed", "died", "closed", "lost_orders", "handed_over")
ENDING = {int(FAILED): "failed", int(DIED): "died", int(CLOSED): "closed"}
ORIGINS = ("begun", "given", "taken_over")


@dataclass
class Project:
    """A project. Quarters are ticks; `position`: of its run in the block;
    `account`: row among the accounts.

    `alliance`: its number, 0 for a village's own; `village`: row of the village that runs it, or of
    the lead at the beginning. `cost`: yuan put in; `largest`: most capital in work (yuan); `jobs`:
    most jobs; `lost`: yuan written off. `brought`: profit by year (year 1 is the first),
    `households`: net wages, premiums and rents by year, both in yuan.
    """

    position: int
    account: int
    type: int
    village: int
    alliance: int
    begun: int
    origin: str
    taken_from: int = 0
    cost: float = 0.0
    works_from: int | None = None
    largest: float = 0.0
    jobs: float = 0.0
    lost: float = 0.0
    quarters: int = 0
    ended: int | None = None
    end: str | None = None
    brought: dict[int, float] = field(default_factory=dict)
    households: dict[int, float] = field(default_factory=dict)

    @property
    def profit(self) -> float:
        """What it brought in all, yuan."""
        return sum(self.brought.values())

    @property
    def yearly(self) -> float:
        """What it brought a year while it worked, yuan; nought if it never did."""
        return 4.0 * self.profit / self.quarters if self.quarters else 0.0

    @property
    def to_households(self) -> float:
        """What households had of it a year while it worked, yuan."""
        return 4.0 * sum(self.households.values()) / self.quarters if self.quarters else 0.0


class Ledger:
    """Keeps the projects of a block of runs. The society must keep a log of events with room for
    a quarter (`make_room`).

    After a step: `profit` (accounts, types) and `interest` (accounts,) of cash, yuan a year of the
    quarter; `learned` (villages,) base income that what was learned and who was lent brought,
    `belonged` (villages,) slot of the alliance in which the quarter's profit was shared.
    """

    def __init__(self, society: Any) -> None:
        self.rows = society.villages.size
        self.villages = self.rows // society.runs.size
        self.slots = society.alliances.size // society.runs.size
        shape = society.capital.shape
        self.profit = np.zeros(shape)
        self.in_work = np.zeros(shape)
        self.interest = np.zeros(shape[0])
        self.learned = np.zeros(self.rows)
        self.paid = np.zeros(self.rows)
        self.cost = np.zeros(self.rows)
        self.belonged = society.villages.alliance.copy()
        self.lead = society.alliances.lead.copy()
        self.stake = np.zeros(self.rows)
        self.projects: list[Project] = []
        self.happened: list[tuple[Project, int]] = []  # of the quarter: a project and an event
        self.more: set[int] = (
            set()
        )  # events in the log that concern a project which was there already
        self.read_to = 0  # where in the log the next look begins
        self._open: dict[tuple[int, int], Project] = {}
        self._reason: dict[tuple[int, int], str] = {}  # of the quarter's ends
        self._is_open = np.zeros(shape, bool)
        self._year = np.zeros(shape)
        self._home = np.zeros(shape)
        self._orders_to = 0
        self._run_of = np.concatenate(
            [
                society.villages.run,
                np.repeat(np.arange(society.runs.size), self.slots),
            ]
        )

    def watching(self, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """The rules with the ledger's looks between them. Where a rule of the model is left out,
        what it would show stays nought."""
        looks: dict[Rule, Callable[[Any, int], None]] = {
            place_orders: self._after_orders,
            run_projects: self._after_projects,
            earn: self._after_earning,
        }
        watched: list[Rule] = []
        self.profit[:] = 0.0
        for rule in rules:
            if rule is run_projects:
                watched.append(self._before_projects)
            watched.append(rule)
            if rule in looks:
                watched.append(looks[rule])
        return tuple(watched)

    def _after_orders(self, society: Any, tick: int) -> None:
        self._orders_to = int(society.log_size[0])

    def _before_projects(self, society: Any, tick: int) -> None:
        """What cash earns in the bank this quarter, yuan a year."""
        rate = society.parameters.bank_rate[self._run_of]
        present = np.ones(rate.size, bool)
        present[self.rows :] = np.isin(society.alliances.status, (ACTIVE, PAPER))
        self.interest = np.where(present, rate * np.maximum(0.0, society.accounts.fund), 0.0)

    def _after_projects(self, society: Any, tick: int) -> None:
        """What every project brings this quarter, as `work_a_quarter` counts it."""
        tech, runs = society.technology, self._run_of
        capital = society.capital
        works = capital > 0.0
        takings = capital * society.rate * society.fortune * self._prices(society)
        self.profit = np.where(works, takings - tech.overhead[runs], 0.0)
        self.in_work = capital.copy()
        self._year += 0.25 * self.profit
        rent = tech.rent_share[runs]
        home = capital * (
            tech.wage_share[runs] * society.parameters.wage_net[runs, None] + tech.premium[runs]
        )
        home += np.where(rent > 0.0, np.maximum(0.0, takings) * rent / (1 - np.minimum(0.99, rent)), 0.0)  # fmt: skip
        self._home += 0.25 * np.where(works, home, 0.0)
        jobs = capital * tech.jobs[runs]
        for (g, j), project in self._open.items():
            if works[g, j]:
                project.quarters += 1
                project.largest = max(project.largest, float(capital[g, j]))
                project.jobs = max(project.jobs, float(jobs[g, j]))

    def _prices(self, society: Any) -> np.ndarray:
        """Factor of takings by account and type: its product's price, and
        what is left of a pandemic."""
        products = np.concatenate([society.villages.product, society.alliances.product])
        log_price = society.price[self._run_of, products][:, None]
        exposure = society.technology.price_exposure[self._run_of]
        by_product = society.technology.by_product[self._run_of] > 0.0
        price = np.where(by_product, np.exp(exposure * log_price), 1.0)
        blow = np.exp(society.runs.pandemic)[self._run_of][:, None]
        return np.asarray(price * (1.0 + exposure * (blow - 1.0)))

    def _after_earning(self, society: Any, tick: int) -> None:
        villages, p = society.villages, society.parameters
        run = villages.run
        added = villages.capacity - villages.practice
        factor = 1.0 + p.base_management[run] * p.management_effect[run] * added
        self.learned = np.where(factor != 0.0, villages.base_income * (1.0 - 1.0 / factor), 0.0)
        self.paid = villages.alliance_income.copy()
        self.cost = villages.membership_cost.copy()
        self.belonged = villages.alliance.copy()
        self.lead = society.alliances.lead.copy()
        self.stake = villages.stake.copy()

    def close(self, society: Any, tick: int) -> None:
        """At the end of a quarter: enter what happened to projects, and at the end of
        a year what they brought."""
        self.happened, self.more, self.read_to = [], set(), 0
        self.catch_up(society, tick)
        if tick % 4 == 3 or tick == society.calendar.size - 1:
            for g, j in self._open:
                self._book(tick, g, j)
        self._orders_to = 0

    def catch_up(self, society: Any, tick: int) -> None:
        """Enter what happened since the last look: the rules' own, or
        between two quarters a hand's."""
        self._reason = {}
        last = int(society.log_size[0])
        for i, entry in enumerate(society.log[self.read_to : last].tolist(), self.read_to):
            if entry[1] in OF_PROJECTS and self._enter(society, tick, entry, i < self._orders_to):
                self.more.add(i)
        self.read_to = last
        held = society.capital + society.building
        for g, j in np.argwhere(self._is_open & (held <= NOTHING)).tolist():
            self._end(tick, g, j, self._reason.get((g, j), "handed_over"))
        for g, j in np.argwhere(~self._is_open & (held > NOTHING)).tolist():
            taken = int(society.alliances.number[self.belonged[g]]) if g < self.rows and self.belonged[g] >= 0 else 0  # fmt: skip
            project = self._begin(society, tick, g, j, "taken_over", taken)
            project.cost = float(held[g, j])
            if society.capital[g, j] > NOTHING:
                project.works_from = tick + 1

    def _enter(self, society: Any, tick: int, entry: tuple[Any, ...], of_orders: bool) -> bool:
        """Enter an event of a project; whether it enlarges one that was there, or
        brings more of one into work."""
        _, event, _, village, alliance, j, amount = entry
        own = alliance < 0 or event == CAMPAIGN
        g = village if own else self.rows + alliance
        project = self._open.get((g, j))
        more = project is not None and (
            event == BEGUN or (event == RIPENED and project.works_from is not None)
        )
        if project is None:
            origin = "given" if event == CAMPAIGN else "begun"
            project = self._begin(society, tick, g, j, origin)
        self.happened.append((project, event))
        if event in (BEGUN, CAMPAIGN):
            project.cost += amount
        if event in (RIPENED, CAMPAIGN) and project.works_from is None:
            project.works_from = tick if event == RIPENED else tick + 1
        if event in (FAILED, DIED, CLOSED):
            run = society.villages.run[village]
            project.lost += (1.0 - float(society.technology.salvage[run, j])) * amount
            reason = "lost_orders" if of_orders else ENDING[event]
            self._reason[g, j] = reason
        return more

    def _begin(
        self, society: Any, tick: int, g: int, j: int, origin: str, taken_from: int = 0
    ) -> Project:
        k = g - self.rows
        number, village = (0, g) if k < 0 else (int(society.alliances.number[k]), int(society.alliances.lead[k]))  # fmt: skip
        project = Project(
            int(self._run_of[g]), g, j, village, number, tick, origin, taken_from=taken_from
        )
        self.projects.append(project)
        self._open[g, j] = project
        self._is_open[g, j] = True
        return project

    def _end(self, tick: int, g: int, j: int, why: str) -> None:
        project = self._open[g, j]
        self._book(tick, g, j)
        del self._open[g, j]
        self._is_open[g, j] = False
        project.ended, project.end = tick, why

    def _book(self, tick: int, g: int, j: int) -> None:
        """What it brought since it was last booked, in the year of this quarter."""
        project, year = self._open[g, j], tick // 4 + 1
        for book, sums in ((project.brought, self._year), (project.households, self._home)):
            book[year] = book.get(year, 0.0) + float(sums[g, j])
            sums[g, j] = 0.0

    def dividends(self, society: Any) -> np.ndarray:
        """What each village had of each type of its alliance's projects this quarter, and last of
        its cash's interest, yuan a year (villages, types + 1); rows sum to its alliance income.

        A promise is paid on what is in work; profit and loss otherwise come from every
        project as far as it made them.
        """
        dividends = np.zeros((self.rows, self.profit.shape[1] + 1))
        for k in np.unique(self.belonged[self.paid != 0.0]).tolist():
            if k < 0:
                continue
            members = np.flatnonzero(self.belonged == k)
            g = self.rows + k
            profit = np.append(self.profit[g], self.interest[g])
            capital = np.append(self.in_work[g], 0.0)
            promised = capital / capital.sum() if capital.sum() > 0.0 else None
            made = profit / profit.sum() if profit.sum() != 0.0 else None
            alliance = society.alliances[k]
            rule = sharing_rule(society, k // self.slots, alliance.strategy)
            gains = profit.sum() > 0.0
            paid = self.paid[members]
            if rule == PROMISED and gains and promised is not None:
                dividends[members] = paid[:, None] * promised
                if alliance.head == BY_ABLEST:
                    lead = members == self.lead[k]
                    dividends[members[lead]] = profit - paid[~lead].sum() * promised
            elif made is not None:
                dividends[members] = paid[:, None] * made
        return dividends


def make_room(society: Any, villages: int) -> None:
    """Give the society's log room for the events of a quarter of all its runs."""
    room = (EVENTS_A_QUARTER * villages + 200) * society.runs.size
    society.log = np.zeros(room, society.log.dtype).view(np.recarray)


__all__ = ["ENDS", "ORIGINS", "Ledger", "Project", "make_room"]

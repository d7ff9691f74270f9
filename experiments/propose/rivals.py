"""Rivals: other ways of using the same money, against which every proposal has to stand.

With the plan's own money quarter by quarter, as it was paid, through the same chooser: the
same members singly, evenly (`even`), on the one that promised most (`lumped`), on the weakest
(`weakest`); all villages evenly (`all`); and `aimed`, single villages chosen for the objective
in the search's luck: as many, and with as much each, as serves best. With as much promised:
grouping by nearness across borders, by township; today's alliances at the county's usual
grant; and nobody at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from village_alliances.experiments.propose.candidates import Candidate, singly, township_groups
from village_alliances.experiments.propose.simulator import AlliancePlan, Simulator, singles
from village_alliances.sim.grouping import FIRST_QUARTER, GROUP_SIZE, grouped

if TYPE_CHECKING:
    from village_alliances.experiments.propose.search import Search
    from village_alliances.experiments.propose.task import Task

AIMS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75)  # shares of villages among which money is aimed


def near_groups(task: Task, size: int) -> list[tuple[int, ...]]:
    """Nearest villages together, across borders, `size` at a time, within
    what an alliance may have."""
    size = min(max(size, task.low), task.high)
    groups = grouped(task.scenario, size).given
    member_sets = [tuple(sorted(map(int, g.members)))[: task.high] for g in groups]
    taken = task.rules.taken
    return [g for g in member_sets if len(g) >= task.low and not taken & set(g)]


def level_within(task: Task, villages: int, budget: float) -> float:
    """The grant that spends a budget evenly on so many villages, as far as the model takes it."""
    return min(task.most_grant, budget / max(1e-9, villages * task.paid_years[FIRST_QUARTER]))


def plain_plans(search: Search) -> list[AlliancePlan]:
    """Plans that take no search: everybody evenly, groups by nearness and by township with each of
    the favourite strategies. A group that the question does not allow is cut into parts that it
    does; plans with grants that it does not name are left out."""
    task, n = search.task, search.task.scenario.size
    plans: list[AlliancePlan] = [
        [Candidate((i,), "", level_within(task, n, task.budget)) for i in range(n)]
    ]
    for groups in groupings(task).values():
        plans += in_each_strategy(search, groups, task.budget)
    kept = [[part for c in plan for part in _allowed(search, c)] for plan in plans]
    return [plan for plan in kept if not task.grants or {c.grant for c in plan} <= {*task.grants}]


def groupings(task: Task) -> dict[str, list[tuple[int, ...]]]:
    """Groups that take no search, by `nearness` and by `township`; without those that are empty."""
    groups = {
        "nearness": near_groups(task, GROUP_SIZE),
        "township": township_groups(task.scenario, task.low, task.high),
    }
    return {key: those for key, those in groups.items() if those}


def in_each_strategy(
    search: Search, groups: Sequence[tuple[int, ...]], budget: float
) -> list[AlliancePlan]:
    """These groups with each of the favourite strategies, the budget evenly on their members."""
    grant = level_within(search.task, sum(map(len, groups)), budget)
    return [[Candidate(g, name, grant) for g in groups] for name in search.favourites]


def _allowed(search: Search, c: Candidate) -> list[Candidate]:
    """A candidate; where it may not be, halved until its parts may, or else its members funded
    singly."""
    if len(c.members) == 1 or search.geography.admissible(c.members):
        return [c]
    halves = search.geography.halves(c.members)
    if min(map(len, halves)) < search.task.low:
        return singly(c)
    return [part for half in halves for part in _allowed(search, replace(c, members=half))]


def aimed_plans(task: Task, worth: np.ndarray) -> list[AlliancePlan]:
    """The budget evenly on the villages to which it is worth most, for several numbers of
    them. `worth` (villages,)."""
    order = np.argsort(-worth, kind="stable")
    n = task.scenario.size
    plans: list[AlliancePlan] = []
    for count in dict.fromkeys(max(1, round(share * n)) for share in AIMS):
        grant = level_within(task, count, task.budget)
        plans.append([Candidate((int(i),), "", grant) for i in np.sort(order[:count])])
    return plans


def aimed_at(search: Search) -> np.ndarray:
    """Shares of money (villages,) of the best way to aim it at single villages for the objective,
    chosen in the search's luck."""
    task = search.task
    n = task.scenario.size
    by_village = np.zeros(n)
    for c, believed in zip(search.candidates, search.beliefs.scores):
        if len(c.members) == 1:
            by_village[c.members[0]] = max(by_village[c.members[0]], believed)
    plans = aimed_plans(task, by_village)
    packed = search.pack(task.budget, only_single=True)
    chosen = [search.candidates[c] for c in packed.chosen]
    if chosen:
        plans.append(chosen)
    best = best_of(search, plans)
    share = np.zeros(n)
    for c in singles(best):
        share[c.members[0]] = c.grant
    return share / share.sum() if share.sum() > 0 else np.full(n, 1.0 / n)


def best_of(search: Search, plans: Sequence[AlliancePlan]) -> AlliancePlan:
    """The plan that is best in the search's luck."""
    lives = search.simulator.each(plans)
    values = [search.objective.gain(lived, search.simulator.none).mean() for lived in lives]
    return plans[int(np.argmax(values))]


def grouped_rivals(search: Search, promised: float) -> dict[str, AlliancePlan]:
    """`nearness`, `township`, and `today` where the table says who is allied."""
    rivals = {
        key: best_of(search, in_each_strategy(search, groups, promised))
        for key, groups in groupings(search.task).items()
    }
    if search.today:
        rivals["today"] = search.today
    return rivals


def today_of(search: Search) -> AlliancePlan:
    """Today's alliances at the county's usual grant, each by its own strategy where one is stated;
    () where the table names none."""
    task, s = search.task, search.task.scenario
    if not s.given or s.grouped:
        return ()
    members = [tuple(sorted(map(int, g.members))) for g in s.given]
    forms = [[Candidate(m, name, task.usual_grant) for m in members] for name in search.favourites]
    best = best_of(search, forms)
    named = {plan.name for plan in task.plans}
    return [
        Candidate(m, g.strategy if g.strategy in named else b.strategy, task.usual_grant, g.lead, g.founded)
        for m, g, b in zip(members, s.given, best)
    ]  # fmt: skip


__all__ = ["Simulator", "aimed_at", "grouped_rivals", "groupings", "near_groups", "plain_plans"]

"""Changes: from today's alliances, one step at a time. What a step is, which matter most, and how
much of today a plan leaves.

The cost of change stands beside the gain: alliances that are broken, and villages that are moved. A
step ends an alliance, pays its members singly, takes a village out or in, moves or merges, founds,
funds, or changes lead, strategy or grant. Steps are weighed by the search's scores, those that were
not simulated are simulated, and each of the best is then measured whole on fresh luck.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from village_alliances.experiments.propose.candidates import Candidate, singly
from village_alliances.experiments.propose.simulator import (
    AlliancePlan,
    allies,
    singles,
    villages_of,
)

if TYPE_CHECKING:
    from village_alliances.experiments.propose.search import Search

STEPS = 3
NEWCOMERS = (
    40  # best alliances and best single grants among villages without a place that are weighed
)


@dataclass(frozen=True)
class PlanStep:
    """`kind`: end, singly, leave, join, move, merge, found, fund, lead (the ablest) or form
    (another strategy or grant)."""

    kind: str
    out: tuple[Candidate, ...]
    into: tuple[Candidate, ...]

    def after(self, plan: AlliancePlan) -> list[Candidate]:
        """The plan with this step taken."""
        return [c for c in plan if c not in self.out] + list(self.into)


def broken(plan: AlliancePlan, today: AlliancePlan) -> list[Candidate]:
    """Today's alliances of which no alliance of the plan holds more than half of the members."""
    sets = [set(c.members) for c in allies(plan)]
    return [
        c for c in allies(today)
        if not any(2 * len(inside & set(c.members)) > len(c.members) for inside in sets)
    ]  # fmt: skip


def moved(plan: AlliancePlan, other: AlliancePlan) -> int:
    """Villages that are with others, or funded where they were not (or the other way round), in
    one plan than in the other."""

    def places(plan: AlliancePlan) -> dict[int, Any]:
        places: dict[int, Any] = {i: c.members for c in allies(plan) for i in c.members}
        return places | {c.members[0]: "funded" for c in singles(plan)}

    a, b = places(plan), places(other)
    count = 0
    for i in {*a, *b}:
        before, after = a.get(i), b.get(i)
        if isinstance(before, tuple) and isinstance(after, tuple):
            count += len(set(before) & set(after)) * 2 <= len(set(before) | set(after))
        else:
            count += before != after
    return count


def steps_from(search: Search, plan: AlliancePlan) -> list[PlanStep]:
    """Every step from a plan that keeps the question's rules and budget."""
    steps = [*_of_one(search, plan), *_of_two(search, plan), *_of_none(search, plan)]
    budget = search.task.budget + 1e-6
    return [
        step for step in dict.fromkeys(steps)
        if sum(search.task.cost(c) for c in step.after(plan)) <= budget
    ]  # fmt: skip


def _of_one(search: Search, plan: AlliancePlan) -> Iterator[PlanStep]:
    """What can be done with one alliance."""
    geography = search.geography
    free = set(range(geography.n)) - set(villages_of(allies(plan))) - search.bound_to
    for c in allies(plan):
        yield PlanStep("end", (c,), ())
        if c.grant > 0:
            yield PlanStep("singly", (c,), tuple(singly(c)))
        if c.lead >= 0:
            yield PlanStep("lead", (c,), (replace(c, lead=-1),))
        for name, grant in search.classes:
            if (name, grant) != (c.strategy, c.grant):
                yield PlanStep("form", (c,), (replace(c, strategy=name, grant=grant),))
        for i in c.members:
            left = tuple(j for j in c.members if j != i)
            if geography.admissible(left):
                yield PlanStep("leave", (c,), (_with(c, left),))
        for j in sorted({j for i in c.members for j in geography.near[i][:8]} & free):
            more = tuple(sorted((*c.members, j)))
            if geography.admissible(more):
                own = tuple(single for single in singles(plan) if single.members == (j,))
                yield PlanStep("join", (c, *own), (_with(c, more),))


def _of_two(search: Search, plan: AlliancePlan) -> Iterator[PlanStep]:
    """What can be done with two alliances that are neighbours."""
    geography = search.geography
    home = {i: c for c in allies(plan) for i in c.members}
    for c in allies(plan):
        ring = {j for i in c.members for j in geography.near[i][:8] if j in home and home[j] != c}
        for j in sorted(ring):
            other = home[j]
            enlarged = tuple(sorted((*c.members, j)))
            left = tuple(i for i in other.members if i != j)
            if geography.admissible(enlarged) and geography.admissible(left):
                yield PlanStep("move", (c, other), (_with(c, enlarged), _with(other, left)))
            both = tuple(sorted({*c.members, *other.members}))
            if c.members < other.members and geography.admissible(both):
                yield PlanStep("merge", (c, other), (_with(c, both),))


def _of_none(search: Search, plan: AlliancePlan) -> Iterator[PlanStep]:
    """What can be done with villages that have no place: the best alliances and
    single grants among them."""
    placed = set(villages_of(plan))
    order = np.argsort(-search.beliefs.scores, kind="stable")
    left = {"found": NEWCOMERS, "fund": NEWCOMERS}
    for place in order:
        c = search.candidates[place]
        kind = "found" if len(c.members) > 1 else "fund"
        if left[kind] and c.grant > 0 and placed.isdisjoint(c.members):
            left[kind] -= 1
            yield PlanStep(kind, (), (c,))


def _with(c: Candidate, members: tuple[int, ...]) -> Candidate:
    """The alliance with other members, founded when it was."""
    return replace(c, members=members, lead=c.lead if c.lead in members else -1)


def most_important(
    search: Search, today: AlliancePlan, count: int = STEPS
) -> list[tuple[PlanStep, AlliancePlan]]:
    """The steps that bring most, one after another, each with the plan that it leads to;
    fewer where no more is sure."""
    ranked: list[tuple[PlanStep, AlliancePlan]] = []
    plan: AlliancePlan = list(today)
    for _ in range(count):
        steps = steps_from(search, plan)
        search.simulate([c for step in steps for c in (*step.out, *step.into)])
        allowed = search.allowed()
        best, most = None, 0.0
        for step in steps:
            if any(c not in search.where for c in (*step.out, *step.into)):
                continue  # time was up before it was simulated
            if not all(allowed[search.where[c]] for c in step.into):
                continue
            change = search.brought(step.into) - search.brought(step.out)
            error = float(change.std(ddof=1) / change.size**0.5)
            if change.mean() > max(most, error):
                best, most = step, float(change.mean())
        if best is None:
            break
        plan = best.after(plan)
        ranked.append((best, plan))
    return ranked

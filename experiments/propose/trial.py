"""Trial: what happens to a proposal when a planner changes it by hand, under the same luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from village_alliances.experiments.propose.answer import Proposal, Spread
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.fresh import fresh_seed
from village_alliances.experiments.propose.objectives import SHOWN
from village_alliances.experiments.propose.simulator import Simulator
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.metrics import BY_NAME

RUNS = 64


@dataclass(frozen=True)
class Change:
    """One figure before and after: means over runs; `difference` after less before, run by run;
    `better` share of runs, ties half."""

    name: str
    unit: str
    before: float
    after: float
    difference: Spread
    better: float


@dataclass(frozen=True)
class Effect:
    """What a change brings. `objective`: more is better. `villages`: (position, mean gain
    before, after, over nobody allied) of those whose place changed, yuan a year. `promised`:
    public money before and after, yuan."""

    objective: Change
    outcomes: list[Change]
    villages: list[tuple[int, float, float]]
    promised: tuple[float, float]


def candidates_of(proposal: Proposal, task: Task) -> list[Candidate]:
    """The alliances of a proposal, then the villages that it funds singly."""
    kept = {forms[0].members: forms[0] for forms in task.kept}
    candidates = []
    for alliance in proposal.alliances:
        members = tuple(sorted(m.position for m in alliance.members))
        plain = Candidate(members, alliance.strategy, alliance.grant)
        like = kept.get(members, plain)
        candidates.append(replace(plain, lead=like.lead, founded=like.founded))
    return candidates + [
        Candidate((candidate.position,), "", candidate.grant) for candidate in proposal.funded
    ]


def rearranged(partition: Sequence[Candidate], village: int, to: int) -> list[Candidate]:
    """The partition with a village moved to its alliance at place `to`, or alone where that is -1.
    Alliances keep their places."""
    candidates = []
    for i, group in enumerate(partition):
        members = set(group.members) - {village} | ({village} if i == to else set())
        lead = group.lead if group.lead in members else -1
        candidates.append(replace(group, members=tuple(sorted(members)), lead=lead))
    return candidates


def real(partition: Sequence[Candidate]) -> list[Candidate]:
    """Those that are something: alliances of at least two villages, and single villages
    with a grant of their own."""
    return [
        candidate
        for candidate in partition
        if len(candidate.members) > 1 or (candidate.members and candidate.grant > 0)
    ]


def within_budget(
    partition: Sequence[Candidate], before: Sequence[Candidate], task: Task
) -> list[Candidate]:
    """The partition with lower grants where it would promise more than the budget: first of those
    that are not as `before`, as far as that goes, then of all. Grants are whole yuan, and
    everybody keeps its place."""
    candidates = list(partition)
    changed = [i for i, candidate in enumerate(candidates) if candidate not in before]
    for those in (changed, range(len(candidates))):
        cost = sum(
            task.cost(candidates[number])
            for number in those
            if candidates[number] in real([candidates[number]])
        )
        over = sum(task.cost(candidate) for candidate in real(candidates)) - task.budget
        if over > 0 and cost > 0:
            share = max(0.0, 1.0 - over / cost)
            for number in those:
                candidates[number] = replace(
                    candidates[number], grant=float(int(candidates[number].grant * share))
                )
    return candidates


class Trial:
    """Holds changed partitions against one that stays, in the same runs."""

    def __init__(
        self, task: Task, base: Sequence[Candidate], *, runs: int = RUNS, threads: int = 0
    ) -> None:
        self.task, self.base = task, real(base)
        seed = fresh_seed(fresh_seed(task.seed))
        self.simulator = Simulator(task, runs, seed=seed, threads=threads)
        self._before = self.simulator.live(self.base)

    def effect(self, partition: Sequence[Candidate]) -> Effect:
        """What another partition would bring against the one that stays."""
        now = real(partition)
        before, after = self._before, self.simulator.live(now)
        none, aim = self.simulator.none, self.task.aim
        outcomes = [
            _change(name, *(lived.outcomes[name] for lived in (before, after))) for name in SHOWN
        ]
        worth = [aim.gain(lived, none) for lived in (before, after)]
        gains = [lived.gain(none).mean(axis=0) for lived in (before, after)]
        places = sorted({i for candidate in set(now) ^ set(self.base) for i in candidate.members})
        return Effect(
            objective=_between(self.task.objective, aim.unit, 1, *worth),
            outcomes=outcomes,
            villages=[(i, float(gains[0][i]), float(gains[1][i])) for i in places],
            promised=(self._cost(self.base), self._cost(now)),
        )

    def _cost(self, partition: Sequence[Candidate]) -> float:
        return float(sum(self.task.cost(candidate) for candidate in partition))


def _change(name: str, before: np.ndarray, after: np.ndarray) -> Change:
    return _between(name, BY_NAME[name].unit, BY_NAME[name].better, before, after)


def _between(name: str, unit: str, better: int, before: np.ndarray, after: np.ndarray) -> Change:
    difference = after - before
    wins = better * difference
    share = float((wins > 0).mean() + 0.5 * (wins == 0).mean())
    return Change(
        name, unit, float(before.mean()), float(after.mean()), Spread.of(difference), share
    )


__all__ = ["Change", "Effect", "Trial", "candidates_of", "real", "rearranged", "within_budget"]

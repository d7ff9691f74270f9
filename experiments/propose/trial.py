"""Trial: what happens to a proposal when a planner changes it by hand, under the same luck, within a second or two.

Alliances that are given do not touch each other, so only those that changed are simulated again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from village_alliances.experiments.propose.answer import Band, Proposal
from village_alliances.experiments.propose.evaluate import fresh_seed
from village_alliances.experiments.propose.objectives import BASES
from village_alliances.experiments.propose.scoring import Candidate, Laboratory
from village_alliances.experiments.propose.search import empty_bank
from village_alliances.experiments.propose.surrogate import expectations
from village_alliances.experiments.propose.task import Task

RUNS = 64
HOPES = 16  # runs whose villages are asked what they expect


@dataclass(frozen=True)
class Change:
    """One figure before and after: means over runs; `difference` after less before, run by run; `better` share of runs, ties half."""

    name: str
    unit: str
    before: float
    after: float
    difference: Band
    better: float


@dataclass(frozen=True)
class Effect:
    """What a change brings. `objective`: more is better. `villages`: (position, mean gain before, after, by its own reckoning after) of
    those whose alliance changed, yuan a year. `promised`: public money before and after, yuan."""

    objective: Change
    outcomes: list[Change]
    villages: list[tuple[int, float, float, float]]
    promised: tuple[float, float]


def candidates_of(proposal: Proposal, task: Task) -> list[Candidate]:
    """The alliances of a proposal."""
    kept = {forms[0].members: forms[0] for forms in task.kept}
    found = []
    for one in proposal.alliances:
        members = tuple(sorted(m.position for m in one.members))
        like = kept.get(members)
        found.append(
            Candidate(members, one.strategy, one.grant, like.lead, like.founded)
            if like
            else Candidate(members, one.strategy, one.grant)
        )
    return found


def moved(partition: Sequence[Candidate], village: int, to: int) -> list[Candidate]:
    """`rearranged`, without alliances of which a single village is left: it is alone."""
    return [one for one in rearranged(partition, village, to) if len(one.members) > 1]


def rearranged(partition: Sequence[Candidate], village: int, to: int) -> list[Candidate]:
    """The partition with a village moved to its alliance at place `to`, or alone where that is -1. Alliances keep their places."""
    found = []
    for at, one in enumerate(partition):
        members = set(one.members) - {village} | ({village} if at == to else set())
        found.append(
            Candidate(
                tuple(sorted(members)),
                one.strategy,
                one.grant,
                one.lead if one.lead in members else -1,
                one.founded,
            )
        )
    return found


class Trial:
    """Holds changed partitions against one that stays, in the same runs."""

    def __init__(
        self, task: Task, base: Sequence[Candidate], *, runs: int = RUNS, threads: int = 0
    ) -> None:
        self.task, self.base = task, list(base)
        seed = fresh_seed(fresh_seed(task.seed))
        self.lab = Laboratory(
            task.scenario,
            task.plans,
            seed=seed,
            levers=task.levers,
            mode=task.mode,
            threads=threads,
        )
        self.numbers = np.arange(runs, dtype=np.uint64)
        self.county = empty_bank(self.lab, self.numbers, False).county
        self._hopes = self.lab.expecting(self.numbers[:HOPES])
        self._known: dict[Candidate, tuple[np.ndarray, np.ndarray]] = {}
        self._before = self._live(self.base)

    def effect(self, partition: Sequence[Candidate]) -> Effect:
        """What another partition would bring against the one that stays."""
        before, after = self._before, self._live(partition)
        changes = []
        for name, kind in BASES.items():
            one, other = (self.county.value(name, *lived) for lived in (before, after))
            changes.append(_change(name, kind.unit, one, other, kind.better))
        new = set(partition) ^ set(self.base)
        places = sorted({i for one in new for i in one.members})
        gain_before, gain_after = (
            (lived[0] - self.county.income).mean(axis=0) for lived in (before, after)
        )
        expects = self._expects(partition, places)
        aim = self.task.aim
        worth = [aim.gain(self.county, *lived) for lived in (before, after)]
        unit = BASES[aim.single].unit if aim.single else ""
        return Effect(
            objective=_change(self.task.objective, unit, worth[0], worth[1], 1),
            outcomes=changes,
            villages=[(i, float(gain_before[i]), float(gain_after[i]), expects[i]) for i in places],
            promised=(self._cost(self.base), self._cost(partition)),
        )

    def _live(self, partition: Sequence[Candidate]) -> tuple[np.ndarray, np.ndarray]:
        new = [one for one in partition if one not in self._known]
        if new:
            scores = self.lab.score(new, self.numbers)
            for at, one in enumerate(new):
                rows = scores.of(at)
                self._known[one] = (scores.income[rows].T.copy(), scores.last_weak[rows].T.copy())
        income, last = self.county.income.copy(), self.county.last_weak.copy()
        for one in partition:
            income[:, one.members], last[:, one.members] = self._known[one]
        return income, last

    def _cost(self, partition: Sequence[Candidate]) -> float:
        return float(sum(self.task.cost(one) for one in partition))

    def _expects(self, partition: Sequence[Candidate], places: Sequence[int]) -> dict[int, float]:
        """What these villages themselves expect of their alliance, mean over some runs, yuan a year; 0 alone."""
        found = dict.fromkeys(places, 0.0)
        touched = [one for one in partition if found.keys() & set(one.members)]
        if not touched:
            return found
        order = {name: at for at, name in enumerate(self.lab.order)}
        strategies = np.array([order[one.strategy] for one in touched])
        times = np.array([one.grant / self.lab.usual for one in touched])
        first, worth = expectations(
            self._hopes, [one.members for one in touched], strategies, times
        )
        for at, one in enumerate(touched):
            for i, value in zip(one.members, worth[first[at] : first[at + 1]], strict=True):
                if i in found:
                    found[i] = float(value)
        return found


def _change(name: str, unit: str, before: np.ndarray, after: np.ndarray, better: int) -> Change:
    difference = after - before
    wins = better * difference
    return Change(
        name,
        unit,
        float(before.mean()),
        float(after.mean()),
        Band.of(difference),
        float((wins > 0).mean() + 0.5 * (wins == 0).mean()),
    )

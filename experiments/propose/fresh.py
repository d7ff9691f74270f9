"""Fresh: luck that the search never met, on which a proposal and every other way of using the
same money are measured.

It has a seed of its own: other parameters, other blanks, other quarters. Every
difference is taken run by run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from village_alliances.experiments.propose import rivals as others
from village_alliances.experiments.propose.answer import Measured, PlanFigure, Spread
from village_alliances.experiments.propose.objectives import SHOWN, Lived
from village_alliances.experiments.propose.search import Search
from village_alliances.experiments.propose.simulator import (
    AlliancePlan,
    Simulator,
    allies,
    first,
    singles,
)
from village_alliances.sim.labels import labels
from village_alliances.sim.luck import name_key
from village_alliances.sim.metrics import BY_NAME
from village_alliances.wording import entry

FRESH_RUNS = 200
ASIDE_RUNS = (
    64  # of them, in which what stands beside the answer is measured: other budgets, alternatives
)


def fresh_seed(seed: int) -> int:
    """The seed of luck on which a proposal is measured: never the search's, and the
    same for the same question."""
    return int(name_key("propose", "fresh", str(seed)) & np.uint64(2**62 - 1))


class Fresh:
    """A search's best choice in fresh runs. `ours`: the county under it;
    `none`: the same left alone."""

    def __init__(
        self,
        search: Search,
        runs: int,
        threads: int,
        stop: Callable[[], bool] | None,
        tell: Callable[[], None] | None = None,
    ) -> None:
        assert search.best is not None
        self.search, self.task, self.objective = search, search.task, search.objective
        self.plan: AlliancePlan = sorted(
            search.best.candidates, key=lambda c: (len(c.members) == 1, c.members)
        )
        self.simulator = Simulator(
            self.task,
            runs,
            seed=fresh_seed(self.task.seed),
            threads=threads,
            interrupted=stop,
            tell=tell,
        )
        self.none = self.simulator.none
        self.names = labels(self.task.scenario)
        self.number = {c: i for i, c in enumerate(allies(self.plan), 1)}
        self.home = {i: place for c, place in self.number.items() for i in c.members}
        self.aim = others.aimed_at(search)
        self.beside = self.simulator.beside(self.plan, self.aim)
        self.ours = self.beside["plan"]

    def gain(self, lived: Lived) -> np.ndarray:
        """The objective by run, more is better; of the first runs where the
        county lived in these only."""
        return self.objective.gain(lived, first(self.none, lived.paid.size))

    def measure(self, key: str, lived: Lived, plan: AlliancePlan, strategy: str = "") -> Measured:
        """All outcomes of a plan beside those of the proposal."""
        none, own = (first(outcome, lived.paid.size) for outcome in (self.none, self.ours))
        figures = []
        for name in SHOWN:
            outcome = BY_NAME[name]
            ours, theirs = (
                outcome.better * (each.outcomes[name] - none.outcomes[name])
                for each in (own, lived)
            )
            figures.append(_outcome(name, outcome.unit, lived.outcomes[name], theirs, ours))
        gain = self.objective.gain(lived, none)
        whole = _outcome(
            self.task.objective, self.objective.unit, gain, gain, self.objective.gain(own, none)
        )
        allied = allies(plan)
        wide = sum(
            not (
                set(c.members) & self.task.rules.taken
                or self.search.geography.admissible(c.members)
            )
            for c in allied
        )
        return Measured(
            key=key,
            title=dict(entry(f"proposal.way.{key}")),
            strategy=strategy,
            alliances=len(allied),
            allied=sum(len(c.members) for c in allied),
            funded=len(singles(plan)),
            cost=Spread.of(lived.paid),
            objective=whole,
            outcomes=figures,
            not_allowed=wide,
        )


def _outcome(
    name: str, unit: str, value: np.ndarray, gain: np.ndarray, proposed: np.ndarray
) -> PlanFigure:
    difference = proposed - gain
    return PlanFigure(
        name, unit, Spread.of(value), Spread.of(gain), Spread.of(difference), wins(difference)
    )


def wins(difference: np.ndarray) -> float:
    return float((difference > 0).mean() + 0.5 * (difference == 0).mean())

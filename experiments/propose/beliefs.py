"""Beliefs: what a candidate is thought to bring, from what it and candidates like it brought
in the runs of a search.

In a county a score is the mean of few runs, so that the highest is partly the luckiest. It is drawn
towards what candidates like it bring, as far as luck may have made the difference.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.objectives import Lived
from village_alliances.sim.metrics import WEAK

RIDGE = 1e-3
FEWEST = 40  # candidates of a kind from which likeness can be learned
STANDS_OUT = 3.5  # errors by which one of some thousand candidates seldom lies off by luck
USUAL = 60_000.0  # yuan a member and year: the unit of money among features


class Likeness:
    """What candidates are like: sizes, means of their members alone, strategy and money."""

    def __init__(self, none: Lived, strategies: Sequence[str]) -> None:
        """`none`: the county left alone. `strategies`: those that are told apart."""
        traits = (none.income < WEAK, none.start / 1e5, none.able)
        self.traits = np.stack([trait.mean(axis=0) for trait in traits], axis=1)
        self.place = {name: i for i, name in enumerate(strategies)}

    def of(self, candidates: Sequence[Candidate]) -> np.ndarray:
        """Features, (candidates, features)."""
        if not candidates:
            return np.zeros((0, 1))
        strategy = [self.place.get(c.strategy, -1) for c in candidates]
        grants = [c.grant for c in candidates]
        return self.of_sets([c.members for c in candidates], np.array(strategy), np.array(grants))

    def of_sets(
        self, sets: Sequence[tuple[int, ...]], strategy: np.ndarray | int, grant: np.ndarray | float
    ) -> np.ndarray:
        """Features of sets of villages, each by a strategy (its place, -1 none) and a
        grant, (sets, features)."""
        n = np.array([len(members) for members in sets], float)
        money = np.broadcast_to(np.asarray(grant, float) / USUAL, n.shape)
        begins = np.concatenate([[0], np.cumsum(n[:-1]).astype(int)])
        sums = np.add.reduceat(self.traits[np.concatenate(list(sets)).astype(int)], begins, axis=0)
        by = np.broadcast_to(strategy, n.shape)[:, None] == np.arange(len(self.place))
        sizes = [np.ones_like(n), n, n * n, money * n, (money * n) ** 0.5, n * money**0.5]
        return np.hstack([np.stack(sizes, axis=1), sums, money[:, None] * sums, n[:, None] * by])


class Beliefs:
    """Believed scores of candidates, and a forecast for alliances that were not simulated."""

    def __init__(
        self, candidates: Sequence[Candidate], scores: np.ndarray, likeness: Likeness | None
    ) -> None:
        """`scores` (candidates, runs). Without `likeness` a score is believed as it stands."""
        self.likeness = likeness
        self._forecast: np.ndarray | None = None
        self.scores = scores.mean(axis=1)
        if likeness is None or not scores.size:
            return
        single = np.array([len(c.members) == 1 for c in candidates])
        for those in (np.flatnonzero(single), np.flatnonzero(~single)):
            if those.size >= FEWEST:
                kind = [candidates[int(c)] for c in those]
                self._forecast = self._draw_in(those, likeness.of(kind), scores[those])
        if (~single).sum() < FEWEST:
            self._forecast = None

    def _draw_in(self, those: np.ndarray, x: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """Draw the scores of candidates of a kind towards each other; gives the
        weights of their features.

        What a run does to all alike is no error of one. A candidate that stands out by far more
        than its error is believed though most do not: where one river has what all others lack, the
        spread of the many says nothing of the few.
        """
        gram = x.T @ x + RIDGE * those.size * np.eye(x.shape[1])
        by_run = scores - x @ np.linalg.solve(gram, x.T @ scores)
        over = by_run.mean(axis=1)
        error = by_run.var(axis=1, ddof=1) / scores.shape[1]
        spread = max(0.0, float((over**2).mean() - error.mean()))
        of_all = spread / (spread + error + 1e-300)
        of_itself = 1.0 - STANDS_OUT**2 * error / np.maximum(over**2, 1e-300)
        trust = np.clip(np.maximum(of_all, of_itself), 0.0, 1.0)
        weights = np.linalg.solve(gram, x.T @ self.scores[those])
        self.scores[those] = x @ weights + trust * over
        return np.asarray(weights)

    def of_sets(
        self, sets: Sequence[tuple[int, ...]], classes: Sequence[tuple[str, float]]
    ) -> np.ndarray:
        """What sets of villages may bring by each strategy and grant of `classes`, (sets, classes);
        nought where nothing could be learned."""
        beliefs = np.zeros((len(sets), len(classes)))
        if self._forecast is None or self.likeness is None or not sets:
            return beliefs
        for i, (strategy, grant) in enumerate(classes):
            place = self.likeness.place.get(strategy, -1)
            beliefs[:, i] = self.likeness.of_sets(sets, place, grant) @ self._forecast
        return beliefs

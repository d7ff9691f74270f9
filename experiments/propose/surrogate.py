"""Screen: what villages themselves expect of a set that does not exist yet, and a cheap forecast of what the model would say.

Expectations are the model's own (`sim.rules.expectation.weigh`): the measure by which villages join and leave. They decide whether
anybody is willing. The forecast is a ridge regression of simulated scores on a set's size, way, borders, means and expectations,
fitted anew whenever more candidates have been simulated; it says which candidates deserve to be simulated next, and how far a score
from few runs is to be believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from village_alliances.sim.compiled import compiled
from village_alliances.sim.rules.expectation import promised, weigh
from village_alliances.sim.rules.formation import leader_of

RIDGE = 1.0
LEAST = 30  # simulated candidates of one strategy and grant that it takes to trust its own line


@compiled
def _weigh_sets(w, who, first, strategy, times, worth):  # type: ignore[no-untyped-def]
    """Fill worth[run, member row] (yuan a year) for sets who[first[c]:first[c + 1]] with strategy[c] and times[c]
    the usual grant."""
    runs = w.r.size
    villages = w.v.id.size // runs
    inside = np.empty(64, np.int64)
    out = np.empty(64)
    for c in range(first.size - 1):
        n = first[c + 1] - first[c]
        for r in range(runs):
            for m in range(n):
                inside[m] = r * villages + who[first[c] + m]
            promise = promised(w, r, times[c], w.l[r].grant_years)
            weigh(
                w,
                r,
                inside[:n],
                n,
                leader_of(w, r, inside, n, strategy[c]),
                strategy[c],
                promise,
                0,
                n,
                out,
            )
            for m in range(n):
                worth[r, first[c] + m] = out[m]


def expectations(
    society: Any, sets: Sequence[tuple[int, ...]], strategies: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What members expect of each set with its strategy (index) and `times` the usual grant, mean over the society's runs.

    Gives (first, (members,)): where each set's members begin, and yuan a year.
    """
    first = np.concatenate([[0], np.cumsum([len(group) for group in sets])]).astype(np.int64)
    who = np.array([i for group in sets for i in group], np.int64)
    worth = np.empty((society.r.size, who.size))
    _weigh_sets(
        society, who, first, np.asarray(strategies, np.int64), np.asarray(times, float), worth
    )
    return first, worth.mean(axis=0)


class Forecast:
    """Ridge lines from features to scores, one for each class (strategy and grant) with enough cases, else one for all."""

    def __init__(
        self, features: np.ndarray, classes: np.ndarray, scores: np.ndarray, noise: np.ndarray
    ) -> None:
        """`features` (cases, k), `classes` (cases,), `scores` (cases,) and the variance of each score from luck, `noise` (cases,)."""
        self.middle = features.mean(axis=0)
        spread = features.std(axis=0)
        self.spread = np.where(spread > 0, spread, 1.0)
        x = self._columns(features)
        self.common = _ridge(x, scores)
        self.own: dict[int, np.ndarray] = {}
        self.trust: dict[int, float] = {}
        rest = scores - x @ self.common
        self.off: dict[int, float] = {}
        for kind in np.unique(classes):
            those = classes == kind
            here = int(those.sum())
            self.off[int(kind)] = float(rest[those].sum() / (here + 5.0))
            if here >= LEAST:
                self.own[int(kind)] = _ridge(x[those], scores[those])
            left = scores[those] - self._line(int(kind), x[those])
            real = (
                max(0.0, float((left**2).mean() - noise[those].mean()))
                if here >= 10
                else float(left.var())
            )
            self.trust[int(kind)] = real  # variance of what the line does not know
        self.usual = float(np.median(list(self.trust.values()))) if self.trust else 0.0

    def __call__(self, features: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Forecast scores, (cases,)."""
        x = self._columns(features)
        found = np.empty(classes.size)
        for kind in np.unique(classes):
            those = classes == kind
            found[those] = self._line(int(kind), x[those])
        return found

    def believe(
        self, scores: np.ndarray, noise: np.ndarray, features: np.ndarray, classes: np.ndarray
    ) -> np.ndarray:
        """Scores drawn towards their forecast as far as luck may have made them: less luck, less drawn."""
        real = np.array([self.trust.get(int(kind), self.usual) for kind in classes])
        weight = np.where(
            real + noise > 0, real / np.where(real + noise > 0, real + noise, 1.0), 1.0
        )
        line = self(features, classes)
        return np.asarray(line + weight * (scores - line))

    def _line(self, kind: int, x: np.ndarray) -> np.ndarray:
        if kind in self.own:
            return np.asarray(x @ self.own[kind])
        return np.asarray(x @ self.common + self.off.get(kind, 0.0))

    def _columns(self, features: np.ndarray) -> np.ndarray:
        return np.column_stack([np.ones(features.shape[0]), (features - self.middle) / self.spread])


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    penalty = np.eye(x.shape[1]) * RIDGE
    penalty[0, 0] = 0.0
    return np.asarray(np.linalg.solve(x.T @ x + penalty, x.T @ y))

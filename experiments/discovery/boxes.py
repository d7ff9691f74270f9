"""Boxes in which failures crowd, and the search for them in the nodes of a tree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

DEPTH = 3  # bounds that a box has at most
SMALLEST = 0.04  # of the runs: smaller boxes are not looked at
PLAINER = 0.95  # of the best score is enough for a box with fewer bounds


@dataclass(frozen=True)
class Box:
    """Bounds on few quantities: name -> (above, up to); infinite where open. Counts are of runs
    that the search has not seen, of which the share `apart` tells something of its own (less than 1
    where runs share their luck): `band` and `chance` count no more."""

    bounds: Mapping[str, tuple[float, float]]
    inside: int
    failures_inside: int
    runs: int
    failures: int
    apart: float = 1.0

    def holds(self, conditions: pd.DataFrame) -> np.ndarray:
        """Which runs lie in it, (runs,)."""
        inside = np.ones(len(conditions), bool)
        for name, (low, high) in self.bounds.items():
            values = conditions[name].to_numpy(float)
            inside &= (values > low) & (values <= high)
        return inside

    @property
    def density(self) -> float:
        """Share of the runs in the box that fail; nan if there are none."""
        return self.failures_inside / self.inside if self.inside else math.nan

    @property
    def coverage(self) -> float:
        """Share of all failures that lie in the box; nan if there are none."""
        return self.failures_inside / self.failures if self.failures else math.nan

    @property
    def base(self) -> float:
        """Share of all runs that fail."""
        return self.failures / self.runs if self.runs else math.nan

    @property
    def band(self) -> tuple[float, float]:
        """95% interval of the density (Wilson 1927)."""
        from scipy.stats import binomtest

        if not self.inside:
            return math.nan, math.nan
        inside = max(1, round(self.apart * self.inside))
        interval = binomtest(round(self.density * inside), inside).proportion_ci(method="wilson")
        return float(interval.low), float(interval.high)

    @property
    def chance(self) -> float:
        """Chance that so many failures fall into a box of this size by luck alone
        (Fisher's exact test, one-sided)."""
        from scipy.stats import hypergeom

        counts = (self.failures_inside, self.runs, self.failures, self.inside)
        failing, runs, failures, inside = (round(self.apart * count) for count in counts)
        return float(hypergeom.sf(failing - 1, runs, failures, inside))


def boxes_of(
    conditions: pd.DataFrame, fails: np.ndarray
) -> tuple[list[tuple[dict[str, tuple[float, float]], float]], tuple[str, ...]]:
    """Every box of two trees (failures weighing as much as successes, or as they are), with how
    many more failures (a share of the runs) it holds than its size would lead to expect; and the
    quantities by their weight in the trees."""
    from sklearn.tree import DecisionTreeClassifier

    least = max(10, round(SMALLEST * len(conditions)))
    by_bounds: dict[
        tuple[tuple[str, float, float], ...], tuple[dict[str, tuple[float, float]], float]
    ] = {}
    weights = np.zeros(conditions.shape[1])
    base, values = float(fails.mean()), conditions.to_numpy(float)
    for weighing in (None, "balanced"):
        tree = DecisionTreeClassifier(
            max_depth=DEPTH, min_samples_leaf=least, class_weight=weighing, random_state=0
        ).fit(values, fails)
        weights += tree.feature_importances_
        for bounds in _nodes(tree.tree_, list(conditions.columns)):
            box = measured_box(bounds, conditions, fails)
            key = tuple((name, *ends) for name, ends in sorted(bounds.items()))
            by_bounds[key] = (bounds, box.inside / len(conditions) * (box.density - base))
    order = np.argsort(-weights, kind="stable")
    return list(by_bounds.values()), tuple(conditions.columns[i] for i in order if weights[i] > 0)


def _nodes(tree: Any, names: Sequence[str]) -> Iterator[dict[str, tuple[float, float]]]:
    """The bounds of every node of a tree but its root."""
    waiting: list[tuple[int, dict[str, tuple[float, float]]]] = [(0, {})]
    while waiting:
        node, bounds = waiting.pop()
        if bounds:
            yield bounds
        if tree.children_left[node] >= 0:
            name, threshold = names[tree.feature[node]], float(tree.threshold[node])
            low, high = bounds.get(name, (-math.inf, math.inf))
            waiting.append(
                (int(tree.children_left[node]), {**bounds, name: (low, min(high, threshold))})
            )
            waiting.append(
                (int(tree.children_right[node]), {**bounds, name: (max(low, threshold), high)})
            )


def plainest(boxes: Sequence[tuple[Mapping[str, tuple[float, float]], float]]) -> int:
    """The plainest box whose score comes near the best one; -1 where none holds more
    failures than its share."""
    top = max((score for _, score in boxes), default=0.0)
    good = [i for i, (_, score) in enumerate(boxes) if score > 0 and score >= PLAINER * top]
    return min(good, key=lambda i: (_ends(boxes[i][0]), -boxes[i][1])) if good else -1


def _ends(bounds: Mapping[str, tuple[float, float]]) -> int:
    return sum(math.isfinite(end) for pair in bounds.values() for end in pair)


def measured_box(
    bounds: Mapping[str, tuple[float, float]], conditions: pd.DataFrame, fails: np.ndarray
) -> Box:
    inside = Box(bounds, 0, 0, 0, 0).holds(conditions)
    return Box(bounds, int(inside.sum()), int(fails[inside].sum()), fails.size, int(fails.sum()))

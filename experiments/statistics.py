"""Statistics of paired runs: run k met the same luck under every strategy, so runs
are compared one by one.

Two kinds of interval, never to be mixed up. A *band* (5 to 95% of the runs) is the spread over luck
and over what is not known; more runs do not narrow it. A *standard error* says how exactly a mean
or median of the runs is known; it shrinks with the root of their number. All functions leave out
runs that failed (nan); `better` is +1 where more is better, -1 where less is.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

LOW, HIGH = 5.0, 95.0  # per cent of the runs
# values closer than this part of them are equal: sums in another order differ in the last bits
TIE = 1e-9
Z95 = 1.959963984540054


class Band(NamedTuple):
    """Median and the band that holds nine runs of ten."""

    median: float
    low: float
    high: float


def band(values: np.ndarray) -> Band:
    """Median, 5th and 95th percentile of `values` (runs,)."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return Band(math.nan, math.nan, math.nan)
    low, median, high = np.percentile(finite, (LOW, 50.0, HIGH))
    return Band(float(median), float(low), float(high))


def differences(values: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """`values - baseline` run by run (any equal shapes); exactly 0 where they tie, nan
    where either run failed."""
    gaps = values - baseline
    gaps[np.abs(gaps) <= TIE * np.maximum(np.abs(values), np.abs(baseline))] = 0.0
    return gaps


def probability_better(difference: np.ndarray, better: int) -> float:
    """Share of paired runs in which the difference goes the better way; a tie counts half. nan
    where neither way is better."""
    finite = difference[np.isfinite(difference)]
    if better == 0 or finite.size == 0:
        return math.nan
    return float(np.mean(better * finite > 0) + 0.5 * np.mean(finite == 0))


def standard_error_of_mean(values: np.ndarray) -> float:
    """How exactly the mean of the runs is known: sd / sqrt(n)."""
    finite = values[np.isfinite(values)]
    return float(finite.std(ddof=1) / math.sqrt(finite.size)) if finite.size > 1 else math.nan


def standard_error_of_median(values: np.ndarray) -> float:
    """How exactly the median of the runs is known, whatever their distribution.

    From the order statistics round the middle, z * sqrt(n) / 2 places to either side: their
    distance is a 95% interval of the median, so a fourth of it (by z) is the standard error. nan
    below six runs, where that interval does not exist.
    """
    finite = np.sort(values[np.isfinite(values)])
    n = finite.size
    if n < 6:
        return math.nan
    reach = Z95 * math.sqrt(n) / 2.0
    low = max(0, math.floor(n / 2.0 - reach))
    high = min(n - 1, math.ceil(n / 2.0 + reach) - 1)
    return float((finite[high] - finite[low]) / (2.0 * Z95))


def runs_needed(difference: np.ndarray, within: float) -> float:
    """Runs with which the mean difference is known to +-`within` with 95% confidence: (z sd
    / within)^2, at least 2."""
    finite = difference[np.isfinite(difference)]
    if finite.size < 2 or not within > 0:
        return math.nan
    return float(max(2, math.ceil((Z95 * finite.std(ddof=1) / within) ** 2)))


def complete(values: np.ndarray) -> np.ndarray:
    """The runs (rows) of `values` (runs, strategies) that succeeded under every
    strategy, with ties made exact."""
    value = values[np.isfinite(values).all(axis=1)]
    return _levelled(value)


def _levelled(values: np.ndarray) -> np.ndarray:
    """In each row, values within TIE of the next smaller one become that one."""
    order = np.argsort(values, axis=1, kind="stable")
    ascending = np.take_along_axis(values, order, axis=1)
    for i in range(1, values.shape[1]):
        before, lower = ascending[:, i - 1], ascending[:, i]
        tied = np.abs(lower - before) <= TIE * np.maximum(np.abs(lower), np.abs(before))
        lower[tied] = before[tied]
    levelled = np.empty_like(values)
    np.put_along_axis(levelled, order, ascending, axis=1)
    return levelled


def ranks(values: np.ndarray, better: int) -> np.ndarray:
    """Rank of each strategy in each run, 1 the best, ties their mean rank; `values`
    (runs, strategies), complete."""
    ranks = np.empty_like(values)
    for k in range(values.shape[1]):
        own = values[:, k : k + 1]
        ranks[:, k] = (better * values > better * own).sum(axis=1) + (
            (values == own).sum(axis=1) + 1
        ) / 2
    return ranks


def probability_of_best(values: np.ndarray, better: int) -> np.ndarray:
    """Share of runs in which each strategy is the best, shape (strategies,), sum 1; those that
    tie for best share the run."""
    if not values.size:
        return np.full(values.shape[1], math.nan)
    best = values == (better * values).max(axis=1, keepdims=True) * better
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def regret(values: np.ndarray, better: int) -> np.ndarray:
    """What each strategy falls short of the best one in each run, (runs, strategies), 0 or more."""
    if not values.size:
        return np.empty_like(values)
    return np.asarray((better * values).max(axis=1, keepdims=True) - better * values)


def cost_per_success(cost: np.ndarray, successes: np.ndarray) -> float:
    """What all runs spend over all that they achieve (nan if nothing). A mean of each run's own
    ratio would leave out the failures."""
    fine = np.isfinite(cost) & np.isfinite(successes)
    achieved = successes[fine].sum()
    return float(cost[fine].sum() / achieved) if achieved > 0 else math.nan

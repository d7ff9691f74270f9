"""What to find out first: which unknown, if it were known before deciding, would change the
choice, and what that is worth.

Expected value of partial perfect information from the runs that are there. The paired
differences of the options are regressed on an unknown over one half of the runs; on the other
half, for each run, the option is taken that the regression expects to do best there, and what it
brings more than the option that is best on average is counted. So nothing is valued on the runs
that chose it, and an unknown that says nothing is worth nothing, or a little less. Halves change
places, and the split is repeated.

Noise is known by shuffling: the unknowns keep their places beside each other, the runs' outcomes
are dealt out anew. `chance` is the share of shuffles in which the best of all unknowns looks as
good: it holds for all of them together. Some hundred runs carry a few dozen unknowns, so these are
groups; only within a group that is more than noise are its parts asked, one by one.

Strong, Oakley, Brennan (2014), Med Decis Making 34:311; Westfall and Young (1993)
for the maximum over many.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments import statistics
from village_alliances.experiments.answer.evidence import Said

SPLITS, SHUFFLES = 5, 200
QUICK_SPLITS, QUICK_SHUFFLES = 2, 40  # beside a comparison, which should not wait for it
LEAST = 100  # runs, below which nothing is asked
FOUND = 0.025  # family-wise: of 100 cases of noise five or fewer look like something, nearly always
FEW_VALUES = 6  # an unknown of at most so many values is taken as it stands, one column a value
KNOTS, DEGREE = 4, 3
JOINT = 4  # unknowns of a larger group enter by straight lines
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 1e9)  # of the ridge, in runs; the last one lets nothing through


@dataclass(frozen=True)
class Unknown:
    """Something that could be found out. `values` (runs,) or (runs, columns) as drawn in each run;
    how it is asked, and of whom. `parts`: what a group is made of."""

    name: str
    values: np.ndarray
    title: Said
    question: Said
    who: Said
    parts: tuple[Unknown, ...] = ()


@dataclass(frozen=True)
class Worth:
    """What knowing one unknown is worth: yuan a village and year with its 95% interval; the share
    of runs in which the choice would be another, and which it would be most often; the chance that
    the best of all unknowns looks so by noise. `within`: the parts of a group that are more than
    noise among themselves, the most valuable first."""

    unknown: Unknown
    value: float
    low: float
    high: float
    changes: float
    instead: str
    chance: float
    within: tuple[Worth, ...] = ()

    @property
    def beyond_noise(self) -> bool:
        """Whether it is more than noise."""
        return self.chance <= FOUND and self.value > 0


@dataclass(frozen=True)
class Inquiry:
    """All unknowns, the most valuable first, those not told from noise by the upper end of their
    interval. `choice`: the option that is best on average. `seen`:
    a value that would have been told from noise whatever the unknown; nan where nothing was asked.
    `perfect`: what knowing everything, chance included, would be worth."""

    worths: tuple[Worth, ...] = ()
    choice: str = ""
    seen: float = math.nan
    perfect: float = math.nan
    runs: int = 0
    left_out: tuple[str, ...] = field(default=())

    @property
    def worthwhile(self) -> tuple[Worth, ...]:
        """Those that are more than noise."""
        return tuple(worth for worth in self.worths if worth.beyond_noise)


def inquire(
    outcomes: Mapping[str, np.ndarray],
    unknowns: Sequence[Unknown],
    *,
    splits: int = SPLITS,
    shuffles: int = SHUFFLES,
    seed: int = 1,
) -> Inquiry:
    """Value every unknown. `outcomes`: of each option, the baseline among them, (runs,); more is
    better. Failed runs are left out.

    An unknown that is the same in every run is left out; under LEAST runs, or with one option,
    nothing is asked. The parts of an unknown are asked where it is more than noise.
    """
    inquiry = _inquired(outcomes, unknowns, splits, shuffles, seed)
    worths = [
        replace(
            worth,
            within=_inquired(outcomes, worth.unknown.parts, splits, shuffles, seed).worthwhile,
        )
        if worth.beyond_noise and worth.unknown.parts
        else worth
        for worth in inquiry.worths
    ]
    return replace(inquiry, worths=tuple(worths))


def _inquired(
    outcomes: Mapping[str, np.ndarray],
    unknowns: Sequence[Unknown],
    splits: int,
    shuffles: int,
    seed: int,
) -> Inquiry:
    """The unknowns as they are, without their parts."""
    names = list(outcomes)
    values = np.stack([np.asarray(outcomes[name], float) for name in names], axis=1)
    fine = np.isfinite(values).all(axis=1)
    values = values[fine]
    n = len(values)
    if n < LEAST or len(names) < 2:
        return Inquiry(runs=n)
    best = int(values.mean(axis=0).argmax())
    perfect = float(values.max(axis=1).mean() - values[:, best].mean())
    bases = {unknown.name: _basis(np.asarray(unknown.values, float)[fine]) for unknown in unknowns}
    asked = [unknown for unknown in unknowns if bases[unknown.name].shape[1]]
    left_out = tuple(unknown.name for unknown in unknowns if not bases[unknown.name].shape[1])
    if not asked or perfect <= 0:
        return Inquiry((), names[best], math.nan, perfect, n, left_out)
    draw = np.random.default_rng(seed)
    dealt = np.stack([np.arange(n), *(draw.permutation(n) for _ in range(shuffles))], axis=1)
    shuffled = np.stack([option[dealt] for option in values.T])  # (options, runs, shuffles + 1)
    orders = [draw.permutation(n) for _ in range(splits)]
    tallies = _brought([bases[question.name] for question in asked], shuffled, orders)
    scores = np.stack([_score(tally.gains) for tally in tallies])  # (unknowns, shuffles + 1)
    most = scores[:, 1:].max(axis=0)
    line = max(0.0, float(np.quantile(most, 1 - FOUND))) if shuffles else math.nan
    seen = 0.0
    worths = []
    for i, question in enumerate(asked):
        tally = tallies[i]
        value = float(tally.gains[:, 0].mean()) / splits
        error = math.sqrt(tally.spread / splits / n)
        chosen = tally.chosen / (n * splits)
        seen = max(seen, line * error)
        others = np.delete(np.arange(len(names)), best)
        worths.append(
            Worth(
                question,
                value,
                value - statistics.Z95 * error,
                value + statistics.Z95 * error,
                float(chosen[others].sum()),
                names[others[chosen[others].argmax()]],
                float((1 + (most >= scores[i, 0]).sum()) / (1 + shuffles)),
            )
        )
    worths.sort(key=_place)
    return Inquiry(tuple(worths), names[best], seen, perfect, n, left_out)


def _place(worth: Worth) -> tuple[bool, float, str]:
    """Where it stands: what is more than noise first, by its value; the others by what they may be
    worth at most. Equal ones by name."""
    if worth.beyond_noise:
        return False, -worth.value, worth.unknown.name
    return True, -worth.high, worth.unknown.name


def _basis(values: np.ndarray) -> np.ndarray:
    """Columns in which an unknown (runs,) or a group (runs, parts) enters the regression, (runs,
    columns); none where it never varies. Smooth curves of ranks, so that no outlier pulls; products
    of ranks where a few unknowns act together."""
    parts = values.reshape(len(values), -1)
    parts = parts[:, [np.unique(part).size > 1 for part in parts.T]]
    if not parts.shape[1]:
        return np.empty((len(values), 0))
    if parts.shape[1] > JOINT:
        return np.stack([_rank(part) for part in parts.T], axis=1)
    columns = [_curve(part) for part in parts.T]
    ranks = [_rank(part) for part in parts.T]
    products = [
        (ranks[i] * ranks[j])[:, None] for i in range(len(ranks)) for j in range(i + 1, len(ranks))
    ]
    return np.concatenate([*columns, *products], axis=1)


def _curve(part: np.ndarray) -> np.ndarray:
    """One unknown as columns: a curve of its rank, or one column a value where it has few."""
    from scipy.interpolate import BSpline

    parts, place = np.unique(part, return_inverse=True)
    if parts.size <= FEW_VALUES:
        return np.asarray(np.eye(parts.size)[place][:, 1:])
    rank = _rank(part)
    first, last = rank.min(), rank.max()
    step = (last - first) / (KNOTS - 1)
    knots = first + step * np.arange(-DEGREE, KNOTS + DEGREE)
    inside = np.clip(rank, knots[DEGREE], knots[-DEGREE - 1])
    columns = BSpline.design_matrix(inside, knots, DEGREE).toarray()
    return np.asarray(columns[:, :-1])  # all together are one, as the mean is


def _rank(part: np.ndarray) -> np.ndarray:
    """Ranks in -1..1, ties their mean rank."""
    return np.asarray(2 * (pd.Series(part).rank().to_numpy() - 0.5) / part.size - 1)


@dataclass
class _Tally:
    """What the choice by one unknown brings over the choice without it: `gains` (runs, shuffles +
    1), sum over the splits; `spread` sum over the splits of the variance in the runs as they are;
    `chosen` how often each option is taken there."""

    gains: np.ndarray
    chosen: np.ndarray
    spread: float = 0.0


def _brought(
    bases: Sequence[np.ndarray], values: np.ndarray, orders: Sequence[np.ndarray]
) -> list[_Tally]:
    """Choose by every unknown, on either half of every order of the runs. `values`
    (options, runs, shuffles + 1)."""
    options, n, sets = values.shape
    tallies = [_Tally(np.zeros((n, sets)), np.zeros(options)) for _ in bases]
    for order in orders:
        own = np.zeros((len(bases), n))
        half, other = order[: n // 2], order[n // 2 :]
        for fit, judged in ((half, other), (other, half)):
            fit_values, judged_values = values[:, fit], values[:, judged]
            usual = fit_values.mean(axis=1).argmax(axis=0)
            without = judged_values[usual, :, np.arange(sets)].T
            centre = fit_values.mean(axis=1)
            fit_values -= centre[:, None]
            for i, (basis, tally) in enumerate(zip(bases, tallies, strict=True)):
                by_choice, choice = _taken(
                    _expected(basis[fit], basis[judged], fit_values, centre), judged_values
                )
                gains = by_choice - without
                tally.gains[judged] += gains
                tally.chosen += np.bincount(choice, minlength=options)
                own[i, judged] = gains[:, 0]
        for tally, gains in zip(tallies, own, strict=True):
            tally.spread += float(gains.var(ddof=1))
    return tallies


def _taken(expected: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the option of the highest expectation brings, (runs, shuffles + 1), and which it is in
    the runs as they are, (runs,)."""
    most, brought = expected[0].copy(), values[0].copy()
    choice = np.zeros(len(most), np.int64)
    for i in range(1, len(expected)):
        better = expected[i] > most
        np.copyto(most, expected[i], where=better)
        np.copyto(brought, values[i], where=better)
        choice[better[:, 0]] = i
    return brought, choice


def _expected(
    basis: np.ndarray, rows: np.ndarray, values: np.ndarray, centre: np.ndarray
) -> np.ndarray:
    """Ridge regression of `values` (options, runs, sets; less its mean `centre`) on `basis`, at the
    points `rows`; the penalty of each response by generalised cross-validation over its own runs
    (Golub, Heath, Wahba 1979). Shape (options, points, sets)."""
    n = values.shape[1]
    middle, scale = basis.mean(axis=0), basis.std(axis=0)
    scale[scale == 0] = 1.0
    u, s, vt = np.linalg.svd((basis - middle) / scale, full_matrices=False)
    part = u.T @ values  # (options, columns, sets)
    shares = np.stack([s**2 / (s**2 + n * penalty) for penalty in PENALTIES])
    left = (values**2).sum(axis=1)[:, None] - (2 * shares - shares**2) @ part**2
    best = (left / (1 - (1 + shares.sum(axis=1)) / n)[:, None] ** 2).argmin(axis=1)
    slope = np.where(s > 1e-10 * s[0], 1 / np.maximum(s, 1e-300), 0.0)
    kept = np.moveaxis(shares[best] * slope, 2, 1)  # (options, columns, sets)
    return np.asarray(((rows - middle) / scale) @ vt.T @ (kept * part) + centre[:, None])


def _score(gains: np.ndarray) -> np.ndarray:
    """Mean over its standard error for each set of runs, (shuffles + 1,); nought where nothing
    is ever chosen otherwise."""
    error = gains.std(axis=0, ddof=1) / math.sqrt(len(gains))
    return np.asarray(
        np.divide(gains.mean(axis=0), error, out=np.zeros(len(error)), where=error > 0)
    )


def plain(inquiry: Inquiry) -> dict[str, Any]:
    """As JSON holds it."""
    return {
        "choice": inquiry.choice,
        "runs": inquiry.runs,
        "seen": inquiry.seen if math.isfinite(inquiry.seen) else None,
        "perfect": inquiry.perfect if math.isfinite(inquiry.perfect) else None,
        "unknowns": [_plain(worth) for worth in inquiry.worths],
    }


def _plain(item: Worth) -> dict[str, Any]:
    return {
        "name": item.unknown.name,
        "title": dict(item.unknown.title),
        "question": dict(item.unknown.question),
        "who": dict(item.unknown.who),
        "value": item.value,
        "low": item.low,
        "high": item.high,
        "changes": item.changes,
        "instead": item.instead,
        "chance": item.chance,
        "found": item.beyond_noise,
        "within": [_plain(part) for part in item.within],
    }

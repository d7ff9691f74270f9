"""Whether the inference can be believed before its result is: simulation-based calibration,
contraction, and agreement of two halves.

Ranks of known truths among their posteriors must be uniform (Talts and others 2018); contraction
stands beside, for a posterior that equals its prior passes any test of coverage. Contraction is
believed only above what evidence reaches that belongs to other sets, and a posterior only where two
halves of the sweep, which share no set, say about the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom
from village_alliances.calibration import priors, targets
from village_alliances.calibration.fit import (
    SEED,
    Posterior,
    PriorSample,
    contraction,
    infer,
    places_of,
    weights,
)

TRUTHS = 200
BINS = 10
AGAIN = 200  # resamplings and shufflings behind the standard error and the null of a contraction
EACH = (0.80, 0.98)  # coverage of 90% intervals that is allowed of each uncertainty
MEAN = (0.88, 0.92)  # and of their mean


@dataclass(frozen=True)
class Calibrated:
    """Ranks of truths (truths, fitted) in 0..1, and how often 90% intervals held them (fitted,)."""

    ranks: np.ndarray
    cover: np.ndarray

    def histogram(self) -> np.ndarray:
        """Truths in each of BINS bins of rank, shape (fitted, BINS)."""
        edges = np.linspace(0.0, 1.0, BINS + 1)
        return np.array([np.histogram(column, edges)[0] for column in self.ranks.T])

    def band(self) -> tuple[int, int]:
        """Counts between which all bins of all uncertainties lie with 95%
        where the posterior is right."""
        level = 0.05 / (BINS * self.ranks.shape[1])
        low, high = binom.ppf([level / 2, 1 - level / 2], len(self.ranks), 1 / BINS)
        return int(low), int(high)

    def passes(self) -> bool:
        """Coverage of each uncertainty and on average, and every bin, inside what is allowed."""
        low, high = self.band()
        counts = self.histogram()
        each = (self.cover >= EACH[0]).all() and (self.cover <= EACH[1]).all()
        return bool(
            each
            and MEAN[0] <= self.cover.mean() <= MEAN[1]
            and counts.min() >= low
            and counts.max() <= high
        )


def simulation_based(
    sample: PriorSample, evidence: targets.Evidence, truths: int = TRUTHS, seed: int = SEED
) -> Calibrated:
    """Take sets of the sample as truths, weigh all others by what documents would state of
    each, and rank it among them."""
    rng = np.random.default_rng(seed + 10)
    places = places_of(sample.sets)
    ranks, covered = [], []
    speak = np.flatnonzero(evidence.speaks())
    for i in rng.choice(speak, min(truths, speak.size), replace=False):
        likely = evidence.log_likelihood(stated_of(evidence, int(i), rng)).sum(axis=1)
        likely[i] = -np.inf
        rank = weights(likely) @ (places < places[i])
        ranks.append(rank)
        covered.append((rank > 0.05) & (rank < 0.95))
    return Calibrated(np.array(ranks), np.mean(covered, axis=0))


def stated_of(evidence: targets.Evidence, row: int, rng: np.random.Generator) -> dict[str, float]:
    """What documents would state of one set, target by target: a case is reported once, with
    the errors of its authors."""
    stated = {}
    for case, of_it in targets.OF_CASE.items():
        pick = rng.choice(np.flatnonzero(evidence.may[case][row] & evidence.tells(case)[row]))
        for t in of_it:
            plain = evidence.quantities[t.name][row, pick : pick + 1]
            error = t.discrepancy * rng.standard_normal(1)
            stated[t.name] = float(targets.qualify(plain + error, t.qualifier, rng)[0])
    return stated


@dataclass(frozen=True)
class Touch:
    """What the evidence says of each uncertainty: its contraction and bootstrap standard error
    (fitted,), where its mean has gone (fitted,) 0 to 1, and the contraction that none of them
    exceeds in 19 of 20 cases where evidence is shuffled against the sets."""

    contraction: np.ndarray
    error: np.ndarray
    mean: np.ndarray
    null: float

    @property
    def touched(self) -> np.ndarray:
        """Uncertainties whose contraction stands above the null, (fitted,), as both are told: in
        thousandths."""
        return np.asarray(np.round(self.contraction, 3) > round(self.null, 3))

    def names(self) -> list[str]:
        """Names of the uncertainties that the evidence touches, the most first."""
        order = np.argsort(-self.contraction)
        names = list(priors.fitted())
        return [names[i] for i in order if self.touched[i]]


def touch(sample: PriorSample, *, again: int = AGAIN, seed: int = SEED) -> Touch:
    """Weigh resampled sets, and sets whose evidence belongs to others."""
    rng = np.random.default_rng(seed + 60)
    posterior = infer(sample)
    places, count = posterior.places(), len(sample)
    drawn = [
        np.bincount(rng.integers(0, count, count), minlength=count) * posterior.weight
        for _ in range(again)
    ]
    resampled = contraction(places, np.array([draw / draw.sum() for draw in drawn]))
    shuffled = np.array([rng.permutation(posterior.weight) for _ in range(again)])
    return Touch(
        contraction=contraction(places, posterior.weight),
        error=np.std(resampled, axis=0, ddof=1),
        mean=np.asarray(posterior.weight @ places),
        null=float(np.quantile(contraction(places, shuffled).max(axis=1), 0.95)),
    )


def halves(posterior: Posterior) -> np.ndarray:
    """How far the means of two halves of the sweep lie apart, in sds of the prior (fitted,)."""
    places = posterior.places()
    means = []
    for part in (slice(0, None, 2), slice(1, None, 2)):
        weight = posterior.weight[part] / posterior.weight[part].sum()
        means.append(weight @ places[part])
    return np.asarray(np.abs(means[0] - means[1]) * np.sqrt(12.0))

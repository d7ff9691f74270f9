"""Whether the inference can be believed before its result is: simulation-based calibration, contraction, a second method.

Ranks of known truths among their posteriors must be uniform (Talts and others 2018); contraction stands beside, for a posterior
that equals its prior passes any test of coverage. The second method shares the sample and nothing else: a neural surrogate of
what the documents would state, a Gaussian likelihood about it, and Markov chains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import binom
from village_alliances.calibration import priors
from village_alliances.calibration.fit import (
    ACCEPT,
    SEED,
    TOLERANCE,
    UNTOUCHED,
    Posterior,
    Sample,
    infer,
)

TRUTHS = 200
BINS = 10
AGAIN = 100  # resamplings and shufflings behind the standard error and the null of a contraction
EACH = (0.82, 0.98)  # coverage of 90% intervals that is allowed of each composite
MEAN = (0.88, 0.92)  # and of their mean
CHAINS, STEPS, BURN = 64, 2000, 500


@dataclass(frozen=True)
class Calibrated:
    """Ranks of truths (truths, composites) in 0..1, and how often 90% intervals held them (composites,)."""

    ranks: np.ndarray
    cover: np.ndarray

    def histogram(self) -> np.ndarray:
        """Truths in each of BINS bins of rank, shape (composites, BINS)."""
        edges = np.linspace(0.0, 1.0, BINS + 1)
        return np.array([np.histogram(column, edges)[0] for column in self.ranks.T])

    def band(self) -> tuple[int, int]:
        """Counts between which all bins of all composites lie with 95% where the posterior is right."""
        level = 0.05 / (BINS * self.ranks.shape[1])
        low, high = binom.ppf([level / 2, 1 - level / 2], len(self.ranks), 1 / BINS)
        return int(low), int(high)

    def passes(self) -> bool:
        """Coverage of each composite and on average, and every bin, inside what is allowed."""
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
    sample: Sample, truths: int = TRUTHS, seed: int = SEED, accept: float = ACCEPT
) -> Calibrated:
    """Take sets of the sample as truths, infer each from its own statements without it, and rank it."""
    rng = np.random.default_rng(seed + 10)
    ranks, covered = [], []
    for at in rng.choice(len(sample), min(truths, len(sample)), replace=False):
        others = np.arange(len(sample)) != at
        found = infer(sample.where(others), sample.stated[at], accept=accept)
        rank = found.weight @ (found.shares < sample.shares[at])
        ranks.append(rank)
        covered.append((rank > 0.05) & (rank < 0.95))
    return Calibrated(np.array(ranks), np.mean(covered, axis=0))


def untouched(posterior: Posterior) -> list[str]:
    """Composites of which the evidence says next to nothing."""
    return [
        name
        for name, value in zip(priors.NAMES, posterior.contraction(), strict=True)
        if value < UNTOUCHED
    ]


@dataclass(frozen=True)
class Touch:
    """What the evidence says of each composite, and how sure that is, each (composites,): contraction, its bootstrap standard error,
    the contraction that targets shuffled against the sets reach in 19 of 20 cases, and the effective number of draws: posterior
    variance over the bootstrap variance of its mean, which counts what the regression costs and not the weights alone."""

    contraction: np.ndarray
    error: np.ndarray
    null: np.ndarray
    effective: np.ndarray

    @property
    def touched(self) -> np.ndarray:
        """Composites whose contraction stands above the null by two standard errors, shape (composites,)."""
        return np.asarray(self.contraction - 2.0 * self.error > self.null)

    def names(self) -> list[str]:
        """Names of the composites that the evidence touches."""
        return [name for name, said in zip(priors.NAMES, self.touched, strict=True) if said]


def touch(
    sample: Sample,
    stated: np.ndarray,
    *,
    again: int = AGAIN,
    seed: int = SEED,
    accept: float = ACCEPT,
) -> Touch:
    """Infer from resampled sets, and from sets whose statements belong to others."""
    rng = np.random.default_rng(seed + 60)
    found = infer(sample, stated, accept=accept)
    resampled = [
        infer(sample.where(rng.integers(0, len(sample), len(sample))), stated, accept=accept)
        for _ in range(again)
    ]
    shuffled = [
        infer(
            Sample(sample.shares[rng.permutation(len(sample))], sample.stated, sample.numbers),
            stated,
            accept=accept,
        ).contraction()
        for _ in range(again)
    ]
    means = np.array([one.mean() for one in resampled])
    return Touch(
        contraction=found.contraction(),
        error=np.array([one.contraction() for one in resampled]).std(axis=0, ddof=1),
        null=np.quantile(shuffled, 0.95, axis=0),
        effective=found.variance() / means.var(axis=0, ddof=1),
    )


@dataclass(frozen=True)
class Second:
    """The second method's means and sds of the places, each (composites,), and the share of proposals accepted."""

    mean: np.ndarray
    sd: np.ndarray
    accepted: float


def second_method(sample: Sample, stated: np.ndarray, seed: int = SEED) -> Second:
    """Posterior by a neural surrogate with a Gaussian likelihood, sampled by Metropolis chains."""
    from sklearn.neural_network import MLPRegressor

    inside = 2.0 * sample.shares - 1.0
    middle, spread = sample.stated.mean(axis=0), sample.stated.std(axis=0)
    z = (sample.stated - middle) / spread
    aim = (stated - middle) / spread
    net = MLPRegressor(
        hidden_layer_sizes=(48, 48),
        early_stopping=True,
        alpha=1e-3,
        max_iter=200,
        random_state=seed % 2**31,
    ).fit(inside, z)
    left = z - net.predict(inside)
    noise = MLPRegressor(
        hidden_layer_sizes=(24,),
        early_stopping=True,
        alpha=1e-2,
        max_iter=200,
        random_state=seed % 2**31,
    ).fit(inside, np.log(left**2 + 1e-4))
    scaled = left / np.exp(0.5 * noise.predict(inside))
    scale = scaled.std(axis=0)
    precision = np.linalg.inv(np.corrcoef(scaled.T))

    def log_density(y: np.ndarray) -> np.ndarray:
        places = expit(y)
        at = 2.0 * places - 1.0
        sd = np.exp(0.5 * noise.predict(at)) * scale
        e = (aim - net.predict(at)) / sd
        prior = np.log(places * (1.0 - places)).sum(axis=1)
        return np.asarray(
            prior - np.log(sd).sum(axis=1) - 0.5 * np.einsum("ij,jk,ik->i", e, precision, e)
        )

    rng = np.random.default_rng(seed + 20)
    now = logit(
        sample.shares[rng.choice(len(sample), CHAINS, replace=False)].clip(TOLERANCE, 1 - TOLERANCE)
    )
    value = log_density(now)
    kept, accepted = [], 0.0
    for step in range(STEPS):
        jump = 0.75 * rng.standard_normal(now.shape) * (2.4 / np.sqrt(now.shape[1]))
        fresh = now + jump
        fresh_value = log_density(fresh)
        take = np.log(rng.random(CHAINS)) < fresh_value - value
        now, value = np.where(take[:, None], fresh, now), np.where(take, fresh_value, value)
        accepted += take.mean() / STEPS
        if step >= BURN and step % 5 == 0:
            kept.append(expit(now))
    draws = np.concatenate(kept)
    return Second(draws.mean(axis=0), draws.std(axis=0), float(accepted))

"""The targets of the fit: what is simulated, what the document states, how its words are read, and
how far the model may be off.

A stated figure is a reading of a simulated quantity through its qualifier and a discrepancy, and
what a parameter set says of it is a density. So a bound does not reward infinity: where a
document says "over x", the truth is x exp(|e|) with e of sd 0.2, neither x nor anything above
it. All is compared as logs: nobody states a gain where there is none, so a society without one
makes the figure impossible.

Only figures of the parts `fit` and `given` of split.toml can be had here; asking for
another raises `HeldOut`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import log_ndtr, logsumexp
from village_alliances.calibration import evidence
from village_alliances.calibration.cases import CASES, first_rank, reported

SPLIT = Path(__file__).parent / "split.toml"
OVER = 0.2  # sd of the log by which "over x" understates, one-sided
ABOUT = 0.05  # sd of the log of "about" and "nearly"
Readings = Mapping[str, Mapping[str, np.ndarray]]


class HeldOut(LookupError):
    """A figure that the fit may not see."""


@cache
def split() -> dict[str, dict[str, str]]:
    """Part (fit, held_out, input) -> figure id -> reason."""
    with SPLIT.open("rb") as file:
        return tomllib.load(file)


def seen(id: str) -> evidence.Figure:
    """A figure of the fit, or a count that one is divided by. Raises HeldOut for any other."""
    if id not in split()["fit"] | split()["given"]:
        raise HeldOut(f"{id} is not in the part `fit` of {SPLIT.name}, so the fit may not see it")
    return evidence.figure(id)


def on_scale(value: np.ndarray | float) -> np.ndarray:
    """Yuan or counts -> logs; nan for what is not above nought, of which no
    document would state a figure."""
    values = np.asarray(value, float)
    return np.log(values, out=np.full(values.shape, np.nan), where=values > 0)


@dataclass(frozen=True)
class Target:
    """One comparison. `figures`: ids, the second divides the first for a ratio or mean.
    `qualifier`: as in the register. `discrepancy`: sd of the log of what the model leaves out."""

    name: str
    case: str
    quantity: str
    qualifier: str
    discrepancy: float
    figures: tuple[str, ...]
    why: str = ""

    @property
    def stated(self) -> float:
        """The stated figure in the quantity's own unit."""
        first, *others = (seen(id).value for id in self.figures)
        return first / others[0] if others else first

    def read(self, simulated: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """What a document would state of simulated quantities (n,), on the scale, with
        the model's discrepancy."""
        return qualify(
            on_scale(simulated) + self.discrepancy * rng.standard_normal(len(simulated)),
            self.qualifier,
            rng,
        )

    @property
    def spread(self) -> float:
        """Sd of the error without direction: what the model leaves out, and
        what "about" leaves open."""
        return float(np.hypot(self.discrepancy, ABOUT * (self.qualifier == "about")))

    @property
    def sign(self) -> int:
        """-1 where the words understate, 1 where they overstate, 0 where they do neither."""
        return signed_error(self.qualifier)


def qualify(values: np.ndarray, qualifier: str, rng: np.random.Generator) -> np.ndarray:
    """What an author writes who knows `values` (n,) of logs: below the truth for
    "over", near it for "about"."""
    error = rng.standard_normal(len(values))
    if sign := signed_error(qualifier):
        return np.asarray(values + sign * OVER * np.abs(error))
    return np.asarray(values + ABOUT * error) if qualifier == "about" else values


def signed_error(qualifier: str) -> int:
    """-1 where the words understate, 1 where they overstate, 0 where they do neither."""
    return {"more_than": -1, "at_least": -1, "less_than": 1, "at_most": 1}.get(qualifier, 0)


def log_density(away: np.ndarray, discrepancy: float, sign: int) -> np.ndarray:
    """Log density of a normal error of sd `discrepancy` plus, where `sign` is not 0, a one-sided
    one: a skew normal; -inf of nan."""
    away = np.where(np.isnan(away), np.inf, away)
    if sign == 0:
        flat = np.log(discrepancy * np.sqrt(2 * np.pi))
        return np.asarray(-0.5 * (away / discrepancy) ** 2 - flat)
    sd = float(np.hypot(discrepancy, OVER))
    z = away / sd
    tilt = np.where(np.isinf(z), 0.0, log_ndtr(sign * OVER / discrepancy * z))
    return np.asarray(np.log(2.0) - 0.5 * z**2 - np.log(sd * np.sqrt(2 * np.pi)) + tilt)


TARGETS = (
    Target("leishan", "jinxi", "leishan_rise", "about", 0.3, ("jinxi-leishan-collective-gain",),
           why="operating income of 2018 less that of 2014, the campaign's part included"),
    Target("qingyun", "tengtou", "qingyun_level", "more_than", 0.2, ("tengtou-qingyun-collective-after",),
           why="level of 2018 from 300,000 at the start"),
    Target("size", "fenghua", "size", "exact", 0.1, ("fenghua-villages-covered-2018", "fenghua-alliances-2018"),
           why="villages to an alliance at the end of 2018; how many villages are covered is an input"),
    Target("zibo", "zibo", "gain", "more_than", 0.4, ("zibo-collective-gain", "zibo-villages-covered-2021"),
           why="mean gain of covered villages at the stated public money; whether yearly or summed is not said, hence the wide discrepancy"),
)  # fmt: skip
OF_CASE = {case: tuple(t for t in TARGETS if t.case == case) for case in CASES}


@dataclass(frozen=True)
class Evidence:
    """What each set of a sweep may report, ready to be compared: by target, quantities on the scale
    (n, luck), in order of what a named case is selected by; `may` by case, which of these may be
    the one reported, and `count` how many (n,)."""

    quantities: Mapping[str, np.ndarray]
    may: Mapping[str, np.ndarray]
    count: Mapping[str, np.ndarray]

    def tells(self, case: str) -> np.ndarray:
        """Which draws of luck have something to state of every quantity of a case, (n, luck)."""
        return ~np.any([np.isnan(self.quantities[t.name]) for t in OF_CASE[case]], axis=0)

    def speaks(self) -> np.ndarray:
        """Which sets have a draw of every case that may be reported and has
        something to state, (n,)."""
        return np.all(
            [(may & self.tells(case)).any(axis=1) for case, may in self.may.items()], axis=0
        )

    def log_likelihood(self, stated: Mapping[str, float | np.ndarray] | None = None) -> np.ndarray:
        """Log density that each set gives what documents state (default: the register's figures),
        a column a case: (n, cases). Of a named case it is the mean over the draws of luck that
        may be the ones reported."""
        figures = stated or {t.name: float(on_scale(t.stated)) for t in TARGETS}
        columns = []
        for case, of_it in OF_CASE.items():
            density = sum(
                log_density(figures[t.name] - self.quantities[t.name], t.spread, t.sign)
                for t in of_it
            )
            columns.append(
                logsumexp(np.where(self.may[case], density, -np.inf), axis=1)
                - np.log(self.count[case])
            )
        return np.column_stack(columns)


def evidence_of(readings: Readings, share: np.ndarray) -> Evidence:
    """What the sets of a sweep may report; named cases from above the quantile `share` (n,)."""
    quantities, may, count = {}, {}, {}
    for name, of_it in OF_CASE.items():
        case, reading = CASES[name], readings[name]
        ranks = np.arange(case.luck)
        first = first_rank(case, share) if case.best else np.zeros(len(share), int)
        may[name] = ranks >= first[:, None]
        count[name] = case.luck - first
        for t in of_it:
            values = on_scale(reading[t.quantity])
            if case.best:
                order = np.argsort(reading[case.best], axis=1, kind="stable")
                values = np.take_along_axis(values, order, axis=1)
            quantities[t.name] = values
    return Evidence(quantities, may, count)


def observe(
    readings: Readings, share: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """What documents would state of simulated societies, target by target, on its scale (n,):
    cases selected, errors added."""
    reports = report(readings, share, rng)
    return {t.name: t.read(reports[t.case][t.quantity], rng) for t in TARGETS if t.case in reports}


def report(
    readings: Readings, share: np.ndarray, rng: np.random.Generator
) -> dict[str, dict[str, np.ndarray]]:
    """The draw of luck that stands in the documents: a named case is picked
    above its set's quantile."""
    return {
        name: reported(CASES[name], dict(reading), share, rng.random(len(share)))
        for name, reading in readings.items()
    }

"""The targets of the fit: what is simulated, what the document states, how its words are read, and how far the model may be off.

A stated figure is a reading of a simulated quantity through its qualifier and a discrepancy, both part of the simulation: to
each simulated quantity errors are added, and the result is compared with the figure. So a bound does not reward infinity: where a
document says "over x", the truth is x exp(|e|) with e of sd 0.2, neither x nor anything above it.

Only figures of the part `fit` of split.toml can be had here; asking for another raises `HeldOut`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from village_alliances.calibration import evidence, priors
from village_alliances.calibration.cases import CASES, selected

SPLIT = Path(__file__).parent / "split.toml"
OVER = 0.2  # sd of the log by which "over x" understates, one-sided
ABOUT = 0.05  # sd of the log of "about" and "nearly"
PENNILESS = 10_000.0  # yuan; differences of income are compared as asinh(x / PENNILESS): as logs where large, linear near nought
Readings = Mapping[str, Mapping[str, np.ndarray]]


class HeldOut(LookupError):
    """A figure that the fit may not see."""


@cache
def split() -> dict[str, dict[str, str]]:
    """Part (fit, held_out, input) -> figure id -> reason."""
    with SPLIT.open("rb") as file:
        return tomllib.load(file)


def seen(id: str) -> evidence.Figure:
    """A figure of the fit. Raises HeldOut for any other."""
    if id not in split()["fit"]:
        raise HeldOut(f"{id} is not in the part `fit` of {SPLIT.name}, so the fit may not see it")
    return evidence.figure(id)


@dataclass(frozen=True)
class Target:
    """One comparison. `figures`: ids, the last divides the first for a ratio or mean. `qualifier`: as in the register, or `bound`:
    the simulated quantity lies under the figure. `discrepancy`: sd, on the scale, of what the model leaves out. `literature`: a
    median instead of figures."""

    name: str
    case: str
    quantity: str
    qualifier: str
    discrepancy: float
    figures: tuple[str, ...] = ()
    scale: str = "log"
    literature: float | None = None
    why: str = ""

    def on_scale(self, value: np.ndarray | float) -> np.ndarray:
        """Yuan or counts -> the scale on which errors are added."""
        values = np.asarray(value, float)
        return (
            np.arcsinh(values / PENNILESS)
            if self.scale == "asinh"
            else np.log(np.maximum(values, 1e-3))
        )

    def back(self, value: np.ndarray | float) -> np.ndarray:
        """The inverse of `on_scale`."""
        values = np.asarray(value, float)
        return PENNILESS * np.sinh(values) if self.scale == "asinh" else np.exp(values)

    @property
    def stated(self) -> float:
        """The stated figure in the quantity's own unit."""
        if self.literature is not None:
            return self.literature
        first, *others = (seen(id).value for id in self.figures)
        return first / others[0] if others else first

    def read(self, simulated: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """What a document would state of simulated quantities (n,), on the scale, with the model's discrepancy."""
        return qualify(
            self.on_scale(simulated) + self.discrepancy * rng.standard_normal(len(simulated)),
            self.qualifier,
            rng,
        )


def qualify(values: np.ndarray, qualifier: str, rng: np.random.Generator) -> np.ndarray:
    """What an author writes who knows `values` (n,) of logs: below the truth for "over", near it for "about"."""
    error = rng.standard_normal(len(values))
    if qualifier in ("more_than", "at_least"):
        return np.asarray(values - OVER * np.abs(error))
    if qualifier in ("less_than", "at_most"):
        return np.asarray(values + OVER * np.abs(error))
    return np.asarray(values + ABOUT * error) if qualifier == "about" else values


TARGETS = (
    Target("leishan", "jinxi", "leishan_rise", "about", 0.3, ("jinxi-leishan-collective-gain",), "asinh",
           why="collective income of 2018 less that of 2014, the campaign's part included"),
    Target("jine", "jinxi", "jine_level", "exact", 0.3, ("jine-collective-2017",),
           why="level of 2017; the start is not known, so that it says little about the rules"),
    Target("qingyun", "tengtou", "qingyun_level", "more_than", 0.2, ("tengtou-qingyun-collective-after",),
           why="level of 2018 from 300,000 at the start"),
    Target("size", "fenghua", "size", "exact", 0.1, ("fenghua-villages-covered-2018", "fenghua-alliances-2018"),
           why="villages to an alliance at the end of 2018"),
    Target("covered", "fenghua", "covered", "exact", 0.1, ("fenghua-villages-covered-2018",),
           why="villages covered at the end of 2018; with the size this is the number of alliances"),
    Target("zibo", "zibo", "gain", "more_than", 0.4, ("zibo-collective-gain", "zibo-villages-covered-2021"),
           why="mean gain of covered villages at the stated public money; whether yearly or summed is not said, hence the wide discrepancy"),
    Target("treatment", "zibo", "relative_gain", "exact", priors.TREATMENT[1], literature=priors.TREATMENT[0],
           why="the literature's prior of an alliance's effect, as a weak observation"),
)  # fmt: skip
BOUNDS = (
    Target("tianyang", "chunhu", "tianyang_rent", "bound", 0.3, ("chunhu-tianyang-rent-after",),
           why="what pooled land brings, under 60 times the old rent: that came with planted orchards"),
    Target("yuanao", "chunhu", "yuanao_per_mu", "bound", 0.3, ("chunhu-yuanao-per-mu-after",),
           why="what the brand brings households by the mu, under the change from bamboo to peach"),
)  # fmt: skip
NAMES = tuple(target.name for target in TARGETS)


@dataclass(frozen=True)
class Observed:
    """Simulated documents: `stated` (n, targets) on their scales, `within` (n,) all bounds kept, `plain` name -> (n,) without errors."""

    stated: np.ndarray
    within: np.ndarray
    plain: dict[str, np.ndarray]


def stated() -> np.ndarray:
    """The figures of TARGETS on their scales, shape (targets,)."""
    return np.array([float(target.on_scale(target.stated)) for target in TARGETS])


def observe(readings: Readings, shares: np.ndarray, rng: np.random.Generator) -> Observed:
    """What the documents would state of simulated societies: cases selected, errors added. `readings` of every case, `shares` (n, composites)."""
    reported = report(readings, shares, rng)
    values = {t.name: reported[t.case][t.quantity] for t in (*TARGETS, *BOUNDS)}
    columns = [target.read(values[target.name], rng) for target in TARGETS]
    within = np.ones(len(shares), bool)
    for bound in BOUNDS:
        within &= bound.read(values[bound.name], rng) <= float(bound.on_scale(bound.stated))
    return Observed(np.column_stack(columns), within, values)


def report(
    readings: Readings, shares: np.ndarray, rng: np.random.Generator
) -> dict[str, dict[str, np.ndarray]]:
    """The draw of luck that stands in the documents: a named case is picked above its set's quantile."""
    share = priors.selection(shares)
    return {
        name: selected(CASES[name], dict(found), share, rng.random(len(shares)))
        for name, found in readings.items()
    }

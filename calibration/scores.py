"""Scores that cannot be argued with: how far forecasts lie from what was stated, against
forecasters who know next to nothing.

All scores are proper and taken on the log scale: nobody gains by saying anything but what he
believes. The log score and the CRPS are of the whole ensemble, the interval score of its 90% band.
Skill is 1 - score / score of a naive forecaster (CRPS): above nought the model adds something. What
is scored, and why not, stands in scoring.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import logsumexp, ndtri
from scipy.stats import beta
from village_alliances.calibration import evidence
from village_alliances.sim import region

RULES = Path(__file__).parent / "scoring.toml"
KINDS = ("income", "households", "jobs", "sizes", "diffusion", "survival")
NAIVE = ("curve", "last")  # who knows the region alone; who carries the last value stated forward
BAND = 0.9
LEAST = 3  # rows of a kind, under which nothing is said of it
EVEN = ndtri((np.arange(2_000) + 0.5) / 2_000)  # normal scores of an ensemble without luck


# -------- Scores of one row


def crps(ensemble: np.ndarray, observed: float) -> float:
    """Continuous ranked probability score of draws (n,): mean distance to the truth less half the
    mean distance of pairs; 0 is perfect. The pairs are counted without a draw and itself, so that a
    small ensemble is not thought sharper than it is."""
    x = np.sort(np.asarray(ensemble, float))
    n = x.size
    if n == 1:
        return float(abs(x[0] - observed))
    pairs = 2.0 * ((2.0 * np.arange(1, n + 1) - n - 1) @ x) / (n * (n - 1))
    return float(np.abs(x - observed).mean() - 0.5 * pairs)


def log_score(ensemble: np.ndarray, observed: float) -> float:
    """Log density that draws (n,) give the truth, each spread by Silverman's width;
    more is better."""
    x = np.asarray(ensemble, float)
    middle = np.subtract(*np.quantile(x, [0.75, 0.25])) / 1.349
    spread = min(x.std(ddof=1), middle) if middle > 0 else x.std(ddof=1)
    width = max(0.9 * spread * x.size**-0.2, 1e-6)
    z = (observed - x) / width
    return float(logsumexp(-0.5 * z**2) - np.log(x.size * width * np.sqrt(2 * np.pi)))


def interval_score(low: float, high: float, observed: float, band: float = BAND) -> float:
    """Width of a central interval and a fine for the truth lying outside (Gneiting and
    Raftery 2007); 0 is perfect."""
    fine = 2.0 / (1.0 - band)
    return (high - low) + fine * max(0.0, low - observed) + fine * max(0.0, observed - high)


@dataclass(frozen=True)
class Forecast:
    """What is forecast of one row, on the log scale, as a document would state it: the model's
    draws, the naive ones' by name, the truth. `silent`: share of the model's draws that had nothing
    to state, for which those of who knows the region stand."""

    name: str
    kind: str
    observed: float
    model: np.ndarray
    naive: Mapping[str, np.ndarray]
    silent: float = 0.0


def spoken(model: np.ndarray, region: np.ndarray) -> tuple[np.ndarray, float]:
    """Draws (n,) of which those that say nothing (nan) are taken, spread evenly, from what the
    region's curve says; and their share."""
    silent = np.isnan(model)
    spoken = model.copy()
    spoken[silent] = np.quantile(region, (np.arange(silent.sum()) + 0.5) / max(silent.sum(), 1))
    return spoken, float(silent.mean())


@dataclass(frozen=True)
class Scored:
    """One forecaster on one row. `width`: the 90% band's upper end over its lower."""

    log: float
    crps: float
    interval: float
    inside: bool
    width: float


def scored(ensemble: np.ndarray, observed: float) -> Scored:
    """All scores of draws (n,) on the log scale."""
    low, high = np.quantile(ensemble, [0.5 - BAND / 2, 0.5 + BAND / 2])
    return Scored(
        log=log_score(ensemble, observed),
        crps=crps(ensemble, observed),
        interval=interval_score(low, high, observed),
        inside=bool(low <= observed <= high),
        width=float(np.exp(high - low)),
    )


# -------- Scores of a kind


@dataclass(frozen=True)
class KindScores:
    """A forecaster's scores over the rows of one kind. `skill`: by naive forecaster, with how
    many rows it had; nan without any. `holds`: share of rows in the 90% band, with its
    binomial interval of 95%."""

    kind: str
    rows: int
    log: float
    crps: float
    interval: float
    holds: float
    holds_low: float
    holds_high: float
    width: float
    silent: float
    skill: Mapping[str, float]
    rows_of: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON, numbers that are none as null."""
        body = {name: finite(getattr(self, name)) for name in self.__dataclass_fields__}
        skill = {name: finite(value) for name, value in self.skill.items()}
        return {**body, "skill": skill, "rows_of": dict(self.rows_of), "answers": self.answers}

    @property
    def answers(self) -> bool | None:
        """Whether the model may be asked; None where rows or naive forecasters are too
        few to tell."""
        finite = [value for value in self.skill.values() if np.isfinite(value)]
        if self.rows < LEAST or len(finite) < len(NAIVE):
            return None
        return all(value > 0 for value in finite)


def finite(value: Any) -> Any:
    """A value as JSON can have it: None for a number that is none."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def by_kind(forecasts: Iterable[Forecast]) -> dict[str, KindScores]:
    """Scores of the model on each kind that has a row, in the order of KINDS, and
    under `all` on all of them."""
    rows = list(forecasts)
    parts = {kind: [row for row in rows if row.kind == kind] for kind in KINDS}
    parts["all"] = rows
    return {kind: _kind(kind, part) for kind, part in parts.items() if part}


def both(verdicts: list[bool | None]) -> bool | None:
    """Yes where all say so, no where one denies it, None where it cannot be told."""
    if False in verdicts:
        return False
    return None if None in verdicts or not verdicts else True


def _kind(kind: str, rows: list[Forecast]) -> KindScores:
    model = [scored(row.model, row.observed) for row in rows]
    names = sorted({name for row in rows for name in row.naive})
    skill, counts = {}, {}
    for name in names:
        pairs = [
            (mine.crps, crps(row.naive[name], row.observed))
            for row, mine in zip(rows, model, strict=True)
            if name in row.naive
        ]
        ours, theirs = np.array(pairs).sum(axis=0)
        skill[name], counts[name] = float(1.0 - ours / theirs), len(pairs)
    inside = sum(forecast.inside for forecast in model)
    low, high = binomial(inside, len(model))
    return KindScores(
        kind,
        len(model),
        float(np.mean([forecast.log for forecast in model])),
        float(np.mean([forecast.crps for forecast in model])),
        float(np.mean([forecast.interval for forecast in model])),
        inside / len(model),
        low,
        high,
        float(np.median([forecast.width for forecast in model])),
        float(np.mean([row.silent for row in rows])),
        skill,
        counts,
    )


def binomial(hits: int, tries: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share from `hits` of `tries` (Clopper and Pearson 1934):
    never narrower than it says."""
    rest = (1.0 - level) / 2.0
    low = 0.0 if hits == 0 else float(beta.ppf(rest, hits, tries - hits + 1))
    high = 1.0 if hits == tries else float(beta.ppf(1.0 - rest, hits + 1, tries - hits))
    return low, high


def better(first: Iterable[Forecast], second: Iterable[Forecast]) -> tuple[float, float]:
    """Mean difference of the log score of the same rows, first less second, and its standard error
    (nan for one row; both nan for none)."""
    ours = {forecast.name: log_score(forecast.model, forecast.observed) for forecast in first}
    theirs = {forecast.name: log_score(forecast.model, forecast.observed) for forecast in second}
    if ours.keys() != theirs.keys():
        raise ValueError(f"not the same rows: {sorted(ours.keys() ^ theirs.keys())}")
    apart = np.array([ours[name] - theirs[name] for name in ours])
    if apart.size == 0:
        return np.nan, np.nan
    error = apart.std(ddof=1) / np.sqrt(apart.size) if apart.size > 1 else np.nan
    return float(apart.mean()), float(error)


# -------- Rules


@cache
def rules() -> dict[str, Any]:
    """scoring.toml: `rule`, `row` by name, `group` by name."""
    with RULES.open("rb") as file:
        return tomllib.load(file)


def discrepancy(name: str) -> float:
    """Sd of the log that a row is granted by its design."""
    return evidence.designs()[rules()["row"][name]["design"]].discrepancy


def mended(name: str) -> bool:
    """Whether the reading of a row was mended after its score had been seen."""
    return bool(rules()["row"][name].get("mended", False))


# -------- Naive forecasters


def naive(name: str) -> dict[str, np.ndarray]:
    """What the two naive forecasters say of a row, draws on the log scale by forecaster."""
    row = rules()["row"][name]
    return {"curve": curve(row["curve"]), "last": last(row["last"])}


def curve(spec: Mapping[str, Any]) -> np.ndarray:
    """Who knows the region alone, draws of the log: of a column in a year, of its rise over some
    years, of its growth by a trend from the region's range, or of named cases elsewhere."""
    if "figures" in spec:
        sizes = [evidence.named(id).value for id in spec["figures"]]
        return np.log(np.resize(sizes, EVEN.size))
    if "growth" in spec:
        return spec["years"] * trends(spec)
    column = spec.get("column") or spec["rise"]
    values = villages(place_of(spec), column, spec["year"], spec.get("villages", 1))
    if "rise" in spec:
        values = values * -np.expm1(-spec["years"] * trends({**spec, "growth": column}))
    if spec.get("total"):
        values = values / share_of_operating(spec)
    return np.asarray(np.log(values))


def place_of(spec: Mapping[str, Any]) -> region.Region:
    """The region, with the trends of the years that end with `year` where one is stated."""
    place, years = region.load(spec["region"]), spec.get("years", 0)
    return place.during(spec["year"] - years + 1, years) if years and "year" in spec else place


def trends(spec: Mapping[str, Any]) -> np.ndarray:
    """Yearly growth of a column in log points over the region's range;
    nought for what has no trend."""
    if not spec["growth"]:
        return np.zeros(EVEN.size)
    trend = place_of(spec).trend[spec["growth"]]
    return np.log1p(np.linspace(trend.low, trend.high, EVEN.size))


def villages(place: region.Region, column: str, year: int, count: int) -> np.ndarray:
    """Draws of the mean of `count` villages of a region at the end of a year, each on its own."""
    scores = (
        np.random.default_rng(0).standard_normal((EVEN.size, count)) if count > 1 else EVEN[:, None]
    )
    body, shift = place.starts(column), 0.0
    if body.year is not None and column in place.trend:
        gap = year - body.year
        years = place.during(min(body.year, year) + 1, abs(gap))
        shift = np.log1p(years.trend[column].value) * gap
    return np.asarray(body.value(scores, shift).mean(axis=1))


def share_of_operating(spec: Mapping[str, Any]) -> float:
    """What operating income is of all that a collective of the region takes in."""
    share = place_of(spec).operating_share
    assert share is not None
    return share.value


def last(spec: Mapping[str, Any]) -> np.ndarray:
    """Who carries the last value forward, draws of the log: figures of the register (the second
    divides the first) along the region's trend; of another village, as villages of the region
    differ; of growth, that of the trend."""
    growth = 0.0
    if column := spec.get("column") or spec.get("growth"):
        trend = place_of(spec).trend.get(column)
        growth = spec.get("years", 0) * float(np.log1p(trend.value)) if trend else 0.0
    if "growth" in spec:
        return np.full(EVEN.size, growth)
    value, *others = (evidence.named(id).value for id in spec["figures"])
    middle = np.log(value / others[0] if others else value)
    middle += np.log(np.expm1(growth)) if spec.get("rise") else growth
    if not spec.get("other"):
        return np.full(EVEN.size, middle)
    apart = np.log(place_of(spec).starts(spec["column"]).value(EVEN))
    return np.asarray(middle + apart - np.median(apart))

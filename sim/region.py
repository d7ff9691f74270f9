"""A region: its trends, and the distributions from which the blanks of a village table are drawn (sim/regions/*.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import expit, logit, ndtr, ndtri
from village_alliances.sim.parameters import Quantity

FOLDER = Path(__file__).parent / "regions"
TRENDS = {
    "collective_income": (
        "trend_collective",
        "growth of collective income without alliance",
        "不结盟时集体收入年增长率",
    ),
    "villager_income": ("trend_villager", "growth of income per head", "人均收入年增长率"),
}
CORRELATIONS = {
    "ability_log_collective_income": (
        "correlation_ability_income",
        "correlation of ability with log income",
        "书记能力与集体收入对数的相关",
    ),
    "capacity_ability": (
        "correlation_capacity_ability",
        "correlation of capacity with ability",
        "组织力与书记能力的相关",
    ),
}


class Sourced(BaseModel):
    """What every part of a region's file says beside its numbers: evidence ids, and in two languages why it is assumed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    evidence: tuple[str, ...] = ()
    assumption: str = ""
    assumption_zh: str = ""

    def reason(self, lang: str) -> str:
        """Why it is assumed, in `lang`; the English reason where there is no Chinese one."""
        return (self.assumption_zh or self.assumption) if lang == "zh" else self.assumption


class Distribution(Sourced):
    """How one column is distributed over the villages of a region. `year`: it holds at the end of that year."""

    dist: Literal["lognormal", "normal", "logitnormal", "uniform"]
    median: float = 0.0
    mean: float = 0.0
    sd: float = 0.0
    low: float
    high: float
    unit: str
    year: int | None = None

    def score(self, value: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """Normal score of a value (for a uniform: of its rank). `shift` moves a lognormal's log median (a trend)."""
        if self.dist == "lognormal":
            return np.asarray(
                (np.log(np.maximum(value, 1e-9)) - np.log(self.median) - shift) / self.sd
            )
        if self.dist == "normal":
            return np.asarray((value - self.mean) / self.sd)
        if self.dist == "logitnormal":
            return np.asarray((logit(np.clip(value, 1e-9, 1 - 1e-9)) - logit(self.mean)) / self.sd)
        return np.asarray(
            ndtri(np.clip((value - self.low) / (self.high - self.low), 1e-12, 1 - 1e-12))
        )

    def value(self, score: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """The value at a normal score: the inverse of `score`."""
        if self.dist == "lognormal":
            return np.asarray(self.median * np.exp(self.sd * score + shift))
        if self.dist == "normal":
            return np.asarray(self.mean + self.sd * score)
        if self.dist == "logitnormal":
            return np.asarray(expit(logit(self.mean) + self.sd * score))
        return np.asarray(self.low + (self.high - self.low) * ndtr(score))

    def draw(
        self, share: np.ndarray, low: np.ndarray, high: np.ndarray, shift: float | np.ndarray = 0.0
    ) -> np.ndarray:
        """The quantile at `share` of the distribution cut to [low, high] (all broadcastable). A cut beyond all mass gives its nearer end."""
        bottom = ndtr(self.score(np.maximum(low, self.low), shift))
        top = ndtr(self.score(np.minimum(high, self.high), shift))
        inside = np.clip(bottom + share * (top - bottom), 1e-14, 1 - 1e-14)
        return np.clip(self.value(ndtri(inside), shift), low, np.maximum(low, high))


class Shares(Sourced):
    """Shares of categories among villages where the table is blank."""

    share: dict[str, float]


class Culture(Sourced):
    clusters_per_township: int


class Geography(Sourced):
    township_radius_km: float
    villages_per_township: int
    spacing_km: float
    township_spacing_km: float = 10.0


class Range(Sourced):
    """A number of the region with the range in which it may lie."""

    value: float
    low: float
    high: float
    unit: str


class Elections(Sourced):
    """Calendar years in whose second quarter village secretaries stand for election."""

    years: tuple[int, ...]


class Region(BaseModel):
    """One region's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    title: dict[str, str]
    trend: dict[str, Range]
    distributions: dict[str, Distribution]
    correlation: dict[str, Range]
    industry: Shares
    stage: Shares
    culture: Culture
    geography: Geography
    elections: Elections = Field(
        default=Elections(
            years=tuple(range(2017, 2120, 3)),
            assumption="every third year, as until 2018",
            assumption_zh="与 2018 年以前相同，每三年一次",
        )
    )

    def quantities(self) -> dict[str, Quantity]:
        """The region's own parameters: two trends, two correlations, and the middle and spread of ability (fixed)."""
        found = {}
        for group, names in ((self.trend, TRENDS), (self.correlation, CORRELATIONS)):
            for key, (name, en, zh) in names.items():
                body = group[key]
                found[name] = Quantity(name=name, en=en, zh=zh, **body.model_dump())
        ability = self.distributions["ability"]
        for name, value, unit, en, zh in (
            (
                "ability_mean",
                ability.mean,
                "0..1",
                "ability of a middling secretary",
                "书记能力中位水平",
            ),
            ("ability_sd", ability.sd, "logit", "spread of secretaries' ability", "书记能力差异"),
        ):
            found[name] = Quantity(
                name=name,
                value=value,
                low=value,
                high=value,
                unit=unit,
                en=en,
                zh=zh,
                evidence=ability.evidence,
                assumption=ability.assumption,
                assumption_zh=ability.assumption_zh,
            )
        return found


def names() -> list[str]:
    """The regions that are shipped."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def load(name: str) -> Region:
    """A shipped region. Raises FileNotFoundError with the names that there are."""
    path = FOLDER / f"{name}.toml"
    if not path.exists():
        raise FileNotFoundError(f"no region is called {name!r}; there are: {', '.join(names())}")
    with path.open("rb") as file:
        return Region(**tomllib.load(file))

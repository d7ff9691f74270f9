"""A region: its trends, and the distributions from which the blanks of a village table are
drawn (sim/regions/*.toml).

`distributions` and `endowments` are what villages start with, `between` what those of one place
have in common, `trend` how fast incomes grow, in `periods` otherwise than since. What regions share
of these stands in sim/endowments.toml.
"""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator
from village_alliances.sim.arithmetic import (
    exps,
    logistics,
    logits,
    logs,
    normal_quantiles,
    normal_shares,
    powers,
)
from village_alliances.sim.parameters import Quantity
from village_alliances.sim.structured import Strict, read_toml, shaped
from village_alliances.sim.summary import Summarised

FOLDER = Path(__file__).parent / "regions"
SHARED = Path(__file__).parent / "endowments.toml"
KINDS = ("document", "outside", "assumption")
OPEN = 9999  # year to which the last period of a trend reaches
INCOMES = ("wages", "business", "property", "transfers")  # where a household's income comes from
TRENDS = {
    "collective_income": (
        "trend_collective",
        "growth of collective income without alliance",
        "未联建时集体收入年增长率",
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


class Sourced(Strict):
    """What every part of a region's file says beside its numbers: evidence ids, and in two
    languages why it is assumed."""

    evidence: tuple[str, ...] = ()
    assumption: str = ""
    assumption_zh: str = ""

    def reason(self, lang: str) -> str:
        """Why it is assumed, in `lang`; the English reason where there is no Chinese one."""
        return (self.assumption_zh or self.assumption) if lang == "zh" else self.assumption


class Distribution(Sourced):
    """How one column is distributed over the villages of a region. `year`: it holds
    at the end of that year."""

    dist: Literal["lognormal", "normal", "logitnormal", "uniform"]
    median: float = 0.0
    mean: float = 0.0
    sd: float = 0.0
    low: float
    high: float
    unit: str
    year: int | None = None

    def score(self, value: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """Normal score of a value (for a uniform: of its rank). `shift` moves the middle of a
        lognormal on the log scale, of a logitnormal on the logit scale."""
        if self.dist == "lognormal":
            return np.asarray((logs(np.maximum(value, 1e-9)) - logs(self.median) - shift) / self.sd)
        if self.dist == "normal":
            return np.asarray((value - self.mean) / self.sd)
        if self.dist == "logitnormal":
            value = np.clip(value, 1e-9, 1 - 1e-9)
            return np.asarray((logits(value) - logits(self.mean) - shift) / self.sd)
        return np.asarray(
            normal_quantiles(np.clip((value - self.low) / (self.high - self.low), 1e-12, 1 - 1e-12))
        )

    def value(self, score: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """The value at a normal score: the inverse of `score`."""
        if self.dist == "lognormal":
            return np.asarray(self.median * exps(self.sd * score + shift))
        if self.dist == "normal":
            return np.asarray(self.mean + self.sd * score)
        if self.dist == "logitnormal":
            return np.asarray(logistics(logits(self.mean) + self.sd * score + shift))
        return np.asarray(self.low + (self.high - self.low) * normal_shares(score))

    def draw(
        self, share: np.ndarray, low: np.ndarray, high: np.ndarray, shift: float | np.ndarray = 0.0
    ) -> np.ndarray:
        """The quantile at `share` of the distribution cut to [low, high] (all broadcastable). A cut
        beyond all mass gives its nearer end."""
        bottom = normal_shares(self.score(np.maximum(low, self.low), shift))
        top = normal_shares(self.score(np.minimum(high, self.high), shift))
        inside = np.clip(bottom + share * (top - bottom), 1e-14, 1 - 1e-14)
        return np.clip(self.value(normal_quantiles(inside), shift), low, np.maximum(low, high))


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


class RegionNumber(Sourced):
    """A number of the region with the range in which it may lie."""

    value: float
    low: float
    high: float
    unit: str


class Grounded(Sourced):
    """Sourced, and what leads: figures of the documents, public evidence from
    elsewhere, or the reason alone."""

    kind: Literal["document", "outside", "assumption"]

    @model_validator(mode="after")
    def _evidence_where_claimed(self) -> Grounded:
        if self.kind != "assumption" and not self.evidence:
            raise ValueError(f"kind {self.kind} names no evidence")
        return self


class Endowment(Grounded):
    """How one thing that villages start with is distributed.

    A curve as in `Distribution`, and over it: `nothing`, the share of villages that have none; a
    Pareto curve of exponent `tail` above the quantile `tail_from`; a campaign that lifted everybody
    to `floor`, so that those who would lie under `lifted_to` lie evenly on the log scale between
    the two. `high` None: no upper end. `with_income`: correlation of the normal score with that of
    log operating income. `over`: who shares one draw. `most_per_person`: upper end a registered
    person. `year`: it holds at the end of that year. `middle` and `bond`: where median (or mean)
    and `with_income` may lie, as each run draws them; what all runs share (`over` run) has none.
    """

    dist: Literal["lognormal", "normal", "logitnormal", "uniform"]
    median: float = 0.0
    mean: float = 0.0
    sd: float = 0.0
    low: float
    high: float | None = None
    unit: str
    year: int | None = None
    nothing: float = Field(default=0.0, ge=0, lt=1)
    tail: float | None = Field(default=None, gt=1)
    tail_from: float = Field(default=1.0, gt=0, le=1)
    floor: float | None = Field(default=None, gt=0)
    lifted_to: float = 0.0
    with_income: float = Field(default=0.0, gt=-1, lt=1)
    over: Literal["village", "firm", "township", "county", "run"] = "village"
    most_per_person: float | None = None
    middle: tuple[float, float] | None = None
    bond: tuple[float, float] = (0.0, 0.0)

    @property
    def centre(self) -> float:
        """Median, or mean of a curve that has no median of its own."""
        return self.median if self.dist == "lognormal" else self.mean

    def moved(self, share: np.ndarray) -> np.ndarray:
        """By how much the middle is moved where it lies at a share (0..1, any shape) of its range:
        log points, or logits of a share; nought at a half."""
        if self.middle is None or self.dist not in ("lognormal", "logitnormal"):
            return np.zeros(np.shape(share))
        scale = logs if self.dist == "lognormal" else logits
        low, high = (float(scale(end)) - float(scale(self.centre)) for end in self.middle)
        return within(share, low, 0.0, high)

    @model_validator(mode="after")
    def _parts_fit(self) -> Endowment:
        if self.middle is not None and not self.middle[0] <= self.centre <= self.middle[1]:
            raise ValueError(f"middle {self.middle} does not hold {self.centre:g}")
        if self.with_income and not self.bond[0] <= self.with_income <= self.bond[1]:
            raise ValueError(f"bond {self.bond} does not hold {self.with_income:g}")
        if self.tail is not None and self.dist != "lognormal":
            raise ValueError("tail: only a lognormal goes on as a Pareto curve")
        if (self.tail is None) != (self.tail_from == 1.0):
            raise ValueError("tail and tail_from belong together")
        if self.floor is not None and not self.floor < self.lifted_to:
            raise ValueError(f"lifted_to {self.lifted_to:g} is not above floor {self.floor:g}")
        if self.floor is not None and self.dist != "lognormal":
            raise ValueError("floor: only a lognormal is lifted")
        return self

    @property
    def _curve(self) -> Distribution:
        return Distribution(
            dist=self.dist, median=self.median, mean=self.mean, sd=self.sd,
            low=self.low, high=np.inf if self.high is None else self.high, unit=self.unit,
        )  # fmt: skip

    def value(self, score: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """The value at a normal score (any shape). `shift` moves a lognormal's log median
        (a trend), never a floor."""
        above = np.minimum(normal_shares(-np.asarray(score, float)) / (1.0 - self.nothing), 1.0)
        quantile = self._uncut(above, shift)
        if self.floor is not None:
            under = 1.0 - self._above(np.asarray(self.lifted_to), shift)
            part = np.minimum((1.0 - above) / np.maximum(under, 1e-300), 1.0)
            lifted = self.floor * powers(self.lifted_to / self.floor, part)
            quantile = np.where(quantile < self.lifted_to, lifted, quantile)
        quantile = np.clip(quantile, self.low, np.inf if self.high is None else self.high)
        return np.where(above >= 1.0, 0.0, quantile) if self.nothing else np.asarray(quantile)

    def score(self, value: np.ndarray, shift: float | np.ndarray = 0.0) -> np.ndarray:
        """Normal score of a value: the inverse of `value`. Nothing at all has the score in the
        middle of those who have none."""
        value = np.asarray(value, float)
        above = self._above(value, shift)
        if self.floor is not None:
            under = 1.0 - self._above(np.asarray(self.lifted_to), shift)
            part = logs(np.maximum(value, self.floor) / self.floor) / logs(
                self.lifted_to / self.floor
            )
            above = np.where(value < self.lifted_to, 1.0 - under * part, above)
        share = above * (1.0 - self.nothing)
        if self.nothing:
            share = np.where(value <= 0.0, 1.0 - 0.5 * self.nothing, share)
        return np.asarray(-normal_quantiles(np.clip(share, 1e-300, 1.0 - 1e-16)))

    def draw(
        self, share: np.ndarray, low: np.ndarray, high: np.ndarray, shift: float | np.ndarray = 0.0
    ) -> np.ndarray:
        """The quantile at `share` of the distribution cut to [low, high] (all
        broadcastable), as `Distribution.draw`."""
        end = np.inf if self.high is None else self.high
        bottom = np.where(
            low <= self.low, 0.0, normal_shares(self.score(np.maximum(low, self.low), shift))
        )
        top = np.where(high >= end, 1.0, normal_shares(self.score(np.minimum(high, end), shift)))
        inside = np.clip(bottom + share * (top - bottom), 1e-14, 1 - 1e-14)
        return np.clip(self.value(normal_quantiles(inside), shift), low, np.maximum(low, high))

    def _uncut(self, above: np.ndarray, shift: float | np.ndarray) -> np.ndarray:
        """The value that a share `above` of villages exceeds, before floor and ends."""
        body = self._curve.value(-normal_quantiles(np.maximum(above, 1e-300)), shift)
        if self.tail is None:
            return body
        rest = 1.0 - self.tail_from
        start = self._curve.value(np.asarray(normal_quantiles(self.tail_from)), shift)
        beyond = start * powers(rest / np.maximum(above, 1e-300), 1.0 / self.tail)
        return np.where(above < rest, beyond, body)

    def _above(self, value: np.ndarray, shift: float | np.ndarray) -> np.ndarray:
        """Share of those who have any that exceed a value, before floor and ends:
        the inverse of `_uncut`."""
        body = normal_shares(-self._curve.score(value, shift))
        if self.tail is None:
            return np.asarray(body)
        rest = 1.0 - self.tail_from
        start = self._curve.value(np.asarray(normal_quantiles(self.tail_from)), shift)
        beyond = rest * powers(start / np.maximum(value, start), self.tail)
        return np.where(value > start, beyond, body)


class Between(Grounded):
    """Shares of the variance of a normal score that villages of one county, and of one township
    within it, have in common."""

    county: float = Field(ge=0, le=1)
    county_low: float
    county_high: float
    township: float = Field(ge=0, le=1)
    township_low: float
    township_high: float

    @model_validator(mode="after")
    def _at_most_all(self) -> Between:
        if self.county_high + self.township_high > 1.0:
            raise ValueError("county_high and township_high are more than all of the variance")
        return self

    def score(
        self,
        county: np.ndarray,
        township: np.ndarray,
        own: np.ndarray,
        share: np.ndarray | float = 0.5,
    ) -> np.ndarray:
        """The normal score of a village from those of its county, its township and its own
        (broadcastable), where what places share lies at `share` (0..1) of its range."""
        of_county = within(share, self.county_low, self.county, self.county_high)
        of_township = within(share, self.township_low, self.township, self.township_high)
        alone = np.sqrt(np.maximum(0.0, 1.0 - of_county - of_township))
        return np.asarray(
            np.sqrt(of_county) * county + np.sqrt(of_township) * township + alone * own
        )


class Stated(Grounded):
    """A number of the region with the range in which it may lie, and what leads."""

    value: float
    low: float
    high: float
    unit: str


class Period(Stated):
    """A trend that held to the end of a year."""

    until: int


class Market(Grounded):
    """Villages that share one county's market."""

    villages: float
    low: float
    high: float


class Composition(Grounded):
    """Where households' income comes from, as shares, with the range of each."""

    share: dict[Literal["wages", "business", "property", "transfers"], float]
    low: dict[Literal["wages", "business", "property", "transfers"], float]
    high: dict[Literal["wages", "business", "property", "transfers"], float]

    @model_validator(mode="after")
    def _whole(self) -> Composition:
        if set(self.share) != set(INCOMES) or abs(sum(self.share.values()) - 1.0) > 1e-6:
            raise ValueError(f"share: one for each of {', '.join(INCOMES)}, 1 together")
        return self


def within(share: np.ndarray | float, low: float, middle: float, high: float) -> np.ndarray:
    """The number at a share (0..1, any shape) of a range: `low` at nought, `middle` at a half,
    `high` at one."""
    return np.asarray(np.interp(share, (0.0, 0.5, 1.0), (low, middle, high)))


def together(bond: float | np.ndarray, first: np.ndarray, own: np.ndarray) -> np.ndarray:
    """A normal score whose correlation with `first` is `bond`, from independent scores `own`."""
    return np.asarray(bond * first + np.sqrt(1.0 - np.square(bond)) * own)


class Elections(Sourced):
    """Calendar years in whose second quarter village secretaries stand for election."""

    years: tuple[int, ...]


class Region(Summarised, Strict):
    """One region's file."""

    name: str
    title: dict[str, str]
    trend: dict[str, RegionNumber]
    distributions: dict[str, Distribution]
    correlation: dict[str, RegionNumber]
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

    endowments: dict[str, Endowment] = Field(default_factory=dict)
    between: dict[str, Between] = Field(default_factory=dict)
    periods: dict[str, tuple[Period, ...]] = Field(default_factory=dict)
    ordinary_money: Stated | None = None
    market: Market | None = None
    operating_share: Stated | None = None
    composition: Composition | None = None

    def in_short(self) -> str:
        """Its name, and how many distributions it has."""
        return f"{self.name}, distributions of {', '.join(self.distributions)}"

    def starts(self, column: str) -> Endowment | Distribution:
        """What the rebuilt model draws a column from: its endowment, else today's distribution.
        Raises KeyError for neither."""
        return self.endowments.get(column) or self.distributions[column]

    def growth(self, name: str, year: int) -> RegionNumber | Period:
        """The trend of a column in a year: that of the first period which reaches
        to it, else the region's."""
        reaching = (period for period in self.periods.get(name, ()) if year <= period.until)
        return next(reaching, None) or self.trend[name]

    def during(self, start: int, years: int) -> Region:
        """The region with the trends of `years` years from `start` on: the mean, year by year, of
        the periods that they lie in. Its periods stay, the last one open, so that other years can
        be asked for."""
        span = range(start, start + max(years, 1))
        trend = {
            name: plain.model_copy(update=_mean([self.growth(name, year) for year in span]))
            for name, plain in self.trend.items()
            if name in self.periods
        }
        periods = {name: self._open(name) for name in trend}
        return self.model_copy(update={"trend": {**self.trend, **trend}, "periods": periods})

    def _open(self, name: str) -> tuple[Period, ...]:
        """The periods of a column, with what has held since as the last one."""
        periods = self.periods[name]
        if periods[-1].until == OPEN:
            return periods
        body = self.trend[name].model_dump()
        return (*periods, Period(**body, kind="assumption", until=OPEN))

    def quantities(self) -> dict[str, Quantity]:
        """The region's own parameters: two trends, two correlations, and the middle and
        spread of ability (fixed)."""
        by_name = {}
        for group, names in ((self.trend, TRENDS), (self.correlation, CORRELATIONS)):
            for key, (name, en, zh) in names.items():
                body = group[key]
                by_name[name] = Quantity(name=name, en=en, zh=zh, **body.model_dump())
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
            by_name[name] = Quantity(
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
        return by_name


def _mean(years: list[RegionNumber | Period]) -> dict[str, Any]:
    """The mean trend of some years, with the words of the period in which most of them lie."""
    said = max(years, key=years.count)
    numbers = {
        end: float(np.mean([getattr(year, end) for year in years]))
        for end in ("value", "low", "high")
    }
    words = {name: getattr(said, name) for name in Sourced.model_fields}
    return {**numbers, **words}


def names() -> list[str]:
    """The regions that are shipped."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(region: str | Path | Region) -> Region:
    """A region: a shipped one by name, a .toml file of one's own (over what regions share),
    or one in memory as it is.

    Raises FileNotFoundError with the names that there are, TableError for a file that is no region.
    """
    if isinstance(region, Region):
        return region
    if str(region).endswith(".toml"):
        return shaped(str(region), Region, _over(_toml(SHARED), read_toml(Path(region))))
    own: Region = pickle.loads(_pickled(str(region)))  # changed nowhere else by whoever changes it
    return own


@cache
def _pickled(name: str) -> bytes:
    path = FOLDER / f"{name}.toml"
    if not path.exists():
        raise FileNotFoundError(
            f"no region is called {name!r}; there are: {', '.join(names())}, or a .toml file"
        )
    return pickle.dumps(Region(**_over(_toml(SHARED), _toml(path))), pickle.HIGHEST_PROTOCOL)


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _over(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What regions share, with a region's own fields in place of the shared ones."""
    both = {**shared, **own}
    for name in shared.keys() & own.keys():
        if isinstance(shared[name], dict) and isinstance(own[name], dict):
            both[name] = _over(shared[name], own[name])
    return both

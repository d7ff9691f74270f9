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
from village_alliances.sim.endowment import Between, Distribution, Endowment, Grounded, Sourced
from village_alliances.sim.parameters import Quantity
from village_alliances.sim.structured import Strict, read_toml, shaped
from village_alliances.sim.summary import Summarised

FOLDER = Path(__file__).parent / "regions"
SHARED = Path(__file__).parent / "endowments.toml"
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
        """What a column is drawn from: its endowment, else its distribution. Raises KeyError for
        neither."""
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

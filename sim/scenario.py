"""Scenarios: what is known of some villages at the start, in columns ready to be drawn from.

Villages are kept in the order of their place and name, so the order of rows in a file never
matters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from village_alliances.sim import region as regions
from village_alliances.sim.strategy import Portfolio, StrategyError
from village_alliances.sim.summary import Summarised
from village_alliances.sim.table import Table

NUMBERS = (
    "population", "households", "collective_income", "villager_income", "debt", "reserves", "idle_land", "developed_land",
    "capacity", "ability", "tenure",
)  # fmt: skip
# Columns that a table may hold beside them; nothing is drawn where they are blank.
OPTIONAL_NUMBERS = (
    "total_income", "volume", "scenic", "idle_hands", "firm_jobs", "roofs", "residents", "town_km",
)  # fmt: skip
WORDS = ("industry", "stage", "culture")
PLACES = ("city", "county", "township")
BLANK, EXACT, CUT, ABOUT = range(4)


@dataclass(frozen=True)
class Given:
    """An alliance whose founding is given: members and lead by position, founded at a tick;
    `grant` times the usual grant."""

    name: dict[str, str]
    members: tuple[int, ...]
    lead: int  # position of the lead village; -1: the ablest member of each run
    founded: int
    strategy: str = ""
    evidence: tuple[str, ...] = ()
    grant: float = 1.0


@dataclass(frozen=True)
class Column:
    """What is known of one number for every village: `kind` BLANK, EXACT, CUT (between low and
    high) or ABOUT; each shape (n,)."""

    kind: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Counted:
    """So many of the villages whose operating income is blank have between `low` and `high` yuan a
    year of it; which ones, and so in which places, is drawn in each run."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, repr=False)
class Scenario(Summarised):
    """Villages in the order of place and name, with all that is known of them; blanks
    are drawn anew in each run."""

    name: str
    title: dict[str, str]
    region: regions.Region
    start: int  # calendar year of the first quarter
    years: int
    ids: np.ndarray  # uint64 keys of luck
    names: np.ndarray
    places: dict[str, np.ndarray]  # township, county, city: texts
    numbers: dict[str, Column]
    words: dict[str, np.ndarray]  # industry, stage, culture: texts, '' where blank
    position: np.ndarray  # (n, 2) km, drawn where no coordinates are known
    located: np.ndarray  # whether coordinates are known
    lonlat: np.ndarray  # (n, 2) degrees, nan where unknown
    given: tuple[Given, ...] = ()
    totals: dict[str, float] = field(default_factory=dict)
    counted: tuple[Counted, ...] = ()  # from the lowest up: all blanks of operating income, or none
    levers: dict[str, float] = field(default_factory=dict)
    evidence: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # (village, column) -> evidence id
    type: str = ""
    level: str = "alliance"
    case: str = ""
    summary: dict[str, str] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    grouped: str = (
        ""  # how alliances came about where the table named none: nearness | township | ''
    )
    table: Table | None = None

    @property
    def size(self) -> int:
        """Number of villages."""
        return int(self.ids.size)

    def in_short(self) -> str:
        """Name, villages, years, alliances that are given, region."""
        return (
            f"{self.name}, {self.size} villages, {self.start} to {self.start + self.years - 1}, "
            f"{len(self.given)} alliances given, region {self.region.name}"
        )

    def small_table(self) -> Any:
        """What is known of each village: nan where a blank is drawn, or only bounds are known."""
        import pandas as pd

        places = {name: column.astype(str) for name, column in self.places.items()}
        columns = {
            name: np.where(np.isin(column.kind, (EXACT, ABOUT)), column.low, np.nan)
            for name, column in self.numbers.items()
            if name in NUMBERS
        }
        return pd.DataFrame({"name": self.names, **places, **columns})

    @property
    def ticks(self) -> int:
        """Quarters of the default horizon."""
        return 4 * self.years

    def lasting(self, years: int) -> Scenario:
        """The same scenario over another horizon."""
        return replace(self, years=years)


def left_over(scenario: Scenario) -> list[int]:
    """The villages that are in no alliance or group, by position."""
    allied = {i for alliance in scenario.given for i in alliance.members}
    return [i for i in range(scenario.size) if i not in allied]


def tick_of(text: str, start: int) -> int:
    """The tick of a quarter like 2015Q2 in a scenario that starts in year `start`; a year alone
    means its first quarter."""
    year, _, quarter = text.upper().partition("Q")
    return 4 * (int(year) - start) + (int(quarter) - 1 if quarter else 0)


def quarter_name(tick: int, start: int) -> str:
    """The calendar quarter of a tick: 2015Q2."""
    return f"{start + tick // 4}Q{tick % 4 + 1}"


def documented(scenario: Scenario) -> Portfolio:
    """Each alliance with the strategy that the scenario or table states for it; those without one
    take the commonest. Raises StrategyError."""
    stated = {
        name: alliance.strategy
        for alliance in scenario.given
        if alliance.strategy
        for name in alliance.name.values()
    }
    if not stated:
        raise StrategyError(
            f"{scenario.name} states no strategy for any alliance, so `documented` means "
            f"nothing there"
        )
    names = [alliance.strategy for alliance in scenario.given if alliance.strategy]
    return Portfolio(max(sorted(set(names)), key=names.count), stated)

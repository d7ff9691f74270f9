"""Random societies for hypothesis: a village table as an office might send it, a
strategy, levers and parameters.

Hypothesis draws the shape of a case and the seed of its cells, so that a failing case shrinks to
few villages and prints in a few lines; the cells themselves come from numpy, with the ends of what
a table may hold among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import strategies as st
from village_alliances.sim.building import build
from village_alliances.sim.fields import FIELD
from village_alliances.sim.own_table import own_table
from village_alliances.sim.parameters import Mode, Quantity, levers, parameters
from village_alliances.sim.quarter import step
from village_alliances.sim.region import names as region_names
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import FORMATION, HEADS, MEASURES, NAMES_OF, SHARING
from village_alliances.sim.strategy import Strategy, names, read_strategy
from village_alliances.sim.table import read_bytes

START = 2016
USUAL = {  # between these a figure is drawn, evenly in its logarithm
    "population": (60, 6000), "households": (20, 2000), "collective_income": (2000, 5e6), "villager_income": (8000, 90000),
    "debt": (1000, 5e6), "reserves": (1000, 5e6), "idle_land": (1, 1500), "capacity": (0.05, 1), "ability": (0.05, 1),
    "tenure": (0.25, 30),
}  # fmt: skip
EXTREME = {
    "collective_income": 1e8,
    "debt": 1e9,
    "reserves": 1e9,
    "idle_land": 1e5,
    "population": 2e5,
}
KINDS = ("blank", "exact", "below", "above", "about", "range")


@dataclass(frozen=True)
class Case:
    """A random society and how it is run. `table` is the text of a .csv file."""

    table: str
    region: str
    totals: dict[str, float]
    strategy: Strategy
    levers: dict[str, float]
    mode: Mode
    seed: int
    runs: int
    years: int
    fixed: dict[str, float]
    grouped: (
        bool  # whether villages of a table that names no alliance are put together from the start
    )

    @cached_property
    def scenario(self) -> Scenario:
        return self.read(self.table)

    @property
    def ticks(self) -> int:
        return 4 * self.years

    def read(self, table: str) -> Scenario:
        """Another table in place of this case's own."""
        read_in = read_bytes(table.encode(), "villages.csv")
        changed = replace(
            own_table(read_in, region=self.region, start=START, years=self.years),
            totals=self.totals,
        )
        return replace(changed, given=()) if changed.grouped and not self.grouped else changed

    def build(self, **other: Any) -> Any:
        """The block of societies at its start; `other` replaces what the case says, by the names of
        `build`, scenario and portfolio."""
        said: dict[str, Any] = {
            "scenario": self.scenario,
            "portfolio": self.strategy,
            "seed": self.seed,
            "runs": self.runs,
            "levers": self.levers,
            "mode": self.mode,
            "fixed": self.fixed,
        }
        said |= other
        return build(said.pop("scenario"), said.pop("portfolio"), **said)

    def quarters(self, **other: Any) -> Iterator[tuple[int, Any]]:
        """Each quarter's number and the society after it."""
        society = self.build(**other)
        for tick in range(self.ticks):
            step(society, tick)
            yield tick, society

    def run(self, **other: Any) -> Any:
        """The society at the end."""
        society = self.build(**other)
        for tick in range(self.ticks):
            step(society, tick)
        return society


def lever_value(lever: Quantity) -> st.SearchStrategy[float]:
    """Any value that a lever accepts: whole for switches and quarters."""
    if lever.unit in ("switch", "category"):
        return st.integers(int(lever.low), int(lever.high)).map(float)
    if lever.unit == "quarter":
        return st.integers(int(lever.low), 14).map(float)
    return st.one_of(st.sampled_from([lever.low, lever.high]), st.floats(lever.low, lever.high))


def lever_settings(without: tuple[str, ...] = ()) -> st.SearchStrategy[dict[str, float]]:
    """Any levers within their bounds; those `without` keep their defaults."""
    free = {name: lever_value(lever) for name, lever in levers().items() if name not in without}
    return st.fixed_dictionaries({}, optional=free)


def parameter_corners() -> st.SearchStrategy[dict[str, float]]:
    """Some parameters at the ends of their priors."""
    ends = {
        name: st.sampled_from([quantity.low, quantity.high])
        for name, quantity in parameters().items()
    }
    some = st.lists(st.sampled_from(sorted(ends)), max_size=15, unique=True)
    return some.flatmap(lambda names: st.fixed_dictionaries({name: ends[name] for name in names}))


def county_levers() -> st.SearchStrategy[dict[str, float]]:
    """Levers of a county whose villages ally by themselves, early and often enough to
    be watched."""
    return st.fixed_dictionaries(
        {
            "formation": st.just(1.0),
            "places_mid": st.integers(-1, 4).map(float),
            "places_share": st.sampled_from([0.3, 0.6, 1.0]),
            "grant_per_village": st.sampled_from([60_000.0, 250_000.0]),
        }
    )


invented = st.builds(
    Strategy,
    name=st.sampled_from(["one", "another"]),
    title=st.just({"en": "A strategy of a test", "zh": "测试策略"}),
    formation=st.sampled_from(FORMATION),
    lead=st.sampled_from(HEADS),
    sharing=st.sampled_from(SHARING),
    names=st.sampled_from(NAMES_OF),
    plenaries_per_year=st.floats(0, 60),
    pact_quarters=st.sampled_from([4.0, 8.0, 12.0, 20.0]),
    measures=st.lists(st.sampled_from(MEASURES), unique=True).map(tuple),
)
shipped = st.sampled_from([name for name in names() if name != "none"]).map(read_strategy)


@st.composite
def societies(
    draw: st.DrawFn,
    *,
    allied: bool = True,
    totals: bool = True,
    strategies: st.SearchStrategy[Strategy] = invented | shipped,
    without: tuple[str, ...] = (),
    most_runs: int = 3,
    most_years: int = 6,
) -> Case:
    """Cases of 2 to 40 villages. `allied`: the table may say who is together, else
    villages are grouped by nearness. `totals`: the case may have them. `without`: levers
    that keep their defaults."""
    forming = "formation" not in without and draw(st.booleans())
    size = draw(
        st.integers(10, 40) if forming else st.one_of(st.integers(2, 8), st.integers(2, 40))
    )
    places = draw(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 2)))
    groups = draw(st.integers(1, max(1, size // 2))) if allied and draw(st.booleans()) else 0
    located = draw(st.sampled_from(["none", "some", "all"]))
    drawn_picture = draw(st.sampled_from([0.1, 0.5, 0.9]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sums = {}
    if totals and draw(st.booleans()):
        sums = {"population": 800.0 * size, "households": 300.0 * size}
    return Case(
        table=village_table(rng, size, places, groups, located, drawn_picture),
        region=draw(st.sampled_from(region_names())),
        totals=sums,
        strategy=draw(strategies),
        levers=draw(lever_settings(without)) | (draw(county_levers()) if forming else {}),
        mode=draw(st.sampled_from(["point", "prior"])),
        seed=draw(st.integers(0, 2**31)),
        runs=draw(st.integers(1, most_runs)),
        years=draw(st.integers(1, most_years)),
        fixed=draw(parameter_corners()),
        grouped=not forming,
    )


def village_table(
    rng: np.random.Generator,
    size: int,
    places: tuple[int, int, int] = (1, 1, 1),
    groups: int = 0,
    located: str = "none",
    share_known: float = 0.5,
) -> str:
    """The text of a village table of `size` rows over (townships, counties, cities). `groups`:
    alliances it names. `share_known`: share of cells that are not blank."""
    rows = [_village(rng, number, places, located, share_known) for number in range(size)]
    if groups:
        _ally(rng, rows, groups)
    columns = list(rows[0])
    return (
        "\n".join(
            [",".join(columns), *(",".join(row[column] for column in columns) for row in rows)]
        )
        + "\n"
    )


def _village(
    rng: np.random.Generator,
    number: int,
    places: tuple[int, int, int],
    located: str,
    share_known: float,
) -> dict[str, str]:
    township, county, city = (int(rng.integers(0, top)) for top in places)
    row = {
        "name": f"v{number:02d}",
        "township": f"t{township}",
        "county": f"c{county}",
        "city": f"p{city}",
    }
    here = located == "all" or (located == "some" and rng.random() < 0.5)
    row["lon"] = f"{rng.uniform(121.0, 121.6):.4f}" if here else ""
    row["lat"] = f"{rng.uniform(29.4, 29.8):.4f}" if here else ""
    row |= {column: number_cell(rng, column, share_known) for column in USUAL}
    if row["households"] and row["population"]:
        row["households"] = ""  # a table with more households than persons is refused
    row["industry"] = (
        str(rng.choice(["flowers", "peach", "grain", "a product of its own"]))
        if rng.random() < share_known
        else ""
    )
    row["stage"] = (
        str(rng.choice(["grow", "process", "sell", "visit"])) if rng.random() < share_known else ""
    )
    row["culture"] = str(rng.choice(["river", "clan"])) if rng.random() < share_known else ""
    return row | {"alliance": "", "lead": "", "founded": ""}


def number_cell(rng: np.random.Generator, column: str, share_known: float) -> str:
    """One cell of a column of numbers: blank, a figure, a bound, an estimate or a range; now and
    then the ends of what is accepted."""
    share = (1 - share_known, *(share_known * part for part in (0.5, 0.15, 0.1, 0.15, 0.1)))
    kind = str(rng.choice(KINDS, p=share))
    field = FIELD[column]
    low, high = np.log(USUAL[column])
    first, two = sorted(np.exp(rng.uniform(low, high, 2)))
    if rng.random() < 0.1:
        first = two = EXTREME.get(column, field.high)
    elif rng.random() < 0.05:
        first = field.low if column != "reserves" else 0.0
    a, b = (f"{value:.4f}".rstrip("0").rstrip(".") for value in (first, max(first, two)))
    return {
        "blank": "",
        "exact": a,
        "below": f"<{b}",
        "above": f">{a}",
        "about": f"~{a}",
        "range": f"{a}-{b}",
    }[kind]


def _ally(rng: np.random.Generator, rows: list[dict[str, str]], groups: int) -> None:
    """Put some villages into alliances of two and more, some with a lead and a founding quarter."""
    allot = rng.integers(-1, groups, len(rows))
    for group in range(groups):
        members = [row for row, place in zip(rows, allot, strict=True) if place == group]
        if len(members) < 2:
            continue
        quarter = int(rng.integers(0, 6))
        founded = f"{START + quarter // 4}Q{quarter % 4 + 1}" if rng.random() < 0.7 else ""
        for row in members:
            row["alliance"], row["founded"] = f"alliance {group}", founded
        if rng.random() < 0.5:
            members[int(rng.integers(len(members)))]["lead"] = "yes"


def restless() -> Case:
    """Six alliances of four whose members look at their pacts every year and lose little by
    leaving: they leave, join and end."""
    rows = [
        "name,township,county,city,lon,lat,collective_income,industry,culture,alliance,founded,idle_land"
    ]
    for i in range(24):
        lon, lat, income = 121.2 + 0.005 * (i % 4), 29.5 + 0.005 * (i // 4), 60000 + 40000 * (i % 3)
        place = f"{lon},{lat},{income},grain,river,alliance {i // 4:02d},{START}Q1,60"
        rows.append(f"v{i:02d},t,c,p,{place}")
    return Case(
        table="\n".join(rows) + "\n",
        region="ningbo",
        totals={},
        strategy=Strategy(
            name="busy", title={"en": "Busy", "zh": "忙"}, pact_quarters=4, plenaries_per_year=40
        ),
        levers={
            "formation": 1.0,
            "places_mid": -1.0,
            "places_share": 1.0,
            "span": 15.0,
            "grant_per_village": 300_000.0,
            "grant_years": 2.0,
        },
        mode="point",
        seed=1,
        runs=6,
        years=5,
        fixed={"haircut": 0.01, "leaving_cost": 1.0, "meeting_cost": 2000.0},
        grouped=True,
    )

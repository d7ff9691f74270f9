"""The documented cases as the calibration simulates them: which scenario, how long, with what money, and what is read off.

A parameter set is one society: every case sees the same values of all parameters, those outside the inference included. A named
case is simulated with several draws of luck and of unknown starts a set, so that a selected one can be picked among them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from village_alliances.calibration import priors
from village_alliances.sim.building import build
from village_alliances.sim.ensemble import blocks, warm_up
from village_alliances.sim.metrics import INDEX
from village_alliances.sim.parameters import draw, regional
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import Scenario, documented, load
from village_alliances.sim.strategy import Portfolio

ZIBO_TOWNSHIPS = 10  # of 88: some 320 of the 2,811 villages, with the luck and the blanks that they have in the whole city
ZIBO_STRATEGIES = (
    "mutual_aid",
    "village_enterprise",
    "strong_leads_weak",
)  # those of most named cases there, township by township
USUAL = "strong_leads_weak"  # of a table that names no strategy
ZIBO_SHARE = 573 / 2811  # coverage is an input (zibo-villages-covered-2021, zibo-admin-villages)
ZIBO_MONEY = 390e6 / 573  # yuan a covered village, an input (zibo-funds-2021)
ZIBO_GRANT = 340_000.0  # yuan a member and year that comes near it; a second run hits it
Reading = Callable[[Any, Scenario], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Case:
    """`luck` draws a parameter set; `best` names the reading by which a named case is selected ('' where all are reported).

    `scenario`: a shipped one by name, or a planner's. `read_year`: read at the end of every year, as 'name year'. `named`:
    public money and the campaign's floor are those of the composites. `match_money`: a second run hits
    Zibo's stated public money.
    """

    name: str
    scenario: str | Scenario
    years: int
    read: Reading
    luck: int = 1
    best: str = ""
    levers: dict[str, float] = field(default_factory=dict)
    named: bool = False
    match_money: bool = False
    read_year: Reading | None = None


@dataclass(frozen=True)
class Societies:
    """Parameter sets to simulate: `shares` (n, composites), and `numbers` (n,) that key luck and the parameters left at their prior."""

    shares: np.ndarray
    numbers: np.ndarray
    fixed: dict[str, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.numbers)


def of_village(society: Any, scenario: Scenario, village: str, column: str) -> np.ndarray:
    """A column of one village, one value a run."""
    at = list(scenario.names).index(village)
    return np.asarray(getattr(society.v, column).reshape(-1, scenario.size)[:, at].copy())


def outcome(society: Any, name: str, year: int = -1) -> np.ndarray:
    """A recorded outcome of a year, one value a run."""
    return np.asarray(society.series[:, year, INDEX[name]].copy())


def read_jinxi(society: Any, scenario: Scenario) -> dict[str, np.ndarray]:
    """Leishan's rise over the year before, Jin'e's level a year earlier, the mean of five and income per head."""
    leishan = of_village(society, scenario, "雷山村", "collective_income")
    return {
        "leishan_rise": leishan - of_village(society, scenario, "雷山村", "start_income"),
        "leishan_gain": leishan - of_village(society, scenario, "雷山村", "alone_income"),
        "jine_level": of_village(society, scenario, "金峨村", "collective_income")
        / (
            1.0 + np.asarray(society.p["trend_collective"])
        ),  # the figure is of 2017, the reading of 2018
        "mean_level": outcome(society, "mean_income"),
        "per_head": outcome(society, "villager_income"),
    }


def read_tengtou(society: Any, scenario: Scenario) -> dict[str, np.ndarray]:
    """Qingyun's level, and what of it the alliance brought."""
    level = of_village(society, scenario, "青云村", "collective_income")
    return {
        "qingyun_level": level,
        "qingyun_gain": level - of_village(society, scenario, "青云村", "alone_income"),
    }


def read_chunhu(society: Any, scenario: Scenario) -> dict[str, np.ndarray]:
    """Tianyang's rent of developed land, and what the brand brings households by the mu."""
    return {
        "tianyang_rent": of_village(society, scenario, "田央村", "land_income"),
        "yuanao_per_mu": np.asarray(society.p["brand_household"])
        * society.a.brand.reshape(len(society.p), -1)[:, 0],
        "mean_gain": outcome(society, "gain_mean"),
    }


def read_system(society: Any, scenario: Scenario) -> dict[str, np.ndarray]:
    """Alliances, villages covered, gain and public money for each covered village, and weak villages left."""
    covered = np.maximum(outcome(society, "allied_villages"), 1.0)
    gain = outcome(society, "gain_mean") * scenario.size / covered
    allied = (society.v.alliance >= 0).reshape(-1, scenario.size)
    alone = (
        np.where(allied, society.v.alone_income.reshape(-1, scenario.size), 0.0).sum(axis=1)
        / covered
    )
    return {
        "alliances": outcome(society, "alliances"),
        "covered": outcome(society, "allied_villages"),
        "size": covered / np.maximum(outcome(society, "alliances"), 1.0),
        "gain": gain,
        "relative_gain": gain / np.maximum(alone, 1000.0),
        "money": outcome(society, "public_cost") / covered,
        "weak": outcome(society, "weak_villages_50k"),
    }


CAMPAIGN = {
    "campaign_start": 0.0,
    "campaign_end": 15.0,
}  # to the end of 2018 (fenghua-weak-villages-lifted-2018)
CASES = {
    case.name: case
    for case in (
        Case("jinxi", "jinxi", 4, read_jinxi, luck=32, best="leishan_rise", named=True, levers=CAMPAIGN),
        Case("tengtou", "tengtou", 4, read_tengtou, luck=32, best="qingyun_level", named=True, levers=CAMPAIGN),
        Case("chunhu", "chunhu", 3, read_chunhu, luck=8, best="mean_gain", named=True),
        Case("fenghua", "fenghua", 4, read_system),
        Case(
            "zibo", "zibo", 5, read_system, match_money=True,
            levers={"campaign_share": ZIBO_SHARE, "grant_per_village": ZIBO_GRANT, "grant_years": 8.0},
        ),
    )
}  # fmt: skip


@cache
def scenario_of(name: str) -> Scenario:
    """A scenario by name; of Zibo the first townships."""
    whole = load(name)
    if name != "zibo":
        return whole
    some = sorted(set(map(str, whole.places["township"])))[:ZIBO_TOWNSHIPS]
    return part_of(whole, np.isin(whole.places["township"].astype(str), some))


def part_of(scenario: Scenario, keep: np.ndarray) -> Scenario:
    """The scenario with only the villages where `keep` (n,) is true. It may have no given alliances."""
    if scenario.given:
        raise ValueError(f"{scenario.name} has given alliances; a part of it would tear them")

    def cut(table: dict[str, Any]) -> dict[str, Any]:
        return {name: column[keep] for name, column in table.items()}

    numbers = {
        name: type(c)(c.kind[keep], c.low[keep], c.high[keep])
        for name, c in scenario.numbers.items()
    }
    return replace(
        scenario,
        ids=scenario.ids[keep],
        names=scenario.names[keep],
        places=cut(scenario.places),
        numbers=numbers,
        words=cut(scenario.words),
        position=scenario.position[keep],
        located=scenario.located[keep],
        lonlat=scenario.lonlat[keep],
        totals={},
        table=None,
    )


@cache
def portfolio_of(name: str) -> Portfolio:
    """The strategies that the documents state; in Zibo those of most named cases, township by township."""
    scenario = scenario_of(name)
    if name != "zibo":
        return stated_in(scenario)
    towns = sorted(set(map(str, scenario.places["township"])))
    return Portfolio(
        ZIBO_STRATEGIES[0],
        {town: ZIBO_STRATEGIES[at % len(ZIBO_STRATEGIES)] for at, town in enumerate(towns)},
    )


def stated_in(scenario: Scenario) -> Portfolio:
    """The strategies that a scenario states, the usual one where it states none."""
    return (
        documented(scenario)
        if any(given.strategy for given in scenario.given)
        else Portfolio(USUAL)
    )


def simulate(
    case: Case, societies: Societies, seed: int, threads: int = 2
) -> dict[str, np.ndarray]:
    """Every reading of a case: name -> (parameter sets, draws of luck).

    All parameters that no composite moves come from their prior, keyed by the set's number; `societies.fixed` overrides by name.
    """
    warm_up()
    if isinstance(case.scenario, str):
        scenario, portfolio = scenario_of(case.scenario), portfolio_of(case.scenario)
    else:
        scenario, portfolio = case.scenario, stated_in(case.scenario)
    numbers = np.asarray(societies.numbers, np.uint64)
    fixed = {**priors.expand(societies.shares), **(societies.fixed or {})}
    table = draw(regional(scenario.region.quantities()), "prior", seed, numbers, fixed)
    grants = np.full(len(numbers), float(case.levers.get("grant_per_village", np.nan)))
    if case.named:
        grants = priors.money(societies.shares)
    floors = priors.campaign_floor(societies.shares)
    sets = np.repeat(np.arange(len(numbers)), case.luck)
    runs = np.repeat(numbers * np.uint64(1000), case.luck) + np.tile(
        np.arange(case.luck, dtype=np.uint64), len(numbers)
    )
    rows = np.arange(len(runs), dtype=np.uint64)

    def carry_out(block: np.ndarray) -> dict[str, np.ndarray]:
        at = sets[block.astype(int)]
        given = grants[at]
        found: dict[str, np.ndarray] = {}
        for _ in range(2 if case.match_money else 1):
            society = start(case, scenario, portfolio, seed, runs[block.astype(int)], table[at])
            if np.isfinite(given).all():
                society.l.grant_per_village[:] = given
            if case.named and "campaign_start" in case.levers:
                society.l.campaign_floor[:] = floors[at]
            by_year: dict[str, np.ndarray] = {}
            for tick in range(4 * case.years):
                step(society, tick)
                if case.read_year and tick % 4 == 3:
                    by_year |= {
                        f"{name} {scenario.start + tick // 4}": v
                        for name, v in case.read_year(society, scenario).items()
                    }
            found = case.read(society, scenario) | by_year
            if case.match_money:
                given = given * np.clip(ZIBO_MONEY / np.maximum(found["money"], 1.0), 0.3, 3.0)
        return found

    parts = blocks(rows, scenario.size, threads)
    if threads == 1:
        done = [carry_out(part) for part in parts]
    else:
        with ThreadPoolExecutor(threads) as pool:
            done = list(pool.map(carry_out, parts))
    return {
        name: np.concatenate([one[name] for one in done]).reshape(len(numbers), case.luck)
        for name in done[0]
    }


def start(
    case: Case,
    scenario: Scenario,
    portfolio: Portfolio,
    seed: int,
    runs: np.ndarray,
    table: np.recarray,
) -> Any:
    """The society of a case on its first day."""
    society = build(
        scenario,
        portfolio,
        seed=seed,
        runs=runs,
        levers=case.levers,
        parameters=table,
        years=case.years,
    )
    return society


def selected(
    case: Case, readings: dict[str, np.ndarray], share: np.ndarray, place: np.ndarray
) -> dict[str, np.ndarray]:
    """Each set's reported draw of luck: the one at `place` (n,) in 0..1 among the draws above the quantile `share` (n,)."""
    if not case.best:
        return {name: values[:, 0] for name, values in readings.items()}
    order = np.argsort(readings[case.best], axis=1, kind="stable")
    rank = np.minimum(((share + (1.0 - share) * place) * case.luck).astype(int), case.luck - 1)
    pick = order[np.arange(len(rank)), rank]
    return {name: values[np.arange(len(rank)), pick] for name, values in readings.items()}

"""The documented cases as the calibration simulates them: which scenario, how long, with what
money, and what is read off.

A parameter set is one society: every case sees the same values of all that is fitted. A named case
is simulated with several draws of luck and of unknown starts a set, so that a selected one can be
picked among them. Gains are differences to the same society without alliances on the same draws. A
reading that is nan or not above nought says that there is nothing of which a document could state a
figure: no workshop, no gain.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from village_alliances.calibration.priors import MONEY, Sets
from village_alliances.sim import region, technology
from village_alliances.sim.building import build
from village_alliances.sim.ensemble import blocks, warm_up
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import Scenario, documented
from village_alliances.sim.society import ACTIVE, LAND, OUTSIDE, PAPER, PIECES, WORKING
from village_alliances.sim.strategy import Portfolio

# draws of luck of a named case: what luck does is told by sets, so that a few serve to pick a
# praised one
LUCK = 8
# of a county with hundreds of villages, some that hold no named alliance; each with the luck and
# blanks it has in the whole
TOWNSHIPS = {
    "zibo": 3,
    "fenghua": 4,
}
ZIBO_STRATEGIES = (
    "mutual_aid",
    "village_enterprise",
    "strong_leads_weak",
)  # those of most named cases there, township by township
USUAL = "strong_leads_weak"  # of a table that names no strategy
ZIBO_MONEY = 390e6 / 573  # yuan a covered village, an input (zibo-funds-2021)
COUNTRY_VILLAGES = 40  # that stand for the country's
COLUMNS = ("operating_income", "total_income", "villager_income", "alliance_income", "jobs")
RATES = (
    "leaving",
    "going_quiet",
    "project_death",
    "alliance_death",
)  # told apart wherever they are told


@dataclass
class Played:
    """Societies of one case played to their end. `years`: what every village had at the
    start and at the end of each year, by name (runs, villages). `alliance_years` (runs,):
    time that alliances were there."""

    scenario: Scenario
    society: Any
    years: list[dict[str, np.ndarray]]
    alliance_years: np.ndarray

    @property
    def runs(self) -> int:
        """How many."""
        return int(self.society.runs.size)

    def of(self, village: str, column: str, year: int = -1) -> np.ndarray:
        """A column of one village at the end of a year (0: the start), (runs,)."""
        return self.years[year][column][:, list(self.scenario.names).index(village)]

    def outcome(self, name: str, year: int = -1) -> np.ndarray:
        """A recorded outcome of a year, (runs,)."""
        return np.asarray(self.society.series[name][:, year].copy())

    def column(self, name: str) -> np.ndarray:
        """A column of the villages at the end, (runs, villages)."""
        return np.asarray(getattr(self.society.villages, name).reshape(self.runs, -1))


Reading = Callable[[Played, Played | None], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Case:
    """`luck` draws a parameter set; `best` names the reading by which a named case is selected (''
    where all are reported). `pool` makes the readings of a set from those of all its draws of luck
    (sets, luck), where a figure speaks of many villages.

    `scenario`: a shipped one by name, or a planner's. `named`: public money is that of the reading.
    `paired`: played without alliances as well. `alone`: played only so. `match_money`: a second run
    hits Zibo's stated public money.
    """

    name: str
    scenario: str | Scenario
    years: int
    read: Reading
    luck: int = 1
    best: str = ""
    levers: dict[str, float] = field(default_factory=dict)
    named: bool = False
    paired: bool = False
    alone: bool = False
    match_money: bool = False
    pool: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]] | None = None


# -------- What is read off


def read_jinxi(play: Played, none: Played | None) -> dict[str, np.ndarray]:
    """Leishan's rise since the start, the mean of five and income per head of 2018."""
    end = play.years[-1]
    people = play.column("population")
    return {
        "leishan_rise": end_less_start(play, "雷山村", "operating_income"),
        "mean_level": end["total_income"].mean(axis=1),
        "per_head": (end["villager_income"] * people).sum(axis=1) / people.sum(axis=1),
    }


def end_less_start(play: Played, village: str, column: str) -> np.ndarray:
    """By how much a column of a village has risen, (runs,)."""
    return play.of(village, column) - play.of(village, column, 0)


def read_tengtou(play: Played, none: Played | None) -> dict[str, np.ndarray]:
    """Qingyun's level."""
    return {"qingyun_level": play.of("青云村", "total_income")}


def gains(play: Played, none: Played | None, year: int = -1) -> np.ndarray:
    """Gain of every village over itself without alliances at the end of a year,
    (runs, villages) yuan a year."""
    assert none is not None
    return np.asarray(play.years[year]["operating_income"] - none.years[year]["operating_income"])


def read_county(play: Played, none: Played | None) -> dict[str, np.ndarray]:
    """Villages to an alliance, public money a covered village, and workers to a workshop; nan where
    there is no alliance or workshop."""
    covered, alliances = play.outcome("allied_villages"), play.outcome("alliances")
    return {
        "size": ratio(covered, alliances),
        "money": ratio(play.outcome("public_cost"), covered),
        "workers": workers_to_a_workshop(play),
    }


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """One over the other, nan where the other is nought."""
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)


def workers_to_a_workshop(play: Played) -> np.ndarray:
    """Jobs of all workshops at work over their number, (runs,)."""
    workshop = [kind.name for kind in technology.shipped()].index("workshop")
    capital = play.society.capital[:, workshop]
    slots = play.society.alliances.size // play.runs
    run = np.concatenate([play.society.villages.run, np.repeat(np.arange(play.runs), slots)])
    jobs = np.bincount(run, capital * play.society.technology.jobs[run, workshop], play.runs)
    return ratio(jobs, np.bincount(run, capital > 0.0, play.runs))


def read_zibo(play: Played, none: Played | None) -> dict[str, np.ndarray]:
    """What a county shows, with the mean gain of a covered village, yuan a year."""
    member = play.column("alliance") >= 0
    gain = np.where(member, gains(play, none), 0.0).sum(axis=1)
    return {**read_county(play, none), "gain": ratio(gain, member.sum(axis=1))}


def read_growth(play: Played, none: Played | None) -> dict[str, np.ndarray]:
    """Growth of operating income within the last year."""
    now, before = (play.years[year]["operating_income"].sum(axis=1) for year in (-1, -2))
    return {"growth": now / before}


def read_country(play: Played, none: Played | None) -> dict[str, np.ndarray]:
    """By how many times villages' total income has grown since the start."""
    now, before = (play.years[year]["total_income"].mean(axis=1) for year in (-1, 0))
    return {"growth": now / before}


AGES = {
    "first": 1,
    "two": 3,
    "four": 5,
}  # years since the alliance was founded within a first one -> which year's end is read


def read_ages(play: Played, none: Played | None) -> dict[str, np.ndarray]:
    """At the end of the founding year, two years and four years later: by how much members' income
    per head lies above what it is without alliances, the median member's dividend, which is what a
    village reports that the joint body brings it, and members' mean jobs (the median has none)."""
    assert none is not None
    member = np.asarray(play.society.given_member >= 0)
    readings = {}
    for age, year in AGES.items():
        now, without = (run.years[year]["villager_income"][:, member] for run in (play, none))
        readings[f"effect_{age}"] = (now / without - 1.0).mean(axis=1)
        dividend = play.years[year]["alliance_income"][:, member]
        readings[f"gain_{age}"] = np.median(dividend, axis=1)
        readings[f"jobs_{age}"] = play.years[year]["jobs"][:, member].mean(axis=1)
    return readings


def growth_with_age(readings: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """By how many times effect, dividend and jobs have grown since the founding year, over all
    draws of luck of a set (sets, luck) -> (sets, 1). nan where there was nothing in the founding
    year."""
    middle: dict[str, Any] = {"effect": np.mean, "gain": np.median, "jobs": np.mean}
    grown: dict[str, np.ndarray] = {}
    for what, of in middle.items():
        first, two, four = (of(readings[f"{what}_{age}"], axis=1, keepdims=True) for age in AGES)
        grown |= {f"{what}_two": ratio(two, first), f"{what}_four": ratio(four, first)}
    return grown


def gain_of(village: str) -> Reading:
    """Reading: a village's gain, land income and level; jobs and gain of its alliance."""

    def read(play: Played, none: Played | None) -> dict[str, np.ndarray]:
        position = list(play.scenario.names).index(village)
        gain = gains(play, none)
        return {
            "gain": gain[:, position],
            "land": from_land(play, position),
            "level": play.of(village, "total_income"),
            "alliance_gain": gain.sum(axis=1),
            "jobs": play.years[-1]["jobs"].sum(axis=1),
        }

    return read


def from_land(play: Played, position: int) -> np.ndarray:
    """What projects on land bring the village at this position: its own, and its part among members
    of its alliance's, (runs,)."""
    society = play.society
    on_land = np.isin(society.needs, (int(LAND), int(PIECES))).any(axis=1)
    rows = np.arange(play.runs) * play.scenario.size + position
    profit = _profit(society, rows, np.arange(play.runs), on_land)  # type: ignore[arg-type]
    slot = society.villages.alliance[rows]
    allied = np.flatnonzero(slot >= 0)
    theirs = _profit(society, society.villages.size + slot[allied], allied, on_land)  # type: ignore[arg-type]
    profit[allied] += theirs / np.maximum(society.alliances.members[slot[allied]], 1)
    return profit


def _profit(society: Any, accounts: np.ndarray, runs: np.ndarray, types: np.ndarray) -> np.ndarray:
    """Yearly profit of accounts of these runs from these types."""
    capital = society.capital[accounts]
    takings = capital * society.rate[accounts] * society.fortune[accounts]
    profit = np.where(capital > 0.0, takings - society.technology.overhead[runs], 0.0)
    return np.asarray(profit[:, types].sum(axis=1))


def read_fate(play: Played, none: Played | None) -> dict[str, np.ndarray]:
    """Whether a given alliance's founding members are all active, or all still members, at the end;
    and the four rates' parts."""
    standing = play.column("standing")[:, np.asarray(play.society.given_member >= 0)]
    run = play.society.runs
    return {
        "whole": (standing == WORKING).all(axis=1).astype(float),
        "together": (standing != OUTSIDE).all(axis=1).astype(float),
        "gain": gains(play, none).mean(axis=1),
        "leaving": run.leaves.astype(float),
        "going_quiet": run.quietened.astype(float),
        "project_death": run.died_sum.astype(float),
        "alliance_death": run.ended_sum.astype(float),
        "member_years": run.member_years.copy(),
        "project_years": run.project_years.copy(),
        "alliance_years": play.alliance_years,
    }


CASES = {
    case.name: case
    for case in (
        Case("jinxi", "jinxi", 4, read_jinxi, luck=LUCK, best="leishan_rise", named=True),
        Case("tengtou", "tengtou", 4, read_tengtou, luck=LUCK, best="qingyun_level", named=True),
        Case("fenghua", "fenghua", 4, read_county),
        Case("zibo", "zibo", 5, read_zibo, match_money=True, paired=True),
    )
}


# -------- Scenarios and strategies


@cache
def scenario_of(name: str) -> Scenario:
    """A scenario by name: a shipped one, of TOWNSHIPS a part; `country`: villages drawn as the
    country's, from 2013 on."""
    if name == "country":
        some = part_of(load("zibo"), np.arange(load("zibo").size) < COUNTRY_VILLAGES)
        blank = {
            name: type(c)(0 * c.kind, np.full_like(c.low, -np.inf), np.full_like(c.high, np.inf))
            for name, c in some.numbers.items()
        }
        return replace(
            some, region=region.load("china").during(2013, 8), start=2013, numbers=blank, levers={}
        )
    whole = load(name)
    if name not in TOWNSHIPS:
        return whole
    town = whole.places["township"].astype(str)
    named = {town[member] for given in whole.given for member in given.members}
    kept = sorted(set(town) - named)[: TOWNSHIPS[name]]
    return part_of(replace(whole, given=()), np.isin(town, kept))


def part_of(scenario: Scenario, keep: np.ndarray) -> Scenario:
    """The scenario with only the villages where `keep` (n,) is true. It may
    have no given alliances."""
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
    """The strategies that the documents state; in Zibo those of most named
    cases, township by township."""
    scenario = scenario_of(name)
    if name != "zibo":
        return stated_in(scenario)
    towns = sorted(set(map(str, scenario.places["township"])))
    return Portfolio(
        ZIBO_STRATEGIES[0],
        {town: ZIBO_STRATEGIES[n % len(ZIBO_STRATEGIES)] for n, town in enumerate(towns)},
    )


def stated_in(scenario: Scenario) -> Portfolio:
    """The strategies that a scenario states, the usual one where it states none."""
    return (
        documented(scenario)
        if any(given.strategy for given in scenario.given)
        else Portfolio(USUAL)
    )


# -------- Playing


def simulate(case: Case, sets: Sets, seed: int, threads: int = 2) -> dict[str, np.ndarray]:
    """Every reading of a case: name -> (parameter sets, draws of luck).

    What is fitted is what the sets hold; a region's own parameters, blanks and luck are
    drawn anew in every run.
    """
    warm_up()
    if isinstance(case.scenario, str):
        scenario, portfolio = scenario_of(case.scenario), portfolio_of(case.scenario)
    else:
        scenario, portfolio = case.scenario, stated_in(case.scenario)
    count = len(sets)
    of_set = np.repeat(np.arange(count), case.luck)
    luck = np.tile(np.arange(case.luck, dtype=np.uint64), count)
    runs = sets.numbers[of_set] * np.uint64(1000) + luck
    values = sets.of_model()

    def carry_out(block: np.ndarray) -> dict[str, np.ndarray]:
        rows = of_set[block]
        options: dict[str, Any] = {
            "seed": seed,
            "runs": runs[block],
            "mode": "prior",
            "years": case.years,
            "fixed": {name: v[rows] for name, v in values.items()},
            "levers": dict(case.levers),
        }
        if case.named:
            options["levers"]["grant_per_village"] = sets.values[MONEY.name][rows]
        without = play(scenario, Portfolio("none"), options) if case.paired or case.alone else None
        if case.alone:
            assert without is not None
            return case.read(without, None)
        readings = case.read(play(scenario, portfolio, options), without)
        if case.match_money:
            usual = options["levers"].get("grant_per_village", scenario.levers["grant_per_village"])
            nearer = np.clip(np.nan_to_num(ZIBO_MONEY / readings["money"], nan=1.0), 0.3, 2.0)
            options["levers"]["grant_per_village"] = np.minimum(usual * nearer, 500_000.0)
            readings = case.read(play(scenario, portfolio, options), without)
        return readings

    parts = blocks(np.arange(len(runs)), scenario.size, threads)
    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(carry_out, parts))
    readings = {
        name: np.concatenate([block[name] for block in done]).reshape(count, case.luck)
        for name in done[0]
    }
    return case.pool(readings) if case.pool else readings


def play(scenario: Scenario, portfolio: Portfolio, options: dict[str, Any]) -> Played:
    """Societies played to the end of their years."""
    society = build(scenario, portfolio, **options)
    shape = (society.runs.size, scenario.size)

    def snapshot() -> dict[str, np.ndarray]:
        return {name: getattr(society.villages, name).reshape(shape).copy() for name in COLUMNS}

    years = [snapshot()]
    there = np.zeros(shape[0])
    for tick in range(society.calendar.size):
        step(society, tick)
        standing = np.isin(society.alliances.status, (ACTIVE, PAPER))
        there += 0.25 * standing.reshape(shape[0], -1).sum(axis=1)
        if tick % 4 == 3:
            years.append(snapshot())
    return Played(scenario, society, years, there)


def reported(
    case: Case, readings: dict[str, np.ndarray], share: np.ndarray, place: np.ndarray
) -> dict[str, np.ndarray]:
    """Each set's reported draw of luck: the one at `place` (n,) in 0..1 among the draws above
    the quantile `share` (n,)."""
    if not case.best:
        return {name: values[:, 0] for name, values in readings.items()}
    order = np.argsort(readings[case.best], axis=1, kind="stable")
    first = first_rank(case, share)
    rank = np.minimum((first + (case.luck - first) * place).astype(int), case.luck - 1)
    pick = order[np.arange(len(rank)), rank]
    return {name: values[np.arange(len(rank)), pick] for name, values in readings.items()}


def first_rank(case: Case, share: np.ndarray) -> np.ndarray:
    """The first of a set's draws of luck, in order of what a named case is selected by, above
    the quantile `share` (n,)."""
    return np.minimum((share * case.luck).astype(int), case.luck - 1)

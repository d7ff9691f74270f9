"""The plain Mesa model of the benchmarks is the same model: equal to the compiled rules on
the same draws, to 1e-9."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import LEVELS
from village_alliances.sim.parameters import levers
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import ACCOUNT, ALLIANCE, ENDOWMENTS, RUN, VILLAGE
from village_alliances.sim.strategy import names

from benchmarks.county import county
from benchmarks.plain_mesa import Alliance, County, Village

RELATIVE = 1e-9
SMALL = {"yuan": 1e-3, "yuan/year": 1e-3}  # sums of millions that cancel
POINTERS = ("id", "run", "alliance", "lent_from")
OF_VILLAGES = [v for v in VILLAGE if v.name not in POINTERS]
OF_ACCOUNTS = [v for v in ACCOUNT if v.name != "best"]
OF_ALLIANCES = [
    v for v in ALLIANCE if v.name not in ("key", "strategy", "lead", "top", "promising", "weakest")
]
OF_RUNS = [v for v in RUN if v.name not in ("run", "next_slot")]
TWIN_SAYS = {"ability": "manager_ability"}  # where the twin has another name for an account's

FORMATION = {"formation": 1.0, "places_share": 0.8, "places_mid": 3.0}
LEVERS = {
    "a county that ranks and rewards": {
        "reward_first": 3e5, "reshuffle_last": 1.0, "grant_weak_first": 0.5, "retention": 1.0, "pact": 4.0,
    },
    "a campaign for the weak": {
        "campaign_floor": 90000.0, "campaign_start": 2.0, "campaign_end": 14.0, "ordinary_money": 30000.0, "routed": 1.0, "names": 1.0,
    },
    "township cadres lead": {
        "township_head": 1.0, "plenaries": 12.0, "agreement": 1.0, "posting": 0.0, "departures": 0.0, "sharing": 3.0,
    },
    "shocks": {
        "market_quarter": 9.0, "market_shock": -0.4, "pandemic_quarter": 14.0, "pandemic_shock": -0.3, "funding_cut_quarter": 8.0,
        "leader_loss_quarter": 11.0, "firm_loss_quarter": 7.0,
    },
    "promises of leads": {"township_head": 0.0, "sharing": 3.0, "posting": 1.0, "mentoring": 1.0, "span": 6.0},
    "the weakest first": {"sharing": 2.0, "grant_per_village": 200000.0, "grant_years": 2.0},
    "by heads": {"sharing": 1.0, "forced": 1.0},
    "nothing shared": {"own_money": 0.0, "pooling": 0.0, "shared_ability": 0.0},
    "little of everything": {
        "mentoring": 0.0, "elections": 0.0, "moves": 0.0, "grant_per_village": 0.0, "returnee_pool": 2.0,
    },
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("compiled_model")


def side_by_side(
    scenario: Scenario, strategy: str, years: int = 0, **how: Any
) -> Iterator[tuple[Any, County]]:
    """The compiled society and its twin, at the start and quarter by quarter."""
    society = build(scenario, strategy, years=years, **how)
    twin = County(society)
    yield society, twin
    for tick in range(4 * (years or scenario.years)):
        step(society, tick)
        twin.step()
        yield society, twin


def same(ours: Any, theirs: Any, what: str, unit: str = "") -> None:
    ours, theirs = np.array(ours, float), np.array(theirs, float)
    least = SMALL.get(unit, RELATIVE)
    np.testing.assert_allclose(
        ours.reshape(theirs.shape), theirs, rtol=RELATIVE, atol=least, err_msg=what
    )


def assert_same(society: Any, twin: County) -> None:
    """Every variable of villages, accounts, alliances, the run and its markets is the
    same number."""
    when = f"after {twin.tick} quarters: "
    place: dict[Any, int] = {village: i for i, village in enumerate(twin.in_order)}
    place |= {None: -1}
    slots = np.flatnonzero(np.isin(society.alliances.status, (1, 2)))
    by_key = {int(alliance.key): alliance for alliance in twin.alliances}
    assert sorted(by_key) == sorted(society.alliances.key[slots].tolist()), f"{when}alliances"
    alliances = [by_key[int(key)] for key in society.alliances.key[slots]]
    number: dict[Any, int] = {alliance: int(k) for alliance, k in zip(alliances, slots)} | {
        None: -1
    }
    assert_same_villages(society, twin, when, place, number)
    assert_same_alliances(society, alliances, slots, when, place)
    rows = {village: value for village, value in place.items() if village is not None}
    rows |= {alliance: len(twin.in_order) + int(k) for alliance, k in zip(alliances, slots)}
    assert_same_accounts(society, twin, rows, when)
    for variable in OF_RUNS:
        same(
            getattr(twin, variable.name),
            society.runs[variable.name][0],
            when + variable.name,
            variable.unit,
        )
    same(list(twin.price.values()), society.price[0], f"{when}prices")
    market = np.zeros(society.market.shape[1:])
    for (county_name, kind, product), stock in twin.market.items():
        market[county_name, twin.kinds.index(kind), product] = stock
    same(market, society.market[0], f"{when}markets", "yuan")


def assert_same_villages(
    society: Any, twin: County, when: str, place: dict[Any, int], number: dict[Any, int]
) -> None:
    villages = twin.in_order
    for variable in OF_VILLAGES:
        ours = [getattr(village, variable.name) for village in villages]
        same(ours, getattr(society.villages, variable.name), when + variable.name, variable.unit)
    for name, of in (("lent_from", place), ("alliance", number)):
        ours = [of[getattr(village, name)] for village in villages]
        assert ours == getattr(society.villages, name).tolist(), when + name
    for name in ("endowment", "used", "signed_away"):
        ours = [[getattr(village, name)[e] for e in ENDOWMENTS] for village in villages]
        same(ours, getattr(society, name), when + name)


def assert_same_alliances(
    society: Any, alliances: list[Alliance], slots: np.ndarray, when: str, place: dict[Any, int]
) -> None:
    for variable in OF_ALLIANCES:
        ours = [getattr(alliance, variable.name) for alliance in alliances]
        theirs = society.alliances[variable.name][slots]
        same(ours, theirs, f"{when}{variable.name} of alliances", variable.unit)
    for name in ("lead", "top", "promising", "weakest"):
        ours = [place[getattr(alliance, name)] for alliance in alliances]
        assert ours == society.alliances[name][slots].tolist(), f"{when}{name} of alliances"


def assert_same_accounts(
    society: Any, twin: County, rows: dict[Village | Alliance, int], when: str
) -> None:
    index = list(rows.values())
    for variable in OF_ACCOUNTS:
        name = TWIN_SAYS.get(variable.name, variable.name)
        ours = [getattr(row, name) for row in rows]
        theirs = getattr(society.accounts, variable.name)[index]
        same(ours, theirs, f"{when}{variable.name} of accounts", variable.unit)
    kinds: dict[Any, int] = {kind: i for i, kind in enumerate(twin.kinds)} | {None: -1}
    best = [kinds[row.best] for row in rows]
    assert best == society.accounts.best[index].tolist(), f"{when}best"
    same(
        [[row.rate[kind] for kind in twin.kinds] for row in rows],
        society.rate[index],
        f"{when}rate",
    )
    stock = np.zeros((3, *society.capital.shape))
    for key, row in rows.items():
        for kind, project in key.projects.items():
            it = (project.capital, project.building, project.fortune)
            stock[:, row, kinds[kind]] = it
    same(stock[0], society.capital, f"{when}capital", "yuan")
    same(stock[1], society.building, f"{when}begun", "yuan")
    there = society.capital + society.building > 0.0
    same(stock[2][there], society.fortune[there], f"{when}fortune")


def assert_same_record(society: Any, twin: County) -> None:
    """Every recorded level of every year is the same number."""
    collected = twin.datacollector.get_model_vars_dataframe()
    assert list(collected.columns) == [level.name for level in LEVELS]
    for level in LEVELS:
        same(
            collected[level.name],
            society.series[level.name][0],
            level.name,
            level.unit,
        )
    assert twin.status == society.runs.status[0]


def assert_same_throughout(scenario: Scenario, strategy: str, years: int = 0, **how: Any) -> Any:
    """The last society and its twin, after every quarter was the same."""
    for society, twin in side_by_side(scenario, strategy, years, **how):
        assert_same(society, twin)
    assert_same_record(society, twin)
    return society, twin


def free(alliances: int = 8) -> Scenario:
    """An invented county in which nothing is given."""
    return replace(county(alliances), given=())


@pytest.mark.parametrize("mode", ["point", "prior"])
@pytest.mark.parametrize("strategy", ["none", "strong_leads_weak", "village_enterprise"])
@pytest.mark.parametrize("name", ["jinxi", "tengtou-1plus6"])
def test_the_twin_is_the_same_model(name: str, strategy: str, mode: Any) -> None:
    assert_same_throughout(load(name), strategy, mode=mode, runs=np.array([1], np.uint64))


@pytest.mark.parametrize("strategy", ["mutual_aid", "cross_border", "enclave", "project"])
def test_villages_ally_join_and_leave_alike(strategy: str) -> None:
    """Leaving is cheap and leading dear, so that alliances come and go."""
    dear = {"haircut": 0.0, "leaving_cost": 0.0, "founding_cost": 100.0, "lead_cost": 3000.0}
    levers = FORMATION | {"pact": 4.0, "plenaries": 24.0}
    society, _ = assert_same_throughout(
        free(), strategy, 8, mode="prior", levers=levers, fixed=dear, seed=5
    )
    run = society.runs[0]
    assert run.leaves > 0 and run.ended_sum > 0 and run.refusals > 0 and run.quietened > 0


@pytest.mark.parametrize("levers", LEVERS.values(), ids=LEVERS)
def test_the_twin_knows_every_lever(levers: dict[str, float]) -> None:
    for scenario, strategy in ((free(6), "culture"), (county(6), "village_enterprise")):
        formed = levers | (FORMATION if not scenario.given else {})
        assert_same_throughout(scenario, strategy, 5, mode="prior", levers=formed, seed=5)


def test_every_lever_is_turned() -> None:
    turned = set().union(*LEVERS.values(), FORMATION)
    assert set(levers()) - turned == set()


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [name for name in names() if name != "none"])
def test_the_twin_knows_every_strategy(strategy: str) -> None:
    assert_same_throughout(free(), strategy, 6, mode="prior", levers=FORMATION, seed=3)
    assert_same_throughout(county(8), strategy, 6, mode="prior", seed=3)


@pytest.mark.slow
def test_a_whole_county_is_the_same() -> None:
    """Campaign, given alliances and formation together."""
    assert_same_throughout(load("fenghua"), "strong_leads_weak", mode="prior")


def test_rivals_at_equal_money_are_the_same() -> None:
    society, twin = assert_same_throughout(
        free(), "enclave", 6, mode="prior", levers=FORMATION, rivals=True
    )
    assert society.even.sum() > 0.0
    for name, money in twin.rival_money.items():
        ours = np.zeros_like(society.even)
        for (tick, village), amount in money.items():
            ours[tick, twin.in_order.index(village)] = amount
        same(ours, getattr(society, name), name, "yuan")
    assert_same_throughout(free(), "none", 6, mode="prior", village_money=society.lumped)


def test_the_comparison_would_notice_a_difference() -> None:
    for society, twin in side_by_side(load("jinxi"), "strong_leads_weak", 1, mode="point"):
        assert_same(society, twin)
    twin.in_order[0].learned += 1e-6
    with pytest.raises(AssertionError, match="learned"):
        assert_same(society, twin)

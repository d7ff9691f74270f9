"""Money: every yuan that comes in is spent, saved, put to work or written off; claims on an
alliance are what it has; and the log tells the same story."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from village_alliances.sim.building import build
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import FLOWS, step
from village_alliances.sim.rules.founding import found_given
from village_alliances.sim.rules.leaving import leave
from village_alliances.sim.rules.stock import open_books
from village_alliances.sim.society import (
    ACTIVE,
    ACTIVE_AGAIN,
    BEGUN,
    CAMPAIGN,
    ENDED,
    EVENTS,
    FAILED,
    FOUNDED,
    GONE,
    GRANT,
    JOINED,
    LEFT,
    OWN_MONEY,
    REFUSED,
    REPLACED,
    REWARD,
    WENT_QUIET,
)

from tests.sim.strategies_for_tests import Case, restless, societies

CENT = 0.01
LEVERS = {
    "as the strategy says": {},
    "routed, equal shares": {"routed": 1.0, "sharing": 1.0},
    "promised, by the township": {"sharing": 3.0, "township_head": 1.0},
    "promised, by a village": {"sharing": 3.0, "township_head": 0.0},
    "weakest first, weak names": {"sharing": 2.0, "names": 1.0},
    "campaign and contests": {
        "campaign_floor": 60000.0,
        "campaign_start": 2.0,
        "reward_first": 1e6,
        "reshuffle_last": 1.0,
    },
    "short pacts": {"pact": 4.0, "grant_per_village": 300000.0},
}


def held(society) -> np.ndarray:
    """What every run holds: cash and capital of all accounts, less debts (runs,)."""
    runs, rows = society.runs.size, society.villages.size
    accounts = society.accounts.fund + society.capital.sum(axis=1) + society.building.sum(axis=1)
    of_villages = (accounts[:rows] - society.villages.debt).reshape(runs, -1).sum(axis=1)
    return of_villages + accounts[rows:].reshape(runs, -1).sum(axis=1)


def flows(society) -> np.ndarray:
    """What came in less what went out in a quarter (runs,)."""
    run = society.runs
    into = run.earned + run.profits + run.ordinary + run.grants + run.solo_grants + run.campaign
    return into - run.spent - run.interest - run.costs - run.works - run.written_off


def far_off(amounts: np.ndarray, other: np.ndarray, scale: np.ndarray | float = 0.0) -> float:
    """The largest difference of two amounts in yuan, above what floats of
    that size cannot tell apart."""
    return float((np.abs(amounts - other) - 1e-12 * np.abs(scale)).max(initial=0.0))


def claims_are_assets(society: Any) -> None:
    rows, there = society.villages.size, np.isin(society.alliances.status, [1, 2])
    assets = society.accounts.fund + society.capital.sum(axis=1) + society.building.sum(axis=1)
    allied = society.villages.alliance >= 0
    claims = np.bincount(
        society.villages.alliance[allied],
        society.villages.stake[allied],
        minlength=society.alliances.size,
    )
    value = assets[rows:]
    assert far_off(society.alliances.stakes[there], value[there], value[there]) < 1.0
    assert far_off(claims[there], value[there], value[there]) < 1.0
    assert (value[~there] == 0).all()


@pytest.mark.parametrize("name", LEVERS)
@pytest.mark.parametrize("strategy", ["strong_leads_weak", "village_enterprise", "project"])
def test_every_yuan_of_a_county_is_somewhere(name, strategy, compiled_model):
    society = build(load("fenghua"), strategy, runs=3, levers=LEVERS[name], mode="prior", years=9)
    for tick in range(36):
        before = held(society)
        step(society, tick)
        assert np.abs(held(society) - before - flows(society)).max() < CENT
        claims_are_assets(society)


@pytest.mark.usefixtures("compiled_model")
@example(restless())
@given(societies())
def test_every_yuan_of_any_society_is_somewhere(case: Case) -> None:
    society = case.build()
    for tick in range(case.ticks):
        before = held(society)
        step(society, tick)
        assert far_off(held(society) - before, flows(society), before) < CENT, tick
        claims_are_assets(society)


@pytest.mark.usefixtures("compiled_model")
@example(restless())
@given(societies())
def test_every_flow_is_cleared_before_its_quarter(case: Case) -> None:
    first, other = case.build(), case.build()
    for name in FLOWS:
        other.runs[name][:] = 1e9
    step(first, 0)
    step(other, 0)
    for name in FLOWS:
        assert first.runs[name].tolist() == other.runs[name].tolist(), name


COUNTED = {  # events, and what counts them over a run
    FOUNDED: "founded_sum", ENDED: "ended_sum", LEFT: "leaves", REFUSED: "refusals",
    WENT_QUIET: "quietened", FAILED: "failed_sum",
}  # fmt: skip
AMOUNTS = {GRANT: "grants", CAMPAIGN: "campaign", OWN_MONEY: "own_sum"}  # and what adds them up


class Replay:
    """Who is where, and who is quiet, by the log alone."""

    def __init__(self) -> None:
        self.where: dict[int, int] = {}
        self.quiet: set[int] = set()

    def take(self, e: Any) -> None:
        village, alliance = int(e.village), int(e.alliance)
        if e.event == FOUNDED:
            assert alliance not in self.where.values(), "founded in a slot that is taken"
        elif e.event == JOINED:
            assert village not in self.where, "joined a second alliance"
            self.where[village] = alliance
        elif e.event == LEFT:
            assert self.where.pop(village) == alliance, "left an alliance that it was not in"
        elif e.event == ENDED:
            self.where = {who: place for who, place in self.where.items() if place != alliance}
        elif e.event == WENT_QUIET:
            self.quiet.add(village)
        elif e.event == ACTIVE_AGAIN:
            self.quiet.remove(village)
        self.quiet &= set(self.where)


@pytest.mark.usefixtures("compiled_model")
@example(restless())
@given(societies())
def test_the_log_tells_who_is_where_and_what_was_paid(case: Case) -> None:
    replay = Replay()
    counts: Counter[tuple[int, int]] = Counter()
    case = replace(case, runs=1)  # a log has room for one run
    own = np.zeros(case.runs)
    for tick, society in case.quarters(log=True):
        assert society.log_size[1] == 0, f"{society.log_size[1]} events found no room"
        paid = {event: np.zeros(case.runs) for event in AMOUNTS}
        changed = set()
        for e in society.log[: society.log_size[0]]:
            assert e.tick == tick and EVENTS[e.event]
            assert e.run == e.village // case.scenario.size
            counts[int(e.event), int(e.run)] += 1
            replay.take(e)
            if e.event in paid:
                paid[int(e.event)][e.run] += e.amount
            elif e.event == REWARD:
                paid[int(GRANT)][e.run] += 0.0  # paid and told as a grant as well
            elif e.event == BEGUN:
                assert e.amount > 0
            elif e.event in (GONE, REPLACED):
                assert 0 <= e.amount <= 1
                changed.add(int(e.village))
        villages = society.villages
        allied = np.flatnonzero(villages.alliance >= 0)
        places = dict(zip(allied.tolist(), villages.alliance[allied].tolist(), strict=True))
        assert replay.where == places, tick
        assert replay.quiet == set(np.flatnonzero(villages.standing == 2).tolist()), tick
        assert set(np.flatnonzero(villages.tenure == 0).tolist()) >= changed
        own += paid[int(OWN_MONEY)]
        paid[int(OWN_MONEY)] = own
        for event, name in AMOUNTS.items():
            np.testing.assert_allclose(paid[int(event)], society.runs[name], rtol=1e-9, atol=CENT)
        for event, name in COUNTED.items():
            lines = [counts[int(event), r] for r in range(case.runs)]
            assert lines == society.runs[name].tolist(), (name, tick)


@pytest.mark.usefixtures("compiled_model")
def test_the_restless_case_is_restless() -> None:
    """It is there to be watched: without leavers, enders and the quiet the tests
    above would see too little."""
    society = restless().run()
    for name in ("leaves", "ended_sum", "quietened", "refusals", "failed_sum", "died_sum"):
        assert society.runs[name].min() > 0, name


def test_shares_and_endowments_stay_within_their_bounds(compiled_model):
    society = build(load("fenghua"), "talent_driven", runs=3, years=9)
    for tick in range(36):
        step(society, tick)
        for name in ("ability", "practice", "capacity", "signed"):
            values = getattr(society.villages, name)
            assert values.min() >= 0 and values.max() <= 1
        free = society.endowment - society.used - society.signed_away
        assert free.min() > -1e-6 * (1 + society.endowment.max())
        assert society.capital.min() >= 0 and society.building.min() >= 0
        assert society.villages.debt.min() >= 0 and society.used.min() >= 0


@pytest.mark.usefixtures("compiled_model")
def test_joining_and_leaving_are_paid_for_in_cash():
    place = load("jinxi")
    options = {"founding_cost": 5000.0, "leaving_cost": 7000.0}
    society = build(place, "strong_leads_weak", runs=2, mode="point", fixed=options)
    before = society.accounts.fund[: society.villages.id.size].copy()
    quarter = int(society.given.founded[0])
    open_books(society, quarter)
    found_given(society, quarter)
    joined = society.villages.alliance >= 0
    assert joined.any()
    paid = before - society.accounts.fund[: before.size]
    np.testing.assert_allclose(paid[joined], 5000.0, rtol=1e-12)
    assert (paid[~joined] == 0.0).all()
    np.testing.assert_allclose(society.runs.costs.sum(), 5000.0 * joined.sum())


@pytest.mark.parametrize("rounding", [0.0, 1e-9])
def test_what_the_only_claimant_leaves_behind_is_the_others(
    rounding: float, compiled_model
) -> None:
    society = build(load("jinxi"), "strong_leads_weak", runs=1, mode="point")
    for tick in range(4):
        step(society, tick)
    k = int(np.flatnonzero(society.alliances.status == ACTIVE)[0])
    members = np.flatnonzero(society.villages.alliance == k)
    value = 600_000.0
    society.accounts.fund[society.villages.size + k] = value
    society.capital[society.villages.size + k] = society.building[society.villages.size + k] = 0.0
    society.villages.stake[members] = 0.0
    society.villages.stake[members[1]] = value
    society.alliances.stakes[k] = value + rounding
    leave(society, 4, 0, members[1], 0.9)
    claims_are_assets(society)
    assert (society.villages.stake[np.delete(members, 1)] > 0.0).all()

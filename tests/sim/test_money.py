"""Money: every yuan that comes in is spent, saved, put to work or written off; claims on an alliance are what it has."""

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.quarter import step
from village_alliances.sim.rules.founding import found_given
from village_alliances.sim.rules.stock import open_books
from village_alliances.sim.scenario import load

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


@pytest.mark.parametrize("name", LEVERS)
@pytest.mark.parametrize("strategy", ["strong_leads_weak", "village_enterprise", "project"])
def test_every_yuan_is_somewhere(name, strategy, compiled_model):
    society = build(load("fenghua"), strategy, runs=3, levers=LEVERS[name], mode="prior", years=9)
    for tick in range(36):
        before = held(society)
        step(society, tick)
        assert np.abs(held(society) - before - flows(society)).max() < CENT


@pytest.mark.parametrize("name", LEVERS)
def test_claims_are_what_an_alliance_has(name, compiled_model):
    society = build(load("fenghua"), "strong_leads_weak", runs=3, levers=LEVERS[name], years=9)
    rows = society.villages.size
    for tick in range(36):
        step(society, tick)
        value = (
            society.accounts.fund + society.capital.sum(axis=1) + society.building.sum(axis=1)
        )[rows:]
        there = np.isin(society.alliances.status, [1, 2])
        assert np.abs(society.alliances.stakes - value)[there].max(initial=0) < 1.0
        allied = society.villages.alliance >= 0
        claims = np.bincount(
            society.villages.alliance[allied],
            society.villages.stake[allied],
            minlength=society.alliances.size,
        )
        assert np.abs(claims - society.alliances.stakes)[there].max(initial=0) < 1.0
        assert (value[~there] == 0).all()


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
    told = {"founding_cost": 5000.0, "leaving_cost": 7000.0}
    society = build(place, "strong_leads_weak", runs=2, mode="point", fixed=told)
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

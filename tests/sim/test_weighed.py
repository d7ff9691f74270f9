"""What villages weigh is what comes: what they expect to learn they learn, what mentoring takes it
takes, public money is counted once, less what works take and in the names in which it will stand;
and a planner's lever that speaks for a strategy moves what is weighed as that institution would."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.quarter import run, step
from village_alliances.sim.rules.choosing import pooled
from village_alliances.sim.rules.forming import claim_money, grants_for, weigh
from village_alliances.sim.rules.meeting import (
    lasting_cohesion,
    learning_rate,
    reach,
    worth_of_learning,
)
from village_alliances.sim.rules.pacts import own_in_sight, part_of, worth_of_teaching
from village_alliances.sim.rules.pooling import comes_back
from village_alliances.sim.rules.projects import (
    grants_to_come,
    money_in_sight,
    promised_grants,
    promised_routed,
)
from village_alliances.sim.rules.public_money import due, share_names
from village_alliances.sim.rules.stock import open_books
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import LAND, NOBODY, VOLUME, WORKING

from benchmarks.county import county
from tests.sim.comparing import different, run_of

from . import worlds
from .worlds import QUIET_COUNTY, STILL, project, strategy, table, village

pytestmark = pytest.mark.usefixtures("compiled_model")

FOUNDED = 1  # quarter, from 0, in which the alliances of a table begin that says no other
ABLE = [0.9, 0.3, 0.4, 0.5, 0.6]
SHOP = project("shop", profit_rate=0.1)
TEACHING = {
    "base_management": 0.4, "management_effect": 0.8, "fading": 0.25, "special_meetings": 0.0, "meeting_learning": 0.06,
    "mentoring_rate": 0.05, "mentor_load": 0.03, "meeting_reach": 20.0,
}  # fmt: skip
MEASURES: list[tuple[str, ...]] = [(), ("mentoring",)]


def five(years: int = 20, **cells: Any) -> Scenario:
    """Five villages in a row, one of them able, in one alliance."""
    rows = [village(i, alliance="a", ability=able, capacity=able) for i, able in enumerate(ABLE)]
    for name, values in cells.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return table(rows, years=years)


def played(scenario: Scenario, of: Any, ticks: int, **how: Any) -> Any:
    """A society after so many quarters, with still parameters and nothing to do but meet."""
    fixed = {**STILL, **how.pop("fixed", {})}
    levers = {**QUIET_COUNTY, **how.pop("levers", {})}
    society = worlds.build(scenario, of, fixed=fixed, levers=levers, types=(SHOP,), **how)
    return run(society, range(ticks))


def expected_of(scenario: Scenario, of: Any, **fixed: float) -> np.ndarray:
    """What each of the five expects of an alliance of all five before there is one."""
    nobody = {"formation": 1.0, "places_share": 0.0}
    society = played(replace(scenario, given=()), of, 0, fixed=fixed, levers=nobody)
    open_books(society, 0)
    worth = np.zeros(len(ABLE))
    society.who[: len(ABLE)] = np.arange(len(ABLE))
    weigh(society, 0, 0, len(ABLE), 0, NOBODY, 0, len(ABLE), worth)
    return worth


@pytest.mark.parametrize("measures", MEASURES)
@pytest.mark.parametrize("meetings", [0, 4, 17])
def test_what_members_expect_to_learn_is_what_they_learn(
    measures: tuple[str, ...], meetings: int
) -> None:
    """Nothing else moves what villages already run, so that all that it gains is what was learned,
    and all that it loses what mentoring takes."""
    of = strategy(plenaries_per_year=meetings, measures=measures)
    society = played(five(), of, 80, fixed=TEACHING)
    learned = society.villages.base_income - society.villages.start_income
    staying = [worth_of_teaching(society, 0, 0, i) for i in range(len(ABLE))]
    np.testing.assert_allclose(staying, learned, rtol=1e-6, atol=1e-6)
    before = expected_of(five(), of, **TEACHING)
    before -= expected_of(five(), of, **{**TEACHING, "base_management": 0.0})
    np.testing.assert_allclose(before, learned, rtol=1e-6, atol=1e-6)
    assert (learned[1:] > 0).all() == (meetings > 0 or measures != ())
    assert (learned[0] < 0) == (measures != ())


def test_who_is_farther_from_the_lead_expects_to_learn_less() -> None:
    society = played(five(), strategy(plenaries_per_year=12), 4, fixed=TEACHING)
    rate = learning_rate(society, 0, 0, 12.0)
    near, far = (worth_of_learning(society, 0, 1, 0.9, rate * reach(society, 0, 0, i, 0)) for i in (1, 4))  # fmt: skip
    assert 0.0 < far < near


@pytest.mark.parametrize("meetings", [0, 4, 17])
def test_the_cohesion_that_is_expected_is_the_one_that_meetings_hold(meetings: int) -> None:
    of = strategy(plenaries_per_year=meetings)
    fixed = {"special_meetings": 0.0, "meeting_reach": 20.0}
    society = played(five(), of, 80, fixed=fixed)
    society.who[: len(ABLE)] = np.arange(len(ABLE))
    expected = lasting_cohesion(
        society, 0, 0, float(meetings), society.alliances.lead[0], len(ABLE)
    )
    assert society.alliances.cohesion[0] == pytest.approx(expected, abs=0.01)
    assert (expected > 0.0) == (meetings > 0)


def test_nobody_expects_more_of_a_promise_than_is_promised() -> None:
    """However much a head from outside earns: what is left is kept."""
    of = strategy(plenaries_per_year=0, sharing="promised", lead="township")
    society = played(five(), of, 8, fixed={"promised_rate": 0.05})
    for i in range(len(ABLE)):
        held = society.villages.stake[i]
        assert part_of(society, 0, 0, i, False, 1000.0, 5000.0, 1e9) == pytest.approx(
            0.05 * (held + 1000.0)
        )


GRANTS = {"grant_per_village": 60000.0, "grant_years": 4.0}


@pytest.mark.parametrize("measures", [(), ("works",)])
def test_grants_that_are_expected_are_what_comes_into_the_fund(measures: tuple[str, ...]) -> None:
    of = strategy(plenaries_per_year=0, measures=measures)
    how: dict[str, Any] = {"levers": GRANTS, "fixed": {"foresight": 4.0, "works_share": 0.3}}
    society = played(five(), of, 0, **how)
    open_books(society, 0)
    society.who[: len(ABLE)] = np.arange(len(ABLE))
    founding = grants_for(society, 0, 0, len(ABLE), 0, NOBODY)
    run(society, range(6))
    came = society.alliances.granted[0]
    promised = promised_grants(society, 5, 0, 0)
    joining = grants_for(society, 5, 0, len(ABLE), 0, np.int64(0))
    run(society, range(6, 20))
    kept = 0.7 if measures else 1.0
    assert founding == pytest.approx(kept * society.alliances.granted[0])
    assert founding == pytest.approx(kept * len(ABLE) * 240000.0)
    assert promised == pytest.approx(kept * (society.alliances.granted[0] - came))
    assert joining == pytest.approx(promised)


@pytest.mark.parametrize("foresight", [1.0, 2.0])
def test_who_joins_and_who_stays_count_the_grants_of_the_same_years(foresight: float) -> None:
    """All that are left, however far ahead projects are planned."""
    how: dict[str, Any] = {"levers": GRANTS, "fixed": {"foresight": foresight}}
    society = played(five(), strategy(plenaries_per_year=0), 4, **how)
    society.who[: len(ABLE)] = np.arange(len(ABLE))
    joining = grants_for(society, 4, 0, len(ABLE), 0, np.int64(0))
    assert grants_to_come(society, 4, 0, 0, len(ABLE)) == pytest.approx(joining)
    assert promised_grants(society, 4, 0, 0) == pytest.approx(foresight * len(ABLE) * 60000.0)


def test_who_weighs_an_alliance_after_the_last_grant_expects_none() -> None:
    how: dict[str, Any] = {"levers": {**GRANTS, "funding_cut_quarter": 3.0}}
    society = played(five(), strategy(plenaries_per_year=0), 5, **how)
    society.who[: len(ABLE)] = np.arange(len(ABLE))
    assert society.alliances.granted[0] > 0.0
    assert grants_for(society, 4, 0, len(ABLE), 0, NOBODY) == 0.0


def test_the_poor_expect_the_favour_that_the_county_shows_them() -> None:
    rich = village(5, collective_income=900000, alliance="b")
    both = table([*(village(i, alliance="a") for i in range(5)), rich, {**rich, "name": "v6"}])
    levers = {**GRANTS, "grant_weak_first": 0.8}
    society = played(both, strategy(plenaries_per_year=0), FOUNDED + 1, levers=levers)
    for k, members in ((0, range(5)), (1, range(5, 7))):
        society.who[: len(members)] = np.array(members)
        expected = grants_for(society, FOUNDED, 0, len(members), 0, NOBODY)
        assert expected == pytest.approx(16 * due(society, FOUNDED, 0, k, len(members)))
    assert due(society, FOUNDED, 0, 0, 5) > 5 * 15000.0


@pytest.mark.parametrize("names", ["all", "weak"])
def test_public_money_is_expected_in_the_names_in_which_it_stands(names: str) -> None:
    incomes = [300000, 40000, 60000, 80000, 500000]
    of = strategy(plenaries_per_year=0, names=names, sharing="stake")
    how: dict[str, Any] = {"levers": {**GRANTS, "own_money": 0.0}, "fixed": {"bank_rate": 0.0}}
    society = played(five(collective_income=incomes), of, FOUNDED + 1, **how)
    society.who[: len(ABLE)] = np.arange(len(ABLE))
    share_names(society, 0, 0, len(ABLE))
    stakes = society.villages.stake / society.villages.stake.sum()
    np.testing.assert_allclose(society.named[: len(ABLE)], stakes, rtol=1e-9)
    assert (stakes == 0.0).sum() == (2 if names == "weak" else 0)


def test_money_that_is_routed_to_an_alliance_is_not_counted_at_home_too() -> None:
    levers = {"ordinary_money": 20000.0, "routed": 1.0}
    fixed = {"foresight": 2.0, "savings_rate": 0.0}
    ours = played(five(), strategy(plenaries_per_year=0), FOUNDED + 1, levers=levers, fixed=fixed)
    alone = played(replace(five(), given=()), "none", FOUNDED + 1, levers=levers, fixed=fixed)
    assert promised_routed(ours, 0, len(ABLE)) == pytest.approx(len(ABLE) * 40000.0)
    for i in range(len(ABLE)):
        mine, theirs = (
            money_in_sight(each, FOUNDED, 0, i) - each.accounts.fund[i] for each in (ours, alone)
        )
        assert theirs - mine == pytest.approx(40000.0)


def test_own_money_is_counted_over_the_same_years_together_as_at_home() -> None:
    """Cash, and what will be saved and come in: the part of it that is signed in."""
    fixed = {"foresight": 2.0, "savings_rate": 0.5, "signed_start": 0.4, "signed_level": 0.4}
    levers = {"ordinary_money": 20000.0}
    of = strategy(plenaries_per_year=0, sharing="stake")
    society = played(five(), of, FOUNDED + 1, fixed=fixed, levers=levers)
    society.who[: len(ABLE)] = np.arange(len(ABLE))
    society.parts[: len(ABLE)] = 0.4
    total = claim_money(society, FOUNDED, 0, len(ABLE), 0, np.int64(0))
    mine = [0.4 * money_in_sight(society, FOUNDED, 0, i) for i in range(len(ABLE))]
    np.testing.assert_allclose(society.brought[: len(ABLE)], mine)
    public = grants_for(society, FOUNDED, 0, len(ABLE), 0, np.int64(0))
    assert total == pytest.approx(public + sum(mine))
    assert min(mine) > 0.4 * (society.accounts.fund[: len(ABLE)].min() + 40000.0)
    society.accounts.best_worth[:] = 0.0
    society.accounts.best_worth[len(ABLE)] = 100.0  # so that everybody would pay in
    assert own_in_sight(society, FOUNDED, 0, 0) == pytest.approx(sum(mine))


def test_cash_that_lies_in_the_fund_is_not_counted_twice_when_it_is_spent() -> None:
    """A claim holds it before and what it is spent on after: a yuan that is put in comes back as
    the mean of what claims hold then."""
    society = played(five(), strategy(plenaries_per_year=0, sharing="stake"), FOUNDED + 1)
    g = len(ABLE)
    society.alliances.stakes[0], society.accounts.worth[g] = 3000.0, 4000.0
    bank = society.parameters.bank_rate[0] / society.parameters.discount[0]
    for cash, x, expected in (
        (0.0, 1000.0, (4000.0 + 2.0 * 1000.0) / 4000.0),
        (1000.0, 1000.0, (4000.0 + 2.0 * 1000.0) / 3000.0),
        (1000.0, 3000.0, (4000.0 + 2.0 * 3000.0) / 5000.0),
        (1000.0, 600.0, (4000.0 + 2.0 * 600.0 + bank * 400.0) / 3000.0),
    ):
        society.accounts.fund[g] = cash
        assert comes_back(society, 0, 0, 1, 2.0, x) == pytest.approx(expected)


def test_members_begin_with_what_the_alliance_leaves_them() -> None:
    """It takes what is signed in first, as was weighed, though all have money enough."""
    plant = project("plant", ("land",), unit_cost=1000.0, profit_rate=0.3)
    fixed = {**STILL, "signed_start": 0.4, "signed_level": 0.4, "starts_a_quarter": 1.0}
    society = worlds.build(
        five(), strategy(plenaries_per_year=0), fixed=fixed, types=(plant,),
        levers={**QUIET_COUNTY, "own_money": 0.0},
    )  # fmt: skip
    run(society, range(FOUNDED + 1))
    society.endowment[:] = 0.0
    society.endowment[: len(ABLE), LAND] = 100.0
    society.accounts.fund[: len(ABLE) + 1] = 1e9
    step(society, FOUNDED + 1)
    begun = (society.capital + society.building)[: len(ABLE) + 1, 0]
    np.testing.assert_allclose(begun, [60e3] * len(ABLE) + [200e3], rtol=1e-6)


@pytest.mark.parametrize("pooling", [0.0, 1.0])
def test_what_is_not_pooled_is_kept(pooling: float) -> None:
    """Off, only the lead signs in; and nobody signs in a product that the others do not sell."""
    society = played(five(), strategy(plenaries_per_year=0), 3, levers={"pooling": pooling})
    lead, other = 0, 1
    society.villages.product[:] = 1
    society.alliances.product[:] = 1
    assert society.alliances.lead[0] == lead
    assert pooled(society, 0, lead, LAND, 0.4) == 0.4
    assert pooled(society, 0, other, LAND, 0.4) == 0.4 * pooling
    society.alliances.product[:] = 2
    assert pooled(society, 0, lead, LAND, 0.4) == 0.4
    assert pooled(society, 0, lead, VOLUME, 0.4) == 0.0


@pytest.mark.parametrize("pooling", [0.0, 1.0])
def test_room_that_will_not_be_pooled_is_not_expected(pooling: float) -> None:
    """The lead has no land; what the others have counts only where it is pooled."""
    plant = project("plant", ("land",), unit_cost=1000.0, profit_rate=0.2)
    nobody = {"formation": 1.0, "places_share": 0.0, "pooling": pooling}
    worth = np.zeros(len(ABLE))
    society = worlds.build(
        replace(five(), given=()), strategy(plenaries_per_year=0), fixed=STILL, types=(plant,),
        levers={**QUIET_COUNTY, **GRANTS, **nobody},
    )  # fmt: skip
    society.endowment[:] = 0.0
    society.endowment[1:, LAND] = 1000.0
    society.who[: len(ABLE)] = np.arange(len(ABLE))
    open_books(society, 0)
    weigh(society, 0, 0, len(ABLE), 0, NOBODY, 0, len(ABLE), worth)
    at_bank = society.parameters.bank_rate[0] * 240000.0
    assert worth[0] == pytest.approx(at_bank) if pooling == 0.0 else worth[0] > 2 * at_bank


FREE = {
    "formation": 1.0, "places_share": 0.9, "places_mid": 2.0, "grant_per_village": 150000.0, "grant_years": 3.0,
}  # fmt: skip
INSTITUTIONS: list[tuple[str, float, dict[str, Any], dict[str, Any]]] = [
    # lever, its value, the strategy that it speaks for, the strategy that it is set on
    ("mentoring", 1.0, {"measures": ("mentoring",)}, {}),
    ("mentoring", 0.0, {}, {"measures": ("mentoring",)}),
    ("posting", 1.0, {"measures": ("posting",)}, {}),
    ("plenaries", 24.0, {"plenaries_per_year": 24}, {"plenaries_per_year": 4}),
    ("pact", 4.0, {"pact_quarters": 4}, {"pact_quarters": 20}),
    ("township_head", 1.0, {"lead": "township"}, {"lead": "ablest"}),
    ("township_head", 0.0, {"lead": "ablest"}, {"lead": "township"}),
    ("sharing", 1.0, {"sharing": "equal"}, {"sharing": "stake"}),
    ("sharing", 2.0, {"sharing": "weakest"}, {"sharing": "stake"}),
    ("sharing", 3.0, {"sharing": "promised"}, {"sharing": "stake"}),
    ("names", 1.0, {"names": "weak"}, {"names": "all"}),
]


@pytest.mark.parametrize(("lever", "value", "theirs", "ours"), INSTITUTIONS)
def test_a_lever_that_speaks_for_a_strategy_is_that_institution_to_the_bit(
    lever: str, value: float, theirs: dict[str, Any], ours: dict[str, Any]
) -> None:
    place = replace(county(8), given=())

    def block(institutions: dict[str, Any], **levers: float) -> Any:
        society = build(place, strategy(**institutions), runs=8, mode="prior", levers={**FREE, **levers}, years=8)  # fmt: skip
        return run(society, range(32))

    by_lever, institution, without = block(ours, **{lever: value}), block(theirs), block(ours)
    assert by_lever.runs.founded_sum.sum() > 8
    runs = range(8)
    assert [different(run_of(by_lever, r), run_of(institution, r)) for r in runs] == [[]] * 8
    assert any(different(run_of(by_lever, r), run_of(without, r)) for r in runs)


def test_no_name_is_asked_first_for_good_when_a_pact_ends() -> None:
    """Five alike villages: each is active as often as the others, to four standard errors."""
    runs, alike = 2000, 5
    rows = [{**village(i, alliance="a"), "lon": 121.0, "lat": 29.5} for i in range(alike)]
    for row in rows:
        row.pop("ability")
    society = build(
        table(rows, years=5), strategy(pact_quarters=16, plenaries_per_year=12), runs=runs,
        mode="prior", levers={**GRANTS, "sharing": 1.0}, years=5,
    )  # fmt: skip
    run(society, range(18))
    active = (society.villages.standing == WORKING).reshape(runs, alike).mean(axis=0)
    assert 0.05 < active.mean() < 0.95
    error = (active.mean() * (1.0 - active.mean()) / runs) ** 0.5
    assert np.ptp(active) < 4.0 * error

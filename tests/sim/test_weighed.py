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
from village_alliances.sim.rules.choosing import (
    keep_back,
    plan_together,
    room_at_home,
    room_together,
)
from village_alliances.sim.rules.forming import (
    claim_own,
    claim_public,
    forget_homes,
    grants_for,
    home_alone,
    likely_rates,
    put_together,
    weigh,
)
from village_alliances.sim.rules.leaving import leave
from village_alliances.sim.rules.meeting import (
    lasting_cohesion,
    learning_rate,
    reach,
    worth_of_learning,
)
from village_alliances.sim.rules.pacts import (
    decide,
    own_in_sight,
    part_of,
    plan_alone,
    worth_of_leaving,
    worth_of_part,
    worth_of_staying,
    worth_of_teaching,
)
from village_alliances.sim.rules.pooling import comes_back, put_in_own_money, share_in
from village_alliances.sim.rules.projects import (
    begin_projects,
    grants_to_come,
    money_in_sight,
    promised_grants,
    promised_routed,
)
from village_alliances.sim.rules.public_money import due, share_names
from village_alliances.sim.rules.stock import open_books
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import (
    BY_ABLEST,
    BY_STAKE,
    HANDS,
    LAND,
    NOBODY,
    QUIET,
    VOLUME,
    WORKING,
)

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
    staying = [worth_of_teaching(society, 0, 0, i, 0) for i in range(len(ABLE))]
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
        society, 0, 0, float(meetings), society.alliances.lead[0], len(ABLE), len(ABLE)
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
    society.accounts.best_worth[: len(ABLE)] = 0.0
    society.likely[:], society.running[:] = 1.0, 1.0  # so that everybody would pay in
    how = (society, FOUNDED, 0, len(ABLE))
    total = claim_public(*how, 0, np.int64(0))
    assert total == pytest.approx(grants_for(*how, 0, np.int64(0)))
    mine = [0.4 * money_in_sight(society, FOUNDED, 0, i) for i in range(len(ABLE))]
    own = claim_own(*how, BY_STAKE, True, np.int64(0), np.int64(0), total)
    assert own == pytest.approx(sum(mine))
    np.testing.assert_allclose(society.brought[: len(ABLE)], mine)
    assert min(mine) > 0.4 * (society.accounts.fund[: len(ABLE)].min() + 40000.0)
    society.rate[len(ABLE), :], society.running[:] = 1.0, 1.0
    society.room[:] = 1e9
    assert own_in_sight(society, FOUNDED, 0, 0, 0.0) == pytest.approx(sum(mine))


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
    society.endowment[:] = 100.0
    society.used[:] = society.signed_away[:] = 0.0
    society.villages.product[:] = 1
    lead, other = np.int64(0), np.int64(1)

    def kept(i: int, e: int, product: int, taken: float = 1.0) -> float:
        society.taken[:] = taken
        room_at_home(society, 0, i, 0.0)
        keep_back(society, 0, i, 0.4, lead, product)
        return society.room[e]

    assert kept(lead, LAND, 1) == pytest.approx(60.0)
    assert kept(other, LAND, 1) == pytest.approx(100.0 - 40.0 * pooling)
    assert kept(other, LAND, 1, taken=0.25) == pytest.approx(100.0 - 10.0 * pooling)
    assert kept(lead, LAND, 2) == pytest.approx(60.0)
    assert kept(lead, VOLUME, 2) == 100.0


@pytest.mark.parametrize("money", [0.0, 400000.0, 4000000.0])
def test_room_that_the_alliance_does_not_take_is_used_at_home(money: float) -> None:
    """What is signed in and would not be taken is what members find free when it has begun."""
    plant = project("plant", ("land",), unit_cost=1000.0, profit_rate=0.2)
    society = worlds.build(five(), strategy(plenaries_per_year=0), fixed=STILL, types=(plant,), levers=QUIET_COUNTY)  # fmt: skip
    run(society, range(FOUNDED + 1))
    g, n = len(ABLE), len(ABLE)
    society.endowment[:n, LAND] = [100.0, 200.0, 300.0, 400.0, 500.0]
    society.used[:] = society.signed_away[:] = society.building[:] = society.capital[:] = 0.0
    society.villages.signed[:n] = 0.4
    society.accounts.fund[:] = 0.0
    society.accounts.fund[g] = money
    room_together(society, 0, 0, 0.0)
    plan_together(society, 0, society.rate[g], money)
    expected = []
    for i in range(n):
        room_at_home(society, 0, i, 0.0)
        keep_back(society, 0, i, 0.4, np.int64(0), society.alliances.product[0])
        expected.append(society.room[LAND])
    begin_projects(society, FOUNDED + 1)
    left = society.endowment[:n, LAND] - society.signed_away[:n, LAND]
    np.testing.assert_allclose(expected, left)
    assert society.signed_away[:n, LAND].sum() == pytest.approx(min(600.0, money / 1000.0))


def test_who_would_be_active_again_and_is_the_ablest_expects_to_teach() -> None:
    """It learns from nobody, pays for no mentor, and pays with its time."""
    fixed = {**TEACHING, "meeting_cost": 100.0, "mentor_meetings": 25.0}
    of = strategy(plenaries_per_year=12, measures=("mentoring",), pact_quarters=8)
    society = played(five(), of, FOUNDED + 2, fixed=fixed)
    active = worth_of_staying(society, FOUNDED + 1, 0, 0, 0)
    society.villages.standing[0], society.villages.signed[0] = QUIET, 0.0
    society.alliances.top[0] = len(ABLE) - 1  # ability .6, which taught while .9 was quiet
    assert worth_of_staying(society, FOUNDED + 1, 0, 0, 0) == pytest.approx(active, rel=1e-6)


def test_who_is_active_again_signs_in_what_the_others_sign_in() -> None:
    fixed = {"signed_start": 0.1, "signed_level": 0.9, "border_friction": 0.5}
    of = strategy(plenaries_per_year=12, pact_quarters=8)
    society = played(five(), of, FOUNDED + 6, fixed=fixed)
    agreed = society.villages.signed[1]
    assert agreed > 0.3
    society.villages.standing[1], society.villages.signed[1] = QUIET, 0.0
    society.villages.learned[1] = 0.0
    decide(society, FOUNDED + 6, 0, np.int64(0), 1)
    assert society.villages.standing[1] == WORKING
    assert society.villages.signed[1] == pytest.approx(share_in(society, 0, 0, 1))
    assert society.villages.signed[1] >= agreed


def test_what_runs_at_a_loss_is_closed_for_who_stays_as_for_who_leaves() -> None:
    plant = project("plant", unit_cost=1000.0, profit_rate=0.1, overhead=1e6, salvage=0.5)
    fixed = {**STILL, "bank_rate": 0.02, "closing_rate": 0.0}
    of = strategy(plenaries_per_year=0)
    levers = {**QUIET_COUNTY, "own_money": 0.0, "grant_per_village": 0.0}
    society = worlds.build(five(), of, fixed=fixed, types=(plant,), levers=levers)
    run(society, range(FOUNDED + 1))
    g = len(ABLE)
    society.accounts.fund[:] = 0.0
    society.capital[g, 0], society.fortune[g, 0] = 100000.0, 1.0
    step(society, FOUNDED + 1)
    assert society.accounts.expected[g] == pytest.approx(0.02 * 0.5 * 100000.0)
    room_at_home(society, 0, 1, 0.0)
    assert worth_of_part(society, 0, g, 1, 1.0) == pytest.approx(0.02 * 0.5 * 100000.0)


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


RULES = [("stake", "ablest"), ("equal", "ablest"), ("weakest", "ablest"), ("promised", "ablest"), ("promised", "township")]  # fmt: skip


@pytest.mark.parametrize(("sharing", "lead"), RULES)
@pytest.mark.parametrize("at_home", [0.4, 0.8, 1.6, 40.0])
def test_who_is_taken_to_put_own_money_in_does_so(sharing: str, lead: str, at_home: float) -> None:
    """Whatever a yuan is worth at home, and however profits are shared: the same villages, before
    there is an alliance and once there is one, as pay in."""
    of = strategy(plenaries_per_year=0, sharing=sharing, lead=lead)
    fixed = {**STILL, "discount": 0.06, "promised_rate": 0.06, "bank_rate": 0.01}
    incomes = [300000, 40000, 60000, 80000, 500000]
    levers = {**QUIET_COUNTY, "own_money": 0.0}
    society = worlds.build(
        five(collective_income=incomes), of, fixed=fixed, levers=levers, types=(SHOP,)
    )
    run(society, range(FOUNDED + 1))
    society.levers.own_money[:] = 1.0
    n, k = len(ABLE), np.int64(0)
    society.who[:n] = np.arange(n)
    society.accounts.fund[:n] = 1e6
    society.accounts.best_worth[:n] = at_home
    likely_rates(society, 0, n, society.alliances.lead[0], 0.5, 0.0)
    rule, by_lead = society.strategies.sharing[0], society.alliances.head[0] == BY_ABLEST
    expected = []
    for alliance in (NOBODY, k):
        put_together(society, 0, n, 0, society.alliances.lead[0], 0, 0.0, alliance)
        public = claim_public(society, FOUNDED, 0, n, 0, alliance)
        given = (rule, by_lead, society.alliances.lead[0], alliance, public)
        claim_own(society, FOUNDED, 0, n, *given)
        expected.append(society.brought[:n] > 0.0)
    society.villages.signed[:] = 0.5
    put_in_own_money(society, FOUNDED + 1)
    gave = society.villages.own_stake > 0.0
    np.testing.assert_array_equal(expected, [gave, gave])
    if at_home == 40.0:
        assert not gave.any()
    if at_home == 0.4:
        assert gave.all() == (sharing != "equal")


def test_where_nothing_is_worth_beginning_nobody_counts_on_own_money() -> None:
    """However much what the alliance runs already is worth."""
    of = strategy(plenaries_per_year=0, sharing="stake")
    society = played(five(), of, FOUNDED + 1, fixed={"starts_a_quarter": 4.0})
    g = len(ABLE)
    society.technology["profit_rate"] = 0.0
    for tick in range(FOUNDED + 1, FOUNDED + 5):
        society.accounts.fund[g] = 1e6
        step(society, tick)
    society.accounts.worth[g] = 1e9
    assert comes_back(society, 0, 0, 1, 1.0, 1.0) > 100.0
    society.room[:] = 1e9
    assert own_in_sight(society, FOUNDED + 4, 0, 0, 1e6) == 0.0
    assert society.accounts.best_worth[g] == 0.0


@pytest.mark.parametrize(("sharing", "lead"), RULES)
def test_who_joins_weighs_what_who_stays_weighs(sharing: str, lead: str) -> None:
    """The same members of the same alliance, with projects that work and cash in the fund; one of
    them is quiet. Only with what is signed in for good and a head who manages as the lead would."""
    of = strategy(plenaries_per_year=0, sharing=sharing, lead=lead)
    plant = project("plant", ("land",), unit_cost=1000.0, profit_rate=0.12, overhead=4000.0)
    sewing = project("sewing", ("orders",), unit_cost=5000.0, profit_rate=0.2, overhead=1000.0)
    fixed = {**STILL, "promised_rate": 0.05, "special_meetings": 0.0, "township_ability": 0.9, "outsider_spread": 0.0, "turnover_cost": 0.0}  # fmt: skip
    society = worlds.build(
        five(), of, fixed=fixed, types=(plant, sewing, SHOP),
        levers={**QUIET_COUNTY, **GRANTS, "formation": 1.0, "places_share": 0.0},
    )  # fmt: skip
    society.endowment[:] = 0.0
    society.endowment[: len(ABLE), LAND] = 150.0
    society.endowment[: len(ABLE), HANDS] = 20.0
    society.villages.firm[:] = [0, 1, 0, 0, 0]
    society.villages.firm_jobs[:] = [0.0, 30.0, 0.0, 0.0, 0.0]
    ticks = 6
    run(society, range(ticks))
    k, quiet = np.int64(0), len(ABLE) - 1
    society.villages.standing[quiet], society.villages.signed[quiet] = QUIET, 0.0
    society.alliances.active[0] -= 1
    assert (society.capital[len(ABLE)] + society.building[len(ABLE)] > 0.0).sum() >= 2
    n = len(ABLE) - 1
    society.who[:n] = np.arange(n)
    forget_homes(society, 0, len(ABLE))
    worth = np.zeros(n)
    weigh(society, ticks - 1, 0, n, 0, k, 0, n, worth)
    joins = worth + [home_alone(society, ticks - 1, 0, i) for i in range(n)]
    stays = [worth_of_staying(society, ticks - 1, 0, 0, i) for i in range(n)]
    np.testing.assert_allclose(joins, stays, rtol=1e-3)


@pytest.mark.parametrize("own", [0.0, 400000.0])
def test_what_is_learned_is_weighed_with_what_it_brings_to_own_projects(own: float) -> None:
    """A village that runs an orchard of its own gains by what it learns there, too."""
    orchard = project("orchard", unit_cost=1000.0, profit_rate=0.15, management=1.0)
    of = strategy(plenaries_per_year=17)
    fixed = {**STILL, **TEACHING, "bank_rate": 0.0, "savings_rate": 0.0}
    levers = {**QUIET_COUNTY, "own_money": 0.0}

    def after(value: Any) -> Any:
        society = worlds.build(five(), value, fixed=fixed, levers=levers, types=(orchard,))
        society.accounts.fund[:] = 0.0
        society.capital[1, 0], society.fortune[1, 0] = own, 1.0
        return run(society, range(80))

    ours, alone = after(of), after("none")
    brought = ours.villages.project_income[1] - alone.villages.project_income[1]
    learned = ours.villages.base_income[1] - alone.villages.base_income[1]
    expected = worth_of_teaching(ours, 0, 0, 1, 0)
    assert expected == pytest.approx(learned + brought, rel=1e-4)
    assert (brought > 0.05 * own * 0.15) == (own > 0.0)


def test_the_ablest_stays_the_ablest_while_it_teaches() -> None:
    """However near the second is: what mentoring takes of its time makes nobody less able."""
    alike = five(ability=[0.5, 0.49, 0.4, 0.4, 0.4], capacity=[0.5, 0.49, 0.4, 0.4, 0.4])
    fixed = {**TEACHING, "meeting_learning": 0.0, "mentoring_rate": 0.01, "mentor_load": 0.05}
    society = played(alike, strategy(measures=("mentoring",)), FOUNDED + 1, fixed=fixed)
    for tick in range(FOUNDED + 1, FOUNDED + 13):
        step(society, tick)
        assert society.alliances.top[0] == 0
        assert (society.villages.lent < 0.0).tolist() == [True] + [False] * 4
        assert society.villages.capacity[0] < society.villages.capacity[1]


def test_who_goes_quiet_is_served_and_serves_no_more() -> None:
    fixed = {"meeting_cost": 1e6, "posted_effort": 0.5}
    of = strategy(plenaries_per_year=12, pact_quarters=4, measures=("posting",))
    society = played(five(), of, FOUNDED + 3, fixed=fixed, levers={"moves": 1.0})
    society.villages.lent_from[1] = 0
    step(society, FOUNDED + 3)
    assert society.villages.lent[1] > 0.0 > society.villages.lent[0]
    assert (society.villages.standing == QUIET).all()
    assert (society.villages.lent_from == NOBODY).all()


def test_what_is_signed_in_is_a_level_that_is_not_reached_twice() -> None:
    """However long there is money: the alliance never has more than was weighed."""
    plant = project("plant", ("land",), unit_cost=1000.0, profit_rate=0.3)
    fixed = {**STILL, "signed_start": 0.4, "signed_level": 0.4}
    levers = {**QUIET_COUNTY, "own_money": 0.0}
    of = strategy(plenaries_per_year=0)
    society = worlds.build(five(), of, fixed=fixed, types=(plant,), levers=levers)
    run(society, range(FOUNDED + 1))
    society.endowment[:] = 0.0
    society.endowment[: len(ABLE), LAND] = 100.0
    society.accounts.fund[: len(ABLE)] = 0.0
    for tick in range(FOUNDED + 1, FOUNDED + 9):
        society.accounts.fund[: len(ABLE)] = 0.0
        society.accounts.fund[len(ABLE)] = 1e9
        step(society, tick)
        np.testing.assert_allclose(society.signed_away[: len(ABLE), LAND], 40.0)


@pytest.mark.parametrize("has", [False, True])
def test_leaving_is_weighed_with_the_overheads_that_it_brings(has: bool) -> None:
    """A part of a project needs somebody who runs it, unless the leaver runs that type already."""
    plant = project("plant", unit_cost=1000.0, profit_rate=0.3, overhead=20000.0)
    of = strategy(plenaries_per_year=0, sharing="stake", pact_quarters=20)
    fixed = {**STILL, "haircut": 0.2, "bank_rate": 0.0, "leaving_cost": 0.0}
    levers = {**QUIET_COUNTY, **GRANTS, "own_money": 0.0}
    society = worlds.build(five(), of, fixed=fixed, types=(plant,), levers=levers)
    for tick in range(14):
        society.accounts.fund[: len(ABLE)] = 0.0
        step(society, tick)
    society.accounts.fund[:] = 0.0
    society.villages.offered[:] = 0.0
    i = 2
    if has:
        society.capital[i, 0], society.fortune[i, 0] = 200000.0, 1.0
    before = 0.3 * 200000.0 - 20000.0 if has else 0.0
    weighed = worth_of_leaving(society, 13, 0, 0, i)
    leave(society, 13, 0, i, 0.8)
    home = plan_alone(society, 13, 0, i, 0.0)  # of one type one overhead is paid
    society.accounts.fund[:] = 0.0
    step(society, 14)
    assert home > 0.0
    assert society.accounts.expected[i] - before + home == pytest.approx(weighed, rel=1e-6)


def test_where_nothing_is_pooled_only_the_lead_gives_room_and_hands() -> None:
    sewing = project("sewing", ("orders",), unit_cost=5000.0, profit_rate=0.2)
    plant = project("plant", ("land",), unit_cost=1000.0, profit_rate=0.15)
    levers = {**QUIET_COUNTY, **GRANTS, "own_money": 0.0, "pooling": 0.0}
    of = strategy(plenaries_per_year=0)
    society = worlds.build(five(), of, fixed=STILL, types=(plant, sewing), levers=levers)
    society.endowment[:] = 0.0
    society.endowment[: len(ABLE), LAND] = 50.0
    society.endowment[: len(ABLE), HANDS] = 20.0
    society.villages.firm[:] = [0, 1, 0, 0, 0]
    society.villages.firm_jobs[:] = [0.0, 30.0, 0.0, 0.0, 0.0]
    for tick in range(9):
        society.accounts.fund[: len(ABLE)] = 0.0
        step(society, tick)
    lead = society.alliances.lead[0]
    away = society.signed_away[: len(ABLE), LAND]
    assert away[lead] == pytest.approx(25.0) and away.sum() == pytest.approx(25.0)
    offered = society.villages.offered
    assert offered.min() > 0.0
    assert society.accounts.orders[len(ABLE)] == pytest.approx(0.5 * offered[lead])
    others = np.arange(len(ABLE)) != lead
    np.testing.assert_allclose(society.accounts.orders[: len(ABLE)][others], offered[others])


@pytest.mark.parametrize("quarters", [4, 8, 20])
def test_the_campaign_gives_what_is_lacking_and_no_more(quarters: int) -> None:
    let = project("let", unit_cost=1000.0, profit_rate=0.06)
    levers = {
        **QUIET_COUNTY, "campaign_floor": 120000.0, "campaign_start": 0.0, "campaign_end": quarters - 1.0,
    }  # fmt: skip
    fixed = {**STILL, "campaign_margin": 1.0, "savings_rate": 0.0, "bank_rate": 0.0}
    society = worlds.build(five(), "none", fixed=fixed, types=(let,), levers=levers)
    for tick in range(quarters + 1):
        society.accounts.fund[: len(ABLE)] = 0.0
        step(society, tick)
    np.testing.assert_allclose(society.villages.operating_income, 120000.0, rtol=1e-6)
    spent = (120000.0 - 100000.0) / 0.06 * len(ABLE)
    assert society.runs.campaign_sum[0] == pytest.approx(spent, rel=1e-6)


def test_what_mentoring_takes_of_a_head_is_weighed_for_what_it_heads() -> None:
    """The rates that a set expects are those that its alliance has: its head mentors."""
    orchard = project("orchard", unit_cost=1000.0, profit_rate=0.15, management=1.0)
    fixed = {**STILL, **TEACHING, "mentoring_rate": 0.0, "meeting_learning": 0.0}
    levers = {**QUIET_COUNTY, "formation": 1.0, "places_share": 0.0}
    of = strategy(plenaries_per_year=4, measures=("mentoring",))
    society = worlds.build(five(), of, fixed=fixed, levers=levers, types=(orchard,))
    n, worth = len(ABLE), np.zeros(len(ABLE))
    society.who[:n] = np.arange(n)
    open_books(society, 0)
    weigh(society, 0, 0, n, 0, NOBODY, 0, n, worth)
    expected = society.likely[0]
    run(society, range(5))
    assert society.alliances.head[0] == BY_ABLEST
    assert expected == pytest.approx(society.rate[n, 0], rel=1e-9)
    assert expected < 0.15 * (1.0 + 0.8 * (0.9 - 0.5)) - 1e-3


def test_before_the_first_quarter_own_money_is_held_against_projects_at_home() -> None:
    orchard = project("orchard", unit_cost=1000.0, profit_rate=0.15)
    society = worlds.build(five(), "none", fixed=STILL, levers=QUIET_COUNTY, types=(orchard,))
    p = society.parameters[0]
    assert (society.accounts.best[: len(ABLE)] == 0).all()
    assert society.accounts.best_worth[0] > p.bank_rate / p.discount
    assert society.accounts.best_worth[len(ABLE) :].max(initial=0.0) == 0.0


def test_a_part_that_does_not_carry_its_overhead_is_worth_what_is_recovered() -> None:
    plant = project(
        "plant", unit_cost=1000.0, profit_rate=0.1, overhead=1e6, salvage=0.5, management=1.0
    )
    fixed = {**STILL, "bank_rate": 0.02, "management_effect": 0.8}
    of = strategy(plenaries_per_year=0)
    society = worlds.build(five(), of, fixed=fixed, types=(plant,), levers=QUIET_COUNTY)
    run(society, range(FOUNDED + 1))
    g = len(ABLE)
    society.capital[g, 0], society.fortune[g, 0] = 100000.0, 1.0
    room_at_home(society, 0, 1, 0.0)
    assert worth_of_part(society, 0, g, 1, 0.2) == pytest.approx(0.02 * 0.5 * 20000.0)
    society.capital[1, 0] = 1.0  # it runs one already: no overhead of its own
    room_at_home(society, 0, 1, 0.0)
    assert society.rate[1, 0] < 0.95 * society.rate[g, 0]  # a leaver runs its part by itself
    assert worth_of_part(society, 0, g, 1, 0.2) == pytest.approx(0.2 * society.rate[1, 0] * 1e5)

"""Limits: with nothing to pool, no overhead and no gap in ability an alliance is the same money
alone; what is put back does what its rule says. Placebo: an alliance that signs nothing in, meets
for nothing and gets nothing is no alliance, to the bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import step
from village_alliances.sim.strategy import read_strategy

from . import worlds
from .worlds import project, strategy, table, village, with_rivals

pytestmark = pytest.mark.usefixtures("compiled_model")

GRANTS = {"grant_per_village": 60000.0, "grant_years": 4.0}
OURS = strategy(plenaries_per_year=0)
NOTHING_SAVED = {"savings_rate": 0.0, "closing_rate": 0.0}  # public money is all that there is


def five(**cells):
    """Twenty villages in four alliances of five; a cell that is a list goes round."""
    rows = []
    for i in range(20):
        own = {k: v[i % len(v)] if isinstance(v, list) else v for k, v in cells.items()}
        rows.append(village(i, alliance=f"a{i // 5}", **own))
    return table(rows)


@pytest.mark.slow
def test_where_nothing_is_gained_by_acting_together_an_alliance_is_the_same_money_alone():
    """Mean over 400 alliances times 50 years of hazards; the standard error of the ratio is under
    a quarter of a per cent."""
    plain = project("shop", profit_rate=0.1, lag=3, fail=0.1, hazard=0.06, salvage=0.3)
    by_rival = with_rivals(five(), OURS, types=(plain,), has={}, levers=GRANTS, runs=6000)
    per_run = {name: values.mean(axis=1) for name, values in by_rival.items()}
    even = per_run["even"].mean()
    assert even > 3000.0
    for name in ("alliance", "lumped"):
        ratio = per_run[name] / even
        error = (per_run[name] - per_run["even"]).std() / even / np.sqrt(ratio.size)
        assert error < 0.0033, (name, error)
        assert abs(ratio.mean() - 1.0) < 0.01, (name, ratio.mean(), error)


def test_without_chance_it_is_the_same_to_the_yuan():
    plain = project("shop", profit_rate=0.1)
    by_rival = with_rivals(five(), OURS, types=(plain,), has={}, levers=GRANTS)
    assert by_rival["alliance"] == pytest.approx(by_rival["even"], rel=1e-9)
    assert by_rival["lumped"].mean() == pytest.approx(by_rival["even"].mean(), rel=1e-9)


def test_overhead_is_paid_once_by_an_alliance_and_once_by_each_alone():
    overhead = 2000.0
    dear = project("shop", profit_rate=0.1, overhead=overhead)
    by_rival = with_rivals(five(), OURS, types=(dear,), has={}, levers=GRANTS, fixed=NOTHING_SAVED)
    capital = 240000.0  # what each village's grants come to in four years
    assert by_rival["even"].mean() == pytest.approx(0.1 * capital - overhead)
    assert by_rival["alliance"].mean() == pytest.approx(0.1 * capital - overhead / 5)
    assert by_rival["lumped"].mean() == pytest.approx(by_rival["alliance"].mean())


def test_an_alliance_earns_as_its_ablest_would_and_is_no_better_than_money_on_that_one():
    shop = project("shop", profit_rate=0.1, management=1.0)
    able = five(ability=[0.9, 0.3, 0.4, 0.5, 0.4], capacity=[0.9, 0.3, 0.4, 0.5, 0.4])
    options = {"types": (shop,), "has": {}, "levers": {**GRANTS, "own_money": 0.0}}
    options["fixed"] = {**NOTHING_SAVED, "management_effect": 1.0, "meeting_learning": 0.0}
    by_rival = with_rivals(able, OURS, **options)
    assert by_rival["alliance"].mean() / by_rival["even"].mean() == pytest.approx(1.4)
    assert by_rival["alliance"].mean() == pytest.approx(by_rival["lumped"].mean())
    without = with_rivals(
        able, OURS, **{**options, "fixed": {**NOTHING_SAVED, "management_effect": 0.0}}
    )
    assert without["alliance"].mean() == pytest.approx(without["even"].mean(), rel=1e-6)


def test_only_the_product_that_members_have_in_common_is_pooled():
    plant = project("plant", ("volume",), unit_cost=1000.0, profit_rate=0.1, by_product=True)
    options = {"types": (plant,), "has": {"volume": 1000.0}, "levers": GRANTS}
    options["fixed"] = NOTHING_SAVED
    same = worlds.play(five(), OURS, **options).society
    mixed = worlds.play(five(industry=["peach", "peach", "peach", "tea", "tea"]), OURS, **options)
    slots = same.villages.size
    assert same.capital[slots:].sum() == pytest.approx(20 * 240000.0, rel=0.01)
    grown = np.array(["peach", "peach", "peach", "tea", "tea"] * 4) == "peach"
    away = mixed.society.signed_away[:, 2]
    assert (away[grown] > 0).all()
    assert (away[~grown] == 0).all()


def test_room_that_members_sign_in_limits_what_an_alliance_builds():
    plant = project("plant", ("volume",), unit_cost=1000.0, profit_rate=0.1, by_product=True)
    small = worlds.play(five(), OURS, types=(plant,), has={"volume": 100.0}, levers=GRANTS)
    built = small.society.capital[small.society.villages.size :].sum()
    half = 20 * 50 * 1000.0  # of what members do not use themselves, once and not again
    assert 0.8 * half < built <= half


@pytest.mark.parametrize(("agreed", "part"), [(0.0, 0.25), (1.0, 0.25 * 0.4)])
def test_a_border_takes_its_part_of_what_is_signed_in_and_an_agreement_gives_it_back(agreed, part):
    """Weight of a county border 1: friction .25, of which an agreement relieves .6."""
    across = five(county=["c", "c", "d", "d", "d"], ability=[0.9, 0.1, 0.1, 0.1, 0.1])
    fixed = {"border_friction": 0.25, "border_relief": 0.6}
    levers = {**GRANTS, "agreement": agreed}
    shop = project("shop", profit_rate=0.1)
    ours = worlds.play(across, OURS, types=(shop,), has={}, fixed=fixed, levers=levers).society
    beyond = (
        ours.villages.county != ours.villages.county[ours.alliances.lead[ours.villages.alliance]]
    )
    assert 0 < beyond.sum() < beyond.size
    assert ours.villages.signed[~beyond] == pytest.approx(0.5)
    assert ours.villages.signed[beyond] == pytest.approx(0.5 * (1.0 - part))


def placebo(scenario: str, name: str, moves: float):
    """`none` and an alliance that pools nothing, gets nothing, teaches nothing and costs
    nothing, under the same draws."""
    from village_alliances.sim.building import parameters_of

    place = load(scenario)
    numbers = np.arange(3, dtype=np.uint64)
    free = ("meeting_cost", "lead_cost", "culture_cost", "agreement_cost", "outlet_cost", "services_cost",
            "outlet_sales", "services_benefit", "signed_start", "signed_level", "founding_cost", "leaving_cost")  # fmt: skip
    p = parameters_of(place, "prior", 3, numbers)
    for cost in free:
        p[cost] = 0.0
    levers = {"grant_per_village": 0.0, "shared_ability": 0.0, "moves": moves, "formation": 0.0}
    lines = []
    for value in ("none", name):
        society = build(place, value, seed=3, runs=numbers, parameters=p, levers=levers)
        for tick in range(16):
            step(society, tick)
        lines.append(society)
    return lines


SAME = ("operating_income", "villager_income", "capacity", "practice", "learned", "lent", "ability",
        "wages", "rents", "jobs", "debt", "project_income", "base_income", "firm")  # fmt: skip


@pytest.mark.parametrize("moves", [0.0, 1.0])
@pytest.mark.parametrize("name", ["resource_complement", "service_sharing", "cross_border"])
def test_an_alliance_that_does_nothing_changes_nobody(name, moves):
    text = (
        read_strategy(name).model_copy(update={"measures": ()}) if name == "cross_border" else name
    )
    none, with_ = placebo("tengtou-1plus6", text, moves)
    assert with_.runs.founded_sum.min() > 0
    for column in SAME:
        np.testing.assert_array_equal(
            getattr(none.villages, column), getattr(with_.villages, column), err_msg=column
        )
    rows = none.villages.size
    for column in ("capital", "building", "used", "endowment"):
        first, other = getattr(none, column)[:rows], getattr(with_, column)[:rows]
        np.testing.assert_array_equal(first, other, err_msg=column)
    np.testing.assert_array_equal(none.accounts.fund[:rows], with_.accounts.fund[:rows])


def test_the_strategy_none_is_a_run_without_alliances():
    place = load("jinxi")
    bare = replace(place, given=(), levers={**place.levers, "formation": 0.0})
    first, other = (build(a, b, runs=4) for a, b in ((place, "none"), (bare, "strong_leads_weak")))
    for tick in range(24):
        step(first, tick)
        step(other, tick)
    for column in SAME:
        np.testing.assert_array_equal(
            getattr(first.villages, column), getattr(other.villages, column)
        )
    assert other.runs.founded_sum.max() == 0

"""Planted worlds: in each only one thing is to be had by acting together, and the rule that fits it
wins; where there is nothing, not allying wins. All strategies of a world are alike but for the one
institution that it asks about."""

from __future__ import annotations

import numpy as np
import pytest

from .worlds import gain, play, project, strategy, table, village, with_rivals

pytestmark = pytest.mark.usefixtures("compiled_model")

COSTS = {"meeting_cost": 150.0, "lead_cost": 2000.0, "founding_cost": 8000.0, "savings_rate": 0.1}
GRANTS = {"grant_per_village": 60000.0, "grant_years": 4.0}
FREE = {
    "formation": 1.0,
    "places_mid": -1.0,
    "places_share": 1.0,
}  # all places are open at once
SEEDS = (1, 2, 3)


def rows_of(n, **cells):
    return [
        village(i, **{k: v[i % len(v)] if isinstance(v, list) else v for k, v in cells.items()})
        for i in range(n)
    ]


def means(scenario, candidates, **options):
    """Mean gain (yuan a year) of every candidate over villages and seeds; `none` is nought."""
    by_name = {"none": 0.0}
    for candidate in candidates:
        by_name[candidate.name] = float(
            np.mean(
                [gain(scenario, candidate, seed=seed, runs=2, **options).mean() for seed in SEEDS]
            )
        )
    return by_name


def best(gains):
    return max(gains, key=gains.__getitem__)


def test_only_overhead_allying_wins_and_beats_the_same_money_evenly():
    dear = project("shop", profit_rate=0.15, overhead=12000.0)
    world = table(rows_of(20), alone=True)
    near = strategy("near")
    options = {"types": (dear,), "has": {}, "fixed": COSTS, "levers": {**GRANTS, **FREE}}
    assert best(means(world, [near], **options)) == "near"
    rivals = with_rivals(world, near, **options)
    assert rivals["alliance"].mean() > rivals["even"].mean()


def test_only_ability_bringing_able_and_unable_together_wins():
    """Ten able villages lie on one side, ten unable ones on the other; who goes by nearness
    alone mixes only at the seam."""
    able = [0.9] * 10 + [0.2] * 10
    world = table(rows_of(20, ability=able, capacity=able), alone=True)
    shop = project("shop", profit_rate=0.12, management=1.0)
    options = {
        "types": (shop,), "has": {}, "levers": {**GRANTS, **FREE},
        "fixed": {**COSTS, "management_effect": 1.0, "affinity_distance": 100.0},
    }  # fmt: skip
    gains = means(
        world, [strategy("near"), strategy("complement", formation="complement")], **options
    )
    assert best(gains) == "complement", gains
    headed = strategy("headed", formation="complement", lead="township")
    assert means(world, [headed], **options)["headed"] < gains["complement"]


def test_only_one_product_bringing_its_growers_together_wins():
    world = table(rows_of(24, industry=["peach", "tea", "bamboo"]), alone=True)
    plant = project("plant", ("volume",), unit_cost=2000.0, profit_rate=0.3, overhead=40000.0, by_product=True)  # fmt: skip
    options = {
        "types": (plant,), "has": {"volume": 60.0}, "levers": {**GRANTS, **FREE},
        "fixed": {**COSTS, "signed_start": 0.8, "signed_level": 0.8},
    }  # fmt: skip
    candidates = [
        strategy("product", formation="product"), strategy("near"), strategy("different", formation="different"),
    ]  # fmt: skip
    gains = means(world, candidates, **options)
    assert best(gains) == "product", gains
    assert gains["product"] > 0


def border(**cells):
    """Twenty villages in four alliances, each of which lies on both sides of a county border."""
    rows = rows_of(20, county=["c", "c", "d", "d", "d"], **cells)
    return table([{**row, "alliance": f"a{i // 5}"} for i, row in enumerate(rows)])


PLANT = project("plant", ("volume",), unit_cost=2000.0, profit_rate=0.3, overhead=20000.0)
FRICTION = {**COSTS, "border_friction": 0.8, "border_relief": 0.9, "agreement_cost": 1000.0}


def test_only_a_border_an_agreement_wins_and_costs_where_there_is_none():
    options = {"types": (PLANT,), "has": {"volume": 100.0}, "levers": GRANTS, "fixed": FRICTION}
    agreed, silent = strategy("agreed", measures=("agreement",)), strategy("silent")
    gains = means(border(), [agreed, silent], **options)
    assert best(gains) == "agreed", gains
    rows = [{**village(i), "alliance": f"a{i // 5}"} for i in range(20)]
    gains = means(table(rows), [agreed, silent], **options)
    assert best(gains) == "silent", gains


def test_only_firms_on_one_side_reaching_over_the_border_to_them_wins():
    """Firms sit in county c where nobody is idle; the idle hands live in county d. Without an
    agreement few orders cross."""
    firms = np.array([0.0, 40.0, 0.0, 0.0, 0.0] * 4)
    hands = np.array([6.0, 6.0, 40.0, 40.0, 40.0] * 4)
    hall = project("hall", ("hands", "orders"), unit_cost=10000.0, profit_rate=0.2, overhead=4000.0)
    options = {
        "types": (hall,), "has": {"hands": hands, "firm_jobs": firms}, "levers": GRANTS,
        "fixed": {**FRICTION, "border_friction": 1.0},
    }  # fmt: skip
    across = strategy("across", measures=("agreement", "orders"))
    gains = means(border(), [across, strategy("silent")], **options)
    assert best(gains) == "across", gains


def test_where_there_is_nothing_nobody_allies_and_who_is_made_to_loses():
    shop = project("shop", profit_rate=0.05)
    world = table(rows_of(20), alone=True)
    unpaid = {**FREE, "grant_per_village": 0.0}
    options = {"types": (shop,), "has": {}, "fixed": COSTS}
    every = [
        strategy(rule, formation=rule) for rule in ("near", "complement", "product", "different")
    ]
    for value in every:
        free = play(world, value, levers=unpaid, **options)
        assert free.society.runs.founded_sum.max() == 0
    gains = means(world, every, levers={**unpaid, "forced": 1.0}, **options)
    assert best(gains) == "none", gains
    # With public money the same money without an alliance is better by what meeting costs.
    paid = with_rivals(world, every[0], levers={**GRANTS, **FREE, "forced": 1.0}, **options)
    assert paid["alliance"].mean() < paid["even"].mean()

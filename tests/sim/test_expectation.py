"""What the chooser expects is what comes, by age, in a world without surprises; parts of a gain add
up to it; and what a village already runs follows the trend of its region: exactly where there is no
luck, and in the mean where there is."""

from __future__ import annotations

import numpy as np
import pytest
from village_alliances.sim.decompose import SWITCHES, decompose
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.loading import load, names
from village_alliances.sim.quarter import run
from village_alliances.sim.rules.choosing import plan, worth_of

from . import worlds
from .worlds import STILL, build, project, table, village

pytestmark = pytest.mark.usefixtures("compiled_model")

LAG, FAIL, HAZARD = 5.0, 0.2, 0.08
MONEY, YEARS = 100000.0, 40


def realised():
    """Mean yearly profit of a village's only project by quarter, the gain its plan promised, and
    the worth of a yuan in it."""
    shop = project("shop", profit_rate=0.12, overhead=2000.0, lag=LAG, fail=FAIL, hazard=HAZARD)
    place = table([village(i) for i in range(20)], alone=True)
    fixed = {**STILL, "savings_rate": 0.0, "bank_rate": 0.0, "least_project": 1000.0}
    levers = {"ordinary_money": 0.0, "elections": 0.0, "departures": 0.0}
    society = build(place, "none", runs=1000, mode="point", fixed=fixed, levers=levers, types=(shop,), years=YEARS)  # fmt: skip
    society.accounts.fund[:] = 0.0
    society.accounts.fund[: society.villages.size] = MONEY
    promised = plan(society, 0, society.rate[0], MONEY)
    p, tech = society.parameters[0], society.technology[0, 0]
    worth = worth_of(p, tech, MONEY, society.rate[0, 0], tech.overhead)
    profit = []
    for tick in range(4 * YEARS):
        run(society, [tick])
        profit.append(society.villages.project_income.mean())
    return np.array(profit), promised, worth, p.discount


def test_a_plan_comes_true_at_every_age():
    profit, promised, worth, discount = realised()
    quarters = np.arange(1, profit.size + 1)
    ripen, live = 1.0 / LAG, 1.0 - 0.25 * HAZARD
    # Chance that a project which does not fail is in work q quarters on: it ripened in quarter s
    # and has lived since.
    works = np.array([
        sum(ripen * (1 - ripen) ** (s - 1) * live ** (q - s + 1) for s in range(1, q + 1))
        for q in quarters
    ])  # fmt: skip
    for year in (1, 2, 3, 5, 8, 12, 20):
        index = slice(4 * year - 4, 4 * year)
        ratio = promised * works[index].mean() / profit[index].mean()
        assert 0.9 < ratio < 1.1, (year, ratio)
    whole = (0.25 * profit / (1 + 0.25 * discount) ** quarters).sum()
    assert 0.95 < worth * MONEY / whole < 1.05, worth * MONEY / whole


def test_parts_of_a_gain_add_up_to_it():
    place = load("jinxi")
    parts = decompose(place, "strong_leads_weak", runs=16)
    whole = run_together(place, {"it": "strong_leads_weak"}, runs=16).strategies["it"]
    assert set(parts) == {"concentration", *SWITCHES}
    assert sum(parts.values()) == pytest.approx(whole.outcome("gain_mean"), abs=1e-6)


NO_LUCK = {
    "noise_sd": 0.0, "product_sd": 0.0, "villager_sd": 0.0, "trend_spread": 0.0, "villager_trend_spread": 0.0,
}  # fmt: skip
SMALL = [name for name in names() if load(name).size <= 40]


def on_trend(start, growth, tick, villages):
    """start * (1 + growth) ** ((tick + 1) / 4), with one growth a run."""
    return start * np.repeat((1.0 + growth) ** ((tick + 1) / 4), villages)


def by_quarter(name, of, years=10, **options):
    """Each quarter's number and the society after it; parameters are what we
    say, luck of nought too."""
    society = worlds.build(load(name), of, years=years, **options)
    for tick in range(4 * years):
        run(society, [tick])
        yield tick, society


@pytest.mark.parametrize("mode", ["point", "prior"])
@pytest.mark.parametrize("name", SMALL)
def test_without_luck_what_a_village_runs_follows_the_trend_to_the_last_digits(name, mode):
    """Elections and departures are on: a bad secretary of its own is part of the trend."""
    villages = load(name).size
    for tick, society in by_quarter(name, "none", years=6, runs=3, mode=mode, fixed=NO_LUCK):
        index, p = society.villages, society.parameters
        expected = on_trend(index.start_income, p.trend_collective, tick, villages)
        np.testing.assert_allclose(index.base_income, expected, rtol=1e-12)
        heads = on_trend(index.start_villager, p.trend_villager, tick, villages)
        brought = index.wages + index.rents + p.dividend_to_households[0] * np.maximum(0.0, index.project_income)  # fmt: skip
        if mode == "point":
            expected = heads + brought / np.maximum(1.0, index.population)
            np.testing.assert_allclose(index.villager_income, expected, rtol=1e-12)


def test_capacity_that_is_learned_or_lent_moves_base_income_by_its_effect():
    for tick, society in by_quarter("jinxi", "strong_leads_weak", runs=20, fixed=NO_LUCK):
        villages, p = society.villages, society.parameters
        effect = (p.base_management * p.management_effect)[0]
        expected = on_trend(villages.start_income, p.trend_collective, tick, 5)
        expected *= 1.0 + effect * (villages.capacity - villages.practice)
        if (
            tick == 39
        ):  # capacity moves once more when a secretary is lent back; income is of before
            np.testing.assert_allclose(villages.base_income, expected, rtol=1e-12)
            assert (villages.capacity > villages.practice).any()


@pytest.mark.parametrize("mode", ["point", "prior"])
def test_with_luck_the_mean_of_20000_villages_is_on_the_trend(mode):
    for tick, society in by_quarter("jinxi", "none", runs=4000, mode=mode, fixed={}):
        if tick not in (0, 3, 11, 39):
            continue
        villages, p = society.villages, society.parameters
        ratio = villages.base_income / on_trend(villages.start_income, p.trend_collective, tick, 5)
        by_run = ratio.reshape(4000, 5).mean(axis=1)  # villages of a run share a market
        error = by_run.std(ddof=1) / np.sqrt(by_run.size)
        assert 0 < error < 0.02
        assert abs(by_run.mean() - 1.0) < 3 * error, (tick, by_run.mean() - 1.0, error)
        if (
            mode == "point"
        ):  # the variance that the correction counts on is the one that incomes have
            logs = (
                np.log(villages.base_income / villages.start_income)
                - villages.trend * (tick + 1) / 4
            )
            assert society.runs.noise_var[0] == pytest.approx(logs.var(), rel=0.1)


def test_a_pandemic_is_half_forgotten_after_its_half_life_and_a_market_stays_moved():
    blow = {"pandemic_quarter": 4.0, "pandemic_shock": -0.4}
    options = {"runs": 2, "fixed": {**NO_LUCK, "pandemic_half_life": 2.0}, "levers": blow}
    for tick, society in by_quarter("chunhu", "none", years=4, **options):
        left = 0.0 if tick < 4 else -0.4 * 0.5 ** ((tick - 4) / 2)
        villages, growth = society.villages, society.parameters.trend_collective
        expected = on_trend(villages.start_income, growth, tick, 5) * np.exp(left)
        np.testing.assert_allclose(villages.base_income, expected, rtol=1e-12)
    shift = {"market_quarter": 4.0, "market_shock": -0.5}
    options = {"runs": 40, "fixed": NO_LUCK, "levers": shift}
    for tick, society in by_quarter("jinxi", "none", years=3, **options):
        villages, growth = society.villages, society.parameters.trend_collective
        hit = (villages.product == society.calendar.market_product[tick]) & (tick >= 4)
        expected = on_trend(villages.start_income, growth, tick, 5) * np.where(
            hit, np.exp(-0.5), 1.0
        )
        np.testing.assert_allclose(villages.base_income, expected, rtol=1e-12)
        assert tick < 4 or (hit.any() and not hit.all())

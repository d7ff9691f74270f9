"""What the chooser expects is what comes, by age, in a world without surprises; and parts of a gain add up to it."""

from __future__ import annotations

import numpy as np
import pytest
from village_alliances.sim.decompose import SWITCHES, decompose
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.quarter import run
from village_alliances.sim.rules.choosing import plan, worth_of
from village_alliances.sim.scenario import load

from .worlds import STILL, build, project, table, village

pytestmark = pytest.mark.usefixtures("compiled_model")

LAG, FAIL, HAZARD = 5.0, 0.2, 0.08
MONEY, YEARS = 100000.0, 40


def realised():
    """Mean yearly profit of a village's only project by quarter, the gain its plan promised, and the worth of a yuan in it."""
    shop = project("shop", profit_rate=0.12, overhead=2000.0, lag=LAG, fail=FAIL, hazard=HAZARD)
    place = table([village(at) for at in range(20)], alone=True)
    fixed = {**STILL, "savings_rate": 0.0, "bank_rate": 0.0, "least_project": 1000.0}
    levers = {"ordinary_money": 0.0, "elections": 0.0, "departures": 0.0}
    society = build(place, "none", runs=1000, mode="point", fixed=fixed, levers=levers, types=(shop,), years=YEARS)  # fmt: skip
    society.accounts.fund[:] = 0.0
    society.accounts.fund[: society.villages.size] = MONEY
    room, running = np.zeros(society.endowment.shape[1]), np.zeros(1)
    promised = plan(society, 0, room, society.rate[0], running, MONEY)
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
    # Chance that a project which does not fail is in work q quarters on: it ripened in quarter s and has lived since.
    works = np.array([
        sum(ripen * (1 - ripen) ** (s - 1) * live ** (q - s + 1) for s in range(1, q + 1))
        for q in quarters
    ])  # fmt: skip
    for year in (1, 2, 3, 5, 8, 12, 20):
        at = slice(4 * year - 4, 4 * year)
        ratio = promised * works[at].mean() / profit[at].mean()
        assert 0.9 < ratio < 1.1, (year, ratio)
    whole = (0.25 * profit / (1 + 0.25 * discount) ** quarters).sum()
    assert 0.95 < worth * MONEY / whole < 1.05, worth * MONEY / whole


def test_parts_of_a_gain_add_up_to_it():
    place = load("jinxi")
    parts = decompose(place, "strong_leads_weak", runs=16)
    whole = run_together(place, {"it": "strong_leads_weak"}, runs=16).strategies["it"]
    assert set(parts) == {"concentration", *SWITCHES}
    assert sum(parts.values()) == pytest.approx(whole.outcome("gain_mean"), abs=1e-6)

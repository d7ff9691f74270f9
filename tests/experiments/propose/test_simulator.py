"""A county under a plan is what the model itself says of it, rivals have the same money, and grants
are within what is promised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.simulator import Simulator, joined, sliced
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.grouping import FIRST_QUARTER
from village_alliances.sim.loading import load
from village_alliances.sim.scenario import Given, Scenario
from village_alliances.sim.strategy import Portfolio

pytestmark = pytest.mark.usefixtures("compiled_model")
PAIR = Candidate((0, 3), "strong_leads_weak", 30_000.0)
TRIO = Candidate((1, 2, 4), "mutual_aid", 90_000.0)
USUAL = 60_000.0


@pytest.fixture
def task() -> Task:
    return Task(load("jinxi"), "gain_mean", 2e6)


def given(scenario: Scenario, *alliances: Candidate) -> Scenario:
    rows = [
        Given({"en": c.strategy}, c.members, -1, FIRST_QUARTER, grant=c.grant / USUAL)
        for c in alliances
    ]
    return replace(scenario, given=tuple(rows), grouped="")


def test_it_is_what_an_ensemble_of_the_model_gives(task: Task) -> None:
    """Alliances by the ensemble's own way of running a strategy, with the
    county's usual grant as a lever."""
    simulator = Simulator(task, 12)
    lived = simulator.live([PAIR, TRIO])
    portfolio = Portfolio("strong_leads_weak", {"mutual_aid": "mutual_aid"})
    whole = run_together(
        given(task.scenario, PAIR, TRIO), {"it": portfolio}, runs=12, keep=("operating_income",)
    )
    assert np.allclose(whole.strategies["it"].kept["operating_income"], lived.income, rtol=1e-9)
    assert np.allclose(whole.none.kept["operating_income"], simulator.none.income, rtol=1e-12)
    assert np.allclose(whole.strategies["it"].outcome("gain_mean"), lived.outcomes["gain_mean"])
    assert np.allclose(whole.strategies["it"].outcome("public_cost"), lived.paid)


def test_rivals_are_the_ensembles_rivals_and_have_the_same_money(task: Task) -> None:
    simulator = Simulator(task, 12)
    aim = np.array([0.5, 0.5, 0.0, 0.0, 0.0])
    gap = simulator.beside([PAIR, TRIO], aim)
    rivals = run_together(
        given(task.scenario, PAIR, TRIO),
        {"it": Portfolio("strong_leads_weak", {"mutual_aid": "mutual_aid"})},
        runs=12,
        rivals=("even", "lumped", "weakest", "all"),
        keep=("operating_income",),
    ).rivals["it"]
    for key, ensemble in rivals.items():
        assert np.allclose(ensemble.kept["operating_income"], gap[key].income, rtol=1e-9), key
    for key, lived in gap.items():
        assert np.allclose(lived.paid, gap["plan"].paid), key
    assert (
        gap["aimed"].gain(simulator.none)[:, 2:].mean()
        <= gap["aimed"].gain(simulator.none)[:, :2].mean()
    )


def test_no_run_is_paid_more_than_is_promised(task: Task) -> None:
    plan = [PAIR, Candidate((1,), "", 200_000.0)]
    lived = Simulator(task, 24).live(plan)
    assert (lived.paid <= sum(task.cost(c) for c in plan) + 1e-6).all()
    alone = Simulator(task, 4).live([plan[1]])
    assert alone.paid == pytest.approx(task.cost(plan[1]))
    still = replace(task, levers={"moves": 0.0})
    assert Simulator(still, 8).live([PAIR]).paid == pytest.approx(still.cost(PAIR))


def test_levels_side_by_side_are_levels_one_by_one(task: Task) -> None:
    simulator = Simulator(task, 8)
    plan = [replace(PAIR, grant=1.0), Candidate((1,), "", 1.0)]
    for level, lived in zip(
        (0.0, 75_000.0), simulator.at_levels(plan, (0.0, 75_000.0)), strict=True
    ):
        alone = simulator.live([replace(c, grant=level) for c in plan])
        assert np.allclose(lived.income, alone.income, rtol=1e-9)
        assert np.allclose(lived.paid, alone.paid)


def test_blocks_and_threads_change_nothing(task: Task) -> None:
    first = Simulator(task, 9, threads=1).live([TRIO])
    many = Simulator(task, 9, threads=3).live([TRIO])
    assert np.array_equal(first.income, many.income) and np.array_equal(first.lead, many.lead)
    parts = joined([sliced(first, slice(0, 4)), sliced(first, slice(4, 9))])
    assert np.array_equal(parts.income, first.income)


def test_who_leads_and_who_is_where(task: Task) -> None:
    lived = Simulator(replace(task, levers={"moves": 0.0}), 8).live([PAIR, TRIO])
    assert set(np.unique(lived.lead[:, 0])) <= {0, 3} and set(np.unique(lived.lead[:, 1])) <= {
        1,
        2,
        4,
    }
    assert (lived.home[:, [0, 3]] == 0).all() and (lived.home[:, [1, 2, 4]] == 1).all()
    ablest = np.array([1, 2, 4])[np.argmax(lived.able[:, [1, 2, 4]], axis=1)]
    assert np.array_equal(ablest, lived.lead[:, 1])

"""Objectives: what villages bring adds up to what the model records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.objectives import (
    PARTS,
    STAND_INS,
    Lived,
    Objective,
    ObjectiveError,
    names,
    read_objective,
)
from village_alliances.experiments.propose.simulator import Simulator
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import BY_NAME

pytestmark = pytest.mark.usefixtures("compiled_model")
PLAN = [Candidate((0, 1, 2), "strong_leads_weak", 120_000.0), Candidate((4,), "", 60_000.0)]


@pytest.fixture(scope="module")
def lived() -> tuple[Lived, Lived]:
    simulator = Simulator(Task(load("jinxi"), "gain_mean", 2e6), 24)
    return simulator.live(PLAN), simulator.none


def test_every_objective_is_an_outcome_of_the_model_that_has_a_direction() -> None:
    assert all(BY_NAME[name].better for name in names())


@pytest.mark.parametrize("name", [name for name in PARTS if name not in STAND_INS])
def test_parts_add_up_to_the_improvement_that_the_model_records(
    lived: tuple[Lived, Lived], name: str
) -> None:
    objective = read_objective(name)
    parts = objective.parts(*lived).sum(axis=1)
    assert parts == pytest.approx(objective.gain(*lived), rel=1e-9, abs=1e-6)
    assert np.abs(parts).max() > 0 or name in ("losers", "weak_villages_50k")


@pytest.mark.parametrize("name", STAND_INS)
def test_a_stand_in_points_the_same_way(lived: tuple[Lived, Lived], name: str) -> None:
    now, none = lived
    richer = none.income + 1e5 * (none.income == none.income.min(axis=1, keepdims=True))
    better = replace(now, income=richer, last_weak=np.where(richer >= 5e4, 0, none.last_weak))
    assert read_objective(name).parts(better, none).sum(axis=1).mean() > 0


def test_outcomes_of_one_unit_add_up(lived: tuple[Lived, Lived]) -> None:
    both = read_objective("weak_villages_50k＋losers")
    assert both == Objective(("weak_villages_50k", "losers"))
    first, other = read_objective("weak_villages_50k"), read_objective("losers")
    assert both.gain(*lived) == pytest.approx(first.gain(*lived) + other.gain(*lived))
    assert "losers" not in both.title["en"] and BY_NAME["losers"].en in both.title["en"]


@pytest.mark.parametrize("text", ["", "joy", "gini+losers", "inequality", "minimax_regret"])
def test_what_cannot_be_asked_is_said(text: str) -> None:
    with pytest.raises(ObjectiveError) as error:
        read_objective(text)
    assert error.value.text.zh and str(error.value.text) != error.value.text.zh

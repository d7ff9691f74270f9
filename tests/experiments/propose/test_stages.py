"""Stages: on the same draws as all at once, and a trigger that is worth what it tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.sentences import Sentences
from village_alliances.experiments.propose.simulator import Simulator
from village_alliances.experiments.propose.stages import (
    Trigger,
    _best_trigger,
    _Branches,
    smallest_of_the_best,
)
from village_alliances.experiments.propose.task import SECOND_STAGE, Task, problems
from village_alliances.sim.loading import load
from village_alliances.sim.scenario import Scenario

pytestmark = pytest.mark.usefixtures("compiled_model")
PAIR = Candidate((0, 3), "strong_leads_weak", 60_000.0)
LATER = Candidate((1, 4), "strong_leads_weak", 60_000.0, founded=SECOND_STAGE)


def test_up_to_the_trigger_all_ways_of_going_on_are_one_run() -> None:
    task = Task(load("jinxi"), "gain_mean", 2e6, levers={"moves": 0.0})
    alone, both = Simulator(task, 6).each([[PAIR], [PAIR, LATER]])
    assert np.array_equal(alone.midway, both.midway)
    assert np.array_equal(alone.taking_part, both.taking_part)
    assert not np.array_equal(alone.income, both.income)
    assert both.taking_part[:, [0, 3]].all() and not both.taking_part[:, [1, 4]].any()
    assert (both.paid <= task.cost(PAIR) + task.cost(LATER) + 1e-6).all()
    assert task.cost(LATER) < task.cost(replace(LATER, founded=1))


def test_a_trigger_is_found_where_the_pilot_tells_what_is_to_come() -> None:
    rng = np.random.default_rng(1)
    good = rng.random(200) < 0.5
    seen = {
        "growth": np.where(good, 8_000.0, -3_000.0) + rng.normal(0, 500, 200),
        "active": np.ones(200),
    }
    value = {
        "expand": np.where(good, 10.0, -10.0),
        "stop": np.zeros(200),
        "singly": np.full(200, -1.0),
    }
    tried = _Branches(value, seen)
    trigger = _best_trigger(tried)
    assert trigger.signal == "growth" and trigger.otherwise == "stop"
    assert np.array_equal(tried.by(trigger), np.where(good, 10.0, 0.0))
    assert tried.by(Trigger("active", 0.5, "stop")).mean() == value["expand"].mean()


@pytest.fixture(scope="module")
def task() -> Task:
    """Four villages in two pairs that are out of each other's reach."""
    return Task(load("jinxi"), "gain_mean", 2e6, stages=True, strategies=("strong_leads_weak",), grants=(60_000.0,), high=2,
                must=((0, 3), (1, 4)), allow_unstable=True)  # fmt: skip


def test_a_proposal_in_stages_says_what_to_try_and_what_it_is_worth(task: Task) -> None:
    proposal = propose(task, fresh_runs=24)
    assert proposal.stages is not None
    for pilot in proposal.stages.pilots:
        assert pilot.villages == sum(
            len(proposal.alliances[n - 1].members) for n in pilot.alliances
        )
        assert pilot.ahead.mean == pytest.approx(
            pilot.gain.mean - proposal.proposal.objective.gain.mean
        )
    for lang in ("en", "zh"):
        sentence = Sentences(lang).staged(proposal)
        assert (
            len(sentence) == 4 and proposal.alliances[0].name[lang] in sentence[0]
        ) or proposal.alliances[1].name[lang] in sentence[0]


def test_too_few_years_for_a_pilot_are_refused(six: Scenario) -> None:
    short = replace(six, years=2)
    (messages,) = problems(
        Task(short, "gain_mean", 1e6, stages=True, strategies=("strong_leads_weak",))
    )
    assert "too few" in messages


@given(st.lists(st.lists(st.integers(-9, 9), min_size=8, max_size=8), min_size=1, max_size=4))
def test_of_pilots_that_luck_does_not_tell_apart_the_smallest_is_tried(
    brought: list[list[int]],
) -> None:
    value = [np.array(line, float) for line in brought]
    best = max(value, key=lambda line: line.mean())

    def alike(line: np.ndarray) -> bool:
        lag = best - line
        return bool(lag.mean() <= lag.std(ddof=1) / lag.size**0.5)

    taken = smallest_of_the_best(value)
    assert alike(value[taken]) and not any(map(alike, value[:taken]))

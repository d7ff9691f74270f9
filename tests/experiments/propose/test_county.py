"""A whole county: the proposal beats what luck can put together, and real village points take no longer than a planner waits."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from village_alliances.experiments.propose.evaluate import evaluate
from village_alliances.experiments.propose.search import Search, Step
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.scenario import load

from benchmarks.propose import BUDGET_EACH, against_random, random_partition

pytestmark = pytest.mark.usefixtures("compiled_model")
POINTS = Path(os.environ.get("VILLAGE_POINTS", ".")) / "fenghua_village_points.csv"


def test_random_partitions_keep_the_rules() -> None:
    s = load("jinxi")
    task = Task(s, "gain_total", BUDGET_EACH * s.size, strategies=("strong_leads_weak",))
    search = Search(task, runs=8, final_runs=8)
    seen = set()
    for number in range(30):
        partition = random_partition(task, search.country, number, task.levels)
        seen.add(tuple(partition))
        members = [i for c in partition for i in c.members]
        assert len(members) == len(set(members)) and sum(map(task.cost, partition)) <= task.budget
        assert all(search.country.admissible(c.members) for c in partition)
    assert len(seen) > 5


@pytest.mark.slow
def test_it_beats_a_thousand_random_partitions_of_fenghua() -> None:
    found = against_random(1000, runs=60)
    assert found["propose_random_beaten"] == found["propose_random_partitions"] == 1000


@pytest.mark.slow
@pytest.mark.skipif(
    not POINTS.exists(), reason="VILLAGE_POINTS names no folder of real village points"
)
def test_real_village_points_in_three_minutes_with_a_first_answer_in_fifteen_seconds() -> None:
    s = load(POINTS)
    first: list[float] = []

    def say(step: Step) -> None:
        if step.choice is not None:
            first.append(time.process_time() - began)

    began = time.process_time()
    search = Search(Task(s, "weak_villages_50k", BUDGET_EACH * s.size), say=say)
    search.run()
    found = evaluate(search)
    spent = (
        time.process_time() - began
    )  # of both processors, so that other work on a shared machine does not count
    assert found.alliances and found.promised <= found.budget
    assert first[0] < 2 * 15 and spent < 2 * 180
    assert found.proposal.objective.gain.low > 0

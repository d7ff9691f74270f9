"""Bad questions are refused with everything that is wrong, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from experiments.propose import propose
from experiments.propose.task import Task, TaskError, problems, spends
from sim.scenario import FIRST_QUARTER, Given, Scenario
from sim.strategy import read
from tests.experiments.propose.conftest import row

CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({"objective": "happiness"}, ["happiness", "weak_villages_50k"]),
    ({"budget": 1000.0, "grants": (60_000.0,)}, ["1,000", "420,000"]),
    ({"must": ((0, 1),), "never": ((0, 1),)}, ["村0, 村1", "contradict"]),
    ({"must": ((0, 1, 2, 3),), "high": 3}, ["村0, 村1, 村2, 村3", "at most 3"]),
    ({"must": ((0, 5),), "radius": 0.5}, ["村0, 村5", "0.5 km"]),
    ({"must": ((0, 1), (1, 2)), "high": 2}, ["村0, 村1, 村2", "one alliance of 3"]),
    ({"radius": 0.1}, ["no village has a neighbour", "村0, 村1, 村2, 村3, 村4, 村5"]),
    ({"low": 5, "high": 3}, ["size 5-3"]),
    ({"radius": -1.0}, ["radius -1"]),
    ({"strategies": ("none",)}, ["'none'"]),
    ({"strategies": ("no_such_plan",)}, ["no_such_plan"]),
    ({"grants": (9e9,)}, ["grants", "500,000"]),
    ({"budget": float("nan")}, ["budget"]),
    ({"keep": True}, ["names no alliance"]),
    ({"must": ((0,),)}, ["at least two"]),
]


@pytest.mark.parametrize(("changes", "words"), CASES)
def test_each_is_said_with_names(six: Scenario, changes: dict[str, Any], words: list[str]) -> None:
    task = replace(Task(six, "gain_total", 1e6), **changes)
    found = problems(task)
    assert found
    said = "\n".join(map(str, found))
    assert all(word in said for word in words), said
    assert all(problem.zh and problem.zh != str(problem) for problem in found)
    with pytest.raises(TaskError):
        propose(task)


def test_all_at_once(six: Scenario) -> None:
    task = Task(six, "happiness", float("nan"), must=((0, 1),), never=((0, 1),), strategies=("none",))
    assert len(problems(task)) >= 4


def test_a_village_that_stays_is_not_free(six: Scenario) -> None:
    s = replace(six, given=(Given({"en": "A", "zh": "甲"}, (0, 1), 0, FIRST_QUARTER),), grouped="")
    assert any("村1" in str(problem) for problem in problems(Task(s, "gain_total", 1e6, keep=True, must=((1, 2),))))


def test_one_village(table: Callable[[list[str]], Scenario]) -> None:
    assert problems(Task(table([row("村0", 121.4, 29.6)]), "gain_total", 1e6))


def test_money_that_is_promised_is_what_the_model_pays_at_most(six: Scenario) -> None:
    task = Task(six, "gain_total", 1e6, levers={"grant_years": 2.0})
    assert task.paid_years[FIRST_QUARTER] == 2.0
    assert Task(six, "gain_total", 1e6, levers={"funding_cut_quarter": 4.0}).paid_years[FIRST_QUARTER] == 0.5
    assert all(grant == 0.0 for name, grant in task.classes if not spends(read(name)))

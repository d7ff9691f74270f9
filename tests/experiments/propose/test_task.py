"""Bad questions are refused with everything that is wrong, by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.simulator import Simulator
from village_alliances.experiments.propose.task import Task, TaskError, groups_of, problems
from village_alliances.sim.grouping import FIRST_QUARTER
from village_alliances.sim.problems import Text
from village_alliances.sim.scenario import Given, Scenario
from village_alliances.sim.strategy import names
from village_alliances.sim.technology import shipped

from tests.experiments.propose.conftest import row

CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({"objective": "happiness"}, ["happiness", "weak_villages_50k"]),
    ({"budget": 1000.0, "grants": (60_000.0,), "must": ((0, 1),)}, ["1,000", "450,000"]),
    ({"must": ((0, 1),), "never": ((0, 1),)}, ["村0, 村1", "contradict"]),
    ({"must": ((0, 1, 2, 3),), "high": 3}, ["村0, 村1, 村2, 村3", "at most 3"]),
    ({"must": ((0, 5),), "radius": 0.5}, ["村0, 村5", "0.5 km"]),
    ({"must": ((0, 1), (1, 2)), "high": 2}, ["村0, 村1, 村2 are 3 villages", "at most 2"]),
    ({"radius": 0.1}, ["no village has a neighbour", "村0, 村1, 村2, 村3, 村4, 村5"]),
    ({"low": 5, "high": 3}, ["size 5-3"]),
    ({"radius": -1.0}, ["radius -1"]),
    ({"strategies": ("none",)}, ["'none'"]),
    ({"strategies": ("no_such_plan",)}, ["no_such_plan"]),
    ({"grants": (9e9,)}, ["grants", "500,000"]),
    ({"budget": float("nan")}, ["budget"]),
    ({"keep": True}, ["which villages are allied"]),
    ({"must": ((0,),)}, ["at least two"]),
    ({"never": ((0, 0),)}, ["never", "村0", "at least two"]),
    ({"must": ((0, 1), (1, 2)), "never": ((0, 2),)}, ["contradict", "村0, 村2"]),
    ({"low": 7}, ["size 7-9", "6"]),
    ({"objective": "gain_total"}, ["version 0.1", "write gain_mean"]),
    ({"objective": "minimax_regret(gain_mean)"}, ["version 0.1", "regret"]),
    ({"objective": "gain_mean:0.5,losers:0.5"}, ["version 0.1", "weights"]),
    ({"objective": "gain_mean+losers"}, ["one unit", "villages", "yuan/year"]),
    ({"objective": "losers+losers"}, ["losers", "twice"]),
]


@pytest.mark.parametrize(("changes", "words"), CASES)
def test_each_is_said_with_names(six: Scenario, changes: dict[str, Any], words: list[str]) -> None:
    task = replace(Task(six, "gain_mean", 1e6), **changes)
    messages = problems(task)
    assert messages
    said = "\n".join(map(str, messages))
    assert all(word in said for word in words), said
    assert all(problem.zh and problem.zh != str(problem) for problem in messages)
    with pytest.raises(TaskError):
        propose(task)


def test_all_at_once(six: Scenario) -> None:
    task = Task(
        six, "happiness", float("nan"), must=((0, 1),), never=((0, 1),), strategies=("none",)
    )
    assert len(problems(task)) >= 4


def test_a_village_that_stays_is_not_free(six: Scenario) -> None:
    s = replace(six, given=(Given({"en": "A", "zh": "甲"}, (0, 1), 0, FIRST_QUARTER),), grouped="")
    assert any(
        "村1" in str(problem)
        for problem in problems(Task(s, "gain_mean", 1e6, keep="fixed", must=((1, 2),)))
    )


def test_villages_that_stay_together_cannot_be_told_apart(six: Scenario) -> None:
    s = replace(six, given=(Given({"en": "A", "zh": "甲"}, (0, 1), 0, FIRST_QUARTER),), grouped="")
    messages = problems(Task(s, "gain_mean", 1e6, keep="fixed", never=((0, 1, 5),)))
    assert [str(problem) for problem in messages] == [
        "never: 村0, 村1 are together in an alliance that is kept"
    ]


def test_groups_are_read_by_name_and_what_is_unclear_is_said(six: Scenario) -> None:
    text = Text("must", "必须组团")
    assert groups_of(six, "村4，村3；村1、村2;\n", text) == ([(4, 3), (1, 2)], [])
    groups, wrong = groups_of(six, "村1,某庄", text)
    assert groups == [] and [str(problem) for problem in wrong] == [
        "must: no village is called '某庄'"
    ]
    twins = replace(six, names=np.array([six.names[1], *six.names[1:]], object))
    groups, wrong = groups_of(twins, "村1,村5", text)
    assert groups == [] and [problem.zh for problem in wrong] == [
        "必须组团：有 2 个村名为“村1”，请写成：甲镇/村1、甲镇/村1"
    ]


@pytest.mark.parametrize(
    "objective", ["happiness", "gain_total", "losers+losers", "losers+gain_mean"]
)
def test_what_is_wrong_with_an_objective_is_said_in_chinese(six: Scenario, objective: str) -> None:
    (problem,) = problems(Task(six, objective, 1e6))
    assert re.match(
        "目标：(没有名为|“gain_total”是 0.1 版|losers (写了两次)|losers.gain_mean：只有单位相同)",
        problem.zh,
    )


def test_one_village(table: Callable[[list[str]], Scenario]) -> None:
    assert problems(Task(table([row("村0", 121.4, 29.6)]), "gain_mean", 1e6))


def test_money_that_is_promised_is_what_the_model_pays_at_most(six: Scenario) -> None:
    task = Task(six, "gain_mean", 1e6, levers={"grant_years": 2.0})
    assert task.paid_years[FIRST_QUARTER] == 2.0
    cut = Task(six, "gain_mean", 1e6, levers={"funding_cut_quarter": 4.0})
    assert cut.paid_years[FIRST_QUARTER] == 0.75


def test_strategies_of_equal_institutions_are_one_and_it_is_said(six: Scenario) -> None:
    task = Task(six, "gain_mean", 1e6)
    assert len(task.plans) < len(names()) - 1
    assert {"enclave", "resource_complement"} <= {p.name for same in task.alike for p in same}


def test_the_technology_is_part_of_the_question_and_of_what_is_simulated(six: Scenario) -> None:
    task = Task(six, "gain_mean", 1e6)
    fewer = replace(task, types=shipped()[:3])
    assert fewer.id != task.id and replace(task, types=()).id == task.id
    incomes = [
        Simulator(value, 2).live([Candidate((0,), "", 9e4)]).income for value in (task, fewer)
    ]
    assert not np.array_equal(*incomes)

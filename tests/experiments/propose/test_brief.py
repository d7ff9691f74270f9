"""The page to take along, of a proposal: alliances have one number wherever they stand, and what
is the reason of several is said once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from village_alliances.experiments.answer.brief import Brief
from village_alliances.experiments.answer.lines import AnswerText, Line
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.brief import NamedPlan, advised, brief_of
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.labels import labels
from village_alliances.sim.loading import load

pytestmark = pytest.mark.usefixtures("compiled_model")
STRATEGY = "strong_leads_weak"
ITS_TITLE = {"en": "it", "zh": "它"}


@pytest.fixture(scope="module")
def task() -> Task:
    return Task(load("jinxi"), "gain_mean", 2e6, strategies=(STRATEGY,), mode="prior")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_projects_are_where_the_table_says_who_is_with_whom(task: Task, lang: str) -> None:
    allied = [Candidate(pair, STRATEGY, 60_000.0) for pair in ((0, 1), (2, 3))]
    plan = [*allied, Candidate((4,), "", 30_000.0)]
    page = brief_of(task, [NamedPlan("it", ITS_TITLE, plan)], lang, runs=4)
    names = labels(task.scenario)
    first, second, alone = (group.members for group in page.groups)
    assert first.startswith("1. ") and all(names[i] in first for i in (0, 1))
    assert second.startswith("2. ") and all(names[i] in second for i in (2, 3))
    assert alone == names[4]
    assert page.projects
    assert {project.where.split()[-1] for project in page.projects} <= {"1", "2"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_reason_of_several_alliances_is_said_once(task: Task, lang: str) -> None:
    plan = propose(replace(task, must=((0, 1),), grants=(60_000.0,)), rounds=1, fresh_runs=4)
    first = plan.alliances[0]
    again = replace(first, number=2, name={"en": "another alliance", "zh": "另一联合体"})
    twice = replace(plan, alliances=[first, again])
    empty = Brief("", "", AnswerText(Line({}), {}), ())
    said = [note for note in advised(empty, twice, task, lang).notes if again.name[lang] in note]
    assert len(said) == 1 and first.name[lang] in said[0]

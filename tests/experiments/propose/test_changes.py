"""Changes: steps from today's alliances keep every rule, bring more each, and
are told as what they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.answer import read_proposal
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.changes import broken, most_important, moved, steps_from
from village_alliances.experiments.propose.search import Search
from village_alliances.experiments.propose.sentences import Sentences
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.scenario import Given, Scenario

pytestmark = pytest.mark.usefixtures("compiled_model")


@pytest.fixture
def task(six: Scenario) -> Task:
    """Six villages, two of them allied today: the poorest and the richest, at either corner."""
    today = (Given({"en": "A", "zh": "甲"}, (0, 5), 0, 1),)
    return Task(
        replace(six, given=today, grouped=""), "gain_mean", 9e5, keep="existing",
        strategies=("strong_leads_weak",), grants=(0.0, 60_000.0), high=4,
    )  # fmt: skip


def test_what_of_today_is_broken_and_who_is_moved() -> None:
    pair, trio = Candidate((0, 1), "a", 0.0), Candidate((2, 3, 4), "a", 0.0)
    today = [pair, trio]
    assert broken(today, today) == [] and moved(today, today) == 0
    assert broken([Candidate((2, 3, 5), "a", 0.0)], today) == [pair]
    assert broken([], today) == today and moved([], today) == 5
    assert broken([Candidate((0, 1, 2, 3, 4), "b", 9.0)], today) == []


def test_every_step_keeps_the_rules_and_the_most_important_bring_more_each(task: Task) -> None:
    search = Search(task, runs=8, final_runs=8)
    search.run()
    for step in steps_from(search, search.warm):
        plan = step.after(search.warm)
        placed = [i for c in plan for i in c.members]
        assert len(placed) == len(set(placed)) and sum(map(task.cost, plan)) <= task.budget + 1e-6
        assert all(len(c.members) == 1 or search.geography.admissible(c.members) for c in plan)
    before = search.brought(search.warm).mean()
    steps = most_important(search, search.warm)
    assert steps
    for step, plan in steps:
        after = search.brought(plan).mean()
        assert after > before and step.after(plan) != plan
        before = after


def test_a_proposal_from_today_tells_its_cost_of_change(task: Task) -> None:
    proposal = propose(task, fresh_runs=24)
    assert proposal.changes is not None and read_proposal(proposal.json()) == proposal
    assert proposal.changes.moved >= 2 * len(proposal.changes.broken)
    for lang in ("en", "zh"):
        sentence = Sentences(lang).changed(proposal)
        assert len(sentence) >= 2 and not any("{" in text for text in sentence)
    before, after = (
        value.objective.gain.mean for value in (proposal.rival("today"), proposal.proposal) if value
    )
    assert after >= before - 3 * proposal.proposal.objective.gain.error

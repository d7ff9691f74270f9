"""The answer: measured on luck of its own, complete, and the same from its file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.against import advice
from village_alliances.experiments.propose.answer import Proposal, Spread, read_proposal
from village_alliances.experiments.propose.candidates import Candidate, township_groups
from village_alliances.experiments.propose.changes import moved
from village_alliances.experiments.propose.fresh import fresh_seed
from village_alliances.experiments.propose.notes import notes
from village_alliances.experiments.propose.search import Search
from village_alliances.experiments.propose.shared import cliques
from village_alliances.experiments.propose.task import Task
from village_alliances.experiments.propose.trial import (
    Trial,
    candidates_of,
    real,
    rearranged,
    within_budget,
)
from village_alliances.sim.loading import load
from village_alliances.sim.scenario import Scenario

pytestmark = pytest.mark.usefixtures("compiled_model")
TASK = Task(
    load("jinxi"),
    "gain_mean",
    1.5e6,
    strategies=("strong_leads_weak",),
    grants=(0.0, 60_000.0, 90_000.0),
)


@pytest.fixture(scope="module")
def proposal() -> Proposal:
    return propose(TASK, fresh_runs=40)


def test_it_comes_back_from_its_file(proposal: Proposal, tmp_path: Path) -> None:
    path = tmp_path / "proposal.json"
    path.write_text(proposal.json(), encoding="utf-8")
    assert read_proposal(path) == proposal and read_proposal(proposal.json()) == proposal


def test_nothing_contradicts_itself(proposal: Proposal) -> None:
    assert proposal.promised <= proposal.budget + 1e-6
    assert proposal.proposal.cost.high <= proposal.promised + 1e-6
    costs = [alliance.cost for alliance in [*proposal.alliances, *proposal.funded]]
    assert proposal.promised == pytest.approx(sum(costs))
    for a in proposal.alliances:
        assert a.cost == pytest.approx(a.grant * len(a.members) * proposal.years)
        assert a.gain.mean == pytest.approx(sum(m.gain.mean for m in a.members))
        assert sum(m.leads for m in a.members) == pytest.approx(1.0)
        assert a.lead in [m.village for m in a.members]
    allied = [m.village for a in proposal.alliances for m in a.members]
    funded = [village.village for village in proposal.funded]
    assert len(set(allied + funded)) == len(allied) + len(funded)
    assert len(allied) == proposal.proposal.allied and len(funded) == proposal.proposal.funded
    assert sorted(allied + funded + proposal.alone) == sorted(s.village for s in proposal.sites)
    assert proposal.hunt.fresh == pytest.approx(proposal.proposal.objective.gain.mean)
    assert proposal.hunt.optimism == pytest.approx(proposal.hunt.in_search - proposal.hunt.fresh)
    for rival in proposal.rivals:
        expected = proposal.proposal.objective.gain.mean - rival.objective.gain.mean
        assert rival.objective.difference.mean == pytest.approx(expected, abs=1e-6)


def test_every_rival_is_there_with_the_same_money_and_the_strongest_is_named(
    proposal: Proposal,
) -> None:
    by = {m.key: m for m in proposal.rivals}
    assert {"nobody", "aimed", "all", "today", "township", "nearness"} <= set(by)
    assert {"even", "lumped", "weakest"} <= set(by) or not proposal.alliances
    for key in ("aimed", "even", "lumped", "weakest", "all"):
        if key in by:
            assert by[key].cost.mean == pytest.approx(proposal.proposal.cost.mean)
            assert by[key].single and by[key].funded > 0
    assert by["nobody"].cost.mean == 0.0 and by["nobody"].objective.gain.mean == 0.0
    assert by["township"].cost.high <= proposal.budget + 1e-6
    assert proposal.strongest == max(by, key=lambda key: by[key].objective.gain.mean)


def test_advice_follows_from_the_best_use_of_the_same_money_singly(proposal: Proposal) -> None:
    best = max((r for r in proposal.rivals if r.single), key=lambda r: r.objective.gain.mean)
    ahead = best.objective.difference
    grouped = [r.objective.difference for r in proposal.rivals if r.alliances]
    if any(d.mean < -2 * d.error for d in grouped):
        assert proposal.advice == "plain"
    elif not proposal.alliances:
        assert proposal.advice in ("aim", "nothing")
    elif abs(ahead.mean) <= 2 * ahead.error:
        assert proposal.advice == "alike"
    else:
        assert (proposal.advice == "aim") == (ahead.mean < 0)


@given(allowed=st.lists(st.booleans(), min_size=1), behind=st.floats(2.01, 9))
def test_a_better_grouping_is_advised_as_it_stands_only_where_it_keeps_the_rules(
    allowed: list[bool], behind: float
) -> None:
    difference = SimpleNamespace(difference=SimpleNamespace(mean=-behind, error=1.0))
    rivals: list[Any] = [
        SimpleNamespace(alliances=2, not_allowed=0 if fine else 2, objective=difference)
        for fine in allowed
    ]
    fresh: Any = SimpleNamespace()
    assert advice(fresh, rivals) == ("plain" if any(allowed) else "wider")


@given(gain=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=30), grants=st.booleans())
def test_what_luck_may_have_brought_is_no_advice_to_spend(gain: list[float], grants: bool) -> None:
    """Whatever the plan: where its gain lies within two standard errors of none, that is said
    before rivals are compared."""
    values = np.array(gain)
    plan = [Candidate((0,), "", 1.0)] if grants else []
    fresh: Any = SimpleNamespace(number={}, plan=plan, ours=None, gain=lambda _: values)
    error = values.std(ddof=1) / values.size**0.5
    expected = "aim" if values.mean() > 2 * error else "doubtful"
    assert advice(fresh, []) == (expected if grants else "nothing")


def test_what_near_best_plans_share_adds_up(proposal: Proposal) -> None:
    e = proposal.ensemble
    assert e.different <= e.plans
    for village in e.villages:
        assert village.allied + village.funded + village.alone == pytest.approx(1.0)
        assert village.leads <= village.allied + 1e-9
    allied = {v.position: v.allied for v in e.villages}
    for pair in e.pairs:
        assert pair.share <= min(allied[i] for i in pair.positions) + 1e-9
    for other in e.alternatives:
        assert other.moved > 0 and other.measured.cost.high <= proposal.budget + 1e-6


def test_more_money_is_offered_on_the_front(proposal: Proposal) -> None:
    budgets = [point.budget for point in proposal.front]
    assert budgets == sorted(budgets) and budgets[0] == 0.0 and proposal.budget in budgets
    assert all(point.cost.high <= point.budget + 1e-6 for point in proposal.front)


def test_fresh_luck_is_not_the_searchs() -> None:
    seeds = [fresh_seed(seed) for seed in range(50)]
    assert len(set(seeds)) == 50 and not set(seeds) & set(range(50))


def test_groups_that_hang_together() -> None:
    assert cliques({(0, 1), (1, 2), (0, 2), (4, 5), (2, 3)}) == [[0, 1, 2], [4, 5]]
    assert cliques(set()) == []


def test_who_is_moved() -> None:
    trio, pair = Candidate((0, 1, 2), "a", 0.0), Candidate((4, 5), "a", 0.0)
    funded = Candidate((6,), "", 9.0)
    assert moved([trio, pair], [trio, pair]) == 0
    assert moved([trio, pair], [trio]) == 2
    assert moved([trio, funded], [trio]) == 1
    assert moved([trio], [Candidate((0, 1), "a", 0.0), funded]) == 2


def test_townships_are_cut_evenly() -> None:
    s = load("yuelin")
    groups = township_groups(s, 2, 5)
    assert sorted(i for g in groups for i in g) == sorted({i for g in groups for i in g})
    assert all(2 <= len(g) <= 5 and len({s.places["township"][i] for i in g}) == 1 for g in groups)


def test_a_table_that_says_nothing_is_said_first(six: Scenario) -> None:
    def phrase(s: Scenario) -> str:
        task = Task(s, "gain_mean", 1e6, strategies=("strong_leads_weak",))
        return " ".join(
            note["en"] + note["zh"] for note in notes(Search(task, runs=4, final_runs=4))
        )

    assert "nothing but" not in phrase(six) and "earn" not in phrase(six)
    blank = {
        name: replace(
            c, kind=np.zeros(6, np.int8), low=np.full(6, -np.inf), high=np.full(6, np.inf)
        )
        for name, c in six.numbers.items()
    }
    words = {name: np.array([""] * 6, object) for name in six.words}
    assert phrase(replace(six, numbers=blank, words=words)).startswith("the table says nothing but")
    some = {**six.numbers, "collective_income": blank["collective_income"]}
    assert "6 of 6 villages earn" in phrase(replace(six, numbers=some))


def test_a_change_by_hand_is_weighed_and_its_return_brings_nothing(proposal: Proposal) -> None:
    plan = candidates_of(proposal, TASK)
    trial = Trial(TASK, plan, runs=16)
    who = plan[0].members[0]
    away = trial.effect(rearranged(plan, who, -1))
    assert {i for i, *_ in away.villages} == set(plan[0].members)
    assert away.promised[1] <= away.promised[0]
    back = trial.effect(plan)
    assert back.objective.difference == Spread(0.0, 0.0, 0.0, 0.0, 0.0) and back.villages == []


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 1)), max_size=6),
    st.floats(0.0, 3e6),
)
def test_no_change_by_hand_promises_more_than_the_budget(
    moves: list[tuple[int, int]], budget: float
) -> None:
    """Whoever goes where: grants give way, first those of what was changed, and members
    stay where they were put."""
    task = TASK.within(budget)
    plan = [
        Candidate((0, 1), "strong_leads_weak", 90_000.0),
        Candidate((2, 3), "strong_leads_weak", 60_000.0),
    ]
    plan = within_budget(plan, [], task)
    for village, to in moves:
        wanted = rearranged(plan, village, to)
        lowered = within_budget(wanted, plan, task)
        assert [item.members for item in lowered] == [value.members for value in wanted]
        assert all(0 <= a.grant <= b.grant for a, b in zip(lowered, wanted))
        assert sum(task.cost(candidate) for candidate in real(lowered)) <= budget + 1e-6
        if sum(task.cost(candidate) for candidate in real(wanted)) <= budget:
            assert lowered == wanted
        plan = lowered

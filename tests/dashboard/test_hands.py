"""Partitions made by hand: carried by an address, held to what was asked. No browser is needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip(
    "solara", reason='the dashboard is not installed (pip install "village-alliances[dashboard]")'
)

from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.task import Task
from village_alliances.interface.dashboard import hands
from village_alliances.interface.dashboard.state import is_partition
from village_alliances.sim.loading import load

TASK = Task(load("jinxi"), "weak_villages_50k", 500_000.0, high=3, radius=40.0, never=((0, 4),))
PLANS = [plan.name for plan in TASK.plans]
BASE = [Candidate((0, 1), PLANS[0], 61_234.5), Candidate((2, 3), PLANS[1], 20_000.0)]
WITH_ONE = [BASE[0], Candidate((3,), "", 15_000.0)]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 4), st.integers(0, 9)), max_size=9))
def test_any_change_by_hand_is_read_back(moves: list[tuple[int, int, int]]) -> None:
    partition = list(BASE)
    for village, to, plan in moves:
        partition = hands.move(partition, village, min(to, len(partition)), TASK)
        if plan < len(PLANS) and to >= 0:
            partition = hands.change(
                partition, min(to, len(partition) - 1), PLANS[plan], 1000.0 * plan
            )
    text = hands.written(partition, BASE)
    assert is_partition(text)
    assert hands.read_plan(text, BASE, TASK) == partition
    placed = [i for candidate in partition for i in candidate.members]
    assert len(placed) == len(set(placed))


def test_a_village_that_is_funded_singly_is_carried_too() -> None:
    changed = hands.change(WITH_ONE, 1, "", 30_000.0)
    text = hands.written(changed, WITH_ONE)
    assert is_partition(text) and hands.read_plan(text, WITH_ONE, TASK) == changed
    assert (
        hands.read_plan("0.1-2.3::5", WITH_ONE, TASK) is None
    )  # several without a strategy are no alliance
    joined = hands.move(WITH_ONE, 2, 1, TASK.within(1e6))
    assert joined[1] == Candidate((2, 3), PLANS[0], 15_000.0)
    assert hands.read_plan(hands.written(joined, WITH_ONE), WITH_ONE, TASK) == joined
    for value in (WITH_ONE[:1], WITH_ONE[1:]):  # nobody in the only part is not the proposal itself
        empty = hands.nobody(value)
        assert (
            hands.written(empty, value)
            and hands.read_plan(hands.written(empty, value), value, TASK) == empty
        )
    free = hands.change(changed, 0, PLANS[0], 0.0)
    assert hands.breaches(free, TASK) == []
    dear = hands.change(free, 1, "", 400_000.0)  # its grant counts
    assert "more than the budget" in str(hands.breaches(dear, TASK)[0])


def test_the_proposal_itself_needs_no_words() -> None:
    assert hands.written(BASE, BASE) == ""
    assert hands.read_plan("", BASE, TASK) == BASE


@pytest.mark.parametrize(
    "text",
    ["0", "0.1-2.9", "0.1-1.2", "0-1-2", "0-1-2:nothing:5", "0.1-99999999999", "0.0-1"],
)
def test_what_does_not_fit_is_refused(text: str) -> None:
    assert hands.read_plan(text, BASE, TASK) is None


def test_every_broken_condition_is_named() -> None:
    made = hands.move(hands.move(BASE, 4, 0, TASK), 2, 0, TASK)
    assert not any(
        "budget" in str(breach) for breach in hands.breaches(made, TASK)
    )  # grants gave way
    assert hands.lowered(made, BASE, TASK) == [0, 1], "and that is said"
    assert not hands.lowered(BASE, BASE, TASK)
    made = hands.change(made, 0, PLANS[0], 400_000.0)
    said = [str(breach) for breach in hands.breaches(made, TASK)]
    assert any("more than the budget" in sentence for sentence in said)
    assert any("4 villages; at most 3" in sentence for sentence in said)
    assert any("must not be together" in sentence for sentence in said)
    cheap = hands.change(hands.nobody(BASE), 0, PLANS[0], 0.0)
    assert hands.breaches(hands.move(hands.move(cheap, 0, 0, TASK), 1, 0, TASK), TASK) == []


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        (0.04, "villages", "+0.04 villages", "+0.04 个"),
        (-0.04, "villages", "−0.04 villages", "−0.04 个"),
        (0.0, "villages", "0 villages", "0 个"),
        (2.4, "villages", "+2.4 villages", "+2.4 个"),
        (-812.0, "yuan/year", "−812 yuan a year", "−812 元/年"),
        (0.002, "0..1", "+0.002", "+0.002"),
    ],
)
def test_what_moved_by_little_is_not_said_to_stand_still(
    value: float, unit: str, en: str, zh: str
) -> None:
    from village_alliances.interface.dashboard.components.hand import moved_by

    assert (moved_by(value, unit, "en"), moved_by(value, unit, "zh")) == (en, zh)


def test_a_small_mean_beside_its_range_is_not_said_to_be_nothing() -> None:
    from village_alliances.interface.dashboard.words import ranged

    assert ranged(0.03, -0.2, 0.3, "villages", "en") == "+0.03 [−0.2 to +0.3] villages"
    assert ranged(0.03, -0.2, 0.3, "villages", "zh").startswith("+0.03 ")
    assert ranged(2.0, -3.0, 12.0, "villages", "en") == "+2 [−3 to +12] villages"

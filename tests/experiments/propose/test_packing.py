"""The packing: no better choice exists, and every rule is kept."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from village_alliances.experiments.propose.packing import NothingFits, pack

VILLAGES = 7


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], np.ndarray, np.ndarray, float]:
    every = [c for size in (1, 2, 3, 4) for c in combinations(range(VILLAGES), size)]
    sets = draw(st.lists(st.sampled_from(every), min_size=1, max_size=11))
    scores = draw(st.lists(st.integers(-5, 20), min_size=len(sets), max_size=len(sets)))
    costs = draw(st.lists(st.integers(0, 8), min_size=len(sets), max_size=len(sets)))
    return sets, np.array(scores, float), np.array(costs) * 1e6, draw(st.integers(0, 20)) * 1e6


def feasible(
    sets: list[tuple[int, ...]], costs: np.ndarray, budget: float
) -> list[tuple[int, ...]]:
    """Every choice that keeps the rules."""
    lines = []
    for mask in range(1 << len(sets)):
        chosen = tuple(c for c in range(len(sets)) if mask >> c & 1)
        members = [i for c in chosen for i in sets[c]]
        if len(members) == len(set(members)) and costs[list(chosen)].sum() <= budget:
            lines.append(chosen)
    return lines


@given(problems())
def test_nothing_is_better(
    problem: tuple[list[tuple[int, ...]], np.ndarray, np.ndarray, float],
) -> None:
    sets, scores, costs, budget = problem
    best = max(scores[list(chosen)].sum() for chosen in feasible(sets, costs, budget))
    packed = pack(VILLAGES, sets, scores, costs, budget)
    assert packed.chosen in feasible(sets, costs, budget)
    assert packed.score == pytest.approx(best)
    assert packed.bound >= best - 1e-9


@st.composite
def larger(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], np.ndarray, np.ndarray, float]:
    """Twelve villages, each set at a few costs."""
    sets = draw(
        st.lists(st.sets(st.integers(0, 11), min_size=1, max_size=5), min_size=5, max_size=60)
    )
    scores = draw(st.lists(st.integers(-3, 20), min_size=len(sets), max_size=len(sets)))
    costs = draw(st.lists(st.integers(0, 6), min_size=len(sets), max_size=len(sets)))
    money = draw(st.integers(0, 20))
    return (
        [tuple(sorted(s)) for s in sets],
        np.array(scores, float),
        np.array(costs) * 1e6,
        money * 1e6,
    )


@given(larger())
def test_nothing_is_better_among_twelve_villages(
    problem: tuple[list[tuple[int, ...]], np.ndarray, np.ndarray, float],
) -> None:
    """Held against going through the villages one by one: each is left alone, or in one of the
    sets that begin with it."""
    sets, scores, costs, budget = problem

    @cache
    def best(village: int, taken: int, money: int) -> float:
        if village == 12:
            return 0.0
        result = best(village + 1, taken, money)
        if taken >> village & 1:
            return result
        for members, score, cost in zip(sets, scores, costs // 1e6):
            mask = sum(1 << i for i in members)
            if members[0] == village and not taken & mask and cost <= money:
                result = max(result, score + best(village + 1, taken | mask, money - int(cost)))
        return result

    packed = pack(12, sets, scores, costs, budget)
    members = [i for c in packed.chosen for i in sets[c]]
    assert len(members) == len(set(members)) and costs[list(packed.chosen)].sum() <= budget + 1e-6
    assert scores[list(packed.chosen)].sum() == pytest.approx(best(0, 0, int(budget // 1e6)))


@given(problems())
def test_what_must_be_together_is(
    problem: tuple[list[tuple[int, ...]], np.ndarray, np.ndarray, float],
) -> None:
    sets, scores, costs, budget = problem
    whole = [i for i, members in enumerate(sets) if len({0, 1} & set(members)) != 1]
    sets, scores, costs = [sets[value] for value in whole], scores[whole], costs[whole]
    choices = (
        [c for c in feasible(sets, costs, budget) if any({0, 1} <= set(sets[value]) for value in c)]
        if sets
        else []
    )
    if not choices:
        with pytest.raises(NothingFits):
            pack(VILLAGES, sets, scores, costs, budget, together=[(0, 1)])
        return
    packed = pack(VILLAGES, sets, scores, costs, budget, together=[(0, 1)])
    assert packed.chosen in choices
    assert packed.score == pytest.approx(max(scores[list(chosen)].sum() for chosen in choices))


def test_many_candidates_are_packed_region_by_region_without_breaking_a_rule() -> None:
    few = 60  # likely candidates, so that the first choice leaves something to improve
    rng = np.random.default_rng(1)
    position = rng.uniform(0, 30, (80, 2))
    near = np.argsort(np.hypot(*(position[:, None] - position[None]).transpose(2, 0, 1)), axis=1)
    sets = sorted(
        {tuple(sorted(map(int, near[i, : 2 + size]))) for i in range(80) for size in range(6)}
    )
    sets += [
        tuple(sorted({int(i), *map(int, rng.choice(near[i, 1:9], 3, replace=False))}))
        for i in rng.integers(0, 80, 600)
    ]
    scores = np.array([len(s) * rng.uniform(0.5, 1.5) for s in sets])
    costs = np.array([len(s) * 1e5 for s in sets])
    plain = pack(80, sets, scores, costs, 6e6, likely=few)
    packed = pack(80, sets, scores, costs, 6e6, position=position, passes=3, likely=few)
    members = [i for c in packed.chosen for i in sets[c]]
    assert len(members) == len(set(members)) and costs[list(packed.chosen)].sum() <= 6e6 + 1
    assert plain.score <= packed.score <= packed.bound + 1e-9
    assert packed.score > plain.score


def test_a_part_that_may_not_be_kept() -> None:
    """The cut by which the nearest different choice is found."""
    sets, scores = [(0, 1), (2, 3), (0, 2), (1, 3)], np.array([5.0, 5.0, 4.0, 4.0])
    same = np.array([2.0, 2.0, 0.0, 0.0])
    assert pack(4, sets, scores, np.zeros(4), 0.0).chosen == (0, 1)
    assert pack(4, sets, scores, np.zeros(4), 0.0, at_most=[(same, 3.2)]).chosen == (2, 3)

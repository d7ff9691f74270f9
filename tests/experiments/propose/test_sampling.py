"""Near-best plans: each counts alike, what they share repeats, and where nothing can be said
nothing is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.packing import pack
from village_alliances.experiments.propose.sampling import (
    PlanSample,
    clusters,
    effective_size,
    near_best,
    pairs,
)
from village_alliances.experiments.propose.task import Task
from village_alliances.experiments.propose.verdict import Verdict
from village_alliances.sim.loading import load
from village_alliances.wording import say


def plans_of(sets: Sequence[tuple[int, ...]], free: frozenset[int]) -> Iterator[tuple[int, ...]]:
    """Every choice of sets no two of which overlap."""
    yield ()
    for c, members in enumerate(sets):
        if free >= set(members):
            left = free - set(members)
            for more in plans_of(sets[c + 1 :], left):
                yield (c, *(c + 1 + d for d in more))


@given(seed=st.integers(0, 10_000), must=st.booleans())
@settings(max_examples=5, deadline=None)
def test_every_near_best_plan_comes_up_alike(seed: int, must: bool) -> None:
    """Against going through all plans of a small country, within the budget and with those who
    must be together."""
    rng = np.random.default_rng(seed)
    sets = sorted({tuple(sorted(rng.choice(7, rng.integers(1, 4), False).tolist())) for _ in range(16)})  # fmt: skip
    scores, costs = rng.uniform(0.2, 3, len(sets)), rng.choice([0.0, 1.0, 2.0], len(sets))
    group = next(s for s in sets if len(s) > 1)
    together = (group,) if must else ()
    sets = [s for s in sets if not must or set(s) >= set(group) or not set(s) & set(group)]
    scores, costs = scores[: len(sets)], costs[: len(sets)]

    def fits(plan: tuple[int, ...]) -> bool:
        held = all(any(set(g) <= set(sets[c]) for c in plan) for g in together)
        return held and costs[list(plan)].sum() <= 4.0

    every = [plan for plan in plans_of(sets, frozenset(range(7))) if fits(plan)]
    best = max(every, key=lambda plan: scores[list(plan)].sum())
    slack = 0.4 * scores[list(best)].sum()
    good = [p for p in every if scores[list(p)].sum() >= scores[list(best)].sum() - slack]
    exact = np.array([np.mean([c in plan for plan in good]) for c in range(len(sets))])
    ensemble = near_best(
        [Candidate(s, "x", 1.0) for s in sets], scores, costs, 4.0, best, pool=range(len(sets)),
        together=together, position=rng.random((7, 2)), slack=slack, seed=seed,
    )  # fmt: skip
    assert np.abs(ensemble.shares - exact).max() < 0.04
    assert set(ensemble.plans) <= set(good)


@pytest.fixture(scope="module")
def county() -> Callable[[int], tuple[list[tuple[int, ...]], PlanSample]]:
    """Near-best plans of 20 villages in a country in which much is as good as other things."""
    rng = np.random.default_rng(5)
    x = rng.uniform(0, 15, (20, 2))
    near = np.argsort(np.hypot(*(x[:, None] - x[None]).transpose(2, 0, 1)), axis=1)
    sets = sorted({tuple(sorted(near[i, :k].tolist())) for i in range(20) for k in (2, 3, 4, 5)})
    some = [Candidate(s, "x", g) for s in sets for g in (1.0, 2.0)]
    some += [Candidate((i,), "", g) for i in range(20) for g in (1.0, 2.0)]
    sets = [c.members for c in some]
    own = rng.gamma(2.0, 1.0, 20)
    scores = np.array([c.grant**0.5 * own[list(c.members)].sum() * rng.uniform(0.8, 1.2) for c in some])  # fmt: skip
    costs = np.array([c.grant * len(c.members) for c in some])
    packed = pack(20, sets, scores, costs, 16.0, position=x)
    takes = np.array([packed.price[list(s)].sum() for s in sets]) + packed.money * costs
    slack = 0.02 * packed.score
    pool = np.flatnonzero(takes - scores <= packed.bound - packed.score + slack)

    def sampled(seed: int) -> tuple[list[tuple[int, ...]], PlanSample]:
        ensemble = near_best(
            some, scores, costs, 16.0, packed.chosen, pool=pool.tolist(), position=x,
            money=packed.money, slack=slack, seed=seed, threads=2,
        )  # fmt: skip
        return sets, ensemble

    return sampled


@pytest.mark.slow
def test_shares_of_a_county_repeat_over_seeds(
    county: Callable[[int], tuple[list[tuple[int, ...]], PlanSample]],
) -> None:
    lines = []
    for seed in (1, 2, 3):
        sets, setting = county(seed)
        lines.append(pairs(sets, setting.shares))
        assert setting.rhat < 1.1 and setting.effective > 400 and setting.disagreement < 0.05
        assert len(set(setting.plans)) > 100
    every = {pair for line in lines for pair in line}
    open_pairs = [pair for pair in every if 0.1 < lines[0].get(pair, 0.0) < 0.9]
    assert len(open_pairs) >= 5  # there is something to disagree about
    assert max(np.ptp([line.get(pair, 0.0) for line in lines]) for pair in every) <= 0.05


@pytest.mark.usefixtures("compiled_model")
def test_where_a_table_says_nothing_but_places_no_shares_are_told(tmp_path: Path) -> None:
    """One village stands for another: that is said first, the search ends after a first look, and
    nothing is said of who belongs together."""
    rows = [f"村{n},甲镇,{121.4 + 0.01 * n},29.6" for n in range(5)]
    path = tmp_path / "places.csv"
    path.write_text("\n".join(["name,township,lon,lat", *rows]) + "\n", encoding="utf-8")
    task = Task(load(path, years=4), "gain_mean", 1e6, strategies=("strong_leads_weak",), high=3)
    p = propose(task, fresh_runs=20)
    assert p.ensemble is None and p.hunt.rounds == 0
    assert not any(alliance.together for alliance in p.alliances)
    for lang in ("en", "zh"):
        assert Verdict(p, lang).shared(p) == []
        assert Verdict(p, lang).in_short()[0].startswith(say("proposal.verdict.places_only", lang))


def test_effective_size_is_that_of_draws_by_themselves() -> None:
    rng = np.random.default_rng(1)
    free = rng.normal(size=4000)
    slow = np.zeros(4000)
    for n in range(1, 4000):
        slow[n] = 0.9 * slow[n - 1] + free[n]
    assert effective_size(free) > 3000
    assert 0.5 < effective_size(slow) / (4000 * 0.1 / 1.9) < 2.0  # (1 - r) / (1 + r) of them
    assert effective_size(np.full(100, 3.0)) == 1.0


def test_kinds_of_good_plans_are_told_apart() -> None:
    """Two kinds of plans with chance variations: two clusters, the frequent one first, and in their
    middles the kinds themselves."""
    rng = np.random.default_rng(2)
    kinds = np.array([[1, 1, 1, 2, 2, 2, -1, -1], [3, 3, -1, -1, 4, 4, 4, 4]])
    which = (rng.random(400) < 0.3).astype(int)
    places = kinds[which].copy()
    for i in np.flatnonzero(rng.random(400) < 0.5):
        places[i, rng.integers(8)] = -2
    cluster, middles = clusters(places, 2)
    assert (cluster == which).mean() > 0.97
    assert np.array_equal(places[middles], kinds)

"""The search: as good as looking at everything, the same on any machine, and able
to go on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.conclusion import _without_losers, best_of
from village_alliances.experiments.propose.memory import question_of
from village_alliances.experiments.propose.packing import NothingFits
from village_alliances.experiments.propose.search import Search, trials
from village_alliances.experiments.propose.simulator import Stopped
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.building import build
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import Given, Scenario

from tests.experiments.propose.conftest import row

pytestmark = pytest.mark.usefixtures("compiled_model")
PLANS = ("strong_leads_weak",)
GRANT = 100_000.0
RUNS = 24
Shape = tuple[
    tuple[int, ...], bool
]  # villages together (one: by itself), and whether they are paid


# ---- Looking at everything, written without the search, its county or its packing


def partitions(villages: Sequence[int], high: int) -> Iterator[list[tuple[int, ...]]]:
    """Every way to put villages into groups of at most `high`; groups of one are alone."""
    if not villages:
        yield []
        return
    first, rest = villages[0], villages[1:]
    for mask in range(1 << len(rest)):
        inside = (first, *(i for j, i in enumerate(rest) if mask >> j & 1))
        if len(inside) <= high:
            for others in partitions([i for i in rest if i not in inside], high):
                yield [inside, *others]


def every_plan(villages: int, high: int, paid_at_most: int) -> Iterator[list[Shape]]:
    """Every partition, each group with or without the grant, as far as money goes."""
    for groups in partitions(range(villages), high):
        for paid in product((False, True), repeat=len(groups)):
            if sum(len(g) for g, p in zip(groups, paid) if p) <= paid_at_most:
                yield list(zip(groups, paid))


def incomes(
    scenario: Scenario, plan: Sequence[Shape], runs: np.ndarray, years: float = 4.0
) -> np.ndarray:
    """Incomes at the end, (runs, villages): the usual grant is GRANT, and
    paid alliances get it once."""
    n, ticks = scenario.size, scenario.ticks
    given = [Given({"en": "x"}, g, -1, 1, grant=float(p)) for g, p in plan if len(g) > 1]
    money = np.zeros((ticks, runs.size, n))
    for group, paid in plan:
        if len(group) == 1 and paid:
            money[1 : 1 + int(4 * years), :, group[0]] = GRANT / 4
    society = build(
        replace(scenario, given=tuple(given), grouped=""),
        PLANS[0] if given else "none",
        runs=runs,
        levers={"grant_per_village": GRANT, "formation": 0.0},
        mode=None,
        village_money=money.reshape(ticks, -1),
    )
    for tick in range(ticks):
        step(society, tick)
    return np.asarray(society.villages.operating_income.reshape(runs.size, n))


def improvement(now: np.ndarray, alone: np.ndarray, objective: str) -> float:
    if objective == "gain_mean":
        return float((now - alone).mean())
    return float((alone < 50_000).sum(axis=1).mean() - (now < 50_000).sum(axis=1).mean())


def random_table(table: Callable[[list[str]], Scenario], villages: int, number: int) -> Scenario:
    rng = np.random.default_rng(number)
    rows = [
        row(
            f"村{n}",
            121.4 + 0.01 * (n % 3),
            29.6 + 0.01 * (n // 3),
            income=float(rng.uniform(5_000, 120_000)),
            ability=float(rng.uniform(0.1, 0.95)),
            capacity=float(rng.uniform(0.1, 0.8)),
            idle=float(rng.uniform(0, 400)),
            reserves=float(rng.uniform(0, 500_000)),
        )
        for n in range(villages)
    ]
    return table(rows)


def worth_a_look(
    plans: Sequence[list[Shape]], value: Callable[[Sequence[Shape]], float], number: int
) -> list[list[Shape]]:
    """The plans that may be best: each group is lived through once by itself, and a plan is left
    out where the sum of its groups lies behind the best sum by more than MARGIN times what sums
    were ever off in DRAWN plans drawn at random."""
    alone = {shape: value([shape]) for shape in {shape for plan in plans for shape in plan}}
    sums = np.array([sum(alone[shape] for shape in plan) for plan in plans])
    drawn = np.random.default_rng(number).choice(len(plans), min(DRAWN, len(plans)), False)
    off = max(abs(value(plans[item]) - sums[item]) for item in drawn)
    return [plans[i] for i in np.flatnonzero(sums >= sums.max() - MARGIN * off)]


DRAWN, MARGIN = 100, 2.0
CASES = [(4, 1, "gain_mean", 4), (4, 2, "weak_villages_50k", 2)]
SLOW = [(4, 3, "gain_mean", 2), (4, 4, "weak_villages_50k", 3)]
SLOW += [(5, n, o, b) for n in (5, 6, 7) for o, b in (("gain_mean", 3), ("weak_villages_50k", 2))]
SLOW += [(6, 8, "gain_mean", 4)]
LARGER = [(7, 15, "gain_mean", 3), (8, 16, "gain_mean", 3), (8, 11, "weak_villages_50k", 2)]


@pytest.mark.parametrize(
    ("villages", "number", "objective", "paid"),
    [*CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW)],
)
def test_nothing_is_better_on_the_luck_on_which_it_chose(
    table: Callable[[list[str]], Scenario], villages: int, number: int, objective: str, paid: int
) -> None:
    """Every plan of a random table simulated whole by code of its own: the search's is the best of
    them, but for a hundredth."""
    mine, value = searched(random_table(table, villages, number), objective, paid)
    best = max(value(plan) for plan in every_plan(villages, 9, paid))
    assert mine >= best - 0.01 * abs(best)


@pytest.mark.slow
@pytest.mark.parametrize(("villages", "number", "objective", "paid"), LARGER)
def test_nothing_is_better_among_seven_and_eight_villages(
    table: Callable[[list[str]], Scenario], villages: int, number: int, objective: str, paid: int
) -> None:
    """The same where plans are too many to simulate each: all are weighed by the sums of their
    groups, and those that may be best are simulated whole."""
    mine, value = searched(random_table(table, villages, number), objective, paid)
    plans = list(every_plan(villages, 9, paid))
    looked_at = worth_a_look(plans, value, number)
    assert 1 < len(looked_at) < len(plans)
    best = max(map(value, looked_at))
    assert mine >= best - 0.01 * abs(best)


def searched(
    scenario: Scenario, objective: str, paid: int
) -> tuple[float, Callable[[Sequence[Shape]], float]]:
    """What the search's plan brings with money for so many villages, and what any plan does: both
    simulated whole by this file's own code, in the runs in which the search chose."""
    plain = Task(
        scenario, objective, 0.0, strategies=PLANS, grants=(0.0, GRANT), allow_unstable=True
    )
    each = plain.cost(Candidate((0,), "", GRANT))
    task = plain.within(paid * each)
    search = Search(task, runs=RUNS, final_runs=RUNS, same_luck=True)
    chosen = search.run().candidates
    runs = np.arange(RUNS, dtype=np.uint64)
    alone = incomes(scenario, [], runs)

    def value(plan: Sequence[Shape]) -> float:
        return improvement(incomes(scenario, plan, runs), alone, objective)

    mine = value([(c.members, c.grant > 0) for c in chosen])
    assert mine == pytest.approx(search.in_search, rel=1e-6, abs=1e-6)  # both ways agree
    return mine, value


# ---- What a search must do


def test_money_for_the_one_weak_village_is_aimed_at_it(
    table: Callable[[list[str]], Scenario],
) -> None:
    """Five well-off villages and a weak one with land of its own: no alliance lifts it
    better than its own grant."""
    rows = [row(f"村{n}", 121.4 + 0.01 * n, 29.6, income=400_000) for n in range(4)]
    rows.append(row("弱村", 121.45, 29.6, income=35_000, idle=300))
    task = Task(
        table(rows), "weak_villages_50k", 400_000.0, strategies=PLANS, grants=(0.0, GRANT), high=3,
        mode="prior",
    )  # fmt: skip
    candidates = Search(task, runs=16, final_runs=32).run().candidates
    assert [[str(task.scenario.names[i]) for i in c.members] for c in candidates] == [["弱村"]]


def test_rules_are_kept(six: Scenario) -> None:
    task = Task(
        six, "gain_mean", 1e6, strategies=PLANS, grants=(0.0, 60_000.0),
        must=((0, 5),), never=((1, 2), (3, 4)), high=3,
    )  # fmt: skip
    search = Search(task, runs=8, final_runs=8)
    society = search.run()
    assert sum(task.cost(c) for c in society.candidates) <= task.budget
    placed = [i for c in society.candidates for i in c.members]
    assert len(placed) == len(set(placed))
    plans = [society.candidates]
    assert search.sample is not None
    plans += [tuple(search.candidates[c] for c in plan) for plan in search.sample.plans]
    for plan in plans:
        assert any({0, 5} <= set(c.members) for c in plan)
        assert all(len(c.members) <= 3 for c in plan)
        assert not any({1, 2} <= set(c.members) or {3, 4} <= set(c.members) for c in plan)
        assert sum(task.cost(c) for c in plan) <= task.budget + 1e-6


def test_an_alliance_that_stays_keeps_its_members(six: Scenario) -> None:
    s = replace(six, given=(Given({"en": "A", "zh": "甲"}, (0, 1), 0, 1),), grouped="")
    task = Task(s, "gain_mean", 1e6, strategies=PLANS, grants=(0.0, 60_000.0), keep="fixed")
    society = Search(task, runs=8, final_runs=8).run()
    assert [c for c in society.candidates if c.members == (0, 1)]
    assert not any(set(c.members) & {0, 1} for c in society.candidates if c.members != (0, 1))


def test_what_cannot_be_kept_together_is_refused(six: Scenario) -> None:
    task = Task(six, "gain_mean", 0.0, strategies=PLANS, grants=(60_000.0,), must=((0, 5),))
    with pytest.raises(NothingFits):
        Search(task, runs=8, final_runs=8).run()


def test_it_stops_and_goes_on_with_the_same_end(six: Scenario, tmp_path: Path) -> None:
    task = Task(six, "gain_mean", 1e6, strategies=PLANS, grants=(60_000.0,), high=3)
    file = tmp_path / "search.npz"
    whole = Search(task, runs=8, final_runs=8).run()
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 5

    with pytest.raises(Stopped):
        Search(task, runs=8, final_runs=8, checkpoint=file, stop=stop, threads=1).run()
    first = Search(task, runs=8, final_runs=8, checkpoint=file)
    assert first.run() == whole and question_of(file) == task.id
    calls: list[Any] = []
    again = Search(task, runs=8, final_runs=8, checkpoint=file, threads=1)
    again.simulator.at_levels = lambda *a: calls.append(a)  # type: ignore[method-assign, assignment]
    assert again.run() == whole and not calls  # what was simulated is remembered


def test_the_same_on_any_number_of_threads(six: Scenario) -> None:
    task = Task(six, "weak_villages_50k", 8e5, strategies=PLANS, grants=(0.0, 60_000.0))
    first, other = (Search(task, runs=8, final_runs=8, threads=n).run() for n in (1, 3))
    assert first == other


def test_time_that_is_up_ends_the_first_look_too(table: Callable[[list[str]], Scenario]) -> None:
    """In a county there is a plan after a probe; from then on nothing more is
    looked at once it is enough."""
    rows = [row(f"村{n}", 121.4 + 0.01 * (n % 6), 29.6 + 0.01 * (n // 6)) for n in range(30)]
    task = Task(table(rows), "gain_mean", 2e6, strategies=PLANS, grants=(60_000.0,), high=4)
    message: list[Any] = []
    search = Search(task, runs=4, final_runs=4, say=message.append)
    search.run(enough=lambda: True)
    first = next(step for step in message if step.choice is not None)
    assert search.best is not None and not search.stopped and search.round == 0
    assert len(search.candidates) == first.simulated < 100
    today = (Given({"en": "A", "zh": "甲"}, (0, 1), 0, 1),)
    kept = replace(task, scenario=replace(task.scenario, given=today, grouped=""), keep="existing")
    search = Search(kept, runs=4, final_runs=4)
    assert search.run(enough=lambda: True) == search.best


def test_trial_plans_hold_nobody_twice() -> None:
    rng = np.random.default_rng(3)
    some = [
        Candidate(
            tuple(sorted(map(int, rng.choice(20, size=rng.integers(1, 6), replace=False)))),
            "x",
            0.0,
        )
        for _ in range(200)
    ]
    plans = trials(some)
    assert sorted(c.members for plan in plans for c in plan) == sorted(c.members for c in some)
    for plan in plans:
        inside = [i for c in plan for i in c.members]
        assert len(inside) == len(set(inside))


@pytest.mark.parametrize(("noise", "chosen"), [(0.1, 0), (2.0, 1)])
def test_of_plans_that_luck_does_not_tell_apart_the_one_that_allies_fewest_is_taken(
    noise: float, chosen: int
) -> None:
    allied = (Candidate((0, 1, 2), PLANS[0], GRANT),)
    funded = tuple(Candidate((i,), "", GRANT) for i in range(3))
    swing = noise * np.array([-1.0, 1.0] * 50)
    lives = {0: 1.1 + swing, 1: np.ones(100)}
    search = SimpleNamespace(
        finalists=[(float(lived.mean()), plan) for lived, plan in zip(lives.values(), (allied, funded))],
        objective=SimpleNamespace(gain=lambda lived, none: lived), same_luck=False, warm=(),
    )  # fmt: skip
    assert best_of(search, SimpleNamespace(none=None), lives) == chosen


@pytest.mark.parametrize(("noise", "loses"), [(0.1, True), (20.0, False)])
def test_an_alliance_is_parted_only_where_a_member_surely_loses(noise: float, loses: bool) -> None:
    """A member whose mean is below nought by luck alone keeps nobody from allying."""
    alliance = Candidate((0, 1), PLANS[0], GRANT)
    gain = np.array([0.0, -3_000.0]) + noise * 3_000 * np.array([[-1.0], [1.0]] * 50)
    world = {
        "none": None,
        "each": lambda plans: [SimpleNamespace(gain=lambda none: gain)] * len(plans),
    }
    task = SimpleNamespace(allow_unstable=False)
    search = SimpleNamespace(task=task, together=())
    ((plan, _),) = _without_losers(search, SimpleNamespace(**world), [(alliance,)])
    assert [len(c.members) for c in plan] == ([1, 1] if loses else [2])


def test_whatever_is_proposed_has_a_score(six: Scenario) -> None:
    """Also where it is a plain grouping whose grant is no level of the search: what it might be
    behind is told of its own score."""
    search = Search(
        Task(six, "gain_mean", 1.7e6, strategies=PLANS, mode="prior"), runs=16, final_runs=32
    )
    best = search.run(1)
    assert {c for plan in search.plain for c in plan} | {*best.candidates} <= {*search.where}
    assert best.score == pytest.approx(
        sum(search.beliefs.scores[search.where[c]] for c in best.candidates)
    )

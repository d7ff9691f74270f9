"""The search: as good as looking at everything, the same on any machine, and able to go on where it stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose import search as searching
from village_alliances.experiments.propose.candidates import Country
from village_alliances.experiments.propose.scoring import Candidate, Laboratory, Stopped
from village_alliances.experiments.propose.search import Search
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.scenario import Scenario

from tests.experiments.propose.conftest import row

pytestmark = pytest.mark.usefixtures("compiled_model")
PLANS = ("strong_leads_weak", "service_sharing")


def partitions(villages: Sequence[int], high: int) -> Iterator[list[tuple[int, ...]]]:
    """Every way to put some of these villages into groups of at most `high` (groups of one: alone)."""
    if not villages:
        yield []
        return
    first, rest = villages[0], villages[1:]
    for mask in range(1 << len(rest)):
        inside = (first, *(i for at, i in enumerate(rest) if mask >> at & 1))
        if len(inside) <= high:
            for others in partitions([i for i in rest if i not in inside], high):
                yield [inside, *others]


@pytest.mark.parametrize(
    "objective",
    [
        "gain_total",
        "weak_villages_50k",
        "gain_poorest_tenth",
        "gain_total:0.5,weak_villages_50k:0.5",
    ],
)
@pytest.mark.parametrize("rules", [{}, {"must": ((0, 5),), "never": ((1, 2),)}, {"high": 3}])
def test_it_equals_looking_at_every_partition(
    six: Scenario, objective: str, rules: dict[str, object]
) -> None:
    task = Task(six, objective, 1e6, strategies=PLANS, grants=(0.0, 60_000.0), **rules)  # type: ignore[arg-type]
    search = Search(task, runs=16, final_runs=24)
    found = search.run()
    rows, scores = search.pool(search.final)
    best: dict[tuple[int, ...], list[tuple[float, float]]] = {}
    for c, score in zip(rows, scores):
        best.setdefault(c.members, []).append((float(score), task.cost(c)))
    top = -np.inf
    for partition in partitions(range(6), task.high):
        groups = [tuple(sorted(g)) for g in partition if len(g) > 1]
        if any(g not in best for g in groups) or any(
            not any(set(m) <= set(g) for g in groups) for m in task.must
        ):
            continue
        ways = [(0.0, 0.0)]
        for group in groups:
            ways = [(s + t, a + b) for s, a in ways for t, b in best[group] if a + b <= task.budget]
        top = max([top, *(s for s, _ in ways)])
    assert found.score == pytest.approx(top, rel=1e-9, abs=1e-9)
    assert found.bound == pytest.approx(top, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("granted", [0, 5, 12])
def test_it_equals_looking_at_every_partition_of_twelve_villages(
    table: Callable[[list[str]], Scenario], granted: int
) -> None:
    """Every partition is looked at by what is best for the villages up to each subset, for each number of members that are paid for."""
    rows = [
        row(
            f"村{n}",
            121.4 + 0.01 * (n % 4),
            29.6 + 0.01 * (n // 4),
            income=15_000 * (n + 1),
            ability=0.25 + 0.05 * n,
        )
        for n in range(12)
    ]
    plain = Task(
        table(rows),
        "gain_total",
        0.0,
        high=4,
        strategies=("strong_leads_weak",),
        grants=(0.0, 60_000.0),
    )
    each = plain.cost(Candidate((0,), "strong_leads_weak", 60_000.0))
    task = replace(plain, budget=granted * each)
    search = Search(task, runs=8, final_runs=16)
    found = search.run()
    candidates, scores = search.pool(search.final)
    by_first: dict[int, list[tuple[int, int, float]]] = {}
    for c, score in zip(candidates, scores):
        mask = sum(1 << i for i in c.members)
        by_first.setdefault(c.members[0], []).append(
            (mask, len(c.members) if c.grant else 0, float(score))
        )
    best = np.full((1 << 12, granted + 1), -np.inf)
    best[0] = 0.0
    for mask in range(1, 1 << 12):
        first = (mask & -mask).bit_length() - 1
        best[mask] = best[mask & (mask - 1)]  # the first village stays alone
        for group, paid, score in by_first.get(first, []):
            if group & ~mask == 0 and paid <= granted:
                best[mask, paid:] = np.maximum(
                    best[mask, paid:], best[mask ^ group, : granted + 1 - paid] + score
                )
    assert found.score == pytest.approx(best[-1, granted], rel=1e-9, abs=1e-9)
    assert len(candidates) > 50


def test_every_candidate_of_a_small_table_reaches_the_last_choice(six: Scenario) -> None:
    """On a small table nothing is left out on the way that a forecast thought poor but that would have been chosen."""
    task = Task(six, "gain_total", 1e6, strategies=PLANS, grants=(0.0, 60_000.0))
    search = Search(task, runs=16, final_runs=24)
    found = search.run()
    every = [Candidate(group, *cls) for group in search.country.sets() for cls in search.classes]
    willing = {c for c in every if search.allowed(c)}
    assert set(search.bank.candidates) == willing
    bank = search._bank(search.final.numbers, search._usual())
    bank.simulate(search.lab, sorted(willing))
    rows, _ = search.pool(bank)
    value = {c: bank.value(search.objective, *bank.assemble([c])) for c in rows}
    whole, _ = search.pack(rows, np.array([value[c] for c in rows]))
    assert search.value(search.final, found.candidates) >= 0.97 * whole.score


def test_planted_groups_are_found(table: Callable[[list[str]], Scenario]) -> None:
    """Villages of three products lie between each other; those of one product are worth most together, and each has its able head."""
    products = ("tea", "flowers", "bamboo")
    rows = []
    for n in range(9):
        p, k = n % 3, n // 3
        able = 0.8 if k == p else 0.35
        rows.append(
            row(
                f"{products[p]}{k}",
                121.40 + 0.004 * n,
                29.6 + 0.003 * ((n * 2) % 3),
                industry=products[p],
                ability=able,
                developed=300,
            )
        )
    s = table(rows)
    task = Task(
        s,
        "gain_total",
        0.0,
        low=3,
        high=3,
        radius=10,
        strategies=("industry_chain",),
        grants=(0.0,),
        mode="point",
        allow_unstable=True,
    )
    found = Search(task, runs=32, final_runs=64).run()
    named = sorted(sorted({str(s.names[i])[:-1] for i in c.members}) for c in found.candidates)
    assert named == [["bamboo"], ["flowers"], ["tea"]]


@pytest.mark.parametrize(
    "objective", ["minimax_regret(gain_total)", "inequality", "quarters_to_last"]
)
def test_objectives_that_are_no_sum(six: Scenario, objective: str) -> None:
    task = Task(six, objective, 1e6, strategies=PLANS, grants=(0.0, 60_000.0), allow_unstable=True)
    search = Search(task, runs=20, final_runs=40)
    found = search.run()
    bank = search.final
    if search.objective.regret:
        singles = [c for c in bank.candidates if task.cost(c) <= task.budget]
        assert (
            search.value(bank, found.candidates)
            >= max(search.value(bank, [c]) for c in singles) - 1e-6 * abs(found.score) - 50
        )
        return
    now = search.value(bank, found.candidates)
    for c in bank.candidates:  # no candidate put in place of those in its way does better
        out = [d for d in found.candidates if set(d.members) & set(c.members)]
        trial = [*(d for d in found.candidates if d not in out), c]
        if sum(map(task.cost, trial)) <= task.budget:
            assert search.value(bank, trial) <= now + 1e-9


@settings(max_examples=8)
@given(
    budget=st.sampled_from([0.0, 3e5, 1.3e6]),
    pair=st.sampled_from([(0, 1), (2, 5)]),
    apart=st.sampled_from([(3, 4), (1, 3)]),
    high=st.integers(2, 4),
)
def test_budget_must_and_never_are_kept(
    budget: float, pair: tuple[int, int], apart: tuple[int, int], high: int
) -> None:
    from village_alliances.sim.scenario import load

    s = load("fenghua")  # any table will do; six of its villages
    six = _some(s, 6)
    task = Task(
        six,
        "gain_total",
        budget,
        high=high,
        radius=100,
        strategies=PLANS,
        grants=(0.0, 40_000.0),
        must=(pair,),
        never=(apart,),
        allow_unstable=True,
    )
    found = Search(task, runs=8, final_runs=16).run()
    groups = [set(c.members) for c in found.candidates]
    assert any(set(pair) <= g for g in groups) and not any(set(apart) <= g for g in groups)
    assert sum(map(task.cost, found.candidates)) <= budget + 1e-6
    assert sum(map(len, groups)) == len(set().union(*groups)) and all(
        2 <= len(g) <= high for g in groups
    )
    paid = Laboratory(six, PLANS, seed=9).score(found.candidates, 8).granted.sum(axis=0)
    assert (paid <= budget + 1e-6).all()


def _some(s: Scenario, n: int) -> Scenario:
    from village_alliances.sim.scenario import Column

    return replace(
        s,
        ids=s.ids[:n],
        names=s.names[:n],
        places={k: v[:n] for k, v in s.places.items()},
        words={k: v[:n] for k, v in s.words.items()},
        numbers={k: Column(c.kind[:n], c.low[:n], c.high[:n]) for k, c in s.numbers.items()},
        position=s.position[:n],
        located=s.located[:n],
        lonlat=s.lonlat[:n],
        given=(),
        totals={},
        levers={},
        years=4,
    )


@pytest.fixture
def middling(monkeypatch: pytest.MonkeyPatch) -> Task:
    """A question too large for looking at everything, with little work a round."""
    from village_alliances.sim.scenario import load

    for name, value in {
        "PROBES": 4,
        "FIRST_BATCH": 600,
        "BATCH": 1200,
        "FINALISTS": 400,
        "LONG": 250,
    }.items():
        monkeypatch.setattr(searching, name, value)
    return Task(
        _some(load("fenghua"), 40),
        "weak_villages_50k",
        3e6,
        radius=20,
        strategies=PLANS,
        grants=(0.0, 60_000.0),
    )


def test_villages_left_over_are_cut_anew_with_their_neighbours(
    table: Callable[[list[str]], Scenario],
) -> None:
    """Two groups are as large as they may be and a village between them is in none: three even groups take it in."""
    s = table([row(f"村{n:02}", 121.40 + 0.005 * n, 29.6) for n in range(19)])
    task = Task(s, "gain_total", 0.0, radius=20)
    country = Country(s, task.rules, strength=np.zeros(19), ability=np.zeros(19))
    left, right = tuple(range(9)), tuple(range(10, 19))
    near = country.around([left, right])
    tilings = {(6, 6, 7), (6, 7, 6), (7, 6, 6)}
    cuts = {
        (a, b - a, 19 - b)
        for a in range(1, 19)
        for b in range(a + 1, 19)
        if {tuple(range(a)), tuple(range(a, b)), tuple(range(b, 19))} <= set(near)
    }
    assert cuts & tilings
    assert all(country.admissible(group) for group in near)


def test_a_round_looks_at_few_forms_of_many_sets(middling: Task) -> None:
    """So that villages which cannot be told apart are covered by many sets, not by every strategy of a few."""
    task = replace(middling, strategies=("strong_leads_weak", "industry_chain", "talent_driven"))
    search = Search(task, runs=8, final_runs=8)
    search.bank.simulate(
        search.lab, [Candidate(group, *cls) for group in search._probe() for cls in search.classes]
    )
    before = set(search.bank.candidates)
    found = search._promising(search.sets, 200)
    by_set = Counter(c.members for c in found)
    assert (
        len(found) == 200
        and not before & set(found)
        and max(by_set.values()) <= searching.FORMS < len(search.classes)
    )


def test_the_greatest_come_first_and_of_equals_the_earlier() -> None:
    values = np.array([3.0, -np.inf, 5.0, 3.0, 5.0, 1.0])
    assert searching._greatest(values, 3).tolist() == [2, 4, 0]
    assert searching._greatest(values, 9).tolist() == [2, 4, 0, 3, 5]


def test_a_bank_read_in_lots_is_the_bank_read_at_once(
    six: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Search(
        Task(six, "gain_total", 1e6, strategies=PLANS, grants=(0.0, 60_000.0)),
        runs=16,
        final_runs=16,
    )
    search._begin()
    bank, kinds = (
        search.bank,
        np.array([search.kind[c.strategy, c.grant] for c in search.bank.candidates]),
    )
    whole = bank.parts(search.objective), bank.steady(search.objective, kinds), bank.losing()
    assert len(list(bank.lots())) == 1
    monkeypatch.setattr(searching, "LOT", 16 * 20)
    assert len(list(bank.lots())) > 5
    lots = bank.parts(search.objective), bank.steady(search.objective, kinds), bank.losing()
    assert (
        np.array_equal(whole[0], lots[0])
        and np.array_equal(whole[1], lots[1])
        and whole[2] == lots[2]
    )


def test_the_same_answer_on_any_number_of_threads(middling: Task) -> None:
    one, two = (Search(middling, threads=threads, runs=16, final_runs=32) for threads in (1, 2))
    assert one.run(2) == two.run(2)
    assert one.bank.candidates == two.bank.candidates and one.history == two.history


def test_stopped_and_taken_up_again_it_ends_as_if_it_had_never_stopped(
    middling: Task, tmp_path: Path
) -> None:
    through = Search(middling, runs=16, final_runs=32)
    through.run(3)
    checkpoint = tmp_path / "search.bin"
    asked = 0

    def after_the_first_round() -> bool:
        nonlocal asked
        asked += 1
        return checkpoint.exists()

    stopped = Search(
        middling, runs=16, final_runs=32, checkpoint=checkpoint, stop=after_the_first_round
    )
    stopped.run(3)
    assert stopped.stopped and stopped.round == 1 and asked
    again = Search(middling, runs=16, final_runs=32, checkpoint=checkpoint)
    assert again.run(3) == through.best
    assert again.history == through.history and again.bank.candidates == through.bank.candidates


def test_another_question_does_not_take_up_that_work(middling: Task, tmp_path: Path) -> None:
    checkpoint = tmp_path / "search.bin"
    Search(middling, runs=16, final_runs=32, checkpoint=checkpoint).run(1)
    other = Search(replace(middling, seed=2), runs=16, final_runs=32, checkpoint=checkpoint)
    other._resume()
    assert other.round == 0 and other.best is None


def test_a_spoilt_checkpoint_is_begun_anew(middling: Task, tmp_path: Path) -> None:
    checkpoint = tmp_path / "search.bin"
    checkpoint.write_bytes(b"half of someth")
    search = Search(middling, runs=16, final_runs=32, checkpoint=checkpoint)
    search._resume()
    assert search.round == 0


def test_stopped_before_there_is_anything(middling: Task) -> None:
    with pytest.raises(Stopped):
        Search(middling, runs=16, final_runs=32, stop=lambda: True).run(1)


def test_alliances_that_are_kept_stay(six: Scenario) -> None:
    from village_alliances.sim.scenario import Given

    s = replace(
        six,
        given=(Given({"en": "A", "zh": "甲"}, (0, 3, 4), 3, 2, "strong_leads_weak"),),
        grouped="",
    )
    found = propose(
        Task(s, "gain_total", 2e6, strategies=PLANS, grants=(0.0, 60_000.0), keep=True),
        fresh_runs=20,
    )
    kept = [a for a in found.alliances if a.kept]
    assert [[m.position for m in a.members] for a in kept] == [[0, 3, 4]]
    assert (
        kept[0].lead == "村3"
        and kept[0].strategy == "strong_leads_weak"
        and kept[0].name["zh"] == "甲"
    )
    assert {m.position for a in found.alliances if not a.kept for m in a.members} <= {1, 2, 5}

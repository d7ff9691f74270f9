"""What the propose page is made of, without a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("solara", reason="the dashboard is not installed")

import openpyxl
import solara
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.task import Task
from village_alliances.experiments.propose.trial import Trial, real, rearranged
from village_alliances.interface.dashboard import hands, hunts, state
from village_alliances.interface.dashboard.components import hand
from village_alliances.interface.dashboard.state import Asked
from village_alliances.interface.dashboard.words import text
from village_alliances.sim.labels import labels
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import BY_NAME

PAIR, TRIO = Candidate((0, 1), "culture", 0.0), Candidate((2, 3, 4), "industry_chain", 60000.0)


def test_moving_keeps_numbers_and_everybody_else() -> None:
    assert [candidate.members for candidate in rearranged([PAIR, TRIO], 1, 1)] == [
        (0,),
        (1, 2, 3, 4),
    ]
    assert [candidate.members for candidate in rearranged([PAIR, TRIO], 4, -1)] == [(0, 1), (2, 3)]
    left = rearranged([PAIR, TRIO], 1, 1)
    assert [candidate.members for candidate in real(left)] == [
        (1, 2, 3, 4)
    ]  # one village without a grant is alone
    paid = [Candidate((0, 1), "culture", 9.0), TRIO]
    assert [candidate.members for candidate in real(rearranged(paid, 1, 1))] == [(0,), (1, 2, 3, 4)]


@pytest.mark.usefixtures("compiled_model")
def test_a_change_and_its_return_bring_nothing() -> None:
    task = Task(load("jinxi"), "gain_mean", 2e6)
    trial = Trial(task, [PAIR, TRIO], runs=16)
    away = trial.effect(rearranged([PAIR, TRIO], 4, -1))
    assert away.promised[1] < away.promised[0]
    assert {i for i, *_ in away.villages} == {2, 3, 4}
    back = trial.effect([PAIR, TRIO])
    assert (
        back.objective.difference.mean == 0.0
        and back.objective.better == 0.5
        and back.villages == []
    )


@pytest.mark.usefixtures("compiled_model")
def test_a_trial_is_what_the_whole_county_gives() -> None:
    task = Task(load("jinxi"), "gain_mean", 2e6)
    first, other = Trial(task, [PAIR, TRIO], runs=8), Trial(task, [TRIO], runs=8)
    assert first.effect([TRIO]).objective.after == other.effect([TRIO]).objective.before


def quick() -> Task:
    """A question that is answered in a second or two."""
    return Task(
        load("jinxi"),
        "gain_mean",
        1e6,
        strategies=("strong_leads_weak",),
        grants=(0.0, 60_000.0),
        seed=77,
    )


@pytest.mark.usefixtures("compiled_model")
def test_changes_by_hand_that_follow_each_other_quickly_are_all_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second one comes from a board that does not show the first yet."""
    hunt = hunts.start(replace(quick(), strategies=("strong_leads_weak", "culture")), Asked())
    until = time.monotonic() + 120
    while not hunt.over and time.monotonic() < until:
        time.sleep(0.05)
    boards, lists = [], []

    @solara.component
    def board(event_moved: Callable[[dict[str, int]], None], **_: Any) -> None:
        boards.append(event_moved)

    @solara.component
    def choice(event_chosen: Callable[[str], None], **_: Any) -> None:
        lists.append(event_chosen)

    monkeypatch.setattr(hand, "Board", board)
    monkeypatch.setattr(hand, "Choice", choice)
    nobody = hands.nobody(hunt.partition)
    monkeypatch.setattr(state, "asked", solara.reactive(Asked(hunt=hunt.name)))
    monkeypatch.setattr(hand, "asked", state.asked)
    state.ask(hand=hands.written(nobody, hunt.partition))
    _, context = solara.render(hand.Hand(hunt, nobody, "en"), handle_error=False)
    for village in (0, 1, 2):
        boards[0]({"village": village, "to": 1})
    strategy, grant = lists[1:3]
    grant("30000")
    strategy("culture")
    now = hands.read_plan(state.asked.value.hand, hunt.partition, hunt.task)
    context.close()
    assert now is not None and now[0].members == (0, 1, 2)
    assert (now[0].strategy, now[0].grant) == ("culture", 30_000)


@pytest.mark.usefixtures("compiled_model")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_partition_of_ones_own_is_built_compared_and_taken_away(
    tmp_path: Path, lang: str
) -> None:
    hunt = hunts.start(quick(), Asked())
    until = time.monotonic() + 120
    while not hunt.over and time.monotonic() < until:
        time.sleep(0.05)
    own = hands.nobody(hunt.partition)
    for village in (0, 2, 3):
        own = hands.move(own, village, 0, hunt.task)
    own = hands.change(own, 0, "strong_leads_weak", 30_000.0)
    address = hands.written(own, hunt.partition)
    assert hands.read_plan(address, hunt.partition, hunt.task) == own
    assert [candidate.members for candidate in real(own)] == [(0, 2, 3)]

    effect = Trial(hunt.task, hunt.partition, runs=8).effect(own)
    assert effect.promised[1] == hunt.task.cost(own[0]) > 0

    path = tmp_path / "proposal.xlsx"
    openpyxl.Workbook().save(path)
    hand.add_sheet(path, hunt, own, effect, lang)
    sheet = openpyxl.load_workbook(path)[text("propose.hand_sheet", lang)]
    _, *rows = list(sheet.values)
    alone, title = text("propose.board_alone", lang), hunt.task.plans[0].title[lang]
    villages = rows[:5]
    assert [row[0] for row in villages] == labels(hunt.task.scenario)
    assert [row[3] for row in villages] == [1, alone, 1, 1, alone]
    paid = [(title, 30_000) if place in (0, 2, 3) else (None, None) for place in range(5)]
    assert [(row[4] or None, row[5] or None) for row in villages] == paid
    promised = next(row for row in rows if row[0] == text("propose.sheet_promised", lang))
    assert promised[1:3] == effect.promised
    outcomes = {row[0]: row[1:4] for row in rows[5:]}
    gain = next(c for c in effect.outcomes if c.name == "gain_mean")
    reported = outcomes[getattr(BY_NAME["gain_mean"], lang)]
    assert reported == pytest.approx((gain.before, gain.after, gain.difference.mean))


@pytest.mark.usefixtures("compiled_model")
def test_a_search_runs_on_the_server_and_is_shared() -> None:
    task = quick()
    hunt = hunts.start(task, Asked())
    assert (
        hunts.start(
            replace(task),
            Asked(),
        )
        is hunt
    )
    until = time.monotonic() + 120
    while not hunt.over and time.monotonic() < until:
        time.sleep(0.05)
    assert hunt.state == "done" and hunt.proposal is not None and hunts.find(hunt.name) is hunt


def test_what_cannot_be_asked_is_refused_in_words() -> None:
    hunt = hunts.start(
        Task(load("jinxi"), "gain_mean", 1e6, must=((0, 1),), never=((0, 1),), seed=78), Asked()
    )
    until = time.monotonic() + 60
    while not hunt.over and time.monotonic() < until:
        time.sleep(0.05)
    assert hunt.state == "refused" and "contradict" in str(hunt.refused[0])

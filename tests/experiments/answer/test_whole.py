"""An alliance is whole where all who founded it are members still and none is quiet: one meaning,
whoever says it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from village_alliances.calibration.cases import Played, read_fate
from village_alliances.experiments.answer.brief import docx, html
from village_alliances.experiments.answer.comparison import brief_of, villages_of
from village_alliances.experiments.answer.whole import whole
from village_alliances.experiments.compare import compare
from village_alliances.experiments.comparison import Comparison
from village_alliances.experiments.propose import brief as proposing
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.simulator import Lived, Simulator
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.loading import load
from village_alliances.sim.society import OUTSIDE, QUIET, WORKING
from village_alliances.wording import say

from tests.experiments.answer.test_brief import words_of

pytestmark = pytest.mark.usefixtures("compiled_model")
RUNS = 4
STRATEGY = "strong_leads_weak"
EVERYBODY = (0, 1, 2, 3, 4)
# What became of five founders in four runs: all take part; one is quiet; one has left; one has
# left for another alliance.
ALLIANCE = np.array([[0] * 5, [0] * 5, [0, 0, -1, 0, 0], [0, 0, 0, 0, 1]])
STANDING = np.full((RUNS, 5), WORKING)
STANDING[1, 3], STANDING[2, 2] = QUIET, OUTSIDE
SHARE = 0.25


def test_it_is_where_all_are_there_and_none_is_quiet() -> None:
    assert whole(ALLIANCE, STANDING == QUIET, EVERYBODY).tolist() == [True, False, False, False]
    assert whole(ALLIANCE, STANDING == QUIET, (0, 1)).all()


@pytest.fixture(scope="module")
def compared() -> Comparison:
    c = compare(load("jinxi"), ["none", STRATEGY], runs=RUNS, mode="prior")
    assert c.scenario.given[0].members == EVERYBODY
    c.ensembles[STRATEGY].kept.update(alliance=ALLIANCE, standing=STANDING)
    return c


def test_in_a_comparison(compared: Comparison) -> None:
    assert {village.whole for village in villages_of(compared, STRATEGY)} == {SHARE}


def test_in_a_proposal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fated(Simulator):
        def beside(self, *asked: Any) -> dict[str, Lived]:
            lives = super().beside(*asked)
            lives["plan"].home[:], lives["plan"].quiet[:] = ALLIANCE, STANDING == QUIET
            return lives

    monkeypatch.setattr(proposing, "Simulator", Fated)
    task = Task(load("jinxi"), "gain_mean", 2e6, mode="prior")
    plan = proposing.NamedPlan(
        "it", {"en": "it", "zh": "它"}, [Candidate(EVERYBODY, STRATEGY, 60_000.0)]
    )
    page = proposing.brief_of(task, [plan], "en", runs=RUNS)
    assert {village.whole for village in page.villages} == {SHARE}


def test_in_the_fate_of_praised_alliances() -> None:
    """The calibration has a table of its own, of villages that stay in the alliance that is given
    to them or in none."""
    stayed = slice(0, 3)
    run = SimpleNamespace(
        size=3, leaves=np.zeros(3), quietened=np.zeros(3), died_sum=np.zeros(3),
        ended_sum=np.zeros(3), member_years=np.ones(3), project_years=np.ones(3),
    )  # fmt: skip
    society = SimpleNamespace(
        villages=SimpleNamespace(standing=STANDING[stayed].ravel(), operating_income=np.zeros(15)),
        given_member=np.zeros(5),
        runs=run,
    )
    years = [{"operating_income": np.zeros((3, 5))}] * 2
    play = Played(load("jinxi"), society, years, np.ones(3))
    fate = read_fate(play, play)
    assert fate["whole"].astype(bool).tolist() == [True, False, False]
    assert (
        fate["whole"].astype(bool).tolist()
        == whole(ALLIANCE, STANDING == QUIET, EVERYBODY)[stayed].tolist()
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_to_take_along_says_what_it_means(compared: Comparison, lang: str) -> None:
    page = brief_of(compared, lang, "")
    assert page.villages
    for text in (html(page, lang), words_of(docx(page, lang))):
        assert say("answer.brief.whole_means", lang) in text

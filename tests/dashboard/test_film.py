"""A society as a film: its frames are the model's, sources sum to the income, projects
and who is quiet are told."""

from __future__ import annotations

import json

import numpy as np
import pytest
from village_alliances.interface.dashboard.film import (
    FIGURES,
    ROUTINE,
    SOURCES,
    Film,
    happenings,
    shoot,
)
from village_alliances.interface.dashboard.pages.live import words
from village_alliances.interface.dashboard.words import text
from village_alliances.sim.happenings import HAPPENINGS
from village_alliances.sim.loading import load
from village_alliances.sim.model import AllianceModel
from village_alliances.sim.technology import shipped

pytestmark = pytest.mark.usefixtures("compiled_model")
RUN = 5  # one with quiet members


@pytest.fixture(scope="module")
def film(compiled_model: None) -> Film:
    jinxi = load("jinxi")
    sides = ("none", "strong_leads_weak")
    return Film(
        jinxi, [shoot(jinxi, side, 1, RUN, {"pact": 4.0}, "prior") for side in sides], RUN, 1
    )


def test_every_frame_is_the_models(film: Film) -> None:
    model = AllianceModel("jinxi", run=RUN, mode="prior", levers={"pact": 4.0})
    reel = film.reels[1]
    for tick in range(25):
        villages = list(model.villages)
        incomes = [v.operating_income for v in villages]
        np.testing.assert_allclose(reel.columns["operating_income"][tick], incomes, rtol=1e-6)
        alone = [v.alone.operating_income for v in villages]
        np.testing.assert_allclose(reel.columns["alone"][tick], alone, rtol=1e-6)
        assert reel.quiet[tick].tolist() == [v.standing == "quiet" for v in villages]
        numbers = [v.alliance.number if v.alliance else 0 for v in villages]
        assert reel.alliance[tick].tolist() == numbers
        assert reel.figures["gain_mean"][tick] == pytest.approx(model.gain_mean, rel=5e-3, abs=1)
        model.step()
    assert reel.events == model.events
    plain = film.as_plain()["reels"][1]
    assert plain["quiet"] == [np.flatnonzero(row).tolist() for row in reel.quiet]


def test_the_sources_of_an_income_sum_to_it(film: Film) -> None:
    for side, reel in enumerate(film.reels):
        for village in range(film.scenario.size):
            columns = film.story(side, village)["columns"]
            total = sum(columns[name] for name in SOURCES)
            np.testing.assert_allclose(total, columns["operating_income"], rtol=1e-4, atol=1.0)
        np.testing.assert_array_equal(
            film.reels[0].columns["alone"], film.reels[0].columns["operating_income"]
        )
        assert set(reel.figures) == set(FIGURES)


def test_projects_of_both_sides_are_told_with_whose_they_are(film: Film) -> None:
    plain = film.as_plain()
    json.dumps(plain, allow_nan=False)
    none, allied = (reel["projects"] for reel in plain["reels"])
    assert all(village >= 0 and number == 0 for village, number, *_ in none) and none
    assert any(village == -1 and number == 1 for village, number, *_ in allied)
    costs = [project[6] for project in allied]
    assert costs == sorted(costs, reverse=True)
    for _, _, type, begun, works, ended, cost, _ in allied:
        assert type in plain["reels"][1]["types"] and 0 <= begun < 24 and cost > 0
        assert works == -1 or works >= begun
        assert ended == -1 or ended >= begun
    story = film.story(1, 4)
    own = story["projects"][story["projects"]["alliance"].isna()]
    assert (own["village"] == story["name"]).all() and set(story["projects"]["under"]) == {
        "strategy"
    }


def test_a_countys_own_project_types_are_used(film: Film) -> None:
    renamed = [kind.model_copy(update={"title": {"en": "T", "zh": "T"}}) for kind in shipped()]
    reel = shoot(film.scenario, "none", 1, 0, {}, "point", renamed)
    assert {title["en"] for title in reel.types.values()} == {"T"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_text_of_the_film_is_there(lang: str) -> None:
    said = words(lang)
    assert set(said["happenings"]) == set(HAPPENINGS) == set(happenings(lang))
    assert set(ROUTINE) <= set(HAPPENINGS)
    for name in (*SOURCES, "operating_income", "alone", "projects", "no_projects"):
        assert text(f"story.{name}", lang)

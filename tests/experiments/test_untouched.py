"""Rankings that rest on what the evidence left open: one that turns over is named, one that does not is not."""

from dataclasses import replace

import numpy as np
import pytest
from village_alliances.calibration.priors import COMPOSITES
from village_alliances.experiments import untouched
from village_alliances.experiments.compare import compare
from village_alliances.experiments.verdict import warnings
from village_alliances.sim.metrics import INDEX
from village_alliances.sim.parameters import parameters
from village_alliances.sim.scenario import load
from village_alliances.wording import say

pytestmark = pytest.mark.usefixtures("compiled_model")


@pytest.fixture(scope="module")
def found(compiled_model):
    return compare(
        load("jinxi"),
        ["none", "culture", "project"],
        runs=240,
        years=2,
        mode="prior",
        equal_budget=False,
    )


def planted(found, gains):
    """The comparison with every outcome even but for the mean gain, which `gains` gives by strategy."""
    ensembles = {}
    for label, ensemble in found.ensembles.items():
        series = np.zeros_like(ensemble.series)
        series[:, -1, INDEX["gain_mean"]] = gains(label)
        ensembles[label] = replace(ensemble, series=series)
    return replace(found, ensembles=ensembles)


def level(found, name):
    return parameters()[name].share_of(np.asarray(found.ensembles["none"].parameters[name]))


def test_a_ranking_that_turns_over_is_named_with_its_end(found):
    noise = np.random.default_rng(1).normal(0, 1, 240)
    where = level(found, "brand_premium")
    c = planted(
        found,
        lambda label: {
            "none": 0.0,
            "culture": 10.0 + noise,
            "project": 20 * (where > 0.8) * 2 + noise[::-1],
        }[label],
    )
    (one,) = untouched.turned(c, {"brand": "brand_premium"})
    assert (one.outcome, one.composite, one.end, one.leader, one.other) == (
        "gain_mean",
        "brand",
        "high",
        "culture",
        "project",
    )
    third = where >= np.quantile(where, 2 / 3)
    ahead = (
        c.ensembles["project"].outcome("gain_mean") - c.ensembles["culture"].outcome("gain_mean")
    )[third]
    assert one.difference == pytest.approx(ahead.mean())
    assert one.errors == pytest.approx(ahead.mean() / (ahead.std(ddof=1) / np.sqrt(ahead.size)))
    (falling,) = untouched.turned(c, {"brand": "-brand_premium"})
    assert falling.end == "low"


def test_a_ranking_that_holds_everywhere_is_not(found):
    noise = np.random.default_rng(2).normal(0, 5, 240)
    c = planted(
        found,
        lambda label: {"none": 0.0, "culture": 10.0 + noise, "project": 9.0 + noise[::-1]}[label],
    )
    assert (
        untouched.turned(
            c, {name: name for name in ("brand_premium", "land_rent", "mentoring_rate", "noise_sd")}
        )
        == []
    )


def test_it_is_said_in_both_languages_only_where_parameters_are_calibrated(found, monkeypatch):
    monkeypatch.setattr(untouched, "untouched", lambda: {"brand": "brand_premium"})
    brand = next(one for one in COMPOSITES if one.name == "brand")
    where = level(found, "brand_premium")
    even = planted(found, lambda label: {"none": 0.0, "culture": 1.0, "project": 0.5}[label])
    turning = planted(
        found, lambda label: {"none": 0.0, "culture": 1.0, "project": 9 * where**4}[label]
    )
    assert untouched.sentences(even, "en") == []
    for lang in ("en", "zh"):
        name = getattr(brand, lang)
        (said,) = untouched.sentences(replace(even, mode="posterior"), lang)
        assert name in said and say("compare.untouched.none", lang) in said
        said = warnings(replace(turning, mode="posterior"), lang)
        assert any(
            name in text
            and turning.title("culture", lang) in text
            and turning.title("project", lang) in text
            for text in said
        )


def test_the_shipped_calibration_names_what_it_left_open():
    for name, moved in untouched.untouched().items():
        assert name in {one.name for one in COMPOSITES} and moved.removeprefix("-") in parameters()

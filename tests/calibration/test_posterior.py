"""The shipped posterior: that it belongs to the code, is what the model draws from, and says of itself what is true."""

from __future__ import annotations

import json

import numpy as np
import pytest
from village_alliances.calibration import fit, priors, selfcheck, targets, validate
from village_alliances.interface.cli import main
from village_alliances.sim.parameters import POSTERIOR, default_mode, parameters, posterior

pytestmark = pytest.mark.skipif(not POSTERIOR.exists(), reason="no posterior is shipped")


def test_the_shipped_posterior_belongs_to_this_code():
    assert fit.shipped()["fingerprint"] == fit.fingerprint(), (
        "rules, ranges, targets or figures have changed since the calibration: run `alliances calibrate --ship`"
    )


def test_it_holds_draws_of_parameters_within_their_ranges():
    draws = posterior()
    assert default_mode() == "posterior"
    moved = {move.lstrip("-") for composite in priors.COMPOSITES for move in composite.moves}
    assert set(draws) == moved
    for name, values in draws.items():
        quantity = parameters()[name]
        assert values.shape == (fit.DRAWS,)
        assert (values >= quantity.low).all() and (values <= quantity.high).all(), name


def test_parameters_are_the_places_spelled_out_row_by_row():
    expected = priors.expand(fit.shipped_places())
    for name, values in posterior().items():
        assert np.allclose(values, expected[name], rtol=1e-12)


def test_what_it_says_of_contraction_holds_for_its_draws():
    places, about = fit.shipped_places(), fit.shipped()
    for at, name in enumerate(priors.NAMES):
        said = about["composite"][name]
        assert said["contraction"] == pytest.approx(1.0 - 12.0 * places[:, at].var(), abs=0.03)
        assert said["touched"] == (said["contraction"] >= fit.UNTOUCHED)
    assert set(about["untouched"]) == {
        name for name in priors.NAMES if not about["composite"][name]["touched"]
    }
    assert about["effective_sample_size"] > 300
    assert len(np.unique(places, axis=0)) > 0.3 * fit.DRAWS


def test_its_self_check_stands_within_what_was_asked():
    about = fit.shipped()
    cover = np.array(list(about["sbc_cover90"].values()))
    assert about["sbc_truths"] >= 200
    assert cover.min() >= selfcheck.EACH[0] and cover.max() <= selfcheck.EACH[1]
    assert selfcheck.MEAN[0] <= about["sbc_cover90_mean"] <= selfcheck.MEAN[1]
    assert (
        about["sbc_bin_band"][0] <= about["sbc_bin_extremes"][0]
        and about["sbc_bin_extremes"][1] <= about["sbc_bin_band"][1]
    )
    assert about["sbc_passes"] is True


def test_the_second_method_finds_about_the_same():
    about = fit.shipped()
    apart = np.array(list(about["second_method_mean_apart_in_prior_sds"].values()))
    assert np.abs(apart).max() < 0.5


@pytest.mark.slow
def test_a_small_self_check_of_the_model_itself_covers():
    sets = 512
    shares = fit.sobol(sets, 11)
    sample = fit.observe(shares, fit.sweep(shares, 0, 11), 0, 12)
    checked = selfcheck.simulation_based(sample, truths=80, seed=13, accept=0.6)
    assert 0.82 <= checked.cover.mean() <= 0.97
    assert checked.cover.min() >= 0.7


@pytest.mark.slow
def test_validate_prints_coverage_for_fit_and_held_out_figures(capsys):
    assert main(["validate", "--json", "--lang", "en"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["coverage"]["fit"]["figures"] == len(targets.TARGETS)
    assert body["coverage"]["held out"]["figures"] == len(validate.HELD_OUT)
    for row in body["scores"]:
        assert row["low90"] <= row["low50"] <= row["median"] <= row["high50"] <= row["high90"]
        assert row["in90"] or row["miss"] in ("model too high", "model too low")


def test_a_figure_outside_the_printed_band_is_no_hit():
    predicted = np.log(np.concatenate([np.linspace(1.0, 90.0, 380), np.linspace(110.0, 200.0, 20)]))
    edge = validate.score(
        "edge", "held out", predicted, float(np.log(100.0)), np.exp, qualifier="exact"
    )
    assert edge.place == 0.95 and edge.high90 < 100.0
    assert not edge.in90 and edge.miss == "model too low"
    inside = validate.score(
        "inside", "held out", predicted, float(np.log(50.0)), np.exp, qualifier="exact"
    )
    assert inside.in90 and inside.in50 and inside.miss == ""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_has_a_name_in_words(lang):
    from village_alliances.wording import say

    names = [t.name for t in targets.TARGETS] + [one.name for one in validate.HELD_OUT]
    assert len({say(f"dashboard.predicted.{name}", lang) for name in names}) == len(names)

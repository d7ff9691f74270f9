"""The shipped posterior: that it belongs to the code, is what the model draws from, and
says of itself what is true."""

from __future__ import annotations

import json

import numpy as np
import pytest
from village_alliances.calibration import fit, priors, selfcheck, targets, validate
from village_alliances.interface.cli import main
from village_alliances.sim import technology
from village_alliances.sim.building import build
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import POSTERIOR, default_mode, parameters, posterior
from village_alliances.sim.uncertain import drawn, posterior_numbers

pytestmark = pytest.mark.skipif(not POSTERIOR.exists(), reason="no posterior is shipped")


def test_the_shipped_posterior_belongs_to_this_code():
    assert fit.shipped()["fingerprint"] == fit.fingerprint(), (
        "rules, ranges, targets or figures have changed since the calibration: run "
        "`alliances calibrate --ship`"
    )


def test_it_holds_draws_of_all_that_is_fitted_row_by_row():
    sets = fit.shipped_draws()
    assert default_mode() == "posterior"
    assert len(sets) == fit.DRAWS and set(posterior()) == set(parameters())
    about = fit.shipped()
    again = priors.sets(np.arange(about["sets"], dtype=np.uint64), about["seed"]).values
    name, other = "fading", "orchard.profit_rate"
    where = {value: i for i, value in enumerate(again[name])}
    rows = [where[value] for value in sets.values[name]]
    assert (again[other][rows] == sets.values[other]).all(), "a row is one set of the prior"
    assert len(set(rows)) > 0.5 * min(about["effective_sample_size"], fit.DRAWS)


def test_runs_draw_parameters_and_numbers_of_types_from_one_row():
    numbers = np.arange(40, dtype=np.uint64)
    society = build(load("jinxi"), "none", seed=3, runs=numbers, mode="posterior", years=1)
    values = fit.shipped_draws().values
    where = {value: i for i, value in enumerate(values["fading"])}
    rows = [where[value] for value in society.parameters.fading]
    of_types = drawn(society.technology)
    for name in ("orchard.profit_rate", "let.lag", "workshop.job_wage"):
        assert of_types[name] == pytest.approx(values[name][rows]), name


def test_what_a_county_puts_in_place_of_a_shipped_number_stays(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_text(
        "[orchard.profit_rate]\nvalue = 0.4\nlow = 0.4\nhigh = 0.4\ndistribution = 'fixed'\n"
        "unit = '1/year'\nkind = 'assumption'\nreason = 'ours'\n",
        encoding="utf-8",
    )
    numbers = posterior_numbers(technology.read(own), 1, np.arange(3, dtype=np.uint64))
    assert "orchard.profit_rate" not in numbers and "orchard.hazard" in numbers


def test_what_it_says_of_contraction_holds_for_its_draws():
    about = fit.shipped()
    assert set(about["contraction"]) == set(priors.fitted())
    sweep = priors.sets(np.arange(about["sets"], dtype=np.uint64), about["seed"])
    draws = fit.shipped_draws()
    for name in ("fading", "fortune_sd", "enclave.profit_rate", "lead_cost"):
        place = np.searchsorted(np.sort(sweep.values[name]), draws.values[name]) / len(sweep)
        assert about["contraction"][name] == pytest.approx(1 - 12 * place.var(), abs=0.05)
    assert set(about["touched"]) == {
        name
        for name, value in about["contraction"].items()
        if value > about["contraction_null95"] + 5e-4
    }
    assert about["effective_sample_size"] > 100


def test_its_self_check_stands_within_what_was_asked():
    about = fit.shipped()
    assert about["sbc_truths"] >= 200
    assert selfcheck.MEAN[0] <= about["sbc_cover90_mean"] <= selfcheck.MEAN[1]
    assert about["sbc_cover90_extremes"][0] >= selfcheck.EACH[0]
    assert about["sbc_bin_band"][0] <= about["sbc_bin_extremes"][0]
    assert about["sbc_bin_extremes"][1] <= about["sbc_bin_band"][1]
    assert about["sbc_passes"] is True


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
    edge = validate.score("edge", "held out", predicted, float(np.log(100.0)), qualifier="exact")
    assert edge.place == 0.95 and edge.high90 < 100.0
    assert not edge.in90 and edge.miss == "model too low"
    inside = validate.score("inside", "held out", predicted, float(np.log(50.0)), qualifier="exact")
    assert inside.in90 and inside.in50 and inside.miss == ""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_has_a_name_in_words(lang):
    from village_alliances.wording import say

    names = [t.name for t in targets.TARGETS] + [row.name for row in validate.HELD_OUT]
    assert len({say(f"dashboard.predicted.{name}", lang) for name in names}) == len(names)

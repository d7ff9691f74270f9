"""Scores: known values, propriety, fairness to small ensembles; rules that cover every
held-out row; naive forecasters."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from village_alliances.calibration import cases, evidence, scores, targets, validate

ROOT = Path(__file__).parents[2]
EVEN = scores.EVEN


def test_crps_of_a_normal_is_the_known_one() -> None:
    for value in (-2.0, 0.0, 0.7):
        expected = value * (2 * norm.cdf(value) - 1) + 2 * norm.pdf(value) - 1 / np.sqrt(np.pi)
        assert scores.crps(EVEN, value) == pytest.approx(expected, abs=0.003)


def test_log_score_of_a_normal_is_its_density() -> None:
    assert scores.log_score(EVEN, 0.5) == pytest.approx(norm.logpdf(0.5), abs=0.05)


def test_interval_score_is_width_and_fine() -> None:
    assert scores.interval_score(0.0, 2.0, 1.0) == 2.0
    assert scores.interval_score(0.0, 2.0, 3.0) == pytest.approx(2.0 + 20.0)
    assert scores.interval_score(0.0, 2.0, -0.5) == pytest.approx(2.0 + 10.0)


@given(st.floats(0.0, 1.5), st.floats(0.4, 2.5))
def test_nobody_gains_by_saying_what_he_does_not_believe(shift: float, stretch: float) -> None:
    truths = scores.ndtri((np.arange(200) + 0.5) / 200)
    honest, other = EVEN, shift + stretch * EVEN
    for score in (scores.crps, lambda e, x: -scores.log_score(e, x)):
        said, meant = (np.mean([score(e, x) for x in truths]) for e in (other, honest))
        assert said >= meant - 0.02


def test_a_small_ensemble_is_not_thought_sharper_than_it_is() -> None:
    rng = np.random.default_rng(1)
    small = np.mean([scores.crps(rng.standard_normal(5), 0.3) for _ in range(4000)])
    assert small == pytest.approx(scores.crps(EVEN, 0.3), abs=0.01)


def test_binomial_intervals_hold_what_they_say() -> None:
    assert scores.binomial(0, 10) == (0.0, pytest.approx(0.3085, abs=1e-4))
    assert scores.binomial(10, 10)[1] == 1.0
    low, high = scores.binomial(7, 17)
    assert (low, high) == (pytest.approx(0.184, abs=1e-3), pytest.approx(0.671, abs=1e-3))


def row(name: str, kind: str, model: np.ndarray, truth: float) -> scores.Forecast:
    naive = {"curve": 3.0 * EVEN, "last": 2.0 * EVEN}
    return scores.Forecast(name, kind, truth, model, naive)


def test_a_kind_may_be_asked_only_where_both_naive_forecasters_are_beaten_on_enough_rows() -> None:
    truths = (-0.5, 0.2, 0.6, -0.1)
    good = [row(str(i), "income", 0.5 * EVEN + t, t) for i, t in enumerate(truths)]
    bad = [row(str(i), "jobs", 0.5 * EVEN + 6.0, t) for i, t in enumerate(truths)]
    few = [row("x", "sizes", 0.5 * EVEN, 0.1)]
    kinds = scores.by_kind([*good, *bad, *few])
    assert list(kinds) == ["income", "jobs", "sizes", "all"]
    assert kinds["income"].answers is True and min(kinds["income"].skill.values()) > 0
    assert kinds["jobs"].answers is False and kinds["sizes"].answers is None
    assert kinds["income"].holds == 1.0 and kinds["jobs"].holds == 0.0
    assert kinds["income"].width == pytest.approx(np.exp(0.5 * 2 * 1.645), rel=0.01)


def test_a_kind_without_one_of_the_naive_forecasters_is_not_judged() -> None:
    alone = [
        scores.Forecast(str(i), "income", 0.0, 0.5 * EVEN, {"curve": 3 * EVEN}) for i in range(5)
    ]
    assert scores.by_kind(alone)["income"].answers is None


def test_better_compares_the_same_rows() -> None:
    sharp = [row(str(i), "income", 0.5 * EVEN, 0.1 * i) for i in range(4)]
    wide = [row(str(i), "income", 4.0 * EVEN, 0.1 * i) for i in range(4)]
    apart, error = scores.better(sharp, wide)
    assert apart > 1 and 0 < error < 0.2
    with pytest.raises(ValueError, match="not the same rows"):
        scores.better(sharp, wide[:2])


# The rules


def test_every_scored_figure_has_a_rule_and_no_other() -> None:
    assert set(scores.rules()["row"]) == set(validate.ROWS)
    for name, body in scores.rules()["row"].items():
        assert body["kind"] in scores.KINDS and body["design"] in evidence.designs(), name


@pytest.mark.parametrize("left", validate.LEFT)
def test_a_group_takes_every_figure_of_its_place_or_document_out_of_the_fit(left: str) -> None:
    groups = [group for group in scores.rules()["group"].values() if left in group["by"]]
    assert sorted(row for group in groups for row in group["rows"]) == sorted(validate.ROWS)
    for group in groups:
        rows = [validate.ROWS[name] for name in group["rows"]]
        figures = [evidence.named(id) for row in rows for id in row.figures]
        theirs = {figure.document for figure in figures if isinstance(figure, evidence.Figure)}
        cases_of = {row.case.name for row in rows if row in validate.OF_THE_FIT}
        assert cases_of <= set(group["cases"]) <= set(cases.CASES)
        for target in targets.TARGETS if left == "document" else ():
            seen = {evidence.figure(id).document for id in target.figures}
            assert not seen & theirs or target.case in group["cases"], target.name


def test_silence_brings_no_skill() -> None:
    curve = 3.0 * EVEN
    nothing = np.full(400, np.nan)
    said, silent = scores.spoken(nothing, curve)
    assert silent == 1.0
    assert scores.crps(said, 0.4) == pytest.approx(scores.crps(curve, 0.4), rel=0.02)
    half = np.where(np.arange(400) % 2, 0.4, np.nan)
    said, silent = scores.spoken(half, curve)
    assert silent == 0.5 and (said == 0.4).sum() == 200
    assert scores.spoken(np.zeros(5), curve)[1] == 0.0


def test_a_kind_is_asked_only_where_both_ways_of_leaving_out_say_so() -> None:
    assert scores.both([True, True]) is True
    assert scores.both([True, False]) is False and scores.both([None, False]) is False
    assert scores.both([True, None]) is None and scores.both([]) is None


@pytest.mark.parametrize("name", list(scores.rules()["row"]))
def test_naive_forecasters_say_something_finite(name: str) -> None:
    said = scores.naive(name)
    assert tuple(said) == scores.NAIVE
    for draws in said.values():
        assert draws.shape == EVEN.shape and np.isfinite(draws).all()


def test_the_curve_of_a_region_moves_along_its_trend() -> None:
    first, later = (
        scores.curve({"region": "ningbo", "column": "collective_income", "year": y})
        for y in (2014, 2018)
    )
    assert np.median(later - first) == pytest.approx(4 * np.log(1.08), abs=1e-6)


def test_the_last_value_is_carried_along_the_trend_and_differs_where_it_is_another_s() -> None:
    spec = {
        "figures": ["jine-collective-2017"],
        "region": "ningbo",
        "column": "collective_income",
        "years": 2,
        "year": 2019,
    }
    own, other = scores.last(spec), scores.last({**spec, "other": True})
    value = np.log(evidence.figure("jine-collective-2017").value * 1.08**2)
    assert own == pytest.approx(value) and np.median(other) == pytest.approx(value, abs=1e-3)
    assert other.std() > 0.9
    rise = scores.last({**spec, "rise": True})
    assert np.exp(rise) == pytest.approx(np.exp(value) - np.exp(value) / 1.08**2)


def test_the_page_holds_the_rules_as_they_are() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "validation.py"))
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert made["filled"](page) == page, "run: python docs/validation.py"
    chinese = (ROOT / "docs" / "zh" / "validation.md").read_text(encoding="utf-8")
    assert made["in_chinese"](chinese) == chinese, "run: python docs/validation.py"

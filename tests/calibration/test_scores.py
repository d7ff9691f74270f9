"""Scores: known values, propriety, fairness to small ensembles; rules that cover every held-out row; naive forecasters."""

from __future__ import annotations

import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from village_alliances.calibration import cases, evidence, scores, targets, validate

ROOT = Path(__file__).parents[2]
SIM = ROOT / "sim"
EVEN = scores.EVEN


def test_crps_of_a_normal_is_the_known_one() -> None:
    for at in (-2.0, 0.0, 0.7):
        known = at * (2 * norm.cdf(at) - 1) + 2 * norm.pdf(at) - 1 / np.sqrt(np.pi)
        assert scores.crps(EVEN, at) == pytest.approx(known, abs=0.003)


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
    found = scores.by_kind([*good, *bad, *few])
    assert list(found) == ["income", "jobs", "sizes", "all"]
    assert found["income"].answers is True and min(found["income"].skill.values()) > 0
    assert found["jobs"].answers is False and found["sizes"].answers is None
    assert found["income"].holds == 1.0 and found["jobs"].holds == 0.0
    assert found["income"].width == pytest.approx(np.exp(0.5 * 2 * 1.645), rel=0.01)


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


def test_every_held_out_row_has_a_rule_and_no_other() -> None:
    assert set(scores.rules()["row"]) == {one.name for one in validate.HELD_OUT}
    for name, body in scores.rules()["row"].items():
        assert body["kind"] in scores.KINDS and body["design"] in evidence.designs(), name
        assert body["scored"] or (body["why_not"] and body["why_not_zh"]), name
        assert not body["scored"] or "curve" in body, name


def test_rows_whose_floor_is_an_input_and_levels_named_for_wealth_are_not_scored() -> None:
    counted = set(scores.counted())
    for one in validate.HELD_OUT:
        if one.all_of_them or "level" in one.name or validate.ALIKE in one.note:
            assert one.name not in counted, one.name


def test_no_scored_row_is_named_by_a_range() -> None:
    held = {one.name: one for one in validate.HELD_OUT}
    ranges = [*SIM.glob("*.toml"), *(SIM / "regions").glob("*.toml")]
    named = {id for path in ranges if path.name != "levers.toml" for id in evidence_in(path)}
    assert len(named) > 50
    for name in scores.counted():
        divisors = targets.split()["input"].keys() | targets.split()["fit"].keys()
        assert not set(held[name].figures) & named - divisors, name


def evidence_in(path: Path) -> set[str]:
    """Every id under a key `evidence` of a TOML file."""

    def walk(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "evidence":
                    yield from [value] if isinstance(value, str) else value
                else:
                    yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    return set(walk(tomllib.loads(path.read_text(encoding="utf-8"))))


def test_a_group_takes_every_figure_of_its_place_or_document_out_of_the_fit() -> None:
    held = {one.name: one for one in validate.HELD_OUT}
    groups = scores.rules()["group"]
    assert sorted(row for group in groups.values() for row in group["rows"]) == sorted(
        scores.counted()
    )
    for name, group in groups.items():
        assert set(group["cases"]) <= set(cases.CASES)
        ids = [id for row_name in group["rows"] for id in held[row_name].figures]
        if "document" in group["by"]:
            theirs = {evidence.figure(id).document for id in ids}
            for target in targets.TARGETS:
                seen = {evidence.figure(id).document for id in target.figures}
                assert not seen & theirs or target.case in group["cases"], (name, target.name)


@pytest.mark.parametrize("name", scores.counted())
def test_naive_forecasters_say_something_finite(name: str) -> None:
    said = scores.naive(name)
    assert "curve" in said
    for draws in said.values():
        assert np.isfinite(draws).all() and draws.std() > 0


def test_the_curve_of_a_region_moves_along_its_trend() -> None:
    one, later = (
        scores.curve({"region": "ningbo", "column": "collective_income", "year": y})
        for y in (2014, 2018)
    )
    assert np.median(later - one) == pytest.approx(4 * np.log(1.08), abs=1e-6)


def test_the_last_value_is_carried_along_the_trend() -> None:
    said = scores.last({"figure": "jine-collective-2017", "trend": 0.1, "years": 2, "spread": 0.5})
    value = evidence.figure("jine-collective-2017").value
    assert np.median(said) == pytest.approx(np.log(value * 1.21), abs=1e-3)
    assert said.std() == pytest.approx(0.5, rel=0.01)


def test_the_page_holds_the_rules_as_they_are() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "validation.py"))
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert made["filled"](page) == page, "run: python docs/validation.py"

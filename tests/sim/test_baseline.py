"""The model gives the numbers that are kept. Where a change means to move them: python -m
tests.baseline --write, and say why."""

from __future__ import annotations

import copy

import pytest
from village_alliances.sim.metrics import MAIN

from tests import baseline

pytestmark = pytest.mark.usefixtures("compiled_model")


@pytest.mark.parametrize("scenario", baseline.SCENARIOS)
def test_numbers_are_those_that_are_kept(scenario: str) -> None:
    lines = baseline.moved(baseline.kept(scenario), baseline.computed(scenario))
    assert lines == [], "moved; if that is meant: python -m tests.baseline --write"


@pytest.mark.parametrize("scenario", baseline.SCENARIOS)
def test_what_is_kept_is_complete(scenario: str) -> None:
    numbers = baseline.kept(scenario)
    assert tuple(numbers) == baseline.MODES
    for strategies in numbers.values():
        assert tuple(strategies) == baseline.COLUMNS
        for outcomes in strategies.values():
            assert tuple(outcomes) == MAIN
            assert all(len(values) == baseline.RUNS for values in outcomes.values())
        different = {tuple(strategies[name]["mean_income"]) for name in baseline.STRATEGIES}
        assert len(different) == len(baseline.STRATEGIES)


def test_a_small_move_is_seen_and_the_last_digits_are_not() -> None:
    before = {"point": {"none": {"mean_income": [100.0, 200.0], "gini": [0.5, 0.5]}}}
    assert baseline.moved(before, before) == []
    now = copy.deepcopy(before)
    now["point"]["none"]["mean_income"][1] = 200.0 * (1 + 1e-11)
    assert baseline.moved(before, now) == []
    now["point"]["none"]["mean_income"][1] = 200.000001
    assert baseline.moved(before, now) == [
        "point none mean_income: 1 of 2 runs, the first is run 1: 200.0 before, 200.000001 now"
    ]
    now["point"]["none"]["mean_income"][1] = float("nan")
    assert len(baseline.moved(before, now)) == 1
    del now["point"]["none"]["gini"]
    assert "point none gini: gone" in baseline.moved(
        before, now
    ) and "point none gini: new" in baseline.moved(now, before)


def test_what_is_written_is_read_back(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(baseline, "FOLDER", tmp_path)
    assert baseline.kept("jinxi") == {}
    numbers = {
        "point": {"none": {"gini": [0.1, 1e-300, -2.5]}, "project": {"gini": [1.0, 2.0, 3.0]}},
        "prior": {},
    }
    baseline.write("jinxi", numbers)
    assert baseline.kept("jinxi") == numbers
    assert [path.name for path in tmp_path.iterdir()] == ["jinxi.json"]

"""What decides: indices of known functions, and a measurement for everything that could."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from village_alliances.calibration import decisive
from village_alliances.sim.uncertain import DOT


def test_the_index_of_a_known_sum_is_its_part_of_the_variance() -> None:
    rng = np.random.default_rng(1)
    weights = np.array([3.0, 2.0, 1.0])
    first, anew = rng.standard_normal((2, 40_000, 3))
    parts = weights**2 / (weights**2).sum()
    for i in range(3):
        moved = first.copy()
        moved[:, i] = anew[:, i]
        index_of = decisive.index("x", first @ weights, moved @ weights)
        expected = 1.0 - 6.0 / np.pi * np.arcsin(
            (1.0 - parts[i]) / 2.0
        )  # of ranks of a normal pair
        assert index_of.low < index_of.total < index_of.high
        assert index_of.total == pytest.approx(expected, abs=0.02)


def test_what_changes_nothing_has_none_and_what_is_drawn_anew_whole_has_all() -> None:
    rng = np.random.default_rng(2)
    first, other = rng.standard_exponential((2, 20_000))
    assert decisive.index("x", first, first).total == 0.0
    assert decisive.index("x", first, other).total == pytest.approx(1.0, abs=0.02)


def test_every_uncertainty_that_may_decide_has_a_measurement_in_both_languages() -> None:
    for name, quantity in decisive.known_quantities().items():
        if name.startswith(f"reading{DOT}") or quantity.low == quantity.high:
            continue
        measurement = decisive.to_measure(name)
        assert measurement.lang("en") != measurement.lang("zh")
    with pytest.raises(KeyError, match="nobody"):
        decisive.to_measure("nobody")


@pytest.mark.usefixtures("compiled_model")
def test_a_run_again_is_the_same_and_what_is_drawn_anew_moves_it() -> None:
    numbers = np.arange(24, dtype=np.uint64)
    first, values = decisive.difference(numbers, 1, {})
    again, _ = decisive.difference(numbers, 1, values)
    assert (first == again).all(), "all values fixed at what they are"
    _, anew = decisive.difference(numbers + np.uint64(24), 1, {}, played=False)
    moved, _ = decisive.difference(numbers, 1, {"enclave.profit_rate": anew["enclave.profit_rate"]})
    assert (moved != first).any()


def test_what_is_kept_is_what_was_found(tmp_path: Path) -> None:
    lines = [
        decisive.Share("fading", 0.4, 0.3, 0.5),
        decisive.Share(decisive.CHANCE, 0.9, 0.8, 1.0),
    ]
    decisive.store(lines, tmp_path / "decides.toml")
    assert tomllib.loads((tmp_path / "decides.toml").read_text("utf-8")) == decisive.as_dict(lines)
    kept = decisive.stored()
    assert len([name for name in kept if name != decisive.CHANCE]) == decisive.TOLD
    for name, (total, low, high) in kept.items():
        assert name == decisive.CHANCE or name in decisive.known_quantities()
        assert low <= total <= high

"""Objectives: what adds up does so exactly, and what does not is measured on the whole county."""

from __future__ import annotations

import numpy as np
import pytest
from village_alliances.experiments.propose import objectives
from village_alliances.experiments.propose.objectives import BASES, County, gini, read, worlds


@pytest.fixture
def county() -> County:
    rng = np.random.default_rng(1)
    income = rng.lognormal(11, 1, (30, 20))
    late = np.where(income < 50_000, 15, rng.integers(-1, 12, (30, 20))).astype(np.int16)
    return County(income, late, rng.lognormal(11, 1, (30, 20)), 16, income)


def changed(county: County) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    income = county.income.copy()
    income[:, 3:9] *= rng.uniform(0.9, 1.8, (30, 6))
    last = county.last_weak.copy()
    last[:, 3:9] = np.maximum(last[:, 3:9] - 4, -1)
    return income, last


@pytest.mark.parametrize("name", [name for name, base in BASES.items() if base.additive])
def test_parts_add_up_to_the_objective(county: County, name: str) -> None:
    income, last = changed(county)
    who = np.arange(3, 9)
    parts = county.part(name, who, income[:, who].T, last[:, who].T).sum(axis=0)
    whole = BASES[name].better * (
        county.value(name, income, last) - county.value(name, county.income, county.last_weak)
    )
    assert np.allclose(parts, whole)


@pytest.mark.parametrize("name", [name for name, base in BASES.items() if not base.additive])
def test_stand_ins_point_the_right_way(county: County, name: str) -> None:
    income, last = county.income.copy(), county.last_weak.copy()
    poorest = np.argmin(income.mean(axis=0))
    income[:, poorest] += 20_000.0
    last[:, poorest] = -1
    part = county.part(name, np.array([poorest]), income[:, [poorest]].T, last[:, [poorest]].T)
    whole = BASES[name].better * (
        county.value(name, income, last) - county.value(name, county.income, county.last_weak)
    )
    assert part.mean() > 0 and whole.mean() >= 0


def test_gini_of_known_incomes() -> None:
    assert gini(
        np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
    ) == pytest.approx([0.0, 0.75, 0.25])


def test_what_a_planner_writes() -> None:
    assert read("gain_total").weights == {"gain_total": 1.0}
    assert read("weak_villages_50k:3，gain_total:1").weights == {
        "weak_villages_50k": 0.75,
        "gain_total": 0.25,
    }
    assert read("minimax_regret").regret and read("minimax_regret").single == "weak_villages_50k"
    assert read("minimax_regret(gain_total)").single == "gain_total"
    for wrong in (
        "",
        "gain",
        "gain_total:x",
        "gain_total:0",
        "gain_total,gain_total",
        "minimax_regret(nothing)",
    ):
        with pytest.raises(ValueError):
            read(wrong)


def test_worlds_are_equal_groups_along_what_varies() -> None:
    table = np.zeros(50, [("a", "f8"), ("b", "f8")]).view(np.recarray)
    table["a"] = np.random.default_rng(1).permutation(50)
    found = worlds(table, 5)
    assert np.bincount(found).tolist() == [10] * 5
    order = np.argsort(table["a"])
    assert (np.diff(found[order]) >= 0).all() or (np.diff(found[order]) <= 0).all()
    assert set(objectives.names()) >= set(BASES)

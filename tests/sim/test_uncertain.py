"""Numbers of project types are fixed by name like parameters, run by run, and told
again as runs drew them."""

from __future__ import annotations

import numpy as np
import pytest
from village_alliances.sim import technology
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.loading import load
from village_alliances.sim.uncertain import drawn, numbers_of_types, split, with_numbers
from village_alliances.wording import table
from village_alliances.wording.numbers import UNITS

RUNS = np.arange(7, dtype=np.uint64)


def test_every_stated_number_has_a_name_with_its_range() -> None:
    numbers = numbers_of_types()
    stated = [f"{kind.name}.{name}" for kind in technology.shipped() for name in kind.numbers]
    assert list(numbers) == stated and len(stated) > 50
    rate = numbers["let.profit_rate"]
    number = technology.shipped()[0].numbers["profit_rate"]
    assert (rate.value, rate.low, rate.high, rate.scale) == (
        number.value,
        number.low,
        number.high,
        "log",
    )
    assert "：" in rate.zh and ":" in rate.en
    for name, quantity in numbers.items():
        parts = [part for part in quantity.unit.split("/") if part != "1"]
        assert quantity.unit in UNITS or {*parts} <= {*table("report.unit")}, name


@pytest.mark.parametrize("point", [True, False])
def test_what_is_drawn_is_told_in_the_units_of_the_file(point: bool) -> None:
    table = technology.draw(technology.shipped(), point, 3, RUNS)
    values = drawn(table)
    assert list(values) == list(numbers_of_types())
    if point:
        for name, quantity in numbers_of_types().items():
            np.testing.assert_allclose(values[name], quantity.value, rtol=1e-12, err_msg=name)
    again = technology.draw(with_numbers(technology.shipped(), values), point, 4, RUNS)
    for name in table.dtype.names:
        np.testing.assert_allclose(again[name], table[name], rtol=1e-12, err_msg=name)


@pytest.mark.usefixtures("compiled_model")
def test_each_run_has_its_own_number_whatever_the_blocks() -> None:
    values = np.linspace(0.05, 0.3, 7)
    fixed = {"let.profit_rate": values, "let.unit_cost": 1500.0, "discount": 0.07}
    asked = {"seed": 5, "mode": "prior", "years": 2, "fixed": fixed}
    together = run_ensemble(load("jinxi"), "strong_leads_weak", runs=RUNS, **asked)
    frame = drawn(together.technology)
    np.testing.assert_array_equal(frame["let.profit_rate"], values)
    np.testing.assert_array_equal(frame["let.unit_cost"], np.full(7, 1500.0))
    alone = run_ensemble(
        load("jinxi"),
        "strong_leads_weak",
        runs=RUNS[4:5],
        **{**asked, "fixed": {**fixed, "let.profit_rate": values[4]}},
    )
    np.testing.assert_array_equal(alone.series[0], together.series[4])
    usual = run_ensemble(load("jinxi"), "strong_leads_weak", runs=RUNS, **{**asked, "fixed": {}})
    assert (usual.outcome("mean_income") != together.outcome("mean_income")).any()


def test_unknown_and_impossible_numbers_are_refused() -> None:
    with pytest.raises(KeyError, match="no project type states"):
        with_numbers(technology.shipped(), {"let.profit": 0.1})
    with pytest.raises(ValueError, match="what is possible"):
        with_numbers(technology.shipped(), {"let.fail": np.array([0.1, 1.5])})
    assert split({"a": 1, "let.fail": 2}) == ({"a": 1}, {"let.fail": 2})

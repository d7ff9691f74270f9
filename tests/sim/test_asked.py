"""What scripts ask for is answered in a sentence, and what they get is a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from village_alliances.sim import region
from village_alliances.sim.asked import design_of, run_numbers
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.parameters import default_mode
from village_alliances.sim.problems import TableError
from village_alliances.sim.scenario import load

pytestmark = pytest.mark.usefixtures("compiled_model")
DESIGN = pd.DataFrame({
    "point": ["a", "a", "b", "b"], "run": [0, 1, 0, 1], "grant_per_village": [1e5, 1e5, 2e5, 2e5],
    "let.profit_rate": 0.05, "discount": [0.07, 0.08, 0.07, 0.08],
})  # fmt: skip


@pytest.mark.parametrize(
    "runs", [-1, 0, "x", 1.5, True, [], [-1], [0.5], pd.DataFrame({"run": [1]})]
)
def test_runs_that_are_none_are_refused_in_a_sentence(runs):
    with pytest.raises(ValueError, match=r"^runs: found .*; expected") as refused:
        run_numbers(runs)
    assert len(str(refused.value)) < 200


def test_numbers_of_runs_are_taken_as_they_stand():
    assert run_numbers(3).tolist() == [0, 1, 2]
    for given in ([5, 2], np.array([5.0, 2.0]), pd.Series([5, 2]), (5, 2)):
        assert run_numbers(given).tolist() == [5, 2]


def test_a_design_is_refused_with_every_problem_at_once():
    with pytest.raises(ValueError, match="grant_per_vilage") as refused:
        design_of(DESIGN.rename(columns={"grant_per_village": "grant_per_vilage"}).assign(discount="a"), load("jinxi"))  # fmt: skip
    assert "the nearest are grant_per_village" in str(refused.value)
    assert "column 'discount', row 0: 'a' is no number" in str(refused.value)


def test_each_row_of_a_design_is_the_run_that_it_says():
    place = load("jinxi")
    found = run_ensemble(place, "strong_leads_weak", design=DESIGN)
    alone = run_ensemble(
        place, "strong_leads_weak", runs=[1], levers={"grant_per_village": 2e5},
        fixed={"let.profit_rate": 0.05, "discount": 0.08},
    )  # fmt: skip
    assert found.series[3].tobytes() == alone.series[0].tobytes()
    table = found.frame()
    assert table.columns[:3].tolist() == ["run", "point", "grant_per_village"]
    assert table.point.tolist() == ["a", "a", "b", "b"] and set(NAMES) <= set(table.columns)
    np.testing.assert_array_equal(table.mean_income, found.outcome("mean_income"))
    every = found.frame(year=None)
    assert len(every) == 4 * (place.years + 1) and "year" in every
    assert repr(found).startswith("<Ensemble of 4 runs") and len(found._repr_html_()) < 5000


def test_villages_are_kept_at_the_end_of_every_year():
    place = load("jinxi")
    yearly = run_ensemble(place, "strong_leads_weak", runs=3, keep=("capacity",), every="year")
    last = run_ensemble(place, "strong_leads_weak", runs=3, keep=("capacity",))
    table = yearly.villages_frame()
    assert len(table) == 3 * (place.years + 1) * place.size
    end = table[table.year == place.years]
    np.testing.assert_array_equal(end.capacity, last.villages_frame().capacity)
    with pytest.raises(ValueError, match="keep="):
        run_ensemble(place, "none", runs=1).villages_frame()


def test_a_table_in_memory_is_read_as_a_file_of_it(tmp_path):
    frame = pd.DataFrame({
        "name": ["甲村", "乙村", "丙村"], "township": ["一镇"] * 3, "collective_income": [1e4, 2e5, None],
        "population": [500, 800, 600],
    })  # fmt: skip
    frame.to_csv(tmp_path / "table.csv", index=False)
    file, memory = (
        load(tmp_path / "table.csv", region="zibo"),
        load(frame, region=region.load("zibo")),
    )
    np.testing.assert_array_equal(file.ids, memory.ids)
    for name, column in file.numbers.items():
        np.testing.assert_array_equal(column.low, memory.numbers[name].low)
    with pytest.raises(TableError):
        load(frame.drop(columns="name"))


def test_a_region_of_one_s_own_is_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text((region.FOLDER / "ningbo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert region.load(path) == region.load("ningbo")
    path.write_text("name = 1\n", encoding="utf-8")
    with pytest.raises(TableError):
        region.load(path)


def test_each_row_has_its_own_calendar():
    place = load("jinxi")
    own = {
        "funding_cut_quarter": [-1.0, 4.0, -1.0, 8.0, -1.0], "market_quarter": [3.0, 3.0, -1.0, -1.0, 9.0],
        "market_shock": [-0.5, -0.5, 0.0, 0.0, -0.2], "formation": [0.0, 1.0, 1.0, 0.0, 1.0], "span": [4.0, 9.0, 4.0, 9.0, 4.0],
    }  # fmt: skip
    found = run_ensemble(place, "strong_leads_weak", design=pd.DataFrame(own), years=3, mode="prior")  # fmt: skip
    for run in range(5):
        levers = {name: values[run] for name, values in own.items()}
        alone = run_ensemble(
            place, "strong_leads_weak", runs=[run], levers=levers, years=3, mode="prior"
        )
        assert found.series[run].tobytes() == alone.series[0].tobytes()


def test_no_mode_is_the_default_mode_for_parameters_and_project_types_alike():
    place = load("jinxi", years=2)
    plain = run_ensemble(place, "enclave", runs=4)
    told = run_ensemble(place, "enclave", runs=4, mode=default_mode())
    assert plain.series.tobytes() == told.series.tobytes()
    assert plain.technology.tobytes() == told.technology.tobytes()

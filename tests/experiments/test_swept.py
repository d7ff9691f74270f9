"""A sweep from a script: a sample of one's own, outcomes of one's own, stored or in
memory, always the same rows."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from village_alliances.experiments import store
from village_alliances.experiments.reader import read_design
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.replay import replay
from village_alliances.experiments.store import Store
from village_alliances.experiments.sweep import carry_out
from village_alliances.sim.problems import TableError

import village_alliances as va

pytestmark = pytest.mark.usefixtures("compiled_model")
SAMPLE = pd.DataFrame({
    "grant_per_village": [0.0, 9e4, 18e4], "let.profit_rate": [0.03, 0.05, 0.08], "discount": 0.07,
    "market_quarter": [-1.0, 4.0, 8.0], "point": ["a", "b", "c"],
})  # fmt: skip
STRATEGIES = ["none", "strong_leads_weak"]


@va.outcome("villages", better=-1)
def poor(state):
    return (state.operating_income < 80_000).sum(axis=1)


def swept(**given):
    asked = {"sample": SAMPLE, "replicates": 2, "outcomes": poor, "years": 3, "series": ["poor"]}
    return va.sweep("jinxi", STRATEGIES, **{**asked, **given})


def test_every_point_meets_its_own_inputs_and_every_strategy_the_same_runs():
    frame = swept(rivals=["even"]).frame()
    assert len(frame) == 3 * 2 * 3 and frame.run_id.is_unique
    assert frame.discount.eq(0.07).all()
    alone = va.run_ensemble(
        va.load("jinxi", years=3), "strong_leads_weak", runs=[2, 3], outcomes=poor,
        levers={"grant_per_village": 9e4, "market_quarter": 4.0},
        fixed={"let.profit_rate": 0.05, "discount": 0.07},
    )  # fmt: skip
    mine = frame[(frame.strategy == "strong_leads_weak") & (frame.rival == "") & (frame.point == 1)]
    assert mine.run.tolist() == [2, 3]
    for name in ("mean_income", "gain_weak", "poor"):
        assert mine[name].tolist() == alone.outcome(name).tolist(), name
    assert [list(row) for row in mine.poor_by_year] == alone.trajectory("poor").tolist()


def test_memory_and_a_folder_hold_the_same_rows_and_the_same_call_goes_on(tmp_path):
    memory, stored = swept(), swept(out=tmp_path / "out", runs_a_part=4)
    pd.testing.assert_frame_equal(memory.frame(), stored.frame())
    (tmp_path / "out/parts/part-000000.parquet").unlink()
    pd.testing.assert_frame_equal(
        swept(out=tmp_path / "out", runs_a_part=4).frame(), memory.frame()
    )
    parts = pd.read_parquet(tmp_path / "out/parts")  # by any reader, without us
    pd.testing.assert_frame_equal(parts.fillna({"rival": ""}), memory.frame(), check_dtype=False)
    counted = duckdb.sql("select count(*) as runs from memory where strategy = 'none'").df()
    assert counted.runs.tolist() == [6]
    assert repr(stored).startswith("<Swept: 12 of 12 runs (0 failed) in ")
    with pytest.raises(Refused, match="another design"):
        swept(out=tmp_path / "out", runs_a_part=4, outcomes={"poor": lambda s: s.fund.sum(axis=1)})
    runs = memory.frame()
    assert replay(tmp_path / "out", runs.run_id.iloc[-1]).about["held_against_stored"]
    asked = Store(tmp_path / "out").asked()
    with pytest.raises(Refused, match="functions in memory"):
        carry_out(asked, tmp_path / "out")


def test_a_sweep_file_names_a_sample_and_outcomes_that_are_files(tmp_path):
    SAMPLE.to_csv(tmp_path / "points.csv", index=False)
    (tmp_path / "mine.py").write_text(
        "def poor(state):\n    return (state.operating_income < 80_000).sum(axis=1)\n", "utf-8"
    )
    (tmp_path / "sweep.toml").write_text(
        'scenarios = ["jinxi"]\nstrategies = ["none", "strong_leads_weak"]\nsample = "points.csv"\n'
        'own = "mine.py"\nreplicates = 2\nyears = 3\noutcomes = "all"\nseries = ["poor"]\n',
        "utf-8",
    )
    folder = tmp_path / "out"
    carry_out(read_design(tmp_path / "sweep.toml"), folder)
    frame = pd.read_parquet(folder / "parts")
    pd.testing.assert_frame_equal(store.read_runs(folder), swept().frame())
    for part in (folder / "parts").iterdir():
        part.unlink()
    carry_out(Store(folder).asked(), folder)  # from what the folder holds alone
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "parts"), frame)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sample": SAMPLE.rename(columns={"discount": "discont"})}, "discount"),
        ({"sample": SAMPLE.assign(discount=np.nan)}, "a finite number in every row"),
        ({"sample": SAMPLE.assign(grant_per_village=-1.0)}, "0 to 500000"),
        ({"sample": SAMPLE.assign(discount=90.0)}, "nothing else is possible"),
        ({"sample": SAMPLE.head(0)}, "a row a point"),
        ({"sample": 3}, "a table with named columns"),
        ({"points": 4}, "nothing beside a sample"),
        ({"outcomes": {"gini": poor}}, "an outcome of the model already"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_runs(given, message):
    with pytest.raises(TableError, match=message):
        swept(**given)


def test_an_outcome_that_fails_is_heard_of_at_once(tmp_path):
    with pytest.raises(AttributeError, match="operating_income"):
        swept(
            outcomes={"x": lambda state: state.operating_incomes}, series=(), out=tmp_path / "out"
        )
    assert not (tmp_path / "out").exists()


def test_rows_of_a_strategy_itself_are_not_lost_when_grouped_by_rival():
    sweep_result = va.sweep("jinxi", ["none", "culture"], rivals=["even"], replicates=2, years=1)
    counts = sweep_result.frame().groupby(["strategy", "rival"]).size()
    assert counts.to_dict() == {("none", ""): 2, ("culture", ""): 2, ("culture", "even"): 2}


def test_a_sample_that_counts_its_rows_otherwise_is_refused():
    sample = pd.DataFrame({"noise_sd": [0.05, 0.1]}, index=[10, 20])
    with pytest.raises(TableError, match="reset_index"):
        va.sweep("jinxi", ["culture"], sample=sample, years=1)


def test_replicates_are_not_called_runs():
    with pytest.raises(TypeError, match="replicates"):
        va.sweep("jinxi", ["culture"], runs=5)

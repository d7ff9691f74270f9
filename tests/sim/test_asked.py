"""What scripts ask for is answered in a sentence, and what they get is a table."""

from __future__ import annotations

import pickle
import re
import threading

import numpy as np
import pandas as pd
import pytest
from village_alliances.sim import region
from village_alliances.sim.asked import design_of, run_numbers
from village_alliances.sim.ensemble import blocks, on_threads, run_ensemble, run_together
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.model import AllianceModel
from village_alliances.sim.own import outcome, outcomes_of
from village_alliances.sim.parameters import default_mode
from village_alliances.sim.problems import TableError
from village_alliances.sim.quarter import QUARTER

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
    ensemble = run_ensemble(place, "strong_leads_weak", design=DESIGN)
    alone = run_ensemble(
        place, "strong_leads_weak", runs=[1], levers={"grant_per_village": 2e5},
        fixed={"let.profit_rate": 0.05, "discount": 0.08},
    )  # fmt: skip
    assert ensemble.series[3].tobytes() == alone.series[0].tobytes()
    table = ensemble.frame()
    assert table.columns[:3].tolist() == ["run", "point", "grant_per_village"]
    assert table.point.tolist() == ["a", "a", "b", "b"] and set(NAMES) <= set(table.columns)
    np.testing.assert_array_equal(table.mean_income, ensemble.outcome("mean_income"))
    every = ensemble.frame(year=None)
    assert len(every) == 4 * (place.years + 1) and "year" in every
    assert repr(ensemble).startswith("<Ensemble: 4 runs") and len(ensemble._repr_html_()) < 5000


def test_villages_by_year_are_a_long_table_kept_or_run_again():
    place = load("jinxi")
    yearly = run_ensemble(place, "strong_leads_weak", runs=3, keep=("capacity",), every="year")
    later = run_ensemble(place, "strong_leads_weak", runs=3)
    table = yearly.villages()
    assert list(table) == ["run", "village"] + ["capacity"] and len(table) == 3 * place.size
    table = yearly.villages(["capacity"], every="year")
    assert len(table) == 3 * (place.years + 1) * place.size
    pd.testing.assert_frame_equal(table, later.villages(["capacity"], every="year"))
    end = table[table.year == place.years].drop(columns="year").reset_index(drop=True)
    pd.testing.assert_frame_equal(end, yearly.villages())
    pd.testing.assert_frame_equal(end, later.villages("capacity"))
    with pytest.raises(ValueError, match="name columns"):
        later.villages()
    for wrong in (
        lambda: later.villages(["capacty"]),
        lambda: run_ensemble(place, "none", keep=("capacty",)),
    ):
        with pytest.raises(ValueError, match="capacity"):
            wrong()


@outcome("villages", better=-1)
def poor(state):
    return (state.operating_income < 80_000).sum(axis=1)


def test_an_outcome_of_one_s_own_stands_beside_the_others_in_any_block_and_in_a_live_model():
    def richer(state):
        return (state.operating_income - state.alone.operating_income).mean(axis=1)

    place = load("jinxi")
    options = {"outcomes": [poor, richer], "runs": 9, "rivals": ("even",)}
    ensembles = run_together(place, {"it": "strong_leads_weak"}, **options)
    it, even = ensembles.strategies["it"], ensembles.rivals["it"]["even"]
    np.testing.assert_allclose(it.outcome("richer"), it.outcome("gain_mean"), rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(even.outcome("richer"), even.outcome("gain_mean"), atol=1e-6)
    assert not ensembles.none.trajectory("richer").any()
    incomes = it.villages(["operating_income"], every="year")
    sentence = (incomes.operating_income < 80_000).groupby([incomes.run, incomes.year]).sum()
    assert sentence.unstack().to_numpy().tolist() == it.trajectory("poor").tolist()
    assert list(it.frame().columns[-2:]) == ["poor", "richer"]
    model = AllianceModel(place, "strong_leads_weak", run=4)
    while model.running:
        model.step()
    assert poor(model.state)[0] == it.outcome("poor")[4]
    assert richer(model.state)[0] == pytest.approx(it.outcome("richer")[4])


@pytest.mark.parametrize(
    ("outcomes", "message"),
    [
        ({"gini": poor}, "'gini' is an outcome"),
        ({"discount": poor}, "'discount' is an input"),
        ({"run": poor}, "'run' is a column"),
        ({"a b": poor}, "a word such as poor"),
        ({"rich": 3}, "found int; expected a function"),
        ([lambda state: 1], "a word such as poor"),
        ({"all_": lambda state: state.fund}, r"shape \(1, 5\); expected one number a run"),
    ],
)
def test_an_outcome_that_is_none_is_refused_in_a_sentence(outcomes, message):
    with pytest.raises(ValueError, match=message):
        run_ensemble(load("jinxi"), "none", runs=1, outcomes=outcomes)


def test_a_state_names_what_it_has():
    with pytest.raises(AttributeError, match="operating_income"):
        run_ensemble(load("jinxi"), "none", runs=1, outcomes={"x": lambda s: s.operating_incom})
    with pytest.raises(ValueError, match="read-only"):
        run_ensemble(load("jinxi"), "none", runs=1, outcomes={"x": lambda s: s.fund.fill(0)})


def test_a_file_of_outcomes_is_read_as_its_functions(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from village_alliances import outcome\n\nLINE = "
        "80_000\n\n\n@outcome('villages', better=-1)\n"
        "def poor(state):\n    return _under(state, LINE)\n\n\ndef _under(state, line):\n"
        "    return (state.operating_income < line).sum(axis=1)\n",
        encoding="utf-8",
    )
    place = load("jinxi")
    of_file = run_ensemble(place, "none", runs=3, outcomes=path)
    in_memory = run_ensemble(place, "none", runs=3, outcomes=poor)
    assert of_file.outcome("poor").tolist() == in_memory.outcome("poor").tolist()
    assert (of_file.about["poor"].unit, of_file.about["poor"].better) == ("villages", -1)
    first = outcomes_of(path)["poor"]
    assert pickle.loads(pickle.dumps(first)).fingerprint == first.fingerprint
    path.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="found no function"):
        outcomes_of(path)


def test_a_rule_of_one_s_own_acts_on_every_run_of_a_block():
    def gift(society, tick):
        society.accounts.fund[: society.villages.size] += 1000.0

    place = load("jinxi")
    rules = (*QUARTER, gift)
    ensemble = run_ensemble(place, "enclave", runs=4, rules=rules, mode="prior")
    model = AllianceModel(place, "enclave", run=2, rules=rules, mode="prior")
    while model.running:
        model.step()
    assert model.outcome("mean_income") == ensemble.outcome("mean_income")[2]
    plain = run_ensemble(place, "enclave", runs=4, mode="prior")
    assert (ensemble.outcome("reserves") != plain.outcome("reserves")).all()
    for wrong, place_of_it in (("flood", "rules"), (3, "rules"), ([1], "rules[0]")):
        with pytest.raises(ValueError, match=rf"^{re.escape(place_of_it)}: found"):
            run_ensemble(place, "none", runs=1, rules=wrong)


def test_small_calls_stay_on_one_thread_and_large_ones_share_a_pool():
    assert [len(blocks(np.arange(runs), 5, workers=4)) for runs in (5, 100, 400, 2000)] == [1, 1, 2, 4]  # fmt: skip
    seen, lock = set(), threading.Barrier(2, timeout=30)

    def work(part):
        seen.add(threading.get_ident())
        lock.wait()

    for _ in range(3):
        on_threads(work, [np.arange(1)] * 2, 2)
    assert len(seen) == 2 and threading.get_ident() in seen

    def fail(part):
        raise KeyError("x")

    with pytest.raises(KeyError):
        on_threads(fail, [np.arange(1)] * 5, 2)


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
    ensemble = run_ensemble(place, "strong_leads_weak", design=pd.DataFrame(own), years=3, mode="prior")  # fmt: skip
    for run in range(5):
        levers = {name: values[run] for name, values in own.items()}
        alone = run_ensemble(
            place, "strong_leads_weak", runs=[run], levers=levers, years=3, mode="prior"
        )
        assert ensemble.series[run].tobytes() == alone.series[0].tobytes()


def test_no_mode_is_the_default_mode_for_parameters_and_project_types_alike():
    place = load("jinxi", years=2)
    plain = run_ensemble(place, "enclave", runs=4)
    ensemble = run_ensemble(place, "enclave", runs=4, mode=default_mode())
    assert plain.series.tobytes() == ensemble.series.tobytes()
    assert plain.technology.tobytes() == ensemble.technology.tobytes()

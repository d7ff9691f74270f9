"""A planner's own history among the targets."""

from __future__ import annotations

import numpy as np
import pytest

from calibration import fit, history, targets
from calibration.cases import scenario_of
from sim.problems import TableError

GOOD = 'village,year,collective_income\n雷山村,2016,20000\n金峨村,2016,"1,500,000"\n雷山村,2017,60000\n金峨村,2017,1600000\n'


def put(folder, text):
    path = folder / "history.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_a_history_is_read_by_year_and_village(tmp_path):
    found = history.read(put(tmp_path, GOOD), scenario_of("jinxi"))
    assert found.income == {2016: {"雷山村": 20000.0, "金峨村": 1.5e6}, 2017: {"雷山村": 60000.0, "金峨村": 1.6e6}}


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("无此村,2016,1", ("2", "village", "无此村")),
        ("雷山村,1990,1", ("2", "year", "1990", "2015")),
        ("雷山村,2016,", ("2", "collective_income")),
        ("雷山村,2016,-5", ("2", "collective_income", "-5")),
        ("雷山村,2016,5\n雷山村,2016,5", ("3", "village", "once")),
        ("", ("row",)),
    ],
)
def test_every_fault_is_named_with_its_row(tmp_path, row, named):
    with pytest.raises(TableError) as caught:
        history.read(put(tmp_path, f"village,year,collective_income\n{row}\n"), scenario_of("jinxi"))
    for word in named:
        assert word in caught.value.message("en")
    assert caught.value.message("zh")


def test_wrong_columns_are_told(tmp_path):
    with pytest.raises(TableError) as caught:
        history.read(put(tmp_path, "村,年\n"), scenario_of("jinxi"))
    assert "collective_income" in caught.value.message("en")


def test_quantities_are_the_mean_log_and_the_slope():
    starts = np.array([[1e4, 1e5, 1e6]])
    assert history.quantities(starts, starts) == pytest.approx(np.array([[np.log(1e5), 1.0]]))
    caught_up = history.quantities(np.sqrt(starts * 1e5), starts)
    assert caught_up == pytest.approx(np.array([[np.log(1e5), 0.5]]))


def test_a_history_adds_two_columns_a_year_next_to_the_documents(tmp_path):
    shares = fit.sobol(32, 1)
    stated = np.random.default_rng(1).normal(size=(32, len(targets.TARGETS)))
    sample = fit.Sample(shares, stated, np.arange(32, dtype=np.uint64))
    more, aim = history.add(sample, "jinxi", put(tmp_path, GOOD), 1)
    assert more.stated.shape == (32, len(targets.TARGETS) + 4)
    assert (more.stated[:, : len(targets.TARGETS)] == stated).all()
    assert len(aim) == len(targets.TARGETS) + 4
    assert (aim[: len(targets.TARGETS)] == targets.stated()).all()
    assert np.isfinite(more.stated).all()

"""A planner's own history among the targets."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from calibration import fit, history, targets
from calibration.cases import scenario_of
from sim.parameters import POSTERIOR
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
    more, aim = history.add(sample, scenario_of("jinxi"), put(tmp_path, GOOD), 1)
    assert more.stated.shape == (32, len(targets.TARGETS) + 4)
    assert (more.stated[:, : len(targets.TARGETS)] == stated).all()
    assert len(aim) == len(targets.TARGETS) + 4
    assert (aim[: len(targets.TARGETS)] == targets.stated()).all()
    assert np.isfinite(more.stated).all()


def test_a_county_office_s_own_headings_units_and_encoding_are_read(tmp_path):
    path = tmp_path / "历年.csv"
    path.write_bytes("村名,年份,集体经济收入（万元）\n雷山村,2016年,2\n金峨村,2016,150\n".encode("gbk"))
    found = history.read(path, scenario_of("jinxi"))
    assert found.income == {2016: {"雷山村": 20000.0, "金峨村": 1.5e6}}


@pytest.mark.usefixtures("compiled_model")
def test_a_county_s_own_posterior_is_drawn_from_where_the_environment_names_it(tmp_path):
    own = tmp_path / "posterior.parquet"
    shutil.copy(POSTERIOR, own)
    shutil.copy(POSTERIOR.with_suffix(".toml"), own.with_suffix(".toml"))
    for file, code in ((own, 0), (tmp_path / "none.parquet", 2)):
        command = [sys.executable, "-m", "alliances.cli", "compare", "jinxi", "--runs", "4", "--out", str(tmp_path / "out")]
        done = subprocess.run(command, env={**os.environ, "VILLAGE_ALLIANCES_POSTERIOR": str(file)}, capture_output=True, text=True, timeout=300)
        assert done.returncode == code, done.stderr
    assert "none.parquet" in done.stderr

"""A planner's own history among the targets."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from village_alliances.calibration import fit, history, priors, validate
from village_alliances.calibration.cases import scenario_of
from village_alliances.interface.commands.validate import described
from village_alliances.sim.loading import load
from village_alliances.sim.outputs import document
from village_alliances.sim.parameters import POSTERIOR
from village_alliances.sim.problems import TableError

GOOD = 'village,year,collective_income\n雷山村,2016,20000\n金峨村,2016,"1,500,000"\n雷山村,2017,60000\n金峨村,2017,1600000\n'


def put(folder, text):
    path = folder / "history.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def by_name(path):
    scenario = scenario_of("jinxi")
    incomes = history.read_history(path, scenario).income
    return {
        year: {str(scenario.names[i]): value for i, value in income.items()}
        for year, income in incomes.items()
    }


def test_a_history_is_read_by_year_and_village(tmp_path):
    assert by_name(put(tmp_path, GOOD)) == {
        2016: {"雷山村": 20000.0, "金峨村": 1.5e6},
        2017: {"雷山村": 60000.0, "金峨村": 1.6e6},
    }


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("无此村,2016,1", ("2", "village", "无此村")),
        ("雷山村,1990,1000", ("2015 or later",)),
        ("雷山村,2016,5", ("5 yuan", "unit")),
        ("雷山村,9999,1", ("2", "year", "9999", "2015")),
        ("雷山村,①,1", ("2", "year", "①", "2015")),
        ("雷山村,201𐩀,1", ("2", "year", "201𐩀", "2015")),
        ("雷山村,2016,", ("2", "collective_income")),
        ("雷山村,2016,-5", ("2", "collective_income", "-5")),
        ("雷山村,2016,5\n雷山村,2016,5", ("3", "village", "once")),
        ("", ("row",)),
    ],
)
def test_every_fault_is_named_with_its_row(tmp_path, row, named):
    with pytest.raises(TableError) as caught:
        history.read_history(
            put(tmp_path, f"village,year,collective_income\n{row}\n"), scenario_of("jinxi")
        )
    for word in named:
        assert word in caught.value.message("en")
    assert caught.value.message("zh")


@pytest.mark.parametrize(
    "text",
    [
        "村名,2013年经营性收入(万元),2016年经营性收入(万元),2017年经营性收入(万元)\n雷山,1,2,6\n金峨村委会,140,150,160\n合计,141,152,166\n",
        "单位：万元,,,\n村名,2013,2016,2017\n雷山村民委员会,1,2,6\n金峨村,140,150,160\n",
        "村名,经营性收入(万元),,\n,2013年,2016年,2017年\n雷山村,-,2,6\n金峨村,140,150,160\n",
        "行政村,年度,村集体经济经营性收入(万元)\n"
        "金峨,2013年,140\n雷山,2016,2\n金峨村,2016,150\n雷山村,2017,6\n金峨村,2017年,160\n",
    ],
)
def test_years_may_be_columns_names_variants_and_the_first_years_early(tmp_path, text):
    path, scenario = put(tmp_path, text), scenario_of("jinxi")
    assert history.read_history(path, scenario).early == (2013,)
    assert by_name(path) == {
        2016: {"雷山村": 20000.0, "金峨村": 1.5e6},
        2017: {"雷山村": 60000.0, "金峨村": 1.6e6},
    }


def test_wrong_columns_are_told(tmp_path):
    with pytest.raises(TableError) as caught:
        history.read_history(put(tmp_path, "村,年\n"), scenario_of("jinxi"))
    assert "collective_income" in caught.value.message("en")


def test_quantities_are_the_mean_log_and_the_slope():
    starts = np.array([1e4, 1e5, 1e6])
    assert history.quantities(starts[None, :], starts) == pytest.approx(
        np.array([[np.log(1e5), 1.0]])
    )
    caught_up = history.quantities(np.sqrt(starts * 1e5)[None, :], starts)
    assert caught_up == pytest.approx(np.array([[np.log(1e5), 0.5]]))
    assert history.quantities(np.array([[3e4]]), np.array([1e4])) == pytest.approx(
        np.array([[np.log(3e4)]])
    )


def sample_of(count):
    """Sets of the prior that the documents tell nothing of."""
    sets = priors.sets(np.arange(count, dtype=np.uint64), 1)
    return fit.PriorSample(sets, np.zeros((count, 1)), ("documents",))


@pytest.mark.usefixtures("compiled_model")
def test_a_history_adds_a_column_next_to_the_documents_and_prefers_sets_that_grow_as_it_did(
    tmp_path,
):
    sample = sample_of(64)
    scenario = scenario_of("jinxi")

    def weighed(factor):
        rows = "".join(
            f"{name},{year},{int(120_000 * factor ** (year - 2014))}\n"
            for name in map(str, scenario.names)
            for year in (2016, 2018)
        )
        added = history.add(
            sample, scenario, put(tmp_path, "village,year,collective_income\n" + rows), 1
        )
        assert added.columns == ("documents", "history") and (added.likely[:, 0] == 0.0).all()
        assert np.isfinite(added.likely).all()
        return fit.infer(added)

    def typical(posterior):
        level = history.simulated(
            history.IncomeHistory({2018: dict.fromkeys(range(scenario.size), 1.0)}),
            scenario,
            posterior.sets,
            1,
        )[2018][0]
        return float(posterior.weight @ np.log(level[:, 0]).mean(axis=1))

    assert typical(weighed(1.6)) > typical(weighed(1.0))


@pytest.mark.usefixtures("compiled_model")
def test_the_years_of_a_county_are_checked_against_what_its_posterior_predicts(tmp_path):
    high = put(tmp_path, "village,year,collective_income\n雷山村,2016,900000\n")
    sets = sample_of(128).sets
    (result,) = history.check(sets, scenario_of("jinxi"), high, 1)
    assert (result.name, result.part, round(result.stated)) == ("2016", "own", 900000)
    assert result.low90 < result.median < result.high90 and result.miss == "model too low"
    (near,) = history.check(
        sets,
        scenario_of("jinxi"),
        put(tmp_path, f"village,year,collective_income\n雷山村,2016,{result.median:.0f}\n"),
        1,
    )
    assert near.in50 and near.median == result.median
    checked = validate.Validation([], [], [], own=[result, near])
    assert checked.coverage()["own"]["in90"] == 0.5
    assert "NaN" not in document(checked.plain()) and "held out" not in checked.coverage()
    assert "2016 年底各村集体收入" in "\n".join(described(checked, "zh"))


def test_a_county_office_s_own_headings_units_and_encoding_are_read(tmp_path):
    path = tmp_path / "历年.csv"
    path.write_bytes(
        "村名,年份,集体经济收入（万元）\n雷山村,2016年,2\n金峨村,2016,150\n".encode("gbk")
    )
    assert by_name(path) == {2016: {"雷山村": 20000.0, "金峨村": 1.5e6}}


def test_a_name_of_two_villages_is_asked_back(tmp_path):
    table = tmp_path / "villages.csv"
    table.write_text("村名,乡镇\n石桥村,东镇\n石桥村,西镇\n", encoding="utf-8")
    scenario = load(table, start=2016)
    with pytest.raises(TableError) as caught:
        history.read_history(
            put(tmp_path, "village,year,collective_income\n石桥村,2016,20000\n"), scenario
        )
    assert "石桥村（东镇）" in caught.value.message(
        "en"
    ) and "石桥村（西镇）" in caught.value.message("zh")
    history_read = history.read_history(
        put(tmp_path, "village,year,collective_income\n西镇/石桥村,2016,20000\n"), scenario
    )
    assert [str(scenario.places["township"][place]) for place in history_read.income[2016]] == [
        "西镇"
    ]


@pytest.mark.usefixtures("compiled_model")
def test_without_known_incomes_at_the_start_there_is_no_slope(tmp_path):
    """Medians of drawn incomes hardly differ, so a slope on them would be any number: twenty times
    what the model can do, say."""
    table = tmp_path / "villages.csv"
    table.write_text("村名\n" + "".join(f"村{n}\n" for n in range(6)), encoding="utf-8")
    scenario = load(table, start=2016)
    income = "".join(f"村{n},{year},{20000 * 3**n}\n" for n in range(6) for year in (2016, 2017))
    path = put(tmp_path, "village,year,collective_income\n" + income)
    read = history.read_history(path, scenario)
    for year, (level, start) in history.simulated(read, scenario, sample_of(1024).sets, 1).items():
        usual = np.median(start, axis=(0, 1))
        read_quantities = history.quantities(np.array([list(read.income[year].values())]), usual)
        assert read_quantities.shape == (1, 1) == history.quantities(level[:1, 0], usual).shape


@pytest.mark.usefixtures("compiled_model")
def test_a_county_s_own_posterior_is_drawn_from_where_the_environment_names_it(tmp_path):
    own = tmp_path / "posterior.parquet"
    shutil.copy(POSTERIOR, own)
    for name in ("posterior.toml", "posterior_types.parquet"):
        shutil.copy(POSTERIOR.with_name(name), tmp_path / name)
    for file, code in ((own, 0), (tmp_path / "none.parquet", 2)):
        command = [
            sys.executable,
            "-m",
            "village_alliances",
            "run",
            "jinxi",
            "--out",
            str(tmp_path / "out"),
        ]
        done = subprocess.run(
            command,
            env={**os.environ, "VILLAGE_ALLIANCES_POSTERIOR": str(file)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == code, done.stderr
    assert "none.parquet" in done.stderr

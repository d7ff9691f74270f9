"""Discovery: a planted box is found and honestly measured, noise is called noise, and what is
said fits what was counted."""

import json
import math
import os
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from village_alliances.experiments.discovery.boxes import Box
from village_alliances.experiments.discovery.files import write
from village_alliances.experiments.discovery.runs import AT_START, Runs, runs_of, stored
from village_alliances.experiments.discovery.search import search
from village_alliances.experiments.discovery.words import bound_in_words, name_of, unit_of, varied
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.requirement import RequirementError
from village_alliances.interface.cli import main
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import parameters
from village_alliances.sim.uncertain import numbers_of_types
from village_alliances.wording import MINUS
from village_alliances.wording.numbers import UNITS

NAMES = (
    "discount",
    "let.unit_cost",
    "cohesion_gain",
    "leaving_cost",
    "foresight",
    "start_mean_income",
)


def planted(fail_where, runs=4000, seed=1, noise=0.0):
    """Runs whose conditions are even between 0 and 1 and which fail where `fail_where(conditions)`,
    or by chance with `noise`."""
    luck = np.random.default_rng(seed)
    conditions = pd.DataFrame(luck.random((runs, len(NAMES))), columns=list(NAMES))
    fails = fail_where(conditions).to_numpy() | (luck.random(runs) < noise)
    outcomes = pd.DataFrame({"gain_mean": np.where(fails, -1.0, 1.0), "losers": np.zeros(runs)})
    return Runs(conditions, outcomes, "planted", "s", {"en": "S", "zh": "策略"})


def test_a_planted_box_is_found_with_its_bounds_and_measured_on_unseen_runs():
    result = search(
        planted(lambda c: (c["let.unit_cost"] < 0.3) & (c["leaving_cost"] > 0.6), noise=0.05),
        "gain_mean<=0",
    )
    assert result.verdict == "found" and set(result.box.bounds) == {"let.unit_cost", "leaving_cost"}
    low, high = result.box.bounds["let.unit_cost"]
    assert low == -np.inf and high == pytest.approx(0.3, abs=0.02)
    low, high = result.box.bounds["leaving_cost"]
    assert high == np.inf and low == pytest.approx(0.6, abs=0.02)
    inside = result.box.holds(result.runs.conditions) & result.held
    assert (
        result.box.inside == inside.sum()
        and result.box.failures_inside == (inside & result.fails).sum()
    )
    assert (
        result.box.runs == result.held.sum()
        and result.box.failures == (result.fails & result.held).sum()
    )
    assert result.box.density == pytest.approx(1.0, abs=0.05)
    assert result.box.coverage == pytest.approx(0.12 / (0.12 + 0.88 * 0.05), abs=0.06)


def test_what_one_bound_tells_is_not_told_with_three():
    result = search(planted(lambda c: c["cohesion_gain"] < 0.4, noise=0.03), "gain_mean<=0")
    assert list(result.box.bounds) == ["cohesion_gain"]
    assert result.box.bounds["cohesion_gain"][1] == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_three_bounds_are_found_among_a_hundred_quantities(seed):
    luck = np.random.default_rng(seed)
    names = list(parameters())
    conditions = pd.DataFrame(luck.random((4000, len(names))), columns=names)
    three = (
        (conditions[names[3]] < 0.5) & (conditions[names[10]] > 0.5) & (conditions[names[20]] < 0.6)
    )
    fails = (three & (luck.random(4000) < 0.7)) | (luck.random(4000) < 0.1)
    made = Runs(
        conditions,
        pd.DataFrame({"gain_mean": np.where(fails, -1.0, 1.0)}),
        "planted",
        "s",
        {"en": "S", "zh": "策略"},
    )
    result = search(made, "gain_mean<=0")
    assert set(result.box.bounds) == {names[3], names[10], names[20]}
    assert result.box.density == pytest.approx(
        0.7 + 0.3 * 0.1, abs=0.08
    )  # what the box was made with: no more, for it is of unseen runs


def test_counts_worked_by_hand():
    box = Box(
        {"a": (-np.inf, 2.0), "b": (1.0, 3.0)}, inside=50, failures_inside=36, runs=400, failures=72
    )
    conditions = pd.DataFrame({"a": [2.0, 2.1, 0.0, 0.0], "b": [3.0, 2.0, 1.0, 1.5]})
    assert box.holds(conditions).tolist() == [True, False, False, True]
    assert (box.density, box.coverage, box.base) == (0.72, 0.5, 0.18)
    assert box.band == pytest.approx(
        (0.583, 0.825), abs=0.001
    )  # Wilson's interval of 36 in 50, from its formula
    assert box.chance < 1e-12


@pytest.mark.parametrize("seed", range(8))
def test_noise_is_called_noise(seed):
    result = search(
        planted(lambda c: pd.Series(False, c.index), seed=seed, noise=0.2), "gain_mean<=0"
    )
    assert result.verdict == "nothing"
    assert "Nothing separates" in " ".join(result.sentences("en")) and "没有什么能" in "".join(
        result.sentences("zh")
    )


@pytest.mark.parametrize(
    ("noise", "verdict"), [(0.003, "few"), (0.0, "few"), (0.997, "many"), (1.0, "many")]
)
def test_too_few_failures_or_successes_are_said_to_be_too_few(noise, verdict):
    result = search(planted(lambda c: pd.Series(False, c.index), noise=noise), "gain_mean<=0")
    assert result.verdict == verdict and result.box is None
    for lang in ("en", "zh"):
        assert "50" in result.sentences(lang)[1]


def test_the_halves_hold_the_same_share_of_failures():
    result = search(planted(lambda c: c["let.unit_cost"] < 0.1), "gain_mean<=0")
    assert abs(int(result.held.sum()) - 2000) <= 1
    assert abs(result.fails[result.held].mean() - result.fails[~result.held].mean()) < 0.001


@pytest.mark.parametrize("seed", range(6))
def test_runs_that_share_their_luck_are_seen_together_or_not_at_all(seed):
    """Two hundred runs under twelve settings of a lever that does nothing, failing by luck alone:
    nothing to be found in them."""
    luck = np.random.default_rng(seed)
    kin = np.repeat(np.arange(200), 12)
    conditions = pd.DataFrame(
        {name: luck.random(200)[kin] for name in list(parameters())[:20]}
    ).assign(span=np.tile(np.arange(12.0), 200))
    outcomes = pd.DataFrame({"gain_mean": np.where(luck.random(200) < 0.3, -1.0, 1.0)[kin]})
    options = {"scenario": "x", "strategy": "s", "title": {"en": "S", "zh": "策略"}}
    assert search(Runs(conditions, outcomes, **options), "gain_mean<=0").verdict == "found", (
        "as if all runs were apart, noise is taken for a rule"
    )
    result = search(Runs(conditions, outcomes, **options, kin=kin), "gain_mean<=0")
    assert result.verdict == "nothing"
    assert (
        result.held.reshape(200, 12).all(axis=1) | ~result.held.reshape(200, 12).any(axis=1)
    ).all()
    assert (
        abs(result.held.mean() - 0.5) < 0.01
        and abs(result.fails[result.held].mean() - result.fails[~result.held].mean()) < 0.03
    )


def test_runs_that_share_their_luck_make_no_interval_narrow():
    box = Box(
        {"a": (-np.inf, 2.0)}, inside=500, failures_inside=360, runs=4000, failures=720, apart=0.1
    )
    alone = Box({"a": (-np.inf, 2.0)}, inside=50, failures_inside=36, runs=400, failures=72)
    assert box.band == alone.band and box.chance == alone.chance


def test_what_moves_in_lockstep_is_one_quantity_and_said_to_be():
    runs = planted(lambda c: c["let.unit_cost"] < 0.3)
    runs.conditions["orchard.unit_cost"] = 5 - 2 * runs.conditions["let.unit_cost"] ** 2
    result = search(runs, "gain_mean<=0")
    assert list(result.box.bounds) == ["let.unit_cost"] and result.companions["let.unit_cost"] == (
        "orchard.unit_cost",
    )
    for lang in ("en", "zh"):
        assert name_of("orchard.unit_cost", lang) in " ".join(result.sentences(lang))


def test_the_sentence_says_what_was_counted_in_both_languages():
    result = search(
        planted(lambda c: (c["let.unit_cost"] < 0.3) & (c["start_mean_income"] > 0.5), noise=0.05),
        "gain_mean<=0,losers>=1",
    )
    en, zh = " ".join(result.sentences("en")), "".join(result.sentences("zh"))
    assert f"fails in {result.fails.sum():,} of 4,000 runs" in en
    assert f"It fails in {100 * result.box.density:.0f} of 100 runs where" in en
    assert (
        f"against {100 * result.box.base:.0f} of 100 overall; this box covers "
        f"{result.box.coverage:.0%} of all failures" in en
    )
    assert (
        f"每 100 次模拟失败 {100 * result.box.density:.0f} 次" in zh
        and f"有 {result.box.coverage:.0%} 出现在这一范围" in zh
    )
    assert name_of("let.unit_cost", "en") in en and name_of("let.unit_cost", "zh") in zh
    assert "at the start is above" in en and "起始时的" in zh and ", or " in en


def test_bounds_carry_their_unit():
    assert bound_in_words(1080.0, unit_of("let.unit_cost"), "en") == "1,080 yuan/mu"
    assert bound_in_words(1080.0, unit_of("let.unit_cost"), "zh") == "1080 元/亩"
    assert (
        bound_in_words(0.1312, "1/year", "en") == "0.131 a year"
        and bound_in_words(0.1312, "1/year", "zh") == "每年 0.131"
    )
    assert (
        bound_in_words(354_000.0, "yuan", "zh") == "35.4 万元"
        and bound_in_words(0.706, "0..1", "en") == "0.706"
    )


def test_tiny_bounds_for_a_yuan_are_told_for_a_million():
    assert bound_in_words(4.7e-6, "jobs/yuan", "en") == "4.7 jobs per million yuan"
    assert bound_in_words(4.7e-6, "jobs/yuan", "zh") == "每百万元 4.7 个岗位"
    assert bound_in_words(999.7, "yuan/mu", "en") == "1,000 yuan/mu"


def read(said):
    """The number that a planner reads in a bound."""
    value = float(re.search(r"\d[\d,]*(?:\.\d+)?", said).group().replace(",", ""))
    large = {" 万": 1e4, " 亿": 1e8, "per million": 1e-6, "每百万元": 1e-6}
    return value * math.prod(size for word, size in large.items() if word in said)


@given(
    size=st.floats(1e-9, 1e11),
    sign=st.sampled_from([-1, 1]),
    unit=st.sampled_from(sorted({unit_of(name) for name in varied()} | set(UNITS))),
    lang=st.sampled_from(["en", "zh"]),
)
def test_a_bound_reads_as_it_is_and_without_an_exponent(size, sign, unit, lang):
    said = bound_in_words(sign * size, unit, lang)
    assert not re.search(r"\de[-−+]?\d", said)
    assert read(said) == pytest.approx(size, rel=0.01)
    assert (MINUS in said) == (sign < 0)


def test_bad_questions_are_refused():
    runs = planted(lambda c: c["let.unit_cost"] < 0.3)
    with pytest.raises(RequirementError):
        search(runs, "gain<=0")
    with pytest.raises(Refused, match="do not hold gini"):
        search(runs, "gini>0.5")
    runs.conditions.loc[:, :] = 1.0
    with pytest.raises(Refused, match="nothing varies"):
        search(runs, "gain_mean<=0")


def test_figures_and_files(tmp_path):
    result = search(
        planted(lambda c: (c["let.unit_cost"] < 0.3) & (c["leaving_cost"] > 0.6), noise=0.05),
        "gain_mean<=0",
    )
    for lang in ("en", "zh"):
        files = {path.name for path in write(result, tmp_path / lang, lang)}
        assert files == {"boxes.csv", "discovery.json", "discovery.svg", "discovery.png"}
        drawing = (tmp_path / lang / "discovery.svg").read_text(encoding="utf-8")
        assert name_of("leaving_cost", lang)[-6:] in drawing
    body = json.loads((tmp_path / "en" / "discovery.json").read_text(encoding="utf-8"))
    assert (
        body["box"]["inside"] == result.box.inside
        and body["box"]["bounds"]["let.unit_cost"]["above"] is None
    )
    tried = pd.read_csv(tmp_path / "en" / "boxes.csv")
    assert tried["bounds"].max() <= 3 and len(tried) == len(result.tried)


@pytest.mark.usefixtures("compiled_model")
def test_runs_of_the_model_know_parameters_and_the_start(tmp_path):
    from village_alliances.experiments.compare import compare
    from village_alliances.experiments.export import write as write_comparison

    runs = runs_of(load("jinxi"), "strong_leads_weak", runs=60, seed=3, mode="prior")
    assert set(parameters()) | set(numbers_of_types()) <= set(runs.conditions)
    assert len(runs.conditions) == 60
    comparison = compare(
        load("jinxi"),
        ["none", "strong_leads_weak"],
        runs=60,
        seed=3,
        mode="prior",
        rivals=(),
    )
    made = comparison.ensembles["strong_leads_weak"]
    np.testing.assert_array_equal(runs.outcomes["gain_weak"], made.outcome("gain_weak"))
    np.testing.assert_array_equal(runs.conditions["start_ability"], made.outcome("ability", 0))
    write_comparison(comparison, tmp_path, "en")
    again = stored(tmp_path)
    pd.testing.assert_frame_equal(again.conditions[list(runs.conditions)], runs.conditions)
    pd.testing.assert_frame_equal(again.outcomes[list(runs.outcomes)], runs.outcomes)


@pytest.mark.usefixtures("compiled_model")
def test_runs_of_a_sweep_are_read_with_levers_and_what_it_kept(tmp_path):
    from village_alliances.experiments.design import Sweep
    from village_alliances.experiments.reader import expand
    from village_alliances.experiments.sweep import carry_out

    made = expand(
        Sweep(
            scenarios=("jinxi",),
            strategies=("none", "culture"),
            replicates=8,
            years=2,
            keep_parameters=("let.unit_cost", "ordinary_money"),
            parameters="prior",
            series=("mean_income",),
            levers={"span": [4, 9]},
            outcomes=("gain_mean",),
            rivals=("even",),
        )
    )
    carry_out(made, tmp_path / "out", workers=1)
    runs = stored(tmp_path / "out")
    assert runs.kin.tolist() == [*range(8), *range(8)], (
        "run 3 of one setting of the lever and of the other have the same luck"
    )
    assert runs.strategy == "culture" and set(runs.conditions) == {
        "let.unit_cost",
        "ordinary_money",
        "span",
        "start_mean_income",
    }
    assert len(runs.outcomes) == 16
    with pytest.raises(Refused, match="which strategy"):
        stored(tmp_path / "out", "project")
    with pytest.raises(Refused, match="neither a sweep"):
        stored(tmp_path)


def test_of_a_sweep_over_several_scenarios_one_is_looked_at(tmp_path, capsys):
    from village_alliances.experiments.design import Sweep
    from village_alliances.experiments.reader import expand
    from village_alliances.experiments.sweep import carry_out

    carry_out(
        expand(
            Sweep(scenarios=("jinxi", "chunhu"), strategies=("culture",), replicates=60, years=2)
        ),
        tmp_path / "out",
        workers=1,
    )
    with pytest.raises(Refused, match="--scenario with one of jinxi, chunhu"):
        stored(tmp_path / "out")
    runs = stored(tmp_path / "out", scenario="chunhu")
    assert (runs.scenario, len(runs.outcomes), runs.kin.size) == ("chunhu", 60, 0)
    assert (
        main(
            [
                "discovery",
                str(tmp_path / "out"),
                "--scenario",
                "chunhu",
                "--out",
                str(tmp_path / "box"),
                "--lang",
                "en",
            ]
        )
        == 0
    )
    assert "Chunhu peach villages" in capsys.readouterr().out


@pytest.mark.parametrize("file", ["runs.parquet", "series.parquet", "compare.json"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "garbage", "of another"])
def test_a_folder_that_is_no_whole_comparison_is_refused_in_words(tmp_path, file, kind):
    runs = {"run": [0], "strategy": ["s"], "status": ["SUCCEEDED"], "gain_mean": [1.0]}
    pd.DataFrame(runs).to_parquet(tmp_path / "runs.parquet")
    series = {"run": [0], "strategy": ["s"], "year": [2015]} | {key: [1.0] for key in AT_START}
    pd.DataFrame(series).to_parquet(tmp_path / "series.parquet")
    about = {"scenario": {"name": "x"}, "strategies": {"s": {"title": {"en": "S", "zh": "策略"}}}}
    (tmp_path / "compare.json").write_text(json.dumps(about), encoding="utf-8")
    assert stored(tmp_path).scenario == "x"
    path = tmp_path / file
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "garbage":
        path.write_bytes(b"\xff{[")
    elif file == "compare.json":
        path.write_text("{}")
    else:
        pd.DataFrame({"run": [7]}).to_parquet(path)
    with pytest.raises(Refused) as refused:
        stored(tmp_path)
    assert refused.value.message("zh") and str(tmp_path) in refused.value.message("en")

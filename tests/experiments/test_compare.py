"""Comparisons: paired, fair in money, honest about what they show, and written whole."""

import hashlib
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from village_alliances.experiments import compare as comparing
from village_alliances.experiments import export, files, gains, origin, report, statistics
from village_alliances.experiments.alternatives import load as partitions
from village_alliances.experiments.answer.comparison import (
    answer_of,
    evidence_of,
    inquiry_of,
    projects_of,
    unknowns_of,
)
from village_alliances.experiments.compare import ask, compare
from village_alliances.experiments.comparison import Question
from village_alliances.experiments.imputation import imputed
from village_alliances.experiments.specs import labelled
from village_alliances.experiments.tables import COLUMNS, OF_ALLIANCES
from village_alliances.experiments.verdict import verdict, warnings
from village_alliances.sim import ensemble, technology
from village_alliances.sim.building import draw_villages, parameters_of
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.loading import load, names
from village_alliances.sim.metrics import MAIN, NAMES, OUTCOMES
from village_alliances.sim.model import AllianceModel
from village_alliances.sim.parameters import default_mode, parameters
from village_alliances.sim.provenance import fingerprint
from village_alliances.sim.quarter import QUARTER
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.scenario import documented
from village_alliances.sim.strategy import DOCUMENTED, StrategyError, shipped

pytestmark = pytest.mark.usefixtures("compiled_model")
STRATEGIES = ("none", "strong_leads_weak", "industry_chain")
RUNS = 24


@pytest.fixture(scope="module")
def comparison():
    return compare(
        load("jinxi"),
        STRATEGIES,
        runs=RUNS,
        mode="prior",
        require="public_cost<=1e6,gain_weak>0",
        parts=True,
    )


def rows(frame, **wanted):
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    return frame


def test_the_table_has_a_row_for_every_strategy_and_outcome(comparison):
    assert tuple(comparison.table.columns) == COLUMNS
    assert list(comparison.table.strategy.unique()) == list(STRATEGIES)
    assert set(comparison.table.outcome) == set(NAMES)
    assert len(comparison.table) == len(STRATEGIES) * len(NAMES)
    assert (comparison.table.n == RUNS).all()


def test_the_table_says_what_the_runs_say(comparison):
    values, base = (
        comparison.ensembles[s].outcome("gain_weak") for s in ("industry_chain", "none")
    )
    row = comparison.row("industry_chain", "gain_weak")
    assert [row["median"], row.p05, row.p95] == pytest.approx(np.percentile(values, [50, 5, 95]))
    assert [row.diff_median, row.diff_p05, row.diff_p95] == pytest.approx(
        np.percentile(values - base, [50, 5, 95])
    )
    assert row.p_better == pytest.approx(np.mean(values > base) + np.mean(values == base) / 2)


def test_the_baseline_ties_with_itself(comparison):
    base = rows(comparison.table, strategy="none")
    assert (base[["diff_median", "diff_p05", "diff_p95"]] == 0).all(axis=None)
    directed = base.outcome.map({o.name: o.better for o in OUTCOMES}) != 0
    assert (base.p_better[directed] == 0.5).all()
    assert base.p_better[~directed].isna().all()


def test_without_alliances_nobody_gains(comparison):
    assert (rows(comparison.who, strategy="none")[["median", "p05", "p95", "loses"]] == 0).all(
        axis=None
    )


@pytest.mark.parametrize("strategy", STRATEGIES[1:])
@pytest.mark.parametrize("rival", RIVALS)
def test_a_rival_spends_the_same_run_by_run(comparison, strategy, rival):
    own, opponent = comparison.ensembles[strategy], comparison.rivals[strategy][rival]
    assert opponent.outcome("public_cost") == pytest.approx(own.outcome("public_cost"))
    assert opponent.outcome("alliances").max() == 0
    assert opponent.outcome("gain_mean").max() > 0
    row = rows(comparison.against, strategy=strategy, rival=rival, outcome="gain_weak").iloc[0]
    difference = own.outcome("gain_weak") - opponent.outcome("gain_weak")
    assert row.diff_median == pytest.approx(np.median(difference))
    assert row.p_better == pytest.approx(np.mean(difference > 0) + np.mean(difference == 0) / 2)


def test_the_baseline_without_alliances_has_no_rival(comparison):
    assert set(comparison.against.strategy) == set(comparison.rivals) == set(STRATEGIES[1:])
    assert comparison.named_rivals == RIVALS


def test_strategies_of_the_same_institutions_are_one_strategy_and_that_is_said():
    twins = ["none", "enclave", "resource_complement", "project"]
    c = compare(load("jinxi"), twins, runs=6, mode="prior")
    assert c.same == (("enclave", "resource_complement"),)
    assert c.ensembles["enclave"] is c.ensembles["resource_complement"]
    assert [option.name for option in evidence_of(c).options] == ["enclave", "project"]
    assert "by another name" in verdict(c, "en") and "实为同一策略" in verdict(c, "zh")
    assert any("the same institutions" in warning for warning in warnings(c, "en"))


def test_project_types_of_ones_own_reach_every_run(tmp_path):
    path = tmp_path / "ours.toml"
    wages = """unit = "1/year"\nkind = "assumption"\nreason = "a test"\n"""
    numbers = f'value = 1.0\nlow = 0.9\nhigh = 1.1\ndistribution = "uniform"\n{wages}'
    path.write_text(f"[enclave.profit_rate]\n{numbers}", encoding="utf-8")
    asked = {"runs": 6, "mode": "point", "rivals": ("even",)}
    own, shipped_ones = (
        compare(load("jinxi"), STRATEGIES[:2], types=t, **asked) for t in (path, None)
    )
    assert own.none.technology["profit_rate"][0, 6] == 1.0
    assert (own.none.outcome("mean_income") > shipped_ones.none.outcome("mean_income")).all()
    assert own.id != shipped_ones.id and f"--technology {path}" in origin.command(own)
    assert origin.inputs(own)["technology"]["path"] == str(path)
    assert own.question.technology == str(path)
    with pytest.raises(technology.TechnologyError):
        compare(load("jinxi"), STRATEGIES[:2], types=tmp_path / "none.toml", **asked)


def test_strategies_of_the_same_alliances_are_run_together(monkeypatch):
    asked = []

    def counted(scenario, portfolios, **options):
        asked.append((list(portfolios), options["rivals"]))
        return ensemble.run_together(scenario, portfolios, **options)

    monkeypatch.setattr(comparing, "run_together", counted)
    seen = []
    compare(
        load("jinxi"),
        STRATEGIES,
        runs=8,
        mode="prior",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert asked == [(list(STRATEGIES), RIVALS)]
    assert seen[-1] == (8, 8)


def test_probabilities_of_being_best_sum_to_one(comparison):
    sums = comparison.best.groupby("outcome").p_best.sum()
    assert sums.to_numpy() == pytest.approx(np.ones(len(sums)))
    assert (comparison.best.expected_regret >= 0).all()
    assert comparison.best.groupby("outcome").minimax.any().all()
    assert set(comparison.best.outcome) == {o.name for o in OUTCOMES if o.better}


def test_requirements_are_shares_of_runs(comparison):
    cheap = comparison.ensembles["industry_chain"].outcome("public_cost") <= 1e6
    gains = comparison.ensembles["industry_chain"].outcome("gain_weak") > 0
    table = rows(comparison.satisfied, strategy="industry_chain").set_index("requirement").share
    assert table["public_cost<=1000000"] == cheap.mean()
    assert table["all"] == (cheap & gains).mean()


def test_cost_counts_all_money_and_all_villages_lifted(comparison):
    asked = {"runs": 24, "mode": "prior", "rivals": (), "levers": {"campaign_floor": 0.0}}
    helpless = compare(load("jinxi"), ["none", "mutual_aid"], **asked)
    row = rows(helpless.cost, strategy="mutual_aid").iloc[0]
    ensemble = helpless.ensembles["mutual_aid"]
    spent, lifted = (ensemble.outcome(o).sum() for o in ("public_cost", "weak_lifted"))
    assert lifted > 0 and row.cost_per_lifted == pytest.approx(spent / lifted)
    assert np.isnan(rows(comparison.cost, strategy="none").cost_per_lifted.iloc[0])


def test_precision_covers_every_main_difference(comparison):
    assert list(comparison.precision.outcome) == list(MAIN) * (len(STRATEGIES) - 1)
    row = rows(comparison.precision, strategy="industry_chain", outcome="gain_weak").iloc[0]
    difference = comparison.difference("industry_chain", "gain_weak")
    assert row.within == pytest.approx(0.1 * abs(difference.mean()))
    assert row.runs_needed == statistics.runs_needed(difference, row.within)


def test_parts_add_up_to_the_gain(comparison):
    for strategy in STRATEGIES[1:]:
        table = rows(comparison.parts, strategy=strategy)
        assert list(table.part) == list(gains.PARTS)
        whole = comparison.ensembles[strategy].outcome("gain_weak").mean()
        assert table["mean"].sum() == pytest.approx(whole)


def test_an_institution_adds_what_is_lost_with_the_plainest_one(comparison):
    table = rows(comparison.institutions, strategy="strong_leads_weak").set_index("institution")
    assert list(table.index) == ["mentoring", "posting"]  # whom it allies is given in jinxi
    plainer = shipped("strong_leads_weak").model_copy(update={"measures": ("posting",)})
    without = ensemble.run_ensemble(load("jinxi"), plainer, runs=RUNS, mode="prior")
    whole = comparison.ensembles["strong_leads_weak"].outcome("gain_weak")
    lost = whole - without.outcome("gain_weak")
    assert table.loc["mentoring", "mean"] == pytest.approx(lost.mean())


def test_projects_are_those_that_alliances_begin(comparison):
    table = projects_of(comparison, "strong_leads_weak")
    assert len(table) and set(table.who) == {"given"}
    assert (table.begun > 0).all() and (table.begun <= 1).all()
    assert projects_of(comparison, "strong_leads_weak") is table


def test_what_was_drawn_counts_every_village_once(comparison):
    counted = comparison.imputed[["known", "bounded", "drawn"]].sum(axis=1)
    assert (counted == 5).all()
    assert {"volume", "roofs"} <= set(comparison.imputed.column) and "developed_land" not in set(
        comparison.imputed.column
    )
    income = rows(comparison.imputed, column="collective_income").iloc[0]
    assert (income.known, income.bounded, income.drawn) == (0, 2, 3)
    assert rows(comparison.imputed, column="population").total.iloc[0] == 4397
    assert (comparison.imputed.source[comparison.imputed.drawn > 0] != "").all()


def test_what_blanks_are_drawn_from_has_moved_with_the_trend(tmp_path):
    path = tmp_path / "names.csv"
    path.write_text("村名\n" + "".join(f"村{n}\n" for n in range(40)), encoding="utf-8")
    scenario = load(path, region="ningbo", start=2024)
    sources = imputed(scenario).set_index("column").source
    assert (
        "median 206,000 yuan (107,000 yuan at the end of 2014, carried on at about 7.56% a year)"
        in sources["collective_income"]
    )
    assert (
        "（2014 年底为 2.38 万元，按每年约 8.06% 推算）"
        in imputed(scenario, "zh").set_index("column").source["villager_income"]
    )
    assert "median 950, 100 to 6,000" in sources["population"]
    numbers = np.arange(100, dtype=np.uint64)
    villages, _, _ = draw_villages(
        scenario, 1, numbers, parameters_of(scenario, "point", 1, numbers), "point"
    )
    assert np.median(villages.population) == pytest.approx(950, rel=0.08)
    assert np.median(villages.start_income) == pytest.approx(206_000, rel=0.1)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_names_strategy_range_and_cost(comparison, lang):
    verdict_of = verdict(comparison, lang)
    assert any(comparison.title(s, lang) in verdict_of for s in STRATEGIES[1:])
    assert {"en": "of public money in", "zh": "财政专项资金"}[lang] in verdict_of
    assert {"en": "nine simulations in ten", "zh": "十次模拟中约有九次"}[lang] in verdict_of
    assert {"en": "60,000 yuan a member", "zh": "每个成员村每年 6 万元"}[lang] in verdict_of
    assert "{" not in verdict_of and "nan" not in verdict_of


def test_the_answer_says_whom_it_speaks_of(comparison):
    assert "villages that began weak" in verdict(comparison, "en")
    rich = compare(
        load("sanshi-wudi"), ["none", "industry_chain"], runs=20, mode="prior", rivals=()
    )
    assert "the poorest fifth" in verdict(rich, "en") and "收入最低的五分之一村" in verdict(
        rich, "zh"
    )


def test_the_answer_is_made_of_the_runs(comparison):
    e = evidence_of(comparison)
    assert [o.name for o in e.options] == list(STRATEGIES[1:])
    for option in e.options:
        assert np.array_equal(
            option.values, comparison.ensembles[option.name].outcome("gain_weak"), equal_nan=True
        )
        assert set(option.rivals) == set(RIVALS)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_does_not_crown_a_strategy_that_never_helps(lang):
    scenario = load("jinxi")
    late = replace(scenario, given=tuple(replace(g, founded=100) for g in scenario.given))
    comparison = compare(late, ["none", "strong_leads_weak"], runs=6, mode="point")
    assert answer_of(comparison).plain()["headline"]["kind"] == "tied"
    assert {"en": "It makes no difference", "zh": "没有差别"}[lang] in verdict(comparison, lang)
    assert any(
        {"en": "after the horizon", "zh": "模拟期结束后"}[lang] in warning
        for warning in warnings(comparison, lang)
    )


@pytest.mark.skipif(default_mode() == "prior", reason="no calibration is shipped")
def test_the_answer_holds_calibrated_runs_against_the_whole_range():
    comparison = compare(load("jinxi"), STRATEGIES[:2], runs=120, mode="posterior", rivals=())
    assert set(comparison.prior) == set(STRATEGIES[:2])
    sure = answer_of(comparison).plain()["sure"]
    assert sure["rests_on"] in ("holds", "moved", "few")
    bare = compare(
        load("jinxi"), STRATEGIES[:2], runs=120, mode="posterior", rivals=(), prior=False
    )
    assert answer_of(bare).plain()["sure"]["rests_on"] == "unchecked"


def test_what_is_worth_finding_out_is_asked_of_blanks_and_parameters():
    comparison = compare(load("jinxi"), STRATEGIES, runs=120, mode="prior", rivals=())
    unknowns = list(unknowns_of(comparison))
    names = [unknown.name for unknown in unknowns]
    assert len(set(names)) == len(names) and "type enclave" in names
    parts = [part.name for unknown in unknowns for part in unknown.parts]
    assert "idle_land" in names and any(name.startswith("idle_land ") for name in parts)
    assert not any(name.startswith(("ability ", "capacity ")) for name in [*names, *parts])
    for unknown in unknowns:
        assert len(unknown.values) == 120
        for lang in ("en", "zh"):
            assert (
                unknown.question[lang].endswith(("?", "？")) and "{" not in unknown.question[lang]
            )
    several = next(unknown for unknown in unknowns if unknown.name == "idle_land")
    assert several.question["en"].startswith("How many mu lie idle in each of the ")
    assert several.question["zh"].endswith("个村，各村有多少亩闲置土地？")
    assert several.title["zh"].endswith(" 个村的闲置土地") and several.title != several.question
    assert inquiry_of(comparison).runs == 120 and answer_of(comparison, in_full=True).questions


@pytest.mark.skipif(default_mode() == "prior", reason="no calibration is shipped")
def test_without_the_prior_all_else_is_the_same():
    counts = []
    asked = {"runs": 8, "mode": "posterior", "rivals": ()}
    whole = compare(load("jinxi"), STRATEGIES, **asked)
    quick = compare(
        load("jinxi"),
        STRATEGIES,
        prior=False,
        progress=lambda done, total: counts.append(total),
        **asked,
    )
    assert whole.best_prior is not None and quick.best_prior is None
    assert set(counts) == {8}
    pd.testing.assert_frame_equal(whole.table, quick.table)
    pd.testing.assert_frame_equal(whole.best, quick.best)


def _failing(monkeypatch, year):
    """Let these runs fail under every strategy and rival."""

    def failing(*arguments, **options):
        ensembles = ensemble.run_together(*arguments, **options)
        beside = (value for them in ensembles.rivals.values() for value in them.values())
        for strategy in (ensembles.none, *ensembles.strategies.values(), *beside):
            strategy.status[year] = 1
        return ensembles

    monkeypatch.setattr(comparing, "run_together", failing)


def test_failed_runs_are_left_out_counted_and_told(monkeypatch):
    _failing(monkeypatch, 3)
    comparison = compare(load("jinxi"), ["none", "strong_leads_weak"], runs=10, mode="prior")
    assert comparison.failed == 2 + len(RIVALS)
    assert (comparison.table.n == 9).all()
    assert "7 of 70 runs failed" in warnings(comparison, "en")[0]
    stored = export.runs(comparison)
    assert (stored.status == "FAILED").sum() == 2
    assert stored[stored.status == "FAILED"].gain_weak.isna().all()


def test_if_every_run_fails_it_says_so(monkeypatch):
    _failing(monkeypatch, slice(None))
    comparison = compare(load("jinxi"), ["none", "strong_leads_weak"], runs=3, mode="prior")
    assert verdict(comparison, "en") == "No simulation succeeded, so nothing can be said."
    assert comparison.table["median"].isna().all()


def test_more_runs_keep_the_first_ones(comparison):
    fewer = compare(load("jinxi"), STRATEGIES[:2], runs=7, mode="prior", rivals=())
    assert not len(fewer.against) and fewer.rivals == {}
    assert np.array_equal(
        fewer.ensembles["strong_leads_weak"].outcome("gain_mean"),
        comparison.ensembles["strong_leads_weak"].outcome("gain_mean")[:7],
    )


def test_levers_reach_every_ensemble():
    poor = compare(
        load("jinxi"),
        ["none", "strong_leads_weak"],
        runs=5,
        mode="prior",
        levers={"grant_per_village": 0.0},
    )
    assert poor.ensembles["strong_leads_weak"].outcome("public_cost").max() == 0
    assert poor.rivals["strong_leads_weak"]["even"].outcome("gain_mean").max() == 0


def test_strategies_are_labelled_and_named_once():
    scenario = load("jinxi")
    assert list(labelled({"a": "none", "b": "none"}, scenario)) == ["a", "b"]
    for wrong in (["none", "none"], [], ["nothing"], ["industry_chain:1,culture:1"]):
        with pytest.raises(StrategyError):
            labelled(wrong, scenario)


def test_documented_takes_each_alliance_as_the_scenario_says():
    assert documented(load("jinxi")).default.name == "strong_leads_weak"
    several = load("yanya")
    portfolio = documented(several)
    stated = {given.strategy for given in several.given}
    assert {portfolio.by[given.name["zh"]].name for given in several.given} == stated
    alone = replace(load("jinxi"), given=())
    with pytest.raises(StrategyError, match="documented"):
        documented(alone)


def test_a_question_gives_the_same_answer_and_has_an_id():
    question = Question("jinxi", ("none", "industry_chain"), runs=5, mode="prior")
    first, again = ask(question), ask(question)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert first.id == again.id == ask(first.question).id
    assert question.id == replace(question).id != replace(question, seed=2).id
    assert first.id != ask(replace(question, strategies=("none", "culture"))).id


def test_an_own_strategy_of_a_shipped_name_has_another_id(tmp_path):
    path = tmp_path / "industry_chain.toml"
    path.write_text('name = "industry_chain"\nsharing = "equal"\n', encoding="utf-8")
    own, theirs = (
        compare(load("jinxi"), [s], runs=2, mode="point", rivals=())
        for s in (str(path), "industry_chain")
    )
    assert own.strategies == theirs.strategies
    assert own.id != theirs.id


# --- files


@pytest.fixture(scope="module")
def written(comparison, tmp_path_factory):
    out = tmp_path_factory.mktemp("written")
    return out, export.write(comparison, out, "zh")


def test_every_file_is_there_and_nothing_unfinished(written):
    out, paths = written
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert there == {path.relative_to(out).as_posix() for path in paths}
    assert {
        "comparison.csv",
        "rivals.csv",
        "runs.parquet",
        "series.parquet",
        "comparison.xlsx",
        "compare.json",
        "report.html",
    } <= there
    charts = {name.rsplit(".", 1)[0] for name in there if name.startswith("figures/")}
    assert len(charts) > 8
    assert {f"{chart}.{kind}" for chart in charts for kind in ("svg", "png", "csv")} <= there


def test_the_data_of_every_chart_are_there_in_words(written):
    for path in (written[0] / "figures").glob("*.csv"):
        frame = pd.read_csv(path)
        assert len(frame), path.name
        assert not [name for name in frame.columns if re.search("[a-z]{4}", name)], path.name


def test_comparison_csv_has_exactly_the_promised_columns(written, comparison):
    header = (written[0] / "comparison.csv").read_text(encoding="utf-8").splitlines()[0]
    columns = "strategy,outcome,unit,n,median,p05,p95,diff_median,diff_p05,diff_p95,p_better"
    assert list(comparison.table.columns) == columns.split(",")
    assert header.startswith("策略,指标,单位,") and not re.search("[a-z]{3}", header)
    again = pd.read_csv(written[0] / "comparison.csv")
    assert set(again["策略"]) == {comparison.title(s, "zh") for s in STRATEGIES}
    same = export.for_readers(comparison, comparison.table, "en")
    assert list(same.columns) == [*columns.split(","), "answered"]
    answered = same[same.answered == "all"].drop(columns="answered")
    pd.testing.assert_frame_equal(answered, comparison.table.loc[answered.index], check_dtype=False)


def test_parquet_files_hold_every_run_and_year(written, comparison):
    runs, series = (pd.read_parquet(written[0] / f"{name}.parquet") for name in ("runs", "series"))
    assert len(runs) == RUNS * len(STRATEGIES)
    assert {"run", "strategy", "status", *NAMES, *parameters()} <= set(runs.columns)
    assert list(series.columns) == ["run", "strategy", "year", *NAMES]
    assert sorted(series.year.unique()) == list(range(2014, 2021))
    first = rows(series, run=5, strategy="industry_chain", year=2020).gain_weak.iloc[0]
    assert first == comparison.ensembles["industry_chain"].outcome("gain_weak")[5]
    same = runs.pivot(index="run", columns="strategy", values="bank_rate")
    assert (same["none"] == same["industry_chain"]).all()


@pytest.mark.slow
def test_the_same_question_writes_the_same_bytes(written, tmp_path):
    out, paths = written
    again = compare(
        load("jinxi"),
        STRATEGIES,
        runs=RUNS,
        mode="prior",
        require="public_cost<=1e6,gain_weak>0",
        parts=True,
        threads=1,
    )
    export.write(again, tmp_path, "zh")
    assert [
        path.name
        for path in paths
        if path.read_bytes() != (tmp_path / path.relative_to(out)).read_bytes()
    ] == []


def test_compare_json_tells_how_to_do_it_again(written):
    body = json.loads((written[0] / "compare.json").read_text(encoding="utf-8"))
    assert body["command"].startswith(
        "alliances compare jinxi --strategies none,strong_leads_weak,industry_chain "
        "--runs 24 --seed 1"
    )
    assert "--require" in body["command"] and "--parts" in body["command"]
    assert (
        body["question"]["seed"] == 1 and body["id"] and body["versions"]["numpy"] == np.__version__
    )


def test_the_command_knows_partitions_precision_and_a_calibration_of_ones_own(
    tmp_path, monkeypatch
):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[partition]]\nname = "pair"\n[[partition.alliance]]\nmembers = ["雷山村", "金峨村"]\nstrategy = "culture"\n',
        "utf-8",
    )
    scenario = load("jinxi")
    c = compare(
        scenario,
        ["none", *partitions(path, scenario)],
        runs=4,
        precision=0.05,
        rivals=(),
        prior=False,
    )
    expected = (
        f"alliances compare jinxi --strategies none --alternatives {path} --runs 4 --seed 1 "
        f"--years 6"
    )
    assert origin.command(c).startswith(expected) and origin.command(c).endswith(
        "--no-rivals --precision 0.05"
    )
    page = report.html(c, "en", figures={})
    assert "to within 5% of itself" in page
    before = fingerprint("model")
    own = tmp_path / "posterior.parquet"
    own.write_bytes(b"a county's own")
    monkeypatch.setenv("VILLAGE_ALLIANCES_POSTERIOR", str(own))
    monkeypatch.setattr("village_alliances.sim.provenance.POSTERIOR", own)
    fitted = origin.command(replace(c, mode="posterior"))
    assert fitted.startswith(f"VILLAGE_ALLIANCES_POSTERIOR={own} alliances compare")
    assert fingerprint("model") != before


def test_a_strategy_of_ones_own_stands_with_its_file_and_contents(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text('name = "ours"\nmeasures = ["culture"]\n', encoding="utf-8")
    comparison = compare(load("jinxi"), ["none", str(path)], runs=2, mode="point", rivals=())
    made = origin.inputs(comparison)
    assert made["strategies"]["ours"]["file"] == {
        "path": str(path),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    assert "file" not in made["strategies"]["none"]
    assert f"none,{path}" in made["command"]


def test_nothing_is_held_against_money_that_single_villages_do_not_have(comparison):
    assert set(comparison.against["outcome"]) | set(OF_ALLIANCES) == set(NAMES)
    assert not set(comparison.against["outcome"]) & set(OF_ALLIANCES)


def test_the_workbook_speaks_chinese_and_holds_no_formula(tmp_path):
    import openpyxl

    strategy = shipped("industry_chain").model_copy(
        update={"name": "=1+1", "title": {"en": "=2+2", "zh": "@恶意"}}
    )
    comparison = compare(
        load("jinxi"), ["none", strategy], runs=4, mode="point", require="weak_villages_50k<=0"
    )
    files.write_workbook(export.sheets(comparison, "zh"), tmp_path / "book.xlsx")
    files.write_csv(comparison.table, tmp_path / "table.csv")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert book.sheetnames[:2] == ["策略比较", "同等财政资金"]
    words = [
        cell.value
        for page in book
        for row in page.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and page.title != "问题"
    ]
    assert {"元/年", "个", "经营性收入 5 万元以下的村 ≤ 0 个", "全部满足", "组织力"} <= set(words)
    assert not [text for text in words if re.search("[A-Za-z]{2}", text)]
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if isinstance(cell.value, str) and cell.value[0] in "=+@"]
    assert (
        ",=1" not in (tmp_path / "table.csv").read_text()
        and "\n=1" not in (tmp_path / "table.csv").read_text()
    )


@pytest.mark.parametrize("name", ["chunhu", "sanshi-wudi"])
def test_the_other_scenarios_compare(name):
    assert name in names()
    comparison = compare(load(name), ["none", "cross_border"], runs=6, mode="prior")
    assert comparison.failed == 0
    assert rows(comparison.against, outcome="public_cost").diff_median.abs().max() < 1


def test_outcomes_rules_and_fixed_numbers_of_one_s_own_reach_every_table(tmp_path, without_figures):
    def poor(state):
        return (state.operating_income < 80_000).sum(axis=1)

    def gift(society, tick):
        society.accounts.fund[: society.villages.size] += 1000.0

    options = {"fixed": {"let.profit_rate": 0.05, "discount": 0.06}, "outcomes": {"poor": poor}}
    rules = (*QUARTER, gift)
    comparison = compare(
        "jinxi", ["none", "enclave"], runs=8, years=3, rules=rules, prior=False, **options
    )
    first = run_ensemble(load("jinxi", years=3), "enclave", runs=8, rules=rules, **options)
    assert comparison.row("enclave", "poor")["median"] == np.median(first.outcome("poor"))
    assert (comparison.ensembles["enclave"].parameters["discount"] == 0.06).all()
    assert set(comparison.best.outcome) < set(comparison.table.outcome) and "poor" not in set(
        comparison.best.outcome
    )
    export.write(comparison, tmp_path / "out", "zh")
    runs = pd.read_parquet(tmp_path / "out/runs.parquet")
    assert runs[runs.strategy == "enclave"].poor.tolist() == first.outcome("poor").tolist()
    other = compare("jinxi", ["none", "enclave"], runs=8, years=3, prior=False)
    assert other.id != comparison.id
    with pytest.raises(ValueError, match=r"discount: found .*; expected one number each"):
        compare("jinxi", ["none"], runs=2, fixed={"discount": [0.05, 0.06]})


def test_an_answer_of_objects_in_memory_says_so_instead_of_a_command_that_gives_another():
    place = load("jinxi", years=2)
    mine = shipped("enclave").model_copy(update={"sharing": "equal"})
    asked = {"runs": 4, "rivals": (), "prior": False}
    plain = compare(place, ["none", "enclave", DOCUMENTED], **asked)
    assert origin.in_memory(plain) == [] and origin.command(plain).startswith(
        "alliances compare jinxi"
    )
    changed = replace(place, levers={"grant_per_village": 1.0})
    made = {
        "villages jinxi": compare(changed, ["none"], **asked),
        "strategy enclave": compare(place, ["none", mine], **asked),
        "strategy label": compare(place, {"none": "none", "label": "enclave"}, **asked),
        "technology": compare(place, ["none"], types=technology.shipped()[:-1], **asked),
        "outcome one": compare(place, ["none"], outcomes={"one": lambda s: s.fund.sum(1)}, **asked),
        "rule gift": compare(place, ["none"], rules=(*QUARTER, gift), **asked),
    }
    for what, value in made.items():
        assert origin.inputs(value)["in_memory"] == [what]
        assert origin.command(value).startswith("(no command") and what in origin.command(value)
    model = AllianceModel(changed, mine, rules=(*QUARTER, gift), types=technology.shipped()[:-1])
    texts = ["villages jinxi", "strategy enclave", "technology", "rule gift"]
    assert model.inputs["in_memory"] == texts and "in_memory" not in AllianceModel(place).inputs


def gift(society, tick):
    society.accounts.fund[: society.villages.size] += 1000.0

"""Sweep files become designs: every combination once, samples that fill their ranges, and
all problems said at once."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from village_alliances.experiments.design import PART, Contender, Design, Piece, Sweep, column_of
from village_alliances.experiments.reader import expand, read_design
from village_alliances.sim import technology
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import MAIN, NAMES
from village_alliances.sim.parameters import REGIONAL, levers, parameters
from village_alliances.sim.problems import TableError
from village_alliances.sim.strategy import Portfolio, shipped
from village_alliances.sim.uncertain import numbers_of_types

OWN_TYPE = """
[nursery]
title = {en = "Nursery", zh = "苗圃"}
needs = ["land"]
[nursery.unit_cost]
value = 3000.0
low = 2000.0
high = 4000.0
distribution = "lognormal"
unit = "yuan/mu"
kind = "assumption"
reason = "for a test"
[nursery.profit_rate]
value = 0.2
low = 0.1
high = 0.3
distribution = "lognormal"
unit = "1/year"
kind = "assumption"
reason = "for a test"
"""
EXAMPLES = Path(__file__).parents[2] / "experiments" / "examples"


def small(**more: object) -> Sweep:
    body = {
        "scenarios": ("jinxi",),
        "strategies": ("none", "strong_leads_weak"),
        "replicates": 10,
        "parameters": "prior",
    }
    return Sweep(**{**body, **more})


def problems_of(text: str, folder: Path) -> list[str]:
    """What is wrong with a sweep file of this text, a line each, without the file's name."""
    path = folder / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableError) as caught:
        read_design(path)
    assert all(problem.line("zh") != problem.line("en") for problem in caught.value.problems)
    return [problem.line("en").removeprefix(f"{path}, ") for problem in caught.value.problems]


def test_every_combination_is_there_once() -> None:
    design = expand(
        small(
            scenarios=("jinxi", "kuangyan"),
            levers={
                "grant_per_village": [0, 60000],
                "grant_years": {"low": 0, "high": 8, "steps": 5},
            },
            uncertainties={
                "noise_sd": [0.03, 0.1],
                "villager_sd": {"low": 0.005, "high": 0.02, "steps": 3},
            },
        )
    )
    assert (design.cases, design.points, design.runs_a_cell, design.runs) == (
        2 * 2 * 5,
        6,
        60,
        2400,
    )
    cases = [design.case(number) for number in range(design.cases)]
    expected = itertools.product(("jinxi", "kuangyan"), (0, 60000), (0, 2, 4, 6, 8))
    assert [
        (c.scenario, c.levers["grant_per_village"], c.levers["grant_years"]) for c in cases
    ] == list(expected)
    assert design.contenders == (Contender("none"), Contender("strong_leads_weak"))
    points = np.column_stack([design.sample["noise_sd"], design.sample["villager_sd"]])
    np.testing.assert_allclose(
        points, list(itertools.product((0.03, 0.1), (0.005, 0.01, 0.02)))
    )  # the second is on a log scale


def test_a_list_of_settings_stands_as_it_is() -> None:
    design = expand(
        small(levers=[{"grant_per_village": 1000}, {"span": 5, "grant_per_village": 2000}])
    )
    assert list(design.settings) == [
        {"grant_per_village": 1000},
        {"span": 5, "grant_per_village": 2000},
    ]
    assert design.lever_names == ("grant_per_village", "span")
    assert design.levers_of(design.case(0)) == {
        "grant_per_village": 1000,
        "span": levers()["span"].value,
    }


@pytest.mark.parametrize("kind", ["latin", "sobol"])
def test_samples_fill_their_ranges_evenly(kind: str) -> None:
    ranges = {"noise_sd": "prior", "villager_sd": {"low": 0.005, "high": 0.02, "scale": "linear"}}
    design = expand(small(design=kind, points=64, uncertainties=ranges))
    shares = {
        "noise_sd": parameters()["noise_sd"].share_of(design.sample["noise_sd"]),
        "villager_sd": (design.sample["villager_sd"] - 0.005) / 0.015,
    }
    for values in shares.values():
        assert sorted(np.floor(64 * values)) == list(
            range(64)
        )  # one point in each sixty-fourth of the range
    assert expand(small(design=kind, points=64, uncertainties=ranges)).hash == design.hash
    assert expand(small(design=kind, points=64, uncertainties=ranges, seed=2)).hash != design.hash


def test_levers_are_sampled_beside_lists() -> None:
    design = expand(
        small(
            design="latin",
            lever_points=8,
            levers={"span": [3, 9], "grant_years": {"low": 0, "high": 8}},
        )
    )
    assert len(design.settings) == 16
    for span in (3, 9):
        years = [setting["grant_years"] for setting in design.settings if setting["span"] == span]
        assert sorted(np.floor(years)) == list(range(8))


def test_lists_are_sampled_as_categories() -> None:
    design = expand(
        small(
            design="sobol",
            points=8,
            uncertainties={"noise_sd": [0.03, 0.05], "villager_sd": "prior"},
        )
    )
    assert sorted(design.sample["noise_sd"]) == [0.03] * 4 + [0.05] * 4


@pytest.mark.parametrize("size", [0, 1, 7, 64, 10_000])
def test_parts_hold_every_run_once_in_order(size: int) -> None:
    design = expand(small(scenarios=("jinxi", "fenghua"), replicates=70, runs_a_part=size))
    runs = [
        (piece.case, run)
        for part in design.parts
        for piece in part
        for run in range(piece.first, piece.last)
    ]
    assert runs == [
        (case, run) for case in range(design.cases) for run in range(design.runs_a_cell)
    ]
    assert sum(design.rows_of(part) for part in design.parts) == design.runs == 280
    if size:
        whole = max(2, size - size % 2)  # a run of a case is both strategies, together
        assert {design.rows_of(part) for part in design.parts[:-1]} <= {whole}
    else:
        work = [
            sum(
                3  # no alliance once more, from which gains are told
                * (p.last - p.first)
                * (s := design.scenarios[design.case(p.case).scenario]).size
                * s.ticks
                for p in part
            )
            for part in design.parts
        ]
        assert max(work) <= PART and min(work[:-1]) > PART / 2


def test_a_run_larger_than_a_part_is_a_part() -> None:
    design = expand(
        small(scenarios=("fenghua",), strategies=("none",), replicates=2, years=100, runs_a_part=1)
    )
    assert design.parts == ((Piece(0, 0, 1),), (Piece(0, 1, 2),))


def ids(design: Design, index: int = 0, runs: int = 20) -> list[str]:
    return design.run_ids(0, design.contenders[index], np.arange(runs, dtype=np.uint64))


def test_the_id_of_a_run_tells_its_inputs() -> None:
    design = expand(small(replicates=20))
    assert len({*ids(design, 0), *ids(design, 1)}) == 40
    assert ids(expand(small(replicates=30))) == ids(
        design
    )  # how many others there are changes nothing
    assert ids(expand(small(replicates=20, strategies=("culture", "none"))), 1) == ids(design, 0)
    changed = [
        small(replicates=20, seed=2),
        small(replicates=20, years=5),
        small(replicates=20, parameters="point"),
        small(replicates=20, levers={"span": 5}),
        small(replicates=20, uncertainties={"noise_sd": [0.05]}),
        small(replicates=20, scenarios=("kuangyan",)),
    ]
    every = [name for sweep in changed for name in ids(expand(sweep))]
    assert len({*every, *ids(design)}) == 20 * (len(changed) + 1)


def test_runs_meet_the_same_uncertain_values_in_every_cell() -> None:
    design = expand(
        small(design="latin", points=4, replicates=3, uncertainties={"noise_sd": "prior"})
    )
    runs = np.arange(12, dtype=np.uint64)
    np.testing.assert_array_equal(
        design.values(runs)["noise_sd"], np.repeat(design.sample["noise_sd"], 3)
    )


def test_names_of_columns_cannot_meet(tmp_path: Path) -> None:
    uncertain = {*parameters(), *REGIONAL, *numbers_of_types()}
    columns = {column_of(name) for name in (*uncertain, *levers())}
    assert not set(NAMES) & columns and column_of("ordinary_money") == "ordinary_money_given"
    assert uncertain & set(levers()) == {"ordinary_money"}
    (said,) = problems_of(
        'scenarios = ["jinxi"]\nstrategies = ["none"]\n[levers]\nordinary_money = 1000\n'
        "[uncertainties]\nordinary_money = [1000, 2000]\n",
        tmp_path,
    )
    assert "either a lever or what is uncertain" in said
    kept = expand(small(levers={"ordinary_money": 1000}, keep_parameters="all")).kept
    assert "ordinary_money" not in kept and {"let.fail", "trend_collective"} <= {*kept}


def test_rivals_follow_every_strategy_that_has_money() -> None:
    design = expand(small(rivals=("aimed", "even"), strategies=("none", "culture")))
    assert design.contenders == (
        ("none", ""),
        ("culture", ""),
        ("culture", "even"),
        ("culture", "aimed"),
    )
    assert design.runs == 4 * 10 and design.sweep.rivals == ("even", "aimed")
    assert design.hash != expand(small(strategies=("none", "culture"))).hash
    assert len({name for i in range(4) for name in ids(design, i, 10)}) == 40
    with pytest.raises(TableError, match="column 'rivals': found 'eve'; expected a known name"):
        expand(small(rivals=("eve",)))


def test_strategies_of_the_same_institutions_have_ids_of_their_own() -> None:
    design = expand(small(strategies=("enclave", "resource_complement")))
    same = {design.fingerprints[f"strategy {label}"] for label in design.portfolios}
    assert len(same) == 1 and not set(ids(design, 0)) & set(ids(design, 1))


def test_numbers_of_project_types_are_uncertain_like_parameters(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(
        'scenarios = ["jinxi"]\nstrategies = ["none"]\ndesign = "latin"\npoints = 50\n[uncertainties]\n'
        'let.profit_rate = "prior"\nlet.fail = {low = 0.1, high = 0.2}\n"orchard.lag" = [4, 8]\n',
        encoding="utf-8",
    )
    sample = read_design(path).sample
    rate = numbers_of_types()["let.profit_rate"]
    assert list(sample) == ["let.profit_rate", "let.fail", "orchard.lag"]
    assert sorted(np.floor(50 * rate.share_of(sample["let.profit_rate"]))) == list(range(50))
    assert sample["let.fail"].min() >= 0.1 and sample["let.fail"].max() <= 0.2
    assert set(sample["orchard.lag"]) == {4.0, 8.0}


def test_project_types_of_a_county_are_found_beside_the_sweep(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(OWN_TYPE, encoding="utf-8")
    (tmp_path / "a.toml").write_text(
        'scenarios = ["jinxi"]\nstrategies = ["none"]\ntechnology = "mine.toml"\n[uncertainties]\nnursery.profit_rate = [0.1, 0.2]\n',
        encoding="utf-8",
    )
    made = read_design(tmp_path / "a.toml")
    assert made.types[-1].name == "nursery" and len(made.types) == len(technology.shipped()) + 1
    assert list(made.sample) == ["nursery.profit_rate"]
    other = expand(small(technology=made.types))
    assert other.hash != expand(small()).hash and not set(ids(other)) & set(ids(expand(small())))
    (tmp_path / "mine.toml").write_text(OWN_TYPE.replace("high = 0.3", "high = 0.03"), "utf-8")
    with pytest.raises(TableError, match=r"column 'technology': found 'mine.toml'.*nursery"):
        read_design(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('strategies = ["industry_chain:0.6,service_sharing:0.4"]', "no longer mixed by weights"),
        ('strategies = ["old.toml"]', "since version 0.2 a strategy carries no strengths"),
        ('strategies = ["none"]\n[uncertainties]\nventure_return = "prior"', "expected"),
        ('strategies = ["none"]\n[levers]\nborder_agreement = 1', "such as agreement"),
    ],
)
def test_what_was_written_for_the_old_model_is_refused_with_what_to_write_now(
    text: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "old.toml").write_text('name = "old"\n[channels]\nculture = 1.0\n')
    problems = problems_of('scenarios = ["jinxi"]\n' + text, tmp_path)
    assert any(words in line for line in problems), problems


def test_an_exception_for_a_place_that_a_scenario_lacks_is_refused(tmp_path: Path) -> None:
    by = '{label = "two", default = "culture", by = {"西坞街道" = "project", "某镇" = "none"}}'
    assert problems_of(f'scenarios = ["jinxi"]\nstrategies = ["none", {by}]\n', tmp_path) == [
        "column 'strategies.two': found '西坞街道, 某镇'; expected a "
        "strategy: no alliance or township is called '某镇'; there are: Jinxi alliance, 西坞街道, "
        "金溪联合体"
    ]


def test_python_says_the_same_as_toml(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'scenarios = ["jinxi"]\nstrategies = ["none", {label = "two", default = "culture", by = {"西坞街道" = "project"}}]\n'
        'design = "latin"\npoints = 5\n[uncertainties]\nnoise_sd = "prior"\n[levers]\nspan = [3, 4]\n',
        encoding="utf-8",
    )
    (tmp_path / "b.py").write_text(
        "from village_alliances.experiments.design import Sweep\n"
        "from village_alliances.sim.loading import load\nfrom "
        "village_alliances.sim.strategy import Portfolio\n"
        "sweep = Sweep(scenarios=[load('jinxi')], strategies=['none', ('two', "
        "Portfolio('culture', {'西坞街道': 'project'}))],\n"
        "              design='latin', points=5, uncertainties={'noise_sd': 'prior'}, "
        "levers={'span': [3, 4]})\n",
        encoding="utf-8",
    )
    first, other = read_design(tmp_path / "a.toml"), read_design(tmp_path / "b.py")
    assert first.hash == other.hash and list(first.portfolios) == ["none", "two"]
    (tmp_path / "c.py").write_text("swep = 1\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"expected a variable sweep = Sweep"):
        read_design(tmp_path / "c.py")


def test_files_are_found_beside_the_sweep(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "name,collective_income\na,30000\nb,90000\nc,200000\n", encoding="utf-8"
    )
    (tmp_path / "own.toml").write_text(
        'name = "own"\ntitle = {en = "own", zh = "自己的"}\nformation = "kin"\nmeasures = ["culture"]\n',
        encoding="utf-8",
    )
    (tmp_path / "s.toml").write_text(
        'scenarios = [{source = "mine.csv", region = "zibo", start = 2020}]\nstrategies = ["own.toml"]\n'
    )
    design = read_design(tmp_path / "s.toml")
    assert design.scenarios["mine"].region.name == "zibo" and design.scenarios["mine"].start == 2020
    assert design.portfolios["own"].default.measures == ("culture",)


def test_outcomes_by_word_or_name() -> None:
    assert expand(small()).outcomes == MAIN and expand(small(outcomes="all")).outcomes == NAMES
    assert expand(small(outcomes=("gini", "weak_villages_50k"))).outcomes == (
        "weak_villages_50k",
        "gini",
    )
    assert (
        expand(small(keep_parameters=("noise_sd",), uncertainties={"noise_sd": [0.05]})).kept == ()
    )


def test_all_problems_at_once(tmp_path: Path) -> None:
    problems = problems_of(
        """
        scenarios = ["jinx", "nofile.csv", {source = "jinxi", place = 1}, 7]
        strategies = ["none", "nonne", {default = "none"}, "none"]
        design = "sobol"
        points = 100
        replicates = 0
        rounds = 3
        series = ["mean_incom"]
        outcomes = ["gini", "ginni"]
        [levers]
        grants = 1
        grant_years = 99
        retention = "much"
        span = {low = 2, high = 5}
        [uncertainties]
        noise_sd = "priorr"
        villager_sd = {low = 0.5, high = 0.02}
        product_sd = "prior"
        """,
        tmp_path,
    )
    for words in (
        "column 'replicates': found '0'; expected 1 or more",
        "column 'rounds': found 'rounds'; expected one of name, scenarios",
        "column 'scenarios[0]': found 'jinx'; expected a known name, such as jinxi",
        "nofile.csv: found no such file",
        "column 'scenarios[2].place': found 'place'; expected one of source, label, region, start",
        "column 'scenarios[3]': found '7'; expected a text or a table of source",
        "column 'strategies[1]': found 'nonne'; expected a known name, such as none",
        "column 'strategies[2].label': found nothing",
        "column 'strategies[3]': found 'none'; expected another label",
        "column 'levers.grants': found 'grants'; expected",
        "column 'levers.grant_years': found '99'; expected 0 to 15 years",
        "column 'levers.retention': found 'much'; expected a number, a list of numbers, "
        "{low, high}",
        "column 'lever_points': found '0'; expected how many points to draw",
        "column 'uncertainties.noise_sd': found 'priorr'",
        "column 'uncertainties.villager_sd': found '0.5..0.02'; expected low < high",
        "column 'points': found '100'; expected a power of two for sobol, such as 128",
        "column 'series': found 'mean_incom'; expected a known name, such as mean_income",
        "column 'outcomes': found 'ginni'; expected a known name, such as gini",
    ):
        assert any(words in line for line in problems), (words, problems)
    assert len(problems) == 18


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "column 'scenarios': found nothing; expected a value"),
        (
            "[levers]\nspan = {low = 2, high = 5}",
            "column 'levers.span': found '2..5'; expected steps, or design latin or sobol",
        ),
        ("points = 5", "column 'points': found '5'; expected no points in a grid"),
        ("design = 'latin'\npoints = 5", "column 'points': found '5'; expected nothing here"),
        ("[levers]\nspan = [3, 3]", "expected finite numbers, each once"),
        ("[levers]\nspan = nan", "expected finite numbers, each once"),
        (
            "[levers]\nspan = {low = 3, high = 5, steps = 1}",
            "column 'levers.span.steps': found '1'; expected 2 or more",
        ),
        (
            "[levers]\nspan = {low = 3, high = 5, stepps = 2}",
            "expected one of low, high, steps, scale",
        ),
        ("levers = 5", "column 'levers': found '5'; expected a table"),
        (
            "[[levers]]\nspan = [3, 4]",
            "column 'levers[0].span': found '[3, 4]'; expected one number",
        ),
        ("replicates = 2000000000", "expected at most 1,000,000,000 runs in all"),
        ("replicates = 2.5", "column 'replicates'"),
        ("keep_parameters = ['noise']", "column 'keep_parameters': found 'noise'; expected"),
        (
            "[uncertainties]\ntrend_collective = 'prior'",
            "column 'uncertainties.trend_collective': found 'prior'",
        ),
    ],
)
def test_one_problem(text: str, words: str, tmp_path: Path) -> None:
    needed = 'scenarios = ["jinxi"]\nstrategies = ["none"]\n' if text else "name = 'x'\n"
    assert any(words in line for line in problems_of(needed + text, tmp_path))


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        read_design(tmp_path / "none.toml")
    assert (
        "Invalid" in problems_of("scenarios = [", tmp_path)[0]
        or "Expected" in problems_of("scenarios = [", tmp_path)[0]
    )


def test_objects_of_python_serve_too() -> None:
    mixed = Portfolio("culture", {"金溪联合体": shipped("project")})
    design = expand(
        Sweep(
            scenarios=(load("jinxi"), ("again", load("jinxi"))), strategies=(shipped("none"), mixed)
        )
    )
    assert list(design.scenarios) == ["jinxi", "again"] and list(design.portfolios) == [
        "none",
        "culture+1",
    ]
    assert design.fingerprints["scenario jinxi"] == design.fingerprints["scenario again"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_the_examples_can_be_read(path: Path) -> None:
    design = read_design(path)
    assert design.runs > 0 and design.parts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("replicates = 900000000\nruns_a_part = 1", "at most 200,000 parts"),
        ("[levers]\ngrant_per_village = {low=0, high=1, steps=3000}\ngrant_years = {low=1, high=6, steps=3000}",
         "9,000,000 settings"),
        ("[levers]\nspan = {low=2, high=5, steps=1000000000}", "100,000 or less"),
        ("design = 'morris'\npoints = 100000000\n[uncertainties]\nfortune_sd = 'prior'", "200,000,000 numbers"),
        ("design = 'sobol'\npoints = 1099511627776\n[uncertainties]\nfortune_sd = 'prior'", "numbers'; expected at most"),
        ("design = 'latin'\npoints = 1000000000000000000000\n[uncertainties]\nfortune_sd = 'prior'", "points"),
    ],
)  # fmt: skip
def test_what_would_fill_the_machine_is_refused_before_it_is_built(
    text: str, words: str, tmp_path: Path
) -> None:
    import time

    began = time.process_time()
    problems = problems_of('scenarios = ["jinxi"]\nstrategies = ["none"]\n' + text, tmp_path)
    assert any(words in line for line in problems), problems
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("let.fail = [2.0, -1.0]", "0 to 0.95: nothing else is possible"),
        ("discount = -5", "nothing else is possible"),
        ("ability_mean = 3", "nothing else is possible"),
        ("trend_collective = 1e300", "nothing else is possible"),
        ("discount = [" + "9" * 390 + "]", "finite numbers"),
    ],
)
def test_what_no_parameter_can_be_is_refused(text: str, words: str, tmp_path: Path) -> None:
    needed = 'scenarios = ["jinxi"]\nstrategies = ["none"]\n[uncertainties]\n'
    problems = problems_of(needed + text, tmp_path)
    assert any(words in line for line in problems), problems


def test_what_is_possible_and_unlikely_is_noted(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'scenarios = ["jinxi"]\nstrategies = ["none"]\n[uncertainties]\nclosing_rate = [0.001, 0.2]\n'
    )
    (note,) = read_design(tmp_path / "own.toml").notes
    prior = parameters()["closing_rate"]
    assert "closing_rate" in note and f"{prior.low:g}..{prior.high:g}" in note


def test_a_sample_that_is_no_file_within_bounds_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "sparse.csv").open("wb") as sparse:
        sparse.truncate(1 << 36)
    (tmp_path / "garbage.parquet").write_bytes(b"PAR1" + bytes(40) + b"PAR1")
    path = tmp_path / "a.toml"
    for name, said in (("pipe", "a pipe"), ("sparse.csv", "69 GB"), ("garbage.parquet", "arquet")):
        path.write_text(f'scenarios = ["jinxi"]\nstrategies = ["none"]\nsample = "{name}"\n')
        with pytest.raises(TableError, match=said):
            read_design(path)

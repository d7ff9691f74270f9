"""Partitions of a planner's own: read with all their mistakes at once, and compared as
they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from village_alliances.experiments import drawing, plots, report
from village_alliances.experiments.alternatives import load as partitions
from village_alliances.experiments.alternatives import text_of
from village_alliances.experiments.compare import compare
from village_alliances.interface.cli import main
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.loading import load
from village_alliances.sim.problems import TableError
from village_alliances.sim.strategy import shipped
from village_alliances.wording import say

TWO = """
[[partition]]
name = "pairs"
title = {zh = "两两结对"}

[[partition.alliance]]
members = ["雷山村", "金峨村"]
strategy = "strong_leads_weak"
lead = "金峨村"
grant = 120000

[[partition]]
name = "nobody"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_partition_is_what_its_file_says(tmp_path: Path) -> None:
    scenario = load("jinxi")
    pairs, nobody = partitions(written(tmp_path, TWO), scenario)
    (alliance,) = pairs.given
    assert {str(scenario.names[i]) for i in alliance.members} == {"雷山村", "金峨村"}
    assert scenario.names[alliance.lead] == "金峨村"
    assert alliance.grant == 2.0  # of the usual 60,000
    assert pairs.title == {"en": "两两结对", "zh": "两两结对"} and nobody.given == ()


@pytest.mark.usefixtures("compiled_model")
def test_partitions_are_compared_as_they_stand(tmp_path: Path) -> None:
    scenario = load("jinxi")
    pairs, nobody = partitions(written(tmp_path, TWO), scenario)
    comparison = compare(scenario, ["none", pairs, nobody], runs=12, mode="prior")
    assert comparison.strategies == ["none", "pairs", "nobody"]
    alone = run_ensemble(pairs.of(scenario), pairs.portfolio, runs=12, mode="prior")
    assert (comparison.ensembles["pairs"].series == alone.series).all()
    assert (
        comparison.ensembles["nobody"].outcome("mean_income")
        == comparison.ensembles["none"].outcome("mean_income")
    ).all()
    once = run_ensemble(
        pairs.of(scenario),
        pairs.portfolio,
        runs=12,
        mode="prior",
        levers={"grant_per_village": 30000.0},
    )
    assert once.grants.sum() == pytest.approx(alone.grants.sum() / 2, rel=0.2), (
        "half the usual grant, half the money (as long as they stay)"
    )
    assert comparison.files["pairs"]["path"].endswith("mine.toml")


@pytest.mark.usefixtures("compiled_model")
def test_the_report_shows_who_is_with_whom_by_which_strategy_and_grant(tmp_path: Path) -> None:
    scenario = load("jinxi")
    several = (
        TWO
        + """
[[partition.alliance]]
members = ["雷山村", "金峨村"]
strategy = "culture"

[[partition.alliance]]
members = ["傅家岙村", "金溪村"]
strategy = "project"
"""
    )
    names = [str(name) for name in scenario.names if str(name) not in ("雷山村", "金峨村")]
    made = partitions(
        written(tmp_path, several.replace("傅家岙村", names[0]).replace("金溪村", names[1])),
        scenario,
    )
    comparison = compare(scenario, ["none", *made], runs=4, mode="prior", rivals=())
    figures = plots.figures(comparison, "zh")
    assert {"map", "map_1", "map_2"} <= set(figures)
    page = report.html(comparison, "zh", figures=figures)
    other = shipped("project").title["zh"]
    assert (
        f"nobody（联合体 1：{shipped('culture').title['zh']}、联合体 2：{other}）" in page
        and re.search(rf"<td[^>]*>{other}</td>", page)
    )
    for words in ("“两两结对”的联合体", f"{names[0]}、{names[1]}"):
        assert words in page, words
    assert say("report.column.grant", "zh", unit="万元") in page
    assert re.search(r"<td[^>]*>12</td>", page)  # 120000 yuan, as an office writes it
    assert "nobody/1" not in page
    assert page.count("<svg") == len(figures) + 1  # and the chart of the brief
    assert "“nobody”的联合体。" in drawing.svg(figures["map_2"])


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    mixed = written(tmp_path, TWO.replace("strong_leads_weak", "culture:0.5,project:0.5"))
    with pytest.raises(TableError, match="no longer mixed by weights"):
        partitions(mixed, load("jinxi"))
    wrong = TWO.replace('lead = "金峨村"', 'lead = "雷村"\nfounded = "1999Q1"').replace(
        "strong_leads_weak", "strong_leads"
    ) + ('[[partition.alliance]]\nmembers = ["雷山村", "雷山村"]\nstrategy = "culture"\n')
    with pytest.raises(TableError) as caught:
        partitions(written(tmp_path, wrong), load("jinxi"))
    said = caught.value.message("en")
    for word in ("雷村", "1999Q1", "strong_leads", "in one alliance of a partition, once"):
        assert word in said, said
    assert "表中的村" in caught.value.message("zh")


def test_a_grant_cannot_be_a_multiple_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="set the lever grant_per_village"):
        partitions(written(tmp_path, TWO), load("jinxi"), {"grant_per_village": 0.0})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    text = text_of(
        [
            (
                'a "b"',
                {"zh": "甲"},
                [
                    {
                        "members": ["雷山村", "金峨村"],
                        "strategy": "culture",
                        "lead": "",
                        "grant": 5e4,
                    }
                ],
            )
        ]
    )
    (partitions_read,) = partitions(written(tmp_path, text), load("jinxi"))
    assert (
        partitions_read.name == 'a "b"'
        and partitions_read.given[0].lead == -1
        and partitions_read.given[0].grant == pytest.approx(5 / 6)
    )


@pytest.mark.usefixtures("compiled_model")
def test_the_command_compares_them_with_no_alliance(
    tmp_path: Path, without_figures: None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, TWO)
    assert (
        main(
            [
                "compare",
                "jinxi",
                "--alternatives",
                str(file),
                "--runs",
                "8",
                "--out",
                str(tmp_path / "out"),
                "--json",
            ]
        )
        == 0
    )
    body = json.loads(capsys.readouterr().out)
    assert list(body["strategies"])[:3] == ["none", "pairs", "nobody"] or [
        s["name"] for s in body["strategies"]
    ][:3] == ["none", "pairs", "nobody"]
    assert (tmp_path / "out" / "report.html").exists()


def test_the_command_names_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, TWO.replace("金峨村", "金峨"))
    assert (
        main(["compare", "jinxi", "--alternatives", str(file), "--out", str(tmp_path / "out")]) == 2
    )
    assert "金峨" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()

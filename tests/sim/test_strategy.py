"""Strategies: the shipped ones as data, what a planner writes, what is told of bad ones, and
portfolios that give places their own."""

from __future__ import annotations

import csv
import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from village_alliances.calibration import evidence
from village_alliances.sim.building import build
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import run
from village_alliances.sim.society import MEASURES
from village_alliances.sim.strategy import (
    FOLDER,
    NONE,
    Portfolio,
    Strategy,
    StrategyError,
    names,
    read_strategy,
    records,
    shipped,
)

from tests.sim.comparing import different, run_of

ROOT = Path(__file__).parents[2]
SHIPPED = [name for name in names() if name != NONE]
FIELDS = set(Strategy.model_fields)
CHOICES = {"formation", "lead", "sharing", "names", "plenaries_per_year", "pact_quarters"}
FILES: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))
}
every_strategy = pytest.mark.parametrize("name", FILES)


def own(name: str = "own", **changes: object) -> Strategy:
    return Strategy(**{"name": name, "title": {"en": "Own", "zh": "自拟"}, **changes})  # type: ignore[arg-type]


# The shipped ones


def test_exactly_the_strategies_of_the_documents_are_shipped() -> None:
    assert names()[0] == NONE and names()[1:] == sorted(names()[1:]) and set(names()) == set(FILES)
    assert len(names()) == 16


@every_strategy
def test_a_file_holds_institutions_and_nothing_that_says_how_strong(name: str) -> None:
    body = FILES[name]
    assert body["name"] == name and set(body) <= FIELDS
    ids = {row.id for row in (*evidence.figures(), *evidence.outside())}
    assert set(body.get("evidence", ())) <= ids
    numbers = {key for key, value in body.items() if isinstance(value, (int, float))}
    assert numbers - {"allies"} <= {"plenaries_per_year", "pact_quarters"}
    assert shipped(name).allies is (name != NONE)
    strengths = [
        value for value in shipped(name).institutions()[6:] if value not in (0.0, 1.0)
    ]  # a measure is taken or not
    assert strengths == []


@pytest.mark.parametrize("name", SHIPPED)
def test_every_choice_has_a_line_of_the_documents_or_says_that_it_is_assumed(name: str) -> None:
    strategy = shipped(name)
    ids = {row.id for row in (*evidence.figures(), *evidence.outside())}
    expected = CHOICES | ({"measures"} if strategy.measures else set())
    assert expected <= set(strategy.sources)
    for choice in expected:
        source = strategy.sources[choice]
        lines = re.search(r"\b\d{3}:\d+(-\d+)?", source)  # document and lines
        rows = set(re.findall(r"[a-z][a-z0-9-]+-[a-z0-9-]+", source)) & ids
        assert lines or rows or re.match(r"assumption: \w+ \w+", source), (choice, source)


@every_strategy
def test_texts_are_there_in_both_languages(name: str) -> None:
    for field in ("title", "does", "risk"):
        text = FILES[name][field]
        assert set(text) == {"en", "zh"}, field
        assert re.search(r"[a-z]", text["en"]) and not re.search(r"[\u4e00-\u9fff]", text["en"])
        assert len(re.findall(r"[\u4e00-\u9fff]", text["zh"])) >= 2, field


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("field", ["title", "does", "risk"])
def test_no_two_strategies_say_the_same(field: str, language: str) -> None:
    assert len({body[field][language] for body in FILES.values()}) == len(FILES)


@every_strategy
def test_its_mechanisms_are_in_the_register(name: str) -> None:
    path = ROOT / "calibration" / "evidence" / "mechanisms.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        ids = {row["id"] for row in csv.DictReader(file)}
    cited = FILES[name].get("mechanisms", [])
    assert len(set(cited)) == len(cited) and set(cited) <= ids


def test_meetings_follow_the_regime_that_the_documents_state() -> None:
    """Four plenaries a year; Ningbo's areas after 2020 meet monthly, quarterly and once for the
    yearly report: 12 + 4 + 1."""
    stated = {name: shipped(name).plenaries_per_year for name in SHIPPED}
    assert stated.pop("area_integration") == 12 + 4 + 1
    assert set(stated.values()) == {4}


def test_alike_institutions_are_known() -> None:
    alike = {
        frozenset(pair)
        for pair in itertools.combinations(SHIPPED, 2)
        if shipped(pair[0]).institutions() == shipped(pair[1]).institutions()
    }
    assert alike == {frozenset(("enclave", "resource_complement"))}


# Reading


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_strategy_is_read_by_its_name(name: str) -> None:
    assert read_strategy(name) is shipped(name)


def test_a_strategy_is_read_as_it_is() -> None:
    strategy = own()
    assert read_strategy(strategy) is strategy


def test_what_the_rules_read_is_in_the_order_of_its_names() -> None:
    strategy = own(
        formation="chain",
        lead="township",
        sharing="promised",
        names="weak",
        plenaries_per_year=17,
        pact_quarters=8,
        measures=("culture", "works"),
    )
    row = records([strategy])[0]
    assert (row.formation, row.head, row.sharing, row.names) == (3, 1, 3, 1)
    assert (row.plenaries, row.pact) == (17.0, 8.0)
    taken = {measure for measure in MEASURES if row[measure]}
    assert taken == {"culture", "works"}


def test_a_file_is_a_strategy(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('sharing = "equal"\nmeasures = ["mentoring"]\n', encoding="utf-8")
    strategy = read_strategy(str(path))
    assert (strategy.name, strategy.title["zh"], strategy.sharing, strategy.measures) == (
        "mine",
        "mine",
        "equal",
        ("mentoring",),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('sharing = "fairly"\n', ["sharing", "'stake', 'equal', 'weakest' or 'promised'"]),
        ("plenaries_per_year = 99\n", ["plenaries_per_year", "60 or less"]),
        ("pact_quarters = 2\n", ["pact_quarters", "4 or more"]),
        ('measures = ["mentorring"]\n', ["measures", "'mentorring'", "mentoring"]),
        ('colour = "red"\nlead = "oldest"\n', ["column 'colour'", "column 'lead'", "'oldest'"]),
        ("measures = = 3\n", ["row 1", "a TOML file in UTF-8"]),
        ("[channels]\nmentoring = 1.0\n", ["channels of version 0.1", "carries no strengths"]),
        ('leader = "richest"\n', ["leader of version 0.1", "formation, lead, sharing"]),
    ],
)
def test_a_bad_file_is_told_with_its_name_and_all_its_faults(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StrategyError) as error:
        read_strategy(str(path))
    for word in [str(path), *words]:
        assert word in str(error.value)
    assert re.search(r"[\u4e00-\u9fff]", error.value.message("zh"))


def test_what_there_is_not_is_told() -> None:
    there_are = r"no strategy is called 'luck'; there are: none, area_integration, .*\.toml file"
    with pytest.raises(StrategyError, match=there_are):
        read_strategy("luck")
    with pytest.raises(StrategyError, match=r"mine\.toml: there is no such file"):
        read_strategy("mine.toml")


@pytest.mark.parametrize("text", ["industry_chain:0.6,culture:0.4", "culture:1"])
def test_a_mix_of_before_is_told_what_to_write_now(text: str) -> None:
    with pytest.raises(StrategyError, match=r"no longer mixed by weights.*--write FILE\.toml"):
        read_strategy(text)


# Portfolios


def test_a_portfolio_gives_the_first_place_that_has_its_own() -> None:
    portfolio = Portfolio("culture", {"t1": "project", "X": "enclave", "t2": "project"})
    assert [s.name for s in portfolio.strategies] == ["culture", "project", "enclave"]
    asked = (("t1",), ("X", "t1"), ("nowhere",), ())
    assert [portfolio.index(*places) for places in asked] == [1, 2, 0, 0]
    assert portfolio.name == "culture+3" and Portfolio("culture").name == "culture"


def test_two_strategies_of_one_name_are_two() -> None:
    mine = own("culture", sharing="equal")
    portfolio = Portfolio("culture", {"t1": mine})
    assert portfolio.strategies == [read_strategy("culture"), mine] and portfolio.index("t1") == 1


def test_a_portfolio_is_idle_where_nobody_allies() -> None:
    assert Portfolio("none").idle and Portfolio("none", {"t1": "none"}).idle
    assert not Portfolio("none", {"t1": "culture"}).idle and not Portfolio(own()).idle


def test_an_alliance_follows_the_strategy_of_its_township() -> None:
    yanya = load("yanya")
    townships = [str(t) for t in yanya.places["township"]]
    township = townships[yanya.given[1].members[0]]
    society = build(yanya, Portfolio("culture", {township: "project"}), mode="point")
    run(society, range(6))
    lines = [int(a.strategy) for a in society.alliances if a.founded >= 0]
    seats = [a.lead if a.lead >= 0 else a.members[0] for a in yanya.given]
    assert lines == [int(townships[seat] == township) for seat in seats]
    assert society.strategies[1].works == 1.0 and society.strategies[0].works == 0.0


def test_a_portfolio_of_one_strategy_everywhere_is_that_strategy() -> None:
    yanya = load("yanya")
    same = Portfolio("project", {str(t): "project" for t in yanya.places["township"]})
    blocks = [build(yanya, of, runs=2, mode="prior") for of in ("project", same)]
    first, other = (run(block, range(12)) for block in blocks)
    for r in range(2):
        assert different(run_of(first, r), run_of(other, r)) == []

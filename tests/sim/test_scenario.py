"""Scenarios: the shipped ones, what a folder may say, what is told about a
bad one, and an own table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from village_alliances.sim.building import build, draw_villages, parameters_of
from village_alliances.sim.fields import FIELD
from village_alliances.sim.loading import load, names
from village_alliances.sim.luck import name_key
from village_alliances.sim.problems import TableError
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import ABOUT, BLANK, CUT, EXACT, Scenario, quarter_name, tick_of
from village_alliances.sim.society import LAND

LARGE = ("china-scale", "zhejiang-scale")  # beyond a county: read in tests that are marked slow
EVERY = [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in names()]
every_scenario = pytest.mark.parametrize("name", EVERY)

HEAD = "name,township,county,city,population\n"
ROWS = HEAD + "甲村,t,c,p,500\n乙村,t,c,p,600\n丙村,t,c,p,\n"
FILE = 'name = "x"\ntitle = {en = "X", zh = "某"}\nregion = "ningbo"\nstart = 2015\n'
ALLIANCE = '[[alliance]]\nmembers = ["甲村", "乙村"]\nfounded = "2015Q2"\n'
DRAW = '[[draw]]\ncount = 3\nprefix = {zh = "村", en = "village "}\n'


def folder(path: Path, toml: str | bytes | None = FILE, rows: str | None = ROWS) -> Path:
    """A scenario's folder with these two files."""
    if toml is not None:
        (path / "scenario.toml").write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    if rows is not None:
        (path / "villages.csv").write_text(rows, encoding="utf-8")
    return path


def problems_in(path: Path) -> list[str]:
    """Every problem of a folder as `column: found; expected`."""
    with pytest.raises(TableError) as error:
        load(path)
    assert all(str(path / "scenario.toml") == problem.file for problem in error.value.problems)
    return [
        f"{problem.column}: {problem.found}; {problem.expected}" for problem in error.value.problems
    ]


# The shipped ones


@every_scenario
def test_a_shipped_scenario_is_complete(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    assert scenario.size >= 2 and scenario.years >= 1
    assert (
        set(scenario.title) >= {"en", "zh"}
        and set(scenario.summary) >= {"en", "zh"}
        and set(scenario.notes) >= {"en", "zh"}
    )
    assert len(scenario.notes["en"]) == len(scenario.notes["zh"]) > 0
    assert np.unique(scenario.ids).size == scenario.size, "two villages share their luck"
    assert np.isfinite(scenario.position).all()
    places = list(
        zip(
            *(scenario.places[p] for p in ("city", "county", "township")),
            scenario.names,
            strict=True,
        )
    )
    assert places == sorted(places), "villages stand in the order of place and name"
    assert [int(who) for who in scenario.ids] == [name_key(*map(str, place)) for place in places]


@every_scenario
def test_a_shipped_scenario_founds_what_it_gives(name: str) -> None:
    scenario = load(name)
    members = [m for alliance in scenario.given for m in alliance.members]
    assert len(set(members)) == len(members), "a village in two alliances"
    for alliance in scenario.given:
        assert 0 <= alliance.founded < scenario.ticks, "founded before the start or after the end"
        assert len(alliance.members) >= 2
        assert alliance.lead == -1 or alliance.lead in alliance.members
    assert scenario.given or scenario.levers.get("formation") == 1.0, "nobody would ever ally"


@every_scenario
def test_numbers_of_a_shipped_scenario_lie_within_their_fields(name: str) -> None:
    for column, values in load(name).numbers.items():
        filled = values.kind != BLANK
        assert (values.low[filled] <= values.high[filled]).all()
        assert (values.low[filled] >= FIELD[column].low).all() and (
            values.high[filled] <= FIELD[column].high
        ).all()
        assert (values.low[values.kind == EXACT] == values.high[values.kind == EXACT]).all()


def test_jinxi_holds_what_the_documents_state() -> None:
    jinxi = load("jinxi")
    assert jinxi.totals == {"population": 4397.0, "households": 1674.0}
    by_name = {str(name): i for i, name in enumerate(jinxi.names)}
    income, debt = jinxi.numbers["collective_income"], jinxi.numbers["debt"]
    assert (income.kind[by_name["雷山村"]], income.high[by_name["雷山村"]]) == (CUT, 10_000)
    assert (debt.kind[by_name["雷山村"]], debt.low[by_name["雷山村"]]) == (CUT, 2_500_000)
    assert jinxi.words["industry"][by_name["金峨村"]] == "flowers"
    (alliance,) = jinxi.given
    assert sorted(alliance.members) == [0, 1, 2, 3, 4] and jinxi.names[alliance.lead] == "金峨村"
    assert quarter_name(alliance.founded, jinxi.start) == "2015Q2"
    assert jinxi.evidence["雷山村", "debt"] == "jinxi-leishan-debt-before"


# What is known and what is drawn


def drawn(scenario: Scenario, runs: int = 200, seed: int = 1) -> dict[str, np.ndarray]:
    """What a table can state, as villages of many runs start with it, each (runs, villages)."""
    numbers = np.arange(runs, dtype=np.uint64)
    parameters = parameters_of(scenario, "prior", seed, numbers)
    villages, endowment, cash = draw_villages(scenario, seed, numbers, parameters)
    draws = {
        "population": villages.population,
        "households": villages.households,
        "collective_income": villages.start_income,
        "villager_income": villages.start_villager,
        "debt": villages.debt,
        "reserves": cash,
        "idle_land": endowment[:, LAND],
        "capacity": villages.practice,
        "ability": villages.ability,
        "tenure": villages.tenure / 4.0,
    }
    return {name: values.reshape(runs, scenario.size) for name, values in draws.items()}


@pytest.mark.parametrize(
    "name", ["jinxi", "chunhu", "sanshi-wudi", "suoyifan", "qingping", "fenghua"]
)
def test_what_is_stated_stands_and_what_is_bounded_stays_between(name: str) -> None:
    scenario = load(name)
    start = drawn(scenario, 20)
    for column in start:
        stated, values = scenario.numbers[column], start[column]
        exact, cut = stated.kind == EXACT, stated.kind == CUT
        assert (
            values[:, exact]
            == np.maximum(stated.low[exact], 100.0 if column == "collective_income" else -np.inf)
        ).all(), column
        assert (values[:, cut] >= stated.low[cut]).all() and (
            values[:, cut] <= stated.high[cut]
        ).all(), column
        blank = stated.kind == BLANK
        if blank.any() and column != "households":
            assert (values[:, blank].std(axis=0) > 0).all(), f"{column} is the same in every run"


@pytest.mark.parametrize("name", ["jinxi", "suoyifan", "qingping"])
def test_drawn_villages_add_up_to_the_stated_totals(name: str) -> None:
    scenario = load(name)
    start = drawn(scenario)
    for column, total in scenario.totals.items():
        np.testing.assert_allclose(start[column].sum(axis=1), total, rtol=1e-12)
        assert (start[column] > 0).all()


def test_what_is_stated_is_not_scaled_to_a_total(tmp_path: Path) -> None:
    scenario = load(folder(tmp_path, FILE + "[totals]\npopulation = {value = 2000}\n"))
    population = drawn(scenario)["population"]
    by_name = {str(name): i for i, name in enumerate(scenario.names)}
    assert (population[:, by_name["甲村"]] == 500).all() and (
        population[:, by_name["乙村"]] == 600
    ).all()
    np.testing.assert_allclose(population[:, by_name["丙村"]], 900)


def test_about_is_near_and_never_beyond_what_can_be() -> None:
    scenario = load("jinxi")
    kind = np.full(5, ABOUT, np.int8)
    ones = np.ones(5)
    numbers = dict(scenario.numbers)
    numbers["ability"] = replace(numbers["ability"], kind=kind, low=ones, high=ones)
    numbers["villager_income"] = replace(
        numbers["villager_income"], kind=kind, low=20_000 * ones, high=20_000 * ones
    )
    start = drawn(replace(scenario, numbers=numbers))
    assert start["ability"].max() <= 1.0 and start["ability"].min() > 0.8
    assert np.median(start["villager_income"]) == pytest.approx(20_000, rel=0.01)
    assert 0.03 < np.log(start["villager_income"]).std() < 0.07


def test_blanks_belong_to_seed_and_run() -> None:
    jinxi = load("jinxi")
    first, again, other = drawn(jinxi, 5), drawn(jinxi, 5), drawn(jinxi, 5, seed=2)
    for column in first:
        assert np.array_equal(first[column], again[column])
    assert not np.array_equal(first["reserves"], other["reserves"])
    assert not np.array_equal(first["reserves"][0], first["reserves"][1])


def test_a_blank_of_an_able_secretary_goes_with_a_richer_village() -> None:
    start = drawn(replace(load("sanshi-wudi"), totals={}), 2000)
    bond = np.corrcoef(np.log(start["collective_income"]).ravel(), start["ability"].ravel())[0, 1]
    assert 0.2 < bond < 0.55
    assert np.corrcoef(start["capacity"].ravel(), start["ability"].ravel())[0, 1] > 0.4


# Quarters


@pytest.mark.parametrize(
    ("text", "tick"), [("2015Q1", 0), ("2015Q2", 1), ("2016q4", 7), ("2017", 8), ("2014Q4", -1)]
)
def test_a_quarter_has_its_tick(text: str, tick: int) -> None:
    assert tick_of(text, 2015) == tick
    if "Q" in text:
        assert quarter_name(tick, 2015) == text


# Folders


def test_a_folder_is_a_scenario(tmp_path: Path) -> None:
    scenario = load(folder(tmp_path, FILE + ALLIANCE + 'lead = "乙村"\nstrategy = "project"\n'))
    (alliance,) = scenario.given
    assert sorted(scenario.names[list(alliance.members)]) == ["乙村", "甲村"]
    assert scenario.names[alliance.lead] == "乙村" and (alliance.founded, alliance.strategy) == (
        1,
        "project",
    )
    society = build(scenario, alliance.strategy, mode="point")
    step(society, 0)
    assert (society.villages.alliance < 0).all()
    step(society, 1)
    assert sorted(scenario.names[society.villages.alliance >= 0]) == ["乙村", "甲村"]
    assert scenario.names[society.alliances.lead[0]] == "乙村"


def test_years_of_the_caller_go_before_those_of_the_file(tmp_path: Path) -> None:
    path = folder(tmp_path, FILE + "years = 3\n")
    assert (load(path).years, load(path).ticks, load(path, years=9).years) == (3, 12, 9)
    assert load("jinxi", years=2).years == 2 and load("jinxi").years == 6


def test_villages_that_are_counted_and_not_named_are_drawn(tmp_path: Path) -> None:
    scenario = load(
        folder(
            tmp_path,
            FILE + DRAW + 'townships = 3\ncells = {population = "300-400", industry = "桃"}\n',
            rows=None,
        )
    )
    assert scenario.size == 3 and len(set(scenario.places["township"])) == 3
    assert scenario.words["industry"].tolist() == ["peach"] * 3
    assert (scenario.numbers["population"].low == 300).all() and (
        scenario.numbers["population"].high == 400
    ).all()


def test_formation_of_the_file_becomes_levers(tmp_path: Path) -> None:
    scenario = load(
        folder(
            tmp_path,
            FILE + '[formation]\nplaces_mid = "2017Q1"\n[levers]\nplaces_share = 0.3\n',
        )
    )
    assert scenario.levers == {"formation": 1.0, "places_mid": 8.0, "places_share": 0.3}
    assert (
        load(folder(tmp_path, FILE + "[formation]\nplaces_mid = 0\n")).levers["places_mid"] == 0.0
    )
    assert load(folder(tmp_path, FILE + "[formation]\nenabled = false\n")).levers == {}


def test_levers_of_the_file_hold_unless_the_caller_says_otherwise(tmp_path: Path) -> None:
    scenario = load(folder(tmp_path, FILE + ALLIANCE + "[levers]\ngrant_years = 2.0\n"))
    assert build(scenario, "project").levers.grant_years.tolist() == [2.0]
    assert build(scenario, "project", levers={"grant_years": 5.0}).levers.grant_years.tolist() == [
        5.0
    ]


def test_a_folder_without_its_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"scenario\.toml is missing"):
        load(folder(tmp_path, None))


@pytest.mark.parametrize(
    ("toml", "rows", "problems"),
    [
        (
            FILE + "years = = 3\n",
            ROWS,
            ["None: Invalid value (at line 5, column 9); a TOML file in UTF-8"],
        ),
        (
            FILE + 'colour = "red"\n',
            ROWS,
            [
                "colour: 'colour'; one of name, title, type, level, case, region, start, "
                "years, summary, totals, "
                "alliance, draw, counted, formation, levers, notes, evidence"
            ],
        ),
        (
            FILE.replace("ningbo", "atlantis"),
            ROWS,
            ["region: 'atlantis'; one of anqing, china, ningbo, ningbo-2021, zibo"],
        ),
        (
            FILE.replace("2015", "15"),
            ROWS,
            ["start: '15'; 1,949 or more"],
        ),
        (FILE + "years = 0\n", ROWS, ["years: '0'; 1 or more"]),
        (
            FILE.replace(', zh = "某"', ""),
            ROWS,
            ["title: '{'en': 'X'}'; a text in en and one in zh"],
        ),
        (
            FILE + ALLIANCE.replace("乙村", "丁村"),
            ROWS,
            ["alliance[0].members: 丁村; the name of one village of the scenario"],
        ),
        (
            FILE + ALLIANCE.replace(', "乙村"', ""),
            ROWS,
            ["alliance[0].members: 1 village; at least two"],
        ),
        (
            FILE + ALLIANCE.replace("乙村", "甲村"),
            ROWS,
            ["alliance[0].members: 甲村 again; each village once, in one alliance"],
        ),
        (
            FILE + ALLIANCE + ALLIANCE.replace("甲村", "丙村"),
            ROWS,
            ["alliance[1].members: 乙村 again; each village once, in one alliance"],
        ),
        (FILE + ALLIANCE + 'lead = "丙村"\n', ROWS, ["alliance[0].lead: 丙村; one of the members"]),
        (
            FILE + ALLIANCE.replace("2015Q2", "soon"),
            ROWS,
            ["alliance[0].founded: 'soon'; a quarter such as 2015Q2, or a year"],
        ),
        (
            FILE + ALLIANCE.replace("2015Q2", "2015Q5"),
            ROWS,
            ["alliance[0].founded: '2015Q5'; a quarter such as 2015Q2, or a year"],
        ),
        (
            FILE + ALLIANCE.replace("2015Q2", "2014Q4"),
            ROWS,
            ["alliance[0].founded: 2014Q4; a quarter from 2015 on, the start"],
        ),
        (
            FILE + '[formation]\nplaces_mid = "soon"\n',
            ROWS,
            ["formation.places_mid: 'soon'; a quarter such as 2015Q2, or a year"],
        ),
        (
            FILE + "[totals]\nsheep = {value = 3}\n",
            ROWS,
            ["totals.sheep: 'sheep'; 'population', 'households' or 'area_km2'"],
        ),
        (
            FILE + "[totals]\npopulation = {value = 1000}\n",
            ROWS,
            [
                "totals.population: 1000, less than the 1100 of single villages; the "
                "total of all villages"
            ],
        ),
        (FILE, None, ["None: no village; villages in villages.csv or [[draw]]"]),
        (
            FILE + DRAW.replace("3", "0"),
            None,
            ["draw[0].count: '0'; 1 or more"],
        ),
        (
            FILE + DRAW.replace('zh = "村", ', ""),
            None,
            ["draw[0].prefix: '{'en': 'village '}'; a text in en and one in zh"],
        ),
        (
            FILE + DRAW + 'cells = {population = "many"}\n',
            None,
            [
                "draw[0].population: 'many'; a figure in persons such as 12, <12, >12, "
                "~12 or 8-12, or blank"
            ],
        ),
        (
            FILE + (DRAW * 2).replace("3", "1"),
            None,
            ["draw: 村1 2 times; prefixes that tell villages apart"],
        ),
        (
            FILE + ALLIANCE,
            ROWS + "甲村,u,c,p,500\n",
            [
                "alliance[0].members: 甲村, the name of 2 villages; the name of one "
                "village of the scenario"
            ],
        ),
    ],
)
def test_a_bad_folder_is_told_in_words(
    tmp_path: Path, toml: str, rows: str | None, problems: list[str]
) -> None:
    assert problems_in(folder(tmp_path, toml, rows)) == problems


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (problem,) = problems_in(folder(tmp_path, FILE.encode() + b"\xff\xfe"))
    assert problem.endswith("a TOML file in UTF-8")


@pytest.mark.parametrize(
    ("toml", "column", "words"),
    [
        (
            FILE + ALLIANCE + 'strategy = "luck"\n',
            "alliance[0].strategy",
            "no strategy is called 'luck'; there are: none, ",
        ),
        (
            FILE + "[levers]\ngrants = 1.0\nspan = 99.0\n",
            "levers",
            "lever span: 99.0 is outside 2..15 villages",
        ),
        (
            FILE + "[levers]\ngrants = 1.0\nspan = 99.0\n",
            "levers",
            "no lever is called 'grants'; there are: grant_per_village",
        ),
        (
            FILE + DRAW + "cells = {colour = 3}\n",
            "draw[0].colour",
            "one of population, households, ",
        ),
    ],
)
def test_what_there_is_instead_is_told(tmp_path: Path, toml: str, column: str, words: str) -> None:
    (problem,) = problems_in(folder(tmp_path, toml))
    assert problem.startswith(f"{column}: ") and words in problem


def test_all_problems_are_told_at_once_and_in_both_languages(tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        FILE
        + ALLIANCE.replace("甲村", "丁村").replace("2015Q2", "2014")
        + 'lead = "丙村"\n'
        + DRAW
        + "cells = {colour = 3}\n",
    )
    assert len(problems_in(path)) == 4
    with pytest.raises(TableError) as error:
        load(path)
    assert error.value.message("en").startswith("4 problems:") and error.value.message(
        "zh"
    ).startswith("共 4 处问题：")
    assert "成员村之一" in error.value.message("zh")


def test_missing_fields_are_told_together(tmp_path: Path) -> None:
    assert [line.split(":")[0] for line in problems_in(folder(tmp_path, 'name = "x"\n'))] == [
        "title",
        "region",
        "start",
    ]


# What a planner names


def test_a_name_that_there_is_not_is_told_with_those_there_are() -> None:
    with pytest.raises(
        FileNotFoundError,
        match=r"'nowhere' is neither a scenario \(.*jinxi.*\) nor a file or folder",
    ):
        load("nowhere")


def test_a_file_that_there_is_not_is_a_problem_of_the_table(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        load(tmp_path / "villages.csv")


def test_an_own_table_without_alliances_is_grouped_by_township(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "name,township\n" + "".join(f"v{n:02d},t{n % 2}\n" for n in range(14)), encoding="utf-8"
    )
    scenario = load(path, start=2020, years=4)
    assert (scenario.start, scenario.years, scenario.region.name, scenario.grouped) == (
        2020,
        4,
        "ningbo",
        "township",
    )
    sizes = sorted(len(alliance.members) for alliance in scenario.given)
    assert sum(sizes) == 14 and sizes[0] >= 2
    for alliance in scenario.given:
        assert len(set(scenario.places["township"][list(alliance.members)])) == 1


def test_an_own_table_with_coordinates_is_grouped_by_nearness(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    rows = [f"v{n:02d},{121.0 + 0.5 * (n % 2) + 0.001 * n},29.5" for n in range(10)]
    path.write_text("name,lon,lat\n" + "\n".join(rows) + "\n", encoding="utf-8")
    scenario = load(path)
    assert scenario.grouped == "nearness" and scenario.located.all()
    assert sorted(sorted(n % 2 for n in alliance.members) for alliance in scenario.given) == [
        [0] * 5,
        [1] * 5,
    ]
    apart = np.hypot(*(scenario.position[0] - scenario.position[1]))
    assert apart == pytest.approx(0.501 * 111.32 * np.cos(np.radians(29.5)), rel=1e-6)


def test_an_own_table_says_who_is_together(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "name,alliance,lead,founded\na,X,,2021Q3\nb,X,yes,\nc,,,\nd,Y,,\ne,Y,,\n", encoding="utf-8"
    )
    scenario = load(path, start=2021)
    assert scenario.grouped == ""
    by_name = {alliance.name["en"]: alliance for alliance in scenario.given}
    assert scenario.names[list(by_name["X"].members)].tolist() == ["a", "b"]
    assert scenario.names[by_name["X"].lead] == "b" and by_name["X"].founded == 2
    assert by_name["Y"].lead == -1


def test_one_village_is_a_scenario_too(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("name\nonly\n", encoding="utf-8")
    scenario = load(path, years=1)
    assert scenario.given == ()
    society = build(scenario, "strong_leads_weak")
    for tick in range(4):
        step(society, tick)
    assert society.villages.operating_income[0] > 0

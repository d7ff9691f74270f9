"""A county's ledger: messy tables are read, faults told at once; planted numbers come
back, few rows move little."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from village_alliances.calibration import projects
from village_alliances.calibration.projects import LedgerProject, learn, lessons, read_projects
from village_alliances.interface.cli import main
from village_alliances.sim import technology
from village_alliances.sim.problems import TableError

KINDS = {kind.name: kind for kind in technology.shipped()}
YEARS = range(2012, 2025)


def planted(
    count: int, kind: str, rate: float, hazard: float, fail: float, seed: int = 1
) -> list[LedgerProject]:
    """Projects begun in 2012 to 2016 that live, after a first full year, and earn as stated."""
    rng = np.random.default_rng(seed)
    overhead = KINDS[kind].numbers["overhead"].value if "overhead" in KINDS[kind].numbers else 0.0
    first = 1 + int(KINDS[kind].numbers["lag"].value // 4)
    lines = []
    for row in range(count):
        begun, cost = int(rng.integers(2012, 2017)), float(rng.uniform(5e5, 3e6))
        mean = rate * np.exp(projects.LUCK * rng.standard_normal())
        works = rng.random() >= fail
        end = begun + first + 1 + rng.exponential(1 / hazard)
        ended = int(end) if works and end < 2025 else None
        income = {
            y: max(1.0, cost * mean * np.exp(projects.YEARLY * rng.standard_normal()) - overhead)
            if works
            else 0.0
            for y in YEARS
            if begun + first <= y < (ended or 2025)
        }
        lines.append(
            LedgerProject(row + 2, f"v{row}", kind, cost, begun, ended, income or {2024: 0.0})
        )
    return lines


def after(learned: list[projects.Learned], kind: str, number: str) -> tuple[float, float, float]:
    return next(item.after for item in learned if (item.type, item.number) == (kind, number))


def test_planted_numbers_come_back() -> None:
    learned = learn(planted(150, "orchard", rate=0.3, hazard=0.1, fail=0.25))
    for number, truth in (("profit_rate", 0.3), ("hazard", 0.1), ("fail", 0.25)):
        middle, low, high = after(learned, "orchard", number)
        before = next(o.before for o in learned if (o.type, o.number) == ("orchard", number))
        assert middle == pytest.approx(truth, rel=0.25), number
        assert high / low < 0.7 * before[2] / before[1], f"{number}: narrower than shipped"


def test_few_rows_move_little_and_many_move_all_the_way() -> None:
    shipped = KINDS["orchard"].numbers["profit_rate"].value
    moves = [
        np.log(
            after(learn(planted(n, "orchard", 0.4, 0.06, 0.1)), "orchard", "profit_rate")[0]
            / shipped
        )
        for n in (1, 8, 200)
    ]
    assert abs(moves[0]) < 0.5 * moves[2] and moves[1] < moves[2]
    assert moves[2] == pytest.approx(np.log(0.4 / shipped), abs=0.15)


def test_a_type_without_rows_moves_a_little_with_the_county_and_its_chances_not_at_all() -> None:
    learned = learn(planted(100, "orchard", rate=0.45, hazard=0.06, fail=0.1))
    value = KINDS["tourism"].numbers["profit_rate"].value
    assert value < after(learned, "tourism", "profit_rate")[0] < 1.6 * value
    tourism = [item for item in learned if item.type == "tourism" and item.number != "profit_rate"]
    assert tourism and all(rate.after == rate.before for rate in tourism)


def test_the_order_of_rows_changes_nothing_and_every_row_says_what_it_taught() -> None:
    rows = planted(12, "orchard", 0.3, 0.05, 0.1)
    first, other = learn(rows), learn(rows[::-1])
    assert all(a.after == pytest.approx(b.after) for a, b in zip(first, other, strict=True))
    by_row = lessons(rows)
    assert [lesson.project for lesson in by_row] == rows
    rich = max((lesson for lesson in by_row if lesson.rate), key=lambda lesson: lesson.rate or 0)
    assert rich.moves["profit_rate"] > 1


def test_a_row_that_failed_and_one_that_ended_say_what_they_taught() -> None:
    rows = [
        LedgerProject(2, "东村", "orchard", 1e6, 2012, None, dict.fromkeys(YEARS, 0.0)),
        LedgerProject(
            3, "西村", "orchard", 1e6, 2012, 2020, dict.fromkeys(range(2015, 2021), 200000.0)
        ),
        LedgerProject(
            4, "南村", "orchard", 1e6, 2012, None, dict.fromkeys(range(2015, 2025), 200000.0)
        ),
    ]
    failed, ended, alive = (lesson.moves for lesson in lessons(rows))
    assert failed["fail"] > 1 > alive["fail"] and failed["profit_rate"] == 1.0
    assert ended["hazard"] > 1 > alive["hazard"]


def workbook(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


HEAD = [
    "村名",
    "项目类型",
    "总投资（万元）",
    "开工年份",
    "停办年份",
    "2020年收益（万元）",
    "2021年收益",
    "备注",
]


def test_a_messy_workbook_is_read(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "台账.xlsx",
        [
            ["某县村级项目台账"],
            HEAD,
            ["东村", "果园大棚", "1,20", 2017, None, 12, "135000", ""],
            ["西村", "屋顶光伏", "约60", "2018年", "在营", "5.5万元", "—", "并网"],
            ["南村", "来料加工车间", "30万元", "2018-05", "2021", 3, 20000, ""],
            ["北村", "民宿", "２００万", "２０１９年", "/", "/", "１５万元", ""],
        ],
    )
    east, west, south, north = projects.read_projects(path)
    assert (east.type, east.cost, east.begun, east.ended) == ("orchard", 1.2e6, 2017, None)
    assert east.income == {2020: 120_000.0, 2021: 135_000.0}
    assert (west.type, west.cost, west.begun, west.income) == ("solar", 6e5, 2018, {2020: 55_000.0})
    assert (south.type, south.cost, south.begun, south.ended) == ("workshop", 3e5, 2018, 2021)
    assert (north.cost, north.begun, north.ended) == (2e6, 2019, None)
    assert north.income == {2021: 150_000.0}


def test_sums_are_passed_over_and_a_unit_may_stand_in_the_title(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "台账.xlsx",
        [
            ["某县项目台账"],
            ["单位：万元", "", "", "", ""],
            ["村名", "项目类型", "总投资", "开工年份", "2021年收益", "2022年收益（元）"],
            ["东村", "果园", 120, 2017, 13, 150000],
            ["西村", "光伏", "60万元", 2018, "5.5", "—"],
            ["合计", "", 180, "", 18.5, ""],
        ],
    )
    east, west = projects.read_projects(path)
    assert (east.cost, east.income) == (1.2e6, {2021: 130_000.0, 2022: 150_000.0})
    assert (west.cost, west.income) == (6e5, {2021: 55_000.0})


def test_a_cost_without_any_unit_is_asked_back(tmp_path: Path) -> None:
    rows = [
        ["村名", "项目类型", "总投资", "开工年份", "2021年收益"],
        ["东村", "果园", 120, 2017, 13],
    ]
    with pytest.raises(TableError, match=r"总投资.*120.*1,000 yuan or more, with its unit"):
        projects.read_projects(workbook(tmp_path / "ledger.xlsx", rows))


def test_all_faults_are_told_at_once_with_their_rows(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "ledger.xlsx",
        [
            HEAD,
            ["东村", "航天", 10, 2017, None, 1, 1, ""],
            ["西村", "光伏", "不详", "去年", 2001, "多", 1, ""],
        ],
    )
    with pytest.raises(TableError) as error:
        projects.read_projects(path)
    assert [(problem.row, problem.column) for problem in error.value.problems] == [
        (2, "项目类型"),
        (3, "总投资（万元）"),
        (3, "开工年份"),
        (3, "2020年收益（万元）"),
    ]
    assert "光伏" in error.value.message("zh")


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "ledger.xlsx", [["村名", "项目类型"], ["东村", "光伏"]])
    with pytest.raises(TableError, match=r"missing: cost, begun, a year of income"):
        projects.read_projects(path)


def test_what_is_learned_is_a_technology_file(tmp_path: Path) -> None:
    learned = learn(planted(20, "orchard", 0.3, 0.08, 0.2))
    path = tmp_path / "mine.toml"
    path.write_text(projects.as_toml(learned, "ledger.xlsx", 20), encoding="utf-8")
    orchard = {kind.name: kind for kind in technology.read(path)}["orchard"]
    assert orchard.numbers["profit_rate"].value == pytest.approx(
        after(learned, "orchard", "profit_rate")[0], rel=1e-4
    )
    assert orchard.numbers["unit_cost"] == KINDS["orchard"].numbers["unit_cost"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_writes_the_file_and_says_what_each_row_taught(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    path = workbook(
        tmp_path / "ledger.xlsx",
        [
            HEAD,
            ["东村", "果园", 120, 2012, None, 30, 300000, ""],
            ["西村", "光伏", 60, 2015, "", 9, 9, ""],
        ],
    )
    out = tmp_path / "out"
    asked = ["calibrate", "--projects", str(path), "--out", str(out), "--lang", lang]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "东村" in said and KINDS["orchard"].title[lang] in said and "technology.toml" in said
    assert {kind.name for kind in technology.read(out / "technology.toml")} == set(KINDS)


def test_faults_of_a_ledger_beside_a_history_are_told_before_anything_is_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history, ledger, out = tmp_path / "h.csv", tmp_path / "l.csv", tmp_path / "out"
    history.write_text("村名,年度,集体经济收入\n雷山村,2016年度,6万元\n", encoding="utf-8")
    ledger.write_text(
        "村名,项目类型,总投资,开工年份,2021年收益\n东村,航天,9万,2017,1\n", encoding="utf-8"
    )
    table = resources.files("village_alliances.sim") / "scenarios" / "jinxi" / "villages.csv"
    beside = ["--table", str(table), "--start", "2014", "--history", str(history)]
    assert main(["calibrate", "--projects", str(ledger), *beside, "--out", str(out)]) == 2
    assert "航天" in capsys.readouterr().err and not list(out.glob("stage-*"))


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("工坊,30,2018,2018,3,0", "2020年收入（万元）"),
        ("工坊,30,2021,,3,0", "2020年收入（万元）"),
        ("工坊,9" + "9" * 400 + ",2018,,3,0", "总投资（万元）"),
        ("工坊,30,2018,,1e999,0", "2020年收入（万元）"),
    ],
    ids=["after its end", "before its start", "400 digits", "1e999"],
)
def test_a_row_that_contradicts_itself_teaches_nothing_in_silence(cells, column, tmp_path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text(
        f"村名,项目类型,总投资（万元）,开工年份,停办年份,2020年收入（万元）,2021年收入（万元）\n乙村,{cells}\n",
        encoding="utf-8",
    )
    with pytest.raises(TableError) as caught:
        read_projects(path)
    assert [problem.column for problem in caught.value.problems] == [column]


def test_a_ledger_as_a_county_office_keeps_it_is_read(tmp_path):
    """Titles over the heading, its own names of columns, types told by the name, no income said."""
    text = (
        "某县村集体经济项目台账,,,,,,\n单位：万元,,,,,,\n"
        "序号,项目名称,所属村,项目类别,总投资额,开工日期,停办时间,2021年收益,2022年收益\n"
        "1,村口厂房出租,东村,其他,85,2019年3月,,6.2,6.5\n"
        "2,桃园大棚,南村,种植,120,2018,2022年,-3,停\n"
        "合计,,,,205,,,,\n"
    )
    path = tmp_path / "ledger.csv"
    path.write_text(text, encoding="utf-8")
    rows = projects.read_projects(path)
    assert [(row.type, row.cost, row.ended) for row in rows] == [
        ("let", 850_000.0, None),
        ("orchard", 1_200_000.0, 2022),
    ]
    assert rows[0].income == {2021: 62_000.0, 2022: 65_000.0} and rows[1].income == {2021: -30_000}

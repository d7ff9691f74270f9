"""A county's own ledger of projects as evidence: what its rows teach of the technology, type by
type, pooled towards what is shipped.

A row is a project: village, type, cost, year begun, year ended, income by year. Three numbers of a
type are learned. The profit rate: logs of yearly income (with the overhead that was paid from it)
over cost, in full years; types share a part of their prior, so that a county where everything
brings more moves types without rows a little too. The chance never to see a full year of work, and
after the first such year the chance a year to end: counts against the shipped range. What a ledger
does not tell (unit cost, overhead, market) stays as it is.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtr
from scipy.stats import binom, poisson
from village_alliances.sim.fields import FIELD
from village_alliances.sim.files import read_file
from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.table.cells import is_blank, text_of
from village_alliances.sim.table.columns import units_in
from village_alliances.sim.table.page import LARGEST_UNPACKED
from village_alliances.sim.table.places import is_sum
from village_alliances.sim.table.sheet import read_sheet
from village_alliances.sim.technology import NORMAL_95, Number, ProjectType, shipped
from village_alliances.sim.worded import worded

# sd of the log between projects of one type; range 0.3 to 1.0: gains of operated villages less
# place and size
LUCK = 0.6
YEARLY = 0.3  # sd of the log between years of one project; assumption
LEARNED = ("profit_rate", "fail", "hazard")  # numbers of a type that a ledger speaks of
SHARED = 0.3  # part of the prior's variance that all types of a county have in common; assumption
LEAST_RATE = 0.005  # a year of next to nothing counts as this; logs need a floor
LEAST_COST = 1_000.0  # yuan; a project of less is one whose unit was left out
SILENT_YEARS = 2  # full years after which a project without any income has never come into work
SCORES = np.linspace(-3.5, 3.5, 701)  # normal scores of the grid on which chances are learned
COLUMNS = {
    "type": ("type", "项目类型", "类型", "类别", "产业类型", "项目类别", "业态"),
    "title": ("project", "项目名称", "项目"),
    "cost": (
        "cost",
        "总投资",
        "投资额",
        "投资",
        "投入资金",
        "投入",
        "总投资额",
        "投资总额",
        "项目总投资",
        "总投入",
        "投资金额",
    ),
    "begun": (
        "begun",
        "开工年份",
        "开工时间",
        "开工",
        "开始年份",
        "实施年份",
        "建设年份",
        "建设时间",
        "启动时间",
        "开始时间",
        "实施时间",
        "开工日期",
        "建成年份",
        "建成时间",
    ),
    "ended": (
        "ended",
        "停办年份",
        "终止年份",
        "结束年份",
        "停办",
        "终止",
        "停办时间",
        "终止时间",
        "结束时间",
        "停用时间",
        "停产时间",
    ),
}
WORDS = {  # of each type; the first whose word is in the cell
    "solar": ("solar", "光伏"),
    "workshop": ("workshop", "工坊", "车间", "来料加工"),
    "tourism": ("tourism", "旅游", "民宿", "农家乐", "露营", "景区"),
    "enclave": ("enclave", "飞地", "物业", "商铺", "抱团置业"),
    "services": ("services", "服务", "公共工程", "物业管理", "保洁"),
    "processing": ("processing", "加工", "品牌", "冷库", "冷链", "仓储", "电商"),
    "orchard": ("orchard", "果园", "大棚", "种植", "基地", "苗圃"),
    "let": ("let", "出租", "租赁", "闲置", "厂房", "村部"),
}


AT_WORK = frozenset({"在营", "运营中", "正常", "在用", "至今"})  # in place of a year of the end
NO_INCOME = frozenset({"停", "停办", "停业", "已停办", "已关停", "未投产"})  # in place of an income
MOST_AMOUNT = 1e12  # yuan; no village has had such a project
_NOT_AT_WORK = worded("problems.calibration_projects.income_year_before")


@dataclass(frozen=True)
class LedgerProject:
    """A row of the ledger. `income`: calendar year -> yuan. `ended` None: still at work."""

    row: int
    village: str
    type: str
    cost: float
    begun: int
    ended: int | None
    income: dict[int, float]


# -------- The ledger


def read_projects(path: Path) -> list[LedgerProject]:
    """The projects of a CSV or Excel file: headings in Chinese or English, yuan or 万元 (in the cell,
    its heading or the title), a column of income for each year. Rows of sums are passed over.

    Raises TableError with every fault: columns, types, amounts, years.
    """
    sheet = read_sheet(read_file(path, LARGEST_UNPACKED), str(path))
    heads = [heading.text for heading in sheet.headings]
    places = {name: _column(heads, words) for name, words in COLUMNS.items()}
    years = {
        int(years_found[0]): i
        for i, head in enumerate(heads)
        if i not in places.values() and (years_found := re.findall(r"(?:19|20)\d\d", head))
    }
    village = next(i for i, h in enumerate(sheet.headings) if h.field and h.field.name == "name")
    kinds = [name for name in ("type", "title") if places[name] >= 0]  # told by either, type first
    needed = ("cost", "begun") if kinds else ("type", "cost", "begun")
    lacking = [COLUMNS[name][:2] for name in needed if places[name] < 0]
    if lacking or not years:
        names = [Text(*words) for words in lacking]
        if not years:
            names.append(worded("problems.calibration_projects.year_of_income"))
        listed = Text(", ".join(names), "、".join(name.zh for name in names))
        wanted = worded("problems.calibration_projects.columns_missing", names=listed)
        raise _refusal(path, 1, None, ", ".join(heads), wanted)
    problems: list[Problem] = []
    years_found = []
    stated = units_in(sheet.titles, FIELD["collective_income"])
    usual = stated[0].factor if len(stated) == 1 else 1.0
    when = {places[name] for name in ("begun", "ended")}  # "last year" is a bad year, no sum
    for number, cells in sheet.rows:
        words = [text_of(value).strip() for i, value in enumerate(cells) if i not in when]
        if any(is_sum(text) for text in words):
            continue

        def cell(column: int, cells: Sequence[Any] = cells) -> str:
            text = text_of(cells[column]) if 0 <= column < len(cells) else ""
            return unicodedata.normalize("NFKC", text).strip()

        def wrong(column: int, expected: Text, number: int = number, cell: Any = cell) -> None:
            value = cell(column) or worded("problems.calibration_projects.empty_cell")
            problems.append(Problem(str(path), number, heads[column], value, expected))

        before = len(problems)
        kind = next(filter(None, (type_of(cell(places[name])) for name in kinds)), "")
        if not kind:
            listed = worded(
                "problems.calibration_projects.type",
                shipped=Text(
                    ", ".join(kind.name for kind in shipped()),
                    "、".join(kind.title["zh"] for kind in shipped()),
                ),
            )
            wrong(places[kinds[0]], listed)
        cost = amount(cell(places["cost"]), heads[places["cost"]], usual)
        if not cost or cost < LEAST_COST:
            wanted = worded("problems.calibration_projects.amount_yuan_more", least_cost=LEAST_COST)
            wrong(places["cost"], wanted)
        begun = year_of(cell(places["begun"]))
        if begun is None:
            wrong(places["begun"], worded("problems.calibration_projects.year_such"))
        ended = year_of(cell(places["ended"]))
        end = cell(places["ended"])
        if ended is None and not (is_blank(end) or end in AT_WORK):
            wrong(places["ended"], worded("problems.calibration_projects.year_nothing"))
        if ended is not None and begun is not None and ended < begun:
            wrong(places["ended"], worded("problems.calibration_projects.year", begun=begun))
        income = {}
        for year, column in sorted(years.items()):
            if is_blank(cell(column)) or cell(column) in NO_INCOME:
                continue
            value = amount(cell(column), heads[column], usual)
            if value is None:
                wrong(column, worded("problems.calibration_projects.amount_nothing"))
            elif value and begun is not None and not begun <= year <= (ended or year):
                wrong(column, _NOT_AT_WORK)
            else:
                income[year] = value
        if len(problems) == before:
            assert cost is not None and begun is not None
            years_found.append(
                LedgerProject(number, cell(village), kind, cost, begun, ended, income)
            )
    if problems:
        raise TableError(problems)
    if not years_found:
        raise _refusal(path, None, None, "0", worded("problems.calibration_projects.least_project"))
    return years_found


def type_of(text: str) -> str:
    """The project type that words name, '' for none."""
    plain = text.strip().lower()
    for project_type in shipped():
        if plain in (project_type.name, project_type.title["en"].lower(), project_type.title["zh"]):
            return project_type.name
    return next((kind for kind, words in WORDS.items() if any(w in plain for w in words)), "")


def amount(text: str, heading: str, usual: float = 1.0) -> float | None:
    """Yuan of a cell, in its own unit, its heading's, or the usual one in yuan; None
    where it holds no amount, or more than anything costs."""
    plain = text.replace(",", "").replace("，", "").replace(" ", "").removeprefix("约")
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)(亿元?|万元?|元)?", plain)
    if not match:
        return None
    unit = match[2] or next((word for word in ("亿元", "万元", "元") if word in heading), "")
    yuan = float(match[1]) * {"亿": 1e8, "万": 1e4, "元": 1.0, "": usual}[unit[:1]]
    return yuan if abs(yuan) <= MOST_AMOUNT else None


def year_of(text: str) -> int | None:
    """The calendar year at the head of a cell: 2019, 2019年, 2019-05, 2019/5/1."""
    match = re.match(r"((?:19|20)\d\d)(?!\d)", text)
    return int(match[1]) if match else None


def _column(heads: Sequence[str], words: Sequence[str]) -> int:
    plain = [re.sub(r"[（(].*?[)）]|\s", "", head).lower() for head in heads]
    return next((plain.index(word) for word in words if word in plain), -1)


def _refusal(
    path: Path, row: int | None, column: str | None, text: str, wanted: Text
) -> TableError:
    return TableError([Problem(str(path), row, column, text, wanted)])


# -------- What it teaches


@dataclass(frozen=True)
class Learned:
    """One number of a type before and after: middle, 5% and 95%; `projects` of
    the type that spoke to it."""

    type: str
    number: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    projects: int


@dataclass(frozen=True)
class Lesson:
    """What a row taught: factors by which it alone moves the middles of its type's LEARNED numbers,
    1 where it says nothing of one. `rate`: its yearly profit on cost, None without a full year."""

    project: LedgerProject
    rate: float | None
    moves: dict[str, float]


def learn(
    projects: Sequence[LedgerProject], types: Sequence[ProjectType] | None = None
) -> list[Learned]:
    """Profit rate, chance of failing and hazard of every type that has them with a range."""
    kinds_by_name = {kind.name: kind for kind in types or shipped()}
    last = _last(projects)
    chances = [each for kind in kinds_by_name.values() for each in _chances(projects, kind, last)]
    return [*_rates(projects, kinds_by_name), *chances]


def _last(projects: Sequence[LedgerProject]) -> int:
    return max((year for project in projects for year in project.income), default=0)


def _chances(projects: Sequence[LedgerProject], kind: ProjectType, last: int) -> list[Learned]:
    """Chance of failing and hazard of a type, where it has them with a range, from a ledger
    whose last year is `last`."""
    mine = [project for project in projects if project.type == kind.name]
    old = [project for project in mine if _ripe(project, kind, last)]
    failed = sum(_failed(project) for project in old)
    alive = [project for project in old if not _failed(project)]
    deaths = sum(project.ended is not None for project in alive)
    worked = sum(_exposed(project, kind, last) for project in alive)
    chances = []
    for number, count, of_it in (
        ("fail", len(old), partial(_of_count, failed, len(old))),
        ("hazard", len(alive), partial(_of_deaths, deaths, worked)),
    ):
        body = kind.numbers.get(number)
        if body and body.distribution != "fixed":
            chances.append(_chance(kind.name, number, body, count, of_it))
    return chances


def lessons(
    projects: Sequence[LedgerProject], types: Sequence[ProjectType] | None = None
) -> list[Lesson]:
    """What each row taught, by leaving it out."""
    kinds_by_name = {kind.name: kind for kind in types or shipped()}

    last = _last(projects)

    def middles(some: Sequence[LedgerProject], kind: ProjectType) -> dict[str, float]:
        rates = (rate for rate in _rates(some, kinds_by_name) if rate.type == kind.name)
        return {each.number: each.after[0] for each in (*rates, *_chances(some, kind, last))}

    whole = {name: middles(projects, kind) for name, kind in kinds_by_name.items()}
    taught = []
    for i, project in enumerate(projects):
        kind = kinds_by_name[project.type]
        of_type, without = whole[kind.name], middles([*projects[:i], *projects[i + 1 :]], kind)
        moves = {
            number: of_type[number] / without[number] if number in of_type else 1.0
            for number in LEARNED
        }
        taught.append(Lesson(project, rate_of(project, kind), moves))
    return taught


def rate_of(project: LedgerProject, kind: ProjectType) -> float | None:
    """Mean yearly income of full years over cost, overhead added back; None where there is no full
    year or it never worked."""
    years = full_years(project, kind)
    if not years or _failed(project):
        return None
    overhead = kind.numbers["overhead"].value if "overhead" in kind.numbers else 0.0
    return float(np.mean([project.income[year] for year in years]) + overhead) / project.cost


def full_years(project: LedgerProject, kind: ProjectType) -> list[int]:
    """Years of the ledger in which a project could work from January to December."""
    end = project.ended if project.ended is not None else 10_000
    return [year for year in project.income if _first(project, kind) <= year < end]


def _first(project: LedgerProject, kind: ProjectType) -> int:
    lag = kind.numbers["lag"].value if "lag" in kind.numbers else 1.0
    return project.begun + 1 + math.floor(lag / 4)


def _exposed(project: LedgerProject, kind: ProjectType, last: int) -> float:
    """Years in which a project could end after its first full year; one that ended did so
    in the middle of its year."""
    end = last + 1.0 if project.ended is None else project.ended + 0.5
    return max(0.0, end - _first(project, kind) - 1.0)


def _ripe(project: LedgerProject, kind: ProjectType, last: int) -> bool:
    return last >= _first(project, kind) + SILENT_YEARS - 1


def _failed(project: LedgerProject) -> bool:
    return not any(value > 0 for value in project.income.values())


def _spread(number: Number) -> float:
    if number.distribution == "uniform":
        return (number.high - number.low) / number.value / math.sqrt(12)
    return math.log(number.high / number.low) / (2 * NORMAL_95)


def _rates(
    projects: Sequence[LedgerProject], kinds_by_name: dict[str, ProjectType]
) -> list[Learned]:
    """Profit rates: normal logs of all types together, with a part of the prior in common."""
    kinds = [
        kind for kind in kinds_by_name.values()
        if (n := kind.numbers.get("profit_rate")) and n.distribution != "fixed" and n.value > 0
    ]  # fmt: skip
    middle = np.array([math.log(kind.numbers["profit_rate"].value) for kind in kinds])
    sd = np.array([_spread(kind.numbers["profit_rate"]) for kind in kinds])
    prior = np.outer(sd, sd) * (SHARED + (1 - SHARED) * np.eye(len(kinds)))
    place = {kind.name: i for i, kind in enumerate(kinds)}
    seen: dict[str, int] = dict.fromkeys(place, 0)
    precision, pull = np.linalg.inv(prior), np.zeros(len(kinds))
    for project in projects:
        kind = kinds_by_name.get(project.type)
        rate = rate_of(project, kind) if kind and project.type in place else None
        if rate is None or kind is None:
            continue
        type_number, years = place[project.type], len(full_years(project, kind))
        weight = 1.0 / (LUCK**2 + YEARLY**2 / years)
        # a mean of lognormal years and projects lies over the middle by half the variance; ranges
        # are of middles
        precision[type_number, type_number] += weight
        pull[type_number] += weight * (math.log(max(rate, LEAST_RATE)) - middle[type_number])
        seen[project.type] += 1
    cover = np.linalg.inv(precision)
    moved, after = middle + cover @ pull, np.sqrt(np.diag(cover))
    reach = NORMAL_95 * after
    return [
        Learned(
            kind.name,
            "profit_rate",
            _span(kind.numbers["profit_rate"]),
            tuple(float(np.exp(moved[i] + side * reach[i])) for side in (0, -1, 1)),  # type: ignore[arg-type]
            seen[kind.name],
        )
        for i, kind in enumerate(kinds)
    ]


def _chance(kind: str, name: str, number: Number, projects: int, log_likelihood: Any) -> Learned:
    """A chance learned on the grid of its own prior."""
    grid = number.at(ndtr(SCORES))
    weight = np.exp(-0.5 * SCORES**2) * np.exp(_level(log_likelihood(grid)))
    cumulative = np.cumsum(weight) / weight.sum()
    middle, low, high = (float(np.interp(share, cumulative, grid)) for share in (0.5, 0.05, 0.95))
    before = _span(number)
    after = before if projects == 0 else (middle, low, high)
    return Learned(kind, name, before, after, projects)


def _of_count(hits: int, tries: int, chance: np.ndarray) -> np.ndarray:
    return np.asarray(binom.logpmf(hits, tries, chance))


def _of_deaths(deaths: int, years: float, hazard: np.ndarray) -> np.ndarray:
    return np.asarray(poisson.logpmf(deaths, hazard * years))


def _level(values: np.ndarray) -> np.ndarray:
    return np.asarray(values - np.max(values))


def _span(number: Number) -> tuple[float, float, float]:
    return number.value, number.low, number.high


# -------- A file of one's own


def as_toml(learned: Sequence[Learned], ledger: str, projects: int) -> str:
    """The numbers that moved, as a county's own technology file."""
    kinds_by_name = {lesson.name: lesson for lesson in shipped()}
    lines = [
        f"# Technology as {projects} projects of {ledger} teach it; what is not here "
        f"stays as shipped."
    ]
    for lesson in learned:
        if lesson.after == lesson.before:
            continue
        number = kinds_by_name[lesson.type].numbers[lesson.number]
        value, low, high = lesson.after
        shape = "lognormal" if lesson.number != "fail" else "logit"
        span = f"{number.value:g} ({number.low:g}..{number.high:g})"
        reason = worded("calibrate.projects.reason", projects=lesson.projects, span=span)
        lines += [
            "",
            f"[{lesson.type}.{lesson.number}]",
            f"value = {value:.6g}",
            f"low = {low:.6g}",
            f"high = {high:.6g}",
            f'distribution = "{shape}"',
            f"unit = {json.dumps(number.unit)}",
            'kind = "assumption"',
            f"reason = {json.dumps(reason, ensure_ascii=False)}",
            f"reason_zh = {json.dumps(reason.zh, ensure_ascii=False)}",
        ]
    return "\n".join(lines) + "\n"

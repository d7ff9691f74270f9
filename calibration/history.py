"""A planner's own history as targets: village, year, collective income of past years, beside the planner's village table.

Two quantities a year: the mean of the logs over the villages of the history (how the whole has moved), and the slope of the
logs on the logs at the start (whether the weak have caught up). Villages that the history leaves out are left out of both. Where the
table says too little of the start to tell weak from strong (one village, or incomes that are all drawn), there is no slope.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import multivariate_normal
from village_alliances.calibration import fit
from village_alliances.calibration.cases import Case, Played, simulate
from village_alliances.calibration.priors import Sets
from village_alliances.calibration.validate import Score, afresh, score
from village_alliances.sim.files import read_file
from village_alliances.sim.history import places_by_name
from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.table.cells import Unreadable, read_number, said
from village_alliances.sim.table.headings import Heading, plain
from village_alliances.sim.table.page import LARGEST_UNPACKED
from village_alliances.sim.table.sheet import read_sheet

COLUMNS = ("village", "year", "collective_income")
CHINESE = {"village": "村名", "year": "年份", "collective_income": "集体经济收入"}
FIELD_OF = {"village": "name", "collective_income": "collective_income"}
YEAR = ("year", "年份", "年度", "年")
ERROR = 0.05  # sd of the mean log: books are kept, but not alike in all villages
SLOPE_ERROR = 0.05
LEAST = 100.0  # yuan a year
LUCK = 4  # draws of luck a set
MOST_YEARS = 60  # from the start of the table; each of them is simulated
APART = 0.2  # sd of the logs at the start from which on there is a slope


@dataclass(frozen=True)
class History:
    """`income` year -> position of the village in the table -> yuan a year."""

    income: dict[int, dict[int, float]]


def read(path: Path, scenario: Scenario) -> History:
    """A history from a CSV or Excel file as a county office keeps it: headings in Chinese or English, yuan or 万元, UTF-8 or GBK.

    Raises TableError with every fault: columns, unknown villages, years before the start, numbers.
    """
    sheet = read_sheet(
        read_file(path, LARGEST_UNPACKED, Text("a .csv or .xlsx file", ".csv 或 .xlsx 文件")),
        str(path),
    )
    places = {name: _column(sheet.headings, name) for name in COLUMNS}
    if missing := [name for name in COLUMNS if places[name] < 0]:
        found = ", ".join(heading.text for heading in sheet.headings)
        en, zh = ", ".join(missing), "、".join(CHINESE[name] for name in missing)
        raise TableError(
            [
                Problem(
                    str(path),
                    1,
                    None,
                    found,
                    Text(
                        f"the columns village, year, collective_income; missing: {en}",
                        f"缺列：{zh}",
                    ),
                )
            ]
        )
    known = places_by_name(scenario)
    problems: list[Problem] = []
    income: dict[int, dict[int, float]] = {}
    for number, cells in sheet.rows:
        village, year, money = (
            cells[places[name]] if places[name] < len(cells) else "" for name in COLUMNS
        )

        def wrong(name: str, found: object, en: str, zh: str, row: int = number) -> None:
            problems.append(
                Problem(
                    str(path), row, sheet.headings[places[name]].text, said(found), Text(en, zh)
                )
            )

        name = said(village).strip()
        where = known.get(name, [])
        if not where:
            wrong("village", village, "a village of the table", "村表中的村名")
        elif len(where) > 1:
            en, zh = (
                f"{gap}".join(f"{scenario.places['township'][at]}/{name}" for at in where)
                for gap in (", ", "、")
            )
            wrong(
                "village",
                village,
                f"one village; there are {len(where)}, write {en}",
                f"唯一的村；同名 {len(where)} 个，请写 {zh}",
            )
        told = unicodedata.normalize("NFKC", said(year)).strip().removesuffix("年")
        known_year = re.fullmatch(r"[0-9]{4}", told) is not None
        if not known_year or not scenario.start <= int(told) < scenario.start + MOST_YEARS:
            wrong(
                "year",
                year,
                f"a year from {scenario.start}, when the table begins, to {scenario.start + MOST_YEARS - 1}",
                f"{scenario.start} 年（村表起始年）至 {scenario.start + MOST_YEARS - 1} 年",
            )
        value = _yuan(money, sheet.headings[places["collective_income"]])
        if not value > 0:
            wrong(
                "collective_income",
                money,
                "one exact amount above 0 (no <, >, about or range)",
                "大于 0 的确切数（不用 <、>、约或区间）",
            )
        if not problems:
            of_year = income.setdefault(int(told), {})
            if where[0] in of_year:
                wrong("village", village, f"each village once in {told}", f"{told} 年每村一行")
            of_year[where[0]] = value
    if not problems and not income:
        problems.append(Problem(str(path), None, None, "0", Text("at least one row", "至少一行")))
    if problems:
        raise TableError(problems)
    return History(income)


def _column(headings: Sequence[Heading], name: str) -> int:
    """Where a column stands, -1 if nowhere."""
    for at, heading in enumerate(headings):
        if name == "year" and plain(heading.text) in YEAR:
            return at
        if heading.field is not None and heading.field.name == FIELD_OF.get(name):
            return at
    return -1


def _yuan(value: object, heading: Heading) -> float:
    """Yuan a year of a cell; nan where it holds no exact number."""
    assert heading.field is not None
    try:
        cell = read_number(heading.field, value, heading.unit)
    except Unreadable:
        return float("nan")
    return cell.low if cell is not None and cell.kind == "exact" else float("nan")


def quantities(levels: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean log of `levels` (runs, villages), and their slope on the logs of `starts` (villages,), yuan a year both -> (runs, 1 or 2)."""
    y, x = np.log(np.maximum(levels, LEAST)), np.log(np.maximum(starts, LEAST))
    mean = y.mean(axis=1, keepdims=True)
    if x.std() < APART:
        return np.asarray(mean)
    across = x - x.mean()
    return np.column_stack([mean, y @ across / (across @ across)])


def simulated(
    history: History, scenario: Scenario, sets: Sets, seed: int, luck: int = 1
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Year -> operating incomes of the history's villages at its end and at the start, yuan a year, each (sets, luck, villages)."""

    def levels(play: Played, _: Played | None) -> dict[str, np.ndarray]:
        found = {f"start {i}": play.years[0]["operating_income"][:, i] for i in villages}
        for year in history.income:
            end = play.years[year - scenario.start + 1]["operating_income"]
            found |= {f"level {i} {year}": end[:, i] for i in history.income[year]}
        return found

    villages = sorted({i for of_year in history.income.values() for i in of_year})
    last = max(history.income) - scenario.start + 1
    told = simulate(Case("history", scenario, last, levels, luck=luck), sets, seed)
    return {
        year: (
            np.stack([told[f"level {i} {year}"] for i in of_year], axis=-1),
            np.stack([told[f"start {i}"] for i in of_year], axis=-1),
        )
        for year, of_year in sorted(history.income.items())
    }


def _told(history: History, year: int) -> np.ndarray:
    """What the history states of a year, (1, villages)."""
    return np.array([list(history.income[year].values())])


def check(sets: Sets, scenario: Scenario, path: Path, seed: int) -> list[Score]:
    """The typical (geometric mean) income of each year of the history against what sets predict."""
    history = read(path, scenario)
    rng = np.random.default_rng(seed + 60)
    scores = []
    for year, (level, _) in simulated(history, scenario, afresh(sets), seed).items():
        typical = np.log(np.maximum(level[:, 0], LEAST)).mean(axis=1)
        scores.append(
            score(
                str(year),
                "own",
                typical + ERROR * rng.standard_normal(len(sets)),
                float(np.log(_told(history, year)).mean()),
                qualifier="exact",
            )
        )
    return scores


def add(sample: fit.Sample, scenario: Scenario, path: Path, seed: int) -> fit.Sample:
    """The sample with one more column: how likely each set makes the history of the planner's villages.

    One or two quantities a year; their errors and what luck does to them are taken as normal, luck alike for all sets.
    """
    history = read(path, scenario)
    found, aim, errors = [], [], []
    for year, (level, start) in simulated(history, scenario, sample.sets, seed, LUCK).items():
        usual = np.median(start, axis=(0, 1))
        told = quantities(_told(history, year), usual)[0]
        of_runs = quantities(level.reshape(-1, level.shape[-1]), usual)
        found.append(of_runs.reshape(len(sample), LUCK, -1))
        aim.append(told)
        errors.append([ERROR, SLOPE_ERROR][: told.size])
    values, stated = np.concatenate(found, axis=-1), np.concatenate(aim)
    middle = values.mean(axis=1)
    by_luck = (values - middle[:, None]).reshape(-1, stated.size)
    cover = by_luck.T @ by_luck / (len(sample) * (LUCK - 1)) * (1.0 + 1.0 / LUCK)
    cover += np.diag(np.concatenate(errors) ** 2)
    likely = multivariate_normal(np.zeros(stated.size), cover).logpdf(stated - middle)
    return sample.with_column("history", np.asarray(likely))

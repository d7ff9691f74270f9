"""A planner's own history as targets: village, year, collective income of past years, beside the
planner's village table.

Two quantities a year: the mean of the logs over the villages of the history (how the whole has
moved), and the slope of the logs on the logs at the start (whether the weak have caught up).
Villages that the history leaves out are left out of both. Where the table says too little of the
start to tell weak from strong (one village, or incomes that are all drawn), there is no slope.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scipy.stats import multivariate_normal
from village_alliances.calibration import fit
from village_alliances.calibration.cases import Case, Played, simulate
from village_alliances.calibration.priors import Sets
from village_alliances.calibration.validate import Score, afresh, score
from village_alliances.sim.fields import FIELD
from village_alliances.sim.files import read_file
from village_alliances.sim.labels import labels, places_by_name
from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.table.cells import Unreadable, is_blank, read_number, text_of
from village_alliances.sim.table.columns import units_in, year_of
from village_alliances.sim.table.headings import Heading, plain
from village_alliances.sim.table.layout import Sheet
from village_alliances.sim.table.page import LARGEST_UNPACKED
from village_alliances.sim.table.places import is_sum, same, stem
from village_alliances.sim.table.sheet import read_sheets
from village_alliances.sim.table.units import LOOKS_LIKE_WAN
from village_alliances.sim.worded import worded

INCOME = FIELD["collective_income"]
YEAR = ("year", "年份", "年度", "年")
ERROR = 0.05  # sd of the mean log: books are kept, but not alike in all villages
SLOPE_ERROR = 0.05
LEAST = 100.0  # yuan a year
LUCK = 4  # draws of luck a set
EARLIEST = 1949
MOST_YEARS = 60  # from the start of the table; each of them is simulated
APART = 0.2  # sd of the logs at the start from which on there is a slope


@dataclass(frozen=True)
class IncomeHistory:
    """`income` year -> position of the village in the table -> yuan a year. `early`: years before
    the start, which are left out."""

    income: dict[int, dict[int, float]]
    early: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Entry:
    """What one row says of one year. `years`, `money`: the headings under which it says so."""

    sheet: Sheet
    row: int
    village: str
    township: str
    year: object
    years: str
    amount: object
    money: Heading

    def wrong(self, column: str, value: object, expected: Text) -> Problem:
        """A problem in one of its cells."""
        return Problem(self.sheet.file, self.row, column, text_of(value), expected)


def read_history(path: Path, scenario: Scenario) -> IncomeHistory:
    """A history from a CSV or Excel file as a county office keeps it: headings in Chinese or
    English, yuan or 万元, UTF-8 or GBK.

    A row for each village and year, or a row for each village and a column for each year. Names may
    be written in variants (石岭村, 石岭村委会). Raises TableError with every fault: columns, unknown
    villages, years, numbers.
    """
    data = read_file(path, LARGEST_UNPACKED, worded("problems.calibration_history.csv_xlsx_file"))
    sheets, _ = read_sheets(data, str(path))
    problems = [problem for sheet in sheets for problem in sheet.problems]
    who = _Who(scenario)
    income: dict[int, dict[int, float]] = {}
    early: set[int] = set()
    for entry in (entry for sheet in sheets for entry in _entries(sheet, problems)):
        row, year, amount = (
            who.find(entry, problems),
            _year(entry, scenario, problems),
            _yuan(entry),
        )
        if not amount > 0:
            expected = worded("problems.calibration_history.exact_amount_above")
            problems.append(entry.wrong(entry.money.text, entry.amount, expected))
        if problems or row is None or year is None:
            continue
        if year < scenario.start:
            early.add(year)
            continue
        of_year = income.setdefault(year, {})
        if row in of_year:
            once = worded("problems.calibration_history.each_village_once", year=year)
            problems.append(entry.wrong("village", entry.village, once))
        of_year[row] = amount
    if not problems and not income:
        expected = worded("problems.calibration_history.least_row_later", start=scenario.start)
        problems.append(Problem(str(path), None, None, "0", expected))
    problems += _doubtful_unit(path, income)
    if problems:
        raise TableError(problems)
    return IncomeHistory(income, tuple(sorted(early)))


def _entries(sheet: Sheet, problems: list[Problem]) -> Iterator[_Entry]:
    """What the rows of a sheet say, year by year; sums are left out, and so are blanks of a
    table with years as columns."""
    places = {
        h.field.name: column for column, h in reversed([*enumerate(sheet.headings)]) if h.field
    }
    year = next((i for i, h in enumerate(sheet.headings) if plain(h.text) in YEAR), None)
    money = _money(sheet)
    wide = {i: heading for i, heading in money.items() if year_of(heading.text)}
    if not money or (year is None and not wide):
        problems.append(_no_columns(sheet, missing_year=bool(money)))
        return
    for row, cells in sheet.rows:

        def cell(place: int | None, cells: list[Any] = cells) -> Any:
            return cells[place] if place is not None and place < len(cells) else ""

        village, township = text_of(cell(places["name"])), text_of(cell(places.get("township")))
        if is_sum(village) or is_sum(township):
            continue
        if year is not None:
            place, heading = next(iter(money.items()))
            column = sheet.headings[year].text
            yield _Entry(sheet, row, village, township, cell(year), column, cell(place), heading)
            continue
        for place, heading in wide.items():
            if not is_blank(cell(place)):
                stated_year = year_of(heading.text)
                yield _Entry(
                    sheet, row, village, township, stated_year, heading.text, cell(place), heading
                )


def _money(sheet: Sheet) -> dict[int, Heading]:
    """Columns of operating income, also those whose heading is but a year, by position; the unit
    from a title if need be."""
    of_title = units_in(sheet.titles, INCOME)
    of_all = of_title[0] if len(of_title) == 1 else None
    columns = {}
    for i, heading in enumerate(sheet.headings):
        bare = re.fullmatch(r"(?:19|20)[0-9]{2}年?度?", plain(heading.text))
        if heading.field is INCOME or (heading.field is None and bare):
            columns[i] = Heading(heading.text, INCOME, heading.unit or of_all)
    return columns


def _no_columns(sheet: Sheet, *, missing_year: bool) -> Problem:
    headings = ", ".join(heading.text for heading in sheet.headings)
    expected = worded(
        "problems.calibration_history.columns_village_year",
        value=worded(
            "problems.calibration_history.year"
            if missing_year
            else "problems.calibration_history.collective_income"
        ),
    )
    return Problem(sheet.file, 1, None, headings, expected)


class _Who:
    """Villages of a scenario by the names that a history may call them."""

    def __init__(self, scenario: Scenario) -> None:
        self.exact = places_by_name(scenario)
        self.townships = [same(str(township)) for township in scenario.places["township"]]
        self.labels = labels(scenario)
        self.loose: dict[str, list[int]] = {}
        for i, name in enumerate(scenario.names):
            self.loose.setdefault(stem(str(name)), []).append(i)

    def find(self, entry: _Entry, problems: list[Problem]) -> int | None:
        """Position of the village; None, with the problem noted, where there
        is none or more than one."""
        name = entry.village.strip()
        where = self.exact.get(name) or self.loose.get(stem(name), [])
        if len(where) > 1 and entry.township:
            where = [i for i in where if self.townships[i] == same(entry.township)] or where
        if len(where) == 1:
            return where[0]
        expected = worded("problems.calibration_history.village_table")
        if where:
            en, zh = (gap.join(self.labels[i] for i in where) for gap in (", ", "、"))
            expected = worded(
                "problems.calibration_history.village_write", count=len(where), names=Text(en, zh)
            )
        column = next(h.text for h in entry.sheet.headings if h.field and h.field.name == "name")
        problems.append(entry.wrong(column, name, expected))
        return None


def _year(entry: _Entry, scenario: Scenario, problems: list[Problem]) -> int | None:
    """The year of an entry; None, with the problem noted, where it is none or too late."""
    text = re.sub("年度?$", "", unicodedata.normalize("NFKC", text_of(entry.year)).strip())
    last = scenario.start + MOST_YEARS - 1
    if re.fullmatch(r"[0-9]{4}", text) and EARLIEST <= int(text) <= last:
        return int(text)
    expected = worded(
        "problems.calibration_history.year_table_begins", last=last, start=scenario.start
    )
    problems.append(entry.wrong(entry.years, entry.year, expected))
    return None


def _yuan(entry: _Entry) -> float:
    """Yuan a year of an entry; nan where it holds no exact number."""
    try:
        cell = read_number(INCOME, entry.amount, entry.money.unit)
    except Unreadable:
        return float("nan")
    return cell.low if cell is not None and cell.kind == "exact" else float("nan")


def _doubtful_unit(path: Path, income: dict[int, dict[int, float]]) -> list[Problem]:
    """Incomes of a few hundred yuan a year were hardly meant: the figures would teach
    the model something wrong."""
    amounts = [amount for of_year in income.values() for amount in of_year.values()]
    if not amounts or median(amounts) >= LOOKS_LIKE_WAN:
        return []
    expectation = worded("problems.calibration_history.incomes_yuan_year", median=median(amounts))
    expected = worded("problems.calibration_history.unit_heading_such")
    return [Problem(str(path), None, None, expectation, expected)]


def quantities(levels: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean log of `levels` (runs, villages), and their slope on the logs of `starts` (villages,),
    yuan a year both -> (runs, 1 or 2)."""
    y, x = np.log(np.maximum(levels, LEAST)), np.log(np.maximum(starts, LEAST))
    mean = y.mean(axis=1, keepdims=True)
    if x.std() < APART:
        return np.asarray(mean)
    across = x - x.mean()
    return np.column_stack([mean, y @ across / (across @ across)])


def simulated(
    history: IncomeHistory, scenario: Scenario, sets: Sets, seed: int, luck: int = 1
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Year -> operating incomes of the history's villages at its end and at the start, yuan a year,
    each (sets, luck, villages)."""

    def levels(play: Played, _: Played | None) -> dict[str, np.ndarray]:
        levels = {f"start {i}": play.years[0]["operating_income"][:, i] for i in villages}
        for year in history.income:
            end = play.years[year - scenario.start + 1]["operating_income"]
            levels |= {f"level {i} {year}": end[:, i] for i in history.income[year]}
        return levels

    villages = sorted({i for of_year in history.income.values() for i in of_year})
    last = max(history.income) - scenario.start + 1
    readings = simulate(Case("history", scenario, last, levels, luck=luck), sets, seed)
    return {
        year: (
            np.stack([readings[f"level {i} {year}"] for i in of_year], axis=-1),
            np.stack([readings[f"start {i}"] for i in of_year], axis=-1),
        )
        for year, of_year in sorted(history.income.items())
    }


def _told(history: IncomeHistory, year: int) -> np.ndarray:
    """What the history states of a year, (1, villages)."""
    return np.array([list(history.income[year].values())])


def check(sets: Sets, scenario: Scenario, path: Path, seed: int) -> list[Score]:
    """The typical (geometric mean) income of each year of the history against what sets predict."""
    history = read_history(path, scenario)
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


def add(sample: fit.PriorSample, scenario: Scenario, path: Path, seed: int) -> fit.PriorSample:
    """The sample with one more column: how likely each set makes the history
    of the planner's villages.

    One or two quantities a year; their errors and what luck does to them are taken as normal,
    luck alike for all sets.
    """
    history = read_history(path, scenario)
    extra, aim, errors = [], [], []
    for year, (level, start) in simulated(history, scenario, sample.sets, seed, LUCK).items():
        usual = np.median(start, axis=(0, 1))
        quantities_seen = quantities(_told(history, year), usual)[0]
        of_runs = quantities(level.reshape(-1, level.shape[-1]), usual)
        extra.append(of_runs.reshape(len(sample), LUCK, -1))
        aim.append(quantities_seen)
        errors.append([ERROR, SLOPE_ERROR][: quantities_seen.size])
    values, stated = np.concatenate(extra, axis=-1), np.concatenate(aim)
    middle = values.mean(axis=1)
    by_luck = (values - middle[:, None]).reshape(-1, stated.size)
    cover = by_luck.T @ by_luck / (len(sample) * (LUCK - 1)) * (1.0 + 1.0 / LUCK)
    cover += np.diag(np.concatenate(errors) ** 2)
    likely = multivariate_normal(np.zeros(stated.size), cover).logpdf(stated - middle)
    return sample.with_column("history", np.asarray(likely))

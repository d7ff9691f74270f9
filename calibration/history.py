"""A planner's own history as targets: village, year, collective income of past years, beside the planner's village table.

Two quantities a year: the mean of the logs over the villages of the history (how the whole has moved), and the slope of the
logs on the logs at the start (whether the weak have caught up). Villages that the history leaves out are left out of both.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from calibration import fit, targets
from calibration.cases import Case, Societies, scenario_of, simulate
from sim.problems import Problem, TableError, Text
from sim.scenario import Scenario

COLUMNS = ("village", "year", "collective_income")
ERROR = 0.05  # sd of the mean log: books are kept, but not alike in all villages
SLOPE_ERROR = 0.05
LEAST = 100.0  # yuan a year


@dataclass(frozen=True)
class History:
    """`income` year -> village -> yuan a year."""

    income: dict[int, dict[str, float]]


def read(path: Path, scenario: Scenario) -> History:
    """A history from a CSV file. Raises TableError with every fault: columns, unknown villages, years before the start, numbers."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    header = [cell.strip() for cell in rows[0]] if rows else []
    if tuple(header) != COLUMNS:
        wanted = ", ".join(COLUMNS)
        raise TableError([Problem(str(path), 1, None, ", ".join(header), Text(f"the columns {wanted}", f"列 {wanted}"))])
    known = set(map(str, scenario.names))
    problems: list[Problem] = []
    income: dict[int, dict[str, float]] = {}
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        village, year, money = (cells + ["", "", ""])[:3]

        def wrong(column: str, found: str, en: str, zh: str, row: int = number) -> None:
            problems.append(Problem(str(path), row, column, found, Text(en, zh)))

        if village.strip() not in known:
            wrong("village", village, "a village of the table", "村表中的村名")
        if not year.strip().isdigit() or int(year) < scenario.start:
            wrong("year", year, f"a year from {scenario.start} on, when the table begins", f"{scenario.start} 年（村表起始年）及以后的年份")
        if not (value := number_of(money)) > 0:
            wrong("collective_income", money, "yuan a year, above 0", "大于 0 的元/年")
        if not problems:
            of_year = income.setdefault(int(year), {})
            if village.strip() in of_year:
                wrong("village", village, f"each village once in {year}", f"{year} 年每村一行")
            of_year[village.strip()] = value
    if not problems and not income:
        problems.append(Problem(str(path), None, None, "0", Text("at least one row", "至少一行")))
    if problems:
        raise TableError(problems)
    return History(income)


def number_of(text: str) -> float:
    """A number as written with or without separators; nan where it is none."""
    try:
        return float(text.replace(",", "").replace("，", "").strip())
    except ValueError:
        return float("nan")


def quantities(levels: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean log and slope on the starts' logs: `levels`, `starts` (runs, villages) -> (runs, 2)."""
    y, x = np.log(np.maximum(levels, LEAST)), np.log(np.maximum(starts, LEAST))
    across = x - x.mean(axis=1, keepdims=True)
    slope = (across * y).sum(axis=1) / np.maximum((across**2).sum(axis=1), 1e-9)
    return np.column_stack([y.mean(axis=1), slope])


def add(sample: fit.Sample, table: str, path: Path, seed: int) -> tuple[fit.Sample, np.ndarray]:
    """The sample with two more columns a year of the history, simulated from the planner's table, and all stated figures."""
    scenario = scenario_of(table)
    history = read(path, scenario)
    names = list(map(str, scenario.names))

    def levels(society: Any, _: Scenario) -> dict[str, np.ndarray]:
        income = society.v.collective_income.reshape(-1, scenario.size)
        starts = society.v.start_income.reshape(-1, scenario.size)
        return {f"{what} {i}": values[:, i].copy() for i in range(scenario.size) for what, values in (("level", income), ("start", starts))}

    case = Case(
        "history", table, max(history.income) - scenario.start + 1, lambda society, _: {"runs": np.ones(len(society.p))}, read_year=levels
    )
    readings = simulate(case, Societies(sample.shares, sample.numbers), seed)
    rng = np.random.default_rng(seed + 50)
    errors = np.array([ERROR, SLOPE_ERROR])
    columns, stated = [sample.stated], [targets.stated()]
    for year, income in sorted(history.income.items()):
        at = [names.index(village) for village in income]
        level, start = (np.column_stack([readings[f"{what} {i} {year}"][:, 0] for i in at]) for what in ("level", "start"))
        columns.append(quantities(level, start) + errors * rng.standard_normal((len(sample), 2)))
        told = np.array([list(income.values())])
        known = np.median(start, axis=0)[None, :]
        stated.append(quantities(told, known)[0])
    use = np.column_stack(columns)
    varied = use.std(axis=0) > 1e-9
    return fit.Sample(sample.shares, use[:, varied], sample.numbers), np.concatenate(stated)[varied]

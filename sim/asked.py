"""What a script asks for, checked before anything runs: how many runs or which, and a
design with a row a run."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.sim import technology
from village_alliances.sim.arguments import as_tuple, nearest_of
from village_alliances.sim.building import Technology
from village_alliances.sim.parameters import levers
from village_alliances.sim.problems import Text, quoted
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.strategy import Portfolio, StrategyError
from village_alliances.sim.table.memory import as_frame, shortly
from village_alliances.sim.uncertain import uncertain
from village_alliances.sim.worded import joined, worded

RUN, POINT = "run", "point"  # columns of a design that are no input
LARGEST = 2**63  # run numbers are keys of draws


@dataclass(frozen=True)
class RunDesign:
    """Inputs of each run: numbers of runs (runs,), what is fixed and levers by name, each (runs,);
    `frame` as it was given."""

    runs: np.ndarray
    fixed: dict[str, np.ndarray]
    levers: dict[str, np.ndarray]
    frame: pd.DataFrame


def run_numbers(runs: Any) -> np.ndarray:
    """Numbers of runs (uint64): 0, 1, ... for a count, or those that are
    given, of any shape flattened.

    Raises ValueError for what is neither, in a sentence.
    """
    if isinstance(runs, (bool, str, bytes, pd.DataFrame)):
        raise ValueError(
            f"runs: found {type(runs).__name__} {shortly(runs)}; expected how many (100) or their "
            "numbers ([0, 1, 7]); a table of inputs goes into design="
        )
    if isinstance(runs, (int, np.integer)):
        if not 1 <= runs < LARGEST:
            raise ValueError(f"runs: found {runs}; expected 1 or more")
        return np.arange(runs, dtype=np.uint64)
    numbers = np.asarray(list(runs) if isinstance(runs, range) else runs)
    if numbers.ndim == 0 or numbers.size == 0 or numbers.dtype.kind not in "iuf":
        raise ValueError(f"runs: found {shortly(runs)}; expected how many or their whole numbers")
    if (numbers != np.floor(numbers)).any() or (numbers < 0).any() or (numbers >= LARGEST).any():
        raise ValueError(f"runs: found {shortly(runs)}; expected whole numbers from 0 on")
    return numbers.ravel().astype(np.uint64)


def design_of(frame: Any, scenario: Scenario) -> RunDesign:
    """A design from a table with a row a run: columns named as parameters, numbers of project types
    (`let.profit_rate`) and levers.

    A column `run` gives numbers of runs (else 0, 1, ...): rows of one number share their draws. A
    column `point` is carried along. `frame`: a DataFrame, or what pandas makes one of (polars and
    Arrow tables by their own `to_pandas`). Raises ValueError with every problem at once.
    """
    table = as_frame(frame, "design")
    names = set(uncertain(quantities_of(scenario.region)))
    mine = set(levers())
    problems = []
    values: dict[str, np.ndarray] = {}
    for name in map(str, table.columns):
        if name in (RUN, POINT):
            continue
        if name not in names | mine:
            problems.append(f"column {name!r} is no input{nearest(name, names | mine)}")
            continue
        column = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
        if not np.isfinite(column).all():
            row = int(np.flatnonzero(~np.isfinite(column))[0])
            problems.append(f"column {name!r}, row {row}: {table[name].iloc[row]!r} is no number")
        values[name] = column
    if not len(table):
        problems.append("it has no row")
    if problems:
        raise ValueError("design: " + "; ".join(problems))
    numbers = run_numbers(table[RUN].to_numpy() if RUN in table.columns else len(table))
    return RunDesign(
        runs=numbers,
        fixed={name: column for name, column in values.items() if name in names},
        levers={name: column for name, column in values.items() if name in mine},
        frame=table.reset_index(drop=True),
    )


def portfolio_in(scenario: Scenario, given: Any) -> Portfolio:
    """A portfolio as a caller gives it: itself, a strategy, its name or its file.

    Raises StrategyError for what is no strategy, and for places that there are not in the
    scenario, with the nearest names.
    """
    portfolio = given if isinstance(given, Portfolio) else Portfolio(given)
    alliances = {name for alliance in scenario.given for name in alliance.name.values()}
    there = sorted(alliances | {str(name) for name in scenario.places["township"]})
    unknown = [place for place in portfolio.by if place not in there]
    if unknown:
        refused = [
            worded(
                "problems.asked.no_such_place",
                name=quoted(name),
                there_are=joined(nearest_of(name, there)),
            )
            for name in unknown
        ]
        raise StrategyError(Text("; ".join(refused), "；".join(text.zh for text in refused)))
    return portfolio


def types_of(source: Technology | str | Path | None) -> Technology:
    """Project types as a caller gives them: a technology, a file of one, or
    None for the shipped one.

    Raises TechnologyError for a file that cannot be used, ValueError for anything else.
    """
    if source is None:
        return technology.shipped()
    if isinstance(source, (str, Path)):
        return technology.read(Path(source))
    types = as_tuple("types", source, "project types, or their file")
    if not types or not all(isinstance(kind, technology.ProjectType) for kind in types):
        raise ValueError(f"types: found {shortly(source)}; expected project types, or their file")
    return types


def nearest(name: str, lines: Iterable[str]) -> str:
    """`; the nearest are ...` for a name that is not known, nothing where none is near."""
    near = difflib.get_close_matches(name, list(lines), 3)
    return f"; the nearest are {', '.join(near)}" if near else ""

"""Runs in which failures are looked for: fresh ones, and those of a stored sweep or comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments.design import column_of
from village_alliances.experiments.discovery.words import START, varied
from village_alliances.experiments.labels import label_of
from village_alliances.experiments.refused import Refused
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.loading import load, names
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.parameters import Mode
from village_alliances.sim.problems import TableError, Text
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.structured import read_frame, read_json
from village_alliances.sim.technology import ProjectType
from village_alliances.sim.uncertain import drawn
from village_alliances.sim.worded import joined, worded
from village_alliances.wording import LANGUAGES

RUNS = 4000
AT_START = (
    "mean_income",
    "p10_income",
    "gini",
    "villager_income",
    "capacity",
    "ability",
    "reserves",
    "weak_villages_50k",
)


@dataclass(frozen=True)
class Runs:
    """Runs of one strategy: `conditions` (runs, quantities), `outcomes` (runs, outcomes) at
    the end; what they are of.

    `kin` (runs,): runs of the same number here share their luck or their parameters (in a
    sweep over levers, say), so that one tells nearly what the other does. Empty where
    each run is drawn by itself.
    """

    conditions: pd.DataFrame
    outcomes: pd.DataFrame
    scenario: str
    strategy: str
    title: Mapping[str, str]
    failed: int = 0  # runs that could not be computed and are left out
    how: str = ""  # where they come from
    kin: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    place: Mapping[str, str] = field(default_factory=dict)  # title of the scenario, by language


def runs_of(
    scenario: Scenario,
    strategy: Portfolio | str,
    *,
    runs: int = RUNS,
    seed: int = 1,
    set_levers: Mapping[str, float] | None = None,
    mode: Mode | None = None,
    types: tuple[ProjectType, ...] = (),
    threads: int = 0,
    progress: Any = None,
) -> Runs:
    """Fresh runs of one strategy: every parameter, every number of the project types, and how the
    villages stood at the start. `types`: the technology, the shipped one if none is given.
    `progress(done, total)`."""
    portfolio = strategy if isinstance(strategy, Portfolio) else Portfolio(strategy)
    done = 0

    def tick(more: int) -> None:
        nonlocal done
        done += more
        if progress:
            progress(done, runs)

    made = run_ensemble(
        scenario,
        portfolio,
        runs=runs,
        seed=seed,
        levers=set_levers,
        mode=mode,
        types=types or None,
        threads=threads,
        progress=tick,
    )
    well = made.status == 0
    conditions = {
        name: np.asarray(made.parameters[name])[well] for name in made.parameters.dtype.names or ()
    }
    numbers = drawn(made.technology, types)
    conditions |= {name: values[well] for name, values in numbers.items() if name in varied()}
    conditions |= {START + name: made.outcome(name, 0)[well] for name in AT_START}
    return Runs(
        conditions=pd.DataFrame(conditions),
        outcomes=pd.DataFrame({name: made.outcome(name)[well] for name in NAMES}),
        scenario=scenario.name,
        strategy=portfolio.name,
        title=portfolio.default.title
        if not portfolio.by
        else dict.fromkeys(("en", "zh"), portfolio.name),
        failed=int((~well).sum()),
        place=scenario.title,
    )


def stored(folder: str | Path, strategy: str = "", scenario: str = "") -> Runs:
    """The runs of one strategy in the folder of a sweep (there of one scenario) or of a comparison.

    Raises Refused where there are none, or where it is not said which.
    """
    folder = Path(folder)
    if (folder / "manifest.json").exists():
        return _of_sweep(folder, strategy, scenario)
    if (folder / "runs.parquet").exists():
        return _of_comparison(folder, strategy)
    raise Refused(
        worded("problems.discovery.holds_neither_sweep_manifest", folder=folder),
    )


def _of_sweep(folder: Path, strategy: str, scenario: str) -> Runs:
    from village_alliances.experiments.store import Store, read_runs

    store = Store(folder)
    store.of_this_model()
    body, frame = store.manifest, read_runs(folder)
    frame = frame[frame["rival"] == ""]
    own = _strategy(folder, frame, strategy)
    scenarios = list(dict.fromkeys(own["scenario"]))
    if scenario not in scenarios and (scenario or len(scenarios) > 1):
        raise Refused(
            worded(
                "problems.discovery.which_scenario_scenario",
                folder=folder,
                scenarios=joined(scenarios),
            ),
        )
    own = own[own["scenario"] == (scenario or scenarios[0])]
    well = own[own["status"] == "SUCCEEDED"]
    conditions = _conditions(well)
    for name in AT_START:
        if f"{name}_by_year" in well:
            conditions[START + name] = [float(values[0]) for values in well[f"{name}_by_year"]]
    label = str(own["strategy"].iloc[0])
    kin = well["run" if body["sweep"]["design"] == "grid" else "point"].to_numpy(int)
    titles = {
        entry["label"]: entry["default"]["title"] for entry in body["strategies"] if not entry["by"]
    }
    shipped = {entry["label"]: entry.get("shipped", "") for entry in body["scenarios"]}
    return Runs(
        conditions=conditions.reset_index(drop=True),
        outcomes=well[[name for name in NAMES if name in well]].reset_index(drop=True),
        scenario=scenario or scenarios[0],
        strategy=label,
        title=titles.get(label, dict.fromkeys(("en", "zh"), label)),
        failed=len(own) - len(well),
        how=str(folder),
        kin=kin if np.unique(kin).size < kin.size else np.empty(0, int),
        place=_title(shipped.get(scenario or scenarios[0], ""), scenario or scenarios[0]),
    )


def _conditions(well: pd.DataFrame) -> pd.DataFrame:
    """What stored runs were given, by name."""
    names = {column_of(name): name for name in varied() if column_of(name) in well}
    return well[list(names)].astype(float).rename(columns=names)


def _of_comparison(folder: Path, strategy: str) -> Runs:
    try:
        runs = read_frame(folder / "runs.parquet")
        first = read_frame(folder / "series.parquet", ["run", "strategy", "year", *AT_START])
        about = read_json(folder / "compare.json")
    except TableError as error:
        raise Refused(Text(error.message("en"), error.message("zh"))) from error
    try:
        return _compared(folder, runs, first, about, strategy)
    except Refused:
        raise
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Refused(worded("problems.discovery.comparison_damaged", folder=folder)) from error


def _compared(
    folder: Path,
    runs: pd.DataFrame,
    first: pd.DataFrame,
    about: Mapping[str, Any],
    strategy: str,
) -> Runs:
    own = _strategy(folder, runs, strategy)
    label = str(own["strategy"].iloc[0])
    first = first[(first["strategy"] == label) & (first["year"] == first["year"].min())].set_index(
        "run"
    )
    well = own[own["status"] == "SUCCEEDED"]
    conditions = _conditions(well)
    for name in AT_START:
        conditions[START + name] = first.loc[well["run"], name].to_numpy(float)
    return Runs(
        conditions=conditions.reset_index(drop=True),
        outcomes=well[[name for name in NAMES if name in well]].reset_index(drop=True),
        scenario=about["scenario"]["name"],
        strategy=label,
        title=about["strategies"][label]["title"],
        failed=len(own) - len(well),
        how=str(folder),
        place=_title(about["scenario"]["name"], about["scenario"]["name"]),
    )


def _title(shipped: str, name: str) -> dict[str, str]:
    """The title of a shipped scenario; what is not shipped goes by its name."""
    return load(shipped).title if shipped in names() else dict.fromkeys(LANGUAGES, name)


def _strategy(folder: Path, frame: pd.DataFrame, strategy: str) -> pd.DataFrame:
    """The rows of one strategy: that which is named, else the only one beside `none`."""
    label = label_of(folder, dict.fromkeys(frame["strategy"]), strategy)
    return frame[frame["strategy"] == label]

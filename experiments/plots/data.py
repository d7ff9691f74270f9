"""The figures behind each chart of a comparison, as a table: what is drawn, so that it can
be drawn again elsewhere."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from village_alliances.experiments import plots
from village_alliances.experiments.answer.comparison import all_projects
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.wording import LANGUAGES

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
WEAK_LEFT = "weak_villages_50k"


def charted(c: Comparison, name: str) -> pd.DataFrame:
    """The data of one chart of `plots.figures`, by its name, under the names of
    experiments/tables.py. Raises KeyError."""
    if name.startswith("trajectory_"):
        return _over_time(c, name.removeprefix("trajectory_"))
    if name.startswith("map"):
        position = int(name.removeprefix("map_")) if name != "map" else 0
        return _villages(c, c.partitions[position - 1] if position else "")
    return _CHARTS[name](c)


def _over_time(c: Comparison, outcome: str) -> pd.DataFrame:
    """A row a strategy and year: mean and quantiles over the runs."""
    first = c.scenario.start - 1
    rows = []
    for label in c.strategies:
        values = c.ensembles[label].trajectory(outcome)
        mean, ends = np.nanmean(values, axis=0), plots.quantiles(values, SHARES)
        for year in range(values.shape[1]):
            low, quarter, middle, three, high = (float(v) for v in ends[:, year])
            rows.append((label, first + year, float(mean[year]), low, quarter, middle, three, high))
    head = ["strategy", "year", "mean", "p05", "p25", "median", "p75", "p95"]
    return pd.DataFrame(rows, columns=head)


def _villages(c: Comparison, partition: str) -> pd.DataFrame:
    """A row a village: where it is (blank where that is drawn in each run), its alliance
    and income at the start."""
    scenario = c.ensembles[partition].scenario if partition else c.scenario
    alliance: dict[str, list[str]] = {lang: [""] * scenario.size for lang in LANGUAGES}
    for given, lang in itertools.product(scenario.given, LANGUAGES):
        for member in given.members:
            alliance[lang][member] = given.name.get(lang, "")
    start = c.none.kept["start_income"] if c.none.kept else None
    return pd.DataFrame(
        {
            "village": [str(name) for name in scenario.names],
            "lon": scenario.lonlat[:, 0],
            "lat": scenario.lonlat[:, 1],
            "alliance": alliance["en"],
            "alliance_zh": alliance["zh"],
            "start_income": np.median(start, axis=0) if start is not None else np.nan,
        }
    )


def _incomes(c: Comparison) -> pd.DataFrame:
    """A row a strategy and share of villages: the income that this share has at most, with the
    strategy and without alliances."""
    shares = np.linspace(0.01, 0.99, 99)
    frames = []
    for label in c.strategies:
        ensemble = c.ensembles[label]
        well = (ensemble.status == 0) & (c.none.status == 0)
        with_, without = (
            np.quantile(side.kept["operating_income"][well].ravel(), shares)
            for side in (ensemble, c.none)
        )
        row = {"strategy": label, "share": shares, "with": with_, "without": without}
        frames.append(pd.DataFrame(row))
    return pd.concat(frames, ignore_index=True)


def _differences(c: Comparison) -> pd.DataFrame:
    kept = ["strategy", "outcome", "unit", "diff_median", "diff_p05", "diff_p95"]
    return c.table.loc[c.table["strategy"] != c.baseline, kept]


def _projects(c: Comparison) -> pd.DataFrame:
    projects = all_projects(c)
    return pd.DataFrame() if projects is None else projects


def _rivals(c: Comparison) -> pd.DataFrame:
    return c.against[c.against["outcome"] == OUTCOME]


def _parts(c: Comparison) -> pd.DataFrame:
    return pd.DataFrame() if c.parts is None else c.parts


_CHARTS: dict[str, Callable[[Comparison], pd.DataFrame]] = {
    "weak_left": lambda c: _over_time(c, WEAK_LEFT),
    "distribution": _incomes,
    "who_gains": lambda c: c.who,
    "rivals": _rivals,
    "projects": _projects,
    "differences": _differences,
    "best": lambda c: c.best,
    "regret": lambda c: c.best,
    "frontier": lambda c: (
        plots.bought(c, "en").drop(columns="label").rename(columns={"cost": "cost_median"})
    ),
    "parts": _parts,
}

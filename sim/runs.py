"""What many runs came to: an ensemble of one strategy, and ensembles on the same draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from village_alliances.sim.arguments import (
    as_tuple,
    check,
    check_names,
    is_one_of,
    is_whole,
    nothing_called,
)
from village_alliances.sim.asked import POINT, RUN
from village_alliances.sim.metrics import MAIN, NAMES, Outcome
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import VILLAGE
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.summary import Summarised
from village_alliances.sim.table.memory import shortly

STATUS = {0: "SUCCEEDED", 1: "FAILED"}
WHY = {1: "an income is not a finite number"}


@dataclass(repr=False)
class Ensemble(Summarised):
    """Outcomes of many runs. `series` records (runs, years + 1) by outcome; year 0 is the start.
    `status` (runs,): 0 is well. `kept`: columns of villages by name, (runs, villages) at the end or
    (runs, years + 1, villages), where asked for. `own`: outcomes of one's own, by name (runs, years
    + 1). `grants` (runs, ticks) yuan a quarter paid to alliances. `inputs`: the design's row of
    each run, where there was a design."""

    scenario: Scenario
    portfolio: Portfolio
    runs: np.ndarray
    series: Any
    status: np.ndarray
    grants: np.ndarray
    parameters: Any
    technology: Any
    kept: dict[str, np.ndarray] = field(default_factory=dict)
    own: dict[str, np.ndarray] = field(default_factory=dict)
    about: dict[str, Outcome] = field(default_factory=dict)  # what outcomes of one's own are
    inputs: pd.DataFrame | None = None
    again: Callable[..., Ensemble] | None = field(default=None, repr=False, compare=False)

    def in_short(self) -> str:
        """How many runs of what."""
        failed, years = int((self.status != 0).sum()), self.series.shape[1] - 1
        return (
            f"{self.runs.size} runs ({failed} failed) of {self.portfolio.name} in "
            f"{self.scenario.name}, "
            f"{self.scenario.size} villages, {years} years; .frame() is a table"
        )

    def small_table(self) -> pd.DataFrame:
        """The main outcomes, and those of one's own."""
        summary = self.frame()[[*MAIN, *self.own]].describe().T
        return summary[["mean", "std", "min", "50%", "max"]]

    def frame(self, year: int | None = -1) -> pd.DataFrame:
        """A row a run: run, point and inputs of the design where there was one, status, and every
        outcome at the end of a year.

        `year`: counted from the start (0), or from the end (-1, the default); None for a row a run
        and year. Outcomes of failed runs are nan, as numpy has it.
        """
        if year is not None:
            self._check_year(year)
        rows = self._inputs()
        rows["status"] = [STATUS.get(int(code), "FAILED") for code in self.status]
        years = range(self.series.shape[1]) if year is None else [range(self.series.shape[1])[year]]
        parts = [
            pd.concat(
                [
                    rows.assign(year=when) if year is None else rows,
                    pd.DataFrame({name: self.outcome(name, when) for name in self.outcomes}),
                ],
                axis=1,
            )
            for when in years
        ]
        return pd.concat(parts, ignore_index=True)

    def villages(
        self, columns: Sequence[str] = (), every: Literal["end", "year"] = "end"
    ) -> pd.DataFrame:
        """A row a run and village (and year, where `every` year is asked
        for) of columns of villages.

        `columns`: none for those that were kept. What was not kept is found by running the same
        runs again, which gives the same bits. Raises ValueError for a column that there is not, and
        where nothing was kept and nothing is named.
        """
        check(every=every)
        several = (columns,) if isinstance(columns, str) else as_tuple("columns", columns, "names")
        names = list(several or self.kept)
        if not names:
            raise ValueError('name columns of villages: runs.villages(["capacity"], every="year")')
        check_columns(names)
        by_name = self.kept
        complete = all(name in by_name for name in names)
        if complete and every == "end" and by_name[names[0]].ndim == 3:
            by_name = {name: by_name[name][:, -1] for name in names}
        elif not complete or (every == "year" and by_name[names[0]].ndim == 2):
            if self.again is None:
                raise ValueError(
                    f"{', '.join(names)}: not kept, and a rival's runs are not run "
                    f"again: say keep= and every= beforehand"
                )
            by_name = self.again(keep=tuple(names), every=every).kept
        values = {name: by_name[name] for name in names}
        places = np.indices(values[names[0]].shape)
        run, village = places[0].ravel(), places[-1].ravel()
        table: dict[str, Any] = {RUN: self.runs[run], "village": self._labels()[village]}
        if every == "year":
            table["year"] = places[1].ravel()
        return pd.DataFrame({**table, **{name: v.ravel() for name, v in values.items()}})

    def _labels(self) -> np.ndarray:
        """Names of villages; with their township where two have the same name."""
        names = [str(name) for name in self.scenario.names]
        if len(set(names)) < len(names):
            townships = self.scenario.places["township"]
            names = [f"{place} {name}" for place, name in zip(townships, names, strict=True)]
        return np.array(names, object)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """`frame()` for polars, DuckDB and whatever else reads Arrow, without a copy."""
        import pyarrow as pa

        table = pa.Table.from_pandas(self.frame(), preserve_index=False)
        return table.__arrow_c_stream__(requested_schema)

    def _inputs(self) -> pd.DataFrame:
        own = pd.DataFrame({RUN: self.runs})
        if self.inputs is None:
            return own
        rest = self.inputs.drop(columns=[RUN], errors="ignore")
        first = [POINT] if POINT in rest.columns else []
        return pd.concat([own, rest[first], rest.drop(columns=first)], axis=1)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of all outcomes, those of one's own last."""
        return (*NAMES, *self.own)

    def outcome(self, name: str, year: int = -1) -> np.ndarray:
        """One outcome of every run at the end of a year (default: the last), shape
        (runs,); failed runs are nan."""
        self._check_year(year)
        return self.trajectory(name)[:, year]

    def _check_year(self, year: Any) -> None:
        last = self.series.shape[1] - 1
        if not is_whole(year, -last - 1, last):
            span = f"0 to {last}, or -{last + 1} to -1 from the end"
            raise ValueError(f"year: found {shortly(year)}; expected {span}")

    def trajectory(self, name: str) -> np.ndarray:
        """One outcome of every run by year, shape (runs, years + 1); failed runs are nan. KeyError
        for a name that is none."""
        if not is_one_of(name, self.outcomes):
            raise KeyError(nothing_called("outcome", name, self.outcomes))
        values = self.own[name] if name in self.own else self.series[name]
        return np.where(self.status[:, None] != 0, np.nan, values)


@dataclass(repr=False)
class Together(Summarised):
    """Ensembles on the same draws: `none`, each strategy by label, and each strategy's
    rivals by label and name."""

    none: Ensemble
    strategies: dict[str, Ensemble]
    rivals: dict[str, dict[str, Ensemble]]

    def in_short(self) -> str:
        """Which strategies, and which rivals they have."""
        named = dict.fromkeys(name for them in self.rivals.values() for name in them)
        beside = f", each beside {', '.join(named)}" if named else ""
        return f"{self.none.runs.size} runs of none, {', '.join(self.strategies)}{beside}"


def check_columns(names: Sequence[str]) -> None:
    """ValueError, with the nearest, for names that are no columns of villages."""
    check_names("column of villages", names, [variable.name for variable in VILLAGE])

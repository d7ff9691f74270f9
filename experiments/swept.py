"""A sweep from a script: strategies over a sample, stored in a folder or kept in
memory, as one tidy table.

    found = sweep(load("jinxi"), ["none", "strong_leads_weak"], sample=frame, replicates=5)
    found.frame()          # a row a run: strategy, point, inputs, status, outcomes

Rows are those of a stored sweep (docs/sweeps.md), whether or not they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
import pyarrow as pa
from pydantic import ValidationError
from village_alliances.experiments.design import Design, Sweep
from village_alliances.experiments.reader import expand
from village_alliances.experiments.sealed import decode
from village_alliances.experiments.store import frame_of, rows_of
from village_alliances.experiments.sweep import Summary, carry_out
from village_alliances.sim.arguments import as_tuple, check, check_names
from village_alliances.sim.loading import load
from village_alliances.sim.own import OwnOutcomes
from village_alliances.sim.parameters import Mode
from village_alliances.sim.problems import TableError
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.structured import problems_of
from village_alliances.sim.summary import Summarised
from village_alliances.sim.table.memory import shortly
from village_alliances.wording import grouped

if TYPE_CHECKING:
    from village_alliances.sim.building import Technology

Place: TypeAlias = Scenario | str | Path | pd.DataFrame
Spec: TypeAlias = str | Path | Strategy | Portfolio
REPLICATES = 100  # runs where there is no sample


class Unfinished(RuntimeError):
    """A sweep in memory that did not come to its end, with the reason."""


@dataclass(repr=False)
class Swept(Summarised):
    """A sweep that was carried out. `folder`: where its runs are stored, None for one in memory;
    `parts`: those in memory."""

    design: Design
    summary: Summary
    folder: Path | None
    parts: Mapping[int, bytes]

    @cached_property
    def table(self) -> pa.Table:
        """Every run as an Arrow table, in the order of the design."""
        if self.folder is not None:
            return rows_of(self.folder)
        return pa.concat_tables([decode(self.parts[part]) for part in sorted(self.parts)])

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A row a run and strategy: run_id, scenario, strategy, rival, run, point, inputs, status,
        error, outcomes at the end.

        `columns`: only these. Outcomes of runs that failed are nan.
        """
        if columns is None:
            return frame_of(self.table)
        names = [columns] if isinstance(columns, str) else [*as_tuple("columns", columns, "names")]
        check_names("column", names, self.table.column_names)
        return frame_of(self.table.select(names))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The runs for polars, DuckDB and whatever else reads Arrow, without a copy."""
        return self.table.__arrow_c_stream__(requested_schema)

    def in_short(self) -> str:
        """How many runs, where, of what."""
        where = "in memory" if self.folder is None else f"in {self.folder}"
        return (
            f"{grouped(self.summary.done, 'en')} of {grouped(self.design.runs, 'en')} runs "
            f"({grouped(self.summary.failed, 'en')} failed) {where}: "
            f"{', '.join(self.design.portfolios)} over {grouped(self.design.points, 'en')} points; "
            f".frame() is a table"
        )

    def small_table(self) -> pd.DataFrame:
        """Mean outcomes by strategy and rival."""
        columns = [*self.design.outcomes[:6], *self.design.own]
        by = ["strategy", "rival"]
        return self.frame([*by, *columns]).groupby(by, sort=False).mean()


def sweep(
    villages: Place | Sequence[Place],
    strategies: Sequence[Spec] | Mapping[str, Spec],
    *,
    sample: Any = None,
    replicates: int = 0,
    outcomes: OwnOutcomes = None,
    levers: Any = None,
    uncertainties: Mapping[str, Any] | None = None,
    rivals: Sequence[str] = (),
    series: Sequence[str] = (),
    mode: Mode | None = None,
    types: str | Path | Technology | None = None,
    seed: int = 1,
    years: int = 0,
    out: str | Path | None = None,
    executor: Executor | None = None,
    workers: int = 0,
    progress: Callable[[int, int, int], None] | None = None,
    **more: Any,
) -> Swept:
    """Run every strategy, with its rivals, at every point of a sample, on the same draws; gains
    are over `none` run by run.

    `villages`: what `load` takes, or several of these. `strategies`: names, files, Strategy or
    Portfolio; a mapping gives labels. `sample`: a table, a row a point, columns named as
    parameters, numbers of project types (`let.profit_rate`) or levers; what it does not name is
    drawn anew in each run. `replicates`: runs of each point, each with luck of its own (1; 100
    where there is no sample). Run k of point p is number p * replicates + k, under every strategy.
    `outcomes`: of one's own. `series`: outcomes to keep of every year as well. `levers`,
    `uncertainties` and `more`: as in a sweep file (docs/sweeps.md). `out`: a folder in which runs
    are stored, and where the same call goes on after a stop; None keeps them in memory.
    `executor`: any, such as Dask's (`dask_executor`). Raises TableError with every problem at
    once, Refused for a folder that holds something else, Unfinished for a sweep in memory that was
    stopped, and KeyboardInterrupt.
    """
    if "runs" in more:
        raise TypeError("a sweep takes replicates=, the runs of each point, not runs=")
    check(
        seed=seed, years=years, replicates=replicates, mode=mode, rivals=rivals, series=series, workers=workers,
        uncertainties=uncertainties,
    )  # fmt: skip
    if out is not None:
        check(out=out)
    places = villages if isinstance(villages, (list, tuple)) else [villages]
    items = (
        list(strategies.items())
        if isinstance(strategies, Mapping)
        else [strategies]
        if isinstance(strategies, (str, Path, Strategy, Portfolio))
        else as_tuple("strategies", strategies, "names, files, Strategy or Portfolio, or by label")
    )
    if levers is not None and not isinstance(levers, (Mapping, list, tuple)):
        raise ValueError(f"levers: found {shortly(levers)}; expected a table by name, or a list")
    asked = _sweep(
        scenarios=tuple(place if isinstance(place, Scenario) else load(place) for place in places),
        strategies=tuple(_spec(item) for item in items),
        technology="" if types is None else str(types) if isinstance(types, Path) else types,
        rivals=tuple(rivals),
        levers=levers or {},
        uncertainties=dict(uncertainties or {}),
        sample=sample,
        own=outcomes,
        series=tuple(series),
        parameters=mode,
        replicates=replicates or (REPLICATES if sample is None else 1),
        seed=seed,
        years=years,
        **{"outcomes": "all", **more},
    )
    design = expand(asked)
    kept: dict[int, bytes] = {}
    summary = carry_out(
        design, out, executor=executor, workers=workers, progress=progress, into=kept
    )
    if summary.interrupted:
        raise KeyboardInterrupt
    if out is None and not summary.complete:
        raise Unfinished(str(summary.stopped or list(summary.lost.values())[-1]))
    return Swept(design, summary, None if out is None else Path(out), kept)


def _sweep(**fields: Any) -> Sweep:
    """A sweep of these fields. Raises TableError with all that do not fit."""
    try:
        return Sweep(**fields)
    except ValidationError as error:
        raise TableError(problems_of("sweep", error, Sweep)) from error


def _spec(strategy: Any) -> Any:
    """A strategy as a sweep takes it."""
    if isinstance(strategy, tuple):
        label, spec = strategy
        return label, spec if isinstance(spec, (Strategy, Portfolio)) else Portfolio(spec)
    return str(strategy) if isinstance(strategy, Path) else strategy

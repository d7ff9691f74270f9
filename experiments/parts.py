"""A part of a sweep: all that a worker must know to make it, and the file that it makes of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
from village_alliances.experiments.design import Contender, Design, Piece, column_of
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.sealed import code_version, encode
from village_alliances.experiments.store import FAILED, SUCCEEDED
from village_alliances.sim.ensemble import run_together, warm_up
from village_alliances.sim.own import OwnOutcome
from village_alliances.sim.parameters import Mode
from village_alliances.sim.provenance import differing
from village_alliances.sim.runs import WHY, Ensemble, Together
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.technology import ProjectType
from village_alliances.sim.uncertain import DOT, drawn
from village_alliances.sim.worded import worded


@dataclass(frozen=True)
class Slice:
    """A piece of a case with all that is needed to run it anywhere."""

    scenario: Scenario
    label: str  # of the scenario
    portfolios: Mapping[str, Portfolio]
    rivals: tuple[str, ...]
    levers: Mapping[str, float]  # what the case sets
    lever_values: Mapping[str, float]  # what every lever named in the sweep is worth here
    runs: np.ndarray
    points: np.ndarray
    fixed: Mapping[str, np.ndarray]  # parameters and numbers of project types: name -> (runs,)
    moved: Mapping[str, np.ndarray]  # levers that a sensitive design moves from point to point
    ids: Mapping[Contender, Sequence[str]]


@dataclass(frozen=True)
class PartTask:
    """A part to be made."""

    part: int
    design: str
    version: Mapping[str, str]
    seed: int
    mode: Mode
    types: tuple[ProjectType, ...]
    outcomes: tuple[str, ...]
    own: Mapping[str, OwnOutcome]
    series: tuple[str, ...]
    kept: tuple[str, ...]
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class Made:
    """A part that was made: the bytes of its file, and what it took."""

    body: bytes
    runs: int
    failed: int
    engine: float  # seconds
    encoding: float  # seconds


def task_of(design: Design, part: int) -> PartTask:
    """All that a worker must know to make a part."""
    return PartTask(
        part=part,
        design=design.hash,
        version=code_version(),
        seed=design.sweep.seed,
        mode=design.mode,
        types=design.types,
        outcomes=design.outcomes,
        own=design.own,
        series=design.sweep.series,
        kept=design.kept,
        slices=tuple(slice_of(design, piece) for piece in design.parts[part]),
    )


def slice_of(design: Design, piece: Piece) -> Slice:
    """A piece of a design with all that is needed to run it."""
    case = design.case(piece.case)
    runs = np.arange(piece.first, piece.last, dtype=np.uint64)
    values = design.values(runs)
    return Slice(
        scenario=replace(design.scenarios[case.scenario], table=None, evidence={}),
        label=case.scenario,
        portfolios=design.portfolios,
        rivals=design.sweep.rivals,
        levers=case.levers,
        lever_values=design.levers_of(case),
        runs=design.luck(runs),
        points=(runs // np.uint64(design.sweep.replicates)).astype(np.int32),
        fixed={name: v for name, v in values.items() if name not in design.moved},
        moved={name: values[name] for name in design.moved},
        ids={
            contender: design.run_ids(piece.case, contender, runs)
            for contender in design.contenders
        },
    )


_compiling = Lock()


def make_part(task: PartTask) -> Made:
    """Run the runs of a part, and write them down as a Parquet file in memory.
    This is what a worker does.

    Raises Refused where the worker has another version of the code than the driver.
    """
    if code_version() != task.version:
        differ = differing(task.version, code_version())
        raise Refused(
            worded("problems.sweep.worker_has_another_version", differ=differ),
        )
    with _compiling:
        warm_up()
    began = time.perf_counter()
    ran = [_Ran.of(task, piece) for piece in task.slices]
    between = time.perf_counter()
    body = encode(_table(task, ran), task.design, task.part)
    errors = [error for piece in ran for of_one in piece.errors.values() for error in of_one]
    failed = sum(error is not None for error in errors)
    return Made(body, len(errors), failed, between - began, time.perf_counter() - between)


@dataclass(frozen=True)
class _Ran:
    """Results of a slice, by contender: `series` of each outcome (runs, years + 1), `errors`
    (runs,); `parameters` (runs, kept)."""

    series: Mapping[Contender, Mapping[str, np.ndarray]]
    errors: Mapping[Contender, list[str | None]]
    parameters: np.ndarray

    @classmethod
    def of(cls, task: PartTask, piece: Slice) -> _Ran:
        """Run a slice. An error that is raised is pinned on the runs and strategies
        that raise it, by halving."""
        try:
            ensembles = run_together(
                piece.scenario,
                piece.portfolios,
                runs=piece.runs,
                seed=task.seed,
                levers={**piece.levers, **piece.moved},
                mode=task.mode,
                types=task.types,
                fixed=piece.fixed,
                rivals=piece.rivals,
                outcomes=task.own,
                threads=1,
            )
        except MemoryError:  # the machine's fault, not the run's
            raise
        except Exception as error:
            size = piece.runs.size
            if size > 1:
                halves = (np.arange(size // 2), np.arange(size // 2, size))
                return cls._joined([cls.of(task, part_of(piece, half)) for half in halves])
            if len(piece.portfolios) > 1:
                alone = [{label: portfolio} for label, portfolio in piece.portfolios.items()]
                return cls._side_by_side(
                    [cls.of(task, _only(piece, ensemble)) for ensemble in alone]
                )
            return cls._failed(task, piece, f"{type(error).__name__}: {error}")
        return cls._found(task, piece, ensembles)

    @classmethod
    def _found(cls, task: PartTask, piece: Slice, together: Together) -> _Ran:
        ensembles = {run: _ensemble(together, run) for run in piece.ids}
        return cls(
            {name: _series(task, e.series) | e.own for name, e in ensembles.items()},
            {
                name: [WHY.get(int(code), f"status {code}") if code else None for code in e.status]
                for name, e in ensembles.items()
            },
            _kept(together.none, task),
        )

    @classmethod
    def _failed(cls, task: PartTask, piece: Slice, text: str) -> _Ran:
        nothing = np.zeros((1, piece.scenario.years + 1))
        names = {*task.outcomes, *task.series, *task.own}
        return cls(
            {run: dict.fromkeys(names, nothing) for run in piece.ids},
            {run: [text] for run in piece.ids},
            np.full((1, len(task.kept)), np.nan),
        )

    @classmethod
    def _joined(cls, parts: Sequence[_Ran]) -> _Ran:
        """Some runs, and then others."""
        return cls(
            {
                name: {n: np.concatenate([part.series[name][n] for part in parts]) for n in names}
                for name, names in parts[0].series.items()
            },
            {error: [e for part in parts for e in part.errors[error]] for error in parts[0].errors},
            np.concatenate([part.parameters for part in parts]),
        )

    @classmethod
    def _side_by_side(cls, parts: Sequence[_Ran]) -> _Ran:
        """The same run under some strategies, and under others."""
        finite = [part.parameters for part in parts if np.isfinite(part.parameters).all()]
        return cls(
            {name: series for part in parts for name, series in part.series.items()},
            {name: errors for part in parts for name, errors in part.errors.items()},
            [*finite, parts[0].parameters][0],
        )


def _ensemble(together: Together, contender: Contender) -> Ensemble:
    """The runs of a contender."""
    of_strategy = together.strategies[contender.strategy]
    return together.rivals[contender.strategy][contender.rival] if contender.rival else of_strategy


def _series(task: PartTask, series: Any) -> dict[str, np.ndarray]:
    """The model's outcomes that a task keeps, (runs, years + 1) each."""
    names = {*task.outcomes, *task.series} - {*task.own}
    return {name: np.asarray(series[name]) for name in names}


def _kept(runs: Ensemble, task: PartTask) -> np.ndarray:
    """Parameters and numbers of project types that runs drew, (runs, kept)."""
    numbers = drawn(runs.technology, task.types) if any(DOT in name for name in task.kept) else {}
    columns = [numbers[name] if DOT in name else runs.parameters[name] for name in task.kept]
    return np.column_stack(columns) if columns else np.zeros((runs.runs.size, 0))


def part_of(piece: Slice, rows: np.ndarray) -> Slice:
    """Some of the runs of a slice, by place."""
    return replace(
        piece,
        runs=piece.runs[rows],
        points=piece.points[rows],
        fixed={name: values[rows] for name, values in piece.fixed.items()},
        moved={name: values[rows] for name, values in piece.moved.items()},
        ids={name: [ids[row] for row in rows] for name, ids in piece.ids.items()},
    )


def _only(piece: Slice, portfolios: Mapping[str, Portfolio]) -> Slice:
    """A slice of some of the strategies."""
    ids = {name: ids for name, ids in piece.ids.items() if name.strategy in portfolios}
    return replace(piece, portfolios=portfolios, ids=ids)


def _table(task: PartTask, ran: Sequence[_Ran]) -> pa.Table:
    """The rows of a part, run by run and there contender by contender, wherever it is cut: what
    each run was given, how it ended, and its outcomes (null where it failed)."""
    rows = [(p, r, id_) for p, r in zip(task.slices, ran, strict=True) for id_ in p.ids]
    sizes = [piece.runs.size for piece, _, _ in rows]
    errors = [error for _, part, id_ in rows for error in part.errors[id_]]
    failed = np.array([error is not None for error in errors])
    first = task.slices[0]

    def each_run(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
        return pa.array(
            np.repeat(np.array(values, object if kind == pa.string() else float), sizes), kind
        )

    def joined(blocks: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate(blocks)

    columns: dict[str, pa.Array] = {
        "run_id": pa.array(
            [name for piece, _, id_ in rows for name in piece.ids[id_]], pa.string()
        ),
        "scenario": each_run([piece.label for piece, _, _ in rows], pa.string()),
        "strategy": each_run([id_.strategy for _, _, id_ in rows], pa.string()),
        "rival": each_run([id_.rival or None for _, _, id_ in rows], pa.string()),
        "run": pa.array(joined([piece.runs for piece, _, _ in rows]).astype(np.int64)),
        "point": pa.array(joined([piece.points for piece, _, _ in rows])),
    }
    for name in first.lever_values:
        columns[column_of(name)] = each_run(
            [piece.lever_values[name] for piece, _, _ in rows], pa.float64()
        )
    for name in (*first.fixed, *first.moved):
        columns[column_of(name)] = pa.array(
            joined([{**p.fixed, **p.moved}[name] for p, _, _ in rows])
        )
    for i, name in enumerate(task.kept):
        values = joined([part.parameters[:, i] for _, part, _ in rows])
        columns[column_of(name)] = pa.array(values, mask=np.isnan(values))
    columns["status"] = pa.array(np.where(failed, FAILED, SUCCEEDED).astype(object), pa.string())
    columns["error"] = pa.array(errors, pa.string())
    for name in (*task.outcomes, *task.own):
        ends = joined([part.series[id_][name][:, -1] for _, part, id_ in rows])
        columns[name] = pa.array(ends, mask=failed)
    for name in task.series:
        by_year = [np.asarray(part.series[id_][name]) for _, part, id_ in rows]
        columns[f"{name}_by_year"] = _lists(by_year, failed)
    return pa.table(columns).take(_run_by_run(task.slices))


def _run_by_run(pieces: Sequence[Slice]) -> np.ndarray:
    """Places of rows that lie contender by contender in each piece, in the order of runs."""
    failures, before = [], 0
    for piece in pieces:
        rows = np.arange(len(piece.ids) * piece.runs.size).reshape(len(piece.ids), -1)
        failures.append(before + rows.T.ravel())
        before += rows.size
    return np.concatenate(failures)


def _lists(blocks: Sequence[np.ndarray], missing: np.ndarray) -> pa.Array:
    """Rows of several (runs, years) blocks as lists, null where missing."""
    lengths = np.concatenate([np.full(len(block), block.shape[1]) for block in blocks])
    lengths[missing] = 0
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    ends = np.cumsum([len(block) for block in blocks])[:-1]
    rows = [
        block[~gone].ravel() for block, gone in zip(blocks, np.split(missing, ends), strict=True)
    ]
    return pa.ListArray.from_arrays(offsets, pa.array(np.concatenate(rows)), mask=pa.array(missing))

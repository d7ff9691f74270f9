"""A design carried out: its parts handed to any `concurrent.futures` executor, and
stored as they come back.

Threads of this process by default; on many machines `dask_executor("tcp://scheduler:8786")`. What
is stored is the same bytes on either. In a part all strategies of a case are run together with no
alliance, once, on the same draws: from it gains are told, run by run. A run that cannot be built or
computed is a row with its error; only what befalls a worker or the disk stops a sweep, and then the
same call goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
from village_alliances.experiments.design import Contender, Design, Piece, column_of
from village_alliances.experiments.store import (
    FAILED,
    SUCCEEDED,
    Refused,
    Store,
    code_version,
    encode,
)
from village_alliances.experiments.worded import worded
from village_alliances.sim import posterior
from village_alliances.sim.ensemble import WHY, Ensemble, Together, run_together, warm_up
from village_alliances.sim.files import CannotWrite
from village_alliances.sim.own import Own
from village_alliances.sim.parameters import Mode
from village_alliances.sim.problems import Text
from village_alliances.sim.provenance import differing
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.technology import ProjectType
from village_alliances.sim.uncertain import DOT, drawn

MOST_LOST = 5  # tasks that may fail one after the other before the sweep gives up
LOOK = 0.5  # seconds between looks whether somebody wants it to stop

Progress = Callable[[int, int, int], None]  # runs stored, runs failed among them, runs in all


@dataclass(frozen=True)
class Slice:
    """A piece of a case with all that is needed to run it anywhere."""

    scenario: Scenario
    label: str  # of the scenario
    portfolios: Mapping[str, Portfolio]
    rivals: tuple[str, ...]
    levers: Mapping[str, float]  # what the case sets
    shown: Mapping[str, float]  # what every lever named in the sweep is worth here
    runs: np.ndarray
    points: np.ndarray
    fixed: Mapping[str, np.ndarray]  # parameters and numbers of project types: name -> (runs,)
    moved: Mapping[str, np.ndarray]  # levers that a sensitive design moves from point to point
    ids: Mapping[Contender, Sequence[str]]


@dataclass(frozen=True)
class Task:
    """A part to be made."""

    part: int
    design: str
    version: Mapping[str, str]
    seed: int
    mode: Mode
    types: tuple[ProjectType, ...]
    outcomes: tuple[str, ...]
    own: Mapping[str, Own]
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


@dataclass
class Summary:
    """How a sweep went. `stopped` says why it did not come to its end; seconds are summed over
    workers, `seconds` by the clock."""

    runs: int
    done: int = 0
    failed: int = 0
    lost: dict[int, str] = field(default_factory=dict)  # part -> what befell its task
    stopped: Text | None = None
    interrupted: bool = False
    engine: float = 0.0
    storing: float = 0.0
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every run of the design is stored."""
        return self.done == self.runs


def carry_out(
    design: Design,
    folder: str | Path | None,
    *,
    executor: Executor | None = None,
    workers: int = 0,
    ahead: int = 0,
    max_runs: int = 0,
    retry_failed: bool = False,
    progress: Progress | None = None,
    into: dict[int, bytes] | None = None,
) -> Summary:
    """Make the parts of a design that a folder lacks; without a folder, make all of them and put
    their bytes `into` a mapping.

    `executor`: any; else threads here, `workers` of them (0: one a processor). `ahead`: parts
    handed out at once (0: two a worker). `max_runs`: stop when that many more runs are stored
    (parts are whole). `retry_failed`: make parts with failed runs again. Ctrl-C stops cleanly.
    Raises Refused (see Store.at_work), CannotWrite if nothing at all can be written,
    TableError for a posterior that is none, and whatever an outcome of one's own raises where
    it cannot be worked out.
    """
    if design.mode == "posterior":
        posterior.checked()
    began = time.perf_counter()
    summary = Summary(design.runs)
    try_own(design)
    threads = workers or os.cpu_count() or 1
    if folder is None:
        memory = _Memory({} if into is None else into)
        todo = list(range(len(design.parts)))
        _Driver(design, memory, summary, progress).hand_out(todo, executor, threads, ahead)
        summary.seconds = time.perf_counter() - began
        return summary
    with Store.at_work(folder, design) as store:
        todo, sound = store.standing()
        summary.done = sum(counts.total() for counts in sound.values())
        summary.failed = sum(counts[FAILED] for counts in sound.values())
        if retry_failed:
            again = {part: counts for part, counts in sound.items() if counts[FAILED]}
            summary.done -= sum(counts.total() for counts in again.values())
            summary.failed -= sum(counts[FAILED] for counts in again.values())
            todo = sorted({*todo, *again})
        todo = _at_most(todo, store.sizes, max_runs)
        store.note("driver", parts=len(todo), process=os.getpid())
        _Driver(design, store, summary, progress).hand_out(todo, executor, threads, ahead)
        summary.seconds = time.perf_counter() - began
        why = str(summary.stopped or "")
        store.note(
            "end",
            done=summary.done,
            engine_s=round(summary.engine, 3),
            store_s=round(summary.storing, 3),
            stopped=why,
        )
    return summary


@dataclass
class _Memory:
    """Where the parts of a sweep without a folder are put."""

    parts: dict[int, bytes]

    def put(self, part: int, body: bytes) -> None:
        self.parts[part] = body

    def note(self, event: str, **more: Any) -> None:
        """There is no journal."""


def _at_most(todo: list[int], sizes: Sequence[int], runs: int) -> list[int]:
    """The first parts that hold so many runs between them; all of them for 0."""
    if not runs:
        return todo
    before = np.cumsum([0, *(sizes[part] for part in todo)])
    return [part for part, started in zip(todo, before[:-1], strict=True) if started < runs]


class _Driver:
    """Hands out parts, never many at once, and stores what comes back."""

    def __init__(
        self,
        design: Design,
        store: Store | _Memory,
        summary: Summary,
        progress: Progress | None,
    ) -> None:
        self.design = design
        self.store = store
        self.summary = summary
        self.progress = progress
        self.waiting: dict[Future[Made], int] = {}
        self.lost_in_a_row = 0

    def hand_out(
        self, todo: Sequence[int], executor: Executor | None, workers: int, ahead: int
    ) -> None:
        if self.progress:
            self.progress(self.summary.done, self.summary.failed, self.summary.runs)
        if not todo:
            return
        own = ThreadPoolExecutor(workers, thread_name_prefix="sweep") if executor is None else None
        try:
            if own is not None:
                warm_up()
            self._hand_out(iter(todo), own or executor, ahead or 2 * workers)
        except KeyboardInterrupt:
            self.summary.interrupted = True
            self._stop("interrupted", "已中断")
        finally:
            for future in self.waiting:
                future.cancel()
            if own is not None:
                own.shutdown(wait=True, cancel_futures=True)
                self._keep_what_is_finished()

    def _hand_out(self, parts: Iterator[int], executor: Any, ahead: int) -> None:
        while True:
            while (
                self.summary.stopped is None
                and len(self.waiting) < ahead
                and (part := next(parts, None)) is not None
            ):
                self._submit(part, executor)
            if self.summary.stopped is not None or not self.waiting:
                return
            finished, _ = wait(self.waiting, timeout=LOOK, return_when=FIRST_COMPLETED)
            for future in finished:
                self._take(future)

    def _submit(self, part: int, executor: Executor) -> None:
        self.store.note("begun", part=part)
        try:
            self.waiting[executor.submit(make_part, task_of(self.design, part))] = part
        except (BrokenExecutor, RuntimeError) as error:
            self._stop(f"the workers are gone: {error}", f"工作进程已不可用：{error}")

    def _take(self, future: Future[Made]) -> None:
        """Store a part that came back, or note what befell it."""
        part = self.waiting.pop(future)
        try:
            made = future.result()
        except Refused:
            raise
        except (BrokenExecutor, CancelledError) as error:
            self._lose(part, error)
            self._stop("the workers or their scheduler are gone", "工作进程或调度器已不可用")
        except Exception as error:
            self._lose(part, error)
            if self.lost_in_a_row >= MOST_LOST:
                self._stop(
                    f"{MOST_LOST} tasks failed in a row; the last: {error}",
                    f"连续 {MOST_LOST} 个任务失败，最后一个：{error}",
                )
        else:
            self._put(part, made)

    def _put(self, part: int, made: Made) -> None:
        began = time.perf_counter()
        try:
            self.store.put(part, made.body)
        except CannotWrite as error:
            self._stop(error.message("en"), error.message("zh"))
            return
        writing = time.perf_counter() - began
        self.store.note(
            "stored",
            part=part,
            engine_s=round(made.engine, 3),
            store_s=round(made.encoding + writing, 3),
        )
        self.lost_in_a_row = 0
        self.summary.engine += made.engine
        self.summary.storing += made.encoding + writing
        self.summary.done += made.runs
        self.summary.failed += made.failed
        if self.progress:
            self.progress(self.summary.done, self.summary.failed, self.summary.runs)

    def _lose(self, part: int, error: BaseException) -> None:
        self.lost_in_a_row += 1
        self.summary.lost[part] = f"{type(error).__name__}: {error}"
        self.store.note("lost", part=part, error=self.summary.lost[part])

    def _stop(self, en: str, zh: str) -> None:
        if self.summary.stopped is None:
            self.summary.stopped = Text(en, zh)

    def _keep_what_is_finished(self) -> None:
        """Parts that ended while the sweep was being stopped are not thrown away."""
        self.progress = None
        for future in [
            future for future in self.waiting if future.done() and not future.cancelled()
        ]:
            with contextlib.suppress(Refused):
                self._take(future)


def task_of(design: Design, part: int) -> Task:
    """All that a worker must know to make a part."""
    return Task(
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
        shown=design.levers_of(case),
        runs=design.luck(runs),
        points=(runs // np.uint64(design.sweep.replicates)).astype(np.int32),
        fixed={name: v for name, v in values.items() if name not in design.moved},
        moved={name: values[name] for name in design.moved},
        ids={one: design.run_ids(piece.case, one, runs) for one in design.contenders},
    )


def try_own(design: Design) -> None:
    """Work out outcomes of one's own once, so that one that cannot be is heard
    of before anything runs."""
    if design.own:
        scenario = next(iter(design.scenarios.values()))
        run_together(scenario, {}, runs=1, years=1, mode="point", outcomes=design.own)


_compiling = Lock()


def make_part(task: Task) -> Made:
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
    def of(cls, task: Task, piece: Slice) -> _Ran:
        """Run a slice. An error that is raised is pinned on the runs and strategies
        that raise it, by halving."""
        try:
            found = run_together(
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
                alone = [{label: one} for label, one in piece.portfolios.items()]
                return cls._side_by_side([cls.of(task, _only(piece, one)) for one in alone])
            return cls._failed(task, piece, f"{type(error).__name__}: {error}")
        return cls._found(task, piece, found)

    @classmethod
    def _found(cls, task: Task, piece: Slice, found: Together) -> _Ran:
        ensembles = {one: _ensemble(found, one) for one in piece.ids}
        return cls(
            {one: _series(task, e.series) | e.own for one, e in ensembles.items()},
            {
                one: [WHY.get(int(code), f"status {code}") if code else None for code in e.status]
                for one, e in ensembles.items()
            },
            _kept(found.none, task),
        )

    @classmethod
    def _failed(cls, task: Task, piece: Slice, said: str) -> _Ran:
        nothing = np.zeros((1, piece.scenario.years + 1))
        names = {*task.outcomes, *task.series, *task.own}
        return cls(
            {one: dict.fromkeys(names, nothing) for one in piece.ids},
            {one: [said] for one in piece.ids},
            np.full((1, len(task.kept)), np.nan),
        )

    @classmethod
    def _joined(cls, parts: Sequence[_Ran]) -> _Ran:
        """Some runs, and then others."""
        return cls(
            {
                one: {n: np.concatenate([part.series[one][n] for part in parts]) for n in known}
                for one, known in parts[0].series.items()
            },
            {one: [e for part in parts for e in part.errors[one]] for one in parts[0].errors},
            np.concatenate([part.parameters for part in parts]),
        )

    @classmethod
    def _side_by_side(cls, parts: Sequence[_Ran]) -> _Ran:
        """The same run under some strategies, and under others."""
        known = [part.parameters for part in parts if np.isfinite(part.parameters).all()]
        return cls(
            {one: series for part in parts for one, series in part.series.items()},
            {one: errors for part in parts for one, errors in part.errors.items()},
            [*known, parts[0].parameters][0],
        )


def _ensemble(found: Together, one: Contender) -> Ensemble:
    """The runs of a contender."""
    of_strategy = found.strategies[one.strategy]
    return found.rivals[one.strategy][one.rival] if one.rival else of_strategy


def _series(task: Task, series: Any) -> dict[str, np.ndarray]:
    """The model's outcomes that a task keeps, (runs, years + 1) each."""
    names = {*task.outcomes, *task.series} - {*task.own}
    return {name: np.asarray(series[name]) for name in names}


def _kept(runs: Ensemble, task: Task) -> np.ndarray:
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
        ids={one: [ids[row] for row in rows] for one, ids in piece.ids.items()},
    )


def _only(piece: Slice, portfolios: Mapping[str, Portfolio]) -> Slice:
    """A slice of some of the strategies."""
    ids = {one: ids for one, ids in piece.ids.items() if one.strategy in portfolios}
    return replace(piece, portfolios=portfolios, ids=ids)


def _table(task: Task, ran: Sequence[_Ran]) -> pa.Table:
    """The rows of a part, run by run and there contender by contender, wherever it is cut: what
    each run was given, how it ended, and its outcomes (null where it failed)."""
    rows = [(p, r, one) for p, r in zip(task.slices, ran, strict=True) for one in p.ids]
    sizes = [piece.runs.size for piece, _, _ in rows]
    errors = [error for _, found, one in rows for error in found.errors[one]]
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
            [name for piece, _, one in rows for name in piece.ids[one]], pa.string()
        ),
        "scenario": each_run([piece.label for piece, _, _ in rows], pa.string()),
        "strategy": each_run([one.strategy for _, _, one in rows], pa.string()),
        "rival": each_run([one.rival or None for _, _, one in rows], pa.string()),
        "run": pa.array(joined([piece.runs for piece, _, _ in rows]).astype(np.int64)),
        "point": pa.array(joined([piece.points for piece, _, _ in rows])),
    }
    for name in first.shown:
        columns[column_of(name)] = each_run(
            [piece.shown[name] for piece, _, _ in rows], pa.float64()
        )
    for name in (*first.fixed, *first.moved):
        columns[column_of(name)] = pa.array(
            joined([{**p.fixed, **p.moved}[name] for p, _, _ in rows])
        )
    for at, name in enumerate(task.kept):
        values = joined([found.parameters[:, at] for _, found, _ in rows])
        columns[column_of(name)] = pa.array(values, mask=np.isnan(values))
    columns["status"] = pa.array(np.where(failed, FAILED, SUCCEEDED).astype(object), pa.string())
    columns["error"] = pa.array(errors, pa.string())
    for name in (*task.outcomes, *task.own):
        ends = joined([found.series[one][name][:, -1] for _, found, one in rows])
        columns[name] = pa.array(ends, mask=failed)
    for name in task.series:
        by_year = [np.asarray(found.series[one][name]) for _, found, one in rows]
        columns[f"{name}_by_year"] = _lists(by_year, failed)
    return pa.table(columns).take(_run_by_run(task.slices))


def _run_by_run(pieces: Sequence[Slice]) -> np.ndarray:
    """Places of rows that lie contender by contender in each piece, in the order of runs."""
    found, before = [], 0
    for piece in pieces:
        rows = np.arange(len(piece.ids) * piece.runs.size).reshape(len(piece.ids), -1)
        found.append(before + rows.T.ravel())
        before += rows.size
    return np.concatenate(found)


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


@contextlib.contextmanager
def dask_executor(address: str, patience: str = "20s") -> Iterator[tuple[Executor, int]]:
    """An executor on the workers of a Dask scheduler, and how many tasks they can take at once.

    Raises Refused if `distributed` is not installed, or nobody answers at the address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        hint = 'pip install "village-alliances[dask]"'
        raise Refused(worded("problems.sweep.dask_installed", hint=hint)) from error
    logging.getLogger("distributed").setLevel(
        logging.CRITICAL
    )  # pages of its alarms would bury our one line

    class Asked(Client):
        """A client that does not wait for a scheduler when it is dropped because none answered."""

        def __del__(self) -> None:
            if self.status == "running":
                super().__del__()

    try:
        client = Asked(address, timeout=patience, set_as_default=False)
    except (
        Exception
    ) as error:  # a bad address, nobody there, somebody else there, keys that are missing
        raise Refused(
            worded("problems.sweep.dask_scheduler_answers", address=address, error=error),
        ) from error
    try:
        yield client.get_executor(pure=False), max(16, 2 * sum(client.nthreads().values()))
    finally:
        client.close(timeout=5)

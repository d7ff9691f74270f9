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
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.experiments.design import Design
from village_alliances.experiments.parts import Made, make_part, task_of
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.store import FAILED, Store
from village_alliances.sim import posterior
from village_alliances.sim.ensemble import run_together, warm_up
from village_alliances.sim.files import CannotWrite
from village_alliances.sim.problems import Text
from village_alliances.sim.worded import worded

MOST_LOST = 5  # tasks that may fail one after the other before the sweep gives up
LOOK = 0.5  # seconds between looks whether somebody wants it to stop


TellProgress = Callable[[int, int, int], None]  # runs stored, runs failed among them, runs in all


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
    progress: TellProgress | None = None,
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
        progress: TellProgress | None,
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
            self._stop(worded("sweep.sweep.interrupted"))
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
            self._stop(worded("sweep.sweep.workers_gone", error=error))

    def _take(self, future: Future[Made]) -> None:
        """Store a part that came back, or note what befell it."""
        part = self.waiting.pop(future)
        try:
            made = future.result()
        except Refused:
            raise
        except (BrokenExecutor, CancelledError) as error:
            self._lose(part, error)
            self._stop(worded("sweep.sweep.scheduler_gone"))
        except Exception as error:
            self._lose(part, error)
            if self.lost_in_a_row >= MOST_LOST:
                self._stop(worded("sweep.sweep.failed_in_a_row", count=MOST_LOST, error=error))
        else:
            self._put(part, made)

    def _put(self, part: int, made: Made) -> None:
        began = time.perf_counter()
        try:
            self.store.put(part, made.body)
        except CannotWrite as error:
            self._stop(Text(error.message("en"), error.message("zh")))
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

    def _stop(self, why: Text) -> None:
        if self.summary.stopped is None:
            self.summary.stopped = why

    def _keep_what_is_finished(self) -> None:
        """Parts that ended while the sweep was being stopped are not thrown away."""
        self.progress = None
        for future in [
            future for future in self.waiting if future.done() and not future.cancelled()
        ]:
            with contextlib.suppress(Refused):
                self._take(future)


def try_own(design: Design) -> None:
    """Work out outcomes of one's own once, so that one that cannot be is heard
    of before anything runs."""
    if design.own:
        scenario = next(iter(design.scenarios.values()))
        run_together(scenario, {}, runs=1, years=1, mode="point", outcomes=design.own)

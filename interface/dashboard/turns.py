"""Whose turn it is: visitors share one machine, and nobody's large question keeps
another from a first answer.

    with TURNS.take(visitor, work, say):      # say(place, seconds) while one waits
        ...                                   # TURNS.make_way() between blocks of a large one

Small pieces of work (`LIGHT`) begin at once, up to as many as there are processors. Large ones are
carried out one at a time, with low priority (`aside`), in turn between visitors: next is who was
served longest ago. While a small piece waits or runs, a large one pauses. Work is counted in
village-quarters: villages times quarters times runs times strategies.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

LIGHT = 1_000_000  # village-quarters: well under a second
MOST_PAUSE = 3.0  # seconds that a large piece pauses at most between two of its blocks
USUAL_PACE = 1_000_000.0  # village-quarters a second, before any was measured

POLITE = 19  # by how much the priority of a large piece is lower

SayPlace = Callable[[int, float], None]
Result = TypeVar("Result")


def step_back() -> None:
    """Give this thread, and those that it starts, a lower priority than that of whoever opens a
    page, where the system gives threads their own (Linux)."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), POLITE)


def aside(work: Callable[[], Result]) -> Result:
    """Carry out a large piece in a thread of its own that steps back. Raises what it raises."""
    with ThreadPoolExecutor(1, "aside", step_back) as pool:
        return pool.submit(work).result()


def give_back_memory() -> None:
    """Hand what a large piece has used and freed back to the system, where the system
    is glibc's."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


@dataclass(eq=False)
class WaitingWork:
    """Work that waits: whose, how much, and since when (a running number)."""

    visitor: object
    work: int
    number: int

    @property
    def light(self) -> bool:
        """Whether it is small enough to begin at once."""
        return self.work <= LIGHT


class Turns:
    """The queue of one server."""

    def __init__(self, processors: int = 0) -> None:
        self._guard = threading.Condition()
        self._slots = processors or os.cpu_count() or 1
        self._waiting: list[WaitingWork] = []
        self._running: list[WaitingWork] = []
        self._served: dict[object, int] = {}
        self._numbers = count()
        self._pace = USUAL_PACE

    @contextmanager
    def take(
        self,
        visitor: object,
        work: int,
        say: SayPlace | None = None,
        still: Callable[[], None] | None = None,
    ) -> Iterator[None]:
        """Wait for a turn and hold it. `say` hears of every new place in the queue (1: next) and
        of the seconds before the turn; `still` is asked now and then and may raise, where nobody
        wants the answer any more."""
        piece = WaitingWork(visitor, work, next(self._numbers))
        with self._guard:
            self._waiting.append(piece)
            self._guard.notify_all()
            try:
                waited = 0
                while not self._may_begin(piece):
                    place = self._place(piece)
                    if say is not None and place != waited:
                        waited = place
                        say(place, self._seconds_before(piece))
                    self._guard.wait(0.2)
                    if still is not None:
                        still()
            except BaseException:
                self._waiting.remove(piece)
                self._guard.notify_all()
                raise
            self._waiting.remove(piece)
            self._running.append(piece)
            self._served[visitor] = next(self._numbers)
        begun = time.monotonic()
        try:
            yield
            taken = time.monotonic() - begun
            if not piece.light and taken > 0.05:
                self._pace += 0.3 * (work / taken - self._pace)
        finally:
            with self._guard:
                self._running.remove(piece)
                self._guard.notify_all()
            if not piece.light:
                give_back_memory()

    def make_way(self) -> None:
        """Pause a large piece, called between its blocks, while small ones
        wait or run; never for long."""
        until = time.monotonic() + MOST_PAUSE
        with self._guard:
            while any(piece.light for piece in (*self._waiting, *self._running)):
                left = until - time.monotonic()
                if left <= 0:
                    return
                self._guard.wait(left)

    def forget(self, visitor: object) -> None:
        """A visitor has left."""
        with self._guard:
            self._served.pop(visitor, None)

    def _may_begin(self, piece: WaitingWork) -> bool:
        alike = [running for running in self._running if running.light == piece.light]
        room = self._slots if piece.light else 1
        return len(alike) < room and self._order(piece.light)[0] is piece

    def _order(self, light: bool) -> list[WaitingWork]:
        """Those that wait, in the order of their turns: one of each visitor before a
        second of any."""
        waiting = [piece for piece in self._waiting if piece.light == light]
        seen: dict[object, int] = {}
        rounds = {}
        for waiter in sorted(waiting, key=lambda piece: piece.number):
            rounds[waiter] = seen[waiter.visitor] = seen.get(waiter.visitor, -1) + 1
        return sorted(
            waiting,
            key=lambda piece: (rounds[piece], self._served.get(piece.visitor, -1), piece.number),
        )

    def _place(self, piece: WaitingWork) -> int:
        running = sum(runner.light == piece.light for runner in self._running)
        return self._order(piece.light).index(piece) + (
            1 if piece.light or not running else running
        )

    def _seconds_before(self, piece: WaitingWork) -> float:
        order = self._order(piece.light)
        before = [
            *order[: order.index(piece)],
            *(o for o in self._running if o.light == piece.light),
        ]
        return sum(piece.work for piece in before) / max(self._pace, 1.0)


TURNS = Turns()
"""The queue of this server."""

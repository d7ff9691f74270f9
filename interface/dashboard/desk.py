"""Questions of a session, answered in threads and in stages, the newest first."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial

from village_alliances.interface.dashboard.answers import (
    Answer,
    Request,
    answer,
    apart_runs,
    taken_apart,
)
from village_alliances.interface.dashboard.institutions import strategy_of
from village_alliances.interface.dashboard.turns import LIGHT, TURNS, SayPlace, aside
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.scenario import Scenario

log = logging.getLogger("village_alliances.interface.dashboard")
FULL_RUNS = 500  # of a small scenario; a county gets fewer (see `stages`)
SETTLED = 0.4  # seconds without a new question before the full answer is begun
# ensembles with which one strategy's gain is taken apart: eight switchings, each beside `none`
SWITCHED = 16
MOST_WORK = 60_000_000  # village-quarters of a question's last stage: a minute or two


def stages(villages: int, strategies: int, years: int) -> list[int]:
    """Numbers of runs in which a question is answered, quick ones first; the
    last answer is complete.

    A county's society costs far more than a township's.
    """
    if villages <= 30:
        return [100, FULL_RUNS]
    if villages <= 600:
        return [20, 100, 100]
    return [4, 20] if villages * strategies * years < 200_000 else [2, 8]


def allied(question: Request) -> int:
    """How many of a question's strategies ally anybody."""
    return sum(strategy_of(text).allies for text in question.strategies)


def work_of(question: Request, scenario: Scenario, runs: int, complete: bool) -> int:
    """Village-quarters of one stage: `none` and each strategy that allies; in the last one also its
    rivals, and both again under the prior."""
    ensembles = (1 + allied(question)) * (1 + complete) + allied(question) * len(RIVALS) * complete
    return scenario.size * scenario.ticks * runs * ensembles


def work_apart(question: Request, scenario: Scenario) -> int:
    """Village-quarters of taking the gains apart."""
    ensembles = SWITCHED * allied(question)
    return scenario.size * scenario.ticks * apart_runs(scenario.size) * ensembles


def too_large(question: Request, scenario: Scenario) -> int:
    """How many times as much as may be asked of the page a question is, rounded up; 0
    where it is not too large."""
    runs = stages(scenario.size, len(question.strategies), scenario.years)[-1]
    work = work_of(question, scenario, runs, True) + work_apart(question, scenario)
    return -(-work // MOST_WORK) if work > MOST_WORK else 0


class Superseded(Exception):
    """A newer question has come."""


class Desk:
    """One session's desk: answers its newest question, in stages, and forgets older ones. `apart`:
    whether gains are taken apart too."""

    def __init__(self, apart: bool = True) -> None:
        self._apart = apart
        self._lock = threading.Lock()
        self._wanted: tuple[Request, Scenario, Callable[[Answer | None, str], None]] | None = None
        self._number = 0
        self._working = False
        self._say: SayPlace | None = None

    def ask(
        self,
        question: Request,
        scenario: Scenario,
        tell: Callable[[Answer | None, str], None],
        say: SayPlace | None = None,
    ) -> None:
        """Answer this question next. `tell` is called from a thread with each stage's answer, or
        with None and a reference to the log; `say` with the place in the queue and the seconds
        before the turn, while others come first."""
        with self._lock:
            self._number += 1
            self._wanted, self._say = (question, scenario, tell), say
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, daemon=True, name="desk").start()

    def close(self) -> None:
        """Forget every question: the session has ended."""
        with self._lock:
            self._number += 1
            self._wanted = None
        TURNS.forget(self)

    def _work(self) -> None:
        while True:
            with self._lock:
                wanted, self._wanted, number = self._wanted, None, self._number
                if wanted is None:
                    self._working = False
                    return
            try:
                self._carry_out(*wanted, number)
            except Superseded:
                pass
            except Exception:
                reference = uuid.uuid4().hex[:8]
                log.exception("question %s could not be answered: %s", reference, wanted[0])
                wanted[2](None, reference)

    def _carry_out(
        self,
        question: Request,
        scenario: Scenario,
        tell: Callable[[Answer | None, str], None],
        number: int,
    ) -> None:
        def still(done: int = 0, total: int = 0) -> None:
            if self._number != number:
                raise Superseded

        def pausing(large: bool) -> Callable[..., None]:
            def between(*done: int) -> None:
                still()
                if large:
                    TURNS.make_way()

            return between

        plan = stages(scenario.size, len(question.strategies), scenario.years)
        for i, runs in enumerate(plan):
            last = i == len(plan) - 1
            if i == 1:
                self._wait(still)
            work = work_of(question, scenario, runs, last)
            large = work > LIGHT
            asked = (question, scenario, runs, last, pausing(large), 1 if large else 0)
            with TURNS.take(self, work, self._say, still):
                reply = aside(partial(answer, *asked)) if large else answer(*asked)
            still()
            tell(reply, "")
        if not self._apart:
            return
        work = work_apart(question, scenario)
        large = work > LIGHT
        taken = partial(taken_apart, reply, question, pausing(large), 1 if large else 0)
        with TURNS.take(self, work, None, still):
            reply = aside(taken) if large else taken()
        still()
        tell(reply, "")

    def _wait(self, still: Callable[[], None]) -> None:
        until = time.monotonic() + SETTLED
        while time.monotonic() < until:
            still()
            time.sleep(0.05)

"""Work that belongs to the server, not to a tab: carried out aside, one of its kind at a time,
found again by its name.

SEARCHES: Jobs[Hunt] = Jobs("search", most=8)
hunt = SEARCHES.start(Hunt(name=...), carry_out)
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from village_alliances.interface.dashboard.turns import step_back

log = logging.getLogger("village_alliances.interface.dashboard")
IN_VAIN = ("cancelled", "lost", "refused")  # states after which the same may be begun again


class Cancelled(Exception):
    """Somebody pressed the button."""


@dataclass(kw_only=True)
class Job:
    """One piece of work. `state`: waiting, running, a state of its own, and in the end done,
    cancelled, lost or refused.

    `begun`: clock of its beginning, 0 while it waits. `reference`: where the
    log tells why it was lost.
    """

    name: str
    state: str = "waiting"
    begun: float = 0.0
    seconds: float = 0.0
    reference: str = ""
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state == "done" or self.state in IN_VAIN


Work = TypeVar("Work", bound=Job)


class Jobs(Generic[Work]):
    """All jobs of a kind that the server remembers: at most so many, those that are over forgotten
    first, the oldest first."""

    def __init__(self, kind: str, most: int) -> None:
        self._kind, self._most = kind, most
        self._one_at_a_time, self._guard = threading.Lock(), threading.Lock()
        self._known: OrderedDict[str, Work] = OrderedDict()

    def start(self, job: Work, carry_out: Callable[[Work], None]) -> Work:
        """Begin a job, or take up the one of the same name that is there.
        `carry_out` may raise Cancelled."""
        with self._guard:
            earlier = self._known.get(job.name)
            if earlier is None or earlier.state in IN_VAIN:
                self._known[job.name] = earlier = job
                threading.Thread(
                    target=self._run,
                    args=(job, carry_out),
                    daemon=True,
                    name=f"{self._kind} {job.name}",
                ).start()
            self._known.move_to_end(job.name)
            spare = [name for name, old in self._known.items() if old.over]
            for name in spare[: max(0, len(self._known) - self._most)]:
                del self._known[name]
        return earlier

    def find(self, name: str) -> Work | None:
        """The job of that name, as long as it is remembered."""
        with self._guard:
            return self._known.get(name)

    def busy(self) -> set[str]:
        """Names of the jobs that are not over."""
        with self._guard:
            return {name for name, job in self._known.items() if not job.over}

    def forget(self, name: str) -> None:
        """Remember a job no longer."""
        with self._guard:
            self._known.pop(name, None)

    def _run(self, job: Work, carry_out: Callable[[Work], None]) -> None:
        step_back()
        try:
            with self._one_at_a_time:
                if job.stop.is_set():
                    raise Cancelled
                job.state, job.begun = "running", time.monotonic()
                carry_out(job)
            if not job.over:
                job.state = "done"
        except Cancelled:
            job.state = "cancelled"
        except Exception:
            job.reference = uuid.uuid4().hex[:8]
            log.exception("%s: %s %s was lost", job.reference, self._kind, job.name)
            job.state = "lost"
        finally:
            job.seconds = time.monotonic() - job.begun if job.begun else 0.0

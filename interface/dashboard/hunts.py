"""Searches for proposals that run on the server: they belong to it, not to a tab, so that a reload finds them again by their name."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field

from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.answer import Proposal
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.county import Stopped
from village_alliances.experiments.propose.search import Step
from village_alliances.experiments.propose.task import Task
from village_alliances.experiments.propose.trial import Trial, candidates_of
from village_alliances.interface.dashboard.state import Asked
from village_alliances.interface.dashboard.turns import TURNS
from village_alliances.sim.problems import Text

log = logging.getLogger("village_alliances.interface.dashboard")
MOST_VILLAGES = 400  # of a search from the page; larger ones are for the command
MOST_KEPT = 8  # searches that the server remembers
FRESH_RUNS = 100
_one_at_a_time = threading.Lock()
_hunts: OrderedDict[str, Hunt] = OrderedDict()
_guard = threading.Lock()


@dataclass
class Hunt:
    """One search. `state`: waiting, running, measuring, done, refused, cancelled (before there was anything) or lost."""

    name: str
    task: Task
    asked: Asked  # the question as it stood on the page
    state: str = "waiting"
    step: Step | None = None
    measured: tuple[int, int] = (0, 0)
    begun: float = 0.0
    seconds: float = 0.0
    reference: str = ""
    refused: list[Text] = field(default_factory=list)
    proposal: Proposal | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    _trial: Trial | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "cancelled", "lost", "refused")

    @property
    def partition(self) -> list[Candidate]:
        """The alliances proposed, and after them the villages funded singly."""
        return candidates_of(self.proposal, self.task) if self.proposal is not None else []

    def trial(self) -> Trial:
        """What holds changes by hand against the proposal; made once."""
        if self._trial is None:
            self._trial = Trial(self.task, self.partition, threads=1)
        return self._trial


def start(task: Task, asked: Asked) -> Hunt:
    """Begin a search, or take up the one of the same question that is there."""
    with _guard:
        hunt = _hunts.get(task.id)
        if hunt is None or hunt.state in ("cancelled", "lost", "refused"):
            hunt = Hunt(task.id, task, asked)
            _hunts[task.id] = hunt
            while len(_hunts) > MOST_KEPT:
                old = next((name for name, one in _hunts.items() if one.over), None)
                if old is None:
                    break
                del _hunts[old]
            threading.Thread(
                target=_carry_out, args=(hunt,), daemon=True, name=f"search {hunt.name}"
            ).start()
        _hunts.move_to_end(task.id)
    return hunt


def find(name: str) -> Hunt | None:
    """The search of that name, as long as the server remembers it."""
    with _guard:
        return _hunts.get(name)


def stop(hunt: Hunt) -> None:
    """Search no further: the best so far is measured and shown."""
    hunt.stop.set()


def _carry_out(hunt: Hunt) -> None:
    from village_alliances.experiments.propose.task import TaskError

    def say(step: Step) -> None:
        hunt.step = step
        TURNS.make_way()

    def measuring(done: int, total: int) -> None:
        hunt.state, hunt.measured = "measuring", (done, total)
        TURNS.make_way()

    try:
        with _one_at_a_time:
            hunt.state, hunt.begun = "running", time.monotonic()
            hunt.proposal = propose(
                hunt.task,
                stop=hunt.stop.is_set,
                say=say,
                measuring=measuring,
                fresh_runs=FRESH_RUNS,
            )
            hunt.state = "done"
    except TaskError as error:
        hunt.refused, hunt.state = error.problems, "refused"
    except Stopped:
        hunt.state = "cancelled"
    except Exception:
        hunt.reference = uuid.uuid4().hex[:8]
        log.exception("%s: search %s was lost", hunt.reference, hunt.name)
        hunt.state = "lost"
    finally:
        hunt.seconds = time.monotonic() - hunt.begun if hunt.begun else 0.0

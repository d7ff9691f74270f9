"""Searches for proposals that run on the server."""

from __future__ import annotations

from dataclasses import dataclass, field

from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.answer import Proposal
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.search import Step
from village_alliances.experiments.propose.simulator import Stopped
from village_alliances.experiments.propose.task import Task, TaskError
from village_alliances.experiments.propose.trial import Trial, candidates_of
from village_alliances.interface.dashboard.jobs import Cancelled, Job, Jobs
from village_alliances.interface.dashboard.state import Asked
from village_alliances.interface.dashboard.technologies import Types
from village_alliances.interface.dashboard.turns import TURNS
from village_alliances.sim.problems import Text

MOST_VILLAGES = 400  # of a search from the page; larger ones are for the command
FRESH_RUNS = 100


@dataclass(kw_only=True)
class Hunt(Job):
    """One search. Beside a job's states: measuring; cancelled means before there was anything."""

    task: Task
    asked: Asked  # the question as it stood on the page
    types: Types | None = None  # project types of the county's own
    step: Step | None = None
    measured: tuple[int, int] = (0, 0)
    refused: list[Text] = field(default_factory=list)
    proposal: Proposal | None = None
    _trial: Trial | None = None

    @property
    def partition(self) -> list[Candidate]:
        """The alliances proposed, and after them the villages funded singly."""
        return candidates_of(self.proposal, self.task) if self.proposal is not None else []

    def trial(self) -> Trial:
        """What holds changes by hand against the proposal; made once."""
        if self._trial is None:
            self._trial = Trial(self.task, self.partition, threads=1)
        return self._trial


_SEARCHES: Jobs[Hunt] = Jobs("search", most=8)


def start(task: Task, asked: Asked, types: Types | None = None) -> Hunt:
    """Begin a search, or take up the one of the same question that is there."""
    return _SEARCHES.start(Hunt(name=task.id, task=task, asked=asked, types=types), _carry_out)


def find(name: str) -> Hunt | None:
    """The search of that name, as long as the server remembers it."""
    return _SEARCHES.find(name)


def stop(hunt: Hunt) -> None:
    """Search no further: the best so far is measured and shown."""
    hunt.stop.set()


def _carry_out(hunt: Hunt) -> None:
    def say(step: Step) -> None:
        hunt.step = step
        TURNS.make_way()

    def measuring(done: int, total: int) -> None:
        hunt.state, hunt.measured = "measuring", (done, total)
        TURNS.make_way()

    try:
        hunt.proposal = propose(
            hunt.task,
            stop=hunt.stop.is_set,
            say=say,
            measuring=measuring,
            fresh_runs=FRESH_RUNS,
        )
    except TaskError as error:
        hunt.refused, hunt.state = error.problems, "refused"
    except Stopped:
        raise Cancelled from None

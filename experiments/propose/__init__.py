"""Propose: which villages should ally with which, how, and with what money.

task = Task(load("jinxi"), "gain_mean", budget=2e6)
found = propose(task)
print(found.advice, found.proposal.objective.gain, [a.name for a in found.alliances])
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from village_alliances.experiments.propose.answer import Proposal
    from village_alliances.experiments.propose.search import Step
    from village_alliances.experiments.propose.task import Task


def propose(
    task: Task,
    *,
    rounds: int = 0,
    fresh_runs: int = 0,
    threads: int = 0,
    checkpoint: Path | None = None,
    stop: Callable[[], bool] | None = None,
    enough: Callable[[], bool] | None = None,
    say: Callable[[Step], None] | None = None,
    measuring: Callable[[int, int], None] | None = None,
) -> Proposal:
    """The proposal for a task. Raises TaskError with everything that is wrong with
    it before anything runs, ValueError for what is no task.

    `rounds`: how long to search (0: the usual number; none beyond the first look where the table
    says nothing but places). `checkpoint`: a file in which the search is kept after each round, and
    from which the same question goes on. `stop`: asked between blocks; once true, the best so far
    is measured briefly and given back, or Stopped is raised where there is none yet. `enough`:
    asked between pieces of the search from the first plan on; once true, nothing more is searched.
    """
    from village_alliances.experiments.propose import evaluate, search
    from village_alliances.experiments.propose.fresh import FRESH_RUNS
    from village_alliances.experiments.propose.packing import NothingFits
    from village_alliances.experiments.propose.simulator import Stopped
    from village_alliances.experiments.propose.task import Task, TaskError, problems, unfit
    from village_alliances.sim.arguments import check
    from village_alliances.sim.table.memory import shortly

    if not isinstance(task, Task):
        raise ValueError(f"task: found {shortly(task)}; expected Task(villages, objective, budget)")
    check(rounds=rounds, fresh_runs=fresh_runs, threads=threads)
    if wrong := problems(task):
        raise TaskError(wrong)
    hunt = search.Search(task, threads=threads, stop=stop, say=say, checkpoint=checkpoint)
    try:
        usual = 0 if task.places_only else search.ROUNDS
        hunt.run(rounds or usual, enough)
    except NothingFits:
        raise TaskError([unfit(task)]) from None
    runs = fresh_runs or FRESH_RUNS
    if not hunt.stopped:
        try:
            return evaluate.evaluate(hunt, runs=runs, threads=threads, say=measuring, stop=stop)
        except Stopped:
            hunt.stopped = True
    hunt.simulator.interrupted = lambda: False
    return evaluate.evaluate(hunt, runs=runs, brief=True, threads=threads, say=measuring)

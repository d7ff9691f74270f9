"""Evaluate: what a proposal brings on luck that the search never met, beside every other way
of using the same money.

Rivals that have something to choose choose it in the search's luck, as the proposal did, and are
then measured in the same fresh runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from village_alliances.experiments.propose import against, placed, shared, stages, today
from village_alliances.experiments.propose.answer import (
    Measured,
    Next,
    OtherPlan,
    Point,
    Proposal,
    SearchRecord,
    Spread,
)
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.fresh import FRESH_RUNS, Fresh
from village_alliances.experiments.propose.notes import notes, of_campaign, of_measuring
from village_alliances.experiments.propose.search import Search
from village_alliances.experiments.propose.simulator import allies, singles
from village_alliances.sim.grouping import FIRST_QUARTER

Told = Callable[[int, int], None]


def evaluate(
    search: Search,
    *,
    runs: int = FRESH_RUNS,
    threads: int = 0,
    brief: bool = False,
    say: Told | None = None,
    stop: Callable[[], bool] | None = None,
) -> Proposal:
    """Measure a search's best choice beside its rivals. `brief`: without other budgets, next
    strategies and alternatives.

    `say` is told how much of the work is done, also within a part of it. Raises
    Stopped when told to stop.
    """
    done, parts = 0, 3 if brief else 6

    def tell() -> None:
        if say is not None:
            say(done, parts)

    tell()
    fresh = Fresh(search, runs, threads, stop, tell)
    done = 1
    rivals = against.rivals(fresh)
    done = 2
    front, nexts, alternatives = [], {}, []
    if not brief:
        front = against.front(fresh)
        done = 3
        nexts = against.next_strategies(fresh)
        done = 4
        alternatives = shared.alternatives(fresh)
        done = 5
    staged = stages.stages(fresh) if search.task.stages and not brief else None
    answer = replace(
        _answer(fresh, rivals, front, nexts, alternatives),
        stages=staged,
        changes=today.changes(fresh),
    )
    done = parts
    tell()
    return answer


def _answer(
    fresh: Fresh,
    rivals: list[Measured],
    front: list[Point],
    nexts: dict[Candidate, Next],
    alternatives: list[OtherPlan],
) -> Proposal:
    task, plan = fresh.task, fresh.plan
    villages = {*fresh.home, *(c.members[0] for c in singles(plan))}
    return Proposal(
        question=task.plain(),
        objective=fresh.objective.title,
        unit=fresh.objective.unit,
        budget=task.budget,
        years=task.paid_years[FIRST_QUARTER],
        promised=float(sum(task.cost(c) for c in plan)),
        fresh_runs=int(fresh.simulator.numbers.size),
        advice=against.advice(fresh, rivals),
        strongest=max(rivals, key=lambda r: r.objective.gain.mean).key,
        alliances=[placed.alliance(fresh, i, c, nexts.get(c)) for i, c in enumerate(allies(plan))],
        funded=[placed.funded(fresh, c) for c in singles(plan)],
        alone=[name for i, name in enumerate(fresh.names) if i not in villages],
        sites=placed.sites(fresh),
        proposal=fresh.measure("proposal", fresh.ours, plan),
        rivals=rivals,
        front=front,
        ensemble=shared.ensemble(fresh, alternatives),
        losers=placed.losers(fresh),
        hunt=_hunt(fresh),
        places_only=task.places_only,
        stages=None,
        changes=None,
        notes=[
            *notes(fresh.search),
            *of_measuring(fresh),
            *against.is_plain(fresh),
            *of_campaign(fresh),
        ],
    )


def _hunt(fresh: Fresh) -> SearchRecord:
    search = fresh.search
    assert search.best is not None
    measured = Spread.of(fresh.gain(fresh.ours))
    seen = search.in_search if math.isfinite(search.in_search) else search.best.score
    return SearchRecord(
        rounds=search.round,
        stopped=search.stopped,
        sets=len(search.sets),
        simulated=len(search.candidates),
        runs=search.runs,
        final_runs=search.final_runs if search.finalists else 0,
        believed=search.best.score,
        gap=search.best.gap,
        in_search=seen,
        fresh=measured.mean,
        fresh_error=measured.error,
        optimism=seen - measured.mean,
    )

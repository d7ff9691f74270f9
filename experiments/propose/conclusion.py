"""Conclusion: the last choice of a search among whole plans, on other luck.

Near-best plans, the best plan without alliances and the plain groupings are simulated whole; the
best of them is proposed, without the alliances of which it is not sure that they serve better than
the same money singly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from village_alliances.experiments.propose import changes, rivals
from village_alliances.experiments.propose.candidates import Candidate, singly
from village_alliances.experiments.propose.objectives import Lived
from village_alliances.experiments.propose.packing import Packed
from village_alliances.experiments.propose.sampling import Sample, near_best
from village_alliances.experiments.propose.simulator import Plan, Simulator, allies
from village_alliances.sim.metrics import WORSE

if TYPE_CHECKING:
    from village_alliances.experiments.propose.search import Search

SURE = 2.0  # standard errors
FINALISTS, SMALL_FINALISTS = 6, 24  # sampled plans that are simulated whole
NEAR_BEST = 0.02  # of the score: a plan that is less behind is as good, whatever luck says


def conclude(search: Search) -> None:
    """Hold some near-best plans and the plain ways against each other on other luck; take the
    best, without what is not sure."""
    assert search.packed is not None and search.best is not None
    search.sample = None if search.task.places_only else _sampled(search, search.packed)
    final = search.final_simulator()
    plans = _to_be_compared(search)
    search.finalists = []
    lives = {}
    for plan, lived in zip(plans, final.each(plans)):
        if _nobody_loses(search, final, plan, lived):
            value = float(search.objective.gain(lived, final.none).mean())
            lives[len(search.finalists)] = lived
            search.finalists.append((value, plan))
    if search.finalists:
        place = best_of(search, final, lives)
        value, plan = search.finalists[place]
        if not search.same_luck:
            value, plan = _sure(search, final, value, plan, lives[place])
        score = sum(search.beliefs.scores[search.where[c]] for c in plan if c in search.where)
        search.in_search = value
        search.best = replace(
            search.best,
            candidates=tuple(plan),
            score=float(score),
            bound=max(search.best.bound, float(score)),
        )


def best_of(search: Search, final: Simulator, lives: dict[int, Lived]) -> int:
    """The finalist to take: of those that luck does not tell from the one that brings most, the
    one that changes least of what exists, or else allies fewest villages.

    Beginning from what exists the others have to be surely better; without, a standard error
    decides (the one-standard-error rule of Breiman et al., 1984).
    """
    best = max(lives, key=lambda k: search.finalists[k][0])
    if search.same_luck and not search.warm:
        return best
    gain = {k: search.objective.gain(lived, final.none) for k, lived in lives.items()}
    sure = SURE if search.warm else 1.0
    alike = [
        k for k in lives
        if (gain[best] - gain[k]).mean() <= sure * _error(gain[best] - gain[k])
    ]  # fmt: skip

    def change(k: int) -> tuple[int, int, float]:
        plan, brings = search.finalists[k][1], search.finalists[k][0]
        if search.warm:
            lost = len(changes.broken(plan, search.warm))
            return lost, changes.moved(plan, search.warm), -brings
        return sum(len(c.members) for c in allies(plan)), 0, -brings

    return min(alike, key=change)


def _to_be_compared(search: Search) -> list[Plan]:
    """The choice, the best near-best plans, the best without alliances, the plain ways, and
    nothing: within the budget."""
    assert search.best is not None
    plans: dict[Any, Plan] = {}

    def enter(plan: Plan) -> None:
        if sum(search.task.cost(c) for c in plan) <= search.task.budget + 1e-6:
            plans.setdefault(frozenset(plan), plan)

    enter(search.best.candidates)
    if search.warm:
        enter(search.warm)
        search.steps = changes.most_important(search, search.warm)
        search.beliefs = search.believe()
        for _, plan in search.steps:
            enter(plan)
    sample = dict(zip(search.sample.plans, search.sample.scores)) if search.sample else {}
    ranked = sorted(sample.items(), key=lambda item: (-item[1], item[0]))
    kinds: dict[frozenset[Candidate], Plan] = {}  # in a county plans that ally alike are one
    for places, _ in ranked:
        plan = [search.candidates[c] for c in places]
        kinds.setdefault(frozenset(plan if search.few else allies(plan)), plan)
    for plan in list(kinds.values())[: SMALL_FINALISTS if search.few else FINALISTS]:
        enter(plan)
    if not search.together:
        alone = search.pack(search.task.budget, only_single=True).chosen
        enter([search.candidates[c] for c in alone])
        strategy = "" if search.geography.lonely else search.favourites[0]
        for plan in rivals.plain_plans(search.task, strategy):
            if _keeps_rules(search, plan):
                enter(plan)
        enter(())
    return list(plans.values())


def _nobody_loses(search: Search, final: Simulator, plan: Plan, lived: Lived) -> bool:
    """Whether no member loses on average, or that is allowed."""
    members = [i for c in allies(plan) for i in c.members]
    gain = lived.gain(final.none).mean(axis=0)
    return bool(search.task.allow_unstable or search.together or (gain[members] >= -WORSE).all())


def _sure(
    search: Search, final: Simulator, value: float, plan: Plan, lived: Lived
) -> tuple[float, Plan]:
    """The plan without alliances of which it is not sure that they serve better than the same
    money on the same members singly.

    It takes the place of the plan unless the plan is better by more than SURE
    standard errors as a whole.
    """

    def doubtful(c: Candidate) -> bool:
        new = c.members not in {warm.members for warm in search.warm}
        return new and len(c.members) > 1 and not set(c.members) & search.bound_to

    apart = [alone for c in plan for alone in (singly(c) if doubtful(c) else [c])]
    if len(apart) == len(plan) and all(a in plan for a in apart):
        return value, plan
    now, then = (search.objective.parts(life, final.none) for life in (lived, final.live(apart)))
    thinned: list[Candidate] = []
    for c in plan:
        more = (now - then)[:, c.members].sum(axis=1)
        kept = not doubtful(c) or more.mean() > _error(more)
        thinned += [c] if kept else singly(c)
    other = final.live(thinned)
    ahead = search.objective.gain(lived, final.none) - search.objective.gain(other, final.none)
    if ahead.mean() > SURE * _error(ahead):
        return value, plan
    return float(search.objective.gain(other, final.none).mean()), thinned


def _keeps_rules(search: Search, plan: Plan) -> bool:
    """Whether a plain plan is one that the question allows: its sets, and its
    grants where levels are named."""
    sets = all(len(c.members) == 1 or search.geography.admissible(c.members) for c in plan)
    named = search.task.grants
    return sets and (not named or all(c.grant in named for c in plan))


def _sampled(search: Search, packed: Packed) -> Sample:
    costs = np.array([search.task.cost(c) for c in search.candidates])
    best = np.array(packed.chosen, int)
    scores = search.brought([search.candidates[c] for c in best])
    error = _error(scores)
    slack = max(NEAR_BEST * abs(packed.score), error)
    price, money = packed.price, packed.money
    takes = np.array([price[list(c.members)].sum() for c in search.candidates]) + money * costs
    lost = takes - search.beliefs.scores  # at least so much worse is any plan that holds it
    # what these prices say of the best plan; packed.bound is lower where parts of a plan were tried
    most = max(packed.bound, price.sum() + money * search.task.budget)
    near = lost <= max(0.0, most - packed.score) + slack
    return near_best(
        search.candidates,
        search.beliefs.scores,
        costs,
        search.task.budget,
        packed.chosen,
        pool=np.flatnonzero(near & search.allowed()).tolist(),
        together=search.together,
        position=search.task.scenario.position,
        money=money,
        slack=slack,
        seed=search.task.seed,
        threads=search.simulator.threads,
    )


def _error(values: np.ndarray) -> float:
    """The standard error of a mean."""
    return float(values.std(ddof=1) / values.size**0.5)

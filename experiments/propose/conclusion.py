"""Conclusion: the last choice of a search among whole plans, on other luck.

Near-best plans, the best plan without alliances and the plain groupings are simulated whole; the
best of them is proposed, without the alliances of which it is not sure that they serve better than
the same money singly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from village_alliances.experiments.propose import changes
from village_alliances.experiments.propose.candidates import Candidate, singly
from village_alliances.experiments.propose.objectives import Lived
from village_alliances.experiments.propose.packing import Packed
from village_alliances.experiments.propose.sampling import PlanSample, near_best
from village_alliances.experiments.propose.simulator import AlliancePlan, Simulator, allies
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
    if not search.task.places_only:
        search.enter("sampling")
        search.sample = _sampled(search, search.packed)
    search.enter("comparing")
    final = search.final_simulator()
    plans = _to_be_compared(search)
    search.finalists = []
    lives = {}
    for plan, lived in _without_losers(search, final, plans):
        value = float(search.objective.gain(lived, final.none).mean())
        lives[len(search.finalists)] = lived
        search.finalists.append((value, plan))
    if search.finalists:
        place = best_of(search, final, lives)
        value, plan = search.finalists[place]
        if not search.same_luck:
            value, plan = _sure(search, final, plan, lives[place])
        score = search.score_of(plan)
        search.in_search = value
        search.best = replace(
            search.best,
            candidates=tuple(plan),
            score=score,
            bound=max(search.best.bound, score),
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


def _to_be_compared(search: Search) -> list[AlliancePlan]:
    """The choice, the best near-best plans, the best without alliances, the plain ways, and
    nothing: within the budget."""
    assert search.best is not None
    plans: dict[Any, AlliancePlan] = {}

    def enter(plan: AlliancePlan) -> None:
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
    kinds: dict[
        frozenset[Candidate], AlliancePlan
    ] = {}  # in a county plans that ally alike are one
    for places, _ in ranked:
        plan = [search.candidates[c] for c in places]
        kinds.setdefault(frozenset(plan if search.few else allies(plan)), plan)
    for plan in list(kinds.values())[: SMALL_FINALISTS if search.few else FINALISTS]:
        enter(plan)
    if not search.together:
        alone = search.pack(search.task.budget, only_single=True).chosen
        enter([search.candidates[c] for c in alone])
        for plan in search.plain:
            enter(plan)
        enter(())
    return list(plans.values())


def _without_losers(
    search: Search, final: Simulator, plans: Sequence[AlliancePlan]
) -> list[tuple[AlliancePlan, Lived]]:
    """Plans and what became of them; an alliance in which a member surely loses is parted, and its
    members are funded singly. Left out are plans in which even so one does."""
    kept, parted = [], []
    for plan, lived in zip(plans, final.each(plans)):
        whole = [c for c in plan if not _loses(search, final, c, lived)]
        if len(whole) == len(plan):
            kept.append((plan, lived))
        else:
            parted.append(_parted(plan, [c for c in plan if c not in whole]))
    kept += [
        (plan, lived)
        for plan, lived in zip(parted, final.each(parted))
        if not any(_loses(search, final, c, lived) for c in plan)
    ]
    return kept


def _loses(search: Search, final: Simulator, c: Candidate, lived: Lived) -> bool:
    """Whether luck does not explain that a member of an alliance loses on average, and that is not
    allowed. Of hundreds of members some always do by luck."""
    if len(c.members) == 1 or search.task.allow_unstable or search.together:
        return False
    gain = lived.gain(final.none)[:, c.members]
    error = gain.std(axis=0, ddof=1) / len(gain) ** 0.5
    return bool((gain.mean(axis=0) + SURE * error < -WORSE).any())


def _parted(plan: AlliancePlan, alliances: Sequence[Candidate]) -> list[Candidate]:
    """A plan in which these alliances are their members, funded singly."""
    return [part for c in plan for part in (singly(c) if c in alliances else [c])]


def _sure(
    search: Search, final: Simulator, plan: AlliancePlan, lived: Lived
) -> tuple[float, AlliancePlan]:
    """The plan without alliances of which it is not sure that they serve better than the same
    money on the same members singly; and what it brings.

    It takes the place of the plan unless the plan is better by more than a standard error as a
    whole, on luck in which neither was chosen.
    """

    def doubtful(c: Candidate) -> bool:
        new = c.members not in {warm.members for warm in search.warm}
        return new and len(c.members) > 1 and not set(c.members) & search.bound_to

    judge = search.judging_simulator()
    doubted = [c for c in plan if doubtful(c)]
    if not doubted:
        return float(search.objective.gain(judge.live(plan), judge.none).mean()), plan
    apart = final.live(_parted(plan, doubted))
    now, then = (search.objective.parts(life, final.none) for life in (lived, apart))
    more = {c: (now - then)[:, c.members].sum(axis=1) for c in doubted}
    thinned = _parted(plan, [c for c in doubted if more[c].mean() <= _error(more[c])])
    ours, theirs = (search.objective.gain(life, judge.none) for life in judge.each([plan, thinned]))
    if (ours - theirs).mean() > _error(ours - theirs):
        return float(ours.mean()), plan
    return float(theirs.mean()), thinned


def _sampled(search: Search, packed: Packed) -> PlanSample:
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

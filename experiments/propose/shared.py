"""Shared: what near-best plans have in common, what is free, and good plans that differ much."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from village_alliances.experiments.propose import sampling
from village_alliances.experiments.propose.answer import Alternative, Ensemble, Pair, Shares
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.changes import moved
from village_alliances.experiments.propose.county import Plan, allies, singles
from village_alliances.experiments.propose.fresh import ASIDE_RUNS, Fresh

OFTEN, SELDOM = 0.9, 0.2  # of near-best plans: what they share; pairs that are worth listing
CLUSTERS = 3  # of near-best plans, of which one is the proposal's


def alternatives(fresh: Fresh) -> list[Alternative]:
    """The plan in the middle of each cluster of near-best plans, but for the cluster to which
    the proposal is nearest."""
    sample = fresh.search.sample
    if sample is None or len(set(sample.plans)) < 2:
        return []
    plans = sample.plans
    cluster, middles = sampling.clusters(_places(fresh, plans), CLUSTERS)
    whole = [[fresh.search.candidates[c] for c in plans[at]] for at in middles]
    apart = [moved(plan, fresh.plan) for plan in whole]
    others = [k for k in range(len(whole)) if k != int(np.argmin(apart)) and apart[k] > 0]
    told = []
    for k, lived in zip(
        others, fresh.county.each([whole[k] for k in others], ASIDE_RUNS) if others else ()
    ):
        rows = [
            {
                "members": [fresh.names[i] for i in c.members],
                "strategy": c.strategy,
                "grant": c.grant,
            }
            for c in whole[k]
        ]
        share = float((cluster == k).mean())
        told.append(Alternative(fresh.measure("other", lived, whole[k]), share, apart[k], rows))
    return told


def _places(fresh: Fresh, plans: Sequence[Sequence[int]]) -> np.ndarray:
    """Where each plan has each village, (plans, villages): a number for each group, -1
    alone, -2 funded singly."""
    numbers: dict[tuple[int, ...], int] = {}
    found = np.full((len(plans), fresh.task.scenario.size), -1)
    for row, plan in enumerate(plans):
        for c in plan:
            members = fresh.search.candidates[c].members
            code = numbers.setdefault(members, len(numbers)) if len(members) > 1 else -2
            found[row, list(members)] = code
    return found


def ensemble(fresh: Fresh, alternatives: list[Alternative]) -> Ensemble:
    """What near-best plans share, and what is free."""
    search, n = fresh.search, fresh.task.scenario.size
    sample = search.sample
    candidates = search.candidates
    plans: list[Plan] = (
        [[candidates[c] for c in plan] for plan in sample.plans] if sample else [fresh.plan]
    )
    allied, funded, leads = np.zeros(n), np.zeros(n), np.zeros(n)
    able = search.county.none.able
    leading: dict[Candidate, np.ndarray] = {}
    for plan in plans:
        for c in allies(plan):
            if c not in leading:
                who = list(c.members)
                ablest = (
                    np.full(able.shape[0], who.index(c.lead))
                    if c.lead in c.members
                    else np.argmax(able[:, who], axis=1)
                )
                leading[c] = np.bincount(ablest, minlength=len(who)) / ablest.size
            allied[list(c.members)] += 1
            leads[list(c.members)] += leading[c]
        for c in singles(plan):
            funded[c.members[0]] += 1
    allied, funded, leads = (x / len(plans) for x in (allied, funded, leads))
    shares = [
        Shares(
            fresh.names[i],
            i,
            float(allied[i]),
            float(funded[i]),
            float(max(0.0, 1 - allied[i] - funded[i])),
            float(leads[i]),
        )
        for i in range(n)
    ]
    sets = [one.members for one in candidates]
    together = sampling.pairs(sample.plans, sets) if sample else sampling.pairs(
        [range(len(fresh.plan))], [c.members for c in fresh.plan])  # fmt: skip
    often = {pair for pair, share in together.items() if share >= OFTEN}
    placed = {i for pair in often for i in pair}
    undecided = [
        one.village
        for one in shares
        if one.position not in placed and max(one.funded, one.alone) < OFTEN
    ]
    return Ensemble(
        plans=len(plans),
        different=len(set(sample.plans)) if sample else 1,
        slack=sample.slack if sample else 0.0,
        rhat=sample.rhat if sample and math.isfinite(sample.rhat) else None,
        effective=sample.effective if sample else 1.0,
        disagreement=sample.disagreement if sample else 0.0,
        villages=shares,
        pairs=[
            Pair([fresh.names[i] for i in pair], list(pair), share)
            for pair, share in together.items()
            if share >= SELDOM
        ],
        settled=[[fresh.names[i] for i in group] for group in cliques(often)],
        open=undecided,
        alternatives=alternatives,
    )


def cliques(pairs: set[tuple[int, int]]) -> list[list[int]]:
    """Groups any two of which are among `pairs`, the largest first, no village twice."""
    near: dict[int, set[int]] = {}
    for i, j in sorted(pairs):
        near.setdefault(i, set()).add(j)
        near.setdefault(j, set()).add(i)
    found: list[list[int]] = []
    used: set[int] = set()
    for i in sorted(near, key=lambda v: (-len(near[v]), v)):
        if i in used:
            continue
        group = [i]
        for j in sorted(near[i] - used):
            if all(j in near[k] for k in group):
                group.append(j)
        if len(group) > 1:
            found.append(sorted(group))
            used.update(group)
    return sorted(found, key=lambda group: (-len(group), group))

"""Shared: what near-best plans have in common, what is free, and good plans that differ much."""

from __future__ import annotations

import math

import numpy as np
from village_alliances.experiments.propose import sampling
from village_alliances.experiments.propose.answer import Alternative, Ensemble, Pair, Shares
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.changes import moved
from village_alliances.experiments.propose.county import Plan, allies, singles
from village_alliances.experiments.propose.fresh import ASIDE_RUNS, Fresh

OFTEN, SELDOM = 0.9, 0.2  # of near-best plans: what they share; pairs that are worth listing
ALTERNATIVES = 2  # near-best plans that are shown beside the proposal


def alternatives(fresh: Fresh) -> list[Alternative]:
    """Near-best plans that differ most from the proposal and from each other."""
    sample = fresh.search.sample
    if sample is None:
        return []
    plans = [[fresh.search.candidates[c] for c in plan] for plan in dict.fromkeys(sample.plans)]
    known: list[Plan] = [fresh.plan]
    found = []
    for _ in range(ALTERNATIVES):
        if not plans:
            break
        apart = [min(moved(plan, other) for other in known) for plan in plans]
        farthest = int(np.argmax(apart))
        if apart[farthest] == 0:
            break
        known.append(plans[farthest])
        found.append(plans[farthest])
    if not found:
        return []
    told = []
    for plan, lived in zip(found, fresh.county.each(found, ASIDE_RUNS)):
        rows = [
            {
                "members": [fresh.names[i] for i in c.members],
                "strategy": c.strategy,
                "grant": c.grant,
            }
            for c in plan
        ]
        measured = fresh.measure("other", lived, plan)
        told.append(Alternative(measured, moved(plan, fresh.plan), rows))
    return told


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

"""Shared: what near-best plans have in common, what is free, and good plans that differ much."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from village_alliances.experiments.propose import sampling
from village_alliances.experiments.propose.answer import (
    UNSETTLED,
    NearBest,
    OtherPlan,
    Placings,
    Settled,
    VillagePair,
)
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.changes import moved
from village_alliances.experiments.propose.fresh import ASIDE_RUNS, Fresh

OFTEN, SELDOM = 0.9, 0.2  # of near-best plans: what they share; pairs that are worth listing
CLUSTERS = 3  # of near-best plans, of which one is the proposal's


def alternatives(fresh: Fresh) -> list[OtherPlan]:
    """The plan in the middle of each cluster of near-best plans, but for the cluster to which
    the proposal is nearest."""
    sample = fresh.search.sample
    if sample is None or len(set(sample.plans)) < 2:
        return []
    plans = sample.plans
    cluster, middles = sampling.clusters(_places(fresh, plans), CLUSTERS)
    whole = [[fresh.search.candidates[c] for c in plans[middle]] for middle in middles]
    apart = [moved(plan, fresh.plan) for plan in whole]
    others = [k for k in range(len(whole)) if k != int(np.argmin(apart)) and apart[k] > 0]
    lines = []
    for k, lived in zip(
        others, fresh.simulator.each([whole[k] for k in others], ASIDE_RUNS) if others else ()
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
        lines.append(OtherPlan(fresh.measure("other", lived, whole[k]), share, apart[k], rows))
    return lines


def _places(fresh: Fresh, plans: Sequence[Sequence[int]]) -> np.ndarray:
    """Where each plan has each village, (plans, villages): a number for each group, -1
    alone, -2 funded singly."""
    numbers: dict[tuple[int, ...], int] = {}
    places = np.full((len(plans), fresh.task.scenario.size), -1)
    for row, plan in enumerate(plans):
        for c in plan:
            members = fresh.search.candidates[c].members
            code = numbers.setdefault(members, len(numbers)) if len(members) > 1 else -2
            places[row, list(members)] = code
    return places


def ensemble(fresh: Fresh, alternatives: list[OtherPlan]) -> NearBest | None:
    """What near-best plans share, and what is free; None where none were sampled."""
    search, n = fresh.search, fresh.task.scenario.size
    sample = search.sample
    if sample is None:
        return None
    allied, funded, leads = np.zeros(n), np.zeros(n), np.zeros(n)
    for j in np.flatnonzero(sample.shares):
        c, share = search.candidates[j], sample.shares[j]
        if len(c.members) > 1:
            allied[list(c.members)] += share
            leads[list(c.members)] += share * _leading(search.simulator.none.able, c)
        elif c.grant > 0:
            funded[c.members[0]] += share
    shares = [
        Placings(
            fresh.names[i],
            i,
            float(allied[i]),
            float(funded[i]),
            float(max(0.0, 1 - allied[i] - funded[i])),
            float(leads[i]),
        )
        for i in range(n)
    ]
    together = sampling.pairs([c.members for c in search.candidates], sample.shares)
    often = {pair for pair, share in together.items() if share >= OFTEN}
    placed = {i for pair in often for i in pair}
    undecided = [
        share.village
        for share in shares
        if share.position not in placed and max(share.funded, share.alone) < OFTEN
    ]
    return NearBest(
        plans=len(sample.plans),
        different=len(set(sample.plans)),
        slack=sample.slack,
        rhat=sample.rhat if math.isfinite(sample.rhat) else None,
        effective=sample.effective,
        disagreement=sample.disagreement,
        villages=shares,
        pairs=[
            VillagePair([fresh.names[i] for i in pair], list(pair), share)
            for pair, share in together.items()
            if share >= SELDOM
        ],
        settled=[
            Settled([fresh.names[i] for i in group], share)
            for group in cliques(often)
            if (share := together_in(fresh, group)) is not None
        ],
        open=undecided,
        alternatives=alternatives,
    )


def _leading(able: np.ndarray, c: Candidate) -> np.ndarray:
    """How often each member of an alliance leads it, (members,). `able` (runs, villages)."""
    who = list(c.members)
    if c.lead in c.members:
        return np.array([float(i == c.lead) for i in who])
    ablest = np.argmax(able[:, who], axis=1)
    return np.asarray(np.bincount(ablest, minlength=len(who)) / ablest.size)


def together_in(fresh: Fresh, villages: Sequence[int]) -> float | None:
    """Share of near-best plans in which these are all in one alliance; None where none were
    sampled, or the chains do not agree."""
    sample, inside = fresh.search.sample, set(villages)
    if sample is None or sample.disagreement > UNSETTLED:
        return None
    holding = (inside <= set(c.members) for c in fresh.search.candidates)
    return float(sum(share for share, holds in zip(sample.shares, holding) if holds))


def cliques(pairs: set[tuple[int, int]]) -> list[list[int]]:
    """Groups any two of which are among `pairs`, the largest first, no village twice."""
    near: dict[int, set[int]] = {}
    for i, j in sorted(pairs):
        near.setdefault(i, set()).add(j)
        near.setdefault(j, set()).add(i)
    cliques: list[list[int]] = []
    used: set[int] = set()
    for i in sorted(near, key=lambda v: (-len(near[v]), v)):
        if i in used:
            continue
        group = [i]
        for j in sorted(near[i] - used):
            if all(j in near[k] for k in group):
                group.append(j)
        if len(group) > 1:
            cliques.append(sorted(group))
            used.update(group)
    return sorted(cliques, key=lambda group: (-len(group), group))

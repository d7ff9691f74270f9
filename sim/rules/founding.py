"""Found and join: how an alliance comes into being, and how a village enters or leaves it."""

from __future__ import annotations

import math

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import note, person, spends
from village_alliances.sim.society import (
    ACTIVE,
    DISSOLVED,
    DORMANT,
    FORMING,
    FOUNDED,
    FREE,
    JOINED,
    RICHEST,
    TOWNSHIP,
)


@compiled
def found_given(w, t):
    """Found the alliances that the scenario gives for this quarter; those of the quarter before begin their work."""
    for k in range(w.a.size):
        if w.a[k].status == FORMING and w.a[k].founded < t:
            w.a[k].status = ACTIVE
    runs = w.r.size
    villages = w.v.id.size // runs
    if not (w.given[:, 0] == t).any():
        return
    first, member = given_members(w)
    for g in range(w.given.shape[0]):
        if w.given[g, 0] != t:
            continue
        for r in range(runs):
            start = r * villages
            strategy = w.given[g, 2]
            lead = -1
            if w.given[g, 1] >= 0:
                lead = start + w.given[g, 1]
            else:
                best = -math.inf
                for m in range(first[g], first[g + 1]):
                    i = start + member[m]
                    if w.v.alliance[i] < 0:
                        worth = (
                            w.v.collective_income[i]
                            if w.plan[strategy, 1] == RICHEST
                            else person(w, w.p[r], i)
                        )
                        if worth > best:
                            best, lead = worth, i
            free = 0
            for m in range(first[g], first[g + 1]):
                free += 1 if w.v.alliance[start + member[m]] < 0 else 0
            if free < 2 or lead < 0 or w.v.alliance[lead] >= 0:
                continue
            k = establish(w, t, r, lead, strategy, 0)
            if k < 0:
                continue
            w.a[k].grant = w.given_grant[g]
            for m in range(first[g], first[g + 1]):
                if w.v.alliance[start + member[m]] < 0:
                    admit(w, t, start + member[m], k)


@helper
def given_members(w):
    """Villages of a run by given alliance, in id order: those of g are member[first[g]:first[g + 1]]."""
    first = np.zeros(w.given.shape[0] + 1, np.int64)
    for g in range(w.given.shape[0]):
        first[g + 1] = first[g] + w.given[g, 3]
    member = np.empty(first[-1], np.int64)
    filled = first.copy()
    for j in range(w.given_member.size):
        g = w.given_member[j]
        if g >= 0:
            member[filled[g]] = j
            filled[g] += 1
    return first, member


@helper
def establish(w, t, r, lead, strategy, forced):
    """Take a free slot for an alliance round `lead` and make it the first member. Returns the slot, or -1 if none is free."""
    runs = w.r.size
    slots = w.a.size // runs
    k = -1
    for n in range(slots):
        s = r * slots + (w.r[r].next_slot + n) % slots
        if w.a[s].status == FREE or w.a[s].status >= DISSOLVED:
            k = s
            w.r[r].next_slot = (s - r * slots + 1) % slots
            break
    if k < 0:
        return k
    p = w.p[r]
    a = w.a[k]
    w.r[r].founded_sum += 1
    a.key = luck.mix(w.v.id[lead] + luck.GOLDEN * luck.U(t + 1))
    a.number = w.r[r].founded_sum
    a.status = FORMING
    a.strategy = strategy
    a.founded = t
    a.lead = lead
    a.sharing = int(w.plan[strategy, 2])
    a.township_head = 1 if w.plan[strategy, 1] == TOWNSHIP else 0
    if w.l[r].township_head >= 0.0:
        a.township_head = 1 if w.l[r].township_head > 0.5 else 0
    a.plenaries = w.plan[strategy, 3] if w.l[r].plenaries < 0.0 else w.l[r].plenaries
    a.forced = forced
    a.cohesion = p.cohesion_start
    a.fund = a.venture_chest = a.enclave_chest = a.capital = a.power = a.kept = a.outside = (
        a.enclave
    ) = a.building_sum = a.works = a.jobs = a.brand = 0.0
    a.meetings = a.meetings_sum = a.granted_sum = a.unfairness = a.score = a.year_income = (
        a.profit
    ) = 0.0
    a.slack = a.warned = a.shared_head = 0
    w.building[k, :, :] = 0.0
    draws = luck.stream(w.seed[0], w.r[r].run, 0, luck.STRENGTH)
    total = money = worked = 0.0
    for c in range(w.strength.shape[1]):
        s = w.plan_strategy[strategy, c] + w.plan_undone[strategy, c]
        if s > 0.0 and p.strength_sd > 0.0:
            s *= math.exp(
                p.strength_sd * luck.normal(draws, luck.U(c)) - 0.5 * p.strength_sd * p.strength_sd
            )
        w.strength[k, c] = s if w.plan_undone[strategy, c] == 0.0 else 0.0
        total += s
        if spends(c):
            money += s
            worked += w.strength[k, c]
    a.strength = total
    a.money = money
    a.worked = worked / money if money > 0.0 else 1.0
    a.grant = 1.0
    note(w, t, FOUNDED, r, lead, k, 0.0)
    admit(w, t, lead, k)
    return k


@helper
def admit(w, t, i, k):
    """Make village i a member of alliance k from this quarter on."""
    v = w.v
    v.alliance[i] = k
    v.joined[i] = t
    v.stake[i] = 0.0
    v.effort[i] = 0.5
    v.brand_left[i] = 0.0
    for c in range(w.belief.shape[1]):
        if w.belief[i, c] <= 0.0:
            w.belief[i, c] = w.p[v.run[i]].belief_start
    if w.a[k].status == DORMANT:
        w.a[k].status = ACTIVE
    note(w, t, JOINED, v.run[i], i, k, 0.0)

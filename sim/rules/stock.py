"""Take stock: what each alliance has this quarter, summed over its members in the order of their ids."""

from __future__ import annotations

import math

from sim.compiled import compiled, helper
from sim.rules.common import alive, person
from sim.society import STAGES

CHAIN_STEPS = len(STAGES)


@compiled
def take_stock(w, t):
    """Members, ablest secretary, pooled land, product, distances and borders of every alliance, and the lists of members."""
    list_members(w)
    runs = w.r.size
    slots = w.a.size // runs
    v = w.v
    for r in range(runs):
        p = w.p[r]
        lever = w.l[r]
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if not alive(a.status):
                continue
            lead = a.lead
            a.industry = v.industry[lead]
            top, top_ability = -1, -1.0
            pooled = people = income = stakes = effort = reach = borders = kin = volume = 0.0
            steps = 0
            first, last = w.first[k], w.first[k + 1]
            for m in range(first, last):
                i = w.member[m]
                able = person(w, p, i)
                if able > top_ability:
                    top, top_ability = i, able
                pooled += v.idle[i]
                people += v.population[i]
                income += v.collective_income[i]
                stakes += v.stake[i]
                effort += v.effort[i]
                reach += math.hypot(v.x[i] - v.x[lead], v.y[i] - v.y[lead])
                borders += border_weight(v, i, lead)
                if v.culture[i] == v.culture[lead]:
                    kin += 1.0
                if v.industry[i] == a.industry:
                    volume += v.developed[i]
                    steps |= 1 << v.stage[i]
            n = last - first
            a.members = n
            if n == 0:
                continue
            a.top = top
            a.top_ability = top_ability
            a.pooled = pooled
            a.people = people
            a.income = income / n
            a.stakes = stakes
            a.effort = effort / n
            others = max(n - 1, 1)
            a.reach = reach / others
            a.borders = borders / others
            a.kinship = kin / n
            a.volume = volume
            covered = 0
            for s in range(CHAIN_STEPS):
                covered += (steps >> s) & 1
            built = a.capital + a.outside
            a.chain = min(1.0, covered / CHAIN_STEPS + 0.5 * built / (built + p.venture_scale))
            head = township_ability(p) if a.township_head == 1 else person(w, p, lead)
            a.theta = 0.0 if a.strength <= 0.0 else min(1.0, p.attention * head / (n * a.strength))
            if lever.mentoring == 0.0 and w.strength[k, 0] > 0.0:
                a.theta = 0.0 if a.strength <= w.strength[k, 0] else min(1.0, p.attention * head / (n * (a.strength - w.strength[k, 0])))


@helper
def township_ability(p):
    """A township cadre has the ability of a good secretary of the region: one spread above its mean, on the logit scale."""
    z = math.log(p.ability_mean / (1.0 - p.ability_mean)) + 0.5 * p.ability_sd
    return 1.0 / (1.0 + math.exp(-z))


@helper
def border_weight(v, i, j):
    """Weight of the administrative border between two villages: township one half, county one, city one and a half."""
    if v.city[i] != v.city[j]:
        return 1.5
    if v.county[i] != v.county[j]:
        return 1.0
    if v.township[i] != v.township[j]:
        return 0.5
    return 0.0


@helper
def list_members(w):
    """Sort villages by alliance, keeping the order of ids: members of k are member[first[k]:first[k + 1]]."""
    first = w.first
    first[:] = 0
    for i in range(w.v.id.size):
        k = w.v.alliance[i]
        if k >= 0:
            first[k + 1] += 1
    for k in range(w.a.size):
        first[k + 1] += first[k]
    for i in range(w.v.id.size):  # fill from the front, then shift the starts back
        k = w.v.alliance[i]
        if k >= 0:
            w.member[first[k]] = i
            first[k] += 1
    for k in range(w.a.size, 0, -1):
        first[k] = first[k - 1]
    first[0] = 0

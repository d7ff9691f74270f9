"""Take stock: what each alliance has this quarter, summed over its members in the order of their ids."""

from __future__ import annotations

import math

from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import alive, attention_share, estate, person
from village_alliances.sim.society import MENTORING, STAGES

CHAIN_STEPS = len(STAGES)
PAPER_EFFORT = 0.15  # mean effort under which a quarter counts as slack


@compiled
def open_books(w, t):
    """The quarter's money flows of every run start at nought, and last quarter's events are forgotten."""
    for r in range(w.r.size):
        run = w.r[r]
        run.earned = run.profits = run.services = run.transfers = run.grants = run.solo_grants = (
            run.salvaged
        ) = run.spent = 0.0
        run.interest = run.land_cost = run.invested = run.works_cost = run.contributed = (
            run.dividends
        ) = run.written_off = 0.0
        run.granting = w.calendar[t].grants
    w.log_size[:] = 0


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
            steps = served = 0
            first, last = w.first[k], w.first[k + 1]
            for m in range(first, last):
                i = w.member[m]
                able = person(w, p, i)
                if able > top_ability:
                    top, top_ability = i, able
                pooled += estate(v, i)
                people += v.population[i]
                income += v.collective_income[i]
                stakes += v.stake[i]
                effort += v.effort[i]
                reach += apart(v, i, lead)
                borders += border_weight(v, i, lead)
                served += 1 if v.posted_from[i] >= 0 else 0
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
            a.theta = attention_share(
                p, lever, head_of(w, p, k), n, w.strength[k, MENTORING], a.strength
            )
            a.slack = a.slack + 1 if a.effort < PAPER_EFFORT else 0
            a.shared_head = a.shared_head + 1 if n == 2 and served == 1 else 0


@helper
def head_of(w, p, k):
    """Ability of who heads alliance k: a township cadre, or the secretary of its lead."""
    a = w.a[k]
    return township_ability(p) if a.township_head == 1 else person(w, p, a.lead)


@helper
def relief(p, lever, theta, cooperation):
    """Share of what borders cost that cooperation across them takes away; a signed agreement assures half of the most it can."""
    eased = p.border_relief * min(1.0, theta * cooperation)
    if lever.border_agreement > 0.0:
        eased = max(eased, 0.5 * p.border_relief)
    return min(1.0, eased)


@helper
def township_ability(p):
    """A township cadre has the ability of a good secretary of the region: half a spread above its mean, on the logit scale."""
    z = math.log(p.ability_mean / (1.0 - p.ability_mean)) + 0.5 * p.ability_sd
    return 1.0 / (1.0 + math.exp(-z))


@helper
def apart(v, i, j):
    """Distance of two villages in km."""
    east, north = v.x[i] - v.x[j], v.y[i] - v.y[j]
    return math.sqrt(east * east + north * north)


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

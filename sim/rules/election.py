"""Post and elect: who leads a village, in the society and in its shadow.

At an election a secretary whose village lags is more often replaced. The successor is a returnee, a cadre or a local; in an
alliance it may be the lead's own secretary, who from then on divides effort over two villages. Able secretaries leave for
better; a change of secretary costs capacity for a while.
"""

from __future__ import annotations

import math

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import logistic, logit, note, working
from village_alliances.sim.society import CADRE, GONE, LENT, LENT_OUT, LOCAL, REPLACED, RETURNEE

CADRE_SHARE = 0.1  # of successors are posted cadres; assumption: rare, but named in both regions
DEPUTY = 0.7  # of a lent secretary's ability has the deputy who carries on; assumption: a year or two beside a better one
HELD = 0.6  # of departures that full pay and prizes prevent; assumption: careers elsewhere still attract the rest


@helper
def successor(p, lever, ability_draws, kind_draws, who, population):
    """Ability and origin of a new secretary: a keyed draw, the same for the village and its shadow."""
    u = luck.uniform(kind_draws, who)
    returnees = min(1.0, p.returnee_share * lever.returnee_pool)
    z = (
        logit(p.ability_mean)
        + p.talent_scale * math.log(max(population, 50.0) / 1000.0)
        + p.ability_sd * luck.normal(ability_draws, who)
    )
    origin = LOCAL
    if u < returnees:
        z += p.returnee_edge
        origin = RETURNEE
    elif u > 1.0 - CADRE_SHARE:
        z += 0.5 * p.returnee_edge
        origin = CADRE
    return logistic(z), origin


@helper
def chance_of_change(p, income, expected):
    """Chance that an election replaces the secretary of a village with `income` where `expected` was the trend."""
    lag = math.log(max(income, 100.0) / expected)
    return logistic(logit(p.replaced_share) - p.replaced_slope * lag)


@compiled
def post_and_elect(w, t):
    """Elections where the calendar has one, departures in every quarter, loss of leaders where a scenario says so."""
    v = w.v
    runs = w.r.size
    villages = v.id.size // runs
    election = w.calendar[t].election == 1
    loss = w.calendar[t].leader_loss == 1
    shares = np.empty(villages)
    for r in range(runs):
        p = w.p[r]
        lever = w.l[r]
        number = w.r[r].run
        standing = luck.stream(w.seed[0], number, t, luck.ELECTION)
        talent = luck.stream(w.seed[0], number, t, luck.SUCCESSOR)
        kinds = luck.stream(w.seed[0], number, t, luck.SUCCESSOR_KIND)
        leaving = luck.stream(w.seed[0], number, t, luck.DEPARTURE)
        trend = math.exp(math.log(1.0 + p.trend_collective) * t / 4.0)
        quits = (
            p.departure_rate / 4.0 * (1.0 - HELD * lever.retention)
            if lever.departures > 0.0
            else 0.0
        )
        votes = election and lever.elections > 0.0
        luck.uniforms(leaving, v.id[r * villages : (r + 1) * villages], shares)
        for i in range(r * villages, (r + 1) * villages):
            v.tenure[i] += 1.0
            v.alone_tenure[i] += 1.0
        for j in range(villages):
            i = r * villages + j
            change = shares[j] < quits * v.ability[i] * v.ability[i]
            if change:
                note(w, t, GONE, r, i, v.alliance[i], v.ability[i])
            alone_change = shares[j] < quits * v.alone_ability[i] * v.alone_ability[i]
            if votes:
                s = luck.uniform(standing, v.id[i])
                expected = v.start_income[i] * trend
                change = change or s < chance_of_change(p, v.collective_income[i], expected)
                alone_change = alone_change or s < chance_of_change(p, v.alone_income[i], expected)
            if loss and v.alliance[i] >= 0 and w.a[v.alliance[i]].lead == i:
                change = True
            if change or alone_change:
                ability, origin = successor(p, lever, talent, kinds, v.id[i], v.population[i])
                if change:
                    replace(w, t, r, i, ability, origin, p.turnover_cost)
                if alone_change:
                    v.alone_ability[i] = ability
                    v.alone_origin[i] = origin
                    v.alone_tenure[i] = 0.0
                    v.alone_capacity[i] *= 1.0 - p.turnover_cost
        if lever.posting > 0.0 and votes:
            lend(w, t, r, villages, p)


@helper
def replace(w, t, r, i, ability, origin, cost):
    """A new secretary takes over village i; one lent to or from it goes home."""
    v = w.v
    if v.posted_from[i] >= 0:
        give_back(v, i)
    recall(w, t, r, i)
    v.ability[i] = ability
    v.origin[i] = origin
    v.tenure[i] = 0.0
    v.capacity[i] *= 1.0 - cost
    note(w, t, REPLACED, r, i, v.alliance[i], ability)


@helper
def recall(w, t, r, i):
    """End every double service in which village i lends or borrows a secretary (both are members of one alliance)."""
    v = w.v
    if v.serves[i] > 1 and v.alliance[i] >= 0:
        if v.posted_from[i] >= 0:
            give_back(v, i)
            deputise(w, t, r, i)
        else:
            k = v.alliance[i]
            for m in range(w.first[k], w.first[k + 1]):
                j = w.member[m]
                if v.posted_from[j] == i:
                    give_back(v, j)
                    deputise(w, t, r, j)


@helper
def give_back(v, i):
    """The secretary whom village i has borrowed serves its own village alone again."""
    v.serves[v.posted_from[i]] -= 1
    v.posted_from[i] = -1
    v.serves[i] = 1


@helper
def deputise(w, t, r, i):
    """A deputy of village i, less able than who was lent to it, carries on."""
    v = w.v
    v.ability[i] *= DEPUTY
    v.origin[i] = LOCAL
    v.tenure[i] = 0.0
    note(w, t, REPLACED, r, i, v.alliance[i], v.ability[i])


@helper
def lend(w, t, r, villages, p):
    """A member that has just changed its secretary may be served by its lead's, if that one is abler and serves one village."""
    v = w.v
    draws = luck.stream(w.seed[0], w.r[r].run, t, luck.SUCCESSOR_KIND)
    for i in range(r * villages, (r + 1) * villages):
        k = v.alliance[i]
        if k < 0 or v.tenure[i] > 0.0 or not working(w.a[k].status) or w.a[k].strength <= 0.0:
            continue
        lead = w.a[k].lead
        if lead == i or v.serves[lead] > 1 or v.tenure[lead] <= 0.0:
            continue
        willing = p.posting_share * w.a[k].cohesion / 0.5 * v.effort[i] / 0.5
        if (
            luck.uniform(draws, luck.mix(v.id[i])) < willing
            and v.ability[lead] * p.posted_effort > v.ability[i]
        ):
            v.ability[i] = v.ability[lead]
            v.origin[i] = LENT
            v.posted_from[i] = lead
            v.serves[i] = 2
            v.serves[lead] = 2
            note(w, t, LENT_OUT, r, i, k, v.ability[lead])

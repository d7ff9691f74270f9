"""Secretaries: who leads a village, and what its committee can manage.

A village's own secretaries come and go on draws of their own, whatever is allied: elections keep
the abler ones, able ones leave for better. So the path of `ability` and `practice` is the same
under every strategy; what an alliance adds is what is learned and who is lent.
"""

from __future__ import annotations

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.arithmetic import log, logistic, logit
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import is_active, note, said, whose_turn
from village_alliances.sim.society import (
    ACTIVE,
    BY_ABLEST,
    CADRE,
    GONE,
    LENT,
    LENT_OUT,
    LOCAL,
    NOBODY,
    REPLACED,
    RETURNEE,
)

LEAST_ABILITY = 0.01  # 0..1; electors see nobody as worse, and nobody as nearer to perfect
LEAST_POOL = 50.0  # people; a smaller village finds secretaries among its neighbours, too
USUAL_POOL = 1000.0  # people among whom successors are as able as `ability_mean` says


@compiled
def change_secretaries(society, t):
    """Elections where the calendar has one, departures in every quarter, loss of leads
    where a scenario says so."""
    villages = society.villages
    runs = society.runs.size
    size = villages.id.size // runs
    today = society.calendar[t]
    shares = np.empty(size)
    for r in range(runs):
        p = society.parameters[r]
        lever = society.levers[r]
        number = society.runs[r].run
        standing = luck.stream(society.seed[0], number, t, luck.ELECTION)
        leaving = luck.stream(society.seed[0], number, t, luck.DEPARTURE)
        quits = 0.25 * p.departure_rate * (1.0 - p.retention_effect * lever.retention)
        quits *= lever.departures
        votes = today.election == 1 and lever.elections > 0.0
        luck.uniforms(leaving, villages.id[r * size : (r + 1) * size], shares)
        for j in range(size):
            i = r * size + j
            villages.tenure[i] += 1.0
            able = villages.ability[i]
            goes = shares[j] < quits * able * able
            if goes:
                note(society, t, GONE, r, i, villages.alliance[i], NOBODY, able)
            if votes and not goes:
                goes = luck.uniform(standing, villages.id[i]) < chance_of_change(p, able)
            if today.leader_loss == 1 and heads(society, i):
                goes = True
            if goes:
                replace(society, t, r, i)
            villages.practice[i] += p.practice_speed * (villages.ability[i] - villages.practice[i])
            set_capacity(villages, i)
        if votes:
            lend(society, t, r, size)


@helper
def heads(society, i):
    """Whether village i's secretary heads an alliance."""
    k = society.villages.alliance[i]
    if k < 0 or society.alliances[k].head != BY_ABLEST:
        return False
    return society.alliances[k].lead == i


@helper
def chance_of_change(p, ability):
    """Chance that an election replaces a secretary of this ability: the chance of change falls with
    ability."""
    middle = logit(p.ability_mean)
    own = logit(min(max(ability, LEAST_ABILITY), 1.0 - LEAST_ABILITY))
    return logistic(logit(p.replaced_share) - p.replaced_slope * (own - middle))


@helper
def replace(society, t, r, i):
    """A new secretary: a returnee, a cadre or a local, abler as the pool is larger; part of what
    was learned goes with the old one."""
    villages = society.villages
    p = society.parameters[r]
    number = society.runs[r].run
    talent = luck.stream(society.seed[0], number, t, luck.SUCCESSOR)
    kinds = luck.stream(society.seed[0], number, t, luck.SUCCESSOR_KIND)
    u = luck.uniform(kinds, villages.id[i])
    z = logit(p.ability_mean) + p.ability_sd * luck.normal(talent, villages.id[i])
    z += p.talent_scale * log(max(villages.population[i], LEAST_POOL) / USUAL_POOL)
    origin = LOCAL
    if u < min(1.0, p.returnee_share * society.levers[r].returnee_pool):
        z += p.returnee_edge
        origin = RETURNEE
    elif u > 1.0 - p.cadre_share:
        z += p.cadre_edge
        origin = CADRE
    give_back(society, i)
    villages.ability[i] = logistic(z)
    villages.origin[i] = origin
    villages.tenure[i] = 0.0
    villages.practice[i] *= 1.0 - p.turnover_cost
    villages.learned[i] *= p.stays_with_village
    note(society, t, REPLACED, r, i, villages.alliance[i], NOBODY, villages.ability[i])


@helper
def give_back(society, i):
    """Village i borrows nobody any more, and nobody borrows from it."""
    villages = society.villages
    villages.lent_from[i] = NOBODY
    k = villages.alliance[i]
    if k >= 0:
        for m in range(society.first[k], society.first[k + 1]):
            j = society.member[m]
            if villages.lent_from[j] == i:
                villages.lent_from[j] = NOBODY


@helper
def lend(society, t, r, size):
    """A member that has just changed its secretary may be served by its lead's, if that one brings
    more at `posted_effort` of its time."""
    villages = society.villages
    p = society.parameters[r]
    draws = luck.stream(society.seed[0], society.runs[r].run, t, luck.POSTING)
    order = luck.unit(luck.mix(draws))
    for j in range(size):
        i = r * size + whose_turn(order, j, size)
        k = villages.alliance[i]
        if k < 0 or villages.tenure[i] > 0.0 or not is_active(society, i):
            continue
        alliance = society.alliances[k]
        posts = said(society.levers[r].posting, society.strategies[alliance.strategy].posting)
        lead = alliance.lead
        if posts <= 0.0 or alliance.status != ACTIVE or alliance.head != BY_ABLEST or lead == i:
            continue
        if villages.ability[lead] * p.posted_effort <= villages.ability[i]:
            continue
        if lends(society, k, lead):
            continue
        willing = p.posting_share * alliance.cohesion
        if luck.uniform(draws, villages.id[i]) < willing:
            villages.lent_from[i] = lead
            villages.origin[i] = LENT
            note(society, t, LENT_OUT, r, i, k, NOBODY, villages.ability[lead])


@helper
def lends(society, k, lead):
    """Whether the lead already serves another member: nobody serves three."""
    for m in range(society.first[k], society.first[k + 1]):
        if society.villages.lent_from[society.member[m]] == lead:
            return True
    return False


@helper
def set_capacity(villages, i):
    """Capacity is practice, what was learned, and what lending adds or takes."""
    all_in_all = villages.practice[i] + villages.learned[i] + villages.lent[i]
    villages.capacity[i] = min(1.0, max(0.0, all_in_all))

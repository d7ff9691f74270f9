"""The county: its weak-village campaign, and the yearly ranking of alliances."""

from __future__ import annotations

import math

from village_alliances.sim.arithmetic import log
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import note, year_ends
from village_alliances.sim.rules.leaving import end
from village_alliances.sim.rules.public_money import pay_alliance
from village_alliances.sim.society import ACTIVE, CAMPAIGN, NOBODY, REWARD, WARNED


@compiled
def lift_weak(society, t):
    """Give each village under the floor property that brings what it lacks, in equal
    steps until the deadline."""
    runs = society.runs.size
    size = society.villages.id.size // runs
    for r in range(runs):
        lever = society.levers[r]
        last = society.calendar.size - 1.0
        deadline = lever.campaign_end if lever.campaign_end >= 0.0 else last
        if lever.campaign_floor <= 0.0 or lever.campaign_start < 0.0:
            continue
        if t < lever.campaign_start or t > deadline:
            continue
        for i in range(r * size, (r + 1) * size):
            floor = lever.campaign_floor * society.parameters[r].campaign_margin
            lacking = floor - brings_in(society, i)
            if lacking > 0.0:
                give_property(society, t, r, i, lacking / (deadline - t + 1.0))


@helper
def brings_in(society, i):
    """Yuan a year that village i brings in, with what its own projects have just earned: what the
    campaign gave last quarter is among them."""
    villages = society.villages
    return villages.base_income[i] + society.accounts.profit[i] + villages.alliance_income[i]


@helper
def passive_type(society, i):
    """The project type that needs nothing but money and brings village i most, or -1."""
    best, most = NOBODY, 0.0
    for j in range(society.needs.shape[0]):
        if society.needs[j, 0] < 0 and society.rate[i, j] > most:
            best, most = j, society.rate[i, j]
    return best


@helper
def give_property(society, t, r, i, income):
    """Property that brings village i `income` yuan a year more; what runs it is
    paid from what it brings."""
    j = passive_type(society, i)
    if j < 0:
        return
    if society.capital[i, j] + society.building[i, j] <= 0.0:
        society.fortune[i, j] = 1.0
        income += society.technology[r, j].overhead
    value = income / society.rate[i, j]
    society.capital[i, j] += value
    run = society.runs[r]
    run.campaign += value
    run.campaign_sum += value
    note(society, t, CAMPAIGN, r, i, society.villages.alliance[i], j, value)


@compiled
def rank_alliances(society, t):
    """Once a year: a reward for the alliance whose members grew most, a warning
    and an end for the last."""
    if not year_ends(t):
        return
    slots = society.alliances.size // society.runs.size
    for r in range(society.runs.size):
        lever = society.levers[r]
        if lever.reward_first > 0.0 or lever.reshuffle_last > 0.0:
            rank_run(society, t, r, slots)


@helper
def rank_run(society, t, r, slots):
    """The ranking of one run."""
    lever = society.levers[r]
    floor = society.parameters[r].income_floor
    best, last, ranked = NOBODY, NOBODY, 0
    most, least = -math.inf, math.inf
    for k in range(r * slots, (r + 1) * slots):
        alliance = society.alliances[k]
        if alliance.status != ACTIVE:
            continue
        income = mean_of_members(society, k)
        if alliance.year_income > 0.0:
            ranked += 1
            score = log(max(income, floor) / max(alliance.year_income, floor))
            if score > most:
                best, most = k, score
            if score < least:
                last, least = k, score
        alliance.year_income = income
    if ranked < 2 or most <= least:  # nobody is first where all are alike
        return
    reward = lever.reward_first * society.runs[r].granting
    if reward > 0.0:
        note(society, t, REWARD, r, society.alliances[best].lead, best, NOBODY, reward)
        pay_alliance(society, t, r, best, reward)
    if lever.reshuffle_last > 0.0:
        for k in range(r * slots, (r + 1) * slots):
            if k != last:
                society.alliances[k].warned = 0
        if society.alliances[last].warned == 1:
            end(society, t, r, last)
        else:
            society.alliances[last].warned = 1
            note(society, t, WARNED, r, society.alliances[last].lead, last, NOBODY, least)


@helper
def mean_of_members(society, k):
    """Mean operating income of members (yuan a year)."""
    total = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        total += society.villages.operating_income[society.member[m]]
    return total / max(1, society.first[k + 1] - society.first[k])

"""Meet: meetings make members act as one, and teach them; what was learned fades."""

from __future__ import annotations

from village_alliances.sim.arithmetic import exp
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import apart, friction, is_active, said
from village_alliances.sim.rules.rates import head_ability
from village_alliances.sim.rules.secretaries import set_capacity
from village_alliances.sim.society import ACTIVE, BY_ABLEST


@compiled
def meet(society, t):
    """What was learned fades; then every active alliance meets, teaches and is paid for."""
    villages = society.villages
    runs = society.runs.size
    size = villages.id.size // runs
    slots = society.alliances.size // runs
    for r in range(runs):
        fading = society.parameters[r].fading
        for i in range(r * size, (r + 1) * size):
            villages.membership_cost[i] = 0.0
            if villages.learned[i] > 0.0 or villages.lent[i] != 0.0:
                villages.learned[i] *= 1.0 - fading
                villages.lent[i] = 0.0
                set_capacity(villages, i)
        for k in range(r * slots, (r + 1) * slots):
            if society.alliances[k].status == ACTIVE and society.alliances[k].active > 0:
                hold_meetings(society, r, k)
                teach(society, r, k)
                charge(society, r, k)


@helper
def hold_meetings(society, r, k):
    """Cohesion grows with the meetings that reach members and decays without."""
    p = society.parameters[r]
    alliance = society.alliances[k]
    rules = society.strategies[alliance.strategy]
    lever = society.levers[r]
    able = head_ability(society, r, k)
    alliance.meetings = said(lever.plenaries, rules.plenaries) + p.special_meetings * able
    alliance.meetings += p.culture_meetings * rules.culture
    reached = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if is_active(society, i):
            reached += reach(society, r, k, i)
    met = 0.25 * alliance.meetings * reached / alliance.members
    gained = 1.0 - exp(-p.cohesion_gain * met)
    alliance.cohesion += gained * (1.0 - alliance.cohesion)
    alliance.cohesion -= p.cohesion_decay * alliance.cohesion


@helper
def reach(society, r, k, i):
    """How much of a meeting reaches member i: distance and borders take from it."""
    p = society.parameters[r]
    alliance = society.alliances[k]
    far = exp(-apart(society.villages, i, alliance.lead) / p.meeting_reach)
    return far * (1.0 - friction(society, r, alliance.strategy, i, alliance.lead))


@helper
def teach(society, r, k):
    """Members close part of the gap to the one that can manage most; who mentors and who is
    lent has less time at home."""
    villages = society.villages
    p = society.parameters[r]
    alliance = society.alliances[k]
    if society.levers[r].shared_ability <= 0.0:
        return
    top = alliance.top
    best = villages.capacity[top]
    mentors = said(society.levers[r].mentoring, society.strategies[alliance.strategy].mentoring)
    dose = 1.0 - exp(-alliance.meetings / p.meetings_of_trial)
    pupils = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if i == top or not is_active(society, i):
            continue
        near = reach(society, r, k, i)
        rate = (p.meeting_learning * dose + p.mentoring_rate * mentors) * near
        gap = best - villages.practice[i] - villages.learned[i]
        if gap > 0.0:
            villages.learned[i] += rate * gap
            pupils += near
        lender = villages.lent_from[i]
        if lender >= 0:
            villages.lent[i] += max(0.0, villages.ability[lender] * p.posted_effort - villages.practice[i])  # fmt: skip
            villages.lent[lender] -= (1.0 - p.posted_effort) * villages.practice[lender]
        set_capacity(villages, i)
    villages.lent[top] -= p.mentor_load * mentors * pupils
    set_capacity(villages, top)
    set_capacity(villages, alliance.lead)


@helper
def charge(society, r, k):
    """What membership costs each active member, yuan a year: meetings, leading, and
    the strategy's measures."""
    villages = society.villages
    alliance = society.alliances[k]
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if is_active(society, i):
            cost = membership(society, r, alliance.strategy, alliance.meetings, i)
            if i == alliance.lead and alliance.head == BY_ABLEST:
                cost += society.parameters[r].lead_cost * (alliance.members - 1)
            villages.membership_cost[i] = cost


@helper
def membership(society, r, strategy, meetings, i):
    """Yuan a year that an ordinary member pays: its time, and its part of the measures."""
    p = society.parameters[r]
    rules = society.strategies[strategy]
    agreed = said(society.levers[r].agreement, rules.agreement)
    people = society.villages.population[i]
    return (
        meetings * p.meeting_cost
        + p.culture_cost * rules.culture
        + p.agreement_cost * agreed
        + p.outlet_cost * rules.outlet
        + p.services_cost * people * rules.services
    )

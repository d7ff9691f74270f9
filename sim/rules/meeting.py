"""Meet: meetings make members act as one, and teach them; what was learned fades."""

from __future__ import annotations

from village_alliances.sim.arithmetic import exp
from village_alliances.sim.compiled import compiled, helper, hot
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
                call_meetings(society, r, k)
                hold_meetings(society, r, k)
                charge(society, r, k)


@helper
def call_meetings(society, r, k):
    """How often alliance k meets: what is agreed, and what an able head adds."""
    p = society.parameters[r]
    alliance = society.alliances[k]
    rules = society.strategies[alliance.strategy]
    able = head_ability(society, r, k)
    alliance.meetings = said(society.levers[r].plenaries, rules.plenaries)
    alliance.meetings += p.special_meetings * able + p.culture_meetings * rules.culture


@helper
def hold_meetings(society, r, k):
    """Cohesion grows with the meetings that reach members and decays without; members learn from
    the one that can manage most."""
    p = society.parameters[r]
    alliance = society.alliances[k]
    top = alliance.top
    learns = society.levers[r].shared_ability > 0.0
    best = society.villages.capacity[top]
    mentors = said(society.levers[r].mentoring, society.strategies[alliance.strategy].mentoring)
    dose = 1.0 - exp(-alliance.meetings / p.meetings_of_trial)
    rate = p.meeting_learning * dose + p.mentoring_rate * mentors
    reached = pupils = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if is_active(society, i):
            near = reach(society, r, k, i)
            reached += near
            if learns and i != top:
                pupils += learn(society, r, i, best, rate, near)
    met = 0.25 * alliance.meetings * reached / alliance.members
    gained = 1.0 - exp(-p.cohesion_gain * met)
    alliance.cohesion += gained * (1.0 - alliance.cohesion)
    alliance.cohesion -= p.cohesion_decay * alliance.cohesion
    if learns:
        society.villages.lent[top] -= p.mentor_load * mentors * pupils
        set_capacity(society.villages, top)
        set_capacity(society.villages, alliance.lead)


@hot
def reach(society, r, k, i):
    """How much of a meeting reaches member i: distance and borders take from it."""
    p = society.parameters[r]
    alliance = society.alliances[k]
    far = exp(-apart(society.villages, i, alliance.lead) / p.meeting_reach)
    return far * (1.0 - friction(society, r, alliance.strategy, i, alliance.lead))


@hot
def learn(society, r, i, best, rate, near):
    """Member i closes part of the gap to what the best can manage (returned: the part of a
    mentor's time that it takes); who lends its secretary has less at home."""
    villages = society.villages
    p = society.parameters[r]
    taken = 0.0
    gap = best - villages.practice[i] - villages.learned[i]
    if gap > 0.0:
        villages.learned[i] += rate * near * gap
        taken = near
    lender = villages.lent_from[i]
    if lender >= 0:
        added = villages.ability[lender] * p.posted_effort - villages.practice[i]
        villages.lent[i] += max(0.0, added)
        villages.lent[lender] -= (1.0 - p.posted_effort) * villages.practice[lender]
    set_capacity(villages, i)
    return taken


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


@hot
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

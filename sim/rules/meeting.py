"""Meet: meetings make members act as one, and teach them; what was learned fades."""

from __future__ import annotations

from village_alliances.sim.arithmetic import exp
from village_alliances.sim.compiled import compiled, helper, hot
from village_alliances.sim.rules.common import (
    TINY,
    apart,
    exists,
    friction,
    is_active,
    said,
    teaches,
    undivided,
)
from village_alliances.sim.rules.rates import (
    head_ability,
    managed_well,
    run_by_committee,
    stretched,
    who_manages,
)
from village_alliances.sim.rules.secretaries import set_capacity
from village_alliances.sim.society import ACTIVE, BY_ABLEST


@compiled
def meet(society, t):
    """What was learned fades; then every active alliance meets and teaches; all are paid for."""
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
            if exists(society.alliances[k]):
                charge(society, r, k)


@helper
def call_meetings(society, r, k):
    """How often alliance k meets."""
    alliance = society.alliances[k]
    able = head_ability(society, r, k)
    alliance.meetings = meetings_under(society, r, alliance.strategy, able)


@hot
def meetings_under(society, r, strategy, able):
    """Meetings a year: what is agreed, and what a head who can do `able` adds."""
    p = society.parameters[r]
    rules = society.strategies[strategy]
    agreed = said(society.levers[r].plenaries, rules.plenaries)
    return agreed + p.special_meetings * able + p.culture_meetings * rules.culture


@helper
def hold_meetings(society, r, k):
    """Cohesion grows with the meetings that reach members and decays without; members learn from
    the one that can manage most."""
    p = society.parameters[r]
    alliance = society.alliances[k]
    strategy, top = alliance.strategy, alliance.top
    learns = teaches(society, r)
    best = society.villages.capacity[top]
    rate = learning_rate(society, r, strategy, alliance.meetings)
    reached = pupils = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if is_active(society, i):
            near = reach(society, r, strategy, i, alliance.lead)
            reached += near
            if learns and i != top:
                pupils += near * learn(society, i, best, rate * near)
            if learns:
                be_served(society, r, i)
    met = 0.25 * alliance.meetings * reached / alliance.members
    gained = 1.0 - exp(-p.cohesion_gain * met)
    alliance.cohesion += gained * (1.0 - alliance.cohesion)
    alliance.cohesion -= p.cohesion_decay * alliance.cohesion
    if learns:
        society.villages.lent[top] -= time_of_mentoring(society, r, strategy, pupils)
        set_capacity(society.villages, top)
        set_capacity(society.villages, alliance.lead)


@helper
def lasting_cohesion(society, r, strategy, meetings, lead, n, members):
    """Cohesion (0..1) at which so many meetings a year at the lead's would hold an alliance of so
    many members, of whom the first n of `society.who` are active: what they add is what decays."""
    p = society.parameters[r]
    reached = 0.0
    for m in range(n):
        reached += reach(society, r, strategy, society.who[m], lead)
    gained = 1.0 - exp(-p.cohesion_gain * 0.25 * meetings * reached / members)
    kept = 1.0 - p.cohesion_decay
    return gained * kept / max(TINY, 1.0 - (1.0 - gained) * kept)


@hot
def mentoring(society, r, strategy):
    """Whether the one that can manage most mentors: as a planner's lever or the strategy says."""
    return said(society.levers[r].mentoring, society.strategies[strategy].mentoring)


@hot
def mentor_meetings(society, r, strategy, taught):
    """Meetings a year with its mentor of a member that is taught."""
    if not taught:
        return 0.0
    return society.parameters[r].mentor_meetings * mentoring(society, r, strategy)


@hot
def learning_rate(society, r, strategy, meetings):
    """Share of the gap to the best that a member closes in a quarter, by meetings and mentoring
    that reach it whole."""
    p = society.parameters[r]
    dose = 1.0 - exp(-meetings / p.meetings_of_trial)
    return p.meeting_learning * dose + p.mentoring_rate * mentoring(society, r, strategy)


@hot
def time_of_mentoring(society, r, strategy, pupils):
    """Capacity that a mentor lacks at home with so many pupils."""
    return society.parameters[r].mentor_load * mentoring(society, r, strategy) * pupils


@hot
def reach(society, r, strategy, i, lead):
    """How much of a meeting at the lead's reaches member i: distance and borders take from it."""
    far = exp(-apart(society.villages, i, lead) / society.parameters[r].meeting_reach)
    return far * (1.0 - friction(society, r, strategy, i, lead))


@hot
def learn(society, i, best, rate):
    """Member i closes a part of the gap to what the best can manage; returns whether there is
    one."""
    villages = society.villages
    gap = best - villages.practice[i] - villages.learned[i]
    if gap > 0.0:
        villages.learned[i] += rate * gap
    return 1.0 if gap > 0.0 else 0.0


@hot
def be_served(society, r, i):
    """Member i may be served by a secretary whom another lends, and who has less at home for it."""
    villages = society.villages
    p = society.parameters[r]
    lender = villages.lent_from[i]
    if lender >= 0:
        added = villages.ability[lender] * p.posted_effort - villages.practice[i]
        villages.lent[i] += max(0.0, added)
        villages.lent[lender] -= (1.0 - p.posted_effort) * villages.practice[lender]
    set_capacity(villages, i)


@helper
def worth_of_meeting(society, r, strategy, meetings, i, teacher, lead, n):
    """Yuan a year that one of the first n of `society.who` expects of what meetings teach: the
    teacher learns nothing, and loses what mentoring takes."""
    if not teaches(society, r):
        return 0.0
    if i == teacher:
        pupils = pupils_of(society, r, strategy, teacher, lead, n)
        return -cost_of_mentoring(society, r, strategy, i, pupils)
    best = undivided(society.villages, teacher)
    rate = learning_rate(society, r, strategy, meetings)
    near = reach(society, r, strategy, i, lead)
    return worth_of_learning(society, r, i, best, rate * near)


@helper
def pupils_of(society, r, strategy, teacher, lead, n):
    """Those of the set that can learn from the teacher, as far as meetings at the lead's reach
    them; nobody where nobody is mentored."""
    pupils = 0.0
    if mentoring(society, r, strategy) <= 0.0:
        return pupils
    best = undivided(society.villages, teacher)
    for m in range(n):
        i = society.who[m]
        if i != teacher and best > society.villages.practice[i]:
            pupils += reach(society, r, strategy, i, lead)
    return pupils


@hot
def worth_of_learning(society, r, i, best, rate):
    """Yuan a year that member i expects of learning from one who can manage `best`: what it will
    have learned once as much fades as is learned."""
    practice = society.villages.practice[i]
    gap = best - practice
    if gap <= 0.0:
        return 0.0
    kept = (1.0 - society.parameters[r].fading) * (1.0 - rate)
    return worth_of_capacity(society, r, i, practice, practice + rate * gap / (1.0 - kept))


@hot
def cost_of_mentoring(society, r, strategy, i, pupils):
    """Yuan a year that village i expects to lose at home with so many pupils."""
    taken = time_of_mentoring(society, r, strategy, pupils)
    most = undivided(society.villages, i)
    return worth_of_capacity(society, r, i, max(0.0, most - taken), most)


@hot
def worth_of_capacity(society, r, i, less, more):
    """Yuan a year that capacity `more` instead of `less` brings to what village i runs: of its base
    (see `earn`), and to its own projects (see `set_rates`)."""
    villages = society.villages
    p = society.parameters[r]
    effect = p.base_management * p.management_effect
    factor = 1.0 + effect * (villages.capacity[i] - villages.practice[i])
    worth = 0.0
    if factor > 0.0 and villages.base_income[i] > 0.0:
        worth = effect * (more - less) * villages.base_income[i] / factor
    if society.accounts.managed[i] > 0.0:
        worth += worth_to_projects(society, r, i, less, more)
    return worth


@helper
def worth_to_projects(society, r, i, less, more):
    """Yuan a year that capacity `more` instead of `less` brings to village i's own projects: its
    committee may do better, or an operator may be dispensed with."""
    p = society.parameters[r]
    accounts = society.accounts
    managed = run_by_committee(society, i)
    before, hired_before = who_manages(p, stretched(p, less, managed))
    after, hired_after = who_manages(p, stretched(p, more, managed))
    worth = 0.0
    for j in range(society.capital.shape[1]):
        usual = society.capital[i, j] * society.rate[i, j] * society.fortune[i, j]
        if usual > 0.0:
            tech = society.technology[r, j]
            now = managed_well(p, tech, accounts.ability[i], accounts.hired[i])
            gained = managed_well(p, tech, after, hired_after)
            gained -= managed_well(p, tech, before, hired_before)
            worth += usual * gained / now
    return worth


@helper
def charge(society, r, k):
    """What it costs each member to belong, yuan a year."""
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if is_active(society, i):
            cost = cost_of(society, r, k, i, society.alliances[k].top)
        else:
            cost = cost_of_head(society, r, k, i == society.alliances[k].lead)
        society.villages.membership_cost[i] = cost


@hot
def cost_of(society, r, k, i, teacher):
    """Yuan a year that active membership of alliance k costs village i."""
    alliance = society.alliances[k]
    led = leading(alliance.head, i == alliance.lead, alliance.members)
    return membership(society, r, alliance.strategy, alliance.meetings, i, led, i != teacher)


@hot
def cost_of_head(society, r, k, leads):
    """Yuan a year that a quiet member of alliance k pays: what is its own is led with the rest."""
    alliance = society.alliances[k]
    return society.parameters[r].lead_cost * leading(alliance.head, leads, alliance.members)


@hot
def leading(head, leads, n):
    """Villages for whose leading this one of n members, active or quiet, pays: a lead village bears
    all others; a head from outside, whose time costs as much, is paid by all alike."""
    if head == BY_ABLEST:
        return n - 1.0 if leads else 0.0
    return (n - 1.0) / n


@hot
def membership(society, r, strategy, meetings, i, led, taught):
    """Yuan a year that a member pays: its time, its part of the measures, what it costs to lead
    `led` villages, and meetings with its mentor where it is `taught`."""
    p = society.parameters[r]
    rules = society.strategies[strategy]
    agreed = said(society.levers[r].agreement, rules.agreement)
    people = society.villages.population[i]
    return (
        (meetings + mentor_meetings(society, r, strategy, taught)) * p.meeting_cost
        + p.culture_cost * rules.culture
        + p.agreement_cost * agreed
        + p.outlet_cost * rules.outlet
        + p.services_cost * people * rules.services
        + p.lead_cost * led
    )

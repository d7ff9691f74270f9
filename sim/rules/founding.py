"""Found and join: how an alliance comes into being, and how a village enters it."""

from __future__ import annotations

import math

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.choosing import plan, room_at_home
from village_alliances.sim.rules.common import (  # fmt: skip
    account_of,
    list_members,
    note,
    reset_account,
)
from village_alliances.sim.rules.public_money import due
from village_alliances.sim.rules.stock import take_stock_of
from village_alliances.sim.society import (
    ACTIVE,
    BY_ABLEST,
    DISSOLVED,
    FOUNDED,
    FREE,
    JOINED,
    NOBODY,
    WORKING,
)


@compiled
def found_given(society, t):
    """Found the alliances that the scenario gives for this quarter."""
    if not (society.given.founded == t).any():
        return
    lead = np.empty(society.given.size, np.int64)
    free = np.empty(society.given.size, np.int64)
    slot = np.empty(society.given.size, np.int64)
    for r in range(society.runs.size):
        find_leads(society, t, r, lead, free)
        for g in range(society.given.size):
            slot[g] = NOBODY
            if free[g] >= 2 and lead[g] >= 0 and society.villages.alliance[lead[g]] < 0:
                slot[g] = establish(society, t, r, lead[g], society.given[g].strategy, 0)
                if slot[g] >= 0:
                    society.alliances[slot[g]].grant = society.given[g].grant
        admit_given(society, t, r, slot)
    open_for_business(society, t)


@helper
def find_leads(society, t, r, lead, free):
    """Who leads each alliance that is given for this quarter: the stated one, else the member that
    can manage most; and how many of its villages are free."""
    size = society.given_member.size
    for g in range(society.given.size):
        lead[g], free[g] = NOBODY, 0
        if society.given[g].founded == t and society.given[g].lead >= 0:
            lead[g] = r * size + society.given[g].lead
    for j in range(size):
        g, i = society.given_member[j], r * size + j
        if g < 0 or society.given[g].founded != t or society.villages.alliance[i] >= 0:
            continue
        free[g] += 1
        if society.given[g].lead < 0:
            best = lead[g]
            if best < 0 or society.villages.capacity[i] > society.villages.capacity[best]:
                lead[g] = i


@helper
def admit_given(society, t, r, slot):
    """Who is free joins the alliance that has been founded for it."""
    size = society.given_member.size
    for j in range(size):
        g, i = society.given_member[j], r * size + j
        if g >= 0 and slot[g] >= 0 and society.villages.alliance[i] < 0:
            admit(society, t, i, slot[g])


@helper
def establish(society, t, r, lead, strategy, forced):
    """Take a free slot for an alliance round `lead`, its first member. Returns the
    slot, or -1 if none is free."""
    slots = society.alliances.size // society.runs.size
    run = society.runs[r]
    k = NOBODY
    for n in range(slots):
        s = r * slots + (run.next_slot + n) % slots
        if society.alliances[s].status == FREE or society.alliances[s].status == DISSOLVED:
            k = s
            run.next_slot = (s - r * slots + 1) % slots
            break
    if k < 0:
        return k
    run.founded_sum += 1
    alliance = society.alliances[k]
    reset_alliance(alliance)
    alliance.key = luck.mix(society.villages.id[lead] + luck.GOLDEN * luck.U(t + 1))
    alliance.number = run.founded_sum
    alliance.status = ACTIVE
    alliance.strategy = strategy
    alliance.founded = t
    alliance.lead = lead
    alliance.forced = forced
    alliance.cohesion = society.parameters[r].cohesion_start
    g = account_of(society, k)
    reset_account(society, g)
    society.accounts.id[g] = alliance.key
    note(society, t, FOUNDED, r, lead, k, NOBODY, 0.0)
    admit(society, t, lead, k)
    return k


@helper
def reset_alliance(alliance):
    """A slot in which nothing has happened."""
    alliance.members = alliance.active = 0
    alliance.head, alliance.head_ability, alliance.head_practice = BY_ABLEST, 0.0, 0.0
    alliance.meetings = alliance.stakes = alliance.granted = alliance.own_money = 0.0
    alliance.year_income = 0.0
    alliance.grant = alliance.site = 1.0
    alliance.warned = 0
    alliance.stale = 1
    alliance.product = alliance.top = alliance.promising = alliance.weakest = NOBODY


@helper
def admit(society, t, i, k):
    """Make village i a member of alliance k from this quarter on; joining costs it
    once, in cash."""
    villages = society.villages
    villages.alliance[i] = k
    villages.joined[i] = t
    villages.standing[i] = WORKING
    villages.stake[i] = villages.own_stake[i] = 0.0
    villages.signed[i] = 0.0
    society.alliances[k].stale = 1
    r = villages.run[i]
    society.accounts.fund[i] -= society.parameters[r].founding_cost
    society.runs[r].costs += society.parameters[r].founding_cost
    note(society, t, JOINED, villages.run[i], i, k, NOBODY, 0.0)


@helper
def open_for_business(society, t):
    """After foundings: who belongs to what, what members pool, and where
    single money would have gone."""
    list_members(society)
    slots = society.alliances.size // society.runs.size
    for k in range(society.alliances.size):
        alliance = society.alliances[k]
        if alliance.status == ACTIVE and alliance.founded == t and alliance.promising < 0:
            take_stock_of(society, t, k // slots, k)
            single_out(society, t, k // slots, k)


@helper
def single_out(society, t, r, k):
    """The member to whom all the alliance's grants would promise most if it had them alone, and the
    weakest: rivals at equal money."""
    alliance = society.alliances[k]
    villages = society.villages
    money = 4.0 * society.levers[r].grant_years * due(society, t, r, k, alliance.active)
    most, least = -math.inf, math.inf
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        room_at_home(society, r, i, villages.offered[i])
        gain = plan(society, r, society.rate[i], money)
        if gain > most:
            alliance.promising, most = i, gain
        if villages.operating_income[i] < least:
            alliance.weakest, least = i, villages.operating_income[i]

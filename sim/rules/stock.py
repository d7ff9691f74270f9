"""Take stock: what each alliance is this quarter, over its members in the order of their ids; the
quarter's books are opened."""

from __future__ import annotations

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import (
    active_members_of,
    brought_in,
    exists,
    head_of,
    list_members,
    undivided,
)
from village_alliances.sim.society import BY_ABLEST, BY_FIRM, LAND, NOBODY, VOLUME, WORKING

HEAD = np.int64(30)  # purpose of the draw of a head from outside
HEAD_GOES = np.int64(32)  # purpose: is a head from outside called away?


@compiled
def open_books(society, t):
    """The quarter's money flows of every run start at nought, and last
    quarter's events are forgotten."""
    for r in range(society.runs.size):
        run = society.runs[r]
        run.earned = run.profits = run.ordinary = run.grants = 0.0
        run.solo_grants = run.campaign = run.spent = run.interest = run.costs = run.works = 0.0
        run.written_off = 0.0
        run.granting = society.calendar[t].grants
        if society.levers[r].grant_weak_first > 0.0:
            run.income_before = mean_of_villages(society, r)
    society.log_size[:] = 0


@helper
def mean_of_villages(society, r):
    """Mean of what the run's villages have brought in, losses as nought (yuan a year)."""
    size = society.villages.id.size // society.runs.size
    total = 0.0
    for i in range(r * size, (r + 1) * size):
        total += max(0.0, brought_in(society.villages, i))
    return total / size


@compiled
def take_stock(society, t):
    """Members, who is active, who can manage most, who heads, the common product and the site of
    the land, of every alliance."""
    list_members(society)
    slots = society.alliances.size // society.runs.size
    for k in range(society.alliances.size):
        if exists(society.alliances[k]):
            take_stock_of(society, t, k // slots, k)
            follow_head(society, k // slots, society.alliances[k])


@helper
def take_stock_of(society, t, r, k):
    """The same of one alliance."""
    villages = society.villages
    alliance = society.alliances[k]
    first, last = society.first[k], society.first[k + 1]
    alliance.members = last - first
    active, top, best = 0, NOBODY, -1.0
    land = weighted = 0.0
    for m in range(first, last):
        i = society.member[m]
        if villages.standing[i] != WORKING:
            continue
        active += 1
        if undivided(villages, i) > best:
            top, best = i, undivided(villages, i)
        free = max(0.0, society.endowment[i, LAND]) + 1.0
        land += free
        weighted += free * villages.site[i]
    alliance.active = active
    alliance.top = top
    alliance.site = weighted / land if land > 0.0 else 1.0
    alliance.product = common_product(society, first, last, alliance.lead)
    settle_head(society, t, r, k)


@helper
def settle_head(society, t, r, k):
    """Who heads alliance k with the members that it has now; another kind of head, or who comes
    after one who was called away, has rates of its own."""
    alliance = society.alliances[k]
    head = head_of(society, r, alliance.strategy, active_members_of(society, k))
    if head != alliance.head or called_away(society, t, r, alliance):
        alliance.head = head
        alliance.head_ability = outsider(society, t, r, alliance)
        alliance.head_practice = alliance.head_ability * (1.0 - society.parameters[r].turnover_cost)
        alliance.stale = 1


@helper
def follow_head(society, r, alliance):
    """A head from outside grows into its work as a village's committee follows its secretary."""
    speed = society.parameters[r].practice_speed
    alliance.head_practice += speed * (alliance.head_ability - alliance.head_practice)


@helper
def called_away(society, t, r, alliance):
    """Whether a head from outside leaves this quarter: the able do, as able secretaries do, but no
    village's pay or prizes hold them; all do where a scenario takes the leads away."""
    if alliance.head == BY_ABLEST:
        return False
    if society.calendar[t].leader_loss == 1:
        return True
    quits = 0.25 * society.parameters[r].departure_rate * society.levers[r].departures
    draws = luck.stream(society.seed[0], society.runs[r].run, t, HEAD_GOES)
    return luck.uniform(draws, alliance.key) < quits * alliance.head_ability * alliance.head_ability


@helper
def outsider(society, t, r, alliance):
    """Ability (0..1) of a township cadre or of a firm's manager who comes this quarter as head."""
    if alliance.head == BY_ABLEST:
        return 0.0
    p = society.parameters[r]
    draws = luck.stream(society.seed[0], society.runs[r].run, t, HEAD)
    middle = p.firm_ability if alliance.head == BY_FIRM else p.township_ability
    return min(1.0, max(0.0, middle + p.outsider_spread * luck.normal(draws, alliance.key)))


@helper
def common_product(society, first, last, lead):
    """The product of which active members have most; the lead's where nobody grows any."""
    villages = society.villages
    product, most = villages.product[lead], 0.0
    for m in range(first, last):
        grown = villages.product[society.member[m]]
        volume = 0.0
        for n in range(first, last):
            i = society.member[n]
            if villages.product[i] == grown and villages.standing[i] == WORKING:
                volume += society.endowment[i, VOLUME]
        if volume > most:
            product, most = grown, volume
    return product

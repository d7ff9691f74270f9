"""Rates: once a year each account works out what a yuan would bring it in each type: its site,
its manager, its market."""

from __future__ import annotations

import math

from village_alliances.sim.compiled import compiled, helper, hot
from village_alliances.sim.rules.common import account_of, exists, teaches
from village_alliances.sim.society import BY_ABLEST, LAND, WORKING

MIDDLING = 0.5  # 0..1; ability under which a yuan brings what `profit_rate` says


@compiled
def set_rates(society, t):
    """Markets take notice of last year's capital, then every account's rates are set; those of new
    or changed alliances at once."""
    runs = society.runs.size
    villages = society.villages.id.size // runs
    slots = society.alliances.size // runs
    if t % 4 == 0:
        fill_markets(society, t)
        for r in range(runs):  # first what everybody runs: a lead's committee runs its alliance too
            for i in range(r * villages, (r + 1) * villages):
                count_managed(society, r, i)
            for k in range(r * slots, (r + 1) * slots):
                count_managed(society, r, account_of(society, k))
            for i in range(r * villages, (r + 1) * villages):
                rate_village(society, r, i)
    for k in range(society.alliances.size):
        alliance = society.alliances[k]
        if exists(alliance) and (t % 4 == 0 or alliance.stale == 1):
            count_managed(society, k // slots, account_of(society, k))
            rate_alliance(society, k // slots, k)
            alliance.stale = 0


@helper
def fill_markets(society, t):
    """Capital in reach of each market, smoothed; rates of the coming year read it."""
    runs = society.runs.size
    villages = society.villages.id.size // runs
    slots = society.alliances.size // runs
    if t == 0:
        return
    market = society.market
    kinds = market.shape[2]
    for r in range(runs):
        keep = 1.0 - society.parameters[r].market_memory
        for c in range(market.shape[1]):
            for j in range(kinds):
                for q in range(market.shape[3]):
                    market[r, c, j, q] *= keep
        for i in range(r * villages, (r + 1) * villages):
            bring_to_market(society, r, i, i, society.villages.product[i], 1.0 - keep)
        for k in range(r * slots, (r + 1) * slots):
            if exists(society.alliances[k]):
                g = account_of(society, k)
                alliance = society.alliances[k]
                bring_to_market(society, r, g, alliance.lead, alliance.product, 1.0 - keep)


@helper
def bring_to_market(society, r, g, seat, product, share):
    """Account g's capital counts in the markets of the county where it sits."""
    county = society.villages.county[seat]
    for j in range(society.capital.shape[1]):
        stock = society.capital[g, j] + society.building[g, j]
        if stock > 0.0:
            q = product if society.technology[r, j].by_product > 0.0 else 0
            society.market[r, county, j, q] += share * stock


@helper
def count_managed(society, r, g):
    """Capital that the account's manager runs, weighted by how much each type needs managing."""
    total = 0.0
    for j in range(society.capital.shape[1]):
        stock = society.capital[g, j] + society.building[g, j]
        if stock > 0.0:
            total += society.technology[r, j].management * stock
    society.accounts.managed[g] = total


@hot
def stretched(p, ability, managed):
    """Ability of somebody who runs `managed` yuan: half at the span."""
    return ability * p.manager_span / (p.manager_span + managed)


@helper
def rate_village(society, r, i):
    """Village i alone is run by its own committee, or by an operator whom it hires."""
    villages = society.villages
    managed = run_by_committee(society, i)
    set_manager(society, r, i, stretched(society.parameters[r], villages.capacity[i], managed))
    fill_rates(society, r, i, villages.county[i], villages.product[i], villages.site[i])


@helper
def run_by_committee(society, i):
    """Capital that village i's committee runs: its own, and its alliance's where it heads one."""
    k = society.villages.alliance[i]
    managed = society.accounts.managed[i]
    if k >= 0 and society.alliances[k].lead == i and society.alliances[k].head == BY_ABLEST:
        managed += society.accounts.managed[account_of(society, k)]
    return managed


@helper
def rate_alliance(society, r, k):
    """An alliance is run by its lead's committee, the township or a firm, or by
    an operator whom it hires."""
    alliance = society.alliances[k]
    g = account_of(society, k)
    managed = society.accounts.managed[g]
    if alliance.head == BY_ABLEST:
        managed += society.accounts.managed[alliance.lead]
    ability = stretched(society.parameters[r], head_ability(society, r, k), managed)
    set_manager(society, r, g, ability)
    county = society.villages.county[alliance.lead]
    fill_rates(society, r, g, county, alliance.product, alliance.site)


@helper
def head_ability(society, r, k):
    """What whoever heads alliance k can do, before it is stretched."""
    alliance = society.alliances[k]
    if not teaches(society, r):
        return mean_practice(society, k)
    if alliance.head == BY_ABLEST:
        return society.villages.capacity[alliance.lead]
    return alliance.head_practice


@helper
def mean_practice(society, k):
    """Active members' mean practice, for the question what ability brings."""
    total, n = 0.0, 0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if society.villages.alliance[i] == k and society.villages.standing[i] == WORKING:
            total += society.villages.practice[i]
            n += 1
    return total / n if n > 0 else MIDDLING


@helper
def set_manager(society, r, g, own):
    """Account g is run by its own committee, which can do `own`, or by an operator."""
    ability, hired = who_manages(society.parameters[r], own)
    society.accounts.ability[g], society.accounts.hired[g] = ability, hired


@helper
def who_manages(p, own):
    """Ability (0..1) of who manages, and whether it is an operator: one is hired where what is left
    after the fee is more than one's own committee would make."""
    mine = 1.0 + p.management_effect * (own - MIDDLING)
    theirs = 1.0 + p.management_effect * (p.operator_ability - MIDDLING)
    theirs *= 1.0 - p.operator_fee
    return (p.operator_ability, 1) if theirs > mine else (own, 0)


@hot
def managed_well(p, tech, ability, hired):
    """Factor of a type's profit under this manager, less the fee of one who is hired."""
    skill = max(0.0, 1.0 + p.management_effect * tech.management * (ability - MIDDLING))
    return skill * (1.0 - p.operator_fee * min(1.0, tech.management)) if hired > 0 else skill


@hot
def fill_rates(society, r, g, county, product, site):
    """Yuan a year on a yuan that account g may expect of each type, its fortune apart: less where
    the market of a type is crowded."""
    p = society.parameters[r]
    ability, hired = society.accounts.ability[g], society.accounts.hired[g]
    for j in range(society.rate.shape[1]):
        tech = society.technology[r, j]
        q = product if tech.by_product > 0.0 else 0
        room = tech.market * society.depth[county]
        crowd = room / (room + society.market[r, county, j, q]) if math.isfinite(room) else 1.0
        quality = site if society.needs[j, 0] == LAND else 1.0
        own = 1.0 - tech.rent_share
        society.rate[g, j] = (
            tech.profit_rate * own * quality * crowd * managed_well(p, tech, ability, hired)
        )

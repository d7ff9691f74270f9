"""Take stock: what each alliance is this quarter, over its members in the order of their ids; the
quarter's books are opened."""

from __future__ import annotations

from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import exists, list_members
from village_alliances.sim.society import LAND, NOBODY, VOLUME, WORKING


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
        run.income_before = mean_of_villages(society, r)
    society.log_size[:] = 0


@helper
def mean_of_villages(society, r):
    """Mean operating income of the run's villages, losses as nought (yuan a year)."""
    size = society.villages.id.size // society.runs.size
    total = 0.0
    for i in range(r * size, (r + 1) * size):
        total += max(0.0, society.villages.operating_income[i])
    return total / size


@compiled
def take_stock(society, t):
    """Members, who is active, who can manage most, the common product and the site of the
    land, of every alliance."""
    list_members(society)
    slots = society.alliances.size // society.runs.size
    for k in range(society.alliances.size):
        if exists(society.alliances[k]):
            take_stock_of(society, k // slots, k)


@helper
def take_stock_of(society, r, k):
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
        if villages.capacity[i] > best:
            top, best = i, villages.capacity[i]
        free = max(0.0, society.endowment[i, LAND]) + 1.0
        land += free
        weighted += free * villages.site[i]
    alliance.active = active
    alliance.top = top
    alliance.site = weighted / land if land > 0.0 else 1.0
    alliance.product = common_product(society, first, last, alliance.lead)


@helper
def common_product(society, first, last, lead):
    """The product of which members have most; the lead's where nobody grows any."""
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

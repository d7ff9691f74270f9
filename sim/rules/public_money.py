"""Public money: ordinary project money for every village, grants to alliances, and what
rivals receive in their place."""

from __future__ import annotations

from village_alliances.sim.arithmetic import power
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import account_of, add_stake, is_active, note, said
from village_alliances.sim.society import ACTIVE, GRANT, IN_WEAK_NAMES, NOBODY


@compiled
def pay_public_money(society, t):
    """Each yuan is logged once. What an alliance receives is recorded as rivals at
    equal money would have it."""
    runs = society.runs.size
    villages = society.villages.id.size // runs
    slots = society.alliances.size // runs
    for r in range(runs):
        pay_ordinary(society, t, r, r * villages, villages)
        if society.village_money.shape[0] > 0:
            pay_villages(society, t, r, r * villages, villages)
        for k in range(r * slots, (r + 1) * slots):
            if society.alliances[k].status == ACTIVE:
                amount = due(society, t, r, k)
                if amount > 0.0:
                    pay_alliance(society, t, r, k, amount)


@helper
def ordinary_a_year(society, r):
    """Ordinary project money of a village, yuan a year: a planner's figure, or the region's."""
    return said(society.levers[r].ordinary_money, society.parameters[r].ordinary_money)


@helper
def pay_ordinary(society, t, r, start, villages):
    """Every village gets the same, with or without an alliance; members' goes to the alliance
    where it is routed there."""
    amount = 0.25 * ordinary_a_year(society, r)
    routed = society.levers[r].routed > 0.0
    run = society.runs[r]
    for i in range(start, start + villages):
        k = society.villages.alliance[i]
        if routed and k >= 0 and is_active(society, i):
            society.accounts.fund[account_of(society, k)] += amount
            add_stake(society, k, i, amount)
        else:
            society.accounts.fund[i] += amount
    run.ordinary += amount * villages
    run.ordinary_sum += amount * villages


@helper
def pay_villages(society, t, r, start, villages):
    """Public money that single villages have in place of alliances."""
    run = society.runs[r]
    for i in range(start, start + villages):
        amount = society.village_money[t, i]
        society.accounts.fund[i] += amount
        run.solo_grants += amount
        run.solo_sum += amount


@helper
def due(society, t, r, k):
    """Yuan that alliance k receives this quarter: by active members, while its years of grants
    last and the county pays."""
    alliance = society.alliances[k]
    lever = society.levers[r]
    if t - alliance.founded >= 4.0 * lever.grant_years:
        return 0.0
    usual = 0.25 * lever.grant_per_village * alliance.grant * society.runs[r].granting
    return usual * alliance.active * favour(society, r, k)


@helper
def favour(society, r, k):
    """How far grants favour alliances of poorer villages: 1 where they do not."""
    lean = society.levers[r].grant_weak_first
    if lean <= 0.0:
        return 1.0
    villages = society.villages.id.size // society.runs.size
    everybody = members = 0.0
    n = 0
    for i in range(r * villages, (r + 1) * villages):
        everybody += max(0.0, society.villages.operating_income[i])
    for m in range(society.first[k], society.first[k + 1]):
        members += max(0.0, society.villages.operating_income[society.member[m]])
        n += 1
    ratio = (everybody / villages + 1000.0) / (members / max(n, 1) + 1000.0)
    return min(4.0, max(0.25, power(ratio, lean)))


@helper
def pay_alliance(society, t, r, k, amount):
    """Money comes into the alliance's fund in its members' names; what public works
    take of it earns nothing."""
    alliance = society.alliances[k]
    run = society.runs[r]
    run.grants += amount
    run.grants_sum += amount
    alliance.granted += amount
    record_for_rivals(society, t, k, amount)
    works = 0.0
    if society.strategies[alliance.strategy].works > 0.0:
        works = society.parameters[r].works_share * amount
        run.works += works
    society.accounts.fund[account_of(society, k)] += amount - works
    enter_names(society, r, k, amount - works)
    note(society, t, GRANT, r, alliance.lead, k, NOBODY, amount)


@helper
def enter_names(society, r, k, amount):
    """Public money stands in the names of all members, or of those under the members'
    mean income."""
    alliance = society.alliances[k]
    villages = society.villages
    first, last = society.first[k], society.first[k + 1]
    weak_only = in_whose_names(society, r, alliance) == IN_WEAK_NAMES
    total, n = 0.0, 0
    for m in range(first, last):
        if is_active(society, society.member[m]):
            total += villages.start_income[society.member[m]]
            n += 1
    names = 0
    for m in range(first, last):
        i = society.member[m]
        if is_active(society, i) and (not weak_only or villages.start_income[i] * n <= total):
            names += 1
    for m in range(first, last):
        i = society.member[m]
        if is_active(society, i) and (not weak_only or villages.start_income[i] * n <= total):
            add_stake(society, k, i, amount / names)


@helper
def in_whose_names(society, r, alliance):
    """A planner's lever, or what the strategy says."""
    return int(said(society.levers[r].names, society.strategies[alliance.strategy].names))


@helper
def record_for_rivals(society, t, k, amount):
    """The same money on the same members evenly, on the one that promised most, and on
    the weakest."""
    if society.even.shape[0] == 0:
        return
    alliance = society.alliances[k]
    first, last = society.first[k], society.first[k + 1]
    for m in range(first, last):
        society.even[t, society.member[m]] += amount / (last - first)
    society.lumped[t, alliance.promising] += amount
    society.on_weakest[t, alliance.weakest] += amount

"""Public money: ordinary project money for every village, grants to alliances, and what
rivals receive in their place."""

from __future__ import annotations

from village_alliances.sim.arithmetic import power
from village_alliances.sim.compiled import compiled, helper, hot
from village_alliances.sim.rules.common import (
    account_of,
    active_members_of,
    add_stake,
    brought_in,
    is_active,
    note,
    said,
)
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
                amount = due(society, t, r, k, society.alliances[k].active)
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
def due(society, t, r, k, n):
    """Yuan that alliance k receives this quarter for n active members, while its years of grants
    last and the county pays."""
    alliance = society.alliances[k]
    if t - alliance.founded >= 4.0 * society.levers[r].grant_years:
        return 0.0
    each = usual_grant(society, r, alliance.grant)
    if society.levers[r].grant_weak_first > 0.0:
        each *= favour(society, r, active_members_of(society, k))
    return n * each


@hot
def usual_grant(society, r, multiple):
    """Yuan a quarter for a member at present: the county's usual grant, or a multiple of it."""
    return 0.25 * society.levers[r].grant_per_village * multiple * society.runs[r].granting


@helper
def favour(society, r, n):
    """How far grants favour the first n of `society.who` for their poverty: 1 where they do not."""
    lean = society.levers[r].grant_weak_first
    if lean <= 0.0:
        return 1.0
    p = society.parameters[r]
    income = 0.0
    for m in range(n):
        income += max(0.0, brought_in(society.villages, society.who[m]))
    mean = society.runs[r].income_before
    ratio = (mean + p.income_floor) / (income / max(1, n) + p.income_floor)
    return min(p.favour_most, max(1.0 / p.favour_most, power(ratio, lean)))


@hot
def share_for_works(society, r, strategy):
    """Share of public money that public works take."""
    works = society.strategies[strategy].works > 0.0
    return society.parameters[r].works_share if works else 0.0


@hot
def routed_a_year(society, r):
    """Yuan a year of ordinary project money that an active member leaves to its alliance."""
    return ordinary_a_year(society, r) if society.levers[r].routed > 0.0 else 0.0


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
    works = share_for_works(society, r, alliance.strategy) * amount
    run.works += works
    society.accounts.fund[account_of(society, k)] += amount - works
    enter_names(society, r, k, amount - works)
    note(society, t, GRANT, r, alliance.lead, k, NOBODY, amount)


@helper
def enter_names(society, r, k, amount):
    """Public money stands in the names of active members: of all, or of the weak among them."""
    n = active_members_of(society, k)
    names = share_names(society, r, society.alliances[k].strategy, n)
    for m in range(n):
        if society.named[m] > 0.0:
            add_stake(society, k, society.who[m], amount / names)


@helper
def part_in_name(society, r, k, i):
    """Part of alliance k's public money that stands in the name of its active member i."""
    n = active_members_of(society, k)
    share_names(society, r, society.alliances[k].strategy, n)
    for m in range(n):
        if society.who[m] == i:
            return society.named[m]
    return 0.0


@helper
def share_names(society, r, strategy, n):
    """Fill `society.named` with the part of public money that stands in the name of each of the
    first n of `society.who`: all alike, or those alike who began under the mean of the set, as a
    planner's lever or the strategy says. Returns how many those are."""
    names = said(society.levers[r].names, society.strategies[strategy].names)
    total = 0.0
    for m in range(n):
        total += society.villages.start_income[society.who[m]]
    named = 0
    for m in range(n):
        weak = society.villages.start_income[society.who[m]] * n <= total
        society.named[m] = 1.0 if weak or names != IN_WEAK_NAMES else 0.0
        named += 1 if society.named[m] > 0.0 else 0
    for m in range(n):
        society.named[m] /= max(1, named)
    return named


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

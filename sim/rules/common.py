"""What several rules share: the event log, distances and borders, and who belongs to what."""

from __future__ import annotations

import math

from village_alliances.sim.compiled import helper, hot
from village_alliances.sim.society import (
    ACTIVE,
    BY_ABLEST,
    BY_FIRM,
    BY_TOWNSHIP,
    NOBODY,
    PAPER,
    VOLUME,
    WORKING,
)

ENOUGH = 1.0  # yuan; a smaller sum begins nothing and is nobody's claim
TINY = 1e-9  # keeps a quotient finite where there is nothing to divide by


@hot
def year_ends(t):
    """Whether quarter t is the last of its year."""
    return t % 4 == 3


@hot
def whole(number):
    """The nearest whole number: both ends of a range of counts are reached."""
    return math.floor(number + 0.5)


@helper
def note(society, tick, event, run, village, alliance, kind, amount):
    """Write an event where a log is kept; change nothing else."""
    if society.log.size > 0:
        written = society.log_size[0]
        if written < society.log.size:
            entry = society.log[written]
            entry.tick = tick
            entry.event = event
            entry.run = run
            entry.village = village
            entry.alliance = alliance
            entry.type = kind
            entry.amount = amount
            society.log_size[0] = written + 1
        else:
            society.log_size[1] += 1


@hot
def apart(villages, i, j):
    """Distance of two villages in km."""
    east, north = villages.x[i] - villages.x[j], villages.y[i] - villages.y[j]
    return math.sqrt(east * east + north * north)


@hot
def border_weight(p, villages, i, j):
    """Weight of the administrative border between two villages; that of a county is one."""
    if villages.city[i] != villages.city[j]:
        return p.border_city
    if villages.county[i] != villages.county[j]:
        return 1.0
    if villages.township[i] != villages.township[j]:
        return p.border_township
    return 0.0


@hot
def friction(society, r, strategy, i, lead):
    """Share (0..1) of what village i would sign in or learn that borders to the lead take away."""
    p = society.parameters[r]
    weight = border_weight(p, society.villages, i, lead)
    if weight == 0.0:
        return 0.0
    agreed = said(society.levers[r].agreement, society.strategies[strategy].agreement)
    return min(1.0, p.border_friction * weight * (1.0 - p.border_relief * agreed))


@hot
def said(lever, own):
    """What a planner's lever says, or what the strategy says where the lever
    is silent (below nought)."""
    return own if lever < 0.0 else lever


@hot
def agreed_head(society, r, strategy):
    """Who is to head alliances of this strategy: a planner's lever says it, or the strategy."""
    lever = society.levers[r].township_head
    if lever < 0.0:
        return society.strategies[strategy].head
    return BY_TOWNSHIP if lever > 0.0 else BY_ABLEST


@helper
def head_of(society, r, strategy, n):
    """Who heads the first n of `society.who`: as agreed; the manager of a firm only where one of
    them has a firm, else the lead's secretary."""
    head = agreed_head(society, r, strategy)
    if head != BY_FIRM:
        return head
    for m in range(n):
        if society.villages.firm[society.who[m]] == 1:
            return BY_FIRM
    return BY_ABLEST


@hot
def teaches(society, r):
    """Whether members learn from each other (off: to tell what ability brings)."""
    return society.levers[r].shared_ability > 0.0


@hot
def pools(society, r, i, lead):
    """Whether an alliance uses what member i signs in (off: only its lead's, to tell what pooling
    brings)."""
    return society.levers[r].pooling > 0.0 or i == lead


@hot
def at_bank(p):
    """Present worth of a yuan that stays in the bank for good."""
    return p.bank_rate / p.discount


@hot
def free_of(society, i, e):
    """What village i has of endowment e that nothing uses."""
    return max(0.0, society.endowment[i, e] - society.used[i, e] - society.signed_away[i, e])


@hot
def signed_in(society, i, e, product):
    """Units of endowment e that member i has signed in and nothing uses yet."""
    return would_sign(society, i, e, product, society.villages.signed[i])


@hot
def would_sign(society, i, e, product, share):
    """Units of endowment e that village i would sign in and nothing uses yet, at that share of what
    it does not use itself; volume counts only of the product that all sell together."""
    if e == VOLUME and society.villages.product[i] != product:
        return 0.0
    unused = max(0.0, society.endowment[i, e] - society.used[i, e])
    return max(0.0, share * unused - society.signed_away[i, e])


@helper
def whose_turn(order, j, n):
    """Order of founders, of members, of those who may be lent a secretary: place of the j-th of n
    in a round that begins anywhere and goes either way, as `order` (0..1) says: no name is first
    for good."""
    first = int(order * 2.0 * n)
    return (first + j) % n if first < n else (first - j) % n


@helper
def brought_in(villages, i):
    """Yuan a year that village i has brought in, before what membership costs: meetings make nobody
    weak in a county's eyes."""
    return villages.base_income[i] + villages.project_income[i] + villages.alliance_income[i]


@hot
def undivided(villages, i):
    """What village i can manage, and teach, when nobody takes of its time: who is ablest does not
    change because it teaches."""
    return min(1.0, villages.practice[i] + villages.learned[i])


@helper
def ablest_of(society, n):
    """The one of the first n of `society.who` that can manage most."""
    who = society.who
    ablest, best = who[0], -1.0
    for m in range(n):
        if undivided(society.villages, who[m]) > best:
            ablest, best = who[m], undivided(society.villages, who[m])
    return ablest


@hot
def account_of(society, k):
    """Row of alliance k among the accounts."""
    return society.villages.id.size + k


@hot
def is_active(society, i):
    """Whether village i is a member that is not quiet."""
    return society.villages.standing[i] == WORKING


@helper
def list_members(society):
    """Sort villages by alliance in the order of ids: members of k are
    member[first[k]:first[k + 1]]."""
    first = society.first
    alliance = society.villages.alliance
    first[:] = 0
    for i in range(alliance.size):
        if alliance[i] >= 0:
            first[alliance[i] + 1] += 1
    for k in range(society.alliances.size):
        first[k + 1] += first[k]
    for i in range(alliance.size):  # fill from the front, then shift the starts back
        k = alliance[i]
        if k >= 0:
            society.member[first[k]] = i
            first[k] += 1
    for k in range(society.alliances.size, 0, -1):
        first[k] = first[k - 1]
    first[0] = 0


@helper
def members_of(society, k):
    """Fill `society.who` with alliance k's members of this moment; returns how many."""
    n = 0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if society.villages.alliance[i] == k:
            society.who[n] = i
            n += 1
    return n


@helper
def active_members_of(society, k):
    """The same of those who are not quiet."""
    n = 0
    for m in range(members_of(society, k)):
        if is_active(society, society.who[m]):
            society.who[n] = society.who[m]
            n += 1
    return n


@helper
def add_stake(society, k, i, amount):
    """Village i's claim on alliance k grows by what came in in its name (yuan)."""
    society.villages.stake[i] += amount
    society.alliances[k].stakes += amount


@helper
def write_down(society, k, loss):
    """Claims on alliance k shrink in proportion by what it has lost (yuan)."""
    alliance = society.alliances[k]
    if loss == 0.0 or alliance.stakes <= 0.0:
        return
    left = max(0.0, 1.0 - loss / alliance.stakes)
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if society.villages.alliance[i] == k:
            society.villages.stake[i] *= left
            society.villages.own_stake[i] *= left
    alliance.stakes *= left


@helper
def reset_account(society, g):
    """An account that begins with nothing."""
    accounts = society.accounts
    accounts.fund[g] = accounts.ability[g] = accounts.profit[g] = accounts.expected[g] = 0.0
    accounts.worth[g] = accounts.orders[g] = accounts.managed[g] = 0.0
    accounts.best_worth[g] = accounts.best_put[g] = 0.0
    accounts.hired[g] = 0
    accounts.best[g] = NOBODY
    for j in range(society.capital.shape[1]):
        society.capital[g, j] = society.building[g, j] = 0.0
        society.fortune[g, j] = society.rate[g, j] = 0.0


@hot
def exists(alliance):
    """Whether the slot holds an alliance, active or on paper."""
    return alliance.status == ACTIVE or alliance.status == PAPER


@helper
def portion(part, whole):
    """That part of a project (yuan): no crumb of less than a yuan goes or stays, for it would owe
    an overhead like a project."""
    x = part * whole
    if whole - x < ENOUGH:
        return whole
    return x if x >= ENOUGH else 0.0

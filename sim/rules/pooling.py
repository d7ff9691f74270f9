"""Pool: what members sign in, what orders firms place with whom, and the own
money that members put in."""

from __future__ import annotations

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.arithmetic import exp, power
from village_alliances.sim.compiled import compiled, helper, hot
from village_alliances.sim.rules.choosing import best_next, room_together
from village_alliances.sim.rules.common import (
    ENOUGH,
    account_of,
    active_members_of,
    add_stake,
    apart,
    at_bank,
    border_weight,
    exists,
    friction,
    is_active,
    note,
    pools,
    said,
)
from village_alliances.sim.rules.projects import lose_orders, promised_money
from village_alliances.sim.society import (
    ACTIVE,
    BY_ABLEST,
    EQUALLY,
    FIRM_CAME,
    FIRM_LEFT,
    HANDS,
    NOBODY,
    OWN_MONEY,
    PROMISED,
    WEAKEST_FIRST,
)

FIRMS = np.int64(31)  # purpose of the draws of firms' leaving and coming


@compiled
def sign_in(society, t):
    """Each active member signs in a share of what it has free: it grows from the founding with
    cohesion, and borders take from it."""
    villages = society.villages
    slots = society.alliances.size // society.runs.size
    for k in range(society.alliances.size):
        alliance = society.alliances[k]
        if not exists(alliance):
            continue
        for m in range(society.first[k], society.first[k + 1]):
            i = society.member[m]
            villages.signed[i] = 0.0
            if is_active(society, i):
                villages.signed[i] = share_in(society, k // slots, k, i)


@hot
def share_in(society, r, k, i):
    """Share of what it has that active member i of alliance k signs in."""
    alliance = society.alliances[k]
    return agreed_share(society, r, alliance.strategy, alliance.cohesion, i, alliance.lead)


@hot
def agreed_share(society, r, strategy, cohesion, i, lead):
    """Share of what it has that village i signs in with those of this cohesion and lead."""
    p = society.parameters[r]
    share = p.signed_start + max(0.0, p.signed_level - p.signed_start) * cohesion
    return share * (1.0 - friction(society, r, strategy, i, lead))


@compiled
def place_orders(society, t):
    """Firms come and leave; once a year each places its orders with those who offer hands, pro
    rata, fewer with distance and borders."""
    villages = society.villages
    runs = society.runs.size
    size = villages.id.size // runs
    for r in range(runs):
        p = society.parameters[r]
        moves = luck.stream(society.seed[0], society.runs[r].run, t, FIRMS)
        for i in range(r * size, (r + 1) * size):
            if villages.firm_jobs[i] <= 0.0:
                continue
            u = luck.uniform(moves, villages.id[i])
            if villages.firm[i] == 1:
                if u < 0.25 * p.firm_hazard or society.calendar[t].firm_loss == 1:
                    villages.firm[i] = 0
                    note(society, t, FIRM_LEFT, r, i, NOBODY, NOBODY, villages.firm_jobs[i])
                    withdraw(society, t, r, i, r * size)
            elif u < 0.25 * p.firm_hazard and society.calendar[t].firm_loss == 0:
                villages.firm[i] = 1  # another comes into the same place, as often as one leaves
                note(society, t, FIRM_CAME, r, i, NOBODY, NOBODY, villages.firm_jobs[i])
        if t % 4 == 0:
            offer_orders(society, r, r * size, size)


@compiled
def open_orders(society):
    """Before the first quarter: firms place the orders with which villages begin."""
    size = society.villages.id.size // society.runs.size
    for r in range(society.runs.size):
        offer_orders(society, r, r * size, size)


@helper
def offer_orders(society, r, start, size):
    """Jobs that each account may take from the firms in its reach."""
    villages = society.villages
    orders = society.accounts.orders
    slots = society.alliances.size // society.runs.size
    for i in range(start, start + size):
        orders[i] = villages.offered[i] = 0.0
    for k in range(r * slots, (r + 1) * slots):
        orders[account_of(society, k)] = 0.0
    for i in range(start, start + size):
        if villages.firm[i] == 1 and villages.firm_jobs[i] > 0.0:
            total = fill_pulls(society, r, i, start)
            if total > 0.0:
                each = villages.firm_jobs[i] / total
                last = society.near.shape[1]
                hand_out(society, r, i, each * society.pulls[last])
                for c in range(last):
                    if society.near[i - start, c] >= 0:
                        other = start + society.near[i - start, c]
                        hand_out(society, r, other, each * society.pulls[c])


@helper
def fill_pulls(society, r, firm, start):
    """Fill `society.pulls` with what draws the firm's orders to each village in its reach, its
    own last; returns the sum."""
    pulls = society.pulls
    last = society.near.shape[1]
    total = pulls[last] = pull(society, r, firm, firm)
    for c in range(last):
        if society.near[firm - start, c] >= 0:
            pulls[c] = pull(society, r, firm, start + society.near[firm - start, c])
            total += pulls[c]
    return total


@hot
def pull(society, r, firm, i):
    """What draws the orders of the firm in village `firm` to village i: idle hands, nearness, no
    border; its own alliance first where that is what they have agreed."""
    villages = society.villages
    p = society.parameters[r]
    hands = max(0.0, society.endowment[i, HANDS])
    near = exp(-apart(villages, i, firm) / p.orders_reach)
    if not work_together(society, i, firm):
        return hands * near * (1.0 - plain_friction(society, r, i, firm))
    strategy = society.alliances[villages.alliance[i]].strategy
    if society.strategies[strategy].orders > 0.0:
        near *= p.first_call
    return hands * near * (1.0 - friction(society, r, strategy, i, firm))


@hot
def work_together(society, i, j):
    """Whether two villages are active members of one alliance."""
    k = society.villages.alliance[i]
    if k < 0 or society.villages.alliance[j] != k:
        return False
    return is_active(society, i) and is_active(society, j)


@hot
def plain_friction(society, r, i, j):
    """Friction of a border without an agreement, unless a planner has signed one for all."""
    p = society.parameters[r]
    agreed = said(society.levers[r].agreement, 0.0)
    weight = border_weight(p, society.villages, i, j)
    return min(1.0, p.border_friction * weight * (1.0 - p.border_relief * agreed))


@helper
def hand_out(society, r, i, jobs):
    """Orders for village i's hands: to its alliance for the share that it signs
    in, to itself for the rest."""
    signed = hands_signed(society, r, i)
    society.villages.offered[i] += jobs
    if signed > 0.0:
        g = account_of(society, society.villages.alliance[i])
        society.accounts.orders[g] += signed * jobs
    society.accounts.orders[i] += (1.0 - signed) * jobs


@helper
def hands_signed(society, r, i):
    """Share of village i's hands of which its alliance disposes."""
    k = society.villages.alliance[i]
    if k < 0 or not pools(society, r, i, society.alliances[k].lead):
        return 0.0
    return society.villages.signed[i]


@helper
def withdraw(society, t, r, firm, start):
    """A firm leaves: workshops lose the part of their orders that came from it."""
    total = fill_pulls(society, r, firm, start)
    if total <= 0.0:
        return
    each = society.villages.firm_jobs[firm] / total
    last = society.near.shape[1]
    lose_from(society, t, r, firm, each * society.pulls[last])
    for c in range(last):
        if society.near[firm - start, c] >= 0:
            i = start + society.near[firm - start, c]
            lose_from(society, t, r, i, each * society.pulls[c])


@helper
def lose_from(society, t, r, i, jobs):
    """Village i and its alliance lose these jobs, which a firm had placed with them."""
    signed = hands_signed(society, r, i)
    society.villages.offered[i] = max(0.0, society.villages.offered[i] - jobs)
    if signed > 0.0:
        g = account_of(society, society.villages.alliance[i])
        lose_orders(society, t, r, g, signed * jobs)
    lose_orders(society, t, r, i, (1.0 - signed) * jobs)


@compiled
def put_in_own_money(society, t):
    """A member puts its own cash in where what it gets back of what a yuan earns there is more
    than a yuan earns at home."""
    slots = society.alliances.size // society.runs.size
    for k in range(society.alliances.size):
        alliance = society.alliances[k]
        r = k // slots
        if alliance.status != ACTIVE or alliance.active == 0:
            continue
        g = account_of(society, k)
        room_together(society, r, k, society.accounts.orders[g])
        own = ready_money(society, r, k)
        money = society.accounts.fund[g] + promised_money(society, t, r, k) + own
        j, x = best_next(society, r, g, money)
        wanted = x - society.accounts.fund[g]
        if j < 0 or wanted <= 0.0 or own <= 0.0 or society.levers[r].own_money <= 0.0:
            continue
        give(society, t, r, k, min(1.0, wanted / own))


@helper
def ready_money(society, r, k):
    """Cash (yuan) that members have ready for it: the share of it that they sign in."""
    total = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if is_active(society, i):
            total += society.villages.signed[i] * max(0.0, society.accounts.fund[i])
    return total


@helper
def give(society, t, r, k, part):
    """Each active member weighs what comes back to it of a yuan against its best project
    at home, as it last chose; all weigh before anybody gives."""
    villages = society.villages
    accounts = society.accounts
    g = account_of(society, k)
    n = active_members_of(society, k)
    for m in range(n):
        i = society.who[m]
        amount = part * villages.signed[i] * max(0.0, accounts.fund[i])
        pays = comes_back(society, r, k, i, accounts.best_worth[g], accounts.best_put[g])
        gives = amount >= ENOUGH and pays > worth_at_home(society, r, i)
        society.brought[m] = amount if gives else 0.0
    for m in range(n):
        i, amount = society.who[m], society.brought[m]
        if amount > 0.0:
            accounts.fund[i] -= amount
            accounts.fund[g] += amount
            add_stake(society, k, i, amount)
            villages.own_stake[i] += amount
            society.alliances[k].own_money += amount
            society.runs[r].own_sum += amount
            note(society, t, OWN_MONEY, r, i, k, NOBODY, amount)


@hot
def worth_at_home(society, r, i):
    """Present worth of a yuan that village i keeps: its best project, as it last chose, or the
    bank."""
    return max(society.accounts.best_worth[i], at_bank(society.parameters[r]))


@hot
def comes_back(society, r, k, i, worth, x):
    """Present worth to member i of a yuan that it puts in, when x yuan go into a
    project of `worth` a yuan."""
    alliance = society.alliances[k]
    rule = sharing_rule(society, r, alliance.strategy)
    average = average_worth(society, r, k, worth, x)
    if rule == WEAKEST_FIRST:
        average *= weakness(society, i) * mean_strength(society, k)
    by_lead = alliance.head == BY_ABLEST
    p = society.parameters[r]
    return its_part(p, rule, by_lead, i == alliance.lead, worth, average, alliance.members)


@hot
def average_worth(society, r, k, worth, x):
    """Present worth of a yuan of claims on alliance k when x yuan go into a project of `worth` a
    yuan."""
    g = account_of(society, k)
    cash = max(0.0, society.accounts.fund[g])  # claims hold it already
    held = society.accounts.worth[g] + at_bank(society.parameters[r]) * max(0.0, cash - x)
    claims = max(1.0, society.alliances[k].stakes + max(0.0, x - cash))
    return (held + worth * x) / claims


@hot
def its_part(p, rule, by_lead, leads, worth, average, members):
    """Present worth to one of so many members, the lead or not, of a yuan that it puts in: the
    project's is `worth`, a claim's `average`."""
    if rule == EQUALLY:
        return worth / members
    if rule != PROMISED:
        return average
    promise = p.promised_rate / p.discount
    if by_lead:
        return worth if leads else promise
    return min(average, promise)  # what is left above the promise is kept


@helper
def weakness(society, i):
    """Weight of a yuan of stake where the weakest come first: larger for poorer villages."""
    p = society.parameters[society.villages.run[i]]
    income = p.weakest_offset + max(0.0, society.villages.start_income[i])
    return power(income, -p.weakest_power)


@helper
def mean_strength(society, k):
    """What makes the stake-weighted mean of these weights one."""
    weighted = stakes = 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if society.villages.alliance[i] == k:
            weighted += (society.villages.stake[i] + 1.0) * weakness(society, i)
            stakes += society.villages.stake[i] + 1.0
    return stakes / weighted


@helper
def sharing_rule(society, r, strategy):
    """A planner's lever, or what the strategy says."""
    return int(said(society.levers[r].sharing, society.strategies[strategy].sharing))

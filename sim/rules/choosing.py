"""Choose: the one function by which alliances and villages alone decide
what to do with their money.

It knows nothing of alliances: it is given what is free of each endowment (`society.room`), what
runs already (`society.running`), what a yuan may bring in each type and the money in sight, and
takes the type of highest present worth a yuan put in, at the scale that money and endowments allow.
`plan` repeats it until nothing is worth doing; joining, staying, leaving and proposing ask `plan`.
`room_at_home` and `room_together` fill the table on which it works: they come first.
"""

from __future__ import annotations

from village_alliances.sim.compiled import helper, hot
from village_alliances.sim.rules.common import (
    ENOUGH,
    account_of,
    at_bank,
    free_of,
    pools,
    signed_in,
    would_sign,
)
from village_alliances.sim.society import NOBODY, ORDERS


@hot
def worth_of(p, tech, x, rate, overhead):
    """Present worth of a yuan of x yuan put into a type that brings `rate` a year (see
    `technology.prepare`): the same lags, failures, hazards and salvage by which outcomes are drawn.
    """
    yearly = rate - overhead / x if overhead > 0.0 else rate
    wait = tech.later if x >= p.approval_from else tech.soon
    return (tech.works * yearly + tech.beside) * wait


@hot
def choose(society, r, rate, money, first):
    """The best type for `money` yuan in sight: (type or NOBODY, yuan, worth a yuan,
    expected gain in yuan a year).

    `first` (a type or NOBODY) is looked at before the others: what was best a quarter ago mostly
    still is, and the others then fall short of it before their room is looked up.
    """
    p = society.parameters[r]
    running, room, needs = society.running, society.room, society.needs
    best, put, charged = NOBODY, 0.0, 0.0
    best_worth = at_bank(p)
    for turn in range(-1, rate.size):
        j = first if turn < 0 else turn
        if j < 0:
            continue
        tech = society.technology[r, j]
        at_best = tech.works * rate[j] + tech.beside  # at a scale at which overhead is nothing
        if at_best * tech.soon <= best_worth:
            continue
        x = money
        if needs[j, 0] >= 0:
            x = min(x, room[needs[j, 0]] * tech.unit_cost)
        if needs[j, 1] >= 0:
            x = min(x, room[needs[j, 1]] * tech.unit_cost)
        if x < p.least_project:
            continue
        overhead = 0.0 if running[j] > 0.0 else tech.overhead
        worth = worth_of(p, tech, x, rate[j], overhead)
        if worth > best_worth:
            best, put, best_worth, charged = j, x, worth, overhead
    if best < 0:
        return best, put, best_worth, 0.0
    gain = (1.0 - society.technology[r, best].fail) * (rate[best] * put - charged)
    return best, put, best_worth, gain


@helper
def best_next(society, r, g, money):
    """What account g would begin next with `money` yuan in sight (type or NOBODY, yuan), noted for
    those who weigh own money: nothing worth beginning is worth nothing."""
    accounts = society.accounts
    j, x, worth, _ = choose(society, r, society.rate[g], money, accounts.best[g])
    accounts.best[g], accounts.best_put[g] = j, x
    accounts.best_worth[g] = worth if j >= 0 else 0.0
    return j, x


@hot
def occupy(society, r, j, x):
    """x yuan of a type use up room, and it runs."""
    society.running[j] += x
    units = x / society.technology[r, j].unit_cost
    for n in range(2):
        need = society.needs[j, n]
        if need >= 0:
            society.room[need] = max(0.0, society.room[need] - units)


@helper
def plan(society, r, rate, money):
    """Expected yearly gain (yuan a year, in work) of all that is worth doing with `money`; what is
    left earns the bank's rate.

    `society.room` and `society.running` are used up by it.
    """
    p = society.parameters[r]
    total = 0.0
    for _ in range(rate.size):
        j, x, _, gain = choose(society, r, rate, money, NOBODY)
        if j < 0:
            break
        occupy(society, r, j, x)
        money -= x
        total += gain
        if money < ENOUGH:
            break
    return total + p.bank_rate * max(0.0, money)


@helper
def plan_together(society, r, rate, money):
    """The same of what is pooled; `society.taken` then holds which part of each endowment that is
    signed in it would take: the rest is free at home."""
    room, taken = society.room, society.taken
    taken[:] = room
    gain = plan(society, r, rate, money)
    for e in range(room.size):
        taken[e] = 1.0 - room[e] / taken[e] if taken[e] > 0.0 else 0.0
    return gain


@hot
def room_at_home(society, r, i, orders):
    """Fill what village i has free of each endowment where it has these orders, and what it
    runs."""
    for e in range(society.room.size):
        society.room[e] = free_of(society, i, e)
    orders_left(society, r, i, orders)


@hot
def keep_back(society, r, i, share, lead, product):
    """Take from it what an alliance led by `lead` would take (see `plan_together`) of what village
    i signs in at that share: nothing where nothing is pooled, and nothing of a product that others
    do not sell."""
    if share > 0.0 and pools(society, r, i, lead):
        for e in range(society.room.size):
            if e != ORDERS:
                signed = would_sign(society, i, e, product, share)
                society.room[e] = max(0.0, society.room[e] - society.taken[e] * signed)


@hot
def orders_left(society, r, g, orders):
    """How many of these orders account g has no hands on yet, and what it runs."""
    busy = 0.0
    running = society.running
    for j in range(running.size):
        running[j] = society.capital[g, j] + society.building[g, j]
        if running[j] > 0.0 and (society.needs[j, 0] == ORDERS or society.needs[j, 1] == ORDERS):
            busy += running[j] / society.technology[r, j].unit_cost
    society.room[ORDERS] = max(0.0, orders - busy)


@helper
def room_together(society, r, k, orders):
    """Fill what members sign in and alliance k does not use yet where it has these orders, and
    what it runs."""
    society.room[:] = 0.0
    alliance = society.alliances[k]
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if society.villages.alliance[i] == k and pools(society, r, i, alliance.lead):
            offer(society, i, alliance.product)
    orders_left(society, r, account_of(society, k), orders)


@helper
def offer(society, i, product):
    """Add what village i signs in; volume counts only of the product that all sell together."""
    for e in range(society.room.size):
        if e != ORDERS:
            society.room[e] += signed_in(society, i, e, product)

"""Choose: the one function by which alliances and villages alone decide what to do with their money.

It knows nothing of alliances: it is given what is free of each endowment, what a yuan may bring in each type, what runs
already and the money in sight, and takes the type of highest present worth a yuan put in, at the scale that money and
endowments allow. `plan` repeats it until nothing is worth doing; joining, staying, leaving, merging and proposing ask `plan`.
"""

from __future__ import annotations

from village_alliances.sim.compiled import helper
from village_alliances.sim.society import NOBODY, ORDERS, VOLUME

ENOUGH = 1.0  # yuan


@helper
def most(society, r, j, room, money):
    """Yuan that a type can take: the money, or what is free of all that it needs."""
    x = money
    for n in range(2):
        need = society.needs[j, n]
        if need >= 0:
            x = min(x, room[need] * society.technology[r, j].unit_cost)
    return x


@helper
def worth_of(p, tech, x, rate, overhead):
    """Present worth of a yuan of x yuan put into a type that brings `rate` a year (see `technology.prepare`): the same lags, failures,
    hazards and salvage by which outcomes are drawn."""
    yearly = rate - overhead / x if overhead > 0.0 else rate
    wait = tech.later if x >= p.approval_from else tech.soon
    return (tech.works * yearly + tech.beside) * wait


@helper
def choose(society, r, room, rate, running, money):
    """The best type for `money` yuan in sight: (type or NOBODY, yuan, worth a yuan, expected gain in yuan a year)."""
    p = society.parameters[r]
    best, put, gain = NOBODY, 0.0, 0.0
    best_worth = p.bank_rate / p.discount
    for j in range(rate.size):
        x = most(society, r, j, room, money)
        if x < p.least_project:
            continue
        tech = society.technology[r, j]
        overhead = 0.0 if running[j] > 0.0 else tech.overhead
        worth = worth_of(p, tech, x, rate[j], overhead)
        if worth > best_worth:
            best, put, best_worth = j, x, worth
            gain = (1.0 - tech.fail) * (rate[j] * x - overhead)
    return best, put, best_worth, gain


@helper
def occupy(society, r, j, room, x):
    """x yuan of a type use up room."""
    units = x / society.technology[r, j].unit_cost
    for n in range(2):
        need = society.needs[j, n]
        if need >= 0:
            room[need] = max(0.0, room[need] - units)


@helper
def plan(society, r, room, rate, running, money):
    """Expected yearly gain (yuan a year, in work) of all that is worth doing with `money`; what is left earns the bank's rate.

    `room` and `running` are used up: hand over copies where they are still needed.
    """
    p = society.parameters[r]
    total = 0.0
    for _ in range(rate.size):
        j, x, _, gain = choose(society, r, room, rate, running, money)
        if j < 0:
            break
        occupy(society, r, j, room, x)
        running[j] = 1.0
        money -= x
        total += gain
        if money < ENOUGH:
            break
    return total + p.bank_rate * max(0.0, money)


@helper
def room_at_home(society, r, i, room, running):
    """Fill what village i has free of each endowment, and what it runs."""
    free = society.endowment
    for e in range(room.size):
        room[e] = max(0.0, free[i, e] - society.used[i, e] - society.signed_away[i, e])
    orders_left(society, r, i, room, running)


@helper
def orders_left(society, r, g, room, running):
    """Orders that account g has no hands on yet, and what it runs."""
    busy = 0.0
    for j in range(running.size):
        running[j] = society.capital[g, j] + society.building[g, j]
        if running[j] > 0.0 and (society.needs[j, 0] == ORDERS or society.needs[j, 1] == ORDERS):
            busy += running[j] / society.technology[r, j].unit_cost
    room[ORDERS] = max(0.0, society.accounts.orders[g] - busy)


@helper
def room_together(society, r, k, room, running):
    """Fill what members sign in and alliance k does not use yet, and what it runs."""
    room[:] = 0.0
    alliance = society.alliances[k]
    pooled = society.levers[r].pooling > 0.0
    for m in range(society.first[k], society.first[k + 1]):
        i = society.member[m]
        if society.villages.alliance[i] == k and (pooled or i == alliance.lead):
            offer(society, i, alliance.product, room, 1.0)
    orders_left(society, r, society.villages.id.size + k, room, running)


@helper
def offer(society, i, product, room, sign):
    """Add (or with sign -1 take away) what village i signs in; volume counts only of the product that all sell together."""
    signed = society.villages.signed[i]
    for e in range(room.size):
        if e == ORDERS or (e == VOLUME and society.villages.product[i] != product):
            continue
        free = society.endowment[i, e] - society.used[i, e] - society.signed_away[i, e]
        room[e] = max(0.0, room[e] + sign * signed * max(0.0, free))

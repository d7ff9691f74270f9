"""What several rules share: the event log, logistic curves, and who belongs to what."""

from __future__ import annotations

import math

from village_alliances.sim.compiled import helper
from village_alliances.sim.society import (
    ACTIVE,
    ENCLAVE,
    FORMING,
    LAND,
    MERGED,
    PUBLIC,
    VENTURE,
    WORKSHOPS,
)


@helper
def note(w, tick, event, run, village, alliance, amount):
    """Write an event where a log is kept; change nothing else."""
    if w.log.size > 0:
        at = w.log_size[0]
        if at < w.log.size:
            entry = w.log[at]
            entry.tick = tick
            entry.event = event
            entry.run = run
            entry.village = village
            entry.alliance = alliance
            entry.amount = amount
            w.log_size[0] = at + 1
        else:
            w.log_size[1] += 1


@helper
def logistic(z):
    """1 / (1 + exp(-z)), safe for large |z|."""
    return 1.0 / (1.0 + math.exp(-min(max(z, -40.0), 40.0)))


@helper
def logit(p):
    """The inverse of `logistic`."""
    return math.log(p / (1.0 - p))


@helper
def alive(status):
    """Whether an alliance exists: forming, active, on paper or merged."""
    return FORMING <= status <= MERGED


@helper
def working(status):
    """Whether an alliance does anything: active or merged."""
    return status == ACTIVE or status == MERGED


@helper
def work(w, k, channel):
    """How fully alliance k works a channel: strength, thinned by the lead's attention, times cohesion. Zero on paper."""
    if not working(w.a[k].status):
        return 0.0
    return w.strength[k, channel] * w.a[k].theta * w.a[k].cohesion


@helper
def pay_in(w, k, amount):
    """Money comes into the fund; the shares of ventures and of property elsewhere are put by until a project can begin."""
    a = w.a[k]
    a.fund += amount
    put_by(w, k, amount)


@helper
def put_by(w, k, amount):
    """Divide money that is in the fund: shares for ventures and property elsewhere are put by, the rest is free."""
    a = w.a[k]
    spending = a.money * a.worked
    if spending > 0.0:
        a.venture_chest += amount * (w.strength[k, VENTURE] / spending)
        a.enclave_chest += amount * (w.strength[k, ENCLAVE] / spending)


@helper
def take_out(a, amount):
    """Money leaves the fund, first what is neither put by nor kept for promised dividends."""
    a.fund = max(0.0, a.fund - amount)
    whole = a.venture_chest + a.enclave_chest + a.kept
    if whole > a.fund:
        a.venture_chest *= a.fund / whole
        a.enclave_chest *= a.fund / whole
        a.kept *= a.fund / whole


@helper
def free_cash(a):
    """The part of the fund that is neither put by nor kept for promised dividends."""
    return max(0.0, a.fund - a.venture_chest - a.enclave_chest - a.kept)


@helper
def free_strength(w, k):
    """Strength of the channels that live on the free part of the fund."""
    return w.strength[k, LAND] + w.strength[k, WORKSHOPS] + w.strength[k, PUBLIC]


@helper
def spends(channel):
    """Whether a channel costs money, beyond attention."""
    return (
        channel == LAND
        or channel == VENTURE
        or channel == WORKSHOPS
        or channel == PUBLIC
        or channel == ENCLAVE
    )


@helper
def attention_share(p, lever, head, members, mentoring, asked):
    """Share of a programme that the attention of its head allows: `asked` is the sum of its strengths, `mentoring` one of them."""
    if lever.mentoring <= 0.0:
        asked -= mentoring
    return 0.0 if asked <= 0.0 else min(1.0, p.attention * head / (members * asked))


@helper
def willing(p, gain):
    """A member's effort (0..1) when it expects `gain` yuan a year."""
    return logistic(gain / p.effort_scale - p.effort_bar)


@helper
def turnout(effort):
    """How much of what is asked a member takes part in: all of it from half of full effort on."""
    return min(1.0, 2.0 * effort)


@helper
def estate(v, i):
    """Mu of collective land of village i, idle, being made fit, or let."""
    return v.idle[i] + v.planted[i] + v.growing[i] + v.developed[i]


@helper
def contiguous(p, mu):
    """How far land in one hand reaches the scale at which it can be let well: a threshold that single villages miss. Below it work is
    slower, and a yuan makes less of it fit."""
    return mu * mu / (mu * mu + p.land_scale * p.land_scale)


@helper
def pull(p, income):
    """Elasticity of base income to capacity at this level of income: what is rented out for years answers little."""
    return p.capacity_elasticity * p.capacity_reach / (p.capacity_reach + income)


@helper
def person(w, p, i):
    """What the secretary of village i brings to it: less than full ability where one serves two villages."""
    if w.v.serves[i] > 1:
        return w.v.ability[i] * p.posted_effort
    return w.v.ability[i]

"""What several rules share: the event log, logistic curves, and who belongs to what."""

from __future__ import annotations

import math

from sim.compiled import compiled
from sim.society import ACTIVE, FORMING, MERGED


@compiled
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


@compiled
def logistic(z):
    """1 / (1 + exp(-z)), safe for large |z|."""
    return 1.0 / (1.0 + math.exp(-min(max(z, -40.0), 40.0)))


@compiled
def logit(p):
    """The inverse of `logistic`."""
    return math.log(p / (1.0 - p))


@compiled
def alive(status):
    """Whether an alliance exists: forming, active, on paper or merged."""
    return FORMING <= status <= MERGED


@compiled
def working(status):
    """Whether an alliance does anything: active or merged."""
    return status == ACTIVE or status == MERGED


@compiled
def work(w, k, channel):
    """How fully alliance k works a channel: strength, thinned by the lead's attention, times cohesion. Zero on paper."""
    if not working(w.a[k].status):
        return 0.0
    return w.strength[k, channel] * w.a[k].theta * w.a[k].cohesion


@compiled
def person(w, p, i):
    """What the secretary of village i brings to it: less than full ability where one serves two villages."""
    if w.v.serves[i] > 1:
        return w.v.ability[i] * p.posted_effort
    return w.v.ability[i]

"""Expect: what a village thinks that an alliance brings it in a year, from its own beliefs about each channel.

The potential of a channel is what the channel's own rule would deliver to this village at maturity; the belief is the
share of it that the village counts on. Costs of time, borders and autonomy are certain. The same function serves the
effort of members, the yearly decision to stay, and the choice of partners, so nobody joins by one measure and leaves by
another.
"""

from __future__ import annotations

import math

from sim.compiled import compiled, helper
from sim.rules.common import alive, contiguous, person, pull, willing
from sim.rules.stock import border_weight, township_ability
from sim.society import BORDER, BRAND, CHANNELS, ENCLAVE, LAND, MENTORING, PUBLIC, SERVICES, VENTURE, WORKSHOPS

NUMBER_OF_CHANNELS = len(CHANNELS)
SPECIAL_SHARE = 0.5  # a member attends about half of the special meetings: those that concern it


@helper
def money_per_member(p, lever, reserves, money):
    """Yuan a year that a member's presence brings into the fund: its grant and what it would put in itself."""
    own = p.contribution_rate * max(0.0, reserves) * money / (money + 1.0)
    return lever.grant_per_village * min(1.0, lever.grant_years / p.annuity) + own


@helper
def bundle(p, lever, members, reserves, money, strength, channel):
    """Yuan that all members together can put into a channel over the years they look ahead."""
    if money <= 0.0:
        return 0.0
    return members * money_per_member(p, lever, reserves, money) * p.annuity * strength / money


@helper
def potentials(w, p, lever, i, members, theta, strengths, money, top_ability, pooled, volume, same_product, out):
    """Fill `out` (one number a channel, yuan a year) with what each channel would bring village i at maturity."""
    v = w.v
    out[:] = 0.0
    base = v.base_income[i]
    if strengths[MENTORING] > 0.0 and lever.mentoring > 0.0:
        gap = max(0.0, top_ability - v.capacity[i])
        reached = v.capacity[i] + gap * min(1.0, 0.6 * theta * strengths[MENTORING])
        out[MENTORING] = base * pull(p, base) * math.log((p.capacity_offset + reached) / (p.capacity_offset + v.capacity[i]))
    if strengths[LAND] > 0.0:
        affordable = bundle(p, lever, members, v.reserves[i], money, strengths[LAND], LAND) / members / p.land_cost
        pace = 0.25 * p.land_rate_joint * min(1.0, theta * strengths[LAND]) * contiguous(p, pooled) * (0.5 + v.capacity[i]) * p.annuity
        out[LAND] = p.land_rent * v.site[i] * min(v.idle[i] * min(1.0, pace), affordable)
    if strengths[VENTURE] > 0.0:
        capital = bundle(p, lever, members, v.reserves[i], money, strengths[VENTURE], VENTURE) * p.venture_success
        out[VENTURE] = p.venture_return * capital / (capital + p.venture_scale) * capital / members * (1.0 - p.reinvested_share)
    if strengths[ENCLAVE] > 0.0:
        property_ = bundle(p, lever, members, v.reserves[i], money, strengths[ENCLAVE], ENCLAVE)
        out[ENCLAVE] = p.enclave_return * property_ / members * (1.0 - p.reinvested_share)
    if strengths[BRAND] > 0.0 and same_product:
        out[BRAND] = p.brand_premium * v.developed[i] * min(1.0, theta * strengths[BRAND]) * volume / (volume + p.brand_scale)
    if strengths[WORKSHOPS] > 0.0:
        places = bundle(p, lever, members, v.reserves[i], money, strengths[WORKSHOPS], WORKSHOPS) / members / p.job_cost
        out[WORKSHOPS] = p.job_fee * min(places, p.idle_labour * v.population[i])
    if strengths[SERVICES] > 0.0:
        out[SERVICES] = p.service_saving * v.population[i] * min(1.0, theta * strengths[SERVICES]) * 0.5


@helper
def burdens(p, income, base, plenaries, top_ability, reach, borders, theta, mentoring, leads):
    """Yuan a year that membership costs for certain, less the worth of leading."""
    meetings = plenaries + SPECIAL_SHARE * p.special_meetings * top_ability
    cost = meetings * (p.meeting_cost + p.travel_cost * reach) + p.border_cost * borders + p.autonomy_cost * max(0.0, income)
    if leads:
        cost += base * pull(p, base) * p.mentor_load * min(1.0, theta * mentoring) - p.prestige
    return cost


@helper
def expect(w, t, r, k, scratch):
    """Set expected gain (yuan a year) and effort of every member of alliance k. `scratch` holds one number a channel."""
    a = w.a[k]
    v = w.v
    p = w.p[r]
    lever = w.l[r]
    for m in range(w.first[k], w.first[k + 1]):
        i = w.member[m]
        same = v.industry[i] == a.industry
        potentials(
            w, p, lever, i, max(a.members, 1), a.theta, w.strength[k], a.money, a.top_ability, a.pooled, a.volume, same, scratch
        )
        gain = 0.0
        for c in range(NUMBER_OF_CHANNELS):
            gain += w.belief[i, c] * scratch[c]
        leads = i == a.lead and a.township_head == 0
        gain -= burdens(
            p, v.collective_income[i], v.base_income[i], a.plenaries, person(w, p, a.lead), a.reach, a.borders, a.theta,
            w.strength[k, MENTORING], leads,
        )  # fmt: skip
        v.expected_gain[i] = gain
        v.effort[i] = willing(p, gain)


@helper
def weigh(w, r, who, n, lead, strategy, from_, to, worth):
    """Fill worth[from_:to] (yuan a year) with what these of the villages who[:n] expect of an alliance of exactly who[:n].

    Nobody else's membership changes: outsiders are frozen. Strengths are the strategy's own, for nobody knows yet how the
    county will work them.
    """
    v = w.v
    p = w.p[r]
    lever = w.l[r]
    strengths = w.plan_strategy[strategy]
    total = money = 0.0
    for c in range(strengths.size):
        total += strengths[c]
        if c == LAND or c == VENTURE or c == WORKSHOPS or c == PUBLIC or c == ENCLAVE:
            money += strengths[c]
    township = w.plan[strategy, 1] == 2.0 if lever.township_head < 0.0 else lever.township_head > 0.5
    head = township_ability(p) if township else person(w, p, lead)
    theta = 0.0 if total <= 0.0 else min(1.0, p.attention * head / (n * total))
    plenaries = w.plan[strategy, 3] if lever.plenaries < 0.0 else lever.plenaries
    top = pooled = volume = reach = borders = 0.0
    for m in range(n):
        i = who[m]
        top = max(top, person(w, p, i))
        pooled += v.idle[i]
        if v.industry[i] == v.industry[lead]:
            volume += v.developed[i]
        reach += math.hypot(v.x[i] - v.x[lead], v.y[i] - v.y[lead])
        borders += border_weight(v, i, lead)
    others = max(n - 1, 1)
    friction = (borders / others) * (1.0 - p.border_relief * min(1.0, theta * strengths[BORDER]))
    if lever.border_agreement > 0.0:
        friction *= 1.0 - 0.5 * p.border_relief
    could = w.scratch
    for m in range(from_, to):
        i = who[m]
        same = v.industry[i] == v.industry[lead]
        potentials(w, p, lever, i, n, theta, strengths, money, top, pooled, volume, same, could)
        gain = 0.0
        for c in range(NUMBER_OF_CHANNELS):
            belief = w.belief[i, c] if w.belief[i, c] > 0.0 else p.belief_start
            gain += belief * could[c]
        worth[m] = gain - burdens(
            p, v.collective_income[i], v.base_income[i], plenaries, head, reach / others, friction, theta, strengths[MENTORING],
            i == lead and not township,
        )  # fmt: skip


@compiled
def settle_in(w, t):
    """On the founding day each member's effort answers what it expects of the alliance as it now is."""
    scratch = w.scratch
    runs = w.r.size
    slots = w.a.size // runs
    for r in range(runs):
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if a.founded == t and alive(a.status):
                expect(w, t, r, k, scratch)
                total = 0.0
                for m in range(w.first[k], w.first[k + 1]):
                    total += w.v.effort[w.member[m]]
                a.effort = total / max(a.members, 1)

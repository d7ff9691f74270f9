"""Expect: what a village thinks that an alliance brings it in a year, from its own beliefs about each channel.

The potential of a channel is what the channel's own rule would deliver to this village at maturity, from what is already in
work and from the money still to come; the belief is the share of it that the village counts on. Costs of time, borders and
autonomy are certain. The same function serves the effort of members, the yearly decision to stay, and the choice of
partners, so nobody joins by one measure and leaves by another. What a village has learned and developed it keeps when it
leaves, so that does not count; what works jointly it would lose.
"""

from __future__ import annotations

import math

from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import (
    alive,
    attention_share,
    contiguous,
    estate,
    person,
    pull,
    spends,
    willing,
)
from village_alliances.sim.rules.stock import (
    apart,
    border_weight,
    head_of,
    relief,
    township_ability,
)
from village_alliances.sim.society import (
    BORDER,
    BRAND,
    CHANNELS,
    ENCLAVE,
    LAND,
    MENTORING,
    SERVICES,
    TOWNSHIP,
    VENTURE,
    WORKSHOPS,
)

NUMBER_OF_CHANNELS = len(CHANNELS)
SPECIAL_SHARE = 0.5  # a member attends about half of the special meetings: those that concern it


@helper
def promised(w, r, times, years):
    """Yuan of grants that a member can still count on over the years it looks ahead: `times` the county's usual, for `years` more."""
    return w.l[r].grant_per_village * times * w.r[r].granting * min(w.p[r].annuity, max(0.0, years))


@helper
def still_promised(w, t, r, k):
    """The same in alliance k, some of whose years of grants are over."""
    return promised(w, r, w.a[k].grant, w.l[r].grant_years - (t - w.a[k].founded) / 4.0)


@helper
def own_money(p, reserves, money):
    """Yuan a year that a committed member puts into the fund itself."""
    return p.contribution_rate * max(0.0, reserves) * money / (money + 1.0)


@helper
def purse(p, promise, own):
    """Yuan that a member's presence brings into the fund over the years it looks ahead: grants and its own money."""
    return promise + own * p.annuity


@helper
def potentials(
    w,
    p,
    lever,
    i,
    members,
    theta,
    strengths,
    money,
    brings,
    top_ability,
    pooled,
    volume,
    same_product,
    capital,
    property_,
    jobs,
    out,
):
    """Fill `out` (one number a channel, yuan a year) with what each channel would bring village i at maturity.

    `money`: sum of the strengths of channels that spend; `brings`: yuan, see `purse`. `capital`, `property_` (yuan) and `jobs`:
    already there.
    """
    v = w.v
    out[:] = 0.0
    base = v.base_income[i]
    per = 1.0 / money if money > 1e-9 else 0.0
    if strengths[MENTORING] > 0.0 and lever.mentoring > 0.0:
        gap = max(0.0, top_ability - v.capacity[i])
        reached = v.capacity[i] + gap * min(1.0, 0.6 * theta * strengths[MENTORING])
        out[MENTORING] = (
            base
            * pull(p, base)
            * math.log((p.capacity_offset + reached) / (p.capacity_offset + v.capacity[i]))
        )
    if strengths[LAND] > 0.0:
        scale = contiguous(p, pooled)
        affordable = brings * (strengths[LAND] * per) * scale / p.land_cost
        pace = (
            0.25
            * p.land_rate_joint
            * min(1.0, theta * strengths[LAND])
            * scale
            * (0.5 + v.capacity[i])
            * p.annuity
        )
        out[LAND] = p.land_rent * v.site[i] * min(v.idle[i] * min(1.0, pace), affordable)
    capital += members * brings * (strengths[VENTURE] * per) * p.venture_success
    out[VENTURE] = (
        p.venture_return
        * capital
        / (capital + p.venture_scale)
        * capital
        / members
        * (1.0 - p.reinvested_share)
    )
    out[ENCLAVE] = (
        p.enclave_return
        * (brings * (strengths[ENCLAVE] * per) + property_ / members)
        * (1.0 - p.reinvested_share)
    )
    if strengths[BRAND] > 0.0 and same_product:
        out[BRAND] = (
            p.brand_premium
            * v.developed[i]
            * min(1.0, theta * strengths[BRAND])
            * volume
            / (volume + p.brand_scale)
        )
    places = brings * (strengths[WORKSHOPS] * per) / p.job_cost + jobs / members
    out[WORKSHOPS] = (
        p.job_fee * min(places, p.idle_labour * v.population[i]) * (1.0 - p.reinvested_share)
    )
    if strengths[SERVICES] > 0.0:
        out[SERVICES] = (
            p.service_saving * v.population[i] * min(1.0, theta * strengths[SERVICES]) * 0.5
        )


@helper
def burdens(p, income, base, own, plenaries, head, reach, borders, taught, teaches, leads):
    """Yuan a year that membership costs for certain, less the worth of leading.

    `own`: money put in, see `own_money`: what it builds counts among the potentials, so the money itself counts here. `borders`: weight of borders after cooperation; `taught`: how fully mentoring is worked (0..1), by the village that `teaches`.
    """
    meetings = plenaries + SPECIAL_SHARE * p.special_meetings * head
    cost = (
        own
        + meetings * (p.meeting_cost + p.travel_cost * reach)
        + p.border_cost * borders
        + p.autonomy_cost * max(0.0, income)
    )
    if teaches:
        cost += base * pull(p, base) * p.mentor_load * taught
    return cost - p.prestige if leads else cost


@helper
def outlook(w, t, r, k):
    """What all members of alliance k look at alike: yuan of grants still promised to each, capital and property in work or begun
    (yuan), who heads it (ability), what is left of borders (weight), and how fully mentoring is worked (0..1)."""
    a = w.a[k]
    p = w.p[r]
    begun = w.building[k, 0].sum()
    borders = a.borders * (1.0 - relief(p, w.l[r], a.theta, w.strength[k, BORDER]))
    capital, property_ = a.capital + p.venture_success * begun, a.enclave + a.building_sum - begun
    return (
        still_promised(w, t, r, k),
        capital,
        property_,
        head_of(w, p, k),
        borders,
        taught(w.l[r], a.theta, w.strength[k, MENTORING]),
    )


@helper
def look_ahead(w, r, k, i, alike, could):
    """Fill `could` (one number a channel, yuan a year) with the potentials of alliance k for its member i; `alike`: its outlook."""
    a = w.a[k]
    p = w.p[r]
    promise, capital, property_, _, _, _ = alike
    brings = purse(p, promise, own_money(p, w.v.reserves[i], a.money))
    same = w.v.industry[i] == a.industry
    potentials(
        w,
        p,
        w.l[r],
        i,
        max(a.members, 1),
        a.theta,
        w.strength[k],
        a.money,
        brings,
        a.top_ability,
        a.pooled,
        a.volume,
        same,
        capital,
        property_,
        a.jobs,
        could,
    )


@helper
def answer(w, r, k, i, alike, could):
    """Set the expected gain of member i (yuan a year), given the potentials, and the effort that answers it."""
    a = w.a[k]
    v = w.v
    p = w.p[r]
    _, _, _, head, borders, teaching = alike
    gain = 0.0
    for c in range(NUMBER_OF_CHANNELS):
        gain += w.belief[i, c] * could[c]
    gain -= burdens(
        p,
        v.collective_income[i],
        v.base_income[i],
        own_money(p, v.reserves[i], a.money),
        a.plenaries,
        head,
        a.reach,
        borders,
        teaching,
        i == a.top and a.members > 1,
        i == a.lead and a.township_head == 0,
    )
    v.expected_gain[i] = gain
    v.effort[i] = willing(p, gain)


@helper
def taught(lever, theta, mentoring):
    """How fully mentoring is worked, 0..1."""
    return min(1.0, theta * mentoring) if lever.mentoring > 0.0 else 0.0


@helper
def weigh(w, r, who, n, lead, strategy, promise, from_, to, worth):
    """Fill worth[from_:to] (yuan a year) with what these of the villages who[:n] expect of an alliance of exactly who[:n].

    Nobody else's membership changes: outsiders are frozen. Strengths are the strategy's own, for nobody knows yet how the
    county will work them; what an alliance has already in work counts for nobody, for newcomers cannot rely on their share.
    `promise`: yuan of grants that a member can count on.
    """
    v = w.v
    p = w.p[r]
    lever = w.l[r]
    strengths = w.plan_strategy[strategy]
    total = money = 0.0
    for c in range(strengths.size):
        asked = strengths[c] + w.plan_undone[strategy, c]
        total += asked
        if spends(c):
            money += asked
    township = (
        w.plan[strategy, 1] == TOWNSHIP if lever.township_head < 0.0 else lever.township_head > 0.5
    )
    head = township_ability(p) if township else person(w, p, lead)
    theta = attention_share(p, lever, head, n, strengths[MENTORING], total)
    plenaries = w.plan[strategy, 3] if lever.plenaries < 0.0 else lever.plenaries
    top, teacher = -1.0, lead
    pooled = volume = reach = borders = 0.0
    for m in range(n):
        i = who[m]
        if person(w, p, i) > top:
            top, teacher = person(w, p, i), i
        pooled += estate(v, i)
        if v.industry[i] == v.industry[lead]:
            volume += v.developed[i]
        reach += apart(v, i, lead)
        borders += border_weight(v, i, lead)
    others = max(n - 1, 1)
    friction = borders / others * (1.0 - relief(p, lever, theta, strengths[BORDER]))
    could = w.scratch
    for m in range(from_, to):
        i = who[m]
        same = v.industry[i] == v.industry[lead]
        own = own_money(p, v.reserves[i], money)
        brings = purse(p, promise, own)
        potentials(
            w,
            p,
            lever,
            i,
            n,
            theta,
            strengths,
            money,
            brings,
            top,
            pooled,
            volume,
            same,
            0.0,
            0.0,
            0.0,
            could,
        )
        gain = 0.0
        for c in range(NUMBER_OF_CHANNELS):
            belief = w.belief[i, c] if w.belief[i, c] > 0.0 else p.belief_start
            gain += belief * could[c]
        worth[m] = gain - burdens(
            p,
            v.collective_income[i],
            v.base_income[i],
            own,
            plenaries,
            head,
            reach / others,
            friction,
            taught(lever, theta, strengths[MENTORING]),
            i == teacher and n > 1,
            i == lead and not township,
        )


@compiled
def settle_in(w, t):
    """On the founding day each member's effort answers what it expects of the alliance as it now is."""
    runs = w.r.size
    slots = w.a.size // runs
    for r in range(runs):
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if a.founded == t and alive(a.status):
                total = 0.0
                alike = outlook(w, t, r, k)
                for m in range(w.first[k], w.first[k + 1]):
                    look_ahead(w, r, k, w.member[m], alike, w.scratch)
                    answer(w, r, k, w.member[m], alike, w.scratch)
                    total += w.v.effort[w.member[m]]
                a.effort = total / max(a.members, 1)

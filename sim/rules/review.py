"""Review, each fourth quarter: members learn, weigh staying against leaving, alliances go on paper, revive or end, and the
county ranks them."""

from __future__ import annotations

import math

from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import alive, note, pay_in, person, take_out, working
from village_alliances.sim.rules.election import recall
from village_alliances.sim.rules.expectation import NUMBER_OF_CHANNELS, answer, look_ahead, outlook
from village_alliances.sim.rules.stock import PAPER_EFFORT
from village_alliances.sim.society import (
    ACTIVE,
    BRAND,
    DISSOLVED,
    DORMANT,
    ENCLAVE,
    ENDED,
    LAND,
    LEFT,
    MENTORING,
    MERGED,
    MERGER,
    NOBODY,
    ON_PAPER,
    REVIVED,
    REWARD,
    SERVICES,
    VENTURE,
    WARNED,
    WORKSHOPS,
)

PAPER_QUARTERS = 4
LEAST_COHESION = 0.03  # below it nobody comes any more
MERGE_QUARTERS = (
    8  # two villages under one secretary for about two years may merge (yangzhuang-merge-lag)
)
FIRST_YEAR = 4
REDEEMED = 0.5  # of its part of the cash goes with a village that leaves; the rest is the price of leaving (assumption)
ALLOWANCE = (
    40000.0  # yuan a year of a secretary (assumption: a rural wage); a fifth more for two villages
)
PRIZE = 150000.0  # yuan a year while in office (golden-goose-allowance)
PRIZE_ABILITY = 0.75  # who wins one: about the ablest tenth (13 of 376 in Fenghua had one of two prizes in the first year)
MATURITY = 6.0  # quarters after which members expect to see two thirds of a channel's yield
REWARD_FROM = 3  # alliances that it takes to have a ranking


@compiled
def review(w, t):
    """Once a year: learn, stay or leave, end what is empty, rank the rest."""
    if t % 4 != 3:
        return
    runs = w.r.size
    slots = w.a.size // runs
    for r in range(runs):
        pay_secretaries(w, r)
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if not alive(a.status):
                continue
            alike = outlook(w, t, r, k)
            for m in range(w.first[k], w.first[k + 1]):
                look_ahead(w, r, k, w.member[m], alike, w.scratch)
                learn(w, t, r, k, w.member[m], w.scratch)
                answer(w, r, k, w.member[m], alike, w.scratch)
            if a.status != MERGED:
                if w.l[r].moves > 0.0:
                    leave_or_stay(w, t, r, k)
                judge(w, t, r, k)
        rank(w, t, r, slots)


@helper
def pay_secretaries(w, r):
    """Allowances, and prizes as far as the county pays them: public money that comes with or without alliance; a prize that only
    an alliance made possible is public money for alliances."""
    v = w.v
    villages = v.id.size // w.r.size
    prize = PRIZE * w.l[r].retention
    for i in range(r * villages, (r + 1) * villages):
        v.secretary_income[i] = ALLOWANCE * (1.2 if v.serves[i] > 1 else 1.0)
        if (
            v.ability[i] > PRIZE_ABILITY and v.posted_from[i] < 0
        ):  # who serves two villages wins one prize
            v.secretary_income[i] += prize
            if v.alone_ability[i] <= PRIZE_ABILITY:
                w.r[r].grants_sum += prize
        if v.alone_ability[i] > PRIZE_ABILITY:
            w.r[r].transfers_sum += prize


@helper
def learn(w, t, r, k, i, could):
    """Beliefs of member i move towards what each channel has been seen to bring, once it has had time to bring anything."""
    a = w.a[k]
    v = w.v
    p = w.p[r]
    ripe = 1.0 - math.exp(-(t - v.joined[i]) / MATURITY)
    if ripe <= 0.0:
        return
    seen = w.scratch2
    seen[:] = 0.0
    seen[MENTORING] = max(0.0, v.base_income[i] - v.alone_base[i])
    seen[LAND] = max(0.0, v.land_income[i])
    seen[BRAND] = v.brand_income[i]
    property_part = a.enclave * p.enclave_return
    venture_part = a.capital * p.venture_return
    job_part = a.jobs * p.job_fee
    whole = property_part + venture_part + job_part
    if whole > 0.0:
        seen[VENTURE] = v.venture_income[i] * venture_part / whole
        seen[ENCLAVE] = v.venture_income[i] * property_part / whole
        seen[WORKSHOPS] = v.venture_income[i] * job_part / whole
    seen[SERVICES] = (
        p.service_saving
        * v.population[i]
        * min(1.0, w.strength[k, SERVICES] * a.theta * a.cohesion)
        * v.effort[i]
    )
    for c in range(NUMBER_OF_CHANNELS):
        whole_of_it = could[c] + (
            seen[c] if c == MENTORING or c == LAND else 0.0
        )  # what it has, it keeps: the rest is ahead
        if whole_of_it > 100.0:
            shown = min(3.0, max(0.0, seen[c] / (whole_of_it * ripe)))
            w.belief[i, c] += p.belief_learning * ripe * (shown - w.belief[i, c])


@helper
def leave_or_stay(w, t, r, k):
    """A member leaves when, with an error of judgement, it expects to be better off outside by more than a move costs."""
    v = w.v
    a = w.a[k]
    p = w.p[r]
    draws = luck.stream(w.seed[0], w.r[r].run, t, luck.LEAVING)
    years = p.brand_half_life / (
        4.0 * math.log(2.0)
    )  # that a brand's full yield is worth which fades with this half-life
    years *= 1.0 - math.exp(-p.annuity / years)
    for m in range(w.first[k], w.first[k + 1]):
        i = w.member[m]
        if v.posted_from[i] >= 0 or t - v.joined[i] < FIRST_YEAR:
            continue  # one secretary, one decision; and nobody judges before a year is over
        echo = max(0.0, v.brand_income[i]) * years
        outside = (echo + redeemable(a, v.stake[i])) / p.annuity
        stay = v.expected_gain[i] + (p.exit_barrier if not a.forced else 2.0 * p.exit_barrier)
        if stay + p.leaving_noise * luck.normal(draws, v.id[i]) < outside:
            part(w, t, r, k, i)


@helper
def redeemable(a, stake):
    """Yuan of the fund that a leaving member takes with it: half of its part of the cash; what is built stays."""
    return REDEEMED * a.fund * stake / (a.stakes + a.granted_sum + 1.0)


@helper
def part(w, t, r, k, i):
    """Village i leaves alliance k with its share of the cash; another member leads if it led."""
    v = w.v
    a = w.a[k]
    recall(w, t, r, i)
    back = min(a.fund, redeemable(a, v.stake[i]))
    take_out(a, back)
    a.stakes = max(0.0, a.stakes - v.stake[i])
    v.reserves[i] += back
    w.r[r].dividends += back
    forget(v, i)
    a.members -= 1
    w.r[r].exits += 1
    note(w, t, LEFT, r, i, k, back)
    if a.lead == i and a.members > 0:
        crown(w, r, k)


@helper
def forget(v, i):
    """A village without alliance: what it learned and developed stays, the brand echoes for a while."""
    v.brand_left[i] = max(0.0, v.brand_income[i])
    v.alliance[i] = -1
    v.stake[i] = 0.0
    v.effort[i] = 0.0
    v.expected_gain[i] = 0.0
    v.mentor[i] = -1


@helper
def crown(w, r, k):
    """The ablest remaining member leads."""
    v = w.v
    best = -1.0
    for m in range(w.first[k], w.first[k + 1]):
        i = w.member[m]
        if v.alliance[i] == k and person(w, w.p[r], i) > best:
            best = person(w, w.p[r], i)
            w.a[k].lead = i


@helper
def judge(w, t, r, k):
    """On paper after four slack quarters, alive again when effort returns, ended without members or cohesion, merged."""
    a = w.a[k]
    v = w.v
    effort = 0.0
    for m in range(w.first[k], w.first[k + 1]):
        i = w.member[m]
        if v.alliance[i] == k:
            effort += v.effort[i]
    effort /= max(a.members, 1)
    if a.members < 2 or a.cohesion < LEAST_COHESION:
        end(w, t, r, k)
    elif a.status == ACTIVE and a.slack >= PAPER_QUARTERS and effort < PAPER_EFFORT:
        a.status = DORMANT
        note(w, t, ON_PAPER, r, a.lead, k, effort)
    elif a.status == DORMANT and effort >= PAPER_EFFORT:
        a.status = ACTIVE
        note(w, t, REVIVED, r, a.lead, k, effort)
    elif a.status == ACTIVE and a.shared_head >= MERGE_QUARTERS:
        a.status = MERGED
        note(w, t, MERGER, r, a.lead, k, 0.0)


@helper
def end(w, t, r, k):
    """Close an alliance: cash and what capital still fetches go to the remaining members by what they put in."""
    v = w.v
    a = w.a[k]
    p = w.p[r]
    run = w.r[r]
    assets = a.capital + a.enclave + a.building_sum
    fetched = p.venture_salvage * (a.capital + a.building_sum) + 0.8 * a.enclave
    run.salvaged += fetched
    run.written_off += assets - fetched
    cash = a.fund + fetched
    heirs = a.members
    total = 0.0
    for m in range(w.first[k], w.first[k + 1]):
        i = w.member[m]
        if v.alliance[i] == k:
            total += v.stake[i] + 1.0
    for m in range(w.first[k], w.first[k + 1]):
        i = w.member[m]
        if v.alliance[i] == k:
            v.reserves[i] += cash * (v.stake[i] + 1.0) / total
            recall(w, t, r, i)
            forget(v, i)
    if heirs == 0:
        run.written_off += fetched  # nobody is left to receive it
        run.salvaged -= fetched
        run.spent += a.fund  # cash without heirs falls to the township
    else:
        run.dividends += cash
    w.building[k, :, :] = 0.0
    a.fund = a.venture_chest = a.enclave_chest = a.capital = a.power = a.kept = a.outside = (
        a.enclave
    ) = a.building_sum = a.works = a.jobs = a.brand = a.profit = 0.0
    a.members = 0
    a.status = DISSOLVED
    run.ended_sum += 1
    note(w, t, ENDED, r, a.lead, k, cash)


@helper
def rank(w, t, r, slots):
    """The county's yearly ranking by growth of members' mean income: a reward for the first, a warning and an end for the last."""
    lever = w.l[r]
    if lever.reward_first <= 0.0 and lever.reshuffle_last <= 0.0:
        return
    run = w.r[r]
    best = last = NOBODY
    ranked = 0
    for k in range(r * slots, (r + 1) * slots):
        a = w.a[k]
        if not working(a.status):
            continue
        a.score = (
            math.log(max(a.income, 1000.0) / max(a.year_income, 1000.0))
            if a.year_income > 0.0
            else 0.0
        )
        known = a.year_income > 0.0
        a.year_income = a.income
        if known:
            ranked += 1
            if best < 0 or a.score > w.a[best].score:
                best = k
            if last < 0 or a.score < w.a[last].score:
                last = k
    if ranked < REWARD_FROM:
        return
    reward = lever.reward_first * run.granting
    if reward > 0.0:
        pay_in(w, best, reward)
        w.a[best].granted_sum += reward
        run.grants += reward
        run.grants_sum += reward
        note(w, t, REWARD, r, w.a[best].lead, best, reward)
    if lever.reshuffle_last > 0.0:
        for k in range(r * slots, (r + 1) * slots):
            if k != last:
                w.a[k].warned = 0
        if w.a[last].warned == 1:
            end(w, t, r, last)
        else:
            w.a[last].warned = 1
            note(w, t, WARNED, r, w.a[last].lead, last, w.a[last].score)

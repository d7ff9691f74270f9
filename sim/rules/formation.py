"""Form: villages ally by themselves where a county's campaign opens places; later they move, join and merge.

A founder asks its nearest villages in the order of affinity under its strategy's rule. Each weighs what exactly this set
would bring it, others' memberships frozen, and refuses unless it gains; so does the founder. Nobody is forced, unless the
experiment `forced` says so. No village looks further than its nearest neighbours, so cost grows with villages, not pairs.
"""

from __future__ import annotations

import math

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import logistic, note, person, take_out, willing
from village_alliances.sim.rules.election import recall
from village_alliances.sim.rules.expectation import promised, still_promised, weigh
from village_alliances.sim.rules.founding import admit, establish
from village_alliances.sim.rules.review import end, forget, redeemable
from village_alliances.sim.rules.stock import border_weight, list_members
from village_alliances.sim.society import (
    ABSORBED,
    ACTIVE,
    DISSOLVED,
    NOBODY,
    REFUSED,
    RICHEST,
    SWITCHED,
)

MOST = 16  # members that a proposal can hold
SIZES = (
    3,
    4,
    4,
    5,
    5,
    5,
    6,
    6,
    7,
    7,
    8,
)  # how many a founder has in mind: mostly 4 to 7, as observed
PASSES = (
    3  # rounds of moves in a yearly review, after which what still moves is reported as unsettled
)
NEAR, COMPLEMENT, SAME, CHAIN, ACROSS, KIN, FIRM = range(7)


@compiled
def form(w, t):
    """Open the campaign's places of this quarter, and let founders fill them."""
    runs = w.r.size
    villages = w.v.id.size // runs
    if w.near.shape[0] == 0:
        return
    who = np.empty(MOST, np.int64)
    room = np.empty(MOST)
    for r in range(runs):
        lever = w.l[r]
        if lever.formation <= 0.0:
            continue
        p = w.p[r]
        start = r * villages
        allied = 0
        for i in range(start, start + villages):
            if w.v.alliance[i] >= 0:
                allied += 1
        places = (
            lever.campaign_share * villages * logistic(p.campaign_speed * (t - lever.campaign_mid))
        )
        wanted = places - allied
        if wanted < 2.0:
            continue
        asked = min(
            1.0, wanted / 5.0 / max(1.0, float(villages - allied))
        )  # five villages a founder, the usual number
        draws = luck.stream(w.seed[0], w.r[r].run, t, luck.FORMATION)
        sizes = luck.stream(w.seed[0], w.r[r].run, t, luck.CAMPAIGN)
        order = luck.unit(luck.mix(draws))
        for j in range(villages):
            i = start + whose_turn(order, j, villages)
            if w.v.alliance[i] < 0 and luck.uniform(draws, w.v.id[i]) < asked:
                found(w, t, r, i, start, luck.uniform(sizes, w.v.id[i]), who, room)


@helper
def whose_turn(order, j, n):
    """Place of the j-th of n in a round that begins anywhere and goes either way, as `order` (0..1) says: no name comes first for good."""
    first = int(order * 2.0 * n)
    return (first + j) % n if first < n else (first - j) % n


@helper
def found(w, t, r, founder, start, draw, who, worth):
    """One founder's attempt: propose, let the invited refuse, found if at least two remain who gain."""
    lever = w.l[r]
    strategy = w.choice[founder - start]
    size = min(SIZES[int(draw * len(SIZES))], int(lever.span), MOST)
    n = invite(w, r, founder, start, strategy, size, who)
    if n < 2:
        return
    if lever.forced <= 0.0:
        n = agree(w, t, r, founder, strategy, n, who, worth)
        if n < 2:
            return
    lead = leader_of(w, r, who, n, strategy)
    k = establish(w, t, r, lead, strategy, 1 if lever.forced > 0.0 else 0)
    if k < 0:
        return
    for m in range(n):
        if who[m] != lead:
            admit(w, t, who[m], k)


@helper
def invite(w, r, founder, start, strategy, size, who):
    """Fill `who` with the founder and its unallied neighbours of highest affinity; returns how many."""
    p = w.p[r]
    rule = int(w.plan[strategy, 0])
    near = w.near[founder - start]
    liking = np.full(near.size, -1.0)
    for c in range(near.size):
        if near[c] >= 0:
            j = start + near[c]
            if w.v.alliance[j] < 0:
                liking[c] = affinity(w, p, founder, j, rule)
    who[0] = founder
    n = 1
    while n < size:
        best = -1
        for c in range(near.size):
            if liking[c] > 0.0 and (best < 0 or liking[c] > liking[best]):
                best = c
        if best < 0:
            break
        who[n] = start + near[best]
        liking[best] = -1.0
        n += 1
    return n


@helper
def affinity(w, p, i, j, rule):
    """How much founder i would like village j beside it: nearness, culture, borders, and the strategy's rule."""
    v = w.v
    near = math.exp(-math.hypot(v.x[i] - v.x[j], v.y[i] - v.y[j]) / p.affinity_distance)
    kin = 1.5 if v.culture[i] == v.culture[j] else 1.0
    border = border_weight(v, i, j)
    across = 1.0 - min(0.9, p.border_friction * border)
    same = v.industry[i] == v.industry[j]
    fit = 1.0
    if rule == COMPLEMENT:
        means = abs(
            math.log(max(v.collective_income[i], 1000.0) / max(v.collective_income[j], 1000.0))
        )
        fit = 0.5 + abs(v.ability[i] - v.ability[j]) + 0.3 * means
    elif rule == SAME:
        fit = 2.0 if same else 0.5
    elif rule == CHAIN:
        fit = 2.5 if same and v.stage[i] != v.stage[j] else (1.2 if same else 0.5)
    elif rule == ACROSS:
        across = 1.0
        fit = 0.5 + 2.0 * border
    elif rule == KIN:
        fit = 2.0 if v.culture[i] == v.culture[j] else 0.4
    elif rule == FIRM:
        fit = 0.5 + v.idle[j] / (v.idle[j] + p.land_scale)
    return near * kin * across * fit


@helper
def threshold(p, income):
    """Yuan a year that a move must bring: twice its cost spread over the years looked ahead, or a fiftieth of income."""
    return max(2.0 * p.founding_cost / p.annuity, 0.02 * max(0.0, income) / p.annuity)


@helper
def agree(w, t, r, founder, strategy, n, who, worth):
    """Those who would not gain refuse, the worst off first, until all remaining gain; -1 if the founder itself refuses."""
    p = w.p[r]
    promise = promised(w, r, 1.0, w.l[r].grant_years)
    while n >= 2:
        weigh(w, r, who, n, leader_of(w, r, who, n, strategy), strategy, promise, 0, n, worth)
        worst = -1
        least = 0.0
        for m in range(n):
            margin = worth[m] - threshold(p, w.v.collective_income[who[m]])
            if margin < least:
                worst, least = m, margin
        if worst < 0:
            return n
        w.r[r].refusals += 1
        note(w, t, REFUSED, r, who[worst], NOBODY, worth[worst])
        if who[worst] == founder:
            return -1
        for m in range(worst, n - 1):
            who[m] = who[m + 1]
        n -= 1
    return n


@helper
def leader_of(w, r, who, n, strategy):
    """The ablest of the set, or the richest, as the strategy says."""
    richest = w.plan[strategy, 1] == RICHEST
    lead = who[0]
    best = -1.0
    for m in range(n):
        worth = w.v.collective_income[who[m]] if richest else person(w, w.p[r], who[m])
        if worth > best:
            lead, best = who[m], worth
    return lead


@compiled
def move(w, t):
    """Once a year, after the review: join or switch where the village and its hosts gain, and merge small alliances."""
    if t % 4 != 3 or w.near.shape[0] == 0:
        return
    runs = w.r.size
    villages = w.v.id.size // runs
    slots = w.a.size // runs
    who = np.empty(MOST + 1, np.int64)
    before = np.empty(MOST + 1)
    after = np.empty(MOST + 1)
    list_members(w)
    for r in range(runs):
        if w.l[r].moves <= 0.0 or w.l[r].formation <= 0.0:
            continue
        thinking = luck.stream(w.seed[0], w.r[r].run, t, luck.FORMATION)
        for turn in range(PASSES):
            moved = 0
            order = luck.unit(luck.mix(thinking + luck.U(turn)))
            for j in range(villages):
                i = r * villages + whose_turn(order, j, villages)
                if luck.uniform(thinking, luck.mix(w.v.id[i])) < w.p[r].consider:
                    moved += consider(w, t, r, i, r * villages, who, before, after)
            if moved == 0:
                break
            if turn == PASSES - 1:
                w.r[r].unsettled += 1
    list_members(w)
    for r in range(runs):
        if w.l[r].moves > 0.0 and w.l[r].formation > 0.0:
            merge(w, t, r, slots, villages, who, before, after)


@helper
def members_of(w, k, who):
    """Fill `who` with alliance k's members of this moment; returns how many (more than MOST are cut)."""
    n = 0
    for m in range(w.first[k], w.first[k + 1]):
        i = w.member[m]
        if w.v.alliance[i] == k and n < MOST:
            who[n] = i
            n += 1
    return n


@helper
def consider(w, t, r, i, start, who, before, after):
    """Village i looks at the alliances of its nearest villages and moves to the best that wants it. Returns 1 if it moved."""
    v = w.v
    p = w.p[r]
    own = v.alliance[i]
    if own >= 0 and (
        w.a[own].lead == i
        or v.posted_from[i] >= 0
        or w.a[own].status != ACTIVE
        or w.a[own].forced == 1
    ):
        return 0
    stay = v.expected_gain[i] if own >= 0 else 0.0
    near = w.near[i - start]
    best, best_gain, tried = -1, 0.0, 0
    last = -1
    for c in range(near.size):
        if near[c] < 0 or tried >= 2:
            break
        k = v.alliance[start + near[c]]
        if (
            k < 0
            or k == own
            or k == last
            or w.a[k].status != ACTIVE
            or w.a[k].members >= min(int(w.l[r].span), MOST - 1)
        ):
            continue
        last = k
        tried += 1
        n = members_of(w, k, who)
        if n != w.a[k].members:
            continue  # somebody came this very round: next year
        who[n] = i
        strategy = w.a[k].strategy
        promise = still_promised(w, t, r, k)
        weigh(w, r, who, n + 1, w.a[k].lead, strategy, promise, n, n + 1, after)
        if after[n] - stay < threshold(p, v.collective_income[i]) or after[n] <= best_gain:
            continue
        weigh(w, r, who, n + 1, w.a[k].lead, strategy, promise, 0, n, after)
        weigh(w, r, who, n, w.a[k].lead, strategy, promise, 0, n, before)
        welcome = True
        for m in range(n):
            if after[m] < before[m] - p.consent * max(0.0, v.collective_income[who[m]]):
                welcome = False
        if welcome:
            best, best_gain = k, after[n]
    if best < 0:
        return 0
    if own >= 0:
        a = w.a[own]
        recall(w, t, r, i)
        back = min(a.fund, redeemable(a, v.stake[i]))
        take_out(a, back)
        a.stakes = max(0.0, a.stakes - v.stake[i])
        v.reserves[i] += back
        w.r[r].dividends += back
        a.members -= 1
        forget(v, i)
        w.r[r].switches += 1
        note(w, t, SWITCHED, r, i, own, back)
        if a.members < 2:
            end(w, t, r, own)
    admit(w, t, i, best)
    w.a[best].members += 1
    v.expected_gain[i] = best_gain
    v.effort[i] = willing(p, best_gain)
    return 1


@helper
def merge(w, t, r, slots, villages, who, before, after):
    """Two neighbouring alliances of one strategy become one where every member gains by it and the span allows."""
    p = w.p[r]
    v = w.v
    start = r * villages
    span = min(int(w.l[r].span), MOST)
    for k in range(r * slots, (r + 1) * slots):
        a = w.a[k]
        if a.status != ACTIVE or a.members * 2 > span or a.founded == t:
            continue
        mine = members_of(w, k, who)
        if mine != a.members:
            continue
        weigh(w, r, who, mine, a.lead, a.strategy, still_promised(w, t, r, k), 0, mine, before)
        near = w.near[a.lead - start]
        last, tried = -1, 0
        for c in range(near.size):
            if near[c] < 0 or tried >= 2:
                break
            other = v.alliance[start + near[c]]
            if other < 0 or other == k or other == last or w.a[other].strategy != a.strategy:
                continue
            host = w.a[other]
            if host.status != ACTIVE or host.founded == t or host.members + mine > span:
                continue
            last = other
            tried += 1
            n = mine
            for m in range(w.first[other], w.first[other + 1]):
                if v.alliance[w.member[m]] == other:
                    who[n] = w.member[m]
                    n += 1
            if n - mine != host.members:
                continue
            promise = still_promised(w, t, r, other)
            weigh(w, r, who, n, host.lead, a.strategy, promise, 0, mine, after)
            if not all_gain(w, p, who, 0, mine, before, after):
                continue
            weigh(
                w,
                r,
                who[mine:n],
                n - mine,
                host.lead,
                a.strategy,
                promise,
                0,
                n - mine,
                before[mine:],
            )
            weigh(w, r, who, n, host.lead, a.strategy, promise, mine, n, after)
            if all_gain(w, p, who, mine, n, before, after):
                absorb(w, t, r, k, other, who, mine, after)
                break


@helper
def all_gain(w, p, who, from_, to, before, after):
    """Whether each of who[from_:to] gains by more than a move must bring."""
    for m in range(from_, to):
        if after[m] - before[m] < threshold(p, w.v.collective_income[who[m]]):
            return False
    return True


@helper
def absorb(w, t, r, k, other, who, mine, worth):
    """Alliance k joins `other` with everything it has; `worth`: what its members expect there, yuan a year."""
    v = w.v
    a = w.a[k]
    host = w.a[other]
    for m in range(mine):
        i = who[m]
        stake, echo, joined = v.stake[i], v.brand_left[i], v.joined[i]
        admit(w, t, i, other)
        v.stake[i] = stake
        v.joined[i] = joined
        v.brand_left[i] = echo
        v.expected_gain[i] = worth[m]
        v.effort[i] = willing(w.p[r], worth[m])
        host.stakes += stake
    host.members += mine
    host.fund += a.fund
    host.venture_chest += a.venture_chest
    host.enclave_chest += a.enclave_chest
    host.capital += a.capital
    host.power += a.power
    host.kept += a.kept
    host.outside += a.outside
    host.enclave += a.enclave
    host.building_sum += a.building_sum
    host.works += a.works
    host.jobs += a.jobs
    host.granted_sum += a.granted_sum
    for s in range(w.building.shape[2]):
        for kind in range(2):
            w.building[other, kind, s] += w.building[k, kind, s]
            w.building[k, kind, s] = 0.0
    a.fund = a.venture_chest = a.enclave_chest = a.capital = a.power = a.kept = a.outside = 0.0
    a.enclave = a.building_sum = a.works = a.jobs = 0.0
    a.brand = a.profit = a.granted_sum = a.stakes = 0.0
    a.members = 0
    a.status = DISSOLVED  # what it had lives on in the other, so it does not count as ended
    note(w, t, ABSORBED, r, a.lead, k, 0.0)

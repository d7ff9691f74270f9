"""Build: contributions and grants come into the fund; the fund goes into ventures, enclaves, workshops and public works."""

from __future__ import annotations

import math

from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import (
    alive,
    free_cash,
    free_strength,
    logistic,
    logit,
    note,
    pay_in,
    working,
)
from village_alliances.sim.society import (
    BEGUN,
    FAILED,
    GRANT,
    PUBLIC,
    RIPENED,
    RIPENING_MOST,
    VENTURE,
    WORKSHOPS,
)

RING = RIPENING_MOST + 1
ENCLAVE_LAG = 4  # quarters from buying a property to its first rent; assumption: a year of building and letting
ENCLAVE_WEAR = 0.0025  # a quarter; property lasts a hundred years
PUT_BY = (
    0.1  # a quarter, of the cash that lies free; assumption: no township lets money lie for years
)
WORKS_WEAR = 0.01  # a quarter; roads and water last twenty-five


@helper
def ripens_in(p, stream, who):
    """Quarters until a project ripens: 1 to 12, mean venture_lag."""
    lag = math.floor(p.venture_lag * (0.4 + 1.2 * luck.uniform(stream, who)) + 0.5)
    return int(min(max(lag, 1.0), RIPENING_MOST))


@helper
def chance_of_success(p, cohesion, ability):
    """Chance that a project works."""
    return logistic(
        logit(p.venture_success)
        + p.success_cohesion * (cohesion - 0.5)
        + p.success_ability * (ability - 0.5)
    )


@compiled
def build(w, t):
    """Contributions, wear, ripening, grants, and what is begun this quarter, for every alliance."""
    w.v.contributed[:] = 0.0
    runs = w.r.size
    slots = w.a.size // runs
    for r in range(runs):
        p = w.p[r]
        run = w.r[r]
        lags = luck.stream(w.seed[0], run.run, t, luck.RIPENING)
        fates = luck.stream(w.seed[0], run.run, t, luck.SUCCESS)
        yields = luck.stream(w.seed[0], run.run, t, luck.YIELD)
        for k in range(r * slots, (r + 1) * slots):
            if working(w.a[k].status):
                contribute(w, r, k, p)
        scale = grant_scale(w, t, r)
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if not alive(a.status):
                continue
            wear(w, p, run, a)
            ripen(w, t, r, k, p, run, fates, yields)
            if not working(a.status) or a.money * a.worked <= 0.0:
                continue
            if scale > 0.0 and entitled(w, t, r, a):
                grant = scale * grant_weight(w, r, a) * a.worked
                if grant > 0.0:
                    pay_in(w, k, grant)
                    a.granted_sum += grant
                    run.grants += grant
                    run.grants_sum += grant
                    note(w, t, GRANT, r, a.lead, k, grant)
            begin(w, t, r, k, p, run, lags)


@helper
def contribute(w, r, k, p):
    """Members put a share of their reserves into the fund, as far as they are committed and the programme needs money."""
    v = w.v
    a = w.a[k]
    rate = p.contribution_rate / 4.0 * a.money / (a.money + 1.0) * a.worked
    total = 0.0
    for m in range(w.first[k], w.first[k + 1]):
        i = w.member[m]
        put = rate * v.effort[i] * max(0.0, v.reserves[i])
        v.reserves[i] -= put
        v.stake[i] += put
        v.contributed[i] = put
        total += put
    pay_in(w, k, total)
    a.stakes += total
    w.r[r].contributed += total
    w.r[r].own_money_sum += total


@helper
def entitled(w, t, r, a):
    """Grants come for some years after the founding, and never to an alliance on paper."""
    return t - a.founded <= 4.0 * w.l[r].grant_years and working(a.status)


@helper
def grant_weight(w, r, a):
    """Members, weighted towards the poorer alliances where grants have that priority."""
    priority = w.l[r].grant_weak_first
    if priority <= 0.0:
        return a.members * a.grant
    return a.members * a.grant * math.exp(-priority * math.log(max(a.income, 10000.0)))


@helper
def grant_scale(w, t, r):
    """Yuan a quarter per unit of grant weight: the county's sum is the same whatever its priority."""
    per_member = w.l[r].grant_per_village / 4.0 * w.calendar[t].grants
    if per_member <= 0.0 or w.l[r].grant_weak_first <= 0.0:
        return per_member
    slots = w.a.size // w.r.size
    members = weights = 0.0
    for k in range(r * slots, (r + 1) * slots):
        a = w.a[k]
        if alive(a.status) and a.money > 0.0 and entitled(w, t, r, a):
            members += a.members * a.grant
            weights += grant_weight(w, r, a)
    return per_member * members / weights if weights > 0.0 else 0.0


@helper
def wear(w, p, run, a):
    """Capital wears, faster in a slack alliance; workshops lose places."""
    rate = p.depreciation * (1.0 + p.slack_depreciation * (1.0 - a.cohesion))
    lost = rate * a.capital
    a.capital -= lost
    a.power -= rate * a.power
    a.outside -= rate * a.outside
    rent = ENCLAVE_WEAR * a.enclave
    a.enclave -= rent
    a.works -= WORKS_WEAR * a.works
    a.jobs -= p.job_loss * a.jobs
    run.written_off += lost + rent


@helper
def ripen(w, t, r, k, p, run, fates, yields):
    """What was begun and is due now starts to work, or fails."""
    a = w.a[k]
    slot = t % RING
    due = w.building[k, 0, slot]
    if due > 0.0:
        w.building[k, 0, slot] = 0.0
        a.building_sum = max(0.0, a.building_sum - due)
        if luck.uniform(fates, a.key) < chance_of_success(p, a.cohesion, a.top_ability):
            a.capital += due
            a.power += due * math.exp(
                p.venture_skew * luck.normal(yields, a.key) - 0.5 * p.venture_skew * p.venture_skew
            )
            built = a.capital + a.outside
            a.outside += p.outside_match * due * a.cohesion * built / (built + p.venture_scale)
            note(w, t, RIPENED, r, a.lead, k, due)
        else:
            back = p.venture_salvage * due
            pay_in(w, k, back)
            run.salvaged += back
            run.written_off += due - back
            note(w, t, FAILED, r, a.lead, k, due)
    due = w.building[k, 1, slot]
    if due > 0.0:
        w.building[k, 1, slot] = 0.0
        a.building_sum = max(0.0, a.building_sum - due)
        a.enclave += due
        note(w, t, RIPENED, r, a.lead, k, due)


@helper
def begin(w, t, r, k, p, run, lags):
    """Ventures and property begin when enough is put by and attended to; workshops and public works live on the free part of the fund."""
    a = w.a[k]
    cost = a.theta * a.venture_chest
    if cost >= p.project_minimum:
        a.venture_chest -= cost
        w.building[k, 0, (t + ripens_in(p, lags, a.key)) % RING] += cost
        invest(w, t, r, k, run, a, cost)
    cost = a.theta * a.enclave_chest
    if cost >= p.project_minimum:
        a.enclave_chest -= cost
        w.building[k, 1, (t + ENCLAVE_LAG) % RING] += cost
        invest(w, t, r, k, run, a, cost)
    free = free_strength(w, k)
    if free <= 0.0:
        return
    cash = free_cash(a)
    if w.strength[k, VENTURE] > 0.0:  # what land and jobs do not take up is put by for ventures
        a.venture_chest += PUT_BY * cash
        cash -= PUT_BY * cash
    share = w.strength[k, WORKSHOPS] / free
    if share > 0.0:
        places = max(0.0, p.idle_labour * a.people - a.jobs)
        cost = min(p.spend_rate * a.theta * cash * share, places * p.job_cost)
        a.jobs += cost / p.job_cost
        a.fund = max(0.0, a.fund - cost)
        run.works_cost += cost
    share = w.strength[k, PUBLIC] / free
    if share > 0.0:
        cost = p.spend_rate * a.theta * cash * share
        a.works += cost
        a.fund = max(0.0, a.fund - cost)
        run.works_cost += cost


@helper
def invest(w, t, r, k, run, a, cost):
    """Take the cost of a new project out of the fund."""
    a.fund = max(0.0, a.fund - cost)
    a.building_sum += cost
    run.invested += cost
    note(w, t, BEGUN, r, a.lead, k, cost)

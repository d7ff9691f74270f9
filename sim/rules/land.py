"""Pool land: idle assets are made fit and let, slowly by a village alone, faster in an alliance with enough land and money."""

from __future__ import annotations

from village_alliances.sim.compiled import compiled, helper
from village_alliances.sim.rules.common import contiguous, free_cash, free_strength, turnout, work
from village_alliances.sim.society import LAND


@helper
def own_pace(p, idle, capacity, reserves, fear):
    """Mu that a village makes fit by itself in a quarter: limited by capacity, by households' fear and by its cash."""
    wanted = p.land_rate_alone / 4.0 * capacity * (1.0 - fear) * idle
    return min(wanted, 0.25 * max(0.0, reserves) / p.land_cost)


@compiled
def pool_land(w, t):
    """Idle -> planted -> growing -> developed; the alliance's part is paid from its fund, a village's own from its reserves."""
    v = w.v
    runs = w.r.size
    villages = v.id.size // runs
    slots = w.a.size // runs
    for r in range(runs):
        p = w.p[r]
        move = min(1.0, 2.0 / p.land_lag)
        made_fit = 0.0
        for i in range(r * villages, (r + 1) * villages):
            ripe = move * v.growing[i]
            sprouted = move * v.planted[i]
            own = own_pace(p, v.idle[i], v.capacity[i], v.reserves[i], p.turnover_fear)
            v.developed[i] += ripe
            v.growing[i] += sprouted - ripe
            v.planted[i] += own - sprouted
            v.idle[i] -= own
            v.reserves[i] -= own * p.land_cost
            made_fit += own
            ripe = move * v.alone_growing[i]
            sprouted = move * v.alone_planted[i]
            own = own_pace(
                p, v.alone_idle[i], v.alone_capacity[i], v.alone_reserves[i], p.turnover_fear
            )
            v.alone_developed[i] += ripe
            v.alone_growing[i] += sprouted - ripe
            v.alone_planted[i] += own - sprouted
            v.alone_idle[i] -= own
            v.alone_reserves[i] -= own * p.land_cost
        w.r[r].land_cost += made_fit * p.land_cost
        for k in range(r * slots, (r + 1) * slots):
            joint = work(w, k, LAND)
            if joint <= 0.0:
                continue
            a = w.a[k]
            budget = p.spend_rate * free_cash(a) * w.strength[k, LAND] / free_strength(w, k)
            roads = 1.0 + p.works_effect * a.works / (a.works + p.works_scale)
            scale = contiguous(p, a.pooled)
            pace = min(0.6, p.land_rate_joint / 4.0 * min(1.0, joint) * scale * roads)
            vouched = 1.0 - p.turnover_fear * (1.0 - a.cohesion)
            wanted = 0.0
            for m in range(w.first[k], w.first[k + 1]):
                i = w.member[m]
                wanted += pace * vouched * turnout(v.effort[i]) * (0.5 + v.capacity[i]) * v.idle[i]
            if wanted <= 0.0:
                continue
            cost = p.land_cost / scale
            afford = min(1.0, budget / (wanted * cost))
            for m in range(w.first[k], w.first[k + 1]):
                i = w.member[m]
                mu = (
                    afford
                    * pace
                    * vouched
                    * turnout(v.effort[i])
                    * (0.5 + v.capacity[i])
                    * v.idle[i]
                )
                v.idle[i] -= mu
                v.planted[i] += mu
            a.fund = max(0.0, a.fund - afford * wanted * cost)  # from the free part
            w.r[r].land_cost += afford * wanted * cost

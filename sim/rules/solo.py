"""Projects of single villages, paid by the public: the fair opponent of an alliance that receives grants.

The same technology as joint ventures and land, without scale effects: a village has only its own capital and its own
idle land to reach a scale with, and its own secretary to make a project work.
"""

from __future__ import annotations

import math

from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled
from village_alliances.sim.rules.common import contiguous, estate
from village_alliances.sim.rules.projects import RING, chance_of_success, ripens_in

LEFT_FOR_LAND = 0.3  # of the fund a project leaves; assumption: about what alliances give to land
MIDDLING = 0.5  # a village alone needs no cohesion between villages: neither bonus nor malus


@compiled
def build_alone(w, t):
    """Divide the quarter's solo budget equally over the run's villages, begin and ripen their projects."""
    if w.solo_budget.size == 0:
        return
    v = w.v
    runs = w.r.size
    villages = v.id.size // runs
    slot = t % RING
    for r in range(runs):
        p = w.p[r]
        run = w.r[r]
        grant = w.solo_budget[r, t] / villages
        run.solo_grants += grant * villages
        run.solo_sum += grant * villages
        lags = luck.stream(w.seed[0], run.run, t, luck.SOLO_RIPENING)
        fates = luck.stream(w.seed[0], run.run, t, luck.SOLO_SUCCESS)
        yields = luck.stream(w.seed[0], run.run, t, luck.YIELD)
        for i in range(r * villages, (r + 1) * villages):
            worn = p.depreciation * v.solo_capital[i]
            v.solo_capital[i] -= worn
            v.solo_power[i] -= p.depreciation * v.solo_power[i]
            run.written_off += worn
            due = w.solo_building[i, slot]
            if due > 0.0:
                w.solo_building[i, slot] = 0.0
                if luck.uniform(fates, v.id[i]) < chance_of_success(p, MIDDLING, v.ability[i]):
                    v.solo_capital[i] += due
                    v.solo_power[i] += due * math.exp(
                        p.venture_skew * luck.normal(yields, v.id[i])
                        - 0.5 * p.venture_skew * p.venture_skew
                    )
                else:
                    back = p.venture_salvage * due
                    v.solo_fund[i] += back
                    run.salvaged += back
                    run.written_off += due - back
            v.solo_fund[i] += grant
            scale = contiguous(p, estate(v, i))
            pace = (
                min(0.6, p.land_rate_joint / 4.0 * scale)
                * (1.0 - p.turnover_fear)
                * (0.5 + v.capacity[i])
            )
            mu = min(
                pace * v.idle[i],
                p.solo_land_share * p.spend_rate * v.solo_fund[i] * scale / p.land_cost,
            )
            if mu > 0.0:
                v.idle[i] -= mu
                v.planted[i] += mu
                v.solo_fund[i] -= mu * p.land_cost / scale
                run.land_cost += mu * p.land_cost / scale
            cost = (1.0 - LEFT_FOR_LAND) * v.solo_fund[i]
            if cost >= p.project_minimum:
                v.solo_fund[i] -= cost
                w.solo_building[i, (t + ripens_in(p, lags, v.id[i])) % RING] += cost
                run.invested += cost

"""Employ and serve: what reaches households. Wages never enter dividends."""

from __future__ import annotations

from village_alliances.sim.compiled import compiled
from village_alliances.sim.rules.common import alive, work
from village_alliances.sim.society import CULTURE, SERVICES


@compiled
def employ_and_serve(w, t):
    """Income per head of every village: trend and luck, and what workshops, brand and shared sales bring through the alliance."""
    v = w.v
    runs = w.r.size
    slots = w.a.size // runs
    v.wages[:] = 0.0
    v.satisfaction[:] = 0.0
    for r in range(runs):
        p = w.p[r]
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if not alive(a.status) or a.members == 0:
                continue
            people = max(a.people, 1.0)
            services = min(1.0, work(w, k, SERVICES))
            culture = min(1.0, work(w, k, CULTURE))
            paid = a.jobs * p.job_wage / people
            sold = p.outlet_sales * services / people
            brand = p.brand_household * a.brand
            common = 0.3 * a.jobs / max(1.0, p.idle_labour * a.people) + 0.2 * a.works / (
                a.works + p.works_scale
            )
            for m in range(w.first[k], w.first[k + 1]):
                i = w.member[m]
                v.wages[i] = paid + sold * v.effort[i]
                if v.industry[i] == a.industry:
                    v.wages[i] += brand * v.developed[i] / max(v.population[i], 1.0)
                v.satisfaction[i] = min(
                    1.0, common + (0.3 * services + 0.2 * culture) * v.effort[i]
                )
    for i in range(v.id.size):
        v.villager_income[i] = v.alone_villager[i] + v.wages[i]

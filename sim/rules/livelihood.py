"""Employ and serve: what reaches households. Wages never enter dividends."""

from __future__ import annotations

from sim.compiled import compiled
from sim.rules.common import work
from sim.society import CULTURE, SERVICES


@compiled
def employ_and_serve(w, t):
    """Income per head of every village: trend and luck, and what workshops, brand and shared sales bring through the alliance."""
    v = w.v
    runs = w.r.size
    villages = v.id.size // runs
    for r in range(runs):
        p = w.p[r]
        for i in range(r * villages, (r + 1) * villages):
            k = v.alliance[i]
            through = 0.0
            content = 0.0
            if k >= 0 and w.a[k].members > 0:
                a = w.a[k]
                services = min(1.0, work(w, k, SERVICES)) * v.effort[i]
                through = a.jobs * p.job_wage / max(a.people, 1.0)
                if v.industry[i] == a.industry:
                    through += p.brand_household * a.brand * v.developed[i] / max(v.population[i], 1.0)
                through += p.outlet_sales * services / max(a.people, 1.0)
                culture = min(1.0, work(w, k, CULTURE)) * v.effort[i]
                jobs = a.jobs / max(1.0, p.idle_labour * a.people)
                works = a.works / (a.works + p.works_scale)
                content = 0.3 * services + 0.2 * culture + 0.3 * jobs + 0.2 * works
            v.wages[i] = through
            v.satisfaction[i] = min(1.0, content)
            v.villager_income[i] = v.alone_villager[i] + through

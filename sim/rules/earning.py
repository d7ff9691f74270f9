"""Earn: base income with its luck and the trend, rents of developed land, the common brand, and income per head.

A village alone follows the regional trend exactly in expectation: luck enters as exp(x - v/2), with v the variance that x
has reached; capacity enters only relative to what the village's own capacity would be alone; and the slow development of
land by a village alone is part of the trend, so only land beyond it counts.
"""

from __future__ import annotations

import math

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled
from village_alliances.sim.rules.common import pull, working
from village_alliances.sim.society import BRAND

PANDEMIC_MEMORY = 0.7071067811865476  # a quarter: half is forgotten in two quarters


@compiled
def earn(w, t):
    """Base, land and brand income of every village and base income of its shadow; brands grow or fade."""
    v = w.v
    runs = w.r.size
    villages = v.id.size // runs
    slots = w.a.size // runs
    markets = np.zeros(w.industry_key.size)
    drawn_for = np.full(w.industry_key.size, -1)
    shares, own, household = np.empty(villages), np.empty(villages), np.empty(villages)
    today = w.calendar[t]
    boom = math.exp(today.market)
    for r in range(runs):
        p = w.p[r]
        run = w.r[r]
        mine = luck.stream(w.seed[0], run.run, t, luck.NOISE)
        ours = luck.stream(w.seed[0], run.run, t, luck.INDUSTRY_NOISE)
        home = luck.stream(w.seed[0], run.run, t, luck.VILLAGER_NOISE)
        keep = 1.0 - p.noise_persistence_loss
        run.noise_var = (
            keep * keep * run.noise_var + p.noise_sd * p.noise_sd + p.industry_sd * p.industry_sd
        )
        run.villager_var = keep * keep * run.villager_var + p.villager_sd * p.villager_sd
        run.pandemic = PANDEMIC_MEMORY * run.pandemic + today.pandemic
        growth = (
            math.log(1.0 + p.trend_collective) * (t + 1) / 4.0 - 0.5 * run.noise_var + run.pandemic
        )
        home_growth = (
            math.log(1.0 + p.trend_villager) * (t + 1) / 4.0
            - 0.5 * run.villager_var
            + 0.5 * run.pandemic
        )
        fade = math.exp(-math.log(2.0) / p.brand_half_life)
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if working(a.status):
                known = min(1.0, w.strength[k, BRAND] * a.theta) * a.cohesion
                known *= a.volume / (a.volume + p.brand_scale) * (0.5 + 0.5 * a.chain)
                a.brand += p.brand_build * (known - a.brand)
            else:
                a.brand *= fade
        luck.normals(mine, v.id[r * villages : (r + 1) * villages], shares, own)
        luck.normals(home, v.id[r * villages : (r + 1) * villages], shares, household)
        noise_sd, villager_sd, rent = p.noise_sd, p.villager_sd, p.land_rent
        for j in range(villages):
            i = r * villages + j
            product = v.industry[i]
            if drawn_for[product] != r:
                drawn_for[product] = r
                markets[product] = p.industry_sd * luck.normal(ours, w.industry_key[product])
            v.noise[i] = keep * v.noise[i] + noise_sd * own[j] + markets[product]
            v.villager_noise[i] = keep * v.villager_noise[i] + villager_sd * household[j]
            market = boom if product == today.market_industry else 1.0
            alone = v.start_income[i] * market * math.exp(growth + v.noise[i])
            v.alone_base[i] = alone
            v.alone_income[i] = alone + v.granted_income[i]
            if v.capacity[i] == v.alone_capacity[i]:
                v.base_income[i] = alone
            else:
                edge = (p.capacity_offset + v.capacity[i]) / (
                    p.capacity_offset + v.alone_capacity[i]
                )
                v.base_income[i] = alone * math.exp(pull(p, alone) * math.log(edge))
            beyond = v.developed[i] - v.alone_developed[i]
            v.land_income[i] = rent * v.site[i] * beyond
            v.brand_left[i] *= fade
            brand = v.brand_left[i]
            k = v.alliance[i]
            if k >= 0 and product == w.a[k].industry:
                a = w.a[k]
                brand += p.brand_premium * a.brand * v.developed[i] - p.sameness_erosion * max(
                    0.0, beyond
                ) * (1.0 - a.brand)
                brand *= market
            v.brand_income[i] = brand
            v.alone_villager[i] = v.start_villager[i] * math.exp(home_growth + v.villager_noise[i])

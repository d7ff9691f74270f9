"""Livelihood: income per head: the town's wages and the rest of it along the region's trend and the
village's own, and what projects and measures bring."""

from __future__ import annotations

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.arithmetic import exp, log
from village_alliances.sim.compiled import compiled, hot
from village_alliances.sim.rules.common import is_active


@compiled
def reach_people(society, t):
    """Income per head of every village; wages never enter dividends."""
    villages = society.villages
    runs = society.runs.size
    size = villages.id.size // runs
    shares, chance = np.empty(size), np.empty(size)
    for r in range(runs):
        p = society.parameters[r]
        run = society.runs[r]
        home = luck.stream(society.seed[0], run.run, t, luck.VILLAGER_NOISE)
        keep = 1.0 - p.noise_persistence_loss
        run.villager_var = keep * keep * run.villager_var + p.villager_sd * p.villager_sd
        years = (t + 1) / 4.0
        apart = p.villager_trend_spread * years
        trend = log(1.0 + p.trend_villager) * years - apart * apart / 2.0
        growth = trend - run.villager_var / 2.0 + p.pandemic_at_home * run.pandemic
        luck.normals(home, villages.id[r * size : (r + 1) * size], shares, chance)
        for j in range(size):
            i = r * size + j
            villages.villager_noise[i] = keep * villages.villager_noise[i] + p.villager_sd * chance[j]  # fmt: skip
            own = villages.villager_trend[i] * years + villages.villager_noise[i]
            income = villages.start_villager[i] * exp(growth + own)
            added = villages.wages[i] + villages.rents[i]
            gained = villages.project_income[i] + villages.alliance_income[i]
            if gained > 0.0:
                added += p.dividend_to_households * gained
            if added != 0.0:
                income += added / max(1.0, villages.population[i])
            if villages.alliance[i] >= 0 and is_active(society, i):
                income += served(society, p, i)
            villages.villager_income[i] = income


@hot
def served(society, p, i):
    """What an alliance's measures bring a person of member village i (yuan a year)."""
    k = society.villages.alliance[i]
    alliance = society.alliances[k]
    rules = society.strategies[alliance.strategy]
    brought = p.outlet_sales * rules.outlet + p.services_benefit * rules.services
    if rules.works > 0.0 and alliance.members > 0:
        built = p.works_share * alliance.granted / alliance.members
        brought += p.works_benefit * built / max(1.0, society.villages.population[i])
    return brought

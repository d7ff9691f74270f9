"""The weak-village campaign: the county gives property to villages under a floor, whether or not they are allied."""

from __future__ import annotations

from village_alliances.sim.compiled import compiled
from village_alliances.sim.rules.common import note
from village_alliances.sim.society import CAMPAIGN

MARGIN = 1.03  # lifted a little above the floor, so that one bad quarter does not undo it


@compiled
def lift_weak(w, t):
    """Give each village that alone would be under the floor the income it lacks, in equal steps until the deadline.

    The help is the same in the society and in its shadow: it depends on what the village would earn alone.
    """
    v = w.v
    runs = w.r.size
    villages = v.id.size // runs
    for r in range(runs):
        lever = w.l[r]
        deadline = lever.campaign_end if lever.campaign_end >= 0.0 else w.calendar.size - 1.0
        if (
            lever.campaign_floor <= 0.0
            or lever.campaign_start < 0.0
            or t < lever.campaign_start
            or t > deadline
        ):
            continue
        p = w.p[r]
        left = deadline - t + 1.0
        for i in range(r * villages, (r + 1) * villages):
            lacking = lever.campaign_floor * MARGIN - v.alone_income[i]
            if lacking > 0.0:
                step = lacking / left
                v.granted_income[i] += step
                cost = step / p.enclave_return
                w.r[r].campaign_sum += cost
                note(w, t, CAMPAIGN, r, i, v.alliance[i], cost)

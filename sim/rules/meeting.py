"""Meet: plenaries by rule, special meetings by the convenor's drive; what a meeting is worth, and what it does to cohesion."""

from __future__ import annotations

import math

from village_alliances.sim import luck
from village_alliances.sim.compiled import compiled
from village_alliances.sim.rules.common import note, turnout, work, working
from village_alliances.sim.rules.stock import head_of, relief
from village_alliances.sim.society import BORDER, CULTURE, MEETING, SERVICES


@compiled
def meet(w, t):
    """Cohesion grows with each effective meeting and decays by itself, faster in large or unfair alliances."""
    runs = w.r.size
    slots = w.a.size // runs
    for r in range(runs):
        p = w.p[r]
        draws = luck.stream(w.seed[0], w.r[r].run, t, luck.SPECIAL_MEETINGS)
        for k in range(r * slots, (r + 1) * slots):
            a = w.a[k]
            if not working(a.status):
                a.meetings = 0.0
                a.cohesion *= 1.0 - p.cohesion_decay
                continue
            special = luck.poisson(draws, a.key, p.special_meetings / 4.0 * head_of(w, p, k))
            a.meetings = a.plenaries / 4.0 + special
            a.meetings_sum += a.meetings
            friction = min(1.0, p.border_friction * a.borders)
            way = a.reach * (1.0 - 0.5 * min(1.0, work(w, k, SERVICES)))
            worth = math.exp(-way / p.meeting_reach) * (
                1.0 - friction * (1.0 - relief(p, w.l[r], a.theta, w.strength[k, BORDER]))
            )
            bond = 1.0 + p.culture_bond * min(1.0, w.strength[k, CULTURE] * a.theta) * a.kinship
            effective = worth * bond * turnout(a.effort) * a.meetings
            content = 0.0
            for m in range(w.first[k], w.first[k + 1]):
                content += w.v.satisfaction[w.member[m]]
            content /= max(a.members, 1)
            decay = (
                p.cohesion_decay
                + p.cohesion_size * max(a.members - 2, 0)
                + p.cohesion_unfairness * a.unfairness
            )
            decay *= 1.0 - p.trust_feedback * content
            c = a.cohesion
            c += min(1.0, p.cohesion_gain * effective) * (1.0 - c) - min(1.0, decay) * c
            a.cohesion = min(1.0, max(0.0, c))
            note(w, t, MEETING, r, a.lead, k, a.meetings)

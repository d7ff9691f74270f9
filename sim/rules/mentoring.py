"""Mentor: ability passes from the ablest secretary to the others, practice from village to village, at the mentor's cost."""

from __future__ import annotations

from village_alliances.sim.compiled import compiled
from village_alliances.sim.rules.common import person, turnout, work, working
from village_alliances.sim.society import MENTORING

REGULAR = 6.0  # meetings a quarter at which contact is as close as it gets: every second week


@compiled
def mentor(w, t):
    """Ability of members moves towards the mentor's; capacity of every village, and of its shadow, follows its secretary."""
    v = w.v
    runs = w.r.size
    villages = v.id.size // runs
    for r in range(runs):
        p = w.p[r]
        on = w.l[r].mentoring > 0.0
        for i in range(r * villages, (r + 1) * villages):
            target = person(w, p, i)
            k = v.alliance[i]
            v.mentor[i] = -1
            if k >= 0 and working(w.a[k].status) and w.a[k].strength > 0.0:
                a = w.a[k]
                teaching = work(w, k, MENTORING) if on else 0.0
                contact = (0.5 + 0.5 * min(1.0, a.meetings / REGULAR)) * turnout(v.effort[i])
                if i == a.top:
                    if teaching > 0.0 and a.members > 1:
                        target *= 1.0 - p.mentor_load * min(1.0, w.strength[k, MENTORING] * a.theta)
                elif v.posted_from[i] < 0:
                    gap = w.v.ability[a.top] - v.ability[i]
                    if gap > 0.0 and teaching > 0.0:
                        v.mentor[i] = a.top
                        v.ability[i] += p.mentoring_rate * min(1.0, teaching) * contact * gap
                    practice = v.capacity[a.top] - v.capacity[i]
                    if practice > 0.0:
                        v.capacity[i] += p.imitation_rate * a.cohesion * contact * practice
            v.capacity[i] += p.capacity_adjustment * (target - v.capacity[i])
            v.alone_capacity[i] += p.capacity_adjustment * (
                v.alone_ability[i] - v.alone_capacity[i]
            )

"""What villages expect of a set that does not exist: the entry from Python for sim/stability.py and for proposals."""

from __future__ import annotations

from village_alliances.sim.compiled import compiled
from village_alliances.sim.rules.expectation import promised, weigh
from village_alliances.sim.rules.formation import leader_of


@compiled
def value_of_set(w, r, who, strategy, worth):
    """Fill `worth` (yuan a year) with what each of the villages `who` expects of an alliance of exactly these."""
    promise = promised(w, r, 1.0, w.l[r].grant_years)
    weigh(
        w,
        r,
        who,
        who.size,
        leader_of(w, r, who, who.size, strategy),
        strategy,
        promise,
        0,
        who.size,
        worth,
    )

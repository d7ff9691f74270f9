"""Two societies side by side, bit by bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from village_alliances.sim.society import ALLIANCE, RUN, VILLAGE

TO_VILLAGES = ("posted_from", "mentor")  # columns that point at a village of the block
# The shadow and what it is the shadow of.
PAIRS = {v.name: v.name.removeprefix("alone_") for v in VILLAGE if v.kind == "shadow"} | {
    "alone_base": "base_income",
    "alone_income": "collective_income",
    "alone_villager": "villager_income",
}


def run_of(society: Any, r: int = 0) -> dict[str, np.ndarray]:
    """All that a society holds of its run at position `r`, with pointers counted from that run's first village and slot."""
    villages, slots = society.v.id.size // society.r.size, society.a.size // society.r.size
    mine, ours = slice(r * villages, (r + 1) * villages), slice(r * slots, (r + 1) * slots)
    found = {
        f"village {name}": np.array(getattr(society.v, name)[mine])
        for name in (v.name for v in VILLAGE)
        if name != "run"
    }
    found |= {f"alliance {v.name}": np.array(society.a[v.name][ours]) for v in ALLIANCE}
    found |= {f"run {v.name}": np.array(society.r[v.name][r]) for v in RUN}
    found |= {f"parameter {name}": np.array(society.p[name][r]) for name in society.p.dtype.names}
    for name in TO_VILLAGES:
        found[f"village {name}"] = counted_from(found[f"village {name}"], r * villages)
    for name in ("lead", "top"):
        found[f"alliance {name}"] = counted_from(found[f"alliance {name}"], r * villages)
    found["village alliance"] = counted_from(found["village alliance"], r * slots)
    found["strength"], found["building"] = (
        society.strength[ours].copy(),
        society.building[ours].copy(),
    )
    if society.belief.size:
        found["belief"] = society.belief[mine].copy()
    if society.solo_building.size:
        found["solo building"] = society.solo_building[mine].copy()
    found["series"] = society.series[r].copy()
    return found


def counted_from(pointers: np.ndarray, start: int) -> np.ndarray:
    """Pointers into a block as pointers into the part that begins at `start`; -1 stays."""
    return np.where(pointers >= 0, pointers - start, pointers)


def different(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> list[str]:
    """The names under which two collections differ in any bit, or in what they hold."""
    missing = sorted(set(one) ^ set(other))
    return missing + [
        name for name in sorted(set(one) & set(other)) if not same_bits(one[name], other[name])
    ]


def same_bits(one: Any, other: Any) -> bool:
    """Whether two arrays are the same bits."""
    a, b = np.asarray(one), np.asarray(other)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def columns(society: Any, kinds: str = "") -> dict[str, np.ndarray]:
    """Columns of all villages of a block, of some kinds (separated by blanks) or of all."""
    return {
        v.name: np.array(getattr(society.v, v.name))
        for v in VILLAGE
        if not kinds or v.kind in kinds.split()
    }


def runs_apart(society: Any) -> dict[str, np.ndarray]:
    """The records of a block's runs, field by field."""
    return {v.name: np.array(society.r[v.name]) for v in RUN}

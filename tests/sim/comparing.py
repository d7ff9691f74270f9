"""Two societies side by side, bit by bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from village_alliances.sim.society import ACCOUNT, ALLIANCE, RUN, VILLAGE

BY_VILLAGE = ("endowment", "used", "signed_away")
BY_ACCOUNT = ("capital", "building", "fortune", "rate")
BY_RUN = ("market", "price", "parameters", "technology", "series")
POINTERS = ("lead", "top", "promising", "weakest")  # of an alliance, at villages of the block


def run_of(society: Any, r: int = 0) -> dict[str, np.ndarray]:
    """All that a society holds of its run at position `r`, with pointers counted from that
    run's first village and slot."""
    runs, rows = society.runs.size, society.villages.size
    villages, slots = rows // runs, society.alliances.size // runs
    mine, ours = slice(r * villages, (r + 1) * villages), slice(r * slots, (r + 1) * slots)
    theirs = slice(rows + ours.start, rows + ours.stop)
    by_name = {
        f"village {v.name}": np.array(getattr(society.villages, v.name)[mine])
        for v in VILLAGE
        if v.name != "run"
    }
    by_name |= {f"alliance {v.name}": np.array(society.alliances[v.name][ours]) for v in ALLIANCE}
    by_name |= {f"run {v.name}": np.array(society.runs[v.name][r]) for v in RUN}
    for v in ACCOUNT:
        column = getattr(society.accounts, v.name)
        by_name[f"account {v.name}"] = np.concatenate([column[mine], column[theirs]])
    for name in BY_ACCOUNT:
        held = getattr(society, name)
        by_name[name] = np.concatenate([held[mine], held[theirs]])
    by_name |= {name: np.array(getattr(society, name)[mine]) for name in BY_VILLAGE}
    by_name |= {name: np.array(getattr(society, name)[r]) for name in BY_RUN}
    for name in ("village lent_from", *(f"alliance {pointer}" for pointer in POINTERS)):
        by_name[name] = counted_from(by_name[name], r * villages)
    by_name["village alliance"] = counted_from(by_name["village alliance"], r * slots)
    return by_name


def counted_from(pointers: np.ndarray, start: int) -> np.ndarray:
    """Pointers into a block as pointers into the part that begins at `start`; -1 stays."""
    return np.where(pointers >= 0, pointers - start, pointers)


def different(first: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> list[str]:
    """The names under which two collections differ in any bit, or in what they hold."""
    missing = sorted(set(first) ^ set(other))
    return missing + [
        name for name in sorted(set(first) & set(other)) if not same_bits(first[name], other[name])
    ]


def same_bits(first: Any, other: Any) -> bool:
    """Whether two arrays are the same bits."""
    a, b = np.asarray(first), np.asarray(other)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def columns(society: Any) -> dict[str, np.ndarray]:
    """Every column of all villages of a block."""
    return {v.name: np.array(getattr(society.villages, v.name)) for v in VILLAGE}

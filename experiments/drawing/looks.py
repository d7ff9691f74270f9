"""The colour and the mark of a strategy, the same in every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from village_alliances.experiments.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
)
from village_alliances.sim.strategy import NONE

COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
MARKERS = ("o", "s", "^")
KNOWN = (
    "strong_leads_weak", "industry_chain", "cross_border", "culture", "project", "service_sharing", "mutual_aid", "village_enterprise",
    "urban_rural", "talent_driven", "resource_complement", "chain_extension", "governance", "enclave", "area_integration",
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How a strategy is drawn."""

    colour: str
    marker: str


def look(strategy: str, among: Sequence[str] = ()) -> Look:
    """The colour and mark of a strategy, the same in every figure. `among`: the comparison's, for
    those that are not shipped."""
    if strategy == NONE:
        return Look(GREY, "D")
    if strategy in KNOWN:
        return _numbered(KNOWN.index(strategy))
    taken = {look(other) for other in among if other in KNOWN}
    free = [
        spare for spare in map(_numbered, range(len(COLOURS) * len(MARKERS))) if spare not in taken
    ]
    own = [other for other in among if other not in (*KNOWN, NONE)]
    return free[own.index(strategy) % len(free)] if strategy in own else free[0]


def _numbered(number: int) -> Look:
    return Look(COLOURS[number % len(COLOURS)], MARKERS[number // len(COLOURS) % len(MARKERS)])

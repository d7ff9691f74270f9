"""Decompose: where an alliance's gain over the same villages without it comes from.

Own money, pooling, and ability with learning can each be switched off (levers `own_money`,
`pooling`, `shared_ability`). With all three off, what is left is concentration: public money in one
hand instead of in many. What each adds depends on what is there already, so it is averaged over all
orders in which they can be switched on.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, combinations, permutations
from typing import Any

import numpy as np
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio, Strategy

SWITCHES = ("own_money", "pooling", "shared_ability")


def decompose(
    scenario: Scenario,
    of: Portfolio | Strategy | str,
    *,
    outcome: str = "gain_mean",
    levers: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, np.ndarray]:
    """Parts of an outcome at the end, (runs,) each: concentration, and each of SWITCHES;
    they add up to the whole.

    `options` are those of `run_together`. Where alliances form by themselves, a switch
    also changes who allies.
    """
    shares = {}
    for on in chain.from_iterable(combinations(SWITCHES, n) for n in range(len(SWITCHES) + 1)):
        chosen = {**(levers or {}), **{name: float(name in on) for name in SWITCHES}}
        played = run_together(scenario, {"it": of}, levers=chosen, **options)
        shares[frozenset(on)] = played.strategies["it"].outcome(outcome)
    return {"concentration": shares[frozenset()], **averaged(shares)}


def averaged(values: Mapping[frozenset[str], np.ndarray]) -> dict[str, np.ndarray]:
    """What each switch adds, averaged over all orders of switching on."""
    orders = list(permutations(SWITCHES))
    added = {name: np.zeros_like(values[frozenset()]) for name in SWITCHES}
    for order in orders:
        for i, name in enumerate(order):
            before = frozenset(order[:i])
            added[name] += (values[before | {name}] - values[before]) / len(orders)
    return added

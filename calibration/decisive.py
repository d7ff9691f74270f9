"""Which uncertainties decide between an alliance and single villages with the same public money.

The paired difference between an alliance's mean gain and that of the best of its rivals is taken over many draws of everything
that is uncertain. Each uncertainty is given the part of the variance of the difference's ranks that lies between tenths of the
runs by its value: its main effect. What it does together with others is not in it, and what chance would show is taken off. Ranks
are taken because a few runs with a great gain would else be all of the variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from village_alliances.calibration import priors
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.parameters import Quantity
from village_alliances.sim.scenario import load
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.uncertain import drawn

PLACE, STRATEGY = "jinxi", "strong_leads_weak"
AGAINST = ("even", "lumped", "weakest", "all")
OUTCOME = "gain_mean"
RUNS = 20_000
CUTS = 10
TOLD = 10


@dataclass(frozen=True)
class Share:
    """An uncertainty's part of the variance of the difference's ranks, chance taken off, and its correlation with it by ranks."""

    name: str
    share: float
    correlation: float


def shares(runs: int = RUNS, seed: int = 1) -> list[Share]:
    """Every uncertainty of the model and of the region, the most decisive first."""
    scenario = load(PLACE)
    together = run_together(
        scenario, {STRATEGY: STRATEGY}, runs=runs, seed=seed, mode="prior", rivals=AGAINST
    )
    ours = together.strategies[STRATEGY]
    rivals = [one.outcome(OUTCOME) for one in together.rivals[STRATEGY].values()]
    difference = ours.outcome(OUTCOME) - np.max(rivals, axis=0)
    known = known_quantities()
    numbers = {**_parameters(ours.parameters), **drawn(ours.technology)}
    found = [
        Share(name, main_effect(values, ranks(difference)), rank_correlation(values, difference))
        for name, values in numbers.items()
        if name in known and np.ptp(values) > 0
    ]
    return sorted(found, key=lambda one: -one.share)


def known_quantities() -> dict[str, Quantity]:
    """Every uncertainty of the model and of the place's region, by name."""
    return {**priors.fitted(), **quantities_of(load(PLACE).region)}


def _parameters(table: np.recarray) -> dict[str, np.ndarray]:
    return {name: np.asarray(table[name]) for name in table.dtype.names or ()}


def main_effect(values: np.ndarray, difference: np.ndarray) -> float:
    """Share of the variance of `difference` (n,) between CUTS equal parts of the runs by `values` (n,), less what chance shows."""
    parts = np.array_split(difference[np.argsort(values, kind="stable")], CUTS)
    between = np.mean([(part.mean() - difference.mean()) ** 2 for part in parts])
    raw = between / difference.var()
    chance = (CUTS - 1) / (difference.size - 1)
    return float((raw - chance) / (1.0 - chance))


def ranks(values: np.ndarray) -> np.ndarray:
    """Place of each value in their order, (n,)."""
    return np.argsort(np.argsort(values, kind="stable")).astype(float)


def rank_correlation(values: np.ndarray, difference: np.ndarray) -> float:
    """Spearman's."""
    return float(np.corrcoef(ranks(values), ranks(difference))[0, 1])

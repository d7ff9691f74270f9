"""What villages of a region have where a table is silent: stated distributions, with source kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit, ndtri
from village_alliances.sim.parameters import Quantity
from village_alliances.sim.region import Distribution, Region

# Taken until a region's file states them (docs/ODD.md lists what each region states).
_FALLBACK: dict[str, tuple[str, float, float]] = {
    "contiguous": ("logit", 0.25, 0.75),
    "volume": ("lognormal", 200.0, 0.9),
    "scenic_worth": ("lognormal", 1.0, 0.8),
    "idle_hands": ("logit", 0.06, 0.45),
    "firm_jobs": ("lognormal", 38.0, 0.86),
    "roofs": ("lognormal", 1.0, 0.4),
    "residents_share": ("lognormal", 0.75, 0.5),
}
_SHARES = {"scenic_share": 0.12, "firm_share": 0.06}


@dataclass(frozen=True)
class Spread:
    """How endowments are spread over the villages of a region."""

    region: Region
    villages_in_market: float = 350.0
    used_from: float = 300000.0
    used_power: float = 0.3

    def distribution(self, name: str) -> Any:
        """The region's distribution of a column, or the general one."""
        found = self.region.distributions.get(name)
        if found is not None:
            return found
        shape, middle, sd = _FALLBACK[name]
        log = shape == "lognormal"
        return Distribution(
            dist="lognormal" if log else "logitnormal",
            median=middle,
            mean=middle,
            sd=sd,
            low=0.0 if log else 0.001,
            high=1e9 if log else 0.999,
            unit="1",
            assumption="general",
        )

    def draw(self, name: str, share: np.ndarray) -> np.ndarray:
        """The quantile at `share` (any shape)."""
        if name in self.region.distributions:
            d = self.region.distributions[name]
            return d.draw(share, np.array(-np.inf), np.array(np.inf))
        shape, middle, sd = _FALLBACK[name]
        score = sd * ndtri(share)
        if shape == "lognormal":
            return np.asarray(middle * np.exp(score))
        return np.asarray(expit(logit(middle) + score))

    def share(self, name: str) -> float:
        """Share of villages that have it at all."""
        return _SHARES[name]


def spread(region: Region) -> Spread:
    """How endowments are spread over the villages of a region."""
    return Spread(region)


def quantities_of(region: Region) -> dict[str, Quantity]:
    """The region's own parameters, and what its villages have of ordinary project money a year."""
    money = Quantity(
        name="ordinary_money",
        value=200000.0,
        low=100000.0,
        high=300000.0,
        scale="log",
        unit="yuan/village/year",
        en="ordinary project money that every village has with or without an alliance",
        zh="每村每年常规项目资金",
        evidence=("X028",),
        assumption="all villages of one county had 100,000 to 300,000 yuan a year",
    )
    return {**region.quantities(), "ordinary_money": money}

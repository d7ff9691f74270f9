"""How a quantity is sampled: between which ends, and where between them each point stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field
from village_alliances.sim.structured import Strict

SENSITIVE = ("morris", "saltelli")  # designs in which one quantity is moved at a time
LEVELS = 4  # of the grid on which Morris' trajectories walk
MOST_STEPS = 100_000  # of a range


class Range(Strict):
    """A quantity between two ends: in `steps` equal steps for a grid, else to be sampled."""

    low: float
    high: float
    steps: int = Field(default=0, ge=0, le=MOST_STEPS, strict=True)
    scale: Literal["linear", "log"] | None = None


@dataclass(frozen=True)
class Axis:
    """One quantity that a design varies: a list of values, or a stretch to be sampled."""

    name: str
    values: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False

    def at(self, share: np.ndarray) -> np.ndarray:
        """Values at these shares (0..1) of the way from the first to the last."""
        if self.values:
            return np.array(self.values)[
                np.minimum((share * len(self.values)).astype(int), len(self.values) - 1)
            ]
        if self.log:
            return np.clip(self.low * (self.high / self.low) ** share, self.low, self.high)
        return np.clip(self.low + (self.high - self.low) * share, self.low, self.high)


def sampling_luck(seed: int, stream: int) -> np.random.Generator:
    """What a sample is drawn with: stream 0 for parameters, 1 for levers."""
    return np.random.default_rng([seed, stream])


def sensitive_shares(
    design: str, quantities: int, points: int, luck: np.random.Generator
) -> np.ndarray:
    """Where between low (0) and high (1) each quantity stands in each row of a sensitive
    design, (rows, quantities).

    `morris`: `points` trajectories of quantities + 1 rows; `saltelli`: `points` times quantities +
    2 rows (a power of two).
    """
    from SALib.sample import morris, sobol

    problem = {
        "num_vars": quantities,
        "names": [f"q{i}" for i in range(quantities)],
        "bounds": [[0.0, 1.0]] * quantities,
    }
    if design == "morris":
        return np.asarray(morris.sample(problem, points, num_levels=LEVELS, seed=luck))
    return np.asarray(sobol.sample(problem, points, calc_second_order=False, seed=luck))

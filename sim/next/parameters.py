"""Parameters and levers of the rebuilt model: the same schema, its own tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.sim.parameters import REGIONAL as _REGIONAL
from village_alliances.sim.parameters import Mode, Quantity, _read, draw

HERE = Path(__file__).parent
REGIONAL = (*_REGIONAL, "ordinary_money")
__all__ = ["REGIONAL", "Mode", "Quantity", "draw", "lever_values", "levers", "parameters"]


@cache
def parameters() -> dict[str, Quantity]:
    """Every parameter of the model by name."""
    return _read(HERE / "parameters.toml")


@cache
def levers() -> dict[str, Quantity]:
    """Every lever of a planner by name."""
    return _read(HERE / "levers.toml")


def lever_values(runs: int, chosen: Mapping[str, Any] | None = None) -> np.recarray:
    """Lever values of each run: recarray of shape (runs,). `chosen` overrides the defaults.

    Raises KeyError for an unknown lever and ValueError for one out of its bounds, with the bounds.
    """
    table = np.recarray(runs, dtype=[(name, "f8") for name in levers()])
    for name, lever in levers().items():
        table[name] = lever.value
    for name, value in (chosen or {}).items():
        if name not in levers():
            raise KeyError(f"no lever is called {name!r}; there are: {', '.join(levers())}")
        lever = levers()[name]
        if not np.all((np.asarray(value) >= lever.low) & (np.asarray(value) <= lever.high)):
            raise ValueError(
                f"lever {name}: {value} is outside {lever.low:g}..{lever.high:g} {lever.unit}"
            )
        table[name] = value
    return table

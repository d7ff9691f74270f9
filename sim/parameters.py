"""Parameters and levers: their schema, and the values that each run gets.

A parameter is what nobody knows exactly (sim/parameters.toml); a lever is what a planner sets
(sim/levers.toml). Run k has the same parameters under every strategy, because its draw is keyed by
(seed, run, parameter name) alone.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import model_validator
from village_alliances.sim import luck
from village_alliances.sim.arithmetic import logs, powers
from village_alliances.sim.structured import Strict

HERE = Path(__file__).parent
POSTERIOR = Path(
    os.environ.get("VILLAGE_ALLIANCES_POSTERIOR") or HERE / "posterior.parquet"
)  # the shipped one, or a county's own
MODES = ("point", "prior", "posterior")
REGIONAL = (  # what a region adds to the parameters: see sim/region.py
    "trend_collective", "trend_villager", "correlation_ability_income", "correlation_capacity_ability", "ability_mean", "ability_sd",
    "ordinary_money",
)  # fmt: skip
Mode = Literal["point", "prior", "posterior"]
SHARES = ("1", "0..1", "1/quarter", "1/year", "1/election")  # units of what can be no more than all
# times the ends of a prior on a log scale: so far a value is unlikely, and still possible
FAR = 100.0
REGIONAL_POSSIBLE = {
    "trend_collective": (-0.9, 1.0), "trend_villager": (-0.9, 1.0),
    "correlation_ability_income": (-1.0, 1.0), "correlation_capacity_ability": (-1.0, 1.0),
    "ability_mean": (0.01, 0.99), "ability_sd": (0.0, 10.0),
}  # fmt: skip


class Quantity(Strict):
    """A number with unit, bounds, meaning in two languages and source (evidence ids or an
    assumption with its reason).

    `low` and `high` bound what is likely (the prior), `possible` what can be at all; where a
    file does not give the latter, the unit and the scale do: shares from 0 to 1, spreads from
    0, anything else from a hundredth of its prior's lower end, and up to a hundred times the
    upper end on a log scale.
    """

    name: str
    value: float
    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    unit: str
    en: str
    zh: str
    evidence: tuple[str, ...] = ()
    assumption: str = ""
    assumption_zh: str = ""
    possible: tuple[float, float] | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest value that is possible."""
        if self.possible is not None:
            return self.possible
        share = self.unit in SHARES and self.high <= 1
        spread = self.unit.startswith(
            "log"
        )  # in log points or logits: none at all is possible, too
        span = self.high - self.low
        if self.low < 0:
            low = self.low - 10 * span
        elif spread or share:
            low = 0.0
        else:  # lags, distances, prices: some of them are divided by
            low = self.low / FAR
        high = self.high * FAR if self.scale == "log" else self.high + 10 * span
        return low, 1.0 if share else high

    @model_validator(mode="after")
    def _sourced_and_in_range(self) -> Quantity:
        if not self.bounds[0] <= self.low <= self.high <= self.bounds[1]:
            raise ValueError(
                f"{self.name}: the prior reaches beyond what is possible, {self.bounds}"
            )
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.name}: value {self.value} is outside {self.low}..{self.high}")
        if not self.evidence and not self.assumption:
            raise ValueError(f"{self.name}: neither evidence nor assumption is given")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(
                f"{self.name}: a log scale needs a positive lower bound, found {self.low}"
            )
        return self

    def reason(self, lang: str) -> str:
        """Why it is assumed, in `lang`; the English reason where there is no Chinese one."""
        return (self.assumption_zh or self.assumption) if lang == "zh" else self.assumption

    def at(self, share: np.ndarray) -> np.ndarray:
        """The prior's quantile at `share` (any shape, 0..1): uniform between low and high on
        the quantity's own scale."""
        if self.scale == "log":
            return np.asarray(self.low * powers(self.high / self.low, share))
        return np.asarray(self.low + (self.high - self.low) * share)

    def share_of(self, value: np.ndarray) -> np.ndarray:
        """Where `value` lies between low (0) and high (1) on the quantity's own
        scale: the inverse of `at`."""
        if self.scale == "log":
            return np.asarray(logs(value / self.low) / logs(self.high / self.low))
        return np.asarray((value - self.low) / (self.high - self.low))


def _read(path: Path) -> dict[str, Quantity]:
    with path.open("rb") as file:
        return {name: Quantity(name=name, **body) for name, body in tomllib.load(file).items()}


@cache
def parameters() -> dict[str, Quantity]:
    """Every parameter of the model by name."""
    return _read(HERE / "parameters.toml")


@cache
def levers() -> dict[str, Quantity]:
    """Every lever of a planner by name."""
    return _read(HERE / "levers.toml")


def possible(name: str) -> tuple[float, float]:
    """The least and the greatest value that a parameter of the model or of
    a region can have at all."""
    if name in parameters():
        return parameters()[name].bounds
    return REGIONAL_POSSIBLE.get(name, (-np.inf, np.inf))


def regional(trend: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """The parameters of the model together with the two trends of a region."""
    return {**parameters(), **trend}


def draw(
    quantities: Mapping[str, Quantity],
    mode: Mode,
    seed: int,
    runs: np.ndarray,
    fixed: Mapping[str, float | np.ndarray] | None = None,
) -> np.recarray:
    """Parameter values of each run: recarray of shape (runs,), a float64 field a parameter.

    `point` takes every value as it stands; `prior` draws each between low and high; `posterior`
    draws a row of sim/posterior.parquet for the calibrated ones and the prior for the rest. `fixed`
    overrides by name (scalar or one value a run). Raises KeyError for an unknown name, ValueError
    for an unknown mode or a `fixed` value that is no finite number.
    """
    if mode not in MODES:
        raise ValueError(f"mode: found {mode!r}, expected one of {', '.join(MODES)}")
    table = np.recarray(runs.size, dtype=[(name, "f8") for name in quantities])
    for name, quantity in quantities.items():
        table[name] = quantity.value if mode == "point" else quantity.at(_share(seed, runs, name))
    if mode == "posterior":
        for name, values in _posterior_rows(seed, runs).items():
            table[name] = values
    for name, value in (fixed or {}).items():
        if name not in quantities:
            raise KeyError(f"no parameter is called {name!r}")
        if not np.isfinite(value).all():
            raise ValueError(f"parameter {name}: {value} is not a finite number")
        lowest, highest = possible(name)
        if not (np.greater_equal(value, lowest).all() and np.less_equal(value, highest).all()):
            raise ValueError(
                f"parameter {name}: {value} is outside {lowest:g}..{highest:g}, what is possible"
            )
        table[name] = value
    return table


def _share(seed: int, runs: np.ndarray, name: str) -> np.ndarray:
    out = np.empty((runs.size, 1))
    luck.fill_uniform(
        seed, runs, 0, luck.PARAMETER, np.array([luck.name_key(name)], np.uint64), out
    )
    return out[:, 0]


@cache
def posterior() -> dict[str, np.ndarray]:
    """The shipped posterior: name -> draws, all of one length; empty when none has been
    calibrated."""
    if not POSTERIOR.exists():
        return {}
    import pyarrow.parquet as pq

    table = pq.read_table(POSTERIOR)
    return {name: table[name].to_numpy() for name in table.column_names}


def default_mode() -> Mode:
    """`posterior` when one is shipped, else `prior`."""
    return "posterior" if POSTERIOR.exists() else "prior"


def _posterior_rows(seed: int, runs: np.ndarray) -> dict[str, np.ndarray]:
    draws = posterior()
    if not draws:
        raise FileNotFoundError(
            f"{POSTERIOR.name} is not there: run `alliances calibrate`, or use --mode prior"
        )
    size = len(next(iter(draws.values())))
    row = np.minimum((_share(seed, runs, "posterior row") * size).astype(int), size - 1)
    return {name: values[row] for name, values in draws.items()}


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

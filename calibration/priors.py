"""What goes through inference: every parameter of the model, every number of a project type, and
how the documents are to be read.

A parameter set is a number: what it draws of anything is keyed by that number, as a run of the
model is keyed by its own. So a sweep is a range of numbers, and all that a set holds can be
had again from its number. Two uncertainties belong to the reading of the documents and not to
the model: how much public money the named alliances of Fenghua had, and how selected the named
cases are. What belongs to a region (trends, ordinary project money) is drawn anew in every
case and stays at its prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from village_alliances.sim import luck, technology
from village_alliances.sim.parameters import Quantity, draw, parameters
from village_alliances.sim.uncertain import drawn, numbers_of_types

SELECTION = Quantity(
    name="reading.selection",
    value=0.745,
    low=0.5,
    high=0.99,
    unit="quantile",
    en="share of alliances that a named case is better than",
    zh="典型案例的选择程度",
    assumption="named cases are drawn above the quantile 0.5 to 0.99",
    assumption_zh="典型案例取自 0.5 至 0.99 分位以上",
)
MONEY = Quantity(
    name="reading.money",
    value=173_000.0,
    low=60_000.0,
    high=500_000.0,
    scale="log",
    unit="yuan/member/year",
    en="public money of the named alliances of Fenghua",
    zh="奉化典型联合体所得财政专项资金",
    assumption="stated nowhere; from the usual grant to a little above Zibo's 681,000 yuan a "
    "village over less than two years",
    assumption_zh="文献未载；从通常补助到略高于淄博每村 68.1 万元（不足两年）",
)
READING = {quantity.name: quantity for quantity in (MONEY, SELECTION)}


@cache
def fitted() -> dict[str, Quantity]:
    """Everything that a posterior speaks of, by name: parameters, numbers of types that are not
    fixed, and how documents are read."""
    numbers = {name: n for name, n in numbers_of_types().items() if n.low < n.high}
    return {**parameters(), **numbers, **READING}


@dataclass(frozen=True)
class Sets:
    """Parameter sets: `numbers` (n,), `values` name -> (n,) of all that is fitted."""

    numbers: np.ndarray
    values: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.numbers)

    def where(self, keep: np.ndarray) -> Sets:
        """The sets at `keep`, a mask or positions."""
        return Sets(self.numbers[keep], {name: v[keep] for name, v in self.values.items()})

    def of_model(self) -> dict[str, np.ndarray]:
        """Parameters and numbers of types, as a run takes them fixed."""
        return {name: values for name, values in self.values.items() if name not in READING}


def sets(numbers: np.ndarray, seed: int) -> Sets:
    """What the prior draws for these numbers."""
    numbers = np.asarray(numbers, np.uint64)
    of_model: Any = draw(parameters(), "prior", seed, numbers)
    of_types = drawn(technology.draw(technology.shipped(), False, seed, numbers))
    values = {name: np.asarray(of_model[name]) for name in parameters()}
    values |= {name: of_types[name] for name in fitted() if name in of_types}
    values |= {name: q.at(_share(seed, numbers, name)) for name, q in READING.items()}
    return Sets(numbers, values)


def _share(seed: int, numbers: np.ndarray, name: str) -> np.ndarray:
    out = np.empty((numbers.size, 1))
    key = np.array([luck.name_key("reading", name)], np.uint64)
    luck.fill_uniform(seed, numbers, 0, luck.PARAMETER, key, out)
    return out[:, 0]

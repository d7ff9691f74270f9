"""Views: agents that hold no state of their own, only where their row stands in the columns of a
society, and what of it can be set."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from village_alliances.sim.society import (
    ACCOUNT,
    ALLIANCE,
    HEADS,
    ORIGINS,
    STAGES,
    STANDING,
    STATUS,
    VILLAGE,
    Variable,
)

if TYPE_CHECKING:
    from village_alliances.sim.model import AllianceModel


LABELS = {"stage": STAGES, "origin": ORIGINS, "standing": STANDING, "status": STATUS, "head": HEADS}
OF_VILLAGES = {variable.name: variable for variable in VILLAGE}
OF_ACCOUNTS = {variable.name: variable for variable in ACCOUNT}
OF_ALLIANCES = {variable.name: variable for variable in ALLIANCE}
# What the rules work out anew, and what to set instead.
INSTEAD: dict[type | str, dict[str, str]] = {
    "village": {
        "capacity": "practice or learned",
        "lent": "the ability of the secretary who is lent",
        "base_income": "noise",
        "project_income": "fund, or begin a project (`village.begin`)",
        "alliance_income": "the fund or the projects of its alliance",
        "membership_cost": "a lever or the strategy's measures",
        "operating_income": "noise, practice or learned",
        "total_income": "noise, practice or learned",
        "villager_income": "villager_noise",
        "wages": "begin a project (`village.begin`)",
        "rents": "begin a project (`village.begin`)",
        "jobs": "begin a project (`village.begin`)",
        "joined": "alliance",
        "lent_from": "the lever posting",
        "signed": "the parameter signed_level or the cohesion of its alliance",
        "expected_gain": "nothing: it is what the village last worked out",
        "firm_jobs": "nothing: it is given at the start",
        "stake": "the fund of its alliance: claims are what it has",
        "own_stake": "the fund of its alliance: claims are what it has",
    },
    "account": {
        "ability": "practice of the village that manages",
        "hired": "the parameters operator_fee and operator_ability",
        "profit": "fund, or begin a project (`begin`)",
        "expected": "fund, or begin a project (`begin`)",
        "worth": "fund, or begin a project (`begin`)",
        "managed": "fund, or begin a project (`begin`)",
        "best": "fund: the chooser looks anew",
        "best_worth": "fund: the chooser looks anew",
        "best_put": "fund: the chooser looks anew",
        "orders": "the presence of a firm",
    },
    "alliance": {
        "status": "the standing of its members, or their alliance",
        "members": "the alliance of a village",
        "active": "the standing of its members",
        "stakes": "fund: claims are what it has",
        "meetings": "the lever plenaries",
        "site": "nothing: it is its members' land",
        "product": "nothing: it is its members' products",
        "stale": "nothing: it is a note of the rules",
        "granted": "fund",
        "own_money": "fund",
    },
}


class View(mesa.Agent):
    """An agent whose state is row `at` of some columns. The model alone makes views."""

    model: AllianceModel
    name: str
    kind = "village"
    instead = "it is a row of the village table; leave it out there, and build the model anew"

    def __init__(self, model: AllianceModel, index: int) -> None:
        if not getattr(model, "populating", False):
            raise TypeError(
                f"{type(self).__name__} shows a row that the society has, and the model "
                f"makes it: look it up in "
                "model.villages, model.secretaries, model.alliances or model.firms. For "
                "agents of your own, "
                "subclass mesa.Agent"
            )
        super().__init__(model)
        self.index = index

    def cells(self, name: str) -> np.ndarray:
        """The column `name`, of which this agent's cell is at `self.index`."""
        return np.asarray(getattr(self.model.society.villages, name))

    def remove(self) -> None:
        """For the model alone. Raises TypeError while the society still has what this is a view of:
        the rules would go on with it."""
        if self.model.society is not None and self.stands:
            raise TypeError(f"{self.name} cannot be removed: {self.instead}")
        super().remove()

    @property
    def stands(self) -> bool:
        """Whether the society still has what this is a view of / 是否仍在"""
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class Readable:
    """What a type checker is told of the properties that are made from the tables of society.py."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def column(variable: Variable, cells: str = "cells", kind: str = "village") -> property:
    """A property that reads a variable, and sets it if it is state that the rules carry on.
    Categories with fixed names are read and set by name. Setting raises AttributeError for what the
    rules work out anew, with what to set instead, and ValueError out of bounds.
    """
    name, labels = variable.name, LABELS.get(variable.name)

    def read(agent: Any) -> Any:
        value = getattr(agent, cells)(name)[agent.row(cells)].item()
        return value if labels is None else labels[value]

    def write(agent: Any, value: Any) -> None:
        refuse(kind, variable)
        getattr(agent, cells)(name)[agent.row(cells)] = checked(variable, value, labels)
        agent.follow(name)

    bounds = " | ".join(labels) if labels else f"{variable.low:g}..{variable.high:g}"
    return property(read, write, doc=f"{variable.en} ({variable.unit}, {bounds}) / {variable.zh}")


def refuse(kind: str, variable: Variable) -> None:
    """AttributeError, with what to set instead, for a variable that nobody but the
    rules can set."""
    if variable.kind == "given":
        raise AttributeError(f"{variable.name} is given at the start and cannot be set")
    instead = INSTEAD[kind].get(variable.name)
    if instead is not None or variable.kind == "flow":
        raise AttributeError(
            f"{variable.name} is worked out by the rules, and what you set would be "
            f"lost. Set instead: "
            f"{instead or 'what it comes from'}"
        )


def checked(variable: Variable, value: Any, labels: Sequence[str] | None = None) -> float:
    """`value` as it may stand in the variable's column; ValueError, with what is
    expected, where it may not."""
    if labels is not None:
        if value not in labels:
            raise ValueError(
                f"{variable.name}: found {value!r}, expected one of {', '.join(labels)}"
            )
        return labels.index(value)
    number = float(value)
    if not (math.isfinite(number) and variable.low <= number <= variable.high):
        raise ValueError(
            f"{variable.name}: {value!r} is outside {variable.low:g}..{variable.high:g} "
            f"{variable.unit}"
        )
    if not variable.dtype.startswith("f") and not number.is_integer():
        raise ValueError(f"{variable.name}: {value!r} is not a whole number of {variable.unit}")
    return number


class Alone(Readable):
    """The same village in the run of `none` on the same draws, to be read: every column of a
    village, and of its account."""

    def __init__(self, society: Any, index: int) -> None:
        self._society, self._at = society, index

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        table = self._society.villages if name in OF_VILLAGES else self._society.accounts
        return np.asarray(getattr(table, name))[self._at].item()


def give(
    kind: type[View],
    variables: Mapping[str, Variable],
    group: str,
    but: Sequence[str] = (),
    cells: str = "cells",
) -> None:
    for name, variable in variables.items():
        if name not in but and name not in vars(kind):
            setattr(kind, name, column(variable, cells, group))

"""The model's agents, as Mesa sees them: villages, their secretaries, and alliances.

An agent is a view: it holds no state of its own, only where its row stands in the columns of `agent.model.society`. What a
rule writes is read here at once, and what is set here the next rule reads. State can be set (`village.capacity = 0.6`),
within its bounds; flows of the quarter, what is given at the start and what belongs to the shadow can only be read. Since the
rules step columns, a view cannot be removed from the model while what it shows is there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from mesa.agent import AgentSet
from village_alliances.sim.rules.common import alive
from village_alliances.sim.rules.founding import admit
from village_alliances.sim.rules.review import part
from village_alliances.sim.rules.stock import list_members
from village_alliances.sim.society import (
    ALLIANCE,
    CHANNELS,
    FORMING,
    MERGED,
    ORIGINS,
    SHARING,
    STAGES,
    STATUS,
    VILLAGE,
    Variable,
)
from village_alliances.sim.strategy import Strategy

if TYPE_CHECKING:
    from village_alliances.sim.model import AllianceModel

LABELS = {"stage": STAGES, "origin": ORIGINS, "alone_origin": ORIGINS, "sharing": SHARING}
OF_VILLAGES = {variable.name: variable for variable in VILLAGE}
OF_ALLIANCES = {variable.name: variable for variable in ALLIANCE}


class _Numbers:
    """Where Mesa 3.3 looks for an agent's number. The model holds the counter, so that no class keeps a model alive."""

    def __getitem__(self, model: AllianceModel) -> Iterator[int]:
        return model.numbers


class View(mesa.Agent):
    """An agent whose state is row `at` of some columns."""

    _ids: Any = _Numbers()
    model: AllianceModel
    name: str
    instead = "it is a row of the village table; leave it out there, and build the model anew"

    def __init__(self, model: AllianceModel, at: int) -> None:
        super().__init__(model)
        self.at = at

    def cells(self, name: str) -> np.ndarray:
        """The column `name`, of which this agent's cell is at `self.at`."""
        return np.asarray(getattr(self.model.society.v, name))

    def remove(self) -> None:
        """For the model alone. Raises TypeError while the society still has what this is a view of: the rules would go on with it."""
        if self.model.society is not None and self.stands:
            raise TypeError(f"{self.name} cannot be removed: {self.instead}")
        super().remove()

    @property
    def stands(self) -> bool:
        """Whether the society still has what this is a view of / 是否仍在"""
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class _Readable:
    """What a type checker is told of the properties that are made from the tables of sim/society.py."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def column(variable: Variable) -> property:
    """A property that reads a variable, and sets it if it is state. Categories with fixed names are read and set by name.

    Setting raises ValueError for what is outside the variable's bounds.
    """
    name, labels = variable.name, LABELS.get(variable.name)

    def read(agent: View) -> Any:
        value = agent.cells(name)[agent.at].item()
        return value if labels is None else labels[value]

    def write(agent: View, value: Any) -> None:
        agent.cells(name)[agent.at] = checked(variable, value, labels)

    bounds = " | ".join(labels) if labels else f"{variable.low:g}..{variable.high:g}"
    doc = f"{variable.en} ({variable.unit}, {bounds}) / {variable.zh}"
    return property(read, write if variable.kind == "state" else None, doc=doc)


def checked(variable: Variable, value: Any, labels: Sequence[str] | None = None) -> float:
    """`value` as it may stand in the variable's column; ValueError, with what is expected, where it may not."""
    if labels is not None:
        if value not in labels:
            raise ValueError(
                f"{variable.name}: found {value!r}, expected one of {', '.join(labels)}"
            )
        return labels.index(value)
    number = float(value)
    if not (math.isfinite(number) and variable.low <= number <= variable.high):
        raise ValueError(
            f"{variable.name}: {value!r} is outside {variable.low:g}..{variable.high:g} {variable.unit}"
        )
    if not variable.dtype.startswith("f") and not number.is_integer():
        raise ValueError(f"{variable.name}: {value!r} is not a whole number of {variable.unit}")
    return number


class Village(View, _Readable):
    """A village. Its columns, texts for its places, product and step in the chain, and what it gains over its shadow.

    `name`, `township`, `county`, `city`: texts. `pos`: (x, y) in km.
    """

    def __init__(self, model: AllianceModel, at: int) -> None:
        super().__init__(model, at)
        self.name = model.labels[at]
        self.township, self.county, self.city = (
            str(model.setting.places[p][at]) for p in ("township", "county", "city")
        )
        self.pos = (self.x, self.y)

    @property
    def industry(self) -> str:
        """Main product / 主导产业"""
        return self.model.products[self.cells("industry")[self.at]]

    @property
    def secretary(self) -> Secretary:
        """Its secretary's seat / 书记"""
        return self.model.secretary_at(self.at)

    @property
    def mentor(self) -> Village | None:
        """The village whose secretary is its own secretary's mentor this quarter / 导师所在村"""
        return self.model.village_at(self.cells("mentor")[self.at])

    @property
    def posted_from(self) -> Village | None:
        """The village that lends its secretary / 兼任书记来源村"""
        return self.model.village_at(self.cells("posted_from")[self.at])

    @property
    def alliance(self) -> Alliance | None:
        """Its alliance / 所在联合体. Setting it leaves the old one, with the village's share of the cash, and joins the new one.

        An alliance that is left with fewer than two members ends at the next yearly review.
        """
        return self.model.alliance_at(self.cells("alliance")[self.at])

    @alliance.setter
    def alliance(self, wanted: Alliance | None) -> None:
        now = self.alliance
        if wanted is now:
            return
        if wanted is not None and not (isinstance(wanted, Alliance) and wanted.model is self.model):
            raise ValueError(
                f"{self.name} can join an alliance of its own model, or None; found {wanted!r}"
            )
        if wanted is not None and not wanted.alive:
            raise ValueError(f"{self.name} cannot join {wanted.name}: it has ended")
        society, tick = self.model.society, min(self.model.tick, self.model.ticks - 1)
        list_members(society)
        if now is not None:
            part(society, tick, 0, now.at, self.at)
        if wanted is not None:
            admit(society, tick, self.at, wanted.at)
            society.a.members[wanted.at] += 1
        self.model.note_events()

    @property
    def gain(self) -> float:
        """Collective income above that of its shadow, yuan a year / 较不结盟的增收"""
        return float(self.collective_income - self.alone_income)

    @property
    def gain_parts(self) -> dict[str, float]:
        """The gain by where it comes from, yuan a year: capacity, land, brand, venture; they add up to `gain` / 增收来源"""
        return {
            "capacity": self.base_income - self.alone_base,
            "land": self.land_income,
            "brand": self.brand_income,
            "venture": self.venture_income,
        }

    @property
    def beliefs(self) -> dict[str, float]:
        """What it counts on from each channel, as a share of the channel's potential / 对各渠道的预期"""
        rows = self.model.society.belief
        return (
            dict(zip(CHANNELS, rows[self.at].tolist(), strict=True))
            if rows.size
            else dict.fromkeys(CHANNELS, 0.0)
        )


class Secretary(View, _Readable):
    """A village's secretary: the seat stays, the person in it changes: `incumbent` tells when."""

    def __init__(self, model: AllianceModel, at: int) -> None:
        super().__init__(model, at)
        self.name = model.labels[at]

    @property
    def village(self) -> Village | None:
        """The village of the seat / 所在村"""
        return self.model.village_at(self.at)

    @property
    def tenure(self) -> float:
        """Years in office / 任职年数"""
        return float(self.cells("tenure")[self.at]) / 4.0

    @tenure.setter
    def tenure(self, years: float) -> None:
        self.cells("tenure")[self.at] = checked(OF_VILLAGES["tenure"], 4.0 * years)

    @property
    def incumbent(self) -> int:
        """The tick in which the present secretary came; below 0 before the start / 到任季度"""
        return self.model.tick - 1 - math.floor(self.cells("tenure")[self.at])

    @property
    def mentor(self) -> Secretary | None:
        """The secretary who teaches this one, this quarter / 导师"""
        return self._of(self.model.village_at(self.cells("mentor")[self.at]))

    @property
    def lent_by(self) -> Secretary | None:
        """The seat whose secretary also serves here, if this one is lent / 兼任书记来自"""
        return self._of(self.model.village_at(self.cells("posted_from")[self.at]))

    @staticmethod
    def _of(village: Village | None) -> Secretary | None:
        return None if village is None else village.secretary


class Alliance(View, _Readable):
    """An alliance: made when one is founded, removed when it ends. A slot that is used again is a new agent.

    `number`: from 1 in order of founding. `name`, `title` (en, zh): as the scenario names it, else by its number.
    `founded`: the quarter of its founding (tick).
    """

    instead = "set the alliance of its members to None, and the next yearly review ends it"

    def __init__(self, model: AllianceModel, at: int) -> None:
        super().__init__(model, at)
        self.number, self.founded = (
            int(self._column("number")[at]),
            int(self._column("founded")[at]),
        )
        self.title = model.log.title_of(int(self._column("key")[at]), self.number)
        self.name = self.title["en"]

    def _column(self, name: str) -> np.ndarray:
        return np.asarray(self.model.society.a[name])

    def cells(self, name: str) -> np.ndarray:
        """The column `name` of the alliances. LookupError once the slot of this one is another's."""
        if self._column("number")[self.at] != self.number:
            raise LookupError(f"{self.name} has ended, and nothing is kept of it")
        return self._column(name)

    @property
    def stands(self) -> bool:
        return self.alive

    @property
    def alive(self) -> bool:
        """Whether it still exists / 是否存续"""
        return bool(
            self._column("number")[self.at] == self.number
            and alive(self._column("status")[self.at])
        )

    @property
    def status(self) -> str:
        """Forming, active, dormant (on paper), merged into one village, or dissolved / 状态. Ending it is not for this to set."""
        return STATUS[self.cells("status")[self.at]]

    @status.setter
    def status(self, wanted: str) -> None:
        self.cells("status")[self.at] = FORMING + checked(
            OF_ALLIANCES["status"], wanted, STATUS[FORMING : MERGED + 1]
        )

    @property
    def members(self) -> AgentSet:
        """Its villages, in the order of the table / 成员村"""
        where = (
            np.flatnonzero(self.model.society.v.alliance == self.at)
            if self.alive
            else np.zeros(0, int)
        )
        return AgentSet(
            [self.model.village_at(i) for i in where.tolist()], random=self.model.random
        )

    @property
    def lead(self) -> Village | None:
        """The lead village, whose secretary is the convenor / 牵头村. Can be set to a member."""
        return self.model.village_at(self.cells("lead")[self.at])

    @lead.setter
    def lead(self, village: Village) -> None:
        if not (isinstance(village, Village) and village.alliance is self):
            raise ValueError(f"{village!r} cannot lead {self.name}: it is no member")
        self.cells("lead")[self.at] = village.at

    @property
    def ablest(self) -> Village | None:
        """The village of the ablest secretary, who is the mentor / 最能干书记所在村"""
        return self.model.village_at(self.cells("top")[self.at])

    @property
    def strategy(self) -> Strategy:
        """Its strategy / 策略"""
        return self.model.portfolio.strategies[self.cells("strategy")[self.at]]

    @property
    def strengths(self) -> dict[str, float]:
        """How strongly it works each channel in this run / 各渠道力度"""
        self.cells("strength")
        return dict(zip(CHANNELS, self.model.society.strength[self.at].tolist(), strict=True))

    @property
    def industry(self) -> str:
        """Its product: the lead's / 主产业"""
        return self.model.products[self.cells("industry")[self.at]]


def _give(kind: type[View], variables: dict[str, Variable], but: Sequence[str] = ()) -> None:
    for name, variable in variables.items():
        if name not in but and name not in vars(kind):
            setattr(kind, name, column(variable))


_give(Village, OF_VILLAGES, but=("run", "township", "county", "city"))
_give(Secretary, {name: OF_VILLAGES[name] for name in ("ability", "origin", "serves")})
Secretary.income = column(OF_VILLAGES["secretary_income"])
_give(Alliance, OF_ALLIANCES, but=("number", "founded", "top"))

"""The model's agents, as Mesa sees them: villages, their secretaries, alliances and firms.

An agent is a view: it holds no state of its own, only where its row stands in the columns of
`agent.model.society`. What a rule writes is read here at once, and what is set here the next rule
reads. What the rules work out anew cannot be set: the message says what to set instead. Since the
rules step columns, a view cannot be removed while what it shows is there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mesa.agent import AgentSet
from village_alliances.sim.rules.common import account_of, exists, list_members, note
from village_alliances.sim.rules.founding import admit
from village_alliances.sim.rules.leaving import leave
from village_alliances.sim.rules.pooling import fill_pulls
from village_alliances.sim.rules.projects import fortune, use
from village_alliances.sim.rules.secretaries import set_capacity
from village_alliances.sim.society import BEGUN, ENDOWMENTS, NOBODY, OUTSIDE, STANDING
from village_alliances.sim.strategy import Strategy

if TYPE_CHECKING:
    from village_alliances.sim.model import AllianceModel
from village_alliances.sim.views import (
    OF_ACCOUNTS,
    OF_ALLIANCES,
    OF_VILLAGES,
    Alone,
    Readable,
    View,
    checked,
    column,
    give,
    refuse,
)


class Holder(View, Readable):
    """An agent with an account: cash, and projects. Who manages the account is
    `manager_ability`, `hired`."""

    @property
    def account(self) -> int:
        """Row of its account."""
        return self.index

    def row(self, cells: str) -> int:
        """Where its cell stands in columns of villages or alliances, or of accounts."""
        return self.account if cells == "account_cells" else self.index

    def account_cells(self, name: str) -> np.ndarray:
        """The column `name` of the accounts."""
        return np.asarray(getattr(self.model.society.accounts, name))

    def follow(self, name: str) -> None:
        """Bring what hangs on a variable that was just set into line with it."""

    @property
    def projects(self) -> pd.DataFrame:
        """Its projects, a row a type that it has: yuan in work and begun, what a yuan
        in work brings (fortune included, overhead not), profit (yuan a year, before
        prices move), jobs / 在营与在建项目"""
        society, g = self.model.society, self.account
        held = society.capital[g] + society.building[g]
        types = np.flatnonzero(held > 0.0)
        tech = society.technology[self.run]
        capital = society.capital[g, types]
        rate = society.rate[g, types] * society.fortune[g, types]
        profit = np.where(capital > 0.0, rate * capital - tech.overhead[types], 0.0)
        return pd.DataFrame(
            {
                "in_work": capital,
                "begun": society.building[g, types],
                "rate": rate,
                "profit": profit,
                "jobs": capital * tech.jobs[types],
            },
            index=pd.Index([self.model.types[j].name for j in types], name="type"),
        )

    @property
    def next_project(self) -> str | None:
        """The project type that it would begin next, as it last chose / 下一优选项目"""
        best = int(self.account_cells("best")[self.account])
        return self.model.types[best].name if best >= 0 else None

    def begin(self, type: str, yuan: float) -> None:
        """Begin a project of a type, or enlarge it, with cash of the account; it takes room as the
        chooser's own projects do.

        Raises KeyError, with the types that there are, and ValueError where the cash or
        the room does not suffice.
        """
        names = [kind.name for kind in self.model.types]
        if type not in names:
            raise KeyError(f"no project type is called {type!r}; there are: {', '.join(names)}")
        society, g, j, k = self.model.society, self.account, names.index(type), self._slot
        fund = float(society.accounts.fund[g])
        if not 0.0 < yuan <= fund:
            raise ValueError(f"{self.name} has {fund:,.0f} yuan in cash; found {yuan!r}")
        room = self._room(j)
        if yuan > room * (1 + 1e-9):
            raise ValueError(f"{self.name} has room for {room:,.0f} yuan of {type}; found {yuan!r}")
        tick = min(self.model.tick, self.model.ticks - 1)
        if society.capital[g, j] + society.building[g, j] <= 0.0:
            with np.errstate(over="ignore"):  # keys of draws wrap around on purpose
                society.fortune[g, j] = fortune(society, tick, 0, g, j)
            society.runs[0].begun_sum += 1
        society.accounts.fund[g] -= yuan
        society.building[g, j] += yuan
        use(society, 0, g, k, j, yuan)
        note(society, tick, BEGUN, 0, self._seat, k, j, yuan)
        self.model.note_events()

    run = 0  # a live model holds one run

    @property
    def _slot(self) -> Any:
        return NOBODY

    @property
    def _seat(self) -> int:
        return self.index

    def _room(self, j: int) -> float:
        """Yuan of type j for which there is room."""
        from village_alliances.sim.rules.choosing import room_at_home, room_together

        society = self.model.society
        if self._slot < 0:
            room_at_home(society, 0, self.index, society.accounts.orders[self.index])
        else:
            list_members(society)
            orders = society.accounts.orders[account_of(society, self._slot)]
            room_together(society, 0, self._slot, orders)
        cost = society.technology[0, j].unit_cost
        needed = [society.room[need] * cost for need in society.needs[j] if need >= 0]
        return float(min(needed, default=math.inf))


class Village(Holder):
    """A village: its columns, those of its account, texts for its places and product, and what
    it gains over being alone.

    `name`, `township`, `county`, `city`: texts. `pos`: (x, y) in km. `manager_ability`: of
    whoever manages its projects.
    """

    def __init__(self, model: AllianceModel, index: int) -> None:
        super().__init__(model, index)
        self.name = model.labels[index]
        self.township, self.county, self.city = (
            str(model.setting.places[p][index]) for p in ("township", "county", "city")
        )
        self.pos = (self.x, self.y)

    def follow(self, name: str) -> None:
        """Capacity follows practice and what was learned."""
        if name in ("practice", "learned"):
            set_capacity(self.model.society.villages, self.index)

    @property
    def product(self) -> str:
        """Main product / 主导产业"""
        return self.model.products[self.cells("product")[self.index]]

    @property
    def secretary(self) -> Secretary:
        """Its secretary's seat / 书记"""
        return self.model.secretary_at(self.index)

    @property
    def firm(self) -> Firm | None:
        """The firm with orders that sits in it now / 村内带订单企业"""
        return self.model.firm_at(self.index)

    @property
    def endowments(self) -> dict[str, float]:
        """What is free of each endowment: neither its own projects nor its alliance's
        use it / 闲置资源"""
        society = self.model.society
        free = (
            society.endowment[self.index]
            - society.used[self.index]
            - society.signed_away[self.index]
        )
        return dict(zip(ENDOWMENTS, np.maximum(free, 0.0).tolist(), strict=True))

    @property
    def standing(self) -> str:
        """Outside, active or quiet in its alliance / 参与状态. A member can be set active or quiet."""
        return STANDING[self.cells("standing")[self.index]]

    @standing.setter
    def standing(self, wanted: str) -> None:
        code = checked(OF_VILLAGES["standing"], wanted, STANDING)
        if (code == OUTSIDE) != (self.alliance is None):
            raise ValueError(f"{self.name}: set its alliance, and it is outside or a member")
        self.cells("standing")[self.index] = code

    @property
    def alliance(self) -> Alliance | None:
        """Its alliance / 所在联合体. Setting it leaves the old one, with the village's
        claim, and joins the new one."""
        return self.model.alliance_at(self.cells("alliance")[self.index])

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
            leave(society, tick, 0, self.index, 1.0)
        if wanted is not None:
            admit(society, tick, self.index, wanted.index)
            society.alliances.members[wanted.index] += 1
            society.alliances.active[wanted.index] += 1
        list_members(society)
        self.model.note_events()
        self.model.follow()

    @property
    def alone(self) -> Alone:
        """The same village without alliances, on the same draws / 不联建时的同一村"""
        return Alone(self.model.alone, self.index)

    @property
    def gain(self) -> float:
        """Operating income above that without alliances on the same draws, yuan a year / 较未联建的增收"""
        return float(self.operating_income - self.alone.operating_income)

    @property
    def gain_parts(self) -> dict[str, float]:
        """The gain by where it comes from, yuan a year; the parts add up to `gain` / 增收来源"""
        alone = self.alone
        parts = {
            "base": self.base_income - alone.base_income,
            "own_projects": self.project_income - alone.project_income,
            "dividends": self.alliance_income,
        }
        return parts | {"membership": self.gain - sum(parts.values())}


class Secretary(View, Readable):
    """A village's secretary: the seat stays, the person in it changes: `incumbent` tells when."""

    def __init__(self, model: AllianceModel, index: int) -> None:
        super().__init__(model, index)
        self.name = model.labels[index]

    def row(self, cells: str) -> int:
        """Where its cell stands."""
        return self.index

    def follow(self, name: str) -> None:
        """Nothing hangs on a secretary's own variables until the rules look."""

    @property
    def village(self) -> Village:
        """The village of the seat / 所在村"""
        return self.model.village_at(self.index)  # type: ignore[return-value]

    @property
    def tenure(self) -> float:
        """Years in office / 任职年数"""
        return float(self.cells("tenure")[self.index]) / 4.0

    @tenure.setter
    def tenure(self, years: float) -> None:
        self.cells("tenure")[self.index] = checked(OF_VILLAGES["tenure"], 4.0 * years)

    @property
    def incumbent(self) -> int:
        """The tick in which the present secretary came; below 0 before the start / 到任季度"""
        return self.model.tick - 1 - math.floor(self.cells("tenure")[self.index])

    @property
    def lent_by(self) -> Secretary | None:
        """The seat whose secretary also serves here, if this one is lent / 跨村任职书记来自"""
        village = self.model.village_at(self.cells("lent_from")[self.index])
        return None if village is None else village.secretary


class Firm(View, Readable):
    """A firm with orders in a village: made when one comes, removed when it leaves. `jobs`:
    those that it gives out."""

    instead = "it leaves by the rules; the lever firm_loss_quarter lets all leave"

    def __init__(self, model: AllianceModel, index: int) -> None:
        super().__init__(model, index)
        self.name = f"{model.labels[index]}企业"
        self.pos = (float(self.cells("x")[index]), float(self.cells("y")[index]))

    @property
    def stands(self) -> bool:
        return self.model.firm_at(self.index) is self and self.cells("firm")[self.index] == 1

    @property
    def village(self) -> Village:
        """Where it sits / 所在村"""
        return self.model.village_at(self.index)  # type: ignore[return-value]

    @property
    def product(self) -> str:
        """Its village's main product / 主导产业"""
        return self.village.product

    @property
    def jobs(self) -> float:
        """Jobs that it can give out / 可外放岗位"""
        return float(self.cells("firm_jobs")[self.index])

    @property
    def orders(self) -> dict[Holder, float]:
        """Jobs by whom it would place them with now: villages, and alliances for what
        their members sign in / 订单去向"""
        society = self.model.society
        orders: dict[Holder, float] = {}
        total = fill_pulls(society, 0, self.index, 0)
        if not self.stands or total <= 0.0:
            return {}
        near = zip(society.near[self.index].tolist(), society.pulls.tolist())
        for i, pull in (
            (self.index, society.pulls[-1]),
            *(village for village in near if village[0] >= 0),
        ):
            jobs = self.jobs * float(pull) / total
            village = self.model.village_at(i)
            assert village is not None
            alliance = village.alliance
            signed = float(society.villages.signed[i]) if alliance is not None else 0.0
            for holder, part in ((alliance, signed), (village, 1.0 - signed)):
                if holder is not None and part * jobs > 0.0:
                    orders[holder] = orders.get(holder, 0.0) + part * jobs
        return orders


class Alliance(Holder):
    """An alliance: made when one is founded, removed when it ends. A slot that is
    used again is a new agent.

    `number`: from 1 in order of founding. `name`, `title` (en, zh): as the scenario names it, else
    by its number. `founded`: the quarter of its founding (tick).
    """

    kind = "alliance"
    instead = "set the alliance of its members to None, and it ends with the last but one"

    def __init__(self, model: AllianceModel, index: int) -> None:
        super().__init__(model, index)
        self.number = int(self._column("number")[index])
        self.founded = int(self._column("founded")[index])
        self.title = model.log.title_of(int(self._column("key")[index]), self.number)
        self.name = self.title["en"]

    def _column(self, name: str) -> np.ndarray:
        return np.asarray(self.model.society.alliances[name])

    def cells(self, name: str) -> np.ndarray:
        """The column `name` of the alliances. LookupError once the slot of this one is
        another's."""
        if self._column("number")[self.index] != self.number:
            raise LookupError(f"{self.name} has ended, and nothing is kept of it")
        return self._column(name)

    @property
    def account(self) -> int:
        """Row of its account."""
        return int(account_of(self.model.society, self.index))

    @property
    def _slot(self) -> int:
        return self.index

    @property
    def _seat(self) -> int:
        return int(self.cells("lead")[self.index])

    @property
    def stands(self) -> bool:
        return self.alive

    @property
    def alive(self) -> bool:
        """Whether it still exists / 是否存续"""
        return bool(
            self._column("number")[self.index] == self.number
            and exists(self.model.society.alliances[self.index])
        )

    @property
    def members(self) -> AgentSet:
        """Its villages, in the order of the table / 成员村"""
        belongs = self.model.society.villages.alliance == self.index
        where = np.flatnonzero(belongs) if self.alive else np.zeros(0, int)
        return AgentSet(
            [self.model.village_at(i) for i in where.tolist()], random=self.model.random
        )

    @members.setter
    def members(self, wanted: Any) -> None:
        refuse(self.kind, OF_ALLIANCES["members"])

    @property
    def lead(self) -> Village | None:
        """The lead village / 牵头村. Can be set to a member."""
        return self.model.village_at(self.cells("lead")[self.index])

    @lead.setter
    def lead(self, village: Village) -> None:
        if not (isinstance(village, Village) and village.alliance is self):
            raise ValueError(f"{village!r} cannot lead {self.name}: it is no member")
        self.cells("lead")[self.index] = village.index
        self.cells("stale")[self.index] = 1

    @property
    def ablest(self) -> Village | None:
        """The active member that can manage most: it teaches / 最能干成员村"""
        return self.model.village_at(self.cells("top")[self.index])

    @property
    def strategy(self) -> Strategy:
        """Its strategy / 策略"""
        return self.model.portfolio.strategies[self.cells("strategy")[self.index]]

    @property
    def product(self) -> str | None:
        """The product that its members pool most of / 主产业"""
        code = self.cells("product")[self.index]
        return self.model.products[code] if code >= 0 else None

    @property
    def gain(self) -> float:
        """Its members' gain over being alone, together, yuan a year / 成员村较未联建的增收合计"""
        return float(sum(village.gain for village in self.members))


give(
    Village,
    OF_VILLAGES,
    "village",
    ("run", "township", "county", "city", "tenure", "lent_from", "origin"),
)


give(Secretary, {name: OF_VILLAGES[name] for name in ("ability", "practice", "origin")}, "village")


give(Alliance, OF_ALLIANCES, "alliance", but=("number", "founded", "top", "key"))


_OWN = {name: variable for name, variable in OF_ACCOUNTS.items() if name not in ("ability", "best")}


for _kind in (Village, Alliance):
    give(_kind, _OWN, "account", cells="account_cells")
    _kind.manager_ability = column(OF_ACCOUNTS["ability"], "account_cells", "account")

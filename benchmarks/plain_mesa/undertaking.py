"""Whoever runs projects, a village alone or an alliance: what it would begin next, and what
becomes of what it runs.

What each process means is written in sim/rules; here are the same equations, one agent at a time.
"""

from __future__ import annotations

from functools import reduce
from math import exp
from operator import add
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from village_alliances.sim.luck import GOLDEN, mix, normal, uniform
from village_alliances.sim.society import ENDOWMENTS

if TYPE_CHECKING:
    from benchmarks.plain_mesa.agents import Village
    from benchmarks.plain_mesa.model import County

Room = dict[str, float]
WORD = (1 << 64) - 1
MIDDLING = 0.5  # ability of a manager under whom a yuan brings what the technology says
BOUNDLESS = 1e300  # a market so deep is never crowded


def added(values: Any) -> Any:
    """The sum, one after another from the left, as the compiled rules add; Python's own corrects
    its roundings from 3.12 on."""
    return reduce(add, values, 0)


class Kind:
    """A type of project as this run draws it: its numbers by name, what it needs,
    and the key of its draws."""

    def __init__(self, numbers: dict[str, float], needs: tuple[str, ...], key: Any) -> None:
        self.__dict__.update(numbers)
        self.needs = needs
        self.key = key
        self.passive = not needs
        self.on_orders = "orders" in needs
        self.on_land = needs[:1] == ("land",)


class Project:
    """What somebody has put into one type: yuan in work, yuan begun, and how it turns out."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.capital = self.building = 0.0
        self.fortune = 1.0

    @property
    def stock(self) -> float:
        """Yuan in work and begun."""
        return self.capital + self.building


class Undertaking(mesa.Agent):
    """Somebody with cash, a manager and projects."""

    model: County
    product: int

    def __init__(self, model: County, key: Any) -> None:
        """`key`: key of its draws."""
        super().__init__(model)
        self.key = key
        self.key_of = {kind: mixed(int(key) + int(GOLDEN) * int(kind.key)) for kind in model.kinds}
        self.projects: dict[Kind, Project] = {}
        self.rate = dict.fromkeys(model.kinds, 0.0)
        self.fund = self.manager_ability = self.profit = self.expected = self.worth = 0.0
        self.managed = self.orders = self.best_worth = self.best_put = 0.0
        self.hired = False
        self.best: Kind | None = None

    @property
    def seat(self) -> Village:
        """The village where it sits."""
        raise NotImplementedError

    def own_room(self) -> Room:
        """What it has of each endowment and does not use yet, orders apart."""
        raise NotImplementedError

    def occupy(self, kind: Kind, units: float) -> None:
        """Endowments go into a project; with negative units they are set free."""
        raise NotImplementedError

    def pay_households(self, wages: float, rents: float, jobs: float) -> None:
        """Wages, premiums and rents of a project (yuan a year), and its jobs, reach households."""
        raise NotImplementedError

    def lose(self, loss: float) -> None:
        """Yuan are lost."""

    # Choose

    def running(self) -> set[Kind]:
        """Types that it runs or has begun."""
        return {kind for kind, project in self.projects.items() if project.stock > 0.0}

    def room(self) -> Room:
        """What it has free of each endowment, orders included."""
        room = self.own_room()
        room["orders"] = self.orders_left(self.orders)
        return room

    def orders_left(self, orders: float) -> float:
        """How many of these orders it has no hands on yet."""
        busy = added(
            project.stock / kind.unit_cost
            for kind, project in self.projects.items()
            if kind.on_orders
        )
        return max(0.0, orders - busy)

    def best_next(self, room: Room, running: set[Kind], money: float) -> tuple[Kind | None, float]:
        """What it would begin next with `money` yuan in sight, and how many yuan of it."""
        self.best, self.best_put, worth, _ = self.model.choose(room, self.rate, running, money)
        self.best_worth = worth if self.best is not None else 0.0
        return self.best, self.best_put

    @property
    def worth_at_home(self) -> float:
        """Present worth of a yuan that it keeps, in its best project or the bank."""
        p = self.model.p
        return max(self.best_worth, p.bank_rate / p.discount)

    # Rates

    def count_managed(self) -> None:
        """Capital that its manager runs, weighted by how much each type needs managing."""
        self.managed = added(
            kind.management * project.stock for kind, project in self.projects.items()
        )

    def set_manager(self, own: float) -> None:
        """It is run by its own committee, or by an operator whom it hires."""
        self.manager_ability, self.hired = self.who_manages(own)

    def who_manages(self, own: float) -> tuple[float, bool]:
        """Ability of who manages, and whether it is an operator: one is hired where what
        is left after the fee is more than one's own would make."""
        p = self.model.p
        mine = 1.0 + p.management_effect * (own - MIDDLING)
        theirs = 1.0 + p.management_effect * (p.operator_ability - MIDDLING)
        theirs *= 1.0 - p.operator_fee
        return (p.operator_ability, True) if theirs > mine else (own, False)

    def set_rates(self, product: int, site: float) -> None:
        """Yuan a year on a yuan that it may expect of each type, its fortune apart."""
        model = self.model
        county = self.seat.county
        for kind in model.kinds:
            room = kind.market * model.depth[county]
            market = (county, kind, product if kind.by_product else 0)
            crowd = room / (room + model.market[market]) if room < BOUNDLESS else 1.0
            quality = site if kind.on_land else 1.0
            managed = model.managed_well(kind, self.manager_ability, self.hired)
            self.rate[kind] = kind.profit_rate * (1.0 - kind.rent_share) * quality * crowd * managed

    def bring_to_market(self, product: int, share: float) -> None:
        """What it runs counts in the markets of the county where it sits."""
        county = self.seat.county
        for kind, project in self.projects.items():
            market = (county, kind, product if kind.by_product else 0)
            self.model.market[market] += share * project.stock

    # Begin

    def begin(self, promised: float) -> None:
        """Begin what is best while cash lasts."""
        model = self.model
        p = model.p
        room, running = self.room(), self.running()
        for _ in range(int(p.starts_a_quarter + 0.5)):
            kind, x = self.best_next(room, running, self.fund + promised)
            x = min(x, self.fund)
            if kind is None or x < p.least_project:
                return
            if kind not in running:
                model.begun_sum += 1
                self.projects[kind] = Project(kind)
                self.projects[kind].fortune = self.draw_fortune(kind)
                running.add(kind)
            self.fund -= x
            self.projects[kind].building += x
            use_up(room, kind, x)
            self.occupy(kind, x / kind.unit_cost)
            if self.fund < p.least_project:
                return

    def draw_fortune(self, kind: Kind) -> float:
        """How a project turns out against a middling one: lognormal of mean one."""
        spread = self.model.p.fortune_sd
        z = normal(self.model.fortune_luck, self.key_of[kind])
        return exp(spread * z - 0.5 * spread * spread)

    # Run

    def run_projects(self) -> None:
        """A quarter of everything it runs; its cash earns interest."""
        model = self.model
        self.profit = model.p.bank_rate * max(0.0, self.fund)
        self.expected = self.worth = 0.0
        for kind in [kind for kind in model.kinds if kind in self.projects]:
            project = self.projects[kind]
            key = self.key_of[kind]
            if project.building > 0.0:
                self.ripen(project, uniform(model.ripening_luck, key))
            if project.capital > 0.0:
                self.work(project, uniform(model.ending_luck, key))
            if project.stock > 0.0:
                self.look_ahead(project)
            else:
                del self.projects[kind]

    def ripen(self, project: Project, u: float) -> None:
        """What was begun comes into work, fails, or goes on being built."""
        kind = project.kind
        wait = kind.lag
        if project.building >= self.model.p.approval_from:
            wait += kind.approval
        u *= max(1.0, wait)
        if u < kind.fail:
            self.model.failed_sum += 1
            lost, project.building = project.building, 0.0
            self.give_up(kind, lost)
        elif u < 1.0:
            project.capital += project.building
            project.building = 0.0

    def work(self, project: Project, u: float) -> None:
        """A project in work dies by its hazard, is closed at a loss, or earns."""
        model, kind = self.model, project.kind
        model.project_years += 0.25
        price = 1.0
        if kind.by_product:
            swing = model.price[self.product]
            if self.product == model.market_product:
                swing += model.market_shock
            price = exp(kind.price_exposure * swing)
        price *= 1.0 + kind.price_exposure * (model.blow - 1.0)
        takings = project.capital * self.rate[kind] * project.fortune * price
        profit = takings - kind.overhead
        dies = 0.25 * kind.hazard
        if u < dies or (profit < 0.0 and u < dies + model.p.closing_rate):
            self.shut(project, project.capital)
            return
        self.profit += profit
        rents = project.capital * kind.premium
        if kind.rent_share > 0.0:
            rents += max(0.0, takings) * kind.rent_share / (1.0 - min(0.99, kind.rent_share))
        wages = project.capital * kind.wage_share * model.p.wage_net
        self.pay_households(wages, rents, project.capital * kind.jobs)

    def shut(self, project: Project, amount: float) -> None:
        """`amount` yuan of what works end."""
        project.capital = max(0.0, project.capital - amount)
        if project.capital <= 0.0:
            self.model.died_sum += 1
        self.give_up(project.kind, amount)

    def give_up(self, kind: Kind, amount: float) -> None:
        """Part of what ends is recovered, the rest is lost, its room is free."""
        recovered = kind.salvage * amount
        self.fund += recovered
        self.model.written_off += amount - recovered
        self.occupy(kind, -amount / kind.unit_cost)
        self.lose(amount - recovered)

    def look_ahead(self, project: Project) -> None:
        """What a project that works or is begun promises: yuan a year, and present worth."""
        kind, p = project.kind, self.model.p
        rate = self.rate[kind] * (project.fortune if project.capital > 0.0 else 1.0)
        overhead = kind.overhead
        if project.capital > 0.0:
            yearly = rate * project.capital - overhead
            self.expected += self.in_the_long_run(yearly, kind.salvage * project.capital)
            yearly += kind.aside * project.capital
            salvage = kind.salvage * project.capital
            self.worth += max(salvage, yearly / (p.discount + kind.hazard))
            overhead = 0.0
        if project.building > 0.0:
            begun = project.building
            yearly = self.in_the_long_run(rate * begun - overhead, kind.salvage * begun)
            self.expected += (1.0 - kind.fail) * yearly
            self.worth += begun * self.model.worth_of(kind, begun, rate, overhead)

    def in_the_long_run(self, yearly: float, recovered: float) -> float:
        """Yuan a year that it may expect: what runs at a loss is closed."""
        return yearly if yearly >= 0.0 else self.model.p.bank_rate * recovered

    def lose_orders(self, jobs: float) -> None:
        """Orders are withdrawn: what lives on orders shrinks in proportion."""
        before = self.orders
        if before <= 0.0 or jobs <= 0.0:
            return
        part = min(1.0, jobs / before)
        self.orders = before - part * before
        for kind, project in list(self.projects.items()):
            lost = portion(part, project.capital) if kind.on_orders else 0.0
            if lost > 0.0:
                self.shut(project, lost)
                self.tidy(project)

    def tidy(self, project: Project) -> None:
        """A project of which nothing is left is forgotten."""
        if project.stock <= 0.0:
            self.projects.pop(project.kind, None)


def portion(part: float, whole: float) -> float:
    """A part of a project: no crumb of less than a yuan goes or stays."""
    x = part * whole
    if whole - x < 1.0:
        return whole
    return x if x >= 1.0 else 0.0


def use_up(room: Room, kind: Kind, x: float) -> None:
    """x yuan of a type use up room."""
    for need in kind.needs:
        room[need] = max(0.0, room[need] - x / kind.unit_cost)


def empty_room() -> Room:
    """No room at all."""
    return dict.fromkeys(ENDOWMENTS, 0.0)


def mixed(number: int) -> Any:
    """A key of draws from a whole number, of which the last 64 bits count."""
    return np.uint64(mix(np.uint64(number & WORD)))

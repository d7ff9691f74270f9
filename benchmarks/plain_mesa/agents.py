"""Villages and alliances as Mesa agents: plain objects with plain floats, every process a method.

What each process means is written in sim/rules; here are the same equations in the same
order, one agent at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.luck import GOLDEN, normal, uniform
from village_alliances.sim.society import (
    ACTIVE,
    BY_ABLEST,
    BY_FIRM,
    CADRE,
    DISSOLVED,
    EQUALLY,
    LENT,
    LOCAL,
    OUTSIDE,
    PAPER,
    PROMISED,
    QUIET,
    RETURNEE,
    WEAKEST_FIRST,
    WORKING,
)

from benchmarks.plain_mesa.undertaking import (
    MIDDLING,
    Kind,
    Project,
    Room,
    Undertaking,
    added,
    empty_room,
    mixed,
    portion,
)

if TYPE_CHECKING:
    from benchmarks.plain_mesa.model import County

LEAST_ABILITY = 0.01  # in the eyes of electors
TURN = 33  # purpose of the draw of who decides first when a pact ends
LEAST_POOL, USUAL_POOL = 50.0, 1000.0  # people among whom successors are found


def logistic(z: float) -> float:
    """1 / (1 + exp(-z)), safe for large |z|."""
    return 1.0 / (1.0 + exp(-min(max(z, -700.0), 700.0)))


def logit(share: float) -> float:
    """The inverse of `logistic`."""
    return log(share / (1.0 - share))


class Village(Undertaking):
    """A village: its people, its secretary, its income and its place in an alliance."""

    alliance: Alliance | None
    lent_from: Village | None
    endowment: Room
    near: list[Village]  # the nearest first
    later_money: list[
        float
    ]  # yuan a quarter of public money for single villages, where there is any
    strategy: Any  # with which it would found an alliance; None where nobody founds

    def __init__(self, model: County, start: dict[str, Any]) -> None:
        """`start`: the village's row of the table at the start, by the names of sim/society.py."""
        super().__init__(model, start.pop("id"))
        self.__dict__.update(start)
        self.alliance = self.lent_from = None
        self.used, self.signed_away = empty_room(), empty_room()

    @property
    def seat(self) -> Village:
        """Itself."""
        return self

    @property
    def active(self) -> bool:
        """Whether it is a member that is not quiet."""
        return self.standing == WORKING

    @property
    def leads(self) -> bool:
        """Whether it leads an alliance."""
        return self.alliance is not None and self.alliance.lead is self

    def km_to(self, other: Village) -> float:
        """Distance to another village."""
        east, north = self.x - other.x, self.y - other.y
        return sqrt(east * east + north * north)

    def border_to(self, other: Village) -> float:
        """Weight of the administrative border to another village; that of a county is one."""
        if self.city != other.city:
            return self.model.p.border_city
        if self.county != other.county:
            return 1.0
        return self.model.p.border_township if self.township != other.township else 0.0

    def friction(self, other: Village, agreed: float) -> float:
        """Share of what it would sign in or learn that borders take away."""
        p = self.model.p
        weight = self.border_to(other)
        if weight == 0.0:
            return 0.0
        return min(1.0, p.border_friction * weight * (1.0 - p.border_relief * agreed))

    # Secretaries

    def change_secretary(self) -> None:
        """Departure, election or loss of the secretary; the committee follows whoever serves."""
        model = self.model
        self.tenure += 1.0
        able = self.ability
        goes = uniform(model.departure_luck, self.key) < model.quits * able * able
        if model.votes and not goes:
            goes = uniform(model.election_luck, self.key) < self.chance_of_change()
        if goes or (model.leader_loss and self.leads and self.alliance.led_by_lead):
            self.replace_secretary()
        self.practice += model.p.practice_speed * (self.ability - self.practice)
        self.set_capacity()

    def chance_of_change(self) -> float:
        """Chance that an election replaces the secretary."""
        p = self.model.p
        own = logit(min(max(self.ability, LEAST_ABILITY), 1.0 - LEAST_ABILITY))
        edge = own - logit(p.ability_mean)
        return logistic(logit(p.replaced_share) - p.replaced_slope * edge)

    def replace_secretary(self) -> None:
        """A new secretary; part of what was learned goes with the old one."""
        model, p = self.model, self.model.p
        u = uniform(model.kind_luck, self.key)
        z = logit(p.ability_mean) + p.ability_sd * normal(model.successor_luck, self.key)
        z += p.talent_scale * log(max(self.population, LEAST_POOL) / USUAL_POOL)
        self.origin = LOCAL
        if u < min(1.0, p.returnee_share * model.lever.returnee_pool):
            z += p.returnee_edge
            self.origin = RETURNEE
        elif u > 1.0 - p.cadre_share:
            z += p.cadre_edge
            self.origin = CADRE
        self.give_back()
        self.ability = logistic(z)
        self.tenure = 0.0
        self.practice *= 1.0 - p.turnover_cost
        self.learned *= p.stays_with_village

    def give_back(self) -> None:
        """It borrows nobody any more, and nobody borrows from it."""
        self.lent_from = None
        if self.alliance is not None:
            for other in self.alliance.listed:
                if other.lent_from is self:
                    other.lent_from = None

    def borrow_secretary(self) -> None:
        """After an election the lead's secretary may serve here, if it brings
        more in half of its time."""
        alliance, p = self.alliance, self.model.p
        if alliance is None or self.tenure > 0.0 or not self.active:
            return
        lead = alliance.lead
        posts = said(self.model.lever.posting, alliance.strategy.posting)
        if posts <= 0.0 or not alliance.at_work or not alliance.led_by_lead or lead is self:
            return
        if lead.ability * p.posted_effort <= self.ability:
            return
        if any(other.lent_from is lead for other in alliance.listed):
            return
        if uniform(self.model.posting_luck, self.key) < p.posting_share * alliance.cohesion:
            self.lent_from = lead
            self.origin = LENT

    def set_capacity(self) -> None:
        """Capacity is practice, what was learned, and what lending adds or takes."""
        self.capacity = min(1.0, max(0.0, self.practice + self.learned + self.lent))

    def forget(self) -> None:
        """What was learned fades; who is lent is counted anew."""
        self.membership_cost = 0.0
        if self.learned > 0.0 or self.lent != 0.0:
            self.learned *= 1.0 - self.model.p.fading
            self.lent = 0.0
            self.set_capacity()

    @property
    def undivided(self) -> float:
        """What it can manage, and teach, when nobody takes of its time."""
        return min(1.0, self.practice + self.learned)

    def worth_of_capacity(self, less: float, more: float) -> float:
        """Yuan a year that capacity `more` instead of `less` brings to what it already runs."""
        effect = self.model.p.base_management * self.model.p.management_effect
        factor = 1.0 + effect * (self.capacity - self.practice)
        worth = self.worth_to_projects(less, more)
        if factor > 0.0 and self.base_income > 0.0:
            worth += effect * (more - less) * self.base_income / factor
        return worth

    def worth_to_projects(self, less: float, more: float) -> float:
        """The same to its own projects, under its committee or an operator."""
        model = self.model
        before = self.who_manages(model.stretched(less, self.run_by_committee))
        after = self.who_manages(model.stretched(more, self.run_by_committee))
        worth = 0.0
        for kind, project in self.projects.items():
            usual = project.capital * self.rate[kind] * project.fortune
            if usual > 0.0:
                now = model.managed_well(kind, self.manager_ability, self.hired)
                gained = model.managed_well(kind, *after) - model.managed_well(kind, *before)
                worth += usual * gained / now
        return worth if self.managed > 0.0 else 0.0

    def worth_of_learning(self, best: float, rate: float) -> float:
        """Yuan a year that it expects of what it will have learned once as
        much fades as is learned."""
        gap = max(0.0, best - self.practice)
        kept = (1.0 - self.model.p.fading) * (1.0 - rate)
        learned = rate * gap / (1.0 - kept) if gap > 0.0 else 0.0
        return self.worth_of_capacity(self.practice, self.practice + learned)

    def cost_of_mentoring(self, taken: float) -> float:
        """Yuan a year that it loses at home when mentoring takes so much of its capacity."""
        return self.worth_of_capacity(max(0.0, self.undivided - taken), self.undivided)

    # Endowments

    def free(self, endowment: str) -> float:
        """What it has of an endowment that nothing uses, at least nought."""
        unused = self.endowment[endowment] - self.used[endowment] - self.signed_away[endowment]
        return max(0.0, unused)

    def would_sign(self, endowment: str, product: int, share: float) -> float:
        """Units of an endowment that it would sign in and nothing uses yet, at that share of what
        it does not use itself; volume counts only of the common product."""
        if endowment == "volume" and self.product != product:
            return 0.0
        unused = max(0.0, self.endowment[endowment] - self.used[endowment])
        return max(0.0, share * unused - self.signed_away[endowment])

    def signed_in(self, alliance: Alliance, endowment: str) -> float:
        """Units of an endowment that an alliance may use of its."""
        if not self.pools_with(alliance.lead):
            return 0.0
        return self.would_sign(endowment, alliance.product, self.signed)

    def pools_with(self, lead: Village) -> bool:
        """Whether an alliance of this lead uses what it signs in."""
        return self.model.lever.pooling > 0.0 or self is lead

    def own_room(self) -> Room:
        """What it has free of each endowment, orders apart."""
        return {endowment: self.free(endowment) for endowment in self.endowment}

    def room_if(
        self, signed: float, lead: Village | None, product: int, taken: Room | None
    ) -> Room:
        """What it would have free at home, orders included, if it signed in that share with others
        of this lead and this common product, who take these parts of it."""
        room, orders = self.own_room(), self.offered
        if lead is not None and self.pools_with(lead):
            orders *= 1.0 - signed
            for e in room:
                gone = taken[e] * self.would_sign(e, product, signed) if taken else 0.0
                room[e] = max(0.0, room[e] - gone)
        room["orders"] = self.orders_left(orders)
        return room

    def occupy(self, kind: Kind, units: float) -> None:
        """A project of its own uses its endowments, or sets them free."""
        for need in kind.needs:
            if need != "orders":
                self.used[need] = max(0.0, self.used[need] + units)

    # Projects

    def set_own_rates(self) -> None:
        """It is run by its own committee, or by an operator whom it hires."""
        self.set_manager(self.model.stretched(self.capacity, self.run_by_committee))
        self.set_rates(self.product, self.site)

    @property
    def run_by_committee(self) -> float:
        """Capital that its committee runs: its own, and its alliance's where it heads one."""
        heads = self.leads and self.alliance.led_by_lead
        return self.managed + self.alliance.managed if heads else self.managed

    def money_in_sight(self) -> float:
        """Yuan that it counts on: cash, and what is promised or saved over the
        years that it looks ahead."""
        model, p = self.model, self.model.p
        money = max(0.0, self.fund) + p.foresight * model.ordinary_a_year - self.routed_away
        money += p.foresight * p.savings_rate * max(0.0, self.operating_income)
        if self.later_money:
            tick = model.tick
            money += added(self.later_money[tick + 1 : tick + 1 + int(4.0 * p.foresight)])
        return money

    @property
    def routed_away(self) -> float:
        """What of its ordinary money within that time goes to its alliance (yuan)."""
        member = self.alliance is not None and self.active
        return self.model.p.foresight * self.model.routed_a_year if member else 0.0

    def begin_projects(self) -> None:
        """It begins the best that its money and room allow."""
        if self.fund >= self.model.p.least_project or self.model.tick % 4 == 0:
            self.begin(self.money_in_sight() - self.fund)

    def plan_at_home(
        self,
        given: float = 0.0,
        signed: float = 0.0,
        lead: Village | None = None,
        product: int = -1,
        taken: Room | None = None,
    ) -> float:
        """Yuan a year of what it would begin with the money and the room
        that it has not given away, to others of this lead and product."""
        room = self.room_if(signed, lead, product, taken)
        money = max(0.0, self.money_in_sight() - given)
        return self.model.plan(room, self.rate, self.running(), money)

    def run_own(self) -> None:
        """A quarter of its own projects."""
        self.wages = self.rents = self.jobs = 0.0
        self.run_projects()
        profit = 0.25 * self.profit
        self.fund += profit
        self.model.profits += profit

    def pay_households(self, wages: float, rents: float, jobs: float) -> None:
        """Its own households receive them."""
        self.wages += wages
        self.rents += rents
        self.jobs += jobs

    # Firms

    def firm_comes_or_leaves(self) -> None:
        """A firm leaves, or another comes into the same place, as often as one leaves."""
        model = self.model
        if self.firm_jobs <= 0.0:
            return
        moves = uniform(model.firm_luck, self.key) < 0.25 * model.p.firm_hazard
        if self.firm:
            if moves or model.firm_loss:
                self.firm = 0
                self.withdraw()
        elif moves and not model.firm_loss:
            self.firm = 1

    def pulls(self) -> list[tuple[Village, float]]:
        """Villages in reach of its firm, and what draws the firm's orders to each."""
        return [(village, village.pull(self)) for village in (self, *self.near)]

    def pull(self, firm: Village) -> float:
        """What draws the orders of the firm in village `firm`: idle hands, nearness, no border,
        and a first call on them."""
        model, p = self.model, self.model.p
        near = exp(-self.km_to(firm) / p.orders_reach)
        alliance = self.alliance
        if alliance is not None and firm.alliance is alliance and self.active and firm.active:
            border = self.friction(firm, alliance.agreed)
            if alliance.strategy.orders > 0.0:
                near *= p.first_call
        else:
            border = self.friction(firm, said(model.lever.agreement, 0.0))
        return max(0.0, self.endowment["hands"]) * near * (1.0 - border)

    @property
    def brought_in(self) -> float:
        """Yuan a year that it has brought in, before what membership costs."""
        return self.base_income + self.project_income + self.alliance_income

    @property
    def brings_in(self) -> float:
        """The same with what its own projects have just earned."""
        return self.base_income + self.profit + self.alliance_income

    def offer_orders(self) -> None:
        """Its firm places its orders: with an alliance for the share of hands that is signed in."""
        if not self.firm or self.firm_jobs <= 0.0:
            return
        for village, jobs, signed in self.placed():
            if signed > 0.0:
                village.alliance.orders += signed * jobs
            village.orders += (1.0 - signed) * jobs
            village.offered += jobs

    def withdraw(self) -> None:
        """Its firm has left: workshops lose the part of their orders that came from it."""
        for village, jobs, signed in self.placed():
            if signed > 0.0:
                village.alliance.lose_orders(signed * jobs)
            village.lose_orders((1.0 - signed) * jobs)
            village.offered = max(0.0, village.offered - jobs)

    def placed(self) -> Iterator[tuple[Village, float, float]]:
        """Where its firm's jobs go: villages, jobs, and the share that they
        sign in to their alliance."""
        pulls = self.pulls()
        total = added(pull for _, pull in pulls)
        if total <= 0.0:
            return
        each = self.firm_jobs / total
        for village, pull in pulls:
            yield village, each * pull, village.share_signed

    @property
    def share_signed(self) -> float:
        """Share of its hands that its alliance disposes of."""
        alliance = self.alliance
        return self.signed if alliance is not None and self.pools_with(alliance.lead) else 0.0

    # Public money

    def receive(self) -> None:
        """Ordinary project money, and what a single village has in place of alliances."""
        model = self.model
        amount = 0.25 * model.ordinary_a_year
        if model.lever.routed > 0.0 and self.alliance is not None and self.active:
            self.alliance.fund += amount
            self.alliance.add_stake(self, amount)
        else:
            self.fund += amount
        if self.later_money:
            alone = self.later_money[model.tick]
            self.fund += alone
            model.solo_grants += alone
            model.solo_sum += alone

    def be_lifted(self) -> None:
        """The county's campaign gives it property that brings what it lacks, in equal
        steps until the deadline."""
        model = self.model
        floor = model.lever.campaign_floor * model.p.campaign_margin
        income = (floor - self.brings_in) / (model.deadline - model.tick + 1.0)
        if income <= 0.0:
            return
        passive = [kind for kind in model.kinds if kind.passive]
        kind = max(passive, key=lambda offered: self.rate[offered], default=None)
        if kind is None or self.rate[kind] <= 0.0:
            return
        if kind not in self.projects:
            self.projects[kind] = Project(kind)
            income += kind.overhead
        value = income / self.rate[kind]
        self.projects[kind].capital += value
        model.campaign += value
        model.campaign_sum += value

    # Income

    def earn(self) -> None:
        """Base income with its chance and the region's trend."""
        model, p = self.model, self.model.p
        self.noise = model.keep * self.noise + p.noise_sd * normal(model.noise_luck, self.key)
        chance = self.noise + model.price[self.product]
        base = self.start_income * exp(model.growth + self.trend * model.passed + chance)
        if self.product == model.market_product:
            base *= model.boom
        added = self.capacity - self.practice
        if added != 0.0:
            base *= 1.0 + p.base_management * p.management_effect * added
        self.base_income = base
        self.close_books()

    def close_books(self) -> None:
        """Income, what is spent of it, what debt takes, and what is left for projects."""
        model, p = self.model, self.model.p
        self.project_income = self.profit
        cost = self.membership_cost
        income = self.base_income + self.profit + self.alliance_income - cost
        self.operating_income = income
        self.total_income = income + p.transfer
        saved = 0.25 * p.savings_rate * income if income > 0.0 else 0.25 * income
        spent = 0.25 * income - saved
        interest = 0.25 * p.debt_interest * self.debt
        repaid = min(self.debt, p.repayment * max(0.0, saved))
        self.fund += 0.25 * (self.base_income - cost) - spent - interest - repaid
        self.debt -= repaid
        if self.fund < 0.0:
            self.debt -= self.fund
            self.fund = 0.0
        model.earned += 0.25 * self.base_income
        model.costs += 0.25 * cost
        model.spent += spent
        model.interest += interest
        model.transfers_sum += 0.25 * p.transfer

    def reach_people(self) -> None:
        """Income per head: the town's wages along the region's trend, and what
        projects and measures bring."""
        model, p = self.model, self.model.p
        chance = normal(model.villager_luck, self.key)
        self.villager_noise = model.keep * self.villager_noise + p.villager_sd * chance
        own = self.villager_trend * model.passed + self.villager_noise
        income = self.start_villager * exp(model.villager_growth + own)
        added = self.wages + self.rents
        gained = self.project_income + self.alliance_income
        if gained > 0.0:
            added += p.dividend_to_households * gained
        if added != 0.0:
            income += added / max(1.0, self.population)
        if self.alliance is not None and self.active:
            income += self.alliance.serves(self)
        self.villager_income = income

    # Join, stay and leave

    def join(self, alliance: Alliance) -> None:
        """It is a member from this quarter on; joining costs it once, in cash."""
        self.alliance = alliance
        self.joined = self.model.tick
        self.standing = WORKING
        self.stake = self.own_stake = self.signed = 0.0
        alliance.stale = True
        self.fund -= self.model.p.founding_cost
        self.model.costs += self.model.p.founding_cost

    def decide(self) -> None:
        """At the end of a pact it stays, goes quiet or leaves."""
        alliance = self.alliance
        was_active = self.active
        stay = alliance.worth_of_staying(self)
        quiet = alliance.worth_of_quiet(self)
        gone = alliance.worth_of_leaving(self)
        self.expected_gain = stay - gone
        if gone > max(stay, quiet):
            alliance.dismiss(self, 1.0 - self.model.p.haircut)
        elif quiet > stay:
            self.stand(QUIET, 0.0)
            self.give_back()
            if was_active:
                self.model.quietened += 1
        elif not was_active:
            self.stand(WORKING, alliance.share_in(self))

    def stand(self, standing: int, signed: float) -> None:
        """It is active or quiet, and signs in a share of what it has."""
        self.standing, self.signed = standing, signed

    def be_alone(self) -> None:
        """Without an alliance; what it has learned it keeps, until that fades."""
        self.give_back()
        self.alliance.leave_room(self)
        self.alliance = None
        self.standing = OUTSIDE
        self.stake = self.own_stake = self.signed = 0.0
        self.lent = self.expected_gain = self.membership_cost = 0.0
        self.set_capacity()

    @property
    def weakness(self) -> float:
        """Weight of a yuan of stake where the weakest come first."""
        p = self.model.p
        return float((p.weakest_offset + max(0.0, self.start_income)) ** -p.weakest_power)


class Alliance(Undertaking):
    """Villages that pool money and endowments under a strategy's institutions."""

    def __init__(self, model: County, lead: Village, strategy: Any, forced: bool = False) -> None:
        """`lead` is its first member and gives its draws their key."""
        super().__init__(model, mixed(int(lead.key) + int(GOLDEN) * (model.tick + 1)))
        self.strategy, self.forced = strategy, forced
        self.founded, self.lead = model.tick, lead
        self.status = ACTIVE
        self.cohesion = model.p.cohesion_start
        self.listed: list[Village] = []  # members when they were last counted
        self.members = self.active = 0
        self.meetings = self.stakes = self.granted = self.own_money = self.year_income = 0.0
        self.grant = self.site = 1.0
        self.warned = False
        self.stale = True
        self.product = -1
        self.top: Village | None = None
        self.promising: Village | None = None
        self.weakest: Village | None = None
        self.head, self.head_ability, self.head_practice = BY_ABLEST, 0.0, 0.0
        model.founded_sum += 1
        self.number = model.founded_sum
        model.alliances.append(self)
        lead.join(self)

    def outsider(self) -> float:
        """Ability of a township cadre or of a firm's manager who comes as head."""
        if self.led_by_lead:
            return 0.0
        model, p = self.model, self.model.p
        middle = p.firm_ability if self.head == BY_FIRM else p.township_ability
        ability = middle + p.outsider_spread * normal(model.head_luck, self.key)
        return min(1.0, max(0.0, ability))

    def head_is_called_away(self) -> bool:
        """Whether a head from outside leaves: the able do."""
        if self.led_by_lead:
            return False
        model = self.model
        quits = 0.25 * model.p.departure_rate * model.lever.departures
        called = uniform(model.calling_luck, self.key) < quits * self.head_ability**2
        return model.leader_loss or called

    def follow_head(self) -> None:
        """A head from outside grows into its work as a committee follows its secretary."""
        speed = self.model.p.practice_speed
        self.head_practice += speed * (self.head_ability - self.head_practice)

    @property
    def seat(self) -> Village:
        """Its lead."""
        return self.lead

    @property
    def led_by_lead(self) -> bool:
        """Whether its lead's own secretary runs it."""
        return self.head == BY_ABLEST

    @property
    def at_work(self) -> bool:
        """Whether it has active members."""
        return self.status == ACTIVE

    @property
    def there(self) -> bool:
        """Whether it has not ended."""
        return self.status in (ACTIVE, PAPER)

    @property
    def agreed(self) -> float:
        """How far an agreement across borders is in force."""
        return said(self.model.lever.agreement, self.strategy.agreement)

    @property
    def sharing(self) -> int:
        """By which rule profits are divided."""
        return self.model.sharing_of(self.strategy)

    @property
    def pact(self) -> int:
        """Quarters between decisions."""
        return self.model.pact_of(self.strategy)

    def present(self) -> list[Village]:
        """Members that have not left since they were counted."""
        return [village for village in self.listed if village.alliance is self]

    def active_members(self) -> list[Village]:
        """Members that are not quiet."""
        return [village for village in self.listed if village.active]

    # Stock

    def take_stock(self) -> None:
        """Who is active, who can manage most, the common product and the site of the land."""
        self.members = len(self.listed)
        active = self.active_members()
        self.active = len(active)
        self.top = max(active, key=lambda village: village.undivided, default=None)
        land = weighted = 0.0
        for village in active:
            free = max(0.0, village.endowment["land"]) + 1.0
            land += free
            weighted += free * village.site
        self.site = weighted / land if land > 0.0 else 1.0
        volume: dict[int, float] = {}
        for village in self.listed:
            volume.setdefault(village.product, 0.0)
            if village.active:
                volume[village.product] += village.endowment["volume"]
        most = max(volume, key=lambda product: volume[product])
        self.product = most if volume[most] > 0.0 else self.lead.product
        head = self.model.head_of(self.strategy, active)
        if head != self.head or self.head_is_called_away():
            self.head = head
            self.head_ability = self.outsider()
            self.head_practice = self.head_ability * (1.0 - self.model.p.turnover_cost)
            self.stale = True

    def single_out(self) -> None:
        """The member to whom all the grants would promise most if it had
        them alone, and the weakest."""
        model = self.model
        money = 4.0 * model.lever.grant_years * self.due(self.active)
        gains = {
            village: model.plan(
                village.room_if(0.0, None, -1, None), village.rate, village.running(), money
            )
            for village in self.listed
        }
        self.promising = max(self.listed, key=lambda village: gains[village])
        self.weakest = min(self.listed, key=lambda village: village.operating_income)

    # Meet

    def meet(self) -> None:
        """Meetings build cohesion and teach; membership is charged."""
        if self.at_work and self.active > 0:
            self.hold_meetings()
            if self.model.lever.shared_ability > 0.0:
                self.teach()
        for village in self.listed if self.there else ():
            of_head = self.cost_of_head(village is self.lead)
            cost = self.cost_of(village, self.top) if village.active else of_head
            village.membership_cost = cost

    def hold_meetings(self) -> None:
        """Cohesion grows with the meetings that reach members and decays without."""
        p = self.model.p
        self.meetings = self.model.meetings_under(self.strategy, self.able())
        reached = added(self.reach(village) for village in self.active_members())
        met = 0.25 * self.meetings * reached / self.members
        self.cohesion += (1.0 - exp(-p.cohesion_gain * met)) * (1.0 - self.cohesion)
        self.cohesion -= p.cohesion_decay * self.cohesion

    def reach(self, village: Village) -> float:
        """How much of a meeting reaches a member."""
        return self.model.reach(self.strategy, village, self.lead)

    def teach(self) -> None:
        """Members close part of the gap to the one that can manage most; who mentors
        or is lent has less time."""
        p, top = self.model.p, self.top
        best = top.capacity
        whole = self.model.learning_rate(self.strategy, self.meetings)
        pupils = 0.0
        for village in self.active_members():
            near = self.reach(village)
            gap = best - village.practice - village.learned
            if village is not top and gap > 0.0:
                village.learned += whole * near * gap
                pupils += near
            lender = village.lent_from
            if lender is not None:
                brought = lender.ability * p.posted_effort - village.practice
                village.lent += max(0.0, brought)
                lender.lent -= (1.0 - p.posted_effort) * lender.practice
            village.set_capacity()
        top.lent -= self.model.time_of_mentoring(self.strategy, pupils)
        top.set_capacity()
        self.lead.set_capacity()

    def cost_of(self, village: Village, teacher: Village | None) -> float:
        """Yuan a year that active membership costs."""
        taught = village is not teacher
        cost = self.model.membership(self.strategy, self.meetings, village, taught)
        return cost + self.cost_of_head(village is self.lead)

    def cost_of_head(self, leads: bool) -> float:
        """Yuan a year that a member, active or quiet, pays for its being led."""
        return self.model.p.lead_cost * self.model.led(self.head, leads, self.members)

    def serves(self, village: Village) -> float:
        """What its measures bring a person of a member village (yuan a year)."""
        p, rules = self.model.p, self.strategy
        brought = p.outlet_sales * rules.outlet + p.services_benefit * rules.services
        if rules.works > 0.0 and self.members > 0:
            built = p.works_share * self.granted / self.members
            brought += p.works_benefit * built / max(1.0, village.population)
        return brought

    # Pool

    def sign_in(self) -> None:
        """Active members sign in a share of what they have free: more with
        cohesion, less across borders."""
        for village in self.listed:
            village.signed = self.share_in(village) if village.active else 0.0

    def share_in(self, village: Village) -> float:
        """Share of what it has that an active member signs in."""
        share = self.model.agreed_share(self.cohesion)
        return share * (1.0 - village.friction(self.lead, self.agreed))

    def own_room(self) -> Room:
        """What members sign in and it does not use yet, orders apart."""
        room = empty_room()
        for village in self.present():
            for endowment in room:
                room[endowment] += village.signed_in(self, endowment)
        return room

    def occupy(self, kind: Kind, units: float) -> None:
        """Members give in proportion to what they have signed in and is free, and get back in
        proportion to what is used."""
        for need in kind.needs:
            if need == "orders":
                continue
            if units > 0.0:
                signed = [village.signed_in(self, need) for village in self.listed]
                total = added(signed)
                if total > 0.0:
                    for village, mine in zip(self.listed, signed, strict=True):
                        village.signed_away[need] += units * mine / total
            else:
                total = added(village.signed_away[need] for village in self.listed)
                if total > 0.0:
                    left = max(0.0, 1.0 + units / total)
                    for village in self.listed:
                        village.signed_away[need] *= left

    def ready_money(self) -> float:
        """Cash that members have ready for it."""
        return added(village.signed * max(0.0, village.fund) for village in self.active_members())

    def promised(self) -> float:
        """Public money still to come to it within the years that its head looks ahead (yuan)."""
        return self.promised_grants() + self.promised_routed(self.active)

    def promised_grants(self) -> float:
        """Grants that will come to it within that time."""
        ahead = min(self.quarters_left, 4.0 * self.model.p.foresight)
        return self.grants_in(ahead, self.active)

    def grants_to_come(self) -> float:
        """Grants of all years that are left, for those who are active now."""
        return self.grants_in(self.quarters_left, len(self.working()))

    def grants_in(self, quarters: float, active: int) -> float:
        """Grants of so many quarters for so many active members, less what public
        works take of them."""
        works = self.model.share_for_works(self.strategy)
        return quarters * self.due(active) * (1.0 - works) if quarters > 0.0 else 0.0

    @property
    def quarters_left(self) -> float:
        """Quarters after this one in which it receives grants."""
        model = self.model
        return max(0.0, 4.0 * model.lever.grant_years - (model.tick + 1 - self.founded))

    def promised_routed(self, active: int) -> float:
        """Ordinary money of so many active members that will come to it."""
        return self.model.p.foresight * self.model.routed_a_year * active

    def working(self) -> list[Village]:
        """Members of this moment that are not quiet."""
        return [village for village in self.present() if village.active]

    def own_in_sight(self, room: Room, public: float) -> dict[Village, float]:
        """Money that those active members sign in who would put it in for the best that could be
        begun with all of it and `public` yuan."""
        ready = {v: v.signed * max(0.0, v.money_in_sight()) for v in self.working()}
        money = public + max(0.0, self.fund) + added(ready.values())
        self.best_next(room, self.running(), money)
        return {v: yuan if self.wanted_by(v) else 0.0 for v, yuan in ready.items()}

    def put_in_own_money(self) -> None:
        """Members put cash in where what comes back of a yuan is more than a yuan earns at home."""
        if not self.at_work or self.active == 0:
            return
        model = self.model
        own = self.ready_money()
        money = self.fund + self.promised() + own
        kind, x = self.best_next(self.room(), self.running(), money)
        wanted = x - self.fund
        if kind is None or wanted <= 0.0 or own <= 0.0 or model.lever.own_money <= 0.0:
            return
        part = min(1.0, wanted / own)
        gives = {}
        for village in self.active_members():
            amount = part * village.signed * max(0.0, village.fund)
            back = self.comes_back(village, self.best_worth, x)
            gives[village] = amount if back > village.worth_at_home else 0.0
        for village, amount in gives.items():
            if amount >= 1.0:
                village.fund -= amount
                self.fund += amount
                self.add_stake(village, amount)
                village.own_stake += amount
                self.own_money += amount
                model.own_sum += amount

    def comes_back(self, village: Village, worth: float, x: float) -> float:
        """Present worth to a member of a yuan that it puts in, when x yuan go into a
        project of `worth` a yuan."""
        average = self.average_worth(worth, x)
        if self.sharing == WEAKEST_FIRST:
            average *= village.weakness * self.mean_strength()
        return self.model.its_part(self, village is self.lead, worth, average, self.members)

    def average_worth(self, worth: float, x: float) -> float:
        """Present worth of a yuan of claims when x yuan go into a project of `worth` a yuan."""
        p, cash = self.model.p, max(0.0, self.fund)
        held = self.worth + p.bank_rate / p.discount * max(0.0, cash - x)
        return (held + worth * x) / max(1.0, self.stakes + max(0.0, x - cash))

    def mean_strength(self) -> float:
        """What makes the stake-weighted mean of members' weakness one."""
        members = list(self.present())
        weighted = added((village.stake + 1.0) * village.weakness for village in members)
        return added(village.stake + 1.0 for village in members) / weighted

    def add_stake(self, village: Village, amount: float) -> None:
        """A member's claim grows by what came in in its name."""
        village.stake += amount
        self.stakes += amount

    def lose(self, loss: float) -> None:
        """Claims shrink in proportion by what is lost."""
        if loss == 0.0 or self.stakes <= 0.0:
            return
        left = max(0.0, 1.0 - loss / self.stakes)
        for village in self.present():
            village.stake *= left
            village.own_stake *= left
        self.stakes *= left

    # Rates and projects

    def able(self) -> float:
        """What whoever heads it can do, before it is stretched."""
        if self.model.lever.shared_ability <= 0.0:
            practice = [village.practice for village in self.present() if village.active]
            return added(practice) / len(practice) if practice else MIDDLING
        return self.lead.capacity if self.led_by_lead else self.head_practice

    def set_own_rates(self) -> None:
        """It is run by its head or by an operator whom it hires; once a year, and at
        once when it has changed."""
        if self.model.tick % 4 == 0 or self.stale:
            self.count_managed()
            managed = self.managed
            if self.led_by_lead:
                managed += self.lead.managed
            self.set_manager(self.model.stretched(self.able(), managed))
            self.set_rates(self.product, self.site)
            self.stale = False

    def begin_projects(self) -> None:
        """It begins the best that its money and room allow."""
        if self.at_work and self.fund >= self.model.p.least_project:
            self.begin(self.promised())

    def pay_households(self, wages: float, rents: float, jobs: float) -> None:
        """Active members' households receive them, by population."""
        active = self.active_members()
        people = added(village.population for village in active)
        if people > 0.0:
            for village in active:
                part = village.population / people
                village.pay_households(part * wages, part * rents, part * jobs)

    # Public money

    def receive_grant(self) -> None:
        """This quarter's grant."""
        if self.at_work and (amount := self.due(self.active)) > 0.0:
            self.receive(amount)

    def due(self, active: int) -> float:
        """Yuan that it receives this quarter for so many active members, while its years of
        grants last and the county pays."""
        model, lever = self.model, self.model.lever
        if model.tick - self.founded >= 4.0 * lever.grant_years:
            return 0.0
        return active * model.usual_grant(self.grant) * model.favour(self.working())

    def receive(self, amount: float) -> None:
        """Public money comes in in members' names; what public works take of it earns nothing."""
        model = self.model
        model.grants += amount
        model.grants_sum += amount
        self.granted += amount
        model.record_for_rivals(self, amount)
        works = model.share_for_works(self.strategy) * amount
        model.works += works
        self.fund += amount - works
        names = model.named(self.strategy, self.active_members())
        for village in names:
            self.add_stake(village, (amount - works) / len(names))

    # Share

    def share_profit(self) -> None:
        """Profit is divided among members; losses are borne by the fund and by all claims alike."""
        profit = 0.25 * self.profit
        self.model.profits += profit
        self.fund += profit
        if profit < 0.0:
            self.lose(-profit)
            self.cover()
        elif profit > 0.0:
            self.divide(profit)
        self.true_up()

    def cover(self) -> None:
        """Members make good what the fund lacks, by their claims."""
        lack, stakes = -self.fund, self.stakes
        if lack <= 0.0:
            return
        for village in self.listed:
            part = lack * (village.stake / stakes if stakes > 1.0 else 1.0 / len(self.listed))
            village.fund -= part
            self.fund += part
            village.alliance_income -= 4.0 * part
            self.add_stake(village, part)

    def divide(self, profit: float) -> None:
        """Pay `profit` yuan out of the fund by the rule of shares."""
        if self.sharing == PROMISED:
            self.keep_promise(profit)
            return
        weights = [self.weight(village) for village in self.listed]
        total = added(weights)
        for village, weight in zip(self.listed, weights, strict=True):
            self.pay(village, profit * weight / total)

    def keep_promise(self, profit: float) -> None:
        """Members get what is promised on what works; a lead that runs it takes and bears
        the rest, else it is kept."""
        rate = 0.25 * self.model.p.promised_rate * self.working_part()
        if self.led_by_lead:
            others = [village for village in self.listed if village is not self.lead]
            promised = added(rate * village.stake for village in others)
            for village in others:
                self.pay(village, rate * village.stake)
            self.pay(self.lead, profit - promised)
            return
        promised = added(rate * village.stake for village in self.listed)
        part = min(1.0, max(0.0, self.fund) / max(1e-9, promised))
        for village in self.listed:
            self.pay(village, part * rate * village.stake)

    def working_part(self) -> float:
        """Part of what it holds that is in work."""
        capital = added(project.capital for project in self.projects.values())
        held = added(project.stock for project in self.projects.values()) + max(0.0, self.fund)
        return capital / held if held > 0.0 else 0.0

    def weight(self, village: Village) -> float:
        """Weight of a member when profit is divided."""
        if self.sharing == EQUALLY:
            return 1.0
        stake = village.stake + 1.0
        return stake * village.weakness if self.sharing == WEAKEST_FIRST else stake

    def pay(self, village: Village, amount: float) -> None:
        """`amount` yuan to a member this quarter."""
        self.fund -= amount
        village.fund += amount
        village.alliance_income += 4.0 * amount

    def true_up(self) -> None:
        """Claims are the book value of what there is."""
        value = self.fund + added(project.stock for project in self.projects.values())
        if not self.listed:
            return
        claims = added(village.stake for village in self.listed)
        for village in self.listed:
            if claims > 0.0:
                village.stake *= value / claims
                village.own_stake = min(village.own_stake, village.stake)
            else:
                village.stake = value / len(self.listed)
        self.stakes = added(village.stake for village in self.listed)

    # Pacts

    def review(self) -> None:
        """Where a pact ends, members decide in the order of the village list; an alliance
        of the quiet is on paper."""
        model = self.model
        model.member_years += 0.25 * self.members
        if model.lever.moves <= 0.0 or self.forced:
            return
        age = model.tick + 1 - self.founded
        if age < 4 or age % self.pact != 0:
            return
        members = list(self.listed)
        stream = luck.stream(model.luck_seed, model.run, model.tick, TURN)
        for village in model.round_of(members, uniform(np.uint64(stream), self.key)):
            if village.alliance is self:
                village.decide()
        if self.there:
            self.settle()

    def settle(self) -> None:
        """Who is active after the decisions."""
        self.active = added(village.active for village in self.present())
        self.stale = True
        if self.active > 0 and not self.lead.active:
            self.crown()
        if self.active == 0 and self.at_work:
            self.status = PAPER
        elif self.active > 0:
            self.status = ACTIVE

    def crown(self) -> None:
        """The member that can manage most leads, an active one where there is one."""
        able = {v: v.undivided + (1.0 if v.active else 0.0) for v in self.present()}
        self.lead = max(able, key=lambda village: able[village])
        self.stale = True

    def room_with(self, orders: float) -> Room:
        """What is signed in, with so many orders more."""
        room = self.own_room()
        room["orders"] = self.orders_left(self.orders + orders)
        return room

    def worth_of_staying(self, village: Village) -> float:
        """Yuan a year that a member expects as an active one."""
        was, signed, hands = village.standing, village.signed, village.share_signed
        if was != WORKING:
            village.stand(WORKING, self.share_in(village))
        grants = self.grants_to_come()
        total = grants + self.promised_routed(len(self.working()))
        room = self.room_with((village.share_signed - hands) * village.offered)
        own = self.own_in_sight(room, total)
        total += added(own.values())
        money = max(0.0, self.fund) + total
        gain, taken = self.model.plan_together(room, self.rate, self.running(), money)
        profit = self.expected + gain
        names = self.model.named(self.strategy, self.working())
        new = (
            own[village] + village.routed_away + (grants / len(names) if village in names else 0.0)
        )
        part = self.part_of(village, village is self.lead, new, total, profit)
        home = village.plan_at_home(own[village], village.signed, self.lead, self.product, taken)
        teacher = self.top
        if teacher is None or village.undivided > teacher.undivided:
            teacher = village
        taught = self.worth_of_meeting(village, teacher)
        village.stand(was, signed)
        return part + home + taught - self.cost_of(village, teacher)

    def worth_of_quiet(self, village: Village) -> float:
        """Yuan a year that it expects with its claim left in, its room and money
        at home, and no meetings."""
        was, signed, hands = village.standing, village.signed, village.share_signed
        village.stand(QUIET, 0.0)
        active = len(self.working())
        leads = village is self.lead and active == 0
        routed = self.promised_routed(active)
        total = self.grants_to_come() + routed
        room = self.room_with(-hands * village.offered)
        total += added(self.own_in_sight(room, total).values())
        money = max(0.0, self.fund) + total
        profit = self.expected + self.model.plan(room, self.rate, self.running(), money)
        part = self.part_of(village, leads, 0.0, total, profit)
        home = village.plan_at_home()
        village.stand(was, signed)
        return part + home - self.cost_of_head(leads)

    def worth_of_leaving(self, village: Village) -> float:
        """Yuan a year that it expects with its claim redeemed, less the haircut and the trouble."""
        p = self.model.p
        redeemed = (1.0 - p.haircut) * village.stake
        claims = max(1.0, self.stakes)
        room, running = village.room_if(0.0, None, -1, None), village.running()
        kept = self.worth_of_part(village, redeemed / claims, room, running)
        cash = redeemed * max(0.0, self.fund) / claims
        money = max(0.0, village.money_in_sight() + village.routed_away + cash)
        home = self.model.plan(room, village.rate, running, money)
        return home + kept - p.leaving_cost / (0.25 * self.pact)

    def worth_of_part(self, village: Village, part: float, room: Room, running: set[Kind]) -> float:
        """Yuan a year that a leaver expects of that part of the projects, which it would run with
        these: each with an overhead of its own unless it runs the type already."""
        total = 0.0
        for kind in [kind for kind in self.model.kinds if kind in self.projects]:
            project = self.projects[kind]
            capital, begun = portion(part, project.capital), portion(part, project.building)
            if capital + begun <= 0.0:
                continue
            rate = village.rate[kind] * (project.fortune if project.capital > 0.0 else 1.0)
            brings = rate * (capital + (1.0 - kind.fail) * begun)
            if kind not in running:
                brings -= kind.overhead * (1.0 if capital > 0.0 else 1.0 - kind.fail)
            total += self.in_the_long_run(brings, kind.salvage * (capital + begun))
            if brings >= 0.0:
                running.add(kind)
                if kind.on_orders:
                    left = room["orders"] - (capital + begun) / kind.unit_cost
                    room["orders"] = max(0.0, left)
        return total

    def wanted_by(self, village: Village) -> bool:
        """Whether a member would put own money in, for what would be begun next."""
        if self.model.lever.own_money <= 0.0 or self.best_worth <= 0.0:
            return False
        back = self.comes_back(village, self.best_worth, self.best_put)
        return back > village.worth_at_home

    def part_of(
        self, village: Village, leads: bool, new: float, total: float, profit: float
    ) -> float:
        """A member's part of `profit` when `new` of `total` yuan of new claims are its own."""
        p = self.model.p
        if self.sharing == EQUALLY:
            return profit / self.members
        if self.sharing == PROMISED and self.led_by_lead:
            if not leads:
                return p.promised_rate * (village.stake + new)
            others = self.stakes + total - village.stake - new
            return profit - p.promised_rate * max(0.0, others)
        mine = self.weight(village) * (1.0 + new / (village.stake + 1.0))
        weights = added(self.weight(other) for other in self.present())
        weights *= 1.0 + total / (self.stakes + self.members)
        share = profit * min(1.0, mine / max(1e-9, weights))
        if self.sharing == PROMISED:  # what is left above the promise is kept
            return min(share, p.promised_rate * (village.stake + new))
        return share

    def worth_of_meeting(self, village: Village, teacher: Village) -> float:
        """Yuan a year that a member expects of what meetings teach, less what mentoring takes."""
        model = self.model
        if model.lever.shared_ability <= 0.0:
            return 0.0
        best = teacher.undivided
        if village is teacher:
            pupils = [v for v in self.working() if v is not teacher]
            reached = added(self.reach(v) for v in pupils if best > v.practice)
            return -teacher.cost_of_mentoring(model.time_of_mentoring(self.strategy, reached))
        rate = model.learning_rate(self.strategy, self.meetings)
        return village.worth_of_learning(best, rate * self.reach(village))

    def dismiss(self, village: Village, share_kept: float) -> None:
        """A member leaves with `share_kept` of its claim; the rest stays with the others."""
        model = self.model
        part = 0.0
        if self.stakes > 0.0:
            part = min(1.0, share_kept * village.stake / self.stakes)
        taken = self.hand_over(village, part)
        self.spread(village, max(0.0, village.stake - taken))
        village.be_alone()
        self.members -= 1
        self.stale = True
        model.leaves += 1
        village.fund -= model.p.leaving_cost
        model.costs += model.p.leaving_cost
        if self.members < 2:
            self.end()
        elif self.lead is village:
            self.crown()

    def spread(self, gone: Village, rest: float) -> None:
        """What a leaver left behind raises the others' claims in proportion, or evenly where
        they had none."""
        others = [village for village in self.present() if village is not gone]
        claims = added(village.stake for village in others)
        for village in others:
            village.stake += rest * (village.stake / claims if claims > 0.0 else 1.0 / len(others))
        self.stakes = claims + rest if others else 0.0

    def hand_over(self, village: Village, part: float) -> float:
        """A part of what it has goes to a member: cash, capital and what is begun, with
        the room. Its book value."""
        if part <= 0.0:
            return 0.0
        cash = part * max(0.0, self.fund)
        self.fund -= cash
        village.fund += cash
        value = cash
        for kind, ours in list(self.projects.items()):
            capital, begun = portion(part, ours.capital), portion(part, ours.building)
            if capital + begun <= 0.0:
                continue
            mine = village.projects.setdefault(kind, Project(kind))
            if mine.capital + capital > 0.0:
                fortune = mine.fortune * mine.capital + ours.fortune * capital
                mine.fortune = fortune / (mine.capital + capital)
            elif mine.building <= 0.0:
                mine.fortune = ours.fortune
            ours.capital -= capital
            ours.building -= begun
            mine.capital += capital
            mine.building += begun
            self.move_room(village, kind, (capital + begun) / kind.unit_cost)
            value += capital + begun
            self.tidy(ours)
        jobs = part * self.orders
        self.orders -= jobs
        village.orders += jobs
        return value

    def move_room(self, village: Village, kind: Kind, units: float) -> None:
        """Room under what goes to a village: its own where it has room, else it
        stays in use on others' land."""
        for need in kind.needs:
            if need == "orders":
                continue
            own = min(units, village.signed_away[need])
            village.signed_away[need] -= own
            village.used[need] += own
            if units > own:
                self.take_over(village, need, units - own)

    def take_over(self, village: Village, need: str, units: float) -> None:
        """It takes over what others' endowment is used for, as far as it has room of its own."""
        moved = min(units, village.free(need))
        village.used[need] += moved
        others = [other for other in self.present() if other is not village]
        total = added(other.signed_away[need] for other in others)
        if total <= 0.0:
            return
        part = min(1.0, units / total)
        for other in others:
            away = part * other.signed_away[need]
            other.signed_away[need] -= away
            other.used[need] += away * (1.0 - moved / units)

    def leave_room(self, gone: Village) -> None:
        """What it still uses of a leaver it finds with those who stay; what they lack stays in
        use on the leaver's land."""
        others = [village for village in self.present() if village is not gone]
        for need, away in gone.signed_away.items():
            gone.signed_away[need] = 0.0
            if away <= 0.0:
                continue
            total = added(village.free(need) for village in others)
            moved = min(away, total)
            gone.used[need] += away - moved
            if moved <= 0.0:
                continue
            for village in others:
                village.signed_away[need] += moved * village.free(need) / total

    def end(self) -> None:
        """It ends: what it has goes to its members by their claims."""
        left = added(village.stake + 1.0 for village in self.present())
        for village in self.present():
            mine = village.stake + 1.0
            self.hand_over(village, min(1.0, mine / left))
            left -= mine
            debts = min(0.0, self.fund)
            self.fund -= debts
            village.fund += debts
            village.be_alone()
        self.status = DISSOLVED
        self.members = self.active = 0
        self.stakes = 0.0
        self.model.ended_sum += 1
        self.model.alliances.remove(self)
        self.remove()

    # The county's ranking

    def mean_income(self) -> float:
        """Mean operating income of members."""
        total = added(village.operating_income for village in self.listed)
        return total / max(1, len(self.listed))


def said(lever: float, own: float) -> float:
    """What a planner's lever says, or what the strategy says where the lever is silent."""
    return own if lever < 0.0 else lever

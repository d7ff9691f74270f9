"""Villages and alliances as Mesa agents: plain objects with plain floats, every process a method.

What each process means is written in sim/rules; here are the same equations in the same order, one agent at a time.
"""

from __future__ import annotations

from math import exp, floor, hypot, log
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from village_alliances.sim.luck import GOLDEN, mix, normal, poisson, uniform
from village_alliances.sim.rules import review as by_year
from village_alliances.sim.rules.election import CADRE_SHARE, DEPUTY
from village_alliances.sim.rules.expectation import SPECIAL_SHARE
from village_alliances.sim.rules.mentoring import REGULAR
from village_alliances.sim.rules.projects import ENCLAVE_LAG, ENCLAVE_WEAR, PUT_BY, RING, WORKS_WEAR
from village_alliances.sim.rules.sharing import CUSHION, HALF, POOR
from village_alliances.sim.rules.stock import PAPER_EFFORT
from village_alliances.sim.society import (
    ACTIVE,
    CADRE,
    CHANNELS,
    DISSOLVED,
    DORMANT,
    EQUALLY,
    FORMING,
    GUARANTEED,
    LENT,
    LOCAL,
    MERGED,
    RETURNEE,
    RIPENING_MOST,
    STAGES,
    WEAKEST_FIRST,
)

if TYPE_CHECKING:
    from benchmarks.plain_mesa.model import County

MENTORING, LAND, VENTURE, BRAND, WORKSHOPS, SERVICES, CULTURE, PUBLIC, BORDER, ENCLAVE = range(
    len(CHANNELS)
)
MONEY = (LAND, VENTURE, WORKSHOPS, PUBLIC, ENCLAVE)  # channels that spend money
WORD = (1 << 64) - 1


def logistic(z: float) -> float:
    """1 / (1 + exp(-z)), safe for large |z|."""
    return 1.0 / (1.0 + exp(-min(max(z, -40.0), 40.0)))


def logit(p: float) -> float:
    """The inverse of `logistic`."""
    return log(p / (1.0 - p))


def pull(p: Any, income: float) -> float:
    """Elasticity of base income to capacity at this level of income."""
    return p.capacity_elasticity * p.capacity_reach / (p.capacity_reach + income)


def turnout(effort: float) -> float:
    """How much of what is asked a member takes part in."""
    return min(1.0, 2.0 * effort)


def contiguous(p: Any, mu: float) -> float:
    """How far this much idle land reaches the scale at which it can be let well."""
    return mu * mu / (mu * mu + p.land_scale * p.land_scale)


def own_pace(p: Any, idle: float, capacity: float, reserves: float) -> float:
    """Mu that a village makes fit by itself in a quarter."""
    wanted = p.land_rate_alone / 4.0 * capacity * (1.0 - p.turnover_fear) * idle
    return min(wanted, 0.25 * max(0.0, reserves) / p.land_cost)


class Village(mesa.Agent):
    """A village and, in its `alone_` attributes, the same village without alliances."""

    model: County
    alliance: Alliance | None
    posted_from: Village | None
    mentor: Village | None

    def __init__(self, model: County, start: dict[str, Any]) -> None:
        """`start`: the village's row of the table at the start, by the names of sim/society.py."""
        super().__init__(model)
        self.__dict__.update(start)
        self.alliance = self.posted_from = self.mentor = None
        self.belief = [0.0] * len(CHANNELS)

    def person(self) -> float:
        """What the secretary brings to the village: less than full ability where one serves two."""
        return self.ability * self.model.p.posted_effort if self.serves > 1 else self.ability

    def border_to(self, other: Village) -> float:
        """Weight of the administrative border between two villages."""
        if self.city != other.city:
            return 1.5
        if self.county != other.county:
            return 1.0
        return 0.5 if self.township != other.township else 0.0

    # Mentor

    def learn_from_others(self) -> None:
        """Ability moves towards the mentor's, practice towards the best member's, capacity towards the secretary's ability."""
        p = self.model.p
        target = self.person()
        alliance = self.alliance
        self.mentor = None
        if alliance is not None and alliance.working and alliance.total_strength > 0.0:
            teaching = alliance.work(MENTORING) if self.model.lever.mentoring > 0.0 else 0.0
            contact = (0.5 + 0.5 * min(1.0, alliance.meetings / REGULAR)) * turnout(self.effort)
            top = alliance.top
            if self is top:
                if teaching > 0.0 and alliance.size > 1:
                    target *= 1.0 - p.mentor_load * min(
                        1.0, alliance.strength[MENTORING] * alliance.theta
                    )
            elif self.posted_from is None:
                gap = top.ability - self.ability
                if gap > 0.0 and teaching > 0.0:
                    self.mentor = top
                    self.ability += p.mentoring_rate * min(1.0, teaching) * contact * gap
                practice = top.capacity - self.capacity
                if practice > 0.0:
                    self.capacity += p.imitation_rate * alliance.cohesion * contact * practice
        self.capacity += p.capacity_adjustment * (target - self.capacity)
        self.alone_capacity += p.capacity_adjustment * (self.alone_ability - self.alone_capacity)

    # Post and elect

    def serve_on(self) -> None:
        """Another quarter in office."""
        self.tenure += 1.0
        self.alone_tenure += 1.0

    def change_secretary(self) -> None:
        """Elections, departures and the loss of leaders, in the village and alone."""
        model = self.model
        u = uniform(model.departure_luck, self.key)
        change = u < model.quits * self.ability * self.ability
        alone_change = u < model.quits * self.alone_ability * self.alone_ability
        if model.votes:
            expected = self.start_income * model.trend
            s = uniform(model.election_luck, self.key)
            change = change or s < self.chance_of_change(self.collective_income, expected)
            alone_change = alone_change or s < self.chance_of_change(self.alone_income, expected)
        if model.leader_loss and self.alliance is not None and self.alliance.lead is self:
            change = True
        if change or alone_change:
            ability, origin = self.successor()
            if change:
                if self.posted_from is not None:
                    self.give_back()
                self.recall()
                self.ability = ability
                self.origin = origin
                self.tenure = 0.0
                self.capacity *= 1.0 - model.p.turnover_cost
            if alone_change:
                self.alone_ability = ability
                self.alone_origin = origin
                self.alone_tenure = 0.0
                self.alone_capacity *= 1.0 - model.p.turnover_cost

    def chance_of_change(self, income: float, expected: float) -> float:
        """Chance that an election replaces the secretary."""
        p = self.model.p
        return logistic(
            logit(p.replaced_share) - p.replaced_slope * log(max(income, 100.0) / expected)
        )

    def successor(self) -> tuple[float, int]:
        """Ability and origin of a new secretary."""
        model = self.model
        p = model.p
        u = uniform(model.kind_luck, self.key)
        returnees = min(1.0, p.returnee_share * model.lever.returnee_pool)
        z = logit(p.ability_mean) + p.talent_scale * log(max(self.population, 50.0) / 1000.0)
        z += p.ability_sd * normal(model.successor_luck, self.key)
        if u < returnees:
            return logistic(z + p.returnee_edge), RETURNEE
        if u > 1.0 - CADRE_SHARE:
            return logistic(z + 0.5 * p.returnee_edge), CADRE
        return logistic(z), LOCAL

    def recall(self) -> None:
        """End every double service in which the village lends or borrows a secretary."""
        if self.serves > 1 and self.alliance is not None:
            if self.posted_from is not None:
                self.give_back()
                self.deputise()
            else:
                for other in self.alliance.members:
                    if other.posted_from is self:
                        other.give_back()
                        other.deputise()

    def give_back(self) -> None:
        """The secretary borrowed serves its own village alone again."""
        self.posted_from.serves -= 1
        self.posted_from = None
        self.serves = 1

    def deputise(self) -> None:
        """A deputy carries on."""
        self.ability *= DEPUTY
        self.origin = LOCAL
        self.tenure = 0.0

    def borrow_secretary(self) -> None:
        """After a change at an election the lead's secretary may serve this village as well."""
        alliance = self.alliance
        if (
            alliance is None
            or self.tenure > 0.0
            or not alliance.working
            or alliance.total_strength <= 0.0
        ):
            return
        lead = alliance.lead
        if lead is self or lead.serves > 1 or lead.tenure <= 0.0:
            return
        p = self.model.p
        willing = p.posting_share * alliance.cohesion / 0.5 * self.effort / 0.5
        draw = uniform(self.model.kind_luck, np.uint64(mix(self.key)))
        if draw < willing and lead.ability * p.posted_effort > self.ability:
            self.ability = lead.ability
            self.origin = LENT
            self.posted_from = lead
            self.serves = lead.serves = 2

    # Pool land

    def develop_own_land(self) -> None:
        """Idle land is made fit by the village itself, and alone; what was made fit ripens."""
        p = self.model.p
        move = self.model.ripening
        ripe = move * self.growing
        sprouted = move * self.planted
        own = own_pace(p, self.idle, self.capacity, self.reserves)
        self.developed += ripe
        self.growing += sprouted - ripe
        self.planted += own - sprouted
        self.idle -= own
        self.reserves -= own * p.land_cost
        self.model.land_cost += own * p.land_cost
        ripe = move * self.alone_growing
        sprouted = move * self.alone_planted
        own = own_pace(p, self.alone_idle, self.alone_capacity, self.alone_reserves)
        self.alone_developed += ripe
        self.alone_growing += sprouted - ripe
        self.alone_planted += own - sprouted
        self.alone_idle -= own
        self.alone_reserves -= own * p.land_cost

    # Build

    def contribute(self) -> None:
        """Put a share of the reserves into the fund of the alliance."""
        self.contributed = 0.0
        alliance = self.alliance
        if alliance is None or self.reserves <= 0.0 or not alliance.working:
            return
        put = (
            self.model.p.contribution_rate
            / 4.0
            * self.effort
            * self.reserves
            * alliance.money
            / (alliance.money + 1.0)
        )
        self.reserves -= put
        self.stake += put
        self.contributed = put
        alliance.pay_in(put)
        alliance.stakes += put
        self.model.contributed += put
        self.model.own_money_sum += put

    # Earn

    def earn(self) -> None:
        """Base, land and brand income, and base income alone."""
        model = self.model
        p = model.p
        self.noise = (
            model.keep * self.noise
            + p.noise_sd * normal(model.noise_luck, self.key)
            + model.market_luck[self.industry]
        )
        self.villager_noise = model.keep * self.villager_noise + p.villager_sd * normal(
            model.villager_luck, self.key
        )
        market = model.market if self.industry == model.market_industry else 0.0
        alone = self.start_income * exp(model.growth + self.noise + market)
        self.alone_base = alone
        self.alone_income = alone + self.granted_income
        if self.capacity == self.alone_capacity:
            self.base_income = alone
        else:
            edge = (p.capacity_offset + self.capacity) / (p.capacity_offset + self.alone_capacity)
            self.base_income = alone * edge ** pull(p, alone)
        beyond = self.developed - self.alone_developed
        self.land_income = p.land_rent * self.site * beyond
        self.brand_left *= model.fade
        brand = self.brand_left
        alliance = self.alliance
        if alliance is not None and self.industry == alliance.industry:
            brand += p.brand_premium * alliance.brand * self.developed
            brand -= p.sameness_erosion * max(0.0, beyond) * (1.0 - alliance.brand)
            brand *= exp(market)
        self.brand_income = brand
        self.alone_villager = self.start_villager * exp(model.villager_growth + self.villager_noise)
        self.dividend = 0.0  # of this quarter, until profits are shared

    # Share

    def close_books(self) -> None:
        """Collective income is the sum of its parts; what is not spent goes to reserves, alone as well."""
        model = self.model
        p = model.p
        alliance = self.alliance
        self.venture_income = 4.0 * self.dividend
        outside = self.base_income + self.granted_income + self.land_income + self.brand_income
        income = self.collective_income = outside + self.venture_income
        interest = p.debt_interest / 4.0 * max(0.0, -self.reserves)
        saved = 0.0
        if alliance is not None:
            shared = min(1.0, alliance.work(SERVICES)) * self.effort
            saved = p.service_saving * self.population * shared / 4.0
        transfer = p.transfer / 4.0
        used = model.spend * income / 4.0 + transfer
        self.reserves += income / 4.0 + transfer + saved - used - interest
        model.earned += outside / 4.0
        model.services += saved
        model.transfers += transfer
        model.spent += used
        model.interest += interest
        alone_interest = p.debt_interest / 4.0 * max(0.0, -self.alone_reserves)
        alone_used = model.spend * self.alone_income / 4.0 + transfer
        self.alone_reserves += self.alone_income / 4.0 + transfer - alone_used - alone_interest

    # Employ and serve

    def employ_and_serve(self) -> None:
        """Income per head, and how content villagers are."""
        p = self.model.p
        alliance = self.alliance
        through = content = 0.0
        if alliance is not None and alliance.size > 0:
            people = max(alliance.people, 1.0)
            services = min(1.0, alliance.work(SERVICES)) * self.effort
            through = alliance.jobs * p.job_wage / people
            if self.industry == alliance.industry:
                through += (
                    p.brand_household * alliance.brand * self.developed / max(self.population, 1.0)
                )
            through += p.outlet_sales * services / people
            culture = min(1.0, alliance.work(CULTURE)) * self.effort
            jobs = alliance.jobs / max(1.0, p.idle_labour * alliance.people)
            works = alliance.works / (alliance.works + p.works_scale)
            content = 0.3 * services + 0.2 * culture + 0.3 * jobs + 0.2 * works
        self.wages = through
        self.satisfaction = min(1.0, content)
        self.villager_income = self.alone_villager + through

    # Expect and review

    def own_money(self) -> float:
        """Yuan a year that it puts into the fund itself."""
        p, money = self.model.p, self.alliance.money
        return p.contribution_rate * max(0.0, self.reserves) * money / (money + 1.0)

    def purse(self) -> float:
        """Yuan that the village's presence brings over the years it looks ahead."""
        model = self.model
        p = model.p
        years_left = max(0.0, model.lever.grant_years - (model.tick - self.alliance.founded) / 4.0)
        grant = (
            model.lever.grant_per_village
            * model.calendar[model.tick].grants
            * min(p.annuity, years_left)
        )
        return grant + self.own_money() * p.annuity

    def potentials(self) -> list[float]:
        """What each channel of the alliance would bring the village at maturity, in yuan a year."""
        p, alliance = self.model.p, self.alliance
        strength, theta, members, purse = (
            alliance.strength,
            alliance.theta,
            max(alliance.size, 1),
            self.purse(),
        )
        shares = [part / alliance.money if alliance.money > 0.0 else 0.0 for part in strength]
        could = [0.0] * len(CHANNELS)
        if strength[MENTORING] > 0.0 and self.model.lever.mentoring > 0.0:
            gap = max(0.0, alliance.top_ability - self.capacity)
            reached = self.capacity + gap * min(1.0, 0.6 * theta * strength[MENTORING])
            edge = (p.capacity_offset + reached) / (p.capacity_offset + self.capacity)
            could[MENTORING] = self.base_income * pull(p, self.base_income) * log(edge)
        if strength[LAND] > 0.0:
            scale = contiguous(p, alliance.pooled)
            affordable = purse * shares[LAND] * scale / p.land_cost
            pace = 0.25 * p.land_rate_joint * min(1.0, theta * strength[LAND]) * scale
            pace *= (0.5 + self.capacity) * p.annuity
            could[LAND] = p.land_rent * self.site * min(self.idle * min(1.0, pace), affordable)
        begun = sum(alliance.ventures)
        capital = alliance.capital + p.venture_success * (begun + members * purse * shares[VENTURE])
        rate = p.venture_return * capital / (capital + p.venture_scale)
        could[VENTURE] = rate * capital / members * (1.0 - p.reinvested_share)
        bought = alliance.enclave + alliance.building_sum - begun
        could[ENCLAVE] = (
            p.enclave_return
            * (purse * shares[ENCLAVE] + bought / members)
            * (1.0 - p.reinvested_share)
        )
        if strength[BRAND] > 0.0 and self.industry == alliance.industry:
            known = (
                min(1.0, theta * strength[BRAND])
                * alliance.volume
                / (alliance.volume + p.brand_scale)
            )
            could[BRAND] = p.brand_premium * self.developed * known
        places = purse * shares[WORKSHOPS] / p.job_cost + alliance.jobs / members
        could[WORKSHOPS] = (
            p.job_fee * min(places, p.idle_labour * self.population) * (1.0 - p.reinvested_share)
        )
        if strength[SERVICES] > 0.0:
            could[SERVICES] = (
                p.service_saving * self.population * min(1.0, theta * strength[SERVICES]) * 0.5
            )
        return could

    def expect(self, could: list[float]) -> None:
        """Expected gain of membership, given the potentials, and the effort that answers it."""
        p, alliance = self.model.p, self.alliance
        gain = sum(belief * potential for belief, potential in zip(self.belief, could))
        meetings = alliance.plenaries + SPECIAL_SHARE * p.special_meetings * alliance.head()
        cost = self.own_money() + meetings * (p.meeting_cost + p.travel_cost * alliance.reach)
        cost += p.border_cost * alliance.borders * (
            1.0 - alliance.relief()
        ) + p.autonomy_cost * max(0.0, self.collective_income)
        if self is alliance.top and alliance.size > 1 and self.model.lever.mentoring > 0.0:
            load = p.mentor_load * min(1.0, alliance.theta * alliance.strength[MENTORING])
            cost += self.base_income * pull(p, self.base_income) * load
        if self is alliance.lead and not alliance.township_head:
            cost -= p.prestige
        self.expected_gain = gain - cost
        self.effort = logistic(self.expected_gain / p.effort_scale - p.effort_bar)

    def pay_secretary(self) -> None:
        """The allowance, and a prize as far as the county pays one."""
        self.secretary_income = by_year.ALLOWANCE * (1.2 if self.serves > 1 else 1.0)
        prize = by_year.PRIZE * self.model.lever.retention
        if self.ability > by_year.PRIZE_ABILITY and self.posted_from is None:
            self.secretary_income += prize
            if self.alone_ability <= by_year.PRIZE_ABILITY:
                self.model.grants_sum += prize
        if self.alone_ability > by_year.PRIZE_ABILITY:
            self.model.transfers_sum += prize

    def learn(self, could: list[float]) -> None:
        """Beliefs move towards what each channel has been seen to bring."""
        p, alliance = self.model.p, self.alliance
        ripe = 1.0 - exp(-(self.model.tick - self.joined) / by_year.MATURITY)
        if ripe <= 0.0:
            return
        seen = [0.0] * len(CHANNELS)
        seen[MENTORING] = max(0.0, self.base_income - self.alone_base)
        seen[LAND] = max(0.0, self.land_income)
        seen[BRAND] = self.brand_income
        property_part = alliance.enclave * p.enclave_return
        venture_part = alliance.capital * p.venture_return
        job_part = alliance.jobs * p.job_fee
        whole = property_part + venture_part + job_part
        if whole > 0.0:
            seen[VENTURE] = self.venture_income * venture_part / whole
            seen[ENCLAVE] = self.venture_income * property_part / whole
            seen[WORKSHOPS] = self.venture_income * job_part / whole
        services = min(1.0, alliance.strength[SERVICES] * alliance.theta * alliance.cohesion)
        seen[SERVICES] = p.service_saving * self.population * services * self.effort
        for channel, potential in enumerate(could):
            if channel in (MENTORING, LAND):
                potential += seen[channel]
            if potential > 100.0:
                shown = min(3.0, max(0.0, seen[channel] / (potential * ripe)))
                self.belief[channel] += p.belief_learning * ripe * (shown - self.belief[channel])

    def leave_or_stay(self) -> None:
        """Leave the alliance if life outside seems better by more than a move costs."""
        if self.posted_from is not None or self.model.tick - self.joined < by_year.FIRST_YEAR:
            return
        p, alliance = self.model.p, self.alliance
        years = p.brand_half_life / (4.0 * log(2.0))
        echo = max(0.0, self.brand_income) * years * (1.0 - exp(-p.annuity / years))
        outside = (echo + alliance.redeemable(self.stake)) / p.annuity
        stay = self.expected_gain + p.exit_barrier
        if stay + p.leaving_noise * normal(self.model.leaving_luck, self.key) < outside:
            alliance.part_with(self)

    def forget(self) -> None:
        """Be a village without alliance."""
        self.brand_left = max(0.0, self.brand_income)
        self.alliance = self.mentor = None
        self.stake = self.effort = self.expected_gain = 0.0


class Alliance(mesa.Agent):
    """An alliance of villages, from its founding to its end."""

    model: County
    members: list[Village]
    lead: Village
    top: Village

    def __init__(
        self, model: County, strategy: Any, members: list[Village], lead: Village | None
    ) -> None:
        """Found an alliance of these villages by a strategy of `County.strategies`; the ablest leads where `lead` is None."""
        super().__init__(model)
        p, lever = model.p, model.lever
        if lead is None:
            lead = max(
                members,
                key=lambda v: v.collective_income if strategy.leader == "richest" else v.person(),
            )
        self.lead = self.top = lead
        self.members = members
        self.key = np.uint64(
            mix(np.uint64((int(lead.key) + int(GOLDEN) * (model.tick + 1)) & WORD))
        )
        self.status = FORMING
        self.working = False
        self.founded = model.tick
        self.sharing = strategy.sharing
        self.township_head = (
            strategy.leader == "township"
            if lever.township_head < 0.0
            else lever.township_head > 0.5
        )
        self.plenaries = strategy.plenaries if lever.plenaries < 0.0 else lever.plenaries
        self.cohesion = p.cohesion_start
        self.fund = self.venture_chest = self.enclave_chest = 0.0
        self.capital = self.power = self.kept = self.outside = self.enclave = self.building_sum = (
            self.works
        ) = self.jobs = self.brand = 0.0
        self.meetings = self.meetings_sum = self.granted_sum = self.unfairness = self.score = (
            self.year_income
        ) = self.profit = 0.0
        self.slack = self.shared_head = 0
        self.warned = False
        self.ventures = [0.0] * RING
        self.properties = [0.0] * RING
        self.strength = self.worked_strengths(strategy)
        self.total_strength = sum(self.strength)
        self.money = sum(self.strength[channel] for channel in MONEY)
        for village in members:
            village.alliance = self
            village.joined = model.tick
            village.stake = village.brand_left = 0.0
            village.effort = 0.5
            village.belief = [
                belief if belief > 0.0 else p.belief_start for belief in village.belief
            ]

    def worked_strengths(self, strategy: Any) -> list[float]:
        """How strongly the county really works each channel."""
        sd = self.model.p.strength_sd
        worked = []
        for channel, strength in enumerate(strategy.strengths):
            if strength > 0.0 and sd > 0.0:
                strength *= exp(
                    sd * normal(self.model.strength_luck, np.uint64(channel)) - 0.5 * sd * sd
                )
            worked.append(strength)
        return worked

    def begin_work(self) -> None:
        """Start in the quarter after the founding."""
        if self.status == FORMING and self.founded < self.model.tick:
            self.set_status(ACTIVE)

    def set_status(self, status: int) -> None:
        """Change status; only an active or merged alliance does anything."""
        self.status = status
        self.working = status in (ACTIVE, MERGED)

    def work(self, channel: int) -> float:
        """How fully the alliance works a channel."""
        return self.strength[channel] * self.theta * self.cohesion if self.working else 0.0

    def head(self) -> float:
        """Ability of whoever heads the alliance."""
        return self.model.township_ability if self.township_head else self.lead.person()

    # Money

    def pay_in(self, amount: float) -> None:
        """Money comes into the fund and is divided."""
        self.fund += amount
        self.put_by(amount)

    def put_by(self, amount: float) -> None:
        """Divide money that is in the fund: shares for ventures and property are put by, the rest is free."""
        if self.money > 0.0:
            self.venture_chest += amount * self.strength[VENTURE] / self.money
            self.enclave_chest += amount * self.strength[ENCLAVE] / self.money

    def take_out(self, amount: float) -> None:
        """Money leaves the fund, first what is neither put by nor kept for promised dividends."""
        self.fund = max(0.0, self.fund - amount)
        whole = self.venture_chest + self.enclave_chest + self.kept
        if whole > self.fund:
            self.venture_chest *= self.fund / whole
            self.enclave_chest *= self.fund / whole
            self.kept *= self.fund / whole

    def free_cash(self) -> float:
        """The part of the fund that is neither put by nor kept."""
        return max(0.0, self.fund - self.venture_chest - self.enclave_chest - self.kept)

    def free_strength(self) -> float:
        """Strength of the channels that live on the free part of the fund."""
        return self.strength[LAND] + self.strength[WORKSHOPS] + self.strength[PUBLIC]

    # Take stock

    def take_stock(self) -> None:
        """What the alliance has this quarter, summed over its members."""
        p, lead, members = self.model.p, self.lead, self.members
        self.industry = lead.industry
        self.size = n = len(members)
        top_ability = -1.0
        pooled = people = income = stakes = effort = reach = borders = kin = volume = 0.0
        steps = set()
        for village in members:
            able = village.person()
            if able > top_ability:
                self.top, top_ability = village, able
            pooled += village.idle + village.planted + village.growing + village.developed
            people += village.population
            income += village.collective_income
            stakes += village.stake
            effort += village.effort
            reach += hypot(village.x - lead.x, village.y - lead.y)
            borders += village.border_to(lead)
            if village.culture == lead.culture:
                kin += 1.0
            if village.industry == lead.industry:
                volume += village.developed
                steps.add(village.stage)
        self.top_ability = top_ability
        self.pooled = pooled
        self.people = people
        self.income = income / n
        self.stakes = stakes
        self.effort = effort / n
        others = max(n - 1, 1)
        self.reach = reach / others
        self.borders = borders / others
        self.kinship = kin / n
        self.volume = volume
        built = self.capital + self.outside
        self.chain = min(1.0, len(steps) / len(STAGES) + 0.5 * built / (built + p.venture_scale))
        strength = self.total_strength
        if self.model.lever.mentoring == 0.0:
            strength -= self.strength[MENTORING]
        self.theta = (
            0.0 if strength <= 0.0 else min(1.0, p.attention * self.head() / (n * strength))
        )
        self.slack = self.slack + 1 if self.effort < PAPER_EFFORT else 0
        served = sum(village.posted_from is not None for village in members)
        self.shared_head = self.shared_head + 1 if n == 2 and served == 1 else 0

    def relief(self) -> float:
        """Share of what borders cost that cooperation takes away."""
        p = self.model.p
        relief = p.border_relief * min(1.0, self.theta * self.strength[BORDER])
        if self.model.lever.border_agreement > 0.0:
            relief = max(relief, 0.5 * p.border_relief)
        return min(1.0, relief)

    def settle_in(self) -> None:
        """On the founding day members' effort answers what they expect."""
        if self.founded == self.model.tick:
            for village in self.members:
                village.expect(village.potentials())
            self.effort = sum(village.effort for village in self.members) / self.size

    # Meet

    def meet(self) -> None:
        """Hold the quarter's meetings; cohesion grows with each effective one and decays by itself."""
        model = self.model
        p = model.p
        if not self.working:
            self.meetings = 0.0
            self.cohesion *= 1.0 - p.cohesion_decay
            return
        special = poisson(model.meeting_luck, self.key, p.special_meetings / 4.0 * self.head())
        self.meetings = self.plenaries / 4.0 + special
        self.meetings_sum += self.meetings
        friction = min(1.0, p.border_friction * self.borders)
        way = self.reach * (1.0 - 0.5 * min(1.0, self.work(SERVICES)))
        worth = exp(-way / p.meeting_reach) * (1.0 - friction * (1.0 - self.relief()))
        bond = 1.0 + p.culture_bond * min(1.0, self.strength[CULTURE] * self.theta) * self.kinship
        effective = worth * bond * turnout(self.effort) * self.meetings
        content = sum(village.satisfaction for village in self.members) / self.size
        decay = (
            p.cohesion_decay
            + p.cohesion_size * max(self.size - 2, 0)
            + p.cohesion_unfairness * self.unfairness
        )
        decay *= 1.0 - p.trust_feedback * content
        c = self.cohesion
        c += min(1.0, p.cohesion_gain * effective) * (1.0 - c) - min(1.0, decay) * c
        self.cohesion = min(1.0, max(0.0, c))

    # Pool land

    def develop_joint_land(self) -> None:
        """Members' idle land is made fit, paid from the fund."""
        joint = self.work(LAND)
        if joint <= 0.0:
            return
        p = self.model.p
        budget = p.spend_rate * self.free_cash() * self.strength[LAND] / self.free_strength()
        roads = 1.0 + p.works_effect * self.works / (self.works + p.works_scale)
        scale = contiguous(p, self.pooled)
        pace = min(0.6, p.land_rate_joint / 4.0 * min(1.0, joint) * scale * roads)
        pace *= 1.0 - p.turnover_fear * (1.0 - self.cohesion)
        wishes = [
            pace * turnout(village.effort) * (0.5 + village.capacity) * village.idle
            for village in self.members
        ]
        wanted = sum(wishes)
        if wanted <= 0.0:
            return
        cost = p.land_cost / scale
        afford = min(1.0, budget / (wanted * cost))
        for village, wish in zip(self.members, wishes, strict=True):
            mu = afford * wish
            village.idle -= mu
            village.planted += mu
        self.fund -= afford * wanted * cost
        self.model.land_cost += afford * wanted * cost

    # Build

    def build(self) -> None:
        """Wear, ripening, grants, and what is begun this quarter."""
        self.wear()
        self.ripen()
        if not self.working or self.money <= 0.0:
            return
        if self.model.grant_scale > 0.0 and self.entitled():
            grant = self.model.grant_scale * self.grant_weight()
            if grant > 0.0:
                self.receive(grant)
        self.begin()

    def entitled(self) -> bool:
        """Grants come for some years after the founding, and never to an alliance on paper."""
        return self.working and self.model.tick - self.founded <= 4.0 * self.model.lever.grant_years

    def grant_weight(self) -> float:
        """Members, weighted towards the poorer alliances where grants have that priority."""
        priority = self.model.lever.grant_weak_first
        if priority <= 0.0:
            return float(self.size)
        return self.size * exp(-priority * log(max(self.income, 10000.0)))

    def receive(self, grant: float) -> None:
        """Public money comes into the fund."""
        self.pay_in(grant)
        self.granted_sum += grant
        self.model.grants += grant
        self.model.grants_sum += grant

    def wear(self) -> None:
        """Capital wears, faster in a slack alliance; workshops lose places."""
        p = self.model.p
        rate = p.depreciation * (1.0 + p.slack_depreciation * (1.0 - self.cohesion))
        lost = rate * self.capital
        self.capital -= lost
        self.power -= rate * self.power
        self.outside -= rate * self.outside
        rent = ENCLAVE_WEAR * self.enclave
        self.enclave -= rent
        self.works -= WORKS_WEAR * self.works
        self.jobs -= p.job_loss * self.jobs
        self.model.written_off += lost + rent

    def ripen(self) -> None:
        """What was begun and is due now starts to work, or fails."""
        model = self.model
        p = model.p
        slot = model.tick % RING
        due = self.ventures[slot]
        if due > 0.0:
            self.ventures[slot] = 0.0
            self.building_sum -= due
            chance = (
                logit(p.venture_success)
                + p.success_cohesion * (self.cohesion - 0.5)
                + p.success_ability * (self.top_ability - 0.5)
            )
            if uniform(model.success_luck, self.key) < logistic(chance):
                self.capital += due
                skew = p.venture_skew
                self.power += due * exp(
                    skew * normal(model.yield_luck, self.key) - 0.5 * skew * skew
                )
                built = self.capital + self.outside
                self.outside += (
                    p.outside_match * due * self.cohesion * built / (built + p.venture_scale)
                )
            else:
                back = p.venture_salvage * due
                self.pay_in(back)
                model.salvaged += back
                model.written_off += due - back
        due = self.properties[slot]
        if due > 0.0:
            self.properties[slot] = 0.0
            self.building_sum -= due
            self.enclave += due

    def begin(self) -> None:
        """Ventures and property begin when enough is put by; workshops and public works live on the free part of the fund."""
        model = self.model
        p = model.p
        cost = self.theta * self.venture_chest
        if cost >= p.project_minimum:
            lag = floor(p.venture_lag * (0.4 + 1.2 * uniform(model.ripening_luck, self.key)) + 0.5)
            self.ventures[(model.tick + min(max(lag, 1), RIPENING_MOST)) % RING] += cost
            self.invest(cost)
            self.venture_chest -= cost
        cost = self.theta * self.enclave_chest
        if cost >= p.project_minimum:
            self.properties[(model.tick + ENCLAVE_LAG) % RING] += cost
            self.invest(cost)
            self.enclave_chest -= cost
        free = self.free_strength()
        if free <= 0.0:
            return
        cash = self.free_cash()
        if self.strength[VENTURE] > 0.0:
            self.venture_chest += PUT_BY * cash
            cash -= PUT_BY * cash
        share = self.strength[WORKSHOPS] / free
        if share > 0.0:
            places = max(0.0, p.idle_labour * self.people - self.jobs)
            cost = min(p.spend_rate * self.theta * cash * share, places * p.job_cost)
            self.jobs += cost / p.job_cost
            self.fund -= cost
            model.works_cost += cost
        share = self.strength[PUBLIC] / free
        if share > 0.0:
            cost = p.spend_rate * self.theta * cash * share
            self.works += cost
            self.fund -= cost
            model.works_cost += cost

    def invest(self, cost: float) -> None:
        """Take the cost of a new project out of the fund."""
        self.fund -= cost
        self.building_sum += cost
        self.model.invested += cost

    # Earn

    def grow_brand(self) -> None:
        """A brand grows with what is done for it, and fades when nothing is done."""
        p = self.model.p
        if self.working:
            known = min(1.0, self.strength[BRAND] * self.theta) * self.cohesion
            known *= self.volume / (self.volume + p.brand_scale) * (0.5 + 0.5 * self.chain)
            self.brand += p.brand_build * (known - self.brand)
        else:
            self.brand *= self.model.fade

    # Share

    def share(self) -> None:
        """Profit is kept in part, the rest divided; a loss is borne by the members."""
        self.profit = 0.0
        if self.capital + self.enclave + self.jobs <= 0.0:
            return
        model = self.model
        p = model.p
        luck = HALF * (
            normal(model.venture_luck, self.key)
            + normal(model.venture_luck, model.industry_key[self.industry])
        )
        market = model.market if self.industry == model.market_industry else 0.0
        built = self.capital + self.outside
        rate = (
            p.venture_return * (built / (built + p.venture_scale) * model.pandemic_factor + market)
            + p.venture_noise * luck
        )
        fees = self.jobs * p.job_fee / 4.0
        profit = paid = self.profit = (
            self.power * rate + self.enclave * p.enclave_return
        ) / 4.0 + fees
        model.profits += profit
        if self.sharing == GUARANTEED:
            paid = self.keep_promise(profit, fees)
        elif profit > 0.0:
            self.pay_in(profit)
            paid *= 1.0 - p.reinvested_share
        else:
            self.fund += profit
        self.divide(paid)

    def keep_promise(self, profit: float, fees: float) -> float:
        """What a guaranteed dividend comes to, paid from profits that were kept."""
        p = self.model.p
        promise = p.guaranteed_rate / 4.0 * (self.capital + self.enclave) + fees * (
            1.0 - p.reinvested_share
        )
        self.fund += profit
        self.kept += profit
        paid = min(self.kept, promise)
        beyond = self.kept - max(paid, 0.0) - 4.0 * CUSHION * promise
        if beyond > 0.0:
            self.kept -= beyond
            self.put_by(beyond)
        self.kept = max(0.0, self.kept - paid)
        return paid

    def divide(self, paid: float) -> None:
        """Pay from the fund to the members by weight, and measure how far that is from what they put in."""
        common = (self.granted_sum + 1.0) / self.size
        if self.sharing == EQUALLY:
            weights = [1.0] * self.size
        elif self.sharing == WEAKEST_FIRST:
            weights = [
                1.0 / (max(0.0, village.collective_income) + POOR) for village in self.members
            ]
        else:
            weights = [village.stake + common for village in self.members]
        total = sum(weights)
        put_in = self.stakes + common * self.size
        apart = 0.0
        for village, weight in zip(self.members, weights, strict=True):
            part = weight / total
            village.dividend = paid * part
            apart += abs(part - (village.stake + common) / put_in)
        self.fund -= min(paid, 0.0)
        self.take_out(max(paid, 0.0))
        self.unfairness = 0.5 * apart
        self.model.dividends += paid

    # Review

    def review(self) -> None:
        """Once a year: members learn, stay or leave; the alliance goes on paper, revives, merges or ends."""
        for village in self.members:
            could = village.potentials()
            village.learn(could)
            village.expect(could)
        if self.status != MERGED:
            if self.model.lever.moves > 0.0:
                for village in list(self.members):
                    village.leave_or_stay()
            self.judge()

    def redeemable(self, stake: float) -> float:
        """Yuan of the fund that a leaving member takes with it."""
        return by_year.REDEEMED * self.fund * stake / (self.stakes + self.granted_sum + 1.0)

    def part_with(self, village: Village) -> None:
        """A member leaves with its share of the cash; another member leads if it led."""
        village.recall()
        back = min(self.fund, self.redeemable(village.stake))
        self.take_out(back)
        self.stakes = max(0.0, self.stakes - village.stake)
        village.reserves += back
        self.model.dividends += back
        village.forget()
        self.members.remove(village)
        self.size -= 1
        self.model.exits += 1
        if self.lead is village and self.members:
            self.lead = max(self.members, key=Village.person)

    def judge(self) -> None:
        """On paper after four slack quarters, alive again when effort returns, ended without members or cohesion, merged."""
        effort = sum(village.effort for village in self.members) / max(self.size, 1)
        if self.size < 2 or self.cohesion < by_year.LEAST_COHESION:
            self.end()
        elif (
            self.status == ACTIVE and self.slack >= by_year.PAPER_QUARTERS and effort < PAPER_EFFORT
        ):
            self.set_status(DORMANT)
        elif self.status == DORMANT and effort >= PAPER_EFFORT:
            self.set_status(ACTIVE)
        elif self.status == ACTIVE and self.shared_head >= by_year.MERGE_QUARTERS:
            self.set_status(MERGED)

    def end(self) -> None:
        """Close the alliance: cash and what capital still fetches go to the remaining members by what they put in."""
        model = self.model
        assets = self.capital + self.enclave + self.building_sum
        fetched = model.p.venture_salvage * (self.capital + self.building_sum) + 0.8 * self.enclave
        model.written_off += assets - fetched
        if self.members:
            cash = self.fund + fetched
            model.salvaged += fetched
            model.dividends += cash
            total = sum(village.stake + 1.0 for village in self.members)
            for village in self.members:
                village.reserves += cash * (village.stake + 1.0) / total
                village.recall()
                village.forget()
        else:
            model.written_off += fetched
            model.spent += self.fund
        self.set_status(DISSOLVED)
        model.ended += 1
        model.alliances.discard(self)
        self.remove()

"""One run of a county as a plain Mesa model."""

from __future__ import annotations

from collections import defaultdict
from math import exp, isfinite, log
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.metrics import LEVELS, WEAK
from village_alliances.sim.quarter import FLOWS
from village_alliances.sim.society import (
    BY_ABLEST,
    BY_FIRM,
    BY_TOWNSHIP,
    ENDOWMENTS,
    EQUALLY,
    IN_WEAK_NAMES,
    PAPER,
    PROMISED,
    QUIET,
    VILLAGE,
)

from benchmarks.plain_mesa.agents import Alliance, Village, logistic, said
from benchmarks.plain_mesa.forming import Proposal, found, look_for_alliance
from benchmarks.plain_mesa.undertaking import MIDDLING, Kind, Room, added, use_up

POINTERS = ("run", "alliance", "lent_from")  # columns that point at what does not exist yet
ENOUGH = 1.0  # yuan
FIRMS = 31  # purpose of the draws of firms' leaving and coming
HEAD, HEAD_GOES = 30, 32  # purposes of the draws of heads from outside
LOG_2 = 0.6931471805599453
SUMS = (
    "founded_sum", "ended_sum", "leaves", "quietened", "refusals", "begun_sum", "failed_sum", "died_sum",
    "project_years", "member_years", "grants_sum", "solo_sum", "ordinary_sum", "campaign_sum", "transfers_sum", "own_sum",
)  # fmt: skip
STREAMS = {
    "departure_luck": luck.DEPARTURE, "election_luck": luck.ELECTION, "successor_luck": luck.SUCCESSOR,
    "kind_luck": luck.SUCCESSOR_KIND, "posting_luck": luck.POSTING, "firm_luck": FIRMS, "fortune_luck": luck.YIELD,
    "ripening_luck": luck.RIPENING, "ending_luck": luck.SUCCESS, "noise_luck": luck.NOISE, "trade_luck": luck.INDUSTRY_NOISE,
    "villager_luck": luck.VILLAGER_NOISE, "formation_luck": luck.FORMATION, "size_luck": luck.SIZE_IN_MIND,
    "head_luck": HEAD, "calling_luck": HEAD_GOES,
}  # fmt: skip


class County(mesa.Model):
    """Villages of one run and their alliances, quarter by quarter. `step` is the quarter; levels
    are collected once a year."""

    def __init__(self, society: Any) -> None:
        """`society`: a block of one run as `sim.building.build` gives it, of
        which only the start is read."""
        super().__init__(rng=1)  # Mesa's own generator, which nothing here uses
        self.p = namespaces(society.parameters)[0]
        self.lever = namespaces(society.levers)[0]
        self.calendar = namespaces(society.calendar)
        self.strategies = namespaces(society.strategies)
        self.luck_seed, self.run = society.seed[0], society.runs.run[0]
        self.tick = 0
        for name in (*FLOWS, *SUMS):
            setattr(self, name, 0)
        self.income_before = 0.0
        self.noise_var = self.villager_var = self.pandemic = self.granting = 0.0
        self.last_weak, self.status = -1, 0
        p, lever = self.p, self.lever
        self.keep = 1.0 - p.noise_persistence_loss
        own = lever.ordinary_money >= 0.0
        self.ordinary_a_year = lever.ordinary_money if own else p.ordinary_money
        self.routed_a_year = self.ordinary_a_year if lever.routed > 0.0 else 0.0
        last = len(self.calendar) - 1.0
        self.deadline = lever.campaign_end if lever.campaign_end >= 0.0 else last
        self.kinds = kinds_of(society)
        self.depth = society.depth.tolist()
        self.market: dict[Any, float] = defaultdict(float)
        self.price = dict.fromkeys(range(society.price.shape[1]), 0.0)
        self.price_key = list(society.product_key)
        self.rival_money: dict[str, Any] = {
            name: defaultdict(float) for name in ("even", "lumped", "on_weakest")
        }
        self.alliances: list[Alliance] = []
        self.settle_villages(society)
        self.given = self.given_alliances(society)
        self.set_rates()
        self.look_around()
        self.datacollector = mesa.DataCollector(
            model_reporters={
                level.name: lambda model, name=level.name: model.outcomes[name] for level in LEVELS
            }
        )
        self.collect()

    def look_around(self) -> None:
        """Before the first quarter: what each village would begin at home."""
        self.tick = -1
        for village in self.in_order:
            village.best_next(village.room(), village.running(), village.money_in_sight())
        self.tick = 0

    def settle_villages(self, society: Any) -> None:
        """Villages with what they have, their neighbours and their cash."""
        names = [variable.name for variable in VILLAGE if variable.name not in POINTERS]
        columns = [getattr(society.villages, name) for name in names]
        rows = zip(*(c if c.dtype == np.uint64 else c.tolist() for c in columns), strict=True)
        villages = [Village(self, dict(zip(names, row, strict=True))) for row in rows]
        for i, village in enumerate(villages):
            amounts = society.endowment[i].tolist()
            village.endowment = dict(zip(ENDOWMENTS, amounts, strict=True))
            village.fund = float(society.accounts.fund[i])
            village.orders = float(society.accounts.orders[i])
            village.near = [villages[j] for j in society.near[i] if j >= 0]
            money = society.village_money
            village.later_money = money[:, i].tolist() if money.size else []
            choice = society.choice
            village.strategy = self.strategies[choice[i]] if choice.size else None
        self.villages = self.agents_by_type[Village]
        self.in_order = villages
        self.forming = society.choice.size > 0

    def given_alliances(self, society: Any) -> list[SimpleNamespace]:
        """The alliances that the scenario gives."""
        given = namespaces(society.given)
        for number, alliance in enumerate(given):
            pairs = zip(self.in_order, society.given_member, strict=True)
            alliance.villages = [village for village, group in pairs if group == number]
            alliance.lead = self.in_order[alliance.lead] if alliance.lead >= 0 else None
            alliance.strategy = self.strategies[alliance.strategy]
        return given

    # One quarter

    def step(self) -> None:
        """One quarter."""
        self.open_books()
        self.change_secretaries()
        self.found_given()
        self.form()
        self.list_members()
        self.each_alliance("take_stock")
        self.each_alliance("follow_head")
        self.villages.do("forget")
        self.each_alliance("meet")
        self.each_alliance("sign_in")
        self.set_rates()
        self.place_orders()
        self.villages.do("receive")
        self.ordinary += 0.25 * self.ordinary_a_year * len(self.in_order)
        self.ordinary_sum += self.ordinary
        self.each_alliance("receive_grant")
        self.each_alliance("put_in_own_money")
        self.each_alliance("begin_projects")
        self.villages.do("begin_projects")
        self.blow = exp(self.pandemic)
        self.villages.do("run_own")
        self.each_alliance("run_projects")
        self.lift_weak()
        self.villages.set("alliance_income", 0.0)
        self.each_alliance("share_profit")
        self.earn()
        self.villages.do("reach_people")
        self.each_alliance("review")
        self.list_members()
        self.move()
        self.rank()
        if any(village.operating_income < WEAK for village in self.in_order):
            self.last_weak = self.tick
        self.tick += 1
        if self.tick % 4 == 0:
            self.collect()

    def each_alliance(self, process: str) -> None:
        """Every alliance that there is goes through a process, the older first."""
        for alliance in list(self.alliances):
            getattr(alliance, process)()

    def open_books(self) -> None:
        """Flows start at nought; the quarter's events and draws are at hand."""
        for flow in FLOWS:
            setattr(self, flow, 0.0)
        today = self.calendar[self.tick]
        self.granting = today.grants
        if self.lever.grant_weak_first > 0.0:
            incomes = [max(0.0, village.brought_in) for village in self.in_order]
            self.income_before = added(incomes) / len(incomes)
        self.votes = today.election == 1 and self.lever.elections > 0.0
        self.leader_loss, self.firm_loss = today.leader_loss == 1, today.firm_loss == 1
        self.market_product, self.market_shock = today.market_product, today.market
        self.boom = exp(today.market)
        for name, purpose in STREAMS.items():
            stream = luck.stream(self.luck_seed, self.run, self.tick, purpose)
            setattr(self, name, np.uint64(stream))

    def change_secretaries(self) -> None:
        """Departures, elections and losses of leaders, then secretaries who are lent."""
        p, lever = self.p, self.lever
        self.quits = 0.25 * p.departure_rate * (1.0 - p.retention_effect * lever.retention)
        self.quits *= lever.departures
        self.villages.do("change_secretary")
        if self.votes:
            for village in self.round_of(
                self.in_order, luck.unit(np.uint64(luck.mix(self.posting_luck)))
            ):
                village.borrow_secretary()

    def list_members(self) -> None:
        """Who belongs to what, in the order of the village list."""
        for alliance in self.alliances:
            alliance.listed = []
        for village in self.in_order:
            if village.alliance is not None:
                village.alliance.listed.append(village)

    def found_given(self) -> None:
        """Found the alliances that the scenario gives for this quarter."""
        due = [given for given in self.given if given.founded == self.tick]
        for given in due:
            free = [village for village in given.villages if village.alliance is None]
            lead = given.lead or max(free, key=lambda village: village.capacity, default=None)
            if len(free) < 2 or lead is None or lead.alliance is not None:
                continue
            alliance = Alliance(self, lead, given.strategy)
            alliance.grant = given.grant
            for village in free:
                if village is not lead:
                    village.join(alliance)
        if due:
            self.open_for_business()

    def open_for_business(self) -> None:
        """After foundings: who belongs to what, and where single money would have gone."""
        self.list_members()
        for alliance in self.alliances:
            if alliance.founded == self.tick and alliance.promising is None:
                alliance.take_stock()
                alliance.single_out()

    def form(self) -> None:
        """Founders fill the places that the county's campaign opens this quarter."""
        p, lever = self.p, self.lever
        if not self.forming or lever.formation <= 0.0:
            return
        size = len(self.in_order)
        allied = added(village.alliance is not None for village in self.in_order)
        open_now = logistic(p.places_speed * (self.tick - lever.places_mid))
        wanted = lever.places_share * size * open_now - allied
        if wanted < 2.0:
            return
        mean_size = 0.5 * (p.size_least + p.size_most)
        asked = min(1.0, wanted / mean_size / max(1.0, float(size - allied)))
        tried = False
        for village in self.round():
            if village.alliance is None and luck.uniform(self.formation_luck, village.key) < asked:
                found(village, luck.uniform(self.size_luck, village.key))
                tried = True
        if tried:
            self.open_for_business()

    def round(self) -> list[Village]:
        """All villages in a round that begins anywhere and goes either way."""
        return self.round_of(self.in_order, luck.unit(np.uint64(luck.mix(self.formation_luck))))

    def round_of(self, villages: list[Village], order: float) -> list[Village]:
        """These, beginning and going as `order` (0..1) says."""
        n = len(villages)
        first = int(order * 2.0 * n)
        way = 1 if first < n else -1
        return [villages[(first + way * j) % n] for j in range(n)]

    def move(self) -> None:
        """Once a year a village without alliance looks for one."""
        lever = self.lever
        if self.tick % 4 != 3 or not self.forming or lever.moves <= 0.0 or lever.formation <= 0.0:
            return
        for village in self.round():
            if village.alliance is None:
                key = np.uint64(luck.mix(village.key))
                if luck.uniform(self.formation_luck, key) < self.p.consider:
                    look_for_alliance(village)
        self.list_members()

    def set_rates(self) -> None:
        """Once a year markets take notice of last year's capital and every village's rates are set;
        alliances' as they need."""
        if self.tick % 4 == 0:
            self.fill_markets()
            self.villages.do("count_managed")
            self.each_alliance("count_managed")
            self.villages.do("set_own_rates")
        self.each_alliance("set_own_rates")

    def fill_markets(self) -> None:
        """Capital in reach of each market, smoothed."""
        if self.tick == 0:
            return
        fresh = self.p.market_memory
        for market in self.market:
            self.market[market] *= 1.0 - fresh
        for holder in (*self.in_order, *self.alliances):
            holder.bring_to_market(holder.product, fresh)

    def place_orders(self) -> None:
        """Firms come and leave; once a year each places its orders."""
        self.villages.do("firm_comes_or_leaves")
        if self.tick % 4 == 0:
            for holder in (*self.in_order, *self.alliances):
                holder.orders = 0.0
            for village in self.in_order:
                village.offered = 0.0
            self.villages.do("offer_orders")

    def lift_weak(self) -> None:
        """The county's campaign for villages under its floor."""
        lever = self.lever
        if lever.campaign_floor <= 0.0 or lever.campaign_start < 0.0:
            return
        if lever.campaign_start <= self.tick <= self.deadline:
            self.villages.do("be_lifted")

    def earn(self) -> None:
        """What the quarter brings to all incomes, prices, then each village's income."""
        p, keep, today = self.p, self.keep, self.calendar[self.tick]
        spread = p.noise_sd * p.noise_sd + p.product_sd * p.product_sd
        self.noise_var = keep * keep * self.noise_var + spread
        self.villager_var = keep * keep * self.villager_var + p.villager_sd * p.villager_sd
        self.pandemic = exp(-LOG_2 / p.pandemic_half_life) * self.pandemic + today.pandemic
        self.passed = (self.tick + 1) / 4.0
        apart = p.trend_spread * self.passed
        trend = log(1.0 + p.trend_collective) * self.passed - 0.5 * apart * apart
        self.growth = trend - 0.5 * self.noise_var + self.pandemic
        apart = p.villager_trend_spread * self.passed
        trend = log(1.0 + p.trend_villager) * self.passed - 0.5 * apart * apart
        self.villager_growth = trend - 0.5 * self.villager_var + p.pandemic_at_home * self.pandemic
        for product, key in enumerate(self.price_key):
            shock = p.product_sd * luck.normal(self.trade_luck, key)
            self.price[product] = keep * self.price[product] + shock
        self.villages.do("earn")

    def rank(self) -> None:
        """Once a year: a reward for the alliance whose members grew most, a warning
        and an end for the last."""
        lever = self.lever
        if self.tick % 4 != 3 or (lever.reward_first <= 0.0 and lever.reshuffle_last <= 0.0):
            return
        score, floor = {}, self.p.income_floor
        for alliance in self.alliances:
            if alliance.at_work:
                income, before = alliance.mean_income(), alliance.year_income
                if before > 0.0:
                    score[alliance] = log(max(income, floor) / max(before, floor))
                alliance.year_income = income
        if len(score) < 2 or max(score.values()) <= min(score.values()):
            return
        reward = lever.reward_first * self.granting
        if reward > 0.0:
            max(score, key=lambda alliance: score[alliance]).receive(reward)
        if lever.reshuffle_last > 0.0:
            last = min(score, key=lambda alliance: score[alliance])
            for alliance in self.alliances:
                if alliance is not last:
                    alliance.warned = False
            if last.warned:
                last.end()
            else:
                last.warned = True

    def record_for_rivals(self, alliance: Alliance, amount: float) -> None:
        """The same money on the members evenly, on the one that promised most, and on
        the weakest, by quarter."""
        for village in alliance.listed:
            self.rival_money["even"][self.tick, village] += amount / len(alliance.listed)
        self.rival_money["lumped"][self.tick, alliance.promising] += amount
        self.rival_money["on_weakest"][self.tick, alliance.weakest] += amount

    # Choose

    def worth_of(self, kind: Kind, x: float, rate: float, overhead: float) -> float:
        """Present worth of a yuan of x yuan put into a type that brings `rate` a year."""
        yearly = rate - overhead / x if overhead > 0.0 else rate
        wait = kind.later if x >= self.p.approval_from else kind.soon
        return (kind.works * yearly + kind.beside) * wait

    def choose(
        self, room: Room, rate: dict[Kind, float], running: set[Kind], money: float
    ) -> tuple[Kind | None, float, float, float]:
        """The best type for `money` yuan in sight: type or None, yuan, worth a yuan,
        expected gain in yuan a year."""
        best, put, gain = None, 0.0, 0.0
        best_worth = self.p.bank_rate / self.p.discount
        for kind in self.kinds:
            x = money
            for need in kind.needs:
                x = min(x, room[need] * kind.unit_cost)
            if x < self.p.least_project:
                continue
            overhead = 0.0 if kind in running else kind.overhead
            worth = self.worth_of(kind, x, rate[kind], overhead)
            if worth > best_worth:
                best, put, best_worth = kind, x, worth
                gain = (1.0 - kind.fail) * (rate[kind] * x - overhead)
        return best, put, best_worth, gain

    def plan(self, room: Room, rate: dict[Kind, float], running: set[Kind], money: float) -> float:
        """Expected yearly gain of all that is worth doing with `money`; what is
        left earns the bank's rate."""
        total = 0.0
        for _ in self.kinds:
            kind, x, _, gain = self.choose(room, rate, running, money)
            if kind is None:
                break
            use_up(room, kind, x)
            running.add(kind)
            money -= x
            total += gain
            if money < ENOUGH:
                break
        return total + self.p.bank_rate * max(0.0, money)

    def plan_together(
        self, room: Room, rate: dict[Kind, float], running: set[Kind], money: float
    ) -> tuple[float, Room]:
        """The same of what is pooled, and which part of each endowment it would take."""
        before = dict(room)
        gain = self.plan(room, rate, running, money)
        taken = {e: 1.0 - room[e] / before[e] if before[e] > 0.0 else 0.0 for e in room}
        return gain, taken

    def stretched(self, ability: float, managed: float) -> float:
        """Ability of somebody who runs `managed` yuan: half at the span."""
        return ability * self.p.manager_span / (self.p.manager_span + managed)

    def managed_well(self, kind: Kind, ability: float, hired: bool) -> float:
        """Factor of a type's profit under this manager, less the fee of one who is hired."""
        p = self.p
        skill = max(0.0, 1.0 + p.management_effect * kind.management * (ability - MIDDLING))
        return skill * (1.0 - p.operator_fee * min(1.0, kind.management)) if hired else skill

    # What strategies say

    def its_part(
        self, of: Alliance | Proposal, leads: bool, worth: float, average: float, members: int
    ) -> float:
        """Present worth to one of so many members of a yuan that it puts in: the project's
        is `worth`, a claim's `average`."""
        promise = self.p.promised_rate / self.p.discount
        if of.sharing == EQUALLY:
            return worth / members
        if of.sharing != PROMISED:
            return average
        if of.led_by_lead:
            return worth if leads else promise
        return min(average, promise)  # what is left above the promise is kept

    def sharing_of(self, strategy: Any) -> int:
        """By which rule profits are divided: a planner's lever, or what the strategy says."""
        return int(said(self.lever.sharing, strategy.sharing))

    def membership(self, strategy: Any, meetings: float, village: Village, taught: bool) -> float:
        """Yuan a year that an ordinary member pays: its time, with its mentor too
        where it is taught, and its part of the measures."""
        p = self.p
        with_mentor = p.mentor_meetings * self.mentoring(strategy) if taught else 0.0
        return (
            (meetings + with_mentor) * p.meeting_cost
            + p.culture_cost * strategy.culture
            + p.agreement_cost * said(self.lever.agreement, strategy.agreement)
            + p.outlet_cost * strategy.outlet
            + p.services_cost * village.population * strategy.services
        )

    def head_of(self, strategy: Any, villages: list[Village]) -> int:
        """Who heads these: as agreed, but a firm's manager only where one of them has a firm."""
        agreed = self.agreed_head(strategy)
        if agreed == BY_FIRM and not any(village.firm for village in villages):
            return int(BY_ABLEST)
        return agreed

    def led(self, head: int, leads: bool, members: int) -> float:
        """Villages for whose leading a member pays."""
        if head == BY_ABLEST:
            return members - 1.0 if leads else 0.0
        return (members - 1.0) / members

    def agreed_head(self, strategy: Any) -> int:
        """Who is to head its alliances."""
        if self.lever.township_head < 0.0:
            return int(strategy.head)
        return int(BY_TOWNSHIP if self.lever.township_head > 0.0 else BY_ABLEST)

    def pact_of(self, strategy: Any) -> int:
        """Quarters between decisions."""
        return max(4, int(said(self.lever.pact, strategy.pact)))

    def usual_grant(self, multiple: float) -> float:
        """Yuan a quarter for a member at present."""
        return 0.25 * self.lever.grant_per_village * multiple * self.granting

    def agreed_share(self, cohesion: float) -> float:
        """Share of what they have that members sign in at this cohesion, borders apart."""
        p = self.p
        return p.signed_start + max(0.0, p.signed_level - p.signed_start) * cohesion

    def favour(self, villages: list[Village]) -> float:
        """How far grants favour these for their poverty."""
        lean = self.lever.grant_weak_first
        if lean <= 0.0:
            return 1.0
        income = added(max(0.0, v.brought_in) for v in villages) / max(1, len(villages))
        floor, most = self.p.income_floor, self.p.favour_most
        ratio = (self.income_before + floor) / (income + floor)
        return min(most, max(1.0 / most, ratio**lean))

    def share_for_works(self, strategy: Any) -> float:
        """Share of public money that public works take."""
        return self.p.works_share if strategy.works > 0.0 else 0.0

    def named(self, strategy: Any, villages: list[Village]) -> list[Village]:
        """Those of them in whose names public money stands."""
        if int(said(self.lever.names, strategy.names)) != IN_WEAK_NAMES:
            return villages
        total = added(village.start_income for village in villages)
        return [v for v in villages if v.start_income * len(villages) <= total]

    def meetings_under(self, strategy: Any, able: float) -> float:
        """Meetings a year under a head who can do `able`."""
        p = self.p
        plenaries = said(self.lever.plenaries, strategy.plenaries)
        return plenaries + p.special_meetings * able + p.culture_meetings * strategy.culture

    def mentoring(self, strategy: Any) -> float:
        """Whether the one that can manage most mentors."""
        return said(self.lever.mentoring, strategy.mentoring)

    def learning_rate(self, strategy: Any, meetings: float) -> float:
        """Share of a gap that a member closes in a quarter whom meetings reach."""
        p = self.p
        dose = 1.0 - exp(-meetings / p.meetings_of_trial)
        return p.meeting_learning * dose + p.mentoring_rate * self.mentoring(strategy)

    def time_of_mentoring(self, strategy: Any, pupils: float) -> float:
        """Capacity that a mentor of so many lacks at home."""
        return self.p.mentor_load * self.mentoring(strategy) * pupils

    def reach(self, strategy: Any, village: Village, lead: Village) -> float:
        """How much of a meeting at the lead's reaches a village: distance and
        borders take from it."""
        agreed = said(self.lever.agreement, strategy.agreement)
        far = exp(-village.km_to(lead) / self.p.meeting_reach)
        return far * (1.0 - village.friction(lead, agreed))

    # Record

    def collect(self) -> None:
        """Record the levels of this moment."""
        self.outcomes = self.summary()
        self.datacollector.collect(self)

    def summary(self) -> dict[str, float]:
        """Every level of sim/metrics.py."""
        villages, alliances = self.in_order, self.alliances
        n = len(villages)
        incomes = sorted(village.operating_income for village in villages)
        tenth = 0.1 * (n - 1)
        low = int(tenth)
        people = added(village.population for village in villages)
        heads = added(village.population * village.villager_income for village in villages)
        whole = added(village.total_income for village in villages)
        reserves = added(village.fund - village.debt for village in villages)
        if not (isfinite(whole) and isfinite(heads) and isfinite(reserves)):
            self.status = 1
        at_work = [alliance.cohesion for alliance in alliances if alliance.at_work]
        within, between = self.inequality()
        return {
            "weak_villages_50k": added(income < WEAK for income in incomes),
            "weak_villages_100k": added(income < 2 * WEAK for income in incomes),
            "weak_villages_150k": added(income < 3 * WEAK for income in incomes),
            "weak_villages_500k": added(income < 10 * WEAK for income in incomes),
            "quarters_to_last": self.last_weak + 1.0 if self.tick else 0.0,
            "mean_income": added(incomes) / n,
            "median_income": 0.5 * (incomes[(n - 1) // 2] + incomes[n // 2]),
            "p10_income": incomes[low]
            + (tenth - low) * (incomes[min(low + 1, n - 1)] - incomes[low]),
            "gini": gini(incomes),
            "theil_within": within,
            "theil_between": between,
            "total_income": whole / n,
            "villager_income": heads / max(people, 1.0),
            "villager_gini": gini(sorted(village.villager_income for village in villages)),
            "wages": added(village.wages for village in villages) / n,
            "jobs": added(village.jobs for village in villages),
            "capacity": added(village.capacity for village in villages) / n,
            "ability": added(village.ability for village in villages) / n,
            "reserves": reserves / n,
            "alliances": len(alliances),
            "alliances_on_paper": added(alliance.status == PAPER for alliance in alliances),
            "allied_villages": added(village.alliance is not None for village in villages),
            "quiet_members": added(village.standing == QUIET for village in villages),
            "cohesion": added(at_work) / len(at_work) if at_work else 0.0,
            "leaves": self.leaves,
            "refusals": self.refusals,
            "ended": self.ended_sum,
            "projects_begun": self.begun_sum,
            "projects_ended": self.failed_sum + self.died_sum,
            "public_cost": self.grants_sum + self.solo_sum,
            "own_money": self.own_sum,
            "membership_cost": added(village.membership_cost for village in villages) / n,
            "ordinary_money": self.ordinary_sum,
            "campaign_cost": self.campaign_sum,
            "transfers": self.transfers_sum,
        }

    def inequality(self) -> tuple[float, float]:
        """Theil's index inside alliances and between them; a village alone is a group of one."""
        groups: dict[Any, list[float]] = {}
        for village in self.in_order:
            income = max(village.operating_income, 1.0)
            groups.setdefault(village.alliance or village, []).append(income)
        n = len(self.in_order)
        total = added(map(sum, groups.values()))
        if added(village.operating_income for village in self.in_order) <= 0.0:
            return 0.0, 0.0
        within = between = 0.0
        for incomes in groups.values():
            own = added(incomes) * log(added(incomes) / len(incomes))
            between += own
            within += added(income * log(income) for income in incomes) - own
        return max(0.0, within / total), max(0.0, between / total - log(total / n))


def kinds_of(society: Any) -> list[Kind]:
    """Project types as this run draws them."""
    table, needs = society.technology[0], society.needs.tolist()
    return [
        Kind(
            dict(zip(table.dtype.names, row.tolist(), strict=True)),
            tuple(ENDOWMENTS[need] for need in needs[number] if need >= 0),
            society.type_key[number],
        )
        for number, row in enumerate(table)
    ]


def namespaces(records: Any) -> list[SimpleNamespace]:
    """Records as objects with plain numbers."""
    names = records.dtype.names
    return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in records.tolist()]


def gini(ascending: list[float]) -> float:
    """Gini coefficient of ascending numbers; losses count as nought."""
    n = len(ascending)
    own = [max(x, 0.0) for x in ascending]
    total = added(own)
    weighted = added((2 * (i + 1) - n - 1) * x for i, x in enumerate(own))
    return weighted / (n * total) if total > 0.0 else 0.0

"""One run of a county as a plain Mesa model."""

from __future__ import annotations

from math import exp, isfinite, log
from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
from mesa.agent import AgentSet
from village_alliances.sim import luck
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.quarter import FLOWS
from village_alliances.sim.rules.earning import PANDEMIC_MEMORY
from village_alliances.sim.rules.election import HELD
from village_alliances.sim.rules.recording import NOT_A_NUMBER, TIERS, WEAK
from village_alliances.sim.rules.review import REWARD_FROM
from village_alliances.sim.society import DORMANT, LEADER, VILLAGE

from benchmarks.plain_mesa.agents import Alliance, Village, logistic, logit

GIVEN_LATER = (
    "run",
    "alliance",
    "posted_from",
    "mentor",
)  # columns that point at other agents, which do not exist yet
SUMS = ("ended", "exits", "grants_sum", "own_money_sum", "transfers_sum")


class County(mesa.Model):
    """Villages of one run and their alliances, quarter by quarter. `step` is the quarter; outcomes are collected once a year."""

    def __init__(self, society: Any) -> None:
        """`society`: a block of one run as `sim.building.build` gives it, of which only the start is read."""
        super().__init__(rng=1)  # Mesa's own generator, which nothing here uses
        self.p = SimpleNamespace(**_record(society.p[0]))
        self.lever = SimpleNamespace(**_record(society.l[0]))
        self.calendar = [SimpleNamespace(**_record(day)) for day in society.calendar]
        self.luck_seed, self.run = society.seed[0], society.r.run[0]
        self.industry_key = list(society.industry_key)
        self.strategies = [
            SimpleNamespace(
                strengths=strengths,
                leader=LEADER[int(leader)],
                sharing=int(sharing),
                plenaries=plenaries,
            )
            for strengths, (_, leader, sharing, plenaries) in zip(
                society.plan_strategy.tolist(), society.plan.tolist(), strict=True
            )
        ]
        self.tick = 0
        for name in (*FLOWS, *SUMS):
            setattr(self, name, 0.0)
        self.noise_variance = self.villager_variance = self.pandemic = 0.0
        self.last_weak = -1
        self.status = 0
        self.township_ability = logistic(logit(self.p.ability_mean) + 0.5 * self.p.ability_sd)
        self.spend = 1.0 - self.p.savings_rate
        self.keep = 1.0 - self.p.noise_persistence_loss
        self.fade = exp(-log(2.0) / self.p.brand_half_life)
        self.ripening = min(1.0, 2.0 / self.p.land_lag)
        columns = [v.name for v in VILLAGE if v.name not in ("id", *GIVEN_LATER)]
        rows = zip(*(getattr(society.v, name).tolist() for name in columns), strict=True)
        for key, row in zip(society.v.id, rows, strict=True):
            Village(self, {"key": key, **dict(zip(columns, row, strict=True))})
        self.villages = self.agents_by_type[Village]
        self.alliances = AgentSet([], random=self.random)
        villages = list(self.villages)
        self.products = sorted({village.industry for village in villages})
        self.given = [
            (
                founded,
                self.strategies[strategy],
                [
                    village
                    for village, group in zip(villages, society.given_member, strict=True)
                    if group == number
                ],
                villages[lead] if lead >= 0 else None,
            )
            for number, (founded, lead, strategy, _) in enumerate(society.given.tolist())
        ]
        starts = sorted(village.start_income for village in villages)
        poor_line = WEAK if starts[0] < WEAK else starts[max(0, len(starts) // 5 - 1)]
        self.weak = [village for village in villages if village.start_income <= poor_line]
        self.datacollector = mesa.DataCollector(
            model_reporters={name: lambda model, name=name: model.outcomes[name] for name in NAMES}
        )
        self.collect()

    def step(self) -> None:
        """One quarter."""
        for flow in FLOWS:
            setattr(self, flow, 0.0)
        villages, alliances = self.villages, self.alliances
        self.found_given()
        alliances.do("take_stock")
        alliances.do("settle_in")
        self.draw_for(meeting_luck=luck.SPECIAL_MEETINGS)
        alliances.do("meet")
        villages.do("learn_from_others")
        self.post_and_elect()
        villages.do("develop_own_land")
        alliances.do("develop_joint_land")
        self.draw_for(ripening_luck=luck.RIPENING, success_luck=luck.SUCCESS, yield_luck=luck.YIELD)
        villages.do("contribute")
        self.grant_scale = self.yuan_per_grant_weight()
        alliances.do("build")
        self.earn()
        self.venture_luck = np.uint64(
            luck.stream(self.luck_seed, self.run, self.tick // 4, luck.VENTURE_NOISE)
        )
        alliances.do("share")
        villages.do("close_books")
        self.transfers_sum += self.transfers
        villages.do("employ_and_serve")
        if self.tick % 4 == 3:
            villages.do("pay_secretary")
            self.draw_for(leaving_luck=luck.LEAVING)
            alliances.do("review")
            self.rank()
        if any(village.collective_income < WEAK for village in self.villages):
            self.last_weak = self.tick
        self.tick += 1
        if self.tick % 4 == 0:
            self.collect()

    def draw_for(self, **purposes: int) -> None:
        """Make the streams of this quarter's draws, each under its name."""
        for name, purpose in purposes.items():
            setattr(
                self, name, np.uint64(luck.stream(self.luck_seed, self.run, self.tick, purpose))
            )

    def found_given(self) -> None:
        """Last quarter's foundations begin their work; this quarter's are founded."""
        self.alliances.do("begin_work")
        for founded, strategy, members, lead in self.given:
            if founded == self.tick:
                self.strength_luck = np.uint64(
                    luck.stream(self.luck_seed, self.run, 0, luck.STRENGTH)
                )
                self.alliances.add(Alliance(self, strategy, members, lead))

    def post_and_elect(self) -> None:
        """What the quarter brings to all secretaries, then each village's change."""
        p, lever, today = self.p, self.lever, self.calendar[self.tick]
        self.draw_for(
            election_luck=luck.ELECTION,
            successor_luck=luck.SUCCESSOR,
            kind_luck=luck.SUCCESSOR_KIND,
            departure_luck=luck.DEPARTURE,
        )
        self.trend = exp(log(1.0 + p.trend_collective) * self.tick / 4.0)
        self.quits = (
            p.departure_rate / 4.0 * (1.0 - HELD * lever.retention)
            if lever.departures > 0.0
            else 0.0
        )
        self.votes = today.election == 1 and lever.elections > 0.0
        self.leader_loss = today.leader_loss == 1
        self.villages.do("serve_on")
        self.villages.do("change_secretary")
        if lever.posting > 0.0 and self.votes:
            self.villages.do("borrow_secretary")

    def yuan_per_grant_weight(self) -> float:
        """The county's sum of grants is the same whatever its priority."""
        per_member = self.lever.grant_per_village / 4.0 * self.calendar[self.tick].grants
        if per_member <= 0.0 or self.lever.grant_weak_first <= 0.0:
            return per_member
        entitled = [
            alliance for alliance in self.alliances if alliance.money > 0.0 and alliance.entitled()
        ]
        weights = sum(alliance.grant_weight() for alliance in entitled)
        return (
            per_member * sum(alliance.size for alliance in entitled) / weights
            if weights > 0.0
            else 0.0
        )

    def earn(self) -> None:
        """What the quarter brings to all incomes, then brands, then each village's income."""
        p, today, keep = self.p, self.calendar[self.tick], self.keep
        self.draw_for(
            noise_luck=luck.NOISE,
            industry_luck=luck.INDUSTRY_NOISE,
            villager_luck=luck.VILLAGER_NOISE,
        )
        self.noise_variance = (
            keep * keep * self.noise_variance
            + p.noise_sd * p.noise_sd
            + p.industry_sd * p.industry_sd
        )
        self.villager_variance = (
            keep * keep * self.villager_variance + p.villager_sd * p.villager_sd
        )
        self.pandemic = PANDEMIC_MEMORY * self.pandemic + today.pandemic
        self.pandemic_factor = exp(self.pandemic)
        years = (self.tick + 1) / 4.0
        self.growth = (
            log(1.0 + p.trend_collective) * years - 0.5 * self.noise_variance + self.pandemic
        )
        self.villager_growth = (
            log(1.0 + p.trend_villager) * years - 0.5 * self.villager_variance + 0.5 * self.pandemic
        )
        self.market, self.market_industry = today.market, today.market_industry
        self.market_luck = {
            product: p.industry_sd * luck.normal(self.industry_luck, self.industry_key[product])
            for product in self.products
        }
        self.alliances.do("grow_brand")
        self.villages.do("earn")

    def rank(self) -> None:
        """The county's yearly ranking by growth: a reward for the first, a warning and an end for the last."""
        lever = self.lever
        if lever.reward_first <= 0.0 and lever.reshuffle_last <= 0.0:
            return
        ranked = []
        for alliance in self.alliances:
            if alliance.working:
                before = alliance.year_income
                alliance.score = (
                    log(max(alliance.income, 1000.0) / max(before, 1000.0)) if before > 0.0 else 0.0
                )
                alliance.year_income = alliance.income
                if before > 0.0:
                    ranked.append(alliance)
        if len(ranked) < REWARD_FROM:
            return
        reward = lever.reward_first * self.calendar[self.tick].grants
        if reward > 0.0:
            max(ranked, key=lambda alliance: alliance.score).receive(reward)
        if lever.reshuffle_last > 0.0:
            last = min(ranked, key=lambda alliance: alliance.score)
            for alliance in self.alliances:
                if alliance is not last:
                    alliance.warned = False
            if last.warned:
                last.end()
            else:
                last.warned = True

    def collect(self) -> None:
        """Record the outcomes of this moment."""
        self.outcomes = self.summary()
        self.datacollector.collect(self)

    def summary(self) -> dict[str, float]:
        """Every outcome of sim/metrics.py."""
        villages, alliances = list(self.villages), list(self.alliances)
        n = len(villages)
        incomes = [village.collective_income for village in villages]
        gains = [village.collective_income - village.alone_income for village in villages]
        allied = [village for village in villages if village.alliance is not None]
        leads = [village for village in allied if village.alliance.lead is village]
        at_work = [alliance.cohesion for alliance in alliances if alliance.working]
        people = max(sum(village.population for village in villages), 1.0)
        heads = sum(village.population * village.villager_income for village in villages)
        if not isfinite(sum(incomes)) or not isfinite(heads):
            self.status = NOT_A_NUMBER
        lead_gain = sum(village.collective_income - village.alone_income for village in leads)
        allied_gain = sum(village.collective_income - village.alone_income for village in allied)
        others = len(allied) - len(leads)
        ordered = sorted(incomes)
        tenth = 0.1 * (n - 1)
        low = int(tenth)
        within, between = self.inequality(allied)
        out = {
            f"weak_villages_{tier / 1000:.0f}k": float(sum(income < tier for income in incomes))
            for tier in TIERS
        }
        return out | {
            "quarters_to_last": self.last_weak + 1.0 if self.tick else 0.0,
            "mean_income": sum(incomes) / n,
            "median_income": 0.5 * (ordered[(n - 1) // 2] + ordered[n // 2]),
            "p10_income": ordered[low]
            + (tenth - low) * (ordered[min(low + 1, n - 1)] - ordered[low]),
            "gini": gini([max(income, 0.0) for income in ordered]),
            "theil_within": within,
            "theil_between": between,
            "gain_mean": sum(gains) / n,
            "gain_weak": mean(
                [village.collective_income - village.alone_income for village in self.weak]
            ),
            "gain_lead": lead_gain / len(leads) if leads else 0.0,
            "gain_others": (allied_gain - lead_gain) / others if others else 0.0,
            "gain_base": sum(village.base_income - village.alone_base for village in villages) / n,
            "gain_land": sum(village.land_income for village in villages) / n,
            "gain_brand": sum(village.brand_income for village in villages) / n,
            "gain_venture": sum(village.venture_income for village in villages) / n,
            "losers": float(sum(gain < -1000.0 for gain in gains)),
            "villager_income": heads / people,
            "villager_gain": sum(village.population * village.wages for village in villages)
            / people,
            "villager_gini": gini(sorted(village.villager_income for village in villages)),
            "capacity": sum(village.capacity for village in villages) / n,
            "ability": sum(village.ability for village in villages) / n,
            "reserves": sum(village.reserves for village in villages) / n,
            "alliances": float(len(alliances)),
            "alliances_on_paper": float(sum(alliance.status == DORMANT for alliance in alliances)),
            "allied_villages": float(len(allied)),
            "cohesion": mean(at_work),
            "effort": mean([village.effort for village in allied]),
            "exits": self.exits,
            "switches": 0.0,
            "refusals": 0.0,
            "ended": self.ended,
            "public_cost": self.grants_sum,
            "own_money": self.own_money_sum,
            "campaign_cost": 0.0,
            "transfers": self.transfers_sum,
            "weak_lifted": float(
                sum(
                    village.collective_income >= WEAK and village.alone_income < WEAK
                    for village in villages
                )
            ),
        }

    def inequality(self, allied: list[Village]) -> tuple[float, float]:
        """Theil's index inside alliances and between them; a village alone is a group of one."""
        n = len(self.villages)
        overall = sum(max(village.collective_income, 1.0) for village in self.villages) / n
        if sum(village.collective_income for village in self.villages) <= 0.0:
            return 0.0, 0.0
        within = between = 0.0
        for village in self.villages:
            if village.alliance is None:
                between += theil_term(village.collective_income, overall)
        for alliance in self.alliances:
            group = mean([max(village.collective_income, 1.0) for village in alliance.members])
            within += (
                group
                / overall
                * sum(theil_term(village.collective_income, group) for village in alliance.members)
            )
            between += len(alliance.members) * theil_term(group, overall)
        return within / n, between / n


def _record(record: Any) -> dict[str, Any]:
    return dict(zip(record.dtype.names, record.tolist(), strict=True))


def mean(values: list[float]) -> float:
    """The mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def gini(ordered: list[float]) -> float:
    """Gini coefficient of ascending non-negative numbers."""
    n, total = len(ordered), sum(ordered)
    weighted = sum((2 * (i + 1) - n - 1) * value for i, value in enumerate(ordered))
    return weighted / (n * total) if total > 0.0 else 0.0


def theil_term(value: float, mean: float) -> float:
    """One value's part in Theil's index; incomes are floored at a yuan."""
    share = max(value, 1.0) / mean
    return share * log(share)

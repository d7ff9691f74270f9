"""Sentences: what a proposal says in words, for its report, the terminal and the page. Every
figure is one of `Proposal`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from village_alliances.experiments.propose.answer import (
    Alternative,
    Changed,
    Pilot,
    Proposal,
    ProposedAlliance,
    Spread,
)
from village_alliances.sim.fields import PRODUCTS
from village_alliances.sim.strategy import names, shipped
from village_alliances.wording import say
from village_alliances.wording.numbers import number, percent, quantity, scale

SURE = 2.0  # standard errors: a mean difference within these may be luck
ALIKE = 0.4  # of runs: a rival that does better so often is no worse
NAMED = 12  # villages that a sentence names
UNSETTLED = 0.1  # of plans: where chains differ by more, shares are not told as advice
TRIFLE = 0.05  # a risk under this share of runs is not worth a word


@dataclass
class Sentences:
    """Sentences in one language."""

    lang: str

    def say(self, key: str, **values: Any) -> str:
        return say(f"proposal.{key}", self.lang, **values)

    def money(self, value: float, signed: bool = False) -> str:
        return quantity(value, "yuan/year", self.lang, signed=signed)

    def yuan(self, value: float) -> str:
        return quantity(value, "yuan", self.lang)

    def band(self, band: Spread, unit: str = "yuan/year") -> str:
        by, word = scale([band.low, band.high], unit, self.lang)
        low, high = (number(v, unit, signed=True, by=by) for v in (band.low, band.high))
        told = say("compare.verdict.to", self.lang, low=low, high=high)
        return told + (f" {word}" if self.lang == "en" else word)

    def names(self, villages: Sequence[str], most: int = NAMED) -> str:
        shown = self.say("listed").join(villages[:most])
        more = len(villages) - most
        return shown if more <= 0 else f"{shown}{self.say('listed')}{self.say('more', count=more)}"

    def joined(self, sentences: Sequence[str]) -> str:
        return self.say("stop").join(s for s in sentences if s)

    def sentence(self, text: str) -> str:
        """A note as a sentence of its own."""
        return text[0].upper() + text[1:] + ("。" if self.lang == "zh" else ".")

    def name(self, one: ProposedAlliance) -> str:
        return one.name[self.lang]

    def strategy(self, name: str) -> str:
        return shipped(name).title[self.lang] if name in names() else name

    def amount(self, value: float, unit: str, signed: bool = False) -> str:
        return quantity(value, unit, self.lang, signed=signed)

    # -------- One alliance

    def paragraph(self, one: ProposedAlliance, years: float) -> str:
        told = [
            self.say(
                "alliance.members",
                name=self.name(one),
                members=self.names([m.village for m in one.members]),
                strategy=one.title[self.lang],
            ),
            self.say("alliance.kept") if one.kept else "",
            self.lead(one),
            self.grant(one, years),
            self.why(one),
            self.say("alliance.gains", gain=self.money(one.gain.mean), band=self.band(one.gain)),
            self.say("alliance.together", share=percent(one.together)) if one.together else "",
            self.next(one),
            self.say(
                "alliance.breaks",
                list=self.say("listed").join(self.risks(one))
                or self.say("alliance.breaks_nothing"),
            ),
        ]
        return self.joined(told)

    def lead(self, one: ProposedAlliance) -> str:
        key = (
            "lead_outside"
            if one.lead_is_outside
            else "lead"
            if one.lead_share < 0.995
            else "lead_sure"
        )
        return self.say(f"alliance.{key}", lead=one.lead, share=percent(one.lead_share))

    def grant(self, one: ProposedAlliance, years: float) -> str:
        if one.grant <= 0:
            return self.say("alliance.no_grant")
        lapses = max(0.0, one.cost - one.spent.mean)
        return self.say(
            "alliance.grant",
            grant=self.yuan(one.grant),
            members=len(one.members),
            years=f"{years:g}",
            cost=self.yuan(one.cost),
            lapses=self.yuan(lapses),
        )

    def why(self, one: ProposedAlliance) -> str:
        text = (
            self.say("alliance.why_near", km=f"{one.reach_km:.1f}")
            if one.located
            else self.say("alliance.why_unplaced")
        )
        if len(one.townships) == 1 and one.townships[0]:
            text += self.say("alliance.why_township", township=one.townships[0])
        elif len(one.townships) > 1:
            text += self.say("alliance.why_townships", count=len(one.townships))
        if len(one.products) == 1:
            product = one.products[0]
            word = PRODUCTS.get(product, (product,))[0] if self.lang == "zh" else product
            text += self.say("alliance.why_product", product=word)
        weak = sum(m.weak_alone > 0.5 for m in one.members)
        if weak:
            after = sum(m.weak > 0.5 for m in one.members)
            text += self.say("alliance.why_weak", count=weak, after=after)
        return text + self.say("alliance.why_end")

    def next(self, one: ProposedAlliance) -> str:
        rival = one.next_strategy
        if rival is None:
            return ""
        worse = 1.0 - rival.better
        alike = worse >= ALIKE or rival.difference.mean <= SURE * rival.difference.error
        return self.say(
            "alliance.next_alike" if alike else "alliance.next",
            strategy=rival.title[self.lang],
            worse=percent(worse),
        )

    def risks(self, one: ProposedAlliance) -> list[str]:
        return [
            self.say(f"alliance.breaks_{key}", share=percent(share))
            for key, share in (
                ("left", one.any_left),
                ("quiet", one.any_quiet),
                ("loses", one.any_loses),
                ("broken", one.broken),
            )
            if share >= TRIFLE
        ]

    # -------- What is not an alliance

    def singly(self, p: Proposal) -> str:
        if not p.funded:
            return ""
        rows = sorted(p.funded, key=lambda one: (-one.cost, one.position))
        grants = sorted({one.grant for one in rows})
        return self.say(
            "funded.some",
            count=len(rows),
            names=self.names([one.village for one in rows]),
            low=self.yuan(grants[0]),
            high=self.yuan(grants[-1]),
            years=f"{p.years:g}",
            cost=self.yuan(sum(one.cost for one in rows)),
        )

    def shared(self, p: Proposal) -> list[str]:
        e = p.ensemble
        if e is None:
            return []
        told = [
            self.say(
                "ensemble.sampled",
                plans=f"{e.plans:,}",
                different=f"{e.different:,}",
                slack=self.amount(e.slack, p.unit),
            )
        ]
        if e.disagreement > UNSETTLED:
            return [
                *told,
                self.say("ensemble.unsettled", disagreement=percent(e.disagreement)),
                *self.others(p),
            ]
        if e.settled:
            groups = [
                self.say("ensemble.group", names=self.names(one.villages), share=percent(one.share))
                for one in e.settled[:NAMED]
            ]
            told.append(
                self.say(
                    "ensemble.settled", groups=self.say("apart").join(groups), count=len(e.settled)
                )
            )
        else:
            told.append(self.say("ensemble.nothing_settled"))
        always = [v.village for v in e.villages if v.funded >= 0.9]
        never = [v.village for v in e.villages if v.alone >= 0.9]
        for key, villages in (("funded", always), ("alone", never), ("open", e.open)):
            if villages:
                told.append(
                    self.say(f"ensemble.{key}", names=self.names(villages), count=len(villages))
                )
        return told + self.others(p)

    def others(self, p: Proposal) -> list[str]:
        """Good plans that differ much, a sentence each."""
        return [self.other(one, p.unit) for one in (p.ensemble.alternatives if p.ensemble else ())]

    def other(self, one: Alternative, unit: str) -> str:
        d = one.measured.objective
        return self.say(
            "ensemble.other",
            share=percent(one.share),
            moved=one.moved,
            alliances=one.measured.alliances,
            funded=one.measured.funded,
            difference=self.amount(d.difference.mean, unit, True),
            better=percent(d.better),
        )

    def losing(self, p: Proposal) -> list[str]:
        told = []
        for one in p.losers[:NAMED]:
            where = (
                self.say("losers.inside", number=one.alliance)
                if one.alliance
                else self.say("losers.outside")
            )
            told.append(
                self.say(
                    "losers.some",
                    village=one.village,
                    where=where,
                    loss=self.money(-one.gain.mean),
                    share=percent(one.share),
                )
            )
        if len(p.losers) > NAMED:
            told.append(self.say("more", count=len(p.losers) - NAMED))
        return (told or [self.say("losers.none")]) + self.holding(p) + self.deserted(p)

    def holding(self, p: Proposal) -> list[str]:
        """What would hold members that often lose, alliance by alliance: said, because no
        rule of the model pays it."""
        found = []
        for one in p.alliances[:NAMED]:
            lose = [m for m in one.members if m.hold > 0]
            if lose:
                paid = [
                    self.say("losers.paid", village=m.village, hold=self.money(m.hold))
                    for m in lose
                ]
                found.append(
                    self.say(
                        "losers.hold",
                        name=self.name(one),
                        paid=self.names(paid),
                        total=self.money(sum(m.hold for m in lose)),
                        gain=self.money(one.gain.mean),
                        held=percent(one.held),
                    )
                )
        return [*found, self.say("losers.unpaid")] if found else []

    def deserted(self, p: Proposal) -> list[str]:
        """Alliances in which in most runs hardly anybody takes part at the end."""
        names = [self.name(one) for one in p.alliances if one.deserted > 0.5]
        return [self.say("losers.deserted", names=self.names(names))] if names else []

    # -------- From today

    def changed(self, p: Proposal) -> list[str]:
        """What the proposal leaves of today's alliances, and the changes to them that
        matter most, a sentence each."""
        c = p.changes
        if c is None:
            return []
        broken = self.names([name[self.lang] for name in c.broken])
        told = [
            self.say(
                "changes.cost_broken" if c.broken else "changes.cost",
                broken=broken,
                count=len(c.broken),
                moved=c.moved,
                ahead=self.give_or_take(c.ahead, p.unit),
            )
        ]
        if not c.steps:
            return [*told, self.say("changes.none")]
        told.append(self.say("changes.most", count=len(c.steps)))
        return told + [self.step(n, one, p.unit) for n, one in enumerate(c.steps, 1)]

    def step(self, number: int, one: Changed, unit: str) -> str:
        """One change, and what it brings."""
        groups = [group for group in one.after if len(group) > 1] or [
            g for g in one.before if len(g) > 1
        ]
        what = self.say(
            f"changes.{one.kind}",
            villages=self.names(one.villages),
            group=self.names(groups[0]) if groups else "",
            strategy=one.title.get(self.lang, ""),
            grant=self.yuan(one.grant),
        )
        key = "step" if _sure(one.brings) != "level" else "step_level"
        return self.say(
            f"changes.{key}", number=number, what=what, brings=self.give_or_take(one.brings, unit)
        )

    # -------- In stages

    def staged(self, p: Proposal) -> list[str]:
        """What to try first, which outcome leads to what, what that is worth; ''
        entries left out."""
        if p.stages is None:
            return [self.say("stages.too_few")] if p.question["stages"] else []
        best = p.stages.pilots[p.stages.best]
        told = [
            self.first_stage(best, p),
            self.trigger(best, p.stages.years),
            *self.worth(best, p.unit),
        ]
        others = [one for one in p.stages.pilots if one is not best]
        return told + [
            self.say(
                "stages.other",
                villages=one.villages,
                alliances=len(one.alliances),
                ahead=self.give_or_take(one.ahead, p.unit),
                learning=self.give_or_take(one.learning, p.unit),
            )
            for one in others
        ]

    def first_stage(self, one: Pilot, p: Proposal) -> str:
        """Which alliances begin."""
        named = [self.name(a) for a in p.alliances if a.number in one.alliances]
        return self.say(
            "stages.first",
            alliances=self.names(named),
            villages=one.villages,
            years=f"{p.stages.years:g}" if p.stages else "",
        )

    def trigger(self, one: Pilot, years: float) -> str:
        """Which outcome after these years leads to what."""
        threshold = self.money(one.threshold) if one.signal == "growth" else percent(one.threshold)
        return self.say(
            f"stages.{one.signal}",
            years=f"{years:g}",
            threshold=threshold,
            otherwise=self.say(f"stages.otherwise_{one.otherwise}"),
            expands=percent(one.expands),
        )

    def worth(self, one: Pilot, unit: str) -> list[str]:
        """What beginning with a pilot is worth, and what of that is worth of looking."""
        sure = _sure(one.ahead)
        return [
            self.say(f"stages.ahead_{sure}", ahead=self.give_or_take(one.ahead, unit)),
            self.say(
                f"stages.learning_{_sure(one.learning)}",
                learning=self.give_or_take(one.learning, unit),
            ),
        ]

    def give_or_take(self, band: Spread, unit: str) -> str:
        """A mean difference with its standard error."""
        return self.say(
            "give_or_take",
            mean=self.amount(band.mean, unit, True),
            error=self.amount(band.error, unit),
        )


def _sure(band: Spread) -> str:
    """Whether a mean difference is above nought, below, or within what luck explains."""
    if abs(band.mean) <= SURE * band.error:
        return "level"
    return "more" if band.mean > 0 else "less"

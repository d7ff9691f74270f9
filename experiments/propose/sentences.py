"""Sentences: what a proposal says in words, for its report, the terminal and the page. Every
figure is one of `Proposal`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from village_alliances.experiments.answer.amounts import TRACE, per_cent
from village_alliances.experiments.answer.logic import FEW
from village_alliances.experiments.propose.answer import (
    UNSETTLED,
    Changed,
    OtherPlan,
    Pilot,
    Proposal,
    ProposedAlliance,
    Spread,
)
from village_alliances.sim.fields import PRODUCTS
from village_alliances.sim.strategy import names, shipped
from village_alliances.wording import apart, grouped, joined, listed, say
from village_alliances.wording.numbers import (
    amounts,
    is_money,
    mean_number,
    quantities,
    quantity,
    scale,
    span,
)

SURE = 2.0  # standard errors: a mean difference within these may be luck
ALIKE = 0.4  # of runs: a rival that does better so often is no worse
NAMED = 12  # villages that a sentence names
HELD = 3  # alliances of which, and members to whom, a payment that would hold them is told
SELDOM = 0.2  # of near-best plans: an alliance that fewer hold is not what they speak for
TRIFLE = 0.05  # a risk under this share of runs is not worth a word


def says_something(amount: str) -> bool:
    """Whether an amount in words is not rounded to nothing."""
    return any(figure in amount for figure in "123456789")


@dataclass
class Sentences:
    """Sentences in one language, on figures from so many runs."""

    lang: str
    runs: int = FEW

    def say(self, key: str, **values: Any) -> str:
        return say(f"proposal.{key}", self.lang, **values)

    def money(self, value: float, signed: bool = False) -> str:
        return quantity(value, "yuan/year", self.lang, signed=signed)

    def yuan(self, value: float) -> str:
        return quantity(value, "yuan", self.lang)

    def yuan_range(self, low: float, high: float) -> str:
        """Yuan in one unit, one amount where both ends are the same."""
        (first, last), unit = amounts([low, high], self.lang)
        return f"{first if first == last else span(first, last, self.lang)} {unit}"

    def mean_and_band(self, band: Spread, unit: str = "yuan/year") -> tuple[str, str]:
        """A mean, and its 5th to 95th percentile in the same unit."""
        by, word = scale([band.mean, band.low, band.high], unit, self.lang)
        mean, low, high = (
            mean_number(v, unit, self.lang, by=by) for v in (band.mean, band.low, band.high)
        )
        ends = say("compare.verdict.to", self.lang, low=low, high=high)
        return f"{mean} {word}".rstrip(), f"{ends} {word}".rstrip()

    def share(self, of: float) -> str:
        """A share of the runs, in hundredths only where there are as many: `43%`, of few `40%`."""
        return per_cent(of, self.lang, self.runs)

    def part(self, of: float) -> str:
        """A share in per cent: `43%`, `more than 99%`."""
        return per_cent(of, self.lang)

    def tells(self, value: float, unit: str) -> bool:
        """Whether a mean difference is more than nothing: as it is written, and of what is counted
        by more than a trace."""
        if is_money(unit) or unit == "0..1":
            return says_something(self.amount(value, unit))
        return abs(value) >= TRACE

    def roughly(self, value: float, unit: str) -> str:
        """An amount as a headline says it: money to two figures."""
        if is_money(unit):
            return quantities([value], unit, self.lang, digits=2)[0]
        return self.amount(value, unit)

    def names(self, villages: Sequence[str], most: int = NAMED) -> str:
        more = len(villages) - most
        rest = [self.say("more", count=more)] if more > 0 else []
        return listed([*villages[:most], *rest], self.lang)

    def joined(self, sentences: Sequence[str]) -> str:
        return joined(sentences, self.lang)

    def sentence(self, text: str) -> str:
        """A note as a sentence of its own."""
        return text[0].upper() + text[1:] + ("。" if self.lang == "zh" else ".")

    def name(self, alliance: ProposedAlliance) -> str:
        return alliance.name[self.lang]

    def strategy(self, name: str) -> str:
        return shipped(name).title[self.lang] if name in names() else name

    def amount(self, value: float, unit: str, signed: bool = False) -> str:
        return self.in_one_unit([value], unit, signed)[0]

    def in_one_unit(self, values: Sequence[float], unit: str, signed: bool = False) -> list[str]:
        """Numbers with their unit, all in that of the greatest; the first `signed`."""
        by, word = scale(list(values), unit, self.lang)
        return [
            f"{mean_number(v, unit, self.lang, by=by, signed=signed and not i)} {word}".rstrip()
            for i, v in enumerate(values)
        ]

    def parts(self, alliances: int, allied: int, funded: int, alone: int = 0) -> str:
        """What a plan consists of: only what there is of it, or that there is no alliance."""
        counts = {"alliances": alliances, "funded": funded, "alone": alone}
        parts = [
            self.say(f"parts.{key}", count=count, allied=allied)
            for key, count in counts.items()
            if count
        ]
        none = [] if alliances else [self.say("parts.no_alliance")]
        return self.say("clause").join([*none, *parts])

    # -------- One alliance

    def paragraph(self, alliance: ProposedAlliance, years: float) -> str:
        gain, band = self.mean_and_band(alliance.gain)
        sentences = [
            self.say(
                "alliance.members",
                name=self.name(alliance),
                members=self.names([m.village for m in alliance.members]),
                strategy=alliance.title[self.lang],
            ),
            self.say("alliance.kept") if alliance.kept else "",
            self.lead(alliance),
            self.grant(alliance, years),
            self.why(alliance),
            self.say("alliance.gains", gain=gain, band=band),
            self.say("alliance.together", share=self.part(alliance.together))
            if alliance.together
            else "",
            self.next(alliance),
            self.say(
                "alliance.breaks",
                list=listed(self.risks(alliance), self.lang) or self.say("alliance.breaks_nothing"),
            ),
        ]
        return self.joined(sentences)

    def lead(self, alliance: ProposedAlliance) -> str:
        key = (
            "lead_outside"
            if alliance.lead_is_outside
            else "lead"
            if alliance.lead_share < 0.995
            else "lead_sure"
        )
        return self.say(
            f"alliance.{key}", lead=alliance.lead, share=self.share(alliance.lead_share)
        )

    def grant(self, alliance: ProposedAlliance, years: float) -> str:
        if alliance.grant <= 0:
            return self.say("alliance.no_grant")
        lapses = max(0.0, alliance.cost - alliance.spent.mean)
        return self.say(
            "alliance.grant",
            grant=self.yuan(alliance.grant),
            members=len(alliance.members),
            years=f"{years:g}",
            cost=self.yuan(alliance.cost),
            lapses=self.yuan(lapses),
        )

    def why(self, alliance: ProposedAlliance) -> str:
        text = (
            self.say("alliance.why_near", km=f"{alliance.reach_km:.1f}")
            if alliance.located
            else self.say("alliance.why_unplaced")
        )
        if len(alliance.townships) == 1 and alliance.townships[0]:
            text += self.say("alliance.why_township", township=alliance.townships[0])
        elif len(alliance.townships) > 1:
            text += self.say("alliance.why_townships", count=len(alliance.townships))
        if len(alliance.products) == 1:
            product = alliance.products[0]
            word = PRODUCTS.get(product, (product,))[0] if self.lang == "zh" else product
            text += self.say("alliance.why_product", product=word)
        weak = sum(m.weak_alone > 0.5 for m in alliance.members)
        if weak:
            after = sum(m.weak > 0.5 for m in alliance.members)
            text += self.say("alliance.why_weak", count=weak, after=after)
        return text + self.say("alliance.why_end")

    def next(self, alliance: ProposedAlliance) -> str:
        rival = alliance.next_strategy
        if rival is None:
            return ""
        worse = 1.0 - rival.better
        alike = worse >= ALIKE or rival.difference.mean <= SURE * rival.difference.error
        return self.say(
            "alliance.next_alike" if alike else "alliance.next",
            strategy=rival.title[self.lang],
            worse=self.share(worse),
        )

    def risks(self, alliance: ProposedAlliance) -> list[str]:
        return [
            self.say(f"alliance.breaks_{key}", share=self.share(share))
            for key, share in (
                ("left", alliance.any_left),
                ("quiet", alliance.any_quiet),
                ("loses", alliance.any_loses),
                ("broken", alliance.broken),
            )
            if share >= TRIFLE
        ]

    # -------- What is not an alliance

    def singly(self, p: Proposal) -> str:
        if not p.funded:
            return ""
        rows = sorted(p.funded, key=lambda village: (-village.cost, village.position))
        grants = sorted({row.grant for row in rows})
        return self.say(
            "funded.some",
            count=len(rows),
            names=self.names([row.village for row in rows]),
            grant=self.yuan_range(grants[0], grants[-1]),
            years=f"{p.years:g}",
            cost=self.yuan(sum(row.cost for row in rows)),
        )

    def shared(self, p: Proposal) -> list[str]:
        e = p.ensemble
        if e is None:
            return []
        seldom = sum((alliance.together or 0.0) < SELDOM for alliance in p.alliances)
        if e.different < 2:
            key = "only_other" if seldom else "only"
            return [self.say(f"ensemble.{key}"), *self.others(p)]
        sentences = [
            self.say(
                "ensemble.sampled",
                plans=grouped(e.plans, self.lang),
                different=grouped(e.different, self.lang),
                slack=self.amount(e.slack, p.unit),
            )
        ]
        if e.disagreement > UNSETTLED:
            return [
                *sentences,
                self.say("ensemble.unsettled", disagreement=self.part(e.disagreement)),
                *self.others(p),
            ]
        if e.settled:
            groups = [
                self.say(
                    "ensemble.group", names=self.names(share.villages), share=self.part(share.share)
                )
                for share in e.settled[:NAMED]
            ]
            sentences.append(
                self.say("ensemble.settled", groups=apart(groups, self.lang), count=len(e.settled))
            )
        else:
            allied = max(v.allied for v in e.villages)
            key = "nobody_allied" if allied < SELDOM else "nothing_settled"
            sentences.append(self.say(f"ensemble.{key}"))
        always = [v.village for v in e.villages if v.funded >= 0.9]
        never = [v.village for v in e.villages if v.alone >= 0.9]
        for key, villages in (("funded", always), ("alone", never), ("open", e.open)):
            if villages:
                sentences.append(
                    self.say(f"ensemble.{key}", names=self.names(villages), count=len(villages))
                )
        if seldom:
            sentences.append(self.say("ensemble.seldom", count=seldom))
        return sentences + self.others(p)

    def others(self, p: Proposal) -> list[str]:
        """Good plans that differ much, a sentence each."""
        return [
            self.other(alternative, p.unit)
            for alternative in (p.ensemble.alternatives if p.ensemble else ())
        ]

    def other(self, alternative: OtherPlan, unit: str) -> str:
        d = alternative.measured.objective
        difference = self.amount(abs(d.difference.mean), unit)
        side = "ahead" if d.difference.mean >= 0 else "behind"
        return self.say(
            f"ensemble.other_{side if self.tells(d.difference.mean, unit) else 'level'}",
            share=self.part(alternative.share),
            moved=alternative.moved,
            parts=self.parts(
                alternative.measured.alliances,
                alternative.measured.allied,
                alternative.measured.funded,
            ),
            difference=difference,
            better=self.share(d.better),
        )

    def losing(self, p: Proposal) -> list[str]:
        sentences = []
        for loser in p.losers[:NAMED]:
            where = (
                self.say("losers.inside", number=loser.alliance)
                if loser.alliance
                else self.say("losers.outside")
            )
            sentences.append(
                self.say(
                    "losers.some",
                    village=loser.village,
                    where=where,
                    loss=self.money(-loser.gain.mean),
                    share=self.share(loser.share),
                )
            )
        if len(p.losers) > NAMED:
            sentences.append(self.say("more", count=len(p.losers) - NAMED))
        if p.losers:
            surely = [v.village for v in p.losers if _sure(v.gain) == "less"]
            key = "sure" if surely else "luck"
            sentences.append(self.say(f"losers.{key}", names=self.names(surely), count=len(surely)))
        return (sentences or [self.say("losers.none")]) + self.holding(p) + self.deserted(p)

    def holding(self, p: Proposal) -> list[str]:
        """What would hold members that often lose, alliance by alliance: said, because no
        rule of the model pays it."""
        held = {a.number: sum(m.hold for m in a.members) for a in p.alliances}
        lose = [a for a in p.alliances if held[a.number] > 0]
        lose.sort(key=lambda alliance: -held[alliance.number])
        sentences = [self._held(alliance, held[alliance.number]) for alliance in lose[:HELD]]
        if len(lose) > HELD:
            sentences.append(
                self.say(
                    "losers.hold_all",
                    count=len(lose),
                    total=self.money(sum(held.values())),
                    short=sum(held[a.number] > a.gain.mean for a in lose),
                )
            )
        return [*sentences, self.say("losers.unpaid")] if sentences else []

    def _held(self, alliance: ProposedAlliance, total: float) -> str:
        paid = [
            self.say("losers.paid", village=m.village, hold=self.money(m.hold))
            for m in sorted(alliance.members, key=lambda m: -m.hold)
            if m.hold > 0
        ]
        return self.say(
            "losers.hold",
            name=self.name(alliance),
            paid=self.names(paid, HELD),
            total=self.money(total),
            gain=self.money(alliance.gain.mean),
            held=self.share(alliance.held),
        )

    def deserted(self, p: Proposal) -> list[str]:
        """Alliances in which in most runs hardly anybody takes part at the end."""
        names = [self.name(alliance) for alliance in p.alliances if alliance.deserted > 0.5]
        return [self.say("losers.deserted", names=self.names(names))] if names else []

    # -------- From today

    def changed(self, p: Proposal) -> list[str]:
        """What the proposal leaves of today's alliances, and the changes to them that
        matter most, a sentence each."""
        c = p.changes
        if c is None:
            return []
        broken = self.names([name[self.lang] for name in c.broken])
        sentences = [
            self.say(
                "changes.cost_broken" if c.broken else "changes.cost",
                broken=broken,
                count=len(c.broken),
                moved=c.moved,
                ahead=self.give_or_take(c.ahead, p.unit),
            )
        ]
        steps = [step for step in c.steps if _sure(step.brings) == "more"]
        if not steps:
            return [*sentences, self.say("changes.none")]
        sentences.append(self.say("changes.most", count=len(steps)))
        sentences += [self.step(n, step, p.unit) for n, step in enumerate(steps, 1)]
        rest = len(c.steps) - len(steps)
        return sentences + ([self.say("changes.rest", count=rest)] if rest else [])

    def step(self, number: int, changed: Changed, unit: str) -> str:
        """One change, and what it brings."""
        groups = [group for group in changed.after if len(group) > 1] or [
            g for g in changed.before if len(g) > 1
        ]
        what = self.say(
            f"changes.{changed.kind}",
            villages=self.names(changed.villages),
            group=self.names(groups[0]) if groups else "",
            strategy=changed.title.get(self.lang, ""),
            grant=self.yuan(changed.grant),
        )
        return self.say(
            "changes.step",
            number=number,
            what=what,
            brings=self.give_or_take(changed.brings, unit),
        )

    # -------- In stages

    def staged(self, p: Proposal) -> list[str]:
        """What to try first, which outcome leads to what, what that is worth; ''
        entries left out."""
        if p.stages is None:
            return [self.say("stages.too_few")] if p.question["stages"] else []
        best = p.stages.pilots[p.stages.best]
        sentences = [
            self.first_stage(best, p),
            self.trigger(best, p.stages.years),
            *self.worth(best, p.unit),
        ]
        others = [pilot for pilot in p.stages.pilots if pilot is not best]
        return sentences + [
            self.say(
                "stages.other",
                villages=other.villages,
                alliances=len(other.alliances),
                ahead=self.give_or_take(other.ahead, p.unit),
                learning=self.give_or_take(other.learning, p.unit),
            )
            for other in others
        ]

    def first_stage(self, pilot: Pilot, p: Proposal) -> str:
        """Which alliances begin."""
        named = [self.name(a) for a in p.alliances if a.number in pilot.alliances]
        return self.say(
            "stages.first",
            alliances=self.names(named),
            villages=pilot.villages,
            years=f"{p.stages.years:g}" if p.stages else "",
        )

    def trigger(self, pilot: Pilot, years: float) -> str:
        """Which outcome after these years leads to what."""
        grown = pilot.signal == "growth"
        threshold = self.money(abs(pilot.threshold)) if grown else self.part(pilot.threshold)
        return self.say(
            "stages.fallen" if grown and pilot.threshold < 0 else f"stages.{pilot.signal}",
            years=f"{years:g}",
            threshold=threshold,
            otherwise=self.say(f"stages.otherwise_{pilot.otherwise}"),
            expands=self.share(pilot.expands),
        )

    def worth(self, pilot: Pilot, unit: str) -> list[str]:
        """What beginning with a pilot is worth, and what of that is worth of looking."""
        sure = _sure(pilot.ahead)
        return [
            self.say(f"stages.ahead_{sure}", ahead=self.give_or_take(pilot.ahead, unit)),
            self.say(
                f"stages.learning_{_sure(pilot.learning)}",
                learning=self.give_or_take(pilot.learning, unit),
            ),
        ]

    def give_or_take(self, band: Spread, unit: str) -> str:
        """A mean difference with its standard error."""
        mean, error = self.in_one_unit([band.mean, band.error], unit, signed=True)
        if band.mean and not self.tells(band.mean, unit):
            mean = self.say("under", amount=self.amount(TRACE, unit))
        return self.say("give_or_take", mean=mean, error=error)


def _sure(band: Spread) -> str:
    """Whether a mean difference is above nought, below, or within what luck explains."""
    if abs(band.mean) <= SURE * band.error:
        return "level"
    return "more" if band.mean > 0 else "less"

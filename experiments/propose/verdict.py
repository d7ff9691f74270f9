"""The verdict on a proposal: what to do and how it stands to its strongest rival, what is
proposed, what that brings, what is settled, its weakest point."""

from __future__ import annotations

from village_alliances.experiments.answer.amounts import TRACE
from village_alliances.experiments.propose.answer import Measured, Proposal
from village_alliances.experiments.propose.sentences import SURE, TRIFLE, Sentences

HARDLY_ANY = 0.5  # villages under a line that is left to lift them over


class Verdict(Sentences):
    """The sentences on a proposal as a whole, in one language."""

    def __init__(self, p: Proposal, lang: str) -> None:
        super().__init__(lang, p.fresh_runs)
        self.p = p
        self.objective = p.objective[lang]

    def in_short(self) -> list[str]:
        """Against the strongest rival and what to do, what is proposed, what it brings, what is
        settled, its weakest point."""
        p = self.p
        first = [self.say("verdict.places_only")] if p.places_only else []
        if p.advice == "nothing":
            return [*first, self.say("verdict.nothing")]
        brings = self.joined([self.brings(), self.stands_at()])
        sentences = [*first, self.lead_sentence(), self.proposed(), brings]
        sentences += [
            self.than(key) for key in ("aimed", "even", "all", "today") if key != p.strongest
        ]
        sentences += self.shared(p)[1:2]
        if p.stages is not None:
            best = p.stages.pilots[p.stages.best]
            sentences.append(self.joined([self.first_stage(best, p), self.worth(best, p.unit)[0]]))
        if p.losers:
            sentences.append(self.say("verdict.losers", count=len(p.losers)))
        if point := self.weakest():
            sentences.append(self.say("verdict.weakest", point=point))
        return [text for text in sentences if text]

    def lead_sentence(self) -> str:
        """What to do, and how the proposal stands to the strongest of its rivals: one figure, the
        others are in the table."""
        p = self.p
        strongest = p.rival(p.strongest)
        assert strongest is not None
        d = strongest.objective
        key = p.advice
        if key == "aim" and not p.alliances:
            key = "aim_proposed"
        if key == "ally" and not p.promised:
            key = "ally_unpaid"
        sentence = self.say(f"verdict.{key}")
        ahead = d.difference
        side = "ahead" if ahead.mean > 0 else "behind"
        luck = "_by_luck" if abs(ahead.mean) <= SURE * ahead.error else ""
        text = self.say(
            f"verdict.strongest_{f'{side}{luck}' if self.tells(ahead.mean, p.unit) else 'level'}",
            rival=self.titled(strongest),
            difference=self.roughly(abs(ahead.mean), p.unit),
        )
        broken = self.broken(strongest)
        return self.joined(
            [sentence, text, self.say("verdict.breaks", broken=broken) if broken else ""]
        )

    def titled(self, measured: Measured) -> str:
        title = measured.title[self.lang]
        if not measured.strategy:
            return title
        return self.say(
            "against.with_strategy", title=title, strategy=self.strategy(measured.strategy)
        )

    def proposed(self) -> str:
        p = self.p
        plan = self.say(
            "verdict.proposed",
            parts=self.parts(len(p.alliances), p.proposal.allied, len(p.funded), len(p.alone)),
            promised=self.yuan(p.promised),
            years=f"{p.years:g}",
            budget=self.yuan(p.budget),
        )
        lapses = p.promised - p.proposal.cost.mean
        if lapses < 1:
            return plan
        return self.joined([plan, self.say("verdict.lapses", lapses=self.yuan(lapses))])

    def brings(self) -> str:
        p = self.p
        gain = p.proposal.objective.gain
        mean, band = self.mean_and_band(gain, p.unit)
        key = "brings" if self.tells(gain.mean, p.unit) else "brings_nothing"
        return self.say(f"verdict.{key}", objective=self.objective, gain=mean, band=band)

    def stands_at(self) -> str:
        """The objective with nobody allied, where it is no difference to that."""
        nobody = self.p.rival("nobody")
        figures = nobody.outcomes if nobody else []
        for figure in figures:
            if figure.name != self.p.question["objective"]:
                continue
            value = self.amount(figure.value.mean, figure.unit)
            if figure.name.startswith("weak_villages") and figure.value.mean < HARDLY_ANY:
                key = "hardly_any" if figure.value.mean >= TRACE else "hardly_any_at_all"
                return self.say(f"verdict.{key}", value=value)
            if figure.value.mean:
                return self.say("verdict.stands_at", value=value)
        return ""

    def than(self, key: str) -> str:
        rival = self.p.rival(key)
        if rival is None:
            return ""
        d = rival.objective
        mine = self.p.proposal.objective.gain
        beside = [d.gain.mean, mine.mean, mine.low, mine.high]
        return self.say(
            f"verdict.{'than' if self.tells(d.gain.mean, self.p.unit) else 'than_nothing'}",
            rival=rival.title[self.lang],
            gain=self.in_one_unit(beside, self.p.unit)[0],
            better=self.share(d.better),
        )

    def weakest(self) -> str:
        """The largest of the shares of runs in which something speaks against an alliance."""
        shares = [
            (share, self.say(f"weakest.{key}", name=self.name(alliance), share=self.share(share)))
            for alliance in self.p.alliances
            for key, share in (
                ("leaving", alliance.any_left),
                ("quiet", alliance.any_quiet),
                ("losing", alliance.any_loses),
                ("broken", alliance.broken),
            )
        ]
        share, text = max(shares, key=lambda share: share[0], default=(0.0, ""))
        return text if share >= TRIFLE else ""

    def broken(self, r: Measured) -> str:
        """Which rules another way does not keep."""
        return self.say("against.not_allowed", count=r.not_allowed) if r.not_allowed else ""

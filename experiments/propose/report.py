"""The report of a proposal: one page to read and print, in Chinese or English, its
figures, and a workbook.

    files = write(proposal, scenario, Path("out"), "zh", command="alliances propose ...")

Every figure in it is one of `Proposal`, measured on luck that the search never met; nothing is
computed here but sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from village_alliances.experiments import drawing, page, plots
from village_alliances.experiments.files import write_workbook
from village_alliances.experiments.maps import Membership, map_of
from village_alliances.experiments.page import (
    PageBlock,
    PageCell,
    PageTable,
    PageWords,
    Picture,
    Points,
    Section,
)
from village_alliances.experiments.propose.answer import (
    UNSETTLED,
    Funded,
    Measured,
    Member,
    Proposal,
    ProposedAlliance,
    Spread,
)
from village_alliances.experiments.propose.sampling import CHAINS
from village_alliances.experiments.propose.sentences import (
    SURE,
    TRIFLE,
    Sentences,
    says_something,
)
from village_alliances.experiments.propose.workbook import sheets
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.outputs import write_outputs
from village_alliances.sim.scenario import Scenario
from village_alliances.wording import grouped, say, table
from village_alliances.wording.numbers import (
    mean_number,
    number,
    percent,
    quantities,
    quantity,
    scale,
)

LEAST_GAP = 0.005  # of the score: below, no other choice is better
DESCRIBED = 40  # alliances with a paragraph and a table of their own; villages and pairs in a table


def html(
    p: Proposal,
    scenario: Scenario,
    lang: str,
    command: str = "",
    figures: dict[str, Figure] | None = None,
) -> str:
    """The report as one HTML file that needs no network."""
    made = figures if figures is not None else drawn(p, scenario, lang)
    return _Report(p, scenario, lang, made).page(command)


def write(
    p: Proposal,
    scenario: Scenario,
    out: Path,
    lang: str,
    command: str = "",
    beside: Mapping[str, Any] | None = None,
) -> list[Path]:
    """report.html, proposal.xlsx and figures/ (SVG and PNG) in `out`, with files that belong
    `beside` them: all or none."""
    figures = drawn(p, scenario, lang)
    report = _Report(p, scenario, lang, figures)
    files: dict[str, Any] = {
        "report.html": report.page(command).encode(),
        "proposal.xlsx": lambda path: write_workbook(sheets(p, lang), path),
    }
    for name, figure in figures.items():
        files[f"figures/{name}.svg"] = drawing.svg(figure, name, standalone=True).encode()
        files[f"figures/{name}.png"] = drawing.png(figure)
    return write_outputs(out, {**files, **(beside or {})})


def drawn(p: Proposal, scenario: Scenario, lang: str) -> dict[str, Figure]:
    """The map of the proposal, and what money buys, by name."""
    alliance = np.full(scenario.size, -1)
    for ally in p.alliances:
        alliance[[m.position for m in ally.members]] = ally.number
    leads = {
        alliance.number: next(m.position for m in alliance.members if m.village == alliance.lead)
        for alliance in p.alliances
    }
    labels = {alliance.number: _labelled(alliance) for alliance in p.alliances}
    shares = any(alliance.together is not None for alliance in p.alliances)
    note = say(f"proposal.map.{'note' if shares else 'note_places'}", lang)
    funded = tuple(village.position for village in p.funded)
    membership = Membership(alliance, leads, note, labels, funded)
    figures = {"map": map_of(scenario, lang, membership, _incomes(p, scenario))}
    if any(point.allied + point.funded for point in p.front):
        rows = [
            {
                "label": say(
                    "proposal.front.label",
                    lang,
                    budget=quantity(point.budget, "yuan", lang),
                    allied=point.allied,
                    funded=point.funded,
                ),
                "cost": point.cost.mean,
                "gain": point.gain_mean.mean,
                "low": point.gain_mean.low,
                "high": point.gain_mean.high,
            }
            for point in p.front
        ]
        heading = say("proposal.front.heading", lang)
        figures["front"] = plots.frontier(pd.DataFrame(rows), lang, heading=heading)
    return figures


def _labelled(alliance: ProposedAlliance) -> str:
    """An alliance on the map: its number and, where that can be told, how often its members are
    together in good plans."""
    return (
        str(alliance.number)
        if alliance.together is None
        else f"{alliance.number} ({percent(alliance.together)})"
    )


def _incomes(p: Proposal, scenario: Scenario) -> np.ndarray | None:
    """What villages would earn alone, where that is known of all."""
    income = np.full(scenario.size, np.nan)
    row = [(village.position, village.income_alone.median) for village in p.funded]
    row += [(m.position, m.income_alone.median) for a in p.alliances for m in a.members]
    for position, median in row:
        income[position] = median
    return income if np.isfinite(income).all() else None


def in_short(p: Proposal, scenario: Scenario, lang: str) -> list[str]:
    """The proposal in a few sentences: what to do and its strongest rival, then what is proposed,
    what it brings, what is settled, its weakest point."""
    return _Report(p, scenario, lang, {}).in_short()


def paragraph(alliance: ProposedAlliance, years: float, lang: str) -> str:
    """One alliance in words: who, how, why these, what it brings, what it costs over these years of
    grants, what could break it."""
    return Sentences(lang).paragraph(alliance, years)


def singly(p: Proposal, lang: str) -> str:
    """The villages that are funded singly, in words; '' where there are none."""
    return Sentences(lang).singly(p)


def shared(p: Proposal, lang: str) -> list[str]:
    """What near-best plans share and what is free, a sentence each."""
    return Sentences(lang).shared(p)


def changed(p: Proposal, lang: str) -> list[str]:
    """What a proposal leaves of today's alliances, and the changes that matter most, a sentence
    each; none where the search did not begin from them."""
    return Sentences(lang).changed(p)


def staged(p: Proposal, lang: str) -> list[str]:
    """What to try first for two years, and what follows, a sentence each; none
    where that was not asked for."""
    return Sentences(lang).staged(p)


def losing(p: Proposal, lang: str) -> list[str]:
    """Who is worse off on average, a sentence each."""
    return Sentences(lang).losing(p)


class _Report(Sentences):
    def __init__(
        self, p: Proposal, scenario: Scenario, lang: str, figures: dict[str, Figure]
    ) -> None:
        super().__init__(lang)
        self.p, self.scenario, self.figures = p, scenario, figures
        self.objective = p.objective[lang]

    def page(self, command: str) -> str:
        p, s = self.p, self.scenario
        limits = [self.sentence(note[self.lang]) for note in p.notes]
        limits += [text[self.lang] for text in table("report.does_not").values()]
        by_heading: dict[str, list[PageBlock]] = {
            "verdict": self.verdict(),
            "against": self.against(),
            "map": self.picture("map"),
            "alliances": self.alliances(),
            "funded": self.funded(),
            "ensemble": [Points(changes), *self.shares()] if (changes := self.shared(p)) else [],
            "changes": [Points(changes)] if (changes := self.changed(p)) else [],
            "stages": [Points(changes)] if (changes := self.staged(p)) else [],
            "losers": [Points(self.losing(p))],
            "money": self.budgets(),
            "trust": [Points(self.trust())],
            "limits": [Points(limits)],
            "reproduce": [PageWords(command, "code")] if command else [],
        }
        sections = [
            Section(name, self.say(f"heading.{name}"), blocks)
            for name, blocks in by_heading.items()
            if blocks
        ]
        subtitle = self.say(
            "subtitle",
            villages=grouped(s.size, self.lang),
            first=s.start,
            last=s.start + s.years - 1,
            budget=self.yuan(p.budget),
            years=f"{p.years:g}",
            runs=grouped(p.fresh_runs, self.lang),
        )
        title = self.say("title", scenario=s.title[self.lang])
        return page.render(title, subtitle, sections, self.lang)

    # -------- In short

    def verdict(self) -> list[PageBlock]:
        texts = self.in_short()
        return [
            PageWords(self.joined(texts[:2]), "box"),
            *([Points(texts[2:])] if texts[2:] else []),
        ]

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
        """What to do, and how the proposal stands to the strongest of its rivals."""
        p = self.p
        strongest = p.rival(p.strongest)
        assert strongest is not None
        d = strongest.objective
        key = p.advice
        if key == "aim" and not p.alliances:
            key = "aim_proposed"
        sentence = self.say(f"verdict.{key}")
        ahead = d.difference
        sure = "ahead" if ahead.mean > SURE * ahead.error else "behind" if ahead.mean < -SURE * ahead.error else "level"  # fmt: skip
        difference, error = self.in_one_unit([abs(ahead.mean), ahead.error], p.unit)
        who = "ahead" if ahead.mean > 0 else "behind" if ahead.mean < 0 else "neither"
        text = self.say(
            f"verdict.strongest_{sure}",
            rival=self.titled(strongest),
            difference=difference,
            leads=self.say(f"verdict.leads_{who}", difference=difference),
            error=error,
            better=percent(d.better),
        )
        broken = self.broken(strongest)
        return self.joined(
            [sentence, text, self.say("verdict.breaks", broken=broken) if broken else ""]
        )

    def budgets(self) -> list[PageBlock]:
        """What more or less money would bring; in words where no budget brings anything."""
        if "front" in self.figures:
            return [PageWords(self.say("front.lead")), *self.picture("front")]
        if len(self.p.front) > 1:
            most = self.yuan(max(point.budget for point in self.p.front))
            return [PageWords(self.say("front.nothing", most=most))]
        return []

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
        return self.say(
            "verdict.brings",
            objective=self.objective,
            gain=self.amount(gain.mean, p.unit),
            band=self.band(gain, p.unit),
        )

    def stands_at(self) -> str:
        """The objective with nobody allied, where it is no difference to that."""
        nobody = self.p.rival("nobody")
        figures = nobody.outcomes if nobody else []
        for figure in figures:
            if figure.name == self.p.question["objective"] and figure.value.mean:
                value = self.amount(figure.value.mean, figure.unit)
                return self.say("verdict.stands_at", value=value)
        return ""

    def than(self, key: str) -> str:
        rival = self.p.rival(key)
        if rival is None:
            return ""
        d = rival.objective
        gain = self.amount(d.gain.mean, self.p.unit)
        return self.say(
            f"verdict.{'than' if says_something(gain) else 'than_nothing'}",
            rival=rival.title[self.lang],
            gain=gain,
            better=percent(d.better),
        )

    def weakest(self) -> str:
        """The largest of the shares of runs in which something speaks against an alliance."""
        shares = [
            (share, self.say(f"weakest.{key}", name=self.name(alliance), share=percent(share)))
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

    def picture(self, name: str) -> list[PageBlock]:
        if name not in self.figures:
            return []
        figure = self.figures[name]
        caption = " ".join(figure.get_suptitle().split())
        return [Picture(drawing.svg(figure, f"proposal-{name}", caption), caption)]

    # -------- Against others

    def against(self) -> list[PageBlock]:
        rivals = sorted(self.p.rivals, key=lambda r: -r.objective.gain.mean)
        rows = [self.p.proposal, *rivals]
        unit = scale([r.objective.value.high for r in rows], self.p.unit, self.lang)
        caption = self.say("against.caption", objective=self.objective, unit=unit[1] or "1")
        return [
            PageWords(self.say("against.lead")),
            self.measured(caption, rows),
            self.outcomes(rows),
        ]

    def measured(self, caption: str, rows: Sequence[Measured]) -> PageTable:
        spans = [v for r in rows for v in (r.objective.value.low, r.objective.value.high)]
        by = scale(spans, self.p.unit, self.lang)[0]
        keys = ("way", "alliances", "funded", "cost", "value", "difference", "better")
        costs = quantities([r.cost.mean for r in rows], "yuan", self.lang)
        groups = []
        for r, cost in zip(rows, costs, strict=True):
            own = r.key == "proposal"
            d = r.objective
            cells = [
                PageCell(self.titled(r), below="" if own else self.broken(r), head=True),
                PageCell(f"{r.alliances} ({r.allied})", number=True),
                PageCell(str(r.funded), number=True),
                PageCell(cost, number=True),
                PageCell(self.spread(d.value, by), number=True),
                PageCell("" if own else self.spread(d.difference, by, signed=True), number=True),
                PageCell("" if own else percent(d.better), number=True),
            ]
            groups.append([cells])
        return PageTable(caption, [self.say(f"against.{key}") for key in keys], groups)

    def broken(self, r: Measured) -> str:
        """Which rules another way does not keep."""
        return self.say("against.not_allowed", count=r.not_allowed) if r.not_allowed else ""

    def spread(self, band: Spread, by: float, signed: bool = False) -> str:
        mean, low, high = (
            mean_number(v, self.p.unit, self.lang, signed=signed, by=by)
            for v in (band.mean, band.low, band.high)
        )
        return f"{mean} [{low}, {high}]"

    def outcomes(self, rows: Sequence[Measured]) -> PageTable:
        head = [self.say("against.outcome"), *(r.title[self.lang] for r in rows)]
        groups = []
        for i, outcome in enumerate(self.p.proposal.outcomes):
            values = [r.outcomes[i].value.mean for r in rows]
            by, word = scale(values, outcome.unit, self.lang)
            label = getattr(BY_NAME[outcome.name], self.lang)
            cells = [PageCell(f"{label} ({word})" if word else label, head=True)]
            cells += [
                PageCell(number(v, outcome.unit, self.lang, by=by), number=True) for v in values
            ]
            groups.append([cells])
        return PageTable(self.say("against.outcomes_caption"), head, groups)

    # -------- Alliance by alliance, and what is none

    def alliances(self) -> list[PageBlock]:
        blocks: list[PageBlock] = []
        for alliance in self.p.alliances[:DESCRIBED]:
            blocks.append(PageWords(f"{alliance.number}. {self.paragraph(alliance, self.p.years)}"))
            blocks.append(self.members(alliance))
        if len(self.p.alliances) > DESCRIBED:
            blocks.append(
                PageWords(self.say("alliance.more", count=len(self.p.alliances) - DESCRIBED))
            )
        return blocks

    def members(self, alliance: ProposedAlliance) -> PageTable:
        keys = ("village", "gain", "alone", "weak_alone", "weak", "loses", "leaves", "quiet")
        head = [self.say(f"column.{key}") for key in keys]
        spans = [v for m in alliance.members for v in (m.gain.low, m.gain.high)]
        by, word = scale(spans, "yuan/year", self.lang)
        head[1] = f"{head[1]} ({word})"
        rows = [
            [*cells, *(PageCell(percent(x), number=True) for x in (m.leaves, m.quiet))]
            for m, cells in zip(alliance.members, self.villages(alliance.members, by), strict=True)
        ]
        caption = self.say("alliance.caption", name=self.name(alliance))
        return PageTable(caption, head, [[row] for row in rows])

    def villages(self, members: Sequence[Member | Funded], by: float) -> list[list[PageCell]]:
        """What stands of villages in a table; incomes in one unit."""
        incomes = [m.income_alone.median for m in members]
        alone = quantities(incomes, "yuan/year", self.lang)
        return [self.village(m, by, income) for m, income in zip(members, alone, strict=True)]

    def village(self, m: Member | Funded, by: float, alone: str) -> list[PageCell]:
        mean, low, high = (
            number(v, "yuan", self.lang, by=by) for v in (m.gain.mean, m.gain.low, m.gain.high)
        )
        return [
            PageCell(m.village, head=True),
            PageCell(f"{mean} [{low}, {high}]", number=True),
            PageCell(alone, number=True),
            *(PageCell(percent(share), number=True) for share in (m.weak_alone, m.weak, m.loses)),
        ]

    def funded(self) -> list[PageBlock]:
        p = self.p
        if not p.funded:
            return []
        keys = ("village", "gain", "alone", "weak_alone", "weak_funded", "loses", "grant", "cost")
        head = [self.say(f"column.{key}") for key in keys]
        villages = sorted(p.funded, key=lambda village: (-village.cost, village.position))[
            :DESCRIBED
        ]
        by, word = scale(
            [v for m in villages for v in (m.gain.low, m.gain.high)], "yuan/year", self.lang
        )
        head[1] = f"{head[1]} ({word})"
        rows = [
            [
                *cells,
                *(PageCell(number(x, "yuan", self.lang), number=True) for x in (m.grant, m.cost)),
            ]
            for m, cells in zip(villages, self.villages(villages, by), strict=True)
        ]
        more = len(p.funded) - len(villages)
        blocks: list[PageBlock] = [PageWords(self.singly(p))]
        blocks.append(PageTable(self.say("funded.caption"), head, [[row] for row in rows]))
        return blocks + ([PageWords(self.say("funded.more", count=more))] if more > 0 else [])

    def shares(self) -> list[PageBlock]:
        e = self.p.ensemble
        agreed = e.pairs if e and e.disagreement <= UNSETTLED else ()
        pairs = sorted(agreed, key=lambda share: (-share.share, share.positions))[:DESCRIBED]
        if not pairs:
            return []
        head = [self.say(f"column.{key}") for key in ("pair", "together")]
        rows = [
            [
                PageCell(self.names(pair.villages), head=True),
                PageCell(percent(pair.share), number=True),
            ]
            for pair in pairs
        ]
        return [PageTable(self.say("ensemble.caption"), head, [[row] for row in rows])]

    def trust(self) -> list[str]:
        h, e = self.p.hunt, self.p.ensemble
        seen, fresh, error, optimism = self.in_one_unit(
            [h.in_search, h.fresh, h.fresh_error, h.optimism], self.p.unit
        )
        sentences = [
            self.say(
                "trust.search",
                sets=grouped(h.sets, self.lang),
                simulated=grouped(h.simulated, self.lang),
                runs=h.runs,
                final=h.final_runs,
                rounds=h.rounds,
            ),
            self.say("trust.stopped") if h.stopped else "",
            self.say("trust.gap", gap=self.amount(h.gap, self.p.unit))
            if h.gap >= LEAST_GAP * abs(h.believed)
            else self.say("trust.no_gap"),
            self.say(
                "trust.optimism",
                seen=seen,
                fresh=fresh,
                error=error,
                optimism=optimism,
            ),
            self.say(
                "trust.chains",
                chains=CHAINS,
                rhat="–" if e.rhat is None else f"{e.rhat:.2f}",
                disagreement=percent(e.disagreement),
                effective=grouped(e.effective, self.lang, ",.0f"),
            )
            if e
            else "",
            self.say("trust.unseen"),
        ]
        return [text for text in sentences if text]

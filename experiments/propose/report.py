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

from matplotlib.figure import Figure
from village_alliances.experiments import drawing, page
from village_alliances.experiments.files import write_workbook
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
from village_alliances.experiments.propose.pictures import pictures
from village_alliances.experiments.propose.sampling import CHAINS
from village_alliances.experiments.propose.verdict import Verdict
from village_alliances.experiments.propose.workbook import sheets
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.outputs import write_outputs
from village_alliances.sim.scenario import Scenario
from village_alliances.wording import grouped, table
from village_alliances.wording.numbers import (
    mean_number,
    number,
    percent,
    quantities,
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
    made = figures if figures is not None else pictures(p, scenario, lang)
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
    figures = pictures(p, scenario, lang)
    report = _Report(p, scenario, lang, figures)
    files: dict[str, Any] = {
        "report.html": report.page(command).encode(),
        "proposal.xlsx": lambda path: write_workbook(sheets(p, lang), path),
    }
    for name, figure in figures.items():
        files[f"figures/{name}.svg"] = drawing.svg(figure, name, standalone=True).encode()
        files[f"figures/{name}.png"] = drawing.png(figure)
    return write_outputs(out, {**files, **(beside or {})})


class _Report(Verdict):
    def __init__(
        self, p: Proposal, scenario: Scenario, lang: str, figures: dict[str, Figure]
    ) -> None:
        super().__init__(p, lang)
        self.scenario, self.figures = scenario, figures

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
        unpaid = {} if p.promised else {"against": "against.heading_unpaid"}
        sections = [
            Section(name, self.say(unpaid.get(name, f"heading.{name}")), blocks)
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

    def budgets(self) -> list[PageBlock]:
        """What more or less money would bring; in words where no budget brings anything."""
        if "front" in self.figures:
            return [PageWords(self.say("front.lead")), *self.picture("front")]
        if len(self.p.front) > 1:
            most = self.yuan(max(point.budget for point in self.p.front))
            return [PageWords(self.say("front.nothing", most=most))]
        return []

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
            PageWords(self.say("against.lead" if self.p.promised else "against.lead_unpaid")),
            self.measured(caption, rows),
            self.outcomes(rows),
        ]

    def measured(self, caption: str, rows: Sequence[Measured]) -> PageTable:
        spans = [v for r in rows for v in (r.objective.value.low, r.objective.value.high)]
        by = scale(spans, self.p.unit, self.lang)[0]
        keys = ("way", "alliances", "funded", "cost", "value", "difference", "error", "better")
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
                PageCell("" if own else self.mean(d.difference.error, by), number=True),
                PageCell("" if own else percent(d.better), number=True),
            ]
            groups.append([cells])
        return PageTable(caption, [self.say(f"against.{key}") for key in keys], groups)

    def spread(self, band: Spread, by: float, signed: bool = False) -> str:
        mean, low, high = (self.mean(v, by, signed) for v in (band.mean, band.low, band.high))
        return f"{mean} [{low}, {high}]"

    def mean(self, value: float, by: float, signed: bool = False) -> str:
        return mean_number(value, self.p.unit, self.lang, signed=signed, by=by)

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

"""The report of a proposal: one page to read and print, in Chinese or English, its figures, and a workbook.

    files = write(proposal, scenario, Path("out"), "zh", command="alliances propose ...")

Every figure in it is one of `Proposal`, measured on luck that the search never met; nothing is computed here but sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from village_alliances.experiments import drawing, page, plots
from village_alliances.experiments.files import as_json, write_workbook
from village_alliances.experiments.maps import Membership, map_of
from village_alliances.experiments.page import Block, Cell, Picture, Points, Section, Table, Words
from village_alliances.experiments.propose.answer import (
    Band,
    Measured,
    Member,
    Proposal,
    ProposedAlliance,
)
from village_alliances.experiments.propose.objectives import BASES
from village_alliances.sim.fields import PRODUCTS
from village_alliances.sim.files import write_together
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import names, shipped
from village_alliances.wording import say, table
from village_alliances.wording.numbers import number, percent, quantity, scale

DESCRIBED = 40  # alliances with a paragraph and a table of their own
PLAIN = ("township", "nearness")  # rivals that take no search
SURE = 2.0  # standard errors: a mean difference within these may be luck
ALIKE = 0.4  # of runs: a rival that does better so often is no worse
NAMED = 12  # villages that a sentence names
TRIFLE = 0.05  # a risk under this share of runs is not worth a word


def html(
    p: Proposal,
    scenario: Scenario,
    lang: str,
    command: str = "",
    figures: dict[str, Figure] | None = None,
) -> str:
    """The report as one HTML file that needs no network."""
    return _Report(
        p, scenario, lang, figures if figures is not None else drawn(p, scenario, lang)
    ).page(command)


def write(
    p: Proposal,
    scenario: Scenario,
    out: Path,
    lang: str,
    command: str = "",
    beside: Mapping[str, Any] | None = None,
) -> list[Path]:
    """report.html, proposal.xlsx and figures/ (SVG and PNG) in `out`, with files that belong `beside` them: all or none."""
    figures = drawn(p, scenario, lang)
    report = _Report(p, scenario, lang, figures)
    files: dict[str, Any] = {
        "report.html": report.page(command).encode(),
        "proposal.xlsx": lambda path: write_workbook(report.sheets(), path),
    }
    for name, figure in figures.items():
        files[f"figures/{name}.svg"] = drawing.svg(figure, name, standalone=True).encode()
        files[f"figures/{name}.png"] = drawing.png(figure)
    return write_together(out, {**files, **(beside or {})})


def drawn(p: Proposal, scenario: Scenario, lang: str) -> dict[str, Figure]:
    """The map of the proposal, and what money buys, by name."""
    alliance = np.full(scenario.size, -1)
    for one in p.alliances:
        alliance[[m.position for m in one.members]] = one.number
    leads = {
        one.number: next(m.position for m in one.members if m.village == one.lead)
        for one in p.alliances
    }
    labels = {one.number: str(one.number) for one in p.alliances}
    found = {
        "map": map_of(
            scenario,
            lang,
            Membership(alliance, leads, say("proposal.map.note", lang), labels),
            _incomes(p, scenario),
        )
    }
    if len(p.front) > 1:
        rows = [
            {
                "label": say(
                    "proposal.front.label",
                    lang,
                    budget=quantity(point.budget, "yuan", lang),
                    allied=point.allied,
                ),
                "cost": point.cost.mean,
                "gain": point.gain_total.mean,
                "low": point.gain_total.low,
                "high": point.gain_total.high,
            }
            for point in p.front
        ]
        found["front"] = plots.frontier(
            pd.DataFrame(rows), lang, heading=say("proposal.front.heading", lang)
        )
    return found


def _incomes(p: Proposal, scenario: Scenario) -> np.ndarray | None:
    """What villages would earn alone, where that is known of all."""
    income = np.full(scenario.size, np.nan)
    for one in p.alliances:
        for member in one.members:
            income[member.position] = member.income_alone.median
    return income if np.isfinite(income).all() else None


def summary(p: Proposal, scenario: Scenario, lang: str) -> str:
    """The proposal in a few sentences: what, for how much, by how much better than what, and its weakest point."""
    whole = _Report(p, scenario, lang, {})
    return whole.joined(whole.in_short())


def paragraph(one: ProposedAlliance, lang: str) -> str:
    """One alliance in words: who, how, why these, what it brings, what it costs, what could break it."""
    return _Words(lang).paragraph(one)


@dataclass
class _Words:
    lang: str

    def say(self, key: str, **values: Any) -> str:
        return say(f"proposal.{key}", self.lang, **values)

    def money(self, value: float, signed: bool = False) -> str:
        return quantity(value, "yuan/year", self.lang, signed=signed)

    def band(self, band: Band, unit: str = "yuan/year") -> str:
        by, word = scale([band.low, band.high], unit, self.lang)
        low, high = (number(v, unit, signed=True, by=by) for v in (band.low, band.high))
        return say("compare.verdict.to", self.lang, low=low, high=high) + (
            f" {word}" if self.lang == "en" else word
        )

    def names(self, villages: Sequence[str]) -> str:
        shown = self.say("listed").join(villages[:NAMED])
        more = len(villages) - NAMED
        return (
            shown
            if more <= 0
            else f"{shown}{self.say('listed')}{self.say('stability.more', count=more)}"
        )

    def joined(self, sentences: Sequence[str]) -> str:
        return self.say("stop").join(s for s in sentences if s)

    def sentence(self, text: str) -> str:
        """A note as a sentence of its own."""
        return text[0].upper() + text[1:] + ("。" if self.lang == "zh" else ".")

    def name(self, one: ProposedAlliance) -> str:
        return one.name[self.lang]

    def paragraph(self, one: ProposedAlliance) -> str:
        told = [
            self.say(
                "alliance.members",
                name=self.name(one),
                members=self.names([m.village for m in one.members]),
                strategy=one.title[self.lang],
            ),
            self.say("alliance.kept") if one.kept else "",
            self.lead(one),
            self.grant(one),
            self.why(one),
            self.say("alliance.gains", gain=self.money(one.gain.mean), band=self.band(one.gain)),
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
            "lead_township"
            if one.lead_is_township
            else "lead"
            if one.lead_share < 0.995
            else "lead_sure"
        )
        return self.say(f"alliance.{key}", lead=one.lead, share=percent(one.lead_share))

    def grant(self, one: ProposedAlliance) -> str:
        if one.grant <= 0:
            return self.say("alliance.no_grant")
        grant, cost, spent = (
            quantity(value, "yuan", self.lang) for value in (one.grant, one.cost, one.spent.mean)
        )
        return self.say("alliance.grant", grant=grant, cost=cost, spent=spent)

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
            text += self.say(
                "alliance.why_product",
                product=PRODUCTS.get(product, (product,))[0] if self.lang == "zh" else product,
            )
        weak = sum(m.weak_alone > 0.5 for m in one.members)
        if weak:
            text += self.say(
                "alliance.why_weak", count=weak, after=sum(m.weak > 0.5 for m in one.members)
            )
        return text + self.say("alliance.why_end")

    def next(self, one: ProposedAlliance) -> str:
        rival = one.next_strategy
        if rival is None:
            return ""
        worse = 1.0 - rival.better
        key = "next_alike" if worse >= ALIKE or rival.difference.mean <= 0 else "next"
        difference = self.money(abs(rival.difference.mean))
        return self.say(
            f"alliance.{key}",
            strategy=rival.title[self.lang],
            difference=difference,
            worse=percent(worse),
        )

    def risks(self, one: ProposedAlliance) -> list[str]:
        found = [
            self.say(f"alliance.breaks_{key}", share=percent(share))
            for key, share in (
                ("left", one.any_left),
                ("loses", one.any_loses),
                ("paper", one.on_paper),
                ("ended", one.ended),
            )
            if share >= TRIFLE
        ]
        if one.subsidy > 0:
            found.append(
                self.say("alliance.breaks_subsidy", amount=quantity(one.subsidy, "yuan", self.lang))
            )
        return found


class _Report(_Words):
    def __init__(
        self, p: Proposal, scenario: Scenario, lang: str, figures: dict[str, Figure]
    ) -> None:
        super().__init__(lang)
        self.p, self.scenario, self.figures = p, scenario, figures
        self.objective = p.objective[lang]

    def page(self, command: str) -> str:
        p, s = self.p, self.scenario
        found: dict[str, list[Block]] = {
            "verdict": self.verdict(),
            "map": self.picture("map"),
            "against": self.against(),
            "alliances": self.alliances(),
            "money": [Words(self.say("front.lead")), *self.picture("front")]
            if "front" in self.figures
            else [],
            "advice": self.advice(),
            "stability": self.stability(),
            "parts": self.parts(),
            "trust": self.trust(),
            "limits": [
                Points(
                    [
                        *(self.sentence(note[self.lang]) for note in p.notes),
                        *(text[self.lang] for text in table("report.does_not").values()),
                    ]
                )
            ],
            "reproduce": [Words(command, "code")] if command else [],
        }
        sections = [
            Section(name, self.say(f"heading.{name}"), blocks)
            for name, blocks in found.items()
            if blocks
        ]
        title = self.say("title", scenario=s.title[self.lang])
        subtitle = self.say(
            "subtitle",
            villages=f"{s.size:,}",
            first=s.start,
            last=s.start + s.years - 1,
            budget=quantity(p.budget, "yuan", self.lang),
            runs=f"{p.fresh_runs:,}",
        )
        return page.render(title, subtitle, sections, self.lang)

    # -------- In short

    def verdict(self) -> list[Block]:
        told = self.in_short()
        return [Words(self.joined(told[:2]), "box"), *([Points(told[2:])] if told[2:] else [])]

    def in_short(self) -> list[str]:
        """What is proposed, what it brings, against what else, and its weakest point: a sentence or two each."""
        p = self.p
        if not p.alliances:
            return [self.say("verdict.none")]
        told = [
            self.say(
                "verdict.some",
                alliances=len(p.alliances),
                allied=p.proposal.allied,
                alone=len(p.alone),
                promised=quantity(p.promised, "yuan", self.lang),
                budget=quantity(p.budget, "yuan", self.lang),
            )
        ]
        rivals = {r.key: r for r in p.rivals}
        if "nobody" in rivals:
            d = rivals["nobody"].objective
            told.append(
                self.say(
                    "verdict.brings",
                    objective=self.objective,
                    rival=rivals["nobody"].title[self.lang],
                    gain=self.amount(d.difference.mean),
                    band=self.band(d.difference, p.unit),
                    better=percent(d.better),
                )
            )
        if "solo" in rivals:
            d = rivals["solo"].objective
            key = "solo" if d.better >= 0.5 else "solo_worse"
            told.append(
                self.say(
                    f"verdict.{key}",
                    better=percent(d.better),
                    worse=percent(1 - d.better),
                    difference=self.amount(d.difference.mean, True),
                )
            )
        if "today" in rivals:
            d = rivals["today"].objective
            told.append(
                self.say(
                    "verdict.today",
                    better=percent(d.better),
                    difference=self.amount(d.difference.mean, True),
                )
            )
        if (rival := self.plain_rival()) is not None:
            ahead, broken = rival.objective.difference, self.broken(rival)
            told.append(
                self.say(
                    "verdict.plain_ahead"
                    if ahead.mean < -SURE * ahead.error
                    else "verdict.plain_alike",
                    title=rival.title[self.lang],
                    strategy=self.strategy(rival.strategy),
                    difference=self.amount(ahead.mean, True),
                    band=self.band(ahead, p.unit),
                    better=percent(rival.objective.better),
                )
            )
            kept = rivals.get("township_kept") if rival.key == "township" else None
            if (
                (rival.alliances, rival.allied)
                == (1, len(p.sites))
                == (len(p.alliances), p.proposal.allied)
            ):
                told[-1] = self.say(
                    "verdict.plain_same",
                    title=rival.title[self.lang],
                    strategy=self.strategy(rival.strategy),
                    count=len(p.sites),
                    difference=self.amount(ahead.mean, True),
                    better=percent(rival.objective.better),
                )
            elif broken and kept:
                told.append(
                    self.say(
                        "verdict.plain_breaks_kept",
                        broken=broken,
                        kept=self.amount(kept.objective.gain.mean),
                    )
                )
            else:
                told.append(
                    self.say("verdict.plain_breaks", broken=broken)
                    if broken
                    else self.say("verdict.plain_keeps")
                )
        if point := self.weakest():
            told.append(self.say("verdict.weakest", point=point))
        return told

    def plain_rival(self) -> Measured | None:
        """The plain grouping that does best, where the proposal cannot be told from it or is behind."""
        plain = [r for r in self.p.rivals if r.key in PLAIN]
        best = min(plain, key=lambda r: r.objective.difference.mean, default=None)
        return (
            best
            if best is not None
            and best.objective.difference.mean <= SURE * best.objective.difference.error
            else None
        )

    def amount(self, value: float, signed: bool = False) -> str:
        """A value of the objective in its unit."""
        return quantity(value, self.p.unit, self.lang, signed=signed)

    def weakest(self) -> str:
        """The largest of the shares of runs in which something speaks against the proposal."""
        found: list[tuple[float, str]] = []
        told = self.plain_rival()
        for rival in self.p.rivals:
            share = 1.0 - rival.objective.better
            if rival.key in PLAIN:
                if told is not None:
                    continue
                words = self.say(
                    "weakest.alike",
                    title=rival.title[self.lang],
                    strategy=self.strategy(rival.strategy),
                    share=percent(share),
                )
                if broken := self.broken(rival):
                    words += self.say("weakest.broken", broken=broken)
                found.append((share, words))
            elif rival.key == "solo":
                found.append((share, self.say("weakest.solo", share=percent(share))))
        for one in self.p.alliances:
            for key, share in (
                ("leaving", one.any_left),
                ("losing", one.any_loses),
                ("paper", min(1.0, one.on_paper + one.ended)),
            ):
                found.append(
                    (share, self.say(f"weakest.{key}", name=self.name(one), share=percent(share)))
                )
        share, text = max(found, key=lambda one: one[0], default=(0.0, ""))
        return text if share >= TRIFLE else ""

    def strategy(self, name: str) -> str:
        return shipped(name).title[self.lang] if name in names() else name

    def picture(self, name: str) -> list[Block]:
        if name not in self.figures:
            return []
        figure = self.figures[name]
        caption = " ".join(figure.get_suptitle().split())
        return [Picture(drawing.svg(figure, f"proposal-{name}", caption), caption)]

    # -------- Against others

    def against(self) -> list[Block]:
        rows = [self.p.proposal, *self.p.rivals]
        unit = scale([r.objective.value.high for r in rows], self.p.unit, self.lang)
        caption = self.say("against.caption", objective=self.objective, unit=unit[1] or "1")
        return [Words(self.say("against.lead")), self.measured(caption, rows), self.outcomes(rows)]

    def measured(self, caption: str, rows: Sequence[Measured]) -> Table:
        by = scale(
            [v for r in rows for v in (r.objective.value.low, r.objective.value.high)],
            self.p.unit,
            self.lang,
        )[0]
        head = [
            self.say(f"against.{key}")
            for key in ("way", "alliances", "cost", "value", "difference", "better")
        ]
        groups = []
        for r in rows:
            own = r.key == "proposal"
            title = (
                self.say(
                    "against.with_strategy",
                    title=r.title[self.lang],
                    strategy=self.strategy(r.strategy),
                )
                if r.strategy
                else r.title[self.lang]
            )
            groups.append(
                [
                    [
                        Cell(title, below="" if own else self.broken(r), head=True),
                        Cell(f"{r.alliances} ({r.allied})", number=True),
                        Cell(quantity(r.cost.mean, "yuan", self.lang), number=True),
                        Cell(self.spread(r.objective.value, by), number=True),
                        Cell(
                            "" if own else self.spread(r.objective.difference, by, signed=True),
                            number=True,
                        ),
                        Cell("" if own else percent(r.objective.better), number=True),
                    ]
                ]
            )
        return Table(caption, head, groups)

    def broken(self, r: Measured) -> str:
        """Which rules another way does not keep."""
        told = [
            self.say(f"against.{key}", count=count)
            for key, count in (("not_allowed", r.not_allowed), ("unwilling", r.unwilling))
            if count
        ]
        return self.say("listed").join(told)

    def spread(self, band: Band, by: float, signed: bool = False) -> str:
        mean, low, high = (
            number(v, self.p.unit, signed=signed, by=by) for v in (band.mean, band.low, band.high)
        )
        return f"{mean} [{low}, {high}]"

    def outcomes(self, rows: Sequence[Measured]) -> Table:
        head = [self.say("against.outcome"), *(r.title[self.lang] for r in rows)]
        groups = []
        for at, outcome in enumerate(self.p.proposal.outcomes):
            values = [r.outcomes[at].value.mean for r in rows]
            by, word = scale(values, outcome.unit, self.lang)
            label = self.outcome_name(outcome.name)
            cells = [Cell(f"{label} ({word})" if word else label, head=True)]
            cells += [Cell(number(v, outcome.unit, by=by), number=True) for v in values]
            groups.append([cells])
        return Table(self.say("against.outcomes_caption"), head, groups)

    def outcome_name(self, name: str) -> str:
        if name in BY_NAME:
            return getattr(BY_NAME[name], self.lang)
        known = BASES[name]
        return known.zh if self.lang == "zh" else known.en

    # -------- Alliance by alliance

    def alliances(self) -> list[Block]:
        blocks: list[Block] = []
        for one in self.p.alliances[:DESCRIBED]:
            blocks.append(Words(f"{one.number}. {self.paragraph(one)}"))
            blocks.append(self.members(one))
        if len(self.p.alliances) > DESCRIBED:
            blocks.append(Words(self.say("alliance.more", count=len(self.p.alliances) - DESCRIBED)))
        return blocks

    def members(self, one: ProposedAlliance) -> Table:
        keys = ["village", "gain", "alone", "weak_alone", "weak", "loses", "leaves", "expects"]
        paid = any(abs(m.pays) >= 1 for m in one.members)
        head = [self.say(f"column.{key}") for key in [*keys, *(["pays"] if paid else [])]]
        by, word = scale(
            [v for m in one.members for v in (m.gain.low, m.gain.high)], "yuan/year", self.lang
        )
        head[1] = f"{head[1]} ({word})"
        return Table(
            self.say("alliance.caption", name=self.name(one)),
            head,
            [[self.member(m, by, paid)] for m in one.members],
        )

    def member(self, m: Member, by: float, paid: bool) -> list[Cell]:
        gain = " ".join(
            (
                number(m.gain.mean, "yuan", by=by),
                f"[{number(m.gain.low, 'yuan', by=by)}, {number(m.gain.high, 'yuan', by=by)}]",
            )
        )
        cells = [
            Cell(m.village, head=True),
            Cell(gain, number=True),
            Cell(self.money(m.income_alone.median), number=True),
        ]
        cells += [
            Cell(percent(share), number=True) for share in (m.weak_alone, m.weak, m.loses, m.leaves)
        ]
        cells.append(Cell(self.money(m.expects), number=True))
        return [*cells, Cell(self.money(m.pays, True), number=True)] if paid else cells

    # -------- What would change it, who would rather be elsewhere

    def advice(self) -> list[Block]:
        p = self.p
        told = []
        if p.nearest is None:
            told.append(self.say("advice.nearest_none"))
        else:
            d = p.nearest.measured.objective
            text = self.say(
                "advice.nearest",
                moved=p.nearest.moved,
                difference=self.amount(d.difference.mean),
                band=self.band(d.difference, p.unit),
                better=percent(d.better),
            )
            told.append(text + (self.say("advice.nearest_alike") if 1 - d.better >= ALIKE else ""))
        close = sum(
            one.next_strategy is not None and 1 - one.next_strategy.better >= ALIKE
            for one in p.alliances
        )
        if close:
            told.append(self.say("advice.strategies", count=close, all=len(p.alliances)))
        told.append(self.say("advice.evidence"))
        blocks: list[Block] = [Points(told)]
        if p.nearest is not None and p.nearest.alliances and len(p.nearest.alliances) <= DESCRIBED:
            head = [self.say(f"column.{key}") for key in ("members", "strategy", "grant")]
            rows = [
                [
                    Cell(self.names(a["members"]), head=True),
                    Cell(self.strategy(a["strategy"])),
                    Cell(number(a["grant"], "yuan"), number=True),
                ]
                for a in p.nearest.alliances
            ]
            blocks.append(Table(self.say("advice.caption"), head, [[row] for row in rows]))
        return blocks

    def stability(self) -> list[Block]:
        p = self.p
        told = []
        for one in p.unrest[:NAMED]:
            where = (
                self.say("stability.join", number=one.joins)
                if one.joins
                else self.say("stability.alone")
            )
            told.append(
                self.say(
                    "stability.some",
                    village=one.village,
                    where=where,
                    elsewhere=self.money(one.elsewhere),
                    expects=self.money(one.expects),
                )
            )
        if len(p.unrest) > NAMED:
            told.append(self.say("stability.more", count=len(p.unrest) - NAMED))
        for alliance in p.alliances:
            inside = {m.village for m in alliance.members}
            parts = sorted((group for group in p.breakaways if inside.issuperset(group)), key=len)
            if parts:
                told.append(
                    self.say(
                        "stability.breakaway",
                        name=self.name(alliance),
                        count=len(parts),
                        names=self.names(parts[0]),
                    )
                )
        paid = [
            f"{m.village} {number(m.pays, 'yuan', signed=True)}"
            for one in p.alliances
            for m in one.members
            if abs(m.pays) >= 1
        ]
        if paid:
            told.append(self.say("stability.pays", list=self.say("listed").join(paid[: 2 * NAMED])))
        return [Points(told or [self.say("stability.none")])]

    def parts(self) -> list[Block]:
        if not self.p.ablations:
            return []
        return [
            Words(self.say("parts.lead")),
            self.measured(self.say("parts.caption"), [self.p.proposal, *self.p.ablations]),
        ]

    def trust(self) -> list[Block]:
        h = self.p.hunt
        told = [
            self.say(
                "trust.search",
                sets=f"{h.sets:,}",
                simulated=f"{h.simulated:,}",
                runs=h.final_runs,
                rounds=h.rounds,
            ),
            self.say("trust.stopped") if h.stopped else "",
            ""
            if not h.bound_is_exact and h.gap <= 0
            else self.say("trust.gap", gap=percent(h.gap))
            if h.gap >= 0.005
            else self.say("trust.no_gap"),
            self.say(
                "trust.optimism",
                seen=self.amount(h.in_search),
                fresh=self.amount(h.fresh),
                error=self.amount(h.fresh_error),
                optimism=self.amount(h.optimism, True),
            ),
            self.say("trust.unseen"),
        ]
        return [Points([text for text in told if text])]

    # -------- The workbook

    def sheets(self) -> dict[str, pd.DataFrame]:
        """Tables by name of their sheet."""

        def c(key: str) -> str:
            return self.say(f"column.{key}")

        alliances = [
            {
                c("number"): a.number,
                c("name"): self.name(a),
                c("members"): self.say("listed").join(m.village for m in a.members),
                c("strategy"): a.title[self.lang],
                c("lead"): a.lead,
                c("grant"): a.grant,
                c("cost"): a.cost,
                c("gain_mean"): a.gain.mean,
                c("gain_low"): a.gain.low,
                c("gain_high"): a.gain.high,
                c("text"): self.paragraph(a),
            }
            for a in self.p.alliances
        ]
        by_position = {m.position: (a, m) for a in self.p.alliances for m in a.members}
        villages = []
        for site in self.p.sites:
            a, m = by_position.get(site.position, (None, None))
            villages.append(
                {
                    c("village"): site.village,
                    c("township"): site.township,
                    c("number"): site.alliance or None,
                    c("strategy"): a.title[self.lang] if a else "",
                    c("gain_mean"): m.gain.mean if m else None,
                    c("gain_low"): m.gain.low if m else None,
                    c("gain_high"): m.gain.high if m else None,
                    c("weak_alone"): m.weak_alone if m else None,
                    c("weak"): m.weak if m else None,
                    c("loses"): m.loses if m else None,
                    c("pays"): m.pays if m else None,
                }
            )
        ways = [
            {
                self.say("against.way"): r.title[self.lang],
                c("strategy"): self.strategy(r.strategy),
                c("cost"): r.cost.mean,
                self.say("against.value"): r.objective.value.mean,
                self.say("against.difference"): r.objective.difference.mean,
                self.say("against.better"): r.objective.better,
            }
            for r in [self.p.proposal, *self.p.rivals, *self.p.ablations]
        ]
        paid, key, told = (
            self.say("against.cost"),
            say("compare.column.key", self.lang),
            say("compare.column.value", self.lang),
        )
        front = [
            {
                paid: x.cost.mean,
                c("gain_mean"): x.gain_total.mean,
                c("gain_low"): x.gain_total.low,
                c("gain_high"): x.gain_total.high,
            }
            for x in self.p.front
        ]
        question = [
            {
                key: name,
                told: value
                if isinstance(value, (int, float, str))
                else as_json(value, indent=None),
            }
            for name, value in self.p.question.items()
        ]
        found = {
            "alliances": alliances,
            "villages": villages,
            "against": ways,
            "front": front,
            "question": question,
        }
        return {
            self.say(f"sheet.{name}"): pd.DataFrame(rows) for name, rows in found.items() if rows
        }

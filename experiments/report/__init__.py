"""The report of a comparison: one HTML file in Chinese or English, with figures inside, that needs
no network and can be printed.

Every number that the documents state leads to a list of sources with document and line. Nothing in
the file depends on the clock. All text passes through the template's escaping, so a village may be
called whatever a table says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from village_alliances.experiments import page, plots
from village_alliances.experiments.answer import brief
from village_alliances.experiments.answer.comparison import brief_of
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.experiments.origin import command
from village_alliances.experiments.page import PageBlock, Points, Section
from village_alliances.experiments.report.basis import imputations, parameters, strategies
from village_alliances.experiments.report.choice import best
from village_alliances.experiments.report.money import institutions, projects, rivals
from village_alliances.experiments.report.outcomes import cost, maps, policy, trajectories
from village_alliances.experiments.report.question import question, subtitle
from village_alliances.experiments.report.sources import reproduce, sources
from village_alliances.experiments.report.villages import villages
from village_alliances.experiments.report.writer import Writer
from village_alliances.wording import say, table

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison
    from village_alliances.experiments.sensitivity.files import Explanation

TRAJECTORIES = ("weak_left", *(f"trajectory_{outcome}" for outcome in plots.OVER_TIME))
AHEAD = ("weak_left", f"trajectory_{OUTCOME}")  # those that stand before the appendix


def html(
    c: Comparison,
    lang: str,
    *,
    figures: Mapping[str, Figure] | None = None,
    sensitivity: Explanation | None = None,
    extra: Sequence[Section] = (),
) -> str:
    """The report as one page.

    `figures`: those of `plots.figures(c, lang)` where they are drawn already. `sensitivity`: what
    an analysis of the same villages says (experiments/sensitivity). `extra`: sections of your
    own, put after the figures.
    """
    writer = Writer(c, lang, dict(figures if figures is not None else plots.figures(c, lang)))
    before, after = chapters(writer, sensitivity, extra), appendix(writer)
    title = say("report.page.title", lang, scenario=c.scenario.title[lang])
    sheet = brief.body(brief_of(c, lang, command(c)), lang)
    return page.render(
        title,
        subtitle(writer),
        before,
        lang,
        first=sheet,
        style=brief.STYLE,
        appendix=after,
    )


def chapters(
    writer: Writer, sensitivity: Explanation | None, extra: Sequence[Section]
) -> list[Section]:
    """What is read after the brief: figures, one table of cost, and what all this
    cannot tell."""
    if sensitivity is not None:
        writer.figures["sensitivity"] = plots.sensitivity(
            sensitivity.frame,
            writer.lang,
            sensitivity.outcome,
            titles=sensitivity.titles.get(writer.lang),
        )
    chapters: dict[str, Sequence[PageBlock]] = {
        "question": question(writer),
        "limits": [Points([text[writer.lang] for text in table("report.does_not").values()])],
        "policy": writer.drawn("differences"),
        "equal": writer.drawn("rivals"),
        "cost": cost(writer),
        "trajectories": trajectories(writer, AHEAD),
        "who": writer.drawn("who_gains"),
        "map": maps(writer),
        "origins": [*writer.drawn("projects"), *writer.drawn("parts")],
        "sensitivity": [Points(sensitivity.sentences[writer.lang]), *writer.drawn("sensitivity")]
        if sensitivity is not None
        else [],
    }
    return [*made(writer, chapters), *extra]


def appendix(writer: Writer) -> list[Section]:
    """Every table, and what all rests on; sources last, for they list what the others cite."""
    later = [name for name in TRAJECTORIES if name not in AHEAD]
    sections = {
        "villages": villages(writer),
        "results": policy(writer),
        "rivals": rivals(writer),
        "later": trajectories(writer, later),
        "distribution": writer.drawn("distribution", "text.no_villages"),
        "frontier": writer.drawn("frontier"),
        "projects": [*projects(writer), *institutions(writer)],
        "best": best(writer) if len(writer.c.strategies) > 1 else [],
        "imputed": imputations(writer),
        "parameters": parameters(writer),
        "strategies": strategies(writer),
        "reproduce": reproduce(writer),
    }
    return [*made(writer, sections), *made(writer, {"sources": sources(writer)})]


def made(writer: Writer, chapters: Mapping[str, Sequence[PageBlock]]) -> list[Section]:
    """Those sections that have something in them, each under its heading."""
    return [
        Section(name, writer.say(f"heading.{name}"), blocks)
        for name, blocks in chapters.items()
        if blocks
    ]

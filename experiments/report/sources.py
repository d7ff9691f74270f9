"""Where numbers come from, and how to get the report again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from village_alliances.calibration.evidence import Figure, Outside, designs, documents
from village_alliances.calibration.evidence import named as evidence_named
from village_alliances.experiments.origin import inputs
from village_alliances.experiments.page import (
    PageBlock,
    PageCell,
    PageTable,
    PageWords,
    Points,
)
from village_alliances.experiments.report.writer import Writer
from village_alliances.wording import listed
from village_alliances.wording.numbers import span

if TYPE_CHECKING:
    pass


def _stated(writer: Writer, value: float, high: float | None, unit: str) -> tuple[PageCell, ...]:
    """A figure, or the two ends of one, and its unit."""
    if unit == "year":
        return PageCell(f"{value:.0f}", number=True), PageCell(writer.unit(unit))
    words, word = writer.stated([value] if high is None else [value, high], unit)
    figure = words[0] if high is None else span(words[0], words[-1], writer.lang)
    return PageCell(figure, number=True), PageCell(word)


def reproduce(writer: Writer) -> list[PageBlock]:
    made = inputs(writer.c)
    versions = listed(
        (f"{name} {version}" for name, version in made["versions"].items()), writer.lang
    )
    facts = {
        "seed": str(writer.c.seed),
        "id": writer.c.id,
        "hash": str(made["fingerprint"]),
        "versions": versions,
    }
    rows = [
        [(PageCell(writer.say(f"column.{name}"), head=True), PageCell(value))]
        for name, value in facts.items()
    ]
    blocks: list[PageBlock] = [
        PageWords(writer.say("text.reproduce")),
        PageWords(str(made["command"]), "code"),
        PageTable("", [], rows),
    ]
    if writer.c.failed:
        blocks.append(PageWords(writer.say("text.failed", failed=writer.c.failed)))
    return blocks


def sources(writer: Writer) -> list[PageBlock]:
    """The figures cited, as the documents state them and from outside."""
    rows = [evidence_named(id) for id in writer.cited]
    stated = [row for row in rows if isinstance(row, Figure)]
    elsewhere = [row for row in rows if isinstance(row, Outside)]
    blocks = [*_of_documents(writer, stated), *_published(writer, elsewhere)]
    return blocks or [PageWords("—")]


def _published(writer: Writer, figures: list[Outside]) -> list[PageBlock]:
    """Figures from outside, with who states them and how they came to be known."""
    rows = [
        [
            (
                PageCell(f"[{figure.id}]", head=True, anchor=f"source-{figure.id}"),
                PageCell(figure.place(writer.lang)),
                PageCell(str(figure.year)),
                PageCell(figure.note(writer.lang)),
                PageCell(
                    figure.source(writer.lang), below=designs()[figure.design].title(writer.lang)
                ),
                *_stated(writer, figure.value, None, figure.unit),
            )
        ]
        for figure in sorted(figures, key=lambda figure: figure.id)
    ]
    return [_wide(writer, "published", "source", rows)] if rows else []


def _of_documents(writer: Writer, figures: list[Figure]) -> list[PageBlock]:
    titles = documents()
    figures.sort(key=lambda document: (document.document, document.line, document.id))
    listed = []
    for number_of in sorted({figure.document for figure in figures}):
        document = titles[number_of]
        listed.append(
            f"[{document.id}] {document.title(writer.lang)}, {document.author}, "
            f"{document.outlet(writer.lang)}, {document.year or writer.say('page.year_unknown')}"
        )
    rows = [
        [
            (
                PageCell(
                    f"[{figure.document}:{figure.line}]", head=True, anchor=f"source-{figure.id}"
                ),
                PageCell(figure.place(writer.lang)),
                PageCell(str(figure.year)),
                PageCell(figure.note(writer.lang), below=figure.id),
                PageCell(figure.figure, lang="zh"),
                *_stated(writer, figure.value, figure.value_high, figure.unit),
            )
        ]
        for figure in figures
    ]
    return [Points(listed), _wide(writer, "sources", "words", rows)] if rows else []


def _wide(
    writer: Writer, caption: str, beside: str, rows: Sequence[Sequence[Sequence[PageCell]]]
) -> PageBlock:
    """A table of figures; `beside`: what stands between a figure's meaning and its value."""
    head = ["document", "place", "year", "meaning", beside, "value", "unit"]
    return replace(
        writer.table(writer.say(f"text.{caption}"), head, rows), widths=(12, 12, 7, 27, 17, 13, 12)
    )

"""Where a number comes from: document and line, or the reason of an assumption."""

from __future__ import annotations

from collections.abc import Sequence

from village_alliances.calibration.evidence import (
    Figure,
    Outside,
    designs,
    documents,
    figure,
    named,
)
from village_alliances.interface.dashboard.words import clean, markup, sentence, text
from village_alliances.sim.metrics import BY_NAME
from village_alliances.wording import joined
from village_alliances.wording.numbers import unit_word

WEAK = "fenghua-weak-threshold"
LINES = {
    "weak_villages_50k": WEAK,
    "quarters_to_last": WEAK,
    "gain_weak": WEAK,
    "weak_lifted": WEAK,
    "weak_villages_150k": "ningbo-collective-floor-2021",
}
"""The evidence from which an outcome's line between weak and not weak comes."""


def cited(ids: Sequence[str], lang: str, most: int = 50, *, beside_list: bool = False) -> str:
    """A list of figures: what each is, the words of the document, its title and the line.
    `beside_list`: the page lists the documents, so that a number stands for a title."""
    out = []
    for name in ids[:most]:
        try:
            f = named(name)
        except KeyError:
            continue
        if isinstance(f, Outside):
            out.append(markup("li", from_outside(f, lang), "source outside"))
            continue
        where = markup(
            "b", clean(text("evidence.place_year", lang, place=f.place(lang), year=f.year))
        )
        line = markup("span", marked(f, lang) if beside_list else clean(stands(f, lang)), "hint")
        out.append(
            markup("li", f"{where} {clean(f.note(lang))} {clean(f'“{f.figure}”')} {line}", "source")
        )
    return markup("ul", "".join(out)) if out else ""


def stands(f: Figure, lang: str) -> str:
    """The title of a figure's document, and the line."""
    return text("evidence.where", lang, title=documents()[f.document].title(lang), line=f.line)


def marked(f: Figure, lang: str) -> str:
    """The number of a figure's document, which leads to the list of documents on the same page and
    shows the title when pointed at; and the line."""
    said = clean(text("evidence.marked", lang, id=f.document, line=f.line))
    title = documents()[f.document].title(lang)
    return markup("a", said, "mark", href=f"#{place_in_list(f.document)}", title=title)


def place_in_list(document: int) -> str:
    """Where a document stands in the list of documents on its page: the id of an element."""
    return f"document-{document}"


def from_outside(outside: Outside, lang: str) -> str:
    """A figure from outside in a line: where, what it is, and how it came to be known."""
    where = markup(
        "b", clean(text("evidence.place_year", lang, place=outside.place(lang), year=outside.year))
    )
    badge = markup("span", clean(designs()[outside.design].title(lang)), "badge outside")
    source = markup("span", clean(outside.source(lang)), "hint")
    return f"{where} {clean(outside.note(lang))} {badge} {source}"


def source_line(name: str, lang: str) -> str:
    """One figure in one line, what it is first; '' where there is none of that name."""
    try:
        f = figure(name)
    except KeyError:
        return ""
    place = text("evidence.place_year", lang, place=f.place(lang), year=f.year)
    return text(
        "evidence.source_line",
        lang,
        place=place,
        note=f.note(lang),
        words=f.figure,
        where=stands(f, lang),
    )


def about_outcome(name: str, lang: str) -> str:
    """What an outcome is, its unit, which direction is better, where it is defined, and
    where its line comes from."""
    outcome = BY_NAME[name]
    unit = "" if outcome.unit in ("0..1", "nats") else unit_word(outcome.unit, lang)
    sentences = [
        text(
            "about.outcome" if unit else "about.outcome_bare",
            lang,
            meaning=sentence(getattr(outcome, lang)),
            unit=unit,
        ),
        text(f"about.better_{outcome.better}", lang),
        defined(name, lang),
    ]
    return joined(sentences, lang)


def defined(name: str, lang: str) -> str:
    """Where an outcome is defined, and where its line comes from."""
    line = (
        text("about.line", lang, source=source_line(LINES[name], lang), id=LINES[name])
        if name in LINES
        else ""
    )
    return f"{text('about.defined', lang, name=name)}{' ' if lang == 'en' else ''}{line}".strip()


def asked_about(names: Sequence[str], lang: str) -> str:
    """A question mark that opens into what these outcomes are. Works by keyboard and by touch."""
    label = text(
        "about.label",
        lang,
        outcome=" · ".join(sentence(getattr(BY_NAME[name], lang)) for name in names),
    )
    body = "".join(markup("p", clean(about_outcome(name, lang))) for name in names)
    return markup(
        "details", markup("summary", "?", aria_label=label) + body, "about-outcome noprint"
    )

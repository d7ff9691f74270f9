"""Where figures come from, in words: evidence ids as documents and lines, or as what was
found elsewhere and how."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache

from village_alliances.calibration.evidence import (
    FOLDER,
    Figure,
    Outside,
    designs,
    documents,
    figure,
    named,
)
from village_alliances.wording import LANGUAGES, listed, say, titled


def place_of(id: str, lang: str = "en") -> str:
    """`jinxi-households [0:28]`: an evidence id with document and line; `X007 [official count,
    Anqing, Anhui 2018]` for one from outside; the text itself where the register has no such id."""
    try:
        row = named(id)
    except KeyError:
        return id
    if isinstance(row, Outside):
        return f"{id} [{found_how(row, lang)}]"
    return f"{id} [{row.document}:{row.line}]"


def found_how(outside: Outside, lang: str) -> str:
    """How a figure from outside came to be known, where and when."""
    design = designs()[outside.design].title(lang)
    return say("cli.outside", lang, design=design, place=outside.place(lang), year=outside.year)


def documents_of(ids: Iterable[str]) -> list[int]:
    """The documents that evidence ids rest on, in order."""
    cited = set()
    for id in ids:
        try:
            cited.add(figure(id).document)
        except KeyError:
            continue
    return sorted(cited)


@cache
def _cases() -> dict[str, str]:
    with (FOLDER / "cases.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["lines"] for row in csv.DictReader(file)}


def documents_of_case(case: str) -> list[int]:
    """The documents in which a case of the register stands, in order; none for an unknown one."""
    lines = _cases().get(case, "")
    return sorted({int(place.partition(":")[0]) for place in lines.split(";") if ":" in place})


def legend(numbers: Iterable[int], lang: str) -> list[str]:
    """A line for each document: number, title, author, year."""
    titles = documents()
    lines = []
    for number in sorted(set(numbers)):
        document = titles[number]
        year = document.year if document.year is not None else say("cli.no_year", lang)
        lines.append(
            say(
                "cli.document",
                lang,
                id=number,
                title=document.title(lang),
                author=document.author,
                year=year,
            )
        )
    return lines


def published(ids: Iterable[str], lang: str) -> list[str]:
    """A line for each source of figures from outside: their ids, who states them, and the
    address."""
    said: dict[tuple[str, str], list[str]] = {}
    for id in sorted(set(ids)):
        row = _row_of(id)
        if isinstance(row, Outside):
            said.setdefault((row.source(lang), row.address), []).append(id)
    return [
        say(
            "cli.publisher",
            lang,
            ids=listed(stated, lang),
            source=source,
            address=address if address != "none" else "",
        ).rstrip()
        for (source, address), stated in said.items()
    ]


def listing(ids: Iterable[str], lang: str) -> list[str]:
    """What evidence ids rest on: the documents, and who states the figures from outside."""
    cited = list(ids)
    lines = []
    for title, sources_of in (
        ("documents", legend(documents_of(cited), lang)),
        ("published", published(cited, lang)),
    ):
        if sources_of:
            lines += [titled(say(f"cli.{title}", lang), lang), *sources_of]
    return lines


def _row_of(id: str) -> Figure | Outside | None:
    try:
        return named(id)
    except KeyError:
        return None


def sources(ids: Iterable[str]) -> list[dict[str, object]]:
    """Evidence ids with document and line, what the figure is and the words
    that carry it, for JSON."""
    figures: list[dict[str, object]] = []
    for id in ids:
        try:
            document = named(id)
        except KeyError:
            figures.append({"id": id})
            continue
        if isinstance(document, Outside):
            figures.append(outside_source(document))
            continue
        figures.append(
            {
                "id": id,
                "kind": "document",
                "place": {lang: document.place(lang) for lang in LANGUAGES},
                "year": document.year,
                "note": {lang: document.note(lang) for lang in LANGUAGES},
                "document": document.document,
                "line": document.line,
                "figure": document.figure,
                "value": document.value,
                "unit": document.unit,
            }
        )
    return figures


def outside_source(outside: Outside) -> dict[str, object]:
    """A row from outside as JSON: who says it, how it was found, how near it
    is to what the model has."""
    return {
        "id": outside.id,
        "kind": "outside",
        "place": {lang: outside.place(lang) for lang in LANGUAGES},
        "year": outside.year,
        "note": {lang: outside.note(lang) for lang in LANGUAGES},
        "source": {lang: outside.source(lang) for lang in LANGUAGES},
        "address": outside.address,
        "design": outside.design,
        "grade": outside.grade,
        "rates": list(outside.rates),
        "use": outside.use,
        "value": outside.value,
        "low": outside.low,
        "high": outside.high,
        "unit": outside.unit,
    }

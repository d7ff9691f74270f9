"""Where figures come from, in words: evidence ids as documents and lines, or as what was
found elsewhere and how."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache

from village_alliances.calibration.evidence import (
    FOLDER,
    Outside,
    designs,
    documents,
    figure,
    named,
)
from village_alliances.wording import LANGUAGES, say


def place_of(id: str, lang: str = "en") -> str:
    """`jinxi-households [0:28]`: an evidence id with document and line; `X007 [official count,
    Anqing, Anhui 2018]` for one from outside; the text itself where the register has no such id."""
    try:
        found = named(id)
    except KeyError:
        return id
    if isinstance(found, Outside):
        return f"{id} [{found_how(found, lang)}]"
    return f"{id} [{found.document}:{found.line}]"


def found_how(one: Outside, lang: str) -> str:
    """How a figure from outside came to be known, where and when."""
    design = designs()[one.design].title(lang)
    return say("cli.outside", lang, design=design, place=one.place(lang), year=one.year)


def documents_of(ids: Iterable[str]) -> list[int]:
    """The documents that evidence ids rest on, in order."""
    found = set()
    for id in ids:
        try:
            found.add(figure(id).document)
        except KeyError:
            continue
    return sorted(found)


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
    known = documents()
    lines = []
    for number in sorted(set(numbers)):
        one = known[number]
        year = one.year if one.year is not None else say("cli.no_year", lang)
        lines.append(
            say("cli.document", lang, id=number, title=one.title, author=one.author, year=year)
        )
    return lines


def sources(ids: Iterable[str]) -> list[dict[str, object]]:
    """Evidence ids with document and line, what the figure is and the words
    that carry it, for JSON."""
    found: list[dict[str, object]] = []
    for id in ids:
        try:
            one = named(id)
        except KeyError:
            found.append({"id": id})
            continue
        if isinstance(one, Outside):
            found.append(outside_source(one))
            continue
        found.append(
            {
                "id": id,
                "kind": "document",
                "place": {lang: one.place(lang) for lang in LANGUAGES},
                "year": one.year,
                "note": {lang: one.note(lang) for lang in LANGUAGES},
                "document": one.document,
                "line": one.line,
                "figure": one.figure,
                "value": one.value,
                "unit": one.unit,
            }
        )
    return found


def outside_source(one: Outside) -> dict[str, object]:
    """A row from outside as JSON: who says it, how it was found, how near it
    is to what the model has."""
    return {
        "id": one.id,
        "kind": "outside",
        "place": {lang: one.place(lang) for lang in LANGUAGES},
        "year": one.year,
        "note": {lang: one.note(lang) for lang in LANGUAGES},
        "source": one.source,
        "address": one.address,
        "design": one.design,
        "grade": one.grade,
        "rates": list(one.rates),
        "use": one.use,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "unit": one.unit,
    }

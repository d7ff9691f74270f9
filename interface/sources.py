"""Where figures come from, in words: evidence ids as documents and lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache

from village_alliances.calibration.evidence import FOLDER, documents, figure
from village_alliances.wording import LANGUAGES, say


def place_of(id: str) -> str:
    """`jinxi-households [0:28]`: an evidence id with document and line; the text itself where the register has no such id."""
    try:
        found = figure(id)
    except KeyError:
        return id
    return f"{id} [{found.document}:{found.line}]"


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
    """Evidence ids with document and line, what the figure is and the words that carry it, for JSON."""
    found: list[dict[str, object]] = []
    for id in ids:
        try:
            one = figure(id)
        except KeyError:
            found.append({"id": id})
            continue
        found.append(
            {
                "id": id,
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

"""What is refused, and why, in the words of the catalogue: a text in both
languages, its {places} filled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from village_alliances.sim.problems import Doubt, Text
from village_alliances.wording import grouped


def worded(key: str, **values: object) -> Text:
    """The text `key` of the catalogue (see wording/) in both languages: `Text.of` in short."""
    return Text.of(key, **values)


def counted(number: int) -> Text:
    """A count as each language writes it: `12,300`, `12300`."""
    return Text(grouped(number, "en"), grouped(number, "zh"))


def doubt(key: str, severity: Literal["ask", "note"] = "note", **values: object) -> Doubt:
    """The text `key` as something that was read but may be meant otherwise."""
    text = worded(key, **values)
    return Doubt(str(text), text.zh, severity)


def in_both(key: str, **values: object) -> dict[str, str]:
    """The text `key` by language, as names and titles are kept."""
    text = worded(key, **values)
    return {"en": str(text), "zh": text.zh}


def joined(words: Iterable[object]) -> Text:
    """`a, b, c`, with the mark that each language sets between."""
    parts = [str(word) for word in words]
    return Text(", ".join(parts), "、".join(parts))

"""The shipped scenarios as lists name them, known without loading their villages: a whole
country's would fill the memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from village_alliances.interface.commands.scenarios import FOLDER, described
from village_alliances.interface.dashboard.words import pick
from village_alliances.sim.loading import names


@dataclass(frozen=True)
class Place:
    """A shipped scenario: `title` by language, `level` alliance, system or
    scale, number of villages."""

    name: str
    title: dict[str, str]
    level: str
    villages: int


@cache
def places() -> tuple[Place, ...]:
    """All of them, in the order of their names."""
    places = [described(FOLDER / name) for name in names()]
    return tuple(
        Place(place["name"], place["title"], place["level"], int(place["villages"]))
        for place in places
    )


def choices(places: Sequence[Place], lang: str) -> list[dict[str, Any]]:
    """Entries of a list to choose from."""
    return [{"value": place.name, "text": pick(place.title, lang)} for place in places]


def smaller_than(villages: int) -> list[Place]:
    """Those that have at most so many villages."""
    return [place for place in places() if place.villages <= villages]

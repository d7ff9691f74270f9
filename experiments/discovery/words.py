"""Quantities and bounds in words."""

from __future__ import annotations

import math
from functools import cache

from village_alliances.experiments.wording import meaning
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.parameters import Quantity, levers
from village_alliances.sim.region import load as region
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.uncertain import uncertain
from village_alliances.wording import grouped, numbers, say
from village_alliances.wording.numbers import UNITS, number, quantity

START = (
    "start_"  # what the name of a quantity begins with that tells how villages stood at the start
)


@cache
def varied() -> dict[str, Quantity]:
    return {**levers(), **uncertain(quantities_of(region("china")))}


def quantity_of(name: str) -> Quantity | None:
    """The parameter, number of a project type or lever of this name; None for how
    villages stood at the start."""
    return varied().get(name)


def name_of(name: str, lang: str) -> str:
    """A quantity in words."""
    about = quantity_of(name)
    if about is not None:
        return str(getattr(about, lang))
    return say(
        "discovery.bound.start", lang, outcome=lower_first(meaning(name.removeprefix(START), lang))
    )


def unit_of(name: str) -> str:
    """The unit of a quantity."""
    about = quantity_of(name)
    return about.unit if about is not None else BY_NAME[name.removeprefix(START)].unit


def bound_in_words(value: float, unit: str, lang: str) -> str:
    """A bound with its unit, to three digits."""
    if not math.isfinite(value):
        return ""
    if unit in UNITS:
        return quantity(value, unit, lang) if unit != "0..1" else grouped(value, lang, ".3g")
    if unit.startswith("1/"):
        return say(
            "discovery.bound.rate",
            lang,
            value=grouped(value, lang, ".3g"),
            per=unit_in_words(unit.removeprefix("1/"), lang),
        )
    text, word = (
        grouped(value, lang, ".3g") if abs(value) < 1000 else number(value, "yuan", lang),
        unit_in_words(unit, lang),
    )
    return f"{text} {word}".rstrip()


def unit_in_words(unit: str, lang: str) -> str:
    """A unit in words, part by part: `yuan/mu/year`, `元/亩/年`; a bare number has none."""
    if unit.startswith("1/"):
        return say("discovery.bound.per", lang, per=unit_in_words(unit.removeprefix("1/"), lang))
    return numbers.unit_in_words(unit, lang)


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]

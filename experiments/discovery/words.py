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
from village_alliances.wording import numbers, say
from village_alliances.wording.numbers import MILLION, UNITS, quantity, three_digits

START = (
    "start_"  # what the name of a quantity begins with that tells how villages stood at the start
)
SPELT = 1000  # from here on large units are used, such as 万元
TINY = 0.001  # what is less than this for a yuan is told for a million yuan


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
    if abs(value) >= SPELT and unit in UNITS:
        return quantity(value, unit, lang)
    if unit.startswith("1/"):
        return say(
            "discovery.bound.rate",
            lang,
            value=three_digits(value, lang),
            per=unit_in_words(unit.removeprefix("1/"), lang),
        )
    if unit.endswith("/yuan") and 0 < abs(value) < TINY:
        return say(
            "discovery.bound.per_million",
            lang,
            value=three_digits(value * MILLION, lang),
            what=unit_in_words(unit.removesuffix("/yuan"), lang),
        )
    return f"{three_digits(value, lang)} {unit_in_words(unit, lang)}".rstrip()


def unit_in_words(unit: str, lang: str) -> str:
    """A unit in words, part by part: `yuan/mu/year`, `元/亩/年`; a bare number has none."""
    if unit.startswith("1/"):
        return say("discovery.bound.per", lang, per=unit_in_words(unit.removeprefix("1/"), lang))
    return numbers.unit_in_words(unit, lang)


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]

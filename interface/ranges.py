"""Numbers and ranges of a quantity as a list on the terminal shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from village_alliances.wording import typed
from village_alliances.wording.numbers import span, unit_in_words

if TYPE_CHECKING:
    from village_alliances.sim.parameters import Quantity


def in_words(quantity: Quantity, low: float, high: float, lang: str) -> str:
    """From where to where a quantity may be set, with its unit."""
    unit = unit_in_words(quantity.unit, lang)
    ends = span(typed(low, lang), typed(high, lang), lang)
    return f"{ends}（{unit}）" if unit and lang == "zh" else f"{ends} {unit}".rstrip()


def short(value: float, lang: str) -> str:
    """A number in a list of quantities."""
    return typed(value, lang, ",.0f" if abs(value) >= 1000 else "g")


def stretch(low: float, high: float, lang: str) -> str:
    """The range of a listed quantity: `0.05 to 0.2`, `0.05～0.2`."""
    return span(short(low, lang), short(high, lang), lang)

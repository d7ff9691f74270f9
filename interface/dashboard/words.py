"""The dashboard's texts, and markup made of them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from village_alliances.experiments.answer.logic import FEW
from village_alliances.wording import grouped, numbers, say

LANGS = ("zh", "en")


def text(key: str, lang: str, **values: Any) -> str:
    """A text of the dashboard."""
    return say(f"dashboard.{key}", lang, **values)


def pick(texts: Any, lang: str) -> str:
    """The text in `lang` of a pair such as a strategy's title; a text that stands alone
    as it is."""
    if isinstance(texts, dict):
        return str(texts.get(lang) or texts.get("en") or next(iter(texts.values()), ""))
    return str(texts or "")


def number(value: float, unit: str, lang: str, sign: bool = False) -> str:
    """A number with its unit."""
    return figures([value], unit, lang, sign)[0]


def figures(values: Sequence[float], unit: str, lang: str, sign: bool = False) -> list[str]:
    """Numbers of one column, all with the unit of the greatest; none is a dash."""
    said = numbers.quantities(values, unit, lang, signed=sign)
    return [word if value == value else "–" for value, word in zip(values, said, strict=True)]


def ranged(mean: float, low: float, high: float, unit: str, lang: str) -> str:
    """A signed figure and the range around it, one unit: `+2 [−3 to +12] villages`."""
    by, word = numbers.scale([mean, low, high], unit, lang)
    said = [numbers.mean_number(v, unit, lang, signed=True, by=by) for v in (mean, low, high)]
    return text("state.ranged", lang, mean=said[0], low=said[1], high=said[2], unit=word).rstrip()


def scaled(value: float, by: float, lang: str) -> str:
    """Money of a table whose unit stands in its head."""
    return numbers.number(value, "yuan", lang, by=by)


def measured(value: float, unit: str, lang: str) -> str:
    """A figure of the evidence or a parameter's value: money in words, years plain, everything else
    to four digits with its unit in words."""
    if value != value:
        return "–"
    if numbers.is_money(unit) and unit in numbers.UNITS:
        return number(value, unit, lang)
    figure = (
        f"{value:.0f}"
        if unit == "year"
        else grouped(value, lang, ",.4g")
        if abs(value) < 1000
        else grouped(value, lang, ",.0f")
    )
    if unit.startswith("1/"):
        return figure + text("evidence.per", lang, unit=numbers.unit_in_words(unit[2:], lang))
    word = numbers.unit_in_words(unit, lang)
    return figure + (
        word
        if word == "%"
        else text("evidence.each", lang, unit=word)
        if word and unit not in ("year", "0..1")
        else ""
    )


def percent(share: float) -> str:
    """A share in per cent, never rounded to certainty."""
    return numbers.percent(share) if share == share else "–"


def share(part: float, runs: int, lang: str) -> str:
    """A share of runs: in per cent, never all or none; of few runs as a count, for a share
    would say more than they can."""
    if part != part:
        return "–"
    if runs < FEW:
        return text("state.few_of", lang, part=f"{part * runs:.3g}", runs=runs)
    return numbers.percent(min(max(part, 0.4 / runs), 1 - 0.4 / runs))


def sentence(words: str) -> str:
    """The words with a capital letter."""
    return words[:1].upper() + words[1:]


def clean(value: Any) -> str:
    """A text safe inside markup."""
    return escape(str(value), quote=True)


def markup(tag: str, content: str, classes: str = "", **attributes: str) -> str:
    """One element of markup; `content` is markup already."""
    given = {
        "class": classes,
        **{name.replace("_", "-"): value for name, value in attributes.items()},
    }
    attributes_text = "".join(f' {name}="{clean(value)}"' for name, value in given.items() if value)
    return f"<{tag}{attributes_text}>{content}</{tag}>"

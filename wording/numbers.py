"""Numbers as a planner reads them: 12.3 万元 in Chinese, 123,000 yuan in English."""

from __future__ import annotations

import math
from collections.abc import Sequence

from village_alliances.wording import table

DIGITS = 3  # significant ones
YI, WAN, MILLION = 1e8, 1e4, 1e6
UNITS = {
    "yuan": ("yuan", "元"),
    "yuan/year": ("yuan a year", "元/年"),
    "yuan/person/year": ("yuan a person and year", "元/人·年"),
    "yuan/village/year": ("yuan a village and year", "元/村·年"),
    "persons": ("persons", "人"),
    "households": ("households", "户"),
    "mu": ("mu", "亩"),
    "years": ("years", "年"),
    "degrees": ("degrees", "度"),
    "villages": ("villages", "个"),
    "alliances": ("alliances", "个"),
    "quarters": ("quarters", "个季度"),
    "0..1": ("", ""),
    "nats": ("", ""),
}


def unit_word(unit: str, lang: str) -> str:
    """A unit in words: `yuan a year`, `元/年`. Units without words of their own stay as they
    are; a bare share has none."""
    return UNITS.get(unit, (unit, unit))[lang == "zh"]


def unit_in_words(unit: str, lang: str) -> str:
    """A unit of the evidence or of a parameter in words, each part of a compound one on its
    own; '' for a bare number."""
    word = unit_word(unit, lang)
    if unit == "1" or word != unit:
        return "" if unit == "1" else word
    words = table("report.unit")
    return "/".join(
        words[part][lang] if part in words else part.replace("_", " ") for part in unit.split("/")
    )


def is_money(unit: str) -> bool:
    """Whether a unit counts yuan."""
    return unit.startswith("yuan")


def scale(values: list[float], unit: str, lang: str) -> tuple[float, str]:
    """What numbers of a column are divided by, and the unit to write above it: (10000, "万元/年") in
    Chinese, (1, "yuan a year")."""
    word = unit_word(unit, lang)
    finite = [abs(v) for v in values if math.isfinite(v)]
    if lang != "zh" or not is_money(unit) or not finite or max(finite) < WAN:
        return 1.0, word
    return (YI, "亿" + word) if max(finite) >= 10 * YI else (WAN, "万" + word)


def number(value: float, unit: str = "", *, signed: bool = False, by: float = 1.0) -> str:
    """A number alone, divided by `by`: money to three significant digits, counts whole, or under
    ten with one decimal, shares with three."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else str(value)
    value = value / by
    if unit in ("0..1", "nats"):
        digits = f"{value:.3f}"
    elif is_money(unit):
        digits = _significant(value, 2 if by > 1 else 0)
    else:
        digits = (
            f"{value:,.0f}"
            if abs(value) >= 10 or abs(value - round(value)) < 0.05
            else f"{value:,.1f}"
        )
    if set(digits) <= set("-0.,"):
        return digits.lstrip("-")
    return f"+{digits}" if signed and not digits.startswith("-") else digits


def _significant(value: float, decimals: int) -> str:
    size = math.floor(math.log10(abs(value))) if value else 0
    kept = DIGITS - 1 - size
    rounded = round(value, min(kept, decimals))
    digits = f"{rounded:,.{max(0, min(kept, decimals))}f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def quantity(value: float, unit: str, lang: str, *, signed: bool = False) -> str:
    """A number with its unit: `123,000 yuan a year`, `12.3 万元/年`, `2 villages`, `0.52`."""
    by, word = scale([value], unit, lang)
    digits = number(value, unit, signed=signed, by=by)
    return f"{digits} {word}".rstrip()


def span(low: str, high: str, lang: str) -> str:
    """A range as it is read: `5 to 9`, `5～9`."""
    return f"{low}～{high}" if lang == "zh" else f"{low} to {high}"


def band(low: float, high: float, unit: str, lang: str) -> str:
    """A range in one unit: `4,060 to 128,000 yuan a year`, `0.41～12.8 万元/年`."""
    by, word = scale([low, high], unit, lang)
    first, last = (number(value, unit, by=by) for value in (low, high))
    return f"{span(first, last, lang)} {word}".rstrip()


def quarter_in_words(name: str, lang: str) -> str:
    """A calendar quarter as it is read: `2015Q2` is `2015 年第二季度`."""
    year, _, number = name.partition("Q")
    return f"{year} 年第{'一二三四'[int(number) - 1]}季度" if lang == "zh" else name


def percent(share: float) -> str:
    """A share in per cent, never rounded to certainty: `61%`, `>99%`, `<1%`,
    `-` where there is none."""
    if math.isnan(share):
        return "-"
    if 0.995 <= share < 1:
        return ">99%"
    if 0 < share < 0.005:
        return "<1%"
    return "0%" if -0.005 <= share <= 0 else f"{share:.0%}"


def amounts(values: Sequence[float], lang: str) -> tuple[list[str], str]:
    """Yuan in one unit, all as fine as two figures of the greatest are: (["0.4", "9.6"], "万元"),
    (["4,000", "96,000"], "yuan")."""
    finite = [abs(v) for v in values if math.isfinite(v)]
    greatest = max(finite, default=0.0)
    step = 10.0 ** (math.floor(math.log10(greatest)) - 1) if greatest else 1.0
    greatest = round(greatest / step) * step
    by, unit = 1.0, "元" if lang == "zh" else "yuan"
    if lang == "zh" and greatest >= WAN:
        by, unit = (YI, "亿元") if greatest >= YI else (WAN, "万元")
    elif greatest >= MILLION and lang == "en":
        by, unit = MILLION, "million yuan"
    decimals = max(0, round(math.log10(by / step))) if by > 1 else 0
    return [_rounded(v, max(step, 1.0), by, decimals, lang) for v in values], unit


def _rounded(value: float, step: float, by: float, decimals: int, lang: str) -> str:
    if not math.isfinite(value):
        return "-"
    digits = f"{round(value / step) * step / by:,.{decimals}f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return digits.replace(",", "") if lang == "zh" else digits

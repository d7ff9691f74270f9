"""Numbers as a planner reads them: 12.3 万元 in Chinese, 123,000 yuan in English."""

from __future__ import annotations

import math
from collections.abc import Sequence

from village_alliances.wording import MINUS, grouped, table

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
    first, *rest = (
        words[part][lang] if part in words else part.replace("_", " ") for part in unit.split("/")
    )
    return "/".join([first, *(["·".join(rest)] if lang == "zh" and rest else rest)])


def is_money(unit: str) -> bool:
    """Whether a unit counts yuan."""
    return unit.startswith("yuan")


def scale(values: Sequence[float], unit: str, lang: str) -> tuple[float, str]:
    """What numbers of a column are divided by, and the unit to write above it: (10000, "万元/年") in
    Chinese, (1, "yuan a year")."""
    word = unit_in_words(unit, lang)
    greatest = _greatest(values, DIGITS)
    if lang != "zh" or not is_money(unit) or greatest < WAN:
        return 1.0, word
    return (YI, "亿" + word) if greatest >= YI else (WAN, "万" + word)


def number(
    value: float,
    unit: str,
    lang: str,
    *,
    signed: bool = False,
    by: float = 1.0,
    digits: int = DIGITS,
) -> str:
    """A number alone, divided by `by`: money to so many significant digits, counts whole, or under
    ten with one decimal, shares with three."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else str(value)
    value = value / by
    if unit in ("0..1", "nats"):
        text = grouped(value, lang, ".3f")
    elif is_money(unit):
        text = _money(value, digits - 1 - _size(value), by, lang)
    else:
        whole = abs(value) >= 10 or abs(value - round(value)) < 0.05
        text = grouped(value, lang, ",.0f" if whole else ",.1f")
    if set(text) <= set(f"{MINUS}0.,"):
        return text.lstrip(MINUS)
    return f"+{text}" if signed and not text.startswith(MINUS) else text


def _size(value: float) -> int:
    """The place of the first digit: 0 of ones, 3 of thousands."""
    return math.floor(math.log10(abs(value))) if value else 0


def three_digits(value: float, lang: str) -> str:
    """A number to three significant digits, written out however small or great it is: `0.0000047`,
    `12,300`."""
    return _shortest(value, DIGITS - 1 - _size(value), lang)


def _shortest(value: float, decimals: int, lang: str) -> str:
    """A number to so many decimals, or tens where these are below nought, without noughts that end
    them."""
    digits = grouped(round(value, decimals), lang, f",.{max(0, decimals)}f")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits == f"{MINUS}0" else digits


def _greatest(values: Sequence[float], digits: int) -> float:
    """The greatest size among values, as it is written with so many digits."""
    greatest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    return round(greatest, digits - 1 - _size(greatest))


def _money(value: float, decimals: int, by: float, lang: str) -> str:
    """An amount rounded to so many decimals (tens where negative), at most down to one yuan, or to
    a hundred where it stands in a larger unit."""
    return _shortest(value, min(decimals, round(math.log10(by / 100)) if by > 1 else 0), lang)


def quantity(value: float, unit: str, lang: str, *, signed: bool = False) -> str:
    """A number with its unit: `123,000 yuan a year`, `12.3 万元/年`, `2 villages`, `0.52`."""
    return quantities([value], unit, lang, signed=signed)[0]


def quantities(
    values: Sequence[float], unit: str, lang: str, *, signed: bool = False, digits: int = DIGITS
) -> list[str]:
    """Numbers that stand in one column, all with the unit of the greatest: `0.4 万元`,
    `12.3 万元`."""
    by, word = scale(values, unit, lang)
    return [
        f"{number(v, unit, lang, signed=signed, by=by, digits=digits)} {word}".rstrip()
        for v in values
    ]


def as_stated(values: Sequence[float], unit: str, lang: str) -> tuple[list[str], str]:
    """Numbers that somebody stated or set, no digit of them lost, and the unit in which an office
    writes them: (["3.9"], "亿元"), (["390,000,000"], "yuan")."""
    by, word = scale(values, unit, lang)
    return [grouped(value / by, lang, ",.10g") for value in values], word


def mean_number(
    value: float, unit: str, lang: str, *, by: float = 1.0, signed: bool = False
) -> str:
    """A mean alone, as `number`, but that a mean of counts under one keeps two decimals."""
    if is_money(unit) or unit == "0..1" or abs(value) >= 1:
        return number(value, unit, lang, by=by, signed=signed)
    text = _shortest(value, 2, lang)
    return f"+{text}" if signed and value > 0 and text != "0" else text


def roughly(count: float, lang: str) -> str:
    """A count that is itself an estimate, to two figures: `11,000`, `1.1 万`."""
    by, unit = (WAN, " 万") if lang == "zh" and count >= WAN else (1.0, "")
    return f"{_money(count / by, 1 - _size(count / by), 1e4, lang)}{unit}"


def span(low: str, high: str, lang: str) -> str:
    """A range as it is read: `5 to 9`, `5～9`."""
    return f"{low}～{high}" if lang == "zh" else f"{low} to {high}"


def band(low: float, high: float, unit: str, lang: str) -> str:
    """A range in one unit: `4,060 to 128,000 yuan a year`, `0.41～12.8 万元/年`."""
    by, word = scale([low, high], unit, lang)
    first, last = (number(value, unit, lang, by=by) for value in (low, high))
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
    return "0%" if -0.005 <= share <= 0 else grouped(share, "en", ".0%")


def amounts(values: Sequence[float], lang: str) -> tuple[list[str], str]:
    """Yuan in one unit, all as fine as two figures of the greatest are: (["0.4", "9.6"], "万元"),
    (["4,000", "96,000"], "yuan")."""
    greatest = _greatest(values, 2)
    by, unit = scale([greatest], "yuan", lang)
    if lang == "en" and greatest >= MILLION:
        by, unit = MILLION, "million yuan"
    decimals = 1 - _size(greatest / by)
    return [_money(v / by, decimals, by, lang) if math.isfinite(v) else "-" for v in values], unit

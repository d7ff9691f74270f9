"""Amounts, ranges and shares of runs as an official reads them aloud: two figures of precision,
one unit in a range, `nine simulations in ten`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from village_alliances.experiments.answer.logic import FEW
from village_alliances.wording import say
from village_alliances.wording.numbers import amounts, percent, quantities, span

TRACE = 0.1  # of a count: a mean or a difference under it is none that anybody could tell
COUNTS = {
    "en": ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "zh": ("", "一", "两", "三", "四", "五", "六", "七", "八", "九"),
}


def shows(value: float) -> bool:
    """Whether an amount of yuan is there once it is rounded."""
    return math.isfinite(value) and abs(value) >= 0.5


def share(part: float, lang: str, runs: int) -> str:
    """A share of so many runs as it is said: `about nine simulations in ten`; never rounded to
    certainty, and in hundredths only where there are as many runs."""
    if part in (0.0, 1.0):
        return say("answer.share.all" if part else "answer.share.none", lang)
    if runs < FEW and (part >= 0.945 or part < 0.055):
        return say(f"answer.share.{'beyond_nine' if part > 0.5 else 'below_one'}", lang)
    if part >= 0.995 or part < 0.005:
        return say(f"answer.share.{'beyond' if part > 0.5 else 'below'}", lang)
    if part >= 0.945 or part < 0.055:
        count = round(100 * part)
        return say(f"answer.share.hundred{'_one' if count == 1 else ''}", lang, count=count)
    tenths = round(10 * part)
    if tenths == 5:
        return say("answer.share.half", lang)
    key = "ten_one" if tenths == 1 else "ten"
    return say(f"answer.share.{key}", lang, count=COUNTS[lang][tenths])


def per_cent(part: float, lang: str, runs: int = FEW) -> str:
    """A share in per cent as a sentence says it: `43%`, `more than 99%`; of few runs in tenths,
    `40%`, `less than 10%`."""
    if runs < FEW and part not in (0.0, 1.0):
        tenths = round(10 * part)
        written = ("<10%", *(percent(n / 10) for n in range(1, 10)), ">90%")[tenths]
    else:
        written = percent(part)
    key = {">": "over", "<": "under"}.get(written[0])
    return say(f"answer.share.{key}", lang, limit=written[1:]) if key else written


def share_after(part: float, first: float, lang: str, runs: int) -> str:
    """A share that is said after another: `about three` where both count simulations in ten."""
    tenths = round(10 * part)
    if all(0.055 <= of < 0.945 and round(10 * of) != 5 for of in (part, first)):
        return say("answer.share.again", lang, count=COUNTS[lang][tenths])
    return share(part, lang, runs)


def amount(value: float, lang: str, beside: Sequence[float] = ()) -> str:
    """Yuan to two figures: `24,000 yuan`, `2.4 万元`; in the unit of those that stand beside it,
    so that 9800 yuan beside 2.2 万元 are `0.98 万元`."""
    if any(map(math.isfinite, beside)):
        return column([abs(yuan) for yuan in (value, *beside)], lang)[0]
    (words,), unit = amounts([abs(value)], lang)
    return f"{words} {unit}"


def change(value: float, lang: str, beside: Sequence[float] = ()) -> str:
    """`24,000 yuan more`, `少 1.2 万元`, `no change`; in the unit of those beside it."""
    return _change(value, amount(value, lang, beside), lang)


def _change(value: float, size: str, lang: str) -> str:
    if not shows(value):
        return say("answer.amount.same", lang)
    return say(f"answer.amount.{'more' if value > 0 else 'less'}", lang, amount=size)


def changes(values: Sequence[float], lang: str, beside: Sequence[float] = ()) -> list[str]:
    """The changes of one column, in one unit, that of those beside it: `多 0.1 万元`, `少 1.2 万元`."""
    sizes = column([abs(value) for value in (*values, *beside)], lang)
    return [_change(v, size, lang) for v, size in zip(values, sizes, strict=False)]


def between(low: float, high: float, lang: str) -> str:
    """A range of amounts that are not negative: `900 to 1,500 yuan`, `900～1500 元`."""
    (least, most), unit = amounts([low, high], lang)
    return f"{span(least, most, lang)} {unit}"


def spread(low: float, high: float, lang: str) -> str:
    """A range of changes in one unit: `4,100 to 96,000 yuan more`, `少 1.2 万元到多 3.4 万元`; one amount
    where both ends are written alike."""
    ends, unit = amounts([abs(low), abs(high)], lang)
    nought = [set(end) <= set("0.,") for end in ends]
    if all(nought):
        return say("answer.amount.same", lang)
    least, most = (f"{end} {unit}" for end in ends)
    if ends[0] == ends[1] and low * high > 0:
        return change(high, lang)
    if nought[0] or nought[1]:
        if nought[0] and high > 0:
            return say("answer.amount.up_to", lang, high=most)
        if nought[1] and low < 0:
            return say("answer.amount.down_to", lang, low=least)
    if low < 0 < high:
        return say("answer.amount.across", lang, low=ends[0] if lang == "en" else least, high=most)
    if high > 0:
        return say("answer.amount.both_more", lang, low=ends[0], high=most)
    return say("answer.amount.both_less", lang, low=ends[1], high=least)


def column(values: Sequence[float], lang: str, *, signed: bool = False) -> list[str]:
    """Yuan of one column, each to two figures and all in one unit: `24,000 yuan`, `0.8 万元`;
    `-` where there is none."""
    words = quantities(values, "yuan", lang, signed=signed, digits=2)
    return [w if math.isfinite(v) else "-" for v, w in zip(values, words, strict=True)]


def short(words: Sequence[str]) -> list[str]:
    """The same without the word yuan: `24,000`, `0.8 万`."""
    return [word.removesuffix("元").removesuffix("yuan").rstrip() for word in words]

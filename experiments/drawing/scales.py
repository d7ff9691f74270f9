"""The size at which a unit reads well, and the ticks of an axis in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, Formatter, FuncFormatter, MaxNLocator, NullLocator
from village_alliances.wording import MINUS, grouped
from village_alliances.wording.numbers import is_money, quantities, unit_word

COUNTED = ("villages", "alliances", "quarters")


@dataclass(frozen=True)
class Scale:
    """A unit at a size that reads well: values are divided by `size`, and
    `label` names what is left."""

    size: float
    label: str
    lang: str = "en"

    def text(self, value: float, signed: bool = False) -> str:
        """A value of an axis or a note, with as many digits as its size deserves."""
        scaled = value / self.size
        digits = (
            min(4, max(0, 2 - math.floor(math.log10(abs(scaled))))) if abs(scaled) >= 1e-4 else 2
        )
        text = grouped(scaled, self.lang, f"{'+' if signed else ''},.{digits}f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text.strip(f"+{MINUS}") == "0" else text

    def column(self, values: Sequence[float]) -> list[str]:
        """Values that stand below each other, all as fine as three digits of the greatest are."""
        greatest = max((abs(value) for value in values), default=0.0)
        step = 10.0 ** (math.floor(math.log10(greatest)) - 2) if greatest > 0 else 1.0
        digits = max(0, -math.floor(math.log10(step / self.size) + 1e-9))
        said = [
            grouped(round(value / step) * step / self.size, self.lang, f",.{digits}f")
            for value in values
        ]
        return ["0" if value == 0 else text for value, text in zip(values, said, strict=True)]

    @property
    def ticks(self) -> FuncFormatter:
        """Ticks in this unit."""
        return FuncFormatter(
            lambda value, _: grouped(value / self.size, self.lang, ",.10g") if value else "0"
        )

    @property
    def even_ticks(self) -> Formatter:
        """Ticks in this unit, all to as many decimals: `0`, `2.5`, `5.0`."""
        return _Even(self)


class _Even(Formatter):
    """Ticks of one axis, all to as many decimals as the finest needs."""

    def __init__(self, by: Scale) -> None:
        self.by = by
        self.places: list[float] = []

    def set_locs(self, locs: Any) -> None:
        """Where the ticks of the axis are."""
        self.places = [*map(float, locs)]

    def __call__(self, value: float, pos: int | None = None) -> str:
        lang = self.by.lang
        values = [place / self.by.size for place in (*self.places, value)]
        written = [grouped(each, lang, ",.10g").partition(".")[2] for each in values]
        digits = max(map(len, written))
        return grouped(value / self.by.size, lang, f",.{digits}f") if value else "0"


def scale(unit: str, largest: float, lang: str) -> Scale:
    """The unit of values up to `largest`: yuan in ten thousands or hundred millions in Chinese, in
    thousands or millions in English."""
    word = unit_word(unit, lang)
    if is_money(unit):
        for least, size, zh, en in (
            (1e8, 1e8, "亿", ""),
            (1e6, 1e6, "", "million "),
            (1e4, 1e4, "万", ""),
            (1e4, 1e3, "", "thousand "),
        ):
            step = zh if lang == "zh" else en
            if step and abs(largest) >= least:
                return Scale(size, step + word, lang)
    return Scale(1.0, word, lang)


def as_written(unit: str, values: Sequence[float], lang: str) -> Scale:
    """The unit in which sentences write money of such sizes: ten thousands or hundred millions in
    Chinese, whole yuan in English up to what an axis has room for."""
    largest = max((abs(value) for value in values), default=0.0)
    if lang == "zh" or largest >= 1e9:
        return scale(unit, largest, lang)
    return Scale(1.0, unit_word(unit, lang), lang)


def short(value: float, lang: str) -> str:
    """Money in as few signs as an axis has room for: 5万, 50k."""
    for size, sign in ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ((1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return Scale(size, "", lang).text(value) + sign
    return Scale(1.0, "", lang).text(value)


def noted(amounts: Sequence[float], lang: str) -> list[str]:
    """Money beside a bar or a line: `21.8 万元` and `0.99 万元`, in one unit; `218k` and `9.86k`."""
    if lang == "zh":
        return quantities(amounts, "yuan", lang)
    return [short(amount, lang) for amount in amounts]


def log_axis(axis: Any, low: float, high: float, lang: str, most: int = 6) -> None:
    """A log axis of money whose ticks are round and few."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [
            step * 10.0**decade
            for decade in decades
            for step in steps
            if low <= step * 10.0**decade <= high
        ]
        if len(ticks) <= most:
            break
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value, lang)))


def round_ticks(most: int, unit: str = "") -> MaxNLocator:
    """At most so many steps at 1, 2, 2.5 or 5; whole ones where things are counted."""
    return MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], integer=unit in COUNTED, min_n_ticks=2)


def spans(axes: Sequence[Axes], low: float, high: float) -> None:
    """The same span on each, with nought in it and a little air."""
    low, high = min(low, 0.0), max(high, 0.0)
    air = 0.06 * ((high - low) or 1.0)
    for ax in axes:
        ax.set_xlim(low - air, high + air)

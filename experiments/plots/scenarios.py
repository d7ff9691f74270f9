"""Runs over two quantities, with those that fail and the box that holds them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from village_alliances.experiments.drawing import (
    DARK,
    SKY,
    VERMILION,
    WIDTH,
    headed,
    legend,
    round_ticks,
    settled,
    wrapped,
)
from village_alliances.wording import grouped, say

if TYPE_CHECKING:
    pass


@settled
def scenarios(
    points: np.ndarray,
    fails: np.ndarray,
    bounds: Sequence[tuple[float, float]],
    labels: Sequence[str],
    logged: Sequence[bool],
    heading: str,
    lang: str,
    note: str = "",
) -> Figure:
    """Runs over two quantities, (runs, 2), failures filled; the box of `bounds` (above, up
    to), infinite where open."""
    figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
    ax = figure.subplots()
    for set_scale, log in zip((ax.set_xscale, ax.set_yscale), logged, strict=True):
        if log:
            set_scale("log")
    ax.plot(
        points[~fails, 0],
        points[~fails, 1],
        "o",
        color=SKY,
        markersize=3.2,
        markerfacecolor="none",
        alpha=0.55,
        markeredgewidth=0.7,
    )
    ax.plot(
        points[fails, 0],
        points[fails, 1],
        "s",
        color=VERMILION,
        markersize=3.2,
        alpha=0.75,
        markeredgewidth=0,
    )
    ax.margins(0.03)
    ends = [
        (max(low, edge[0]), min(high, edge[1]))
        for (low, high), edge in zip(bounds, (ax.get_xlim(), ax.get_ylim()), strict=True)
    ]
    (left, right), (bottom, top) = ends
    ax.add_patch(
        Rectangle(
            (left, bottom),
            right - left,
            top - bottom,
            facecolor=VERMILION,
            alpha=0.1,
            edgecolor="none",
            zorder=0,
        )
    )
    ax.add_patch(
        Rectangle(
            (left, bottom),
            right - left,
            top - bottom,
            facecolor="none",
            edgecolor=DARK,
            linewidth=1.6,
            zorder=5,
        )
    )
    for axis, log in zip((ax.xaxis, ax.yaxis), logged, strict=True):
        axis.set_major_formatter(FuncFormatter(lambda value, _: grouped(value, lang, ",.4g")))
        if log:
            low, high = axis.get_view_interval()
            axis.set_major_locator(FixedLocator(_round_between(low, high)))
            axis.set_minor_locator(NullLocator())
        else:
            axis.set_major_locator(round_ticks(6))
    ax.set_xlabel(wrapped(labels[0], lang, 90))
    ax.set_ylabel(wrapped(labels[1], lang, 50))
    headed(figure, heading, lang, note)
    marks: list[Any] = [
        Line2D([], [], linestyle="", marker="s", color=VERMILION, markersize=5),
        Line2D([], [], linestyle="", marker="o", color=SKY, markersize=5, markerfacecolor="none"),
        Patch(facecolor="#FBEAE2", edgecolor=DARK, linewidth=1.6),
    ]
    legend(
        figure,
        marks,
        [say(f"discovery.say.{key}", lang) for key in ("fails", "succeeds", "box_drawn")],
        3,
    )
    return figure


def _round_between(low: float, high: float) -> list[float]:
    """Some round numbers between two positive ones, for a log axis."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 1.2, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 5), (1, 3), (1,)):
        ticks = [
            step * 10.0**decade
            for decade in decades
            for step in steps
            if low <= step * 10.0**decade <= high
        ]
        if len(ticks) <= 8:
            break
    return ticks

"""Strategies from top to bottom, each a dot with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from village_alliances.experiments.drawing.looks import Look
from village_alliances.experiments.drawing.style import GREY


def rows_of(ax: Axes, labels: Sequence[str], named: bool = True) -> None:
    """Strategies from top to bottom. Panels that share an axis share its labels too: what is not
    named hides them."""
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_yticks(range(len(labels)), labels, linespacing=1.3)
    ax.tick_params(axis="y", length=0, labelleft=named)
    ax.grid(axis="y", visible=False)


def whisker(
    ax: Axes,
    position: float,
    middle: float,
    low: float,
    high: float,
    how: Look,
    hollow: bool = False,
) -> None:
    """A dot with its 5-95% interval. Hollow: the interval holds nought."""
    ax.plot(
        [low, high],
        [position, position],
        color=how.colour,
        linewidth=1.6,
        solid_capstyle="butt",
        zorder=3,
    )
    ax.plot(
        [middle],
        [position],
        how.marker,
        color=how.colour,
        markersize=6.5,
        zorder=4,
        markerfacecolor="white" if hollow else how.colour,
        markeredgewidth=1.6,
    )


def dot(hollow: bool) -> Line2D:
    """A dot with its interval, for a legend."""
    return Line2D(
        [],
        [],
        color=GREY,
        marker="o",
        linewidth=1.6,
        markersize=6.5,
        markerfacecolor="white" if hollow else GREY,
        markeredgewidth=1.6,
    )

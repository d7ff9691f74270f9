"""Panels, and the legend under them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.offsetbox import DrawingArea, HPacker
from village_alliances.experiments.drawing.style import WIDTH


def panels(count: int, most: int, height: float, **same: Any) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels, at most `most` in a row and rows as even as they can be;
    `height` in inches a row."""
    rows = math.ceil(count / most)
    columns = math.ceil(count / rows)
    layout = ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.05, hspace=0.04, wspace=0.05)
    figure = Figure(figsize=(WIDTH, rows * height + 0.45), layout=layout)
    grid = figure.subplots(rows, columns, squeeze=False, **same).ravel()
    for spare in grid[count:]:
        spare.set_visible(False)
    return figure, list(grid[:count])


def legend(figure: Figure, handles: Sequence[Any], labels: Sequence[str], columns: int = 4) -> None:
    """A legend under the figure, with room for the largest mark."""
    largest = (
        max(
            (handle.get_markersize() for handle in handles if isinstance(handle, Line2D)),
            default=0.0,
        )
        / matplotlib.rcParams["legend.fontsize"]
    )
    key = figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=min(columns, len(handles)),
        columnspacing=1.6,
        handlelength=max(2.2, largest + 0.2),
        handleheight=max(0.7, largest + 0.2),
    )
    if largest > 2.2:
        for row in key.findobj(HPacker):
            row.align = "center"  # a text beside the middle of its mark,
        for area in key.findobj(DrawingArea):
            area.height += area.ydescent  # and a mark in the middle of its own room

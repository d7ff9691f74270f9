"""Room for the labels of rows: a figure in which they lie on each other is made taller."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.transforms import Bbox

STEP = 1.06
TALLEST = 3.0  # times the height that a figure begins with


def make_room(figure: Figure, engine: LayoutEngine) -> None:
    """Make a figure taller until no label of a row touches the next one."""
    tallest = TALLEST * figure.get_figheight()
    while _crowded(figure) and figure.get_figheight() < tallest:
        figure.set_figheight(STEP * figure.get_figheight())
        engine.execute(figure)


def _crowded(figure: Figure) -> bool:
    """Whether a label of a row touches another one of its axis."""
    for ax in filter(Axes.get_visible, figure.axes):
        boxes = sorted(_labels(ax), key=lambda box: box.y0)
        if any(above.y0 < below.y1 for below, above in pairwise(boxes)):
            return True
    return False


def _labels(ax: Axes) -> Iterator[Bbox]:
    """Where the labels of its rows stand, of those that are drawn."""
    low, high = sorted(ax.get_ylim())
    for tick in ax.yaxis.get_major_ticks():
        label = tick.label1
        if label.get_visible() and label.get_text().strip() and low <= tick.get_loc() <= high:
            yield label.get_window_extent()

"""The house style of every figure: palette, settings, and how a figure is drawn in them.

A figure is tied to no global canvas. Matplotlib's settings are global, so drawing holds a lock and
puts them back. The palette is Okabe and Ito's (https://jfly.uni-koeln.de/color/), which the
colour-blind can tell apart.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from village_alliances.experiments import fonts
from village_alliances.experiments.drawing.headings import write_note
from village_alliances.experiments.drawing.taller import make_room
from village_alliances.experiments.drawing.titles import write_titles

WIDTH = 7.6  # inches: the text width of A4, nearly; on the screen it is scaled up
DPI = 200
GREY, DARK, PALE = "#767676", "#222222", "#D9D9D9"
BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE, YELLOW = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
    "#F0E442",
)
STYLE: Any = {
    **fonts.STYLE,
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelcolor": DARK,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": DARK,
    "ytick.color": DARK,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "text.color": DARK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": DPI,
    "svg.fonttype": "none",
    "text.parse_math": False,  # a village may be called $x$
    "svg.hashsalt": "village-alliances",
}
_DRAWING = threading.RLock()  # figures are drawn one after another
P = ParamSpec("P")


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's settings as our figures need them, for one thread at a time, and
    as they were afterwards."""
    fonts.prepare()
    with _DRAWING, matplotlib.rc_context(STYLE):
        yield


def settled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in our style, and settle the layout once, so that the figure can be
    saved anywhere afterwards."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with styled():
            figure = draw(*args, **kwargs)
            FigureCanvasAgg(figure)
            engine = figure.get_layout_engine()
            if engine:
                engine.execute(figure)
                if write_titles(figure):
                    engine.execute(figure)
                make_room(figure, engine)
            figure.set_layout_engine("none")
            write_note(figure)
            return figure

    return drawn

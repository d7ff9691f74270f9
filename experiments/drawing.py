"""How figures look and are kept: style, palette, units of axes, panels, and
their way into PNG and SVG.

A figure is tied to no global canvas. Matplotlib's settings are global, so drawing holds a lock and
puts them back. A strategy has the same colour and mark everywhere; the palette is Okabe and Ito's
(https://jfly.uni-koeln.de/color/), which the colour-blind can tell apart.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from html import escape
from typing import Any, ParamSpec
from weakref import WeakKeyDictionary

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.offsetbox import HPacker
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from village_alliances.experiments import fonts
from village_alliances.sim.strategy import NONE
from village_alliances.wording import grouped
from village_alliances.wording.numbers import is_money, quantities, unit_word

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
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
MARKERS = ("o", "s", "^")
KNOWN = (
    "strong_leads_weak", "industry_chain", "cross_border", "culture", "project", "service_sharing", "mutual_aid", "village_enterprise",
    "urban_rural", "talent_driven", "resource_complement", "chain_extension", "governance", "enclave", "area_integration",
)  # fmt: skip
COUNTED = ("villages", "alliances", "quarters")
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
_DRAWING = (
    threading.RLock()
)  # matplotlib's settings are global: figures are drawn one after another
_DRAWN: WeakKeyDictionary[Figure, str] = (
    WeakKeyDictionary()
)  # a comparison's folder and its report show the same ones
_NOTES: WeakKeyDictionary[Figure, tuple[Any, str, str]] = WeakKeyDictionary()
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
            figure.set_layout_engine("none")
            _write_note(figure)
            return figure

    return drawn


def png(figure: Figure) -> bytes:
    """The figure as PNG; glyphs are part of the picture."""
    with styled():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        return buffer.getvalue()


def svg(
    figure: Figure,
    name: str = "figure",
    title: str = "",
    description: str = "",
    standalone: bool = False,
) -> str:
    """The figure as SVG whose text stays text. `name` makes its ids unique in a page; `title` and
    `description` are read aloud."""
    text = _DRAWN.get(figure) or _draw(figure)
    used = set(re.findall(r"(?:url\(#|href=\"#)([^\")]+)", text))
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", text)
    text = re.sub(r"(url\(#|href=\"#)", rf"\g<1>{name}-", text)
    title = title or " ".join(figure.get_suptitle().split())
    opening = text[: text.index(">") + 1]
    aloud = (
        re.sub(r' (width|height)="[^"]*"', "", opening)[:-1]
        + f' role="img" aria-labelledby="{name}-title {name}-desc">'
    )
    body = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    text = aloud + body + text[len(opening) :]
    return '<?xml version="1.0" encoding="utf-8"?>\n' + text if standalone else text


def _draw(figure: Figure) -> str:
    """The SVG element as it is drawn, without what matplotlib says about itself; figures do not
    change once they are settled."""
    canvas = figure.canvas
    with styled():
        buffer = io.StringIO()
        FigureCanvasSVG(figure).print_svg(
            buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    figure.set_canvas(canvas)
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text[text.index("<svg") :], flags=re.S)
    text = re.sub(
        r"<[^>]*>", lambda tag: _rounded(tag[0]), text
    )  # places only: what is written between the tags stays as it is
    listed = ", ".join(f"'{family}'" for family in fonts.FAMILIES)
    text = text.replace(escape(listed, quote=False), escape(fonts.ON_SCREEN, quote=False))
    _DRAWN[figure] = re.sub(r">\s*\n\s*<", "><", text)
    return _DRAWN[figure]


def _rounded(tag: str) -> str:
    """A tag whose numbers have two decimals at most: a hundredth of a point is nothing to see."""
    return re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), tag)


@dataclass(frozen=True)
class Look:
    """How a strategy is drawn."""

    colour: str
    marker: str


def look(strategy: str, among: Sequence[str] = ()) -> Look:
    """The colour and mark of a strategy, the same in every figure. `among`: the comparison's, for
    those that are not shipped."""
    if strategy == NONE:
        return Look(GREY, "D")
    if strategy in KNOWN:
        return _numbered(KNOWN.index(strategy))
    taken = {look(other) for other in among if other in KNOWN}
    free = [
        spare for spare in map(_numbered, range(len(COLOURS) * len(MARKERS))) if spare not in taken
    ]
    own = [other for other in among if other not in (*KNOWN, NONE)]
    return free[own.index(strategy) % len(free)] if strategy in own else free[0]


def _numbered(number: int) -> Look:
    return Look(COLOURS[number % len(COLOURS)], MARKERS[number // len(COLOURS) % len(MARKERS)])


def wrapped(text: str, lang: str, width: int) -> str:
    """Text in lines of at most about `width` Latin letters (half as many Chinese
    ones), as even as they can be."""
    if lang == "zh":
        return _wrapped_chinese(text, max(2, width // 2))
    lines = len(textwrap.wrap(text, width, break_long_words=False))
    even = next(
        (
            w
            for w in range(max(1, len(text) // max(1, lines)), width)
            if len(textwrap.wrap(text, w, break_long_words=False)) <= lines
        ),
        width,
    )
    return textwrap.fill(text, even, break_long_words=False)


_PIECE = re.compile(
    r"[(（“《]*(?:[A-Za-z0-9.,%+\-～ ]+[万亿]?[元个次年人%]?|.)[，。；：、）”》)]*", re.DOTALL
)  # what stands in one line: a number with its unit, a mark with what it closes


def _wrapped_chinese(text: str, width: int) -> str:
    """Lines of at most about `width` Chinese letters, as even as they can be; two Latin letters
    take the room of one."""

    def size(part: str) -> float:
        return sum(1.0 if ord(letter) > 0x2E7F else 0.55 for letter in part)

    count = math.ceil(size(text) / width) or 1
    most = size(text) / count + 0.5
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and size(lines[-1] + piece.rstrip()) > most + (len(lines) == count) * width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.strip() for line in lines)


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
        return "0" if text.strip("+-") == "0" else text

    @property
    def ticks(self) -> FuncFormatter:
        """Ticks in this unit."""
        return FuncFormatter(
            lambda value, _: grouped(value / self.size, self.lang, ",.10g") if value else "0"
        )


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
            row.align = "center"  # a text beside the middle of its mark


def round_ticks(most: int, unit: str = "") -> MaxNLocator:
    """At most so many steps at 1, 2, 2.5 or 5; whole ones where things are counted."""
    return MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], integer=unit in COUNTED, min_n_ticks=2)


def headed(figure: Figure, finding: str, lang: str, note: str = "") -> None:
    """A heading over the whole figure, in as many lines as it needs: what it shows, and under that
    what is drawn (`note`)."""
    straight = {
        ord("“"): '"',
        ord("”"): '"',
    }  # the font draws the others as wide as a Chinese letter
    lines = wrapped(finding.translate(straight) if lang == "en" else finding, lang, 92)
    under = wrapped(note, lang, 112) if note else ""
    room = "\n " * lines_of([under]) if under else ""
    heading = figure.suptitle(lines + room, x=0.01, ha="left", fontsize=10.5, linespacing=1.25)
    if under:
        _NOTES[figure] = (heading, room, under)


def _write_note(figure: Figure) -> None:
    """The note of a heading into the lines that are kept for it, once the layout is settled."""
    if figure not in _NOTES:
        return
    heading, room, text = _NOTES.pop(figure)
    box = heading.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    x, y = figure.transFigure.inverted().transform((box.x0, box.y0))
    heading.set_text(str(heading.get_text()).removesuffix(room))
    figure.text(x, y, text, va="bottom", fontsize=8.5, color="#555555", linespacing=1.25)


def lines_of(labels: Sequence[str]) -> int:
    """The most lines that one of these labels has."""
    return max((label.count("\n") + 1 for label in labels), default=1)


def titled_panel(ax: Axes, title: str, note: str) -> None:
    """A panel's title with a smaller line under it."""
    ax.set_title(title, linespacing=1.15, pad=4 + 11 * lines_of([note]))
    ax.annotate(
        note,
        (0, 1),
        (0, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=7.8,
        color="#555555",
        linespacing=1.15,
    )


def rows_of(ax: Axes, labels: Sequence[str], named: bool = True) -> None:
    """Strategies from top to bottom."""
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_yticks(range(len(labels)), labels if named else [""] * len(labels))
    ax.tick_params(axis="y", length=0)
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


def spans(axes: Sequence[Axes], low: float, high: float) -> None:
    """The same span on each, with nought in it and a little air."""
    low, high = min(low, 0.0), max(high, 0.0)
    air = 0.06 * ((high - low) or 1.0)
    for ax in axes:
        ax.set_xlim(low - air, high + air)


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


def place_texts(
    figure: Figure,
    ax: Axes,
    points: np.ndarray,
    texts: Sequence[str],
    away: np.ndarray | float = 6.0,
) -> None:
    """Write a text beside each point where it covers neither another text nor a point; leave it
    out where there is no room."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    frame = ax.get_window_extent(renderer)
    away = np.broadcast_to(np.asarray(away, float), len(texts))
    pixels = ax.transData.transform(points) if len(points) else points
    point = figure.dpi / 72
    taken = [
        (x - r * point, y - r * point, x + r * point, y + r * point)
        for (x, y), r in zip(pixels, away - 2, strict=True)
    ]
    taken += [_box(t.get_window_extent(renderer)) for t in ax.texts if t.get_text()]
    for i, (text, gap) in enumerate(zip(texts, away, strict=True)):
        for dx, dy, ha, va in (
            (1, 0, "left", "center"),
            (-1, 0, "right", "center"),
            (0, 1, "center", "bottom"),
            (0, -1, "center", "top"),
            (0.75, 0.75, "left", "bottom"),
            (-0.75, 0.75, "right", "bottom"),
            (0.75, -0.75, "left", "top"),
            (-0.75, -0.75, "right", "top"),
        ):
            label = ax.annotate(
                text,
                points[i],
                (dx * gap, dy * gap),
                textcoords="offset points",
                ha=ha,
                va=va,
                fontsize=8,
                zorder=6,
                linespacing=1.1,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.4},
            )
            box = _box(label.get_window_extent(renderer))
            inside = (
                box[0] >= frame.x0 - 2
                and box[2] <= frame.x1 + 2
                and box[1] >= frame.y0 - 2
                and box[3] <= frame.y1 + 2
            )
            if inside and not any(_overlap(box, other) for n, other in enumerate(taken) if n != i):
                taken.append(box)
                break
            label.remove()


def _box(extent: Any) -> tuple[float, float, float, float]:
    return (extent.x0, extent.y0, extent.x1, extent.y1)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]

"""What stands over a figure: what it shows, and under that what is drawn."""

from __future__ import annotations

import re
from typing import Any
from weakref import WeakKeyDictionary

from matplotlib.figure import Figure
from village_alliances.experiments.drawing.wrapping import lines_of, wrapped

_NOTES: WeakKeyDictionary[Figure, tuple[Any, str, str]] = WeakKeyDictionary()


def headed(figure: Figure, finding: str, lang: str, note: str = "") -> None:
    """A heading over the whole figure, in as many lines as it needs: what it shows, and under that
    what is drawn (`note`)."""
    lines = wrapped(narrow_quotes(finding, lang), lang, 92)
    under = wrapped(narrow_quotes(note, lang), lang, 112) if note else ""
    room = "\n " * lines_of([under]) if under else ""
    heading = figure.suptitle(lines + room, x=0.01, ha="left", fontsize=10.5, linespacing=1.25)
    if under:
        _NOTES[figure] = (heading, room, under)


def narrow_quotes(text: str, lang: str) -> str:
    """A text with the quotation marks that a figure has: the font draws the others as wide as a
    Chinese letter."""
    return re.sub("[“”]", '"', text) if lang == "en" else text


def write_note(figure: Figure) -> None:
    """The note of a heading into the lines that are kept for it, once the layout is settled."""
    if figure not in _NOTES:
        return
    heading, room, text = _NOTES.pop(figure)
    box = heading.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    x, y = figure.transFigure.inverted().transform((box.x0, box.y0))
    heading.set_text(str(heading.get_text()).removesuffix(room))
    figure.text(x, y, text, va="bottom", fontsize=8.5, color="#555555", linespacing=1.25)

"""What stands over a figure: what it shows, and under that what is drawn."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from matplotlib.figure import Figure
from village_alliances.experiments.drawing.wrapping import lines_of, wrapped

_NOTES: WeakKeyDictionary[Figure, tuple[Any, str, str]] = WeakKeyDictionary()


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


def write_note(figure: Figure) -> None:
    """The note of a heading into the lines that are kept for it, once the layout is settled."""
    if figure not in _NOTES:
        return
    heading, room, text = _NOTES.pop(figure)
    box = heading.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    x, y = figure.transFigure.inverted().transform((box.x0, box.y0))
    heading.set_text(str(heading.get_text()).removesuffix(room))
    figure.text(x, y, text, va="bottom", fontsize=8.5, color="#555555", linespacing=1.25)

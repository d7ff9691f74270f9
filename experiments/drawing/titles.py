"""What stands over a panel: title and note, in lines that end before the next panel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from village_alliances.experiments.drawing.wrapping import lines_of, wrapped

_TITLES: WeakKeyDictionary[Figure, list[_Titled]] = WeakKeyDictionary()
_CLAUSE = re.compile(r"(?<=；)|(?<=,) | (?=\()|(?=（)")
GAP = 0.08  # inches between what is written over a panel and the next one
NARROWEST = 8  # letters a line, however narrow the panel


@dataclass(frozen=True)
class _Titled:
    """What stands over a panel: its title and a note, whatever lines they are put into."""

    ax: Axes
    title: str
    under: Text | None
    note: str
    lang: str
    size: float

    def write(self, title: str, note: str) -> Text:
        """Both in these lines; answers the text of the title."""
        if self.under:
            self.under.set_text(note)
        pad = 4 + 11 * lines_of([note]) if note else 6
        return self.ax.set_title(title, fontsize=self.size, linespacing=1.15, pad=pad)


def titled_panel(ax: Axes, title: str, lang: str, note: str = "", size: float = 9.5) -> None:
    """A panel's title with a smaller line under it, both in lines as wide as the panel
    (`write_titles`)."""
    titled = _Titled(ax, title, _under(ax, note) if note else None, note, lang, size)
    titled.write(title, note)
    _TITLES.setdefault(ax.figure, []).append(titled)  # type: ignore[arg-type]


def _under(ax: Axes, note: str) -> Text:
    """The line between a panel and its title, which keeps the room for it."""
    line = ax.annotate(
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
    line.set_in_layout(False)
    return line


def write_titles(figure: Figure) -> bool:
    """Titles and notes of panels into lines that end before the next panel, by what they measure.
    Where one note is too wide, all of the figure have a line a clause: they are read together.
    False if no panel has any."""
    titled = _TITLES.pop(figure, [])
    rooms = [_room(panel.ax, figure) for panel in titled]
    apart = any(
        panel.under is not None and _measured(panel.under) > room
        for panel, room in zip(titled, rooms, strict=True)
    )
    for panel, room in zip(titled, rooms, strict=True):
        note = panel.note
        if panel.under:
            clauses = _CLAUSE.split(note) if apart else [note]
            note = "\n".join(_fitted(panel.under, line, panel.lang, room) for line in clauses)
        heading = panel.write(panel.title, note)
        panel.write(_fitted(heading, panel.title, panel.lang, room), note)
    return bool(titled)


def _room(ax: Axes, figure: Figure) -> float:
    """Pixels from a panel's left edge to that of the next one, or to the edge of the figure."""
    left = ax.get_position().x0
    beyond = [x0 for other in figure.axes if (x0 := other.get_position().x0) > left + 0.01]
    return (min(beyond, default=1.0) - left) * figure.bbox.width - figure.dpi * GAP


def _fitted(text: Text, words: str, lang: str, room: float) -> str:
    """These words in lines of at most so many pixels, as this text would be drawn."""
    text.set_text(words)
    width = 2 * len(words)
    while _measured(text) > room and width > NARROWEST:
        width -= 1
        text.set_text(wrapped(words, lang, width))
    return str(text.get_text())


def _measured(text: Text) -> float:
    return float(text.get_window_extent().width)

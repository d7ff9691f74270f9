"""Texts beside points, where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

_SIDES = (
    (1, 0, "left", "center"),
    (-1, 0, "right", "center"),
    (0, 1, "center", "bottom"),
    (0, -1, "center", "top"),
    (0.75, 0.75, "left", "bottom"),
    (-0.75, 0.75, "right", "bottom"),
    (0.75, -0.75, "left", "top"),
    (-0.75, -0.75, "right", "top"),
)
PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.4}
_BY_SIDE = {"left": 0.0, "center": 0.5, "right": 1.0, "bottom": 0.0, "top": 1.0}


class Room:
    """What of a panel is free for texts: all but points (as far as `away`, in points of print)
    and the texts that stand there. `lines` (m, 2, 2), which texts had better not cross."""

    def __init__(
        self,
        figure: Figure,
        ax: Axes,
        points: np.ndarray,
        away: np.ndarray | float = 6.0,
        lines: np.ndarray | None = None,
    ) -> None:
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        self.ax = ax
        self.renderer: Any = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        self.print = figure.dpi / 72
        self.points = points
        self.away = np.broadcast_to(np.asarray(away, float), len(points))
        self.frame = ax.get_window_extent(self.renderer).padded(2)
        self.discs = [
            Bbox.from_extents(x - r, y - r, x + r, y + r)
            for (x, y), r in zip(self._pixels(points), (self.away - 2) * self.print, strict=True)
        ]
        self.texts = [t.get_window_extent(self.renderer) for t in ax.texts if t.get_text()]
        self.lines = [] if lines is None else [Path(self._pixels(line)) for line in lines]

    def write(self, texts: Sequence[str], short: Sequence[str] = ()) -> None:
        """A text beside each point where it covers neither another text nor a point, and where
        there is a choice no line. Without room the `short` one; and without room for that none."""
        for i, text in enumerate(texts):
            for words in filter(None, (text, short[i] if short else "")):
                if self._beside(i, words):
                    break

    def name_ground(self, outline: np.ndarray, name: str, **style: Any) -> None:
        """The name of a ground above one of its corners, from the top down, or below one, where
        it covers neither a point nor another text; above the topmost if it does everywhere."""
        falling = outline[outline[:, 1].argsort()[::-1]]
        label = self.ax.text(0, 0, name, ha="center", bbox=PAPER, **style)
        for corners, va in ((falling, "bottom"), (falling[::-1], "top")):
            for corner in corners:
                if self._stands(label, corner, va):
                    return
        self._stands(label, falling[0], "bottom", always=True)

    def _stands(self, label: Text, corner: np.ndarray, va: Any, always: bool = False) -> bool:
        """Whether a label stands free at this corner, where it is then."""
        label.set_position((float(corner[0]), float(corner[1])))
        label.set_verticalalignment(va)
        box = label.get_window_extent(self.renderer)
        if always or self._free(box):
            self.texts.append(box)
            return True
        return False

    def _beside(self, i: int, words: str) -> bool:
        """Write these words beside a point, if there is room."""
        label = self.ax.annotate(
            words,
            self.points[i],
            (0, 0),
            textcoords="offset points",
            fontsize=8,
            zorder=6,
            linespacing=1.1,
            bbox=PAPER,
        )
        size = label.get_window_extent(self.renderer)
        boxes = [self._box(i, side, size) for side in _SIDES]
        free = [n for n, box in enumerate(boxes) if self._inside(box) and self._free(box, but=i)]
        if not free:
            label.remove()
            return False
        chosen = min(free, key=lambda n: self._crosses(boxes[n]))
        dx, dy, ha, va = _SIDES[chosen]
        gap = float(self.away[i])
        label.set(position=(dx * gap, dy * gap), ha=ha, va=va)
        self.texts.append(boxes[chosen])
        return True

    def _box(self, i: int, side: tuple[float, float, str, str], size: Bbox) -> Bbox:
        """Where a text of this size stands at a side of a point."""
        dx, dy, ha, va = side
        x, y = self._pixels(self.points[i]) + np.array((dx, dy)) * self.away[i] * self.print
        left, bottom = x - _BY_SIDE[ha] * size.width, y - _BY_SIDE[va] * size.height
        return Bbox.from_bounds(left, bottom, size.width, size.height)

    def _pixels(self, places: np.ndarray) -> np.ndarray:
        return np.asarray(self.ax.transData.transform(places)) if len(places) else places

    def _inside(self, box: Bbox) -> bool:
        frame = self.frame
        across = frame.x0 <= box.x0 and box.x1 <= frame.x1
        return bool(across and frame.y0 <= box.y0 and box.y1 <= frame.y1)

    def _free(self, box: Bbox, but: int = -1) -> bool:
        """Whether a box covers no text, nor a point but its own."""
        discs = (disc for n, disc in enumerate(self.discs) if n != but)
        return not any(box.overlaps(other) for other in (*self.texts, *discs))

    def _crosses(self, box: Bbox) -> bool:
        return any(line.intersects_bbox(box, filled=False) for line in self.lines)

"""Texts beside points, where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


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

"""How figures look and are kept: one house style, whose parts every chart uses."""

from __future__ import annotations

from village_alliances.experiments.drawing.beside import Room
from village_alliances.experiments.drawing.frames import legend, panels
from village_alliances.experiments.drawing.headings import headed, narrow_quotes
from village_alliances.experiments.drawing.looks import COLOURS, KNOWN, Look, look
from village_alliances.experiments.drawing.rows import dot, rows_of, whisker
from village_alliances.experiments.drawing.saved import png, svg
from village_alliances.experiments.drawing.scales import (
    COUNTED,
    Scale,
    as_written,
    log_axis,
    noted,
    round_ticks,
    scale,
    short,
    spans,
)
from village_alliances.experiments.drawing.style import (
    BLUE,
    DARK,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    VERMILION,
    WIDTH,
    YELLOW,
    settled,
    styled,
)
from village_alliances.experiments.drawing.titles import titled_panel
from village_alliances.experiments.drawing.wrapping import lines_of, wrapped

__all__ = [
    "BLUE",
    "COLOURS",
    "COUNTED",
    "DARK",
    "GREEN",
    "GREY",
    "KNOWN",
    "ORANGE",
    "PALE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "WIDTH",
    "YELLOW",
    "Look",
    "Room",
    "Scale",
    "as_written",
    "dot",
    "headed",
    "legend",
    "lines_of",
    "log_axis",
    "look",
    "narrow_quotes",
    "noted",
    "panels",
    "png",
    "round_ticks",
    "rows_of",
    "scale",
    "settled",
    "short",
    "spans",
    "styled",
    "svg",
    "titled_panel",
    "whisker",
    "wrapped",
]

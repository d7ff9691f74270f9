"""A figure as PNG and as SVG."""

from __future__ import annotations

import io
import re
from html import escape
from weakref import WeakKeyDictionary

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from village_alliances.experiments import fonts
from village_alliances.experiments.drawing.style import DPI, styled

# A comparison's folder and its report show the same figures.
_DRAWN: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()


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

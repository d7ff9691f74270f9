"""Where a number comes from: document and line, or the reason of an assumption."""

from __future__ import annotations

from collections.abc import Sequence

from alliances.dashboard.words import clean, markup, text
from calibration.evidence import documents, figure


def cited(ids: Sequence[str], lang: str, most: int = 50) -> str:
    """A list of figures with the words of the document, its title and the line."""
    out = []
    for name in ids[:most]:
        try:
            f = figure(name)
        except KeyError:
            continue
        words = f"“{f.figure}”"
        where = text("evidence.where", lang, title=documents()[f.document].title, line=f.line)
        note = f" — {f.place_zh}" if lang == "zh" else f" — {f.note or f.place_en}"
        out.append(markup("li", clean(words) + " " + markup("span", clean(where + note), "hint"), "source"))
    return markup("ul", "".join(out)) if out else ""


def source_line(name: str, lang: str) -> str:
    """One figure in one line; '' where there is none of that name."""
    try:
        f = figure(name)
    except KeyError:
        return ""
    return f"“{f.figure}” " + text("evidence.where", lang, title=documents()[f.document].title, line=f.line)

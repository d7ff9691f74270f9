"""What the numbers rest on: parameters with prior, posterior and source; the documents' figures; what the model cannot tell."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import solara

from alliances.dashboard.components.sources import cited
from alliances.dashboard.parts import box, compact, heading, html
from alliances.dashboard.predictions import predicted, served
from alliances.dashboard.state import asked
from alliances.dashboard.widgets import Sheet
from alliances.dashboard.words import clean, markup, number, text
from calibration.evidence import documents, figures
from sim.parameters import Quantity, parameters, posterior

LIMITS = ("one", "two", "three", "four", "five", "six")
WIDE, HIGH, BINS = 132, 34, 24  # of a small density


@solara.component
def Body() -> None:
    """The evidence page."""
    lang = asked.value.lang
    html(clean(text("evidence.title", lang)), "h1")
    html(clean(text("evidence.why", lang)), "p", "lead")
    with box("div", "answer"):
        with box("section", "card"):
            heading(text("evidence.limits", lang))
            html("".join(markup("li", clean(text(f"limit.{n}", lang))) for n in LIMITS), "ul")
        with box("section", "card"):
            calibrated = text("evidence.calibrated" if posterior() else "evidence.uncalibrated", lang)
            heading(text("evidence.parameters", lang), text("evidence.parameters_why", lang) + " " + calibrated)
            heads = [text(f"evidence.{h}", lang) for h in ("parameter", "value", "range", "density", "source")]
            Sheet(heads=heads, rows=_parameter_rows(lang), words=_words(lang, "evidence.parameters"))
        with box("section", "card"):
            heading(text("evidence.figures", lang), text("evidence.figures_why", lang))
            heads = [text(f"evidence.{h}", lang) for h in ("place", "figure", "model", "where_head")]
            Sheet(heads=heads, rows=_figure_rows(lang), words=_words(lang, "evidence.figures"))
        with box("section", "card"):
            heading(text("evidence.documents", lang))
            items = [f"[{d.id}] {d.author}：《{d.title}》。{d.outlet}{f'，{d.year}' if d.year else ''}" for d in documents().values()]
            html("".join(markup("li", clean(item)) for item in items), "ul")


def _words(lang: str, label: str) -> dict[str, str]:
    return {"search": text("evidence.search", lang), "more": text("evidence.more", lang), "label": text(label, lang)}


@cache
def _parameter_rows(lang: str) -> str:
    draws = posterior()
    rows = [_parameter(quantity, draws.get(name), lang) for name, quantity in parameters().items()]
    return compact(rows)


def _parameter(q: Quantity, draws: np.ndarray | None, lang: str) -> dict[str, Any]:
    meaning = q.zh if lang == "zh" else q.en
    value = float(np.median(draws)) if draws is not None else q.value
    kind = markup("span", clean(text("evidence.fitted", lang)), "badge") if draws is not None else ""
    source = cited(q.evidence, lang, 4)
    if q.assumption:
        source += markup("span", clean(text("evidence.assumed", lang)), "badge assumed") + " " + clean(q.assumption)
    cells = [
        markup("b", clean(meaning)) + markup("small", clean(q.name)), f"{clean(_said(value, q.unit, lang))} {kind}",
        clean(f"{_said(q.low, '', lang)} – {_said(q.high, '', lang)}"),
        density(q, draws, lang), source,
    ]  # fmt: skip
    return {"k": q.name, "t": f"{q.name} {q.en} {q.zh} {' '.join(q.evidence)} {q.assumption}".lower(), "c": cells}


def _said(value: float, unit: str, lang: str) -> str:
    """A parameter's value: money in words, everything else to four digits with its unit."""
    if unit.startswith("yuan"):
        return number(value, unit, lang)
    figure = f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{figure} {unit}".strip() if unit != "1" else figure


def density(q: Quantity, draws: np.ndarray | None, lang: str) -> str:
    """A small picture: the prior's range as a flat bar, the posterior's draws as columns over it."""
    said = text("evidence.density_said", lang, low=f"{q.low:g}", high=f"{q.high:g}")
    bars = ""
    if draws is not None:
        share = np.clip(q.share_of(np.asarray(draws)), 0, 1)
        counts = np.histogram(share, BINS, (0, 1))[0]
        step = WIDE / BINS
        most = max(1, int(counts.max()))
        for at, count in enumerate(counts):
            tall = (HIGH - 8) * count / most
            bars += f'<rect x="{at * step:.1f}" y="{HIGH - 6 - tall:.1f}" width="{step - 1:.1f}" height="{tall:.1f}" fill="#0b5d54"/>'
    else:
        middle = float(q.share_of(np.array(q.value))) * WIDE
        bars = f'<circle cx="{middle:.1f}" cy="{HIGH - 4}" r="4" fill="#0b5d54"/>'
    base = f'<rect x="0" y="{HIGH - 6}" width="{WIDE}" height="4" rx="2" fill="#cfcabd"/>'
    return f'<svg class="spark" width="{WIDE}" height="{HIGH}" role="img" aria-label="{clean(said)}">{base}{bars}</svg>'


@cache
def _figure_rows(lang: str) -> str:
    rows = []
    said = predicted()
    for f in figures():
        place = f.place_zh if lang == "zh" else f.place_en
        value = number(f.value, f.unit, lang) + (f" – {number(f.value_high, f.unit, lang)}" if f.value_high is not None else "")
        qualifier = text(f"qualifier.{f.qualifier}", lang)
        part = served().get(f.id, "")
        badge = markup("span", clean(text(f"evidence.part_{part}", lang)), "badge held" if part == "held_out" else "badge") if part else ""
        bands = [
            markup("span", f"{one.low:,.4g} – {one.high:,.4g}", "better" if one.inside else "worse")
            + markup("small", clean(text("evidence.stated", lang, value=f"{one.stated:,.4g}", name=one.name)))
            for one in said.get(f.id, [])
        ]
        model = "".join(bands) + badge
        where = text("evidence.where", lang, title=documents()[f.document].title, line=f.line)
        figure = f"{clean(qualifier)} {markup('b', clean(value))}" + markup("small", clean(f"“{f.figure}”"))
        cells = [clean(place) + markup("small", str(f.year)), figure, model or "–", clean(where) + markup("small", clean(f.id))]
        rows.append({"k": f.id, "t": f"{f.id} {f.place_zh} {f.place_en} {f.figure} {f.quantity} {f.note}".lower(), "c": cells})
    return compact(rows)

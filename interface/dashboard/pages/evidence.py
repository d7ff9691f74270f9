"""What the numbers rest on: parameters with prior, posterior and source; the documents' figures;
what the model cannot tell."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

import numpy as np
import solara
from village_alliances.calibration.evidence import (
    Document,
    designs,
    documents,
    figures,
    kinds,
    outside,
)
from village_alliances.interface.dashboard.components.sources import (
    LINES,
    cited,
    marked,
    place_in_list,
)
from village_alliances.interface.dashboard.parts import box, compact, heading, html
from village_alliances.interface.dashboard.predictions import (
    Predicted,
    predicted,
    predictions,
    served,
)
from village_alliances.interface.dashboard.state import asked
from village_alliances.interface.dashboard.widgets import Sheet
from village_alliances.interface.dashboard.words import clean, markup, measured, sentence, text
from village_alliances.sim import region
from village_alliances.sim.metrics import OUTCOMES, Outcome
from village_alliances.sim.parameters import POSTERIOR, Quantity, parameters, posterior
from village_alliances.sim.uncertain import numbers_of_types, posterior_types
from village_alliances.wording import LANGUAGES, apart, say
from village_alliances.wording.numbers import span, unit_in_words, unit_word

LIMITS = ("one", "two", "three", "four", "five", "six")
WIDE, HIGH, BINS = 132, 34, 24  # of a small density
# A picture of predictions against reports: its width, and the powers of ten between which it shows.
BESIDE, LOW, TOP = (
    220,
    -2.0,
    1.2,
)


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
        with box("section", "card predictions"):
            Predictions(lang)
        with box("section", "card"):
            heading(text("evidence.documents", lang), text("evidence.documents_why", lang))
            html("".join(_listed(document, lang) for document in documents().values()), "ul")
        with box("section", "card numbers"):
            calibrated = text(
                "evidence.calibrated" if posterior() else "evidence.uncalibrated", lang
            )
            heading(
                text("evidence.parameters", lang),
                text("evidence.parameters_why", lang) + " " + calibrated,
            )
            heads = [
                text(f"evidence.{h}", lang)
                for h in ("parameter", "value", "range", "density", "source")
            ]
            Sheet(
                heads=heads, rows=_parameter_rows(lang), words=_words(lang, "evidence.parameters")
            )
        with box("section", "card"):
            heading(text("evidence.figures", lang), text("evidence.figures_why", lang))
            heads = [
                text(f"evidence.{h}", lang)
                for h in ("place", "meaning", "figure", "model", "where_head")
            ]
            Sheet(heads=heads, rows=_figure_rows(lang), words=_words(lang, "evidence.figures"))
        with box("section", "card elsewhere"):
            heading(text("evidence.elsewhere", lang), text("evidence.elsewhere_why", lang))
            heads = [
                text(f"evidence.{h}", lang)
                for h in ("place", "meaning", "figure", "found_how", "serves")
            ]
            Sheet(heads=heads, rows=_outside_rows(lang), words=_words(lang, "evidence.elsewhere"))
        with box("section", "card outcomes"):
            heading(text("evidence.outcomes", lang), text("evidence.outcomes_why", lang))
            heads = [
                text(f"evidence.{h}", lang) for h in ("outcome", "unit", "direction", "line_from")
            ]
            Sheet(heads=heads, rows=_outcome_rows(lang), words=_words(lang, "evidence.outcomes"))


def _listed(document: Document, lang: str) -> str:
    """A document in the list to which the marks of the rows lead."""
    return markup("li", clean(_document(document, lang)), id=place_in_list(document.id))


def _document(document: Document, lang: str) -> str:
    return text(
        "evidence.document",
        lang,
        id=document.id,
        title=document.title(lang),
        author=document.author,
        outlet=document.outlet(lang),
        year=document.year or say("cli.no_year", lang),
    )


@solara.component
def Predictions(lang: str) -> None:
    """The posterior predictive: what the calibrated model says of reported results, those
    kept from the fit marked."""
    kept = [p for p in predictions() if p.held_out]
    why = text("evidence.predictions_why", lang, inside=sum(p.inside for p in kept), all=len(kept))
    heading(
        text("evidence.predictions", lang),
        why if predictions() else text("evidence.predictions_none", lang),
    )
    if predictions():
        heads = [text(f"evidence.{h}", lang) for h in ("quantity", "reported", "answered", "ratio")]
        Sheet(heads=heads, rows=_prediction_rows(lang), words=_words(lang, "evidence.predictions"))


@cache
def _prediction_rows(lang: str) -> str:
    return compact(
        [_prediction(p, lang) for p in sorted(predictions(), key=lambda p: not p.held_out)]
    )


def _prediction(p: Predicted, lang: str) -> dict[str, Any]:
    said = text(f"predicted.{p.name}", lang)
    part = "held_out" if p.held_out else "fit"
    badge = markup(
        "span", clean(text(f"evidence.part_{part}", lang)), "badge held" if p.held_out else "badge"
    )
    where = " ".join(p.figures)
    reported, low, median, high = (
        measured(float(f"{v:.3g}"), p.unit, lang) for v in (p.stated, p.low, p.median, p.high)
    )
    stated = clean(f"{text(f'qualifier.{p.qualifier}', lang)} {reported}".strip())
    inside = markup(
        "span",
        clean(text("evidence.inside" if p.inside else "evidence.outside", lang)),
        "better" if p.inside else "worse",
    )
    cells = [
        markup("b", clean(said))
        + badge
        + badges(kinds(p.figures), lang)
        + markup("small", clean(where)),
        stated,
        f"{clean(median)} {inside}" + markup("small", clean(span(low, high, lang))),
        beside(p, lang),
    ]
    return {"k": p.name, "t": f"{p.name} {said} {where}".lower(), "c": cells}


def beside(p: Predicted, lang: str) -> str:
    """A small picture: the model's bands as ratios to the reported figure, on powers of ten;
    the line marks the report."""

    def x_of(value: float) -> float:
        return (
            float(np.clip((np.log10(max(value, 1e-9) / p.stated) - LOW) / (TOP - LOW), 0, 1))
            * BESIDE
        )

    low, low_half, median, high_half, high = (
        x_of(v) for v in (p.low, p.low_half, p.median, p.high_half, p.high)
    )
    colour = "#0b5d54" if p.inside else "#a3212b"
    grid = "".join(
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="24" stroke="#dcd8ce"/>'
        for x in (x_of(p.stated * 10.0**n) for n in (-2, -1, 1))
    )
    bars = (
        f'<rect x="{low:.1f}" y="10" width="{max(2, high - low):.1f}" height="8" rx="4" fill="{colour}" opacity=".3"/>'
        f'<rect x="{low_half:.1f}" y="10" width="{max(2, high_half - low_half):.1f}" height="8" rx="4" fill="{colour}" opacity=".75"/>'
        f'<circle cx="{median:.1f}" cy="14" r="4" fill="{colour}" stroke="#fff"/>'
    )
    stated = f'<line x1="{x_of(p.stated):.1f}" x2="{x_of(p.stated):.1f}" y1="1" y2="27" stroke="#1d2a2f" stroke-width="2"/>'
    said = text(
        "evidence.ratio_said", lang, low=f"{p.low / p.stated:.2g}", high=f"{p.high / p.stated:.2g}"
    )
    return f'<svg class="spark" width="{BESIDE}" height="28" role="img" aria-label="{clean(said)}">{grid}{bars}{stated}</svg>'


def _words(lang: str, label: str) -> dict[str, str]:
    return {
        "search": text("evidence.search", lang),
        "more": text("evidence.more", lang),
        "label": text(label, lang),
    }


@cache
def _parameter_rows(lang: str) -> str:
    """A row for each parameter, each number of a project type and all that is a region's own,
    those that the evidence has moved first."""
    draws, moved = {**posterior(), **posterior_types()}, touched()
    quantities = {**parameters(), **numbers_of_types(), **of_regions()}
    moved_first = sorted(quantities.items(), key=lambda pair: pair[0] not in moved)
    rows = [
        _parameter(quantity, draws.get(name), name in moved, lang) for name, quantity in moved_first
    ]
    return compact(rows)


def of_regions() -> dict[str, Quantity]:
    """What is each shipped region's own (trends, ordinary project money, secretaries), by
    `region.name`."""
    from village_alliances.calibration.decisive import own  # brings the model with it

    regions = {name: region.load(name) for name in region.names()}
    return {
        f"{name}.{q.name}": q.model_copy(
            update={
                "name": f"{name}.{q.name}",
                "en": f"{place.title['en']}: {q.en}",
                "zh": f"{place.title['zh']}：{q.zh}",
            }
        )
        for name, place in regions.items()
        for q in own(place).values()
    }


@cache
def touched() -> frozenset[str]:
    """Names of what the evidence of the shipped calibration speaks of; none where
    no calibration is shipped."""
    path = POSTERIOR.with_suffix(".toml")
    if not posterior() or not path.exists():
        return frozenset()
    return frozenset(tomllib.loads(path.read_text(encoding="utf-8")).get("touched", ()))


def _parameter(q: Quantity, draws: np.ndarray | None, moved: bool, lang: str) -> dict[str, Any]:
    meaning = q.zh if lang == "zh" else q.en
    value = float(np.median(draws)) if draws is not None else q.value
    fitted = markup("span", clean(text("evidence.fitted", lang)), "badge") if moved else ""
    stands = kinds(q.evidence, "" if q.evidence else q.assumption)
    source = badges(stands, lang) + cited(q.evidence, lang, 4, beside_list=True)
    if q.assumption:
        source += " " + clean(q.reason(lang))
    cells = [
        markup("b", clean(meaning)) + markup("small", clean(q.name)),
        f"{clean(measured(value, q.unit, lang))} {fitted}",
        clean(span(measured(q.low, "1", lang), measured(q.high, "1", lang), lang)),
        density(q, draws, lang),
        source,
    ]
    return {
        "k": q.name,
        "t": f"{q.name} {q.en} {q.zh} {' '.join(q.evidence)} {q.assumption} {q.assumption_zh}".lower(),
        "c": cells,
    }


def badges(stands: tuple[str, ...], lang: str) -> str:
    """A badge for each kind of evidence that stands behind a row."""
    looks = {"document": "badge", "outside": "badge outside", "assumption": "badge assumed"}
    return "".join(
        markup("span", clean(text(f"evidence.kind_{kind}", lang)), looks[kind]) for kind in stands
    )


def density(q: Quantity, draws: np.ndarray | None, lang: str) -> str:
    """A small picture: the prior's range as a flat bar, the posterior's draws as
    columns over it."""
    said = text("evidence.density_said", lang, low=f"{q.low:g}", high=f"{q.high:g}")
    bars = ""
    if draws is not None:
        share = np.clip(q.share_of(np.maximum(draws, q.low)), 0, 1)
        counts = np.histogram(share, BINS, (0, 1))[0]
        step = WIDE / BINS
        most = max(1, int(counts.max()))
        for i, count in enumerate(counts):
            tall = (HIGH - 8) * count / most
            bars += f'<rect x="{i * step:.1f}" y="{HIGH - 6 - tall:.1f}" width="{step - 1:.1f}" height="{tall:.1f}" fill="#0b5d54"/>'
    else:
        middle = float(q.share_of(np.array(q.value))) * WIDE if q.low < q.high else WIDE / 2
        bars = f'<circle cx="{middle:.1f}" cy="{HIGH - 4}" r="4" fill="#0b5d54"/>'
    base = f'<rect x="0" y="{HIGH - 6}" width="{WIDE}" height="4" rx="2" fill="#cfcabd"/>'
    return f'<svg class="spark" width="{WIDE}" height="{HIGH}" role="img" aria-label="{clean(said)}">{base}{bars}</svg>'


@cache
def _figure_rows(lang: str) -> str:
    rows = []
    by_figure = predicted()
    for f in figures():
        value = measured(f.value, f.unit, lang) + (
            f" – {measured(f.value_high, f.unit, lang)}" if f.value_high is not None else ""
        )
        qualifier = text(f"qualifier.{f.qualifier}", lang)
        part = served().get(f.id, "")
        badge = (
            markup(
                "span",
                clean(text(f"evidence.part_{part}", lang)),
                "badge held" if part == "held_out" else "badge",
            )
            if part
            else ""
        )
        bands = [
            markup(
                "span",
                clean(
                    f"{measured(prediction.low, prediction.unit, lang)} – {measured(prediction.high, prediction.unit, lang)}"
                ),
                "better" if prediction.inside else "worse",
            )
            + markup(
                "small",
                clean(
                    text(
                        "evidence.stated",
                        lang,
                        value=measured(prediction.stated, prediction.unit, lang),
                        name=text(f"predicted.{prediction.name}", lang),
                    )
                ),
            )
            for prediction in by_figure.get(f.id, [])
        ]
        model = "".join(bands) + badge
        figure = markup(
            "div",
            f"{clean(qualifier)} {markup('b', clean(value))}"
            + markup("small", clean(f"“{f.figure}”")),
            "stated",
        )
        cells = [
            clean(f.place(lang)) + markup("small", str(f.year)),
            clean(f.note(lang)),
            figure,
            model or "–",
            marked(f, lang) + markup("small", clean(f.id)),
        ]
        rows.append(
            {
                "k": f.id,
                "t": f"{f.id} {f.place_zh} {f.place_en} {f.figure} {f.quantity} {f.note_zh} "
                f"{f.note_en}".lower(),
                "c": cells,
            }
        )
    return compact(rows)


@cache
def _outside_rows(lang: str) -> str:
    """A row for each figure from outside: where, what, how much, how it came to be
    known, and what it serves."""
    rows = []
    for study in outside():
        design = designs()[study.design]
        value = outside_value(study.value, study.unit, lang)
        if study.low is not None and study.high is not None:
            value += markup(
                "small",
                clean(f"{measured(study.low, '1', lang)} – {measured(study.high, '1', lang)}"),
            )
        basis = markup("span", clean(design.title(lang)), "badge outside") + markup(
            "small", clean(text(f"evidence.grade_{study.grade}", lang))
        )
        serves = clean(text(f"evidence.use_{study.use}", lang))
        serves += markup(
            "small", clean(apart((text(f"evidence.rate_{r}", lang) for r in study.rates), lang))
        )
        cells = [
            clean(study.place(lang)) + markup("small", str(study.year)),
            clean(study.note(lang)) + markup("small", clean(study.source(lang))),
            value,
            basis,
            serves + markup("small", clean(study.id)),
        ]
        words = " ".join(
            f"{study.place(lang)} {study.note(lang)} {study.source(lang)}" for lang in LANGUAGES
        )
        rows.append({"k": study.id, "t": f"{study.id} {words}".lower(), "c": cells})
    return compact(rows)


def outside_value(value: float, unit: str, lang: str) -> str:
    """A value from outside in words; a sign and an effect that could not be
    told stand as words alone."""
    if unit == "significance":
        return clean(text("evidence.no_effect", lang))
    if unit == "sign":
        return clean(text("evidence.sign_up" if value > 0 else "evidence.sign_down", lang))
    return markup("b", clean(measured(value, "1", lang))) + markup(
        "small", clean(unit_in_words(unit, lang))
    )


@cache
def _outcome_rows(lang: str) -> str:
    return compact([_outcome(outcome, lang) for outcome in OUTCOMES])


def _outcome(o: Outcome, lang: str) -> dict[str, Any]:
    cells = [
        markup("b", clean(sentence(getattr(o, lang)))) + markup("small", clean(o.name)),
        clean(unit_word(o.unit, lang) or "–"),
        clean(text(f"evidence.direction_{o.better}", lang)),
        cited([LINES[o.name]], lang, beside_list=True) if o.name in LINES else "–",
    ]
    return {"k": o.name, "t": f"{o.name} {o.en} {o.zh}".lower(), "c": cells}

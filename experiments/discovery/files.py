"""A discovery as files and as a picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.experiments.discovery.search import Discovery
from village_alliances.experiments.discovery.words import (
    name_of,
    quantity_of,
    unit_in_words,
    unit_of,
)
from village_alliances.experiments.files import write_csv
from village_alliances.sim.outputs import write_outputs
from village_alliances.wording import say
from village_alliances.wording.numbers import UNITS


def write(discovery: Discovery, out: Path, lang: str) -> list[Path]:
    """Write discovery.json, boxes.csv and, where there is a box, a figure (SVG and PNG)
    into `out`, all or none."""
    from village_alliances.experiments import drawing

    files: dict[str, Any] = {"boxes.csv": lambda path: write_csv(discovery.tried, path)}
    if discovery.verdict == "found":
        figure = picture(discovery, lang)
        files["discovery.svg"] = drawing.svg(figure, "discovery", standalone=True).encode()
        files["discovery.png"] = drawing.png(figure)
    return write_outputs(out, {**files, "discovery.json": plain(discovery)})


def plain(discovery: Discovery) -> dict[str, Any]:
    """The answer as JSON holds it."""
    box = discovery.box if discovery.verdict == "found" else None
    return {
        "scenario": discovery.runs.scenario,
        "strategy": discovery.runs.strategy,
        "fails": ",".join(map(str, discovery.rule)),
        "verdict": discovery.verdict,
        "runs": int(discovery.fails.size),
        "failures": int(discovery.fails.sum()),
        "unseen_runs": int(discovery.held.sum()),
        "box": None
        if box is None
        else {
            "bounds": {
                name: {"above": _finite(low), "up_to": _finite(high), "unit": unit_of(name)}
                for name, (low, high) in box.bounds.items()
            },
            "inside": box.inside,
            "failures_inside": box.failures_inside,
            "density": box.density,
            "density_95": list(box.band),
            "coverage": box.coverage,
            "overall": box.base,
            "chance": box.chance,
        },
        "sentences": {lang: discovery.sentences(lang) for lang in ("en", "zh")},
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def picture(discovery: Discovery, lang: str) -> Any:
    """The unseen runs over the two main quantities, failures filled, with the box."""
    from village_alliances.experiments.drawing import scale
    from village_alliances.experiments.plots import scenarios

    assert discovery.box is not None
    names = list(discovery.box.bounds)
    names += [
        name
        for name in (*discovery.important, *discovery.runs.conditions.columns)
        if name not in names
    ]
    shown_names = names[:2] if len(names) > 1 else names[:1] * 2
    frame = discovery.runs.conditions[discovery.held]
    sizes, labels, logged = [], [], []
    for name in shown_names:
        unit, about = unit_of(name), quantity_of(name)
        by = scale(unit, float(frame[name].abs().max()), lang) if unit in UNITS else None
        word = by.label if by else unit_in_words(unit, lang)
        text = name_of(name, lang)
        text = text[:1].upper() + text[1:]
        labels.append(say("report.page.with_unit", lang, title=text, unit=word) if word else text)
        sizes.append(by.size if by else 1.0)
        logged.append(about is not None and about.scale == "log" and bool((frame[name] > 0).all()))
    ends = [discovery.box.bounds.get(name, (-math.inf, math.inf)) for name in shown_names]
    bounds = [(low / size, high / size) for (low, high), size in zip(ends, sizes, strict=True)]
    more = len(discovery.box.bounds) - 2
    facts = {"strategy": discovery.runs.title[lang], "rule": discovery.meant(lang)}
    note = say("discovery.say.drawn", lang, **facts)
    note += say("discovery.say.more_bounds", lang, count=more) if more > 0 else ""
    heading = say(
        "discovery.say.heading", lang, where=discovery.where(lang), **discovery.rates, **facts
    )
    points = frame[shown_names].to_numpy(float) / np.array(sizes)
    return scenarios(
        points, discovery.fails[discovery.held], bounds, labels, logged, heading, lang, note
    )

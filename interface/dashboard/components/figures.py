"""Every main outcome of every strategy, and what is known of the villages."""

from __future__ import annotations

from typing import Any

import solara
from village_alliances.calibration.asked import level_is_told
from village_alliances.experiments.answer.logic import FEW
from village_alliances.interface.dashboard import again, charts, session
from village_alliances.interface.dashboard.answers import (
    Answer,
    main_outcomes,
)
from village_alliances.interface.dashboard.components.giving import Give
from village_alliances.interface.dashboard.components.sources import asked_about
from village_alliances.interface.dashboard.grids import GridCell, Head, grid
from village_alliances.interface.dashboard.looks import colours
from village_alliances.interface.dashboard.parts import box, heading, html, swatch
from village_alliances.interface.dashboard.words import (
    clean,
    markup,
    pick,
    text,
)
from village_alliances.sim.fields import FIELD
from village_alliances.sim.metrics import BY_NAME
from village_alliances.wording import numbers

SURE = 0.9  # share of runs from which on a difference is coloured


@solara.component
def Figures(a: Answer, lang: str) -> None:
    """Every main outcome of every strategy."""
    heading(text("answer.figures", lang, year=a.years[-1]), text("answer.figures_why", lang))
    colour = colours(a.strategies)
    heads = [Head(pick(a.titles[s], lang), before=swatch(colour[s])) for s in a.strategies]
    body = [_outcome_row(a, o, lang) for o in main_outcomes(a)]
    html(grid([text("answer.outcome", lang), *heads], body), classes="wide")


def _outcome_row(a: Answer, outcome: str, lang: str) -> list[GridCell]:
    rows = [a.row(s, outcome) for s in a.strategies]
    if not level_is_told(outcome):
        rows = [_as_difference(row) for row in rows]
    unit = BY_NAME[outcome].unit
    by, word = numbers.scale([r[k] for r in rows for k in ("median", "p05", "p95")], unit, lang)
    head = (
        clean(charts.meaning(outcome, lang))
        + ("" if level_is_told(outcome) else clean(text("answer.as_difference", lang)))
        + asked_about([outcome], lang)
        + (markup("small", clean(word)) if word else "")
    )
    figures = [GridCell(_cell(r, rows[0], unit, by, a.runs, lang)) for r in rows]
    return [GridCell(head, "text", names=True), *figures]


def _as_difference(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose figures are differences to the baseline, where levels may not be told."""
    return {**row, **{part: row[f"diff_{part}"] for part in ("p05", "median", "p95")}}


def _cell(
    r: dict[str, Any], base: dict[str, Any], unit: str, by: float, runs: int, lang: str
) -> str:
    """A figure with its band; coloured where it is surely another one than the
    baseline's, to the digits shown."""
    low, median, high = (numbers.number(r[k], unit, lang, by=by) for k in ("p05", "median", "p95"))
    value = clean(median)
    same = numbers.number(base["median"], unit, lang, by=by) == median
    if runs >= FEW and r is not base and not same and r["p_better"] == r["p_better"]:
        kind = "better" if r["p_better"] >= SURE else "worse" if r["p_better"] <= 1 - SURE else ""
        value = markup("span", value, kind)
    return value + markup("small", clean(low if low == high else numbers.span(low, high, lang)))


@solara.component
def Drawn(a: Answer, lang: str) -> None:
    """What is known of the villages."""
    with box("details", "figures-fold"):
        html(clean(text("answer.drawn", lang)), "summary")
        html(clean(text("answer.drawn_why", lang)), "p", "why")
        heads = ("drawn_column", "drawn_known", "drawn_bounded", "drawn_drawn", "drawn_source")
        columns = [
            Head(text(f"answer.{h}", lang), classes="text" if h == "drawn_source" else "")
            for h in heads
        ]
        body = [_drawn_row(r, lang) for r in a.imputed]
        html(grid(columns, body), classes="wide")
    with box("details", "figures-fold"):
        html(clean(text("answer.command", lang)), "summary")
        html(clean(a.command), "pre", "command")
        files = files_beside(a)
        if files:
            html(clean(text("answer.command_files", lang)), "p", "why")
            Give(
                text("answer.take_again", lang),
                "mdi-folder-zip-outline",
                again.PACKED,
                lambda: again.pack([a.command], files),
                lang,
            )


def files_beside(a: Answer) -> dict[str, bytes]:
    """What the command of an answer reads beside what is shipped, by name; none where the session
    no longer holds it."""
    question, own = a.question, session.own.value
    held = own is not None and own.digest == question["table"]
    try:
        return again.files_of(
            tuple(question["strategies"]),
            question["technology"],
            own.table if own is not None and held else None,
        )
    except KeyError:
        return {}


def _drawn_row(r: dict[str, Any], lang: str) -> list[GridCell]:
    field = FIELD.get(str(r["column"]))
    name = (
        (field.zh if lang == "zh" else field.name.replace("_", " ")) if field else str(r["column"])
    )
    source = pick(r["source"], lang)
    cells = [GridCell(clean(words)) for words in (name, r["known"], r["bounded"], r["drawn"])]
    return [*cells, GridCell(clean(source), "text")]

"""What alliances would do: the projects that they begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import solara
from village_alliances.experiments import gains
from village_alliances.interface.dashboard.answers import (
    Answer,
)
from village_alliances.interface.dashboard.components.choosing import choose_strategy
from village_alliances.interface.dashboard.grids import GridCell, Head, grid
from village_alliances.interface.dashboard.parts import box, heading, html
from village_alliances.interface.dashboard.words import (
    clean,
    markup,
    number,
    percent,
    scaled,
    share,
    text,
)
from village_alliances.wording import numbers, say

MOST_PROJECTS = 12  # that stand in the open


@solara.component
def Projects(a: Answer, lang: str) -> None:
    """What alliances would do: the projects that they begin, what these cost and bring."""
    heading(text("answer.projects", lang), text("answer.projects_why", lang))
    if a.projects is None:
        html(clean(text("answer.waiting", lang)), "p", "hint")
        return
    listed = list(dict.fromkeys(r["strategy"] for r in a.projects))
    chosen, set_chosen = solara.use_state("")
    if not listed:
        html(clean(text("answer.projects_none", lang)), "p", "hint")
        return
    label = choose_strategy(a, listed, chosen, set_chosen, lang)
    rows = [r for r in a.projects if r["strategy"] == label]
    rows.sort(key=lambda r: -r["begun"])
    runs = min(a.runs, gains.looked_at(a.villages))
    html(_projects(rows[:MOST_PROJECTS], runs, lang), classes="wide projects")
    if len(rows) > MOST_PROJECTS:
        with box("details", "figures-fold"):
            html(
                clean(text("answer.projects_more", lang, count=len(rows) - MOST_PROJECTS)),
                "summary",
            )
            html(_projects(rows[MOST_PROJECTS:], runs, lang), classes="wide")
    html(clean(text("answer.projects_runs", lang, runs=runs)), "p", "hint")


def _projects(rows: Sequence[dict[str, Any]], runs: int, lang: str) -> str:
    """Projects in a table, a row an alliance and type; money of a column in one unit."""
    units = {"cost": "yuan", "yearly": "yuan/year", "households": "yuan/year"}
    scales = {k: numbers.scale([r[k] for r in rows], unit, lang) for k, unit in units.items()}
    heads = ("type", "begun", "cost", "yearly", "households", "jobs", "wait", "works")
    columns = [
        Head(text(f"answer.project_{h}", lang), scales[h][1] if h in scales else "") for h in heads
    ]
    zh = lang == "zh"
    body: list[list[GridCell | str]] = []
    for r in rows:
        whose = r["alliance_zh" if zh else "alliance"] or say(f"compare.who.{r['who']}", lang)
        name = clean(r["title_zh" if zh else "title"]) + markup("small", clean(whose))
        cells = [
            share(r["begun"], runs, lang),
            *(scaled(r[k], scales[k][0], lang) if r[k] == r[k] else "–" for k in units),
            number(r["jobs"], "", lang),
            number(r["wait"], "quarters", lang),
            percent(r["works"] + r["is_building"]),
        ]
        body.append([GridCell(name, "text", names=True), *cells])
    return grid(columns, body)

"""A village's story in one run: its income by source, its secretary, its
alliances, and what happened."""

from __future__ import annotations

from typing import Any

import numpy as np
import solara
from village_alliances.experiments.timeline import in_words
from village_alliances.interface.dashboard.charts import FONT, SOFT, value_axis
from village_alliances.interface.dashboard.film import ROUTINE, Film, happenings
from village_alliances.interface.dashboard.parts import box, html, picture
from village_alliances.interface.dashboard.widgets import Press
from village_alliances.interface.dashboard.words import clean, markup, number, pick, text
from village_alliances.sim.scenario import quarter_name

SOURCES = (
    ("base", "#8aa1a8"),
    ("taught", "#0072B2"),
    ("own", "#009E73"),
    ("shared", "#E69F00"),
    ("membership", "#CC79A7"),
)
MOST_PROJECTS = 8
MOST_EVENTS = 60


@solara.component
def Story(film: Film, side: int, village: int, lang: str, close: Any) -> None:
    """The story, told beside the map."""
    story = film.story(side, village)
    reel = film.reels[side]
    columns = story["columns"]
    start = film.scenario.start
    with box("section", "card story", aria_live="polite"):
        with box("div", "spread"):
            title = text(
                "story.title", lang, village=story["name"], strategy=pick(reel.title, lang)
            )
            html(clean(title), "h2")
            Press(
                label=text("story.close", lang),
                icon="mdi-close",
                kind="small",
                event_go=lambda _: close(),
            )
        first, last, alone = (
            float(v)
            for v in (
                columns["operating_income"][0],
                columns["operating_income"][-1],
                columns["alone"][-1],
            )
        )
        unit = "yuan/year"
        html(
            clean(
                text(
                    "story.sum",
                    lang,
                    first=number(first, unit, lang),
                    last=number(last, unit, lang),
                    alone=number(alone, unit, lang),
                    gain=number(last - alone, unit, lang, True),
                )
            ),
            "p",
        )
        with box("div", "grid"):
            with box("div", "span-7"):
                html(clean(text("story.income", lang)), "h3")
                picture(_income(columns, start, lang), text("story.income", lang), "260px")
            with box("div", "span-5"):
                html(clean(text("story.secretary", lang)), "h3")
                html(clean(_secretary(story, lang)), "p")
                html(clean(text("story.alliances", lang)), "h3")
                html(
                    "".join(markup("li", clean(line)) for line in _alliances(story, start, lang)),
                    "ul",
                )
        html(clean(text("story.projects", lang)), "h3")
        html(_projects(story, lang), "ul", "projects")
        html(clean(text("story.events", lang)), "h3")
        called = happenings(lang)
        lines = [e for e in story["events"] if e.event not in ROUTINE]
        items = [
            markup(
                "li",
                markup("time", e.quarter)
                + clean(
                    called[e.event]
                    + (f" · {story['types'][e.type][lang]}" if e.type else "")
                    + (f" · {number(e.amount, e.unit, lang)}" if e.amount is not None else "")
                ),
            )
            for e in lines[:MOST_EVENTS]
        ]
        html("".join(items) or markup("li", clean(text("story.quiet", lang))), "ul", "events")


def _projects(cells: dict[str, Any], lang: str) -> str:
    """Its own projects and its alliances', the dearest first: what went in, what
    they bring, why they ended."""
    lines = [in_words(project, lang) for _, project in cells["projects"].iterrows()]
    if not lines:
        return markup("li", clean(text("story.no_projects", lang)))
    more = len(lines) - MOST_PROJECTS
    items = lines[:MOST_PROJECTS] + ([text("story.more_projects", lang, count=more)] if more > 0 else [])  # fmt: skip
    return "".join(markup("li", clean(line)) for line in items)


def _income(columns: dict[str, np.ndarray], start: int, lang: str) -> dict[str, Any]:
    labels = [
        text("story.start", lang),
        *(quarter_name(t, start) for t in range(len(columns["alone"]) - 1)),
    ]
    series: list[dict[str, Any]] = []
    for name, colour in SOURCES:
        values = [float(f"{v:.4g}") for v in columns[name]]
        series.append(
            {
                "type": "line",
                "id": name,
                "name": text(f"story.{name}", lang),
                "stack": "sum",
                "stackStrategy": "all",
                "symbol": "none",
                "data": values,
                "lineStyle": {"width": 0},
                "areaStyle": {"opacity": 0.75},
                "itemStyle": {"color": colour},
            }
        )
    for name, kind, colour in (
        ("operating_income", "solid", "#1d2a2f"),
        ("alone", "dashed", "#a3212b"),
    ):
        values = [float(f"{v:.4g}") for v in columns[name]]
        series.append(
            {
                "type": "line",
                "id": name,
                "name": text(f"story.{name}", lang),
                "symbol": "none",
                "data": values,
                "lineStyle": {"width": 2.4, "type": kind},
                "itemStyle": {"color": colour},
            }
        )
    return {
        "textStyle": FONT,
        "animation": False,
        "legend": {
            "top": 0,
            "left": 0,
            "itemWidth": 14,
            "itemHeight": 9,
            "textStyle": {"fontSize": 12.5},
        },
        "grid": {
            "left": 6,
            "right": 30,
            "top": {"wide": 50, "narrow": 84},
            "bottom": 4,
            "containLabel": True,
        },
        "tooltip": {"trigger": "axis", "confine": True, "valueFormatter": "fn:money_axis"},
        "xAxis": {
            "type": "category",
            "data": labels,
            "boundaryGap": False,
            "axisLabel": {"color": SOFT, "hideOverlap": True},
            "axisTick": {"show": False},
        },
        "yAxis": value_axis("yuan/year", scale=False),
        "series": series,
    }


def _secretary(story: dict[str, Any], lang: str) -> str:
    columns = story["columns"]
    return text(
        "story.about_secretary",
        lang,
        origin=text(f"origin.{story['origin']}", lang),
        ability=f"{columns['ability'][-1]:.2f}",
        before=f"{columns['ability'][0]:.2f}",
        tenure=f"{columns['tenure'][-1] / 4:.1f}",
        capacity=f"{columns['capacity'][-1]:.2f}",
    )


def _alliances(story: dict[str, Any], start: int, lang: str) -> list[str]:
    numbers = story["alliance"]
    lines, since = [], 0
    for t in range(1, len(numbers) + 1):
        if t == len(numbers) or numbers[t] != numbers[since]:
            called = (
                pick(story["alliance_names"][int(numbers[since])], lang)
                if numbers[since]
                else text("live.alone", lang)
            )
            begun = text("story.start", lang) if since == 0 else quarter_name(since - 1, start)
            until = "" if t == len(numbers) else quarter_name(t - 1, start)
            still = f" ({text('live.quiet', lang)})" if story["quiet"] and not until else ""
            lines.append(f"{begun} – {until}: {called}" if until else f"{begun} –: {called}{still}")
            since = t
    return lines

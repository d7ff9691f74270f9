"""One society quarter by quarter, or two under the same luck, as moving maps; a click on a
village opens its story."""

from __future__ import annotations

import logging
import threading
import uuid
from typing import Any

import solara
from village_alliances.interface.dashboard import answers, institutions, session
from village_alliances.interface.dashboard.answers import mode_of
from village_alliances.interface.dashboard.components.asking import ask_about
from village_alliances.interface.dashboard.components.sources import about_outcome
from village_alliances.interface.dashboard.components.story import Story
from village_alliances.interface.dashboard.film import (
    FIGURES,
    MOST_VILLAGES,
    ROUTINE,
    Film,
    happenings,
    shoot,
)
from village_alliances.interface.dashboard.looks import colours
from village_alliances.interface.dashboard.parts import box, compact, html, skeleton, trouble
from village_alliances.interface.dashboard.places import choices, smaller_than
from village_alliances.interface.dashboard.state import OWN_TABLE, ask, asked
from village_alliances.interface.dashboard.turns import TURNS
from village_alliances.interface.dashboard.widgets import Choice, Press, Slider
from village_alliances.interface.dashboard.widgets import Film as FilmWidget
from village_alliances.interface.dashboard.words import clean, markup, pick, text
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import names as strategy_names

log = logging.getLogger("village_alliances.interface.dashboard")
LINES = ("mean_income", "gain_mean")


@solara.component
def Body() -> None:
    """The live page."""
    form = asked.value
    lang, own = form.lang, session.own.value
    film, set_film = solara.use_state(None)
    lost, set_lost = solara.use_state("")
    chosen, set_chosen = solara.use_state(None)
    wanted = (
        form.source,
        form.region,
        form.start,
        own.digest if own else "",
        session.types.value.digest if session.types.value else "",
        form.left,
        form.right,
        form.seed,
        form.run,
        form.levers,
        form.years,
        form.mode,
    )
    kinds = session.types.value.types if session.types.value else None
    newest = solara.use_ref(None)
    scenario = answers.scenario_of(form, own)

    def begin() -> Any:
        set_chosen(None)
        newest.current = wanted
        if scenario is None or scenario.size > MOST_VILLAGES:
            set_film(None)
            return None
        threading.Thread(target=make, args=(scenario,), daemon=True, name="film").start()
        return lambda: setattr(newest, "current", None)

    def make(setting: Scenario) -> None:
        try:
            work = 4 * setting.size * setting.ticks  # each beside its run of none
            with TURNS.take(newest, work):
                sides = list(dict.fromkeys([form.left, form.right]))
                reels = []
                for strategy in sides:
                    if newest.current != wanted:
                        return
                    reels.append(
                        shoot(
                            setting,
                            strategy,
                            form.seed,
                            form.run,
                            dict(form.levers),
                            mode_of(form.mode),
                            kinds,
                        )
                    )
            if newest.current == wanted:
                made = Film(setting, reels, form.run, form.seed)
                set_film((made, _packed(made)))
                set_lost("")
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("%s: no film of %s", reference, wanted)
            if newest.current == wanted:
                set_lost(reference)

    solara.use_effect(begin, [wanted])
    with box("div", "page-head"):
        html(clean(text("live.title", lang)), "h1")
        html(clean(text("live.why", lang)), "p", "lead")
    Choices()
    if lost:
        trouble(lost, lang)
    if scenario is None:
        html(clean(text("ask.missing", lang)), classes="note")
    elif scenario.size > MOST_VILLAGES:
        html(
            clean(text("live.too_many", lang, villages=scenario.size, most=MOST_VILLAGES)),
            classes="note",
        )
    elif film is None:
        skeleton(lang)
    else:
        made, packed = film
        if (
            chosen is not None
            and chosen["side"] < len(made.reels)
            and chosen["village"] < made.scenario.size
        ):
            Story(made, chosen["side"], chosen["village"], lang, lambda: set_chosen(None)).key(
                "story"
            )
        FilmWidget(film=packed, words=words(lang), lang=lang, event_clicked=set_chosen).key("film")
        with box("details", "fold"):
            html(clean(text("about.figures", lang)), "summary")
            html(
                "".join(markup("li", clean(about_outcome(name, lang))) for name in FIGURES),
                "ul",
                "hint",
            )


def _packed(film: Film) -> str:
    plain = film.as_plain()
    colour = colours([r["strategy"] for r in plain["reels"]])
    for reel in plain["reels"]:
        reel["colour"] = colour[reel["strategy"]]
    return compact(plain)


def words(lang: str) -> dict[str, Any]:
    """The film widget's texts."""
    keys = (
        "controls",
        "reset",
        "back",
        "play",
        "pause",
        "step",
        "time",
        "speed",
        "per_second",
        "again",
        "map",
        "events",
        "routine",
        "no_events",
        "lines",
        "legend",
        "drawn_places",
        "alone",
        "income",
        "quiet",
        "projects",
        "no_projects",
        "at_work",
        "being_built",
        "put_in",
        "brings",
    )
    figures = [
        {
            "name": name,
            "label": text(f"live.figure.{name}", lang),
            "unit": BY_NAME[name].unit,
            "line": name in LINES,
        }
        for name in FIGURES
    ]
    return {key: text(f"live.{key}", lang) for key in keys} | {
        "figures": figures,
        "happenings": happenings(lang),
        "dull": list(ROUTINE),
    }


@solara.component
def Choices() -> None:
    """Which villages, which two strategies, which luck."""
    form = asked.value
    lang = form.lang
    own = [s for s in form.strategies if s not in strategy_names()]
    items = [
        {"value": s, "text": pick(institutions.strategy_of(s).title, lang)}
        for s in dict.fromkeys([*strategy_names(), *own, form.left, form.right])
    ]
    sources = choices(smaller_than(MOST_VILLAGES), lang)
    if session.own.value is not None:
        sources.append(
            {"value": OWN_TABLE, "text": text("ask.own_named", lang, name=session.own.value.name)}
        )
    with box("div", "card choices noprint"):
        Choice(
            label=text("ask.place", lang),
            value=form.source,
            groups=[{"label": "", "items": sources}],
            event_chosen=ask_about,
        )
        Choice(
            label=text("live.first", lang),
            value=form.left,
            groups=[{"label": "", "items": items}],
            event_chosen=lambda s: ask(left=s),
        )
        Choice(
            label=text("live.second", lang),
            value=form.right,
            groups=[{"label": "", "items": items}],
            event_chosen=lambda s: ask(right=s),
        )
        Slider(
            label=text("live.run", lang),
            value=form.run,
            low=0,
            high=99,
            step=1,
            notation="whole",
            lang=lang,
            event_moved=lambda r: ask(run=int(r)),
        )
        Press(
            label=text("live.to_compare", lang),
            icon="mdi-chart-line",
            kind="plain",
            event_go=lambda _: ask(page="compare"),
        )

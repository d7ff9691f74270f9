"""The left side of the compare page: which villages, which strategies, how long,
what money, what shocks."""

from __future__ import annotations

from functools import cache
from typing import Any

import solara
from village_alliances.interface.dashboard import institutions, session, tables, technologies
from village_alliances.interface.dashboard.components.bringing import Bringing
from village_alliances.interface.dashboard.components.levers import Money, Shocks
from village_alliances.interface.dashboard.components.settings import SetByPlanner
from village_alliances.interface.dashboard.looks import colours
from village_alliances.interface.dashboard.parts import box, html, swatch
from village_alliances.interface.dashboard.places import choices, smaller_than
from village_alliances.interface.dashboard.state import (
    MODES,
    MOST_STRATEGIES,
    MOST_YEARS,
    OWN_TABLE,
    Asked,
    ask,
    asked,
    put,
    use_types,
)
from village_alliances.interface.dashboard.uploads import brought, upload_words
from village_alliances.interface.dashboard.widgets import Choice, Press, Slider, Upload
from village_alliances.interface.dashboard.words import clean, markup, pick, text
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import posterior
from village_alliances.sim.strategy import StrategyError
from village_alliances.sim.strategy import names as strategy_names
from village_alliances.sim.technology import TechnologyError


@solara.component
def Asking() -> None:
    """The whole question."""
    form = asked.value
    Place(form)
    Strategies(form)
    Time(form)
    Money(form)
    Shocks(form)
    OwnTypes(form)
    More(form)
    SetByPlanner(form, None if form.source == OWN_TABLE else load(form.source))
    Press(
        label=text("ask.reset", form.lang),
        icon="mdi-restore",
        kind="link",
        event_go=lambda _: put(Asked(lang=form.lang)),
    )


@cache
def _places(lang: str) -> list[dict[str, Any]]:
    levels = (("alliance", "ask.alliances"), ("system", "ask.systems"))
    return [
        {
            "label": text(label, lang),
            "items": choices(
                [p for p in smaller_than(tables.MOST_VILLAGES) if p.level == level], lang
            ),
        }
        for level, label in levels
    ]


@solara.component
def Place(form: Asked) -> None:
    """Which villages: a shipped scenario, or one's own table."""
    lang, own = form.lang, session.own.value
    html(clean(text("ask.place", lang)), "h2")
    title = text("ask.own_named", lang, name=own.name) if own else text("ask.none_yet", lang)
    groups = [
        *_places(lang),
        {"label": text("ask.own", lang), "items": [{"value": OWN_TABLE, "text": title}]},
    ]
    Choice(
        label=text("ask.place", lang),
        hidden_label=True,
        value=form.source,
        groups=groups,
        event_chosen=ask_about,
    )
    if form.source != OWN_TABLE:
        html(clean(pick(load(form.source).summary, lang)), "p", "hint")
    Bringing(form)


def ask_about(source: str) -> None:
    """Ask the same about other villages: whatever was set stays set."""
    own = session.own.value
    session.refused.value = None
    ask(source=source, table=own.packed if own and source == OWN_TABLE else "")


@solara.component
def Strategies(form: Asked) -> None:
    """The strategies that are compared; the first is the baseline."""
    lang = form.lang
    html(clean(text("ask.strategies", lang)), "h2")
    colour = colours(form.strategies)
    with box("div", "picks"):
        for i, name in enumerate(form.strategies):
            title = pick(institutions.strategy_of(name).title, lang)
            with box("div", "picked").key(name):
                html(swatch(colour[name]), "span")
                tag = markup("span", clean(text("ask.baseline", lang)), "tag") if i == 0 else ""
                html(clean(title) + " " + tag, "span", "name")
                if i > 0:
                    first = (name, *(s for s in form.strategies if s != name))
                    Press(
                        label="",
                        icon="mdi-arrow-up-bold-outline",
                        kind="icon",
                        title=text("ask.make_baseline", lang, name=title),
                        event_go=lambda _, s=first: ask(strategies=s),
                    )
                if len(form.strategies) > 1:
                    rest = tuple(s for s in form.strategies if s != name)
                    Press(
                        label="",
                        icon="mdi-close",
                        kind="icon",
                        title=text("ask.remove", lang, name=title),
                        event_go=lambda _, s=rest: ask(strategies=s),
                    )
    others = [s for s in strategy_names() if s not in form.strategies]
    if len(form.strategies) < MOST_STRATEGIES and others:
        items = [{"value": "", "text": text("ask.add_hint", lang)}]
        items += [
            {"value": s, "text": pick(institutions.strategy_of(s).title, lang)} for s in others
        ]
        Choice(
            label=text("ask.add", lang),
            value="",
            groups=[{"label": "", "items": items}],
            event_chosen=_add,
        )
    elif others:
        html(clean(text("ask.most", lang)), "p", "hint")
    OwnStrategy(form)


def _add(name: str) -> None:
    if (
        name
        and name not in asked.value.strategies
        and len(asked.value.strategies) < MOST_STRATEGIES
    ):
        ask(strategies=(*asked.value.strategies, name))


@solara.component
def OwnStrategy(form: Asked) -> None:
    """Ways to a strategy of one's own: its institutions set on the strategies page, or a file."""
    lang = form.lang
    refused, set_refused = solara.use_state("")
    words = upload_words("ask.strategy_limits", lang)

    def take(file: dict[str, str]) -> None:
        try:
            taken = institutions.take(*brought(file))
            set_refused("")
            _add(taken)
        except StrategyError as error:
            set_refused(error.message(lang))

    with box("details", "fold"):
        html(clean(text("ask.own_strategy", lang)), "summary")
        html(clean(text("ask.own_strategy_hint", lang)), "p", "hint")
        Press(
            label=text("ask.own_strategy_set", lang),
            icon="mdi-tune-variant",
            kind="plain",
            event_go=lambda _: ask(page="strategies"),
        )
        Upload(words=words, most=institutions.MOST_BYTES, accept=".toml", event_got=take)
        if refused:
            html(clean(refused), "p", "problem strategy-refused", role="alert")


@solara.component
def Time(form: Asked) -> None:
    """How many years ahead."""
    usual = 6 if form.source == OWN_TABLE else load(form.source).years
    html(clean(text("ask.time", form.lang)), "h2")
    Slider(
        label=text("ask.time", form.lang),
        value=form.years or usual,
        low=1,
        high=MOST_YEARS,
        step=1,
        notation="years",
        lang=form.lang,
        event_moved=lambda years: ask(years=0 if int(years) == usual else int(years)),
    )


@solara.component
def More(form: Asked) -> None:
    """Luck and where parameters come from."""
    lang = form.lang
    with box("details", "fold"):
        html(clean(text("ask.more", lang)), "summary")
        Slider(
            label=text("ask.seed", lang),
            value=form.seed,
            low=1,
            high=50,
            step=1,
            notation="whole",
            lang=lang,
            event_moved=lambda seed: ask(seed=int(seed)),
        )
        modes = [m for m in MODES if m != "posterior" or posterior()]
        items = [{"value": m, "text": text(f"ask.mode_{m}", lang)} for m in modes]
        Choice(
            label=text("ask.mode", lang),
            value=form.mode,
            groups=[{"label": "", "items": items}],
            event_chosen=lambda mode: ask(mode=mode),
        )


@solara.component
def OwnTypes(form: Asked) -> None:
    """Project types of the county's own."""
    lang, types = form.lang, session.types.value
    refused, set_refused = solara.use_state("")
    words = upload_words("ask.types_limits", lang)

    def take(file: dict[str, str]) -> None:
        try:
            use_types(technologies.take(*brought(file)))
            set_refused("")
        except TechnologyError as error:
            set_refused(error.message(lang))

    with box("details", "fold"):
        html(clean(text("ask.types", lang)), "summary")
        html(clean(text("ask.types_hint", lang)), "p", "hint")
        Upload(words=words, most=technologies.MOST_BYTES, accept=".toml", event_got=take)
        if types is not None:
            html(clean(text("ask.types_used", lang, name=types.name)), "p", "good")
            Press(
                label=text("ask.types_shipped", lang),
                icon="mdi-restore",
                kind="plain",
                event_go=lambda _: use_types(None),
            )
        for line in refused.splitlines():
            html(clean(line), "p", "problem types-refused", role="alert")

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
    here = asked.value
    Place(here)
    Strategies(here)
    Time(here)
    Money(here)
    Shocks(here)
    OwnTypes(here)
    More(here)
    SetByPlanner(here, None if here.source == OWN_TABLE else load(here.source))
    Press(
        label=text("ask.reset", here.lang),
        icon="mdi-restore",
        kind="link",
        event_go=lambda _: put(Asked(lang=here.lang)),
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
def Place(here: Asked) -> None:
    """Which villages: a shipped scenario, or one's own table."""
    lang, own = here.lang, session.own.value
    html(clean(text("ask.place", lang)), "h2")
    title = text("ask.own_named", lang, name=own.name) if own else text("ask.none_yet", lang)
    groups = [
        *_places(lang),
        {"label": text("ask.own", lang), "items": [{"value": OWN_TABLE, "text": title}]},
    ]
    Choice(
        label=text("ask.place", lang),
        hidden_label=True,
        value=here.source,
        groups=groups,
        event_chosen=ask_about,
    )
    if here.source != OWN_TABLE:
        html(clean(pick(load(here.source).summary, lang)), "p", "hint")
    Bringing(here)


def ask_about(source: str) -> None:
    """Ask the same about other villages: whatever was set stays set."""
    own = session.own.value
    session.refused.value = None
    ask(source=source, table=own.packed if own and source == OWN_TABLE else "")


@solara.component
def Strategies(here: Asked) -> None:
    """The strategies that are compared; the first is the baseline."""
    lang = here.lang
    html(clean(text("ask.strategies", lang)), "h2")
    colour = colours(here.strategies)
    with box("div", "picks"):
        for at, name in enumerate(here.strategies):
            title = pick(institutions.strategy_of(name).title, lang)
            with box("div", "picked").key(name):
                html(swatch(colour[name]), "span")
                tag = markup("span", clean(text("ask.baseline", lang)), "tag") if at == 0 else ""
                html(clean(title) + " " + tag, "span", "name")
                if at > 0:
                    first = (name, *(s for s in here.strategies if s != name))
                    Press(
                        label="",
                        icon="mdi-arrow-up-bold-outline",
                        kind="icon",
                        title=text("ask.make_baseline", lang, name=title),
                        event_go=lambda _, s=first: ask(strategies=s),
                    )
                if len(here.strategies) > 1:
                    rest = tuple(s for s in here.strategies if s != name)
                    Press(
                        label="",
                        icon="mdi-close",
                        kind="icon",
                        title=text("ask.remove", lang, name=title),
                        event_go=lambda _, s=rest: ask(strategies=s),
                    )
    left = [s for s in strategy_names() if s not in here.strategies]
    if len(here.strategies) < MOST_STRATEGIES and left:
        items = [{"value": "", "text": text("ask.add_hint", lang)}]
        items += [{"value": s, "text": pick(institutions.strategy_of(s).title, lang)} for s in left]
        Choice(
            label=text("ask.add", lang),
            value="",
            groups=[{"label": "", "items": items}],
            event_chosen=_add,
        )
    elif left:
        html(clean(text("ask.most", lang)), "p", "hint")
    OwnStrategy(here)


def _add(name: str) -> None:
    if (
        name
        and name not in asked.value.strategies
        and len(asked.value.strategies) < MOST_STRATEGIES
    ):
        ask(strategies=(*asked.value.strategies, name))


@solara.component
def OwnStrategy(here: Asked) -> None:
    """Ways to a strategy of one's own: its institutions set on the strategies page, or a file."""
    lang = here.lang
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
def Time(here: Asked) -> None:
    """How many years ahead."""
    usual = 6 if here.source == OWN_TABLE else load(here.source).years
    html(clean(text("ask.time", here.lang)), "h2")
    Slider(
        label=text("ask.time", here.lang),
        value=here.years or usual,
        low=1,
        high=MOST_YEARS,
        step=1,
        shown="years",
        lang=here.lang,
        event_moved=lambda years: ask(years=0 if int(years) == usual else int(years)),
    )


@solara.component
def More(here: Asked) -> None:
    """Luck and where parameters come from."""
    lang = here.lang
    with box("details", "fold"):
        html(clean(text("ask.more", lang)), "summary")
        Slider(
            label=text("ask.seed", lang),
            value=here.seed,
            low=1,
            high=50,
            step=1,
            shown="whole",
            lang=lang,
            event_moved=lambda seed: ask(seed=int(seed)),
        )
        modes = [m for m in MODES if m != "posterior" or posterior()]
        items = [{"value": m, "text": text(f"ask.mode_{m}", lang)} for m in modes]
        Choice(
            label=text("ask.mode", lang),
            value=here.mode,
            groups=[{"label": "", "items": items}],
            event_chosen=lambda mode: ask(mode=mode),
        )


@solara.component
def OwnTypes(here: Asked) -> None:
    """Project types of the county's own."""
    lang, types = here.lang, session.types.value
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

"""The left side of the compare page: which villages, which strategies, how long, what money, what shocks."""

from __future__ import annotations

from functools import cache
from typing import Any

import solara
from village_alliances.interface.dashboard import institutions, session, tables, technologies
from village_alliances.interface.dashboard.components.bringing import Bringing
from village_alliances.interface.dashboard.components.sources import source_line
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
)
from village_alliances.interface.dashboard.uploads import brought, upload_words
from village_alliances.interface.dashboard.widgets import Choice, Press, Slider, Upload
from village_alliances.interface.dashboard.words import clean, markup, measured, pick, text
from village_alliances.sim.parameters import levers, posterior
from village_alliances.sim.scenario import load
from village_alliances.sim.society import NAMES_OF, SHARING
from village_alliances.sim.strategy import StrategyError
from village_alliances.sim.strategy import names as strategy_names
from village_alliances.sim.technology import TechnologyError
from village_alliances.wording.numbers import unit_in_words

MONEY = (("grant_per_village", 10_000.0, "grant", "money"), ("grant_years", 1.0, "grant_years", "years"),
         ("grant_weak_first", 0.1, "weak_first", "plain"), ("reward_first", 100_000.0, "reward", "money"),
         ("ordinary_money", 10_000.0, "ordinary", "regional"))  # fmt: skip
MOST = {"grant_per_village": 300_000.0, "campaign_floor": 300_000.0, "reward_first": 3_000_000.0,
        "ordinary_money": 1_000_000.0}  # fmt: skip
SHOCKS = (
    ("market_shock", "market_quarter", "market", "market_when"),
    ("pandemic_shock", "pandemic_quarter", "pandemic", "pandemic_when"),
)
EVENTS = (
    ("funding_cut_quarter", "cut"),
    ("leader_loss_quarter", "loss"),
    ("firm_loss_quarter", "firm_loss"),
)
OVERRULING = ("sharing", "names", "township_head", "mentoring", "posting", "agreement")
"""Settings that overrule what every strategy says, where they are not left at -1."""
RULES = ("span", "plenaries", "pact", "routed", "reshuffle_last", "retention", "returnee_pool")
OWN_WAY = {
    "plenaries": "asis",
    "pact": "pact",
}  # left to the strategy at -1: how the slider writes them
KINDS = {"sharing": SHARING, "names": NAMES_OF}  # words of a setting that is one of several


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


def _usual(here: Asked, name: str) -> float:
    given = {} if here.source == OWN_TABLE else load(here.source).levers
    return float(given.get(name, levers()[name].value))


def _set(name: str, value: float) -> None:
    here = asked.value
    put(here.with_lever(name, float(value), _usual(here, name)))


@solara.component
def Lever(
    here: Asked,
    name: str,
    label: str,
    step: float,
    shown: str,
    low: float | None = None,
    high: float | None = None,
) -> None:
    """A slider of one lever of the model. Its `low` may lie a step under the lever's own, so that steps fall on round figures."""
    lever = levers()[name]
    least = lever.low if low is None else low
    value = here.lever(name, _usual(here, name))
    Slider(
        label=label,
        value=least if value == lever.low else value,
        low=least,
        high=lever.high if high is None else high,
        step=step,
        shown=shown,
        lang=here.lang,
        about=about(name, here.lang),
        event_moved=lambda moved: _set(name, max(float(moved), lever.low)),
    )


def about(name: str, lang: str) -> str:
    """What a lever is, its unit, its bounds, and a figure of the documents that shows it in use."""
    lever = levers()[name]
    unit = unit_in_words(lever.unit, lang)
    bounds = {"low": f"{lever.low:,g}", "high": f"{lever.high:,g}"}
    said = text(
        "ask.about" if unit else "ask.about_bare",
        lang,
        meaning=pick({"en": lever.en, "zh": lever.zh}, lang),
        unit=unit,
        **bounds,
    )
    return " ".join([said, *(source_line(one, lang) for one in lever.evidence[:1])])


@solara.component
def Money(here: Asked) -> None:
    """Grants, campaign, prizes, and rules that hold under every strategy."""
    lang = here.lang
    html(clean(text("ask.money", lang)), "h2")
    for name, step, key, shown in MONEY[:2]:
        Lever(here, name, text(f"ask.{key}", lang), step, shown, high=MOST.get(name))
    with box("details", "fold"):
        html(clean(text("ask.more_money", lang)), "summary")
        for name, step, key, shown in MONEY[2:]:
            low = -step if shown == "regional" else None
            Lever(here, name, text(f"ask.{key}", lang), step, shown, low, MOST.get(name))
        Campaign(here)
    with box("details", "fold"):
        html(clean(text("ask.rules", lang)), "summary")
        for name in RULES:
            lever = levers()[name]
            shown = "switch" if lever.unit == "switch" else OWN_WAY.get(name, "plain")
            step = 0.1 if lever.unit == "1" else 1.0
            high = 40.0 if name == "pact" else None
            label = text(f"ask.{name}", lang) if name in OWN_WAY else called(name, lang)
            Lever(here, name, label, step, shown, high=high)
        html(clean(text("ask.overruling", lang)), "p", "hint")
        for name in OVERRULING:
            Overruling(here, name).key(name)


def called(name: str, lang: str) -> str:
    """A lever in words."""
    lever = levers()[name]
    return pick({"en": lever.en, "zh": lever.zh}, lang)


@solara.component
def Campaign(here: Asked) -> None:
    """The county lifts every village to a floor, from a quarter on: without a quarter it never begins."""
    Slider(
        label=text("ask.floor", here.lang),
        value=here.lever("campaign_floor", _usual(here, "campaign_floor")),
        low=0.0,
        high=MOST["campaign_floor"],
        step=10_000.0,
        shown="money",
        lang=here.lang,
        about=about("campaign_floor", here.lang),
        event_moved=_campaign,
    )
    if here.lever("campaign_floor", _usual(here, "campaign_floor")) > 0:
        begins = text("ask.floor_when", here.lang)
        Lever(here, "campaign_start", begins, 1.0, "quarter", low=0.0, high=40.0)


def _campaign(floor: float) -> None:
    here = asked.value
    usual = _usual(here, "campaign_start")
    start = here.lever("campaign_start", usual)
    begun = max(start, 0.0) if floor else usual
    put(
        here.with_lever("campaign_floor", float(floor), _usual(here, "campaign_floor")).with_lever(
            "campaign_start", begun, usual
        )
    )


@solara.component
def Overruling(here: Asked, name: str) -> None:
    """What all strategies have to do, whatever they say themselves; -1 leaves it to them."""
    lang, usual = here.lang, _usual(here, name)
    kinds = KINDS.get(name)
    said = [text("ask.as_strategy", lang)]
    said += (
        [text(f"institution.{name}.{kind}", lang) for kind in kinds]
        if kinds
        else [text(f"ask.always_{n}", lang) for n in (0, 1)]
    )
    items = [{"value": str(n - 1), "text": words} for n, words in enumerate(said)]
    Choice(
        label=text(f"ask.overrule_{name}", lang),
        value=f"{here.lever(name, usual):g}",
        groups=[{"label": "", "items": items}],
        event_chosen=lambda value: _set(name, float(value)),
    )


@solara.component
def Shocks(here: Asked) -> None:
    """What may go wrong, and when."""
    lang = here.lang
    horizon = 4 * (here.years or (6 if here.source == OWN_TABLE else load(here.source).years)) - 1
    with box("details", "fold"):
        html(clean(text("ask.shocks", lang)), "summary")
        for size, when, key, key_when in SHOCKS:
            lever = levers()[size]
            Slider(
                label=text(f"ask.{key}", lang),
                value=here.lever(size, 0.0),
                low=lever.low,
                high=max(lever.high, 0.0),
                step=0.05,
                shown="blow",
                lang=lang,
                about=about(size, lang),
                event_moved=lambda v, s=size, w=when: _shock(s, w, v),
            ).key(size)
            if here.lever(size, 0.0) != 0:
                Slider(
                    label=text(f"ask.{key_when}", lang),
                    value=here.lever(when, 8.0),
                    low=0,
                    high=horizon,
                    step=1,
                    shown="quarter",
                    lang=lang,
                    event_moved=lambda v, w=when: _set(w, v),
                ).key(when)
        for name, key in EVENTS:
            Slider(
                label=text(f"ask.{key}", lang),
                value=here.lever(name, -1.0),
                low=-1,
                high=horizon,
                step=1,
                shown="quarter",
                lang=lang,
                about=about(name, lang),
                event_moved=lambda v, n=name: _set(n, v),
            ).key(name)


def _shock(size: str, when: str, value: float) -> None:
    here = asked.value.with_lever(size, value, 0.0)
    put(here.with_lever(when, here.lever(when, 8.0) if value else -1.0, -1.0))


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
            session.types.value = technologies.take(*brought(file))
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
                event_go=lambda _: setattr(session.types, "value", None),
            )
        for line in refused.splitlines():
            html(clean(line), "p", "problem types-refused", role="alert")


def settings_of(here: Asked, lang: str) -> list[tuple[str, str, str]]:
    """Levers that a planner has set: name, and in words what it is and its value beside the usual one."""
    found = []
    for name, value in here.levers:
        lever = levers()[name]
        usual = _usual(here, name)
        said = text(
            "setting.lever",
            lang,
            value=_lever_in_words(name, value, lang),
            usual=_lever_in_words(name, usual, lang),
        )
        found.append((name, pick({"en": lever.en, "zh": lever.zh}, lang), said))
    return found


def _lever_in_words(name: str, value: float, lang: str) -> str:
    """A lever's value as a planner reads it: never as a code."""
    unit = levers()[name].unit
    if value < 0 and levers()[name].low == -1.0:
        if unit == "quarter":
            return text("setting.not_ever", lang)
        return text("setting.regional" if name == "ordinary_money" else "ask.as_strategy", lang)
    if name in KINDS:
        return text(f"institution.{name}.{KINDS[name][int(value)]}", lang)
    if unit == "switch":
        return text(f"setting.switch_{int(value)}", lang)
    return measured(value, unit, lang)


@solara.component
def SetByPlanner(here: Asked, scenario: Any) -> None:
    """What was set by hand and counts on this page too, each with a way to have the usual value back."""
    lang = here.lang
    listed = settings_of(here, lang)
    if not listed:
        return
    html(clean(text("setting.title", lang)), "h2")
    with box("div", "picks set-by-you"):
        for name, called, said in listed:
            with box("div", "picked").key(f"set {name}"):
                html(clean(called) + markup("small", clean(said), "hint"), "span", "name")
                Press(
                    label="",
                    icon="mdi-close",
                    kind="icon",
                    title=text("setting.usual", lang, name=called),
                    event_go=lambda _, n=name: put(
                        asked.value.with_lever(n, _usual(here, n), _usual(here, n))
                    ),
                )
    horizon = 4 * (here.years or (scenario.years if scenario is not None else 6))
    late = [name for name, value in here.levers if name.endswith("_quarter") and value >= horizon]
    if late:
        html(clean(text("setting.late", lang)), "p", "note")

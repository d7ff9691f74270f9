"""What a planner has set, in words, each with a way back to what is usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import solara
from village_alliances.interface.dashboard import session
from village_alliances.interface.dashboard.answers import scenario_of
from village_alliances.interface.dashboard.components.levers import KINDS, called, usual_value
from village_alliances.interface.dashboard.institutions import strategy_of
from village_alliances.interface.dashboard.parts import box, html
from village_alliances.interface.dashboard.state import (
    OWN_TABLE,
    Asked,
    asked,
    put,
)
from village_alliances.interface.dashboard.tables import OwnTable
from village_alliances.interface.dashboard.technologies import Types
from village_alliances.interface.dashboard.widgets import Press
from village_alliances.interface.dashboard.words import clean, markup, measured, pick, text
from village_alliances.sim import region
from village_alliances.sim.parameters import levers
from village_alliances.wording import listed

ALWAYS = ("grant_per_village", "grant_years")  # settings that every answer hangs on


def settings_of(form: Asked, lang: str) -> list[tuple[str, str, str]]:
    """Levers that a planner has set: name, and in words what it is and its
    value beside the usual one."""
    settings = []
    for name, value in form.levers:
        lever = levers()[name]
        usual = usual_value(form, name)
        sentence = text(
            "setting.lever",
            lang,
            value=_lever_in_words(name, value, lang),
            usual=_lever_in_words(name, usual, lang),
        )
        settings.append((name, pick({"en": lever.en, "zh": lever.zh}, lang), sentence))
    return settings


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


def in_words(form: Asked, own: OwnTable | None, types: Types | None, lang: str) -> dict[str, str]:
    """The whole question as a planner reads it: what each setting is called -> its value. The
    grant is always among them."""
    scenario = scenario_of(form, own)
    title = pick(scenario.title, lang) if scenario is not None else "–"
    villages = scenario.size if scenario is not None else 0
    place = text("setting.place", lang, place=title, villages=villages)
    words = {text("ask.place", lang): place}
    if form.source == OWN_TABLE:
        words[text("ask.region", lang)] = pick(region.load(form.region).title, lang)
        words[text("ask.start", lang)] = str(form.start)
    named = [pick(strategy_of(strategy).title, lang) for strategy in form.strategies]
    words[text("ask.strategies", lang)] = listed(named, lang)
    years = scenario.years if scenario is not None else form.years
    words[text("ask.time", lang)] = measured(years, "years", lang)
    for name in (*ALWAYS, *(name for name, _ in form.levers if name not in ALWAYS)):
        value = form.lever(name, usual_value(form, name))
        words[called(name, lang)] = _lever_in_words(name, value, lang)
    words[text("ask.seed", lang)] = str(form.seed)
    words[text("ask.mode", lang)] = text(f"ask.mode_{form.mode}", lang)
    if types is not None:
        words[text("ask.types", lang)] = types.name
    return words


@solara.component
def InPrint(lang: str, more: Mapping[str, str] | None = None) -> None:
    """The side column on paper: every setting of the question, which the screen shows as sliders
    and lists. `more`: in place of the strategies, what else was asked."""
    words = in_words(asked.value, session.own.value, session.types.value, lang)
    if more is not None:
        words.pop(text("ask.strategies", lang))
        words |= more
    rows = "".join(
        markup("tr", markup("th", clean(name), "text", scope="row") + markup("td", clean(value)))
        for name, value in words.items()
    )
    html(
        markup("h2", clean(text("ask.title", lang))) + markup("table", rows, "plain"),
        classes="print-only",
    )


@solara.component
def SetByPlanner(form: Asked, scenario: Any) -> None:
    """What was set by hand and counts on this page too, each with a way to
    have the usual value back."""
    lang = form.lang
    listed = settings_of(form, lang)
    if not listed:
        return
    html(clean(text("setting.title", lang)), "h2")
    with box("div", "picks set-by-you"):
        for name, called, setting in listed:
            with box("div", "picked").key(f"set {name}"):
                html(clean(called) + markup("small", clean(setting), "hint"), "span", "name")
                Press(
                    label="",
                    icon="mdi-close",
                    kind="icon",
                    title=text("setting.usual", lang, name=called),
                    event_go=lambda _, n=name: put(
                        asked.value.with_lever(n, usual_value(form, n), usual_value(form, n))
                    ),
                )
    horizon = 4 * (form.years or (scenario.years if scenario is not None else 6))
    late = [name for name, value in form.levers if name.endswith("_quarter") and value >= horizon]
    if late:
        html(clean(text("setting.late", lang)), "p", "note")

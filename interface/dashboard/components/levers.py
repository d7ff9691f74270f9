"""Settings of the model as sliders and lists: money, rules, what may go wrong."""

from __future__ import annotations

import solara
from village_alliances.interface.dashboard.components.sources import source_line
from village_alliances.interface.dashboard.parts import box, html
from village_alliances.interface.dashboard.state import (
    OWN_TABLE,
    Asked,
    asked,
    put,
)
from village_alliances.interface.dashboard.widgets import Choice, Slider
from village_alliances.interface.dashboard.words import clean, pick, text
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import levers
from village_alliances.sim.society import NAMES_OF, SHARING
from village_alliances.wording import joined, typed
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


def usual_value(form: Asked, name: str) -> float:
    usual = {} if form.source == OWN_TABLE else load(form.source).levers
    return float(usual.get(name, levers()[name].value))


def _set(name: str, value: float) -> None:
    form = asked.value
    put(form.with_lever(name, float(value), usual_value(form, name)))


@solara.component
def Lever(
    form: Asked,
    name: str,
    label: str,
    step: float,
    notation: str,
    low: float | None = None,
    high: float | None = None,
) -> None:
    """A slider of one lever of the model. Its `low` may lie a step under the lever's own, so that
    steps fall on round figures."""
    lever = levers()[name]
    least = lever.low if low is None else low
    value = form.lever(name, usual_value(form, name))
    Slider(
        label=label,
        value=least if value == lever.low else value,
        low=least,
        high=lever.high if high is None else high,
        step=step,
        notation=notation,
        lang=form.lang,
        about=about(name, form.lang),
        event_moved=lambda moved: _set(name, max(float(moved), lever.low)),
    )


def about(name: str, lang: str) -> str:
    """What a lever is, its unit, its bounds, and a figure of the documents that shows it in use."""
    lever = levers()[name]
    unit = unit_in_words(lever.unit, lang)
    bounds = {"low": typed(lever.low, lang), "high": typed(lever.high, lang)}
    sentence = text(
        "ask.about" if unit else "ask.about_bare",
        lang,
        meaning=pick({"en": lever.en, "zh": lever.zh}, lang),
        unit=unit,
        **bounds,
    )
    return joined([sentence, *(source_line(id_, lang) for id_ in lever.evidence[:1])], lang)


@solara.component
def Money(form: Asked) -> None:
    """Grants, campaign, prizes, and rules that hold under every strategy."""
    lang = form.lang
    html(clean(text("ask.money", lang)), "h2")
    for name, step, key, notation in MONEY[:2]:
        Lever(form, name, text(f"ask.{key}", lang), step, notation, high=MOST.get(name))
    with box("details", "fold"):
        html(clean(text("ask.more_money", lang)), "summary")
        for name, step, key, notation in MONEY[2:]:
            low = -step if notation == "regional" else None
            Lever(form, name, text(f"ask.{key}", lang), step, notation, low, MOST.get(name))
        Campaign(form)
    with box("details", "fold"):
        html(clean(text("ask.rules", lang)), "summary")
        for name in RULES:
            lever = levers()[name]
            notation = "switch" if lever.unit == "switch" else OWN_WAY.get(name, "plain")
            step = 0.1 if lever.unit == "1" else 1.0
            high = 40.0 if name == "pact" else None
            label = text(f"ask.{name}", lang) if name in OWN_WAY else called(name, lang)
            Lever(form, name, label, step, notation, high=high)
        html(clean(text("ask.overruling", lang)), "p", "hint")
        for name in OVERRULING:
            Overruling(form, name).key(name)


def called(name: str, lang: str) -> str:
    """A lever in words."""
    lever = levers()[name]
    return pick({"en": lever.en, "zh": lever.zh}, lang)


@solara.component
def Campaign(form: Asked) -> None:
    """The county lifts every village to a floor, from a quarter on: without a
    quarter it never begins."""
    Slider(
        label=text("ask.floor", form.lang),
        value=form.lever("campaign_floor", usual_value(form, "campaign_floor")),
        low=0.0,
        high=MOST["campaign_floor"],
        step=10_000.0,
        notation="money",
        lang=form.lang,
        about=about("campaign_floor", form.lang),
        event_moved=_campaign,
    )
    if form.lever("campaign_floor", usual_value(form, "campaign_floor")) > 0:
        begins = text("ask.floor_when", form.lang)
        Lever(form, "campaign_start", begins, 1.0, "quarter", low=0.0, high=40.0)


def _campaign(floor: float) -> None:
    form = asked.value
    usual = usual_value(form, "campaign_start")
    start = form.lever("campaign_start", usual)
    begun = max(start, 0.0) if floor else usual
    put(
        form.with_lever(
            "campaign_floor", float(floor), usual_value(form, "campaign_floor")
        ).with_lever("campaign_start", begun, usual)
    )


@solara.component
def Overruling(form: Asked, name: str) -> None:
    """What all strategies have to do, whatever they say themselves; -1 leaves it to them."""
    lang, usual = form.lang, usual_value(form, name)
    kinds = KINDS.get(name)
    notes = [text("ask.as_strategy", lang)]
    notes += (
        [text(f"institution.{name}.{kind}", lang) for kind in kinds]
        if kinds
        else [text(f"ask.always_{n}", lang) for n in (0, 1)]
    )
    items = [{"value": str(n - 1), "text": words} for n, words in enumerate(notes)]
    Choice(
        label=text(f"ask.overrule_{name}", lang),
        value=f"{form.lever(name, usual):g}",
        groups=[{"label": "", "items": items}],
        event_chosen=lambda value: _set(name, float(value)),
    )


@solara.component
def Shocks(form: Asked) -> None:
    """What may go wrong, and when."""
    lang = form.lang
    horizon = 4 * (form.years or (6 if form.source == OWN_TABLE else load(form.source).years)) - 1
    with box("details", "fold"):
        html(clean(text("ask.shocks", lang)), "summary")
        for size, when, key, key_when in SHOCKS:
            lever = levers()[size]
            Slider(
                label=text(f"ask.{key}", lang),
                value=form.lever(size, 0.0),
                low=lever.low,
                high=max(lever.high, 0.0),
                step=0.05,
                notation="blow",
                lang=lang,
                about=about(size, lang),
                event_moved=lambda v, s=size, w=when: _shock(s, w, v),
            ).key(size)
            if form.lever(size, 0.0) != 0:
                Slider(
                    label=text(f"ask.{key_when}", lang),
                    value=form.lever(when, 8.0),
                    low=0,
                    high=horizon,
                    step=1,
                    notation="quarter",
                    lang=lang,
                    event_moved=lambda v, w=when: _set(w, v),
                ).key(when)
        for name, key in EVENTS:
            Slider(
                label=text(f"ask.{key}", lang),
                value=form.lever(name, -1.0),
                low=-1,
                high=horizon,
                step=1,
                notation="quarter",
                lang=lang,
                about=about(name, lang),
                event_moved=lambda v, n=name: _set(n, v),
            ).key(name)


def _shock(size: str, when: str, value: float) -> None:
    here = asked.value.with_lever(size, value, 0.0)
    put(here.with_lever(when, here.lever(when, 8.0) if value else -1.0, -1.0))

"""What each strategy does, risks and costs, what the documents say of it, and its channels as sliders."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import solara
from village_alliances.interface.dashboard import answers, mixes, session
from village_alliances.interface.dashboard.answers import Answer, Desk, Question
from village_alliances.interface.dashboard.components.sources import cited
from village_alliances.interface.dashboard.parts import box, heading, html, skeleton, trouble
from village_alliances.interface.dashboard.state import (
    DEFAULT_STRATEGIES,
    MOST_STRATEGIES,
    ask,
    asked,
)
from village_alliances.interface.dashboard.widgets import Download, Press, Slider
from village_alliances.interface.dashboard.words import clean, number, pick, text
from village_alliances.sim.society import CHANNELS
from village_alliances.sim.strategy import BUDGET, NONE, Strategy, names, shipped


def base_of(name: str) -> str:
    """The shipped strategy that a text on the page rests on."""
    if name.startswith(mixes.OWN):
        return name[len(mixes.OWN) :].partition("!")[0]
    return name if name in names() else DEFAULT_STRATEGIES[1]


@solara.component
def Body() -> None:
    """The strategies page."""
    here = asked.value
    lang = here.lang
    base = base_of(here.strategy)
    chosen = mixes.strategy_of(here.strategy)
    html(clean(text("strategies.title", lang)), "h1")
    html(clean(text("strategies.why", lang)), "p", "lead")
    with box("div", "two"):
        with (
            box("nav", "side card ask", aria_label=text("strategies.list", lang)),
            box("div", "list"),
        ):
            for name in names():
                Press(
                    label=pick(shipped(name).title, lang),
                    kind="item",
                    current=name == base,
                    event_go=lambda _, n=name: ask(strategy=n),
                )
        with box("div", "answer"):
            with box("section", "card"):
                About(shipped(base), lang)
            if base != NONE:
                with box("section", "card"):
                    Channels(base, chosen, lang)
            with box("section", "card"):
                Effect(chosen, lang)
            with box("section", "card"):
                heading(text("strategies.sources", lang), text("strategies.sources_why", lang))
                html(
                    cited(shipped(base).evidence, lang)
                    or clean(text("strategies.no_sources", lang))
                )


@solara.component
def About(strategy: Strategy, lang: str) -> None:
    """In words."""
    html(clean(pick(strategy.title, lang)), "h2")
    html(clean(pick(strategy.does, lang)), "p")
    if strategy.risk:
        html(
            f"<b>{clean(text('strategies.risk', lang))}</b> {clean(pick(strategy.risk, lang))}", "p"
        )
    notes = pick(strategy.notes, lang)
    if notes:
        html(clean(notes), "p", "hint")
    rules = [
        (text("strategies.formation", lang), text(f"formation.{strategy.formation}", lang)),
        (text("strategies.leader", lang), text(f"leader.{strategy.leader}", lang)),
        (text("strategies.sharing", lang), text(f"sharing.{strategy.sharing}", lang)),
        (text("strategies.plenaries", lang), f"{strategy.plenaries_per_year:g}"),
    ]
    if strategy.channels:
        html(
            "".join(f"<span>{clean(label)} <b>{clean(value)}</b></span>" for label, value in rules),
            "p",
            "facts",
        )


@solara.component
def Channels(base: str, chosen: Strategy, lang: str) -> None:
    """Its channels as sliders, the sum that attention has to carry, and ways to use what was set."""
    plain = shipped(base)
    file, set_file = solara.use_state({})
    total = sum(chosen.channels.values())

    def move(channel: str, strength: float) -> None:
        now = {
            name: mixes.strategy_of(asked.value.strategy).channels.get(name, 0.0)
            for name in CHANNELS
        }
        now[channel] = round(float(strength), 3)
        same = {n: v for n, v in now.items() if v > 0} == {
            n: round(v, 3) for n, v in plain.channels.items() if v > 0
        }
        ask(strategy=base if same else mixes.owned(base, now))

    def save(_: Any) -> None:
        body = mixes.as_toml(chosen, f"my_{base}").encode()
        set_file(
            {
                "name": f"my_{base}.toml",
                "mime": "application/toml",
                "data": base64.b64encode(body).decode(),
                "n": uuid.uuid4().hex,
            }
        )

    def compare(_: Any) -> None:
        kept = tuple(s for s in asked.value.strategies if s != asked.value.strategy)[
            : MOST_STRATEGIES - 1
        ]
        ask(page="compare", strategies=(*kept, asked.value.strategy))

    heading(
        text("strategies.channels", lang),
        text("strategies.channels_why", lang, budget=f"{BUDGET:g}"),
    )
    with box("div", "sliders"):
        for channel in CHANNELS:
            Slider(
                label=text(f"channel.{channel}", lang),
                value=chosen.channels.get(channel, 0.0),
                low=0,
                high=mixes.MOST_STRENGTH / 2,
                step=0.05,
                shown="strength",
                lang=lang,
                event_moved=lambda strength, c=channel: move(c, strength),
            ).key(f"{base} {channel}")
    over = (
        text("strategies.over", lang, total=f"{total:.2f}", budget=f"{BUDGET:g}")
        if total > BUDGET + 1e-6
        else ""
    )
    html(
        clean(over or text("strategies.total", lang, total=f"{total:.2f}", budget=f"{BUDGET:g}")),
        "p",
        "note" if over else "hint",
    )
    with box("div", "row noprint"):
        Press(
            label=text("strategies.compare", lang), icon="mdi-plus", kind="main", event_go=compare
        )
        Download(
            label=text("strategies.save", lang),
            icon="mdi-content-save-outline",
            kind="plain",
            file=file,
            event_wanted=save,
        )
        Press(
            label=text("strategies.restore", lang),
            icon="mdi-restore",
            kind="plain",
            event_go=lambda _: ask(strategy=base),
        )


@solara.component
def Effect(chosen: Strategy, lang: str) -> None:
    """What it would do and cost for the villages of the question, against no alliance."""
    here = asked.value
    own = session.own.value
    desk = solara.use_memo(Desk, [])
    found: solara.Reactive[Answer | None] = solara.use_reactive(None)
    lost = solara.use_reactive("")
    scenario = answers.scenario_of(here, own)
    strategies = tuple(dict.fromkeys([NONE, here.strategy]))
    question = Question(
        here.source,
        here.region,
        here.start,
        strategies,
        here.years,
        here.seed,
        here.mode,
        here.levers,
        own.digest if own else "",
    )

    def tell(answer: Answer | None, reference: str) -> None:
        found.value, lost.value = answer or found.value, reference

    def begin() -> None:
        if scenario is not None:
            desk.ask(question, scenario, tell)

    solara.use_effect(begin, [question])
    solara.use_effect(lambda: desk.close, [])
    title = (
        text("strategies.effect", lang, place=pick(scenario.title, lang))
        if scenario is not None
        else text("strategies.effect_none", lang)
    )
    heading(title, text("strategies.effect_why", lang))
    if lost.value:
        trouble(lost.value, lang)
    elif found.value is None:
        skeleton(lang)
    else:
        a = found.value
        html(clean(a.verdict[lang]), "p")
        cost = next((r for r in a.cost if r["strategy"] == a.strategies[-1]), None)
        if cost is not None and len(a.strategies) > 1:
            facts = [
                (text("answer.cost_sum", lang), number(cost["cost_median"], "yuan", lang)),
                (text("answer.cost_lifted", lang), number(cost["lifted_mean"], "", lang)),
            ]
            html(
                "".join(
                    f"<span>{clean(label)} <b>{clean(value)}</b></span>" for label, value in facts
                ),
                "p",
                "facts",
            )

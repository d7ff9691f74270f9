"""What each strategy does, risks and costs, what the documents say of it, and its
institutions to be set anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import solara
from village_alliances.interface.dashboard import answers, institutions, session
from village_alliances.interface.dashboard.answers import Answer
from village_alliances.interface.dashboard.components.giving import Give
from village_alliances.interface.dashboard.components.sources import cited
from village_alliances.interface.dashboard.components.verdict import spoken
from village_alliances.interface.dashboard.desk import Desk
from village_alliances.interface.dashboard.parts import box, heading, html, skeleton, trouble
from village_alliances.interface.dashboard.state import MOST_STRATEGIES, ask, asked
from village_alliances.interface.dashboard.widgets import Choice, Press, Slider, Tick
from village_alliances.interface.dashboard.words import clean, number, pick, text
from village_alliances.sim.society import MEASURES
from village_alliances.sim.strategy import NONE, Strategy, names, shipped
from village_alliances.wording import apart, listed
from village_alliances.wording.numbers import mean_number


@solara.component
def Body() -> None:
    """The strategies page."""
    form = asked.value
    lang = form.lang
    base = institutions.base_of(form.strategy)
    chosen = institutions.strategy_of(form.strategy)
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
                About(shipped(base) if base else chosen, lang)
            if chosen.allies:
                with box("section", "card"):
                    Institutions(form.strategy, lang)
            with box("section", "card"):
                Effect(chosen, lang)
            with box("section", "card"):
                heading(text("strategies.sources", lang), text("strategies.sources_why", lang))
                cites = cited(chosen.evidence, lang)
                missing = "no_sources" if base else "own_sources"
                html(cites or clean(text(f"strategies.{missing}", lang)))


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


@solara.component
def Institutions(chosen: str, lang: str) -> None:
    """Its institutions, each to be set anew, and ways to use what was set."""
    strategy, base = institutions.strategy_of(chosen), institutions.base_of(chosen)
    saved = f"my_{base or 'strategy'}"

    def put(**more: Any) -> None:
        ask(strategy=institutions.changed(asked.value.strategy, **more))

    def tick(measure: str, on: bool) -> None:
        now = set(institutions.strategy_of(asked.value.strategy).measures)
        wanted = now | {measure} if on else now - {measure}
        put(measures=tuple(measure for measure in MEASURES if measure in wanted))

    def save() -> bytes:
        return institutions.as_toml(strategy, saved).encode()

    def compare(_: Any) -> None:
        strategy = tuple(s for s in asked.value.strategies if s != asked.value.strategy)[
            : MOST_STRATEGIES - 1
        ]
        ask(page="compare", strategies=(*strategy, asked.value.strategy))

    heading(text("strategies.institutions", lang), text("strategies.institutions_why", lang))
    with box("div", "sliders institutions"):
        for part, kinds in institutions.CHOICES.items():
            items = [
                {"value": kind, "text": text(f"institution.{part}.{kind}", lang)} for kind in kinds
            ]
            Choice(
                label=text(f"strategies.{part}", lang),
                value=getattr(strategy, part),
                groups=[{"label": "", "items": items}],
                event_chosen=lambda kind, p=part: put(**{p: kind}),
            ).key(part)
        for part, (low, high) in institutions.NUMBERS.items():
            Slider(
                label=text(f"strategies.{part}", lang),
                value=getattr(strategy, part),
                low=low,
                high=high,
                step=4.0 if part == "pact_quarters" else 1.0,
                notation="pact" if part == "pact_quarters" else "whole",
                lang=lang,
                event_moved=lambda value, p=part: put(**{p: float(value)}),
            ).key(f"{base} {part}")
    html(clean(text("strategies.measures", lang)), "h3")
    with box("div", "ticks"):
        for measure in MEASURES:
            Tick(
                label=text(f"measure.{measure}", lang),
                value=measure in strategy.measures,
                event_ticked=lambda on, m=measure: tick(m, bool(on)),
            ).key(f"{base} {measure}")
    if base:
        sentences = institutions.changes(strategy, shipped(base), lang)
        changed = (
            text("strategies.changed", lang, changes=apart(sentences, lang)) if sentences else ""
        )
        alike = [
            pick(shipped(name).title, lang)
            for name in names()
            if name != base and shipped(name).institutions() == strategy.institutions()
        ]
        changed = changed or (
            text("strategies.alike", lang, names=listed(alike, lang))
            if alike
            else text("strategies.unchanged", lang)
        )
        html(clean(changed), "p", "hint")
    with box("div", "row noprint"):
        Press(
            label=text("strategies.compare", lang), icon="mdi-plus", kind="main", event_go=compare
        )
        Give(
            text("strategies.save", lang),
            "mdi-content-save-outline",
            f"{saved}.toml",
            save,
            lang,
        )
        if base:
            Press(
                label=text("strategies.restore", lang),
                icon="mdi-restore",
                kind="plain",
                event_go=lambda _: ask(strategy=base),
            )


@solara.component
def Effect(chosen: Strategy, lang: str) -> None:
    """What it would do and cost for the villages of the question, against no alliance."""
    form = asked.value
    own = session.own.value
    desk = solara.use_memo(lambda: Desk(apart=False), [])
    last_answer: solara.Reactive[Answer | None] = solara.use_reactive(None)
    lost = solara.use_reactive("")
    scenario = answers.scenario_of(form, own)
    question = answers.request_of(
        replace(form, strategies=tuple(dict.fromkeys([NONE, form.strategy]))),
        own,
        session.types.value,
    )

    def tell(answer: Answer | None, reference: str) -> None:
        last_answer.value, lost.value = answer or last_answer.value, reference

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
    elif last_answer.value is None:
        skeleton(lang)
    else:
        a = last_answer.value
        html(spoken(a, lang), "div")
        cost = next((r for r in a.cost if r["strategy"] == a.strategies[-1]), None)
        if cost is not None and len(a.strategies) > 1:
            facts = [
                (text("answer.cost_sum", lang), number(cost["cost_median"], "yuan", lang)),
                (text("answer.cost_lifted", lang), mean_number(cost["lifted_mean"], "", lang)),
            ]
            html(
                "".join(
                    f"<span>{clean(label)} <b>{clean(value)}</b></span>" for label, value in facts
                ),
                "p",
                "facts",
            )

"""The answer in sentences: what was asked, how far it has been computed, and what
has to be said beside it."""

from __future__ import annotations

import solara
from village_alliances.experiments.answer.logic import FEW
from village_alliances.interface.dashboard import session
from village_alliances.interface.dashboard.answers import (
    Answer,
)
from village_alliances.interface.dashboard.components.settings import settings_of
from village_alliances.interface.dashboard.components.taking import Taking
from village_alliances.interface.dashboard.parts import box, html
from village_alliances.interface.dashboard.state import ask, asked
from village_alliances.interface.dashboard.terms import explained
from village_alliances.interface.dashboard.words import (
    clean,
    markup,
    pick,
    text,
)
from village_alliances.wording import apart, listed, titled


@solara.component
def Verdict(a: Answer, lang: str, busy: bool) -> None:
    """The answer in one sentence, what was asked, how far it has been computed, and
    the ways to take it along."""
    with box("section", "card verdict", aria_live="polite"):
        with box("div", "spread"):
            html(clean(text("answer.kicker", lang)), "h2", "kicker")
            html(_status(a, lang, busy), "span", "status busy" if busy else "status")
        html(spoken(a, lang), "div", "says")
        about = text(
            "answer.question",
            lang,
            place=pick(a.place, lang),
            villages=a.villages,
            first=a.years[0] + 1,
            last=a.years[-1],
            seed=a.seed,
        )
        html(clean(about), "p", "facts")
        for note in _notes(a, lang):
            html(clean(note), "p", "note")
        set_by_hand = settings_of(asked.value, lang)
        if set_by_hand:
            settings = apart(
                (titled(called, lang, setting) for _, called, setting in set_by_hand), lang
            )
            html(
                markup("b", clean(text("setting.title", lang))) + " " + clean(settings),
                "p",
                "facts",
            )
        Taking(a, lang, lambda: _watch(a))


def spoken(a: Answer, lang: str) -> str:
    """The answer in sentences: the headline, then its lines."""
    headline, *lines = a.verdict[lang]
    return markup("p", explained(headline, lang), "headline") + "".join(
        markup("p", explained(line, lang)) for line in lines
    )


def _status(a: Answer, lang: str, busy: bool) -> str:
    sentence = (
        text("state.first", lang, runs=a.runs)
        if busy and not a.complete
        else text("state.busy", lang)
        if busy
        else ""
    )
    sentence = sentence or text(
        "state.stored" if a.comparison is None else "state.done", lang, runs=a.runs
    )
    return markup("span", "", "dot") + clean(sentence)


def _notes(a: Answer, lang: str) -> list[str]:
    lines = [text(f"answer.grouped_{a.grouped}", lang)] if a.grouped else []
    if a.runs < FEW:
        lines.append(text("state.few", lang, runs=a.runs))
    if a.failed:
        lines.append(text("state.failed", lang, failed=a.failed))
    types = session.types.value
    if types is not None and a.question.get("technology") == types.digest:
        lines.append(text("answer.own_types", lang, name=types.name))
    lines += [
        text("answer.same", lang, names=listed((pick(a.titles[s], lang) for s in group), lang))
        for group in a.same
    ]
    if a.mode in ("prior", "point"):
        lines.append(text(f"state.{a.mode}", lang))
    return lines


def _watch(a: Answer) -> None:
    others = [s for s in a.strategies if s != a.baseline]
    ask(page="live", left=a.baseline, right=others[0] if others else a.baseline)

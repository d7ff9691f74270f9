"""The first page: a question on the left, its answer on the right, both in sight."""

from __future__ import annotations

from typing import Any

import solara
from village_alliances.interface.dashboard import answers, session
from village_alliances.interface.dashboard.components.asking import Asking
from village_alliances.interface.dashboard.components.bringing import Refused
from village_alliances.interface.dashboard.components.results import Results
from village_alliances.interface.dashboard.parts import box, html, skeleton, trouble
from village_alliances.interface.dashboard.state import OWN_TABLE, asked
from village_alliances.interface.dashboard.words import clean, text


@solara.component
def Body() -> None:
    """The compare page."""
    here = asked.value
    own = session.own.value
    desk = solara.use_memo(answers.Desk, [])
    question = answers.question_of(here, own)

    def ask_model() -> None:
        stored = answers.default_answer() if question == answers.default_question() else None
        if stored is not None:
            desk.close()
            session.answer.value, session.pending.value, session.lost.value = stored, False, ""
            return
        scenario = answers.scenario_of(here, own)
        if scenario is None:
            desk.close()
            session.answer.value, session.pending.value = None, False
            return
        session.pending.value = True
        desk.ask(question, scenario, tell)

    def tell(found: answers.Answer | None, reference: str) -> None:
        if found is None:
            session.lost.value, session.pending.value = reference, False
            return
        session.answer.value, session.lost.value = found, ""
        session.pending.value = not found.complete

    solara.use_effect(ask_model, [question])
    solara.use_effect(lambda: desk.close, [])
    with box("div", "two answer-first"):
        with box("aside", "side card ask noprint", aria_label=text("ask.title", here.lang)):
            Asking()
        with box("div", "answer"):
            html(clean(text("nav.compare", here.lang)), "h1", "unseen")
            if session.refused.value is not None:
                Refused(session.refused.value, here.lang)
            if session.lost.value:
                trouble(session.lost.value, here.lang)
            if here.source == OWN_TABLE and own is None:
                html(clean(text("ask.missing", here.lang)), classes="note")
            elif session.answer.value is None:
                if not session.lost.value:
                    _waiting(here.lang)
            else:
                Results(session.answer.value, here.lang, here.outcome, session.pending.value)


def _waiting(lang: str) -> Any:
    for height in ("150px", "320px", "320px"):
        with box("div", "", style=f"height:{height}"):
            skeleton(lang)

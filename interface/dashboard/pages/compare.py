"""The first page: a question and its answer, both in sight where the screen is wide."""

from __future__ import annotations

from typing import Any

import solara
from village_alliances.interface.dashboard import answers, session
from village_alliances.interface.dashboard.components.asking import Asking
from village_alliances.interface.dashboard.components.bringing import Refused
from village_alliances.interface.dashboard.components.results import Results
from village_alliances.interface.dashboard.desk import Desk, too_large
from village_alliances.interface.dashboard.parts import box, html, skeleton, trouble
from village_alliances.interface.dashboard.state import asked
from village_alliances.interface.dashboard.stored import default_answer, default_question
from village_alliances.interface.dashboard.words import clean, text
from village_alliances.wording import grouped


@solara.component
def Body() -> None:
    """The compare page."""
    form = asked.value
    own = session.own.value
    desk = solara.use_memo(Desk, [])
    question = answers.request_of(form, own, session.types.value)

    def ask_model() -> None:
        stored = default_answer() if question == default_question() else None
        if stored is not None:
            desk.close()
            session.answer.value, session.pending.value, session.lost.value = stored, False, ""
            return
        scenario = answers.scenario_of(form, own)
        if scenario is None:
            desk.close()
            session.answer.value, session.pending.value = None, False
            return
        session.queue.value = (0, 0.0)
        if too_large(question, scenario):
            desk.close()
            session.answer.value, session.pending.value = None, False
            return
        session.pending.value = True
        desk.ask(question, scenario, tell, say)

    def say(place: int, seconds: float) -> None:
        session.queue.value = (place, seconds)

    def tell(answer: answers.Answer | None, reference: str) -> None:
        session.queue.value = (0, 0.0)
        if answer is None:
            session.answer.value = None
            session.lost.value, session.pending.value = reference, False
            return
        session.answer.value, session.lost.value = answer, ""
        session.pending.value = not answer.complete

    solara.use_effect(ask_model, [question])
    solara.use_effect(lambda: desk.close, [])
    with box("div", "two answer-first"):
        with box("aside", "side card ask noprint", aria_label=text("ask.title", form.lang)):
            Asking()
        with box("div", "answer"):
            html(clean(text("nav.compare", form.lang)), "h1", "unseen")
            if session.refused.value is not None:
                Refused(session.refused.value, form.lang)
            if session.lost.value:
                trouble(session.lost.value, form.lang)
            scenario = answers.scenario_of(form, own)
            larger = too_large(question, scenario) if scenario is not None else 0
            answer = session.answer.value
            fits = answer is not None and answers.answers_question(answer, question)
            if scenario is None:
                html(clean(text("ask.missing", form.lang)), classes="note")
            elif larger:
                html(clean(text("ask.larger", form.lang, times=larger)), classes="note too-large")
            elif not fits and not session.lost.value:
                with box("section", "card verdict", aria_live="polite"):
                    html(clean(text("answer.kicker", form.lang)), "h2", "kicker")
                    html(clean(in_words(session.queue.value, form.lang)), "p", "computing")
            if answer is None:
                if not session.lost.value and scenario is not None and not larger:
                    _waiting(form.lang)
            elif scenario is not None and not larger and not session.lost.value:
                place = box("div", "answer" if fits else "answer stale", **({} if fits else HIDDEN))
                with place.key("results"):  # drawn further, not anew, when something comes before
                    Results(answer, form.lang, form.outcome, session.pending.value)


HIDDEN = {"aria_hidden": "true"}
"""Of an answer to the question before, faded while the new one is computed."""


def in_words(queue: tuple[int, float], lang: str) -> str:
    """What is said while a question has no answer yet; `queue`: place and seconds
    before the turn."""
    place, seconds = queue
    if not place:
        return text("answer.new_question", lang)
    return text("answer.in_queue", lang, place=place, seconds=grouped(max(1, round(seconds)), lang))


def _waiting(lang: str) -> Any:
    for height in ("150px", "320px", "320px"):
        with box("div", "", style=f"height:{height}"):
            skeleton(lang)

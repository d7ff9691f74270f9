"""Questions kept by name in the browser, and several of them answered side by side; the
address carries those beside."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import solara
from village_alliances.interface.dashboard import session, tables
from village_alliances.interface.dashboard.answers import Answer, request_of, scenario_of
from village_alliances.interface.dashboard.components.settings import in_words
from village_alliances.interface.dashboard.components.verdict import spoken
from village_alliances.interface.dashboard.desk import Desk, too_large
from village_alliances.interface.dashboard.looks import colours
from village_alliances.interface.dashboard.parts import (
    box,
    heading,
    html,
    skeleton,
    swatch,
    trouble,
)
from village_alliances.interface.dashboard.state import (
    MOST_BESIDE,
    OWN_TABLE,
    Asked,
    ask,
    asked,
    put,
    read_query,
)
from village_alliances.interface.dashboard.tables import OwnTable
from village_alliances.interface.dashboard.widgets import Keeper, Press
from village_alliances.interface.dashboard.words import clean, markup, number, pick, text

COMPARED = "gain_weak"  # the outcome that is told of each strategy


@solara.component
def Keeping(form: Asked, answer: Answer | None, lang: str) -> None:
    """Keep this question and its answer by name; open one that was kept, or have it
    answered beside this one."""
    words = {
        key: text(f"keep.{key}", lang)
        for key in ("name", "keep", "done", "lost", "open", "beside", "remove")
    }
    heading(text("keep.title", lang), text("keep.why", lang))
    Keeper(
        query=replace(form, beside="", hunt="", sweep="", hand="").to_query(),
        verdict=answer.verdict[lang][0] if answer is not None else "",
        called=form.name,
        words=words,
        full=len(form.questions_beside()) >= MOST_BESIDE,
        event_named=lambda name: ask(name=name),
        event_opened=_open,
        event_beside=_beside,
    )
    if form.source == OWN_TABLE and not form.table:
        html(clean(text("keep.large", lang)), "p", "note")


def _open(query: str) -> None:
    question, _ = read_query(query, asked.value.lang)
    own = tables.unpack(question.table) if question.table else None
    put(replace(question, lang=asked.value.lang, page="compare"), own)


def _beside(query: str) -> None:
    form = asked.value
    listed = [query for query in form.beside.split("|") if query]
    if query not in listed and len(listed) < MOST_BESIDE:
        ask(beside="|".join([*listed, query]))


@solara.component
def Beside(form: Asked, answer: Answer | None, lang: str) -> None:
    """This question and those beside it: what differs between them, and what is
    answered to each."""
    others = form.questions_beside()
    answers: solara.Reactive[dict[int, Answer | str]] = solara.use_reactive({})
    guard = solara.use_memo(threading.Lock, [])

    def begin() -> Callable[[], None]:
        answers.value = {}
        desks = [Desk(apart=False) for _ in others]
        for i, (desk, other) in enumerate(zip(desks, others, strict=True)):
            scenario, question = scenario_of(other, own_of(other)), request_of(other, own_of(other))
            if scenario is not None and not too_large(question, scenario):
                desk.ask(question, scenario, _teller(i, answers, guard))

        def close() -> None:
            for desk in desks:
                desk.close()

        return close

    solara.use_effect(begin, [form.beside])
    if not others:
        return
    rows = [in_words(other, own_of(other), None, lang) for other in (form, *others)]
    names = {name for row in rows for name in row}
    differ = {name for name in names if len({row.get(name) for row in rows}) > 1}
    with box("section", "card beside-card"):
        heading(text("keep.beside_title", lang), text("keep.beside_why", lang))
        with box("div", "beside"):
            for i, other in enumerate((form, *others)):
                with box("section", "column").key(f"{i}"):
                    called = other.name or text("keep.unnamed", lang, number=i + 1)
                    with box("div", "spread"):
                        html(clean(called), "h3")
                        if i:
                            Press(
                                label="",
                                icon="mdi-close",
                                kind="icon",
                                title=text("keep.away", lang, name=called),
                                event_go=lambda _, n=i - 1: _away(n),
                            )
                    html(_settings(rows[i], differ), "ul", "told")
                    _told(answer if i == 0 else answers.value.get(i - 1), lang)
                    if i:
                        Press(
                            label=text("keep.open", lang),
                            kind="small",
                            event_go=lambda _, question=other: _open(question.to_query()),
                        )


def own_of(form: Asked) -> OwnTable | None:
    """The table that a question is about: its link's, or where that holds none the session's."""
    if form.source != OWN_TABLE:
        return None
    return tables.unpack(form.table) if form.table else session.own.value


def _teller(
    index: int, answers: solara.Reactive[dict[int, Answer | str]], guard: threading.Lock
) -> Callable[[Answer | None, str], None]:
    def tell(answer: Answer | None, reference: str) -> None:
        with guard:
            reply = replace(answer, comparison=None) if answer is not None else reference
            answers.value = {**answers.value, index: reply}

    return tell


def _away(index: int) -> None:
    listed = [query for query in asked.value.beside.split("|") if query]
    ask(beside="|".join(listed[:index] + listed[index + 1 :]))


def _settings(words: dict[str, str], differ: set[str]) -> str:
    """The settings in which the questions differ."""
    return "".join(
        markup("li", clean(name) + " " + markup("b", clean(value)))
        for name, value in words.items()
        if name in differ
    )


def _told(answer: Any, lang: str) -> None:
    """One answer in short."""
    if answer is None:
        skeleton(lang, "120px")
        return
    if isinstance(answer, str):
        trouble(answer, lang)
        return
    colour, rows = colours(answer.strategies), ""
    for s in answer.strategies[1:]:
        gain = number(
            answer.row(s, COMPARED).get("diff_median", float("nan")), "yuan/year", lang, True
        )
        name = swatch(colour[s]) + " " + clean(pick(answer.titles[s], lang))
        rows += markup("tr", markup("td", name) + markup("td", clean(gain), "num"))
    html(spoken(answer, lang) + markup("table", rows, "plain"))

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
from village_alliances.interface.dashboard.tables import Own
from village_alliances.interface.dashboard.widgets import Keeper, Press
from village_alliances.interface.dashboard.words import clean, markup, number, pick, text

COMPARED = "gain_weak"  # the outcome that is told of each strategy


@solara.component
def Keeping(here: Asked, found: Answer | None, lang: str) -> None:
    """Keep this question and its answer by name; open one that was kept, or have it
    answered beside this one."""
    words = {
        key: text(f"keep.{key}", lang)
        for key in ("name", "keep", "done", "lost", "open", "beside", "remove")
    }
    heading(text("keep.title", lang), text("keep.why", lang))
    Keeper(
        query=replace(here, beside="", hunt="", sweep="", hand="").to_query(),
        told=found.verdict[lang][0] if found is not None else "",
        called=here.name,
        words=words,
        full=len(here.questions_beside()) >= MOST_BESIDE,
        event_named=lambda name: ask(name=name),
        event_opened=_open,
        event_beside=_beside,
    )
    if here.source == OWN_TABLE and not here.table:
        html(clean(text("keep.large", lang)), "p", "note")


def _open(query: str) -> None:
    question, _ = read_query(query, asked.value.lang)
    own = tables.unpack(question.table) if question.table else None
    put(replace(question, lang=asked.value.lang, page="compare"), own)


def _beside(query: str) -> None:
    here = asked.value
    listed = [one for one in here.beside.split("|") if one]
    if query not in listed and len(listed) < MOST_BESIDE:
        ask(beside="|".join([*listed, query]))


@solara.component
def Beside(here: Asked, found: Answer | None, lang: str) -> None:
    """This question and those beside it: what differs between them, and what is
    answered to each."""
    others = here.questions_beside()
    answers: solara.Reactive[dict[int, Answer | str]] = solara.use_reactive({})
    guard = solara.use_memo(threading.Lock, [])

    def begin() -> Callable[[], None]:
        answers.value = {}
        desks = [Desk(apart=False) for _ in others]
        for at, (desk, one) in enumerate(zip(desks, others, strict=True)):
            scenario, question = scenario_of(one, own_of(one)), request_of(one, own_of(one))
            if scenario is not None and not too_large(question, scenario):
                desk.ask(question, scenario, _teller(at, answers, guard))

        def close() -> None:
            for desk in desks:
                desk.close()

        return close

    solara.use_effect(begin, [here.beside])
    if not others:
        return
    said = [in_words(one, own_of(one), None, lang) for one in (here, *others)]
    names = {name for one in said for name in one}
    differ = {name for name in names if len({one.get(name) for one in said}) > 1}
    with box("section", "card beside-card"):
        heading(text("keep.beside_title", lang), text("keep.beside_why", lang))
        with box("div", "beside"):
            for at, one in enumerate((here, *others)):
                with box("section", "column").key(f"{at}"):
                    called = one.name or text("keep.unnamed", lang, number=at + 1)
                    with box("div", "spread"):
                        html(clean(called), "h3")
                        if at:
                            Press(
                                label="",
                                icon="mdi-close",
                                kind="icon",
                                title=text("keep.away", lang, name=called),
                                event_go=lambda _, n=at - 1: _away(n),
                            )
                    html(_settings(said[at], differ), "ul", "told")
                    _told(found if at == 0 else answers.value.get(at - 1), lang)
                    if at:
                        Press(
                            label=text("keep.open", lang),
                            kind="small",
                            event_go=lambda _, question=one: _open(question.to_query()),
                        )


def own_of(one: Asked) -> Own | None:
    """The table that a question is about: its link's, or where that holds none the session's."""
    if one.source != OWN_TABLE:
        return None
    return tables.unpack(one.table) if one.table else session.own.value


def _teller(
    at: int, answers: solara.Reactive[dict[int, Answer | str]], guard: threading.Lock
) -> Callable[[Answer | None, str], None]:
    def tell(found: Answer | None, reference: str) -> None:
        with guard:
            told = replace(found, comparison=None) if found is not None else reference
            answers.value = {**answers.value, at: told}

    return tell


def _away(at: int) -> None:
    listed = [one for one in asked.value.beside.split("|") if one]
    ask(beside="|".join(listed[:at] + listed[at + 1 :]))


def _settings(said: dict[str, str], differ: set[str]) -> str:
    """The settings in which the questions differ."""
    return "".join(
        markup("li", clean(name) + " " + markup("b", clean(value)))
        for name, value in said.items()
        if name in differ
    )


def _told(found: Any, lang: str) -> None:
    """One answer in short."""
    if found is None:
        skeleton(lang, "120px")
        return
    if isinstance(found, str):
        trouble(found, lang)
        return
    colour, rows = colours(found.strategies), ""
    for s in found.strategies[1:]:
        gain = number(
            found.row(s, COMPARED).get("diff_median", float("nan")), "yuan/year", lang, True
        )
        name = swatch(colour[s]) + " " + clean(pick(found.titles[s], lang))
        rows += markup("tr", markup("td", name) + markup("td", clean(gain), "num"))
    html(spoken(found, lang) + markup("table", rows, "plain"))

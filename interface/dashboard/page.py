"""The frame of every page: navigation, language, the address, the guide."""

from __future__ import annotations

from typing import Any

import solara
import solara.lab
from village_alliances.interface.dashboard import server, session, tables
from village_alliances.interface.dashboard.parts import box, html
from village_alliances.interface.dashboard.state import PAGES, ask, asked, from_query
from village_alliances.interface.dashboard.widgets import Address, Guide, Press
from village_alliances.interface.dashboard.words import clean, markup, text

from village_alliances import __version__

server.close_defaults()
server.guard()
server.share_memory()
server.warm_up_aside()

MARK = (
    '<svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true"><g stroke="#f2b84b" stroke-width="2">'
    '<path d="M6 7 19 9M6 7 10 20M19 9 10 20M19 9 21 20M10 20 21 20" fill="none"/></g><g fill="#fff">'
    '<circle cx="6" cy="7" r="4"/><circle cx="19" cy="9" r="3"/><circle cx="10" cy="20" r="3.4"/><circle cx="21" cy="20" r="2.4"/></g></svg>'
)


@solara.component
def Layout(children: list[Any] = []) -> None:  # noqa: B006
    """Nothing of Solara's own frame."""
    solara.Div(children=children)


@solara.component
def Page() -> None:
    """The whole application: one address, whose question says which page is shown."""
    router = solara.use_router()
    begun = solara.use_reactive(False)

    def begin() -> None:
        question = from_query(router.search or "", preferred_language())
        if question.table:
            session.own.value = tables.unpack(question.table)
        asked.value = question
        begun.value = True

    solara.use_effect(begin, [])
    if not begun.value:
        solara.Div()
        return
    here = asked.value
    Address(
        query=here.to_query(),
        page=here.page,
        lang=here.lang,
        title=_title(here.page, here.lang),
        event_went=_went,
    )
    Frame()


def _title(page: str, lang: str) -> str:
    return f"{text('nav.' + page, lang)} · {text('title', lang)}"


def _went(query: str) -> None:
    question = from_query(query, asked.value.lang)
    if question.table:
        session.own.value = tables.unpack(question.table) or session.own.value
    asked.value = question


def preferred_language() -> str:
    """The language that the browser asks for; Chinese where it says nothing."""
    headers = solara.lab.headers.value or {}
    wanted: list[str] = next(
        (values for name, values in headers.items() if name.lower() == "accept-language"), []
    )
    first = ",".join(wanted).strip().lower()
    return "en" if first and not first.startswith("zh") else "zh"


@solara.component
def Frame() -> None:
    """Header, the page that is on, and the foot."""
    from village_alliances.interface.dashboard.pages import (
        compare,
        evidence,
        live,
        modellers,
        strategies,
        sweep,
    )

    here = asked.value
    lang = here.lang
    asked_for, set_asked_for = solara.use_state(0)
    with box("header", "top"), box("div", "top-in"):
        html(MARK + markup("span", clean(text("title", lang))), classes="brand")
        with box("nav", "tabs", aria_label=text("nav.label", lang)):
            for name in PAGES:
                Press(
                    label=text(f"nav.{name}", lang),
                    kind="tab",
                    current=here.page == name,
                    event_go=lambda _, n=name: ask(page=n),
                )
        Press(
            label=text("nav.guide", lang),
            kind="top",
            title=text("nav.guide_title", lang),
            event_go=lambda _: set_asked_for(asked_for + 1),
        )
        other = "en" if lang == "zh" else "zh"
        Press(
            label=text("nav.other", lang),
            kind="top",
            title=text("nav.other_title", lang),
            event_go=lambda _: ask(lang=other),
        )
    with box("main", "page", id="content"):
        Guide(words=_guide(lang), asked=asked_for)
        pages: dict[str, Any] = {
            "compare": compare.Body,
            "live": live.Body,
            "strategies": strategies.Body,
            "evidence": evidence.Body,
            "modellers": modellers.Body,
            "sweep": sweep.Body,
        }
        if here.page == "propose":
            server.wait_until_warm()
            from village_alliances.interface.dashboard.pages import propose

            pages["propose"] = propose.Body
        pages[here.page]() if here.page in pages else html(clean(here.page))
    with box("footer", "foot"):
        html(clean(text("foot.note", lang)), "p")
        html(clean(text("foot.version", lang, version=__version__)), "p")


def _guide(lang: str) -> dict[str, Any]:
    items = [text(f"guide.{n}", lang) for n in ("one", "two", "three", "four")]
    return {"title": text("guide.title", lang), "items": items, "close": text("guide.close", lang)}

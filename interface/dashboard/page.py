"""The frame of every page: navigation, language, the address, the guide."""

from __future__ import annotations

import logging
import uuid
from typing import Any

import solara
import solara.lab
from village_alliances.interface.dashboard import server, session, state, tables
from village_alliances.interface.dashboard.parts import box, html, trouble
from village_alliances.interface.dashboard.state import PAGES, ask, asked, put, read_query
from village_alliances.interface.dashboard.widgets import Address, Guide, Press, Steps, Theme
from village_alliances.interface.dashboard.words import clean, markup, text

from village_alliances import __version__

log = logging.getLogger("village_alliances.interface.dashboard")
MOST_IGNORED = 8  # parts of a link that are named one by one

server.close_defaults()
server.guard()
server.share_memory()
server.take_short_turns()
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
        question, ignored = read_query(router.search or "", preferred_language())
        if question.table:
            session.own.value = tables.unpack(question.table)
        asked.value, state.ignored_of_link.value = question, ignored
        begun.value = True

    solara.use_effect(begin, [])
    if not begun.value:
        solara.Div()
        return
    form = asked.value
    Address(
        query=form.to_query(),
        page=form.page,
        lang=form.lang,
        title=_title(form.page, form.lang),
        words={key: text(f"gone.{key}", form.lang) for key in ("server", "anew", "again")},
        event_went=_went,
    )
    Frame()


def _title(page: str, lang: str) -> str:
    return f"{text('nav.' + page, lang)} · {text('title', lang)}"


def _went(query: str) -> None:
    question, state.ignored_of_link.value = read_query(query, asked.value.lang)
    own = tables.unpack(question.table) if question.table else None
    put(question, own if own != session.own.value else None)


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
    form = asked.value
    lang = form.lang
    asked_for, set_asked_for = solara.use_state(0)
    html(clean(text("nav.skip", lang)), "a", "skip", href="#content")
    with box("header", "top"), box("div", "top-in"):
        html(MARK + markup("span", clean(text("title", lang))), classes="brand")
        with box("nav", "tabs", aria_label=text("nav.label", lang)):
            for name in PAGES:
                Press(
                    label=text(f"nav.{name}", lang),
                    kind="tab",
                    current=form.page == name,
                    event_go=lambda _, n=name: ask(page=n),
                )
        with box("div", "tools"):
            Steps(
                back=text("nav.undo", lang),
                again=text("nav.redo", lang),
                can_go_back=bool(state.past.value),
                can_go_again=bool(state.undone.value),
                event_went_back=lambda _: state.take_back(),
                event_went_again=lambda _: state.take_again(),
            )
            Theme(label=text("nav.theme", lang))
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
    with box("main", "page", id="content", tabindex="-1"):
        Guide(words=_guide(lang), asked=asked_for)
        Ignored(lang)
        Safe(form.page, lang).key(f"page {form.page}")
    with box("footer", "foot"):
        html(clean(text("foot.note", lang)), "p")
        html(clean(text("foot.version", lang, version=__version__)), "p")


@solara.component
def Ignored(lang: str) -> None:
    """What the link said that could not be understood, until it is put away."""
    ignored = state.ignored_of_link.value
    if not ignored:
        return
    lines = [markup("li", clean(word.lang(lang))) for word in ignored[:MOST_IGNORED]]
    if len(ignored) > MOST_IGNORED:
        more = text("gone.link_more", lang, count=len(ignored) - MOST_IGNORED)
        lines.append(markup("li", clean(more)))
    with box("div", "note ignored", role="status"):
        html(markup("b", clean(text("gone.link", lang))), "p")
        html("".join(lines), "ul")
        Press(
            label=text("gone.link_close", lang),
            kind="small",
            event_go=lambda _: setattr(state.ignored_of_link, "value", ()),
        )


@solara.component
def Safe(name: str, lang: str) -> None:
    """A page; where it breaks, a message in its place instead of what broke."""
    broken, mend = solara.use_exception()
    reference, set_reference = solara.use_state("")

    def note() -> None:
        if broken is not None:
            made = uuid.uuid4().hex[:8]
            log.error("%s: page %s broke", made, name, exc_info=broken)
            set_reference(made)

    solara.use_effect(note, [broken])
    if broken is not None:
        trouble(reference, lang)
        Press(label=text("gone.mend", lang), kind="plain", event_go=lambda _: mend())
        return
    page_of(name)()


def page_of(name: str) -> Any:
    """The component of a page."""
    from village_alliances.interface.dashboard.pages import (
        compare,
        evidence,
        glossary,
        live,
        modellers,
        strategies,
        sweep,
    )

    pages: dict[str, Any] = {
        "compare": compare.Body,
        "live": live.Body,
        "strategies": strategies.Body,
        "evidence": evidence.Body,
        "modellers": modellers.Body,
        "sweep": sweep.Body,
        "glossary": glossary.Body,
    }
    if name == "propose":
        server.wait_until_warm()
        from village_alliances.interface.dashboard.pages import propose

        pages["propose"] = propose.Body
    return pages[name]


def _guide(lang: str) -> dict[str, Any]:
    items = [text(f"guide.{n}", lang) for n in ("one", "two", "three", "four")]
    return {"title": text("guide.title", lang), "items": items, "close": text("guide.close", lang)}

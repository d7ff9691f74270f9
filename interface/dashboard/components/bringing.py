"""Bringing one's own table: upload, messages beside the rows, template, what was understood."""

from __future__ import annotations

import solara
from village_alliances.interface.dashboard import session, tables
from village_alliances.interface.dashboard.components.giving import Give
from village_alliances.interface.dashboard.parts import box, html
from village_alliances.interface.dashboard.state import OWN_TABLE, Asked, ask
from village_alliances.interface.dashboard.uploads import upload_words
from village_alliances.interface.dashboard.widgets import Choice, Upload
from village_alliances.interface.dashboard.words import clean, markup, pick, text
from village_alliances.sim import region
from village_alliances.sim.problems import TableError, Text
from village_alliances.sim.scenario import BLANK

MOST_LINES = 40


def take(file: dict[str, str]) -> None:
    """Read an upload; ask about it, or keep what is wrong with it."""
    name, data = str(file.get("name", "")), str(file.get("data", ""))
    try:
        own = tables.take(name, data)
    except TableError as error:
        session.refused.value = tables.refusal(error, name, data)
        return
    session.refused.value = None
    ask(own=own, source=OWN_TABLE, table=own.packed)


@solara.component
def Bringing(here: Asked) -> None:
    """The part of the question that takes a table."""
    lang, own = here.lang, session.own.value
    words = upload_words("ask.limits", lang)

    attributes = {"open": "open"} if here.source == OWN_TABLE or session.refused.value else {}
    with box("details", "fold bring", **attributes):
        html(
            markup("i", "", "mdi mdi-upload", aria_hidden="true") + clean(text("ask.upload", lang)),
            "summary",
        )
        Upload(words=words, most=tables.MOST_BYTES, event_got=take)
        Give(
            text("ask.template", lang),
            "mdi-file-table-outline",
            "villages-template.xlsx",
            tables.template,
            lang,
            kind="link",
        )
        if session.refused.value is not None:
            html(
                clean(
                    text("ask.see_problems", lang, count=len(session.refused.value.error.problems))
                ),
                "p",
                "problem",
            )
        if own is not None and here.source == OWN_TABLE:
            Understood(own, here)


@solara.component
def Refused(refusal: tables.Refusal, lang: str, title: str = "ask.bad_table") -> None:
    """Every problem of a table, in the words of `alliances check`, and the rows of the file that they are about."""
    head, *lines = refusal.error.message(lang).splitlines()
    shown = [markup("li", clean(line.strip())) for line in lines[:MOST_LINES]]
    more = markup("li", f"… +{len(lines) - MOST_LINES}") if len(lines) > MOST_LINES else ""
    with box("div", "problem problems", role="alert"):
        html(markup("b", clean(text(title, lang))) + " " + clean(head), "p")
        html("".join(shown) + more, "ul")
        if refusal.rows:
            html(markup("table", _rows(refusal, lang), "figures left"), classes="wide")


def _rows(refusal: tables.Refusal, lang: str) -> str:
    """The rows with problems; the cells that a problem names are marked, and their problem is told when one points at them."""
    wrong = {(p.row, p.column): p.line(lang) for p in refusal.error.problems}
    heads = [text("ask.row", lang), *refusal.headings]
    out = markup("tr", "".join(markup("th", clean(head)) for head in heads))
    for number, cells in refusal.rows:
        row = markup("td", str(number))
        for at, cell in enumerate(cells[: len(refusal.headings)]):
            said = wrong.get((number, refusal.headings[at]), "")
            row += markup("td", clean(cell), "wrong" if said else "", title=said)
        out += markup("tr", row)
    return out


@solara.component
def Understood(own: tables.Own, here: Asked) -> None:
    """What was made of the table, and what completes it."""
    lang = here.lang
    scenario = tables.scenario_of(own, here.region, here.start, here.years)
    known = sum(int((column.kind != BLANK).sum()) for column in scenario.numbers.values())
    html(
        clean(text("ask.good_table", lang, name=own.name, villages=scenario.size, known=known)),
        "p",
        "good",
    )
    for warning in own.table.warnings:
        html(clean(warning.lang(lang) if isinstance(warning, Text) else warning), "p", "note")
    regions = [
        {"value": name, "text": pick(region.load(name).title, lang)} for name in region.names()
    ]
    Choice(
        label=text("ask.region", lang),
        value=here.region,
        groups=[{"label": "", "items": regions}],
        event_chosen=lambda r: ask(region=r),
    )
    years = [{"value": str(year), "text": str(year)} for year in range(2014, 2031)]
    Choice(
        label=text("ask.start", lang),
        value=str(here.start),
        groups=[{"label": "", "items": years}],
        event_chosen=lambda y: ask(start=int(y)),
    )
    with box("details"):
        html(clean(text("ask.understood", lang)), "summary", "hint")
        lines = [
            f"{u.header} → {u.field}{f' ({u.unit})' if u.unit else ''}{'; ' + _said(u.note, lang) if u.note else ''}"
            for u in own.table.understood
        ]
        html("".join(markup("li", clean(line)) for line in lines), "ul", "hint")
        if own.table.ignored:
            html(
                clean(text("ask.ignored", lang, columns=", ".join(own.table.ignored))), "p", "hint"
            )
        heads, rows = tables.rows_shown(own)
        table = markup("tr", "".join(markup("th", clean(h)) for h in heads))
        table += "".join(
            markup("tr", "".join(markup("td", clean(cell)) for cell in row)) for row in rows
        )
        html(markup("table", table, "figures"), classes="wide")


def _said(note: str, lang: str) -> str:
    return note.lang(lang) if isinstance(note, Text) else note

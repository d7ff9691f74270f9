"""Bringing one's own table: upload, messages beside the rows, template, what was understood."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import solara
from village_alliances.interface.dashboard import session, tables
from village_alliances.interface.dashboard.components.giving import Give
from village_alliances.interface.dashboard.grids import GridCell, grid
from village_alliances.interface.dashboard.parts import box, html
from village_alliances.interface.dashboard.state import OWN_TABLE, Asked, ask
from village_alliances.interface.dashboard.uploads import upload_words
from village_alliances.interface.dashboard.widgets import Choice, Upload
from village_alliances.interface.dashboard.words import clean, markup, pick, text
from village_alliances.sim import region
from village_alliances.sim.problems import TableError, Text
from village_alliances.sim.scenario import BLANK
from village_alliances.sim.table import FIELDS, template
from village_alliances.wording import listed

MOST_LINES = 40
MOST_HEADINGS = 12  # whose meaning may be settled
MOST_DOUBTS = 12


def take(file: dict[str, str]) -> None:
    """Read an upload as it comes."""
    reading(tables.Brought(str(file.get("name", "")), str(file.get("data", ""))))


def reading(brought: tables.Brought) -> None:
    """Read an upload; ask about it, or keep what is wrong with it."""
    session.brought.value = brought
    try:
        own = tables.take(brought)
    except TableError as error:
        session.refused.value = tables.refusal(error, brought)
        return
    session.refused.value = None
    ask(own=own, source=OWN_TABLE, table=own.packed)


@solara.component
def Bringing(form: Asked) -> None:
    """The part of the question that takes a table."""
    lang, own = form.lang, session.own.value
    words = upload_words("ask.limits", lang)

    attributes = {"open": "open"} if form.source == OWN_TABLE or session.refused.value else {}
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
            partial(template, ".xlsx"),
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
        if own is not None and form.source == OWN_TABLE:
            Understood(own, form)
        brought = session.brought.value
        visible = session.refused.value is not None or (
            own is not None and form.source == OWN_TABLE
        )
        if visible and brought is not None and (own is None or own.name == brought.file):
            Otherwise(brought, lang)


@solara.component
def Otherwise(brought: tables.Brought, lang: str) -> None:
    """Reading an upload otherwise: in another sheet, or with a heading that means something."""
    sheets, headings = tables.choices(brought)
    if len(sheets) < 2 and not headings:
        return
    with box("details", **({"open": "open"} if session.refused.value else {})):
        html(clean(text("ask.otherwise", lang)), "summary", "hint")
        if len(sheets) > 1:
            items = [{"value": title, "text": title} for title in sheets]
            Choice(
                label=text("ask.sheet", lang),
                value=brought.sheet,
                groups=[{"label": "", "items": [_unset("ask.sheet_by_us", lang), *items]}],
                event_chosen=lambda title: reading(replace(brought, sheet=title, columns=())),
            )
        for heading in headings[:MOST_HEADINGS]:
            Meaning(brought, heading, lang).key(f"means {heading}")


@solara.component
def Meaning(brought: tables.Brought, heading: str, lang: str) -> None:
    """What a heading means."""
    settled = dict(brought.columns)

    def settle(field: str) -> None:
        others = [(text, name) for text, name in brought.columns if text != heading]
        reading(replace(brought, columns=(*others, *([(heading, field)] if field else []))))

    fields = [
        {"value": field.name, "text": field.zh if lang == "zh" else field.name.replace("_", " ")}
        for field in FIELDS
    ]
    Choice(
        label=text("ask.means", lang, heading=heading),
        value=settled.get(heading, ""),
        groups=[{"label": "", "items": [_unset("ask.as_read", lang), *fields]}],
        event_chosen=settle,
    )


def _unset(key: str, lang: str) -> dict[str, str]:
    return {"value": "", "text": text(key, lang)}


@solara.component
def Refused(refusal: tables.Refusal, lang: str, title: str = "ask.bad_table") -> None:
    """Every problem of a table, in the words of `alliances check`, and the rows of the
    file that they are about."""
    head, *lines = refusal.error.message(lang).splitlines()
    items = [markup("li", clean(line.strip())) for line in lines[:MOST_LINES]]
    more = markup("li", f"… +{len(lines) - MOST_LINES}") if len(lines) > MOST_LINES else ""
    with box("div", "problem problems", role="alert"):
        html(markup("b", clean(text(title, lang))) + " " + clean(head), "p")
        html("".join(items) + more, "ul")
        if refusal.rows:
            html(_rows(refusal, lang), classes="wide")


def _rows(refusal: tables.Refusal, lang: str) -> str:
    """The rows with problems; the cells that a problem names are marked, and their problem is told
    when one points at them."""
    wrong = {(p.row, p.column): p.line(lang) for p in refusal.error.problems}
    rows: list[list[GridCell | str]] = []
    for number, cells in refusal.rows:
        row: list[GridCell | str] = [str(number)]
        for i, cell in enumerate(cells[: len(refusal.headings)]):
            message = wrong.get((number, refusal.headings[i]), "")
            row.append(GridCell(clean(cell), "wrong" if message else "", hint=message))
        rows.append(row)
    return grid([text("ask.row", lang), *refusal.headings], rows, "figures left")


@solara.component
def Understood(own: tables.OwnTable, form: Asked) -> None:
    """What was made of the table, and what completes it."""
    lang = form.lang
    scenario = tables.scenario_of(own, form.region, form.start, form.years)
    count = sum(int((column.kind != BLANK).sum()) for column in scenario.numbers.values())
    html(
        clean(text("ask.good_table", lang, name=own.name, villages=scenario.size, known=count)),
        "p",
        "good",
    )
    warnings = sorted(scenario.table.warnings if scenario.table else [], key=_is_note)
    for warning in warnings[:MOST_DOUBTS]:
        sentence = warning.lang(lang)
        html(
            clean(sentence if _is_note(warning) else text("ask.doubt", lang, said=sentence)),
            "p",
            "note",
        )
    if len(warnings) > MOST_DOUBTS:
        html(f"… +{len(warnings) - MOST_DOUBTS}", "p", "note")
    regions = [
        {"value": name, "text": pick(region.load(name).title, lang)} for name in region.names()
    ]
    Choice(
        label=text("ask.region", lang),
        value=form.region,
        groups=[{"label": "", "items": regions}],
        event_chosen=lambda r: ask(region=r),
    )
    years = [{"value": str(year), "text": str(year)} for year in range(2014, 2031)]
    Choice(
        label=text("ask.start", lang),
        value=str(form.start),
        groups=[{"label": "", "items": years}],
        event_chosen=lambda y: ask(start=int(y)),
    )
    with box("details"):
        html(clean(text("ask.understood", lang)), "summary", "hint")
        lines = [
            f"{u.header} → "
            f"{u.field}{f' ({u.unit})' if u.unit else ''}{'; ' + _said(u.note, lang) if u.note else ''}"
            for u in own.table.understood
        ]
        html("".join(markup("li", clean(line)) for line in lines), "ul", "hint")
        if own.table.ignored:
            html(
                clean(text("ask.ignored", lang, columns=listed(own.table.ignored, lang))),
                "p",
                "hint",
            )
        heads, rows = tables.rows_shown(own)
        html(grid(heads, rows), classes="wide")


def _is_note(warning: Text) -> bool:
    return getattr(warning, "severity", "note") == "note"


def _said(note: str, lang: str) -> str:
    return note.lang(lang) if isinstance(note, Text) else note

"""Columns that are not read and may be meant: figures under a heading that is not known, without
a heading, hidden, of another year."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from village_alliances.sim.fields import FIELD, FIELDS, Field
from village_alliances.sim.problems import Text, listed, quoted
from village_alliances.sim.table.columns import OTHERS, Part
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.headings import plain
from village_alliances.sim.table.names import kind_of

_LIKE_OURS = re.compile(
    r"收入|人口|人数|户数|户$|负债|债务|联合体|联盟|income|population|debt|households",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"总|合计|total", re.IGNORECASE)
_PLACED = re.compile(r"坐标|经纬|coordinates", re.IGNORECASE)
_YEARS = re.compile(r"(?:19|20)[0-9]{2}年?(?:度|末|底)?")
_AXIS = re.compile(r"[xy](?:坐标|轴)?")


def ask(parts: list[Part], findings: Findings) -> None:
    """Headings that are not used but look like figures that we would use; columns of
    other years."""
    read = {name for part in parts for name in part.columns}
    for text in dict.fromkeys(text for part in parts for text in part.ignored):
        ours = _LIKE_OURS.search(text) and not OTHERS.search(text)
        nearest = _nearest(text) if ours else None
        if nearest is None or nearest.name in read:
            continue
        findings.ask(
            "problems.table_unread.column_read_call",
            text=quoted(text),
            name=Text(nearest.name, nearest.zh),
            nearest=nearest.zh,
            choice=findings.choosing.column(text, nearest.name),
        )
    for text in dict.fromkeys(text for part in parts for text in part.ignored):
        if _PLACED.search(text) and "lon" not in read:
            findings.ask("problems.table_unread.column_read_write", text=quoted(text))
    _ask_of_years(parts, findings)
    _ask_of_axes(parts, findings)
    _ask_of_remarks(parts, findings)
    _ask_of_unheaded(parts, findings)
    _tell_hidden(parts, findings)
    older = dict.fromkeys(text for part in parts for text in part.older)
    if older:
        listing = _listing(older)
        findings.note(
            "problems.table_unread.several_years_newest",
            listing=listing,
            history=findings.choosing.of_history(),
        )


def _ask_of_years(parts: list[Part], findings: Findings) -> None:
    """Columns under years alone do not say of what."""
    years = [text for part in parts for text in part.ignored if _YEARS.fullmatch(plain(text))]
    if years and "collective_income" not in {name for part in parts for name in part.columns}:
        newest = max(dict.fromkeys(years))
        listing = _listing(dict.fromkeys(years))
        findings.ask(
            "problems.table_unread.columns_read_years",
            listing=listing,
            choice=findings.choosing.column(newest, _field("collective_income")),
            history=findings.choosing.of_history(),
        )


def _ask_of_axes(parts: list[Part], findings: Findings) -> None:
    """X and Y may be longitude and latitude, or what surveyors call so."""
    axes = [text for part in parts for text in part.ignored if _AXIS.fullmatch(plain(text))]
    if axes and not any("lon" in part.columns for part in parts):
        listing = _listing(dict.fromkeys(axes))
        findings.ask(
            "problems.table_unread.columns_read_they",
            listing=listing,
            lon=findings.choosing.column(axes[0], _field("lon")),
            lat=findings.choosing.column(axes[-1], _field("lat")),
        )


def _ask_of_remarks(parts: list[Part], findings: Findings) -> None:
    """A remark that a village is no more, or leads, in a column that is not read."""
    remarks = []
    for part in parts:
        unread = [i for i, h in enumerate(part.sheet.headings) if h.text in part.ignored]
        for row, cells in part.sheet.rows:
            texts = [cells[i] for i in unread if i < len(cells) and isinstance(cells[i], str)]
            remarks += [f"{row} {quoted(t).zh}" for t in texts if kind_of(t) in ("gone", "lead")]
    if remarks:
        listing = listed(remarks, 5)
        findings.ask("problems.table_unread.remarks_read_though", listing=listing)


def _ask_of_unheaded(parts: list[Part], findings: Findings) -> None:
    """A column without a heading is named by its letter and what it holds."""
    seen = set()
    for column in (column for part in parts for column in part.unheaded):
        if column.letter in seen:
            continue
        seen.add(column.letter)
        held = _listing(column.samples)
        findings.ask(
            "problems.table_unread.column_heading_read",
            letter=column.letter,
            held=held,
            or_letter=findings.choosing.or_letter(column.letter),
        )


def _tell_hidden(parts: list[Part], findings: Findings) -> None:
    if any(part.sheet.encoding == "xls" for part in parts):
        findings.note("problems.table_unread.hidden_cannot_be_seen")
    beside = list(dict.fromkeys(text for part in parts for text in part.hidden))
    if beside:
        listing = _listing(beside)
        findings.ask("problems.table_unread.hidden_columns_column", listing=listing)
    read = [
        column.text
        for part in parts
        for column in part.columns.values()
        if column.index in part.sheet.hidden_columns
    ]
    if read:
        listing = _listing(list(dict.fromkeys(read)))
        findings.ask("problems.table_unread.hidden_columns_read", listing=listing)


def _field(name: str) -> Text:
    return Text(name, FIELD[name].zh)


def _listing(texts: Iterable[str]) -> Text:
    return listed([quoted(text) for text in texts], 10)


def _nearest(text: str) -> Field | None:
    """The field whose words are nearest to a heading."""
    bare = re.sub(r"[(（].*?[)）]", "", text)
    fields = [f for f in FIELDS if f.name != "total_income" or _WHOLE.search(text)]
    words = {word: f for f in fields for word in (f.zh, *f.aliases)}
    near = difflib.get_close_matches(bare, words, 1, 0.3)
    return words[near[0]] if near else None

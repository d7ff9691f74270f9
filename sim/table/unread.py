"""Columns that are not read and may be meant: figures under a heading that is not known, without
a heading, hidden, of another year."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from village_alliances.sim.fields import FIELDS, Field
from village_alliances.sim.problems import listed, quoted
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
            f"the column {quoted(text)} is not read; if it is {nearest.name}, call it"
            f' {nearest.zh} or add --column "{text}={nearest.name}"',
            f"未读取{quoted(text).zh}列；如指{nearest.zh}，请改表头为“{nearest.zh}”，"
            f'或加 --column "{text}={nearest.name}"',
        )
    for text in dict.fromkeys(text for part in parts for text in part.ignored):
        if _PLACED.search(text) and "lon" not in read:
            findings.ask(
                f"the column {quoted(text)} is not read: write longitude and latitude in two"
                " columns, in decimal degrees",
                f"未读取{quoted(text).zh}列：请分为“经度”“纬度”两列，用十进制度数填写",
            )
    _ask_of_years(parts, findings)
    _ask_of_axes(parts, findings)
    _ask_of_remarks(parts, findings)
    _ask_of_unheaded(parts, findings)
    _tell_hidden(parts, findings)
    older = dict.fromkeys(text for part in parts for text in part.older)
    if older:
        listing = listed([quoted(text) for text in older], 10)
        shown_zh = listed([quoted(text).zh for text in older], 10).zh
        findings.note(
            f"of several years the newest is read; left out: {listing}"
            " (to calibrate on them: alliances calibrate --history)",
            f"多个年份只取最新一年，未读取：{shown_zh}（用于校准：alliances calibrate --history）",
        )


def _ask_of_years(parts: list[Part], findings: Findings) -> None:
    """Columns under years alone do not say of what."""
    years = [text for part in parts for text in part.ignored if _YEARS.fullmatch(plain(text))]
    if years and "collective_income" not in {name for part in parts for name in part.columns}:
        newest = max(dict.fromkeys(years))
        listing, shown_zh = _listing(dict.fromkeys(years))
        findings.ask(
            f"the columns {listing} are not read: years do not say of what; if they are operating"
            f' incomes, add --column "{newest}=collective_income"'
            " (a history: alliances calibrate --history)",
            f"未读取{shown_zh}列：只有年份，不知是何数据；如为经营性收入，"
            f'请加 --column "{newest}=集体经济收入"（历年数据用于校准：alliances calibrate --history）',
        )


def _ask_of_axes(parts: list[Part], findings: Findings) -> None:
    """X and Y may be longitude and latitude, or what surveyors call so."""
    axes = [text for part in parts for text in part.ignored if _AXIS.fullmatch(plain(text))]
    if axes and not any("lon" in part.columns for part in parts):
        listing, shown_zh = _listing(dict.fromkeys(axes))
        findings.ask(
            f"the columns {listing} are not read; if they are longitude and latitude in degrees, add"
            f' --column "{axes[0]}=lon" and --column "{axes[-1]}=lat", or the other way round',
            f'未读取{shown_zh}列；如为经纬度（度），请加 --column "{axes[0]}=经度"'
            f' 与 --column "{axes[-1]}=纬度"，或相反',
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
        findings.ask(
            "remarks that are not read, though they say that a village is no more, or leads an"
            f" alliance: rows {listing}",
            f"以下附注未读取，但说明该村已撤并或为牵头村，请核对：{listing.zh}",
        )


def _ask_of_unheaded(parts: list[Part], findings: Findings) -> None:
    """A column without a heading is named by its letter and what it holds."""
    seen = set()
    for column in (column for part in parts for column in part.unheaded):
        if column.letter in seen:
            continue
        seen.add(column.letter)
        held, held_zh = _listing(column.samples)
        findings.ask(
            f"the column {column.letter} has no heading and is not read (it holds {held}); if it is"
            f' meant, give it a heading or add --column "{column.letter}=COLUMN" (COLUMN: population,'
            " collective_income, township ...)",
            f"{column.letter} 列没有表头，未读取（内容如 {held_zh}）；如需读取，请补上表头，"
            f'或加 --column "{column.letter}=列名"（列名如 人口、集体经济收入、乡镇）',
        )


def _tell_hidden(parts: list[Part], findings: Findings) -> None:
    beside = list(dict.fromkeys(text for part in parts for text in part.hidden))
    if beside:
        listing, shown_zh = _listing(beside)
        findings.ask(
            f"hidden columns for what a column that is shown says too are left out: {listing}",
            f"另有未隐藏的列表示同一含义，隐藏的列未读取：{shown_zh}",
        )
    read = [
        column.text
        for part in parts
        for column in part.columns.values()
        if column.index in part.sheet.hidden_columns
    ]
    if read:
        listing, shown_zh = _listing(list(dict.fromkeys(read)))
        findings.ask(
            f"hidden columns are read all the same (delete them if they are not meant): {listing}",
            f"隐藏的列仍已读取（如不应采用，请删除）：{shown_zh}",
        )


def _listing(texts: Iterable[str]) -> tuple[str, str]:
    texts = list(texts)
    return (
        listed([quoted(text) for text in texts], 10),
        listed([quoted(text).zh for text in texts], 10).zh,
    )


def _nearest(text: str) -> Field | None:
    """The field whose words are nearest to a heading."""
    bare = re.sub(r"[(（].*?[)）]", "", text)
    fields = [f for f in FIELDS if f.name != "total_income" or _WHOLE.search(text)]
    words = {word: f for f in fields for word in (f.zh, *f.aliases)}
    near = difflib.get_close_matches(bare, words, 1, 0.3)
    return words[near[0]] if near else None

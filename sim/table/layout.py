"""Where the table lies in a page: its headings, over one row or several, villages as rows or as
columns, panels side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from village_alliances.sim.problems import Doubt, Problem, TableError, listed, quoted
from village_alliances.sim.table import page as pages
from village_alliances.sim.table.cells import text_of
from village_alliances.sim.table.headings import Heading, plain, read_heading, unit_of
from village_alliances.sim.table.page import (
    HEADING_ROWS,
    MOST_COLUMNS,
    Page,
    Record,
    check_count,
    has_content,
    letter,
    refusal,
    turned,
)
from village_alliances.sim.table.places import is_place
from village_alliances.sim.worded import doubt, worded

LONGEST_GROUP = 16  # characters
DEEPEST = 3  # rows of a heading below its first
_YEAR = re.compile(r"(?:19|20)[0-9]{2}年?(?:度|末|底)?")
_TERM = re.compile(
    r"(?:(?:[上本去今当前]年(?:度|末|底)?|[上本同]期|[期年][初末]|实际|累计|完成)(?:数|余额|实际|完成)?)"
)
_FIGURE = re.compile(r"[<>~]?-?[0-9]")
_WHOLE = re.compile(r"(?:合计|小计|总计|总额|总数|总量|总收入|total)", re.IGNORECASE)
_OTHERS = re.compile(
    r"低收入|困难|低保|脱贫|贫困|党员|外来|流动|务工|移民|退休|老年|老人|劳动|残疾|五保|学生|干部|企业"
)
_TITLE = re.compile(r"[:：]|表$|年[0-9]{1,2}月|[0-9]{4}-")
_UNIT_WORDS = ("单位", "计量单位", "unit", "units")


@dataclass
class Sheet:
    """A table: its headings and the rows below them, rows without content left
    out. Columns count from 0."""

    file: str
    title: str | None
    encoding: str
    titles: list[str]  # what stands above the headings
    headings: list[Heading]
    rows: list[Record]
    width: int | None = None  # cells that each row of a text file should have
    township: str = (
        ""  # of all its villages, where what stands above the table or its title says so
    )
    label: str = ""  # by which its rows are told from those of other sheets; '' for the only one
    uncomputed: set[tuple[int, int]] = field(default_factory=set)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    letters: list[str] = field(default_factory=list)  # by which columns without a heading go
    filtered: bool = False
    problems: list[Problem] = field(default_factory=list)
    notes: list[Doubt] = field(default_factory=list)


@dataclass
class _Block:
    """The headings of a page, the groups that stand above them, and where the rows begin."""

    headings: list[Heading]
    groups: list[str]
    titles: list[str]
    begin: int  # position of the first record below
    width: int


def lay_out(page: Page) -> list[Sheet]:
    """The tables of a page: one, or one for each panel. Raises TableError where no column
    holds names of villages."""
    start = _find(page.records)
    if start is None:
        raise no_headings(page.file, page.records)
    notes: list[Doubt] = []
    if _is_turned(page.records, start):
        page = turned(page)
        notes.append(_TURNED)
        start = _find(page.records)
        assert start is not None  # the heading of names is now at the top
    block = _read_block(page.records, start)
    spans = _panels(block.headings)
    if len(spans) > 1:
        count = len(spans)
        notes.append(doubt("problems.table_layout.panels_side_side", count=count))
    sheets = [_sheet(page, block, span, alone=len(spans) == 1) for span in spans]
    sheets[0].notes = notes
    return sheets


_TURNED = doubt("problems.table_layout.villages_stand_columns")


def known_headings(top: list[Record]) -> int:
    """How many headings are understood; 0 without names of villages."""
    start = _find(top)
    if start is None:
        return 0
    if _is_turned(top, start):
        name = _name(top[start].cells)
        figures = sum(_is_figure_row(record, name) for record in top if record is not top[start])
        return 1 + figures
    return sum(heading.field is not None for heading in _read_block(top, start).headings)


def no_headings(file: str, top: list[Record]) -> TableError:
    """What is said where no column of names was found."""
    cells = [text_of(cell) for cell in next((r.cells for r in top), []) if cell != ""]
    quotes = listed([quoted(cell) for cell in cells], 8)
    expected = worded("problems.table_layout.heading_name_village", heading_rows=HEADING_ROWS)
    first = [read_heading(text_of(r.cells[0])) for r in top if r.cells and r.cells[0] != ""]
    if sum(heading.field is not None for heading in first) > 1:
        expected = worded("problems.table_layout.villages_seem_stand", expected=expected)
    return refusal(
        file,
        worded("problems.table_layout.column_village_names", found=quotes),
        expected,
    )


# -------- Headings


def _find(records: list[Record]) -> int | None:
    """The position of the first record with a heading for names of villages."""
    for i, (row, cells) in enumerate(records[: HEADING_ROWS + 1]):
        if row <= HEADING_ROWS and _name(cells) is not None:
            return i
    return None


def _name(cells: list[Any]) -> int | None:
    return next((i for i, c in enumerate(cells[:MOST_COLUMNS]) if _is_name(text_of(c))), None)


def _is_name(text: str) -> bool:
    read = read_heading(text).field
    return read is not None and read.name == "name"


def _read_block(records: list[Record], start: int) -> _Block:
    """The headings whose row of names stands at `start`, with groups above and further rows
    below."""
    base = records[start].cells
    above = _group_row(records, start)
    below: list[list[Any]] = []
    name = _name(base)
    assert name is not None
    while start + 1 + len(below) < len(records) and len(below) < DEEPEST:
        cells = records[start + 1 + len(below)].cells
        if not _continues(below[-1] if below else base, cells, name):
            break
        below.append(cells)
    rows = [*([above] if above else []), base, *below]
    width = min(max(map(len, rows)), MOST_COLUMNS)
    texts = [[text_of(c) for c in cells[:width]] + [""] * (width - len(cells)) for cells in rows]
    filled = _filled_right(texts)
    shared = [
        any(a != b for a, b in zip(_column(texts, i), _column(filled, i), strict=True))
        for i in range(width)
    ]
    return _Block(
        [_combined(_column(filled, i), shared=any(shared[i : i + 2])) for i in range(width)],
        filled[0] if above else [""] * width,
        [
            text_of(cell)
            for record in records[: start - bool(above)]
            for cell in record.cells
            if cell != ""
        ],
        start + 1 + len(below),
        len(base),
    )


def _column(levels: list[list[str]], column: int) -> list[str]:
    return [level[column] for level in levels]


def _group_row(records: list[Record], column: int) -> list[Any]:
    """The row of groups above the headings: several short cells, none of them a title or remark."""
    if column == 0 or records[column].row - records[column - 1].row != 1:
        return []
    cells = records[column - 1].cells
    texts = [text_of(cell) for cell in cells if cell != ""]
    title = any(_TITLE.search(text) or len(text) > LONGEST_GROUP for text in texts)
    return (
        cells if len(texts) > 1 and not title and len(cells) <= len(records[column].cells) else []
    )


def _continues(over: list[Any], under: list[Any], name: int) -> bool:
    """Whether a row carries headings on: no name, no figures, and something that is a
    heading, a unit or a year."""
    texts = [text_of(cell) for cell in under[:MOST_COLUMNS]]
    named = texts[name] if name < len(texts) else ""
    if named and plain(named) not in _UNIT_WORDS:
        return False
    texts = ["" if i == name else text for i, text in enumerate(texts)]
    if any(_FIGURE.match(text) and not _YEAR.match(text) for text in texts):
        return False
    upper = _filled_right([[text_of(c) for c in over] + [""] * len(texts), texts])[0]
    return any(text and _carries_on(top, text) for top, text in zip(upper, texts, strict=False))


def _carries_on(over: str, under: str) -> bool:
    above = read_heading(over).field
    if above is not None and unit_of(above, plain(under).strip("()")):
        return True
    if above is not None and _TERM.fullmatch(under):
        return True
    return _YEAR.fullmatch(under) is not None or read_heading(under).field is not None


def _filled_right(levels: list[list[str]]) -> list[list[str]]:
    """Each row of headings with a group written over each of its columns: it stands over the
    first alone in the file."""
    filled = [list(level) for level in levels]
    for upper, lower in pairwise(filled):
        for i in range(1, min(len(upper), len(lower))):
            if not upper[i] and lower[i] and lower[i - 1] and upper[i - 1]:
                upper[i] = upper[i - 1]
    return filled


def _combined(texts: list[str], *, shared: bool) -> Heading:
    """The heading of a column from what stands in its rows, the uppermost first; `shared`:
    with a column beside it."""
    distinct = list(dict.fromkeys(text for text in texts if text))
    if len(distinct) < 2:
        return read_heading(distinct[0] if distinct else "")
    above, own = distinct[-2], distinct[-1]
    over, heading = read_heading(above), read_heading(own)
    if over.field and unit_of(over.field, plain(own).strip("()")):
        return read_heading(f"{above}({plain(own).strip('()')})")
    if _YEAR.fullmatch(own):
        return read_heading(f"{own if own.endswith('年') else own[:4] + '年'}{above}")
    if over.field and _TERM.fullmatch(own):
        return read_heading(f"{own.removesuffix('数').removesuffix('余额')}{above}")
    joined = f"{above} {own}"
    if any(_OTHERS.search(text) for text in distinct[:-1]):
        return Heading(joined)
    if heading.field is None and over.field is not None and not shared:
        return over
    if heading.field is None:
        whole = over if _WHOLE.fullmatch(plain(own)) else read_heading(f"{above}{own}")
        return Heading(joined, whole.field, whole.unit, whole.strange)
    text = joined if _YEAR.search(above) else own
    unit = heading.unit or _unit_of_group(heading, distinct[:-1])
    return Heading(text, heading.field, unit, heading.strange)


def _unit_of_group(heading: Heading, groups: list[str]) -> Any:
    """The unit in brackets that a group names for its columns, the nearest first."""
    assert heading.field is not None
    if heading.field.kind != "number":
        return None
    for group in reversed(groups):
        for inside in re.findall(r"\(([^()]*)\)", plain(group)):
            if unit := unit_of(heading.field, inside.removeprefix("单位:")):
                return unit
    return None


# -------- Villages as columns


def _is_turned(records: list[Record], column: int) -> bool:
    """Whether headings go down the column of names instead of along its row."""
    cells = records[column].cells
    name = _name(cells)
    assert name is not None
    beside = sum(read_heading(text_of(c)).field is not None for c in cells[:MOST_COLUMNS]) - 1
    others = [*records[:column], *records[column + 1 :][:HEADING_ROWS]]
    texts = [text_of(r.cells[name]) for r in others if name < len(r.cells)]
    texts = [text for text in texts if text and not _is_name(text)]
    count = sum(read_heading(text).field is not None for text in texts)
    return count > beside and (count > 1 or count == len(texts))


def _is_figure_row(record: Record, name: int | None) -> bool:
    """Whether a row of a table of villages as columns has a heading and
    something of its kind behind it."""
    assert name is not None
    if name >= len(record.cells):
        return False
    heading = read_heading(text_of(record.cells[name])).field
    texts = [text_of(cell) for cell in record.cells[name + 1 :] if cell != ""]
    if heading is None:
        return False
    return heading.kind != "number" or 2 * sum(bool(_FIGURE.match(t)) for t in texts) > len(texts)


# -------- Panels


def _panels(headings: list[Heading]) -> list[tuple[int, int]]:
    """The spans of columns of panels side by side with the same headings; else one span
    over all."""
    everything = [(0, len(headings))]
    names = sum(heading.field is not None and heading.field.name == "name" for heading in headings)
    starts = [i for i, heading in enumerate(headings) if heading.text]
    if names < 2 or len(starts) % names:
        return everything
    size = len(starts) // names
    parts = [starts[i : i + size] for i in range(0, len(starts), size)]
    texts = {tuple(plain(headings[place].text) for place in part) for part in parts}
    if len(texts) > 1:
        return everything
    begins = [part[0] for part in parts]
    return list(zip(begins, [*begins[1:], len(headings)], strict=True))


def _sheet(page: Page, block: _Block, span: tuple[int, int], *, alone: bool) -> Sheet:
    """The table in some columns of a page."""
    begin, end = span
    below = page.records[block.begin :]
    problems = list(page.problems) if begin == 0 or alone else []
    if page.even and not alone and begin == 0:
        problems += [
            ragged(page.file, record, block.width)
            for record in below
            if len(record.cells) != block.width
        ]
    groups = {group for group in block.groups[begin:end] if group}
    place = next(iter(groups)) if len(groups) == 1 else ""
    rows = below if alone else [Record(r.row, r.cells[begin:end]) for r in below]
    return Sheet(
        page.file,
        page.title,
        page.encoding,
        block.titles,
        block.headings[begin:end],
        check_count([r for r in rows if has_content(r)], page.file, pages.MOST_ROWS),
        block.width if page.even and alone else None,
        place if is_place(place) else "",
        uncomputed={(row, place - begin) for row, place in page.uncomputed if begin <= place < end},
        merged=[
            (first, last, place - begin)
            for first, last, place in page.merged
            if begin <= place < end and below and first >= below[0].row
        ],
        hidden=page.hidden,
        hidden_columns={column - begin for column in page.hidden_columns if begin <= column < end},
        letters=_letters(page, span, rows, alone=alone),
        filtered=page.filtered,
        problems=problems,
    )


def _letters(page: Page, span: tuple[int, int], rows: list[Record], *, alone: bool) -> list[str]:
    """The letters of the columns of a table, also of those beyond its headings."""
    begin, end = span
    width = max((len(record.cells) for record in rows), default=0) if alone else end - begin
    last = begin + min(max(width, end - begin), MOST_COLUMNS)
    return page.letters[begin:last] if page.letters else list(map(letter, range(begin, last)))


def ragged(file: str, record: Record, width: int) -> Problem:
    """A row with too many or too few cells."""
    return Problem(
        file,
        record.row,
        None,
        worded("problems.table_layout.cells", count=len(record.cells)),
        worded("problems.table_layout.cells_many_headings", width=width),
    )

"""Which rows of a sheet are villages: sums, townships, sections, footnotes, numbering and
repeated headings are not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from village_alliances.sim.problems import Text, listed, quoted
from village_alliances.sim.table.cells import is_blank, said
from village_alliances.sim.table.columns import Part
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.layout import ragged
from village_alliances.sim.table.page import Record
from village_alliances.sim.table.places import is_body, is_group, is_place, is_sum

Reason = Literal["sum", "place", "section", "footnote", "heading", "empty", "hidden", "body"]

_NUMBERED = re.compile(r"^[(（]?[一二三四五六七八九十]+[)）、.．]\s*")
_SERIAL = re.compile(r"[(（]?(?:[0-9]{1,3}|[甲乙丙丁])[)）]?")
_NOTE = re.compile(
    r"数据|截至|截止|提供|填表|填报|审核|制表|说明|备注|^注|负责人|联系|日期|[0-9]{4}年|来源|统计|以上|本表|note|source"
)
_FOOTNOTE = re.compile(
    r"(?:注|备注|说明|填表|制表|审核|填报|单位|数据来源|来源|联系|note|source|remark)[^:：]{0,8}[:：]",
    re.IGNORECASE,
)
_PAGE = re.compile(r"[(（]?(?:续表|续上表|接上页|转下页|第.{1,3}页.*|共.{1,3}页.*)[)）]?")
_SIGNED = re.compile(r"(?:填表|审核|制表|填报|负责|联系|报送|主管|分管)人?")
_TOWNSHIP = re.compile(r"^.{1,10}(?:镇|乡|街道)[:：]?$")  # a title that is a township and no more
_SUMMED = (
    "population",
    "households",
    "collective_income",
    "total_income",
    "debt",
    "reserves",
    "idle_land",
    "developed_land",
)
_MOST_PARTS = 60  # villages of which a row among them may be the sum
_LONG = 12  # characters; few names of villages have more


@dataclass
class Sorted:
    """Rows by number: those that are certainly no villages and why, those that may be none, and
    townships from sections."""

    left_out: dict[int, Reason] = field(default_factory=dict)
    doubtful: dict[int, Reason] = field(default_factory=dict)
    township: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Line:
    """A row with what stands in its column of names, and how many cells say something."""

    row: int
    cells: list[Any]
    called: str
    filled: int  # cells but serial numbers
    only: str  # what stands in the only one

    @property
    def first(self) -> str:
        return next((said(cell) for cell in self.cells if cell != ""), "")


def _line(record: Record, name: int, known: set[int]) -> _Line:
    cells = record.cells
    told = [
        said(cell)
        for at, cell in enumerate(cells)
        if not is_blank(cell) and (at in known or not said(cell).isdigit())
    ]
    return _Line(record.row, cells, _at(cells, name), len(told), told[0] if len(told) == 1 else "")


def villages_of(part: Part, sorted_rows: Sorted, findings: Findings) -> Iterator[Record]:
    """The rows that are villages; those with too many or too few cells are problems."""
    sheet = part.sheet
    needed = max((at + 1 for at, heading in enumerate(sheet.headings) if heading.text), default=0)
    for record in sheet.rows:
        row, cells = record
        if row in sorted_rows.left_out:
            if sorted_rows.left_out[row] == "heading":
                _check_order(part, record, findings)
            continue
        if sheet.width is not None and (
            len(cells) < needed or any(cell != "" for cell in cells[sheet.width :])
        ):
            findings.problems.append(ragged(sheet.file, record, sheet.width))
        else:
            yield record


def _check_order(part: Part, record: Record, findings: Findings) -> None:
    """Headings that come again in another order leave what follows without its columns."""
    texts = [said(cell) for cell in record.cells]
    for column in part.columns.values():
        if column.text in texts and _at(record.cells, column.at) != column.text:
            findings.refuse(
                part.sheet,
                record.row,
                column.text,
                Text("the headings again, in another order", "重复的表头，但各列顺序不同"),
                Text("one order of columns in the whole table", "整张表各列顺序一致"),
            )
            return


def sort_rows(part: Part) -> Sorted:
    """Tell villages from what else stands in a table."""
    found = Sorted()
    if "name" not in part.columns:
        return found
    name = part.columns["name"].at
    figures = [c.at for c in part.columns.values() if c.known.kind == "number"]
    places = [part.columns[p].at for p in ("township", "county", "city") if p in part.columns]
    headings = [heading.text for heading in part.sheet.headings]
    known = {column.at for column in part.columns.values()}
    lines = [_line(record, name, known) for record in part.sheet.rows]
    wide = sum(line.filled > 1 for line in lines) > 1
    last = max(
        (at for at, line in enumerate(lines) if line.filled > 1 and not _is_signature(line)),
        default=-1,
    )
    stated = {
        text
        for line in lines
        for p in places
        if (text := _at(line.cells, p)) not in ("", line.called)
    }
    section = next(
        (_section(title) for title in part.sheet.titles[-1:] if _TOWNSHIP.search(title)), ""
    )
    for at, line in enumerate(lines):
        titles = [line.first, line.called, *(_at(line.cells, place) for place in places)]
        reason = _certain(line, at, last, wide=wide, headings=headings)
        if any(is_sum(text) for text in titles if text):
            reason = "sum"
        if reason == "section":
            title = _section(line.only)
            section = title if is_place(title) else section
        elif (
            reason is None
            and not line.called
            and (place := _unnamed_place(lines, at, figures, places))
        ):
            reason, section = "place", place
        elif reason is None and is_place(line.called):
            if line.called in stated or _is_sum(line, figures, _until_place(lines, at)):
                reason, section = "place", line.called
            elif line.called not in [_at(line.cells, place) for place in places]:
                found.doubtful[line.row] = "place"
        elif reason is None and wide and len(line.only) > _LONG and _NOTE.search(line.only):
            found.doubtful[line.row] = "footnote"
        elif reason is None and is_body(line.called):
            found.doubtful[line.row] = "body"
        if reason is None and line.row in part.sheet.hidden and not part.sheet.filtered:
            reason = "hidden"
        if reason is not None:
            found.left_out[line.row] = reason
        elif section:
            found.township[line.row] = section
    _find_sums(lines, figures, found)
    summed = [part.columns[field].at for field in _SUMMED if field in part.columns]
    if "alliance" in part.columns:
        stated |= {_at(line.cells, part.columns["alliance"].at) for line in lines}
    _find_groups(lines, summed, stated - {""}, found)
    return found


def _certain(
    line: _Line, at: int, last: int, *, wide: bool, headings: Sequence[str]
) -> Reason | None:
    """Why a row is certainly no village, seen by itself; None where it may be one."""
    cells, only = line.cells, line.only
    if len({said(c) for c in cells if not is_blank(c)} & set(headings)) > 1:
        return "heading"
    if at == 0 and _is_numbering(cells):
        return "heading"
    if wide and only and _section(only):
        return "section"
    texts = [said(cell) for cell in cells if cell != ""]
    if (texts and all(_FOOTNOTE.match(text) for text in texts)) or _PAGE.fullmatch(only or " "):
        return "footnote"
    if wide and line.filled <= 1 and at > last and (len(only) > _LONG or _NOTE.search(only)):
        return "footnote"
    if at > last and _is_signature(line):
        return "footnote"
    return "empty" if wide and not line.filled else None


def _is_signature(line: _Line) -> bool:
    """Whether a row says who filled the table in, who checked it."""
    return bool(_SIGNED.match(line.first)) and len(line.first) <= _LONG and "村" not in line.first


def _is_numbering(cells: list[Any]) -> bool:
    """Whether a row below the headings numbers the columns: 甲, 乙, 1, 2, 3."""
    texts = [said(cell) for cell in cells if cell != ""]
    figures = [int(re.sub(r"\D", "", text)) for text in texts if re.search(r"[0-9]", text)]
    return (
        len(figures) > 1
        and all(_SERIAL.fullmatch(text) for text in texts)
        and figures == list(range(figures[0], figures[0] + len(figures)))
        and figures[0] <= 3
    )


def _find_sums(lines: list[_Line], figures: Sequence[int], found: Sorted) -> None:
    """A first or last row that is the sum of all others, whatever it is called."""
    left = [line for line in lines if line.row not in found.left_out]
    if len(left) < 4:
        return
    for at, others in ((0, left[1:]), (len(left) - 1, left[:-1])):
        alike = _matching(left[at].cells, [line.cells for line in others], figures)
        if alike > 1:
            found.left_out[left[at].row] = "sum"
        elif alike == 1:
            found.doubtful[left[at].row] = "sum"


def _find_groups(
    lines: list[_Line], summed: Sequence[int], groups: set[str], found: Sorted
) -> None:
    """Rows that are the sums of those right above or below in all of `summed`, of which they fill
    three: left out under the name of a group, else doubtful."""
    left = [line for line in lines if line.row not in found.left_out]
    figures = {line.row: [_number(_at(line.cells, at)) for at in summed] for line in left}
    for at, line in enumerate(left):
        above, below = left[max(0, at - _MOST_PARTS) : at][::-1], left[at + 1 :][:_MOST_PARTS]
        own = figures[line.row]
        if not any(_sums_up(own, [figures[one.row] for one in run]) for run in (above, below)):
            continue
        if is_group(line.called) or line.called in groups:
            found.left_out[line.row] = "sum"
        else:
            found.doubtful[line.row] = "sum"


def _sums_up(own: list[float | None], run: list[list[float | None]]) -> bool:
    """Whether figures are the sums of the first two or more rows of a run."""
    stated = [at for at, figure in enumerate(own) if figure]
    if len(stated) < 3:
        return False
    sums = dict.fromkeys(stated, 0.0)
    for count, figures in enumerate(run, 1):
        for at in stated:
            sums[at] += figures[at] or 0.0
        if count > 1 and all(math.isclose(sums[at], own[at] or 0.0) for at in stated):
            return True
    return False


def _section(text: str) -> str:
    """The title of a section, as 甲镇 in `一、甲镇`; '' where it is none."""
    bare = _NUMBERED.sub("", text).rstrip(":：")
    if is_place(bare):
        return re.sub(r"[(（].*[)）]$", "", bare)
    return bare if bare != text.rstrip(":：") else ""


def _until_place(lines: list[_Line], at: int) -> list[list[Any]]:
    found = []
    for line in lines[at + 1 :]:
        if is_place(line.called) or is_sum(line.called):
            break
        found.append(line.cells)
    return found


def _unnamed_place(
    lines: list[_Line], at: int, figures: Sequence[int], places: Sequence[int]
) -> str:
    """The township of a row without a name whose figures are the sums of the rows until
    the next such; '' for none."""
    place = next((text for p in places if (text := _at(lines[at].cells, p))), "")
    others = []
    for line in lines[at + 1 :]:
        if not line.called:
            break
        others.append(line.cells)
    return place if place and _is_sum(lines[at], figures, others) else ""


def _is_sum(line: _Line, figures: Sequence[int], others: list[list[Any]]) -> bool:
    return len(others) > 1 and _matching(line.cells, others, figures) > 0


def _matching(cells: list[Any], others: list[list[Any]], figures: Sequence[int]) -> int:
    """In how many columns the figure is the sum of the others; 0 where it is not in one of them."""
    count = 0
    for column in figures:
        own, parts = _number(_at(cells, column)), [_number(_at(c, column)) for c in others]
        known = [part for part in parts if part is not None]
        if own is None or len(known) < 2 or own == 0:
            continue
        if abs(own - sum(known)) > 1e-6 * abs(own):
            return 0
        count += 1
    return count


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def _at(cells: list[Any], at: int) -> str:
    return said(cells[at]) if at < len(cells) else ""


# -------- What is told of it


def tell_left_out(parts: Sequence[tuple[Part, Sorted]], findings: Findings) -> None:
    """Says which rows are left out as no villages, which may be none, and which are hidden."""
    out, doubtful, hidden, filtered = [], [], [], []
    for part, found in parts:
        for row, cells in part.sheet.rows:
            shown = _called(part, row, cells)
            reason = found.left_out.get(row)
            if reason == "hidden":
                hidden.append(shown)
            elif reason not in (None, "empty"):
                out.append(shown)
            elif row in found.doubtful:
                doubtful.append(shown)
            if reason is None and row in part.sheet.hidden:
                filtered.append(shown)
    for rows, tell, texts in (
        (out, findings.note, _LEFT_OUT),
        (doubtful, findings.ask, _DOUBTFUL),
        (hidden, findings.ask, _HIDDEN),
        (filtered, findings.ask, _FILTERED),
    ):
        if rows:
            listing = listed(rows, 10)
            tell(texts.format(listing), texts.zh.format(listing.zh))


_LEFT_OUT = Text(
    "rows read as sums, townships, footnotes or repeated headings and left out: {}",
    "以下行是合计、乡镇、附注或重复的表头，未作为村读取：{}",
)
_DOUBTFUL = Text(
    "rows that may be sums, townships, other bodies or remarks but are read as villages: {}",
    "以下行可能是合计、乡镇、其他单位或附注，但仍作为村读取，请核对：{}",
)
_HIDDEN = Text(
    "hidden rows are left out (unhide them if they are meant): {}",
    "隐藏的行未读取（如需计入，请取消隐藏）：{}",
)
_FILTERED = Text(
    "rows that a filter hides are read all the same (delete them if they are not meant): {}",
    "被筛选隐藏的行仍已读取（如不应计入，请删除）：{}",
)


def _called(part: Part, row: int, cells: list[Any]) -> str:
    name = part.columns.get("name")
    text = _at(cells, name.at) if name else ""
    text = text or next((said(cell) for cell in cells if cell != ""), "")
    return f"{where(part, row)} {quoted(text).zh}"


def where(part: Part, row: int) -> str:
    """A row as a person finds it: its number, with its sheet where several are read."""
    return f"{part.sheet.label}!{row}" if part.sheet.label else str(row)

"""Which rows of a sheet are villages: sums, townships, sections, footnotes, numbering and
repeated headings are not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from village_alliances.sim.problems import listed, quoted
from village_alliances.sim.table.cells import is_blank, text_of
from village_alliances.sim.table.columns import Part
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.layout import ragged
from village_alliances.sim.table.page import Record
from village_alliances.sim.table.places import (
    PLACES,
    is_body,
    is_category,
    is_group,
    is_place,
    is_sum,
    level,
    surely_alliance,
)
from village_alliances.sim.table.sums import Scattered, Sums, Total, kinds, runs_beside
from village_alliances.sim.worded import worded

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
_PAGE = re.compile(
    r"[(（]?(?:续表|续上表|接上页|转下页|第.{1,3}页.*|共.{1,3}页.*)[)）]?|[-—－·. ]+[0-9]+[-—－·. ]*"
)
_SIGNED = re.compile(r"(?:填表|审核|制表|填报|负责|联系|报送|主管|分管)人?")
_BRACKETED = re.compile(r"^[【\[〔《（(]([^】\]〕》）)]+)[】\]〕》）)]$")
_NO_VILLAGE = re.compile(  # a Chinese name that does not end as those of villages do
    r"(?=.*[一-鿿])(?!.*(?:村|社区|居|委会|庄|屯|寨)(?:[(（].*[)）])?[*★]?$).*"
)
_TITLED = re.compile(
    r".*(?:表|名单|台账|清单|明细)(?:[(（].*[)）])?|.*[(（](?:盖章|签章|签字|公章)[)）].*"
)
_LEAD = re.compile(r"牵头(?:村|单位)?[:：为是]?\s*([^:：,，;；、()（）]{2,12})")
_LONG = 12  # characters; few names of villages have more


@dataclass
class Sorted:
    """Rows by number: those that are certainly no villages and why, those that may be none, and
    what the titles of sections say of others: field -> township, county, alliance or lead."""

    left_out: dict[int, Reason] = field(default_factory=dict)
    doubtful: dict[int, Reason] = field(default_factory=dict)
    inherited: dict[int, dict[str, str]] = field(default_factory=dict)
    alliances: list[str] = field(default_factory=list)  # titles read as names of alliances


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
        return next((text_of(cell) for cell in self.cells if cell != ""), "")


def _line(record: Record, name: int, numbers: set[int]) -> _Line:
    cells = record.cells
    texts = [
        text_of(cell)
        for i, cell in enumerate(cells)
        if not is_blank(cell) and (i in numbers or not text_of(cell).isdecimal())
    ]
    return _Line(
        record.row, cells, _at(cells, name), len(texts), texts[0] if len(texts) == 1 else ""
    )


def villages_of(part: Part, sorted_rows: Sorted, findings: Findings) -> Iterator[Record]:
    """The rows that are villages; those with too many or too few cells are problems."""
    sheet = part.sheet
    needed = max((i + 1 for i, heading in enumerate(sheet.headings) if heading.text), default=0)
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
    texts = [text_of(cell) for cell in record.cells]
    for column in part.columns.values():
        if column.text in texts and _at(record.cells, column.index) != column.text:
            findings.refuse(
                part.sheet,
                record.row,
                column.text,
                worded("problems.table_rows.headings_again_another"),
                worded("problems.table_rows.order_columns_whole"),
            )
            return


def sort_rows(part: Part) -> Sorted:
    """Tell villages from what else stands in a table."""
    result = Sorted()
    if "name" not in part.columns:
        return result
    name = part.columns["name"].index
    columns = {column.index for column in part.columns.values()}
    lines = [_line(record, name, columns) for record in part.sheet.rows]
    sums = Sums(part, part.sheet.rows)
    _Sorter(part, lines, sums, result).sort()
    _find_sums(part, lines, sums, result)
    return result


class _Sorter:
    """Goes down the rows with the titles that hold for them in mind."""

    def __init__(self, part: Part, lines: list[_Line], sums: Sums, result: Sorted) -> None:
        self.part, self.lines, self.sums, self.result = part, lines, sums, result
        self.places = [part.columns[p].index for p in PLACES if p in part.columns]
        self.headings = [heading.text for heading in part.sheet.headings]
        self.wide = sum(line.filled > 1 for line in lines) > 1
        self.full = sum(line.filled > 1 for line in lines) > len(lines) / 2
        self.last = max(
            (i for i, line in enumerate(lines) if line.filled > 1 and not _is_signature(line)),
            default=-1,
        )
        self.stated = {
            text
            for line in lines
            for p in self.places
            if (text := _at(line.cells, p)) not in ("", line.called)
        }
        self.section: dict[str, str] = {}

    def sort(self) -> None:
        """Each row: left out, doubtful or a village, of the section it stands in."""
        for title in self.part.sheet.titles[-1:]:
            if is_place(title) or surely_alliance(title):
                self._enter(title)
        for i, line in enumerate(self.lines):
            reason = self._reason(i, line)
            if (
                reason is None
                and line.row in self.part.sheet.hidden
                and not self.part.sheet.filtered
            ):
                reason = "hidden"
            if reason is not None:
                self.result.left_out[line.row] = reason
            elif self.section:
                self.result.inherited[line.row] = {**self.section}

    def _reason(self, i: int, line: _Line) -> Reason | None:
        """Why a row is left out; None for a village, or what may be one."""
        above = self.part.sheet.titles
        reason = _certain(line, i, self.last, wide=self.wide, headings=self.headings, titles=above)
        titles = [line.first, line.called, *(_at(line.cells, place) for place in self.places)]
        if any(is_sum(text) for text in titles if text):
            return "sum"
        if reason == "section":
            self._enter(_section(line.only) or line.only)
        if reason is not None:
            return reason
        if not line.called:
            return self._unnamed(i, line)
        if is_group(line.called):
            return self._group(i, line)
        if self.wide and len(line.only) > _LONG and _NOTE.search(line.only):
            self.result.doubtful[line.row] = "footnote"
        elif is_body(line.called):
            self.result.doubtful[line.row] = "body"
        elif self.full and line.only == line.called and _NO_VILLAGE.fullmatch(line.called):
            self.result.doubtful[line.row] = "empty"
        return None

    def _enter(self, title: str) -> None:
        """What follows stands under this title; a higher level ends the lower ones."""
        field = level(title)
        if field == "alliance" and "alliance" in self.part.columns:
            return
        if not field:
            self.section.pop("alliance", None)
            return
        order = ("county", "township", "alliance")
        kept = order[: order.index(field)]
        self.section = {name: self.section[name] for name in kept if name in self.section}
        self.section[field] = _bare(title)
        if field == "alliance":
            self.result.alliances.append(_bare(title))
            if lead := _LEAD.search(title):
                self.section["lead"] = lead[1]

    def _group(self, i: int, line: _Line) -> Reason | None:
        """A row called as a township, a county or an alliance: its own figures, if they are the
        sums of what follows or stands above, or if a column of places names it too."""
        below, above = self._until_group(i, 1), self._until_group(i, -1)
        if self._sums_up(line.row, below) or line.called in self.stated:
            self._enter(line.called)
            return "place"
        if self._sums_up(line.row, above):
            self._close(line.called, above)
            return "place"
        if is_place(line.called) and line.called not in [_at(line.cells, p) for p in self.places]:
            self.result.doubtful[line.row] = "place"
        return None

    def _close(self, title: str, rows: list[int]) -> None:
        """Rows whose sum stands below them, under its title."""
        field = level(title)
        if field != "alliance" and field not in self.part.columns:
            for row in rows:
                self.result.inherited.setdefault(row, {}).setdefault(field, _bare(title))
        self.section.pop(field, None)

    def _until_group(self, i: int, step: int) -> list[int]:
        """The rows below (1) or above (-1) until the next that is called as a group or a sum."""
        rows = []
        while 0 <= (i := i + step) < len(self.lines):
            line = self.lines[i]
            if is_group(line.called) or is_sum(line.called) or is_sum(line.first):
                break
            if line.called and self.sums.stated(line.row):
                rows.append(line.row)
        return rows

    def _sums_up(self, row: int, others: list[int]) -> bool:
        if len(others) == 1:
            return self.sums.agreeing(row, others, fewest=1) > 1
        return len(others) > 1 and self.sums.agreeing(row, others) > 0

    def _unnamed(self, begin: int, line: _Line) -> Reason | None:
        """A row without a name: a place, where its figures are the sums of the rows until the next
        such, or of all."""
        place = next((text for p in self.places if (text := _at(line.cells, p))), "")
        until = next(
            (i for i in range(begin + 1, len(self.lines)) if not self.lines[i].called), None
        )
        below = [line.row for line in self.lines[begin + 1 : until]]
        everyone = [line.row for line in self.lines if line.called]
        if place and self._sums_up(line.row, below):
            if len(below) < len(everyone) or level(place) == "township":
                self._enter(place)
            return "place"
        return "sum" if place and self._sums_up(line.row, everyone) else None


def _certain(
    line: _Line,
    column: int,
    last: int,
    *,
    wide: bool,
    headings: Sequence[str],
    titles: Sequence[str],
) -> Reason | None:
    """Why a row is certainly no village, seen by itself; None where it may be one."""
    cells, only = line.cells, line.only
    if len({text_of(c) for c in cells if not is_blank(c)} & set(headings)) > 1:
        return "heading"
    if column == 0 and _is_numbering(cells):
        return "heading"
    if wide and only and (_section(only) or (not line.called and is_group(only))):
        return "section"
    texts = [text_of(cell) for cell in cells if cell != ""]
    if (texts and all(_FOOTNOTE.match(text) for text in texts)) or _PAGE.fullmatch(only or " "):
        return "footnote"
    if wide and line.filled <= 1 and column > last and (len(only) > _LONG or _NOTE.search(only)):
        return "footnote"
    if wide and only and (_TITLED.fullmatch(only) or only in titles):
        return "footnote"
    if column > last and _is_signature(line):
        return "footnote"
    return "empty" if wide and not line.filled else None


def _is_signature(line: _Line) -> bool:
    """Whether a row says who filled the table in, who checked it."""
    return bool(_SIGNED.match(line.first)) and len(line.first) <= _LONG and "村" not in line.first


def _is_numbering(cells: list[Any]) -> bool:
    """Whether a row below the headings numbers the columns: 甲, 乙, 1, 2, 3."""
    texts = [text_of(cell) for cell in cells if cell != ""]
    if not all(_SERIAL.fullmatch(text) for text in texts):
        return False
    figures = [int(re.sub(r"\D", "", text)) for text in texts if re.search(r"[0-9]", text)]
    return (
        len(figures) > 1
        and figures == list(range(figures[0], figures[0] + len(figures)))
        and figures[0] <= 3
    )


def _find_sums(part: Part, lines: list[_Line], sums: Sums, result: Sorted) -> None:
    """Rows that are sums of others: left out under the name of a sum, a group or a kind of
    villages, or where they are the sum of all; else doubtful."""
    _find_whole(lines, sums, result)
    lines_left = [line for line in lines if line.row not in result.left_out]
    ends = set(sums.chained([line.row for line in lines_left]))
    called = Counter(line.called for line in lines_left if line.row in ends)
    for line in (line for line in lines_left if line.row in ends):
        (result.left_out if called[line.called] > 1 else result.doubtful)[line.row] = "sum"
    lines_left = [line for line in lines_left if line.row not in ends]
    groups = set().union(
        *({_at(line.cells, place) for line in lines} for place in _grouping(part))
    ) - {""}
    rows = [line.row for line in lines_left]
    elsewhere = Scattered(sums, rows, kinds(part, [(line.row, line.cells) for line in lines_left]))
    for i, line in enumerate(lines_left):
        beside = any(sums.adjoining(line.row, run) for run in runs_beside(rows, i))
        if not (beside or elsewhere.contains(line.row)):
            if is_category(line.called):
                result.doubtful.setdefault(line.row, "sum")
            continue
        certain = is_group(line.called) or is_category(line.called) or line.called in groups
        (result.left_out if certain else result.doubtful)[line.row] = "sum"


def _find_whole(lines: list[_Line], sums: Sums, result: Sorted) -> None:
    """A row that is the sum of all others, or of all rows of places, whatever it is called."""
    left = [line for line in lines if line.row not in result.left_out]
    if len(left) < 3:
        return
    places = [line.row for line in lines if result.left_out.get(line.row) == "place"]
    totals = [Total(sums, [line.row for line in left])]
    totals += [Total(sums, places)] if len(places) > 1 else []
    for line in left:
        alike = max(total.agreeing(line.row) for total in totals)
        if alike > 1 or (alike and is_group(line.called)):
            result.left_out[line.row] = "sum"
            return
        if line in (left[0], left[-1]) and (alike == 1 or totals[0].nearly(line.row)):
            result.doubtful[line.row] = "sum"


def _grouping(part: Part) -> list[int]:
    """The columns whose words are names of groups of villages."""
    names = (*PLACES, "alliance")
    return [part.columns[name].index for name in names if name in part.columns]


def _section(text: str) -> str:
    """The title of a section, as 甲镇 in `一、甲镇`, 林溪联合体; '' where it is none."""
    bare = _BRACKETED.sub(r"\1", _NUMBERED.sub("", text))
    return bare if bare != text or is_place(bare) or surely_alliance(bare) else ""


def _bare(title: str) -> str:
    """A title without what stands in brackets behind it."""
    return re.sub(r"[(（][^()（）]*[)）]$", "", title.rstrip(":：")).rstrip(":：")


def _at(cells: list[Any], column: int) -> str:
    return text_of(cells[column]) if column < len(cells) else ""


# -------- What is told of it


def tell_left_out(parts: Sequence[tuple[Part, Sorted]], findings: Findings) -> None:
    """Says which rows are left out as no villages, which may be none, and which are hidden."""
    out, doubtful, hidden, filtered = [], [], [], []
    for part, sorting in parts:
        for row, cells in part.sheet.rows:
            called_cells = _called(part, row, cells)
            reason = sorting.left_out.get(row)
            if reason == "hidden":
                hidden.append(called_cells)
            elif reason not in (None, "empty"):
                out.append(called_cells)
            elif row in sorting.doubtful:
                doubtful.append(called_cells)
            if reason is None and row in part.sheet.hidden:
                filtered.append(called_cells)
    for text in dict.fromkeys(title for _, part in parts for title in part.alliances):
        tell = findings.note if surely_alliance(text) else findings.ask
        tell("problems.table_rows.title_alliance", title=quoted(text))
    for rows, tell, key in (
        (out, findings.note, "problems.table_rows.rows_read_sums"),
        (doubtful, findings.ask, "problems.table_rows.rows_sums_townships"),
        (hidden, findings.ask, "problems.table_rows.hidden_rows_left"),
        (filtered, findings.ask, "problems.table_rows.rows_filter_hides"),
    ):
        if rows:
            tell(key, rows=listed(rows, 10))


def _called(part: Part, row: int, cells: list[Any]) -> str:
    name = part.columns.get("name")
    text = _at(cells, name.index) if name else ""
    text = text or next((text_of(cell) for cell in cells if cell != ""), "")
    return f"{where(part, row)} {quoted(text).zh}"


def where(part: Part, row: int) -> str:
    """A row as a person finds it: its number, with its sheet where several are read."""
    return f"{part.sheet.label}!{row}" if part.sheet.label else str(row)

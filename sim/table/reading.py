"""Reads a sheet's rows as villages and gathers everything that is wrong with them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from village_alliances.sim.fields import FIELD, FIELDS, NOT_ALLIED, PRODUCTS, Field
from village_alliances.sim.files import read_file
from village_alliances.sim.problems import Doubt, Problem, TableError, Text, listed, quoted
from village_alliances.sim.table.cells import (
    ERRORS,
    Cell,
    Unreadable,
    bounds,
    error_value,
    figure,
    is_blank,
    read_choice,
    read_number,
    read_product,
    read_quarter,
    said,
)
from village_alliances.sim.table.doubts import implausible
from village_alliances.sim.table.headings import Heading, Unit, as_field, plain, unit_of
from village_alliances.sim.table.rows import Sorted, sort_rows
from village_alliances.sim.table.sheet import LARGEST_UNPACKED, Record, Sheet, read_sheet
from village_alliances.sim.table.template import EXAMPLE

MOST_PROBLEMS = 10_000  # after which reading stops
_PLACE = ("name", "township", "county", "city")
_SHARED_BY_ALLIANCE = ("founded", "strategy")
_TOTALS = frozenset(
    (
        "合计",
        "总计",
        "小计",
        "共计",
        "累计",
        "总和",
        "平均",
        "平均值",
        "均值",
        "平均数",
        "total",
        "totals",
        "sum",
        "subtotal",
        "average",
        "mean",
    )
)
_FOOTNOTE = re.compile(
    r"(?:注|备注|说明|填表|制表|审核|填报|单位|数据来源|来源|联系|note|source|remark)[^:：]{0,8}[:：]",
    re.IGNORECASE,
)
_LOOKS_LIKE_WAN = 500  # yuan; a median below it was hardly meant in yuan


class Row(dict[str, Any]):
    """One village: field name -> text, `Cell` or None (blank). Fields without a column are None too; `_row` is the row's number."""

    __slots__ = ()

    def __missing__(self, key: str) -> None:
        if key not in FIELD:
            raise KeyError(key)


@dataclass(frozen=True)
class Understood:
    """What was made of one column: its heading as written, the field, the unit in which it was read, and a remark."""

    header: str
    field: str
    unit: str
    note: str


@dataclass
class Table:
    """A village table that was read without a problem. Rows in the order of the file; `warnings` and notes are `Text`s (en and zh)."""

    path: str
    rows: list[dict[str, Any]]
    understood: list[Understood]
    ignored: list[str]
    encoding: str
    sheet: str | None
    warnings: list[Text] = field(default_factory=list)
    years: dict[str, int] = field(default_factory=dict)  # field -> year that its heading names


def read_table(
    path: Path | str,
    *,
    may_be_empty: bool = False,
    sheet: str = "",
    columns: Mapping[str, str] | None = None,
) -> Table:
    """Read a village table (.csv, .tsv, .txt, .xlsx). Raises TableError with all problems at once.

    `sheet`: of a workbook, by name. `columns`: heading -> field, where a heading is not known.
    A table without villages is a problem too, unless it `may_be_empty`, as in a scenario whose villages are all drawn.
    """
    path = Path(path)
    data = read_file(path, LARGEST_UNPACKED, Text("a .csv or .xlsx file", ".csv 或 .xlsx 文件"))
    table = read_bytes(data, path.name, may_be_empty=may_be_empty, sheet=sheet, columns=columns)
    table.path = str(path)
    return table


def read_bytes(
    data: bytes,
    name: str,
    *,
    may_be_empty: bool = False,
    sheet: str = "",
    columns: Mapping[str, str] | None = None,
) -> Table:
    """Read a village table from the content of a file called `name`, as an upload gives it. Raises TableError."""
    return _Reading(read_sheet(data, name, sheet), columns or {}).table(name, may_be_empty)


# --- reading ----------------------------------------------------------------------------------------------------------------


@dataclass
class _Column:
    """A recognised column: where it is, and in which unit."""

    at: int
    heading: Heading
    known: Field
    unit: Unit | None
    unit_from_title: bool
    remark: Text | None = None  # set where the column only stands in for the field
    read: dict[Any, Any] = field(
        default_factory=dict
    )  # what cells were read as, so that a figure is worked out once

    @property
    def text(self) -> str:
        return self.heading.text


class _Reading:
    """The reading of one sheet. Problems are gathered on the way and raised together."""

    def __init__(self, sheet: Sheet, columns: Mapping[str, str]) -> None:
        self.sheet = sheet
        self.settled = {plain(text): FIELD[name] for text, name in columns.items()}
        self.problems = list(sheet.problems)
        self.warnings = list(sheet.warnings)
        self.doubts: list[Doubt] = []
        self.section: dict[int, str] = {}  # township of a row, from the section it stands in
        self.ignored: list[str] = []
        self.columns = list(self._columns())
        self.column = {column.known.name: column for column in self.columns}
        self._stand_ins()
        self.swapped: list[int] = []  # rows whose longitude and latitude changed places
        self.unread: set[tuple[int, str]] = set()  # (row, field) that already has a problem

    def table(self, path: str, may_be_empty: bool) -> Table:
        """The table, or TableError with everything that is wrong."""
        self._spread_merged()
        self._read_as_above()
        rows = [self._row(number, cells) for number, cells in self._villages()]
        if not rows and not may_be_empty and all(problem.row is None for problem in self.problems):
            self._problem(
                None,
                None,
                Text("no village", "没有任何村"),
                Text("a row for each village below the headings", "表头之下每村一行"),
            )
        self._check_names(rows)
        self._settle_incomes(rows)
        self._check_coordinates(rows)
        self._check_households(rows)
        self._check_doubles(rows)
        self._check_alliances(rows)
        if self.problems:
            raise TableError(sorted(self.problems, key=lambda problem: problem.row or 0))
        self._warn(rows)
        self._ask_of_unread()
        self.doubts += implausible(rows, {c.known.name: c.text for c in self.columns})
        self.warnings += self.doubts
        understood = [_understood(column, rows) for column in self.columns]
        return Table(
            path,
            list(rows),
            understood,
            self.ignored,
            self.sheet.encoding,
            self.sheet.sheet,
            self.warnings,
            {c.known.name: year for c in self.columns if (year := _year_of(c.text))},
        )

    def _problem(self, row: int | None, column: str | None, found: Text, expected: Text) -> None:
        self.problems.append(Problem(self.sheet.file, row, column, found, expected))
        if len(self.problems) >= MOST_PROBLEMS:
            raise TableError(self.problems)

    # columns

    def _columns(self) -> Iterator[_Column]:
        """The recognised columns. Two for one field and strange units are problems; the rest is left out."""
        places: dict[str, list[tuple[int, Heading]]] = defaultdict(list)
        self._settle()
        for at, heading in enumerate(self.sheet.headings):
            if heading.field:
                places[heading.field.name].append((at, heading))
        chosen = _told_apart(places)
        used = {at for found in chosen.values() for at, _ in found}
        self.ignored = [
            h.text for at, h in enumerate(self.sheet.headings) if at not in used and h.text
        ]
        for name, found in chosen.items():
            (at, heading), known = found[0], FIELD[name]
            if len(found) > 1:
                headings = [quoted(other.text) for _, other in found]
                self._problem(
                    None,
                    found[1][1].text,
                    Text(
                        f"{len(found)} columns for {name}: {' and '.join(headings)}",
                        f"{len(found)} 列都表示{known.zh}：{'、'.join(h.zh for h in headings)}",
                    ),
                    _SIDE_BY_SIDE if name == "name" else Text("one of them", "只保留一列"),
                )
            elif heading.strange is not None:
                self._problem(
                    None,
                    heading.text,
                    Text(
                        f"the unit {quoted(heading.strange)}", f"单位{quoted(heading.strange).zh}"
                    ),
                    Text(
                        f"one of {_UNITS_SHOWN[known.unit]}",
                        f"{_UNITS_SHOWN[known.unit].replace(', ', '、')} 之一",
                    ),
                )
            else:
                title = None if heading.unit else self._title_unit(known)
                yield _Column(at, heading, known, heading.unit or title, title is not None)

    def _settle(self) -> None:
        """Headings whose meaning was stated by whoever reads the table."""
        missing = set(self.settled) - {plain(heading.text) for heading in self.sheet.headings}
        for text in sorted(missing):
            shown = listed([quoted(h.text) for h in self.sheet.headings if h.text], 20)
            shown_zh = listed([quoted(h.text).zh for h in self.sheet.headings if h.text], 20).zh
            self._problem(
                None,
                None,
                Text(f"no column {quoted(text)}", f"没有{quoted(text).zh}列"),
                Text(f"--column with one of: {shown}", f"--column 用以下表头之一：{shown_zh}"),
            )
        for at, heading in enumerate(self.sheet.headings):
            known = self.settled.get(plain(heading.text))
            if known:
                self.sheet.headings[at] = as_field(heading.text, known)
            elif heading.field in self.settled.values():
                self.sheet.headings[at] = Heading(heading.text)

    def _stand_ins(self) -> None:
        """Residents stand in for registered inhabitants, where these have no column."""
        if "residents" in self.column and "population" not in self.column:
            other = self.column["residents"]
            remark = Text("residents taken for registered inhabitants", "以常住人口代替户籍人口")
            self.column["population"] = replace(
                other, known=FIELD["population"], remark=remark, read={}
            )
            self.columns.append(self.column["population"])

    def _title_unit(self, known: Field) -> Unit | None:
        """The unit that a title such as `单位：万元、人` states for a field, if it states one."""
        if known.kind != "number":
            return None
        words = [
            plain(word)
            for title in self.sheet.titles
            for stated in _TITLE_UNITS.findall(title)
            for word in _BETWEEN_UNITS.split(stated)
        ]
        units = {unit.factor: unit for word in words if (unit := unit_of(known, word))}
        if len(units) > 1:
            shown = "、".join(unit.word for unit in units.values())
            self.warnings.append(
                Text(
                    f"the title names several units ({shown}): {known.name} is read in {known.unit}",
                    f"表头上方写了多个单位（{shown}）：{known.zh}按{known.unit_zh}读取",
                )
            )
        return next(iter(units.values())) if len(units) == 1 else None

    # rows

    def _villages(self) -> Iterator[Record]:
        """The rows that are villages: no sums, footnotes, repeated headings, and no rows with too many or too few cells."""
        name = self.column.get("name")
        needed = max(
            (at + 1 for at, heading in enumerate(self.sheet.headings) if heading.text), default=0
        )
        sorted_rows = self._sorted()
        for number, cells in self.sheet.rows:
            if number in sorted_rows.left_out or self._is_footnote(cells):
                sorted_rows.left_out.setdefault(number, "footnote")
            elif self.sheet.width is not None and (
                len(cells) < needed or any(cell != "" for cell in cells[self.sheet.width :])
            ):
                self._problem(
                    number,
                    None,
                    Text(f"{len(cells)} cells", f"{len(cells)} 个单元格"),
                    Text(
                        f"{self.sheet.width} cells, as many as headings (a cell that holds the delimiter goes in quotation marks)",
                        f"{self.sheet.width} 个单元格，与表头一致（单元格内含分隔符时应加英文双引号）",
                    ),
                )
                self.unread.add((number, "alliance"))
            else:
                yield number, cells
        self._tell_left_out(sorted_rows, name)

    def _sorted(self) -> Sorted:
        name = self.column.get("name")
        if name is None:
            return Sorted()
        figures = [c.at for c in self.columns if c.known.kind == "number"]
        places = [self.column[part].at for part in _PLACE[1:] if part in self.column]
        headings = [heading.text for heading in self.sheet.headings]
        found = sort_rows(self.sheet.rows, name.at, figures, places, headings)
        self.section = found.township if "township" not in self.column else {}
        return found

    @staticmethod
    def _is_footnote(cells: list[Any]) -> bool:
        texts = [said(cell) for cell in cells if cell != ""]
        return bool(texts) and all(_FOOTNOTE.match(text) for text in texts)

    def _tell_left_out(self, sorted_rows: Sorted, name: _Column | None) -> None:
        """Says which rows are left out as no villages, and which may be none."""
        cells_of = dict(self.sheet.rows)

        def called(row: int) -> str:
            cells = cells_of[row]
            text = said(cells[name.at]) if name and name.at < len(cells) else ""
            text = text or next((said(cell) for cell in cells if cell != ""), "")
            return f"{row} {quoted(text).zh}"

        if sorted_rows.left_out:
            shown = listed([called(row) for row in sorted(sorted_rows.left_out)], 10)
            self.warnings.append(
                Doubt(
                    "rows read as sums, townships, footnotes or repeated headings and left out:"
                    f" {shown}",
                    f"以下行是合计、乡镇、附注或重复的表头，未作为村读取：{shown.zh}",
                )
            )
        if sorted_rows.doubtful:
            shown = listed([called(row) for row in sorted(sorted_rows.doubtful)], 10)
            self.warnings.append(
                Doubt(
                    f"rows that may be sums, townships or remarks but are read as villages: {shown}",
                    f"以下行可能是合计、乡镇或附注，但仍作为村读取，请核对：{shown.zh}",
                    "ask",
                )
            )

    def _check_names(self, rows: list[Row]) -> None:
        """Numbers are no names of villages; a village that is no more is asked about."""
        names = [(row["_row"], row["name"]) for row in rows if row["name"] is not None]
        digits = [number for number, name in names if re.fullmatch(r"[0-9.,]+", name)]
        column = self.column.get("name")
        counted = column is not None and re.search(r"[(（]个[)）]|个数|数量", column.text)
        if column and digits and (counted or len(digits) > len(names) / 2):
            self._problem(
                None,
                column.text,
                Text(
                    f"numbers such as {quoted(names[0][1])}",
                    f"{quoted(names[0][1]).zh}等数字",
                ),
                Text(
                    "names of villages: one row a village, not counts of villages",
                    "村的名称：每村一行，而不是村的个数",
                ),
            )
        elif digits:
            shown = listed(digits, 10)
            self.doubts.append(
                Doubt(f"numbers as names: rows {shown}", f"村名是数字：第 {shown.zh} 行", "ask")
            )
        gone = [f"{number} {name}" for number, name in names if _GONE.search(name)]
        if gone:
            shown = listed(gone, 10)
            self.doubts.append(
                Doubt(
                    f"villages that seem to be no more, but are counted: rows {shown}",
                    f"似已撤并、但仍计入的村：第 {shown.zh} 行",
                    "ask",
                )
            )

    def _read_as_above(self) -> None:
        """Ditto marks, and places written only where they change, are read as the cell above."""
        for column in self.columns:
            above: Any = ""
            for _, cells in self.sheet.rows:
                if column.known.kind == "number" or column.known.name == "name":
                    break
                if column.at >= len(cells):
                    continue
                if "".join(said(cells[column.at]).split()) in _DITTO and above != "":
                    cells[column.at] = above
                above = cells[column.at] if cells[column.at] != "" else above
        for name in _PLACE[1:]:
            if name in self.column:
                self._fill_down(self.column[name])

    def _fill_down(self, column: _Column) -> None:
        left_out = self._sorted().left_out
        rows = [
            (number, cells)
            for number, cells in self.sheet.rows
            if column.at < len(cells) and number not in left_out and not self._is_footnote(cells)
        ]
        told = [said(cells[column.at]) for _, cells in rows if cells[column.at] != ""]
        blank = len(rows) - len(told)
        certain = len(set(told)) == len(told) and rows and rows[0][1][column.at] != ""
        if not certain or blank <= 0.3 * len(rows):
            return
        above: Any = ""
        for _, cells in rows:
            above = cells[column.at] if cells[column.at] != "" else above
            cells[column.at] = above
        self.doubts.append(
            Doubt(
                f"{quoted(column.text)} is blank in {blank} rows: read as the one above (as where"
                " merged cells have lost their value)",
                f"{quoted(column.text).zh}有 {blank} 行为空：按与上一行相同读取（如合并单元格丢失内容）",
                "ask",
            )
        )

    def _ask_of_unread(self) -> None:
        """Headings that are not used but look like figures that we would use."""
        for text in self.ignored:
            if not _LIKE_OURS.search(text):
                continue
            field = _nearest(text)
            if field is None or field.name in self.column:
                continue
            self.doubts.append(
                Doubt(
                    f"the column {quoted(text)} is not read; if it is {field.name}, call it"
                    f' {field.zh} or add --column "{text}={field.name}"',
                    f"未读取{quoted(text).zh}列；如指{field.zh}，请改表头为“{field.zh}”，"
                    f'或加 --column "{text}={field.name}"',
                    "ask",
                )
            )

    def _spread_merged(self) -> None:
        """A place or alliance in a cell merged over several rows holds for each; a figure cannot."""
        cells_of = dict(self.sheet.rows) if self.sheet.merged else {}
        at = {column.at: column for column in self.columns}
        for first, last, place in self.sheet.merged:
            column, rows = at.get(place), [row for row in range(first, last + 1) if row in cells_of]
            if column is None or len(rows) < 2 or rows[0] != first:
                continue
            value = cells_of[first][place]
            if column.known.kind == "number" and not is_blank(value):
                self._problem(
                    first,
                    column.text,
                    Text(
                        f"one figure in a cell merged over the rows {first} to {last}",
                        f"第 {first} 至 {last} 行的合并单元格共用一个数",
                    ),
                    Text("a figure for each village", "每村一个数"),
                )
            for row in rows[1:]:
                cells_of[row][place] = value

    def _row(self, number: int, cells: list[Any]) -> Row:
        row = Row(_row=number)
        swapped = self._is_swapped(cells)
        if swapped:
            self.swapped.append(number)
        for column in self.columns:
            name = column.known.name
            if swapped and name in ("lon", "lat"):
                self.unread.add((number, name))
                continue
            try:
                if (number, column.at) in self.sheet.uncomputed:
                    raise Unreadable(*_UNCOMPUTED)
                row[name] = self._value(column, cells[column.at] if column.at < len(cells) else "")
            except Unreadable as trouble:
                self.unread.add((number, name))
                self._problem(number, column.text, trouble.found, trouble.expected)
        if number in self.section:
            row["township"] = self.section[number]
        return row

    def _value(self, column: _Column, value: Any) -> Any:
        """What a cell says, in the terms of its field. Raises Unreadable."""
        try:
            return column.read[value]
        except KeyError:
            said_by_it = self._read(column.known, column.unit, value)
        if isinstance(value, str) and len(column.read) < _REMEMBERED:
            column.read[value] = said_by_it
        return said_by_it

    def _read(self, known: Field, unit: Unit | None, value: Any) -> Any:
        if isinstance(value, str) and value.upper() in ERRORS:
            raise Unreadable(*error_value(value))
        if known.kind == "number":
            return read_number(known, value, unit)
        if known.name == "founded":
            return read_quarter(value)
        text = said(value)
        if known.kind == "choice":
            try:
                return read_choice(known, value)
            except Unreadable:
                if known.name == "lead" and not isinstance(value, bool):
                    return text  # the name of the village that leads: looked up once all are known
                raise
        if is_blank(text):
            if known.name == "name":
                raise Unreadable(
                    Text("no name", "没有村名") if text == "" else quoted(text),
                    Text("the village's name", "村的名称"),
                )
            return None
        if len(text) > known.high:
            raise Unreadable(
                Text(f"{len(text)} characters", f"{len(text)} 个字"),
                Text(f"at most {known.high:.0f}", f"不超过 {known.high:.0f} 个字"),
            )
        if known.name == "alliance":
            if _same(text) in NOT_ALLIED:
                return None
            if _same(text) in _ONLY_YES:
                raise Unreadable(
                    quoted(text),
                    Text(
                        "the alliance's name: a yes does not say which one",
                        "联合体名称（只写“是”无法知道是哪一个）",
                    ),
                )
        if known.name == "industry":
            return read_product(text)[0]
        return text

    # checks across cells

    def _is_swapped(self, cells: list[Any]) -> bool:
        if "lon" not in self.column or "lat" not in self.column:
            return False
        lon, lat = (self.column[name] for name in ("lon", "lat"))
        texts = [said(cells[column.at]) if column.at < len(cells) else "" for column in (lon, lat)]
        if not all(_FIGURE.fullmatch(text) for text in texts):
            return False
        x, y = map(float, texts)
        return lat.known.low <= x <= lat.known.high and lon.known.low <= y <= lon.known.high

    def _check_coordinates(self, rows: list[Row]) -> None:
        have = [name for name in ("lon", "lat") if name in self.column]
        if len(have) == 1:
            missing = FIELD["lat" if have == ["lon"] else "lon"]
            if not self._has_heading(missing.name):
                self._problem(
                    None,
                    self.column[have[0]].text,
                    Text(
                        f"{have[0]} without {missing.name}",
                        f"有{FIELD[have[0]].zh}而无{missing.zh}",
                    ),
                    Text(f"a column {missing.zh} or {missing.name} too", f"同时有“{missing.zh}”列"),
                )
        if len(have) < 2:
            return
        found = Text("longitude and latitude the wrong way round", "经度与纬度填反")
        expected = Text(
            f"longitude {bounds(FIELD['lon'])}; latitude {bounds(FIELD['lat'])}",
            f"经度 {bounds(FIELD['lon']).zh}；纬度 {bounds(FIELD['lat']).zh}",
        )
        everywhere = len(self.swapped) == len(rows) and len(rows) > 1
        for number in [None] if everywhere else self.swapped:
            self._problem(
                number, f"{self.column['lon'].text}, {self.column['lat'].text}", found, expected
            )
        for row in rows:
            for name, other in (("lon", "lat"), ("lat", "lon")):
                if (
                    row[name] is None
                    and row[other] is not None
                    and (row["_row"], name) not in self.unread
                ):
                    self._problem(
                        row["_row"],
                        self.column[name].text,
                        Text(
                            f"blank, with a {other} of {row[other].text}",
                            f"留空，而{FIELD[other].zh}为 {row[other].text}",
                        ),
                        Text("both or neither", "两者都填或都不填"),
                    )

    def _settle_incomes(self, rows: list[Row]) -> None:
        """Operating income is at most the total; where only the total is told, that is all that is known of it."""
        if "total_income" not in self.column:
            return
        only = "collective_income" not in self.column
        for row in rows:
            total, operating = row["total_income"], row["collective_income"]
            if total is None:
                continue
            if operating is None and (row["_row"], "collective_income") not in self.unread:
                high = min(total.high, FIELD["collective_income"].high)
                row["collective_income"] = Cell(0.0, high, "below", total.text)
            elif operating is not None and operating.low > total.high * 1.001:
                self.doubts.append(
                    Doubt(
                        f"row {row['_row']}: operating income {quoted(operating.text)} is more than"
                        f" the total {quoted(total.text)}: are the columns or units exchanged?",
                        f"第 {row['_row']} 行：经营性收入{quoted(operating.text).zh}大于"
                        f"总收入{quoted(total.text).zh}：两列或单位是否写反？",
                        "ask",
                    )
                )
        if only:
            heading = quoted(self.column["total_income"].text)
            self.doubts.append(
                Doubt(
                    f"{heading} is total income, with subsidies and one-off money; operating"
                    " income, which the model moves, is not given: it is drawn from the region,"
                    " up to that total, and less certain than a column 经营性收入",
                    f"{heading.zh}是总收入（含补助和一次性收入）；表中没有模型所用的经营性收入："
                    "按地区分布抽取且不超过总收入，不如填写“经营性收入”列可靠",
                    "ask",
                )
            )

    def _has_heading(self, name: str) -> bool:
        return any(
            heading.field is not None and heading.field.name == name
            for heading in self.sheet.headings
        )

    def _check_households(self, rows: list[Row]) -> None:
        for row in rows:
            people, homes = row["population"], row["households"]
            if people is not None and homes is not None and homes.low > people.high:
                self._problem(
                    row["_row"],
                    self.column["households"].text,
                    Text(
                        f"{figure(homes.low)} households of {figure(people.high)} persons",
                        f"{figure(people.high)} 人有 {figure(homes.low)} 户",
                    ),
                    Text("no more households than persons", "户数不多于人数"),
                )

    def _check_doubles(self, rows: list[Row]) -> None:
        seen: dict[tuple[str, ...], int] = {}
        for row in rows:
            if row["name"] is None:
                continue
            place = tuple(_same(row[part] or "") for part in _PLACE[1:])
            first = seen.setdefault((_stem(row["name"]), *place), row["_row"])
            if first != row["_row"]:
                self._problem(
                    row["_row"],
                    self.column["name"].text,
                    Text(
                        f"{quoted(row['name'])} again, as in row {first}",
                        f"{quoted(row['name']).zh}与第 {first} 行重复",
                    ),
                    Text(
                        "each village once; two of one name need a township or county that tells them apart",
                        "每村一行；同名的村须用乡镇或县区区分",
                    ),
                )

    def _check_alliances(self, rows: list[Row]) -> None:
        alliances: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row["alliance"] is not None:
                alliances[_same(row["alliance"])].append(row)
        self._check_without_alliance(rows)
        for members in alliances.values():
            for row in members:
                row["alliance"] = members[0]["alliance"]
        complete = all(name != "alliance" for _, name in self.unread)
        for members in alliances.values():
            if len(members) == 1 and complete:
                row = members[0]
                self._problem(
                    row["_row"],
                    self.column["alliance"].text,
                    Text(
                        f"{quoted(row['alliance'])} with one village only",
                        f"{quoted(row['alliance']).zh}只有一个村",
                    ),
                    Text("at least two villages in an alliance", "一个联合体至少两个村"),
                )
            self._settle_lead(members)
            for shared in _SHARED_BY_ALLIANCE:
                self._check_shared(shared, members)

    def _check_without_alliance(self, rows: list[Row]) -> None:
        alone = [
            row
            for row in rows
            if row["alliance"] is None and (row["_row"], "alliance") not in self.unread
        ]
        for row in alone:
            if row["lead"] not in (None, "no"):
                self._problem(
                    row["_row"],
                    self.column["lead"].text,
                    Text("a lead village without an alliance", "有牵头村而无联合体"),
                    Text(
                        "the alliance's name in a column 联合体 or alliance",
                        "在“联合体”列填写联合体名称",
                    ),
                )
        for shared in _SHARED_BY_ALLIANCE:
            told = [row["_row"] for row in alone if row[shared] is not None]
            if told:
                shown = listed(told, 10)
                self.warnings.append(
                    Text(
                        f"{shared} without an alliance is left out: rows {shown}",
                        f"没有联合体的行，其{FIELD[shared].zh}不采用：第 {shown.zh} 行",
                    )
                )

    def _settle_lead(self, members: list[Row]) -> None:
        """Turns the names of lead villages into yes and no, and finds second leads."""
        by_name = {_stem(row["name"]): row for row in members if row["name"] is not None}
        named = [(row, row["lead"]) for row in members if row["lead"] not in (None, "yes", "no")]
        for row, _ in named:
            row["lead"] = None
        for row, told in named:
            if lead := by_name.get(_stem(told)):
                lead["lead"] = "yes"
            else:
                expected = Text(
                    "yes, no, or the name of a village of the same alliance",
                    "是、否，或同一联合体中某村的村名",
                )
                self._problem(row["_row"], self.column["lead"].text, quoted(told), expected)
        leads = [row for row in members if row["lead"] == "yes"]
        for row in leads[1:]:
            self._problem(
                row["_row"],
                self.column["lead"].text,
                Text(
                    f"{quoted(row['name'] or '')} as a second lead of {quoted(row['alliance'])}, beside {quoted(leads[0]['name'] or '')}",
                    f"{quoted(row['alliance']).zh}除{quoted(leads[0]['name'] or '').zh}外又有牵头村{quoted(row['name'] or '').zh}",
                ),
                Text("one lead in an alliance", "一个联合体一个牵头村"),
            )

    def _check_shared(self, name: str, members: list[Row]) -> None:
        """What is said of an alliance in one row holds in all of its rows."""
        told = [row for row in members if row[name] is not None]
        for row in told[1:]:
            if row[name] != told[0][name]:
                self._problem(
                    row["_row"],
                    self.column[name].text,
                    Text(
                        f"{quoted(row[name])}, where row {told[0]['_row']} of the same alliance has {quoted(told[0][name])}",
                        f"{quoted(row[name]).zh}，而同一联合体的第 {told[0]['_row']} 行为{quoted(told[0][name]).zh}",
                    ),
                    Text("the same in the whole alliance", "同一联合体填写一致"),
                )
        for row in members if told else []:
            row[name] = told[0][name]

    # what is told back

    def _warn(self, rows: list[Row]) -> None:
        if self.ignored:
            shown = listed([quoted(text) for text in self.ignored], 20)
            shown_zh = listed([quoted(text).zh for text in self.ignored], 20).zh
            self.warnings.append(
                Text(f"columns that the model does not use: {shown}", f"模型不使用的列：{shown_zh}")
            )
        for name in ("collective_income", "villager_income"):
            if name in self.column:
                self._warn_of_unit(self.column[name], rows)
        for name in _PLACE[1:]:
            column = self.column.get(name)
            blank = sum(row[name] is None for row in rows)
            if (
                column
                and self.sheet.sheet is None
                and 0.3 * len(rows) < blank
                and rows[0][name] is not None
            ):
                self.warnings.append(
                    Text(
                        f"{quoted(column.text)} is blank in {blank} rows: merged cells lose their value in a .csv",
                        f"{quoted(column.text).zh}有 {blank} 行为空：合并单元格另存为 .csv 时会丢失内容",
                    )
                )
        if any(row["name"].startswith(EXAMPLE) for row in rows):
            self.warnings.append(
                Text(
                    "the example villages of the template are still in the table",
                    "表中仍有模板的示例村",
                )
            )

    def _warn_of_unit(self, column: _Column, rows: list[Row]) -> None:
        """Incomes that look as if they were meant in another unit are kept as they are, and pointed out."""
        cells = [row[column.known.name] for row in rows]
        written = [
            float(cell.text)
            for cell in cells
            if cell is not None and cell.kind == "exact" and _FIGURE.fullmatch(cell.text)
        ]
        positive = [value for value in written if value > 0]
        small, large = (
            sum(value < 1_000 for value in positive),
            sum(value >= 10_000 for value in positive),
        )
        heading, known = quoted(column.text), column.known
        if min(small, large) >= 2 and len(positive) - small - large <= 0.1 * len(positive):
            self.warnings.append(
                Text(
                    f"{heading} may mix yuan and 万元: {small} figures under 1,000 and {large} of 10,000 or more",
                    f"{heading.zh}可能混用元和万元：{small} 个数小于 1,000，{large} 个数不小于 10,000",
                )
            )
        elif positive and column.unit is None and median(positive) < _LOOKS_LIKE_WAN:
            self.warnings.append(
                Text(
                    f"{heading} names no unit and its median is {figure(median(positive))}: kept as yuan; if 万元 is meant, write it in the heading",
                    f"{heading.zh}未写单位，中位数为 {figure(median(positive))}：按元读取；如为万元，请在表头注明",
                )
            )
        elif positive and column.unit and median(positive) * column.unit.factor < _LOOKS_LIKE_WAN:
            self.warnings.append(
                Doubt(
                    f"the median of {heading} is {figure(median(positive))} {column.unit.word}: hardly so; is 万元 meant?",
                    f"{heading.zh}的中位数为 {figure(median(positive))} {column.unit.word}，不合常理：是否应为万元？",
                    "ask",
                )
            )
        elif (
            positive
            and column.unit is not None
            and median(positive) * column.unit.factor
            > (1e6 if known.unit == "yuan/person/year" else 1e8)
        ):
            self.warnings.append(
                Text(
                    f"the median of {heading} is {figure(median(positive))} {column.unit.word}: is the unit right?",
                    f"{heading.zh}的中位数为 {figure(median(positive))} {column.unit.word}：请核对单位",
                )
            )


def _understood(column: _Column, rows: list[Row]) -> Understood:
    cells = [row[column.known.name] for row in rows]
    given = [cell for cell in cells if cell is not None]
    inexact = sum(isinstance(cell, Cell) and cell.kind != "exact" for cell in given)
    own = Counter(
        word for word in given if column.known.name == "industry" and word not in PRODUCTS
    )
    known, unit = column.known, column.unit
    notes = [
        Text(
            f"{len(given)} given, {len(cells) - len(given)} blank",
            f"已填 {len(given)}，空 {len(cells) - len(given)}",
        )
    ]
    if inexact:
        notes.append(
            Text(
                f"{inexact} of them bounds, ranges or estimates",
                f"其中 {inexact} 个为界限、区间或约数",
            )
        )
    if unit and unit.factor != 1.0:
        one = unit.word if unit.word[0].isdigit() else f"1 {unit.word}"
        notes.append(
            Text(
                f"{one} = {figure(unit.factor)} {known.unit}",
                f"{one} = {figure(unit.factor)} {known.unit_zh}",
            )
        )
    if column.unit_from_title:
        notes.append(Text("unit from the title", "单位取自标题"))
    elif unit is None and known.unit in _WORTH_A_UNIT:
        notes.append(
            Text(
                f"no unit in the heading: read in {known.unit}",
                f"表头未写单位：按{known.unit_zh}读取",
            )
        )
    if column.remark:
        notes.append(column.remark)
    if own:
        words = listed([f"{word} ({count})" for word, count in own.most_common()], 10)
        notes.append(
            Text(
                f"products of your own, kept as they are: {words}",
                f"自有产业词，原样保留：{words.zh}",
            )
        )
    if known.name == "founded" and given:
        notes.append(Text("a year alone counts from its first quarter", "只写年份的按第一季度计"))
    shown = Text(unit.word) if unit else Text(known.unit, known.unit_zh)
    return Understood(
        column.text, known.name, shown, Text("; ".join(notes), "；".join(note.zh for note in notes))
    )


def _told_apart(
    places: dict[str, list[tuple[int, Heading]]],
) -> dict[str, list[tuple[int, Heading]]]:
    """Columns by field. Beside 其中：经营性收入 a column 集体经济收入 is the total."""
    found = dict(places)
    incomes = found.get("collective_income", [])
    operating = [place for place in incomes if _OPERATING.search(place[1].text)]
    if len(operating) == 1 < len(incomes) and "total_income" not in found:
        others = [place for place in incomes if place not in operating]
        found["collective_income"] = operating
        found["total_income"] = [
            (at, replace(heading, field=FIELD["total_income"])) for at, heading in others
        ]
    return found


_OPERATING = re.compile(r"经营|operating", re.IGNORECASE)
_WORTH_A_UNIT = ("yuan", "yuan/year", "yuan/person/year", "mu")
_UNITS_SHOWN = {
    "persons": "人, 千人, 万人", "households": "户, 万户", "yuan/year": "元, 千元, 万元, 亿元", "yuan/person/year": "元, 元/人, 万元, 万元/人",
    "yuan": "元, 千元, 万元, 亿元", "mu": "亩, 万亩, 公顷, ha, 平方公里, 平方米", "0..1": "0-1, %", "years": "年, 月", "degrees": "度",
}  # fmt: skip
_TITLE_UNITS = re.compile(r"单位\s*[:：]\s*([^()（）]+)")
_BETWEEN_UNITS = re.compile(r"[、,，;；\s]+")
_LONGEST_TOTAL = 12  # characters
_REMEMBERED = 10_000  # cells of a column
_FIGURE = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]+)?")
_UNCOMPUTED = (
    Text("a formula without a value", "没有计算结果的公式"),
    Text(
        "a value (open the file in Excel or WPS, save it, or paste values)",
        "数值（请用 Excel 或 WPS 打开并保存，或选择性粘贴为数值）",
    ),
)


def _same(text: str) -> str:
    """Two names are the same where these agree."""
    return unicodedata.normalize("NFKC", text).casefold().replace(" ", "")


def _stem(name: str) -> str:
    """A village's name without 村, 村委会 and the like: variants of one name agree in it."""
    text = _same(name)
    return re.sub(r"(?:村?股份)?经济合作社$|(?<=.)村(?:民?委员会|民?委会|委)?$", "", text) or text


def _year_of(heading: str) -> int | None:
    """The year that a heading names: 2014年经营性收入."""
    found = re.search(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])", heading)
    return int(found[1]) if found else None


def _nearest(text: str) -> Field | None:
    """The field whose words are nearest to a heading."""
    bare = re.sub(r"[(（].*?[)）]", "", text)
    words = {word: f for f in FIELDS for word in (f.zh, *f.aliases)}
    near = difflib.get_close_matches(bare, words, 1, 0.3)
    return words[near[0]] if near else None


_SIDE_BY_SIDE = Text(
    "one column of village names (two tables side by side: put the right one below the left)",
    "只有一列村名（左右并排的两部分：请把右半部分移到左半部分下方）",
)
_ONLY_YES = frozenset(("是", "yes", "true", "√", "✓", "✔", "已加入", "已参加", "有"))
_DITTO = frozenset(("同上", "〃", "々", "″", '"', "”", "“", "''", "同前", "ditto", "do."))
_GONE = re.compile(r"已?撤[销并]|已并入|已注销")
_LIKE_OURS = re.compile(r"收入|人口|人数|户数|负债|债务|联合体|联盟|income|population|debt", re.I)


def _bare(text: str) -> str:
    return re.sub(r"[\s:：]", "", text).lower()

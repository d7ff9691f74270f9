"""The rows of a planner's file, whatever saved it: CSV in UTF-8, GB18030 or UTF-16, or a workbook of Excel.

Whoever sent the file is not trusted: sizes are checked before anything is unpacked, and nothing but `TableError` gets out.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from village_alliances.sim.problems import Doubt, Problem, TableError, Text, listed, quoted
from village_alliances.sim.table.cells import clean, said
from village_alliances.sim.table.headings import Heading, plain, read_heading, unit_of

LARGEST_WORKBOOK = 20_000_000  # bytes as it lies on the disk
LARGEST_UNPACKED = 200_000_000  # bytes of a text file, or of a workbook once unpacked
LARGEST_PART = 10_000_000  # bytes of a part of a workbook that holds neither rows nor their strings
MOST_PARTS = 5_000
MOST_ROWS = 600_000
MOST_COLUMNS = 256
MOST_SHEET_ROWS = 1_048_576  # of Excel
HEADING_ROWS = 10  # the heading stands in one of the first ten rows

TEXT_ENDINGS = (".csv", ".tsv", ".txt")
WORKBOOK_ENDINGS = (".xlsx", ".xlsm")
DELIMITERS = (",", "\t", ";")

Record = tuple[
    int, list[Any]
]  # the number that a spreadsheet shows beside the row, and its cleaned cells


@dataclass
class Sheet:
    """The table in a file: its headings and the rows below them, rows without content left out."""

    file: str
    encoding: str
    sheet: str | None
    titles: list[str]  # what stands above the headings
    headings: list[Heading]
    rows: list[Record]
    width: int | None = None  # cells that each row of a text file should have
    uncomputed: set[tuple[int, int]] = field(
        default_factory=set
    )  # (row, column from 0) of formulas that hold no value
    merged: list[tuple[int, int, int]] = field(
        default_factory=list
    )  # (first row, last row, column from 0) of cells over several rows
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Text] = field(default_factory=list)


def read_sheet(data: bytes, file: str, wanted: str = "") -> Sheet:
    """The table in `data`, the content of a file called `file`, in the sheet `wanted` if one is named. Raises TableError."""
    ending = "." + file.rsplit(".", 1)[1].lower() if "." in file else ""
    if ending not in TEXT_ENDINGS + WORKBOOK_ENDINGS:
        kind = (
            Text(f"a file of type '{ending}'", f"类型为“{ending}”的文件")
            if ending
            else Text("a file without a type", "没有扩展名的文件")
        )
        raise _refusal(
            file,
            kind,
            Text(
                "a .csv or .xlsx file (in Excel or WPS: Save as)",
                ".csv 或 .xlsx 文件（可用 Excel 或 WPS 另存为）",
            ),
        )
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise _refusal(
            file,
            Text("an empty file", "空文件"),
            Text("a row of headings and a row for each village", "一行表头，每村一行"),
        )
    return _workbook(data, file, wanted) if ending in WORKBOOK_ENDINGS else _text(data, file)


def _refusal(file: str, found: Text, expected: Text, row: int | None = None) -> TableError:
    return TableError([Problem(file, row, None, found, expected)])


def _too_large(file: str, size: int, most: int, what: Text) -> TableError:
    found = Text(f"{size / 1e6:,.1f} MB {what}", f"{what.zh} {size / 1e6:,.1f} MB")
    return _refusal(
        file, found, Text(f"at most {most / 1e6:,.0f} MB", f"不超过 {most / 1e6:,.0f} MB")
    )


# --- headings, alike in both kinds of file --------------------------------------------------------------------------------


def _find_headings(top: list[Record]) -> int | None:
    """The position of the first record with a column of village names."""
    for at, (row, cells) in enumerate(top):
        if row <= HEADING_ROWS and any(
            _is_name(read_heading(said(cell))) for cell in cells[:MOST_COLUMNS]
        ):
            return at
    return None


def _is_name(heading: Heading) -> bool:
    return heading.field is not None and heading.field.name == "name"


def _headings(top: list[Record], at: int) -> tuple[list[Heading], int]:
    """The headings of the record at `at`, with the second row of a heading of two rows; the last row of the heading."""
    row, cells = top[at]
    first = [read_heading(said(cell)) for cell in cells[:MOST_COLUMNS]]
    if at + 1 < len(top):
        next_row, below = top[at + 1]
        width = max(len(first), min(len(below), MOST_COLUMNS))
        upper = first + [Heading("")] * (width - len(first))
        lower = [said(cell) for cell in below[:width]] + [""] * (width - len(below))
        joined = [_joined(over, under) for over, under in zip(upper, lower)]
        name = next(at for at, heading in enumerate(upper) if _is_name(heading))
        if (
            not lower[name]
            and any(joined)
            and not any(re.match(r"[<>~]?-?[0-9]", under) for under in lower)
        ):
            return [
                both or (over if over.text else Heading(under))
                for both, over, under in zip(joined, upper, lower)
            ], next_row
    return first, row


def _joined(over: Heading, under: str) -> Heading | None:
    """What a cell below a heading makes of it: a heading of its own, or the unit of the one above."""
    if not under:
        return None
    if over.field is not None and unit_of(over.field, plain(under).strip("()")):
        return read_heading(f"{over.text}({plain(under).strip('()')})")
    own = read_heading(under)
    return own if own.field is not None else None


def _no_heading(file: str, top: list[Record]) -> TableError:
    shown = [said(cell) for cell in next((cells for _, cells in top), []) if cell != ""]
    found = listed([quoted(cell) for cell in shown], 8)
    found_zh = listed([quoted(cell).zh for cell in shown], 8).zh
    return _refusal(
        file,
        Text(
            f"no column of village names (the first row holds {found})",
            f"没有村名列（首行为 {found_zh}）",
        ),
        Text(
            f"a heading 村名, 行政村, name or village in one of the first {HEADING_ROWS} rows",
            f"前 {HEADING_ROWS} 行中有“村名”或“行政村”等表头",
        ),
    )


def _content(record: Record) -> bool:
    return any(cell != "" for cell in record[1])


def _counted(records: Iterable[Record], file: str) -> list[Record]:
    """The records that hold something. Raises TableError: more than MOST_ROWS."""
    rows = list(islice((record for record in records if _content(record)), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise _refusal(
            file,
            Text(f"more than {MOST_ROWS:,} rows", f"超过 {MOST_ROWS:,} 行"),
            Text(f"at most {MOST_ROWS:,} villages", f"不超过 {MOST_ROWS:,} 个村"),
        )
    return rows


# --- text -----------------------------------------------------------------------------------------------------------------

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_CHINESE = re.compile("[\u2e80-\uffff]|[\U00020000-\U0003ffff]")
_FOREIGN = re.compile("[\u0250-\u07ff]")  # letters neither Latin nor Chinese
_DAMAGED = "utf-8, damaged"


def _text(data: bytes, file: str) -> Sheet:
    if data.startswith(b"PK\3\4"):
        raise _refusal(
            file,
            Text(
                "an Excel workbook named like a text file",
                "内容是 Excel 工作簿，扩展名却是文本文件",
            ),
            Text("the name to end in .xlsx", "扩展名 .xlsx"),
        )
    if len(data) > LARGEST_UNPACKED:
        raise _too_large(file, len(data), LARGEST_UNPACKED, Text("of text", "文本"))
    binary = _refusal(
        file,
        Text("a binary file", "二进制文件"),
        Text("a table saved as .csv or .xlsx", "另存为 .csv 或 .xlsx 的表格"),
    )
    texts = list(_decoded(data))
    if not texts:
        raise binary
    best, encoding, delimiter, text = max(
        (
            (_known(_top(text, delimiter)), encoding, delimiter, text)
            for encoding, text in texts
            for delimiter in DELIMITERS
        ),
        key=lambda tried: tried[0],
    )
    top = _top(text, delimiter)
    at = _find_headings(top)
    if not best or at is None:
        raise _no_heading(file, top) if encoding != _DAMAGED else binary
    if encoding == _DAMAGED:
        found = Text("bytes that are not UTF-8", "不符合 UTF-8 编码的字节")
        expected = Text(
            "the whole file in one encoding, UTF-8 or GB18030",
            "全文采用同一编码（UTF-8 或 GB18030）",
        )
        raise _refusal(file, found, expected, row=1 + text[: text.index("\ufffd")].count("\n"))
    headings, last = _headings(top, at)
    sheet = Sheet(
        file,
        encoding,
        None,
        [said(cell) for _, cells in top[:at] for cell in cells if cell != ""],
        headings,
        [],
        len(top[at][1]),
    )
    sheet.rows = _counted(
        (record for record in _records(text, delimiter, sheet.problems, file) if record[0] > last),
        file,
    )
    return sheet


def _decoded(data: bytes) -> Iterator[tuple[str, str]]:
    """The ways to read the bytes as text, the likeliest first; none for a binary file."""
    marks = (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    marked = next((encoding for mark, encoding in marks if data.startswith(mark)), None)
    if marked is None and b"\0" in data:
        return
    plain_text = _decode(data, marked or "utf-8")
    # A few Chinese characters of GB18030 may happen to be letters of UTF-8, then of no script that a Chinese table is in.
    doubtful = plain_text is None or (
        _FOREIGN.search(plain_text) and not _CHINESE.search(plain_text)
    )
    if marked is None and doubtful and (chinese := _decode(data, "gb18030")) is not None:
        yield "gb18030", chinese
    if plain_text is not None:
        yield marked or "utf-8", plain_text
    elif marked != "utf-16":
        yield _DAMAGED, data.decode("utf-8-sig", errors="replace")


def _decode(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _known(top: list[Record]) -> int:
    """How many headings are understood; 0 without village names."""
    at = _find_headings(top)
    return 0 if at is None else sum(heading.field is not None for heading in _headings(top, at)[0])


def _top(text: str, delimiter: str) -> list[Record]:
    return [
        record
        for record in islice(_records(text, delimiter, [], ""), HEADING_ROWS + 2)
        if _content(record)
    ]


def _records(text: str, delimiter: str, problems: list[Problem], file: str) -> Iterator[Record]:
    """The records of a text; a line break inside quotation marks does not count as a row, as in a spreadsheet."""
    reader = csv.reader(
        (line[0] for line in _LINE.finditer(text)), delimiter=delimiter, strict=True
    )
    row = 0
    try:
        for row, cells in enumerate(reader, 1):
            yield row, [clean(cell) for cell in cells]
    except csv.Error:
        found = Text(
            "a quotation mark that is not closed, or text after one", "引号未闭合，或引号后还有文字"
        )
        problems.append(
            Problem(
                file,
                row + 1,
                None,
                found,
                Text(
                    'cells in plain text or wholly inside "…"',
                    "单元格为纯文本，或整格用英文双引号括起",
                ),
            )
        )


# --- workbooks ------------------------------------------------------------------------------------------------------------


def _workbook(data: bytes, file: str, wanted: str) -> Sheet:
    _check_archive(data, file)
    import openpyxl  # heavy: only where a workbook is read

    try:
        values = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        tops = [
            (page, _page_top(page)) for page in values.worksheets if page.sheet_state == "visible"
        ]
        found = [(page, top, at) for page, top in tops if (at := _find_headings(top)) is not None]
        if not found:
            raise _no_heading(file, next((top for _, top in tops if top), []))
        page, top, at = _chosen(found, wanted, file)
        headings, last = _headings(top, at)
        sheet = Sheet(
            f"{file} [{page.title}]",
            "xlsx",
            page.title,
            [said(cell) for _, cells in top[:at] for cell in cells if cell != ""],
            headings,
            [],
        )
        xml = _page_source(data, page)
        formulas = None
        if re.search(rb"<(?:\w+:)?f[ />]", xml):
            formulas = openpyxl.load_workbook(
                io.BytesIO(data), read_only=True, data_only=False, keep_links=False
            )[page.title]
            formulas.reset_dimensions()
        sheet.merged = _merged(xml, last)
        sheet.rows = _counted(
            _page_records(page, len(headings), last, formulas, sheet.uncomputed), sheet.file
        )
        if len(found) > 1:
            others = listed([other.title for other, _, _ in found if other is not page], 5)
            sheet.warnings.append(
                Doubt(
                    f"only the sheet {page.title} is read; left out: {others}"
                    " (another one: --sheet NAME; to read several, put them together in one)",
                    f"只读取工作表“{page.title}”，未读取：{others.zh}"
                    "（读另一张：--sheet 名称；要读多张，请先合并为一张）",
                    "note" if wanted else "ask",
                )
            )
        return sheet
    except TableError:
        raise
    except Exception as error:  # openpyxl lets out whatever a damaged file provokes
        raise _broken(file, type(error).__name__) from error


def _chosen(found: list[Any], wanted: str, file: str) -> Any:
    """The sheet that is meant: the one named, the newest of one a year, else that with most known headings.

    `found`: (page, its first records, position of the headings).
    """
    if wanted:
        named = [one for one in found if one[0].title.strip() == wanted.strip()]
        if not named:
            titles = listed([one[0].title for one in found], 10)
            raise _refusal(
                file,
                Text(
                    f"no table in a sheet {quoted(wanted)}",
                    f"没有含村表的工作表{quoted(wanted).zh}",
                ),
                Text(f"one of: {titles}", f"以下之一：{titles.zh}"),
            )
        return named[0]
    years = [re.search(r"(?:19|20)[0-9]{2}", one[0].title) for one in found]
    heads = {tuple(h.text for h in _headings(top, at)[0]) for _, top, at in found}
    if len(found) > 1 and all(years) and len(heads) == 1:
        return max(zip(years, found, strict=True), key=lambda pair: pair[0][0])[1]  # type: ignore[index]
    return max(
        found, key=lambda one: sum(h.field is not None for h in _headings(one[1], one[2])[0])
    )


def _broken(file: str, why: str) -> TableError:
    return _refusal(
        file,
        Text(f"a damaged workbook ({why})", f"已损坏的工作簿（{why}）"),
        Text(
            "a workbook that Excel opens, saved as .xlsx", "能用 Excel 打开并保存为 .xlsx 的工作簿"
        ),
    )


def _check_archive(data: bytes, file: str) -> None:
    """Refuses what is no workbook, or would be too large once unpacked, before anything of it is unpacked."""
    if len(data) > LARGEST_WORKBOOK:
        raise _too_large(file, len(data), LARGEST_WORKBOOK, Text("of workbook", "工作簿"))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refusal(
            file,
            Text("an old .xls workbook or one with a password", "旧版 .xls 或带密码的工作簿"),
            Text("a workbook saved as .xlsx without a password", "另存为不带密码的 .xlsx"),
        )
    if not data.startswith(b"PK"):
        raise _refusal(
            file,
            Text("a file that is no Excel workbook", "不是 Excel 工作簿的文件"),
            Text(
                "a workbook saved as .xlsx, or a text file named .csv",
                "另存为 .xlsx 的工作簿，或扩展名为 .csv 的文本文件",
            ),
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            if size > LARGEST_UNPACKED:
                raise _too_large(
                    file, size, LARGEST_UNPACKED, Text("of workbook once unpacked", "工作簿解压后")
                )
            if len(parts) > MOST_PARTS:
                raise _broken(file, f"{len(parts)} parts")
            for part in parts:
                _check_part(archive, part, file)
    except TableError:
        raise
    except Exception as error:  # zipfile, too, lets out many kinds
        raise _broken(file, type(error).__name__) from error


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, file: str) -> None:
    """Refuses what a workbook never holds: huge tables of styles, and entities that swell when they are read."""
    xml = part.filename.lower().endswith((".xml", ".rels"))
    if (
        xml
        and part.file_size > LARGEST_PART
        and not re.search(r"worksheets/|sharedStrings", part.filename)
    ):
        raise _too_large(
            file, part.file_size, LARGEST_PART, Text(f"in {part.filename}", f"{part.filename} 占")
        )
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(1 << 20):
            if b"<!DOCTYPE" in tail + chunk or (xml and b"\0" in chunk):
                raise _broken(file, part.filename)
            tail = chunk[-16:]


def _page_top(page: Any) -> list[Record]:
    page.reset_dimensions()  # what a file says of its own size may be wrong
    records = enumerate(
        page.iter_rows(max_row=HEADING_ROWS + 1, max_col=MOST_COLUMNS, values_only=True), 1
    )
    return [
        record
        for record in ((row, _trimmed([clean(cell) for cell in cells])) for row, cells in records)
        if _content(record)
    ]


def _trimmed(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _page_records(
    page: Any, width: int, last: int, formulas: Any, uncomputed: set[tuple[int, int]]
) -> Iterator[Record]:
    """The records below row `last`, and in `uncomputed` the places of formulas that hold no value."""
    if formulas is None:
        for row, cells in enumerate(
            islice(page.iter_rows(max_col=width, values_only=True), MOST_SHEET_ROWS), 1
        ):
            if row > last:
                yield row, [clean(cell) for cell in cells]
        return
    pairs = zip(page.iter_rows(max_col=width), formulas.iter_rows(max_col=width, values_only=True))
    for row, (values, written) in enumerate(islice(pairs, MOST_SHEET_ROWS), 1):
        if row > last:
            for column, (cell, formula) in enumerate(zip(values, written)):
                if (
                    formula is not None and cell.value is None and cell.data_type != "str"
                ):  # "str": the formula gave an empty text
                    uncomputed.add((row, column))
            yield row, [clean(cell.value) for cell in values]


def _page_source(data: bytes, page: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(page._worksheet_path)


_MERGED = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"'
)


def _merged(xml: bytes, last: int) -> list[tuple[int, int, int]]:
    """Cells below row `last` that reach over several rows: (first row, last row, column from 0), none over another."""
    spans = []
    for match in _MERGED.finditer(xml, max(xml.rfind(b"mergeCells count"), 0)):
        first, end = int(match[2]), min(int(match[4]), MOST_SHEET_ROWS)
        if last < first < end:
            spans.append((_column(match[1]), first, end))
    apart: list[tuple[int, int, int]] = []
    for column, first, end in sorted(spans):
        if column < MOST_COLUMNS and not (
            apart and apart[-1][2] == column and apart[-1][1] >= first
        ):
            apart.append((first, end, column))
    return apart


def _column(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = 26 * at + letter - 64
    return at - 1

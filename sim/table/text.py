"""Tables in text files: CSV with commas, tabs or semicolons, in UTF-8, GB18030 or UTF-16."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import islice

from village_alliances.sim.problems import Problem, Text
from village_alliances.sim.table import page as pages
from village_alliances.sim.table.cells import clean
from village_alliances.sim.table.layout import known_headings, no_headings
from village_alliances.sim.table.page import (
    HEADING_ROWS,
    Page,
    Record,
    counted,
    has_content,
    refusal,
    too_large,
    too_wide,
)

DELIMITERS = (",", "\t", ";")
LONGEST_RECORD = 1_000_000  # characters

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_CHINESE = re.compile("[\u2e80-\uffff]|[\U00020000-\U0003ffff]")
_FOREIGN = re.compile("[\u0250-\u07ff]")  # letters neither Latin nor Chinese
_DAMAGED = "utf-8, damaged"
_BINARY = (
    Text("a binary file", "二进制文件"),
    Text("a table saved as .csv or .xlsx", "另存为 .csv 或 .xlsx 的表格"),
)


def read_text(data: bytes, file: str) -> Page:
    """The page in a text file, in the encoding and with the delimiter by which most headings are
    known. Raises TableError."""
    if data.startswith(b"PK\3\4"):
        raise refusal(
            file,
            Text(
                "an Excel workbook named like a text file",
                "内容是 Excel 工作簿，扩展名却是文本文件",
            ),
            Text("the name to end in .xlsx", "扩展名 .xlsx"),
        )
    if len(data) > pages.LARGEST_UNPACKED:
        raise too_large(file, len(data), pages.LARGEST_UNPACKED, Text("of text", "文本"))
    texts = list(_decoded(data))
    if not texts:
        raise refusal(file, *_BINARY)
    tried = [
        (_top(text, delimiter, file), encoding, delimiter, text)
        for encoding, text in texts
        for delimiter in DELIMITERS
    ]
    top, encoding, delimiter, text = max(tried, key=lambda one: known_headings(one[0]))
    if not known_headings(top):
        raise no_headings(file, top) if encoding != _DAMAGED else refusal(file, *_BINARY)
    if encoding == _DAMAGED:
        found = Text("bytes that are not UTF-8", "不符合 UTF-8 编码的字节")
        expected = Text(
            "the whole file in one encoding, UTF-8 or GB18030",
            "全文采用同一编码（UTF-8 或 GB18030）",
        )
        raise refusal(file, found, expected, row=1 + text[: text.index("\ufffd")].count("\n"))
    page = Page(file, None, encoding, [], even=True)
    page.records = counted(_records(text, delimiter, page.problems, file), file)
    return page


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
    # A few Chinese characters of GB18030 may happen to be letters of UTF-8, then of no script that
    # a Chinese table is in.
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


def _top(text: str, delimiter: str, file: str) -> list[Record]:
    records = islice(_records(text, delimiter, [], file), HEADING_ROWS + 2)
    return list(filter(has_content, records))


def _records(text: str, delimiter: str, problems: list[Problem], file: str) -> Iterator[Record]:
    """The records of a text; a line break inside quotation marks does not count as a
    row, as in a spreadsheet."""
    row, length = 0, 0

    def lines() -> Iterator[str]:
        nonlocal length
        for line in _LINE.finditer(text):
            length += len(line[0])
            if length > LONGEST_RECORD:
                raise too_wide(file, row + 1, pages.MOST_SHEET_COLUMNS)
            yield line[0]

    try:
        for row, cells in enumerate(csv.reader(lines(), delimiter=delimiter, strict=True), 1):
            length = 0
            if len(cells) > pages.MOST_SHEET_COLUMNS:
                raise too_wide(file, row, pages.MOST_SHEET_COLUMNS)
            yield Record(row, [clean(cell) for cell in cells])
    except csv.Error:
        found = Text(
            "a quotation mark that is not closed, or text after one", "引号未闭合，或引号后还有文字"
        )
        expected = Text(
            'cells in plain text or wholly inside "…"', "单元格为纯文本，或整格用英文双引号括起"
        )
        problems.append(Problem(file, row + 1, None, found, expected))

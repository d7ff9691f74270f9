"""Tables in text files: cells between commas, tabs, semicolons or bars."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import islice

from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.table import page as pages
from village_alliances.sim.table.cells import clean
from village_alliances.sim.table.encodings import DAMAGED, decoded, is_binary
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

DELIMITERS = (",", "\t", ";", "|", "，", "；")
LONGEST_RECORD = 1_000_000  # characters

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_GARBLED = re.compile("\ufffd|锟斤拷|[\u00c0-\u00ff][\u0080-\u00bf]")
_BINARY = (
    Text("a binary file", "二进制文件"),
    Text("a table saved as .csv or .xlsx", "另存为 .csv 或 .xlsx 的表格"),
)
_ENCODING = (
    Text(
        "no heading for names of villages in UTF-8, GB18030, Big5 or UTF-16: a text in another"
        " encoding, or damaged",
        "按 UTF-8、GB18030（GBK）、Big5、UTF-16 均读不出村名表头：编码不同或已损坏",
    ),
    Text(
        "the file opened where it is still readable and saved as CSV UTF-8 or .xlsx (Excel, WPS:"
        " Save as)",
        "请在能正常显示的软件中打开，另存为“CSV UTF-8（逗号分隔）”或 .xlsx",
    ),
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
    texts = list(decoded(data))
    if not texts:
        raise refusal(file, *(_BINARY if is_binary(data) else _ENCODING))
    tried = [
        (_top(text, delimiter, file), encoding, delimiter, text)
        for encoding, text in texts
        for delimiter in DELIMITERS
    ]
    top, encoding, delimiter, text = max(tried, key=lambda one: known_headings(one[0]))
    if not known_headings(top):
        raise _no_headings(file, texts, delimiter, top)
    if encoding == DAMAGED:
        found = Text("bytes that are not UTF-8", "不符合 UTF-8 编码的字节")
        expected = Text(
            "the whole file in one encoding, UTF-8 or GB18030",
            "全文采用同一编码（UTF-8 或 GB18030）",
        )
        raise refusal(file, found, expected, row=1 + text[: text.index("\ufffd")].count("\n"))
    page = Page(file, None, encoding, [], even=True)
    page.records = counted(_records(text, delimiter, page.problems, file), file)
    return page


def _no_headings(
    file: str, texts: list[tuple[str, str]], delimiter: str, top: list[Record]
) -> TableError:
    """What is said where no encoding shows a heading of names."""
    readable = [(encoding, text) for encoding, text in texts if encoding != DAMAGED]
    if not readable or readable[0][0].startswith("big5"):
        return refusal(file, *_ENCODING)
    encoding, text = readable[0]
    error = no_headings(file, _top(text, delimiter, file))
    if encoding.startswith("utf") and not _GARBLED.search(text[:2_000]):
        return error
    (problem,) = error.problems
    found, expected = problem.found, problem.expected
    assert isinstance(found, Text) and isinstance(expected, Text)
    return refusal(
        file,
        Text(f"{found}, read as {encoding}", f"{found.zh}，按 {encoding} 读取"),
        Text(
            f"{expected}; if these are not the characters of the file: {_ENCODING[1]}",
            f"{expected.zh}；如上列文字并非原文（乱码），{_ENCODING[1].zh}",
        ),
    )


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

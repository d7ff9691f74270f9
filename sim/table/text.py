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
from village_alliances.sim.worded import worded

DELIMITERS = (",", "\t", ";", "|", "，", "；")
LONGEST_RECORD = 1_000_000  # characters

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_GARBLED = re.compile("\ufffd|锟斤拷|[\u00c0-\u00ff][\u0080-\u00bf]")
_BINARY = (
    worded("problems.table_text.binary_file"),
    worded("problems.table_text.table_saved_csv"),
)
_ENCODING = (
    worded("problems.table_text.heading_names_villages"),
    worded("problems.table_text.file_opened_still"),
)


def read_text(data: bytes, file: str) -> Page:
    """The page in a text file, in the encoding and with the delimiter by which most headings are
    known. Raises TableError."""
    if data.startswith(b"PK\3\4"):
        raise refusal(
            file,
            worded("problems.table_text.excel_workbook_named"),
            worded("problems.table_text.name_end_xlsx"),
        )
    if len(data) > pages.LARGEST_UNPACKED:
        raise too_large(file, len(data), pages.LARGEST_UNPACKED, worded("problems.table_text.text"))
    texts = list(decoded(data))
    if not texts:
        raise refusal(file, *(_BINARY if is_binary(data) else _ENCODING))
    tried = [
        (_top(text, delimiter, file), encoding, delimiter, text)
        for encoding, text in texts
        for delimiter in DELIMITERS
    ]
    top, encoding, delimiter, text = max(tried, key=lambda encoding: known_headings(encoding[0]))
    if not known_headings(top):
        raise _no_headings(file, texts, delimiter, top)
    if encoding == DAMAGED:
        problem = worded("problems.table_text.bytes_utf")
        expected = worded("problems.table_text.whole_file_encoding")
        raise refusal(file, problem, expected, row=1 + text[: text.index("\ufffd")].count("\n"))
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
    message, expected = problem.found, problem.expected
    assert isinstance(message, Text) and isinstance(expected, Text)
    return refusal(
        file,
        worded("problems.table_text.read", found=message, encoding=encoding),
        worded("problems.table_text.characters_file", expected=expected, encoding=_ENCODING[1]),
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
        problem = worded("problems.table_text.quotation_mark_closed")
        expected = worded("problems.table_text.cells_plain_text")
        problems.append(Problem(file, row + 1, None, problem, expected))

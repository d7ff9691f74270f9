"""What is wrong with a file that somebody gave us, said in English and in
Chinese, all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

LINES_SHOWN = 200  # of a long list of problems; the others are counted
ROWS_SHOWN = 10  # of many rows with the same problem
QUOTE_SHOWN = 60  # characters of a cell


class Text(str):
    """A text for people: the string is the English one, `zh` the Chinese one."""

    zh: str

    def __new__(cls, en: str, zh: str = "") -> Self:
        text = super().__new__(cls, en)
        text.zh = zh or en
        return text

    def lang(self, lang: str) -> str:
        """The text in `lang`, "en" or "zh"."""
        return self.zh if lang == "zh" else str(self)


class Doubt(Text):
    """What was read but may be meant otherwise. One scale: a `Problem` refuses, "ask" wants an
    answer, "note" only tells."""

    severity: Literal["ask", "note"]

    def __new__(cls, en: str, zh: str = "", severity: Literal["ask", "note"] = "note") -> Self:
        doubt = super().__new__(cls, en, zh)
        doubt.severity = severity
        return doubt

    def __reduce__(self) -> Any:
        return Doubt, (str(self), self.zh, self.severity)


def quoted(value: object) -> Text:
    """What stood in a cell, in quotation marks, cut where it is long."""
    text = " ".join(
        "".join(c if c.isprintable() else " " for c in str(value)[: 4 * QUOTE_SHOWN]).split()
    )
    text = text if len(text) <= QUOTE_SHOWN else text[:QUOTE_SHOWN] + "…"
    return Text(f"'{text}'", f"“{text}”")


def listed(words: Sequence[object], most: int) -> Text:
    """`a, b and 3 more`."""
    first, more = [str(word) for word in words[:most]], len(words) - most
    en, zh = ", ".join(first), "、".join(first)
    return Text(f"{en} and {more} more", f"{zh} 等 {len(words)} 项") if more > 0 else Text(en, zh)


@dataclass(frozen=True)
class Problem:
    """One thing to put right. `row` is the number that a spreadsheet shows beside the row (None:
    the whole file), `column` the heading as the planner wrote it (None: the whole row); `found` and
    `expected` are `Text`s where they are ours.
    """

    file: str
    row: int | None
    column: str | None
    found: str
    expected: str

    def line(self, lang: str = "en") -> str:
        """The problem as one line in `lang`, "en" or "zh"."""
        return _line((self.row,), self, lang)


def _line(rows: Sequence[int | None], problem: Problem, lang: str) -> str:
    value_found, expected = (
        part.lang(lang) if isinstance(part, Text) else part
        for part in (problem.found, problem.expected)
    )
    numbered = [row for row in rows if row is not None]
    numbers = ", ".join(map(str, numbered[:ROWS_SHOWN]))
    more = len(numbered) - ROWS_SHOWN
    if lang == "zh":
        row = (
            f" 第 {numbers.replace(', ', '、')}{f' 等 {len(numbered)}' if more > 0 else ''} 行"
            if numbered
            else ""
        )
        column = f"“{problem.column}”列" if problem.column is not None else ""
        return f"{problem.file}{row}{column}：发现 {value_found}；应为 {expected}"
    row = (
        f", row{'s' * (len(numbered) > 1)} {numbers}{f' and {more} more' if more > 0 else ''}"
        if numbered
        else ""
    )
    column = f", column '{problem.column}'" if problem.column is not None else ""
    return f"{problem.file}{row}{column}: found {value_found}; expected {expected}"


class TableError(ValueError):
    """Everything that is wrong with the files given, at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(list(problems))

    @property
    def problems(self) -> list[Problem]:
        """All problems, in the order in which they were found."""
        return self.args[0]

    def message(self, lang: str = "en") -> str:
        """All problems as one text in `lang`, "en" or "zh". Rows with the
        same problem share a line."""
        alike: dict[tuple[str | None, ...], list[Problem]] = {}
        for problem in self.problems:
            alike.setdefault(
                (problem.file, problem.column, problem.found, problem.expected), []
            ).append(problem)
        count = len(self.problems)
        head = f"共 {count} 处问题：" if lang == "zh" else f"{count} problem{'s' * (count != 1)}:"
        lines = [
            "  " + _line([p.row for p in group], group[0], lang)
            for group in list(alike.values())[:LINES_SHOWN]
        ]
        more = len(alike) - len(lines)
        if more > 0:
            lines.append(f"  ……另有 {more} 行" if lang == "zh" else f"  ... and {more} more lines")
        return "\n".join([head, *lines])

    def __str__(self) -> str:
        return self.message("en")

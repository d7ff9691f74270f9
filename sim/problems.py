"""What is wrong with a file that somebody gave us, said in English and in
Chinese, all of it at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from village_alliances.wording import say

from village_alliances import wording

LINES_SHOWN = 50  # of a long list of problems; the others are counted
ALIKE_SHOWN = 5  # values of a column that are wrong in one way; the others share a line
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

    @staticmethod
    def of(key: str, **values: object) -> Text:
        """The text `key` of the catalogue (see wording/) in both languages; a value that is
        a `Text` is said in each.

        Raises KeyError where there is no such text, or no value for one of its places.
        """

        def of(lang: str) -> str:
            in_language = {
                name: value.lang(lang) if isinstance(value, Text) else value
                for name, value in values.items()
            }
            return say(key, lang, **in_language)

        return Text(of("en"), of("zh"))


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
    """What stood in a cell, in quotation marks, cut where it is long; a `Text` in each language."""
    if isinstance(value, Text):
        return Text(quoted(str(value)), quoted(value.zh).zh)
    text = " ".join(
        "".join(c if c.isprintable() else " " for c in str(value)[: 4 * QUOTE_SHOWN]).split()
    )
    text = text if len(text) <= QUOTE_SHOWN else text[:QUOTE_SHOWN] + "…"
    return Text(f"'{text}'", f"“{text}”")


def listed(words: Sequence[object], most: int) -> Text:
    """`a, b and 3 more`; a word that is a `Text` is said in each language."""
    first, more = words[:most], len(words) - most
    in_chinese = (word.zh if isinstance(word, Text) else str(word) for word in first)
    few = Text(wording.listed(map(str, first), "en"), wording.listed(in_chinese, "zh"))
    if more <= 0:
        return few
    return Text.of("problems.lines.listed_more", first=few, rest=rest_of(words, most))


def rest_of(words: Sequence[object], most: int) -> Text:
    """How many are not said: English counts them, Chinese all (等 12 项)."""
    return Text(str(len(words) - most), str(len(words)))


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
    column = problem.column
    return say(
        "problems.lines.line",
        lang,
        file=problem.file,
        row=_rows([row for row in rows if row is not None], lang),
        column="" if column is None else say("problems.lines.column", lang, column=column),
        found=value_found,
        expected=expected,
    )


def _rows(numbered: Sequence[int], lang: str) -> str:
    """The rows of a problem as its line names them."""
    more = len(numbered) - ROWS_SHOWN
    numbers = listed(numbered[:ROWS_SHOWN], ROWS_SHOWN).lang(lang)
    if not numbered:
        return ""
    if more > 0:
        return say(
            "problems.lines.rows_more",
            lang,
            numbers=numbers,
            rest=rest_of(numbered, ROWS_SHOWN).lang(lang),
        )
    if len(numbered) > 1:
        return say("problems.lines.rows", lang, numbers=numbers)
    return say("problems.lines.row", lang, numbers=numbers)


def _way(problem: Problem) -> tuple[str | None, ...]:
    """In which way a value is wrong, whatever the value."""
    return problem.file, problem.column, problem.expected


def _folded(groups: Sequence[list[Problem]]) -> list[tuple[Problem, list[int | None]]]:
    """What each line says, and of which rows: of many values that are wrong in one way the first
    have lines of their own, the others share one at the end."""
    ways, seen = Counter(_way(group[0]) for group in groups), Counter[tuple[str | None, ...]]()
    lines: list[tuple[Problem, list[int | None]]] = []
    rest: dict[tuple[str | None, ...], list[Problem]] = {}
    for group in groups:
        way = _way(group[0])
        seen[way] += 1
        if seen[way] <= ALIKE_SHOWN or ways[way] == ALIKE_SHOWN + 1:
            lines.append((group[0], [problem.row for problem in group]))
        else:
            rest.setdefault(way, []).extend(group)
    for alike in rest.values():
        rows = [problem.row for problem in alike]
        lines.append((_shared(alike), sorted(rows, key=lambda row: row or 0)))
    return lines


def _shared(problems: Sequence[Problem]) -> Problem:
    """Problems of one way as one."""
    first = problems[0].found
    return replace(
        problems[0], found=Text.of("problems.lines.alike", count=len(problems), first=first)
    )


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
        same problem share a line; so do all but the first of many values of a column that are
        wrong in one way."""
        alike: dict[tuple[str | None, ...], list[Problem]] = {}
        for problem in self.problems:
            alike.setdefault(
                (problem.file, problem.column, problem.found, problem.expected), []
            ).append(problem)
        count = len(self.problems)
        head = (
            say("problems.lines.one_problem", lang)
            if count == 1
            else say("problems.lines.all_problems", lang, count=count)
        )
        groups = _folded(list(alike.values()))
        lines = ["  " + _line(rows, problem, lang) for problem, rows in groups[:LINES_SHOWN]]
        more = len(groups) - len(lines)
        if more > 0:
            lines.append("  " + say("problems.lines.more_lines", lang, count=more))
        return "\n".join([head, *lines])

    def __str__(self) -> str:
        return self.message("en")

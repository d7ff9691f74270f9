"""No line of code or prose is longer than 100 columns, and no file longer than 500 lines without a
reason. `make lint` runs it.

Let be: tables of data that say `fmt: skip`, strings over several lines, comments for the tools
themselves, and a string that has no place to be cut (markup, a row of a table).
"""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COLUMNS = 100
LINES = 500
UNCUT = 60  # characters of a string that is let be
PRAGMA = re.compile(r"\s*# (type: ignore|noqa|pragma|fmt:).*$")


def whole_strings(source: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a file; an f-string, which Python 3.12 takes apart, is one string again."""
    lines = source.split("\n")
    begun: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "FSTRING_START":
            begun.append(token)
        elif kind == "FSTRING_END":
            start = begun.pop()
            if not begun:
                text = lines[token.end[0] - 1][: token.end[1]]
                if start.start[0] == token.end[0]:
                    text = text[start.start[1] :]
                ends = {"string": text, "start": start.start, "end": token.end}
                yield token._replace(type=tokenize.STRING, **ends)
        elif not begun:
            yield token


def is_let_be(string: tokenize.TokenInfo) -> bool:
    """Whether a string that is no docstring may stand in a line that is too long."""
    return string.start[0] != string.end[0] or len(string.string) >= UNCUT


def too_long(source: str) -> list[int]:
    """The lines, from 1, of a file that are longer than that."""
    lines = [PRAGMA.sub("", line) for line in source.split("\n")]
    if max(map(len, lines)) <= COLUMNS:
        return []
    let_be: set[int] = set()
    first = 0
    for token in whole_strings(source):
        (start, _), (end, _) = token.start, token.end
        if token.type == tokenize.NEWLINE:
            first = 0
        elif token.type == tokenize.COMMENT and "fmt: skip" in token.string:
            let_be |= set(range(first or start, start + 1))
        elif token.type == tokenize.STRING and first and is_let_be(token):
            let_be |= set(range(start, end + 1))
        if first == 0 and token.string.strip() and token.type != tokenize.COMMENT:
            first = start if token.type != tokenize.STRING else 0
    return [n for n, line in enumerate(lines, 1) if len(line) > COLUMNS and n not in let_be]


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("x = 1\n", []),
        ("x = " + "1 + " * 30 + "1\n", [1]),
        ('"""' + "word " * 25 + '"""\n', [1]),
        ('"""a\n' + "word " * 25 + '\n"""\n', [2]),
        ('x = """a\n' + "word " * 25 + '\n"""\n', []),
        ("# " + "word " * 25 + "\n", [1]),
        ("x = {\n" + '"a": 1, ' * 15 + "\n}  # fmt: skip\n", []),
        ('x = f("' + "w" * 110 + '")\n', []),
        ('x = g(f"{y} ' + "w" * 110 + '")\n', []),
        ("x = " + "1 + " * 23 + "1  # type: ignore[arg-type]\n", []),
    ],
)
def test_what_is_too_long(source: str, numbers: list[int]) -> None:
    assert too_long(source) == numbers


def sources() -> dict[str, str]:
    """The text of every Python file of the project, by its path."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True)
    paths = [ROOT / name for name in listed.stdout.split()]
    paths = paths or [path for path in ROOT.rglob("*.py") if ".venv" not in str(path)]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in paths
        if path.is_file()
    }


def test_no_line_is_longer() -> None:
    lines = [f"{name}:{line}" for name, source in sources().items() for line in too_long(source)]
    assert not lines, "\n".join(lines)


def test_every_long_file_has_its_reason_and_no_other() -> None:
    """docs/architecture.md says why a file is longer than 500 lines; tests may be."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition("## Files over 500 lines\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w/]+\.py)`", section)) - {"tests/test_lines.py"}
    long = {
        name
        for name, source in sources().items()
        if source.count("\n") > LINES and not name.startswith("tests/")
    }
    assert long == named

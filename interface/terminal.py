"""The terminal: tables whose Chinese cells align, wrapped paragraphs, and how far the runs are."""

from __future__ import annotations

import re
import shutil
import sys
import threading
import time
import unicodedata
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, TextIO

from village_alliances.wording import grouped, listed, say, titled

WIDEST = 120
PLAIN_EVERY = 2.0  # seconds between lines where there is no terminal
_TOKEN = re.compile(
    r"[ \t]+|[“‘（【《「]*(?:[\x21-\x7e]+|.)"
)  # an opening mark stays with what it opens
_NEVER_FIRST = "，。；：、）】》」”’！？,.;:)!?"


def width(text: str) -> int:
    """Columns that a text takes: Chinese characters take two, combining marks none."""
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1
        for c in text
    )


def pad(text: str, columns: int, align: str = "<") -> str:
    """`text` filled with spaces to `columns`; `align` is < or >."""
    gap = " " * max(0, columns - width(text))
    return gap + text if align == ">" else text + gap


def table(rows: Sequence[Sequence[str]], aligns: str, indent: int = 0) -> str:
    """Rows of cells as aligned lines. `aligns` has a < or > for each column."""
    widths = [max((width(row[i]) for row in rows), default=0) for i in range(len(aligns))]
    lines = (
        "  ".join(pad(cell, w, a) for cell, w, a in zip(row, widths, aligns, strict=True))
        for row in rows
    )
    return "\n".join((" " * indent + line).rstrip() for line in lines)


def columns_wide() -> int:
    """Columns to fill: those of the terminal, at most 120; 100 where there is no terminal."""
    return max(40, min(WIDEST, shutil.get_terminal_size((100, 24)).columns))


def wrap(text: str, columns: int = 0, indent: int = 0) -> str:
    """A paragraph in lines of at most `columns`; Chinese breaks between
    characters, Latin words stay whole."""
    room = (columns or columns_wide()) - indent
    lines: list[str] = []
    line = ""
    for token in _TOKEN.findall(text.replace("\n", " ")):
        if line and width(line) + width(token) > room and token[0] not in _NEVER_FIRST:
            lines.append(line.rstrip())
            line = ""
        if line or not token.isspace():
            line += token
    lines.append(line.rstrip())
    return f"\n{' ' * indent}".join(lines)


def files(paths: Iterable[str], folder: Any, lang: str) -> str:
    """Which files were written, and where."""
    return wrap(titled(say("cli.files", lang, folder=folder), lang, listed(paths, lang)))


def printable(text: str) -> str:
    """`text` without characters that would steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def notice(text: str) -> None:
    """Say on the error stream what takes a while."""
    print(text, file=sys.stderr, flush=True)


def compile_once(lang: str) -> None:
    """Compile the model where this machine has not yet, and say so in the user's language."""
    from village_alliances.sim.ensemble import warm_up

    warm_up(lambda text: notice(text.split(" / ")[-1 if lang == "zh" else 0]))


class Progress:
    """How many runs are done: a bar on a terminal, a plain line now and then
    elsewhere. Called from any thread."""

    def __init__(self, lang: str, stream: TextIO | None = None) -> None:
        self.lang = lang
        self.stream = stream or sys.stderr
        self.bar: Any = None
        self.said = time.monotonic()
        self.lock = threading.Lock()

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` runs are finished."""
        with self.lock:
            if self.stream.isatty():
                self._move_bar(done, total)
            elif time.monotonic() - self.said >= PLAIN_EVERY:
                self.said = time.monotonic()
                print(
                    say(
                        "cli.runs_done",
                        self.lang,
                        done=grouped(done, self.lang),
                        total=grouped(total, self.lang),
                    ),
                    file=self.stream,
                    flush=True,
                )

    def _move_bar(self, done: int, total: int) -> None:
        if self.bar is None:
            from tqdm import tqdm

            self.bar = tqdm(
                total=total,
                unit=say("cli.run_unit", self.lang),
                file=self.stream,
                leave=False,
                dynamic_ncols=True,
            )
        self.bar.update(done - self.bar.n)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.close()

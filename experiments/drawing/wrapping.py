"""Text in lines as even as they can be, in either language."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence


def wrapped(text: str, lang: str, width: int) -> str:
    """Text in lines of at most about `width` Latin letters (half as many Chinese
    ones), as even as they can be."""
    if lang == "zh":
        return _wrapped_chinese(text, max(2, width // 2))
    lines = len(textwrap.wrap(text, width, break_long_words=False))
    even = next(
        (
            w
            for w in range(max(1, len(text) // max(1, lines)), width)
            if len(textwrap.wrap(text, w, break_long_words=False)) <= lines
        ),
        width,
    )
    return textwrap.fill(text, even, break_long_words=False)


_PIECE = re.compile(
    r"[(（“《]*(?:[A-Za-z0-9.,%+\-～ ]+[万亿]?[元个次年人%]?|.)[，。；：、）”》)]*", re.DOTALL
)  # what stands in one line: a number with its unit, a mark with what it closes


def _wrapped_chinese(text: str, width: int) -> str:
    """Lines of at most about `width` Chinese letters, as even as they can be; two Latin letters
    take the room of one."""

    def size(part: str) -> float:
        return sum(1.0 if ord(letter) > 0x2E7F else 0.55 for letter in part)

    count = math.ceil(size(text) / width) or 1
    most = size(text) / count + 0.5
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and size(lines[-1] + piece.rstrip()) > most + (len(lines) == count) * width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.strip() for line in lines)


def lines_of(labels: Sequence[str]) -> int:
    """The most lines that one of these labels has."""
    return max((label.count("\n") + 1 for label in labels), default=1)

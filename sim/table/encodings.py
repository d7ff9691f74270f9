"""In which encoding the bytes of a text file are: what marks and bytes say, the rest by trial."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

DAMAGED = "utf-8, damaged"

_MARKS = (  # that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-16", "utf-32")
_HZ = re.compile(rb"~\{(?:[!-w][!-~])+~\}")  # Chinese of GB2312 in seven bits, as in old mails
_CHINESE = re.compile("[\u2e80-\uffff]|[\U00020000-\U0003ffff]")
_FOREIGN = re.compile("[\u0250-\u07ff]")  # letters neither Latin nor Chinese
_CONTROL = bytes({*range(9), 11, *range(14, 32)})
_MOST_CONTROL = 0.01  # of the bytes of a text in any encoding of one or two bytes


def decoded(data: bytes) -> Iterator[tuple[str, str]]:
    """The ways to read bytes as text, with the name of the encoding, the likeliest first; none
    for a binary file."""
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    if b"\0" in data and marked not in _WIDE:
        yield from _wide(data)
        return
    if is_binary(data):
        return
    if _HZ.search(data) and data.isascii() and (text := _decode(data, "hz")) is not None:
        yield "hz", text
    plain_text = _decode(data, marked or "utf-8")
    bare = data.removeprefix(codecs.BOM_UTF8)
    # A few Chinese characters of GB18030 may happen to be letters of UTF-8, then of no script that
    # a Chinese table is in.
    doubtful = plain_text is None or (
        _FOREIGN.search(plain_text) and not _CHINESE.search(plain_text)
    )
    if marked not in _WIDE and doubtful:
        for encoding in ("gb18030", "big5hkscs"):
            if (chinese := _decode(bare, encoding)) is not None:
                yield encoding.removesuffix("hkscs"), chinese
    if plain_text is not None:
        yield marked or "utf-8", plain_text
    elif marked not in _WIDE:
        yield DAMAGED, data.decode("utf-8-sig", errors="replace")


def is_binary(data: bytes) -> bool:
    """Whether bytes are hardly a text in any encoding."""
    if data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"Rar!")):
        return True
    if data.startswith(tuple(mark for mark, encoding in _MARKS if encoding in _WIDE)):
        return False
    fewer, more = sorted((data[::2].count(0), data[1::2].count(0)))
    if 16 * more >= len(data) > 0 and fewer <= _MOST_CONTROL * more:  # UTF-16 that lost a byte
        return False
    control = len(data) - len(data.translate(None, _CONTROL))
    return control > 2 + _MOST_CONTROL * len(data)


def _wide(data: bytes) -> Iterator[tuple[str, str]]:
    """UTF-16 without a mark: its commas, digits and ends of lines have a byte of nought, always
    on the same side."""
    if len(data) % 2 == 0:
        for encoding, nought in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
            text = _decode(data, encoding)
            if text is not None and b"\0" in nought and "\0" not in text:
                yield encoding, text


def _decode(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None

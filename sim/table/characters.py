"""Characters that are written in several ways and mean the same: full and half width,
traditional and simplified."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path


def _simpler() -> dict[int, int]:
    text = Path(__file__).with_name("characters.toml").read_text(encoding="utf-8")
    pairs = "".join(tomllib.loads(text)["pairs"].split())
    return dict(zip(map(ord, pairs[::2]), map(ord, pairs[1::2]), strict=True))


_SIMPLER = _simpler()


def simplified(text: str) -> str:
    """`text` with half-width letters and digits, and simplified characters."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).translate(_SIMPLER)

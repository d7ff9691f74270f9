"""Files that a visitor brings: what the upload says, and reading one by what reads
files on disk."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from village_alliances.interface.dashboard.words import text
from village_alliances.sim.files import write_atomically
from village_alliances.sim.problems import Text
from village_alliances.sim.strategy import StrategyError
from village_alliances.sim.technology import TechnologyError
from village_alliances.sim.worded import worded

Found = TypeVar("Found")
LONGEST_NAME = 80  # characters of a file's name that are kept


def upload_words(limits: str, lang: str) -> dict[str, str]:
    """What the widget that takes a file says; `limits`: key of the sentence on what it takes."""
    return {
        "choose": text("ask.choose_file", lang),
        "reading": text("ask.reading", lang),
        "limits": text(limits, lang),
        "too_large": text("ask.too_large", lang, size="{size}", most="{most}"),
        "unreadable": text("ask.unreadable", lang),
    }


def brought(file: Mapping[str, Any]) -> tuple[str, bytes]:
    """Name and content of what the widget hands over."""
    return str(file.get("name", "")), base64.b64decode(str(file.get("data", "")))


def plain_name(name: str, default: str) -> str:
    """A file's name without folders, of bounded length."""
    return Path(name.replace("\\", "/")).name[:LONGEST_NAME] or default


def read_brought(
    name: str,
    content: bytes,
    read: Callable[[Path], Found],
    refusal: type[StrategyError] | type[TechnologyError],
    default: str,
    most: int,
) -> tuple[str, Found]:
    """Name of a TOML file that was brought, and what `read` makes of it. `default`: the
    name of a file without one.

    Raises `refusal` with what is wrong: more than `most` bytes, another
    ending, or what `read` says.
    """
    file = plain_name(name, default)
    if len(content) > most:
        raise refusal(
            worded("problems.page_uploads.bytes_most", file=file, count=len(content), most=most)
        )
    if Path(file).suffix.lower() != ".toml":
        raise refusal(worded("problems.page_uploads.expected_toml_file", file=file))
    with tempfile.TemporaryDirectory() as folder:
        path = write_atomically(Path(folder) / file, content)
        try:
            return file, read(path)
        except refusal as error:
            messages = (error.message(lang).replace(str(path), file) for lang in ("en", "zh"))
            raise refusal(Text(*messages)) from None

"""Everything a planner reads, in English and Chinese: one TOML file an area, one entry a text.

    say("compare.nothing_differs", "zh")
    say("cli.runs_done", "en", done=20, total=500)

`area.key` is the entry `key` of wording/area.toml: `key = {en = "...", zh = "..."}`;
`area.table.key` one of its table `[table]`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

if not __name__.startswith("village_alliances."):  # a second copy of every module would be loaded
    raise ImportError(
        "write `from village_alliances import wording`: wording/ is a part of village_alliances"
    )

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "zh")
MINUS = "\u2212"
CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"  # characters and their marks


def say(key: str, lang: str, **values: Any) -> str:
    """The text `key` in `lang` ("en" or "zh"), with `values` in its {places}. Raises KeyError
    naming a text that is not there."""
    text = entry(key)[lang]
    return text.format_map(values) if values else text


def grouped(value: float, lang: str, form: str = ",") -> str:
    """A number to be read, in the form of a format string: only English sets thousands apart
    (`12,300`, `12300`), and a minus is the sign, not a hyphen: `−12,300`."""
    return typed(value, lang, form).replace("-", MINUS)


def with_minus(text: str) -> str:
    """A text, such as a reason with a formula, in which a minus is the sign: `z = −0.7`."""
    return re.sub(r"(?<![^\s(=（])-(?=\d)", MINUS, text)


def typed(value: float, lang: str, form: str = ",.10g") -> str:
    """A number that somebody may type, such as the bound of a lever: `-1.5`."""
    return format(value, form if lang == "en" else form.replace(",", ""))


def closed(text: str) -> str:
    """A text of parts that were joined, without the spaces between Chinese characters: `高于每年
    0.13`, not `高于 每年 0.13`."""
    return re.sub(f"(?<={CHINESE}) +(?={CHINESE})", "", text)


def titled(title: str, lang: str, rest: str = "") -> str:
    """`Known: ...`, `已知：...`: the one place that sets a colon. Chinese has no space after it."""
    return f"{title}：{rest}" if lang == "zh" else f"{title}: {rest}".rstrip()


def listed(words: Iterable[str], lang: str) -> str:
    """`a, b`, `甲、乙`."""
    return ("、" if lang == "zh" else ", ").join(words)


def bracketed(text: str, lang: str) -> str:
    """What stands in brackets after a word: ` (14)`, `（14）`: in Chinese wide ones, without a
    space."""
    return f"（{text}）" if lang == "zh" else f" ({text})"


def apart(parts: Iterable[str], lang: str) -> str:
    """`a, b; c`, `甲、乙；丙`: parts that may have commas of their own."""
    return ("；" if lang == "zh" else "; ").join(parts)


def joined(texts: Iterable[str], lang: str) -> str:
    """Texts that are there, one after the other; Chinese leaves no gap between them."""
    return ("" if lang == "zh" else " ").join(text for text in texts if text)


def entry(key: str) -> Mapping[str, str]:
    """A text in all languages."""
    area, *path = key.split(".")
    value: Any = area_of(area)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        raise KeyError(f"no text is called {key!r} in {FOLDER / f'{area}.toml'}")
    return value


def table(key: str) -> Mapping[str, Mapping[str, str]]:
    """All texts of one table of an area, in the order of the file: `table("cli.command")`."""
    area, *path = key.split(".")
    value: Any = area_of(area)
    for name in path:
        value = value[name]
    return dict(value)


@cache
def area_of(area: str) -> dict[str, Any]:
    """The content of one file of texts. Raises KeyError if there is no such area."""
    path = FOLDER / f"{area}.toml"
    if not path.exists():
        raise KeyError(f"there are no texts {path}")
    with path.open("rb") as file:
        return tomllib.load(file)


def areas() -> list[str]:
    """The files of texts that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def language(environment: Mapping[str, str] | None = None) -> str:
    """The language of this user: zh where LC_ALL, LC_MESSAGES or LANG (the first that is set)
    begins with zh, else en."""
    environment = os.environ if environment is None else environment
    chosen = next(
        (environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)),
        "",
    )
    return "zh" if chosen.lower().startswith("zh") else "en"

"""Why a line is no TOML, where one of the common slips is seen in it: a name or a text without
quotation marks, a number with a comma or a unit, no equals sign."""

from __future__ import annotations

import re

from village_alliances.sim.problems import Text, quoted
from village_alliances.sim.worded import worded

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")  # a name that needs no quotation marks
_HEADING = re.compile(r"\s*[\[［]+([^\[\]［］\"'#]+)[\]］]+\s*(#.*)?$")
_ENTRY = re.compile(r"\s*([^=\"'\[\]{}#]+?)\s*=\s*(.*)$")
_WORD = re.compile(r"[^\W\d_]|[“”‘’「『]")
_NUMBER = re.compile(r"[+-]?(\d|\.\d)")


def name_in_toml(name: str) -> str:
    """A name, or names with dots between, as TOML writes them: in quotation marks where needed."""
    parts = [part.strip() for part in name.split(".")]
    return ".".join(part if _PLAIN.fullmatch(part) else f'"{part}"' for part in parts)


def cause(line: str) -> Text | None:
    """What a line that is no TOML should say instead, or None where no common slip is seen."""
    if heading := _HEADING.match(line):
        return _name(heading[1].strip(), "[{}]")
    if not (entry := _ENTRY.match(line)):
        first = re.match(r"\s*([\w-]+)", line)
        return worded("problems.toml_causes.equals_sign", name=first[1]) if first else None
    name, value = entry[1], entry[2]
    if wrong_name := _name(name, "{} ="):
        return wrong_name
    if _NUMBER.match(value):
        return worded("problems.toml_causes.number", value=quoted(value))
    return worded("problems.toml_causes.text", name=name) if _WORD.match(value) else None


def _name(name: str, place: str) -> Text | None:
    """How to write a name at its place, where it cannot stand there as it does."""
    written = name_in_toml(name)
    if '"' not in written:
        return None
    return worded("problems.toml_causes.name", written=place.format(written))

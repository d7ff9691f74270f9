"""The catalogue of texts against the code that asks for them."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator

from village_alliances.wording import areas, entry, table

from tests.house import MODULES


def asked(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of `worded` or `say`, and of a table's `ask` and `note`, with the key as far as it
    is written out."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and (
            getattr(node.func, "id", "") in ("worded", "say")
            or getattr(node.func, "attr", "") in ("ask", "note")
        ):
            key = node.args[0] if node.args else None
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and "." in key.value:
                yield key.value, node


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_that_is_asked_for_is_there_with_its_places_filled() -> None:
    wrong = []
    for module in MODULES:
        for key, call in asked(module):
            try:
                text = entry(key)
            except KeyError as error:
                wrong.append(f"{module}:{call.lineno} {error}")
                continue
            given = {keyword.arg for keyword in call.keywords}
            if None not in given and places(text["en"]) | places(text["zh"]) != given - {"lang"}:
                wrong.append(f"{module}:{call.lineno} {key}: {given} for {places(text['en'])}")
    assert not wrong, "\n".join(wrong)


def test_no_problem_is_worded_that_nobody_says() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in MODULES.values())
    assert "problems" in areas()
    unsaid = [
        f"{module}.{key}"
        for module, texts in table("problems").items()
        for key in texts
        if f"problems.{module}.{key}" not in source and not key.startswith("which_strategy")
    ]
    assert unsaid == []

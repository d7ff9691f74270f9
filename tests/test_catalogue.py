"""The catalogue of texts against the code that asks for them."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

from village_alliances.wording import areas, entry, table

from tests.house import MODULES


def asked(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of `worded`, `say` or `in_both`, of `Text.of`, and of a table's `ask` and `note`,
    with the key as far as it is written out."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and (
            getattr(node.func, "id", "") in ("worded", "say", "in_both")
            or getattr(node.func, "attr", "") in ("ask", "note", "of")
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


CHINESE = re.compile(r"[\u4e00-\u9fff]")


def in_chinese(node: ast.AST) -> bool:
    """Whether a Chinese text is written out within this expression."""
    return any(
        isinstance(part, ast.Constant)
        and isinstance(part.value, str)
        and bool(CHINESE.search(part.value))
        for part in ast.walk(node)
    )


def beside_english(node: ast.AST) -> bool:
    """Whether a Chinese text stands beside its English in code: `Text("...", "...")`,
    `{"en": ..., "zh": ...}`."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", "") in ("Text", "Doubt") and in_chinese(node)
    return isinstance(node, ast.Dict) and any(
        isinstance(key, ast.Constant)
        and key.value == "zh"
        and not isinstance(text, ast.Tuple)  # the digits in words
        and in_chinese(text)
        for key, text in zip(node.keys, node.values, strict=True)
    )


def test_what_is_said_in_two_languages_stands_in_the_catalogue() -> None:
    assert beside_english(ast.parse('Text(f"{n} rows", f"{n} 行")', mode="eval").body)
    assert beside_english(ast.parse('{"en": "none", "zh": "无"}', mode="eval").body)
    written = [
        f"{module}:{node.lineno}"
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.expr) and beside_english(node)
    ]
    assert written == []

"""The catalogue of texts against the code that asks for them."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Mapping
from typing import Any

from village_alliances.wording import CHINESE as LETTER_OR_MARK
from village_alliances.wording import LANGUAGES, areas, entry, table

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


def mark_of_its_own(call: ast.Call) -> bool:
    """Whether texts are joined by a mark of the language that is set here: `"、".join(names)`."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "join":
        return False
    mark = call.func.value
    if isinstance(mark, ast.Constant) and re.search(LETTER_OR_MARK, str(mark.value)):
        return True
    return isinstance(mark, ast.IfExp) and "lang" in ast.unparse(mark.test)


def test_marks_between_texts_are_set_by_the_catalogue() -> None:
    """`listed`, `apart` and `joined` of wording know both languages; nobody above the model, where
    refusals are put together in both at once, sets such a mark."""
    wrong = [
        f"{module}:{node.lineno}"
        for module, path in MODULES.items()
        if module.startswith(("experiments", "interface"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and mark_of_its_own(node)
    ]
    marks = [
        f"{area}.{key}"
        for area in areas()
        for key, text in marks_of(table(area))
        if (text["en"], text["zh"]) in {(", ", "、"), ("; ", "；"), (" ", "")}
    ]
    assert wrong + marks == []
    bad = ast.parse('("、" if lang == "zh" else ", ").join(names), "；".join(names)')
    assert sum(isinstance(n, ast.Call) and mark_of_its_own(n) for n in ast.walk(bad)) == 2


def marks_of(texts: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every text of an area that holds nothing but marks, by its key."""
    for key, text in texts.items():
        if set(text) != set(LANGUAGES):
            yield from ((f"{key}.{inner}", mark) for inner, mark in marks_of(text))
        elif not re.search(r"\w", text["en"]):
            yield key, text


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

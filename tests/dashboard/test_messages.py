"""What the page says can be done on the page: no message of it names an option of the command
line, which a visitor does not have."""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip(
    "solara", reason='the dashboard is not installed (pip install "village-alliances[dashboard]")'
)

from village_alliances.interface.dashboard import tables
from village_alliances.interface.dashboard.institutions import strategy_of
from village_alliances.sim.strategy import StrategyError
from village_alliances.sim.table import TableError, read_table
from village_alliances.sim.worded import worded
from village_alliances.wording import LANGUAGES, areas, say, table

from tests.house import MODULES, arrows
from tests.table.books import BAD, GOOD, book

OPTION = re.compile(r"(?<![\w-])--[a-z{]")
COMMAND = ("interface.cli", "interface.commands.")  # their words are the command's
OF_COMMANDS = {  # asked for by modules of the page, but said in the terminal alone
    "answer.table.more",  # a table cut short
    "dashboard.option.bad_port",  # the command that serves the page
    "problems.strategy.strategies_longer_mixed",  # `test_a_mix_is_refused_in_words_of_the_page`
}


def of_page() -> set[str]:
    """Every module that the page runs, but those of the command."""
    modules: set[str] = set()
    left = [name for name in MODULES if name.startswith("interface.dashboard")]
    while left:
        name = left.pop()
        if name not in modules and not name.startswith(COMMAND):
            modules.add(name)
            left += arrows()[name]
    return modules


def keys_of(source: str) -> Iterator[tuple[str, bool]]:
    """Every key that code writes out, and whether it is whole: `f"dashboard.{key}"` begins one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield str(node.values[0].value), False
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, True


def texts(of: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every text of a part of the catalogue by its key."""
    for key, text in of.items():
        if set(text) == set(LANGUAGES):
            yield f"{name}.{key}", text
        else:
            yield from texts(text, f"{name}.{key}")


def said_on_page() -> dict[str, Mapping[str, str]]:
    """Every text of the catalogue that a module of the page asks for."""
    keys = {key for name in of_page() for key in keys_of(MODULES[name].read_text(encoding="utf-8"))}
    whole = {key for key, ends in keys if ends}
    areas_begun = tuple(f"{area}." for area in areas())
    begun = tuple(key for key, ends in keys if not ends and key.startswith(areas_begun))
    every = (text for area in areas() for text in texts(table(area), area))
    return {key: text for key, text in every if key in whole or key.startswith(begun)}


def test_no_text_of_the_page_names_an_option_of_the_command_line() -> None:
    said = said_on_page()
    for key in (
        "dashboard.ask.otherwise",
        "problems.table_columns.unit",
        "proposal.verdict.brings",
    ):
        assert key in said
    assert len(said) > 1_000
    named = {key for key, text in said.items() if any(map(OPTION.search, text.values()))}
    assert named == OF_COMMANDS | {
        f"problems.table_choosing.{key}" for key in table("problems.table_choosing")
    }  # which the page has in words of its own: interface.dashboard.tables.OnPage
    assert OPTION.search("add --column x") and not OPTION.search("2014--2015")


def test_a_mix_is_refused_in_words_of_the_page() -> None:
    with pytest.raises(StrategyError) as caught:
        strategy_of("industry_chain:0.6,culture:0.4")
    assert caught.value.message("en") == str(worded("problems.page_institutions.strategy_s_name"))
    assert not any(OPTION.search(caught.value.message(lang)) for lang in LANGUAGES)


def upload(path: Path) -> tables.Brought:
    return tables.Brought(path.name, base64.b64encode(path.read_bytes()).decode())


def said_of(path: Path, *, page: bool) -> str:
    """Everything that is said of a table, in both languages, on the page or by the command."""
    try:
        read = tables.take(upload(path)).table if page else read_table(path)
    except TableError as error:
        return "\n".join(error.message(lang) for lang in LANGUAGES)
    return "\n".join(warning.lang(lang) for warning in read.warnings for lang in LANGUAGES)


OWN = {  # what is asked -> a table of which it is
    "of_years": {"表": [["村名", "2022", "2023"], ["甲", 4, 5], ["乙", 5, 6]]},
    "of_axes": {"表": [["村名", "X", "Y"], ["甲", 121.4, 29.6], ["乙", 121.5, 29.7]]},
    "like_ours": {"表": [["村名", "村里全年收入情况"], ["甲", 4], ["乙", 5]]},
    "no_heading": {"表": [["村名", "", "人口"], ["甲", "东镇", 900], ["乙", "东镇", 800]]},
    "subsidies": {"表": [["村名", "集体经济收入(元)", "补助收入"], ["甲", 90000, 3], ["乙", 80000, 2]]},
    "older": {"表": [["村名", "2022年人口", "2023年人口"], ["甲", 900, 910], ["乙", 800, 810]]},
    "sheets": {
        "东镇": [["村名", "人口"], ["甲", 900], ["乙", 800]],
        "西乡": [["村名", "人口"], ["丙", 900], ["丁", 800]],
        "说明": [["村名"], ["戊"]],
    },
}  # fmt: skip


def test_messages_about_a_table_point_to_the_choices_of_the_page(tmp_path: Path) -> None:
    own = [tmp_path / f"{name}.xlsx" for name in OWN]
    for path in own:
        path.write_bytes(book(OWN[path.stem]))
    asked = {path.stem for path in (*BAD, *GOOD, *own) if OPTION.search(said_of(path, page=False))}
    assert asked >= {*OWN, "two_columns_for_one_field", "county_office"}
    for path in (*BAD, *GOOD, *own):
        assert not OPTION.search(said_of(path, page=True)), path.name


@pytest.mark.parametrize("name", ["like_ours", "subsidies", "of_axes", "of_years"])
def test_the_page_offers_the_choice_that_a_message_names(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.xlsx"
    path.write_bytes(book(OWN[name]))
    headings = tables.choices(upload(path))[1]
    fold = say("dashboard.ask.otherwise", "en")
    named = re.findall(f"the choice for ‘(.*?)’ under “{fold}”", said_of(path, page=True))
    assert named and set(named) <= set(headings)


def test_two_columns_for_one_field_are_told_apart_on_the_page() -> None:
    bad = next(path for path in BAD if path.stem == "two_columns_for_one_field")
    brought = upload(bad)
    assert "the choice for ‘人口’" in said_of(bad, page=True)
    assert tables.choices(brought)[1][:2] == ("人口", "总人口")


def test_two_columns_with_one_heading_are_told_apart_by_renaming_one(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("村名,人口,人口\n甲,900,800\n乙,800,700\n", encoding="utf-8")
    for page in (True, False):
        assert "the other one renamed" in said_of(path, page=page)
        assert not OPTION.search(said_of(path, page=page))

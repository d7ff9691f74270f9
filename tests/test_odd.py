"""docs/ODD.md and docs/mechanisms.md against the code: whole, in order, and naming
nothing that is not there."""

from __future__ import annotations

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest
from village_alliances.sim import technology
from village_alliances.sim.parameters import REGIONAL, levers, parameters
from village_alliances.sim.quarter import QUARTER
from village_alliances.sim.society import ENDOWMENTS, FORMATION, MEASURES
from village_alliances.sim.strategy import names

from tests import odd

DOCS = odd.ROOT / "docs"
HEADINGS = (
    "Purpose and patterns", "Entities, state variables, and scales", "Process overview and scheduling", "Design concepts",
    "Initialization", "Input data", "Submodels", "Where it differs from its design, and why", "Known limits",
)  # fmt: skip
CONCEPTS = (
    "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing", "Interaction", "Stochasticity",
    "Collectives", "Observation",
)  # fmt: skip
RULES = [rule.__name__ for rule in QUARTER]
FILES = [*odd.RULES.glob("*.py"), *(odd.ROOT / "sim" / f"{name}.py" for name in odd.STARTS)]


@pytest.fixture(scope="module")
def text() -> str:
    return odd.ODD.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def submodels(text: str) -> str:
    """What was written by hand of the rules."""
    return odd.written(text).split("\n## 7. Submodels\n")[1].split("\n## 8.")[0]


def defined(path: Path) -> set[str]:
    """Functions of a Python file, at its top."""
    return {node.name for node in _tree(path).body if isinstance(node, ast.FunctionDef)}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def read_from(member: str, plain: str) -> set[str]:
    """Fields that the rules, and what comes before the first quarter, read of a record."""
    return set().union(*(odd.read_of(_tree(path), plain, member) for path in FILES))


def test_tables_are_those_of_the_schema(text: str) -> None:
    assert odd.filled(text) == text, "run: python -m tests.odd --write"


def test_all_seven_headings_in_order(text: str) -> None:
    assert re.findall(r"^## \d\. (.+)$", text, re.MULTILINE) == list(HEADINGS)


def test_all_design_concepts_in_order(text: str) -> None:
    section = text.split("## 4. Design concepts")[1].split("\n## 5.")[0]
    assert re.findall(r"^\*\*([A-Z][a-z ]+)\.\*\*", section, re.MULTILINE) == list(CONCEPTS)


def test_every_rule_of_the_quarter_has_its_own_subsection_in_order(submodels: str) -> None:
    assert "\n### 7.0 The chooser\n" in submodels
    matches = re.findall(r"^### 7\.(\d+) `(\w+)`$", submodels, re.MULTILINE)
    assert matches == [(str(n), name) for n, name in enumerate(RULES, 1)]


def test_every_parameter_and_lever_is_read() -> None:
    used = read_from("parameters", "p")
    reference = {*parameters(), *REGIONAL}
    trends = {"trend_collective", "trend_villager"}  # of the start as well: p[trend]
    assert sorted(reference - used - trends) == []
    assert (
        sorted(trends - used) == [] and sorted(set(levers()) - read_from("levers", "lever")) == []
    )


def test_every_number_of_the_rules_has_a_name() -> None:
    unnamed = {
        path.name: odd.unnamed_numbers(path.read_text(encoding="utf-8"))
        for path in sorted(odd.RULES.glob("*.py"))
    }
    assert {name: numbers for name, numbers in unnamed.items() if numbers} == {}


def test_a_number_without_a_name_is_noticed() -> None:
    rule = "def rule(society):\n    society.fund[3] *= 1.07\n"
    assert odd.unnamed_numbers(rule) == ["rule, line 2: 1.07"]


def test_what_each_rule_hangs_on_is_told(text: str, submodels: str) -> None:
    """Parameters that rules read stand in the text by hand, or in the table
    of what each file reads."""
    words = set(re.findall(r"\w+", text))
    assert sorted({*parameters(), *REGIONAL, *levers()} - words) == []
    by_hand = set(re.findall(r"\w+", submodels))
    unnamed = sorted(set(parameters()) - by_hand)
    of_start = ["town_people", "town_pull", "used_from", "used_power"]
    assert unnamed == of_start, "others belong to a rule"


def test_names_in_formulas_and_backticks_exist(text: str) -> None:
    """A name with an underscore in the hand-written part is a column, parameter, lever, outcome,
    constant, function or file."""
    sources = [
        *(odd.ROOT / "sim").rglob("*.py"),
        *(odd.ROOT / "sim").rglob("*.toml"),
        *(odd.ROOT / "tests").rglob("test_*.py"),
    ]
    reference = {path.stem for path in sources}
    for path in sources:
        if path != Path(__file__):
            reference |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    named = {
        word
        for word in re.findall(r"[A-Za-z]\w*_\w*[a-z0-9]", odd.written(text))
        if not word.startswith("gain_")
    }
    assert sorted(named - reference) == []


def test_patterns_name_tests_that_exist(text: str) -> None:
    section = text.split("## 1. Purpose and patterns")[1].split("\n## 2.")[0]
    named = re.findall(r"`(test_\w+)`", section)
    there = [
        name
        for name in defined(odd.ROOT / "tests" / "sim" / "test_patterns.py")
        if name.startswith("test_")
    ]
    assert sorted(named) == sorted(there)


def test_links_and_files_exist(text: str) -> None:
    for name in re.findall(r"\]\(([\w/.-]+\.md)\)", text):
        assert (DOCS / name).is_file(), name
    for name in re.findall(
        r"`((?:sim|tests|calibration)/[\w/.-]+\.(?:py|csv))`", odd.written(text)
    ):
        assert (odd.ROOT / name).is_file(), name


def mechanism_rows() -> list[list[str]]:
    lines = (DOCS / "mechanisms.md").read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("| ")
    ][1:]


def test_every_mechanism_has_its_verdict() -> None:
    with (odd.ROOT / "calibration" / "evidence" / "mechanisms.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        register = [(row["id"], row["name_en"]) for row in csv.DictReader(file)]
    rows = mechanism_rows()
    assert [(row[0], row[1]) for row in rows] == register
    verdicts = {row[0]: row[2] for row in rows}
    wrong = []
    for name, _, verdict, where, reason in rows:
        place = where.strip("`")
        if verdict == "modelled":
            path, _, function = place.partition(":")
            if not (odd.ROOT / path).is_file() or function not in defined(odd.ROOT / path):
                wrong.append(f"{name}: no function {place}")
        elif verdict == "merged into":
            if verdicts.get(place) != "modelled":
                wrong.append(f"{name}: {place} is not modelled")
        elif verdict != "left out" or place:
            wrong.append(f"{name}: verdict {verdict!r} with {place!r}")
        if len(reason) < 10:
            wrong.append(f"{name}: no reason")
    assert wrong == []


def test_mechanisms_name_parameters_and_levers_that_exist() -> None:
    others = {"capacity", "practice", "chain", "weakest", "promised", "equal", "stake", *names()}
    others |= {kind.name for kind in technology.shipped()} | {*MEASURES, *FORMATION, *ENDOWMENTS}
    reference = {*parameters(), *levers(), *others}
    named = {word for row in mechanism_rows() for word in re.findall(r"`(\w+)`", row[4])}
    assert sorted(named - reference) == []


def test_the_chinese_version_has_the_same_quarter() -> None:
    chinese = (DOCS / "zh" / "ODD.md").read_text(encoding="utf-8")
    matches = re.findall(r"^\| (\d+) \| `(\w+)` \|", chinese, re.MULTILINE)
    assert matches == [(str(n), name) for n, name in enumerate(RULES, 1)]

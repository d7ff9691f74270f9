"""docs/ODD.md and docs/mechanisms.md against the code: whole, in order, and naming nothing that is not there."""

from __future__ import annotations

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest
from village_alliances.sim.parameters import REGIONAL, levers, parameters
from village_alliances.sim.quarter import QUARTER

from tests import odd

DOCS = odd.ROOT / "docs"
HEADINGS = (
    "Purpose and patterns", "Entities, state variables, and scales", "Process overview and scheduling", "Design concepts",
    "Initialization", "Input data", "Submodels",
)  # fmt: skip
CONCEPTS = (
    "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing", "Interaction", "Stochasticity",
    "Collectives", "Observation",
)  # fmt: skip
RULES = [rule.__name__ for rule in QUARTER]
BY_CALENDAR = (  # levers that reach the rules through the calendar, made before the first quarter
    "market_shock", "market_quarter", "pandemic_shock", "pandemic_quarter", "funding_cut_quarter", "leader_loss_quarter",
)  # fmt: skip


@pytest.fixture(scope="module")
def text() -> str:
    return odd.ODD.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def submodels(text: str) -> str:
    """What was written by hand of the rules."""
    return odd.written(text).split("\n## 7. Submodels\n")[1]


def defined(path: Path) -> set[str]:
    """Functions of a Python file, at its top."""
    return {node.name for node in _tree(path).body if isinstance(node, ast.FunctionDef)}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def read_from(holder: str, plain: str) -> set[str]:
    """Fields that the rules read of a record: `plain`.x, and w.`holder`[...].x."""
    found = set()
    for path in odd.RULES.glob("*.py"):
        for node in ast.walk(_tree(path)):
            if not isinstance(node, ast.Attribute):
                continue
            owner = node.value
            by_name = isinstance(owner, ast.Name) and owner.id == plain
            by_run = (
                isinstance(owner, ast.Subscript)
                and isinstance(owner.value, ast.Attribute)
                and owner.value.attr == holder
            )
            if by_name or by_run:
                found.add(node.attr)
    return found


def texts_in(path: Path) -> set[str]:
    """Every string constant of a Python file."""
    return {
        node.value
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_tables_are_those_of_the_schema(text: str) -> None:
    assert odd.filled(text) == text, "run: python -m tests.odd --write"


def test_all_seven_headings_in_order(text: str) -> None:
    assert re.findall(r"^## \d\. (.+)$", text, re.MULTILINE) == list(HEADINGS)


def test_all_design_concepts_in_order(text: str) -> None:
    section = text.split("## 4. Design concepts")[1].split("\n## 5.")[0]
    assert re.findall(r"^\*\*([A-Z][a-z ]+)\.\*\*", section, re.MULTILINE) == list(CONCEPTS)


def test_every_rule_of_the_quarter_has_its_own_subsection_in_order(submodels: str) -> None:
    found = re.findall(r"^### 7\.(\d+) `(\w+)`$", submodels, re.MULTILINE)
    assert found == [(str(n), name) for n, name in enumerate(RULES, 1)]


def test_every_parameter_is_used_in_a_rule_or_at_the_start() -> None:
    used = read_from("p", "p") | (
        texts_in(odd.ROOT / "sim" / "building.py") & {"rent_spread", *REGIONAL}
    )
    assert [name for name in (*parameters(), *REGIONAL) if name not in used] == []


def test_every_lever_is_used_in_a_rule_or_in_the_calendar() -> None:
    used = read_from("l", "lever") | (texts_in(odd.ROOT / "sim" / "building.py") & set(BY_CALENDAR))
    assert [name for name in levers() if name not in used] == []


def test_every_parameter_and_lever_stands_in_the_text_of_the_rules(
    text: str, submodels: str
) -> None:
    words = set(re.findall(r"\w+", odd.written(text)))
    assert [name for name in (*parameters(), *REGIONAL) if name not in words] == []
    assert [name for name in levers() if name not in set(re.findall(r"\w+", submodels))] == []


def test_each_rule_names_the_parameters_that_its_file_reads(submodels: str) -> None:
    parts = dict(
        re.findall(
            r"^### 7\.\d+ (?:`(\w+)`|Notions).*?\n(.*?)(?=^### )",
            submodels,
            re.MULTILINE | re.DOTALL,
        )
    )
    missing = []
    for file in sorted({rule.__module__ for rule in QUARTER}):
        rules = [rule.__name__ for rule in QUARTER if rule.__module__ == file]
        path = odd.ROOT / (file.removeprefix("village_alliances.").replace(".", "/") + ".py")
        read = {node.attr for node in ast.walk(_tree(path)) if isinstance(node, ast.Attribute)} & {
            *parameters(),
            *REGIONAL,
            *levers(),
        }
        told = set(re.findall(r"\w+", parts[""] + "".join(parts[rule] for rule in rules)))
        missing += [f"{path.name}: {name}" for name in sorted(read - told)]
    assert missing == []


def test_names_in_formulas_and_backticks_exist(text: str) -> None:
    """A name with an underscore in the hand-written part is a column, parameter, lever, outcome, constant, function or file."""
    sources = [
        *(odd.ROOT / "sim").rglob("*.py"),
        *(odd.ROOT / "sim").rglob("*.toml"),
        *(odd.ROOT / "tests").rglob("test_*.py"),
    ]
    known = {path.stem for path in sources}
    for path in sources:
        if path != Path(__file__):
            known |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    own = {"z_village", "z_product", "z_alliance", "brand_k"}  # of the formulas
    named = {
        word
        for word in re.findall(r"[A-Za-z]\w*_\w*[a-z0-9]", odd.written(text))
        if not word.startswith("gain_")
    }
    assert sorted(named - known - own) == []


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
    others = {
        "weakest_first",
        "public_projects",
        "build_alone",
        "burdens",
        "employ_and_serve",
        "unfairness",
        "capacity",
        "chain",
    }
    known = {*parameters(), *levers(), *others}
    named = {word for row in mechanism_rows() for word in re.findall(r"`(\w+)`", row[4])}
    assert sorted(named - known) == []


def test_the_chinese_version_has_the_same_quarter() -> None:
    chinese = (DOCS / "zh" / "ODD.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| (\d+) \| `(\w+)` \|", chinese, re.MULTILINE)
    assert found == [(str(n), name) for n, name in enumerate(RULES, 1)]

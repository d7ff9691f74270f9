"""The house: an import never points up a floor, and no imports run in a circle. `make lint` runs it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "village_alliances"
# From the ground up. A part may import from its own floor and from those below.
FLOORS = (("wording",), ("sim",), ("calibration",), ("experiments",), ("interface",))
HEIGHT = {part: at for at, floor in enumerate(FLOORS) for part in floor}
Import = tuple[str, int, bool]  # what is imported, at which line, and whether for types alone


def modules() -> dict[str, Path]:
    """Every module of the house by its name, such as `sim.luck`."""
    found = {}
    for part in HEIGHT:
        for path in sorted((ROOT / part).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(name: str, source: str) -> Iterator[Import]:
    """What a module imports of the house, wherever the import stands."""
    tree = ast.parse(source)
    typing = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for part in node.body
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            assert node.level == 0, f"{name}:{node.lineno} imports by dots"
        else:
            continue
        for full in names:
            if full.startswith(f"{PACKAGE}."):
                yield _module(full.removeprefix(f"{PACKAGE}.")), node.lineno, id(node) in typing


def _module(name: str) -> str:
    """The module that holds a name."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def upward(name: str, source: str) -> list[str]:
    """The imports of a module that point up, types included."""
    here = HEIGHT[name.partition(".")[0]]
    return [
        f"{name}:{line} imports {found}"
        for found, line, _ in imports(name, source)
        if found and HEIGHT[found.partition(".")[0]] > here
    ]


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Each set of modules from any of which one gets to all the others (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    held: list[str] = []
    found = []

    def visit(at: str) -> None:
        number[at] = low[at] = len(number)
        held.append(at)
        for to in sorted(arrows.get(at, ())):
            if to not in number:
                visit(to)
                low[at] = min(low[at], low[to])
            elif to in held:
                low[at] = min(low[at], number[to])
        if low[at] == number[at]:
            circle = held[held.index(at) :]
            del held[held.index(at) :]
            if len(circle) > 1:
                found.append(sorted(circle))

    for name in sorted(arrows):
        if name not in number:
            visit(name)
    return found


def arrows() -> dict[str, set[str]]:
    """What every module imports while it runs; types alone are left out, for they load nothing."""
    return {
        name: {
            found
            for found, _, typing in imports(name, path.read_text(encoding="utf-8"))
            if found and found != name and not typing
        }
        for name, path in MODULES.items()
    }


def test_no_import_points_up() -> None:
    told = [
        line
        for name, path in MODULES.items()
        for line in upward(name, path.read_text(encoding="utf-8"))
    ]
    assert not told, "\n".join(told)


def test_no_imports_run_in_a_circle() -> None:
    assert circles(arrows()) == []


def test_every_part_stands_on_a_floor() -> None:
    parts = {
        path.parent.name
        for path in ROOT.glob("*/__init__.py")
        if path.parent.name not in (PACKAGE, "tests", "benchmarks")
    }
    assert parts == set(HEIGHT)


@pytest.mark.parametrize(
    "line",
    [
        "from village_alliances.experiments.compare import compare",
        "import village_alliances.interface.cli",
        "from village_alliances import experiments",
        "def f():\n    from village_alliances.calibration import fit",
        "if TYPE_CHECKING:\n    from village_alliances.experiments.store import Store",
    ],
)
def test_an_arrow_up_is_seen(line: str) -> None:
    assert upward("sim.luck", line)


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]

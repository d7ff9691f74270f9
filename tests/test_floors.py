"""The house: an import never points up a floor, and no imports run in a
circle. `make lint` runs it."""

from __future__ import annotations

import pytest

from tests import house
from tests.house import HEIGHT, MODULES, PACKAGE, ROOT, arrows, imports


def upward(name: str, source: str) -> list[str]:
    """The imports of a module that point up, types included."""
    here = HEIGHT[name.partition(".")[0]]
    return [
        f"{name}:{line} imports {imported}"
        for imported, line, _ in imports(name, source)
        if imported and HEIGHT[imported.partition(".")[0]] > here
    ]


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Each set of modules from any of which one gets to all the others (Tarjan 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    held: list[str] = []
    lines = []

    def visit(text: str) -> None:
        number[text] = low[text] = len(number)
        held.append(text)
        for to in sorted(arrows.get(text, ())):
            if to not in number:
                visit(to)
                low[text] = min(low[text], low[to])
            elif to in held:
                low[text] = min(low[text], number[to])
        if low[text] == number[text]:
            circle = held[held.index(text) :]
            del held[held.index(text) :]
            if len(circle) > 1:
                lines.append(sorted(circle))

    for name in sorted(arrows):
        if name not in number:
            visit(name)
    return lines


def test_no_import_points_up() -> None:
    lines = [
        line
        for name, path in MODULES.items()
        for line in upward(name, path.read_text(encoding="utf-8"))
    ]
    assert not lines, "\n".join(lines)


def test_no_imports_run_in_a_circle() -> None:
    assert circles(arrows()) == []


def test_the_picture_of_the_house_is_drawn_from_its_imports() -> None:
    assert house.PICTURE.read_text(encoding="utf-8") == house.drawn(), (
        "run: python -m tests.house --write"
    )
    assert "](figures/imports.svg)" in (ROOT / "docs" / "architecture.md").read_text("utf-8")


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

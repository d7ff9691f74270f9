"""Who imports whom, read from the code, and its picture in docs/architecture.md: `python -m
tests.house --write` draws it."""

from __future__ import annotations

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "village_alliances"
PICTURE = ROOT / "docs" / "figures" / "imports.svg"
# From the ground up. A part may import from its own floor and from those below.
FLOORS = (("wording",), ("sim",), ("calibration",), ("experiments",), ("interface",))
HEIGHT = {part: i for i, floor in enumerate(FLOORS) for part in floor}
Import = tuple[str, int, bool]  # what is imported, at which line, and whether for types alone

WIDE, BOX, HIGH, STEP, LEFT, MOST_GAP = 940, 120, 46, 118, 30, 90  # of the picture, in pixels
INK = ("#555555", "#1b6ca8", "#7a5195", "#b3541e", "#2e7d4f")  # of a floor's arrows


def modules() -> dict[str, Path]:
    """Every module of the house by its name, such as `sim.luck`."""
    by_name = {}
    for part in HEIGHT:
        for path in sorted((ROOT / part).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            by_name[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return by_name


MODULES = modules()


def imports(name: str, source: str) -> Iterator[Import]:
    """What a module imports of the house, wherever the import stands."""
    tree = ast.parse(source)
    typing = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
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


@cache
def arrows() -> dict[str, set[str]]:
    """What every module imports while it runs; types alone are left out, for they load nothing."""
    return {
        name: {
            imported
            for imported, _, typing in imports(name, path.read_text(encoding="utf-8"))
            if imported and imported != name and not typing
        }
        for name, path in MODULES.items()
    }


def folder(name: str) -> str:
    """The folder of a module, at most two levels deep, such as `sim` or `sim/rules`."""
    parts = MODULES[name].relative_to(ROOT).parts[:-1]
    return "/".join(parts[:2])


def between_folders() -> Counter[tuple[str, str]]:
    """How many imports lead from each folder to each other one."""
    return Counter(
        (folder(name), folder(imported))
        for name, all_imported in arrows().items()
        for imported in all_imported
        if folder(name) != folder(imported)
    )


def drawn() -> str:
    """The house as SVG: a box a folder, a row a floor, an arrow from who
    imports to what is imported."""
    places = _places({folder(name) for name in MODULES})
    lines = [
        _arrow(places[source], places[target], source, count)
        for (source, target), count in sorted(between_folders().items())
    ]
    boxes = [_box(name, *places[name]) for name in sorted(places)]
    tips = "".join(
        f'<marker id="tip{i}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" fill="{ink}"/></marker>'
        for i, ink in enumerate(INK)
    )
    high = STEP * len(FLOORS) - STEP + HIGH + 2 * LEFT
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" font-family="sans-serif">',
            f'<rect width="{WIDE}" height="{high}" fill="white"/>',
            f"<defs>{tips}</defs>",
            *lines,
            *boxes,
            "</svg>\n",
        ]
    )


def _places(folders: set[str]) -> dict[str, tuple[float, float]]:
    """The upper left corner of every folder's box."""
    places = {}
    for height, floor in enumerate(reversed(FLOORS)):
        row = sorted(name for name in folders if name.partition("/")[0] in floor)
        gap = min(MOST_GAP, (WIDE - BOX * len(row)) / (len(row) + 1))
        first = (WIDE - BOX * len(row) - gap * (len(row) - 1)) / 2
        for i, name in enumerate(row):
            places[name] = (first + i * (BOX + gap), float(LEFT + STEP * height))
    return places


def _arrow(source: tuple[float, float], target: tuple[float, float], name: str, count: int) -> str:
    (x, y), (to_x, to_y) = source, target
    floor = HEIGHT[name.partition("/")[0]]
    if y == to_y:  # on one floor: from side to side, there and back apart
        right = to_x > x
        start, end = (x + BOX, to_x) if right else (x, to_x + BOX)
        level = y + HIGH * (0.3 if right else 0.7)
        bend = 0 if abs(to_x - x) < 1.9 * BOX else (-HIGH if right else HIGH)
        path = (
            f"M{start:.0f} {level:.0f}Q{(start + end) / 2:.0f} {level + bend:.0f} {end:.0f} "
            f"{level:.0f}"
        )
    else:
        lean = (to_x - x) / WIDE
        start, end = x + BOX * (0.5 + 0.4 * lean), to_x + BOX * (0.5 - 0.4 * lean)
        half = (y + HIGH + to_y) / 2
        path = (
            f"M{start:.0f} {y + HIGH:.0f}C{start:.0f} {half:.0f} {end:.0f} {half:.0f} "
            f"{end:.0f} {to_y:.0f}"
        )
    return (
        f'<path d="{path}" fill="none" stroke="{INK[floor]}" stroke-opacity=".75" '
        f'stroke-width="{_thickness(count)}" marker-end="url(#tip{floor})"/>'
    )


def _thickness(count: int) -> int:
    """Few imports, some, or many: one import more seldom draws another picture."""
    return 1 if count < 5 else 2 if count < 25 else 4


def _box(name: str, x: float, y: float) -> str:
    """A folder: its name, a line a step of its path."""
    middle, steps = x + BOX / 2, name.split("/")
    text = "".join(
        f'<tspan x="{middle:.0f}" y="{y + HIGH / 2 + 5 + 17 * (i - (len(steps) - 1) / 2):.0f}">{step}/</tspan>'
        for i, step in enumerate(steps)
    )
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX}" height="{HIGH}" rx="5" fill="#f6f4ee" stroke="#333"/>'
        f'<text text-anchor="middle" font-size="15">{text}</text>'
    )


def statements() -> Counter[str]:
    """How many statements each part has, docstrings left out."""
    counts: Counter[str] = Counter()
    for name, path in MODULES.items():
        counts[folder(name).partition("/")[0]] += sum(
            isinstance(node, ast.stmt)
            and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description="Hold the picture of imports against the code.")
    parser.add_argument("--write", action="store_true", help="draw it; otherwise only compare")
    parser.add_argument(
        "--statements", action="store_true", help="count the statements of the parts"
    )
    options = parser.parse_args()
    if options.statements:
        for part, count in sorted(statements().items()):
            print(f"{part:<16}{count:>7,}")
        print(f"{'together':<16}{statements().total():>7,}")
    elif options.write:
        PICTURE.write_text(drawn(), encoding="utf-8", newline="\n")
    elif PICTURE.read_text(encoding="utf-8") != drawn():
        print(
            f"{PICTURE.relative_to(ROOT)} is not what the code imports; run: python -m "
            f"tests.house --write",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

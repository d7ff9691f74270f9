"""The tables of docs/ODD.md, made from the model's own schema: `python -m tests.odd --write` puts each between its markers."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from village_alliances.sim import region as regions
from village_alliances.sim.metrics import OUTCOMES
from village_alliances.sim.parameters import Quantity, levers, parameters
from village_alliances.sim.quarter import QUARTER
from village_alliances.sim.society import ALLIANCE, CHANNELS, RUN, VILLAGE, Variable
from village_alliances.sim.strategy import names, shipped

ROOT = Path(__file__).resolve().parents[1]
ODD = ROOT / "docs" / "ODD.md"
RULES = ROOT / "sim" / "rules"
BETTER = {1: "more", -1: "less", 0: "describes"}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines
    )


def number(value: float) -> str:
    """Six digits, and infinity as nothing."""
    return (
        ""
        if abs(value) == float("inf")
        else f"{value:g}"
        if abs(value) < 1e4 or abs(value) >= 1e9
        else f"{value:,.0f}"
    )


def span(low: float, high: float) -> str:
    """Two bounds; an open end stays open."""
    return f"{number(low)}..{number(high)}" if number(low) or number(high) else "any"


def source(quantity: Any) -> str:
    """Evidence ids, the assumption, or both."""
    ids = ", ".join(f"`{name}`" for name in quantity.evidence)
    return "; ".join(
        part
        for part in (ids, f"assumption: {quantity.assumption}" if quantity.assumption else "")
        if part
    )


def variables() -> str:
    """Every state variable of villages, alliances and runs."""

    def rows(found: Iterable[Variable]) -> Iterable[Sequence[str]]:
        return ([f"`{v.name}`", v.unit, span(v.low, v.high), v.kind, v.en] for v in found)

    head = ("name", "unit", "bounds", "kind", "meaning")
    parts = (("Village", VILLAGE), ("Alliance", ALLIANCE), ("Run", RUN))
    return "\n\n".join(f"**{title}**\n\n{table(head, rows(found))}" for title, found in parts)


def _quantities(found: dict[str, Quantity]) -> str:
    rows = (
        [f"`{q.name}`", number(q.value), span(q.low, q.high), q.scale, q.unit, q.en, source(q)]
        for q in found.values()
    )
    return table(("name", "value", "prior", "scale", "unit", "meaning", "source"), rows)


def region_table() -> str:
    """What each region adds to the parameters."""
    loaded = [regions.load(name) for name in regions.names()]
    quantities = [region.quantities() for region in loaded]
    rows = [
        [
            f"`{name}`",
            first.unit,
            first.en,
            *(f"{number(q[name].value)} ({span(q[name].low, q[name].high)})" for q in quantities),
        ]
        for name, first in quantities[0].items()
    ]
    return table(("name", "unit", "meaning", *(region.name for region in loaded)), rows)


def lever_table() -> str:
    """Every lever of a planner."""
    rows = (
        [f"`{q.name}`", number(q.value), span(q.low, q.high), q.unit, q.en, source(q)]
        for q in levers().values()
    )
    return table(("name", "default", "accepted", "unit", "meaning", "source"), rows)


def outcome_table() -> str:
    """Every outcome that a run records."""
    rows = (
        [f"`{o.name}`" + (" *" if o.main else ""), o.unit, BETTER[o.better], o.en] for o in OUTCOMES
    )
    return table(("name (* main)", "unit", "better", "meaning"), rows)


def strategy_table() -> str:
    """Every shipped strategy as data: rules, and the strength of each channel."""
    rows = []
    for name in names():
        s = shipped(name)
        rows.append(
            [f"`{name}`", s.formation, s.leader, s.sharing, number(s.plenaries_per_year)]
            + [number(s.channels[c]) if c in s.channels else "" for c in CHANNELS]
        )
    return table(
        (
            "strategy",
            "brings together",
            "leader",
            "sharing",
            "plenaries a year",
            *(c.replace("_", " ") for c in CHANNELS),
        ),
        rows,
    )


def quarter_table() -> str:
    """The rules of a quarter in order, with where they stand and what they say of themselves."""
    rows = [
        [
            str(n),
            f"`{rule.__name__}`",
            f"sim/{rule.__module__.removeprefix('village_alliances.sim.').replace('.', '/')}.py",
            str(inspect.getdoc(rule)).split("\n")[0],
        ]
        for n, rule in enumerate(QUARTER, 1)
    ]
    return table(("", "rule", "file", "in one line"), rows)


def constants() -> list[tuple[str, str, str, str]]:
    """Numbers written into the rules: name, value, file, and the reason beside them."""
    found = []
    for path in sorted(RULES.glob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.parse("\n".join(lines)).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and re.fullmatch(r"[A-Z][A-Z_]+", node.targets[0].id)
            ):
                try:
                    value = ast.literal_eval(node.value)
                except ValueError:
                    continue
                reason = lines[node.lineno - 1].partition("#")[2].strip()
                shown = (
                    ", ".join(number(v) for v in value)
                    if isinstance(value, tuple)
                    else number(value)
                )
                found.append((node.targets[0].id, shown, f"sim/rules/{path.name}", reason))
    return found


def constant_table() -> str:
    """Numbers written into the rules."""
    return table(
        ("name", "value", "file", "meaning"),
        ([f"`{name}`", value, file, reason] for name, value, file, reason in constants()),
    )


BLOCKS = {
    "quarter": quarter_table,
    "variables": variables,
    "strategies": strategy_table,
    "outcomes": outcome_table,
    "regions": region_table,
    "parameters": lambda: _quantities(parameters()),
    "levers": lever_table,
    "constants": constant_table,
}


def filled(text: str) -> str:
    """The document with every generated table as the model now stands. Raises ValueError for a marker that is missing."""
    for name, make in BLOCKS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise ValueError(
                f"{ODD.name}: expected one pair of markers <!-- {name} --> ... <!-- /{name} -->"
            )
        body = make()
        text = pattern.sub(lambda found, body=body: f"{found[1]}\n{body}\n\n{found[2]}", text)
    return text


def written(text: str) -> str:
    """The document without its generated tables: what was written by hand."""
    for name in BLOCKS:
        text = re.sub(rf"<!-- {name} -->.*?<!-- /{name} -->", "", text, flags=re.DOTALL)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Hold the tables of docs/ODD.md against the model."
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the tables; otherwise only say whether they are up to date",
    )
    arguments = parser.parse_args()
    before = ODD.read_text(encoding="utf-8")
    after = filled(before)
    if arguments.write:
        ODD.write_text(after, encoding="utf-8", newline="\n")
    elif before != after:
        print(
            f"{ODD.relative_to(ROOT)}: tables differ from the model; run: python -m tests.odd --write",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

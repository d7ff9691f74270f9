"""The tables of docs/ODD.md, made from the model's own schema: `python -m tests.odd --write` puts
each between its markers."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from village_alliances.sim import region as regions
from village_alliances.sim import technology
from village_alliances.sim.metrics import GAINS, LEVELS, Outcome
from village_alliances.sim.parameters import REGIONAL, Quantity, levers, parameters
from village_alliances.sim.quarter import QUARTER
from village_alliances.sim.society import (
    ACCOUNT,
    ALLIANCE,
    FORMATION,
    HEADS,
    MEASURES,
    MEMBERS,
    NAMES_OF,
    RUN,
    SHARING,
    VILLAGE,
    Variable,
)
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.strategy import names, shipped

ROOT = Path(__file__).resolve().parents[1]
ODD = ROOT / "docs" / "ODD.md"
RULES = ROOT / "sim" / "rules"
STARTS = ("building", "starting", "technology")  # what reads parameters before the first quarter
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


def kind(evidence: Iterable[str]) -> str:
    """What a number rests on: the documents, research from outside, both, or an assumption."""
    outside = {bool(re.fullmatch(r"X\d+", name)) for name in evidence}
    lines = [word for word, there in (("document", False), ("outside", True)) if there in outside]
    return " and ".join(lines) or "assumption"


def source(quantity: Quantity) -> str:
    """Kind of source, ids, and the reason for the range."""
    ids = ", ".join(f"`{name}`" for name in quantity.evidence)
    parts = (kind(quantity.evidence), ids, quantity.assumption)
    return "; ".join(part for part in parts if part)


def variables() -> str:
    """Every state variable of villages, accounts, alliances and runs, and the arrays
    beside them."""

    def rows(variables: Iterable[Variable]) -> Iterable[Sequence[str]]:
        return ([f"`{v.name}`", v.unit, span(v.low, v.high), v.kind, v.en] for v in variables)

    head = ("name", "unit", "bounds", "kind", "meaning")
    parts = (("Village", VILLAGE), ("Account", ACCOUNT), ("Alliance", ALLIANCE), ("Run", RUN))
    columns = [f"**{title}**\n\n{table(head, rows(value))}" for title, value in parts]
    members = table(("array", "shape and meaning"), ([f"`{n}`", m] for n, m in MEMBERS.items()))
    return "\n\n".join([*columns, f"**What a society holds**\n\n{members}"])


def _quantities(quantities: dict[str, Quantity]) -> str:
    rows = (
        [f"`{q.name}`", number(q.value), span(q.low, q.high), q.scale, q.unit, q.en, source(q)]
        for q in quantities.values()
    )
    return table(("name", "value", "prior", "scale", "unit", "meaning", "source"), rows)


def region_table() -> str:
    """What each region adds to the parameters."""
    loaded = [regions.load(name) for name in regions.names()]
    quantities = [quantities_of(region) for region in loaded]
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
    """Every outcome that a run records, and every gain over `none`."""

    def rows(outcomes: Iterable[Outcome]) -> Iterable[Sequence[str]]:
        return (
            [f"`{o.name}`" + (" *" if o.main else ""), o.unit, BETTER[o.better], o.en]
            for o in outcomes
        )

    head = ("name (* main)", "unit", "better", "meaning")
    return "\n\n".join(
        f"**{title}**\n\n{table(head, rows(value))}"
        for title, value in (("Levels", LEVELS), ("Gains over `none`", GAINS))
    )


def strategy_table() -> str:
    """Every shipped strategy as data: its institutions."""
    rows = []
    for name in names():
        s = shipped(name)
        if s.allies:
            said = (s.formation, s.lead, s.sharing, s.names, number(s.plenaries_per_year))
            pact = number(s.pact_quarters)
            rows.append([f"`{name}`", *said, pact, ", ".join(s.measures) or "-"])
    return table(
        (
            "strategy",
            "brings together",
            "lead",
            "sharing",
            "names",
            "plenaries a year",
            "pact, quarters",
            "measures",
        ),
        rows,
    )


def choice_table() -> str:
    """What may stand in a strategy."""
    rows = [
        [f"`{field}`", ", ".join(f"`{choice}`" for choice in choices)]
        for field, choices in (
            ("formation", FORMATION),
            ("lead", HEADS),
            ("sharing", SHARING),
            ("names", NAMES_OF),
            ("measures", MEASURES),
        )
    ]
    return table(("field", "choices"), rows)


def type_table() -> str:
    """Every project type with its numbers: middle value and range, and what
    kind of source each has."""
    types = technology.shipped()
    mark = {"document": "d", "outside": "o", "assumption": "a"}

    def cell(kind: technology.ProjectType, name: str) -> str:
        n = kind.numbers.get(name)
        return f"{number(n.value)} ({span(n.low, n.high)}) {mark[n.kind]}" if n else ""

    rows = [["needs", "", *(", ".join(kind.needs) or "money" for kind in types)]]
    for name, about in technology.NUMBERS.items():
        rows.append([f"`{name}`", about.unit, *(cell(kind, name) for kind in types)])
    return table(("number", "unit", *(f"`{kind.name}`" for kind in types)), rows)


def type_meanings() -> str:
    """What each number of a project type means."""
    rows = ([f"`{a.name}`", a.unit, a.en] for a in technology.NUMBERS.values())
    return table(("number", "unit", "meaning"), rows)


def read_of(tree: ast.AST, plain: str, member: str) -> set[str]:
    """Fields that code reads of a record: `plain`.x, `plain`["x"], society.`member`[...].x,
    and levers by value("x")."""
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            if isinstance(owner, ast.Subscript) and isinstance(owner.value, ast.Attribute):
                by_run = owner.value.attr == member
            else:
                by_run = isinstance(owner, (ast.Name, ast.Attribute)) and plain == (
                    owner.id if isinstance(owner, ast.Name) else owner.attr
                )
            if by_run:
                lines.add(node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            if plain == getattr(node.value, "id", getattr(node.value, "attr", "")):
                lines.add(str(node.slice.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if plain == "lever" and name in ("value", "get") and node.args:
                lines |= {str(a.value) for a in node.args if isinstance(a, ast.Constant)}
    return lines


def reads_table() -> str:
    """Which parameters and levers each file reads."""
    rows = []
    for path in [*sorted(RULES.glob("*.py")), *(ROOT / "sim" / f"{n}.py" for n in STARTS)]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        uses = (read_of(tree, "p", "parameters"), read_of(tree, "lever", "levers"))
        cells = [
            ", ".join(f"`{name}`" for name in value if name in read)
            for value, read in zip(((*parameters(), *REGIONAL), levers()), uses, strict=True)
        ]
        if any(cells):
            rows.append([f"`{path.relative_to(ROOT).as_posix()}`", *cells])
    return table(("file", "parameters", "levers"), rows)


def section(level: int, rule: str) -> str:
    """A link to where a rule of the quarter is told, as Markdown readers name their headings."""
    return f"[7.{level}](#7{level}-{rule})"


def summary(doc: str) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join(doc.split("\n\n")[0].split())


def quarter_table() -> str:
    """The rules of a quarter in order, with where they stand, where they are told and
    what they say of themselves."""
    rows = [
        [
            str(n),
            f"`{rule.__name__}`",
            f"sim/{rule.__module__.removeprefix('village_alliances.sim.').replace('.', '/')}.py",
            section(n, rule.__name__),
            summary(str(inspect.getdoc(rule))),
        ]
        for n, rule in enumerate(QUARTER, 1)
    ]
    return table(("", "rule", "file", "told in", "in one line"), rows)


def rule_functions() -> dict[str, tuple[str, ast.FunctionDef]]:
    """Every function of the rules by name, with its file; one name stands for one function."""
    functions: dict[str, tuple[str, ast.FunctionDef]] = {}
    for path in sorted(RULES.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                if node.name in functions:
                    raise ValueError(f"{node.name}: in {functions[node.name][0]} and {path.name}")
                functions[node.name] = (f"sim/rules/{path.name}", node)
    return functions


def reached_from(rule: str, functions: dict[str, tuple[str, ast.FunctionDef]]) -> set[str]:
    """The functions that a rule comes to, directly or through others."""
    reached: set[str] = set()
    ahead = [rule]
    while ahead:
        name = ahead.pop()
        if name in functions and name not in reached:
            reached.add(name)
            body = functions[name][1]
            ahead += [node.id for node in ast.walk(body) if isinstance(node, ast.Name)]
    return reached


def function_table() -> str:
    """Every function of the rules: which rules of the quarter come to it, where it
    stands and where it is told."""
    functions = rule_functions()
    reach = {rule.__name__: reached_from(rule.__name__, functions) for rule in QUARTER}
    rows = []
    for name, (file, node) in sorted(functions.items()):
        places = [section(n, rule) for n, rule in enumerate(reach, 1) if name in reach[rule]]
        doc = summary(ast.get_docstring(node) or "")
        rows.append([f"`{name}`", file, ", ".join(places) or "-", doc])
    return table(("function", "file", "used by", "in one line"), rows)


def constants() -> list[tuple[str, str, str, str]]:
    """Numbers written into the rules: name, value, file, and the reason beside them."""
    values = []
    for path in sorted(RULES.glob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.parse("\n".join(lines)).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and re.fullmatch(r"[A-Z][A-Z_0-9]+", node.targets[0].id)
            ):
                try:
                    value = ast.literal_eval(node.value)
                except ValueError:
                    continue
                reason = lines[node.lineno - 1].partition("#")[2].strip()
                text = (
                    ", ".join(number(v) for v in value)
                    if isinstance(value, tuple)
                    else number(value)
                )
                if reason:  # a code has none
                    values.append((node.targets[0].id, text, f"sim/rules/{path.name}", reason))
    return values


PLAIN = {0, 1, 2, 4, 0.25}  # nought, one, a pair or half, and quarters of a year
DEFINING = {"whole": {0.5}, "year_ends": {3}}  # what these functions are


def unnamed_numbers(source: str) -> list[str]:
    """Numbers in the functions of a file of rules that no parameter and no constant names."""
    unnamed = []
    for function in ast.parse(source).body:
        if not isinstance(function, ast.FunctionDef):
            continue
        places = {
            id(part)
            for node in ast.walk(function)
            if isinstance(node, ast.Subscript)
            for part in ast.walk(node.slice)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Constant) and type(node.value) in (int, float):
                plain = PLAIN | DEFINING.get(function.name, set())
                if node.value not in plain and id(node) not in places:
                    unnamed.append(f"{function.name}, line {node.lineno}: {node.value}")
    return unnamed


def constant_table() -> str:
    """Numbers written into the rules."""
    return table(
        ("name", "value", "file", "meaning"),
        ([f"`{name}`", value, file, reason] for name, value, file, reason in constants()),
    )


BLOCKS = {
    "quarter": quarter_table,
    "functions": function_table,
    "variables": variables,
    "choices": choice_table,
    "strategies": strategy_table,
    "numbers": type_meanings,
    "types": type_table,
    "outcomes": outcome_table,
    "regions": region_table,
    "parameters": lambda: _quantities(parameters()),
    "levers": lever_table,
    "reads": reads_table,
    "constants": constant_table,
}


def filled(text: str) -> str:
    """The document with every generated table as the model now stands. Raises ValueError for
    a marker that is missing."""
    for name, make in BLOCKS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise ValueError(
                f"{ODD.name}: expected one pair of markers <!-- {name} --> ... <!-- /{name} -->"
            )
        body = make()
        text = pattern.sub(lambda match, body=body: f"{match[1]}\n{body}\n\n{match[2]}", text)
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
            f"{ODD.relative_to(ROOT)}: tables differ from the model; run: python -m "
            f"tests.odd --write",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

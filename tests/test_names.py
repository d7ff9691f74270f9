"""A name says what it holds. Words that could hold anything name nothing here, a name ends in an
underscore only where Python has the word without it, and a class is the only one of its name."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.house import ROOT

VAGUE = {"found", "told", "shown", "known", "one", "at"}
# Verbs and a preposition with their object: `found(founder)` founds, `quantity.at(share)` is a
# quantile. `found` beside `expected` is a column of every refusal.
MEANT = {
    ("sim/rules/forming.py", "found"),
    ("benchmarks/plain_mesa/forming.py", "found"),
    ("experiments/sampling.py", "at"),
    ("sim/parameters.py", "at"),
    ("sim/technology.py", "at"),
    ("sim/uncertain.py", "at"),
    ("sim/problems.py", "found"),
    ("sim/table/cells.py", "found"),
}
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def names(source: str) -> Iterator[tuple[int, str]]:
    """Every name that is given in a file, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


def is_vague(name: str) -> bool:
    """Whether a name could hold anything, or stands in for a better one by an underscore."""
    bare = name.removesuffix("_")
    return bare in VAGUE or (
        name.endswith("_")
        and not name.endswith("__")
        and bare != ""
        and not (name.startswith("_") or keyword.iskeyword(bare) or hasattr(builtins, bare))
    )


@pytest.mark.parametrize(
    ("source", "vague"),
    [
        ("found = 1", True),
        ("for one in rows: pass", True),
        ("def told(x): pass", True),
        ("f = lambda at: 0", True),
        ("self.known = 1", True),
        ("import x as shown", True),
        ("names_ = 1", True),
        ("with_ = found.at(1)", False),
        ("id_, _ = __file__, 0", False),
    ],
)
def test_what_is_vague(source: str, vague: bool) -> None:
    assert any(is_vague(name) for _, name in names(source)) == vague


def sources() -> Iterator[tuple[str, str]]:
    """Every file of Python, and every block of it in a document."""
    kinds = ("*.py", "*.md")
    listed = subprocess.run(["git", "ls-files", *kinds], cwd=ROOT, capture_output=True, text=True)
    unlisted = [path.relative_to(ROOT) for kind in kinds for path in ROOT.rglob(kind)]
    outside_git = [path.as_posix() for path in unlisted if not path.parts[0].startswith(".")]
    for path in listed.stdout.split() or outside_git:
        if (ROOT / path).exists():
            text = (ROOT / path).read_text(encoding="utf-8")
            for source in [text] if path.endswith(".py") else BLOCK.findall(text):
                yield path, source


def test_no_name_is_vague() -> None:
    assert len({path for path, _ in sources()}) > 100
    assert not [
        f"{path}:{line} {name}"
        for path, source in sources()
        for line, name in names(source)
        if is_vague(name) and (path, name) not in MEANT
    ]


def types(source: str) -> Iterator[str]:
    """Every class of a file, also one within another or in a function, and every type that it gives
    a name of its own (`Plan = Sequence[Candidate]`)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and re.match(r"_?[A-Z]+[a-z]", target.id):
                    yield target.id


def twice(sources: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    """The types whose name is given in more than one place, with the places."""
    places: dict[str, list[str]] = defaultdict(list)
    for path, source in sources:
        for name in types(source):
            places[name].append(path)
    return {name: paths for name, paths in places.items() if len(paths) > 1}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("class A: pass\nclass B: pass", []),
        ("class A: pass\ndef f():\n    class A: pass", ["A"]),
        ("class Plan: pass\nPlan = list[int]", ["Plan"]),
        ("if x:\n    Kind = str\nelse:\n    Kind = int", ["Kind"]),
        ("A = 1\nA = 2\nKIND = 1\nKIND = 2", []),
    ],
)
def test_what_is_given_twice(source: str, names: list[str]) -> None:
    assert list(twice(iter([("a.py", source)]))) == names


def test_a_type_is_the_only_one_of_its_name() -> None:
    """Tests aside, and the twin of the model in plain Mesa, which says what ours says."""
    apart = ("tests/", "benchmarks/plain_mesa/")
    ours = [
        (path, source)
        for path, source in sources()
        if path.endswith(".py") and not path.startswith(apart)
    ]
    assert sum(len(list(types(source))) for _, source in ours) > 300
    assert not twice(iter(ours))

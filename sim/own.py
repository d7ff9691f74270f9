"""What a researcher adds to a run: outcomes and rules of one's own, checked before anything runs.

An outcome of one's own is a function of a `State`, the villages of some runs at the end of a year:

    @outcome("villages", better=-1, zh="3 万元以下的村")
    def poor(state):
        return (state.operating_income < 30_000).sum(axis=1)

It gives one number a run. A Python file of such functions can be named wherever outcomes are taken.
"""

from __future__ import annotations

import difflib
import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from village_alliances.sim.arguments import as_tuple
from village_alliances.sim.columns import Accounts, Villages
from village_alliances.sim.files import LARGEST_TEXT, read_file
from village_alliances.sim.metrics import BY_NAME, Outcome
from village_alliances.sim.parameters import REGIONAL, levers, parameters
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.society import ACCOUNT, VILLAGE
from village_alliances.sim.table.memory import shortly
from village_alliances.sim.worded import worded

# Columns of villages that a rule works out anew, whatever stood there before.
WORKED_OUT = {
    "membership_cost": "meet", "signed": "sign_in", "wages": "run_projects", "rents": "run_projects", "jobs": "run_projects",
    "alliance_income": "share_profit", "base_income": "earn", "project_income": "earn", "operating_income": "earn",
    "total_income": "earn", "villager_income": "reach_people",
}  # fmt: skip
# What tables of runs call otherwise.
TAKEN = (
    "run", "run_id", "point", "scenario", "strategy", "rival", "status", "error", "year", "village",
)  # fmt: skip
RULES_EXPECTED = "functions rule(society, tick), such as (*QUARTER, mine)"
PYTHON_FILE = worded("problems.own.python_file_functions")


class State:
    """The villages of some runs at the end of a year, to be read.

    Every column of a village and of its account (docs/ODD.md names them) is an array (runs,
    villages): `state.operating_income`, `state.fund`. `alone`: the same villages without alliances,
    in the run of `none` on the same draws. `year`: 0 is the start.
    """

    def __init__(
        self,
        villages: Villages,
        accounts: Accounts,
        runs: int,
        year: int,
        alone: State | None = None,
    ) -> None:
        self._villages, self._accounts, self._runs = villages, accounts, runs
        self.year = year
        self.alone: State = alone or self

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("_"):
            raise AttributeError(name)
        columns = {**Accounts.where, **Villages.where}
        if name not in columns:
            near = difflib.get_close_matches(name, columns, 3, 0.5) or sorted(columns)
            raise AttributeError(f"a village has no column {name!r}; there are: {', '.join(near)}")
        table = self._villages if name in Villages.where else self._accounts
        rows = np.asarray(getattr(table, name))[: self._villages.size]
        column = rows.reshape(self._runs, -1).view()
        column.flags.writeable = False
        return column

    def __dir__(self) -> list[str]:
        return sorted({"alone", "year", *Villages.where, *Accounts.where})

    def __repr__(self) -> str:
        size = self._villages.size // self._runs
        return f"<State of {size} villages in {self._runs} runs at the end of year {self.year}>"

    def kept(self) -> State:
        """The same in memory of its own, whatever the runs do next."""
        return State(self._villages.copy(), self._accounts.copy(), self._runs, self.year)


# `help(State)` tells every column, with its unit.
State.__doc__ = f"{State.__doc__}\n    Columns:\n\n" + "\n".join(
    f"    {variable.name} ({variable.unit}): {variable.en}" for variable in (*VILLAGE, *ACCOUNT)
)
Function = Callable[[State], Any]
OwnOutcomes = Mapping[str, Function] | Sequence[Function] | Function | str | Path | None
F = TypeVar("F", bound=Function)


@dataclass(frozen=True)
class OwnOutcome:
    """An outcome of one's own. `path`, `source`: of the file that it came from, empty for a
    function in memory; `seen`: its fingerprint, where that alone is left of a function."""

    about: Outcome
    function: Function = field(repr=False)
    path: str = ""
    source: str = field(default="", repr=False)
    seen: str = field(default="", repr=False)

    @property
    def fingerprint(self) -> str:
        """Hash of what it does, as far as that can be seen: the text of its file or function,
        and what that has enclosed."""
        if self.seen:
            return self.seen
        text = self.source or _text_of(self.function)
        content = f"{self.about}\n{text}"
        return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()

    def __call__(self, state: State) -> np.ndarray:
        """Its value in each run, (runs,). Raises ValueError where the function gives
        anything else."""
        values = np.asarray(self.function(state))
        if values.shape != (state._runs,) or values.dtype.kind not in "biuf":
            raise ValueError(
                f"outcome {self.about.name!r}: found {values.dtype} of shape "
                f"{values.shape}; expected one number a "
                f"run, shape ({state._runs},): sum or average villages over axis=1"
            )
        return values.astype(float)

    def __reduce__(self) -> Any:
        """A function that came from a file travels as its text."""
        if self.source:
            return _one_of, (self.source, self.path, self.about.name)
        return OwnOutcome, (self.about, self.function)


def outcome(
    unit: str = "", *, better: Literal[-1, 0, 1] = 0, en: str = "", zh: str = ""
) -> Callable[[F], F]:
    """Say what an outcome of your own is: its unit, whether more (1) or less (-1) is
    better, its name in words."""

    def declare(function: F) -> F:
        name = function.__name__
        words = en or name.replace("_", " ")
        function.about = Outcome(name, unit, better, words, zh or words)  # type: ignore[attr-defined]
        return function

    return declare


def outcomes_of(source: OwnOutcomes) -> dict[str, OwnOutcome]:
    """Outcomes of one's own by name: from functions by name, from functions, or from a Python file.

    Raises ValueError with all that is wrong, TableError for a file that cannot be read.
    """
    if source is None:
        return {}
    if isinstance(source, (str, Path)):
        functions = _of_file(read_file(source, LARGEST_TEXT, PYTHON_FILE).decode(), str(source))
    elif isinstance(source, Mapping):
        functions = {name: _own(function, name) for name, function in source.items()}
    else:
        expected = "functions of a state, by name or in a list, or a Python file"
        many = [source] if callable(source) else as_tuple("outcomes", source, expected)
        functions = {
            getattr(function, "__name__", str(function)): _own(function) for function in many
        }
    wrong = [text for name, function in functions.items() for text in _problems(name, function)]
    if wrong:
        raise ValueError("outcomes: " + "; ".join(wrong))
    return functions


def _own(function: Any, name: str = "") -> OwnOutcome:
    if isinstance(function, OwnOutcome):
        return function
    name = name or str(getattr(function, "__name__", function))
    words = name.replace("_", " ")
    about = getattr(function, "about", None) or Outcome(name, "", 0, words, words)
    return OwnOutcome(replace(about, name=name), function)


def _problems(name: Any, function: Any) -> list[str]:
    inputs = {*levers(), *parameters(), *REGIONAL}
    if not isinstance(name, str) or not name.isidentifier():
        return [f"found the name {name!r}; expected a word such as poor"]
    if not callable(function.function):
        return [f"{name}: found {type(function.function).__name__}; expected a function of a state"]
    for kind, names in (("an outcome", BY_NAME), ("an input", inputs), ("a column", TAKEN)):
        if name in names:
            return [f"{name!r} is {kind} of the model already; call yours something else"]
    return []


def _of_file(source: str, path: str) -> dict[str, OwnOutcome]:
    """The functions of one argument that a file defines, those that begin
    with an underscore left out."""
    space: dict[str, Any] = {"__name__": Path(path).stem, "__file__": path}
    try:
        exec(compile(source, path, "exec"), space)
    except Exception as error:
        raise ValueError(f"{path}: {type(error).__name__}: {error}") from error
    functions = {}
    for name, value in space.items():
        own = inspect.isfunction(value) and value.__globals__ is space and not name.startswith("_")
        if own and len(inspect.signature(value).parameters) == 1:
            functions[name] = replace(_own(value), path=path, source=source)
    if not functions:
        raise ValueError(f"{path}: found no function; expected one of a state, such as poor(state)")
    return functions


def _one_of(source: str, path: str, name: str) -> OwnOutcome:
    return _of_file(source, path)[name]


def _text_of(function: Any) -> str:
    """What can be seen of a function: its text, else its code; its defaults, and what
    it encloses."""
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        text = repr((code.co_code, code.co_consts, code.co_names)) if code else repr(function)
    cells = getattr(function, "__closure__", None) or ()
    enclosed = [repr(cell.cell_contents) for cell in cells]
    return f"{text}\n{getattr(function, '__defaults__', None)!r}\n{enclosed}"


def writes(*columns: str) -> Callable[[Rule], Rule]:
    """Declare which columns of villages and their accounts a rule of your own writes; a place in
    the quarter where they are lost is then refused. ValueError for what is no name."""
    if not all(isinstance(column, str) for column in columns):
        raise ValueError(f"writes: found {shortly(columns)}; expected names, such as 'wages'")

    def declare(rule: Rule) -> Rule:
        rule.writes = columns  # type: ignore[attr-defined]
        return rule

    return declare


def check_rules(rules: Any) -> tuple[Rule, ...]:
    """The rules of a quarter. ValueError, telling all, where one is none, or writes a column before
    the rule that works it out anew."""
    if not isinstance(rules, Sequence) or isinstance(rules, str):
        raise ValueError(f"rules: found {shortly(rules)}; expected {RULES_EXPECTED}")
    wrong = [what for i, rule in enumerate(rules) if (what := _no_rule(rule, i))]
    if wrong:
        raise ValueError(f"{'; '.join(wrong)}; expected {RULES_EXPECTED}")
    names = [getattr(rule, "__name__", str(rule)) for rule in rules]
    known_names = [variable.name for variable in (*VILLAGE, *ACCOUNT)]
    for i, rule in enumerate(rules):
        for column in getattr(rule, "writes", ()):
            if column not in known_names:
                near = difflib.get_close_matches(column, known_names, 3, 0.4)
                wrong.append(
                    f"{names[i]} writes {column!r}; there are: {', '.join(near or known_names)}"
                )
            elif WORKED_OUT.get(column) in names[i:]:
                wrong.append(
                    f"{names[i]} writes {column}, and {WORKED_OUT[column]} works it out "
                    f"anew later in the quarter: "
                    f"put {names[i]} after {WORKED_OUT[column]}"
                )
    if wrong:
        raise ValueError("; ".join(wrong))
    return tuple(rules)


def _no_rule(rule: Any, place: int) -> str:
    """What is wrong with a member of `rules`, or nothing."""
    if not callable(rule):
        return f"rules[{place}]: found {shortly(rule)}"
    try:
        asked = inspect.signature(rule)
    except (TypeError, ValueError):  # of one built in nobody knows what it takes
        return ""
    try:
        asked.bind(None, 0)
    except TypeError:
        return f"rules[{place}]: found {getattr(rule, '__name__', rule)}{asked}"
    return ""


def own_rules(rules: Sequence[Rule]) -> list[str]:
    """Names of the rules that are not the model's; `order` where only their order is another."""
    mine = [getattr(rule, "__name__", str(rule)) for rule in rules if rule not in QUARTER]
    return mine or ([] if tuple(rules) == QUARTER else ["order"])

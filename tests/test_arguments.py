"""Whatever is given to a public function in place of what it takes: one sentence, or an answer."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from village_alliances.sim.problems import TableError
from village_alliances.sim.prospects import prospects
from village_alliances.sim.rerun import record_run

import village_alliances as va

ROOT = Path(__file__).parents[1]
WRONG = (
    None, [1, "a"], np.arange(3.0), pd.DataFrame({"a": [1]}), -1, float("nan"), "nothing", "", object(), {"a": object()},
    {"discount": "x"}, {"discount": [0.05, "x"]}, {"discount": np.ones((2, 2))}, 1.5, 10**30, len, b"x", ROOT / "tests",
)  # fmt: skip
LEFT_OUT = {
    "progress",
    "executor",
    "sensitivity",
    "checkpoint",
    "stop",
    "enough",
    "say",
    "measuring",
}
THEIRS = re.compile(r"pydantic|numba|nopython|pyarrow|ambiguous|object is not|has no attribute|not supported between")  # fmt: skip
ASKED = {
    "run_together": (va.run_together, {"scenario": "jinxi", "portfolios": {}, "runs": 1, "years": 1}),
    "compare": (
        va.compare,
        {"scenario": "jinxi", "strategies": ["none"], "runs": 1, "years": 1, "rivals": (), "prior": False},
    ),
    "sweep": (va.sweep, {"villages": "jinxi", "strategies": ["none"], "replicates": 1, "years": 1}),
    "AllianceModel": (va.AllianceModel, {"scenario": "jinxi", "years": 1}),
    "Portfolio": (va.Portfolio, {"default": "none"}),
    "Strategy": (va.Strategy, {"name": "mine", "title": {"en": "mine"}}),
    "load": (va.load, {"source": "jinxi"}),
    "Task": (va.Task, {"scenario": va.load("jinxi"), "objective": "gain_weak", "budget": 1e6}),
    "outcome": (va.outcome, {}),
    "record_run": (record_run, {"source": "jinxi", "years": 1}),
    "prospects": (prospects, {"scenario": "jinxi", "strategy": "none", "runs": 1, "years": 1}),
}  # fmt: skip


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for by a wrong name may be written where one is."""
    monkeypatch.chdir(tmp_path)


def refused_or_answered(
    ask: Callable[..., Any], name: str, wrong: Any, given: dict[str, Any]
) -> str:
    """What is said that is no sentence of ours; nothing where all is well."""
    try:
        ask(**{**given, name: wrong})
    except (ValueError, KeyError, TypeError, OSError) as error:
        said = str(error)
        sentence = isinstance(error, TableError) or "\n" not in said.strip()
        from_us = str(ROOT) in str(error.__traceback__ and inspect.getinnerframes(error.__traceback__)[-1].filename)  # fmt: skip
        if not (sentence and from_us) or THEIRS.search(said):
            return f"{name}={wrong!r}: {type(error).__name__}: {said[:200]}"
    return ""


@pytest.mark.parametrize("function", ASKED)
def test_a_wrong_argument_is_answered_in_a_sentence(function: str, compiled_model: None) -> None:
    ask, given = ASKED[function]
    fields = va.Strategy.model_fields if ask is va.Strategy else inspect.signature(ask).parameters
    names = [
        name
        for name, field in fields.items()
        if name not in LEFT_OUT
        and getattr(field, "kind", None) is not inspect.Parameter.VAR_KEYWORD
    ]
    faults = [refused_or_answered(ask, name, wrong, given) for name in names for wrong in WRONG]
    assert not any(faults), "\n".join(filter(None, faults))


def test_what_is_proposed_is_asked_in_a_task_and_numbers() -> None:
    wrong_budget = va.Task(va.load("jinxi"), "gain_weak", -1.0)
    asked = [(name, {"task": wrong_budget}) for name in ("rounds", "fresh_runs", "threads")]
    faults = [
        refused_or_answered(va.propose, name, wrong, given)
        for name, given in [("task", {}), *asked]
        for wrong in WRONG
    ]
    assert not any(faults), "\n".join(filter(None, faults))
    with pytest.raises(ValueError, match="must: found position 5, expected 0 to 4"):
        va.Task(va.load("jinxi"), "gain_weak", 1e6, must=((0, 5),))


def test_a_rule_says_what_it_writes_in_names_of_columns() -> None:
    def gift(society: Any, tick: int) -> None: ...

    def ask(columns: Any) -> Any:
        return va.run_ensemble(
            "jinxi", "none", runs=1, years=1, rules=(*va.QUARTER, va.writes(columns)(gift))
        )

    assert ask("fund").runs.size == 1  # a column of accounts, as a village's cash is
    faults = [refused_or_answered(ask, "columns", wrong, {}) for wrong in WRONG]
    assert not any(faults), "\n".join(filter(None, faults))


def test_what_came_of_runs_is_asked_in_names_that_there_are(compiled_model: None) -> None:
    runs = va.run_ensemble("jinxi", "strong_leads_weak", runs=2, years=1)
    swept = va.sweep("jinxi", ["none"], replicates=2, years=1)
    compared = va.compare("jinxi", ["none", "enclave"], runs=2, years=1, rivals=(), prior=False)
    model = va.AllianceModel("jinxi", years=1)
    asked: list[tuple[Callable[..., Any], str, dict[str, Any]]] = [
        (runs.frame, "year", {}),
        (runs.villages, "columns", {}),
        (runs.villages, "every", {"columns": "capacity"}),
        (runs.outcome, "name", {}),
        (runs.outcome, "year", {"name": "gain_weak"}),
        (runs.trajectory, "name", {}),
        (swept.frame, "columns", {}),
        (compared.row, "strategy", {"outcome": "gain_weak"}),
        (compared.row, "outcome", {"strategy": "enclave"}),
        (model.outcome, "name", {}),
        (model.village, "name", {}),
        (va.verdict, "c", {"lang": "en"}),
        (va.verdict, "lang", {"c": compared}),
        (va.write, "c", {"out": "out", "lang": "en"}),
        (va.write, "lang", {"c": compared, "out": "out"}),
    ]
    faults = [
        refused_or_answered(ask, name, wrong, given)
        for ask, name, given in asked
        for wrong in WRONG
    ]
    assert not any(faults), "\n".join(filter(None, faults))


@pytest.mark.parametrize(
    "ask", [va.run_ensemble, va.AllianceModel, lambda s, p: va.compare(s, [p])]
)
def test_a_place_that_there_is_not_is_refused_with_the_nearest(ask: Any) -> None:
    townships = sorted(set(va.load("jinxi").places["township"]))
    mixed = va.Portfolio("none", {f"{townships[0]}x": "enclave"})
    with pytest.raises(ValueError, match=f"no alliance or township is called .*{townships[0]}"):
        ask("jinxi", mixed)


def test_values_for_some_of_the_runs_are_refused() -> None:
    with pytest.raises(
        ValueError, match="fixed discount: found 2 values; expected one, or one for"
    ):
        va.run_ensemble("jinxi", "none", runs=3, fixed={"discount": [0.05, 0.06]})


def test_help_of_a_state_tells_every_column_with_its_unit() -> None:
    help_text = inspect.getdoc(va.State) or ""
    assert "operating_income (yuan/year): " in help_text and "\nfund (yuan): " in help_text

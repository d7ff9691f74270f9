"""Whatever a comparison was made with: its command gives the same bytes, or there is none."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from village_alliances.experiments import alternatives, origin
from village_alliances.experiments.compare import compare
from village_alliances.experiments.export import write
from village_alliances.interface.cli import main
from village_alliances.sim import technology
from village_alliances.sim.loading import load
from village_alliances.sim.own import outcomes_of
from village_alliances.sim.quarter import QUARTER
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.strategy import Portfolio, Strategy, shipped

OWN_STRATEGY = 'title = {en = "Ours", zh = "我们的"}\nlead = "township"\nsharing = "weakest"\n'
OWN_OUTCOMES = """
def poor(state):
    return (state.operating_income < 80_000).sum(axis=1)

def cash(state):
    return state.fund.mean(axis=1)
"""
TABLE = """name,population,collective_income
东村,1200,420000
西村,800,60000
南村,,45000
北村,950,
"""
PARTITIONS = """
[[partition]]
name = "pair"
[[partition.alliance]]
members = ["{a}", "{b}"]
strategy = "enclave"
"""
OWN_TYPES = """
[enclave.profit_rate]
value = 0.2
low = 0.1
high = 0.3
distribution = "uniform"
unit = "1/year"
kind = "assumption"
reason = "a test"
"""
EQUAL = Strategy(name="enclave", title={"en": "E"}, sharing="equal")


def changed(part: str) -> Any:
    """Jinxi with one part changed in place."""
    place = load("jinxi", years=2)
    if part == "names":
        place.names[0] = "改名村"
    elif part == "lonlat":
        place.lonlat[0] = (121.0, 29.0)
    elif part == "position":
        place.position[0] += 1.0
    else:
        return replace(place, title={"en": "Another", "zh": "另一地"})
    return place


PLACES: dict[str, Callable[[], Any]] = {
    "shipped": lambda: load("jinxi", years=2),
    "table": lambda: load("ours.csv", region="zibo", start=2020, years=2),
    **{part: lambda part=part: changed(part) for part in ("names", "lonlat", "position", "title")},
}
STRATEGIES: dict[str, Callable[[Any], Any]] = {
    "names": lambda place: ["none", "enclave"],
    "file": lambda place: ["none", "mine.toml"],
    "labelled file": lambda place: {"none": "none", "other": "mine.toml"},
    "object of a shipped name": lambda place: ["none", shipped("enclave")],
    "title": lambda place: [
        "none", shipped("enclave").model_copy(update={"title": {"en": "Mine", "zh": "我的"}}),
    ],
    "institutions": lambda place: ["none", EQUAL],
    "places": lambda place: [
        "none", Portfolio("enclave", {str(place.places["township"][0]): "project"}),
    ] if place.places["township"][0] else ["none"],
    "partitions": lambda place: ["none", *partitions(place)],
    "partitions first": lambda place: [*partitions(place), "enclave"],
    "partitions alone": lambda place: partitions(place),
}  # fmt: skip
OUTCOMES: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "file": lambda: "own.py",
    "part of a file": lambda: {"poor": outcomes_of("own.py")["poor"]},
    "function": lambda: {"cash": lambda state: state.fund.max(axis=1)},
}
TYPES: dict[str, Callable[[], Any]] = {
    "shipped": lambda: None,
    "file": lambda: "types.toml",
    "objects": lambda: technology.shipped()[:-1],
}


def partitions(place: Any) -> list[Any]:
    first, second = map(str, place.names[1:3])
    Path("pairs.toml").write_text(PARTITIONS.format(a=first, b=second), "utf-8")
    return alternatives.load("pairs.toml", place)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_figures: None) -> Path:
    """A folder with files of one's own, in which commands are given."""
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "mine.toml": OWN_STRATEGY,
        "own.py": OWN_OUTCOMES,
        "ours.csv": TABLE,
        "types.toml": OWN_TYPES,
    }.items():
        Path(name).write_text(text, "utf-8")
    return tmp_path


SAME = ("comparison.csv", "runs.parquet", "series.parquet")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    place=st.sampled_from([*PLACES]),
    strategies=st.sampled_from([*STRATEGIES]),
    outcomes=st.sampled_from([*OUTCOMES]),
    types=st.sampled_from([*TYPES]),
    rivals=st.sampled_from([(), ("even",), ("lumped", "even"), RIVALS]),
    levers=st.fixed_dictionaries({}, optional={"grant_per_village": st.floats(0, 2e5)}),
    fixed=st.fixed_dictionaries({}, optional={"discount": st.floats(0.04, 0.1)}),
    rules=st.sampled_from([QUARTER, QUARTER[:-2] + QUARTER[-1:]]),
    precision=st.floats(0.01, 0.5),
    prior=st.booleans(),
)
def test_a_command_gives_the_same_bytes_or_there_is_none(
    files: Path, place: str, strategies: str, outcomes: str, types: str, **more: Any
) -> None:
    scenario = PLACES[place]()
    c = compare(
        scenario, STRATEGIES[strategies](scenario), outcomes=OUTCOMES[outcomes](),
        types=TYPES[types](), runs=3, **more,
    )  # fmt: skip
    if origin.in_memory(c):
        assert origin.command(c).startswith("(no command")
        return
    write(c, files / "script", "en")
    _, *words = shlex.split(origin.command(c))
    assert main([*words, "--out", "command", "--lang", "en"]) in (0, 3)
    for name in SAME:
        assert (files / "script" / name).read_bytes() == (files / "command" / name).read_bytes()


def everything(kind: str) -> list[tuple[str, bool]]:
    """Each single thing, and whether a command can name it."""
    return {
        "place": [(name, name in ("shipped", "table")) for name in PLACES],
        "strategies": [
            (name, name in ("names", "file", "object of a shipped name", "partitions"))
            for name in STRATEGIES
        ],
        "outcomes": [(name, name in ("none", "file")) for name in OUTCOMES],
        "types": [(name, name != "objects") for name in TYPES],
    }[kind]


@pytest.mark.parametrize("kind", ["place", "strategies", "outcomes", "types"])
def test_what_can_be_named_has_a_command(files: Path, kind: str) -> None:
    usual = {"place": "shipped", "strategies": "names", "outcomes": "none", "types": "shipped"}
    for name, nameable in everything(kind):
        asked = {**usual, kind: name}
        place = PLACES[asked["place"]]()
        c = compare(
            place, STRATEGIES[asked["strategies"]](place), outcomes=OUTCOMES[asked["outcomes"]](),
            types=TYPES[asked["types"]](), runs=1, rivals=(), prior=False,
        )  # fmt: skip
        assert (origin.in_memory(c) == []) == nameable, (name, origin.in_memory(c))


def test_a_number_is_told_to_its_last_bit() -> None:
    c = compare(
        "jinxi", ["none"], runs=1, years=1, levers={"grant_per_village": 0.1 + 0.2}, prior=False
    )
    assert "grant_per_village=0.30000000000000004" in origin.command(c)
    assert np.float64(0.30000000000000004) == 0.1 + 0.2

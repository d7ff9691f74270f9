"""What was drawn before is drawn no second time, and never stands for anything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village_alliances.sim import building, memo, technology
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.loading import load
from village_alliances.sim.memo import MOST, Memo
from village_alliances.sim.scenario import Scenario

pytestmark = pytest.mark.usefixtures("compiled_model")


def values(scenario: Scenario, **options: Any) -> np.ndarray:
    """All outcomes of three runs of a year."""
    runs = run_ensemble(scenario, "strong_leads_weak", years=1, **{"runs": 3, **options})
    return np.stack([runs.outcome(name) for name in runs.outcomes])


@pytest.fixture
def own() -> Scenario:
    """Jinxi in memory of its own, to be changed."""
    kept = load("jinxi")
    return replace(
        kept,
        region=kept.region.model_copy(deep=True),
        numbers={
            name: replace(column, **{part: getattr(column, part).copy() for part in vars(column)})
            for name, column in kept.numbers.items()
        },
        words={name: column.copy() for name, column in kept.words.items()},
        position=kept.position.copy(),
    )


def more_people(scenario: Scenario) -> None:
    scenario.numbers["population"].low[:] *= 2.0


def other_stages(scenario: Scenario) -> None:
    scenario.words["stage"][:] = "grow"


def nearer(scenario: Scenario) -> None:
    scenario.position[:] *= 0.01


def other_shares(scenario: Scenario) -> None:
    shares = scenario.region.industry.share
    shares["tea"] = shares.get("tea", 0.0) + 50.0


@pytest.mark.parametrize("change", [more_people, other_stages, nearer, other_shares])
def test_what_is_changed_in_place_is_drawn_anew(
    own: Scenario, change: Callable[[Scenario], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = values(own)
    assert (values(own) == before).all()
    change(own)
    after = values(own)
    monkeypatch.setattr(building, "LARGEST", 0)  # nothing is remembered
    assert (values(own) == after).all()
    assert (values(load("jinxi")) == before).all()


INPUTS = st.fixed_dictionaries(
    {},
    optional={
        "discount": st.floats(0.03, 0.1),
        "trend_collective": st.floats(-0.02, 0.05),
        "let.profit_rate": st.floats(0.02, 0.09),
    },
)


@settings(max_examples=8, deadline=None)
@given(
    INPUTS, st.integers(1, 3), st.sampled_from(["point", "prior", "posterior"]), st.integers(0, 2)
)
def test_a_remembered_draw_is_the_draw(fixed: Any, seed: int, mode: Any, grant: int) -> None:
    options = {"fixed": fixed, "seed": seed, "mode": mode, "levers": {"grant_per_village": grant}}
    lines = [values(load("jinxi"), **options) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "LARGEST", 0)
        assert (values(load("jinxi"), **options) == np.array(lines)).all()


def test_a_changed_type_is_drawn_anew() -> None:
    types = tuple(kind.model_copy(deep=True) for kind in technology.shipped())
    before = values(load("jinxi"), types=types)
    number = types[0].numbers["profit_rate"]
    types[0].numbers["profit_rate"] = number.model_copy(
        update=dict.fromkeys(("value", "low", "high"), number.high)
    )
    assert (values(load("jinxi"), types=types) != before).any()


def test_the_memory_is_bounded_and_keeps_what_was_asked_last() -> None:
    made: list[int] = []
    kept: Memo[int] = Memo()
    for key in [*range(MOST), 0, MOST, 0, 1]:
        kept.of(key, lambda key=key: made.append(key) or key)  # type: ignore[misc]
    assert made == [*range(MOST), MOST, 1]


def test_what_is_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Memo, "of", lambda *_: pytest.fail("kept"))
    run_ensemble("jinxi", "none", runs=memo.LARGEST + 1, years=1)

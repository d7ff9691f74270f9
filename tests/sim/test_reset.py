"""A slot begins anew and a village that is outside is outside, whatever a variable is called: a
variable that is added to the schema and forgotten where things are reset fails here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from village_alliances.sim.building import build
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import step
from village_alliances.sim.society import ACCOUNT, ALLIANCE, FREE, REALS, Variable
from village_alliances.sim.strategy import read_strategy

from tests.sim.strategies_for_tests import restless

# What a village keeps of an alliance that it has left: what it learned, when it last joined.
KEPT = {"learned", "capacity", "practice", "joined"}


def handed_on(variable: Variable, rng: np.random.Generator, count: int) -> np.ndarray:
    """Values that the variable may have, other than those of a fresh slot: (count,)."""
    if variable.dtype != "f8":
        return np.ones(count, variable.dtype)
    return min(variable.high, 7e5) * rng.uniform(0.1, 0.9, count)


def poison(society: Any) -> None:
    """Fill what slots without an alliance hold with what no slot should hand on."""
    rng = np.random.default_rng(1)
    villages, free = society.villages.size, society.alliances.status == FREE
    accounts = villages + np.flatnonzero(free)
    for variable in ALLIANCE:
        if variable.name != "status":
            society.alliances[variable.name][free] = handed_on(variable, rng, free.sum())
    for variable in ACCOUNT:
        column = getattr(society.accounts, variable.name)
        column[accounts] = handed_on(variable, rng, accounts.size)
    for member in REALS:
        held = getattr(society, member)
        if held.shape[0] == villages + free.size:
            held[accounts] = 3e5 * rng.random(held[accounts].shape)


def test_an_alliance_has_nothing_of_what_its_slot_held_before() -> None:
    clean, poisoned = (
        build(load("fenghua"), "strong_leads_weak", runs=1, seed=1, mode="point", log=False)
        for _ in range(2)
    )
    poison(poisoned)
    for tick in range(9):
        step(clean, tick)
        step(poisoned, tick)
    taken = clean.alliances.status != FREE
    assert taken.any()
    for field in clean.alliances.dtype.names:
        assert np.array_equal(clean.alliances[field][taken], poisoned.alliances[field][taken]), (
            field
        )
    accounts = np.r_[np.ones(clean.villages.size, bool), taken]
    for column in clean.accounts.where:
        ours, theirs = (getattr(s.accounts, column)[accounts] for s in (clean, poisoned))
        assert np.array_equal(ours, theirs), column
    for column in clean.villages.where:
        ours, theirs = (getattr(s.villages, column) for s in (clean, poisoned))
        assert np.array_equal(ours, theirs), column
    assert clean.series.tobytes() == poisoned.series.tobytes()


def membership() -> set[str]:
    """Variables of villages that nothing moves where there are no alliances, and alliances do."""
    alone = replace(restless(), strategy=read_strategy("none"))
    busy, none = (case.build() for case in (restless(), alone))
    moved: dict[int, set[str]] = {}
    for number, society in enumerate((busy, none)):
        start = {name: getattr(society.villages, name).copy() for name in society.villages.where}
        moved[number] = set()
        for tick in range(12):
            step(society, tick)
            moved[number] |= {
                name
                for name, before in start.items()
                if not np.array_equal(before, getattr(society.villages, name))
            }
    return moved[0] - moved[1]


def test_a_village_that_is_outside_has_nothing_of_its_alliance() -> None:
    of_members = membership() - KEPT
    assert {"stake", "own_stake", "signed", "standing", "expected_gain"} <= of_members
    society = restless().build()
    left = 0
    for tick in range(20):
        before = society.villages.alliance < 0  # in its last quarter a member still earns
        step(society, tick)
        outside = before & (society.villages.alliance < 0)
        left += (outside & (society.villages.joined >= 0)).sum()
        for name in of_members:
            assert np.unique(getattr(society.villages, name)[outside]).size <= 1, (tick, name)
    assert left > 20

"""Payments that hold an alliance together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog
from village_alliances.experiments.propose.scoring import Candidate, Laboratory
from village_alliances.experiments.propose.stable import allocation, core_of, examine
from village_alliances.sim.scenario import Scenario

from benchmarks.gloves import glove_game, random_game


def core_is_empty(payoffs: np.ndarray) -> bool:
    """Whether no division of what everybody makes together leaves every coalition content (a feasibility problem by itself)."""
    n = payoffs.shape[1]
    value = np.nansum(payoffs, axis=1)
    masks = np.arange(1, (1 << n) - 1)
    rows = -((masks[:, None] >> np.arange(n)) & 1).astype(float)
    found = linprog(
        np.zeros(n),
        A_ub=rows,
        b_ub=-value[1:-1],
        A_eq=np.ones((1, n)),
        b_eq=[value[-1]],
        bounds=[(None, None)] * n,
        method="highs",
    )
    return found.status == 2


@pytest.mark.parametrize("players", [3, 4, 5, 6])
def test_glove_games_end_in_the_core_where_there_is_one(players: int) -> None:
    for game in range(25):
        payoffs = random_game(players, game)
        found = core_of(payoffs)
        division = payoffs[-1] + np.array(found.receives)
        value = np.nansum(payoffs, axis=1)
        for mask in range(1, 1 << players):
            inside = [j for j in range(players) if mask >> j & 1]
            assert division[inside].sum() >= value[mask] - 1e-6
        assert division.sum() == pytest.approx(value[-1] + found.subsidy, abs=1e-6)
        assert (found.subsidy > 1e-6) == core_is_empty(payoffs)


def test_one_right_glove_for_two_left_ones() -> None:
    """The scarce side receives everything: the only division in the core."""
    payoffs = glove_game(np.array([1, 1, 0]), np.array([0, 0, 1]))
    found = core_of(payoffs)
    assert payoffs[-1] + np.array(found.receives) == pytest.approx([0.0, 0.0, 1.0], abs=1e-9)
    assert found.subsidy == 0.0


def test_the_least_payment_that_holds_a_member() -> None:
    found = allocation(np.array([5.0, 10.0, -2.0]), [(0,), (1,), (2,)], np.zeros(3))
    assert (
        found.receives[2] == pytest.approx(2.0)
        and found.moved == pytest.approx(2.0)
        and found.subsidy == 0.0
    )
    short = allocation(np.array([1.0, -3.0]), [(0,), (1,)], np.zeros(2))
    assert short.subsidy == pytest.approx(2.0)


@pytest.mark.usefixtures("compiled_model")
def test_a_member_that_expects_to_lose_is_named_and_held(six: Scenario) -> None:
    lab = Laboratory(six, ["culture"], seed=1)
    chosen = [Candidate((0, 1, 2, 3, 4, 5), "culture", 0.0)]
    found = examine(lab, chosen, [[j for j in range(6) if j != i] for i in range(6)], 2, 9)
    losing = {i for i, worth in enumerate(found.expected[0]) if worth < -1.0}
    assert {m.village for m in found.moves if m.joins == -1} == losing
    payments = found.payments[0]
    if losing:
        assert payments is not None
        held = np.array(found.expected[0]) + np.array(payments.receives)
        assert (held >= -1e-6).all()
    else:
        assert payments is None or found.breakaways

"""Stability: worked games, the core of glove games, and the society's own payoffs."""

from __future__ import annotations

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import load
from village_alliances.sim.stability import MOST_PLAYERS, judge, of_society, settle

from benchmarks.gloves import core_share, glove_game


def table(values: dict[tuple[int, ...], tuple[float, ...]], n: int) -> np.ndarray:
    payoffs = np.full((1 << n, n), np.nan)
    for members, worths in values.items():
        mask = sum(1 << m for m in members)
        for member, worth in zip(members, worths, strict=True):
            payoffs[mask, member] = worth
    return payoffs


THREE = table(
    {
        (0,): (0,),
        (1,): (0,),
        (2,): (0,),
        (0, 1): (3, 1),
        (1, 2): (2, 2),
        (0, 2): (1, 1),
        (0, 1, 2): (1, 1, 1),
    },
    3,
)  # village 0 likes 1 best, 1 likes 2 best, 2 likes 1 best: the pair {1, 2} is stable


def test_a_stable_pair_is_recognised() -> None:
    verdict = judge(THREE, [0b001, 0b110, 0b110])
    assert verdict.individually_rational and verdict.in_core
    assert verdict.moves == () and verdict.blocking == 0


def test_a_blocking_pair_is_named() -> None:
    verdict = judge(THREE, [0b011, 0b011, 0b100])
    assert verdict.in_core is False
    assert verdict.blocking == 0b110


def test_who_would_rather_be_alone_is_named() -> None:
    payoffs = table({(0,): (1,), (1,): (0,), (0, 1): (0, 5)}, 2)
    verdict = judge(payoffs, [0b11, 0b11])
    assert not verdict.individually_rational
    assert (0, 0b01) in verdict.moves


def test_players_settle_in_the_core_of_the_worked_game() -> None:
    for run in range(20):
        partition, rested = settle(THREE, run=run)
        assert rested and judge(THREE, partition).in_core


def test_roommates_without_a_stable_pairing_are_reported_as_restless() -> None:
    cycle = table(
        {
            (0,): (0,),
            (1,): (0,),
            (2,): (0,),
            (0, 1): (2, 1),
            (1, 2): (2, 1),
            (0, 2): (1, 2),
            (0, 1, 2): (-1, -1, -1),
        },
        3,
    )
    partition, rested = settle(cycle, run=1)
    assert not rested or not judge(cycle, partition).in_core


def test_a_pair_of_gloves_is_worth_one_shared() -> None:
    payoffs = glove_game(np.array([1, 0, 0]), np.array([0, 1, 1]))
    assert (
        payoffs[0b011, 0] == 0.5
        and payoffs[0b110, 1] == 0.0
        and payoffs[0b111, 2] == pytest.approx(1 / 3)
    )


def test_glove_games_end_in_the_core_at_least_as_often_as_published() -> None:
    shares = core_share(games=40)
    assert set(shares) == set(range(3, MOST_PLAYERS + 1))
    assert np.mean(list(shares.values())) > 0.9


def test_the_five_of_jinxi_have_a_table_of_expectations() -> None:
    society = build(load("jinxi"), "strong_leads_weak", runs=1, mode="point")
    for tick in range(6):
        step(society, tick)
    payoffs = of_society(society, range(5))
    assert np.isfinite(payoffs[0b11111]).all() and (payoffs[[1, 2, 4, 8, 16], range(5)] == 0).all()
    partition, _ = settle(payoffs)
    assert judge(payoffs, partition).individually_rational

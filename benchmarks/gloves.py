"""Glove games: does the routine by which villages settle end in the core? After Vernon-Bido & Collins 2021 (JASSS 24(1) 6).

Each of 3 to 9 players holds some left and right gloves (0 to 5 each, drawn by keyed luck). A coalition is worth its pairs,
shared equally, which makes a hedonic game; the core is checked against every coalition. The published heuristic ends in the
core in over 90% of games of up to nine players.

    python -m benchmarks.gloves [--games 200]
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.stability import MOST_PLAYERS, judge, settle

MOST_GLOVES = 5


def glove_game(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Payoffs (2**n, n): the pairs of a coalition, shared equally among its members."""
    n = left.size
    masks = np.arange(1 << n)
    inside = (masks[:, None] >> np.arange(n)) & 1
    pairs = np.minimum(inside @ left, inside @ right)
    shares = pairs / np.maximum(inside.sum(axis=1), 1)
    return np.where(inside == 1, shares[:, None], np.nan)


def random_game(players: int, game: int, seed: int = 1) -> np.ndarray:
    """The payoffs of one drawn glove game."""
    hands = np.empty((1, 2 * players))
    who = np.arange(2 * players, dtype=np.uint64) + np.uint64(players * 1000)
    luck.fill_uniform(seed, np.array([game], np.uint64), 0, luck.IMPUTE, who, hands)
    gloves = np.floor(hands[0] * (MOST_GLOVES + 1)).astype(int)
    return glove_game(gloves[:players], gloves[players:])


def core_share(games: int = 200, seed: int = 1) -> dict[int, float]:
    """Share of games that end in the core, by number of players."""
    found = {}
    for players in range(3, MOST_PLAYERS + 1):
        ends = 0
        for game in range(games):
            payoffs = random_game(players, game, seed)
            partition, _ = settle(payoffs, seed=seed, run=game)
            ends += bool(judge(payoffs, partition).in_core)
        found[players] = ends / games
    return found


def measure(games: int = 200) -> dict[str, float]:
    """The key of the benchmark object: share over all sizes."""
    return {"glove_core_share": float(np.mean(list(core_share(games).values())))}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", type=int, default=200)
    print(json.dumps(core_share(parser.parse_args().games), indent=1))

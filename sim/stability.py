"""Is a partition stable? Individual stability and the core for up to nine players, and the routine by which players settle.

A hedonic game is a table of payoffs: payoffs[coalition, player], the coalition a bit mask over n players (2**n rows), in any
unit; a player outside the coalition has nan. `of_society` makes that table from a model: what each village expects of an
alliance of exactly these, all others frozen (the measure by which it joins and leaves in the model itself).

The routine `settle` is the one that the model's yearly moves follow, without its limits of distance and of a single yearly
round: join and switch with the consent of hosts, leave, merge, and found anew. Vernon-Bido & Collins (2021, JASSS 24(1) 6)
test such a heuristic on glove games; benchmarks/gloves.py does the same with this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from village_alliances.sim import luck

MOST_PLAYERS = 9  # beyond it the core takes too many coalitions to look at
PROPOSALS = 6  # new coalitions that a player tries to found in a round
ROUNDS = 60
EPS = 1e-9


@dataclass(frozen=True)
class Verdict:
    """What can be said of a partition: `moves` are (player, to coalition) that would be made; `blocking` a coalition whose
    members would all gain by walking out together (0: none); `in_core` is None where there are too many players to say."""

    individually_rational: bool
    individually_stable: bool
    in_core: bool | None
    moves: tuple[tuple[int, int], ...]
    blocking: int


def payoff_of(payoffs: np.ndarray, partition: Sequence[int]) -> np.ndarray:
    """Each player's payoff in a partition (one coalition mask a player), shape (n,)."""
    return np.array([payoffs[coalition, player] for player, coalition in enumerate(partition)])


def judge(payoffs: np.ndarray, partition: Sequence[int]) -> Verdict:
    """Individual rationality, individual stability, and (up to nine players) membership in the core."""
    n = payoffs.shape[1]
    now = payoff_of(payoffs, partition)
    alone = np.array([payoffs[1 << i, i] for i in range(n)])
    moves = []
    for i in range(n):
        if alone[i] > now[i] + EPS:
            moves.append((i, 1 << i))
        for host in sorted(set(partition)):
            if not host >> i & 1 and _welcome(payoffs, host, i, now[i]):
                moves.append((i, host | 1 << i))
    blocking = 0
    if n <= MOST_PLAYERS:
        better = (payoffs > now[None, :] + EPS) | np.isnan(payoffs)
        found = np.flatnonzero(better.all(axis=1) & (np.arange(payoffs.shape[0]) > 0))
        blocking = int(found[0]) if found.size else 0
    return Verdict(
        individually_rational=bool((now >= alone - EPS).all()),
        individually_stable=not moves,
        in_core=(blocking == 0) if n <= MOST_PLAYERS else None,
        moves=tuple(moves),
        blocking=blocking,
    )


def _welcome(payoffs: np.ndarray, host: int, i: int, now: float) -> bool:
    """Whether player i gains by joining `host` and nobody there loses."""
    joined = host | 1 << i
    if payoffs[joined, i] <= now + EPS:
        return False
    members = [m for m in range(payoffs.shape[1]) if host >> m & 1]
    return bool((payoffs[joined, members] >= payoffs[host, members] - EPS).all())


def settle(
    payoffs: np.ndarray,
    *,
    seed: int = 1,
    run: int = 0,
    start: Sequence[int] | None = None,
    rounds: int = ROUNDS,
) -> tuple[list[int], bool]:
    """Let players move until nobody does. Returns the partition (a mask a player) and whether it came to rest.

    Every round each player, in a keyed order, looks at leaving, at joining each coalition that would have it, and at some
    new coalitions of its own choice; then pairs of coalitions look at merging. A move needs a gain of everybody who moves.
    """
    n = payoffs.shape[1]
    partition = list(start) if start is not None else [1 << i for i in range(n)]
    ids = np.arange(n, dtype=np.uint64)
    quiet = 0
    for turn in range(rounds):
        order = np.empty((1, n))
        luck.fill_uniform(seed, np.array([run], np.uint64), turn, luck.FORMATION, ids, order)
        moved = False
        for i in np.argsort(order[0]):
            moved |= _move_once(payoffs, partition, int(i))
            for trial in range(PROPOSALS):
                moved |= _found(payoffs, partition, int(i), seed, run, turn * PROPOSALS + trial)
        moved |= _merge(payoffs, partition)
        quiet = 0 if moved else quiet + 1
        if quiet >= 8:
            return partition, True
    return partition, False


def _leave(partition: list[int], members: int) -> None:
    for j, coalition in enumerate(partition):
        if not members >> j & 1:
            partition[j] = coalition & ~members


def _join(partition: list[int], members: int) -> None:
    _leave(partition, members)
    for j in range(len(partition)):
        if members >> j & 1:
            partition[j] = members


def _move_once(payoffs: np.ndarray, partition: list[int], i: int) -> bool:
    now = payoffs[partition[i], i]
    best, gain = 0, EPS
    if payoffs[1 << i, i] - now > gain:
        best, gain = 1 << i, payoffs[1 << i, i] - now
    for host in sorted(set(partition)):
        joined = host | 1 << i
        if (
            not host >> i & 1
            and payoffs[joined, i] - now > gain
            and _welcome(payoffs, host, i, now)
        ):
            best, gain = joined, payoffs[joined, i] - now
    if not best:
        return False
    _join(partition, best)
    return True


def _found(
    payoffs: np.ndarray, partition: list[int], i: int, seed: int, run: int, trial: int
) -> bool:
    """Player i proposes a coalition drawn by its keyed luck; those who would not gain refuse, until all who remain gain."""
    n = payoffs.shape[1]
    draws = np.empty((1, n))
    who = np.arange(n, dtype=np.uint64) + np.uint64(1000 * (i + 1))
    luck.fill_uniform(seed, np.array([run], np.uint64), trial, luck.CAMPAIGN, who, draws)
    members = 1 << i
    for j in range(n):
        if j != i and draws[0, j] < 0.5:
            members |= 1 << j
    while members != 1 << i:
        losing = [
            j
            for j in range(n)
            if members >> j & 1 and payoffs[members, j] <= payoffs[partition[j], j] + EPS
        ]
        if not losing:
            _join(partition, members)
            return True
        if losing == [i]:
            return False
        members &= ~sum(1 << j for j in losing if j != i)
    return False


def _merge(payoffs: np.ndarray, partition: list[int]) -> bool:
    n = payoffs.shape[1]
    coalitions = sorted(set(partition))
    for a in coalitions:
        for b in coalitions:
            both = a | b
            if a < b and all(
                payoffs[both, j] > payoffs[partition[j], j] + EPS for j in range(n) if both >> j & 1
            ):
                _join(partition, both)
                return True
    return False


def of_society(
    society: Any, villages: Sequence[int], strategy: int = 0, run: int = 0
) -> np.ndarray:
    """The payoff table of up to nine villages of a run (positions in the block): yuan a year expected of each coalition.

    Alone a village expects nothing. Leaders follow the strategy's rule in every coalition.
    """
    from village_alliances.sim.rules.stability import value_of_set

    n = len(villages)
    if n > MOST_PLAYERS:
        raise ValueError(
            f"at most {MOST_PLAYERS} villages can be compared in every coalition; found {n}"
        )
    payoffs = np.full((1 << n, n), np.nan)
    for mask in range(1, 1 << n):
        inside = [j for j in range(n) if mask >> j & 1]
        if len(inside) == 1:
            payoffs[mask, inside] = 0.0
            continue
        who = np.array([villages[j] for j in inside], np.int64)
        worth = np.empty(who.size)
        value_of_set(society, run, who, strategy, worth)
        payoffs[mask, inside] = worth
    return payoffs

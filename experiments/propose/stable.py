"""Stability: who would rather be elsewhere, and the least money between members that holds them.

What a village expects is the model's own measure (`sim.rules.expectation.weigh`), others' memberships frozen. A member would go alone
where it expects to lose, or to a neighbouring alliance where it expects more by at least what a move must bring and the hosts do not
mind. Some members may also walk out together and go on among themselves. Payments between members that make none of this worth while
are a linear programme: an allocation in the core of the alliance's own game, as near to what everybody has anyway as can be; where the
core is empty, the least that somebody outside would have to add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy.optimize import linprog
from village_alliances.experiments.propose import surrogate
from village_alliances.experiments.propose.candidates import MOST
from village_alliances.experiments.propose.scoring import Candidate, Laboratory

RUNS = 32  # over which an expectation is taken
OUTSIDE_WEIGHS = 1e3  # a yuan from outside against a yuan between members
SUBSETS_UP_TO = 10  # members of an alliance all of whose parts are looked at
LEAST = 1.0  # yuan a year; less is nothing


@dataclass(frozen=True)
class Move:
    """Somebody who would rather be elsewhere: `village` leaves alliance `leaves` for alliance `joins` (-1: alone); yuan a year."""

    village: int
    leaves: int
    joins: int
    stays_with: float
    would_have: float


@dataclass(frozen=True)
class Payments:
    """Yuan a year that members receive (+) or give (-), in the members' order, and what somebody outside would have to add."""

    receives: tuple[float, ...]
    subsidy: float

    @property
    def moved(self) -> float:
        """Yuan a year that change hands."""
        return float(sum(max(0.0, r) for r in self.receives))


@dataclass(frozen=True)
class Stability:
    """`expected` by alliance and member; `moves`; `payments` by alliance (None: nobody needs to be held)."""

    expected: tuple[tuple[float, ...], ...]
    moves: tuple[Move, ...]
    breakaways: tuple[tuple[int, ...], ...]
    payments: tuple[Payments | None, ...]


def allocation(
    have: np.ndarray, coalitions: Sequence[tuple[int, ...]], least: np.ndarray
) -> Payments:
    """Payments that bring every coalition at least what it could have by itself.

    `have` (n,): what members have without payments; `coalitions`: parts of 0..n-1, single ones too; `least` (coalitions,): what each
    could have. The whole adds up to `have.sum()`, plus a subsidy only where no such division exists (the core is empty).
    """
    n = have.size
    # x (n), |x - have| (n), subsidy
    cost = np.concatenate([np.zeros(n), np.ones(n), [OUTSIDE_WEIGHS]])
    rows = np.zeros((len(coalitions) + 2 * n, 2 * n + 1))
    limit = np.concatenate([-np.asarray(least, float), have, -have])
    for row, members in enumerate(coalitions):
        rows[row, list(members)] = -1.0
    rows[len(coalitions) :, :n] = np.vstack([np.eye(n), -np.eye(n)])
    rows[len(coalitions) :, n : 2 * n] = np.vstack([-np.eye(n), -np.eye(n)])
    whole = np.concatenate([np.ones(n), np.zeros(n), [-1.0]])[None, :]
    scale = max(1.0, float(np.abs(have).max(initial=0.0)), float(np.abs(least).max(initial=0.0)))
    found = linprog(
        cost,
        A_ub=rows,
        b_ub=limit / scale,
        A_eq=whole,
        b_eq=[have.sum() / scale],
        bounds=[(None, None)] * n + [(0, None)] * (n + 1),
        method="highs",
    )
    x = found.x * scale
    return Payments(
        tuple(float(v) for v in x[:n] - have), float(x[-1]) if x[-1] > 1e-9 * scale else 0.0
    )


def core_of(payoffs: np.ndarray) -> Payments:
    """The same for a game given as payoffs[coalition mask, player] (see sim.stability): the whole set divides what it makes."""
    n = payoffs.shape[1]
    value = np.nansum(payoffs, axis=1)
    masks = range(1, (1 << n) - 1)
    parts = [tuple(j for j in range(n) if mask >> j & 1) for mask in masks]
    return allocation(payoffs[-1], parts, value[1:-1])


def examine(
    lab: Laboratory, chosen: Sequence[Candidate], near: Sequence[Sequence[int]], low: int, high: int
) -> Stability:
    """Who of these alliances would rather be elsewhere, and what would hold them."""
    numbers = np.arange(RUNS, dtype=np.uint64)
    society = lab.expecting(numbers)
    p, incomes = society.p, society.v.collective_income.reshape(RUNS, -1).mean(axis=0)
    bar = np.maximum(
        2 * float((p.founding_cost / p.annuity).mean()),
        0.02 * incomes * float((1 / p.annuity).mean()),
    )
    consent = float(p.consent.mean()) * np.maximum(incomes, 0.0)
    home = {i: at for at, c in enumerate(chosen) for i in c.members}

    def expect(sets: Sequence[tuple[int, ...]], like: Sequence[Candidate]) -> list[np.ndarray]:
        if not sets:
            return []
        which = np.array([lab.order.index(c.strategy) for c in like])
        first, worth = surrogate.expectations(
            society, sets, which, np.array([c.grant / lab.usual for c in like])
        )
        return [worth[first[at] : first[at + 1]] for at in range(len(sets))]

    now = expect([c.members for c in chosen], chosen)
    offers: list[tuple[int, int]] = []
    for i, at in home.items():
        for host in dict.fromkeys(home[j] for j in near[i][:8] if j in home):
            if host != at and len(chosen[host].members) < min(high, MOST):
                offers.append((i, host))
    would = expect(
        [tuple(sorted((*chosen[host].members, i))) for i, host in offers],
        [chosen[host] for _, host in offers],
    )
    outside = dict.fromkeys(home, 0.0)
    moves: list[Move] = []
    best: dict[int, Move] = {}
    for (i, host), worth in zip(offers, would):
        members = sorted((*chosen[host].members, i))
        there = float(worth[members.index(i)])
        hosts = np.array([worth[members.index(j)] for j in chosen[host].members])
        stays = float(now[home[i]][chosen[home[i]].members.index(i)])
        if (
            there - bar[i] > max(stays, 0.0)
            and (hosts >= now[host] - consent[list(chosen[host].members)]).all()
        ):
            outside[i] = max(outside[i], there - float(bar[i]))
            if i not in best or there > best[i].would_have:
                best[i] = Move(i, home[i], host, stays, there)
    for i, at in home.items():
        stays = float(now[at][chosen[at].members.index(i)])
        if i in best:
            moves.append(best[i])
        elif stays < -LEAST:
            moves.append(Move(i, at, -1, stays, 0.0))
    breakaways: list[tuple[int, ...]] = []
    payments: list[Payments | None] = []
    for at, c in enumerate(chosen):
        inside = range(len(c.members))
        parts = [
            part
            for size in range(max(2, low), len(c.members))
            for part in combinations(inside, size)
        ]
        parts = parts if len(c.members) <= SUBSETS_UP_TO else []
        values = np.array(
            [
                float(w.sum())
                for w in expect(
                    [tuple(c.members[j] for j in part) for part in parts], [c] * len(parts)
                )
            ]
        )
        singles = np.array([outside[i] for i in c.members])
        broken = [
            part for part, value in zip(parts, values) if value > now[at][list(part)].sum() + LEAST
        ]
        walking = [
            part
            for part in broken
            if (
                expect([tuple(c.members[j] for j in part)], [c])[0]
                > now[at][list(part)] + bar[[c.members[j] for j in part]]
            ).all()
        ]
        breakaways += [tuple(c.members[j] for j in part) for part in walking]
        if not walking and (now[at] >= singles - LEAST).all():
            payments.append(None)
            continue
        held = [(j,) for j in inside] + walking
        least = np.concatenate([singles, [float(values[parts.index(part)]) for part in walking]])
        payments.append(allocation(now[at], held, least))
    return Stability(
        tuple(tuple(map(float, w)) for w in now), tuple(moves), tuple(breakaways), tuple(payments)
    )


__all__: list[Any] = ["Move", "Payments", "Stability", "allocation", "core_of", "examine"]

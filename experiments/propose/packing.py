"""Pack: choose candidates so that no village is in two, money suffices, and the score is greatest.
A set packing for HiGHS."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack
from scipy.spatial import cKDTree

GAP = 1e-3  # relative; smaller is noise
NODES = 400  # of the search tree; counted, not timed, so that the same question has the same answer
EXACT_UP_TO = 400  # candidates that are all looked at, for a proof
LIKELY = 600  # candidates of the best reduced cost from which the first choice is made
# villages up to which that is done for the whole county; above, the first choice is made greedily
AT_ONCE = 500
REGION = 50  # villages that are packed anew at once
IN_REGION = 250  # candidates that are looked at there


@dataclass(frozen=True)
class Packed:
    """`chosen`: positions of candidates, ascending. `score`: their sum; `bound`: no choice can be
    better; `price`: what a village and a yuan are worth at the margin (villages,), and for money.
    """

    chosen: tuple[int, ...]
    score: float
    bound: float
    price: np.ndarray
    money: float


class NothingFits(ValueError):
    """No choice keeps all rules."""


def pack(
    villages: int,
    sets: Sequence[tuple[int, ...]],
    scores: np.ndarray,
    costs: np.ndarray,
    budget: float,
    *,
    together: Sequence[tuple[int, ...]] = (),
    at_most: Sequence[tuple[np.ndarray, float]] = (),
    position: np.ndarray | None = None,
    passes: int = 1,
    likely: int = LIKELY,
) -> Packed:
    """The best choice: proven for up to EXACT_UP_TO candidates, else the best of the likely ones,
    then improved region by region.

    `together`: groups of which exactly one chosen candidate must hold all; candidates that split a
    group must not be among `sets`. `at_most`: further rows a x <= b. `position` (villages, 2):
    where regions are; without it none are packed anew. `bound` is that of all candidates, where
    shares of them could be chosen. Raises NothingFits.
    """
    required = [
        np.flatnonzero([set(group) <= set(members) for members in sets]) for group in together
    ]
    if any(those.size == 0 for those in required):
        raise NothingFits
    worth = scores > 0
    for those in required:
        worth[those] = True
    which = np.flatnonzero(worth)
    if which.size == 0:
        return Packed((), 0.0, 0.0, np.zeros(villages), 0.0)
    a, low, high = _rows(
        villages, [sets[int(c)] for c in which], costs[which], budget, at_most, which
    )
    for those in required:
        a, low, high = (
            vstack([a, csr_array(np.isin(which, those)[None, :].astype(float))]).tocsr(),
            np.append(low, 1.0),
            np.append(high, 1.0),
        )
    profit = scores[which]
    price, money, bound, reduced = _prices(a, low, high, profit, villages)
    if which.size <= EXACT_UP_TO:
        if (
            solved := _solve(a, low, high, profit, np.arange(which.size), 1e-9, 100 * NODES)
        ) is None:
            raise NothingFits
        best, bound = solved[0], min(bound, solved[1])
    else:
        best = _first(
            a,
            low,
            high,
            profit,
            reduced,
            villages,
            np.unique(np.concatenate(required)) if required else np.zeros(0, int),
            which,
            likely,
        )
        if position is not None and passes:
            best = _by_region(a, low, high, profit, reduced, best, position, passes)
    score = float(profit[best].sum())
    return Packed(
        tuple(sorted(int(which[c]) for c in best)), score, max(bound, score), price, money
    )


def _first(
    a: csr_array,
    low: np.ndarray,
    high: np.ndarray,
    profit: np.ndarray,
    reduced: np.ndarray,
    villages: int,
    needed: np.ndarray,
    which: np.ndarray,
    likely: int,
) -> np.ndarray:
    """A first choice: the best of the likely candidates; in a large county greedily, by what each
    brings beyond its price."""
    order = np.argsort(-reduced, kind="stable")
    if villages <= AT_ONCE or needed.size:
        most = likely * max(1, villages // AT_ONCE)
        for more in (1, 4, 1000):
            keep = np.union1d(order[: more * most], np.flatnonzero(np.isin(which, needed)))
            if (solved := _solve(a, low, high, profit, keep, GAP, NODES)) is not None:
                return solved[0]
        raise NothingFits
    left = high.copy()
    columns = a.tocsc()
    sets = []
    for c in order:
        rows, values = (
            columns.indices[columns.indptr[c] : columns.indptr[c + 1]],
            columns.data[columns.indptr[c] : columns.indptr[c + 1]],
        )
        if (values <= left[rows] + 1e-9).all():
            left[rows] -= values
            sets.append(int(c))
    return np.array(sorted(sets), int)


def _by_region(
    a: csr_array,
    low: np.ndarray,
    high: np.ndarray,
    profit: np.ndarray,
    reduced: np.ndarray,
    best: np.ndarray,
    position: np.ndarray,
    passes: int,
) -> np.ndarray:
    """The choice, after each region has been packed anew with all others as they are; each
    time no worse than before."""
    villages = position.shape[0]
    tree = cKDTree(position)
    inside = a[:villages]
    seeds = np.argsort(position[:, 0], kind="stable")[:: max(1, REGION // 3)]
    for _ in range(passes):
        before = float(profit[best].sum())
        for seed in seeds:
            free = np.zeros(villages, bool)
            free[np.atleast_1d(tree.query(position[seed], k=min(REGION, villages))[1])] = True
            touched = best[np.asarray((inside[:, best].T @ free.astype(float)) > 0)]
            free |= np.asarray(inside[:, touched].sum(axis=1)).ravel() > 0
            candidates = np.flatnonzero(np.asarray(inside.T @ (~free).astype(float)) == 0)
            likely = candidates[np.argsort(-reduced[candidates], kind="stable")[:IN_REGION]]
            keep = np.union1d(likely, touched)
            rest = np.setdiff1d(best, touched)
            taken = np.asarray(a[:, rest].sum(axis=1)).ravel()
            if (solved := _solve(a, low - taken, high - taken, profit, keep, GAP, NODES)) is None:
                continue
            if profit[solved[0]].sum() > profit[touched].sum() + 1e-12:
                best = np.sort(np.concatenate([rest, solved[0]]))
        if float(profit[best].sum()) <= before * (1 + GAP):
            break
    return best


def _prices(
    a: csr_array, low: np.ndarray, high: np.ndarray, profit: np.ndarray, villages: int
) -> tuple[np.ndarray, float, float, np.ndarray]:
    """What a village and a yuan are worth, the bound, and each candidate's score less what it
    takes, where shares could be chosen."""
    equal = low == high
    relaxed = linprog(
        -profit,
        A_ub=a[~equal],
        b_ub=high[~equal],
        A_eq=a[equal] if equal.any() else None,
        b_eq=high[equal] if equal.any() else None,
        bounds=(0, 1),
        method="highs",
    )
    if relaxed.status != 0:
        raise NothingFits
    dual = np.maximum(-relaxed.ineqlin.marginals, 0.0)
    reduced = profit - a[~equal].T @ dual
    if equal.any():
        reduced = reduced + a[equal].T @ relaxed.eqlin.marginals
    return dual[:villages], float(dual[villages]) / 1e6, -float(relaxed.fun), reduced


_turning = threading.Lock()


def _quietly(*arguments: Any, **options: Any) -> Any:
    """`milp`, whose library now and then writes a line of its own to the standard output, of no use
    to anybody: that is dropped."""
    with _turning:
        try:
            library = ctypes.CDLL(None)
            sys.stdout.flush()
            out, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        except (OSError, TypeError, AttributeError, ValueError):  # nowhere to turn it to
            return milp(*arguments, **options)
        try:
            os.dup2(nowhere, 1)
            return milp(*arguments, **options)
        finally:
            library.fflush(None)
            os.dup2(out, 1)
            os.close(out)
            os.close(nowhere)


def _rows(
    villages: int,
    sets: Sequence[tuple[int, ...]],
    costs: np.ndarray,
    budget: float,
    at_most: Sequence[tuple[np.ndarray, float]],
    which: np.ndarray,
) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Rows of the problem: a village at most once, then the money (in millions), then `at_most`."""
    column = (
        np.concatenate([np.full(len(members), c) for c, members in enumerate(sets)])
        if sets
        else np.zeros(0, int)
    )
    row = np.array([i for members in sets for i in members], int)
    a = csr_array((np.ones(row.size), (row, column)), shape=(villages, len(sets)))
    more = [costs / 1e6, *(values[which] for values, _ in at_most)]
    a = vstack([a, csr_array(np.array(more))]).tocsr()
    high = np.concatenate([np.ones(villages), [budget / 1e6 + 1e-9], [b for _, b in at_most]])
    return a, np.full(high.size, -np.inf), high


def _solve(
    a: csr_array,
    low: np.ndarray,
    high: np.ndarray,
    profit: np.ndarray,
    keep: np.ndarray,
    gap: float,
    nodes: int,
) -> tuple[np.ndarray, float, int] | None:
    """The best choice among the columns `keep`: positions, bound, and how many columns were looked
    at. None if nothing fits."""
    solution = _quietly(
        -profit[keep],
        integrality=np.ones(keep.size),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(a[:, keep], low, high),
        options={"mip_rel_gap": gap, "node_limit": nodes},
    )
    if solution.x is None:
        return None
    chosen = keep[np.flatnonzero(solution.x > 0.5)]
    bound = (
        -float(solution.mip_dual_bound)
        if solution.mip_dual_bound is not None
        else float(profit[chosen].sum())
    )
    return chosen, max(bound, float(profit[chosen].sum())), keep.size

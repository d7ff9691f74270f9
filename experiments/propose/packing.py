"""Pack: choose candidates so that no village is in two, money suffices, and the score is greatest. A set packing for HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack, vstack

GAP = 1e-3  # relative; smaller is noise
NODES = 3000  # of the search tree; counted, not timed, so that the same question has the same answer
PRUNED_FROM = 400  # candidates from which bounds throw out what cannot be chosen
LIKELY = 1500  # candidates of the best reduced cost that are tried first
EXACT_UP_TO = 6000  # candidates that are all looked at for a proof


@dataclass(frozen=True)
class Packed:
    """`chosen`: positions of candidates, ascending. `score`: their sum; `bound`: no choice can be better; `price`: what a village
    and a yuan are worth at the margin (villages,), and for money."""

    chosen: tuple[int, ...]
    score: float
    bound: float
    price: np.ndarray
    money: float

    @property
    def gap(self) -> float:
        """How far the bound lies above the score, as a share of it."""
        return max(0.0, self.bound - self.score) / max(abs(self.score), 1e-12)


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
    gap: float = GAP,
    nodes: int = NODES,
    quick: bool = False,
) -> Packed:
    """The best choice; `quick`: a good one, whose bound is that of shares.

    `together`: groups of which exactly one chosen candidate must hold all. `at_most`: further rows a x <= b.

    Candidates that split a group of `together` must not be among `sets`. Raises NothingFits.
    """
    required = [np.flatnonzero([set(group) <= set(members) for members in sets]) for group in together]
    if any(those.size == 0 for those in required):
        raise NothingFits
    worth = scores > 0
    for those in required:
        worth[those] = True
    which = np.flatnonzero(worth)
    if which.size == 0:
        return Packed((), 0.0, 0.0, np.zeros(villages), 0.0)
    a, low, high = _rows(villages, [sets[int(c)] for c in which], costs[which], budget, at_most, which)
    for those in required:
        a, low, high = (
            vstack([a, csr_array(np.isin(which, those)[None, :].astype(float))]).tocsr(),
            np.append(low, 1.0),
            np.append(high, 1.0),
        )
    profit = scores[which]
    price, money, bound, reduced = _prices(a, low, high, profit, villages)
    keep = np.arange(which.size)
    best = np.zeros(0, int)
    if which.size > PRUNED_FROM:  # a good choice first; then nothing whose reduced cost exceeds what is still open can better it
        likely = np.sort(np.argsort(-reduced, kind="stable")[:LIKELY])
        if (first := _solve(a, low, high, profit, likely, gap, nodes)) is not None:
            best = first[0]
            keep = np.flatnonzero(reduced >= -(bound - float(profit[best].sum())) - 1e-9)
    if quick and best.size:
        pass
    elif best.size == 0 or likely.size < keep.size <= EXACT_UP_TO:
        if (solved := _solve(a, low, high, profit, keep, gap, nodes)) is None:
            raise NothingFits
        bound = min(bound, solved[1])
        if profit[solved[0]].sum() > profit[best].sum() or best.size == 0:
            best = solved[0]
    elif keep.size <= likely.size:
        bound = min(bound, max(first[1], float(profit[best].sum()))) if first is not None else bound
    score = float(profit[best].sum())
    return Packed(tuple(sorted(int(which[c]) for c in best)), score, max(bound, score), price, money)


def prices(
    villages: int, sets: Sequence[tuple[int, ...]], scores: np.ndarray, costs: np.ndarray, budget: float
) -> tuple[np.ndarray, float]:
    """What a village and a yuan are worth at the margin, (villages,) and money, where shares of candidates could be chosen."""
    which = np.flatnonzero(scores > 0)
    if which.size == 0:
        return np.zeros(villages), 0.0
    a, low, high = _rows(villages, [sets[int(c)] for c in which], costs[which], budget, (), which)
    price, money, _, _ = _prices(a, low, high, scores[which], villages)
    return price, money


def _prices(
    a: csr_array, low: np.ndarray, high: np.ndarray, profit: np.ndarray, villages: int
) -> tuple[np.ndarray, float, float, np.ndarray]:
    """What a village and a yuan are worth, the bound, and each candidate's score less what it takes, where shares could be chosen."""
    equal = low == high
    relaxed = linprog(
        -profit, A_ub=a[~equal], b_ub=high[~equal], A_eq=a[equal] if equal.any() else None, b_eq=high[equal] if equal.any() else None,
        bounds=(0, 1), method="highs",
    )  # fmt: skip
    if relaxed.status != 0:
        raise NothingFits
    dual = np.maximum(-relaxed.ineqlin.marginals, 0.0)
    reduced = profit - a[~equal].T @ dual
    if equal.any():
        reduced = reduced + a[equal].T @ relaxed.eqlin.marginals
    return dual[:villages], float(dual[villages]) / 1e6, -float(relaxed.fun), reduced


def least_regret(
    villages: int, sets: Sequence[tuple[int, ...]], by_world: np.ndarray, best: np.ndarray, costs: np.ndarray, budget: float,
    *, together: Sequence[tuple[int, ...]] = (), gap: float = GAP, nodes: int = NODES,
) -> Packed:  # fmt: skip
    """The choice whose greatest regret over worlds is least: `by_world` (worlds, candidates), `best` (worlds,) attainable in each.

    `score` and `bound` are minus the greatest regret.
    """
    count = len(sets)
    a, low, high = _rows(villages, sets, costs, budget, (), np.arange(count))
    for group in together:
        held = csr_array(np.array([[1.0 if set(group) <= set(members) else 0.0 for members in sets]]))
        a = vstack([a, held]).tocsr()
        low, high = np.append(low, 1.0), np.append(high, 1.0)
    a = hstack([a, csr_array((a.shape[0], 1))]).tocsr()
    worlds = hstack([csr_array(by_world), csr_array(np.ones((best.size, 1)))])
    a = vstack([a, worlds]).tocsr()
    low, high = np.concatenate([low, best]), np.concatenate([high, np.full(best.size, np.inf)])
    cost = np.zeros(count + 1)
    cost[-1] = 1.0
    cost[:-1] = -1e-6 * by_world.mean(axis=0)  # among equals the better on average
    upper = np.ones(count + 1)
    upper[-1] = np.inf
    lower = np.zeros(count + 1)
    lower[-1] = -np.inf
    whole = np.ones(count + 1)
    whole[-1] = 0
    found = milp(cost, integrality=whole, bounds=Bounds(lower, upper), constraints=LinearConstraint(a, low, high),
                 options={"mip_rel_gap": gap, "node_limit": nodes})  # fmt: skip
    if found.x is None:
        raise NothingFits
    chosen = np.flatnonzero(found.x[:-1] > 0.5)
    regret = float((best - by_world[:, chosen].sum(axis=1)).max())
    dual = found.mip_dual_bound if found.mip_dual_bound is not None else regret
    return Packed(tuple(map(int, chosen)), -regret, max(-regret, -float(dual)), np.zeros(villages), 0.0)


def _rows(
    villages: int, sets: Sequence[tuple[int, ...]], costs: np.ndarray, budget: float, at_most: Sequence[tuple[np.ndarray, float]],
    which: np.ndarray,
) -> tuple[csr_array, np.ndarray, np.ndarray]:  # fmt: skip
    """Rows of the problem: a village at most once, then the money (in millions), then `at_most`."""
    column = np.concatenate([np.full(len(members), c) for c, members in enumerate(sets)]) if sets else np.zeros(0, int)
    row = np.array([i for members in sets for i in members], int)
    a = csr_array((np.ones(row.size), (row, column)), shape=(villages, len(sets)))
    more = [costs / 1e6, *(values[which] for values, _ in at_most)]
    a = vstack([a, csr_array(np.array(more))]).tocsr()
    high = np.concatenate([np.ones(villages), [budget / 1e6 + 1e-9], [b for _, b in at_most]])
    return a, np.full(high.size, -np.inf), high


def _solve(
    a: csr_array, low: np.ndarray, high: np.ndarray, profit: np.ndarray, keep: np.ndarray, gap: float, nodes: int
) -> tuple[np.ndarray, float, int] | None:
    """The best choice among the columns `keep`: positions, bound, and how many columns were looked at. None if nothing fits."""
    found = milp(
        -profit[keep], integrality=np.ones(keep.size), bounds=Bounds(0, 1), constraints=LinearConstraint(a[:, keep], low, high),
        options={"mip_rel_gap": gap, "node_limit": nodes},
    )  # fmt: skip
    if found.x is None:
        return None
    chosen = keep[np.flatnonzero(found.x > 0.5)]
    bound = -float(found.mip_dual_bound) if found.mip_dual_bound is not None else float(profit[chosen].sum())
    return chosen, max(bound, float(profit[chosen].sum())), keep.size

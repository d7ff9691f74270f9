"""Sampling: not one plan but a good many that are nearly as good, and what they share.

A plan is near-best when its score lies within `slack` of the best, it keeps to the budget and
parts nobody who must be together; of those that the candidates allow each counts alike. Chains that
walk by themselves draw them (see `walk`), longer and longer until halves of the chains, and a draw
and the one before, agree in how often two villages are together. This is what near-best plans by
the search's own scores have in common, not a posterior.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial import cKDTree
from scipy.spatial.distance import squareform
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.walk import walk
from village_alliances.sim.luck import name_key

CHAINS = 8
RUNGS = 14
COLDEST, HOTTEST = 0.02, 0.15  # warmth of the second and of the last rung, of the slack
FIRST, PER_VILLAGE = 4_000, 500  # steps of the shortest draw, and for each village beyond
MOST_STEPS = 3_000_000  # of the longest: each draw is twice as long as the one before
AGREE = 0.04  # difference between halves of the chains with which a draw is long enough
NEIGHBOURS = 6  # a place is a village and its nearest: of them a step takes candidates
KEPT = 500  # plans kept of a chain
LOOKS = 4  # times that a chain is looked at in as many steps as there are villages
CORE = 150  # different plans, the most frequent, from which clusters are made


@dataclass(frozen=True)
class PlanSample:
    """Near-best plans as tuples of candidates' places, ascending, some of each chain.

    `frequency` (2, candidates): how often each candidate is in a plan, by halves of the chains,
    over far more plans than are kept. `rhat`: of the score over chains; `effective`: plans that
    tell as much as those of the chains do, were each drawn by itself; `disagreement`: the largest
    difference in how often two villages are together, between halves of the chains and between the
    last draw and the one before.
    """

    plans: list[tuple[int, ...]]
    scores: np.ndarray
    frequency: np.ndarray
    slack: float
    rhat: float
    effective: float
    disagreement: float

    @property
    def shares(self) -> np.ndarray:
        """How often each candidate is in a near-best plan, (candidates,)."""
        return np.asarray(self.frequency.mean(axis=0))


@dataclass
class _Ladder:
    """One chain: its plans by rung, and its generator."""

    plan: np.ndarray
    rung: np.ndarray
    luck: np.ndarray


@dataclass(frozen=True)
class _Drawn:
    """What one chain gave in a draw: `count` (candidates,) in `looks` plans, their `scores`
    (looks,), and some of them, (plans, villages)."""

    count: np.ndarray
    scores: np.ndarray
    kept: np.ndarray


@dataclass(frozen=True)
class _Pool:
    """The candidates of a question as the compiled walk takes them."""

    members: np.ndarray
    worth: np.ndarray
    begins: np.ndarray
    listed: np.ndarray
    limits: np.ndarray
    warmth: np.ndarray
    villages: int

    def begun(self, best: Sequence[int], seed: str) -> _Ladder:
        """A chain that stands at a plan on every rung."""
        plan = np.full((RUNGS, self.villages), -1)
        for c in best:
            plan[:, [v for v in self.members[c] if v < self.villages]] = c
        luck = np.array([name_key("near-best plans", seed) | np.uint64(1)], np.uint64)
        return _Ladder(plan, np.arange(RUNGS), luck)

    def draw(self, ladder: _Ladder, steps: int) -> _Drawn:
        """Carry a chain on by so many steps."""
        every = max(1, self.villages // LOOKS)
        looks = max(1, steps // every)
        count = np.zeros(len(self.members), np.int64)
        scores, kept = np.zeros(looks), np.full((min(KEPT, looks), self.villages), -1)
        walk(
            self.members, self.worth, self.begins, self.listed, self.limits, self.warmth,
            ladder.plan, ladder.rung, ladder.luck, every, count, scores, kept,
        )  # fmt: skip
        return _Drawn(count, scores, kept)


def near_best(
    candidates: Sequence[Candidate],
    scores: np.ndarray,
    costs: np.ndarray,
    budget: float,
    best: Sequence[int],
    *,
    pool: Sequence[int],
    together: Sequence[tuple[int, ...]] = (),
    position: np.ndarray,
    money: float = 0.0,
    slack: float,
    seed: int,
    threads: int = 1,
) -> PlanSample:
    """Plans within `slack` of `best`, from CHAINS chains. `pool`: candidates that may come in;
    `position` (villages, 2); `money`: what a yuan is worth in units of score."""
    top = float(scores[list(best)].sum())
    if not pool or slack <= 0:
        alone = np.zeros((2, len(candidates)))
        alone[:, list(best)] = 1.0
        return PlanSample([tuple(sorted(best))], np.array([top]), alone, slack, 1.0, 1.0, 0.0)
    whole = sorted({*pool, *best})
    place = {c: i for i, c in enumerate(whole)}
    sets = [candidates[c].members for c in whole]
    covers = [sum(set(group) <= set(members) for group in together) for members in sets]
    by_yuan = max(money, abs(top) / max(budget, 1.0))
    made = _Pool(
        members=_padded(sets, len(position)),
        worth=np.stack([scores[whole], costs[whole], np.array(covers, float)], axis=1),
        **_lists(sets, [place[c] for c in pool], position),
        limits=np.array([top - slack * (1 + 1e-9), budget + 1e-6, by_yuan, len(together), slack]),
        warmth=slack * np.array([1e-12, *np.geomspace(COLDEST, HOTTEST, RUNGS - 1)]),
        villages=len(position),
    )
    chains = [made.begun([place[c] for c in best], f"{seed}/{n}") for n in range(CHAINS)]
    steps = FIRST + PER_VILLAGE * len({v for members in sets for v in members})
    with ThreadPoolExecutor(threads) as workers:
        before = np.zeros((2, len(sets)))
        while True:
            drawn = list(workers.map(partial(made.draw, steps=steps), chains))
            frequency = _frequency(drawn)
            apart = _apart(frequency[0], frequency[1], sets)
            moved = _apart(frequency.mean(axis=0), before.mean(axis=0), sets)
            apart = max(apart, moved)  # chains that began alike may still go the same way
            if apart <= AGREE or 2 * steps > MOST_STEPS:
                break
            before = frequency
            steps *= 2  # what was drawn so far has warmed the chains
    shares = np.zeros((2, len(candidates)))
    shares[:, whole] = frequency
    plans = [
        tuple(whole[c] for c in np.unique(row[row >= 0])) for chain in drawn for row in chain.kept
    ]
    return PlanSample(
        plans=plans,
        scores=np.array([scores[list(plan)].sum() for plan in plans]),
        frequency=shares,
        slack=slack,
        rhat=_rhat([chain.scores for chain in drawn]),
        effective=sum(effective_size(chain.scores) for chain in drawn),
        disagreement=apart,
    )


def _padded(sets: Sequence[tuple[int, ...]], villages: int) -> np.ndarray:
    """Members row by row, (sets, widest), filled up with the number of villages."""
    padded = np.full((len(sets), max(map(len, sets))), villages)
    for i, members in enumerate(sets):
        padded[i, : len(members)] = members
    return padded


def _lists(
    sets: Sequence[tuple[int, ...]], pool: Sequence[int], position: np.ndarray
) -> dict[str, np.ndarray]:
    """`listed`, and where in it the candidates begin of each place that has any: those of the pool
    with a member among a village and its nearest."""
    near = min(NEIGHBOURS + 1, len(position))
    around = np.reshape(cKDTree(position).query(position, k=near, workers=1)[1], (-1, near))
    of_village: list[list[int]] = [[] for _ in position]
    for c in pool:
        for v in sets[c]:
            of_village[v].append(c)
    lists = [sorted({c for v in ring for c in of_village[v]}) for ring in around.tolist()]
    filled = [part for part in lists if part]
    return {
        "begins": np.cumsum([0, *map(len, filled)]),
        "listed": np.array([c for part in filled for c in part]),
    }


def _frequency(drawn: Sequence[_Drawn]) -> np.ndarray:
    """How often each candidate is in a plan, by halves of the chains, (2, candidates)."""
    half = len(drawn) // 2
    return np.array(
        [
            np.sum([chain.count for chain in part], axis=0)
            / sum(chain.scores.size for chain in part)
            for part in (drawn[:half], drawn[half:])
        ]
    )


def pairs(sets: Sequence[tuple[int, ...]], shares: np.ndarray) -> dict[tuple[int, int], float]:
    """How often two villages are together, by pair, ascending. `shares` (sets,): how often each
    is in a plan."""
    counts: dict[tuple[int, int], float] = {}
    for c in np.flatnonzero(shares).tolist():
        for i, j in combinations(sets[c], 2):
            counts[i, j] = counts.get((i, j), 0.0) + float(shares[c])
    return dict(sorted(counts.items()))


def _apart(first: np.ndarray, other: np.ndarray, sets: Sequence[tuple[int, ...]]) -> float:
    """The largest difference in how often two villages are together between two draws (sets,)."""
    here, there = (pairs(sets, shares) for shares in (first, other))
    return max((abs(here.get(p, 0.0) - there.get(p, 0.0)) for p in {*here, *there}), default=0.0)


def effective_size(values: np.ndarray) -> float:
    """Independent draws that a chain's values are worth: autocorrelation summed over lags, in
    pairs, until a pair is not positive."""
    n = values.size
    x = values - values.mean()
    if n < 4 or not x.any():
        return 1.0
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(x, size)) ** 2
    rho = np.fft.irfft(spectrum, size)[:n] / (x @ x)
    pairs = rho[0 : n - n % 2 : 2] + rho[1::2]
    ends = np.flatnonzero(pairs <= 0)
    kept = pairs[: ends[0]] if ends.size else pairs
    return float(min(n, n / max(1.0, 2.0 * kept.sum() - 1.0)))


def clusters(places: np.ndarray, most: int) -> tuple[np.ndarray, list[int]]:
    """Plans in at most `most` clusters by the share of villages whose place differs. `places`
    (plans, villages): codes of places.

    Gives the cluster of each plan, and of each cluster the plan in its middle,
    the largest cluster first.
    """
    rows, back, count = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    core = np.argsort(-count, kind="stable")[:CORE]
    apart = (rows[core][:, None] != rows[core][None]).mean(axis=2)
    label = np.zeros(core.size, int)
    if core.size > 1 and apart.any():
        tree = linkage(squareform(apart, checks=False), "average")
        label = fcluster(tree, most, "maxclust") - 1
    middles = []
    for k in range(label.max() + 1):
        inside = np.flatnonzero(label == k)
        weight = apart[np.ix_(inside, inside)] @ count[core[inside]]
        middles.append(int(core[inside[np.argmin(weight)]]))
    nearest = np.argmin((rows[:, None] != rows[middles][None]).mean(axis=2), axis=1)[back.ravel()]
    order = np.argsort(-np.bincount(nearest, minlength=len(middles)), kind="stable")
    first = [int(np.flatnonzero(back.ravel() == middles[k])[0]) for k in order]
    return np.argsort(order)[nearest], first


def _rhat(chains: Sequence[np.ndarray]) -> float:
    """Potential scale reduction of the score (1: chains cannot be told apart)."""
    n = min(x.size for x in chains)
    if n < 4:
        return math.nan
    means = np.array([x[:n].mean() for x in chains])
    within = float(np.mean([x[:n].var(ddof=1) for x in chains]))
    if within <= 0:
        return 1.0 if np.ptp(means) == 0 else math.nan
    return float(np.sqrt((n - 1) / n + means.var(ddof=1) / within))

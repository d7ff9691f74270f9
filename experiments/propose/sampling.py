"""Sampling: not one plan but a good many that are nearly as good, and what they share.

Several chains walk from plan to plan: a candidate is put in and what it overlaps taken out, the
villages that are set free are placed anew, and money that is lacking is taken from others. A step
is accepted by a tempered rule on the search's own scores; the temperature is set while a chain
warms up, so that plans stay within `slack` of the best. This is a search for near-best plans, not a
draw from a posterior: shares say what such plans have in common, and `disagreement` how far chains
that began apart have come to say the same.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from village_alliances.experiments.propose.candidates import Candidate

CHAINS = 4
WARM, STEPS = 3000, 9000  # steps of a chain of up to BASE villages; more in proportion
BASE, MOST_TIMES = 60, 5
KEPT = 500  # plans kept of a chain
CORE = 150  # different plans, the most frequent, from which clusters are made
TRIES = 4  # times that money is looked for elsewhere
COOLER, WARMER = 0.85, 1.08


@dataclass(frozen=True)
class Sample:
    """Near-best plans as tuples of candidates' places, ascending, with their scores; by chain.
    `rhat`: of the score over chains; `effective`: plans that tell as much as those of the chains
    do, were each drawn by itself; `disagreement`: the largest difference between halves of the
    chains in how often two villages are together."""

    chains: tuple[tuple[tuple[int, ...], ...], ...]
    scores: tuple[np.ndarray, ...]
    slack: float
    rhat: float
    effective: float
    disagreement: float

    @property
    def plans(self) -> list[tuple[int, ...]]:
        """All plans, chain after chain."""
        return [plan for chain in self.chains for plan in chain]


class _Walk:
    """One chain."""

    def __init__(
        self,
        sets: Sequence[tuple[int, ...]],
        scores: np.ndarray,
        costs: np.ndarray,
        budget: float,
        together: Sequence[tuple[int, ...]],
        pool: Sequence[int],
        seed: str,
    ) -> None:
        self.sets, self.budget, self.together = sets, budget + 1e-6, [set(g) for g in together]
        self.scores, self.costs = scores.tolist(), costs.tolist()
        self.pool = list(pool)
        self.rng = random.Random(seed)
        self.by_village: dict[int, list[int]] = {}
        self.forms: dict[tuple[int, ...], list[int]] = {}
        for c in self.pool:
            self.forms.setdefault(sets[c], []).append(c)
            for i in sets[c]:
                self.by_village.setdefault(i, []).append(c)
        self.plan: set[int] = set()
        self.at: dict[int, int] = {}
        self.score = self.cost = 0.0

    def begin(self, plan: Sequence[int]) -> None:
        """Stand at a plan."""
        self.plan = set(plan)
        self.at = {i: c for c in plan for i in self.sets[c]}
        self.score = sum(self.scores[c] for c in plan)
        self.cost = sum(self.costs[c] for c in plan)

    def step(self, temperature: float) -> None:
        """Propose another plan, and go there or not."""
        out, into = self._proposed(self.pool[self.rng.randrange(len(self.pool))])
        if not self._keeps(out, into):
            return
        change = sum(self.scores[c] for c in into) - sum(self.scores[c] for c in out)
        if change < 0 and self.rng.random() >= math.exp(max(-700.0, change / temperature)):
            return
        for c in out:
            self.plan.discard(c)
            for i in self.sets[c]:
                self.at.pop(i, None)
        for c in into:
            self.plan.add(c)
            for i in self.sets[c]:
                self.at[i] = c
        self.score += change
        self.cost += sum(self.costs[c] for c in into) - sum(self.costs[c] for c in out)

    def _proposed(self, c: int) -> tuple[set[int], set[int]]:
        """What goes out and what comes in."""
        if c in self.plan:
            return {c}, self._fill(self.sets[c], set(), self.budget - self.cost + self.costs[c])
        out = {self.at[i] for i in self.sets[c] if i in self.at}
        left = self.budget - self.cost - self.costs[c] + sum(self.costs[d] for d in out)
        free = [i for d in out for i in self.sets[d] if i not in self.sets[c]]
        into = {c}
        if left < 0:
            left = self._save(out, into, left)
        into |= self._fill(free, set(self.sets[c]), left)
        return out, into

    def _save(self, out: set[int], into: set[int], left: float) -> float:
        """Take money from others: a cheaper form of the same, or nothing."""
        others = [d for d in self.plan if d not in out and self.costs[d] > 0]
        for _ in range(TRIES):
            if left >= 0 or not others:
                break
            d = others.pop(self.rng.randrange(len(others)))
            cheaper = [f for f in self.forms.get(self.sets[d], ()) if self.costs[f] < self.costs[d]]
            out.add(d)
            left += self.costs[d]
            if cheaper and self.rng.random() < 0.7:
                f = cheaper[self.rng.randrange(len(cheaper))]
                into.add(f)
                left -= self.costs[f]
        return left

    def _fill(self, free: Sequence[int], taken: set[int], left: float) -> set[int]:
        """Place villages that were set free, as chance has it."""
        room = {i for i in free if i not in taken}
        into: set[int] = set()
        for i in list(free):
            those = self.by_village.get(i)
            if i not in room or not those:
                continue
            c = those[self.rng.randrange(len(those))]
            fits = all(j in room or j not in self.at for j in self.sets[c])
            if fits and left >= self.costs[c] and taken.isdisjoint(self.sets[c]):
                into.add(c)
                left -= self.costs[c]
                taken |= set(self.sets[c])
                room -= set(self.sets[c])
        return into

    def _keeps(self, out: set[int], into: set[int]) -> bool:
        """Whether money suffices and nobody who must be together is parted."""
        cost = self.cost + sum(self.costs[c] for c in into) - sum(self.costs[c] for c in out)
        if cost > self.budget:
            return False

        def held(group: set[int], those: set[int]) -> bool:
            return any(group <= set(self.sets[c]) for c in those)

        return all(held(group, into) for group in self.together if held(group, out))


def near_best(
    candidates: Sequence[Candidate],
    scores: np.ndarray,
    costs: np.ndarray,
    budget: float,
    best: Sequence[int],
    *,
    pool: Sequence[int],
    together: Sequence[tuple[int, ...]] = (),
    slack: float,
    seed: int,
) -> Sample:
    """Plans within `slack` of `best`, from CHAINS chains that begin apart. `pool`:
    candidates that may come in."""
    sets = [c.members for c in candidates]
    top = float(scores[list(best)].sum())
    if not pool or slack <= 0:
        return Sample(((tuple(best),),), (np.array([top]),), slack, 1.0, 1.0, 0.0)
    times = min(MOST_TIMES, max(1.0, len({i for c in pool for i in sets[c]}) / BASE))
    chains, kept = [], []
    for chain in range(CHAINS):
        walk = _Walk(sets, scores, costs, budget, together, pool, f"{seed}/{chain}")
        walk.begin(best)
        temperature = slack / 4
        for _ in range(chain * int(WARM * times) // (2 * CHAINS)):  # each begins farther away
            walk.step(10 * slack)
        warm = int(WARM * times)
        for n in range(warm):
            walk.step(temperature)
            if n % 100 == 99:
                behind = top - walk.score
                temperature *= (
                    COOLER if behind > 0.8 * slack else WARMER if behind < 0.4 * slack else 1.0
                )
                temperature = min(max(temperature, 1e-3 * slack), 2 * slack)
        steps = int(STEPS * times)
        every = max(1, steps // KEPT)
        plans, values = [], []
        for n in range(steps):
            walk.step(temperature)
            if n % every == 0 and walk.score >= top - slack:
                plans.append(tuple(sorted(walk.plan)))
                values.append(walk.score)
        chains.append(tuple(plans) or (tuple(sorted(best)),))
        kept.append(np.array(values or [top]))
    apart = _disagreement(chains, sets)
    size = sum(effective_size(scores) for scores in kept)
    return Sample(tuple(chains), tuple(kept), slack, _rhat(kept), size, apart)


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


def pairs(
    plans: Sequence[Sequence[int]], sets: Sequence[tuple[int, ...]]
) -> dict[tuple[int, int], float]:
    """How often two villages are together, by pair, ascending."""
    found: dict[tuple[int, int], int] = {}
    for plan in plans:
        for c in plan:
            members = sets[c]
            for at, i in enumerate(members):
                for j in members[at + 1 :]:
                    found[i, j] = found.get((i, j), 0) + 1
    return {pair: count / len(plans) for pair, count in sorted(found.items())}


def _disagreement(
    chains: Sequence[Sequence[tuple[int, ...]]], sets: Sequence[tuple[int, ...]]
) -> float:
    half = len(chains) // 2
    one = pairs([plan for chain in chains[:half] for plan in chain], sets)
    other = pairs([plan for chain in chains[half:] for plan in chain], sets)
    return max((abs(one.get(p, 0.0) - other.get(p, 0.0)) for p in {*one, *other}), default=0.0)

"""Candidates: which sets of villages could be an alliance at all, and a good
many of them worth a look.

A set is admissible when it has between `low` and `high` members and one of them, its centre, has
all others within `radius` km: somebody can call the meeting. On a small table all of them are
listed. Else each village seeds a bounded number: its nearest villages, those of its product, of its
chain, of its township and culture, the weak round the strong, and connected growth by keyed luck,
in lumps and in lines as along a river. The count grows with villages, not with pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from scipy.spatial import cKDTree
from village_alliances.sim import luck
from village_alliances.sim.grouping import FIRST_QUARTER, grouped
from village_alliances.sim.scenario import PLACES, Scenario

ALL_UP_TO = 12  # villages of a table of which every admissible set is listed
NEAR = 24  # nearest villages that a village looks at
GROWN = 12  # sets that a village grows by luck
JOINED = 3  # neighbouring groups that are put together to be cut anew
MOST = 16  # members that the model can weigh


@dataclass(frozen=True)
class Candidate:
    """Villages and what is done with them: several are an alliance by `strategy`, a single
    one is funded by itself.

    `members`: positions, ascending. `grant`: yuan a member and year while grants last. `lead`:
    position, -1 the ablest.
    """

    members: tuple[int, ...]
    strategy: str
    grant: float
    lead: int = -1
    founded: int = FIRST_QUARTER


def singly(c: Candidate) -> list[Candidate]:
    """The members of an alliance, each with its grant by itself."""
    return [Candidate((i,), "", c.grant, -1, c.founded) for i in c.members if c.grant > 0]


def township_groups(scenario: Scenario, low: int, high: int) -> list[tuple[int, ...]]:
    """Each township's villages, in the order of the table, in even groups of at most `high`
    members (and at least `low`)."""
    keys = list(zip(*(scenario.places[p] for p in PLACES), strict=True))
    groups = []
    for key in sorted(set(keys)):
        inside = [i for i in range(scenario.size) if keys[i] == key]
        count = -(-len(inside) // high)
        groups += [
            tuple(map(int, part)) for part in np.array_split(inside, count) if low <= len(part)
        ]
    return groups


@dataclass(frozen=True)
class Rules:
    """What an alliance may be. `must`, `never`: groups of positions that belong together, that
    may not be together at all."""

    low: int
    high: int
    radius: float
    must: tuple[tuple[int, ...], ...] = ()
    never: tuple[tuple[int, ...], ...] = ()
    taken: frozenset[int] = frozenset()  # villages whose place is settled


class Neighbourhood:
    """Who is near whom: the villages of a scenario as candidates see them."""

    def __init__(
        self, scenario: Scenario, rules: Rules, strength: np.ndarray | None = None
    ) -> None:
        """`strength` (villages,): usual income at the start; alike for all where it is
        not known."""
        self.scenario, self.rules = scenario, rules
        self.n = scenario.size
        self.strength = np.zeros(self.n) if strength is None else strength
        self.position = scenario.position
        near = min(self.n, NEAR + 1)
        distance, neighbours = cKDTree(self.position).query(self.position, k=near, workers=1)
        distance, neighbours = (
            np.asarray(distance).reshape(self.n, near),
            np.asarray(neighbours).reshape(self.n, near),
        )
        self.near: list[list[int]] = []
        for i in range(self.n):
            row = [
                int(j)
                for d, j in sorted(zip(distance[i], neighbours[i]))
                if j != i and d <= rules.radius + 1e-9 and int(j) not in rules.taken
            ]
            self.near.append(row if i not in rules.taken else [])

    @property
    def lonely(self) -> bool:
        """Whether no village has a neighbour that it could ally with."""
        return not any(self.near)

    def admissible(self, members: Sequence[int]) -> bool:
        """Whether these villages could be an alliance: size, radius, must and never,
        nobody whose place is settled."""
        rules = self.rules
        inside = set(members)
        if not rules.low <= len(inside) <= min(rules.high, MOST) or inside & rules.taken:
            return False
        if any(0 < len(inside & set(group)) < len(group) for group in rules.must):
            return False
        if any(len(inside & set(group)) > 1 for group in rules.never):
            return False
        return self.centre(members) >= 0

    def centre(self, members: Sequence[int]) -> int:
        """The member that has all others within the radius with the least way to
        go, -1 if there is none."""
        there = self.position[list(members)]
        way = np.hypot(there[:, None, 0] - there[None, :, 0], there[:, None, 1] - there[None, :, 1])
        fine = np.flatnonzero(way.max(axis=1) <= self.rules.radius + 1e-9)
        return int(members[fine[np.argmin(way[fine].sum(axis=1))]]) if fine.size else -1

    def sets(self) -> list[tuple[int, ...]]:
        """Sets worth a look, admissible, in one order."""
        free = [i for i in range(self.n) if i not in self.rules.taken]
        if len(free) <= ALL_UP_TO:
            sizes = range(self.rules.low, min(self.rules.high, MOST, len(free)) + 1)
            return [
                group
                for size in sizes
                for group in combinations(free, size)
                if self.admissible(group)
            ]
        sets: set[tuple[int, ...]] = set()
        for i in free:
            for group in self._seeded(i):
                sets.add(tuple(sorted(set(group))))
        sets |= self._with_musts(sets)
        sets |= {tuple(sorted(group.members)) for group in self.scenario.given}
        for size in range(self.rules.low, min(self.rules.high, MOST) + 1):
            sets |= set(township_groups(self.scenario, self.rules.low, size))
            sets |= {group.members for group in grouped(self.scenario, size).given}
        return sorted(tuple(map(int, group)) for group in sets if self.admissible(group))

    def around(self, groups: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Sets one step from these: one village more or other, two neighbours merged, one cut
        in two, a few cut anew together with the villages near them that are in none.
        Admissible, in one order."""
        groups = sorted(set(groups))
        home = {i: j for j, group in enumerate(groups) for i in group}
        sets: set[tuple[int, ...]] = set()
        for k, group in enumerate(groups):
            inside = set(group)
            ring = list(
                dict.fromkeys(j for i in group for j in self.near[i][:8] if j not in inside)
            )
            for i in group:
                sets.add(tuple(sorted(inside - {i})))
            for j in ring:
                sets.add(tuple(sorted(inside | {j})))
                for i in group:
                    sets.add(tuple(sorted((inside - {i}) | {j})))
            for other in sorted({home[j] for j in ring if j in home}):
                if other > k:
                    sets.add(tuple(sorted(inside | set(groups[other]))))
            if len(group) >= 2 * self.rules.low:
                sets |= {*self.halves(group)}
        sets |= self._cut_anew(groups)
        return sorted(tuple(map(int, group)) for group in sets if self.admissible(group))

    def _cut_anew(self, groups: Sequence[tuple[int, ...]]) -> set[tuple[int, ...]]:
        """Neighbouring groups and the villages near them that are in none, put together and cut
        into even parts, along and across."""
        low, high = self.rules.low, min(self.rules.high, MOST)
        home = {i: group for group in groups for i in group}
        alone = [i for i in range(self.n) if i not in home and self.near[i]]
        sets: set[tuple[int, ...]] = set()
        for centre in [*(centre for centre in map(self.centre, groups) if centre >= 0), *alone]:
            ring = [centre, *self.near[centre]]
            near = list(dict.fromkeys(home[j] for j in ring if j in home))
            free = [j for j in ring if j not in home]
            for count in range(min(len(near), JOINED) + 1):
                pool = sorted({i for group in near[:count] for i in group} | set(free))
                least = max(1, -(-len(pool) // high))
                for parts in range(least, min(least + 2, len(pool) // low + 1)):
                    for axis in (0, 1):
                        sets |= set(self._even_parts(pool, parts, axis))
        return sets

    def _even_parts(self, pool: Sequence[int], parts: int, axis: int) -> list[tuple[int, ...]]:
        """Villages halved again and again, first along an axis, then across it,
        into parts of even size."""
        if parts == 1:
            return [tuple(sorted(pool))]
        order = sorted(pool, key=lambda i: (self.position[i, axis], i))
        cut = len(order) * (parts // 2) // parts
        return [
            *self._even_parts(order[:cut], parts // 2, 1 - axis),
            *self._even_parts(order[cut:], parts - parts // 2, 1 - axis),
        ]

    def halves(self, group: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """A group cut in two: who is nearer to the one and to the other of those farthest apart."""
        there = self.position[list(group)]
        way = np.hypot(there[:, None, 0] - there[None, :, 0], there[:, None, 1] - there[None, :, 1])
        a, b = np.unravel_index(int(np.argmax(way)), way.shape)
        near_a = way[:, a] <= way[:, b]
        return (
            tuple(i for i, flag in zip(group, near_a) if flag),
            tuple(i for i, flag in zip(group, near_a) if not flag),
        )

    def _seeded(self, i: int) -> list[list[int]]:
        """The sets that village i seeds."""
        near, low, high = self.near[i], self.rules.low, min(self.rules.high, MOST)
        groups: list[list[int]] = []

        def first(row: Sequence[int], sizes: Iterable[int]) -> None:
            for size in sizes:
                if len(row) >= size - 1:
                    groups.append([i, *row[: size - 1]])

        sizes = range(low, high + 1)
        first(near, sizes)
        words, places = self.scenario.words, self.scenario.places
        alike = self._growers(i)
        if alike != near:
            first(alike, sizes)
        if alike:
            steps = [
                j for j in alike if words["stage"][j] and words["stage"][j] != words["stage"][i]
            ]
            first([*steps, *(j for j in alike if j not in steps)], range(low, min(high, 6) + 1))
        kin = [
            j for j in near if words["culture"][i] and words["culture"][j] == words["culture"][i]
        ]
        if len(kin) < len(near):
            first(kin, range(low, min(high, 6) + 1))
        township = [j for j in near if all(places[p][j] == places[p][i] for p in PLACES)]
        if len(township) < len(near):
            first(township, sizes)
        few = range(low, high + 1, 2)
        first(
            sorted(near[:12], key=lambda j: (self.strength[j], j)), few
        )  # the weak round a village
        first(
            sorted(near[:12], key=lambda j: (-self.strength[j], j)), few
        )  # the strong round a village
        groups += self._grown(i)
        return groups

    def _growers(self, i: int) -> list[int]:
        """The nearest villages within the radius of the product that village i names, also
        beyond those nearest of all."""
        product = self.scenario.words["industry"][i]
        if not product:
            return []
        where, tree = self._by_product[str(product)]
        k = min(where.size, NEAR + 1)
        distance, neighbours = (
            np.atleast_1d(x) for x in tree.query(self.position[i], k=k, workers=1)
        )
        return [
            int(where[j])
            for d, j in sorted(zip(distance, neighbours))
            if where[j] != i
            and d <= self.rules.radius + 1e-9
            and int(where[j]) not in self.rules.taken
        ]

    @cached_property
    def _by_product(self) -> dict[str, tuple[np.ndarray, cKDTree]]:
        """The villages of each product that is named, and where they are."""
        words = np.array([str(word) for word in self.scenario.words["industry"]])
        those = {name: np.flatnonzero(words == name) for name in sorted(set(words)) if name}
        return {name: (where, cKDTree(self.position[where])) for name, where in those.items()}

    def _grown(self, i: int) -> list[list[int]]:
        """Connected sets that grow from i by its keyed luck: half in lumps, half in lines."""
        low, high = self.rules.low, min(self.rules.high, MOST)
        near = self.near[i]
        if not near or high < low:
            return []
        draws = np.empty((GROWN, MOST + 1))
        who = np.arange(MOST + 1, dtype=np.uint64)
        trials = np.arange(GROWN, dtype=np.uint64)
        luck.fill_uniform(
            int(self.scenario.ids[i] & np.uint64(2**62 - 1)), trials, 0, luck.FORMATION, who, draws
        )
        inside = set(near)
        sets = []
        for trial in range(GROWN):
            size = low + int(draws[trial, MOST] * (high - low + 1))
            group = [i]
            while len(group) < size:
                start = (
                    group[-1]
                    if trial % 2
                    else group[int(draws[trial, len(group)] * 7919) % len(group)]
                )
                row = [j for j in self.near[start] if j in inside and j not in group][
                    : 2 if trial % 2 else 5
                ]
                if not row:
                    break
                group.append(row[int(draws[trial, len(group)] * len(row))])
            if len(group) >= low:
                sets.append(group)
        return sets

    def _with_musts(self, sets: set[tuple[int, ...]]) -> set[tuple[int, ...]]:
        """For villages that must be together: the group itself, with its nearest, and grown into
        the sets that want part of it."""
        more: set[tuple[int, ...]] = set()
        high = min(self.rules.high, MOST)
        for group in self.rules.must:
            middle = self.position[list(group)].mean(axis=0)
            ring = sorted(
                {j for i in group for j in self.near[i]} - set(group),
                key=lambda j: (float(np.hypot(*(self.position[j] - middle))), j),
            )
            for extra in range(max(0, self.rules.low - len(group)), high - len(group) + 1):
                more.add(tuple(sorted([*group, *ring[:extra]])))
            for size in range(1, high - len(group) + 1):
                for others in list(combinations(ring[:8], size))[:60]:
                    more.add(tuple(sorted([*group, *others])))
            for members in sets:
                if 0 < len(set(members) & set(group)) < len(group):
                    more.add(tuple(sorted({*members, *group})))
                    more.add(tuple(sorted(set(members) - set(group))))
        return more

"""Groups of villages where a table names no alliance: by nearness across borders where places are
known, else by township.

A stand-in until villages choose for themselves. A border lengthens the way between two villages by
as much as it lowers their liking for each other in the model, at the middle of its parameters:
`affinity_distance * -log(1 - border_friction * weight)` with 6 km, 0.2 and a weight of one half
(township), one (county), one and a half (city).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from village_alliances.sim.scenario import PLACES, Given, Scenario
from village_alliances.sim.worded import in_both

BORDER_KM = {"township": 0.63, "county": 1.34, "city": 2.14}
# farther from the village where a group begins, nobody is put into it: half an hour's drive
REACH_KM = 20.0


def by_nearness(position: np.ndarray, places: dict[str, np.ndarray], size: int) -> list[list[int]]:
    """Groups of about `size` villages that lie near each other; `position` (n, 2) km,
    `places` texts of shape (n,).

    Groups begin at the rim, so that nobody there is forgotten. A village whose neighbours are all
    taken joins the nearest group; a village with nobody within reach is in none.
    """
    codes = {border: _codes(places, border) for border in BORDER_KM}
    unplaced = np.arange(len(position))
    groups: list[list[int]] = []
    single: list[int] = []
    while unplaced.size:
        middle = position[unplaced].mean(axis=0)
        seed = int(unplaced[np.argmax(np.round(np.hypot(*(position[unplaced] - middle).T), 9))])
        way = _way(position, codes, seed, unplaced)
        order = np.lexsort((unplaced, np.round(way, 9)))[:size]
        near = unplaced[order[way[order] <= REACH_KM]]
        (groups if near.size > 1 else single).append(near.tolist() if near.size > 1 else seed)  # type: ignore[arg-type]
        unplaced = np.setdiff1d(unplaced, near, assume_unique=True)
    home = {i: group for group in groups for i in group}
    allied = np.array(sorted(home), int)
    for i in sorted(single):
        way = _way(position, codes, i, allied)
        if way.size and way.min() <= REACH_KM:
            home[int(allied[np.argmin(way)])].append(i)
    return [sorted(group) for group in groups]


def by_township(places: dict[str, np.ndarray], size: int) -> list[list[int]]:
    """Groups of about `size` villages of one township, in the order of the list.

    Villages that are alone in their township come together by county, a single one with the
    smallest group of its county; a village that is alone in its county is in no group.
    """
    townships: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i in range(len(places["township"])):
        townships[tuple(str(places[p][i]) for p in ("city", "county", "township"))].append(i)
    counties: dict[tuple[str, ...], list[list[int]]] = defaultdict(list)
    alone: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for key in sorted(townships):
        inside = townships[key]
        if len(inside) > 1:
            counties[key[:2]] += _chunks(inside, size)
        else:
            alone[key[:2]] += inside
    for county, inside in alone.items():
        if len(inside) > 1:
            counties[county] += _chunks(inside, size)
        elif counties[county]:
            min(counties[county], key=len).extend(inside)
    return [sorted(group) for county in sorted(counties) for group in counties[county]]


def _chunks(inside: Sequence[int], size: int) -> list[list[int]]:
    count = max(1, min(round(len(inside) / size), len(inside) // 2))
    return [list(map(int, part)) for part in np.array_split(inside, count)]


def _codes(places: dict[str, np.ndarray], border: str) -> np.ndarray:
    """A number for each place; places of one name in two counties are two."""
    above = ("city", "county", "township")
    parts = [places[p].astype(str) for p in above[: above.index(border) + 1]]
    joined = ["\0".join(names) for names in zip(*parts, strict=True)]
    return np.asarray(np.unique(np.array(joined, str), return_inverse=True)[1])


def _way(
    position: np.ndarray, codes: dict[str, np.ndarray], i: int, others: np.ndarray
) -> np.ndarray:
    """The way from village `i` to each of `others` in km, lengthened by the
    highest border between them."""
    way = np.hypot(*(position[others] - position[i]).T)
    border = np.zeros(len(others))
    for name in ("township", "county", "city"):
        border = np.where(codes[name][others] != codes[name][i], BORDER_KM[name], border)
    return np.asarray(way + border)


# villages that nearness puts together where a table names no alliance: the documents' usual number
GROUP_SIZE = 5


FIRST_QUARTER = 1  # the quarter (from 0) in which such groups are founded


def grouped(scenario: Scenario, size: int = GROUP_SIZE) -> Scenario:
    """The scenario with villages put together by us, about `size` to a group (`sim.grouping`).

    By nearness across borders where at least half of the places are known, with a village of
    unknown place taken for the middle of its township; else by township.
    """
    if scenario.size < 2:
        return scenario
    placed, position = _placed(scenario)
    how = "nearness" if 2 * int(scenario.located.sum()) >= scenario.size else "township"
    if how == "nearness":
        seen = np.flatnonzero(placed)
        near = by_nearness(position[seen], {p: scenario.places[p][seen] for p in PLACES}, size)
        sets = [[int(seen[i]) for i in group] for group in near]
        unseen = np.flatnonzero(~placed)
        rest = by_township({p: scenario.places[p][unseen] for p in PLACES}, size)
        sets += [[int(unseen[i]) for i in group] for group in rest]
    else:
        sets = by_township(scenario.places, size)
    given = tuple(
        Given(
            name=in_both("compare.alliance.group", number=n + 1),
            members=tuple(group),
            lead=-1,
            founded=FIRST_QUARTER,
        )
        for n, group in enumerate(sets)
    )
    return replace(scenario, given=given, grouped=how)


def _placed(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Which villages have a place, their own or the middle of their township's known
    ones; positions (n, 2) in km."""
    placed, position = scenario.located.copy(), scenario.position.copy()
    if placed.all():
        return placed, position
    keys = list(zip(*(scenario.places[p] for p in PLACES), strict=True))
    by_township: dict[tuple[str, ...], list[int]] = {}
    for i in np.flatnonzero(scenario.located):
        if scenario.places["township"][i]:
            by_township.setdefault(keys[i], []).append(int(i))
    for i in np.flatnonzero(~scenario.located):
        if keys[i] in by_township:
            placed[i], position[i] = True, scenario.position[by_township[keys[i]]].mean(axis=0)
    return placed, position

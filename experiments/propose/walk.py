"""Walk: chains of plans on a ladder, step by step, compiled.

A plan places each village with one candidate or none. A step takes a place and up to MOVES times a
candidate from the list of that place (or of another): one that is in the plan goes out, one that
overlaps none comes in, one that overlaps a single other takes its turn; else nothing happens. What
is drawn does not hang on the plan, so a step is as likely as its reverse, and by the rule of
Metropolis every plan without excess comes up alike on the lowest rung. `excess` is what a plan
lacks in score, is over the budget, and leaves out of what must be together, in units of score. A
higher rung forgives excess; neighbours on the ladder change rungs by the rule of replica exchange,
so that a chain comes past plans that are no good to others that are.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.sim.compiled import compiled, helper

MOVES = 3  # candidates of a step at most
NEAR = 0.3  # of steps take all of them from one place
SWAPS = 10  # steps between exchanges of rungs


@helper
def _turned(state: Any) -> Any:
    """The next state of the generator (xorshift)."""
    state = state ^ (state << np.uint64(13))
    state = state ^ (state >> np.uint64(7))
    return state ^ (state << np.uint64(17))


@helper
def _below(state: Any, most: int) -> Any:
    """A whole number below `most`, from the state's upper half."""
    return np.int64((state >> np.uint64(32)) % np.uint64(most))


@helper
def _share(state: Any) -> float:
    """A number from 0 up to 1."""
    return np.float64(state >> np.uint64(11)) * 2.0**-53


@helper
def _overlapped(placed: np.ndarray, those: np.ndarray) -> Any:
    """The one candidate that has a village of `those`, -1 where none has, -2 where several have."""
    overlapped = -1
    for v in those:
        if v == placed.size:
            break
        other = placed[v]
        if other >= 0 and other != overlapped:
            if overlapped >= 0:
                return -2
            overlapped = other
    return overlapped


@helper
def _put(placed: np.ndarray, those: np.ndarray, candidate: int) -> None:
    """These villages have this candidate now."""
    for v in those:
        if v == placed.size:
            break
        placed[v] = candidate


@helper
def _excess(score: float, cost: float, covered: float, limits: np.ndarray) -> float:
    """What keeps a plan from being near-best, in units of score."""
    return (
        max(0.0, limits[0] - score)
        + max(0.0, cost - limits[1]) * limits[2]
        + (limits[3] - covered) * limits[4]
    )


@partial(compiled, source=Path(__file__))
def walk(
    members: np.ndarray,
    worth: np.ndarray,
    begins: np.ndarray,
    listed: np.ndarray,
    limits: np.ndarray,
    warmth: np.ndarray,
    plan: np.ndarray,
    rung: np.ndarray,
    luck: np.ndarray,
    every: int,
    count: np.ndarray,
    scores: np.ndarray,
    kept: np.ndarray,
) -> None:
    """Carry one ladder on, step by step of each rung, until the lowest has been looked at as often
    as `scores` is long: every `every` steps.

    `members` (candidates, widest) ends in the number of villages where there are fewer; `worth`
    (candidates, 3): score, cost, and groups that must be together and are all inside. `listed`
    from `begins[v]` to `begins[v + 1]`: candidates near place v. `limits`: least score, budget,
    score of a yuan beyond it, groups to cover, score of one that is not. `warmth` (rungs,), the
    lowest first. `plan` (rungs, villages): candidates, -1 none; `rung` (rungs,): the row of each;
    `luck` (1,): the state of the generator. The plan of the lowest rung, when it is looked at, adds
    to `count` (candidates,); its score enters `scores`, and it one look in some `kept` (plans,
    villages).
    """
    rows, villages = plan.shape
    places = begins.size - 1
    state = luck[0]
    total, excess = np.zeros((rows, 3)), np.zeros(rows)
    change = np.zeros(3)
    out, into = np.empty(MOVES, np.int64), np.empty(MOVES, np.int64)
    for r in range(rows):
        for v in range(villages):
            c = plan[r, v]
            if c >= 0 and members[c, 0] == v:
                total[r] += worth[c]
        excess[r] = _excess(total[r, 0], total[r, 1], total[r, 2], limits)
    looks, thin = 0, -(-scores.size // kept.shape[0])
    for t in range(scores.size * every):
        for k in range(rows):
            r = rung[k]
            placed = plan[r]
            state = _turned(state)
            near, moves = _share(state) < NEAR, 1 + _below(state, MOVES)
            state = _turned(state)
            place = _below(state, places)
            change[:] = 0.0
            done = 0
            for _ in range(moves):
                if not near:
                    state = _turned(state)
                    place = _below(state, places)
                state = _turned(state)
                c = listed[begins[place] + _below(state, begins[place + 1] - begins[place])]
                d = _overlapped(placed, members[c])
                if d == -2:
                    continue
                if d >= 0:
                    _put(placed, members[d], -1)
                    change -= worth[d]
                if d == c:
                    c = -1
                else:
                    _put(placed, members[c], c)
                    change += worth[c]
                out[done], into[done] = d, c
                done += 1
            now = _excess(total[r, 0] + change[0], total[r, 1] + change[1], total[r, 2] + change[2], limits)  # fmt: skip
            state = _turned(state)
            if now <= excess[r] or _share(state) < np.exp((excess[r] - now) / warmth[k]):
                excess[r] = now
                total[r] += change
                continue
            for i in range(done - 1, -1, -1):
                if into[i] >= 0:
                    _put(placed, members[into[i]], -1)
                if out[i] >= 0:
                    _put(placed, members[out[i]], out[i])
        if t % SWAPS == 0:
            for k in range(rows - 1):
                colder, warmer = rung[k], rung[k + 1]
                gain = (1.0 / warmth[k] - 1.0 / warmth[k + 1]) * (excess[colder] - excess[warmer])
                state = _turned(state)
                if gain >= 0.0 or _share(state) < np.exp(gain):
                    rung[k], rung[k + 1] = warmer, colder
        if t % every == 0:
            placed = plan[rung[0]]
            for v in range(villages):
                if placed[v] >= 0 and members[placed[v], 0] == v:
                    count[placed[v]] += 1
            scores[looks] = total[rung[0], 0]
            if looks % thin == 0:
                kept[looks // thin] = placed
            looks += 1
    luck[0] = state

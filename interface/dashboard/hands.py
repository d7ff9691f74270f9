"""Partitions made by hand: a proposal's alliances as a planner has moved villages between them, in
words that an address can carry.

    text = written(partition, of=hunt.partition)     # "0.3-1.2.4:enclave:60000"
    partition, fits = read(text, hunt)

Each part between hyphens is an alliance, or a village that is funded singly: the positions of its
villages joined by dots; the proposal's come first, in its order, then those that were made by hand.
Strategy and yearly grant a member (yuan) follow where they are not the proposal's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.task import Task
from village_alliances.experiments.propose.trial import real, rearranged, within_budget
from village_alliances.sim.problems import Text
from village_alliances.sim.worded import joined, worded


def written(partition: Sequence[Candidate], of: Sequence[Candidate]) -> str:
    """A partition as an address carries it; '' where it is the proposal (`of`) itself."""
    if list(partition) == list(of):
        return ""
    parts = []
    for at, one in enumerate(partition):
        like = at < len(of) and (one.strategy, one.grant) == (of[at].strategy, of[at].grant)
        like = like and (
            len(partition) > 1 or bool(one.members)
        )  # one part with nobody in it says itself
        own = "" if like else f":{one.strategy}:{one.grant:.0f}"
        parts.append(".".join(map(str, one.members)) + own)
    return "-".join(parts)


def read_plan(text: str, of: Sequence[Candidate], task: Task) -> list[Candidate] | None:
    """The partition that `written` wrote down; None where it does not fit the
    proposal `of` or its villages."""
    if not text:
        return list(of)
    plans = {plan.name for plan in task.plans}
    found: list[Candidate] = []
    for at, part in enumerate(text.split("-")):
        listed, *own = part.split(":")
        if any(len(number) > 9 for number in listed.split(".")):
            return None
        members = tuple(sorted(int(number) for number in listed.split(".") if number))
        if (own and own[0] not in plans and own[0]) or (not own and at >= len(of)):
            return None
        plain = of[at] if at < len(of) else Candidate((), own[0], float(own[1]))
        if own:
            same = f"{plain.grant:.0f}" == own[1]  # an address carries whole yuan
            plain = replace(plain, strategy=own[0], grant=plain.grant if same else float(own[1]))
        if not plain.strategy and len(members) > 1:
            return None  # several villages without a strategy are no alliance
        lead = plain.lead if plain.lead in members else -1
        found.append(replace(plain, members=members, lead=lead))
    placed = [i for one in found for i in one.members]
    fits = len(found) >= len(of) and len(set(placed)) == len(placed)
    return found if fits and all(i < task.scenario.size for i in placed) else None


def move(partition: Sequence[Candidate], village: int, to: int, task: Task) -> list[Candidate]:
    """A village moved to the alliance at place `to`, to a new one where that is one past the last,
    alone where it is -1; grants give way where more than the budget would be promised."""
    known = list(partition)
    if to == len(known):
        known.append(_new(task))
    plain = task.plans[0].name  # of a village funded singly that others join
    moved = [
        replace(one, strategy=one.strategy or plain) if len(one.members) > 1 else one
        for one in rearranged(known, village, to)
    ]
    return within_budget(moved, partition, task)


def lowered(partition: Sequence[Candidate], of: Sequence[Candidate], task: Task) -> list[int]:
    """Places of those whose grant gave way to the budget: it is less than the proposal's (`of`; of
    a new one the usual one) and none of the levels that can be chosen."""
    usual = float(round(task.usual_grant))
    return [
        at
        for at, one in enumerate(partition)
        if one in real([one])
        and one.grant < (of[at].grant if at < len(of) else usual)
        and one.grant not in task.levels
    ]


def change(partition: Sequence[Candidate], at: int, strategy: str, grant: float) -> list[Candidate]:
    """The partition with another strategy and grant for the alliance at place `at`; `strategy` says
    nothing of a single village."""
    found = list(partition)
    found[at] = replace(found[at], strategy=strategy, grant=grant)
    return found


def nobody(partition: Sequence[Candidate]) -> list[Candidate]:
    """The same alliances with nobody in them: where a partition of one's own begins."""
    return [replace(one, members=(), lead=-1) for one in partition]


def _new(task: Task) -> Candidate:
    return Candidate((), task.plans[0].name, float(round(task.usual_grant)))


def breaches(partition: Sequence[Candidate], task: Task) -> list[Text]:
    """Every condition of the question that a partition does not keep: budget, size,
    distance, together, apart."""
    names = [str(name) for name in task.scenario.names]
    x = task.scenario.position
    allied = [one for one in partition if len(one.members) > 1]
    found = []
    promised = sum(task.cost(one) for one in real(partition))
    if promised > task.budget + 0.5:
        found.append(
            worded(
                "problems.page_hands.public_money_yuan",
                promised=promised,
                promised_2=promised - task.budget,
                budget=task.budget,
            )
        )
    for at, one in enumerate(partition, 1):
        if len(one.members) > task.high:
            found.append(
                worded(
                    "problems.page_hands.alliance_villages_most",
                    at=at,
                    count=len(one.members),
                    high=task.high,
                )
            )
        if 1 < len(one.members) < task.low:
            found.append(
                worded(
                    "problems.page_hands.alliance_villages_least",
                    at=at,
                    count=len(one.members),
                    low=task.low,
                )
            )
        if len(one.members) > 1:
            inside = x[list(one.members)]
            way = np.hypot(*(inside[:, None] - inside[None, :]).transpose(2, 0, 1))
            reach = float(way.max(axis=1).min())
            if reach > task.radius + 1e-9:
                found.append(
                    worded(
                        "problems.page_hands.alliance_village_all",
                        at=at,
                        radius=task.radius,
                        reach=reach,
                    )
                )
    home = {i: at for at, one in enumerate(allied) for i in one.members}
    for group in task.together:
        if len({home.get(i, -1 - i) for i in group}) > 1:
            said = [names[i] for i in group]
            found.append(worded("problems.page_hands.together", villages=joined(said)))
    for group in task.never:
        allied_of_it = [i for i in group if i in home]
        for at in sorted({home[i] for i in allied_of_it}):
            said = [names[i] for i in allied_of_it if home[i] == at]
            if len(said) > 1:
                found.append(
                    worded(
                        "problems.page_hands.together_2",
                        villages=joined(said),
                    )
                )
    return found

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
from village_alliances.sim.labels import labels
from village_alliances.sim.problems import Text
from village_alliances.sim.worded import joined, worded


def written(partition: Sequence[Candidate], of: Sequence[Candidate]) -> str:
    """A partition as an address carries it; '' where it is the proposal (`of`) itself."""
    if list(partition) == list(of):
        return ""
    parts = []
    for i, group in enumerate(partition):
        like = i < len(of) and (group.strategy, group.grant) == (of[i].strategy, of[i].grant)
        like = like and (
            len(partition) > 1 or bool(group.members)
        )  # one part with nobody in it says itself
        own = "" if like else f":{group.strategy}:{group.grant:.0f}"
        parts.append(".".join(map(str, group.members)) + own)
    return "-".join(parts)


def read_plan(text: str, of: Sequence[Candidate], task: Task) -> list[Candidate] | None:
    """The partition that `written` wrote down; None where it does not fit the
    proposal `of` or its villages."""
    if not text:
        return list(of)
    plans = {plan.name for plan in task.plans}
    candidates: list[Candidate] = []
    for j, part in enumerate(text.split("-")):
        listed, *own = part.split(":")
        if any(len(number) > 9 for number in listed.split(".")):
            return None
        members = tuple(sorted(int(number) for number in listed.split(".") if number))
        if (own and own[0] not in plans and own[0]) or (not own and j >= len(of)):
            return None
        plain = of[j] if j < len(of) else Candidate((), own[0], float(own[1]))
        if own:
            same = f"{plain.grant:.0f}" == own[1]  # an address carries whole yuan
            plain = replace(plain, strategy=own[0], grant=plain.grant if same else float(own[1]))
        if not plain.strategy and len(members) > 1:
            return None  # several villages without a strategy are no alliance
        lead = plain.lead if plain.lead in members else -1
        candidates.append(replace(plain, members=members, lead=lead))
    placed = [i for candidate in candidates for i in candidate.members]
    fits = len(candidates) >= len(of) and len(set(placed)) == len(placed)
    return candidates if fits and all(i < task.scenario.size for i in placed) else None


def move(partition: Sequence[Candidate], village: int, to: int, task: Task) -> list[Candidate]:
    """A village moved to the alliance at place `to`, to a new one where that is one past the last,
    alone where it is -1; grants give way where more than the budget would be promised."""
    groups = list(partition)
    if to == len(groups):
        groups.append(_new(task))
    plain = task.plans[0].name  # of a village funded singly that others join
    moved = [
        replace(group, strategy=group.strategy or plain) if len(group.members) > 1 else group
        for group in rearranged(groups, village, to)
    ]
    return within_budget(moved, partition, task)


def lowered(partition: Sequence[Candidate], of: Sequence[Candidate], task: Task) -> list[int]:
    """Places of those whose grant gave way to the budget: it is less than the proposal's (`of`; of
    a new one the usual one) and none of the levels that can be chosen."""
    usual = float(round(task.usual_grant))
    return [
        i
        for i, candidate in enumerate(partition)
        if candidate in real([candidate])
        and candidate.grant < (of[i].grant if i < len(of) else usual)
        and candidate.grant not in task.levels
    ]


def change(
    partition: Sequence[Candidate], index: int, strategy: str, grant: float
) -> list[Candidate]:
    """The partition with another strategy and grant for the alliance at place `index`; `strategy`
    says nothing of a single village."""
    candidates = list(partition)
    candidates[index] = replace(candidates[index], strategy=strategy, grant=grant)
    return candidates


def nobody(partition: Sequence[Candidate]) -> list[Candidate]:
    """The same alliances with nobody in them: where a partition of one's own begins."""
    return [replace(group, members=(), lead=-1) for group in partition]


def _new(task: Task) -> Candidate:
    return Candidate((), task.plans[0].name, float(round(task.usual_grant)))


def breaches(partition: Sequence[Candidate], task: Task) -> list[Text]:
    """Every condition of the question that a partition does not keep: budget, size,
    distance, together, apart."""
    names = labels(task.scenario)
    x = task.scenario.position
    allied = [group for group in partition if len(group.members) > 1]
    texts = []
    promised = sum(task.cost(group) for group in real(partition))
    if promised > task.budget + 0.5:
        texts.append(
            worded(
                "problems.page_hands.public_money_yuan",
                promised=promised,
                promised_2=promised - task.budget,
                budget=task.budget,
            )
        )
    for j, candidate in enumerate(partition, 1):
        if len(candidate.members) > task.high:
            texts.append(
                worded(
                    "problems.page_hands.alliance_villages_most",
                    at=j,
                    count=len(candidate.members),
                    high=task.high,
                )
            )
        if 1 < len(candidate.members) < task.low:
            texts.append(
                worded(
                    "problems.page_hands.alliance_villages_least",
                    at=j,
                    count=len(candidate.members),
                    low=task.low,
                )
            )
        if len(candidate.members) > 1:
            inside = x[list(candidate.members)]
            way = np.hypot(*(inside[:, None] - inside[None, :]).transpose(2, 0, 1))
            reach = float(way.max(axis=1).min())
            if reach > task.radius + 1e-9:
                texts.append(
                    worded(
                        "problems.page_hands.alliance_village_all",
                        at=j,
                        radius=task.radius,
                        reach=reach,
                    )
                )
    home = {i: j for j, group in enumerate(allied) for i in group.members}
    for group in task.together:
        if len({home.get(i, -1 - i) for i in group}) > 1:
            group_names = [names[i] for i in group]
            texts.append(worded("problems.page_hands.together", villages=joined(group_names)))
    for group in task.never:
        allied_of_it = [i for i in group if i in home]
        for j in sorted({home[i] for i in allied_of_it}):
            group_names = [names[i] for i in allied_of_it if home[i] == j]
            if len(group_names) > 1:
                texts.append(
                    worded(
                        "problems.page_hands.together_2",
                        villages=joined(group_names),
                    )
                )
    return texts

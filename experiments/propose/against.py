"""Against: every other way of using the same money beside a proposal, what other budgets would
bring, and the next strategies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from village_alliances.experiments.propose import rivals as others
from village_alliances.experiments.propose.answer import Measured, Next, Point, Spread
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.fresh import ASIDE_RUNS, Fresh, wins
from village_alliances.experiments.propose.notes import note
from village_alliances.experiments.propose.objectives import Lived
from village_alliances.experiments.propose.packing import NothingFits
from village_alliances.experiments.propose.simulator import (
    SAME_MEMBERS,
    AlliancePlan,
    allies,
    singles,
    villages_of,
)
from village_alliances.sim.worded import worded

BUDGETS = (0.25, 0.5, 0.75, 1.5, 2.0)  # of the planner's, for the front
SURE = 2.0  # standard errors


def rivals(fresh: Fresh) -> list[Measured]:
    """Every other way, on the same luck."""
    rows = [fresh.measure("nobody", fresh.none, ())]
    promised = float(sum(fresh.task.cost(c) for c in fresh.plan))
    size = fresh.task.scenario.size
    placed = len(villages_of(fresh.plan))
    per_alliance = len(allies(fresh.plan)) + len(singles(fresh.plan))
    funded = {"even": placed, "lumped": per_alliance, "weakest": per_alliance, "all": size,
              "aimed": int((fresh.aim > 0).sum())}  # fmt: skip
    for key in ("aimed", *SAME_MEMBERS, "all") if promised else ():
        if key in SAME_MEMBERS and not fresh.number:
            continue  # there are no members: the plan is single money already
        measured = fresh.measure(key, fresh.beside[key], ())
        rows.append(replace(measured, funded=funded[key]))
    for key, plan in others.grouped_rivals(fresh.search, promised or fresh.task.budget).items():
        if _alike(plan, fresh.plan):
            continue  # the proposal itself, which `is_plain` says
        strategies = {c.strategy for c in plan}
        label = next(iter(strategies)) if len(strategies) == 1 else ""
        rows.append(fresh.measure(key, fresh.simulator.live(plan), plan, label))
    return rows


def is_plain(fresh: Fresh) -> list[dict[str, str]]:
    """A note where the proposal is today's alliances, or a grouping that takes no search: no rival
    of itself."""
    groups = {c.members for c in allies(fresh.plan)}
    if groups and groups == {c.members for c in fresh.search.today}:
        return [note("unchanged")]
    keys = [k for k, those in others.groupings(fresh.task).items() if groups == set(those)]
    if len({c.strategy for c in allies(fresh.plan)}) != 1:
        return []
    return [note("plain", way=worded(f"proposal.way.{key}")) for key in keys[:1]]


def _alike(plan: AlliancePlan, other: AlliancePlan) -> bool:
    """Whether two plans ally and fund alike, but for a hundredth of a grant."""
    here, there = ({(c.members, c.strategy): c.grant for c in each} for each in (plan, other))
    return here.keys() == there.keys() and np.allclose(
        [*here.values()], [there[key] for key in here], rtol=0.01
    )


def advice(fresh: Fresh, rivals: Sequence[Measured]) -> str:
    """Whether the proposal is surely better than leaving things as they are, allying than the best
    use of the same money for single villages, and the search than a plain grouping."""
    better = [
        r
        for r in rivals
        if r.alliances and r.objective.difference.mean < -SURE * r.objective.difference.error
    ]
    if better:
        return "wider" if all(r.not_allowed for r in better) else "plain"
    if not fresh.number and not singles(fresh.plan):
        return "nothing"
    gain = Spread.of(fresh.gain(fresh.ours))
    if gain.mean <= SURE * gain.error:
        return "doubtful"
    if not fresh.number:
        return "aim"
    paid = [r for r in rivals if r.single]
    if not paid:
        return "ally"  # no money is paid that single villages might have
    ahead = max(paid, key=lambda r: r.objective.gain.mean).objective.difference
    if ahead.mean < -SURE * ahead.error:
        return "aim"
    if ahead.mean <= SURE * ahead.error:
        return "alike"
    return "mixed" if singles(fresh.plan) else "ally"


def next_strategies(fresh: Fresh) -> dict[Candidate, Next]:
    """For each alliance the strategy that comes next for the same villages and money,
    chosen in the search's luck."""
    allied = allies(fresh.plan)
    names = list(fresh.search.favourites)
    if not allied or len(names) < 2:
        return {}
    rest = singles(fresh.plan)
    forms = [[replace(c, strategy=name) for c in allied] for name in names]
    lives = fresh.search.simulator.each([[*form, *rest] for form in forms])
    worth = np.array(
        [
            _parts_of(fresh, lived, fresh.search.simulator.none, allied).mean(axis=0)
            for lived in lives
        ]
    )
    for k, c in enumerate(allied):
        if c.strategy in names:
            worth[names.index(c.strategy), k] = -np.inf
    chosen = [replace(c, strategy=names[int(np.argmax(worth[:, k]))]) for k, c in enumerate(allied)]
    ours = _parts_of(fresh, fresh.ours, fresh.none, allied)
    theirs = _parts_of(fresh, fresh.simulator.live([*chosen, *rest]), fresh.none, allied)
    strategies = {}
    for k, (c, other) in enumerate(zip(allied, chosen)):
        difference = ours[:, k] - theirs[:, k]
        title = dict(fresh.simulator.strategies[other.strategy].title)
        strategies[c] = Next(other.strategy, title, Spread.of(difference), wins(difference))
    return strategies


def _parts_of(fresh: Fresh, lived: Lived, none: Lived, allied: Sequence[Candidate]) -> np.ndarray:
    parts = fresh.objective.parts(lived, none)
    return np.stack([parts[:, c.members].sum(axis=1) for c in allied], axis=1)


def front(fresh: Fresh) -> list[Point]:
    """What proposals within other budgets would bring, from the same candidates;
    other budgets in ASIDE_RUNS."""
    if fresh.task.budget <= 0:
        return []
    plans: list[tuple[float, AlliancePlan]] = []
    for share in BUDGETS:
        try:
            plans.append(
                (share * fresh.task.budget, fresh.search.plan_within(share * fresh.task.budget))
            )
        except NothingFits:
            continue
    own = fresh.ours.outcomes["gain_mean"]
    lives = fresh.simulator.each([plan for _, plan in plans], ASIDE_RUNS)
    rows = [
        (0.0, (), fresh.none),
        (fresh.task.budget, fresh.plan, fresh.ours),
        *((b, plan, lived) for (b, plan), lived in zip(plans, lives)),
    ]
    return [
        Point(
            budget,
            Spread.of(lived.paid),
            Spread.of(fresh.gain(lived)),
            Spread.of(lived.outcomes["gain_mean"]),
            len(allies(plan)),
            sum(len(c.members) for c in allies(plan)),
            len(singles(plan)),
            Spread.of(own[: lived.paid.size] - lived.outcomes["gain_mean"]),
        )
        for budget, plan, lived in sorted(rows, key=lambda row: row[0])
    ]

"""Today: a proposal beside today's alliances, and the steps from them that
matter most, on fresh luck."""

from __future__ import annotations

from village_alliances.experiments.propose.answer import Changed, Changes, Spread
from village_alliances.experiments.propose.changes import PlanStep, broken, moved
from village_alliances.experiments.propose.fresh import Fresh


def changes(fresh: Fresh) -> Changes | None:
    """How the proposal stands to today's alliances; None where the search did not begin
    from them."""
    search, task = fresh.search, fresh.task
    if not search.warm:
        return None
    names = {tuple(sorted(map(int, g.members))): dict(g.name) for g in task.scenario.given}
    lives = fresh.simulator.each([search.warm, *(plan for _, plan in search.steps)])
    gains = [fresh.gain(lived) for lived in lives]
    return Changes(
        broken=[names[c.members] for c in broken(fresh.plan, search.warm)],
        moved=moved(fresh.plan, search.warm),
        ahead=Spread.of(fresh.gain(fresh.ours) - gains[0]),
        steps=[
            _changed(fresh, step, Spread.of(after - before))
            for (step, _), before, after in zip(search.steps, gains, gains[1:])
        ],
    )


def _changed(fresh: Fresh, step: PlanStep, brings: Spread) -> Changed:
    before, after = (
        [[fresh.names[i] for i in c.members] for c in those] for those in (step.out, step.into)
    )
    last = step.into[-1] if step.into else None
    return Changed(
        kind=step.kind,
        villages=[fresh.names[i] for i in _concerned(step)],
        before=before,
        after=after,
        strategy=last.strategy if last else "",
        title=dict(fresh.simulator.strategies[last.strategy].title)
        if last and last.strategy
        else {},
        grant=last.grant if last else 0.0,
        brings=brings,
    )


def _concerned(step: PlanStep) -> list[int]:
    """The villages that a step is about: who comes, goes or moves, else all
    of those that it touches."""
    groups = [{c.members for c in those} for those in (step.out, step.into)]
    inside = [{i for members in group if len(members) > 1 for i in members} for group in groups]
    if step.kind in ("leave", "join"):
        return sorted(inside[0] ^ inside[1])
    if step.kind == "move":
        first, _ = step.into
        old = next(c for c in step.out if set(c.members) < set(first.members))
        return sorted(set(first.members) - set(old.members))
    return sorted({i for group in groups for members in group for i in members})

"""Notes: what a reader should know before trusting the figures of a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from village_alliances.experiments.answer.logic import FEW
from village_alliances.experiments.propose.search import Search
from village_alliances.experiments.propose.task import NAMED, lonely
from village_alliances.sim.problems import Text, listed
from village_alliances.sim.scenario import BLANK
from village_alliances.sim.worded import in_both
from village_alliances.wording.numbers import quantity

if TYPE_CHECKING:
    from village_alliances.experiments.propose.fresh import Fresh

TRIFLE = 0.01  # of the money promised: less is not worth a word
SETTLED_BY_PLAN = ("reward_first", "reshuffle_last", "grant_weak_first")


def note(key: str, **values: object) -> dict[str, str]:
    """The note `key` of the catalogue in both languages."""
    return in_both(f"proposal.note.{key}", **values)


def notes(search: Search) -> list[dict[str, str]]:
    """What a reader should know before trusting the figures."""
    task, s = search.task, search.task.scenario
    notes = []
    chosen = {**s.levers, **task.levers}
    if task.places_only:
        notes.append(note("places_only"))
    elif blank := int((s.numbers["collective_income"].kind == BLANK).sum()):
        notes.append(note("income_blank", blank=blank, villages=s.size))
    if alone := lonely(task, search.geography):
        named = listed(alone, NAMED)
        notes.append(note("lonely", count=len(alone), radius=task.radius, named=named))
    if unplaced := int((~s.located).sum()):
        notes.append(note("unplaced", count=unplaced))
    for same in task.alike:
        titles = [Text(plan.title["en"], plan.title["zh"]) for plan in same]
        notes.append(note("alike", strategies=listed(titles, len(titles))))
    if chosen.get("formation", 0.0) > 0:
        notes.append(note("formation"))
    if any(chosen.get(name, 0.0) > 0 for name in SETTLED_BY_PLAN):
        notes.append(note("rankings"))
    if search.stopped:
        notes.append(note("stopped"))
    if not search.objective.adds_up:
        notes.append(note("stand_in"))
    return notes


def of_measuring(fresh: Fresh) -> list[dict[str, str]]:
    """Where the runs are few, and where no money is paid that could be used otherwise."""
    runs = int(fresh.simulator.numbers.size)
    few = [note("few_runs", runs=runs, least=FEW)] if runs < FEW else []
    paid = any(fresh.task.cost(c) for c in fresh.plan)
    return few if paid else [*few, note("unpaid")]


def of_campaign(fresh: Fresh) -> list[dict[str, str]]:
    """Where the county's own campaign for weak villages pays more or less under the plan: money
    that no budget of it counts."""
    paid = (fresh.ours.outcomes["campaign_cost"] - fresh.none.outcomes["campaign_cost"]).mean()
    promised = sum(fresh.task.cost(c) for c in fresh.plan)
    if abs(paid) <= TRIFLE * max(promised, 1.0):
        return []
    amount = Text(*(quantity(abs(paid), "yuan", lang) for lang in ("en", "zh")))
    return [note("campaign_more" if paid > 0 else "campaign_less", amount=amount)]

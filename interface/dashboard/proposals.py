"""A proposal, and its partition as changed by hand, taken away: the commands that give them
again, and the files that those read."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from village_alliances.experiments.alternatives import text_of
from village_alliances.experiments.propose.brief import NamedPlan
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.task import Task
from village_alliances.experiments.propose.trial import real
from village_alliances.interface.dashboard.again import file_of
from village_alliances.interface.dashboard.hunts import FRESH_RUNS, Hunt
from village_alliances.interface.dashboard.state import OWN_TABLE, Asked
from village_alliances.interface.dashboard.technologies import Types
from village_alliances.sim.arguments import exact_text
from village_alliances.sim.labels import labels
from village_alliances.wording import entry

PARTITIONS = "partitions.toml"


def plans_of(hunt: Hunt, partition: Sequence[Candidate] | None) -> list[NamedPlan]:
    """The proposal, and after it the partition where that was changed by hand."""
    plans = [NamedPlan("proposal", entry("propose.brief.proposal"), real(hunt.partition))]
    if partition and partition != hunt.partition:
        plans.append(NamedPlan("hand", entry("propose.brief.hand"), real(partition)))
    return plans


def commands_of(hunt: Hunt, plans: Sequence[NamedPlan]) -> list[str]:
    """The command that gives a proposal again; and where it was changed by hand first that which
    holds the change against it."""
    changed = len(plans) > 1 and any(len(candidate.members) > 1 for candidate in plans[-1].plan)
    return [*([of_partitions(hunt)] if changed else []), of_proposal(hunt)]


def of_proposal(hunt: Hunt) -> str:
    """The command that gives a proposal of the page again."""
    task, pair = hunt.task, hunt.asked
    words = ["alliances", "propose", *_villages(task, pair), "--objective", task.objective]
    words += ["--budget", exact_text(task.budget), "--size", f"{task.low}-{task.high}"]
    words += ["--radius", exact_text(task.radius)]
    for option, said in (("--must", pair.must), ("--never", pair.never)):
        words += [option, said] if said else []
    words += ["--keep", task.keep] if task.keep else []
    words += ["--stages"] if task.stages else []
    return shlex.join([*words, *_settings(task, hunt.types), "--runs", str(FRESH_RUNS)])


def of_partitions(hunt: Hunt) -> str:
    """The command that holds a partition made by hand against the proposal: both stand in
    `PARTITIONS`."""
    words = ["alliances", "compare", *_villages(hunt.task, hunt.asked), "--strategies", "none"]
    return shlex.join([*words, "--alternatives", PARTITIONS, *_settings(hunt.task, hunt.types)])


def _villages(task: Task, form: Asked) -> list[str]:
    own = form.source == OWN_TABLE
    place = ["--region", form.region, "--start", str(form.start)] if own else []
    return [
        task.scenario.source if own else form.source,
        *place,
        "--years",
        str(task.scenario.years),
    ]


def _settings(task: Task, types: Types | None) -> list[str]:
    words = ["--seed", str(task.seed)]
    for name, value in sorted(task.levers.items()):
        words += ["--lever", f"{name}={exact_text(value)}"]
    words += ["--mode", task.mode] if task.mode else []
    return [*words, "--technology", types.name] if types is not None else words


def files_of(hunt: Hunt, plans: Sequence[NamedPlan]) -> dict[str, bytes]:
    """What the commands of a proposal read: its partitions, and table and project types where they
    are the planner's own."""
    names = labels(hunt.task.scenario)
    alliances = {
        plan.name: [
            {
                "members": [names[i] for i in candidate.members],
                "strategy": candidate.strategy,
                "grant": candidate.grant,
            }
            for candidate in plan.plan
            if len(candidate.members) > 1
        ]
        for plan in plans
    }
    partitions = [
        (plan.name, plan.title, alliances[plan.name]) for plan in plans if alliances[plan.name]
    ]
    files = {PARTITIONS: text_of(partitions).encode()} if partitions else {}
    if hunt.types is not None:
        files[hunt.types.name] = hunt.types.content
    if hunt.asked.source == OWN_TABLE:
        table = hunt.task.scenario.table
        assert table is not None
        files |= file_of(table)
    return files

"""How long a proposal takes, how it grows with the county, what memory it needs, and
whether random plans do better.

    python -m benchmarks.propose [--points DIR] [--random 100] [--table TABLE] [--seed 1]

Measured are the scenarios `jinxi` and `fenghua`, each in a process of its own. DIR (or the
environment's VILLAGE_POINTS) holds tables of real village points, `fenghua_village_points.csv` and
`ningbo_village_points.csv`: then these too.

Of each NAME (jinxi, fenghua, county, city): `propose_NAME_villages`; `_first_s`: seconds until the
first proposal stands; `_search_s`; `_s`: the whole, figures and report included; `_cpu_s`: the same
in processor seconds, for a machine is often shared; `_peak_mb`: most memory; `_simulated`:
candidates; `_fresh`, `_fresh_error`, `_optimism`: what it brings on fresh luck, the standard error
of that, and what the search had thought beyond it; `_strongest`, `_ahead`, `_ahead_error`,
`_better`: the rival that brings most, how far the proposal is ahead of it, the standard error of
that and the share of runs; `_not_allowed`: alliances of that rival that the question does not
allow; `_allowed`, `_allowed_ahead`, `_allowed_error`: the same of the strongest rival that keeps
all rules; `_advice`; `_alliances`, `_funded`; `_disagreement`: how far halves of
the chains of near-best plans differ in how often two villages are together (none where a table
says nothing but places). `propose_growth`:
processor seconds a village of the city over those of the county (1: linear in villages).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.experiments.propose import report
from village_alliances.experiments.propose.candidates import Candidate, Neighbourhood
from village_alliances.experiments.propose.evaluate import evaluate
from village_alliances.experiments.propose.fresh import fresh_seed
from village_alliances.experiments.propose.search import Search, Step
from village_alliances.experiments.propose.simulator import Simulator
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.ensemble import warm_up
from village_alliances.sim.loading import load
from village_alliances.sim.luck import name_key

HERE = Path(__file__).parent.parent
BUDGET_EACH = (
    84_000.0  # yuan a village over the horizon: about a third of the usual grants for everybody
)
POINTS = {"county": "fenghua_village_points.csv", "city": "ningbo_village_points.csv"}


def timed(table: str, seed: int = 1) -> dict[str, Any]:
    """One proposal with its report in this process: seconds, memory, and what
    it brings on fresh luck."""
    first: list[float] = []

    def say(step: Step) -> None:
        if step.choice is not None and not first:
            first.append(step.seconds)

    s = load(table)
    task = (
        Task(s, "gain_mean", 2e6, seed=seed)
        if table == "jinxi"
        else Task(s, "weak_villages_50k", BUDGET_EACH * s.size, seed=seed)
    )
    warm_up()
    began, cpu = time.monotonic(), time.process_time()
    search = Search(task, say=say)
    search.run()
    searched = time.monotonic() - began
    answer = evaluate(search)
    with tempfile.TemporaryDirectory() as folder:
        report.write(answer, s, Path(folder), "en")
    strongest = answer.rival(answer.strongest)
    assert strongest is not None
    rivals = [rival for rival in answer.rivals if not rival.not_allowed]
    allowed = max(rivals, key=lambda rival: rival.objective.gain.mean)
    return {
        "villages": s.size,
        "first_s": first[0],
        "search_s": searched,
        "s": time.monotonic() - began,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1024 if sys.platform == "linux" else 1024**2),
        "simulated": answer.hunt.simulated,
        "fresh": answer.hunt.fresh,
        "fresh_error": answer.hunt.fresh_error,
        "optimism": answer.hunt.optimism,
        "advice": answer.advice,
        "strongest": answer.strongest,
        "ahead": strongest.objective.difference.mean,
        "ahead_error": strongest.objective.difference.error,
        "better": strongest.objective.better,
        "not_allowed": strongest.not_allowed,
        "allowed": allowed.key,
        "allowed_ahead": allowed.objective.difference.mean,
        "allowed_error": allowed.objective.difference.error,
        "alliances": len(answer.alliances),
        "funded": len(answer.funded),
        "disagreement": answer.ensemble.disagreement if answer.ensemble else None,
    }


def in_child(name: str, table: str) -> dict[str, Any]:
    """`timed` in a process of its own, the names of its figures beginning with `propose_NAME_`."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.propose", "--table", table],
        cwd=HERE,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return {f"propose_{name}_{key}": value for key, value in json.loads(done.stdout).items()}


def random_partition(
    task: Task, geography: Neighbourhood, number: int, grants: Sequence[float]
) -> list[Candidate]:
    """A feasible partition by luck: admissible groups of neighbours, any strategy, any grant that
    the rest of the budget allows."""
    rng = np.random.default_rng(name_key("random partition", str(number)))
    free = set(range(geography.n)) - task.rules.taken
    names = [plan.name for plan in task.plans]
    left = task.budget
    candidates = []
    for i in rng.permutation(sorted(free)):
        near = [j for j in geography.near[i] if j in free]
        size = int(rng.integers(task.low, task.high + 1))
        if i not in free or len(near) < size - 1:
            continue
        group = tuple(sorted([int(i), *near[: size - 1]]))
        levels = [(s, g) for s, g in task.classes if s == names[int(rng.integers(len(names)))]]
        strategy, grant = levels[int(rng.integers(len(levels)))] if levels else (names[0], 0.0)
        c = Candidate(group, strategy, grant)
        if task.cost(c) > left:
            c = Candidate(group, strategy, 0.0)
        if geography.admissible(group):
            left -= task.cost(c)
            candidates.append(c)
            free -= set(group)
    return candidates


def against_random(count: int, runs: int = 40) -> dict[str, float]:
    """The proposal for the scenario `fenghua` against random feasible plans with the same budget,
    run by run on fresh luck."""
    s = load("fenghua")
    task = Task(s, "weak_villages_50k", BUDGET_EACH * s.size)
    search = Search(task)
    best = search.run()
    simulator = Simulator(task, runs, seed=fresh_seed(task.seed))
    plans = [
        random_partition(task, search.geography, number, task.levels) for number in range(count)
    ]
    ours, *others = (
        search.objective.gain(lived, simulator.none)
        for lived in simulator.each([best.candidates, *plans])
    )
    ahead = [float((ours - theirs).mean()) for theirs in others]
    return {
        "propose_random_partitions": count,
        "propose_random_beaten": sum(d > 0 for d in ahead),
        "propose_random_ours": float(ours.mean()),
        "propose_random_ahead_least": min(ahead),
        "propose_random_ahead_mean": float(np.mean(ahead)),
    }


def measure(points: Path | None = None, partitions: int = 0) -> dict[str, Any]:
    """All figures of this file."""
    folder = points or Path(os.environ.get("VILLAGE_POINTS", "."))
    figures: dict[str, Any] = {}
    for name, table in {
        "jinxi": "jinxi",
        "fenghua": "fenghua",
        **{name: str(folder / file) for name, file in POINTS.items()},
    }.items():
        if name not in POINTS or Path(table).exists():
            figures |= in_child(name, str(Path(table).resolve()) if name in POINTS else table)
    if "propose_city_cpu_s" in figures and "propose_county_cpu_s" in figures:
        each = [
            figures[f"propose_{name}_cpu_s"] / figures[f"propose_{name}_villages"]
            for name in ("county", "city")
        ]
        figures["propose_growth"] = each[1] / each[0]
    if partitions:
        figures |= against_random(partitions)
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in figures.items()
    }


def main() -> None:
    """The figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=Path, help="folder of tables of real village points")
    parser.add_argument(
        "--random", type=int, default=0, help="random partitions of fenghua to measure"
    )
    parser.add_argument("--table", help="measure this table alone, in this process")
    parser.add_argument("--seed", type=int, default=1, help="seed of a table measured alone")
    options = parser.parse_args()
    print(
        json.dumps(
            timed(options.table, options.seed)
            if options.table
            else measure(options.points, options.random),
            indent=1,
        )
    )


if __name__ == "__main__":
    main()

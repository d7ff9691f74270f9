"""How long a proposal takes, how it grows with the county, and whether random partitions do better.

    python -m benchmarks.propose --points fenghua_village_points.csv [--large ningbo_village_points.csv] [--random 1000]

Without points only Jinxi and the random partitions of the scenario `fenghua` are measured. Elapsed and processor seconds are both
told: a machine is often shared. `first_s`: until the first proposal stands.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.propose.candidates import Country
from experiments.propose.evaluate import Evaluation, evaluate
from experiments.propose.scoring import Candidate
from experiments.propose.search import Search, Step
from experiments.propose.task import Task
from sim.ensemble import warm_up
from sim.luck import name_key
from sim.scenario import load

BUDGET_EACH = 84_000.0  # yuan a village over the horizon: about a third of the usual grants for everybody


def timed(name: str, task: Task, *, whole: bool = True) -> tuple[dict[str, float], Search]:
    """One proposal: seconds, memory, and what it brings on fresh luck."""
    first: list[float] = []

    def say(step: Step) -> None:
        if step.choice is not None and not first:
            first.append(step.seconds)

    began, cpu = time.monotonic(), time.process_time()
    search = Search(task, say=say)
    search.run()
    searched = time.monotonic() - began
    found = {f"{name}_villages": float(task.scenario.size), f"{name}_first_s": first[0], f"{name}_search_s": searched}
    if whole:
        answer = evaluate(search)
        found |= {
            f"{name}_optimism": answer.hunt.optimism,
            f"{name}_fresh": answer.hunt.fresh,
            f"{name}_fresh_error": answer.hunt.fresh_error,
        }
    found |= {
        f"{name}_s": time.monotonic() - began,
        f"{name}_cpu_s": time.process_time() - cpu,
        f"{name}_candidates": len(search.bank.candidates),
    }
    found[f"{name}_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found, search


def random_partition(task: Task, country: Country, number: int, grants: Sequence[float]) -> list[Candidate]:
    """A feasible partition by luck: admissible groups of neighbours, any strategy, any grant that the rest of the budget allows."""
    rng = np.random.default_rng(name_key("random partition", str(number)))
    free = set(range(country.n)) - task.rules.taken
    names = [plan.name for plan in task.plans]
    left = task.budget
    found = []
    for i in rng.permutation(sorted(free)):
        near = [j for j in country.near[i] if j in free]
        size = int(rng.integers(task.low, task.high + 1))
        if i not in free or len(near) < size - 1:
            continue
        group = tuple(sorted([int(i), *near[: size - 1]]))
        levels = [(s, g) for s, g in task.classes if s == names[int(rng.integers(len(names)))]]
        strategy, grant = levels[int(rng.integers(len(levels)))] if levels else (names[0], 0.0)
        c = Candidate(group, strategy, grant)
        if task.cost(c) > left:
            c = Candidate(group, strategy, 0.0)
        if country.admissible(group):
            left -= task.cost(c)
            found.append(c)
            free -= set(group)
    return found


def against_random(count: int, runs: int = 100) -> dict[str, float]:
    """The proposal for the scenario `fenghua` against random feasible partitions with the same budget, on fresh luck."""
    s = load("fenghua")
    task = Task(s, "weak_villages_50k", BUDGET_EACH * s.size)
    search = Search(task)
    search.run()
    assert search.best is not None
    measured = Evaluation(search, runs=runs)
    ours = float(measured.gain(measured.live(search.best.candidates)).mean())
    others = []
    for number in range(count):
        partition = random_partition(task, search.country, number, task.levels)
        others.append(float(measured.gain(measured.live(partition)).mean()))
    return {
        "random_partitions": count, "random_beaten": sum(ours > other for other in others), "random_ours": ours,
        "random_best": max(others), "random_mean": float(np.mean(others)),
    }  # fmt: skip


def measure(points: Path | None, large: Path | None, partitions: int) -> dict[str, Any]:
    """All figures of this file."""
    warm_up()
    s = load("jinxi")
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_at_start": os.getloadavg()[0]}
    found |= timed("jinxi", Task(s, "gain_total", 2e6))[0]
    if points is not None:
        s = load(points)
        found |= timed("county", Task(s, "weak_villages_50k", BUDGET_EACH * s.size))[0]
    if large is not None:
        s = load(large)
        found |= timed("city", Task(s, "weak_villages_50k", BUDGET_EACH * s.size))[0]
    if points is not None and large is not None:
        each = [found[f"{name}_cpu_s"] / found[f"{name}_villages"] for name in ("county", "city")]
        found["cpu_growth_a_village"] = each[1] / each[0]
    if partitions:
        found |= against_random(partitions)
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}


def main() -> None:
    """The figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=Path, help="table of a county's villages with coordinates")
    parser.add_argument("--large", type=Path, help="table of a city's villages")
    parser.add_argument("--random", type=int, default=0, help="random partitions of fenghua to measure")
    options = parser.parse_args()
    print(json.dumps(measure(options.points, options.large, options.random), indent=1))


if __name__ == "__main__":
    main()

"""How fast the model is, measured in one run of one process, compiled rules and plain Mesa by turns.

A machine is often shared, so time is counted as this process would have met it alone: processor time on one thread; on two threads
the elapsed time less what the threads waited, ready to run, while other processes had the processors (where Linux tells it, else
plain elapsed time). Commands are counted both ways, `_s` elapsed and `_cpu_s`. Every figure is the best of some repetitions,
but plain Mesa's, which is the mean of as many runs.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import numba
import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.building import build
from village_alliances.sim.compiled import compiled
from village_alliances.sim.ensemble import BLOCK, run_ensemble, warm_up
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import Scenario, load

from benchmarks.county import country, county
from benchmarks.plain_mesa import County

STRATEGY = "strong_leads_weak"
MODE: Mode = "posterior"  # the parameters that every command draws from
RUNS = 256
QUARTERS = 40
HERE = Path(__file__).parents[1]


def measure() -> dict[str, Any]:
    """All figures of this file: name -> number, and under `machine` where and how they were measured."""
    warm_up()
    found = machine() | against_plain_mesa() | ensembles() | whole_country() | commands()
    found["cost_growth_230_to_490000"] = found["country_ns"] / found["county_ns"]
    for name in (
        "fenghua",
        "zibo",
    ):  # plain Mesa has no formation: its time for so many villages in given alliances
        scenario = load(name)
        plain_ms = found["plain_mesa_ns"] * scenario.size * scenario.ticks / 1e6
        found[f"{name}_ratio_two_threads"] = plain_ms / found[f"{name}_run_ms"]
    found["china_formation_ratio"] = (
        found["plain_mesa_ns"] * 490_000 * QUARTERS / 1e9 / found["china_formation_s"]
    )
    found["load_at_end"] = round(os.getloadavg()[0], 1)
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in found.items()
    }


def machine() -> dict[str, Any]:
    """Where and when."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numba": numba.__version__,
        "numpy": np.__version__,
        "load_at_start": round(os.getloadavg()[0], 1),
    }


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def waited() -> float:
    """Seconds that this thread has been ready to run while others had the processors."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def on_threads(scenario: Scenario, runs: int, threads: int, years: int = 0) -> float:
    """Elapsed seconds of an ensemble on some threads, less what they waited for other processes on the average."""
    workers: dict[int, float] = {}

    def note(_: int) -> None:
        workers[threading.get_ident()] = waited()

    begun = time.perf_counter()
    run_ensemble(
        scenario, STRATEGY, runs=runs, years=years, mode=MODE, threads=threads, progress=note
    )
    return time.perf_counter() - begun - sum(workers.values()) / threads


def on_one_thread(work: Callable[[], Any]) -> float:
    """Processor seconds of a piece of work on this thread."""
    begun = time.thread_time()
    work()
    return time.thread_time() - begun


def against_plain_mesa(repeats: int = 7) -> dict[str, float]:
    """The compiled rules, the plain Mesa model and the floor, by turns: nanoseconds per village-quarter, and their ratios.

    A county of 230 villages in 46 alliances, 40 quarters, parameters as shipped. Both sides build the start by the same code, run the shadow, and
    record the same outcomes. `formation` is off: alliances are given. The kernel makes 256 runs, the twin one at a time, each another; since
    runs differ in what there is to do, it is the twin's mean that counts, and the best of ours, which do the same work each time.
    """
    scenario = county()
    one, two, twin, least = [], [], [], []
    for run in range(repeats):
        one.append(
            on_one_thread(lambda: run_ensemble(scenario, STRATEGY, runs=RUNS, mode=MODE, threads=1))
            / RUNS
        )
        two.append(on_threads(scenario, RUNS, threads=2) / RUNS)
        twin.append(on_one_thread(lambda run=run: plain_mesa(scenario, run)))
        least.append(floor_ns())
    each = 1e9 / (scenario.size * QUARTERS)
    return {
        "ratio_one_thread": mean(twin) / min(one),
        "ratio_two_threads": mean(twin) / min(two),
        "floor_ratio": min(one) * each / min(least),
        "county_ns": min(one) * each,
        "county_two_threads_ns": min(two) * each,
        "plain_mesa_ns": mean(twin) * each,
        "floor_ns": min(least),
    }


def plain_mesa(scenario: Scenario, run: int) -> None:
    """One run of the same in plain Mesa."""
    model = County(
        build(scenario, STRATEGY, runs=np.array([run], np.uint64), mode=MODE, years=QUARTERS // 4)
    )
    for _ in range(QUARTERS):
        model.step()


def floor_ns() -> float:
    """Nanoseconds per village-quarter below which no order of these computations can go: its draws alone, and its memory alone.

    Draws: two normal and one uniform a village and quarter. Memory: every column of villages read once and written once a quarter,
    in blocks as the ensemble has them. Compiled loops over the same arrays.
    """
    scenario = county()
    villages = build(scenario, STRATEGY, runs=BLOCK // scenario.size, mode=MODE).v
    out = np.empty(villages.id.size)
    draw(villages.id, out)
    touch(villages.real, villages.whole)
    begun = time.thread_time()
    for _ in range(QUARTERS):
        draw(villages.id, out)
        touch(villages.real, villages.whole)
    return (time.thread_time() - begun) * 1e9 / QUARTERS / out.size


@compiled
def draw(ids, out):
    """The draws of a quarter that every village needs."""
    noise, home, leaving = (
        luck.stream(1, 0, 0, luck.NOISE),
        luck.stream(1, 0, 0, luck.VILLAGER_NOISE),
        luck.stream(1, 0, 0, luck.DEPARTURE),
    )
    for i in range(ids.size):
        out[i] = (
            luck.normal(noise, ids[i]) + luck.normal(home, ids[i]) + luck.uniform(leaving, ids[i])
        )


@compiled
def touch(real, whole):
    """Read and write every column once."""
    for row in range(real.shape[0]):
        for i in range(real.shape[1]):
            real[row, i] *= 1.000001
    for row in range(whole.shape[0]):
        for i in range(whole.shape[1]):
            whole[row, i] += 1


def ensembles(repeats: int = 3, county_runs: int = 64) -> dict[str, float]:
    """Twenty thousand runs of five villages, and counties whose villages ally by themselves; two threads."""
    found = {
        "jinxi_20000_runs_s": min(
            on_threads(load("jinxi"), 20_000, threads=2, years=6) for _ in range(repeats)
        )
    }
    for name in ("fenghua", "zibo"):
        found[f"{name}_run_ms"] = (
            min(on_threads(load(name), county_runs, threads=2) for _ in range(repeats))
            / county_runs
            * 1e3
        )
    return found


def whole_country(repeats: int = 2) -> dict[str, float]:
    """490,000 villages x 40 quarters in one run, in processes of their own: building and stepping; reading the scenario is apart."""
    given = [in_child("country", "given") for _ in range(repeats)]
    free = in_child("country", "formation")
    best = {name: min(one[name] for one in given) for name in given[0]}
    return {
        "china_run_s": best["build_s"] + best["steps_s"],
        "china_peak_gb": best["peak_gb"],
        "china_build_s": best["build_s"],
        "china_load_s": best["load_s"],
        "country_ns": (best["build_s"] + best["steps_s"]) * 1e9 / best["villages"] / QUARTERS,
        "china_formation_s": free["build_s"] + free["steps_s"],
        "china_formation_peak_gb": free["peak_gb"],
    }


def country_run(kind: str) -> dict[str, float]:
    """What `whole_country` asks of a process of its own."""
    warm_up()
    parts: list[Any] = []

    def run() -> None:
        for tick in range(QUARTERS):
            step(parts[1], tick)

    load_s = on_one_thread(lambda: parts.append(country(given=kind == "given")))
    build_s = on_one_thread(
        lambda: parts.append(build(parts[0], STRATEGY, mode=MODE, years=QUARTERS // 4))
    )
    steps_s = on_one_thread(run)
    return {
        "load_s": load_s,
        "build_s": build_s,
        "steps_s": steps_s,
        "peak_gb": peak_gb(),
        "villages": parts[0].size,
    }


def peak_gb() -> float:
    """Most memory that this process has held, in GB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / 1e9


def compile_run() -> dict[str, float]:
    """Compile the model where the cache is empty."""
    return {"seconds": on_one_thread(lambda: warm_up(say=lambda text: None))}


def in_child(*what: str, env: dict[str, str] | None = None) -> dict[str, float]:
    """A measurement of this file in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed", *what],
        cwd=HERE,
        env=os.environ | (env or {}),
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout))


def commands(repeats: int = 5) -> dict[str, float]:
    """What a planner waits for at the command line."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        asked = {
            "help": ("--help",),
            "compare_jinxi": ("compare", "jinxi", "--runs", "500", "--out", folder),
        }
        for name, arguments in asked.items():
            times = [command(*arguments) for _ in range(repeats)]
            found[f"{name}_s"], found[f"{name}_cpu_s"] = (
                min(side) for side in zip(*times, strict=True)
            )
    with tempfile.TemporaryDirectory() as empty:
        found["compile_s"] = in_child("compile", env={"VILLAGE_ALLIANCES_CACHE": empty})["seconds"]
    return found


def command(*arguments: str) -> tuple[float, float]:
    """Elapsed and processor seconds of an `alliances` command."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "village_alliances", *arguments],
        cwd=HERE,
        check=True,
        capture_output=True,
    )
    elapsed, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    what = sys.argv[1:]
    print(
        json.dumps(
            country_run(what[1])
            if what[:1] == ["country"]
            else compile_run()
            if what == ["compile"]
            else measure()
        )
    )

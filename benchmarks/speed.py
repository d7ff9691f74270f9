"""How fast the model is, measured in one run of one process, compiled rules
and plain Mesa by turns.

A machine is often shared, so time is counted as this process would have met it alone: processor
time on one thread; on two threads the elapsed time less what the threads waited, ready to run,
while other processes had the processors (where Linux tells it, else plain elapsed time). Commands
are counted both ways, `_s` elapsed and `_cpu_s`. Every figure is the best of some repetitions, but
plain Mesa's, which is the mean of as many runs.
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
from village_alliances.sim.ensemble import BLOCK, blocks, run_ensemble, warm_up
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import Scenario

from benchmarks.county import county
from benchmarks.plain_mesa import County

STRATEGY = "strong_leads_weak"
MODE: Mode = default_mode()  # the parameters that every command draws from
RUNS = 64
QUARTERS = 40
WAITED: dict[
    int, float
] = {}  # what each thread had waited when it was last looked at: they live on
PLAYS = 2  # with the strategy, and without alliances on the same draws
HERE = Path(__file__).parents[1]


def measure() -> dict[str, Any]:
    """All figures of this file: name -> number, and under `machine` where
    and how they were measured."""
    warm_up()
    figures = machine() | against_plain_mesa() | by_size() | whole_country() | commands()
    figures["cost_growth_376_to_490000"] = figures["china_ns"] / figures["fenghua_one_play_ns"]
    figures["load_at_end"] = round(os.getloadavg()[0], 1)
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in figures.items()
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


def on_threads(scenario: Scenario, runs: int, threads: int, strategy: str = STRATEGY) -> float:
    """Elapsed seconds of an ensemble on some threads, less what they waited for other
    processes on the average."""
    workers: dict[int, float] = {}

    def note(_: int) -> None:
        workers[threading.get_ident()] = waited()

    WAITED[threading.get_ident()] = waited()
    begun = time.perf_counter()
    run_ensemble(scenario, strategy, runs=runs, mode=MODE, threads=threads, progress=note)
    taken = time.perf_counter() - begun
    lost = sum(now - WAITED.get(thread, 0.0) for thread, now in workers.items())
    WAITED.update(workers)
    return taken - lost / threads


def on_one_thread(work: Callable[[], Any]) -> float:
    """Processor seconds of a piece of work on this thread."""
    begun = time.thread_time()
    work()
    return time.thread_time() - begun


def against_plain_mesa(repeats: int = 3) -> dict[str, float]:
    """The compiled rules and the plain Mesa model by turns: nanoseconds a
    village-quarter, and their ratios.

    Of an invented county of 230 villages in 46 given alliances, and of Fenghua, where villages
    ally by themselves and a campaign lifts the weak; 40 quarters, parameters drawn. Both sides
    build the start by the same code, play the strategy and `none` on the same draws, and record
    the same levels. The kernel makes many runs, the twin one at a time, each another; since runs
    differ in what there is to do, it is the twin's mean that counts, and the best of ours, which
    do the same work each time.
    """
    figures = side_by_side("county", county(), repeats) | side_by_side(
        "fenghua", load("fenghua"), repeats
    )
    figures["floor_ns"] = min(floor_ns() for _ in range(repeats))
    figures["floor_ratio"] = figures["county_ns"] / figures["floor_ns"]
    return figures


def side_by_side(name: str, scenario: Scenario, repeats: int) -> dict[str, float]:
    """The figures of `against_plain_mesa` for one scenario, each under its name."""
    single, two, alone, twin = [], [], [], []
    together = {"runs": RUNS, "mode": MODE, "threads": 1}
    for run in range(repeats):
        single.append(on_one_thread(lambda: run_ensemble(scenario, STRATEGY, **together)))
        two.append(on_threads(scenario, RUNS, threads=2))
        alone.append(on_one_thread(lambda: one_play(scenario, RUNS)))
        twin.append(on_one_thread(lambda run=run: plain_mesa(scenario, run)))
    each = 1e9 / (scenario.size * QUARTERS * PLAYS)
    return {
        f"{name}_ratio_one_thread": RUNS * mean(twin) / min(single),
        f"{name}_ratio_two_threads": RUNS * mean(twin) / min(two),
        f"{name}_ns": min(single) * each / RUNS,
        f"{name}_two_threads_ns": min(two) * each / RUNS,
        f"{name}_one_play_ns": min(alone) * each * PLAYS / RUNS,
        f"{name}_plain_mesa_ns": mean(twin) * each,
    }


def one_play(scenario: Scenario, runs: int) -> None:
    """Runs of the strategy alone, without `none` beside them: building and
    stepping, block by block."""
    for numbers in blocks(np.arange(runs, dtype=np.uint64), scenario.size):
        society = build(scenario, STRATEGY, runs=numbers, mode=MODE)
        for tick in range(QUARTERS):
            step(society, tick)


def plain_mesa(scenario: Scenario, run: int) -> None:
    """One run of the same in plain Mesa, with the strategy and without alliances."""
    for strategy in (STRATEGY, "none"):
        model = County(build(scenario, strategy, runs=np.array([run], np.uint64), mode=MODE))
        for _ in range(QUARTERS):
            model.step()


def floor_ns() -> float:
    """Nanoseconds per village-quarter below which no order of these computations can go: its draws
    alone, and its memory alone.

    Draws: two normal and one uniform a village and quarter. Memory: every column of villages read
    once and written once a quarter, in blocks as the ensemble has them. Compiled loops over the
    same arrays. Projects are not in it.
    """
    scenario = county()
    villages = build(scenario, STRATEGY, runs=BLOCK // scenario.size, mode=MODE).villages
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


def by_size(repeats: int = 3) -> dict[str, float]:
    """What a run costs by size, two plays on two threads: five villages, Fenghua, and
    a city of 2,811 villages."""
    figures = {}
    for name, runs in (("jinxi", 4_000), ("fenghua", 64), ("zibo", 16)):
        scenario = load(name)
        seconds = min(on_threads(scenario, runs, threads=2) for _ in range(repeats))
        figures[f"{name}_run_ms"] = seconds / runs * 1e3
        figures[f"{name}_village_quarter_ns"] = (
            seconds * 1e9 / runs / scenario.size / scenario.ticks / PLAYS
        )
    return figures


def whole_country() -> dict[str, float]:
    """490,000 villages that ally by themselves, 40 quarters, one play on one thread, in a process
    of its own; reading is apart."""
    figures = in_child("country")
    seconds = figures["build_s"] + figures["steps_s"]
    return {
        "china_run_s": seconds,
        "china_build_s": figures["build_s"],
        "china_load_s": figures["load_s"],
        "china_ns": seconds * 1e9 / figures["villages"] / QUARTERS,
        "china_peak_gb": figures["peak_gb"],
    }


def country_run() -> dict[str, float]:
    """What `whole_country` asks of a process of its own."""
    warm_up()
    parts: list[Any] = []

    def run() -> None:
        for tick in range(QUARTERS):
            step(parts[1], tick)

    load_s = on_one_thread(lambda: parts.append(load("china-scale")))
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


def commands(repeats: int = 3) -> dict[str, float]:
    """What a planner waits for at the command line."""
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        asked = {
            "help": ("--help",),
            "compare_jinxi": ("compare", "jinxi", "--runs", "500", "--out", folder),
        }
        for name, arguments in asked.items():
            times = [command(*arguments) for _ in range(repeats)]
            figures |= {
                f"{name}_{what}": min(side)
                for what, side in zip(
                    ("answer_s", "s", "cpu_s"), zip(*times, strict=True), strict=True
                )
            }
    with tempfile.TemporaryDirectory() as empty:
        figures["compile_s"] = in_child("compile", env={"VILLAGE_ALLIANCES_CACHE": empty})[
            "seconds"
        ]
    return figures


def command(*arguments: str) -> tuple[float, float, float]:
    """Elapsed seconds of an `alliances` command until it says something and until it has ended,
    and its processor seconds. Files are written after the answer."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "village_alliances", *arguments],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        answered = time.perf_counter() - begun
        child.stdout.read()
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, arguments)
    elapsed, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return answered, elapsed, used


if __name__ == "__main__":
    what = sys.argv[1:]
    print(
        json.dumps(
            country_run()
            if what == ["country"]
            else compile_run()
            if what == ["compile"]
            else measure()
        )
    )

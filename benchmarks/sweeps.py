"""How fast sweeps are, what storing costs, what Dask costs beside threads, how far batch_run is
behind, and how much memory a long one takes.

python -m benchmarks.sweeps            # a few minutes; prints one JSON object
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from village_alliances.experiments.design import Design, Sweep
from village_alliances.experiments.reader import expand
from village_alliances.experiments.store import read_runs
from village_alliances.experiments.sweep import Summary, carry_out
from village_alliances.sim.ensemble import warm_up
from village_alliances.sim.model import AllianceModel

JINXI = {"scenarios": ("jinxi",), "strategies": ("strong_leads_weak",), "parameters": "prior"}
OUTCOME = "gain_mean"
SEED = 1
FENGHUA = {**JINXI, "scenarios": ("fenghua",)}


def sweeps(
    runs: int = 100_000,
    county_runs: int = 1_000,
    memory_runs: int = 1_000_000,
    batch_runs: int = 1_000,
) -> dict[str, float]:
    """The figures of sweeps, on all cores of this machine and a fresh folder each.

    `sweep_100k_jinxi_s`: seconds for `runs` runs of jinxi x 24 quarters, outcomes stored.
    `store_share`: part of the work that went into storing. `sweep_1k_fenghua_s`: seconds for
    `county_runs` runs of fenghua. `dask_ratio`: time with two local Dask workers over that with two
    threads. `batch_run_ratio`: time of mesa.batch_run on the live model over that of a sweep of the
    same runs, both in this process on one thread. `sweep_peak_mb`: most memory of a process that
    makes `memory_runs` runs of jinxi. Each run is told beside its run of no alliance, which is
    counted as work and not as a run.
    """
    warm_up()
    jinxi = timed(design(JINXI, runs))
    fenghua = timed(design(FENGHUA, county_runs))
    return {
        "sweep_100k_jinxi_s": round(jinxi.seconds, 2),
        "store_share": round(jinxi.storing / (jinxi.engine + jinxi.storing), 4),
        "sweep_1k_fenghua_s": round(fenghua.seconds, 2),
        "dask_ratio": round(dask_ratio(runs), 3),
        "batch_run_ratio": round(batch_run_ratio(batch_runs), 1),
        "sweep_peak_mb": round(peak_mb(memory_runs), 1),
    }


def design(body: dict[str, Any], runs: int) -> Design:
    """So many runs of one scenario under one strategy."""
    return expand(Sweep(**body, replicates=runs, seed=SEED))


def timed(made: Design, **how: Any) -> Summary:
    """A sweep into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        summary = carry_out(made, Path(folder) / "out", **how)
    if not summary.complete or summary.failed:
        raise RuntimeError(f"a sweep went wrong: {summary}")
    return summary


def dask_ratio(runs: int) -> float:
    """Time with two local Dask workers of one thread each over the time with two threads; compiling
    and starting not counted."""
    from distributed import LocalCluster
    from village_alliances.experiments.cluster import dask_executor

    made = design(JINXI, runs)
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        dask_executor(cluster.scheduler_address) as (executor, ahead),
    ):
        timed(design(JINXI, 20_000), executor=executor, ahead=ahead)
        with_dask = timed(made, executor=executor, ahead=ahead).seconds
    return with_dask / timed(made, workers=2).seconds


def batch_run_ratio(runs: int) -> float:
    """Time of mesa.batch_run over that of a sweep of the same runs, each on one thread.
    RuntimeError unless their outcomes are the same."""
    timed(design(JINXI, runs), workers=1)
    with tempfile.TemporaryDirectory() as folder:
        ours = carry_out(design(JINXI, runs), Path(folder) / "out", workers=1).seconds
        stored = (
            read_runs(Path(folder) / "out", ["run", OUTCOME]).sort_values("run")[OUTCOME].to_numpy()
        )
    asked = {
        "scenario": JINXI["scenarios"][0],
        "strategy": JINXI["strategies"][0],
        "mode": JINXI["parameters"],
        "luck_seed": SEED,
        "log": False,
        "run": range(runs),
    }
    begun = time.perf_counter()
    rows = mesa.batch_run(AllianceModel, asked, number_processes=1, display_progress=False)
    theirs = time.perf_counter() - begun
    last = np.array([row[OUTCOME] for row in sorted(rows, key=lambda row: row["run"])])
    if not np.array_equal(stored, last):
        raise RuntimeError("mesa.batch_run and the sweep did not make the same runs")
    return theirs / ours


def peak_mb(runs: int) -> float:
    """Most memory in MB that a process of its own takes for so many runs of jinxi."""
    code = (
        "import resource, sys; from benchmarks.sweeps import JINXI, design, timed;"
        f"timed(design(JINXI, {runs}));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if "
        "sys.platform == 'linux' else 1024**2))"
    )
    top = Path(__file__).parent.parent
    path = os.pathsep.join([str(top), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=top,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout)


if __name__ == "__main__":
    print(json.dumps(sweeps()))

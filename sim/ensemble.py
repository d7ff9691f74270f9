"""Many runs of one scenario under one portfolio, in blocks, on threads.

Every run is an island of its own, so the result is the same bits for any size of block and any number of threads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from village_alliances.sim.building import build, parameters_of
from village_alliances.sim.columns import Society
from village_alliances.sim.compiled import is_compiled, mark_compiled
from village_alliances.sim.metrics import INDEX, NAMES
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import QUARTER, step
from village_alliances.sim.scenario import Scenario, load
from village_alliances.sim.strategy import Portfolio, Strategy

BLOCK = 12000  # villages stepped together: large enough to spread a rule's call, small enough to stay in cache
KEPT = ("collective_income", "alone_income", "villager_income", "start_income")
STATUS = {0: "SUCCEEDED", 1: "FAILED"}
WHY = {1: "an income is not a finite number"}


@dataclass
class Ensemble:
    """Outcomes of many runs. `series` (runs, years + 1, outcomes); year 0 is the start. `grants` (runs, ticks) yuan a quarter of
    public money for alliances. `villages`: name -> (runs, villages) at the end, where kept. `status` (runs,): 0 is well."""

    scenario: Scenario
    portfolio: Portfolio
    runs: np.ndarray
    series: np.ndarray
    grants: np.ndarray
    status: np.ndarray
    parameters: np.recarray
    villages: dict[str, np.ndarray] = field(default_factory=dict)

    def outcome(self, name: str, year: int = -1) -> np.ndarray:
        """One outcome of every run at the end of a year (default: the last), shape (runs,); failed runs are nan."""
        values = self.series[:, year, INDEX[name]].copy()
        values[self.status != 0] = np.nan
        return values

    def trajectory(self, name: str) -> np.ndarray:
        """One outcome of every run by year, shape (runs, years + 1); failed runs are nan."""
        values = self.series[:, :, INDEX[name]].copy()
        values[self.status != 0] = np.nan
        return values


def blocks(runs: np.ndarray, villages: int, workers: int = 1) -> list[np.ndarray]:
    """Runs (their numbers or their places) cut into blocks of at most BLOCK villages, at least one run each, as many as give every worker the same to do."""
    most = max(1, BLOCK // max(1, villages))
    parts = -(-runs.size // most)
    parts = min(max(1, runs.size), -(-parts // workers) * workers)
    return np.array_split(runs, parts)


def run_ensemble(
    scenario: Scenario,
    portfolio: Portfolio | Strategy | str,
    *,
    runs: int | np.ndarray = 100,
    seed: int = 1,
    years: int = 0,
    levers: Mapping[str, float] | None = None,
    mode: Mode | None = None,
    fixed: Mapping[str, Any] | None = None,
    solo_budget: np.ndarray | None = None,
    keep_villages: bool = False,
    threads: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Ensemble:
    """Run an ensemble. Run k meets the same luck, parameters and imputed blanks under every portfolio.

    `runs`: how many, or their numbers; a number may stand several times, with other parameters (`fixed`).
    `solo_budget` (runs, ticks): public money for projects of single villages instead.
    `fixed`: parameter values by name, a scalar or one a run. `threads`: 0 for one a processor. `progress` is called with
    the number of runs each finished block held.
    """
    if not isinstance(portfolio, Portfolio):
        portfolio = Portfolio(portfolio)
    numbers = (
        np.arange(runs, dtype=np.uint64)
        if isinstance(runs, (int, np.integer))
        else np.asarray(runs, np.uint64)
    )
    ticks = 4 * (years or scenario.years)
    parameters = parameters_of(scenario, mode, seed, numbers, fixed)
    found = Ensemble(
        scenario=scenario,
        portfolio=portfolio,
        runs=numbers,
        series=np.zeros((numbers.size, ticks // 4 + 1, len(NAMES))),
        grants=np.zeros((numbers.size, ticks)),
        status=np.zeros(numbers.size, np.int32),
        parameters=parameters,
        villages={name: np.zeros((numbers.size, scenario.size)) for name in KEPT}
        if keep_villages
        else {},
    )
    warm_up()

    def carry_out(at: np.ndarray) -> None:
        society = build(
            scenario,
            portfolio,
            seed=seed,
            runs=numbers[at],
            levers=levers,
            parameters=parameters[at],
            years=years,
            solo_budget=None if solo_budget is None else solo_budget[at],
        )
        for tick in range(ticks):
            step(society, tick)
            found.grants[at, tick] = society.r.grants
        found.series[at] = society.series
        found.status[at] = society.r.status
        for name, kept in found.villages.items():
            kept[at] = getattr(society.v, name).reshape(at.size, scenario.size)
        if progress:
            progress(at.size)

    workers = threads or os.cpu_count() or 1
    parts = blocks(np.arange(numbers.size), scenario.size, workers)
    if workers == 1 or len(parts) == 1:
        for part in parts:
            carry_out(part)
    else:
        with ThreadPoolExecutor(workers) as pool:
            begun = [pool.submit(carry_out, part) for part in parts]
            try:
                for done in begun:
                    done.result()
            except BaseException:  # a failure, or Ctrl-C: what has not begun is left undone
                pool.shutdown(cancel_futures=True)
                raise
    return found


_warm = False


def warm_up(say: Callable[[str], None] | None = None) -> None:
    """Compile every rule once, before threads meet it; tell the user if it takes a while."""
    global _warm
    if _warm:
        return
    if not is_compiled():
        (say or _to_stderr)(
            "Compiling the model for this machine, once: about 20 seconds / 首次使用，正在编译模型，约 20 秒 …"
        )
    society = build(load("jinxi"), "strong_leads_weak", runs=1, mode="point", years=1)
    for tick in range(4):
        step(society, tick)
    mark_compiled()
    _warm = True


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


__all__ = ["QUARTER", "Ensemble", "Society", "blocks", "run_ensemble", "warm_up"]

"""What a finished sweep says at one setting, in the form in which the compare page shows an answer: the same tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments import statistics
from village_alliances.interface.dashboard.answers import Answer
from village_alliances.interface.dashboard.jobs import Job
from village_alliances.sim.metrics import BY_NAME


@dataclass(frozen=True)
class Setting:
    """A scenario and a value of each lever; `cells`: strategy -> its runs in the order of their numbers, failed ones without outcomes."""

    scenario: str
    levers: dict[str, float]
    cells: dict[str, pd.DataFrame]

    @property
    def key(self) -> str:
        """A short name."""
        return "~".join(
            [self.scenario, *(f"{name}={value:g}" for name, value in self.levers.items())]
        )


def settings_of(job: Job, frame: pd.DataFrame) -> list[Setting]:
    """Every scenario and setting of the levers of a finished sweep."""
    names = list(job.design.lever_names)
    outcomes = list(job.design.outcomes)
    frame = frame.copy()
    frame.loc[frame["status"] != "SUCCEEDED", outcomes] = np.nan
    found = []
    for key, part in frame.groupby(["scenario", *names], sort=True):
        scenario, *values = key
        cells = {str(s): runs.sort_values(["point", "run"]) for s, runs in part.groupby("strategy")}
        found.append(
            Setting(str(scenario), {n: float(v) for n, v in zip(names, values, strict=True)}, cells)
        )
    return found


def answer_at(job: Job, setting: Setting) -> Answer:
    """The answer at one setting; it holds no years between, and no rivals of equal public money."""
    scenario = job.design.scenarios[setting.scenario]
    strategies = [s for s in job.design.portfolios if s in setting.cells]
    values = {s: setting.cells[s][list(job.design.outcomes)].to_numpy(float) for s in strategies}
    runs = len(next(iter(values.values())))
    return Answer(
        question={},
        strategies=strategies,
        titles={s: dict(job.design.portfolios[s].default.title) for s in strategies},
        place=dict(scenario.title),
        villages=scenario.size,
        given=len(scenario.given),
        grouped=scenario.grouped,
        years=[scenario.start - 1, scenario.start - 1 + scenario.years],
        runs=runs,
        failed=int(sum(np.isnan(v).any(axis=1).sum() for v in values.values())),
        mode=str(job.design.mode),
        seed=job.design.sweep.seed,
        bands={},
        changes={},
        table=[
            row
            for s in strategies
            for row in _rows(job.design.outcomes, s, values[s], values[strategies[0]])
        ],
        against=[],
        strongest={},
        same=[],
        best=_best(job.design.outcomes, values),
        best_prior=[],
        who=[],
        cost=[],
        imputed=[],
        verdict={},
        command="",
        complete=True,
    )


def _rows(
    outcomes: tuple[str, ...], strategy: str, values: np.ndarray, base: np.ndarray
) -> list[dict[str, Any]]:
    found = []
    for at, outcome in enumerate(outcomes):
        own, difference = (
            statistics.band(values[:, at]),
            statistics.differences(values[:, at], base[:, at]),
        )
        apart, better = statistics.band(difference), BY_NAME[outcome].better
        found.append(
            {
                "strategy": strategy,
                "outcome": outcome,
                "unit": BY_NAME[outcome].unit,
                "median": own.median,
                "p05": own.low,
                "p95": own.high,
                "diff_median": apart.median,
                "diff_p05": apart.low,
                "diff_p95": apart.high,
                "p_better": statistics.probability_better(difference, better)
                if better
                else float("nan"),
            }
        )
    return found


def _best(outcomes: tuple[str, ...], values: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    found = []
    for at, outcome in enumerate(outcomes):
        better = BY_NAME[outcome].better
        side_by_side = statistics.complete(np.stack([v[:, at] for v in values.values()], axis=1))
        if not better or not len(side_by_side):
            continue
        best, rank = (
            statistics.probability_of_best(side_by_side, better),
            statistics.ranks(side_by_side, better).mean(axis=0),
        )
        found += [
            {
                "outcome": outcome,
                "strategy": s,
                "p_best": float(best[k]),
                "mean_rank": float(rank[k]),
            }
            for k, s in enumerate(values)
        ]
    return found

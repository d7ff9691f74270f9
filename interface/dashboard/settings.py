"""What a finished sweep says at one setting, in the form in which the compare page shows an answer:
the same tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments import statistics
from village_alliances.experiments.answer.evidence import AIMED, OUTCOME
from village_alliances.experiments.design import column_of
from village_alliances.interface.dashboard.answers import AGAINST, Answer
from village_alliances.interface.dashboard.sweeps import SweepJob
from village_alliances.sim.metrics import BY_NAME


@dataclass(frozen=True)
class Setting:
    """A scenario and a value of each lever; `cells`: strategy -> its runs in the order of their
    numbers, failed ones without outcomes; `rivals`: strategy -> rival -> the same of single
    villages with its public money."""

    scenario: str
    levers: dict[str, float]
    cells: dict[str, pd.DataFrame]
    rivals: dict[str, dict[str, pd.DataFrame]]

    @property
    def key(self) -> str:
        """A short name."""
        return "~".join(
            [self.scenario, *(f"{name}={value:g}" for name, value in self.levers.items())]
        )


def settings_of(job: SweepJob, frame: pd.DataFrame) -> list[Setting]:
    """Every scenario and setting of the levers of a finished sweep."""
    names = list(job.design.lever_names)
    outcomes = list(job.design.outcomes)
    frame = frame.copy()
    frame.loc[frame["status"] != "SUCCEEDED", outcomes] = np.nan
    settings = []
    for key, part in frame.groupby(["scenario", *map(column_of, names)], sort=True):
        scenario, *values = key
        levers = {n: float(v) for n, v in zip(names, values, strict=True)}
        of_rivals = part[part["rival"] != ""]
        rivals = {str(s): _by("rival", runs) for s, runs in of_rivals.groupby("strategy")}
        settings.append(
            Setting(str(scenario), levers, _by("strategy", part[part["rival"] == ""]), rivals)
        )
    return settings


def _by(name: str, part: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Runs in the order of their numbers by what stands in a column."""
    return {str(key): runs.sort_values(["point", "run"]) for key, runs in part.groupby(name)}


def answer_at(job: SweepJob, setting: Setting) -> Answer:
    """The answer at one setting; it holds no years between, and of rivals of equal public money
    those that the sweep names."""
    scenario = job.design.scenarios[setting.scenario]
    strategies = [s for s in job.design.portfolios if s in setting.cells]
    values = {s: setting.cells[s][list(job.design.outcomes)].to_numpy(float) for s in strategies}
    runs = len(next(iter(values.values())))
    against = _against(job.design.outcomes, setting, values)
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
        against=[row for row in against if row["outcome"] in AGAINST],
        strongest=_strongest(setting),
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


def _against(
    outcomes: tuple[str, ...], setting: Setting, values: Mapping[str, np.ndarray]
) -> list[dict[str, Any]]:
    """How each strategy stands to its rivals, run by run."""
    return [
        {"rival": rival, **row}
        for s, rivals in setting.rivals.items()
        for rival, runs in rivals.items()
        for row in _rows(outcomes, s, values[s], runs[list(outcomes)].to_numpy(float))
    ]


def _strongest(setting: Setting) -> dict[str, str]:
    """The rival of each strategy that does most for villages that began weak without picking
    them; nothing where the sweep does not tell."""
    means = {
        s: {
            rival: float(runs[OUTCOME].mean())
            for rival, runs in rivals.items()
            if OUTCOME in runs and rival not in AIMED
        }
        for s, rivals in setting.rivals.items()
    }
    return {s: max(mean, key=mean.__getitem__) for s, mean in means.items() if mean}


def _rows(
    outcomes: tuple[str, ...], strategy: str, values: np.ndarray, base: np.ndarray
) -> list[dict[str, Any]]:
    rows = []
    for i, outcome in enumerate(outcomes):
        own, difference = (
            statistics.band(values[:, i]),
            statistics.differences(values[:, i], base[:, i]),
        )
        apart, better = statistics.band(difference), BY_NAME[outcome].better
        rows.append(
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
    return rows


def _best(outcomes: tuple[str, ...], values: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    rows = []
    for i, outcome in enumerate(outcomes):
        better = BY_NAME[outcome].better
        side_by_side = statistics.complete(np.stack([v[:, i] for v in values.values()], axis=1))
        if not better or not len(side_by_side):
            continue
        best, rank = (
            statistics.probability_of_best(side_by_side, better),
            statistics.ranks(side_by_side, better).mean(axis=0),
        )
        rows += [
            {
                "outcome": outcome,
                "strategy": s,
                "p_best": float(best[k]),
                "mean_rank": float(rank[k]),
            }
            for k, s in enumerate(values)
        ]
    return rows

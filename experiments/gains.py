"""Where a gain comes from: its parts, the institutions of a strategy, and the
projects that alliances begin.

`parts` switches own money, pooling and shared ability on and off (sim/decompose.py). `institutions`
gives a strategy one institution of the plainest strategy at a time. `projects` looks into a part of
the runs (sim/prospects.py). All on the draws of the comparison; gains are those of the villages
that began weak, yuan a village and year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments import statistics
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.sim.decompose import SWITCHES, decompose
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.parameters import levers as all_levers
from village_alliances.sim.prospects import prospects
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio, Strategy

PARTS = ("concentration", *SWITCHES)
INSTITUTIONS = ("formation", "lead", "sharing", "names", "plenaries_per_year", "pact_quarters")
PLAIN = Strategy(name="plain", title={"en": "plain"})  # near villages, the ablest leads, by stake
LOOKED_AT = 100  # runs of which projects are looked at one by one
VILLAGE_RUNS = 2_000  # villages times runs, likewise
LEAST_LOOKED_AT = 8
FIGURES = ("mean", "error", "median", "p05", "p95")


def parts(scenario: Scenario, portfolios: Mapping[str, Portfolio], **options: Any) -> pd.DataFrame:
    """What concentration, own money, pooling and shared ability add to the gain of each strategy;
    they sum to it in every run.

    Columns: strategy, part, mean, error (of the mean), median, p05, p95, share (of the whole mean
    gain; nan where that is not above nought). `options` are those of `run_together`.
    """
    rows = []
    for label, portfolio in portfolios.items():
        decomposition = decompose(scenario, portfolio, outcome=OUTCOME, **options)
        whole = float(np.nanmean(sum(decomposition.values())))
        for part in PARTS:
            words = _told(decomposition[part])
            share = words["mean"] / whole if whole > 0 else float("nan")
            rows.append({"strategy": label, "part": part, **words, "share": share})
    return pd.DataFrame(rows, columns=["strategy", "part", *FIGURES, "share"])


def institutions(
    scenario: Scenario, portfolios: Mapping[str, Portfolio], **options: Any
) -> pd.DataFrame:
    """What each institution of a strategy adds to its gain over having that of the
    plainest strategy in its place.

    Columns: strategy, institution, value, mean, error, median, p05, p95. Institutions that are the
    plainest ones already are left out, and how partners are chosen where nobody chooses.
    """
    chosen = {**scenario.levers, **(options.get("levers") or {})}
    forms = chosen.get("formation", all_levers()["formation"].value) > 0
    asked: dict[tuple[str, str], Portfolio] = {}
    for label, portfolio in portfolios.items():
        for name in _different(portfolio):
            if name != "formation" or forms:
                asked[label, name] = _changed(portfolio, partial(_plainer, name=name))
    columns = ["strategy", "institution", "value", *FIGURES]
    if not asked:
        return pd.DataFrame(columns=columns)
    variants = {f"{label}\n{name}": portfolio for (label, name), portfolio in asked.items()}
    played = run_together(scenario, {**portfolios, **variants}, **options).strategies
    rows = []
    for label, name in asked:
        more = statistics.differences(
            played[label].outcome(OUTCOME), played[f"{label}\n{name}"].outcome(OUTCOME)
        )
        value = _value(portfolios[label].default, name)
        rows.append({"strategy": label, "institution": name, "value": value, **_told(more)})
    return pd.DataFrame(rows, columns=columns)


def projects(
    scenario: Scenario, portfolio: Portfolio, *, runs: np.ndarray, **options: Any
) -> pd.DataFrame:
    """Which projects the alliances of a strategy begin, in the first LOOKED_AT runs or
    fewer; columns of `prospects`."""
    return prospects(scenario, portfolio, runs=runs[: looked_at(scenario.size)], **options)


def looked_at(villages: int) -> int:
    """Runs of which projects are looked at one by one, at most: fewer where
    there are many villages."""
    return max(LEAST_LOOKED_AT, min(LOOKED_AT, VILLAGE_RUNS // villages))


def _told(values: np.ndarray) -> dict[str, float]:
    band = statistics.band(values)
    fine = values[np.isfinite(values)]
    return {
        "mean": float(fine.mean()) if fine.size else float("nan"),
        "error": statistics.standard_error_of_mean(values),
        "median": band.median,
        "p05": band.low,
        "p95": band.high,
    }


def _different(portfolio: Portfolio) -> list[str]:
    """Institutions, measures one by one, in which any strategy of a portfolio is not
    the plainest."""
    allied = [strategy for strategy in portfolio.strategies if strategy.allies]
    named = [n for n in INSTITUTIONS if any(getattr(s, n) != getattr(PLAIN, n) for s in allied)]
    return named + list(
        dict.fromkeys(measure for strategy in allied for measure in strategy.measures)
    )


def _plainer(strategy: Strategy, name: str) -> Strategy:
    """The strategy with one institution of the plainest strategy, or without one measure."""
    if not strategy.allies:
        return strategy
    if name in INSTITUTIONS:
        return strategy.model_copy(update={name: getattr(PLAIN, name)})
    return strategy.model_copy(
        update={"measures": tuple(m for m in strategy.measures if m != name)}
    )


def _changed(portfolio: Portfolio, change: Callable[[Strategy], Strategy]) -> Portfolio:
    return Portfolio(
        change(portfolio.default),
        {place: change(strategy) for place, strategy in portfolio.by.items()},
    )


def _value(strategy: Strategy, name: str) -> str:
    """What a strategy chose, as its file says it; nothing where a measure is the choice."""
    value = getattr(strategy, name, "")
    return f"{value:g}" if isinstance(value, float) else str(value)

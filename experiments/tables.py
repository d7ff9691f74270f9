"""The tables of a comparison: outcomes and differences, who is best how often, who gains, what it
costs, how exactly that is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments import statistics
from village_alliances.experiments.requirement import Requirement
from village_alliances.sim.metrics import MAIN, OUTCOMES, Outcome
from village_alliances.sim.runs import Ensemble

LOSS = -1000.0  # yuan a year; a smaller loss is none (the same line as the outcome `losers`)
OF_ALLIANCES = (
    "alliances", "alliances_on_paper", "allied_villages", "quiet_members", "cohesion", "leaves", "refusals", "ended",
    "theil_within", "theil_between", "own_money", "membership_cost",
)  # fmt: skip  # outcomes that single villages do not have
GROUPS = {
    "lead": "gain_lead",
    "weak": "gain_weak",
    "members": "gain_members",
    "outside": "gain_outside",
    "all": "gain_mean",
}
COLUMNS = (
    "strategy",
    "outcome",
    "unit",
    "n",
    "median",
    "p05",
    "p95",
    "diff_median",
    "diff_p05",
    "diff_p95",
    "p_better",
)
BEST_COLUMNS = (
    "outcome",
    "strategy",
    "p_best",
    "mean_rank",
    "expected_regret",
    "max_regret",
    "minimax",
)


def _last(ensemble: Ensemble) -> np.ndarray:
    """All outcomes at the horizon, (runs, outcomes); failed runs are nan."""
    return np.stack([ensemble.outcome(name) for name in ensemble.outcomes], axis=1)


def _about(ensemble: Ensemble) -> tuple[Outcome, ...]:
    """What the outcomes of an ensemble are, in their order."""
    return (*OUTCOMES, *ensemble.about.values())


def _bands(values: np.ndarray) -> np.ndarray:
    """Median, 5th and 95th percentile of each column over the runs that succeeded, (3,
    outcomes)."""
    fine = values[np.isfinite(values).all(axis=1)]
    if not fine.size:
        return np.full((3, values.shape[1]), np.nan)
    return np.percentile(fine, (50.0, statistics.LOW, statistics.HIGH), axis=0)


def summary(label: str, ensemble: Ensemble, opponent: Ensemble) -> pd.DataFrame:
    """Each outcome of an ensemble at the horizon, and its paired difference to an
    opponent. Columns: COLUMNS."""
    values = _last(ensemble)
    difference = statistics.differences(values, _last(opponent))
    median, low, high = _bands(values)
    diff_median, diff_low, diff_high = _bands(difference)
    paired = difference[np.isfinite(difference).all(axis=1)]
    about = _about(ensemble)
    way = np.array([ensemble.better for ensemble in about])
    if paired.size:
        better = np.where(
            way == 0,
            np.nan,
            (way * paired > 0).mean(axis=0) + 0.5 * (paired == 0).mean(axis=0),
        )
    else:
        better = np.full(len(about), np.nan)
    return pd.DataFrame(
        {
            "strategy": label,
            "outcome": [ensemble.name for ensemble in about],
            "unit": [ensemble.unit for ensemble in about],
            "n": int(np.isfinite(values).all(axis=1).sum()),
            "median": median,
            "p05": low,
            "p95": high,
            "diff_median": diff_median,
            "diff_p05": diff_low,
            "diff_p95": diff_high,
            "p_better": better,
        }
    )


def stacked(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(list(parts), ignore_index=True)


def differences_to_rivals(
    ensembles: Mapping[str, Ensemble], beside: Mapping[str, Mapping[str, Ensemble]]
) -> pd.DataFrame:
    """Differences to each rival of the same public money, of outcomes that single villages have.
    Columns: COLUMNS and rival."""
    frames = [
        summary(label, ensembles[label], opponent).assign(rival=rival)
        for label, them in beside.items()
        for rival, opponent in them.items()
    ]
    columns = [COLUMNS[0], "rival", *COLUMNS[1:]]
    frame = stacked(frames)[columns] if frames else pd.DataFrame(columns=columns)
    return frame[~frame["outcome"].isin(OF_ALLIANCES)].reset_index(drop=True)


def best_of(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
    """Who is best how often, and what the others forgo; outcomes without a
    better direction are left out."""
    last = np.stack(
        [_last(ensemble) for ensemble in ensembles.values()], axis=2
    )  # (runs, outcomes, strategies)
    rows: list[tuple[Any, ...]] = []
    for i, outcome in enumerate(_about(next(iter(ensembles.values())))):
        if outcome.better == 0:
            continue
        values = statistics.complete(last[:, i, :])
        best = statistics.probability_of_best(values, outcome.better)
        rank = statistics.ranks(values, outcome.better)
        regret = statistics.regret(values, outcome.better)
        nothing = np.full(len(ensembles), np.nan)
        mean_rank = rank.mean(axis=0) if rank.size else nothing
        expected = regret.mean(axis=0) if regret.size else nothing
        worst = regret.max(axis=0) if regret.size else nothing
        for k, label in enumerate(ensembles):
            rows.append(
                (
                    outcome.name,
                    label,
                    best[k],
                    mean_rank[k],
                    expected[k],
                    worst[k],
                    bool(worst[k] == worst.min()),
                )
            )
    return pd.DataFrame(rows, columns=list(BEST_COLUMNS))


def who_gains(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
    """What each group of villages gains over being without alliances (yuan a year), and in
    which share of runs it loses over 1,000 a year. Villages outside are left out where nothing
    reaches them in any run."""
    rows = []
    apart = any(np.any(ensemble.series["gain_outside"]) for ensemble in ensembles.values())
    groups = {group: name for group, name in GROUPS.items() if apart or group != "outside"}
    for label, ensemble in ensembles.items():
        for group, outcome in groups.items():
            gain = ensemble.outcome(outcome)
            band = statistics.band(gain)
            finite = gain[np.isfinite(gain)]
            loses = float((finite < LOSS).mean()) if finite.size else np.nan
            rows.append((label, group, band.median, band.low, band.high, loses))
    return pd.DataFrame(rows, columns=["strategy", "group", "median", "p05", "p95", "loses"])


def costs(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
    """Public money that only alliances receive, and what a weak village lifted costs: all money
    over all villages lifted."""
    rows = []
    for label, ensemble in ensembles.items():
        cost, lifted = ensemble.outcome("public_cost"), ensemble.outcome("weak_lifted")
        band = statistics.band(cost)
        fine = lifted[np.isfinite(lifted)]
        mean, some = (
            (float(fine.mean()), float((fine > 0).mean())) if fine.size else (np.nan, np.nan)
        )
        rows.append(
            (
                label,
                band.median,
                band.low,
                band.high,
                mean,
                some,
                statistics.cost_per_success(cost, lifted),
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "strategy",
            "cost_median",
            "cost_p05",
            "cost_p95",
            "lifted_mean",
            "any_lifted",
            "cost_per_lifted",
        ],
    )


def shares_satisfied(
    ensembles: Mapping[str, Ensemble], required: Sequence[Requirement]
) -> pd.DataFrame:
    """Share of runs that meets each requirement, and (requirement `all`) every one of them.
    A failed run meets none."""
    rows = []
    for label, ensemble in ensembles.items():
        met = np.stack([r.met(ensemble.outcome(r.outcome)) for r in required])
        rows += [(label, str(r), float(pair.mean())) for r, pair in zip(required, met, strict=True)]
        rows.append((label, "all", float(met.all(axis=0).mean())))
    return pd.DataFrame(rows, columns=["strategy", "requirement", "share"])


def precision_of(ensembles: Mapping[str, Ensemble], asked: float) -> pd.DataFrame:
    """How exactly each main difference to the baseline is known, and the runs that know its
    mean to `asked` of itself."""
    baseline, *others = ensembles
    units = {ensemble.name: ensemble.unit for ensemble in _about(ensembles[baseline])}
    rows = []
    for label in others:
        for outcome in (*MAIN, *ensembles[label].about):
            difference = statistics.differences(
                ensembles[label].outcome(outcome), ensembles[baseline].outcome(outcome)
            )
            finite = difference[np.isfinite(difference)]
            mean = float(finite.mean()) if finite.size else np.nan
            within = asked * abs(mean)
            rows.append(
                (
                    label,
                    outcome,
                    units[outcome],
                    mean,
                    statistics.standard_error_of_mean(difference),
                    statistics.standard_error_of_median(difference),
                    within,
                    statistics.runs_needed(difference, within),
                )
            )
    columns = [
        "strategy",
        "outcome",
        "unit",
        "mean_difference",
        "se_mean",
        "se_median",
        "within",
        "runs_needed",
    ]
    return pd.DataFrame(rows, columns=columns)

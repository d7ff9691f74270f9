"""Compare strategies under the same luck: who is better off, by how much, how sure that is, and what it costs the public.

    found = compare(load("jinxi"), ["none", "strong_leads_weak"], runs=500, seed=1)
    print(verdict(found, "en"))
    write(found, Path("out"), "en")

Run k has the same luck, the same parameters and the same drawn blanks under every strategy, so strategies are compared run
by run. The first one is the baseline. Each is shown twice: as written, and against single villages that receive the same
public money quarter by quarter (`equal`), for otherwise the gain of an alliance is merely its grant.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments import statistics
from village_alliances.experiments.alternatives import Alternative
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.experiments.comparison import PRECISION, RUNS, Comparison, Question
from village_alliances.experiments.credit import channels_of, leave_one_out
from village_alliances.experiments.imputation import imputed
from village_alliances.experiments.requirement import Requirement, requirements
from village_alliances.sim.ensemble import Ensemble, run_ensemble
from village_alliances.sim.metrics import BY_NAME, MAIN, NAMES, OUTCOMES
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.scenario import Scenario, documented, load
from village_alliances.sim.strategy import DOCUMENTED, NONE, Portfolio, Strategy, StrategyError

Spec = str | Strategy | Portfolio | Alternative
KEPT_AT_MOST = 2**30  # bytes of villages' last states, over all ensembles
LOSS = -1000.0  # yuan a year; a smaller loss is none (the same line as the outcome `losers`)
NEEDS_ALLIANCE = ("gain_lead", "gain_others")  # outcomes that villages alone do not have
GROUPS = {"lead": "gain_lead", "weak": "gain_weak", "others": "gain_others", "all": "gain_mean"}
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
_BETTER = np.array([o.better for o in OUTCOMES])


def compare(
    scenario: Scenario,
    strategies: Sequence[Spec] | Mapping[str, Spec],
    *,
    runs: int = RUNS,
    seed: int = 1,
    years: int = 0,
    levers: Mapping[str, float] | None = None,
    mode: Mode | None = None,
    equal_budget: bool = True,
    prior: bool = True,
    require: str | Sequence[Requirement] = "",
    credit: bool = False,
    precision: float = PRECISION,
    threads: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run every strategy over the same runs and compare them; the first is the baseline.

    `strategies`: names, files, mixes, `documented` (what the scenario says each alliance was), Strategy, Portfolio or Alternative
    (other alliances than the scenario's); a mapping gives them labels.
    `prior`: whether calibrated ranks are held against those under the prior; an answer for the eye can do without.
    `require`: bounds that must hold at the horizon. `credit`: also leave out one channel after the other.
    `precision`: asked of each mean difference, as a share of it. `progress(done, total)` counts runs, from any thread.
    Raises StrategyError, KeyError or ValueError (levers), RequirementError, before anything runs.
    """
    portfolios = labelled(strategies, scenario)
    specs = dict(
        zip(
            portfolios,
            strategies.values() if isinstance(strategies, Mapping) else strategies,
            strict=True,
        )
    )
    allied = {
        label: spec.of(scenario) for label, spec in specs.items() if isinstance(spec, Alternative)
    }
    required = requirements(require) if isinstance(require, str) else tuple(require)
    mode = mode or default_mode()
    years = years or scenario.years
    paid = (
        [label for label, portfolio in portfolios.items() if not portfolio.idle]
        if equal_budget
        else []
    )
    credited = (
        [label for label, portfolio in portfolios.items() if not portfolio.idle] if credit else []
    )
    before_evidence = portfolios if prior and mode == "posterior" else {}
    ensembles_to_come = len(portfolios) + len(before_evidence) + len(paid)
    ensembles_to_come += sum(len(channels_of(portfolios[label])) for label in credited)
    tick = _counter(runs * ensembles_to_come, progress)
    notes = []
    keep = (len(portfolios) + len(paid)) * runs * scenario.size * 4 * 8 <= KEPT_AT_MOST
    if not keep:
        notes.append("villages_left_out")

    def run(label: str, portfolio: Portfolio | str, kept: bool = keep, **changed: Any) -> Ensemble:
        chosen: dict[str, Any] = {"mode": mode, **changed}
        return run_ensemble(
            allied.get(label, scenario),
            portfolio,
            runs=runs,
            seed=seed,
            years=years,
            levers=levers,
            keep_villages=kept,
            threads=threads,
            progress=tick,
            **chosen,
        )

    ensembles = {label: run(label, portfolio) for label, portfolio in portfolios.items()}
    solo = {label: run(label, NONE, solo_budget=ensembles[label].grants) for label in paid}
    prior_ensembles = {
        label: run(label, portfolio, False, mode="prior")
        for label, portfolio in before_evidence.items()
    }
    best_prior = _best(prior_ensembles) if before_evidence else None
    channels = None
    if credit:
        frames = [
            leave_one_out(ensembles[label], partial(run, label, kept=False)).assign(strategy=label)
            for label in credited
        ]
        columns = ["strategy", "channel", "median", "p05", "p95", "gain_mean", "part"]
        channels = (
            pd.concat(frames, ignore_index=True)[columns]
            if frames
            else pd.DataFrame(columns=columns)
        )
    baseline = ensembles[next(iter(portfolios))]
    return Comparison(
        scenario=scenario,
        strategies=list(portfolios),
        titles={
            label: _title(label, portfolio, specs[label]) for label, portfolio in portfolios.items()
        },
        mode=mode,
        seed=seed,
        years=years,
        levers=dict(levers or {}),
        ensembles=ensembles,
        solo=solo,
        table=_frame(summary(label, ensemble, baseline) for label, ensemble in ensembles.items()),
        equal=_against_money(summary(label, ensembles[label], solo[label]) for label in paid)
        if equal_budget
        else None,
        best=_best(ensembles),
        best_prior=best_prior,
        who=_who(ensembles),
        cost=_cost(ensembles),
        satisfied=_satisfied(ensembles, required) if required else None,
        channels=channels,
        precision=_precision(ensembles, precision),
        imputed=imputed(scenario),
        failed=int(sum((e.status != 0).sum() for e in (*ensembles.values(), *solo.values()))),
        require=required,
        asked=precision,
        notes=notes,
        prior={label: ensemble.outcome(OUTCOME) for label, ensemble in prior_ensembles.items()},
        files=files_of(specs),
    )


def ask(
    question: Question, *, threads: int = 0, progress: Callable[[int, int], None] | None = None
) -> Comparison:
    """The answer to a question: its scenario loaded and compared."""
    scenario = load(
        question.source, region=question.region, start=question.start, years=question.years
    )
    return compare(
        scenario,
        question.strategies,
        runs=question.runs,
        seed=question.seed,
        years=question.years,
        levers=dict(question.levers),
        mode=question.mode,
        equal_budget=question.equal_budget,
        require=question.require,
        threads=threads,
        progress=progress,
    )


def labelled(
    strategies: Sequence[Spec] | Mapping[str, Spec], scenario: Scenario
) -> dict[str, Portfolio]:
    """Portfolios by label, in order. Raises StrategyError where there is none, or two of one name."""
    if isinstance(strategies, Mapping):
        found = {label: portfolio_of(spec, scenario) for label, spec in strategies.items()}
    else:
        found = {}
        for spec in strategies:
            portfolio = portfolio_of(spec, scenario)
            label = (
                spec
                if spec == DOCUMENTED
                else spec.name
                if isinstance(spec, Alternative)
                else portfolio.name
            )
            if label in found:
                raise StrategyError(f"strategy {label!r} is named twice")
            found[str(label)] = portfolio
    if not found:
        raise StrategyError("name at least one strategy to compare")
    return found


def files_of(specs: Mapping[str, Spec]) -> dict[str, dict[str, str]]:
    """Path and contents' sha256 of the strategies and partitions that are files of one's own, by label."""
    paths = {
        label: spec.file if isinstance(spec, Alternative) else spec for label, spec in specs.items()
    }
    return {
        label: {"path": path, "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest()}
        for label, path in paths.items()
        if isinstance(path, str) and path.endswith(".toml") and Path(path).exists()
    }


def portfolio_of(spec: Spec, scenario: Scenario) -> Portfolio:
    """A portfolio from what a planner writes, `documented` included."""
    if isinstance(spec, Portfolio):
        return spec
    if isinstance(spec, Alternative):
        return spec.portfolio
    return documented(scenario) if spec == DOCUMENTED else Portfolio(spec)


def _title(label: str, portfolio: Portfolio, spec: Spec) -> dict[str, str]:
    if isinstance(spec, Alternative):
        return dict(spec.title)
    if label == DOCUMENTED:
        return {"en": "As documented", "zh": "文献所载"}
    if label != portfolio.name:
        return {"en": label, "zh": label}
    more = f" +{len(portfolio.by)}" if portfolio.by else ""
    return {lang: portfolio.default.title[lang] + more for lang in ("en", "zh")}


def _counter(
    total: int, progress: Callable[[int, int], None] | None
) -> Callable[[int], None] | None:
    if progress is None:
        return None
    done, lock = 0, threading.Lock()

    def tick(runs: int) -> None:
        nonlocal done
        with lock:
            done += runs
            progress(done, total)

    return tick


def _last(ensemble: Ensemble) -> np.ndarray:
    """All outcomes at the horizon, (runs, outcomes); failed runs are nan."""
    values = ensemble.series[:, -1, :].copy()
    values[ensemble.status != 0] = np.nan
    return values


def _bands(values: np.ndarray) -> np.ndarray:
    """Median, 5th and 95th percentile of each column over the runs that succeeded, (3, outcomes)."""
    fine = values[np.isfinite(values).all(axis=1)]
    if not fine.size:
        return np.full((3, values.shape[1]), np.nan)
    return np.percentile(fine, (50.0, statistics.LOW, statistics.HIGH), axis=0)


def summary(label: str, ensemble: Ensemble, opponent: Ensemble) -> pd.DataFrame:
    """Each outcome of an ensemble at the horizon, and its paired difference to an opponent. Columns: COLUMNS."""
    values = _last(ensemble)
    difference = statistics.differences(values, _last(opponent))
    median, low, high = _bands(values)
    diff_median, diff_low, diff_high = _bands(difference)
    paired = difference[np.isfinite(difference).all(axis=1)]
    if paired.size:
        better = np.where(
            _BETTER == 0,
            np.nan,
            (_BETTER * paired > 0).mean(axis=0) + 0.5 * (paired == 0).mean(axis=0),
        )
    else:
        better = np.full(len(OUTCOMES), np.nan)
    return pd.DataFrame(
        {
            "strategy": label,
            "outcome": list(NAMES),
            "unit": [o.unit for o in OUTCOMES],
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


def _frame(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    frames = list(parts)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _against_money(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Differences to single villages of the same public money, of outcomes that these have."""
    frame = _frame(parts)
    return frame[~frame["outcome"].isin(NEEDS_ALLIANCE)].reset_index(drop=True)


def _best(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
    """Who is best how often, and what the others forgo; outcomes without a better direction are left out."""
    last = np.stack(
        [_last(ensemble) for ensemble in ensembles.values()], axis=2
    )  # (runs, outcomes, strategies)
    rows: list[tuple[Any, ...]] = []
    for at, outcome in enumerate(OUTCOMES):
        if outcome.better == 0:
            continue
        values = statistics.complete(last[:, at, :])
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


def _who(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
    """What each group of villages gains over being alone (yuan a year), and in which share of runs it loses over 1,000 a year."""
    rows = []
    for label, ensemble in ensembles.items():
        for group, outcome in GROUPS.items():
            gain = ensemble.outcome(outcome)
            band = statistics.band(gain)
            finite = gain[np.isfinite(gain)]
            loses = float((finite < LOSS).mean()) if finite.size else np.nan
            rows.append((label, group, band.median, band.low, band.high, loses))
    return pd.DataFrame(rows, columns=["strategy", "group", "median", "p05", "p95", "loses"])


def _cost(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
    """Public money that only alliances receive, and what a weak village lifted costs: all money over all villages lifted."""
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


def _satisfied(ensembles: Mapping[str, Ensemble], required: Sequence[Requirement]) -> pd.DataFrame:
    """Share of runs that meets each requirement, and (requirement `all`) every one of them. A failed run meets none."""
    rows = []
    for label, ensemble in ensembles.items():
        met = np.stack([r.met(ensemble.outcome(r.outcome)) for r in required])
        rows += [(label, str(r), float(one.mean())) for r, one in zip(required, met, strict=True)]
        rows.append((label, "all", float(met.all(axis=0).mean())))
    return pd.DataFrame(rows, columns=["strategy", "requirement", "share"])


def _precision(ensembles: Mapping[str, Ensemble], asked: float) -> pd.DataFrame:
    """How exactly each main difference to the baseline is known, and the runs that know its mean to `asked` of itself."""
    baseline, *others = ensembles
    rows = []
    for label in others:
        for outcome in MAIN:
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
                    BY_NAME[outcome].unit,
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

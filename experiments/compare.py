"""Compare strategies under the same luck: who is better off, by how much, how sure that is, and
what it costs the public.

    found = compare(load("jinxi"), ["none", "strong_leads_weak"], runs=500, seed=1)
    print(verdict(found, "en"))
    write(found, Path("out"), "en")

Run k has the same luck, the same parameters, the same technology and the same drawn blanks under
every strategy, so strategies are compared run by run. The first one is the baseline. Each stands
beside its rivals: the same public money, quarter by quarter, given to single villages in several
ways (sim/ensemble.py), for otherwise the gain of an alliance is merely its grant.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from village_alliances.experiments import gains, statistics
from village_alliances.experiments.alternatives import Alternative
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.experiments.comparison import PRECISION, RUNS, Comparison, Question
from village_alliances.experiments.imputation import imputed
from village_alliances.experiments.inputs import portfolio_fingerprint
from village_alliances.experiments.requirement import Requirement, requirements
from village_alliances.sim.asked import types_of
from village_alliances.sim.building import Technology
from village_alliances.sim.ensemble import RIVALS, Ensemble, run_together
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import MAIN, OUTCOMES, Outcome
from village_alliances.sim.own import Given, check_rules, outcomes_of
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.scenario import Scenario, documented
from village_alliances.sim.strategy import DOCUMENTED, Portfolio, Strategy, StrategyError
from village_alliances.sim.table.memory import shortly

Spec: TypeAlias = str | Path | Strategy | Portfolio | Alternative
KEPT = ("operating_income", "start_income", "alliance")  # of every village, at the end
KEPT_AT_MOST = 2**30  # bytes of villages' last states, over all ensembles
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


def compare(
    scenario: Scenario | str | Path,
    strategies: Sequence[Spec] | Mapping[str, Spec],
    *,
    runs: int = RUNS,
    seed: int = 1,
    years: int = 0,
    levers: Mapping[str, float] | None = None,
    fixed: Mapping[str, float] | None = None,
    mode: Mode | None = None,
    rivals: Sequence[str] = RIVALS,
    types: str | Path | Technology | None = None,
    outcomes: Given = None,
    rules: Sequence[Rule] = QUARTER,
    prior: bool = True,
    require: str | Sequence[Requirement] = "",
    parts: bool = False,
    precision: float = PRECISION,
    threads: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run every strategy and its rivals over the same runs and compare them;
    the first is the baseline.

    `strategies`: names, files, `documented` (what the scenario says each alliance was), Strategy,
    Portfolio or Alternative (other alliances than the scenario's); a mapping gives them labels.
    `levers` and `fixed` (parameters, and numbers of project types such as `let.profit_rate`): a
    value by name. `rivals`: of sim.ensemble.RIVALS, none for no rival. `types`: project types, or a
    file of one's own. `outcomes`: of one's own, functions of a State or a Python file (sim/own.py);
    they stand in the tables beside the others. `rules`: what a quarter consists of. `prior`:
    whether calibrated ranks are held against those under the prior; an answer for the eye can do
    without. `require`: bounds that must hold at the horizon. `parts`: also where the gains come
    from (takes several times as long). `precision`: asked of each mean difference, as a share of
    it. `progress(done, total)` counts runs, from any thread. Raises StrategyError, TechnologyError,
    KeyError or ValueError (levers), RequirementError, before anything runs.
    """
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    strategies = _texts(strategies)
    portfolios = labelled(strategies, scenario)
    specs = _specs(strategies, portfolios)
    settings = {
        label: spec.of(scenario) if isinstance(spec, Alternative) else scenario
        for label, spec in specs.items()
    }
    own_types = files_of({"types": str(types)}) if isinstance(types, str | Path) else {}
    known = types_of(types)
    required = requirements(require) if isinstance(require, str) else tuple(require)
    own, rules = outcomes_of(outcomes), check_rules(rules)
    one_each(levers=levers, fixed=fixed)
    mode, years = mode or default_mode(), years or scenario.years
    before_evidence = prior and mode == "posterior"
    same = _same(portfolios, settings)
    played = _one_of_each(portfolios, same)
    groups = _by_setting(played, settings)
    working = {label: p for label, p in played.items() if not p.idle}
    keep: tuple[str, ...] = KEPT
    notes: list[str] = []
    if (1 + len(played) + len(working) * len(rivals)) * runs * scenario.size * 8 * len(KEPT) > KEPT_AT_MOST:  # fmt: skip
        keep, notes = (), ["villages_left_out"]
    tick = _counter(runs * len(groups) * (1 + before_evidence), progress)
    options: dict[str, Any] = {
        "runs": runs,
        "seed": seed,
        "years": years,
        "levers": levers,
        "fixed": fixed,
        "mode": mode,
        "types": known,
        "rules": rules,
        "threads": threads,
    }
    ensembles: dict[str, Ensemble] = {}
    beside: dict[str, dict[str, Ensemble]] = {}
    before: dict[str, Ensemble] = {}
    none = None
    for setting, ours in groups:
        found = run_together(
            setting,
            ours,
            **options,
            outcomes=own,
            rivals=tuple(rivals),
            keep=keep,
            progress=tick,
        )
        none = none or found.none
        ensembles |= found.strategies
        beside |= {label: them for label, them in found.rivals.items() if them}
        if before_evidence:
            other = {**options, "mode": "prior"}
            before |= run_together(setting, ours, **other, progress=tick).strategies
    assert none is not None
    for first, *others in same:
        for label in others:
            ensembles[label] = ensembles[first]
            beside |= {label: beside[first]} if first in beside else {}
            before |= {label: before[first]} if first in before else {}
    ensembles = {label: ensembles[label] for label in portfolios}
    beside = {label: beside[label] for label in portfolios if label in beside}
    before = {label: before[label] for label in portfolios if label in before}
    apart = _by_setting(working, settings) or [(scenario, {})]
    taken_apart = _taken_apart(apart, options) if parts else (None, None)
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
        fixed=dict(fixed or {}),
        own=own,
        rules=rules,
        types=known,
        none=none,
        ensembles=ensembles,
        rivals=beside,
        same=same,
        table=_frame(summary(label, ensemble, baseline) for label, ensemble in ensembles.items()),
        against=_against(ensembles, beside),
        best=_best(ensembles),
        best_prior=_best(before) if before else None,
        who=_who(ensembles),
        cost=_cost(ensembles),
        satisfied=_satisfied(ensembles, required) if required else None,
        precision=_precision(ensembles, precision),
        imputed=imputed(scenario),
        failed=_failed(ensembles, beside),
        require=required,
        asked=precision,
        notes=notes,
        prior={label: ensemble.outcome(OUTCOME) for label, ensemble in before.items()},
        files=files_of(specs),
        technology=own_types.get("types", {}),
        parts=taken_apart[0],
        institutions=taken_apart[1],
    )


def _texts(
    strategies: Sequence[Spec] | Mapping[str, Spec],
) -> Sequence[Spec] | Mapping[str, Spec]:
    """Strategies with files as texts; one alone stands for a list of it."""

    def text(one: Any) -> Any:
        return str(one) if isinstance(one, Path) else one

    if isinstance(strategies, Mapping):
        return {label: text(one) for label, one in strategies.items()}
    alone = isinstance(strategies, (str, Path, Strategy, Portfolio, Alternative))
    return [text(one) for one in ([strategies] if alone else strategies)]


def one_each(**given: Mapping[str, float] | None) -> None:
    """ValueError, naming all, where something is not one finite number by name."""
    wrong = [
        f"{kind} {name}: found {shortly(value)}"
        for kind, values in given.items()
        for name, value in (values or {}).items()
        if np.ndim(value) or np.asarray(value).dtype.kind not in "iuf" or not np.isfinite(value)
    ]
    if wrong:
        raise ValueError(f"{'; '.join(wrong)}; expected one number each (a value a run: run_ensemble, sweep)")  # fmt: skip


def _specs(
    strategies: Sequence[Spec] | Mapping[str, Spec], portfolios: Mapping[str, Portfolio]
) -> dict[str, Spec]:
    given = strategies.values() if isinstance(strategies, Mapping) else strategies
    return dict(zip(portfolios, given, strict=True))


def _same(
    portfolios: Mapping[str, Portfolio], settings: Mapping[str, Scenario]
) -> tuple[tuple[str, ...], ...]:
    """Groups of strategies that are one strategy by different names: the same
    institutions in the same alliances."""
    groups: dict[tuple[int, str], list[str]] = {}
    for label, portfolio in portfolios.items():
        key = id(settings[label]), portfolio_fingerprint(portfolio)
        groups.setdefault(key, []).append(label)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _one_of_each(
    portfolios: Mapping[str, Portfolio], same: Sequence[Sequence[str]]
) -> dict[str, Portfolio]:
    """The strategies without those that another one in front of them is already."""
    again = {label for _, *others in same for label in others}
    return {label: portfolio for label, portfolio in portfolios.items() if label not in again}


def _by_setting(
    portfolios: Mapping[str, Portfolio], settings: Mapping[str, Scenario]
) -> list[tuple[Scenario, dict[str, Portfolio]]]:
    """Strategies in the same alliances are run together."""
    groups: dict[int, tuple[Scenario, dict[str, Portfolio]]] = {}
    for label, portfolio in portfolios.items():
        setting = settings[label]
        groups.setdefault(id(setting), (setting, {}))[1][label] = portfolio
    return list(groups.values())


def _taken_apart(
    groups: Sequence[tuple[Scenario, Mapping[str, Portfolio]]], options: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Parts of the gains, and what institutions add."""
    parts = [gains.parts(setting, ours, **options) for setting, ours in groups]
    institutions = [gains.institutions(setting, ours, **options) for setting, ours in groups]
    return _joined(parts), _joined(institutions)


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def _failed(ensembles: Mapping[str, Ensemble], beside: Mapping[str, Mapping[str, Ensemble]]) -> int:
    """Runs that failed, of strategies and of rivals."""
    every = [*ensembles.values(), *(one for them in beside.values() for one in them.values())]
    return int(sum((one.status != 0).sum() for one in every))


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
        fixed=dict(question.fixed),
        mode=question.mode,
        rivals=question.rivals,
        types=question.technology or None,
        require=question.require,
        threads=threads,
        progress=progress,
    )


def labelled(
    strategies: Sequence[Spec] | Mapping[str, Spec], scenario: Scenario
) -> dict[str, Portfolio]:
    """Portfolios by label, in order. Raises StrategyError where there is none, or two
    of one name."""
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
    """Path and contents' sha256 of the strategies and partitions that are
    files of one's own, by label."""
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
    way = np.array([one.better for one in about])
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
            "outcome": [one.name for one in about],
            "unit": [one.unit for one in about],
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
    return pd.concat(list(parts), ignore_index=True)


def _against(
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
    frame = _frame(frames)[columns] if frames else pd.DataFrame(columns=columns)
    return frame[~frame["outcome"].isin(OF_ALLIANCES)].reset_index(drop=True)


def _best(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
    """Who is best how often, and what the others forgo; outcomes without a
    better direction are left out."""
    last = np.stack(
        [_last(ensemble) for ensemble in ensembles.values()], axis=2
    )  # (runs, outcomes, strategies)
    rows: list[tuple[Any, ...]] = []
    for at, outcome in enumerate(_about(next(iter(ensembles.values())))):
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


def _cost(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
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


def _satisfied(ensembles: Mapping[str, Ensemble], required: Sequence[Requirement]) -> pd.DataFrame:
    """Share of runs that meets each requirement, and (requirement `all`) every one of them.
    A failed run meets none."""
    rows = []
    for label, ensemble in ensembles.items():
        met = np.stack([r.met(ensemble.outcome(r.outcome)) for r in required])
        rows += [(label, str(r), float(one.mean())) for r, one in zip(required, met, strict=True)]
        rows.append((label, "all", float(met.all(axis=0).mean())))
    return pd.DataFrame(rows, columns=["strategy", "requirement", "share"])


def _precision(ensembles: Mapping[str, Ensemble], asked: float) -> pd.DataFrame:
    """How exactly each main difference to the baseline is known, and the runs that know its
    mean to `asked` of itself."""
    baseline, *others = ensembles
    units = {one.name: one.unit for one in _about(ensembles[baseline])}
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

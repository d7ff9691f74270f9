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

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from village_alliances.experiments import gains
from village_alliances.experiments.alternatives import Alternative
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.experiments.comparison import PRECISION, RUNS, Comparison, Question
from village_alliances.experiments.imputation import imputed
from village_alliances.experiments.requirement import Requirement, requirements
from village_alliances.experiments.specs import (
    Spec,
    as_texts,
    by_setting,
    files_of,
    labelled,
    one_each,
    one_of_each,
    same_strategies,
    specs_of,
    title_of,
)
from village_alliances.experiments.tables import (
    best_of,
    costs,
    differences_to_rivals,
    precision_of,
    shares_satisfied,
    stacked,
    summary,
    who_gains,
)
from village_alliances.sim.arguments import as_tuple, check, check_names, is_whole
from village_alliances.sim.asked import portfolio_in, types_of
from village_alliances.sim.building import Technology
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.loading import load
from village_alliances.sim.own import OwnOutcomes, check_rules, outcomes_of
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.runs import Ensemble
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.table.memory import shortly

EXPECTED = "bounds such as 'weak_villages_50k<=0', or Requirement"
KEPT = ("operating_income", "start_income", "alliance", "standing")  # of every village, at the end
KEPT_AT_MOST = 2**30  # bytes of villages' last states, over all ensembles


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
    outcomes: OwnOutcomes = None,
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
    value by name. `rivals`: of sim.rivals.RIVALS, none for no rival. `types`: project types, or a
    file of one's own. `outcomes`: of one's own, functions of a State or a Python file (sim/own.py);
    they stand in the tables beside the others. `rules`: what a quarter consists of. `prior`:
    whether calibrated ranks are held against those under the prior; an answer for the eye can do
    without. `require`: bounds that must hold at the horizon. `parts`: also where the gains come
    from (takes several times as long). `precision`: asked of each mean difference, as a share of
    it. `progress(done, total)` counts runs, from any thread. Raises StrategyError, TechnologyError,
    KeyError or ValueError (levers), RequirementError, before anything runs.
    """
    check(
        seed=seed, years=years, levers=levers, fixed=fixed, mode=mode, rivals=rivals, prior=prior, parts=parts,
        precision=precision, threads=threads,
    )  # fmt: skip
    check_names("rival", rivals, RIVALS)
    if not is_whole(runs, 1):
        raise ValueError(f"runs: found {shortly(runs)}; expected how many, 1 or more")
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    strategies = as_texts(strategies)
    portfolios = labelled(strategies, scenario)
    specs = specs_of(strategies, portfolios)
    settings = {
        label: spec.of(scenario) if isinstance(spec, Alternative) else scenario
        for label, spec in specs.items()
    }
    for label, portfolio in portfolios.items():
        portfolio_in(settings[label], portfolio)
    own_types = files_of({"types": str(types)}) if isinstance(types, str | Path) else {}
    kinds = types_of(types)
    required = (
        requirements(require)
        if isinstance(require, str)
        else as_tuple("require", require, EXPECTED)
    )
    if not all(isinstance(requirement, Requirement) for requirement in required):
        raise ValueError(f"require: found {shortly(require)}; expected {EXPECTED}")
    own, rules = outcomes_of(outcomes), check_rules(rules)
    one_each(levers=levers, fixed=fixed)
    mode, years = mode or default_mode(), years or scenario.years
    before_evidence = prior and mode == "posterior"
    same = same_strategies(portfolios, settings)
    played = one_of_each(portfolios, same)
    groups = by_setting(played, settings)
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
        "types": kinds,
        "rules": rules,
        "threads": threads,
    }
    ensembles: dict[str, Ensemble] = {}
    beside: dict[str, dict[str, Ensemble]] = {}
    before: dict[str, Ensemble] = {}
    none = None
    for setting, ours in groups:
        ensembles_by_label = run_together(
            setting,
            ours,
            **options,
            outcomes=own,
            rivals=tuple(rivals),
            keep=keep,
            progress=tick,
        )
        none = none or ensembles_by_label.none
        ensembles |= ensembles_by_label.strategies
        beside |= {label: them for label, them in ensembles_by_label.rivals.items() if them}
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
    apart = by_setting(working, settings) or [(scenario, {})]
    taken_apart = _taken_apart(apart, options) if parts else (None, None)
    baseline = ensembles[next(iter(portfolios))]
    return Comparison(
        scenario=scenario,
        strategies=list(portfolios),
        titles={
            label: title_of(label, portfolio, specs[label])
            for label, portfolio in portfolios.items()
        },
        mode=mode,
        seed=seed,
        years=years,
        levers=dict(levers or {}),
        fixed=dict(fixed or {}),
        own=own,
        rules=rules,
        types=kinds,
        none=none,
        ensembles=ensembles,
        rivals=beside,
        same=same,
        table=stacked(summary(label, ensemble, baseline) for label, ensemble in ensembles.items()),
        against=differences_to_rivals(ensembles, beside),
        best=best_of(ensembles),
        best_prior=best_of(before) if before else None,
        who=who_gains(ensembles),
        cost=costs(ensembles),
        satisfied=shares_satisfied(ensembles, required) if required else None,
        precision=precision_of(ensembles, precision),
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
    every = [
        *ensembles.values(),
        *(ensemble for them in beside.values() for ensemble in them.values()),
    ]
    return int(sum((ensemble.status != 0).sum() for ensemble in every))


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

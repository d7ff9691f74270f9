"""Many runs of one scenario under several strategies, in blocks, on threads, each
beside `none` and its rivals.

Run k meets the same draws, parameters, technology and imputed blanks under every strategy.
Every run is an island of its own, so the result is the same bits for any size of block and any
number of threads. A gain is the paired difference to `none`. The rivals have an alliance's
public money quarter by quarter, as it was paid, through the same chooser: the same members
evenly, lumped on the member of each that promised most, on its weakest, aimed at villages that
stay weak, and all villages evenly.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from threading import Event, Lock
from typing import Any, Literal

import numpy as np
import pandas as pd
from village_alliances.sim.arguments import as_tuple, check, check_names, check_sizes
from village_alliances.sim.asked import design_of, portfolio_in, run_numbers, types_of
from village_alliances.sim.building import (
    OF_A_BLOCK,
    SERIES,
    Technology,
    build,
    draw_block,
    parameters_of,
)
from village_alliances.sim.compiled import is_compiled, mark_compiled
from village_alliances.sim.loading import load
from village_alliances.sim.own import OwnOutcomes, check_rules, outcomes_of
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.play import Play, Terms, gains_of
from village_alliances.sim.quarter import QUARTER, Rule, step
from village_alliances.sim.rivals import RIVALS, aimed_at, rival_money
from village_alliances.sim.runs import Ensemble, Together, check_columns
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.table.memory import shortly
from village_alliances.sim.technology import FIELDS as OF_TYPES
from village_alliances.sim.uncertain import split

# villages stepped together: large enough to spread a rule's call, small enough to stay in cache
BLOCK = 12000
PAYS = 1000  # villages in all runs of a block: with fewer, another thread costs more than it saves
MOST_THREADS = 256


_TECHNOLOGY = np.dtype([(name, "f8") for name in OF_TYPES])


def run_together(
    scenario: Scenario | str | Path,
    portfolios: Mapping[str, Portfolio | Strategy | str],
    *,
    runs: int | np.ndarray = 100,
    seed: int = 1,
    years: int = 0,
    levers: Mapping[str, Any] | None = None,
    mode: Mode | None = None,
    fixed: Mapping[str, Any] | None = None,
    types: Technology | str | Path | None = None,
    rivals: Sequence[str] = (),
    keep: Sequence[str] = (),
    every: Literal["end", "year"] = "end",
    design: Any = None,
    outcomes: OwnOutcomes = None,
    rules: Sequence[Rule] = QUARTER,
    threads: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Together:
    """Run strategies and `none` on the same draws, each with the rivals that are named (of RIVALS).

    `runs`: how many, or their numbers. `levers`, `fixed` (parameters, and numbers of project types
    such as `let.profit_rate`): by name, a scalar or one a run. `scenario`: also what `load` reads.
    `types`: project types, or a file of them. `keep`: columns of villages to keep, at the `end` or
    at the end of `every` year. `design`: a table with a row a run (sim/asked.py) in place of
    `runs`; what it says goes before `levers` and `fixed`. `outcomes`: of one's own, functions of a
    State by name or a Python file (sim/own.py). `rules`: what a quarter consists of, each
    `rule(society, tick)` for all runs of a block at once. `threads`: 0 for one a processor, as far
    as they pay. Raises ValueError or KeyError, in a sentence, for what cannot be asked.
    """
    given = {
        "runs": runs, "seed": seed, "years": years, "levers": levers, "mode": mode, "fixed": fixed, "types": types,
        "design": design, "outcomes": outcomes, "rules": rules, "threads": threads,
    }  # fmt: skip
    check(
        seed=seed, years=years, levers=levers, fixed=fixed, mode=mode, rivals=rivals, every=every, threads=threads,
    )  # fmt: skip
    check_names("rival", rivals, RIVALS)
    if not isinstance(portfolios, Mapping):
        raise ValueError(f"portfolios: found {shortly(portfolios)}; expected strategies by label")
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    types = types_of(types)
    numbers = run_numbers(runs)
    own, rules = outcomes_of(outcomes), check_rules(rules)
    keep = (keep,) if isinstance(keep, str) else as_tuple("keep", keep, "columns of villages")
    check_columns(keep)
    inputs = None
    if design is not None:
        asked = design_of(design, scenario)
        numbers, inputs = asked.runs, asked.frame
        levers, fixed = {**(levers or {}), **asked.levers}, {**(fixed or {}), **asked.fixed}
    check_sizes(numbers.size, levers=levers, fixed=fixed)
    ticks = 4 * (years or scenario.years)
    of_model, of_types = split(fixed or {})
    parameters = parameters_of(scenario, mode, seed, numbers, of_model)
    chosen = {label: portfolio_in(scenario, portfolio) for label, portfolio in portfolios.items()}
    common = {"seed": seed, "levers": levers, "mode": mode, "types": types, "years": years}
    warm_up()
    aim = aimed_at(scenario, common, fixed, rules) if "aimed" in rivals else np.zeros(0)
    kinds = len(types)
    terms = Terms(keep, every == "year", own, rules)
    empty = _Room(scenario, numbers, ticks, parameters, terms, kinds, inputs)
    again = partial(run_ensemble, scenario, **given)
    together = Together(empty.ensemble(Portfolio("none"), again), {}, {})
    for label, portfolio in chosen.items():
        together.strategies[label] = empty.ensemble(portfolio, again)
        named = () if portfolio.idle else rivals
        together.rivals[label] = {name: empty.ensemble(portfolio) for name in named}

    def carry_out(rows: np.ndarray) -> None:
        options: dict[str, Any] = {**common, "runs": numbers[rows], "parameters": parameters[rows]}
        for kind, values in (("levers", levers or {}), ("fixed", of_types)):
            options[kind] = of_runs(values, rows, numbers.size)
        options["drawn"] = draw_block(
            scenario,
            seed,
            numbers[rows],
            parameters[rows],
            types,
            options["fixed"],
            mode or default_mode(),
        )
        base = Play(scenario, together.none.portfolio, ticks, options, terms)
        _store(together.none, rows, base, base)
        for label, portfolio in chosen.items():
            if portfolio.idle:
                _store(together.strategies[label], rows, base, base)
                continue
            play = Play(
                scenario,
                portfolio,
                ticks,
                options,
                terms,
                base,
                rivals=bool(together.rivals[label]),
            )
            _store(together.strategies[label], rows, play, base)
            for name, ensemble in together.rivals[label].items():
                money = rival_money(play.society, name, aim)
                rival = Play(
                    scenario,
                    together.none.portfolio,
                    ticks,
                    options,
                    terms,
                    base,
                    village_money=money,
                )
                rival.membership_of(play)
                _store(ensemble, rows, rival, base)
        if progress:
            progress(rows.size)

    on_threads(
        carry_out,
        [
            part
            for same in _alike(levers or {}, numbers.size)
            for part in blocks(same, scenario.size, threads or os.cpu_count() or 1)
        ],
        threads,
    )
    return together


def _alike(levers: Mapping[str, Any], runs: int) -> list[np.ndarray]:
    """Places of runs, apart where a lever differs of which all runs of a block have one value."""
    own = [levers[name] for name in OF_A_BLOCK if np.ndim(levers.get(name, 0.0)) == 1]
    if not own:
        return [np.arange(runs)]
    _, kind = np.unique(np.stack(own, axis=1), axis=0, return_inverse=True)
    return [np.flatnonzero(kind.ravel() == i) for i in range(int(kind.max()) + 1)]


def of_runs(values: Mapping[str, Any], rows: np.ndarray, runs: int) -> dict[str, Any]:
    """Values by name of these of so many runs, where each run has its own."""
    return {
        name: np.asarray(value)[rows] if np.ndim(value) == 1 and np.size(value) == runs else value
        for name, value in values.items()
    }


def run_ensemble(
    scenario: Scenario | str | Path, portfolio: Portfolio | Strategy | str, **options: Any
) -> Ensemble:
    """The runs of one strategy, gains over `none` on the same draws included. Options are
    those of `run_together`."""
    return run_together(scenario, {"it": portfolio}, **options).strategies["it"]


def blocks(runs: np.ndarray, villages: int, workers: int = 1) -> list[np.ndarray]:
    """Places of runs cut into blocks of at most BLOCK villages, as many as give every worker the
    same to do, and enough of it to pay."""
    most = max(1, BLOCK // max(1, villages))
    parts = -(-runs.size // most)
    workers = max(1, min(workers, runs.size * villages // PAYS))
    parts = min(max(1, runs.size), -(-parts // workers) * workers)
    return np.array_split(runs, parts)


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads of this process, started as they are needed."""
    return ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="runs")


def on_threads(work: Callable[[np.ndarray], None], parts: list[np.ndarray], threads: int) -> None:
    """Do every part, here and on threads of the pool. After a failure, or Ctrl-C, what has
    not begun is left undone."""
    todo, one_at_a_time, stop = iter(parts), Lock(), Event()

    def help_out() -> None:
        while not stop.is_set():
            with one_at_a_time:
                part = next(todo, None)
            if part is None:
                return
            try:
                work(part)
            except BaseException:
                stop.set()
                raise

    helpers = min(threads or os.cpu_count() or 1, len(parts)) - 1
    begun = [_pool().submit(help_out) for _ in range(helpers)]
    try:
        help_out()
    finally:  # helpers that never got a thread are not waited for
        busy = [thread for thread in begun if not thread.cancel()]
        wait(busy)
    for thread in busy:
        thread.result()


@dataclass
class _Room:
    scenario: Scenario
    numbers: np.ndarray
    ticks: int
    parameters: Any
    terms: Terms
    kinds: int
    inputs: pd.DataFrame | None

    def ensemble(
        self, portfolio: Portfolio, again: Callable[..., Ensemble] | None = None
    ) -> Ensemble:
        """An ensemble with room for every run."""
        shape = (self.numbers.size, self.ticks // 4 + 1)
        shape_kept = (*(shape if self.terms.yearly else shape[:1]), self.scenario.size)
        return Ensemble(
            scenario=self.scenario,
            portfolio=portfolio,
            runs=self.numbers,
            series=np.zeros(shape, SERIES).view(np.recarray),
            status=np.zeros(self.numbers.size, np.int32),
            grants=np.zeros((self.numbers.size, self.ticks)),
            parameters=self.parameters,
            technology=np.zeros((self.numbers.size, self.kinds), _TECHNOLOGY).view(np.recarray),
            kept={name: np.zeros(shape_kept) for name in self.terms.keep},
            own={name: np.zeros(shape) for name in self.terms.outcomes},
            about={name: own.about for name, own in self.terms.outcomes.items()},
            inputs=self.inputs,
            again=partial(again, portfolio=portfolio) if again else None,
        )


def _store(ensemble: Ensemble, rows: np.ndarray, play: Play, base: Play) -> None:
    """Levels, and gains over the same villages in `base`."""
    society: Any = play.society
    series = np.array(society.series)
    if play is not base:  # `none` gains nothing over itself
        with np.errstate(invalid="ignore"):  # runs that failed are told by their status
            for name, values in gains_of(play, base).items():
                series[name] = values
    ensemble.series.view(np.ndarray)[rows] = series
    ensemble.status[rows] = np.maximum(society.runs.status, base.society.runs.status)
    ensemble.grants[rows] = play.grants
    ensemble.technology.view(np.ndarray)[rows] = society.technology
    for name in play.terms.keep:
        if play.terms.yearly:
            ensemble.kept[name][rows] = np.stack([y["kept " + name] for y in play.years], axis=1)
        else:
            ensemble.kept[name][rows] = getattr(society.villages, name).reshape(play.shape)
    for name, by_year in play.own.items():
        ensemble.own[name][rows] = np.stack(by_year, axis=1)


_warm = False


def warm_up(say: Callable[[str], None] | None = None) -> None:
    """Compile every rule once, before threads meet it; tell the user if it takes a while."""
    global _warm
    if _warm:
        return
    if not is_compiled():
        (say or _to_stderr)(
            "Compiling the model for this machine, once: about a minute / 首次使用，正在编译模型，约一分钟 …"
        )
    with _uncollected():
        society = build(load("jinxi"), "strong_leads_weak", runs=1, mode="point", years=1)
        for tick in range(4):
            step(society, tick)
    mark_compiled()
    _warm = True


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave garbage alone for a while: a fifth of the time of compiling went into
    looking for it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

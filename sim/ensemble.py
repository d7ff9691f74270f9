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

import difflib
import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from threading import Event, Lock
from typing import Any, Literal

import numpy as np
import pandas as pd
from village_alliances.sim.asked import POINT, RUN, design_of, run_numbers, types_of
from village_alliances.sim.building import (
    OF_A_BLOCK,
    Technology,
    build,
    draw_block,
    parameters_of,
    types_with,
)
from village_alliances.sim.compiled import is_compiled, mark_compiled
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import (
    MAIN,
    NAMES,
    SERIES_FIELDS,
    WEAK,
    Outcome,
    paired,
    weak_line,
)
from village_alliances.sim.own import Given, Own, State, check_rules, outcomes_of
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.quarter import QUARTER, Rule, step
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.shown import Shown
from village_alliances.sim.society import ACTIVE, PAPER, VILLAGE
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.technology import FIELDS as OF_TYPES
from village_alliances.sim.uncertain import split

# villages stepped together: large enough to spread a rule's call, small enough to stay in cache
BLOCK = 12000
PAYS = 1000  # villages in all runs of a block: with fewer, another thread costs more than it saves
MOST_THREADS = 256
RIVALS = ("even", "lumped", "weakest", "aimed", "all")
SNAPSHOT = (
    "operating_income",
    "villager_income",
    "wages",
)  # of every village, at the end of each year
AIM_SEED = 7919  # draws on which a rival's aim is taken are others than those on which it is judged
AIM_RUNS = 64
STATUS = {0: "SUCCEEDED", 1: "FAILED"}
WHY = {1: "an income is not a finite number"}


@dataclass(repr=False)
class Ensemble(Shown):
    """Outcomes of many runs. `series` records (runs, years + 1) by outcome; year 0 is the start.
    `status` (runs,): 0 is well. `kept`: columns of villages by name, (runs, villages) at the end or
    (runs, years + 1, villages), where asked for. `own`: outcomes of one's own, by name (runs, years
    + 1). `grants` (runs, ticks) yuan a quarter paid to alliances. `inputs`: the design's row of
    each run, where there was a design."""

    scenario: Scenario
    portfolio: Portfolio
    runs: np.ndarray
    series: Any
    status: np.ndarray
    grants: np.ndarray
    parameters: Any
    technology: Any
    kept: dict[str, np.ndarray] = field(default_factory=dict)
    own: dict[str, np.ndarray] = field(default_factory=dict)
    about: dict[str, Outcome] = field(default_factory=dict)  # what outcomes of one's own are
    inputs: pd.DataFrame | None = None
    again: Callable[..., Ensemble] | None = field(default=None, repr=False, compare=False)

    def in_short(self) -> str:
        """How many runs of what."""
        failed, years = int((self.status != 0).sum()), self.series.shape[1] - 1
        return (
            f"{self.runs.size} runs ({failed} failed) of {self.portfolio.name} in "
            f"{self.scenario.name}, "
            f"{self.scenario.size} villages, {years} years; .frame() is a table"
        )

    def small_table(self) -> pd.DataFrame:
        """The main outcomes, and those of one's own."""
        shown = self.frame()[[*MAIN, *self.own]].describe().T
        return shown[["mean", "std", "min", "50%", "max"]]

    def frame(self, year: int | None = -1) -> pd.DataFrame:
        """A row a run: run, point and inputs of the design where there was one, status, and every
        outcome at the end of a year.

        `year`: counted from the start (0), or from the end (-1, the default); None for a row a run
        and year. Outcomes of failed runs are nan, as numpy has it.
        """
        rows = self._inputs()
        rows["status"] = [STATUS.get(int(code), "FAILED") for code in self.status]
        years = range(self.series.shape[1]) if year is None else [range(self.series.shape[1])[year]]
        parts = [
            pd.concat(
                [
                    rows.assign(year=at) if year is None else rows,
                    pd.DataFrame({name: self.outcome(name, at) for name in self.outcomes}),
                ],
                axis=1,
            )
            for at in years
        ]
        return pd.concat(parts, ignore_index=True)

    def villages(
        self, columns: Sequence[str] = (), every: Literal["end", "year"] = "end"
    ) -> pd.DataFrame:
        """A row a run and village (and year, where `every` year is asked
        for) of columns of villages.

        `columns`: none for those that were kept. What was not kept is found by running the same
        runs again, which gives the same bits. Raises ValueError for a column that there is not, and
        where nothing was kept and nothing is named.
        """
        names = [columns] if isinstance(columns, str) else list(columns or self.kept)
        if not names:
            raise ValueError('name columns of villages: runs.villages(["capacity"], every="year")')
        check_columns(names)
        found = self.kept
        there = all(name in found for name in names)
        if there and every == "end" and found[names[0]].ndim == 3:
            found = {name: found[name][:, -1] for name in names}
        elif not there or (every == "year" and found[names[0]].ndim == 2):
            if self.again is None:
                raise ValueError(
                    f"{', '.join(names)}: not kept, and a rival's runs are not run "
                    f"again: say keep= and every= beforehand"
                )
            found = self.again(keep=tuple(names), every=every).kept
        values = {name: found[name] for name in names}
        places = np.indices(values[names[0]].shape)
        run, village = places[0].ravel(), places[-1].ravel()
        table: dict[str, Any] = {RUN: self.runs[run], "village": self._labels()[village]}
        if every == "year":
            table["year"] = places[1].ravel()
        return pd.DataFrame({**table, **{name: v.ravel() for name, v in values.items()}})

    def _labels(self) -> np.ndarray:
        """Names of villages; with their township where two have the same name."""
        names = [str(name) for name in self.scenario.names]
        if len(set(names)) < len(names):
            townships = self.scenario.places["township"]
            names = [f"{place} {name}" for place, name in zip(townships, names, strict=True)]
        return np.array(names, object)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """`frame()` for polars, DuckDB and whatever else reads Arrow, without a copy."""
        import pyarrow as pa

        table = pa.Table.from_pandas(self.frame(), preserve_index=False)
        return table.__arrow_c_stream__(requested_schema)

    def _inputs(self) -> pd.DataFrame:
        own = pd.DataFrame({RUN: self.runs})
        if self.inputs is None:
            return own
        rest = self.inputs.drop(columns=[RUN], errors="ignore")
        first = [POINT] if POINT in rest.columns else []
        return pd.concat([own, rest[first], rest.drop(columns=first)], axis=1)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of all outcomes, those of one's own last."""
        return (*NAMES, *self.own)

    def outcome(self, name: str, year: int = -1) -> np.ndarray:
        """One outcome of every run at the end of a year (default: the last), shape
        (runs,); failed runs are nan."""
        return self.trajectory(name)[:, year]

    def trajectory(self, name: str) -> np.ndarray:
        """One outcome of every run by year, shape (runs, years + 1); failed runs are nan. KeyError
        for a name that is none."""
        if name not in self.own and name not in NAMES:
            near = difflib.get_close_matches(name, self.outcomes, 3, 0.4) or list(self.outcomes)
            raise KeyError(f"no outcome is called {name!r}; there are: {', '.join(near)}")
        values = self.own[name] if name in self.own else self.series[name]
        return np.where(self.status[:, None] != 0, np.nan, values)


@dataclass(repr=False)
class Together(Shown):
    """Ensembles on the same draws: `none`, each strategy by label, and each strategy's
    rivals by label and name."""

    none: Ensemble
    strategies: dict[str, Ensemble]
    rivals: dict[str, dict[str, Ensemble]]

    def in_short(self) -> str:
        """Which strategies, and which rivals they have."""
        named = dict.fromkeys(name for them in self.rivals.values() for name in them)
        beside = f", each beside {', '.join(named)}" if named else ""
        return f"{self.none.runs.size} runs of none, {', '.join(self.strategies)}{beside}"


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
    outcomes: Given = None,
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
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    types = types_of(types)
    numbers = run_numbers(runs)
    own, rules = outcomes_of(outcomes), check_rules(rules)
    keep = (keep,) if isinstance(keep, str) else tuple(keep)
    check_columns(keep)
    inputs = None
    if design is not None:
        asked = design_of(design, scenario)
        numbers, inputs = asked.runs, asked.frame
        levers, fixed = {**(levers or {}), **asked.levers}, {**(fixed or {}), **asked.fixed}
    ticks = 4 * (years or scenario.years)
    of_model, of_types = split(fixed or {})
    parameters = parameters_of(scenario, mode, seed, numbers, of_model)
    known = {
        label: one if isinstance(one, Portfolio) else Portfolio(one)
        for label, one in portfolios.items()
    }
    common = {"seed": seed, "levers": levers, "mode": mode, "types": types, "years": years}
    warm_up()
    aim = aimed_at(scenario, common, fixed, rules) if "aimed" in rivals else np.zeros(0)
    kinds = len(types)
    told = Told(keep, every == "year", own, rules)
    empty = _Room(scenario, numbers, ticks, parameters, told, kinds, inputs)
    again = partial(run_ensemble, scenario, **given)
    found = Together(empty.ensemble(Portfolio("none"), again), {}, {})
    for label, portfolio in known.items():
        found.strategies[label] = empty.ensemble(portfolio, again)
        named = () if portfolio.idle else rivals
        found.rivals[label] = {name: empty.ensemble(portfolio) for name in named}

    def carry_out(at: np.ndarray) -> None:
        options: dict[str, Any] = {**common, "runs": numbers[at], "parameters": parameters[at]}
        for kind, values in (("levers", levers or {}), ("fixed", of_types)):
            options[kind] = {name: _part(v, at, numbers.size) for name, v in values.items()}
        kinds_of_runs = types_with(types, options["fixed"], mode, seed, numbers[at])
        options["drawn"] = draw_block(
            scenario, seed, numbers[at], parameters[at], kinds_of_runs, mode or default_mode()
        )
        base = _Play(scenario, found.none.portfolio, ticks, options, told)
        _store(found.none, at, base, base)
        for label, portfolio in known.items():
            if portfolio.idle:
                _store(found.strategies[label], at, base, base)
                continue
            play = _Play(
                scenario, portfolio, ticks, options, told, base, rivals=bool(found.rivals[label])
            )
            _store(found.strategies[label], at, play, base)
            for name, ensemble in found.rivals[label].items():
                money = rival_money(play.society, name, aim)
                rival = _Play(
                    scenario, found.none.portfolio, ticks, options, told, base, village_money=money
                )
                rival.membership_of(play)
                _store(ensemble, at, rival, base)
        if progress:
            progress(at.size)

    _on_threads(
        carry_out,
        [
            part
            for same in _alike(levers or {}, numbers.size)
            for part in blocks(same, scenario.size, threads or os.cpu_count() or 1)
        ],
        threads,
    )
    return found


def _alike(levers: Mapping[str, Any], runs: int) -> list[np.ndarray]:
    """Places of runs, apart where a lever differs of which all runs of a block have one value."""
    own = [levers[name] for name in OF_A_BLOCK if np.ndim(levers.get(name, 0.0)) == 1]
    if not own:
        return [np.arange(runs)]
    _, kind = np.unique(np.stack(own, axis=1), axis=0, return_inverse=True)
    return [np.flatnonzero(kind.ravel() == one) for one in range(int(kind.max()) + 1)]


def _part(value: Any, at: np.ndarray, runs: int) -> Any:
    """Values of these runs, where each run has its own."""
    return np.asarray(value)[at] if np.ndim(value) == 1 and np.size(value) == runs else value


def run_ensemble(
    scenario: Scenario | str | Path, portfolio: Portfolio | Strategy | str, **options: Any
) -> Ensemble:
    """The runs of one strategy, gains over `none` on the same draws included. Options are
    those of `run_together`."""
    return run_together(scenario, {"it": portfolio}, **options).strategies["it"]


def check_columns(names: Sequence[str]) -> None:
    """ValueError, with the nearest, for names that are no columns of villages."""
    known = [variable.name for variable in VILLAGE]
    wrong = [
        f"{name!r}; there are: "
        f"{', '.join(difflib.get_close_matches(str(name), known, 3, 0.4) or known)}"
        for name in names
        if name not in known
    ]
    if wrong:
        raise ValueError(f"villages have no column {'; '.join(wrong)}")


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


def _on_threads(work: Callable[[np.ndarray], None], parts: list[np.ndarray], threads: int) -> None:
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
        busy = [one for one in begun if not one.cancel()]
        wait(busy)
    for one in busy:
        one.result()


def snapshot(society: Any) -> dict[str, np.ndarray]:
    """What gains are counted from (`metrics.paired`): (runs, villages) by name."""
    villages = society.villages
    shape = (society.runs.size, villages.size // society.runs.size)
    found = {name: getattr(villages, name).reshape(shape).copy() for name in SNAPSHOT}
    lead = np.zeros(villages.size)
    leads = society.alliances.lead[np.isin(society.alliances.status, (ACTIVE, PAPER))]
    lead[leads[leads >= 0]] = 1.0
    found["member"], found["lead"] = (villages.alliance >= 0).reshape(shape), lead.reshape(shape)
    found["population"] = villages.population.reshape(shape)
    return found


@dataclass(frozen=True)
class Told:
    """What is kept of a play beside its outcomes, and what a quarter consists of."""

    keep: tuple[str, ...] = ()
    yearly: bool = False
    outcomes: Mapping[str, Own] = field(default_factory=dict)
    rules: tuple[Rule, ...] = QUARTER


class _Play:
    """One block played to its end, with what is kept of every village at the end of each year.
    `base`: `none` on the same draws."""

    def __init__(
        self,
        scenario: Scenario,
        portfolio: Portfolio,
        ticks: int,
        options: dict[str, Any],
        told: Told,
        base: _Play | None = None,
        **more: Any,
    ) -> None:
        self.told, self.base = told, base or self
        self.society: Any = build(scenario, portfolio, **options, **more)
        self.shape = (self.society.runs.size, scenario.size)
        self.states: list[State] = []  # of `none`, where an outcome of one's own may ask
        self.own: dict[str, list[np.ndarray]] = {name: [] for name in told.outcomes}
        self.years = [self.snapshot()]
        self.grants = np.zeros((self.shape[0], ticks))
        for tick in range(ticks):
            step(self.society, tick, told.rules)
            self.grants[:, tick] = self.society.runs.grants
            if tick % 4 == 3:
                self.years.append(self.snapshot())

    def snapshot(self) -> dict[str, np.ndarray]:
        """What gains are counted from, and what is kept every year, as it is now."""
        found = snapshot(self.society)
        for name in self.told.keep if self.told.yearly else ():
            found["kept " + name] = getattr(self.society.villages, name).reshape(self.shape).copy()
        if self.told.outcomes:
            self.look()
        return found

    def look(self) -> None:
        """Outcomes of one's own, as they are now."""
        year = len(self.own[next(iter(self.own))])
        villages, accounts, runs = self.society.villages, self.society.accounts, self.shape[0]
        now = State(villages, accounts, runs, year)
        if self.base is self:
            self.states.append(now.kept())
        now.alone = self.base.states[year]
        for name, own in self.told.outcomes.items():
            self.own[name].append(own(now))

    def membership_of(self, other: _Play) -> None:
        """Count gains over the members and leads of another play: a rival is asked
        about the same villages."""
        for mine, theirs in zip(self.years, other.years, strict=True):
            mine["member"], mine["lead"] = theirs["member"], theirs["lead"]


@dataclass
class _Room:
    scenario: Scenario
    numbers: np.ndarray
    ticks: int
    parameters: Any
    told: Told
    kinds: int
    inputs: pd.DataFrame | None

    def ensemble(
        self, portfolio: Portfolio, again: Callable[..., Ensemble] | None = None
    ) -> Ensemble:
        """An ensemble with room for every run."""
        shape = (self.numbers.size, self.ticks // 4 + 1)
        kept = (*(shape if self.told.yearly else shape[:1]), self.scenario.size)
        return Ensemble(
            scenario=self.scenario,
            portfolio=portfolio,
            runs=self.numbers,
            series=np.zeros(shape, SERIES_FIELDS).view(np.recarray),
            status=np.zeros(self.numbers.size, np.int32),
            grants=np.zeros((self.numbers.size, self.ticks)),
            parameters=self.parameters,
            technology=np.zeros(
                (self.numbers.size, self.kinds), [(name, "f8") for name in OF_TYPES]
            ).view(np.recarray),
            kept={name: np.zeros(kept) for name in self.told.keep},
            own={name: np.zeros(shape) for name in self.told.outcomes},
            about={name: own.about for name, own in self.told.outcomes.items()},
            inputs=self.inputs,
            again=partial(again, portfolio=portfolio) if again else None,
        )


def _store(ensemble: Ensemble, at: np.ndarray, play: _Play, base: _Play) -> None:
    """Levels, and gains over the same villages in `base`."""
    society: Any = play.society
    series = society.series.copy()
    if play is not base:  # `none` gains nothing over itself
        with np.errstate(invalid="ignore"):  # runs that failed are told by their status
            for name, values in _gains(play, base).items():
                series[name] = values
    ensemble.series[at] = series
    ensemble.status[at] = np.maximum(society.runs.status, base.society.runs.status)
    ensemble.grants[at] = play.grants
    ensemble.technology[at] = society.technology
    for name in play.told.keep:
        if play.told.yearly:
            ensemble.kept[name][at] = np.stack([y["kept " + name] for y in play.years], axis=1)
        else:
            ensemble.kept[name][at] = getattr(society.villages, name).reshape(play.shape)
    for name, by_year in play.own.items():
        ensemble.own[name][at] = np.stack(by_year, axis=1)


def _gains(play: _Play, base: _Play) -> dict[str, np.ndarray]:
    """Gains of every year, (runs, years + 1) by name."""
    start = play.society.villages.start_income.reshape(play.shape)
    years = len(play.years)
    names = [name for name in play.years[0] if not name.startswith("kept ")]
    now, then = (
        {name: np.concatenate([year[name] for year in one.years]) for name in names}
        for one in (play, base)
    )
    found = paired(now, then, np.tile(start, (years, 1)))
    return {name: values.reshape(years, -1).T for name, values in found.items()}


def rival_money(society: Any, name: str, aim: np.ndarray) -> np.ndarray:
    """Yuan a quarter of every village (ticks, rows) when a rival has what the
    alliances of this society had."""
    if name in ("even", "lumped", "weakest"):
        return np.ascontiguousarray(
            {"even": society.even, "lumped": society.lumped, "weakest": society.on_weakest}[name]
        )
    ticks, runs = society.even.shape[0], society.runs.size
    size = society.villages.size // runs
    total = society.even.reshape(ticks, runs, size).sum(axis=2, keepdims=True)
    weight = aim if name == "aimed" else np.full(size, 1.0 / size)
    return np.ascontiguousarray((total * weight).reshape(ticks, runs * size))


def aimed_at(
    scenario: Scenario,
    common: Mapping[str, Any],
    fixed: Mapping[str, Any] | None,
    rules: tuple[Rule, ...] = QUARTER,
) -> np.ndarray:
    """Shares of public money (villages,) that is aimed at those who would stay weak without
    alliances, in proportion to how often they do, on other draws than those on which it is judged.
    """
    numbers = np.arange(AIM_RUNS, dtype=np.uint64)
    scalars = {name: value for name, value in (fixed or {}).items() if np.ndim(value) == 0}
    levers = {
        name: value for name, value in (common["levers"] or {}).items() if np.ndim(value) == 0
    }
    seed = common["seed"] + AIM_SEED
    of_model, of_types = split(scalars)
    parameters = parameters_of(scenario, common["mode"], seed, numbers, of_model)
    options = {
        **common,
        "levers": levers,
        "fixed": of_types,
        "seed": seed,
        "runs": numbers,
        "parameters": parameters,
    }
    ticks = 4 * (common["years"] or scenario.years)
    play = _Play(scenario, Portfolio("none"), ticks, options, Told(rules=rules))
    end = play.years[-1]["operating_income"]
    often = (end < WEAK).mean(axis=0)
    if often.sum() <= 0.0:  # nobody stays under the line: those who begin weak
        start = play.society.villages.start_income.reshape(play.shape)
        often = (start <= weak_line(start)).mean(axis=0)
    return np.asarray(often / often.sum())


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

"""Many runs of one scenario under several strategies, in blocks, on threads, each beside `none` and its rivals.

Run k meets the same draws, parameters, technology and imputed blanks under every strategy. Every run is an island of its
own, so the result is the same bits for any size of block and any number of threads. A gain is the paired difference to
`none`. The rivals have an alliance's public money quarter by quarter, as it was paid, through the same chooser: the same
members evenly, lumped on the member of each that promised most, on its weakest, aimed at villages that stay weak, and all
villages evenly.
"""

from __future__ import annotations

import gc
import html
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from village_alliances.sim import technology
from village_alliances.sim.asked import POINT, RUN, design_of, run_numbers
from village_alliances.sim.building import OF_A_BLOCK, Technology, build, parameters_of
from village_alliances.sim.compiled import is_compiled, mark_compiled
from village_alliances.sim.metrics import MAIN, NAMES, SERIES_FIELDS, WEAK, paired, weak_line
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import Scenario, load
from village_alliances.sim.society import ACTIVE, PAPER
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.technology import FIELDS as OF_TYPES
from village_alliances.sim.uncertain import split

BLOCK = 12000  # villages stepped together: large enough to spread a rule's call, small enough to stay in cache
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


@dataclass
class Ensemble:
    """Outcomes of many runs. `series` records (runs, years + 1) by outcome; year 0 is the start. `status` (runs,): 0 is well.
    `villages`: name -> (runs, villages) at the end, or (runs, years + 1, villages), where kept. `grants` (runs, ticks) yuan a
    quarter paid to alliances. `inputs`: the design's row of each run, where there was a design."""

    scenario: Scenario
    portfolio: Portfolio
    runs: np.ndarray
    series: Any
    status: np.ndarray
    grants: np.ndarray
    parameters: Any
    technology: Any
    villages: dict[str, np.ndarray] = field(default_factory=dict)
    inputs: pd.DataFrame | None = None

    def __repr__(self) -> str:
        failed = int((self.status != 0).sum())
        years = self.series.shape[1] - 1
        return (
            f"<Ensemble of {self.runs.size} runs ({failed} failed): {self.portfolio.name} in "
            f"{self.scenario.name}, {self.scenario.size} villages, {years} years; .frame() is a table>"
        )

    def _repr_html_(self) -> str:
        """For notebooks: what it is, and the main outcomes."""
        frame = self.frame()[list(MAIN)].describe().T[["mean", "std", "min", "50%", "max"]]
        return (
            f"<p>{html.escape(repr(self)[1:-1])}</p>{frame.to_html(float_format='{:,.4g}'.format)}"
        )

    def frame(self, year: int | None = -1) -> pd.DataFrame:
        """A row a run: run, point and inputs of the design where there was one, status, and every outcome at the end of a year.

        `year`: counted from the start (0), or from the end (-1, the default); None for a row a run and year. Outcomes of failed
        runs are nan, as numpy has it.
        """
        rows = self._inputs()
        rows["status"] = [STATUS.get(int(code), "FAILED") for code in self.status]
        years = range(self.series.shape[1]) if year is None else [range(self.series.shape[1])[year]]
        parts = [
            pd.concat(
                [
                    rows.assign(year=at) if year is None else rows,
                    pd.DataFrame({name: self.outcome(name, at) for name in NAMES}),
                ],
                axis=1,
            )
            for at in years
        ]
        return pd.concat(parts, ignore_index=True)

    def villages_frame(self) -> pd.DataFrame:
        """A row a run and village (and year, where every year was kept) of the columns that were kept.

        Raises ValueError where none was: `keep=("capacity", ...)`, with `every="year"` for every year.
        """
        if not self.villages:
            raise ValueError(
                'no column of villages was kept: run with keep=("capacity", ...), and every="year" '
                "for the end of every year"
            )
        names = [str(name) for name in self.scenario.names]
        any_ = next(iter(self.villages.values()))
        shape = any_.shape if any_.ndim == 3 else (any_.shape[0], 1, any_.shape[1])
        run, year, village = np.indices(shape)
        found = {RUN: self.runs[run.ravel()], "village": np.array(names, object)[village.ravel()]}
        if any_.ndim == 3:
            found["year"] = year.ravel()
        return pd.DataFrame({**found, **{n: v.ravel() for n, v in self.villages.items()}})

    def _inputs(self) -> pd.DataFrame:
        own = pd.DataFrame({RUN: self.runs})
        if self.inputs is None:
            return own
        rest = self.inputs.drop(columns=[RUN], errors="ignore")
        first = [POINT] if POINT in rest.columns else []
        return pd.concat([own, rest[first], rest.drop(columns=first)], axis=1)

    def outcome(self, name: str, year: int = -1) -> np.ndarray:
        """One outcome of every run at the end of a year (default: the last), shape (runs,); failed runs are nan."""
        return np.where(self.status != 0, np.nan, self.series[name][:, year])

    def trajectory(self, name: str) -> np.ndarray:
        """One outcome of every run by year, shape (runs, years + 1); failed runs are nan."""
        return np.where(self.status[:, None] != 0, np.nan, self.series[name])


@dataclass
class Together:
    """Ensembles on the same draws: `none`, each strategy by label, and each strategy's rivals by label and name."""

    none: Ensemble
    strategies: dict[str, Ensemble]
    rivals: dict[str, dict[str, Ensemble]]


def run_together(
    scenario: Scenario,
    portfolios: Mapping[str, Portfolio | Strategy | str],
    *,
    runs: int | np.ndarray = 100,
    seed: int = 1,
    years: int = 0,
    levers: Mapping[str, Any] | None = None,
    mode: Mode | None = None,
    fixed: Mapping[str, Any] | None = None,
    types: Technology | None = None,
    rivals: Sequence[str] = (),
    keep: Sequence[str] = (),
    every: Literal["end", "year"] = "end",
    design: Any = None,
    threads: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Together:
    """Run strategies and `none` on the same draws, each with the rivals that are named (of RIVALS).

    `runs`: how many, or their numbers. `levers`, `fixed` (parameters, and numbers of project types such as
    `let.profit_rate`): by name, a scalar or one a run.
    `keep`: columns of villages to keep, at the `end` or at the end of `every` year. `design`: a table with a row a run
    (sim/asked.py) in place of `runs`; what it says goes before `levers` and `fixed`. `threads`: 0 for one a processor.
    Raises ValueError or KeyError, in a sentence, for what cannot be asked.
    """
    numbers = run_numbers(runs)
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
    aim = aimed_at(scenario, common, fixed) if "aimed" in rivals else np.zeros(0)
    kinds = len(types or technology.shipped())
    empty = _Room(scenario, numbers, ticks, parameters, keep, every == "year", kinds, inputs)
    found = Together(empty.ensemble(Portfolio("none")), {}, {})
    for label, portfolio in known.items():
        found.strategies[label] = empty.ensemble(portfolio)
        named = () if portfolio.idle else rivals
        found.rivals[label] = {name: empty.ensemble(portfolio) for name in named}

    yearly = tuple(keep) if every == "year" else ()

    def carry_out(at: np.ndarray) -> None:
        options = {**common, "runs": numbers[at], "parameters": parameters[at]}
        for kind, values in (("levers", levers or {}), ("fixed", of_types)):
            options[kind] = {name: _part(v, at, numbers.size) for name, v in values.items()}
        base = _Play(scenario, found.none.portfolio, ticks, options, yearly)
        _store(found.none, at, base, base, keep)
        for label, portfolio in known.items():
            if portfolio.idle:
                _store(found.strategies[label], at, base, base, keep)
                continue
            play = _Play(
                scenario, portfolio, ticks, options, yearly, rivals=bool(found.rivals[label])
            )
            _store(found.strategies[label], at, play, base, keep)
            for name, ensemble in found.rivals[label].items():
                money = rival_money(play.society, name, aim)
                rival = _Play(
                    scenario, found.none.portfolio, ticks, options, yearly, village_money=money
                )
                rival.membership_of(play)
                _store(ensemble, at, rival, base, keep)
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
    scenario: Scenario, portfolio: Portfolio | Strategy | str, **options: Any
) -> Ensemble:
    """The runs of one strategy, gains over `none` on the same draws included. Options are those of `run_together`."""
    return run_together(scenario, {"it": portfolio}, **options).strategies["it"]


def blocks(runs: np.ndarray, villages: int, workers: int = 1) -> list[np.ndarray]:
    """Places of runs cut into blocks of at most BLOCK villages, as many as give every worker the same to do."""
    most = max(1, BLOCK // max(1, villages))
    parts = -(-runs.size // most)
    parts = min(max(1, runs.size), -(-parts // workers) * workers)
    return np.array_split(runs, parts)


def _on_threads(work: Callable[[np.ndarray], None], parts: list[np.ndarray], threads: int) -> None:
    workers = threads or os.cpu_count() or 1
    if workers == 1 or len(parts) == 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(workers) as pool:
        begun = [pool.submit(work, part) for part in parts]
        try:
            for done in begun:
                done.result()
        except BaseException:  # a failure, or Ctrl-C: what has not begun is left undone
            pool.shutdown(cancel_futures=True)
            raise


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


class _Play:
    """One block played to its end, with what is kept of every village at the end of each year."""

    def __init__(
        self,
        scenario: Scenario,
        portfolio: Portfolio,
        ticks: int,
        options: dict[str, Any],
        yearly: Sequence[str] = (),
        **more: Any,
    ) -> None:
        self.yearly = yearly
        self.society: Any = build(scenario, portfolio, **options, **more)
        self.shape = (self.society.runs.size, scenario.size)
        self.years = [self.snapshot()]
        self.grants = np.zeros((self.shape[0], ticks))
        for tick in range(ticks):
            step(self.society, tick)
            self.grants[:, tick] = self.society.runs.grants
            if tick % 4 == 3:
                self.years.append(self.snapshot())

    def snapshot(self) -> dict[str, np.ndarray]:
        """What gains are counted from, and what is kept every year, as it is now."""
        found = snapshot(self.society)
        for name in self.yearly:
            found["kept " + name] = getattr(self.society.villages, name).reshape(self.shape).copy()
        return found

    def membership_of(self, other: _Play) -> None:
        """Count gains over the members and leads of another play: a rival is asked about the same villages."""
        for mine, theirs in zip(self.years, other.years, strict=True):
            mine["member"], mine["lead"] = theirs["member"], theirs["lead"]


@dataclass
class _Room:
    scenario: Scenario
    numbers: np.ndarray
    ticks: int
    parameters: Any
    keep: Sequence[str]
    yearly: bool
    kinds: int
    inputs: pd.DataFrame | None

    def ensemble(self, portfolio: Portfolio) -> Ensemble:
        """An ensemble with room for every run."""
        shape = (self.numbers.size, self.ticks // 4 + 1)
        kept = (*(shape if self.yearly else shape[:1]), self.scenario.size)
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
            villages={name: np.zeros(kept) for name in self.keep},
            inputs=self.inputs,
        )


def _store(
    ensemble: Ensemble, at: np.ndarray, play: _Play, base: _Play, keep: Sequence[str]
) -> None:
    """Levels, and gains over the same villages in `base`."""
    society: Any = play.society
    start = society.villages.start_income.reshape(play.shape)
    series = society.series.copy()
    with np.errstate(invalid="ignore"):  # runs that failed are told by their status
        for year, (now, then) in enumerate(zip(play.years, base.years, strict=True)):
            for name, values in paired(now, then, start).items():
                series[name][:, year] = values
    ensemble.series[at] = series
    ensemble.status[at] = np.maximum(society.runs.status, base.society.runs.status)
    ensemble.grants[at] = play.grants
    ensemble.technology[at] = society.technology
    for name in keep:
        if play.yearly:
            ensemble.villages[name][at] = np.stack([y["kept " + name] for y in play.years], axis=1)
        else:
            ensemble.villages[name][at] = getattr(society.villages, name).reshape(play.shape)


def rival_money(society: Any, name: str, aim: np.ndarray) -> np.ndarray:
    """Yuan a quarter of every village (ticks, rows) when a rival has what the alliances of this society had."""
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
    scenario: Scenario, common: Mapping[str, Any], fixed: Mapping[str, Any] | None
) -> np.ndarray:
    """Shares of public money (villages,) that is aimed at those who would stay weak without alliances, in proportion to how often
    they do, on other draws than those on which it is judged."""
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
    play = _Play(scenario, Portfolio("none"), 4 * (common["years"] or scenario.years), options)
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
    """Leave garbage alone for a while: a fifth of the time of compiling went into looking for it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

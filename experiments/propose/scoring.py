"""Score: what candidate alliances bring their members, by the model itself, thousands of them in one block.

Alliances do not touch each other unless the county ranks them, so a candidate's members live through the same quarters
whether the rest of the county stands beside them or not: luck is keyed by village and by lead and founding quarter. A block
therefore holds nothing but members, candidate after candidate; a village that several candidates want is in it several times.
Its numbers are those that the whole county's run drew for it, totals and all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from village_alliances.sim import luck
from village_alliances.sim.building import build, parameters_of, products
from village_alliances.sim.ensemble import warm_up
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.parameters import levers as known_levers
from village_alliances.sim.quarter import QUARTER, step
from village_alliances.sim.rules.recording import WEAK, record
from village_alliances.sim.scenario import EXACT, FIRST_QUARTER, NUMBERS, Column, Given, Scenario
from village_alliances.sim.society import DISSOLVED, DORMANT, STAGES
from village_alliances.sim.strategy import NONE, Portfolio, Strategy, read

ROWS = 8000  # members times runs in a block
RUNS_AT_ONCE = 32  # runs of a block; more would leave room for too few candidates
DRAWN_AT_MOST = (
    120_000  # village-runs of drawn starts that are kept for the next call (about 0.5 kB each)
)
ALONE_TOGETHER = {
    "formation": 0.0,
    "reward_first": 0.0,
    "reshuffle_last": 0.0,
    "grant_weak_first": 0.0,
}
UNRECORDED = tuple(rule for rule in QUARTER if rule is not record)


class ScoringError(RuntimeError):
    """A run whose numbers are no numbers."""


@dataclass(frozen=True, order=True)
class Candidate:
    """An alliance that could be: members by position (ascending), strategy by label, grant in yuan a member and year."""

    members: tuple[int, ...]
    strategy: str
    grant: float
    lead: int = -1  # position; -1: the strategy's own rule decides in each run
    founded: int = FIRST_QUARTER


@dataclass
class Scores:
    """What candidates brought. `first` (candidates + 1,): where a candidate's members begin among the M rows of `income`,
    `last_weak` and `stays`, each (M, runs); the others (candidates, runs). Money in yuan; quarters from 0, -1 never."""

    first: np.ndarray
    income: np.ndarray  # collective income at the end, yuan a year
    last_weak: np.ndarray  # last quarter under 50,000 yuan
    stays: np.ndarray  # still a member at the end
    on_paper: np.ndarray  # the alliance exists on paper at the end
    ended: np.ndarray  # the alliance has ended
    granted: np.ndarray  # public money received
    lead: np.ndarray  # which member led when it was founded (0, 1, ...)
    grants: np.ndarray  # (runs, ticks): public money of all these candidates by quarter

    def of(self, c: int) -> slice:
        """The rows of candidate c."""
        return slice(int(self.first[c]), int(self.first[c + 1]))


@dataclass(frozen=True)
class Alone:
    """The villages without any alliance: collective income at the end and last weak quarter, (runs, villages); start income."""

    income: np.ndarray
    last_weak: np.ndarray
    start: np.ndarray


class Strategies(Portfolio):
    """A portfolio that finds the strategy of one of thousands of alliances at once."""

    def __init__(self, chosen: Sequence[Strategy], of: Mapping[str, int]) -> None:
        self.default = chosen[0]
        self.by = {}
        self._chosen = list(chosen)
        self._of = of

    @property
    def strategies(self) -> list[Strategy]:
        """The strategies, in their order."""
        return self._chosen

    def index(self, *places: str) -> int:
        """Position of the strategy of the first of these places."""
        return next((self._of[place] for place in places if place in self._of), 0)

    @property
    def idle(self) -> bool:
        """Never: an alliance without channels is an alliance still."""
        return False


@dataclass
class _Drawn:
    """The county as some runs draw it: columns (columns, runs, villages)."""

    runs: np.ndarray
    parameters: np.recarray
    real: np.ndarray
    whole: np.ndarray
    calendar: Any


class Laboratory:
    """Simulates candidates of one scenario under one seed. The same call gives the same bits on any number of threads."""

    def __init__(
        self,
        scenario: Scenario,
        strategies: Sequence[str | Strategy],
        *,
        seed: int,
        levers: Mapping[str, float] | None = None,
        mode: Mode | None = None,
        threads: int = 0,
        interrupted: Callable[[], bool] | None = None,
    ) -> None:
        self.scenario = replace(scenario, given=())
        self.strategies = {s.name: s for s in map(read, strategies)}
        self.order = list(self.strategies)
        self.seed = seed
        self.levers = {**scenario.levers, **(levers or {}), **ALONE_TOGETHER}
        self.usual = (
            self.levers.get("grant_per_village") or known_levers()["grant_per_village"].value
        )
        self.levers["grant_per_village"] = self.usual  # alliances receive multiples of it
        self.mode = mode or default_mode()
        self.threads = threads or os.cpu_count() or 1
        self.ticks = scenario.ticks
        self.interrupted = interrupted or (lambda: False)
        self.products = products(self.scenario)
        self.keys = np.array([luck.name_key("industry", name) for name in self.products], np.uint64)
        self._kept: dict[bytes, _Drawn] = {}
        self._alone: dict[bytes, Alone] = {}
        warm_up()

    def alone(self, runs: int | np.ndarray) -> Alone:
        """The villages without alliance in these runs."""
        numbers = _numbers(runs)
        key = numbers.tobytes()
        if key not in self._alone:
            self._alone[key] = self._single(numbers, None)
        return self._alone[key]

    def forget(self) -> None:
        """Let go of villages alone and of drawn starts that were kept for the next call."""
        self._alone.clear()
        self._kept.clear()

    def solo(self, runs: int | np.ndarray, money: np.ndarray) -> Alone:
        """The villages without alliance that receive `money` (runs, ticks) for projects of their own."""
        return self._single(_numbers(runs), money)

    def _single(self, numbers: np.ndarray, money: np.ndarray | None) -> Alone:
        n = self.scenario.size
        income, start = np.empty((numbers.size, n)), np.empty((numbers.size, n))
        last = np.full((numbers.size, n), -1, np.int16)

        def carry_out(at: np.ndarray) -> None:
            p = parameters_of(self.scenario, self.mode, self.seed, numbers[at])
            budget = None if money is None else money[at]
            society = build(
                self.scenario,
                NONE,
                seed=self.seed,
                runs=numbers[at],
                levers=self.levers,
                parameters=p,
                solo_budget=budget,
            )
            start[at] = society.v.start_income.reshape(at.size, n)
            late = np.full(at.size * n, -1, np.int16)
            for tick in range(self.ticks):
                step(society, tick, UNRECORDED)
                late[society.v.collective_income < WEAK] = tick
            income[at], last[at] = (
                society.v.collective_income.reshape(at.size, n),
                late.reshape(at.size, n),
            )

        size = max(1, ROWS // n)
        self.in_threads(
            carry_out,
            [np.arange(numbers.size)[at : at + size] for at in range(0, numbers.size, size)],
        )
        return Alone(income, last, start)

    def score(self, candidates: Sequence[Candidate], runs: int | np.ndarray) -> Scores:
        """Simulate every candidate in every run (a number of runs, or their numbers)."""
        numbers = _numbers(runs)
        first = np.concatenate([[0], np.cumsum([len(c.members) for c in candidates])]).astype(
            np.int64
        )
        m, count = int(first[-1]), len(candidates)
        found = Scores(
            first=first,
            income=np.empty((m, numbers.size)),
            last_weak=np.full((m, numbers.size), -1, np.int16),
            stays=np.zeros((m, numbers.size), bool),
            on_paper=np.zeros((count, numbers.size), bool),
            ended=np.zeros((count, numbers.size), bool),
            granted=np.zeros((count, numbers.size)),
            lead=np.zeros((count, numbers.size), np.int16),
            grants=np.zeros((numbers.size, self.ticks)),
        )
        for at in range(0, numbers.size, RUNS_AT_ONCE):
            span = slice(at, min(at + RUNS_AT_ONCE, numbers.size))
            drawn = self._draw(numbers[span])
            room = max(1, ROWS // drawn.runs.size)
            cuts = [0]
            for c in range(1, count):
                if first[c + 1] - first[cuts[-1]] > room:
                    cuts.append(c)
            parts = [range(a, b) for a, b in zip(cuts, [*cuts[1:], count]) if b > a]

            def carry_out(those: range, drawn: _Drawn = drawn, span: slice = span) -> np.ndarray:
                return self._carry_out(those, candidates, drawn, span, found)

            for spent in self.in_threads(
                carry_out, parts
            ):  # in one order, so that sums are the same bits
                found.grants[span] += spent
        if not np.isfinite(found.income).all():
            raise ScoringError("an income is not a finite number")
        return found

    def expecting(self, runs: np.ndarray) -> Any:
        """The county at the start, its villages unallied: what `surrogate` asks for expectations."""
        portfolio = Strategies(list(self.strategies.values()), {})
        p = parameters_of(self.scenario, self.mode, self.seed, runs)
        return build(
            self.scenario, portfolio, seed=self.seed, runs=runs, levers=self.levers, parameters=p
        )

    def _draw(self, runs: np.ndarray) -> _Drawn:
        key = runs.tobytes()
        if key in self._kept:
            return self._kept[key]
        n = self.scenario.size
        p = parameters_of(self.scenario, self.mode, self.seed, runs)
        society = build(
            self.scenario, NONE, seed=self.seed, runs=runs, levers=self.levers, parameters=p
        )
        v = society.v
        drawn = _Drawn(
            runs=runs,
            parameters=p,
            real=v.real.reshape(v.real.shape[0], runs.size, n).copy(),
            whole=v.whole.reshape(v.whole.shape[0], runs.size, n).copy(),
            calendar=society.calendar.copy(),
        )
        if sum(d.real.shape[1] * n for d in self._kept.values()) + runs.size * n <= DRAWN_AT_MOST:
            self._kept[key] = drawn
        return drawn

    def _carry_out(
        self,
        those: range,
        candidates: Sequence[Candidate],
        drawn: _Drawn,
        span: slice,
        found: Scores,
    ) -> np.ndarray:
        """Simulate some candidates in some runs and write what comes of them into `found`; gives grants (runs, ticks)."""
        members = [candidates[c].members for c in those]
        rows = np.array([i for group in members for i in group], np.int64)
        size, runs = rows.size, drawn.runs.size
        begin = np.concatenate([[0], np.cumsum([len(group) for group in members])]).astype(np.int64)
        society = self._pack([candidates[c] for c in those], rows, begin, drawn)
        last = np.full((runs, size), -1, np.int16)
        grants = np.zeros((runs, self.ticks))
        slot = np.full((len(those), runs), -1, np.int64)
        founded = np.array([candidates[c].founded for c in those])
        v = society.v
        for tick in range(self.ticks):
            step(society, tick, UNRECORDED)
            last[v.collective_income.reshape(runs, size) < WEAK] = tick
            grants[:, tick] = society.r.grants
            if (new := np.flatnonzero(founded == tick)).size:
                slot[new] = v.alliance.reshape(runs, size)[:, begin[new]].T
                lead = (
                    society.a.lead[slot[new]]
                    - np.arange(runs)[None, :] * size
                    - begin[new][:, None]
                )
                for at, number in enumerate(new):
                    found.lead[those[number], span] = lead[at]
        there = np.concatenate([np.arange(found.first[c], found.first[c + 1]) for c in those])
        found.income[there, span] = v.collective_income.reshape(runs, size).T
        found.last_weak[there, span] = last.T
        alliance = v.alliance.reshape(runs, size).T
        found.stays[there, span] = alliance >= 0
        status = society.a.status[np.maximum(slot, 0)]
        found.on_paper[those, span] = status == DORMANT
        found.ended[those, span] = status == DISSOLVED
        found.granted[those, span] = society.a.granted_sum[np.maximum(slot, 0)]
        return grants

    def _pack(
        self, those: Sequence[Candidate], rows: np.ndarray, begin: np.ndarray, drawn: _Drawn
    ) -> Any:
        """A block that holds the members of these candidates and nobody else."""
        s = self.scenario
        named = [f"{at}" for at in range(len(those))]
        given = tuple(
            Given(
                name={"en": named[at], "zh": named[at]},
                members=tuple(range(int(begin[at]), int(begin[at + 1]))),
                lead=int(begin[at]) + c.members.index(c.lead) if c.lead >= 0 else -1,
                founded=c.founded,
                grant=c.grant / self.usual,
            )
            for at, c in enumerate(those)
        )
        nothing = Column(
            np.full(rows.size, EXACT, np.int8), np.full(rows.size, 0.5), np.full(rows.size, 0.5)
        )
        words = {
            "industry": np.full(rows.size, self.products[0], object),
            "stage": np.full(rows.size, STAGES[0], object),
            "culture": np.full(rows.size, "-", object),
        }
        small = replace(
            s,
            ids=s.ids[rows],
            names=s.names[rows],
            places={place: texts[rows] for place, texts in s.places.items()},
            numbers=dict.fromkeys(NUMBERS, nothing),
            words=words,
            position=s.position[rows],
            located=s.located[rows],
            lonlat=s.lonlat[rows],
            given=given,
            totals={},
        )
        portfolio = Strategies(
            list(self.strategies.values()),
            {name: self.order.index(c.strategy) for name, c in zip(named, those)},
        )
        society = build(
            small,
            portfolio,
            seed=self.seed,
            runs=drawn.runs,
            levers=self.levers,
            parameters=drawn.parameters,
        )
        v = society.v
        v.real.reshape(v.real.shape[0], drawn.runs.size, rows.size)[:] = drawn.real[:, :, rows]
        v.whole.reshape(v.whole.shape[0], drawn.runs.size, rows.size)[:] = drawn.whole[:, :, rows]
        society.industry_key = self.keys  # the products that these codes count
        society.calendar[:] = drawn.calendar
        return society

    def in_threads(self, job: Callable[[Any], Any], parts: Sequence[Any]) -> list[Any]:
        """Carry out jobs on threads; their results in order. Raises Stopped between jobs when told to stop."""

        def unless_stopped(part: Any) -> Any:
            if self.interrupted():
                raise Stopped
            return job(part)

        if self.threads == 1 or len(parts) <= 1:
            return [unless_stopped(part) for part in parts]
        with ThreadPoolExecutor(self.threads) as pool:
            begun = [pool.submit(unless_stopped, part) for part in parts]
            try:
                return [done.result() for done in begun]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


class Stopped(Exception):
    """Told to stop while villages were being simulated."""


def _numbers(runs: int | np.ndarray) -> np.ndarray:
    return (
        np.arange(runs, dtype=np.uint64)
        if isinstance(runs, (int, np.integer))
        else np.asarray(runs, np.uint64)
    )

"""Simulator: what becomes of a whole county under a plan, run by run, beside the same county left
alone.

A plan is a set of candidates, no village in two. A candidate of several villages is an alliance
that is founded in its quarter and receives its grant for each active member and year; a candidate
of one village is that village alone with the same grant as public money of its own. Whatever a plan
leaves out stays alone. Markets, firms and everything else that villages share is simulated whole:
nothing is put together from parts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from typing import Any

import numpy as np
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.objectives import Lived
from village_alliances.experiments.propose.task import SECOND_STAGE, Task
from village_alliances.sim import technology
from village_alliances.sim.building import (
    Drawn,
    build,
    days_of,
    draw_block,
    parameters_of,
)
from village_alliances.sim.ensemble import blocks, warm_up
from village_alliances.sim.grouping import FIRST_QUARTER
from village_alliances.sim.metrics import WEAK, paired
from village_alliances.sim.parameters import default_mode
from village_alliances.sim.quarter import step
from village_alliances.sim.rivals import rival_money
from village_alliances.sim.scenario import Given
from village_alliances.sim.society import ACTIVE, QUIET, WORKING
from village_alliances.sim.strategy import Portfolio

AlliancePlan = Sequence[Candidate]
# A plan says itself who receives what: rankings, a lean of grants, and alliances beside it are
# switched off.
SETTLED = {"formation": 0.0, "reward_first": 0.0, "reshuffle_last": 0.0, "grant_weak_first": 0.0}
SAME_MEMBERS = ("even", "lumped", "weakest")  # the same money on the same members singly


class Stopped(Exception):
    """Told to stop while a county was being simulated."""


class Simulator:
    """Simulates plans of one question on runs of one seed. `interrupted` is asked between pieces of
    work, `tell` told of each."""

    def __init__(
        self,
        task: Task,
        runs: int | np.ndarray,
        *,
        seed: int = 0,
        threads: int = 0,
        interrupted: Callable[[], bool] | None = None,
        tell: Callable[[], None] | None = None,
    ) -> None:
        warm_up()
        self.task, self.scenario = task, task.scenario
        self.numbers = (
            np.arange(runs, dtype=np.uint64)
            if isinstance(runs, (int, np.integer))
            else np.asarray(runs, np.uint64)
        )
        self.seed = seed or task.seed
        self.threads = threads or os.cpu_count() or 1
        self.interrupted = interrupted or (lambda: False)
        self.tell = tell or (lambda: None)
        self.ticks = self.scenario.ticks
        self.parameters = parameters_of(self.scenario, task.mode, self.seed, self.numbers)
        self.strategies = {plan.name: plan for plan in task.plans}
        self._known: dict[bytes, Drawn] = {}
        self._none: Lived | None = None
        self._none = self.live(())

    @property
    def none(self) -> Lived:
        """The county with nobody allied and no such money."""
        assert self._none is not None
        return self._none

    def live(self, plan: AlliancePlan) -> Lived:
        """The county under a plan."""
        return self.each([plan])[0]

    def each(self, plans: Sequence[AlliancePlan], runs: int = 0) -> list[Lived]:
        """The county under each of some plans, side by side on threads, in the first `runs`
        (0: all). Raises Stopped."""
        runs = min(runs or self.numbers.size, self.numbers.size)
        parts = blocks(np.arange(runs), self.scenario.size, 1 if len(plans) > 1 else self.threads)
        jobs = [(plan, part) for plan in plans for part in parts]
        lives = self.on_threads(lambda job: self._block(job[0], job[1])[0], jobs)
        whole = [joined(lives[i : i + len(parts)]) for i in range(0, len(lives), len(parts))]
        return [self._compared(lived) for lived in whole]

    def at_levels(self, plan: AlliancePlan, levels: Sequence[float]) -> list[Lived]:
        """The county under a plan with each of these grants for all of it, in one
        block: for small tables."""
        if self.interrupted():
            raise Stopped
        runs, count = self.numbers.size, len(levels)
        tiled = np.tile(np.arange(runs), count)
        grants = np.repeat(np.asarray(levels, float), runs)
        lived, _ = self._block([replace(c, grant=1.0) for c in plan], tiled, grants)
        return [
            self._compared(sliced(lived, slice(i * runs, (i + 1) * runs))) for i in range(count)
        ]

    def beside(self, plan: AlliancePlan, aim: np.ndarray) -> dict[str, Lived]:
        """A plan and, with its public money quarter by quarter, the same members singly
        (SAME_MEMBERS), single villages by the shares `aim` (villages,) and `all` evenly."""
        parts = blocks(np.arange(self.numbers.size), self.scenario.size, self.threads)
        lives = self.on_threads(lambda runs: self._with_rivals(plan, runs, aim), parts)
        return {key: self._compared(joined([part[key] for part in lives])) for key in lives[0]}

    def _with_rivals(
        self, plan: AlliancePlan, runs: np.ndarray, aim: np.ndarray
    ) -> dict[str, Lived]:
        lived, society = self._block(plan, runs, rivals=True)
        single = self._single_money(plan, np.ones(runs.size))
        total = society.even + single
        lives = {"plan": lived}
        for key in SAME_MEMBERS:
            lives[key] = self._block((), runs, money=rival_money(society, key, aim) + single)[0]
        county = total.reshape(self.ticks, runs.size, -1).sum(axis=2, keepdims=True)
        everybody = np.full(self.scenario.size, 1.0 / self.scenario.size)
        for key, shares in (("aimed", aim), ("all", everybody)):
            money = np.ascontiguousarray((county * shares).reshape(total.shape))
            lives[key] = self._block((), runs, money=money)[0]
        return lives

    def _block(
        self,
        plan: AlliancePlan,
        runs: np.ndarray,
        grants: np.ndarray | None = None,
        *,
        money: np.ndarray | None = None,
        rivals: bool = False,
    ) -> tuple[Lived, Any]:
        """One block played to its end: runs at places `runs`, `grants` (runs,)
        times what the plan says."""
        times = np.ones(runs.size) if grants is None else grants
        allied = sorted((c for c in plan if len(c.members) > 1), key=lambda c: c.founded)
        given = tuple(
            Given({"en": c.strategy}, c.members, c.lead, c.founded, grant=c.grant) for c in allied
        )
        if money is None and any(len(c.members) == 1 and c.grant > 0 for c in plan):
            money = self._single_money(plan, times)
        society = build(
            replace(self.scenario, given=given, grouped=""),
            Portfolio(self.task.plans[0], self.strategies) if given else Portfolio("none"),
            seed=self.seed,
            runs=self.numbers[runs],
            levers={
                **self.task.levers,
                **SETTLED,
                "grant_per_village": np.minimum(times, self.most),
            },
            parameters=self.parameters[runs],
            mode=self.task.mode,
            types=self.task.types or None,
            village_money=money,
            rivals=rivals,
            drawn=self._drawn(runs),
        )
        return self._played(society, [c.founded for c in allied]), society

    def _drawn(self, runs: np.ndarray) -> Drawn:
        """What is drawn of a block before anything happens: the same under
        every plan, so drawn once."""
        key = runs.tobytes()
        if key not in self._known:
            mode, numbers = self.task.mode or default_mode(), self.numbers[runs]
            types = self.task.types or technology.shipped()
            self._known[key] = draw_block(
                self.scenario, self.seed, numbers, self.parameters[runs], types, {}, mode
            )
        return self._known[key]

    @property
    def most(self) -> float:
        """The largest grant that the model takes, yuan a member and year."""
        return self.task.most_grant

    def _single_money(self, plan: AlliancePlan, times: np.ndarray) -> np.ndarray:
        """Yuan a quarter for villages that a plan funds singly, (ticks, runs * villages)."""
        size, years = self.scenario.size, self.task.grant_years
        flows = days_of(self.scenario, {**self.scenario.levers, **self.task.levers}, self.ticks)
        money = np.zeros((self.ticks, times.size, size))
        for c in plan:
            if len(c.members) == 1:
                last = min(self.ticks, c.founded + int(np.ceil(4 * years)))
                quarter = 0.25 * c.grant * flows.grants[c.founded : last]
                money[c.founded : last, :, c.members[0]] = quarter[:, None] * times
        return np.ascontiguousarray(money.reshape(self.ticks, -1))

    def _played(self, society: Any, founded: Sequence[int]) -> Lived:
        runs, size = society.runs.size, self.scenario.size
        slots = society.alliances.size // runs
        last_weak = np.full(runs * size, -1, np.int16)
        lead = np.full((runs, len(founded)), -1)
        for tick in range(self.ticks):
            step(society, tick)
            last_weak[society.villages.operating_income < WEAK] = tick
            if tick == FIRST_QUARTER:
                able = society.villages.capacity.reshape(runs, size).copy()
            if tick == min(SECOND_STAGE, self.ticks) - 1:
                midway = society.villages.operating_income.reshape(runs, size).copy()
                taking_part = society.villages.standing.reshape(runs, size) == WORKING
            for k in (k for k, quarter in enumerate(founded) if quarter == tick):
                lead[:, k] = society.alliances.lead.reshape(runs, slots)[:, k]
        lead = np.where(lead >= 0, lead - size * np.arange(runs)[:, None], -1)

        def of(values: np.ndarray) -> np.ndarray:
            return np.asarray(values).reshape(runs, size).copy()

        villages, alliances = society.villages, society.alliances
        home = of(villages.alliance)
        home = np.where(home >= 0, home - slots * np.arange(runs)[:, None], -1)
        kept = slice(0, len(founded))
        last = society.series[:, -1]
        return Lived(
            income=of(villages.operating_income),
            heads=of(villages.villager_income),
            wages=of(villages.wages),
            people=of(villages.population),
            start=of(villages.start_income),
            last_weak=of(last_weak),
            paid=society.runs.grants_sum + society.runs.solo_sum,
            home=home,
            quiet=of(villages.standing) == QUIET,
            able=able,
            midway=midway,
            taking_part=taking_part,
            granted=alliances.granted.reshape(runs, slots)[:, kept].copy(),
            lead=lead,
            works=(alliances.status == ACTIVE).reshape(runs, slots)[:, kept],
            outcomes={name: last[name].copy() for name in last.dtype.names},
        )

    def _compared(self, lived: Lived) -> Lived:
        """With gains over the county left alone among its outcomes."""
        none = lived if self._none is None else first(self._none, lived.paid.size)
        now, then = (
            {
                "operating_income": life.income,
                "villager_income": life.heads,
                "wages": life.wages,
                "population": life.people,
                "member": life.home >= 0,
                "lead": np.zeros(life.income.shape),
            }
            for life in (lived, none)
        )
        lived.outcomes.update(paired(now, then, lived.start))
        return lived

    def on_threads(self, job: Callable[[Any], Any], parts: Sequence[Any]) -> list[Any]:
        """Carry out a job for each part, side by side; results in order. Raises Stopped
        between them when told to stop."""

        def unless_stopped(part: Any) -> Any:
            if self.interrupted():
                raise Stopped
            result = job(part)
            self.tell()
            return result

        if self.threads == 1 or len(parts) == 1:
            return [unless_stopped(part) for part in parts]
        with ThreadPoolExecutor(self.threads) as pool:
            begun = [pool.submit(unless_stopped, part) for part in parts]
            try:
                return [done.result() for done in begun]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def joined(parts: Sequence[Lived]) -> Lived:
    """Blocks of runs, one after another."""
    if len(parts) == 1:
        return parts[0]
    columns = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts])
        for f in fields(Lived)
        if f.name != "outcomes"
    }
    names = parts[0].outcomes
    return Lived(
        **columns, outcomes={n: np.concatenate([p.outcomes[n] for p in parts]) for n in names}
    )


def sliced(lived: Lived, runs: slice) -> Lived:
    """Some of the runs."""
    columns = {f.name: getattr(lived, f.name)[runs] for f in fields(Lived) if f.name != "outcomes"}
    return Lived(
        **columns, outcomes={name: values[runs] for name, values in lived.outcomes.items()}
    )


def first(lived: Lived, runs: int) -> Lived:
    """The first of the runs."""
    return lived if lived.paid.size == runs else sliced(lived, slice(0, runs))


def villages_of(plan: Iterable[Candidate]) -> list[int]:
    """Villages that a plan places or funds."""
    return [i for c in plan for i in c.members]


def allies(plan: Iterable[Candidate]) -> list[Candidate]:
    """The alliances of a plan, without villages that it funds singly."""
    return [c for c in plan if len(c.members) > 1]


def singles(plan: Iterable[Candidate]) -> list[Candidate]:
    """The villages that a plan funds singly."""
    return [c for c in plan if len(c.members) == 1 and c.grant > 0]


__all__ = [
    "FIRST_QUARTER",
    "AlliancePlan",
    "Lived",
    "Simulator",
    "Stopped",
    "allies",
    "singles",
    "villages_of",
]

"""Search: from a question to a plan, in rounds that can be stopped and taken up again.

A round simulates candidates: as many as do not touch each other are put into one trial plan, which
is simulated whole, so that each meets markets as they are when many act at once. Scores are drawn
towards what candidates like them bring, as far as luck allows; the best choice is packed; the
prices of villages and money that it implies say which candidates that nobody has simulated yet
could improve it. Villages funded singly are candidates like any other. At the end a sample of
near-best plans, the best plan without alliances, and the plain groupings are simulated whole on
other luck, and the best of them is proposed.

Rounds count work, not time: the same question takes the same steps on any machine, and what was
simulated is remembered, so that a search that was stopped goes on where it stood.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.experiments.inputs import digest
from village_alliances.experiments.propose import changes, rivals
from village_alliances.experiments.propose.beliefs import Beliefs, Likeness
from village_alliances.experiments.propose.candidates import Candidate, Neighbourhood
from village_alliances.experiments.propose.conclusion import conclude
from village_alliances.experiments.propose.memory import Memory
from village_alliances.experiments.propose.objectives import Lived, Objective
from village_alliances.experiments.propose.packing import NothingFits, Packed, pack
from village_alliances.experiments.propose.sampling import PlanSample
from village_alliances.experiments.propose.simulator import AlliancePlan, Simulator, Stopped, allies
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.grouping import FIRST_QUARTER, GROUP_SIZE
from village_alliances.sim.luck import name_key
from village_alliances.sim.metrics import WORSE

RUNS, FINAL_RUNS = 32, 128  # runs of the rounds, and of the last choice
FEW = 24  # villages of a table whose grant levels are simulated in one block, in SMALL_RUNS runs
SMALL_RUNS, SMALL_FINAL = 32, 128
WHOLE_UP_TO = 1200  # candidates of a table of which all are scored
FAVOURITES = 4  # strategies that are looked at further
FIRST, BATCH = 24, 10  # trial plans of the first look, and of a round
ROUNDS = 3
SETTLED = 5e-3  # improvement over a round under which the search has settled


@dataclass
class Choice:
    """A plan: what it adds up to in the search, and the least that no choice can exceed."""

    candidates: tuple[Candidate, ...]
    score: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the bound lies above, in the objective's unit."""
        return max(0.0, self.bound - self.score)


@dataclass(frozen=True)
class Step:
    """What a caller is told: which part of the work is done, how many candidates are simulated,
    and the best choice so far. `stage`: "probing" in the rounds, then "sampling" of near-best
    plans, then "comparing" of whole ones."""

    round: int
    rounds: int
    simulated: int
    choice: Choice | None
    seconds: float
    stage: str = "probing"


class Search:
    """The state of a search. `run` carries it on."""

    def __init__(
        self,
        task: Task,
        *,
        threads: int = 0,
        runs: int = 0,
        final_runs: int = 0,
        stop: Callable[[], bool] | None = None,
        say: Callable[[Step], None] | None = None,
        checkpoint: Path | None = None,
        same_luck: bool = False,
    ) -> None:
        """`same_luck`: the last choice is made in the runs of the rounds, so that it can be held
        against looking at everything."""
        self.task, self.say = task, say or (lambda step: None)
        self.begun = time.monotonic()
        self.stopped = False
        self.running, self.stage = False, "probing"
        self.few = task.scenario.size <= FEW
        runs = runs or (SMALL_RUNS if self.few else RUNS)
        final_runs = final_runs or (SMALL_FINAL if self.few else FINAL_RUNS)
        options: dict[str, Any] = {"threads": threads, "interrupted": stop}
        self.simulator = Simulator(task, runs, **options)
        begins = 0 if same_luck else runs
        last = np.arange(begins, begins + 2 * final_runs, dtype=np.uint64)

        def simulator(runs: np.ndarray) -> Callable[[], Simulator]:
            return cache(lambda: Simulator(task, runs, **options, tell=self._tell))

        self.final_simulator = simulator(last[:final_runs])
        self.judging_simulator = simulator(last[final_runs:])
        self.runs, self.final_runs = runs, final_runs
        self.objective: Objective = task.aim
        self.memory = Memory(checkpoint, task.id, runs)
        strength = np.log1p(np.maximum(self.simulator.none.start, 0.0)).mean(axis=0)
        self.geography = Neighbourhood(task.scenario, task.rules, strength)
        self.same_luck = same_luck
        self.together = (*task.together, *(forms[0].members for forms in task.kept))
        self.bound_to = {i for group in self.together for i in group}
        self.candidates: list[Candidate] = []
        self.where: dict[Candidate, int] = {}
        self._scores: list[np.ndarray] = []  # (runs,) of each candidate
        self._least: list[float] = []  # mean gain of the member that has least of it
        self.favourites = [plan.name for plan in task.plans]
        self.round = 0
        self.best: Choice | None = None
        self.finalists: list[tuple[float, AlliancePlan]] = []
        self.sample: PlanSample | None = None
        self.in_search = float("nan")  # what the best choice brought in the runs of the last choice
        self.steps: list[tuple[changes.PlanStep, AlliancePlan]] = []
        self.packed: Packed | None = None
        self.beliefs = Beliefs((), np.zeros((0, 2)), None)

    @cached_property
    def today(self) -> AlliancePlan:
        """Today's alliances, () where the table names none."""
        return rivals.today_of(self)

    @cached_property
    def warm(self) -> AlliancePlan:
        """Where a search begins that keeps what exists: today's alliances with as much of the usual
        grant as the budget pays."""
        if self.task.keep != "existing":
            return ()
        members = sum(len(c.members) for c in self.today)
        most = rivals.level_within(self.task, members, self.task.budget)
        return [replace(c, grant=min(c.grant, most)) for c in self.today]

    @cached_property
    def plain(self) -> list[AlliancePlan]:
        """Plans that take no search; none where some must be together."""
        return [] if self.together else rivals.plain_plans(self)

    def brought(self, candidates: Sequence[Candidate]) -> np.ndarray:
        """What simulated candidates bring together by run, (runs,)."""
        return np.sum(
            [np.zeros(self.runs), *(self._scores[self.where[c]] for c in candidates)], axis=0
        )

    # ---- The course of a search

    @cached_property
    def sets(self) -> list[tuple[int, ...]]:
        """Sets of villages that are worth a look."""
        return self.geography.sets()

    def run(self, rounds: int = ROUNDS, enough: Callable[[], bool] | None = None) -> Choice:
        """Search until the rounds are done, nothing improves any more, `enough` is
        true, or it is told to stop.

        `enough` is asked between pieces of work as soon as there is a first plan. Gives the best
        choice. Raises Stopped where there is none yet, NothingFits where no plan keeps all rules.
        """
        self._enough = enough or (lambda: False)
        self.running = True
        try:
            self._first_plan(rounds)
            self._look()
            self._choose(rounds)
            while self.round < rounds and self.sets and not self._enough():
                before = self.best.score if self.best else 0.0
                if not self._widen():
                    break
                self._choose(rounds)
                if self.best and self.best.score - before <= SETTLED * abs(before):
                    break
            conclude(self)
        except Stopped:
            self.stopped = True
        self.running, self.stage = False, "probing"
        if self.best is None:
            raise Stopped
        return self.best

    def _first_plan(self, rounds: int) -> None:
        """What is soon known: villages singly at a few levels, a probe of strategies; in a county a
        first choice among these."""
        self._singly(self.task.single_levels if self.few else self._few_levels())
        self.simulate([c for forms in self.task.kept for c in forms])
        if self.geography.lonely:
            return
        self._probe()
        if not self.few and not self.task.together:
            self._choose(rounds)

    def _few_levels(self) -> list[float]:
        """The grant levels nearest to the usual one, and what spends the budget evenly."""
        even = rivals.level_within(self.task, self.task.scenario.size, self.task.budget)
        aims = (even, self.task.usual_grant, 3 * self.task.usual_grant)
        levels = self.task.single_levels
        return sorted({min(levels, key=lambda g: abs(g - aim)) for aim in aims}) if levels else []

    def _singly(self, levels: Sequence[float]) -> None:
        free = [i for i in range(self.task.scenario.size) if i not in self.bound_to]
        self.simulate([Candidate((i,), "", g) for g in levels for i in free])

    def _look(self) -> None:
        """Villages singly at every level and what plain plans hold; then all sets of a small
        table, else a first look at some."""
        self._singly(self.task.single_levels)
        self.simulate([*self.warm, *(c for plan in self.plain for c in plan)])
        if not self.sets:
            return
        classes = self.classes
        if self.every_set:
            self.simulate([Candidate(s, *cls) for s in self.sets for cls in classes])
            return
        rng = np.random.default_rng(name_key("propose", "first look", self.task.id))
        order = [self.sets[i] for i in rng.permutation(len(self.sets))]
        if self.warm:
            near = self.geography.around(c.members for c in self.warm)
            order = [*near, *order]
        must = [s for s in order if self._holds_a_must(s)][: 40 * max(1, len(self.task.together))]
        paid = [cls for cls in classes if cls[1] > 0] or classes
        looks = [Candidate(s, *paid[i % len(paid)]) for i, s in enumerate([*must, *order])]
        self.simulate(self._in_trials(looks, FIRST))
        self.simulate([Candidate(s, *cls) for s in must[:10] for cls in classes])

    @property
    def every_set(self) -> bool:
        """Whether the table is so small that every set of it is looked at."""
        return len(self.sets) * len(self.classes) <= WHOLE_UP_TO

    @property
    def classes(self) -> list[tuple[str, float]]:
        """Strategies that are looked at, at each grant level."""
        return [cls for cls in self.task.classes if cls[0] in self.favourites]

    def _probe(self) -> None:
        """Try every strategy on a few partitions, and keep those that bring most."""
        if len(self.favourites) <= 2:
            return
        groups = []
        for size in dict.fromkeys((2, GROUP_SIZE, self.task.high) if self.few else (GROUP_SIZE,)):
            parts = rivals.near_groups(self.task, size)
            groups.append([g for g in parts if self.geography.admissible(g)])
        level = min((g for g in self.task.levels if g > 0), key=lambda g: abs(g - self.task.usual_grant), default=0.0)  # fmt: skip
        probed = {
            name: [Candidate(g, name, level) for part in groups for g in part]
            for name in self.favourites
        }
        self.simulate([c for those in probed.values() for c in those])
        worth = {
            name: float(sum(self._scores[self.where[c]].mean() for c in those))
            for name, those in probed.items()
        }
        ranked = sorted(self.favourites, key=lambda name: -worth[name])
        kept = {c.strategy for forms in self.task.kept for c in forms} if self.task.kept else set()
        self.favourites = ranked[:FAVOURITES] + [n for n in ranked[FAVOURITES:] if n in kept]

    def _holds_a_must(self, members: tuple[int, ...]) -> bool:
        return any(set(group) <= set(members) for group in self.task.together)

    def _widen(self) -> bool:
        """Other forms of what is chosen, and sets round it that prices and likeness speak for.
        False where nothing is new."""
        assert self.best is not None
        chosen = allies(self.best.candidates)
        kept = {forms[0].members for forms in self.task.kept}
        forms = [
            Candidate(c.members, *cls)
            for cls in self.classes
            for c in chosen
            if c.members not in kept
        ]
        looks = self.geography.around(c.members for c in chosen) if chosen else self.sets
        best = self._promising(sorted({*looks, *self._likely_sets()}))
        before = len(self.candidates)
        self.simulate([*forms, *self._in_trials(best, BATCH)])
        self.round += 1
        return len(self.candidates) > before

    def _likely_sets(self) -> list[tuple[int, ...]]:
        """Sets of whose forms some has done well, so that others of its forms are looked at."""
        order = np.argsort(-self.beliefs.scores, kind="stable")[: 4 * self.task.scenario.size]
        return [self.candidates[c].members for c in order if len(self.candidates[c].members) > 1]

    def _in_trials(self, looks: Sequence[Candidate], plans: int) -> list[Candidate]:
        """The first of these that fit into so many trial plans (more on small
        tables, whose plans hold few)."""
        new = (c for c in looks if c not in self.where)
        first = list(islice(new, self._looked_at(plans)))
        return [c for plan in trials(first, plans * (4 if self.few else 1)) for c in plan]

    def _looked_at(self, plans: int) -> int:
        """Candidates among which those for so many trial plans are chosen."""
        return 3 * plans * (4 if self.few else 1) * max(1, self.task.scenario.size // 5)

    def _choose(self, rounds: int) -> None:
        """Believe the scores, pack the best choice, remember where the search stands,
        and say so."""
        self.beliefs = self.believe()
        self.packed = self.pack(self.task.budget)
        chosen = tuple(self.candidates[c] for c in self.packed.chosen)
        self.best = Choice(chosen, self.packed.score, self.packed.bound)
        self.memory.save()
        self._tell(rounds, self.best)

    def enter(self, stage: str) -> None:
        """Go on to the next stage of the work, and say so."""
        self.stage = stage
        self._tell()

    def _tell(self, rounds: int = ROUNDS, choice: Choice | None = None) -> None:
        if not self.running:
            return  # what is measured afterwards in the same runs is no step of the search
        seconds = time.monotonic() - self.begun
        looked_at = len(self.candidates)
        self.say(Step(self.round, rounds, looked_at, choice, seconds, self.stage))

    # ---- What is simulated

    def score_of(self, plan: AlliancePlan) -> float:
        """What the search believes of a plan: the sum of its candidates' scores, those simulated
        that are not yet."""
        self.simulate(plan, anyway=True)
        self.beliefs = self.believe()
        return float(sum(self.beliefs.scores[self.where[c]] for c in plan))

    def simulate(self, candidates: Sequence[Candidate], *, anyway: bool = False) -> None:
        """Score candidates that are not scored yet, in trial plans; `anyway`: also once it is
        `enough`. Raises Stopped."""
        new = [c for c in dict.fromkeys(candidates) if c not in self.where]
        if self.few:
            self._simulate_at_levels(new)
            return
        plans = trials(new)
        step = 4 * self.simulator.threads
        for i in range(0, len(plans), step):
            if self.best is not None and not anyway and self._enough():
                return
            part = plans[i : i + step]
            unknown = [plan for plan in part if _key(plan) not in self.memory.results]
            for plan, lived in zip(unknown, self.simulator.each(unknown) if unknown else []):
                self.memory.results[_key(plan)] = self._told(lived)
            for plan in part:
                self._note(plan, self.memory.results[_key(plan)])
            self._tell()

    def _simulate_at_levels(self, new: Sequence[Candidate]) -> None:
        """The same where grant levels are simulated side by side. Where every set is looked at,
        each is by itself: what else is in a trial plan could hide that it is the best."""
        levels = sorted({c.grant for c in new})
        shapes = dict.fromkeys(
            Candidate(c.members, c.strategy, 1.0, c.lead, c.founded) for c in new
        )
        plans = [[shape] for shape in shapes] if self.every_set else trials(list(shapes))
        unknown = [plan for plan in plans if _key(plan, levels) not in self.memory.results]
        lives = self.simulator.on_threads(
            lambda plan: [self._told(lived) for lived in self.simulator.at_levels(plan, levels)], unknown
        ) if unknown else []  # fmt: skip
        for plan, scores in zip(unknown, lives):
            self.memory.results[_key(plan, levels)] = np.array(scores)
        wanted = set(new)
        for plan in plans:
            for level, scores in zip(levels, self.memory.results[_key(plan, levels)]):
                levelled = [
                    Candidate(c.members, c.strategy, level, c.lead, c.founded) for c in plan
                ]
                self._note([c for c in levelled if c in wanted], scores)
        self._tell()

    def _told(self, lived: Lived) -> np.ndarray:
        """What is remembered of a county: each village's part of the objective, (runs, villages),
        and its mean gain as a last row."""
        parts = self.objective.parts(lived, self.simulator.none)
        gain = lived.gain(self.simulator.none).mean(axis=0)
        return np.vstack([parts, gain[None, :]]).astype(np.float32)

    def _note(self, plan: AlliancePlan, scores: np.ndarray) -> None:
        for c in plan:
            if c not in self.where:
                self.where[c] = len(self.candidates)
                self.candidates.append(c)
                self._scores.append(scores[:-1, c.members].sum(axis=1, dtype=float))
                self._least.append(float(scores[-1, c.members].min()))

    # ---- What is believed

    def believe(self) -> Beliefs:
        """What candidates are thought to bring; on small tables, where all are
        looked at, what they brought."""
        scores = np.array(self._scores) if self._scores else np.zeros((0, self.runs))
        likeness = None if self.few else Likeness(self.simulator.none, self.favourites)
        return Beliefs(self.candidates, scores, likeness)

    def _promising(self, sets: Sequence[tuple[int, ...]]) -> list[Candidate]:
        """Forms of these sets that are not simulated, those first that may be worth most beyond
        what their villages and money are worth elsewhere."""
        price, money = self._prices()
        classes = self.classes
        villages = np.array([price[list(members)].sum() for members in sets])
        size = np.array([len(members) for members in sets], float)
        grants = np.array([grant for _, grant in classes]) * self.task.paid_years[FIRST_QUARTER]
        worth = (
            self.beliefs.of_sets(sets, classes) - villages[:, None] - money * size[:, None] * grants
        )
        candidates: list[Candidate] = []
        for i in np.argsort(-worth, axis=None, kind="stable"):
            c = Candidate(sets[i // len(classes)], *classes[i % len(classes)])
            if c not in self.where:
                candidates.append(c)
            if len(candidates) == self._looked_at(BATCH):
                break
        return candidates

    def _prices(self) -> tuple[np.ndarray, float]:
        assert self.packed is not None
        return self.packed.price, self.packed.money

    # ---- What is chosen

    def allowed(self) -> np.ndarray:
        """Which candidates may be chosen: nobody loses on average, unless that is allowed or they
        must be together, and nobody who must be together is parted."""
        least = np.array(self._least) if self._least else np.zeros(0)
        fine = (least >= -WORSE) | self.task.allow_unstable
        kept = {forms[0].members for forms in self.task.kept}
        for c, candidate in enumerate(self.candidates):
            inside = set(candidate.members)
            fine[c] |= candidate.members in kept or self._holds_a_must(candidate.members)
            if any(0 < len(inside & set(group)) < len(group) for group in self.together):
                fine[c] = False
        return np.asarray(fine)

    def pack(self, budget: float, only_single: bool = False) -> Packed:
        """The best choice by what is believed, within a budget. Raises NothingFits."""
        rows = np.flatnonzero(self.allowed())
        if only_single:
            rows = np.array([c for c in rows if len(self.candidates[c].members) == 1], int)
        together = () if only_single else self.together
        if not rows.size and together:
            raise NothingFits
        packed = pack(
            self.task.scenario.size,
            [self.candidates[c].members for c in rows],
            self.beliefs.scores[rows],
            np.array([self.task.cost(self.candidates[c]) for c in rows]),
            budget,
            together=together,
            position=None if self.few else self.task.scenario.position,
        )
        chosen = tuple(int(rows[c]) for c in packed.chosen)
        return Packed(chosen, packed.score, packed.bound, packed.price, packed.money)

    def plan_within(self, budget: float) -> AlliancePlan:
        """The best choice within another budget, as a plan."""
        return [self.candidates[c] for c in self.pack(budget).chosen]


def trials(candidates: Sequence[Candidate], most: int = 0) -> list[list[Candidate]]:
    """Candidates in plans in which no village is twice: each goes into the first that has room.
    `most` plans (0: any number); what finds no room is left out."""
    plans: list[list[Candidate]] = []
    taken: list[set[int]] = []
    for c in candidates:
        free = next(
            (n for n, inside in enumerate(taken) if inside.isdisjoint(c.members)), len(plans)
        )
        if free == len(plans):
            if len(plans) == most > 0:
                continue
            plans.append([])
            taken.append(set())
        plans[free].append(c)
        taken[free].update(c.members)
    return plans


def _key(plan: AlliancePlan, levels: Sequence[float] = ()) -> str:
    content = [[c.members, c.strategy, c.grant, c.lead, c.founded] for c in plan]
    return f"t{digest([content, list(levels)], 12)}"

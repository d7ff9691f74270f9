"""Search: from a question to a partition, in rounds that can be stopped and taken up again.

A round simulates new candidates in the same runs, believes each score as far as luck allows, packs the best choice, and asks what a
village and a yuan are worth at the margin. Those prices say which candidates that nobody has simulated yet could improve the choice;
they, and the sets one step from the choice, are the next round's. At the end the best few are simulated again in more and other runs,
so that the last choice does not rest on the luck by which they came so far. Where an objective is no sum over villages, moves of the
whole partition are then tried on the true number, which needs no new simulation: alliances do not touch each other, so a county is
put together from what is known of its parts.

Rounds count work, not time: the same question takes the same steps on any machine. The clock only says when to stop.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.experiments.propose import objectives, surrogate
from village_alliances.experiments.propose.candidates import MOST, Country
from village_alliances.experiments.propose.objectives import County, Objective
from village_alliances.experiments.propose.packing import (
    EXACT_UP_TO,
    FEWER,
    LIKELY,
    NothingFits,
    Packed,
    least_regret,
    pack,
    prices,
)
from village_alliances.experiments.propose.scoring import Candidate, Laboratory, Stopped
from village_alliances.experiments.propose.task import Task
from village_alliances.sim import luck
from village_alliances.sim.building import draw_start, parameters_of
from village_alliances.sim.files import write_atomically
from village_alliances.sim.rules.recording import WEAK

RUNS, FINAL_RUNS = 64, 256  # runs of the rounds, and of the last choice
LONG = 1000  # runs in which villages are watched by themselves
EXPECTED = 16  # runs over which a village's expectation is taken
PROBES = 30  # sets that are tried with every strategy and grant
WHOLE_UP_TO = 3500  # candidates of a table so small that all are scored at once, in fewer runs
WHOLE_RUNS = 32
FIRST_BATCH, BATCH, FINALISTS = (
    2000,
    6000,
    2000,
)  # candidates of the first look, of a round, of the last choice, per 358 villages
ROUNDS = 3
SETTLED = 5e-3  # improvement over two rounds under which the search has settled
REPAIRS = 3  # passes of moves on the whole partition
FORMS = 4  # strategies and grants with which a set is simulated in one round
PRICED = 10  # sets a village from which the first prices are made
LOT = 2_000_000  # numbers of a lot that are looked at together
SHAPE = 358  # villages that the counts above are meant for


@dataclass
class Bank:
    """Candidates scored in the same runs, and what came of it; the county without alliances in these runs; worlds of the runs.

    The members of all candidates are rows, candidate after candidate: `who` (rows,), `income` and `last_weak` (rows, runs); those of
    candidate c are `first[c]:first[c + 1]`.
    """

    numbers: np.ndarray
    county: County
    worlds: np.ndarray
    luck: np.ndarray  # (runs, villages, traits): how each village fared by itself in each run, less how it fares in the long run
    candidates: list[Candidate] = field(default_factory=list)
    where: dict[Candidate, int] = field(default_factory=dict)
    first: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))
    who: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    best_by_world: np.ndarray = field(default_factory=lambda: np.zeros(0))
    forecast: tuple[Any, Any] | None = None  # made from it, with what that rests on

    def __post_init__(self) -> None:
        self.income = np.zeros((0, self.numbers.size))
        self.last_weak = np.zeros((0, self.numbers.size), np.int16)

    def add(
        self, candidates: Sequence[Candidate], income: np.ndarray, last_weak: np.ndarray
    ) -> None:
        """Put in candidates that are not there yet, with the rows of their members (which become the bank's own)."""
        for c in candidates:
            self.where[c] = len(self.candidates)
            self.candidates.append(c)
        ends = self.first[-1] + np.cumsum([len(c.members) for c in candidates], dtype=np.int64)
        self.first = np.concatenate([self.first, ends])
        self.who = np.concatenate(
            [self.who, np.array([i for c in candidates for i in c.members], np.int64)]
        )
        self.income, self.last_weak = _below(self.income, income), _below(self.last_weak, last_weak)

    def simulate(self, lab: Laboratory, candidates: Sequence[Candidate]) -> None:
        """Simulate candidates that are not there yet, and put them in."""
        new = [c for c in dict.fromkeys(candidates) if c not in self.where]
        if new:
            scores = lab.score(new, self.numbers)
            self.add(new, scores.income, scores.last_weak)

    def of(self, c: Candidate) -> slice:
        """The rows of a candidate."""
        at = self.where[c]
        return slice(int(self.first[at]), int(self.first[at + 1]))

    def lots(self) -> Iterator[tuple[slice, slice, np.ndarray]]:
        """The candidates in lots whose rows fit into little memory: candidates, their rows, where each one's begin among these."""
        room = max(1, LOT // max(1, self.numbers.size))
        begin = 0
        while begin < len(self.candidates):
            end = max(
                begin + 1,
                int(np.searchsorted(self.first, self.first[begin] + room, side="right")) - 1,
            )
            rows = slice(int(self.first[begin]), int(self.first[end]))
            yield slice(begin, end), rows, self.first[begin:end] - self.first[begin]
            begin = end

    def parts(self, objective: Objective) -> np.ndarray:
        """What every candidate brings of an objective in every run, (candidates, runs)."""
        found = np.empty((len(self.candidates), self.numbers.size))
        for those, rows, first in self.lots():
            each = objective.parts(
                self.county, self.who[rows], self.income[rows], self.last_weak[rows]
            )
            found[those] = np.add.reduceat(each, first, axis=0)
        return found

    def steady(self, objective: Objective, kinds: np.ndarray) -> np.ndarray:
        """The same less what the villages' own luck in these runs explains of it, (candidates, runs).

        How a village fares by itself costs little to know in many runs, and explains much of what any alliance seems to bring it: one
        that by chance is weak in twice as many of these runs as it usually is would make all its candidates look twice as good. The
        answer to such luck is learned within candidates, from run to run, kind by kind (`kinds`: strategy and grant), and taken away.
        """
        found = self.parts(objective)
        for kind in np.unique(kinds):
            those = np.flatnonzero(kinds == kind)
            moved = self._luck_of(those)
            moved -= moved.mean(axis=1, keepdims=True)
            answer = found[those] - found[those].mean(axis=1, keepdims=True)
            square = np.einsum("crk,crl->kl", moved, moved)
            square += np.eye(square.shape[0]) * 1e-3 * (np.trace(square) / square.shape[0] + 1e-12)
            slope = np.linalg.solve(square, np.einsum("crk,cr->k", moved, answer))
            del moved  # the largest of all here: to have it twice would cost more memory than to add it up again costs time
            found[those] -= self._luck_of(those) @ slope
        return found

    def _luck_of(self, those: np.ndarray) -> np.ndarray:
        """The luck of these candidates' members, added up, (candidates, runs, traits)."""
        found = np.empty((self.numbers.size, those.size, self.luck.shape[2]))
        step = max(1, LOT // (MOST * self.luck.shape[2] * max(1, self.numbers.size)))
        for at in range(0, those.size, step):
            some = [self.candidates[c].members for c in those[at : at + step]]
            who = np.array([i for members in some for i in members], np.int64)
            first = np.concatenate([[0], np.cumsum([len(members) for members in some])[:-1]])
            found[:, at : at + step] = np.add.reduceat(self.luck[:, who, :], first, axis=1)
        return found.transpose(1, 0, 2)

    def losing(self) -> set[Candidate]:
        """Candidates in which some member loses on average over the runs."""
        found: set[Candidate] = set()
        for those, rows, first in self.lots():
            gain = (self.income[rows] - self.county.income[:, self.who[rows]].T).mean(axis=1)
            least = np.minimum.reduceat(gain, first)
            found.update(c for c, worst in zip(self.candidates[those], least) if worst < 0)
        return found

    def assemble(self, candidates: Sequence[Candidate]) -> tuple[np.ndarray, np.ndarray]:
        """Incomes and last weak quarters of the whole county under a partition of scored candidates, (runs, villages)."""
        income, last = self.county.income.copy(), self.county.last_weak.copy()
        for c in candidates:
            rows = self.of(c)
            income[:, c.members], last[:, c.members] = self.income[rows].T, self.last_weak[rows].T
        return income, last

    def value(self, objective: Objective, income: np.ndarray, last_weak: np.ndarray) -> float:
        """The true objective of a whole county in these runs: improvement over nobody allied, or minus the greatest regret."""
        gain = objective.gain(self.county, income, last_weak)
        if objective.regret and self.best_by_world.size:
            groups = np.unique(self.worlds)
            return -float(
                max(
                    best - gain[self.worlds == g].mean()
                    for best, g in zip(self.best_by_world, groups)
                )
            )
        return float(gain.mean())


@dataclass
class Choice:
    """A partition: its candidates, what they add up to in the search, and the least that no choice can exceed."""

    candidates: tuple[Candidate, ...]
    score: float
    bound: float
    exact: bool = True  # whether the bound speaks of the objective itself

    @property
    def gap(self) -> float:
        """How far the bound lies above, as a share."""
        return max(0.0, self.bound - self.score) / max(abs(self.score), 1e-12)


@dataclass(frozen=True)
class Step:
    """What a caller is told: which part of the work is done, how many candidates are simulated, and the best choice so far."""

    round: int
    rounds: int
    simulated: int
    choice: Choice | None
    seconds: float


class Search:
    """The state of a search. `run` carries it on from wherever it stands."""

    def __init__(
        self,
        task: Task,
        *,
        threads: int = 0,
        runs: int = RUNS,
        final_runs: int = FINAL_RUNS,
        stop: Callable[[], bool] | None = None,
        say: Callable[[Step], None] | None = None,
        checkpoint: Path | None = None,
    ) -> None:
        self.task, self.say, self.checkpoint = task, say or (lambda step: None), checkpoint
        self.begun = time.monotonic()
        self.stopped = False
        self._stop = stop or (lambda: False)
        self.lab = Laboratory(
            task.scenario,
            task.plans,
            seed=task.seed,
            levers=task.levers,
            mode=task.mode,
            threads=threads,
            interrupted=self._stop,
        )
        self.objective: Objective = task.aim
        self.classes = task.classes
        self.kind = {c: at for at, c in enumerate(self.classes)}
        self.round = 0
        self.best: Choice | None = None
        self.history: list[float] = []
        self.best_of_worlds: list[
            Choice
        ] = []  # under `minimax_regret`: the last best choice of each world
        self._row: dict[tuple[int, ...], int] = {}  # of sets that are known: where in these
        self._plain = np.zeros((0, 10))  # what a set is like: (sets, features)
        self._worth = np.zeros(
            (0, len(self.classes), 2), np.float32
        )  # what members expect: sum and least, yuan a year
        self._expecting = [
            self.lab.expecting(np.arange(EXPECTED, dtype=np.uint64))
            for _ in range(self.lab.threads)
        ]
        self._priced: tuple[np.ndarray, float] | None = None
        alone = self.lab.alone(64)
        self.country = Country(
            task.scenario,
            task.rules,
            strength=np.log(alone.start).mean(axis=0),
            ability=self._ability(),
        )
        self._weak = (alone.last_weak >= 0).mean(axis=0)
        self.sets = self.country.sets()
        self.whole = len(self.sets) * len(self.classes) <= WHOLE_UP_TO
        runs = min(runs, WHOLE_RUNS) if self.whole else runs
        usual = self._usual()
        self.bank = self._bank(np.arange(runs, dtype=np.uint64), usual)
        self.final = self._bank(np.arange(runs, runs + final_runs, dtype=np.uint64), usual)

    def run(self, rounds: int = ROUNDS, enough: Callable[[], bool] | None = None) -> Choice:
        """Search on until the rounds are done, nothing improves any more, no more is asked for, or it is told to stop.

        Gives the best choice. Raises Stopped where there is none yet.
        """
        self._resume()
        try:
            if self.round == 0:
                self._begin()
                if not self.bank.candidates:
                    return self._nobody()
                self._choose(rounds)
            while self.round < rounds and not self._settled() and not (enough and enough()):
                if not self._widen():
                    break
                self._choose(rounds)
            self._conclude()
        except Stopped:
            self.stopped = True
        if self.best is None:
            raise Stopped
        return self.best

    def _nobody(self) -> Choice:
        """The choice where no set is admissible with anybody willing. Raises NothingFits where somebody must be together."""
        if self.together:
            raise NothingFits
        self.best = Choice((), 0.0, 0.0, self.objective.additive)
        return self.best

    # What is scored

    def _begin(self) -> None:
        """The first candidates: all of a small table; else a probe of every strategy and grant, then the most promising."""
        kept = [c for forms in self.task.kept for c in forms]
        if self.whole:
            self.bank.simulate(self.lab, [*kept, *self._willing(self.sets)])
            return
        probe = [Candidate(group, *cls) for group in self._probe() for cls in self.classes]
        self.bank.simulate(self.lab, [*kept, *probe])
        self._note()
        self._measure()
        self.bank.simulate(self.lab, self._promising(self.sets, self._batch(FIRST_BATCH)))

    def _probe(self) -> list[tuple[int, ...]]:
        """Sets that share no village, in the order of their keyed luck, of all sizes."""
        draws = np.empty((1, len(self.sets)))
        keys = np.array(
            [luck.name_key(",".join(map(str, group))) for group in self.sets], np.uint64
        )
        luck.fill_uniform(self.task.seed, np.zeros(1, np.uint64), 0, luck.FORMATION, keys, draws)
        taken: set[int] = set()
        found: list[tuple[int, ...]] = []
        for at in np.argsort(draws[0], kind="stable"):
            if not taken & set(self.sets[at]) and len(found) < PROBES:
                found.append(self.sets[at])
                taken |= set(self.sets[at])
        return found

    def _widen(self) -> bool:
        """Simulate what the prices call for: sets one step from the choice, and the most promising of all others."""
        assert self.best is not None
        known = set(self.sets)
        own = [c.members for c in self.best.candidates if c.members[0] not in self.task.rules.taken]
        near = self.country.around(own)
        self.sets += [group for group in near if group not in known]
        half = self._batch(BATCH) // 2
        new = list(dict.fromkeys([*self._promising(near, half), *self._promising(self.sets, half)]))
        self.bank.simulate(self.lab, new)
        return bool(new)

    def _batch(self, count: int) -> int:
        """A number of candidates, in proportion to the villages."""
        return max(200, count * self.task.scenario.size // SHAPE)

    def _promising(self, sets: Sequence[tuple[int, ...]], most: int) -> list[Candidate]:
        """Candidates not simulated yet whose forecast exceeds what their villages and money are worth by most."""
        if not sets:
            return []
        forecast, _ = self._forecast(self.bank)
        rows = self._rows(sets)
        size = np.array([len(group) for group in sets])
        kinds = len(self.classes)
        values = np.empty((len(sets), kinds))
        for kind in range(kinds):
            worth = self._worth[rows, kind]
            values[:, kind] = forecast(
                np.column_stack([self._plain[rows], worth / 1e4]), np.full(len(sets), kind)
            )
            if not self.task.allow_unstable:
                values[worth[:, 1] < 0, kind] = -np.inf
        cost = np.array(
            [self.task.cost(Candidate(sets[0][:1], *cls)) for cls in self.classes]
        )  # of a member
        price, money = self.price(sets, values, cost)
        reduced = values  # in place: these are the largest arrays of the search
        for kind in range(kinds):
            reduced[:, kind] -= cost[kind] * size * money
        reduced -= np.array([price[list(group)].sum() for group in sets])[:, None]
        where = {group: row for row, group in enumerate(sets)}
        for c in self.bank.candidates:
            if (row := where.get(c.members)) is not None:
                reduced[row, self.kind[c.strategy, c.grant]] = -np.inf
        for at in range(0, len(sets) if kinds > FORMS else 0, LOT // kinds):
            some = reduced[at : at + LOT // kinds]
            some[some < np.partition(some, kinds - FORMS, axis=1)[:, kinds - FORMS, None]] = -np.inf
        order = _greatest(reduced.ravel(), most)
        rows, chosen = np.divmod(order, kinds)
        return [
            Candidate(sets[row], *self.classes[kind])
            for row, kind in zip(rows.tolist(), chosen.tolist())
        ]

    def price(
        self, sets: Sequence[tuple[int, ...]], values: np.ndarray, cost: np.ndarray
    ) -> tuple[np.ndarray, float]:
        """What villages and money are worth at the margin: from the last choice, before there is one from the forecasts themselves.

        `values` (sets, classes); `cost` (classes,): yuan for a member.
        """
        if self._priced is not None:
            return self._priced
        best = np.argsort(
            -values.max(axis=1) / np.array([len(group) for group in sets]), kind="stable"
        )
        some = np.sort(
            best[: max(2000, PRICED * self.task.scenario.size)]
        )  # sets that bring most a village
        each = [
            (int(row), int(kind))
            for row in some
            for kind in _envelope(values[row], cost * len(sets[row]))
        ]
        scores, money = (
            np.array([values[e] for e in each]),
            np.array([cost[kind] * len(sets[row]) for row, kind in each]),
        )
        return prices(
            self.task.scenario.size, [sets[row] for row, _ in each], scores, money, self.task.budget
        )

    # What is believed

    def _forecast(self, bank: Bank) -> tuple[surrogate.Forecast, np.ndarray]:
        """The forecast from what a bank holds, and the scores of its candidates as believed; made anew when any of it has changed."""
        rests_on = (self.objective, bank.county, bank.first)
        if bank.forecast is None or any(
            now is not then for now, then in zip(rests_on, bank.forecast[0])
        ):
            bank.forecast = (rests_on, self._forecast_anew(bank))
        found: tuple[surrogate.Forecast, np.ndarray] = bank.forecast[1]
        return found

    def _forecast_anew(self, bank: Bank) -> tuple[surrogate.Forecast, np.ndarray]:
        kinds = np.array([self.kind[c.strategy, c.grant] for c in bank.candidates])
        parts = bank.steady(self.objective, kinds)
        usual = np.zeros((len(self.classes), parts.shape[1]))
        for kind in np.unique(kinds):
            usual[kind] = parts[kinds == kind].mean(axis=0)
        scores = parts.mean(axis=1)
        noise = (parts - usual[kinds]).var(axis=1) / parts.shape[
            1
        ]  # luck that all of a kind share tells nothing between them
        features = self._features([c.members for c in bank.candidates], kinds)
        forecast = surrogate.Forecast(features, kinds, scores, noise)
        return forecast, forecast.believe(scores, noise, features, kinds)

    def _steady(self, bank: Bank) -> np.ndarray:
        return bank.steady(
            self.objective, np.array([self.kind[c.strategy, c.grant] for c in bank.candidates])
        )

    def _features(self, sets: Sequence[tuple[int, ...]], kinds: np.ndarray) -> np.ndarray:
        """What a forecast knows of candidates, (cases, features)."""
        rows = self._rows(sets)
        return np.column_stack([self._plain[rows], self._worth[rows, kinds] / 1e4])

    def _rows(self, sets: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Where in `_plain` and `_worth` these sets are, (sets,); what is not known of them yet is found out."""
        missing = [group for group in dict.fromkeys(sets) if group not in self._row]
        if missing:
            self._row.update(zip(missing, range(len(self._row), len(self._row) + len(missing))))
            self._plain = np.concatenate(
                [self._plain, [self._plain_of(group) for group in missing]]
            )
            self._worth = _below(self._worth, self._expected(missing))
        return np.array([self._row[group] for group in sets], np.int64)

    def _plain_of(self, group: tuple[int, ...]) -> tuple[float, ...]:
        """What a set is like: its members' number, way, borders, products, means and talent."""
        members = list(group)
        s = self.task.scenario
        x = s.position[members]
        way = np.hypot(x[:, None, 0] - x[None, :, 0], x[:, None, 1] - x[None, :, 1])
        townships = {(s.places["county"][i], s.places["township"][i]) for i in members}
        stated = [w for w in s.words["industry"][members] if w]
        same = max((stated.count(w) for w in set(stated)), default=0) / len(members)
        weak = float(self._weak[members].sum())
        rich = self.country.strength[members]
        able = self.country.ability[members]
        return (
            len(members),
            float(len(members)) ** 2,
            float(way.mean(axis=1).min()),
            len(townships) - 1.0,
            same,
            weak,
            float(rich.sum()),
            float(rich.max() - rich.min()),
            float(able.max()),
            float(able.sum()),
        )

    def _expected(self, sets: Sequence[tuple[int, ...]]) -> np.ndarray:
        """What members of each set expect with each strategy and grant: sum and least, yuan a year, (sets, classes, 2)."""
        found = np.empty((len(sets), len(self.classes), 2), np.float32)
        step = max(1, LOT // (MOST * EXPECTED))

        def ask(thread: int) -> None:
            for kind in range(thread, len(self.classes), len(self._expecting)):
                strategy, grant = self.classes[kind]
                for at in range(0, len(sets), step):
                    if self._stop():
                        raise Stopped
                    some = sets[at : at + step]
                    which, times = (
                        np.full(len(some), self.lab.order.index(strategy)),
                        np.full(len(some), grant / self.lab.usual),
                    )
                    first, worth = surrogate.expectations(
                        self._expecting[thread], some, which, times
                    )
                    found[at : at + step, kind, 0] = np.add.reduceat(worth, first[:-1])
                    found[at : at + step, kind, 1] = np.minimum.reduceat(worth, first[:-1])

        self.lab.in_threads(ask, range(len(self._expecting)))
        return found

    def _willing(self, sets: Sequence[tuple[int, ...]]) -> list[Candidate]:
        """Every strategy and grant of these sets with which no member expects to lose."""
        rows = self._rows(sets)
        least = self._worth[rows, :, 1]
        return [
            Candidate(group, *cls)
            for at, group in enumerate(sets)
            for kind, cls in enumerate(self.classes)
            if self.task.allow_unstable or least[at, kind] >= 0
        ]

    def allowed(self, c: Candidate) -> bool:
        """Whether no member expects to lose, by its own reckoning (alliances that are kept are not asked)."""
        if self.task.allow_unstable or c.members[0] in self.task.rules.taken:
            return True
        row = self._rows([c.members])[0]
        return bool(self._worth[row, self.kind[c.strategy, c.grant], 1] >= 0)

    def willing(self, c: Candidate) -> bool:
        """Whether no member of any alliance, proposed or not, expects to lose."""
        which, times = (
            np.array([self.lab.order.index(c.strategy)]),
            np.array([c.grant / self.lab.usual]),
        )
        return bool(
            (surrogate.expectations(self._expecting[0], [c.members], which, times)[1] >= 0).all()
        )

    # What is chosen

    @property
    def together(self) -> list[tuple[int, ...]]:
        """Groups that one alliance must hold: those the planner names, and alliances that are kept."""
        return [*self.task.together, *(forms[0].members for forms in self.task.kept)]

    def pool(self, bank: Bank) -> tuple[list[Candidate], np.ndarray]:
        """The candidates of a bank that may be chosen, and their scores as believed."""
        _, believed = self._forecast(bank)
        losing = set() if self.task.allow_unstable else bank.losing()
        seated = self.task.rules.taken
        fine = [
            at
            for at, c in enumerate(bank.candidates)
            if c.members[0] in seated or (self.allowed(c) and c not in losing)
        ]
        return [bank.candidates[at] for at in fine], believed[fine]

    def pack(
        self,
        rows: Sequence[Candidate],
        scores: np.ndarray,
        *,
        budget: float | None = None,
        quick: bool = False,
        at_most: Sequence[tuple[np.ndarray, float]] = (),
    ) -> tuple[Choice, Packed]:
        """The best choice among candidates with these scores. Raises NothingFits."""
        costs = np.array([self.task.cost(c) for c in rows])
        limit = self.task.budget if budget is None else budget
        packed = pack(
            self.task.scenario.size,
            [c.members for c in rows],
            scores,
            costs,
            limit,
            together=self.together,
            at_most=at_most,
            position=self.task.scenario.position,
            passes=0 if quick else 3,
            likely=FEWER if quick else LIKELY,
        )
        chosen = tuple(sorted(rows[at] for at in packed.chosen))
        return Choice(chosen, packed.score, packed.bound, self.objective.additive), packed

    def _choose(self, rounds: int) -> None:
        """The round's choice, what villages and money are worth in it, and a note of it on disk."""
        self._measure()
        rows, believed = self.pool(self.bank)
        self.best, packed = self.pack(rows, believed, quick=True)
        self._priced = (packed.price, packed.money)
        self.history.append(packed.score)
        self._move_reference(self.bank)
        self.round += 1
        self._save()
        self._note(rounds)
        if self._stop():
            raise Stopped

    def _conclude(self) -> None:
        """Simulate the best few again, in more and other runs, and choose among them."""
        assert self.best is not None and self._priced is not None
        if not self.final.candidates:
            self.final.simulate(self.lab, self._finalists())
            self._move_reference(self.final)
        rows, believed = self.pool(self.final)
        try:
            if self.objective.regret:
                self.best, self.best_of_worlds = self.regret_choice(self.final)
            else:
                self.best, _ = self.pack(rows, believed)
        except (
            NothingFits
        ):  # what must be together loses in the longer runs: stay with the round's choice
            return
        if not self.objective.additive and not self.objective.regret:
            self._repair(rows, believed)
        self.lab.forget()
        self._note(self.round)

    def _finalists(self) -> list[Candidate]:
        """The round's choice and what comes nearest to it at its prices; under `minimax_regret` also in each world."""
        assert self.best is not None and self._priced is not None
        rows, believed = self.pool(self.bank)
        costs = np.array([self.task.cost(c) for c in rows])
        most = max(60, self._batch(FINALISTS))
        seated = [c for c in rows if c.members[0] in self.task.rules.taken]
        musts = [
            c for c in rows if any(set(group) <= set(c.members) for group in self.task.together)
        ]
        found = [*self.best.candidates, *seated, *musts[:most]]
        price, money = self._priced
        order = np.argsort(-_reduced(rows, believed, costs, price, money), kind="stable")
        found += [rows[at] for at in order[:most]]
        if self.objective.regret:
            parts = self._steady(self.bank)[[self.bank.where[c] for c in rows]]
            for g in np.unique(self.bank.worlds):
                own = parts[:, self.bank.worlds == g].mean(axis=1)
                choice, packed = self.pack(rows, own, quick=True)
                order = np.argsort(
                    -_reduced(rows, own, costs, packed.price, packed.money), kind="stable"
                )
                found += [*choice.candidates, *(rows[at] for at in order[: most // 4])]
        return list(dict.fromkeys(found))

    def regret_choice(self, bank: Bank, budget: float | None = None) -> tuple[Choice, list[Choice]]:
        """The choice of a bank whose greatest regret over worlds is least, and the best choice of each world."""
        rows, _ = self.pool(bank)
        parts = self._steady(bank)[[bank.where[c] for c in rows]]
        by_world = np.stack(
            [parts[:, bank.worlds == g].mean(axis=1) for g in np.unique(bank.worlds)]
        )
        best = [self.pack(rows, scores, quick=True, budget=budget)[0] for scores in by_world]
        bank.best_by_world = np.array([choice.score for choice in best])
        limit = self.task.budget if budget is None else budget
        costs = np.array([self.task.cost(c) for c in rows])
        likely = self._likely_somewhere(rows, by_world, costs, best)
        packed = least_regret(
            self.task.scenario.size,
            [rows[at].members for at in likely],
            by_world[:, likely],
            bank.best_by_world,
            costs[likely],
            limit,
            together=self.together,
        )
        chosen = tuple(sorted(rows[likely[at]] for at in packed.chosen))
        return Choice(chosen, packed.score, packed.bound), best

    def _likely_somewhere(
        self,
        rows: Sequence[Candidate],
        by_world: np.ndarray,
        costs: np.ndarray,
        best: Sequence[Choice],
    ) -> list[int]:
        """The candidates that stand in some world's best choice, that hold what must be together, or that come near in some world."""
        if len(rows) <= EXACT_UP_TO:
            return list(range(len(rows)))
        wanted = {c for choice in best for c in choice.candidates}
        found = {
            at
            for at, c in enumerate(rows)
            if c in wanted or any(set(g) <= set(c.members) for g in self.together)
        }
        for scores in [*by_world, by_world.mean(axis=0)]:
            price, money = prices(
                self.task.scenario.size, [c.members for c in rows], scores, costs, self.task.budget
            )
            order = np.argsort(-_reduced(rows, scores, costs, price, money), kind="stable")
            found |= {int(at) for at in order[: EXACT_UP_TO // 2]}
        return sorted(found)

    def value(self, bank: Bank, candidates: Sequence[Candidate]) -> float:
        """The true objective of a partition in the runs of a bank."""
        return bank.value(self.objective, *bank.assemble(candidates))

    def _repair(self, rows: Sequence[Candidate], believed: np.ndarray) -> None:
        """Moves of the whole partition on the true objective, where parts do not add up to it; kept while they gain."""
        assert self.best is not None
        bank = self.final
        alone = bank.county
        cost = {c: self.task.cost(c) for c in rows}
        order = np.argsort(-believed / np.array([len(c.members) for c in rows]), kind="stable")
        current = list(self.best.candidates)
        income, last = bank.assemble(current)
        now = bank.value(self.objective, income, last)
        for _ in range(REPAIRS):
            moved = False
            for new in (rows[at] for at in order):
                if self._stop():
                    raise Stopped
                out = [c for c in current if set(c.members) & set(new.members)]
                if new in current or self._breaks_up(out, new):
                    continue
                trial = [*(c for c in current if c not in out), new]
                if sum(cost[c] for c in trial) > self.task.budget + 1e-6:
                    continue
                freed = sorted({i for c in out for i in c.members} - set(new.members))
                changed, late = income.copy(), last.copy()
                changed[:, freed], late[:, freed] = (
                    alone.income[:, freed],
                    alone.last_weak[:, freed],
                )
                own = bank.of(new)
                changed[:, new.members], late[:, new.members] = (
                    bank.income[own].T,
                    bank.last_weak[own].T,
                )
                if (then := bank.value(self.objective, changed, late)) > now + 1e-12:
                    current, now, income, last, moved = trial, then, changed, late, True
            if not moved:
                break
        self.best = Choice(tuple(sorted(current)), self.best.score, self.best.bound, False)

    def _breaks_up(self, out: Sequence[Candidate], new: Candidate) -> bool:
        """Whether putting `new` in place of `out` would part villages that must be together."""
        held = [group for group in self.together if any(set(group) <= set(c.members) for c in out)]
        return any(not set(group) <= set(new.members) for group in held)

    # The course of the search

    def _measure(self) -> None:
        """In a mix, find once what each part could attain alone: that counts as 1."""
        if self.objective.single or self.objective.scale:
            return
        fine = [at for at, c in enumerate(self.bank.candidates) if self.allowed(c)]
        rows = [self.bank.candidates[at] for at in fine]
        sets, costs = [c.members for c in rows], np.array([self.task.cost(c) for c in rows])
        scale = {}
        for name in self.objective.weights:
            parts = self.bank.parts(Objective(name, {name: 1.0})).mean(axis=1)[fine]
            scale[name] = max(
                pack(self.task.scenario.size, sets, parts, costs, self.task.budget).score, 1e-9
            )
        self.objective = self.objective.scaled(scale)

    def _move_reference(self, bank: Bank) -> None:
        """Inequality is taken as linear round the best partition so far."""
        if "inequality" in self.objective.weights and self.best is not None:
            held = [c for c in self.best.candidates if c in bank.where]
            bank.county = replace(bank.county, reference=bank.assemble(held)[0])

    def _settled(self) -> bool:
        """Whether the last two rounds brought next to nothing."""
        h = self.history
        return len(h) >= 3 and h[-1] - h[-3] <= SETTLED * max(abs(h[-1]), 1e-12)

    def _note(self, rounds: int = ROUNDS) -> None:
        simulated = len(self.bank.candidates) + len(self.final.candidates)
        self.say(Step(self.round, rounds, simulated, self.best, time.monotonic() - self.begun))

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        assert self.best is not None and self._priced is not None
        rows = self.bank.candidates
        told = {
            "task": self.task.id,
            "round": self.round,
            "history": self.history,
            "scale": self.objective.scale,
            "money": self._priced[1],
            "best": [self.bank.where[c] for c in self.best.candidates],
            "score": self.best.score,
            "bound": self.best.bound,
            "strategies": [c.strategy for c in rows],
        }
        arrays = {
            "runs": self.bank.numbers,
            "final_runs": self.final.numbers,
            "price": self._priced[0],
            "reference": self.bank.county.reference,
            "set_sizes": np.array([len(group) for group in self.sets]),
            "sets": np.array([i for group in self.sets for i in group], np.int32),
            "sizes": np.diff(self.bank.first),
            "members": self.bank.who.astype(np.int32),
            "grant": np.array([c.grant for c in rows]),
            "lead": np.array([c.lead for c in rows]),
            "founded": np.array([c.founded for c in rows]),
            "income": self.bank.income,
            "last_weak": self.bank.last_weak,
            "told": np.frombuffer(json.dumps(told).encode(), np.uint8),
        }
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)

        def save(path: Path) -> None:
            with path.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)

        write_atomically(self.checkpoint, save)

    def _resume(self) -> None:
        """Take up what an earlier process left for the same question; what cannot be read is begun anew."""
        if self.checkpoint is None or not self.checkpoint.exists():
            return
        try:
            with np.load(self.checkpoint, allow_pickle=False) as file:
                left = {name: file[name] for name in file.files}
            told = json.loads(left["told"].tobytes())
        except Exception:  # a damaged archive lets out whatever its bytes provoke
            return
        runs = (self.bank.numbers, self.final.numbers)
        if told["task"] != self.task.id or any(
            not np.array_equal(a, left[b]) for a, b in zip(runs, ("runs", "final_runs"))
        ):
            return
        rows = [
            Candidate(members, strategy, float(grant), int(lead), int(founded))
            for members, strategy, grant, lead, founded in zip(
                _cut(left["members"], left["sizes"]),
                told["strategies"],
                left["grant"],
                left["lead"],
                left["founded"],
            )
        ]
        self.sets = _cut(left["sets"], left["set_sizes"])
        self.bank.add(rows, left["income"], left["last_weak"])
        self.round, self.history = told["round"], told["history"]
        self.objective, self._priced = (
            self.objective.scaled(told["scale"]),
            (left["price"], told["money"]),
        )
        self.bank.county = replace(self.bank.county, reference=left["reference"])
        self.best = Choice(
            tuple(rows[at] for at in told["best"]),
            told["score"],
            told["bound"],
            self.objective.additive,
        )

    def _bank(self, numbers: np.ndarray, usual: np.ndarray) -> Bank:
        return empty_bank(
            self.lab, numbers, self.objective.regret, traits(self.lab, numbers) - usual
        )

    def _usual(self) -> np.ndarray:
        """The traits of each village in the long run, (villages, traits)."""
        size = 250
        parts = [
            traits(self.lab, np.arange(at, at + size, dtype=np.uint64)).mean(axis=0)
            for at in range(0, LONG, size)
        ]
        self.lab.forget()
        return np.asarray(np.mean(parts, axis=0))

    def _ability(self) -> np.ndarray:
        runs = np.arange(64, dtype=np.uint64)
        s = self.lab.scenario
        return np.asarray(
            draw_start(
                s, self.task.seed, runs, parameters_of(s, self.lab.mode, self.task.seed, runs)
            )["ability"].mean(axis=0)
        )


def empty_bank(
    lab: Laboratory, numbers: np.ndarray, regret: bool, luck_of: np.ndarray | None = None
) -> Bank:
    """A bank of these runs that holds no candidate yet."""
    alone = lab.alone(numbers)
    county = County(alone.income, alone.last_weak, alone.start, lab.ticks, alone.income)
    cut = (
        objectives.worlds(parameters_of(lab.scenario, lab.mode, lab.seed, numbers))
        if regret
        else np.zeros(numbers.size, int)
    )
    return Bank(
        numbers,
        county,
        cut,
        np.zeros((numbers.size, lab.scenario.size, 1)) if luck_of is None else luck_of,
    )


def traits(lab: Laboratory, numbers: np.ndarray) -> np.ndarray:
    """How each village fares by itself in each run, (runs, villages, traits): what it begins with, and how it ends alone."""
    alone = lab.alone(numbers)
    start = draw_start(
        lab.scenario, lab.seed, numbers, parameters_of(lab.scenario, lab.mode, lab.seed, numbers)
    )
    found = [
        (alone.income < WEAK).astype(float),
        (alone.last_weak + 1.0) / lab.ticks,
        np.log(np.maximum(alone.income, 1e3)) - 11.0,
        np.log(np.maximum(alone.start, 1e3)) - 11.0,
        start["ability"],
        start["capacity"],
        np.log1p(start["idle_land"]),
        np.log1p(start["developed_land"]),
        np.log(start["population"]) - 7.0,
    ]
    return np.stack(found, axis=2)


def question_of(checkpoint: Path) -> str:
    """The `Task.id` of the question whose search is kept in this file, '' where there is none that can be read."""
    try:
        with np.load(checkpoint, allow_pickle=False) as file:
            return str(json.loads(file["told"].tobytes())["task"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return ""


def _below(held: np.ndarray, more: np.ndarray) -> np.ndarray:
    """The rows of `held`, then those of `more`. What is held grows where it is: a copy would take twice the memory for a moment."""
    if not len(held):
        return more if more.flags.owndata else more.copy()  # what a file gave cannot grow
    rows = len(held)
    held.resize((rows + len(more), *held.shape[1:]), refcheck=False)
    held[rows:] = more
    return held


def _cut(values: np.ndarray, sizes: np.ndarray) -> list[tuple[int, ...]]:
    """A flat array cut into tuples of these sizes."""
    ends = np.cumsum(sizes)
    flat = values.tolist()
    return [tuple(flat[end - size : end]) for end, size in zip(ends.tolist(), sizes.tolist())]


def _reduced(
    rows: Sequence[Candidate],
    scores: np.ndarray,
    costs: np.ndarray,
    price: np.ndarray,
    money: float,
) -> np.ndarray:
    """Scores less what the villages and the money of each candidate are worth elsewhere."""
    return scores - costs * money - np.array([price[list(c.members)].sum() for c in rows])


def _greatest(values: np.ndarray, most: int) -> np.ndarray:
    """Where the greatest of these values are, the greatest first, of equals the earlier; infinitely low ones are left out."""
    those = np.flatnonzero(values > -np.inf)
    if those.size > most:
        least = np.partition(values[those], those.size - most)[those.size - most]
        those = those[values[those] >= least]
    return np.asarray(those[np.argsort(-values[those], kind="stable")][:most])


def _envelope(values: np.ndarray, costs: np.ndarray) -> list[int]:
    """Of one set's forms, those that no cheaper one equals."""
    found: list[int] = []
    best = -np.inf
    for at in np.lexsort((-values, costs)):
        if np.isfinite(values[at]) and values[at] > best + 1e-12:
            best = values[at]
            found.append(int(at))
    return found

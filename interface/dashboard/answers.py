"""Questions of a session to the model, and what comes back: computed in threads, the newest question first.

An `Answer` is plain data (it can be stored and read again), so that the page needs no society to draw itself.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.experiments import gains, statistics
from village_alliances.experiments.answer.comparison import answer_of
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.experiments.compare import compare
from village_alliances.experiments.comparison import Comparison
from village_alliances.experiments.origin import command
from village_alliances.interface.dashboard import tables
from village_alliances.interface.dashboard.institutions import strategy_of
from village_alliances.interface.dashboard.state import OWN_TABLE, Asked
from village_alliances.interface.dashboard.technologies import Types, types_of
from village_alliances.interface.dashboard.turns import LIGHT, TURNS, Say
from village_alliances.interface.dashboard.words import LANGS
from village_alliances.sim import provenance
from village_alliances.sim.ensemble import RIVALS
from village_alliances.sim.files import write_atomically
from village_alliances.sim.metrics import BY_NAME, NAMES
from village_alliances.sim.parameters import Mode
from village_alliances.sim.scenario import Scenario, load
from village_alliances.sim.strategy import Portfolio

log = logging.getLogger("village_alliances.interface.dashboard")
DEFAULT = Path(__file__).parent / "default.json"
FULL_RUNS = 500  # of a small scenario; a county gets fewer (see `stages`)
SETTLED = 0.4  # seconds without a new question before the full answer is begun
TRAJECTORIES = (
    "mean_income", "weak_villages_50k", "p10_income", "gain_mean", "gain_weak", "gain_lead", "gain_members", "villager_income",
    "gini", "losers", "public_cost", "own_money", "wages", "jobs", "projects_begun", "allied_villages", "alliances_on_paper",
    "quiet_members", "capacity", "cohesion",
)  # fmt: skip
VILLAGE_RUNS = 5_000  # villages times runs with which gains are taken apart
APART_RUNS = (8, 100)  # the least and the most such runs
SWITCHED = 16  # ensembles with which one strategy's gain is taken apart: eight switchings, each beside `none`
AGAINST = ("gain_weak", "gain_mean", "weak_villages_50k", "villager_income")
"""Outcomes in which strategies are held against their rivals."""
MOST_WORK = 60_000_000  # village-quarters of a question's last stage: a minute or two


@dataclass(frozen=True)
class Question:
    """What the model is asked: all that an answer depends on."""

    source: str
    region: str
    start: int
    strategies: tuple[str, ...]
    years: int
    seed: int
    mode: str
    levers: tuple[tuple[str, float], ...]
    table: str = ""  # digest of an own table
    technology: str = ""  # digest of own project types


def question_of(asked: Asked, own: tables.Own | None, types: Types | None = None) -> Question:
    """The part of what was asked that the model must answer."""
    if asked.source == OWN_TABLE:
        place = (asked.region, asked.start)
    else:
        place = ("", 0)
    return Question(
        asked.source,
        *place,
        asked.strategies,
        asked.years,
        asked.seed,
        asked.mode,
        asked.levers,
        own.digest if own is not None and asked.source == OWN_TABLE else "",
        types.digest if types is not None else "",
    )


def scenario_of(asked: Asked, own: tables.Own | None) -> Scenario | None:
    """The scenario that is asked about; None for an own table that is not there (yet)."""
    if asked.source != OWN_TABLE:
        return load(asked.source, years=asked.years)
    return (
        tables.scenario_of(own, asked.region, asked.start, asked.years) if own is not None else None
    )


@dataclass
class Answer:
    """Everything that the compare page shows. Strategies are named as in the question; money in yuan."""

    question: dict[str, Any]
    strategies: list[str]
    titles: dict[str, dict[str, str]]
    place: dict[str, str]
    villages: int
    given: int  # alliances that the scenario names
    grouped: str
    years: list[
        int
    ]  # calendar years of the trajectories: the year before the start, then each year's end
    runs: int
    failed: int
    mode: str
    seed: int
    bands: dict[
        str, dict[str, dict[str, list[float]]]
    ]  # outcome -> strategy -> low, median, high, mean by year
    changes: dict[
        str, dict[str, dict[str, list[float]]]
    ]  # the same of the paired difference to the baseline
    table: list[dict[str, Any]]
    against: list[
        dict[str, Any]
    ]  # a row a strategy, rival and outcome: the same public money without alliances
    strongest: dict[str, str]  # strategy -> the rival that does most for villages that began weak
    same: list[list[str]]  # strategies that are one by their institutions
    best: list[dict[str, Any]]
    best_prior: list[dict[str, Any]]
    who: list[dict[str, Any]]
    cost: list[dict[str, Any]]
    imputed: list[dict[str, Any]]
    verdict: dict[str, list[str]]  # sentences by language: the headline, then its lines
    command: str  # which repeats it in a terminal
    complete: bool  # whether the rivals were run too
    parts: list[dict[str, Any]] | None = (
        None  # of each strategy's gain; None until it was taken apart
    )
    projects: list[dict[str, Any]] | None = (
        None  # that alliances begin, by strategy; None until then
    )
    seconds: float = 0.0
    code: str = ""
    comparison: Comparison | None = field(default=None, compare=False, repr=False)

    @property
    def baseline(self) -> str:
        """The strategy that the others are compared to."""
        return self.strategies[0]

    def row(self, strategy: str, outcome: str) -> dict[str, Any]:
        """The table's row of a strategy and an outcome; empty where there is none."""
        listed = (r for r in self.table if r["strategy"] == strategy and r["outcome"] == outcome)
        return next(listed, {})

    def beside(self, strategy: str, rival: str, outcome: str) -> dict[str, Any]:
        """A strategy's differences to a rival in an outcome; empty where there is none."""
        asked = (strategy, rival, outcome)
        listed = (r for r in self.against if (r["strategy"], r["rival"], r["outcome"]) == asked)
        return next(listed, {})


def answer(
    question: Question,
    scenario: Scenario,
    runs: int,
    complete: bool,
    progress: Callable[[int, int], None] | None = None,
    threads: int = 0,
) -> Answer:
    """Ask the model once; a complete answer also holds the rivals of equal public money and the comparison under the prior."""
    begun = time.perf_counter()
    c = compare(
        scenario,
        [strategy_of(text) for text in question.strategies],
        runs=runs,
        seed=question.seed,
        years=question.years,
        levers=dict(question.levers),
        mode=mode_of(question.mode),
        rivals=RIVALS if complete else (),
        types=types_of(question.technology),
        prior=complete,
        threads=threads,
        progress=progress,
    )
    found = shown(c, question, complete)
    found.seconds = time.perf_counter() - begun
    return found


def apart_runs(villages: int) -> int:
    """Runs with which gains are taken apart, so that it takes about as long for a county as for a township."""
    least, most = APART_RUNS
    return max(least, min(most, VILLAGE_RUNS // villages))


def taken_apart(
    found: Answer,
    question: Question,
    between: Callable[[], None] = lambda: None,
    threads: int = 0,
) -> Answer:
    """The answer with the parts of each strategy's gain and the projects that alliances begin. `between` is called
    between its steps and may raise."""
    c = found.comparison
    assert c is not None
    options: dict[str, Any] = {
        "seed": question.seed,
        "years": question.years,
        "levers": dict(question.levers),
        "mode": mode_of(question.mode),
        "types": types_of(question.technology),
    }
    parts, projects = [], []
    runs = np.arange(min(apart_runs(c.scenario.size), found.runs), dtype=np.uint64)
    for text in found.strategies:
        portfolio = Portfolio(strategy_of(text))
        if portfolio.idle:
            continue

        frame = gains.parts(
            c.scenario,
            {text: portfolio},
            runs=runs,
            threads=threads,
            progress=lambda done: between(),
            **options,
        )
        parts += _rows(frame, {})
        between()
        begun = gains.projects(c.scenario, portfolio, runs=runs, **options)
        projects += _rows(begun.assign(strategy=text), {})
        between()
    return replace(found, parts=parts, projects=projects)


def mode_of(text: str) -> Mode | None:
    """The mode of the parameters; None for the shipped default."""
    return text if text in ("point", "prior", "posterior") else None  # type: ignore[return-value]


def shown(c: Comparison, question: Question, complete: bool) -> Answer:
    """What the page shows of a comparison."""
    names = dict(zip(c.strategies, question.strategies, strict=True))
    years, told = c.years + 1, answer_of(c)
    kept = [o for o in TRAJECTORIES if o in NAMES]
    courses = {o: {s: e.trajectory(o) for s, e in c.ensembles.items()} for o in kept}
    return Answer(
        question=asdict(question),
        strategies=list(question.strategies),
        titles={names[s]: dict(c.titles[s]) for s in c.strategies},
        place=dict(c.scenario.title),
        villages=c.scenario.size,
        given=len(c.scenario.given),
        grouped=c.scenario.grouped,
        years=[c.scenario.start - 1 + at for at in range(years)],
        runs=len(next(iter(c.ensembles.values())).runs),
        failed=int(c.failed),
        mode=str(c.mode),
        seed=c.seed,
        bands={
            o: {names[s]: _band(values) for s, values in by.items()} for o, by in courses.items()
        },
        changes={
            o: {
                names[s]: _band(statistics.differences(values, by[c.baseline]))
                for s, values in by.items()
            }
            for o, by in courses.items()
        },
        table=_rows(c.table, names),
        against=_rows(c.against[c.against["outcome"].isin(AGAINST)], names),
        strongest={names[s]: c.strongest(s, OUTCOME) for s in c.rivals},
        same=[[names[s] for s in group] for group in c.same],
        best=_rows(c.best, names),
        best_prior=_rows(c.best_prior, names),
        who=_rows(c.who, names),
        cost=_rows(c.cost, names),
        imputed=_rows(c.imputed, names),
        verdict={lang: told.sentences(lang) for lang in LANGS},
        command=command(c),
        complete=complete,
        code=fingerprint(),
        comparison=c,
    )


def _band(values: np.ndarray) -> dict[str, list[float]]:
    fine = values[~np.isnan(values).any(axis=1)]
    if not len(fine):
        return {"low": [], "median": [], "high": [], "mean": []}
    low, median, high = np.percentile(fine, (statistics.LOW, 50, statistics.HIGH), axis=0)
    return {
        "low": _short(low),
        "median": _short(median),
        "high": _short(high),
        "mean": _short(fine.mean(axis=0)),
    }


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values]


def _rows(frame: Any, names: Mapping[str, str]) -> list[dict[str, Any]]:
    if frame is None:
        return []
    rows: list[dict[str, Any]] = frame.to_dict("records")
    return [
        {k: names.get(v, v) if k == "strategy" else _plain(v) for k, v in row.items()}
        for row in rows
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, (np.floating, float)):
        return float(value)
    return int(value) if isinstance(value, (np.integer, np.bool_)) else value


def stages(villages: int, strategies: int, years: int) -> list[int]:
    """Numbers of runs in which a question is answered, quick ones first; the last answer is complete.

    A county's society costs far more than a township's.
    """
    if villages <= 30:
        return [100, FULL_RUNS]
    if villages <= 600:
        return [20, 100, 100]
    return [4, 20] if villages * strategies * years < 200_000 else [2, 8]


def answers_question(found: Answer, question: Question) -> bool:
    """Whether an answer is one to this question."""
    plain = asdict(question)
    return all(_listed(found.question.get(name)) == _listed(value) for name, value in plain.items())


def _listed(value: Any) -> Any:
    return [_listed(one) for one in value] if isinstance(value, (list, tuple)) else value


def allied(question: Question) -> int:
    """How many of a question's strategies ally anybody."""
    return sum(strategy_of(text).allies for text in question.strategies)


def work_of(question: Question, scenario: Scenario, runs: int, complete: bool) -> int:
    """Village-quarters of one stage: `none` and each strategy that allies; in the last one also its rivals, and both again under
    the prior."""
    ensembles = (1 + allied(question)) * (1 + complete) + allied(question) * len(RIVALS) * complete
    return scenario.size * scenario.ticks * runs * ensembles


def work_apart(question: Question, scenario: Scenario) -> int:
    """Village-quarters of taking the gains apart."""
    ensembles = SWITCHED * allied(question)
    return scenario.size * scenario.ticks * apart_runs(scenario.size) * ensembles


def too_large(question: Question, scenario: Scenario) -> int:
    """How many times as much as may be asked of the page a question is, rounded up; 0 where it is not too large."""
    runs = stages(scenario.size, len(question.strategies), scenario.years)[-1]
    work = work_of(question, scenario, runs, True) + work_apart(question, scenario)
    return -(-work // MOST_WORK) if work > MOST_WORK else 0


class Superseded(Exception):
    """A newer question has come."""


class Desk:
    """One session's desk: answers its newest question, in stages, and forgets older ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: tuple[Question, Scenario, Callable[[Answer | None, str], None]] | None = None
        self._number = 0
        self._working = False
        self._say: Say | None = None

    def ask(
        self,
        question: Question,
        scenario: Scenario,
        tell: Callable[[Answer | None, str], None],
        say: Say | None = None,
    ) -> None:
        """Answer this question next. `tell` is called from a thread with each stage's answer, or with None and a reference to the log;
        `say` with the place in the queue and the seconds before the turn, while others come first."""
        with self._lock:
            self._number += 1
            self._wanted, self._say = (question, scenario, tell), say
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, daemon=True, name="desk").start()

    def close(self) -> None:
        """Forget every question: the session has ended."""
        with self._lock:
            self._number += 1
            self._wanted = None
        TURNS.forget(self)

    def _work(self) -> None:
        while True:
            with self._lock:
                wanted, self._wanted, number = self._wanted, None, self._number
                if wanted is None:
                    self._working = False
                    return
            try:
                self._carry_out(*wanted, number)
            except Superseded:
                pass
            except Exception:
                reference = uuid.uuid4().hex[:8]
                log.exception("question %s could not be answered: %s", reference, wanted[0])
                wanted[2](None, reference)

    def _carry_out(
        self,
        question: Question,
        scenario: Scenario,
        tell: Callable[[Answer | None, str], None],
        number: int,
    ) -> None:
        def still(done: int = 0, total: int = 0) -> None:
            if self._number != number:
                raise Superseded

        def pausing(large: bool) -> Callable[..., None]:
            def between(*done: int) -> None:
                still()
                if large:
                    TURNS.make_way()

            return between

        plan = stages(scenario.size, len(question.strategies), scenario.years)
        for at, runs in enumerate(plan):
            last = at == len(plan) - 1
            if at == 1:
                self._wait(still)
            work = work_of(question, scenario, runs, last)
            large = work > LIGHT
            threads = 1 if large else 0
            with TURNS.take(self, work, self._say, still):
                found = answer(question, scenario, runs, last, pausing(large), threads)
            still()
            tell(found, "")
        work = work_apart(question, scenario)
        with TURNS.take(self, work, None, still):
            found = taken_apart(found, question, pausing(work > LIGHT), threads)
        still()
        tell(found, "")

    def _wait(self, still: Callable[[], None]) -> None:
        until = time.monotonic() + SETTLED
        while time.monotonic() < until:
            still()
            time.sleep(0.05)


def fingerprint() -> str:
    """What an answer's numbers and sentences depend on beside the question: code, data and posterior."""
    return provenance.fingerprint("answer")


def default_question() -> Question:
    """The question with which the page opens."""
    return question_of(Asked(), None)


def write_default(path: Path = DEFAULT) -> Answer:
    """Answer the default question in full and store it: what `alliances dashboard --precompute` does."""
    question = default_question()
    scenario = load(question.source)
    found = answer(
        question,
        scenario,
        stages(scenario.size, len(question.strategies), scenario.years)[-1],
        True,
    )
    found = taken_apart(found, question)
    body = {k: v for k, v in asdict_plain(found).items() if k not in ("seconds", "comparison")}
    write_atomically(path, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
    return found


def asdict_plain(found: Answer) -> dict[str, Any]:
    """An answer as plain data, without the comparison that it came from."""
    return {
        name: getattr(found, name) for name in Answer.__dataclass_fields__ if name != "comparison"
    }


@lru_cache(maxsize=1)
def default_answer() -> Answer | None:
    """The stored answer to the default question; None if there is none or it answers another question or an older model."""
    if not DEFAULT.exists():
        return None
    body = json.loads(DEFAULT.read_text(encoding="utf-8"))
    question = asdict(default_question())
    asked = {
        **body["question"],
        "strategies": tuple(body["question"]["strategies"]),
        "levers": tuple(map(tuple, body["question"]["levers"])),
    }
    if asked != question or body["code"] != fingerprint():
        return None
    return Answer(**body)


def better(outcome: str) -> int:
    """+1 where more of an outcome is better, -1 where less is, 0 where it only describes."""
    return BY_NAME[outcome].better


def main_outcomes(found: Answer) -> Sequence[str]:
    """The outcomes of the big table, in the order of the metrics."""
    present = {row["outcome"] for row in found.table}
    return [o for o in NAMES if o in present and BY_NAME[o].main]

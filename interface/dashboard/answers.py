"""Questions of a session to the model, and what comes back: computed in threads,
the newest question first.

An `Answer` is plain data (it can be stored and read again), so that the page needs
no society to draw itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from village_alliances.calibration.asked import difference_is_told
from village_alliances.experiments import gains, statistics
from village_alliances.experiments.answer.comparison import answer_of, rivals_of, villages_of
from village_alliances.experiments.compare import compare
from village_alliances.experiments.comparison import Comparison
from village_alliances.experiments.origin import command
from village_alliances.interface.dashboard import again, tables
from village_alliances.interface.dashboard.institutions import strategy_of
from village_alliances.interface.dashboard.state import OWN_TABLE, Asked
from village_alliances.interface.dashboard.technologies import Types, types_of
from village_alliances.interface.dashboard.words import LANGS
from village_alliances.sim import provenance
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import BY_NAME, NAMES
from village_alliances.sim.parameters import Mode
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio

TRAJECTORIES = (
    "mean_income", "weak_villages_50k", "p10_income", "gain_mean", "gain_weak", "gain_lead", "gain_members", "villager_income",
    "gini", "losers", "public_cost", "own_money", "wages", "jobs", "projects_begun", "allied_villages", "alliances_on_paper",
    "quiet_members", "capacity", "cohesion",
)  # fmt: skip
VILLAGE_RUNS = 5_000  # villages times runs with which gains are taken apart
APART_RUNS = (8, 100)  # the least and the most such runs
AGAINST = ("gain_weak", "gain_mean", "weak_villages_50k", "villager_income")
"""Outcomes in which strategies are held against their rivals."""


@dataclass(frozen=True)
class Request:
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


def request_of(asked: Asked, own: tables.OwnTable | None, types: Types | None = None) -> Request:
    """The part of what was asked that the model must answer."""
    if asked.source == OWN_TABLE:
        place = (asked.region, asked.start)
    else:
        place = ("", 0)
    return Request(
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


def scenario_of(asked: Asked, own: tables.OwnTable | None) -> Scenario | None:
    """The scenario that is asked about; None for an own table that is not there (yet)."""
    if asked.source != OWN_TABLE:
        return load(asked.source, years=asked.years)
    return (
        tables.scenario_of(own, asked.region, asked.start, asked.years) if own is not None else None
    )


@dataclass
class Answer:
    """Everything that the compare page shows. Strategies are named as in the
    question; money in yuan."""

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
    strongest: dict[str, str]  # strategy -> the rival that the answer names beside it
    same: list[list[str]]  # strategies that are one by their institutions
    best: list[dict[str, Any]]
    best_prior: list[dict[str, Any]]
    who: list[dict[str, Any]]
    cost: list[dict[str, Any]]
    imputed: list[dict[str, Any]]
    verdict: dict[str, list[str]]  # sentences by language: the headline, then its lines
    command: str  # which repeats it in a terminal
    complete: bool  # whether the rivals were run too
    by_village: list[dict[str, Any]] = field(
        default_factory=list
    )  # a row a strategy that allies and village: what it earns, and how surely (brief.VillageLine)
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
    question: Request,
    scenario: Scenario,
    runs: int,
    complete: bool,
    progress: Callable[[int, int], None] | None = None,
    threads: int = 0,
) -> Answer:
    """Ask the model once; a complete answer also holds the rivals of equal public money and the
    comparison under the prior."""
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
    table = scenario.table if question.source == OWN_TABLE else None
    c = again.named(c, question.strategies, question.technology, table)
    answer = answer_from(c, question, complete)
    answer.seconds = time.perf_counter() - begun
    return answer


def apart_runs(villages: int) -> int:
    """Runs with which gains are taken apart, so that it takes about as long for a
    county as for a township."""
    least, most = APART_RUNS
    return max(least, min(most, VILLAGE_RUNS // villages))


def taken_apart(
    answer: Answer,
    question: Request,
    between: Callable[[], None] = lambda: None,
    threads: int = 0,
) -> Answer:
    """The answer with the parts of each strategy's gain and the projects that alliances begin.
    `between` is called between its steps and may raise."""
    c = answer.comparison
    assert c is not None
    options: dict[str, Any] = {
        "seed": question.seed,
        "years": question.years,
        "levers": dict(question.levers),
        "mode": mode_of(question.mode),
        "types": types_of(question.technology),
    }
    parts, projects = [], []
    runs = np.arange(min(apart_runs(c.scenario.size), answer.runs), dtype=np.uint64)
    for text in answer.strategies:
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
    return replace(answer, parts=parts, projects=projects)


def mode_of(text: str) -> Mode | None:
    """The mode of the parameters; None for the shipped default."""
    return text if text in ("point", "prior", "posterior") else None  # type: ignore[return-value]


def answer_from(c: Comparison, question: Request, complete: bool) -> Answer:
    """What the page shows of a comparison."""
    names = dict(zip(c.strategies, question.strategies, strict=True))
    years, shape = c.years + 1, answer_of(c)
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
        years=[c.scenario.start - 1 + i for i in range(years)],
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
        strongest={names[s]: rival for s, rival in rivals_of(c).items()},
        same=[[names[s] for s in group] for group in c.same],
        best=_rows(c.best, names),
        best_prior=_rows(c.best_prior, names),
        who=_rows(c.who, names),
        cost=_rows(c.cost, names),
        imputed=_rows(c.imputed, names),
        verdict={lang: shape.sentences(lang) for lang in LANGS},
        command=command(c),
        complete=complete,
        by_village=[
            {"strategy": names[s], **asdict(village)}
            for s in c.strategies
            if not c.ensembles[s].portfolio.idle
            for village in villages_of(c, s)
        ],
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


def answers_question(answer: Answer, question: Request) -> bool:
    """Whether an answer is one to this question."""
    plain = asdict(question)
    return all(
        _listed(answer.question.get(name)) == _listed(value) for name, value in plain.items()
    )


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value


@cache
def fingerprint() -> str:
    """What an answer's numbers and sentences depend on beside the question:
    code, data and posterior, as they were when this process began."""
    return provenance.fingerprint("answer")


def better(outcome: str) -> int:
    """+1 where more of an outcome is better, -1 where less is, 0 where it only describes."""
    return BY_NAME[outcome].better


def main_outcomes(answer: Answer) -> Sequence[str]:
    """The outcomes of the big table, in the order of the metrics."""
    present = {row["outcome"] for row in answer.table}
    return answered(o for o in NAMES if o in present and BY_NAME[o].main)


def answered(outcomes: Iterable[str]) -> list[str]:
    """Those outcomes of which what a strategy changes may be answered: of a kind on which the model
    has shown no skill, nothing is."""
    return [outcome for outcome in outcomes if difference_is_told(outcome)]

"""A comparison as plain data: what was asked, the runs, the tables. `compare` makes it; verdict,
warnings and files are functions over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments import statistics
from village_alliances.experiments.inputs import (
    digest,
    portfolio_fingerprint,
    scenario_fingerprint,
    technology_fingerprint,
)
from village_alliances.experiments.requirement import Requirement
from village_alliances.sim import technology
from village_alliances.sim.arguments import is_one_of, nothing_called
from village_alliances.sim.building import Technology
from village_alliances.sim.metrics import BY_NAME, MAIN, Outcome
from village_alliances.sim.own import OwnOutcome, own_rules
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import Rule
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.runs import Ensemble
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.summary import Summarised
from village_alliances.sim.table.memory import shortly

RUNS = 500
PRECISION = 0.1  # of the mean difference


@dataclass(frozen=True)
class Question:
    """Everything that determines a comparison's answer, in plain values. `id` names it."""

    source: str
    strategies: tuple[str, ...]
    runs: int = RUNS
    seed: int = 1
    years: int = 0
    mode: Mode | None = None
    levers: tuple[tuple[str, float], ...] = ()
    fixed: tuple[tuple[str, float], ...] = ()  # parameters, and numbers of project types
    require: tuple[Requirement, ...] = ()
    rivals: tuple[str, ...] = RIVALS
    region: str = ""
    start: int = 0
    technology: str = ""  # a file of project types of one's own

    @cached_property
    def id(self) -> str:
        """Hash of the question, 16 hex digits."""
        return digest(self.plain())

    def plain(self) -> dict[str, Any]:
        """The question as JSON holds it."""
        return {
            "source": self.source,
            "strategies": list(self.strategies),
            "runs": self.runs,
            "seed": self.seed,
            "years": self.years,
            "mode": self.mode,
            "levers": dict(self.levers),
            "fixed": dict(self.fixed),
            "require": ",".join(map(str, self.require)),
            "rivals": list(self.rivals),
            "region": self.region,
            "start": self.start,
            "technology": self.technology,
        }


@dataclass(repr=False)
class Comparison(Summarised):
    """The answer. Tables are frames whose columns experiments/tables.py names.

    `fixed`: parameters and numbers of project types that are not drawn. `own`: outcomes of one's
    own. `rules`: of a quarter. `types`: the project types. `none`: the runs without alliances.
    `rivals`: of each strategy that allies anybody, the same public money without alliance, by name.
    `same`: groups of strategies whose institutions are the same. `prior`: the answer's outcome of
    each strategy where parameters come from their whole range, (runs,). `files`: path and sha256 of
    strategies of one's own, by label; `technology`: of project types of one's own. `parts`,
    `institutions`: where gains come from (experiments/gains.py), if that was asked.
    """

    scenario: Scenario
    strategies: list[str]
    titles: dict[str, dict[str, str]]
    mode: Mode
    seed: int
    years: int
    levers: dict[str, float]
    fixed: dict[str, float]
    own: dict[str, OwnOutcome]
    rules: tuple[Rule, ...]
    types: Technology
    none: Ensemble
    ensembles: dict[str, Ensemble]
    rivals: dict[str, dict[str, Ensemble]]
    same: tuple[tuple[str, ...], ...]
    table: pd.DataFrame
    against: pd.DataFrame
    best: pd.DataFrame
    best_prior: pd.DataFrame | None
    who: pd.DataFrame
    cost: pd.DataFrame
    satisfied: pd.DataFrame | None
    precision: pd.DataFrame
    imputed: pd.DataFrame
    failed: int
    require: tuple[Requirement, ...] = ()
    asked: float = PRECISION  # of each mean difference, as a share of it, in `precision`
    notes: list[str] = field(default_factory=list)
    prior: dict[str, np.ndarray] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    technology: dict[str, str] = field(default_factory=dict)
    parts: pd.DataFrame | None = None
    institutions: pd.DataFrame | None = None
    kept: dict[str, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )  # what was concluded from it, so that nobody works it out twice

    def in_short(self) -> str:
        """What was compared, where, how often."""
        rivals = f" beside {', '.join(self.named_rivals)}" if self.named_rivals else ""
        return (
            f"{', '.join(self.strategies)}{rivals} in {self.scenario.name}, {self.runs} "
            f"runs each ({self.failed} failed), "
            f"to {self.last_year}; verdict(found, 'en') is the answer, .table the outcomes"
        )

    def small_table(self) -> pd.DataFrame:
        """Medians of the main outcomes, and of those of one's own, by strategy."""
        wide = self.table.pivot(index="outcome", columns="strategy", values="median")
        return wide.loc[[*MAIN, *self.own], self.strategies]

    @property
    def baseline(self) -> str:
        """The strategy that the others are compared with: the first."""
        return self.strategies[0]

    @property
    def partitions(self) -> list[str]:
        """The strategies that come with alliances of their own (Alternative), in order."""
        return [
            label
            for label, ensemble in self.ensembles.items()
            if ensemble.scenario is not self.scenario
        ]

    @property
    def runs(self) -> int:
        """Runs of each strategy."""
        return int(self.ensembles[self.baseline].runs.size)

    @property
    def last_year(self) -> int:
        """The calendar year at whose end outcomes are read."""
        return self.scenario.start + self.years - 1

    @property
    def question(self) -> Question:
        """What was asked, in plain values."""
        return Question(
            source=self.scenario.name,
            strategies=tuple(self.strategies),
            runs=self.runs,
            seed=self.seed,
            years=self.years,
            mode=self.mode,
            levers=tuple(sorted(self.levers.items())),
            fixed=tuple(sorted(self.fixed.items())),
            require=self.require,
            rivals=self.named_rivals,
            region=self.scenario.region.name,
            start=self.scenario.start,
            technology=self.technology.get("path", ""),
        )

    @cached_property
    def id(self) -> str:
        """Hash of the question together with what its villages and strategies say, 16
        hex digits."""
        strategies = [
            portfolio_fingerprint(ensemble.portfolio) for ensemble in self.ensembles.values()
        ]
        others = [scenario_fingerprint(self.ensembles[label].scenario) for label in self.partitions]
        question = {**self.question.plain(), "technology": ""}
        types = [] if self.types == technology.shipped() else [technology_fingerprint(self.types)]
        own = [[name, outcome.fingerprint] for name, outcome in self.own.items()]
        parts = [question, scenario_fingerprint(self.scenario), strategies, *others, *types]
        return digest([*parts, *own, *own_rules(self.rules)])

    def about(self, outcome: str) -> Outcome:
        """What an outcome is: the model's, or one's own."""
        return self.own[outcome].about if outcome in self.own else BY_NAME[outcome]

    @property
    def named_rivals(self) -> tuple[str, ...]:
        """The rivals that were run, in the order of RIVALS."""
        return tuple(r for r in RIVALS if any(r in rival for rival in self.rivals.values()))

    def row(self, strategy: str, outcome: str) -> pd.Series:
        """One row of `table`. KeyError, with the nearest, for names that there are not."""
        for what, name, names in (
            ("strategy", strategy, self.strategies),
            ("outcome", outcome, list(self.table.outcome.unique())),
        ):
            if not is_one_of(name, names):
                raise KeyError(nothing_called(what, name, names))
        rows = self.table[(self.table.strategy == strategy) & (self.table.outcome == outcome)]
        return rows.iloc[0]

    def title(self, strategy: str, lang: str) -> str:
        """A strategy's name in words."""
        return self.titles[strategy][lang]

    def difference(self, strategy: str, outcome: str, against: str = "") -> np.ndarray:
        """Paired difference of an outcome at the horizon, run by run, to the baseline or to
        another strategy; (runs,)."""
        return statistics.differences(
            self.ensembles[strategy].outcome(outcome),
            self.ensembles[against or self.baseline].outcome(outcome),
        )


def check_comparison(c: Any) -> None:
    """ValueError for what is no comparison."""
    if not isinstance(c, Comparison):
        raise ValueError(f"found {shortly(c)}; expected the answer of `compare`")

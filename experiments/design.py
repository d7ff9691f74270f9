"""A sweep: which villages, strategies, levers and uncertainties, and how often. What a
researcher writes, in TOML or Python, becomes a design: every run that there will be, in a
fixed order, cut into parts.

A case is one scenario with one setting of the levers. In it every strategy, and where rivals are
named single villages with the same public money, meet the same runs: `points` sets of values of
what is uncertain, `replicates` runs each. Run k meets the same luck and the same values in every
case and under every strategy, so a gain over no alliance is told run by run.

In place of ranges a `sample` of one's own may be given: a table with a row a point.

Two designs ask what a result hangs on (experiments/sensitivity): `morris` and `saltelli`. In
them levers of more than one value are varied together with the parameters, and every point meets
the same `replicates` pieces of luck.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field
from village_alliances.experiments.inputs import (
    digest,
    portfolio_fingerprint,
    scenario_fingerprint,
    types_fingerprint,
)
from village_alliances.experiments.sampling import (
    SENSITIVE,
    sampling_luck,
    sensitive_shares,
)
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.own import OwnOutcome
from village_alliances.sim.parameters import Mode, levers
from village_alliances.sim.problems import Text
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.structured import Strict
from village_alliances.sim.summary import Summarised
from village_alliances.sim.technology import ProjectType
from village_alliances.wording import grouped

PART = (
    300_000  # village-quarters in a part: some 1,700 small runs of two strategies, a second of work
)
POINT = "point"  # a column of a sample that only counts its rows


class Sweep(Strict):
    """What a researcher writes. Field by field the same in a TOML file; docs/sweeps.md
    explains each with an example."""

    name: str = ""
    scenarios: tuple[Any, ...] = Field(
        min_length=1
    )  # names, paths, {source, region, start, label}; in Python Scenario, (label, Scenario) too
    strategies: tuple[Any, ...] = Field(
        min_length=1
    )  # names, files, {label, default, by}; in Python Strategy, Portfolio, (label, Portfolio) too
    technology: Any = ""  # a file of project types over the shipped ones; in Python a tuple too
    rivals: tuple[str, ...] = ()  # who else has a strategy's public money: sim.rivals.RIVALS
    levers: Any = Field(
        default_factory=dict
    )  # a table of values, lists or ranges; or a list of tables of values
    uncertainties: dict[str, Any] = Field(
        default_factory=dict
    )  # parameter, or number of a project type (`let.profit_rate`) -> "prior", a list or a range
    parameters: Mode | None = (
        None  # for what is not named in `uncertainties`: as the model's default
    )
    design: Literal["grid", "latin", "sobol", "morris", "saltelli"] = "grid"
    sample: Any = (
        None  # a table of one's own, a row a point: a .csv or .parquet file; in Python a frame
    )
    points: int = Field(
        default=0, ge=0, strict=True
    )  # sets of uncertain values; trajectories of `morris`, base points of `saltelli`
    lever_points: int = Field(
        default=0, ge=0, strict=True
    )  # settings of the levers given as ranges, drawn likewise
    replicates: int = Field(default=100, ge=1, strict=True)  # runs of each point
    seed: int = Field(default=1, ge=0, lt=2**63, strict=True)
    years: int = Field(default=0, ge=0, le=100, strict=True)  # the horizon; 0: the scenario's own
    outcomes: Literal["main", "all"] | tuple[str, ...] = "main"  # at the end of the last year
    own: Any = (
        None  # outcomes of one's own (sim/own.py): a Python file; in Python functions by name
    )
    series: tuple[str, ...] = ()  # outcomes to keep of every year
    keep_parameters: Literal["none", "all"] | tuple[str, ...] = (
        "none"  # parameters to write down beside the uncertain ones
    )
    runs_a_part: int = Field(default=0, ge=0, strict=True)  # 0: by the size of the scenario


@dataclass(frozen=True)
class Piece:
    """Runs `first` to `last` (not included) of one case."""

    case: int
    first: int
    last: int


@dataclass(frozen=True)
class SweepCase:
    """One scenario with one setting of the levers."""

    scenario: str
    levers: Mapping[str, float]


class Contender(NamedTuple):
    """Who is run in every case: a strategy by label, or (`rival` not empty) single
    villages with its public money."""

    strategy: str
    rival: str = ""


@dataclass(frozen=True, repr=False)
class Design(Summarised):
    """All runs of a sweep. `scenarios` and `portfolios` by label; `settings` of the levers;
    `sample` what is uncertain -> (points,), in a sensitive design and in a sample of one's own also
    the levers that are `moved`; `own` outcomes of one's own by name."""

    sweep: Sweep
    scenarios: Mapping[str, Scenario]
    portfolios: Mapping[str, Portfolio]
    types: tuple[ProjectType, ...]
    settings: Sequence[Mapping[str, float]]
    sample: Mapping[str, np.ndarray]
    moved: tuple[str, ...]
    mode: Mode
    outcomes: tuple[str, ...]
    kept: tuple[str, ...]
    own: Mapping[str, OwnOutcome]
    notes: tuple[Text, ...] = ()  # what is possible, but unlikely

    def in_short(self) -> str:
        """What is run how often."""
        return (
            f"{grouped(self.runs, 'en')} runs: {', '.join(self.portfolios)} in "
            f"{', '.join(self.scenarios)}, {grouped(len(self.settings), 'en')} settings "
            f"of levers, {grouped(self.points, 'en')} points, {self.sweep.replicates} replicates"
        )

    @property
    def points(self) -> int:
        """Sets of values of what is uncertain; 1 where nothing is named."""
        return len(next(iter(self.sample.values()), (0,)))

    @property
    def runs_a_cell(self) -> int:
        """Runs of each contender in each case."""
        return self.points * self.sweep.replicates

    @cached_property
    def contenders(self) -> tuple[Contender, ...]:
        """The strategies, each followed by its rivals."""
        return contenders_of(self.portfolios, self.sweep.rivals)

    @property
    def cases(self) -> int:
        """Scenarios times settings of the levers."""
        return len(self.scenarios) * len(self.settings)

    @property
    def runs(self) -> int:
        """All runs of the sweep."""
        return self.cases * len(self.contenders) * self.runs_a_cell

    @cached_property
    def shares(self) -> np.ndarray:
        """Where in its range each quantity of `sample` stands in a sensitive design, 0 to
        1: (points, quantities)."""
        return sensitive_shares(
            self.sweep.design,
            len(self.sample),
            self.sweep.points,
            sampling_luck(self.sweep.seed, 0),
        )

    @cached_property
    def lever_names(self) -> tuple[str, ...]:
        """Levers that the sweep sets, in the model's order."""
        named = {name for setting in self.settings for name in setting}
        return tuple(name for name in levers() if name in named)

    def case(self, number: int) -> SweepCase:
        """A case by its number: scenarios turn slowest, settings of the levers fastest."""
        scenario, setting = divmod(number, len(self.settings))
        return SweepCase(list(self.scenarios)[scenario], self.settings[setting])

    def levers_of(self, case: SweepCase) -> dict[str, float]:
        """The value in this case of every lever that the sweep sets anywhere."""
        own = self.scenarios[case.scenario].levers
        return {
            name: float(case.levers.get(name, own.get(name, levers()[name].value)))
            for name in self.lever_names
        }

    @cached_property
    def parts(self) -> tuple[tuple[Piece, ...], ...]:
        """The runs in order, cut into parts of about the same work. Where the cuts are
        depends on the design alone."""
        parts: list[tuple[Piece, ...]] = []
        part: list[Piece] = []
        room = size = self.sweep.runs_a_part or PART
        for number in range(self.cases):
            scenario = self.scenarios[self.case(number).scenario]
            work = len(self.contenders)
            if (
                not self.sweep.runs_a_part
            ):  # the runs of `none` from which gains are told are work, too
                work = (work + 1) * scenario.size * scenario.ticks
            start = 0
            while start < self.runs_a_cell:
                take = min(self.runs_a_cell - start, max(room // work, 0 if part else 1))
                if take:
                    part.append(Piece(number, start, start + take))
                    start += take
                    room -= take * work
                if room < work:
                    parts.append(tuple(part))
                    part, room = [], size
        return (*parts, tuple(part)) if part else tuple(parts)

    def rows_of(self, part: Sequence[Piece]) -> int:
        """Runs that a part stores, all contenders counted."""
        return len(self.contenders) * sum(piece.last - piece.first for piece in part)

    def luck(self, runs: np.ndarray) -> np.ndarray:
        """The number by which these runs of any case draw their luck: their own, or in a sensitive
        design the same in every point."""
        return runs % np.uint64(self.sweep.replicates) if self.sweep.design in SENSITIVE else runs

    def values(self, runs: np.ndarray) -> dict[str, np.ndarray]:
        """What is sampled, of these runs of any case: name -> (runs,)."""
        return {name: values[runs // self.sweep.replicates] for name, values in self.sample.items()}

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Label of each scenario and strategy -> hash of all that a run depends on."""
        hashes = {
            f"scenario {label}": scenario_fingerprint(scenario)
            for label, scenario in self.scenarios.items()
        }
        hashes |= {
            f"strategy {label}": portfolio_fingerprint(portfolio)
            for label, portfolio in self.portfolios.items()
        }
        return hashes | {"technology": types_fingerprint(self.types)}

    def run_ids(self, number: int, contender: Contender, runs: np.ndarray) -> list[str]:
        """The ids of some runs of a case: a hash of everything that the run depends on but the
        code, 16 hex digits each."""
        case = self.case(number)
        names = sorted(self.sample)
        inputs = {
            "scenario": self.fingerprints[f"scenario {case.scenario}"],
            "strategy": self.fingerprints[f"strategy {contender.strategy}"],
            "technology": self.fingerprints["technology"],
            "called": [case.scenario, *contender],
            "levers": {**self.scenarios[case.scenario].levers, **case.levers},
            "seed": self.sweep.seed,
            "parameters": self.mode,
            "uncertain": names,
        }
        shared = hashlib.blake2b(digest(inputs, 16).encode(), digest_size=8)
        values = self.values(runs)
        rows = np.column_stack(
            [runs.astype("<u8").view("<f8"), *(values[name].astype("<f8") for name in names)]
        )
        lines = []
        for row in np.ascontiguousarray(rows):
            own = shared.copy()
            own.update(row.tobytes())
            lines.append(own.hexdigest())
        return lines

    @cached_property
    def hash(self) -> str:
        """Hash of the whole design: 16 hex digits. Folders of results of the same design and code
        are the same to the byte."""
        sample = {
            name: hashlib.blake2b(values.astype("<f8").tobytes()).hexdigest()
            for name, values in self.sample.items()
        }
        own = {name: outcome.fingerprint for name, outcome in self.own.items()}
        return digest(
            {
                **({"own": own} if own else {}),
                "inputs": list(self.fingerprints.items()),
                "rivals": self.sweep.rivals,
                "levers": list(self.settings),
                "sample": list(sample.items()),
                "parameters": self.mode,
                "keep": [self.outcomes, self.sweep.series, self.kept],
                "counts": [self.sweep.replicates, self.sweep.seed, self.sweep.runs_a_part, PART],
            }
        )


def contenders_of(
    portfolios: Mapping[str, Portfolio], rivals: Sequence[str]
) -> tuple[Contender, ...]:
    """The strategies, each followed by its rivals; a strategy that allies
    nobody has no money for them."""
    return tuple(
        Contender(label, rival)
        for label, portfolio in portfolios.items()
        for rival in ("", *(() if portfolio.idle else rivals))
    )


def column_of(name: str) -> str:
    """The column of the results in which an input stands: its name, or NAME_given where an
    outcome is called the same."""
    return f"{name}_given" if name in NAMES else name

"""A sweep: which villages, strategies, levers and uncertainties, and how often. What a
researcher writes, in TOML or Python, becomes a design: every run that there will be, in a
fixed order, cut into parts.

A case is one scenario with one setting of the levers. In it every strategy, and where rivals are
named single villages with the same public money, meet the same runs: `points` sets of values of
what is uncertain, `replicates` runs each. Run k meets the same luck and the same values in every
case and under every strategy, so a gain over no alliance is told run by run.

In place of ranges a `sample` of one's own may be given: a table with a row a point.

Two designs ask what a result hangs on (experiments/sensitivity.py): `morris` and `saltelli`. In
them levers of more than one value are varied together with the parameters, and every point meets
the same `replicates` pieces of luck.
"""

from __future__ import annotations

import difflib
import hashlib
import itertools
import math
import runpy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from village_alliances.experiments.inputs import (
    digest,
    portfolio_fingerprint,
    scenario_fingerprint,
    types_fingerprint,
)
from village_alliances.experiments.worded import joined, worded
from village_alliances.sim import region as regions
from village_alliances.sim import technology
from village_alliances.sim.ensemble import RIVALS
from village_alliances.sim.files import there
from village_alliances.sim.loading import load
from village_alliances.sim.loading import names as shipped
from village_alliances.sim.metrics import MAIN, NAMES
from village_alliances.sim.own import Own, outcomes_of
from village_alliances.sim.parameters import (
    REGIONAL,
    Mode,
    Quantity,
    default_mode,
    levers,
    parameters,
    possible,
)
from village_alliances.sim.problems import Problem, TableError, Text, quoted
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.shown import Shown
from village_alliances.sim.strategy import Portfolio, Strategy, StrategyError
from village_alliances.sim.strategy import names as strategies
from village_alliances.sim.structured import problems_of, read_toml
from village_alliances.sim.table.memory import as_frame
from village_alliances.sim.technology import ProjectType, TechnologyError
from village_alliances.sim.uncertain import DOT, numbers_of_types

SENSITIVE = ("morris", "saltelli")  # designs in which one quantity is moved at a time
LEVELS = 4  # of the grid on which Morris' trajectories walk
PART = (
    300_000  # village-quarters in a part: some 1,700 small runs of two strategies, a second of work
)
MOST_RUNS = 10**9
MOST_STEPS = 100_000  # of a range
MOST_SETTINGS = 200_000  # of levers
MOST_NUMBERS = 20_000_000  # of a sample: points times quantities
MOST_CELLS = 1_000_000
MOST_PARTS = 200_000  # files in a folder
POINT = "point"  # a column of a sample that only counts its rows
SWEEP_FILE = worded("problems.design.sweep_file")
NAMES_SHOWN = 40  # of what may stand in a place


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Sweep(_Strict):
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
    rivals: tuple[str, ...] = ()  # who else has a strategy's public money: sim.ensemble.RIVALS
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
class Case:
    """One scenario with one setting of the levers."""

    scenario: str
    levers: Mapping[str, float]


class Contender(NamedTuple):
    """Who is run in every case: a strategy by label, or (`rival` not empty) single
    villages with its public money."""

    strategy: str
    rival: str = ""


@dataclass(frozen=True, repr=False)
class Design(Shown):
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
    own: Mapping[str, Own]
    notes: tuple[Text, ...] = ()  # what is possible, but unlikely

    def in_short(self) -> str:
        """What is run how often."""
        return (
            f"{self.runs:,} runs: {', '.join(self.portfolios)} in "
            f"{', '.join(self.scenarios)}, {len(self.settings):,} settings "
            f"of levers, {self.points:,} points, {self.sweep.replicates} replicates"
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
        return _contenders(self.portfolios, self.sweep.rivals)

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

    def case(self, number: int) -> Case:
        """A case by its number: scenarios turn slowest, settings of the levers fastest."""
        scenario, setting = divmod(number, len(self.settings))
        return Case(list(self.scenarios)[scenario], self.settings[setting])

    def levers_of(self, case: Case) -> dict[str, float]:
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
        found: list[tuple[Piece, ...]] = []
        part: list[Piece] = []
        room = size = self.sweep.runs_a_part or PART
        for number in range(self.cases):
            scenario = self.scenarios[self.case(number).scenario]
            work = len(self.contenders)
            if (
                not self.sweep.runs_a_part
            ):  # the runs of `none` from which gains are told are work, too
                work = (work + 1) * scenario.size * scenario.ticks
            at = 0
            while at < self.runs_a_cell:
                take = min(self.runs_a_cell - at, max(room // work, 0 if part else 1))
                if take:
                    part.append(Piece(number, at, at + take))
                    at += take
                    room -= take * work
                if room < work:
                    found.append(tuple(part))
                    part, room = [], size
        return (*found, tuple(part)) if part else tuple(found)

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
        found = {
            f"scenario {label}": scenario_fingerprint(scenario)
            for label, scenario in self.scenarios.items()
        }
        found |= {
            f"strategy {label}": portfolio_fingerprint(portfolio)
            for label, portfolio in self.portfolios.items()
        }
        return found | {"technology": types_fingerprint(self.types)}

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
        found = []
        for row in np.ascontiguousarray(rows):
            own = shared.copy()
            own.update(row.tobytes())
            found.append(own.hexdigest())
        return found

    @cached_property
    def hash(self) -> str:
        """Hash of the whole design: 16 hex digits. Folders of results of the same design and code
        are the same to the byte."""
        sample = {
            name: hashlib.blake2b(values.astype("<f8").tobytes()).hexdigest()
            for name, values in self.sample.items()
        }
        own = {name: one.fingerprint for name, one in self.own.items()}
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


def _contenders(
    portfolios: Mapping[str, Portfolio], rivals: Sequence[str]
) -> tuple[Contender, ...]:
    """The strategies, each followed by its rivals; a strategy that allies
    nobody has no money for them."""
    return tuple(
        Contender(label, rival)
        for label, portfolio in portfolios.items()
        for rival in ("", *(() if portfolio.idle else rivals))
    )


def read(path: str | Path) -> Design:
    """The design in a sweep file: TOML, or Python that sets `sweep = Sweep(...)`. Paths in it
    start from the file's folder.

    Raises TableError with every problem at once.
    """
    path = Path(path)
    try:
        if path.suffix == ".py":
            sweep = runpy.run_path(str(path)).get("sweep")
            if not isinstance(sweep, Sweep):
                expected = worded("problems.design.variable_sweep_sweep")
                raise TableError([Problem(str(path), None, None, quoted(sweep), expected)])
            return expand(sweep, path)
    except OSError as error:
        said = Text(error.strerror or str(error))
        raise TableError([Problem(str(path), None, None, said, SWEEP_FILE)]) from error
    body = read_toml(path)
    try:
        sweep = Sweep(**body)
    except ValidationError as error:
        raise TableError([*_of_shape(path, body, error)]) from error
    return expand(sweep, path)


def _of_shape(path: Path, body: dict[str, Any], error: ValidationError) -> list[Problem]:
    """What is wrong with the shape of a sweep file, and after that with the
    content of the rest of it."""
    problems = problems_of(str(path), error, Sweep)
    wrong = {str(e["loc"][0]) for e in error.errors()}
    rest = {name: value for name, value in body.items() if name not in wrong}
    try:
        expand(Sweep(**{"scenarios": ["jinxi"], "strategies": ["none"], **rest}), path)
    except TableError as more:
        problems += [
            p
            for p in more.problems
            if not p.column or p.column.split("[")[0].split(".")[0] not in wrong
        ]
    return problems


def expand(sweep: Sweep, file: str | Path = "sweep") -> Design:
    """The design that a sweep describes. `file` names it in messages; relative paths in
    it start from its folder.

    Raises TableError with every problem at once.
    """
    return _Reader(sweep, Path(file)).design()


class _Range(_Strict):
    """A quantity between two ends: in `steps` equal steps for a grid, else to be sampled."""

    low: float
    high: float
    steps: int = Field(default=0, ge=0, le=MOST_STEPS, strict=True)
    scale: Literal["linear", "log"] | None = None


class _Place(_Strict):
    source: str
    label: str = ""
    region: str = ""
    start: int = 0


class _Portfolio(_Strict):
    label: str
    default: str
    by: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class _Axis:
    """One quantity that a design varies: a list of values, or a stretch to be sampled."""

    name: str
    values: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False

    def at(self, share: np.ndarray) -> np.ndarray:
        """Values at these shares (0..1) of the way from the first to the last."""
        if self.values:
            return np.array(self.values)[
                np.minimum((share * len(self.values)).astype(int), len(self.values) - 1)
            ]
        if self.log:
            return np.clip(self.low * (self.high / self.low) ** share, self.low, self.high)
        return np.clip(self.low + (self.high - self.low) * share, self.low, self.high)


class _Reader:
    """Turns a sweep into a design, and gathers all that is wrong with it."""

    def __init__(self, sweep: Sweep, file: Path) -> None:
        self.sweep = sweep
        self.file = file
        self.types = technology.shipped()
        self.notes: list[Text] = []
        self.problems: list[Problem] = []

    def say(self, place: str, found: object, expected: str) -> None:
        self.problems.append(Problem(str(self.file), None, place, quoted(found), expected))

    def few(self, place: str, count: int) -> bool:
        """Whether so many settings of the levers can be made; else say how many may be."""
        if count > MOST_SETTINGS:
            most = f"{MOST_SETTINGS:,}"
            self.say(
                place,
                f"{count:,} settings",
                worded("problems.design.most_settings_levers", most=most),
            )
        return count <= MOST_SETTINGS

    def small(self, place: str, numbers: int) -> bool:
        """Whether a sample of so many numbers can be drawn; else say how many may be."""
        if numbers > MOST_NUMBERS:
            most = f"{MOST_NUMBERS:,}"
            self.say(
                place,
                f"{numbers:,} numbers",
                worded("problems.design.most_rows_times_quantities", most=most),
            )
        return numbers <= MOST_NUMBERS

    def known(self, place: str, name: str, names: Sequence[str]) -> bool:
        """Whether `name` is one of these names; else say which there are."""
        if name not in names:
            near = difflib.get_close_matches(name, names, 3)
            if near:
                self.say(
                    place,
                    name,
                    worded("problems.design.known_name", near=joined(near)),
                )
            else:
                shown = [*names[:NAMES_SHOWN], *(["…"] if len(names) > NAMES_SHOWN else [])]
                self.say(place, name, worded("problems.design.one_of", shown=joined(shown)))
        return name in names

    def design(self) -> Design:
        sweep = self.sweep
        scenarios = self.labelled("scenarios", sweep.scenarios, self.scenario)
        portfolios = self.labelled("strategies", sweep.strategies, self.portfolio)
        self.types = self.technology()
        settings = self.settings()
        sample, moved = self.sample()
        own = self.own()
        for name in sweep.rivals:
            self.known("rivals", name, RIVALS)
        for name in sweep.series:
            self.known("series", name, (*NAMES, *own))
        chosen = {"main": MAIN, "all": NAMES}.get(str(sweep.outcomes)) or tuple(sweep.outcomes)
        for name in chosen:
            self.known("outcomes", name, NAMES)
        set_or_moved = {*moved, *(name for setting in settings for name in setting)}
        for name in set_or_moved & {*sweep.uncertainties}:
            en = "either a lever or what is uncertain, for both have this name"
            self.say(f"uncertainties.{name}", name, Text(en, "同名，只能作可调政策或不确定量之一"))
        every = (*parameters(), *REGIONAL, *numbers_of_types(self.types))
        kept = {"none": (), "all": every}.get(str(sweep.keep_parameters))
        for name in sweep.keep_parameters if kept is None else ():
            self.known("keep_parameters", name, every)
        mode = sweep.parameters or default_mode()
        cells = len(scenarios) * len(settings) * len(_contenders(portfolios, sweep.rivals))
        runs = cells * sweep.replicates * len(next(iter(sample.values()), (0,)))
        if runs > MOST_RUNS:
            self.say(
                "replicates",
                f"{runs:,} runs",
                worded("problems.design.most_runs_all", most=MOST_RUNS),
            )
        size = sweep.runs_a_part or max(
            [PART // max(1, s.size * s.ticks) for s in scenarios.values()] + [1]
        )
        for place, found, most, en, zh in (
            ("levers", cells, MOST_CELLS, "cells: scenarios times strategies times settings", "个组合"),
            ("runs_a_part", runs // size, MOST_PARTS, "parts: larger parts or fewer runs", "块：请增大每块或减少运行"),
        ):  # fmt: skip
            if found > most:
                self.say(
                    place,
                    f"{found:,}",
                    worded("problems.design.most", most=most, things=Text(en, zh)),
                )
        if self.problems:
            raise TableError(self.problems)
        return Design(
            sweep=sweep.model_copy(
                update={
                    "parameters": mode,
                    "rivals": tuple(name for name in RIVALS if name in sweep.rivals),
                }
            ),
            scenarios=scenarios,
            portfolios=portfolios,
            types=self.types,
            settings=settings,
            sample=sample,
            moved=moved,
            mode=mode,
            outcomes=tuple(name for name in NAMES if name in chosen),
            kept=tuple(
                name
                for name in every
                if name in (sweep.keep_parameters if kept is None else kept)
                and name not in sample
                and name not in set_or_moved
            ),
            own=own,
            notes=tuple(self.notes),
        )

    def own(self) -> dict[str, Own]:
        """Outcomes of one's own; none where what is given cannot be used."""
        given = self.sweep.own
        if isinstance(given, str) and there(self.file.parent / given):
            given = self.file.parent / given
        try:
            return outcomes_of(given)
        except TableError as error:
            self.problems += error.problems
        except ValueError as error:
            self.say("own", given, worded("problems.design.outcomes_s_own", error=error))
        return {}

    def labelled(self, place: str, given: Sequence[Any], reader: Any) -> dict[str, Any]:
        """What stands in a list, by its label; no label twice."""
        found: dict[str, Any] = {}
        for at, one in enumerate(given):
            label, content = reader(f"{place}[{at}]", one) or ("", None)
            if label in found:
                self.say(
                    f"{place}[{at}]",
                    label,
                    worded("problems.design.another_label_taken"),
                )
            if content is not None:
                found[label] = content
        return found

    def scenario(self, place: str, one: Any) -> tuple[str, Scenario] | None:
        label, found = one if isinstance(one, tuple) and len(one) == 2 else ("", one)
        if isinstance(found, Scenario):
            return label or found.name, found.lasting(self.sweep.years or found.years)
        body = self.shaped(place, _Place, {"source": one} if isinstance(one, str) else one)
        if body is None or (
            body.region and not self.known(f"{place}.region", body.region, regions.names())
        ):
            return None
        near = self.file.parent / body.source
        if not there(near) and not near.suffix and not self.known(place, body.source, shipped()):
            return None
        source = near if body.source not in shipped() and there(near) else body.source
        try:
            found = load(source, region=body.region, start=body.start, years=self.sweep.years)
        except TableError as error:
            self.problems += error.problems
        except (OSError, ValueError) as error:
            self.say(place, body.source, str(error))
        else:
            return body.label or found.name, found
        return None

    def portfolio(self, place: str, one: Any) -> tuple[str, Portfolio] | None:
        try:
            label, found = one if isinstance(one, tuple) and len(one) == 2 else ("", one)
            if isinstance(found, (Strategy, Portfolio)):
                found = found if isinstance(found, Portfolio) else Portfolio(found)
                return label or found.name, found
            if (
                isinstance(one, str)
                and not one.endswith(".toml")
                and ":" not in one
                and not self.known(place, one, strategies())
            ):
                return None
            if isinstance(one, str):
                return (found := Portfolio(self.near(one))).name, found
            body = self.shaped(place, _Portfolio, one)
            if body is not None:
                return body.label, Portfolio(
                    self.near(body.default),
                    {where: self.near(text) for where, text in body.by.items()},
                )
        except StrategyError as error:
            expected = worded(
                "problems.design.strategy", error=Text(str(error), error.message("zh"))
            )
            self.say(place, one, expected)
        return None

    def technology(self) -> tuple[ProjectType, ...]:
        """The project types of the sweep; the shipped ones where what is given cannot be used."""
        given = self.sweep.technology
        if isinstance(given, tuple) and all(isinstance(one, ProjectType) for one in given):
            return given or technology.shipped()
        if not isinstance(given, str):
            self.say("technology", given, worded("problems.design.toml_file_project_types"))
            return technology.shipped()
        near = self.file.parent / given
        try:
            return technology.read((near if there(near) else Path(given)) if given else None)
        except TechnologyError as error:
            en, zh = (error.message(lang).splitlines() for lang in ("en", "zh"))
            usable = worded(
                "problems.design.project_types_can_used",
                problems=Text("; ".join(en), "；".join(zh)),
            )
            self.say("technology", given, usable)
        return technology.shipped()

    def near(self, text: str) -> str:
        """A strategy file beside the sweep's file, or the text as it stands."""
        path = self.file.parent / text
        return str(path) if text.endswith(".toml") and there(path) else text

    def settings(self) -> list[dict[str, float]]:
        """Every setting of the levers: a list as it stands, else lists crossed with each other
        and with the sampled ones."""
        given = self.sweep.levers
        if isinstance(given, (list, tuple)):
            found = []
            for at, setting in enumerate(given):
                axes = self.axes(f"levers[{at}]", setting, levers(), bounded=True)
                for axis in axes:
                    if len(axis.values) != 1:
                        self.say(
                            f"levers[{at}].{axis.name}",
                            setting[axis.name],
                            worded("problems.design.number"),
                        )
                found.append({axis.name: axis.values[0] for axis in axes if axis.values})
            return found or [{}]
        axes = self.axes("levers", given, levers(), bounded=True)
        lists, stretches = (
            [axis for axis in axes if axis.values],
            [axis for axis in axes if not axis.values],
        )
        if (
            self.sweep.design in SENSITIVE
        ):  # whatever has more than one value is varied together with the parameters
            lists, stretches = [axis for axis in lists if len(axis.values) == 1], []
        count = math.prod(len(axis.values) for axis in lists)
        if not self.few(place="levers", count=count * max(1, self.sweep.lever_points)):
            return [{}]
        crossed = [
            dict(zip((axis.name for axis in lists), row, strict=True))
            for row in itertools.product(*(axis.values for axis in lists))
        ]
        sampled = self.sampled("levers", stretches, self.sweep.lever_points, "lever_points", 1)
        rows = range(len(next(iter(sampled.values()), (0,))))
        return [
            {**setting, **{name: float(values[row]) for name, values in sampled.items()}}
            for setting in crossed
            for row in rows
        ]

    def sample(self) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
        """The values of every point, name -> (points,), and which of the names are levers."""
        known: dict[str, Quantity | None] = {
            **dict.fromkeys(REGIONAL),
            **parameters(),
            **numbers_of_types(self.types),
        }
        given = by_dotted_name(self.sweep.uncertainties, self.types)
        if self.sweep.sample is not None:
            return self.given(known)
        axes = self.axes("uncertainties", given, known, bounded=False)
        if self.sweep.design not in SENSITIVE:
            return self.points(axes), ()
        of_levers = self.sweep.levers if isinstance(self.sweep.levers, Mapping) else {}
        aside = _Reader(
            self.sweep, self.file
        )  # what is wrong with levers is said where they are set
        given_levers = aside.axes("levers", of_levers, levers(), bounded=True)
        moved = [axis for axis in given_levers if len(axis.values) != 1]
        axes += moved
        if not axes and not self.problems:
            self.say("uncertainties", {}, worded("problems.design.least_quantity_vary"))
        found = self.sampled("uncertainties", axes, self.sweep.points, "points", 0)
        return found, tuple(axis.name for axis in moved)

    def given(
        self, known: Mapping[str, Quantity | None]
    ) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
        """The sample that somebody brings: name -> (points,), and which of the names are levers."""
        sweep = self.sweep
        for name, value, usual in (
            ("uncertainties", sweep.uncertainties, {}), ("points", sweep.points, 0), ("design", sweep.design, "grid"),
        ):  # fmt: skip
            if value != usual:
                said = worded("problems.design.nothing_beside_sample_says")
                self.say(name, value, said)
        table = self.table(sweep.sample)
        if table is None:
            return {}, ()
        if POINT not in table and list(table.index) != list(range(len(table))):
            self.say("sample", "an index of its own", worded("problems.design.index_from_nought"))
            return {}, ()
        if not len(table) or not self.small("sample", table.size):
            self.say("sample", "no row", worded("problems.design.row_point"))
            return {}, ()
        found: dict[str, np.ndarray] = {}
        for name in map(str, table.columns):
            place = f"sample.{name}"
            if name == POINT or not self.known(place, name, [*known, *levers()]):
                continue
            values = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
            if not np.isfinite(values).all():
                row = int(np.flatnonzero(~np.isfinite(values))[0])
                where = f"{table[name].iloc[row]} (row {row})"
                self.say(place, where, worded("problems.design.finite_number_every_row"))
                continue
            ends = (float(values.min()), float(values.max()))
            lever = levers().get(name)
            if lever is None:
                fits = self.possible(place, name, f"{ends[0]:g}..{ends[1]:g}", ends)
            elif not (fits := lever.low <= ends[0] and ends[1] <= lever.high):
                span = f"{lever.low:g} to {lever.high:g} {lever.unit}"
                self.say(place, f"{ends[0]:g}..{ends[1]:g}", Text(span))
            if fits:
                found[name] = values
        return found, tuple(name for name in found if name in levers())

    def table(self, given: Any) -> pd.DataFrame | None:
        """A sample as a table: of a file beside the sweep's file, or in memory;
        None with the problem noted."""
        expected = worded("problems.design.csv_parquet_file_table")
        try:
            if not isinstance(given, (str, Path)):
                return as_frame(given, "sample")
            near = self.file.parent / given
            path = near if there(near) else Path(given)
            return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        except (OSError, ValueError) as error:
            self.say(
                "sample",
                given,
                worded("problems.design.expected_but", expected=expected, error=error),
            )
        return None

    def points(self, axes: Sequence[_Axis]) -> dict[str, np.ndarray]:
        """What is uncertain at every point of a design that is not sensitive: name -> (points,)."""
        if self.sweep.design != "grid" or any(not axis.values for axis in axes):
            return self.sampled("uncertainties", axes, self.sweep.points, "points", 0)
        if self.sweep.points:
            self.say(
                "points",
                self.sweep.points,
                worded("problems.design.points_grid_its_lists"),
            )
        count = math.prod(len(axis.values) for axis in axes)
        if not self.small("uncertainties", count * max(1, len(axes))):
            return {}
        rows = list(itertools.product(*(axis.values for axis in axes)))
        return {axis.name: np.array([row[at] for row in rows]) for at, axis in enumerate(axes)}

    def sampled(
        self, place: str, axes: Sequence[_Axis], points: int, name: str, stream: int
    ) -> dict[str, np.ndarray]:
        """`points` rows of these quantities by Latin hypercube or Sobol: name -> (points,)."""
        if not axes:
            if points:
                self.say(
                    name,
                    points,
                    worded("problems.design.nothing_here_range_given"),
                )
            return {}
        if self.sweep.design == "grid":
            for axis in axes:
                if not axis.values:
                    stretch = f"{axis.low:g}..{axis.high:g}"
                    self.say(
                        f"{place}.{axis.name}",
                        stretch,
                        worded("problems.design.steps_design_latin_sobol"),
                    )
            return {}
        if not points:
            self.say(name, 0, worded("problems.design.how_many_points_draw"))
            return {}
        turns = {"morris": len(axes) + 1, "saltelli": len(axes) + 2}.get(self.sweep.design, 1)
        if not self.small(name, points * turns * len(axes)):
            return {}
        if self.sweep.design in ("sobol", "saltelli") and points & (points - 1):
            near, design = 2 ** round(math.log2(points)), self.sweep.design
            self.say(
                name,
                points,
                worded("problems.design.power_two_for", design=design, near=near),
            )
            return {}
        from scipy.stats import qmc

        luck = sampling_luck(self.sweep.seed, stream)
        if self.sweep.design == "sobol":
            shares = qmc.Sobol(len(axes), scramble=True, seed=luck).random_base2(
                points.bit_length() - 1
            )
        elif self.sweep.design in SENSITIVE:
            shares = sensitive_shares(self.sweep.design, len(axes), points, luck)
        else:
            shares = qmc.LatinHypercube(len(axes), seed=luck).random(points)
        return {axis.name: axis.at(shares[:, at]) for at, axis in enumerate(axes)}

    def axes(
        self, place: str, given: Any, known: Mapping[str, Quantity | None], *, bounded: bool
    ) -> list[_Axis]:
        """What is to be varied, in the order written. `bounded`: values must keep
        to the quantity's bounds."""
        if not isinstance(given, Mapping):
            self.say(place, given, worded("problems.design.table_names_values"))
            return []
        found = []
        for name, body in given.items():
            if self.known(f"{place}.{name}", name, list(known)):
                found.append(self.axis(f"{place}.{name}", name, body, known[name], bounded))
        return [axis for axis in found if axis is not None]

    def axis(
        self, place: str, name: str, given: Any, quantity: Quantity | None, bounded: bool
    ) -> _Axis | None:
        """One quantity that is varied; None where what is given for it is wrong."""
        if given == "prior" and quantity is not None and not bounded:
            return _Axis(name, (), quantity.low, quantity.high, quantity.scale == "log")
        if isinstance(given, Mapping):
            body = self.shaped(place, _Range, given)
            if body is None:
                return None
            log = (body.scale or (quantity.scale if quantity else "linear")) == "log"
            if not body.low < body.high or (log and body.low <= 0):
                self.say(
                    place,
                    f"{body.low:g}..{body.high:g}",
                    worded("problems.design.low_high_both_positive"),
                )
                return None
            axis = _Axis(name, (), body.low, body.high, log)
            if body.steps == 1:
                self.say(f"{place}.steps", 1, worded("problems.design.more"))
            elif body.steps:
                axis = _Axis(name, tuple(map(float, axis.at(np.linspace(0.0, 1.0, body.steps)))))
        else:
            numbers = [given] if isinstance(given, (int, float)) else given
            if (
                not isinstance(numbers, (list, tuple))
                or not numbers
                or not all(isinstance(n, (int, float)) for n in numbers)
            ):
                en, zh = ("", "") if bounded else (' or "prior"', " 或 “prior”")
                self.say(
                    place,
                    given,
                    worded("problems.design.number_list_numbers_low", steps=Text(en, zh)),
                )
                return None
            try:
                axis = _Axis(name, tuple(map(float, numbers)))
            except OverflowError:
                self.say(place, given, worded("problems.design.finite_numbers_each_once"))
                return None
        ends = axis.values or (axis.low, axis.high)
        if not all(map(math.isfinite, ends)) or len(set(ends)) < len(ends):
            self.say(place, given, worded("problems.design.finite_numbers_each_once"))
            return None
        if not bounded and not self.possible(place, name, given, ends):
            return None
        if (
            bounded
            and quantity is not None
            and not all(quantity.low <= value <= quantity.high for value in ends)
        ):
            self.say(
                place,
                given,
                worded(
                    "problems.design.span", low=quantity.low, high=quantity.high, unit=quantity.unit
                ),
            )
            return None
        return axis

    def possible(self, place: str, name: str, given: Any, ends: Sequence[float]) -> bool:
        """Whether a parameter can have these values at all; else say which it can have."""
        prior = {**parameters(), **numbers_of_types(self.types)}.get(name)
        low, high = prior.bounds if prior is not None else possible(name)
        fits = all(low <= value <= high for value in ends)
        if fits and prior is not None and not all(prior.low <= v <= prior.high for v in ends):
            likely, unit = f"{prior.low:g}..{prior.high:g}", prior.unit
            self.notes.append(
                worded(
                    "problems.design.values_outside_what_thought",
                    name=name,
                    likely=likely,
                    unit=unit,
                )
            )
        if not fits:
            self.say(
                place,
                given,
                worded("problems.design.nothing_else_possible", low=low, high=high),
            )
        return fits

    def shaped(self, place: str, kind: Any, given: Any) -> Any:
        """`given` as a `kind`, or None with what is wrong said."""
        if isinstance(given, Mapping):
            try:
                return kind(**given)
            except ValidationError as error:
                self.problems += problems_of(str(self.file), error, kind, place)
        else:
            self.say(
                place,
                given,
                worded("problems.design.text_or_table", fields=joined(kind.model_fields)),
            )
        return None


def by_dotted_name(given: Mapping[str, Any], types: Sequence[ProjectType]) -> dict[str, Any]:
    """Tables of a project type's numbers (`let.profit_rate = "prior"` in
    TOML) by their dotted names."""
    names = {kind.name for kind in types}
    found: dict[str, Any] = {}
    for name, body in given.items():
        if name in names and isinstance(body, Mapping):
            found |= {name + DOT + number: one for number, one in body.items()}
        else:
            found[name] = body
    return found


def column_of(name: str) -> str:
    """The column of the results in which an input stands: its name, or NAME_given where an
    outcome is called the same."""
    return f"{name}_given" if name in NAMES else name


def sampling_luck(seed: int, stream: int) -> np.random.Generator:
    """What a sample is drawn with: stream 0 for parameters, 1 for levers."""
    return np.random.default_rng([seed, stream])


def sensitive_shares(
    design: str, quantities: int, points: int, luck: np.random.Generator
) -> np.ndarray:
    """Where between low (0) and high (1) each quantity stands in each row of a sensitive
    design, (rows, quantities).

    `morris`: `points` trajectories of quantities + 1 rows; `saltelli`: `points` times quantities +
    2 rows (a power of two).
    """
    from SALib.sample import morris, sobol

    problem = {
        "num_vars": quantities,
        "names": [f"q{at}" for at in range(quantities)],
        "bounds": [[0.0, 1.0]] * quantities,
    }
    if design == "morris":
        return np.asarray(morris.sample(problem, points, num_levels=LEVELS, seed=luck))
    return np.asarray(sobol.sample(problem, points, calc_second_order=False, seed=luck))

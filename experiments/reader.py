"""A sweep as a researcher writes it, in TOML or Python, made a design, with everything that is
wrong with it said at once."""

from __future__ import annotations

import itertools
import math
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError
from village_alliances.experiments.axes import Axes
from village_alliances.experiments.design import PART, POINT, Design, Sweep, contenders_of
from village_alliances.experiments.sampling import SENSITIVE
from village_alliances.sim import region as regions
from village_alliances.sim import technology
from village_alliances.sim.asked import portfolio_in
from village_alliances.sim.files import there
from village_alliances.sim.loading import load
from village_alliances.sim.loading import names as shipped
from village_alliances.sim.metrics import MAIN, NAMES
from village_alliances.sim.own import OwnOutcome, outcomes_of
from village_alliances.sim.parameters import REGIONAL, Quantity, default_mode, levers, parameters
from village_alliances.sim.problems import Problem, TableError, Text, quoted
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio, Strategy, StrategyError
from village_alliances.sim.strategy import names as strategies
from village_alliances.sim.structured import Strict, problems_of, read_frame, read_toml
from village_alliances.sim.table.memory import as_frame
from village_alliances.sim.technology import ProjectType, TechnologyError
from village_alliances.sim.uncertain import DOT, numbers_of_types
from village_alliances.sim.worded import counted, worded
from village_alliances.wording import apart

MOST_RUNS = 10**9
MOST_CELLS = 1_000_000
MOST_PARTS = 200_000  # files in a folder
SWEEP_FILE = worded("problems.design.sweep_file")


def read_design(path: str | Path) -> Design:
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
        text = Text(error.strerror or str(error))
        raise TableError([Problem(str(path), None, None, text, SWEEP_FILE)]) from error
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
    return _DesignReader(sweep, Path(file)).design()


class _Place(Strict):
    source: str
    label: str = ""
    region: str = ""
    start: int = 0


class _Portfolio(Strict):
    label: str
    default: str
    by: dict[str, str] = Field(default_factory=dict)


class _DesignReader(Axes):
    """Turns a sweep into a design, and gathers all that is wrong with it."""

    def design(self) -> Design:
        sweep = self.sweep
        scenarios = self.labelled("scenarios", sweep.scenarios, self.scenario)
        portfolios = self.labelled("strategies", sweep.strategies, self.portfolio)
        self.match(portfolios, scenarios)
        self.types = self.technology()
        settings = self.settings()
        sample, moved = self.sample()
        own = self.own()
        for name in sweep.rivals:
            self.is_among("rivals", name, RIVALS)
        for name in sweep.series:
            self.is_among("series", name, (*NAMES, *own))
        chosen = {"main": MAIN, "all": NAMES}.get(str(sweep.outcomes)) or tuple(sweep.outcomes)
        for name in chosen:
            self.is_among("outcomes", name, NAMES)
        set_or_moved = {*moved, *(name for setting in settings for name in setting)}
        for name in set_or_moved & {*sweep.uncertainties}:
            self.say(f"uncertainties.{name}", name, worded("problems.design.lever_or_uncertain"))
        every = (*parameters(), *REGIONAL, *numbers_of_types(self.types))
        kept = {"none": (), "all": every}.get(str(sweep.keep_parameters))
        for name in sweep.keep_parameters if kept is None else ():
            self.is_among("keep_parameters", name, every)
        mode = sweep.parameters or default_mode()
        cells = len(scenarios) * len(settings) * len(contenders_of(portfolios, sweep.rivals))
        runs = cells * sweep.replicates * len(next(iter(sample.values()), (0,)))
        if runs > MOST_RUNS:
            self.say(
                "replicates",
                worded("problems.design.count_runs", count=counted(runs)),
                worded("problems.design.most_runs_all", most=MOST_RUNS),
            )
        size = sweep.runs_a_part or max(
            [PART // max(1, s.size * s.ticks) for s in scenarios.values()] + [1]
        )
        if cells > MOST_CELLS:
            self.say(
                "levers", counted(cells), worded("problems.design.most_cells", most=MOST_CELLS)
            )
        if (parts := runs // size) > MOST_PARTS:
            expected = worded("problems.design.most_parts", most=MOST_PARTS)
            self.say("runs_a_part", counted(parts), expected)
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

    def own(self) -> dict[str, OwnOutcome]:
        """Outcomes of one's own; none where what is given cannot be used."""
        source = self.sweep.own
        if isinstance(source, str) and there(self.file.parent / source):
            source = self.file.parent / source
        try:
            return outcomes_of(source)
        except TableError as error:
            self.problems += error.problems
        except ValueError as error:
            self.say("own", source, worded("problems.design.outcomes_s_own", error=error))
        return {}

    def labelled(self, place: str, values: Sequence[Any], reader: Any) -> dict[str, Any]:
        """What stands in a list, by its label; no label twice."""
        labelled: dict[str, Any] = {}
        for i, value in enumerate(values):
            label, content = reader(f"{place}[{i}]", value) or ("", None)
            if label in labelled:
                self.say(
                    f"{place}[{i}]",
                    label,
                    worded("problems.design.another_label_taken"),
                )
            if content is not None:
                labelled[label] = content
        return labelled

    def scenario(self, place: str, stated: Any) -> tuple[str, Scenario] | None:
        label, pair = stated if isinstance(stated, tuple) and len(stated) == 2 else ("", stated)
        if isinstance(pair, Scenario):
            return label or pair.name, pair.lasting(self.sweep.years or pair.years)
        body = self.shaped(place, _Place, {"source": stated} if isinstance(stated, str) else stated)
        if body is None or (
            body.region and not self.is_among(f"{place}.region", body.region, regions.names())
        ):
            return None
        near = self.file.parent / body.source
        if not there(near) and not near.suffix and not self.is_among(place, body.source, shipped()):
            return None
        source = near if body.source not in shipped() and there(near) else body.source
        try:
            pair = load(source, region=body.region, start=body.start, years=self.sweep.years)
        except TableError as error:
            self.problems += error.problems
        except (OSError, ValueError) as error:
            self.say(place, body.source, str(error))
        else:
            return body.label or pair.name, pair
        return None

    def portfolio(self, place: str, source: Any) -> tuple[str, Portfolio] | None:
        try:
            label, pair = source if isinstance(source, tuple) and len(source) == 2 else ("", source)
            if isinstance(pair, (Strategy, Portfolio)):
                pair = pair if isinstance(pair, Portfolio) else Portfolio(pair)
                return label or pair.name, pair
            if (
                isinstance(source, str)
                and not source.endswith(".toml")
                and ":" not in source
                and not self.is_among(place, source, strategies())
            ):
                return None
            if isinstance(source, str):
                return (pair := Portfolio(self.near(source))).name, pair
            body = self.shaped(place, _Portfolio, source)
            if body is not None:
                return body.label, Portfolio(
                    self.near(body.default),
                    {where: self.near(text) for where, text in body.by.items()},
                )
        except StrategyError as error:
            self.refuse(place, source, error)
        return None

    def match(self, portfolios: Mapping[str, Portfolio], scenarios: Mapping[str, Scenario]) -> None:
        """Refuse a portfolio that names places which one of the scenarios does not have."""
        for label, portfolio in portfolios.items():
            for scenario in scenarios.values():
                try:
                    portfolio_in(scenario, portfolio)
                except StrategyError as error:
                    self.refuse(f"strategies.{label}", ", ".join(portfolio.by), error)

    def refuse(self, place: str, source: Any, error: StrategyError) -> None:
        expected = worded("problems.design.strategy", error=Text(str(error), error.message("zh")))
        self.say(place, source, expected)

    def technology(self) -> tuple[ProjectType, ...]:
        """The project types of the sweep; the shipped ones where what is given cannot be used."""
        source = self.sweep.technology
        if isinstance(source, tuple) and all(isinstance(kind, ProjectType) for kind in source):
            return source or technology.shipped()
        if not isinstance(source, str):
            self.say("technology", source, worded("problems.design.toml_file_project_types"))
            return technology.shipped()
        near = self.file.parent / source
        try:
            return technology.read((near if there(near) else Path(source)) if source else None)
        except TechnologyError as error:
            en, zh = (error.message(lang).splitlines() for lang in ("en", "zh"))
            usable = worded(
                "problems.design.project_types_can_used",
                problems=Text(apart(en, "en"), apart(zh, "zh")),
            )
            self.say("technology", source, usable)
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
            settings = []
            for i, setting in enumerate(given):
                axes = self.axes(f"levers[{i}]", setting, levers(), bounded=True)
                for axis in axes:
                    if len(axis.values) != 1:
                        self.say(
                            f"levers[{i}].{axis.name}",
                            setting[axis.name],
                            worded("problems.design.number"),
                        )
                settings.append({axis.name: axis.values[0] for axis in axes if axis.values})
            return settings or [{}]
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
        quantities: dict[str, Quantity | None] = {
            **dict.fromkeys(REGIONAL),
            **parameters(),
            **numbers_of_types(self.types),
        }
        ranges = by_dotted_name(self.sweep.uncertainties, self.types)
        if self.sweep.sample is not None:
            return self.given(quantities)
        axes = self.axes("uncertainties", ranges, quantities, bounded=False)
        if self.sweep.design not in SENSITIVE:
            return self.points(axes), ()
        of_levers = self.sweep.levers if isinstance(self.sweep.levers, Mapping) else {}
        aside = _DesignReader(
            self.sweep, self.file
        )  # what is wrong with levers is said where they are set
        given_levers = aside.axes("levers", of_levers, levers(), bounded=True)
        moved = [axis for axis in given_levers if len(axis.values) != 1]
        axes += moved
        if not axes and not self.problems:
            self.say("uncertainties", {}, worded("problems.design.least_quantity_vary"))
        sample = self.sampled("uncertainties", axes, self.sweep.points, "points", 0)
        return sample, tuple(axis.name for axis in moved)

    def given(
        self, quantities: Mapping[str, Quantity | None]
    ) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
        """The sample that somebody brings: name -> (points,), and which of the names are levers."""
        sweep = self.sweep
        for name, value, usual in (
            ("uncertainties", sweep.uncertainties, {}), ("points", sweep.points, 0), ("design", sweep.design, "grid"),
        ):  # fmt: skip
            if value != usual:
                problem = worded("problems.design.nothing_beside_sample_says")
                self.say(name, value, problem)
        table = self.table(sweep.sample)
        if table is None:
            return {}, ()
        if POINT not in table and list(table.index) != list(range(len(table))):
            self.say("sample", "an index of its own", worded("problems.design.index_from_nought"))
            return {}, ()
        if not len(table) or not self.small("sample", table.size):
            self.say("sample", "no row", worded("problems.design.row_point"))
            return {}, ()
        columns: dict[str, np.ndarray] = {}
        for name in map(str, table.columns):
            place = f"sample.{name}"
            if name == POINT or not self.is_among(place, name, [*quantities, *levers()]):
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
                columns[name] = values
        return columns, tuple(name for name in columns if name in levers())

    def table(self, source: Any) -> pd.DataFrame | None:
        """A sample as a table: of a file beside the sweep's file, or in memory;
        None with the problem noted."""
        expected = worded("problems.design.csv_parquet_file_table")
        try:
            if not isinstance(source, (str, Path)):
                return as_frame(source, "sample")
            near = self.file.parent / source
            path = near if there(near) else Path(source)
            return read_frame(path)
        except ValueError as error:
            why = error.problems[0].found if isinstance(error, TableError) else error
            problem = worded("problems.design.expected_but", expected=expected, error=why)
            self.say("sample", source, problem)
        return None


def by_dotted_name(stated: Mapping[str, Any], types: Sequence[ProjectType]) -> dict[str, Any]:
    """Tables of a project type's numbers (`let.profit_rate = "prior"` in
    TOML) by their dotted names."""
    names = {kind.name for kind in types}
    ranges: dict[str, Any] = {}
    for name, body in stated.items():
        if name in names and isinstance(body, Mapping):
            ranges |= {name + DOT + number: value for number, value in body.items()}
        else:
            ranges[name] = body
    return ranges

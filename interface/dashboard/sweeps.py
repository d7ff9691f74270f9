"""Sweeps that run on the server, asked by the form about any villages and strategies, or by a sweep
file that a visitor wrote."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from village_alliances.experiments import store
from village_alliances.experiments.design import Design, Sweep
from village_alliances.experiments.reader import expand
from village_alliances.experiments.sweep import carry_out
from village_alliances.interface.dashboard import again, tables
from village_alliances.interface.dashboard.answers import mode_of, scenario_of
from village_alliances.interface.dashboard.institutions import is_strategy, strategy_of
from village_alliances.interface.dashboard.jobs import Cancelled, Job, Jobs
from village_alliances.interface.dashboard.places import smaller_than
from village_alliances.interface.dashboard.state import OWN_TABLE, STEPS, Asked, from_query
from village_alliances.interface.dashboard.tables import MOST_VILLAGES, OwnTable
from village_alliances.interface.dashboard.technologies import Types
from village_alliances.interface.dashboard.turns import TURNS
from village_alliances.sim.files import LARGEST_TEXT, read_file, write_atomically
from village_alliances.sim.kept import forget_oldest, user_folder
from village_alliances.sim.loading import names as scenarios
from village_alliances.sim.problems import Problem, TableError, Text, quoted
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.structured import shaped, toml_of
from village_alliances.sim.worded import worded

MOST_WORK = 40_000_000  # village-quarters of a sweep that is started from the page: a minute or two
MOST_TEXT = 20_000  # characters of a sweep file
MOST_KEPT = 30  # finished sweeps on disk
FILE, QUESTION = "sweep.toml", "question.txt"
LARGEST_QUESTION = 10_000_000  # bytes of an address, with the table that it may carry
RIVALS = ("even",)  # of a sweep that the form asks


@dataclass(kw_only=True)
class SweepJob(Job):
    """One sweep. `note`: name and content of the file from which a later life of the server finds
    it; `asked`: the form's question."""

    design: Design
    note: tuple[str, str] | None = None
    asked: Asked | None = None
    done: int = 0
    failed: int = 0
    runs: int = 0

    @property
    def folder(self) -> Path:
        """Where its parts lie."""
        return home() / self.name

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take at the pace so far; None before there is one."""
        gone = time.monotonic() - self.begun
        if self.state != "running" or not self.done or gone < 0.5:
            return None
        return gone * (self.runs - self.done) / self.done


_SWEEPS: Jobs[SweepJob] = Jobs("sweep", most=MOST_KEPT)


def home() -> Path:
    """The server's folder of sweeps."""
    return Path(os.environ.get("VILLAGE_ALLIANCES_SWEEPS") or user_folder() / "sweeps")


def varied(asked: Asked) -> str:
    """The lever that the form varies."""
    return asked.vary or next(iter(STEPS))


def most_runs(asked: Asked, scenario: Scenario) -> int:
    """Runs of each setting and strategy that a sweep of the form can have, each
    strategy beside one rival."""
    allying = sum(strategy_of(strategy).allies for strategy in asked.strategies)
    contenders = len(asked.strategies) + 1 + len(RIVALS) * allying
    work = scenario.size * scenario.ticks * len(STEPS[varied(asked)]) * contenders
    return MOST_WORK // max(1, work)


def design_asked(asked: Asked, own: OwnTable | None, types: Types | None = None) -> Design:
    """The design of the form: the question's villages, strategies and settings, one lever of them
    varied. Raises TableError."""
    scenario = scenario_of(asked, own)
    if scenario is None:
        raise TableError([_problem("scenarios", worded("problems.page_sweeps.table"), worded("problems.page_sweeps.village_table"))])  # fmt: skip
    levers: dict[str, Any] = dict(asked.levers)
    levers[varied(asked)] = [float(value) for value in STEPS[varied(asked)]]
    return _bounded(
        expand(
            Sweep(
                name="page",
                scenarios=((asked.source, scenario),),
                strategies=tuple(
                    (strategy, Portfolio(strategy_of(strategy))) for strategy in asked.strategies
                ),
                technology=types.types if types is not None else "",
                rivals=RIVALS,
                levers=levers,
                parameters=mode_of(asked.mode),
                replicates=asked.runs,
                seed=asked.seed,
                years=asked.years,
            ),
            FILE,
        )
    )


def file_of(asked: Asked, own: OwnTable | None = None, types: Types | None = None) -> str:
    """The form's question as a sweep file. What is the planner's own it names by the files of
    `files_beside`."""
    names = again.strategies_of(asked.strategies)
    listed = ", ".join(quoted_toml(names.get(strategy, strategy)) for strategy in asked.strategies)
    place = quoted_toml(asked.source)
    if asked.source == OWN_TABLE and own is not None:
        source = quoted_toml(tables.file_of(own.table))
        place = f'{{source = {source}, region = "{asked.region}", start = {asked.start}}}'
    steps = ", ".join(f"{value:g}" for value in STEPS[varied(asked)])
    lines = [
        'name = "page"',
        f"scenarios = [{place}]",
        f"strategies = [{listed}]",
        *([f"technology = {quoted_toml(types.name)}"] if types is not None else []),
        'rivals = ["even"]',
        f"replicates = {asked.runs}",
        f"seed = {asked.seed}",
        *([f"years = {asked.years}"] if asked.years else []),
        *([f'parameters = "{asked.mode}"'] if asked.mode else []),
        'outcomes = "main"',
        "",
        "[levers]",
        *(f"{name} = {value:.10g}" for name, value in asked.levers if name != varied(asked)),
        f"{varied(asked)} = [{steps}]",
    ]
    return "\n".join(lines) + "\n"


def files_beside(asked: Asked, own: OwnTable | None, types: Types | None) -> dict[str, bytes]:
    """What the sweep file reads that is the planner's own, by name."""
    table = own.table if own is not None and asked.source == OWN_TABLE else None
    return again.files_of(asked.strategies, types.digest if types is not None else "", table)


def quoted_toml(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


def design_of(text: str) -> Design:
    """The design in a sweep file that a visitor wrote. Names of files are refused: only shipped
    scenarios and strategies.

    Raises TableError with every problem at once.
    """
    if len(text) > MOST_TEXT:
        size = worded("problems.page_sweeps.characters", count=len(text))
        most = worded("problems.page_sweeps.most", most_text=MOST_TEXT)
        raise TableError([_problem(None, size, most)])
    body = toml_of(text, FILE)
    problems = _foreign(body)
    if problems:
        raise TableError(problems)
    return _bounded(expand(shaped(FILE, Sweep, body), FILE))


def _bounded(design: Design) -> Design:
    """The design, where it asks for no more than the page carries out. Raises TableError."""
    played = len(design.contenders) + 1  # no alliance once more, from which gains are told
    villages = sum(s.size * s.ticks for s in design.scenarios.values())
    work = villages * len(design.settings) * design.runs_a_cell * played
    if work > MOST_WORK:
        text_found = worded(
            "problems.page_sweeps.runs_village_quarters", runs=design.runs, work=work
        )
        most = worded("problems.page_sweeps.most_here_larger", most_work=MOST_WORK)
        raise TableError([_problem(None, text_found, most)])
    return design


def _foreign(body: Mapping[str, Any]) -> list[Problem]:
    """Whatever names something that is not shipped with the model."""
    problems = []
    small = {place.name for place in smaller_than(MOST_VILLAGES)}
    for key, fits in (("scenarios", small.__contains__), ("strategies", is_strategy)):
        listed = body.get(key, [])
        for i, entry in enumerate(listed if isinstance(listed, list) else [listed]):
            if not (isinstance(entry, str) and fits(entry)):
                expected = worded("problems.page_sweeps.name_shipped")
                if key == "scenarios" and entry in scenarios():
                    expected = worded(
                        "problems.page_sweeps.most_villages_here", most_villages=MOST_VILLAGES
                    )
                problems.append(_problem(f"{key}[{i}]", quoted(entry), expected))
    return problems


def _problem(column: str | None, text: Text, expected: Text) -> Problem:
    return Problem(FILE, None, column, text, expected)


def start(text: str) -> SweepJob:
    """Begin the sweep of a file, or take up the one of the same design that is
    there. Raises TableError."""
    design = design_of(text)
    return _begun(SweepJob(name=design.hash, design=design, note=(FILE, text)))


def ask(asked: Asked, own: OwnTable | None, types: Types | None = None) -> SweepJob:
    """Begin the form's sweep, or take up the one of the same design that is
    there. Raises TableError."""
    design = design_asked(asked, own, types)
    carried = types is None and (asked.source != OWN_TABLE or bool(asked.table))
    question = replace(asked, sweep="", hunt="", hand="", beside="")
    note = (QUESTION, question.to_query()) if carried else None
    return _begun(SweepJob(name=design.hash, design=design, note=note, asked=question))


def resumed(job: SweepJob) -> SweepJob:
    """Take up a sweep that was stopped or lost: it goes on from what it has stored."""
    return _begun(SweepJob(name=job.name, design=job.design, note=job.note, asked=job.asked))


def _begun(job: SweepJob) -> SweepJob:
    job.runs = job.design.runs
    return _SWEEPS.start(job, _carry_out)


def find(name: str) -> SweepJob | None:
    """The sweep of that name; one of an earlier life of the server is read from its folder."""
    job = _SWEEPS.find(name)
    if job is None and name.isalnum():
        try:
            job = _read(home() / name)
        except (TableError, OSError):
            return None
    return job if job is not None and job.name == name else None


def _read(folder: Path) -> SweepJob | None:
    if (folder / FILE).exists():
        return start(read_file(folder / FILE, LARGEST_TEXT).decode())
    if (folder / QUESTION).exists():
        question = from_query(read_file(folder / QUESTION, LARGEST_QUESTION).decode())
        return ask(question, tables.unpack(question.table) if question.table else None)
    return None


def cancel(job: SweepJob) -> None:
    """Stop a sweep; what it has stored stays."""
    job.stop.set()


def _carry_out(job: SweepJob) -> None:
    def progress(done: int, failed: int, runs: int) -> None:
        job.done, job.failed, job.runs = done, failed, runs
        if job.stop.is_set():
            raise Cancelled
        TURNS.make_way()

    summary = carry_out(job.design, job.folder, progress=progress)
    if job.note is not None:
        name, content = job.note
        write_atomically(job.folder / name, content.encode())
    job.state = "done" if summary.complete else "lost"
    _tidy()


def _tidy() -> None:
    """Forget the oldest of many finished sweeps."""
    busy = _SWEEPS.busy()
    gone = forget_oldest(home(), lambda path: path.name not in busy and is_ours(path), MOST_KEPT)
    for old in gone:
        _SWEEPS.forget(old.name)


def is_ours(folder: Path) -> bool:
    """Whether a folder is that of a sweep which this page has finished: by its name,
    its manifest and its note."""
    called_so = re.fullmatch(r"[0-9a-f]{16}", folder.name) is not None
    notes = [(folder / name).is_file() for name in (FILE, QUESTION)]
    return called_so and (folder / "manifest.json").is_file() and any(notes)


def table(job: SweepJob) -> pd.DataFrame:
    """Every run of a finished sweep."""
    return store.read_runs(job.folder)

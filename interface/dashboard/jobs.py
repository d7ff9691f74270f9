"""Sweeps that run on the server: they belong to it, not to a tab, so that a reload finds them again by their name in the address."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from village_alliances.experiments import store
from village_alliances.experiments.design import Design, Sweep, expand
from village_alliances.experiments.sweep import sweep
from village_alliances.interface.dashboard.institutions import is_strategy
from village_alliances.interface.dashboard.places import smaller_than
from village_alliances.interface.dashboard.tables import MOST_VILLAGES
from village_alliances.interface.dashboard.turns import TURNS
from village_alliances.sim.files import write_atomically
from village_alliances.sim.kept import forget_oldest, user_folder
from village_alliances.sim.problems import Problem, TableError, Text, quoted
from village_alliances.sim.scenario import names as scenarios
from village_alliances.sim.structured import shaped, toml_of

log = logging.getLogger("village_alliances.interface.dashboard")
MOST_WORK = 40_000_000  # village-quarters of a sweep that is started from the page: a minute or two
MOST_TEXT = 20_000  # characters of a sweep file
MOST_KEPT = 30  # finished sweeps on disk
FILE = "sweep.toml"
_one_at_a_time = threading.Lock()
_jobs: dict[str, Job] = {}
_guard = threading.Lock()


class Cancelled(Exception):
    """Somebody pressed the button."""


@dataclass
class Job:
    """One sweep. `state`: waiting, running, done, cancelled or lost."""

    name: str
    design: Design
    text: str
    state: str = "waiting"
    done: int = 0
    failed: int = 0
    runs: int = 0
    begun: float = 0.0  # clock of the first run
    reference: str = ""
    stop: threading.Event = field(default_factory=threading.Event)

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


def home() -> Path:
    """The server's folder of sweeps."""
    return Path(os.environ.get("VILLAGE_ALLIANCES_SWEEPS") or user_folder() / "sweeps")


def most_runs(village_quarters: int, settings: int, strategies: int) -> int:
    """Runs of each setting and strategy that a sweep of the form can have, each strategy beside one rival; `village_quarters`: of one
    run. `strategies`: those that ally."""
    return MOST_WORK // max(1, village_quarters * settings * (2 + 2 * strategies))


def design_of(text: str) -> Design:
    """The design in a sweep file that a visitor wrote. Names of files are refused: only shipped scenarios and strategies.

    Raises TableError with every problem at once.
    """
    if len(text) > MOST_TEXT:
        raise TableError(
            [
                _problem(
                    None,
                    Text(f"{len(text):,} characters", f"{len(text):,} 个字"),
                    Text(f"at most {MOST_TEXT:,}", f"不超过 {MOST_TEXT:,}"),
                )
            ]
        )
    body = toml_of(text, FILE)
    problems = _foreign(body)
    if problems:
        raise TableError(problems)
    design = expand(shaped(FILE, Sweep, body), FILE)
    played = len(design.contenders) + 1  # no alliance once more, from which gains are told
    work = (
        sum(s.size * s.ticks for s in design.scenarios.values())
        * len(design.settings)
        * design.runs_a_cell
        * played
    )
    if work > MOST_WORK:
        found = Text(
            f"{design.runs:,} runs, {work:,} village-quarters",
            f"{design.runs:,} 次运行、{work:,} 村季",
        )
        most = Text(
            f"at most {MOST_WORK:,} here; larger ones with `alliances sweep`",
            f"本页不超过 {MOST_WORK:,}；更大的请用命令 alliances sweep",
        )
        raise TableError([_problem(None, found, most)])
    return design


def _foreign(body: Mapping[str, Any]) -> list[Problem]:
    """Whatever names something that is not shipped with the model."""
    found = []
    small = {place.name for place in smaller_than(MOST_VILLAGES)}
    for key, fits in (("scenarios", small.__contains__), ("strategies", is_strategy)):
        listed = body.get(key, [])
        for at, one in enumerate(listed if isinstance(listed, list) else [listed]):
            if not (isinstance(one, str) and fits(one)):
                expected = Text("the name of a shipped one", "自带的名称")
                if key == "scenarios" and one in scenarios():
                    expected = Text(
                        f"at most {MOST_VILLAGES:,} villages here; larger ones with `alliances sweep`",
                        f"本页不超过 {MOST_VILLAGES:,} 个村；更大的请用命令 alliances sweep",
                    )
                found.append(_problem(f"{key}[{at}]", quoted(one), expected))
    return found


def _problem(column: str | None, found: Text, expected: Text) -> Problem:
    return Problem(FILE, None, column, found, expected)


def start(text: str) -> Job:
    """Begin a sweep, or take up the one of the same design that is there. Raises TableError."""
    design = design_of(text)
    with _guard:
        job = _jobs.get(design.hash)
        if job is None or job.state in ("cancelled", "lost"):
            job = Job(design.hash, design, text, runs=design.runs)
            _jobs[job.name] = job
            threading.Thread(
                target=_carry_out, args=(job,), daemon=True, name=f"sweep {job.name}"
            ).start()
    return job


def find(name: str) -> Job | None:
    """The sweep of that name; one of an earlier life of the server is read from its folder."""
    with _guard:
        job = _jobs.get(name)
    note = home() / name / FILE if name.isalnum() else None
    if job is None and note is not None and note.exists():
        try:
            job = start(note.read_text(encoding="utf-8"))
        except (TableError, OSError):
            return None
    return job if job is not None and job.name == name else None


def cancel(job: Job) -> None:
    """Stop a sweep; what it has stored stays."""
    job.stop.set()


def _carry_out(job: Job) -> None:
    def progress(done: int, failed: int, runs: int) -> None:
        job.done, job.failed, job.runs = done, failed, runs
        if job.stop.is_set():
            raise Cancelled
        TURNS.make_way()

    try:
        with _one_at_a_time:
            if job.stop.is_set():
                raise Cancelled
            job.state, job.begun = "running", time.monotonic()
            summary = sweep(job.design, job.folder, progress=progress)
            write_atomically(job.folder / FILE, job.text.encode())
            job.state = "done" if summary.complete else "lost"
            _tidy()
    except Cancelled:
        job.state = "cancelled"
    except Exception:
        job.reference = uuid.uuid4().hex[:8]
        log.exception("%s: sweep %s was lost", job.reference, job.name)
        job.state = "lost"


def _tidy() -> None:
    """Forget the oldest of many finished sweeps."""
    with _guard:
        busy = {name for name, job in _jobs.items() if job.state in ("waiting", "running")}
        for old in forget_oldest(
            home(), lambda path: path.name not in busy and is_ours(path), MOST_KEPT
        ):
            _jobs.pop(old.name, None)


def is_ours(folder: Path) -> bool:
    """Whether a folder is that of a sweep which this page has finished: by its name, its manifest and its sweep file."""
    called_so = re.fullmatch(r"[0-9a-f]{16}", folder.name) is not None
    return called_so and all((folder / name).is_file() for name in ("manifest.json", FILE))


def table(job: Job) -> pd.DataFrame:
    """Every run of a finished sweep."""
    return store.read(job.folder)

"""`alliances propose TABLE`: which villages should ally with which, how, and with what money."""

from __future__ import annotations

import contextlib
import math
import re
import shlex
import signal
import threading
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from village_alliances.interface import inputs, terminal
from village_alliances.interface.cli import FINE, INTERRUPTED, CommandStopped, complain
from village_alliances.interface.proposed import answer_files, lines
from village_alliances.sim.problems import TableError, Text
from village_alliances.sim.structured import read_json
from village_alliances.sim.worded import worded
from village_alliances.wording import grouped, say

if TYPE_CHECKING:
    from village_alliances.experiments.propose.search import Step
    from village_alliances.experiments.propose.task import Task
    from village_alliances.sim.scenario import Scenario

OBJECTIVE, SIZE, RADIUS = "weak_villages_50k", "2-9", "8"
ROUNDS, FRESH = "3", "200"
CHECKPOINT = "search.npz"
PAUSE = 10.0  # seconds between lines that say that work goes on
_SIZE = re.compile(r"(\d+)\s*[-–—~至到]\s*(\d+)")
_KM = re.compile(r"(\d+(?:\.\d+)?)\s*(?:km|公里|千米)?")


def arguments(parser: ArgumentParser, lang: str) -> None:
    """TABLE, what to attain with what money, what an alliance may be, how long
    to search, where to write."""
    from village_alliances.experiments.propose.objectives import PARTS

    names = ", ".join(PARTS)
    inputs.add_table(parser, lang)
    parser.add_argument(
        "--objective", default=OBJECTIVE, metavar="O", help=_help("objective", lang, names=names)
    )
    for name, default, metavar in (
        ("budget", "", "YUAN"),
        ("size", SIZE, "A-B"),
        ("radius", RADIUS, "KM"),
        ("strategies", "", "A,B"),
        ("grants", "", "A,B"),
    ):
        parser.add_argument(f"--{name}", default=default, metavar=metavar, help=_help(name, lang))
    for name in ("must", "never"):
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar="A,B", help=_help(name, lang)
        )
    parser.add_argument(
        "--keep",
        choices=("existing", "fixed"),
        default="",
        metavar="existing|fixed",
        help=_help("keep", lang),
    )
    parser.add_argument("--stages", action="store_true", help=_help("stages", lang))
    parser.add_argument("--allow-unstable", action="store_true", help=_help("allow_unstable", lang))
    inputs.add_technology(parser, lang)
    inputs.add_luck(parser, lang)
    parser.add_argument(
        "--effort", default="", metavar="N", help=_help("effort", lang, default=ROUNDS)
    )
    parser.add_argument("--minutes", default="", metavar="M", help=_help("minutes", lang))
    parser.add_argument(
        "--runs", default=FRESH, metavar="N", help=_help("runs", lang, default=FRESH)
    )
    inputs.add_workers(parser, lang)
    inputs.add_out(parser, lang, "out/TABLE-proposal")
    inputs.add_json(parser, lang)


def _help(name: str, lang: str, **values: str) -> str:
    return say(f"propose.option.{name}", lang, **values)


def run(options: Namespace) -> int:
    """Search, measure, write the files, print the answer."""
    lang = options.lang
    reader = inputs.Reader(options)
    scenario = reader.scenario()
    task = _task(reader, scenario) if scenario is not None else None
    rounds, runs = reader.whole("effort", 1, 1000), reader.whole("runs", 20, 100_000)
    threads, minutes = (
        reader.whole("workers", 1, inputs.MOST_THREADS),
        _figure(reader, "minutes", 0.0),
    )
    out = reader.folder(f"out/{scenario.name if scenario else 'table'}-proposal")
    if task is not None:
        _no_other_search(reader, out, task)
    reader.done()
    assert scenario is not None and task is not None
    from village_alliances.experiments.propose import propose
    from village_alliances.experiments.propose.notes import note
    from village_alliances.experiments.propose.simulator import Stopped

    terminal.compile_once(lang)
    if task.places_only:
        terminal.notice(say("propose.places_only", lang, note=note("places_only")[lang]))
    began = time.monotonic()
    with _Stop(lang) as stop:
        tell = _Told(lang)
        try:
            proposal = propose(
                task,
                rounds=rounds,
                fresh_runs=runs,
                threads=threads,
                checkpoint=out / CHECKPOINT,
                stop=stop.asked,
                enough=(lambda: time.monotonic() - began > 60 * minutes) if minutes else None,
                say=tell,
                measuring=tell.measuring,
            )
        except Stopped:
            complain(say("propose.too_early", lang))
            return INTERRUPTED
    from village_alliances.experiments.propose import report
    from village_alliances.experiments.propose.brief import brief_files

    again = command(options)
    beside = answer_files(proposal, scenario) | brief_files(proposal, task, lang, again)
    files = report.write(proposal, scenario, out, lang, again, beside=beside)
    if options.json:
        print(proposal.json(), end="")
    else:
        print("\n".join(lines(proposal, scenario, lang)))
        named = [path.relative_to(out).as_posix() for path in files if path.parent == out]
        print("\n" + terminal.files([*named, "figures/"], out, lang))
    return INTERRUPTED if proposal.hunt.stopped else FINE


# What was asked


def _task(reader: inputs.Reader, scenario: Scenario) -> Task | None:
    """The question of a command line; what cannot be read is noted. None if
    there is something wrong."""
    from village_alliances.experiments.propose.task import MUST, NEVER, SIZES, Task, problems
    from village_alliances.experiments.propose.task import RADIUS as KM

    options = reader.options
    before = len(reader.problems)
    size = _SIZE.fullmatch(options.size.strip())
    if size is None:
        reader.wrong(
            worded("problems.asked.size_two_numbers", size=options.size),
        )
    radius = _KM.fullmatch(options.radius.strip().lower())
    if radius is None:
        reader.wrong(
            worded("problems.asked.radius_kilometres_km", radius=options.radius),
        )
    strategies = reader.strategies(options.strategies, scenario) if options.strategies else []
    grants = _figures(reader, "grants")
    must, never = _groups(reader, "must", MUST, scenario), _groups(reader, "never", NEVER, scenario)
    budget, levers, mode, seed = (
        _figure(reader, "budget", -1.0),
        reader.levers(),
        reader.mode(),
        reader.whole("seed", 0, inputs.BEST_SEED),
    )
    reader.in_yuan("budget", options.budget, budget)
    low, high = (int(size[1]), int(size[2])) if size else SIZES
    task = Task(
        scenario,
        options.objective,
        0.0,
        low=low,
        high=high,
        radius=float(radius[1]) if radius else KM,
        strategies=tuple(strategies),
        grants=tuple(grants),
        must=must,
        never=never,
        keep=options.keep,
        allow_unstable=options.allow_unstable,
        stages=options.stages,
        seed=seed,
        mode=mode,
        levers=levers,
        types=reader.types(),
    )
    if len(reader.problems) > before and any("strateg" in problem for problem in reader.problems):
        return None
    task = task.within(budget if budget >= 0 else task.usual_budget)
    reader.problems += [Text(str(p), p.lang("zh")) for p in problems(task)]
    return task if len(reader.problems) == before else None


def _no_other_search(reader: inputs.Reader, out: Path, task: Task) -> None:
    """Note where the folder holds the unfinished search of another question: it would be lost."""
    from village_alliances.experiments.propose.memory import question_of

    checkpoint, answer = out / CHECKPOINT, out / "proposal.json"
    if not checkpoint.exists() or question_of(checkpoint) in ("", task.id):
        return
    if (
        not answer.exists()
        or answer.stat().st_mtime < checkpoint.stat().st_mtime
        or _stopped(answer)
    ):
        reader.wrong(
            worded("problems.asked.out_holds_unfinished_search", out=out, name=checkpoint.name),
        )


def _stopped(answer: Path) -> bool:
    """Whether this proposal.json is that of a search that was stopped."""
    try:
        return bool(read_json(answer)["hunt"]["stopped"])
    except (TableError, KeyError, TypeError):
        return False


def _figure(reader: inputs.Reader, name: str, blank: float) -> float:
    from village_alliances.experiments.requirement import figure_of

    text = str(getattr(reader.options, name)).strip()
    if not text:
        return blank
    try:
        value = figure_of(text)
    except ValueError:
        value = -1.0
    if not value >= 0:
        reader.wrong(
            worded("problems.asked.number_more", name=name, text=text),
        )
    return max(value, 0.0)


def _figures(reader: inputs.Reader, name: str) -> list[float]:
    from village_alliances.experiments.requirement import figure_of

    figures = []
    for part in filter(
        None, (p.strip() for p in re.split("[,，、;；]", str(getattr(reader.options, name))))
    ):
        try:
            figures.append(figure_of(part))
        except ValueError:
            reader.wrong(worded("problems.asked.number", name=name, part=part))
        else:
            reader.in_yuan(name, part, figures[-1])
    return figures


def _groups(
    reader: inputs.Reader, name: str, message: Text, scenario: Scenario
) -> tuple[tuple[int, ...], ...]:
    """The groups of villages of an option that may be repeated; names that are not
    clear are noted."""
    from village_alliances.experiments.propose.task import groups_of

    named_groups: list[tuple[int, ...]] = []
    for text in getattr(reader.options, name):
        groups, problems = groups_of(scenario, text, message)
        named_groups += groups
        reader.problems += problems
    return tuple(named_groups)


# While it runs


class _Stop:
    """Ctrl-C or a polite kill once: stop and keep the best so far; twice: leave at once."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.pressed = False

    def asked(self) -> bool:
        """Whether somebody wants it to stop."""
        return self.pressed

    def __enter__(self) -> _Stop:
        self.before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            self.before = {
                which: signal.signal(which, self._press)
                for which in (signal.SIGINT, signal.SIGTERM)
            }
        return self

    def __exit__(self, *_: object) -> None:
        for which, before in self.before.items():
            signal.signal(which, before)

    def _press(self, which: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise CommandStopped
        self.pressed = True
        with contextlib.suppress(RuntimeError):  # it came while another line was being written
            complain(say("propose.stop_once", self.lang))


class _Told:
    """How the search goes, a line now and then on the error stream."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.first = True
        self.stage = ""
        self.last = -math.inf  # the first line comes at once
        self.done = -1

    def __call__(self, step: Step) -> None:
        """A step of the search."""
        seconds, simulated = f"{step.seconds:.0f}", grouped(step.simulated, self.lang)
        if step.choice is None:
            if self._long_ago() or self.stage != step.stage:
                self.stage = step.stage
                self._note(step.stage, simulated=simulated, seconds=seconds)
        elif self.first:
            self.first = False
            self._note("first", seconds=seconds, alliances=_allied(step))
        elif not step.round:
            self._note("looked", seconds=seconds, simulated=simulated, alliances=_allied(step))
        else:
            left = step.seconds / max(1, step.round) * max(0, step.rounds - step.round)
            self._note(
                "round", round=step.round, rounds=step.rounds, simulated=simulated,
                alliances=_allied(step), left=f"{left:.0f}",
            )  # fmt: skip

    def measuring(self, done: int, total: int) -> None:
        """A step of the measuring."""
        if done != self.done or self._long_ago():
            self.done = done
            self._note("measuring", done=done, total=total)

    def _long_ago(self) -> bool:
        return time.monotonic() - self.last >= PAUSE

    def _note(self, key: str, **values: Any) -> None:
        self.last = time.monotonic()
        terminal.notice(say(f"propose.{key}", self.lang, **values))


def _allied(step: Step) -> int:
    """Alliances of the best choice so far, villages funded singly aside."""
    return sum(len(c.members) > 1 for c in step.choice.candidates) if step.choice else 0


def command(options: Namespace) -> str:
    """The command that gives this proposal again."""
    words = ["alliances", "propose", options.table]
    for name in (
        "region",
        "start",
        "years",
        "sheet",
        "objective",
        "budget",
        "size",
        "radius",
        "strategies",
        "grants",
        "technology",
        "keep",
        "seed",
        "mode",
        "effort",
        "minutes",
        "runs",
    ):
        if value := str(getattr(options, name) or ""):
            words += [f"--{name}", value]
    for name in ("column", "must", "never", "lever"):
        for value in getattr(options, name):
            words += [f"--{name}", value]
    words += [
        f"--{name}"
        for name in ("stages", "allow-unstable")
        if getattr(options, name.replace("-", "_"))
    ]
    return shlex.join(words)

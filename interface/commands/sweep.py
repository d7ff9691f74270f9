"""`alliances sweep FILE --out DIR`: carry out a design, and go on where it stopped; `alliances
sweep status DIR`: how it stands."""

from __future__ import annotations

import contextlib
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from village_alliances.interface import terminal
from village_alliances.interface.cli import (
    BAD_INPUT,
    FINE,
    INTERRUPTED,
    SOME_FAILED,
    UNEXPECTED,
    complain,
)
from village_alliances.interface.inputs import MOST_RUNS, MOST_THREADS, Reader, add_json
from village_alliances.sim.worded import worded
from village_alliances.wording import grouped, listed, say, titled

if TYPE_CHECKING:
    from village_alliances.experiments.design import Design
    from village_alliances.experiments.store import Counts
    from village_alliances.experiments.sweep import Summary

STATUS = "status"
LINE_EVERY = 5.0  # seconds between lines where there is no terminal


def arguments(parser: ArgumentParser, lang: str) -> None:
    """FILE or `status DIR`, --out, --workers, --dask, --max-runs, --retry-failed, --json."""
    parser.add_argument("file", metavar="FILE", help=say("sweep.option.file", lang))
    parser.add_argument("folder", metavar="DIR", nargs="?", help=say("sweep.option.folder", lang))
    parser.add_argument("--out", metavar="DIR", default="", help=say("sweep.option.out", lang))
    parser.add_argument(
        "--workers", metavar="N", default="", help=say("sweep.option.workers", lang)
    )
    parser.add_argument(
        "--dask", metavar="tcp://HOST:PORT", default="", help=say("sweep.option.dask", lang)
    )
    parser.add_argument(
        "--max-runs", metavar="N", default="", help=say("sweep.option.max_runs", lang)
    )
    parser.add_argument(
        "--retry-failed", action="store_true", help=say("sweep.option.retry_failed", lang)
    )
    add_json(parser, lang)


def run(options: Namespace) -> int:
    """Carry out the sweep, or say how one stands."""
    lang = options.lang
    reader = Reader(options)
    workers, most = reader.whole("workers", 1, MOST_THREADS), reader.whole("max_runs", 1, MOST_RUNS)
    if options.file == STATUS:
        if not options.folder:
            complain(say("sweep.sweep.needs_folder", lang))
            return BAD_INPUT
        return status(options.folder, lang, options.json)
    if options.folder:
        reader.wrong(worded("sweep.sweep.needs_file", found=options.folder))
    if not options.out:
        reader.wrong(worded("sweep.sweep.needs_out"))
    if options.dask and options.workers:
        reader.wrong(worded("sweep.sweep.one_of_two"))
    reader.done()

    from village_alliances.experiments.cluster import dask_executor
    from village_alliances.experiments.reader import read_design
    from village_alliances.experiments.sweep import carry_out

    design = read_design(options.file)
    say_plan(design, options.file, lang)
    with Bar(lang) as bar, contextlib.ExitStack() as stack:
        chosen: dict[str, Any] = {"workers": workers}
        if options.dask:
            executor, ahead = stack.enter_context(dask_executor(options.dask))
            chosen = {"executor": executor, "ahead": ahead}
        summary = carry_out(
            design,
            options.out,
            max_runs=most,
            retry_failed=options.retry_failed,
            progress=bar,
            **chosen,
        )
    tell(summary, options.out, lang, options.json)
    return exit_code(summary)


def exit_code(summary: Summary) -> int:
    """130 interrupted, 1 stopped by workers or disk, 3 some runs failed or were lost, else 0."""
    if summary.interrupted:
        return INTERRUPTED
    if summary.stopped is not None:
        return UNEXPECTED
    return SOME_FAILED if summary.failed or summary.lost else FINE


def say_plan(design: Design, file: str, lang: str) -> None:
    """What is going to be run."""
    counts = {
        "scenarios": len(design.scenarios),
        "contenders": len(design.contenders),
        "settings": len(design.settings),
        "points": design.points,
        "replicates": design.sweep.replicates,
        "runs": design.runs,
        "parts": len(design.parts),
    }
    text = {name: grouped(count, lang) for name, count in counts.items()}
    complain(say("sweep.sweep.plan", lang, name=design.sweep.name or Path(file).stem, **text))
    for note in design.notes:
        complain(terminal.wrap(titled(say("cli.warnings", lang), lang, note.lang(lang))))


def tell(summary: Summary, folder: str, lang: str, as_json: bool) -> None:
    """How the sweep went."""
    if as_json:
        from village_alliances.sim.outputs import document

        body = {
            name: getattr(summary, name)
            for name in ("runs", "done", "failed", "interrupted", "engine", "storing", "seconds")
        }
        print(
            document(
                {**body, "lost": summary.lost, "stopped": summary.stopped and str(summary.stopped)},
                indent=None,
            )
        )
        return
    if summary.stopped is not None:
        complain(say("sweep.sweep.stopped", lang, reason=summary.stopped.lang(lang)))
    if summary.lost:
        complain(
            say(
                "sweep.sweep.lost",
                lang,
                parts=len(summary.lost),
                error=list(summary.lost.values())[-1],
            )
        )
    which = "complete" if summary.complete else "some"
    print(
        say(
            f"sweep.sweep.{which}",
            lang,
            done=grouped(summary.done, lang),
            runs=grouped(summary.runs, lang),
            folder=folder,
        )
    )
    if summary.failed:
        print(
            say("sweep.sweep.some_failed", lang, count=grouped(summary.failed, lang), folder=folder)
        )
    seconds = {
        name: grouped(getattr(summary, name), lang, ",.1f")
        for name in ("seconds", "engine", "storing")
    }
    print(say("sweep.sweep.times", lang, **seconds))
    if summary.complete:
        print(say("sweep.sweep.read_it", lang, folder=folder))


def status(folder: str, lang: str, as_json: bool) -> int:
    """How the sweep in a folder stands: runs by status, the first failed ones, damaged parts."""
    from village_alliances.experiments.store import STATUSES, Store

    counts: Counts = Store(folder).counts()
    if as_json:
        from village_alliances.sim.outputs import document

        body = {
            "runs": counts.runs,
            **{name: counts.by_status[name] for name in STATUSES},
            "busy": counts.busy,
        }
        print(
            document(
                {
                    **body,
                    "failed": counts.failed,
                    "damaged": counts.damaged,
                    "strays": counts.strays,
                },
                indent=None,
            )
        )
        return FINE
    rows = [
        (name, grouped(counts.by_status[name], lang), say(f"sweep.status.{name.lower()}", lang))
        for name in STATUSES
    ]
    print(terminal.table(rows, "<><"))
    if counts.busy:
        print(say("sweep.status.busy", lang))
    if counts.damaged:
        print(say("sweep.status.damaged", lang, parts=", ".join(map(str, counts.damaged))))
    if counts.strays:
        print(say("sweep.status.strays", lang, files=listed(counts.strays, lang)))
    if counts.failed:
        print(say("sweep.status.examples", lang))
        for row in counts.failed:
            print(
                "  "
                + terminal.printable(
                    ", ".join(f"{name}={value}" for name, value in row.items() if value is not None)
                )
            )
    return FINE


class Bar:
    """How far a sweep is: a bar with rate and time left on a terminal, a plain
    line now and then elsewhere."""

    def __init__(self, lang: str, stream: TextIO | None = None) -> None:
        self.lang = lang
        self.stream = stream or sys.stderr
        self.bar: Any = None
        self.began = self.said = time.monotonic()
        self.at_first = -1

    def __call__(self, done: int, failed: int, total: int) -> None:
        """`done` of `total` runs are stored, `failed` of them FAILED."""
        note = (
            say("sweep.sweep.failed", self.lang, count=grouped(failed, self.lang)) if failed else ""
        )
        if self.at_first < 0:
            self.at_first, self.began = done, time.monotonic()
            if done:
                complain(say("sweep.sweep.going_on", self.lang, done=grouped(done, self.lang)))
            if self.stream.isatty():
                from tqdm import tqdm

                unit = say("cli.run_unit", self.lang)
                self.bar = tqdm(
                    total=total,
                    initial=done,
                    unit=unit,
                    file=self.stream,
                    leave=False,
                    dynamic_ncols=True,
                )
        elif self.bar is not None:
            self.bar.set_postfix_str(note.strip(", ，"), refresh=False)
            self.bar.update(done - self.bar.n)
        elif time.monotonic() - self.said >= LINE_EVERY:
            self.said = time.monotonic()
            self._line(done, total, note)

    def _line(self, done: int, total: int, note: str) -> None:
        rate = (done - self.at_first) / max(self.said - self.began, 1e-9)
        left = ""
        if rate > 0:
            left = say("sweep.sweep.left", self.lang, left=_clock((total - done) / rate))
        numbers = {
            "done": grouped(done, self.lang),
            "total": grouped(total, self.lang),
            "share": f"{done / total:.0%}",
            "rate": grouped(rate, self.lang, ",.0f"),
        }
        print(
            say("sweep.sweep.line", self.lang, left=left, failed=note, **numbers),
            file=self.stream,
            flush=True,
        )

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"

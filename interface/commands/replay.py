"""`alliances replay DIR RUN_ID`: one run of a sweep again, with everything that happened in it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from village_alliances.interface import terminal
from village_alliances.interface.cli import FINE, complain
from village_alliances.wording import grouped, say


def arguments(parser: ArgumentParser, lang: str) -> None:
    """DIR, RUN_ID, --out."""
    parser.add_argument("folder", metavar="DIR", help=say("sweep.option.results", lang))
    parser.add_argument("run_id", metavar="RUN_ID", help=say("sweep.option.run_id", lang))
    parser.add_argument(
        "--out", metavar="DIR", default="", help=say("sweep.option.replay_out", lang)
    )


def run(options: Namespace) -> int:
    """Replay the run, and write the tables of its history and run.json."""
    from village_alliances.experiments.replay import replay

    lang = options.lang
    history = replay(options.folder, options.run_id)
    about = history.about
    names = {
        "scenario": about["sweep_scenario"],
        "strategy": about["sweep_strategy"],
        "run": about["run"],
        "seed": about["seed"],
    }
    print(say("sweep.replay.header", lang, run_id=options.run_id, **names))
    print(
        say(
            "sweep.replay.same" if about["held_against_stored"] else "sweep.replay.not_stored",
            lang,
            events=grouped(len(history.events), lang),
        )
    )
    if about["events_lost"]:
        complain(say("sweep.replay.lost", lang, count=about["events_lost"]))
    out = Path(options.out or f"out/replay-{options.run_id}")
    written = history.write(out)
    print(terminal.files((path.name for path in written), out, lang))
    return FINE

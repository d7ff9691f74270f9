"""`alliances timeline DIR RUN_ID` or `timeline TABLE --run R`: why a village's income moved, its
series beside what happened."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from village_alliances.interface import inputs, terminal
from village_alliances.interface.commands.run import STRATEGY, lived
from village_alliances.sim.worded import worded
from village_alliances.wording import say, titled


def arguments(parser: ArgumentParser, lang: str) -> None:
    """DIR RUN_ID, or TABLE with --strategy, --technology and --run; --village, luck,
    --out, --json."""
    parser.add_argument("table", metavar="TABLE|DIR", help=say("timeline.option.source", lang))
    parser.add_argument(
        "run_id", metavar="RUN_ID", nargs="?", default="", help=say("timeline.option.run_id", lang)
    )
    for name in ("region", "start", "years"):
        parser.add_argument(
            f"--{name}", default="", metavar=name[0].upper(), help=say(f"cli.option.{name}", lang)
        )
    parser.add_argument(
        "--village", default="", metavar="NAME", help=say("timeline.option.village", lang)
    )
    inputs.add_single_run(parser, lang, STRATEGY, "out/timeline-TABLE")


def run(options: Namespace) -> int:
    """Run once more, or for the first time; write the files; print what moved the line."""
    lang = options.lang
    reader = inputs.Reader(options)
    folder = Path(options.table)
    if (folder / "manifest.json").exists():
        if not options.run_id:
            reader.wrong(worded("timeline.wrong.run_id", folder=folder))
        out = reader.folder(f"out/timeline-{options.run_id}")
        reader.done()
        from village_alliances.experiments.replay import replay

        history = replay(folder, options.run_id)
        from village_alliances.experiments.wording import strategy_title

        title, number = strategy_title(history.about["sweep_strategy"], lang), history.about["run"]
    else:
        if options.run_id:
            reader.wrong(worded("timeline.wrong.only_folder", found=options.run_id))
        lived_run = lived(reader, "timeline")
        out, history, title, number = (
            lived_run.out,
            lived_run.history,
            lived_run.title,
            lived_run.number,
        )
    from village_alliances.experiments.export import write_timeline
    from village_alliances.experiments.timeline import plain, timeline
    from village_alliances.sim.outputs import document

    words = timeline(history, options.village)
    files = write_timeline(words, out, lang)
    if options.json:
        print(document({**plain(words), "out": [str(path) for path in files]}))
        return 0
    print(
        terminal.wrap(
            say("timeline.say.heading", lang, village=words.village, title=title, run=number)
        )
        + "\n"
    )
    for sentence in words.sentences(lang):
        print(terminal.wrap(sentence))
    print("\n" + terminal.wrap(say("timeline.say.one_run", lang)))
    for warning in reader.warnings:
        print(terminal.wrap(titled(say("cli.warnings", lang), lang, warning)))
    print(terminal.files((path.name for path in files), out, lang))
    return 0

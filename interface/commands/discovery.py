"""`alliances discovery TABLE|DIR --strategy S --fails BOUNDS`: under which
conditions a strategy fails."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from village_alliances.interface import inputs, terminal
from village_alliances.sim.worded import worded
from village_alliances.wording import joined, say, titled

STRATEGY = "strong_leads_weak"
FAILS = "gain_mean<=0"
RUNS = "4000"


def arguments(parser: ArgumentParser, lang: str) -> None:
    """TABLE or DIR, --strategy, --fails, --runs, luck, where to write."""
    parser.add_argument("table", metavar="TABLE|DIR", help=say("discovery.option.source", lang))
    for name in ("region", "start", "years"):
        parser.add_argument(
            f"--{name}", default="", metavar=name[0].upper(), help=say(f"cli.option.{name}", lang)
        )
    parser.add_argument(
        "--strategy",
        default="",
        metavar="S",
        help=say("discovery.option.strategy", lang, default=STRATEGY),
    )
    parser.add_argument(
        "--scenario", default="", metavar="NAME", help=say("discovery.option.scenario", lang)
    )
    parser.add_argument(
        "--fails",
        default=FAILS,
        metavar="BOUNDS",
        help=say("discovery.option.fails", lang, default=FAILS),
    )
    parser.add_argument(
        "--runs", default=RUNS, metavar="N", help=say("discovery.option.runs", lang, default=RUNS)
    )
    inputs.add_luck(parser, lang)
    inputs.add_technology(parser, lang)
    inputs.add_workers(parser, lang)
    inputs.add_out(parser, lang, "out/discovery-TABLE")
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Make or take the runs, look for the box, write the files, print the sentences."""
    lang = options.lang
    reader = inputs.Reader(options)
    rule = reader.bounds(options.fails)
    if not rule and not reader.problems:
        reader.wrong(
            worded("problems.asked.fails_name_least_bound"),
        )
    folder = Path(options.table)
    if any((folder / name).exists() for name in ("manifest.json", "runs.parquet")):
        out = reader.folder(f"{folder}-discovery")
        reader.done()
        from village_alliances.experiments.discovery.runs import stored

        runs = stored(folder, options.strategy, options.scenario)
    else:
        scenario = reader.scenario()
        name = options.strategy or STRATEGY
        strategy = reader.strategy(name, scenario)
        count, seed = (
            reader.whole("runs", 1, inputs.MOST_RUNS),
            reader.whole("seed", 0, inputs.BEST_SEED),
        )
        mode, levers, threads = (
            reader.mode(),
            reader.levers(),
            reader.whole("workers", 1, inputs.MOST_THREADS),
        )
        technology = reader.technology()
        out = reader.folder(f"out/discovery-{scenario.name if scenario else 'table'}")
        reader.done()
        assert scenario is not None and strategy
        from village_alliances.experiments.discovery.runs import runs_of
        from village_alliances.experiments.specs import specified_portfolio

        terminal.compile_once(lang)
        from village_alliances.sim.technology import read

        portfolio = specified_portfolio(inputs.called(name), scenario)
        with terminal.Progress(lang) as progress:
            runs = runs_of(
                scenario,
                portfolio,
                runs=count,
                seed=seed,
                set_levers=levers,
                mode=mode,
                types=read(Path(technology)) if technology else (),
                threads=threads,
                progress=progress,
            )
    from village_alliances.experiments.discovery.files import plain, write
    from village_alliances.experiments.discovery.search import search
    from village_alliances.sim.outputs import document

    result = search(runs, rule)
    files = write(result, out, lang)
    if options.json:
        print(document({**plain(result), "out": [str(path) for path in files]}))
    else:
        print(
            terminal.wrap(
                say(
                    "discovery.print.header",
                    lang,
                    scenario=runs.place[lang],
                    strategy=runs.title[lang],
                )
            )
            + "\n"
        )
        print(terminal.wrap(joined(result.sentences(lang), lang)) + "\n")
        for warning in reader.warnings:
            print(terminal.wrap(titled(say("cli.warnings", lang), lang, warning)))
        print(terminal.files((path.name for path in files), out, lang))
    return 3 if runs.failed else 0

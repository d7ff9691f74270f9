"""`alliances compare TABLE`: strategies side by side under the same luck;
tables, figures and a report."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from village_alliances.interface import compared, comparing, inputs, terminal
from village_alliances.sim.problems import Text
from village_alliances.sim.worded import counted, worded
from village_alliances.wording import bracketed, grouped, listed, say, titled, typed

if TYPE_CHECKING:
    from village_alliances.experiments.alternatives import Alternative
    from village_alliances.experiments.answer.evidence import ComparedOptions
    from village_alliances.experiments.answer.inquire import Inquiry
    from village_alliances.experiments.answer.lines import AnswerText
    from village_alliances.experiments.comparison import Comparison
    from village_alliances.experiments.sensitivity.files import Explanation
    from village_alliances.sim.scenario import Scenario

ALONE = "none"  # what partitions of one's own are compared with where no strategy is named
RUNS = "500"
MEMORY = 0.6  # of the machine's, that a comparison may fill
LINES = 15  # of an answer on the terminal, with the line that says where the rest is
ROWS = 2  # of its table at least: the head and one strategy


def arguments(parser: ArgumentParser, lang: str) -> None:
    """TABLE, --strategies, --runs, luck, what to ask beside, where to write."""
    comparing.add_question(parser, lang, RUNS)
    parser.add_argument(
        "--alternatives", default="", metavar="FILE", help=say("cli.option.alternatives", lang)
    )
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=say("cli.option.parameter", lang),
    )
    parser.add_argument(
        "--outcomes", default="", metavar="FILE", help=say("cli.option.outcomes", lang)
    )
    parser.add_argument(
        "--require", default="", metavar="BOUNDS", help=say("cli.option.require", lang)
    )
    parser.add_argument("--rivals", default="", metavar="A,B", help=say("cli.option.rivals", lang))
    parser.add_argument("--no-rivals", action="store_true", help=say("cli.option.no_rivals", lang))
    parser.add_argument("--parts", action="store_true", help=say("cli.option.parts", lang))
    parser.add_argument(
        "--precision", default="0.1", metavar="P", help=say("cli.option.precision", lang)
    )
    parser.add_argument(
        "--sensitivity", default="", metavar="DIR", help=say("cli.option.sensitivity", lang)
    )
    inputs.add_workers(parser, lang)
    inputs.add_out(parser, lang, "out/TABLE")
    parser.add_argument("--full", action="store_true", help=say("cli.option.full", lang))
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Compare, print the answer, write the files."""
    lang = options.lang
    reader = inputs.Reader(options)
    scenario = reader.scenario()
    strategies: list[Any] = list(
        reader.strategies(
            options.strategies or (ALONE if options.alternatives else comparing.STRATEGIES),
            scenario,
        )
    )
    settings = comparing.settings(reader)
    required, own = reader.requirements(), reader.outcomes()
    fixed, precision = reader.fixed(settings["types"]), reader.share("precision")
    rivals = reader.rivals()
    strategies += _alternatives(reader, scenario, settings["levers"], strategies)
    if scenario is not None and strategies:
        ensembles = len(strategies) * (1 + len(rivals))
        _fits(reader, scenario.years, ensembles, settings["runs"], len(strategies))
    analysis = _sensitivity(reader, scenario, strategies)
    out = reader.folder(f"out/{scenario.name if scenario else 'table'}")
    reader.done()
    assert scenario is not None
    from village_alliances.sim.outputs import document

    result = comparing.simulated(
        scenario,
        strategies,
        lang,
        **settings,
        fixed=fixed,
        outcomes=own,
        rivals=rivals,
        require=required,
        parts=options.parts,
        precision=precision,
    )
    if not options.json:  # the answer first: drawing takes longer than the runs
        shown_lines = full if options.full else lines
        print("\n".join(shown_lines(result, lang, reader.warnings)), flush=True)
    from village_alliances.experiments.export import answer, write

    files = write(result, out, lang, analysis)
    if options.json:
        print(document({**answer(result), "out": [str(path) for path in files]}))
    else:
        print(_where(files, out, lang, full=options.full))
    return 3 if result.failed else 0


def _alternatives(
    reader: inputs.Reader, scenario: Scenario | None, chosen: dict[str, float], named: Sequence[Any]
) -> list[Alternative]:
    """The partitions in --alternatives; what is wrong with them is noted."""
    if not reader.options.alternatives or scenario is None:
        return []
    from village_alliances.experiments import alternatives
    from village_alliances.sim.problems import TableError

    try:
        partitions = alternatives.load(reader.options.alternatives, scenario, chosen)
    except TableError as error:
        reader.problems.append(Text(error.message("en"), error.message("zh")))
        return []
    for alternative in partitions:
        if alternative.name in named:
            reader.wrong(
                worded("problems.asked.alternatives_also_name_strategy", name=alternative.name),
            )
    return partitions


def _sensitivity(
    reader: inputs.Reader, scenario: Scenario | None, strategies: Sequence[Any]
) -> Explanation | None:
    """What the analysis in --sensitivity says of these villages under one of these strategies; a
    problem is noted if it is of others."""
    folder = reader.options.sensitivity
    if not folder or scenario is None or not strategies:
        return None
    from village_alliances.experiments.refused import Refused
    from village_alliances.experiments.sensitivity.files import explanation
    from village_alliances.experiments.specs import labelled

    try:
        return explanation(folder, scenario, labelled(strategies, scenario))
    except Refused as error:
        reader.wrong(
            worded(
                "problems.compare.sensitivity",
                value=Text(error.message("en"), error.message("zh")),
            )
        )
        return None


def _fits(reader: inputs.Reader, years: int, ensembles: int, runs: int, strategies: int) -> None:
    """Note a problem where the runs would not fit into the machine's memory."""
    if not hasattr(os, "sysconf"):
        return
    from village_alliances.sim.metrics import NAMES

    memory = MEMORY * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    each = 2 * ensembles * ((years + 1) * len(NAMES) * 8 + 32 * years)
    if runs * each > memory:
        most = counted(max(1, int(memory / each)))
        reader.wrong(
            worded(
                "problems.asked.runs_strategies_do_fit", runs=runs, strategies=strategies, most=most
            ),
        )


def _where(files: Sequence[Path], out: Path, lang: str, full: bool) -> str:
    """Where the rest is: the folder and what to open first; every file by
    name where all is asked for."""
    if full:
        return terminal.files(_named(files, out, lang), out, lang)
    return terminal.wrap(say("cli.compare.where", lang, folder=out))


def _named(files: Sequence[Path], out: Path, lang: str) -> list[str]:
    """The files by name; the figures as one folder."""
    names = [path.relative_to(out).as_posix() for path in files]
    figures = sum(name.startswith("figures/") for name in names)
    plain_names = [name for name in names if not name.startswith("figures/")]
    return [
        "report.html",
        *(name for name in plain_names if name != "report.html"),
        *([f"figures/{bracketed(str(figures), lang)}"] if figures else []),
    ]


def lines(c: Comparison, lang: str, warned: Sequence[str] = ()) -> list[str]:
    """The answer as it stands on the terminal: headline, four lines, one small
    table, what to find out first."""
    from village_alliances.experiments.answer.comparison import answer_of, evidence_of, inquiry_of
    from village_alliances.experiments.verdict import warnings

    answer = answer_of(c)
    inquiry = inquiry_of(c) if answer.lines else None
    lines = answered(answer, evidence_of(c), inquiry, lang) + _asked_beside(c, lang)
    failed = [warnings(c, lang)[0]] if c.failed else []
    for warning in [*failed, *warned]:
        lines.append(terminal.wrap(titled(say("cli.warnings", lang), lang, warning)))
    return lines


def answered(
    answer: AnswerText, e: ComparedOptions, inquiry: Inquiry | None, lang: str
) -> list[str]:
    """An answer in LINES, less the one that says where the rest is: the table holds the best
    strategies for which there is room. That nothing is worth asking stands in the brief."""
    from village_alliances.experiments.answer import words
    from village_alliances.experiments.answer.questions import first_question

    said = [terminal.wrap(sentence) for sentence in answer.sentences(lang)]
    if not answer.lines:
        return said
    asked = inquiry is not None and (inquiry.worthwhile or not inquiry.worths)
    last = [terminal.wrap(first_question(inquiry, lang))] if inquiry and asked else []
    room = LINES - 1 - sum(1 + text.count("\n") for text in said + last)
    rows = words.table(e, lang, most=room) if room >= ROWS else []
    return [*said, *([terminal.table(rows, "<>>>>>>")] if rows else []), *last]


def full(c: Comparison, lang: str, warned: Sequence[str] = ()) -> list[str]:
    """The answer with all its tables and warnings."""
    from village_alliances.experiments.answer.comparison import answer_of
    from village_alliances.experiments.verdict import warnings

    answer = answer_of(c, in_full=True)
    lines = [
        terminal.wrap(header(c, lang)),
        "",
        *map(terminal.wrap, [*answer.sentences(lang), *answer.first(lang)]),
        "",
    ]
    lines += [
        titled(say("cli.compare.outcomes", lang, year=c.last_year), lang),
        compared.outcomes(c, lang),
        terminal.wrap(say("cli.compare.reading", lang)),
    ]
    if c.named_rivals:
        title = say("cli.compare.rivals", lang)
        lines += ["", terminal.wrap(titled(title, lang)), compared.rivals(c, lang)]
    if projects := compared.projects(c, lang):
        lines += [
            "",
            terminal.wrap(titled(say("cli.compare.projects", lang), lang)),
            projects,
        ]
    lines += _asked_beside(c, lang)
    if note := compared.runs_needed(c, lang):
        lines += ["", terminal.wrap(note)]
    lines += [
        "",
        terminal.wrap(titled(say("cli.compare.drawn", lang), lang, compared.drawn(c, lang))),
    ]
    for warning in [*warnings(c, lang), *warned]:
        lines += [terminal.wrap(titled(say("cli.warnings", lang), lang, warning))]
    return lines


def _asked_beside(c: Comparison, lang: str) -> list[str]:
    """The tables that are there only where somebody asked for them: requirements, parts
    of the gain, institutions."""
    notes = []
    if c.satisfied is not None:
        notes += [
            "",
            titled(say("cli.compare.requirements", lang), lang),
            compared.satisfied(c, lang),
        ]
    if c.parts is not None and len(c.parts):
        notes += ["", terminal.wrap(titled(say("cli.compare.parts", lang), lang))]
        notes += [compared.parts(c, lang)]
    if c.institutions is not None and len(c.institutions):
        notes += ["", terminal.wrap(titled(say("cli.compare.institutions", lang), lang))]
        notes += [compared.institutions(c, lang)]
    return notes


def header(c: Comparison, lang: str) -> str:
    """What was asked, in a line."""
    set_here = sorted({**c.levers, **c.fixed}.items())
    chosen = listed((f"{name}={typed(value, lang)}" for name, value in set_here), lang)
    return say(
        "cli.compare.header",
        lang,
        title=c.scenario.title[lang],
        name=c.scenario.name,
        villages=grouped(c.scenario.size, lang),
        alliances=len(c.scenario.given),
        first=c.scenario.start,
        last=c.last_year,
        runs=grouped(c.runs, lang),
        seed=c.seed,
        mode=say(f"cli.compare.{c.mode}", lang),
        levers=say("cli.compare.levers", lang, levers=chosen) if chosen else "",
    )

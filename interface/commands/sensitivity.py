"""`alliances sensitivity TABLE`: what the gain of a strategy hangs on; screening and shares of the
spread, tables and figures."""

from __future__ import annotations

import difflib
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from village_alliances.interface import inputs, ranges, terminal
from village_alliances.interface.commands.sweep import Bar
from village_alliances.sim.problems import Text
from village_alliances.sim.worded import worded
from village_alliances.wording import bracketed, grouped, joined, say, titled
from village_alliances.wording.numbers import band, percent, quantity, span

if TYPE_CHECKING:
    from village_alliances.experiments.sensitivity.finding import Finding
    from village_alliances.sim.scenario import Scenario
    from village_alliances.sim.strategy import Portfolio

STRATEGY = "strong_leads_weak"
COUNTS = {
    "trajectories": 20,
    "points": 256,
    "replicates": 8,
    "keep": 20,
}  # as in experiments/sensitivity/study.py, which help does not wait for
SHOWN = 10  # quantities on the terminal
METHODS = ("morris", "sobol", "both")


def arguments(parser: ArgumentParser, lang: str) -> None:
    """TABLE (or a sweep file, or a finished sweep), --strategy, --outcome, --method, how many
    runs, luck, where to write."""
    inputs.add_table(parser, lang)
    parser.add_argument(
        "--strategy",
        default="",
        metavar="S",
        help=say("sensitivity.option.strategy", lang, default=STRATEGY),
    )
    parser.add_argument(
        "--outcome", default="", metavar="A,B", help=say("sensitivity.option.outcome", lang)
    )
    parser.add_argument(
        "--method",
        default="both",
        metavar="|".join(METHODS),
        help=say("sensitivity.option.method", lang),
    )
    for name, default in COUNTS.items():
        parser.add_argument(
            f"--{name}",
            default="",
            metavar="N",
            help=say(f"sensitivity.option.{name}", lang, default=default),
        )
    parser.add_argument("--seed", default="", metavar="K", help=say("cli.option.seed", lang))
    parser.add_argument(
        "--lever",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=say("sensitivity.option.lever", lang),
    )
    inputs.add_technology(parser, lang)
    inputs.add_workers(parser, lang)
    inputs.add_out(parser, lang, "out/sensitivity-TABLE", "sensitivity.option.out")
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Make the runs or take those of a finished sweep, analyse them, write the
    files, print the answer."""
    lang = options.lang
    reader = inputs.Reader(options)
    outcomes = _outcomes(reader)
    if options.method not in METHODS:
        _wrong(reader, "method", found=options.method)
    counts = {name: reader.whole(name, 1, 2**20, default) for name, default in COUNTS.items()}
    if counts["points"] & (counts["points"] - 1):
        _wrong(reader, "points", found=counts["points"], near=2 ** counts["points"].bit_length())
    seed, workers = (
        reader.whole("seed", 0, inputs.BEST_SEED),
        reader.whole("workers", 1, inputs.MOST_THREADS),
    )
    if (Path(options.table) / "manifest.json").exists():
        out = reader.folder(f"{Path(options.table)}-sensitivity")
        reader.done()
        from village_alliances.experiments.sensitivity.study import analysed

        return _tell(
            [analysed(options.table, options.strategy, outcomes, seed)], out, reader, options
        )
    scenario, portfolio, settings = _asked(reader, options)
    out = reader.folder(f"out/sensitivity-{scenario.name if scenario else 'table'}")
    reader.done()
    assert scenario is not None and portfolio is not None
    from village_alliances.experiments.sensitivity.study import study

    terminal.compile_once(lang)
    chosen = {
        **counts,
        **settings,
        **{name: counts[name] for name in COUNTS if getattr(options, name)},
        "seed": seed or settings.get("seed", 1),
    }
    with Bar(lang) as bar:
        result = study(
            scenario,
            portfolio,
            folder=out / "runs",
            method=options.method,
            outcomes=outcomes,
            workers=workers,
            progress=bar,
            **chosen,
        )
    return _tell(result, out, reader, options)


def _asked(
    reader: inputs.Reader, options: Namespace
) -> tuple[Scenario | None, Portfolio | None, dict[str, Any]]:
    """Villages, strategy, and what a sweep file says beside them."""
    if options.table.endswith(".toml"):
        return _from_file(reader, options)
    scenario = reader.scenario()
    name = options.strategy or STRATEGY
    settings = {"set_levers": _levers(reader), "types": reader.types()}
    if not reader.strategy(name, scenario) or scenario is None:
        return scenario, None, settings
    from village_alliances.experiments.specs import specified_portfolio

    portfolio = specified_portfolio(inputs.called(name), scenario)
    if portfolio.idle:
        _wrong(reader, "none")
    return scenario, portfolio, settings


def _from_file(
    reader: inputs.Reader, options: Namespace
) -> tuple[Scenario | None, Portfolio | None, dict[str, Any]]:
    from village_alliances.experiments.reader import read_design
    from village_alliances.experiments.sampling import SENSITIVE

    file = options.table
    made = read_design(file)
    asked = made.sweep
    values: dict[str, Any] = {
        "uncertainties": asked.uncertainties,
        "set_levers": _levers(reader),
        "seed": asked.seed,
        "mode": made.mode,
        "types": reader.types() or made.types,
    }
    if "replicates" in asked.model_fields_set:
        values["replicates"] = asked.replicates
    if asked.design in SENSITIVE and asked.points:
        values["trajectories" if asked.design == "morris" else "points"] = asked.points
    if isinstance(asked.levers, dict):
        values["set_levers"] = {**asked.levers, **values["set_levers"]}
    else:
        _wrong(reader, "listed", file=file)
    if len(made.scenarios) > 1:
        _wrong(reader, "one_scenario", file=file, count=len(made.scenarios))
    name = inputs.called(options.strategy) if options.strategy else ""
    working = {
        label: portfolio for label, portfolio in made.portfolios.items() if not portfolio.idle
    }
    chosen = (
        made.portfolios.get(name)
        if name
        else next(iter(working.values()))
        if len(working) == 1
        else None
    )
    if chosen is None:
        _wrong(reader, "which", file=file, names=", ".join(working))
    elif chosen.idle:
        _wrong(reader, "none")
    return next(iter(made.scenarios.values())), chosen, values


def _outcomes(reader: inputs.Reader) -> tuple[str, ...]:
    from village_alliances.sim.metrics import NAMES

    names = tuple(
        name.strip()
        for name in reader.options.outcome.replace("，", ",").split(",")
        if name.strip()
    )
    for name in names:
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, 3) or list(NAMES)
            _wrong(reader, "outcome", found=name, near=", ".join(near))
    return names


def _levers(reader: inputs.Reader) -> dict[str, Any]:
    """--lever name=value, or name=low..high to vary it."""
    from village_alliances.experiments.requirement import figure_of
    from village_alliances.sim.parameters import levers

    by_name, chosen_levers = levers(), {}
    plain: list[str] = []
    for text in reader.options.lever:
        name, _, value = (part.strip() for part in text.replace("＝", "=").partition("="))
        if ".." not in value or name not in by_name:
            plain.append(text)
            continue
        lever = by_name[name]
        try:
            low, high = (figure_of(end) for end in value.split("..", 1))
        except ValueError:
            low, high = 1.0, 0.0
        if not lever.low <= low < high <= lever.high:
            span = Text(
                *(ranges.in_words(lever, lever.low, lever.high, lang) for lang in ("en", "zh"))
            )
            _wrong(reader, "range", name=name, found=value, span=span)
        chosen_levers[name] = (low, high)
    reader.options.lever = plain
    return {**reader.levers(), **chosen_levers}


def _wrong(reader: inputs.Reader, key: str, **values: Any) -> None:
    reader.wrong(worded(f"sensitivity.wrong.{key}", **values))


def _tell(findings: Sequence[Finding], out: Path, reader: inputs.Reader, options: Namespace) -> int:
    from village_alliances.experiments.sensitivity.files import plain, write
    from village_alliances.sim.outputs import document

    lang = options.lang
    files = write(findings, out, lang)
    if options.json:
        print(document({**plain(findings), "out": [str(path) for path in files]}))
        return 0
    for finding in findings:
        print("\n".join(lines(finding, lang)) + "\n")
    for warning in reader.warnings:
        print(terminal.wrap(titled(say("cli.warnings", lang), lang, warning)))
    names = [path.relative_to(out).as_posix() for path in files]
    figures = sum(name.startswith("figures/") for name in names)
    file_names = [
        *(name for name in names if not name.startswith("figures/")),
        f"figures/{bracketed(str(figures), lang)}",
    ]
    print(terminal.files(file_names, out, lang))
    return 0


def lines(lines: Finding, lang: str) -> list[str]:
    """The answer of one method as it stands on the terminal: the first outcome
    in words and as a table."""
    outcome = next(iter(lines.frames))
    header = say(
        "sensitivity.print.header",
        lang,
        title=lines.scenario.title[lang],
        name=lines.scenario.name,
        strategy=lines.title[lang],
        method=say(f"sensitivity.print.{lines.method}", lang),
        points=grouped(lines.points, lang),
        replicates=lines.replicates,
        runs=grouped(lines.runs, lang),
        seed=lines.seed,
    )
    sentences = lines.sentences(lang, outcome)
    return [
        terminal.wrap(header),
        "",
        terminal.wrap(joined(sentences, lang)),
        "",
        table(lines, outcome, lang),
    ]


def table(finding: Finding, outcome: str, lang: str) -> str:
    """The strongest quantities of one outcome."""
    from village_alliances.sim.metrics import BY_NAME

    about, unit = finding.quantities, BY_NAME[outcome].unit
    columns = (
        ("quantity", "strength", "interval", "way")
        if finding.method == "morris"
        else ("quantity", "total", "interval", "first", "way")
    )
    rows = [tuple(say(f"sensitivity.print.{column}", lang) for column in columns)]
    for _, row in finding.frames[outcome].head(SHOWN).iterrows():
        name = str(row["quantity"])
        way = finding.way.get(outcome, {}).get(name)
        direction = (
            ""
            if way is None
            else say(f"sensitivity.print.{({1: 'up', -1: 'down'}).get(way, 'both')}", lang)
        )
        title = getattr(about[name], lang) + bracketed(name, lang)
        if finding.method == "morris":
            numbers = [
                quantity(float(row["strength"]), unit, lang),
                band(float(row["low"]), float(row["high"]), unit, lang),
            ]
        else:
            low, high = (
                percent(min(1.0, max(0.0, float(row[end])))) for end in ("total_low", "total_high")
            )
            numbers = [
                percent(min(1.0, float(row["total"]))),
                span(low, high, lang),
                percent(max(0.0, float(row["first"]))),
            ]
        rows.append((title, *numbers, direction))
    return terminal.table(rows, "<" + ">" * (len(columns) - 2) + "<")

"""`alliances compare TABLE`: strategies side by side under the same luck;
tables, figures and a report."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from village_alliances.experiments.worded import worded
from village_alliances.interface import inputs, terminal
from village_alliances.sim.problems import Text
from village_alliances.wording import say, table
from village_alliances.wording.numbers import number, percent, quantity, scale

if TYPE_CHECKING:
    import pandas as pd
    from village_alliances.experiments.alternatives import Alternative
    from village_alliances.experiments.comparison import Comparison
    from village_alliances.experiments.sensitivity.files import Explanation
    from village_alliances.sim.metrics import Outcome
    from village_alliances.sim.scenario import Scenario

STRATEGIES = "none,strong_leads_weak,industry_chain,cross_border"
ALONE = "none"  # what partitions of one's own are compared with where no strategy is named
RUNS = "500"
PROJECTS_SHOWN = 5  # of a strategy
MEMORY = 0.6  # of the machine's, that a comparison may fill
ENSEMBLES = 6  # of a strategy: itself and its rivals


def arguments(parser: ArgumentParser, lang: str) -> None:
    """TABLE, --strategies, --runs, luck, what to ask beside, where to write."""
    inputs.add_table(parser, lang)
    parser.add_argument(
        "--strategies",
        default="",
        metavar="A,B",
        help=say("cli.option.strategies", lang, default=STRATEGIES),
    )
    parser.add_argument(
        "--alternatives", default="", metavar="FILE", help=say("cli.option.alternatives", lang)
    )
    parser.add_argument(
        "--runs", default=RUNS, metavar="N", help=say("cli.option.runs", lang, default=RUNS)
    )
    inputs.add_luck(parser, lang)
    inputs.add_technology(parser, lang)
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
            options.strategies or (ALONE if options.alternatives else STRATEGIES), scenario
        )
    )
    runs, seed = (
        reader.whole("runs", 1, inputs.MOST_RUNS),
        reader.whole("seed", 0, inputs.BEST_SEED),
    )
    mode, levers, required = reader.mode(), reader.levers(), reader.requirements()
    types = reader.technology()
    fixed, own = reader.fixed(types), reader.outcomes()
    precision, threads = reader.share("precision"), reader.whole("workers", 1, inputs.MOST_THREADS)
    strategies += _alternatives(reader, scenario, levers, strategies)
    if scenario is not None and strategies:
        ensembles = len(strategies) * (1 if options.no_rivals else ENSEMBLES)
        _fits(reader, scenario.years, ensembles, runs, len(strategies))
    shown = _sensitivity(reader, scenario, strategies)
    out = reader.folder(f"out/{scenario.name if scenario else 'table'}")
    reader.done()
    assert scenario is not None
    from village_alliances.experiments.compare import compare
    from village_alliances.experiments.export import answer, write
    from village_alliances.sim.outputs import document
    from village_alliances.sim.rivals import RIVALS

    terminal.compile_once(lang)
    with terminal.Progress(lang) as progress:
        found = compare(
            scenario,
            strategies,
            runs=runs,
            seed=seed,
            levers=levers,
            fixed=fixed,
            outcomes=own,
            mode=mode,
            rivals=() if options.no_rivals else RIVALS,
            types=types,
            require=required,
            parts=options.parts,
            precision=precision,
            threads=threads,
            progress=progress,
        )
    if options.json:
        files = write(found, out, lang, shown)
        print(document({**answer(found), "out": [str(path) for path in files]}))
    else:  # the answer first: drawing takes longer than the runs
        shown_lines = full if options.full else lines
        print("\n".join(shown_lines(found, lang, reader.warnings)), flush=True)
        files = write(found, out, lang, shown)
        print(terminal.wrap(_where(files, out, lang, full=options.full)))
    return 3 if found.failed else 0


def _alternatives(
    reader: inputs.Reader, scenario: Scenario | None, chosen: dict[str, float], named: Sequence[Any]
) -> list[Alternative]:
    """The partitions in --alternatives; what is wrong with them is noted."""
    if not reader.options.alternatives or scenario is None:
        return []
    from village_alliances.experiments import alternatives
    from village_alliances.sim.problems import TableError

    try:
        found = alternatives.load(reader.options.alternatives, scenario, chosen)
    except TableError as error:
        reader.problems.append(Text(error.message("en"), error.message("zh")))
        return []
    for one in found:
        if one.name in named:
            reader.wrong(
                worded("problems.asked.alternatives_also_name_strategy", name=one.name),
            )
    return found


def _sensitivity(
    reader: inputs.Reader, scenario: Scenario | None, strategies: Sequence[Any]
) -> Explanation | None:
    """What the analysis in --sensitivity says of these villages under one of these strategies; a
    problem is noted if it is of others."""
    folder = reader.options.sensitivity
    if not folder or scenario is None or not strategies:
        return None
    from village_alliances.experiments.sensitivity.files import explanation
    from village_alliances.experiments.specs import labelled
    from village_alliances.experiments.store import Refused

    try:
        return explanation(folder, scenario, labelled(strategies, scenario))
    except Refused as error:
        reader.wrong(
            Text(f"--sensitivity {error.message('en')}", f"--sensitivity {error.message('zh')}")
        )
        return None


def _fits(reader: inputs.Reader, years: int, ensembles: int, runs: int, strategies: int) -> None:
    """Note a problem where the runs would not fit into the machine's memory."""
    if not hasattr(os, "sysconf"):
        return
    from village_alliances.sim.metrics import NAMES

    there = MEMORY * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    each = 2 * ensembles * ((years + 1) * len(NAMES) * 8 + 32 * years)
    if runs * each > there:
        most = f"{max(1, int(there / each)):,}"
        reader.wrong(
            worded(
                "problems.asked.runs_strategies_do_fit", runs=runs, strategies=strategies, most=most
            ),
        )


def _where(files: Sequence[Path], out: Path, lang: str, full: bool) -> str:
    """Where the rest is: the folder and what to open first; every file by
    name where all is asked for."""
    if full:
        return f"{say('cli.files', lang, folder=out)} {terminal.listed(_named(files, out), lang)}"
    return say("cli.compare.where", lang, folder=out)


def _named(files: Sequence[Path], out: Path) -> list[str]:
    """The files by name; the figures as one folder."""
    names = [path.relative_to(out).as_posix() for path in files]
    figures = sum(name.startswith("figures/") for name in names)
    shown = [name for name in names if not name.startswith("figures/")]
    return [
        "report.html",
        *(name for name in shown if name != "report.html"),
        *([f"figures/ ({figures})"] if figures else []),
    ]


def lines(c: Comparison, lang: str, warned: Sequence[str] = ()) -> list[str]:
    """The answer as it stands on the terminal: headline, four lines, one small
    table, what to find out first."""
    from village_alliances.experiments.answer import words
    from village_alliances.experiments.answer.comparison import answer_of, evidence_of, inquiry_of
    from village_alliances.experiments.verdict import warnings

    answer = answer_of(c)
    found = [terminal.wrap(one) for one in [*not_told(lang), *answer.sentences(lang)]]
    if answer.lines:
        found.append(terminal.table(words.table(evidence_of(c), lang), "<>>>>>>"))
        found.append(terminal.wrap(words.first_question(inquiry_of(c), lang)))
    found += _asked_beside(c, lang)
    failed = [warnings(c, lang)[0]] if c.failed else []
    for warning in [*failed, *warned]:
        found.append(terminal.wrap(terminal.titled(say("cli.warnings", lang), lang, warning)))
    return found


def full(c: Comparison, lang: str, warned: Sequence[str] = ()) -> list[str]:
    """The answer with all its tables and warnings."""
    from village_alliances.experiments.answer.comparison import answer_of
    from village_alliances.experiments.verdict import warnings

    answer = answer_of(c, in_full=True)
    found = [
        *map(terminal.wrap, not_told(lang)),
        terminal.wrap(header(c, lang)),
        "",
        *map(terminal.wrap, [*answer.sentences(lang), *answer.first(lang)]),
        "",
    ]
    found += [
        terminal.titled(say("cli.compare.outcomes", lang, year=c.last_year), lang),
        outcomes(c, lang),
        terminal.wrap(say("cli.compare.reading", lang)),
    ]
    if c.named_rivals:
        title = say("cli.compare.rivals", lang)
        found += ["", terminal.wrap(terminal.titled(title, lang)), rivals(c, lang)]
    if told := projects(c, lang):
        found += ["", terminal.wrap(terminal.titled(say("cli.compare.projects", lang), lang)), told]
    found += _asked_beside(c, lang)
    if note := runs_needed(c, lang):
        found += ["", terminal.wrap(note)]
    found += [
        "",
        terminal.wrap(terminal.titled(say("cli.compare.drawn", lang), lang, drawn(c, lang))),
    ]
    for warning in [*warnings(c, lang), *warned]:
        found += [terminal.wrap(terminal.titled(say("cli.warnings", lang), lang, warning))]
    return found


def _asked_beside(c: Comparison, lang: str) -> list[str]:
    """The tables that are there only where somebody asked for them: requirements, parts
    of the gain, institutions."""
    found = []
    if c.satisfied is not None:
        found += [
            "",
            terminal.titled(say("cli.compare.requirements", lang), lang),
            satisfied(c, lang),
        ]
    if c.parts is not None and len(c.parts):
        found += ["", terminal.wrap(terminal.titled(say("cli.compare.parts", lang), lang))]
        found += [parts(c, lang)]
    if c.institutions is not None and len(c.institutions):
        found += ["", terminal.wrap(terminal.titled(say("cli.compare.institutions", lang), lang))]
        found += [institutions(c, lang)]
    return found


def not_told(lang: str) -> list[str]:
    """The first line, where the calibration denies the model skill on incomes: only order and
    differences may be read."""
    from village_alliances.calibration.asked import refused

    return [say("cli.compare.order_only", lang)] if "income" in refused() else []


def header(c: Comparison, lang: str) -> str:
    """What was asked, in a line."""
    set_here = sorted({**c.levers, **c.fixed}.items())
    chosen = ", ".join(f"{name}={value:,g}" for name, value in set_here)
    return say(
        "cli.compare.header",
        lang,
        title=c.scenario.title[lang],
        name=c.scenario.name,
        villages=f"{c.scenario.size:,}",
        alliances=len(c.scenario.given),
        first=c.scenario.start,
        last=c.last_year,
        runs=f"{c.runs:,}",
        seed=c.seed,
        mode=say(f"cli.compare.{c.mode}", lang),
        levers=say("cli.compare.levers", lang, levers=chosen) if chosen else "",
    )


def outcomes(c: Comparison, lang: str) -> str:
    """Main outcomes, a block each: level by strategy, paired difference to the baseline, mean
    difference with its error, share better."""
    from village_alliances.calibration.asked import difference_is_told, level_is_told
    from village_alliances.sim.metrics import MAIN

    errors = c.precision.set_index(["strategy", "outcome"])
    head = (
        "",
        say("cli.compare.level", lang),
        say("cli.compare.difference", lang, baseline=c.title(c.baseline, lang)),
        say("cli.compare.mean_difference", lang),
        say("cli.compare.error", lang),
        say("cli.compare.better", lang),
    )
    rows: list[tuple[str, ...]] = [head]
    for name in (*MAIN, *c.own):
        outcome = c.about(name)
        block = c.table[c.table.outcome == name]
        by, word = scale([*block["median"], *block.p05, *block.p95], outcome.unit, lang)
        title = _with_unit(outcome_title(outcome, lang), word, lang)
        if not difference_is_told(name):
            rows.append((say("cli.compare.not_told", lang, outcome=title), "", "", "", "", ""))
            continue
        rows.append((title, "", "", "", "", ""))
        by_difference, smaller = scale(
            [*block.diff_median, *block.diff_p05, *block.diff_p95], outcome.unit, lang
        )
        unit = "" if by_difference == by else smaller.partition("/")[0]
        for row in block.itertuples():
            level = _spread(row.median, row.p05, row.p95, outcome.unit, by, signed=False)
            if not level_is_told(name):
                level = "–"
            if row.strategy == c.baseline:
                rows.append(
                    (
                        f"  {c.title(row.strategy, lang)}",
                        level,
                        say("cli.compare.baseline", lang),
                        "",
                        "",
                        "",
                    )
                )
                continue
            known = errors.loc[(row.strategy, name)]
            same = (row.median, row.p05, row.p95) == (row.diff_median, row.diff_p05, row.diff_p95)
            spread = _spread(
                row.diff_median,
                row.diff_p05,
                row.diff_p95,
                outcome.unit,
                by_difference,
                signed=True,
                word=unit,
            )
            rows.append(
                (
                    f"  {c.title(row.strategy, lang)}",
                    level,
                    say("cli.compare.same", lang) if same else spread,
                    _fine(known.mean_difference, outcome.unit, by_difference, signed=True) + unit,
                    _fine(known.se_mean, outcome.unit, by_difference) + unit,
                    percent(row.p_better),
                )
            )
    return _blocks(rows)


def outcome_title(outcome: Outcome, lang: str) -> str:
    """What an outcome is, said so that it stands by itself."""
    alone = table("cli.compare.outcome").get(outcome.name)
    return alone[lang] if alone else outcome.zh if lang == "zh" else outcome.en


def _with_unit(label: str, word: str, lang: str) -> str:
    if not word or (lang == "en" and word in label):
        return label
    return f"{label}（{word}）" if lang == "zh" else f"{label}, {word}"


def _blocks(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as a table whose one-cell rows do not widen the first column."""
    cells = [row if any(row[1:]) else ("", *row[1:]) for row in rows]
    lines = terminal.table(cells, "<<<>>>").split("\n")
    return "\n".join(
        line if any(row[1:]) else row[0] for row, line in zip(rows, lines, strict=True)
    )


def _spread(
    median: float, low: float, high: float, unit: str, by: float, *, signed: bool, word: str = ""
) -> str:
    middle, *ends = (number(value, unit, signed=signed, by=by) for value in (median, low, high))
    return f"{middle} {word}".rstrip() + f" [{ends[0]}, {ends[1]}]"


def _fine(value: float, unit: str, by: float, *, signed: bool = False) -> str:
    """A mean or an error: counts with two decimals, for means are rarely whole; shares
    with four."""
    if unit.startswith("yuan"):
        return number(value, unit, signed=signed, by=by)
    decimals = 4 if unit in ("0..1", "nats") else 2
    return f"{value:+.{decimals}f}" if signed else f"{value:.{decimals}f}"


def rivals(c: Comparison, lang: str) -> str:
    """Each strategy against each use of the same money: paired difference of the gain of weak
    villages, and share of runs better."""
    from village_alliances.experiments.answer.evidence import OUTCOME

    found = c.against[c.against.outcome == OUTCOME]
    by, word = scale([*found.diff_median, *found.diff_p05, *found.diff_p95], "yuan/year", lang)
    short = say(f"cli.compare.short.{OUTCOME}", lang)
    rows: list[tuple[str, ...]] = [
        ("", _with_unit(short, word, lang), say("cli.compare.better", lang))
    ]
    for label in dict.fromkeys(found.strategy):
        rows.append((f"  {c.title(label, lang)}", "", ""))
        for row in found[found.strategy == label].itertuples():
            spread = _spread(
                row.diff_median, row.diff_p05, row.diff_p95, "yuan/year", by, signed=True
            )
            name = say(f"compare.rival.{row.rival}", lang)
            rows.append((f"    {name}", spread, percent(row.p_better)))
    return terminal.table(rows, "<<>")


def projects(c: Comparison, lang: str) -> str:
    """What alliances begin, the most often begun first; nothing where nobody allies."""
    from village_alliances.experiments.answer.comparison import BEGUN, projects_of

    again = {label for _, *others in c.same for label in others}
    suffix = "_zh" if lang == "zh" else ""
    keys = ("begun", "price", "yearly", "jobs")
    rows: list[tuple[str, ...]] = [("", *(say(f"report.column.{key}", lang) for key in keys))]
    for label in c.strategies:
        if label in again or c.ensembles[label].portfolio.idle:
            continue
        found = projects_of(c, label)
        found = found[found["begun"] >= BEGUN].sort_values("begun", ascending=False)
        if len(found):
            rows.append((f"  {c.title(label, lang)}", "", "", "", ""))
        for row in found.head(PROJECTS_SHOWN).to_dict("records"):
            cost, yearly = (quantity(row[name], "yuan", lang) for name in ("cost", "yearly"))
            jobs = "-" if row["jobs"] != row["jobs"] else f"{row['jobs']:.0f}"
            name = f"    {row[f'title{suffix}']}"
            rows.append((name, percent(row["begun"]), cost, yearly, jobs))
    return terminal.table(rows, "<>>>>") if len(rows) > 1 else ""


def satisfied(c: Comparison, lang: str) -> str:
    """Requirements by strategy."""
    from village_alliances.sim.metrics import BY_NAME

    assert c.satisfied is not None
    wide = c.satisfied.pivot(index="requirement", columns="strategy", values="share")
    words = {
        str(r): f"{outcome_title(BY_NAME[r.outcome], lang)} {r.sign} "
        f"{quantity(r.value, BY_NAME[r.outcome].unit, lang)}"
        for r in c.require
    }
    words["all"] = say("cli.compare.all_of_them", lang)
    rows = [("", *(c.title(label, lang) for label in c.strategies))]
    rows += [
        (f"  {said}", *(percent(float(wide.loc[key, label])) for label in c.strategies))
        for key, said in words.items()
    ]
    return terminal.table(rows, "<" + ">" * len(c.strategies))


def parts(c: Comparison, lang: str) -> str:
    """Where the gain of weak villages comes from, by strategy: mean with its error."""
    return _by_strategy(c, c.parts, lambda row: say(f"compare.part.{row.part}", lang), lang)


def institutions(c: Comparison, lang: str) -> str:
    """What institutions add over the plainest ones, by strategy: mean with its error."""
    from village_alliances.experiments.wording import choice

    def named(row: Any) -> str:
        name = say(f"compare.institution.{row.institution}", lang)
        value = choice(row.institution, row.value, lang)
        return terminal.titled(name, lang, value) if value else name

    return _by_strategy(c, c.institutions, named, lang)


def _by_strategy(
    c: Comparison, told: pd.DataFrame | None, named: Callable[[Any], str], lang: str
) -> str:
    """A line for each row of `told` under its strategy: what `named` calls it, mean and error."""
    assert told is not None
    rows: list[tuple[str, ...]] = []
    for label in dict.fromkeys(told.strategy):
        rows.append((f"  {c.title(label, lang)}", "", ""))
        for row in told[told.strategy == label].itertuples():
            rows.append((f"    {named(row)}", *_mean_and_error(row.mean, row.error, lang)))
    return terminal.table(rows, "<><")


def _mean_and_error(mean: float, error: float, lang: str) -> tuple[str, str]:
    """A mean and its standard error; no mean that is within two of them, for as
    much is found by chance."""
    clear = abs(mean) > 2 * error
    told = (
        quantity(mean, "yuan/year", lang, signed=True)
        if clear
        else say("cli.compare.unclear", lang)
    )
    return told, f"(± {quantity(error, 'yuan', lang)})"


def runs_needed(c: Comparison, lang: str) -> str:
    """How many runs would know the verdict's difference better, where that is more than
    were run."""
    from village_alliances.experiments.answer.evidence import OUTCOME
    from village_alliances.sim.metrics import BY_NAME

    found: pd.DataFrame = c.precision[
        (c.precision.outcome == OUTCOME) & (c.precision.runs_needed > c.runs)
    ]
    if found.empty:
        return ""
    worst = found.loc[found.runs_needed.idxmax()]
    share = percent(float(worst.within / abs(worst.mean_difference)))
    label = outcome_title(BY_NAME[OUTCOME], lang)
    return say(
        "cli.compare.runs_needed",
        lang,
        outcome=label,
        share=share,
        runs=f"{worst.runs_needed:,.0f}",
    )


def drawn(c: Comparison, lang: str) -> str:
    """The columns of the village table that each run fills anew."""
    from village_alliances.experiments.imputation import column_title

    told = []
    for row in c.imputed.itertuples():
        if row.known == c.scenario.size:
            continue
        bounded = say("cli.compare.bounded", lang, bounded=row.bounded) if row.bounded else ""
        total = (
            say("cli.compare.total", lang, total=number(row.total))
            if row.total == row.total
            else ""
        )
        title = column_title(row.column, lang)
        told.append(
            say(
                "cli.compare.partly",
                lang,
                column=title,
                drawn=row.drawn,
                size=c.scenario.size,
                bounded=bounded,
                total=total,
            )
        )
    return terminal.listed(told, lang) or say("compare.verdict.nothing", lang)

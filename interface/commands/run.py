"""`alliances run TABLE`: one run with everything that happened in it, quarter by quarter."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from village_alliances.interface import inputs, terminal
from village_alliances.wording import apart, bracketed, grouped, say, titled
from village_alliances.wording.numbers import quantities, quantity

if TYPE_CHECKING:
    from village_alliances.sim.history import History
    from village_alliances.sim.scenario import Scenario

STRATEGY = "strong_leads_weak"
VILLAGES_SHOWN, PROJECTS_SHOWN = 20, 12
MOST_RUN = 2**63 - 1


def arguments(parser: ArgumentParser, lang: str) -> None:
    """TABLE, --strategy, --technology, --run, luck, --out, --json."""
    inputs.add_table(parser, lang)
    inputs.add_single_run(parser, lang, STRATEGY, "out/run-TABLE")


class CommandRun(NamedTuple):
    """One run as a command line asks for it: its villages, the strategy's title, the keys of its
    luck, where to write, what happened."""

    scenario: Scenario
    title: str
    seed: int
    number: int
    out: Path
    history: History


def lived(reader: inputs.Reader, kind: str) -> CommandRun:
    """Read TABLE, --strategy, --run and luck, and make the run. `kind` names the folder where --out
    does not. Raises BadInput."""
    options = reader.options
    options.run = options.number
    scenario = reader.scenario()
    label = reader.strategy(options.strategy, scenario)
    seed, number = reader.whole("seed", 0, inputs.BEST_SEED), reader.whole("run", 0, MOST_RUN)
    mode, levers, types = reader.mode(), reader.levers(), reader.technology()
    out = reader.folder(f"out/{kind}-{scenario.name if scenario else 'table'}")
    reader.done()
    assert scenario is not None
    from village_alliances.experiments.specs import specified_portfolio
    from village_alliances.sim.rerun import record_run

    portfolio = specified_portfolio(inputs.called(options.strategy), scenario)
    history = record_run(
        scenario, portfolio, seed=seed, run=number, levers=levers, mode=mode, types=types
    )
    return CommandRun(
        scenario, portfolio.default.title[options.lang] or label, seed, number, out, history
    )


def run(options: Namespace) -> int:
    """Run, write the files, print what became of the villages."""
    lang = options.lang
    reader = inputs.Reader(options)
    lived_run = lived(reader, "run")
    scenario, history = lived_run.scenario, lived_run.history
    files = history.write(lived_run.out)
    failed = history.about.get("status") == "FAILED"
    if options.json:
        from village_alliances.sim.outputs import document

        print(document({**history.about, "out": [str(path) for path in files]}))
        return 3 if failed else 0
    about = history.about
    print(
        terminal.wrap(
            say(
                "cli.run.header",
                lang,
                title=scenario.title[lang],
                name=scenario.name,
                strategy=lived_run.title,
                first=scenario.start,
                last=scenario.start + scenario.years - 1,
                run=lived_run.number,
                seed=lived_run.seed,
                mode=say(f"cli.compare.{about['mode']}", lang),
            )
        )
    )
    print()
    print("\n".join(_villages(history, lang)))
    print()
    print("\n".join(_projects(history, lang)))
    print(terminal.wrap(_without(history, lang)))
    print()
    print(terminal.wrap(say("cli.run.events", lang, events=_events(history, lang))))
    print(terminal.wrap(say("cli.run.one_run", lang)))
    for warning in reader.warnings:
        print(terminal.wrap(titled(say("cli.warnings", lang), lang, warning)))
    if failed:
        print(say("cli.run.failed", lang))
    print(terminal.files((path.name for path in files), lived_run.out, lang))
    return 3 if failed else 0


def _villages(history: History, lang: str) -> list[str]:
    first = history.villages[history.villages.tick == -1].set_index("village")
    last = history.villages[history.villages.tick == history.villages.tick.max()]
    last = last.set_index("village")
    columns = ("village", "start", "end", "alone", "alliance", "standing")
    rows = [tuple(say(f"cli.run.{key}", lang) for key in columns)]
    called = _alliances(history, lang)
    listed = list(last.index)[:VILLAGES_SHOWN]
    incomes = (first.operating_income, last.operating_income, last.alone_operating_income)
    money = (
        quantities([float(of[village]) for village in listed], "yuan/year", lang) for of in incomes
    )
    for village, *amounts in zip(listed, *money, strict=True):
        standing = say(f"cli.run.{last.standing[village]}", lang)
        rows.append((str(village), *amounts, called.get(last.alliance[village], "-"), standing))
    return [terminal.table(rows, "<>>><<"), *_more("villages", len(last) - VILLAGES_SHOWN, lang)]


def _alliances(history: History, lang: str) -> dict[int, str]:
    """Names of the alliances that there were, by number."""
    name = "alliance_name_zh" if lang == "zh" else "alliance_name"
    return dict(zip(history.alliances.alliance, history.alliances[name], strict=True))


def _projects(history: History, lang: str) -> list[str]:
    """The largest projects under the strategy: whose, since when, what went in, what it
    brings a year, how it ended."""
    projects = history.projects[history.projects.under == "strategy"]
    if projects.empty:
        return [say("cli.run.no_projects", lang)]
    called, title = _alliances(history, lang), "title_zh" if lang == "zh" else "title"
    columns = ("owner", "project", "begun", "cost", "yearly", "ended")
    rows = [tuple(say(f"cli.run.{key}", lang) for key in columns)]
    largest = projects.sort_values("cost", ascending=False)[:PROJECTS_SHOWN]
    costs = quantities(largest.cost, "yuan", lang)
    yields = quantities(largest.yearly.where(largest.years > 0), "yuan/year", lang)
    for value, cost, yearly in zip(largest.itertuples(), costs, yields, strict=True):
        owner = called.get(value.alliance, value.village)
        brought = yearly if value.years > 0 else "-"
        why = value.end_zh if lang == "zh" else value.end_in_words
        ended = f"{value.ended_quarter}{'：' if lang == 'zh' else ': '}{why}" if value.end else "-"
        rows.append((owner, getattr(value, title), value.begun_quarter, cost, brought, ended))
    return [
        terminal.table(rows, "<<<>><"),
        *_more("projects", len(projects) - PROJECTS_SHOWN, lang),
    ]


def _more(what: str, count: int, lang: str) -> list[str]:
    return [say(f"cli.run.more_{what}", lang, count=grouped(count, lang))] if count > 0 else []


def _without(history: History, lang: str) -> str:
    """What the same villages would have put into projects without alliances."""
    alone = history.projects[history.projects.under == "none"]
    cost = quantity(float(alone.cost.sum()), "yuan", lang)
    return say("cli.run.without", lang, count=grouped(len(alone), lang), cost=cost)


def _events(history: History, lang: str) -> str:
    from village_alliances.sim.happenings import HAPPENINGS, in_short

    counts = history.events.event.value_counts()
    count_lines = [
        in_short(name, lang) + bracketed(grouped(counts[name], lang), lang)
        for name in HAPPENINGS
        if name in counts
    ]
    return apart(count_lines, lang) or say("compare.verdict.nothing", lang)

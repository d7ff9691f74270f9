"""`alliances inquire TABLE`: which unknown, found out before deciding, would change the
choice, and what that is worth."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from village_alliances.interface import comparing, inputs, terminal
from village_alliances.wording import listed, say, titled

RUNS = "1000"


def arguments(parser: ArgumentParser, lang: str) -> None:
    """TABLE, --strategies, --runs, luck, project types, where to write."""
    comparing.add_question(parser, lang, RUNS)
    inputs.add_workers(parser, lang)
    inputs.add_out(parser, lang, "out/inquire-TABLE")
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Simulate, value every unknown, print the questions, write them as CSV and JSON."""
    lang = options.lang
    reader = inputs.Reader(options)
    scenario = reader.scenario()
    strategies = reader.strategies(options.strategies or comparing.STRATEGIES, scenario)
    settings = comparing.settings(reader)
    out = reader.folder(f"out/inquire-{scenario.name if scenario else 'table'}")
    reader.done()
    assert scenario is not None
    from village_alliances.experiments.answer.comparison import evidence_of, inquiry_of
    from village_alliances.experiments.answer.inquire import plain
    from village_alliances.experiments.answer.questions import inquired
    from village_alliances.experiments.export import write_inquiry
    from village_alliances.sim.outputs import document

    result = comparing.simulated(scenario, strategies, lang, **settings, rivals=())
    inquiry = inquiry_of(result, thorough=True)
    files = write_inquiry(result, inquiry, out, lang)
    if options.json:
        print(document({**plain(inquiry), "out": [str(path) for path in files]}))
        return 3 if result.failed else 0
    named = listed((result.title(s, lang) for s in result.strategies), lang)
    title = result.titles[inquiry.choice or result.baseline]
    head = say(
        "answer.inquire.header",
        lang,
        title=scenario.title[lang],
        strategies=named,
        runs=result.runs,
    )
    print(terminal.wrap(head) + "\n")
    for line in inquired(inquiry, evidence_of(result).whom, title, lang):
        print(terminal.wrap(line))
    for warning in reader.warnings:
        print(terminal.wrap(titled(say("cli.warnings", lang), lang, warning)))
    print(terminal.files((path.name for path in files), out, lang))
    return 3 if result.failed else 0

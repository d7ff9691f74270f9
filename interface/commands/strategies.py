"""`alliances strategies`: the strategies with their institutions, or a file to start a
strategy of one's own from."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from village_alliances.interface import inputs, sources, terminal
from village_alliances.sim.worded import worded
from village_alliances.wording import bracketed, listed, say, titled

if TYPE_CHECKING:
    from village_alliances.sim.strategy import Strategy

SHOWN = ("formation", "lead", "sharing")  # institutions that have a column of their own
START = "strong_leads_weak"  # what a file to start from says where nothing else is asked


def arguments(parser: ArgumentParser, lang: str) -> None:
    """--write FILE, --from NAME, --json."""
    parser.add_argument("--write", default="", metavar="FILE", help=say("cli.option.write", lang))
    parser.add_argument(
        "--from",
        default=START,
        dest="start",
        metavar="S",
        help=say("cli.option.from", lang, default=START),
    )
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Print the list, or write a file."""
    from village_alliances.sim import strategy

    lang = options.lang
    if options.write:
        return _write(options)
    result = [strategy.shipped(name) for name in strategy.names()]
    if options.json:
        from village_alliances.sim.outputs import document

        print(document({"strategies": [each.model_dump(mode="json") for each in result]}))
        return 0
    cited: set[int] = set()
    heads = [say(f"compare.institution.{name}", lang) for name in SHOWN]
    head = (say("cli.strategies.strategy", lang), "", *heads)
    head += tuple(say(f"cli.strategies.{key}", lang) for key in ("measures", "figures"))
    rows = [(*head, "")]
    for each in result:
        numbers = sources.documents_of(each.evidence)
        cited |= set(numbers)
        rows.append(
            (
                each.name,
                each.title[lang],
                *_choices(each, lang),
                str(len(each.evidence)),
                "".join(f"[{number}]" for number in numbers),
            )
        )
    print(terminal.table(rows, "<<<<<<><"))
    print()
    for group in _same(result):
        names = listed((each.title[lang] for each in group), lang)
        print(terminal.wrap(say("cli.strategies.same", lang, names=names)))
    print(terminal.wrap(say("cli.strategies.reading", lang)))
    print()
    print(titled(say("cli.documents", lang), lang))
    print("\n".join(sources.legend(cited, lang)))
    return 0


def _choices(strategy: Strategy, lang: str) -> tuple[str, ...]:
    """What it chose, in words; nothing where it allies nobody."""
    from village_alliances.experiments.wording import choice

    if not strategy.allies:
        return ("-",) * (len(SHOWN) + 1)
    measures = [say(f"compare.institution.{measure}", lang) for measure in strategy.measures]
    chosen = (choice(name, getattr(strategy, name), lang) for name in SHOWN)
    return (*chosen, listed(measures, lang) or "-")


def _same(strategies: Sequence[Strategy]) -> list[list[Strategy]]:
    """Groups of strategies whose institutions are the same."""
    groups: dict[tuple[Any, ...], list[Strategy]] = {}
    for strategy in strategies:
        groups.setdefault((strategy.allies, *strategy.institutions()), []).append(strategy)
    return [group for group in groups.values() if len(group) > 1]


def _write(options: Namespace) -> int:
    """Write a strategy file to start from, unless there is a file of that name."""
    from village_alliances.sim.files import there
    from village_alliances.sim.outputs import write_outputs

    lang, path = options.lang, Path(options.write)
    reader = inputs.Reader(options)
    if path.suffix.lower() != ".toml" or there(path):
        reader.wrong(
            worded("problems.asked.write_name_new_toml", path=path),
        )
    reader.strategy(options.start, None)
    reader.done()
    from village_alliances.sim.strategy import read_strategy

    text = text_of(read_strategy(inputs.called(options.start)), path.stem, lang)
    write_outputs(path.parent, {path.name: text.encode()})
    print(terminal.wrap(say("cli.strategies.written", lang, path=path)))
    return 0


def text_of(strategy: Strategy, name: str, lang: str) -> str:
    """A strategy file of these institutions, with every choice that there is beside each."""
    from village_alliances.experiments.wording import choice
    from village_alliances.sim.society import MEASURES
    from village_alliances.sim.strategy import Strategy

    lines = [say("cli.strategies.comment", lang), ""]
    own = say("cli.strategies.name_comment", lang)
    lines.append(f"name = {json.dumps(name, ensure_ascii=False)}  {own}")
    title = (
        f"en = {json.dumps(name, ensure_ascii=False)}, zh = {json.dumps(name, ensure_ascii=False)}"
    )
    lines += [f"title = {{{title}}}", ""]
    for institution in ("formation", "lead", "sharing", "names"):
        field = Strategy.model_fields[institution]
        text = say(f"compare.institution.{institution}", lang)
        choices = ", ".join(
            c + bracketed(choice(institution, c, lang), lang) for c in get_args(field.annotation)
        )
        lines += [f"# {titled(text, lang, choices)}"]
        lines.append(f'{institution} = "{getattr(strategy, institution)}"')
    lines.append(say("cli.strategies.plenaries", lang))
    lines.append(f"plenaries_per_year = {strategy.plenaries_per_year:g}")
    lines.append(say("cli.strategies.pact", lang))
    lines.append(f"pact_quarters = {strategy.pact_quarters:g}")
    every = ", ".join(m + bracketed(say(f"compare.institution.{m}", lang), lang) for m in MEASURES)
    lines.append(f"# {titled(say('cli.strategies.measures', lang), lang, every)}")
    lines.append(f"measures = {json.dumps(list(strategy.measures))}")
    return "\n".join(lines) + "\n"

"""`alliances strategies`: the strategies, a line each, with what they rest on."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from village_alliances.interface import inputs, sources, terminal
from village_alliances.wording import say


def arguments(parser: ArgumentParser, lang: str) -> None:
    """--json."""
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Print the list."""
    from village_alliances.sim import strategy

    lang = options.lang
    found = [strategy.shipped(name) for name in strategy.names()]
    if options.json:
        print(
            json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False, indent=2)
        )
        return 0
    rows = []
    cited: set[int] = set()
    for one in found:
        strongest = sorted(one.channels, key=lambda channel: -one.channels[channel])[:3]
        channels = terminal.listed(
            (say(f"compare.channel.{channel}", lang) for channel in strongest), lang
        )
        numbers = sources.documents_of(one.evidence)
        cited |= set(numbers)
        rows.append(
            (
                one.name,
                one.title[lang],
                channels or say("cli.strategies.nothing", lang),
                say("cli.strategies.figures", lang, count=len(one.evidence)),
                "".join(f"[{number}]" for number in numbers),
            )
        )
    print(terminal.table(rows, "<<<><"))
    print()
    print(terminal.titled(say("cli.documents", lang), lang))
    print("\n".join(sources.legend(cited, lang)))
    return 0

"""`alliances parameters`: every parameter and lever with value, range, unit, meaning
and source, a line each."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from village_alliances.interface import inputs, sources, terminal
from village_alliances.wording import say
from village_alliances.wording.numbers import unit_in_words

if TYPE_CHECKING:
    from village_alliances.sim.parameters import Quantity


def arguments(parser: ArgumentParser, lang: str) -> None:
    """--json."""
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Print both lists."""
    from village_alliances.sim.parameters import levers, parameters

    lang = options.lang
    lists = {"parameters": parameters(), "levers": levers()}
    if options.json:
        from village_alliances.sim.outputs import document

        body = {
            name: [one.model_dump(mode="json") for one in found.values()]
            for name, found in lists.items()
        }
        print(document(body))
        return 0
    cited: set[int] = set()
    for name, found in lists.items():
        print(say(f"cli.parameters.{name}", lang))
        print(terminal.table([_row(one, lang) for one in found.values()], "<><<<<"))
        print()
        cited |= {number for one in found.values() for number in sources.documents_of(one.evidence)}
    print(terminal.titled(say("cli.documents", lang), lang))
    print("\n".join(sources.legend(cited, lang)))
    return 0


def _row(one: Quantity, lang: str) -> tuple[str, ...]:
    told = [sources.place_of(id, lang) for id in one.evidence]
    if one.assumption:
        told.append(say("cli.parameters.assumption", lang, reason=one.reason(lang)))
    span = f"{inputs.short(one.low)} .. {inputs.short(one.high)}"
    return (
        one.name,
        inputs.short(one.value),
        span,
        unit_in_words(one.unit, lang),
        one.zh if lang == "zh" else one.en,
        "; ".join(told),
    )

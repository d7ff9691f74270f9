"""`alliances parameters`: every parameter and lever with value, range, unit, meaning
and source, a line each."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from village_alliances.interface import inputs, ranges, sources, terminal
from village_alliances.wording import apart, say
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
            name: [row.model_dump(mode="json") for row in rows.values()]
            for name, rows in lists.items()
        }
        print(document(body))
        return 0
    cited: list[str] = []
    for name, rows in lists.items():
        print(say(f"cli.parameters.{name}", lang))
        print(terminal.table([_row(row, lang) for row in rows.values()], "<><<<<"))
        print()
        cited += [id for row in rows.values() for id in row.evidence]
    print("\n".join(sources.listing(cited, lang)))
    return 0


def _row(quantity: Quantity, lang: str) -> tuple[str, ...]:
    places = [sources.place_of(id, lang) for id in quantity.evidence]
    if quantity.assumption:
        places.append(say("cli.parameters.assumption", lang, reason=quantity.reason(lang)))
    return (
        quantity.name,
        ranges.short(quantity.value, lang),
        ranges.stretch(quantity.low, quantity.high, lang),
        unit_in_words(quantity.unit, lang),
        quantity.zh if lang == "zh" else quantity.en,
        apart(places, lang),
    )

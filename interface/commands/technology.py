"""`alliances technology`: the project types, every number with range, unit, meaning
and source, a line each."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from village_alliances.interface import inputs, ranges, sources, terminal
from village_alliances.wording import apart, bracketed, listed, say, titled
from village_alliances.wording.numbers import unit_in_words

if TYPE_CHECKING:
    from village_alliances.sim.technology import Number, ProjectType


def arguments(parser: ArgumentParser, lang: str) -> None:
    """--technology, --json."""
    inputs.add_technology(parser, lang)
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Print the types: the shipped ones, with those of --technology over them."""
    from village_alliances.sim import technology

    lang = options.lang
    reader = inputs.Reader(options)
    path = reader.technology()
    reader.done()
    types = technology.read(Path(path)) if path else technology.shipped()
    if options.json:
        from village_alliances.sim.outputs import document

        body = [kind.model_dump(mode="json") for kind in types]
        print(document({"technology": body}))
        return 0
    cited: list[str] = []
    print(terminal.wrap(say("cli.technology.heading", lang)))
    for kind in types:
        print()
        title = kind.title[lang] + bracketed(kind.name, lang)
        print(titled(title, lang, _needs(kind, lang)))
        rows = [_row(name, number, lang) for name, number in kind.numbers.items()]
        print(terminal.table(rows, "<><<<<<", 2))
        for number in kind.numbers.values():
            cited += number.evidence
    print()
    print(terminal.wrap(say("cli.technology.reading", lang)))
    print()
    print("\n".join(sources.listing(cited, lang)))
    return 0


def _needs(kind: ProjectType, lang: str) -> str:
    if not kind.needs:
        return say("cli.technology.needs_nothing", lang)
    words = (say(f"cli.technology.endowment.{name}", lang) for name in kind.needs)
    return say("cli.technology.needs", lang, needs=listed(words, lang))


def _row(name: str, number: Number, lang: str) -> tuple[str, ...]:
    from village_alliances.sim.technology import NUMBERS

    about = NUMBERS[name]
    places = [sources.place_of(id, lang) for id in number.evidence]
    if number.kind == "assumption":
        reason = number.reason_zh or number.reason if lang == "zh" else number.reason
        places.append(say("cli.parameters.assumption", lang, reason=reason))
    return (
        name,
        ranges.short(number.value, lang),
        ranges.stretch(number.low, number.high, lang),
        unit_in_words(number.unit, lang),
        about.zh if lang == "zh" else about.en,
        say(f"cli.technology.kinds.{number.kind}", lang),
        apart(places, lang),
    )

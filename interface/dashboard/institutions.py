"""Strategies as a planner names them on the page: a shipped one, or one whose
institutions were set here.

    text = written("strong_leads_weak", strategy)
    # "own.strong_leads_weak!lead=township!sharing=promised"
    strategy = strategy_of(text)

A text names the shipped strategy on which it rests and what differs from it; one from a file rests
on none and brings its title. No effect is named: what comes of institutions the model finds out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from village_alliances.interface.dashboard import words
from village_alliances.interface.dashboard.uploads import read_brought
from village_alliances.sim.problems import Text
from village_alliances.sim.society import FORMATION, HEADS, MEASURES, NAMES_OF, SHARING
from village_alliances.sim.strategy import (
    NONE,
    Strategy,
    StrategyError,
    names,
    read_strategy,
    shipped,
)
from village_alliances.sim.worded import worded
from village_alliances.wording import apart, listed

OWN = "own."  # own.BASE!lead=township!measures=mentoring.posting
CHOICES: Mapping[str, tuple[str, ...]] = {
    "formation": FORMATION,
    "lead": HEADS,
    "sharing": SHARING,
    "names": NAMES_OF,
}
"""Institutions that are one of several."""
NUMBERS = {"plenaries_per_year": (0.0, 24.0), "pact_quarters": (4.0, 80.0)}
"""Institutions that are a number, with the bounds of their sliders."""
FIELDS = (*CHOICES, *NUMBERS, "measures")
MOST_CHANGES = 2  # that a title tells
MOST_TITLE = 40  # characters of a title that an address carries
MOST_BYTES = 100_000  # of a strategy file


@lru_cache(maxsize=500)
def strategy_of(text: str) -> Strategy:
    """The strategy that a text on the page names. Raises StrategyError, with what is
    wrong, in both languages.

    Never reads a file: the text comes from a visitor.
    """
    if text.startswith(OWN):
        return _own(text)
    if ":" in text:
        raise StrategyError(_no_mixes)
    if text not in names():
        raise StrategyError(worded("problems.page_institutions.name_strategy"))
    return shipped(text)


_no_mixes = worded("problems.page_institutions.strategy_s_name")
_no_channels = worded("problems.page_institutions.institutions_formation_lead")


def _own(text: str) -> Strategy:
    base, *settings = text[len(OWN) :].split("!")
    by_part = dict(setting.partition("=")[::2] for setting in settings)
    if set(by_part) - {*FIELDS, "title"}:
        raise StrategyError(_no_channels)
    title = by_part.pop("title", "")[:MOST_TITLE]
    if base == NONE or (base not in names() if base else not title):
        raise StrategyError(worded("problems.page_institutions.name_strategy_allies"))
    given: dict[str, Any] = dict(by_part)
    if "measures" in by_part:
        given["measures"] = tuple(measure for measure in by_part["measures"].split(".") if measure)
    plain = shipped(base) if base else Strategy(name="own", title={"en": title})
    parts = plain.model_dump()
    for part, value in given.items():
        try:
            Strategy.model_validate({**parts, part: value})
        except ValidationError:
            raise StrategyError(_expected(part)) from None
    strategy = Strategy.model_validate({**parts, **given})
    return strategy.model_copy(update={"name": text, "title": _title(strategy, plain, title)})


def _expected(part: str) -> Text:
    if part in NUMBERS:
        return worded("problems.page_institutions.number_within_bounds", part=part)
    choices = ", ".join(CHOICES.get(part, MEASURES))
    return worded("problems.page_institutions.of", part=part, listed=choices)


def _title(strategy: Strategy, plain: Strategy, title: str) -> dict[str, str]:
    """Its own title, or the shipped one with what is different."""
    if title:
        return {"en": title, "zh": title}
    titles = {}
    for lang in ("en", "zh"):
        own_changes = changes(strategy, plain, lang)
        more = [f"+{len(own_changes) - MOST_CHANGES}"] if len(own_changes) > MOST_CHANGES else []
        changed = apart([*own_changes[:MOST_CHANGES], *more], lang)
        named = words.pick(plain.title, lang)
        titles[lang] = words.text("strategies.own_title", lang, title=named, changes=changed)
    return titles


def changes(strategy: Strategy, plain: Strategy, lang: str) -> list[str]:
    """What differs between the institutions of two strategies, in words."""
    lines = []
    for part in FIELDS[:-1]:
        if getattr(strategy, part) != getattr(plain, part):
            named, value = words.text(f"strategies.{part}", lang), in_words(part, strategy, lang)
            lines.append(words.text("strategies.institution", lang, name=named, value=value))
    for measure in MEASURES:
        if (measure in strategy.measures) != (measure in plain.measures):
            key = "strategies.with" if measure in strategy.measures else "strategies.without"
            lines.append(words.text(key, lang, measure=words.text(f"measure.{measure}", lang)))
    return lines


def in_words(part: str, strategy: Strategy, lang: str) -> str:
    """An institution of a strategy in words."""
    value = getattr(strategy, part)
    if part in CHOICES:
        return words.text(f"institution.{part}.{value}", lang)
    if part == "pact_quarters":
        return words.text("strategies.years", lang, years=f"{value / 4:g}")
    if part == "measures":
        measures = (words.text(f"measure.{measure}", lang) for measure in value)
        return listed(measures, lang) or words.text("strategies.no_measure", lang)
    return f"{value:g}"


def is_strategy(text: str) -> bool:
    """Whether a text names a strategy."""
    return problem_of(text) is None


def problem_of(text: str) -> Text | None:
    """What was expected where a text names no strategy; None where it names one."""
    try:
        strategy_of(text)
    except StrategyError as error:
        return error.args[0] if isinstance(error.args[0], Text) else Text(str(error), str(error))
    return None


def base_of(text: str) -> str:
    """The shipped strategy on which a text of the page rests; '' where it came from a file."""
    return text[len(OWN) :].partition("!")[0] if text.startswith(OWN) else text


def written(base: str, strategy: Strategy, title: str = "") -> str:
    """The text of a strategy that rests on a shipped one: the shipped name
    itself where nothing differs.

    `base` '': it rests on none, so it needs a title.
    """
    plain = shipped(base) if base else Strategy(name="own", title={"en": title})
    parts = [
        f"{part}={getattr(strategy, part):g}"
        if part in NUMBERS
        else f"{part}={getattr(strategy, part)}"
        for part in FIELDS[:-1]
        if getattr(strategy, part) != getattr(plain, part)
    ]
    if set(strategy.measures) != set(plain.measures):
        parts.append("measures=" + ".".join(m for m in MEASURES if m in strategy.measures))
    if not base:
        parts.insert(0, f"title={''.join(c for c in title if c not in '!~|')[:MOST_TITLE]}")
    return OWN + "!".join([base, *parts]) if parts else base


def title_of(text: str) -> str:
    """The title that a text of the page carries; '' where it has that of the shipped strategy."""
    parts = dict(part.partition("=")[::2] for part in text.split("!")[1:])
    return parts.get("title", "") if text.startswith(OWN) else ""


def changed(text: str, **more: Any) -> str:
    """The text of the same strategy with other institutions."""
    strategy = strategy_of(text).model_copy(update=more)
    return written(base_of(text), strategy, title_of(text))


def shortest(text: str) -> str:
    """The shipped name where a text says of a shipped strategy only what it is anyway."""
    same = text.startswith(OWN) and not title_of(text) and changed(text) == base_of(text)
    return base_of(text) if same else text


def take(name: str, content: bytes) -> str:
    """The text of a strategy file that a visitor brought. Raises StrategyError
    with what is wrong with it."""
    _, brought = read_brought(
        name,
        content,
        lambda path: read_strategy(str(path)),
        StrategyError,
        "strategy.toml",
        MOST_BYTES,
    )
    if not brought.allies:
        return NONE
    return written("", brought, words.pick(brought.title, "zh") or brought.name)


def as_toml(strategy: Strategy, name: str) -> str:
    """The strategy as a file that `--strategy FILE.toml` reads."""

    def line(key: str, value: object) -> str:
        return f"{key} = {json.dumps(value, ensure_ascii=False)}"

    titles = ", ".join(line(lang, strategy.title[lang]) for lang in ("en", "zh"))
    out = [
        line("name", name),
        f"title = {{{titles}}}",
        *(line(part, getattr(strategy, part)) for part in FIELDS[:-1]),
        line("measures", list(strategy.measures)),
        line("evidence", list(strategy.evidence)),
    ]
    return "\n".join(out) + "\n"

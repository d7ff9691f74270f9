"""Outcomes and strategies in words that figures, findings and reports share."""

from __future__ import annotations

from village_alliances.experiments.gains import INSTITUTIONS
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.strategy import Strategy, StrategyError, read_strategy
from village_alliances.wording import apart, say, table, titled

ONE_WAY = 0.9  # of all change that a quantity makes goes the same way


def meaning(outcome: str, lang: str) -> str:
    """What an outcome is, in words that stand alone, with a capital letter in English."""
    return capital(
        say(f"report.outcome.{outcome}", lang)
        if outcome in table("report.outcome")
        else getattr(BY_NAME[outcome], lang)
    )


def capital(text: str) -> str:
    """The text with a capital letter first; other letters stay."""
    return text[:1].upper() + text[1:]


def strategy_title(name: str, lang: str) -> str:
    """The title of a shipped strategy; else its name."""
    try:
        return read_strategy(name).title[lang] if name and not name.endswith(".toml") else name
    except StrategyError:
        return name


def choice(institution: str, value: str, lang: str) -> str:
    """What a strategy chose of an institution, in words; numbers stand as they are."""
    words = table("compare.choice")
    named = (f"{institution}_{value}", value)
    return next((words[name][lang] for name in named if name in words), value)


def institutions_in_words(strategy: Strategy, lang: str) -> str:
    """All that a strategy settles, in one line; nothing where it allies nobody."""
    if not strategy.allies:
        return ""
    words = []
    for name in INSTITUTIONS:
        value = getattr(strategy, name)
        text = f"{value:g}" if isinstance(value, float) else choice(name, value, lang)
        words.append(titled(say(f"compare.institution.{name}", lang), lang, text))
    words += [say(f"compare.institution.{measure}", lang) for measure in strategy.measures]
    return apart(words, lang)

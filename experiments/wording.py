"""Outcomes and strategies in words that figures, findings and reports share."""

from __future__ import annotations

from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.strategy import StrategyError, read
from village_alliances.wording import say, table

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
    """The title of a shipped strategy or of a mix of such; else its name."""
    try:
        return read(name).title[lang] if name and not name.endswith(".toml") else name
    except StrategyError:
        return name

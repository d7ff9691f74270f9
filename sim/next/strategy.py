"""Strategies: institutions, as data. No strategy carries a strength: effects come from endowments, technology and what it costs to
act together. A portfolio gives alliances different strategies; a mix is a portfolio by shares of alliances."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from village_alliances.sim.next.society import (
    FORMATION,
    HEADS,
    MEASURES,
    NAMES_OF,
    SHARING,
    STRATEGY_FIELDS,
)

FOLDER = Path(__file__).parent / "strategies"
NONE = "none"
OLD = {"channels", "leader", "undone"}  # what a file of version 0.1 says
Measure = Literal["mentoring", "posting", "agreement", "culture", "orders", "works", "outlet", "services"]  # fmt: skip


class StrategyError(ValueError):
    """A strategy that cannot be read, with what is wrong and what there is."""


class Strategy(BaseModel):
    """Whom it brings together, who leads, how it shares, in whose name public money stands, how often
    all meet, how long a pact lasts, and which measures it takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    title: dict[str, str]
    does: dict[str, str] = Field(default_factory=dict)
    risk: dict[str, str] = Field(default_factory=dict)
    notes: dict[str, str] = Field(default_factory=dict)
    allies: bool = True
    formation: Literal["near", "complement", "product", "chain", "border", "kin", "firm", "scenic", "money", "different"] = "near"  # fmt: skip
    lead: Literal["ablest", "township", "firm"] = "ablest"
    sharing: Literal["stake", "equal", "weakest", "promised"] = "stake"
    names: Literal["all", "weak"] = "all"
    plenaries_per_year: float = Field(default=4.0, ge=0, le=60)
    pact_quarters: float = Field(default=12.0, ge=4, le=80)
    measures: tuple[Measure, ...] = ()
    sources: dict[str, str] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()

    def institutions(self) -> tuple[Any, ...]:
        """All that the model reads: strategies of equal institutions are equal to the bit."""
        measures = tuple(float(m in self.measures) for m in MEASURES)
        return (
            FORMATION.index(self.formation),
            HEADS.index(self.lead),
            SHARING.index(self.sharing),
            NAMES_OF.index(self.names),
            self.plenaries_per_year,
            self.pact_quarters,
            *measures,
        )


def records(strategies: list[Strategy]) -> Any:
    """Strategies as the rules read them: records of shape (strategies,)."""
    rows = [strategy.institutions() for strategy in strategies]
    return np.array(rows, STRATEGY_FIELDS).view(np.recarray)


def names() -> list[str]:
    """The shipped strategies: `none` first, the others by name."""
    return [NONE, *sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != NONE)]


@cache
def shipped(name: str) -> Strategy:
    """A shipped strategy by name."""
    return _read(FOLDER / f"{name}.toml")


def _read(path: Path) -> Strategy:
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StrategyError(f"{path}: not readable as TOML: {error}") from error
    if OLD & set(body):
        raise StrategyError(
            f"{path}: {', '.join(sorted(OLD & set(body)))}: strategies of version 0.1 carried strengths of channels. "
            "Since 0.2 a strategy is institutions: write formation, lead, sharing, names, plenaries_per_year, pact_quarters and "
            f"measures (any of {', '.join(MEASURES)}); which projects an alliance begins it chooses itself"
        )
    try:
        return Strategy(**{"name": path.stem, "title": {"en": path.stem, "zh": path.stem}, **body})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())  # fmt: skip
        raise StrategyError(f"{path}: {problems}") from error


def read(text: str | Strategy) -> Strategy:
    """A strategy from what a planner writes: a name, or a TOML file."""
    if isinstance(text, Strategy):
        return text
    if text.endswith(".toml"):
        if not Path(text).exists():
            raise StrategyError(f"{text}: there is no such file")
        return _read(Path(text))
    if text not in names():
        raise StrategyError(
            f"no strategy is called {text!r}; there are: {', '.join(names())}, or a .toml file"
        )
    return shipped(text)


class Portfolio:
    """One strategy for everybody, with exceptions by alliance name or by township."""

    def __init__(self, default: str | Strategy, by: Mapping[str, str | Strategy] | None = None) -> None:  # fmt: skip
        self.default = read(default)
        self.by = {place: read(strategy) for place, strategy in (by or {}).items()}

    @property
    def strategies(self) -> list[Strategy]:
        """The different strategies, the default first."""
        found = [self.default]
        for strategy in self.by.values():
            if strategy not in found:
                found.append(strategy)
        return found

    def index(self, *places: str) -> int:
        """Position in `strategies` of the strategy for the first of these places that has its own."""
        for place in places:
            if place in self.by:
                return self.strategies.index(self.by[place])
        return 0

    @property
    def name(self) -> str:
        """A short name for tables."""
        return self.default.name if not self.by else f"{self.default.name}+{len(self.by)}"

    @property
    def idle(self) -> bool:
        """Whether nobody would ally: strategy `none` everywhere."""
        return not any(strategy.allies for strategy in self.strategies)

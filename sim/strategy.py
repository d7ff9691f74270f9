"""Strategies: institutions, as data. No strategy carries a strength: effects come from endowments,
technology and what it costs to act together. A portfolio gives alliances different strategies; a
mix is a portfolio by shares of alliances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import numpy as np
from pydantic import AfterValidator, Field, ValidationError, model_validator
from village_alliances.sim.files import there
from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.society import (
    FORMATION,
    HEADS,
    MEASURES,
    NAMES_OF,
    SHARING,
    STRATEGY_FIELDS,
)
from village_alliances.sim.structured import Strict, problems_of, read_toml
from village_alliances.sim.summary import Summarised
from village_alliances.sim.table.memory import shortly
from village_alliances.sim.worded import joined, worded

FOLDER = Path(__file__).parent / "strategies"
NONE = "none"
DOCUMENTED = "documented"
OLD = {"channels", "leader", "undone"}  # what a file of version 0.1 says
Measure = Literal["mentoring", "posting", "agreement", "culture", "orders", "works", "outlet", "services"]  # fmt: skip


_INSTITUTIONS = {
    "formation", "lead", "sharing", "names", "plenaries_per_year", "pact_quarters", "measures",
}  # fmt: skip


class StrategyError(ValueError):
    """A strategy that cannot be read, with what is wrong and what there is. `message(lang)` says
    it in English or Chinese; `problems`: each by its field, where fields are wrong."""

    def __init__(self, text: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> StrategyError:
        """All of these problems in one sentence."""
        said = ("; ".join(problem.line(lang) for problem in problems) for lang in ("en", "zh"))
        return cls(Text(*said), problems)

    def message(self, lang: str = "en") -> str:
        """What is wrong, in `lang`, "en" or "zh"."""
        arg = self.args[0]
        return arg.lang(lang) if isinstance(arg, Text) else str(arg)


def _in_both(texts: dict[str, str]) -> dict[str, str]:
    """A text in en and zh; where one is not given, the other stands for it."""
    if not texts:
        return texts
    if strange := set(texts) - {"en", "zh"}:
        raise ValueError(worded("problems.strategy.text_en_zh", strange=", ".join(sorted(strange))))
    text = next(iter(texts.values()))
    return {lang: texts.get(lang, text) for lang in ("en", "zh")}


Words = Annotated[dict[str, str], AfterValidator(_in_both)]


class Strategy(Summarised, Strict):
    """The institutions of an alliance; all that a strategy is (docs/ODD.md, section 6.1).

    Attributes:
        name: by which files and commands know it; `title`, `does`, `risk`: words by language, en
            or zh (one stands for the other); `notes`: what else is worth knowing.
        allies: False where nobody allies.
        formation: whom a founder asks first among its nearest villages: simply the nearest
            (`near`), those of unlike income (`complement`), of its `product`, of its product at
            another stage (`chain`), over the `border`, of its `kin`, round a `firm`, round scenery
            (`scenic`), with more or less money for their land (`money`), of another product
            (`different`).
        lead: the `ablest` secretary, the `township`'s official, or a `firm`'s manager.
        sharing: profit by `stake`, `equal` parts, the `weakest` first, or a `promised` rate.
        names: in whose name public money stands: of `all` members, or of the `weak`.
        plenaries_per_year: how often all meet (times a year, 0 to 60).
        pact_quarters: how long a pact lasts (quarters, 4 to 80).
        measures: any of mentoring, posting, agreement, culture, orders, works, outlet, services.
        sources, evidence, mechanisms: where each choice comes from, by field; ids of the evidence
            and of docs/mechanisms.md.
    """

    name: str = Field(min_length=1, max_length=120)
    title: Words
    does: Words = Field(default_factory=dict)
    risk: Words = Field(default_factory=dict)
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

    @model_validator(mode="after")
    def _none_allies_nobody(self) -> Strategy:
        if self.name == NONE and self.allies:
            raise ValueError(f"the name {NONE!r} is kept for the run without alliances")
        return self

    def __init__(self, **fields: Any) -> None:
        """Raises StrategyError with everything that does not fit."""
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise StrategyError.of(problems_of("Strategy", error, type(self))) from error

    def in_short(self) -> str:
        """Its name and institutions."""
        if not self.allies:
            return f"{self.name}, nobody allies"
        chosen = (self.formation, f"lead {self.lead}", f"sharing {self.sharing}", *self.measures)
        return f"{self.name}, {', '.join(chosen)}"

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
def _names() -> frozenset[str]:
    return frozenset(names())


@cache
def shipped(name: str) -> Strategy:
    """A shipped strategy by name."""
    return _read(FOLDER / f"{name}.toml")


def _read(path: Path) -> Strategy:
    try:
        body = read_toml(path)
        if old := OLD & set(body):
            _refuse_old(path, sorted(old))
        named = str(body.get("name") or path.stem)
        body.setdefault("name", path.stem)
        return Strategy(**{**body, "title": body.get("title") or {"en": named}})
    except (StrategyError, TableError) as error:
        raise StrategyError.of(
            [replace(problem, file=str(path)) for problem in error.problems]
        ) from error


def _refuse_old(path: Path, lines: list[str]) -> NoReturn:
    measures = ", ".join(MEASURES)
    expected = worded("problems.strategy.institutions_formation_lead", measures=measures)
    message = worded("problems.strategy.version", names=joined(lines))
    raise TableError([Problem(str(path), None, None, message, expected)])


def read_strategy(text: Any) -> Strategy:
    """A strategy from what a planner writes: a name, or a TOML file."""
    if isinstance(text, Strategy):
        return text
    if not isinstance(text, (str, Path)) or not str(text):
        what = shortly(text)
        raise StrategyError(worded("problems.strategy.strategy_found_expected", what=what))
    text = str(text)
    if ":" in text and not there(text):
        raise StrategyError(worded("problems.strategy.strategies_longer_mixed", text=text))
    if text.endswith(".toml"):
        if not there(text):
            raise StrategyError(worded("problems.strategy.such_file", text=text))
        return _read(Path(text))
    if text not in _names():
        there_are = ", ".join(names())
        raise StrategyError(
            worded("problems.strategy.strategy_called_toml", text=text, there_are=there_are)
        )
    return shipped(text)


class Portfolio(Summarised):
    """One strategy for everybody, with exceptions by alliance name or by township."""

    def __init__(self, default: str | Path | Strategy, by: Mapping[str, Any] | None = None) -> None:
        given: Any = by
        if not isinstance(given, Mapping | None):
            what = shortly(given)
            raise StrategyError(worded("problems.strategy.found_expected_strategies", what=what))
        self.default = read_strategy(default)
        self.by = {place: read_strategy(strategy) for place, strategy in (by or {}).items()}

    def in_short(self) -> str:
        """The strategy of all, and whose is another."""
        others = "".join(f"; {place}: {entry.name}" for place, entry in [*self.by.items()][:3])
        more = f" and {len(self.by) - 3} more" if len(self.by) > 3 else ""
        return f"{self.default.name}{others}{more}"

    def small_table(self) -> Any:
        """Institutions of each strategy."""
        import pandas as pd

        return pd.DataFrame(
            {
                strategy.name: strategy.model_dump(include=_INSTITUTIONS)
                for strategy in self.strategies
            }
        )

    @property
    def strategies(self) -> list[Strategy]:
        """The different strategies, the default first."""
        strategies = [self.default]
        for strategy in self.by.values():
            if strategy not in strategies:
                strategies.append(strategy)
        return strategies

    def index(self, *places: str) -> int:
        """Position in `strategies` of the strategy for the first of these places that
        has its own."""
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

"""The shape of scenario.toml, and what its texts have to be."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, FiniteFloat
from village_alliances.sim import region as regions
from village_alliances.sim.parameters import lever_values
from village_alliances.sim.problems import Text
from village_alliances.sim.strategy import StrategyError, Words, read_strategy
from village_alliances.sim.structured import Strict
from village_alliances.sim.worded import joined, worded

MOST_DRAWN = 1_000_000  # villages of a block; the country has half as many


def _both(texts: dict[str, str]) -> dict[str, str]:
    if not {"en", "zh"} <= set(texts):
        raise ValueError(worded("problems.shapes.text_en_zh"))
    return texts


def _file_name(text: str) -> str:
    if not re.fullmatch(r"[\w()（）][\w ()（）.-]{0,79}", text):
        raise ValueError(worded("problems.shapes.letters_digits_only"))
    return text


def _quarter(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}([Qq][1-4])?", text):
        raise ValueError(worded("problems.shapes.quarter_such_q"))
    return text


def _region(name: str) -> str:
    if name not in regions.names():
        raise ValueError(
            worded(
                "problems.shapes.one_of",
                names=joined(regions.names()),
            )
        )
    return name


def _strategy(text: str) -> str:
    try:
        if text:
            read_strategy(text)
    except StrategyError as error:
        raise ValueError(
            worded("problems.shapes.strategy", error=Text(error.message("en"), error.message("zh")))
        ) from error
    return text


def _levers(chosen: dict[str, float]) -> dict[str, float]:
    wrong = []
    for name, value in chosen.items():
        try:
            lever_values(1, {name: value})
        except (KeyError, ValueError) as error:
            wrong.append(str(error.args[0]))
    if wrong:
        raise ValueError(f"levers by name, within their bounds ({'; '.join(wrong)})")
    return chosen


def _quarter_or_tick(value: str | float) -> str | float:
    return _quarter(value) if isinstance(value, str) else value


Texts = Annotated[dict[str, str], AfterValidator(_both)]
Quarter = Annotated[str, AfterValidator(_quarter)]


class _Total(Strict):
    value: FiniteFloat = Field(ge=0)
    evidence: str = ""


class StatedAlliance(Strict):
    name: Words = Field(default_factory=dict)
    members: tuple[str, ...]
    lead: str = ""
    founded: Quarter
    strategy: Annotated[str, AfterValidator(_strategy)] = ""
    evidence: tuple[str, ...] = ()


class Block(Strict):
    count: int = Field(ge=1, le=MOST_DRAWN)
    prefix: Texts
    cells: dict[str, Any] = Field(default_factory=dict)
    townships: int = Field(default=1, ge=1, le=MOST_DRAWN)
    evidence: tuple[str, ...] | dict[str, Any] = ()


class StatedCount(Strict):
    """Of how many villages a document says that they lie between two incomes, not of which."""

    low: FiniteFloat = Field(ge=0)
    high: FiniteFloat | None = None
    count: int = Field(ge=1, le=MOST_DRAWN)
    evidence: tuple[str, ...] = ()


class _Formation(Strict):
    enabled: bool = True
    places_mid: Annotated[str | float, AfterValidator(_quarter_or_tick)] = 10.0
    places_share: float = Field(default=0.6, ge=0, le=1)
    evidence: tuple[str, ...] = ()
    assumption: str = ""


class ScenarioFile(Strict):
    """scenario.toml."""

    name: Annotated[str, AfterValidator(_file_name)]
    title: Texts
    type: str = ""
    level: Literal["alliance", "system", "scale"] = "alliance"
    case: str = ""
    region: Annotated[str, AfterValidator(_region)]
    start: int = Field(ge=1949, le=2100)
    years: int = Field(default=6, ge=1, le=100)
    summary: Words = Field(default_factory=dict)
    totals: dict[Literal["population", "households", "area_km2"], _Total] = Field(
        default_factory=dict
    )
    alliance: tuple[StatedAlliance, ...] = ()
    draw: tuple[Block, ...] = ()
    counted: tuple[StatedCount, ...] = ()
    formation: _Formation | None = None
    levers: Annotated[dict[str, float], AfterValidator(_levers)] = Field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()

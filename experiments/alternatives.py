"""Alternatives: partitions of a planner's own, so that one way of allying these villages can
be held against another.

    [[partition]]
    name = "along the river"
    title = {zh = "沿溪结对"}                 # optional; in reports

    [[partition.alliance]]
    members = ["雷山村", "金峨村"]            # of the table; "township/name" where two have one name
    strategy = "strong_leads_weak"            # a name or a file
    lead = "金峨村"                           # optional; otherwise as the strategy says
    grant = 60000                             # optional: yuan a member and year; else the county's
    founded = "2015Q2"                        # optional; otherwise the second quarter

Villages that no alliance of a partition names stay alone in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, FiniteFloat
from village_alliances.sim.grouping import FIRST_QUARTER
from village_alliances.sim.labels import places_by_name
from village_alliances.sim.parameters import levers
from village_alliances.sim.problems import Problem, TableError, Text, quoted
from village_alliances.sim.scenario import Given, Scenario, tick_of
from village_alliances.sim.strategy import Portfolio, Strategy, StrategyError, Words, read_strategy
from village_alliances.sim.structured import Strict, read_toml, shaped
from village_alliances.sim.worded import in_both, worded

NAMED = 8  # villages that a message names


@dataclass(frozen=True)
class Alternative:
    """One partition: who is with whom, by which strategy, with which grant."""

    name: str
    title: dict[str, str]
    given: tuple[Given, ...]
    portfolio: Portfolio
    file: str = ""

    def of(self, scenario: Scenario) -> Scenario:
        """The scenario with these alliances instead of its own."""
        return replace(scenario, given=self.given, grouped="")


class _Alliance(Strict):
    members: Annotated[list[str], Field(min_length=2)]
    strategy: str
    lead: str = ""
    grant: Annotated[FiniteFloat, Field(ge=0)] | None = None
    founded: str | int | None = None
    name: Words = Field(default_factory=dict)


class _Partition(Strict):
    name: Annotated[str, Field(min_length=1, max_length=120)]
    title: Words = Field(default_factory=dict)
    alliance: list[_Alliance] = Field(default_factory=list)


class _File(Strict):
    partition: Annotated[list[_Partition], Field(min_length=1)]


def load(
    path: str | Path, scenario: Scenario, chosen: Mapping[str, float] | None = None
) -> list[Alternative]:
    """The partitions of a file. `chosen` levers stand over the scenario's. Raises TableError with
    everything that is wrong."""
    path = Path(path)
    body = shaped(str(path), _File, read_toml(path))
    reader = _AlternativesReader(str(path), scenario, {**scenario.levers, **(chosen or {})})
    partitions = [reader.partition(i, part) for i, part in enumerate(body.partition)]
    if reader.problems:
        raise TableError(reader.problems)
    return partitions


class _AlternativesReader:
    """Turns names into positions; what is wrong gathers in `problems`."""

    def __init__(self, file: str, scenario: Scenario, chosen: Mapping[str, float]) -> None:
        self.file, self.scenario = file, scenario
        self.usual = float(chosen.get("grant_per_village", levers()["grant_per_village"].value))
        self.problems: list[Problem] = []
        self.places = places_by_name(scenario)
        self.labels: set[str] = set()

    def wrong(self, where: str, value: object, expected: Text) -> None:
        self.problems.append(Problem(self.file, None, where, quoted(value), expected))

    def partition(self, number: int, part: _Partition) -> Alternative:
        where = f"partition[{number}]"
        if part.name in self.labels:
            self.wrong(
                f"{where}.name",
                part.name,
                worded("problems.alternatives.name_own_every"),
            )
        self.labels.add(part.name)
        taken: dict[int, int] = {}
        alliances, by = [], {}
        for i, alliance in enumerate(part.alliance):
            spot = f"{where}.alliance[{i}]"
            strategy = self.strategy(f"{spot}.strategy", alliance.strategy)
            members = [self.village(f"{spot}.members", name) for name in alliance.members]
            inside = [m for m in members if m is not None]
            for m in inside:
                if m in taken:
                    expected = worded("problems.alternatives.each_village_alliance")
                    self.wrong(f"{spot}.members", self.scenario.names[m], expected)
                taken[m] = i
            lead = self.village(f"{spot}.lead", alliance.lead) if alliance.lead else None
            if lead is not None and lead not in inside:
                self.wrong(f"{spot}.lead", alliance.lead, worded("problems.alternatives.members"))
            label = f"{part.name}/{i + 1}"
            given = {lang: word for lang, word in alliance.name.items() if word}
            name = {**in_both("compare.alliance.numbered", number=i + 1), **given}
            by[label] = strategy
            alliances.append(
                Given(
                    name={"id": label, **name},
                    members=tuple(sorted(inside)),
                    lead=-1 if lead is None else lead,
                    founded=self.quarter(f"{spot}.founded", alliance.founded),
                    strategy=strategy.name,
                    grant=self.share(f"{spot}.grant", alliance.grant),
                )
            )
        strategies = list(by.values())
        default = (
            max(strategies, key=lambda s: (strategies.count(s), s.name))
            if strategies
            else read_strategy("none")
        )
        title = {
            "en": part.title.get("en") or part.title.get("zh") or part.name,
            "zh": part.title.get("zh") or part.title.get("en") or part.name,
        }
        ordered = tuple(sorted(alliances, key=lambda g: (g.founded, g.members)))
        return Alternative(part.name, title, ordered, Portfolio(default, by), self.file)

    def strategy(self, where: str, text: str) -> Strategy:
        try:
            return read_strategy(text)
        except StrategyError as error:
            self.problems.append(
                Problem(
                    self.file,
                    None,
                    where,
                    quoted(text),
                    worded(
                        "problems.alternatives.strategy",
                        error=Text(error.message("en"), error.message("zh")),
                    ),
                )
            )
            return read_strategy("none")

    def village(self, where: str, name: str) -> int | None:
        positions = self.places.get(name.strip(), [])
        if len(positions) == 1:
            return positions[0]
        if positions:
            townships = ", ".join(
                f"{self.scenario.places['township'][position]}/{name}"
                for position in positions[:NAMED]
            )
            self.wrong(
                where,
                name,
                worded(
                    "problems.alternatives.village_write", count=len(positions), townships=townships
                ),
            )
        else:
            some = ", ".join(map(str, self.scenario.names[:NAMED]))
            self.wrong(where, name, worded("problems.alternatives.village_table", some=some))
        return None

    def quarter(self, where: str, text: str | int | None) -> int:
        if text is None:
            return FIRST_QUARTER
        first, last = self.scenario.start, self.scenario.start + self.scenario.years - 1
        expected = worded("problems.alternatives.quarter_such_q", first=first, last=last)
        if not re.fullmatch(r"[0-9]{4}([Qq][1-4])?", str(text)):
            self.wrong(where, text, expected)
            return FIRST_QUARTER
        tick = tick_of(str(text), first)
        if not 0 <= tick < 4 * self.scenario.years:
            self.wrong(where, text, expected)
        return tick

    def share(self, where: str, grant: float | None) -> float:
        """A grant as a multiple of the usual one."""
        if grant is None:
            return 1.0
        if self.usual > 0.0:
            return grant / self.usual
        if grant > 0.0:
            self.wrong(where, grant, worded("problems.alternatives.no_grant"))
        return 0.0


def text_of(
    partitions: Sequence[tuple[str, Mapping[str, str], Sequence[Mapping[str, Any]]]],
) -> str:
    """Partitions as such a file: (name, title by language, alliances with members, strategy and
    maybe lead, grant, founded)."""
    lines = ["# Partitions for `alliances compare TABLE --alternatives FILE`.", ""]
    for name, title, alliances in partitions:
        lines += ["[[partition]]", f"name = {_quoted(name)}"]
        if title:
            lines.append(
                f"title = "
                f"{{{', '.join(f'{lang} = {_quoted(word)}' for lang, word in title.items())}}}"
            )
        lines.append("")
        for alliance in alliances:
            lines += [
                "[[partition.alliance]]",
                f"members = [{', '.join(map(_quoted, alliance['members']))}]",
            ]
            lines += [
                f"{key} = {_value(alliance[key])}"
                for key in ("strategy", "lead", "grant", "founded")
                if alliance.get(key) not in (None, "")
            ]
            lines.append("")
    return "\n".join(lines)


def _value(value: Any) -> str:
    return _quoted(value) if isinstance(value, str) else f"{value:.10g}"


def _quoted(text: object) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(str(text), ensure_ascii=False)


__all__ = ["Alternative", "load", "text_of"]

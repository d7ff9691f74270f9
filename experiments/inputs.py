"""Scenarios and strategies as plain data: what a folder of results keeps of them, and the
fingerprints of what a run depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from village_alliances.sim.building import Technology
from village_alliances.sim.region import Region
from village_alliances.sim.scenario import BLANK, OPTIONAL_NUMBERS, Column, Given, Scenario
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.technology import ProjectType

WORDS = ("title", "evidence", "kind", "assumption", "assumption_zh")  # of a region: not read by it


def digest(body: Any, size: int = 8) -> str:
    """Hash of plain data (what JSON can hold), whatever the order of its
    keys: 2 * `size` hex digits."""
    text = json.dumps(
        body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()


def scenario_fingerprint(scenario: Scenario) -> str:
    """Hash of all of a scenario that a run depends on; its titles, notes and
    sources are no part of it."""
    arrays = {"ids": scenario.ids, "position": scenario.position}
    for name, column in scenario.numbers.items():
        if name in OPTIONAL_NUMBERS and (column.kind == BLANK).all():
            continue  # nothing is drawn for it
        arrays |= {f"{name}.{part}": getattr(column, part) for part in ("kind", "low", "high")}
    texts = {**scenario.places, **scenario.words}
    return digest(
        {
            "start": scenario.start,
            "years": scenario.years,
            "region": _without_words(scenario.region.model_dump(mode="json")),
            "given": [[g.name, g.members, g.lead, g.founded, g.grant] for g in scenario.given],
            "totals": scenario.totals,
            "levers": scenario.levers,
            "arrays": {
                name: hashlib.blake2b(np.ascontiguousarray(a).tobytes(), digest_size=16).hexdigest()
                for name, a in arrays.items()
            },
            "texts": {
                name: digest([str(text) for text in column], 16) for name, column in texts.items()
            },
        }
    )


def _without_words(body: Any) -> Any:
    """Plain data of a region without WORDS at any depth."""
    if not isinstance(body, dict):
        return body
    return {name: _without_words(value) for name, value in body.items() if name not in WORDS}


def portfolio_fingerprint(portfolio: Portfolio) -> str:
    """Hash of all of a portfolio that a run depends on: strategies of equal
    institutions have the same."""

    def read(strategy: Strategy) -> list[Any]:
        return [strategy.allies, *map(float, strategy.institutions())]

    return digest(
        [
            read(portfolio.default),
            [[place, read(strategy)] for place, strategy in portfolio.by.items()],
        ]
    )


def technology_fingerprint(types: Technology) -> str:
    """Hash of all of the project types that a run depends on; titles, sources and
    reasons are no part of it."""
    return digest(
        [
            [
                kind.name,
                kind.needs,
                kind.by_product,
                {
                    name: [number.value, number.low, number.high, number.distribution]
                    for name, number in kind.numbers.items()
                },
            ]
            for kind in types
        ]
    )


def types_fingerprint(types: Sequence[ProjectType]) -> str:
    """Hash of all of a technology that a run depends on; titles, sources and
    reasons are no part of it."""
    words = {"kind", "evidence", "design", "grade", "reason", "reason_zh"}
    return digest(
        [
            [
                kind.name,
                kind.needs,
                kind.by_product,
                {
                    name: number.model_dump(mode="json", exclude=words)
                    for name, number in kind.numbers.items()
                },
            ]
            for kind in types
        ]
    )


def portfolio_data(portfolio: Portfolio) -> dict[str, Any]:
    """A portfolio as plain data."""
    by = {place: strategy.model_dump(mode="json") for place, strategy in portfolio.by.items()}
    return {"default": portfolio.default.model_dump(mode="json"), "by": by}


def stored_portfolio(body: Mapping[str, Any]) -> Portfolio:
    """The portfolio that `portfolio_data` wrote down."""
    return Portfolio(
        Strategy(**body["default"]),
        {place: Strategy(**strategy) for place, strategy in body["by"].items()},
    )


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """A scenario as plain data, complete but for the table that it was read from."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "region": scenario.region.model_dump(mode="json"),
        "start": scenario.start,
        "years": scenario.years,
        "ids": [int(key) for key in scenario.ids],
        "names": _texts(scenario.names),
        "places": {name: _texts(column) for name, column in scenario.places.items()},
        "numbers": {
            name: {
                "kind": column.kind.tolist(),
                "low": _finite(column.low),
                "high": _finite(column.high),
            }
            for name, column in scenario.numbers.items()
        },
        "words": {name: _texts(column) for name, column in scenario.words.items()},
        "position": scenario.position.tolist(),
        "located": scenario.located.tolist(),
        "lonlat": [_finite(pair) for pair in scenario.lonlat],
        "given": [asdict(alliance) for alliance in scenario.given],
        "evidence": [
            [village, column, source] for (village, column), source in scenario.evidence.items()
        ],
        **{
            name: getattr(scenario, name)
            for name in ("totals", "levers", "type", "level", "case", "summary", "notes", "grouped")
        },
    }


def scenario_of(body: Mapping[str, Any]) -> Scenario:
    """The scenario that `scenario_data` wrote down."""
    alliances = [
        {**g, "members": tuple(g["members"]), "evidence": tuple(g["evidence"])}
        for g in body["given"]
    ]
    made = {
        "region": Region(**body["region"]),
        "ids": np.array(body["ids"], np.uint64),
        "names": np.array(body["names"], object),
        "places": {name: np.array(column, object) for name, column in body["places"].items()},
        "numbers": {
            name: Column(
                np.array(c["kind"], np.int8),
                _numbers(c["low"], -np.inf),
                _numbers(c["high"], np.inf),
            )
            for name, c in body["numbers"].items()
        },
        "words": {name: np.array(column, object) for name, column in body["words"].items()},
        "position": np.array(body["position"], float),
        "located": np.array(body["located"], bool),
        "lonlat": np.array([_numbers(pair, np.nan) for pair in body["lonlat"]]),
        "given": tuple(Given(**g) for g in alliances),
        "evidence": {(village, column): source for village, column, source in body["evidence"]},
        "notes": {lang: tuple(lines) for lang, lines in body["notes"].items()},
    }
    return Scenario(**{**body, **made})


def _texts(column: np.ndarray) -> list[str]:
    return [str(text) for text in column]


def _finite(values: np.ndarray) -> list[float | None]:
    """Numbers, with None for those that JSON does not have."""
    return [float(value) if np.isfinite(value) else None for value in values]


def _numbers(values: list[float | None], missing: float) -> np.ndarray:
    return np.array([missing if value is None else value for value in values], float)

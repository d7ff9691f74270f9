"""What one run was made from: names and files that say it again, and what lay in memory alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from village_alliances.sim import loading
from village_alliances.sim.memo import plain_content
from village_alliances.sim.own import own_rules
from village_alliances.sim.pair import Pair
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.quarter import Rule
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.strategy import names as shipped_strategies
from village_alliances.sim.strategy import shipped as shipped_strategy
from village_alliances.sim.technology import shipped as shipped_types


def inputs_of(
    source: str | Path | Scenario,
    pair: Pair,
    seed: int,
    run: int,
    levers: Mapping[str, float] | None,
    mode: Mode | None,
    fixed: Mapping[str, float] | None,
) -> dict[str, Any]:
    """What a run was asked for, enough to ask for it again; places of files
    only as the user gave them."""
    setting, portfolio = pair.setting, pair.portfolio
    shipped = Path(setting.source).parent == loading.FOLDER
    given = (
        (setting.name if shipped else setting.source)
        if isinstance(source, Scenario)
        else str(source)
    )
    institutions = {
        "formation", "lead", "sharing", "names", "plenaries_per_year", "pact_quarters", "measures",
    }  # fmt: skip
    return {
        "scenario": given,
        "region": setting.region.name,
        "start": setting.start,
        "years": pair.ticks // 4,
        "strategy": portfolio.default.name,
        "strategy_by": {place: strategy.name for place, strategy in portfolio.by.items()},
        "strategies": {
            s.name: s.model_dump(include=institutions, mode="json") for s in portfolio.strategies
        },
        "seed": int(seed),
        "run": int(run),
        "mode": mode or default_mode(),
        "levers": {name: float(value) for name, value in (levers or {}).items()},
        "fixed": {name: float(value) for name, value in (fixed or {}).items()},
    }


def in_memory(source: Any, strategy: Any, types: Any, rules: Sequence[Rule]) -> dict[str, Any]:
    """What of a run no name or file can say again, under `in_memory`: objects that a script
    made, and rules of one's own.

    Nothing where there is none. Files of strategies and project types stand under
    `strategy_file` and `technology_file`.
    """
    lines: list[str] = []
    if isinstance(source, Scenario) and not unchanged(source):
        lines.append(f"villages {source.name}")
    if isinstance(strategy, (Strategy, Portfolio)):
        many = strategy.strategies if isinstance(strategy, Portfolio) else [strategy]
        lines += [f"strategy {strategy.name}" for strategy in many if not is_shipped(strategy)]
    if not (types is None or isinstance(types, (str, Path)) or tuple(types) == shipped_types()):
        lines.append("technology")
    lines += [f"rule {name}" for name in own_rules(rules)]
    files = {
        f"{kind}_file": str(value)
        for kind, value in (("strategy", strategy), ("technology", types))
        if isinstance(value, (str, Path)) and str(value).endswith(".toml")
    }
    return {**files, **({"in_memory": lines} if lines else {})}


def is_shipped(strategy: Strategy) -> bool:
    """Whether a strategy has the institutions of the shipped one of its name."""
    return strategy.name in shipped_strategies() and (
        shipped_strategy(strategy.name).institutions() == strategy.institutions()
    )


def unchanged(setting: Scenario) -> bool:
    """Whether villages are what the shipped scenario of their name, or the file
    that they came from, says."""
    try:
        if setting.name in loading.names():
            other = loading.load(setting.name, years=setting.years)
        elif Path(setting.source).exists():
            other = loading.load(
                setting.source,
                region=setting.region.name,
                start=setting.start,
                years=setting.years,
            )
        else:
            return False
    except (OSError, ValueError):
        return False
    return setting.region == other.region and _content(setting) == _content(other)


def _content(setting: Scenario) -> dict[str, Any]:
    """Everything that villages say; their region and the table that they were read from aside."""
    return {
        part.name: plain_content(getattr(setting, part.name))
        for part in fields(setting)
        if part.name not in ("region", "table")
    }

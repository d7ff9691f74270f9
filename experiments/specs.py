"""What a planner writes for strategies, as portfolios by label, each in its alliances."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from village_alliances.experiments.alternatives import Alternative
from village_alliances.experiments.inputs import portfolio_fingerprint
from village_alliances.sim.arguments import as_tuple, is_one_of
from village_alliances.sim.files import LARGEST_TEXT, read_file
from village_alliances.sim.scenario import Scenario, documented
from village_alliances.sim.strategy import DOCUMENTED, Portfolio, Strategy, StrategyError
from village_alliances.sim.table.memory import shortly
from village_alliances.sim.worded import in_both

Spec: TypeAlias = str | Path | Strategy | Portfolio | Alternative


def as_texts(
    strategies: Sequence[Spec] | Mapping[str, Spec],
) -> Sequence[Spec] | Mapping[str, Spec]:
    """Strategies with files as texts; one alone stands for a list of it."""

    def text(value: Any) -> Any:
        return str(value) if isinstance(value, Path) else value

    if isinstance(strategies, Mapping):
        return {label: text(strategy) for label, strategy in strategies.items()}
    if isinstance(strategies, (str, Path, Strategy, Portfolio, Alternative)):
        return [text(strategies)]
    given = as_tuple("strategies", strategies, "names, files, Strategy or Portfolio, or by label")
    return [text(strategy) for strategy in given]


def one_each(**given: Mapping[str, float] | None) -> None:
    """ValueError, naming all, where something is not one finite number by name."""
    wrong = [
        f"{kind} {name}: found {shortly(value)}"
        for kind, values in given.items()
        for name, value in (values or {}).items()
        if np.ndim(value) or np.asarray(value).dtype.kind not in "iuf" or not np.isfinite(value)
    ]
    if wrong:
        raise ValueError(f"{'; '.join(wrong)}; expected one number each (a value a run: run_ensemble, sweep)")  # fmt: skip


def specs_of(
    strategies: Sequence[Spec] | Mapping[str, Spec], portfolios: Mapping[str, Portfolio]
) -> dict[str, Spec]:
    values = strategies.values() if isinstance(strategies, Mapping) else strategies
    return dict(zip(portfolios, values, strict=True))


def same_strategies(
    portfolios: Mapping[str, Portfolio], settings: Mapping[str, Scenario]
) -> tuple[tuple[str, ...], ...]:
    """Groups of strategies that are one strategy by different names: the same
    institutions in the same alliances."""
    groups: dict[tuple[int, str], list[str]] = {}
    for label, portfolio in portfolios.items():
        key = id(settings[label]), portfolio_fingerprint(portfolio)
        groups.setdefault(key, []).append(label)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def one_of_each(
    portfolios: Mapping[str, Portfolio], same: Sequence[Sequence[str]]
) -> dict[str, Portfolio]:
    """The strategies without those that another one in front of them is already."""
    again = {label for _, *others in same for label in others}
    return {label: portfolio for label, portfolio in portfolios.items() if label not in again}


def by_setting(
    portfolios: Mapping[str, Portfolio], settings: Mapping[str, Scenario]
) -> list[tuple[Scenario, dict[str, Portfolio]]]:
    """Strategies in the same alliances are run together."""
    groups: dict[int, tuple[Scenario, dict[str, Portfolio]]] = {}
    for label, portfolio in portfolios.items():
        setting = settings[label]
        groups.setdefault(id(setting), (setting, {}))[1][label] = portfolio
    return list(groups.values())


def labelled(
    strategies: Sequence[Spec] | Mapping[str, Spec], scenario: Scenario
) -> dict[str, Portfolio]:
    """Portfolios by label, in order. Raises StrategyError where there is none, or two
    of one name."""
    if isinstance(strategies, Mapping):
        portfolios = {
            label: specified_portfolio(spec, scenario) for label, spec in strategies.items()
        }
    else:
        portfolios = {}
        for spec in strategies:
            portfolio = specified_portfolio(spec, scenario)
            label = (
                spec
                if is_one_of(spec, (DOCUMENTED,))
                else spec.name
                if isinstance(spec, Alternative)
                else portfolio.name
            )
            if label in portfolios:
                raise StrategyError(f"strategy {label!r} is named twice")
            portfolios[str(label)] = portfolio
    if not portfolios:
        raise StrategyError("name at least one strategy to compare")
    return portfolios


def files_of(specs: Mapping[str, Spec]) -> dict[str, dict[str, str]]:
    """Path and contents' sha256 of the strategies and partitions that are
    files of one's own, by label."""
    paths = {
        label: spec.file if isinstance(spec, Alternative) else spec for label, spec in specs.items()
    }
    return {
        label: {"path": path, "sha256": hashlib.sha256(read_file(path, LARGEST_TEXT)).hexdigest()}
        for label, path in paths.items()
        if isinstance(path, str) and path.endswith(".toml") and Path(path).exists()
    }


def specified_portfolio(spec: Spec, scenario: Scenario) -> Portfolio:
    """A portfolio from what a planner writes, `documented` included."""
    if isinstance(spec, Portfolio):
        return spec
    if isinstance(spec, Alternative):
        return spec.portfolio
    return documented(scenario) if is_one_of(spec, (DOCUMENTED,)) else Portfolio(spec)


def title_of(label: str, portfolio: Portfolio, spec: Spec) -> dict[str, str]:
    if isinstance(spec, Alternative):
        return dict(spec.title)
    if label == DOCUMENTED:
        return in_both("compare.alliance.as_documented")
    if label != portfolio.name:
        return {"en": label, "zh": label}
    more = f" +{len(portfolio.by)}" if portfolio.by else ""
    return {lang: portfolio.default.title[lang] + more for lang in ("en", "zh")}

"""Rivals: who else could have had an alliance's public money, and how much of it each village
gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from village_alliances.sim.building import parameters_of
from village_alliances.sim.metrics import WEAK, weak_line
from village_alliances.sim.play import Play, Terms
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.uncertain import split

RIVALS = ("even", "lumped", "weakest", "aimed", "all")
AIM_SEED = 7919  # draws on which a rival's aim is taken are others than those on which it is judged
AIM_RUNS = 64


def rival_money(society: Any, name: str, aim: np.ndarray) -> np.ndarray:
    """Yuan a quarter of every village (ticks, rows) when a rival has what the
    alliances of this society had."""
    if name in ("even", "lumped", "weakest"):
        return np.ascontiguousarray(
            {"even": society.even, "lumped": society.lumped, "weakest": society.on_weakest}[name]
        )
    ticks, runs = society.even.shape[0], society.runs.size
    size = society.villages.size // runs
    total = society.even.reshape(ticks, runs, size).sum(axis=2, keepdims=True)
    weight = aim if name == "aimed" else np.full(size, 1.0 / size)
    return np.ascontiguousarray((total * weight).reshape(ticks, runs * size))


def aimed_at(
    scenario: Scenario,
    common: Mapping[str, Any],
    fixed: Mapping[str, Any] | None,
    rules: tuple[Rule, ...] = QUARTER,
) -> np.ndarray:
    """Shares of public money (villages,) that is aimed at those who would stay weak without
    alliances, in proportion to how often they do, on other draws than those on which it is judged.
    """
    numbers = np.arange(AIM_RUNS, dtype=np.uint64)
    scalars = {name: value for name, value in (fixed or {}).items() if np.ndim(value) == 0}
    levers = {
        name: value for name, value in (common["levers"] or {}).items() if np.ndim(value) == 0
    }
    seed = common["seed"] + AIM_SEED
    of_model, of_types = split(scalars)
    parameters = parameters_of(scenario, common["mode"], seed, numbers, of_model)
    options = {
        **common,
        "levers": levers,
        "fixed": of_types,
        "seed": seed,
        "runs": numbers,
        "parameters": parameters,
    }
    ticks = 4 * (common["years"] or scenario.years)
    play = Play(scenario, Portfolio("none"), ticks, options, Terms(rules=rules))
    end = play.years[-1]["operating_income"]
    often = (end < WEAK).mean(axis=0)
    if often.sum() <= 0.0:  # nobody stays under the line: those who begin weak
        start = play.society.villages.start_income.reshape(play.shape)
        often = (start <= weak_line(start)).mean(axis=0)
    return np.asarray(often / often.sum())

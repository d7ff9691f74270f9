"""Which of several stored strategies is meant."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from village_alliances.experiments.refused import Refused
from village_alliances.sim.problems import quoted
from village_alliances.sim.strategy import NONE
from village_alliances.sim.worded import joined, worded


def label_of(folder: str | Path, labels: Collection[str], strategy: str) -> str:
    """The label that is asked for; where none is, the only one beside `none`. Raises Refused."""
    if strategy in labels:
        return strategy
    working = [label for label in labels if label != NONE]
    if not strategy and len(working) == 1:
        return working[0]
    which = "which_strategy_found" if strategy else "which_strategy"
    raise Refused(
        worded(
            f"problems.store.{which}",
            folder=folder,
            labels=joined(working),
            strategy=quoted(strategy),
        )
    )

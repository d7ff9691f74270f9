"""Credit: what each channel of a strategy is worth, by leaving it out under the same luck."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments import statistics
from village_alliances.sim.ensemble import Ensemble
from village_alliances.sim.strategy import Portfolio

OUTCOME = "gain_mean"
TOGETHER = "together"  # what no single channel accounts for


def channels_of(portfolio: Portfolio) -> list[str]:
    """The channels that any strategy of a portfolio works, strongest first."""
    strength: dict[str, float] = {}
    for strategy in portfolio.strategies:
        for channel, value in strategy.channels.items():
            if value > 0:
                strength[channel] = max(value, strength.get(channel, 0.0))
    return sorted(strength, key=lambda channel: (-strength[channel], channel))


def without(portfolio: Portfolio, channel: str) -> Portfolio:
    """The same portfolio with one channel left undone everywhere."""
    return Portfolio(
        portfolio.default.without(channel),
        {place: s.without(channel) for place, s in portfolio.by.items()},
    )


def leave_one_out(full: Ensemble, run: Callable[[Portfolio], Ensemble]) -> pd.DataFrame:
    """What each channel adds to the mean gain when all others are there (yuan a year).

    Columns: channel, median, p05, p95 over the runs, gain_mean (mean over the runs), part (of the whole mean gain; nan if
    there is none). Channels help and hinder each other, so the parts need not add up: the row `together` is the remainder.
    """
    whole = full.outcome(OUTCOME)
    rows, added = [], np.zeros_like(whole)
    for channel in channels_of(full.portfolio):
        worth = statistics.differences(
            whole, run(without(full.portfolio, channel)).outcome(OUTCOME)
        )
        added = added + worth
        rows.append(_row(channel, worth, whole))
    if rows:
        rows.append(_row(TOGETHER, whole - added, whole))
    return pd.DataFrame(rows, columns=["channel", "median", "p05", "p95", "gain_mean", "part"])


def _row(channel: str, worth: np.ndarray, whole: np.ndarray) -> dict[str, Any]:
    both = np.isfinite(worth) & np.isfinite(whole)
    mean, all_of_it = (
        float(values[both].mean()) if both.any() else float("nan") for values in (worth, whole)
    )
    band = statistics.band(worth)
    part = mean / all_of_it if all_of_it > 0 else float("nan")
    return {
        "channel": channel,
        "median": band.median,
        "p05": band.low,
        "p95": band.high,
        "gain_mean": mean,
        "part": part,
    }

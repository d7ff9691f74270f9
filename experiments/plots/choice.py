"""What to choose: how often each strategy is best, what choosing it forgoes, and what it costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from village_alliances.experiments.drawing import (
    DARK,
    GREY,
    WIDTH,
    headed,
    legend,
    look,
    round_ticks,
    scale,
    settled,
)
from village_alliances.experiments.plots import findings
from village_alliances.experiments.plots.panels import (
    bar,
    by_outcome,
    quantiles,
)
from village_alliances.sim.metrics import BY_NAME, MAIN, SPENT
from village_alliances.wording import say
from village_alliances.wording.numbers import percent

if TYPE_CHECKING:
    import pandas as pd
    from village_alliances.experiments.comparison import Comparison


UNRANKED = (
    "gain_mean",
    "p10_income",
    *SPENT,
)  # they rank like the mean income and like the gain of the weak, or are no question


RANKED = tuple(o for o in MAIN if o not in UNRANKED)


@settled
def best(c: Comparison, lang: str) -> Figure:
    """How often each strategy is the best, a panel a main outcome: the posterior beside the
    prior where both are known."""
    prior = (
        None if c.best_prior is None else c.best_prior.set_index(["outcome", "strategy"])["p_best"]
    )
    chance = c.best.set_index(["outcome", "strategy"])["p_best"]

    def draw(ax: Axes, outcome: str) -> None:
        for i, strategy in enumerate(c.strategies):
            how = look(strategy, c.strategies)
            value = float(chance[outcome, strategy])
            if prior is None:
                bar(ax, i, value, 0.6, percent(value), color=how.colour)
            else:
                before = float(prior[outcome, strategy])
                bar(ax, i - 0.2, value, 0.38, percent(value), color=how.colour)
                bar(
                    ax,
                    i + 0.2,
                    before,
                    0.36,
                    percent(before),
                    facecolor="white",
                    edgecolor=how.colour,
                    linewidth=1.1,
                )
        ax.set_xlim(0, 1.2)
        ax.set_xticks([0, 0.5, 1.0])
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))

    figure = by_outcome(c, c.strategies, RANKED, 0.22 if prior is None else 0.32, draw, lang)
    headed(figure, findings.best_most_often(c, lang), lang, say("report.plot_best", lang))
    if prior is not None:
        handles = [Patch(color=GREY), Patch(facecolor="white", edgecolor=GREY, linewidth=1.1)]
        legend(
            figure, handles, [say("report.plot_posterior", lang), say("report.plot_prior", lang)], 2
        )
    return figure


@settled
def regret(c: Comparison, lang: str) -> Figure:
    """By how much each strategy falls short of the best one of the same run, on average: a panel a
    main outcome in its own unit."""
    expected = c.best.set_index(["outcome", "strategy"])["expected_regret"]

    def draw(ax: Axes, outcome: str) -> None:
        losses = [float(expected[outcome, strategy]) for strategy in c.strategies]
        largest = float(np.nanmax(losses, initial=0.0))
        by = scale(BY_NAME[outcome].unit, largest, lang)
        for i, (strategy, loss) in enumerate(zip(c.strategies, losses, strict=True)):
            bar(ax, i, loss, 0.6, by.text(loss), color=look(strategy, c.strategies).colour)
        ax.set_xlim(0, (largest or 1.0) * 1.3)
        ax.xaxis.set_major_locator(round_ticks(3))
        ax.xaxis.set_major_formatter(by.ticks)
        ax.set_xlabel(by.label, fontsize=7.8)

    figure = by_outcome(c, c.strategies, RANKED, 0.22, draw, lang)
    headed(figure, findings.least_forgone(c, lang), lang, say("report.plot_regret", lang))
    return figure


@settled
def frontier(frame: pd.DataFrame, lang: str) -> Figure:
    """Gain against public money: a dot with its interval for each row, and the line of
    those that nothing dominates.

    `frame`: `strategy` (which gives the look), `label` (its name in the legend), `cost` (yuan),
    `gain`, `low`, `high` (yuan a year).
    """
    figure = Figure(
        figsize=(WIDTH, 3.7 + 0.17 * math.ceil(len(frame) / 3)),
        layout="constrained",
    )
    ax = figure.subplots()
    by_cost = scale("yuan", float(frame["cost"].abs().max()), lang)
    by_gain = scale("yuan/year", float(frame[["low", "high"]].abs().to_numpy().max()), lang)
    strategies = list(frame["strategy"])
    for (_, row), strategy, place in zip(
        frame.iterrows(), strategies, _side_by_side(frame["cost"].to_numpy(float)), strict=True
    ):
        how = look(strategy, strategies)
        ax.plot([place] * 2, [row["low"], row["high"]], color=how.colour, linewidth=1.6, zorder=3)
        ax.plot([place], [row["gain"]], how.marker, color=how.colour, markersize=7, zorder=4)
    ordered = frame.sort_values(["cost", "gain"], ascending=[True, False])
    best = ordered[ordered["gain"] > ordered["gain"].cummax().shift(fill_value=-math.inf)]
    ax.plot(best["cost"], best["gain"], color=DARK, linewidth=1, dashes=(4, 2), zorder=2)
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.xaxis.set_major_formatter(by_cost.ticks)
    ax.yaxis.set_major_formatter(by_gain.ticks)
    ax.xaxis.set_major_locator(round_ticks(6))
    ax.margins(x=0.12, y=0.1)
    ax.set_xlabel(say("report.plot_public_money", lang, unit=by_cost.label))
    ax.set_title(say("report.plot_gain", lang, unit=by_gain.label), fontsize=8.5)
    headed(figure, findings.bought_with(frame, lang), lang, say("report.plot_frontier", lang))
    handles = [
        Line2D([], [], color=how.colour, marker=how.marker, linewidth=1.6, markersize=7)
        for how in (look(strategy, strategies) for strategy in strategies)
    ]
    undominated = Line2D([], [], color=DARK, linewidth=1, dashes=(4, 2))
    words = [*map(str, frame["label"]), say("report.plot_undominated", lang)]
    legend(figure, [*handles, undominated], words, 3)
    return figure


def _side_by_side(costs: np.ndarray) -> np.ndarray:
    """Where to draw these costs so that whiskers of equal ones do not cover each other: moved by a
    hundredth or two of the axis."""
    step = min(0.015, 0.08 / costs.size) * (float(costs.max() - costs.min()) or 1.0)
    places = costs.copy()
    order = np.argsort(costs, kind="stable")
    start = 0
    for end in range(1, costs.size + 1):
        if end == costs.size or costs[order[end]] - costs[order[end - 1]] > step:
            group = order[start:end]
            places[group] = costs[group].mean() + step * (
                np.arange(group.size) - (group.size - 1) / 2
            )
            start = end
    return places


def bought(c: Comparison, lang: str, outcome: str = "gain_weak") -> pd.DataFrame:
    """What each strategy costs and brings at the end, as `frontier` takes it: medians, and 5-95%
    of the runs for the gain."""
    import pandas as pd

    rows = []
    for strategy in c.strategies:
        low, middle, high = quantiles(c.ensembles[strategy].outcome(outcome), (0.05, 0.5, 0.95))
        cost = float(quantiles(c.ensembles[strategy].outcome("public_cost"), (0.5,))[0])
        rows.append(
            {
                "strategy": strategy,
                "label": c.title(strategy, lang),
                "cost": cost,
                "gain": middle,
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows)

"""Outcomes at the end: differences to the baseline, incomes of all villages, who gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter
from village_alliances.experiments.drawing import (
    DARK,
    GREY,
    headed,
    legend,
    lines_of,
    log_axis,
    look,
    panels,
    round_ticks,
    scale,
    settled,
    spans,
    titled_panel,
    whisker,
)
from village_alliances.experiments.plots import findings
from village_alliances.experiments.plots.panels import (
    allied,
    by_outcome,
    named,
    panel,
    tell_dots,
    working,
    years_of,
)
from village_alliances.experiments.wording import capital
from village_alliances.sim.metrics import BY_NAME, MAIN
from village_alliances.wording import say
from village_alliances.wording.numbers import percent

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison


GROUPS = ("all", "weak", "lead", "members", "outside")


WEAK = 50_000.0  # yuan a year


CURVE = 160  # points of a drawn distribution


@settled
def differences(c: Comparison, lang: str) -> Figure:
    """Paired differences to the baseline at the end: a panel a main outcome in its own unit, a
    dot and whisker a strategy."""
    labels = allied(c)
    table = c.table.set_index(["outcome", "strategy"])[["diff_median", "diff_p05", "diff_p95"]]

    def draw(ax: Axes, outcome: str) -> None:
        rows = table.loc[[(outcome, s) for s in labels]].to_numpy(float)
        what = BY_NAME[outcome]
        by = scale(what.unit, float(np.nanmax(np.abs(rows), initial=0.0)), lang)
        for i, (strategy, (middle, low, high)) in enumerate(zip(labels, rows, strict=True)):
            whisker(ax, i, middle, low, high, look(strategy, c.strategies), hollow=low <= 0 <= high)
        ax.axvline(0, color=DARK, linewidth=1)
        spans([ax], float(np.nanmin(rows)), float(np.nanmax(rows)))
        ax.xaxis.set_major_locator(round_ticks(4, what.unit))
        ax.xaxis.set_major_formatter(by.ticks)
        arrow = say(
            {1: "report.plot_right_better", -1: "report.plot_left_better"}.get(
                what.better, "report.plot_neither"
            ),
            lang,
        )
        ax.set_xlabel(f"{by.label}  {arrow}".strip(), fontsize=7.8)

    outcomes = [o for o in MAIN if o != "gain_mean"]  # its difference is that of the mean income
    figure = by_outcome(c, labels, outcomes, 0.25, draw, lang)
    note = say("report.plot_differences", lang, baseline=c.title(c.baseline, lang))
    headed(figure, findings.clear_differences(c, labels, lang), lang, note)
    tell_dots(figure, lang)
    return figure


@settled
def distribution(c: Comparison, lang: str) -> Figure:
    """Operating income at the end across villages and runs: a panel a strategy, its curve against
    the same villages without alliances."""
    labels = allied(c)
    shares = np.linspace(0.005, 0.995, CURVE)
    curves: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    under: dict[str, tuple[float, float]] = {}
    for strategy in labels:
        ensemble = c.ensembles[strategy]
        well = (ensemble.status == 0) & (c.none.status == 0)
        own, alone = (side.kept["operating_income"][well].ravel() for side in (ensemble, c.none))
        curves[strategy] = (np.quantile(own, shares), np.quantile(alone, shares))
        under[strategy] = (float((own < WEAK).mean()), float((alone < WEAK).mean()))
    low = max(
        1000.0,
        min(float(np.interp(0.01, shares, curve)) for pair in curves.values() for curve in pair),
    )
    high = max(float(curve[-1]) for pair in curves.values() for curve in pair)
    figure, axes = panels(len(labels), 3 if len(labels) < 9 else 4, 2.35, sharex=True, sharey=True)
    for ax, strategy in zip(axes, labels, strict=True):
        how = look(strategy, c.strategies)
        own, alone = (np.maximum(curve, low) for curve in curves[strategy])
        ax.fill_betweenx(shares, own, alone, color=how.colour, alpha=0.25, linewidth=0)
        ax.plot(alone, shares, color=DARK, linewidth=1.3, dashes=(4, 2))
        ax.plot(own, shares, color=how.colour, linewidth=2.0)
        ax.axvline(WEAK, color=GREY, linewidth=0.9, linestyle=":")
        now, before = under[strategy]
        note = say("report.plot_under", lang, alone=f"{before:.1%}", own=f"{now:.1%}")
        titled_panel(ax, c.title(strategy, lang), lang, note)
    axes[0].set_xscale("log")
    axes[0].set_xlim(low, high)
    axes[0].set_ylim(0, 1)
    log_axis(axes[0].xaxis, low, high, lang, 4 if len(labels) > 2 else 7)
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    note = say("report.plot_distribution", lang, year=years_of(c)[-1])
    headed(figure, findings.middle_village(c, labels, lang), lang, note)
    handles = [
        Line2D([], [], color=GREY, linewidth=2.2),
        Line2D([], [], color=DARK, linewidth=1.3, dashes=(4, 2)),
        Line2D([], [], color=GREY, linewidth=0.9, linestyle=":"),
    ]
    legend(
        figure,
        handles,
        [say(f"report.plot_{key}", lang) for key in ("with_strategy", "same_alone", "weak_line")],
        3,
    )
    return figure


@settled
def who_gains(c: Comparison, lang: str) -> Figure:
    """Gain over the same villages without alliances, by group: dots with whiskers, and
    how often a group loses."""
    who = c.who
    chosen = working(c)
    moved = who[who[["p05", "p95"]].to_numpy().any(axis=1)]  # nothing happens to who is outside
    groups = [g for g in GROUPS if g in set(moved["group"])] or ["all"]
    labels = named(c, chosen, lang, 22)
    figure, axes = panels(
        len(groups), 2, 0.8 + len(chosen) * max(0.3, 0.165 * lines_of(labels)), sharex=True
    )
    table = who.set_index(["group", "strategy"])
    ends = who[who["strategy"].isin(chosen)]
    by = scale(
        "yuan/year",
        float(np.nanmax(np.abs(ends[["p05", "p95"]].to_numpy(float)), initial=0.0)),
        lang,
    )
    for number, (ax, group) in enumerate(zip(axes, groups, strict=True)):
        for i, strategy in enumerate(chosen):
            row = table.loc[(group, strategy)]
            whisker(
                ax,
                i,
                row["median"],
                row["p05"],
                row["p95"],
                look(strategy, c.strategies),
                hollow=row["p05"] <= 0 <= row["p95"],
            )
            loses = say("report.plot_loses", lang, share=percent(row["loses"]))
            ax.text(1.02, i, loses, transform=ax.get_yaxis_transform(), va="center", fontsize=7.8)
        ax.axvline(0, color=DARK, linewidth=1)
        panel(ax, labels, number % 2 == 0, capital(say(f"compare.group.{group}", lang)), by, lang)
    low, high = float(np.nanmin(ends["p05"])), float(np.nanmax(ends["p95"]))
    spans(axes, low, high)
    headed(figure, findings.losers(c, chosen, groups, lang), lang, say("report.plot_who", lang))
    tell_dots(figure, lang)
    return figure

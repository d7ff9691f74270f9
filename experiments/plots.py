"""Figures of a comparison, in Chinese or English, for the screen and for paper.

Every function takes a Comparison (or what it says) and a language and gives a matplotlib
Figure of its own, tied to no global canvas. A strategy has the same colour and mark in every
figure; the palette is Okabe and Ito's (https://jfly.uni-koeln.de/color/), which the
colour-blind can tell apart. Colour never stands alone: panels and rows are labelled in words.
Bands hold 5-95% and 25-75% of the runs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from village_alliances.experiments.answer.comparison import projects_of
from village_alliances.experiments.drawing import (
    BLUE,
    COUNTED,
    DARK,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    WIDTH,
    YELLOW,
    Look,
    dot,
    headed,
    legend,
    lines_of,
    log_axis,
    look,
    panels,
    place_texts,
    png,
    round_ticks,
    rows_of,
    scale,
    settled,
    short,
    spans,
    svg,
    titled_panel,
    whisker,
    wrapped,
)
from village_alliances.experiments.maps import founded, map_of
from village_alliances.experiments.wording import ONE_WAY, capital, meaning, strategy_title
from village_alliances.sim.metrics import BY_NAME, MAIN, SPENT
from village_alliances.sim.parameters import levers as all_levers
from village_alliances.sim.parameters import regional
from village_alliances.sim.region import load as region
from village_alliances.sim.scenario import quarter_name
from village_alliances.wording import say
from village_alliances.wording.numbers import is_money, percent

if TYPE_CHECKING:
    import pandas as pd
    from village_alliances.experiments.comparison import Comparison
    from village_alliances.experiments.timeline import Timeline

__all__ = [
    "best",
    "bought",
    "differences",
    "distribution",
    "figures",
    "frontier",
    "look",
    "map_of",
    "parts",
    "png",
    "projects",
    "regret",
    "rivals",
    "scenarios",
    "sensitivity",
    "svg",
    "trajectories",
    "village",
    "weak_left",
    "who_gains",
]
GAIN_COLOURS = {
    "concentration": BLUE,
    "own_money": ORANGE,
    "pooling": GREEN,
    "shared_ability": PURPLE,
}
GROUPS = ("all", "weak", "lead", "members", "outside")
WEAK = 50_000.0  # yuan a year
CURVE = 160  # points of a drawn distribution
MOST_BARS = 15
# villages on maps of partitions together, beside the map of the table: a report is to stay light
MOST_ON_MAPS = 200


def named(c: Comparison, strategies: Sequence[str], lang: str, width: int) -> list[str]:
    """What a planner calls these strategies, in lines of about `width` letters."""
    return [wrapped(c.title(s, lang), lang, width) for s in strategies]


def quantiles(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Quantiles over runs (first axis) of those that did not fail: shape (shares, ...);
    nan where every run failed."""
    kept = values[~np.isnan(values).reshape(len(values), -1).any(axis=1)]
    return (
        np.quantile(kept, shares, axis=0)
        if len(kept)
        else np.full((len(shares), *values.shape[1:]), np.nan)
    )


def panel(ax: Axes, labels: Sequence[str], first: bool, title: str, by: Any) -> None:
    """A panel of one row a label: its rows, its title, and an axis in the unit `by`."""
    rows_of(ax, labels, first)
    ax.xaxis.set_major_locator(round_ticks(5))
    ax.xaxis.set_major_formatter(by.ticks)
    ax.tick_params(axis="x", labelbottom=True)
    ax.set_title(title)
    ax.set_xlabel(by.label, fontsize=7.8)


def tell_dots(figure: Figure, lang: str) -> None:
    """What full and hollow dots mean: a difference that is clear, and one that is not."""
    said = [say("report.plot_clear", lang), say("report.plot_unclear", lang)]
    legend(figure, [dot(False), dot(True)], said, 2)


def _allied(c: Comparison) -> list[str]:
    """The strategies that are held against the baseline."""
    return [s for s in c.strategies if s != c.baseline] or [c.baseline]


def _working(c: Comparison) -> list[str]:
    """The strategies that do anything; all of them where none does."""
    return [s for s in c.strategies if not c.ensembles[s].portfolio.idle] or list(c.strategies)


def _distinct(shown: Sequence[str], c: Comparison) -> list[str]:
    """Those of these strategies that are not another one, in front of them, by another name."""
    again = {label for _, *others in c.same for label in others}
    return [label for label in shown if label not in again]


def _years(c: Comparison) -> np.ndarray:
    """The calendar years at whose ends outcomes were recorded, the start first."""
    length = next(iter(c.ensembles.values())).series.shape[1]
    return np.asarray(c.scenario.start - 1 + np.arange(length))


def _year_ticks(ax: Axes, years: np.ndarray) -> None:
    step = max(1, math.ceil(years.size / 5))
    ax.set_xticks(years[::step])
    ax.set_xlim(years[0], years[-1])


# ---- Over time


@settled
def trajectories(c: Comparison, outcome: str, lang: str) -> Figure:
    """One outcome by year: a panel a strategy with median (a mean, where villages are counted) and
    bands, and the baseline's line."""
    return _over_time(c, outcome, lang)


@settled
def weak_left(c: Comparison, lang: str) -> Figure:
    """Villages under 50,000 yuan by year: a panel a strategy with the mean and bands,
    and the baseline's mean."""
    return _over_time(c, "weak_villages_50k", lang)


def _over_time(c: Comparison, outcome: str, lang: str) -> Figure:
    unit = BY_NAME[outcome].unit
    counted = unit in COUNTED
    years, shown = _years(c), _allied(c)
    bands = {
        s: quantiles(c.ensembles[s].trajectory(outcome), (0.05, 0.25, 0.5, 0.75, 0.95))
        for s in {*shown, c.baseline}
    }
    middle = {
        s: np.nanmean(c.ensembles[s].trajectory(outcome), axis=0) if counted else band[2]
        for s, band in bands.items()
    }
    low, high = (
        min(float(np.nanmin(b)) for b in bands.values()),
        max(float(np.nanmax(b)) for b in bands.values()),
    )
    by = scale(unit, max(abs(low), abs(high)), lang)
    logged = unit.startswith("yuan") and low > 0 and high / low > 8
    figure, axes = panels(len(shown), 3 if len(shown) < 9 else 4, 2.35, sharex=True, sharey=True)
    for ax, strategy in zip(axes, shown, strict=True):
        band, how = bands[strategy], look(strategy, c.strategies)
        ax.fill_between(years, band[0], band[4], color=how.colour, alpha=0.18, linewidth=0)
        ax.fill_between(years, band[1], band[3], color=how.colour, alpha=0.32, linewidth=0)
        if strategy != c.baseline:
            ax.plot(years, middle[c.baseline], color=DARK, linewidth=1.3, dashes=(4, 2))
        ax.plot(years, middle[strategy], color=how.colour, linewidth=2.2)
        for given in c.scenario.given[:1]:
            ax.axvline(
                c.scenario.start - 1 + given.founded / 4, color=GREY, linewidth=0.9, linestyle=":"
            )
        _year_ticks(ax, years)
        values = {
            key: short(middle[s][-1], lang) if is_money(unit) else by.text(middle[s][-1])
            for key, s in (("own", strategy), ("baseline", c.baseline))
        }
        last = say(
            "report.plot_last_beside" if strategy != c.baseline else "report.plot_last",
            lang,
            year=years[-1],
            **values,
        )
        titled_panel(ax, wrapped(c.title(strategy, lang), lang, 26), last)
    air = 0.06 * ((high - low) or 1.0)
    if logged:
        axes[0].set_yscale("log")
        axes[0].set_ylim(low, high)
        log_axis(axes[0].yaxis, low, high, lang)
    else:
        axes[0].set_ylim(min(0.0, low) if low < 0 or counted else low - air, high + air)
        axes[0].yaxis.set_major_locator(round_ticks(5, unit))
        axes[0].yaxis.set_major_formatter(by.ticks)
    note = say("report.plot_log_axis", lang) if logged else ""
    label = scale(unit, 0, lang).label if logged else by.label
    headed(
        figure,
        say("report.plot_over_time", lang, outcome=meaning(outcome, lang), unit=label, note=note),
        lang,
    )
    centre = say("report.plot_mean" if counted else "report.plot_median", lang)
    handles: list[Any] = [
        Line2D([], [], color=GREY, linewidth=2.2),
        Patch(color=GREY, alpha=0.5, linewidth=0),
        Patch(color=GREY, alpha=0.22, linewidth=0),
    ]
    labels = [centre, say("report.plot_half", lang), say("report.plot_nine_tenths", lang)]
    if shown != [c.baseline]:
        handles.append(Line2D([], [], color=DARK, linewidth=1.3, dashes=(4, 2)))
        labels.append(
            say("report.plot_baseline", lang, baseline=c.title(c.baseline, lang), centre=centre)
        )
    if c.scenario.given:
        handles.append(Line2D([], [], color=GREY, linewidth=0.9, linestyle=":"))
        when = quarter_name(c.scenario.given[0].founded, c.scenario.start)
        labels.append(
            say(
                "report.plot_founded_first" if len(c.scenario.given) > 1 else "report.plot_founded",
                lang,
                quarter=when,
            )
        )
    legend(figure, handles, labels, 3)
    return figure


# ---- At the end


@settled
def differences(c: Comparison, lang: str) -> Figure:
    """Paired differences to the baseline at the end: a panel a main outcome in its own unit, a
    dot and whisker a strategy."""
    shown = _allied(c)
    table = c.table.set_index(["outcome", "strategy"])[["diff_median", "diff_p05", "diff_p95"]]

    def draw(ax: Axes, outcome: str) -> None:
        rows = table.loc[[(outcome, s) for s in shown]].to_numpy(float)
        what = BY_NAME[outcome]
        by = scale(what.unit, float(np.nanmax(np.abs(rows), initial=0.0)), lang)
        for at, (strategy, (middle, low, high)) in enumerate(zip(shown, rows, strict=True)):
            whisker(
                ax, at, middle, low, high, look(strategy, c.strategies), hollow=low <= 0 <= high
            )
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
    figure = _by_outcome(c, shown, outcomes, 0.25, draw, lang)
    headed(figure, say("report.plot_differences", lang, baseline=c.title(c.baseline, lang)), lang)
    tell_dots(figure, lang)
    return figure


@settled
def distribution(c: Comparison, lang: str) -> Figure:
    """Operating income at the end across villages and runs: a panel a strategy, its curve against
    the same villages without alliances."""
    shown = _allied(c)
    shares = np.linspace(0.005, 0.995, CURVE)
    curves: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    under: dict[str, tuple[float, float]] = {}
    for strategy in shown:
        ensemble = c.ensembles[strategy]
        well = (ensemble.status == 0) & (c.none.status == 0)
        own, alone = (one.kept["operating_income"][well].ravel() for one in (ensemble, c.none))
        curves[strategy] = (np.quantile(own, shares), np.quantile(alone, shares))
        under[strategy] = (float((own < WEAK).mean()), float((alone < WEAK).mean()))
    low = max(
        1000.0,
        min(float(np.interp(0.01, shares, curve)) for pair in curves.values() for curve in pair),
    )
    high = max(float(curve[-1]) for pair in curves.values() for curve in pair)
    figure, axes = panels(len(shown), 3 if len(shown) < 9 else 4, 2.35, sharex=True, sharey=True)
    for ax, strategy in zip(axes, shown, strict=True):
        how = look(strategy, c.strategies)
        own, alone = (np.maximum(curve, low) for curve in curves[strategy])
        ax.fill_betweenx(shares, own, alone, color=how.colour, alpha=0.25, linewidth=0)
        ax.plot(alone, shares, color=DARK, linewidth=1.3, dashes=(4, 2))
        ax.plot(own, shares, color=how.colour, linewidth=2.0)
        ax.axvline(WEAK, color=GREY, linewidth=0.9, linestyle=":")
        now, before = under[strategy]
        note = say("report.plot_under", lang, alone=f"{before:.1%}", own=f"{now:.1%}")
        titled_panel(
            ax,
            wrapped(c.title(strategy, lang), lang, 26),
            note if len(shown) < 9 else wrapped(note, lang, 26),
        )
    axes[0].set_xscale("log")
    axes[0].set_xlim(low, high)
    axes[0].set_ylim(0, 1)
    log_axis(axes[0].xaxis, low, high, lang, 4 if len(shown) > 2 else 7)
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    headed(figure, say("report.plot_distribution", lang, year=_years(c)[-1]), lang)
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
    shown = _working(c)
    groups = [g for g in GROUPS if g in set(who["group"])]
    labels = named(c, shown, lang, 22)
    figure, axes = panels(
        len(groups), 2, 0.8 + len(shown) * max(0.3, 0.165 * lines_of(labels)), sharex=True
    )
    table = who.set_index(["group", "strategy"])
    ends = who[who["strategy"].isin(shown)]
    by = scale(
        "yuan/year",
        float(np.nanmax(np.abs(ends[["p05", "p95"]].to_numpy(float)), initial=0.0)),
        lang,
    )
    for number, (ax, group) in enumerate(zip(axes, groups, strict=True)):
        for at, strategy in enumerate(shown):
            row = table.loc[(group, strategy)]
            whisker(
                ax,
                at,
                row["median"],
                row["p05"],
                row["p95"],
                look(strategy, c.strategies),
                hollow=row["p05"] <= 0 <= row["p95"],
            )
            loses = say("report.plot_loses", lang, share=percent(row["loses"]))
            ax.text(1.02, at, loses, transform=ax.get_yaxis_transform(), va="center", fontsize=7.8)
        ax.axvline(0, color=DARK, linewidth=1)
        panel(ax, labels, number % 2 == 0, capital(say(f"compare.group.{group}", lang)), by)
    low, high = float(np.nanmin(ends["p05"])), float(np.nanmax(ends["p95"]))
    spans(axes, low, high)
    headed(figure, say("report.plot_who", lang), lang)
    tell_dots(figure, lang)
    return figure


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
        for at, strategy in enumerate(c.strategies):
            how = look(strategy, c.strategies)
            value = float(chance[outcome, strategy])
            if prior is None:
                _bar(ax, at, value, 0.6, percent(value), color=how.colour)
            else:
                before = float(prior[outcome, strategy])
                _bar(ax, at - 0.2, value, 0.38, percent(value), color=how.colour)
                _bar(
                    ax,
                    at + 0.2,
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

    figure = _by_outcome(c, c.strategies, RANKED, 0.22 if prior is None else 0.32, draw, lang)
    headed(figure, say("report.plot_best", lang), lang)
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
        for at, (strategy, loss) in enumerate(zip(c.strategies, losses, strict=True)):
            _bar(ax, at, loss, 0.6, by.text(loss), color=look(strategy, c.strategies).colour)
        ax.set_xlim(0, (largest or 1.0) * 1.3)
        ax.xaxis.set_major_locator(round_ticks(3))
        ax.xaxis.set_major_formatter(by.ticks)
        ax.set_xlabel(by.label, fontsize=7.8)

    figure = _by_outcome(c, c.strategies, RANKED, 0.22, draw, lang)
    headed(figure, say("report.plot_regret", lang), lang)
    return figure


def _bar(ax: Axes, at: float, value: float, thick: float, text: str, **style: Any) -> None:
    ax.barh(at, value, thick, **style)
    ax.annotate(text, (value, at), (3, 0), textcoords="offset points", va="center", fontsize=7.2)


def _by_outcome(
    c: Comparison,
    shown: Sequence[str],
    outcomes: Sequence[str],
    row: float,
    draw: Callable[[Axes, str], None],
    lang: str,
) -> Figure:
    """A panel an outcome, three in a row, the strategies from top to bottom; `row`
    inches for each at least."""
    labels = named(c, shown, lang, 22 if len(shown) < 9 else 40)
    figure, axes = panels(
        len(outcomes),
        3,
        0.8 + len(shown) * max(row if len(shown) < 9 else 0.6 * row, 0.18 * lines_of(labels)),
    )
    for number, (ax, outcome) in enumerate(zip(axes, outcomes, strict=True)):
        draw(ax, outcome)
        rows_of(ax, labels, number % 3 == 0)
        ax.set_title(wrapped(meaning(outcome, lang), lang, 34), fontsize=8.8, linespacing=1.15)
    return figure


# ---- Where the gain comes from


@settled
def rivals(c: Comparison, lang: str) -> Figure:
    """Gain of villages that began weak, of each strategy and of the same public money without
    alliance: a panel a strategy, dots with whiskers, and beside each rival the share of runs in
    which the strategy does better. Needs rivals."""
    shown = _distinct(_working(c), c)
    figure, axes = panels(
        len(shown), 2, 0.75 + 0.3 * (1 + len(c.named_rivals)), sharex=True, sharey=True
    )
    bands = {
        s: [
            quantiles(one.outcome("gain_weak"), (0.05, 0.5, 0.95))
            for one in (c.ensembles[s], *(c.rivals[s][r] for r in c.named_rivals))
        ]
        for s in shown
    }
    better = c.against[c.against["outcome"] == "gain_weak"].set_index(["strategy", "rival"])
    largest = max(float(np.nanmax(np.abs(band), initial=0.0)) for band in bands.values())
    by = scale("yuan/year", largest, lang)
    labels = [
        say("report.plot_the_alliance", lang),
        *(wrapped(capital(say(f"compare.rival.{r}", lang)), lang, 26) for r in c.named_rivals),
    ]
    for number, (ax, strategy) in enumerate(zip(axes, shown, strict=True)):
        for at, (low, middle, high) in enumerate(bands[strategy]):
            how = look(strategy, c.strategies) if at == 0 else Look(GREY, "o")
            whisker(ax, at, middle, low, high, how, hollow=low <= 0 <= high)
            if at:
                share = percent(float(better.loc[(strategy, c.named_rivals[at - 1]), "p_better"]))
                ax.text(
                    1.02,
                    at,
                    say("report.plot_ahead", lang, share=share),
                    transform=ax.get_yaxis_transform(),
                    va="center",
                    fontsize=7.8,
                )
        ax.axvline(0, color=DARK, linewidth=1)
        panel(ax, labels, number % 2 == 0, wrapped(c.title(strategy, lang), lang, 34), by)
    ends = [band for every in bands.values() for band in every]
    spans(axes, float(np.nanmin(ends)), float(np.nanmax(ends)))
    headed(figure, say("report.plot_rivals", lang), lang)
    tell_dots(figure, lang)
    return figure


@settled
def projects(c: Comparison, lang: str) -> Figure:
    """In which share of the runs alliances begin projects of each type, with what one costs and
    brings a year: a panel a strategy."""
    shown = _distinct(_working(c), c)
    found = {s: _by_type(projects_of(c, s)) for s in shown}
    types = [one for one in c.types if any(one.name in rows for rows in found.values())]
    labels = [wrapped(one.title[lang], lang, 22) for one in types]
    height = 0.75 + len(types) * max(0.27, 0.165 * lines_of(labels))
    figure, axes = panels(len(shown), 2, height, sharex=True, sharey=True)
    for number, (ax, strategy) in enumerate(zip(axes, shown, strict=True)):
        for at, one in enumerate(types):
            begun, cost, yearly = found[strategy].get(one.name, (0.0, math.nan, math.nan))
            text = percent(begun)
            if begun > 0:
                brought = "—" if math.isnan(yearly) else short(yearly, lang)
                text += "  " + say(
                    "report.plot_costs", lang, cost=short(cost, lang), yearly=brought
                )
            _bar(ax, at, begun, 0.6, text, color=look(strategy, c.strategies).colour)
        rows_of(ax, labels, number % 2 == 0)
        ax.set_xlim(0, 1.7)
        ax.set_xticks([0, 0.5, 1.0])
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        ax.tick_params(axis="x", labelbottom=True)
        ax.set_title(wrapped(c.title(strategy, lang), lang, 34))
    headed(figure, say("report.plot_projects", lang), lang)
    return figure


def _by_type(found: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Of each project type that alliances begin: mean share of runs over the alliances, and cost
    and yearly profit of the alliance that begins it most often (medians, yuan)."""
    rows = {}
    alliances = max(1, found["alliance"].nunique())
    for name, part in found.groupby("type", sort=False):
        most = part.loc[part["begun"].idxmax()]
        rows[str(name)] = (
            float(part["begun"].sum() / alliances),
            float(most["cost"]),
            float(most["yearly"]),
        )
    return rows


@settled
def parts(c: Comparison, lang: str) -> Figure:
    """Gain of villages that began weak by where it comes from: bars that add
    up to it. Needs `c.parts`."""
    if c.parts is None:
        raise ValueError("this comparison did not take gains apart: compare(..., parts=True)")
    shown = [s for s in c.strategies if s in set(c.parts["strategy"])]
    table = c.parts.set_index(["part", "strategy"])["mean"]
    told = {
        say(f"compare.part.{part}", lang): (
            colour,
            [float(table.get((part, s), 0.0)) for s in shown],
        )
        for part, colour in GAIN_COLOURS.items()
    }
    return _stacked(c, shown, told, say("report.plot_parts", lang), lang)


def _stacked(
    c: Comparison,
    shown: Sequence[str],
    parts: Mapping[str, tuple[str, list[float]]],
    heading: str,
    lang: str,
) -> Figure:
    labels = named(c, shown, lang, 24)
    figure = Figure(
        figsize=(
            WIDTH,
            1.25
            + len(shown) * max(0.34, 0.18 * lines_of(labels))
            + 0.2 * math.ceil(len(parts) / 3),
        ),
        layout="constrained",
    )
    ax = figure.subplots()
    up, down = np.zeros(len(shown)), np.zeros(len(shown))
    rows = np.arange(len(shown))
    for colour, values in parts.values():
        part = np.array(values)
        start = np.where(part >= 0, up, down)
        ax.barh(rows, part, 0.6, left=start, color=colour, edgecolor="white", linewidth=0.5)
        up, down = up + np.maximum(part, 0), down + np.minimum(part, 0)
    by = scale("yuan/year", float(np.max(np.abs([up, down]), initial=0.0)), lang)
    span = float(up.max() - down.min()) or 1.0
    for at, total in enumerate(up + down):
        ax.plot([total, total], [at - 0.38, at + 0.38], color=DARK, linewidth=2)
        ax.text(up[at] + 0.015 * span, at, by.text(total, signed=True), va="center", fontsize=8)
    ax.axvline(0, color=DARK, linewidth=1)
    rows_of(ax, labels)
    ax.set_xlim(float(down.min()) - 0.02 * span, float(up.max()) + 0.14 * span)
    ax.xaxis.set_major_locator(round_ticks(6))
    ax.xaxis.set_major_formatter(by.ticks)
    ax.set_xlabel(by.label)
    headed(figure, heading, lang)
    handles: list[Any] = [
        Patch(facecolor=colour, edgecolor="white") for colour, _ in parts.values()
    ]
    names = [capital(name) for name in parts]
    handles.append(Line2D([], [], color=DARK, linewidth=2))
    names.append(say("report.plot_sum", lang))
    legend(figure, handles, names, 3 if len(parts) > 4 or lang == "zh" else 2)
    return figure


# ---- What matters, and what it costs


@settled
def sensitivity(frame: pd.DataFrame, lang: str, outcome: str = "", heading: str = "") -> Figure:
    """What moves an outcome most: bars with intervals, the strongest on top.

    `frame` has a row a quantity (name in column `quantity`) and either `first`, `total` with
    `first_low`, `first_high`, `total_low`, `total_high` (Sobol's indices and their intervals), or
    `strength` with `low`, `high` and `effect` (Morris' screening), or `at_low`, `at_high` and
    `base` (a tornado: the outcome with the quantity at either end of its range).
    """
    tornado, screening = "at_low" in frame, "strength" in frame
    strength = (
        (frame["at_high"] - frame["at_low"]).abs()
        if tornado
        else frame["strength" if screening else "total"]
    )
    rows = frame.loc[strength.sort_values(ascending=False).index[:MOST_BARS]]
    names = [wrapped(_quantity(str(name), lang), lang, 40) for name in rows["quantity"]]
    figure = Figure(
        figsize=(WIDTH, 1.3 + len(rows) * max(0.29, 0.16 * lines_of(names))), layout="constrained"
    )
    ax = figure.subplots()
    unit = BY_NAME[outcome].unit if outcome else ""
    handles: list[Any]
    words: list[str]
    if tornado:
        by = scale(unit, float(rows[["at_low", "at_high"]].abs().to_numpy().max()), lang)
        base = float(rows["base"].iloc[0])
        for at, (low, high) in enumerate(zip(rows["at_low"], rows["at_high"], strict=True)):
            ax.barh(at, low - base, 0.6, left=base, color=ORANGE)
            ax.barh(at, high - base, 0.6, left=base, color=BLUE)
        ax.axvline(base, color=DARK, linewidth=1)
        ax.xaxis.set_major_formatter(by.ticks)
        ax.set_xlabel(by.label)
        handles, words = [Patch(color=ORANGE), Patch(color=BLUE)], ["plot_at_low", "plot_at_high"]
    elif screening:
        by = scale(unit, float(rows["high"].max()), lang)
        for at, (_, row) in enumerate(rows.iterrows()):
            steady = abs(row["effect"]) >= ONE_WAY * row["strength"]
            ax.barh(
                at,
                row["strength"],
                0.6,
                color=(BLUE if row["effect"] > 0 else ORANGE) if steady else GREY,
            )
            ax.plot([row["low"], row["high"]], [at, at], color=DARK, linewidth=1.1)
        ax.axvline(0, color=DARK, linewidth=1)
        ax.xaxis.set_major_formatter(by.ticks)
        ax.set_xlabel(say("report.plot_over_range", lang, unit=by.label))
        handles = [
            Patch(color=BLUE),
            Patch(color=ORANGE),
            Patch(color=GREY),
            Line2D([], [], color=DARK, linewidth=1.1),
        ]
        words = ["plot_raises", "plot_lowers", "plot_either", "plot_interval"]
    else:
        for at, (_, row) in enumerate(rows.iterrows()):
            for up, index, colour in ((-0.18, "total", BLUE), (0.18, "first", ORANGE)):
                ax.barh(at + up, row[index], 0.34, color=colour)
                ax.plot(
                    [row[f"{index}_low"], row[f"{index}_high"]],
                    [at + up] * 2,
                    color=DARK,
                    linewidth=1.1,
                )
        ax.axvline(0, color=DARK, linewidth=1)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        ax.set_xlabel(say("report.plot_share_of_variance", lang))
        handles = [
            Patch(color=BLUE),
            Patch(color=ORANGE),
            Line2D([], [], color=DARK, linewidth=1.1),
        ]
        words = ["plot_total", "plot_first", "plot_interval"]
    rows_of(ax, names)
    ax.xaxis.set_major_locator(round_ticks(6))
    what = heading or (meaning(outcome, lang) if outcome else say("report.plot_outcome", lang))
    headed(figure, say("report.plot_sensitivity", lang, outcome=what), lang)
    legend(
        figure, handles, [say(f"report.{word}", lang) for word in words], 3 if len(words) < 4 else 2
    )
    return figure


def _quantity(name: str, lang: str) -> str:
    found = regional(region("china").quantities()).get(name) or all_levers().get(name)
    return capital(str(getattr(found, lang))) if found else name


@settled
def frontier(
    frame: pd.DataFrame, lang: str, gain_unit: str = "yuan/year", heading: str = ""
) -> Figure:
    """Gain against public money: a dot with its interval for each row, and the line of
    those that nothing dominates.

    `frame`: `label` (text shown), `cost` (yuan), `gain`, `low`, `high`; where there is a column
    `strategy`, it gives the look, and the labels stand in the legend.
    """
    figure = Figure(
        figsize=(WIDTH, 3.7 + 0.17 * math.ceil(len(frame) / 3 if "strategy" in frame else 1)),
        layout="constrained",
    )
    ax = figure.subplots()
    by_cost = scale("yuan", float(frame["cost"].abs().max()), lang)
    by_gain = scale(gain_unit, float(frame[["low", "high"]].abs().to_numpy().max()), lang)
    strategies = list(frame["strategy"]) if "strategy" in frame else [""] * len(frame)
    for (_, row), strategy, place in zip(
        frame.iterrows(), strategies, _side_by_side(frame["cost"].to_numpy(float)), strict=True
    ):
        how = look(strategy, strategies) if strategy else Look(BLUE, "o")
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
    headed(figure, heading or say("report.plot_frontier", lang), lang)
    handles = [dot(False), Line2D([], [], color=DARK, linewidth=1, dashes=(4, 2))]
    words = [say("report.plot_dot_interval", lang), say("report.plot_undominated", lang)]
    labels = [str(text) for text in frame["label"]]
    if "strategy" in frame:
        looks = [look(strategy, strategies) for strategy in strategies]
        handles = [
            Line2D([], [], color=how.colour, marker=how.marker, linewidth=1.6, markersize=7)
            for how in looks
        ] + handles[1:]
        words = [*labels, words[1]]
    legend(figure, handles, words, 3)
    if "strategy" not in frame:
        place_texts(
            figure,
            ax,
            frame[["cost", "gain"]].to_numpy(float),
            [wrapped(label, lang, 22) for label in labels],
        )
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


@settled
def scenarios(
    points: np.ndarray,
    fails: np.ndarray,
    bounds: Sequence[tuple[float, float]],
    labels: Sequence[str],
    logged: Sequence[bool],
    heading: str,
    lang: str,
) -> Figure:
    """Runs over two quantities, (runs, 2), failures filled; the box of `bounds` (above, up
    to), infinite where open."""
    figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
    ax = figure.subplots()
    for set_scale, log in zip((ax.set_xscale, ax.set_yscale), logged, strict=True):
        if log:
            set_scale("log")
    ax.plot(
        points[~fails, 0],
        points[~fails, 1],
        "o",
        color=SKY,
        markersize=3.2,
        markerfacecolor="none",
        alpha=0.55,
        markeredgewidth=0.7,
    )
    ax.plot(
        points[fails, 0],
        points[fails, 1],
        "s",
        color=VERMILION,
        markersize=3.2,
        alpha=0.75,
        markeredgewidth=0,
    )
    ax.margins(0.03)
    ends = [
        (max(low, edge[0]), min(high, edge[1]))
        for (low, high), edge in zip(bounds, (ax.get_xlim(), ax.get_ylim()), strict=True)
    ]
    (left, right), (bottom, top) = ends
    ax.add_patch(
        Rectangle(
            (left, bottom),
            right - left,
            top - bottom,
            facecolor=VERMILION,
            alpha=0.1,
            edgecolor="none",
            zorder=0,
        )
    )
    ax.add_patch(
        Rectangle(
            (left, bottom),
            right - left,
            top - bottom,
            facecolor="none",
            edgecolor=DARK,
            linewidth=1.6,
            zorder=5,
        )
    )
    for axis, log in zip((ax.xaxis, ax.yaxis), logged, strict=True):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
        if log:
            low, high = axis.get_view_interval()
            axis.set_major_locator(FixedLocator(_round_between(low, high)))
            axis.set_minor_locator(NullLocator())
        else:
            axis.set_major_locator(round_ticks(6))
    ax.set_xlabel(wrapped(labels[0], lang, 90))
    ax.set_ylabel(wrapped(labels[1], lang, 50))
    headed(figure, heading, lang)
    marks: list[Any] = [
        Line2D([], [], linestyle="", marker="s", color=VERMILION, markersize=5),
        Line2D([], [], linestyle="", marker="o", color=SKY, markersize=5, markerfacecolor="none"),
        Patch(facecolor="#FBEAE2", edgecolor=DARK, linewidth=1.6),
    ]
    legend(
        figure,
        marks,
        [say(f"discovery.say.{key}", lang) for key in ("fails", "succeeds", "box_drawn")],
        3,
    )
    return figure


def _round_between(low: float, high: float) -> list[float]:
    """Some round numbers between two positive ones, for a log axis."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 1.2, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 5), (1, 3), (1,)):
        found = [
            step * 10.0**decade
            for decade in decades
            for step in steps
            if low <= step * 10.0**decade <= high
        ]
        if len(found) <= 8:
            break
    return found


# ---- One village of one run

PART_COLOURS = {"base": GREY, "taught": BLUE, "membership": DARK}
TYPE_COLOURS = (ORANGE, GREEN, VERMILION, PURPLE, YELLOW, SKY)  # of project types, as they come
HAPPENED = {  # which events a mark stands for
    "alliance": (
        "^",
        ("founded", "joined", "left", "quiet", "active_again", "ended", "on_paper"),
    ),
    "project": ("s", ("ripened", "failed", "died", "closed", "campaign")),
    "secretary": ("D", ("secretary_replaced", "secretary_lent", "secretary_left")),
}


def part_looks(parts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """How each part of an income is drawn: a colour a project type, hatched
    where it is the alliance's."""
    types = dict.fromkeys(part.partition("_")[2] for part in parts if part not in PART_COLOURS)
    colours = dict(zip(types, itertools.cycle(TYPE_COLOURS), strict=False))
    found = {}
    for part in parts:
        colour = PART_COLOURS.get(part) or colours[part.partition("_")[2]]
        hatch = "////" if part.startswith("shared_") else None
        found[part] = {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.3}
    return found


@settled
def village(told: Timeline, lang: str) -> Figure:
    """The income of one village by quarter beside being alone, its great moves numbered; below,
    each quarter's change by what carried it."""
    series, ticks = told.series, told.series["tick"].to_numpy()
    figure = Figure(figsize=(WIDTH, 5.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    by = scale("yuan/year", float(series[["income", "alone_income"]].abs().to_numpy().max()), lang)
    above.plot(ticks, series["alone_income"], color=DARK, linewidth=1.3, dashes=(4, 2))
    above.plot(ticks, series["income"], color=BLUE, linewidth=2.2)
    at = series.set_index("tick")["income"]
    for number, tick in enumerate(told.moves, start=1):
        above.plot(
            [tick], [at[tick]], "o", color="white", markeredgecolor=DARK, markersize=11, zorder=5
        )
        above.annotate(
            str(number), (tick, at[tick]), ha="center", va="center", fontsize=7.5, zorder=6
        )
    above.margins(y=0.14)
    marks = {}
    for height, (kind, (marker, events)) in zip((0.09, 0.055, 0.02), HAPPENED.items(), strict=True):
        when = sorted(set(told.events.loc[told.events["event"].isin(events), "tick"]))
        if when:
            place = above.get_xaxis_transform()
            marks[kind] = above.plot(
                when,
                [height] * len(when),
                marker,
                color=DARK,
                markersize=4,
                linestyle="",
                transform=place,
            )[0]
    above.yaxis.set_major_locator(round_ticks(5))
    above.yaxis.set_major_formatter(by.ticks)
    above.set_title(say("timeline.say.level", lang, unit=by.label), fontsize=8.5)
    up, down = np.zeros(ticks.size), np.zeros(ticks.size)
    looks = part_looks(told.parts)
    for part in told.parts:
        change = series[f"change_{part}"].fillna(0.0).to_numpy(float)
        below.bar(ticks, change, 0.8, bottom=np.where(change >= 0, up, down), **looks[part])
        up, down = up + np.maximum(change, 0), down + np.minimum(change, 0)
    by = scale("yuan/year", float(max(up.max(), -down.min())), lang)
    below.axhline(0, color=DARK, linewidth=1)
    below.yaxis.set_major_locator(round_ticks(4))
    below.yaxis.set_major_formatter(by.ticks)
    below.set_title(say("timeline.say.changes", lang, unit=by.label), fontsize=8.5)
    step = 4 * max(1, math.ceil(ticks.size / 48))
    shown = [tick for tick in ticks.tolist() if tick % step == 0]
    below.set_xticks(
        shown, [str(series.loc[series["tick"] == tick, "quarter"].iloc[0]) for tick in shown]
    )
    below.set_xlim(ticks[0] - 0.7, ticks[-1] + 0.7)
    title = say(
        "timeline.say.heading",
        lang,
        village=told.village,
        title=strategy_title(str(told.about["strategy"]), lang),
        run=told.about["run"],
    )
    headed(figure, title, lang)
    handles: list[Any] = [
        Line2D([], [], color=BLUE, linewidth=2.2),
        Line2D([], [], color=DARK, linewidth=1.3, dashes=(4, 2)),
    ]
    words = [say("timeline.say.income", lang), say("timeline.say.alone", lang)]
    moved = [part for part in told.parts if series[f"change_{part}"].abs().max() > 0]
    handles += [Patch(**looks[part]) for part in moved]
    words += [told.named(part, lang) for part in moved]
    handles += marks.values()
    legend(
        figure, handles, [*words, *(say(f"timeline.happened.{kind}", lang) for kind in marks)], 3
    )
    return figure


# ---- All of them

OVER_TIME = ("gain_weak", "gain_mean", "p10_income", "villager_income")


def figures(c: Comparison, lang: str) -> dict[str, Figure]:
    """Every figure that this comparison allows, by the name of its file."""
    if not any((ensemble.status == 0).any() for ensemble in c.ensembles.values()):
        return {"map": map_of(c, lang)}
    found = {f"trajectory_{outcome}": trajectories(c, outcome, lang) for outcome in OVER_TIME}
    found["weak_left"] = weak_left(c, lang)
    found["map"] = map_of(c, lang)
    for at, label in enumerate(c.partitions[: MOST_ON_MAPS // c.scenario.size], 1):
        note = say("report.plot_map_partition", lang, partition=c.title(label, lang))
        found[f"map_{at}"] = map_of(
            c, lang, replace(founded(c.ensembles[label].scenario, lang), note=note)
        )
    if all(ensemble.kept for ensemble in c.ensembles.values()):
        found["distribution"] = distribution(c, lang)
    if not all(ensemble.portfolio.idle for ensemble in c.ensembles.values()):
        found["who_gains"] = who_gains(c, lang)
        if c.named_rivals:
            found["rivals"] = rivals(c, lang)
        if any(len(projects_of(c, s)) for s in _distinct(_working(c), c)):
            found["projects"] = projects(c, lang)
    if len(c.strategies) > 1:
        found["differences"] = differences(c, lang)
        found["best"] = best(c, lang)
        found["regret"] = regret(c, lang)
        found["frontier"] = frontier(bought(c, lang), lang)
    if c.parts is not None and len(c.parts):
        found["parts"] = parts(c, lang)
    return found

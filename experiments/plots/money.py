"""Where the gain comes from: the alliance or its money, projects begun, parts of the gain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from village_alliances.experiments.answer.comparison import projects_of
from village_alliances.experiments.drawing import (
    BLUE,
    DARK,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    WIDTH,
    Look,
    headed,
    legend,
    lines_of,
    look,
    noted,
    panels,
    round_ticks,
    rows_of,
    scale,
    settled,
    spans,
    titled_panel,
    whisker,
    wrapped,
)
from village_alliances.experiments.plots import findings
from village_alliances.experiments.plots.panels import (
    bar,
    distinct,
    named,
    panel,
    quantiles,
    tell_dots,
    working,
)
from village_alliances.experiments.wording import capital
from village_alliances.wording import say
from village_alliances.wording.numbers import percent

if TYPE_CHECKING:
    import pandas as pd
    from village_alliances.experiments.comparison import Comparison


GAIN_COLOURS = {
    "concentration": BLUE,
    "own_money": ORANGE,
    "pooling": GREEN,
    "shared_ability": PURPLE,
}


@settled
def rivals(c: Comparison, lang: str) -> Figure:
    """Gain of villages that began weak, of each strategy and of the same public money without
    alliance: a panel a strategy, dots with whiskers, and beside each rival the share of runs in
    which the strategy does better. Needs rivals."""
    chosen = distinct(working(c), c)
    figure, axes = panels(
        len(chosen), 2, 0.75 + 0.3 * (1 + len(c.named_rivals)), sharex=True, sharey=True
    )
    bands = {
        s: [
            quantiles(rival.outcome("gain_weak"), (0.05, 0.5, 0.95))
            for rival in (c.ensembles[s], *(c.rivals[s][r] for r in c.named_rivals))
        ]
        for s in chosen
    }
    better = c.against[c.against["outcome"] == "gain_weak"].set_index(["strategy", "rival"])
    largest = max(float(np.nanmax(np.abs(band), initial=0.0)) for band in bands.values())
    by = scale("yuan/year", largest, lang)
    labels = [
        say("report.plot_the_alliance", lang),
        *(wrapped(capital(say(f"compare.rival.{r}", lang)), lang, 26) for r in c.named_rivals),
    ]
    for number, (ax, strategy) in enumerate(zip(axes, chosen, strict=True)):
        for i, (low, middle, high) in enumerate(bands[strategy]):
            how = look(strategy, c.strategies) if i == 0 else Look(GREY, "o")
            whisker(ax, i, middle, low, high, how, hollow=low <= 0 <= high)
            if i:
                share = percent(float(better.loc[(strategy, c.named_rivals[i - 1]), "p_better"]))
                ax.text(
                    1.02,
                    i,
                    say("report.plot_ahead", lang, share=share),
                    transform=ax.get_yaxis_transform(),
                    va="center",
                    fontsize=7.8,
                )
        ax.axvline(0, color=DARK, linewidth=1)
        panel(ax, labels, number % 2 == 0, c.title(strategy, lang), by, lang)
    ends = [band for every in bands.values() for band in every]
    spans(axes, float(np.nanmin(ends)), float(np.nanmax(ends)))
    headed(figure, findings.alliance_or_money(c, lang), lang, say("report.plot_rivals", lang))
    tell_dots(figure, lang)
    return figure


@settled
def projects(c: Comparison, lang: str) -> Figure:
    """In which share of the runs alliances begin projects of each type, with what one costs and
    brings a year: a panel a strategy."""
    chosen = distinct(working(c), c)
    by_strategy = {s: _by_type(projects_of(c, s)) for s in chosen}
    types = [kind for kind in c.types if any(kind.name in rows for rows in by_strategy.values())]
    labels = [wrapped(kind.title[lang], lang, 22) for kind in types]
    height = 0.75 + len(types) * max(0.27, 0.165 * lines_of(labels))
    figure, axes = panels(len(chosen), 2, height, sharex=True, sharey=True)
    for number, (ax, strategy) in enumerate(zip(axes, chosen, strict=True)):
        for i, kind in enumerate(types):
            begun, cost, yearly = by_strategy[strategy].get(kind.name, (0.0, math.nan, math.nan))
            text = percent(begun)
            if begun > 0:
                text += "  " + _cost_and_yield(cost, yearly, lang)
            bar(ax, i, begun, 0.6, text, color=look(strategy, c.strategies).colour)
        rows_of(ax, labels, number % 2 == 0)
        ax.set_xlim(0, 1.7)
        ax.set_xticks([0, 0.5, 1.0])
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        ax.tick_params(axis="x", labelbottom=True)
        titled_panel(ax, c.title(strategy, lang), lang)
    shares = {s: {name: row[0] for name, row in rows.items()} for s, rows in by_strategy.items()}
    title = findings.begun_most(
        shares, {kind.name: kind.title[lang] for kind in types}, c.runs, lang
    )
    headed(figure, title, lang, say("report.plot_projects", lang))
    return figure


def _cost_and_yield(cost: float, yearly: float, lang: str) -> str:
    """`218k → 9.86k a year`, `投 21.8 万元，年收 0.99 万元`."""
    brings = not math.isnan(yearly)
    said = noted([cost, yearly] if brings else [cost], lang)
    return say("report.plot_costs", lang, cost=said[0], yearly=said[1] if brings else "—")


def _by_type(frame: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Of each project type that alliances begin: mean share of runs over the alliances, and cost
    and yearly profit of the alliance that begins it most often (medians, yuan)."""
    rows = {}
    alliances = max(1, frame["alliance"].nunique())
    for name, part in frame.groupby("type", sort=False):
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
    labels = [s for s in c.strategies if s in set(c.parts["strategy"])]
    table = c.parts.set_index(["part", "strategy"])["mean"]
    words = {
        say(f"compare.part.{part}", lang): (
            colour,
            [float(table.get((part, s), 0.0)) for s in labels],
        )
        for part, colour in GAIN_COLOURS.items()
    }
    return _stacked(c, labels, words, say("report.plot_parts", lang), lang)


def _stacked(
    c: Comparison,
    lines: Sequence[str],
    parts: Mapping[str, tuple[str, list[float]]],
    heading: str,
    lang: str,
) -> Figure:
    labels = named(c, lines, lang, 24)
    figure = Figure(
        figsize=(
            WIDTH,
            1.25
            + len(lines) * max(0.34, 0.18 * lines_of(labels))
            + 0.2 * math.ceil(len(parts) / 3),
        ),
        layout="constrained",
    )
    ax = figure.subplots()
    up, down = np.zeros(len(lines)), np.zeros(len(lines))
    rows = np.arange(len(lines))
    for colour, values in parts.values():
        part = np.array(values)
        start = np.where(part >= 0, up, down)
        ax.barh(rows, part, 0.6, left=start, color=colour, edgecolor="white", linewidth=0.5)
        up, down = up + np.maximum(part, 0), down + np.minimum(part, 0)
    by = scale("yuan/year", float(np.max(np.abs([up, down]), initial=0.0)), lang)
    span = float(up.max() - down.min()) or 1.0
    for i, total in enumerate(up + down):
        ax.plot([total, total], [i - 0.38, i + 0.38], color=DARK, linewidth=2)
        ax.text(up[i] + 0.015 * span, i, by.text(total, signed=True), va="center", fontsize=8)
    ax.axvline(0, color=DARK, linewidth=1)
    rows_of(ax, labels)
    ax.set_xlim(float(down.min()) - 0.02 * span, float(up.max()) + 0.14 * span)
    ax.xaxis.set_major_locator(round_ticks(6))
    ax.xaxis.set_major_formatter(by.ticks)
    ax.set_xlabel(by.label)
    by_part = {name: drawn for name, (_, drawn) in parts.items()}
    headed(figure, findings.largest_part(by_part, lang), lang, heading)
    handles: list[Any] = [
        Patch(facecolor=colour, edgecolor="white") for colour, _ in parts.values()
    ]
    names = [capital(name) for name in parts]
    handles.append(Line2D([], [], color=DARK, linewidth=2))
    names.append(say("report.plot_sum", lang))
    legend(figure, handles, names, 3 if len(parts) > 4 or lang == "zh" else 2)
    return figure

"""What charts of a comparison share: which strategies they show, their rows, panels and bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from village_alliances.experiments.drawing import (
    dot,
    legend,
    lines_of,
    panels,
    round_ticks,
    rows_of,
    titled_panel,
    wrapped,
)
from village_alliances.experiments.wording import meaning
from village_alliances.wording import say

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison


def named(c: Comparison, strategies: Sequence[str], lang: str, width: int) -> list[str]:
    """What a planner calls these strategies, in lines of about `width` letters."""
    return [wrapped(c.title(s, lang), lang, width) for s in strategies]


def quantiles(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Quantiles over runs (first axis) of those that did not fail: shape (shares, ...);
    nan where every run failed."""
    value = values[~np.isnan(values).reshape(len(values), -1).any(axis=1)]
    return (
        np.quantile(value, shares, axis=0)
        if len(value)
        else np.full((len(shares), *values.shape[1:]), np.nan)
    )


def panel(ax: Axes, labels: Sequence[str], first: bool, title: str, by: Any, lang: str) -> None:
    """A panel of one row a label: its rows, its title, and an axis in the unit `by`."""
    rows_of(ax, labels, first)
    ax.xaxis.set_major_locator(round_ticks(5))
    ax.xaxis.set_major_formatter(by.ticks)
    ax.tick_params(axis="x", labelbottom=True)
    titled_panel(ax, title, lang)
    ax.set_xlabel(by.label, fontsize=7.8)


def tell_dots(figure: Figure, lang: str) -> None:
    """What full and hollow dots mean: a difference that is clear, and one that is not."""
    texts = [say("report.plot_clear", lang), say("report.plot_unclear", lang)]
    legend(figure, [dot(False), dot(True)], texts, 2)


def allied(c: Comparison) -> list[str]:
    """The strategies that are held against the baseline."""
    return [s for s in c.strategies if s != c.baseline] or [c.baseline]


def working(c: Comparison) -> list[str]:
    """The strategies that do anything; all of them where none does."""
    return [s for s in c.strategies if not c.ensembles[s].portfolio.idle] or list(c.strategies)


def distinct(lines: Sequence[str], c: Comparison) -> list[str]:
    """Those of these strategies that are not another one, in front of them, by another name."""
    again = {label for _, *others in c.same for label in others}
    return [label for label in lines if label not in again]


def years_of(c: Comparison) -> np.ndarray:
    """The calendar years at whose ends outcomes were recorded, the start first."""
    length = next(iter(c.ensembles.values())).series.shape[1]
    return np.asarray(c.scenario.start - 1 + np.arange(length))


def year_ticks(ax: Axes, years: np.ndarray) -> None:
    step = max(1, math.ceil(years.size / 5))
    ax.set_xticks(years[::step])
    ax.set_xlim(years[0], years[-1])


def bar(ax: Axes, position: float, value: float, thick: float, text: str, **style: Any) -> None:
    ax.barh(position, value, thick, **style)
    ax.annotate(
        text, (value, position), (3, 0), textcoords="offset points", va="center", fontsize=7.2
    )


def by_outcome(
    c: Comparison,
    lines: Sequence[str],
    outcomes: Sequence[str],
    row: float,
    draw: Callable[[Axes, str], None],
    lang: str,
) -> Figure:
    """A panel an outcome, three in a row, the strategies from top to bottom; `row`
    inches for each at least."""
    labels = named(c, lines, lang, 22 if len(lines) < 9 else 40)
    figure, axes = panels(
        len(outcomes),
        3,
        0.8 + len(lines) * max(row if len(lines) < 9 else 0.6 * row, 0.18 * lines_of(labels)),
    )
    for number, (ax, outcome) in enumerate(zip(axes, outcomes, strict=True)):
        draw(ax, outcome)
        rows_of(ax, labels, number % 3 == 0)
        titled_panel(ax, meaning(outcome, lang), lang, size=8.8)
    return figure

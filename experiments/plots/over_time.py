"""Outcomes by year: a panel a strategy, median and bands beside the baseline's line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from village_alliances.experiments.drawing import (
    COUNTED,
    DARK,
    GREY,
    headed,
    legend,
    log_axis,
    look,
    noted,
    panels,
    round_ticks,
    scale,
    settled,
    titled_panel,
)
from village_alliances.experiments.plots import findings
from village_alliances.experiments.plots.panels import (
    allied,
    quantiles,
    year_ticks,
    years_of,
)
from village_alliances.experiments.wording import meaning
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.scenario import quarter_name
from village_alliances.wording import say
from village_alliances.wording.numbers import is_money, quarter_in_words

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison


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
    years, chosen = years_of(c), allied(c)
    bands = {
        s: quantiles(c.ensembles[s].trajectory(outcome), (0.05, 0.25, 0.5, 0.75, 0.95))
        for s in {*chosen, c.baseline}
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
    figure, axes = panels(len(chosen), 3 if len(chosen) < 9 else 4, 2.35, sharex=True, sharey=True)
    for ax, strategy in zip(axes, chosen, strict=True):
        band, how = bands[strategy], look(strategy, c.strategies)
        ax.fill_between(years, band[0], band[4], color=how.colour, alpha=0.18, linewidth=0)
        ax.fill_between(years, band[1], band[3], color=how.colour, alpha=0.32, linewidth=0)
        if strategy != c.baseline:
            ax.plot(years, middle[c.baseline], color=DARK, linewidth=1.3, dashes=(4, 2))
        ax.plot(years, middle[strategy], color=how.colour, linewidth=2.2)
        for alliance in c.scenario.given[:1]:
            ax.axvline(
                c.scenario.start - 1 + alliance.founded / 4,
                color=GREY,
                linewidth=0.9,
                linestyle=":",
            )
        year_ticks(ax, years)
        ends = [middle[s][-1] for s in (strategy, c.baseline)]
        own, baseline = noted(ends, lang) if is_money(unit) else map(by.text, ends)
        last = say(
            "report.plot_last_beside" if strategy != c.baseline else "report.plot_last",
            lang,
            year=years[-1],
            own=own,
            baseline=baseline,
        )
        titled_panel(ax, c.title(strategy, lang), lang, last)
    air = 0.06 * ((high - low) or 1.0)
    if logged:
        axes[0].set_yscale("log")
        axes[0].set_ylim(low, high)
        log_axis(axes[0].yaxis, low, high, lang)
    else:
        axes[0].set_ylim(min(0.0, low - air) if low < 0 else 0.0, high + air)
        axes[0].yaxis.set_major_locator(round_ticks(5, unit))
        axes[0].yaxis.set_major_formatter(by.ticks)
    note = say("report.plot_log_axis", lang) if logged else ""
    label = scale(unit, 0, lang).label if logged else by.label
    drawn = say(
        "report.plot_over_time", lang, outcome=meaning(outcome, lang), unit=label, note=note
    )
    if counted:
        title = findings.villages_left(c, chosen, lang)
    elif findings.is_gain(outcome):
        title = findings.gains_over_time(c, outcome, chosen, lang)
    else:
        title = findings.levels_over_time(c, outcome, chosen, lang)
    headed(figure, title, lang, drawn)
    centre = say("report.plot_mean" if counted else "report.plot_median", lang)
    handles: list[Any] = [
        Line2D([], [], color=GREY, linewidth=2.2),
        Patch(color=GREY, alpha=0.5, linewidth=0),
        Patch(color=GREY, alpha=0.22, linewidth=0),
    ]
    labels = [centre, say("report.plot_half", lang), say("report.plot_nine_tenths", lang)]
    if chosen != [c.baseline]:
        handles.append(Line2D([], [], color=DARK, linewidth=1.3, dashes=(4, 2)))
        labels.append(
            say("report.plot_baseline", lang, baseline=c.title(c.baseline, lang), centre=centre)
        )
    if c.scenario.given:
        handles.append(Line2D([], [], color=GREY, linewidth=0.9, linestyle=":"))
        when = quarter_in_words(quarter_name(c.scenario.given[0].founded, c.scenario.start), lang)
        labels.append(
            say(
                "report.plot_founded_first" if len(c.scenario.given) > 1 else "report.plot_founded",
                lang,
                quarter=when,
            )
        )
    legend(figure, handles, labels, 3)
    return figure

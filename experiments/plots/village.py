"""One village of one run, quarter by quarter."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from village_alliances.experiments.answer.amounts import change as amount_of_change
from village_alliances.experiments.drawing import (
    BLUE,
    DARK,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    WIDTH,
    YELLOW,
    headed,
    legend,
    round_ticks,
    scale,
    settled,
)
from village_alliances.experiments.wording import strategy_title
from village_alliances.wording import say

if TYPE_CHECKING:
    from village_alliances.experiments.timeline import Timeline


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
    looks = {}
    for part in parts:
        colour = PART_COLOURS.get(part) or colours[part.partition("_")[2]]
        hatch = "////" if part.startswith("shared_") else None
        looks[part] = {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.3}
    return looks


@settled
def village(timeline: Timeline, lang: str) -> Figure:
    """The income of one village by quarter beside being alone, its great moves numbered; below,
    each quarter's change by what carried it."""
    series, ticks = timeline.series, timeline.series["tick"].to_numpy()
    figure = Figure(figsize=(WIDTH, 5.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    by = scale("yuan/year", float(series[["income", "alone_income"]].abs().to_numpy().max()), lang)
    above.plot(ticks, series["alone_income"], color=DARK, linewidth=1.3, dashes=(4, 2))
    above.plot(ticks, series["income"], color=BLUE, linewidth=2.2)
    income = series.set_index("tick")["income"]
    for number, tick in enumerate(timeline.moves, start=1):
        above.plot(
            [tick],
            [income[tick]],
            "o",
            color="white",
            markeredgecolor=DARK,
            markersize=11,
            zorder=5,
        )
        above.annotate(
            str(number), (tick, income[tick]), ha="center", va="center", fontsize=7.5, zorder=6
        )
    above.margins(y=0.14)
    if above.get_ylim()[0] > 0:
        above.set_ylim(bottom=0)
    marks = {}
    for height, (kind, (marker, events)) in zip((0.09, 0.055, 0.02), HAPPENED.items(), strict=True):
        when = sorted(set(timeline.events.loc[timeline.events["event"].isin(events), "tick"]))
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
    looks = part_looks(timeline.parts)
    for part in timeline.parts:
        change = series[f"change_{part}"].fillna(0.0).to_numpy(float)
        below.bar(ticks, change, 0.8, bottom=np.where(change >= 0, up, down), **looks[part])
        up, down = up + np.maximum(change, 0), down + np.minimum(change, 0)
    by = scale("yuan/year", float(max(up.max(), -down.min())), lang)
    below.axhline(0, color=DARK, linewidth=1)
    below.yaxis.set_major_locator(round_ticks(4))
    below.yaxis.set_major_formatter(by.ticks)
    below.set_title(say("timeline.say.changes", lang, unit=by.label), fontsize=8.5)
    step = 4 * max(1, math.ceil(ticks.size / 48))
    labelled_ticks = [tick for tick in ticks.tolist() if tick % step == 0]
    below.set_xticks(
        labelled_ticks,
        [str(series.loc[series["tick"] == tick, "quarter"].iloc[0])[:4] for tick in labelled_ticks],
    )
    below.set_xlim(ticks[0] - 0.7, ticks[-1] + 0.7)
    title = say(
        "timeline.say.heading",
        lang,
        village=timeline.village,
        title=strategy_title(str(timeline.about["strategy"]), lang),
        run=timeline.about["run"],
    )
    last = series.iloc[-1]
    finding = say(
        "report.finding.village",
        lang,
        year=str(last["quarter"])[:4],
        village=timeline.village,
        amount=amount_of_change(float(last["income"] - last["alone_income"]), lang),
    )
    headed(figure, finding, lang, title)
    handles: list[Any] = [
        Line2D([], [], color=BLUE, linewidth=2.2),
        Line2D([], [], color=DARK, linewidth=1.3, dashes=(4, 2)),
    ]
    words = [say("timeline.say.income", lang), say("timeline.say.alone", lang)]
    moved = [part for part in timeline.parts if series[f"change_{part}"].abs().max() > 0]
    handles += [Patch(**looks[part]) for part in moved]
    words += [timeline.named(part, lang) for part in moved]
    handles += marks.values()
    legend(
        figure, handles, [*words, *(say(f"timeline.happened.{kind}", lang) for kind in marks)], 3
    )
    return figure

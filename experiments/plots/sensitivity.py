"""What moves an outcome most, the strongest on top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from village_alliances.experiments.drawing import (
    BLUE,
    DARK,
    GREY,
    ORANGE,
    WIDTH,
    headed,
    legend,
    lines_of,
    round_ticks,
    rows_of,
    scale,
    settled,
    wrapped,
)
from village_alliances.experiments.wording import ONE_WAY, capital, meaning
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.parameters import levers as all_levers
from village_alliances.sim.parameters import regional
from village_alliances.sim.region import load as region
from village_alliances.wording import say
from village_alliances.wording.numbers import percent, quantity

if TYPE_CHECKING:
    import pandas as pd


MOST_BARS = 15


@settled
def sensitivity(
    frame: pd.DataFrame,
    lang: str,
    outcome: str = "",
    heading: str = "",
    titles: Mapping[str, str] | None = None,
) -> Figure:
    """What moves an outcome most: bars with intervals, the strongest on top.

    `frame` has a row a quantity (name in column `quantity`) and either `first`, `total` with
    `first_low`, `first_high`, `total_low`, `total_high` (Sobol's indices and their intervals), or
    `strength` with `low`, `high` and `effect` (Morris' screening), or `at_low`, `at_high` and
    `base` (a tornado: the outcome with the quantity at either end of its range). `titles`: what
    quantities are called in this language, where a project type or a lever of its own has some.
    Shares of the spread are drawn between nought and all of it; estimates may lie beyond.
    """
    tornado, screening = "at_low" in frame, "strength" in frame
    strength = (
        (frame["at_high"] - frame["at_low"]).abs()
        if tornado
        else frame["strength" if screening else "total"]
    )
    rows = frame.loc[strength.sort_values(ascending=False).index[:MOST_BARS]]
    about = {name: _quantity(name, lang, titles or {}) for name in map(str, rows["quantity"])}
    names = [wrapped(name, lang, 34) for name in about.values()]
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
        for i, (low, high) in enumerate(zip(rows["at_low"], rows["at_high"], strict=True)):
            ax.barh(i, low - base, 0.6, left=base, color=ORANGE)
            ax.barh(i, high - base, 0.6, left=base, color=BLUE)
        ax.axvline(base, color=DARK, linewidth=1)
        ax.xaxis.set_major_formatter(by.ticks)
        ax.set_xlabel(by.label)
        handles, words = [Patch(color=ORANGE), Patch(color=BLUE)], ["plot_at_low", "plot_at_high"]
    elif screening:
        by = scale(unit, float(rows["high"].max()), lang)
        for i, (_, row) in enumerate(rows.iterrows()):
            steady = abs(row["effect"]) >= ONE_WAY * row["strength"]
            ax.barh(
                i,
                row["strength"],
                0.6,
                color=(BLUE if row["effect"] > 0 else ORANGE) if steady else GREY,
            )
            ax.plot([row["low"], row["high"]], [i, i], color=DARK, linewidth=1.1)
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
        for i, (_, row) in enumerate(rows.iterrows()):
            for up, index, colour in ((-0.18, "total", BLUE), (0.18, "first", ORANGE)):
                ax.barh(i + up, _part(row[index]), 0.34, color=colour)
                ax.plot(
                    [_part(row[f"{index}_low"]), _part(row[f"{index}_high"])],
                    [i + up] * 2,
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
    note = say("report.plot_sensitivity", lang, outcome=what)
    headed(figure, _finding(rows, about, unit, lang), lang, note)
    legend(
        figure, handles, [say(f"report.{word}", lang) for word in words], 3 if len(words) < 4 else 2
    )
    return figure


def _part(share: float) -> float:
    return min(1.0, max(0.0, float(share)))


def _finding(rows: pd.DataFrame, about: Mapping[str, str], unit: str, lang: str) -> str:
    """What matters most: its share of the spread, or by how much it moves the outcome."""
    first = rows.iloc[0]
    name = about[str(first["quantity"])]
    if "total" in rows:
        share = percent(_part(first["total"]))
        return say("report.finding.matters", lang, name=name, share=share)
    ends = ("at_high", "at_low") if "at_low" in rows else ("strength", "")
    moved = abs(float(first[ends[0]]) - (float(first[ends[1]]) if ends[1] else 0.0))
    facts = {"name": name, "amount": quantity(moved, unit, lang)}
    return say("report.finding.moves", lang, **facts)


def _quantity(name: str, lang: str, titles: Mapping[str, str]) -> str:
    if name in titles:
        return capital(titles[name])
    about = regional(region("china").quantities()).get(name) or all_levers().get(name)
    return capital(str(getattr(about, lang))) if about else name

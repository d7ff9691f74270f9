"""The figures of a proposal: its map, and what more or less money would bring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from village_alliances.experiments.drawing import (
    BLUE,
    DARK,
    GREY,
    SKY,
    Look,
    headed,
    legend,
    panels,
    round_ticks,
    rows_of,
    scale,
    settled,
    spans,
    titled_panel,
    whisker,
)
from village_alliances.experiments.maps import Membership, map_of
from village_alliances.experiments.plots.panels import bar
from village_alliances.experiments.propose.answer import Point, Proposal, ProposedAlliance
from village_alliances.sim.scenario import Scenario
from village_alliances.wording import grouped, say
from village_alliances.wording.numbers import percent, quantity


def pictures(p: Proposal, scenario: Scenario, lang: str) -> dict[str, Figure]:
    """The map of the proposal, and what money buys, by name."""
    alliance = np.full(scenario.size, -1)
    for ally in p.alliances:
        alliance[[m.position for m in ally.members]] = ally.number
    leads = {
        alliance.number: next(m.position for m in alliance.members if m.village == alliance.lead)
        for alliance in p.alliances
    }
    labels = {alliance.number: _labelled(alliance) for alliance in p.alliances}
    shares = any(alliance.together is not None for alliance in p.alliances)
    note = say(f"proposal.map.{'note' if shares else 'note_places'}", lang) if labels else ""
    funded = tuple(village.position for village in p.funded)
    membership = Membership(alliance, leads, note, labels, funded)
    figures = {"map": map_of(scenario, lang, membership, _incomes(p, scenario))}
    if any(point.allied + point.funded for point in p.front):
        figures["front"] = budgets(p.front, lang)
    return figures


SURPASSED = Look(GREY, "s")
UNSURPASSED = Look(BLUE, "o")


@settled
def budgets(front: Sequence[Point], lang: str) -> Figure:
    """What more or less money would bring: a row a budget, with what is paid of it and what that
    brings. Rows keep every label clear of every bar, however close two budgets lie."""
    figure, (paid, gained) = panels(2, 2, 0.8 + 0.36 * len(front), sharey=True, width_ratios=[2, 3])
    labels = [_budget(point, lang) for point in front]
    _paid(paid, front, lang)
    _gained(gained, front, lang)
    rows_of(paid, labels)
    rows_of(gained, labels, named=False)
    headed(figure, say("proposal.front.heading", lang), lang)
    some = any(_surpassed(point, front) for point in front)
    looks = [UNSURPASSED, SURPASSED] if some else [UNSURPASSED]
    handles = [
        Line2D([], [], color=how.colour, marker=how.marker, linewidth=1.6, markersize=6.5)
        for how in looks
    ]
    words = [say(f"proposal.front.{key}", lang) for key in ("unsurpassed", "surpassed")]
    legend(figure, handles, words[: len(handles)], 2)
    return figure


def _budget(point: Point, lang: str) -> str:
    """A budget and whom it serves, a line each."""
    budget = quantity(point.budget, "yuan", lang)
    whom = say(
        "proposal.front.whom",
        lang,
        allied=grouped(point.allied, lang),
        funded=grouped(point.funded, lang),
    )
    return say("proposal.front.budget", lang, budget=budget) + "\n" + whom


def _paid(ax: Axes, front: Sequence[Point], lang: str) -> None:
    """A bar a budget, as long as the money that is paid of it."""
    most = max(point.cost.mean for point in front)
    by = scale("yuan", most, lang)
    for i, point in enumerate(front):
        bar(ax, i, point.cost.mean, 0.5, by.text(point.cost.mean), color=SKY)
    ax.set_xlim(0, (most or 1.0) * 1.25)
    ax.xaxis.set_major_locator(round_ticks(3))
    ax.xaxis.set_major_formatter(by.ticks)
    ax.set_xlabel(by.label, fontsize=7.8)
    titled_panel(ax, say("proposal.front.paid", lang), lang, size=8.8)


def _gained(ax: Axes, front: Sequence[Point], lang: str) -> None:
    """A dot a budget where the mean gain of a village is, with 5-95% of the runs."""
    ends = [end for point in front for end in (point.gain_mean.low, point.gain_mean.high)]
    by = scale("yuan/year", max(map(abs, ends)), lang)
    for i, point in enumerate(front):
        gain = point.gain_mean
        how = SURPASSED if _surpassed(point, front) else UNSURPASSED
        whisker(ax, i, gain.mean, gain.low, gain.high, how)
    ax.axvline(0, color=DARK, linewidth=1)
    spans([ax], min(ends), max(ends))
    ax.xaxis.set_major_locator(round_ticks(5))
    ax.xaxis.set_major_formatter(by.ticks)
    ax.set_xlabel(by.label, fontsize=7.8)
    titled_panel(ax, say("proposal.front.gained", lang), lang, size=8.8)


def _surpassed(point: Point, front: Sequence[Point]) -> bool:
    """Whether another budget brings no less for less money, or more for no more."""
    cost, gain = point.cost.mean, point.gain_mean.mean
    return any(
        other.cost.mean <= cost
        and other.gain_mean.mean >= gain
        and (other.cost.mean, other.gain_mean.mean) != (cost, gain)
        for other in front
    )


def _labelled(alliance: ProposedAlliance) -> str:
    """An alliance on the map: its number and, where that can be told, how often its members are
    together in good plans."""
    return (
        str(alliance.number)
        if alliance.together is None
        else f"{alliance.number} ({percent(alliance.together)})"
    )


def _incomes(p: Proposal, scenario: Scenario) -> np.ndarray | None:
    """What villages would earn alone, where that is known of all."""
    income = np.full(scenario.size, np.nan)
    row = [(village.position, village.income_alone.median) for village in p.funded]
    row += [(m.position, m.income_alone.median) for a in p.alliances for m in a.members]
    for position, median in row:
        income[position] = median
    return income if np.isfinite(income).all() else None

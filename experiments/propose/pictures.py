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
    as_written,
    headed,
    legend,
    panels,
    round_ticks,
    rows_of,
    settled,
    spans,
    titled_panel,
    whisker,
)
from village_alliances.experiments.maps import Membership, map_of
from village_alliances.experiments.plots.panels import bar
from village_alliances.experiments.propose.answer import Point, Proposal, ProposedAlliance, Spread
from village_alliances.experiments.propose.sentences import SURE
from village_alliances.sim.scenario import Scenario
from village_alliances.wording import grouped, say
from village_alliances.wording.numbers import percent, quantities


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
        figures["front"] = budgets(p.front, p.budget, lang)
    return figures


SURPASSED = Look(GREY, "s")
UNSURPASSED = Look(BLUE, "o")


@settled
def budgets(front: Sequence[Point], asked: float, lang: str) -> Figure:
    """What more or less money would bring than was asked for: a row a budget, with what is paid of
    it and what that brings. Rows keep every label clear of every bar, however close two budgets
    lie."""
    figure, (paid, gained) = panels(2, 2, 0.8 + 0.36 * len(front), sharey=True, width_ratios=[2, 3])
    labels = _labels(front, lang)
    _paid(paid, front, lang)
    _gained(gained, front, lang)
    rows_of(paid, labels)
    rows_of(gained, labels, named=False)
    headed(figure, finding(front, asked, lang), lang)
    some = any(_surpassed(point, front) for point in front)
    looks = [UNSURPASSED, SURPASSED] if some else [UNSURPASSED]
    handles = [
        Line2D([], [], color=how.colour, marker=how.marker, linewidth=1.6, markersize=6.5)
        for how in looks
    ]
    words = [say(f"proposal.front.{key}", lang) for key in ("unsurpassed", "surpassed")]
    legend(figure, handles, words[: len(handles)], 2)
    return figure


def finding(front: Sequence[Point], asked: float, lang: str) -> str:
    """What another budget than that asked for would bring, as far as can be told from luck: more,
    no less for less money, or neither."""
    budgets = [point for point in front if point.budget > 0]
    most = max(point.budget for point in budgets)
    if not any(_sure(point.gain_mean) for point in budgets):
        return _said("luck", lang, most=most)
    more = [point for point in budgets if point.budget > asked and _surely_less(point.ahead)]
    if more:
        gain = quantities([-more[0].ahead.mean], "yuan/year", lang, digits=2)[0]
        return _said("more", lang, more=more[0].budget, asked=asked, gain=gain)
    less = [point for point in budgets if point.budget < asked and not _sure(point.ahead)]
    if less:
        return _said("less", lang, less=less[0].budget, asked=asked)
    return _said("enough", lang, asked=asked)


def _said(key: str, lang: str, gain: str = "", **amounts: float) -> str:
    """A finding; its budgets in one unit."""
    said = dict(zip(amounts, quantities([*amounts.values()], "yuan", lang), strict=True))
    return say(f"proposal.front.finding_{key}", lang, gain=gain, **said)


def _sure(band: Spread) -> bool:
    """Whether a mean is above nought by more than luck explains."""
    return band.mean > SURE * band.error


def _surely_less(band: Spread) -> bool:
    """Whether it is below nought by more than luck explains."""
    return band.mean < -SURE * band.error


def _labels(front: Sequence[Point], lang: str) -> list[str]:
    """Budgets, in one unit, and whom they serve, a line each."""
    budgets = quantities([point.budget for point in front], "yuan", lang)
    return [
        say("proposal.front.budget", lang, budget=budget)
        + "\n"
        + say(
            "proposal.front.whom",
            lang,
            allied=grouped(point.allied, lang),
            funded=grouped(point.funded, lang),
        )
        for point, budget in zip(front, budgets, strict=True)
    ]


def _paid(ax: Axes, front: Sequence[Point], lang: str) -> None:
    """A bar a budget, as long as the money that is paid of it."""
    costs = [point.cost.mean for point in front]
    most = max(costs)
    by = as_written("yuan", costs, lang)
    for i, (cost, text) in enumerate(zip(costs, by.column(costs), strict=True)):
        bar(ax, i, cost, 0.5, text, color=SKY)
    ax.set_xlim(0, (most or 1.0) * 1.5)
    ax.xaxis.set_major_locator(round_ticks(3 if by.size > 1 else 2))
    ax.xaxis.set_major_formatter(by.even_ticks)
    ax.set_xlabel(by.label, fontsize=7.8)
    titled_panel(ax, say("proposal.front.paid", lang), lang, size=8.8)


def _gained(ax: Axes, front: Sequence[Point], lang: str) -> None:
    """A dot a budget where the mean gain of a village is, with 5-95% of the runs."""
    ends = [end for point in front for end in (point.gain_mean.low, point.gain_mean.high)]
    by = as_written("yuan/year", ends, lang)
    for i, point in enumerate(front):
        gain = point.gain_mean
        how = SURPASSED if _surpassed(point, front) else UNSURPASSED
        whisker(ax, i, gain.mean, gain.low, gain.high, how)
    ax.axvline(0, color=DARK, linewidth=1)
    spans([ax], min(ends), max(ends))
    ax.xaxis.set_major_locator(round_ticks(5))
    ax.xaxis.set_major_formatter(by.even_ticks)
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

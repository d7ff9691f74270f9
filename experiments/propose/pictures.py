"""The figures of a proposal: its map, and what more or less money would bring."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from village_alliances.experiments import plots
from village_alliances.experiments.maps import Membership, map_of
from village_alliances.experiments.propose.answer import Proposal, ProposedAlliance
from village_alliances.sim.scenario import Scenario
from village_alliances.wording import say
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
        rows = [
            {
                "label": say(
                    "proposal.front.label",
                    lang,
                    budget=quantity(point.budget, "yuan", lang),
                    allied=point.allied,
                    funded=point.funded,
                ),
                "cost": point.cost.mean,
                "gain": point.gain_mean.mean,
                "low": point.gain_mean.low,
                "high": point.gain_mean.high,
            }
            for point in p.front
        ]
        heading = say("proposal.front.heading", lang)
        figures["front"] = plots.frontier(pd.DataFrame(rows), lang, heading=heading)
    return figures


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

"""Figures of a comparison, in Chinese or English, for the screen and for paper.

Every function takes a Comparison (or what it says) and a language and gives a matplotlib
Figure of its own, tied to no global canvas. A strategy has the same colour and mark in every
figure; the palette is Okabe and Ito's (https://jfly.uni-koeln.de/color/), which the
colour-blind can tell apart. Colour never stands alone: panels and rows are labelled in words.
Bands hold 5-95% and 25-75% of the runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from village_alliances.experiments.answer.comparison import projects_of
from village_alliances.experiments.drawing import look, png, svg
from village_alliances.experiments.maps import founded, map_of
from village_alliances.experiments.plots.choice import RANKED, best, bought, frontier, regret
from village_alliances.experiments.plots.money import parts, projects, rivals
from village_alliances.experiments.plots.outcomes import (
    GROUPS,
    differences,
    distribution,
    who_gains,
)
from village_alliances.experiments.plots.over_time import trajectories, weak_left
from village_alliances.experiments.plots.panels import distinct, quantiles, working
from village_alliances.experiments.plots.scenarios import scenarios
from village_alliances.experiments.plots.sensitivity import MOST_BARS, sensitivity
from village_alliances.experiments.plots.village import village
from village_alliances.wording import say

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison

__all__ = [
    "GROUPS",
    "MOST_BARS",
    "OVER_TIME",
    "RANKED",
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
    "quantiles",
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
# villages on maps of partitions together, beside the map of the table: a report is to stay light
MOST_ON_MAPS = 200
OVER_TIME = ("gain_weak", "gain_mean", "p10_income", "villager_income")


def figures(c: Comparison, lang: str) -> dict[str, Figure]:
    """Every figure that this comparison allows, by the name of its file."""
    if not any((ensemble.status == 0).any() for ensemble in c.ensembles.values()):
        return {"map": map_of(c, lang)}
    figures = {f"trajectory_{outcome}": trajectories(c, outcome, lang) for outcome in OVER_TIME}
    figures["weak_left"] = weak_left(c, lang)
    figures["map"] = map_of(c, lang)
    for i, label in enumerate(c.partitions[: MOST_ON_MAPS // c.scenario.size], 1):
        note = say("report.plot_map_partition", lang, partition=c.title(label, lang))
        figures[f"map_{i}"] = map_of(
            c, lang, replace(founded(c.ensembles[label].scenario, lang), note=note)
        )
    if all(ensemble.kept for ensemble in c.ensembles.values()):
        figures["distribution"] = distribution(c, lang)
    if not all(ensemble.portfolio.idle for ensemble in c.ensembles.values()):
        figures["who_gains"] = who_gains(c, lang)
        if c.named_rivals:
            figures["rivals"] = rivals(c, lang)
        if any(len(projects_of(c, s)) for s in distinct(working(c), c)):
            figures["projects"] = projects(c, lang)
    if len(c.strategies) > 1:
        figures["differences"] = differences(c, lang)
        figures["best"] = best(c, lang)
        figures["regret"] = regret(c, lang)
        figures["frontier"] = frontier(bought(c, lang), lang)
    if c.parts is not None and len(c.parts):
        figures["parts"] = parts(c, lang)
    return figures

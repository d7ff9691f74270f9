"""What the model may be asked: which outcomes are of a kind on which the shipped
posterior has shown no skill.

A kind is refused where the scores of the calibration deny it skill (`no`). Of incomes order and
intervals of differences stand all the same, for these are paired on the same draws; of any other
kind nothing is answered.
"""

from __future__ import annotations

from functools import cache

from village_alliances.calibration import fit
from village_alliances.sim.parameters import POSTERIOR

OUTCOMES = {
    "income": (
        "weak_villages_50k", "weak_villages_100k", "weak_villages_150k", "weak_villages_500k", "quarters_to_last",
        "mean_income", "median_income", "p10_income", "gini", "theil_within", "theil_between", "total_income",
        "gain_mean", "gain_weak", "gain_lead", "gain_members", "gain_outside", "losers", "weak_lifted",
    ),
    "households": ("villager_income", "villager_gini", "villager_gain"),
    "jobs": ("jobs", "wages", "wage_gain"),
    "sizes": ("alliances",),
    "diffusion": ("allied_villages",),
    "survival": ("alliances_on_paper", "quiet_members", "leaves", "ended", "projects_ended"),
}  # fmt: skip
KIND = {outcome: kind for kind, outcomes in OUTCOMES.items() for outcome in outcomes}


@cache
def refused() -> frozenset[str]:
    """Kinds that the shipped posterior may not be asked; none where no posterior is shipped."""
    if not (POSTERIOR.exists() and fit.ABOUT.exists()):
        return frozenset()
    return frozenset(kind for kind, may in fit.shipped().get("asked", {}).items() if may == "no")


def level_is_told(outcome: str) -> bool:
    """Whether how much there is of an outcome may be answered."""
    return KIND.get(outcome) not in refused()


def difference_is_told(outcome: str) -> bool:
    """Whether what a strategy changes in an outcome may be answered."""
    return KIND.get(outcome) == "income" or level_is_told(outcome)

"""Each outcome is written where its name stands: two lines of the table of outcomes exchanged would exchange two results."""

from __future__ import annotations

from village_alliances.sim.metrics import INDEX, NAMES
from village_alliances.sim.rules import recording

WRITTEN = {
    "weak_villages_50k": "I_50",
    "weak_villages_100k": "I_100",
    "weak_villages_150k": "I_150",
    "weak_villages_500k": "I_500",
    "quarters_to_last": "I_LAST",
    "mean_income": "I_MEAN",
    "median_income": "I_MEDIAN",
    "p10_income": "I_P10",
    "gini": "I_GINI",
    "theil_within": "I_WITHIN",
    "theil_between": "I_BETWEEN",
    "gain_mean": "I_GAIN",
    "gain_weak": "I_WEAK",
    "gain_lead": "I_LEAD",
    "gain_others": "I_OTHERS",
    "gain_base": "I_BASE",
    "gain_land": "I_LAND",
    "gain_brand": "I_BRAND",
    "gain_venture": "I_VENTURE",
    "losers": "I_LOSERS",
    "villager_income": "I_VILLAGER",
    "villager_gain": "I_VGAIN",
    "villager_gini": "I_VGINI",
    "capacity": "I_CAPACITY",
    "ability": "I_ABILITY",
    "reserves": "I_RESERVES",
    "alliances": "I_ALIVE",
    "alliances_on_paper": "I_PAPER",
    "allied_villages": "I_ALLIED",
    "cohesion": "I_COHESION",
    "effort": "I_EFFORT",
    "exits": "I_EXITS",
    "switches": "I_SWITCHES",
    "refusals": "I_REFUSALS",
    "ended": "I_ENDED",
    "public_cost": "I_COST",
    "own_money": "I_OWN",
    "campaign_cost": "I_CAMPAIGN",
    "transfers": "I_TRANSFERS",
    "weak_lifted": "I_LIFTED",
}


def test_every_outcome_is_written_under_its_own_name() -> None:
    assert set(WRITTEN) == set(NAMES)
    assert {name: getattr(recording, at) for name, at in WRITTEN.items()} == INDEX

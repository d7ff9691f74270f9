"""An invented county to measure on: villages of which about half of the figures are known, in
alliances that are given."""

from __future__ import annotations

import io

import numpy as np
from village_alliances.sim.own_table import own_table
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.table import read_bytes

ALLIANCE = 5  # members
TOWNSHIP = 23  # villages
FOUNDED = 1  # the quarter, from 0
PRODUCTS = ("flowers", "peach", "grain", "tea", "bamboo")
FIGURES = {  # between these a figure is drawn, evenly in its logarithm
    "population": (200, 4000), "collective_income": (5000, 3e6), "villager_income": (9000, 50000), "debt": (1000, 2e6),
    "idle_land": (5, 500), "developed_land": (5, 500), "ability": (0.1, 0.9), "capacity": (0.1, 0.9),
}  # fmt: skip


def county(alliances: int = 46, years: int = 10, seed: int = 1) -> Scenario:
    """A county of `alliances` x 5 villages by way of a village table: half of the
    cells blank, places unknown."""
    rng = np.random.default_rng(seed)
    out = io.StringIO()
    print(
        "name",
        "township",
        "county",
        "city",
        *FIGURES,
        "industry",
        "alliance",
        "founded",
        sep=",",
        file=out,
    )
    for village in range(alliances * ALLIANCE):
        figures = [
            f"{np.exp(rng.uniform(*np.log(between))):.6g}" if rng.random() < 0.5 else ""
            for between in FIGURES.values()
        ]
        industry = str(rng.choice(PRODUCTS)) if rng.random() < 0.5 else ""
        place = (f"v{village:04d}", f"t{village // TOWNSHIP:02d}", "c", "p")
        print(
            *place,
            *figures,
            industry,
            f"a{village // ALLIANCE:03d}",
            f"2024Q{FOUNDED + 1}",
            sep=",",
            file=out,
        )
    return own_table(
        read_bytes(out.getvalue().encode(), "county.csv"), region="ningbo", start=2024, years=years
    )

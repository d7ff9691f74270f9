"""What goes through inference: ten composites, each a place between 0 and 1 that moves parameters or inputs together.

Seven move parameters of the model along their prior ranges (low at 0, high at 1; a minus sign turns one round). Three belong to
the reading of the documents and to the inputs of the named cases, not to the model: how much public money the named alliances
of Fenghua had, how far the weak-village campaign reached, and how selected the named cases are. All other parameters stay at
their prior and are drawn anew for every parameter set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv
from village_alliances.sim.parameters import parameters


@dataclass(frozen=True)
class Composite:
    """One place between 0 and 1. `moves` names parameters of the model, with a minus where more of the composite means less."""

    name: str
    en: str
    zh: str
    moves: tuple[str, ...] = ()
    reason: str = ""


COMPOSITES = (
    Composite("mentoring", "effect of mentoring", "帮带成效", ("mentoring_rate", "imitation_rate", "capacity_elasticity")),
    Composite("land", "effect of pooled land", "土地盘活成效", ("land_rate_joint", "land_rent", "-land_scale")),
    Composite("venture", "effect of joint ventures", "合资成效", ("venture_return", "venture_success", "-venture_scale", "outside_match")),
    Composite("brand", "effect of a common brand", "品牌成效", ("brand_premium", "brand_build", "brand_household", "-brand_scale")),
    Composite("lag", "time until an effect shows", "见效时滞", ("land_lag", "venture_lag")),
    Composite("cohesion", "how easily cohesion and effort come", "凝聚难易", ("cohesion_gain", "-cohesion_decay", "cohesion_start", "-effort_scale")),
    Composite("formation", "how readily alliances form", "组建难易", ("campaign_speed", "belief_start", "-founding_cost", "affinity_distance")),
    Composite(
        "campaign",
        "share of the 50,000 yuan floor that the county gives a weak village anyway",
        "消薄行动补足到 5 万元底线的比例",
        reason="Beta(3, 1.5): aid to poor areas shows in the short run (Chen, Mu and Ravallion 2008), so that most of the floor comes from the "
        "campaign; the documents cannot tell it from the alliance",
    ),
    Composite(
        "money",
        "public money of the named alliances of Fenghua",
        "奉化典型联合体所得公共资金",
        reason="stated nowhere; 60,000 to 500,000 yuan a member and year, even on the log scale: from the default lever to a little above Zibo's "
        "681,000 a village over less than two years",
    ),
    Composite(
        "selection",
        "share of alliances that a named case is better than",
        "典型案例的选择程度",
        reason="named cases are drawn above the quantile 0.5 to 0.99",
    ),
)  # fmt: skip
NAMES = tuple(composite.name for composite in COMPOSITES)
INDEX = {name: at for at, name in enumerate(NAMES)}
MONEY = (60_000.0, 500_000.0)
FLOOR = 50_000.0
SELECTION = (0.5, 0.99)
TREATMENT = (0.08, 1.0)
"""Prior of an alliance's yearly gain as a share of its members' income: median and sd of the log. Paired assistance raised consumption by 21-24%
(Xu 2022), reforms of collectives lifted the better-off and not the poorest (Zhou, Li and Shao 2023), gains are small long after support ends
(Chen, Mu and Ravallion 2008): a tenth of one to a fifth, with room for nothing and for more than half."""


def expand(shares: np.ndarray) -> dict[str, np.ndarray]:
    """Values of every parameter that a composite moves: `shares` (n, composites) in 0..1 -> name -> (n,)."""
    found = {}
    known = parameters()
    for at, composite in enumerate(COMPOSITES):
        for move in composite.moves:
            name = move.lstrip("-")
            found[name] = known[name].at(
                1.0 - shares[:, at] if move.startswith("-") else shares[:, at]
            )
    return found


def money(shares: np.ndarray) -> np.ndarray:
    """Yuan a member and year of grants to the named alliances of Fenghua, shape (n,)."""
    low, high = MONEY
    return np.asarray(low * (high / low) ** shares[:, INDEX["money"]])


def campaign_floor(shares: np.ndarray) -> np.ndarray:
    """Yuan a year up to which the campaign alone lifts a weak village, shape (n,)."""
    return np.asarray(FLOOR * betaincinv(3.0, 1.5, shares[:, INDEX["campaign"]]))


def selection(shares: np.ndarray) -> np.ndarray:
    """Quantile of simulated alliances above which a named case is drawn, shape (n,)."""
    low, high = SELECTION
    return np.asarray(low + (high - low) * shares[:, INDEX["selection"]])

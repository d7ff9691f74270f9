"""Morris' elementary effects and Sobol's indices, as SALib computes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.sampling import LEVELS
from village_alliances.sim.worded import worded

RESAMPLES = 1000
COLUMNS = {
    "morris": ["quantity", "strength", "low", "high", "effect", "spread"],
    "saltelli": [
        "quantity",
        "first",
        "first_low",
        "first_high",
        "total",
        "total_low",
        "total_high",
    ],
}


def screened(
    names: Sequence[str], shares: np.ndarray, values: np.ndarray, seed: int = 1
) -> pd.DataFrame:
    """Morris' elementary effects, the strongest first. `shares` (rows, names) 0..1 as
    `design.sensitive_shares` draws them.

    `strength`: mean absolute change of the value per whole range of a quantity, with its 95%
    interval `low`, `high`; `effect`: the same with its sign; `spread`: standard deviation over the
    trajectories, large where quantities interact. Raises Refused unless every value is there.
    """
    from SALib.analyze import morris

    _whole(values, shares.shape[0], len(names) + 1)
    effects = morris.analyze(
        _problem(names),
        shares,
        np.asarray(values, float),
        num_resamples=RESAMPLES,
        num_levels=LEVELS,
        seed=seed,
    )
    strength, reach = (np.asarray(effects[key], float) for key in ("mu_star", "mu_star_conf"))
    columns = (
        names,
        strength,
        np.maximum(strength - reach, 0.0),
        strength + reach,
        *(np.asarray(effects[k], float) for k in ("mu", "sigma")),
    )
    frame = pd.DataFrame(dict(zip(COLUMNS["morris"], columns, strict=True)))
    return frame.sort_values("strength", ascending=False, kind="stable", ignore_index=True)


def decomposed(names: Sequence[str], values: np.ndarray, seed: int = 1) -> pd.DataFrame:
    """Sobol's indices, the strongest first. `values` (rows,) at the rows of a `saltelli` design.

    `first`: share of the variance that a quantity brings by itself; `total`: with all that it
    interacts with; both with 95% intervals. All are 0 where the values do not vary. Raises Refused
    unless every value is there.
    """
    from SALib.analyze import sobol

    values = np.asarray(values, float)
    _whole(values, values.size, len(names) + 2)
    columns: dict[str, Any] = {
        "quantity": list(names),
        **{name: np.zeros(len(names)) for name in COLUMNS["saltelli"][1:]},
    }
    if np.ptp(values) > 1e-9 * np.abs(values).max():
        indices = sobol.analyze(
            _problem(names), values, calc_second_order=False, num_resamples=RESAMPLES, seed=seed
        )
        for name, key in (("first", "S1"), ("total", "ST")):
            index, reach = (
                np.asarray(indices[key], float),
                np.asarray(indices[f"{key}_conf"], float),
            )
            columns |= {name: index, f"{name}_low": index - reach, f"{name}_high": index + reach}
    return pd.DataFrame(columns).sort_values(
        "total", ascending=False, kind="stable", ignore_index=True
    )


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _whole(values: np.ndarray, rows: int, step: int) -> None:
    """Raise Refused unless there is a finite value for every row of a whole design: one hole would
    turn every index to nought."""
    missing = int((~np.isfinite(np.asarray(values, float))).sum())
    if values.shape != (rows,) or rows == 0 or rows % step or missing:
        raise Refused(
            worded(
                "problems.sensitivity.design_whole_values_for",
                size=values.size,
                rows=rows,
                step=step,
                missing=missing,
            ),
        )

"""Where the width of a forecast's band comes from: what a figure's design and words are granted,
the parameters, what is the region's own, and luck with what a table leaves blank.

Every case is simulated three times with the same parameter sets: twice with the same draws of the
region's own (its trends, its ordinary project money) and other luck, once with all but the sets
anew. What two simulations have in common shows in the correlation of their normal scores, which no
tail outweighs: that of all three is the parameters', what the first two have in common beyond it
the region's, the rest luck's. `python -m village_alliances.calibration.width DIR` writes
DIR/width.json, which `python docs/validation.py` puts into docs/validation.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata
from village_alliances.calibration import fit, scores, targets
from village_alliances.calibration.cases import Case, reported, scenario_of, simulate
from village_alliances.calibration.priors import Sets
from village_alliances.calibration.validate import ROWS, SETS, HeldOutFigure, afresh, selection
from village_alliances.sim.outputs import write_outputs
from village_alliances.sim.parameters import draw
from village_alliances.sim.starting import quantities_of

FILE = "width.json"
REACH = float(ndtri(0.5 + scores.BAND / 2))  # sds from the middle to the end of a normal's band
AIM = 8.0  # to 1, of the band


@dataclass(frozen=True)
class Parts:
    """Variances of the log of one figure's forecast, by where they come from."""

    granted: float
    parameters: float
    region: float
    luck: float

    def width(self, *without: str) -> float:
        """Upper end over lower of the 90% band of a normal with these variances, but for those
        `without`."""
        kept = sum(value for name, value in asdict(self).items() if name not in without)
        return float(np.exp(2.0 * REACH * np.sqrt(kept)))

    def shares(self) -> dict[str, float]:
        """Each part of the whole variance."""
        whole = sum(asdict(self).values())
        return {name: value / whole for name, value in asdict(self).items()}


def parts(simulated: tuple[np.ndarray, np.ndarray, np.ndarray], granted: float) -> Parts:
    """The variance of three simulations (n,) of the same sets on the log scale, nan where a run is
    silent: the first two share the region's own, all three the sets. `granted`: variance that is
    added to what is simulated."""
    first, same_region, other = simulated
    spoken = np.concatenate(simulated)
    low, high = np.nanquantile(spoken, [0.5 - scores.BAND / 2, 0.5 + scores.BAND / 2])
    whole = ((high - low) / (2.0 * REACH)) ** 2
    sets = (in_common(first, other) + in_common(same_region, other)) / 2.0
    region = max(in_common(first, same_region), sets)
    return Parts(granted, sets * whole, (region - sets) * whole, (1.0 - region) * whole)


def in_common(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of the normal scores of two simulations (n,) where both speak, 0 to 1."""
    both = ~np.isnan(first) & ~np.isnan(second)
    normal = [ndtri((rankdata(x[both]) - 0.5) / both.sum()) for x in (first, second)]
    return float(np.clip(np.corrcoef(normal)[0, 1], 0.0, 1.0))


def granted(row: HeldOutFigure) -> float:
    """Variance that a row's design and words add to the log of what is simulated."""
    words = (1.0 - 2.0 / np.pi) * targets.OVER**2 if targets.signed_error(row.qualifier) else 0.0
    about = targets.ABOUT**2 if row.qualifier == "about" else 0.0
    return scores.discrepancy(row.name) ** 2 + words + about


def with_region(case: Case, sets: Sets, seed: int) -> Sets:
    """The sets with one draw each of what is the region's own, which a run then takes as fixed."""
    scenario = scenario_of(case.scenario) if isinstance(case.scenario, str) else case.scenario
    quantities = quantities_of(scenario.region)
    own: Any = draw(quantities, "prior", seed, sets.numbers)
    return Sets(sets.numbers, {**sets.values, **{name: own[name] for name in quantities}})


def measured(sets: Sets, seed: int = fit.SEED) -> dict[str, Parts]:
    """The parts of the width of each scored figure, by its name."""
    fresh, quantile = afresh(sets), selection(sets)
    by_case: dict[str, list[HeldOutFigure]] = {}
    for row in ROWS.values():
        by_case.setdefault(row.case.name, []).append(row)
    widths = {}
    for rows in by_case.values():
        case = rows[0].case
        held = with_region(case, fresh, seed)
        runs = []
        for number, (some, luck) in enumerate(((held, seed), (held, seed + 1), (fresh, seed + 2))):
            place = np.random.default_rng([seed, number]).random(len(sets))
            runs.append(reported(case, simulate(case, some, luck), quantile, place))
        for row in rows:
            first, second, third = (targets.on_scale(run[row.quantity]) for run in runs)
            widths[row.name] = parts((first, second, third), granted(row))
    return {name: widths[name] for name in ROWS}


def medians(widths: Mapping[str, Parts]) -> dict[str, float]:
    """Over figures: the median width of the whole, without each part, and of the granted alone."""
    without = {
        "whole": (),
        "without parameters": ("parameters",),
        "without region": ("region",),
        "without luck": ("luck",),
        "without granted": ("granted",),
        "granted alone": ("parameters", "region", "luck"),
    }
    return {
        name: float(np.median([each.width(*left) for each in widths.values()]))
        for name, left in without.items()
    }


def main(folder: Path) -> None:
    """Measure on the shipped posterior and write the file."""
    widths = measured(fit.shipped_draws().where(np.arange(SETS)))
    body = {name: {**asdict(each), "width": each.width()} for name, each in widths.items()}
    write_outputs(folder, {FILE: {"fingerprint_of_fit": fit.shipped()["fingerprint"], "parts": body, "medians": medians(widths)}})  # fmt: skip
    print(json.dumps(medians(widths), indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

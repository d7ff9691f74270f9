"""Which uncertainties decide between an alliance and single villages with the same public money.

The outcome is the paired difference between an alliance's mean gain and that of the best of its
rivals, as a rank among the runs, for a few runs with a great gain would else be all of the
variance. Each uncertainty gets its total Sobol index (Jansen 1999): half of the mean square by
which the rank moves when that one is drawn anew and all else, luck included, stays as it was, over
the variance. It holds what the uncertainty does by itself and together with others, so that the
indices add up to more than one. What luck and the blanks of the table do has an index of its own.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.calibration import evidence, priors
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.files import write_atomically
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import Quantity
from village_alliances.sim.problems import Text
from village_alliances.sim.region import Region
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.uncertain import DOT, drawn

PLACE, STRATEGY = "jinxi", "strong_leads_weak"
AGAINST = ("even", "lumped", "weakest", "all")
OUTCOME = "gain_mean"
RUNS = 512
TOLD = 10
CHANCE = "chance"  # luck, and what the table leaves blank
AGAIN = 200  # resamplings behind the interval of an index
MEASURES = Path(__file__).parent / "measures.toml"
STORED = Path(__file__).parent / "decides.toml"


@dataclass(frozen=True)
class Share:
    """An uncertainty's total Sobol index, with its interval of 90% by resampling
    runs. `name` may be CHANCE."""

    name: str
    total: float
    low: float
    high: float


def shares(runs: int = RUNS, seed: int = 1) -> list[Share]:
    """Every uncertainty of the model and of the region, and chance, the most decisive first."""
    numbers = np.arange(runs, dtype=np.uint64)
    others = numbers + np.uint64(runs)
    first, values = difference(numbers, seed, {})
    varied = {name: v for name, v in values.items() if name in known_quantities() and np.ptp(v) > 0}
    _, anew = difference(others, seed, {}, played=False)
    luck, _ = difference(others, seed, values)
    shares = [index(CHANCE, first, luck)]
    for name in varied:
        moved, _ = difference(numbers, seed, {name: anew[name]})
        shares.append(index(name, first, moved))
    return sorted(shares, key=lambda share: -share.total)


def first(shares: list[Share]) -> list[Share]:
    """The uncertainties that are told, with chance where it stands among them."""
    named = [share.name for share in shares if share.name != CHANCE][:TOLD]
    return [share for share in shares if share.name in (*named, CHANCE)]


def as_dict(shares: list[Share]) -> dict[str, list[float]]:
    """What is told: name -> index and the ends of its interval."""
    return {
        share.name: [round(end, 3) for end in (share.total, share.low, share.high)]
        for share in first(shares)
    }


def store(shares: list[Share], path: Path = STORED) -> None:
    """Keep what is told, for whoever asks without a calibration."""
    lines = [
        "# What decides: total Sobol index, 5% and 95% of it; written by `alliances "
        "validate --decides` and `calibrate --ship`."
    ]
    lines += [f"{json.dumps(name)} = {json.dumps(ends)}" for name, ends in as_dict(shares).items()]
    write_atomically(path, ("\n".join(lines) + "\n").encode())


def stored() -> dict[str, list[float]]:
    """What was kept, the most decisive first."""
    with STORED.open("rb") as file:
        return tomllib.load(file)


def difference(
    numbers: np.ndarray, seed: int, fixed: Mapping[str, np.ndarray], *, played: bool = True
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The paired difference of runs (n,), yuan a year a village, and the values of all
    uncertainties in them by name."""
    together = run_together(
        load(PLACE), {STRATEGY: STRATEGY}, runs=numbers, seed=seed, mode="prior", rivals=AGAINST if played else (),
        fixed=fixed, years=0 if played else 1,
    )  # fmt: skip
    ours = together.strategies[STRATEGY]
    values = {**_parameters(ours.parameters), **drawn(ours.technology)}
    if not played:
        return np.zeros(0), values
    rivals = [rival.outcome(OUTCOME) for rival in together.rivals[STRATEGY].values()]
    return ours.outcome(OUTCOME) - np.max(rivals, axis=0), values


def index(name: str, first: np.ndarray, moved: np.ndarray) -> Share:
    """The total index of what differs between runs (n,) and the same runs with it drawn
    anew (n,)."""
    first_ranks, other = np.split(ranks(np.concatenate([first, moved])), 2)
    halves = 0.5 * (first_ranks - other) ** 2 * 12.0  # places are even on 0..1, of variance 1/12
    rng = np.random.default_rng(0)
    again = [halves[rng.integers(0, halves.size, halves.size)].mean() for _ in range(AGAIN)]
    low, high = np.quantile(again, [0.05, 0.95])
    return Share(name, float(halves.mean()), float(low), float(high))


def ranks(values: np.ndarray) -> np.ndarray:
    """Places of values among all of them, 0 to 1 (n,); equal ones share theirs."""
    ordered = np.sort(values)
    both = np.searchsorted(ordered, values) + np.searchsorted(ordered, values, side="right")
    return np.asarray(both / (2.0 * values.size))


def known_quantities() -> dict[str, Quantity]:
    """Every uncertainty of the model and of the place's region, by name."""
    return {**priors.fitted(), **own(load(PLACE).region)}


def own(region: Region) -> dict[str, Quantity]:
    """What is a region's own, by name. What it calls an assumption rests on no evidence, whatever
    it compares with."""
    by_name = quantities_of(region)
    if region.ordinary_money and region.ordinary_money.kind == "assumption":
        by_name["ordinary_money"] = by_name["ordinary_money"].model_copy(update={"evidence": ()})
    return by_name


def _parameters(table: np.recarray) -> dict[str, np.ndarray]:
    return {name: np.asarray(table[name]) for name in table.dtype.names or ()}


def grounds(quantity: Quantity, words: Callable[[str], str]) -> str:
    """What a number rests on: documents, outside with its grades, or assumption. `words` puts a
    kind or a grade into words."""
    if not quantity.evidence:
        return words("assumption")
    rows = [evidence.named(id) for id in quantity.evidence]
    grades = sorted({row.grade for row in rows if isinstance(row, evidence.Outside)})
    grounds_words = (
        [words("document")] if any(isinstance(row, evidence.Figure) for row in rows) else []
    )
    if grades:
        grounds_words.append(f"{words('outside')} ({', '.join(map(words, grades))})")
    return ", ".join(grounds_words)


@cache
def _measures() -> dict[str, Any]:
    with MEASURES.open("rb") as file:
        return tomllib.load(file)


def to_measure(name: str) -> Text:
    """What would have to be measured to know an uncertainty. Raises KeyError for one that
    measures.toml does not have."""
    number = name.partition(DOT)[2] if DOT in name else name
    for body in _measures()["measure"]:
        if number in body["of"]:
            return Text(body["en"], body["zh"])
    raise KeyError(f"{MEASURES.name} says of no measurement that tells {name!r}")

"""Rankings that rest on what the evidence left open.

Calibration moves groups of parameters (composites); some the evidence does not touch (sim/posterior.toml). For each of those, the runs are
cut into thirds by where it stands. A ranking rests on it where in the lowest or the highest third another strategy than the
one that is first on average does better, by more than three and a half standard errors of the paired difference.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from village_alliances.experiments.comparison import Comparison
from village_alliances.sim.metrics import BY_NAME, MAIN, SPENT
from village_alliances.sim.parameters import POSTERIOR, parameters
from village_alliances.wording import say
from village_alliances.wording.numbers import quantity

RANKED = tuple(
    o for o in MAIN if o not in ("mean_income", *SPENT)
)  # mean income ranks as the mean gain; money is no question
CLEAR = 3.5  # standard errors: some two hundred differences are looked at
LEAST = 30  # runs in a third
TOLD = 3  # overturned rankings that are told


@dataclass(frozen=True)
class Turned:
    """In the `end` (low, high) third of a composite, `other` does better on an outcome than `leader`, by `difference` on average."""

    outcome: str
    composite: str
    end: str
    leader: str
    other: str
    difference: float
    errors: float


@cache
def untouched() -> Mapping[str, str]:
    """The composites that the evidence left untouched and that move parameters: name -> the first of these (with a minus where it falls)."""
    path = POSTERIOR.with_suffix(".toml")
    if not path.exists():
        return {}
    body = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: body["composite"][name]["moves"][0]
        for name in body["untouched"]
        if body["composite"][name]["moves"]
    }


def turned(c: Comparison, composites: Mapping[str, str] | None = None) -> list[Turned]:
    """The rankings that turn over between the ends of a composite, the clearest first."""
    found = []
    drawn = c.ensembles[c.baseline].parameters
    for name, moved in (untouched() if composites is None else composites).items():
        parameter = moved.removeprefix("-")
        level = parameters()[parameter].share_of(np.asarray(drawn[parameter])) * (
            -1 if moved.startswith("-") else 1
        )
        cuts = np.quantile(level, (1 / 3, 2 / 3))
        for end, rows in (("low", level <= cuts[0]), ("high", level >= cuts[1])):
            found += [
                one
                for outcome in RANKED
                if (one := _turned(c, outcome, name, end, rows)) is not None
            ]
    return sorted(found, key=lambda one: -one.errors)


def _turned(
    c: Comparison, outcome: str, composite: str, end: str, rows: np.ndarray
) -> Turned | None:
    better = BY_NAME[outcome].better
    values = {label: better * ensemble.outcome(outcome) for label, ensemble in c.ensembles.items()}
    fine = np.all([np.isfinite(v) for v in values.values()], axis=0)
    leader = max(values, key=lambda label: float(values[label][fine].mean()) if fine.any() else 0.0)
    kept = rows & fine
    if kept.sum() < LEAST:
        return None
    best: Turned | None = None
    for label in values:
        ahead = values[label][kept] - values[leader][kept]
        spread = float(ahead.std(ddof=1)) / float(np.sqrt(ahead.size))
        mean = float(ahead.mean())
        if (
            label != leader
            and spread > 0
            and mean / spread > CLEAR
            and (best is None or mean / spread > best.errors)
        ):
            best = Turned(outcome, composite, end, leader, label, better * mean, mean / spread)
    return best


def sentences(c: Comparison, lang: str) -> list[str]:
    """What the evidence left open, and which rankings hang on it; nothing where parameters are not the calibrated ones."""
    from village_alliances.calibration.priors import COMPOSITES

    if c.mode != "posterior" or len(c.strategies) < 2 or not untouched():
        return []
    titles = {one.name: one.zh if lang == "zh" else one.en for one in COMPOSITES}
    names = say("report.page.listed", lang).join(titles[name] for name in untouched())
    open_ones = say("compare.untouched.open", lang, names=names)
    overturned = turned(c)
    if not overturned:
        return [open_ones + say("compare.untouched.none", lang)]
    told = []
    for one in overturned[:TOLD]:
        outcome = BY_NAME[one.outcome]
        words = (
            say(f"report.outcome.{one.outcome}", lang)
            if one.outcome.startswith("gain_")
            else getattr(outcome, lang)
        )
        told.append(
            say(
                "compare.untouched.turned",
                lang,
                outcome=words,
                leader=c.title(one.leader, lang),
                other=c.title(one.other, lang),
                composite=titles[one.composite],
                end=say(f"compare.untouched.{one.end}", lang),
                difference=quantity(one.difference, outcome.unit, lang, signed=True),
            )
        )
    more = len(overturned) - len(told)
    return [open_ones, *told, *([say("compare.untouched.more", lang, count=more)] if more else [])]

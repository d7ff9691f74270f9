"""Objectives: what a proposal is to attain, by the names of the model's outcomes, and how much
of it each village brings.

A search adds up what alliances bring, so it needs a part for every village. For most outcomes the
parts add up exactly. For `quarters_to_last`, `gini` and `p10_income`, which are about all villages
at once, the search adds up a stand-in; every choice among whole plans and every figure reported
uses the outcome itself. Outcomes of one unit can be asked for together: `weak_villages_50k+losers`
counts a village that loses as much as one that stays weak.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from village_alliances.sim.metrics import BY_NAME, WEAK, WORSE, Outcome, weak_line
from village_alliances.sim.worded import joined, worded
from village_alliances.wording import listed

LATE = 6  # power of the stand-in for the last village: the latest weigh most
TENTH = 0.1


@dataclass(frozen=True)
class Lived:
    """What became of a county: villages at the end, (runs, villages), and
    outcomes by name, (runs,).

    `last_weak`: the last quarter in which a village was under 50,000 yuan, -1 never. `paid`
    (runs,): public money, yuan. Of alliances, (runs, alliances): `granted` yuan, `lead` at the
    founding, `works` whether it works at the end. Of villages: `home` the alliance at the end
    (-1 none), `quiet` whether it takes no part there, `able` what it can manage when alliances
    are founded. After the two years of a pilot: `midway` operating income, `taking_part`
    whether it is an active member.
    """

    income: np.ndarray
    heads: np.ndarray
    wages: np.ndarray
    people: np.ndarray
    start: np.ndarray
    last_weak: np.ndarray
    paid: np.ndarray
    home: np.ndarray
    quiet: np.ndarray
    able: np.ndarray
    midway: np.ndarray
    taking_part: np.ndarray
    granted: np.ndarray
    lead: np.ndarray
    works: np.ndarray
    outcomes: dict[str, np.ndarray] = field(default_factory=dict)

    def gain(self, none: Lived) -> np.ndarray:
        """Yuan a year by which each village is better off than with nobody allied and no such
        money, (runs, villages)."""
        return np.asarray(self.income - none.income)


Term = Callable[
    [Lived, Lived], np.ndarray
]  # of a county and of the same left alone: (runs, villages), more is better


def _under(line: float) -> Term:
    return lambda now, none: (none.income < line).astype(float) - (now.income < line)


def _mean_gain(now: Lived, none: Lived) -> np.ndarray:
    return now.gain(none) / now.income.shape[1]


def _weak_gain(now: Lived, none: Lived) -> np.ndarray:
    weak = none.start <= weak_line(none.start)
    return np.asarray(now.gain(none) * weak / weak.sum(axis=1, keepdims=True))


def _losers(now: Lived, none: Lived) -> np.ndarray:
    return -(now.gain(none) < -WORSE).astype(float)


def _heads(now: Lived, none: Lived) -> np.ndarray:
    share = now.people / now.people.sum(axis=1, keepdims=True)
    return np.asarray((now.heads - none.heads) * share)


def _wages(now: Lived, none: Lived) -> np.ndarray:
    return (now.wages - none.wages) / now.wages.shape[1]


def _poorest(now: Lived, none: Lived) -> np.ndarray:
    """Stand-in: the mean gain of the tenth that would be poorest."""
    line = np.quantile(none.income, TENTH, axis=1, keepdims=True)
    poorest = none.income <= line
    return np.asarray(now.gain(none) * poorest / poorest.sum(axis=1, keepdims=True))


def _last(now: Lived, none: Lived) -> np.ndarray:
    """Stand-in: a high power of how late each village is."""
    ticks = 1.0 + max(int(none.last_weak.max()), int(now.last_weak.max()), 0)
    late = [((lived.last_weak + 1.0) / ticks) ** LATE for lived in (none, now)]
    return np.asarray(ticks * (late[0] - late[1]) / now.income.shape[1])


def _equal(now: Lived, none: Lived) -> np.ndarray:
    """Stand-in: how the Gini coefficient answers a yuan more of each village,
    at the county left alone."""
    x = np.maximum(none.income, 0.0)
    n = x.shape[1]
    rank = np.argsort(np.argsort(x, axis=1, kind="stable"), axis=1, kind="stable") + 1.0
    total = np.maximum(x.sum(axis=1, keepdims=True), 1.0)
    slope = (2 * rank - n - 1 - n * none.outcomes["gini"][:, None]) / (n * total)
    return np.asarray(-slope * now.gain(none))


PARTS: dict[str, Term] = {
    "weak_villages_50k": _under(WEAK),
    "weak_villages_100k": _under(2 * WEAK),
    "weak_villages_150k": _under(3 * WEAK),
    "gain_mean": _mean_gain,
    "gain_weak": _weak_gain,
    "losers": _losers,
    "villager_income": _heads,
    "wages": _wages,
    "p10_income": _poorest,
    "quarters_to_last": _last,
    "gini": _equal,
}
STAND_INS = ("p10_income", "quarters_to_last", "gini")
SHOWN = tuple(PARTS)  # outcomes that are told beside a plan
FORMER = {
    "gain_total": "gain_mean",
    "gain_poorest_tenth": "gain_weak",
    "inequality": "gini",
    "minimax_regret": "",
}


@dataclass(frozen=True)
class Objective:
    """One outcome, or several of one unit added up, each so that more is better."""

    names: tuple[str, ...]

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """The outcomes asked for."""
        return [BY_NAME[name] for name in self.names]

    @property
    def unit(self) -> str:
        """The unit that they share."""
        return self.outcomes[0].unit

    @property
    def adds_up(self) -> bool:
        """Whether villages' parts add up to it exactly."""
        return not set(self.names) & set(STAND_INS)

    @property
    def title(self) -> dict[str, str]:
        """The objective in words."""
        return {
            "en": " + ".join(outcome.en for outcome in self.outcomes),
            "zh": listed((outcome.zh for outcome in self.outcomes), "zh"),
        }

    def parts(self, now: Lived, none: Lived) -> np.ndarray:
        """What each village brings over nobody allied, (runs, villages); more is better."""
        return np.sum([PARTS[name](now, none) for name in self.names], axis=0)

    def gain(self, now: Lived, none: Lived) -> np.ndarray:
        """The improvement over nobody allied, (runs,); more is better."""
        return np.sum(
            [
                outcome.better * (now.outcomes[outcome.name] - none.outcomes[outcome.name])
                for outcome in self.outcomes
            ],
            axis=0,
        )


class ObjectiveError(ValueError):
    """An objective that cannot be read: `text` says why."""

    def __init__(self, key: str, **values: object) -> None:
        self.text = worded(key, **values)
        super().__init__(str(self.text))


def read_objective(text: str) -> Objective:
    """An objective from what a planner writes: a name, or names of one unit joined by
    `+`. Raises ObjectiveError."""
    names = tuple(name.strip() for name in text.replace("＋", "+").split("+"))
    for name in names:
        if name not in PARTS:
            raise _unknown(name)
        if names.count(name) > 1:
            raise ObjectiveError("problems.objective.twice", name=name)
    units = {BY_NAME[name].unit for name in names}
    if len(units) > 1:
        raise ObjectiveError("problems.objective.units", text=text, units=joined(sorted(units)))
    return Objective(names)


def _unknown(name: str) -> ObjectiveError:
    base = name.partition("(")[0].partition(":")[0].strip()
    was = FORMER.get(base, base if base in PARTS else None)
    if was is None:
        return ObjectiveError("problems.objective.unknown", name=name, names=joined(PARTS))
    key = "problems.objective.former" if was else "problems.objective.former_gone"
    return ObjectiveError(key, name=name, instead=was, names=joined(PARTS))


def names() -> list[str]:
    """What can be asked for."""
    return list(PARTS)

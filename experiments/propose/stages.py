"""Stages: pilot some alliances of a plan for two years, look at what can be seen by then, and
found the others or do not.

A society has no memory of what it was not told, so a staged plan is three plans: the pilots
with the others founded two years later; the pilots alone; and the pilots with the others'
grants paid to the same villages singly from then on. Up to the trigger they are the same run.
Which is taken in a run follows from that run's outcome after two years, so that staging is
judged on the same draws as founding all at once. Outcome, threshold and what follows are chosen
in the luck of the search's last choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from village_alliances.experiments.propose.answer import Pilot, Spread, Stages
from village_alliances.experiments.propose.candidates import Candidate, singly
from village_alliances.experiments.propose.fresh import Fresh
from village_alliances.experiments.propose.objectives import Lived
from village_alliances.experiments.propose.simulator import (
    AlliancePlan,
    Simulator,
    allies,
    villages_of,
)
from village_alliances.experiments.propose.task import PILOT_YEARS, SECOND_STAGE

CUTS = np.arange(0.1, 0.95, 0.1)  # of runs that fall short of a threshold that is tried
SELDOM = 0.05  # of runs: a trigger that parts off fewer tells nothing
OTHERWISE = (
    "stop",
    "singly",
)  # what is done with the money of the others where the pilots fall short


def _growth(lived: Lived, inside: Sequence[int], outside: Sequence[int]) -> np.ndarray:
    """By how much pilot members' mean income rose more than that of villages that
    had nothing, yuan a year."""
    rise = lived.midway - lived.start
    return np.asarray(rise[:, inside].mean(axis=1) - rise[:, outside].mean(axis=1))


def _active(lived: Lived, inside: Sequence[int], outside: Sequence[int]) -> np.ndarray:
    """The share of pilot members that take part."""
    return np.asarray(lived.taking_part[:, inside].mean(axis=1))


SIGNALS: dict[str, Callable[[Lived, Sequence[int], Sequence[int]], np.ndarray]] = {
    "growth": _growth,
    "active": _active,
}


@dataclass(frozen=True)
class Trigger:
    """Expand where the outcome `signal` is at least `threshold`, `otherwise` stop
    or pay the others singly."""

    signal: str
    threshold: float
    otherwise: str


@dataclass(frozen=True)
class _Branches:
    """What each way of going on brings by run, and what can be seen before it is taken."""

    value: dict[str, np.ndarray]
    seen: dict[str, np.ndarray]

    def by(self, trigger: Trigger) -> np.ndarray:
        """The objective by run under a trigger."""
        reached = self.seen[trigger.signal] >= trigger.threshold
        return np.where(reached, self.value["expand"], self.value[trigger.otherwise])


def stages(fresh: Fresh) -> Stages | None:
    """Pilots of several sizes, each with its best trigger; of those that luck does not tell from
    the one that brings most, the one of fewest villages is taken. None where the plan has no two
    alliances to begin one after the other."""
    alliances = _in_order(allies(fresh.plan))
    if len(alliances) < 2:
        return None
    chosen_on = fresh.search.final_simulator()
    candidates: list[Pilot] = []
    value: list[np.ndarray] = []
    for size in _sizes(len(alliances)):
        pilots = alliances[:size]
        tried = _branches(fresh, chosen_on, pilots)
        trigger = _best_trigger(tried)
        value.append(tried.by(trigger))
        candidates.append(_pilot(fresh, pilots, trigger, _best_blindly(tried)))
    return Stages(PILOT_YEARS, candidates, smallest_of_the_best(value))


def smallest_of_the_best(value: Sequence[np.ndarray]) -> int:
    """The first of several ways, the smallest first, of which what each brings by run, (runs,), is
    within a standard error of the best."""
    best = max(value, key=lambda brought: float(brought.mean()))
    behind = [Spread.of(best - brought) for brought in value]
    return next(k for k, lag in enumerate(behind) if lag.mean <= lag.error)


def _in_order(alliances: Sequence[Candidate]) -> list[Candidate]:
    """The smallest of each strategy first, then the next smallest: few villages,
    and every strategy early."""
    seen: dict[str, int] = {}
    ranked = []
    for c in sorted(alliances, key=lambda candidate: (len(candidate.members), candidate.members)):
        seen[c.strategy] = seen.get(c.strategy, 0) + 1
        ranked.append((seen[c.strategy], len(c.members), c.members, c))
    return [c for *_, c in sorted(ranked, key=lambda row: row[:3])]


def _sizes(alliances: int) -> list[int]:
    """Numbers of pilots that are tried: one, a quarter, a half."""
    return sorted({1, max(1, alliances // 4), max(1, alliances // 2)})


def _branches(fresh: Fresh, simulator: Simulator, pilots: Sequence[Candidate]) -> _Branches:
    rest = [c for c in fresh.plan if c not in pilots]
    now = [*pilots, *(c for c in rest if len(c.members) == 1)]
    later = [replace(c, founded=SECOND_STAGE) for c in rest if len(c.members) > 1]
    plans: dict[str, AlliancePlan] = {
        "expand": [*now, *later],
        "stop": now,
        "singly": [*now, *(candidate for c in later for candidate in singly(c))],
    }
    lives = dict(zip(plans, simulator.each(list(plans.values()))))
    inside = villages_of(pilots)
    none = set(range(fresh.task.scenario.size))
    outside = sorted(none - set(villages_of(fresh.plan))) or sorted(none - set(inside))
    return _Branches(
        {key: fresh.objective.gain(lived, simulator.none) for key, lived in lives.items()},
        {key: signal(lives["stop"], inside, outside) for key, signal in SIGNALS.items()},
    )


def _best_trigger(tried: _Branches) -> Trigger:
    """The trigger that serves best among those that tell runs apart."""
    triggers = [
        Trigger(signal, _rounded(float(np.quantile(seen, cut))), otherwise)
        for otherwise in OTHERWISE
        for signal, seen in tried.seen.items()
        for cut in CUTS
    ]
    telling = [
        trigger for trigger in triggers if _tells(tried.seen[trigger.signal] >= trigger.threshold)
    ]
    return max(telling or triggers, key=lambda trigger: float(tried.by(trigger).mean()))


def _tells(reached: np.ndarray) -> bool:
    """Whether a threshold is reached in some runs and missed in some."""
    return bool(SELDOM <= reached.mean() <= 1.0 - SELDOM)


def _best_blindly(tried: _Branches) -> str:
    """What is best to do after two years for whoever does not look."""
    return max(tried.value, key=lambda key: float(tried.value[key].mean()))


def _rounded(value: float) -> float:
    """To two digits: nobody decides by more."""
    return float(f"{value:.2g}")


def _pilot(fresh: Fresh, pilots: Sequence[Candidate], trigger: Trigger, blindly: str) -> Pilot:
    """A pilot with its trigger on luck on which neither was chosen."""
    tried = _branches(fresh, fresh.simulator, pilots)
    staged = tried.by(trigger)
    return Pilot(
        alliances=sorted(fresh.number[c] for c in pilots),
        villages=len(villages_of(pilots)),
        signal=trigger.signal,
        threshold=trigger.threshold,
        otherwise=trigger.otherwise,
        expands=float((tried.seen[trigger.signal] >= trigger.threshold).mean()),
        blindly=blindly,
        gain=Spread.of(staged),
        ahead=Spread.of(staged - fresh.gain(fresh.ours)),
        learning=Spread.of(staged - tried.value[blindly]),
    )

"""What each part of a task can be, before anything is worked out with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from village_alliances.sim.arguments import KINDS, ArgumentKind, is_one_of, is_whole, misfits
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Strategy
from village_alliances.sim.technology import ProjectType

LEVERS = KINDS["levers"]


def _is_number(value: Any) -> bool:
    """Whether it is one number; whether it is finite and large enough is said in the problems."""
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"


def _several(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether something is a list or tuple of what fits."""
    return lambda values: (
        isinstance(values, Sequence)
        and not isinstance(values, (str, bytes))
        and all(map(fits, values))
    )


_NUMBER = ArgumentKind(_is_number, "a number")
_FLAG = ArgumentKind(lambda value: isinstance(value, (bool, np.bool_)), "True or False")
_GROUPS = ArgumentKind(
    _several(_several(is_whole)), "groups of positions of villages, such as ((0, 3), (1, 2))"
)
TASK_KINDS: Mapping[str, ArgumentKind] = {
    "scenario": ArgumentKind(lambda value: isinstance(value, Scenario), "villages, as `load` gives them"),
    "objective": ArgumentKind(lambda value: isinstance(value, str), "an objective, such as 'gain_weak'"),
    "budget": _NUMBER,
    "low": _NUMBER,
    "high": _NUMBER,
    "radius": _NUMBER,
    "strategies": ArgumentKind(
        _several(lambda value: isinstance(value, (str, Strategy))), "names, files or Strategy"
    ),
    "grants": ArgumentKind(_several(_is_number), "yuan a member and year, such as (0, 60_000)"),
    "must": _GROUPS,
    "never": _GROUPS,
    "keep": ArgumentKind(
        lambda value: isinstance(value, bool) or is_one_of(value, ("", "existing", "fixed")),
        "'existing' or 'fixed'",
    ),
    "allow_unstable": _FLAG,
    "stages": _FLAG,
    "seed": KINDS["seed"],
    "mode": KINDS["mode"],
    "levers": ArgumentKind(lambda value: value is not None and LEVERS.fits(value), LEVERS.expected),
    "types": ArgumentKind(_several(lambda value: isinstance(value, ProjectType)), "project types"),
}  # fmt: skip


def check_task(given: Mapping[str, Any]) -> None:
    """ValueError, naming all, for parts of a task that cannot be what they are, and positions where
    there is no village."""
    wrong = misfits(TASK_KINDS, given)
    if not wrong:
        last = given["scenario"].size - 1
        wrong = [
            f"{name}: found position {place}, expected 0 to {last}"
            for name in ("must", "never")
            for group in given[name]
            for place in group
            if place > last
        ]
    if wrong:
        raise ValueError("; ".join(wrong))

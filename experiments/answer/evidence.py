"""What a comparison found, as plain arrays: the only thing that the answer is drawn from.

Run k met the same chance under every option and rival, so they are compared run by
run. Failed runs are nan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

Said = Mapping[str, str]  # a text in every language: {"en": ..., "zh": ...}
OUTCOME = "gain_weak"  # the answer follows the villages for whose sake alliances are made
WHOLE = "gain_mean"  # of all villages, beside it
AIMED = ("weakest", "aimed")  # ways to spend that pick the villages by which the answer is judged


@dataclass(frozen=True)
class Money:
    """The same public money spent without alliance: the outcome and that of all
    villages, (runs,)."""

    values: np.ndarray
    whole: np.ndarray


@dataclass(frozen=True)
class Option:
    """One strategy. Arrays are (runs,): `values` the outcome, nan where the run failed; `whole`
    that of all villages; `public` and `own` yuan over the horizon; `rivals` the same public
    money spent without alliance, by the way in which it is spent (`even`, `lumped`, `weakest`,
    `aimed`, `all`). `prior` is the outcome where parameters are drawn from their whole range
    (any number of runs); None where that was not run. `also`: titles of strategies that are
    this one by another name.
    """

    name: str
    title: Said
    values: np.ndarray
    whole: np.ndarray
    public: np.ndarray
    own: np.ndarray
    rivals: Mapping[str, Money] = field(default_factory=dict)
    prior: np.ndarray | None = None
    also: tuple[Said, ...] = ()


@dataclass(frozen=True)
class ComparedOptions:
    """A comparison of options with a baseline. More of the outcome is better; its unit is
    yuan a village and year.

    `whom`: the villages that it speaks of. `grant`: yuan a member and year that the county pays;
    nan where it differs between alliances. `calibrated`: parameters were drawn from what the
    documents leave possible, not from their whole range.
    """

    baseline: Option
    options: tuple[Option, ...]
    whom: Said
    year: int
    years: int
    grant: float = float("nan")
    calibrated: bool = False

    @property
    def runs(self) -> int:
        """Runs of each option, failed ones included."""
        return int(self.baseline.values.size)

    def option(self, name: str) -> Option:
        """An option or the baseline by name. Raises KeyError."""
        for option in (self.baseline, *self.options):
            if option.name == name:
                return option
        raise KeyError(name)

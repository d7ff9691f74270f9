"""What a sweep varies: lists of values and stretches, checked, and the points at which these
stand."""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from village_alliances.experiments.design import Sweep
from village_alliances.experiments.sampling import (
    SENSITIVE,
    Axis,
    Range,
    sampling_luck,
    sensitive_shares,
)
from village_alliances.sim import technology
from village_alliances.sim.parameters import Quantity, parameters, possible
from village_alliances.sim.problems import Problem, Text, quoted
from village_alliances.sim.structured import problems_of
from village_alliances.sim.uncertain import numbers_of_types
from village_alliances.sim.worded import counted, joined, worded

MOST_SETTINGS = 200_000  # of levers
MOST_NUMBERS = 20_000_000  # of a sample: points times quantities
NAMES_SHOWN = 40  # of what may stand in a place


class Axes:
    """What a sweep varies, and all that is wrong with it. `say` notes a problem."""

    def __init__(self, sweep: Sweep, file: Path) -> None:
        self.sweep = sweep
        self.file = file
        self.types = technology.shipped()
        self.notes: list[Text] = []
        self.problems: list[Problem] = []

    def say(self, place: str, value: object, expected: str) -> None:
        self.problems.append(Problem(str(self.file), None, place, quoted(value), expected))

    def few(self, place: str, count: int) -> bool:
        """Whether so many settings of the levers can be made; else say how many may be."""
        expected = worded("problems.design.most_settings_levers", most=counted(MOST_SETTINGS))
        asked_for = worded("problems.design.count_settings", count=counted(count))
        return self._at_most(place, count, MOST_SETTINGS, asked_for, expected)

    def small(self, place: str, numbers: int) -> bool:
        """Whether a sample of so many numbers can be drawn; else say how many may be."""
        expected = worded("problems.design.most_rows_times_quantities", most=counted(MOST_NUMBERS))
        asked_for = worded("problems.design.count_numbers", count=counted(numbers))
        return self._at_most(place, numbers, MOST_NUMBERS, asked_for, expected)

    def _at_most(self, place: str, count: int, most: int, asked_for: str, expected: str) -> bool:
        if count > most:
            self.say(place, asked_for, expected)
        return count <= most

    def is_among(self, place: str, name: str, names: Sequence[str]) -> bool:
        """Whether `name` is one of these names; else say which there are."""
        if name not in names:
            near = difflib.get_close_matches(name, names, 3)
            if near:
                self.say(
                    place,
                    name,
                    worded("problems.design.known_name", near=joined(near)),
                )
            else:
                some_names = [*names[:NAMES_SHOWN], *(["…"] if len(names) > NAMES_SHOWN else [])]
                self.say(place, name, worded("problems.design.one_of", shown=joined(some_names)))
        return name in names

    def points(self, axes: Sequence[Axis]) -> dict[str, np.ndarray]:
        """What is uncertain at every point of a design that is not sensitive: name -> (points,)."""
        if self.sweep.design != "grid" or any(not axis.values for axis in axes):
            return self.sampled("uncertainties", axes, self.sweep.points, "points", 0)
        if self.sweep.points:
            self.say(
                "points",
                self.sweep.points,
                worded("problems.design.points_grid_its_lists"),
            )
        count = math.prod(len(axis.values) for axis in axes)
        if not self.small("uncertainties", count * max(1, len(axes))):
            return {}
        rows = list(itertools.product(*(axis.values for axis in axes)))
        return {axis.name: np.array([row[i] for row in rows]) for i, axis in enumerate(axes)}

    def sampled(
        self, place: str, axes: Sequence[Axis], points: int, name: str, stream: int
    ) -> dict[str, np.ndarray]:
        """`points` rows of these quantities by Latin hypercube or Sobol: name -> (points,)."""
        if not axes:
            if points:
                self.say(
                    name,
                    points,
                    worded("problems.design.nothing_here_range_given"),
                )
            return {}
        if self.sweep.design == "grid":
            for axis in axes:
                if not axis.values:
                    stretch = f"{axis.low:g}..{axis.high:g}"
                    self.say(
                        f"{place}.{axis.name}",
                        stretch,
                        worded("problems.design.steps_design_latin_sobol"),
                    )
            return {}
        if not points:
            self.say(name, 0, worded("problems.design.how_many_points_draw"))
            return {}
        turns = {"morris": len(axes) + 1, "saltelli": len(axes) + 2}.get(self.sweep.design, 1)
        if not self.small(name, points * turns * len(axes)):
            return {}
        if self.sweep.design in ("sobol", "saltelli") and points & (points - 1):
            near, design = 2 ** round(math.log2(points)), self.sweep.design
            self.say(
                name,
                points,
                worded("problems.design.power_two_for", design=design, near=near),
            )
            return {}
        from scipy.stats import qmc

        luck = sampling_luck(self.sweep.seed, stream)
        if self.sweep.design == "sobol":
            shares = qmc.Sobol(len(axes), scramble=True, seed=luck).random_base2(
                points.bit_length() - 1
            )
        elif self.sweep.design in SENSITIVE:
            shares = sensitive_shares(self.sweep.design, len(axes), points, luck)
        else:
            shares = qmc.LatinHypercube(len(axes), seed=luck).random(points)
        return {axis.name: axis.at(shares[:, i]) for i, axis in enumerate(axes)}

    def axes(
        self, place: str, values: Any, quantities: Mapping[str, Quantity | None], *, bounded: bool
    ) -> list[Axis]:
        """What is to be varied, in the order written. `bounded`: values must keep
        to the quantity's bounds."""
        if not isinstance(values, Mapping):
            self.say(place, values, worded("problems.design.table_names_values"))
            return []
        axes = []
        for name, body in values.items():
            if self.is_among(f"{place}.{name}", name, list(quantities)):
                axes.append(self.axis(f"{place}.{name}", name, body, quantities[name], bounded))
        return [axis for axis in axes if axis is not None]

    def axis(
        self, place: str, name: str, given: Any, quantity: Quantity | None, bounded: bool
    ) -> Axis | None:
        """One quantity that is varied; None where what is given for it is wrong."""
        given = given.tolist() if isinstance(given, np.ndarray) else given
        if given == "prior" and quantity is not None and not bounded:
            return Axis(name, (), quantity.low, quantity.high, quantity.scale == "log")
        if isinstance(given, Mapping):
            body = self.shaped(place, Range, given)
            if body is None:
                return None
            log = (body.scale or (quantity.scale if quantity else "linear")) == "log"
            if not body.low < body.high or (log and body.low <= 0):
                self.say(
                    place,
                    f"{body.low:g}..{body.high:g}",
                    worded("problems.design.low_high_both_positive"),
                )
                return None
            axis = Axis(name, (), body.low, body.high, log)
            if body.steps == 1:
                self.say(f"{place}.steps", 1, worded("problems.design.more"))
            elif body.steps:
                axis = Axis(name, tuple(map(float, axis.at(np.linspace(0.0, 1.0, body.steps)))))
        else:
            numbers = [given] if isinstance(given, (int, float)) else given
            if (
                not isinstance(numbers, (list, tuple))
                or not numbers
                or not all(isinstance(n, (int, float)) for n in numbers)
            ):
                steps = "" if bounded else worded("problems.design.or_prior")
                self.say(
                    place,
                    given,
                    worded("problems.design.number_list_numbers_low", steps=steps),
                )
                return None
            try:
                axis = Axis(name, tuple(map(float, numbers)))
            except OverflowError:
                self.say(place, given, worded("problems.design.finite_numbers_each_once"))
                return None
        ends = axis.values or (axis.low, axis.high)
        if not all(map(math.isfinite, ends)) or len(set(ends)) < len(ends):
            self.say(place, given, worded("problems.design.finite_numbers_each_once"))
            return None
        if not bounded and not self.possible(place, name, given, ends):
            return None
        if (
            bounded
            and quantity is not None
            and not all(quantity.low <= value <= quantity.high for value in ends)
        ):
            self.say(
                place,
                given,
                worded(
                    "problems.design.span", low=quantity.low, high=quantity.high, unit=quantity.unit
                ),
            )
            return None
        return axis

    def possible(self, place: str, name: str, body: Any, ends: Sequence[float]) -> bool:
        """Whether a parameter can have these values at all; else say which it can have."""
        prior = {**parameters(), **numbers_of_types(self.types)}.get(name)
        low, high = prior.bounds if prior is not None else possible(name)
        fits = all(low <= value <= high for value in ends)
        if fits and prior is not None and not all(prior.low <= v <= prior.high for v in ends):
            likely, unit = f"{prior.low:g}..{prior.high:g}", prior.unit
            self.notes.append(
                worded(
                    "problems.design.values_outside_what_thought",
                    name=name,
                    likely=likely,
                    unit=unit,
                )
            )
        if not fits:
            self.say(
                place,
                body,
                worded("problems.design.nothing_else_possible", low=low, high=high),
            )
        return fits

    def shaped(self, place: str, kind: Any, body: Any) -> Any:
        """`body` as a `kind`, or None with what is wrong said."""
        if isinstance(body, Mapping):
            try:
                return kind(**body)
            except ValidationError as error:
                self.problems += problems_of(str(self.file), error, kind, place)
        else:
            self.say(
                place,
                body,
                worded("problems.design.text_or_table", fields=joined(kind.model_fields)),
            )
        return None

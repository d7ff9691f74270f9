"""What a planner requires of a strategy: `weak_villages_50k<=0,public_cost<=30e6`."""

from __future__ import annotations

import difflib
import operator
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from village_alliances.sim.arguments import exact_text
from village_alliances.sim.metrics import BY_NAME, NAMES
from village_alliances.sim.problems import Text, quoted
from village_alliances.sim.worded import worded
from village_alliances.wording.numbers import quantity

SIGNS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_SHAPE = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*(.+?)\s*")
_FIGURE = re.compile(
    r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)\s*(万|亿)?元?", re.IGNORECASE
)
_MAGNITUDE = {None: 1.0, "万": 1e4, "亿": 1e8}


class RequirementError(ValueError):
    """Requirements that cannot be read: `problems` holds all of them, in two languages."""

    def __init__(self, problems: list[Text]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Requirement:
    """One bound on an outcome at the horizon."""

    outcome: str
    sign: str
    value: float

    def met(self, values: np.ndarray) -> np.ndarray:
        """In which runs it holds, shape (runs,); a run that failed meets nothing."""
        return np.asarray(SIGNS[self.sign](values, self.value) & np.isfinite(values))

    @property
    def sign_in_words(self) -> str:
        """The sign as it is written: `≤`, not `<=`."""
        return self.sign.replace("<=", "≤").replace(">=", "≥")

    def words(self, lang: str) -> str:
        """The bound as a planner reads it: `villages under 50,000 yuan ≤ 0 villages`."""
        outcome = BY_NAME[self.outcome]
        return f"{getattr(outcome, lang)} {self.sign_in_words} {quantity(self.value, outcome.unit, lang)}"

    def __str__(self) -> str:
        return f"{self.outcome}{self.sign}{exact_text(self.value)}"


def figure_of(text: str) -> float:
    """A number as typed: `30e6`, `3000万`, `0.3亿`. Raises ValueError."""
    match = _FIGURE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return float(match[1]) * _MAGNITUDE[match[2]]


def requirements(text: str) -> tuple[Requirement, ...]:
    """Every requirement of `text`, separated by commas. Raises RequirementError with
    all that cannot be read."""
    requirements, problems = [], []
    plain = (
        unicodedata.normalize("NFKC", text)
        .replace("≤", "<=")
        .replace("≥", ">=")
        .replace("、", ",")
        .replace(";", ",")
    )
    for part in filter(str.strip, plain.split(",")):
        match = _SHAPE.fullmatch(part)
        if match is None:
            problems.append(_unreadable(part))
            continue
        name, sign, value = match.groups()
        if name not in BY_NAME:
            problems.append(_unknown(name))
            continue
        try:
            requirements.append(Requirement(name, sign, figure_of(value)))
        except ValueError:
            problems.append(
                worded(
                    "problems.requirement.requirement_number",
                    part=quoted(part),
                    value=quoted(value),
                )
            )
    if problems:
        raise RequirementError(problems)
    return tuple(requirements)


def _unreadable(part: str) -> Text:
    return worded("problems.requirement.requirement_expected_outcome", part=quoted(part))


def _unknown(name: str) -> Text:
    near = ", ".join(difflib.get_close_matches(name, NAMES, 3)) or ", ".join(NAMES)
    return worded("problems.requirement.outcome_called", name=quoted(name), near=near)

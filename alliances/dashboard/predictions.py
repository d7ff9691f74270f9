"""What the calibrated model says of the documents' figures, as the validation stored it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Predicted:
    """The model's 90% band for one figure, and whether the figure was kept from the fit."""

    low: float
    high: float
    inside: bool
    held_out: bool


def predicted() -> dict[str, Predicted]:
    """By id of the figure; empty where no validation is shipped."""
    return {}

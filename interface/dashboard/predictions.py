"""What the calibrated model says of the documents' figures: scored once by the validation, stored
beside this file, shown on a page."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from village_alliances.sim.files import write_atomically
from village_alliances.sim.provenance import fingerprint

from village_alliances import calibration

STORED = Path(__file__).parent / "predictions.json"
SPLIT = Path(calibration.__file__).parent / "split.toml"


UNITS = {
    **dict.fromkeys(("size", "zibo-size"), "villages"),
    **dict.fromkeys(("workers-nation", "workers-ganyu", "workers-ganzhou", "workers-yucheng"), "jobs"),
    **dict.fromkeys(("kuangyan-growth", "country-growth", "effect-growth", "operated-gain-four", "operated-jobs-two", "operated-jobs-four"), "ratio"),
    "jinxi-per-head": "yuan/person/year",
}  # fmt: skip


@dataclass(frozen=True)
class Predicted:
    """A stated value, the model's median and its 50% and 90% bands for it, in the quantity's own
    unit. `figures`: what it was made from."""

    name: str
    held_out: bool
    stated: float
    qualifier: str
    low: float
    low_half: float
    median: float
    high_half: float
    high: float
    inside: bool
    figures: tuple[str, ...]

    @property
    def unit(self) -> str:
        """The unit of the quantity."""
        return UNITS.get(self.name, "yuan/year")


@cache
def predictions() -> tuple[Predicted, ...]:
    """All of them, those of the fit first; none where no validation of this model, with
    this posterior, is stored."""
    if not STORED.exists():
        return ()
    body = json.loads(STORED.read_text(encoding="utf-8"))
    if body["belongs"] != fingerprint("predictions"):
        return ()
    return tuple(
        Predicted(
            score["name"],
            score["part"] != "fit",
            score["stated"],
            score["qualifier"],
            score["low90"],
            score["low50"],
            score["median"],
            score["high50"],
            score["high90"],
            score["in90"],
            tuple(score["figures"]),
        )
        for score in body["scores"]
    )


@cache
def predicted() -> dict[str, list[Predicted]]:
    """By id of the figure; empty where no validation is stored."""
    by_figure: dict[str, list[Predicted]] = {}
    for score in predictions():
        for name in score.figures:
            by_figure.setdefault(name, []).append(score)
    return by_figure


@cache
def served() -> dict[str, str]:
    """What each figure of the register serves: fit, held_out, given or input; figures that
    serve nothing are not in it."""
    with SPLIT.open("rb") as file:
        body: dict[str, Any] = tomllib.load(file)
    return {name: part for part, names in body.items() if isinstance(names, dict) for name in names}


def write_predictions(path: Path = STORED) -> bool:
    """Score the shipped posterior and store the result; False where there is no posterior."""
    from village_alliances.sim.parameters import POSTERIOR

    if not POSTERIOR.exists():
        return False
    from village_alliances.calibration.validate import validate

    store([score.as_dict() for score in validate().scored()], path)
    return True


def store(scores: list[dict[str, Any]], path: Path = STORED) -> None:
    """Keep scores of the shipped posterior, as the validation gives them, for the page."""
    body = {"belongs": fingerprint("predictions"), "scores": scores}
    write_atomically(path, json.dumps(body, ensure_ascii=False).encode())
    predictions.cache_clear()
    predicted.cache_clear()

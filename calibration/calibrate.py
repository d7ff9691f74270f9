"""The whole calibration in order: fit, self-check, cases left out, held-out
scores, what decides, files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.calibration import decisive, fit, history, priors, selfcheck
from village_alliances.calibration.validate import (
    SETS,
    Validation,
    draw_figure,
    leave_groups_out,
    validate,
)
from village_alliances.sim.files import write_together
from village_alliances.sim.outputs import prepared
from village_alliances.sim.parameters import POSTERIOR
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.sources import code
from village_alliances.sim.worded import worded

ASKED = {True: "yes", False: "no", None: "cannot be told"}


@dataclass(frozen=True)
class Calibration:
    """All that a calibration found."""

    fitted: fit.Fitted
    checked: selfcheck.Calibrated
    touch: selfcheck.Touch
    decides: list[decisive.Share]
    validation: Validation
    seed: int

    def about(self) -> dict[str, Any]:
        """The self-check in a few numbers and what the evidence touches, for
        posterior.toml and for the terminal."""
        low, high = self.checked.band()
        apart = selfcheck.halves(self.fitted.posterior)
        return {
            "sbc_truths": len(self.checked.ranks),
            "sbc_cover90_mean": round(float(self.checked.cover.mean()), 3),
            "sbc_cover90_extremes": [
                round(float(self.checked.cover.min()), 3),
                round(float(self.checked.cover.max()), 3),
            ],
            "sbc_bin_band": [low, high],
            "sbc_bin_extremes": [
                int(self.checked.histogram().min()),
                int(self.checked.histogram().max()),
            ],
            "sbc_passes": self.checked.passes(),
            "halves_apart_in_prior_sds": round(float(apart.max()), 3),
            "contraction_null95": round(self.touch.null, 3),
            "touched": self.touch.names(),
            "contraction": by_name(self.touch.contraction),
            "contraction_error": by_name(self.touch.error),
            "mean_place": by_name(self.touch.mean),
            "asked": {kind: ASKED[may] for kind, may in self.validation.asked().items()},
        }

    def summary(self) -> dict[str, Any]:
        """`about` with sizes and the coverage of figures."""
        return {
            "fingerprint": self.fitted.belongs,
            "sets": len(self.fitted.sample),
            "effective_sample_size": round(self.fitted.posterior.size, 1),
            **self.about(),
            "decides": decisive.as_dict(self.decides),
            "coverage": self.validation.coverage(),
        }


def by_name(values: np.ndarray) -> dict[str, float]:
    """A number for each uncertainty, by name."""
    return {name: round(float(v), 3) for name, v in zip(priors.fitted(), values, strict=True)}


@dataclass(frozen=True)
class OwnCounty:
    """A planner's own county: its villages as they stood when the history begins, and the history
    of their collective incomes."""

    scenario: Scenario
    history: Path


def calibrate(
    folder: Path,
    *,
    sets: int = fit.SETS,
    seed: int = fit.SEED,
    predicted: int = SETS,
    own: OwnCounty | None = None,
    say: fit.Say = lambda _: None,
) -> Calibration:
    """Carry out or resume a calibration in `folder`, and write its files there. `own` adds a
    planner's history to the targets.

    Raises TableError when the history or the table cannot be read.
    """
    if own:
        history.read_history(own.history, own.scenario)
    fitted = fit.fit(folder, sets=sets, seed=seed, say=say)
    if own:
        say(worded("problems.calibration_calibrate.own_history"))
        sample = history.add(fitted.sample, own.scenario, own.history, seed)
        fitted = replace(fitted, posterior=fit.infer(sample), sample=sample)
    say(worded("problems.calibration_calibrate.simulation_based_calibration"))
    checked = selfcheck.simulation_based(fitted.sample, fitted.evidence, seed=seed)
    say(worded("problems.calibration_calibrate.contraction_against_shuffled"))
    touched = selfcheck.touch(fitted.sample, seed=seed)
    say(worded("problems.calibration_calibrate.each_place_document"))
    groups = leave_groups_out(fitted.sample, seed, predicted)
    say(worded("problems.calibration_calibrate.held_out_figures"))
    draws = fitted.posterior.draws(max(fit.DRAWS, predicted), seed + 4)
    scores = validate(draws, groups, seed=seed, count=predicted)
    if own:
        some = draws.where(np.arange(predicted))
        scores = replace(scores, own=history.check(some, own.scenario, own.history, seed))
    decides = deciding(folder, seed, say)
    calibration = Calibration(fitted, checked, touched, decides, scores, seed)
    put(calibration, folder)
    return calibration


def deciding(folder: Path, seed: int, say: fit.Say) -> list[decisive.Share]:
    """What decides, kept in `folder` by what it hangs on."""

    def make() -> dict[str, np.ndarray]:
        shares = decisive.shares(seed=seed)
        numbers = np.array([(share.total, share.low, share.high) for share in shares])
        return {"name": np.array([share.name for share in shares]), "numbers": numbers}

    kept = fit.StageStore(folder, say).get(
        "what decides", (code("model"), decisive.RUNS, seed), make
    )
    return [
        decisive.Share(str(name), *map(float, row))
        for name, row in zip(kept["name"], kept["numbers"], strict=True)
    ]


def put(calibration: Calibration, folder: Path) -> None:
    """Write the posterior, the summary, the scores and a figure, all of them or none."""
    write_together(
        folder,
        {
            **prepared(
                {
                    "calibration.json": calibration.summary(),
                    "validation.json": calibration.validation.plain(),
                    "scores.svg": partial(draw_figure, calibration.validation),
                }
            ),
            **fit.shipment(calibration.fitted, calibration.seed, calibration.about()),
        },
    )


def ship(calibration: Calibration, posterior: Path = POSTERIOR) -> None:
    """Write the posterior as the one that the model draws from, or elsewhere, and what decides."""
    decisive.store(calibration.decides)
    fit.ship(
        calibration.fitted, seed=calibration.seed, posterior=posterior, more=calibration.about()
    )

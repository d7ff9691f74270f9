"""The whole calibration in order: fit, self-check, second method, cases left out, held-out scores, files."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.calibration import fit, history, priors, selfcheck, targets
from village_alliances.calibration.validate import (
    SETS,
    Validation,
    draw_figure,
    leave_groups_out,
    leave_one_out,
    validate,
)
from village_alliances.sim.files import write_together
from village_alliances.sim.parameters import POSTERIOR
from village_alliances.sim.problems import Text
from village_alliances.sim.scenario import Scenario

WINDOWS = ((0.5, 0.7), (0.7, 0.9), (0.9, 0.99))  # of the selection quantile, for the sweep over it


@dataclass(frozen=True)
class Calibration:
    """All that a calibration found."""

    fitted: fit.Fitted
    checked: selfcheck.Calibrated
    touch: selfcheck.Touch
    second: selfcheck.Second
    by_selection: dict[str, list[float]]
    validation: Validation
    seed: int

    def about(self) -> dict[str, Any]:
        """The self-check in a few numbers, for posterior.toml and for the terminal."""
        posterior = self.fitted.posterior
        apart = (self.second.mean - posterior.mean()) / np.sqrt(1 / 12)
        low, high = self.checked.band()
        return {
            "sbc_truths": len(self.checked.ranks),
            "sbc_cover90": dict_of(self.checked.cover),
            "sbc_cover90_mean": round(float(self.checked.cover.mean()), 3),
            "sbc_bin_band": [low, high],
            "sbc_bin_extremes": [
                int(self.checked.histogram().min()),
                int(self.checked.histogram().max()),
            ],
            "sbc_passes": self.checked.passes(),
            "untouched": selfcheck.untouched(posterior),
            "contraction_error": dict_of(self.touch.error),
            "contraction_null95": dict_of(self.touch.null),
            "effective_draws": dict_of(self.touch.effective),
            "touched_above_null": self.touch.names(),
            "second_method_mean_apart_in_prior_sds": dict_of(apart),
            "second_method_sd_ratio": dict_of(self.second.sd / np.sqrt(posterior.variance())),
            "mean_by_selection": self.by_selection,
        }

    def summary(self) -> dict[str, Any]:
        """`about` with the contraction of each composite and the coverage of figures."""
        posterior = self.fitted.posterior
        return {
            "fingerprint": self.fitted.belongs,
            "effective_sample_size": round(posterior.size, 1),
            "history_matching_leaves": round(self.fitted.left, 4),
            "contraction": dict_of(posterior.contraction()),
            **self.about(),
            "coverage": self.validation.coverage(),
        }


def dict_of(values: np.ndarray) -> dict[str, float]:
    """A number for each composite, by name."""
    return {name: round(float(value), 3) for name, value in zip(priors.NAMES, values, strict=True)}


def by_selection(sample: fit.Sample, stated: np.ndarray) -> dict[str, list[float]]:
    """Posterior means of all places when the selection quantile is known to lie in each of WINDOWS."""
    shares = priors.selection(sample.shares)
    found = {}
    for low, high in WINDOWS:
        inside = (shares >= low) & (shares < high)
        part = fit.infer(sample.where(inside), stated, accept=2 * fit.ACCEPT)
        found[f"{low:g}-{high:g}"] = [round(float(value), 3) for value in part.mean()]
    return found


@dataclass(frozen=True)
class Own:
    """A planner's own county: its villages as they stood when the history begins, and the history of their collective incomes."""

    scenario: Scenario
    history: Path


def calibrate(
    folder: Path,
    *,
    sets: int = fit.SETS,
    seed: int = fit.SEED,
    predicted: int = SETS,
    own: Own | None = None,
    say: fit.Say = lambda _: None,
) -> Calibration:
    """Carry out or resume a calibration in `folder`, and write its files there. `own` adds a planner's history to the targets.

    Raises TableError when the history or the table cannot be read.
    """
    if own:
        history.read(own.history, own.scenario)
    fitted = fit.fit(folder, sets=sets, seed=seed, say=say)
    documents = fitted.sample
    stated = targets.stated()
    if own:
        say(Text("own history", "本县历年数据"))
        sample, stated = history.add(documents, own.scenario, own.history, seed)
        fitted = replace(fitted, posterior=fit.infer(sample, stated), sample=sample)
    say(Text("simulation-based calibration", "用合成真值自检"))
    checked = selfcheck.simulation_based(fitted.sample, seed=seed)
    say(Text("contraction against shuffled targets", "收缩率与打乱目标对照"))
    touched = selfcheck.touch(fitted.sample, stated, seed=seed)
    say(Text("second method", "第二方法核对"))
    second = selfcheck.second_method(fitted.sample, stated, seed)
    say(Text("each case left out", "逐个留出案例"))
    left_out = leave_one_out(documents, seed, predicted)
    say(Text("each place and document left out", "逐个留出地方和文献"))
    groups = leave_groups_out(documents, seed, predicted)
    say(Text("held-out figures", "留作检验的数字"))
    draws = fitted.posterior.draws(fit.DRAWS, seed + 4)
    scores = validate(draws, left_out, groups, seed=seed, sets=predicted)
    if own:
        scores = replace(
            scores, own=history.check(draws[:predicted], own.scenario, own.history, seed)
        )
    found = Calibration(
        fitted, checked, touched, second, by_selection(fitted.sample, stated), scores, seed
    )
    put(found, folder)
    return found


def put(found: Calibration, folder: Path) -> None:
    """Write the posterior, the summary, the scores and two figures, all of them or none."""
    write_together(
        folder,
        {
            "calibration.json": json.dumps(found.summary(), indent=2).encode() + b"\n",
            "validation.json": found.validation.as_json().encode() + b"\n",
            "scores.svg": partial(draw_figure, found.validation),
            "ranks.svg": partial(draw_ranks, found.checked),
            **fit.shipment(found.fitted, found.seed, found.about()),
        },
    )


def ship(found: Calibration, posterior: Path = POSTERIOR, places: Path = fit.PLACES) -> None:
    """Write the posterior as the one that the model draws from, or elsewhere."""
    fit.ship(found.fitted, seed=found.seed, posterior=posterior, places=places, more=found.about())


def draw_ranks(checked: selfcheck.Calibrated, path: Path) -> None:
    """Rank histograms of the self-check with their common band (SVG)."""
    import matplotlib
    from matplotlib.figure import Figure

    picture = Figure(figsize=(9, 3.6), layout="constrained")
    low, high = checked.band()
    for axes, name, counts in zip(
        picture.subplots(2, 5, sharey=True).ravel(), priors.NAMES, checked.histogram(), strict=True
    ):
        axes.axhspan(low, high, color="#dddddd")
        axes.bar(
            np.arange(selfcheck.BINS) / selfcheck.BINS,
            counts,
            width=0.95 / selfcheck.BINS,
            align="edge",
            color="#1b6ca8",
        )
        axes.set_title(name, fontsize=8)
        axes.tick_params(labelsize=7)
    with matplotlib.rc_context({"svg.hashsalt": "ranks"}):
        picture.savefig(path, format="svg", metadata={"Date": None})

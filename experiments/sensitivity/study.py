"""The runs of a sensitivity analysis, and what they say of a strategy's gain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from village_alliances.experiments.design import Design, Sweep
from village_alliances.experiments.inputs import portfolio_fingerprint
from village_alliances.experiments.labels import label_of
from village_alliances.experiments.reader import by_dotted_name, expand
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.sampling import SENSITIVE
from village_alliances.experiments.sensitivity.finding import Finding
from village_alliances.experiments.sensitivity.indices import decomposed, screened
from village_alliances.experiments.store import SUCCEEDED, Store, read_runs
from village_alliances.experiments.sweep import TellProgress, carry_out
from village_alliances.experiments.wording import ONE_WAY
from village_alliances.sim.metrics import MAIN, SPENT
from village_alliances.sim.parameters import REGIONAL, Mode
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.strategy import NONE, Portfolio
from village_alliances.sim.technology import ProjectType, shipped
from village_alliances.sim.uncertain import uncertain
from village_alliances.sim.worded import joined, worded

OUTCOMES = (
    "gain_weak",
    *(o for o in MAIN if o not in ("gain_weak", "mean_income", *SPENT)),
)  # mean income differs as the mean gain
METHODS: dict[str, tuple[Literal["morris", "saltelli"], ...]] = {
    "morris": ("morris",),
    "sobol": ("saltelli",),
    "both": ("morris", "saltelli"),
}
TRAJECTORIES, POINTS, REPLICATES, KEEP = 20, 256, 8, 20
WEAK = 0.1  # of the strongest effect: weaker ones are left out after the screening


def analysed(
    folder: str | Path, strategy: str = "", outcomes: Sequence[str] = (), seed: int = 0
) -> Finding:
    """What a finished sweep of the design `morris` or `saltelli` says. `strategy` may be left out
    where there is but one beside none.

    Raises Refused where it is another design, or one that is not whole: runs missing, or failed.
    """
    store = Store(folder)
    made = store.asked()
    if made.sweep.design not in SENSITIVE:
        raise Refused(
            worded(
                "problems.sensitivity.its_design_sensitivity_needs",
                folder=folder,
                design=made.sweep.design,
                designs=joined(SENSITIVE),
            ),
        )
    if len(made.scenarios) > 1 or len(made.settings) > 1:
        raise Refused(
            worded(
                "problems.sensitivity.scenario_setting_levers_analysed",
                folder=folder,
                scenarios=len(made.scenarios),
                settings=len(made.settings),
            ),
        )
    label = label_of(folder, made.portfolios, strategy)
    chosen = tuple(outcomes) or tuple(o for o in OUTCOMES if o in made.outcomes) or made.outcomes
    if unknown := [name for name in chosen if name not in made.outcomes]:
        raise Refused(
            worded(
                "problems.sensitivity.does_hold_holds",
                folder=folder,
                unknown=joined(unknown),
                outcomes=joined(made.outcomes),
            ),
        )
    against = NONE in made.portfolios and label != NONE
    frame = read_runs(folder, ["strategy", "rival", "point", "run", "status", *chosen])
    values = _values(folder, frame, made, label, chosen)
    if against:
        values = values - _values(folder, frame, made, NONE, chosen)
    names, seed = list(made.sample), seed or made.sweep.seed or 1
    means = values.mean(axis=1)  # (points, outcomes)
    frames = {}
    for i, outcome in enumerate(chosen):
        if made.sweep.design == "morris":
            frames[outcome] = screened(names, made.shares, means[:, i], seed)
        else:
            frames[outcome] = decomposed(names, means[:, i], seed)
    finding = Finding(
        method=made.sweep.design,
        scenario=next(iter(made.scenarios.values())),
        strategy=label,
        strategy_hash=portfolio_fingerprint(made.portfolios[label]),
        title=made.portfolios[label].default.title
        if not made.portfolios[label].by
        else dict.fromkeys(("en", "zh"), label),
        against_none=against,
        frames=frames,
        spread=dict(zip(chosen, means.std(axis=0).tolist(), strict=True)),
        luck={outcome: _luck_share(values[:, :, i]) for i, outcome in enumerate(chosen)},
        points=made.points,
        replicates=made.sweep.replicates,
        runs=made.runs,
        seed=made.sweep.seed,
        mode=made.mode,
        design=made.hash,
        types=made.types,
    )
    if made.sweep.design == "morris":
        finding.way = {outcome: _ways(frame) for outcome, frame in frames.items()}
    return finding


def _values(
    folder: str | Path, frame: pd.DataFrame, made: Design, label: str, outcomes: Sequence[str]
) -> np.ndarray:
    """Outcomes of one strategy, (points, replicates, outcomes). Raises Refused where
    the design is not whole."""
    rows = frame[(frame["strategy"] == label) & (frame["rival"] == "")]
    well = rows[rows["status"] == SUCCEEDED].sort_values(["point", "run"])
    wanted = made.runs_a_cell
    if len(well) != wanted:
        failed, missing = len(rows) - len(well), wanted - len(rows)
        raise Refused(
            worded(
                "problems.sensitivity.design_whole_for_runs",
                folder=folder,
                wanted=wanted,
                label=label,
                missing=missing,
                failed=failed,
            ),
        )
    return (
        well[list(outcomes)]
        .to_numpy(float)
        .reshape(made.points, made.sweep.replicates, len(outcomes))
    )


def _luck_share(values: np.ndarray) -> float:
    """Share of the variance of single runs (points, replicates) that lies between
    the replicates of a point."""
    if values.shape[1] < 2:
        return math.nan
    within, between = float(values.var(axis=1, ddof=1).mean()), float(values.mean(axis=1).var())
    return within / (within + between) if within + between > 0 else math.nan


def _ways(frame: pd.DataFrame) -> dict[str, int]:
    """Which way each quantity moves the value: up, down, or (0) now this way and now that."""
    ways = np.where(
        frame["effect"].abs() >= ONE_WAY * frame["strength"], np.sign(frame["effect"]), 0
    )
    return dict(zip(frame["quantity"], ways.astype(int).tolist(), strict=True))


def study(
    scenario: Scenario,
    strategy: Portfolio | str,
    *,
    folder: str | Path,
    method: str = "both",
    outcomes: Sequence[str] = (),
    set_levers: Mapping[str, Any] | None = None,
    uncertainties: Mapping[str, Any] | None = None,
    trajectories: int = TRAJECTORIES,
    points: int = POINTS,
    replicates: int = REPLICATES,
    keep: int = KEEP,
    seed: int = 1,
    mode: Mode = "point",
    types: tuple[ProjectType, ...] = (),
    workers: int = 0,
    progress: TellProgress | None = None,
) -> list[Finding]:
    """Make the runs under `folder` (or go on where they stopped) and analyse them: a finding a
    method, in the order they were made.

    `set_levers`: name -> value, or (low, high) or a list to vary it. `uncertainties`: name -> (low,
    high), a list, or "prior"; if none is named all parameters over their priors and all numbers of
    project types over their ranges; those that are not varied are what `mode` says. `types`: the
    technology, the shipped one if none is given. `trajectories` of Morris' screening; `points` (a
    power of two) of Sobol's base sample; `replicates`: pieces of luck that each point is averaged
    over; `keep`: at most so many quantities go from the first to the second. Raises TableError
    where the design cannot be made, Refused where a run failed, KeyboardInterrupt when stopped.
    """
    chosen = tuple(outcomes) or OUTCOMES
    portfolio = strategy if isinstance(strategy, Portfolio) else Portfolio(strategy)
    ranges = _ranges(scenario, uncertainties or {}, types or shipped())
    moved = {
        name: {"low": v[0], "high": v[1]} if isinstance(v, tuple) else v
        for name, v in (set_levers or {}).items()
    }
    findings: list[Finding] = []
    for design in METHODS[method]:
        if findings:
            names = matter(findings[0], keep)
            ranges = {name: body for name, body in ranges.items() if name in names}
            moved = {
                name: body
                for name, body in moved.items()
                if name in names or isinstance(body, (int, float))
            }
        asked = Sweep(
            name=f"sensitivity-{design}",
            scenarios=((scenario.name, scenario),),
            technology=types,
            strategies=(NONE, *([portfolio] if portfolio.name != NONE else [])),
            levers=moved,
            uncertainties=ranges,
            parameters=mode,
            design=design,
            points=trajectories if design == "morris" else points,
            replicates=replicates,
            seed=seed,
            years=scenario.years,
            outcomes=tuple(dict.fromkeys((*MAIN, *chosen))),
        )
        made = expand(asked, "sensitivity")
        where = Path(folder) / design
        summary = carry_out(made, where, workers=workers, progress=progress)
        if summary.interrupted:
            raise KeyboardInterrupt
        if summary.stopped is not None:
            raise Refused(summary.stopped)
        finding = analysed(where, portfolio.name, chosen)
        if findings:
            _remember(finding, findings[0])
        findings.append(finding)
    return findings


def _ranges(
    scenario: Scenario, uncertainties: Mapping[str, Any], types: Sequence[ProjectType]
) -> dict[str, Any]:
    """What is varied and between which ends, as a sweep file says it; whatever is one number
    in the model is left out."""
    if uncertainties:
        return {
            name: {"low": v[0], "high": v[1]} if isinstance(v, tuple) else v
            for name, v in by_dotted_name(uncertainties, types).items()
        }
    every = uncertain(quantities_of(scenario.region), types)
    return {
        name: {"low": q.low, "high": q.high, "scale": q.scale} if name in REGIONAL else "prior"
        for name, q in every.items()
        if q.low < q.high
    }


def matter(screening: Finding, keep: int = KEEP) -> list[str]:
    """The quantities that go on to Sobol: at most `keep` whose effect on any outcome is a tenth of
    the strongest effect on it."""
    scores: dict[str, float] = {}
    for frame in screening.frames.values():
        top = float(frame["strength"].max())
        for name, strength in zip(frame["quantity"], frame["strength"], strict=True):
            scores[name] = max(scores.get(name, 0.0), strength / top if top > 0 else 0.0)
    order = sorted(scores, key=lambda name: -scores[name])
    return [name for i, name in enumerate(order) if i < 2 or (i < keep and scores[name] >= WEAK)]


def _remember(finding: Finding, screening: Finding) -> None:
    """Tell the second method what the first one knows: which way quantities move an
    outcome, and what was left out."""
    finding.way = screening.way
    names = set(next(iter(finding.frames.values()))["quantity"])
    finding.left_out_count = sum(
        name not in names for name in next(iter(screening.frames.values()))["quantity"]
    )
    for outcome, frame in screening.frames.items():
        finding.left_out[outcome] = (
            float(frame[~frame["quantity"].isin(names)]["strength"].max())
            if finding.left_out_count
            else math.nan
        )

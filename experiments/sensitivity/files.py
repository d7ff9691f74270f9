"""Findings as files, and what such files explain to the report of a comparison."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from village_alliances.experiments.files import records, write_csv
from village_alliances.experiments.inputs import portfolio_fingerprint, scenario_fingerprint
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.sensitivity.finding import Finding
from village_alliances.experiments.sensitivity.study import OUTCOMES
from village_alliances.sim.outputs import versions, write_outputs
from village_alliances.sim.problems import TableError
from village_alliances.sim.provenance import fingerprint
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.structured import read_json
from village_alliances.sim.worded import worded
from village_alliances.wording import LANGUAGES

NAMES = {"morris": "morris", "saltelli": "sobol"}  # of the files of a method


def write(findings: Sequence[Finding], out: Path, lang: str) -> list[Path]:
    """Write morris.csv, sobol.csv, sensitivity.json and a figure a method and outcome (the first
    also as a picture) into `out`, all or none."""
    from village_alliances.experiments import drawing, plots

    files: dict[str, Any] = {}
    for finding in findings:
        name = NAMES[finding.method]
        files[f"{name}.csv"] = partial(write_csv, finding.table(lang))
        for i, (outcome, frame) in enumerate(finding.frames.items()):
            titles = finding.titles(lang)
            heading = finding.heading(outcome, lang)
            figure = plots.sensitivity(frame, lang, outcome, heading, titles)
            stem = f"{name}_{outcome}"
            files[f"figures/{stem}.svg"] = drawing.svg(figure, stem, standalone=True).encode()
            if i == 0:
                files[f"figures/{stem}.png"] = drawing.png(figure)
    return write_outputs(out, {**files, "sensitivity.json": plain(findings)})


def plain(findings: Sequence[Finding]) -> dict[str, Any]:
    """All findings as JSON holds them: of what, by which design, every index, and the
    sentences in both languages."""
    first = findings[0]
    methods = {
        NAMES[finding.method]: {
            "design": finding.design,
            "points": finding.points,
            "replicates": finding.replicates,
            "runs": finding.runs,
            "seed": finding.seed,
            "luck": {
                outcome: share if math.isfinite(share) else None
                for outcome, share in finding.luck.items()
            },
            "spread": finding.spread,
            "left_out": finding.left_out_count,
            "indices": {outcome: records(frame) for outcome, frame in finding.frames.items()},
            "sentences": {
                outcome: {lang: finding.sentences(lang, outcome) for lang in ("en", "zh")}
                for outcome in finding.frames
            },
        }
        for finding in findings
    }
    return {
        "scenario": first.scenario.name,
        "scenario_hash": scenario_fingerprint(first.scenario),
        "years": first.scenario.years,
        "strategy": first.strategy,
        "strategy_hash": first.strategy_hash,
        "against_none": first.against_none,
        "methods": methods,
        "titles": {lang: first.titles(lang) for lang in LANGUAGES},
        **versions(),
    }


@dataclass(frozen=True)
class Explanation:
    """What a sensitivity analysis says of one outcome, as the report of a comparison shows it."""

    outcome: str
    frame: pd.DataFrame
    sentences: Mapping[str, Sequence[str]]  # by language
    titles: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # of quantities, by language


def explanation(
    folder: str | Path,
    scenario: Scenario,
    strategies: Mapping[str, Portfolio],
    outcome: str = OUTCOMES[0],
) -> Explanation:
    """What the analysis in a folder says of one of these strategies for these villages. Raises
    Refused if it speaks of others, or of another version of the model."""
    path = Path(folder) / "sensitivity.json"
    try:
        body = read_json(path)
        methods, of = body["methods"], (body["scenario_hash"], body["strategy_hash"])
    except (TableError, KeyError, TypeError) as error:
        raise Refused(
            worded(
                "problems.sensitivity.holds_sensitivity_analysis_cannot",
                folder=folder,
                name=path.name,
            ),
        ) from error
    if of[0] != scenario_fingerprint(scenario) or of[1] not in {
        portfolio_fingerprint(p) for p in strategies.values()
    }:
        raise Refused(
            worded(
                "problems.sensitivity.its_analysis_years_under",
                folder=folder,
                scenario=body["scenario"],
                years=body["years"],
                strategy=body["strategy"],
            ),
        )
    if body.get("fingerprint") != fingerprint("model"):
        raise Refused(
            worded("problems.sensitivity.its_analysis_made_another", folder=folder),
        )
    best = methods.get("sobol") or methods["morris"]
    chosen = outcome if outcome in best["indices"] else next(iter(best["indices"]))
    frame = pd.DataFrame(best["indices"][chosen])
    return Explanation(chosen, frame, best["sentences"][chosen], body.get("titles", {}))

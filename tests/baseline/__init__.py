"""The numeric baseline: outcomes of three scenarios under four strategies, kept as numbers, so that no change moves them unseen.

`python -m tests.baseline` tells what has moved; `python -m tests.baseline --write` moves the files, which is the only way.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.metrics import MAIN
from village_alliances.sim.parameters import Mode
from village_alliances.sim.scenario import load

FOLDER = Path(__file__).parent
SCENARIOS = ("jinxi", "chunhu", "sanshi-wudi")
STRATEGIES = ("none", "strong_leads_weak", "industry_chain", "cross_border")
MODES: tuple[Mode, ...] = ("point", "prior")
RUNS = 20
SEED = 1
DIGITS = 12  # kept; three more than the tolerance needs
TOLERANCE = (
    1e-9  # of the larger of the two numbers and 1: maths libraries differ in the last digits
)
Numbers = dict[
    str, dict[str, dict[str, list[float]]]
]  # mode -> strategy -> outcome -> a value a run


def path_of(scenario: str) -> Path:
    """Where the baseline of a scenario is kept."""
    return FOLDER / f"{scenario}.json"


def computed(scenario: str) -> Numbers:
    """Main outcomes of every run at the end of the last year, as the model gives them now."""
    found: Numbers = {}
    for mode in MODES:
        found[mode] = {}
        for strategy in STRATEGIES:
            ensemble = run_ensemble(load(scenario), strategy, runs=RUNS, seed=SEED, mode=mode)
            found[mode][strategy] = {
                name: [float(f"{x:.{DIGITS}g}") for x in ensemble.outcome(name)] for name in MAIN
            }
    return found


def kept(scenario: str) -> Numbers:
    """The same as they are kept; empty where there is no file yet."""
    path = path_of(scenario)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write(scenario: str, numbers: Numbers) -> None:
    """Keep these numbers from now on."""
    path = path_of(scenario)
    draft = path.with_suffix(".tmp")
    draft.write_text(_text(numbers), encoding="utf-8")
    os.replace(draft, path)


def _text(numbers: Numbers) -> str:
    """JSON with one outcome a line, so that a diff shows which outcome of which strategy moved."""
    modes = []
    for mode, strategies in numbers.items():
        parts = []
        for strategy, outcomes in strategies.items():
            lines = ",\n".join(
                f"   {json.dumps(name)}: {json.dumps(values)}" for name, values in outcomes.items()
            )
            parts.append(f"  {json.dumps(strategy)}: {{\n{lines}\n  }}")
        modes.append(f" {json.dumps(mode)}: {{\n" + ",\n".join(parts) + "\n }")
    return "{\n" + ",\n".join(modes) + "\n}\n"


def moved(before: Numbers, now: Numbers) -> list[str]:
    """One line for each outcome that is there on one side only, or has moved by more than the tolerance in some run."""
    lines = []
    old, new = (dict(_flat(numbers)) for numbers in (before, now))
    for key in sorted(old.keys() | new.keys()):
        name = " ".join(key)
        if key not in old or key not in new:
            lines.append(f"{name}: {'gone' if key in old else 'new'}")
        elif len(old[key]) != len(new[key]):
            lines.append(f"{name}: {len(old[key])} runs before, {len(new[key])} now")
        else:
            far = [
                r
                for r, (a, b) in enumerate(zip(old[key], new[key]))
                if not abs(a - b) <= TOLERANCE * max(abs(a), abs(b), 1.0)
            ]
            if far:
                r = far[0]
                lines.append(
                    f"{name}: {len(far)} of {len(old[key])} runs, the first is run {r}: {old[key][r]!r} before, {new[key][r]!r} now"
                )
    return lines


def _flat(numbers: Numbers) -> list[tuple[tuple[str, str, str], list[float]]]:
    return [
        ((mode, strategy, name), values)
        for mode, strategies in numbers.items()
        for strategy, outcomes in strategies.items()
        for name, values in outcomes.items()
    ]

"""The numeric baseline: outcomes of four scenarios under strategies and their rivals, kept as
numbers, so that no change moves them unseen.

`python -m tests.baseline` tells what has moved; `python -m tests.baseline --write` moves the
files, which is the only way.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from village_alliances.sim.ensemble import run_together
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import MAIN
from village_alliances.sim.parameters import Mode
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.scenario import Scenario

FOLDER = Path(__file__).parent
SCENARIOS = ("jinxi", "chunhu", "tengtou-1plus6", "yuelin")
FORMING = {"yuelin": {"formation": 1.0, "places_share": 0.8, "places_mid": 4.0}}  # by themselves
STRATEGIES = ("none", "strong_leads_weak", "village_enterprise", "cross_border")
AGAINST = "strong_leads_weak"  # the strategy of which the rivals are kept as well
COLUMNS = (*STRATEGIES, *(f"{AGAINST} against {rival}" for rival in RIVALS))
MODES: tuple[Mode, ...] = ("point", "prior")
RUNS = 12
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


def scenario_of(name: str) -> Scenario:
    """A scenario by name; where villages ally by themselves, without the alliances that
    are known."""
    return replace(load(name), given=()) if name in FORMING else load(name)


def computed(scenario: str) -> Numbers:
    """Main outcomes of every run at the end of the last year, as the model gives them now."""
    numbers: Numbers = {}
    for mode in MODES:
        together = run_together(
            scenario_of(scenario),
            {name: name for name in STRATEGIES},
            runs=RUNS,
            seed=SEED,
            mode=mode,
            levers=FORMING.get(scenario),
            rivals=RIVALS,
        )
        ensembles = dict(together.strategies)
        for rival, ensemble in together.rivals[AGAINST].items():
            ensembles[f"{AGAINST} against {rival}"] = ensemble
        numbers[mode] = {
            label: {
                name: [float(f"{x:.{DIGITS}g}") for x in ensemble.outcome(name)] for name in MAIN
            }
            for label, ensemble in ensembles.items()
        }
    return numbers


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
    """One line for each outcome that is there on one side only, or has moved by more than
    the tolerance in some run."""
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
                    f"{name}: {len(far)} of {len(old[key])} runs, the first is run {r}: "
                    f"{old[key][r]!r} before, {new[key][r]!r} now"
                )
    return lines


def _flat(numbers: Numbers) -> list[tuple[tuple[str, str, str], list[float]]]:
    return [
        ((mode, strategy, name), values)
        for mode, strategies in numbers.items()
        for strategy, outcomes in strategies.items()
        for name, values in outcomes.items()
    ]

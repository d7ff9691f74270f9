"""What a comparison was made from: question, hashes, versions, and the command that repeats it."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from village_alliances.experiments.comparison import PRECISION, Comparison
from village_alliances.experiments.gains import INSTITUTIONS
from village_alliances.experiments.unnamed import unnamed
from village_alliances.sim.arguments import exact_text
from village_alliances.sim.loading import names as scenario_names
from village_alliances.sim.outputs import versions
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.strategy import Strategy

OWN_POSTERIOR = "VILLAGE_ALLIANCES_POSTERIOR"  # names a county's own calibration


def inputs(c: Comparison) -> dict[str, Any]:
    """What a comparison was made from: question, hashes, versions, and the command that
    repeats it."""
    scenario = c.scenario
    return {
        "id": c.id,
        "question": c.question.plain(),
        "scenario": {
            "name": scenario.name,
            "source": source_of(c),
            "region": scenario.region.name,
            "start": scenario.start,
            "years": c.years,
            "villages": scenario.size,
        },
        "strategies": {
            label: {
                "title": c.titles[label],
                "institutions": institutions_of(e.portfolio.default),
                "exceptions": {p: s.name for p, s in e.portfolio.by.items()},
                **({"file": c.files[label]} if label in c.files else {}),
            }
            for label, e in c.ensembles.items()
        },
        **({"technology": c.technology} if c.technology else {}),
        "command": command(c),
        **({"in_memory": in_memory(c)} if in_memory(c) else {}),
        **versions(),
    }


def institutions_of(strategy: Strategy) -> dict[str, Any]:
    """What the model reads of a strategy, as its file says it."""
    names = (*INSTITUTIONS, "measures")
    return strategy.model_dump(mode="json", include=set(names)) if strategy.allies else {}


def source_of(c: Comparison) -> str:
    """How a planner names the villages: the scenario, else the file that was read."""
    return c.scenario.name if c.scenario.name in scenario_names() else c.scenario.source


def in_memory(c: Comparison) -> list[str]:
    """What no command can name (experiments/unnamed.py)."""
    if "in_memory" not in c.kept:
        c.kept["in_memory"] = unnamed(c)
    lines: list[str] = c.kept["in_memory"]
    return lines


def named_by(
    c: Comparison,
    strategies: Mapping[str, tuple[str, bytes]],
    technology: tuple[str, bytes] | None = None,
) -> Comparison:
    """The same comparison where whatever was made in memory is written into files: strategies by
    label and project types, each with its path and content, and the villages into their `source`.
    Its command names those."""
    comparison = replace(
        c,
        files={**c.files, **{label: _file(*strategy) for label, strategy in strategies.items()}},
        technology=_file(*technology) if technology is not None else c.technology,
    )
    comparison.kept["in_memory"] = []
    return comparison


def _file(path: str, content: bytes) -> dict[str, str]:
    return {"path": path, "sha256": hashlib.sha256(content).hexdigest()}


def command(c: Comparison) -> str:
    """The command that repeats this comparison; where there is none, what it
    was made with in memory."""
    if names := in_memory(c):
        return (
            f"(no command: a script made this with what no command can name: "
            f"{', '.join(names)} / 无命令：由脚本生成，所用内容无法以命令指明)"
        )
    own = source_of(c) != c.scenario.name
    strategies = [
        c.files[label]["path"] if label in c.files else label
        for label in c.strategies
        if label not in c.partitions
    ]
    parts = [
        "alliances",
        "compare",
        source_of(c),
        "--strategies",
        (";" if any("," in text for text in strategies) else ",").join(strategies),
    ]
    for file in dict.fromkeys(c.files[label]["path"] for label in c.partitions if label in c.files):
        parts += ["--alternatives", file]
    parts += [
        "--runs",
        str(c.runs),
        "--seed",
        str(c.seed),
        "--years",
        str(c.years),
        "--mode",
        c.mode,
    ]
    parts += ["--region", c.scenario.region.name, "--start", str(c.scenario.start)] if own else []
    for name, value in sorted(c.levers.items()):
        parts += ["--lever", f"{name}={exact_text(value)}"]
    for name, value in sorted(c.fixed.items()):
        parts += ["--parameter", f"{name}={exact_text(value)}"]
    for path in dict.fromkeys(outcome.path for outcome in c.own.values()):
        parts += ["--outcomes", path]
    parts += ["--require", ",".join(map(str, c.require))] if c.require else []
    parts += ["--technology", c.technology["path"]] if c.technology else []
    if c.named_rivals != RIVALS:
        parts += ["--rivals", ",".join(c.named_rivals)] if c.named_rivals else ["--no-rivals"]
    parts += ["--parts"] if c.parts is not None else []
    parts += ["--precision", exact_text(c.asked)] if c.asked != PRECISION else []
    own_draws = (
        [f"{OWN_POSTERIOR}={shlex.quote(os.environ[OWN_POSTERIOR])}"]
        if c.mode == "posterior" and os.environ.get(OWN_POSTERIOR)
        else []
    )
    return " ".join([*own_draws, shlex.join(parts)])

"""Measure and print: `python -m benchmarks --json` (some minutes), with `--all` also sweeps,
proposals and the page in a browser."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import speed


def main() -> int:
    """Print one object of figures, or a line each."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the model's speed on this machine."
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--all",
        action="store_true",
        help="measure sweeps, proposals and the page in a browser as well",
    )
    asked = parser.parse_args()
    measures: list[Callable[[], dict[str, Any]]] = [speed.measure]
    if asked.all:
        from benchmarks import dashboard, propose, sweeps

        measures += [sweeps.sweeps, propose.measure, dashboard.measure]
    figures: dict[str, Any] = {}
    for measure in measures:
        print(f"{measure.__module__} ...", file=sys.stderr, flush=True)
        figures |= measure()
    print(
        json.dumps(figures, indent=2)
        if asked.json
        else "\n".join(f"{name:28} {value}" for name, value in figures.items())
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

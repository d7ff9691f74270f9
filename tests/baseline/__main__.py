"""python -m tests.baseline [--write]: tell what has moved against the baseline,
and move it if asked to."""

from __future__ import annotations

import argparse
import sys

from tests.baseline import SCENARIOS, computed, kept, moved, path_of, write


def main() -> int:
    """0 where nothing has moved or the files were written, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.baseline",
        description="Compare the model's numbers with the kept ones.",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="keep the numbers of now; commit the files with the reason why they moved",
    )
    options = parser.parse_args()
    changes = 0
    for scenario in SCENARIOS:
        now = computed(scenario)
        lines = moved(kept(scenario), now)
        changes += len(lines)
        print(f"{scenario}: {len(lines)} outcomes moved" if lines else f"{scenario}: as kept")
        for line in lines:
            print(f"  {line}")
        if options.write and lines:
            write(scenario, now)
            print(f"  written: {path_of(scenario).name}")
    return 0 if options.write or not changes else 1


if __name__ == "__main__":
    sys.exit(main())

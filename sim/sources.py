"""The files that a thing depends on, by name of the scope, and one hash of them.

A scope lists patterns of files, seen from the folder in which the parts of the package lie side by
side. What else belongs to "the same" (posterior, libraries, arithmetic) is said in
sim/provenance.py; this module knows files alone, for machine code is kept by them before anything
is compiled. tests/sim/test_provenance.py holds each scope against what its code imports.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODEL = (
    "sim/*.py",
    "sim/*.toml",
    "sim/rules/*.py",
    "sim/table/*.py",
    "sim/regions/*.toml",
    "sim/strategies/*.toml",
    "sim/scenarios/**/*.toml",
    "sim/scenarios/**/*.csv",
)
SCOPES: dict[str, tuple[str, ...]] = {
    # Machine code that Numba keeps.
    "compiled": (
        *(
            f"sim/{name}.py"
            for name in (
                "arithmetic",
                "columns",
                "compiled",
                "ingredient",
                "luck",
                "metrics",
                "parameters",
            )
        ),
        "sim/society.py",
        "sim/technology.py",
        "sim/levers.toml",
        "sim/parameters.toml",
        "sim/rules/*.py",
    ),
    # A run of the model, as its history, a comparison's files or a sensitivity analysis name it.
    "model": ("sim/**/*.py", "sim/**/*.toml", "sim/**/*.csv"),
    # The runs of a stored sweep, and their replay; villages and strategies have hashes of their own
    # in its design.
    "sweep": (
        "sim/*.py",
        "sim/*.toml",
        "sim/rules/*.py",
        "sim/table/*.py",
        *(
            f"experiments/{name}.py"
            for name in (
                "axes",
                "design",
                "inputs",
                "lock",
                "parts",
                "reader",
                "refused",
                "sampling",
                "sealed",
                "store",
                "sweep",
            )
        ),
    ),
    # The answer with which the page opens: its numbers and its sentences.
    "answer": (
        *MODEL,
        *(
            f"experiments/{name}.py"
            for name in (
                "alternatives",
                "answered",
                "compare",
                "comparison",
                "gains",
                "imputation",
                "inputs",
                "origin",
                "requirement",
                "specs",
                "statistics",
                "tables",
                "unnamed",
                "verdict",
            )
        ),
        "experiments/answer/*.py",
        "calibration/asked.py",
        "interface/dashboard/answers.py",
        "wording/*.py",
        "wording/answer.toml",
        "wording/compare.toml",
        "wording/report.toml",
    ),
    # The code by which a posterior was found; ranges, numbers and figures are added by
    # calibration/fit.py.
    "posterior": (
        "sim/rules/*.py",
        "sim/quarter.py",
        *(f"calibration/{name}.py" for name in ("targets", "cases", "priors")),
    ),
    # What the calibrated model says of the documents' figures.
    "predictions": (
        *MODEL,
        *(
            f"calibration/{name}.py"
            for name in ("cases", "fit", "history", "priors", "scores", "targets", "validate")
        ),
        "calibration/scoring.toml",
        "calibration/split.toml",
        "calibration/evidence/*.py",
        "calibration/evidence/*.csv",
    ),
}


def files(scope: str) -> list[Path]:
    """The files of a scope, in the order of their names."""
    return sorted({path for pattern in SCOPES[scope] for path in ROOT.glob(pattern)})


def code(scope: str) -> str:
    """Hash of names and contents of a scope's files, 16 hex digits."""
    digest = hashlib.blake2b(digest_size=8)
    for path in files(scope):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.blake2b(path.read_bytes(), digest_size=16).digest())
    return digest.hexdigest()

"""What "the same" means: the same code, data, posterior, libraries and arithmetic.

Something kept (a sweep, an answer, predictions) belongs to a scope of sim/sources.py, and is of use
only where all of that is as it was. A sweep goes on, and a run is replayed, to the last bit; so
there `exact` counts libraries, the kind of processor and a few values of the functions that may
differ between processors as well. The page's answer and predictions are for the eye: they are made
anew when code, data or posterior change, and a last bit is nothing to them.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
from village_alliances.sim import arithmetic as own
from village_alliances.sim.files import read_file
from village_alliances.sim.parameters import POSTERIOR
from village_alliances.sim.posterior import LARGEST
from village_alliances.sim.problems import Text
from village_alliances.sim.sources import code
from village_alliances.sim.uncertain import types_beside
from village_alliances.sim.worded import worded

LIBRARIES = ("numpy", "scipy", "numba", "pyarrow")  # whose versions may move a bit of a result
POINTS = 4000  # of each function
ARITHMETIC = "arithmetic"
NONE = "none"


def provenance(scope: str, *, exact: bool = False, posterior: Path | None = None) -> dict[str, str]:
    """All that something of this scope depends on, by name. `posterior`: the file of
    draws, if not the one in use."""
    record = {"code": code(scope), "posterior": posterior_hash(posterior or POSTERIOR)}
    if not exact:
        return record
    return {
        **record,
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "machine": platform.machine(),
        **{name: version(name) for name in LIBRARIES},
        ARITHMETIC: arithmetic(),
    }


def fingerprint(scope: str, posterior: Path | None = None) -> str:
    """Code, data and posterior of a scope as one word: two hashes of 16 hex digits."""
    return "-".join(provenance(scope, posterior=posterior).values())


def posterior_hash(path: Path) -> str:
    """Hash of a file of posterior draws, and of its rows of project types beside it;
    `none` where there is none."""
    if not path.exists():
        return NONE
    beside = [file for file in (path, types_beside(path)) if file.exists()]
    body = b"".join(read_file(file, LARGEST) for file in beside)
    return hashlib.blake2b(body, digest_size=8).hexdigest()


def arithmetic() -> str:
    """Hash of values of exp, log, power, cosine and normal quantile as this process
    computes them, 16 hex digits.

    They are the model's own and give the same bits on every processor: the hash
    says so where a run is told.
    """
    share = (np.arange(POINTS) + 0.5) / POINTS
    wide = 40.0 * share - 20.0
    digest = hashlib.blake2b(digest_size=8)
    for values in (
        own.exps(wide),
        own.logs(share),
        own.powers(share, 3.7 * share[::-1]),
        own.cosines(wide),
        own.normal_quantiles(share),
    ):
        digest.update(values.tobytes())
    return digest.hexdigest()


def differing(theirs: Mapping[str, str], ours: Mapping[str, str]) -> Text:
    """What differs between two of `provenance`, in one line."""
    differ = [name for name in ours if theirs.get(name) != ours[name]]
    said = [Text(f"{name} {theirs.get(name, '-')} -> {ours[name]}") for name in differ]
    if ARITHMETIC in differ:
        said.append(worded("problems.provenance.last_bit"))
    return Text(", ".join(said), "，".join(text.zh for text in said))

"""Ranges are registered: a hash of every number that runs draw, kept in registered.toml and moved
only with a changed source.

`python -m village_alliances.sim.registered` prints the hash of today's tables; what moved and why
goes into registered.toml.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

from village_alliances.sim import technology
from village_alliances.sim.parameters import parameters

REGISTERED = Path(__file__).parent / "registered.toml"


def fingerprint() -> str:
    """Hash of values, ranges, shapes, kinds and sources of technology and parameters; words
    of reasons are left out."""
    types = {
        kind.name: {
            name: [n.value, n.low, n.high, n.distribution, n.kind, sorted(n.evidence)]
            for name, n in sorted(kind.numbers.items())
        }
        for kind in technology.shipped()
    }
    numbers = {
        name: [q.value, q.low, q.high, q.scale, sorted(q.evidence)]
        for name, q in sorted(parameters().items())
    }
    body = json.dumps([types, numbers], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


def registered() -> list[dict[str, str]]:
    """The hashes that have held, the last first: hash, date, what moved and its source."""
    return list(tomllib.loads(REGISTERED.read_text(encoding="utf-8"))["ranges"])


if __name__ == "__main__":
    print(fingerprint())

"""A long look for what ends badly: mutated inputs of every kind, and flipped bits of
stored parts. `make soak`.

    python -m benchmarks.soak --minutes 30 --seed 1

Each kind of input must be read or refused by a message of its own; each flipped bit must
be caught by `read_runs` and by `query`. Any other end is printed with the seed that makes it
again, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from village_alliances.experiments import alternatives, reader, store
from village_alliances.experiments.store import Refused
from village_alliances.experiments.sweep import carry_out
from village_alliances.sim import loading, strategy, technology
from village_alliances.sim.problems import TableError
from village_alliances.sim.strategy import StrategyError
from village_alliances.sim.structured import read_json, read_toml
from village_alliances.sim.table import read_table
from village_alliances.sim.technology import TechnologyError

PIECES = [
    *(s.encode() for s in ("nan", "inf", "-1", "9" * 500, "1e999", "[[", "{}", "''", "\ufeff", "①", "𐩀", "=", "\n", ",", '"')),
    b"\xff", b"\0", b"true", b"name", b"[levers]\n", b"2015Q9",
]  # fmt: skip
SWEEP = """scenarios = ["jinxi"]
strategies = ["none", "strong_leads_weak"]
rivals = ["even"]
replicates = 10
runs_a_part = 10
[uncertainties]
let.fail = [0.1]
"""
TECHNOLOGY = """[let.fail]
value = 0.1
low = 0.05
high = 0.2
distribution = "logit"
unit = "1"
kind = "assumption"
reason = "what this county saw"
"""
TABLE = "村名,乡镇,集体经济收入,人口\n甲村,一镇,10000,500\n乙村,一镇,25万,800\n丙村,二镇,<5,600\n"
PARTITION = """[[partition]]
name = "a"
[[partition.alliance]]
members = ["雷山村", "金峨村"]
strategy = "strong_leads_weak"
founded = "2015Q2"
"""


def mutated(body: bytes, luck: np.random.Generator) -> bytes:
    """`body` with a few bytes changed, cut out, doubled, or pieces that have hurt before put in."""
    found = bytearray(body)
    for _ in range(int(luck.integers(1, 6))):
        at, end = sorted(int(n) for n in luck.integers(0, len(found) + 1, 2))
        what = int(luck.integers(0, 5))
        if what == 0 and found:
            found[min(at, len(found) - 1)] = int(luck.integers(0, 256))
        elif what == 1:
            del found[at : min(end, at + 20)]
        elif what == 2:
            found[at:at] = found[at : min(end, at + 60)]
        else:
            found[at:at] = PIECES[int(luck.integers(0, len(PIECES)))]
    return bytes(found)


def kinds(folder: Path) -> dict[str, tuple[str, bytes, Callable[[Path], object]]]:
    """Kind of input -> name of its file, a good one, and what reads it."""
    jinxi = loading.load("jinxi")
    shipped = (loading.FOLDER / "jinxi" / "scenario.toml").read_bytes()
    (folder / "own").mkdir(exist_ok=True)
    villages = (loading.FOLDER / "jinxi" / "villages.csv").read_bytes()
    (folder / "own" / "villages.csv").write_bytes(villages)
    good = (strategy.FOLDER / "strong_leads_weak.toml").read_bytes()
    return {
        "toml": ("a.toml", shipped, read_toml),
        "json": ("a.json", json.dumps({"a": [1, {"b": None}], "c": "村"}).encode(), read_json),
        "strategy": ("s.toml", good, lambda path: strategy.read_strategy(str(path))),
        "sweep": ("d.toml", SWEEP.encode(), reader.read_design),
        "scenario": ("own/scenario.toml", shipped, lambda path: loading.load(str(path.parent))),
        "technology": ("y.toml", TECHNOLOGY.encode(), technology.read),
        "table": ("t.csv", TABLE.encode(), read_table),
        "alternatives": ("p.toml", PARTITION.encode(), lambda path: alternatives.load(path, jinxi)),
    }


def fuzz(
    folder: Path, seed: int, rounds: int, until: float
) -> tuple[Counter[str], list[str], float]:
    """Mutate each kind of input in turn: counts by kind and end, what ended badly, the
    longest time of one (seconds)."""
    counts: Counter[str] = Counter()
    bad: list[str] = []
    longest = 0.0
    inputs = kinds(folder)
    for turn in range(rounds):
        for at, (kind, (name, good, read)) in enumerate(inputs.items()):
            if time.monotonic() > until:
                return counts, bad, longest
            (folder / name).write_bytes(mutated(good, np.random.default_rng([seed, turn, at])))
            began = time.process_time()
            try:
                read(folder / name)
                counts[f"{kind} read"] += 1
            except (TableError, StrategyError, TechnologyError) as error:
                error.message("zh")
                counts[f"{kind} refused"] += 1
            except Exception as error:
                bad.append(f"{kind}, seed {seed}, turn {turn}: {type(error).__name__}: {error}")
            longest = max(longest, time.process_time() - began)
    return counts, bad, longest


def flip(folder: Path, seed: int, bits: int) -> tuple[int, list[str]]:
    """Flip one bit of a stored part at a time: how many were caught by read and by
    query, and which were not."""
    (folder / "sweep.toml").write_text(SWEEP, encoding="utf-8")
    carry_out(reader.read_design(folder / "sweep.toml"), folder / "out", workers=1)
    path = store.Store(folder / "out").path(0)
    body, caught, bad = path.read_bytes(), 0, []
    for at in np.random.default_rng([seed, 99]).integers(0, 8 * len(body), bits):
        broken = bytearray(body)
        broken[at // 8] ^= 1 << (at % 8)
        path.write_bytes(bytes(broken))
        for ask in (store.read_runs, lambda place: store.query(place, "select count(*) from runs")):
            try:
                ask(folder / "out")
                bad.append(f"bit {at} of {path.name}")
            except Refused:
                caught += 1
    path.write_bytes(body)
    return caught, bad


def main() -> int:
    """Carry out the look; figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--bits", type=int, default=1_000)
    options = parser.parse_args()
    until = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as place:
        caught, missed = flip(Path(place), options.seed, options.bits)
        counts, bad, longest = fuzz(Path(place), options.seed, options.rounds, until)
    found = {
        "inputs": sum(counts.values()) + len(bad), "by_kind": dict(sorted(counts.items())),
        "longest_s": round(longest, 2), "bad": (missed + bad)[:50], "bad_count": len(missed + bad),
        "flips": options.bits, "caught_by_read_and_query": caught,
    }  # fmt: skip
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 1 if missed or bad else 0


if __name__ == "__main__":
    sys.exit(main())

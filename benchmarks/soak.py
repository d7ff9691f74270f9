"""A long look for what ends badly: mutated inputs of every kind, and flipped bits of
stored parts. `make soak`.

    python -m benchmarks.soak --minutes 30 --seed 1
    python -m benchmarks.soak --rounds 10000 --bits 0 --kinds history,workbook

Each kind of input must be read or refused by a message of its own; each flipped bit must
be caught by `read_runs` and by `query`. Any other end is printed with the seed that makes it
again, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import resource
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from village_alliances.calibration import history, projects
from village_alliances.experiments import alternatives, reader, store
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.store import Store
from village_alliances.experiments.sweep import carry_out
from village_alliances.sim import loading, parameters, posterior, region, strategy, technology
from village_alliances.sim.problems import TableError
from village_alliances.sim.strategy import StrategyError
from village_alliances.sim.structured import read_json, read_toml
from village_alliances.sim.table import read_table
from village_alliances.sim.technology import TechnologyError

REFUSALS = (TableError, StrategyError, TechnologyError, Refused)
PIECES = [
    *(s.encode() for s in ("nan", "inf", "-1", "9" * 500, "9" * 350, "1e999", "[[", "{}", "''", "\ufeff", "①", "𐩀", "=", "\n", ",", '"')),
    *(s.encode() for s in ("null", "9e8", "9999", "<5", "10-20", "合计", "同上", "万元", "&set=", "~", "%00", "[]", "-")),
    b"\xff", b"\0", b"true", b"name", b"[levers]\n", b"2015Q9",
]  # fmt: skip
WORD = re.compile(rb"[^\s,=\[\]{}\"':~&<>]+")
SWEEP = """scenarios = ["jinxi"]
strategies = ["none", "strong_leads_weak"]
rivals = ["even"]
replicates = 10
runs_a_part = 10
[uncertainties]
let.fail = [0.1]
"""
OWN_SWEEP = """scenarios = ["own.csv"]
strategies = ["none", "culture"]
replicates = 2
years = 2
[levers]
span = [4, 6]
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
HISTORY = "村名,年份,集体经济收入（万元）\n雷山村,2016,40\n金峨村,2016,25\n雷山村,2018,50\n金峨村,2018,31.5\n"
PROJECTS = (
    "村名,项目类型,总投资（万元）,开工年份,停办年份,2020年收入（万元）,2021年收入（万元）\n"
    "甲村,光伏,50,2019,,4,4.5\n乙村,工坊,30,2018,2021,3,0\n"
)
LINK = (
    "lang=en&source=jinxi&strategies=none~own.enclave!plenaries_per_year=4&years=6&seed=3&mode=prior"
    "&set=span=6~grant_per_village=60000&objective=weak_villages_50k&budget=1000000&must=雷山村+金峨村"
    "&hunt=0a1b&hand=0.1-2:enclave:60000&beside=years%3D4"
)


@dataclass(frozen=True)
class Kind:
    """A kind of input: the name of its file, a good one, what reads it, and how it is harmed."""

    file: str
    good: bytes
    read: Callable[[Path], object]
    harm: Callable[[bytes, np.random.Generator], bytes]


@dataclass
class Fuzzed:
    """What was seen. `counts`: inputs by kind and end; `bad`: what ended otherwise; `longest`:
    seconds of the processor of the slowest input of each kind."""

    counts: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    longest: dict[str, float] = field(default_factory=dict)


def mutated(body: bytes, luck: np.random.Generator) -> bytes:
    """`body` with a few changes: a word or number in place of another, lines left out or doubled
    (which mostly reads as a file of its format), and bytes changed, cut out or put in."""
    changed = body
    for _ in range(int(luck.integers(1, 4))):
        change = CHANGES[int(luck.integers(0, len(CHANGES)))]
        changed = change(changed, luck)
    return changed


def _word(body: bytes, luck: np.random.Generator) -> bytes:
    words = list(WORD.finditer(body))
    if not words:
        return body
    old = words[int(luck.integers(0, len(words)))]
    new = _one_of(PIECES if luck.integers(0, 2) else [word[0] for word in words], luck)
    return body[: old.start()] + new + body[old.end() :]


def _line(body: bytes, luck: np.random.Generator) -> bytes:
    lines = body.splitlines(keepends=True) or [b""]
    line = int(luck.integers(0, len(lines)))
    lines[line : line + 1] = [lines[line]] * 2 if luck.integers(0, 2) else []
    return b"".join(lines)


def _byte(body: bytes, luck: np.random.Generator) -> bytes:
    place = int(luck.integers(0, len(body) + 1))
    return body[:place] + bytes([luck.integers(0, 256)]) + body[place + 1 :]


def _cut(body: bytes, luck: np.random.Generator) -> bytes:
    place = int(luck.integers(0, len(body) + 1))
    return body[:place] + body[place + int(luck.integers(1, 20)) :]


def _piece(body: bytes, luck: np.random.Generator) -> bytes:
    place = int(luck.integers(0, len(body) + 1))
    return body[:place] + _one_of(PIECES, luck) + body[place:]


def _one_of(choices: list[bytes], luck: np.random.Generator) -> bytes:
    return choices[int(luck.integers(0, len(choices)))]


CHANGES = (_word, _word, _word, _line, _line, _byte, _cut, _piece)


def mutated_inside(body: bytes, luck: np.random.Generator) -> bytes:
    """A zip with one of its files mutated, or every third time mutated itself."""
    if luck.integers(0, 3) == 0:
        return mutated(body, luck)
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(packed, "w") as new:
        names = old.namelist()
        harmed = names[int(luck.integers(0, len(names)))]
        for name in names:
            inner = old.read(name)
            new.writestr(name, mutated(inner, luck) if name == harmed else inner)
    return packed.getvalue()


def mutated_draws(body: bytes, luck: np.random.Generator) -> bytes:
    """A file of draws with values, types or names of columns changed, or every third time
    mutated bytes."""
    what = int(luck.integers(0, 6))
    if what < 2:
        return mutated(body, luck)
    frame = pd.read_parquet(io.BytesIO(body))
    name = frame.columns[int(luck.integers(0, frame.shape[1]))]
    if what == 2:
        frame.loc[0, name] = [np.nan, np.inf, -1e300, 1e300][int(luck.integers(0, 4))]
    elif what == 3:
        frame[name] = frame[name].astype(str)
    elif what == 4:
        frame = frame.rename(columns={name: "①"})
    else:
        frame = frame.drop(columns=name)
    return frame.to_parquet()


def own_scenario(folder: Path) -> Path:
    """A scenario of one's own: a copy of a shipped one, which a sweep keeps whole."""
    own = folder / "own"
    own.mkdir(exist_ok=True)
    for name in ("villages.csv", "scenario.toml"):
        (own / name).write_bytes((loading.FOLDER / "jinxi" / name).read_bytes())
    return own


def begun_sweep(folder: Path) -> Path:
    """The folder of a small sweep over a table of one's own, with its manifest and inputs."""
    (folder / "own.csv").write_text(TABLE, encoding="utf-8")
    (folder / "own.toml").write_text(OWN_SWEEP, encoding="utf-8")
    carry_out(reader.read_design(folder / "own.toml"), folder / "swept", workers=1)
    return folder / "swept"


def as_workbook(text: str) -> bytes:
    """A table in commas as .xlsx."""
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for row in text.splitlines():
        book.worksheets[0].append(row.split(","))
    book.save(packed)
    return packed.getvalue()


def status_of(path: Path) -> object:
    """What `sweep status` reads of a folder whose manifest or input is `path`."""
    swept = Store(path.parent if path.name == "manifest.json" else path.parents[1])
    swept.asked()
    return swept.counts()


def read_link(path: Path) -> object:
    """An address as the page reads it."""
    from village_alliances.interface.dashboard.state import read_query

    return read_query(path.read_bytes().decode(errors="replace"), "zh")


def read_draws(path: Path) -> None:
    """A posterior as a run reads it, whatever it was a moment before."""
    posterior.checked.cache_clear()
    posterior.checked(path)


def kinds(folder: Path) -> dict[str, Kind]:
    """Every kind of input by name; what their readers need beside the file is put into `folder`."""
    jinxi = loading.load("jinxi")
    shipped = (loading.FOLDER / "jinxi" / "scenario.toml").read_bytes()
    own_scenario(folder)
    swept = begun_sweep(folder)
    draws = pd.read_parquet(parameters.POSTERIOR).head(20).to_parquet()
    workbook = as_workbook(TABLE)
    return {
        "toml": Kind("a.toml", shipped, read_toml, mutated),
        "json": Kind("a.json", '{"a": [1, {"b": null}], "c": "村"}'.encode(), read_json, mutated),
        "scenario": Kind("own/scenario.toml", shipped, lambda p: loading.load(str(p.parent)), mutated),
        "strategy": Kind("s.toml", (strategy.FOLDER / "strong_leads_weak.toml").read_bytes(), lambda p: strategy.read_strategy(str(p)), mutated),
        "technology": Kind("y.toml", TECHNOLOGY.encode(), technology.read, mutated),
        "region": Kind("r.toml", (region.FOLDER / "zibo.toml").read_bytes(), lambda p: region.load(str(p)), mutated),
        "sweep": Kind("d.toml", SWEEP.encode(), reader.read_design, mutated),
        "alternatives": Kind("p.toml", PARTITION.encode(), lambda p: alternatives.load(p, jinxi), mutated),
        "table": Kind("t.csv", TABLE.encode(), read_table, mutated),
        "workbook": Kind("t.xlsx", workbook, read_table, mutated_inside),
        "history": Kind("h.csv", HISTORY.encode(), lambda p: history.read_history(p, jinxi), mutated),
        "projects": Kind("l.csv", PROJECTS.encode(), lambda p: projects.learn(projects.read_projects(p)), mutated),
        "manifest": Kind("swept/manifest.json", (swept / "manifest.json").read_bytes(), status_of, mutated),
        "input": Kind("swept/inputs/00.json", (swept / "inputs/00.json").read_bytes(), status_of, mutated),
        "posterior": Kind("draws.parquet", draws, read_draws, mutated_draws),
        "link": Kind("link.txt", LINK.encode(), read_link, mutated),
    }  # fmt: skip


def fuzz(inputs: dict[str, Kind], folder: Path, seed: int, rounds: int, until: float) -> Fuzzed:
    """Harm each kind of input in turn and read it."""
    fuzzed = Fuzzed(longest=dict.fromkeys(inputs, 0.0))
    fuzzed.bad += [
        f"{kind}: the good one: {end}"
        for kind, kind_of_input in inputs.items()
        if (end := _of_good(kind_of_input, folder)) != "read"
    ]
    for turn in range(rounds):
        for kind, kind_of_input in inputs.items():
            if time.monotonic() > until:
                return fuzzed
            luck = np.random.default_rng([seed, turn, *kind.encode()])
            (folder / kind_of_input.file).write_bytes(kind_of_input.harm(kind_of_input.good, luck))
            began = time.process_time()
            end = ending(kind_of_input, folder / kind_of_input.file)
            fuzzed.longest[kind] = max(fuzzed.longest[kind], time.process_time() - began)
            (folder / kind_of_input.file).write_bytes(kind_of_input.good)  # others may lie on it
            if end in ("read", "refused"):
                fuzzed.counts[f"{kind} {end}"] += 1
            else:
                fuzzed.bad.append(f"{kind}, seed {seed}, turn {turn}: {end}")
                print(fuzzed.bad[-1], file=sys.stderr, flush=True)
    return fuzzed


def _of_good(kind: Kind, folder: Path) -> str:
    (folder / kind.file).write_bytes(kind.good)
    return ending(kind, folder / kind.file)


def ending(kind: Kind, path: Path) -> str:
    """How reading a file ends: "read", "refused", or otherwise."""
    try:
        kind.read(path)
    except REFUSALS as error:
        return "refused" if error.message("zh") and error.message("en") else "no message"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    return "read"


def flip(folder: Path, seed: int, bits: int) -> tuple[int, list[str]]:
    """Flip one bit of a stored part at a time: how many were caught by read and by
    query, and which were not. `bits` -1: every bit of the part."""
    (folder / "sweep.toml").write_text(SWEEP, encoding="utf-8")
    carry_out(reader.read_design(folder / "sweep.toml"), folder / "out", workers=1)
    path = store.Store(folder / "out").path(0)
    body, caught, bad = path.read_bytes(), 0, []
    for bit in chosen_bits(8 * len(body), seed, bits):
        broken = bytearray(body)
        broken[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(bytes(broken))
        for ask in (store.read_runs, lambda place: store.query(place, "select count(*) from runs")):
            try:
                ask(folder / "out")
                bad.append(f"bit {bit} of {path.name}")
            except Refused:
                caught += 1
    path.write_bytes(body)
    return caught, bad


def chosen_bits(there: int, seed: int, wanted: int) -> Iterator[int]:
    """`wanted` bits out of `there` at random; all of them where that is -1."""
    if wanted < 0:
        return iter(range(there))
    return (int(bit) for bit in np.random.default_rng([seed, 99]).integers(0, there, wanted))


def main() -> int:
    """Carry out the look; figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--bits", type=int, default=1_000, help="bits to flip; -1: every one")
    parser.add_argument("--kinds", default="", help="only these, separated by commas")
    options = parser.parse_args()
    until = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as place:
        caught, missed = flip(Path(place), options.seed, options.bits)
        inputs = kinds(Path(place))
        wanted = options.kinds.split(",") if options.kinds else list(inputs)
        chosen = {name: inputs[name] for name in wanted}
        fuzzed = fuzz(chosen, Path(place), options.seed, options.rounds, until)
    summary: dict[str, Any] = {
        "inputs": sum(fuzzed.counts.values()) + len(fuzzed.bad),
        "by_kind": dict(sorted(fuzzed.counts.items())),
        "longest_s": {name: round(seconds, 2) for name, seconds in fuzzed.longest.items()},
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "bad": (missed + fuzzed.bad)[:50], "bad_count": len(missed + fuzzed.bad),
        "caught_by_read_and_query": caught,
    }  # fmt: skip
    print(json.dumps(summary, ensure_ascii=False, indent=1))
    return 1 if missed or fuzzed.bad else 0


if __name__ == "__main__":
    sys.exit(main())

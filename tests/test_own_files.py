"""All writing and deleting goes through sim/files.py and sim/kept.py: nowhere else can a file be
lost or left half written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ("sim", "wording", "experiments", "calibration", "interface", "village_alliances")
KEEPERS = ("sim/files.py", "sim/kept.py")
TOUCHES = re.compile(
    r"\.unlink\(|rmtree|os\.remove|os\.rename|os\.replace|\.write_text\(|\.write_bytes\(|\.rmdir\("
    r"|\.open\(\s*\"[wax]|\bopen\([^)]*[\"'][wax]b?[\"']"
)
# what writes under the unfinished name that it is given, into a buffer, or a line into a journal
FILLS = {
    "experiments/lock.py": 1,
    "experiments/store.py": 1,
    "sim/outputs.py": 1,
}


READS = re.compile(
    r"(?<!archive)\.read_text\(|\.read_bytes\(|\.open\((\"rb|encoding)|\bopen\([^)]*\"rb?\""
    r"|np\.load\((?!io\.)|pd\.read_\w+\((?!body|io\.)|pq\.(?:read_\w+|ParquetFile)\((?!pa\.BufferReader|body)"
)
# What reads no file but the package's own data, what was just written, or the cache's own code.
OWN_DATA = {
    "calibration/decisive.py",
    "calibration/evidence/__init__.py",
    "calibration/fit.py",
    "calibration/scores.py",
    "calibration/targets.py",
    "experiments/answer/comparison.py",
    "interface/commands/scenarios.py",
    "interface/dashboard/components/proposal.py",
    "interface/dashboard/components/taking.py",
    "interface/dashboard/pages/evidence.py",
    "interface/dashboard/predictions.py",
    "interface/dashboard/stored.py",
    "interface/sources.py",
    "sim/compiled.py",
    "sim/outputs.py",
    "sim/parameters.py",
    "sim/region.py",
    "sim/registered.py",
    "sim/sources.py",
    "sim/table/characters.py",
    "sim/uncertain.py",
    "wording/__init__.py",
}


def test_what_others_give_is_read_through_the_one_reader() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for part in PACKAGE
        for path in (ROOT / part).rglob("*.py")
        if READS.search(path.read_text("utf-8"))
    }
    assert readers - set(KEEPERS) == OWN_DATA


@pytest.mark.parametrize(
    "path",
    [p for part in PACKAGE for p in sorted((ROOT / part).rglob("*.py"))],
    ids=lambda p: p.relative_to(ROOT).as_posix(),
)
def test_only_the_keepers_of_files_write_and_delete(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    if name in KEEPERS:
        return
    lines = [line for line in path.read_text("utf-8").splitlines() if TOUCHES.search(line)]
    assert len(lines) <= FILLS.get(name, 0), lines

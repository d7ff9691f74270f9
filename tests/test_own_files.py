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
    "experiments/store.py": 2,
    "sim/outputs.py": 1,
}


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

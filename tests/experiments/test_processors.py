"""A sweep that was begun on another processor goes on here with the same bytes, or is
refused with the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from village_alliances.experiments import store
from village_alliances.interface.cli import main

ROOT = Path(__file__).parents[2]
OTHER = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA",
}
SWEEP = """
scenarios = ["jinxi"]
strategies = ["none", "strong_leads_weak"]
replicates = 40
runs_a_part = 20
"""


def begun(folder: Path, most: int) -> Path:
    """The file of a sweep of which another processor has made the first `most` runs."""
    asked = folder / "asked.toml"
    asked.write_text(SWEEP, encoding="utf-8")
    words = ["sweep", str(asked), "--out", str(folder / "begun"), "--max-runs", str(most)]
    subprocess.run(
        [sys.executable, "-m", "village_alliances", *words],
        cwd=ROOT, env={**os.environ, **OTHER}, check=True, capture_output=True,
    )  # fmt: skip
    return asked


def parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "parts").iterdir())}


@pytest.mark.slow
def test_what_another_processor_began_goes_on_here_or_is_refused(tmp_path, capsys, compiled_model):
    asked = begun(tmp_path, 20)
    theirs = json.loads((tmp_path / "begun/manifest.json").read_text("utf-8"))["version"]
    first = parts(tmp_path / "begun")
    code = main(["sweep", str(asked), "--out", str(tmp_path / "begun"), "--lang", "en"])
    said = capsys.readouterr().err
    if theirs["arithmetic"] != store.code_version()["arithmetic"]:
        assert code == 2 and "to another last bit" in said and parts(tmp_path / "begun") == first
        return
    assert code == 0
    assert main(["sweep", str(asked), "--out", str(tmp_path / "here")]) == 0
    assert parts(tmp_path / "begun") == parts(tmp_path / "here")

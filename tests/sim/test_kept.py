"""What can be made again is kept where it can be, never trusted when damaged, and never cleared
away with what is not ours."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from village_alliances.sim import compiled, kept

ROOT = Path(__file__).resolve().parents[2]
OLD = "{:016x}-numba0.61.2-py311"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch):
    """Set the variables that say where things are kept, and forget what was found before."""

    def ask(**variables: str) -> Path | None:
        for name in (kept.VARIABLE, "XDG_CACHE_HOME", "HOME", "TMPDIR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(kept.tempfile, "tempdir", None)
        kept.usable.cache_clear()
        return kept.usable()

    yield ask
    monkeypatch.undo()
    kept.usable.cache_clear()


def code_folder(place: Path, name: str, age: float, mark: str = compiled.COMPLETE) -> Path:
    folder = place / "code" / name
    folder.mkdir(parents=True)
    (folder / mark).write_text("")
    os.utime(folder, (time.time() - age,) * 2)
    return folder


def test_only_our_own_code_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = [code_folder(tmp_path, OLD.format(age), age) for age in range(1, 9)]
    theirs = [
        code_folder(tmp_path, "thesis", 1000),
        code_folder(tmp_path, "0123456789abcdef", 1000),
        code_folder(tmp_path, OLD.format(1000), 1000, mark="data.csv"),
    ]
    (tmp_path / "code" / "notes.txt").write_text("mine")
    (tmp_path / "code" / OLD.format(2000)).symlink_to(theirs[0], target_is_directory=True)
    current = code_folder(tmp_path, OLD.format(3000), 3000)
    monkeypatch.setattr(compiled, "CACHE", current)
    monkeypatch.setattr(compiled, "JIT", True)
    compiled.mark_compiled()
    left = {path.name for path in (tmp_path / "code").iterdir()}
    expected = {p.name for p in (*theirs, *ours[: compiled.OLDER_KEPT], current)}
    assert left == expected | {"notes.txt", OLD.format(2000)}
    assert (theirs[0] / compiled.COMPLETE).exists()


def test_an_empty_variable_counts_as_not_set(asked, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for variables in (
        {kept.VARIABLE: "", "XDG_CACHE_HOME": "", "HOME": str(home)},
        {"XDG_CACHE_HOME": "here", "HOME": str(home)},  # relative: to be ignored by the standard
    ):
        assert asked(**variables) == home / ".cache" / "village-alliances"
    assert asked(**{kept.VARIABLE: str(tmp_path / "own")}) == tmp_path / "own"
    assert kept.remark() is None


@pytest.mark.parametrize("blocked", ["file", "null"])
def test_without_a_writable_home_a_temporary_folder_serves_and_that_is_said(
    asked, tmp_path: Path, blocked: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "tmp").mkdir()
    home = {"file": str(tmp_path / "file"), "null": "/dev/null"}[blocked]
    question = asked(HOME=home, TMPDIR=str(tmp_path / "tmp"))
    assert question is not None
    assert question.parent == tmp_path / "tmp"
    assert question.stat().st_mode & 0o777 == 0o700
    said = kept.remark()
    assert said is not None
    assert str(question) in said
    assert str(question) in said.zh


def test_a_temporary_folder_of_somebody_else_is_not_trusted(asked, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    open_to_all = tmp_path / "tmp" / f"village-alliances-{os.getuid()}"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    assert asked(HOME="/dev/null", TMPDIR=str(tmp_path / "tmp")) is None
    said = kept.remark()
    assert said is not None
    assert "compiled anew each time" in said
    assert kept.user_folder().is_dir()


SCRIPT = """
from functools import partial
from pathlib import Path
from village_alliances.sim.compiled import compiled
@partial(compiled, source=Path(__file__))
def twice(x):
    return 2 * x + 0.5
assert twice(21.0) == 42.5
print("hits", sum(twice.stats.cache_hits.values()))
"""


@pytest.mark.slow
def test_damaged_machine_code_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)

    def hits() -> int:
        ran = subprocess.run(
            [sys.executable, str(tmp_path / "script.py")],
            env={**os.environ, kept.VARIABLE: str(tmp_path / "kept"), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        return int(ran.stdout.split()[1])

    assert (hits(), hits()) == (0, 1)
    files = list((tmp_path / "kept").rglob("*.nb?"))
    assert len(files) == 2
    for path in files:
        body = path.read_bytes()
        flipped = bytearray(body)
        flipped[len(body) * 2 // 3] ^= 4
        for damaged in (bytes(flipped), body[: len(body) // 2], b""):
            path.write_bytes(damaged)
            assert (hits(), hits()) == (0, 1), path.name


RULE = """
import numpy as np
from village_alliances.sim.compiled import compiled
WET = np.array([{wet}])
@compiled
def lost(cash):
    return {share} * cash * WET[0]
print(lost(100.0))
"""


@pytest.mark.parametrize("typed", [False, True], ids=["file", "typed in"])
def test_a_rule_of_ones_own_is_compiled_as_it_stands(tmp_path: Path, typed: bool) -> None:
    file = tmp_path / "rule.py"
    for share, wet in ((0.5, 1.0), (0.25, 1.0), (0.25, 2.0)):
        file.write_text(RULE.format(share=share, wet=wet))
        ran = subprocess.run(
            [sys.executable, "-" if typed else str(file)],
            input=file.read_text() if typed else "",
            env={**os.environ, kept.VARIABLE: str(tmp_path / "kept"), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert float(ran.stdout) == share * 100.0 * wet


def test_the_page_forgets_only_its_own_finished_sweeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("solara")
    from village_alliances.interface.dashboard import sweeps

    monkeypatch.setenv("VILLAGE_ALLIANCES_SWEEPS", str(tmp_path))
    monkeypatch.setattr(sweeps, "MOST_KEPT", 1)
    for age, (name, files) in enumerate(
        [("0" * 16, ("manifest.json", sweeps.FILE)), ("1" * 16, ("manifest.json", sweeps.FILE)),
         ("2" * 16, ("thesis.docx",)), ("projects", ("manifest.json", sweeps.FILE))]
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).write_text("")
        os.utime(tmp_path / name, (1e9 - age,) * 2)
    sweeps._tidy()
    assert sorted(os.listdir(tmp_path)) == ["0" * 16, "2" * 16, "projects"]

"""A changed file of each kind is seen by all that depends on it, and no scope leaves
out what its code imports."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from village_alliances.calibration import fit
from village_alliances.interface.dashboard import answers, predictions, stored
from village_alliances.sim import provenance, sources

from tests import test_floors as floors

ALL = {"model", "answer", "predictions"}
CHANGED = {
    "sim/rules/sharing.py": {*ALL, "compiled", "sweep", "posterior"},
    "sim/luck.py": {*ALL, "compiled", "sweep"},
    "sim/parameters.toml": {*ALL, "compiled", "sweep"},
    "sim/building.py": {*ALL, "sweep"},
    "sim/regions/ningbo.toml": ALL,
    "sim/strategies/enclave.toml": ALL,
    "sim/scenarios/jinxi/villages.csv": ALL,
    "experiments/sweep.py": {"sweep"},
    "experiments/compare.py": {"answer"},
    "wording/compare.toml": {"answer"},
    "calibration/targets.py": {"posterior", "predictions"},
    "calibration/evidence/figures.csv": {"predictions"},
    "interface/dashboard/charts.py": set(),
    "README.md": set(),
}
# The modules in which the work of a scope begins.
BEGINS = {
    "compiled": ("sim.quarter", "sim.rules.recording", "sim.arithmetic", "sim.luck"),
    "model": ("sim.ensemble", "sim.rerun"),
    "sweep": ("experiments.sweep",),
    "answer": ("experiments.compare", "experiments.verdict", "experiments.origin"),
    "predictions": ("calibration.validate",),
}
# They bring no number: texts, files and their bounds, folders, pages, pictures, the hash itself.
NO_MATTER = {
    "compiled": {
        "sim.kept",
        "sim.files",
        "sim.problems",
        "sim.sources",
        "sim.quarter",
        "sim.structured",
        "sim.toml_causes",
        "sim.worded",
        "wording",
    },
    "model": {"wording"},
    "sweep": {"experiments.requirement", "wording"},
    # the calibration's verdicts are in sim/posterior.toml; calibration.fit only reads them
    "answer": {"experiments.drawing", "experiments.fonts", "calibration.fit"},
    "predictions": {"experiments.drawing", "experiments.fonts", "wording"},
}


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all files of all scopes, in which one may be changed."""
    for scope in sources.SCOPES:
        for path in sources.files(scope):
            to = tmp_path / path.relative_to(sources.ROOT)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    return tmp_path


def change(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(b"\nchanged = 1\n")


def test_a_changed_file_is_seen_by_the_scopes_that_depend_on_it(copied: Path) -> None:
    for name, expected in CHANGED.items():
        before = {scope: sources.code(scope) for scope in sources.SCOPES}
        change(copied / name)
        after = {scope: sources.code(scope) for scope in sources.SCOPES}
        assert {s for s in after if after[s] != before[s]} == expected, name


def test_a_new_file_is_seen(copied: Path) -> None:
    before = sources.code("model")
    change(copied / "sim" / "strategies" / "new.toml")
    assert sources.code("model") != before


@pytest.mark.parametrize("scope", BEGINS)
def test_a_scope_holds_what_its_code_imports(scope: str) -> None:
    arrows = floors.arrows()
    reached, waiting = set(), list(BEGINS[scope])
    while waiting:
        if (name := waiting.pop()) not in reached | NO_MATTER[scope]:
            reached.add(name)
            waiting += arrows[name]
    held = {path.relative_to(sources.ROOT).as_posix() for path in sources.files(scope)}
    paths = {floors.MODULES[name].relative_to(floors.ROOT).as_posix() for name in reached}
    assert {p for p in paths - held if not p.endswith("__init__.py")} == set()


def test_every_pattern_finds_files() -> None:
    for scope, patterns in sources.SCOPES.items():
        assert [p for p in patterns if not list(sources.ROOT.glob(p))] == [], scope


def test_the_page_forgets_its_first_answer(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.loads(stored.DEFAULT.read_text(encoding="utf-8"))
    own = copied / "default.json"
    monkeypatch.setattr(stored, "fingerprint", answers.fingerprint.__wrapped__)  # of a new process
    own.write_text(json.dumps({**body, "code": stored.fingerprint()}), encoding="utf-8")
    monkeypatch.setattr(stored, "DEFAULT", own)
    assert stored.default_answer.__wrapped__() is not None
    for name in ("sim/strategies/enclave.toml", "sim/regions/ningbo.toml", "sim/building.py"):
        change(copied / name)
        assert stored.default_answer.__wrapped__() is None


def test_the_page_forgets_predictions(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.loads(predictions.STORED.read_text(encoding="utf-8"))
    own = copied / "predictions.json"
    body["belongs"] = provenance.fingerprint("predictions")
    own.write_text(json.dumps(body), encoding="utf-8")
    monkeypatch.setattr(predictions, "STORED", own)
    assert predictions.predictions.__wrapped__()
    change(copied / "calibration/split.toml")
    assert predictions.predictions.__wrapped__() == ()


def test_a_posterior_belongs_to_its_rules(copied: Path) -> None:
    before = fit.fingerprint()
    change(copied / "sim/rules/sharing.py")
    assert fit.fingerprint() != before


def test_own_posterior_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = provenance.fingerprint("answer")
    own = tmp_path / "posterior.parquet"
    own.write_bytes(b"a county's own")
    monkeypatch.setattr(provenance, "POSTERIOR", own)
    assert provenance.fingerprint("answer") != before
    assert provenance.fingerprint("answer").partition("-")[0] == before.partition("-")[0]


def test_arithmetic_sees_a_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    before = provenance.arithmetic()
    assert provenance.arithmetic() == before
    exps = provenance.own.exps
    monkeypatch.setattr(provenance.own, "exps", lambda x: np.nextafter(exps(x), 9e9))
    assert provenance.arithmetic() != before

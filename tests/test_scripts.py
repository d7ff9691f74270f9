"""docs/scripts.md: every section is a script that runs, and passes a strict type checker."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def scripts() -> dict[str, str]:
    """The Python of each section of the page, by its heading."""
    _, *parts = SECTION.split((ROOT / "docs/scripts.md").read_text(encoding="utf-8"))
    by_name = {
        title: "\n".join(BLOCK.findall(body)) for title, body in zip(parts[::2], parts[1::2])
    }
    return {title: code for title, code in by_name.items() if code}


def libraries(code: str) -> set[str]:
    """The packages that a script imports."""
    nodes = list(ast.walk(ast.parse(code)))
    names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


@pytest.mark.slow
@pytest.mark.parametrize("title", scripts())
def test_a_section_runs_as_it_stands(title: str, tmp_path: Path, compiled_model: None) -> None:
    code = scripts()[title]
    for name in libraries(code):
        pytest.importorskip(name)
    (tmp_path / "script.py").write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", "PYTHONUTF8": "1"}
    ran = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-3000:]


@pytest.mark.slow
def test_every_section_passes_a_strict_type_checker(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    package = tmp_path / "village_alliances"
    package.mkdir()
    for part in (*(ROOT / "village_alliances").iterdir(), *(ROOT / n for n in PARTS)):
        if part.name != "__pycache__":
            (package / part.name).symlink_to(part)
    (tmp_path / "scripts").mkdir()
    for i, code in enumerate(scripts().values()):
        if all(map(importlib.util.find_spec, libraries(code))):
            (tmp_path / "scripts" / f"script_{i}.py").write_text(code, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = true\nuntyped_calls_exclude = distributed, dask\nignore_missing_imports = true\ndisallow_subclassing_any = false\n"
        "[mypy-village_alliances.*]\nignore_errors = true\n"
        "[mypy-numba.*]\nfollow_imports = skip\n",
        "utf-8",
    )
    environment = {**os.environ, "MYPYPATH": str(tmp_path)}
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "scripts"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


PARTS = ("sim", "calibration", "experiments", "interface", "wording")

"""The blocks of CONTRIBUTING.md work as they stand, one after the other, in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.usefixtures("compiled_model")
def test_what_the_page_shows_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    done = []
    for kind, file, body in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if file:
            (tmp_path / file).write_text(body, encoding="utf-8")
        elif kind == "python":
            exec(compile(body, str(PAGE), "exec"), names)
            done.append(capsys.readouterr().out)
    assert len(done) == 3
    assert "gain_mean" in done[0] and "orchard_circle" in done[1] and done[2].strip() == "True"


def test_files_that_the_page_names_are_there() -> None:
    root = PAGE.parent
    named = set(re.findall(r"`((?:sim|docs|tests|benchmarks|wording|\.ci)/[\w./]*)`", PAGE.read_text(encoding="utf-8")))  # fmt: skip
    missing = {name for name in named if not (root / name).exists()}
    assert len(named) > 10 and not missing

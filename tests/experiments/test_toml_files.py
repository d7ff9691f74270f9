"""Every TOML file that a planner or a researcher writes is refused in the same words where a name
or a table is written wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from village_alliances.experiments import alternatives
from village_alliances.experiments.reader import read_design
from village_alliances.interface.dashboard.sweeps import design_of
from village_alliances.sim import region, technology
from village_alliances.sim.loading import load
from village_alliances.sim.strategy import read_strategy


def _scenario(path: Path) -> Any:
    (path.parent / "scenario.toml").write_bytes(path.read_bytes())
    return load(path.parent)


READERS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "technology": (technology.read, "[mushroom]"),
    "strategy": (lambda path: read_strategy(str(path)), "[title]"),
    "scenario": (_scenario, "[formation]"),
    "region": (region.load, "[culture]"),
    "sweep": (read_design, "[uncertainties]"),
    "page": (lambda path: design_of(path.read_text("utf-8")), "[uncertainties]"),
    "alternatives": (lambda path: alternatives.load(path, load("jinxi")), "[[partition]]"),
}


def refusal(read: Callable[[Path], Any], path: Path, text: str) -> Any:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as raised:
        read(path)
    return raised.value


@pytest.mark.parametrize("name", READERS)
def test_a_name_with_a_space_is_told_with_its_row_and_how_to_write_it(
    name: str, tmp_path: Path
) -> None:
    error = refusal(READERS[name][0], tmp_path / "own.toml", "\n[our shed]\nx = 1\n")
    assert "row 2: found" in error.message("en") and '["our shed"]' in error.message("en")
    assert "第 2 行" in error.message("zh") and '["our shed"]' in error.message("zh")


@pytest.mark.parametrize("name", READERS)
def test_a_value_in_place_of_a_table_is_told_the_heading(name: str, tmp_path: Path) -> None:
    read, heading = READERS[name]
    table = heading.strip("[]")
    error = refusal(read, tmp_path / "own.toml", f"{table} = 3\n")
    expected = error.message("en").split(f"column '{table}': found '3'; expected ")[1]
    assert f" {heading}" in expected.splitlines()[0]
    assert heading in error.message("zh")

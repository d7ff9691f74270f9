"""Small tables for proposals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from village_alliances.sim.loading import load
from village_alliances.sim.scenario import Scenario

HEAD = "name,township,lon,lat,industry,stage,collective_income,population,idle_land,developed_land,capacity,ability,tenure,reserves,debt"


def row(
    name: str,
    lon: float,
    lat: float,
    *,
    township: str = "甲镇",
    industry: str = "tea",
    stage: str = "grow",
    income: float = 80_000,
    idle: float = 100,
    developed: float = 60,
    capacity: float = 0.4,
    ability: float = 0.5,
    reserves: float = 200_000,
) -> str:
    """A village of which everything is known."""
    return f"{name},{township},{lon},{lat},{industry},{stage},{income},1000,{idle},{developed},{capacity},{ability},2,{reserves},0"


@pytest.fixture
def table(tmp_path: Path) -> Callable[[list[str]], Scenario]:
    """Writes rows as a table and loads it."""

    def write(rows: list[str]) -> Scenario:
        path = tmp_path / "villages.csv"
        path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
        return load(path, years=4)

    return write


@pytest.fixture
def six(table: Callable[[list[str]], Scenario]) -> Scenario:
    """Six villages a kilometre apart, unlike in means and talent."""
    return table(
        [
            row(
                f"村{n}",
                121.4 + 0.01 * (n % 3),
                29.6 + 0.01 * (n // 3),
                income=20_000 * (n + 1),
                ability=0.3 + 0.1 * n,
                idle=40 * n + 20,
            )
            for n in range(6)
        ]
    )

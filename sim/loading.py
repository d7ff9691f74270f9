"""A scenario from what a planner names: a shipped one, a folder, a file, a table in memory."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from village_alliances.sim import region as regions
from village_alliances.sim.arguments import check
from village_alliances.sim.folder import read_folder
from village_alliances.sim.own_table import own_table
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.table import read_bytes, read_table
from village_alliances.sim.table.memory import as_frame

FOLDER = Path(__file__).parent / "scenarios"


def names() -> list[str]:
    """The shipped scenarios."""
    return sorted(path.parent.name for path in FOLDER.glob("*/scenario.toml"))


def load(
    source: Any,
    *,
    region: str | Path | regions.Region = "",
    start: int = 0,
    years: int = 0,
    sheet: str = "",
    columns: Mapping[str, str] | None = None,
) -> Scenario:
    """A scenario from what a planner names: a shipped one, a folder, a .csv or an .xlsx;
    or from a table in memory.

    A table in memory is a DataFrame of pandas or polars, or an Arrow table, read as a file of its
    columns would be. `region` (a name, a .toml file or a Region), `start` and `years` complete an
    own table (default: ningbo, 2024, 6); for a shipped scenario `years` alone counts. `sheet` and
    `columns` (heading -> field) say how to read an own table. Raises TableError with every problem
    at once, FileNotFoundError if there is nothing of that name.
    """
    check(region=region, start=start, years=years, sheet=sheet, columns=columns)
    if not isinstance(source, (str, Path)):
        table = as_frame(source, "villages").to_csv(index=False).encode()
        return own_table(
            read_bytes(table, "table.csv", columns=columns),
            region=region or "ningbo",
            start=start or 2024,
            years=years or 6,
        )
    text = str(source)
    if text in names():
        scenario = _shipped(text)
        return scenario.lasting(years) if years else scenario
    path = Path(text)
    if path.is_dir():
        if not (path / "scenario.toml").exists():
            raise FileNotFoundError(
                f"{path}: a scenario folder holds scenario.toml and villages.csv; "
                f"scenario.toml is missing"
            )
        scenario = read_folder(path)
        return scenario.lasting(years) if years else scenario
    if not path.exists() and not path.suffix:
        raise FileNotFoundError(
            f"{text!r} is neither a scenario ({', '.join(names())}) nor a file or folder"
        )
    return own_table(
        read_table(path, sheet=sheet, columns=columns),
        region=region or "ningbo",
        start=start or 2024,
        years=years or 6,
    )


def _shipped(name: str) -> Scenario:
    """A shipped scenario of the caller's own: what is changed in it is changed nowhere else."""
    scenario: Scenario = pickle.loads(_pickled(name))
    return scenario


@cache
def _pickled(name: str) -> bytes:
    return pickle.dumps(read_folder(FOLDER / name), pickle.HIGHEST_PROTOCOL)

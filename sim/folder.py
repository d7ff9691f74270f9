"""A scenario from a folder of scenario.toml and villages.csv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from village_alliances.sim import region as regions
from village_alliances.sim.assembly import Assembly
from village_alliances.sim.parameters import lever_values
from village_alliances.sim.scenario import Scenario, tick_of
from village_alliances.sim.shapes import ScenarioFile
from village_alliances.sim.structured import read_toml, shaped
from village_alliances.sim.table import read_table
from village_alliances.sim.worded import worded


def read_folder(path: Path) -> Scenario:
    """The scenario of a folder. Raises TableError with every problem of both files at once."""
    toml = path / "scenario.toml"
    body = shaped(str(toml), ScenarioFile, read_toml(toml))
    table = read_table(path / "villages.csv") if (path / "villages.csv").exists() else None
    rows: list[dict[str, Any]] = [dict(row) for row in table.rows] if table else []
    assembly = Assembly(rows, toml)
    for number, block in enumerate(body.draw):
        assembly.add_block(block, number)
    given = assembly.ally(body.alliance, body.start)
    levers = dict(body.levers)
    if body.formation and body.formation.enabled:
        middle = body.formation.places_mid
        middle = tick_of(middle, body.start) if isinstance(middle, str) else middle
        share = body.formation.places_share
        levers = {
            "formation": 1.0, "places_share": share, "places_mid": float(middle), **levers
        }  # fmt: skip
        try:
            lever_values(1, {"places_mid": float(middle)})
        except ValueError as error:
            expected = worded("problems.folder.quarter", error=error)
            assembly.wrong("formation.places_mid", str(body.formation.places_mid), expected)
    counted = assembly.count(body.counted)
    assembly.check({k: t.value for k, t in body.totals.items() if k != "area_km2"})
    return assembly.scenario(
        name=body.name,
        title=body.title,
        region=regions.load(body.region).during(body.start, body.years),
        start=body.start,
        years=body.years,
        given=tuple(given),
        totals={k: t.value for k, t in body.totals.items() if k != "area_km2"},
        counted=counted,
        levers=levers,
        type=body.type,
        level=body.level,
        case=body.case,
        summary=body.summary,
        notes=body.notes,
        source=str(path),
        area=body.totals["area_km2"].value if "area_km2" in body.totals else None,
        table=table,
    )

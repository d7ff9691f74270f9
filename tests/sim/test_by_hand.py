"""Two tables worked out by hand, yuan by yuan: docs/byhand.md. The test reads the
figures there and plays them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from village_alliances.sim.quarter import run
from village_alliances.sim.rules.rates import set_rates
from village_alliances.sim.society import ENDOWMENTS

from .worlds import QUIET_COUNTY, STILL, build, project, strategy, table, village

pytestmark = pytest.mark.usefixtures("compiled_model")

PAGE = Path(__file__).parents[2] / "docs" / "byhand.md"
ONE = {**STILL, "least_project": 10000.0, "savings_rate": 0.2, "bank_rate": 0.02, "foresight": 2.0}
TWO = {**ONE, "management_effect": 1.0, "manager_span": 1e7, "savings_rate": 0.1}


def written(heading: str) -> list[dict[str, float | str]]:
    """The rows of the first table under a heading: column -> number, or text where it is none."""
    body = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1]
    lines = [line for line in body.split("\n## ")[0].splitlines() if line.startswith("|")]
    names, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(names, map(number, row), strict=True)) for row in rows]


def number(text: str) -> float | str:
    plain = text.replace(",", "")
    return float(plain) if re.fullmatch(r"-?\d+(\.\d+)?", plain) else text


def one_village():
    place = table([village(0, reserves=50000), village(1, name="w", county="far")], alone=True)
    shop = project("shop", profit_rate=0.1, overhead=1000.0)
    levers = {**QUIET_COUNTY}
    return build(place, "none", mode="point", fixed=ONE, levers=levers, types=(shop,), years=1), 1


def two_villages():
    rows = [
        village(0, name="A", ability=0.8, capacity=0.8, collective_income=200000),
        village(1, name="B", ability=0.4, capacity=0.4, collective_income=40000),
    ]
    place = table([{**row, "alliance": "AB", "lead": "yes" if row["name"] == "A" else "no", "founded": "2024Q1"} for row in rows])  # fmt: skip
    orchard = project("orchard", ("pieces", "land"), unit_cost=2000.0, profit_rate=0.2, overhead=2000.0, management=1.0)  # fmt: skip
    levers = {**QUIET_COUNTY, "grant_per_village": 40000.0, "grant_years": 1.0, "own_money": 0.0, "shared_ability": 1.0}  # fmt: skip
    fixed = {**TWO, "meeting_learning": 0.0, "mentoring_rate": 0.0}
    society = build(place, strategy(plenaries_per_year=0), mode="point", fixed=fixed, levers=levers, types=(orchard,), years=2)  # fmt: skip
    society.endowment[:] = 0.0
    for name in ("land", "pieces"):
        society.endowment[:, ENDOWMENTS.index(name)] = [60.0, 40.0]
    society.villages.site[:] = 1.0
    society.villages.firm_jobs[:] = society.villages.firm[:] = 0
    set_rates(society, 0)
    return society, 2


def test_one_village_and_one_project():
    society, _ = one_village()
    society.accounts.fund[:2] = 50000.0
    index = int(np.argmax(society.villages.county == society.villages.county[0]))
    for row in written("One village, one project"):
        run(society, [int(row["quarter"]) - 1])
        figures = {
            "capital": society.capital[index, 0],
            "profit a year": society.villages.project_income[index],
            "operating income": society.villages.operating_income[index],
            "cash": society.accounts.fund[index],
        }
        for name, value in figures.items():
            assert value == pytest.approx(row[name], abs=0.006), (row["quarter"], name)


def test_two_villages_and_one_orchard():
    society, villages = two_villages()
    society.accounts.fund[:2] = 0.0
    for row in written("Two villages, one orchard"):
        run(society, [int(row["quarter"]) - 1])
        g = villages
        figures = {
            "capital": society.capital[g, 0],
            "mu in use of A": society.signed_away[0, 0],
            "mu in use of B": society.signed_away[1, 0],
            "profit a year": society.accounts.profit[g],
            "to A": society.villages.alliance_income[0],
            "to B": society.villages.alliance_income[1],
            "income of A": society.villages.operating_income[0],
            "income of B": society.villages.operating_income[1],
            "cash of the alliance": society.accounts.fund[g],
            "cash of A": society.accounts.fund[0],
            "cash of B": society.accounts.fund[1],
        }
        for name, value in figures.items():
            assert value == pytest.approx(row[name], abs=0.006), (row["quarter"], name, value)

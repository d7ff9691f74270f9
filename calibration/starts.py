"""Where villages start, against what is reported: a row a quantity, for docs/validation.md."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from village_alliances.calibration import evidence
from village_alliances.sim.building import build
from village_alliances.sim.loading import load
from village_alliances.sim.scenario import Scenario

RUNS = 16
COUNTIES, TOWNSHIPS, VILLAGES = 10, 13, 11  # a made-up city of the size of Anqing: 1,430 villages
TOP = 0.15  # of villages, whose incomes tell the exponent of the tail


def city() -> Scenario:
    """A city of Anqing's size of which only names and places are known."""
    rows = [
        (f"v{county}-{township}-{village}", f"t{county}-{township}", f"c{county}", "city")
        for county in range(COUNTIES)
        for township in range(TOWNSHIPS)
        for village in range(VILLAGES)
    ]
    table = pd.DataFrame(rows, columns=["name", "township", "county", "city"])
    return load(table, region="anqing", start=2019)


def drawn(scenario: Scenario) -> dict[str, np.ndarray]:
    """Columns of villages at their start, each (runs, villages); places (villages,)."""
    society = build(scenario, "none", runs=RUNS, mode="prior")
    villages, n = society.villages, scenario.size
    columns = {
        name: getattr(villages, name).reshape(RUNS, n)
        for name in ("start_income", "start_villager", "debt", "site", "trend")
    }
    columns["reserves"] = society.accounts.fund[: RUNS * n].reshape(RUNS, n)
    places = {name: getattr(villages, name)[:n] for name in ("county", "township")}
    return {**columns, **places}


def tail(incomes: np.ndarray) -> float:
    """Pareto exponent of the top villages of each run (Hill), averaged over runs."""
    top = np.sort(incomes, axis=1)[:, -max(2, int(TOP * incomes.shape[1])) :]
    return float(np.mean(1.0 / np.log(top / top[:, :1]).mean(axis=1)))


def between(values: np.ndarray, places: np.ndarray) -> float:
    """Part of the variance of values (runs, villages) that lies between places, by analysis of
    variance, averaged over runs."""
    places = np.unique(places, return_inverse=True)[1]
    sizes = np.bincount(places)
    parts = []
    for row in values:
        means = np.bincount(places, row) / sizes
        within = ((row - means[places]) ** 2).sum() / (row.size - sizes.size)
        among = (sizes * (means - row.mean()) ** 2).sum() / (sizes.size - 1)
        part = max(0.0, (among - within) / sizes.mean())
        parts.append(part / (part + within))
    return float(np.mean(parts))


def bond(income: np.ndarray, other: np.ndarray) -> float:
    """Rank correlation of two columns over all runs."""
    first, second = (np.argsort(np.argsort(column.ravel())) for column in (income, other))
    return float(np.corrcoef(first, second)[0, 1])


def reported(id: str, scale: float = 1.0) -> float:
    """A figure of the register."""
    return evidence.named(id).value * scale


def rows() -> list[tuple[str, Any, Any]]:
    """Quantity, what is reported ('' where nothing is), what is drawn."""
    anqing, fenghua, zibo = (
        drawn(scenario) for scenario in (city(), load("fenghua"), load("zibo"))
    )
    income = anqing["start_income"]
    logs = {name: np.log(part["start_income"]) for name, part in (("anqing", anqing), ("fenghua", fenghua), ("zibo", zibo))}  # fmt: skip
    county, township = reported("operated-income-by-county"), reported("operated-income-by-township")  # fmt: skip
    rents = reported("operated-gain-by-township") / (1 - reported("operated-gain-by-county"))
    share = "{:.0%}".format
    yuan = "{:,.0f}".format
    within = [
        ("50,000 yuan or less of operating income, Anqing", share(reported("X001", 0.01)), share((income < 5e4).mean())),
        ("50,000 to 100,000", share(reported("X002", 0.01)), share(((income >= 5e4) & (income < 1e5)).mean())),
        ("100,000 to 300,000", share(reported("X003", 0.01)), share(((income >= 1e5) & (income < 3e5)).mean())),
        ("over 500,000", share(reported("X004", 0.01)), share((income > 5e5).mean())),
        ("mean operating income, Anqing (yuan)", yuan(reported("X005")), yuan(income.mean())),
        ("mean debt, Anqing (yuan)", yuan(reported("X007")), yuan(anqing["debt"].mean())),
        ("mean debt, Fenghua (yuan); the country's is reported", yuan(reported("X015")), yuan(fenghua["debt"].mean())),
        ("mean debt, Zibo (yuan); the country's is reported", yuan(reported("X015")), yuan(zibo["debt"].mean())),
    ]  # fmt: skip
    tails = [
        (f"Pareto exponent of the top {TOP:.0%}, {name}", f"{reported('operated-income-tail'):.2g} (operated villages)", f"{tail(part['start_income']):.2f}")
        for name, part in (("Anqing", anqing), ("Fenghua", fenghua), ("Zibo", zibo))
    ]  # fmt: skip
    places = [
        ("part of the variance of log income between counties, Anqing", share(county), share(between(logs["anqing"], anqing["county"]))),
        ("between townships, counties included, Anqing", share(county + township), share(between(logs["anqing"], anqing["township"]))),
        ("between townships of one county, Fenghua", share(township / (1 - county)), share(between(logs["fenghua"], fenghua["township"]))),
        ("between townships of one county, Zibo", share(township / (1 - county)), share(between(logs["zibo"], zibo["township"]))),
        ("rents between townships of one county, Fenghua", share(rents), share(between(np.log(fenghua["site"]), fenghua["township"]))),
        ("income a head between townships, Fenghua", "", share(between(np.log(fenghua["start_villager"]), fenghua["township"]))),
        ("growth without alliances between townships, Fenghua", "", share(between(fenghua["trend"], fenghua["township"]))),
        ("sd of a village's growth against its region's (points a year), Fenghua", "", f"{100 * fenghua['trend'].std():.1f}"),
    ]  # fmt: skip
    bonds = [
        (f"rank correlation of income and {name}, Anqing", "", f"{bond(income, anqing[name]):.2f}")
        for name in ("debt", "reserves", "site")
    ]
    bonds.append(("of debt and reserves", "", f"{bond(anqing['debt'], anqing['reserves']):.2f}"))
    return [*within, *tails, *places, *bonds]

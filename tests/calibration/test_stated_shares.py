"""What the documents state of whole counties holds in the distributions and scenarios
drawn from."""

import csv
import tomllib
from math import exp, log
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from village_alliances.calibration.evidence import figure
from village_alliances.sim import region
from village_alliances.sim.region import names

SIM = Path(__file__).parents[2] / "sim"


def toml(path: str) -> dict[str, Any]:
    return tomllib.loads((SIM / path).read_text(encoding="utf-8"))


def share_under(distribution: dict[str, Any], limit: float) -> float:
    """Of a lognormal before truncation."""
    return NormalDist(log(distribution["median"]), distribution["sd"]).cdf(log(limit))


def test_zibo_has_its_small_villages():
    population = toml("regions/zibo.toml")["distributions"]["population"]
    small = share_under(population, figure("zibo-small-threshold").value)
    assert small == pytest.approx(
        figure("zibo-small-villages").value / figure("zibo-admin-villages").value, abs=0.002
    )


def test_ningbo_villagers_reach_the_income_of_2021_along_the_trend():
    place = region.load("ningbo")
    income = place.distributions["villager_income"]
    years = 2021 - income.year
    growth = place.during(income.year + 1, years).trend["villager_income"].value
    mean_2021 = income.median * exp(income.sd**2 / 2) * (1 + growth) ** years
    assert mean_2021 == pytest.approx(figure("ningbo-rural-income-2021").value, rel=0.02)


def test_jinxi_households_have_their_size():
    size = toml("regions/ningbo.toml")["distributions"]["household_size"]["mean"]
    assert size == pytest.approx(
        figure("jinxi-population").value / figure("jinxi-households").value, abs=0.005
    )


@pytest.mark.parametrize("name", names())
def test_every_region_says_where_its_numbers_come_from(name):
    region = toml(f"regions/{name}.toml")
    assert region["name"] == name
    for share in (region["industry"]["share"], region["stage"]["share"]):
        assert sum(share.values()) == pytest.approx(1)
    sourced = [
        *region["trend"].values(),
        *region["distributions"].values(),
        *region["correlation"].values(),
    ]
    for entry in [
        *sourced,
        *(region[part] for part in ("industry", "stage", "culture", "geography", "elections")),
    ]:
        assert entry.get("assumption") or entry.get("evidence"), entry
    for entry in [*region["trend"].values(), *region["distributions"].values()]:
        centre = entry.get("value", entry.get("median", entry.get("mean")))
        assert entry["low"] < centre < entry["high"] and entry["unit"]


def villages_of(name: str) -> list[dict[str, str]]:
    with (SIM / "scenarios" / name / "villages.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_fenghua_scenario_counts():
    draws = toml("scenarios/fenghua/scenario.toml")["draw"]
    named = villages_of("fenghua")
    assert len(named) + sum(draw["count"] for draw in draws) == figure("fenghua-admin-units").value
    top = [float(row["collective_income"].replace("<", "").split("-")[-1]) for row in named]
    counted = toml("scenarios/fenghua/scenario.toml")["counted"]
    tops = top + [count.get("high", 1e12) for count in counted for _ in range(count["count"])]
    weak = sum(value <= 50_000 for value in tops)
    assert weak == figure("fenghua-weak-villages-lifted-2018").value
    strong = sum(value > 1_150_000 for value in tops)
    assert strong == figure("fenghua-strong-villages").value


def test_zibo_scenario_counts():
    draws = toml("scenarios/zibo/scenario.toml")["draw"]
    assert sum(draw["count"] for draw in draws) == figure("zibo-admin-villages").value
    assert (
        sum(draw["count"] for draw in draws if draw["cells"]["population"].endswith("-500"))
        == figure("zibo-small-villages").value
    )

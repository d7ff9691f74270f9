"""The patterns that the model must show (docs/ODD.md, Purpose), over runs at middle
parameters; sizes are printed (-s)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import run, step
from village_alliances.sim.society import REFUSED

pytestmark = pytest.mark.usefixtures("compiled_model")
Say = Callable[..., None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def out(text: str, **sizes: float) -> None:
        sizes_said = ", ".join(f"{name} {size:.3g}" for name, size in sizes.items())
        with capsys.disabled():
            print(f"\n  {text}: {sizes_said}", end="")

    return out


@cache
def county(strategy: str, runs: int = 2) -> Any:
    """Villages of Fenghua after its ten years, allied by themselves."""
    levers = {"formation": 1.0, "places_mid": 4.0, "places_share": 0.6}
    society = build(load("fenghua"), strategy, runs=runs, mode="point", levers=levers)
    return run(society, range(society.calendar.size))


@cache
def jinxi(years: int = 6, runs: int = 200) -> Any:
    """The five villages of Jinxi with and without their alliance."""
    return run_together(
        load("jinxi"), {"it": "strong_leads_weak"}, runs=runs, mode="point", years=years
    )


def test_collective_income_is_very_unequal_and_household_income_is_not(say: Say) -> None:
    society = county("none").villages
    collective = np.std(np.log(np.maximum(society.operating_income, 1000.0)))
    household = np.std(np.log(society.villager_income))
    say("log sd after ten years", collective=collective, household=household)
    assert collective > 0.7 and collective > 3.0 * household


def test_an_alliance_changes_the_weakest_most_in_relative_terms_and_the_strong_little(
    say: Say,
) -> None:
    with_ = county("strong_leads_weak", runs=480).villages
    without = county("none", runs=480).villages
    member = with_.alliance >= 0
    relative = (with_.operating_income - without.operating_income) / with_.start_income
    weak = np.median(relative[member & (with_.start_income < 100_000)])
    strong = np.median(relative[member & (with_.start_income > 500_000)])
    say("median gain over start income", weak=weak, strong=strong)
    assert weak > 0.0 and weak > 4 * abs(strong)


def test_gains_come_with_a_lag_of_years(say: Say) -> None:
    path = np.nanmean(jinxi().strategies["it"].trajectory("gain_members"), axis=0)
    say("part of the gain of year 6", **{f"after_{year}": path[year] / path[6] for year in (1, 3)})
    assert path[1] < 0.25 * path[6]
    assert path[6] > path[4] > path[2]


def test_own_money_follows_public_money(say: Say) -> None:
    it = jinxi().strategies["it"]
    public, own = (float(np.nanmean(it.outcome(name))) for name in ("public_cost", "own_money"))
    say("yuan of own money a yuan of public money", ratio=own / public)
    assert 0.1 < own / public < 2.0


def test_members_who_gain_little_go_quiet_rather_than_leave(say: Say) -> None:
    it = jinxi().strategies["it"]
    quiet, left = (float(np.nanmean(it.outcome(name))) for name in ("quiet_members", "leaves"))
    say("members after six years", quiet=quiet, left=left)
    assert quiet > 10 * left


def test_a_strong_village_refuses_more_often_than_the_rest(say: Say) -> None:
    levers = {"formation": 1.0, "places_mid": 2.0, "places_share": 0.6}
    place = load("fenghua")
    society = build(place, "strong_leads_weak", runs=2, mode="point", levers=levers, log=True)
    refused = []
    for tick in range(12):
        step(society, tick)
        events = society.log[: society.log_size[0]]
        refused += events.village[events.event == REFUSED].tolist()
    strong = society.villages.start_income > 1_000_000
    often = np.isin(np.arange(strong.size), refused)
    say("share that refused", strong=often[strong].mean(), rest=often[~strong].mean())
    assert often[strong].mean() > often[~strong].mean()

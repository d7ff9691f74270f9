"""The plain Mesa model of the benchmarks is the same model: equal to the compiled rules on the same draws, to 1e-9."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.quarter import FLOWS, QUARTER, step
from village_alliances.sim.rules.campaign import lift_weak
from village_alliances.sim.rules.formation import form, move
from village_alliances.sim.rules.solo import build_alone
from village_alliances.sim.scenario import Scenario, load
from village_alliances.sim.society import ALLIANCE, DISSOLVED, FREE, VILLAGE

from benchmarks.county import county
from benchmarks.plain_mesa import County

RULES = tuple(rule for rule in QUARTER if rule not in (form, move, lift_weak, build_alone))
RELATIVE = 1e-9
YUAN = 1e-3
POINTERS = ("alliance", "posted_from", "mentor")
OF_VILLAGES = [v.name for v in VILLAGE if v.name not in ("id", "run", *POINTERS)]
OF_ALLIANCES = [
    v.name
    for v in ALLIANCE
    if v.name not in ("key", "number", "strategy", "forced", "lead", "top", "worked", "grant")
]
TWIN_SAYS = {
    "members": "size",
    "strength": "total_strength",
}  # where the twin has another name for a variable
STRATEGIES = ("none", "strong_leads_weak", "industry_chain", "cross_border")
LEVERS = {
    "a county that ranks and rewards": {"reward_first": 3e5, "reshuffle_last": 1.0, "grant_weak_first": 0.5, "retention": 1.0},
    "township cadres lead": {"township_head": 1.0, "plenaries": 12.0, "border_agreement": 1.0, "posting": 0.0, "departures": 0.0},
    "shocks": {
        "market_quarter": 9.0, "market_shock": -0.4, "pandemic_quarter": 14.0, "pandemic_shock": -0.3, "funding_cut_quarter": 8.0,
        "leader_loss_quarter": 11.0,
    },
    "little of everything": {"mentoring": 0.0, "elections": 0.0, "moves": 0.0, "grant_per_village": 0.0, "returnee_pool": 2.0},
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("compiled_model")


def side_by_side(
    scenario: Scenario, strategy: str, years: int, **how: Any
) -> Iterator[tuple[Any, County]]:
    """The compiled society and its twin, quarter by quarter."""
    society = build(scenario, strategy, years=years, **how)
    twin = County(society)
    for tick in range(4 * years):
        step(society, tick, RULES)
        twin.step()
        yield society, twin


def same(ours: Any, theirs: Any, when: str, least: float = RELATIVE) -> None:
    ours, theirs = np.array(ours, float), np.array(theirs, float)
    np.testing.assert_allclose(
        ours.reshape(theirs.shape), theirs, rtol=RELATIVE, atol=least, err_msg=when
    )


def assert_same(society: Any, twin: County) -> None:
    """Every variable of villages, alliances and the run's money is the same number."""
    when = f"after {twin.tick} quarters: "
    villages = list(twin.villages)
    place = {village: at for at, village in enumerate(villages)} | {None: -1}
    for name in OF_VILLAGES:
        same(
            [getattr(village, name) for village in villages], getattr(society.v, name), when + name
        )
    for name in ("posted_from", "mentor"):
        assert [place[getattr(village, name)] for village in villages] == getattr(
            society.v, name
        ).tolist(), when + name
    if society.belief.size:
        same([village.belief for village in villages], society.belief, when + "belief")
    for name in FLOWS:
        same(getattr(twin, name), society.r[name][0], when + name, YUAN)
    slots = np.flatnonzero((society.a.status != FREE) & (society.a.status != DISSOLVED))
    by_key = {int(alliance.key): alliance for alliance in twin.alliances}
    assert sorted(by_key) == sorted(society.a.key[slots].tolist()), when + "alliances"
    alliances = [by_key[int(key)] for key in society.a.key[slots]]
    for name in OF_ALLIANCES:
        same(
            [getattr(alliance, TWIN_SAYS.get(name, name)) for alliance in alliances],
            society.a[name][slots],
            f"{when}{name} of alliances",
        )
    for name in ("lead", "top"):
        assert [place[getattr(alliance, name)] for alliance in alliances] == society.a[name][
            slots
        ].tolist(), when + name
    same([alliance.strength for alliance in alliances], society.strength[slots], when + "strength")
    for kind, name in enumerate(("ventures", "properties")):
        same(
            [getattr(alliance, name) for alliance in alliances],
            society.building[slots, kind],
            when + name,
        )
    number = dict(zip(alliances, slots.tolist(), strict=True)) | {None: -1}
    assert [number[village.alliance] for village in villages] == society.v.alliance.tolist(), (
        when + "who is in which alliance"
    )
    for alliance in alliances:
        assert [place[village] for village in alliance.members] == np.flatnonzero(
            society.v.alliance == number[alliance]
        ).tolist()


def assert_same_record(society: Any, twin: County) -> None:
    """Every recorded outcome of every year is the same number."""
    collected = twin.datacollector.get_model_vars_dataframe()
    assert tuple(collected.columns) == NAMES
    for at, name in enumerate(NAMES):
        same(collected[name], society.series[0, :, at], name, YUAN * RELATIVE)
    assert twin.status == society.r.status[0]


@pytest.mark.parametrize("mode", ["point", "prior"])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    ("name", "years"), [("jinxi", 6), ("chunhu", 10), ("sanshi-wudi", 6), ("county", 10)]
)
def test_the_twin_is_the_same_model(name: str, years: int, strategy: str, mode: Any) -> None:
    scenario, runs = (county(), (0,)) if name == "county" else (load(name), (0, 1, 2))
    for run in runs:
        for society, twin in side_by_side(
            scenario, strategy, years, mode=mode, runs=np.array([run], np.uint64)
        ):
            assert_same(society, twin)
        assert_same_record(society, twin)


@pytest.mark.parametrize("strategy", ["area_integration", "village_enterprise"])
@pytest.mark.parametrize("levers", LEVERS.values(), ids=LEVERS)
def test_the_twin_knows_every_lever(levers: dict[str, float], strategy: str) -> None:
    for society, twin in side_by_side(county(12), strategy, 6, mode="prior", levers=levers, seed=5):
        assert_same(society, twin)
    assert_same_record(society, twin)


def test_the_comparison_would_notice_a_difference() -> None:
    for society, twin in side_by_side(load("jinxi"), "strong_leads_weak", 1, mode="point"):
        assert_same(society, twin)
    next(iter(twin.villages)).reserves += 1.0
    with pytest.raises(AssertionError, match="reserves"):
        assert_same(society, twin)

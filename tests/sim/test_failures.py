"""What each strategy risks follows from mechanisms: for each, the events and columns through which it can fail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.metrics import INDEX
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import load
from village_alliances.sim.society import EVENTS
from village_alliances.sim.strategy import names

RUNS = 80


class Story:
    """Many runs with all their events: counts by kind and tick, and the society at the end."""

    def __init__(
        self,
        strategy: str,
        scenario: str = "jinxi",
        runs: int = RUNS,
        years: int = 8,
        fixed: Mapping[str, Any] | None = None,
        mode: Mode = "point",
        **levers: float,
    ):
        self.society = build(
            load(scenario),
            strategy,
            runs=runs,
            mode=mode,
            years=years,
            levers=levers,
            fixed=fixed,
            log=True,
        )
        # the log's room is one run's: take a block apart by stepping with a larger one
        self.society.log = np.zeros(
            (400 + 12 * load(scenario).size) * runs, self.society.log.dtype
        ).view(np.recarray)
        self.events: list[tuple[int, str, int, int, float]] = []
        for tick in range(4 * years):
            step(self.society, tick)
            assert self.society.log_size[1] == 0
            for e in self.society.log[: self.society.log_size[0]]:
                self.events.append(
                    (tick, EVENTS[e.event], int(e.run), int(e.village), float(e.amount))
                )

    def count(self, kind: str, from_tick: int = 0) -> int:
        return sum(1 for tick, event, *_ in self.events if event == kind and tick >= from_tick)

    def amount(self, kind: str) -> float:
        return sum(amount for _, event, _, _, amount in self.events if event == kind)

    def outcome(self, name: str, year: int = -1) -> float:
        return float(self.society.series[:, year, INDEX[name]].mean())


def test_strong_leads_weak_leans_on_one_secretary() -> None:
    """Losing the lead's secretary is an event, and mentoring brings less from then on; leading costs the lead capacity."""
    calm = Story("strong_leads_weak", departures=0.0, elections=0.0)
    lost = Story("strong_leads_weak", departures=0.0, elections=0.0, leader_loss_quarter=8.0)
    assert lost.count("secretary_replaced") > calm.count("secretary_replaced") == 0
    assert lost.outcome("gain_base") < 0.8 * calm.outcome("gain_base")
    v = calm.society.v
    mentors = np.unique(v.mentor[v.mentor >= 0])
    assert mentors.size > 0
    assert (v.capacity[mentors] < v.alone_capacity[mentors]).mean() > 0.5


@pytest.mark.parametrize("strategy", ["industry_chain", "chain_extension"])
def test_one_market_carries_all(strategy: str) -> None:
    """A fallen market takes part of the brand's income away, which an alliance living on property keeps."""
    levers = {"market_shock": -0.7, "market_quarter": 20.0}
    shocked, calm = Story(strategy, "chunhu", **levers), Story(strategy, "chunhu")
    assert shocked.outcome("gain_brand") < 0.8 * calm.outcome("gain_brand")
    steady, before = Story("enclave", "chunhu", **levers), Story("enclave", "chunhu")
    assert steady.outcome("gain_venture") > 0.85 * before.outcome(
        "gain_venture"
    )  # its few ventures fall too


def test_cross_border_spends_cohesion_on_borders() -> None:
    open_, shut = (
        Story("cross_border", "sanshi-wudi", fixed={"border_friction": f}) for f in (0.08, 0.35)
    )
    assert shut.outcome("cohesion") < open_.outcome("cohesion")
    assert open_.society.a.borders[open_.society.a.status == 2].min() >= 0.5


def test_project_ends_with_its_money() -> None:
    """Without the public money there are fewer new projects, and what was built wears."""
    ended, lasting = Story("project", years=14), Story("project", years=14, grant_years=14.0)
    assert ended.count("project_begun", 24) < 0.7 * lasting.count("project_begun", 24)
    assert ended.outcome("gain_venture", 14) < 0.8 * lasting.outcome("gain_venture", 14)


def test_village_enterprise_falls_with_its_firm() -> None:
    """The promise of a fixed dividend is kept from the fund when a market falls: the fund shrinks, projects fail to follow."""
    calm, fallen = (
        Story("village_enterprise", "chunhu"),
        Story("village_enterprise", "chunhu", market_shock=-1.2, market_quarter=12.0),
    )
    assert fallen.society.a.fund.sum() < calm.society.a.fund.sum()
    assert fallen.amount("dividend") < calm.amount("dividend")


def test_enclave_builds_no_capacity() -> None:
    enclave, talent = Story("enclave"), Story("talent_driven")
    assert enclave.outcome("gain_venture") > talent.outcome("gain_venture")
    assert enclave.outcome("gain_base") < 0.3 * talent.outcome("gain_base")


def test_culture_builds_cohesion_and_little_income() -> None:
    culture, chain = Story("culture"), Story("industry_chain")
    assert culture.outcome("cohesion") > chain.outcome("cohesion")
    assert culture.outcome("gain_mean") < 0.6 * chain.outcome("gain_mean")


def test_service_sharing_saves_but_hardly_earns() -> None:
    story = Story("service_sharing")
    assert story.outcome("gain_mean") < 0.6 * Story("industry_chain").outcome("gain_mean")
    assert story.society.r.services.sum() > 0


def test_mutual_aid_erodes_its_own_price_by_sameness() -> None:
    story = Story("mutual_aid", "chunhu", fixed={"sameness_erosion": 150.0})
    assert (story.society.v.brand_income < 0).any()
    assert story.outcome("gain_brand") < Story(
        "mutual_aid", "chunhu", fixed={"sameness_erosion": 20.0}
    ).outcome("gain_brand")


def test_urban_rural_jobs_close_when_money_ends() -> None:
    ended, lasting = (
        Story("urban_rural", years=14),
        Story("urban_rural", years=14, grant_years=14.0),
    )
    assert ended.society.a.jobs.sum() < 0.8 * lasting.society.a.jobs.sum()
    assert ended.outcome("villager_gain") < lasting.outcome("villager_gain")


def test_talent_driven_loses_its_talent() -> None:
    kept, lost = (
        Story("talent_driven", departures=0.0),
        Story("talent_driven", fixed={"departure_rate": 0.08}),
    )
    assert lost.count("secretary_left") > 0 == kept.count("secretary_left")
    assert lost.outcome("gain_base") < kept.outcome("gain_base")


def test_resource_complement_hangs_on_projects_that_may_fail() -> None:
    story = Story("resource_complement")
    assert story.count("project_failed") > 0
    sound = Story("resource_complement", fixed={"venture_success": 0.85})
    risky = Story("resource_complement", fixed={"venture_success": 0.5})
    assert risky.count("project_failed") > sound.count("project_failed")
    assert risky.outcome("gain_venture") < sound.outcome("gain_venture")


def test_governance_earns_nothing_and_goes_on_paper() -> None:
    story = Story("governance", "fenghua", runs=4, years=10, mode="prior")
    assert story.outcome("gain_mean") < 0.5 * Story(
        "mutual_aid", "fenghua", runs=4, years=10, mode="prior"
    ).outcome("gain_mean")
    assert story.count("on_paper") > 0


def test_area_integration_pays_with_time() -> None:
    """Seventeen obligatory meetings a year bind, but each costs time: effort is lower than with four."""
    many, few = Story("area_integration"), Story("area_integration", plenaries=4.0)
    assert many.society.a.meetings_sum.sum() > few.society.a.meetings_sum.sum()
    assert many.outcome("effort", 1) < few.outcome("effort", 1)


def test_none_cannot_fail_and_cannot_gain() -> None:
    story = Story("none")
    assert story.outcome("gain_mean") == 0.0
    assert not [e for e in story.events if e[1] in ("founded", "joined", "dividend", "grant")]


def test_every_strategy_has_its_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in names() if f'"{name}"' not in text] == []


def test_a_mix_of_everything_does_not_win_by_adding_up() -> None:
    """A strategy with the strengths of all is thinned by attention: it stays under the best of them."""
    from village_alliances.sim.strategy import Strategy, shipped

    everything = {}
    for name in names():
        for channel, strength in shipped(name).channels.items():
            everything[channel] = min(10.0, everything.get(channel, 0.0) + strength)
    glutton = Strategy(
        name="everything", title={"en": "everything", "zh": "全部"}, channels=everything
    )
    scenario = load("jinxi")
    best = max(
        float(np.nanmean(run_ensemble(scenario, name, runs=150, mode="point").outcome("gain_mean")))
        for name in names()
    )
    all_at_once = float(
        np.nanmean(run_ensemble(scenario, glutton, runs=150, mode="point").outcome("gain_mean"))
    )
    assert all_at_once < best

"""What can go wrong with an alliance goes wrong by a mechanism: what strategy files name as
risks happens in the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.ledger import make_room
from village_alliances.sim.loading import load
from village_alliances.sim.model import AllianceModel
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import step
from village_alliances.sim.society import EVENTS, MEASURES, ORDERS
from village_alliances.sim.strategy import Strategy, names, shipped

pytestmark = pytest.mark.usefixtures("compiled_model")
RUNS = 48
TOGETHER = {"moves": 0.0}  # nobody leaves or goes quiet


class Story:
    """Many runs of a strategy with all their events: how often each kind happened and when, and
    what was learned and charged."""

    def __init__(
        self,
        strategy: str | Strategy,
        scenario: str = "jinxi",
        years: int = 6,
        fixed: Mapping[str, Any] | None = None,
        mode: Mode = "point",
        **levers: float,
    ) -> None:
        setting = load(scenario)
        self.society = build(
            setting, strategy, runs=RUNS, mode=mode, years=years, fixed=fixed,
            levers={**TOGETHER, **levers}, log=True,
        )  # fmt: skip
        make_room(self.society, setting.size)
        self.counts: Counter[tuple[str, int]] = Counter()
        self.learned, self.costs, self.cohesion = [], [], []
        for tick in range(4 * years):
            step(self.society, tick)
            size, lost = self.society.log_size
            assert lost == 0
            happened = self.society.log.event[:size].tolist()
            self.counts.update((EVENTS[event], tick) for event in happened)
            self.learned.append(float(self.society.villages.learned.mean()))
            self.costs.append(float(self.society.villages.membership_cost.mean()))
            self.cohesion.append(float(self.society.alliances.cohesion.mean()))

    def count(self, kind: str, first: int = 0) -> int:
        """How often a kind of event happened from a quarter on, in all runs."""
        return sum(n for (name, tick), n in self.counts.items() if name == kind and tick >= first)


def gains(strategy: str | Strategy, scenario: str = "jinxi", **options: Any) -> float:
    """Mean gain over being alone at the end, yuan a year."""
    ensembles = run_together(load(scenario), {"it": strategy}, runs=RUNS, mode="point", **options)
    return float(np.nanmean(ensembles.strategies["it"].outcome("gain_mean")))


def test_much_hangs_on_one_secretary() -> None:
    """Where the lead's secretary is lost, members learn less from then on; the
    others' own secretaries stay."""
    still = {"departures": 0.0, "elections": 0.0}
    calm = Story("strong_leads_weak", **still)
    lost = Story("strong_leads_weak", **still, leader_loss_quarter=8.0)
    assert calm.count("secretary_replaced") == 0 < lost.count("secretary_replaced") <= RUNS
    assert lost.learned[7] == calm.learned[7] and lost.learned[8] < 0.95 * calm.learned[8]
    assert lost.learned[-1] < calm.learned[-1]


def test_the_one_who_teaches_has_less_time_at_home() -> None:
    story = Story("strong_leads_weak")
    tops = story.society.alliances.top[story.society.alliances.top >= 0]
    assert tops.size == RUNS and (story.society.villages.lent[tops] < 0.0).all()


def test_borders_take_from_what_is_signed_in_and_an_agreement_gives_some_of_it_back() -> None:
    def signed(**options: Any) -> float:
        story = Story("cross_border", "sanshi-wudi", **options)
        return float(story.society.villages.signed.mean())

    open_, shut = (signed(fixed={"border_friction": friction}) for friction in (0.05, 0.5))
    agreed = signed(fixed={"border_friction": 0.5}, agreement=1.0)
    torn = signed(fixed={"border_friction": 0.5}, agreement=0.0)
    assert shut < 0.9 * open_ and torn < agreed == shut


def test_what_public_money_began_ends_with_it() -> None:
    """Where members put nothing in, an alliance of two years of grants has less
    at work than one of eight."""
    ended = Story("project", years=8, grant_years=2.0, own_money=0.0)
    lasting = Story("project", years=8, grant_years=8.0, own_money=0.0)
    assert ended.count("grant", 9) == 0 < lasting.count("grant", 9)
    granted = [story.society.alliances.granted.sum() for story in (ended, lasting)]
    assert granted[0] < 0.5 * granted[1]
    capital = [
        story.society.capital[story.society.villages.size :].sum() for story in (ended, lasting)
    ]
    assert capital[0] < 0.6 * capital[1]


def test_orders_go_with_the_firm() -> None:
    calm = Story("village_enterprise", "yuelin", fixed={"firm_hazard": 0.0})
    left = Story("village_enterprise", "yuelin", fixed={"firm_hazard": 0.0}, firm_loss_quarter=12.0)
    assert calm.count("firm_left") == 0 < left.count("firm_left")
    assert calm.society.accounts.orders.sum() > 0.0 == left.society.accounts.orders.sum()
    orders = (left.society.needs == ORDERS).any(axis=1)
    assert orders.any(), "a project type lives on orders"
    at_work = [story.society.capital[:, orders].sum() for story in (calm, left)]
    assert at_work[1] < 0.05 * at_work[0]


def test_an_alliance_that_only_invests_elsewhere_builds_no_capacity() -> None:
    enclave, talent = Story("enclave"), Story("talent_driven")
    assert enclave.learned[-1] < 0.6 * talent.learned[-1]
    silent = Story("enclave", plenaries=0.0, fixed={"special_meetings": 0.12})
    assert silent.learned[-1] < 0.05 * enclave.learned[-1]


def test_what_is_learned_fades_when_the_pair_stops_to_meet() -> None:
    model = AllianceModel("jinxi", "talent_driven", mode="point", levers=TOGETHER)
    while model.tick < 12:
        model.step()
    pupil = max(model.villages, key=lambda village: village.learned)
    learned = pupil.learned
    pupil.alliance = None
    assert pupil.learned == learned > 0.0, "it takes with it what it learned"
    for _ in range(8):
        model.step()
    fading = model.society.parameters.fading[0]
    held = learned * (1.0 - fading) ** 8
    assert pupil.learned <= held * (1.0 + 1e-9) < learned


def test_a_promise_is_kept_at_the_leads_cost_in_bad_years() -> None:
    """Of two leads whose alliances promise a fixed dividend, the one whom a pandemic meets has
    less, its members the same."""
    options: dict[str, Any] = {"sharing": 3.0, "township_head": 0.0, "own_money": 0.0}
    fixed = {"closing_rate": 0.0}
    calm = Story("mutual_aid", "chunhu", fixed=fixed, **options)
    ill = Story(
        "mutual_aid", "chunhu", fixed=fixed, pandemic_quarter=22.0, pandemic_shock=-1.5, **options
    )
    leads = calm.society.alliances.lead[calm.society.alliances.lead >= 0]
    members = np.flatnonzero(calm.society.villages.alliance >= 0)
    others = np.setdiff1d(members, leads)
    had, has = (story.society.villages.alliance_income for story in (calm, ill))
    lost_by_leads, lost_by_others = ((had - has)[who].sum() for who in (leads, others))
    assert lost_by_leads > 0.02 * had[others].sum() > 0.0
    assert abs(lost_by_others) < 0.2 * lost_by_leads


def test_meetings_and_measures_cost_all_members() -> None:
    many, few = Story("area_integration"), Story("area_integration", plenaries=4.0)
    assert many.costs[-1] > few.costs[-1] > Story("enclave").costs[-1]
    assert many.cohesion[-1] > few.cohesion[-1], "and bind"
    events = Story("culture")
    plain = Story(shipped("culture").model_copy(update={"measures": ()}))
    assert events.costs[-1] > plain.costs[-1] and events.cohesion[-1] > plain.cohesion[-1]


def test_what_services_save_is_households_and_the_collective_pays() -> None:
    served = shipped("service_sharing")
    plain = served.model_copy(update={"name": "plain", "measures": ()})
    ensembles = run_together(
        load("jinxi"), {"served": served, "plain": plain}, runs=RUNS, mode="point", levers=TOGETHER
    ).strategies
    income = {name: ensemble.outcome("gain_mean").mean() for name, ensemble in ensembles.items()}
    heads = {name: ensemble.outcome("villager_gain").mean() for name, ensemble in ensembles.items()}
    assert income["served"] < income["plain"] and heads["served"] > heads["plain"]


def test_projects_that_fail_more_often_bring_less() -> None:
    sound, risky = (
        {f"{name}.fail": fail for name in ("enclave", "let", "orchard", "solar")}
        for fail in (0.02, 0.6)
    )
    few, often = (Story("resource_complement", fixed=value) for value in (sound, risky))
    assert often.count("failed") > 3 * few.count("failed") > 0
    profits = [story.society.runs.profits.mean() for story in (few, often)]
    assert profits[1] < profits[0]


def test_members_who_expect_no_gain_go_quiet_and_the_alliance_ends_on_paper() -> None:
    """Where meetings cost more than acting together brings, members stop to come."""
    dear, cheap = (
        Story("enclave", fixed={"meeting_cost": yuan}, moves=1.0, pact=4.0)
        for yuan in (3000.0, 1.0)
    )
    assert dear.count("on_paper") == RUNS > 4 * cheap.count("on_paper")
    assert (dear.society.alliances.active == 0).all() and (cheap.society.alliances.active > 0).any()


def test_who_takes_every_measure_pays_for_every_one_and_does_not_win_by_it() -> None:
    everything = shipped("enclave").model_copy(
        update={"name": "everything", "measures": MEASURES, "plenaries_per_year": 12.0}
    )
    best = max(gains(name) for name in names() if name != "none")
    assert gains(everything) < best


def test_none_cannot_fail_and_cannot_gain() -> None:
    story = Story("none")
    assert not [kind for kind, _ in story.counts if kind in ("founded", "joined", "grant", "quiet")]
    assert gains("none") == 0.0

"""Nothing comes from nowhere: money, capital, land, stakes and members add up in every quarter, and the log tells the same story."""

from __future__ import annotations

from collections import Counter
from math import fsum
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from village_alliances.sim.quarter import FLOWS, step
from village_alliances.sim.society import (
    ABSORBED,
    ALLIANCE,
    BEGUN,
    CAMPAIGN,
    DISSOLVED,
    DIVIDEND,
    ENDED,
    EVENTS,
    FAILED,
    FOUNDED,
    FREE,
    GONE,
    GRANT,
    JOINED,
    LEFT,
    LENT_OUT,
    MEETING,
    REFUSED,
    REPLACED,
    REWARD,
    RIPENED,
    SWITCHED,
)
from village_alliances.sim.strategy import names

from tests.sim.strategies_for_tests import Case, restless, societies

pytestmark = pytest.mark.usefixtures("compiled_model")

YUAN = 0.01
MONEY_IN = ("earned", "profits", "services", "transfers", "grants", "solo_grants", "salvaged")
MONEY_OUT = ("spent", "interest", "land_cost", "invested", "works_cost")
ASSETS = (
    "capital",
    "enclave",
    "building_sum",
    "power",
    "outside",
    "works",
    "jobs",
    "brand",
    "fund",
    "venture_chest",
    "enclave_chest",
)


def by_run(society: Any, values: np.ndarray) -> list[float]:
    """Sums of a column or a field of the alliances by run, without rounding on the way."""
    return [
        fsum(part.ravel().tolist()) for part in np.split(np.asarray(values, float), society.r.size)
    ]


def cash(society: Any) -> list[float]:
    """Money that villages and alliances of each run hold."""
    parts = [
        by_run(society, values)
        for values in (society.v.reserves, society.v.solo_fund, society.a.fund)
    ]
    return [fsum(amounts) for amounts in zip(*parts, strict=True)]


def capital(society: Any) -> list[float]:
    """Money of each run that is tied up in what works or is being built. Outside capital is not the society's own."""
    values = [society.a.capital, society.a.enclave, society.a.building_sum, society.v.solo_capital]
    if society.solo_building.size:
        values.append(society.solo_building)
    return [
        fsum(amounts) for amounts in zip(*(by_run(society, value) for value in values), strict=True)
    ]


def flow(society: Any, r: int, names: tuple[str, ...]) -> float:
    return fsum(float(society.r[name][r]) for name in names)


# Money


@example(restless())
@given(societies())
def test_money_balances_in_every_quarter(case: Case) -> None:
    society = case.build()
    held = cash(society)
    for tick in range(case.ticks):
        step(society, tick)
        now = cash(society)
        for r in range(case.runs):
            expected = flow(society, r, MONEY_IN) - flow(society, r, MONEY_OUT)
            assert now[r] - held[r] == pytest.approx(expected, abs=YUAN, rel=0), f"quarter {tick}"
        held = now


@example(restless())
@given(societies())
def test_what_is_invested_is_capital_or_written_off_or_salvaged(case: Case) -> None:
    society = case.build()
    tied = capital(society)
    for tick in range(case.ticks):
        step(society, tick)
        now = capital(society)
        for r in range(case.runs):
            expected = flow(society, r, ("invested",)) - flow(
                society, r, ("written_off", "salvaged")
            )
            assert now[r] - tied[r] == pytest.approx(expected, abs=YUAN, rel=0), f"quarter {tick}"
        tied = now


@example(restless())
@given(societies())
def test_money_between_villages_and_alliances_is_counted_once(case: Case) -> None:
    """What villages put in and what they get back are the two flows inside the society."""
    for tick, society in case.quarters():
        put = by_run(society, society.v.contributed)
        for r in range(case.runs):
            assert put[r] == pytest.approx(society.r.contributed[r], abs=YUAN, rel=0), tick
        np.testing.assert_allclose(
            society.v.collective_income,
            society.v.base_income
            + society.v.granted_income
            + society.v.land_income
            + society.v.brand_income
            + society.v.venture_income,
            rtol=1e-12,
            atol=1e-6,
        )


@example(restless())
@given(societies())
def test_public_money_adds_up_to_its_sums(case: Case) -> None:
    sums = np.zeros((3, case.runs))
    for tick, society in case.quarters():
        sums += [society.r.grants, society.r.transfers, society.r.solo_grants]
        for total, name in zip(sums, ("grants_sum", "transfers_sum", "solo_sum"), strict=True):
            if name != "solo_sum" and (society.l.retention > 0).any():
                assert (society.r[name] >= total - YUAN).all(), "prizes of secretaries come on top"
            else:
                np.testing.assert_allclose(
                    society.r[name], total, rtol=1e-12, atol=YUAN, err_msg=f"{name}, quarter {tick}"
                )
        np.testing.assert_allclose(society.r.solo_grants, case.solo, rtol=1e-12)


@given(societies(solo=False), st.sampled_from(names()))
def test_money_that_comes_with_or_without_alliance_is_the_same_under_all_strategies(
    case: Case, other: str
) -> None:
    one, two = case.build(), case.build(portfolio=other)
    for tick in range(case.ticks):
        step(one, tick)
        step(two, tick)
        for name in ("transfers", "transfers_sum", "campaign_sum"):
            assert one.r[name].tolist() == two.r[name].tolist(), f"{name}, quarter {tick}"


@example(restless())
@given(societies())
def test_every_flow_is_cleared_before_its_quarter(case: Case) -> None:
    one, other = case.build(), case.build()
    for name in FLOWS:
        other.r[name][:] = 1e9
    step(one, 0)
    step(other, 0)
    assert one.r.tobytes() == other.r.tobytes()


# Land, stakes, projects


@example(restless())
@given(societies())
def test_land_changes_its_use_and_not_its_size(case: Case) -> None:
    society = case.build()
    v = society.v
    columns = ("idle", "planted", "growing", "developed")

    def lives() -> tuple[np.ndarray, np.ndarray]:
        return sum(getattr(v, name) for name in columns), sum(
            getattr(v, f"alone_{name}") for name in columns
        )

    start = lives()
    for tick in range(case.ticks):
        step(society, tick)
        for mu, before in zip(lives(), start, strict=True):
            np.testing.assert_allclose(mu, before, rtol=1e-10, atol=1e-9, err_msg=f"quarter {tick}")


@example(restless())
@given(societies())
def test_stakes_of_an_alliance_are_those_of_its_members(case: Case) -> None:
    for tick, society in case.quarters():
        allied = society.v.alliance >= 0
        stakes = np.bincount(
            society.v.alliance[allied], society.v.stake[allied], minlength=society.a.size
        )
        alive = (society.a.status != FREE) & (society.a.status != DISSOLVED)
        np.testing.assert_allclose(
            society.a.stakes[alive], stakes[alive], rtol=1e-9, atol=YUAN, err_msg=f"quarter {tick}"
        )


@example(restless())
@given(societies())
def test_money_in_building_is_that_of_the_projects_under_way(case: Case) -> None:
    for tick, society in case.quarters():
        np.testing.assert_allclose(
            society.a.building_sum,
            society.building.sum(axis=(1, 2)),
            rtol=1e-9,
            atol=YUAN,
            err_msg=f"quarter {tick}",
        )


@example(restless())
@given(societies())
def test_what_is_put_by_is_part_of_the_fund(case: Case) -> None:
    for tick, society in case.quarters():
        put_by = society.a.venture_chest + society.a.enclave_chest
        assert (put_by <= society.a.fund + YUAN + 1e-9 * put_by).all(), f"quarter {tick}"


@example(restless())
@given(societies())
def test_an_ended_alliance_leaves_nothing_behind(case: Case) -> None:
    for _, society in case.quarters():
        gone = (society.a.status == FREE) | (society.a.status == DISSOLVED)
        for name in (*ASSETS, "members"):
            assert not society.a[name][gone].any(), name
        assert not society.building[gone].any()


def test_every_field_of_assets_is_one_of_an_alliance() -> None:
    assert set(ASSETS) <= {v.name for v in ALLIANCE}


# The log


def events(society: Any) -> list[Any]:
    """The quarter's events in the order in which they were written; none may have been lost for want of room."""
    assert society.log_size[1] == 0, f"{society.log_size[1]} events found no room"
    return list(society.log[: society.log_size[0]])


class Replay:
    """Who is where, by the log alone. `merged` holds alliances whose members went into another one, until their end is told."""

    def __init__(self) -> None:
        self.where: dict[int, int] = {}
        self.merged: set[int] = set()

    def members(self, alliance: int) -> int:
        return sum(place == alliance for place in self.where.values())

    def take(self, e: Any) -> None:
        village, alliance = int(e.village), int(e.alliance)
        if e.event == FOUNDED:
            assert self.members(alliance) == 0, "founded in a slot that is taken"
        elif e.event == JOINED:
            if village in self.where:
                self.merged.add(self.where[village])
            self.where[village] = alliance
        elif e.event in (LEFT, SWITCHED):
            assert self.where.pop(village) == alliance, "left an alliance that it was not in"
        elif e.event in (ENDED, ABSORBED):
            self.merged.discard(alliance)
            self.where = {who: place for who, place in self.where.items() if place != alliance}


def test_the_restless_case_is_restless() -> None:
    """It is there to be watched by the tests of this file: without switches and mergers they would see too little."""
    told, mergers = Replay(), 0
    for _, society in restless().quarters(log=True):
        for e in events(society):
            before = len(told.merged)
            told.take(e)
            mergers += len(told.merged) > before
    assert society.r.switches.sum() > 0 and mergers > 0


@example(restless())
@given(societies())
def test_the_log_tells_who_is_where(case: Case) -> None:
    """Founded, joined, left, switched and ended, replayed, give the members that the society has."""
    told = Replay()
    counts: Counter[tuple[int, int]] = Counter()
    for tick, society in case.quarters(log=True):
        for e in events(society):
            assert e.tick == tick
            assert EVENTS[e.event]
            assert e.run == e.village // case.scenario.size
            counts[int(e.event), int(e.run)] += 1
            told.take(e)
        assert not told.merged, "a second alliance joined without leaving the first"
        allied = np.flatnonzero(society.v.alliance >= 0)
        assert told.where == dict(
            zip(allied.tolist(), society.v.alliance[allied].tolist(), strict=True)
        ), tick
        for r in range(case.runs):
            assert counts[FOUNDED, r] == society.r.founded_sum[r]
            assert counts[ENDED, r] == society.r.ended_sum[r]
            assert counts[LEFT, r] == society.r.exits[r]
            assert counts[SWITCHED, r] == society.r.switches[r]
            assert counts[REFUSED, r] == society.r.refusals[r]


@example(restless())
@given(societies(solo=False))
def test_amounts_in_the_log_add_up_to_the_flows(case: Case) -> None:
    told = Replay()
    campaign = np.zeros(case.runs)
    for tick, society in case.quarters(log=True):
        paid, granted, begun = (np.zeros(case.runs) for _ in range(3))
        for e in events(society):
            if e.event in (DIVIDEND, LEFT, SWITCHED) or (
                e.event == ENDED and told.members(int(e.alliance)) > 0
            ):
                paid[e.run] += e.amount
            elif e.event in (GRANT, REWARD):
                granted[e.run] += e.amount
            elif e.event == BEGUN:
                begun[e.run] += e.amount
            elif e.event == CAMPAIGN:
                campaign[e.run] += e.amount
            told.take(e)
        np.testing.assert_allclose(
            paid, society.r.dividends, rtol=1e-9, atol=YUAN, err_msg=f"dividends, quarter {tick}"
        )
        for amounts, name in ((granted, "grants"), (begun, "invested"), (campaign, "campaign_sum")):
            np.testing.assert_allclose(
                amounts, society.r[name], rtol=1e-9, atol=YUAN, err_msg=f"{name}, quarter {tick}"
            )


@example(restless())
@given(societies(solo=False))
def test_projects_in_the_log_ripen_or_fail_once(case: Case) -> None:
    """Money begun, less ripened, failed and what an end stops, is the money in building of each run."""
    under_way: Counter[int] = Counter()
    told = Replay()
    for tick, society in case.quarters(log=True):
        for e in events(society):
            village, alliance = int(e.village), int(e.alliance)
            if e.event == BEGUN:
                assert e.amount > 0
                under_way[alliance] += e.amount
            elif e.event in (RIPENED, FAILED):
                under_way[alliance] -= e.amount
            elif e.event == ENDED:
                under_way[alliance] = 0
            elif (
                e.event == JOINED and village in told.where
            ):  # by a merger, with all that is being built
                under_way[alliance] += under_way.pop(told.where[village], 0)
            told.take(e)
        money = np.array([under_way[k] for k in range(society.a.size)], float)
        np.testing.assert_allclose(
            money, society.a.building_sum, rtol=1e-9, atol=YUAN, err_msg=f"quarter {tick}"
        )


@example(restless())
@given(societies())
def test_meetings_dividends_and_secretaries_in_the_log_are_those_of_the_columns(case: Case) -> None:
    for _, society in case.quarters(log=True):
        written = events(society)
        meetings = np.zeros(society.a.size)
        dividends = np.zeros(society.v.id.size)
        for e in written:
            if e.event == MEETING:
                meetings[e.alliance] += e.amount
            elif e.event == DIVIDEND:
                dividends[e.village] += e.amount
            elif e.event in (REPLACED, GONE, LENT_OUT):
                assert 0 <= e.amount <= 1
        assert (dividends == society.v.dividend).all()
        assert (meetings == society.a.meetings)[society.a.status != DISSOLVED].all()
        changed = {int(e.village) for e in written if e.event == REPLACED}
        assert {int(e.village) for e in written if e.event == GONE} <= changed
        assert set(np.flatnonzero(society.v.tenure == 0).tolist()) >= changed

"""The ledger agrees with the model's own books to the cent, changes nothing, and
prospects tell what it found."""

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.ledger import ENDS, Ledger, make_room
from village_alliances.sim.loading import load
from village_alliances.sim.prospects import prospects
from village_alliances.sim.quarter import QUARTER, step

pytestmark = pytest.mark.usefixtures("compiled_model")
CASES = [
    ("jinxi", "strong_leads_weak", {}),
    ("jinxi", "mutual_aid", {"campaign_floor": 60000.0, "campaign_start": 2.0, "pact": 4.0}),
    ("chunhu", "village_enterprise", {"sharing": 3.0, "township_head": 0.0, "pact": 4.0}),
    ("chunhu", "project", {"sharing": 1.0, "firm_loss_quarter": 6.0}),
]


def society_of(name, strategy, levers, runs=4):
    society = build(load(name), strategy, runs=runs, levers=levers, log=True, years=6)
    make_room(society, society.villages.size // runs)
    return society


@pytest.mark.parametrize(("name", "strategy", "levers"), CASES)
def test_profits_and_dividends_project_by_project_sum_to_the_accounts(name, strategy, levers):
    society = society_of(name, strategy, levers)
    ledger = Ledger(society)
    rules, rows = ledger.watching(QUARTER), society.villages.size
    brought = 0.0
    for tick in range(society.calendar.size):
        step(society, tick, rules)
        brought += society.runs.profits.sum()
        brought -= 0.25 * ledger.interest.sum()
        own = ledger.profit[:rows].sum(axis=1) + ledger.interest[:rows]
        np.testing.assert_allclose(own, society.villages.project_income, atol=1e-6)
        there = np.isin(society.alliances.status, (1, 2))
        theirs = ledger.profit[rows:].sum(axis=1) + ledger.interest[rows:]
        np.testing.assert_allclose(theirs[there], society.accounts.profit[rows:][there], atol=1e-6)
        np.testing.assert_allclose(ledger.dividends(society).sum(axis=1), ledger.paid, atol=1e-6)
        ledger.close(society, tick)
    assert sum(project.profit for project in ledger.projects) == pytest.approx(brought, abs=0.01)


@pytest.mark.parametrize(("name", "strategy", "levers"), CASES)
def test_every_project_that_is_there_is_in_the_ledger_and_every_other_has_ended(
    name, strategy, levers
):
    society = society_of(name, strategy, levers)
    ledger = Ledger(society)
    rules = ledger.watching(QUARTER)
    for tick in range(society.calendar.size):
        step(society, tick, rules)
        ledger.close(society, tick)
    held = society.capital + society.building > 1e-6
    alive = {(p.account, p.type) for p in ledger.projects if p.ended is None}
    assert alive == {tuple(pair) for pair in np.argwhere(held).tolist()}
    for project in ledger.projects:
        assert (project.ended is None) == (project.end is None)
        assert project.end is None or (
            project.end in ENDS and project.begun <= project.ended < society.calendar.size
        )
        assert project.cost > 0.0
        assert project.works_from is None or project.works_from >= project.begun


def test_looking_on_changes_no_bit():
    watched, plain = society_of(*CASES[0]), society_of(*CASES[0])
    ledger = Ledger(watched)
    rules = ledger.watching(QUARTER)
    for tick in range(watched.calendar.size):
        step(watched, tick, rules)
        ledger.close(watched, tick)
        step(plain, tick)
    assert watched.villages.real.tobytes() == plain.villages.real.tobytes()
    assert watched.accounts.real.tobytes() == plain.accounts.real.tobytes()


def test_prospects_are_the_ledgers_projects_by_given_alliance_and_type():
    rows = prospects("jinxi", "strong_leads_weak", runs=40, years=6)
    assert set(rows["who"]) == {"given"} and len(rows) > 0
    assert rows["begun"].between(0, 1).all() and (rows["cost"] > 0).all()
    ends = rows[["works", "is_building", *ENDS]].sum(axis=1)
    np.testing.assert_allclose(ends, 1.0)
    assert list(rows["begun"]) == sorted(rows["begun"], reverse=True)
    society = society_of("jinxi", "strong_leads_weak", {}, runs=40)
    ledger = Ledger(society)
    rules = ledger.watching(QUARTER)
    for tick in range(24):
        step(society, tick, rules)
        ledger.close(society, tick)
    ours = [p for p in ledger.projects if p.alliance]
    assert len(ours) == rows["projects"].sum()
    both = prospects("jinxi", "strong_leads_weak", runs=10, years=6, alone=True)
    assert "alone" in set(both["who"])


def test_a_strategy_that_allies_nobody_has_no_prospects():
    assert prospects("jinxi", "none", runs=3, years=2).empty

"""Who heads an alliance, and what heading costs: no kind of head has anything for nothing, and a
firm's manager heads only where a member has a firm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from village_alliances.sim.parameters import parameters
from village_alliances.sim.quarter import run, step
from village_alliances.sim.rules.common import whole
from village_alliances.sim.rules.forming import is_nearer
from village_alliances.sim.rules.meeting import cost_of, cost_of_head, leading
from village_alliances.sim.rules.pacts import part_of, worth_of_quiet
from village_alliances.sim.rules.pooling import pull
from village_alliances.sim.rules.sharing import keep_promise
from village_alliances.sim.society import BY_ABLEST, BY_FIRM, BY_TOWNSHIP, HANDS, PAPER, QUIET

from . import worlds
from .worlds import QUIET_COUNTY, STILL, strategy, table, village

pytestmark = pytest.mark.usefixtures("compiled_model")

SIZE = 4


def allied(lead: str, firms: list[int], ticks: int, **how: Any) -> Any:
    """A society of one alliance of four, with firms at these places, after so many quarters."""
    rows = [village(i, alliance="a", ability=0.2 + 0.1 * i, founded="2016Q1") for i in range(SIZE)]
    levers = {**QUIET_COUNTY, **how.pop("levers", {})}
    of = strategy(lead=lead, plenaries_per_year=4, measures=("orders",))
    fixed = {**STILL, **how.pop("fixed", {})}
    society = worlds.build(table(rows, years=8), of, fixed=fixed, levers=levers, **how)
    society.villages.firm[:] = 0
    society.villages.firm_jobs[:] = 0.0
    society.villages.firm[firms] = 1
    society.villages.firm_jobs[firms] = 20.0
    return run(society, range(ticks))


@pytest.mark.parametrize(
    ("lead", "firms", "head"),
    [
        ("firm", [], BY_ABLEST),
        ("firm", [2], BY_FIRM),
        ("ablest", [2], BY_ABLEST),
        ("township", [], BY_TOWNSHIP),
    ],
)
def test_a_firms_manager_heads_only_where_a_member_has_a_firm(
    lead: str, firms: list[int], head: int
) -> None:
    alliance = allied(lead, firms, 3).alliances[0]
    assert alliance.members == SIZE
    assert alliance.head == head
    assert (alliance.head_ability > 0.0) == (head != BY_ABLEST)


def test_when_the_firm_has_gone_the_ablest_member_heads_and_rates_are_its_own() -> None:
    society = allied("firm", [2], 3)
    assert society.accounts.ability[SIZE] != society.villages.capacity[SIZE - 1]
    society.villages.firm[2] = 0
    society.villages.firm_jobs[2] = 0.0
    step(society, 3)
    assert society.alliances[0].head == BY_ABLEST
    assert society.alliances[0].head_ability == 0.0
    led = allied("ablest", [], 4)
    assert society.accounts.ability[SIZE] == pytest.approx(led.accounts.ability[SIZE])


def test_leading_costs_the_same_whoever_leads() -> None:
    costs = {"lead_cost": 3000.0, "meeting_cost": 0.0, "agreement_cost": 0.0}
    paid = {}
    for lead in ("ablest", "township", "firm"):
        society = allied(lead, [1], 3, fixed=costs)
        paid[lead] = society.villages.membership_cost.copy()
        assert paid[lead].sum() == pytest.approx(3000.0 * (SIZE - 1))
    assert (paid["ablest"] > 0.0).sum() == 1
    assert np.ptp(paid["township"]) == 0.0
    np.testing.assert_array_equal(paid["township"], paid["firm"])


def test_what_leading_costs_is_weighed_before_as_it_is_charged_after() -> None:
    for lead in ("ablest", "township", "firm"):
        society = allied(lead, [1], 3, fixed={"lead_cost": 3000.0})
        alliance = society.alliances[0]
        for i in range(SIZE):
            led = leading(alliance.head, i == alliance.lead, SIZE)
            assert cost_of(society, 0, 0, i, 0) == pytest.approx(3000.0 * led)


@pytest.mark.parametrize("lead", ["ablest", "township", "firm"])
def test_only_a_firm_of_its_own_serves_an_alliance_first(lead: str) -> None:
    """Village 0 to 3 are an alliance; 4 is outside and has the firm."""
    rows = [village(i, alliance="a", founded="2016Q1") for i in range(SIZE)]
    of = strategy(lead=lead, plenaries_per_year=4, measures=("orders",))
    fixed = {**STILL, "first_call": 10.0, "orders_reach": 1e9}
    society = worlds.build(
        table([*rows, village(SIZE)]), of, fixed=fixed, levers=QUIET_COUNTY, types=()
    )
    society.endowment[:, HANDS] = 50.0
    society.villages.firm[:] = [0, 1, 0, 0, 1]
    society.villages.firm_jobs[:] = [0.0, 20.0, 0.0, 0.0, 20.0]
    run(society, range(2))
    outside, alone = pull(society, 0, SIZE, 0), pull(society, 0, SIZE, SIZE)
    assert outside == pytest.approx(alone)
    assert pull(society, 0, 1, 0) == pytest.approx(10.0 * outside)


def test_a_manager_from_outside_is_no_abler_by_a_number_than_a_cadre() -> None:
    firm, cadre = parameters()["firm_ability"], parameters()["township_ability"]
    assert (firm.value, firm.low, firm.high) == (cadre.value, cadre.low, cadre.high)


def test_both_ends_of_a_range_of_counts_are_reached() -> None:
    for name in ("alliances_looked_at", "starts_a_quarter"):
        count = parameters()[name]
        drawn = {whole(float(value)) for value in np.linspace(count.low, count.high, 1001)}
        assert drawn == set(range(int(count.low), int(count.high) + 1))


def test_no_alliance_is_looked_at_twice() -> None:
    """Neighbours belong to alliances 0, 1, 0 and nobody's: the third is the first again."""
    society = worlds.build(
        table([village(i) for i in range(5)], alone=True), strategy(),
        fixed=STILL, levers={**QUIET_COUNTY, "formation": 1.0},
    )  # fmt: skip
    society.near[0, :4] = [1, 2, 3, 4]
    society.villages.alliance[:] = [-1, 0, 1, 0, -1]
    again = [is_nearer(society, 0, 0, c, society.villages.alliance[c + 1]) for c in range(3)]
    assert again == [False, False, True]


@pytest.mark.parametrize("lead", ["ablest", "township", "firm"])
@pytest.mark.parametrize("quiet", [1, SIZE])
def test_leading_costs_the_same_whoever_leads_also_where_members_are_quiet(
    lead: str, quiet: int
) -> None:
    """What is theirs is still led; an alliance on paper is led, too."""
    costs = {"lead_cost": 3000.0, "meeting_cost": 0.0, "agreement_cost": 0.0}
    society = allied(lead, [1], 3, fixed=costs, levers={"moves": 0.0})
    others = [i for i in range(SIZE) if i != society.alliances.lead[0]]
    silent = [*others, society.alliances.lead[0]][:quiet]
    society.villages.standing[silent] = QUIET
    if quiet == SIZE:
        society.alliances.status[0] = PAPER
    step(society, 3)
    paid = society.villages.membership_cost
    assert paid.sum() == pytest.approx(3000.0 * (SIZE - 1))
    by_lead = society.alliances.head[0] == BY_ABLEST
    assert (paid > 0.0).sum() == (1 if by_lead else SIZE)
    for i in silent:
        leads = i == society.alliances.lead[0]
        assert paid[i] == pytest.approx(cost_of_head(society, 0, 0, leads))


def test_a_lead_that_goes_quiet_expects_the_promise_only() -> None:
    """Another leads then, and takes what is left above it."""
    society = run_promised()
    lead = society.alliances.lead[0]
    stake = society.villages.stake[lead]
    leading_on = part_of(society, 0, 0, lead, True, 0.0, 0.0, 1e6)
    assert part_of(society, 0, 0, lead, False, 0.0, 0.0, 1e6) == pytest.approx(0.05 * stake)
    assert leading_on > 0.05 * stake
    before = worth_of_quiet(society, 3, 0, 0, lead)
    society.accounts.expected[SIZE] += 1e6
    assert worth_of_quiet(society, 3, 0, 0, lead) == pytest.approx(before)


def run_promised() -> Any:
    """An alliance of four under a promise of 5%, in which the lead heads and all hold claims."""
    rows = [village(i, alliance="a", ability=0.2 + 0.1 * i, founded="2016Q1") for i in range(SIZE)]
    of = strategy(lead="ablest", sharing="promised", plenaries_per_year=4)
    fixed = {**STILL, "promised_rate": 0.05}
    levers = {**QUIET_COUNTY, "grant_per_village": 60000.0, "grant_years": 4.0}
    return run(worlds.build(table(rows), of, fixed=fixed, levers=levers), range(3))


def test_who_is_quiet_is_not_served_first() -> None:
    society = allied("ablest", [1], 3)
    society.endowment[:, HANDS] = 50.0
    before = pull(society, 0, 1, 0)
    society.villages.standing[0] = QUIET
    assert pull(society, 0, 1, 0) < before


def test_a_promise_that_the_fund_cannot_keep_is_cut_alike_for_all() -> None:
    """Whatever the order of the villages in the table."""
    society = allied("township", [], 3, fixed={"promised_rate": 0.1})
    stakes = np.array([4e5, 1e5, 3e5, 2e5])
    society.villages.stake[:] = stakes
    society.alliances[0].stakes = stakes.sum()
    society.capital[SIZE, 0], society.accounts.fund[SIZE] = stakes.sum(), 1000.0
    society.villages.alliance_income[:] = 0.0
    keep_promise(society, 0, 0, SIZE, 1000.0)
    paid = society.villages.alliance_income / 4.0
    assert paid.sum() == pytest.approx(1000.0)
    np.testing.assert_allclose(paid / stakes, 1000.0 / stakes.sum())


@pytest.mark.parametrize(("measures", "times"), [((), 0), (("mentoring",), 25)])
def test_meetings_with_a_mentor_cost_pupils_what_other_meetings_cost(
    measures: tuple[str, ...], times: int
) -> None:
    rows = [village(i, alliance="a", ability=0.2 + 0.1 * i, founded="2016Q1") for i in range(SIZE)]
    of = strategy(plenaries_per_year=4, measures=measures)
    fixed = {**STILL, "meeting_cost": 100.0, "special_meetings": 0.0, "mentor_meetings": 25.0}
    society = run(worlds.build(table(rows), of, fixed=fixed, levers=QUIET_COUNTY), range(3))
    taught = np.arange(SIZE) != society.alliances.top[0]
    np.testing.assert_allclose(society.villages.membership_cost, 100.0 * (4 + times * taught))


@pytest.mark.parametrize("lead", ["township", "firm"])
def test_a_head_from_outside_is_called_away_as_a_secretary_is(lead: str) -> None:
    """With a chance of (ability squared) a quarter another comes; where nobody departs, nobody."""
    fixed = {"departure_rate": 4.0, "township_ability": 0.5, "firm_ability": 0.5}
    for departures in (0.0, 1.0):
        changes = quarters = 0
        expected = 0.0
        for seed in range(12):
            society = allied(
                lead, [1], 2, fixed=fixed, levers={"departures": departures}, seed=seed
            )
            society.levers.departures[:] = departures
            for tick in range(2, 26):
                before = society.alliances.head_ability[0]
                step(society, tick)
                expected += departures * before**2
                changes += society.alliances.head_ability[0] != before
                quarters += 1
        spread = (expected * (1.0 - expected / quarters)) ** 0.5
        assert abs(changes - expected) <= 3.0 * spread
        assert (changes > 0) == (departures > 0.0)


@pytest.mark.parametrize("lead", ["township", "firm"])
def test_a_head_from_outside_grows_into_its_work_as_a_committee_does(lead: str) -> None:
    """It begins with what a change costs a village, and follows as fast."""
    fixed = {
        "turnover_cost": 0.2,
        "practice_speed": 0.1,
        "township_ability": 0.5,
        "firm_ability": 0.5,
    }
    society = allied(lead, [1], 1, fixed=fixed)
    for tick in range(1, 14):
        step(society, tick)
        lacking = 1.0 - society.alliances.head_practice[0] / society.alliances.head_ability[0]
        assert lacking == pytest.approx(0.2 * 0.9 ** (tick + 1))


@pytest.mark.parametrize("lead", ["township", "firm"])
def test_a_scenario_that_takes_leads_away_takes_heads_from_outside(lead: str) -> None:
    society = allied(lead, [1], 4, fixed={"turnover_cost": 0.2})
    before = society.alliances.head_ability[0]
    society.calendar.leader_loss[5] = 1
    step(society, 4)
    assert society.alliances.head_ability[0] == before
    step(society, 5)
    assert society.alliances.head_ability[0] != before
    assert society.alliances.head_practice[0] < society.alliances.head_ability[0]


def test_no_name_is_lent_a_secretary_first_for_good() -> None:
    """Four alike members change their secretaries at once, the lead can serve one: each is served
    as often as the others, to four standard errors."""
    runs = 2000
    rows = [village(i, alliance="a", lead=int(i == 0), founded="2016Q1") for i in range(5)]
    for row in rows:
        row["ability"] = row["capacity"] = 0.9 if row["name"] == "v000" else 0.2
    fixed = {
        **STILL, "posting_share": 1.0, "cohesion_start": 0.3, "cohesion_decay": 0.0, "posted_effort": 0.7,
        "replaced_share": 0.5, "replaced_slope": 20.0, "ability_mean": 0.5, "ability_sd": 0.0,
        "talent_scale": 0.0, "returnee_share": 0.0, "cadre_share": 0.0,
    }  # fmt: skip
    of = strategy(plenaries_per_year=0, measures=("posting",))
    levers = {**QUIET_COUNTY, "elections": 1.0}
    society = worlds.build(table(rows), of, fixed=fixed, levers=levers, runs=runs)
    society.calendar.election[:] = 0
    society.calendar.election[2] = 1
    run(society, range(3))
    served = (society.villages.lent_from.reshape(runs, 5) >= 0).mean(axis=0)
    assert served[0] == 0.0 and served[1:].min() > 0.1
    error = (served[1:].mean() * (1.0 - served[1:].mean()) / runs) ** 0.5
    assert np.ptp(served[1:]) < 4.0 * error * 2**0.5

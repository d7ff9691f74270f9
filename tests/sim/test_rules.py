"""Single rules in small worlds: what each must do, told beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from village_alliances.sim import building
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import step
from village_alliances.sim.rules.common import portion
from village_alliances.sim.rules.projects import lose_orders

from tests.sim.worlds import QUIET_COUNTY, STILL, build, project, table, village

pytestmark = pytest.mark.usefixtures("compiled_model")
SHOCK, EXPOSURE, CAPITAL = -0.4, 0.7, 100000.0


def first_profit(shock: float, by_product: bool) -> float:
    """Yearly profit of a project that works in the first quarter, under a
    market shock from then on."""
    place = table([village(0), village(1)], alone=True)
    orchard = project("orchard", by_product=by_product, profit_rate=0.1, price_exposure=EXPOSURE)
    society = build(
        place, "none", fixed={**STILL, "least_project": 1e12},
        levers={**QUIET_COUNTY, "market_shock": shock, "market_quarter": 0}, types=(orchard,), years=1,
    )  # fmt: skip
    society.accounts.fund[:] = 0.0
    society.capital[0, 0], society.fortune[0, 0] = CAPITAL, 1.0
    step(society, 0)
    return float(society.villages.project_income[0])


def test_a_market_shock_reaches_projects_that_sell_the_product() -> None:
    plain, hit = first_profit(0.0, True), first_profit(SHOCK, True)
    assert plain > 0.0
    assert hit / plain == pytest.approx(math.exp(EXPOSURE * SHOCK))
    assert first_profit(SHOCK, False) == first_profit(0.0, False)


@given(st.floats(0.0, 1.0), st.one_of(st.just(0.0), st.floats(1e-9, 1e9)))
def test_no_crumb_of_a_project_goes_or_stays(part: float, whole: float) -> None:
    goes = portion(part, whole)
    for piece in (goes, whole - goes):
        assert piece == 0.0 or piece >= 1.0 or piece == whole
    assert abs(goes - part * whole) <= 1.0


@given(st.floats(1.0, 1e9), st.lists(st.floats(1e-12, 1e3), min_size=1, max_size=6))
def test_orders_that_go_leave_no_crumb_of_a_workshop(capital: float, gone: list[float]) -> None:
    workshop = project("workshop", needs=["hands", "orders"])
    place = table([village(0), village(1)], alone=True)
    society = build(place, "none", fixed=STILL, types=(workshop,), years=1)
    society.capital[0, 0], society.accounts.orders[0] = capital, sum(gone)
    for jobs in gone:
        lose_orders(society, 0, 0, 0, jobs)
        left = society.capital[0, 0]
        assert left == 0.0 or left >= 1.0
    assert society.capital[0, 0] < 1.0 + capital * 1e-6


def test_firms_leave_in_the_first_quarter_as_in_any_other() -> None:
    hazard, runs = 0.4, 2000
    place = table([village(i, firm_jobs=30) for i in range(4)], alone=True)
    society = build(
        place, "none", fixed={**STILL, "firm_hazard": hazard}, levers=QUIET_COUNTY, runs=runs, years=1
    )  # fmt: skip
    had = society.villages.firm.copy()
    placed = society.accounts.orders[: had.size].copy()
    step(society, 0)
    gone = 1.0 - society.villages.firm[had == 1].mean()
    error = math.sqrt(0.25 * hazard * (1.0 - 0.25 * hazard) / (had == 1).sum())
    assert abs(gone - 0.25 * hazard) < 4.0 * error
    assert placed.sum() > 0.0


def test_a_log_of_many_runs_has_room_for_the_events_of_each() -> None:
    place = load("tengtou")

    def events(runs: np.ndarray) -> tuple[int, int]:
        society = building.build(place, "strong_leads_weak", runs=runs, mode="prior", log=True)
        step(society, 0)
        return int(society.log_size[0]), int(society.log_size[1])

    numbers = np.arange(6, dtype=np.uint64)
    single = [events(numbers[i : i + 1]) for i in range(6)]
    assert events(numbers) == (sum(written for written, _ in single), 0)


def test_meetings_make_nobody_weak_in_the_eyes_of_a_campaign() -> None:
    floor = 99000.0
    place = table([village(i, collective_income=100000) for i in range(3)], alone=True)
    society = build(
        place, "none", fixed={**STILL, "campaign_margin": 1.0},
        levers={**QUIET_COUNTY, "campaign_floor": floor, "campaign_start": 0}, years=1,
    )  # fmt: skip
    society.villages.operating_income[:] -= (
        5000.0  # what membership costs is in it, and in nothing else
    )
    step(society, 0)
    assert society.runs.campaign_sum[0] == 0.0
    society.villages.base_income[:] = floor - 1000.0
    step(society, 1)
    assert society.runs.campaign_sum[0] > 0.0

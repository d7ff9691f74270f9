"""A village alone follows the trend of its region: exactly where there is no luck, and on average where there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import step
from village_alliances.sim.scenario import load, names
from village_alliances.sim.society import MENTORING
from village_alliances.sim.strategy import read

pytestmark = pytest.mark.usefixtures("compiled_model")

CALM = {"elections": 0.0, "departures": 0.0}
NO_LUCK = {"noise_sd": 0.0, "industry_sd": 0.0, "villager_sd": 0.0}
SMALL = [name for name in names() if load(name).size <= 40]
QUARTERS = 40


def on_trend(start: np.ndarray, growth: np.ndarray, tick: int, villages: int) -> np.ndarray:
    """start * (1 + growth) ** ((tick + 1) / 4), with one growth a run."""
    return start * np.repeat((1.0 + growth) ** ((tick + 1) / 4), villages)


def quarters(name: str, strategy: str, **told: Any) -> Any:
    """Each quarter's number and the society after it, over ten years."""
    society = build(load(name), strategy, years=QUARTERS // 4, **told)
    for tick in range(QUARTERS):
        step(society, tick)
        yield tick, society


@pytest.mark.parametrize("mode", ["point", "prior"])
@pytest.mark.parametrize("name", SMALL)
def test_without_luck_a_village_alone_follows_the_trend_to_the_last_digits(
    name: str, mode: Mode
) -> None:
    villages = load(name).size
    for tick, w in quarters(name, "none", runs=3, levers=CALM, mode=mode, fixed=NO_LUCK):
        base = on_trend(w.v.start_income, w.p.trend_collective, tick, villages)
        heads = on_trend(w.v.start_villager, w.p.trend_villager, tick, villages)
        for column, expected in (
            ("base_income", base),
            ("collective_income", base),
            ("alone_income", base),
            ("villager_income", heads),
        ):
            np.testing.assert_allclose(
                getattr(w.v, column), expected, rtol=1e-12, err_msg=f"{column}, quarter {tick}"
            )


@pytest.mark.parametrize("strategy", ["strong_leads_weak", "industry_chain", "enclave"])
def test_without_luck_the_shadow_follows_the_trend_whatever_the_alliance_does(
    strategy: str,
) -> None:
    for tick, w in quarters("jinxi", strategy, runs=3, levers=CALM, mode="prior", fixed=NO_LUCK):
        np.testing.assert_allclose(
            w.v.alone_income, on_trend(w.v.start_income, w.p.trend_collective, tick, 5), rtol=1e-12
        )


def test_elections_and_departures_do_not_move_a_village_alone_off_the_trend() -> None:
    """Capacity counts only relative to what it would be alone, so a bad secretary alone is part of the trend."""
    changed = 0
    for tick, w in quarters("jinxi", "none", runs=20, mode="prior", fixed=NO_LUCK):
        np.testing.assert_allclose(
            w.v.base_income, on_trend(w.v.start_income, w.p.trend_collective, tick, 5), rtol=1e-12
        )
        changed += int((w.v.tenure == 0).sum())
    assert changed > 50


def test_capacity_moves_base_income_only_relative_to_the_shadow() -> None:
    only_mentoring = read("strong_leads_weak").model_copy(
        update={"name": "teach", "channels": {"mentoring": 1.0}}
    )
    society = build(
        load("jinxi"), only_mentoring, runs=20, levers=CALM, mode="point", fixed=NO_LUCK
    )
    assert society.plan_strategy[0, MENTORING] == 1.0
    for tick in range(24):
        step(society, tick)
    v, p = society.v, society.p
    offset, elasticity = np.repeat(p.capacity_offset, 5), np.repeat(p.capacity_elasticity, 5)
    edge = np.log((offset + v.capacity) / (offset + v.alone_capacity))
    answer = np.log(v.base_income / v.alone_base)
    assert (v.base_income == v.alone_base)[v.capacity == v.alone_capacity].all()
    assert (answer * edge >= 0).all(), "a better team earns less"
    assert (np.abs(answer) <= elasticity * np.abs(edge) * (1 + 1e-12) + 1e-12).all(), (
        "more than the elasticity allows"
    )
    assert (answer > 0).any()


def error_of_mean(ratio: np.ndarray) -> tuple[float, float]:
    """Mean of ratio (runs, villages) less 1, and its standard error. Villages of a run share a market, so runs are the sample."""
    by_run = ratio.mean(axis=1)
    return float(by_run.mean() - 1.0), float(by_run.std(ddof=1) / np.sqrt(by_run.size))


@pytest.mark.parametrize(
    ("mode", "runs", "fixed"),
    [
        ("point", 4000, {}),
        ("prior", 4000, {}),
        ("point", 20_000, {"noise_sd": 0.1, "industry_sd": 0.0}),
    ],
)
def test_with_luck_the_mean_of_20000_villages_and_more_is_on_the_trend(
    mode: Mode, runs: int, fixed: dict[str, float]
) -> None:
    villages = 5
    for tick, w in quarters("jinxi", "none", runs=runs, mode=mode, fixed=fixed):
        if tick not in (0, 3, 11, 39):
            continue
        base = w.v.base_income / on_trend(w.v.start_income, w.p.trend_collective, tick, villages)
        heads = w.v.villager_income / on_trend(
            w.v.start_villager, w.p.trend_villager, tick, villages
        )
        for name, ratio in (("base", base), ("heads", heads)):
            off, error = error_of_mean(ratio.reshape(runs, villages))
            assert 0 < error < 0.02
            assert abs(off) < 3 * error, (
                f"{name}, quarter {tick}: {off:.5f} off, standard error {error:.5f}"
            )
        if runs > 4000 and tick == 11:
            return


def test_luck_spreads_as_far_as_its_variance_says() -> None:
    """The variance that the correction counts on is the one that incomes have: log income varies by it, less than a tenth off."""
    for tick, w in quarters("jinxi", "none", runs=4000, mode="point"):
        if tick not in (0, 7, 39):
            continue
        logs = np.log(w.v.base_income / w.v.start_income)
        assert w.r.noise_var[0] == pytest.approx(logs.var(), rel=0.1)
        homes = np.log(w.v.villager_income / w.v.start_villager)
        assert w.r.villager_var[0] == pytest.approx(homes.var(), rel=0.1)


def test_a_pandemic_and_a_market_shock_are_on_top_of_the_trend() -> None:
    """A blow in one quarter is half forgotten two quarters later; a market's shift stays and hits its product alone."""
    blow = CALM | {"pandemic_quarter": 4.0, "pandemic_shock": -0.4}
    for tick, w in quarters("chunhu", "none", runs=2, levers=blow, mode="point", fixed=NO_LUCK):
        left = 0.0 if tick < 4 else -0.4 * 0.5 ** ((tick - 4) / 2)
        expected = on_trend(w.v.start_income, w.p.trend_collective, tick, 5) * np.exp(left)
        np.testing.assert_allclose(w.v.base_income, expected, rtol=1e-12)
    shift = CALM | {"market_quarter": 4.0, "market_shock": -0.5}
    for tick, w in quarters("jinxi", "none", runs=40, levers=shift, mode="point", fixed=NO_LUCK):
        hit = (w.v.industry == w.calendar.market_industry[tick]) & (tick >= 4)
        expected = on_trend(w.v.start_income, w.p.trend_collective, tick, 5) * np.where(
            hit, np.exp(-0.5), 1.0
        )
        np.testing.assert_allclose(w.v.base_income, expected, rtol=1e-12)
        if tick >= 4:
            assert hit.any() and not hit.all()

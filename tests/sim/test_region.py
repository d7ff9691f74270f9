"""What the rebuilt model draws of a region: curves with a tail, a floor and none at all; what
villages share; where it stands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.special import ndtri
from village_alliances.calibration.evidence import figure, named
from village_alliances.sim import region
from village_alliances.sim.building import build
from village_alliances.sim.endowment import Between, Endowment, together
from village_alliances.sim.loading import load
from village_alliances.sim.region import Composition

EVEN = ndtri((np.arange(400_000) + 0.5) / 400_000)  # normal scores, evenly over all ranks
NAMES = {
    "collective_income", "debt", "reserves", "idle_land", "contiguous", "site", "volume", "volume_value", "scenic_share",
    "scenic_worth", "idle_hands", "firm_share", "firm_jobs", "roofs", "residents_share", "town_km",
}  # fmt: skip


def curve(**changes: object) -> Endowment:
    body: dict[str, object] = {
        "dist": "lognormal",
        "median": 100.0,
        "sd": 1.0,
        "low": 0.0,
        "unit": "yuan",
        "kind": "assumption",
        "assumption": "for a test",
    }
    return Endowment(**{**body, **changes})  # type: ignore[arg-type]


SHAPES = [
    curve(),
    curve(tail=1.5, tail_from=0.9),
    curve(nothing=0.2),
    curve(nothing=0.2, tail=2.0, tail_from=0.8),
    curve(floor=80.0, lifted_to=160.0, low=80.0),
    curve(floor=80.0, lifted_to=160.0, tail=1.5, tail_from=0.9),
    curve(dist="logitnormal", mean=0.3, sd=0.8, high=1.0),
    curve(dist="normal", mean=3.0, sd=0.5, low=-50.0),
    curve(dist="uniform", low=1.0, high=3.0),
]
shapes = pytest.mark.parametrize("shape", SHAPES)


@shapes
@given(st.floats(-4, 4), st.floats(-0.5, 0.5))
def test_score_is_the_inverse_of_value(shape: Endowment, score: float, shift: float) -> None:
    moved = shift if shape.dist == "lognormal" else 0.0
    value = shape.value(np.array(score), moved)
    if shape.low < value < (shape.high or np.inf):
        assert shape.score(value, moved) == pytest.approx(score, abs=1e-6)


@shapes
def test_values_rise_with_the_score_and_keep_within_the_ends(shape: Endowment) -> None:
    values = shape.value(EVEN)
    assert (np.diff(values) >= -1e-9).all()
    assert values.min() >= shape.low and values.max() <= (shape.high or np.inf)


@shapes
def test_a_cut_draw_lies_within_its_cut_and_spreads_over_it(shape: Endowment) -> None:
    low, high = shape.value(np.array([-0.3, 0.9]))
    drawn = shape.draw(np.linspace(0.001, 0.999, 500), np.array(low), np.array(high))
    assert drawn.min() >= low and drawn.max() <= high
    assert (np.diff(drawn) >= -1e-9).all() and drawn[-1] > drawn[0]
    free = shape.draw(np.linspace(0.001, 0.999, 500), np.array(-np.inf), np.array(np.inf))
    np.testing.assert_allclose(free, shape.value(ndtri(np.linspace(0.001, 0.999, 500))), rtol=1e-6)


def test_a_tail_is_heavy_and_starts_where_the_body_ends() -> None:
    plain, heavy = curve(), curve(tail=1.5, tail_from=0.9)
    values = heavy.value(EVEN)
    body = ndtri(0.9) > EVEN
    np.testing.assert_array_equal(values[body], plain.value(EVEN)[body])
    start = float(plain.value(np.array(ndtri(0.9))))
    for times in (2.0, 10.0, 50.0):
        assert (values > times * start).mean() == pytest.approx(0.1 * times**-1.5, rel=0.02)


def test_a_share_has_nothing_and_the_rest_keeps_its_curve() -> None:
    values = curve(nothing=0.2).value(EVEN)
    assert (values == 0).mean() == pytest.approx(0.2, abs=1e-4)
    assert np.median(values[values > 0]) == pytest.approx(100.0, rel=1e-3)
    none = curve(nothing=0.2).draw(np.linspace(0.01, 0.99, 200), np.array(0.0), np.array(50.0))
    assert 0 < (none == 0).mean() < 1 and none.max() <= 50


def test_a_floor_crowds_those_it_lifted_and_leaves_the_others() -> None:
    plain, lifted = curve(), curve(floor=80.0, lifted_to=160.0)
    before, after = plain.value(EVEN), lifted.value(EVEN)
    assert after.min() >= 80.0 and (after >= before - 1e-9)[before < 80].all()
    np.testing.assert_array_equal(after[before >= 160.0], before[before >= 160.0])
    assert (after < 113.2).mean() == pytest.approx(0.5 * (before < 160).mean(), rel=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tail": 1.5}, "tail and tail_from belong together"),
        ({"tail": 1.5, "tail_from": 0.9, "dist": "normal"}, "only a lognormal goes on"),
        ({"floor": 100.0, "lifted_to": 50.0}, "lifted_to 50 is not above floor 100"),
        ({"kind": "outside"}, "kind outside names no evidence"),
        ({"nothing": 1.0}, "less than 1"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_bad_endowment_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        curve(**change)


def test_villages_of_a_place_have_in_common_what_the_region_says() -> None:
    rng = np.random.default_rng(3)
    between = region.load("china").between["collective_income"]
    assert isinstance(between, Between)
    counties, townships, villages = 400, 8, 12
    score = between.score(
        rng.standard_normal((counties, 1, 1)),
        rng.standard_normal((counties, townships, 1)),
        rng.standard_normal((counties, townships, villages)),
    )
    assert score.var() == pytest.approx(1.0, rel=0.1)
    within = score.var(axis=2, ddof=1).mean()
    assert within == pytest.approx(1 - between.county - between.township, rel=0.05)
    assert score.mean(axis=(1, 2)).var() == pytest.approx(between.county, abs=0.08)


@given(st.floats(-0.9, 0.9))
def test_scores_drawn_together_have_the_bond(bond: float) -> None:
    rng = np.random.default_rng(5)
    first, own = rng.standard_normal((2, 200_000))
    second = together(bond, first, own)
    assert second.std() == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(bond, abs=0.02)


@pytest.mark.parametrize("name", region.names())
def test_every_region_gives_the_rebuilt_model_all_it_draws(name: str) -> None:
    scenario = region.load(name)
    assert set(scenario.endowments) >= NAMES
    assert {"collective_income", "villager_income", "site", "trend"} <= set(scenario.between)
    assert scenario.starts("ability") is scenario.distributions["ability"]
    assert scenario.starts("debt") is scenario.endowments["debt"]
    for value in (scenario.ordinary_money, scenario.operating_share, scenario.market):
        assert value is not None
        middle = value.villages if isinstance(value, region.Market) else value.value
        assert value.low < middle < value.high
    assert isinstance(scenario.composition, Composition)
    for income, share in scenario.composition.share.items():
        assert scenario.composition.low[income] < share < scenario.composition.high[income]
    for between in scenario.between.values():
        assert between.county_low <= between.county <= between.county_high
        assert between.township_low <= between.township <= between.township_high
        assert between.county + between.township < 1
        assert between.kind == "assumption" or between.evidence
    for column, value in scenario.endowments.items():
        assert value.unit and value.assumption and value.assumption_zh, column
        assert value.middle or value.over == "run", f"{column}: where its middle may lie"
        assert not value.with_income or value.bond[0] < value.with_income < value.bond[1], column
    income = scenario.starts("collective_income")
    assert isinstance(income, Endowment) and income.high is None and income.tail is not None
    assert scenario.starts("reserves").with_income > 0  # type: ignore[union-attr]


def test_a_run_draws_where_in_its_range_a_middle_lies_and_a_point_run_does_not() -> None:
    place = load("jinxi")
    debts = {
        mode: build(place, "none", runs=400, mode=mode).villages.debt.reshape(400, -1)
        for mode in ("point", "prior")
    }
    apart = {}
    for mode, debt in debts.items():
        owed = np.where(debt[:, 1:] > 0, debt[:, 1:], np.nan)  # the first is stated
        apart[mode] = np.nanvar(np.nanmean(np.log(owed), axis=1))
    low, high = region.load("ningbo").endowments["debt"].middle or (1.0, 1.0)
    assert apart["prior"] - apart["point"] == pytest.approx(np.log(high / low) ** 2 / 12, rel=0.5)


def test_trends_change_with_the_period() -> None:
    china = region.load("china")
    assert china.growth("collective_income", 2018) is china.periods["collective_income"][0]
    assert china.growth("collective_income", 2021) is china.trend["collective_income"]
    assert (
        china.growth("collective_income", 2018).value
        > china.growth("collective_income", 2021).value
    )


def test_a_run_has_the_mean_trend_of_its_years() -> None:
    china = region.load("china")
    early, late = (china.growth("collective_income", year).value for year in (2020, 2021))
    both = china.during(2019, 6)
    assert both.trend["collective_income"].value == pytest.approx((2 * early + 4 * late) / 6)
    assert both.trend["collective_income"].assumption == china.trend["collective_income"].assumption
    assert both.trend["villager_income"] == china.trend["villager_income"]
    assert both.during(1990, 3).trend == china.during(1990, 3).trend, "other years can be asked for"
    assert both.during(2019, 6) == both
    assert china.during(2021, 6).trend == china.trend


def test_a_region_keeps_shared_fields_that_it_does_not_replace() -> None:
    ningbo, china = region.load("ningbo"), region.load("china")
    assert ningbo.endowments["firm_share"].median != china.endowments["firm_share"].median
    assert ningbo.endowments["firm_share"].evidence == china.endowments["firm_share"].evidence


# What is stated of whole places holds in what is drawn


def test_anqing_has_its_four_shares_its_mean_and_its_debt() -> None:
    anqing = region.load("anqing")
    income = anqing.starts("collective_income").value(EVEN)
    edges = (0, 5e4, 1e5, 3e5)
    for id, low, high in zip(("X001", "X002", "X003"), edges, edges[1:]):
        share = 100 * ((income >= low) & (income < high)).mean()
        assert share == pytest.approx(named(id).value, abs=1.0), id
    assert 100 * (income > 5e5).mean() == pytest.approx(named("X004").value, abs=1.5)
    assert income.mean() == pytest.approx(named("X005").value, rel=0.05)
    assert anqing.starts("debt").value(EVEN).mean() == pytest.approx(named("X007").value, rel=0.05)
    share = anqing.operating_share
    assert share and share.value == pytest.approx(
        named("X005").value / named("X006").value, abs=0.01
    )


def test_debt_of_the_country_has_the_mean_of_the_sample_survey() -> None:
    debt = region.load("china").starts("debt").value(EVEN)
    assert debt.mean() == pytest.approx(named("X015").value, rel=0.05)


def test_fenghua_has_its_weak_and_strong_villages() -> None:
    income = region.load("ningbo").starts("collective_income").value(EVEN)
    villages = figure("fenghua-admin-units").value
    weak = (income < figure("fenghua-weak-threshold").value).mean()
    assert weak == pytest.approx(
        figure("fenghua-weak-villages-lifted-2018").value / villages, abs=0.01
    )
    strong = figure("fenghua-strong-villages").value / villages
    reached = np.quantile(income, 1 - strong)
    level = figure("jine-collective-2017").value / 1.08**3
    assert reached < level < income[income > reached].mean()


def test_every_village_of_ningbo_passes_the_floor_of_2021() -> None:
    income = region.load("ningbo-2021").starts("collective_income").value(EVEN)
    assert income.min() >= figure("ningbo-collective-floor-2021").value


def test_firms_have_the_jobs_of_ningbos_workshops() -> None:
    ningbo = region.load("ningbo")
    jobs = figure("ningbo-workshop-jobs").value / figure("ningbo-workshops").value
    assert ningbo.starts("firm_jobs").value(EVEN).mean() == pytest.approx(jobs, rel=0.1)
    map_villages = 2206
    assert ningbo.starts("firm_share").value(EVEN).mean() == pytest.approx(
        figure("ningbo-workshops").value / map_villages, rel=0.1
    )

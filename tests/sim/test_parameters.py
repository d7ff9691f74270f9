"""Every parameter and lever: unit, bounds, meaning in two languages, source, and that some rule
uses it; and what each run draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats
from village_alliances.calibration.evidence import figures, outside
from village_alliances.sim import region
from village_alliances.sim.building import parameters_of
from village_alliances.sim.endowment import Grounded, Sourced
from village_alliances.sim.loading import load
from village_alliances.sim.parameters import (
    REGIONAL,
    Mode,
    Quantity,
    default_mode,
    draw,
    lever_values,
    levers,
    parameters,
    posterior,
    regional,
)
from village_alliances.sim.starting import quantities_of

from tests.sim.comparing import same_bits

SIM = Path(__file__).parents[2] / "sim"
PARAMETERS = {
    **parameters(),
    **{
        f"{name}: {key}": q
        for name in region.names()
        for key, q in region.load(name).quantities().items()
    },
}
EVERYTHING = {
    **{f"parameter {name}": q for name, q in PARAMETERS.items()},
    **{f"lever {name}": q for name, q in levers().items()},
}
every_quantity = pytest.mark.parametrize("quantity", EVERYTHING.values(), ids=EVERYTHING)
UNITS = {
    "1", "0..1", "switch", "category", "quarter", "quarters", "years", "km", "villages", "logit", "log points",
    "log points/quarter", "log points/year", "log points/log km", "logit/log population", "1/logit", "meetings/year", "1/meeting", "1/quarter", "1/year",
    "projects/quarter", "alliances/year", "yuan", "yuan/year", "yuan/member/year", "yuan/person/year",
    "yuan/village/year", "correlation of the normal scores",
}  # fmt: skip
LEAST_WORDS = 4  # of a reason; fewer say nothing


# What stands in the files


@every_quantity
def test_value_lies_within_its_range(quantity: Quantity) -> None:
    assert np.isfinite([quantity.low, quantity.value, quantity.high]).all()
    assert quantity.low <= quantity.value <= quantity.high


@pytest.mark.parametrize("name", parameters())
def test_a_parameter_is_uncertain(name: str) -> None:
    quantity = parameters()[name]
    assert quantity.low < quantity.high, "a prior without width is a constant"


@every_quantity
def test_unit_and_meaning_are_given_in_both_languages(quantity: Quantity) -> None:
    assert quantity.unit in UNITS
    assert re.search(r"[a-z]{3}", quantity.en) and not re.search(r"[\u4e00-\u9fff]", quantity.en)
    assert len(re.findall(r"[\u4e00-\u9fff]", quantity.zh)) >= 3


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("group", [parameters(), levers()], ids=["parameters", "levers"])
def test_no_two_say_the_same(group: dict[str, Quantity], language: str) -> None:
    said = [getattr(quantity, language) for quantity in group.values()]
    assert len(set(said)) == len(said)


@every_quantity
def test_it_rests_on_evidence_or_on_an_assumption_with_its_reason(quantity: Quantity) -> None:
    ids = {figure.id for figure in (*figures(), *outside())}
    assert set(quantity.evidence) <= ids
    assert len(set(quantity.evidence)) == len(quantity.evidence)
    assert quantity.evidence or quantity.assumption
    if quantity.assumption:
        assert len(quantity.assumption.split()) >= LEAST_WORDS
        assert chinese(quantity.assumption_zh), "no reason in Chinese"


def parts(body: Any) -> Iterator[Sourced]:
    """All of a region that has a source, at any depth."""
    if isinstance(body, Sourced):
        yield body
    if isinstance(body, dict):
        inside = list(body.values())
    elif isinstance(body, tuple):
        inside = list(body)
    else:
        inside = [getattr(body, name) for name in getattr(type(body), "model_fields", ())]
    for part in inside:
        yield from parts(part)


@pytest.mark.parametrize("name", region.names())
def test_all_of_a_region_rests_on_an_assumption_with_its_reason_in_both_languages(
    name: str,
) -> None:
    entries = list(parts(region.load(name)))
    assert len([entry for entry in entries if not isinstance(entry, Grounded)]) == 15
    assert len([entry for entry in entries if isinstance(entry, Grounded)]) >= 23
    for entry in entries:
        assert len(entry.assumption.split()) >= LEAST_WORDS and chinese(entry.assumption_zh), entry
        assert (entry.reason("en"), entry.reason("zh")) == (entry.assumption, entry.assumption_zh)


def chinese(text: str) -> bool:
    return any("一" <= sign <= "鿿" for sign in text)


def code(*left_out: str) -> str:
    """The text of the model's code, without some files."""
    return "\n".join(
        path.read_text("utf-8") for path in sorted(SIM.rglob("*.py")) if path.name not in left_out
    )


@pytest.mark.parametrize("name", [*parameters(), *REGIONAL])
def test_every_parameter_is_used(name: str) -> None:
    read = rf"\b(p|parameters\[.*\])\.{name}\b|p\[\"{name}\"\]"
    assert re.search(read, code("parameters.py")), "nothing in the model reads it"


@pytest.mark.parametrize("name", levers())
def test_every_lever_is_used(name: str) -> None:
    read = rf"\b(lever|levers\[[^\]]*\])\.{name}\b|value\(\"{name}\"\)|chosen.get\(\"{name}\""
    assert re.search(read, code("parameters.py")), "nothing in the model reads it"


@pytest.mark.parametrize("name", region.names())
def test_a_region_adds_exactly_the_regional_parameters(name: str) -> None:
    assert set(quantities_of(region.load(name))) == set(REGIONAL)
    assert not set(parameters()) & set(REGIONAL)


# The schema


GOOD = {
    "name": "x",
    "value": 1.0,
    "low": 0.5,
    "high": 2.0,
    "unit": "1",
    "en": "something",
    "zh": "某物",
    "assumption": "for a test",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": 3.0}, "x: value 3.0 is outside 0.5..2.0"),
        ({"assumption": ""}, "x: neither evidence nor assumption is given"),
        ({"scale": "log", "low": 0.0}, "x: a log scale needs a positive lower bound, found 0.0"),
        ({"scale": "cubic"}, "scale"),
        ({"value": "much"}, "value"),
        ({"colour": "red"}, "colour"),
        ({"zh": None}, "zh"),
    ],
)
def test_a_bad_quantity_is_refused_with_the_reason(change: dict[str, object], message: str) -> None:
    Quantity(**GOOD)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match=re.escape(message)):
        Quantity(**{**GOOD, **change})  # type: ignore[arg-type]


@given(st.sampled_from(list(EVERYTHING.values())), st.floats(0, 1))
def test_share_and_value_are_inverse(quantity: Quantity, share: float) -> None:
    value = quantity.at(np.array([share]))
    assert quantity.low * (1 - 1e-12) - 1e-12 <= value[0] <= quantity.high * (1 + 1e-12) + 1e-12
    if quantity.low < quantity.high:
        assert quantity.share_of(value)[0] == pytest.approx(share, abs=1e-9)


def test_a_prior_is_uniform_on_its_own_scale() -> None:
    for scale, middle in (("linear", 5.05), ("log", 1.0)):
        quantity = Quantity(
            name="x",
            value=1.0,
            low=0.1,
            high=10.0,
            scale=scale,
            unit="1",
            en="x",
            zh="某",
            assumption="for a test",
        )  # type: ignore[arg-type]
        assert quantity.at(np.array([0.0, 0.5, 1.0])) == pytest.approx([0.1, middle, 10.0])


# What each run draws


RUNS = np.arange(2000, dtype=np.uint64)


def test_point_takes_every_value_as_it_stands() -> None:
    table = draw(parameters(), "point", 1, RUNS[:3])
    for name, quantity in parameters().items():
        assert table[name].tolist() == [quantity.value] * 3


@pytest.mark.parametrize("name", parameters())
def test_draws_of_the_prior_fill_its_range_evenly(name: str) -> None:
    quantity = parameters()[name]
    values = draw(parameters(), "prior", 1, RUNS)[name]
    assert values.min() >= quantity.low * (1 - 1e-12) and values.max() <= quantity.high * (
        1 + 1e-12
    )
    assert stats.kstest(quantity.share_of(values), "uniform").pvalue > 1e-4


def test_parameters_are_drawn_independently() -> None:
    table = draw(parameters(), "prior", 1, RUNS)
    shares = np.array([quantity.share_of(table[name]) for name, quantity in parameters().items()])
    apart = np.corrcoef(shares) - np.eye(len(shares))
    assert np.abs(apart).max() < 5.0 / np.sqrt(RUNS.size)


def test_a_draw_depends_on_seed_run_and_name_alone() -> None:
    everything = draw(parameters(), "prior", 7, RUNS[:50])
    few = {name: parameters()[name] for name in ("bank_rate", "noise_sd")}
    assert same_bits(draw(few, "prior", 7, RUNS[:50])["bank_rate"], everything["bank_rate"]), (
        "a parameter more changed another"
    )
    assert same_bits(
        draw(parameters(), "prior", 7, RUNS[30:31])["noise_sd"], everything["noise_sd"][30:31]
    ), "a run alone is another"
    assert not np.array_equal(
        draw(parameters(), "prior", 8, RUNS[:50])["noise_sd"], everything["noise_sd"]
    )


def test_fixed_values_override_and_leave_the_rest() -> None:
    free = draw(parameters(), "prior", 1, RUNS[:4])
    drawn_picture = draw(
        parameters(),
        "prior",
        1,
        RUNS[:4],
        {"bank_rate": 0.03, "noise_sd": np.array([0.1, 0.2, 0.3, 0.4])},
    )
    assert drawn_picture.bank_rate.tolist() == [0.03] * 4 and drawn_picture.noise_sd.tolist() == [
        0.1,
        0.2,
        0.3,
        0.4,
    ]
    for name in parameters():
        if name not in ("bank_rate", "noise_sd"):
            assert same_bits(drawn_picture[name], free[name]), name


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(KeyError, match="no parameter is called 'land_rint'"):
        draw(parameters(), "point", 1, RUNS[:1], {"land_rint": 1.0})


def test_a_run_has_the_trend_of_its_region() -> None:
    jinxi = load("jinxi")
    table = parameters_of(jinxi, "point", 1, RUNS[:1])
    assert set(table.dtype.names) == {*parameters(), *REGIONAL}
    assert table.trend_collective[0] == jinxi.region.trend["collective_income"].value


def test_the_posterior_is_drawn_by_rows_or_its_absence_is_told() -> None:
    quantities = regional(load("jinxi").region.quantities())
    if not posterior():
        assert default_mode() == "prior"
        with pytest.raises(FileNotFoundError, match=r"posterior.*calibrate.*prior"):
            draw(quantities, "posterior", 1, RUNS[:5])
        return
    assert default_mode() == "posterior"
    table = draw(quantities, "posterior", 1, RUNS[:200])
    calibrated = list(posterior())
    rows = {tuple(row) for row in np.stack(list(posterior().values()), axis=1).tolist()}
    assert {tuple(float(table[name][r]) for name in calibrated) for r in range(200)} <= rows


# Levers


def test_levers_default_to_their_values() -> None:
    table = lever_values(3)
    for name, lever in levers().items():
        assert table[name].tolist() == [lever.value] * 3


def test_a_lever_out_of_its_bounds_is_refused_with_the_bounds() -> None:
    with pytest.raises(
        ValueError, match=re.escape("lever grant_years: 99.0 is outside 0..15 years")
    ):
        lever_values(1, {"grant_years": 99.0})
    with pytest.raises(ValueError, match="lever grant_years: nan is outside"):
        lever_values(1, {"grant_years": float("nan")})


def test_an_unknown_lever_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        KeyError, match=r"no lever is called 'grants'; there are: grant_per_village, "
    ):
        lever_values(1, {"grants": 1.0})


@given(
    st.sampled_from(["point", "prior"]),
    st.integers(0, 2**31),
    st.lists(st.integers(0, 2**32), min_size=1, max_size=5, unique=True),
)
def test_every_draw_lies_within_the_range(mode: Mode, seed: int, runs: list[int]) -> None:
    table = draw(parameters(), mode, seed, np.array(runs, np.uint64))
    for name, quantity in parameters().items():
        assert (table[name] >= quantity.low * (1 - 1e-12)).all() and (
            table[name] <= quantity.high * (1 + 1e-12)
        ).all()

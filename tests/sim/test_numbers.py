"""Every number of the rebuilt model has unit, range and source; ranges are registered; strategies are institutions."""

import itertools

import numpy as np
import pytest
from village_alliances.calibration import evidence
from village_alliances.sim import registered, strategy, technology
from village_alliances.sim.parameters import levers, parameters

KNOWN = {row.id for row in evidence.figures()} | {row.id for row in evidence.outside()}
SHARES = np.array([0.001, 0.05, 0.5, 0.95, 0.999])


def test_ranges_are_those_that_were_registered():
    assert registered.fingerprint() == registered.registered()[0]["hash"], (
        "a range moved: name the source in sim/registered.toml, with the hash that "
        "python -m village_alliances.sim.registered prints"
    )


@pytest.mark.parametrize("one", technology.shipped(), ids=lambda one: one.name)
def test_numbers_of_a_type_have_a_source_and_stay_possible(one):
    for name, number in one.numbers.items():
        about = technology.NUMBERS[name]
        assert number.reason and number.unit
        assert set(number.evidence) <= KNOWN, (one.name, name, set(number.evidence) - KNOWN)
        drawn = one.at(name, SHARES)
        assert (np.diff(drawn) >= 0).all() and np.isfinite(drawn).all()
        assert drawn.min() >= about.low and drawn.max() <= about.high


def test_parameters_have_a_source():
    for name, quantity in parameters().items():
        assert set(quantity.evidence) <= KNOWN, (name, set(quantity.evidence) - KNOWN)
        assert quantity.evidence or quantity.assumption, name
        assert quantity.zh and quantity.en and quantity.unit


def test_levers_name_their_use():
    for name, lever in levers().items():
        assert set(lever.evidence) <= KNOWN, (name, set(lever.evidence) - KNOWN)


def test_strategies_carry_no_strength_and_say_where_each_choice_comes_from():
    for name in strategy.names():
        one = strategy.shipped(name)
        assert set(one.title) >= {"en", "zh"} and set(one.evidence) <= KNOWN
        if one.allies:
            choices = {
                "formation",
                "lead",
                "sharing",
                "names",
                "plenaries_per_year",
                "pact_quarters",
            }
            assert choices <= set(one.sources)
        assert all(m in (0.0, 1.0) for m in one.institutions()[6:])


def test_alike_institutions_are_known():
    alike = {
        frozenset((a, b))
        for a, b in itertools.combinations(strategy.names()[1:], 2)
        if strategy.shipped(a).institutions() == strategy.shipped(b).institutions()
    }
    assert alike == {frozenset(("enclave", "resource_complement"))}


def test_a_file_of_version_0_1_is_told_how_to_write_it_now(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('formation = "near"\n[channels]\nmentoring = 1.0\n', encoding="utf-8")
    with pytest.raises(strategy.StrategyError, match="since version 0"):
        strategy.read(str(path))


def test_a_county_adds_a_type_and_overrides_a_number(tmp_path):
    path = tmp_path / "mine.toml"
    number = '{value = 0.2, low = 0.1, high = 0.3, distribution = "uniform", unit = "1/year", kind = "assumption", reason = "ours"}'
    path.write_text(
        f'[let]\nprofit_rate = {number}\n[fish]\ntitle = {{en = "fish", zh = "渔"}}\nneeds = ["land"]\nprofit_rate = {number}\n',
        encoding="utf-8",
    )
    types = {one.name: one for one in technology.read(path)}
    assert types["let"].numbers["profit_rate"].value == 0.2
    assert types["let"].numbers["lag"] == technology.shipped()[0].numbers["lag"]
    assert types["fish"].needs == ("land",) and len(types) == 9


def test_everything_wrong_with_a_technology_is_said_at_once(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[let]\nneeds = ["water"]\n[let.fail]\nvalue = 2\nlow = 1\nhigh = 3\ndistribution = "uniform"\n'
        'unit = "1"\nkind = "assumption"\nreason = "x"\n[new]\nprofits = {value = 1}\n',
        encoding="utf-8",
    )
    with pytest.raises(technology.TechnologyError) as error:
        technology.read(path)
    assert "water" in str(error.value) and "fail" in str(error.value) and "new" in str(error.value)

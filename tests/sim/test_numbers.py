"""Every number of a project type has unit, range and source; all ranges are registered; a county
may add types of its own."""

import re
import tomllib

import numpy as np
import pytest
from village_alliances.calibration import evidence
from village_alliances.sim import region, registered, technology

KNOWN = {row.id for row in evidence.figures()} | {row.id for row in evidence.outside()}
WRITTEN = [region.SHARED, *sorted(region.FOLDER.glob("*.toml"))]
SHARES = np.array([0.001, 0.05, 0.5, 0.95, 0.999])


def test_ranges_are_those_that_were_registered():
    assert registered.fingerprint() == registered.registered()[0]["hash"], (
        "a range moved: name the source in sim/registered.toml, with the hash that "
        "python -m village_alliances.sim.registered prints"
    )


@pytest.mark.parametrize("first", technology.shipped(), ids=lambda first: first.name)
def test_numbers_of_a_type_have_a_source_and_stay_possible(first):
    for name, number in first.numbers.items():
        about = technology.NUMBERS[name]
        assert number.reason and number.unit
        assert number.reason_zh or number.kind != "assumption", name
        assert set(number.evidence) <= KNOWN, (first.name, name, set(number.evidence) - KNOWN)
        drawn = first.at(name, SHARES)
        assert (np.diff(drawn) >= 0).all() and np.isfinite(drawn).all()
        assert drawn.min() >= about.low and drawn.max() <= about.high


def test_a_county_adds_a_type_and_overrides_a_number(tmp_path):
    path = tmp_path / "mine.toml"
    number = '{value = 0.2, low = 0.1, high = 0.3, distribution = "uniform", unit = "1/year", kind = "assumption", reason = "ours"}'
    path.write_text(
        f'[let]\nprofit_rate = {number}\n[fish]\ntitle = {{en = "fish", zh = "渔"}}\nneeds = ["land"]\nprofit_rate = {number}\n',
        encoding="utf-8",
    )
    types = {kind.name: kind for kind in technology.read(path)}
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


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_reasons_in_chinese_write_numbers_as_offices_do(path):
    """No commas in thousands, and ranges with ～; no mark of code in either language."""
    reasons = dict(_reasons(tomllib.loads(path.read_text(encoding="utf-8"))))
    assert reasons
    for name, text in reasons.items():
        assert "`" not in text, (name, text)
        if name.endswith("_zh"):
            assert not re.search(r"\d,\d{3}|\d–", text), (name, text)


def _reasons(value, name=""):
    """Every assumption and reason with its place, in both languages."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _reasons(part, f"{name}.{key}")
    elif re.search(r"\.(assumption|reason)(_zh)?$", name) and isinstance(value, str):
        yield name, value

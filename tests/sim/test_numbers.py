"""Every number of a project type has unit, range and source; all ranges are registered; a county
may add types of its own."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from village_alliances.calibration import evidence
from village_alliances.sim import region, registered, technology

KNOWN = {row.id for row in evidence.figures()} | {row.id for row in evidence.outside()}
SIM = Path(registered.__file__).parent
WRITTEN = [
    *(SIM / name for name in ("technology.toml", "parameters.toml")),
    region.SHARED,
    *sorted(region.FOLDER.glob("*.toml")),
]
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
        f'[let]\nprofit_rate = {number}\n[fish]\ntitle = {{en = "fish", zh = "渔"}}\nneeds = ["land"]\nprofit_rate = {number}\n'
        f"unit_cost = {number}\n",
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


def refusal_of(path, text):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(technology.TechnologyError) as error:
        technology.read(path)
    return error.value


NUMBER = "value, low, high, distribution, unit, kind, reason"


def test_a_number_without_its_range_is_told_how_to_write_it(tmp_path):
    """Under a new type and a shipped one, and beside it a name that there is not."""
    head = 'title = {en = "m", zh = "菇"}\nneeds = ["land"]\n'
    error = refusal_of(
        tmp_path / "mine.toml",
        f"[mushroom]\n{head}unit_cost = 12000\nprofit_rte = 0.1\n[let]\nfail = 0.1\n"
        f'["mushroom shed"]\n{head}unit_cost = "much"\n',
    )
    flat, unknown, shipped, spaced = str(error).splitlines()
    assert f"found '12000'; expected a table [mushroom.unit_cost] with {NUMBER}" in flat
    assert "column 'mushroom.profit_rte'" in unknown
    assert "expected one of title, needs, by_product, unit_cost, profit_rate," in unknown
    assert f"[let.fail] with {NUMBER}" in shipped
    assert f'["mushroom shed".unit_cost] with {NUMBER}' in spaced
    assert "numbers" not in str(error)
    assert "[mushroom.unit_cost]，其下填写 value、low" in error.message("zh")


def test_what_a_type_needs_has_its_cost(tmp_path):
    error = refusal_of(
        tmp_path / "mine.toml",
        '[a]\ntitle = {en = "a", zh = "甲"}\nneeds = ["land"]\nlag = 3\n'
        '[b]\ntitle = {en = "b", zh = "乙"}\nneeds = ["roofs"]\n'
        '[c]\ntitle = {en = "c", zh = "丙"}\nneeds = []\n',
    )
    assert [line.split(": ")[0].split("column ")[1] for line in str(error).splitlines()] == [
        "'a.lag'",
        "'a.unit_cost'",
        "'b.unit_cost'",
    ]
    assert f"found nothing; expected a table [a.unit_cost] with {NUMBER}" in str(error)
    assert "unit_cost" in error.message("zh") and "发现 空缺" in error.message("zh")

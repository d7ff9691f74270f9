"""No name, no weight: what a strategy or a type is called, and where it stands in its list, changes
nothing but the labels; neither does a village out of reach. The order of rows, blocks, threads and
plain Python: test_properties.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from village_alliances.sim import technology
from village_alliances.sim.building import build
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.loading import load
from village_alliances.sim.quarter import run
from village_alliances.sim.society import LAND, PIECES, VOLUME
from village_alliances.sim.strategy import Portfolio, names, read_strategy

from . import worlds
from .worlds import QUIET_COUNTY, project, table, village

pytestmark = pytest.mark.usefixtures("compiled_model")

VILLAGE_COLUMNS = ("operating_income", "villager_income", "capacity", "wages", "stake", "debt", "alliance")  # fmt: skip


def same(first, other, index=slice(None)):
    for column in VILLAGE_COLUMNS:
        np.testing.assert_array_equal(
            getattr(first.villages, column)[index], getattr(other.villages, column), err_msg=column
        )


def after(scenario, of, **options):
    society = build(scenario, of, **options)
    return run(society, range(society.calendar.size))


def test_a_strategy_of_another_name_is_the_same_strategy():
    place = load("fenghua")
    ours = read_strategy("talent_driven")
    renamed = ours.model_copy(update={"name": "x", "title": {"en": "x", "zh": "x"}, "does": {}})
    same(after(place, ours, runs=2, years=4), after(place, renamed, runs=2, years=4))


def test_strategies_of_equal_institutions_are_equal_to_the_bit():
    by_rules: dict[tuple, list[str]] = {}
    for name in names()[1:]:
        by_rules.setdefault(read_strategy(name).institutions(), []).append(name)
    pairs = [alike for alike in by_rules.values() if len(alike) > 1]
    given = load("jinxi")  # where who is together is given, formation says nothing
    pairs.append(["enclave", "resource_complement"])
    for alike in pairs:
        first, *others = (run_together(given, {"it": n}, runs=8).strategies["it"] for n in alike)
        for other in others:
            assert first.series.tobytes() == other.series.tobytes(), alike


def test_the_order_of_strategies_in_a_mix_changes_nothing():
    place = load("fenghua")
    towns = sorted({str(t) for t in place.places["township"]})
    by = {town: ("culture", "project", "enclave")[n % 3] for n, town in enumerate(towns)}
    sizes = after(place, Portfolio("none", by), runs=2, years=3)
    other = after(place, Portfolio("none", dict(reversed(by.items()))), runs=2, years=3)
    assert [s.name for s in Portfolio("none", by).strategies] != [
        s.name for s in Portfolio("none", dict(reversed(by.items()))).strategies
    ]
    same(sizes, other)


def test_the_order_of_types_in_the_table_changes_nothing():
    """To rounding: sums over types are taken in another order. Draws are keyed by
    the type, not by its row."""
    place = load("jinxi")
    types = technology.shipped()
    sizes = after(place, "strong_leads_weak", runs=12, types=types)
    other = after(place, "strong_leads_weak", runs=12, types=types[::-1])
    for column in ("operating_income", "villager_income", "stake", "wages"):
        np.testing.assert_allclose(
            getattr(sizes.villages, column), getattr(other.villages, column), rtol=1e-9, atol=1e-6
        )
    np.testing.assert_allclose(sizes.capital, other.capital[:, ::-1], rtol=1e-9, atol=1e-6)


def test_types_that_exchange_their_names_exchange_their_results():
    """Draws are keyed by the name, so means over runs are compared where chance plays a part; here
    nothing is left to chance."""
    place = load("jinxi")
    certain = {"fail": 0.0, "hazard": 0.0, "lag": 1.0, "approval": 0.0}

    def sure(kind, name):
        numbers = {
            key: number.model_copy(update=dict.fromkeys(("value", "low", "high"), certain[key]) | {"distribution": "fixed"})
            if key in certain else number
            for key, number in kind.numbers.items()
        }  # fmt: skip
        return kind.model_copy(update={"numbers": numbers, "name": name})

    types = technology.shipped()
    called = [kind.name for kind in types]
    options = {"runs": 4, "mode": "point", "fixed": {"fortune_sd": 0.0, "closing_rate": 0.0}}
    sizes = after(place, "project", types=tuple(map(sure, types, called)), **options)
    other = after(
        place, "project", types=tuple(map(sure, types, called[1:] + called[:1])), **options
    )
    same(sizes, other)
    np.testing.assert_array_equal(sizes.capital, other.capital)


def test_a_village_of_another_county_changes_nobody():
    """It shares no market and lies further than the nearest that a village knows. Places are kept:
    distances are of a map that is drawn round the middle of all."""
    rows = [village(i, alliance=f"a{i // 5}") for i in range(25)]
    far = village(99, name="zz", county="zz", city="zz", lon=130.0, lat=45.0)
    near = table(rows)
    more = table([*rows, far])
    more = replace(more, position=np.vstack([near.position, [[2000.0, 2000.0]]]))
    sizes = after(near, "strong_leads_weak", runs=3)
    other = after(more, "strong_leads_weak", runs=3)
    mine = np.tile(np.arange(26) < 25, 3)
    for column in VILLAGE_COLUMNS:
        np.testing.assert_array_equal(
            getattr(sizes.villages, column), getattr(other.villages, column)[mine], err_msg=column
        )


RESTLESS = {
    "haircut": 0.0,
    "leaving_cost": 0.0,
    "meeting_cost": 2000.0,
}  # members leave and alliances end


def test_no_room_is_used_twice_and_none_is_freed_under_a_project():
    """Leaving and ending move room with projects: what projects of a run stand
    on is in use by somebody."""
    place = load("fenghua")
    levers = {**QUIET_COUNTY, "moves": 1.0, "pact": 4.0, "ordinary_money": -1.0}
    society = worlds.build(
        place, "strong_leads_weak", runs=3, years=8, levers=levers, fixed=RESTLESS, mode="prior"
    )
    runs, slots = 3, society.alliances.size // 3
    left = 0
    for tick in range(32):
        run(society, [tick])
        left += int(society.runs.leaves.sum()) > 0
        free = society.endowment - society.used - society.signed_away
        assert free.min() > -1e-6 * (1 + society.endowment.max())
        held = society.capital + society.building
        rows = place.size * runs
        for e in (LAND, PIECES, VOLUME):
            units = np.zeros(held.shape[0])
            for j in range(society.needs.shape[0]):
                if e in society.needs[j]:
                    cost = society.technology.unit_cost[:, j]
                    per_row = np.concatenate([np.repeat(cost, place.size), np.repeat(cost, slots)])
                    units += held[:, j] / per_row
            stands = units[:rows].reshape(runs, -1).sum(1) + units[rows:].reshape(runs, -1).sum(1)
            in_use = (society.used + society.signed_away)[:, e].reshape(runs, -1).sum(1)
            assert (in_use >= stands * (1 - 1e-9) - 1e-6).all(), (tick, e, in_use, stands)
    assert left > 0


def test_cash_in_the_bank_earns_what_the_chooser_counts_on():
    rows = [village(i, reserves=400000) for i in range(2)]
    place = replace(table(rows), given=())
    idle = project("nothing", profit_rate=0.0)
    society = build(
        place, "none", runs=1, years=1, mode="point", levers=QUIET_COUNTY, types=(idle,)
    )
    society.accounts.fund[:] = 400000.0
    run(society, [0])
    rate = society.parameters.bank_rate[0]
    assert society.villages.project_income == pytest.approx(rate * 400000.0)

"""What a table states of an endowment stands, bounds included; what it leaves open is drawn."""

import numpy as np
import pytest
from village_alliances.sim.building import build
from village_alliances.sim.loading import FOLDER, load
from village_alliances.sim.problems import TableError
from village_alliances.sim.society import ENDOWMENTS

TABLE = """name,township,idle_hands,roofs,scenic,firm_jobs,residents,households
a,t,<20,1-2,0,30,400,120
b,t,>200,<0.5,2,<10,>900,<80
c,t,,,,,,
"""


@pytest.fixture(scope="module")
def society(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "villages.csv"
    path.write_text(TABLE, encoding="utf-8")
    return build(load(str(path), region="ningbo", start=2015), "none", runs=60)


def of(society, name):
    """An endowment by run and village."""
    return society.endowment[:, ENDOWMENTS.index(name)].reshape(60, 3)


def test_stated_figures_and_bounds_hold_in_every_run(society):
    hands, roofs, scenic = (of(society, name) for name in ("hands", "roofs", "scenic"))
    assert ((hands[:, 0] >= 0) & (hands[:, 0] <= 20)).all() and (hands[:, 1] >= 200).all()
    assert ((roofs[:, 0] >= 1) & (roofs[:, 0] <= 2)).all() and (roofs[:, 1] <= 0.5).all()
    assert (scenic[:, 0] == 0).all() and (scenic[:, 1] == 2).all()
    jobs = society.villages.firm_jobs.reshape(60, 3)
    assert (jobs[:, 0] == 30).all() and ((jobs[:, 1] >= 0) & (jobs[:, 1] <= 10)).all()
    people = of(society, "people")
    assert (people[:, 0] == 400).all() and (people[:, 1] >= 900).all()
    households = society.villages.households.reshape(60, 3)
    assert (households[:, 0] == 120).all() and (households[:, 1] <= 80).all()


def test_what_is_left_open_differs_from_run_to_run(society):
    for name in ("hands", "roofs", "people"):
        assert len(set(of(society, name)[:, 2])) > 50


PLACED = {
    "collective_income": "start_income",
    "villager_income": "start_villager",
    "trend": "trend",
}


def shares_between(values, townships):
    """Part of the variance of each run's values that lies between townships, averaged over runs
    (analysis of variance)."""
    sizes = np.bincount(townships)
    means = np.stack([np.bincount(townships, row) for row in values]) / sizes
    within = ((values - means[:, townships]) ** 2).sum(axis=1) / (townships.size - sizes.size)
    grand = values.mean(axis=1, keepdims=True)
    between = (sizes * (means - grand) ** 2).sum(axis=1) / (sizes.size - 1)
    part = (between - within) / sizes.mean()
    return float((part / (part + within)).mean())


def test_townships_of_fenghua_differ_as_its_region_says_and_its_weak_and_strong_are_counted():
    place, runs = load("fenghua"), 24
    villages = build(place, "none", runs=runs, mode="prior").villages
    townships = villages.township[: place.size]
    for name, column in PLACED.items():
        values = getattr(villages, column).reshape(runs, -1)
        between = place.region.between[name]
        stated = between.township / (1.0 - between.county)  # it is one county
        drawn = shares_between(values if name == "trend" else np.log(values), townships)
        assert drawn == pytest.approx(stated, abs=0.12), name
    income = villages.start_income.reshape(runs, -1)
    assert ((income <= 50_000).sum(axis=1) == 88).all()
    assert income.max() > 20e6  # no cap


def test_rents_and_residents_fall_with_the_distance_to_a_town(tmp_path):
    def away(km):
        path = tmp_path / f"{km}.csv"
        path.write_text(f"name,township,town_km\na,t,{km}\n", encoding="utf-8")
        return build(load(str(path), region="ningbo", start=2015), "none", runs=20, mode="prior")

    near, far = away(2), away(60)
    p = near.parameters
    rents = far.villages.site / near.villages.site
    np.testing.assert_allclose(rents, 30.0**-p.town_pull)
    people = ENDOWMENTS.index("people")
    there = far.endowment[:, people] / near.endowment[:, people]
    np.testing.assert_allclose(there, 30.0**-p.town_people)


def test_counts_that_do_not_fit_the_villages_are_told(tmp_path):
    text = (FOLDER / "fenghua" / "scenario.toml").read_text(encoding="utf-8")
    (tmp_path / "villages.csv").write_bytes((FOLDER / "fenghua" / "villages.csv").read_bytes())
    wrong = text.replace("count = 87", "count = 86").replace("low = 1150000", "low = 900000")
    (tmp_path / "scenario.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(TableError) as caught:
        load(str(tmp_path))
    assert [(p.column, p.found) for p in caught.value.problems] == [
        ("counted[1]", "50000-1.15e+06"),
        ("counted", "357 villages"),
    ]

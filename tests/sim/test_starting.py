"""What a table states of an endowment stands, bounds included; what it leaves open is drawn."""

import pytest
from village_alliances.sim.building import build
from village_alliances.sim.loading import load
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

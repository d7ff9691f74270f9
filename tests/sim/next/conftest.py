import pytest


@pytest.fixture(scope="session")
def compiled_next() -> None:
    """Every rule of the rebuilt model is compiled once this fixture is there."""
    from village_alliances.sim.next.building import build
    from village_alliances.sim.next.quarter import step
    from village_alliances.sim.scenario import load

    society = build(load("jinxi"), "strong_leads_weak", runs=1, mode="point", years=1)
    for tick in range(4):
        step(society, tick)

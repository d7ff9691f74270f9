"""Planted tables: where one thing is to be had, and how is known beforehand, a proposal finds it;
what it promises it keeps."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.answer import Proposal
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.loading import load
from village_alliances.sim.technology import ProjectType

from tests.sim.worlds import project, strategy

pytestmark = pytest.mark.usefixtures("compiled_model")
HEAD = "name,township,lon,lat,industry,stage,collective_income,population,idle_land,volume,capacity,ability,tenure,reserves,debt"
GRANT, YEARS = 60_000.0, 4.0
FRESH = 64
NEAR = strategy("near")
PLANT = project("plant", ("volume",), unit_cost=1000.0, profit_rate=0.3, overhead=65_000.0, by_product=True)  # fmt: skip
SHOP = project("shop", profit_rate=0.1)
OFF = {"pooling": 0.0, "own_money": 0.0, "shared_ability": 0.0}


def village(n: int, wide: int, product: str = "tea", volume: float = 0, able: float = 0.5) -> str:
    lon, lat = 121.4 + 0.01 * (n % wide), 29.6 + 0.01 * (n // wide)
    return f"村{n:02d},甲镇,{lon},{lat},{product},grow,90000,1000,0,{volume},{able},{able},3,0,0"


def task(
    rows: list[str], kinds: ProjectType, high: int, paid: int, grants: tuple[float, ...] = (GRANT,), **more: dict[str, float]
) -> Task:  # fmt: skip
    path = Path(mkdtemp()) / "villages.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return Task(
        load(path, years=5), "gain_mean", paid * GRANT * YEARS, strategies=(NEAR,), grants=grants, high=high, types=(kinds,),
        mode="prior", **more,
    )  # fmt: skip


def product() -> Task:
    """Two products in a chequered country: a plant pays only for four villages of one."""
    return task([village(n, 4, ("tea", "peach")[n % 2], 200) for n in range(8)], PLANT, 4, 8)


def talent() -> Task:
    """Two able secretaries and four who are not, where everything hangs on management."""
    able = (0.95, 0.1, 0.1, 0.95, 0.1, 0.1)
    kinds = project("shop", profit_rate=0.12, management=1.0)
    return task([village(n, 3, able=able[n]) for n in range(6)], kinds, 3, 6)


def pooled() -> Task:
    """What is to be had costs so much to run that no village alone can."""
    kinds = project("shop", profit_rate=0.15, overhead=120_000.0)
    return task([village(n, 3) for n in range(6)], kinds, 6, 6)


def aimed() -> Task:
    """One village has what a project needs, the others have nothing: with the parts of a gain
    switched off, money is best there."""
    kinds = project("plant", ("volume",), unit_cost=1000.0, profit_rate=0.3)
    rows = [village(n, 3, volume=600.0 * (n == 4)) for n in range(6)]
    return task(rows, kinds, 3, 1, (0.0, GRANT), levers=OFF)


def nobody() -> Task:
    """Nothing comes of acting together: every part of its gain is switched off, and
    meetings cost."""
    return task([village(n, 3) for n in range(6)], SHOP, 4, 6, (0.0, GRANT), levers=OFF)


def river() -> Task:
    """Six growers of one product in a line across a county of others."""
    line = {7 * n for n in range(6)}
    rows = [
        village(n, 6, "tea" if n in line else ("peach", "bamboo")[n % 2], 200.0 * (n in line))
        for n in range(36)
    ]
    return task(rows, PLANT, 6, 6)


def county() -> Task:
    """Fenghua with about a third of the usual grants for everybody: where nothing is planted."""
    s = load("fenghua")
    return Task(s, "weak_villages_50k", 84_000.0 * s.size)


@cache
def proposed(of: Callable[[], Task]) -> tuple[Proposal, list[set[int]], set[int]]:
    """The proposal, the members of its alliances, and the villages that it funds singly."""
    p = propose(of(), fresh_runs=FRESH)
    return p, [{m.position for m in a.members} for a in p.alliances], {f.position for f in p.funded}


def test_growers_of_one_product_are_brought_together() -> None:
    p, allied, _ = proposed(product)
    assert sorted(map(sorted, allied)) == [[0, 2, 4, 6], [1, 3, 5, 7]] and p.advice == "ally"


def test_where_nothing_comes_of_it_nobody_allies() -> None:
    p, allied, _ = proposed(nobody)
    assert not allied and p.advice in ("aim", "nothing")


@pytest.mark.slow
def test_each_able_secretary_has_its_own_alliance() -> None:
    _, allied, _ = proposed(talent)
    assert len(allied) == 2 and all(len({0, 3} & group) == 1 for group in allied)


@pytest.mark.slow
def test_money_that_is_best_pooled_is_pooled() -> None:
    p, allied, _ = proposed(pooled)
    assert max(map(len, allied)) >= 4 and p.advice in ("ally", "mixed")


@pytest.mark.slow
def test_money_that_is_best_aimed_singly_is_aimed() -> None:
    p, allied, funded = proposed(aimed)
    assert not allied and funded == {4} and p.advice == "aim"


@pytest.mark.slow
def test_a_river_is_followed() -> None:
    p, allied, _ = proposed(river)
    assert allied == [{0, 7, 14, 21, 28, 35}] and p.advice in ("ally", "plain")


@pytest.mark.slow
def test_what_is_promised_is_kept_and_no_rival_is_better() -> None:
    """Over all planted tables and a county together, within two standard errors: no optimism, and
    nothing left to the strongest rival that keeps the rules; nor in the county by itself."""
    optimism, behind = [], []
    for of in (product, talent, pooled, aimed, nobody, river, county):
        p, *_ = proposed(of)
        error = p.hunt.fresh_error * math.sqrt(1 + FRESH / p.hunt.final_runs)
        optimism.append(p.hunt.optimism / error if error else 0.0)
        rivals = [r for r in p.rivals if not r.not_allowed]
        best = max(rivals, key=lambda r: r.objective.gain.mean).objective.difference
        behind.append(-best.mean / best.error if best.error else 0.0)
    for values in (optimism, behind):
        assert sum(values) / math.sqrt(len(values)) <= 2.0, values
        assert values[-1] <= 2.0, values

"""A candidate in a packed block lives through the same bits as in the whole county."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from village_alliances.experiments.propose.scoring import Candidate, Laboratory
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.scenario import Scenario, grouped, load
from village_alliances.sim.strategy import Portfolio

pytestmark = pytest.mark.usefixtures("compiled_model")
MARKET = {"market_shock": -0.4, "market_quarter": 6.0}
PLANS = ("strong_leads_weak", "industry_chain")


def together(
    name: str, levers: dict[str, float], runs: int = 12
) -> tuple[Scenario, list[Candidate], np.ndarray, np.ndarray]:
    """A scenario whose alliances have unlike strategies and grants, in one run of the whole: candidates, incomes, incomes alone."""
    s = load(name)
    s = replace(
        s, levers={key: value for key, value in s.levers.items() if key != "formation"}, years=5
    )
    s = s if len(s.given) > 1 else grouped(s, 3)
    s = replace(
        s, given=tuple(replace(g, grant=(0.5, 1.0, 2.0)[at % 3]) for at, g in enumerate(s.given))
    )
    portfolio = Portfolio(PLANS[0], {g.name["en"]: PLANS[at % 2] for at, g in enumerate(s.given)})
    whole = run_ensemble(s, portfolio, runs=runs, seed=3, keep_villages=True, levers=levers)
    candidates = [
        Candidate(tuple(sorted(g.members)), PLANS[at % 2], 60_000.0 * g.grant, g.lead, g.founded)
        for at, g in enumerate(s.given)
    ]
    return s, candidates, whole.villages["collective_income"], whole.villages["alone_income"]


@pytest.mark.parametrize("name", ["jinxi", "sanshi-wudi", "yuelin", "fenghua"])
@pytest.mark.parametrize("levers", [{}, MARKET])
def test_packed_is_alone_is_together(name: str, levers: dict[str, float]) -> None:
    s, candidates, income, alone = together(name, levers)
    lab = Laboratory(s, PLANS, seed=3, levers=levers)
    crowd = lab.score([*candidates, *reversed(candidates)], 12)
    for at, c in enumerate(candidates):
        expected = income[:, list(c.members)].T
        assert np.array_equal(crowd.income[crowd.of(at)], expected)
        assert np.array_equal(crowd.income[crowd.of(2 * len(candidates) - 1 - at)], expected)
        assert np.array_equal(lab.score([c], 12).income, expected)
    assert np.array_equal(lab.alone(12).income, alone)


def test_money_of_a_block_is_that_of_its_candidates(six: Scenario) -> None:
    lab = Laboratory(six, PLANS, seed=1)
    found = lab.score(
        [Candidate((0, 1, 2), PLANS[0], 60_000.0), Candidate((3, 4), PLANS[1], 30_000.0)], 8
    )
    assert np.allclose(found.grants.sum(axis=1), found.granted.sum(axis=0))
    assert found.granted[0].max() <= 60_000 * 3 * 4 + 1e-6


def test_any_number_of_threads_and_any_order_give_the_same_bits(six: Scenario) -> None:
    candidates = [
        Candidate((a, b), plan, 60_000.0)
        for a in range(6)
        for b in range(a + 1, 6)
        for plan in PLANS
    ] * 20
    one, two = (
        Laboratory(six, PLANS, seed=1, threads=threads).score(candidates, 40) for threads in (1, 2)
    )
    for name in ("income", "last_weak", "stays", "ended", "granted", "grants"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


def test_overlapping_candidates_do_not_disturb_each_other(six: Scenario) -> None:
    lab = Laboratory(six, PLANS, seed=1)
    wanted = Candidate((0, 2, 4), PLANS[0], 60_000.0)
    crowded = lab.score(
        [Candidate((0, 1), PLANS[0], 0.0), wanted, Candidate((2, 3, 4, 5), PLANS[1], 120_000.0)], 16
    )
    assert np.array_equal(crowded.income[crowded.of(1)], lab.score([wanted], 16).income)

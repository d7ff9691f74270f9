"""The answer: measured on luck of its own, complete, and the same from its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.answer import Proposal, read
from village_alliances.experiments.propose.candidates import township_groups
from village_alliances.experiments.propose.evaluate import Evaluation, _notes, fresh_seed, staying
from village_alliances.experiments.propose.scoring import Candidate
from village_alliances.experiments.propose.search import Search
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.scenario import Scenario, load

from tests.experiments.propose.conftest import row

pytestmark = pytest.mark.usefixtures("compiled_model")
PLANS = ("strong_leads_weak", "service_sharing", "industry_chain")


@pytest.fixture(scope="module")
def found() -> Proposal:
    return propose(Task(load("jinxi"), "gain_total", 1.5e6, strategies=PLANS), fresh_runs=60)


def test_it_comes_back_from_its_file(found: Proposal, tmp_path: Path) -> None:
    path = tmp_path / "proposal.json"
    path.write_text(found.json(), encoding="utf-8")
    assert read(path) == found and read(found.json()) == found


def test_the_same_question_has_the_same_bytes(found: Proposal) -> None:
    again = propose(
        Task(load("jinxi"), "gain_total", 1.5e6, strategies=PLANS), fresh_runs=60, threads=1
    )
    assert again.json() == found.json()


def test_nothing_contradicts_itself(found: Proposal) -> None:
    assert found.promised <= found.budget + 1e-6
    assert found.proposal.cost.high <= found.promised + 1e-6
    assert found.promised == pytest.approx(sum(a.cost for a in found.alliances))
    allied = [m.village for a in found.alliances for m in a.members]
    assert len(allied) == len(set(allied)) == found.proposal.allied
    assert sorted(allied + found.alone) == sorted(s.village for s in found.sites)
    for a in found.alliances:
        assert a.gain.mean == pytest.approx(sum(m.gain.mean for m in a.members))
        assert sum(m.leads for m in a.members) == pytest.approx(1.0)
        assert a.lead in [m.village for m in a.members]
        assert {s.alliance for s in found.sites if s.village in [m.village for m in a.members]} == {
            a.number
        }
    total = next(o for o in found.proposal.outcomes if o.name == "gain_total")
    assert total.gain.mean == pytest.approx(sum(a.gain.mean for a in found.alliances))
    assert found.hunt.fresh == pytest.approx(found.proposal.objective.gain.mean)
    assert found.hunt.optimism == pytest.approx(found.hunt.in_search - found.hunt.fresh)
    for rival in [*found.rivals, *found.ablations]:
        expected = found.proposal.objective.gain.mean - rival.objective.gain.mean
        assert rival.objective.difference.mean == pytest.approx(expected, abs=1e-6)


def test_rivals_have_the_same_money(found: Proposal) -> None:
    by = {m.key: m for m in found.rivals}
    assert {"nobody", "solo", "today", "township", "nearness"} <= set(by)
    assert by["solo"].cost.mean == pytest.approx(found.proposal.cost.mean)
    assert by["nobody"].cost.mean == 0.0 and by["nobody"].objective.gain.mean == 0.0
    for key in ("township", "nearness"):
        assert by[key].cost.high <= found.budget + 1e-6


def test_more_money_is_offered_on_the_front(found: Proposal) -> None:
    budgets = [point.budget for point in found.front]
    assert budgets == sorted(budgets) and budgets[0] == 0.0 and found.budget in budgets
    assert all(point.cost.high <= point.budget + 1e-6 for point in found.front)


def test_fresh_luck_is_not_the_searchs() -> None:
    seeds = [fresh_seed(seed) for seed in range(50)]
    assert len(set(seeds)) == 50 and not set(seeds) & set(range(50))
    search = Search(Task(load("jinxi"), "gain_total", 1e6, strategies=PLANS), runs=8, final_runs=8)
    measured = Evaluation(search, runs=8)
    assert not np.array_equal(measured.county.income, search.lab.alone(8).income)


def test_what_is_measured_is_what_the_model_says(six: Scenario) -> None:
    """The proposal's incomes are those of one ensemble of the whole county under the fresh seed."""
    from village_alliances.sim.ensemble import run_ensemble
    from village_alliances.sim.scenario import FIRST_QUARTER, Given
    from village_alliances.sim.strategy import Portfolio

    search = Search(Task(six, "gain_total", 1e6, strategies=PLANS), runs=8, final_runs=16)
    search.run()
    measured = Evaluation(search, runs=10)
    chosen = list(search.best.candidates)  # type: ignore[union-attr]
    lived = measured.live(chosen)
    given = [
        Given(
            {"en": f"a{at}", "zh": f"a{at}"},
            c.members,
            -1,
            FIRST_QUARTER,
            grant=c.grant / measured.lab.usual,
        )
        for at, c in enumerate(chosen)
    ]
    portfolio = Portfolio(PLANS[0], {f"a{at}": c.strategy for at, c in enumerate(chosen)})
    whole = run_ensemble(
        replace(six, given=tuple(given)),
        portfolio,
        runs=10,
        seed=fresh_seed(1),
        keep_villages=True,
        levers={"formation": 0.0},
    )
    assert np.array_equal(whole.villages["collective_income"], lived.income)
    assert np.array_equal(whole.grants, lived.money)


def test_who_is_placed_as_before() -> None:
    chosen = [Candidate((0, 1, 2, 3), "a", 0.0), Candidate((4, 5), "a", 0.0)]
    assert staying((0, 1, 2), chosen) == 3
    assert staying((0, 1), chosen) == 0
    assert staying((4, 5, 6), chosen) == 2
    assert staying((2, 3, 4, 5), chosen) == 2


def test_townships_are_cut_evenly() -> None:
    s = load("yuelin")
    groups = township_groups(s, 2, 5)
    assert sorted(i for g in groups for i in g) == sorted({i for g in groups for i in g})
    assert all(2 <= len(g) <= 5 and len({s.places["township"][i] for i in g}) == 1 for g in groups)


def test_a_rival_that_breaks_rules_is_also_measured_without_those_groups(
    table: Callable[[list[str]], Scenario],
) -> None:
    rows = [
        row(f"村{n}", 121.4 + 0.01 * (n % 2) + 0.3 * (n // 4), 29.6 + 0.01 * (n % 3))
        for n in range(6)
    ]  # two far from the others
    found = propose(
        Task(table(rows), "gain_total", 1e6, low=2, high=3, radius=3, strategies=PLANS[:1]),
        rounds=1,
        fresh_runs=20,
    )
    by = {m.key: m for m in found.rivals}
    assert by["township"].not_allowed == 1 and by["township"].alliances == 2
    kept = by["township_kept"]
    assert kept.not_allowed == kept.unwilling == 0 and kept.alliances < 2


def test_unknown_incomes_are_said(six: Scenario) -> None:
    def notes(s: Scenario) -> str:
        return " ".join(
            note["en"] + note["zh"]
            for note in _notes(
                Search(Task(s, "gain_total", 1e6, strategies=PLANS[:1]), runs=8, final_runs=8)
            )
        )

    assert "earn" not in notes(six)
    known = six.numbers["collective_income"]
    some = replace(
        known,
        kind=np.where(np.arange(6) < 4, 0, known.kind).astype(np.int8),
        low=np.full(6, -np.inf),
        high=np.full(6, np.inf),
    )
    said = notes(replace(six, numbers={**six.numbers, "collective_income": some}))
    assert "4 of 6 villages earn" in said and "6 个村中 4 个村的集体收入" in said


def test_no_alliance_is_proposed_where_none_helps(six: Scenario) -> None:
    found = propose(
        Task(
            six,
            "gain_total",
            0.0,
            strategies=("governance",),
            grants=(0.0,),
            radius=1.2,
            high=2,
            never=((0, 1, 2, 3, 4, 5),),
        )
    )
    assert found.alliances == [] and len(found.alone) == 6 and found.nearest is None
    assert read(found.json()) == found

"""What may be asked: every main outcome has a kind, and a kind without skill is not answered."""

from __future__ import annotations

import pytest
from village_alliances.calibration import asked, scores
from village_alliances.sim.metrics import BY_NAME, MAIN


def test_kinds_and_outcomes_are_known() -> None:
    assert set(asked.OUTCOMES) == set(scores.KINDS)
    assert set(asked.KIND) <= set(BY_NAME)
    spent = {"public_cost", "own_money", "membership_cost", "campaign_cost", "ordinary_money"}
    assert {name for name in MAIN if name not in asked.KIND} <= {
        *spent,
        "cohesion",
        "capacity",
        "ability",
    }


@pytest.mark.parametrize("kind", scores.KINDS)
def test_only_of_incomes_differences_stand_where_levels_do_not(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "refused", lambda: frozenset({kind}))
    for outcome, of in asked.KIND.items():
        assert asked.level_is_told(outcome) is (of != kind)
        assert asked.difference_is_told(outcome) is (of != kind or kind == "income")

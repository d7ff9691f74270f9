"""What may be asked: every main outcome has a kind, and a kind without skill is not answered."""

from __future__ import annotations

import pytest
from village_alliances.calibration import asked, scores
from village_alliances.experiments import answered, export
from village_alliances.experiments.answer import lines
from village_alliances.experiments.compare import compare
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import BY_NAME, MAIN
from village_alliances.wording import say


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


@pytest.mark.parametrize("kind", ["jobs", "income"])
def test_tables_and_json_leave_blank_what_may_not_be_asked(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (asked, answered, lines):
        monkeypatch.setattr(module, "refused", lambda: frozenset({kind}))
    c = compare(load("jinxi"), ["none", "strong_leads_weak"], runs=8, seed=1)
    csv = export.for_readers(c, c.table, "en").set_index("outcome")
    reply = export.answer(c)
    for outcome, of in asked.KIND.items():
        levels, differences = (
            csv.loc[[outcome], [name for name in names if name in csv]].notna().to_numpy().all()
            for names in (["median", "p05", "p95"], ["diff_median", "diff_p95"])
        )
        assert levels == (of != kind) and differences == (of != kind or of == "income"), outcome
        said = [row["median"] for row in reply["comparison"] if row["outcome"] == outcome]
        assert (None in said) == (of == kind), outcome
    ranked = {row["outcome"] for row in reply["best"]}
    assert ("jobs" in ranked) == (kind != "jobs") and "mean_income" in ranked
    assert all(row["jobs"] is None for row in reply["projects"]) == (kind == "jobs")
    for lang in ("en", "zh"):
        first = say("answer.order_only", lang)
        assert reply["verdict"][lang].startswith(first) == (kind == "income")
    chinese = export.for_readers(c, c.table, "zh")
    assert "可询问的内容" in chinese

"""The live model: the same bits as an ensemble, agents that are views, and the ways of Mesa, on every Mesa we support."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest
from mesa.batchrunner import batch_run
from village_alliances.sim.agents import Alliance, Secretary, Village
from village_alliances.sim.building import build
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.metrics import INDEX, MAIN
from village_alliances.sim.model import AllianceModel, Collector
from village_alliances.sim.quarter import QUARTER, step
from village_alliances.sim.scenario import load
from village_alliances.sim.society import ALLIANCE, DISSOLVED, ORIGINS, VILLAGE

from tests.sim.comparing import different, run_of

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("compiled_model")
TEXTS = {
    "stage",
    "origin",
    "alone_origin",
    "industry",
    "township",
    "county",
    "city",
    "status",
    "strategy",
    "sharing",
}
POINTERS = {"alliance", "mentor", "posted_from", "run", "lead", "top", "members"}
STAY = {"moves": 0.0}  # members stay together


def finished(model: AllianceModel) -> AllianceModel:
    while model.running:
        model.step()
    return model


def batch(**parameters: Any) -> list[dict[str, Any]]:
    return batch_run(
        parameters.pop("kind", AllianceModel), parameters, max_steps=1000, display_progress=False
    )


# The same bits


@pytest.mark.parametrize(
    ("scenario", "strategy", "years", "runs", "run"),
    [
        ("jinxi", "strong_leads_weak", 6, 60, 17),
        ("jinxi", "none", 6, 8, 7),
        ("chunhu", "industry_chain:0.5,culture:0.5", 6, 20, 3),
        ("fenghua", "cross_border", 4, 3, 2),  # villages ally by themselves
    ],
)
def test_every_column_at_every_tick_equals_that_run_in_a_block_of_many(
    scenario: str, strategy: str, years: int, runs: int, run: int
) -> None:
    model = AllianceModel(scenario, strategy, luck_seed=5, run=run, years=years)
    block = build(load(scenario), strategy, seed=5, runs=runs, years=years)
    assert different(run_of(model.society), run_of(block, run)) == []
    for tick in range(4 * years):
        model.step()
        step(block, tick)
        assert different(run_of(model.society), run_of(block, run)) == [], tick
    many = run_ensemble(
        load(scenario), strategy, runs=runs, seed=5, years=years, keep_villages=True
    )
    assert model.society.series[0].tobytes() == many.series[run].tobytes()
    assert (
        model.society.v.collective_income.tobytes()
        == many.villages["collective_income"][run].tobytes()
    )


def test_neither_log_nor_history_changes_a_bit() -> None:
    quiet = finished(AllianceModel("jinxi", run=4, log=False))
    noted = finished(AllianceModel("jinxi", run=4))
    kept = finished(AllianceModel("jinxi", run=4, history=True))
    assert different(run_of(quiet.society), run_of(noted.society)) == []
    assert different(run_of(quiet.society), run_of(kept.society)) == []
    assert quiet.events == [] and quiet.history is None
    assert len(noted.events) > 50 and noted.events == kept.events


def test_reading_outcomes_between_quarters_changes_nothing_and_agrees_with_the_yearly_record() -> (
    None
):
    model, unread = AllianceModel("jinxi", run=2), AllianceModel("jinxi", run=2)
    while model.running:
        model.step()
        unread.step()
        for name in MAIN:
            now = getattr(model, name)
            if model.tick % 4 == 0:
                assert now == model.society.series[0, model.tick // 4, INDEX[name]], name
    assert model.outcome("capacity") == model.society.series[0, -1, INDEX["capacity"]]
    assert different(run_of(model.society), run_of(unread.society)) == []


# Agents are views


def test_every_variable_of_a_village_is_a_property_on_its_cell() -> None:
    model = finished(AllianceModel("jinxi", run=1))
    for at, village in enumerate(model.villages):
        assert village.at == at
        for variable in VILLAGE:
            if variable.name not in TEXTS | POINTERS:
                assert (
                    getattr(village, variable.name) == getattr(model.society.v, variable.name)[at]
                ), variable.name
                assert variable.en in getattr(Village, variable.name).__doc__
        assert village.origin == ORIGINS[model.society.v.origin[at]]
        assert village.industry in model.products and village.township == "西坞街道"
        assert sum(village.gain_parts.values()) == pytest.approx(village.gain, abs=1e-6)
    assert [v.name for v in model.villages] == list(load("jinxi").names)


def test_every_variable_of_an_alliance_is_a_property_on_its_cell() -> None:
    model = AllianceModel("fenghua", years=3, run=1)
    finished(model)
    assert len(model.alliances) > 10
    for alliance in model.alliances:
        for variable in ALLIANCE:
            if variable.name not in TEXTS | POINTERS:
                assert (
                    getattr(alliance, variable.name) == model.society.a[variable.name][alliance.at]
                ), variable.name
        members = list(alliance.members)
        assert len(members) == model.society.a.members[alliance.at] >= 2
        assert alliance.lead in members and all(v.alliance is alliance for v in members)
        assert alliance.ablest is None or alliance.ablest in model.villages
        assert alliance.strategy.name == "strong_leads_weak" and alliance.strengths["mentoring"] > 0


def test_state_can_be_poked_and_the_next_quarter_reads_it() -> None:
    model, other = AllianceModel("jinxi", mode="point"), AllianceModel("jinxi", mode="point")
    model.village("雷山村").capacity = 1.0
    model.village("金峨村").secretary.ability = 0.99
    model.village("金峨村").secretary.origin = "returnee"
    model.village("金峨村").secretary.tenure = 3
    assert model.society.v.tenure[model.village("金峨村").at] == 12.0
    assert other.village("雷山村").capacity < 1.0, "two live models share nothing"
    model.step()
    other.step()
    assert model.village("雷山村").base_income > 1.2 * other.village("雷山村").base_income
    assert model.village("金峨村").secretary.tenure == 3.25


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("capacity", 1.2, "0..1"),
        ("capacity", float("nan"), "0..1"),
        ("serves", 1.5, "whole"),
        ("origin", "angel", "local"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_can(name: str, value: Any, told: str) -> None:
    village = AllianceModel("jinxi").village("雷山村")
    with pytest.raises(ValueError, match=told):
        setattr(village, name, value)


@pytest.mark.parametrize("name", ["population", "alone_income", "dividend", "stage", "x", "gain"])
def test_what_is_given_or_flows_or_is_the_shadows_cannot_be_set(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(AllianceModel("jinxi").village("雷山村"), name, 1.0)


def test_a_seat_tells_who_sits_in_it_and_since_when() -> None:
    model = AllianceModel("jinxi", run=3)
    before = [s.incumbent for s in model.secretaries]
    assert model.village("金峨村").secretary.tenure == pytest.approx(12.3)
    while model.running:
        events = len(model.events)
        model.step()
        entered = {e.village for e in model.events[events:] if e.event == "secretary_replaced"}
        for seat, was in zip(model.secretaries, before, strict=True):
            if seat.village.name in entered:
                assert (seat.incumbent, seat.tenure) == (model.tick - 1, 0.0)
            else:
                assert seat.incumbent == was
            assert seat.ability == seat.village.ability and seat.village.secretary is seat
            assert seat.mentor is None or seat.mentor.ability > 0
            assert (seat.lent_by is not None) == (seat.origin == "lent")
        before = [s.incumbent for s in model.secretaries]


def test_alliances_come_and_go_as_agents() -> None:
    model = AllianceModel("fenghua", "strong_leads_weak", years=6)
    seen: dict[int, Alliance] = {}
    while model.running:
        model.step()
        records = model.society.a
        alive = [k for k in range(records.size) if 0 < records.status[k] < DISSOLVED]
        assert sorted(a.number for a in model.alliances) == sorted(
            int(records.number[k]) for k in alive
        )
        for alliance in model.alliances:
            assert seen.setdefault(alliance.number, alliance) is alliance, (
                "the same alliance stays the same agent"
            )
        if model.tick == 12:
            doomed = list(model.alliances)[:3]
            for village in [
                v for alliance in doomed for v in alliance.members if v is not alliance.lead
            ]:
                village.alliance = None
    assert all(not a.alive and a not in model.agents and len(a.members) == 0 for a in doomed)
    assert {a.number for a in doomed} <= {e.alliance for e in model.events if e.event == "ended"}


def test_a_reused_slot_is_a_new_agent_and_the_old_one_says_that_it_ended() -> None:
    model = AllianceModel("jinxi", levers=STAY)
    for _ in range(3):
        model.step()
    (old,) = model.alliances
    record = model.society.a
    record.number[0] = 2  # as if it had ended, and another had been founded in its place
    model.step()
    (new,) = model.alliances
    assert (
        new is not old
        and (old.number, new.number) == (1, 2)
        and not old.alive
        and len(old.members) == 0
    )
    with pytest.raises(LookupError, match="ended"):
        _ = old.fund


def test_a_village_can_be_moved_out_and_in_and_no_yuan_is_lost() -> None:
    model = AllianceModel("jinxi", levers=STAY)
    for _ in range(10):
        model.step()
    village, (alliance,) = model.village("雷山村"), model.alliances
    money = model.society.v.reserves.sum() + alliance.fund
    village.alliance = None
    assert (
        village.alliance is None and village not in alliance.members and len(alliance.members) == 4
    )
    village.alliance = alliance
    assert (
        village in alliance.members
        and len(alliance.members) == model.society.a.members[alliance.at] == 5
    )
    assert model.society.v.reserves.sum() + alliance.fund == pytest.approx(money, abs=0.01)
    assert [e.event for e in model.events[-2:]] == ["left", "joined"]
    happened = len(model.events)
    village.alliance = alliance
    assert len(model.events) == happened, "nothing happens where nothing changes"
    alliance.lead = village
    model.step()
    assert alliance.lead is village
    village.alliance = None
    assert alliance.lead is not village, "another member leads where the lead has left"
    with pytest.raises(ValueError, match="no member"):
        alliance.lead = village


def test_a_view_cannot_be_removed_while_the_rules_go_on_with_what_it_shows() -> None:
    model = AllianceModel("jinxi", levers=STAY)
    for _ in range(3):
        model.step()
    (alliance,) = model.alliances
    for agent, told in (
        (model.village("雷山村"), "village table"),
        (model.village("雷山村").secretary, "village table"),
        (alliance, "members to None"),
    ):
        with pytest.raises(TypeError, match=told):
            agent.remove()
    assert len(model.agents) == 11
    for village in alliance.members:
        village.alliance = None
    model.step()  # a yearly review
    assert not alliance.alive and len(model.alliances) == 0
    alliance.remove()  # there is nothing left to go wrong


@pytest.mark.parametrize("strange", ["another model's", "a village", "a word"])
def test_a_village_joins_alliances_of_its_own_model_only(strange: str) -> None:
    model, other = AllianceModel("jinxi", levers=STAY), AllianceModel("jinxi", levers=STAY)
    for _ in range(3):
        model.step()
        other.step()
    village = model.village("雷山村")
    wanted = {
        "another model's": next(iter(other.alliances)),
        "a village": village,
        "a word": "jinxi",
    }[strange]
    with pytest.raises(ValueError, match="its own model"):
        village.alliance = wanted
    assert village in next(iter(model.alliances)).members
    with pytest.raises(ValueError, match="no member"):
        next(iter(model.alliances)).lead = None


# A researcher's own rule


def test_a_plain_python_rule_runs_with_the_compiled_ones() -> None:
    seen = []

    def gift(w: Any, t: int) -> None:
        w.v.reserves[:] += 1000.0
        seen.append(t)

    model = finished(AllianceModel("jinxi", "none", mode="point", rules=(*QUARTER, gift)))
    plain = finished(AllianceModel("jinxi", "none", mode="point"))
    assert seen == list(range(24))
    assert (model.society.v.reserves > plain.society.v.reserves + 10_000).all()
    assert model.rules[:-1] == QUARTER


# Mesa's ways


def test_mesa_knows_the_three_kinds_from_the_start() -> None:
    model = AllianceModel("jinxi", "none")
    assert set(model.agents_by_type) == {Village, Secretary, Alliance}
    assert [len(model.agents_by_type[kind]) for kind in (Village, Secretary, Alliance)] == [5, 5, 0]
    assert [village.unique_id for village in model.villages] == [1, 2, 3, 4, 5]
    assert len({agent.unique_id for agent in model.agents}) == 10


def test_select_get_set_agg_and_groupby_work_on_views() -> None:
    model = AllianceModel("jinxi", levers=STAY)
    for _ in range(4):
        model.step()
    assert model.villages.get("collective_income") == model.society.v.collective_income.tolist()
    poor = model.villages.select(lambda v: v.collective_income < model.outcome("median_income"))
    assert 1 <= len(poor) <= 2
    assert model.villages.agg("population", sum) == pytest.approx(4397)
    assert model.villages.groupby("township").count() == {"西坞街道": 5}
    assert list(model.villages.groupby("alliance").groups) == [next(iter(model.alliances))]
    model.villages.set("capacity", 0.5)
    assert (model.society.v.capacity == 0.5).all()


def test_the_collector_keeps_a_row_a_quarter() -> None:
    model = finished(AllianceModel("jinxi"))
    table = model.datacollector.get_model_vars_dataframe()
    assert list(table.columns) == ["quarter", *MAIN] and len(table) == 24
    assert (table.quarter.iloc[0], table.quarter.iloc[-1]) == ("2015Q1", "2020Q4")
    assert (
        table.mean_income.iloc[3::4].tolist()
        == model.society.series[0, 1:, INDEX["mean_income"]].tolist()
    )


def test_own_reporters_on_the_model_and_on_kinds_of_agents() -> None:
    reporters = Collector(
        {"cohesion": lambda m: m.outcome("cohesion")},
        agenttype_reporters={
            Village: {"name": "name", "income": "collective_income"},
            Alliance: {"size": lambda a: len(a.members)},
        },
    )
    model = finished(AllianceModel("jinxi", levers=STAY, datacollector=reporters))
    villages = reporters.get_agenttype_vars_dataframe(Village)
    assert len(villages) == 5 * 24
    assert villages.income.iloc[-5:].tolist() == model.society.v.collective_income.tolist()
    assert reporters.get_agenttype_vars_dataframe(Alliance)["size"].tolist() == [5] * 23
    assert len(reporters.get_model_vars_dataframe()) == 24


class WithAgents(AllianceModel):
    """A model that reports agents to batch_run."""

    def __init__(self, **given: Any) -> None:
        reporters = Collector(
            {"mean": "mean_income"}, agent_reporters={"name": "name", "kind": _kind, "of": _income}
        )
        super().__init__(**given, datacollector=reporters)


def _kind(agent: mesa.Agent) -> str:
    return type(agent).__name__


def _income(agent: mesa.Agent) -> float:
    return agent.collective_income if isinstance(agent, Village) else 0.0


def test_batch_run_varies_the_run_and_ends_with_the_last_quarter() -> None:
    rows = batch(
        scenario="jinxi", strategy=["none", "strong_leads_weak"], run=range(4), luck_seed=3
    )
    assert len(rows) == 8 and {row["quarter"] for row in rows} == {"2020Q4"}
    for strategy in ("none", "strong_leads_weak"):
        many = run_ensemble(load("jinxi"), strategy, runs=4, seed=3)
        assert [r["mean_income"] for r in rows if r["strategy"] == strategy] == many.outcome(
            "mean_income"
        ).tolist()
    assert len({r["mean_income"] for r in rows if r["strategy"] == "none"}) == 4, (
        "run varies the luck"
    )


def test_batch_run_finds_agents_of_the_same_quarter() -> None:
    rows = batch(kind=WithAgents, scenario="jinxi", run=[2])
    villages = [row for row in rows if row["kind"] == "Village"]
    assert len(villages) == 5 and np.mean([row["of"] for row in villages]) == pytest.approx(
        villages[0]["mean"], rel=1e-12
    )
    assert sum(row["kind"] == "Secretary" for row in rows) == 5


def test_at_the_horizon_the_model_stops_and_a_further_step_does_nothing() -> None:
    model = AllianceModel("jinxi", years=1)
    assert (model.time_label, model.running) == ("2014Q4", True)
    finished(model)
    assert (model.tick, model.time_label) == (4, "2015Q4")
    before = run_of(model.society)
    model.step()
    assert model.tick == 4 and different(before, run_of(model.society)) == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mode": "guess"}, "mode: found 'guess', expected one of point, prior, posterior"),
        ({"years": -1, "run": -2}, r"run -2, years -1; expected whole numbers"),
        ({"years": 2.5}, "years 2.5"),
        ({"luck_seed": 2**63}, "luck_seed 9223372036854775808"),
        (
            {"fixed": {"venture_success": float("nan")}},
            "venture_success: nan is not a finite number",
        ),
    ],
)
def test_what_a_model_cannot_be_made_with_is_said_at_once(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        AllianceModel("jinxi", **given)


def test_mesas_own_seed_is_none_of_ours_and_scenario_says_where_to_look() -> None:
    assert finished(AllianceModel(rng=1)).mean_income == finished(AllianceModel(rng=2)).mean_income
    with pytest.raises(TypeError, match="seed"):
        AllianceModel("jinxi", seed=42)  # type: ignore[call-arg]
    with pytest.raises(AttributeError, match=r"model\.setting"):
        _ = AllianceModel("jinxi").scenario


def test_a_model_that_nobody_holds_is_freed() -> None:
    model = finished(AllianceModel("jinxi", history=True))
    alliance, village = weakref.ref(next(iter(model.alliances))), weakref.ref(model.villages[0])
    gone, columns = weakref.ref(model), weakref.ref(model.society.v.real)
    del model
    gc.collect()
    assert (gone(), columns(), alliance(), village()) == (None, None, None, None)


def test_close_frees_the_columns_though_somebody_holds_the_model() -> None:
    class Visitor(mesa.Agent):
        """A researcher's own kind, whose number Mesa 3.3 counts in a dict that holds the model."""

    model = AllianceModel("fenghua", years=1)
    Visitor(model)
    columns, village = weakref.ref(model.society.v.real), weakref.ref(model.villages[0])
    model.step()
    model.close()
    gc.collect()
    assert (columns(), village()) == (None, None) and len(model.agents) == 0 and not model.running
    model.step()
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_an_ensemble_and_a_history_need_no_mesa() -> None:
    code = "import sys; from village_alliances.sim import ensemble, history; history.record_run('jinxi', years=1); sys.exit('mesa' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

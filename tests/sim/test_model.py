"""The live model: the same bits as an ensemble, agents that are views, and the ways of Mesa,
on every Mesa we support."""

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
from village_alliances.sim.agents import Alliance, Firm, Secretary, Village
from village_alliances.sim.building import build
from village_alliances.sim.columns import Accounts, Villages
from village_alliances.sim.compiled import compiled
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import MAIN, NAMES
from village_alliances.sim.model import AllianceModel, Collector
from village_alliances.sim.own import check_rules, writes
from village_alliances.sim.quarter import QUARTER, step
from village_alliances.sim.society import ACCOUNT, ALLIANCE, ORIGINS, STANDING, VILLAGE
from village_alliances.sim.views import INSTEAD

ROOT = Path(__file__).parents[2]
MESA = tuple(int(part) for part in mesa.__version__.split(".")[:2])
pytestmark = pytest.mark.usefixtures("compiled_model")
TEXTS = {
    "firm",
    "stage",
    "origin",
    "standing",
    "status",
    "head",
    "product",
    "township",
    "county",
    "city",
}
POINTERS = {"alliance", "lent_from", "run", "lead", "top", "members", "strategy", "key", "tenure"}
STAY = {"moves": 0.0}  # members stay together


def finished(model: AllianceModel) -> AllianceModel:
    while model.running:
        model.step()
    return model


def batch(**parameters: Any) -> list[dict[str, Any]]:
    kind = parameters.pop("kind", AllianceModel)
    return batch_run(kind, parameters, max_steps=1000, display_progress=False)


def bits(society: Any, run: int = 0) -> dict[str, bytes]:
    """All that moves in a run of a block, pointers aside."""
    n, slots = (
        society.villages.size // society.runs.size,
        society.alliances.size // society.runs.size,
    )
    mine, ours = slice(run * n, (run + 1) * n), slice(run * slots, (run + 1) * slots)
    rows = np.r_[
        mine, society.villages.size + run * slots : society.villages.size + (run + 1) * slots
    ]
    by_name = {
        "villages": society.villages.real[:, mine],
        "accounts": society.accounts.real[:, rows],
    }
    by_name |= {name: getattr(society, name)[rows] for name in ("capital", "building", "fortune")}
    by_name |= {name: getattr(society, name)[mine] for name in ("endowment", "used", "signed_away")}
    by_name |= {
        x.name: society.alliances[x.name][ours]
        for x in ALLIANCE
        if x.name not in POINTERS | {"promising", "weakest"}
    }
    by_name["runs"], by_name["price"] = society.runs[run : run + 1], society.price[run]
    return {name: np.ascontiguousarray(values).tobytes() for name, values in by_name.items()}


# The same bits


@pytest.mark.parametrize(
    ("scenario", "strategy", "years", "runs", "run"),
    [
        ("jinxi", "strong_leads_weak", 6, 60, 17),
        ("jinxi", "none", 6, 8, 7),
        ("chunhu", "village_enterprise", 6, 20, 3),
        ("yuelin", "cross_border", 4, 3, 2),  # villages ally by themselves
    ],
)
def test_every_column_at_every_tick_equals_that_run_in_a_block_of_many(
    scenario: str, strategy: str, years: int, runs: int, run: int
) -> None:
    model = AllianceModel(
        scenario, strategy, luck_seed=5, run=run, years=years, levers={"formation": 0.5}
    )
    options: dict[str, Any] = {
        "seed": 5,
        "runs": runs,
        "years": years,
        "levers": {"formation": 0.5},
    }
    blocks = [build(load(scenario), name, **options) for name in (strategy, "none")]
    for tick in range(4 * years):
        model.step()
        for mine, block in zip((model.society, model.alone), blocks, strict=True):
            step(block, tick)
            first, other = bits(mine), bits(block, run)
            assert [name for name in first if first[name] != other[name]] == [], tick


def test_the_live_run_is_that_run_of_an_ensemble_gains_included() -> None:
    model = finished(AllianceModel("jinxi", run=3, years=4))
    many = run_together(load("jinxi"), {"it": "strong_leads_weak"}, runs=5, years=4)
    series = many.strategies["it"].series
    for name in NAMES:
        assert model.society.series[name][0].tolist() == series[name][3].tolist(), name
        assert model.outcome(name) == series[name][3, -1], name
    gains = [village.gain for village in model.villages]
    assert np.mean(gains) == pytest.approx(model.outcome("gain_mean"), abs=1e-6)
    assert any(abs(gain) > 1000 for gain in gains)
    for village in model.villages:
        assert sum(village.gain_parts.values()) == pytest.approx(village.gain, abs=1e-6)
        assert village.operating_income - village.alone.operating_income == village.gain


def test_neither_log_nor_history_nor_reading_changes_a_bit() -> None:
    quiet = AllianceModel("jinxi", run=4, log=False)
    noted = AllianceModel("jinxi", run=4)
    kept = AllianceModel("jinxi", run=4, history=True)
    while quiet.running:
        for model in (quiet, noted, kept):
            model.step()
        assert {name: getattr(kept, name) for name in MAIN}
    assert bits(quiet.society) == bits(noted.society) == bits(kept.society)
    assert quiet.events == [] and quiet.history is None
    assert len(noted.events) > 50 and noted.events == kept.events
    assert len(kept.history.projects) == sum(len(ledger.projects) for ledger in noted.pair.ledgers)


# Agents are views


def test_every_variable_of_a_village_and_its_account_is_a_property_on_its_cell() -> None:
    model = finished(AllianceModel("jinxi", run=1))
    for i, village in enumerate(model.villages):
        assert village.index == i
        for variable in VILLAGE:
            if variable.name not in TEXTS | POINTERS:
                column = getattr(model.society.villages, variable.name)
                assert getattr(village, variable.name) == column[i], variable.name
                assert variable.en in getattr(Village, variable.name).__doc__
        for variable in ACCOUNT:
            if variable.name not in ("ability", "best"):
                column = getattr(model.society.accounts, variable.name)
                assert getattr(village, variable.name) == column[i], variable.name
        assert village.standing == STANDING[model.society.villages.standing[i]]
        assert village.secretary.origin == ORIGINS[model.society.villages.origin[i]]
        assert village.product in model.products and village.township == "西坞街道"
        assert village.projects["in_work"].sum() == pytest.approx(
            model.society.capital[village.index].sum(), rel=1e-12
        )
        assert set(village.endowments) == set(model.village("雷山村").endowments)
    assert [v.name for v in model.villages] == list(load("jinxi").names)


def test_every_variable_of_an_alliance_is_a_property_on_its_cell() -> None:
    model = finished(AllianceModel("fenghua", years=2, run=1, levers={"formation": 0.5}))
    assert len(model.alliances) > 3
    for alliance in model.alliances:
        for variable in ALLIANCE:
            if variable.name not in TEXTS | POINTERS | {"promising", "weakest"}:
                column = model.society.alliances[variable.name]
                assert getattr(alliance, variable.name) == column[alliance.index], variable.name
        account = model.setting.size + alliance.index
        assert alliance.fund == model.society.accounts.fund[account]
        members = list(alliance.members)
        assert len(members) == model.society.alliances.members[alliance.index] >= 2
        assert alliance.lead in members and all(v.alliance is alliance for v in members)
        assert alliance.ablest is None or alliance.ablest in members
        assert alliance.strategy.name == "strong_leads_weak"
        assert alliance.next_project is None or alliance.next_project in alliance.model.log.types
        assert alliance.title["zh"] and alliance.name == alliance.title["en"]


def test_state_can_be_poked_and_the_next_quarter_reads_it() -> None:
    model, other = AllianceModel("jinxi", mode="point"), AllianceModel("jinxi", mode="point")
    model.village("雷山村").learned = 0.4
    seat = model.village("金峨村").secretary
    seat.ability, seat.origin, seat.tenure = 0.99, "returnee", 3
    assert model.society.villages.tenure[model.village("金峨村").index] == 12.0
    assert model.village("雷山村").capacity > other.village("雷山村").capacity, "capacity follows"
    assert other.village("雷山村").learned == 0.0, "two live models share nothing"
    model.step()
    other.step()
    assert model.village("雷山村").base_income > 1.01 * other.village("雷山村").base_income
    assert seat.tenure == 3.25 and seat.origin == "returnee"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("practice", 1.2, "0..1"),
        ("practice", float("nan"), "0..1"),
        ("hired", 0.5, "AttributeError"),
        ("standing", "angel", "quiet"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_can(name: str, value: Any, text: str) -> None:
    village = AllianceModel("jinxi", years=1).village("雷山村")
    if text == "AttributeError":
        with pytest.raises(AttributeError):
            setattr(village, name, value)
        return
    with pytest.raises(ValueError, match=text):
        setattr(village, name, value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("operating_income", "noise"), ("capacity", "practice"), ("wages", "begin"), ("profit", "fund"),
        ("population", "given"), ("stage", "given"),
    ],
)  # fmt: skip
def test_what_the_rules_work_out_refuses_to_be_set_and_says_what_to_set(
    name: str, text: str
) -> None:
    with pytest.raises(AttributeError, match=text):
        setattr(AllianceModel("jinxi", years=1).village("雷山村"), name, 1.0)


def test_what_to_set_instead_is_told_of_variables_that_there_are() -> None:
    tables = {"village": VILLAGE, "account": ACCOUNT, "alliance": ALLIANCE}
    for kind, named in INSTEAD.items():
        assert set(named) <= {variable.name for variable in tables[kind]}, kind


def test_what_can_be_set_is_not_worked_out_anew_by_the_next_quarter() -> None:
    """Every variable that an agent lets one set still shows it after a quarter in which nothing
    moves it, or moves on from it."""
    more = {"noise": 0.3, "practice": 0.3, "learned": 0.3, "debt": 5e5, "villager_noise": 0.3}
    for name, by in more.items():
        poked, plain = (AllianceModel("jinxi", mode="point", years=1) for _ in range(2))
        village = poked.village("雷山村")
        setattr(village, name, getattr(village, name) + by)
        poked.step()
        plain.step()
        assert getattr(village, name) != getattr(plain.village("雷山村"), name), name


def test_a_seat_tells_who_sits_in_it_and_since_when() -> None:
    model = AllianceModel("jinxi", run=3)
    before = [s.incumbent for s in model.secretaries]
    entries = 0
    while model.running:
        events = len(model.events)
        model.step()
        entered = {e.village for e in model.events[events:] if e.event == "secretary_replaced"}
        entries += len(entered)
        for seat, was in zip(model.secretaries, before, strict=True):
            if seat.village.name in entered:
                assert (seat.incumbent, seat.tenure) == (model.tick - 1, 0.0)
            else:
                assert seat.incumbent == was
            assert seat.ability == seat.village.ability and seat.village.secretary is seat
            assert (seat.lent_by is not None) == (seat.origin == "lent")
        before = [s.incumbent for s in model.secretaries]
    assert entries > 0


def test_a_firm_is_an_agent_as_long_as_it_is_there() -> None:
    model = AllianceModel(
        "yuelin", "village_enterprise", years=2, levers={"firm_loss_quarter": 6.0}
    )
    assert len(model.firms) > 1
    for firm in model.firms:
        assert firm.village.firm is firm and firm.jobs == firm.village.firm_jobs > 0
        assert sum(firm.orders.values()) <= firm.jobs * (1 + 1e-9)
    gone = list(model.firms)
    while model.tick < 7:
        model.step()
    assert len(model.firms) == 0 and all(firm not in model.agents for firm in gone)
    assert all(firm.orders == {} and not firm.stands for firm in gone)


def test_alliances_come_and_go_as_agents() -> None:
    model = AllianceModel("fenghua", years=3, levers={"formation": 0.5})
    seen: dict[int, Alliance] = {}
    doomed: list[Alliance] = []
    while model.running:
        model.step()
        records = model.society.alliances
        alive = [k for k in range(records.size) if records.status[k] in (1, 2)]
        numbers = sorted(int(records.number[k]) for k in alive)
        assert sorted(a.number for a in model.alliances) == numbers
        for alliance in model.alliances:
            assert seen.setdefault(alliance.number, alliance) is alliance, "the same agent"
        if model.tick == 8:
            doomed = list(model.alliances)[:3]
            for village in [v for alliance in doomed for v in alliance.members]:
                village.alliance = None
    assert doomed
    assert all(not a.alive and a not in model.agents and len(a.members) == 0 for a in doomed)
    assert {a.number for a in doomed} <= {e.alliance for e in model.events if e.event == "ended"}


def test_a_reused_slot_is_a_new_agent_and_the_old_one_says_that_it_ended() -> None:
    model = AllianceModel("jinxi", levers=STAY)
    for _ in range(3):
        model.step()
    (old,) = model.alliances
    record = model.society.alliances
    record.number[0] = 2  # as if it had ended, and another had been founded in its place
    model.log.names[2] = {"en": "second", "zh": "二"}
    model.log.slots[0] = 2
    model.step()
    (new,) = model.alliances
    assert new is not old and (old.number, new.number) == (1, 2)
    assert not old.alive and len(old.members) == 0
    with pytest.raises(LookupError, match="ended"):
        _ = old.cohesion


def test_a_village_leaves_and_joins_and_no_yuan_is_lost() -> None:
    model = AllianceModel("jinxi", levers=STAY)
    for _ in range(10):
        model.step()
    village, (alliance,) = model.village("雷山村"), model.alliances

    def held() -> float:
        society = model.society
        return float(society.accounts.fund.sum() + society.capital.sum() + society.building.sum())

    money = held()
    village.alliance = None
    assert village.alliance is None and village not in alliance.members
    assert len(alliance.members) == 4
    village.alliance = alliance
    assert village in alliance.members and village.standing == "active"
    assert len(alliance.members) == model.society.alliances.members[alliance.index] == 5
    p = model.society.parameters[0]
    spent = p.leaving_cost + p.founding_cost  # in cash, once each
    assert held() == pytest.approx(money - spent, abs=0.01)
    assert [e.event for e in model.events[-2:]] == ["left", "joined"]
    happened = len(model.events)
    village.alliance = alliance
    assert len(model.events) == happened, "nothing happens where nothing changes"
    village.standing = "quiet"
    alliance.lead = village
    village.standing = "active"
    model.step()
    assert alliance.lead is village
    village.alliance = None
    assert alliance.lead is not village, "another member leads where the lead has left"
    with pytest.raises(ValueError, match="no member"):
        alliance.lead = village
    with pytest.raises(ValueError, match="outside or a member"):
        village.standing = "quiet"


def test_a_village_begins_a_project_with_its_own_cash_and_the_ledger_knows_it() -> None:
    model = AllianceModel("jinxi", years=2, levers={"campaign_floor": 0.0, "ordinary_money": 0.0})
    model.step()
    village = model.village("雷山村")
    village.fund = 200000.0
    village.begin("enclave", 150000.0)
    assert village.fund == pytest.approx(50000.0)
    assert village.projects.loc["enclave", "begun"] >= 150000.0
    assert (model.events[-1].event, model.events[-1].type) == ("begun", "enclave")
    mine = [p for p in model.pair.ledgers[0].projects if p.account == village.index]
    assert mine[-1].origin == "begun" and mine[-1].cost >= 150000.0
    with pytest.raises(KeyError, match="enclave"):
        village.begin("gold", 1.0)
    with pytest.raises(ValueError, match="50,000 yuan in cash"):
        village.begin("enclave", 60000.0)
    village.fund = 1e9
    with pytest.raises(ValueError, match="room for"):
        village.begin("orchard", 9e8)
    mine = [p for p in model.pair.ledgers[0].projects if p.account == village.index]
    assert mine[-1].cost >= 150000.0


def test_a_view_cannot_be_made_nor_removed_while_the_rules_go_on_with_what_it_shows() -> None:
    model = AllianceModel("jinxi", levers=STAY)
    for _ in range(3):
        model.step()
    (alliance,) = model.alliances
    for agent, value in (
        (model.village("雷山村"), "village table"),
        (model.village("雷山村").secretary, "village table"),
        (alliance, "members to None"),
    ):
        with pytest.raises(TypeError, match=value):
            agent.remove()
    with pytest.raises(TypeError, match=r"model\.villages"):
        Village(model, 0)
    for village in list(alliance.members)[:4]:
        village.alliance = None
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


def test_a_plain_python_rule_runs_in_both_societies_with_the_compiled_ones() -> None:
    seen = []

    def gift(society: Any, tick: int) -> None:
        society.accounts.fund[: society.villages.size] += 1000.0
        seen.append(tick)

    model = finished(AllianceModel("jinxi", "none", mode="point", years=2, rules=(*QUARTER, gift)))
    plain = finished(AllianceModel("jinxi", "none", mode="point", years=2))
    assert seen == [tick for tick in range(8) for _ in range(2)]
    assert model.outcome("reserves") != plain.outcome("reserves")
    assert model.outcome("gain_mean") == 0.0, "a gift to both is no gain"
    assert model.rules[:-1] == QUARTER


def test_a_rule_in_a_place_where_what_it_writes_is_lost_is_answered() -> None:
    lost = writes("wages")(lambda society, tick: None)
    with pytest.raises(ValueError, match="after run_projects"):
        AllianceModel("jinxi", rules=(lost, *QUARTER))
    AllianceModel("jinxi", years=1, rules=(*QUARTER, lost))
    with pytest.raises(ValueError, match="there are: wages"):
        AllianceModel("jinxi", rules=(*QUARTER, writes("wage")(lambda society, tick: None)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((*QUARTER, "flood"), rf"^rules\[{len(QUARTER)}\]: found 'flood'; expected functions"),
        ((*QUARTER, lambda society: None), r"found <lambda>\(society\); expected functions rule"),
        (
            (compiled(lambda society: None), None),
            r"rules\[0\]: .*\(society\); rules\[1\]: found None",
        ),
        ("flood", "^rules: found 'flood'; expected functions"),
    ],
)
def test_what_is_no_rule_is_named_before_anything_runs(wrong: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_rules(wrong)


@pytest.mark.parametrize(
    ("table", "name", "near"),
    [
        (Villages, "cash", "there are: society.accounts.fund"),
        (Villages, "fund", "there are: society.accounts.fund"),
        (Villages, "operating_incme", "there are: society.villages.operating_income"),
        (Accounts, "wages", "there are: society.villages.wages"),
        (Accounts, "zzz", "there are: fund"),
    ],
)
def test_a_column_that_there_is_not_names_the_nearest(table: Any, name: str, near: str) -> None:
    with pytest.raises(AttributeError, match=f"have no column '{name}'; {near}"):
        getattr(table(2), name)


# Mesa's ways


def test_mesa_knows_the_four_kinds_from_the_start() -> None:
    model = AllianceModel("jinxi", "none")
    own = mesa.Agent(model)
    assert set(model.agents_by_type) == {Village, Secretary, Alliance, Firm, mesa.Agent}
    assert [len(model.agents_by_type[kind]) for kind in (Village, Secretary, Alliance)] == [5, 5, 0]
    assert [village.unique_id for village in model.villages] == [1, 2, 3, 4, 5]
    finished(model)
    numbers = [agent.unique_id for agent in model.agents]
    assert len(set(numbers)) == len(numbers) and own in model.agents


def test_select_get_set_agg_and_groupby_work_on_views() -> None:
    model = AllianceModel("jinxi", levers=STAY)
    for _ in range(4):
        model.step()
    incomes = model.society.villages.operating_income
    assert model.villages.get("operating_income") == incomes.tolist()
    poor = model.villages.select(lambda v: v.operating_income < model.outcome("median_income"))
    assert 1 <= len(poor) <= 2
    assert model.villages.agg("population", sum) == pytest.approx(4397)
    assert model.villages.groupby("township").count() == {"西坞街道": 5}
    assert list(model.villages.groupby("alliance").groups) == [next(iter(model.alliances))]
    model.villages.set("practice", 0.5)
    assert (model.society.villages.practice == 0.5).all()


def test_the_collector_keeps_the_start_and_a_row_a_quarter() -> None:
    model = finished(AllianceModel("jinxi"))
    table = model.datacollector.get_model_vars_dataframe()
    assert list(table.columns) == ["quarter", *MAIN] and len(table) == 25
    assert (table.quarter.iloc[0], table.quarter.iloc[-1]) == ("2014Q4", "2020Q4")
    for name in ("mean_income", "gain_mean"):
        assert table[name].iloc[::4].tolist() == model.society.series[name][0].tolist(), name


def test_own_reporters_on_the_model_and_on_kinds_of_agents() -> None:
    reporters = Collector(
        {"cohesion": lambda m: m.outcome("cohesion")},
        agenttype_reporters={
            Village: {"name": "name", "income": "operating_income"},
            Alliance: {"size": lambda a: len(a.members)},
        },
    )
    model = finished(AllianceModel("jinxi", levers=STAY, datacollector=reporters))
    villages = reporters.get_agenttype_vars_dataframe(Village)
    assert len(villages) == 5 * 25
    incomes = model.society.villages.operating_income.tolist()
    assert villages.income.iloc[-5:].tolist() == incomes
    assert reporters.get_agenttype_vars_dataframe(Alliance)["size"].tolist() == [5] * 23


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
    return agent.operating_income if isinstance(agent, Village) else 0.0


def test_batch_run_varies_the_run_and_ends_with_the_last_quarter() -> None:
    rows = batch(
        scenario="jinxi", strategy=["none", "strong_leads_weak"], run=range(4), luck_seed=3, years=2
    )
    assert len(rows) == 8 and {row["quarter"] for row in rows} == {"2016Q4"}
    many = run_together(load("jinxi"), {"it": "strong_leads_weak"}, runs=4, seed=3, years=2)
    for strategy, ensemble in (("none", many.none), ("strong_leads_weak", many.strategies["it"])):
        lines = [row["mean_income"] for row in rows if row["strategy"] == strategy]
        assert lines == ensemble.outcome("mean_income").tolist()
    assert len({r["mean_income"] for r in rows if r["strategy"] == "none"}) == 4, "other luck"


def test_batch_run_finds_agents_of_the_same_quarter() -> None:
    rows = batch(kind=WithAgents, scenario="jinxi", run=[2], years=2)
    villages = [row for row in rows if row["kind"] == "Village"]
    mean = np.mean([row["of"] for row in villages])
    assert len(villages) == 5 and mean == pytest.approx(villages[0]["mean"], rel=1e-12)
    assert sum(row["kind"] == "Secretary" for row in rows) == 5


@pytest.mark.skipif(MESA >= (3, 4), reason="newer Mesa hands every replicate its own rng")
def test_replicates_that_would_be_copies_are_refused() -> None:
    with pytest.raises(ValueError, match="range"):
        batch_run(AllianceModel, {"years": 1}, iterations=2, display_progress=False)


@pytest.mark.skipif(MESA < (3, 4), reason="older Mesa knows iterations alone")
def test_mesas_rng_varies_the_run() -> None:
    rows = batch_run(AllianceModel, {"years": 1}, rng=[0, 1], display_progress=False)
    assert len({row["mean_income"] for row in rows}) == 2


def test_replicates_have_generators_of_their_own() -> None:
    first, other = AllianceModel("jinxi", run=1, years=1), AllianceModel("jinxi", run=2, years=1)
    assert (
        first.random.random() != other.random.random() and first.rng.random() != other.rng.random()
    )
    assert AllianceModel(rng=2, years=1).run == 2
    with pytest.raises(ValueError, match="not both"):
        AllianceModel(rng=2, run=1)


def test_at_the_horizon_the_model_stops_and_a_further_step_does_nothing() -> None:
    model = AllianceModel("jinxi", years=1)
    assert (model.time_label, model.running) == ("2014Q4", True)
    finished(model)
    assert (model.tick, model.time_label) == (4, "2015Q4")
    before = bits(model.society)
    model.step()
    assert model.tick == 4 and before == bits(model.society)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"mode": "guess"}, "mode: found 'guess', expected one of point, prior, posterior"),
        ({"years": -1, "run": -2}, r"run -2, years -1; expected whole numbers"),
        ({"years": 2.5}, "years 2.5"),
        ({"luck_seed": 2**63}, "luck_seed 9223372036854775808"),
        ({"fixed": {"noise_sd": float("nan")}}, "noise_sd: nan is not a finite number"),
    ],
)
def test_what_a_model_cannot_be_made_with_is_said_at_once(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        AllianceModel("jinxi", **given)


def test_a_component_of_a_space_is_told_that_there_is_none():
    with pytest.raises(ValueError, match=r"no Mesa space.*village\.pos"):
        getattr(AllianceModel("jinxi", years=1), "grid", None)


def test_mesas_own_seed_is_none_of_ours_and_scenario_says_where_to_look() -> None:
    with pytest.raises(TypeError, match="luck_seed"):
        AllianceModel("jinxi", seed=42)
    with pytest.raises(TypeError, match="no mix"):
        AllianceModel("jinxi", mix=42)
    with pytest.raises(AttributeError, match=r"model\.setting"):
        _ = AllianceModel("jinxi").scenario
    with pytest.raises(KeyError, match="雷山村"):
        AllianceModel("jinxi").village("雷村")
    with pytest.raises(KeyError, match="mean_income"):
        AllianceModel("jinxi").outcome("mean_incom")


def test_a_county_names_its_own_project_types(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[enclave]\ntitle = {en = "Hall", zh = "厂房"}\n', "utf-8")
    model = AllianceModel("jinxi", years=1, types=tmp_path / "mine.toml")
    assert {kind.title["en"] for kind in model.types} >= {"Hall"}


def test_a_model_that_nobody_holds_is_freed() -> None:
    model = finished(AllianceModel("jinxi", history=True))
    alliance, village = weakref.ref(next(iter(model.alliances))), weakref.ref(model.villages[0])
    gone, columns = weakref.ref(model), weakref.ref(model.society.villages.real)
    del model
    gc.collect()
    assert (gone(), columns(), alliance(), village()) == (None, None, None, None)


def test_close_frees_the_columns_though_somebody_holds_the_model() -> None:
    class Visitor(mesa.Agent):
        """A researcher's own kind, whose number Mesa 3.3 counts in a dict that holds the model."""

    model = AllianceModel("fenghua", years=1)
    Visitor(model)
    columns = weakref.ref(model.society.villages.real), weakref.ref(model.alone.villages.real)
    village = weakref.ref(model.villages[0])
    model.step()
    model.close()
    gc.collect()
    assert (columns[0](), columns[1](), village()) == (None, None, None)
    assert len(model.agents) == 0 and not model.running
    model.step()
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_an_ensemble_and_a_history_need_no_mesa() -> None:
    code = (
        "import sys; from village_alliances.sim import ensemble, rerun; "
        "rerun.record_run('jinxi', years=1); sys.exit('mesa' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

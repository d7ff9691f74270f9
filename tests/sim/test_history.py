"""The history of a run: the same bits as the live model and the ensemble, events and projects that
explain it, files that land whole."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.files import CannotWrite
from village_alliances.sim.happenings import BEGAN, ENDED, HAPPENINGS, PROJECT_COLUMNS, meanings
from village_alliances.sim.history import FILES, History
from village_alliances.sim.labels import labels
from village_alliances.sim.ledger import ENDS
from village_alliances.sim.ledger import ORIGINS as OF_PROJECTS
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.model import AllianceModel
from village_alliances.sim.rerun import record_run
from village_alliances.sim.society import ACCOUNT, ALLIANCE, EVENTS, VILLAGE

pytestmark = pytest.mark.usefixtures("compiled_model")
NAMED = {
    "township", "county", "city", "product", "stage", "origin", "standing", "lent_from", "alliance",
}  # fmt: skip
TABLE = "村名,乡镇,集体经济收入,联合体\n{0},甲镇,5万元,=联合体\n乙村,甲镇,30000,=联合体\n丙村,甲镇,,=联合体\n同名村,甲镇,,\n同名村,乙镇,,\n"


@pytest.fixture(scope="module")
def county() -> History:
    """32 villages, some allied from the start, others by themselves: members come, go quiet
    and leave, alliances end."""
    levers = {"formation": 0.9, "pact": 4.0, "reward_first": 1e5, "reshuffle_last": 1.0}
    fixed = {"leaving_cost": 0.0, "haircut": 0.0}
    return record_run("yuelin", seed=2, run=6, mode="prior", levers=levers, fixed=fixed)


@pytest.fixture(scope="module")
def jinxi() -> History:
    return record_run("jinxi", "strong_leads_weak", seed=3, run=7)


# The same bits


def test_every_row_equals_the_live_models_columns() -> None:
    history = record_run("chunhu", "village_enterprise", seed=4, run=9, years=4)
    model = AllianceModel("chunhu", "village_enterprise", luck_seed=4, run=9, years=4, history=True)
    for tick in range(-1, 16):
        if tick >= 0:
            model.step()
        rows = history.villages[history.villages.tick == tick]
        for variable in VILLAGE:
            if variable.name not in NAMED | {"id", "run"}:
                now = np.ascontiguousarray(getattr(model.society.villages, variable.name))
                assert rows[variable.name].to_numpy().tobytes() == now.tobytes(), variable.name
        assert rows.village.tolist() == [v.name for v in model.villages]
        assert rows.origin.tolist() == [v.secretary.origin for v in model.villages]
        assert rows.standing.tolist() == [v.standing for v in model.villages]
        assert rows.fund.tolist() == [v.fund for v in model.villages]
        assert rows.next_project.fillna("").tolist() == [
            v.next_project or "" for v in model.villages
        ]
        assert rows.gain.tolist() == [v.gain for v in model.villages]
        assert rows.alone_operating_income.tolist() == [
            v.alone.operating_income for v in model.villages
        ]
        numbers = [v.alliance.number if v.alliance else 0 for v in model.villages]
        assert rows.alliance.fillna(0).tolist() == numbers
        for alliance in model.alliances:
            mine = history.alliances.alliance == alliance.number
            (row,) = history.alliances[(history.alliances.tick == tick) & mine].itertuples()
            strategy, lead = alliance.strategy.name, alliance.lead.name
            assert (row.status, row.strategy, row.lead) == (alliance.status, strategy, lead)
            assert (row.fund, row.cohesion) == (alliance.fund, alliance.cohesion)
            assert row.in_work == pytest.approx(alliance.projects["in_work"].sum())
            assert row.member_names == "；".join(v.name for v in alliance.members)
            quiet = [v.name for v in alliance.members if v.standing == "quiet"]
            assert row.quiet_names == "；".join(quiet)
    kept = model.history
    for table in ("villages", "alliances", "projects", "events"):
        assert_frame_equal(getattr(kept, table), getattr(history, table), check_exact=True)
    assert kept.about == history.about


def test_the_end_equals_the_ensembles(jinxi: History) -> None:
    many = run_together(
        load("jinxi"), {"it": "strong_leads_weak"}, runs=8, seed=3, keep=("operating_income",)
    )
    last = jinxi.villages[jinxi.villages.tick == 23]
    it = many.strategies["it"]
    assert last.operating_income.tolist() == it.kept["operating_income"][7].tolist()
    alone = many.none.kept["operating_income"][7].tolist()
    assert last.alone_operating_income.tolist() == alone
    assert jinxi.about["outcomes"] == {name: it.series[name][7, -1] for name in NAMES}


# The tables


def test_the_tables_hold_every_column_from_the_start_to_the_horizon(county: History) -> None:
    accounts = {v.name for v in ACCOUNT} - {"ability", "best"} | {"manager_ability", "next_project"}
    assert set(county.villages.columns) >= {v.name for v in VILLAGE} - {"id", "run"} | accounts
    of_alliances = {v.name for v in ALLIANCE} - {"key", "number", "stale"}
    assert set(county.alliances.columns) >= of_alliances | accounts
    assert len(county.villages) == 32 * 25
    start = county.about["start"]
    ends = [f"{start - 1}Q4", f"{start + 5}Q4"]
    assert county.villages.quarter.iloc[[0, -1]].tolist() == ends
    numbers = county.villages.select_dtypes("number").drop(columns="alliance")
    assert np.isfinite(numbers.to_numpy(float)).all()


@pytest.mark.parametrize("which", ["county", "jinxi"])
def test_the_parts_sum_to_the_income_and_what_is_taught_is_all_that_base_differs_by(
    which: str, request: pytest.FixtureRequest
) -> None:
    """Before the first quarter nothing is taught, owned or shared yet."""
    villages = request.getfixturevalue(which).villages
    rows = villages[villages.tick >= 0]
    alone = [name for name in rows if name.startswith("part_alone_")]
    parts = [name for name in rows if name.startswith("part_") and name not in alone]
    np.testing.assert_allclose(rows[parts].sum(axis=1), rows.operating_income, atol=1e-5)
    without = rows.part_base + rows[alone].sum(axis=1)
    np.testing.assert_allclose(without, rows.alone_operating_income, atol=1e-5)
    assert (rows.part_membership < 0).any() and (rows[alone] != 0).any().any()
    shared = [name for name in parts if name.startswith("part_shared_")]
    assert (rows[shared] != 0).any().any() and (rows.part_taught != 0).any()


def test_members_of_both_tables_agree_and_the_quiet_are_named(county: History) -> None:
    allied = county.villages.dropna(subset="alliance")
    belongs = allied.groupby(["tick", "alliance"]).village.agg("；".join)
    living = county.alliances[county.alliances.status != "ended"]
    living = living.set_index(["tick", "alliance"])
    assert len(living) > 50 and living.index.is_unique
    assert belongs.to_dict() == living.member_names.to_dict()
    quiet = allied[allied.standing == "quiet"].groupby(["tick", "alliance"]).village
    assert living.quiet_names[living.quiet_names != ""].to_dict() == quiet.agg("；".join).to_dict()
    assert len(quiet) > 0
    first = county.alliances.groupby("alliance").tick.min()
    assert first.to_dict() == county.alliances.groupby("alliance").founded.first().to_dict()


def test_villages_of_one_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(TABLE.format("甲村"), encoding="utf-8")
    setting = load(tmp_path / "own.csv")
    assert sorted(labels(setting)) == sorted(
        ["甲村", "乙村", "丙村", "同名村（甲镇）", "同名村（乙镇）"]
    )


# The projects


def test_projects_tell_what_they_cost_what_they_bring_and_why_they_ended(county: History) -> None:
    projects = county.projects
    assert [name for name in PROJECT_COLUMNS if name in projects] == list(
        projects.columns[: -len([name for name in projects if name.startswith("brought_")])]
    )
    assert set(projects.under) == {"strategy", "none"} and projects.project.is_unique
    assert set(projects.end) <= {"", *ENDS} == {"", *ENDED} and set(BEGAN) == set(OF_PROJECTS)
    assert (projects.cost > 0).all() and ((projects.end != "") == projects.ended.notna()).all()
    assert (projects.end_zh != "").equals(projects.end != "")
    brought = projects[[name for name in projects if name.startswith("brought_")]]
    np.testing.assert_allclose(brought.sum(axis=1), projects.profit, atol=1e-6)
    assert projects[projects.under == "none"].alliance.isna().all()
    shared = projects[projects.alliance.notna()]
    assert len(shared) > 10 and set(shared.owner) <= set(county.alliances.alliance_name)
    assert (projects.works_quarter != "").equals(projects.works_from.notna())


def test_what_projects_brought_is_what_the_villages_had_of_them(jinxi: History) -> None:
    """Profits of projects are what members were paid, what villages earned on their
    own, and interest on cash."""
    rows = jinxi.villages[jinxi.villages.tick >= 0]
    own = [name for name in rows if name.startswith("part_own_") and name != "part_own_interest"]
    mine = jinxi.projects[(jinxi.projects.under == "strategy") & jinxi.projects.alliance.isna()]
    assert 0.25 * rows[own].to_numpy().sum() == pytest.approx(mine.profit.sum(), abs=0.01)
    alone = [n for n in rows if n.startswith("part_alone_") and n != "part_alone_interest"]
    theirs = jinxi.projects[jinxi.projects.under == "none"]
    assert 0.25 * rows[alone].to_numpy().sum() == pytest.approx(theirs.profit.sum(), abs=0.01)


def test_a_run_of_none_has_the_same_projects_twice() -> None:
    history = record_run("jinxi", "none", years=3)
    assert (history.villages.gain == 0.0).all() and history.alliances.empty
    twice = [
        part.drop(columns=["project", "under"]) for _, part in history.projects.groupby("under")
    ]
    assert_frame_equal(twice[0].reset_index(drop=True), twice[1].reset_index(drop=True))


# The events


def test_every_event_has_its_meaning_in_both_languages() -> None:
    assert set(HAPPENINGS) == set(EVENTS) | {"enlarged", "grown"}
    assert all(h.en and any("一" <= c <= "鿿" for c in h.zh) for h in HAPPENINGS.values())
    assert meanings()["events"]["grant"]["unit"] == "yuan"


def test_who_belongs_where_can_be_told_from_the_events_alone(county: History) -> None:
    index: dict[str, int] = {}
    quiet: set[str] = set()
    of_tick = dict(list(county.events.groupby("tick")))
    for tick, rows in county.villages.groupby("tick"):
        for event in of_tick.get(tick, pd.DataFrame()).itertuples():
            if event.event == "joined":
                index[event.village] = int(event.alliance)
            elif event.event == "left":
                assert index.pop(event.village) == event.alliance
                quiet.discard(event.village)
            elif event.event == "quiet":
                quiet.add(event.village)
            elif event.event == "active_again":
                quiet.remove(event.village)
            elif event.event == "ended":
                quiet -= {village for village, number in index.items() if number == event.alliance}
                index = {
                    village: number for village, number in index.items() if number != event.alliance
                }
        now = rows.dropna(subset="alliance").set_index("village")
        assert now.alliance.astype(int).to_dict() == index, tick
        assert set(now.index[now.standing == "quiet"]) == quiet, tick
    happened = set(county.events.event)
    assert happened >= {
        "founded", "joined", "left", "quiet", "begun", "ripened", "failed", "died", "closed",
        "grant", "own_money", "secretary_replaced", "ended",
    }  # fmt: skip


def test_numbers_and_names_of_alliances_follow_the_order_of_founding(county: History) -> None:
    founded = county.events[county.events.event == "founded"]
    assert founded.alliance.tolist() == list(range(1, len(founded) + 1))
    names = dict(zip(founded.alliance, founded.alliance_name_zh, strict=True))
    given = {g.name["zh"] for g in load("yuelin").given}
    assert given < set(names.values())
    assert sum(name.startswith("联合体") for name in names.values()) == len(names) - len(given)
    by_table = county.alliances.groupby("alliance").alliance_name_zh.first().to_dict()
    assert by_table == {number: names[number] for number in by_table}
    same = county.events.dropna(subset="alliance")
    assert (same.alliance_name_zh == same.alliance.map(names)).all()


def test_amounts_add_up_to_what_the_state_says(county: History) -> None:
    events, outcomes = county.events, county.about["outcomes"]
    money = events[events.event == "grant"].amount.sum()
    assert money == pytest.approx(outcomes["public_cost"], rel=1e-12) and money > 1e6
    own = events[events.event == "own_money"].amount.sum()
    assert own == pytest.approx(outcomes["own_money"], rel=1e-12) and own > 1e5
    assert (events.event == "left").sum() == outcomes["leaves"]
    assert (events.event == "ended").sum() == outcomes["ended"]
    begun = events[events.event.isin(["begun", "enlarged"])].amount.sum()
    campaign = events[events.event == "campaign"].amount.sum()
    ours = county.projects[(county.projects.under == "strategy")]
    assert ours[ours.origin != "taken_over"].cost.sum() <= (begun + campaign) * (1 + 1e-9)
    assert (events[events.type != ""].type.isin(county.about["types"])).all()


def test_every_new_secretary_is_in_the_events(jinxi: History) -> None:
    new = jinxi.villages[(jinxi.villages.tenure == 0) & (jinxi.villages.tick >= 0)]
    event = jinxi.events[jinxi.events.event == "secretary_replaced"]
    assert sorted(zip(new.tick, new.village, strict=True)) == sorted(
        zip(event.tick, event.village, strict=True)
    )
    assert len(event) >= 1


def test_a_log_without_room_says_so_and_counts_what_it_lost() -> None:
    model = AllianceModel("jinxi")
    model.society.log = model.society.log[:2]
    with pytest.warns(UserWarning, match="no room"):
        for _ in range(3):
            model.step()
    assert model.log.lost > 3


# The files


def test_the_files_can_be_read_back(jinxi: History, tmp_path: Path) -> None:
    written = jinxi.write(tmp_path / "new" / "out")
    assert (
        [p.name for p in written]
        == list(FILES)
        == sorted(os.listdir(tmp_path / "new" / "out"), key=FILES.index)
    )
    for name in ("villages", "alliances", "projects", "events"):
        path = tmp_path / "new" / "out" / f"{name}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel sees that it is UTF-8"
        table, kept = pd.read_csv(path), getattr(jinxi, name)
        assert list(table.columns) == list(kept.columns) and len(table) == len(kept)
        for column in kept.select_dtypes("float"):
            assert (
                table[column].to_numpy(float).tobytes() == kept[column].to_numpy(float).tobytes()
            ), column
    about = json.loads((tmp_path / "new" / "out" / "run.json").read_text(encoding="utf-8"))
    for name, digest in about["files"].items():
        assert hashlib.sha256((tmp_path / "new" / "out" / name).read_bytes()).hexdigest() == digest
    assert {k: v for k, v in about.items() if k != "files"} == json.loads(json.dumps(jinxi.about))


def test_a_run_written_twice_is_the_same_bytes_and_its_inputs_repeat_it(tmp_path: Path) -> None:
    first = record_run("jinxi", "enclave", 9, 4, 3, {"grant_years": 2}, "prior", {"noise_sd": 0.1})
    body = json.loads(json.dumps(first.about))
    again = record_run(
        body["scenario"],
        body["strategy"],
        body["seed"],
        body["run"],
        body["years"],
        body["levers"],
        body["mode"],
        body["fixed"],
    )
    first.write(tmp_path / "a")
    again.write(tmp_path / "b")
    assert [(tmp_path / "a" / n).read_bytes() for n in FILES] == [
        (tmp_path / "b" / n).read_bytes() for n in FILES
    ]
    assert (
        body["years"],
        body["quarters"],
        body["parameters"]["noise_sd"],
        body["all_levers"]["grant_years"],
    ) == (3, 12, 0.1, 2.0)


def test_no_place_on_this_machine_and_no_clock_is_in_run_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.csv").write_text(TABLE.format("甲村"), encoding="utf-8")
    for source in ("jinxi", load("jinxi"), "own.csv", load("own.csv")):
        text = json.dumps(record_run(source, years=1).about, ensure_ascii=False)
        assert (
            str(Path(__file__).parents[2]) not in text
            and str(tmp_path) not in text
            and str(Path.home()) + "/" not in text
        )
    assert json.loads(text)["scenario"] == "own.csv"
    assert json.loads(text)["versions"].keys() >= {"village-alliances", "python", "numpy", "numba"}


def test_different_inputs_have_different_start_hashes() -> None:
    hashes = defaultdict(list)
    for key, given in {
        "seed": {"seed": 2},
        "run": {"run": 1},
        "mode": {"mode": "point"},
        "levers": {"levers": {"span": 4}},
        "none": {},
    }.items():
        hashes[record_run("jinxi", years=1, **given).about["start_hash"]].append(key)
    assert len(hashes) == 5, hashes


def test_cells_that_a_spreadsheet_would_calculate_are_made_harmless(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(TABLE.format("=1+2"), encoding="utf-8")
    record_run(tmp_path / "own.csv", years=2).write(tmp_path / "out")
    cells = [
        c
        for n in FILES[:4]
        for row in csv.reader((tmp_path / "out" / n).open(encoding="utf-8-sig"))
        for c in row
    ]
    assert "'=1+2" in cells and "'=联合体" in cells
    assert not [
        c for c in cells if c.startswith(("=", "+", "@")) or (c.startswith("-") and not _number(c))
    ]


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("fails_at", range(8))
def test_the_set_lands_whole_or_not_at_all(
    jinxi: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    for name in FILES:
        (tmp_path / name).write_text("old", encoding="utf-8")
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    moves = []
    replace = os.replace

    def breaks(source: Any, target: Any) -> None:
        moves.append(target)
        if len(moves) == fails_at + 1:
            raise PermissionError(f"{target} is open in a spreadsheet")
        replace(source, target)

    monkeypatch.setattr(os, "replace", breaks)
    with pytest.raises(CannotWrite, match="spreadsheet"):
        jinxi.write(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted([*FILES, "note.txt"])
    assert {(tmp_path / name).read_text(encoding="utf-8") for name in FILES} == {"old"}
    monkeypatch.undo()
    jinxi.write(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted([*FILES, "note.txt"])
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["run"] == 7


def test_a_folder_made_for_a_set_that_failed_does_not_stay(
    jinxi: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(source: Any, target: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", breaks)
    with pytest.raises(CannotWrite, match="disk full"):
        jinxi.write(tmp_path / "out")
    assert os.listdir(tmp_path) == []


def test_a_place_that_cannot_be_written_is_named(jinxi: History, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CannotWrite) as raised:
        jinxi.write(tmp_path / "file")
    message_said = raised.value.message("en")
    assert (
        message_said
        == f"{tmp_path / 'file'}: cannot be written: a file is there, and a folder is needed"
    )
    (tmp_path / "out" / "run.json").mkdir(parents=True)
    (tmp_path / "out" / "run.json" / "precious").write_text("", encoding="utf-8")
    with pytest.raises(CannotWrite, match=r"run\.json"):
        jinxi.write(tmp_path / "out")
    assert (tmp_path / "out" / "run.json" / "precious").exists()


def test_too_many_villages_are_refused_before_memory_is_filled() -> None:
    with pytest.raises(ValueError, match="use an ensemble"):
        record_run("zhejiang-scale", years=40)

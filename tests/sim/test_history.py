"""The history of a run: the same bits as the live model and the ensemble, events that explain it, files that land whole."""

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
from village_alliances.sim.ensemble import run_ensemble
from village_alliances.sim.files import CannotWrite
from village_alliances.sim.history import FILES, HAPPENINGS, History, labels, meanings, record_run
from village_alliances.sim.metrics import INDEX
from village_alliances.sim.model import AllianceModel
from village_alliances.sim.scenario import load
from village_alliances.sim.society import ALLIANCE, EVENTS, VILLAGE

pytestmark = pytest.mark.usefixtures("compiled_model")
NAMED = {
    "township",
    "county",
    "city",
    "industry",
    "stage",
    "origin",
    "alone_origin",
    "mentor",
    "posted_from",
    "alliance",
}
TABLE = "村名,乡镇,集体经济收入,联合体\n{0},甲镇,5万元,=联合体\n乙村,甲镇,30000,=联合体\n丙村,甲镇,,=联合体\n同名村,甲镇,,\n同名村,乙镇,,\n"


@pytest.fixture(scope="module")
def county() -> History:
    """376 villages that ally by themselves over ten years: alliances are founded, joined, left, merged and ended."""
    return record_run("fenghua", "strong_leads_weak", seed=2, run=1)


@pytest.fixture(scope="module")
def jinxi() -> History:
    return record_run("jinxi", "strong_leads_weak", seed=3, run=6)


# The same bits


def test_every_row_equals_the_live_models_columns() -> None:
    history = record_run("jinxi", "industry_chain", seed=4, run=9)
    model = AllianceModel("jinxi", "industry_chain", luck_seed=4, run=9, history=True)
    for tick in range(-1, 24):
        if tick >= 0:
            model.step()
        rows = history.villages[history.villages.tick == tick]
        for variable in VILLAGE:
            if variable.name not in NAMED | {"id", "run"}:
                now = getattr(model.society.v, variable.name)
                assert (
                    rows[variable.name].to_numpy().tobytes() == np.ascontiguousarray(now).tobytes()
                ), (variable.name, tick)
        assert rows.village.tolist() == [v.name for v in model.villages]
        assert rows.mentor.fillna("").tolist() == [
            v.mentor.name if v.mentor else "" for v in model.villages
        ]
        assert rows.origin.tolist() == [v.origin for v in model.villages]
        assert rows.alliance.fillna(0).tolist() == [
            v.alliance.number if v.alliance else 0 for v in model.villages
        ]
        for alliance in model.alliances:
            (row,) = history.alliances[
                (history.alliances.tick == tick) & (history.alliances.alliance == alliance.number)
            ].itertuples()
            assert (row.status, row.strategy, row.lead) == (
                alliance.status,
                alliance.strategy.name,
                alliance.lead.name,
            )
            assert (row.fund, row.cohesion, row.brand) == (
                alliance.fund,
                alliance.cohesion,
                alliance.brand,
            )
            assert row.member_names == "；".join(v.name for v in alliance.members)
    kept = model.history
    for table in ("villages", "alliances", "events"):
        assert_frame_equal(getattr(kept, table), getattr(history, table), check_exact=True)
    assert kept.about == history.about


def test_the_end_equals_the_ensembles(jinxi: History) -> None:
    many = run_ensemble(load("jinxi"), "strong_leads_weak", runs=8, seed=3, keep_villages=True)
    last = jinxi.villages[jinxi.villages.tick == 23]
    assert last.collective_income.tolist() == many.villages["collective_income"][6].tolist()
    assert jinxi.about["outcomes"] == {name: many.series[6, -1, at] for name, at in INDEX.items()}


# The tables


def test_the_tables_hold_every_column_from_the_start_to_the_horizon(county: History) -> None:
    assert set(county.villages.columns) >= {v.name for v in VILLAGE} - {"id", "run"}
    assert set(county.alliances.columns) >= {v.name for v in ALLIANCE} - {"key", "number"}
    assert len(county.villages) == 376 * 41
    assert county.villages.quarter.iloc[[0, -1]].tolist() == [
        _before(county.about["start"]),
        f"{county.about['start'] + 9}Q4",
    ]
    assert (
        county.villages.gain == county.villages.collective_income - county.villages.alone_income
    ).all()
    numbers = county.villages.select_dtypes("number").drop(columns="alliance")
    assert np.isfinite(numbers.to_numpy(float)).all()


def _before(year: int) -> str:
    return f"{year - 1}Q4"


def test_members_of_both_tables_agree(county: History) -> None:
    belongs = (
        county.villages.dropna(subset="alliance")
        .groupby(["tick", "alliance"])
        .village.agg("；".join)
    )
    living = county.alliances[county.alliances.status != "dissolved"].set_index(
        ["tick", "alliance"]
    )
    assert len(living) > 500 and living.index.is_unique
    assert belongs.to_dict() == living.member_names.to_dict()
    assert (living.members == living.member_names.str.split("；").str.len()).all()
    first = county.alliances.groupby("alliance").tick.min()
    assert first.to_dict() == county.alliances.groupby("alliance").founded.first().to_dict()


def test_villages_of_one_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(TABLE.format("甲村"), encoding="utf-8")
    setting = load(tmp_path / "own.csv")
    assert sorted(labels(setting)) == sorted(
        ["甲村", "乙村", "丙村", "同名村（甲镇）", "同名村（乙镇）"]
    )


# The events


def test_every_event_has_its_meaning_in_both_languages() -> None:
    assert set(HAPPENINGS) == set(EVENTS)
    assert all(h.en and any("一" <= c <= "鿿" for c in h.zh) for h in HAPPENINGS.values())
    assert meanings()["events"]["grant"]["unit"] == "yuan"


def test_who_belongs_where_can_be_told_from_the_events_alone(county: History) -> None:
    at: dict[str, int] = {}
    of_tick = dict(list(county.events.groupby("tick")))
    for tick, rows in county.villages.groupby("tick"):
        for event in of_tick.get(tick, pd.DataFrame()).itertuples():
            if event.event == "joined":
                at[event.village] = int(event.alliance)
            elif event.event in ("left", "switched"):
                assert at.pop(event.village) == event.alliance
            elif event.event in ("ended", "absorbed"):
                at = {village: number for village, number in at.items() if number != event.alliance}
        assert (
            rows.dropna(subset="alliance").set_index("village").alliance.astype(int).to_dict() == at
        ), tick
    happened = set(county.events.event)
    assert happened >= {
        "founded",
        "joined",
        "meeting",
        "project_begun",
        "project_ripened",
        "dividend",
        "grant",
        "secretary_replaced",
    }


def test_numbers_and_names_of_alliances_follow_the_order_of_founding(county: History) -> None:
    founded = county.events[county.events.event == "founded"]
    assert founded.alliance.tolist() == list(range(1, len(founded) + 1))
    names = dict(zip(founded.alliance, founded.alliance_name_zh, strict=True))
    given = {g.name["zh"] for g in load("fenghua").given}
    assert len(given) == 3 and given < set(names.values())
    assert sum(name.startswith("联合体") for name in names.values()) == len(names) - 3
    by_table = county.alliances.groupby("alliance").alliance_name_zh.first().to_dict()
    assert by_table == {number: names[number] for number in by_table}
    same = county.events.dropna(subset="alliance")
    assert (same.alliance_name_zh == same.alliance.map(names)).all()


def test_amounts_add_up_to_what_the_state_says(county: History) -> None:
    events, about = county.events, county.about
    money = events[events.event.isin(["grant", "reward"])].amount.sum()
    assert money == pytest.approx(about["outcomes"]["public_cost"], rel=1e-12) and money > 1e6
    paid = events[events.event == "dividend"].groupby("tick").amount.sum()
    received = county.villages.groupby("tick").dividend.sum()
    assert paid.sub(received, fill_value=0.0).abs().max() < 0.01
    held = events[events.event == "meeting"].groupby(["tick", "alliance"]).amount.sum()
    state = county.alliances[county.alliances.meetings > 0].set_index(["tick", "alliance"]).meetings
    assert held[held > 0].to_dict() == state.to_dict() and len(held) > 500
    assert (events.event == "left").sum() == about["outcomes"]["exits"]


def test_every_new_secretary_is_in_the_events(jinxi: History) -> None:
    new = jinxi.villages[(jinxi.villages.tenure == 0) & (jinxi.villages.tick >= 0)]
    told = jinxi.events[jinxi.events.event == "secretary_replaced"]
    assert sorted(zip(new.tick, new.village, strict=True)) == sorted(
        zip(told.tick, told.village, strict=True)
    )
    assert len(told) >= 1


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
    for name in ("villages", "alliances", "events"):
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
    first = record_run(
        "jinxi",
        "strong_leads_weak:0.7,enclave:0.3",
        9,
        4,
        3,
        {"grant_years": 2},
        "prior",
        {"attention": 12.0},
    )
    told = json.loads(json.dumps(first.about))
    again = record_run(
        told["scenario"],
        told["strategy"],
        told["seed"],
        told["run"],
        told["years"],
        told["levers"],
        told["mode"],
        told["fixed"],
    )
    first.write(tmp_path / "a")
    again.write(tmp_path / "b")
    assert [(tmp_path / "a" / n).read_bytes() for n in FILES] == [
        (tmp_path / "b" / n).read_bytes() for n in FILES
    ]
    assert (
        told["years"],
        told["quarters"],
        told["parameters"]["attention"],
        told["all_levers"]["grant_years"],
    ) == (3, 12, 12.0, 2.0)


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
        for n in FILES[:3]
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
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["run"] == 6


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
    told = raised.value.message("en")
    assert (
        told == f"{tmp_path / 'file'}: cannot be written: a file is there, and a folder is needed"
    )
    (tmp_path / "out" / "run.json").mkdir(parents=True)
    (tmp_path / "out" / "run.json" / "precious").write_text("", encoding="utf-8")
    with pytest.raises(CannotWrite, match=r"run\.json"):
        jinxi.write(tmp_path / "out")
    assert (tmp_path / "out" / "run.json" / "precious").exists()


def test_too_many_villages_are_refused_before_memory_is_filled() -> None:
    with pytest.raises(ValueError, match="use an ensemble"):
        record_run("zhejiang-scale", years=40)

"""A folder of results: parts are whole or not there, one driver at a time,
nothing foreign is touched."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from village_alliances.experiments import store as store_module
from village_alliances.experiments.design import Design, Sweep
from village_alliances.experiments.inputs import scenario_data, scenario_fingerprint, scenario_of
from village_alliances.experiments.reader import expand
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.sealed import decode, encode
from village_alliances.experiments.store import (
    ABORTED,
    FAILED,
    PENDING,
    SUCCEEDED,
    Store,
    query,
    read_runs,
    series,
)
from village_alliances.sim import provenance
from village_alliances.sim.endowment import Endowment
from village_alliances.sim.files import CannotWrite, unfinished
from village_alliances.sim.files import write_atomically as put_file
from village_alliances.sim.loading import load, names


def design(**more: object) -> Design:
    body = {
        "scenarios": ("jinxi",),
        "strategies": ("none", "culture"),
        "replicates": 6,
        "parameters": "prior",
        "runs_a_part": 4,
    }
    return expand(Sweep(**{**body, **more}))


def rows(made: Design, part: int, failed: int = 0) -> pa.Table:
    """A part's rows with made-up outcomes, the first `failed` of them FAILED."""
    count = made.rows_of(made.parts[part])
    broken = [i < failed for i in range(count)]
    return pa.table(
        {
            "run_id": [f"{part}-{i}" for i in range(count)],
            "scenario": ["jinxi"] * count,
            "strategy": ["none"] * count,
            "run": list(range(count)),
            "status": [FAILED if bad else SUCCEEDED for bad in broken],
            "error": pa.array(["it broke" if bad else None for bad in broken], pa.string()),
            "gini": [None if bad else 0.5 + i for i, bad in enumerate(broken)],
            "gini_by_year": [None if bad else [0.1, 0.2, 0.5 + i] for i, bad in enumerate(broken)],
        }
    )


def filled(folder: Path, made: Design, parts: dict[int, int]) -> Store:
    """A folder with these parts: number -> failed runs in it."""
    with Store.at_work(folder, made) as store:
        for part, failed in parts.items():
            store.put(part, encode(rows(made, part, failed), made.hash, part))
    return store


def test_what_is_written_is_read(tmp_path: Path) -> None:
    made = design()
    filled(tmp_path / "out", made, {0: 0, 2: 1})
    frame = read_runs(tmp_path / "out")
    assert list(frame.run_id) == [f"{part}-{i}" for part in (0, 2) for i in range(4)]
    assert list(frame.status) == [SUCCEEDED] * 4 + [FAILED] + [SUCCEEDED] * 3 and np.isnan(
        frame.gini[4]
    )
    assert list(read_runs(tmp_path / "out", ["run", "gini"]).columns) == ["run", "gini"]
    with pytest.raises(Refused, match="no column is called ginni"):
        read_runs(tmp_path / "out", ["ginni"])
    answer = query(
        tmp_path / "out",
        "select status, count(*) as n, avg(gini) as mean from runs group by status order by status",
    )
    assert (list(answer.status), list(answer.n)) == ([FAILED, SUCCEEDED], [1, 7])
    assert np.isnan(answer["mean"][0]) and answer["mean"][1] == pytest.approx(15.5 / 7)
    long = series(tmp_path / "out", "gini")
    assert (
        len(long) == 7 * 3
        and list(long[long.run_id == "2-1"].value) == [0.1, 0.2, 1.5]
        and list(long.year[:3]) == [0, 1, 2]
    )


def test_nothing_to_read_yet(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no sweep"):
        read_runs(tmp_path)
    filled(tmp_path / "out", design(), {})
    assert read_runs(tmp_path / "out").empty and read_runs(tmp_path / "out", ["run", "gini"]).empty
    with pytest.raises(Refused, match="no runs are stored yet"):
        query(tmp_path / "out", "select * from runs")


def test_a_part_that_is_damaged_is_noticed(tmp_path: Path) -> None:
    made = design()
    store = filled(tmp_path / "out", made, {0: 0})
    path, whole = store.path(0), store.path(0).read_bytes()
    assert store.sound(0) == {SUCCEEDED: 4}
    damaged = [whole[:size] for size in range(0, len(whole), 97)] + [
        whole + b"\0",
        whole + whole,
        b"",
        b"PAR1",
    ]
    for i in range(0, len(whole), 61):
        damaged.append(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :])
        if any(whole[i : i + 512]):
            damaged.append(whole[:i] + bytes(min(512, len(whole) - i)) + whole[i + 512 :])
    for body in damaged:
        path.write_bytes(body)
        assert store.sound(0) is None
        with pytest.raises(ValueError, match="do not fit its seal"):
            decode(body)
    with pytest.raises(Refused, match=r"part-000000\.parquet is damaged"):
        read_runs(tmp_path / "out")
    path.write_bytes(whole)
    assert store.sound(0) == {SUCCEEDED: 4}


def test_a_part_in_the_wrong_place_is_noticed(tmp_path: Path) -> None:
    made, other = design(), design(seed=2)
    store = filled(tmp_path / "out", made, {0: 0})
    store.put(1, store.path(0).read_bytes())
    store.put(2, encode(rows(made, 2), other.hash, 2))
    assert store.standing() == ([1, 2], {0: {SUCCEEDED: 4}})


def test_text_like_a_seal_does_no_harm(tmp_path: Path) -> None:
    made = design()
    table = rows(made, 0).set_column(5, "error", pa.array(["sealed:" + "0" * 32] * 4))
    assert decode(encode(table, made.hash, 0)).equals(table)


def test_same_rows_are_the_same_bytes_in_another_process() -> None:
    code = (
        "import pyarrow as pa, hashlib; from village_alliances.experiments.sealed import encode;"
        "t = pa.table({'status': ['a', 'b'], 'x': [0.1, None], 'y': [[1.0], []]});"
        "print(hashlib.md5(encode(t, 'd', 3)).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = encode(pa.table({"status": ["a", "b"], "x": [0.1, None], "y": [[1.0], []]}), "d", 3)
    assert there.stdout.strip() == hashlib.md5(here).hexdigest()


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "part"
    put_file(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, full)
            with pytest.raises(CannotWrite, match="No space left"):
                put_file(path, b"new")
        assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
    put_file(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_second_driver_is_told(tmp_path: Path) -> None:
    made = design()
    with Store.at_work(tmp_path / "out", made) as store:
        assert store.counts().busy
        with (
            pytest.raises(Refused, match=rf"another sweep is at work .*process {os.getpid()}"),
            Store.at_work(tmp_path / "out", made),
        ):
            pass
        code = (
            "import sys; from village_alliances.experiments.store import Store\n"
            "from village_alliances.experiments.refused import Refused\n"
            "from village_alliances.experiments.design import Sweep\n"
            "from village_alliances.experiments.reader import expand\n"
            "made = expand(Sweep(scenarios=('jinxi',), strategies=('none',)))\n"
            "try:\n    Store.at_work(sys.argv[1], made).__enter__()\nexcept Refused as "
            "error:\n    print(error.message('zh'))\n"
        )
        said = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "out")],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert "另一项批量试算正在写入" in said
    with Store.at_work(tmp_path / "out", made) as store:
        pass
    assert not store.counts().busy


def test_foreign_folders_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    (tmp_path / ".draft.tmp").write_text("mine")
    with (
        pytest.raises(
            Refused, match=r"not empty and holds no sweep \(but .draft.tmp, letter.txt\)"
        ),
        Store.at_work(tmp_path, design()),
    ):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".draft.tmp", "letter.txt"]


def test_another_design_is_refused(tmp_path: Path) -> None:
    before = filled(tmp_path / "out", design(), {0: 0}).manifest
    for other in (
        design(seed=2),
        design(replicates=7),
        design(runs_a_part=3),
        design(outcomes=("gini",)),
        design(strategies=("none",)),
    ):
        with pytest.raises(Refused, match="another design"), Store.at_work(tmp_path / "out", other):
            pass
    assert Store(tmp_path / "out").manifest == before


def test_other_code_is_refused_with_the_way_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = design()
    filled(tmp_path / "out", made, {0: 0})
    later = {**store_module.code_version(), "code": "f" * 16, "numba": "9.9"}
    monkeypatch.setattr(store_module, "code_version", lambda: later)
    with pytest.raises(Refused) as caught, Store.at_work(tmp_path / "out", made):
        pass
    for words in (
        "-> ffffffffffffffff",
        "numba",
        "-> 9.9",
        "install the version that began it",
        "run the sweep anew into another folder",
        "can still be read",
    ):
        assert words in caught.value.message("en")
    assert "换一个文件夹" in caught.value.message("zh")
    with pytest.raises(Refused):
        Store(tmp_path / "out").design()
    assert (
        Store(tmp_path / "out").counts().by_status == {SUCCEEDED: 4, PENDING: 8}
        and len(read_runs(tmp_path / "out")) == 4
    )


def test_another_posterior_is_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = design()
    filled(tmp_path / "out", made, {0: 0})
    own = tmp_path / "posterior.parquet"
    own.write_bytes(b"a county's own")
    monkeypatch.setattr(provenance, "POSTERIOR", own)
    monkeypatch.setattr(store_module, "code_version", store_module.code_version.__wrapped__)
    with (
        pytest.raises(Refused, match=r"another version \(posterior .*VILLAGE_ALLIANCES_POSTERIOR"),
        Store.at_work(tmp_path / "out", made),
    ):
        pass


def test_results_of_the_old_model_are_refused_and_their_rows_still_read(tmp_path: Path) -> None:
    made = design()
    filled(tmp_path / "out", made, {0: 0})
    path = tmp_path / "out" / "manifest.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    body["strategies"][1]["default"]["channels"] = {"culture": 1.0}
    del body["technology"]
    path.write_text(json.dumps(body), encoding="utf-8")
    for ask in (Store(tmp_path / "out").design, Store(tmp_path / "out").asked):
        with pytest.raises(Refused, match=r"made by version 0\.1") as caught:
            ask()
        assert "制度安排" in caught.value.message("zh")
    with pytest.raises(Refused, match="institutions"), Store.at_work(tmp_path / "out", made):
        pass
    assert len(read_runs(tmp_path / "out")) == 4


def test_other_arithmetic_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = design()
    filled(tmp_path / "out", made, {0: 0})
    monkeypatch.setattr(provenance, "arithmetic", lambda: "f" * 16)
    monkeypatch.setattr(store_module, "code_version", store_module.code_version.__wrapped__)
    with pytest.raises(Refused) as caught, Store.at_work(tmp_path / "out", made):
        pass
    assert "this processor computes exp or log" in caught.value.message("en")
    assert "末位不同" in caught.value.message("zh")
    with pytest.raises(Refused, match="another version"):  # replay asks for the design as well
        Store(tmp_path / "out").design()


def test_how_it_stands(tmp_path: Path) -> None:
    made = design()
    store = filled(tmp_path / "out", made, {0: 2})
    store.note("begun", part=0)
    store.note("begun", part=1)
    with (tmp_path / "out" / "log" / "journal.jsonl").open("a") as journal:
        journal.write('{"event": "beg')  # cut short
    counts = store.counts()
    assert (
        counts.by_status[SUCCEEDED],
        counts.by_status[FAILED],
        counts.by_status[ABORTED],
        counts.by_status[PENDING],
    ) == (2, 2, 4, 4)
    assert counts.done == 4 and counts.runs == 12 and counts.damaged == []
    assert counts.failed[0] == {
        "run_id": "0-0",
        "scenario": "jinxi",
        "strategy": "none",
        "run": 0,
        "status": FAILED,
        "error": "it broke",
    }
    store.path(1).write_bytes(b"PAR1")
    assert store.counts().damaged == [1]


def test_what_a_killed_driver_left_is_cleared(tmp_path: Path) -> None:
    made = design()
    store = filled(tmp_path / "out", made, {0: 0})
    for place in ("", "inputs", "parts"):
        unfinished(tmp_path / "out" / place / "part-000001.parquet").write_bytes(b"half")
        (tmp_path / "out" / place / ".notes.tmp").write_text("mine")
    with Store.at_work(tmp_path / "out", made):
        assert len(list((tmp_path / "out").rglob(".*"))) == 3
        assert len(list((tmp_path / "out").rglob(".notes.tmp"))) == 3
    assert store.sound(0)


def test_a_driver_killed_before_the_manifest_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    made = design()
    for place in ("log", "inputs", "parts"):
        (tmp_path / "out" / place).mkdir(parents=True)
    unfinished(tmp_path / "out" / "manifest.json").write_text("{")
    filled(tmp_path / "out", made, {0: 0})
    assert Store(tmp_path / "out").design().hash == made.hash


def test_the_design_is_kept_with_villages_that_are_not_shipped(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "name,collective_income,lon,lat\na,30000,121.4,29.6\nb,,121.5,29.7\nc,>200000,,\n",
        encoding="utf-8",
    )
    mine = load(tmp_path / "mine.csv")
    moved = replace(load("jinxi"), start=2001)
    made = design(
        scenarios=(("a", mine), ("b", moved), "jinxi"),
        strategies=("none", "industry_chain"),
        years=4,
        design="latin",
        points=3,
        uncertainties={"noise_sd": "prior"},
        levers={"span": (3, 4)},
        rivals=("even",),
    )
    filled(tmp_path / "out", made, {})
    (tmp_path / "mine.csv").unlink()
    store = Store(tmp_path / "out")
    assert [entry.get("shipped", entry.get("file")) for entry in store.manifest["scenarios"]] == [
        "inputs/00.json",
        "inputs/01.json",
        "jinxi",
    ]
    again = store.design()
    assert again.hash == made.hash
    few = np.arange(3, dtype=np.uint64)
    assert again.contenders == made.contenders
    for contender in made.contenders:
        assert again.run_ids(0, contender, few) == made.run_ids(0, contender, few)
    text = (tmp_path / "out" / "inputs" / "00.json").read_text(encoding="utf-8")
    (tmp_path / "out" / "inputs" / "00.json").write_text(
        text.replace("30000.0", "30001.0"), encoding="utf-8"
    )
    with pytest.raises(Refused, match="was a file of it changed"):
        Store(tmp_path / "out").design()


@pytest.mark.parametrize("name", [name for name in names() if not name.endswith("-scale")])
def test_scenarios_survive_as_plain_data(name: str) -> None:
    scenario = load(name)
    again = scenario_of(json.loads(json.dumps(scenario_data(scenario), allow_nan=False)))
    assert scenario_fingerprint(again) == scenario_fingerprint(scenario)
    np.testing.assert_array_equal(again.lonlat, scenario.lonlat)
    assert (again.given, again.evidence, list(again.names)) == (
        scenario.given,
        scenario.evidence,
        list(scenario.names),
    )


def test_words_about_a_region_leave_the_fingerprint_and_its_numbers_do_not() -> None:
    scenario = load("jinxi")
    given = scenario.region
    reworded = given.endowments["debt"].model_copy(
        update={"assumption": "said otherwise", "assumption_zh": "另一种说法"}
    )
    wider = reworded.model_copy(update={"sd": 1.01 * reworded.sd})

    def fingerprint(debt: Endowment) -> str:
        endowments = {**given.endowments, "debt": debt}
        region = given.model_copy(update={"endowments": endowments})
        return scenario_fingerprint(replace(scenario, region=region))

    assert fingerprint(reworded) == scenario_fingerprint(scenario) != fingerprint(wider)


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    filled(tmp_path / "out", design(), {})
    (tmp_path / "out" / "manifest.json").write_text("{")
    with pytest.raises(Refused, match=r"manifest\.json"):
        Store(tmp_path / "out")


def test_frames_have_plain_types(tmp_path: Path) -> None:
    filled(tmp_path / "out", design(), {0: 0})
    frame = read_runs(tmp_path / "out")
    assert (
        pd.api.types.is_float_dtype(frame.gini)
        and pd.api.types.is_integer_dtype(frame.run)
        and pd.api.types.is_string_dtype(frame.run_id)
    )


@pytest.mark.parametrize("body", ["{}", "[]", "[" * 9000, '{"runs": 1}', "\x00"])
def test_a_manifest_of_anything_ends_in_one_message(tmp_path: Path, body: str) -> None:
    filled(tmp_path / "out", design(), {0: 0})
    (tmp_path / "out" / "manifest.json").write_text(body)
    for ask in (read_runs, Store, lambda folder: query(folder, "select * from runs")):
        with pytest.raises(Refused, match=r"manifest\.json"):
            ask(tmp_path / "out")


def test_every_flipped_bit_is_caught_also_by_a_query(tmp_path: Path) -> None:
    store = filled(tmp_path / "out", design(), {0: 0})
    body = store.path(0).read_bytes()
    luck = np.random.default_rng(1)
    for integer in luck.integers(0, 8 * len(body), 60):
        broken = bytearray(body)
        broken[integer // 8] ^= 1 << (integer % 8)
        store.path(0).write_bytes(bytes(broken))
        with pytest.raises(Refused, match="damaged"):
            query(tmp_path / "out", "select count(*) from runs")
        with pytest.raises(Refused, match="damaged"):
            read_runs(tmp_path / "out")
    store.path(0).write_bytes(body)
    assert len(read_runs(tmp_path / "out")) == store.sizes[0]


def test_a_part_under_another_s_name_is_caught_and_a_stray_is_told_and_not_read(
    tmp_path: Path,
) -> None:
    store = filled(tmp_path / "out", design(), {0: 0})
    body = store.path(0).read_bytes()
    (tmp_path / "out" / "parts" / "part-000999.parquet").write_bytes(body)
    (tmp_path / "out" / "parts" / "copy of part-000000.parquet").write_bytes(body)
    assert len(read_runs(tmp_path / "out")) == store.sizes[0]
    assert query(tmp_path / "out", "select count(*) as n from runs")["n"][0] == store.sizes[0]
    assert store.counts().strays == ["copy of part-000000.parquet", "part-000999.parquet"]
    store.path(1).write_bytes(body)
    assert store.counts().damaged == [1]
    with pytest.raises(Refused, match="it is part 0 of design"):
        read_runs(tmp_path / "out")


def test_a_lost_folder_of_parts_is_mended_and_a_folder_in_place_of_a_part_is_told(
    tmp_path: Path,
) -> None:
    made = design()
    store = filled(tmp_path / "out", made, {0: 0})
    store.path(0).unlink()
    (tmp_path / "out" / "parts").rmdir()
    filled(tmp_path / "out", made, {0: 0})
    assert store.sound(0)
    store.path(1).mkdir()
    with (
        pytest.raises(Refused, match="is a folder, where a part"),
        Store.at_work(tmp_path / "out", made),
    ):
        pass

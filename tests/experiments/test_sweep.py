"""Sweeps: the same bytes however they are carried out, failures as rows, stops that lose nothing,
runs replayed bit for bit."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from village_alliances.experiments import parts as parts_module
from village_alliances.experiments.design import Design, Sweep
from village_alliances.experiments.parts import make_part, task_of
from village_alliances.experiments.reader import expand
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.replay import replay
from village_alliances.experiments.store import FAILED, SUCCEEDED, Store, read_runs
from village_alliances.experiments.sweep import carry_out
from village_alliances.interface.cli import main
from village_alliances.sim import technology
from village_alliances.sim.ensemble import run_ensemble, run_together
from village_alliances.sim.files import CannotWrite
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.parameters import REGIONAL_POSSIBLE
from village_alliances.sim.rivals import RIVALS
from village_alliances.sim.uncertain import drawn

from tests.experiments.folders import contents

pytestmark = pytest.mark.usefixtures("compiled_model")


def design(**more: Any) -> Design:
    body = {
        "scenarios": ("jinxi", "kuangyan"),
        "strategies": ("none", "strong_leads_weak"),
        "replicates": 5,
        "design": "latin",
        "points": 6,
        "uncertainties": {"noise_sd": "prior", "let.profit_rate": "prior"},
        "levers": {"grant_per_village": (0, 60000)},
        "parameters": "prior",
        "series": ("mean_income",),
        "keep_parameters": ("discount", "orchard.fail"),
        "years": 3,
        "seed": 4,
        "runs_a_part": 24,
    }
    return expand(Sweep(**{**body, **more}))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, compiled_model: None) -> Path:
    """The results of the design, made by one thread in one go."""
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    summary = carry_out(design(), folder, workers=1)
    assert summary.complete and summary.failed == 0 and summary.stopped is None
    return folder


def test_every_row_is_the_run_that_it_says(undisturbed: Path) -> None:
    made, frame = design(), read_runs(undisturbed)
    assert (
        len(frame) == made.runs == 240
        and frame.run_id.is_unique
        and set(frame.status) == {SUCCEEDED}
    )
    for (scenario, strategy, grant), group in frame.groupby(
        ["scenario", "strategy", "grant_per_village"]
    ):
        expected = run_ensemble(
            load(scenario, years=3),
            strategy,
            runs=30,
            seed=4,
            levers={"grant_per_village": grant},
            mode="prior",
            fixed={name: np.repeat(made.sample[name], 5) for name in made.sample},
        )
        assert list(group.run) == list(range(30)) and list(group.point) == [
            run // 5 for run in range(30)
        ]
        for name in made.outcomes:
            np.testing.assert_array_equal(group[name], expected.outcome(name))
        np.testing.assert_array_equal(
            np.stack(group["mean_income_by_year"]), expected.trajectory("mean_income")
        )
        for name in ("noise_sd", "discount"):
            np.testing.assert_array_equal(group[name], expected.parameters[name])
        for name in ("let.profit_rate", "orchard.fail"):
            np.testing.assert_array_equal(group[name], drawn(expected.technology)[name])


def test_a_gain_is_the_difference_to_no_alliance_run_by_run(undisturbed: Path) -> None:
    frame = read_runs(undisturbed).set_index(["scenario", "grant_per_village", "run"])
    income = {name: part["mean_income"] for name, part in frame.groupby("strategy")}
    gain = frame[frame.strategy == "strong_leads_weak"]["gain_mean"]
    apart = income["strong_leads_weak"] - income["none"]
    np.testing.assert_allclose(gain, apart.reindex(gain.index), rtol=1e-9, atol=1e-6)
    assert (frame[frame.strategy == "none"][["gain_mean", "gain_weak"]] == 0).all(axis=None)
    assert gain.abs().min() > 0


def test_rivals_have_the_money_of_the_strategy_run_by_run(tmp_path: Path) -> None:
    asked = {"scenarios": ("jinxi",), "levers": {}, "runs_a_part": 0}
    whole = design(**asked, rivals=RIVALS)
    carry_out(whole, tmp_path / "whole")
    frame = read_runs(tmp_path / "whole")
    assert len(frame) == whole.runs == 30 * (2 + len(RIVALS))
    expected = run_together(
        load("jinxi", years=3),
        {"a": "strong_leads_weak"},
        runs=30,
        seed=4,
        mode="prior",
        fixed={name: np.repeat(whole.sample[name], 5) for name in whole.sample},
        rivals=RIVALS,
    )
    spent = expected.strategies["a"].outcome("public_cost")
    for name in RIVALS:
        rows = frame[frame.rival == name]
        assert list(rows.run) == list(range(30)) and set(rows.strategy) == {"strong_leads_weak"}
        for outcome in ("mean_income", "gain_weak", "public_cost"):
            outcomes = expected.rivals["a"][name].outcome(outcome)
            np.testing.assert_array_equal(rows[outcome], outcomes)
        np.testing.assert_allclose(rows["public_cost"], spent, rtol=1e-9)
    carry_out(design(**{**asked, "runs_a_part": 9}, rivals=RIVALS), tmp_path / "cut", workers=2)
    assert read_runs(tmp_path / "cut").equals(frame)
    with pytest.raises(Refused, match="the alliances that had the money: run") as caught:
        replay(tmp_path / "whole", rows.run_id.iloc[7])
    of_strategy = frame[(frame.strategy == "strong_leads_weak") & (frame.rival == "")]
    assert of_strategy.run_id.iloc[7] in str(caught.value)


def test_run_k_is_the_same_village_and_luck_under_every_strategy(undisturbed: Path) -> None:
    frame = read_runs(undisturbed)
    started = frame.mean_income_by_year.map(lambda values: values[0])
    assert started.groupby([frame.scenario, frame.run]).nunique().max() == 1


def test_threads_processes_and_stops_give_the_same_bytes(undisturbed: Path, tmp_path: Path) -> None:
    made = design()
    carry_out(made, tmp_path / "threads", workers=3)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        carry_out(made, tmp_path / "processes", executor=pool, ahead=3)
    for stop in (1, 25, 60):
        last = carry_out(made, tmp_path / "resumed", workers=2, max_runs=stop)
        assert not last.complete and last.stopped is None
    assert last.done == 24 + 48 + 72
    assert carry_out(made, tmp_path / "resumed").complete
    for name in ("threads", "processes", "resumed"):
        assert contents(tmp_path / name) == contents(undisturbed), name


def test_a_finished_sweep_does_nothing_more(undisturbed: Path) -> None:
    before = contents(undisturbed)
    times = {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*.parquet")}
    seen: list[tuple[int, int, int]] = []
    summary = carry_out(design(), undisturbed, progress=lambda *counts: seen.append(counts))
    assert summary.complete and summary.engine == 0 and seen == [(240, 0, 240)]
    assert (
        contents(undisturbed) == before
        and {path: path.stat().st_mtime_ns for path in times} == times
    )


def test_damaged_and_missing_parts_are_made_again(undisturbed: Path, tmp_path: Path) -> None:
    made = design()
    carry_out(made, tmp_path / "out")
    store = Store(tmp_path / "out")
    store.path(0).write_bytes(store.path(0).read_bytes()[:-100])
    store.path(3).unlink()
    store.path(4).write_bytes(b"")
    store.path(5).write_bytes(store.path(6).read_bytes())
    seen: list[tuple[int, int, int]] = []
    carry_out(made, tmp_path / "out", workers=1, progress=lambda *counts: seen.append(counts))
    assert [done for done, _, _ in seen] == [144, 168, 192, 216, 240]
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_runs_that_fail_are_rows_with_error_and_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGIONAL_POSSIBLE, "trend_collective", (-1.0, 1e300))
    growth = (0.05, 1e60, 0.04, 1e200)  # growth that makes of an income no number any more
    made = design(
        strategies=("strong_leads_weak",),
        scenarios=("jinxi",),
        years=0,
        levers={},
        design="grid",
        points=0,
        replicates=3,
        uncertainties={"trend_collective": growth},
    )
    first = carry_out(made, tmp_path / "one", workers=1)
    frame = read_runs(tmp_path / "one")
    bad = frame[frame.status == FAILED]
    assert (
        first.complete
        and first.failed == len(bad)
        and len(bad) == 6
        and set(bad.trend_collective) == {1e60, 1e200}
    )
    assert (
        bad.error.str.len().min() > 5
        and bad[list(made.outcomes)].isna().all().all()
        and bad.mean_income_by_year.isna().all()
    )
    good = frame[frame.status == SUCCEEDED]
    assert good[list(made.outcomes)].notna().all().all() and good.error.isna().all()
    failed = Store(tmp_path / "one").counts().failed
    assert (
        failed[0]["trend_collective"] == bad.trend_collective.iloc[0]
        and failed[0]["error"] == bad.error.iloc[0]
    )
    before = contents(tmp_path / "one")
    assert carry_out(made, tmp_path / "one").engine == 0
    again = carry_out(made, tmp_path / "one", retry_failed=True)
    assert (
        again.engine > 0 and again.failed == first.failed and contents(tmp_path / "one") == before
    )


def break_runs(
    monkeypatch: pytest.MonkeyPatch,
    which: Callable[[int], bool],
    error: type[BaseException] = ValueError,
    under: str = "",
) -> None:
    """Let every run of these numbers raise while it is built, under one strategy or any."""

    def broken(scenario: Any, portfolios: Any, *, runs: np.ndarray, **more: Any) -> Any:
        if under in (*portfolios, "") and any(which(int(run)) for run in runs):
            raise error("this cannot be built")
        return run_together(scenario, portfolios, runs=runs, **more)

    monkeypatch.setattr(parts_module, "run_together", broken)


def test_an_error_is_pinned_on_the_runs_that_raise_it(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = design()
    with monkeypatch.context() as patch:
        break_runs(patch, lambda run: run in (0, 11, 12, 29))
        summary = carry_out(made, tmp_path / "out")
    assert summary.complete and summary.failed == 4 * 8
    frame, whole = read_runs(tmp_path / "out"), read_runs(undisturbed)
    assert set(frame[frame.status == FAILED].run) == {0, 11, 12, 29}
    assert set(frame[frame.status == FAILED].error) == {"ValueError: this cannot be built"}
    same = frame.status == SUCCEEDED
    assert (
        frame[same]
        .drop(columns="mean_income_by_year")
        .equals(whole[same].drop(columns="mean_income_by_year"))
    )
    assert list(frame.run_id) == list(whole.run_id)
    assert (
        carry_out(made, tmp_path / "out", retry_failed=True).failed == 0
    )  # what broke them is mended
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_project_types_of_a_county_are_kept_with_the_results(tmp_path: Path) -> None:
    dear = technology.read(None)[1:]  # nothing to let
    few = {
        "scenarios": ("jinxi",),
        "levers": {},
        "uncertainties": {},
        "design": "grid",
        "points": 0,
    }
    made = design(**few, technology=dear, keep_parameters=(f"{dear[0].name}.profit_rate",))
    carry_out(made, tmp_path / "out")
    frame = read_runs(tmp_path / "out")
    assert Store(tmp_path / "out").design().hash == made.hash
    expected = run_ensemble(
        load("jinxi", years=3), "strong_leads_weak", runs=5, seed=4, mode="prior", types=dear
    )
    row = frame[frame.strategy == "strong_leads_weak"]
    np.testing.assert_array_equal(row.mean_income, expected.outcome("mean_income"))
    assert replay(tmp_path / "out", row.run_id.iloc[3]).about["held_against_stored"]


def test_an_error_under_one_strategy_leaves_the_others_alone(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        break_runs(patch, lambda run: run == 7, under="strong_leads_weak")
        assert carry_out(design(), tmp_path / "out").failed == 4
    frame = read_runs(tmp_path / "out")
    bad = frame[frame.status == FAILED]
    assert set(bad.strategy) == {"strong_leads_weak"} and set(bad.run) == {7}
    well = (frame.status == SUCCEEDED) & (frame.strategy == "none")
    columns = ["run_id", "discount", "orchard.fail", "mean_income"]
    assert frame[well][columns].equals(read_runs(undisturbed)[well][columns])


def test_want_of_memory_is_not_a_result(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = design()
    with monkeypatch.context() as patch:
        break_runs(patch, lambda run: run == 0, MemoryError)
        summary = carry_out(made, tmp_path / "out")
    assert (
        not summary.complete
        and summary.failed == 0
        and all("MemoryError" in said for said in summary.lost.values())
    )
    counts = Store(tmp_path / "out").counts().by_status
    assert counts["ABORTED"] == 4 * 24 and counts.total() == 240 and counts[FAILED] == 0
    carry_out(made, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(undisturbed)


class Fickle(ThreadPoolExecutor):
    """Threads that do `then` instead of every task from number `sound` on."""

    def __init__(self, sound: int, then: Callable[[], Any]) -> None:
        super().__init__(1)
        self.left = sound
        self.then = then

    def submit(self, *args: Any, **more: Any) -> Future:  # type: ignore[override]
        self.left -= 1
        return super().submit(*args, **more) if self.left >= 0 else super().submit(self.then)


def raising(error: BaseException) -> Callable[[], Any]:
    def then() -> None:
        raise error

    return then


def test_workers_that_are_gone_stop_the_sweep(undisturbed: Path, tmp_path: Path) -> None:
    made = design()
    with Fickle(3, raising(BrokenExecutor("killed"))) as executor:
        summary = carry_out(made, tmp_path / "out", executor=executor, ahead=2)
    assert summary.done == 72 and "are gone" in str(summary.stopped)
    assert Store(tmp_path / "out").counts().by_status["ABORTED"] >= 24
    with Fickle(0, raising(RuntimeError("no such module"))) as executor:
        summary = carry_out(made, tmp_path / "out", executor=executor, ahead=2)
    assert (
        summary.done == 72 and "no such module" in str(summary.stopped) and len(summary.lost) < 10
    )
    carry_out(made, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_a_worker_with_other_code_is_refused(tmp_path: Path) -> None:
    task = task_of(design(), 0)
    object.__setattr__(task, "version", {**task.version, "code": "other"})
    with pytest.raises(Refused, match="a worker has another version"):
        make_part(task)
    with (
        Fickle(1, lambda: make_part(task)) as executor,
        pytest.raises(Refused, match="install the same"),
    ):
        carry_out(design(), tmp_path / "out", executor=executor, ahead=1)
    assert (
        Store(tmp_path / "out").counts().by_status[SUCCEEDED] == 24
        and not Store(tmp_path / "out").counts().busy
    )


def test_a_full_disk_stops_the_sweep(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, put, written = design(), Store.put, []

    def fills_up(store: Store, part: int, body: bytes) -> None:
        if len(written) == 4:
            raise CannotWrite(28, "No space left on device", str(store.path(part)))
        written.append(part)
        put(store, part, body)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "put", fills_up)
        summary = carry_out(made, tmp_path / "out", workers=2)
    assert (
        summary.done == 96
        and ".parquet: cannot be written: the disk is full" in str(summary.stopped)
        and "无法写入" in summary.stopped.zh
    )
    assert carry_out(made, tmp_path / "out").complete and contents(tmp_path / "out") == contents(
        undisturbed
    )


def test_ctrl_c_keeps_what_is_done(undisturbed: Path, tmp_path: Path) -> None:
    made = design()

    def interrupt(done: int, failed: int, total: int) -> None:
        if done >= 100:
            raise KeyboardInterrupt

    summary = carry_out(made, tmp_path / "out", workers=2, progress=interrupt)
    assert summary.interrupted and 100 <= summary.done < 240
    counts = Store(tmp_path / "out").counts()
    assert counts.done == summary.done and not counts.busy and threading.active_count() < 20
    carry_out(made, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_few_parts_are_under_way_at_once(tmp_path: Path) -> None:
    under_way: list[int] = []

    class Counting(Executor):
        waiting = 0

        def submit(self, *args: Any, **more: Any) -> Future:  # type: ignore[override]
            self.waiting += 1
            under_way.append(self.waiting)
            future: Future = Future()
            future.set_result(args[0](*args[1:]))
            future.add_done_callback(lambda _: setattr(self, "waiting", self.waiting - 1))
            return future

    carry_out(design(runs_a_part=6), tmp_path / "out", executor=Counting(), ahead=3)
    assert len(under_way) == 40 and max(under_way) <= 3


def test_a_run_is_replayed_to_the_last_bit(undisturbed: Path, tmp_path: Path) -> None:
    frame = read_runs(undisturbed)
    allied = frame[(frame.strategy == "strong_leads_weak") & (frame.grant_per_village == 60000)]
    for _, row in [*allied.iloc[[0, -1]].iterrows(), *frame.iloc[[0, 100]].iterrows()]:
        history = replay(undisturbed, row.run_id)
        assert history.about["held_against_stored"] and history.about["run"] == row.run
        assert {name: history.about["outcomes"][name] for name in design().outcomes} == {
            name: row[name] for name in design().outcomes
        }
        last = history.villages[history.villages.tick == 11]
        assert last.operating_income.mean() == pytest.approx(row.mean_income, rel=1e-12)
    history = replay(undisturbed, allied.run_id.iloc[0])
    assert {"founded", "joined", "begun"} <= set(history.events.event) and history.about[
        "events_lost"
    ] == 0
    with pytest.raises(Refused, match="no run of this sweep has the id 'abc'"):
        replay(undisturbed, "abc")


def test_a_run_that_is_not_stored_can_be_looked_at_too(tmp_path: Path) -> None:
    made = design()
    carry_out(made, tmp_path / "out", max_runs=1)
    name = made.run_ids(made.cases - 1, made.contenders[-1], np.array([29], np.uint64))[0]
    assert not replay(tmp_path / "out", name).about["held_against_stored"]


def test_a_replay_that_differs_says_so(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = design()
    carry_out(made, tmp_path / "out", max_runs=1)
    store = Store(tmp_path / "out")
    from village_alliances.experiments.sealed import decode, encode

    table = decode(store.path(0).read_bytes())
    index = table.column_names.index("mean_income")
    nudged = table.set_column(
        index, "mean_income", [np.nextafter(table["mean_income"].to_numpy(), np.inf)]
    )
    store.put(0, encode(nudged, made.hash, 0))
    with pytest.raises(Refused, match="came out differently: mean_income"):
        replay(tmp_path / "out", table["run_id"][0].as_py())


def sweep_file(folder: Path, **more: Any) -> Path:
    path = folder / "small.toml"
    lines = {
        "scenarios": ["jinxi"],
        "strategies": ["none", "strong_leads_weak"],
        "replicates": 40,
        "years": 2,
        "runs_a_part": 20,
        **more,
    }
    path.write_text(
        "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items()),
        encoding="utf-8",
    )
    return path


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = str(sweep_file(tmp_path)), str(tmp_path / "out")
    assert main(["sweep", file, "--out", out, "--max-runs", "30", "--workers", "1"]) == 0
    said = capsys.readouterr()
    assert "40 of 80 runs are stored" in said.out and "= 80 runs, parts: 4" in said.err
    assert main(["sweep", "status", out]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["PENDING", "40"],
        ["SUCCEEDED", "40"],
        ["FAILED", "0"],
        ["ABORTED", "0"],
    ]
    assert main(["sweep", file, "--out", out, "--lang", "zh"]) == 0
    said = capsys.readouterr()
    assert "全部 80 次模拟已保存" in said.out and "已保存 40 次模拟，继续" in said.err
    assert main(["sweep", file, "--out", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["done"] == 80
    assert main(["sweep", "status", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["SUCCEEDED"] == 80
    name = read_runs(out).run_id[70]
    assert main(["replay", out, name, "--out", str(tmp_path / "again")]) == 0
    assert "to the last bit" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "again").iterdir()} == {
        "villages.csv",
        "alliances.csv",
        "events.csv",
        "projects.csv",
        "run.json",
    }
    assert (
        json.loads((tmp_path / "again" / "run.json").read_text(encoding="utf-8"))["run_id"] == name
    )


def test_commands_that_cannot_be_carried_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = str(sweep_file(tmp_path)), str(tmp_path / "out")
    for words, said in (
        (["sweep", file], "--out: which folder"),
        (["sweep", "status"], "which folder?"),
        (
            ["sweep", file, "more.toml", "--out", out],
            "one sweep file at a time; found also 'more.toml'",
        ),
        (
            ["sweep", file, "--out", out, "--workers", "2", "--dask", "tcp://x:1"],
            "give one of them",
        ),
        (["sweep", file, "--out", out, "--workers", "none"], "expected a whole number"),
        (["sweep", str(tmp_path / "none.toml"), "--out", out], "no such file"),
        (["sweep", file, "--out", str(tmp_path)], "not empty and holds no sweep"),
        (["sweep", "status", str(tmp_path)], "holds no sweep"),
        (["replay", str(tmp_path), "abc"], "holds no sweep"),
        (["sweep", file, "--out", file], "small.toml"),
    ):
        assert main([*words, "--lang", "en"]) == 2, words
        assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_failed_runs_show_in_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_runs(monkeypatch, lambda run: run == 7)
    file, out = str(sweep_file(tmp_path)), str(tmp_path / "out")
    assert main(["sweep", file, "--out", out, "--lang", "en"]) == 3
    assert "2 runs FAILED" in capsys.readouterr().out
    assert main(["sweep", "status", out, "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert (
        "run=7" in said
        and "error=ValueError: this cannot be built" in said
        and "strategy=strong_leads_weak" in said
    )


def test_a_sweep_that_is_interrupted_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from village_alliances.interface.commands import sweep as command

    class Nervous(command.Bar):
        def __call__(self, done: int, failed: int, total: int) -> None:
            super().__call__(done, failed, total)
            if done == 40:
                raise KeyboardInterrupt

    monkeypatch.setattr(command, "Bar", Nervous)
    assert (
        main(
            [
                "sweep",
                str(sweep_file(tmp_path)),
                "--out",
                str(tmp_path / "out"),
                "--workers",
                "1",
                "--lang",
                "en",
            ]
        )
        == 130
    )
    said = capsys.readouterr()
    assert "Stopped: interrupted." in said.err and "give the same command again" in said.out


def test_lines_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import time

    from village_alliances.interface.commands.sweep import Bar

    clock = iter([0.0, 0.0, 2.0, 10.0, 10.0, 10.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    out = io.StringIO()
    bar = Bar("en", out)
    bar(100, 0, 1000)  # stored before
    bar(150, 0, 1000)  # too soon for a line
    bar(300, 2, 1000)
    assert (
        out.getvalue() == "300 of 1,000 runs stored (30%), 20 runs/s, about 0:35 left, 2 FAILED\n"
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_is_said_of_the_time_until_it_is_known(
    lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import time

    from village_alliances.interface.commands.sweep import Bar

    clock = iter([0.0, 0.0, 10.0, 10.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    out = io.StringIO()
    bar = Bar(lang, out)
    bar(100, 0, 1000)
    bar(100, 0, 1000)
    said = {
        "en": "100 of 1,000 runs stored (10%), 0 runs/s\n",
        "zh": "已保存 100 / 1000 次模拟（10%），每秒 0 次\n",
    }
    assert out.getvalue() == said[lang]


def test_outcomes_are_those_asked_for(tmp_path: Path) -> None:
    made = design(
        outcomes="all", series=(), replicates=1, scenarios=("jinxi",), keep_parameters="all"
    )
    carry_out(made, tmp_path / "out")
    frame = read_runs(tmp_path / "out")
    assert (
        list(frame.columns[-len(NAMES) :]) == list(NAMES)
        and {"discount", "let.fail"} <= {*frame}
        and "mean_income_by_year" not in frame
        and "ordinary_money_given" in frame
    )

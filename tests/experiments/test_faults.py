"""Real accidents: drivers, workers and schedulers killed, a disk that is full, two drivers at once.
What is there in the end is the same to the byte as after a sweep that was left alone."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from village_alliances.experiments.store import Store, read_runs

from tests.experiments.folders import contents

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kills processes by signals"),
    pytest.mark.usefixtures("compiled_model"),
]
TOP = Path(__file__).parents[2]
PATIENCE = 300.0  # seconds
PARTS = 125  # of the sweep file: so many that no machine is through before a test has struck


def sweep_file(folder: Path, **more: Any) -> Path:
    """2,000 runs in 125 parts, a few seconds."""
    path = folder / "sweep.toml"
    body = {
        "scenarios": ["jinxi"],
        "strategies": ["none", "strong_leads_weak"],
        "replicates": 1000,
        "runs_a_part": 2000 // PARTS,
        "years": 2,
        "seed": 5,
        **more,
    }
    path.write_text(
        "".join(f"{name} = {json.dumps(value)}\n" for name, value in body.items()), encoding="utf-8"
    )
    return path


def start(file: Path, out: Path, *words: str) -> subprocess.Popen[str]:
    """A driver in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "village_alliances",
        "sweep",
        str(file),
        "--out",
        str(out),
        "--lang",
        "en",
        *words,
    ]
    return subprocess.Popen(
        command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(file: Path, out: Path, *words: str) -> str:
    """A driver until its end, which is good; what it said."""
    driver = start(file, out, *words)
    text, complained = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 0, complained
    return text


def parts(out: Path) -> int:
    """How many parts are stored."""
    return len(list((out / "parts").glob("part-*.parquet"))) if out.exists() else 0


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.002)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the sweep file, left alone."""
    folder = tmp_path_factory.mktemp("undisturbed")
    finish(sweep_file(folder), folder / "out", "--workers", "1")
    assert parts(folder / "out") == PARTS
    return folder / "out"


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL: no chance to tidy up."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL


def killed_until_done(file: Path, out: Path, dice: random.Random) -> int:
    """Drivers started on a folder and killed, one after the other, until one is through before it
    is struck; how many were killed."""
    for kills in range(25):
        before = parts(out)
        driver = start(file, out, "--workers", "1")
        if kills % 3 == 0:  # while it starts, whatever it is at
            time.sleep(dice.uniform(0.0, 3.0))
        else:  # while it stores
            until(
                lambda driver=driver, before=before: (
                    parts(out) > before or driver.poll() is not None
                ),
                "a part is stored",
            )
            time.sleep(dice.uniform(0.0, 0.03))
        driver.send_signal(signal.SIGKILL)
        driver.communicate(timeout=PATIENCE)
        if driver.returncode == 0:
            return kills
    return 25


def test_drivers_killed_at_random_moments(undisturbed: Path, tmp_path: Path) -> None:
    file, dice, kills, sweeps = sweep_file(tmp_path), random.Random(7), 0, 0
    while kills < 15:  # a quick machine ends a sweep sooner: then another
        out = tmp_path / f"out{sweeps}"
        kills, sweeps = kills + killed_until_done(file, out, dice), sweeps + 1
        finish(file, out)
        assert contents(out) == contents(undisturbed)
        assert not list(out.rglob("*.tmp")) and read_runs(out).run_id.is_unique
        assert sweeps < 30


def test_a_hundred_thousand_runs_killed_five_times(tmp_path: Path) -> None:
    file = sweep_file(tmp_path, replicates=50_000, runs_a_part=0)
    finish(file, tmp_path / "alone")
    dice, out = random.Random(11), tmp_path / "killed"
    for _ in range(5):
        before = parts(out)
        driver = start(file, out, "--workers", "1")
        until(
            lambda driver=driver, before=before: parts(out) > before or driver.poll() is not None,
            "a part is stored",
        )
        time.sleep(dice.uniform(0.0, 0.05))
        kill(driver)
    assert 0 < Store(out).counts().done < 100_000
    finish(file, out)
    assert contents(out) == contents(tmp_path / "alone") and Store(out).counts().done == 100_000


@pytest.mark.parametrize("polite", [signal.SIGINT, signal.SIGTERM])
def test_drivers_that_are_asked_to_stop(
    polite: signal.Signals, undisturbed: Path, tmp_path: Path
) -> None:
    file, out = sweep_file(tmp_path), tmp_path / "out"
    driver = start(file, out, "--workers", "1")
    until(lambda: parts(out) >= 3, "some parts are stored")
    driver.send_signal(polite)
    said, complained = driver.communicate(timeout=PATIENCE)
    assert (
        driver.returncode == 130
        and "Stopped: interrupted." in complained
        and "give the same command again" in said
    )
    assert 3 <= parts(out) < PARTS and "Traceback" not in complained
    finish(file, out)
    assert contents(out) == contents(undisturbed)


def test_two_drivers_on_one_folder(undisturbed: Path, tmp_path: Path) -> None:
    file, out = sweep_file(tmp_path), tmp_path / "out"
    first = start(file, out, "--workers", "1")
    until(lambda: parts(out) >= 1, "a part is stored")
    first.send_signal(signal.SIGSTOP)  # so that it is not done before the second has started
    second = start(file, out)
    _, complained = second.communicate(timeout=PATIENCE)
    first.send_signal(signal.SIGCONT)
    assert (
        second.returncode == 2
        and f"another sweep is at work in {out} (process {first.pid}" in complained
    )
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0 and contents(out) == contents(undisturbed)


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A disk of this size at a folder."""
    folder.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=False
        ).returncode
    ):
        pytest.skip("a small disk can only be made by root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(undisturbed: Path, tmp_path: Path) -> None:
    file, out = sweep_file(tmp_path), tmp_path / "disk" / "out"
    with small_disk(tmp_path / "disk", "400k"):
        for _ in range(2):
            driver = start(file, out)
            said, complained = driver.communicate(timeout=PATIENCE)
            assert (
                driver.returncode == 1
                and "the disk is full" in complained
                and "give the same command again" in said
            )
            assert 0 < parts(out) < PARTS and not list(out.rglob("*.tmp"))
        assert Store(out).counts().done == 2000 // PARTS * parts(out)
        subprocess.run(["mount", "-o", "remount,size=20m", str(tmp_path / "disk")], check=True)
        finish(file, out)
        assert contents(out) == contents(undisturbed)


def test_a_disk_too_small_to_begin(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4k"):
        driver = start(sweep_file(tmp_path), tmp_path / "disk" / "out")
        _, complained = driver.communicate(timeout=PATIENCE)
        assert (
            driver.returncode == 2
            and "the disk is full" in complained
            and "Traceback" not in complained
        )


class Cluster:
    """A Dask scheduler and its workers, each in a process of its own, as on a cluster."""

    def __init__(self, folder: Path, workers: int) -> None:
        pytest.importorskip("distributed")
        folder.mkdir()
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.scheduler = self._start(
            "dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--scheduler-file",
            str(self.file),
        )
        until(self.file.exists, "the scheduler is there")
        until(lambda: bool(self.file.read_text()), "the scheduler says where it is")
        self.address = json.loads(self.file.read_text())["address"]
        self.workers = [self.start_worker() for _ in range(workers)]

    def _start(self, program: str, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--no-dashboard", *words]
        return subprocess.Popen(
            command, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
        )

    def start_worker(self) -> subprocess.Popen[str]:
        words = (
            "--nthreads",
            "1",
            "--no-nanny",
            "--host",
            "127.0.0.1",
            "--local-directory",
            str(self.folder),
        )
        return self._start("dask_worker", self.address, *words)

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait(timeout=PATIENCE)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Makes clusters of so many workers, and stops them in the end."""
    made: list[Cluster] = []

    def make(workers: int = 2) -> Cluster:
        made.append(Cluster(tmp_path / f"cluster{len(made)}", workers))
        return made[-1]

    yield make
    for page in made:
        page.stop()


def test_dask_gives_the_same_bytes(
    undisturbed: Path, tmp_path: Path, cluster: Callable[..., Cluster]
) -> None:
    finish(sweep_file(tmp_path), tmp_path / "out", "--dask", cluster().address)
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_a_dask_worker_killed(
    undisturbed: Path, tmp_path: Path, cluster: Callable[..., Cluster]
) -> None:
    file, out, dask = sweep_file(tmp_path), tmp_path / "out", cluster()
    driver = start(file, out, "--dask", dask.address)
    until(lambda: parts(out) >= 4, "some parts are stored")
    kill(dask.workers[0])
    _, complained = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 0, complained
    assert contents(out) == contents(undisturbed)


def test_all_dask_workers_killed_and_others_come(
    undisturbed: Path, tmp_path: Path, cluster: Callable[..., Cluster]
) -> None:
    file, out, dask = sweep_file(tmp_path), tmp_path / "out", cluster()
    driver = start(file, out, "--dask", dask.address)
    until(lambda: parts(out) >= 4, "some parts are stored")
    for worker in dask.workers:
        kill(worker)
    dask.workers.append(dask.start_worker())
    _, complained = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 0, complained
    assert contents(out) == contents(undisturbed)


def test_the_dask_scheduler_killed(
    undisturbed: Path, tmp_path: Path, cluster: Callable[..., Cluster]
) -> None:
    file, out, dask = sweep_file(tmp_path), tmp_path / "out", cluster()
    driver = start(file, out, "--dask", dask.address)
    until(lambda: parts(out) >= 4, "some parts are stored")
    kill(dask.scheduler)
    said, complained = driver.communicate(timeout=PATIENCE)
    assert (
        driver.returncode == 1
        and "Stopped: " in complained
        and "give the same command again" in said
    )
    assert 4 <= parts(out) < PARTS and not Store(out).counts().busy
    finish(file, out, "--dask", cluster().address)
    assert contents(out) == contents(undisturbed)


def test_a_driver_of_dask_killed(
    undisturbed: Path, tmp_path: Path, cluster: Callable[..., Cluster]
) -> None:
    file, out, dask = sweep_file(tmp_path), tmp_path / "out", cluster()
    driver = start(file, out, "--dask", dask.address)
    until(lambda: parts(out) >= 4, "some parts are stored")
    kill(driver)
    finish(file, out, "--dask", dask.address)
    assert contents(out) == contents(undisturbed)


def test_no_scheduler_answers(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    driver = start(sweep_file(tmp_path), tmp_path / "out", "--dask", "tcp://127.0.0.1:9")
    _, complained = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 2 and "no Dask scheduler answers at tcp://127.0.0.1:9" in complained


@pytest.mark.parametrize("address", ["ws://[", "inproc://x", "tls://127.0.0.1:9", "foo"])
def test_no_address_of_a_scheduler(address: str, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    driver = start(sweep_file(tmp_path), tmp_path / "out", "--dask", address)
    complained = driver.communicate(timeout=PATIENCE)[1]
    assert driver.returncode == 2 and f"no Dask scheduler answers at {address}" in complained
    assert "Traceback" not in complained

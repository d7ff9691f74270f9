"""Files of others are opened within bounds; files of ours are there whole or not at all."""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path

import pytest
from village_alliances.sim import files
from village_alliances.sim.files import (
    CannotWrite,
    clear_left_over,
    is_unfinished,
    left_over,
    read_file,
    size_in_words,
    unfinished,
    write_atomically,
    write_together,
)
from village_alliances.sim.problems import TableError


def kind_of(path: Path | str, most: int = 100) -> str:
    with pytest.raises(TableError) as raised:
        read_file(path, most)
    (problem,) = raised.value.problems
    return problem.found


def test_a_file_within_its_bounds_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x" * 100)
    assert read_file(tmp_path / "a.csv", 100) == b"x" * 100


def test_whatever_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "door"))
        began = time.monotonic()
        assert kind_of(tmp_path / "pipe") == "a pipe"
        assert kind_of(tmp_path / "door") == "a socket"
        assert kind_of("/dev/zero") == "a device"
        assert kind_of(tmp_path) == "a folder"
        assert kind_of(tmp_path / "nothing") == "no such file"
        assert kind_of("a\0b").startswith("a file that cannot be read")
        assert time.monotonic() - began < 2


def test_a_sparse_file_is_refused_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "sparse.csv").open("wb") as file:
        file.truncate(1 << 36)
    assert kind_of(tmp_path / "sparse.csv") == "a file of 69 GB"


def test_sizes_in_words() -> None:
    assert [size_in_words(n) for n in (0, 999, 1000, 20_000_000, 3_140_000_000)] == [
        "0 bytes",
        "999 bytes",
        "1 kB",
        "20 MB",
        "3.1 GB",
    ]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "运行.csv"
    assert write_atomically(path, b"one") == path

    def fails(spare: Path) -> None:
        spare.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(spare))

    with pytest.raises(CannotWrite) as raised:
        write_atomically(path, fails)
    assert (raised.value.filename, raised.value.errno) == (str(path), errno.ENOSPC)
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["运行.csv"]


def test_a_very_long_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("村" * 83 + ".csv")  # 253 bytes of the 255 that a name may have
    assert write_atomically(path, b"x").read_bytes() == b"x"


def test_what_is_being_written_has_the_ending_of_what_it_will_be(tmp_path: Path) -> None:
    seen: list[Path] = []
    write_atomically(
        tmp_path / "a.xlsx", lambda spare: (seen.append(spare), spare.write_bytes(b""))[1]
    )
    assert seen[0].suffix == ".xlsx"
    assert is_unfinished(seen[0])


def test_only_what_carries_our_mark_is_cleared_away(tmp_path: Path) -> None:
    theirs = [".notes.tmp", ".x.123.tmp", f".{files.MARK}", f".{files.MARK}-1-zz.csv", "a.csv"]
    for name in theirs:
        (tmp_path / name).write_text("mine")
    ours = unfinished(tmp_path / "a.csv")
    ours.write_text("half")
    aside = unfinished(tmp_path / "set")
    aside.mkdir()
    (aside / "0.csv").write_text("half")
    assert left_over(tmp_path) == sorted([ours, aside])
    clear_left_over(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(theirs)


def test_a_link_with_our_mark_is_cleared_and_what_it_leads_to_is_not(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "a").write_text("mine")
    (tmp_path / "out").mkdir()
    unfinished(tmp_path / "out" / "a").symlink_to(tmp_path / "projects")
    clear_left_over(tmp_path / "out")
    assert (tmp_path / "projects" / "a").read_text() == "mine"
    assert os.listdir(tmp_path / "out") == []


def test_a_set_lands_whole(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    written = write_together(
        out, {"figures/a.svg": b"1", "run.json": lambda p: p.write_bytes(b"2")}
    )
    assert [path.read_bytes() for path in written] == [b"1", b"2"]
    assert sorted(os.listdir(out)) == ["figures", "run.json"]


def test_of_a_set_that_fails_nothing_is_there(tmp_path: Path) -> None:
    def fails(spare: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(CannotWrite) as raised:
        write_together(tmp_path / "new" / "out", {"a/b.csv": b"1", "c.csv": fails})
    assert raised.value.filename == str(tmp_path / "new" / "out" / "c.csv")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("index", range(6))
def test_a_set_that_fails_while_it_is_moved_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: int
) -> None:
    write_together(tmp_path, {"a": b"old a", "b": b"old b", "c": b"old c"})
    real, count = os.replace, iter(range(100))

    def moves(old: Path, new: Path) -> None:
        if next(count) == index:
            raise OSError(errno.EIO, "Input/output error")
        real(old, new)

    monkeypatch.setattr(os, "replace", moves)
    with pytest.raises(CannotWrite):
        write_together(tmp_path, {"a": b"new a", "b": b"new b", "c": b"new c"})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
        "a": b"old a",
        "b": b"old b",
        "c": b"old c",
    }


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    for write in (
        lambda: write_atomically(tmp_path / "a.csv", b"x"),
        lambda: write_together(tmp_path, {"a.csv": b"x"}),
    ):
        with pytest.raises(CannotWrite, match=r"a\.csv"):
            write()
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_pipe_or_a_sparse_file_named_as_a_table_is_refused_at_once(tmp_path: Path) -> None:
    from village_alliances.sim.table import read_table

    os.mkfifo(tmp_path / "pipe.csv")
    with (tmp_path / "sparse.csv").open("wb") as file:
        file.truncate(1 << 36)
    for name, said in (("pipe.csv", "a pipe"), ("sparse.csv", "a file of 69 GB")):
        with pytest.raises(TableError, match=said):
            read_table(tmp_path / name)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "村" * 200])
def test_what_no_file_can_be_called_is_not_there(name: str) -> None:
    from village_alliances.sim.strategy import StrategyError, read_strategy

    assert not files.there(name)
    for text in (name, name + ":1", name + ".toml"):
        with pytest.raises(StrategyError):
            read_strategy(text)

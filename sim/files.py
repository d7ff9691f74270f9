"""Files of others are opened within bounds; files of ours are there whole or not at all.

What somebody names as a file may be a folder, a pipe, a device or a hundred gigabytes of noughts.
So nothing is opened but a regular file, and nothing is read before its size is known. What we write
goes under a name that carries our mark, is forced to the disk, and is then given its own name; only
files with that mark are ever cleared away.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.worded import worded

LARGEST_TEXT = 1_000_000  # bytes of a file of settings, such as TOML
MARK = "village-alliances-unfinished"  # in the name of what is being written
_UNFINISHED = re.compile(
    rf"\.{MARK}-(?P<process>[0-9]+)-[0-9a-f]{{8}}(?P<ending>(\.[A-Za-z0-9]{{1,16}})?)"
)
A_FILE = worded("problems.files.file")
_FOLDER_NEEDED = worded("problems.files.file_folder_needed")
REASONS = {  # of the system, in plain words; not every system has all of them
    getattr(errno, name, -1): text
    for name, text in (
        ("ENOSPC", worded("problems.files.disk_full")),
        ("EDQUOT", worded("problems.files.disk_quota_used")),
        ("EFBIG", worded("problems.files.file_would_too")),
        ("EACCES", worded("problems.files.permission")),
        ("EPERM", worded("problems.files.permission")),
        ("EROFS", worded("problems.files.disk_read_only")),
        ("EISDIR", worded("problems.files.folder_file_needed")),
        ("ENOTDIR", _FOLDER_NEEDED),
        ("EEXIST", _FOLDER_NEEDED),
        ("ENOENT", worded("problems.files.folder_2")),
        ("ENAMETOOLONG", worded("problems.files.name_too_long")),
        ("EIO", worded("problems.files.disk_cannot_read")),
    )
}
UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


class CannotWrite(OSError):
    """A file that could not be written, such as on a full disk. Nothing half written is left.
    `filename` names the file."""

    def message(self, lang: str = "en") -> str:
        """Which file, and why, in `lang`, "en" or "zh"."""
        why = REASONS.get(self.errno or 0) or Text(self.strerror or "?")
        return worded("problems.files.cannot_write", file=self.filename, why=why).lang(lang)


def size_in_words(size: int) -> str:
    """Bytes as a person reads them, with two figures: `3.1 GB`, `20 MB`, `512 bytes`."""
    for factor, unit in UNITS:
        if size >= factor:
            return (
                f"{size / factor:.2g} {unit}"
                if size < 100 * factor
                else f"{size / factor:,.0f} {unit}"
            )
    return f"{size:,} bytes"


# -------- Reading


@contextlib.contextmanager
def opened(path: Path | str, most: int, expected: Text = A_FILE) -> Iterator[BinaryIO]:
    """A regular file of at most `most` bytes, open for reading from its start.

    Raises TableError with one problem where there is none, where it is a folder, a pipe, a socket
    or a device, where it may not be read, or where it is larger. `expected` says what should have
    been there. The file is not waited for: a pipe nobody writes to is refused like any other.
    """
    path = Path(path)
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if not stat.S_ISREG(mode := os.stat(path).st_mode):  # some devices act when they are opened
            raise _refusal(path, _kind(mode), expected)
        handle = os.open(path, flags)
    except TableError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a nought in the name
        raise _refusal(path, _why_not(error), expected) from error
    try:
        status = os.fstat(handle)  # it may have been changed for another meanwhile
        if not stat.S_ISREG(status.st_mode):
            raise _refusal(path, _kind(status.st_mode), expected)
        if status.st_size > most:
            sizes, allowed = size_in_words(status.st_size), size_in_words(most)
            raise _refusal(
                path,
                worded("problems.files.file_2", found=sizes),
                worded("problems.files.most_2", allowed=allowed),
            )
        file = os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise
    with file:
        yield file


def read_file(path: Path | str, most: int, expected: Text = A_FILE) -> bytes:
    """The content of a regular file of at most `most` bytes. Raises TableError as `opened` does."""
    with opened(path, most, expected) as file:
        try:
            body = file.read(most + 1)
        except OSError as error:
            raise _refusal(Path(path), _why_not(error), expected) from error
    if len(body) > most:  # it grew while it was read
        raise _refusal(
            Path(path),
            worded("problems.files.file_being_written"),
            worded("problems.files.most", size_in_words=size_in_words(most)),
        )
    return body


def _refusal(path: Path, text: Text, expected: Text) -> TableError:
    return TableError([Problem(str(path), None, None, text, expected)])


def _kind(mode: int) -> Text:
    kinds = (
        (stat.S_ISDIR, worded("problems.files.folder")),
        (stat.S_ISFIFO, worded("problems.files.pipe")),
        (stat.S_ISSOCK, worded("problems.files.socket")),
    )
    return next((text for fits, text in kinds if fits(mode)), worded("problems.files.device"))


def _why_not(error: Exception) -> Text:
    """Why a file cannot be opened, in words."""
    if isinstance(error, FileNotFoundError):
        return worded("problems.files.such_file")
    reason = getattr(error, "strerror", None) or str(error)
    return worded("problems.files.file_cannot_read", reason=reason)


def there(path: Path | str) -> bool:
    """Whether there is something of this name; what no file can be called (too long, a
    nought in it) is not there."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


# -------- Writing


def write_atomically(path: Path | str, content: bytes | Callable[[Path], Any]) -> Path:
    """Write a file so that it is there whole or not at all, whatever happens
    meanwhile. Gives back `path`.

    `content`: the bytes, or a function that writes them under the unfinished name it is given
    (whose ending is that of `path`). Raises CannotWrite, which names `path`.
    """
    path = Path(path)
    spare = unfinished(path)
    with told_apart(path):
        try:
            _fill(spare, content)
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            os.replace(spare, path)
            to_disk(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                spare.unlink()
            raise
    return path


def write_together(
    folder: Path | str, files: Mapping[str, bytes | Callable[[Path], Any]]
) -> list[Path]:
    """Write a set of files into a folder, all of them or none. Names may hold
    folders: `figures/gini.svg`.

    All are written aside first, then moved, the last named at the end: where it is, the
    set is whole. If anything fails, what was there before comes back. Raises
    CannotWrite, which names the file.
    """
    folder = Path(folder)
    targets = {name: folder / name for name in files}
    made: list[Path] = []
    try:
        for place in dict.fromkeys((folder, *(target.parent for target in targets.values()))):
            with told_apart(place):
                made += _make(place)
        for target in targets.values():
            if target.is_dir():
                raise CannotWrite(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        aside = unfinished(folder / "set")
        with told_apart(folder):
            aside.mkdir()
        try:
            spares = {
                name: aside / f"{i}{target.suffix}"
                for i, (name, target) in enumerate(targets.items())
            }
            for name, content in files.items():
                with told_apart(targets[name]):
                    _fill(spares[name], content)
            _swap(targets, spares, aside)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except BaseException:
        for place in reversed(made):
            with contextlib.suppress(OSError):
                place.rmdir()
        raise
    for place in dict.fromkeys(target.parent for target in targets.values()):
        with contextlib.suppress(OSError):
            to_disk(place)
    return list(targets.values())


def _make(folder: Path) -> list[Path]:
    """Make a folder with those above it; gives back those that were not there, the
    outermost first."""
    missing: list[Path] = []
    parent = folder
    while not parent.exists():
        missing.insert(0, parent)
        parent = parent.parent
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _swap(targets: Mapping[str, Path], spares: Mapping[str, Path], aside: Path) -> None:
    """Old files out, the last of the set first; new files in, the last last: where
    it is, the set is whole."""
    away: dict[str, Path] = {}
    landed: list[str] = []
    try:
        for i, name in reversed(list(enumerate(targets))):
            if targets[name].exists():
                with told_apart(targets[name]):
                    os.replace(targets[name], aside / f"old {i}")
                away[name] = aside / f"old {i}"
        for name, target in targets.items():
            with told_apart(target):
                os.replace(spares[name], target)
            landed.append(name)
    except BaseException:
        for name in landed:
            targets[name].unlink()
        for name, old in away.items():
            os.replace(old, targets[name])
        raise


def _fill(path: Path, content: bytes | Callable[[Path], Any]) -> None:
    """Put `content` into a file and force it to the disk."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def unfinished(path: Path) -> Path:
    """A name beside `path` for what is being written: hidden, with our mark, short however
    long the name of `path` is."""
    ending = path.suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,16}", path.suffix) else ""
    return path.with_name(f".{MARK}-{os.getpid()}-{secrets.token_hex(4)}{ending}")


def is_unfinished(path: Path) -> bool:
    """Whether a name is one that only `unfinished` gives."""
    return _UNFINISHED.fullmatch(path.name) is not None


def left_over(folder: Path) -> list[Path]:
    """What a process that was killed left unfinished in a folder: files and folders with our mark
    and the shape of its name."""
    with contextlib.suppress(OSError):
        return sorted(path for path in folder.iterdir() if is_unfinished(path))
    return []


def clear_left_over(folder: Path) -> None:
    """Clear away what `left_over` finds. For folders in which nobody else is writing."""
    for path in left_over(folder):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def can_write(folder: Path) -> None:
    """Make a folder if need be, and try to write in it. Raises CannotWrite."""
    with told_apart(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = unfinished(folder / "probe")
        try:
            with probe.open("xb") as file:
                file.write(b"\0" * 512)
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()


@contextlib.contextmanager
def told_apart(path: Path) -> Iterator[None]:
    """Turn an error of writing into CannotWrite, which no other failure is, and which
    names `path`."""
    try:
        yield
    except CannotWrite:
        raise
    except OSError as error:
        raise CannotWrite(error.errno or 0, error.strerror or str(error), str(path)) from error


def to_disk(folder: Path) -> None:
    """Force a folder's list of names to the disk, where the system has that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

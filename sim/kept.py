"""The folder of this user for what can be made again: machine code, fonts, sweeps of the page.

Where it cannot be written to (a read-only home, a container), a folder of this user in the system's
place for temporary files serves instead; where that is not to be had either, nothing is kept.
Whoever runs a command is told, by `remark`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path
from village_alliances.sim.files import can_write
from village_alliances.sim.problems import Text
from village_alliances.sim.worded import worded

VARIABLE = "VILLAGE_ALLIANCES_CACHE"
NAME = "village-alliances"


def wanted() -> Path | None:
    """The folder that the environment asks for; a variable that is empty counts as not set.
    None where there is no home."""
    if own := os.environ.get(VARIABLE):
        return Path(own).absolute()
    folder = user_cache_path(NAME, appauthor=False)
    return folder if folder.is_absolute() else None


@cache
def usable() -> Path | None:
    """The folder to keep things in, which is there and can be written to; None where
    there is none."""
    first = wanted()
    if first is not None and _can_write(first):
        return first
    who = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    second = Path(tempfile.gettempdir()) / f"{NAME}-{who}"
    return second if _can_write(second, private=True) else None


def remark() -> Text | None:
    """What to tell the user: nothing where the wanted folder serves."""
    first, serves = wanted(), usable()
    if serves is not None and serves == first:
        return None
    if serves is None:
        return worded(
            "problems.kept.nothing_kept_next",
            first=first,
            gettempdir=tempfile.gettempdir(),
            variable=VARIABLE,
        )
    return worded(
        "problems.kept.cannot_written_compiled", first=first, serves=serves, variable=VARIABLE
    )


def user_folder() -> Path:
    """The folder to keep things in, where there must be one: at worst one
    that ends with this process."""
    return usable() or _of_this_process()


@cache
def _of_this_process() -> Path:
    held = tempfile.TemporaryDirectory(prefix=f"{NAME}-")
    _held.append(held)
    return Path(held.name)


_held: list[tempfile.TemporaryDirectory[str]] = []


def _can_write(folder: Path, private: bool = False) -> bool:
    """Whether files can be made in a folder, which is made if need be. `private`: it must be ours,
    and nobody else's to write."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o777)
        status = folder.lstat()
        if private and hasattr(os, "getuid"):
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
                return False
            if status.st_mode & 0o022:
                return False
        can_write(folder)
    except OSError:
        return False
    return True


def forget_oldest(folder: Path, ours: Callable[[Path], bool], keep: int) -> list[Path]:
    """Delete all but the `keep` newest of those folders in `folder` that are `ours`;
    gives back what was deleted.

    `ours` must know a folder by its name and by a mark inside: whatever else lies there is
    left alone, as are links.
    """
    files = []
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            with contextlib.suppress(OSError):
                if path.is_dir() and not path.is_symlink() and ours(path):
                    files.append((path.stat().st_mtime, path))
    old = [path for _, path in sorted(files)][: max(0, len(files) - keep)]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return old

"""One driver at a time works on a sweep's folder: its lock, which says who holds it."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from village_alliances.experiments.refused import Refused
from village_alliances.sim.files import told_apart
from village_alliances.sim.worded import worded

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder alone. The system lets go of the lock when the process ends, however
    it ends. Raises Refused."""
    with told_apart(folder):
        file = (folder / "log" / "lock").open("a+b")
    with file:
        for attempt in range(5):  # somebody who only looks holds the lock for a moment
            try:
                _take(file)
                break
            except OSError:
                if attempt == 4:
                    file.seek(0)
                    who = file.read(200).decode(errors="replace").strip() or "?"
                    raise Refused(
                        worded("problems.store.another_sweep_work_wait", folder=folder, who=who),
                    ) from None
                time.sleep(0.1)
        with contextlib.suppress(OSError):
            file.seek(0)
            file.truncate()
            file.write(f"process {os.getpid()} on {platform.node()}\n".encode())
            file.flush()
        yield


def is_at_work(folder: Path) -> bool:
    """Whether a driver holds the folder."""
    try:
        with (folder / "log" / "lock").open("r+b") as file:
            _take(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False

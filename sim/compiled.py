"""One place that says how a rule is compiled, and where the machine code is kept.

Numba's own disk cache notices a change in the file of a function, but not in the functions it calls. So the cache lives
in a folder named by a hash of every source that compiled code depends on: any change of a rule starts a fresh one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

JIT = not numba.config.DISABLE_JIT
if not JIT:  # plain Python runs the same rules: 64-bit keys wrap around on purpose
    np.seterr(over="ignore")


def user_cache() -> Path:
    """The folder of this user for what can be made again (machine code, fonts). It need not exist yet."""
    if "VILLAGE_ALLIANCES_CACHE" in os.environ:
        return Path(os.environ["VILLAGE_ALLIANCES_CACHE"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "village-alliances"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "village-alliances"


def source_hash() -> str:
    """Hash of the sources that compiled code depends on, 16 hex digits."""
    digest = hashlib.blake2b(digest_size=8)
    root = Path(__file__).parent
    shared = (
        "arithmetic.py",
        "columns.py",
        "compiled.py",
        "levers.toml",
        "luck.py",
        "metrics.py",
        "parameters.py",
        "parameters.toml",
        "society.py",
    )
    for path in (*sorted((root / "rules").glob("*.py")), *(root / name for name in shared)):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


CACHE = (
    user_cache()
    / "code"
    / f"{source_hash()}-numba{numba.__version__}-py{sys.version_info[0]}{sys.version_info[1]}"
)


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a rule with Numba: lets go of the GIL, keeps IEEE arithmetic, caches on disk."""
    return _jit(function)


def helper(function: Callable[..., Any]) -> Any:
    """Compile a function that rules call: the same without an entry from Python, which would take half of the compiling."""
    return Helper(_jit(function, no_cpython_wrapper=True)) if JIT else function


class Helper:
    """A compiled function inside rules; called from Python (by a researcher's own rule, say) it runs as plain Python."""

    def __init__(self, dispatcher: Any) -> None:
        self.dispatcher = dispatcher
        self.__doc__ = dispatcher.__doc__
        self.__name__ = dispatcher.__name__

    @property
    def _numba_type_(self) -> Any:
        return numba.types.Dispatcher(self.dispatcher)

    def __call__(self, *arguments: Any) -> Any:
        return self.dispatcher.py_func(*arguments)


def _jit(function: Callable[..., Any], **options: Any) -> Any:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(CACHE)
    try:
        return numba.njit(
            nogil=True, cache=True, error_model="numpy", no_cfunc_wrapper=True, **options
        )(function)
    finally:
        numba.config.CACHE_DIR = before


def is_compiled() -> bool:
    """Whether an earlier process has already left this model's machine code on disk."""
    return not JIT or (CACHE / "complete").exists()


def mark_compiled() -> None:
    """Note that the whole quarter is on disk, and forget the code of older versions of the model."""
    if not JIT:
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "complete").touch()
    others = sorted(
        (p for p in CACHE.parent.iterdir() if p != CACHE), key=lambda p: p.stat().st_mtime
    )
    for old in others[:-4]:
        shutil.rmtree(old, ignore_errors=True)

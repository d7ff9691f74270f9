"""One place that says how a rule is compiled, and where the machine code is kept.

Numba's own disk cache notices a change in the file of a function, but not in the functions it
calls. So the cache lives in a folder named by a hash of every source that compiled code depends on:
any change of a rule starts a fresh one, and installations of the same sources share one.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core.caching import IndexDataCacheFile
from village_alliances.sim import kept
from village_alliances.sim.ingredient import pipeline
from village_alliances.sim.sources import code

JIT = not numba.config.DISABLE_JIT
if not JIT:  # plain Python runs the same rules: 64-bit keys wrap around on purpose
    np.seterr(over="ignore")


def _folder() -> Path | None:
    """Where the machine code of these sources lies; None where nothing can be kept."""
    kept_in = kept.usable()
    if kept_in is None:
        return None
    version = f"numba{numba.__version__}-py{sys.version_info[0]}{sys.version_info[1]}"
    return kept_in / "code" / f"{code('compiled')}-{version}"


CACHE = _folder()
MODEL = f"{__package__}."
COMPLETE = "complete"  # the mark in a folder that holds the code of a whole quarter
OLDER_KEPT = 4  # folders of other versions
_SHAPE = re.compile(r"[0-9a-f]{16}-numba[0-9][\w.+]*-py[0-9]{2,4}")


def compiled(function: Callable[..., Any], source: Path | None = None) -> Any:
    """Compile a rule with Numba: lets go of the GIL, keeps IEEE arithmetic. Machine code of the
    model is kept on disk. Of a function of anybody else's it is kept only with the one file
    (`source`) that it depends on: Numba sees no change of a number in it, or of an array beside it.
    """
    if source is not None:
        return _jit(function, hashlib.blake2b(source.read_bytes()).hexdigest())
    return _jit(function, SAME_SOURCE if function.__module__.startswith(MODEL) else None)


def helper(function: Callable[..., Any], **more: Any) -> Any:
    """Compile a function that rules call, only to be linked into them:
    nothing of it needs to be kept."""
    if not JIT:
        return function
    return Helper(numba.njit(**OPTIONS, **pipeline, no_cpython_wrapper=True, **more)(function))


def hot(function: Callable[..., Any]) -> Any:
    """A helper of an inner loop: written out where it is called, so that calling costs nothing."""
    return helper(function, forceinline=True)


class Helper:
    """A compiled function inside rules; called from Python (by a researcher's own rule, say)
    it runs as plain Python."""

    def __init__(self, dispatcher: Any) -> None:
        self.dispatcher = dispatcher
        self.__doc__ = dispatcher.__doc__
        self.__name__ = dispatcher.__name__

    @property
    def _numba_type_(self) -> Any:
        return numba.types.Dispatcher(self.dispatcher)

    def __call__(self, *arguments: Any) -> Any:
        return self.dispatcher.py_func(*arguments)


OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def _jit(function: Callable[..., Any], stamp: str | None) -> Any:
    if CACHE is None or not JIT or stamp is None:
        return numba.njit(**OPTIONS)(function)
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(CACHE)
    try:
        made = numba.njit(cache=True, **OPTIONS)(function)
    finally:
        numba.config.CACHE_DIR = before
    name = f"{function.__module__.rpartition('sim.')[2]}.{function.__name__}"
    made._cache._cache_file = SealedCode(str(CACHE), name, stamp)
    made._cache._cache_path = str(CACHE)
    return made


class SealedCode(IndexDataCacheFile):
    """Machine code on disk under a seal: a damaged file is compiled anew, a full disk keeps
    nothing and stops nothing."""

    def _dump(self, body: Any) -> bytes:
        plain = bytes(super()._dump(body))
        return plain + hashlib.blake2b(plain, digest_size=SEAL).digest()

    def _load_index(self) -> dict[Any, str]:
        try:
            with open(self._index_path, "rb") as file:
                pickle.load(file)  # numba's version, written before what is sealed
                _refuse_broken(file.read())
            return dict(super()._load_index())
        except Exception:  # whatever reading a damaged pickle provokes
            return {}

    def _load_data(self, name: str) -> Any:
        try:
            body = _refuse_broken(Path(self._data_path(name)).read_bytes())
            return pickle.loads(body)
        except Exception as error:
            raise OSError(f"{name} is damaged") from error  # which numba takes for "not there"

    def save(self, key: Any, data: Any) -> None:
        """Keep machine code, if that can be done, under a name of its own: two
        processes may save at once."""
        with contextlib.suppress(OSError):
            Path(self._cache_path).mkdir(parents=True, exist_ok=True)
            kind = hashlib.blake2b(repr(key).encode(), digest_size=6).digest()
            name = self._data_name(int.from_bytes(kind, "big"))
            self._save_data(name, data)
            self._save_index({**self._load_index(), key: name})


SAME_SOURCE = ""  # a stamp of files that may lie anywhere: their folder is named by their contents
SEAL = 16  # bytes of the hash that ends each file of machine code


def _refuse_broken(sealed: bytes) -> bytes:
    """What was sealed. Raises ValueError unless every byte is as it was written."""
    body, seal = sealed[:-SEAL], sealed[-SEAL:]
    if hashlib.blake2b(body, digest_size=SEAL).digest() != seal:
        raise ValueError("its bytes do not fit its seal")
    return body


def is_compiled() -> bool:
    """Whether an earlier process has already left this model's machine code on disk."""
    return not JIT or (CACHE is not None and (CACHE / COMPLETE).exists())


def mark_compiled() -> None:
    """Note that the whole quarter is on disk, and forget the code of older versions of
    the model."""
    if not JIT or CACHE is None:
        return
    with contextlib.suppress(OSError):  # a disk that has filled up meanwhile
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / COMPLETE).touch()
    kept.forget_oldest(CACHE.parent, lambda path: path != CACHE and _is_code(path), OLDER_KEPT)


def _is_code(path: Path) -> bool:
    """Whether a folder is one that `mark_compiled` marked."""
    return _SHAPE.fullmatch(path.name) is not None and (path / COMPLETE).is_file()

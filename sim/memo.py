"""What was worked out before, by all that it was worked out from: a small bounded memory.

Calls of a few runs each spend most of their time on draws; where the same draws are asked for
again, they are here. The key is content, not the object that held it: whoever changes a scenario's
array or a region's dictionary in place asks something else, and is answered anew.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
from village_alliances.sim.region import Region
from village_alliances.sim.scenario import Column, Scenario
from village_alliances.sim.technology import ProjectType

T = TypeVar("T")
MOST = 32  # results that one memory holds
# of a scenario: told of it, or read after its villages are drawn
WORDS = (
    "name", "title", "years", "names", "given", "levers", "evidence", "type", "level", "case", "summary", "notes", "source",
    "grouped", "table",
)  # fmt: skip
LARGEST = 250  # rows of a result that is held, runs or villages of all runs; more would fill memory


class Memo(Generic[T]):
    """The last results by key. Whoever takes one changes nothing in it: it is handed out again."""

    def __init__(self) -> None:
        self._results: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> T | None:
        """The result for a key; None where there is none."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def keep(self, key: Hashable, result: T) -> T:
        """Keep a result, and let go of the one that nobody asked for longest."""
        with self._lock:
            self._results[key] = result
            if len(self._results) > MOST:
                self._results.popitem(last=False)
        return result

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result for a key, made where there is none; what `make` raises is not kept."""
        result = self.get(key)
        return self.keep(key, make()) if result is None else result


class Watched:
    """Records whose fields are noted as they are read."""

    def __init__(self, records: np.recarray) -> None:
        self._records = records
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> np.ndarray:
        self.read.add(name)
        return np.asarray(self._records[name])

    def __getattr__(self, name: str) -> np.ndarray:
        return self[name]


def region_content(region: Region) -> bytes:
    """All that a region says."""
    return pickle.dumps(region.model_dump(), 5)


def scenario_content(scenario: Scenario) -> bytes:
    """All of a scenario that its villages may be drawn from: everything but WORDS."""
    return pickle.dumps(
        [
            (name, plain_content(value))
            for name, value in vars(scenario).items()
            if name not in WORDS
        ],
        5,
    )


def plain_content(value: Any) -> Any:
    """What a value holds, to be compared: arrays as bytes or texts, at any depth; anything else
    as it stands."""
    if isinstance(value, np.ndarray):
        return value.tolist() if value.dtype.hasobject else (value.shape, value.tobytes())
    if isinstance(value, dict):
        return [(name, plain_content(item)) for name, item in value.items()]
    if isinstance(value, Column):
        return [plain_content(var) for var in vars(value).values()]
    return region_content(value) if isinstance(value, Region) else value


def types_content(types: tuple[ProjectType, ...]) -> Hashable:
    """All of project types that runs draw from. Their numbers cannot be changed and are told by
    where they lie in memory, so whatever is kept under this key holds the types as well."""
    return tuple(
        (kind.name, kind.needs, kind.by_product, *kind.numbers, *map(id, kind.numbers.values()))
        for kind in types
    )


def numbers_content(numbers: Mapping[str, Any]) -> Hashable:
    """Numbers by name, a value or one a run."""
    return tuple((name, np.asarray(value, float).tobytes()) for name, value in numbers.items())

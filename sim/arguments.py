"""What public functions are called with, held against what each argument can be: everything that is
wrong at once, a sentence each, before anything runs."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from village_alliances.sim.parameters import MODES
from village_alliances.sim.region import Region
from village_alliances.sim.table.memory import shortly

LARGEST = 2**63 - 1  # numbers of runs and seeds are keys of draws
MOST_YEARS = 100
MOST_THREADS = 256
SHOWN = 8  # names in a message, where none is near


class ArgumentKind(NamedTuple):
    """What an argument can be, and how that is said."""

    fits: Callable[[Any], bool]
    expected: str


def is_whole(value: Any, low: int = 0, high: int = LARGEST) -> bool:
    """Whether it is a whole number within bounds; True and False are none."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return whole and low <= value <= high


def is_one_of(name: Any, names: Container[str]) -> bool:
    """Whether it is a text, and one of these."""
    return isinstance(name, str) and name in names


def is_number(value: Any) -> bool:
    """Whether it is one finite number."""
    return (
        np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf" and bool(np.isfinite(value))
    )


def _whole(low: int, high: int) -> ArgumentKind:
    span = "from 0 to 2**63 - 1" if high == LARGEST else f"from {low} to {high:,}"
    return ArgumentKind(lambda value: is_whole(value, low, high), f"a whole number {span}")


def _choice(*words: str, empty: bool = False) -> ArgumentKind:
    """One of these words; None as well, where `empty`."""
    return ArgumentKind(
        lambda value: (empty and value is None) or is_one_of(value, words),
        f"one of {', '.join(words)}",
    )


def _are_numbers(value: Any) -> bool:
    """Numbers by name, each one or one a run."""
    return value is None or (
        isinstance(value, Mapping)
        and all(isinstance(name, str) and _is_numeric(number) for name, number in value.items())
    )


def _is_numeric(value: Any) -> bool:
    try:
        array = np.asarray(value)
    except ValueError:  # a list of lists of different lengths
        return False
    return array.ndim <= 1 and array.dtype.kind in "biuf"


def _are_texts(value: Any) -> bool:
    several = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    return several and all(isinstance(text, str) for text in value)


_NUMBERS = ArgumentKind(
    _are_numbers, 'numbers by name, such as {"discount": 0.06}, one each or one a run'
)
_FLAG = ArgumentKind(lambda value: isinstance(value, (bool, np.bool_)), "True or False")
_TEXTS = ArgumentKind(_are_texts, "names in a list or tuple")
_TEXT = ArgumentKind(lambda value: isinstance(value, str), "a text")
_PLACE = ArgumentKind(lambda value: isinstance(value, (str, Path)) and str(value) != "", "a path")
KINDS = {
    "seed": _whole(0, LARGEST),
    "run": _whole(0, LARGEST),
    "years": _whole(0, MOST_YEARS),
    "threads": _whole(0, MOST_THREADS),
    "workers": _whole(0, MOST_THREADS),
    "replicates": _whole(0, LARGEST),
    "rounds": _whole(0, LARGEST),
    "fresh_runs": _whole(0, LARGEST),
    "levers": _NUMBERS,
    "fixed": _NUMBERS,
    "uncertainties": ArgumentKind(
        lambda value: value is None or isinstance(value, Mapping), "a table by name"
    ),
    "mode": _choice(*MODES, empty=True),
    "every": _choice("end", "year"),
    "lang": _choice("en", "zh"),
    "rivals": _TEXTS,
    "series": _TEXTS,
    "prior": _FLAG,
    "alone": _FLAG,
    "parts": _FLAG,
    "log": _FLAG,
    "history": _FLAG,
    "precision": ArgumentKind(lambda value: is_number(value) and value > 0, "a number above 0"),
    "out": _PLACE,
    "unit": _TEXT,
    "en": _TEXT,
    "zh": _TEXT,
    "sheet": _TEXT,
    "start": _whole(0, 9999),
    "region": ArgumentKind(
        lambda value: isinstance(value, (str, Path, Region)), "a name, a file or a Region"
    ),
    "columns": ArgumentKind(
        lambda value: value is None or isinstance(value, Mapping), "fields by heading"
    ),
    "datacollector": ArgumentKind(
        lambda value: value is None or hasattr(value, "collect"), "a DataCollector"
    ),
    "better": ArgumentKind(lambda value: is_whole(value, -1, 1), "-1, 0 or 1"),
}


def exact_text(value: float) -> str:
    """A number as the shortest text that a command reads as the same number."""
    text = f"{float(value):.15g}"
    return text if float(text) == value else repr(float(value))


def check(**given: Any) -> None:
    """ValueError, naming all of these arguments that cannot be what they are."""
    if wrong := misfits(KINDS, given):
        raise ValueError("; ".join(wrong))


def misfits(kinds: Mapping[str, ArgumentKind], given: Mapping[str, Any]) -> list[str]:
    """What cannot be what it is, a sentence each."""
    return [
        f"{name}: found {shortly(value)}, expected {kinds[name].expected}"
        for name, value in given.items()
        if not kinds[name].fits(value)
    ]


def as_tuple(what: str, given: Any, expected: str) -> tuple[Any, ...]:
    """Several things as a tuple. ValueError for one that is not several, or is a text."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise ValueError(f"{what}: found {shortly(given)}; expected {expected}")
    return tuple(given)


def check_sizes(runs: int, **given: Mapping[str, Any] | None) -> None:
    """ValueError, naming all, for values that are neither one nor one for each of so many runs."""
    wrong = [
        f"{kind} {name}: found {np.size(value)} values"
        for kind, values in given.items()
        for name, value in (values or {}).items()
        if np.ndim(value) and np.size(value) not in (1, runs)
    ]
    if wrong:
        raise ValueError(f"{'; '.join(wrong)}; expected one, or one for each of the {runs} runs")


def check_names(what: str, given: Iterable[Any], names: Iterable[str]) -> None:
    """ValueError for names that are none of these, with the nearest of each."""
    there = list(names)
    wrong = [nothing_called(what, name, there) for name in given if not is_one_of(name, there)]
    if wrong:
        raise ValueError("; ".join(wrong))


def nothing_called(what: str, name: Any, names: Iterable[str]) -> str:
    """`no outcome is called 'gain'; there are: gain_weak, ...`: the nearest, else the first."""
    return f"no {what} is called {shortly(name)}; there are: {', '.join(nearest_of(name, names))}"


def nearest_of(name: Any, names: Iterable[str]) -> list[str]:
    """The nearest of some names; the first of them and dots where none is near."""
    there = list(names)
    near = difflib.get_close_matches(name, there, 5, 0.4) if isinstance(name, str) else []
    return near or [*there[:SHOWN], *(["..."] if len(there) > SHOWN else [])]

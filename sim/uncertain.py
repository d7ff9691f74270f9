"""All that is uncertain, by name: parameters, a region's own, and numbers of project types
such as `let.profit_rate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.sim import luck, technology
from village_alliances.sim.parameters import POSTERIOR, Quantity, parameters
from village_alliances.sim.technology import NUMBERS, ProjectType

DOT = "."  # between a type and its number


def numbers_of_types(types: Sequence[ProjectType] = ()) -> dict[str, Quantity]:
    """Every number that project types (the shipped ones if none are given) state, by `type.number`.
    Low and high are the ends of its range in the file, the 5% and 95% of what runs draw."""
    numbers = {}
    for kind in types or technology.shipped():
        for name, number in kind.numbers.items():
            about = NUMBERS[name]
            numbers[kind.name + DOT + name] = Quantity(
                name=kind.name + DOT + name,
                value=number.value,
                low=number.low,
                high=number.high,
                scale="log" if number.distribution == "lognormal" else "linear",
                unit=number.unit,
                en=f"{kind.title['en']}: {about.en}",
                zh=f"{kind.title['zh']}：{about.zh}",
                evidence=number.evidence,
                assumption=number.reason,
                assumption_zh=number.reason_zh,
                possible=(about.low, about.high),
            )
    return numbers


def uncertain(
    regional: Mapping[str, Quantity], types: Sequence[ProjectType] = ()
) -> dict[str, Quantity]:
    """Parameters, those of a region (`quantities_of(region)`), and numbers of project types, the
    shipped ones if none are given."""
    return {**parameters(), **regional, **numbers_of_types(types)}


def split(fixed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is fixed, cut into parameters and numbers of project types."""
    numbers = {name: value for name, value in fixed.items() if DOT in name}
    return {name: value for name, value in fixed.items() if name not in numbers}, numbers


@dataclass(frozen=True)
class Fixed:
    """A number of a project type that is not drawn: a value, or one a run."""

    value: Any
    unit: str

    def at(self, share: np.ndarray) -> np.ndarray:
        """The same at every share."""
        return np.broadcast_to(np.asarray(self.value, float), share.shape)


def with_numbers(
    types: Sequence[ProjectType], values: Mapping[str, Any]
) -> tuple[ProjectType, ...]:
    """Types with numbers fixed by `type.number`: scalar or one value a run.

    Raises KeyError for a number that no type states, ValueError for one that is
    not finite or not possible.
    """
    if not values:
        return tuple(types)
    by_type: dict[str, dict[str, Any]] = {kind.name: dict(kind.numbers) for kind in types}
    for name, value in values.items():
        kind, _, number = name.partition(DOT)
        if kind not in by_type or number not in by_type[kind]:
            raise KeyError(f"no project type states the number {name!r}")
        about = NUMBERS[number]
        if not (np.isfinite(value).all() and _within(value, about.low, about.high)):
            raise ValueError(
                f"{name}: {value} is outside {about.low:g}..{about.high:g}, what is possible"
            )
        by_type[kind][number] = Fixed(value, by_type[kind][number].unit)
    return tuple(kind.model_copy(update={"numbers": by_type[kind.name]}) for kind in types)


def _within(value: Any, low: float, high: float) -> bool:
    return bool(np.greater_equal(value, low).all() and np.less_equal(value, high).all())


def drawn(table: Any, types: Sequence[ProjectType] = ()) -> dict[str, np.ndarray]:
    """What runs drew of every number that types state, by `type.number`:
    (runs,), in the file's units.

    `table`: technology of each run as `technology.draw` makes it, where hands and
    premiums stand by the yuan.
    """
    draws = {}
    for column, kind in enumerate(types or technology.shipped()):
        cost = table["unit_cost"][:, column]
        for name, number in kind.numbers.items():
            by_unit = "job_wage" in kind.numbers and name in ("jobs", "job_wage")
            if name == "job_wage":
                jobs = table["jobs"][:, column]
                values = np.divide(
                    table["wage_share"][:, column], jobs, out=np.zeros_like(jobs), where=jobs > 0
                )
            else:
                values = table[name][:, column]
                if by_unit or (name == "premium" and number.unit.endswith("/unit")):
                    values = values * cost
            draws[kind.name + DOT + name] = np.asarray(values)
    return draws


def types_beside(posterior: Path) -> Path:
    """Where the numbers of project types lie that belong to a file of posterior draws."""
    return posterior.with_name(f"{posterior.stem}_types.parquet")


@cache
def posterior_types() -> dict[str, np.ndarray]:
    """The shipped posterior of numbers of project types, by `type.number`; empty where there is
    none. Row i belongs to row i of the posterior of parameters."""
    path = types_beside(POSTERIOR)
    if not path.exists():
        return {}
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    return {name: table[name].to_numpy() for name in table.column_names}


def posterior_numbers(
    types: Sequence[ProjectType], seed: int, runs: np.ndarray
) -> dict[str, np.ndarray]:
    """Numbers of types as the posterior has them, one a run, from the row that the run's parameters
    come from. What a county has put in place of a shipped number stays as the county has it."""
    draws = posterior_types()
    if not draws:
        return {}
    share = np.empty((runs.size, 1))
    luck.fill_uniform(
        seed, runs, 0, luck.PARAMETER, np.array([luck.name_key("posterior row")], np.uint64), share
    )
    size = len(next(iter(draws.values())))
    row = np.minimum((share[:, 0] * size).astype(int), size - 1)
    shipped = {kind.name: kind.numbers for kind in technology.shipped()}
    as_shipped = {
        f"{kind.name}{DOT}{name}"
        for kind in types
        for name, number in kind.numbers.items()
        if number is (theirs := shipped.get(kind.name, {}).get(name)) or number == theirs
    }
    return {name: values[row] for name, values in draws.items() if name in as_shipped}

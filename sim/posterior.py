"""The files of a posterior, held against the model before a run draws from them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from village_alliances.sim.files import read_file
from village_alliances.sim.parameters import POSTERIOR, parameters
from village_alliances.sim.problems import Problem, TableError, Text
from village_alliances.sim.uncertain import numbers_of_types, types_beside

LARGEST = 200_000_000  # bytes of a file of draws
READING = "reading."  # how documents are read: fitted with the numbers, and drawn by no run
A_POSTERIOR = Text(
    "the posterior that `alliances calibrate` writes", "`alliances calibrate` 写出的后验文件"
)


@cache
def checked(path: Path = POSTERIOR) -> None:
    """Raise TableError with all that is wrong with a file of draws, and with that of its
    project types beside it."""
    types = types_beside(path)
    numbers = numbers_of_types()
    found, rows = _problems(path, {name: one.bounds for name, one in parameters().items()})
    if types.exists():
        more, others = _problems(types, {name: one.bounds for name, one in numbers.items()})
        found += more
        if rows is not None and others is not None and rows != others:
            found.append(
                Problem(
                    str(types),
                    None,
                    None,
                    Text(f"{others:,} rows", f"{others:,} 行"),
                    Text(f"the {rows:,} of {path.name}", f"与 {path.name} 相同的 {rows:,} 行"),
                )
            )
    if found:
        raise TableError(found)


def _problems(
    path: Path, possible: Mapping[str, tuple[float, float]]
) -> tuple[list[Problem], int | None]:
    """What is wrong with a file whose columns can be these, and how many rows it has;
    None where it is no table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def wrong(column: str | None, found: Text, expected: Text) -> Problem:
        return Problem(str(path), None, column, found, expected)

    try:
        table = pq.read_table(pa.BufferReader(read_file(path, LARGEST, A_POSTERIOR)))
    except TableError as error:
        return list(error.problems), None
    except (pa.ArrowException, OSError, ValueError, MemoryError):
        return [
            wrong(
                None,
                Text("no Parquet file, or a damaged one", "不是 Parquet 文件，或已损坏"),
                A_POSTERIOR,
            )
        ], None
    if not table.num_rows or not table.num_columns:
        return [wrong(None, Text("an empty table", "空表"), A_POSTERIOR)], None
    found = []
    for name in table.column_names:
        if name not in possible and not name.startswith(READING):
            found.append(
                wrong(
                    name,
                    Text("a column of this name", "此列"),
                    Text("parameters of this model only", "仅限本模型的参数"),
                )
            )
            continue
        if not pa.types.is_floating(table.schema.field(name).type) or table[name].null_count:
            found.append(
                wrong(name, Text("texts, or blanks", "文字或空值"), Text("numbers", "数值"))
            )
            continue
        low, high = possible.get(name, (-np.inf, np.inf))
        values = table[name].to_numpy()
        outside = ~(np.isfinite(values) & (values >= low) & (values <= high))
        if outside.any():
            at = int(np.flatnonzero(outside)[0])
            found.append(
                Problem(
                    str(path),
                    at + 1,
                    name,
                    Text(f"{values[at]:g}"),
                    Text(f"{low:g} to {high:g}", f"{low:g} 到 {high:g}"),
                )
            )
    if len(set(table.column_names)) < table.num_columns:
        found.append(wrong(None, Text("two columns of one name", "有重名的列"), A_POSTERIOR))
    return found, table.num_rows

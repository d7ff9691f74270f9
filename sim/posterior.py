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
from village_alliances.sim.worded import worded

LARGEST = 200_000_000  # bytes of a file of draws
READING = "reading."  # how documents are read: fitted with the numbers, and drawn by no run
A_POSTERIOR = worded("problems.posterior.posterior_alliances_calibrate")


@cache
def checked(path: Path = POSTERIOR) -> None:
    """Raise TableError with all that is wrong with a file of draws, and with that of its
    project types beside it."""
    types = types_beside(path)
    numbers = numbers_of_types()
    problems, rows = _problems(
        path, {name: parameter.bounds for name, parameter in parameters().items()}
    )
    if types.exists():
        more, others = _problems(types, {name: number.bounds for name, number in numbers.items()})
        problems += more
        if rows is not None and others is not None and rows != others:
            problems.append(
                Problem(
                    str(types),
                    None,
                    None,
                    worded("problems.posterior.rows", others=others),
                    worded("problems.posterior.the_of", rows=rows, name=path.name),
                )
            )
    if problems:
        raise TableError(problems)


def _problems(
    path: Path, possible: Mapping[str, tuple[float, float]]
) -> tuple[list[Problem], int | None]:
    """What is wrong with a file whose columns can be these, and how many rows it has;
    None where it is no table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def wrong(column: str | None, text: Text, expected: Text) -> Problem:
        return Problem(str(path), None, column, text, expected)

    try:
        table = pq.read_table(pa.BufferReader(read_file(path, LARGEST, A_POSTERIOR)))
        columns = table.column_names  # decoded here, whatever bytes they are
    except TableError as error:
        return list(error.problems), None
    except (pa.ArrowException, OSError, ValueError, MemoryError):
        return [
            wrong(
                None,
                worded("problems.posterior.parquet_file_damaged"),
                A_POSTERIOR,
            )
        ], None
    if not table.num_rows or not table.num_columns:
        return [wrong(None, worded("problems.posterior.empty_table"), A_POSTERIOR)], None
    problems = []
    for name in columns:
        if name not in possible and not name.startswith(READING):
            problems.append(
                wrong(
                    name,
                    worded("problems.posterior.column_name"),
                    worded("problems.posterior.parameters_model_only"),
                )
            )
            continue
        if not pa.types.is_floating(table.schema.field(name).type) or table[name].null_count:
            problems.append(
                wrong(
                    name,
                    worded("problems.posterior.texts_blanks"),
                    worded("problems.posterior.numbers"),
                )
            )
            continue
        low, high = possible.get(name, (-np.inf, np.inf))
        values = table[name].to_numpy()
        outside = ~(np.isfinite(values) & (values >= low) & (values <= high))
        if outside.any():
            position = int(np.flatnonzero(outside)[0])
            problems.append(
                Problem(
                    str(path),
                    position + 1,
                    name,
                    Text(f"{values[position]:g}"),
                    worded("problems.posterior.to", low=low, high=high),
                )
            )
    if len(set(columns)) < table.num_columns:
        problems.append(wrong(None, worded("problems.posterior.two_columns_name"), A_POSTERIOR))
    return problems, table.num_rows

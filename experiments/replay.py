"""Replay: one run of a sweep again, bit for bit, with everything that happened in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.experiments.design import Design, Piece
from village_alliances.experiments.store import SUCCEEDED, Refused, Store
from village_alliances.experiments.sweep import slice_of
from village_alliances.sim.history import History, record_run

AT_ONCE = 100_000  # runs whose ids are made at once


def replay(folder: str | Path, run_id: str) -> History:
    """Run one run of a sweep again, stored yet or not: every village, alliance and event of every quarter.

    Its outcomes are held against the stored row. Raises Refused if there is no such run, if this is not the code that made it,
    if the run cannot be built (with the error that its row has), or if an outcome is not the stored one to the last bit.
    """
    store = Store(folder)
    design = store.design()
    piece = find(design, run_id)
    given = slice_of(design, piece)
    row = _stored(store, design, piece)
    try:
        history = record_run(
            given.scenario,
            given.portfolio,
            seed=design.sweep.seed,
            run=int(given.runs[0]),
            levers={
                **given.levers,
                **{name: float(values[0]) for name, values in given.moved.items()},
            },
            mode=design.mode,
            fixed={name: float(values[0]) for name, values in given.parameters.items()},
        )
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise Refused(
            f"run {run_id} cannot be carried out: {said}", f"运行 {run_id} 无法进行：{said}"
        ) from error
    history.about |= {
        "run_id": run_id,
        "sweep_scenario": given.labels[0],
        "sweep_strategy": given.labels[1],
        "point": int(given.points[0]),
        "held_against_stored": _is_as_stored(run_id, row, history),
    }
    return history


def find(design: Design, run_id: str) -> Piece:
    """Where in a design the run of this id is. Raises Refused if nowhere."""
    for cell in range(design.cells):
        for first in range(0, design.runs_a_cell, AT_ONCE):
            runs = np.arange(first, min(first + AT_ONCE, design.runs_a_cell), dtype=np.uint64)
            ids = design.run_ids(cell, runs)
            if run_id in ids:
                at = first + ids.index(run_id)
                return Piece(cell, at, at + 1)
    raise Refused(
        f"no run of this sweep has the id {run_id!r}: ids are in the column run_id of the results",
        f"该扫描中没有编号为 {run_id!r} 的运行：编号见结果的 run_id 列",
    )


def _stored(store: Store, design: Design, wanted: Piece) -> Mapping[str, Any] | None:
    """The stored row of a run; None where it is not stored."""
    for part, pieces in enumerate(design.parts):
        before = 0
        for piece in pieces:
            if piece.cell == wanted.cell and piece.first <= wanted.first < piece.last:
                row = before + wanted.first - piece.first
                try:
                    return dict(store.rows(part).slice(row, 1).to_pylist()[0])
                except (OSError, ValueError):
                    return None
            before += piece.last - piece.first
    return None


def _is_as_stored(run_id: str, row: Mapping[str, Any] | None, history: History) -> bool:
    """Whether there are stored outcomes to hold against. Raises Refused unless they are the same."""
    if row is None or row["status"] != SUCCEEDED:
        return False
    for name, now in history.about["outcomes"].items():
        before = row.get(name, now)
        if before != now and not (now is None and math.isnan(before)):
            raise Refused(
                f"run {run_id} came out differently: {name} is {now!r}, stored is {before!r}. Was the part made on another kind of processor?",
                f"运行 {run_id} 的结果与保存的不同：{name} 现为 {now!r}，原为 {before!r}。该部分是否在另一类处理器上生成？",
            )
    return True

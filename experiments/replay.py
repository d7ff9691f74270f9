"""Replay: one run of a sweep again, bit for bit, with everything that happened in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.experiments.design import Contender, Design, Piece
from village_alliances.experiments.parts import slice_of
from village_alliances.experiments.refused import Refused
from village_alliances.experiments.store import SUCCEEDED, Store
from village_alliances.sim.history import History
from village_alliances.sim.rerun import record_run
from village_alliances.sim.worded import worded

AT_ONCE = 100_000  # runs whose ids are made at once


def replay(folder: str | Path, run_id: str) -> History:
    """Run one run of a sweep again, stored yet or not: every village, alliance
    and event of every quarter.

    Its outcomes are held against the stored row, gains over the same run without alliances
    included. Raises Refused if there is no such run, or it is a rival's; if this is not the code
    that made it; if the run cannot be built (with the error that its row has); or if an outcome is
    not the stored one to the last bit.
    """
    store = Store(folder)
    design = store.design()
    piece, contender = find(design, run_id)
    if contender.rival:
        same_run = design.run_ids(piece.case, Contender(contender.strategy), _numbers(piece))[0]
        raise Refused(
            worded(
                "problems.replay.run_rival_whose_villages",
                run_id=run_id,
                rival=contender.rival,
                same_run=same_run,
            ),
        )
    inputs = slice_of(design, piece)
    row = _stored(store, design, piece, contender)
    asked: dict[str, Any] = {
        "seed": design.sweep.seed,
        "levers": {**inputs.levers, **_first(inputs.moved)},
        "mode": design.mode,
        "fixed": _first(inputs.fixed),
        "types": design.types,
    }
    portfolio = inputs.portfolios[contender.strategy]
    try:
        history = record_run(inputs.scenario, portfolio, run=int(inputs.runs[0]), **asked)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        raise Refused(
            worded("problems.replay.run_cannot_carried_out", run_id=run_id, said=message)
        ) from error
    history.about |= {
        "run_id": run_id,
        "sweep_scenario": inputs.label,
        "sweep_strategy": contender.strategy,
        "point": int(inputs.points[0]),
        "held_against_stored": False,
    }
    if row is not None and row["status"] == SUCCEEDED:
        _same(run_id, row, history.about["outcomes"])
        history.about["held_against_stored"] = True
    return history


def _first(values: Mapping[str, np.ndarray]) -> dict[str, float]:
    return {name: float(of_runs[0]) for name, of_runs in values.items()}


def _numbers(piece: Piece) -> np.ndarray:
    return np.arange(piece.first, piece.last, dtype=np.uint64)


def find(design: Design, run_id: str) -> tuple[Piece, Contender]:
    """Where in a design the run of this id is. Raises Refused if nowhere."""
    for case in range(design.cases):
        for first in range(0, design.runs_a_cell, AT_ONCE):
            some = Piece(case, first, min(first + AT_ONCE, design.runs_a_cell))
            for contender in design.contenders:
                ids = design.run_ids(case, contender, _numbers(some))
                if run_id in ids:
                    number = first + ids.index(run_id)
                    return Piece(case, number, number + 1), contender
    raise Refused(
        worded("problems.replay.run_sweep_has_id", run_id=run_id),
    )


def _stored(
    store: Store, design: Design, wanted: Piece, contender: Contender
) -> Mapping[str, Any] | None:
    """The stored row of a run; None where it is not stored."""
    place = design.contenders.index(contender)
    for part, pieces in enumerate(design.parts):
        before = 0
        for piece in pieces:
            size = piece.last - piece.first
            if piece.case == wanted.case and piece.first <= wanted.first < piece.last:
                row = before + len(design.contenders) * (wanted.first - piece.first) + place
                try:
                    return dict(store.rows(part).slice(row, 1).to_pylist()[0])
                except (OSError, ValueError):
                    return None
            before += len(design.contenders) * size
    return None


def _same(run_id: str, stored: Mapping[str, Any], outcomes: Mapping[str, float | None]) -> None:
    """Raises Refused unless outcomes are the stored ones, as far as these tell them."""
    for name, now in outcomes.items():
        then = stored.get(name, now)
        if then != now and not (now is None and math.isnan(then)):
            raise Refused(
                worded(
                    "problems.replay.run_came_out_differently",
                    run_id=run_id,
                    name=name,
                    now=now,
                    then=then,
                ),
            )

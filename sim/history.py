"""The history of one run: every village, alliance, project and event of every quarter, beside the
same run without alliances, as tables and as files. Needs no Mesa."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from village_alliances.sim.outputs import write_outputs
from village_alliances.sim.summary import Summarised
from village_alliances.sim.table import neutralise

FILES = ("villages.csv", "alliances.csv", "projects.csv", "events.csv", "run.json")


@dataclass(repr=False)
class History(Summarised):
    """One run, quarter by quarter, beside the same run of `none`.

    `villages`: a row a village and tick (-1 is the start): every column of the village and its
    account, what it would be alone (`alone_`), its `gain`, and the parts that sum to its operating
    income (`part_`, see `parts_of`). `alliances`: a row an alliance and tick, to the quarter of its
    end. `projects`: a row a project (PROJECT_COLUMNS), those of the run of `none` last. `events`:
    as they happened. `about`: what the run was, and with what.
    """

    villages: pd.DataFrame
    alliances: pd.DataFrame
    projects: pd.DataFrame
    events: pd.DataFrame
    about: dict[str, Any]

    def in_short(self) -> str:
        """Which run of what, and how much is told of it."""
        about = self.about
        return (
            f"run {about['run']} of {about['strategy']} in {about['scenario']}, "
            f"{self.villages.tick.nunique() - 1} quarters, "
            f"{len(self.projects)} projects, {len(self.events)} events"
        )

    def small_table(self) -> pd.DataFrame:
        """What happened, the first of it."""
        return self.events

    def write(self, out: str | Path) -> list[Path]:
        """Write villages.csv, alliances.csv, projects.csv, events.csv and run.json into the folder
        `out`: all, or on an error none."""
        tables = (self.villages, self.alliances, self.projects, self.events)
        files = {name: _csv(frame) for name, frame in zip(FILES, tables, strict=False)}
        sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
        return write_outputs(out, {**files, "run.json": {**self.about, "files": sums}})


def _csv(frame: pd.DataFrame) -> bytes:
    """A table for a spreadsheet: UTF-8 with its mark, texts that could be taken
    for formulas made harmless."""
    safe = frame.copy(deep=False)
    for name in safe.columns:
        if not (
            pd.api.types.is_numeric_dtype(safe[name]) or pd.api.types.is_bool_dtype(safe[name])
        ):
            safe[name] = safe[name].map(
                {text: neutralise(text) for text in safe[name].dropna().unique()}
            )
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")

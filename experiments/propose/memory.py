"""Memory: what trial plans came to, kept in a file between searches of the same question."""

from __future__ import annotations

import io
import json
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from village_alliances.sim.files import read_file
from village_alliances.sim.outputs import maker, write_outputs

LARGEST = 2_000_000_000  # bytes of a checkpoint


class Memory:
    """`results`: by plan, each village's part of the objective by run and its mean gain as a last
    row, (runs + 1, villages)."""

    def __init__(self, path: Path | None, question: str, runs: int) -> None:
        self.path, self.question, self.runs = path, question, runs
        self.results: dict[str, np.ndarray] = {}
        if path is not None and path.exists() and _told(path) == self._about():
            with _opened(path) as stored:
                self.results = {name: stored[name] for name in stored.files if name != "question"}
            if any(entry.shape[-2] != runs + 1 for entry in self.results.values()):
                self.results = {}  # of another number of runs

    def save(self) -> None:
        """Write the file, whole or not at all."""
        if self.path is not None:
            kept: dict[str, Any] = {"question": np.array(json.dumps(self._about())), **self.results}
            write_outputs(self.path.parent, {self.path.name: partial(np.savez, **kept)})

    def _about(self) -> dict[str, str]:
        """What is kept belongs to one question and one model: another's figures are
        never taken for this one's."""
        return {"question": self.question, "made_by": maker()}


def question_of(path: Path) -> str:
    """The question that a checkpoint belongs to, '' where it cannot be read."""
    return str(_told(path).get("question", ""))


def _told(path: Path) -> dict[str, Any]:
    try:
        with _opened(path) as stored:
            return dict(json.loads(str(stored["question"])))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError):
        return {}


def _opened(path: Path) -> Any:
    """The arrays in a checkpoint. Raises TableError, a ValueError, where it is no file of bounded
    size."""
    return np.load(io.BytesIO(read_file(path, LARGEST)), allow_pickle=False)

"""What is wrong with a table, and what may be meant otherwise: gathered on the way,
told together."""

from __future__ import annotations

from village_alliances.sim.problems import Doubt, Problem, TableError, Text
from village_alliances.sim.table.choosing import Choosing
from village_alliances.sim.table.layout import Sheet
from village_alliances.sim.worded import doubt

MOST_PROBLEMS = 10_000  # after which reading stops


class Findings:
    """One scale: a problem refuses the table, a doubt asks, a note tells."""

    def __init__(self, choosing: Choosing) -> None:
        self.choosing = choosing
        self.problems: list[Problem] = []
        self.doubts: list[Doubt] = []

    def refuse(
        self, sheet: Sheet, row: int | None, column: str | None, text: Text, expected: Text
    ) -> None:
        """Something to put right. Raises TableError where there is more than anybody reads."""
        self.problems.append(Problem(sheet.file, row, column, text, expected))
        if len(self.problems) >= MOST_PROBLEMS:
            self.stop_if_refused()

    def ask(self, key: str, **values: object) -> None:
        """Something that is read, but may be meant otherwise, as the catalogue words it."""
        self.doubts.append(doubt(key, "ask", **values))

    def note(self, key: str, **values: object) -> None:
        """Something that is good to know, as the catalogue words it."""
        self.doubts.append(doubt(key, "note", **values))

    def stop_if_refused(self) -> None:
        """Raises TableError with all problems so far, in the order of their rows."""
        if self.problems:
            raise TableError(sorted(self.problems, key=lambda problem: problem.row or 0))

"""How whoever brings a table says what a heading means and which sheet is read: on the command line
by options. A page that has choices of its own says so in a class below this one."""

from __future__ import annotations

from village_alliances.sim.problems import Text
from village_alliances.sim.worded import worded


class Choosing:
    """What a message about a table points to, in the words of the command line."""

    def column(self, heading: str, field: object) -> Text:
        """What makes a heading mean a field."""
        return worded("problems.table_choosing.column", heading=heading, field=field)

    def or_letter(self, letter: str) -> Text:
        """What makes a column without a heading mean a field, beside giving it one."""
        return worded("problems.table_choosing.or_letter", letter=letter)

    def sheet(self) -> Text:
        """What has another sheet read."""
        return worded("problems.table_choosing.sheet")

    def of_history(self) -> Text:
        """What makes use of the figures of several years."""
        return worded("problems.table_choosing.of_history")


COMMAND = Choosing()

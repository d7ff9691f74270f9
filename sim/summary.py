"""How an object shows itself: a short line in place of all that it holds, in a
notebook with a small table."""

from __future__ import annotations

import html
from typing import Any

ROWS = 12  # of a table in a notebook


class Summarised:
    """A class whose objects hold far more than a screen does. A dataclass of this kind
    is made with `repr=False`."""

    def in_short(self) -> str:
        """What it is, in some words."""
        raise NotImplementedError

    def small_table(self) -> Any:
        """A frame that a notebook shows under the line; None for none."""
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.in_short()}>"

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        table = self.small_table()
        markup = (
            "" if table is None else table.to_html(max_rows=ROWS, float_format="{:,.4g}".format)
        )
        return f"<p>{html.escape(repr(self)[1:-1])}</p>{markup}"

"""Tables of figures as markup. Each cell knows its column's heading, so that a phone can put the
cells of a row below one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from village_alliances.interface.dashboard.words import clean, markup

MOST_COLUMNS = 2  # that stand beside one another on a phone
MANY_COLUMNS = 4  # beyond these a row of a phone holds four figures, else three


@dataclass(frozen=True)
class Head:
    """A heading: its words, the unit below them, and markup that stands before them."""

    words: str
    unit: str = ""
    before: str = ""
    classes: str = ""

    @property
    def label(self) -> str:
        """The heading as it stands beside a cell on a phone."""
        return f"{self.words} {self.unit}".strip()


@dataclass(frozen=True)
class GridCell:
    """A cell of markup. `names`: it says what its row is about; `hint`: told when one points at
    it."""

    content: str
    classes: str = ""
    names: bool = False
    hint: str = ""


def grid(
    heads: Sequence[Head | str], rows: Sequence[Sequence[GridCell | str]], classes: str = "figures"
) -> str:
    """A table; a text in place of a `Head` or a `GridCell` stands as it is, made safe."""
    named = [Head(head) if isinstance(head, str) else head for head in heads]
    stacks = len(named) > MOST_COLUMNS
    columns = "".join(_head(head) for head in named)
    labels = [head.label for head in named] if stacks else [""] * len(named)
    body = "".join(
        markup("tr", "".join(_cell(c, head) for c, head in zip(row, labels, strict=False)))
        for row in rows
    )
    if stacks:
        classes = f"stacked {'many ' if len(named) > MANY_COLUMNS else ''}{classes}"
    top = markup("tr", columns, "heads" if stacks else "")
    return markup("table", markup("thead", top) + markup("tbody", body), classes)


def _head(head: Head) -> str:
    before = f"{head.before} " if head.before else ""
    unit = markup("small", clean(head.unit)) if head.unit else ""
    return markup("th", before + clean(head.words) + unit, head.classes, scope="col")


def _cell(cell: GridCell | str, label: str) -> str:
    cell = GridCell(clean(cell)) if isinstance(cell, str) else cell
    tag, scope = ("th", "row") if cell.names else ("td", "")
    return markup(tag, cell.content, cell.classes, scope=scope, title=cell.hint, data_head=label)


def about_one(cells: Sequence[str]) -> list[GridCell | str]:
    """A row: what it is about, then figures."""
    return [cells[0], *(GridCell(clean(cell), "num") for cell in cells[1:])]

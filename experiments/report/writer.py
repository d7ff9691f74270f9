"""What every section of a report writes with: its words, tables, pictures and links to sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from village_alliances.calibration.evidence import Outside
from village_alliances.calibration.evidence import named as evidence_named
from village_alliances.experiments import drawing
from village_alliances.experiments.imputation import column_title
from village_alliances.experiments.page import (
    Link,
    PageBlock,
    PageCell,
    PageTable,
    PageWords,
    Picture,
)
from village_alliances.experiments.wording import (
    meaning,
    strategy_title,
)
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.parameters import Quantity
from village_alliances.wording import joined, say, with_minus
from village_alliances.wording.numbers import (
    as_stated,
    number,
    quantity,
    unit_in_words,
)

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison

_MINUS_ONE = re.compile(r"-1 为?([^)）]+)[)）]")  # what a lever says that its -1 stands for


def caption(name: str, lang: str) -> str:
    """How the figure of this name is to be read; maps share one caption."""
    return say(f"report.caption.{'map' if name.startswith('map') else name}", lang)


@dataclass
class Writer:
    """The comparison, the language, the figures drawn, and the evidence cited so far."""

    c: Comparison
    lang: str
    figures: dict[str, Figure]
    cited: dict[str, None] = field(default_factory=dict)

    def say(self, key: str, **values: Any) -> str:
        return say(f"report.{key}", self.lang, **values)

    def drawn(self, name: str, otherwise: str = "", more: str = "") -> list[PageBlock]:
        """A figure with its caption, if there is one of this name; else what `otherwise` says."""
        if name not in self.figures:
            return [PageWords(self.say(otherwise))] if otherwise else []
        text = joined([caption(name, self.lang), more], self.lang)
        return [Picture(drawing.svg(self.figures[name], name, description=text), text)]

    def band(
        self, row: Any, prefix: str, unit: str, by: float, word: str = "", mark: str = ""
    ) -> list[PageCell]:
        """A median and its band, in two cells; a difference is signed and may be marked."""
        middle, low, high = (
            number(float(row[prefix + key]), unit, self.lang, signed=bool(prefix), by=by)
            for key in ("median", "p05", "p95")
        )
        reading = self.say(f"mark.{mark}") if mark else ""
        return [
            PageCell(f"{middle} {word}".strip(), number=True, mark=mark, mark_title=reading),
            PageCell(self.say("page.between", low=low, high=high), number=True, faint=True),
        ]

    def requirement(self, text: str) -> str:
        """A requirement in words."""
        requirement = next((r for r in self.c.require if str(r) == text), None)
        if requirement is None:
            return self.say("column.all")
        sign = requirement.sign_in_words
        return (
            f"{meaning(requirement.outcome, self.lang)} {sign} "
            f"{quantity(requirement.value, BY_NAME[requirement.outcome].unit, self.lang)}"
        )

    def strategy(self, name: str) -> str:
        """A strategy that a table names, in words where it is shipped."""
        return strategy_title(name, self.lang)

    def table(
        self, caption: str, head: Sequence[str], groups: Sequence[Sequence[Sequence[PageCell]]]
    ) -> PageTable:
        return PageTable(caption, [self.say(f"column.{name}") for name in head], groups)

    def cite(self, ids: Iterable[str]) -> tuple[Link, ...]:
        """Links to the sources of these evidence ids, one a line of a document or a figure from
        outside; what the register does not know stands as text."""
        links: dict[str, Link] = {}
        for id in ids:
            try:
                row = evidence_named(id)
            except KeyError:
                links[id] = Link("", f"[{id}]")
                continue
            self.cited[id] = None
            line = f"[{id}]" if isinstance(row, Outside) else f"[{row.document}:{row.line}]"
            links.setdefault(line, Link(f"#source-{id}", line))
        return tuple(links.values())

    def source(self, evidence: Iterable[str], assumption: str) -> PageCell:
        """Links to evidence, and the assumption's reason."""
        links = self.cite(evidence)
        return PageCell(
            with_minus(assumption),
            links=links,
            lang="en" if assumption.isascii() and assumption else "",
        )

    def named(self, about: Quantity) -> str:
        text = about.zh if self.lang == "zh" else about.en
        return with_minus(text[:1].upper() + text[1:])

    def setting(self, lever: Quantity, value: float, beside: float = 0.0) -> str:
        """A lever's value, in the unit of one beside it; what its -1 stands for in the words that
        its meaning has for it."""
        if value != -1 or lever.low != -1:
            return self.stated([value, beside], lever.unit)[0][0]
        stands_for = _MINUS_ONE.search(lever.zh if self.lang == "zh" else lever.en)
        assert stands_for is not None, lever.name  # a test holds it of every lever
        return stands_for[1]

    def column(self, name: str, unit: str) -> str:
        """The heading of a column of the village table, with its unit."""
        title = column_title(name, self.lang)
        return self.say("page.with_unit", title=title, unit=unit) if unit else title

    def unit(self, unit: str) -> str:
        """A unit in words."""
        return breaking(unit_in_words(unit, self.lang))

    def stated(self, values: Sequence[float], unit: str) -> tuple[list[str], str]:
        """Numbers that were stated or set, and the unit that stands beside them."""
        words, word = as_stated(values, unit, self.lang)
        return words, breaking(word)


def breaking(unit: str) -> str:
    """A unit that may be parted after a stroke."""
    return unit.replace("/", "/\u200b")


def mark(row: Any, better: int) -> str:
    """Whether the whole band of a difference lies on one side of zero, and on which."""
    low, high = sorted((better * float(row["diff_p05"]), better * float(row["diff_p95"])))
    return "better" if low > 0 else "worse" if high < 0 else ""

"""A page to read and to print: sections of paragraphs, lists, tables and pictures as one HTML
file that needs no network.

The template escapes every text, so that whatever a village is called stands as it is; only
pictures, which the program draws itself, are taken as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from village_alliances.wording import joined, say

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE = "report_template.html"
SHORT_WORD = 6  # letters that stand in one line
SHORT_TABLE = 24  # rows that are kept on one sheet of paper
SHORT_TEXT = 2500  # letters in all its cells, likewise
SMALL_TABLE = 8  # rows beside which there is room for the rest of a section


@dataclass(frozen=True)
class Link:
    """A place in this page."""

    to: str
    text: str


@dataclass(frozen=True)
class PageCell:
    """A cell: text, a smaller line under it, links behind it. `head` names its row; `rows` it
    spans; `number` aligns right."""

    text: str = ""
    below: str = ""
    links: tuple[Link, ...] = ()
    head: bool = False
    rows: int = 1
    number: bool = False
    faint: bool = False
    lang: str = ""
    mark: str = ""  # better | worse
    mark_title: str = ""
    anchor: str = ""

    @property
    def style(self) -> str:
        """Its classes."""
        return " ".join(
            name
            for name, so in (
                ("number", self.number),
                ("faint", self.faint),
                ("short", 0 < len(self.text) <= SHORT_WORD and not self.links),
            )
            if so
        )


@dataclass(frozen=True)
class PageTable:
    """A table: groups of rows that stay together on paper. `widths`: of its columns in
    per cent, where it matters."""

    caption: str
    head: Sequence[str]
    groups: Sequence[Sequence[Sequence[PageCell]]]
    widths: Sequence[int] = ()
    label: str = ""  # what it is called aloud: Table 3
    kind: str = "table"

    @property
    def long(self) -> bool:
        """Whether it may be more than what a page has left."""
        return sum(len(group) for group in self.groups) > SHORT_TABLE

    @property
    def kept(self) -> bool:
        """Whether it stays together on a sheet of paper."""
        return (
            not self.long
            and sum(len(cell.text) for group in self.groups for row in group for cell in row)
            < SHORT_TEXT
        )

    @property
    def numbers(self) -> list[bool]:
        """Which columns hold numbers, by the first row."""
        return (
            [cell.number for cell in self.groups[0][0]] if self.groups else [False] * len(self.head)
        )


@dataclass(frozen=True)
class Picture:
    """A figure with its caption."""

    svg: str
    caption: str
    kind: str = "picture"


@dataclass(frozen=True)
class PageWords:
    """A paragraph; `kind` is text, box or code."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Points:
    """A list."""

    lines: Sequence[str]
    title: str = ""
    kind: str = "points"


PageBlock = PageTable | Picture | PageWords | Points


@dataclass(frozen=True)
class Section:
    """A part of the report."""

    name: str
    heading: str
    blocks: Sequence[PageBlock]

    @property
    def long(self) -> bool:
        """Whether it holds a long table, and so begins a page."""
        return any(isinstance(block, PageTable) and block.long for block in self.blocks)

    @property
    def small(self) -> bool:
        """Whether it can stay together on a sheet of paper: no picture, and a few rows at most."""
        tables = [block for block in self.blocks if isinstance(block, PageTable)]
        rows = sum(len(group) for table in tables for group in table.groups)
        return rows <= SMALL_TABLE and not any(isinstance(b, Picture) for b in self.blocks)


def render(
    title: str,
    subtitle: str,
    sections: Sequence[Section],
    lang: str,
    *,
    first: str = "",
    style: str = "",
    appendix: Sequence[Section] = (),
) -> str:
    """The page as HTML, its tables and pictures numbered in the order of reading.

    `first`: HTML of a page that stands before all, which then holds the title, with its `style`.
    `appendix`: sections that are folded on a screen and begin a new page on paper.
    """
    numbered = _numbered([*sections, *appendix], lang)
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            lang={"zh": "zh-Hans"}.get(lang, lang),
            title=title,
            subtitle=subtitle,
            first=first,
            style=style,
            sections=numbered[: len(sections)],
            appendix=numbered[len(sections) :],
            folded=say("report.page.appendix", lang),
            contents=say("report.page.contents", lang),
            scroll=say("report.page.scroll", lang),
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _numbered(sections: Sequence[Section], lang: str) -> list[Section]:
    counts = {"table": 0, "figure": 0}

    def numbered(block: PageBlock) -> PageBlock:
        if isinstance(block, PageWords | Points) or not block.caption:
            return block
        kind = "table" if isinstance(block, PageTable) else "figure"
        counts[kind] += 1
        label = say(f"report.page.{kind}", lang, number=counts[kind])
        named = replace(block, caption=joined([label, block.caption], lang))
        return replace(named, label=label) if isinstance(named, PageTable) else named

    return [
        Section(section.name, section.heading, [numbered(block) for block in section.blocks])
        for section in sections
    ]

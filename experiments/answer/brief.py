"""The page to take to the meeting: one side of A4 as HTML and as a Word file, from plain data.

page = Brief(title=..., answer=..., rows=figures.rows(evidence), ...)
html(page, "zh"), docx(page, "zh")
"""

from __future__ import annotations

import html as escaping
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from village_alliances.calibration.asked import refused
from village_alliances.experiments.answer.amounts import change, changes, column
from village_alliances.experiments.answer.lines import AnswerText
from village_alliances.sim.outputs import stamped
from village_alliances.wording import apart, say, titled
from village_alliances.wording.numbers import percent

if TYPE_CHECKING:  # what draws is imported where it draws: an answer in the terminal does without
    from matplotlib.figure import Figure

TRIFLE = 1e-3  # of an income: a difference below it is none
ROWS = 18  # of strategies and tables that fit on the page; how many villages there are is said
VILLAGES, LEAST_VILLAGES, GROUPS, PROJECTS = 12, 3, 8, 5  # at most, where there is room; at least
TEXT_WIDTH = 182.0  # mm: of the page between its margins
LEAST_PROJECTS = 2
WIDE = 75  # half characters: what a line of the villages of a group holds
LONG = 40  # half characters: a cell that is longer may be broken
MARGIN = 3  # half characters: of a cell
AXIS = {"zh": 1e4, "en": 1e3}  # yuan: unit of the chart
HALF = 4 / 72 * 25.4  # mm: half a character of a Word table
GAIN, MONEY = "#0072b2", "#d55e00"
STYLE = """
.brief{font:10pt/1.32 "Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",Arial,sans-serif;color:#111;max-width:182mm;margin:auto}
.brief:lang(en){font-family:Arial,"Liberation Sans","DejaVu Sans","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
.brief:lang(en){font-size:9.5pt}.brief h1{font-size:15pt;line-height:1.25;margin:0}
.brief h2{font-size:10pt;margin:6pt 0 1pt;padding:0;border:0}.brief p{margin:2pt 0;max-width:none}
.brief .sub,.brief .small{color:#444;font-size:8.5pt}
.brief .head{font-size:12.5pt;font-weight:700;border-left:4pt solid #0072b2;padding:2pt 0 2pt 8pt;margin:5pt 0}
.brief table{border-collapse:collapse;width:100%;font-size:8.5pt;line-height:1.2}
.brief td{white-space:nowrap}.brief td.long{white-space:normal}
.brief th,.brief td{border-bottom:.5pt solid #bbb;padding:1pt 2pt;text-align:right;font-weight:400}.brief th{font-weight:600}
.brief th:first-child,.brief td:first-child{text-align:left}.brief svg{display:block;width:100%;height:auto}
.brief code{font-size:7.5pt}.brief .word{display:inline-block;max-width:100%;overflow-wrap:anywhere}
@media print{.brief{break-after:page}.brief:last-child{break-after:auto}}
"""


@dataclass(frozen=True)
class VillageLine:
    """One village at the horizon: yuan a year, means over the runs; shares of
    runs, None where not known."""

    name: str
    now: float
    without: float
    with_: float
    under: float | None = None  # under the line
    whole: float | None = None  # its alliance is whole


@dataclass(frozen=True)
class ProjectLine:
    """What would be done, in words already: `begun` share of runs that begin it; yuan, yuan a year,
    and jobs where it works (nan where none did)."""

    what: str
    where: str
    begun: float
    cost: float
    yearly: float
    jobs: float


@dataclass(frozen=True)
class Group:
    """Villages that a plan allies, or funds singly, in words: `grant` in yuan a member and year."""

    members: str
    strategy: str
    grant: float


@dataclass(frozen=True)
class Brief:
    """All that stands on the page. `rows`: figures.rows(); `groups`: who is with whom, where it
    is about a plan, and `notes`: why, what is free, what to try first; `settings`: (name, value)
    in words; `again`: the command."""

    title: str
    subtitle: str
    answer: AnswerText
    rows: Sequence[Mapping[str, Any]]
    groups: Sequence[Group] = ()
    notes: Sequence[str] = ()
    villages: Sequence[VillageLine] = ()
    strategy: str = ""  # of the villages' table, in words
    projects: Sequence[ProjectLine] = ()
    settings: Sequence[tuple[str, str]] = ()
    again: str = ""


def _sections(page: Brief, lang: str) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Tables of the page with their headings: projects, villages, settings;
    only those that have rows."""

    def phrase(key: str, **values: Any) -> str:
        return say(f"answer.brief.{key}", lang, **values)

    sections: list[tuple[str, list[tuple[str, ...]]]] = []
    if page.groups:
        groups = page.groups[:GROUPS]
        grants = column([group.grant for group in groups], lang)
        listed = [
            (group.members, group.strategy, grant)
            for group, grant in zip(groups, grants, strict=True)
        ]
        heading = phrase("groups")
        if len(page.groups) > GROUPS:
            heading += phrase("of_groups", shown=GROUPS, count=len(page.groups))
        sections.append(
            (heading, [tuple(phrase(key) for key in ("members", "strategy", "grant")), *listed])
        )
    if page.projects:
        keys = ["what", "where", "begun", "cost", "yearly", *_jobs("jobs")]
        projects = _shown(page)
        costs = column([project.cost for project in projects], lang)
        yields = column([project.yearly for project in projects], lang)
        rows = [
            (
                project.what,
                project.where,
                percent(project.begun),
                cost,
                yearly,
                *_jobs(f"{project.jobs:.0f}" if math.isfinite(project.jobs) else "-"),
            )
            for project, cost, yearly in zip(projects, costs, yields, strict=True)
        ]
        sections.append((phrase("projects"), [tuple(phrase(key) for key in keys), *rows]))
    if page.villages:
        room = _room(page)
        village = page.villages[:room]
        incomes = [(section.now, section.without, section.with_) for section in village]
        written = column([yuan for row in incomes for yuan in row], lang)
        moved = [with_ - without for _, without, with_ in incomes]
        clear_changes = [
            by if abs(by) >= TRIFLE * without else 0.0
            for by, (_, without, _) in zip(moved, incomes, strict=True)
        ]
        keys = ["village", "now", "without", "with", "difference"]
        under = any(section.under is not None for section in village)
        whole = _says_whole(page)
        keys += ["under"] * under + ["whole"] * whole
        lines: list[tuple[str, ...]] = []
        for i, (section, more) in enumerate(
            zip(village, changes(clear_changes, lang), strict=True)
        ):
            row = [section.name, *written[3 * i : 3 * i + 3], more]
            row += [percent(section.under) if section.under is not None else "-"] * under
            row += [percent(section.whole) if section.whole is not None else "-"] * whole
            lines.append(tuple(row))
        heading = phrase("villages", strategy=page.strategy)
        if len(page.villages) > room:
            heading += phrase("of_more", shown=room, count=len(page.villages))
        sections.append((heading, [tuple(phrase(key) for key in keys), *lines]))
    return sections


def _room(page: Brief) -> int:
    """How many villages the page has room for."""
    return max(LEAST_VILLAGES, min(VILLAGES, _left(page)))


def _left(page: Brief) -> int:
    """Rows that are left for villages beside all else that stands on the page; below nought where
    that is more than it holds."""
    groups = sum(math.ceil(_ems(group.members) / WIDE) for group in page.groups[:GROUPS])
    others = groups + min(PROJECTS, len(page.projects))
    return ROWS - others - len(page.rows) - 2 * len(page.notes)


def _shown(page: Brief) -> Sequence[ProjectLine]:
    """The projects that the page has room for beside the least of villages."""
    lacking = max(0, LEAST_VILLAGES - _left(page))
    return page.projects[: max(LEAST_PROJECTS, PROJECTS - lacking)]


def _says_whole(page: Brief) -> bool:
    """Whether the page says how often an alliance is whole, and so what that means."""
    return any(village.whole is not None for village in page.villages)


def _jobs(cell: str) -> list[str]:
    """A cell of the column of jobs; none where the model may not be asked for jobs."""
    return [] if "jobs" in refused() else [cell]


def chart(page: Brief, lang: str) -> Figure | None:
    """A row a strategy: its gain over the baseline beside that of the same money without alliance;
    nought is in the picture."""
    rows = [row for row in page.rows if row["gain"].runs]
    if not rows:
        return None
    from matplotlib.figure import Figure
    from village_alliances.experiments import drawing

    with drawing.styled():
        figure = Figure(figsize=(drawing.WIDTH, 0.55 + 0.31 * len(rows)))
        axis = figure.subplots()
        by = AXIS[lang]
        for i, row in enumerate(rows):
            money = row["rival"].gain if row["rival"] else None
            for gap, shift, colour in ((row["gain"], -0.17, GAIN), (money, 0.17, MONEY)):
                if gap is None:
                    continue
                axis.barh(i + shift, gap.mean / by, 0.3, color=colour)
                axis.plot([gap.low / by, gap.high / by], [i + shift] * 2, color="#222", lw=0.9)
        axis.axvline(0, color="#222", lw=0.8)
        axis.set_yticks(range(len(rows)), [row["title"][lang] for row in rows])
        axis.invert_yaxis()
        axis.set_xlabel(say("answer.brief.axis", lang), fontsize=8)
        axis.tick_params(labelsize=8)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
        figure.tight_layout(pad=0.4)
    return figure


def chart_heading(page: Brief, lang: str) -> str:
    """What the chart shows of the first strategy: its gain, and that of the
    same money without alliance."""
    row = page.rows[0]
    strategy, mean = row["title"][lang], row["gain"].mean
    beside = [AXIS[lang]]  # in the unit of the chart below
    if row["rival"] is None:
        gain = change(mean, lang, beside)
        return say("answer.brief.chart_gain", lang, strategy=strategy, gain=gain)
    gain, rival = changes([mean, row["rival"].gain.mean], lang, beside)
    return say("answer.brief.chart_found", lang, strategy=strategy, gain=gain, rival=rival)


def html(page: Brief, lang: str) -> str:
    """The page as HTML that needs nothing else."""
    title = escaping.escape(page.title)
    head = f'<!doctype html><html lang="{"zh-Hans" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
    sheet = "@page{size:A4;margin:12mm 14mm}body{margin:0;padding:4mm}@media print{body{padding:0}}"
    return "\n".join(
        [
            head,
            f"<title>{title}</title><style>{sheet}{STYLE}</style></head><body>",
            body(page, lang),
            "</body></html>\n",
        ]
    )


def body(page: Brief, lang: str) -> str:
    """The page as an element of HTML, to be shown with STYLE."""
    e = escaping.escape
    parts = [
        f'<article class="brief"><h1>{e(page.title)}</h1><p class="sub">{e(page.subtitle)}</p>'
    ]
    headline, *lines = page.answer.sentences(lang)
    parts.append(f'<p class="head">{e(headline)}</p>')
    parts += [f"<p>{e(line)}</p>" for line in [*lines, *page.answer.first(lang)]]
    figure = chart(page, lang)
    if figure is not None:
        from village_alliances.experiments import drawing

        text = say("answer.brief.chart", lang)
        heading = chart_heading(page, lang)
        parts.append(f"<h2>{e(heading)}</h2>")
        parts.append(drawing.svg(figure, "gain", heading, text))
        parts.append(f'<p class="small">{e(text)}</p>')
    if page.notes:
        parts.append(f"<h2>{e(say('answer.brief.notes', lang))}</h2>")
        parts += [f'<p class="small">{e(note)}</p>' for note in page.notes]
    for heading, rows in _sections(page, lang):
        head, *others = rows
        cells = "".join(f'<th scope="col">{e(cell)}</th>' for cell in head)
        drawn_lines = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in others)
        parts.append(f"<h2>{e(heading)}</h2><table><tr>{cells}</tr>{drawn_lines}</table>")
    parts.append(f'<p class="small">{e(_small(page, lang))}</p>')
    if page.again:
        parts.append(f'<p class="small"><code>{_in_words(page.again)}</code></p>')
    return "\n".join([*parts, "</article>"])


def _in_words(command: str) -> str:
    """A command that breaks only between its words."""
    return " ".join(
        word
        if word.isascii() and word.isalpha()
        else f'<span class="word">{escaping.escape(word)}</span>'
        for word in command.split(" ")
    )


def _cell(text: str) -> str:
    """A cell of a table, which breaks only where it is long."""
    long = ' class="long"' if _ems(text) > LONG else ""
    return f"<td{long}>{escaping.escape(text)}</td>"


def _small(page: Brief, lang: str) -> str:
    """Settings that decide, and what the page is not."""
    named = apart((f"{name} {value}".rstrip() for name, value in page.settings), lang)
    stop = "。" if lang == "zh" else ". "
    settings = titled(say("answer.brief.settings", lang), lang, named) + stop if named else ""
    unanswered = say("answer.brief.jobs_unanswered", lang) + stop[1:]
    jobs = unanswered if page.projects and "jobs" in refused() else ""
    whole = say("answer.brief.whole_means", lang) + stop[1:] if _says_whole(page) else ""
    return settings + jobs + whole + say("answer.brief.simulated", lang)


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Widths of the columns of a table in mm: what is not long stays in one line where there is
    room, and what is left goes to long cells."""
    head, *others = rows
    longest = [max(_ems(row[place]) for row in others) for place in range(len(head))]
    least = [
        HALF * (MARGIN + max(_heading(name), min(cell, LONG)))
        for name, cell in zip(head, longest, strict=True)
    ]
    left = TEXT_WIDTH - sum(least)
    over = [max(0.0, float(cell - LONG)) for cell in longest]
    shares = over if left > 0 and any(over) else least
    return [width + left * share / sum(shares) for width, share in zip(least, shares, strict=True)]


def _heading(name: str) -> float:
    """The least width of a heading, in half characters: a Chinese one has no place to break,
    another takes two lines and breaks between its words."""
    if _ems(name) > len(name):
        return _ems(name)
    return max(_ems(name) / 2, *map(_ems, name.split()), 0)


def _ruled(table: Any) -> None:
    """Thin lines between the rows of a Word table and under it, as on the HTML page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("color", "BBBBBB")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def _ems(text: str) -> int:
    """How wide a text is, in half characters: a Chinese one counts two."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def docx(page: Brief, lang: str) -> bytes:
    """The page as a Word file, whose bytes depend on nothing but the page."""
    from datetime import datetime

    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    document = Document()
    document.core_properties.created = document.core_properties.modified = datetime(2000, 1, 1)
    document.core_properties.author = "village-alliances"
    document.core_properties.title = page.title
    sheet = document.sections[0]
    sheet.page_width, sheet.page_height = Mm(210), Mm(297)
    sheet.left_margin = sheet.right_margin = Mm(14)
    sheet.top_margin = sheet.bottom_margin = Mm(12)
    normal = document.styles["Normal"]
    normal.font.name = "Noto Sans CJK SC" if lang == "zh" else "Arial"
    normal.font.size = Pt(9.5)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "Noto Sans CJK SC")
    normal.paragraph_format.space_after = Pt(2)

    def paragraph(text: str, size: float = 9.5, bold: bool = False) -> None:
        run = document.add_paragraph().add_run(text)
        run.font.size, run.bold = Pt(size), bold

    paragraph(page.title, 15, True)
    paragraph(page.subtitle, 8.5)
    headline, *lines = page.answer.sentences(lang)
    paragraph(headline, 12, True)
    for line in [*lines, *page.answer.first(lang)]:
        paragraph(line)
    figure = chart(page, lang)
    if figure is not None:
        from village_alliances.experiments import drawing

        paragraph(chart_heading(page, lang), 10, True)
        document.add_picture(io.BytesIO(drawing.png(figure)), width=Mm(180))
        paragraph(say("answer.brief.chart", lang), 8)
    if page.notes:
        paragraph(say("answer.brief.notes", lang), 10, True)
    for note in page.notes:
        paragraph(note, 8)
    for heading, rows in _sections(page, lang):
        paragraph(heading, 10, True)
        table = document.add_table(len(rows), len(rows[0]))
        table.autofit = False
        _ruled(table)
        widths = _widths(rows)
        for upright, width in zip(table.columns, widths, strict=True):
            upright.width = Mm(width)
        for i, row in enumerate(rows):
            for place, text in enumerate(row):
                table.cell(i, place).width = Mm(widths[place])
                cell = table.cell(i, place).paragraphs[0]
                cell.paragraph_format.space_after = Pt(0)
                run = cell.add_run(text)
                run.font.size, run.bold = Pt(8), i == 0
                if place:
                    cell.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph(_small(page, lang), 8)
    if page.again:
        paragraph(page.again, 7)
    buffer = io.BytesIO()
    document.save(buffer)
    return stamped("brief.docx", buffer.getvalue())

"""What is stated of the villages, and their alliances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from village_alliances.experiments.imputation import column_title
from village_alliances.experiments.page import (
    PageBlock,
    PageCell,
    PageTable,
    PageWords,
    Points,
)
from village_alliances.experiments.report.writer import Writer
from village_alliances.sim.fields import FIELD, PRODUCTS, STAGES
from village_alliances.sim.parameters import levers
from village_alliances.sim.scenario import (
    ABOUT,
    BLANK,
    EXACT,
    NUMBERS,
    WORDS,
    Scenario,
    quarter_name,
)
from village_alliances.wording import grouped, listed
from village_alliances.wording.numbers import (
    quarter_in_words,
    scale,
)

if TYPE_CHECKING:
    pass


MOST_ROWS = 40  # villages and alliances listed one by one


def villages(writer: Writer) -> list[PageBlock]:
    s = writer.c.scenario
    columns = [n for n in NUMBERS if (s.numbers[n].kind != BLANK).any()] + [
        w for w in WORDS if any(s.words[w])
    ]
    singly = {village for village, _ in s.evidence} or {
        str(s.names[i])
        for i in range(s.size)
        if any(s.numbers[n].kind[i] in (EXACT, ABOUT) for n in NUMBERS)
    }
    positions = [i for i in range(s.size) if s.size <= MOST_ROWS or str(s.names[i]) in singly][
        :MOST_ROWS
    ]
    facts = {
        "first": s.start,
        "count": grouped(s.size, writer.lang),
        "imputed": writer.say("heading.imputed"),
    }
    blocks: list[PageBlock] = []
    if not columns:
        blocks.append(PageWords(writer.say("text.known_none", **facts)))
    else:
        scales = {n: scale_of(writer, n) for n in columns}
        names = [
            writer.say("column.village"),
            writer.say("column.township"),
            *(writer.column(n, scales[n][1]) for n in columns),
        ]
        rows = [
            [
                (
                    PageCell(str(s.names[i]), head=True, lang="zh"),
                    PageCell(str(s.places["township"][i]), lang="zh"),
                    *(known_cell(writer, n, i, scales[n][0]) for n in columns),
                )
            ]
            for i in positions
        ]
        caption = writer.say("text.known" if s.size <= MOST_ROWS else "text.known_some", **facts)
        blocks.append(PageTable(caption, names, rows) if rows else PageWords(caption))
    if s.totals:
        totals = [
            f"{column_title(n, writer.lang)} {' '.join(total(writer, n, v))}".strip()
            for n, v in s.totals.items()
        ]
        blocks.append(PageWords(writer.say("text.totals", totals=listed(totals, writer.lang))))
    if s.given:
        blocks += alliances(
            writer, s, writer.say("text.grouped" if s.grouped else "text.alliances")
        )
    for label in writer.c.partitions:
        blocks += alliances(
            writer,
            writer.c.ensembles[label].scenario,
            writer.say("text.partition", partition=writer.c.title(label, writer.lang)),
        )
    if {**s.levers, **writer.c.levers}.get("formation", 0.0) > 0:
        blocks.append(PageWords(writer.say("text.forming")))
    if s.notes.get(writer.lang):
        blocks.append(Points(s.notes[writer.lang], writer.say("text.notes")))
    return blocks


def scale_of(writer: Writer, column: str) -> tuple[float, str]:
    """What the stated numbers of a column are divided by, and their unit."""
    if column in WORDS:
        return 1.0, ""
    values, field = writer.c.scenario.numbers[column], FIELD[column]
    if not field.unit.startswith("yuan"):
        return 1.0, writer.unit(field.unit)
    filled = values.kind != BLANK
    stated = [
        float(v)
        for ends in (values.low, values.high)
        for v in ends[filled]
        if field.low < v < field.high
    ]
    return scale(stated, field.unit, writer.lang)


def known_cell(writer: Writer, column: str, i: int, by: float) -> PageCell:
    """What is stated of one village in one column."""
    s = writer.c.scenario
    links = writer.cite(
        [s.evidence[str(s.names[i]), column]] if (str(s.names[i]), column) in s.evidence else []
    )
    if column in WORDS:
        word = str(s.words[column][i])
        if not word:
            return PageCell(writer.say("page.drawn"), faint=True)
        if writer.lang == "zh":
            word = {**PRODUCTS, **STAGES}.get(word, (word,))[0] if column != "culture" else word
        return PageCell(word, links=links)
    values = s.numbers[column]
    kind, low, high = int(values.kind[i]), float(values.low[i]), float(values.high[i])
    if kind == BLANK:
        return PageCell(writer.say("page.drawn"), faint=True, number=True)
    ends = {value: grouped(value / by, writer.lang, ",.10g") for value in (low, high)}
    if kind == EXACT:
        text = ends[low]
    elif kind == ABOUT:
        text = writer.say("page.about", value=ends[low])
    elif low <= FIELD[column].low:
        text = writer.say("page.under", value=ends[high])
    elif high >= FIELD[column].high:
        text = writer.say("page.over", value=ends[low])
    else:
        text = writer.say("page.between", low=ends[low], high=ends[high])
    return PageCell(text, links=links, number=True)


def total(writer: Writer, column: str, value: float) -> tuple[str, str]:
    """A total that is stated of a column, and its unit."""
    (words,), unit = writer.stated([value], FIELD[column].unit)
    return words, unit


def alliances(writer: Writer, s: Scenario, caption: str) -> list[PageBlock]:
    """The alliances that a scenario gives; their grants where these differ from the
    usual one."""
    usual = {**s.levers, **writer.c.levers}.get(
        "grant_per_village", levers()["grant_per_village"].value
    )
    granted = any(alliance.grant != 1.0 for alliance in s.given)
    grants, unit = writer.stated([alliance.grant * usual for alliance in s.given], "yuan")
    rows = []
    for alliance, paid in zip(s.given[:MOST_ROWS], grants, strict=False):
        members = listed((str(s.names[i]) for i in alliance.members), writer.lang)
        lead = str(s.names[alliance.lead]) if alliance.lead >= 0 else writer.say("column.lead_open")
        called = alliance.name.get(writer.lang) or next(iter(alliance.name.values()), "")
        when = quarter_in_words(quarter_name(alliance.founded, s.start), writer.lang)
        cells = (
            PageCell(called, head=True, links=writer.cite(alliance.evidence)),
            PageCell(members, lang="zh"),
            PageCell(lead),
            PageCell(when),
        )
        grant = [PageCell(paid, number=True)] if granted else []
        rows.append([(*cells, PageCell(writer.strategy(alliance.strategy)), *grant)])
    head = [
        writer.say(f"column.{name}")
        for name in ("alliance", "members", "lead", "founded", "strategy")
    ]
    head += [writer.say("column.grant", unit=unit)] if granted else []
    blocks: list[PageBlock] = [PageTable(caption, head, rows)]
    if len(s.given) > MOST_ROWS:
        blocks.append(PageWords(writer.say("text.alliances_more", count=len(s.given) - MOST_ROWS)))
    return blocks

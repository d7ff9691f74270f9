"""Which column stands for which field: two of one field told apart, units from titles,
years, and what others settle."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

from village_alliances.sim.fields import FIELD, Field
from village_alliances.sim.problems import Text, listed, quoted
from village_alliances.sim.table.cells import text_of
from village_alliances.sim.table.choosing import Choosing
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.headings import Heading, Unit, as_field, plain, unit_of
from village_alliances.sim.table.layout import Sheet
from village_alliances.sim.worded import worded

UNITS_SHOWN = {
    "persons": "人, 千人, 万人", "households": "户, 万户", "yuan/year": "元, 千元, 万元, 亿元", "yuan/person/year": "元, 元/人, 万元, 万元/人",
    "yuan": "元, 千元, 万元, 亿元", "mu": "亩, 万亩, 公顷, ha, 平方公里, 平方米", "0..1": "0-1, %", "years": "年, 月", "degrees": "度", "km": "公里, 里, 米",
}  # fmt: skip
COUNTED = re.compile(r"[(（]个[)）]|个数|数量")  # of a heading of names: these are counts

_TITLE_UNITS = re.compile(
    r"(?:单位|\bunits?)\s*[:：]\s*((?:(?!单位|unit)[^()（）])+)", re.IGNORECASE
)
_BETWEEN_UNITS = re.compile(r"[、,，;；\s]+")
_APART = re.compile(
    r"(?<=[0-9]),(?=[0-9]{3})|(?<=rmb)\s+|(?<=cny)\s+|(?<=人民币)\s+|(?<=[0-9k])\s+(?=yuan)",
    re.IGNORECASE,
)
_OPERATING = re.compile(r"经营|operating", re.IGNORECASE)
_REGISTERED = re.compile(r"户籍|registered", re.IGNORECASE)
_OF_THESE = re.compile(r"^\s*其中|of which", re.IGNORECASE)
_PART_OF_TOTAL = re.compile(r"补助|补贴|转移支付|一次性|发包|投资收益|征地|subsid", re.IGNORECASE)
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_TERMS = (
    re.compile("前年"),
    re.compile("上年|去年|[上同]期|[年期]初"),
    re.compile("[本今当]年|本期|[年期]末|实际|累计|完成"),
)
_TIME = re.compile(
    r"(?:19|20)[0-9]{2}年?(?:度|末|底)?|" + "|".join(f"(?:{t.pattern})度?" for t in _TERMS)
)
_TITLE_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})年(?!\s*[0-9]{1,2}\s*月)")
_DATED = re.compile(r"日期|填报|填表|截至|截止|制表|时间|起")
OTHERS = re.compile(
    r"低收入|困难|低保|脱贫|贫困|党员|外来|流动|上半年|季度|月|增长|增幅|增量|占比|排名|同比"
    r"|目标|计划|预计|预期|人均集体|户均|干部|外出|务工|农场|农业总|可分配"
)
_LONGEST_COUNT = 9  # digits of a number of a row
_FEWEST_CELLS = 2  # of a column without a heading that are more than a stray remark
_SIDE_BY_SIDE = worded("problems.table_columns.column_village_names")

Places = dict[str, list[tuple[int, Heading]]]  # field -> where its headings are


@dataclass
class TableColumn:
    """A recognised column: where it is, and in which unit."""

    index: int
    heading: Heading
    meaning: Field
    unit: Unit | None
    unit_from_title: bool
    remark: Text | None = None  # set where the column only stands in for the field
    read: dict[Any, Any] = field(default_factory=dict)  # text -> what it was read as

    @property
    def text(self) -> str:
        """The heading as written."""
        return self.heading.text


class Unheaded(NamedTuple):
    """A column without a heading: its letter, and the first of what it holds."""

    letter: str
    samples: list[str]


@dataclass
class Part:
    """A sheet with its recognised columns by field, and the headings that are not used."""

    sheet: Sheet
    columns: dict[str, TableColumn]
    ignored: list[str]
    older: list[str] = field(default_factory=list)  # headings of other years of what is read
    hidden: list[str] = field(default_factory=list)  # headings of hidden columns beside shown ones
    unheaded: list[Unheaded] = field(default_factory=list)

    @property
    def years(self) -> dict[str, int]:
        """Field -> year that its heading, the title or the name of the sheet states."""
        of_all = _title_year(self.sheet)
        years = {
            name: year_of(column.text) or of_all
            for name, column in self.columns.items()
            if column.meaning.kind == "number"
        }
        return {name: year for name, year in years.items() if year}


def part_of(sheet: Sheet, settled: Mapping[str, str], findings: Findings) -> Part:
    """The sheet with its columns. Two for one field and strange units are problems;
    `settled`: heading -> field."""
    headings = _settle(sheet, {plain(text): FIELD[name] for text, name in settled.items()})
    headings = _units_of_these(headings)
    places: Places = defaultdict(list)
    for i, heading in enumerate(headings):
        if heading.field:
            places[heading.field.name].append((i, heading))
    hidden = _without_hidden(places, sheet)
    chosen, older = _told_apart(places)
    of_total = [h.text for h in headings if h.field is None and _PART_OF_TOTAL.search(h.text)]
    if "collective_income" not in settled.values():
        _settle_total(chosen, of_total, findings)
    used_letters = {sheet.letters[place] for column in chosen.values() for place, _ in column}
    used = {place for column in chosen.values() for place, _ in column}
    left = [h.text for i, h in enumerate(headings) if i not in used and h.text]
    ignored = [text for text in left if text not in older and text not in hidden]
    columns = {column.meaning.name: column for column in _columns(sheet, chosen, findings)}
    if "residents" in columns and "population" not in columns:
        columns["population"] = _stand_in(columns["residents"])
    unheaded = [column for column in _unheaded(sheet) if column.letter not in used_letters]
    return Part(sheet, columns, ignored, older, hidden, unheaded)


def _without_hidden(places: Places, sheet: Sheet) -> list[str]:
    """Takes hidden columns out where a shown one stands for the same; their headings."""
    hidden = []
    for name, several in places.items():
        visible = [place for place in several if place[0] not in sheet.hidden_columns]
        if visible and len(visible) < len(several):
            hidden += [heading.text for place, heading in several if place in sheet.hidden_columns]
            places[name] = visible
    return hidden


def _unheaded(sheet: Sheet) -> list[Unheaded]:
    """Columns without a heading that hold more than numbers of rows."""
    unheadeds = []
    for i, name in enumerate(sheet.letters):
        if i < len(sheet.headings) and sheet.headings[i].text:
            continue
        texts = [text_of(r.cells[i]) for r in sheet.rows if i < len(r.cells) and r.cells[i] != ""]
        short = all(text.isdecimal() and len(text) <= _LONGEST_COUNT for text in texts)
        numbered = short and _counts(list(map(int, texts[:1_000])))
        if len(texts) >= min(_FEWEST_CELLS, len(sheet.rows)) and texts and not numbered:
            unheadeds.append(Unheaded(name, texts[:3]))
    return unheadeds


def _counts(numbers: list[int]) -> bool:
    """Whether numbers count rows on: 1, 2, 3, also from 1 again."""
    return numbers[:1] in ([0], [1]) and all(b in (a + 1, 1) for a, b in pairwise(numbers))


def check_settled(parts: list[Part], settled: Mapping[str, str], findings: Findings) -> None:
    """Headings that somebody settles must be there."""
    texts = [text for part in parts for text in _names(part.sheet)]
    plain_texts = set(map(plain, texts))
    headings = list(dict.fromkeys(texts))
    names = listed([quoted(text) for text in headings], 20)
    for text in sorted(text for text in settled if plain(text) not in plain_texts):
        findings.refuse(
            parts[0].sheet,
            None,
            None,
            worded("problems.table_columns.column", text=quoted(text)),
            worded("problems.table_columns.column_2", names=names),
        )


def year_of(text: str) -> int | None:
    """The year that a heading names: 2014年经营性收入."""
    match = _YEAR.search(text)
    return int(match[1]) if match else None


def _title_year(sheet: Sheet) -> int | None:
    """The one year that what stands above the table, or the name of the
    sheet, states of all figures."""
    titles = [title for title in sheet.titles if not _DATED.search(title)]
    for texts, pattern in ((titles, _TITLE_YEAR), ([sheet.title or ""], _YEAR)):
        years = {int(year) for text in texts for year in pattern.findall(text)}
        if years:
            return years.pop() if len(years) == 1 else None
    return None


def _settle(sheet: Sheet, settled: Mapping[str, Field]) -> list[Heading]:
    """The headings, those settled meaning what they are said to mean, and
    no other meaning the same."""
    names = _names(sheet)
    there = set(map(plain, names))
    taken = [meaning for text, meaning in settled.items() if text in there]
    headings = []
    wide = [*sheet.headings, *[Heading("")] * (len(names) - len(sheet.headings))]
    for name, heading in zip(names, wide, strict=True):
        meaning = settled.get(plain(name))
        if meaning:
            heading = as_field(name, meaning)
        elif heading.field in taken:
            heading = Heading(heading.text)
        headings.append(heading)
    return headings


def _names(sheet: Sheet) -> list[str]:
    """The headings; the letter of a column for one without."""
    texts = [heading.text for heading in sheet.headings]
    texts += [""] * (len(sheet.letters) - len(texts))
    return [
        text or (name if plain(name) not in map(plain, texts) else "")
        for text, name in zip(texts, sheet.letters, strict=True)
    ]


def _units_of_these(headings: list[Heading]) -> list[Heading]:
    """The headings, 其中：经营性收入 without a unit in that of the column before."""
    alike: list[Heading] = []
    for heading in headings:
        before = alike[-1] if alike else heading
        if (
            heading.field
            and heading.unit is None
            and _OF_THESE.match(heading.text)
            and before.field
            and before.unit
            and before.field.unit == heading.field.unit
        ):
            heading = replace(heading, unit=before.unit)
        alike.append(heading)
    return alike


def _settle_total(chosen: Places, of_total: list[str], findings: Findings) -> None:
    """集体经济收入 beside a column of subsidies, which is a part of it, is the total."""
    incomes = chosen.get("collective_income", [])
    if len(incomes) != 1 or not of_total or "total_income" in chosen:
        return
    income, heading = incomes[0]
    if _OPERATING.search(heading.text):
        return
    del chosen["collective_income"]
    chosen["total_income"] = [(income, replace(heading, field=FIELD["total_income"]))]
    own, part = quoted(heading.text), quoted(of_total[0])
    choice = findings.choosing.column(heading.text, "collective_income")
    findings.ask("problems.table_columns.stands_beside_part", own=own, part=part, choice=choice)


# -------- Several columns for one field


def _told_apart(places: Places) -> tuple[Places, list[str]]:
    """Columns by field, each field's best; headings of other years than the one taken."""
    columns, older = dict(places), []
    named = columns.get("name", [])
    if real := [place for place in named if not COUNTED.search(place[1].text)]:
        columns["name"] = real
    for name, several in list(columns.items()):
        newest, others = _newest(several)
        if others:
            columns[name] = newest
            older += [heading.text for _, heading in others]
    incomes = columns.get("collective_income", [])
    operating = [place for place in incomes if _OPERATING.search(place[1].text)]
    if len(operating) == 1 < len(incomes) and "total_income" not in columns:
        others = [place for place in incomes if place not in operating]
        columns["collective_income"] = operating
        columns["total_income"] = [
            (place, replace(heading, field=FIELD["total_income"])) for place, heading in others
        ]
    for name in ("population", "households"):
        registered = [p for p in columns.get(name, []) if _REGISTERED.search(p[1].text)]
        if len(registered) == 1:
            columns[name] = registered
    return columns, older


def _newest(
    several: list[tuple[int, Heading]],
) -> tuple[list[tuple[int, Heading]], list[tuple[int, Heading]]]:
    """Of columns that differ by their year alone those of the newest, and the others."""
    kinds: dict[str, list[tuple[int, Heading]]] = defaultdict(list)
    for place in several:
        kinds[plain(_TIME.sub("", place[1].text))].append(place)
    newest, others = [], []
    for kind in kinds.values():
        years = [year_of(heading.text) for _, heading in kind]
        if not any(years):
            years = [_term(heading.text) for _, heading in kind]
        stated_years = [year for year in years if year is not None]
        if len(kind) > 1 and len(set(stated_years)) == len(kind):
            best = years.index(max(stated_years))
            newest.append(kind[best])
            others += [place for i, place in enumerate(kind) if i != best]
        else:
            newest += kind
    return newest, others


def _term(text: str) -> int | None:
    """How late the time is that a heading names without a year: 本年 is later than 上年."""
    return next((i for i, words in enumerate(_TERMS) if words.search(text)), None)


def _columns(sheet: Sheet, chosen: Places, findings: Findings) -> Iterator[TableColumn]:
    beside = len(chosen.get("name", [])) > 1
    for name, column in chosen.items():
        (place, heading), meaning = column[0], FIELD[name]
        if len(column) > 1:
            if not beside or name == "name":
                _refuse_several(sheet, name, [other.text for _, other in column], findings)
        elif heading.strange is not None:
            units = UNITS_SHOWN[meaning.unit]
            findings.refuse(
                sheet,
                None,
                heading.text,
                worded("problems.table_columns.unit", strange=quoted(heading.strange)),
                worded(
                    "problems.table_columns.one_of", shown=Text(units, units.replace(", ", "、"))
                ),
            )
        else:
            title = None if heading.unit else _title_unit(sheet, meaning, findings)
            yield TableColumn(place, heading, meaning, heading.unit or title, title is not None)


def _refuse_several(sheet: Sheet, name: str, texts: list[str], findings: Findings) -> None:
    quotes = [quoted(text) for text in texts]
    findings.refuse(
        sheet,
        None,
        texts[1],
        worded(
            "problems.table_columns.columns",
            count=len(texts),
            name=Text(name, FIELD[name].zh),
            shown=Text(" and ".join(quotes), "、".join(text.zh for text in quotes)),
        ),
        _SIDE_BY_SIDE if name == "name" else _which(name, texts, findings.choosing),
    )


def _which(name: str, texts: list[str], choosing: Choosing) -> Text:
    """How to say which of several columns for one field is meant."""
    if len(set(map(plain, texts))) < len(texts):
        return worded("problems.table_columns.one_renamed")
    plainest = max(texts, key=lambda text: (not OTHERS.search(text), year_of(text) or 0))
    choice = choosing.column(plainest, name)
    return worded("problems.table_columns.them_column_says", choice=choice)


def _stand_in(residents: TableColumn) -> TableColumn:
    """Residents for registered inhabitants, where these have no column."""
    remark = worded("problems.table_columns.residents_taken_registered")
    return replace(residents, meaning=FIELD["population"], remark=remark, read={})


def _title_unit(sheet: Sheet, meaning: Field, findings: Findings) -> Unit | None:
    """The unit that the titles of a sheet state for a field, if they state one."""
    if meaning.kind != "number":
        return None
    units = units_in(sheet.titles, meaning)
    if len(units) > 1:
        words = "、".join(unit.word for unit in units)
        findings.ask(
            "problems.table_columns.title_names_several",
            words=words,
            name=Text(meaning.name, meaning.zh),
            unit=Text(meaning.unit, meaning.unit_zh),
        )
    return units[0] if len(units) == 1 else None


def units_in(titles: Sequence[str], meaning: Field) -> list[Unit]:
    """The units that titles such as `单位：万元、人` state for a field, each once."""
    words = [
        plain(word)
        for title in titles
        for stated in _TITLE_UNITS.findall(title)
        for word in _BETWEEN_UNITS.split(_APART.sub("", stated))
    ]
    return list({unit.factor: unit for word in words if (unit := unit_of(meaning, word))}.values())

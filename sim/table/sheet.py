"""Which sheets of a file are the table: the one that is named, the newest of one a year, all of one
a township, else the fullest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from village_alliances.sim.problems import Doubt, TableError, listed, quoted
from village_alliances.sim.table import page as pages
from village_alliances.sim.table.cells import text_of
from village_alliances.sim.table.choosing import COMMAND, Choosing
from village_alliances.sim.table.foreign import read_calamine, read_geojson
from village_alliances.sim.table.layout import Sheet, known_headings, lay_out, no_headings
from village_alliances.sim.table.page import Draft, check_count, refusal
from village_alliances.sim.table.places import is_place, is_sum, stem
from village_alliances.sim.table.text import read_text
from village_alliances.sim.table.workbook import read_workbook
from village_alliances.sim.worded import doubt, worded

TEXT_ENDINGS = (".csv", ".tsv", ".txt")
WORKBOOK_ENDINGS = (".xlsx", ".xlsm")
CALAMINE_ENDINGS = (".xls", ".ods")
POINT_ENDINGS = (".geojson",)
ENDINGS = (*TEXT_ENDINGS, *WORKBOOK_ENDINGS, *CALAMINE_ENDINGS, *POINT_ENDINGS)

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_UNNAMED = re.compile(r"(?:sheet|工作表|表)\s*[0-9(（)）一二三四五六七八九十]*", re.IGNORECASE)
_APART = 0.1  # of the names: two sheets with more in common are not two parts of one table


def read_sheets(
    data: bytes, file: str, wanted: str = "", choosing: Choosing = COMMAND
) -> tuple[list[Sheet], list[Doubt]]:
    """The tables in `data`, the content of a file called `file`, in the sheet `wanted` if one is
    named; what is said of the choice.

    Several where one table is in several sheets or panels. Raises TableError.
    """
    drafts = _drafts(data, file)
    readable = [draft for draft in drafts if known_headings(draft.top)]
    if not readable:
        raise no_headings(file, next((draft.top for draft in drafts if draft.top), []))
    if wanted:
        sheets = lay_out(_named(readable, wanted, file).load())
        return sheets, _told(sheets, readable, "named", choosing)
    if len(readable) == 1:
        return lay_out(readable[0].load()), []
    sheets, why = _chosen(readable, file)
    return sheets, _told(sheets, readable, why, choosing) if why else []


def sheet_titles(data: bytes, file: str) -> list[str]:
    """The sheets in which a table was found; none for a file without sheets. Raises TableError."""
    drafts = _drafts(data, file)
    return [draft.title for draft in drafts if draft.title and known_headings(draft.top)]


def read_sheet(data: bytes, file: str) -> Sheet:
    """The first of the tables. Raises TableError."""
    return read_sheets(data, file)[0][0]


def _drafts(data: bytes, file: str) -> list[Draft]:
    ending = "." + file.rsplit(".", 1)[1].lower() if "." in file else ""
    if ending not in ENDINGS:
        kind = (
            worded("problems.table_sheet.file_type", ending=ending)
            if ending
            else worded("problems.table_sheet.file_without_type")
        )
        raise refusal(
            file,
            kind,
            worded("problems.table_sheet.csv_xlsx_file"),
        )
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise refusal(
            file,
            worded("problems.table_sheet.empty_file"),
            worded("problems.table_sheet.row_headings_row"),
        )
    if ending in WORKBOOK_ENDINGS:
        return read_workbook(data, file)
    if ending in CALAMINE_ENDINGS:
        return read_calamine(data, file)
    page = read_text(data, file) if ending in TEXT_ENDINGS else read_geojson(data, file)
    return [Draft(None, page.records, lambda: page)]


def _named(drafts: Sequence[Draft], wanted: str, file: str) -> Draft:
    for draft in drafts:
        if (draft.title or "").strip() == wanted.strip():
            return draft
    titles = listed([draft.title for draft in drafts], 10)
    raise refusal(
        file,
        worded("problems.table_sheet.table_sheet", wanted=quoted(wanted)),
        worded("problems.table_sheet.one_of", titles=titles),
    )


# -------- The choice


def _chosen(drafts: list[Draft], file: str) -> tuple[list[Sheet], str]:
    """The tables of the sheets that are meant, where none is named, and why these; without a
    reason where they cannot be read."""
    fullest = max(drafts, key=lambda draft: (known_headings(draft.top), len(draft.top)))
    laid = {id(draft): sheets for draft in drafts if (sheets := _laid(draft))}
    if id(fullest) not in laid:
        return lay_out(fullest.load()), ""  # and whatever is wrong with it
    alike = [
        draft
        for draft in drafts
        if id(draft) in laid
        and known_headings(draft.top) == known_headings(fullest.top)
        and _fields(laid[id(draft)]) == _fields(laid[id(fullest)])
    ]
    sheets = laid[id(fullest)]
    if len(alike) == 1:
        return sheets, "fullest"
    years = [_YEAR.findall(draft.title or "") for draft in alike]
    if all(len(year) == 1 for year in years) and len({year[0] for year in years}) == len(alike):
        newest = max(zip(years, alike, strict=True), key=lambda pair: pair[0])[1]
        return laid[id(newest)], "newest"
    names = {id(draft): _names(laid[id(draft)]) for draft in alike}
    times = [_time(draft.title or "") for draft in alike]
    if None not in times and len(set(times)) == len(alike) and _overlap(list(names.values())):
        newest = alike[times.index(max(time for time in times if time is not None))]
        return laid[id(newest)], "newest"
    apart = all(is_place(_township(draft.title)) for draft in alike)
    whole = _whole(alike, names, apart=apart)
    if whole is not None:
        others = [_figures(laid[id(draft)]) for draft in alike if draft is not whole]
        own = _figures(laid[id(whole)])
        differ = any(
            own.get(key, value) != value for other in others for key, value in other.items()
        )
        return laid[id(whole)], "differing" if differ else "whole"
    if not apart and _overlap(list(names.values())):
        return sheets, "fullest"
    joined = [
        replace(sheet, label=draft.title or "", township=sheet.township or _township(draft.title))
        for draft in alike
        for sheet in laid[id(draft)]
    ]
    check_count([row for sheet in joined for row in sheet.rows], file, pages.MOST_ROWS)
    return joined, "joined"


def _whole(
    alike: Sequence[Draft], names: Mapping[int, set[tuple[str, ...]]], *, apart: bool
) -> Draft | None:
    """The sheet that holds the villages of all others too. Where each has a township's name
    (`apart`), villages of two townships may have the same name by chance: there it must hold about
    as many as the others together."""
    whole = max(alike, key=lambda draft: len(names[id(draft)]))
    parts = [names[id(draft)] for draft in alike if draft is not whole]
    of_parts = set().union(*parts)
    common = len(of_parts & names[id(whole)])
    if not of_parts or common <= (1 - _APART) * len(of_parts):
        return None
    several = len(parts) > 1 and len(names[id(whole)]) >= (1 - _APART) * sum(map(len, parts))
    return whole if several or not apart else None


def _laid(draft: Draft) -> list[Sheet]:
    """The tables of a sheet; none where it cannot be read and another may be the one
    that is meant."""
    try:
        return lay_out(draft.load())
    except TableError:
        return []


def _fields(sheets: Sequence[Sheet]) -> frozenset[str]:
    return frozenset(h.field.name for sheet in sheets for h in sheet.headings if h.field)


def _names(sheets: Sequence[Sheet]) -> set[tuple[str, ...]]:
    """Names of the rows, with their township where a column holds it."""
    return set(_figures(sheets))


def _figures(sheets: Sequence[Sheet]) -> dict[tuple[str, ...], dict[str, str]]:
    """What each row says of its fields, by its name as in `_names`."""
    figures = {}
    for sheet in sheets:
        places = {h.field.name: place for place, h in enumerate(sheet.headings) if h.field}
        keys = [places[name] for name in ("county", "township", "name") if name in places]
        for _, cells in sheet.rows:
            key = tuple(stem(text_of(cells[k])) if k < len(cells) else "" for k in keys)
            if key[-1] and not is_sum(key[-1]):
                figures[key] = {
                    field: text_of(cells[k]) for field, k in places.items() if k < len(cells)
                }
    return figures


def _overlap(names: Sequence[set[tuple[str, ...]]]) -> bool:
    """Whether sheets tell of the same villages rather than each of its own."""
    return len(set().union(*names)) < (1 - _APART) * sum(map(len, names))


def _time(title: str) -> tuple[int, int] | None:
    """The year and month that the title of a sheet names, with two digits or a quarter too; a year
    alone ends in December. None where it names neither."""
    year = re.search(r"(?<![0-9])((?:19|20)?[0-9]{2})(?=年)|(?:19|20)[0-9]{2}|FY([0-9]{2})", title)
    month = re.search(r"([0-9]{1,2}|十[一二]?|[一二三四五六七八九])月", title)
    quarter = re.search(r"第?([一二三四1-4])季度?|Q([1-4])", title, re.IGNORECASE)
    if not (year or month or quarter):
        return None
    digits = int((year[1] or year[2] or year[0])[-2:]) if year else 0
    century = year[0][:2] if year and re.match("(?:19|20)[0-9]{2}", year[0]) else "20"
    if quarter:
        last = 3 * _counted(quarter[1] or quarter[2])
    elif month:
        last = _counted(month[1])
    else:
        last = 12
    return 100 * int(century) + digits if year else 0, last


def _counted(text: str) -> int:
    """A number up to twelve, in digits or in Chinese."""
    words = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
    return int(text) if text.isdecimal() else 1 + words.index(text)


def _township(title: str | None) -> str:
    """The township that the title of a sheet names."""
    text = _YEAR.sub("", title or "").strip(" 年-_（）()")
    return "" if not text or _UNNAMED.fullmatch(text) else text


_WHY = {
    "named": worded("problems.table_sheet.you_say"),
    "fullest": worded("problems.table_sheet.most_known_columns"),
    "newest": worded("problems.table_sheet.sheet_each_time"),
    "differing": worded("problems.table_sheet.holds_villages_others"),
    "whole": worded("problems.table_sheet.holds_villages_others_too"),
}


def _told(
    sheets: Sequence[Sheet], drafts: Sequence[Draft], why: str, choosing: Choosing
) -> list[Doubt]:
    """Which sheets were taken, and why."""
    taken = list(dict.fromkeys(sheet.title for sheet in sheets))
    left = [draft.title for draft in drafts if draft.title not in taken]
    others = listed(left, 5)
    if why == "joined":
        names = listed(taken, 8)
        rest = worded("problems.table_sheet.left_out", others=others) if left else ""
        generic = any(not is_place(_township(title)) for title in taken)
        return [
            doubt(
                "problems.table_sheet.sheets_same_columns",
                "ask" if generic or left else "note",
                count=len(taken),
                shown=names,
                rest=rest,
                choice=choosing.sheet(),
            )
        ]
    if not left:
        return []
    return [
        doubt(
            "problems.table_sheet.only_sheet_read",
            "note" if why in ("named", "whole") else "ask",
            taken=taken[0],
            why=_WHY[why],
            others=others,
            choice=choosing.sheet(),
        )
    ]

"""Which rows of a sheet are villages: sums, townships, sections, footnotes and repeated headings are not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from village_alliances.sim.table.cells import is_blank, said

Record = tuple[int, list[Any]]
Reason = Literal["sum", "place", "section", "footnote", "heading"]

_SUM = re.compile(
    r".{0,16}(?:小计|合计|总计|共计|累计|总和|汇总|平均|平均值|均值|平均数)(?:\(.*\)|（.*）)?[:：]?"
    r"|(?:小计|合计|总计|共计)(?:\(.*\)|（.*）)"
    r"|全(?:县|市|区|镇|乡|省|街道)(?:合计|平均)?[:：]?"
    r"|(?:grand )?(?:total|totals|sum|subtotal|average|mean)(?: of .{1,16})?:?",
    re.IGNORECASE,
)
_PLACE = re.compile(r".{1,12}(?:镇|乡|街道|街道办事处|县|区|市|苏木)(?:[(（].*[)）])?[:：]?")
_NO_PLACE = re.compile(r".*(?:社区|小区|园区|新区|片区|开发区)$")
_NUMBERED = re.compile(r"^[(（]?[一二三四五六七八九十]+[)）、.．]\s*")
_NOTE = re.compile(
    r"数据|截至|截止|提供|填表|填报|审核|制表|说明|备注|^注|负责人|联系|日期|[0-9]{4}年|来源|统计|以上|本表|note|source"
)
_SIGNED = re.compile(r"(?:填表|审核|制表|填报|负责|联系|报送|主管|分管)人?")
_LONG = 12  # characters; few names of villages have more


@dataclass
class Sorted:
    """Rows by number: those that are certainly no villages and why, those that may be none, and townships from sections."""

    left_out: dict[int, Reason] = field(default_factory=dict)
    doubtful: dict[int, Reason] = field(default_factory=dict)
    township: dict[int, str] = field(default_factory=dict)


def sort_rows(
    records: Sequence[Record],
    name: int,
    figures: Sequence[int],
    places: Sequence[int],
    headings: Sequence[str],
) -> Sorted:
    """Tell villages from what else stands in a table.

    `name`, `figures`, `places`: positions of the name, of columns of numbers, and of townships, counties and cities.
    """
    found = Sorted()
    rows = [(number, cells, _at(cells, name), _filled(cells)) for number, cells in records]
    wide = sum(filled > 1 for *_, filled in rows) > 1
    last = max((at for at, row in enumerate(rows) if row[3] > 1), default=-1)
    stated = {_at(c, at) for _, c, called, _ in rows for at in places if _at(c, at) != called}
    stated -= {""}
    section = ""
    for at, (number, cells, called, filled) in enumerate(rows):
        only = next(said(c) for c in cells if c != "") if filled == 1 else ""
        first = next((said(cell) for cell in cells if cell != ""), "")
        if any(_SUM.fullmatch("".join(text.split())) for text in (first, called) if text):
            found.left_out[number] = "sum"
        elif sum(said(c) == h != "" for c, h in zip(cells, headings, strict=False)) > 1:
            found.left_out[number] = "heading"
        elif wide and only and (title := _section(only)):
            found.left_out[number] = "section"
            section = title if _is_place(title) else section
        elif (wide and filled <= 1 and at > last and (len(only) > _LONG or _NOTE.search(only))) or (
            at > last - 2 and _SIGNED.match(first) and len(first) <= _LONG and "村" not in first
        ):
            found.left_out[number] = "footnote"
        elif wide and only and len(only) > _LONG and _NOTE.search(only):
            found.doubtful[number] = "footnote"
        elif _is_place(called):
            if called in stated or _is_sum(rows, at, figures, _until_place(rows, at)):
                found.left_out[number] = "place"
                section = called
            elif called not in [_at(cells, place) for place in places]:
                found.doubtful[number] = "place"
        if section and number not in found.left_out:
            found.township[number] = section
    _find_sums(rows, figures, found)
    return found


def _find_sums(
    rows: list[tuple[int, list[Any], str, int]], figures: Sequence[int], found: Sorted
) -> None:
    """A first or last row that is the sum of all others, whatever it is called."""
    left = [row for row in rows if row[0] not in found.left_out]
    if len(left) < 4:
        return
    for at, others in ((0, left[1:]), (len(left) - 1, left[:-1])):
        alike = _matching(left[at][1], [row[1] for row in others], figures)
        if alike > 1:
            found.left_out[left[at][0]] = "sum"
        elif alike == 1:
            found.doubtful[left[at][0]] = "sum"


def _section(text: str) -> str:
    """The title of a section, as 甲镇 in `一、甲镇`; '' where it is none."""
    bare = _NUMBERED.sub("", text).rstrip(":：")
    if _is_place(bare):
        return re.sub(r"[(（].*[)）]$", "", bare)
    return bare if bare != text.rstrip(":：") else ""


def _is_place(text: str) -> bool:
    return bool(_PLACE.fullmatch(text)) and not _NO_PLACE.match(text)


def _until_place(rows: list[tuple[int, list[Any], str, int]], at: int) -> list[list[Any]]:
    found = []
    for _, cells, called, _ in rows[at + 1 :]:
        if _is_place(called) or _SUM.fullmatch(called):
            break
        found.append(cells)
    return found


def _is_sum(
    rows: list[tuple[int, list[Any], str, int]],
    at: int,
    figures: Sequence[int],
    others: list[list[Any]],
) -> bool:
    return len(others) > 1 and _matching(rows[at][1], others, figures) > 0


def _matching(cells: list[Any], others: list[list[Any]], figures: Sequence[int]) -> int:
    """In how many columns the figure is the sum of the others; 0 where it is not in one of them."""
    count = 0
    for column in figures:
        own, parts = _number(_at(cells, column)), [_number(_at(c, column)) for c in others]
        known = [part for part in parts if part is not None]
        if own is None or len(known) < 2 or own == 0:
            continue
        if abs(own - sum(known)) > 1e-6 * abs(own):
            return 0
        count += 1
    return count


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def _at(cells: list[Any], at: int) -> str:
    return said(cells[at]) if at < len(cells) else ""


def _filled(cells: list[Any]) -> int:
    return sum(not is_blank(cell) for cell in cells)

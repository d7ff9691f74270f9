"""What villages are called: names without the marks and remarks that offices write with them, and
what these say."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from village_alliances.sim.problems import listed, quoted
from village_alliances.sim.table.cells import text_of
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.names import (
    WrittenName,
    in_brackets,
    kind_of,
    perhaps_several,
    read_name,
    several,
)
from village_alliances.sim.table.places import is_place, same, stem
from village_alliances.sim.table.villages import VillageBeingRead
from village_alliances.sim.worded import worded

_LEADS = re.compile(r"牵头|核心村|lead", re.IGNORECASE)
_LOST = re.compile(r"\ufffd|锟斤拷|[?？]{2,}")
_COUNTED = re.compile(r"([0-9]{1,4})\s*([^\W\d_].*)")
_SHORT = 2  # characters in brackets that tell two villages of one name apart: 石桥村（东）


def settle(villages: Sequence[VillageBeingRead], findings: Findings) -> None:
    """Names without numbers, marks and known remarks; leads and townships that these name."""
    _strip_count(villages)
    named: list[tuple[VillageBeingRead, WrittenName]] = []
    for village in villages:
        if village["name"] is None:
            continue
        _refuse_several(village, findings)
        name = read_name(village["name"])
        if place := _township(name.name, village):
            village["township"] = village["township"] or place
            name = WrittenName(
                in_brackets(name.name)[0], name.marks, (*name.remarks, (place, "other"))
            )
        named.append((village, name))
    named = _still_apart(named)
    _lead(named, findings)
    _tell(named, findings)
    for village, name in named:
        village["name"] = name.name
    _ask_of_the_rest([village for village, _ in named], findings)


def _strip_count(villages: Sequence[VillageBeingRead]) -> None:
    """Numbers that count the rows on, right before each name: 001石门村, 002外岙村."""
    counted = [_COUNTED.match(village["name"] or "") for village in villages]
    numbers = [int(match[1]) for match in counted if match]
    if len(numbers) < len(villages) or len(numbers) < 2:
        return
    apart = len({match[2] for match in counted if match}) == len(villages)  # 1号村, 2号村 are not
    if apart and all(b == a + 1 for a, b in pairwise(numbers)):
        for village, match in zip(villages, counted, strict=True):
            assert match is not None
            village["name"] = match[2]


def _township(name: str, village: VillageBeingRead) -> str:
    """The township in brackets behind a name, where none is told or the same; else ''."""
    place = in_brackets(name)[1]
    stated = village["township"]
    return place if is_place(place) and (stated is None or same(stated) == same(place)) else ""


def _still_apart(
    named: list[tuple[VillageBeingRead, WrittenName]],
) -> list[tuple[VillageBeingRead, WrittenName]]:
    """Names as written where two would be one without what was taken off, and were two before."""
    short = Counter(_key(village, name.name) for village, name in named)
    return [
        (village, WrittenName(village["name"], "", ()))
        if short[_key(village, name.name)] > 1 and any(k == "other" for _, k in name.remarks)
        else (village, name)
        for village, name in named
    ]


def _key(village: VillageBeingRead, name: str) -> tuple[str, ...]:
    return (stem(name), *(same(village[p] or "") for p in ("township", "county", "city")))


def _refuse_several(village: VillageBeingRead, findings: Findings) -> None:
    if several(village["name"]):
        village.refuse(
            findings,
            "name",
            worded("problems.table_naming.several_villages_cell", name=quoted(village["name"])),
            worded("problems.table_naming.row_each_village"),
        )
    elif _LOST.search(village["name"]):
        village.refuse(
            findings,
            "name",
            worded("problems.table_naming.characters_were_lost", name=quoted(village["name"])),
            worded("problems.table_naming.file_saved_again"),
        )


# -------- What marks and remarks say


def _lead(named: Sequence[tuple[VillageBeingRead, WrittenName]], findings: Findings) -> None:
    """Villages marked as leads of their alliance lead it."""
    against = []
    for village, name in named:
        if not _is_lead(village, name) or village["alliance"] is None:
            continue
        if village["lead"] is None:
            village["lead"] = "yes"
        elif village["lead"] == "no":
            against.append(village.where)
    if against:
        listing = listed(against, 10)
        findings.ask("problems.table_naming.marked_lead_name", listing=listing)


def _is_lead(village: VillageBeingRead, name: WrittenName) -> bool:
    if any(kind == "lead" for _, kind in name.remarks):
        return True
    return any(_LEADS.search(_meaning(village, mark)) for mark in set(name.marks))


def _meaning(village: VillageBeingRead, mark: str) -> str:
    """What a title or footnote of the table says of a mark: 注：带*的为牵头村; else ''."""
    sheet = village.part.sheet
    texts = [*sheet.titles, *(text_of(cells[0]) for _, cells in sheet.rows[-10:] if cells)]
    matches = (re.search(rf"{re.escape(mark)}[^,，;；。]*", text[1:]) for text in texts)
    return next((match[0] for match in matches if match and len(match[0]) > 2), "")


def _tell(named: Sequence[tuple[VillageBeingRead, WrittenName]], findings: Findings) -> None:
    """Which names are read without what, by kind."""
    rows_by_kind: dict[str, list[str]] = defaultdict(list)
    for village, name in named:
        kinds = {kind for _, kind in name.remarks}
        if _is_lead(village, name):
            rows_by_kind["lead"].append(_row(village))
        elif name.marks and not any(_meaning(village, mark) for mark in name.marks):
            rows_by_kind["mark"].append(_row(village))
        elif name.marks:
            rows_by_kind["other"].append(_row(village))
        for kind in kinds - {"lead"}:
            rows_by_kind[kind].append(_row(village))
    for key, rows in rows_by_kind.items():
        tell = findings.ask if key in ("gone", "mark") else findings.note
        tell(_REMARKS[key], rows=listed(rows, 5))


def _row(village: VillageBeingRead) -> str:
    return f"{village.where} {quoted(village['name']).zh}"


_REMARKS = {
    "lead": "problems.table_naming.names_marked_lead",
    "weak": "problems.table_naming.names_marked_weak",
    "gone": "problems.table_naming.villages_seem_more",
    "other": "problems.table_naming.remarks_names_left",
    "mark": "problems.table_naming.names_signs_title",
}


def _ask_of_the_rest(villages: Sequence[VillageBeingRead], findings: Findings) -> None:
    """Names with a remark that is not understood, or that may be two."""
    rest = [
        _row(village)
        for village in villages
        if (remark := in_brackets(village["name"])[1])
        and len(remark) > _SHORT
        and kind_of(remark) is None
    ]
    if rest:
        listing = listed(rest, 5)
        findings.ask("problems.table_naming.names_remark_brackets", listing=listing)
    two = [_row(v) for v in villages if perhaps_several(v["name"])]
    if two:
        listing = listed(two, 5)
        findings.ask("problems.table_naming.several_villages_cell_read", listing=listing)

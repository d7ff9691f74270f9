"""Whether villages agree with each other and with themselves: names, places, incomes, alliances."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from village_alliances.sim.fields import FIELD
from village_alliances.sim.problems import Text, listed, quoted
from village_alliances.sim.table.cells import Cell, bounds, figure
from village_alliances.sim.table.columns import COUNTED, Part
from village_alliances.sim.table.findings import Findings
from village_alliances.sim.table.headings import read_heading
from village_alliances.sim.table.places import PLACES, same, stem
from village_alliances.sim.table.villages import VillageBeingRead
from village_alliances.sim.worded import worded

VillagesRead = Sequence[VillageBeingRead]

_SHARED_BY_ALLIANCE = ("founded", "strategy")
_OF_ALLIANCES = re.compile(r"党建|区域|联建|共同富裕|共富|党委|联合体|联盟|片区?$|组团")
_OF_PLACES = re.compile(
    r"(?:镇|乡|街道|街道办事处|县|区|市)?(?:人民政府|党委|(?<=街道)办事处)?$|(?:township|town|county|district)$"
)


def check_villages(villages: VillagesRead, parts: Sequence[Part], findings: Findings) -> None:
    """Everything that can be wrong between cells; settles names, leads and incomes on the way."""
    _check_names(villages, findings)
    _spell_places(villages, findings)
    _settle_incomes(villages, findings)
    for part in parts:
        _check_coordinates([v for v in villages if v.part is part], part, findings)
    _check_households(villages, findings)
    _check_doubles(villages, findings)
    _check_alliances(villages, findings)


# -------- Names


def _check_names(villages: VillagesRead, findings: Findings) -> None:
    """Numbers and headings are no names of villages."""
    named = [village for village in villages if village["name"] is not None]
    digits = [village for village in named if not re.search(r"[^\W\d_]", village["name"])]
    counted = [v for v in digits if COUNTED.search(v.part.columns["name"].text)]
    if counted or len(digits) > len(named) / 2:
        column = digits[0].part.columns["name"]
        findings.refuse(
            digits[0].part.sheet,
            None,
            column.text,
            worded("problems.table_agreement.numbers_such", name=quoted(digits[0]["name"])),
            worded("problems.table_agreement.names_villages_row"),
        )
    elif digits:
        names = listed([village.where for village in digits], 10)
        findings.ask("problems.table_agreement.numbers_names_rows", names=names)
    words = [v for v in named if (h := read_heading(v["name"])).field and h.field.name != "name"]
    if len(words) > len(named) / 2:
        names = listed([quoted(village["name"]) for village in words], 4)
        findings.refuse(
            words[0].part.sheet,
            None,
            words[0].part.columns["name"].text,
            worded("problems.table_agreement.headings", shown=names),
            worded("problems.table_agreement.names_villages_row_each"),
        )


def _spell_places(villages: VillagesRead, findings: Findings) -> None:
    """A place that is written in several characters (橋頭鎮, 桥头镇) is one; with and without 镇, it
    is asked about."""
    for name in PLACES:
        written: dict[str, str] = {}
        for village in villages:
            if village[name] is not None:
                village[name] = written.setdefault(same(village[name]), village[name])
        alike: dict[str, list[str]] = defaultdict(list)
        for text in written.values():
            alike[_OF_PLACES.sub("", same(text))].append(text)
        for bare, variants in alike.items():
            if bare and len(variants) > 1:
                listing = listed([quoted(text) for text in variants], 5)
                findings.ask(
                    "problems.table_agreement.several_spelling_each",
                    name=Text(name, FIELD[name].zh),
                    listing=listing,
                )


def _check_doubles(villages: VillagesRead, findings: Findings) -> None:
    seen: dict[tuple[str, ...], VillageBeingRead] = {}
    for village in villages:
        if village["name"] is None:
            continue
        place = tuple(same(village[part] or "") for part in PLACES)
        first = seen.setdefault((stem(village["name"]), *place), village)
        if first is not village:
            village.refuse(
                findings,
                "name",
                worded(
                    "problems.table_agreement.again_row",
                    name=quoted(village["name"]),
                    where=first.where,
                ),
                worded("problems.table_agreement.each_village_once"),
            )


# -------- Figures


def _settle_incomes(villages: VillagesRead, findings: Findings) -> None:
    """Operating income is at most the total; where only the total is told, that is
    all that is known of it."""
    more: list[VillageBeingRead] = []
    for village in villages:
        total, operating = village["total_income"], village["collective_income"]
        if total is None:
            continue
        if operating is None and "collective_income" not in village.unread:
            high = min(total.high, FIELD["collective_income"].high)
            village["collective_income"] = Cell(0.0, high, "below", total.text)
        elif operating is not None and operating.low > total.high * 1.001:
            more.append(village)
    if more:
        cases = [
            f"{v.where} ({v['collective_income'].text} > {v['total_income'].text})" for v in more
        ]
        examples = listed(cases, 5)
        findings.ask("problems.table_agreement.operating_income_more", examples=examples)
    only = [
        v.part
        for v in villages
        if "total_income" in v.part.columns and "collective_income" not in v.part.columns
    ]
    if only:
        heading = quoted(only[0].columns["total_income"].text)
        findings.ask("problems.table_agreement.total_income_subsidies", heading=heading)


def _check_households(villages: VillagesRead, findings: Findings) -> None:
    for village in villages:
        people, homes = village["population"], village["households"]
        if people is not None and homes is not None and homes.low > people.high:
            village.refuse(
                findings,
                "households",
                worded(
                    "problems.table_agreement.households_persons",
                    figure=figure(homes.low),
                    figure_2=figure(people.high),
                ),
                worded("problems.table_agreement.more_households_persons"),
            )


def _check_coordinates(villages: VillagesRead, part: Part, findings: Findings) -> None:
    have = [name for name in ("lon", "lat") if name in part.columns]
    if len(have) == 1:
        missing = FIELD["lat" if have == ["lon"] else "lon"]
        asked = any(
            h.field is not None and h.field.name == missing.name for h in part.sheet.headings
        )
        if not asked:
            beside = Text(f"{missing.zh} or {missing.name}", missing.zh)
            findings.refuse(
                part.sheet,
                None,
                part.columns[have[0]].text,
                worded(
                    "problems.table_agreement.without",
                    have=Text(have[0], FIELD[have[0]].zh),
                    name=Text(missing.name, missing.zh),
                ),
                worded("problems.table_agreement.other_axis", word=beside),
            )
    if len(have) < 2:
        return
    swapped = [village.number for village in villages if village.swapped]
    everywhere = len(swapped) == len(villages) and len(villages) > 1
    heads = f"{part.columns['lon'].text}, {part.columns['lat'].text}"
    for number in [None] if everywhere else swapped:
        findings.refuse(
            part.sheet,
            number,
            heads,
            worded("problems.table_agreement.longitude_latitude_wrong"),
            worded(
                "problems.table_agreement.longitude_latitude",
                bounds=bounds(FIELD["lon"]),
                bounds_2=bounds(FIELD["lat"]),
            ),
        )
    for village in villages:
        for name, other in (("lon", "lat"), ("lat", "lon")):
            if village[name] is None and village[other] is not None and name not in village.unread:
                village.refuse(
                    findings,
                    name,
                    worded(
                        "problems.table_agreement.blank",
                        other=Text(other, FIELD[other].zh),
                        text=village[other].text,
                    ),
                    worded("problems.table_agreement.both_neither"),
                )


# -------- Alliances


def _check_alliances(villages: VillagesRead, findings: Findings) -> None:
    alliances: dict[str, list[VillageBeingRead]] = defaultdict(list)
    for village in villages:
        if village["alliance"] is not None:
            alliances[same(village["alliance"])].append(village)
    _check_without_alliance(villages, findings)
    _ask_of_variants([members[0]["alliance"] for members in alliances.values()], findings)
    torn = any(p.row is not None and p.column is None for p in findings.problems)
    complete = not torn and all("alliance" not in village.unread for village in villages)
    for members in alliances.values():
        for village in members:
            village["alliance"] = members[0]["alliance"]
        if len(members) == 1 and complete:
            members[0].refuse(
                findings,
                "alliance",
                worded(
                    "problems.table_agreement.village_only", alliance=quoted(members[0]["alliance"])
                ),
                worded("problems.table_agreement.least_two_villages"),
            )
        _settle_lead(members, findings)
        for shared in _SHARED_BY_ALLIANCE:
            _check_shared(shared, members, findings)


def _ask_of_variants(names: Sequence[str], findings: Findings) -> None:
    """Names that differ only by words that any alliance may have."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[_OF_ALLIANCES.sub("", same(name))].append(name)
    for bare, variants in alike.items():
        if bare and len(variants) > 1:
            listing = listed([quoted(name) for name in variants], 5)
            findings.ask("problems.table_agreement.alliance_several_name", listing=listing)


def _check_without_alliance(villages: VillagesRead, findings: Findings) -> None:
    alone = [v for v in villages if v["alliance"] is None and "alliance" not in v.unread]
    for village in alone:
        if village["lead"] not in (None, "no"):
            village.refuse(
                findings,
                "lead",
                worded("problems.table_agreement.lead_village_without"),
                worded("problems.table_agreement.alliance_s_name"),
            )
    for shared in _SHARED_BY_ALLIANCE:
        places = [village.where for village in alone if village[shared] is not None]
        if places:
            names = listed(places, 10)
            findings.note(
                "problems.table_agreement.without_alliance_left",
                shared=Text(shared, FIELD[shared].zh),
                names=names,
            )


def _settle_lead(members: VillagesRead, findings: Findings) -> None:
    """Turns the names of lead villages into yes and no, and finds second leads."""
    by_name = {stem(village["name"]): village for village in members if village["name"] is not None}
    named = [(v, v["lead"]) for v in members if v["lead"] not in (None, "yes", "no")]
    for village, _ in named:
        village["lead"] = None
    shared = Counter(stem(village["name"]) for village in members if village["name"] is not None)
    for village, lead_village in named:
        if shared[stem(lead_village)] > 1:
            village.refuse(
                findings,
                "lead",
                worded("problems.table_agreement.name_two_members", told=quoted(lead_village)),
                worded("problems.table_agreement.yes_row_lead"),
            )
        elif lead := by_name.get(stem(lead_village)):
            lead["lead"] = "yes"
        else:
            expected = worded("problems.table_agreement.yes_name_village")
            village.refuse(findings, "lead", quoted(lead_village), expected)
    leads = [village for village in members if village["lead"] == "yes"]
    for village in leads[1:]:
        first, second = quoted(leads[0]["name"] or ""), quoted(village["name"] or "")
        alliance = quoted(village["alliance"])
        village.refuse(
            findings,
            "lead",
            worded(
                "problems.table_agreement.second_lead_beside",
                second=second,
                alliance=alliance,
                first=first,
            ),
            worded("problems.table_agreement.lead_alliance"),
        )


def _check_shared(name: str, members: VillagesRead, findings: Findings) -> None:
    """What is said of an alliance in one row holds in all of its rows."""
    stating = [village for village in members if village[name] is not None]
    for village in stating[1:]:
        if village[name] != stating[0][name]:
            value, first = quoted(village[name]), quoted(stating[0][name])
            village.refuse(
                findings,
                name,
                worded(
                    "problems.table_agreement.row_same_alliance",
                    here=value,
                    where=stating[0].where,
                    there=first,
                ),
                worded("problems.table_agreement.same_whole_alliance"),
            )
    for village in members if stating else []:
        village[name] = stating[0][name]

"""docs/outside.md: what became of each public figure from outside the documents. `python
docs/outside.py` writes it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from village_alliances.calibration import evidence, validate
from village_alliances.sim import region, technology
from village_alliances.sim.parameters import levers, parameters
from village_alliances.wording import say

PAGE = Path(__file__).parent / "outside.md"
GRADES = {
    "same_quantity": "same quantity", "transferable": "transferable", "analogy": "analogy",
}  # fmt: skip
HEAD = """# Public figures from outside the documents

Written by `python docs/outside.py` from `calibration/evidence/outside.csv`: every figure with its
design, its grade (the same quantity as the model has, transferable, or an analogy, which informs a
range and proves nothing), and what became of it: the numbers whose range or curve rests on it, the
scored figure that it makes, or why it is not used. {count}

| id | place, year | what it says | value | design | grade | what became of it |
|---|---|---|---|---|---|---|
"""


def naming() -> dict[str, list[str]]:
    """Names of the model's numbers and curves by the id of the evidence that they name."""
    by_id: dict[str, list[str]] = defaultdict(list)
    for name, quantity in {**parameters(), **levers()}.items():
        for id in quantity.evidence:
            by_id[id].append(f"`{name}`")
    for kind in technology.shipped():
        for name, number in kind.numbers.items():
            for id in number.evidence:
                by_id[id].append(f"`{kind.name}.{name}`")
    for name in region.names():
        for part, ids in parts_of(region.load(name)):
            for id in ids:
                by_id[id].append(f"{part} of `{name}`")
    return by_id


def parts_of(place: region.Region) -> list[tuple[str, tuple[str, ...]]]:
    """What a region states, with the evidence of each."""
    named = [(f"`{name}`", quantity.evidence) for name, quantity in place.distributions.items()]
    named += [(f"`{name}`", quantity.evidence) for name, quantity in place.endowments.items()]
    named += [
        (f"places' share of `{name}`", quantity.evidence)
        for name, quantity in place.between.items()
    ]
    single = ("ordinary_money", "market", "operating_share", "composition")
    named += [
        (f"`{name}`", quantity.evidence) for name in single if (quantity := getattr(place, name))
    ]
    return named


def scored() -> dict[str, list[str]]:
    """Titles of scored figures by the ids of the evidence that they are made of."""
    by_id: dict[str, list[str]] = defaultdict(list)
    for row in validate.HELD_OUT:
        for id in row.figures:
            by_id[id].append(say(f"dashboard.predicted.{row.name}", "en"))
    return by_id


def shortened(names: list[str]) -> str:
    """The first of many names, those of several regions as one."""
    once = list(dict.fromkeys(name.partition(" of `")[0] for name in names))
    return ", ".join(once[:4]) + (f" and {len(once) - 4} more" if len(once) > 4 else "")


def fate(id: str, named: dict[str, list[str]], scores: dict[str, list[str]]) -> str:
    """What became of a figure. Raises KeyError where nothing did and no reason is given."""
    parts = [f"range of {shortened(named[id])}"] if id in named else []
    parts += [f"scored: {score}" for score in scores.get(id, [])]
    return "; ".join(parts) or f"not used: {evidence.unused()[id]['en']}"


def page() -> str:
    """The whole page."""
    named, scores = naming(), scored()
    rows = evidence.outside()
    lines = []
    for row in rows:
        value = f"{row.value:,.10g} {row.unit}"
        lines.append(
            f"| {row.id} | {row.place_en}, {row.year} | {row.note_en} | {value} "
            f"| {evidence.designs()[row.design].en} | {GRADES[row.grade]} "
            f"| {fate(row.id, named, scores)} |"
        )
    public = [row.id for row in rows if row.id.startswith("X")]
    ranges = sum(id in named for id in public)
    counted = sum(id in scores for id in public)
    control = sum(evidence.designs()[row.design].control for row in rows if row.id in public)
    count = (
        f"Of {len(public)} public figures ({control} with a control group) {ranges} stand behind\n"
        f"numbers, {counted} are scored and {sum(id in evidence.unused() for id in public)} are not "
        f"used; {len(rows) - len(public)} more are statistics of operated villages of Zhejiang."
    )
    return HEAD.format(count=count) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")

"""Villages by name: one label for each, and which villages a word may mean."""

from __future__ import annotations

from collections import Counter

from village_alliances.sim.scenario import Scenario


def labels(setting: Scenario) -> list[str]:
    """A name for every village by which it can be told from the others: with its township, and if
    need be county and city, where two have the same name."""
    lines = [str(name) for name in setting.names]
    where = [""] * len(lines)
    for level in ("township", "county", "city"):
        often = Counter(lines)
        for i, label in enumerate(lines):
            if often[label] > 1 and (place := str(setting.places[level][i])):
                where[i] = place + where[i]
                lines[i] = f"{setting.names[i]}（{where[i]}）"
    return lines


def places_by_name(setting: Scenario) -> dict[str, list[int]]:
    """Positions of the villages that a word may mean: a name, a name with its places as `labels`
    writes it, `township/name`, or `county/township/name`."""
    positions: dict[str, list[int]] = {}
    for i, (name, township, county, label) in enumerate(
        zip(
            setting.names,
            setting.places["township"],
            setting.places["county"],
            labels(setting),
            strict=True,
        )
    ):
        words = {str(name), f"{township}/{name}", f"{county}/{township}/{name}", label}
        for word in words:
            positions.setdefault(word, []).append(i)
    return positions

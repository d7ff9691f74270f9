"""The events of one run as they were logged, with the names of villages and alliances."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from village_alliances.sim.happenings import HAPPENINGS
from village_alliances.sim.labels import labels
from village_alliances.sim.luck import GOLDEN, mix
from village_alliances.sim.pair import Pair
from village_alliances.sim.scenario import quarter_name
from village_alliances.sim.society import EVENTS, FOUNDED
from village_alliances.sim.worded import in_both

MORE = {"begun": "enlarged", "ripened": "grown"}  # of a project that was there already


class Event(NamedTuple):
    """Something that happened. `amount` counts `unit`; None where nothing is counted. `alliance` is
    its number, None for none; `type` the project's, "" for none."""

    tick: int
    quarter: str
    event: str
    village: str
    alliance: int | None
    alliance_name: str | None
    alliance_name_zh: str | None
    type: str
    amount: float | None
    unit: str


class EventLog:
    """Reads the events of a society of one run, quarter by quarter, and knows the
    alliances' names and numbers."""

    def __init__(self, pair: Pair) -> None:
        setting, society = pair.setting, pair.society
        self.start = setting.start
        self.labels = labels(setting)
        self.ids = setting.ids
        self.types = [kind.name for kind in pair.types]
        self.titles = {
            alliance_key(setting.ids[m], g.founded): g.name
            for g in setting.given
            for m in g.members
            if g.name
        }
        self.slots: list[int] = society.alliances.number.tolist()
        self.founded = int(society.runs.founded_sum[0])
        self.names: dict[int, dict[str, str]] = {}
        self.read_to = 0
        self.lost = 0

    def title_of(self, key: int, number: int) -> dict[str, str]:
        """Name of an alliance in both languages, by the key of its luck: the scenario's,
        else made from its number."""
        title = self.titles.get(key, {})
        either = title.get("en") or title.get("zh")
        if either is None:
            return in_both("compare.alliance.numbered", number=number)
        return {"en": either, "zh": title.get("zh") or either}

    def new_quarter(self) -> None:
        """Forget how far the last quarter's events were read."""
        self.read_to = 0

    def read(self, pair: Pair) -> list[Event]:
        """The events written since the last reading."""
        society = pair.society
        more = pair.ledgers[0].more if pair.ledgers else set()
        last = int(society.log_size[0])
        events = [
            self._event(*entry, more=i in more)
            for i, entry in enumerate(society.log[self.read_to : last].tolist(), self.read_to)
        ]
        self.read_to = last
        if society.log_size[1] > 0:
            self.lost += int(society.log_size[1])
            warnings.warn(
                f"{int(society.log_size[1])} events of a quarter found no room in the log",
                stacklevel=2,
            )
        return events

    def _event(
        self, tick: int, event: int, _run: int, village: int, slot: int, type: int, amount: float,
        *, more: bool,
    ) -> Event:  # fmt: skip
        if event == FOUNDED:
            self.founded += 1
            self.slots[slot] = self.founded
            key = alliance_key(self.ids[village], tick)
            self.names[self.founded] = self.title_of(key, self.founded)
        number = self.slots[slot] if slot >= 0 else None
        called = {"en": None, "zh": None} if number is None else self.names[number]
        name = MORE[EVENTS[event]] if more else EVENTS[event]
        unit = HAPPENINGS[name].unit
        return Event(
            tick,
            quarter_name(tick, self.start),
            name,
            self.labels[village],
            number,
            called["en"],
            called["zh"],
            self.types[type] if type >= 0 else "",
            amount if unit else None,
            unit,
        )


def alliance_key(village: Any, founded: int) -> int:
    """The key of an alliance's luck, as rules/founding.py makes it from its first
    lead and founding quarter."""
    return int(mix(np.uint64((int(village) + int(GOLDEN) * (founded + 1)) & 0xFFFFFFFFFFFFFFFF)))

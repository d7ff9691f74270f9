"""A society as a film: `AllianceModel` stepped to its end, every quarter kept as a frame that a browser plays by itself.

Playing then costs the server nothing, however many watch. Frames hold incomes, membership, alliances and events; a village's
story is told from the columns kept beside them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from village_alliances.interface.dashboard.institutions import strategy_of
from village_alliances.sim.history import HAPPENINGS, Event
from village_alliances.sim.model import AllianceModel
from village_alliances.sim.parameters import Mode
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import ORIGINS

MOST_VILLAGES = 3_000  # on a map that moves
ROUTINE = ("meeting", "dividend", "grant")  # events of every quarter, shown on request
STORY = (
    "base_income", "granted_income", "land_income", "brand_income", "venture_income", "collective_income", "alone_income", "capacity", "ability", "tenure",
    "villager_income", "reserves",
)  # fmt: skip
FIGURES = (
    "mean_income",
    "weak_villages_50k",
    "allied_villages",
    "public_cost",
    "villager_income",
    "gini",
)
MOST_EVENTS = 30_000


@dataclass
class Reel:
    """One run under one strategy: `columns[name]` (ticks + 1, villages); frame 0 is the start."""

    strategy: str
    title: dict[str, str]
    columns: dict[str, np.ndarray]
    alliance: np.ndarray  # (ticks + 1, villages) number of the alliance, 0 for none
    origin: np.ndarray  # (ticks + 1, villages)
    alliances: list[list[tuple[int, int, int, int]]]  # by frame: number, lead, on paper, members
    names: dict[int, dict[str, str]]
    events: list[Event]
    figures: dict[str, list[float]]

    def as_plain(self, place: dict[str, int]) -> dict[str, Any]:
        """What the browser needs of it."""
        known = [(e, place.get(e.village, -1)) for e in self.events[:MOST_EVENTS]]
        return {
            "strategy": self.strategy,
            "title": self.title,
            "income": [
                [_short(value) for value in row] for row in self.columns["collective_income"]
            ],
            "alliance": self.alliance.tolist(),
            "alliances": self.alliances,
            "names": {str(number): name for number, name in self.names.items()},
            "events": [
                [
                    e.tick,
                    e.event,
                    at,
                    e.alliance or 0,
                    None if e.amount is None else _short(e.amount),
                    e.unit,
                ]
                for e, at in known
            ],
            "figures": self.figures,
        }


def _short(value: float) -> float:
    """Three digits are enough for the size of a circle."""
    number = float(f"{value:.3g}")
    return int(number) if number.is_integer() else number


@dataclass
class Film:
    """One society or two under the same luck, with the map on which they stand."""

    scenario: Scenario
    reels: list[Reel]
    run: int
    seed: int

    @cached_property
    def labels(self) -> list[str]:
        """Every village's name, by which it can be told from the others."""
        from village_alliances.sim.history import labels

        return labels(self.scenario)

    def as_plain(self) -> dict[str, Any]:
        """All that the film widget draws."""
        s = self.scenario
        place = {name: at for at, name in enumerate(self.labels)}
        keys = [f"{c}/{t}" for c, t in zip(s.places["county"], s.places["township"], strict=True)]
        towns = sorted(set(keys))
        return {
            "id": f"{s.name}-{self.seed}-{self.run}-" + "-".join(r.strategy for r in self.reels),
            "start": s.start,
            "ticks": len(self.reels[0].alliances) - 1,
            "names": self.labels,
            "x": [round(float(value), 3) for value in s.position[:, 0]],
            "y": [round(float(value), 3) for value in s.position[:, 1]],
            "drawn_places": int((~s.located).sum()),
            "town": [towns.index(key) for key in keys],
            "towns": [town.partition("/")[2] for town in towns],
            "reels": [reel.as_plain(place) for reel in self.reels],
        }

    def story(self, side: int, village: int) -> dict[str, Any]:
        """All that happened to one village: its columns over the quarters, its secretary, its alliances, its events."""
        reel, name = self.reels[side], self.labels[village]
        numbers = reel.alliance[:, village]
        return {
            "name": name,
            "town": str(self.scenario.places["township"][village]),
            "columns": {column: reel.columns[column][:, village] for column in STORY},
            "origin": ORIGINS[int(reel.origin[-1, village])],
            "alliance": numbers,
            "alliance_names": {
                int(n): reel.names.get(int(n), {"en": f"Alliance {n}", "zh": f"联合体{n}号"})
                for n in set(numbers.tolist())
                if n
            },
            "events": [e for e in reel.events if e.village == name],
        }


def shoot(
    scenario: Scenario,
    strategy: str,
    seed: int,
    run: int,
    levers: dict[str, float],
    mode: Mode | None,
) -> Reel:
    """Step the model to its horizon and keep every quarter."""
    chosen = strategy_of(strategy)
    model = AllianceModel(scenario, chosen, luck_seed=seed, run=run, levers=levers, mode=mode)
    frames: dict[str, list[np.ndarray]] = {name: [] for name in STORY}
    alliance, origin, alliances = [], [], []
    figures: dict[str, list[float]] = {name: [] for name in FIGURES}
    names: dict[int, dict[str, str]] = {}

    def keep() -> None:
        society = model.society
        for name in STORY:
            frames[name].append(getattr(society.v, name).astype(np.float32))
        slot = society.v.alliance
        alliance.append(
            np.where(slot >= 0, society.a.number[np.maximum(slot, 0)], 0).astype(np.int32)
        )
        origin.append(society.v.origin.astype(np.int8))
        now = []
        for one in model.alliances:
            lead = one.lead.at if one.lead is not None else -1
            now.append((int(one.number), int(lead), int(one.status == "dormant"), len(one.members)))
            names.setdefault(int(one.number), dict(one.title))
        alliances.append(now)
        for name in FIGURES:
            value = model.outcome(name)
            figures[name].append(_short(value) if math.isfinite(value) else 0.0)

    keep()
    while model.running:
        model.step()
        keep()
    reel = Reel(
        strategy,
        dict(chosen.title),
        {name: np.stack(rows) for name, rows in frames.items()},
        np.stack(alliance),
        np.stack(origin),
        alliances,
        names,
        list(model.events),
        figures,
    )
    model.close()
    return reel


def happenings(lang: str) -> dict[str, str]:
    """What each kind of event is called, without the note on what its amount counts (the unit stands beside it)."""
    return {
        name: getattr(h, lang).partition("; amount")[0].partition("（")[0]
        for name, h in HAPPENINGS.items()
    }

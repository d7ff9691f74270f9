"""A society as a film: `AllianceModel` stepped to its end, every quarter kept as a frame that a
browser plays by itself.

Playing then costs the server nothing, however many watch. Frames hold incomes, membership, who is
quiet, alliances, projects and events; a village's story is told from the columns kept beside them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.interface.dashboard.institutions import strategy_of
from village_alliances.sim.events import Event
from village_alliances.sim.happenings import HAPPENINGS, in_short
from village_alliances.sim.model import AllianceModel
from village_alliances.sim.parameters import Mode
from village_alliances.sim.projects import projects_of
from village_alliances.sim.recorder import parts_of
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.society import ORIGINS, PAPER, QUIET
from village_alliances.sim.technology import ProjectType
from village_alliances.sim.worded import in_both

MOST_VILLAGES = 3_000  # on a map that moves
ROUTINE = ("grant", "own_money", "enlarged", "grown")  # of every quarter, shown on request
SOURCES = ("base", "taught", "own", "shared", "membership")  # of operating income: they sum to it
COLUMNS = ("operating_income", "villager_income", "capacity", "ability", "tenure")
FIGURES = (
    "mean_income", "gain_mean", "weak_villages_50k", "allied_villages", "quiet_members", "public_cost",
)  # fmt: skip
MOST_EVENTS = 30_000
MOST_PROJECTS = 600  # that a browser is told of, the dearest


@dataclass
class Reel:
    """One run under one strategy: `columns[name]` (ticks + 1, villages); frame 0 is the start.
    `projects`: as in a history."""

    strategy: str
    title: dict[str, str]
    columns: dict[
        str, np.ndarray
    ]  # COLUMNS, SOURCES and `alone`: operating income without alliances
    alliance: np.ndarray  # (ticks + 1, villages) number of the alliance, 0 for none
    quiet: np.ndarray  # (ticks + 1, villages) whether a member is quiet
    origin: np.ndarray  # (ticks + 1, villages)
    alliances: list[list[tuple[int, int, int, int]]]  # by frame: number, lead, on paper, members
    names: dict[int, dict[str, str]]
    types: dict[str, dict[str, str]]  # project types in words
    projects: pd.DataFrame
    events: list[Event]
    figures: dict[str, list[float]]

    def as_plain(self, place: dict[str, int]) -> dict[str, Any]:
        """What the browser needs of it."""
        placed = [(e, place.get(e.village, -1)) for e in self.events[:MOST_EVENTS]]
        return {
            "strategy": self.strategy,
            "title": self.title,
            "income": [
                [_short(value) for value in row] for row in self.columns["operating_income"]
            ],
            "alliance": self.alliance.tolist(),
            "quiet": [np.flatnonzero(row).tolist() for row in self.quiet],
            "alliances": self.alliances,
            "names": {str(number): name for number, name in self.names.items()},
            "types": self.types,
            "projects": self._projects(place),
            "events": [
                [
                    e.tick,
                    e.event,
                    place,
                    e.alliance or 0,
                    None if e.amount is None else _short(e.amount),
                    e.unit,
                    e.type,
                ]
                for e, place in placed
            ],
            "figures": self.figures,
        }

    def _projects(self, place: dict[str, int]) -> list[list[Any]]:
        """The dearest first: village (-1 for an alliance's), alliance (0 for none), type, first
        quarter, quarters in which it begins to work and ends (none: -1), yuan put in, yuan a year
        that it brings while it works."""
        dearest = self.projects.sort_values("cost", ascending=False)[:MOST_PROJECTS]
        shared = dearest["alliance"].fillna(0).astype(int).tolist()
        when = [
            dearest[name].fillna(-1).astype(int).tolist()
            for name in ("begun", "works_from", "ended")
        ]
        where = [
            -1 if k else place.get(v, -1) for v, k in zip(dearest["village"], shared, strict=True)
        ]
        money = [[_short(yuan) for yuan in dearest[name]] for name in ("cost", "yearly")]
        return [
            list(row) for row in zip(where, shared, dearest["type"], *when, *money, strict=True)
        ]


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
        from village_alliances.sim.labels import labels

        return labels(self.scenario)

    def as_plain(self) -> dict[str, Any]:
        """All that the film widget draws."""
        s = self.scenario
        place = {name: i for i, name in enumerate(self.labels)}
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
        """All that happened to one village: its columns over the quarters, its secretary,
        alliances, projects and events."""
        reel, name = self.reels[side], self.labels[village]
        numbers = reel.alliance[:, village]
        projects = reel.projects
        own = projects["alliance"].isna() & (projects["village"] == name)
        joint = projects["alliance"].isin([int(n) for n in set(numbers.tolist()) if n])
        return {
            "name": name,
            "town": str(self.scenario.places["township"][village]),
            "columns": {column: values[:, village] for column, values in reel.columns.items()},
            "origin": ORIGINS[int(reel.origin[-1, village])],
            "alliance": numbers,
            "quiet": bool(reel.quiet[-1, village]),
            "alliance_names": {
                int(n): reel.names.get(int(n)) or in_both("compare.alliance.numbered", number=n)
                for n in set(numbers.tolist())
                if n
            },
            "projects": projects[own | joint].sort_values("cost", ascending=False),
            "types": reel.types,
            "events": [e for e in reel.events if e.village == name],
        }


def shoot(
    scenario: Scenario,
    strategy: str,
    seed: int,
    run: int,
    levers: dict[str, float],
    mode: Mode | None,
    types: Sequence[ProjectType] | None = None,
) -> Reel:
    """Step the model to its horizon and keep every quarter. `types`: project types of one's own."""
    chosen = strategy_of(strategy)
    model = AllianceModel(
        scenario, chosen, luck_seed=seed, run=run, levers=levers, mode=mode,
        types=tuple(types) if types else None,
    )  # fmt: skip
    frames: dict[str, list[np.ndarray]] = {name: [] for name in (*COLUMNS, *SOURCES, "alone")}
    alliance, quiet, origin, alliances = [], [], [], []
    figures: dict[str, list[float]] = {name: [] for name in FIGURES}
    names: dict[int, dict[str, str]] = {}

    def keep() -> None:
        villages, records = model.society.villages, model.society.alliances
        now = {name: getattr(villages, name) for name in COLUMNS} | sources_of(model)
        now["alone"] = model.alone.villages.operating_income
        for name, values in now.items():
            frames[name].append(values.astype(np.float32))
        slot = villages.alliance
        alliance.append(
            np.where(slot >= 0, records.number[np.maximum(slot, 0)], 0).astype(np.int32)
        )
        quiet.append(villages.standing == QUIET)
        origin.append(villages.origin.astype(np.int8))
        seen = []
        for ally in model.alliances:
            paper = int(records.status[ally.index] == PAPER)
            seen.append(
                (
                    ally.number,
                    int(records.lead[ally.index]),
                    paper,
                    int(records.members[ally.index]),
                )
            )
            names.setdefault(ally.number, dict(ally.title))
        alliances.append(seen)
        outcomes = model.outcomes()
        for name in FIGURES:
            value = outcomes[name]
            figures[name].append(_short(value) if math.isfinite(value) else 0.0)

    keep()
    while model.running:
        model.step()
        keep()
    projects = projects_of(model.pair, model.log)
    reel = Reel(
        strategy=strategy,
        title=dict(chosen.title),
        columns={name: np.stack(rows) for name, rows in frames.items()},
        alliance=np.stack(alliance),
        quiet=np.stack(quiet),
        origin=np.stack(origin),
        alliances=alliances,
        names=names,
        types={kind.name: dict(kind.title) for kind in model.types},
        projects=projects[projects["under"] == "strategy"],
        events=list(model.events),
        figures=figures,
    )
    model.close()
    return reel


def sources_of(model: AllianceModel) -> dict[str, np.ndarray]:
    """What operating income is made of now, (villages,) yuan a year by SOURCES."""
    if model.tick == 0:  # nothing but what it already ran
        nothing = np.zeros(model.setting.size)
        start = model.society.villages.operating_income
        return {name: start if name == "base" else nothing for name in SOURCES}
    parts = parts_of(model.pair)
    return {
        name: sum(
            (values for part, values in parts.items() if part.partition("_")[0] == name),
            start=np.zeros(model.setting.size),
        )
        for name in SOURCES
    }


def happenings(lang: str) -> dict[str, str]:
    """What each kind of event is called."""
    return {name: in_short(name, lang) for name in HAPPENINGS}

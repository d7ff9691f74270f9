"""Both societies of one run after each quarter, kept and laid out as the tables of a history."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from village_alliances.sim.columns import Accounts, Columns, Villages
from village_alliances.sim.events import Event, EventLog
from village_alliances.sim.happenings import HAPPENINGS, meanings
from village_alliances.sim.history import History
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.outputs import versions
from village_alliances.sim.pair import Pair
from village_alliances.sim.projects import projects_of
from village_alliances.sim.runs import STATUS as STATUS_OF_RUN
from village_alliances.sim.scenario import quarter_name
from village_alliances.sim.society import (
    ALLIANCE,
    DISSOLVED,
    FREE,
    HEADS,
    ORIGINS,
    QUIET,
    STAGES,
    STANDING,
    STATUS,
)
from village_alliances.sim.starting import products

COMPARED = ("operating_income", "villager_income", "base_income", "project_income")  # with `none`


class Frame(NamedTuple):
    """A society after a quarter. `parts`: what the incomes of villages are made of,
    (villages,) yuan a year by name."""

    villages: Villages
    accounts: Accounts
    alliances: Any
    in_work: np.ndarray
    being_built: np.ndarray
    alone: dict[str, np.ndarray]
    parts: dict[str, np.ndarray]


def parts_of(pair: Pair) -> dict[str, np.ndarray]:
    """What operating income is made of this quarter, (villages,) yuan a year by
    name; the parts sum to it.

    base: what the village already ran, without what an alliance taught; taught; own_TYPE and
    own_interest: its own projects and cash; shared_TYPE and shared_interest: dividends by what
    brought them; membership: what it costs, below nought. alone_TYPE and alone_interest are not
    among the parts: its own projects in the run of `none`.
    """
    society = pair.society
    ledger, without = pair.ledgers
    size = ledger.rows
    dividends = ledger.dividends(society)
    parts = {"base": society.villages.base_income - ledger.learned, "taught": ledger.learned}
    for j, name in enumerate([kind.name for kind in pair.types]):
        parts[f"own_{name}"] = ledger.profit[:size, j]
        parts[f"shared_{name}"] = dividends[:, j]
        parts[f"alone_{name}"] = without.profit[:size, j]
    parts["own_interest"] = ledger.interest[:size]
    parts["shared_interest"] = dividends[:, -1]
    parts["alone_interest"] = without.interest[:size]
    parts["membership"] = -ledger.cost
    return {name: np.array(values, float) for name, values in parts.items()}


class Recorder:
    """Keeps what a pair of societies is after each quarter, and makes a history of it."""

    def __init__(self, pair: Pair, log: EventLog, inputs: Mapping[str, Any]) -> None:
        self.pair, self.log = pair, log
        self.setting, self.portfolio = pair.setting, pair.portfolio
        self.about = {**inputs, **state_of(pair.society, [kind.name for kind in pair.types])}
        self.events: list[Event] = []
        self.ticks: list[int] = []
        self._frames: list[Frame] = []
        self.keep()

    def keep(self, events: Sequence[Event] = ()) -> None:
        """Keep both societies as they are now, with the events of the quarter."""
        society, alone = self.pair.society, self.pair.alone.villages
        self._frames.append(
            Frame(
                society.villages.copy(),
                society.accounts.copy(),
                society.alliances.copy(),
                society.capital.sum(axis=1),
                society.building.sum(axis=1),
                {name: getattr(alone, name).copy() for name in COMPARED},
                parts_of(self.pair),
            )
        )
        self.ticks.append(self.pair.tick - 1)
        self.events += events

    def history(self) -> History:
        """All that was kept so far, as tables, and what the run was."""
        about = {
            **self.about,
            **outcomes_of(self.pair.society, self.ticks[-1]),
            "events_lost": self.log.lost,
            **versions(),
            "types": {kind.name: dict(kind.title) for kind in self.pair.types},
            "columns": meanings(),
        }
        tables = (
            self._village_table(),
            self._alliance_table(),
            projects_of(self.pair, self.log),
            self._event_table(),
        )
        return History(*tables, about)

    def _village_table(self) -> pd.DataFrame:
        setting, times, n = self.setting, len(self.ticks), self.setting.size
        villages = [frame.villages for frame in self._frames]
        columns = _side_by_side(villages, n)
        slot = columns["alliance"]
        numbers = np.concatenate(
            [f.alliances.number[np.maximum(f.villages.alliance, 0)] for f in self._frames]
        )
        columns["alliance"] = pd.arrays.IntegerArray(numbers.astype(np.int64), slot < 0)
        for name, texts in (
            ("stage", STAGES),
            ("origin", ORIGINS),
            ("standing", STANDING),
            ("product", products(setting)),
            ("lent_from", self.log.labels),
        ):
            columns[name] = _texts(texts, columns[name])
        places = ("township", "county", "city")
        columns |= self._account_columns(slice(0, n))
        by_name = {
            "tick": np.repeat(self.ticks, n),
            "quarter": np.repeat([quarter_name(tick, setting.start) for tick in self.ticks], n),
            "village": np.tile(np.array(self.log.labels, object), times),
            **{place: np.tile(setting.places[place], times) for place in places},
            **{name: columns[name] for name in columns if name not in ("id", "run", *places)},
        }
        for name in COMPARED:
            by_name[f"alone_{name}"] = np.concatenate([f.alone[name] for f in self._frames])
        by_name["gain"] = by_name["operating_income"] - by_name["alone_operating_income"]
        for part in self._frames[0].parts:
            by_name[f"part_{part}"] = np.concatenate([f.parts[part] for f in self._frames])
        return pd.DataFrame(by_name)

    def _account_columns(self, rows: slice) -> dict[str, np.ndarray]:
        """Columns of some accounts at every quarter, one after the other."""
        accounts = [frame.accounts for frame in self._frames]
        size = len(range(*rows.indices(accounts[0].size)))
        columns = _side_by_side(accounts, size, rows)
        columns["manager_ability"] = columns.pop("ability")
        columns["next_project"] = _texts(self.log.types, columns.pop("best"))
        for name in ("in_work", "being_built"):
            columns[name] = np.concatenate([getattr(f, name)[rows] for f in self._frames])
        return {name: values for name, values in columns.items() if name != "id"}

    def _alliance_table(self) -> pd.DataFrame:
        rows: list[dict[str, Any]] = []
        first = self.setting.size
        accounts = self._account_columns(slice(first, None))
        slots = self._frames[0].alliances.size
        living: set[int] = set()
        for i, (tick, frame) in enumerate(zip(self.ticks, self._frames, strict=True)):
            before, living = living, set()
            for slot in np.flatnonzero(frame.alliances.status != FREE):
                alliance = frame.alliances[slot]
                number = int(alliance.number)
                ended = alliance.status == DISSOLVED
                if ended and number not in before and alliance.founded != tick:
                    continue  # it ended earlier, and the slot is free again
                if not ended:
                    living.add(number)
                row = self._alliance_row(tick, frame, int(slot))
                where = i * slots + slot
                rows.append(row | {name: values[where] for name, values in accounts.items()})
        leading = ["tick", "quarter", "alliance", "alliance_name", "alliance_name_zh"]
        named = [*leading, *_alliance_columns(), "member_names", "quiet_names", *accounts]
        return pd.DataFrame(rows, columns=named)

    def _alliance_row(self, tick: int, frame: Frame, slot: int) -> dict[str, Any]:
        alliance, villages = frame.alliances[slot], self.log.labels
        number = int(alliance.number)
        title = self.log.names.get(number) or self.log.title_of(int(alliance.key), number)
        belongs = frame.villages.alliance == slot
        members = np.flatnonzero(belongs)
        quiet = np.flatnonzero(belongs & (frame.villages.standing == QUIET))
        goods = products(self.setting)
        return {
            "tick": tick,
            "quarter": quarter_name(tick, self.setting.start),
            "alliance": number,
            "alliance_name": title["en"],
            "alliance_name_zh": title["zh"],
            **{name: alliance[name].item() for name in _alliance_columns()},
            "members": members.size,
            "member_names": "；".join(villages[i] for i in members),
            "quiet_names": "；".join(villages[i] for i in quiet),
            "status": STATUS[alliance.status],
            "strategy": self.portfolio.strategies[alliance.strategy].name,
            "head": HEADS[alliance["head"]],
            "product": goods[alliance["product"]] if alliance["product"] >= 0 else None,
            **{
                name: villages[alliance[name]] if alliance[name] >= 0 else None
                for name in ("lead", "top", "promising", "weakest")
            },
        }

    def _event_table(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.events, columns=list(Event._fields))
        frame["alliance"] = frame["alliance"].astype("Int64")
        frame["amount"] = frame["amount"].astype(float)
        frame.insert(3, "event_zh", [HAPPENINGS[name].zh for name in frame["event"]])
        titles = {kind.name: kind.title["zh"] for kind in self.pair.types}
        after = list(frame.columns).index("type") + 1
        frame.insert(after, "type_zh", [titles.get(name, "") for name in frame["type"]])
        return frame


def _side_by_side(
    tables: Sequence[Columns], rows: int, which: slice = slice(None)
) -> dict[str, np.ndarray]:
    """Every column of these tables, one table after the other: (tables * rows,) by name, in
    the order of society.py."""
    columns = {}
    for variable in tables[0].variables:
        name = variable.name
        parts = [table.id if name == "id" else getattr(table, name) for table in tables]
        columns[name] = np.concatenate([np.asarray(part)[which][:rows] for part in parts])
    return columns


def _alliance_columns() -> list[str]:
    return [x.name for x in ALLIANCE if x.name not in ("key", "number", "stale")]


def _texts(names: Sequence[str], codes: np.ndarray) -> np.ndarray:
    """Names by code; None where the code is -1."""
    return np.array([*names, None], object)[codes]


def state_of(society: Any, types: Sequence[str]) -> dict[str, Any]:
    """The parameters, levers and project types that a run has, and a hash of
    the society as it starts."""
    digest = hashlib.blake2b(digest_size=8)
    villages = society.villages
    for part in (
        villages.id, villages.real, villages.whole, society.accounts.real, society.endowment,
        society.given, society.choice, society.strategies, society.parameters, society.levers,
        society.technology,
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(part).tobytes())
    return {
        "parameters": _fields_of(society.parameters[0]),
        "all_levers": _fields_of(society.levers[0]),
        "technology": {name: _fields_of(society.technology[0, j]) for j, name in enumerate(types)},
        "start_hash": digest.hexdigest(),
    }


def _fields_of(record: Any) -> dict[str, float | None]:
    """A record by name; None for what is not finite."""
    values = {name: float(record[name]) for name in record.dtype.names}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def outcomes_of(society: Any, tick: int) -> dict[str, Any]:
    """How far the run has come, whether its numbers are numbers, and its outcomes at the
    end of the last full year."""
    year = (tick + 1) // 4
    values = {name: float(society.series[name][0, year]) for name in NAMES}
    return {
        "quarters": tick + 1,
        "status": STATUS_OF_RUN[int(society.runs.status[0])],
        "outcomes_year": year,
        "outcomes": {
            name: value if math.isfinite(value) else None for name, value in values.items()
        },
    }

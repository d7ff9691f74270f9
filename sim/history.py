"""The history of one run: every village, alliance, project and event of every quarter, beside the
same run without alliances, as tables and as files. Needs no Mesa."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from village_alliances.sim import scenario
from village_alliances.sim.asked import types_of
from village_alliances.sim.building import Technology
from village_alliances.sim.columns import Accounts, Columns, Villages
from village_alliances.sim.ensemble import STATUS as STATUS_OF_RUN
from village_alliances.sim.ledger import Project
from village_alliances.sim.luck import GOLDEN, mix
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.outputs import versions, write_outputs
from village_alliances.sim.own import own_rules
from village_alliances.sim.pair import Pair
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.scenario import Scenario, quarter_name
from village_alliances.sim.shown import Shown
from village_alliances.sim.society import (
    ACCOUNT,
    ALLIANCE,
    DISSOLVED,
    EVENTS,
    FOUNDED,
    FREE,
    HEADS,
    ORIGINS,
    QUIET,
    STAGES,
    STANDING,
    STATUS,
    VILLAGE,
)
from village_alliances.sim.starting import products
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.strategy import names as shipped_strategies
from village_alliances.sim.strategy import shipped as shipped_strategy
from village_alliances.sim.table import neutralise
from village_alliances.sim.technology import shipped as shipped_types

FILES = ("villages.csv", "alliances.csv", "projects.csv", "events.csv", "run.json")
ROWS_MOST = 2_000_000  # villages x quarters that are kept: about a gigabyte
COMPARED = ("operating_income", "villager_income", "base_income", "project_income")  # with `none`


class Meaning(NamedTuple):
    """What an event or a column means; of an event, what its amount counts."""

    unit: str
    en: str
    zh: str


HAPPENINGS = {
    "founded": Meaning("", "alliance founded by its lead village", "牵头村发起成立联合体"),
    "joined": Meaning("", "village joined", "加入联合体"),
    "left": Meaning(
        "yuan",
        "village left; amount is what it took of cash and projects",
        "退出联合体（数值为带走的现金与项目）",
    ),
    "quiet": Meaning(
        "yuan/year",
        "member went quiet: no more meetings, no more put in; amount is what it expects "
        "to be better off",
        "成员转为沉默：不再参会、不再投入（数值为其预期因此增收）",
    ),
    "active_again": Meaning(
        "yuan/year",
        "quiet member is active again; amount is what it expects to be better off",
        "沉默成员恢复参与（数值为其预期因此增收）",
    ),
    "begun": Meaning("yuan", "project begun", "项目开工"),
    "enlarged": Meaning("yuan", "more was put into a project", "项目扩建"),
    "ripened": Meaning("yuan", "project began to work", "项目投产"),
    "grown": Meaning("yuan", "more of a project came into work", "项目扩建部分投产"),
    "failed": Meaning("yuan", "project never came into work", "项目未能投产"),
    "died": Meaning("yuan", "project that worked came to an end", "在营项目停办"),
    "closed": Meaning(
        "yuan",
        "project was closed or shrank, at a loss or for want of orders",
        "项目因亏损或缺订单关停、缩减",
    ),
    "secretary_replaced": Meaning(
        "0..1", "new secretary; amount is the new one's ability", "书记更替（数值为新书记能力）"
    ),
    "secretary_lent": Meaning(
        "0..1",
        "the lead's secretary serves here too; amount is the ability",
        "牵头村书记兼任（数值为能力）",
    ),
    "secretary_left": Meaning(
        "0..1",
        "able secretary left for better; amount is the ability lost",
        "能人书记离任（数值为其能力）",
    ),
    "ended": Meaning(
        "yuan",
        "alliance ended; amount is what was divided among the last members",
        "联合体终止（数值为分给成员的现金与项目）",
    ),
    "grant": Meaning(
        "yuan", "public money of the quarter to the alliance", "本季财政资金拨付联合体"
    ),
    "own_money": Meaning("yuan", "member put own money into the alliance", "成员村自筹投入联合体"),
    "on_paper": Meaning(
        "", "no member is active any more: the alliance is on paper", "无活跃成员，联合体挂名"
    ),
    "reward": Meaning(
        "yuan",
        "reward to the first of the county's ranking (paid as public money)",
        "年度考评第一名奖励（计入财政资金）",
    ),
    "warned": Meaning(
        "log points",
        "last of the ranking; amount is the growth of members' income",
        "年度末位提醒（数值为成员收入增长）",
    ),
    "refused": Meaning(
        "yuan/year",
        "village was asked and refused; amount is what it expected",
        "受邀未加入（数值为预期年收益）",
    ),
    "campaign": Meaning(
        "yuan", "the county's campaign gave property that yields an income", "消薄行动配给创收资产"
    ),
    "firm_left": Meaning(
        "jobs", "firm with orders left; amount is its jobs", "带订单企业迁出（数值为其岗位）"
    ),
    "firm_came": Meaning(
        "jobs", "another firm came; amount is its jobs", "新企业迁入（数值为其岗位）"
    ),
}


def in_short(event: str, lang: str) -> str:
    """What an event is called, without the note on what its amount counts."""
    return str(getattr(HAPPENINGS[event], lang)).partition(";")[0].partition("（")[0]


ENDED = {
    "failed": ("it never came into work", "未能投产"),
    "died": ("it came to an end after it had worked", "运营后停办"),
    "closed": ("closed at a loss", "亏损关停"),
    "lost_orders": ("its orders were withdrawn", "订单撤走"),
    "handed_over": (
        "it went to members who left, or when the alliance ended",
        "随成员退出或联合体终止移交",
    ),
}
BEGAN = {
    "begun": ("begun", "自行开工"),
    "given": ("given by the county's campaign", "消薄行动配给"),
    "taken_over": ("taken over from an alliance", "自联合体接收"),
}
PROJECT_COLUMNS = {
    "project": Meaning("number", "its number in this run", "序号"),
    "under": Meaning(
        "",
        "strategy, or none: the same run without alliances",
        "采用策略（strategy）或未联建的同一次模拟（none）",
    ),
    "owner": Meaning("", "village or alliance that runs it", "经营的村或联合体（英文）"),
    "owner_zh": Meaning("", "the same in Chinese", "经营的村或联合体"),
    "alliance": Meaning("number", "the alliance that runs it, if one does", "经营的联合体序号"),
    "village": Meaning(
        "", "village that runs it, or the alliance's lead when it began", "经营村，或开工时的牵头村"
    ),
    "type": Meaning("", "project type", "项目类型"),
    "title": Meaning("", "project type in words", "项目类型（英文）"),
    "title_zh": Meaning("", "project type in Chinese", "项目类型"),
    "origin": Meaning("", "how it came to its owner: " + ", ".join(BEGAN), "来历"),
    "taken_from": Meaning("number", "alliance from which it was taken over", "接收自哪一联合体"),
    "begun": Meaning("tick", "quarter of its first yuan", "开工季度（序号）"),
    "begun_quarter": Meaning("", "the same by name", "开工季度"),
    "works_from": Meaning("tick", "quarter from which it works", "投产季度（序号）"),
    "works_quarter": Meaning("", "the same by name", "投产季度"),
    "ended": Meaning("tick", "quarter of its end", "结束季度（序号）"),
    "ended_quarter": Meaning("", "the same by name", "结束季度"),
    "end": Meaning("", "why it ended: " + ", ".join(ENDED), "结束原因"),
    "end_in_words": Meaning("", "why it ended, in words", "结束原因（英文）"),
    "end_zh": Meaning("", "why it ended, in Chinese", "结束原因（中文）"),
    "cost": Meaning("yuan", "what was put in, enlargements included", "累计投入"),
    "largest": Meaning("yuan", "most capital in work", "在营资产最大值"),
    "lost": Meaning("yuan", "what was written off", "资产减值"),
    "years": Meaning("years", "how long it has worked", "运营年数"),
    "profit": Meaning("yuan", "what it has brought in all", "累计收益"),
    "yearly": Meaning("yuan/year", "what it brought a year while it worked", "运营期年均收益"),
    "jobs": Meaning("jobs", "most jobs", "岗位最大值"),
    "households": Meaning(
        "yuan/year", "what reached households a year while it worked", "运营期农户年均所得"
    ),
    "brought_YEAR": Meaning("yuan", "what it brought in that calendar year", "该年收益"),
}


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


def labels(setting: Scenario) -> list[str]:
    """A name for every village by which it can be told from the others: with its township, and if
    need be county and city, where two have the same name."""
    found = [str(name) for name in setting.names]
    where = [""] * len(found)
    for level in ("township", "county", "city"):
        often = Counter(found)
        for i, label in enumerate(found):
            if often[label] > 1 and (place := str(setting.places[level][i])):
                where[i] = place + where[i]
                found[i] = f"{setting.names[i]}（{where[i]}）"
    return found


def places_by_name(setting: Scenario) -> dict[str, list[int]]:
    """Positions of the villages that a word may mean: a name, a name with its places as `labels`
    writes it, `township/name`, or `county/township/name`."""
    found: dict[str, list[int]] = {}
    for at, (name, township, county, label) in enumerate(
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
            found.setdefault(word, []).append(at)
    return found


class EventLog:
    """Reads the events of a society of one run, quarter by quarter, and knows the
    alliances' names and numbers."""

    def __init__(self, pair: Pair) -> None:
        setting, society = pair.setting, pair.society
        self.start = setting.start
        self.labels = labels(setting)
        self.ids = setting.ids
        self.types = [one.name for one in pair.types]
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
        given = self.titles.get(key, {})
        either = given.get("en") or given.get("zh")
        return {
            "en": either or f"Alliance {number}",
            "zh": given.get("zh") or either or f"联合体{number}号",
        }

    def new_quarter(self) -> None:
        """Forget how far the last quarter's events were read."""
        self.read_to = 0

    def read(self, pair: Pair) -> list[Event]:
        """The events written since the last reading."""
        society = pair.society
        more = pair.ledgers[0].more if pair.ledgers else set()
        last = int(society.log_size[0])
        found = [
            self._event(*entry, more=at in more)
            for at, entry in enumerate(society.log[self.read_to : last].tolist(), self.read_to)
        ]
        self.read_to = last
        if society.log_size[1] > 0:
            self.lost += int(society.log_size[1])
            warnings.warn(
                f"{int(society.log_size[1])} events of a quarter found no room in the log",
                stacklevel=2,
            )
        return found

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


def check_size(setting: Scenario, years: int) -> None:
    """ValueError where a run has too many villages and quarters to keep them one by one."""
    quarters = 4 * (years or setting.years)
    if setting.size * (quarters + 1) > ROWS_MOST:
        raise ValueError(
            f"{setting.size} villages over {quarters} quarters are too many to keep one "
            f"by one: use an ensemble"
        )


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
    found = {"base": society.villages.base_income - ledger.learned, "taught": ledger.learned}
    for j, name in enumerate([one.name for one in pair.types]):
        found[f"own_{name}"] = ledger.profit[:size, j]
        found[f"shared_{name}"] = dividends[:, j]
        found[f"alone_{name}"] = without.profit[:size, j]
    found["own_interest"] = ledger.interest[:size]
    found["shared_interest"] = dividends[:, -1]
    found["alone_interest"] = without.interest[:size]
    found["membership"] = -ledger.cost
    return {name: np.array(values, float) for name, values in found.items()}


class Recorder:
    """Keeps what a pair of societies is after each quarter, and makes a history of it."""

    def __init__(self, pair: Pair, log: EventLog, inputs: Mapping[str, Any]) -> None:
        self.pair, self.log = pair, log
        self.setting, self.portfolio = pair.setting, pair.portfolio
        self.about = {**inputs, **state_of(pair.society, [one.name for one in pair.types])}
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
            "types": {one.name: dict(one.title) for one in self.pair.types},
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
        found = {
            "tick": np.repeat(self.ticks, n),
            "quarter": np.repeat([quarter_name(tick, setting.start) for tick in self.ticks], n),
            "village": np.tile(np.array(self.log.labels, object), times),
            **{place: np.tile(setting.places[place], times) for place in places},
            **{name: columns[name] for name in columns if name not in ("id", "run", *places)},
        }
        for name in COMPARED:
            found[f"alone_{name}"] = np.concatenate([f.alone[name] for f in self._frames])
        found["gain"] = found["operating_income"] - found["alone_operating_income"]
        for part in self._frames[0].parts:
            found[f"part_{part}"] = np.concatenate([f.parts[part] for f in self._frames])
        return pd.DataFrame(found)

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
        for at, (tick, frame) in enumerate(zip(self.ticks, self._frames, strict=True)):
            before, living = living, set()
            for slot in np.flatnonzero(frame.alliances.status != FREE):
                one = frame.alliances[slot]
                number = int(one.number)
                ended = one.status == DISSOLVED
                if ended and number not in before and one.founded != tick:
                    continue  # it ended earlier, and the slot is free again
                if not ended:
                    living.add(number)
                row = self._alliance_row(tick, frame, int(slot))
                where = at * slots + slot
                rows.append(row | {name: values[where] for name, values in accounts.items()})
        leading = ["tick", "quarter", "alliance", "alliance_name", "alliance_name_zh"]
        named = [*leading, *_alliance_columns(), "member_names", "quiet_names", *accounts]
        return pd.DataFrame(rows, columns=named)

    def _alliance_row(self, tick: int, frame: Frame, slot: int) -> dict[str, Any]:
        one, villages = frame.alliances[slot], self.log.labels
        number = int(one.number)
        title = self.log.names.get(number) or self.log.title_of(int(one.key), number)
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
            **{name: one[name].item() for name in _alliance_columns()},
            "members": members.size,
            "member_names": "；".join(villages[i] for i in members),
            "quiet_names": "；".join(villages[i] for i in quiet),
            "status": STATUS[one.status],
            "strategy": self.portfolio.strategies[one.strategy].name,
            "head": HEADS[one["head"]],
            "product": goods[one["product"]] if one["product"] >= 0 else None,
            **{
                name: villages[one[name]] if one[name] >= 0 else None
                for name in ("lead", "top", "promising", "weakest")
            },
        }

    def _event_table(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.events, columns=list(Event._fields))
        frame["alliance"] = frame["alliance"].astype("Int64")
        frame["amount"] = frame["amount"].astype(float)
        frame.insert(3, "event_zh", [HAPPENINGS[name].zh for name in frame["event"]])
        titles = {one.name: one.title["zh"] for one in self.pair.types}
        after = list(frame.columns).index("type") + 1
        frame.insert(after, "type_zh", [titles.get(name, "") for name in frame["type"]])
        return frame


def projects_of(pair: Pair, log: EventLog) -> pd.DataFrame:
    """A row a project so far (PROJECT_COLUMNS), those of the run of `none` last."""
    rows = [
        _project_row(project, under, pair, log)
        for under, ledger in zip(("strategy", "none"), pair.ledgers, strict=True)
        for project in ledger.projects
    ]
    years = [f"brought_{pair.setting.start + at}" for at in range(-(-pair.tick // 4))]
    fixed = [name for name in PROJECT_COLUMNS if name not in ("project", "brought_YEAR")]
    frame = pd.DataFrame(rows, columns=[*fixed, *years])
    frame.insert(0, "project", range(1, len(frame) + 1))
    whole = ["alliance", "taken_from", "begun", "works_from", "ended"]
    frame[whole] = frame[whole].astype("Int64")
    frame[years] = frame[years].astype(float).fillna(0.0)
    return frame


def _project_row(project: Project, under: str, pair: Pair, log: EventLog) -> dict[str, Any]:
    kind, start = pair.types[project.type], pair.setting.start
    number = project.alliance or None
    village = log.labels[project.village]
    owner = {"en": village, "zh": village} if number is None else log.names[number]
    when = {
        "begun": project.begun, "works_from": project.works_from, "ended": project.ended,
    }  # fmt: skip
    named = {
        f"{name.removesuffix('_from')}_quarter": "" if tick is None else quarter_name(tick, start)
        for name, tick in when.items()
    }
    ended = ("", "") if project.end is None else ENDED[project.end]
    return {
        "under": under, "owner": owner["en"], "owner_zh": owner["zh"], "alliance": number,
        "village": village, "type": kind.name, "title": kind.title["en"],
        "title_zh": kind.title["zh"], "origin": project.origin,
        "taken_from": project.taken_from or None, **when, **named,
        "end": project.end or "", "end_in_words": ended[0], "end_zh": ended[1],
        "cost": project.cost, "largest": project.largest, "lost": project.lost,
        "years": project.quarters / 4.0, "profit": project.profit, "yearly": project.yearly,
        "jobs": project.jobs, "households": project.to_households,
        **{f"brought_{start + year - 1}": yuan for year, yuan in project.brought.items()},
    }  # fmt: skip


def _side_by_side(
    tables: Sequence[Columns], rows: int, which: slice = slice(None)
) -> dict[str, np.ndarray]:
    """Every column of these tables, one table after the other: (tables * rows,) by name, in
    the order of society.py."""
    found = {}
    for variable in tables[0].variables:
        name = variable.name
        parts = [table.id if name == "id" else getattr(table, name) for table in tables]
        found[name] = np.concatenate([np.asarray(part)[which][:rows] for part in parts])
    return found


def _alliance_columns() -> list[str]:
    return [x.name for x in ALLIANCE if x.name not in ("key", "number", "stale")]


def _texts(names: Sequence[str], codes: np.ndarray) -> np.ndarray:
    """Names by code; None where the code is -1."""
    return np.array([*names, None], object)[codes]


@dataclass(repr=False)
class History(Shown):
    """One run, quarter by quarter, beside the same run of `none`.

    `villages`: a row a village and tick (-1 is the start): every column of the village and its
    account, what it would be alone (`alone_`), its `gain`, and the parts that sum to its operating
    income (`part_`, see `parts_of`). `alliances`: a row an alliance and tick, to the quarter of its
    end. `projects`: a row a project (PROJECT_COLUMNS), those of the run of `none` last. `events`:
    as they happened. `about`: what the run was, and with what.
    """

    villages: pd.DataFrame
    alliances: pd.DataFrame
    projects: pd.DataFrame
    events: pd.DataFrame
    about: dict[str, Any]

    def in_short(self) -> str:
        """Which run of what, and how much is told of it."""
        about = self.about
        return (
            f"run {about['run']} of {about['strategy']} in {about['scenario']}, "
            f"{self.villages.tick.nunique() - 1} quarters, "
            f"{len(self.projects)} projects, {len(self.events)} events"
        )

    def small_table(self) -> pd.DataFrame:
        """What happened, the first of it."""
        return self.events

    def write(self, out: str | Path) -> list[Path]:
        """Write villages.csv, alliances.csv, projects.csv, events.csv and run.json into the folder
        `out`: all, or on an error none."""
        tables = (self.villages, self.alliances, self.projects, self.events)
        files = {name: _csv(frame) for name, frame in zip(FILES, tables, strict=False)}
        sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
        return write_outputs(out, {**files, "run.json": {**self.about, "files": sums}})


def _csv(frame: pd.DataFrame) -> bytes:
    """A table for a spreadsheet: UTF-8 with its mark, texts that could be taken
    for formulas made harmless."""
    safe = frame.copy(deep=False)
    for name in safe.columns:
        if not (
            pd.api.types.is_numeric_dtype(safe[name]) or pd.api.types.is_bool_dtype(safe[name])
        ):
            safe[name] = safe[name].map(
                {text: neutralise(text) for text in safe[name].dropna().unique()}
            )
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def record_run(
    source: str | Path | Scenario,
    strategy: str | Strategy | Portfolio = "strong_leads_weak",
    seed: int = 1,
    run: int = 0,
    years: int = 0,
    levers: Mapping[str, float] | None = None,
    mode: Mode | None = None,
    fixed: Mapping[str, float] | None = None,
    rules: Sequence[Rule] = QUARTER,
    types: Technology | str | Path | None = None,
) -> History:
    """Run number `run` of an ensemble again, and keep everything: the same bits as in the
    ensemble and in AllianceModel.

    `source`: a scenario, or what `sim.scenario.load` takes. `years`: the horizon, else the
    scenario's. `levers` and `fixed` (parameters) by name. `mode`: point, prior or posterior.
    `types`: project types, or a technology file. Raises what `load`, `sim.strategy.read`,
    `technology.read` and `build` raise.
    """
    setting = source if isinstance(source, Scenario) else scenario.load(source)
    portfolio = strategy if isinstance(strategy, Portfolio) else Portfolio(strategy)
    check_size(setting, years)
    pair = Pair(
        setting, portfolio, seed=seed, run=run, levers=levers, mode=mode, fixed=fixed,
        types=types_of(types), years=years,
    )  # fmt: skip
    log = EventLog(pair)
    objects = in_memory(source, strategy, types, rules)
    inputs = {**inputs_of(source, pair, seed, run, levers, mode, fixed), **objects}
    recorder = Recorder(pair, log, inputs)
    while pair.tick < pair.ticks:
        log.new_quarter()
        pair.step(rules)
        recorder.keep(log.read(pair))
    return recorder.history()


def inputs_of(
    source: str | Path | Scenario,
    pair: Pair,
    seed: int,
    run: int,
    levers: Mapping[str, float] | None,
    mode: Mode | None,
    fixed: Mapping[str, float] | None,
) -> dict[str, Any]:
    """What a run was asked for, enough to ask for it again; places of files
    only as the user gave them."""
    setting, portfolio = pair.setting, pair.portfolio
    shipped = Path(setting.source).parent == scenario.FOLDER
    given = (
        (setting.name if shipped else setting.source)
        if isinstance(source, Scenario)
        else str(source)
    )
    institutions = {
        "formation", "lead", "sharing", "names", "plenaries_per_year", "pact_quarters", "measures",
    }  # fmt: skip
    return {
        "scenario": given,
        "region": setting.region.name,
        "start": setting.start,
        "years": pair.ticks // 4,
        "strategy": portfolio.default.name,
        "strategy_by": {place: strategy.name for place, strategy in portfolio.by.items()},
        "strategies": {
            s.name: s.model_dump(include=institutions, mode="json") for s in portfolio.strategies
        },
        "seed": int(seed),
        "run": int(run),
        "mode": mode or default_mode(),
        "levers": {name: float(value) for name, value in (levers or {}).items()},
        "fixed": {name: float(value) for name, value in (fixed or {}).items()},
    }


def in_memory(source: Any, strategy: Any, types: Any, rules: Sequence[Rule]) -> dict[str, Any]:
    """What of a run no name or file can say again, under `in_memory`: objects that a script
    made, and rules of one's own.

    Nothing where there is none. Files of strategies and project types stand under
    `strategy_file` and `technology_file`.
    """
    found: list[str] = []
    if isinstance(source, Scenario) and not unchanged(source):
        found.append(f"villages {source.name}")
    if isinstance(strategy, (Strategy, Portfolio)):
        many = strategy.strategies if isinstance(strategy, Portfolio) else [strategy]
        found += [f"strategy {one.name}" for one in many if not is_shipped(one)]
    if not (types is None or isinstance(types, (str, Path)) or tuple(types) == shipped_types()):
        found.append("technology")
    found += [f"rule {name}" for name in own_rules(rules)]
    files = {
        f"{kind}_file": str(given)
        for kind, given in (("strategy", strategy), ("technology", types))
        if isinstance(given, (str, Path)) and str(given).endswith(".toml")
    }
    return {**files, **({"in_memory": found} if found else {})}


def is_shipped(one: Strategy) -> bool:
    """Whether a strategy has the institutions of the shipped one of its name."""
    return one.name in shipped_strategies() and (
        shipped_strategy(one.name).institutions() == one.institutions()
    )


def unchanged(setting: Scenario) -> bool:
    """Whether villages are what the shipped scenario of their name, or the file
    that they came from, says."""
    try:
        if setting.name in scenario.names():
            other = scenario.load(setting.name, years=setting.years)
        elif Path(setting.source).exists():
            other = scenario.load(
                setting.source,
                region=setting.region.name,
                start=setting.start,
                years=setting.years,
            )
        else:
            return False
    except (OSError, ValueError):
        return False
    plain = ("region", "start", "years", "given", "totals", "levers")
    return (
        all(getattr(setting, name) == getattr(other, name) for name in plain)
        and np.array_equal(setting.ids, other.ids)
        and np.array_equal(setting.position, other.position)
        and all(map(np.array_equal, setting.words.values(), other.words.values()))
        and all(map(np.array_equal, setting.places.values(), other.places.values()))
        and all(
            np.array_equal(getattr(one, part), getattr(two, part), equal_nan=True)
            for one, two in zip(setting.numbers.values(), other.numbers.values(), strict=True)
            for part in ("kind", "low", "high")
        )
    )


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


def meanings() -> dict[str, dict[str, dict[str, str]]]:
    """Unit and meaning, in both languages, of the columns of the tables, and of the events."""

    def of(variables: Sequence[Any], but: Sequence[str]) -> dict[str, dict[str, str]]:
        return {
            x.name: Meaning(x.unit, x.en, x.zh)._asdict() for x in variables if x.name not in but
        }

    accounts = of(ACCOUNT, ("ability", "best"))
    return {
        "villages": of(VILLAGE, ("id", "run")) | accounts,
        "alliances": of(ALLIANCE, ("key", "number", "stale")) | accounts,
        "projects": {name: meaning._asdict() for name, meaning in PROJECT_COLUMNS.items()},
        "events": {name: meaning._asdict() for name, meaning in HAPPENINGS.items()},
    }

"""The history of one run: every village, alliance and event of every quarter, as tables and as files. Needs no Mesa."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import platform
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from village_alliances.sim import quarter, scenario
from village_alliances.sim.building import build, products
from village_alliances.sim.columns import REAL, WHOLE
from village_alliances.sim.ensemble import STATUS as STATUS_OF_RUN
from village_alliances.sim.ensemble import warm_up
from village_alliances.sim.files import write_together
from village_alliances.sim.luck import GOLDEN, mix
from village_alliances.sim.metrics import NAMES
from village_alliances.sim.parameters import Mode, default_mode
from village_alliances.sim.provenance import fingerprint
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.scenario import Scenario, quarter_name
from village_alliances.sim.society import (
    ALLIANCE,
    CHANNELS,
    DISSOLVED,
    EVENTS,
    FOUNDED,
    FREE,
    ORIGINS,
    SHARING,
    STAGES,
    STATUS,
    VILLAGE,
)
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.table import neutralise

from village_alliances import __version__

FILES = ("villages.csv", "alliances.csv", "events.csv", "run.json")
ROWS_MOST = 2_000_000  # villages x quarters that are kept: about a gigabyte
PACKAGES = ("numpy", "numba", "scipy", "pandas", "pydantic")


class Happening(NamedTuple):
    """What an event means and what its amount counts."""

    unit: str
    en: str
    zh: str


HAPPENINGS = {
    "founded": Happening("", "alliance founded by its lead village", "牵头村发起成立联合体"),
    "joined": Happening("", "village joined", "加入联合体"),
    "left": Happening(
        "yuan", "village left and took its share of the cash", "退出联合体，带走应得现金"
    ),
    "meeting": Happening(
        "meetings",
        "meetings of the quarter, noted at the lead village",
        "本季会议次数（记在牵头村）",
    ),
    "project_begun": Happening("yuan", "joint project begun", "合办项目开工"),
    "project_ripened": Happening("yuan", "joint project began to yield", "合办项目见效"),
    "project_failed": Happening("yuan", "joint project failed", "合办项目失败"),
    "secretary_replaced": Happening(
        "0..1", "new secretary; amount is the new one's ability", "书记更替（数值为新书记能力）"
    ),
    "secretary_lent": Happening(
        "0..1",
        "the lead's secretary serves here too; amount is the ability",
        "牵头村书记兼任（数值为能力）",
    ),
    "secretary_left": Happening(
        "0..1",
        "able secretary left for better; amount is the ability lost",
        "能人书记离任（数值为其能力）",
    ),
    "dividend": Happening("yuan", "share of the quarter's joint profit", "本季分红"),
    "ended": Happening(
        "yuan",
        "alliance ended; amount is the cash divided among the last members",
        "联合体终止（数值为分配给成员的现金）",
    ),
    "grant": Happening("yuan", "public grant of the quarter to the alliance", "本季财政补助"),
    "on_paper": Happening(
        "0..1",
        "alliance exists on paper only; amount is the mean effort",
        "联合体挂名（数值为平均投入程度）",
    ),
    "revived": Happening(
        "0..1",
        "alliance works again; amount is the mean effort",
        "联合体恢复运转（数值为平均投入程度）",
    ),
    "reward": Happening(
        "yuan", "reward to the first of the county's ranking", "年度考评第一名奖励"
    ),
    "warned": Happening(
        "log points",
        "last of the ranking; amount is the growth of members' income",
        "年度末位提醒（数值为成员收入增长）",
    ),
    "merged": Happening("", "two villages under one secretary became one", "一人任书记的两村合并"),
    "switched": Happening(
        "yuan",
        "village left for another alliance and took its share of the cash",
        "转入另一联合体，带走应得现金",
    ),
    "refused": Happening(
        "yuan/year",
        "village was asked and refused; amount is what it expected",
        "受邀未加入（数值为预期年收益）",
    ),
    "absorbed": Happening(
        "", "alliance joined another one with everything it has", "整体并入另一联合体"
    ),
    "campaign": Happening(
        "yuan", "the county's campaign gave property that yields an income", "消薄行动配给创收资产"
    ),
}


class Event(NamedTuple):
    """Something that happened. `amount` counts `unit`; None where nothing is counted. `alliance` is its number, None for none."""

    tick: int
    quarter: str
    event: str
    village: str
    alliance: int | None
    alliance_name: str | None
    alliance_name_zh: str | None
    amount: float | None
    unit: str


def labels(setting: Scenario) -> list[str]:
    """A name for every village by which it can be told from the others: with its township where two have the same name."""
    often = Counter(map(str, setting.names))
    where = setting.places["township"]
    return [
        f"{name}（{where[i]}）" if often[str(name)] > 1 and where[i] else str(name)
        for i, name in enumerate(setting.names)
    ]


def places_by_name(setting: Scenario) -> dict[str, list[int]]:
    """Positions of the villages that a word may mean: a name, a name with its township as `labels` writes it, or `township/name`."""
    found: dict[str, list[int]] = {}
    for at, (name, township, label) in enumerate(
        zip(setting.names, setting.places["township"], labels(setting), strict=True)
    ):
        for word in {str(name), f"{township}/{name}", label}:
            found.setdefault(word, []).append(at)
    return found


class EventLog:
    """Reads the events of a society of one run, quarter by quarter, and knows the alliances' names and numbers."""

    def __init__(self, setting: Scenario, society: Any) -> None:
        self.start = setting.start
        self.labels = labels(setting)
        self.ids = setting.ids
        self.titles = {
            _key(setting.ids[m], g.founded): g.name
            for g in setting.given
            for m in g.members
            if g.name
        }
        self.slots: list[int] = society.a.number.tolist()
        self.founded = int(society.r.founded_sum[0])
        self.names: dict[int, dict[str, str]] = {}
        self.read_to = 0
        self.lost = 0

    def title_of(self, key: int, number: int) -> dict[str, str]:
        """Name of an alliance in both languages, by the key of its luck: the scenario's, else made from its number."""
        given = self.titles.get(key, {})
        either = given.get("en") or given.get("zh")
        return {
            "en": either or f"Alliance {number}",
            "zh": given.get("zh") or either or f"联合体{number}号",
        }

    def new_quarter(self) -> None:
        """Forget how far the last quarter's events were read."""
        self.read_to = 0

    def read(self, society: Any) -> list[Event]:
        """The events written since the last reading."""
        found = [
            self._event(*entry)
            for entry in society.log[self.read_to : society.log_size[0]].tolist()
        ]
        self.read_to = int(society.log_size[0])
        if society.log_size[1] > 0:
            self.lost += int(society.log_size[1])
            warnings.warn(
                f"{int(society.log_size[1])} events of a quarter found no room in the log",
                stacklevel=2,
            )
        return found

    def _event(
        self, tick: int, event: int, _run: int, village: int, slot: int, amount: float
    ) -> Event:
        if event == FOUNDED:
            self.founded += 1
            self.slots[slot] = self.founded
            self.names[self.founded] = self.title_of(_key(self.ids[village], tick), self.founded)
        number = self.slots[slot] if slot >= 0 else None
        en, zh = (
            (None, None) if number is None else (self.names[number]["en"], self.names[number]["zh"])
        )
        name = EVENTS[event]
        unit = HAPPENINGS[name].unit
        where = self.labels[village]
        return Event(
            tick,
            quarter_name(tick, self.start),
            name,
            where,
            number,
            en,
            zh,
            amount if unit else None,
            unit,
        )


def _key(village: Any, founded: int) -> int:
    """The key of an alliance's luck, as sim/rules/founding.py makes it from its first lead and founding quarter."""
    return int(mix(np.uint64((int(village) + int(GOLDEN) * (founded + 1)) & 0xFFFFFFFFFFFFFFFF)))


def check_size(setting: Scenario, years: int) -> None:
    """ValueError where a run has too many villages and quarters to keep them one by one."""
    quarters = 4 * (years or setting.years)
    if setting.size * (quarters + 1) > ROWS_MOST:
        raise ValueError(
            f"{setting.size} villages over {quarters} quarters are too many to keep one by one: use an ensemble"
        )


class Recorder:
    """Keeps what a society of one run is after each quarter, and makes a history of it."""

    def __init__(
        self,
        setting: Scenario,
        portfolio: Portfolio,
        society: Any,
        log: EventLog,
        inputs: Mapping[str, Any],
    ) -> None:
        self.setting, self.portfolio, self.log = setting, portfolio, log
        self.about = {**inputs, **state_of(society)}
        self.events: list[Event] = []
        self.ticks: list[int] = []
        self._villages: list[tuple[np.ndarray, ...]] = []
        self._alliances: list[tuple[Any, np.ndarray, np.ndarray]] = []
        self.keep(society, -1)

    def keep(self, society: Any, tick: int, events: Sequence[Event] = ()) -> None:
        """Keep the society as it is after quarter `tick` (-1: before the first), with the events of the quarter."""
        v = society.v
        belief = society.belief if society.belief.size else np.zeros((v.id.size, len(CHANNELS)))
        self._villages.append(
            (v.real.copy(), v.whole.copy(), v.id.copy(), belief.copy(), society.a.number.copy())
        )
        self._alliances.append((society.a.copy(), society.strength.copy(), v.alliance.copy()))
        self.ticks.append(tick)
        self.events += events

    def history(self, society: Any) -> History:
        """All that was kept so far, as tables, and what the run was."""
        about = {
            **self.about,
            **outcomes_of(society, self.ticks[-1]),
            "events_lost": self.log.lost,
            **versions(),
            "columns": meanings(),
        }
        return History(self._village_table(), self._alliance_table(), self._event_table(), about)

    def _village_table(self) -> pd.DataFrame:
        setting, times, n = self.setting, len(self.ticks), self.setting.size
        real, whole, ids, belief, numbers = (
            np.stack(part) for part in zip(*self._villages, strict=True)
        )
        columns = {name: real[:, row].ravel() for row, name in enumerate(REAL)}
        columns |= {name: whole[:, row].ravel() for row, name in enumerate(WHOLE)}
        columns["id"] = ids.ravel()
        slot = whole[:, WHOLE.index("alliance")]
        number = np.take_along_axis(numbers, np.maximum(slot, 0), axis=1)
        columns["alliance"] = pd.arrays.IntegerArray(
            number.ravel().astype(np.int64), slot.ravel() < 0
        )
        for name, texts in (
            ("stage", STAGES),
            ("origin", ORIGINS),
            ("alone_origin", ORIGINS),
            ("industry", products(setting)),
        ):
            columns[name] = _texts(texts, columns[name])
        for name in ("mentor", "posted_from"):
            columns[name] = _texts(self.log.labels, columns[name])
        return pd.DataFrame(
            {
                "tick": np.repeat(self.ticks, n),
                "quarter": np.repeat([quarter_name(tick, setting.start) for tick in self.ticks], n),
                "village": np.tile(np.array(self.log.labels, object), times),
                **{
                    place: np.tile(setting.places[place], times)
                    for place in ("township", "county", "city")
                },
                **{
                    x.name: columns[x.name]
                    for x in VILLAGE
                    if x.name not in ("id", "run", "township", "county", "city")
                },
                "gain": columns["collective_income"] - columns["alone_income"],
                **{
                    f"belief_{channel}": belief[:, :, c].ravel()
                    for c, channel in enumerate(CHANNELS)
                },
            }
        )

    def _alliance_table(self) -> pd.DataFrame:
        rows: list[dict[str, Any]] = []
        strategies, goods = self.portfolio.strategies, products(self.setting)
        villages = self.log.labels
        living: set[int] = set()
        for tick, (records, strength, belongs) in zip(self.ticks, self._alliances, strict=True):
            before, living = living, set()
            for slot in np.flatnonzero(records.status != FREE):
                a, number = records[slot], int(records.number[slot])
                if a.status == DISSOLVED and number not in before and a.founded != tick:
                    continue  # it ended earlier, and the slot is free again
                if a.status != DISSOLVED:
                    living.add(number)
                members = (
                    [villages[i] for i in np.flatnonzero(belongs == slot)]
                    if a.status != DISSOLVED
                    else []
                )
                title = self.log.names.get(number) or self.log.title_of(int(a.key), number)
                numbers = {
                    x.name: a[x.name].item()
                    for x in ALLIANCE
                    if x.name not in ("key", "number", "members")
                }
                rows.append(
                    {
                        "tick": tick,
                        "quarter": quarter_name(tick, self.setting.start),
                        "alliance": number,
                        "alliance_name": title["en"],
                        "alliance_name_zh": title["zh"],
                        "members": len(members),
                        "member_names": "；".join(members),
                        **numbers,
                        "status": STATUS[a.status],
                        "strategy": strategies[a.strategy].name,
                        "lead": villages[a.lead] if a.lead >= 0 else None,
                        "top": villages[a.top] if a.top >= 0 else None,
                        "sharing": SHARING[a.sharing],
                        "industry": goods[a.industry],
                        **{
                            f"strength_{channel}": strength[slot, c].item()
                            for c, channel in enumerate(CHANNELS)
                        },
                    }
                )
        names = [
            "tick",
            "quarter",
            "alliance",
            "alliance_name",
            "alliance_name_zh",
            "members",
            "member_names",
        ]
        names += [x.name for x in ALLIANCE if x.name not in ("key", "number", "members")] + [
            f"strength_{c}" for c in CHANNELS
        ]
        return pd.DataFrame(rows, columns=names)

    def _event_table(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.events, columns=list(Event._fields))
        frame["alliance"] = frame["alliance"].astype("Int64")
        frame["amount"] = frame["amount"].astype(float)
        frame.insert(3, "event_zh", [HAPPENINGS[name].zh for name in frame["event"]])
        return frame


def _texts(names: Sequence[str], codes: np.ndarray) -> np.ndarray:
    """Names by code; None where the code is -1."""
    return np.array([*names, None], object)[codes]


@dataclass
class History:
    """One run, quarter by quarter.

    `villages`: a row a village and tick (-1 is the start), every column of the state, the shadow and the beliefs; `alliances`: a
    row an alliance and tick, to the quarter of its end; `events`: as they happened; `about`: what the run was, and with what.
    """

    villages: pd.DataFrame
    alliances: pd.DataFrame
    events: pd.DataFrame
    about: dict[str, Any]

    def write(self, out: str | Path) -> list[Path]:
        """Write villages.csv, alliances.csv, events.csv and run.json into the folder `out`: all of them, or on an error none."""
        files = {
            name: _csv(frame)
            for name, frame in zip(
                FILES, (self.villages, self.alliances, self.events), strict=False
            )
        }
        sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
        text = json.dumps(
            {**self.about, "files": sums}, ensure_ascii=False, indent=1, allow_nan=False
        )
        files["run.json"] = (text + "\n").encode()
        return write_together(out, files)


def _csv(frame: pd.DataFrame) -> bytes:
    """A table for a spreadsheet: UTF-8 with its mark, texts that could be taken for formulas made harmless."""
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
) -> History:
    """Run number `run` of an ensemble again, and keep everything: the same bits as in the ensemble and in AllianceModel.

    `source`: a scenario, or what `sim.scenario.load` takes. `years`: the horizon, else the scenario's. `levers` and `fixed`
    (parameters) by name. `mode`: point, prior or posterior. Raises what `load`, `sim.strategy.read` and `build` raise.
    """
    setting = source if isinstance(source, Scenario) else scenario.load(source)
    portfolio = strategy if isinstance(strategy, Portfolio) else Portfolio(strategy)
    check_size(setting, years)
    warm_up()
    society = build(
        setting,
        portfolio,
        seed=seed,
        runs=np.array([run], np.uint64),
        levers=levers,
        mode=mode,
        fixed=fixed,
        log=True,
        years=years,
    )
    log = EventLog(setting, society)
    inputs = inputs_of(
        source, setting, portfolio, seed, run, society.calendar.size // 4, levers, mode, fixed
    )
    recorder = Recorder(setting, portfolio, society, log, inputs)
    for tick in range(society.calendar.size):
        log.new_quarter()
        quarter.step(society, tick, rules)
        recorder.keep(society, tick, log.read(society))
    return recorder.history(society)


def inputs_of(
    source: str | Path | Scenario,
    setting: Scenario,
    portfolio: Portfolio,
    seed: int,
    run: int,
    years: int,
    levers: Mapping[str, float] | None,
    mode: Mode | None,
    fixed: Mapping[str, float] | None,
) -> dict[str, Any]:
    """What a run was asked for, enough to ask for it again; places of files only as the user gave them."""
    shipped = Path(setting.source).parent == scenario.FOLDER
    given = (
        (setting.name if shipped else setting.source)
        if isinstance(source, Scenario)
        else str(source)
    )
    return {
        "scenario": given,
        "region": setting.region.name,
        "start": setting.start,
        "years": years,
        "strategy": portfolio.default.name,
        "strategy_by": {place: strategy.name for place, strategy in portfolio.by.items()},
        "strategies": {
            s.name: {
                **s.model_dump(include={"formation", "leader", "sharing", "plenaries_per_year"}),
                "channels": dict(s.channels),
            }
            for s in portfolio.strategies
        },
        "seed": int(seed),
        "run": int(run),
        "mode": mode or default_mode(),
        "levers": {name: float(value) for name, value in (levers or {}).items()},
        "fixed": {name: float(value) for name, value in (fixed or {}).items()},
    }


def state_of(society: Any) -> dict[str, Any]:
    """The parameters and levers that a run has, and a hash of the society as it starts."""
    digest = hashlib.blake2b(digest_size=8)
    for part in (
        society.v.id,
        society.v.real,
        society.v.whole,
        society.given,
        society.plan_strategy,
        society.p,
        society.l,
    ):
        digest.update(np.ascontiguousarray(part).tobytes())
    values = {
        kind: {name: float(table[name][0]) for name in table.dtype.names}
        for kind, table in (("p", society.p), ("l", society.l))
    }
    return {"parameters": values["p"], "all_levers": values["l"], "start_hash": digest.hexdigest()}


def outcomes_of(society: Any, tick: int) -> dict[str, Any]:
    """How far the run has come, whether its numbers are numbers, and its outcomes at the end of the last full year."""
    year = (tick + 1) // 4
    values = {
        name: float(value) for name, value in zip(NAMES, society.series[0, year], strict=True)
    }
    return {
        "quarters": tick + 1,
        "status": STATUS_OF_RUN[int(society.r.status[0])],
        "outcomes_year": year,
        "outcomes": {
            name: value if math.isfinite(value) else None for name, value in values.items()
        },
    }


def versions() -> dict[str, Any]:
    """What a result's bits depend on beside its inputs: versions, the kind of processor, and a hash of the model's sources."""
    found = {
        "village-alliances": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    found |= {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"versions": found, "sources_hash": sources_hash()}


def sources_hash() -> str:
    """Hash of all that the model is made of: code, parameters, strategies, regions, scenarios, the posterior in use; 33 letters."""
    return fingerprint("model")


def meanings() -> dict[str, dict[str, dict[str, str]]]:
    """Unit and meaning, in both languages, of the state variables among the columns of the tables, and of the events."""
    return {
        "villages": {
            x.name: {"unit": x.unit, "en": x.en, "zh": x.zh}
            for x in VILLAGE
            if x.name not in ("id", "run")
        },
        "alliances": {
            x.name: {"unit": x.unit, "en": x.en, "zh": x.zh}
            for x in ALLIANCE
            if x.name not in ("key", "number")
        },
        "events": {name: happening._asdict() for name, happening in HAPPENINGS.items()},
    }

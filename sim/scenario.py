"""Scenarios: what is known of some villages at the start, in columns ready to be drawn from.

A scenario is a folder of scenario.toml and villages.csv, or a planner's own table. Villages are
kept in the order of their place and name, so the order of rows in a file never matters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat
from village_alliances.sim import grouping
from village_alliances.sim import region as regions
from village_alliances.sim.arithmetic import cosines, sines
from village_alliances.sim.fields import FIELD
from village_alliances.sim.luck import name_key
from village_alliances.sim.parameters import lever_values
from village_alliances.sim.problems import Doubt, Problem, TableError, Text, listed
from village_alliances.sim.shown import Shown
from village_alliances.sim.strategy import Portfolio, StrategyError, Words, read
from village_alliances.sim.structured import read_toml, shaped
from village_alliances.sim.table import Table, read_bytes, read_table
from village_alliances.sim.table.cells import Cell, Unreadable, read_number, read_product
from village_alliances.sim.table.memory import as_frame

FOLDER = Path(__file__).parent / "scenarios"
NUMBERS = (
    "population", "households", "collective_income", "villager_income", "debt", "reserves", "idle_land", "developed_land",
    "capacity", "ability", "tenure",
)  # fmt: skip
# Columns that a table may hold beside them; nothing is drawn where they are blank.
OPTIONAL_NUMBERS = (
    "total_income", "volume", "scenic", "idle_hands", "firm_jobs", "roofs", "residents",
)  # fmt: skip
WORDS = ("industry", "stage", "culture")
PLACES = ("city", "county", "township")
BLANK, EXACT, CUT, ABOUT = range(4)
MOST_DRAWN = 1_000_000  # villages of a block; the country has half as many
# villages that nearness puts together where a table names no alliance: the documents' usual number
GROUP_SIZE = 5
NAMES_SHOWN = 10  # of the villages that are in no alliance
FIRST_QUARTER = 1  # the quarter (from 0) in which such groups are founded


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _both(texts: dict[str, str]) -> dict[str, str]:
    if not {"en", "zh"} <= set(texts):
        raise ValueError(Text("a text in en and one in zh", "en 与 zh 两种文字"))
    return texts


def _file_name(text: str) -> str:
    if not re.fullmatch(r"[\w()（）][\w ()（）.-]{0,79}", text):
        raise ValueError(
            Text(
                "letters, digits and - only, as in the name of a folder",
                "仅含文字、数字和 -，可作文件夹名",
            )
        )
    return text


def _quarter(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}([Qq][1-4])?", text):
        raise ValueError(Text("a quarter such as 2015Q2, or a year", "季度（如 2015Q2）或年份"))
    return text


def _region(name: str) -> str:
    if name not in regions.names():
        raise ValueError(
            Text(f"one of {', '.join(regions.names())}", f"以下之一：{'、'.join(regions.names())}")
        )
    return name


def _strategy(text: str) -> str:
    try:
        if text:
            read(text)
    except StrategyError as error:
        raise ValueError(
            Text(f"a strategy ({error})", f"一种策略（{error.message('zh')}）")
        ) from error
    return text


def _levers(chosen: dict[str, float]) -> dict[str, float]:
    wrong = []
    for name, value in chosen.items():
        try:
            lever_values(1, {name: value})
        except (KeyError, ValueError) as error:
            wrong.append(str(error.args[0]))
    if wrong:
        raise ValueError(f"levers by name, within their bounds ({'; '.join(wrong)})")
    return chosen


def _quarter_or_tick(value: str | float) -> str | float:
    return _quarter(value) if isinstance(value, str) else value


Texts = Annotated[dict[str, str], AfterValidator(_both)]
Quarter = Annotated[str, AfterValidator(_quarter)]


class _Total(_Strict):
    value: FiniteFloat = Field(ge=0)
    evidence: str = ""


class _Alliance(_Strict):
    name: Words = Field(default_factory=dict)
    members: tuple[str, ...]
    lead: str = ""
    founded: Quarter
    strategy: Annotated[str, AfterValidator(_strategy)] = ""
    evidence: tuple[str, ...] = ()


class _Draw(_Strict):
    count: int = Field(ge=1, le=MOST_DRAWN)
    prefix: Texts
    cells: dict[str, Any] = Field(default_factory=dict)
    townships: int = Field(default=1, ge=1, le=MOST_DRAWN)
    evidence: tuple[str, ...] | dict[str, Any] = ()


class _Formation(_Strict):
    enabled: bool = True
    campaign_mid: Annotated[str | float, AfterValidator(_quarter_or_tick)] = 10.0
    campaign_share: float = Field(default=0.6, ge=0, le=1)
    evidence: tuple[str, ...] = ()
    assumption: str = ""


class _File(_Strict):
    """scenario.toml."""

    name: Annotated[str, AfterValidator(_file_name)]
    title: Texts
    type: str = ""
    level: Literal["alliance", "system", "scale"] = "alliance"
    case: str = ""
    region: Annotated[str, AfterValidator(_region)]
    start: int = Field(ge=1949, le=2100)
    years: int = Field(default=6, ge=1, le=100)
    summary: Words = Field(default_factory=dict)
    totals: dict[Literal["population", "households", "area_km2"], _Total] = Field(
        default_factory=dict
    )
    alliance: tuple[_Alliance, ...] = ()
    draw: tuple[_Draw, ...] = ()
    formation: _Formation | None = None
    levers: Annotated[dict[str, float], AfterValidator(_levers)] = Field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """An alliance whose founding is given: members and lead by position, founded at a tick;
    `grant` times the usual grant."""

    name: dict[str, str]
    members: tuple[int, ...]
    lead: int  # position of the lead village; -1: the ablest member of each run
    founded: int
    strategy: str = ""
    evidence: tuple[str, ...] = ()
    grant: float = 1.0


@dataclass(frozen=True)
class Column:
    """What is known of one number for every village: `kind` BLANK, EXACT, CUT (between low and
    high) or ABOUT; each shape (n,)."""

    kind: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, repr=False)
class Scenario(Shown):
    """Villages in the order of place and name, with all that is known of them; blanks
    are drawn anew in each run."""

    name: str
    title: dict[str, str]
    region: regions.Region
    start: int  # calendar year of the first quarter
    years: int
    ids: np.ndarray  # uint64 keys of luck
    names: np.ndarray
    places: dict[str, np.ndarray]  # township, county, city: texts
    numbers: dict[str, Column]
    words: dict[str, np.ndarray]  # industry, stage, culture: texts, '' where blank
    position: np.ndarray  # (n, 2) km, drawn where no coordinates are known
    located: np.ndarray  # whether coordinates are known
    lonlat: np.ndarray  # (n, 2) degrees, nan where unknown
    given: tuple[Given, ...] = ()
    totals: dict[str, float] = field(default_factory=dict)
    levers: dict[str, float] = field(default_factory=dict)
    evidence: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # (village, column) -> evidence id
    type: str = ""
    level: str = "alliance"
    case: str = ""
    summary: dict[str, str] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    grouped: str = (
        ""  # how alliances came about where the table named none: nearness | township | ''
    )
    table: Table | None = None

    @property
    def size(self) -> int:
        """Number of villages."""
        return int(self.ids.size)

    def in_short(self) -> str:
        """Name, villages, years, alliances that are given, region."""
        return (
            f"{self.name}, {self.size} villages, {self.start} to {self.start + self.years - 1}, "
            f"{len(self.given)} alliances given, region {self.region.name}"
        )

    def small_table(self) -> Any:
        """What is known of each village: nan where a blank is drawn, or only bounds are known."""
        import pandas as pd

        places = {name: column.astype(str) for name, column in self.places.items()}
        known = {
            name: np.where(np.isin(column.kind, (EXACT, ABOUT)), column.low, np.nan)
            for name, column in self.numbers.items()
            if name in NUMBERS
        }
        return pd.DataFrame({"name": self.names, **places, **known})

    @property
    def ticks(self) -> int:
        """Quarters of the default horizon."""
        return 4 * self.years

    def lasting(self, years: int) -> Scenario:
        """The same scenario over another horizon."""
        return replace(self, years=years)


def names() -> list[str]:
    """The shipped scenarios."""
    return sorted(path.parent.name for path in FOLDER.glob("*/scenario.toml"))


def load(
    source: Any,
    *,
    region: str | Path | regions.Region = "",
    start: int = 0,
    years: int = 0,
    sheet: str = "",
    columns: Mapping[str, str] | None = None,
) -> Scenario:
    """A scenario from what a planner names: a shipped one, a folder, a .csv or an .xlsx;
    or from a table in memory.

    A table in memory is a DataFrame of pandas or polars, or an Arrow table, read as a file of its
    columns would be. `region` (a name, a .toml file or a Region), `start` and `years` complete an
    own table (default: ningbo, 2024, 6); for a shipped scenario `years` alone counts. `sheet` and
    `columns` (heading -> field) say how to read an own table. Raises TableError with every problem
    at once, FileNotFoundError if there is nothing of that name.
    """
    if not isinstance(source, (str, Path)):
        table = as_frame(source, "villages").to_csv(index=False).encode()
        return own_table(
            read_bytes(table, "table.csv", columns=columns),
            region=region or "ningbo",
            start=start or 2024,
            years=years or 6,
        )
    text = str(source)
    if text in names():
        found = _shipped(text)
        return found.lasting(years) if years else found
    path = Path(text)
    if path.is_dir():
        if not (path / "scenario.toml").exists():
            raise FileNotFoundError(
                f"{path}: a scenario folder holds scenario.toml and villages.csv; "
                f"scenario.toml is missing"
            )
        found = _folder(path)
        return found.lasting(years) if years else found
    if not path.exists() and not path.suffix:
        raise FileNotFoundError(
            f"{text!r} is neither a scenario ({', '.join(names())}) nor a file or folder"
        )
    return own_table(
        read_table(path, sheet=sheet, columns=columns),
        region=region or "ningbo",
        start=start or 2024,
        years=years or 6,
    )


@cache
def _shipped(name: str) -> Scenario:
    return _folder(FOLDER / name)


def _folder(path: Path) -> Scenario:
    toml = path / "scenario.toml"
    body = shaped(str(toml), _File, read_toml(toml))
    table = read_table(path / "villages.csv") if (path / "villages.csv").exists() else None
    rows: list[dict[str, Any]] = [dict(row) for row in table.rows] if table else []
    frame = _Frame(rows, toml)
    for number, block in enumerate(body.draw):
        frame.add_block(block, number)
    given = frame.ally(body.alliance, body.start)
    levers = dict(body.levers)
    if body.formation and body.formation.enabled:
        middle = body.formation.campaign_mid
        middle = tick_of(middle, body.start) if isinstance(middle, str) else middle
        share = body.formation.campaign_share
        levers = {
            "formation": 1.0, "campaign_share": share, "campaign_mid": float(middle), **levers
        }  # fmt: skip
        try:
            lever_values(1, {"campaign_mid": float(middle)})
        except ValueError as error:
            expected = Text(f"a quarter ({error})", f"季度（{error}）")
            frame._wrong("formation.campaign_mid", str(body.formation.campaign_mid), expected)
    frame.check({k: t.value for k, t in body.totals.items() if k != "area_km2"})
    return frame.scenario(
        name=body.name,
        title=body.title,
        region=regions.load(body.region).during(body.start, body.years),
        start=body.start,
        years=body.years,
        given=tuple(given),
        totals={k: t.value for k, t in body.totals.items() if k != "area_km2"},
        levers=levers,
        type=body.type,
        level=body.level,
        case=body.case,
        summary=body.summary,
        notes=body.notes,
        source=str(path),
        area=body.totals["area_km2"].value if "area_km2" in body.totals else None,
        table=table,
    )


def own_table(
    table: Table, *, region: str | Path | regions.Region, start: int, years: int
) -> Scenario:
    """A planner's table as a scenario. Its `alliance` column says who is together; without one,
    near villages are grouped."""
    moved = _moved(table, regions.load(region), start)
    frame = _Frame([dict(row) for row in table.rows], Path(table.path))
    for row in frame.rows:
        row.update({name: _times(row[name], factor) for name, (factor, _) in moved.items()})
    groups: dict[str, list[int]] = {}
    for at, row in enumerate(frame.rows):
        if row.get("alliance"):
            groups.setdefault(str(row["alliance"]), []).append(at)
    given = []
    for name, members in groups.items():
        first = frame.rows[members[0]]
        leads = [at for at in members if frame.rows[at].get("lead") in (True, "yes", 1)]
        founded = next(
            (frame.rows[at]["founded"] for at in members if frame.rows[at].get("founded")), None
        )
        given.append(
            Given(
                name={"en": name, "zh": name},
                members=tuple(members),
                lead=leads[0] if leads else -1,
                founded=max(0, tick_of(founded, start)) if founded else FIRST_QUARTER,
                strategy=str(first.get("strategy") or ""),
            )
        )
    found = frame.scenario(
        name=Path(table.path).stem,
        title={"en": Path(table.path).stem, "zh": Path(table.path).stem},
        region=regions.load(region).during(start, years),
        start=start,
        years=years,
        given=tuple(given),
        source=str(table.path),
        table=table,
    )
    found = found if given else grouped(found)
    return replace(
        found,
        table=replace(
            table,
            warnings=[
                *table.warnings,
                *(doubt for _, doubt in moved.values()),
                *_untimely(table, start, years),
                *_outside(found),
            ],
        ),
    )


def _moved(table: Table, region: regions.Region, start: int) -> dict[str, tuple[float, Doubt]]:
    """By how much incomes of another year grow until the start, along the region's
    trend; what is said of it."""
    found = {}
    for name, year in table.years.items():
        gap = start - 1 - year
        trend = {"total_income": "collective_income"}.get(name, name)
        if not gap or trend not in region.trend:
            continue
        growth = region.during(min(year + 1, start), abs(gap)).trend[trend].value
        factor = (1 + growth) ** gap
        zh = FIELD[name].zh
        doubt = Doubt(
            f"{name} is that of {year}: carried to {start - 1} by the region's trend of"
            f" {100 * growth:.3g}% a year, times {factor:.3g}",
            f"{zh}为 {year} 年数：按地区年增长率 {100 * growth:.3g}% 推算到 {start - 1} 年，乘以 {factor:.3g}",
            "ask" if abs(gap) > 5 else "note",
        )
        found[name] = (factor, doubt)
        if name == "total_income" and "collective_income" not in {
            one.field for one in table.understood
        }:
            found["collective_income"] = (factor, doubt)
    return found


def _times(cell: Any, factor: float) -> Any:
    if not isinstance(cell, Cell):
        return cell
    return replace(cell, low=cell.low * factor, high=cell.high * factor)


def _untimely(table: Table, start: int, years: int) -> list[Doubt]:
    """Alliances of the table that are founded before the start or after the end."""
    told = {str(row["alliance"]): str(row["founded"]) for row in table.rows if row.get("founded")}
    early = [f"{name} {when}" for name, when in told.items() if tick_of(when, start) < 0]
    late = [f"{name} {when}" for name, when in told.items() if tick_of(when, start) >= 4 * years]
    found = []
    if early:
        shown = listed(early, 10)
        found.append(
            Doubt(
                f"founded before the start, so there from {start}Q1 on; what they have brought so"
                f" far is in the incomes given: {shown}",
                f"成立早于起始年，自 {start} 年第一季度起即已存在，此前成效已含在所填收入中：{shown.zh}",
            )
        )
    if late:
        shown = listed(late, 10)
        found.append(
            Doubt(
                f"founded after the last year looked at ({start + years - 1}), so without effect:"
                f" {shown}",
                f"成立晚于所看的最后一年（{start + years - 1} 年），不起作用：{shown.zh}",
                "ask",
            )
        )
    return found


def _outside(scenario: Scenario) -> list[Doubt]:
    """Who is in no alliance or group, by name."""
    outside = left_over(scenario)
    if not outside or not scenario.given:
        return []
    shown = listed([str(scenario.names[i]) for i in outside], NAMES_SHOWN)
    count = f"{len(outside)} of {scenario.size} villages"
    if not scenario.grouped:
        return [
            Doubt(
                f"{count} are in no alliance of the table and stay alone: {shown}",
                f"{scenario.size} 个村中有 {len(outside)} 个未写联合体，按单独发展计：{shown.zh}",
            )
        ]
    why, why_zh = (
        (f"no other village within {grouping.REACH_KM:g} km", f"{grouping.REACH_KM:g} 公里内无他村")
        if scenario.grouped == "nearness"
        else ("alone in their county", "在本县区只有一村")
    )
    return [
        Doubt(
            f"{count} are in none of the groups that we made ({why}) and stay alone: {shown}",
            f"{scenario.size} 个村中有 {len(outside)} 个未编入本工具所分的组（{why_zh}），"
            f"按单独发展计：{shown.zh}",
            "ask",
        )
    ]


def grouped(scenario: Scenario, size: int = GROUP_SIZE) -> Scenario:
    """The scenario with villages put together by us, about `size` to a group (`sim.grouping`).

    By nearness across borders where at least half of the places are known, with a village of
    unknown place taken for the middle of its township; else by township.
    """
    if scenario.size < 2:
        return scenario
    placed, position = _placed(scenario)
    how = "nearness" if 2 * int(scenario.located.sum()) >= scenario.size else "township"
    if how == "nearness":
        seen = np.flatnonzero(placed)
        near = grouping.by_nearness(
            position[seen], {p: scenario.places[p][seen] for p in PLACES}, size
        )
        sets = [[int(seen[i]) for i in group] for group in near]
        unseen = np.flatnonzero(~placed)
        rest = grouping.by_township({p: scenario.places[p][unseen] for p in PLACES}, size)
        sets += [[int(unseen[i]) for i in group] for group in rest]
    else:
        sets = grouping.by_township(scenario.places, size)
    given = tuple(
        Given(
            name={"en": f"Group {n + 1}", "zh": f"第 {n + 1} 组"},
            members=tuple(group),
            lead=-1,
            founded=FIRST_QUARTER,
        )
        for n, group in enumerate(sets)
    )
    return replace(scenario, given=given, grouped=how)


def _placed(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Which villages have a place, their own or the middle of their township's known
    ones; positions (n, 2) in km."""
    placed, position = scenario.located.copy(), scenario.position.copy()
    if placed.all():
        return placed, position
    keys = list(zip(*(scenario.places[p] for p in PLACES), strict=True))
    known: dict[tuple[str, ...], list[int]] = {}
    for i in np.flatnonzero(scenario.located):
        if scenario.places["township"][i]:
            known.setdefault(keys[i], []).append(int(i))
    for i in np.flatnonzero(~scenario.located):
        if keys[i] in known:
            placed[i], position[i] = True, scenario.position[known[keys[i]]].mean(axis=0)
    return placed, position


def left_over(scenario: Scenario) -> list[int]:
    """The villages that are in no alliance or group, by position."""
    allied = {i for alliance in scenario.given for i in alliance.members}
    return [i for i in range(scenario.size) if i not in allied]


def tick_of(text: str, start: int) -> int:
    """The tick of a quarter like 2015Q2 in a scenario that starts in year `start`; a year alone
    means its first quarter."""
    year, _, quarter = text.upper().partition("Q")
    return 4 * (int(year) - start) + (int(quarter) - 1 if quarter else 0)


def quarter_name(tick: int, start: int) -> str:
    """The calendar quarter of a tick: 2015Q2."""
    return f"{start + tick // 4}Q{tick % 4 + 1}"


class _Frame:
    """Rows on their way to columns."""

    def __init__(self, rows: list[dict[str, Any]], file: Path) -> None:
        self.rows = rows
        self.file = file
        self.problems: list[Problem] = []
        self._where: dict[str, list[int]] | None = None

    def add_block(self, block: _Draw, number: int) -> None:
        """Villages that the documents count but do not name."""
        cells: dict[str, Any] = {}
        for column, value in block.cells.items():
            try:
                if column in (*NUMBERS, *OPTIONAL_NUMBERS):
                    cells[column] = read_number(FIELD[column], value)
                elif column == "industry":
                    cells[column] = read_product(str(value))[0]
                elif column in (*WORDS, *PLACES):
                    cells[column] = str(value)
                else:
                    raise Unreadable(
                        Text(f"column {column}"),
                        Text(f"one of {', '.join((*NUMBERS, *OPTIONAL_NUMBERS, *WORDS))}"),
                    )
            except Unreadable as error:
                self.problems.append(
                    Problem(
                        str(self.file),
                        None,
                        f"draw[{number}].{column}",
                        str(error.found),
                        str(error.expected),
                    )
                )
        base = str(cells.get("township") or "")
        width = len(str(block.count))
        for n in range(block.count):
            row = dict(cells)
            row["name"] = f"{block.prefix['zh']}{n + 1:0{width}d}"
            if block.townships > 1 or not base:
                row["township"] = (
                    f"{base or '乡镇'}{n % block.townships + 1:02d}"
                    if block.townships > 1
                    else base
                )
            self.rows.append(row)

    def ally(self, alliances: Sequence[_Alliance], start: int) -> list[Given]:
        """The alliances whose founding is given; what is wrong with them joins the problems."""
        given: list[Given] = []
        taken: set[int] = set()
        for number, alliance in enumerate(alliances):
            where = f"alliance[{number}]"
            members = [
                at
                for name in alliance.members
                if (at := self._find(name, f"{where}.members", taken)) is not None
            ]
            if len(alliance.members) < 2:
                self._wrong(
                    f"{where}.members",
                    Text(f"{len(alliance.members)} village", "不足两个村"),
                    Text("at least two", "至少两个村"),
                )
            if alliance.lead and alliance.lead not in alliance.members:
                self._wrong(
                    f"{where}.lead", alliance.lead, Text("one of the members", "成员村之一")
                )
            founded = tick_of(alliance.founded, start)
            if founded < 0:
                self._wrong(
                    f"{where}.founded",
                    alliance.founded,
                    Text(f"a quarter from {start} on, the start", f"起始年 {start} 年及以后的季度"),
                )
            names = dict(zip(alliance.members, members))
            given.append(
                Given(
                    name=dict(alliance.name)
                    or {"en": f"Alliance {number + 1}", "zh": f"联合体 {number + 1}"},
                    members=tuple(members),
                    lead=names.get(alliance.lead, -1),
                    founded=founded,
                    strategy=alliance.strategy,
                    evidence=alliance.evidence,
                )
            )
        return given

    def _find(self, name: str, column: str, taken: set[int]) -> int | None:
        """The row of a village by its name; None, with the problem noted, where there is none, more
        than one, or it is taken."""
        if self._where is None:
            self._where = {}
            for at, row in enumerate(self.rows):
                self._where.setdefault(str(row["name"]), []).append(at)
        found = self._where.get(name, [])
        if len(found) != 1:
            named = (
                Text(
                    f"{name}, the name of {len(found)} villages",
                    f"{name}，有 {len(found)} 个同名村",
                )
                if found
                else name
            )
            self._wrong(
                column,
                named,
                Text("the name of one village of the scenario", "本情景中一个村的村名"),
            )
            return None
        if found[0] in taken:
            self._wrong(
                column,
                Text(f"{name} again", f"{name}重复"),
                Text("each village once, in one alliance", "每村只在一个联合体，只列一次"),
            )
            return None
        taken.add(found[0])
        return found[0]

    def _wrong(self, column: str | None, found: str, expected: str) -> None:
        self.problems.append(Problem(str(self.file), None, column, found, expected))

    def check(self, totals: dict[str, float]) -> None:
        """Raise every problem at once: those met so far, no village, two with one place and name,
        totals below what is known."""
        if not self.rows:
            self._wrong(
                None,
                Text("no village", "没有村"),
                Text("villages in villages.csv or [[draw]]", "villages.csv 或 [[draw]] 中的村"),
            )
        counted = Counter(
            tuple(str(row.get(part) or "") for part in (*PLACES, "name")) for row in self.rows
        )
        for key, times in counted.items():
            if times > 1:
                self._wrong(
                    "draw",
                    Text(f"{key[-1]} {times} times", f"{key[-1]} 出现 {times} 次"),
                    Text("prefixes that tell villages apart", "能区分各村的前缀"),
                )
        for column, total in totals.items():
            cells = [row[column] for row in self.rows if row.get(column)]
            known = sum(cell.low for cell in cells if cell.low == cell.high)
            if known > total:
                self._wrong(
                    f"totals.{column}",
                    Text(
                        f"{total:g}, less than the {known:g} of single villages",
                        f"{total:g}，小于各村已知之和 {known:g}",
                    ),
                    Text("the total of all villages", "全部村的合计"),
                )
        if self.problems:
            raise TableError(self.problems)

    def scenario(
        self,
        *,
        region: regions.Region,
        given: Sequence[Given],
        area: float | None = None,
        **rest: Any,
    ) -> Scenario:
        """Sort by place and name, and turn rows into columns."""
        rows = self.rows

        def text(row: dict[str, Any], column: str) -> str:
            return str(row.get(column) or "")

        keys = [
            (text(r, "city"), text(r, "county"), text(r, "township"), text(r, "name")) for r in rows
        ]
        order = sorted(range(len(rows)), key=lambda i: keys[i])
        place = {old: new for new, old in enumerate(order)}
        ordered = [rows[i] for i in order]
        ids = np.array([name_key(*keys[i]) for i in order], np.uint64)
        numbers = {
            column: _column([row.get(column) for row in ordered])
            for column in (*NUMBERS, *OPTIONAL_NUMBERS)
        }
        places = {p: np.array([text(r, p) for r in ordered], object) for p in PLACES}
        lonlat = np.array(
            [[_degree(r.get("lon")), _degree(r.get("lat"))] for r in ordered], float
        ).reshape(-1, 2)
        position, located = lay_out(ids, lonlat, places, region, area)
        moved = tuple(
            replace(
                g,
                members=tuple(sorted(place[m] for m in g.members)),
                lead=place[g.lead] if g.lead >= 0 else -1,
            )
            for g in given
        )
        return Scenario(
            region=region,
            ids=ids,
            names=np.array([text(r, "name") for r in ordered], object),
            places=places,
            numbers=numbers,
            words={w: np.array([text(r, w) for r in ordered], object) for w in WORDS},
            position=position,
            located=located,
            lonlat=lonlat,
            given=tuple(sorted(moved, key=lambda g: (g.founded, g.members))),
            evidence=_evidence(ordered),
            **rest,
        )


def _degree(cell: Cell | float | None) -> float:
    return float("nan") if cell is None else cell.low if isinstance(cell, Cell) else float(cell)


def _column(cells: list[Cell | None]) -> Column:
    n = len(cells)
    kind, low, high = np.zeros(n, np.int8), np.full(n, -np.inf), np.full(n, np.inf)
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        kind[i] = EXACT if cell.low == cell.high else CUT
        if cell.kind == "about":
            kind[i] = ABOUT
        low[i], high[i] = cell.low, cell.high
    return Column(kind, low, high)


def _evidence(rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    found = {}
    for row in rows:
        for pair in str(row.get("evidence") or "").split(";"):
            column, equals, source = pair.partition("=")
            if equals:
                found[(str(row["name"]), column.strip())] = source.strip()
    return found


def lay_out(
    ids: np.ndarray,
    lonlat: np.ndarray,
    places: dict[str, np.ndarray],
    region: regions.Region,
    area: float | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Positions in km (n, 2), and which of them are known.

    Known coordinates are projected round their middle. The others are laid out once for all runs by
    their own keyed luck: townships on a spiral of circles, villages inside their township's circle
    (or inside `area` km2 where that is stated).
    """
    from village_alliances.sim import luck

    n = ids.size
    located = ~np.isnan(lonlat).any(axis=1)
    position = np.zeros((n, 2))
    if located.any():
        middle = lonlat[located].mean(axis=0)
        km = np.array([111.320 * cosines(np.radians(middle[1])), 110.574])
        position[located] = (lonlat[located] - middle) * km
    if located.all():
        return position, located
    keys = [
        "/".join(parts)
        for parts in zip(places["city"], places["county"], places["township"], strict=True)
    ]
    names, code = np.unique(np.array(keys, object).astype(str), return_inverse=True)
    draws = np.empty((1, n))
    around = np.empty((1, n))
    luck.fill_uniform(0, np.zeros(1, np.uint64), 0, luck.PLACE, ids, draws)
    luck.fill_uniform(0, np.zeros(1, np.uint64), 1, luck.PLACE, ids, around)
    count = np.bincount(code, minlength=names.size)
    geography = region.geography
    widest = geography.township_radius_km
    radius = np.minimum(widest, geography.spacing_km * np.sqrt(np.maximum(count, 1)))[code]
    if area is not None:
        radius = np.full(n, np.sqrt(area / np.pi / max(1, names.size)))
    turn = np.arange(names.size)
    spiral = geography.township_spacing_km * 0.6 * np.sqrt(turn)
    centre = np.stack([spiral * cosines(turn * 2.399963), spiral * sines(turn * 2.399963)], axis=1)
    angle = 2 * np.pi * around[0]
    offset = (radius * np.sqrt(draws[0]))[:, None] * np.stack(
        [cosines(angle), sines(angle)], axis=1
    )
    laid = centre[code] + offset
    position[~located] = laid[~located]
    return position, located


def documented(scenario: Scenario) -> Portfolio:
    """Each alliance with the strategy that the scenario or table states for it; those without one
    take the commonest. Raises StrategyError."""
    stated = {
        name: given.strategy
        for given in scenario.given
        if given.strategy
        for name in given.name.values()
    }
    if not stated:
        raise StrategyError(
            f"{scenario.name} states no strategy for any alliance, so `documented` means "
            f"nothing there"
        )
    names = [given.strategy for given in scenario.given if given.strategy]
    return Portfolio(max(sorted(set(names)), key=names.count), stated)

"""Why a village's income moved, project by project: its quarters of one run, split into
what carried each change.

    told = timeline(record_run("jinxi", "strong_leads_weak", run=3), "雷山村")
    print(told.sentences("en"))

The split is arithmetic, not interpretation: operating income is the sum of what the village already
ran, what it was taught, each type of its own projects, each type of its alliance's by the dividend,
interest, less what membership costs; so the change of a quarter is the sum of their changes. What
happened in the quarter or the one before is put beside it, and not called its cause.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments.files import records
from village_alliances.experiments.refused import Refused
from village_alliances.sim.happenings import in_short
from village_alliances.sim.history import History
from village_alliances.sim.worded import joined, worded
from village_alliances.wording import apart, say
from village_alliances.wording.numbers import quantity, quarter_in_words

MOVES = 6  # quarters that are told
EVENTS_TOLD = 4  # beside a move
PROJECTS_TOLD = 4  # of the village or its alliance, the dearest
SMALL = 0.02  # of the mean income: smaller changes are not told
MAIN_PART = 0.25  # of a change, from which on a part of it is named
ROUTINE = (
    "grant",
    "own_money",
    "enlarged",
    "grown",
)  # of every quarter: in the tables, not among what is told
OF_PROJECTS = ("begun", "enlarged", "ripened", "grown", "failed", "died", "closed", "campaign")
OF_ALL = (
    "founded", "joined", "left", "quiet", "active_again", "ended", "on_paper", "reward", "warned",
    "begun", "enlarged", "ripened", "grown", "failed", "died", "closed",
)  # fmt: skip
REASONS = ("ripened", "grown", "died", "closed")  # that move a line in their own quarter
OF_ALLIANCE = ("founded", "ended", "on_paper", "reward", "warned")
UNIT = "yuan/year"


@dataclass(frozen=True)
class Timeline:
    """`series`: a row a quarter (tick -1 is the start) with `income`, `alone_income`, the `parts`
    that sum to the income, and `change`, `change_PART`; `gains`: what the gain over being alone is
    made of at the end; `projects` of the village and of its alliances; `events`: what happened to
    both; `moves`: ticks of the greatest changes, in order of time."""

    village: str
    series: pd.DataFrame
    parts: tuple[str, ...]
    gains: dict[str, float]
    projects: pd.DataFrame
    events: pd.DataFrame
    moves: tuple[int, ...]
    about: dict[str, Any]

    def sentences(self, lang: str) -> list[str]:
        """The end against being alone, the projects, then each great move with what carried it and
        what happened meanwhile."""
        sentences = [self._end(lang), *self._made_of(lang), *self._projects(lang)]
        if not self.moves:
            return [*sentences, say("timeline.say.quiet", lang)]
        moves = (f"{number}. {self.move(tick, lang)}" for number, tick in enumerate(self.moves, 1))
        return [*sentences, *moves]

    def _end(self, lang: str) -> str:
        last = self.series.iloc[-1]
        first = quantity(float(self.series["income"].iloc[0]), UNIT, lang)
        ends = {
            name: quantity(float(last[name]), UNIT, lang) for name in ("income", "alone_income")
        }
        where = {"village": self.village, "quarter": quarter_in_words(last["quarter"], lang)}
        return say("timeline.say.end", lang, first=first, **where, **ends)

    def _made_of(self, lang: str) -> list[str]:
        largest = max(map(abs, self.gains.values()), default=0.0)
        most = [part for part, yuan in self.gains.items() if abs(yuan) >= max(1.0, SMALL * largest)]
        most.sort(key=lambda part: -abs(self.gains[part]))
        split = self._listed([self._part(part, self.gains[part], lang) for part in most], lang)
        return [say("timeline.say.made_of", lang, parts=split)] if split else []

    def _projects(self, lang: str) -> list[str]:
        dearest = self.projects.sort_values("cost", ascending=False)[:PROJECTS_TOLD]
        projects = [in_words(project, lang) for _, project in dearest.iterrows()]
        return [say("timeline.say.projects", lang, projects=self._listed(projects, lang))] if projects else []  # fmt: skip

    def move(self, tick: int, lang: str) -> str:
        """One quarter's change in words."""
        row = self.series[self.series["tick"] == tick].iloc[0]
        change = float(row["change"])
        size = {part: abs(float(row[f"change_{part}"])) for part in self.parts}
        parts = sorted(self.parts, key=lambda part: -size[part])
        named = [part for part in parts if size[part] >= MAIN_PART * abs(change)][:3] or parts[:1]
        carried = [
            self._part(part, float(row[f"change_{part}"]), lang) + self._why(part, tick, lang)
            for part in named
        ]
        amount = quantity(change, UNIT, lang, signed=True)
        reasons = self._listed(carried, lang)
        quarter = quarter_in_words(row["quarter"], lang)
        text = say("timeline.say.move", lang, quarter=quarter, change=amount, parts=reasons)
        happened = self.told_beside(tick)
        if not len(happened):
            return text + say("timeline.say.nothing", lang)
        events = self._listed([self.event(event, lang) for _, event in happened.iterrows()], lang)
        return text + say("timeline.say.meanwhile", lang, events=events)

    def _why(self, part: str, tick: int, lang: str) -> str:
        """What happened to the projects of a part when it moved: they came into
        work, ended, were given."""
        side, _, type = part.partition("_")
        if side not in ("own", "shared") or type == "interest":
            return ""
        events = self.events[self.events["type"] == type]
        ours = events["alliance"].notna() if side == "shared" else self._own(events)
        events = events[ours]
        now = events[(events["tick"] == tick) & events["event"].isin(REASONS)]
        event = events[(events["tick"] == tick - 1) & (events["event"] == "campaign")]
        kinds = list(dict.fromkeys([*now["event"], *event["event"]]))
        if not kinds:
            return ""
        words = self._listed([say(f"timeline.why.{kind}", lang) for kind in kinds], lang)
        return say("timeline.say.why", lang, why=words)

    def _own(self, events: pd.DataFrame) -> pd.Series:
        """Events of the village's own projects: property that the county gives is a
        village's own."""
        own = events["alliance"].isna() | (events["event"] == "campaign")
        return own & (events["village"] == self.village)

    def beside(self, tick: int) -> pd.DataFrame:
        """What happened in a quarter and the one before, the routine left out."""
        near = self.events["tick"].isin((tick - 1, tick))
        return self.events[near & ~self.events["event"].isin(ROUTINE)]

    def told_beside(self, tick: int) -> pd.DataFrame:
        """Of that what is told: what became of the village and its alliance, then projects by their
        size, then other members."""
        near = self.beside(tick)
        of_projects = near["event"].isin(OF_PROJECTS)
        first = ~of_projects & ((near["village"] == self.village) | near["event"].isin(OF_ALLIANCE))
        size = near["amount"].abs().where(of_projects, 0.0).where(~first, math.inf)
        order = size.sort_values(ascending=False, kind="stable").index[:EVENTS_TOLD]
        return near.loc[sorted(order)]

    def event(self, event: pd.Series, lang: str) -> str:
        """One event in words: quarter, what, which project, where if not here, how much."""
        named = self.about["types"].get(event["type"], {"en": "", "zh": ""})[lang]
        which = say("timeline.say.which", lang, title=named) if named else ""
        own = event["village"] == self.village
        where = "" if own else say("timeline.say.at", lang, village=event["village"])
        amount, unit = float(event["amount"]), str(event["unit"])
        counts = not math.isnan(amount) and unit.startswith("yuan")
        much = say("timeline.say.amount", lang, amount=quantity(amount, unit, lang)) if counts else ""  # fmt: skip
        what = in_short(event["event"], lang) + which
        quarter = quarter_in_words(event["quarter"], lang)
        facts = {"quarter": quarter, "what": what, "where": where, "much": much}
        return say("timeline.say.event", lang, **facts)

    def _part(self, part: str, amount: float, lang: str) -> str:
        yuan = quantity(amount, UNIT, lang, signed=True)
        return say("timeline.say.part", lang, part=self.named(part, lang), amount=yuan)

    def named(self, part: str, lang: str) -> str:
        """A part of the income in words."""
        side, _, type = part.partition("_")
        if type in self.about["types"]:
            return say(f"timeline.part.{side}", lang, title=self.about["types"][type][lang])
        return say(f"timeline.part.{part}", lang)

    def _listed(self, words: Sequence[str], lang: str) -> str:
        return apart(words, lang)


def in_words(value: pd.Series, lang: str) -> str:
    """A project (a row of `history.projects`): whose, since when, what went in, what
    it brings, why it ended."""
    if value["end"]:
        state = "brought" if value["years"] > 0 else "never"
    else:
        state = "brings" if value["years"] > 0 else "building"
    became = say(
        f"timeline.say.{state}",
        lang,
        yearly=quantity(float(value["yearly"]), UNIT, lang),
        works=_quarter(value["works_quarter"], lang),
        ended=_quarter(value["ended_quarter"], lang),
        why=value["end_zh" if lang == "zh" else "end_in_words"],
    )
    return say(
        "timeline.say.project",
        lang,
        title=value["title_zh" if lang == "zh" else "title"],
        owner=value["owner_zh" if lang == "zh" else "owner"],
        begun=_quarter(value["begun_quarter"], lang),
        cost=quantity(float(value["cost"]), "yuan", lang),
        became=became,
    )


def _quarter(name: Any, lang: str) -> str:
    """A quarter in words; '' where it has not come."""
    return quarter_in_words(name, lang) if isinstance(name, str) and name else ""


def timeline(history: History, village: str = "") -> Timeline:
    """The line of one village of a run; without a name that of the village whose gain over being
    alone is the greatest at the end.

    Raises Refused, with the names that there are, where no village is called so.
    """
    village = _found(history, village)
    rows = history.villages[history.villages["village"] == village].sort_values("tick")
    rows = rows.reset_index(drop=True)
    parts = _parts(rows)
    series = pd.DataFrame(
        {
            "tick": rows["tick"],
            "quarter": rows["quarter"],
            "income": rows["operating_income"],
            "alone_income": rows["alone_operating_income"],
            **{part: rows[f"part_{part}"] for part in parts},
            "alliance": rows["alliance"],
            "standing": rows["standing"],
        }
    )
    series["change"] = series["income"].diff()
    for part in parts:
        series[f"change_{part}"] = series[part].diff()
    return Timeline(
        village,
        series,
        parts,
        _gains(rows.iloc[-1], parts),
        _projects_of(history, village, series),
        _events_of(history, village, series),
        _great_moves(series),
        history.about,
    )


def _found(history: History, village: str) -> str:
    last = history.villages[history.villages["tick"] == history.villages["tick"].max()]
    if not village:
        return str(last["village"].iloc[int(last["gain"].abs().argmax())])
    names = list(last["village"])
    if village not in names:
        near = difflib.get_close_matches(village, names, 5, 0.3) or names[:10]
        raise Refused(
            worded("problems.timeline.village_called", village=village, near=joined(near)),
        )
    return village


def _parts(rows: pd.DataFrame) -> tuple[str, ...]:
    """The parts of the income of a village, those of types that it never had left out."""
    names = [name.removeprefix("part_") for name in rows if name.startswith("part_")]
    names = [name for name in names if not name.startswith("alone_")]
    always = ("base", "taught", "membership")
    return tuple(n for n in names if n in always or (rows[f"part_{n}"] != 0.0).any())


def _gains(last: pd.Series, parts: Sequence[str]) -> dict[str, float]:
    """What the gain over being alone is made of, yuan a year: own projects against those
    that it would have alone."""
    alone = {
        f"own_{name.removeprefix('part_alone_')}": -float(last[name])
        for name in last.index
        if name.startswith("part_alone_") and last[name] != 0.0
    }
    last_parts = {part: float(last[f"part_{part}"]) for part in parts if part != "base"}
    return {
        part: last_parts.get(part, 0.0) + alone.get(part, 0.0) for part in {**last_parts, **alone}
    }


def _great_moves(series: pd.DataFrame) -> tuple[int, ...]:
    size = series["change"].abs()
    large = series[size >= SMALL * float(series["income"].abs().mean())]
    most = size[large.index].nlargest(MOVES).index
    return tuple(sorted(int(tick) for tick in large.loc[most, "tick"]))


def _projects_of(history: History, village: str, series: pd.DataFrame) -> pd.DataFrame:
    """Projects of the village and of every alliance that it has been in."""
    project = history.projects[history.projects["under"] == "strategy"]
    joint = project["alliance"].isin(series["alliance"].dropna().unique())
    own = project["alliance"].isna() & (project["village"] == village)
    kept = project[joint | own]
    return kept.reset_index(drop=True)


def _events_of(history: History, village: str, series: pd.DataFrame) -> pd.DataFrame:
    """What happened to the village, and to the alliance in which it was at the end of that
    quarter or of the one before."""
    belongs = dict(zip(series["tick"], series["alliance"], strict=True))
    kept = []
    for event in history.events.itertuples():
        ours = {belongs.get(event.tick), belongs.get(event.tick - 1)} - {None, pd.NA}
        kept.append(
            event.village == village
            or (event.event in OF_ALL and not pd.isna(event.alliance) and event.alliance in ours)
        )
    return history.events[np.array(kept, bool)].reset_index(drop=True)


def plain(timeline: Timeline) -> dict[str, Any]:
    """The line as JSON holds it."""
    about = {
        name: timeline.about[name]
        for name in ("scenario", "strategy", "seed", "run", "mode", "years")
    }

    def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
        return records(frame.astype(object).where(frame.notna(), None))

    return {
        **about,
        "village": timeline.village,
        "series": records(timeline.series.drop(columns="alliance")),
        "parts": {
            part: {lang: timeline.named(part, lang) for lang in ("en", "zh")}
            for part in timeline.parts
        },
        "gains": timeline.gains,
        "projects": rows(timeline.projects),
        "events": rows(timeline.events),
        "moves": list(timeline.moves),
        "sentences": {lang: timeline.sentences(lang) for lang in ("en", "zh")},
    }

"""Why a village's income moved: its quarters of one run, split into what carried each change, beside what happened meanwhile.

    told = timeline(record_run("jinxi", "strong_leads_weak", run=3), "雷山村")
    print(told.sentences("en"))

The split is arithmetic, not interpretation: collective income is the sum of what the village would earn alone, what its capacity
adds to that, property that the campaign gave, land, brand and ventures; so the change of a quarter is the sum of their changes. What
happened in the quarter or the one before is put beside it, and not called its cause.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from village_alliances.experiments.files import records
from village_alliances.experiments.store import Refused
from village_alliances.sim.history import HAPPENINGS, History
from village_alliances.wording import say
from village_alliances.wording.numbers import quantity

PARTS = ("alone", "capacity", "campaign", "land", "brand", "venture")
MOVES = 6  # quarters that are told
SMALL = 0.02  # of the mean income: smaller changes are not told
MAIN_PART = 0.25  # of a change, from which on a part of it is named
ROUTINE = (
    "meeting",
    "dividend",
    "grant",
)  # of every quarter: in the tables, not among what is told
OF_ALL = (
    "founded", "joined", "left", "project_begun", "project_ripened", "project_failed", "ended", "on_paper", "revived", "reward", "warned", "merged", "absorbed",
)  # fmt: skip
UNIT = "yuan/year"


@dataclass(frozen=True)
class Timeline:
    """`series`: a row a quarter (tick -1 is the start) with `income`, `alone_income`, the six parts, `change` and `change_PART`;
    `events`: what happened to the village and to its alliance; `moves`: ticks of the greatest changes, in order of time."""

    village: str
    series: pd.DataFrame
    events: pd.DataFrame
    moves: tuple[int, ...]
    about: dict[str, Any]

    def sentences(self, lang: str) -> list[str]:
        """The end against being alone, then each great move with what carried it and what happened meanwhile."""
        last = self.series.iloc[-1]
        gains = {part: float(last[part]) for part in PARTS[1:]}
        largest = max(map(abs, gains.values()))
        most = sorted(
            (part for part in gains if abs(gains[part]) >= max(1.0, SMALL * largest)),
            key=lambda part: -abs(gains[part]),
        )
        split = self._listed([self._part(part, gains[part], lang) for part in most], lang)
        ends = {
            name: quantity(float(last[name]), UNIT, lang) for name in ("income", "alone_income")
        }
        first = quantity(float(self.series["income"].iloc[0]), UNIT, lang)
        found = [
            say(
                "timeline.say.end",
                lang,
                village=self.village,
                quarter=last["quarter"],
                first=first,
                **ends,
            )
        ]
        if split:
            found.append(say("timeline.say.made_of", lang, parts=split))
        if not self.moves:
            return [*found, say("timeline.say.quiet", lang)]
        return found + [
            f"{number}. {self.move(tick, lang)}" for number, tick in enumerate(self.moves, start=1)
        ]

    def move(self, tick: int, lang: str) -> str:
        """One quarter's change in words."""
        row = self.series[self.series["tick"] == tick].iloc[0]
        change = float(row["change"])
        parts = sorted(PARTS, key=lambda part: -abs(float(row[f"change_{part}"])))
        named = [
            part for part in parts if abs(float(row[f"change_{part}"])) >= MAIN_PART * abs(change)
        ][:3] or parts[:1]
        carried = self._listed(
            [self._part(part, float(row[f"change_{part}"]), lang) for part in named], lang
        )
        text = say(
            "timeline.say.move",
            lang,
            quarter=row["quarter"],
            change=quantity(change, UNIT, lang, signed=True),
            parts=carried,
        )
        happened = self.beside(tick)
        if not len(happened):
            return text + say("timeline.say.nothing", lang)
        told = [self.event(event, lang) for _, event in happened.iterrows()]
        return text + say(
            "timeline.say.meanwhile",
            lang,
            events=say("timeline.say.listed", lang).join(dict.fromkeys(told)),
        )

    def beside(self, tick: int) -> pd.DataFrame:
        """What happened in a quarter and the one before, the routine left out."""
        return self.events[
            self.events["tick"].isin((tick - 1, tick)) & ~self.events["event"].isin(ROUTINE)
        ]

    def event(self, event: pd.Series, lang: str) -> str:
        """One event in words: quarter, what, where if not here, how much."""
        what = HAPPENINGS[event["event"]]
        where = (
            ""
            if event["village"] == self.village
            else say("timeline.say.at", lang, village=event["village"])
        )
        amount = float(event["amount"])
        much = (
            ""
            if math.isnan(amount) or not what.unit.startswith("yuan")
            else say("timeline.say.amount", lang, amount=quantity(amount, what.unit, lang))
        )
        return say(
            "timeline.say.event",
            lang,
            quarter=event["quarter"],
            what=getattr(what, lang).split(";")[0].split("（")[0],
            where=where,
            much=much,
        )

    def _part(self, part: str, amount: float, lang: str) -> str:
        return say(
            "timeline.say.part",
            lang,
            part=say(f"timeline.part.{part}", lang),
            amount=quantity(amount, UNIT, lang, signed=True),
        )

    def _listed(self, words: Sequence[str], lang: str) -> str:
        return say("timeline.say.listed", lang).join(words)


def timeline(history: History, village: str = "") -> Timeline:
    """The line of one village of a run; without a name that of the village whose gain over being alone is the greatest at the end.

    Raises Refused, with the names that there are, where no village is called so.
    """
    last = history.villages[history.villages["tick"] == history.villages["tick"].max()]
    names = list(last["village"])
    if not village:
        village = str(
            last["village"].iloc[
                int((last["collective_income"] - last["alone_income"]).abs().argmax())
            ]
        )
    if village not in names:
        import difflib

        near = difflib.get_close_matches(village, names, 5, 0.3) or names[:10]
        raise Refused(
            f"no village is called {village!r}; there are: {', '.join(near)}",
            f"没有名为“{village}”的村；有：{'、'.join(near)}",
        )
    rows = history.villages[history.villages["village"] == village].sort_values("tick")
    series = pd.DataFrame(
        {
            "tick": rows["tick"],
            "quarter": rows["quarter"],
            "income": rows["collective_income"],
            "alone_income": rows["alone_income"],
            "alone": rows["alone_base"],
            "capacity": rows["base_income"] - rows["alone_base"],
            "campaign": rows["granted_income"],
            "land": rows["land_income"],
            "brand": rows["brand_income"],
            "venture": rows["venture_income"],
            "alliance": rows["alliance"],
        }
    ).reset_index(drop=True)
    series["change"] = series["income"].diff()
    for part in PARTS:
        series[f"change_{part}"] = series[part].diff()
    size = series["change"].abs()
    large = series[size >= SMALL * float(series["income"].abs().mean())]
    moves = tuple(
        sorted(int(tick) for tick in large.loc[size[large.index].nlargest(MOVES).index, "tick"])
    )
    return Timeline(village, series, _events_of(history, village, series), moves, history.about)


def _events_of(history: History, village: str, series: pd.DataFrame) -> pd.DataFrame:
    """What happened to the village, and to the alliance in which it was at the end of that quarter or of the one before."""
    belongs = dict(zip(series["tick"], series["alliance"], strict=True))
    kept = []
    for event in history.events.itertuples():
        ours = {belongs.get(event.tick), belongs.get(event.tick - 1)} - {None, pd.NA}
        kept.append(
            event.village == village
            or (event.event in OF_ALL and not pd.isna(event.alliance) and event.alliance in ours)
        )
    return history.events[np.array(kept, bool)].reset_index(drop=True)


def plain(told: Timeline) -> dict[str, Any]:
    """The line as JSON holds it."""
    about = {
        name: told.about[name] for name in ("scenario", "strategy", "seed", "run", "mode", "years")
    }
    numbers = told.series.drop(columns="alliance")
    return {
        **about,
        "village": told.village,
        "series": records(numbers),
        "events": records(told.events.astype(object).where(told.events.notna(), None)),
        "moves": list(told.moves),
        "sentences": {lang: told.sentences(lang) for lang in ("en", "zh")},
    }

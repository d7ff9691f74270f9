"""What one method found: its indices, and what they say in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from village_alliances.experiments.wording import meaning
from village_alliances.sim.metrics import BY_NAME, GAINS
from village_alliances.sim.parameters import Mode, Quantity, levers
from village_alliances.sim.region import load as region
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.technology import ProjectType
from village_alliances.sim.uncertain import uncertain
from village_alliances.wording import apart, say
from village_alliances.wording.numbers import percent, quantity

ALL = 0.95  # of the spread, explained one by one: the rest is too little to speak of
NAMED = 3  # quantities that a sentence names


def said_of_luck(share: float, lang: str) -> str:
    """How much of the spread between single runs luck would make: no “about” before a limit."""
    if 0.005 <= share < 0.995:
        return say("sensitivity.say.luck_share", lang, share=percent(share))
    return say(f"sensitivity.say.{'luck_all' if share > 0.5 else 'luck_none'}", lang)


@dataclass
class Finding:
    """The answer of one method. `frames`: outcome -> indices, the strongest first; `spread`:
    outcome -> standard deviation of the averaged gain over the points; `luck`: outcome -> share of
    the variance between single runs that is luck (nan for one replicate)."""

    method: str
    scenario: Scenario
    strategy: str
    strategy_hash: str
    title: Mapping[str, str]
    against_none: bool
    frames: dict[str, pd.DataFrame]
    spread: dict[str, float]
    luck: dict[str, float]
    points: int
    replicates: int
    runs: int
    seed: int
    mode: Mode
    design: str
    types: tuple[ProjectType, ...]
    left_out: dict[str, float] = field(
        default_factory=dict
    )  # outcome -> strongest effect among what the screening left out
    left_out_count: int = 0
    way: dict[str, dict[str, int]] = field(
        default_factory=dict
    )  # outcome -> quantity -> +1, -1 or 0: which way it moves it

    @property
    def quantities(self) -> dict[str, Quantity]:
        """Everything that could be varied."""
        return quantities(self.scenario, self.types)

    def titles(self, lang: str) -> dict[str, str]:
        """What each quantity of the indices is called."""
        by_name = self.quantities
        varied = {str(name) for frame in self.frames.values() for name in frame["quantity"]}
        return {name: str(getattr(by_name[name], lang)) for name in sorted(varied)}

    def heading(self, outcome: str, lang: str) -> str:
        """What a figure of it is headed: whose gain is explained."""
        kind = "gain" if _is_gain(outcome, self.against_none) else "difference"
        return say(
            f"sensitivity.say.head_{kind}",
            lang,
            outcome=meaning(outcome, lang),
            strategy=self.title[lang],
        )

    def table(self, lang: str) -> pd.DataFrame:
        """All indices: outcome, quantity, what it means, its range and unit, and
        the numbers of the method."""
        by_name = self.quantities
        frames = []
        for outcome, frame in self.frames.items():
            about = {
                "meaning": [getattr(by_name[name], lang) for name in frame["quantity"]],
                "range_low": [by_name[name].low for name in frame["quantity"]],
                "range_high": [by_name[name].high for name in frame["quantity"]],
                "unit": [by_name[name].unit for name in frame["quantity"]],
            }
            frames.append(
                pd.concat(
                    [
                        pd.Series(outcome, frame.index, name="outcome"),
                        frame["quantity"],
                        pd.DataFrame(about),
                        frame.iloc[:, 1:],
                    ],
                    axis=1,
                )
            )
        return pd.concat(frames, ignore_index=True)

    def sentences(self, lang: str, outcome: str) -> list[str]:
        """What decides an outcome, in words."""

        def phrase(key: str, **values: Any) -> str:
            return say(f"sensitivity.say.{key}", lang, **values)

        frame, unit = self.frames[outcome], BY_NAME[outcome].unit
        asked = {
            "outcome": explained(outcome, lang, self.against_none),
            "strategy": self.title[lang],
        }
        column = "strength" if self.method == "morris" else "total"
        strongest = frame[frame[column] > 0].head(NAMED)
        if not len(strongest) or not self.spread[outcome] > 0:
            return [phrase("nothing", **asked)]
        if self.method == "saltelli" and not strongest.iloc[0]["total_low"] > 0:
            title = getattr(self.quantities[str(strongest.iloc[0]["quantity"])], lang)
            said = phrase("too_few", points=self.points, first=title, **asked)
            return [said, *self._how(outcome, lang)]
        first, *others = [self._one(row, outcome, lang) for _, row in strongest.iterrows()]
        sentences = [phrase(f"{self.method}_first", first=first, **asked)]
        if others:
            sentences.append(phrase("others", others=apart(others, lang)))
        if len(strongest) > 1:
            low, high = (strongest.iloc[i] for i in (1, 0))
            ends = ("low", "high") if self.method == "morris" else ("total_low", "total_high")
            if low[ends[1]] >= high[ends[0]]:
                sentences.append(phrase("overlap"))
        if self.method == "saltelli":
            alone = float(frame["first"].clip(lower=0).sum())
            sentences.append(
                phrase(
                    "alone" if alone < ALL else "all",
                    alone=percent(alone),
                    spread=quantity(self.spread[outcome], unit, lang),
                )
            )
            if self.left_out_count:
                amount = quantity(self.left_out.get(outcome, math.nan), unit, lang)
                sentences.append(
                    phrase(
                        "left_out",
                        count=self.left_out_count,
                        amount=amount,
                        held=say(f"sensitivity.held.{self.mode}", lang),
                    )
                )
        return [*sentences, *self._how(outcome, lang)]

    def _how(self, outcome: str, lang: str) -> list[str]:
        """What was varied, and what became of luck."""
        varied = len(self.frames[outcome])
        sentences = [
            say("sensitivity.say.ranges", lang, count=varied),
            say("sensitivity.say.luck", lang, replicates=self.replicates),
        ]
        if math.isfinite(self.luck[outcome]):
            sentences.append(said_of_luck(self.luck[outcome], lang))
        return sentences

    def _one(self, row: pd.Series, outcome: str, lang: str) -> str:
        """A quantity with what it is worth: “Name (41%, 35% to 47%; more of it, more)”."""
        name, unit = str(row["quantity"]), BY_NAME[outcome].unit
        way = self.way.get(outcome, {}).get(name)
        which = (
            ""
            if way is None
            else say(f"sensitivity.way.{({1: 'up', -1: 'down'}).get(way, 'both')}", lang)
        )
        if self.method == "morris":
            worth = say("sensitivity.say.moves", lang, amount=quantity(row["strength"], unit, lang))
        else:
            ends = (
                percent(max(0.0, min(1.0, float(row[end])))) for end in ("total_low", "total_high")
            )
            worth = say(
                "sensitivity.say.share",
                lang,
                share=percent(min(1.0, float(row["total"]))),
                low=next(ends),
                high=next(ends),
            )
        title = getattr(self.quantities[name], lang)
        return say("sensitivity.say.one", lang, name=title, worth=worth, way=which)


def explained(outcome: str, lang: str, against_none: bool) -> str:
    """What is explained, in words: a gain as it is, anything else as its difference to
    no alliance."""
    words = meaning(outcome, lang)
    words = words[:1].lower() + words[1:]
    return say(
        f"sensitivity.say.{'gain' if _is_gain(outcome, against_none) else 'difference'}",
        lang,
        outcome=words,
    )


def _is_gain(outcome: str, against_none: bool) -> bool:
    return outcome in {o.name for o in GAINS} or not against_none


def quantities(
    scenario: Scenario | None = None, types: Sequence[ProjectType] = ()
) -> dict[str, Quantity]:
    """Everything that a sensitive design may vary: levers, parameters, the region's own, and
    numbers of project types."""
    of_region = quantities_of(scenario.region if scenario is not None else region("china"))
    return {**levers(), **uncertain(of_region, types)}

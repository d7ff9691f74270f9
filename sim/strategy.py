"""Strategies: data over channels. A mix is a weighted mean of strategies; a portfolio gives alliances different ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from village_alliances.sim.files import there
from village_alliances.sim.problems import TableError, Text
from village_alliances.sim.society import CHANNELS, FORMATION, LEADER, SHARING
from village_alliances.sim.structured import read_toml, shaped

FOLDER = Path(__file__).parent / "strategies"
BUDGET = 3.0  # sum of the strengths of every shipped strategy
NONE = "none"
DOCUMENTED = "documented"


class StrategyError(ValueError):
    """A strategy that cannot be read, with what is wrong and what there is. `message(lang)` says it in English or Chinese."""

    def message(self, lang: str = "en") -> str:
        """What is wrong, in `lang`, "en" or "zh"."""
        said = self.args[0]
        return said.lang(lang) if isinstance(said, Text) else str(said)


def _in_both(texts: dict[str, str]) -> dict[str, str]:
    """A text in en and zh; where one is not given, the other stands for it."""
    if not texts:
        return texts
    if strange := set(texts) - {"en", "zh"}:
        raise ValueError(
            Text(f"a text in en and zh, not {', '.join(sorted(strange))}", "en 与 zh 的文字")
        )
    given = next(iter(texts.values()))
    return {lang: texts.get(lang, given) for lang in ("en", "zh")}


Words = Annotated[dict[str, str], AfterValidator(_in_both)]


class Strategy(BaseModel):
    """One strategy: whom it brings together, who leads, how it shares, and how strongly it works each channel."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(min_length=1, max_length=120)
    title: Words
    does: Words = Field(default_factory=dict)
    risk: Words = Field(default_factory=dict)
    notes: dict[str, str] | str | None = None
    formation: Literal[
        "near", "complement", "same_industry", "chain", "border", "culture", "firm"
    ] = "near"
    leader: Literal["ablest", "richest", "township"] = "ablest"
    sharing: Literal["contribution", "equal", "weakest_first", "guaranteed"] = "equal"
    plenaries_per_year: float = Field(default=4.0, ge=0, le=60)
    evidence: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    channels: dict[str, float] = Field(default_factory=dict)
    undone: dict[str, float] = Field(default_factory=dict, exclude=True)

    @field_validator("channels")
    @classmethod
    def _known_channels(cls, channels: dict[str, float]) -> dict[str, float]:
        for name, strength in channels.items():
            if name not in CHANNELS:
                raise ValueError(f"no channel is called {name!r}; there are: {', '.join(CHANNELS)}")
            if not 0 <= strength <= 10:
                raise ValueError(f"channel {name}: strength {strength:g} is outside 0..10")
        return channels

    def strengths(self) -> np.ndarray:
        """Strength of every channel, in the order of CHANNELS."""
        return np.array([self.channels.get(name, 0.0) for name in CHANNELS])

    def strengths_undone(self) -> np.ndarray:
        """Strength of every channel that is left undone, in the order of CHANNELS."""
        return np.array([self.undone.get(name, 0.0) for name in CHANNELS])

    def rules(self) -> np.ndarray:
        """Formation, leader, sharing, and plenaries a year, as the kernel reads them."""
        found = [
            FORMATION.index(self.formation),
            LEADER.index(self.leader),
            SHARING.index(self.sharing),
            self.plenaries_per_year,
        ]
        return np.array(found, float)

    def without(self, channel: str) -> Strategy:
        """The same strategy with one channel left undone: its attention and its money go nowhere else."""
        left = {k: v for k, v in self.channels.items() if k != channel}
        return self.model_copy(
            update={
                "channels": left,
                "undone": {
                    **self.undone,
                    **{k: self.channels[k] for k in self.channels if k not in left},
                },
            }
        )


def names() -> list[str]:
    """The shipped strategies: `none` first, the others by name."""
    return [NONE, *sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != NONE)]


@cache
def shipped(name: str) -> Strategy:
    """A shipped strategy by name."""
    return _read(FOLDER / f"{name}.toml")


def _read(path: Path) -> Strategy:
    try:
        body = read_toml(path)
        named = str(body.get("name") or path.stem)
        body.setdefault("name", path.stem)
        return shaped(str(path), Strategy, {**body, "title": body.get("title") or {"en": named}})
    except TableError as error:
        said = {lang: "; ".join(p.line(lang) for p in error.problems) for lang in ("en", "zh")}
        raise StrategyError(Text(said["en"], said["zh"])) from error


def read(text: str | Strategy) -> Strategy:
    """A strategy from what a planner writes: a name, a TOML file, or a mix such as `industry_chain:0.6,service_sharing:0.4`."""
    if isinstance(text, Strategy):
        return text
    if ":" in text and not there(text):
        return mix(
            {
                part.partition(":")[0].strip(): part.partition(":")[2]
                for part in text.replace("+", ",").split(",")
            }
        )
    if text.endswith(".toml"):
        if not there(text):
            raise StrategyError(Text(f"{text}: there is no such file", f"{text}：文件不存在"))
        return _read(Path(text))
    if text not in names():
        raise StrategyError(
            f"no strategy is called {text!r}; there are: {', '.join(names())}, a .toml file, or a mix like a:0.6,b:0.4"
        )
    return shipped(text)


def mix(weights: Mapping[str, float | str]) -> Strategy:
    """The weighted mean of strategies: strengths are averaged (so no mix gets more attention), rules come from the heaviest."""
    try:
        shares = {name: float(weight) for name, weight in weights.items()}
    except ValueError as error:
        raise StrategyError(
            f"a mix is written name:weight,name:weight with numbers as weights; found {dict(weights)}"
        ) from error
    total = sum(shares.values())
    if not total > 0 or not all(0 <= share < math.inf for share in shares.values()):
        raise StrategyError(f"the weights of a mix must be positive; found {shares}")
    parts = {name: read(name) for name in shares}
    heaviest = parts[max(shares, key=lambda name: (shares[name], name))]
    strengths = sum(
        (shares[name] / total * part.strengths() for name, part in parts.items()),
        np.zeros(len(CHANNELS)),
    )
    ordered = sorted(shares, key=lambda name: (-shares[name], name))
    label = ",".join(f"{name}:{shares[name] / total:.3g}" for name in ordered)
    return heaviest.model_copy(
        update={
            "name": label,
            "title": {
                lang: " + ".join(f"{parts[n].title[lang]} {shares[n] / total:.0%}" for n in ordered)
                for lang in ("en", "zh")
            },
            "channels": {
                name: float(s) for name, s in zip(CHANNELS, strengths, strict=True) if s > 0
            },
            "plenaries_per_year": sum(
                shares[n] / total * parts[n].plenaries_per_year for n in shares
            ),
            "evidence": tuple(sorted({e for part in parts.values() for e in part.evidence})),
            "mechanisms": tuple(sorted({m for part in parts.values() for m in part.mechanisms})),
            **{
                told: {
                    lang: _in_turn([parts[n] for n in ordered], told, lang) for lang in ("en", "zh")
                }
                for told in ("does", "risk")
            },
        }
    )


def _in_turn(parts: Sequence[Strategy], told: str, lang: str) -> str:
    """What each part of a mix does or risks, after its title."""
    said = [(part.title[lang], getattr(part, told).get(lang, "")) for part in parts]
    colon, gap = ("：", "") if lang == "zh" else (": ", " ")
    return gap.join(f"{title}{colon}{text}" for title, text in said if text)


class Portfolio:
    """One strategy for everybody, with exceptions by alliance name or by township."""

    def __init__(
        self, default: str | Strategy, by: Mapping[str, str | Strategy] | None = None
    ) -> None:
        self.default = read(default)
        self.by = {place: read(strategy) for place, strategy in (by or {}).items()}

    @property
    def strategies(self) -> list[Strategy]:
        """The different strategies, the default first."""
        found = [self.default]
        for strategy in self.by.values():
            if strategy not in found:
                found.append(strategy)
        return found

    def index(self, *places: str) -> int:
        """Position in `strategies` of the strategy for the first of these places that has its own."""
        for place in places:
            if place in self.by:
                return self.strategies.index(self.by[place])
        return 0

    @property
    def name(self) -> str:
        """A short name for tables."""
        return self.default.name if not self.by else f"{self.default.name}+{len(self.by)}"

    @property
    def idle(self) -> bool:
        """Whether nobody would do anything: strategy `none` everywhere."""
        return all(not strategy.channels for strategy in self.strategies)

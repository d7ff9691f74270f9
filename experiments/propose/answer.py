"""Answer: a proposal in plain values, as JSON holds it. Every figure about what it brings was measured on luck that the search never met.

Money is in yuan (gains and expectations: yuan a year, grants: yuan a member and year, costs: yuan over the horizon). A `Band` is the
mean, the median and the 5th and 95th percentile over runs.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np


@dataclass(frozen=True)
class Band:
    """Mean, median, 5th and 95th percentile over runs, and the standard error of the mean."""

    mean: float
    median: float
    low: float
    high: float
    error: float

    @classmethod
    def of(cls, values: np.ndarray) -> Band:
        """The band of some runs' values."""
        x = np.asarray(values, float)
        median, low, high = (float(v) for v in np.percentile(x, (50, 5, 95)))
        return cls(
            float(x.mean()),
            median,
            low,
            high,
            float(x.std(ddof=1) / np.sqrt(x.size)) if x.size > 1 else 0.0,
        )


@dataclass(frozen=True)
class Member:
    """One village in its alliance."""

    village: str
    position: int
    gain: Band  # against the same village alone, yuan a year at the end
    income_alone: Band
    expects: float  # by its own reckoning when it joins, yuan a year
    loses: float  # share of runs in which it ends worse off than alone by more than 1,000 yuan
    weak_alone: float  # share of runs in which it ends under 50,000 yuan alone
    weak: float  # and in this alliance
    leaves: float  # share of runs in which it is no longer a member at the end though the alliance goes on
    leads: float  # share of runs in which it leads at the founding
    pays: float  # side payment that would hold the alliance: receives (+) or gives (-), yuan a year


@dataclass(frozen=True)
class Rival:
    """Another strategy for the same villages and money: the proposal's less its objective, run by run."""

    strategy: str
    title: dict[str, str]
    difference: Band
    better: float  # share of runs in which the proposed one is better (ties count half)


@dataclass(frozen=True)
class ProposedAlliance:
    """One alliance of the proposal."""

    number: int
    name: dict[str, str]
    members: list[Member]
    lead: str  # the village that leads in most runs
    lead_share: float
    lead_is_township: bool
    strategy: str
    title: dict[str, str]
    grant: float
    cost: float  # promised
    spent: Band  # paid in the runs
    gain: Band  # of all members together
    objective: Band  # its part of the objective
    kept: bool  # stays from today
    townships: list[str]
    products: list[str]  # stated in the table
    reach_km: float  # from the centre to the farthest member
    located: bool  # whether the places of all members are known
    on_paper: float  # share of runs in which it is on paper at the end
    ended: float  # share of runs in which it has ended
    any_left: float  # share of runs in which a member has left
    any_loses: (
        float  # share of runs in which a member is worse off than alone by more than 1,000 yuan
    )
    subsidy: float  # yuan a year that somebody outside would have to add to hold everybody
    next_strategy: Rival | None


@dataclass(frozen=True)
class Outcome:
    """One figure of a partition: `gain` is the improvement over nobody allied, more is better; `difference` the proposal's gain less
    this one's, run by run; `better` the share of runs in which the proposal is better (ties count half)."""

    name: str
    unit: str
    value: Band
    gain: Band
    difference: Band
    better: float


@dataclass(frozen=True)
class Measured:
    """A partition measured on fresh luck. `key`: proposal, nobody, solo, today, township, nearness, or the name of an ablation."""

    key: str
    title: dict[str, str]
    strategy: str  # '' where alliances have different ones
    alliances: int
    allied: int
    cost: Band
    objective: Outcome
    outcomes: list[Outcome]
    not_allowed: int = 0  # alliances that size, radius, must or never would not allow
    unwilling: int = 0  # alliances in which some member expects to lose
    greatest_regret: float | None = (
        None  # where that is the objective: against the best of each world, in the world where it is greatest
    )


@dataclass(frozen=True)
class Point:
    """One budget of the front: what a proposal within it would bring."""

    budget: float
    cost: Band
    objective: Band
    gain_total: Band
    alliances: int
    allied: int


@dataclass(frozen=True)
class Site:
    """Where a village is, and in which alliance (its number, 0: none)."""

    village: str
    position: int
    township: str
    x_km: float
    y_km: float
    lon: float | None
    lat: float | None
    alliance: int


@dataclass(frozen=True)
class Unrest:
    """A village that would rather be elsewhere: joins alliance `joins` (0: alone)."""

    village: str
    leaves: int
    joins: int
    expects: float
    elsewhere: float


@dataclass(frozen=True)
class Nearest:
    """The best partition in which at least a fifth of the allied villages are placed otherwise."""

    measured: Measured
    moved: int  # villages placed otherwise
    alliances: list[dict[str, Any]]


@dataclass(frozen=True)
class Hunt:
    """How the search went. `optimism`: the objective in the search's runs less that on fresh luck; `believed`: what the search itself
    expected after drawing scores towards their forecast."""

    rounds: int
    stopped: bool
    sets: int
    simulated: int
    runs: int
    final_runs: int
    believed: float
    bound: float
    gap: float
    bound_is_exact: bool
    in_search: float
    fresh: float
    fresh_error: float
    optimism: float


@dataclass(frozen=True)
class Proposal:
    """The whole answer."""

    question: dict[str, Any]
    objective: dict[str, str]  # in words
    unit: str
    budget: float
    promised: float
    fresh_runs: int
    alliances: list[ProposedAlliance]
    alone: list[str]
    sites: list[Site]
    proposal: Measured
    rivals: list[Measured]
    ablations: list[Measured]
    front: list[Point]
    nearest: Nearest | None
    unrest: list[Unrest]
    breakaways: list[list[str]]
    hunt: Hunt
    notes: list[dict[str, str]] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def json(self) -> str:
        """As a JSON text, the same bytes for the same answer."""
        return json.dumps(self.data(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def read(source: str | Path) -> Proposal:
    """The proposal that `Proposal.json` wrote down, from its text or its file."""
    text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
    return _of(Proposal, json.loads(text))


def _of(kind: Any, body: Any) -> Any:
    """Plain values as an object of this type."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{f.name: _of(hints[f.name], body[f.name]) for f in fields(kind)})  # type: ignore[operator]
    if get_origin(kind) is list:
        return [_of(get_args(kind)[0], item) for item in body]
    if get_origin(kind) in (Union, UnionType):
        inner = [k for k in get_args(kind) if k is not type(None)]
        return None if body is None else _of(inner[0], body)
    return body

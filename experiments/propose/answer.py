"""Answer: a proposal in plain values, as JSON holds it. Every figure about what it brings was
measured on luck that the search never met.

Money is in yuan (gains and expectations: yuan a year, grants: yuan a member and year, costs: yuan
over the horizon). A `Band` is the mean, the median and the 5th and 95th percentile over runs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from village_alliances.sim.outputs import document
from village_alliances.sim.structured import json_of, read_json
from village_alliances.sim.summary import Summarised
from village_alliances.wording import grouped

UNSETTLED = 0.05  # of plans: where chains differ by more, shares are not told as advice


@dataclass(frozen=True)
class Spread:
    """Mean, median, 5th and 95th percentile over runs, and the standard error of the mean."""

    mean: float
    median: float
    low: float
    high: float
    error: float

    @classmethod
    def of(cls, values: np.ndarray) -> Spread:
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
    gain: Spread  # against the same village with nobody allied, yuan a year at the end
    income_alone: Spread
    loses: float  # share of runs in which it ends worse off than alone by more than 1,000 yuan
    weak_alone: float  # share of runs in which it ends under 50,000 yuan alone
    weak: float  # and in this alliance
    leaves: float  # share of runs in which it is no member at the end though the alliance goes on
    quiet: float  # share of runs in which it is a member at the end and takes no part
    # yuan a year with which it loses in no more than a tenth of runs; 0 where it loses in a quarter
    # of runs at most
    hold: float
    leads: float  # share of runs in which it leads at the founding


@dataclass(frozen=True)
class Funded:
    """A village that is funded singly: an alliance of one."""

    village: str
    position: int
    grant: float
    cost: float
    gain: Spread
    income_alone: Spread
    loses: float
    weak_alone: float
    weak: float


@dataclass(frozen=True)
class Next:
    """The next strategy for the same villages and money: the proposal's less
    its objective, run by run."""

    strategy: str
    title: dict[str, str]
    difference: Spread
    better: float  # share of runs in which the proposed one is better (ties count half)


@dataclass(frozen=True)
class ProposedAlliance:
    """One alliance of the proposal."""

    number: int
    name: dict[str, str]
    members: list[Member]
    lead: str  # the village that leads in most runs
    lead_share: float
    lead_is_outside: bool  # a township or a firm heads it
    strategy: str
    title: dict[str, str]
    grant: float
    cost: float  # promised: grant x members x years
    spent: Spread  # paid in the runs; the rest lapsed as members left, went quiet, or it ended
    gain: Spread  # of all members together
    objective: Spread  # its part of the objective
    kept: bool  # stays from today
    founded: int  # quarter in which it is founded
    townships: list[str]
    products: list[str]  # stated in the table
    reach_km: float  # from the centre to the farthest member
    located: bool  # whether the places of all members are known
    broken: float  # share of runs in which it is on paper or has ended at the end
    deserted: float  # share of runs in which fewer than two members take part at the end
    # share of runs in which the gains of all together are at least what would hold those that lose
    held: float
    any_left: float  # share of runs in which a member has left
    any_quiet: float  # share of runs in which a member takes no part at the end
    any_loses: (
        float  # share of runs in which a member is worse off than alone by more than 1,000 yuan
    )
    # share of near-best plans in which all of these are in one alliance, where chains agree
    together: float | None
    next_strategy: Next | None


@dataclass(frozen=True)
class PlanFigure:
    """One figure of a plan: `gain` is the improvement over nobody allied, more is better;
    `difference` the proposal's gain less this one's, run by run; `better` the share of runs in
    which the proposal is better (ties count half)."""

    name: str
    unit: str
    value: Spread
    gain: Spread
    difference: Spread
    better: float


@dataclass(frozen=True)
class Measured:
    """A plan measured on fresh luck. `key`: proposal, nobody, a rival's name,
    or another near-best plan."""

    key: str
    title: dict[str, str]
    strategy: str  # '' where alliances have different ones, or there are none
    alliances: int
    allied: int
    funded: int  # villages with public money of their own
    cost: Spread
    objective: PlanFigure
    outcomes: list[PlanFigure]
    not_allowed: int = 0  # alliances that size, radius, must or never would not allow

    @property
    def single(self) -> bool:
        """Whether it gives money to single villages only."""
        return self.key != "nobody" and self.alliances == 0


@dataclass(frozen=True)
class Point:
    """One budget of the front: what a proposal within it would bring."""

    budget: float
    cost: Spread
    objective: Spread
    gain_mean: Spread
    alliances: int
    allied: int
    funded: int
    ahead: Spread  # mean gain of a village by the proposal, less that by this one, run by run


@dataclass(frozen=True)
class Site:
    """Where a village is, in which alliance (its number, 0: none), and its own
    grant, yuan a year (0: none)."""

    village: str
    position: int
    township: str
    x_km: float
    y_km: float
    lon: float | None
    lat: float | None
    alliance: int
    grant: float


@dataclass(frozen=True)
class Placings:
    """How often a village is allied, funded singly, left alone, and leads, over near-best plans."""

    village: str
    position: int
    allied: float
    funded: float
    alone: float
    leads: float


@dataclass(frozen=True)
class VillagePair:
    """How often two villages are together, over near-best plans."""

    villages: list[str]
    positions: list[int]
    share: float


@dataclass(frozen=True)
class OtherPlan:
    """The plan in the middle of a cluster of near-best plans, of `share` of them,
    measured on the same fresh luck."""

    measured: Measured
    share: float
    moved: int  # villages placed or funded otherwise
    plan: list[dict[str, Any]]


@dataclass(frozen=True)
class Settled:
    """Villages that belong together: all of them are in one alliance in `share` of near-best
    plans."""

    villages: list[str]
    share: float


@dataclass(frozen=True)
class NearBest:
    """What near-best plans share. `plans` sampled, `different` of them; within `slack` of the
    best by the search's scores.

    `settled`: groups of villages any two of which are together in at least nine of ten plans.
    `open`: villages of which no placing (with somebody, alone, funded) comes up in nine of ten.
    `rhat`, `disagreement`: how far the chains agree; `effective`: how many plans drawn by
    themselves would tell as much.
    """

    plans: int
    different: int
    slack: float
    rhat: float | None
    effective: float
    disagreement: float
    villages: list[Placings]
    pairs: list[VillagePair]
    settled: list[Settled]
    open: list[str]
    alternatives: list[OtherPlan]


@dataclass(frozen=True)
class Loser:
    """A village that is worse off on average: in alliance `alliance` (0: in none), by `gain` yuan a
    year, in `share` of runs."""

    village: str
    position: int
    alliance: int
    gain: Spread
    share: float


@dataclass(frozen=True)
class Pilot:
    """Alliances that begin first. After two years the others are founded where the outcome `signal`
    reaches `threshold`: `growth` (pilot members' mean income rose by so many yuan a year more than
    that of villages with nothing) or `active` (the share of pilot members that take part). Where it
    does not, `otherwise`: stop, or singly (the others' grants to the same villages singly).

    `expands`: share of runs in which it does. `gain`: the objective. `ahead`: that less the
    gain of founding all at once. `learning`: that less the gain of whoever goes on without
    looking, in the way (`blindly`: expand, stop or singly) that served best in the luck in
    which the trigger was chosen.
    """

    alliances: list[int]
    villages: int
    signal: str
    threshold: float
    otherwise: str
    expands: float
    blindly: str
    gain: Spread
    ahead: Spread
    learning: Spread


@dataclass(frozen=True)
class Stages:
    """Pilots of `years`, by number of alliances; `best`: place of the one that served best in the
    luck in which triggers were chosen."""

    years: float
    pilots: list[Pilot]
    best: int


@dataclass(frozen=True)
class Changed:
    """One step from today's alliances, after those before it. `kind`: end, singly, leave, join,
    move, merge, found, fund, lead or form.

    `villages`: whose place changes. `before`, `after`: the groups concerned. `strategy`, `grant`:
    of the last of `after`, '' and 0 where there is none. `brings`: the objective of the plan after
    it less that of the plan before it.
    """

    kind: str
    villages: list[str]
    before: list[list[str]]
    after: list[list[str]]
    strategy: str
    title: dict[str, str]
    grant: float
    brings: Spread


@dataclass(frozen=True)
class Changes:
    """How a proposal stands to today's alliances. `broken`: names of today's alliances of which no
    alliance of the proposal holds more than half; `moved`: villages with others, or funded
    otherwise. `ahead`: the proposal's objective less that of today's alliances with as much of the
    usual grant as the budget pays. `steps`: what matters most, one after another."""

    broken: list[dict[str, str]]
    moved: int
    ahead: Spread
    steps: list[Changed]


@dataclass(frozen=True)
class SearchRecord:
    """How the search went. `in_search`: the objective on the luck on which the plan was chosen;
    `optimism`: that less it on fresh luck; `gap`: the most by which another choice among the
    candidates can exceed the one taken, by the search's scores."""

    rounds: int
    stopped: bool
    sets: int
    simulated: int
    runs: int
    final_runs: int
    believed: float
    gap: float
    in_search: float
    fresh: float
    fresh_error: float
    optimism: float


@dataclass(frozen=True, repr=False)
class Proposal(Summarised):
    """The whole answer. `strongest`: key of the rival that brings most. `advice`: ally, mixed (some
    allied, some funded singly), aim (do not ally: single villages with the same money do better),
    plain (a plain grouping does better than what was found), wider (only one that keeps to fewer
    rules does), alike (allying and single money cannot be told apart), doubtful (not surely better
    than leaving things as they are), or nothing."""

    question: dict[str, Any]
    objective: dict[str, str]  # in words
    unit: str
    budget: float  # sum, yuan
    years: float  # in which grants are paid
    promised: float
    fresh_runs: int
    advice: str
    strongest: str
    alliances: list[ProposedAlliance]
    funded: list[Funded]
    alone: list[str]
    sites: list[Site]
    proposal: Measured
    rivals: list[Measured]
    front: list[Point]
    ensemble: NearBest | None  # None where the table says nothing but places
    losers: list[Loser]
    hunt: SearchRecord
    places_only: bool  # the table says nothing but places: one village may stand for another
    stages: Stages | None  # where they were asked for and there are two alliances
    changes: Changes | None  # where the search began from today's alliances
    notes: list[dict[str, str]] = field(default_factory=list)

    def in_short(self) -> str:
        """What is advised, for how many."""
        return (
            f"{self.advice}; {len(self.alliances)} alliances, {len(self.funded)} "
            f"villages funded singly, "
            f"{len(self.alone)} alone; {grouped(self.promised, 'en', ',.0f')} of {grouped(self.budget, 'en', ',.0f')} yuan promised"
        )

    def rival(self, key: str) -> Measured | None:
        """A rival by its key."""
        return next((rival for rival in self.rivals if rival.key == key), None)

    def data(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def json(self) -> str:
        """As a JSON text with who made it, the same bytes for the same answer."""
        return document(self.data(), indent=1) + "\n"


def read_proposal(source: str | Path) -> Proposal:
    """The proposal that `Proposal.json` wrote down, from its text or its file."""
    body = read_json(source) if isinstance(source, Path) else json_of(source, "proposal.json")
    return _of(Proposal, body)


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

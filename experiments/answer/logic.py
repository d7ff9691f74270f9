"""What follows from a comparison, before any word is chosen.

The leader is the option of least expected regret, which among the same runs is the one of the
greatest mean. Whoever cannot be told from it stands beside it: their paired mean difference or the
share of runs in which it is ahead does not leave nought, or a half, outside its 95% interval
(widened for the number of options that are held against it). Nobody is said to bring less than one
of those beside the leader while its own mean, as it is written, is no less. A claim about a share
of runs is made only where the whole interval of that share bears it.

The same money without alliance is judged in two ways. What is spread or lumped without regard to
who is weak says whether acting together adds to the money. What is aimed at the weak, by whom the
answer is judged, wins among them by its aim: it says for whom the money is, and is held against the
strategy over all villages as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from village_alliances.experiments import statistics
from village_alliances.experiments.answer.evidence import AIMED, ComparedOptions, Option

FEW = 100  # runs; under them an answer is provisional
MONEY = 0.6  # of the runs: from here on the same money without alliance comes first
APART = 0.5  # of the mean: a median that is further from it is said beside it
TOLD = 0.5  # of the gain: a change under the whole range that is larger would alter the advice
SURE = 0.95
ODD = 3.0  # standard errors: failures further from chance are none
FAILS = 0.02  # of the runs: rarer failures are left out in silence


@dataclass(frozen=True)
class Gap:
    """A paired difference: mean and share of runs above nought (a tie counts half) with their
    standard errors, and the spread."""

    runs: int
    mean: float
    mean_error: float
    share: float
    share_error: float
    median: float
    low: float
    high: float

    @property
    def tied(self) -> bool:
        """The same in every run."""
        return self.runs > 0 and self.low == self.high == self.mean == 0.0 and self.mean_error == 0

    def ahead(self, z: float) -> bool:
        """Above nought beyond doubt, by the mean and by the share of runs."""
        return self.mean > z * self.mean_error and self.share - z * self.share_error > 0.5

    def behind(self, z: float) -> bool:
        """Below nought beyond doubt, by the mean and by the share of runs."""
        return -self.mean > z * self.mean_error and self.share + z * self.share_error < 0.5

    def split(self, z: float) -> bool:
        """Mean and share of runs point to different sides, at least one of them beyond doubt."""
        opposed = (self.mean > 0) != (self.share > 0.5) and self.mean != 0 and self.share != 0.5
        clear = abs(self.mean) > z * self.mean_error, abs(self.share - 0.5) > z * self.share_error
        return opposed and any(clear)

    @property
    def skewed(self) -> bool:
        """Median and mean differ in sign, or by more than half of the mean."""
        return abs(self.median - self.mean) > APART * abs(self.mean)


@dataclass(frozen=True)
class Failures:
    """How many runs of an option failed, and whether that is its own doing or that of
    runs which are bad for all."""

    share: float
    own: bool
    bad_runs: bool

    @property
    def matter(self) -> bool:
        """The runs that are left are not a fair sample."""
        return self.own or self.bad_runs


@dataclass(frozen=True)
class Rival:
    """The same money without alliance: what an option has over it, what it has over the baseline,
    and what the option has over it where all villages count."""

    name: str
    over: Gap
    gain: Gap
    whole: Gap

    @property
    def first(self) -> bool:
        """Whether it does better in MONEY of the runs, or may well: its interval reaches there and
        leaves a half behind, so one seed or another does not change what comes first; and is not
        worse than the baseline beyond doubt."""
        better, reach = 1.0 - self.over.share, statistics.Z95 * self.over.share_error
        does = better >= MONEY or (better + reach >= MONEY and better - reach > 0.5)
        return does and not self.gain.behind(statistics.Z95)

    @property
    def more(self) -> bool:
        """Whether it brings as much on average, or more."""
        return self.over.mean <= 0


@dataclass(frozen=True)
class Standing:
    """One option against the baseline, over the runs that succeeded under both. `rival`: the
    strongest way to spend the same money without alliance, be it one that does better in MONEY of
    the runs, else that of the greatest mean; `aimed`: the strongest of those that pick the villages
    by which the answer is judged. None where they were not run."""

    name: str
    gain: Gap
    regret: float  # yuan a village and year, expected, over the runs that all options finished
    failures: Failures
    rival: Rival | None = None
    aimed: Rival | None = None

    @property
    def beside(self) -> Rival | None:
        """The rival that stands beside it where there is room for one."""
        return self.rival or self.aimed


@dataclass(frozen=True)
class Assumption:
    """How far the answer rests on what is not known. `state`: holds, moved, few, or unchecked
    (nothing to hold it against).

    `gain` and `leader` are those over the whole range of what is unknown.
    """

    state: str
    gain: float = math.nan
    leader: str = ""


@dataclass(frozen=True)
class Conclusion:
    """The conclusions. `kind` is one of KINDS; `leader` is '' where none may be named; `together`
    are those that cannot be told from the first, itself included, in the order of their means;
    `tied` those that equal it in every run; `unfair` those whose failures leave no fair sample:
    they are ranked by nobody. `gaps`: what the first has over each other, by name."""

    kind: str
    standings: tuple[Standing, ...]
    leader: str
    together: tuple[str, ...]
    tied: tuple[str, ...]
    worse: tuple[str, ...]
    split: tuple[str, ...]
    unfair: tuple[str, ...]
    dropped: tuple[str, ...]
    runs: int
    few: bool
    assumption: Assumption
    gaps: Mapping[str, Gap]

    def standing(self, name: str) -> Standing:
        """One option's. Raises KeyError."""
        for standing in self.standings:
            if standing.name == name:
                return standing
        raise KeyError(name)

    @property
    def first(self) -> Standing | None:
        """The option of least expected regret, whether or not it may be called the leader."""
        return self.standing(self.together[0]) if self.together else None

    @property
    def subject(self) -> Standing | None:
        """The option of which headline and lines speak: the first, or the one that is better in
        most runs and worse on average."""
        if self.kind == "split":
            parted = [self.standing(name) for name in self.split]
            return next((part for part in parted if part.gain.share > 0.5), self.first)
        return self.first

    @property
    def rival(self) -> Rival | None:
        """The same money without alliance of which headline and lines speak: the strongest that is
        spread or lumped, or the one aimed at the weak where by it the headline is decided."""
        if self.subject is None:
            return None
        rival, aimed = self.subject.rival, self.subject.aimed
        blind = rival is not None and rival.first and rival.more
        if rival is None or self.kind == "aimed" or (self.kind in MONEYS and not blind):
            return aimed
        return rival


KINDS = {
    "failed": "no run succeeded",
    "one": "a single run",
    "alone": "nothing to hold against the baseline",
    "tied": "all the same in every run",
    "together": "better than the baseline, and than the same money without alliance",
    "money": "the same money without alliance does better in MONEY of the runs or more",
    "money_idle": "the money does so, and neither it nor the strategy beats the baseline for sure",
    "parted": "the money does so, and brings less on average",
    "aimed": "only aimed at those by whom it is judged, and not for all villages, does the money "
    "do so",
    "either": "better than the baseline; alliance and money cannot be told apart",
    "uncompared": "better than the baseline; the same money without alliance was not run",
    "split": "better in most runs and worse on average, or the other way",
    "no": "none is better than the baseline, beyond doubt",
    "cannot": "none is better beyond doubt, and none is worse",
    "broken": "the one that leads fails in runs that are not a fair sample",
}
MONEYS = ("money", "money_idle")  # kinds of headline in which the money comes first
LEADS = (
    "together",
    "money",
    "parted",
    "aimed",
    "either",
    "uncompared",
)  # kinds of headline beside which a leader may be named


def conclude(e: ComparedOptions) -> Conclusion:
    """What follows from a comparison."""
    dropped = tuple(o.name for o in e.options if not np.isfinite(o.values).any())
    kept = tuple(o for o in e.options if o.name not in dropped)
    if not np.isfinite(e.baseline.values).any() or (e.options and not kept):
        return _nothing("failed", e, dropped)
    if not kept:
        return _nothing("alone", e, dropped)
    if e.runs == 1:
        return _nothing("one", e, dropped)
    z = _z(len(kept))
    standings = _standings(e, kept)
    fair = [standing for standing in standings if not standing.failures.matter] or standings
    unfair = tuple(standing.name for standing in standings if standing not in fair)
    first = fair[0]
    gaps = {
        option.name: _between(e.option(first.name), e.option(option.name))
        for option in fair
        if option is not first
    }
    worse = _worse(fair, gaps, z)
    together = (first.name, *(name for name in gaps if name not in worse))
    kind = _kind(first, fair, z)
    return Conclusion(
        kind=kind,
        standings=tuple(standings),
        leader=first.name if len(together) == 1 and kind in LEADS else "",
        together=together,
        tied=tuple(name for name, gap in gaps.items() if gap.tied),
        worse=worse,
        split=tuple(option.name for option in fair if option.gain.split(z)),
        unfair=unfair,
        dropped=dropped,
        runs=e.runs,
        few=e.runs < FEW,
        assumption=_assumption(e, kept, together, first),
        gaps=gaps,
    )


def _worse(fair: Sequence[Standing], gaps: Mapping[str, Gap], z: float) -> tuple[str, ...]:
    """Who brings less than the first beyond doubt, and whose mean as it is written is under that of
    everybody beside the first."""
    others = fair[1:]
    beside = [i for i, other in enumerate(others) if not gaps[other.name].ahead(z)]
    after = others[beside[-1] + 1 :] if beside else others
    least = min((_written(others[i].gain.mean) for i in beside), default=math.inf)
    return tuple(value.name for value in after if _written(value.gain.mean) < least)


def _nothing(kind: str, e: ComparedOptions, dropped: tuple[str, ...]) -> Conclusion:
    return Conclusion(
        kind=kind,
        standings=(),
        leader="",
        together=(),
        tied=(),
        worse=(),
        split=(),
        unfair=(),
        dropped=dropped,
        runs=e.runs,
        few=e.runs < FEW,
        assumption=Assumption("unchecked"),
        gaps={},
    )


def _z(options: int) -> float:
    """Standard errors of a 95% interval that holds for all options at once."""
    return NormalDist().inv_cdf(1 - (1 - SURE) / 2 / max(1, options - 1))


def _kind(first: Standing, standings: Sequence[Standing], z: float) -> str:
    """What the headline says. The money comes first wherever it may do better in MONEY of the
    runs, unless nothing pays: then that does."""
    if all(standing.gain.tied for standing in standings):
        return "tied"
    if first.failures.matter:
        return "broken"
    rival, aimed = first.rival, first.aimed
    worse = all(standing.gain.behind(z) for standing in standings)
    if rival is not None and rival.first and rival.more:
        return _money(first, rival, worse)
    if aimed is not None and aimed.first and aimed.more:
        return _money(first, aimed, worse) if aimed.whole.behind(statistics.Z95) else "aimed"
    if rival is not None and rival.first:
        return "parted"
    if first.gain.ahead(z):
        if rival is None:
            return "uncompared"
        return "together" if rival.over.ahead(statistics.Z95) else "either"
    if first.gain.split(z) or any(
        standing.gain.split(z) and standing.gain.share > 0.5 for standing in standings
    ):
        return "split"
    return "no" if worse else "cannot"


def _money(first: Standing, rival: Rival, worse: bool) -> str:
    """What is said where the same money does better: whether it, or the strategy, beats the
    baseline beyond doubt. `worse`: every strategy falls short of the baseline beyond doubt."""
    if any(gap.ahead(statistics.Z95) for gap in (first.gain, rival.gain)):
        return "money"
    return "no" if worse else "money_idle"


def _standings(e: ComparedOptions, options: Sequence[Option]) -> list[Standing]:
    """Every option against the baseline, those of least expected regret first; ties keep
    the order that was asked."""
    regret = _regret(e, options)
    standings = []
    for i, option in enumerate(options):
        blind = _strongest(e, option, [name for name in option.rivals if name not in AIMED])
        aimed = _strongest(e, option, [name for name in option.rivals if name in AIMED])
        gain, failures = _between(option, e.baseline), _failures(e, option, options)
        standings.append(Standing(option.name, gain, float(regret[i]), failures, blind, aimed))
    return sorted(
        standings,
        key=lambda standing: standing.regret if math.isfinite(standing.regret) else math.inf,
    )


def _regret(e: ComparedOptions, options: Sequence[Option]) -> np.ndarray:
    """Expected regret of each option and of none of them (the baseline), over the runs that all
    finished; shape (options,)."""
    values = np.stack([*(o.values for o in options), e.baseline.values], axis=1)
    complete = statistics.complete(values)
    if not len(complete):
        means = np.array([np.nanmean(o.values) for o in options])
        return np.asarray(means.max() - means)
    return np.asarray(statistics.regret(complete, 1)[:, :-1].mean(axis=0))


def _strongest(e: ComparedOptions, option: Option, names: Sequence[str]) -> Rival | None:
    """The rival among `names` that does best with the same money; None where none of their
    runs can be held against it."""
    rivals = []
    for name in names:
        money = option.rivals[name]
        over = gap(statistics.differences(option.values, money.values))
        gain = gap(statistics.differences(money.values, e.baseline.values))
        whole = gap(statistics.differences(option.whole, money.whole))
        if over.runs:
            rivals.append(Rival(name, over, gain, whole))
    return min(rivals, key=lambda rival: (not rival.first, rival.over.mean), default=None)


def _written(value: float) -> float:
    """A mean as the table shows it, to two figures."""
    return float(f"{value:.1e}")


def _between(option: Option, other: Option) -> Gap:
    return gap(statistics.differences(option.values, other.values))


def gap(difference: np.ndarray) -> Gap:
    """Mean, share and spread of paired differences (runs,), failed runs (nan) left out."""
    fine = difference[np.isfinite(difference)]
    if not fine.size:
        return Gap(0, *[math.nan] * 7)
    wins = (fine > 0) + 0.5 * (fine == 0)
    n = fine.size
    share = float(wins.mean())
    spread = float(wins.std(ddof=1)) if n > 1 else math.nan
    if n > 1 and not spread and share in (0.0, 1.0):  # all of a few runs are not all of many
        spread = math.sqrt((share * n + 1) * ((1 - share) * n + 1)) / (n + 2)
    low, median, high = np.percentile(fine, (statistics.LOW, 50.0, statistics.HIGH))
    return Gap(
        n,
        float(fine.mean()),
        statistics.standard_error_of_mean(fine),
        share,
        spread / math.sqrt(n),
        float(median),
        float(low),
        float(high),
    )


def _failures(e: ComparedOptions, option: Option, options: Sequence[Option]) -> Failures:
    """Whether an option's failures are its own (others finish these runs) or fall on
    runs that are bad for all."""
    failed = ~np.isfinite(option.values)
    share = float(failed.mean())
    if share < FAILS:
        return Failures(share, False, False)
    base = ~np.isfinite(e.baseline.values)
    only, back = int((failed & ~base).sum()), int((base & ~failed).sum())
    own = only - back > ODD * math.sqrt(max(1, only + back)) and only - back >= FAILS * e.runs
    others = [o.values for o in (*options, e.baseline) if o is not option]
    return Failures(share, own, any(_lower(values, failed) for values in others))


def _lower(values: np.ndarray, failed: np.ndarray) -> bool:
    """Whether `values` are lower where another option failed, by more than chance
    (difference of mean ranks)."""
    fine = np.isfinite(values)
    failing, else_ = fine & failed, fine & ~failed
    n, m = int(failing.sum()), int(else_.sum())
    if n < 5 or m < 5 or np.ptp(values[fine]) == 0:
        return False
    ranks = np.empty(values.size)
    ranks[fine] = np.argsort(np.argsort(values[fine], kind="stable"), kind="stable")
    error = (n + m) * math.sqrt((1 / n + 1 / m) / 12)
    return float(ranks[else_].mean() - ranks[failing].mean()) > ODD * error


def _assumption(
    e: ComparedOptions, kept: Sequence[Option], together: Sequence[str], first: Standing
) -> Assumption:
    """Hold the answer against the one that comes out over the whole range of what is unknown."""
    options = [o for o in kept if o.prior is not None and np.isfinite(o.prior).any()]
    if e.baseline.prior is None or first.name not in [o.name for o in options]:
        return Assumption("unchecked")
    gains = {
        o.name: gap(statistics.differences(o.prior, e.baseline.prior))
        for o in options
        if o.prior is not None
    }
    leader = max(gains, key=lambda name: gains[name].mean)
    over = _over_prior(e, leader, first.name)
    z = _z(len(options))
    now, whole = first.gain, gains[first.name]
    change = abs(whole.mean - now.mean)
    error = statistics.Z95 * math.hypot(whole.mean_error, now.mean_error)
    bound = TOLD * abs(now.mean)
    if leader not in together and over.ahead(z):
        return Assumption("moved", whole.mean, leader)
    if change > max(bound, error) and now.mean:
        return Assumption("moved", whole.mean, leader)
    if (
        min(now.runs, whole.runs) < FEW or error > bound
    ):  # a change of that size could hide in the noise
        return Assumption("few", whole.mean, leader)
    return Assumption("holds", whole.mean, leader)


def _over_prior(e: ComparedOptions, name: str, other: str) -> Gap:
    a, b = e.option(name).prior, e.option(other).prior
    assert a is not None and b is not None
    return gap(statistics.differences(a, b))

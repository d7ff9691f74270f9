"""Evaluate: what a proposal brings on luck that the search never met, beside what a county could do without it.

Everything here has seeds of its own: other posterior draws, other blanks, other quarters. Rivals that have something to choose (their
one strategy, the size of their groups) choose it in the search's runs, as the proposal did, and are then measured in the same fresh
runs, so that every difference is taken run by run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from village_alliances.experiments.propose import objectives, stable
from village_alliances.experiments.propose.answer import (
    Band,
    Hunt,
    Measured,
    Member,
    Nearest,
    Outcome,
    Point,
    Proposal,
    ProposedAlliance,
    Rival,
    Site,
    Unrest,
)
from village_alliances.experiments.propose.candidates import township_groups
from village_alliances.experiments.propose.objectives import BASES, County
from village_alliances.experiments.propose.packing import NothingFits
from village_alliances.experiments.propose.scoring import Candidate, Laboratory, Scores
from village_alliances.experiments.propose.search import Bank, Choice, Search, empty_bank
from village_alliances.experiments.propose.task import spends
from village_alliances.sim.history import labels
from village_alliances.sim.luck import name_key
from village_alliances.sim.parameters import levers as known_levers
from village_alliances.sim.rules.recording import WEAK
from village_alliances.sim.scenario import BLANK, FIRST_QUARTER, GROUP_SIZE, grouped

FRESH_RUNS = 200
BRIEF_RUNS = 100
SELECTION_RUNS = 32  # of the search's, in which rivals choose
LOSS = 1000.0  # yuan a year; a smaller loss is none (the same line as the outcome `losers`)
BUDGETS = (0.25, 0.5, 0.75, 1.5, 2.0)  # of the planner's, for the front
OTHERWISE = 0.2  # of the allied villages that the nearest different partition must place otherwise
TITLES = {
    "proposal": {"en": "this proposal", "zh": "本方案"},
    "nobody": {"en": "nobody allied, no money", "zh": "不结盟、不投入"},
    "solo": {
        "en": "nobody allied, the same money for single villages' own projects",
        "zh": "不结盟，同等资金用于单村项目",
    },
    "today": {"en": "today's alliances", "zh": "现有联合体"},
    "township": {"en": "grouped by township", "zh": "按乡镇分组"},
    "township_kept": {
        "en": "grouped by township, groups that break a rule left out",
        "zh": "按乡镇分组，去掉不守条件的组",
    },
    "nearness": {"en": "grouped by nearness", "zh": "就近分组"},
    "one_strategy": {
        "en": "the same groups and money, one strategy for all",
        "zh": "同样分组和资金，全部采用同一策略",
    },
    "even_money": {
        "en": "the same groups and strategies, the money spread evenly",
        "zh": "同样分组和策略，资金平均分配",
    },
    "plain_groups": {
        "en": "the same money, groups by nearness, one strategy for all",
        "zh": "同样资金，就近分组，全部采用同一策略",
    },
    "no_money": {
        "en": "the same groups and strategies, no grants",
        "zh": "同样分组和策略，不给补助",
    },
    "nearest": {
        "en": "the best proposal that places a fifth of the villages otherwise",
        "zh": "至少五分之一的村另行安排的最优方案",
    },
}


@dataclass
class _Lived:
    """A partition in the fresh runs: incomes and last weak quarters (runs, villages), money by quarter (runs, ticks)."""

    income: np.ndarray
    last_weak: np.ndarray
    money: np.ndarray


def fresh_seed(seed: int) -> int:
    """The seed of luck on which a proposal is measured: never the search's, and the same for the same question."""
    return int(name_key("propose", "fresh", str(seed)) & (2**62 - 1))


class Evaluation:
    """Measures partitions of one search in the same fresh runs."""

    def __init__(
        self,
        search: Search,
        *,
        runs: int = FRESH_RUNS,
        threads: int = 0,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        task = search.task
        self.search, self.task, self.objective = search, task, search.objective
        self.lab = Laboratory(
            task.scenario,
            task.plans,
            seed=fresh_seed(task.seed),
            levers=task.levers,
            mode=task.mode,
            threads=threads or search.lab.threads,
            interrupted=stop,
        )
        self.numbers = np.arange(runs, dtype=np.uint64)
        self.bank: Bank = empty_bank(self.lab, self.numbers, search.objective.regret)
        self.county: County = self.bank.county
        self.best_by_world = np.zeros(
            0
        )  # the most that any partition measured for its world attains there

    def scores(self, candidates: Sequence[Candidate]) -> Scores:
        """These candidates in the fresh runs."""
        return self.lab.score(candidates, self.numbers)

    def live(self, candidates: Sequence[Candidate]) -> _Lived:
        """The whole county under a partition."""
        income, last = self.county.income.copy(), self.county.last_weak.copy()
        money = np.zeros((self.numbers.size, self.lab.ticks))
        if candidates:
            scores = self.scores(candidates)
            money = scores.grants
            for at, c in enumerate(candidates):
                rows = scores.of(at)
                income[:, c.members], last[:, c.members] = (
                    scores.income[rows].T,
                    scores.last_weak[rows].T,
                )
        return _Lived(income, last, money)

    def gain(self, lived: _Lived) -> np.ndarray:
        """The objective by run, more is better."""
        return self.objective.gain(self.county, lived.income, lived.last_weak)

    def measure(
        self,
        key: str,
        lived: _Lived,
        base: _Lived,
        candidates: Sequence[Candidate],
        strategy: str = "",
    ) -> Measured:
        """All outcomes of a partition beside those of the proposal, `base`."""

        def outcome(
            name: str, unit: str, value: np.ndarray, gain: np.ndarray, proposed: np.ndarray
        ) -> Outcome:
            difference = proposed - gain
            better = float((difference > 0).mean() + 0.5 * (difference == 0).mean())
            return Outcome(name, unit, Band.of(value), Band.of(gain), Band.of(difference), better)

        found = []
        for name, kind in BASES.items():
            value = self.county.value(name, lived.income, lived.last_weak)
            none = self.county.value(name, self.county.income, self.county.last_weak)
            proposed = self.county.value(name, base.income, base.last_weak)
            found.append(
                outcome(
                    name,
                    kind.unit,
                    value,
                    kind.better * (value - none),
                    kind.better * (proposed - none),
                )
            )
        losers = ((lived.income - self.county.income) < -LOSS).sum(axis=1).astype(float)
        others = ((base.income - self.county.income) < -LOSS).sum(axis=1).astype(float)
        found.append(outcome("losers", "villages", losers, -losers, -others))
        gain = self.gain(lived)
        whole = outcome(self.task.objective, self.unit, gain, gain, self.gain(base))
        title = TITLES.get(key, {"en": key, "zh": key})
        allied = sum(len(c.members) for c in candidates)
        wide = sum(
            not (
                set(c.members) & self.task.rules.taken or self.search.country.admissible(c.members)
            )
            for c in candidates
        )
        unwilling = sum(not self.search.willing(c) for c in candidates)
        return Measured(
            key,
            title,
            strategy,
            len(candidates),
            allied,
            Band.of(lived.money.sum(axis=1)),
            whole,
            found,
            wide,
            unwilling,
            self.regret(gain),
        )

    def by_world(self, gain: np.ndarray) -> np.ndarray:
        """The mean of a gain in each world, (worlds,)."""
        return np.array([gain[self.bank.worlds == g].mean() for g in np.unique(self.bank.worlds)])

    def regret(self, gain: np.ndarray) -> float | None:
        """The greatest regret of a partition, where that is what is asked for."""
        return (
            float((self.best_by_world - self.by_world(gain)).max())
            if self.best_by_world.size
            else None
        )

    def know_worlds(self, base: _Lived) -> None:
        """Measure, on fresh luck, the partitions that the search found best for each world."""
        rivals = [
            self.by_world(self.gain(self.live(choice.candidates)))
            for choice in self.search.best_of_worlds
        ]
        self.best_by_world = np.max([*rivals, self.by_world(self.gain(base))], axis=0)

    @property
    def unit(self) -> str:
        """The unit of the objective."""
        return (
            BASES[self.objective.single].unit
            if self.objective.single
            else "share of what each part could attain alone"
        )

    # What a county could do without the proposal

    def best_single(
        self,
        groups: Sequence[tuple[int, ...]],
        grant: Callable[[str], float],
        like: Sequence[Candidate] = (),
    ) -> list[Candidate]:
        """These groups with the one strategy that is best for them in the search's runs."""
        search = self.search
        numbers = search.bank.numbers[:SELECTION_RUNS]
        bank = empty_bank(search.lab, numbers, False)
        plain = objectives.Objective(
            self.objective.text, self.objective.weights, False, self.objective.scale
        )
        best: list[Candidate] = []
        top = -np.inf
        for plan in self.task.plans:
            money = grant(plan.name)
            forms = (
                [Candidate(g, plan.name, money, c.lead, c.founded) for g, c in zip(groups, like)]
                if like
                else []
            )
            forms = forms or [Candidate(g, plan.name, money) for g in groups]
            fresh = empty_bank(search.lab, numbers, False)
            fresh.county = bank.county
            fresh.simulate(search.lab, forms)
            value = fresh.value(plain, *fresh.assemble(forms))
            if value > top:
                best, top = forms, value
        return best

    def even(self, villages: int, budget: float) -> Callable[[str], float]:
        """The grant that spends this budget evenly on so many villages; nothing with a strategy that spends nothing."""
        most = known_levers()["grant_per_village"].high
        spending = {plan.name for plan in self.task.plans if spends(plan)}
        each = min(most, budget / max(1e-9, villages * self.task.paid_years[FIRST_QUARTER]))
        return lambda strategy: each if strategy in spending else 0.0

    def by_township(self, budget: float) -> list[Candidate]:
        """Each township cut into groups within the span, with the best single strategy."""
        groups = township_groups(self.task.scenario, self.task.low, self.task.high)
        return self.best_single(groups, self.even(sum(map(len, groups)), budget)) if groups else []

    def keeping(self, forms: Sequence[Candidate]) -> list[Candidate]:
        """Those of these alliances that keep to size, radius and conditions, and in which nobody expects to lose."""
        return [
            c for c in forms if self.search.country.admissible(c.members) and self.search.willing(c)
        ]

    def by_nearness(self, budget: float) -> list[Candidate]:
        """Nearest villages together, of the usual number within the span, with the best single strategy."""
        size = min(max(GROUP_SIZE, self.task.low), self.task.high)
        groups = [
            g.members
            for g in grouped(self.task.scenario, size).given
            if self.task.low <= len(g.members) <= self.task.high + 1
        ]
        groups = [g[: self.task.high] for g in groups]
        return self.best_single(groups, self.even(sum(map(len, groups)), budget)) if groups else []

    def today(self) -> list[Candidate]:
        """The alliances that the table names, at the county's usual grant: their stated strategy, else the best single one."""
        s = self.task.scenario
        if s.grouped or not s.given:
            return []
        usual = self.task.usual_grant
        spending = {plan.name for plan in self.task.plans if spends(plan)}
        known = {plan.name for plan in self.task.plans}
        like = [Candidate(tuple(sorted(g.members)), "", usual, g.lead, g.founded) for g in s.given]
        best = self.best_single(
            [c.members for c in like], lambda name: usual if name in spending else 0.0, like
        )
        stated = [g.strategy if g.strategy in known else b.strategy for g, b in zip(s.given, best)]
        return [
            Candidate(c.members, name, usual if name in spending else 0.0, c.lead, c.founded)
            for c, name in zip(like, stated)
        ]


def evaluate(
    search: Search,
    *,
    runs: int = FRESH_RUNS,
    brief: bool = False,
    threads: int = 0,
    say: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Proposal:
    """Measure a search's best choice. `brief`: the proposal alone, beside nobody and the same money for single villages.

    `stop`: asked between blocks; once true, Stopped is raised.
    """
    assert search.best is not None
    tell = say or (lambda done, total: None)
    stages = 3 if brief else 8
    choice, task = search.best, search.task
    e = Evaluation(
        search, runs=min(runs, BRIEF_RUNS) if brief else runs, threads=threads, stop=stop
    )
    chosen = list(choice.candidates)
    scores = e.scores(chosen) if chosen else None
    base = e.live(chosen)
    if search.objective.regret and chosen:
        e.know_worlds(base)
    proposal = e.measure("proposal", base, base, chosen)
    tell(1, stages)
    nobody = _Lived(e.county.income, e.county.last_weak, np.zeros_like(base.money))
    solo_state = e.lab.solo(e.numbers, base.money)
    solo = _Lived(solo_state.income, solo_state.last_weak, base.money)
    rivals = [e.measure("nobody", nobody, base, []), e.measure("solo", solo, base, [])]
    near = search.country.near
    stability = (
        stable.examine(e.lab, chosen, near, task.low, task.high)
        if chosen
        else stable.Stability((), (), (), ())
    )
    tell(2, stages)
    ablations: list[Measured] = []
    front: list[Point] = []
    nearest = None
    followers: list[Rival | None] = [None] * len(chosen)
    if not brief:
        for key, forms in (
            ("today", e.today()),
            ("township", townships := e.by_township(task.budget)),
            ("township_kept", e.keeping(townships)),
            ("nearness", e.by_nearness(task.budget)),
        ):
            if forms and not (key == "township_kept" and len(forms) == len(townships)):
                used = {c.strategy for c in forms}
                rivals.append(
                    e.measure(key, e.live(forms), base, forms, used.pop() if len(used) == 1 else "")
                )
        tell(3, stages)
        followers = _followers(e, chosen)
        tell(4, stages)
        ablations = _ablations(e, chosen, base)
        tell(5, stages)
        front = _front(e, base, chosen)
        tell(6, stages)
        nearest = _nearest(e, chosen, base)
        tell(7, stages)
    alliances = [
        _alliance(e, at, c, scores, stability, followers[at])
        for at, c in enumerate(chosen)
        if scores is not None
    ]
    home = {i: at + 1 for at, c in enumerate(chosen) for i in c.members}
    s = task.scenario
    names = labels(s)
    sites = [
        Site(
            names[i],
            i,
            str(s.places["township"][i]),
            float(s.position[i, 0]),
            float(s.position[i, 1]),
            _degree(s.lonlat[i, 0]),
            _degree(s.lonlat[i, 1]),
            home.get(i, 0),
        )
        for i in range(s.size)
    ]
    in_search = _value_in_search(search, choice)
    fresh = e.gain(base)
    hunt = Hunt(
        rounds=search.round,
        stopped=search.stopped,
        sets=len(search.sets),
        simulated=len(search.bank.candidates) + len(search.final.candidates),
        runs=int(search.bank.numbers.size),
        final_runs=int(search.final.numbers.size) if search.final.candidates else 0,
        believed=choice.score,
        bound=choice.bound,
        gap=choice.gap,
        bound_is_exact=choice.exact,
        in_search=in_search,
        fresh=float(fresh.mean()),
        fresh_error=proposal.objective.gain.error,
        optimism=in_search - float(fresh.mean()),
    )
    tell(stages, stages)
    return Proposal(
        question=task.plain(),
        objective=search.objective.title,
        unit=e.unit,
        budget=task.budget,
        promised=float(sum(task.cost(c) for c in chosen)),
        fresh_runs=int(e.numbers.size),
        alliances=alliances,
        alone=[names[i] for i in range(s.size) if i not in home],
        sites=sites,
        proposal=proposal,
        rivals=rivals,
        ablations=ablations,
        front=front,
        nearest=nearest,
        unrest=[
            Unrest(names[m.village], m.leaves + 1, m.joins + 1, m.stays_with, m.would_have)
            for m in stability.moves
        ],
        breakaways=[[names[i] for i in group] for group in stability.breakaways],
        hunt=hunt,
        notes=_notes(search),
    )


def _value_in_search(search: Search, choice: Choice) -> float:
    bank = (
        search.final
        if all(c in search.final.where for c in choice.candidates) and search.final.candidates
        else search.bank
    )
    gain = search.objective.gain(bank.county, *bank.assemble(choice.candidates))
    return float(gain.mean())


def _alliance(
    e: Evaluation,
    at: int,
    c: Candidate,
    scores: Scores,
    stability: stable.Stability,
    follower: Rival | None,
) -> ProposedAlliance:
    task, s = e.task, e.task.scenario
    names = labels(s)
    rows = scores.of(at)
    who = list(c.members)
    alone = e.county.income[:, who].T
    gain = scores.income[rows] - alone
    plan = e.lab.strategies[c.strategy]
    township = plan.leader == "township"
    leads = np.array([(scores.lead[at] == m).mean() for m in range(len(who))])
    left = ~scores.stays[rows] & ~scores.ended[at][None, :]
    payments = stability.payments[at]
    members = [
        Member(
            village=names[i],
            position=i,
            gain=Band.of(gain[m]),
            income_alone=Band.of(alone[m]),
            expects=stability.expected[at][m],
            loses=float((gain[m] < -LOSS).mean()),
            weak_alone=float((alone[m] < WEAK).mean()),
            weak=float((scores.income[rows][m] < WEAK).mean()),
            leaves=float(left[m].mean()),
            leads=float(leads[m]),
            pays=payments.receives[m] if payments else 0.0,
        )
        for m, i in enumerate(who)
    ]
    lead = who[int(np.argmax(leads))]
    parts = e.objective.parts(
        e.county, np.array(who), scores.income[rows], scores.last_weak[rows]
    ).sum(axis=0)
    given = {tuple(sorted(g.members)): g for g in s.given} if not s.grouped else {}
    kept = c.members in given and bool(set(who) & task.rules.taken)
    name = (
        given[c.members].name
        if c.members in given
        else {"en": f"{names[lead]} alliance", "zh": f"{names[lead]}联合体"}
    )
    x = s.position[who]
    way = np.hypot(x[:, None, 0] - x[None, :, 0], x[:, None, 1] - x[None, :, 1])
    return ProposedAlliance(
        number=at + 1,
        name=dict(name),
        members=members,
        lead=names[lead],
        lead_share=float(leads.max()),
        lead_is_township=township,
        strategy=c.strategy,
        title=dict(plan.title),
        grant=c.grant,
        cost=task.cost(c),
        spent=Band.of(scores.granted[at]),
        gain=Band.of(gain.sum(axis=0)),
        objective=Band.of(parts),
        kept=kept,
        townships=sorted({str(s.places["township"][i]) for i in who}),
        products=sorted({str(s.words["industry"][i]) for i in who} - {""}),
        reach_km=float(way.max(axis=1).min()),
        located=bool(s.located[who].all()),
        on_paper=float(scores.on_paper[at].mean()),
        ended=float(scores.ended[at].mean()),
        any_left=float(left.any(axis=0).mean()),
        any_loses=float((gain < -LOSS).any(axis=0).mean()),
        subsidy=payments.subsidy if payments else 0.0,
        next_strategy=follower,
    )


def _followers(e: Evaluation, chosen: Sequence[Candidate]) -> list[Rival | None]:
    """For each alliance the strategy that comes next for the same villages and promised money, chosen in the search's runs."""
    if len(e.task.plans) < 2 or not chosen:
        return [None] * len(chosen)
    spending = {plan.name for plan in e.task.plans if spends(plan)}
    lowest = min((g for g in e.task.levels), default=0.0)
    forms, owner = [], []
    for at, c in enumerate(chosen):
        for plan in e.task.plans:
            if plan.name != c.strategy:
                grant = (c.grant or lowest) if plan.name in spending else 0.0
                forms.append(Candidate(c.members, plan.name, grant, c.lead, c.founded))
                owner.append(at)
    numbers = e.search.bank.numbers[:SELECTION_RUNS]
    bank = empty_bank(e.search.lab, numbers, False)
    unique = list(dict.fromkeys(forms))
    bank.simulate(e.search.lab, unique)
    value = bank.parts(e.objective).mean(axis=1)
    best: dict[int, Candidate] = {}
    for at, c in zip(owner, forms):
        if at not in best or value[bank.where[c]] > value[bank.where[best[at]]]:
            best[at] = c
    ours, theirs = list(chosen), [best[at] for at in range(len(chosen))]
    scores = e.scores([*ours, *theirs])
    who = np.array([i for c in [*ours, *theirs] for i in c.members])
    parts = np.add.reduceat(
        e.objective.parts(e.county, who, scores.income, scores.last_weak), scores.first[:-1], axis=0
    )
    found: list[Rival | None] = []
    for at, c in enumerate(theirs):
        difference = parts[at] - parts[len(ours) + at]
        better = float((difference > 0).mean() + 0.5 * (difference == 0).mean())
        found.append(
            Rival(c.strategy, dict(e.lab.strategies[c.strategy].title), Band.of(difference), better)
        )
    return found


def _ablations(e: Evaluation, chosen: Sequence[Candidate], base: _Lived) -> list[Measured]:
    """The proposal with one of its choices taken away: how, with how much money where, whom; and without money."""
    if not chosen:
        return []
    task = e.task
    groups = [c.members for c in chosen]
    grant = {c.members: c.grant for c in chosen}
    spending = {plan.name for plan in task.plans if spends(plan)}
    promised = sum(task.cost(c) for c in chosen)
    found = []
    numbers = e.search.bank.numbers[:SELECTION_RUNS]
    plain = objectives.Objective(e.objective.text, e.objective.weights, False, e.objective.scale)
    best: list[Candidate] = []
    top = -np.inf
    for plan in task.plans:
        forms = [
            Candidate(
                c.members,
                plan.name,
                grant[c.members] if plan.name in spending else 0.0,
                c.lead,
                c.founded,
            )
            for c in chosen
        ]
        bank = empty_bank(e.search.lab, numbers, False)
        bank.simulate(e.search.lab, forms)
        if (value := bank.value(plain, *bank.assemble(forms))) > top:
            best, top = forms, value
    found.append(e.measure("one_strategy", e.live(best), base, best, best[0].strategy))
    paid = [c for c in chosen if c.strategy in spending]
    each = e.even(sum(len(c.members) for c in paid), promised)
    even = [Candidate(c.members, c.strategy, each(c.strategy), c.lead, c.founded) for c in chosen]
    found.append(e.measure("even_money", e.live(even), base, even))
    plain_groups = e.by_nearness(promised)
    if plain_groups and len({i for g in groups for i in g}):
        found.append(
            e.measure(
                "plain_groups", e.live(plain_groups), base, plain_groups, plain_groups[0].strategy
            )
        )
    none = [Candidate(c.members, c.strategy, 0.0, c.lead, c.founded) for c in chosen]
    found.append(e.measure("no_money", e.live(none), base, none))
    return found


def _front(e: Evaluation, base: _Lived, chosen: Sequence[Candidate]) -> list[Point]:
    """What proposals within other budgets would bring, from the same candidates."""
    task, search = e.task, e.search
    found = [(task.budget, list(chosen), base)]
    if not search.bank.candidates:
        return []
    rows, believed = search.pool(search.bank)
    for share in BUDGETS:
        try:
            choice, _ = search.pack(
                rows, believed, budget=share * task.budget, quick=True
            )  # under `minimax_regret` by the mean
        except NothingFits:
            continue
        found.append((share * task.budget, list(choice.candidates), e.live(choice.candidates)))
    found.append(
        (0.0, [], _Lived(e.county.income, e.county.last_weak, np.zeros_like(base.money)))
    ) if task.budget > 0 else None
    return [
        Point(
            budget,
            Band.of(lived.money.sum(axis=1)),
            Band.of(e.gain(lived)),
            Band.of(e.county.value("gain_total", lived.income, lived.last_weak)),
            len(candidates),
            sum(len(c.members) for c in candidates),
        )
        for budget, candidates, lived in sorted(found, key=lambda item: item[0])
    ]


def _nearest(e: Evaluation, chosen: Sequence[Candidate], base: _Lived) -> Nearest | None:
    """The best partition in which at least a fifth of the allied villages are placed otherwise, and how sure the difference is."""
    search = e.search
    allied = sum(len(c.members) for c in chosen)
    if not allied:
        return None
    bank = search.final if search.final.candidates else search.bank
    rows, believed = search.pool(bank)
    same = np.array([float(staying(c.members, chosen)) for c in rows])
    try:
        choice, _ = search.pack(rows, believed, at_most=[(same, (1 - OTHERWISE) * allied)])
    except NothingFits:
        return None
    if not choice.candidates:
        return None
    lived = e.live(choice.candidates)
    moved = allied - int(sum(staying(c.members, chosen) for c in choice.candidates))
    names = labels(e.task.scenario)
    plain = [
        {"members": [names[i] for i in c.members], "strategy": c.strategy, "grant": c.grant}
        for c in choice.candidates
    ]
    return Nearest(e.measure("nearest", lived, base, choice.candidates), moved, plain)


def staying(members: Sequence[int], chosen: Sequence[Candidate]) -> int:
    """How many of these villages are placed as in `chosen`: those who are still with more than half of one of its alliances."""
    inside = set(members)
    shared = max(
        (len(inside & set(c.members)) / len(c.members), len(inside & set(c.members)))
        for c in chosen
    )
    return shared[1] if shared[0] > 0.5 else 0


def _notes(search: Search) -> list[dict[str, str]]:
    """What a reader should know before trusting the figures."""
    from village_alliances.experiments.propose.task import lonely

    task, s = search.task, search.task.scenario
    found = []
    chosen = {**s.levers, **task.levers}
    if blank := int((s.numbers["collective_income"].kind == BLANK).sum()):
        which = (
            (f"{blank} of {s.size}", f" {s.size} 个村中 {blank} 个村")
            if blank < s.size
            else ("the", "各村")
        )
        found.append(
            {
                "en": f"the table does not say what {which[0]} villages earn; the model draws it anew in each run. Which of these "
                "villages are weak is therefore not known, and one may stand for another: the proposal tells sizes, distances, strategies "
                "and money apart, not neighbours. Incomes in the table would make it sharper",
                "zh": f"村表未列{which[1]}的集体收入，模型在每次运行中另行抽取；这些村哪个薄弱因此并不知道，彼此可以互换："
                "本方案能区分规模、远近、策略和资金，不能区分相邻的村。补上收入数据，方案会更有针对性",
            }
        )
    if alone := lonely(task, search.country):
        named_en, named_zh = ", ".join(alone[:12]), "、".join(alone[:12])
        found.append(
            {
                "en": f"{len(alone)} villages have no neighbour within {task.radius:g} km and stay alone: {named_en}",
                "zh": f"{len(alone)} 个村在 {task.radius:g} 公里内没有邻村，只能单独发展：{named_zh}",
            }
        )
    if not s.located.all():
        found.append(
            {
                "en": f"{int((~s.located).sum())} villages have no coordinates; they were laid out within their townships, "
                "so who is near whom is not known",
                "zh": f"{int((~s.located).sum())} 个村没有坐标，只按乡镇大致摆放，远近关系并不可靠",
            }
        )
    if chosen.get("formation", 0.0) > 0:
        found.append(
            {
                "en": "the scenario lets alliances form by themselves; here only those proposed are founded",
                "zh": "本情景原允许自发结盟；此处只成立方案中的联合体",
            }
        )
    if any(
        chosen.get(name, 0.0) > 0 for name in ("reward_first", "reshuffle_last", "grant_weak_first")
    ):
        found.append(
            {
                "en": "rankings, reshuffles and a priority of grants are left out: the proposal itself says who receives what",
                "zh": "未计入年度排名奖励、末位重组和补助倾斜：补助由方案本身分配",
            }
        )
    if search.stopped:
        found.append(
            {
                "en": "the search was stopped; this is its best so far, and the same command goes on from here",
                "zh": "搜索已中止，这是目前最好的方案；再次运行同一命令可继续",
            }
        )
    if not search.objective.additive:
        found.append(
            {
                "en": "this objective is no sum over villages: the search added up a stand-in and then moved villages on the true number; "
                "its bound is one for the stand-in",
                "zh": "该目标不能逐村相加：搜索先用替代指标相加，再按真实指标逐步调整；所示上界只针对替代指标",
            }
        )
    return found


def _degree(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None

"""Evaluate: what a proposal brings on luck that the search never met, beside every other way of using the same money.

Everything here has a seed of its own: other parameters, other blanks, other quarters. Rivals that have something to choose choose
it in the search's luck, as the proposal did, and are then measured in the same fresh runs: every difference is taken run by run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from village_alliances.experiments.propose import rivals as others
from village_alliances.experiments.propose import sampling
from village_alliances.experiments.propose.answer import (
    Alternative,
    Band,
    Ensemble,
    Funded,
    Hunt,
    Loser,
    Measured,
    Member,
    Next,
    Outcome,
    Pair,
    Point,
    Proposal,
    ProposedAlliance,
    Shares,
    Site,
)
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.county import (
    SAME_MEMBERS,
    County,
    Plan,
    allies,
    singles,
    villages_of,
)
from village_alliances.experiments.propose.objectives import SHOWN, Lived
from village_alliances.experiments.propose.packing import NothingFits
from village_alliances.experiments.propose.search import Search
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.history import labels
from village_alliances.sim.luck import name_key
from village_alliances.sim.metrics import BY_NAME, WEAK, WORSE
from village_alliances.sim.scenario import BLANK, FIRST_QUARTER

FRESH_RUNS = 200
BUDGETS = (0.25, 0.5, 0.75, 1.5, 2.0)  # of the planner's, for the front
SURE = 2.0  # standard errors
OFTEN, SELDOM = 0.9, 0.2  # of near-best plans: what they share; pairs that are worth listing
ALTERNATIVES = 2  # near-best plans that are shown beside the proposal
TITLES = {
    "proposal": {"en": "this proposal", "zh": "本方案"},
    "nobody": {"en": "nobody allied, no money", "zh": "不结盟、不投入"},
    "aimed": {
        "en": "nobody allied, the same money aimed at the villages where it serves best",
        "zh": "不结盟，同等资金投向最见效的村",
    },
    "even": {
        "en": "nobody allied, the same money evenly on the same villages",
        "zh": "不结盟，同等资金平均给同样的村",
    },
    "lumped": {
        "en": "nobody allied, each alliance's money on its most promising member",
        "zh": "不结盟，各联合体的钱给其中最有前景的一村",
    },
    "weakest": {
        "en": "nobody allied, each alliance's money on its weakest member",
        "zh": "不结盟，各联合体的钱给其中最弱的一村",
    },
    "all": {
        "en": "nobody allied, the same money evenly on all villages",
        "zh": "不结盟，同等资金平均给全部村",
    },
    "today": {"en": "today's alliances", "zh": "现有联合体"},
    "township": {"en": "grouped by township", "zh": "按乡镇分组"},
    "nearness": {"en": "grouped by nearness across borders", "zh": "跨界就近分组"},
    "other": {"en": "another near-best plan", "zh": "另一近优方案"},
}


def fresh_seed(seed: int) -> int:
    """The seed of luck on which a proposal is measured: never the search's, and the same for the same question."""
    return int(name_key("propose", "fresh", str(seed)) & np.uint64(2**62 - 1))


def evaluate(
    search: Search,
    *,
    runs: int = FRESH_RUNS,
    threads: int = 0,
    brief: bool = False,
    say: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Proposal:
    """Measure a search's best choice beside its rivals. `brief`: without other budgets, next strategies and alternatives.

    `say` is told how much of the work is done. Raises Stopped when told to stop.
    """
    return _Evaluation(
        search, runs, threads, brief, say or (lambda done, total: None), stop
    ).proposal()


class _Evaluation:
    def __init__(
        self,
        search: Search,
        runs: int,
        threads: int,
        brief: bool,
        say: Callable[[int, int], None],
        stop: Callable[[], bool] | None,
    ) -> None:
        assert search.best is not None
        self.search, self.task, self.brief, self.say = search, search.task, brief, say
        self.objective = search.objective
        self.plan: Plan = sorted(
            search.best.candidates, key=lambda c: (len(c.members) == 1, c.members)
        )
        self.county = County(
            self.task, runs, seed=fresh_seed(self.task.seed), threads=threads, interrupted=stop
        )
        self.none = self.county.none
        self.names = labels(self.task.scenario)
        self.number = {c: at for at, c in enumerate(allies(self.plan), 1)}
        self.home = {i: at for c, at in self.number.items() for i in c.members}

    def gain(self, lived: Lived) -> np.ndarray:
        """The objective by run, more is better."""
        return self.objective.gain(lived, self.none)

    def proposal(self) -> Proposal:
        """The whole answer."""
        task, search = self.task, self.search
        stages = 3 if self.brief else 6
        self.say(0, stages)
        self.aim = others.aimed_at(search)
        lived = self.county.beside(self.plan, self.aim)
        ours = lived.pop("plan")
        self.ours, self.our_gain = ours, self.gain(ours)
        self.say(1, stages)
        rivals = self._rivals(lived)
        self.say(2, stages)
        front, nexts, alternatives = [], {}, []
        if not self.brief:
            front = self._front()
            self.say(3, stages)
            nexts = self._next_strategies()
            self.say(4, stages)
            alternatives = self._alternatives()
            self.say(5, stages)
        measured = self.measure("proposal", ours, self.plan)
        ensemble = self._ensemble(alternatives)
        promised = float(sum(task.cost(c) for c in self.plan))
        placed = {*self.home, *(c.members[0] for c in singles(self.plan))}
        strongest = max(rivals, key=lambda r: r.objective.gain.mean).key
        answer = Proposal(
            question=task.plain(),
            objective=self.objective.title,
            unit=self.objective.unit,
            budget=task.budget,
            years=task.paid_years[FIRST_QUARTER],
            promised=promised,
            fresh_runs=int(self.county.numbers.size),
            advice=self._advice(rivals),
            strongest=strongest,
            alliances=[
                self._alliance(at, c, nexts.get(c)) for at, c in enumerate(allies(self.plan))
            ],
            funded=[self._funded(c) for c in singles(self.plan)],
            alone=[name for i, name in enumerate(self.names) if i not in placed],
            sites=self._sites(),
            proposal=measured,
            rivals=rivals,
            front=front,
            ensemble=ensemble,
            losers=self._losers(),
            hunt=self._hunt(),
            notes=notes(search),
        )
        self.say(stages, stages)
        return answer

    # ---- Measuring

    def measure(self, key: str, lived: Lived, plan: Plan, strategy: str = "") -> Measured:
        """All outcomes of a plan beside those of the proposal."""
        found = []
        for name in SHOWN:
            one = BY_NAME[name]
            ours, theirs = (
                one.better * (each.outcomes[name] - self.none.outcomes[name])
                for each in (self.ours, lived)
            )
            found.append(_outcome(name, one.unit, lived.outcomes[name], theirs, ours))
        gain = self.gain(lived)
        whole = _outcome(self.task.objective, self.objective.unit, gain, gain, self.our_gain)
        allied = allies(plan)
        wide = sum(
            not (
                set(c.members) & self.task.rules.taken or self.search.country.admissible(c.members)
            )
            for c in allied
        )
        return Measured(
            key=key,
            title=dict(TITLES[key]),
            strategy=strategy,
            alliances=len(allied),
            allied=sum(len(c.members) for c in allied),
            funded=len(singles(plan)),
            cost=Band.of(lived.paid),
            objective=whole,
            outcomes=found,
            not_allowed=wide,
        )

    def _rivals(self, lived: dict[str, Lived]) -> list[Measured]:
        """Every other way, on the same luck."""
        found = [self.measure("nobody", self.none, ())]
        size = self.task.scenario.size
        placed = len(villages_of(self.plan))
        per_alliance = len(allies(self.plan)) + len(singles(self.plan))
        funded = {"even": placed, "lumped": per_alliance, "weakest": per_alliance, "all": size,
                  "aimed": int((self.aim > 0).sum())}  # fmt: skip
        for key in ("aimed", *SAME_MEMBERS, "all"):
            if key in SAME_MEMBERS and not self.number:
                continue  # there are no members: the plan is single money already
            measured = self.measure(key, lived[key], ())
            found.append(replace(measured, funded=funded[key]))
        promised = float(sum(self.task.cost(c) for c in self.plan)) or self.task.budget
        for key, plan in others.grouped_rivals(self.search, promised).items():
            strategies = {c.strategy for c in plan}
            one = next(iter(strategies)) if len(strategies) == 1 else ""
            found.append(self.measure(key, self.county.live(plan), plan, one))
        return found

    def _advice(self, rivals: Sequence[Measured]) -> str:
        """Whether allying beats the best use of the same money for single villages, and the search a plain grouping."""
        grouped = [r for r in rivals if r.alliances]
        best = max(grouped, key=lambda r: r.objective.gain.mean, default=None)
        if best is not None:
            ahead = best.objective.difference
            if ahead.mean < -SURE * ahead.error:
                return "plain"
        if not self.number:
            return "aim" if singles(self.plan) else "nothing"
        best = max((r for r in rivals if r.single), key=lambda r: r.objective.gain.mean)
        ahead = best.objective.difference
        if ahead.mean < -SURE * ahead.error:
            return "aim"
        if ahead.mean <= SURE * ahead.error:
            return "alike"
        return "mixed" if singles(self.plan) else "ally"

    # ---- The plan, alliance by alliance and village by village

    def _alliance(self, at: int, c: Candidate, follower: Next | None) -> ProposedAlliance:
        task, s, ours = self.task, self.task.scenario, self.ours
        who = list(c.members)
        place = sorted(range(len(self.number)), key=lambda k: allies(self.plan)[k].founded).index(
            at
        )
        gain = ours.gain(self.none)[:, who]
        inside = ours.home[:, who] == place
        whole = ours.whole[:, place]
        leads = np.array([(ours.lead[:, place] == i).mean() for i in who])
        left = ~inside & whole[:, None]
        quiet = inside & ours.quiet[:, who]
        alone, now = self.none.income[:, who], ours.income[:, who]
        members = [
            Member(
                village=self.names[i],
                position=i,
                gain=Band.of(gain[:, m]),
                income_alone=Band.of(alone[:, m]),
                loses=float((gain[:, m] < -WORSE).mean()),
                weak_alone=float((alone[:, m] < WEAK).mean()),
                weak=float((now[:, m] < WEAK).mean()),
                leaves=float(left[:, m].mean()),
                quiet=float(quiet[:, m].mean()),
                leads=float(leads[m]),
            )
            for m, i in enumerate(who)
        ]
        lead = self.names[who[int(np.argmax(leads))]]
        given = {tuple(sorted(g.members)): g for g in s.given} if not s.grouped else {}
        today = given.get(c.members)
        x = s.position[who]
        way = np.hypot(x[:, None, 0] - x[None, :, 0], x[:, None, 1] - x[None, :, 1])
        plan = self.county.strategies[c.strategy]
        parts = self.objective.parts(ours, self.none)[:, who].sum(axis=1)
        sets = [one.members for one in self.search.candidates]
        shared = self._shared(c.members, sets)
        return ProposedAlliance(
            number=at + 1,
            name=dict(today.name) if today else {"en": f"{lead} alliance", "zh": f"{lead}联合体"},
            members=members,
            lead=lead,
            lead_share=float(leads.max()),
            lead_is_outside=plan.lead != "ablest",
            strategy=c.strategy,
            title=dict(plan.title),
            grant=c.grant,
            cost=task.cost(c),
            spent=Band.of(ours.granted[:, place]),
            gain=Band.of(gain.sum(axis=1)),
            objective=Band.of(parts),
            kept=bool(set(who) & task.rules.taken),
            townships=sorted({str(s.places["township"][i]) for i in who}),
            products=sorted({str(s.words["industry"][i]) for i in who} - {""}),
            reach_km=float(way.max(axis=1).min()),
            located=bool(s.located[who].all()),
            broken=float(1.0 - whole.mean()),
            any_left=float(left.any(axis=1).mean()),
            any_quiet=float(quiet.any(axis=1).mean()),
            any_loses=float((gain < -WORSE).any(axis=1).mean()),
            together=shared,
            next_strategy=follower,
        )

    def _shared(self, members: tuple[int, ...], sets: Sequence[tuple[int, ...]]) -> float:
        """Share of near-best plans in which these are all in one alliance."""
        sample = self.search.sample
        if sample is None or not sample.plans:
            return 1.0
        inside = set(members)
        holds = {c for c, one in enumerate(sets) if inside <= set(one)}
        return float(np.mean([bool(holds & set(plan)) for plan in sample.plans]))

    def _funded(self, c: Candidate) -> Funded:
        i = c.members[0]
        gain, alone, now = (
            self.ours.gain(self.none)[:, i],
            self.none.income[:, i],
            self.ours.income[:, i],
        )
        return Funded(
            village=self.names[i],
            position=i,
            grant=c.grant,
            cost=self.task.cost(c),
            gain=Band.of(gain),
            income_alone=Band.of(alone),
            loses=float((gain < -WORSE).mean()),
            weak_alone=float((alone < WEAK).mean()),
            weak=float((now < WEAK).mean()),
        )

    def _losers(self) -> list[Loser]:
        """Whoever is worse off on average, worst first."""
        gain = self.ours.gain(self.none)
        found = [
            Loser(
                self.names[i],
                i,
                self.home.get(i, 0),
                Band.of(gain[:, i]),
                float((gain[:, i] < -WORSE).mean()),
            )
            for i in np.flatnonzero(gain.mean(axis=0) < -WORSE).tolist()
        ]
        return sorted(found, key=lambda one: one.gain.mean)

    def _sites(self) -> list[Site]:
        s = self.task.scenario
        grants = {c.members[0]: c.grant for c in singles(self.plan)}
        return [
            Site(
                self.names[i],
                i,
                str(s.places["township"][i]),
                float(s.position[i, 0]),
                float(s.position[i, 1]),
                _degree(s.lonlat[i, 0]),
                _degree(s.lonlat[i, 1]),
                self.home.get(i, 0),
                grants.get(i, 0.0),
            )
            for i in range(s.size)
        ]

    # ---- What else there is

    def _next_strategies(self) -> dict[Candidate, Next]:
        """For each alliance the strategy that comes next for the same villages and money, chosen in the search's luck."""
        allied = allies(self.plan)
        names = list(self.search.favourites)
        if not allied or len(names) < 2:
            return {}
        rest = singles(self.plan)
        forms = [[replace(c, strategy=name) for c in allied] for name in names]
        lives = self.search.county.each([[*form, *rest] for form in forms])
        worth = np.array(
            [self._parts_of(lived, self.search.county.none, allied).mean(axis=0) for lived in lives]
        )
        for k, c in enumerate(allied):
            if c.strategy in names:
                worth[names.index(c.strategy), k] = -np.inf
        chosen = [
            replace(c, strategy=names[int(np.argmax(worth[:, k]))]) for k, c in enumerate(allied)
        ]
        ours = self._parts_of(self.ours, self.none, allied)
        theirs = self._parts_of(self.county.live([*chosen, *rest]), self.none, allied)
        found = {}
        for k, (c, other) in enumerate(zip(allied, chosen)):
            difference = ours[:, k] - theirs[:, k]
            title = dict(self.county.strategies[other.strategy].title)
            found[c] = Next(other.strategy, title, Band.of(difference), _wins(difference))
        return found

    def _parts_of(self, lived: Lived, none: Lived, allied: Sequence[Candidate]) -> np.ndarray:
        parts = self.objective.parts(lived, none)
        return np.stack([parts[:, c.members].sum(axis=1) for c in allied], axis=1)

    def _front(self) -> list[Point]:
        """What proposals within other budgets would bring, from the same candidates."""
        plans: list[tuple[float, Plan]] = [(self.task.budget, self.plan)]
        for share in BUDGETS:
            try:
                plans.append(
                    (share * self.task.budget, self.search.plan_within(share * self.task.budget))
                )
            except NothingFits:
                continue
        if self.task.budget <= 0:
            return []
        lives = self.county.each([plan for _, plan in plans])
        rows = [(0.0, (), self.none), *((b, plan, lived) for (b, plan), lived in zip(plans, lives))]
        return [
            Point(
                budget,
                Band.of(lived.paid),
                Band.of(self.gain(lived)),
                Band.of(lived.outcomes["gain_mean"]),
                len(allies(plan)),
                sum(len(c.members) for c in allies(plan)),
                len(singles(plan)),
            )
            for budget, plan, lived in sorted(rows, key=lambda row: row[0])
        ]

    def _alternatives(self) -> list[Alternative]:
        """Near-best plans that differ most from the proposal and from each other."""
        sample = self.search.sample
        if sample is None:
            return []
        plans = [[self.search.candidates[c] for c in plan] for plan in dict.fromkeys(sample.plans)]
        known: list[Plan] = [self.plan]
        found = []
        for _ in range(ALTERNATIVES):
            if not plans:
                break
            apart = [min(placed_otherwise(plan, other) for other in known) for plan in plans]
            farthest = int(np.argmax(apart))
            if apart[farthest] == 0:
                break
            known.append(plans[farthest])
            found.append(plans[farthest])
        if not found:
            return []
        told = []
        for plan, lived in zip(found, self.county.each(found)):
            rows = [
                {
                    "members": [self.names[i] for i in c.members],
                    "strategy": c.strategy,
                    "grant": c.grant,
                }
                for c in plan
            ]
            measured = self.measure("other", lived, plan)
            told.append(Alternative(measured, placed_otherwise(plan, self.plan), rows))
        return told

    def _ensemble(self, alternatives: list[Alternative]) -> Ensemble:
        """What near-best plans share, and what is free."""
        search, n = self.search, self.task.scenario.size
        sample = search.sample
        candidates = search.candidates
        plans: list[Plan] = (
            [[candidates[c] for c in plan] for plan in sample.plans] if sample else [self.plan]
        )
        allied, funded, leads = np.zeros(n), np.zeros(n), np.zeros(n)
        able = search.county.none.able
        leading: dict[Candidate, np.ndarray] = {}
        for plan in plans:
            for c in allies(plan):
                if c not in leading:
                    who = list(c.members)
                    ablest = (
                        np.full(able.shape[0], who.index(c.lead))
                        if c.lead in c.members
                        else np.argmax(able[:, who], axis=1)
                    )
                    leading[c] = np.bincount(ablest, minlength=len(who)) / ablest.size
                allied[list(c.members)] += 1
                leads[list(c.members)] += leading[c]
            for c in singles(plan):
                funded[c.members[0]] += 1
        allied, funded, leads = (x / len(plans) for x in (allied, funded, leads))
        shares = [
            Shares(
                self.names[i],
                i,
                float(allied[i]),
                float(funded[i]),
                float(max(0.0, 1 - allied[i] - funded[i])),
                float(leads[i]),
            )
            for i in range(n)
        ]
        sets = [one.members for one in candidates]
        together = sampling.pairs(sample.plans, sets) if sample else sampling.pairs(
            [range(len(self.plan))], [c.members for c in self.plan])  # fmt: skip
        often = {pair for pair, share in together.items() if share >= OFTEN}
        placed = {i for pair in often for i in pair}
        undecided = [
            one.village
            for one in shares
            if one.position not in placed and max(one.funded, one.alone) < OFTEN
        ]
        return Ensemble(
            plans=len(plans),
            different=len(set(sample.plans)) if sample else 1,
            slack=sample.slack if sample else 0.0,
            rhat=sample.rhat if sample and math.isfinite(sample.rhat) else None,
            disagreement=sample.disagreement if sample else 0.0,
            villages=shares,
            pairs=[
                Pair([self.names[i] for i in pair], list(pair), share)
                for pair, share in together.items()
                if share >= SELDOM
            ],
            settled=[[self.names[i] for i in group] for group in cliques(often)],
            open=undecided,
            alternatives=alternatives,
        )

    def _hunt(self) -> Hunt:
        search = self.search
        assert search.best is not None
        fresh = Band.of(self.our_gain)
        seen = search.in_search if math.isfinite(search.in_search) else search.best.score
        return Hunt(
            rounds=search.round,
            stopped=search.stopped,
            sets=len(search.sets),
            simulated=len(search.candidates),
            runs=search.runs,
            final_runs=search.final_runs if search.finalists else 0,
            believed=search.best.score,
            gap=search.best.gap,
            in_search=seen,
            fresh=fresh.mean,
            fresh_error=fresh.error,
            optimism=seen - fresh.mean,
        )


def _outcome(
    name: str, unit: str, value: np.ndarray, gain: np.ndarray, proposed: np.ndarray
) -> Outcome:
    difference = proposed - gain
    return Outcome(
        name, unit, Band.of(value), Band.of(gain), Band.of(difference), _wins(difference)
    )


def _wins(difference: np.ndarray) -> float:
    return float((difference > 0).mean() + 0.5 * (difference == 0).mean())


def cliques(pairs: set[tuple[int, int]]) -> list[list[int]]:
    """Groups any two of which are among `pairs`, the largest first, no village twice."""
    near: dict[int, set[int]] = {}
    for i, j in sorted(pairs):
        near.setdefault(i, set()).add(j)
        near.setdefault(j, set()).add(i)
    found: list[list[int]] = []
    used: set[int] = set()
    for i in sorted(near, key=lambda v: (-len(near[v]), v)):
        if i in used:
            continue
        group = [i]
        for j in sorted(near[i] - used):
            if all(j in near[k] for k in group):
                group.append(j)
        if len(group) > 1:
            found.append(sorted(group))
            used.update(group)
    return sorted(found, key=lambda group: (-len(group), group))


def placed_otherwise(plan: Plan, other: Plan) -> int:
    """Villages that are with others, or funded where they were not (or the other way round), in one plan than in the other."""

    def places(one: Plan) -> dict[int, Any]:
        found: dict[int, Any] = {i: c.members for c in allies(one) for i in c.members}
        return found | {c.members[0]: "funded" for c in singles(one)}

    a, b = places(plan), places(other)
    moved = 0
    for i in {*a, *b}:
        here, there = a.get(i), b.get(i)
        if isinstance(here, tuple) and isinstance(there, tuple):
            moved += len(set(here) & set(there)) * 2 <= len(set(here) | set(there))
        else:
            moved += here != there
    return moved


def notes(search: Search) -> list[dict[str, str]]:
    """What a reader should know before trusting the figures."""
    from village_alliances.experiments.propose.task import lonely

    task, s = search.task, search.task.scenario
    found = []
    chosen = {**s.levers, **task.levers}
    if says_nothing_but_places(task):
        found.append(
            {
                "en": "the table says nothing but names and places: what these villages earn, grow and own is drawn anew in each run, so "
                "one may stand for another. Read the proposal as sizes, distances, strategies and money, not as names",
                "zh": "村表只有村名和位置：各村收入、产业、资源在每次运行中另行抽取，村与村可以互换。"
                "本方案只能看规模、远近、策略和资金，不能看具体村名",
            }
        )
    elif blank := int((s.numbers["collective_income"].kind == BLANK).sum()):
        found.append(
            {
                "en": f"the table does not say what {blank} of {s.size} villages earn; the model draws it anew in each run. Which of these "
                "villages are weak is therefore not known, and one may stand for another: the proposal tells sizes, distances, "
                "strategies and money apart, not neighbours. Incomes in the table would make it sharper",
                "zh": f"村表未列 {s.size} 个村中 {blank} 个村的集体收入，模型在每次运行中另行抽取；这些村哪个薄弱因此并不知道，彼此可以互换："
                "本方案能区分规模、远近、策略和资金，不能区分相邻的村。补上收入数据，方案会更有针对性",
            }
        )
    if alone := lonely(task, search.country):
        named_en, named_zh = ", ".join(alone[:12]), "、".join(alone[:12])
        found.append(
            {
                "en": f"{len(alone)} villages have no neighbour within {task.radius:g} km and cannot ally: {named_en}",
                "zh": f"{len(alone)} 个村在 {task.radius:g} 公里内没有邻村，无法结盟：{named_zh}",
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
    for same in task.alike:
        found.append(
            {
                "en": f"these strategies have the same institutions here and are one: {', '.join(p.title['en'] for p in same)}",
                "zh": f"以下策略在此制度安排相同，视为一种：{'、'.join(p.title['zh'] for p in same)}",
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
    if not search.objective.adds_up:
        found.append(
            {
                "en": "this objective is no sum over villages: the search added up a stand-in, and chose among whole plans by the true number",
                "zh": "该目标不能逐村相加：搜索先用替代指标相加，再按真实指标在整套方案中选择",
            }
        )
    return found


def says_nothing_but_places(task: Task) -> bool:
    """Whether every number and word of the table is blank."""
    s = task.scenario
    numbers = (name for name in s.numbers if name not in ("population", "households"))
    return all((s.numbers[name].kind == BLANK).all() for name in numbers) and not any(
        str(word) for words in s.words.values() for word in words
    )


def _degree(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None

"""The page to take to the meeting, of a proposal: what it brings, who is with whom, and what
the same money does singly.

    plan = NamedPlan("proposal", {"en": "this proposal", "zh": "本方案"}, candidates)
    brief_of(task, [plan], "zh", runs=200)

Measured on luck that neither the search nor a change by hand has met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from village_alliances.experiments.answer import brief as sheet
from village_alliances.experiments.answer.amounts import amount
from village_alliances.experiments.answer.brief import Brief, Group, ProjectLine, VillageLine
from village_alliances.experiments.answer.comparison import LINE, shown_projects
from village_alliances.experiments.answer.evidence import (
    OUTCOME,
    WHOLE,
    ComparedOptions,
    Money,
    Option,
)
from village_alliances.experiments.answer.figures import rows
from village_alliances.experiments.answer.lines import AnswerText, Line
from village_alliances.experiments.answer.logic import conclude
from village_alliances.experiments.answer.whole import whole
from village_alliances.experiments.answer.words import answer
from village_alliances.experiments.gains import looked_at, projects
from village_alliances.experiments.propose.answer import Proposal, ProposedAlliance
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.fresh import fresh_seed
from village_alliances.experiments.propose.objectives import Lived
from village_alliances.experiments.propose.sentences import Sentences
from village_alliances.experiments.propose.simulator import SETTLED, Simulator, allies, singles
from village_alliances.experiments.propose.task import Task
from village_alliances.experiments.propose.verdict import Verdict
from village_alliances.sim.labels import labels
from village_alliances.sim.metrics import weak_line
from village_alliances.sim.parameters import default_mode
from village_alliances.sim.scenario import Given
from village_alliances.sim.strategy import Portfolio
from village_alliances.sim.worded import in_both
from village_alliances.wording import LANGUAGES, entry, listed, say

WHY = 3  # alliances whose reasons stand on the page


@dataclass(frozen=True)
class NamedPlan:
    """A plan with its name and, in every language, its title."""

    name: str
    title: Mapping[str, str]
    plan: Sequence[Candidate]


def brief_of(
    task: Task,
    plans: Sequence[NamedPlan],
    lang: str,
    *,
    runs: int,
    threads: int = 0,
    tell: Callable[[], None] | None = None,
) -> Brief:
    """The brief on some plans of a question; tables of alliances, projects and villages
    are those of the last plan.

    `tell` is called between pieces of work and may raise.
    """
    seed = fresh_seed(fresh_seed(fresh_seed(task.seed)))
    simulator = Simulator(task, runs, seed=seed, threads=threads, tell=tell)
    mode = task.mode or default_mode()
    wide = None
    if mode == "posterior":
        wide = Simulator(replace(task, mode="prior"), runs, seed=seed, threads=threads, tell=tell)
    aim = _at_the_weak(simulator.none)
    lived = {plan.name: simulator.beside(plan.plan, aim) for plan in plans}
    none = simulator.none
    e = ComparedOptions(
        baseline=_option("none", entry("propose.brief.none"), none, {}, None),
        options=tuple(
            _option(
                plan.name,
                plan.title,
                lived[plan.name]["plan"],
                {key: measured for key, measured in lived[plan.name].items() if key != "plan"},
                wide.live(plan.plan).outcomes[OUTCOME] if wide is not None else None,
            )
            for plan in plans
        ),
        whom=entry(f"answer.whom.{'weak' if (none.start < LINE).any(axis=1).mean() >= 0.5 else 'poorest'}"),
        year=task.scenario.start + task.scenario.years - 1,
        years=task.scenario.years,
        calibrated=mode == "posterior",
    )  # fmt: skip
    last = plans[-1]
    s = task.scenario
    return Brief(
        title=say("answer.brief.title", lang, place=s.title[lang]),
        subtitle=say(
            "answer.brief.subtitle",
            lang,
            villages=s.size,
            first=s.start,
            last=e.year,
            runs=runs,
        ),
        answer=answer(e),
        rows=rows(e, conclude(e)),
        groups=_groups(task, last.plan, lang),
        projects=_projects(task, last.plan, seed, lang),
        villages=_villages(task, last.plan, lived[last.name]["plan"], none),
        strategy=last.title[lang],
        settings=[
            (say("answer.brief.horizon", lang, first=s.start, years=s.years), ""),
            (say("answer.brief.region", lang, region=s.region.title[lang]), ""),
            (say("propose.brief.budget", lang, amount=amount(task.budget, lang)), ""),
            (
                say(
                    "propose.brief.promised",
                    lang,
                    amount=amount(float(sum(map(task.cost, last.plan))), lang),
                ),
                "",
            ),
        ],
    )


def brief_files(p: Proposal, task: Task, lang: str, again: str) -> dict[str, bytes]:
    """brief.html and brief.docx of a proposal, in as many runs as it was measured in. `again`: the
    command that repeats it."""
    named = NamedPlan("proposal", entry("propose.brief.proposal"), plan_of(p))
    brief = brief_of(task, [named], lang, runs=p.fresh_runs, threads=1)
    page = replace(advised(brief, p, task, lang), again=again)
    return {"brief.html": sheet.html(page, lang).encode(), "brief.docx": sheet.docx(page, lang)}


def advised(page: Brief, p: Proposal, task: Task, lang: str) -> Brief:
    """The brief on a proposal alone, with what the search says of it: its strongest rival, why
    these villages, what is free to decide, what to try first."""
    return replace(
        page,
        answer=_told(page.answer, p),
        rows=page.rows if p.alliances else (),
        notes=_notes(p, lang),
    )


def plan_of(p: Proposal) -> list[Candidate]:
    """The alliances and singly funded villages of a proposal, as the search holds them."""
    allied = [
        Candidate(
            tuple(sorted(m.position for m in alliance.members)),
            alliance.strategy,
            alliance.grant,
            _lead(alliance),
            alliance.founded,
        )
        for alliance in p.alliances
    ]
    return [*allied, *(Candidate((village.position,), "", village.grant) for village in p.funded)]


def _lead(alliance: ProposedAlliance) -> int:
    """The position of the lead village where it is the same in every run, else -1: the ablest."""
    sure = (m.position for m in alliance.members if m.leads == 1.0 and not alliance.lead_is_outside)
    return next(sure, -1)


def _told(reply: AnswerText, p: Proposal) -> AnswerText:
    """The answer on a plan: which one it is, is said against its strongest rival; a plan
    without alliances is no answer to what acting together does, and leads with its advice."""
    short = {lang: Verdict(p, lang).in_short() for lang in LANGUAGES}
    first = 1 if p.places_only and p.advice != "nothing" else 0
    rival = Line({lang: message[first] for lang, message in short.items()})
    if not p.alliances:
        effect = {key: line for key, line in reply.lines.items() if key == "effect" and p.funded}
        return AnswerText(rival, effect)
    return AnswerText(reply.headline, {**reply.lines, "sets": rival}, reply.questions)


def _notes(p: Proposal, lang: str) -> list[str]:
    """Why these villages, what is free to decide, what to try first."""
    sentences = Sentences(lang, p.fresh_runs)
    reasons: dict[str, list[str]] = {}
    for alliance in p.alliances[:WHY]:
        reasons.setdefault(sentences.why(alliance), []).append(sentences.name(alliance))
    texts = [
        say("answer.brief.why", lang, name=listed(names, lang), why=why)
        for why, names in reasons.items()
    ]
    free = sentences.shared(p)
    others = len(p.ensemble.alternatives) if p.ensemble else 0
    return [*texts, *free[1 : len(free) - others], *sentences.staged(p)[:1]]


def _at_the_weak(none: Lived) -> np.ndarray:
    """Shares of money (villages,) of who begins weak, over the runs."""
    weak = (none.start <= weak_line(none.start)).mean(axis=0)
    return np.asarray(weak / weak.sum())


def _option(
    name: str,
    title: Mapping[str, str],
    lived: Lived,
    rivals: Mapping[str, Lived],
    prior: np.ndarray | None,
) -> Option:
    return Option(
        name=name,
        title=title,
        values=lived.outcomes[OUTCOME],
        whole=lived.outcomes[WHOLE],
        public=lived.paid,
        own=lived.outcomes["own_money"],
        rivals={key: Money(rival.outcomes[OUTCOME], rival.outcomes[WHOLE]) for key, rival in rivals.items()},
        prior=prior,
    )  # fmt: skip


def _groups(task: Task, plan: Sequence[Candidate], lang: str) -> tuple[Group, ...]:
    """The alliances of a plan, numbered as where projects are, then the villages that it funds
    singly."""
    titles = {plan.name: plan.title[lang] for plan in task.plans}
    names = labels(task.scenario)
    allied = sorted(allies(plan), key=lambda candidate: candidate.founded)
    funded = singles(plan)
    numbers = [f"{number}. " for number in range(1, len(allied) + 1)] + [""] * len(funded)
    return tuple(
        Group(
            number + listed((names[i] for i in ally.members), lang),
            titles[ally.strategy] if ally.strategy else say("propose.brief.singly", lang),
            ally.grant,
        )
        for number, ally in zip(numbers, (*allied, *funded), strict=True)
    )


def _villages(
    task: Task, plan: Sequence[Candidate], lived: Lived, none: Lived
) -> tuple[VillageLine, ...]:
    wholes = {
        i: float(whole(lived.home, lived.quiet, alliance.members).mean())
        for alliance in allies(plan)
        for i in alliance.members
    }
    return tuple(
        VillageLine(
            name,
            float(lived.start[:, i].mean()),
            float(none.income[:, i].mean()),
            float(lived.income[:, i].mean()),
            float((lived.income[:, i] < LINE).mean()),
            wholes.get(i),
        )
        for i, name in enumerate(labels(task.scenario))
    )  # fmt: skip


def _projects(
    task: Task, plan: Sequence[Candidate], seed: int, lang: str
) -> tuple[ProjectLine, ...]:
    """The projects that the alliances of a plan begin most often; none where nobody is allied."""
    allied = sorted(allies(plan), key=lambda candidate: candidate.founded)
    if not allied:
        return ()
    strategies = {plan.name: plan for plan in task.plans}
    given = tuple(
        Given(
            {"id": f"{i}", **in_both("compare.alliance.numbered", number=i)},
            candidate.members,
            candidate.lead,
            candidate.founded,
            strategy=candidate.strategy,
            grant=candidate.grant,
        )
        for i, candidate in enumerate(allied, 1)
    )  # fmt: skip
    portfolio = Portfolio(
        task.plans[0],
        {f"{i}": strategies[candidate.strategy] for i, candidate in enumerate(allied, 1)},
    )
    return shown_projects(
        projects(
            replace(task.scenario, given=given, grouped=""),
            portfolio,
            runs=np.arange(looked_at(task.scenario.size), dtype=np.uint64),
            seed=seed,
            years=task.scenario.years,
            levers={**task.levers, **SETTLED, "grant_per_village": 1.0},
            mode=task.mode,
            types=task.types or None,
        ),
        lang,
    )

"""Task: what is asked of a proposal, and everything that is wrong with the question,
said at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from village_alliances.experiments.inputs import (
    digest,
    scenario_fingerprint,
    technology_fingerprint,
)
from village_alliances.experiments.propose import objectives
from village_alliances.experiments.propose.candidates import (
    ALL_UP_TO,
    MOST,
    Candidate,
    Neighbourhood,
    Rules,
)
from village_alliances.experiments.propose.kinds import check_task
from village_alliances.sim.building import days_of
from village_alliances.sim.grouping import FIRST_QUARTER
from village_alliances.sim.labels import labels, places_by_name
from village_alliances.sim.parameters import Mode, default_mode, levers
from village_alliances.sim.problems import Text, listed
from village_alliances.sim.scenario import BLANK, Scenario
from village_alliances.sim.strategy import NONE, Strategy, StrategyError, names, read_strategy
from village_alliances.sim.summary import Summarised
from village_alliances.sim.technology import ProjectType
from village_alliances.sim.worded import worded
from village_alliances.wording import grouped

RADIUS = 8.0  # km
SIZES = (2, 9)  # members, as observed
LIKE = 0.2  # two levels nearer than this are one
SHARES = (0.0, 0.5, 1.0, 2.0)  # of the usual grant: the levels looked at
SINGLE_SHARES = (0.25, 1.5, 3.0, 4.0)  # and for single villages these besides
PILOT_YEARS = 2.0
SECOND_STAGE = FIRST_QUARTER + int(4 * PILOT_YEARS)  # quarter in which what follows a pilot begins
Keep = Literal["", "existing", "fixed"]
MUST, NEVER = worded("problems.task.must"), worded("problems.task.never")
NAMED = 12  # villages that a problem names


class TaskError(ValueError):
    """Everything that is wrong with a question, at once."""

    def __init__(self, problems: Sequence[Text]) -> None:
        super().__init__(list(problems))
        self.problems = list(problems)

    def message(self, lang: str) -> str:
        """All problems in `lang`, a line each."""
        lines = [problem.lang(lang) for problem in self.problems]
        if len(lines) == 1:
            return lines[0]
        head = worded("problems.task.several", count=len(lines)).lang(lang)
        return "\n".join([head, *(f"  {line}" for line in lines)])

    def __str__(self) -> str:
        return self.message("en")


@dataclass(frozen=True, repr=False)
class Task(Summarised):
    """A question for a proposal. `must` and `never` hold positions. `keep`: the scenario's own
    alliances are `fixed`, or the `existing` ones are where the search begins, and of plans that
    cannot be told apart the one that changes least is taken.

    `budget`: yuan of public money over the horizon. `grants`: levels in yuan a member and year.
    `levers` beside the scenario's own. `types`: project types; the shipped ones where none are
    given. `stages`: whether pilots are weighed. Raises ValueError, in a sentence, for what cannot
    be a part of a question.
    """

    scenario: Scenario
    objective: str
    budget: float
    low: int = SIZES[0]
    high: int = SIZES[1]
    radius: float = RADIUS
    strategies: tuple[str | Strategy, ...] = ()
    grants: tuple[float, ...] = ()
    must: tuple[tuple[int, ...], ...] = ()
    never: tuple[tuple[int, ...], ...] = ()
    keep: Keep = ""
    allow_unstable: bool = False
    stages: bool = False
    seed: int = 1
    mode: Mode | None = None
    levers: Mapping[str, float] = field(default_factory=dict)
    types: tuple[ProjectType, ...] = ()

    def __post_init__(self) -> None:
        check_task({part.name: getattr(self, part.name) for part in fields(self)})

    def in_short(self) -> str:
        """What is asked, of which table and with how much money."""
        return (
            f"{self.objective} of {self.scenario.name}, {self.scenario.size} villages, "
            f"{grouped(self.budget, 'en', ',.0f')} yuan"
        )

    @cached_property
    def plans(self) -> list[Strategy]:
        """The strategies that alliances may take; all shipped ones but `none` where nothing is
        said. Of those that differ in no institution of an alliance that is given (how it would form
        by itself is none) the first stands for all: see `alike`."""
        return [same[0] for same in self._by_institutions.values()]

    @cached_property
    def alike(self) -> list[list[Strategy]]:
        """Strategies that come to the same here, where there are such."""
        return [same for same in self._by_institutions.values() if len(same) > 1]

    @cached_property
    def _by_institutions(self) -> dict[tuple[Any, ...], list[Strategy]]:
        asked = [
            read_strategy(s)
            for s in (self.strategies or [name for name in names() if name != NONE])
        ]
        strategies: dict[tuple[Any, ...], list[Strategy]] = {}
        for plan in asked:
            strategies.setdefault((plan.allies, *plan.institutions()[1:]), []).append(plan)
        return strategies

    @cached_property
    def places_only(self) -> bool:
        """Whether every number and word of the table is blank: one village may stand for another,
        and which of them are together in good plans says nothing."""
        s = self.scenario
        numbers = (name for name in s.numbers if name not in ("population", "households"))
        return all((s.numbers[name].kind == BLANK).all() for name in numbers) and not any(
            str(word) for words in s.words.values() for word in words
        )

    @cached_property
    def usual_grant(self) -> float:
        """Yuan a member and year that the county pays now."""
        return float(
            {**self.scenario.levers, **self.levers}.get(
                "grant_per_village", levers()["grant_per_village"].value
            )
        )

    @cached_property
    def levels(self) -> tuple[float, ...]:
        """Grant levels, ascending. Where none are asked for: shares of the usual one, and
        what would spend the whole budget evenly on all villages; on a small table also on
        any smaller number of them."""
        if self.grants:
            return tuple(sorted(set(map(float, self.grants))))
        usual = self.usual_grant or levers()["grant_per_village"].value
        levels = [share * usual for share in SHARES]
        n = self.scenario.size
        for villages in range(1 if n <= ALL_UP_TO else n, n + 1):
            even = self.budget / max(1e-9, villages * self.paid_years[FIRST_QUARTER])
            if 0 < even <= levers()["grant_per_village"].high and all(
                abs(even - level) > LIKE * even for level in levels
            ):
                levels.append(even)
        return tuple(sorted(levels))

    @cached_property
    def single_levels(self) -> tuple[float, ...]:
        """Grant levels of a village that is funded singly: any that it costs little to look at more
        of. Those asked for, where any are."""
        if self.grants:
            return tuple(level for level in self.levels if level > 0)
        usual = self.usual_grant or levers()["grant_per_village"].value
        more = (share * usual for share in SINGLE_SHARES)
        levels = [level for level in self.levels if level > 0]
        for level in more:
            if level <= self.most_grant and all(
                abs(level - earlier) > LIKE * level for earlier in levels
            ):
                levels.append(level)
        return tuple(sorted(levels))

    @cached_property
    def usual_budget(self) -> float:
        """Yuan that it takes to pay the usual grant for every village: the
        budget where none is named."""
        return (
            float(self.usual_grant or levers()["grant_per_village"].value)
            * self.scenario.size
            * self.paid_years[FIRST_QUARTER]
        )

    def within(self, budget: float) -> Task:
        """The same question with another budget."""
        return replace(self, budget=budget)

    @cached_property
    def aim(self) -> objectives.Objective:
        """The objective, read."""
        return objectives.read_objective(self.objective)

    @cached_property
    def classes(self) -> list[tuple[str, float]]:
        """Strategy and grant of what an alliance may be."""
        return [(s.name, grant) for s in self.plans for grant in self.levels]

    @cached_property
    def kept(self) -> list[list[Candidate]]:
        """For each alliance that stays: the forms that it may take (its own strategy where one is
        stated, any grant level)."""
        kept_forms = []
        for alliance in self.scenario.given if self.keep == "fixed" else ():
            forms = (
                [c for c in self.classes if c[0] == alliance.strategy]
                if alliance.strategy in dict(self.classes)
                else self.classes
            )
            kept_forms.append(
                [
                    Candidate(
                        tuple(sorted(map(int, alliance.members))),
                        strategy,
                        grant,
                        int(alliance.lead),
                        alliance.founded,
                    )
                    for strategy, grant in forms
                ]
            )
        return kept_forms

    @cached_property
    def together(self) -> tuple[tuple[int, ...], ...]:
        """The groups of `must`, those that share a village made one."""
        groups: list[set[int]] = []
        for group in map(set, self.must):
            apart = [other for other in groups if not other & group]
            groups = [*apart, group.union(*(other for other in groups if other & group))]
        return tuple(tuple(sorted(group)) for group in groups)

    @cached_property
    def rules(self) -> Rules:
        """What an alliance may be."""
        taken = frozenset(i for forms in self.kept for i in forms[0].members)
        return Rules(self.low, min(self.high, MOST), self.radius, self.together, self.never, taken)

    @cached_property
    def most_grant(self) -> float:
        """The largest grant that the model takes, yuan a member and year."""
        return float(levers()["grant_per_village"].high)

    @cached_property
    def grant_years(self) -> float:
        """Years after a founding in which grants come."""
        chosen = {**self.scenario.levers, **self.levers}
        return float(chosen.get("grant_years", levers()["grant_years"].value))

    @cached_property
    def paid_years(self) -> dict[int, float]:
        """Years in which a grant is paid to an alliance, by its founding quarter (those of the kept
        alliances and the usual one)."""
        chosen = {**self.scenario.levers, **self.levers}
        flows = days_of(self.scenario, chosen, self.scenario.ticks).grants
        quarters = {
            FIRST_QUARTER,
            SECOND_STAGE,
            *(alliance.founded for alliance in self.scenario.given),
        }
        return {
            q: 0.25
            * float(
                sum(flows[t] for t in range(q, self.scenario.ticks) if t - q < 4 * self.grant_years)
            )
            for q in quarters
        }

    def cost(self, candidate: Candidate) -> float:
        """Public money that a candidate is promised over the horizon, yuan: no run can
        cost more."""
        return candidate.grant * len(candidate.members) * self.paid_years[candidate.founded]

    @cached_property
    def id(self) -> str:
        """Hash of the question, 16 hex digits."""
        plans = [p.model_dump(mode="json") for p in self.plans]
        return digest([self.plain(), scenario_fingerprint(self.scenario), plans])

    def plain(self) -> dict[str, Any]:
        """The question as JSON holds it, villages by position."""
        return {
            "table": self.scenario.name,
            "objective": self.objective,
            "budget": self.budget,
            "size": [self.low, self.high],
            "radius": self.radius,
            "strategies": [p.name for p in self.plans],
            "grants": list(self.levels),
            "must": [list(g) for g in self.must],
            "never": [list(g) for g in self.never],
            "keep": self.keep,
            "allow_unstable": self.allow_unstable,
            "stages": self.stages,
            "seed": self.seed,
            "mode": self.mode or default_mode(),
            "levers": dict(self.levers),
            "technology": technology_fingerprint(self.types) if self.types else "",
            "years": self.scenario.years,
        }


def problems(task: Task) -> list[Text]:
    """Everything that is wrong with a question; empty if it can be asked."""
    s = task.scenario
    names_of = labels(s)
    texts: list[Text] = []

    def wrong(key: str, **values: object) -> None:
        texts.append(worded(key, **values))

    def called(group: Sequence[int]) -> Text:
        return listed([names_of[i] for i in group], NAMED)

    try:
        objectives.read_objective(task.objective)
    except objectives.ObjectiveError as error:
        wrong("problems.task.objective", error=error.text)
    try:
        plans = task.plans
        if any(not p.allies for p in plans):
            wrong("problems.task.none_allies")
    except StrategyError as error:
        wrong("problems.task.strategies", error=Text(str(error), error.message("zh")))
        return texts
    size = f"{task.low}-{task.high}"
    if s.size < 2:
        wrong("problems.task.one_village", count=s.size)
        return texts
    if not 2 <= task.low <= task.high <= MOST:
        wrong("problems.task.size", size=size, most=MOST)
        return texts
    if task.low > s.size:
        wrong("problems.task.size_table", size=size, low=task.low, count=s.size)
    if not task.radius > 0:
        wrong("problems.task.radius", radius=task.radius)
        return texts
    if any(not 0 <= g <= task.most_grant for g in task.grants):
        wrong("problems.task.grants", most=task.most_grant)
    if not task.budget >= 0 or task.budget == float("inf"):
        wrong("problems.task.budget", budget=task.budget)
    if task.stages and s.ticks < SECOND_STAGE + 4:
        wrong("problems.task.stages", years=s.years, pilot=PILOT_YEARS)
    if task.keep and not (s.given and not s.grouped):
        wrong("problems.task.keep", keep=task.keep, table=s.name)
        return texts
    x = s.position
    seated = {i for forms in task.kept for i in forms[0].members}
    for text, groups in ((MUST, task.must), (NEVER, task.never)):
        for group in (group for group in groups if len(set(group)) < 2):
            wrong("problems.task.two_villages", said=text, named=called(group))
    for group in (group for group in task.together if len(group) > 1):
        if len(group) > task.high:
            wrong("problems.task.must_many", named=called(group), count=len(group), high=task.high)
        way = np.hypot(
            x[list(group)][:, None, 0] - x[list(group)][None, :, 0],
            x[list(group)][:, None, 1] - x[list(group)][None, :, 1],
        )
        if not any(_has_centre(x, group, j, task.radius) for j in range(s.size)):
            wrong(
                "problems.task.must_wide", named=called(group), reach=way.max(), radius=task.radius
            )
        for other in task.never:
            both = sorted(set(other) & set(group))
            if len(both) > 1:
                wrong("problems.task.must_and_never", named=called(both))
        if taken := sorted(set(group) & seated):
            wrong("problems.task.must_kept", named=called(taken))
    for forms in task.kept:
        for other in task.never:
            both = sorted(set(other) & set(forms[0].members))
            if len(both) > 1:
                wrong("problems.task.never_kept", named=called(both))
    if texts:
        return texts
    geography = Neighbourhood(s, task.rules)
    lonely = [i for i in range(s.size) if not geography.near[i] and i not in seated]
    if len(lonely) == s.size - len(seated) and lonely:
        wrong("problems.task.all_lonely", radius=task.radius, named=called(lonely))
    least = sum(min(task.cost(c) for c in forms) for forms in task.kept)
    cheapest = min(g for _, g in task.classes)
    least += sum(cheapest * len(group) * task.paid_years[FIRST_QUARTER] for group in task.together)
    if least > task.budget + 1e-6:
        every = [i for forms in task.kept for i in forms[0].members] + [
            i for group in task.together for i in group
        ]
        wrong("problems.task.too_dear", budget=task.budget, named=called(every), least=least)
    return texts


def lonely(task: Task, geography: Neighbourhood) -> list[str]:
    """Villages that have no neighbour within the radius, by name: they stay alone."""
    seated = task.rules.taken
    names = labels(task.scenario)
    return [
        names[i] for i in range(task.scenario.size) if not geography.near[i] and i not in seated
    ]


def _has_centre(x: np.ndarray, group: Sequence[int], j: int, radius: float) -> bool:
    return bool(
        (np.hypot(x[list(group), 0] - x[j, 0], x[list(group), 1] - x[j, 1]) <= radius + 1e-9).all()
    )


def unfit(task: Task) -> Text:
    """No choice keeps all rules, though each could be kept alone: said with the
    villages concerned."""
    groups = [*task.together, *(forms[0].members for forms in task.kept)]
    names = labels(task.scenario)
    named = listed([names[i] for group in groups for i in group], NAMED)
    return worded("problems.task.nothing_keeps_all", budget=task.budget, named=named)


def groups_of(
    scenario: Scenario, written: str, text: Text
) -> tuple[list[tuple[int, ...]], list[Text]]:
    """Groups of villages as a planner writes them: names apart by commas, groups by semicolons or
    lines. A group with a name that means no village, or several, is left out and its problems are
    given; `text` is what they begin with."""
    where = places_by_name(scenario)
    groups: list[tuple[int, ...]] = []
    problems: list[Text] = []
    for part in re.split(r"[;；\n]+", written):
        names = [name.strip() for name in re.split("[,，、]+", part) if name.strip()]
        unclear = [name for name in dict.fromkeys(names) if len(where.get(name, [])) != 1]
        problems += [_unclear(scenario, name, where.get(name, []), text) for name in unclear]
        if names and not unclear:
            groups.append(tuple(dict.fromkeys(where[name][0] for name in names)))
    return groups, problems


def _unclear(scenario: Scenario, name: str, positions: Sequence[int], text: Text) -> Text:
    if positions:
        named = listed(
            [f"{scenario.places['township'][position]}/{name}" for position in positions], NAMED
        )
        return worded(
            "problems.task.villages_called_write",
            said=text,
            count=len(positions),
            name=name,
            named=named,
        )
    near = listed(difflib.get_close_matches(name, [str(n) for n in scenario.names], 3, 0.5), NAMED)
    key = "problems.task.no_village_near" if near else "problems.task.no_village"
    return worded(key, said=text, name=name, near=near)

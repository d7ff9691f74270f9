"""Today's comparison as the answer's plain data: the only place here that knows the
model's names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from village_alliances.experiments.answer import inquire as inquiring
from village_alliances.experiments.answer.amounts import amount
from village_alliances.experiments.answer.brief import Brief, ProjectLine, VillageLine
from village_alliances.experiments.answer.evidence import (
    OUTCOME,
    WHOLE,
    ComparedOptions,
    Money,
    Option,
    Said,
)
from village_alliances.experiments.answer.figures import rows
from village_alliances.experiments.answer.inquire import Inquiry, Unknown
from village_alliances.experiments.answer.lines import AnswerText
from village_alliances.experiments.answer.logic import conclude
from village_alliances.experiments.answer.whole import whole
from village_alliances.experiments.answer.words import answer
from village_alliances.experiments.answered import projects_answered
from village_alliances.experiments.comparison import Comparison
from village_alliances.experiments.gains import projects
from village_alliances.sim import technology
from village_alliances.sim.labels import labels
from village_alliances.sim.parameters import levers, parameters
from village_alliances.sim.runs import Ensemble
from village_alliances.sim.scenario import EXACT
from village_alliances.sim.society import QUIET
from village_alliances.wording import LANGUAGES, entry, say

GRANT = "grant_per_village"
LINE = 50_000.0  # yuan a year, under which a village is weak
ASKED = (  # columns that somebody can look up; abilities of real people are nobody's question here
    "collective_income", "idle_land", "volume", "scenic", "idle_hands", "firm_jobs", "roofs", "residents", "reserves", "debt",
    "villager_income", "population",
)  # fmt: skip
PROJECTS = 8  # rows of a table
BEGUN = 0.1  # of the runs: rarer projects are left out of a page
CELLS = 12  # villages without a figure, up to which they are asked one by one


def answer_of(c: Comparison, *, in_full: bool = False) -> AnswerText:
    """The answer to a comparison. `in_full`: with what to find out first, which
    takes a few seconds more."""
    if in_full:
        return answer(evidence_of(c), inquiry=inquiry_of(c))
    return answer(evidence_of(c))


def rivals_of(c: Comparison) -> dict[str, str]:
    """The rival that the answer names beside each strategy: the strongest that does not pick the
    villages by which it is judged. Strategies that are one have one; none where none was run."""
    standings = {standing.name: standing for standing in conclude(evidence_of(c)).standings}
    first = {label: group[0] for group in c.same for label in group}
    rivals = {}
    for strategy in c.rivals:
        standing = standings.get(first.get(strategy, strategy))
        if standing and standing.beside:
            rivals[strategy] = standing.beside.name
    return rivals


def evidence_of(c: Comparison) -> ComparedOptions:
    """What a comparison found."""
    again = {label for _, *others in c.same for label in others}
    baseline, *others = (_option(c, label) for label in c.strategies if label not in again)
    began = c.ensembles[c.baseline].outcome("weak_villages_50k", 0)
    weak = bool(np.nanmean(began > 0) >= 0.5) if np.isfinite(began).any() else True
    grants = {alliance.grant for alliance in c.scenario.given}
    usual = {**c.scenario.levers, **c.levers}.get(GRANT, levers()[GRANT].value)
    return ComparedOptions(
        baseline=baseline,
        options=tuple(others),
        whom=entry(f"answer.whom.{'weak' if weak else 'poorest'}"),
        year=c.last_year,
        years=c.years,
        grant=usual * grants.pop() if len(grants) == 1 else usual if not grants else float("nan"),
        calibrated=c.mode == "posterior",
    )


def _option(c: Comparison, label: str) -> Option:
    ensemble = c.ensembles[label]
    return Option(
        name=label,
        title=c.titles[label],
        values=ensemble.outcome(OUTCOME),
        whole=ensemble.outcome(WHOLE),
        public=ensemble.outcome("public_cost"),
        own=ensemble.outcome("own_money"),
        rivals={
            name: Money(them.outcome(OUTCOME), them.outcome(WHOLE))
            for name, them in c.rivals.get(label, {}).items()
        },
        prior=c.prior.get(label),
        also=tuple(
            c.titles[other] for first, *others in c.same if first == label for other in others
        ),
    )


def brief_of(c: Comparison, lang: str, again: str) -> Brief:
    """The page to take to the meeting, of a comparison. `again`: the command that repeats it."""
    e = evidence_of(c)
    conclusions = conclude(e)
    of = conclusions.first.name if conclusions.first else ""
    settings = [
        (say("answer.brief.horizon", lang, first=c.scenario.start, years=c.years), ""),
        (say("answer.brief.region", lang, region=c.scenario.region.title[lang]), ""),
    ]
    if np.isfinite(e.grant):
        text = say("answer.brief.grants", lang, amount=amount(e.grant, lang))
        settings.insert(0, (text, ""))
    return Brief(
        title=say("answer.brief.title", lang, place=c.scenario.title[lang]),
        subtitle=say(
            "answer.brief.subtitle",
            lang,
            villages=c.scenario.size,
            first=c.scenario.start,
            last=c.last_year,
            runs=c.runs,
        ),
        answer=answer_of(c, in_full=True),
        rows=rows(e, conclusions),
        villages=villages_of(c, of) if of else (),
        projects=shown_projects(projects_of(c, of), lang) if of else (),
        strategy=c.title(of, lang) if of else "",
        settings=settings,
        again=again,
    )


def villages_of(c: Comparison, strategy: str) -> tuple[VillageLine, ...]:
    """Every village under a strategy, means over the runs that succeeded; none where the
    comparison kept no villages."""
    ensemble = c.ensembles[strategy]
    fine = (ensemble.status == 0) & (c.none.status == 0)
    if not ensemble.kept or not fine.any():
        return ()
    start, now = (ensemble.kept[name][fine] for name in ("start_income", "operating_income"))
    without = c.none.kept["operating_income"][fine]
    wholes = _wholes(ensemble, fine)
    return tuple(
        VillageLine(
            name,
            float(start[:, i].mean()),
            float(without[:, i].mean()),
            float(now[:, i].mean()),
            float((now[:, i] < LINE).mean()),
            wholes.get(i),
        )
        for i, name in enumerate(labels(c.scenario))
    )


def _wholes(ensemble: Ensemble, fine: np.ndarray) -> dict[int, float]:
    """Share of runs in which the alliance that a scenario gives is whole at the end, by village."""
    alliance, quiet = ensemble.kept["alliance"][fine], ensemble.kept["standing"][fine] == QUIET
    return {
        member: float(whole(alliance, quiet, given.members).mean())
        for given in ensemble.scenario.given
        for member in given.members
    }


def projects_of(c: Comparison, strategy: str) -> pd.DataFrame:
    """Which projects the alliances of a strategy begin: the columns of sim/prospects.py."""
    name = f"projects, {strategy}"
    if name not in c.kept:
        ensemble = c.ensembles[strategy]
        begun = projects(
            ensemble.scenario,
            ensemble.portfolio,
            runs=ensemble.runs,
            seed=c.seed,
            years=c.years,
            levers=c.levers,
            fixed=c.fixed,
            mode=c.mode,
            types=c.types,
            rules=c.rules,
        )
        c.kept[name] = projects_answered(begun)
    frame: pd.DataFrame = c.kept[name]
    return frame


def all_projects(c: Comparison) -> pd.DataFrame | None:
    """Which projects the alliances of each strategy begin; None where nobody allies."""
    again = {label for _, *others in c.same for label in others}
    frames = [
        projects_of(c, label).assign(strategy=label)
        for label, ensemble in c.ensembles.items()
        if label not in again and not ensemble.portfolio.idle
    ]
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return None
    frame = pd.concat(filled, ignore_index=True)
    return frame[["strategy", *(name for name in frame if name != "strategy")]]


def shown_projects(frame: pd.DataFrame, lang: str) -> tuple[ProjectLine, ...]:
    """The projects that a page shows, those most often begun first. `frame`: as
    `projects_of` gives them."""
    suffix = "_zh" if lang == "zh" else ""
    often = projects_answered(frame[frame["begun"] >= BEGUN])
    begun = often.sort_values("begun", ascending=False, kind="stable")
    return tuple(
        ProjectLine(
            row[f"title{suffix}"],
            row[f"alliance{suffix}"] or say(f"compare.who.{row['who']}", lang),
            float(row["begun"]),
            *(float(row[name]) for name in ("cost", "yearly", "jobs")),
        )
        for row in begun.head(PROJECTS).to_dict("records")
    )


def inquiry_of(c: Comparison, *, thorough: bool = False) -> Inquiry:
    """What would be worth finding out before choosing among the strategies of a comparison.
    `thorough` takes ten times as long."""
    name = "inquiry, thorough" if thorough else "inquiry"
    if name not in c.kept:
        c.kept[name] = _inquired(c, thorough)
    return c.kept[name]


def _inquired(c: Comparison, thorough: bool) -> Inquiry:
    outcomes = {label: c.ensembles[label].outcome(OUTCOME) for label in c.strategies}
    splits, shuffles = (
        (inquiring.SPLITS, inquiring.SHUFFLES)
        if thorough
        else (inquiring.QUICK_SPLITS, inquiring.QUICK_SHUFFLES)
    )
    return inquiring.inquire(
        outcomes, list(unknowns_of(c)), splits=splits, shuffles=shuffles, seed=c.seed
    )


def unknowns_of(c: Comparison) -> Iterable[Unknown]:
    """The blanks of the table that somebody can look up, by column; the parameters that the runs
    drew, by topic; each project type. Few enough that some hundred runs can tell them apart; the
    parts of each are asked where it is more than noise."""
    yield from _blanks(c)
    yield from _topics(c)
    yield from _types(c)


def _blanks(c: Comparison) -> Iterable[Unknown]:
    """A column that leaves villages blank; village by village where these are few, else
    by their mean and spread."""
    scenario = c.scenario
    drawn = _drawn(c)
    for column in ASKED:
        blank = np.flatnonzero(scenario.numbers[column].kind != EXACT)
        cells = drawn[column][:, blank]
        who = entry(f"answer.who.{column}")
        singly = [_cell(c, column, place, drawn[column][:, place]) for place in blank[: CELLS + 1]]
        if len(singly) == 1:
            yield singly[0]
        elif singly:
            several = _asked("answer.title.several", count=str(blank.size))
            each = _asked("answer.question.each", count=str(blank.size))
            few = len(singly) <= CELLS
            yield Unknown(
                column,
                cells if few else np.stack([cells.mean(axis=1), cells.std(axis=1)], axis=1),
                _asked(f"answer.title.{column}", village=several),
                _asked(f"answer.question.{column}", village=each),
                who,
                tuple(singly) if few else (),
            )


def _cell(c: Comparison, column: str, index: int, values: np.ndarray) -> Unknown:
    """One blank of the table."""
    village = labels(c.scenario)[index]
    return Unknown(
        f"{column} {village}",
        values,
        _asked(f"answer.title.{column}", village=village),
        _asked(f"answer.question.{column}", village=village),
        entry(f"answer.who.{column}"),
    )


def _drawn(c: Comparison) -> dict[str, np.ndarray]:
    """What villages start with in each run, by column of ASKED: (runs, villages)."""
    from village_alliances.sim.building import draw_villages
    from village_alliances.sim.society import ENDOWMENTS

    villages, endowment, cash = draw_villages(
        c.scenario, c.seed, c.none.runs, c.none.parameters, c.mode
    )
    flat = {name: endowment[:, i] for i, name in enumerate(ENDOWMENTS)}
    flat |= {name: getattr(villages, name) for name in ("debt", "population", "firm_jobs")}
    flat |= {
        "collective_income": villages.start_income,
        "villager_income": villages.start_villager,
        "reserves": cash,
        "idle_land": flat["land"],
        "idle_hands": flat["hands"],
        "residents": flat["people"],
    }
    return {name: flat[name].reshape(-1, c.scenario.size) for name in ASKED}


def _types(c: Comparison) -> Iterable[Unknown]:
    """What a project of each type costs and brings, as the runs drew it."""
    drawn, who = c.none.technology, entry("answer.who.type")
    for i, kind in enumerate(c.types):
        varied = [name for name in technology.NUMBERS if name in drawn.dtype.names]
        values = np.stack([drawn[name][:, i] for name in varied], axis=1)
        values = values[:, [np.unique(part).size > 1 for part in values.T]]
        if values.shape[1]:
            yield Unknown(
                f"type {kind.name}",
                values,
                kind.title,
                _asked("answer.question.type", title=kind.title),
                who,
            )


@cache
def topics() -> dict[str, tuple[str, ...]]:
    """Parameters that are asked about together, by topic."""
    listed = tomllib.loads(Path(__file__).with_name("topics.toml").read_text(encoding="utf-8"))
    return {topic: tuple(names) for topic, names in listed.items()}


def _topics(c: Comparison) -> Iterable[Unknown]:
    """The parameters that the runs drew, those of one topic together."""
    singly = {parameter.name: parameter for parameter in _parameters(c)}
    for topic, names in topics().items():
        parts = tuple(singly.pop(name) for name in names if name in singly)
        if parts:
            title, question, who = (
                entry(f"answer.topic.{topic}.{word}") for word in ("title", "question", "who")
            )
            drawn = np.stack([part.values for part in parts], axis=1)
            yield Unknown(topic, drawn, title, question, who, parts if len(parts) > 1 else ())
    yield from singly.values()


def _parameters(c: Comparison) -> Iterable[Unknown]:
    """Every parameter that the runs drew, by itself."""
    drawn = c.ensembles[c.baseline].parameters
    who = entry("answer.who.parameter")
    quantities = {**parameters(), **c.scenario.region.quantities()}
    for name in drawn.dtype.names or ():
        if name in quantities and np.unique(drawn[name]).size > 1:
            title = {"en": quantities[name].en, "zh": quantities[name].zh}
            asked = _asked("answer.question.parameter", title=title)
            yield Unknown(name, np.asarray(drawn[name]), title, asked, who)


def _asked(key: str, **values: Said | str) -> dict[str, str]:
    """A question in every language."""
    return {
        lang: say(
            key,
            lang,
            **{
                name: value if isinstance(value, str) else value[lang]
                for name, value in values.items()
            },
        )
        for lang in LANGUAGES
    }

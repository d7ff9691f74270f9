"""Today's comparison as the answer's plain data: the only place here that knows the model's names."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from village_alliances.experiments.answer import inquire as inquiring
from village_alliances.experiments.answer.brief import Brief, Village
from village_alliances.experiments.answer.evidence import OUTCOME, SINGLE, Evidence, Option, Said
from village_alliances.experiments.answer.inquire import Inquiry, Unknown
from village_alliances.experiments.answer.logic import conclude
from village_alliances.experiments.answer.words import Answer, amount, answer, rows
from village_alliances.experiments.comparison import Comparison
from village_alliances.experiments.imputation import column_title
from village_alliances.sim.parameters import levers, parameters
from village_alliances.wording import LANGUAGES, entry, say

GRANT = "grant_per_village"
LINE = 50_000.0  # yuan a year, under which a village is weak
ASKED = (  # columns that somebody can look up; abilities of real people are nobody's question here
    "collective_income", "idle_land", "developed_land", "reserves", "debt", "villager_income", "population",
)  # fmt: skip
CELLS = 12  # villages without a figure, up to which each is a question of its own


def answer_of(c: Comparison, *, in_full: bool = False) -> Answer:
    """The answer to a comparison. `in_full`: with what to find out first, which takes a few seconds more."""
    if in_full:
        return answer(evidence_of(c), inquiry=inquiry_of(c))
    return answer(evidence_of(c))


def evidence_of(c: Comparison) -> Evidence:
    """What a comparison found."""
    baseline, *others = (_option(c, label) for label in c.strategies)
    began = c.ensembles[c.baseline].outcome("weak_villages_50k", 0)
    weak = bool(np.nanmean(began > 0) >= 0.5) if np.isfinite(began).any() else True
    grants = {given.grant for given in c.scenario.given}
    usual = {**c.scenario.levers, **c.levers}.get(GRANT, levers()[GRANT].value)
    return Evidence(
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
        public=ensemble.outcome("public_cost"),
        own=ensemble.outcome("own_money"),
        rivals={SINGLE: c.solo[label].outcome(OUTCOME)} if label in c.solo else {},
        prior=c.prior.get(label),
    )


def brief_of(c: Comparison, lang: str, again: str) -> Brief:
    """The page to take to the meeting, of a comparison. `again`: the command that repeats it."""
    e = evidence_of(c)
    found = conclude(e)
    of = found.first.name if found.first else ""
    settings = [
        (say("answer.brief.horizon", lang, first=c.scenario.start, years=c.years), ""),
        (say("answer.brief.region", lang, region=c.scenario.region.title[lang]), ""),
    ]
    if np.isfinite(e.grant):
        said = say("answer.brief.grants", lang, amount=amount(e.grant, lang))
        settings.insert(0, (said, ""))
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
        rows=rows(e, found),
        villages=_villages(c, of) if of else (),
        strategy=c.title(of, lang) if of else "",
        settings=settings,
        again=again,
    )


def _villages(c: Comparison, strategy: str) -> tuple[Village, ...]:
    """Every village under a strategy, means over the runs that succeeded; none where the comparison kept no villages."""
    ensemble = c.ensembles[strategy]
    fine = ensemble.status == 0
    if not ensemble.villages or not fine.any():
        return ()
    ends = {name: values[fine] for name, values in ensemble.villages.items()}
    mean = {name: values.mean(axis=0) for name, values in ends.items()}
    under = (ends["collective_income"] < LINE).mean(axis=0)
    return tuple(
        Village(
            str(name),
            float(mean["start_income"][at]),
            float(mean["alone_income"][at]),
            float(mean["collective_income"][at]),
            float(under[at]),
        )
        for at, name in enumerate(c.scenario.names)
    )


def inquiry_of(c: Comparison, *, thorough: bool = False) -> Inquiry:
    """What would be worth finding out before choosing among the strategies of a comparison. `thorough` takes ten times as long."""
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
    """The blanks of the table that somebody can look up, and the parameters that the runs drew (those moved together as one)."""
    yield from _blanks(c)
    yield from _parameters(c)


def _blanks(c: Comparison) -> Iterable[Unknown]:
    from village_alliances.sim.building import draw_start
    from village_alliances.sim.scenario import EXACT

    scenario, ensemble = c.scenario, c.ensembles[c.baseline]
    drawn = draw_start(scenario, c.seed, ensemble.runs, ensemble.parameters)
    for column in ASKED:
        blank = np.flatnonzero(scenario.numbers[column].kind != EXACT)
        who = entry(f"answer.who.{column}")
        title = {lang: column_title(column, lang) for lang in LANGUAGES}
        if 0 < blank.size <= CELLS:
            for at in blank:
                village = str(scenario.names[at])
                yield Unknown(
                    f"{column} {village}",
                    drawn[column][:, at],
                    _asked(f"answer.title.{column}", village=village),
                    _asked(f"answer.question.{column}", village=village),
                    who,
                )
        elif blank.size:
            cells = drawn[column][:, blank]
            yield Unknown(
                column,
                np.stack([cells.mean(axis=1), cells.std(axis=1)], axis=1),
                _asked("answer.title.column", count=str(blank.size), column=title),
                _asked("answer.question.column", count=str(blank.size), column=title),
                who,
            )


def _parameters(c: Comparison) -> Iterable[Unknown]:
    from village_alliances.calibration.priors import COMPOSITES

    drawn = c.ensembles[c.baseline].parameters
    names = [name for name in drawn.dtype.names or () if np.unique(drawn[name]).size > 1]
    who = entry("answer.who.parameter")
    together: set[str] = set()
    for composite in COMPOSITES:
        moved = [name.lstrip("-") for name in composite.moves if name.lstrip("-") in names]
        if moved:
            together.update(moved)
            values = np.stack([drawn[name] for name in moved], axis=1)
            title = {"en": composite.en, "zh": composite.zh}
            yield Unknown(
                composite.name, values, title, _asked("answer.question.parameter", title=title), who
            )
    known = {**parameters(), **c.scenario.region.quantities()}
    for name in names:
        if name not in together and name in known:
            title = {"en": known[name].en, "zh": known[name].zh}
            yield Unknown(
                name,
                np.asarray(drawn[name]),
                title,
                _asked("answer.question.parameter", title=title),
                who,
            )


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

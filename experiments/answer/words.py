"""The answer in words: a headline and four lines, in English and Chinese,
from what `logic` concluded.

Two figures of precision, one unit in a range, shares as "nine simulations in ten": what a county
official reads aloud. Every word stands in wording/answer.toml.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from village_alliances.experiments import statistics
from village_alliances.experiments.answer.evidence import Evidence
from village_alliances.experiments.answer.inquire import LEAST, Inquiry, Worth
from village_alliances.experiments.answer.logic import FEW, Finding, Gap, Rival, Standing, conclude
from village_alliances.wording import LANGUAGES, say
from village_alliances.wording.numbers import amounts, percent

MOST = 2  # questions that are said beside an answer
LINES = ("effect", "sets", "cost", "sure")
COUNTS = {
    "en": ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "zh": ("", "一", "两", "三", "四", "五", "六", "七", "八", "九"),
}


@dataclass(frozen=True)
class Line:
    """One line of the answer in every language, with the figures that it is made of."""

    text: Mapping[str, str]
    figures: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**self.text, **_finite(self.figures)}


@dataclass(frozen=True)
class Answer:
    """What is read: headline, effect, sets, cost, sure, and the questions to find out first (in
    words, most valuable first)."""

    headline: Line
    lines: Mapping[str, Line]
    questions: tuple[Line, ...] = ()

    def text(self, lang: str) -> str:
        """All in one paragraph."""
        return (" " if lang == "en" else "").join(self.sentences(lang))

    def sentences(self, lang: str) -> list[str]:
        """The headline, then every line that there is with its label: `Effect: ...`, `效果：...`."""
        told = [self.headline.text[lang]]
        return told + [
            labelled(say(f"answer.label.{name}", lang), line.text[lang], lang)
            for name, line in self.lines.items()
        ]

    def first(self, lang: str) -> list[str]:
        """What to find out first, one string a question, the first with its label."""
        label = say("answer.label.questions", lang)
        told = [one.text[lang] for one in self.questions]
        return [labelled(label, told[0], lang), *told[1:]] if told else []

    def plain(self) -> dict[str, Any]:
        """As JSON holds it: headline, effect, sets, cost, sure, questions; None for
        a line that there is not."""
        return {
            "headline": self.headline.plain(),
            **{name: self.lines[name].plain() if name in self.lines else None for name in LINES},
            "questions": [one.plain() for one in self.questions],
        }


def labelled(label: str, text: str, lang: str) -> str:
    """`Effect: ...`, `效果：...`."""
    return f"{label}：{text}" if lang == "zh" else f"{label}: {text}"


def answer(e: Evidence, finding: Finding | None = None, inquiry: Inquiry | None = None) -> Answer:
    """The answer to a comparison in words. `finding`: what logic.conclude(e) gave, where that is at
    hand. `inquiry`: what was found worth finding out; None where that was not asked."""
    f = finding or conclude(e)
    lines = {}
    if f.subject is not None:
        makers = {"effect": _effect, "sets": _sets, "cost": _cost, "sure": _sure}
        lines = {
            name: Line({lang: make(e, f, lang) for lang in LANGUAGES}, _figures(name, e, f))
            for name, make in makers.items()
        }
    headline = Line(
        {lang: _headline(e, f, lang) for lang in LANGUAGES},
        {"kind": f.kind, "leader": f.leader or None, "runs": f.runs, "few": f.few},
    )
    return Answer(headline, lines, questions(inquiry) if inquiry and lines else ())


def questions(found: Inquiry, most: int = MOST) -> tuple[Line, ...]:
    """What to find out first, at most `most` questions; one line that says why there is
    none where there is none."""
    if not found.worths:
        key = "no_choice" if found.runs >= LEAST else "too_few"
        return (
            Line(
                {lang: say(f"answer.questions.{key}", lang, runs=found.runs) for lang in LANGUAGES}
            ),
        )
    if not found.found:
        text = {
            lang: say("answer.questions.nothing", lang)
            + say("answer.questions.nothing_seen", lang, seen=amount(found.seen, lang))
            for lang in LANGUAGES
        }
        return (Line(text, {"seen": found.seen}),)
    return tuple(
        Line(
            {lang: _question(one, lang) for lang in LANGUAGES},
            {
                "name": one.unknown.name,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "changes": one.changes,
            },
        )
        for one in found.found[:most]
    )


def first_question(found: Inquiry, lang: str) -> str:
    """The most valuable question in one short line, with its label."""
    if found.found:
        one = found.found[0]
        told = say(
            "answer.questions.found_short",
            lang,
            title=one.unknown.title[lang],
            who=one.unknown.who[lang],
            amount=amount(one.value, lang),
        )
    elif found.worths:
        told = say("answer.questions.nothing", lang)
    else:
        told = questions(found)[0].text[lang]
    return labelled(say("answer.label.questions", lang), told, lang)


def inquired(
    found: Inquiry, whom: Mapping[str, str], title: Mapping[str, str], lang: str
) -> list[str]:
    """All that was asked: the choice without knowing more, every question that is more than noise
    with its parts, and the others. `title`: of the option that is chosen."""
    if not found.worths:
        return [questions(found)[0].text[lang]]
    said = [
        say(
            "answer.inquire.choice",
            lang,
            choice=title[lang],
            whom=whom[lang],
            amount=amount(found.perfect, lang),
        )
    ]
    asked = len(found.worths)
    if not found.found:
        said.append(
            say(
                "answer.inquire.nothing",
                lang,
                count=asked,
                runs=found.runs,
                seen=amount(found.seen, lang),
            )
        )
    else:
        said.append(say("answer.inquire.found", lang, count=len(found.found), asked=asked))
        said += [
            f"{place}. {_question(one, lang)}" for place, one in enumerate(found.found, start=1)
        ]
    rest = [one for one in found.worths if not one.found]
    if rest:
        said.append(say("answer.inquire.rest", lang))
        said += [
            f"- "
            f"{say('answer.inquire.row', lang, title=one.unknown.title[lang], who=one.unknown.who[lang])}"
            for one in rest
        ]
    return said


def _question(one: Worth, lang: str) -> str:
    told = _valued(one, "answer.questions.found", lang)
    for part in one.within[:1]:
        told += (" " if lang == "en" else "") + _opened(
            _valued(part, "answer.inquire.within", lang), lang
        )
    return told


def _valued(one: Worth, key: str, lang: str) -> str:
    return say(
        key,
        lang,
        question=one.unknown.question[lang],
        who=one.unknown.who[lang],
        share=share(one.changes, lang),
        amount=amount(one.value, lang),
        spread=between(max(0.0, one.low), one.high, lang),
    )


def _headline(e: Evidence, f: Finding, lang: str) -> str:
    values: dict[str, Any] = {
        "whom": e.whom[lang],
        "against": _against(e, lang),
        "baseline": e.baseline.title[lang],
        "least": FEW,
    }
    key = f.kind
    if f.subject is not None:
        of = _first(f)
        if key == "split" and of.gain.share < 0.5:
            key = "split_other"
        values["strategy"] = _title(e, of.name, lang)
        rival = (
            of.aimed
            if of.aimed and (key == "aimed" or not (of.rival and of.rival.first))
            else of.rival
        )
        if rival is not None:
            values["how"] = say(f"answer.how.{rival.name}", lang)
            values["share"] = share(1 - rival.over.share, lang)
            clear = rival.whole.ahead(statistics.Z95)
            values["all"] = say(f"answer.all.{'more' if clear else 'alike'}", lang)
    told = say(f"answer.headline.{key}", lang, **values)
    if f.few and f.subject is not None:
        told += say("answer.headline.few", lang, runs=f.runs)
    return _opened(told, lang)


def _effect(e: Evidence, f: Finding, lang: str) -> str:
    first = _first(f)
    gain = first.gain
    middle = gain.skewed and _shows(gain.median - gain.mean)
    return say(
        f"answer.effect.{'mean' if _shows(gain.mean) else 'same'}",
        lang,
        whom=e.whom[lang],
        strategy=_title(e, first.name, lang),
        amount=change(gain.mean, lang),
        against=_against(e, lang),
        year=e.year,
        spread=spread(gain.low, gain.high, lang),
        middle=say("answer.effect.middle", lang, amount=change(gain.median, lang))
        if middle
        else "",
    )


def _sets(e: Evidence, f: Finding, lang: str) -> str:
    assert f.first is not None
    first = f.first
    told = _who_leads(e, f, first, lang)
    for name in f.together[1:]:
        over = f.gaps[name]
        if over.split(statistics.Z95):
            told += say(
                "answer.sets.head",
                lang,
                first=_title(e, first.name, lang),
                other=_title(e, name, lang),
                share=share(1 - over.share, lang),
            )
    if f.worse and len(f.together) > 1:
        key = "worse" if len(f.worse) > 1 else "worse_one"
        told += say(f"answer.sets.{key}", lang, names=_named(e, f.worse, lang))
    for name in f.split:
        if f.kind == "split" and name == _first(f).name:
            continue  # the headline says so
        gain = f.standing(name).gain
        told += say(
            f"answer.sets.{'split' if gain.share > 0.5 else 'split_other'}",
            lang,
            strategy=_title(e, name, lang),
            against=_against(e, lang),
            amount=change(gain.mean, lang),
        )
    for one in f.standings:
        if one.failures.matter:
            told += say(
                "answer.sets.unfair",
                lang,
                strategy=_title(e, one.name, lang),
                share=share(one.failures.share, lang),
                why=say(f"answer.sets.{'bad_runs' if one.failures.bad_runs else 'own'}", lang),
                amount=change(one.gain.mean, lang),
            )
    for option in e.options:
        for other in option.also:
            told += say("answer.sets.also", lang, strategy=option.title[lang], other=other[lang])
    if f.dropped:
        told += say("answer.sets.dropped", lang, names=_named(e, f.dropped, lang))
    return told


def _who_leads(e: Evidence, f: Finding, first: Standing, lang: str) -> str:
    names = _named(e, f.together, lang)
    if len(f.together) > 1:
        key = "tied" if set(f.tied) == set(f.together[1:]) else "together"
        if key == "together" and 2 < len(f.together) == len(e.options) < len(COUNTS[lang]):
            return say("answer.sets.all", lang, count=COUNTS[lang][len(f.together)])
        return _opened(say(f"answer.sets.{key}", lang, names=names), lang)
    if not f.worse:
        return say("answer.sets.only", lang, first=_title(e, first.name, lang))
    over = f.gaps[f.worse[0]]
    reach = statistics.Z95 * over.mean_error
    return say(
        f"answer.sets.{'best' if f.leader else 'ahead'}",
        lang,
        first=_title(e, first.name, lang),
        next=_title(e, f.worse[0], lang),
        amount=change(-over.mean, lang),
        spread=spread(-over.mean - reach, -over.mean + reach, lang),
        runs=f"{f.runs:,}" if lang == "en" else f.runs,
    )


def _cost(e: Evidence, f: Finding, lang: str) -> str:
    first = _first(f)
    public, _ = _spent(e, first.name)
    years = say(f"answer.cost.{'years' if e.years > 1 else 'year'}", lang, years=e.years)
    known = math.isfinite(e.grant) and e.grant > 0
    told = say(
        f"answer.cost.{'public' if _shows(public) else 'free'}",
        lang,
        public=amount(public, lang),
        years=years,
        grant=say("answer.cost.grant", lang, grant=amount(e.grant, lang)) if known else "",
    )
    rival = first.rival or first.aimed
    if rival is None:
        return told + say("answer.cost.unknown", lang)
    return told + say(
        f"answer.cost.{'rival' if _shows(rival.over.mean) else 'rival_same'}",
        lang,
        how=say(f"answer.how.{rival.name}", lang),
        amount=change(-rival.over.mean, lang),
        spread=spread(-rival.over.high, -rival.over.low, lang),
    )


def _sure(e: Evidence, f: Finding, lang: str) -> str:
    if f.kind == "tied":
        return say("answer.sure.tied", lang)
    first = _first(f)
    told = say(
        "answer.sure.better",
        lang,
        against=_against(e, lang),
        share=share(first.gain.share, lang),
    )
    if first.rival is not None:
        told += say(
            "answer.sure.rival",
            lang,
            share=share(first.rival.over.share, lang),
        )
    state = f.assumption.state
    if state == "unchecked" and e.calibrated:
        return told + ("。" if lang == "zh" else ".")
    elsewhere = f.assumption.leader not in ("", *f.together)
    return told + say(
        f"answer.sure.{'turned' if state == 'moved' and elsewhere else state}",
        lang,
        amount=change(f.assumption.gain, lang),
        leader=_title(e, f.assumption.leader or first.name, lang),
    )


def _figures(line: str, e: Evidence, f: Finding) -> dict[str, Any]:
    """The numbers of a line, for scripts: yuan a village and year, shares of runs."""
    first = _first(f)
    if line == "effect":
        return {"strategy": first.name, **_gap(first.gain)}
    if line == "sets":
        every = {one.name: {**_gap(one.gain), "regret": one.regret} for one in f.standings}
        failed = {one.name: one.failures.share for one in f.standings}
        names = ("together", "tied", "worse", "split", "unfair", "dropped")
        return {
            "leader": f.leader or None,
            **{name: list(getattr(f, name)) for name in names},
            "failed": failed,
            "standings": every,
        }
    if line == "cost":
        public, own = _spent(e, first.name)
        return {
            "public": public,
            "own": own,
            "grant": e.grant,
            "rival": _rival(first.rival),
            "aimed": _rival(first.aimed),
        }
    return {
        "share_better": first.gain.share,
        "share_error": first.gain.share_error,
        "rests_on": f.assumption.state,
        "gain_over_whole_range": f.assumption.gain,
        "first_over_whole_range": f.assumption.leader or None,
    }


def _rival(rival: Rival | None) -> dict[str, Any] | None:
    if rival is None:
        return None
    held = {"over": rival.over, "gain": rival.gain, "over_for_all_villages": rival.whole}
    return {"name": rival.name, **{key: _gap(gap) for key, gap in held.items()}}


def _gap(gap: Gap) -> dict[str, float]:
    return {
        "mean": gap.mean,
        "mean_error": gap.mean_error,
        "median": gap.median,
        "low": gap.low,
        "high": gap.high,
        "share_better": gap.share,
        "share_error": gap.share_error,
    }


def _finite(value: Any) -> Any:
    """Plain values with None for what is no number."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _first(f: Finding) -> Standing:
    assert f.subject is not None
    return f.subject


def _spent(e: Evidence, name: str) -> tuple[float, float]:
    """Public and own money of an option, means over the runs that succeeded, yuan."""
    option = e.option(name)
    return tuple(float(_mean(values)) for values in (option.public, option.own))  # type: ignore[return-value]


def _mean(values: Any) -> float:
    fine = values[[math.isfinite(one) for one in values]]
    return float(fine.mean()) if fine.size else math.nan


def _title(e: Evidence, name: str, lang: str) -> str:
    return e.option(name).title[lang]


def _against(e: Evidence, lang: str) -> str:
    key = "none" if e.baseline.name == "none" else "other"
    return say(f"answer.against.{key}", lang, title=e.baseline.title[lang])


def _named(e: Evidence, names: Sequence[str], lang: str) -> str:
    """“A”, “B” and “C”."""
    quoted = [f"“{_title(e, name, lang)}”" for name in names]
    if lang == "zh":
        return "".join(quoted)
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _opened(text: str, lang: str) -> str:
    return text[:1].upper() + text[1:] if lang == "en" else text


def _shows(value: float) -> bool:
    """Whether an amount of yuan is there once it is rounded."""
    return math.isfinite(value) and abs(value) >= 0.5


def share(part: float, lang: str) -> str:
    """A share of runs as it is said: `about nine simulations in ten`; never rounded to
    certainty."""
    if part in (0.0, 1.0):
        return say("answer.share.all" if part else "answer.share.none", lang)
    if part >= 0.995 or part < 0.005:
        return say(f"answer.share.{'beyond' if part > 0.5 else 'below'}", lang)
    if part >= 0.945 or part < 0.055:
        count = round(100 * part)
        return say(f"answer.share.hundred{'_one' if count == 1 else ''}", lang, count=count)
    tenths = round(10 * part)
    if tenths == 5:
        return say("answer.share.half", lang)
    return say("answer.share.ten", lang, count=COUNTS[lang][tenths])


def amount(value: float, lang: str) -> str:
    """Yuan to two figures: `24,000 yuan`, `2.4 万元`."""
    (shown,), unit = amounts([abs(value)], lang)
    return f"{shown} {unit}"


def change(value: float, lang: str) -> str:
    """`24,000 yuan more`, `少 1.2 万元`, `no change`."""
    if not _shows(value):
        return say("answer.amount.same", lang)
    return say(f"answer.amount.{'more' if value > 0 else 'less'}", lang, amount=amount(value, lang))


def between(low: float, high: float, lang: str) -> str:
    """A range of amounts that are not negative: `900 to 1,500 yuan`, `900～1500 元`."""
    ends, unit = amounts([low, high], lang)
    return f"{ends[0]}～{ends[1]} {unit}" if lang == "zh" else f"{ends[0]} to {ends[1]} {unit}"


def spread(low: float, high: float, lang: str) -> str:
    """A range of changes in one unit: `4,100 to 96,000 yuan more`, `少 1.2 万元至多 3.4 万元`."""
    ends, unit = amounts([abs(low), abs(high)], lang)
    nought = [set(one) <= set("0.,") for one in ends]
    if all(nought):
        return say("answer.amount.same", lang)
    least, most = (f"{end} {unit}" for end in ends)
    if nought[0] or nought[1]:
        if nought[0] and high > 0:
            return say("answer.amount.up_to", lang, high=most)
        if nought[1] and low < 0:
            return say("answer.amount.down_to", lang, low=least)
    if low < 0 < high:
        return say("answer.amount.across", lang, low=ends[0] if lang == "en" else least, high=most)
    if high > 0:
        return say("answer.amount.both_more", lang, low=ends[0], high=most)
    return say("answer.amount.both_less", lang, low=ends[1], high=least)


def rows(e: Evidence, finding: Finding | None = None) -> list[dict[str, Any]]:
    """One row an option, best first, for a table or a chart: `name`, `title`, `gain` (a Gap),
    `rival` and `aimed` (Rivals or None), `public` and `own` money (yuan)."""
    f = finding or conclude(e)
    found = []
    for one in f.standings:
        public, own = _spent(e, one.name)
        found.append(
            {
                "name": one.name,
                "title": e.option(one.name).title,
                "gain": one.gain,
                "rival": one.rival,
                "aimed": one.aimed,
                "public": public,
                "own": own,
            }
        )
    return found


def table(e: Evidence, lang: str, finding: Finding | None = None) -> list[tuple[str, ...]]:
    """The small table beside the answer, a head and a row an option: mean gain, share of runs
    in which it is better, gain by the same money without alliance, the same aimed at the
    weak, public and own money."""
    keys = ("gain", "better", "rival", "aimed", "public", "own")
    told = [("", *(say(f"answer.table.{key}", lang) for key in keys))]
    for row in rows(e, finding):
        gain = row["gain"]
        told.append(
            (
                row["title"][lang],
                signed(gain.mean, lang),
                percent(gain.share),
                *(
                    signed(row[key].gain.mean, lang) if row[key] else "-"
                    for key in ("rival", "aimed")
                ),
                *(column(row[key], lang) for key in ("public", "own")),
            )
        )
    return told


def signed(value: float, lang: str) -> str:
    """`+24,000`, `-1.2 万`: a change in yuan, to two figures, in a column."""
    shown = column(abs(value), lang)
    return ("" if not _shows(value) else "+" if value > 0 else "-") + shown


def column(value: float, lang: str) -> str:
    """`24,000`, `1.1 million`, `1.2 万`: yuan to two figures in a column."""
    return amount(value, lang).removesuffix("元").removesuffix("yuan").rstrip()

"""The answer in words: a headline and four lines, in English and Chinese,
from what `logic` concluded.

Two figures of precision, one unit in a range, shares as "nine simulations in ten": what a county
official reads aloud. Every word stands in wording/answer.toml.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from village_alliances.experiments import statistics
from village_alliances.experiments.answer.amounts import (
    COUNTS,
    amount,
    change,
    column,
    share,
    share_after,
    short,
    shows,
    spread,
)
from village_alliances.experiments.answer.evidence import ComparedOptions
from village_alliances.experiments.answer.figures import figures_of, rows, spent, subject_of
from village_alliances.experiments.answer.inquire import Inquiry
from village_alliances.experiments.answer.lines import AnswerText, Line, opened
from village_alliances.experiments.answer.logic import FEW, Conclusion, Standing, conclude
from village_alliances.experiments.answer.questions import questions
from village_alliances.wording import LANGUAGES, grouped, say
from village_alliances.wording.numbers import percent


def answer(
    e: ComparedOptions, finding: Conclusion | None = None, inquiry: Inquiry | None = None
) -> AnswerText:
    """The answer to a comparison in words. `finding`: what logic.conclude(e) gave, where that is at
    hand. `inquiry`: what was found worth finding out; None where that was not asked."""
    f = finding or conclude(e)
    lines = {}
    if f.subject is not None:
        makers = {"effect": _effect, "sets": _sets, "cost": _cost, "sure": _sure}
        lines = {
            name: Line({lang: make(e, f, lang) for lang in LANGUAGES}, figures_of(name, e, f))
            for name, make in makers.items()
        }
    headline = Line(
        {lang: _headline(e, f, lang) for lang in LANGUAGES},
        {"kind": f.kind, "leader": f.leader or None, "runs": f.runs, "few": f.few},
    )
    return AnswerText(headline, lines, questions(inquiry) if inquiry and lines else ())


def _headline(e: ComparedOptions, f: Conclusion, lang: str) -> str:
    values: dict[str, Any] = {
        "whom": e.whom[lang],
        "against": _against(e, lang),
        "baseline": e.baseline.title[lang],
        "least": FEW,
    }
    key = f.kind
    if f.subject is not None:
        of = subject_of(f)
        if key == "split" and of.gain.share < 0.5:
            key = "split_other"
        values["strategy"] = _title(e, of.name, lang)
        rival = f.rival
        if rival is not None:
            values["how"] = say(f"answer.how.{rival.name}", lang)
            values["share"] = share(1 - rival.over.share, lang, rival.over.runs)
            clear = rival.whole.ahead(statistics.Z95)
            values["all"] = say(f"answer.all.{'more' if clear else 'alike'}", lang)
    text = say(f"answer.headline.{key}", lang, **values)
    if f.few and f.subject is not None:
        text += say("answer.headline.few", lang, runs=f.runs)
    return opened(text, lang)


def _effect(e: ComparedOptions, f: Conclusion, lang: str) -> str:
    first = subject_of(f)
    gain = first.gain
    middle = gain.skewed and shows(gain.median - gain.mean)
    reach = spread(gain.low, gain.high, lang)
    beside = (gain.low, gain.high)
    return say(
        f"answer.effect.{'tied' if gain.tied else 'mean'}",
        lang,
        whom=e.whom[lang],
        strategy=_title(e, first.name, lang),
        than=_than(e, gain.mean, lang, beside),
        year=e.year,
        spread=say("answer.effect.near", lang) if reach == change(gain.mean, lang) else reach,
        middle=say("answer.effect.middle", lang, amount=change(gain.median, lang, beside))
        if middle
        else "",
    )


def _sets(e: ComparedOptions, f: Conclusion, lang: str) -> str:
    assert f.first is not None
    text = _who_leads(e, f, f.first, lang)
    said = subject_of(f).name if f.kind == "split" else ""  # by the headline
    parted = [name for name in f.split if name != said]
    often = [name for name in parted if f.standing(name).gain.share > 0.5]
    seldom = [name for name in parted if name not in often]
    for key, names in (("split", often), ("split_other", seldom)):
        if names:
            quoted = _named(e, names, lang)
            text += say(f"answer.sets.{key}", lang, names=quoted, against=_against(e, lang))
    for standing in f.standings:
        if standing.failures.matter:
            text += say(
                "answer.sets.unfair",
                lang,
                strategy=_title(e, standing.name, lang),
                share=share(standing.failures.share, lang, e.runs),
                why=say(f"answer.sets.{'bad_runs' if standing.failures.bad_runs else 'own'}", lang),
                amount=change(standing.gain.mean, lang),
            )
    for option in e.options:
        for other in option.also:
            text += say("answer.sets.also", lang, strategy=option.title[lang], other=other[lang])
    if f.dropped:
        text += say("answer.sets.dropped", lang, names=_named(e, f.dropped, lang))
    return text


def _who_leads(e: ComparedOptions, f: Conclusion, first: Standing, lang: str) -> str:
    if len(f.together) > 1:
        return _told_apart(e, f, first, lang)
    if not f.worse:
        key = "only_fair" if f.unfair or f.dropped else "only"
        return say(f"answer.sets.{key}", lang, first=_title(e, first.name, lang))
    over = f.gaps[f.worse[0]]
    reach = statistics.Z95 * over.mean_error
    low, high = -over.mean - reach, -over.mean + reach
    amount, ends = change(-over.mean, lang, (low, high)), spread(low, high, lang)
    runs = grouped(f.runs, lang)
    return say(
        f"answer.sets.{'best' if f.leader else 'ahead'}",
        lang,
        first=_title(e, first.name, lang),
        next=_title(e, f.worse[0], lang),
        amount=amount,
        spread="" if ends == amount else say("answer.sets.reach", lang, runs=runs, spread=ends),
    )


def _told_apart(e: ComparedOptions, f: Conclusion, first: Standing, lang: str) -> str:
    """Who cannot be told from the first, which of them is ahead more often, and who brings less, in
    one sentence."""
    names = _named(e, f.together, lang)
    if set(f.tied) == set(f.together[1:]):
        return opened(say("answer.sets.tied", lang, names=names), lang)
    every = 2 < len(f.together) == len(e.options) < len(COUNTS[lang])
    count = COUNTS[lang][len(f.together)] if every else ""
    text = say(f"answer.sets.{'all' if every else 'together'}", lang, names=names, count=count)
    for name in f.together[1:]:
        over = f.gaps[name]
        if over.split(statistics.Z95):
            text += say(
                f"answer.sets.{'head_two' if len(f.together) == 2 else 'head'}",
                lang,
                first=_title(e, first.name, lang),
                other=_title(e, name, lang),
                share=share(1 - over.share, lang, over.runs),
            )
    if f.worse:
        key = "worse" if len(f.worse) > 1 else "worse_one"
        text += say(f"answer.sets.{key}", lang, names=_named(e, f.worse, lang))
    return text + _stop(lang)


def _cost(e: ComparedOptions, f: Conclusion, lang: str) -> str:
    first = subject_of(f)
    public, _ = spent(e, first.name)
    years = say(f"answer.cost.{'years' if e.years > 1 else 'year'}", lang, years=e.years)
    paid = math.isfinite(e.grant) and e.grant > 0
    text = say(
        f"answer.cost.{'public' if shows(public) else 'free'}",
        lang,
        public=amount(public, lang),
        years=years,
        grant=say("answer.cost.grant", lang, grant=amount(e.grant, lang)) if paid else "",
    )
    rival = f.rival
    if rival is None:
        said = f.kind == "uncompared"  # by the headline
        return text + (_stop(lang) if said else say("answer.cost.unknown", lang))
    return text + say(
        f"answer.cost.{'rival' if shows(rival.over.mean) else 'rival_same'}",
        lang,
        how=say(f"answer.how.{rival.name}", lang),
        amount=change(-rival.over.mean, lang, (rival.over.low, rival.over.high)),
        spread=spread(-rival.over.high, -rival.over.low, lang),
    )


def _sure(e: ComparedOptions, f: Conclusion, lang: str) -> str:
    if f.kind == "tied":
        return say("answer.sure.tied", lang)
    first = subject_of(f)
    text = say("answer.sure.went_through", lang) if first.failures.matter else ""
    text += say(
        "answer.sure.better",
        lang,
        against=_against(e, lang),
        share=share(first.gain.share, lang, first.gain.runs),
    )
    if f.rival is not None:
        beside = share_after(f.rival.over.share, first.gain.share, lang, f.rival.over.runs)
        text += say("answer.sure.rival", lang, share=beside)
    state = f.assumption.state
    if state == "unchecked" and e.calibrated:
        return text + _stop(lang)
    elsewhere = f.assumption.leader not in ("", *f.together)
    return text + say(
        f"answer.sure.{'turned' if state == 'moved' and elsewhere else state}",
        lang,
        amount=change(f.assumption.gain, lang),
        than=_than(e, f.assumption.gain, lang),
        leader=_title(e, f.assumption.leader or first.name, lang),
    )


def _title(e: ComparedOptions, name: str, lang: str) -> str:
    return e.option(name).title[lang]


def _against(e: ComparedOptions, lang: str) -> str:
    key = "none" if e.baseline.name == "none" else "other"
    return say(f"answer.against.{key}", lang, title=e.baseline.title[lang])


def _than(e: ComparedOptions, value: float, lang: str, beside: Sequence[float] = ()) -> str:
    """`24,000 yuan more than no alliance`, `比未联建少 1.2 万元`; in the unit of those beside it."""
    way = "same" if not shows(value) else "more" if value > 0 else "less"
    size = amount(value, lang, beside)
    return say(f"answer.than.{way}", lang, amount=size, against=_against(e, lang))


def _stop(lang: str) -> str:
    return "。" if lang == "zh" else "."


def _named(e: ComparedOptions, names: Sequence[str], lang: str) -> str:
    """“A”, “B” and “C”."""
    quoted = [f"“{_title(e, name, lang)}”" for name in names]
    if lang == "zh":
        return "".join(quoted)
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def table(
    e: ComparedOptions, lang: str, finding: Conclusion | None = None, most: int = 0
) -> list[tuple[str, ...]]:
    """The small table beside the answer, a head and a row an option: mean gain, share of runs
    in which it is better, gain by the same money without alliance, the same aimed at the
    weak, public and own money. `most`: lines at most; the head then says how many are left out."""
    every = rows(e, finding)
    best = every[: most - 1] if most else every
    left_out = len(every) - len(best)
    more = say("answer.table.more", lang, count=left_out) if left_out else ""
    keys = ("gain", "better", "rival", "aimed", "public", "own")
    head = (more, *(say(f"answer.table.{key}", lang) for key in keys))
    gains = [row["gain"].mean for row in best] + [
        row[key].gain.mean if row[key] else math.nan for key in ("rival", "aimed") for row in best
    ]
    said = short(column(gains, lang, signed=True))  # three columns that are compared, in one unit
    gain, rival, aimed = (said[i * len(best) :][: len(best)] for i in range(3))
    public, own = (short(column([row[key] for row in best], lang)) for key in ("public", "own"))
    titles = [row["title"][lang] for row in best]
    better = [percent(row["gain"].share) for row in best]
    return [head, *zip(titles, gain, better, rival, aimed, public, own, strict=True)]

"""What each chart shows, in a sentence over it: computed from the figures that it draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from village_alliances.experiments.answer.amounts import TRACE, amount, change, share, spread
from village_alliances.experiments.answer.comparison import evidence_of
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.experiments.answer.lines import opened
from village_alliances.experiments.answer.logic import conclude
from village_alliances.experiments.plots.panels import quantiles
from village_alliances.experiments.wording import meaning
from village_alliances.sim.metrics import BY_NAME, MAIN, SPENT
from village_alliances.wording import grouped, listed, say
from village_alliances.wording.numbers import percent

if TYPE_CHECKING:
    import pandas as pd
    from village_alliances.experiments.comparison import Comparison

HARDLY = 0.01  # of a level: a difference below it is none that anybody would notice
FEW_VILLAGES = 0.02  # of the villages, likewise
DISTINCT = tuple(name for name in MAIN if name not in ("gain_mean", *SPENT))


def gains_over_time(c: Comparison, outcome: str, lines: Sequence[str], lang: str) -> str:
    """How large the median gains are at the end, and whose bands stay on one side of nought."""
    ends = {s: quantiles(c.ensembles[s].outcome(outcome), (0.05, 0.5, 0.95)) for s in lines}
    middles = [float(end[1]) for end in ends.values()]
    clear = [s for s, end in ends.items() if end[0] > 0 or end[2] < 0]
    key = "none" if not clear else "all" if len(clear) == len(lines) else "some"
    return say(
        "report.finding.gain",
        lang,
        year=c.last_year,
        spread=one_or_span(min(middles), max(middles), lang),
        clear=say(f"report.finding.clear_{key}", lang, names=quoted(c, clear, lang)),
    )


def levels_over_time(c: Comparison, outcome: str, lines: Sequence[str], lang: str) -> str:
    """How far the levels at the end are from the baseline's, run by run: medians."""
    base = _middle(c, c.baseline, outcome)
    apart = [_apart(c, s, outcome) for s in lines]
    values = {"what": _named(outcome, lang), "baseline": c.title(c.baseline, lang)}
    if lines == [c.baseline]:
        return say(
            "report.finding.level", lang, year=c.last_year, amount=amount(base, lang), **values
        )
    if max(map(abs, apart)) < HARDLY * abs(base):
        return say("report.finding.level_same", lang, year=c.last_year, **values)
    words = one_or_span(min(apart), max(apart), lang)
    return say("report.finding.level_apart", lang, year=c.last_year, spread=words, **values)


def villages_left(c: Comparison, lines: Sequence[str], lang: str) -> str:
    """How many villages are under the line at the end, with the best strategy and without."""
    means = {s: float(np.nanmean(c.ensembles[s].outcome("weak_villages_50k"))) for s in lines}
    base = float(np.nanmean(c.ensembles[c.baseline].outcome("weak_villages_50k")))
    best = min(means, key=lambda s: means[s])
    apart = max(abs(mean - base) for mean in means.values())
    size = c.scenario.size
    hardly_any = max(base, *means.values()) < TRACE
    same = apart < max(FEW_VILLAGES * size, 0.05)
    return say(
        f"report.finding.left{'_none' if hardly_any else '_same' if same else ''}",
        lang,
        year=c.last_year,
        villages=size,
        strategy=c.title(best, lang),
        baseline=c.title(c.baseline, lang),
        base=counted(base, lang),
        best=counted(means[best], lang),
    )


def clear_differences(c: Comparison, lines: Sequence[str], lang: str) -> str:
    """In which outcomes beside the money the band of a strategy leaves nought out."""
    table = c.table[c.table["strategy"].isin(lines) & c.table["outcome"].isin(DISTINCT)]
    clear = table[(table["diff_p05"] > 0) | (table["diff_p95"] < 0)]
    names = [_named(name, lang) for name in DISTINCT if name in set(clear["outcome"])]
    key = "differences" if names else "differences_none"
    return say(f"report.finding.{key}", lang, names=listed(names, lang))


def middle_village(c: Comparison, lines: Sequence[str], lang: str) -> str:
    """What the village in the middle has, with the strategy that lifts it most and without."""
    apart = {}
    for s in lines:
        ensemble = c.ensembles[s]
        well = (ensemble.status == 0) & (c.none.status == 0)
        with_, without = (
            float(np.median(side.kept["operating_income"][well])) for side in (ensemble, c.none)
        )
        apart[s] = (with_, without)
    best = max(apart, key=lambda s: apart[s][0] - apart[s][1])
    with_, without = apart[best]
    same = abs(with_ - without) < HARDLY * without
    return say(
        f"report.finding.middle_village{'_same' if same else ''}",
        lang,
        year=c.last_year,
        strategy=c.title(best, lang),
        with_=amount(with_, lang),
        without=amount(without, lang),
    )


def losers(c: Comparison, lines: Sequence[str], groups: Sequence[str], lang: str) -> str:
    """Which group loses most often, and under which strategy."""
    rows = c.who[c.who["strategy"].isin(lines) & c.who["group"].isin(set(groups) - {"all"})]
    if not len(rows):
        rows = c.who[c.who["strategy"].isin(lines)]
    worst = rows.loc[rows["loses"].idxmax()]
    if not worst["loses"] > 0:
        return say("report.finding.losers_none", lang)
    text = say(
        "report.finding.losers",
        lang,
        group=say(f"compare.group.{worst['group']}", lang),
        strategy=c.title(str(worst["strategy"]), lang),
        share=share(float(worst["loses"]), lang, c.runs),
    )
    return opened(text, lang)


def alliance_or_money(c: Comparison, lang: str) -> str:
    """How the strategy of which the answer speaks stands against the use of its money that the
    answer names."""
    conclusions = conclude(evidence_of(c))
    subject, rival = conclusions.subject, conclusions.rival
    if subject is None or rival is None:
        return ""
    against = (rival.over.mean > 0) == (rival.over.share < 0.5)
    text = say(
        f"report.finding.money{'_but' if against else ''}",
        lang,
        how=say(f"answer.how.{rival.name}", lang),
        share=share(1 - rival.over.share, lang, rival.over.runs),
        strategy=c.title(subject.name, lang),
        amount=change(-rival.over.mean, lang),
    )
    return opened(text, lang)


def begun_most(
    rows: dict[str, dict[str, float]], titles: dict[str, str], runs: int, lang: str
) -> str:
    """Which type of project alliances begin most often. `rows`: shares of runs by strategy and
    type; `titles`: of the types."""
    best = {title: max(shares.get(title, 0.0) for shares in rows.values()) for title in titles}
    most = max(best, key=lambda name: best[name])
    text = say(
        "report.finding.projects", lang, type=titles[most], share=share(best[most], lang, runs)
    )
    return opened(text, lang)


def largest_part(parts: dict[str, list[float]], lang: str) -> str:
    """Which part makes up most of the gain, of the strategy that gains most. `parts`: by name, a
    value a strategy."""
    sums = np.sum(list(parts.values()), axis=0)
    largest = int(np.argmax(sums))
    name = max(parts, key=lambda part: parts[part][largest])
    if sums[largest] <= 0 or parts[name][largest] <= 0:
        return say("report.finding.parts_none", lang)
    of = parts[name][largest] / sums[largest]
    key = "parts" if of <= 1 else "parts_all"
    return opened(say(f"report.finding.{key}", lang, part=name, share=percent(of)), lang)


def best_most_often(c: Comparison, lang: str) -> str:
    """Which strategy is best for weak villages in most runs, and whether that is half of them."""
    row = _of_weak(c, "p_best")
    name = str(row.idxmax())
    if int((row == row.max()).sum()) > 1:
        return say("report.finding.best_tied", lang)
    key = "best" if row[name] >= 0.5 else "best_not_half"
    facts = {"strategy": c.title(name, lang), "share": share(float(row[name]), lang, c.runs)}
    return say(f"report.finding.{key}", lang, **facts)


def least_forgone(c: Comparison, lang: str) -> str:
    """Choosing which strategy forgoes least for weak villages, and how much the baseline does."""
    row = _of_weak(c, "expected_regret")
    name = str(row.idxmin())
    return say(
        "report.finding.regret",
        lang,
        strategy=c.title(name, lang),
        amount=amount(float(row[name]), lang),
        baseline=c.title(c.baseline, lang),
        other=amount(float(row[c.baseline]), lang),
    )


def bought_with(frame: pd.DataFrame, lang: str) -> str:
    """What the row that gains most costs and brings (medians, yuan)."""
    most = frame.loc[frame["gain"].idxmax()]
    facts = {"strategy": most["label"], "cost": amount(float(most["cost"]), lang)}
    if most["cost"] > 0 and most["gain"] > 0:
        key = "bought" if most["low"] > 0 else "bought_unsure"
    else:
        key = "bought_none"
    return say(f"report.finding.{key}", lang, gain=amount(float(most["gain"]), lang), **facts)


def counted(value: float, lang: str) -> str:
    """A mean count: two figures where it is small."""
    return f"{value:.2g}" if value < 10 else grouped(value, lang, ",.0f")


def one_or_span(low: float, high: float, lang: str) -> str:
    """A change, or the range of several: `5,000 yuan more`, `4,000 to 6,000 yuan more`."""
    same = change(low, lang) == change(high, lang)
    return change(low, lang) if same else spread(low, high, lang)


def quoted(c: Comparison, strategies: Sequence[str], lang: str) -> str:
    """“A”, “B”."""
    return listed((f"“{c.title(s, lang)}”" for s in strategies), lang)


def _named(outcome: str, lang: str) -> str:
    words = meaning(outcome, lang)
    return words[:1].lower() + words[1:] if lang == "en" else words


def _middle(c: Comparison, strategy: str, outcome: str) -> float:
    value = float(quantiles(c.ensembles[strategy].outcome(outcome), (0.5,))[0])
    return value if math.isfinite(value) else 0.0


def _apart(c: Comparison, strategy: str, outcome: str) -> float:
    """The median over runs of what a strategy differs by from the baseline in the same run."""
    here, there = (c.ensembles[s].outcome(outcome) for s in (strategy, c.baseline))
    value = float(quantiles(here - there, (0.5,))[0])
    return value if math.isfinite(value) else 0.0


def _of_weak(c: Comparison, column: str) -> pd.Series:
    series = c.best[c.best["outcome"] == OUTCOME].set_index("strategy")[column]
    return series


def is_gain(outcome: str) -> bool:
    """Whether an outcome is a difference to being without alliances already."""
    return BY_NAME[outcome].name.startswith("gain_")

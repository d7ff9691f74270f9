"""The answer in a sentence, and what should be known before it is trusted."""

from __future__ import annotations

import numpy as np
from village_alliances.experiments import statistics, untouched
from village_alliances.experiments.comparison import Comparison
from village_alliances.sim.parameters import default_mode
from village_alliances.sim.scenario import GROUP_SIZE
from village_alliances.wording import say
from village_alliances.wording.numbers import percent, quantity

OUTCOME = "gain_weak"  # the verdict follows the villages for whose sake alliances are made
UNIT = "yuan/year"
TOSS = 0.6  # a lead in a smaller share of runs is too close to call
SURE = 0.95
ALIKE = 0.1  # probabilities of being best that differ by no more are alike; with few runs two of their standard errors are more
FEW = 100


def verdict(c: Comparison, lang: str) -> str:
    """Which strategy, for whom, by how much, how sure, at what cost; and when that is assumption or cannot be told."""
    last = {label: ensemble.outcome(OUTCOME) for label, ensemble in c.ensembles.items()}
    if not any(np.isfinite(values).any() for values in last.values()):
        return say("compare.verdict.failed", lang)
    if len(c.strategies) == 1:
        gain = statistics.band(last[c.baseline])
        body = say(
            "compare.verdict.single",
            lang,
            whom=_whom(c, lang),
            baseline=c.title(c.baseline, lang),
            gain=_change(gain.median, lang),
            year=c.last_year,
            band=_between(gain, lang),
        )
        return body + say("compare.verdict.stop", lang)
    order = _order(c)
    best = order[0]
    if best == c.baseline:
        return _nobody_better(c, order[1], lang)
    sentence, sure = _better(c, best, lang)
    parts = [sentence]
    if sure and len(order) > 1 and len(c.strategies) > 2:
        parts.append(_against_next(c, best, order[1], lang))
    if best in c.solo:
        parts.append(_against_money(c, best, lang))
    if c.best_prior is not None:
        parts.append(_prior(c, best, lang))
    return "".join(parts) + say("compare.verdict.stop", lang)


def _whom(c: Comparison, lang: str) -> str:
    """The villages of the verdict: those that began under 50,000 yuan, or the poorest fifth where there are none."""
    began = c.ensembles[c.baseline].outcome("weak_villages_50k", 0)
    return say(
        "compare.verdict.weak" if np.nanmean(began > 0) >= 0.5 else "compare.verdict.poorest", lang
    )


def _order(c: Comparison) -> list[str]:
    """Strategies by how often they are best for villages that began weak; ties by mean rank."""
    best = c.best[c.best.outcome == OUTCOME].set_index("strategy")
    return sorted(c.strategies, key=lambda label: (-best.p_best[label], best.mean_rank[label]))


def _better(c: Comparison, best: str, lang: str) -> tuple[str, bool]:
    difference = c.difference(best, OUTCOME)
    band = statistics.band(difference)
    p_better = statistics.probability_better(difference, 1)
    cost = float(c.cost.set_index("strategy").cost_median[best])
    text = say(
        "compare.verdict.best" if len(c.strategies) > 2 else "compare.verdict.alone",
        lang,
        strategy=c.title(best, lang),
        baseline=c.title(c.baseline, lang),
        p_best=percent(_p_best(c, best)),
        year=c.last_year,
        whom=_whom(c, lang),
        difference=_change(band.median, lang),
        band=_between(band, lang),
        p_better=percent(p_better),
        cost=quantity(cost, "yuan", lang) if cost else say("compare.verdict.nothing", lang),
    )
    if p_better < TOSS:
        return text + say("compare.verdict.nothing_differs", lang), False
    if p_better < SURE and band.low < 0 < band.high:
        return text + say("compare.verdict.uncertain", lang), True
    return text, True


def _nobody_better(c: Comparison, following: str, lang: str) -> str:
    difference = c.difference(following, OUTCOME)
    band = statistics.band(difference)
    p_better = statistics.probability_better(difference, 1)
    text = say(
        "compare.verdict.baseline_best",
        lang,
        whom=_whom(c, lang),
        baseline=c.title(c.baseline, lang),
        p_best=percent(_p_best(c, c.baseline)),
        next=c.title(following, lang),
        difference=_change(band.median, lang),
        band=_between(band, lang),
        p_better=percent(p_better),
    )
    close = say("compare.verdict.nothing_differs", lang) if 1 - TOSS < p_better < TOSS else ""
    return text + close + say("compare.verdict.stop", lang)


def _p_best(c: Comparison, label: str) -> float:
    return float(c.best[(c.best.outcome == OUTCOME) & (c.best.strategy == label)].p_best.iloc[0])


def _against_next(c: Comparison, best: str, following: str, lang: str) -> str:
    ahead = statistics.probability_better(c.difference(best, OUTCOME, following), 1)
    if ahead < TOSS:
        return say(
            "compare.verdict.close", lang, next=c.title(following, lang), p_next=percent(1 - ahead)
        )
    return say("compare.verdict.ahead", lang, next=c.title(following, lang), p_next=percent(ahead))


def _against_money(c: Comparison, best: str, lang: str) -> str:
    difference = statistics.differences(
        c.ensembles[best].outcome(OUTCOME), c.solo[best].outcome(OUTCOME)
    )
    ahead = statistics.probability_better(difference, 1)
    if ahead >= TOSS:
        return say("compare.verdict.money_better", lang, p_money=percent(ahead))
    if ahead <= 1 - TOSS:
        return say("compare.verdict.money_worse", lang, p_money=percent(1 - ahead))
    return say("compare.verdict.money_alike", lang, p_money=percent(1 - ahead))


def _prior(c: Comparison, best: str, lang: str) -> str:
    assert c.best_prior is not None
    now, before = (
        frame[frame.outcome == OUTCOME].set_index("strategy").p_best
        for frame in (c.best, c.best_prior)
    )
    first = str(before.idxmax())
    if float((now - before).abs().max()) <= max(ALIKE, 2.0 * (0.5 / c.runs) ** 0.5):
        return say("compare.verdict.assumption", lang, p_prior=percent(float(before[best])))
    if first == best:
        return say("compare.verdict.confirmed", lang, p_prior=percent(float(before[best])))
    return say(
        "compare.verdict.evidence",
        lang,
        prior_best=c.title(first, lang),
        p_prior=percent(float(before[first])),
    )


def _change(amount: float, lang: str) -> str:
    if abs(amount) < 0.5:
        return say("compare.verdict.same", lang)
    return say(
        "compare.verdict.more" if amount > 0 else "compare.verdict.less",
        lang,
        amount=quantity(abs(amount), UNIT, lang),
    )


def _between(band: statistics.Band, lang: str) -> str:
    low, high = (quantity(end, UNIT, lang, signed=True) for end in (band.low, band.high))
    if lang == "en":
        low = low.removesuffix(" yuan a year")
    return say("compare.verdict.to", lang, low=low, high=high)


def warnings(c: Comparison, lang: str) -> list[str]:
    """What a reader should know before trusting the figures, most serious first."""

    def told(key: str, **values: object) -> str:
        return say(f"compare.warning.{key}", lang, **values)

    found = []
    ensembles = (*c.ensembles.values(), *c.solo.values())
    if c.failed:
        codes = sorted({int(code) for e in ensembles for code in e.status if code})
        why = "; ".join(say(f"compare.why.{code}", lang) for code in codes)
        found.append(
            told(
                "failed",
                failed=f"{c.failed:,}",
                total=f"{sum(e.runs.size for e in ensembles):,}",
                why=why,
            )
        )
    late = sum(given.founded >= 4 * c.years for given in c.scenario.given)
    forming = {**c.scenario.levers, **c.levers}.get("formation", 0.0) > 0
    if not c.scenario.given and not forming:
        found.append(told("no_alliance"))
    if late:
        found.append(told("too_late", alliances=late))
    if c.scenario.grouped:
        found.append(told(f"grouped_{c.scenario.grouped}", size=GROUP_SIZE))
    if c.mode == "point":
        found.append(told("point"))
    elif c.mode == "prior":
        found.append(told("uncalibrated" if default_mode() == "prior" else "prior"))
    if c.runs < FEW:
        found.append(told("few_runs", runs=c.runs))
    found += [told(note) for note in c.notes]
    found += untouched.sentences(c, lang)
    if c.scenario.table:
        found += [w.lang(lang) if hasattr(w, "lang") else str(w) for w in c.scenario.table.warnings]
    return found

"""The answer as one paragraph, and what should be known before it is trusted."""

from __future__ import annotations

from collections.abc import Sequence

from village_alliances.experiments.answer.comparison import answer_of
from village_alliances.experiments.answer.logic import FEW
from village_alliances.experiments.comparison import Comparison, check_comparison
from village_alliances.sim.arguments import check
from village_alliances.sim.grouping import GROUP_SIZE
from village_alliances.sim.parameters import default_mode
from village_alliances.wording import apart, grouped, listed, say


def verdict(c: Comparison, lang: str) -> str:
    """Headline, effect, strategies, cost, and how far to trust it, in `lang`, "en" or "zh"."""
    check_comparison(c)
    check(lang=lang)
    return answer_of(c).text(lang)


def warnings(c: Comparison, lang: str) -> list[str]:
    """What a reader should know before trusting the figures, most serious first."""

    def phrase(key: str, **values: object) -> str:
        return say(f"compare.warning.{key}", lang, **values)

    lines = []
    beside = (ensemble for them in c.rivals.values() for ensemble in them.values())
    ensembles = (*c.ensembles.values(), *beside)
    if c.failed:
        codes = sorted({int(code) for e in ensembles for code in e.status if code})
        why = apart((say(f"compare.why.{code}", lang) for code in codes), lang)
        lines.append(
            phrase(
                "failed",
                failed=grouped(c.failed, lang),
                total=grouped(sum(e.runs.size for e in ensembles), lang),
                why=why,
            )
        )
    late = sum(alliance.founded >= 4 * c.years for alliance in c.scenario.given)
    forming = {**c.scenario.levers, **c.levers}.get("formation", 0.0) > 0
    if not c.scenario.given and not forming:
        lines.append(phrase("no_alliance"))
    if late:
        lines.append(phrase("too_late", alliances=late))
    if c.scenario.grouped:
        lines.append(phrase(f"grouped_{c.scenario.grouped}", size=GROUP_SIZE))
    if c.mode == "point":
        lines.append(phrase("point"))
    elif c.mode == "prior":
        lines.append(phrase("uncalibrated" if default_mode() == "prior" else "prior"))
    if c.runs < FEW:
        lines.append(phrase("few_runs", runs=c.runs))
    lines += [phrase("same", names=_named(c, group, lang)) for group in c.same]
    lines += [phrase(note) for note in c.notes]
    if c.scenario.table:
        lines += [w.lang(lang) if hasattr(w, "lang") else str(w) for w in c.scenario.table.warnings]
    return lines


def _named(c: Comparison, labels: Sequence[str], lang: str) -> str:
    quoted = [f"“{c.title(label, lang)}”" for label in labels]
    return listed(quoted, lang)

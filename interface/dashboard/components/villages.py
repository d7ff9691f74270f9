"""Village by village: what each earns at the start, without alliances, and under a
strategy, and how surely."""

from __future__ import annotations

from typing import Any

import solara
from village_alliances.interface.dashboard.answers import Answer
from village_alliances.interface.dashboard.components.choosing import choose_strategy
from village_alliances.interface.dashboard.parts import compact, heading, html
from village_alliances.interface.dashboard.widgets import Sheet
from village_alliances.interface.dashboard.words import clean, markup, scaled, share, text
from village_alliances.wording import joined, numbers, say

MONEY = ("now", "without", "with_")
SURE = 0.01  # of a village's income: a change under it is none


@solara.component
def Villages(a: Answer, lang: str) -> None:
    """A table with a row a village, of one strategy at a time."""
    chosen, set_chosen = solara.use_state("")
    listed = list(dict.fromkeys(r["strategy"] for r in a.by_village))
    why = text("answer.villages_why", lang)
    if any(r["whole"] is not None for r in a.by_village):
        why = joined([why, say("answer.brief.whole_means", lang)], lang)
    heading(text("answer.villages", lang, year=a.years[-1]), why)
    if not listed:
        html(clean(text("answer.villages_none", lang)), "p", "hint")
        return
    label = choose_strategy(a, listed, chosen, set_chosen, lang)
    rows = [r for r in a.by_village if r["strategy"] == label]
    by, word = numbers.scale([r[k] for r in rows for k in MONEY], "yuan/year", lang)
    keys = ["village", "now", "without", "with", "difference", "under"]
    keys += ["whole"] * any(r["whole"] is not None for r in rows)
    heads = [say(f"answer.brief.{key}", lang) for key in keys]
    heads[1:5] = [f"{head} ({word})" for head in heads[1:5]]
    words = {
        "search": text("answer.villages_search", lang),
        "more": text("evidence.more", lang),
        "label": text("answer.villages", lang, year=a.years[-1]),
    }
    Sheet(
        heads=heads,
        rows=compact([_row(r, by, a.runs, len(keys), lang) for r in rows]),
        words=words,
    ).key(label)


def _row(r: dict[str, Any], by: float, runs: int, cells: int, lang: str) -> dict[str, Any]:
    change = r["with_"] - r["without"]
    places = "+" * (change > 0) + scaled(change, by, lang)
    kind = "better" if change > SURE * r["without"] else "worse" if change < -SURE * r["without"] else ""  # fmt: skip
    columns = [
        markup("b", clean(r["name"])),
        *(clean(scaled(r[k], by, lang)) for k in MONEY),
        markup("span", clean(places), kind),
        *("–" if r[k] is None else share(r[k], runs, lang) for k in ("under", "whole")),
    ]
    return {"k": r["name"], "t": r["name"].lower(), "c": columns[:cells]}

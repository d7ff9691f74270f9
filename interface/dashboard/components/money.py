"""Who gains and loses, what it costs, what the same money does otherwise,
and where gains come from."""

from __future__ import annotations

import solara
from village_alliances.interface.dashboard import charts
from village_alliances.interface.dashboard.answers import (
    Answer,
    apart_runs,
)
from village_alliances.interface.dashboard.components.courses import legend
from village_alliances.interface.dashboard.components.sources import asked_about
from village_alliances.interface.dashboard.grids import GridCell, Head, grid
from village_alliances.interface.dashboard.looks import colours
from village_alliances.interface.dashboard.parts import box, heading, html, key_of, picture, swatch
from village_alliances.interface.dashboard.words import (
    clean,
    figures,
    markup,
    pick,
    scaled,
    share,
    text,
)
from village_alliances.sim.strategy import NONE
from village_alliances.wording import listed, numbers, say

LOSES = 0.1  # share of runs from which on a loss is named


@solara.component
def Who(a: Answer, lang: str) -> None:
    """Gains of weak, lead and other villages, and who loses how often."""
    heading(
        text("answer.who", lang),
        text("answer.who_why", lang, year=a.years[-1]),
        about=asked_about([f"gain_{group}" for group in charts.groups(a)], lang),
    )
    allied = [s for s in a.strategies if s != NONE]
    html(legend(a, lang, allied))
    picture(
        charts.who(a, lang),
        text("answer.who", lang),
        f"{60 + len(charts.groups(a)) * (24 + 14 * len(allied))}px",
    )
    lines = []
    for s in allied:
        sentences = [
            text(
                "answer.group_loses",
                lang,
                group=text(f"group.{r['group']}", lang),
                share=share(r["loses"], a.runs, lang),
            )
            for r in a.who
            if r["strategy"] == s and r["group"] in charts.groups(a) and r["loses"] >= LOSES
        ]
        if sentences:
            groups = listed(sentences, lang)
            strategy = pick(a.titles[s], lang)
            lines.append(text("answer.loses", lang, strategy=strategy, groups=groups))
    html(
        "".join(markup("li", clean(line)) for line in lines)
        or markup("li", clean(text("answer.nobody", lang))),
        "ul",
    )


@solara.component
def Cost(a: Answer, lang: str) -> None:
    """Public money, what a lifted village costs, and what the same money
    would do without alliances."""
    heading(
        text("answer.cost", lang),
        text("answer.cost_why", lang),
        about=asked_about(["public_cost", "weak_lifted"], lang),
    )
    colour = colours(a.strategies)
    by, word = numbers.scale(
        [r[k] for r in a.cost for k in ("cost_median", "cost_p95", "cost_per_lifted")], "yuan", lang
    )
    units = {"cost_sum": word, "cost_lifted": "", "cost_each": word}
    heads = [Head(""), *(Head(text(f"answer.{h}", lang), unit) for h, unit in units.items())]
    body: list[list[GridCell | str]] = []
    for r in a.cost:
        spread = (
            numbers.span(scaled(r["cost_p05"], by, lang), scaled(r["cost_p95"], by, lang), lang)
            if r["cost_p05"] != r["cost_p95"]
            else ""
        )
        each = (
            scaled(r["cost_per_lifted"], by, lang)
            if r["cost_per_lifted"] == r["cost_per_lifted"]
            else text("answer.never", lang)
        )
        cells: list[GridCell | str] = [
            GridCell(
                swatch(colour[r["strategy"]]) + " " + clean(pick(a.titles[r["strategy"]], lang))
            ),
            GridCell(clean(scaled(r["cost_median"], by, lang)) + markup("small", clean(spread))),
            numbers.mean_number(r["lifted_mean"], "", lang),
            each if r["cost_median"] else "–",
        ]
        body.append(cells)
    html(grid(heads, body), classes="wide")


@solara.component
def Rivals(a: Answer, lang: str) -> None:
    """The same public money without alliances: the rival that does most, and each of them."""
    heading(
        text("answer.rivals", lang),
        text("answer.rivals_why", lang),
        about=asked_about(["gain_weak", "public_cost"], lang),
    )
    if not a.strongest:
        key = "answer.rivals_none" if a.complete else "answer.waiting"
        html(clean(text(key, lang)), "p", "hint")
        return
    html(legend(a, lang, list(a.strongest)))
    height = charts.height_of([pick(a.titles[s], lang) for s in a.strongest], lang)
    picture(charts.strongest(a, lang), text("answer.rivals", lang), height)
    heads = [
        Head(text("answer.strongest", lang), classes="text"),
        Head(text("answer.middle", lang)),
        Head(text("answer.p_better", lang)),
    ]
    html(grid(heads, _strongest_rows(a, lang)), classes="wide")
    named = list(dict.fromkeys(r["rival"] for r in a.against))
    uses = ["", *(say(f"compare.rival.{rival}", lang) for rival in named)]
    colour, body = colours(a.strategies), []
    against = [(s, rival) for s in a.strongest for rival in named]
    gains = [a.beside(*pair, "gain_weak")["diff_median"] for pair in against]
    said = dict(zip(against, figures(gains, "yuan/year", lang, True), strict=True))
    for s, strongest in a.strongest.items():
        name = swatch(colour[s]) + " " + clean(pick(a.titles[s], lang))
        cells = [GridCell(name, "text", names=True)]
        for rival in named:
            r = a.beside(s, rival, "gain_weak")
            value = clean(said[s, rival])
            value = markup("b", value) if rival == strongest else value
            better = text("answer.better_in", lang, share=share(r["p_better"], a.runs, lang))
            cells.append(GridCell(value + markup("small", clean(better))))
        body.append(cells)
    with box("details", "figures-fold"):
        html(clean(text("answer.rivals_each", lang)), "summary")
        html(clean(text("answer.rivals_each_why", lang)), "p", "why")
        html(grid(uses, body), classes="wide")


def _strongest_rows(a: Answer, lang: str) -> list[list[GridCell | str]]:
    """Each strategy against the use of the same money that does best."""
    beside = [(s, rival, a.beside(s, rival, "gain_weak")) for s, rival in a.strongest.items()]
    gains = figures([r["diff_median"] for *_, r in beside], "yuan/year", lang, True)
    colour = colours(a.strategies)
    rows: list[list[GridCell | str]] = []
    for (s, rival, r), gain in zip(beside, gains, strict=True):
        name = swatch(colour[s]) + " " + clean(pick(a.titles[s], lang))
        name += markup("small", clean(say(f"compare.rival.{rival}", lang)))
        rows.append([GridCell(name, "text", names=True), gain, share(r["p_better"], a.runs, lang)])
    return rows


@solara.component
def Parts(a: Answer, lang: str) -> None:
    """Where the gain of villages that began weak comes from."""
    heading(text("answer.parts", lang), text("answer.parts_why", lang))
    if a.parts is None:
        html(clean(text("answer.waiting", lang)), "p", "hint")
        return
    if not a.parts:
        html(clean(text("answer.rivals_none", lang)), "p", "hint")
        return
    listed = list(dict.fromkeys(r["strategy"] for r in a.parts))
    named = list(dict.fromkeys(r["part"] for r in a.parts))
    rows = {(r["strategy"], r["part"]): r for r in a.parts}
    key = [(charts.PARTS[part], say(f"compare.part.{part}", lang)) for part in named]
    html(key_of(key))
    picture(
        charts.parts(a, lang),
        text("answer.parts", lang),
        charts.height_of([pick(a.titles[s], lang) for s in listed], lang),
    )
    by, word = numbers.scale([r["mean"] for r in a.parts], "yuan/year", lang)
    body: list[list[GridCell | str]] = []
    for part in named:
        cells = [GridCell(clean(say(f"compare.part.{part}", lang)), "text", names=True)]
        for s in listed:
            r = rows[s, part]
            error = text("answer.give_or_take", lang, error=scaled(2 * r["error"], by, lang))
            cells.append(
                GridCell(clean(scaled(r["mean"], by, lang)) + markup("small", clean(error)))
            )
        body.append([*cells])
    sums = [scaled(sum(rows[s, part]["mean"] for part in named), by, lang) for s in listed]
    body.append([GridCell(clean(text("answer.whole", lang)), "text", names=True), *sums])
    html(grid([word, *(pick(a.titles[s], lang) for s in listed)], body), classes="wide")
    runs = min(a.runs, apart_runs(a.villages))
    html(clean(text("answer.parts_runs", lang, runs=runs)), "p", "hint")

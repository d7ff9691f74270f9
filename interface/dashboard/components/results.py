"""The right side of the compare page: verdict, pictures, tables, and what can be taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import solara
from village_alliances.experiments import gains
from village_alliances.interface.dashboard import charts, session
from village_alliances.interface.dashboard.answers import (
    TRAJECTORIES,
    Answer,
    apart_runs,
    better,
    main_outcomes,
)
from village_alliances.interface.dashboard.components.asking import settings_of
from village_alliances.interface.dashboard.components.sources import asked_about
from village_alliances.interface.dashboard.components.taking import Taking
from village_alliances.interface.dashboard.looks import colours
from village_alliances.interface.dashboard.parts import box, heading, html, key_of, picture, swatch
from village_alliances.interface.dashboard.state import ask, asked
from village_alliances.interface.dashboard.widgets import Choice, Press
from village_alliances.interface.dashboard.words import (
    FEW,
    clean,
    markup,
    number,
    percent,
    pick,
    share,
    text,
)
from village_alliances.sim.fields import FIELD
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.strategy import NONE
from village_alliances.wording import numbers, say

SURE = 0.9  # share of runs from which on a difference is coloured
LOSES = 0.1  # share of runs from which on a loss is named
MOST_PROJECTS = 12  # that stand in the open


@solara.component
def Results(a: Answer, lang: str, outcome: str, busy: bool) -> None:
    """Everything that an answer says."""
    Verdict(a, lang, busy)
    shown = outcome if outcome in TRAJECTORIES else "gain_weak"
    with box("div", "grid"):
        with box("section", "card span-7"):
            Trajectories(a, lang, shown)
        with box("section", "card span-5"):
            Differences(a, lang, shown)
        with box("section", "card span-6"):
            Weak(a, lang)
        with box("section", "card span-6"):
            Best(a, lang, shown)
        with box("section", "card span-6"):
            Who(a, lang)
        with box("section", "card span-6"):
            Cost(a, lang)
        with box("section", "card span-6"):
            Rivals(a, lang)
        with box("section", "card span-6"):
            Parts(a, lang)
        with box("section", "card span-12"):
            Projects(a, lang)
        with box("section", "card span-12"):
            Figures(a, lang)
        with box("section", "card span-12"):
            Drawn(a, lang)


def legend(a: Answer, lang: str, shown: Sequence[str] | None = None) -> str:
    """Colours and names of the strategies, or of those that are shown."""
    colour = colours(a.strategies)
    listed = a.strategies if shown is None else shown
    return key_of([(colour[s], pick(a.titles[s], lang)) for s in listed])


@solara.component
def Verdict(a: Answer, lang: str, busy: bool) -> None:
    """The answer in one sentence, what was asked, how far it has been computed, and the ways to take it along."""
    with box("section", "card verdict", aria_live="polite"):
        with box("div", "spread"):
            html(clean(text("answer.kicker", lang)), "h2", "kicker")
            html(_status(a, lang, busy), "span", "status busy" if busy else "status")
        html(spoken(a, lang), "div", "says")
        about = text(
            "answer.question",
            lang,
            place=pick(a.place, lang),
            villages=a.villages,
            first=a.years[0] + 1,
            last=a.years[-1],
            seed=a.seed,
        )
        html(clean(about), "p", "facts")
        for note in _notes(a, lang):
            html(clean(note), "p", "note")
        set_by_hand = settings_of(asked.value, lang)
        if set_by_hand:
            listed = "; ".join(f"{called}: {said}" for _, called, said in set_by_hand)
            html(
                markup("b", clean(text("setting.title", lang))) + " " + clean(listed), "p", "facts"
            )
        Taking(a, lang, lambda: _watch(a))


def spoken(a: Answer, lang: str) -> str:
    """The answer in sentences: the headline, then its lines."""
    headline, *lines = a.verdict[lang]
    return markup("p", clean(headline), "headline") + "".join(
        markup("p", clean(line)) for line in lines
    )


def _status(a: Answer, lang: str, busy: bool) -> str:
    said = (
        text("state.first", lang, runs=a.runs)
        if busy and not a.complete
        else text("state.busy", lang)
        if busy
        else ""
    )
    said = said or text("state.stored" if a.comparison is None else "state.done", lang, runs=a.runs)
    return markup("span", "", "dot") + clean(said)


def _notes(a: Answer, lang: str) -> list[str]:
    found = [text(f"answer.grouped_{a.grouped}", lang)] if a.grouped else []
    if a.runs < FEW:
        found.append(text("state.few", lang, runs=a.runs))
    if a.failed:
        found.append(text("state.failed", lang, failed=a.failed))
    types = session.types.value
    if types is not None and a.question.get("technology") == types.digest:
        found.append(text("answer.own_types", lang, name=types.name))
    found += [
        text("answer.same", lang, names=", ".join(pick(a.titles[s], lang) for s in group))
        for group in a.same
    ]
    if a.mode in ("prior", "point"):
        found.append(text(f"state.{a.mode}", lang))
    return found


def _watch(a: Answer) -> None:
    others = [s for s in a.strategies if s != a.baseline]
    ask(page="live", left=a.baseline, right=others[0] if others else a.baseline)


@solara.component
def Trajectories(a: Answer, lang: str, outcome: str) -> None:
    """One outcome over the years, for every strategy."""
    level, set_level = solara.use_state(len(a.strategies) < 2)
    heading(text("answer.trajectory", lang), about=asked_about([outcome], lang))
    with box("div", "spread"):
        items = [
            {"value": o, "text": charts.meaning(o, lang)} for o in TRAJECTORIES if o in a.bands
        ]
        Choice(
            label=text("answer.show", lang),
            hidden_label=True,
            value=outcome,
            groups=[{"label": "", "items": items}],
            event_chosen=lambda o: ask(outcome=o),
        )
        with box("div", "row noprint", role="group"):
            against = text("answer.against", lang, baseline=pick(a.titles[a.baseline], lang))
            Press(
                label=against, kind="small", pressed=not level, event_go=lambda _: set_level(False)
            )
            Press(
                label=text("answer.level", lang),
                kind="small",
                pressed=level,
                event_go=lambda _: set_level(True),
            )
    html(legend(a, lang))
    picture(
        charts.trajectories(a, outcome, lang, not level), charts.spoken(a, outcome, lang), "300px"
    )
    html(clean(text("answer.level_why" if level else "answer.against_why", lang)), "p", "why")


@solara.component
def Differences(a: Answer, lang: str, outcome: str) -> None:
    """Each strategy against the baseline at the horizon."""
    title = text(
        "answer.difference", lang, baseline=pick(a.titles[a.baseline], lang), year=a.years[-1]
    )
    heading(title, text("answer.difference_why", lang), about=asked_about([outcome], lang))
    if len(a.strategies) < 2:
        html(clean(text("answer.difference_none", lang)), "p", "hint")
        return
    html(markup("b", clean(charts.meaning(outcome, lang))), "p")
    named = [pick(a.titles[s], lang) for s in a.strategies[1:]]
    picture(charts.differences(a, outcome, lang), title, charts.height_of(named, lang))
    rows = [(s, a.row(s, outcome)) for s in a.strategies[1:]]
    unit = BY_NAME[outcome].unit
    lines = [
        markup(
            "tr",
            markup("td", swatch(colours(a.strategies)[s]) + " " + clean(pick(a.titles[s], lang)))
            + markup("td", clean(number(r["diff_median"], unit, lang, True)))
            + markup("td", clean(share(r["p_better"], a.runs, lang))),
        )
        for s, r in rows
    ]
    head = markup(
        "tr",
        markup("th", "", scope="col")
        + markup("th", clean(text("answer.middle", lang)))
        + markup("th", clean(text("answer.p_better", lang))),
    )
    html(markup("table", head + "".join(lines), "figures"), classes="wide")


@solara.component
def Weak(a: Answer, lang: str) -> None:
    """Weak villages left."""
    heading(
        text("answer.weak", lang),
        text("answer.weak_why", lang),
        about=asked_about(["weak_villages_50k"], lang),
    )
    html(legend(a, lang))
    picture(
        charts.trajectories(a, "weak_villages_50k", lang, bands=False),
        charts.spoken(a, "weak_villages_50k", lang),
        "250px",
    )


@solara.component
def Best(a: Answer, lang: str, outcome: str) -> None:
    """Probability of being best, under the posterior and under the prior."""
    outcome = outcome if better(outcome) else "gain_weak"
    heading(
        text("answer.best", lang),
        text("answer.best_why", lang, outcome=charts.meaning(outcome, lang)),
        about=asked_about([outcome], lang),
    )
    colour = colours(a.strategies)
    rows = {r["strategy"]: r for r in a.best if r["outcome"] == outcome}
    prior = {r["strategy"]: r["p_best"] for r in a.best_prior if r["outcome"] == outcome}
    out = []
    for s in sorted(rows, key=lambda s: -rows[s]["p_best"]):
        part = rows[s]["p_best"]
        thin = (
            markup(
                "div", "", "fill thin", style=f"width:{100 * prior[s]:.1f}%;background:{colour[s]}"
            )
            if s in prior
            else ""
        )
        bar = (
            markup(
                "div",
                markup("div", "", "fill", style=f"width:{100 * part:.1f}%;background:{colour[s]}"),
                "track",
            )
            + thin
        )
        rank = text("answer.rank", lang, rank=f"{rows[s]['mean_rank']:.1f}")
        name = clean(pick(a.titles[s], lang)) + markup("small", clean(rank), "hint")
        out.append(
            markup(
                "div",
                markup("span", name, "bar-name")
                + markup("div", bar)
                + markup("b", share(part, a.runs, lang)),
                "bar",
            )
        )
    html("".join(out), classes="bars")
    if prior:
        html(clean(text("answer.best_prior", lang)), "p", "hint")


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
        said = [
            text(
                "answer.group_loses",
                lang,
                group=text(f"group.{r['group']}", lang),
                share=share(r["loses"], a.runs, lang),
            )
            for r in a.who
            if r["strategy"] == s and r["group"] in charts.groups(a) and r["loses"] >= LOSES
        ]
        if said:
            groups = ("、" if lang == "zh" else ", ").join(said)
            strategy = pick(a.titles[s], lang)
            lines.append(text("answer.loses", lang, strategy=strategy, groups=groups))
    html(
        "".join(markup("li", clean(line)) for line in lines)
        or markup("li", clean(text("answer.nobody", lang))),
        "ul",
    )


@solara.component
def Cost(a: Answer, lang: str) -> None:
    """Public money, what a lifted village costs, and what the same money would do without alliances."""
    heading(
        text("answer.cost", lang),
        text("answer.cost_why", lang),
        about=asked_about(["public_cost", "weak_lifted"], lang),
    )
    colour = colours(a.strategies)
    by, word = numbers.scale(
        [r[k] for r in a.cost for k in ("cost_median", "cost_p95", "cost_per_lifted")], "yuan", lang
    )
    heads = (("", ""), ("cost_sum", word), ("cost_lifted", ""), ("cost_each", word))
    head = "".join(
        markup("th", clean(text(f"answer.{h}", lang)) + markup("small", clean(unit)) if h else "")
        for h, unit in heads
    )
    body = []
    for r in a.cost:
        spread = (
            f"{_money(r['cost_p05'], by)} – {_money(r['cost_p95'], by)}"
            if r["cost_p05"] != r["cost_p95"]
            else ""
        )
        each = (
            _money(r["cost_per_lifted"], by)
            if r["cost_per_lifted"] == r["cost_per_lifted"]
            else text("answer.never", lang)
        )
        cells = [
            swatch(colour[r["strategy"]]) + " " + clean(pick(a.titles[r["strategy"]], lang)),
            clean(_money(r["cost_median"], by)) + markup("small", clean(spread)),
            clean(number(r["lifted_mean"], "", lang)),
            clean(each if r["cost_median"] else "–"),
        ]
        body.append(markup("tr", "".join(markup("td", cell) for cell in cells)))
    html(
        markup(
            "table", markup("thead", markup("tr", head)) + markup("tbody", "".join(body)), "figures"
        ),
        classes="wide",
    )


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
    heads = ("strongest", "middle", "p_better")
    listed = markup("th", "") + "".join(
        markup("th", clean(text(f"answer.{h}", lang))) for h in heads
    )
    listed = markup("tr", listed) + "".join(_strongest_row(a, s, lang) for s in a.strongest)
    html(markup("table", listed, "figures"), classes="wide")
    named = list(dict.fromkeys(r["rival"] for r in a.against))
    head = markup("th", "", scope="col") + "".join(
        markup("th", clean(say(f"compare.rival.{rival}", lang)), scope="col") for rival in named
    )
    colour, body = colours(a.strategies), ""
    for s, strongest in a.strongest.items():
        cells = markup("th", swatch(colour[s]) + " " + clean(pick(a.titles[s], lang)), "text")
        for rival in named:
            r = a.beside(s, rival, "gain_weak")
            value = clean(number(r["diff_median"], "yuan/year", lang, True))
            value = markup("b", value) if rival == strongest else value
            better = text("answer.better_in", lang, share=share(r["p_better"], a.runs, lang))
            cells += markup("td", value + markup("small", clean(better)))
        body += markup("tr", cells)
    with box("details", "figures-fold"):
        html(clean(text("answer.rivals_each", lang)), "summary")
        html(clean(text("answer.rivals_each_why", lang)), "p", "why")
        html(markup("table", markup("tr", head) + body, "figures"), classes="wide")


def _strongest_row(a: Answer, strategy: str, lang: str) -> str:
    rival = a.strongest[strategy]
    r = a.beside(strategy, rival, "gain_weak")
    cells = (
        clean(say(f"compare.rival.{rival}", lang)),
        clean(number(r["diff_median"], "yuan/year", lang, True)),
        clean(share(r["p_better"], a.runs, lang)),
    )
    name = swatch(colours(a.strategies)[strategy]) + " " + clean(pick(a.titles[strategy], lang))
    return markup("tr", markup("th", name, "text") + "".join(markup("td", cell) for cell in cells))


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
    found = {(r["strategy"], r["part"]): r for r in a.parts}
    key = [(charts.PARTS[part], say(f"compare.part.{part}", lang)) for part in named]
    html(key_of(key))
    picture(
        charts.parts(a, lang),
        text("answer.parts", lang),
        charts.height_of([pick(a.titles[s], lang) for s in listed], lang),
    )
    by, word = numbers.scale([r["mean"] for r in a.parts], "yuan/year", lang)
    head = markup("th", clean(word), scope="col") + "".join(
        markup("th", clean(pick(a.titles[s], lang)), scope="col") for s in listed
    )
    body = ""
    for part in named:
        cells = markup("th", clean(say(f"compare.part.{part}", lang)), "text", scope="row")
        for s in listed:
            r = found[s, part]
            error = text("answer.give_or_take", lang, error=_money(2 * r["error"], by))
            cells += markup("td", clean(_money(r["mean"], by)) + markup("small", clean(error)))
        body += markup("tr", cells)
    whole = "".join(
        markup("td", clean(_money(sum(found[s, part]["mean"] for part in named), by)))
        for s in listed
    )
    body += markup(
        "tr", markup("th", clean(text("answer.whole", lang)), "text", scope="row") + whole
    )
    html(markup("table", markup("tr", head) + body, "figures"), classes="wide")
    runs = min(a.runs, apart_runs(a.villages))
    html(clean(text("answer.parts_runs", lang, runs=runs)), "p", "hint")


@solara.component
def Projects(a: Answer, lang: str) -> None:
    """What alliances would do: the projects that they begin, what these cost and bring."""
    heading(text("answer.projects", lang), text("answer.projects_why", lang))
    if a.projects is None:
        html(clean(text("answer.waiting", lang)), "p", "hint")
        return
    listed = list(dict.fromkeys(r["strategy"] for r in a.projects))
    chosen, set_chosen = solara.use_state("")
    if not listed:
        html(clean(text("answer.projects_none", lang)), "p", "hint")
        return
    shown = chosen if chosen in listed else listed[0]
    items = [{"value": s, "text": pick(a.titles[s], lang)} for s in listed]
    Choice(
        label=text("answer.projects_of", lang),
        value=shown,
        groups=[{"label": "", "items": items}],
        event_chosen=set_chosen,
    )
    rows = [r for r in a.projects if r["strategy"] == shown]
    rows.sort(key=lambda r: -r["begun"])
    runs = min(a.runs, gains.looked_at(a.villages))
    html(_projects(rows[:MOST_PROJECTS], runs, lang), classes="wide projects")
    if len(rows) > MOST_PROJECTS:
        with box("details", "figures-fold"):
            html(
                clean(text("answer.projects_more", lang, count=len(rows) - MOST_PROJECTS)),
                "summary",
            )
            html(_projects(rows[MOST_PROJECTS:], runs, lang), classes="wide")
    html(clean(text("answer.projects_runs", lang, runs=runs)), "p", "hint")


def _projects(rows: Sequence[dict[str, Any]], runs: int, lang: str) -> str:
    """Projects in a table, a row an alliance and type; money of a column in one unit."""
    units = {"cost": "yuan", "yearly": "yuan/year", "households": "yuan/year"}
    scales = {k: numbers.scale([r[k] for r in rows], unit, lang) for k, unit in units.items()}
    heads = ("type", "begun", "cost", "yearly", "households", "jobs", "wait", "works")
    head = "".join(
        markup(
            "th",
            clean(text(f"answer.project_{h}", lang))
            + (markup("small", clean(scales[h][1])) if h in scales else ""),
            scope="col",
        )
        for h in heads
    )
    zh, body = lang == "zh", ""
    for r in rows:
        whose = r["alliance_zh" if zh else "alliance"] or say(f"compare.who.{r['who']}", lang)
        name = clean(r["title_zh" if zh else "title"]) + markup("small", clean(whose))
        cells = [
            share(r["begun"], runs, lang),
            *(_money(r[k], scales[k][0]) if r[k] == r[k] else "–" for k in units),
            number(r["jobs"], "", lang),
            number(r["wait"], "quarters", lang),
            percent(r["works"] + r["is_building"]),
        ]
        told = "".join(markup("td", clean(cell)) for cell in cells)
        body += markup("tr", markup("th", name, "text", scope="row") + told)
    table = markup("thead", markup("tr", head)) + markup("tbody", body)
    return markup("table", table, "figures")


def _money(value: float, by: float) -> str:
    return numbers.number(value, "yuan", by=by).replace("-", "−")


@solara.component
def Figures(a: Answer, lang: str) -> None:
    """Every main outcome of every strategy."""
    heading(text("answer.figures", lang, year=a.years[-1]), text("answer.figures_why", lang))
    colour = colours(a.strategies)
    head = markup("th", clean(text("answer.outcome", lang)), scope="col")
    head += "".join(
        markup("th", swatch(colour[s]) + " " + clean(pick(a.titles[s], lang)), scope="col")
        for s in a.strategies
    )
    body = [_outcome_row(a, o, lang) for o in main_outcomes(a)]
    html(
        markup(
            "table", markup("thead", markup("tr", head)) + markup("tbody", "".join(body)), "figures"
        ),
        classes="wide",
    )


def _outcome_row(a: Answer, outcome: str, lang: str) -> str:
    rows = [a.row(s, outcome) for s in a.strategies]
    unit = BY_NAME[outcome].unit
    by, word = numbers.scale([r[k] for r in rows for k in ("median", "p05", "p95")], unit, lang)
    head = (
        clean(charts.meaning(outcome, lang))
        + asked_about([outcome], lang)
        + (markup("small", clean(word)) if word else "")
    )
    return markup(
        "tr",
        markup("th", head, "text", scope="row")
        + "".join(markup("td", _cell(r, rows[0], unit, by, a.runs)) for r in rows),
    )


def _cell(r: dict[str, Any], base: dict[str, Any], unit: str, by: float, runs: int) -> str:
    """A figure with its band; coloured where it is surely another one than the baseline's, to the digits shown."""
    low, median, high = (
        numbers.number(r[k], unit, by=by).replace("-", "−") for k in ("p05", "median", "p95")
    )
    value = clean(median)
    same = numbers.number(base["median"], unit, by=by).replace("-", "−") == median
    if runs >= FEW and r is not base and not same and r["p_better"] == r["p_better"]:
        kind = "better" if r["p_better"] >= SURE else "worse" if r["p_better"] <= 1 - SURE else ""
        value = markup("span", value, kind)
    return value + markup("small", clean(low if low == high else f"{low} – {high}"))


@solara.component
def Drawn(a: Answer, lang: str) -> None:
    """What is known of the villages."""
    with box("details", "figures-fold"):
        html(clean(text("answer.drawn", lang)), "summary")
        html(clean(text("answer.drawn_why", lang)), "p", "why")
        heads = ("drawn_column", "drawn_known", "drawn_bounded", "drawn_drawn", "drawn_source")
        head = markup(
            "tr",
            "".join(
                markup(
                    "th", clean(text(f"answer.{h}", lang)), "text" if h == "drawn_source" else ""
                )
                for h in heads
            ),
        )
        body = [_drawn_row(r, lang) for r in a.imputed]
        html(markup("table", head + "".join(body), "figures"), classes="wide")
    with box("details", "figures-fold"):
        html(clean(text("answer.command", lang)), "summary")
        html(clean(a.command), "pre", "command")


def _drawn_row(r: dict[str, Any], lang: str) -> str:
    known = FIELD.get(str(r["column"]))
    name = (
        (known.zh if lang == "zh" else known.name.replace("_", " ")) if known else str(r["column"])
    )
    source = pick(r["source"], lang)
    cells = [clean(name), *(clean(r[k]) for k in ("known", "bounded", "drawn"))]
    return markup(
        "tr", "".join(markup("td", cell) for cell in cells) + markup("td", clean(source), "text")
    )

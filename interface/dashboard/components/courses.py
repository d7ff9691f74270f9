"""Outcomes by strategy as pictures: over the years, against the baseline,
and who is best how often."""

from __future__ import annotations

from collections.abc import Sequence

import solara
from village_alliances.calibration.asked import level_is_told
from village_alliances.interface.dashboard import charts
from village_alliances.interface.dashboard.answers import (
    TRAJECTORIES,
    Answer,
    answered,
    better,
)
from village_alliances.interface.dashboard.components.sources import asked_about
from village_alliances.interface.dashboard.grids import GridCell, grid
from village_alliances.interface.dashboard.looks import colours
from village_alliances.interface.dashboard.parts import box, heading, html, key_of, picture, swatch
from village_alliances.interface.dashboard.state import ask
from village_alliances.interface.dashboard.widgets import Choice, Press
from village_alliances.interface.dashboard.words import (
    clean,
    figures,
    markup,
    pick,
    share,
    text,
)
from village_alliances.sim.metrics import BY_NAME


def legend(a: Answer, lang: str, labels: Sequence[str] | None = None) -> str:
    """Colours and names of the strategies, or of those that are shown."""
    colour = colours(a.strategies)
    listed = a.strategies if labels is None else labels
    return key_of([(colour[s], pick(a.titles[s], lang)) for s in listed])


@solara.component
def Trajectories(a: Answer, lang: str, outcome: str) -> None:
    """One outcome over the years, for every strategy."""
    wanted, set_level = solara.use_state(len(a.strategies) < 2)
    level = wanted and level_is_told(outcome)
    heading(text("answer.trajectory", lang), about=asked_about([outcome], lang))
    with box("div", "spread"):
        items = [
            {"value": o, "text": charts.meaning(o, lang)}
            for o in answered(TRAJECTORIES)
            if o in a.bands
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
                disabled=not level_is_told(outcome),
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
    changes = figures([r["diff_median"] for _, r in rows], BY_NAME[outcome].unit, lang, True)
    colour = colours(a.strategies)
    lines: list[list[GridCell | str]] = [
        [
            GridCell(swatch(colour[s]) + " " + clean(pick(a.titles[s], lang))),
            change,
            share(r["p_better"], a.runs, lang),
        ]
        for (s, r), change in zip(rows, changes, strict=True)
    ]
    heads = ["", text("answer.middle", lang), text("answer.p_better", lang)]
    html(grid(heads, lines), classes="wide")


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

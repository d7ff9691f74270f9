"""Many questions at once: a sweep file or the form's, carried out by the server while the page stays alive."""

from __future__ import annotations

import base64
import threading
import time
import uuid
from typing import Any

import numpy as np
import pandas as pd
import solara

from alliances.dashboard import charts, jobs, mixes
from alliances.dashboard.components.bringing import Refused
from alliances.dashboard.jobs import Job
from alliances.dashboard.looks import colours
from alliances.dashboard.parts import box, heading, html, key_of, picture, skeleton, trouble
from alliances.dashboard.places import choices, smaller_than
from alliances.dashboard.state import Asked, ask, asked
from alliances.dashboard.tables import Refusal
from alliances.dashboard.widgets import Choice, Download, Press, Slider, Writing
from alliances.dashboard.words import clean, markup, number, percent, pick, text
from experiments import statistics
from sim.metrics import BY_NAME
from sim.parameters import levers
from sim.problems import TableError
from sim.table import neutralise

LEVERS = ("grant_per_village", "grant_years", "grant_weak_first", "span", "plenaries", "returnee_pool", "market_shock", "funding_cut_quarter")
STEPS = {
    "grant_per_village": (0, 60_000, 120_000, 240_000), "grant_years": (2, 4, 8), "grant_weak_first": (0, 1, 2), "span": (4, 6, 9),
    "plenaries": (4, 12, 17), "returnee_pool": (0.5, 1, 2), "market_shock": (-0.6, -0.3, 0), "funding_cut_quarter": (-1, 4, 8),
}  # fmt: skip
LOOK = 0.4  # seconds between looks at a running sweep
MOST_VILLAGES = 400  # of a scenario in the form


def written(source: str, strategies: tuple[str, ...], lever: str, runs: int, seed: int) -> str:
    """The sweep file of the form's choices."""
    listed = ", ".join(f'"{s}"' for s in strategies)
    steps = ", ".join(f"{value:g}" for value in STEPS[lever])
    return (
        f'name = "page"\nscenarios = ["{source}"]\nstrategies = [{listed}]\nreplicates = {runs}\nseed = {seed}\n'
        f'outcomes = "main"\n\n[levers]\n{lever} = [{steps}]\n'
    )


@solara.component
def Body() -> None:
    """The sweep page."""
    here = asked.value
    lang = here.lang
    source = here.source if here.source in {place.name for place in smaller_than(MOST_VILLAGES)} else Asked().source
    kept = tuple(s for s in here.strategies if not s.startswith(mixes.OWN))
    lever, set_lever = solara.use_state(LEVERS[0])
    runs, set_runs = solara.use_state(200)
    plan, set_plan = solara.use_state("")
    refused, set_refused = solara.use_state(None)
    form = written(source, kept, lever, runs, here.seed)
    job = jobs.find(here.sweep) if here.sweep else None

    def begin(_: Any) -> None:
        try:
            made = jobs.start(plan or form)
        except TableError as error:
            set_refused(error)
            return
        set_refused(None)
        ask(sweep=made.name)

    def choose(setter: Any) -> Any:
        def chosen(value: Any) -> None:
            set_plan("")
            setter(value)

        return chosen

    html(clean(text("sweep.title", lang)), "h1")
    html(clean(text("sweep.why", lang)), "p", "lead")
    with box("div", "two"):
        with box("aside", "side card ask", aria_label=text("sweep.form", lang)):
            places = choices(smaller_than(MOST_VILLAGES), lang)
            Choice(label=text("ask.place", lang), value=source, groups=[{"label": "", "items": places}],
                   event_chosen=lambda s: choose(lambda v: ask(source=v, years=0, levers=()))(s))  # fmt: skip
            named = [{"value": n, "text": pick({"en": levers()[n].en, "zh": levers()[n].zh}, lang)} for n in LEVERS]
            Choice(label=text("sweep.lever", lang), value=lever, groups=[{"label": "", "items": named}], event_chosen=choose(set_lever))
            Slider(label=text("sweep.runs", lang), value=runs, low=50, high=1000, step=50, shown="whole", lang=lang,
                   event_moved=lambda r: choose(set_runs)(int(r)))  # fmt: skip
            html(clean(text("sweep.strategies", lang)), "p", "hint")
            with box("details", "fold"):
                html(clean(text("sweep.file", lang)), "summary")
                Writing(label=text("sweep.file_why", lang), value=plan or form, event_written=set_plan)
            if refused is not None:
                Refused(Refusal(refused), lang, "sweep.refused")
            Press(label=text("sweep.start", lang), icon="mdi-play", kind="main", event_go=begin)
        with box("div", "answer"):
            if here.sweep and job is None:
                html(clean(text("sweep.gone", lang)), classes="note")
            elif job is None:
                html(clean(text("sweep.nothing", lang)), classes="card")
            else:
                Standing(job, lang).key(job.name)


@solara.component
def Standing(job: Job, lang: str) -> None:
    """How a sweep stands, looked at again while it runs."""
    _, set_look = solara.use_state((job.state, job.done))
    alive = solara.use_ref(True)

    def watch() -> Any:
        def look() -> None:
            while alive.current:
                set_look((job.state, job.done))
                if job.state not in ("waiting", "running"):
                    return
                time.sleep(LOOK)

        threading.Thread(target=look, daemon=True, name="look").start()
        return lambda: setattr(alive, "current", False)

    solara.use_effect(watch, [])
    with box("section", "card", aria_live="polite"):
        heading(text("sweep.standing", lang))
        share = job.done / job.runs if job.runs else 0.0
        html(markup("div", markup("div", "", style=f"width:{100 * share:.1f}%"), "progress", role="progressbar", aria_valuenow=f"{100 * share:.0f}",
                    aria_valuemin="0", aria_valuemax="100", aria_label=text("sweep.standing", lang)))  # fmt: skip
        said = text(f"sweep.state_{job.state}", lang, done=f"{job.done:,}", runs=f"{job.runs:,}")
        if job.seconds_left is not None:
            said += " " + text("sweep.left", lang, seconds=f"{max(1, round(job.seconds_left))}")
        html(clean(said), "p", f"sweep-{job.state}")
        if job.state in ("waiting", "running"):
            Press(label=text("sweep.cancel", lang), icon="mdi-stop", kind="plain", event_go=lambda _: jobs.cancel(job))
        if job.reference:
            trouble(job.reference, lang)
    if job.state == "done":
        Found(job, lang)


@solara.component
def Found(job: Job, lang: str) -> None:
    """What a finished sweep found: paired differences to the first strategy at every setting of the lever."""
    outcome, set_outcome = solara.use_state("gain_weak" if "gain_weak" in job.design.outcomes else job.design.outcomes[0])
    file, set_file = solara.use_state({})
    frame: pd.DataFrame | None = solara.use_memo(lambda: jobs.table(job), [job.name])
    if frame is None:
        skeleton(lang)
        return
    strategies = list(job.design.portfolios)
    colour = colours(strategies)
    titles = {s: pick(p.default.title, lang) for s, p in job.design.portfolios.items()}
    base = strategies[0]
    unit = BY_NAME[outcome].unit

    def save(_: Any) -> None:
        safe = frame.copy()
        for name in safe.select_dtypes(exclude="number").columns:
            safe[name] = safe[name].map(neutralise)
        body = safe.to_csv(index=False).encode("utf-8-sig")
        set_file({"name": f"sweep-{job.name}.csv", "mime": "text/csv", "data": base64.b64encode(body).decode(), "n": uuid.uuid4().hex})

    with box("section", "card"):
        heading(text("sweep.found", lang), text("sweep.found_why", lang, baseline=titles[base]))
        items = [{"value": o, "text": charts.meaning(o, lang)} for o in job.design.outcomes]
        Choice(label=text("answer.show", lang), value=outcome, groups=[{"label": "", "items": items}], event_chosen=set_outcome)
        html(key_of([(colour[s], titles[s]) for s in strategies[1:] or strategies]))
        rows, lines = [], []
        for label, cells in settings_of(job, frame, lang):
            points = []
            for s in strategies[1:] or strategies:
                values = cells[s][outcome].to_numpy(float)
                shown = statistics.differences(values, cells[base][outcome].to_numpy(float)) if len(strategies) > 1 else values
                band = statistics.band(shown)
                points.append((band.low, band.median, band.high, colour[s]))
                p = statistics.probability_better(shown, BY_NAME[outcome].better) if len(strategies) > 1 else float("nan")
                lines.append((label, titles[s], band, p))
            rows.append((label, "", points))
        picture(charts.intervals(rows, unit, lang), text("sweep.found", lang), f"{60 + len(rows) * (26 + 14 * max(1, len(strategies) - 1))}px")
        heads = ("", "", "median", "band", "p")
        head = markup("tr", "".join(markup("th", clean(text(f"sweep.{h}", lang)) if h else "") for h in heads))
        body = "".join(
            markup("tr", "".join(markup("td", clean(c)) for c in (label, name, number(b.median, unit, lang, True),
                   f"{number(b.low, unit, lang, True)} – {number(b.high, unit, lang, True)}", percent(p))))
            for label, name, b, p in lines
        )  # fmt: skip
        html(markup("table", markup("thead", head) + markup("tbody", body), "figures left"), classes="wide")
        Download(label=text("sweep.save", lang), icon="mdi-download", kind="plain", file=file, event_wanted=save)


def settings_of(job: Job, frame: pd.DataFrame, lang: str) -> list[tuple[str, dict[str, pd.DataFrame]]]:
    """For each scenario and setting of the levers: its label, and the runs of every strategy in the order of their numbers."""
    names = list(job.design.lever_names)
    found = []
    for key, part in frame.groupby(["scenario", *names], sort=True):
        values = key[1:] if isinstance(key, tuple) else ()
        said = [f"{_value(name, float(value), lang)}" for name, value in zip(names, values, strict=True)]
        place = pick(job.design.scenarios[str(key[0] if isinstance(key, tuple) else key)].title, lang)
        label = ", ".join(said) if len(job.design.scenarios) == 1 and said else f"{place} {', '.join(said)}".strip()
        found.append((label, {str(s): runs.sort_values("run") for s, runs in part.groupby("strategy")}))
    return found


def _value(name: str, value: float, lang: str) -> str:
    lever = levers()[name]
    if lever.low < 0 and value == -1 and lever.unit in ("quarter", "meetings/year", "switch"):
        return text("sweep.never", lang)
    return number(value, lever.unit, lang) if np.isfinite(value) else "–"

"""Many questions at once: a sweep file or the form's, carried out by the server while the page stays alive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import solara
from village_alliances.interface.dashboard import charts, institutions, jobs
from village_alliances.interface.dashboard.answers import Answer
from village_alliances.interface.dashboard.components.bringing import Refused
from village_alliances.interface.dashboard.components.courses import Best, Differences, legend
from village_alliances.interface.dashboard.components.figures import Figures
from village_alliances.interface.dashboard.components.giving import Give
from village_alliances.interface.dashboard.components.money import Rivals
from village_alliances.interface.dashboard.components.sources import asked_about
from village_alliances.interface.dashboard.found import Setting, answer_at, settings_of
from village_alliances.interface.dashboard.jobs import Job
from village_alliances.interface.dashboard.parts import box, heading, html, picture, trouble
from village_alliances.interface.dashboard.places import choices, smaller_than
from village_alliances.interface.dashboard.state import Asked, ask, asked
from village_alliances.interface.dashboard.tables import Refusal
from village_alliances.interface.dashboard.widgets import Choice, Press, Slider, Writing
from village_alliances.interface.dashboard.words import clean, markup, measured, pick, text
from village_alliances.sim.parameters import levers
from village_alliances.sim.problems import TableError
from village_alliances.sim.scenario import load
from village_alliances.sim.strategy import NONE
from village_alliances.sim.table import neutralise

LEVERS = (
    "grant_per_village",
    "grant_years",
    "grant_weak_first",
    "span",
    "plenaries",
    "returnee_pool",
    "market_shock",
    "funding_cut_quarter",
)
STEPS = {
    "grant_per_village": (0, 60_000, 120_000, 240_000), "grant_years": (2, 4, 8), "grant_weak_first": (0, 1, 2), "span": (4, 6, 9),
    "plenaries": (4, 12, 17), "returnee_pool": (0.5, 1, 2), "market_shock": (-0.6, -0.3, 0), "funding_cut_quarter": (-1, 4, 8),
}  # fmt: skip
LOOK = 0.4  # seconds between looks at a running sweep
MOST_VILLAGES = 400  # of a scenario in the form
STEP_RUNS, MOST_RUNS = 50, 1000  # of a setting


def written(source: str, strategies: tuple[str, ...], lever: str, runs: int, seed: int) -> str:
    """The sweep file of the form's choices."""
    listed = ", ".join(f'"{s}"' for s in strategies)
    steps = ", ".join(f"{value:g}" for value in STEPS[lever])
    return (
        f'name = "page"\nscenarios = ["{source}"]\nstrategies = [{listed}]\nrivals = ["even"]\nreplicates = {runs}\nseed = {seed}\n'
        f'outcomes = "main"\n\n[levers]\n{lever} = [{steps}]\n'
    )


@solara.component
def Body() -> None:
    """The sweep page."""
    here = asked.value
    lang = here.lang
    source = (
        here.source
        if here.source in {place.name for place in smaller_than(MOST_VILLAGES)}
        else Asked().source
    )
    kept = tuple(s for s in here.strategies if not s.startswith(institutions.OWN))
    lever, set_lever = solara.use_state(LEVERS[0])
    wanted, set_runs = solara.use_state(200)
    plan, set_plan = solara.use_state("")
    refused, set_refused = solara.use_state(None)
    begun, set_begun = solara.use_state(0)
    place = load(source)
    fitting = jobs.most_runs(
        place.size * 4 * place.years, len(STEPS[lever]), sum(s != NONE for s in kept)
    )
    most = max(STEP_RUNS, min(MOST_RUNS, fitting // STEP_RUNS * STEP_RUNS))
    runs = min(wanted, most)
    form = written(source, kept, lever, runs, here.seed)
    job = jobs.find(here.sweep) if here.sweep else None

    def begin(body: str) -> None:
        try:
            made = jobs.start(body)
        except TableError as error:
            set_refused(error)
            return
        set_refused(None)
        set_begun(begun + 1)
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
            Choice(
                label=text("ask.place", lang),
                value=source,
                groups=[{"label": "", "items": places}],
                event_chosen=lambda s: choose(lambda v: ask(source=v, years=0, levers=()))(s),
            )
            named = [
                {"value": n, "text": pick({"en": levers()[n].en, "zh": levers()[n].zh}, lang)}
                for n in LEVERS
            ]
            Choice(
                label=text("sweep.lever", lang),
                value=lever,
                groups=[{"label": "", "items": named}],
                event_chosen=choose(set_lever),
            )
            Slider(
                label=text("sweep.runs", lang),
                value=runs,
                low=STEP_RUNS,
                high=most,
                step=STEP_RUNS,
                shown="whole",
                lang=lang,
                event_moved=lambda r: choose(set_runs)(int(r)),
            )
            html(clean(text("sweep.strategies", lang)), "p", "hint")
            with box("details", "fold"):
                html(clean(text("sweep.file", lang)), "summary")
                Writing(
                    label=text("sweep.file_why", lang), value=plan or form, event_written=set_plan
                )
            if refused is not None:
                Refused(Refusal(refused), lang, "sweep.refused")
            Press(
                label=text("sweep.start", lang),
                icon="mdi-play",
                kind="main",
                event_go=lambda _: begin(plan or form),
            )
        with box("div", "answer"):
            if here.sweep and job is None:
                html(clean(text("sweep.gone", lang)), classes="note")
            elif job is None:
                html(clean(text("sweep.nothing", lang)), classes="card")
            else:
                Standing(job, lang, begin).key(f"{job.name} {id(job)}")


@solara.component
def Standing(job: Job, lang: str, begin: Callable[[str], None]) -> None:
    """How a sweep stands, looked at again while it runs. `begin` takes up one that was stopped."""
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
        html(
            markup(
                "div",
                markup("div", "", style=f"width:{100 * share:.1f}%"),
                "progress",
                role="progressbar",
                aria_valuenow=f"{100 * share:.0f}",
                aria_valuemin="0",
                aria_valuemax="100",
                aria_label=text("sweep.standing", lang),
            )
        )
        said = text(f"sweep.state_{job.state}", lang, done=f"{job.done:,}", runs=f"{job.runs:,}")
        if job.seconds_left is not None:
            said += " " + text("sweep.left", lang, seconds=f"{max(1, round(job.seconds_left))}")
        html(clean(said), "p", f"sweep-{job.state}")
        if job.state in ("waiting", "running"):
            Press(
                label=text("sweep.cancel", lang),
                icon="mdi-stop",
                kind="plain",
                event_go=lambda _: jobs.cancel(job),
            )
        if job.reference:
            trouble(job.reference, lang)
        if job.state in ("lost", "cancelled"):
            Press(
                label=text("sweep.go_on", lang),
                icon="mdi-play",
                kind="plain",
                event_go=lambda _: begin(job.text),
            )
    if job.state == "done":
        Found(job, lang)


@solara.component
def Found(job: Job, lang: str) -> None:
    """What a finished sweep found: how the difference to the first strategy moves with the lever, then all figures at one setting."""
    outcome, set_outcome = solara.use_state(
        "gain_weak" if "gain_weak" in job.design.outcomes else job.design.outcomes[0]
    )
    at, set_at = solara.use_state("")
    frame: pd.DataFrame = solara.use_memo(lambda: jobs.table(job), [job.name])
    found: list[tuple[Setting, Answer]] = solara.use_memo(
        lambda: [(s, answer_at(job, s)) for s in settings_of(job, frame)], [job.name]
    )
    setting, answer = next((pair for pair in found if pair[0].key == at), found[0])

    def save() -> bytes:
        safe = frame.copy()
        for name in safe.select_dtypes(exclude="number").columns:
            safe[name] = safe[name].map(neutralise)
        return safe.to_csv(index=False).encode("utf-8-sig")

    def compare(_: Any) -> None:
        ask(
            page="compare",
            source=setting.scenario,
            strategies=tuple(answer.strategies),
            seed=answer.seed,
            years=0,
            table="",
            levers=tuple(sorted(setting.levers.items())),
            outcome=outcome,
        )

    failed = sum(a.failed for _, a in found)
    if failed:
        html(clean(text("sweep.failed", lang, failed=f"{failed:,}")), classes="note")
    with box("section", "card"):
        base = pick(answer.titles[answer.baseline], lang)
        heading(
            text("sweep.found", lang),
            text("sweep.found_why", lang, baseline=base),
            about=asked_about([outcome], lang),
        )
        items = [{"value": o, "text": charts.meaning(o, lang)} for o in job.design.outcomes]
        Choice(
            label=text("answer.show", lang),
            value=outcome,
            groups=[{"label": "", "items": items}],
            event_chosen=set_outcome,
        )
        html(legend(answer, lang))
        rows = [(label_of(job, s, lang), a) for s, a in found]
        picture(
            charts.by_setting(rows, outcome, lang),
            text("sweep.found", lang),
            f"{60 + len(rows) * (26 + 14 * max(1, len(answer.strategies) - 1))}px",
        )
        with box("div", "row noprint"):
            Give(text("sweep.save", lang), "mdi-download", f"sweep-{job.name}.csv", save, lang)
    with box("section", "card noprint"):
        heading(text("sweep.at", lang), text("sweep.at_why", lang))
        with box("div", "spread"):
            items = [{"value": s.key, "text": label_of(job, s, lang)} for s, _ in found]
            Choice(
                label=text("sweep.at", lang),
                hidden_label=True,
                value=setting.key,
                groups=[{"label": "", "items": items}],
                event_chosen=set_at,
            )
            Press(
                label=text("sweep.compare", lang),
                icon="mdi-chart-line",
                kind="plain",
                event_go=compare,
            )
    with box("div", "grid"):
        with box("section", "card span-7"):
            Differences(answer, lang, outcome)
        with box("section", "card span-5"):
            Best(answer, lang, outcome)
        if answer.strongest:
            with box("section", "card span-12"):
                Rivals(answer, lang)
        with box("section", "card span-12 at-setting"):
            Figures(answer, lang)


def label_of(job: Job, setting: Setting, lang: str) -> str:
    """A setting in words; the place is named where there are several."""
    said = ", ".join(_value(name, value, lang) for name, value in setting.levers.items())
    if len(job.design.scenarios) == 1 and said:
        return said
    return f"{pick(job.design.scenarios[setting.scenario].title, lang)} {said}".strip()


def _value(name: str, value: float, lang: str) -> str:
    lever = levers()[name]
    if lever.low < 0 and value == -1 and lever.unit in ("quarter", "meetings/year", "switch"):
        return text("sweep.never", lang)
    return measured(value, lever.unit, lang)

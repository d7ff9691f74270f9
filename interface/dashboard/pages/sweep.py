"""Many questions at once: a sweep file or the form's, carried out by the server
while the page stays alive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import solara
from village_alliances.interface.dashboard import again, charts, institutions, session, sweeps
from village_alliances.interface.dashboard.answers import Answer, answered, request_of, scenario_of
from village_alliances.interface.dashboard.components.asking import ask_about
from village_alliances.interface.dashboard.components.bringing import Bringing, Refused
from village_alliances.interface.dashboard.components.courses import Best, Differences, legend
from village_alliances.interface.dashboard.components.figures import Figures
from village_alliances.interface.dashboard.components.giving import Give
from village_alliances.interface.dashboard.components.levers import called
from village_alliances.interface.dashboard.components.money import Rivals
from village_alliances.interface.dashboard.components.settings import SetByPlanner
from village_alliances.interface.dashboard.components.sources import asked_about
from village_alliances.interface.dashboard.parts import box, heading, html, picture, trouble
from village_alliances.interface.dashboard.places import choices, smaller_than
from village_alliances.interface.dashboard.settings import Setting, answer_at, settings_of
from village_alliances.interface.dashboard.state import OWN_TABLE, STEPS, Asked, ask, asked, put
from village_alliances.interface.dashboard.sweeps import SweepJob
from village_alliances.interface.dashboard.tables import MOST_VILLAGES, Refusal
from village_alliances.interface.dashboard.widgets import Choice, Press, Slider, Writing
from village_alliances.interface.dashboard.words import clean, markup, measured, pick, text
from village_alliances.sim.parameters import levers
from village_alliances.sim.problems import TableError
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.table import neutralise
from village_alliances.wording import grouped, listed

QUESTIONED = ("source", "region", "start", "table", "strategies", "years", "seed", "mode")
"""Parts of a question that a sweep takes from the form as they are."""
COMMAND = f"alliances sweep {sweeps.FILE}"
LOOK = 0.4  # seconds between looks at a running sweep
STEP_RUNS, MOST_RUNS = 50, 1000  # of a setting


@solara.component
def Body() -> None:
    """The sweep page."""
    form = asked.value
    lang, own, types = form.lang, session.own.value, session.types.value
    scenario = scenario_of(form, own)
    plan, set_plan = solara.use_state("")  # a sweep file as a visitor wrote it
    refused, set_refused = solara.use_state(None)
    begun, set_begun = solara.use_state(0)
    job = sweeps.find(form.sweep) if form.sweep else None

    def begin(make: Callable[[], SweepJob]) -> None:
        try:
            made = make()
        except TableError as error:
            set_refused(error)
            return
        set_refused(None)
        set_begun(begun + 1)
        ask(sweep=made.name)

    def of_form() -> SweepJob:
        return sweeps.start(plan) if plan else sweeps.ask(fitting(form, scenario), own, types)

    fits = fitting(form, scenario)
    written = sweeps.file_of(fits, own, types)
    beside = sweeps.files_beside(fits, own, types)
    solara.use_effect(lambda: set_plan(""), [written])
    html(clean(text("sweep.title", lang)), "h1")
    html(clean(text("sweep.why", lang)), "p", "lead")
    with box("div", "two"):
        with box("aside", "side card ask", aria_label=text("sweep.form", lang)):
            Form(form, scenario)
            with box("details", "fold"):
                html(clean(text("sweep.file", lang)), "summary")
                if not beside:
                    Writing(
                        label=text("sweep.file_why", lang),
                        value=plan or written,
                        event_written=set_plan,
                    )
                else:
                    html(clean(text("sweep.file_own", lang)), "p", "hint")
                    Give(
                        text("answer.take_again", lang),
                        "mdi-folder-zip-outline",
                        again.PACKED,
                        lambda: again.pack([COMMAND], {**beside, sweeps.FILE: written.encode()}),
                        lang,
                    )
            if refused is not None:
                Refused(Refusal(refused), lang, "sweep.refused")
            Press(
                label=text("sweep.start", lang),
                icon="mdi-play",
                kind="main",
                disabled=scenario is None,
                event_go=lambda _: begin(of_form),
            )
        with box("div", "answer"):
            if session.refused.value is not None:
                Refused(session.refused.value, lang)
            if scenario is None:
                html(clean(text("ask.missing", lang)), classes="note")
            if form.sweep and job is None:
                html(clean(text("sweep.gone", lang)), classes="note")
            elif job is None:
                html(clean(text("sweep.nothing", lang)), classes="card")
            else:
                if job.asked is not None and other(job.asked, form, own, types):
                    html(clean(text("sweep.other", lang)), classes="note other-question")
                Standing(job, lang, lambda: begin(lambda: sweeps.resumed(job))).key(
                    f"{job.name} {id(job)}"
                )


def most_of(form: Asked, scenario: Scenario | None) -> int:
    """Runs of each setting that the form offers at most."""
    if scenario is None:
        return MOST_RUNS
    room = sweeps.most_runs(form, scenario) // STEP_RUNS * STEP_RUNS
    return max(STEP_RUNS, min(MOST_RUNS, room))


def fitting(form: Asked, scenario: Scenario | None) -> Asked:
    """The question with no more runs than may be started here."""
    return replace(form, runs=min(form.runs, most_of(form, scenario)))


def other(of_job: Asked, form: Asked, own: Any, types: Any) -> bool:
    """Whether a sweep answers another question than the form asks now."""
    scenario = scenario_of(form, own)
    moved = any(
        getattr(of_job, name) != getattr(form, name) for name in (*QUESTIONED, "vary", "levers")
    )
    moved = moved or of_job.runs != fitting(form, scenario).runs
    return moved or request_of(of_job, own, types) != request_of(form, own, types)


@solara.component
def Form(form: Asked, scenario: Scenario | None) -> None:
    """Which villages, and what is varied; strategies and settings are those of the compare page."""
    lang, own = form.lang, session.own.value
    places = choices(smaller_than(MOST_VILLAGES), lang)
    if own is not None:
        places.append({"value": OWN_TABLE, "text": text("ask.own_named", lang, name=own.name)})
    Choice(
        label=text("ask.place", lang),
        value=form.source,
        groups=[{"label": "", "items": places}],
        event_chosen=ask_about,
    )
    Bringing(form)
    named = [{"value": name, "text": called(name, lang)} for name in STEPS]
    Choice(
        label=text("sweep.lever", lang),
        value=sweeps.varied(form),
        groups=[{"label": "", "items": named}],
        event_chosen=lambda name: ask(vary="" if name == next(iter(STEPS)) else name),
    )
    most = most_of(form, scenario)
    Slider(
        label=text("sweep.runs", lang),
        value=min(form.runs, most),
        low=STEP_RUNS,
        high=most,
        step=STEP_RUNS,
        notation="whole",
        lang=lang,
        event_moved=lambda runs: ask(runs=int(runs)),
    )
    titles = (pick(institutions.strategy_of(strategy).title, lang) for strategy in form.strategies)
    html(clean(text("sweep.strategies", lang, strategies=listed(titles, lang))), "p", "hint")
    SetByPlanner(form, scenario)


@solara.component
def Standing(job: SweepJob, lang: str, begin: Callable[[], None]) -> None:
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
        sentence = text(
            f"sweep.state_{job.state}",
            lang,
            done=grouped(job.done, lang),
            runs=grouped(job.runs, lang),
        )
        if job.seconds_left is not None:
            sentence += " " + text("sweep.left", lang, seconds=f"{max(1, round(job.seconds_left))}")
        html(clean(sentence), "p", f"sweep-{job.state}")
        if job.state in ("waiting", "running"):
            Press(
                label=text("sweep.cancel", lang),
                icon="mdi-stop",
                kind="plain",
                event_go=lambda _: sweeps.cancel(job),
            )
        if job.reference:
            trouble(job.reference, lang)
        if job.state in ("lost", "cancelled"):
            Press(
                label=text("sweep.go_on", lang),
                icon="mdi-play",
                kind="plain",
                event_go=lambda _: begin(),
            )
    if job.state == "done":
        Found(job, lang)


@solara.component
def Found(job: SweepJob, lang: str) -> None:
    """What a finished sweep found: how the difference to the first strategy moves with the lever,
    then all figures at one setting."""
    outcome, set_outcome = solara.use_state(
        "gain_weak" if "gain_weak" in job.design.outcomes else job.design.outcomes[0]
    )
    chosen, set_at = solara.use_state("")
    frame: pd.DataFrame = solara.use_memo(lambda: sweeps.table(job), [job.name])
    answers: list[tuple[Setting, Answer]] = solara.use_memo(
        lambda: [(s, answer_at(job, s)) for s in settings_of(job, frame)], [job.name]
    )
    setting, answer = next((pair for pair in answers if pair[0].key == chosen), answers[0])

    def save() -> bytes:
        safe = frame.copy()
        for name in safe.select_dtypes(exclude="number").columns:
            safe[name] = safe[name].map(neutralise)
        return safe.to_csv(index=False).encode("utf-8-sig")

    def compare(_: Any) -> None:
        levers_now = tuple(sorted(setting.levers.items()))
        if job.asked is not None:
            same = {name: getattr(job.asked, name) for name in QUESTIONED}
            put(replace(asked.value, **same, page="compare", levers=levers_now, outcome=outcome))
            return
        ask(
            page="compare",
            source=setting.scenario,
            strategies=tuple(answer.strategies),
            seed=answer.seed,
            years=0,
            table="",
            levers=levers_now,
            outcome=outcome,
        )

    failed = sum(a.failed for _, a in answers)
    if failed:
        html(clean(text("sweep.failed", lang, failed=grouped(failed, lang))), classes="note")
    with box("section", "card"):
        base = pick(answer.titles[answer.baseline], lang)
        heading(
            text("sweep.found", lang),
            text("sweep.found_why", lang, baseline=base),
            about=asked_about([outcome], lang),
        )
        items = [
            {"value": o, "text": charts.meaning(o, lang)} for o in answered(job.design.outcomes)
        ]
        Choice(
            label=text("answer.show", lang),
            value=outcome,
            groups=[{"label": "", "items": items}],
            event_chosen=set_outcome,
        )
        html(legend(answer, lang))
        rows = [(label_of(job, s, lang), a) for s, a in answers]
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
            items = [{"value": s.key, "text": label_of(job, s, lang)} for s, _ in answers]
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


def label_of(job: SweepJob, setting: Setting, lang: str) -> str:
    """A setting in words: of the levers those that differ; the place is named
    where there are several."""
    differ = [
        n for n in setting.levers if len({setting.get(n) for setting in job.design.settings}) > 1
    ]
    label = listed((_value(name, setting.levers[name], lang) for name in differ), lang)
    if len(job.design.scenarios) == 1 and label:
        return label
    return f"{pick(job.design.scenarios[setting.scenario].title, lang)} {label}".strip()


def _value(name: str, value: float, lang: str) -> str:
    lever = levers()[name]
    if lever.low < 0 and value == -1 and lever.unit in ("quarter", "meetings/year", "switch"):
        return text("sweep.never", lang)
    return measured(value, lever.unit, lang)

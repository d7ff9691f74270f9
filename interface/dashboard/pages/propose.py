"""Propose: which villages should ally with which, how, and with what money; and what a
change by hand would do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import solara
from village_alliances.experiments.propose.objectives import PARTS
from village_alliances.experiments.propose.task import MUST, NEVER, Task, groups_of
from village_alliances.interface.dashboard import answers, hunts, session
from village_alliances.interface.dashboard.answers import mode_of
from village_alliances.interface.dashboard.components.asking import ask_about
from village_alliances.interface.dashboard.components.bringing import Bringing, Refused
from village_alliances.interface.dashboard.components.proposal import Found
from village_alliances.interface.dashboard.components.settings import SetByPlanner
from village_alliances.interface.dashboard.hunts import Hunt
from village_alliances.interface.dashboard.parts import (
    box,
    heading,
    html,
    trouble,
)
from village_alliances.interface.dashboard.places import choices, smaller_than
from village_alliances.interface.dashboard.state import (
    KEEPS,
    MOST_WRITTEN,
    OWN_TABLE,
    Asked,
    ask,
    asked,
)
from village_alliances.interface.dashboard.technologies import Types
from village_alliances.interface.dashboard.widgets import (
    Choice,
    Press,
    Slider,
    Tick,
    Writing,
)
from village_alliances.interface.dashboard.words import clean, markup, text
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.problems import Text
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.worded import counted, worded
from village_alliances.wording import grouped, listed

LOOK = 0.5  # seconds between looks at a running search
USUAL_YEARS = 4.0  # of grants, for the budget that the page begins with
STEP = 100_000.0  # yuan


SAME = ("source", "region", "start", "table", "years", "seed", "mode", "levers", "objective", "budget", "most", "radius", "must",
        "never", "keep", "stages")  # fmt: skip
"""Parts of what was asked on which a proposal depends."""


def usual_budget(scenario: Scenario) -> float:
    """The budget that the page begins with, yuan."""
    return max(STEP, round(scenario.size * 60_000 * USUAL_YEARS / STEP) * STEP)


def task_of(form: Asked, scenario: Scenario, types: Types | None = None) -> tuple[Task, list[Text]]:
    """The question that the form asks, and what of its conditions could not be read."""
    together, problems = groups_of(scenario, form.must, MUST)
    apart, unclear = groups_of(scenario, form.never, NEVER)
    task = Task(
        scenario,
        form.objective,
        float(form.budget if form.budget >= 0 else usual_budget(scenario)),
        high=form.most,
        radius=float(form.radius),
        must=tuple(together),
        never=tuple(apart),
        keep=form.keep,  # type: ignore[arg-type]  # one of KEEPS
        stages=bool(form.stages),
        seed=form.seed,
        mode=mode_of(form.mode),
        levers=dict(form.levers),
        types=types.types if types is not None else (),
    )
    return task, problems + unclear


def search(form: Asked, scenario: Scenario) -> list[Text]:
    """Begin the search that the form asks for; everything that is wrong with it otherwise."""
    from village_alliances.experiments.propose.task import problems as wrong

    if scenario.size > hunts.MOST_VILLAGES:
        size = counted(scenario.size)
        return [worded("dashboard.propose.too_many", villages=size, most=hunts.MOST_VILLAGES)]
    task, problems = task_of(form, scenario, session.types.value)
    problems = problems or wrong(task)
    if not problems:
        name = hunts.start(task, form, session.types.value).name
        ask(hunt=name, hand=form.hand if name == form.hunt else "")
    return problems


@solara.component
def Body() -> None:
    """The propose page."""
    form = asked.value
    lang, own = form.lang, session.own.value
    scenario = answers.scenario_of(form, own)
    hunt = hunts.find(form.hunt) if form.hunt else None
    types = session.types.value
    brought = [brought.digest if brought else "" for brought in (own, types)]
    wanted = [*brought, *(getattr(form, name) for name in SAME)]
    name = solara.use_memo(lambda: task_of(form, scenario, types)[0].id if scenario else "", wanted)
    refused: solara.Reactive[list[Text]] = solara.use_reactive([])

    def begin(_: Any) -> None:
        if scenario is not None:
            refused.value = search(form, scenario)

    html(clean(text("propose.title", lang)), "h1")
    html(clean(text("propose.why", lang)), "p", "lead")
    with box("div", "two"):
        with box("aside", "side card ask noprint", aria_label=text("propose.form", lang)):
            Form(scenario, refused.value, begin).key(f"{form.source}-{own.digest if own else ''}")
        with box("div", "answer"):
            if session.refused.value is not None:
                Refused(session.refused.value, lang)
            if form.source == OWN_TABLE and own is None:
                html(clean(text("ask.missing", lang)), classes="note")
            elif form.hunt and hunt is None:
                with box("div", "note gone"):
                    html(clean(text("propose.gone", lang)), "p")
                    Press(label=text("propose.start", lang), kind="plain", event_go=begin)
            elif hunt is None:
                html(clean(text("propose.nothing", lang)), classes="card")
            elif hunt.name != name:
                Other(hunt, lang)
            else:
                Standing(hunt, lang).key(hunt.name)


@solara.component
def Other(hunt: Hunt, lang: str) -> None:
    """Said in place of a proposal that answers another question than the form asks."""

    def back(_: Any) -> None:
        form = asked.value
        ask(**{name: getattr(hunt.asked, name) for name in SAME}, hand=form.hand)

    moved = [n for n in SAME if getattr(hunt.asked, n) != getattr(asked.value, n)]
    with box("div", "note other-question", role="status"):
        named = [text(f"setting.{name}", lang) for name in moved if name != "table"]
        types = session.types.value
        if hunt.task.types != (types.types if types is not None else ()):
            named.append(text("ask.types", lang))
        html(clean(text("propose.other", lang, settings=listed(named, lang))), "p")
        Press(
            label=text("propose.other_back", lang),
            icon="mdi-undo",
            kind="plain",
            event_go=back,
        )


@solara.component
def Form(scenario: Scenario | None, refused: list[Text], begin: Callable[[Any], None]) -> None:
    """The question; all of it stands in the address."""
    form = asked.value
    lang = form.lang
    usual = usual_budget(scenario) if scenario is not None else STEP
    sources = choices(smaller_than(hunts.MOST_VILLAGES), lang)
    if session.own.value is not None:
        sources.append(
            {"value": OWN_TABLE, "text": text("ask.own_named", lang, name=session.own.value.name)}
        )
    Choice(
        label=text("ask.place", lang),
        value=form.source,
        groups=[{"label": "", "items": sources}],
        event_chosen=ask_about,
    )
    Bringing(form)
    named = [
        {"value": name, "text": getattr(BY_NAME[name], lang)} for name in answers.answered(PARTS)
    ]
    if form.objective not in {name["value"] for name in named}:
        named.append({"value": form.objective, "text": form.objective})
    Choice(
        label=text("propose.objective", lang),
        value=form.objective,
        groups=[{"label": "", "items": named}],
        event_chosen=lambda name: ask(objective=name),
    )
    Slider(
        label=text("propose.budget", lang),
        value=float(form.budget if form.budget >= 0 else usual),
        low=0,
        high=3 * usual,
        step=STEP,
        notation="money",
        lang=lang,
        hint=text("propose.budget_hint", lang),
        event_moved=lambda yuan: ask(budget=-1 if yuan == usual else int(yuan)),
    )
    Slider(
        label=text("propose.most", lang),
        value=form.most,
        low=2,
        high=15,
        step=1,
        notation="whole",
        lang=lang,
        event_moved=lambda villages: ask(most=int(villages)),
    )
    Slider(
        label=text("propose.radius", lang),
        value=form.radius,
        low=1,
        high=40,
        step=1,
        notation="whole",
        lang=lang,
        event_moved=lambda km: ask(radius=int(km)),
    )
    Tick(
        label=text("propose.in_stages", lang),
        value=bool(form.stages),
        title=text("propose.in_stages_why", lang),
        event_ticked=lambda ticked: ask(stages=int(ticked)),
    )
    opened = {"open": "open"} if form.must or form.never or form.keep else {}
    with box("details", "fold conditions", **opened):
        html(clean(text("propose.conditions", lang)), "summary")
        Writing(
            label=text("propose.must", lang),
            value=form.must,
            event_written=lambda names: ask(must=names[:MOST_WRITTEN]),
        )
        Writing(
            label=text("propose.never", lang),
            value=form.never,
            event_written=lambda names: ask(never=names[:MOST_WRITTEN]),
        )
        keeps = [{"value": k, "text": text(f"propose.keep_{k or 'free'}", lang)} for k in KEEPS]
        Choice(
            label=text("propose.keep", lang),
            value=form.keep,
            groups=[{"label": "", "items": keeps}],
            event_chosen=lambda keep: ask(keep=keep),
        )
        if form.keep and scenario is not None and not scenario.given:
            html(clean(text("propose.keep_none", lang)), "p", "note")
    SetByPlanner(form, scenario)
    if refused:
        html(
            markup("ul", "".join(markup("li", clean(problem.lang(lang))) for problem in refused)),
            classes="problem",
        )
    Press(label=text("propose.start", lang), icon="mdi-magnify", kind="main", event_go=begin)


@solara.component
def Standing(hunt: Hunt, lang: str) -> None:
    """How a search stands, looked at again while it runs."""
    _, set_look = solara.use_state((hunt.state, 0, 0, 0.0))
    alive = solara.use_ref(True)

    def watch() -> Any:
        def look() -> None:
            while alive.current:
                step = hunt.step
                set_look(
                    (
                        hunt.state,
                        step.simulated if step else 0,
                        hunt.measured[0],
                        round(time.monotonic() - hunt.begun),
                    )
                )
                if hunt.over:
                    return
                time.sleep(LOOK)

        threading.Thread(target=look, daemon=True, name="look").start()
        return lambda: setattr(alive, "current", False)

    solara.use_effect(watch, [])
    if hunt.proposal is None or not hunt.over:
        with box("section", "card", aria_live="polite"):
            heading(text("propose.standing", lang))
            step = hunt.step
            sentence = text(f"propose.state_{hunt.state}", lang)
            if hunt.state == "running" and step is not None:
                sentence += " " + text(
                    "propose.looked",
                    lang,
                    simulated=grouped(step.simulated, lang),
                    round=step.round,
                    rounds=step.rounds,
                )
                if step.choice is not None:
                    sizes = [len(candidate.members) for candidate in step.choice.candidates]
                    allied, funded = sum(n > 1 for n in sizes), sizes.count(1)
                    sentence += " " + text("propose.best", lang, alliances=allied, funded=funded)
            if hunt.begun and not hunt.over:
                sentence += " " + text(
                    "propose.seconds", lang, seconds=f"{time.monotonic() - hunt.begun:.0f}"
                )
            html(clean(sentence), "p", f"hunt-{hunt.state}")
            if hunt.state in ("waiting", "running"):
                Press(
                    label=text("propose.stop", lang),
                    icon="mdi-stop",
                    kind="plain",
                    event_go=lambda _: hunts.stop(hunt),
                )
            if hunt.refused:
                html(
                    markup(
                        "ul",
                        "".join(
                            markup("li", clean(problem.lang(lang))) for problem in hunt.refused
                        ),
                    ),
                    classes="problem",
                )
            if hunt.reference:
                trouble(hunt.reference, lang)
    if hunt.proposal is not None:
        Found(hunt, hunt.proposal, lang)

"""Propose: which villages should ally with which, how, and with what money; and what a change by hand would do."""

from __future__ import annotations

import base64
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import solara
from village_alliances.experiments.propose.answer import Measured, Proposal
from village_alliances.experiments.propose.objectives import BASES
from village_alliances.experiments.propose.report import paragraph, summary, write
from village_alliances.experiments.propose.scoring import Candidate
from village_alliances.experiments.propose.task import MUST, NEVER, Task, groups_of
from village_alliances.experiments.propose.trial import Effect, rearranged
from village_alliances.interface.dashboard import answers, hunts, session
from village_alliances.interface.dashboard.components.bringing import Bringing, Refused
from village_alliances.interface.dashboard.hunts import Hunt
from village_alliances.interface.dashboard.parts import (
    box,
    compact,
    heading,
    html,
    skeleton,
    trouble,
)
from village_alliances.interface.dashboard.places import choices, smaller_than
from village_alliances.interface.dashboard.state import OWN_TABLE, ask, asked
from village_alliances.interface.dashboard.widgets import (
    Board,
    Choice,
    Download,
    Press,
    Slider,
    Writing,
)
from village_alliances.interface.dashboard.words import clean, markup, number, percent, text
from village_alliances.sim.problems import Text
from village_alliances.sim.scenario import Scenario

LOOK = 0.5  # seconds between looks at a running search
USUAL_YEARS = 4.0  # of grants, for the budget that the page begins with
STEP = 100_000.0  # yuan
SHOWN = 60  # alliances described on the page; all are in the report
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@solara.component
def Body() -> None:
    """The propose page."""
    here = asked.value
    lang, own = here.lang, session.own.value
    scenario = answers.scenario_of(here, own)
    hunt = hunts.find(here.hunt) if here.hunt else None
    html(clean(text("propose.title", lang)), "h1")
    html(clean(text("propose.why", lang)), "p", "lead")
    with box("div", "two"):
        with box("aside", "side card ask noprint", aria_label=text("propose.form", lang)):
            Form(scenario).key(f"{here.source}-{own.digest if own else ''}")
        with box("div", "answer"):
            if session.refused.value is not None:
                Refused(session.refused.value, lang)
            if here.source == OWN_TABLE and own is None:
                html(clean(text("ask.missing", lang)), classes="note")
            elif here.hunt and hunt is None:
                html(clean(text("propose.gone", lang)), classes="note")
            elif hunt is None:
                html(clean(text("propose.nothing", lang)), classes="card")
            else:
                Standing(hunt, lang).key(hunt.name)


@solara.component
def Form(scenario: Scenario | None) -> None:
    """The question."""
    here = asked.value
    lang = here.lang
    size = scenario.size if scenario is not None else 5
    usual = max(STEP, round(size * 60_000 * USUAL_YEARS / STEP) * STEP)
    objective, set_objective = solara.use_state("weak_villages_50k")
    budget, set_budget = solara.use_state(usual)
    most, set_most = solara.use_state(9)
    radius, set_radius = solara.use_state(8)
    must, set_must = solara.use_state("")
    never, set_never = solara.use_state("")
    keep, set_keep = solara.use_state(False)
    refused, set_refused = solara.use_state([])
    sources = choices(smaller_than(hunts.MOST_VILLAGES), lang)
    if session.own.value is not None:
        sources.append(
            {"value": OWN_TABLE, "text": text("ask.own_named", lang, name=session.own.value.name)}
        )

    def begin(_: Any) -> None:
        if scenario is None:
            return
        together, problems = groups_of(scenario, must, MUST)
        apart, unclear = groups_of(scenario, never, NEVER)
        problems += unclear
        if scenario.size > hunts.MOST_VILLAGES:
            values = {"villages": f"{scenario.size:,}", "most": hunts.MOST_VILLAGES}
            problems.append(
                Text(*(text("propose.too_many", one, **values) for one in ("en", "zh")))
            )
        task = Task(
            scenario,
            objective,
            budget,
            high=int(most),
            radius=float(radius),
            must=tuple(together),
            never=tuple(apart),
            keep=keep,
            seed=here.seed,
        )
        if not problems:
            from village_alliances.experiments.propose.task import problems as wrong

            problems = wrong(task)
        set_refused(problems)
        if not problems:
            ask(hunt=hunts.start(task).name)

    Choice(
        label=text("ask.place", lang),
        value=here.source,
        groups=[{"label": "", "items": sources}],
        event_chosen=lambda s: ask(source=s, years=0, levers=(), hunt=""),
    )
    Bringing(here)
    named = [
        {"value": name, "text": base.zh if lang == "zh" else base.en}
        for name, base in BASES.items()
    ]
    named.append({"value": "minimax_regret(gain_total)", "text": text("propose.regret", lang)})
    Choice(
        label=text("propose.objective", lang),
        value=objective,
        groups=[{"label": "", "items": named}],
        event_chosen=set_objective,
    )
    Slider(
        label=text("propose.budget", lang),
        value=budget,
        low=0,
        high=3 * usual,
        step=STEP,
        shown="money",
        lang=lang,
        hint=text("propose.budget_hint", lang),
        event_moved=set_budget,
    )
    Slider(
        label=text("propose.most", lang),
        value=most,
        low=2,
        high=15,
        step=1,
        shown="whole",
        lang=lang,
        event_moved=set_most,
    )
    Slider(
        label=text("propose.radius", lang),
        value=radius,
        low=1,
        high=40,
        step=1,
        shown="whole",
        lang=lang,
        event_moved=set_radius,
    )
    with box("details", "fold"):
        html(clean(text("propose.conditions", lang)), "summary")
        Writing(label=text("propose.must", lang), value=must, event_written=set_must)
        Writing(label=text("propose.never", lang), value=never, event_written=set_never)
        Press(
            label=text("propose.keep", lang),
            kind="plain",
            pressed=keep,
            event_go=lambda _: set_keep(not keep),
        )
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
            said = text(f"propose.state_{hunt.state}", lang)
            if hunt.state == "running" and step is not None:
                said += " " + text(
                    "propose.looked",
                    lang,
                    simulated=f"{step.simulated:,}",
                    round=step.round,
                    rounds=step.rounds,
                )
            if hunt.begun and not hunt.over:
                said += " " + text(
                    "propose.seconds", lang, seconds=f"{time.monotonic() - hunt.begun:.0f}"
                )
            html(clean(said), "p", f"hunt-{hunt.state}")
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


@solara.component
def Found(hunt: Hunt, p: Proposal, lang: str) -> None:
    """The proposal: in short, to be changed by hand, against others, alliance by alliance."""
    file, set_file = solara.use_state({})
    partition, set_partition = solara.use_state(hunt.partition)

    def save(kind: str) -> Any:
        def saved(_: Any) -> None:
            with tempfile.TemporaryDirectory() as folder:
                write(p, hunt.task.scenario, Path(folder), lang)
                name = "report.html" if kind == "report" else "proposal.xlsx"
                body = (Path(folder) / name).read_bytes()
            mime = "text/html" if kind == "report" else EXCEL
            set_file(
                {
                    "name": name.replace("report", "proposal"),
                    "mime": mime,
                    "data": base64.b64encode(body).decode(),
                    "n": uuid.uuid4().hex,
                    "k": kind,
                }
            )

        return saved

    with box("section", "card verdict"):
        heading(text("propose.short", lang))
        html(
            clean(solara.use_memo(lambda: summary(p, hunt.task.scenario, lang), [hunt.name, lang])),
            "p",
            "saying",
        )
        with box("div", "row noprint"):
            for kind, icon in (
                ("report", "mdi-file-document-outline"),
                ("workbook", "mdi-file-excel-outline"),
            ):
                Download(
                    label=text(f"propose.{kind}", lang),
                    icon=icon,
                    file=file if file.get("k") == kind else {},
                    event_wanted=save(kind),
                    kind="plain",
                )
    with box("section", "card"):
        heading(text("propose.hand", lang), text("propose.hand_why", lang))
        Hand(hunt, partition, set_partition, lang)
    with box("section", "card"):
        heading(text("propose.against", lang), text("propose.against_why", lang))
        html(against([p.proposal, *p.rivals], p.unit, lang), classes="wide")
    with box("section", "card"):
        heading(text("propose.alliances", lang))
        html(
            "".join(
                markup("p", markup("b", f"{one.number}. ") + clean(paragraph(one, lang)))
                for one in p.alliances[:SHOWN]
            ),
            classes="told",
        )
        if len(p.alliances) > SHOWN:
            html(clean(text("propose.more", lang, count=len(p.alliances) - SHOWN)), "p", "why")


@solara.component
def Hand(hunt: Hunt, partition: list[Candidate], change: Any, lang: str) -> None:
    """The board on which villages are moved, and what that does."""
    effect, set_effect = solara.use_state(None)
    waiting, set_waiting = solara.use_state(False)
    lost, set_lost = solara.use_state("")
    newest = solara.use_ref(None)
    scenario = hunt.task.scenario
    changed = partition != hunt.partition

    def weigh() -> Any:
        newest.current = partition
        if not changed:
            set_effect(None)
            set_waiting(False)
            return None
        set_waiting(True)
        threading.Thread(target=work, args=(list(partition),), daemon=True, name="trial").start()
        return lambda: setattr(newest, "current", None)

    def work(wanted: list[Candidate]) -> None:
        try:
            found = hunt.trial().effect([one for one in wanted if len(one.members) > 1])
            if newest.current == wanted:
                set_effect(found)
                set_waiting(False)
                set_lost("")
        except Exception:
            reference = uuid.uuid4().hex[:8]
            hunts.log.exception("%s: a change could not be weighed", reference)
            if newest.current == wanted:
                set_lost(reference)
                set_waiting(False)

    solara.use_effect(weigh, [partition])

    def moved(told: dict[str, int]) -> None:
        village, to = int(told.get("village", -1)), int(told.get("to", 0))
        if 0 <= village < scenario.size and 0 <= to <= len(partition):
            change(rearranged(partition, village, to - 1))

    words = {
        key: text(f"propose.board_{key}", lang) for key in ("map", "alone", "village", "to", "move")
    }
    Board(sites=board(hunt, partition, lang), words=words, event_moved=moved)
    with box("div", "row noprint"):
        Press(
            label=text("propose.undo", lang),
            icon="mdi-undo",
            kind="plain",
            disabled=not changed,
            event_go=lambda _: change(hunt.partition),
        )
    with box("div", "", aria_live="polite"):
        if lost:
            trouble(lost, lang)
        elif waiting:
            skeleton(lang, "60px")
        elif effect is not None:
            html(told_of(effect, scenario, hunt.task, lang), classes="effect")


def board(hunt: Hunt, partition: Sequence[Candidate], lang: str) -> str:
    """The board's villages and alliances, in JSON."""
    assert hunt.proposal is not None
    now = {i: number for number, one in enumerate(partition, 1) for i in one.members}
    before = {i: number for number, one in enumerate(hunt.partition, 1) for i in one.members}
    names = {
        number: f"{number}. {one.name[lang]}"
        for number, one in enumerate(hunt.proposal.alliances, 1)
    }
    places = [
        {
            "i": s.position,
            "name": s.village,
            "x": s.x_km,
            "y": s.y_km,
            "a": now.get(s.position, 0),
            "moved": now.get(s.position, 0) != before.get(s.position, 0),
        }
        for s in hunt.proposal.sites
    ]
    return compact({"places": places, "titles": names})


def told_of(effect: Effect, scenario: Scenario, task: Task, lang: str) -> str:
    """What a change does, as markup."""
    o = effect.objective
    unit = o.unit or "1"
    better = percent(o.better)
    difference = number(o.difference.mean, unit, lang, True)
    band = f"{number(o.difference.low, unit, lang, True)} – {number(o.difference.high, unit, lang, True)}"
    key = "better" if o.difference.mean > 0 else "worse"
    lines = [
        markup(
            "p",
            clean(
                text(f"propose.effect_{key}", lang, difference=difference, band=band, better=better)
            ),
            f"saying effect-{key}",
        )
    ]
    before, after = effect.promised
    if before != after:
        values = {
            name: number(value, "yuan", lang)
            for name, value in (("before", before), ("after", after))
        }
        lines.append(markup("p", clean(text("propose.effect_money", lang, **values))))
    unwilling = [str(scenario.names[i]) for i, _, _, expects in effect.villages if expects < 0]
    if unwilling:
        lines.append(
            markup(
                "p",
                clean(text("propose.effect_unwilling", lang, names="、".join(unwilling))),
                "problem",
            )
        )
    head = "".join(
        markup("th", clean(text(f"propose.column_{key}", lang)), scope="col")
        for key in ("outcome", "before", "after", "change")
    )
    rows = []
    for c in effect.outcomes:
        base = BASES[c.name]
        cells = [
            base.zh if lang == "zh" else base.en,
            number(c.before, c.unit, lang),
            number(c.after, c.unit, lang),
            number(c.difference.mean, c.unit, lang, True),
        ]
        rows.append(
            markup(
                "tr",
                "".join(
                    markup("td", clean(cell), "" if at == 0 else "num")
                    for at, cell in enumerate(cells)
                ),
            )
        )
    for i, was, now, _ in sorted(effect.villages, key=lambda v: -abs(v[2] - v[1]))[:12]:
        cells = [
            str(scenario.names[i]),
            number(was, "yuan/year", lang),
            number(now, "yuan/year", lang),
            number(now - was, "yuan/year", lang, True),
        ]
        rows.append(
            markup(
                "tr",
                "".join(
                    markup("td", clean(cell), "" if at == 0 else "num")
                    for at, cell in enumerate(cells)
                ),
            )
        )
    return "".join(lines) + markup(
        "div",
        markup(
            "table", markup("thead", markup("tr", head)) + markup("tbody", "".join(rows)), "plain"
        ),
        "wide",
        tabindex="0",
    )


def against(rows: Sequence[Measured], unit: str, lang: str) -> str:
    """The proposal beside other ways of using the money, as a table."""
    head = "".join(
        markup("th", clean(text(f"propose.column_{key}", lang)), scope="col")
        for key in ("way", "alliances", "cost", "value", "ahead", "wins")
    )
    body = []
    for row in rows:
        own = row.key == "proposal"
        o = row.objective
        cells = [
            row.title[lang],
            f"{row.alliances} ({row.allied})",
            number(row.cost.mean, "yuan", lang),
            number(o.value.mean, unit, lang),
            ""
            if own
            else f"{number(o.difference.mean, unit, lang, True)} [{number(o.difference.low, unit, lang, True)}, "
            f"{number(o.difference.high, unit, lang, True)}]",
            "" if own else percent(o.better),
        ]
        body.append(
            markup(
                "tr",
                "".join(
                    markup("td", clean(cell), "" if at == 0 else "num")
                    for at, cell in enumerate(cells)
                ),
            )
        )
    return markup(
        "table", markup("thead", markup("tr", head)) + markup("tbody", "".join(body)), "plain"
    )

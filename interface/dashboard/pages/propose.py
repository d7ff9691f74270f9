"""Propose: which villages should ally with which, how, and with what money; and what a change by hand would do."""

from __future__ import annotations

import base64
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import solara
from village_alliances.experiments.propose.answer import Measured, Proposal
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.objectives import PARTS
from village_alliances.experiments.propose.report import (
    losing,
    paragraph,
    shared,
    singly,
    summary,
    write,
)
from village_alliances.experiments.propose.task import MUST, NEVER, Task, groups_of
from village_alliances.experiments.propose.trial import Effect, real
from village_alliances.interface.dashboard import answers, hands, hunts, session
from village_alliances.interface.dashboard.answers import mode_of
from village_alliances.interface.dashboard.components.asking import SetByPlanner, ask_about
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
from village_alliances.interface.dashboard.state import (
    MOST_WRITTEN,
    OWN_TABLE,
    Asked,
    ask,
    asked,
)
from village_alliances.interface.dashboard.widgets import (
    Board,
    Choice,
    Download,
    Press,
    Slider,
    Writing,
)
from village_alliances.interface.dashboard.words import clean, markup, number, percent, text
from village_alliances.sim.metrics import BY_NAME, WORSE
from village_alliances.sim.problems import Text
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.table import neutralise

LOOK = 0.5  # seconds between looks at a running search
USUAL_YEARS = 4.0  # of grants, for the budget that the page begins with
STEP = 100_000.0  # yuan
SHOWN = 60  # alliances described on the page; all are in the report
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


SAME = ("source", "region", "start", "table", "years", "seed", "mode", "levers", "objective", "budget", "most", "radius", "must",
        "never", "keep")  # fmt: skip
"""Parts of what was asked on which a proposal depends."""


def usual_budget(scenario: Scenario) -> float:
    """The budget that the page begins with, yuan."""
    return max(STEP, round(scenario.size * 60_000 * USUAL_YEARS / STEP) * STEP)


def task_of(here: Asked, scenario: Scenario) -> tuple[Task, list[Text]]:
    """The question that the form asks, and what of its conditions could not be read."""
    together, problems = groups_of(scenario, here.must, MUST)
    apart, unclear = groups_of(scenario, here.never, NEVER)
    task = Task(
        scenario,
        here.objective,
        float(here.budget if here.budget >= 0 else usual_budget(scenario)),
        high=here.most,
        radius=float(here.radius),
        must=tuple(together),
        never=tuple(apart),
        keep=bool(here.keep),
        seed=here.seed,
        mode=mode_of(here.mode),
        levers=dict(here.levers),
        types=own.types if (own := session.types.value) is not None else (),
    )
    return task, problems + unclear


def search(here: Asked, scenario: Scenario) -> list[Text]:
    """Begin the search that the form asks for; everything that is wrong with it otherwise."""
    from village_alliances.experiments.propose.task import problems as wrong

    if scenario.size > hunts.MOST_VILLAGES:
        values = {"villages": f"{scenario.size:,}", "most": hunts.MOST_VILLAGES}
        return [Text(*(text("propose.too_many", one, **values) for one in ("en", "zh")))]
    task, problems = task_of(here, scenario)
    problems = problems or wrong(task)
    if not problems:
        name = hunts.start(task, here).name
        ask(hunt=name, hand=here.hand if name == here.hunt else "")
    return problems


@solara.component
def Body() -> None:
    """The propose page."""
    here = asked.value
    lang, own = here.lang, session.own.value
    scenario = answers.scenario_of(here, own)
    hunt = hunts.find(here.hunt) if here.hunt else None
    types = session.types.value
    brought = [one.digest if one else "" for one in (own, types)]
    wanted = [*brought, *(getattr(here, name) for name in SAME)]
    name = solara.use_memo(lambda: task_of(here, scenario)[0].id if scenario else "", wanted)
    refused: solara.Reactive[list[Text]] = solara.use_reactive([])

    def begin(_: Any) -> None:
        if scenario is not None:
            refused.value = search(here, scenario)

    html(clean(text("propose.title", lang)), "h1")
    html(clean(text("propose.why", lang)), "p", "lead")
    with box("div", "two"):
        with box("aside", "side card ask noprint", aria_label=text("propose.form", lang)):
            Form(scenario, refused.value, begin).key(f"{here.source}-{own.digest if own else ''}")
        with box("div", "answer"):
            if session.refused.value is not None:
                Refused(session.refused.value, lang)
            if here.source == OWN_TABLE and own is None:
                html(clean(text("ask.missing", lang)), classes="note")
            elif here.hunt and hunt is None:
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
        here = asked.value
        ask(**{name: getattr(hunt.asked, name) for name in SAME}, hand=here.hand)

    moved = [n for n in SAME if getattr(hunt.asked, n) != getattr(asked.value, n)]
    with box("div", "note other-question", role="status"):
        named = [text(f"setting.{name}", lang) for name in moved if name != "table"]
        types = session.types.value
        if hunt.task.types != (types.types if types is not None else ()):
            named.append(text("ask.types", lang))
        html(clean(text("propose.other", lang, settings="、".join(named))), "p")
        Press(
            label=text("propose.other_back", lang),
            icon="mdi-undo",
            kind="plain",
            event_go=back,
        )


@solara.component
def Form(scenario: Scenario | None, refused: list[Text], begin: Callable[[Any], None]) -> None:
    """The question; all of it stands in the address."""
    here = asked.value
    lang = here.lang
    usual = usual_budget(scenario) if scenario is not None else STEP
    sources = choices(smaller_than(hunts.MOST_VILLAGES), lang)
    if session.own.value is not None:
        sources.append(
            {"value": OWN_TABLE, "text": text("ask.own_named", lang, name=session.own.value.name)}
        )
    Choice(
        label=text("ask.place", lang),
        value=here.source,
        groups=[{"label": "", "items": sources}],
        event_chosen=ask_about,
    )
    Bringing(here)
    named = [{"value": name, "text": getattr(BY_NAME[name], lang)} for name in PARTS]
    if here.objective not in {one["value"] for one in named}:
        named.append({"value": here.objective, "text": here.objective})
    Choice(
        label=text("propose.objective", lang),
        value=here.objective,
        groups=[{"label": "", "items": named}],
        event_chosen=lambda name: ask(objective=name),
    )
    Slider(
        label=text("propose.budget", lang),
        value=float(here.budget if here.budget >= 0 else usual),
        low=0,
        high=3 * usual,
        step=STEP,
        shown="money",
        lang=lang,
        hint=text("propose.budget_hint", lang),
        event_moved=lambda yuan: ask(budget=-1 if yuan == usual else int(yuan)),
    )
    Slider(
        label=text("propose.most", lang),
        value=here.most,
        low=2,
        high=15,
        step=1,
        shown="whole",
        lang=lang,
        event_moved=lambda villages: ask(most=int(villages)),
    )
    Slider(
        label=text("propose.radius", lang),
        value=here.radius,
        low=1,
        high=40,
        step=1,
        shown="whole",
        lang=lang,
        event_moved=lambda km: ask(radius=int(km)),
    )
    opened = {"open": "open"} if here.must or here.never or here.keep else {}
    with box("details", "fold", **opened):
        html(clean(text("propose.conditions", lang)), "summary")
        Writing(
            label=text("propose.must", lang),
            value=here.must,
            event_written=lambda names: ask(must=names[:MOST_WRITTEN]),
        )
        Writing(
            label=text("propose.never", lang),
            value=here.never,
            event_written=lambda names: ask(never=names[:MOST_WRITTEN]),
        )
        Press(
            label=text("propose.keep", lang),
            kind="plain",
            pressed=bool(here.keep),
            event_go=lambda _: ask(keep=1 - here.keep),
        )
    SetByPlanner(here, scenario)
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
    effect: solara.Reactive[Effect | None] = solara.use_reactive(None)
    partition = hands.read(asked.value.hand, hunt.partition, hunt.task)

    def save(kind: str) -> Any:
        def saved(_: Any) -> None:
            with tempfile.TemporaryDirectory() as folder:
                write(p, hunt.task.scenario, Path(folder), lang)
                name = "report.html" if kind == "report" else "proposal.xlsx"
                if kind == "workbook" and partition and partition != hunt.partition:
                    found = effect.value or hunt.trial().effect(real(partition))
                    add_sheet(Path(folder) / name, hunt, partition, found, lang)
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
        if partition is None:
            html(clean(text("propose.hand_unfit", lang)), "p", "note")
        Hand(hunt, hunt.partition if partition is None else partition, effect, lang)
    rivals = sorted(p.rivals, key=lambda one: -one.objective.gain.mean)
    with box("section", "card"):
        heading(text("propose.against", lang), text("propose.against_why", lang))
        html(against([p.proposal, *rivals], p.unit, lang), classes="wide")
    with box("section", "card shared"):
        heading(text("propose.shared", lang), text("propose.shared_why", lang))
        html(listed(shared(p, lang)), classes="told")
    with box("section", "card losers"):
        heading(text("propose.losers", lang))
        html(listed(losing(p, lang)), classes="told")
    with box("section", "card"):
        heading(text("propose.alliances", lang))
        html(
            "".join(
                markup("p", markup("b", f"{one.number}. ") + clean(paragraph(one, p.years, lang)))
                for one in p.alliances[:SHOWN]
            )
            + markup("p", clean(singly(p, lang)), "singly"),
            classes="told",
        )
        if len(p.alliances) > SHOWN:
            html(clean(text("propose.more", lang, count=len(p.alliances) - SHOWN)), "p", "why")


def listed(sentences: Sequence[str]) -> str:
    """Sentences as points."""
    return markup("ul", "".join(markup("li", clean(one)) for one in sentences))


@solara.component
def Hand(
    hunt: Hunt, partition: list[Candidate], effect: solara.Reactive[Effect | None], lang: str
) -> None:
    """The board on which villages are moved and alliances made, and what that does. The partition stands in the address."""
    waiting, set_waiting = solara.use_state(False)
    lost, set_lost = solara.use_state("")
    newest = solara.use_ref(None)
    scenario, task = hunt.task.scenario, hunt.task
    changed = partition != hunt.partition

    def weigh() -> Any:
        newest.current = partition
        effect.value = None
        if not changed:
            set_waiting(False)
            return None
        set_waiting(True)
        threading.Thread(target=work, args=(list(partition),), daemon=True, name="trial").start()
        return lambda: setattr(newest, "current", None)

    def work(wanted: list[Candidate]) -> None:
        try:
            found = hunt.trial().effect(real(wanted))
            if newest.current == wanted:
                effect.value = found
                set_waiting(False)
                set_lost("")
        except Exception:
            reference = uuid.uuid4().hex[:8]
            hunts.log.exception("%s: a change could not be weighed", reference)
            if newest.current == wanted:
                set_lost(reference)
                set_waiting(False)

    solara.use_effect(weigh, [partition])

    def change(now: list[Candidate]) -> None:
        ask(hand=hands.written(now, hunt.partition))

    def moved(told: dict[str, int]) -> None:
        village, to = int(told.get("village", -1)), int(told.get("to", 0))
        if 0 <= village < scenario.size and 0 <= to <= len(partition) + 1:
            change(hands.move(partition, village, to - 1, task))

    words = {
        key: text(f"propose.board_{key}", lang) for key in ("map", "alone", "village", "to", "move")
    }
    Board(sites=board(hunt, partition, lang), words=words, event_moved=moved)
    if not scenario.located.all():
        html(clean(text("propose.schematic", lang)), "p", "hint")
    Plans(hunt, partition, change, lang)
    with box("div", "row noprint"):
        Press(
            label=text("propose.undo", lang),
            icon="mdi-undo",
            kind="plain",
            disabled=not changed,
            event_go=lambda _: ask(hand=""),
        )
        Press(
            label=text("propose.empty", lang),
            icon="mdi-broom",
            kind="plain",
            event_go=lambda _: change(hands.nobody(partition)),
        )
    if changed:
        broken = hands.breaches(partition, task)
        html(
            markup("b", clean(text("propose.breaches" if broken else "propose.keeps", lang)))
            + markup("ul", "".join(markup("li", clean(one.lang(lang))) for one in broken)),
            classes="note breaches" if broken else "good",
        )
    with box("div", "", aria_live="polite"):
        if lost:
            trouble(lost, lang)
        elif waiting:
            skeleton(lang, "60px")
        elif effect.value is not None:
            html(told_of(effect.value, scenario, lang), classes="effect")


@solara.component
def Plans(
    hunt: Hunt, partition: list[Candidate], change: Callable[[list[Candidate]], None], lang: str
) -> None:
    """Strategy and grant of an alliance, chosen by hand."""
    at, set_at = solara.use_state(0)
    if not partition:
        return
    at = min(at, len(partition) - 1)
    one, plans = partition[at], {plan.name: plan for plan in hunt.task.plans}
    named = [{"value": name, "text": plan.title[lang]} for name, plan in plans.items()]
    if not one.strategy:
        named.insert(0, {"value": "", "text": text("propose.singly", lang)})
    levels = sorted({*map(float, hunt.task.levels), one.grant})
    grants = [{"value": f"{g:.0f}", "text": number(g, "yuan", lang)} for g in levels]
    titles = titles_of(hunt, partition, lang)
    numbered = [{"value": str(n), "text": titles[n + 1]} for n in range(len(partition))]

    def choose(name: str, grant: float) -> None:
        change(hands.change(partition, at, name, grant))

    with box("div", "choices plans noprint"):
        Choice(
            label=text("propose.plan_of", lang),
            value=str(at),
            groups=[{"label": "", "items": numbered}],
            event_chosen=lambda n: set_at(int(n)),
        )
        Choice(
            label=text("propose.plan", lang),
            value=one.strategy,
            groups=[{"label": "", "items": named}],
            event_chosen=lambda name: choose(name, one.grant or float(hunt.task.usual_grant)),
        )
        Choice(
            label=text("propose.plan_grant", lang),
            value=f"{one.grant:.0f}",
            groups=[{"label": "", "items": grants}],
            event_chosen=lambda g: choose(one.strategy, float(g)),
        )


def titles_of(hunt: Hunt, partition: Sequence[Candidate], lang: str) -> dict[int, str]:
    """The alliances by number: those of the proposal by name, then villages funded singly, then those made by hand."""
    assert hunt.proposal is not None
    told = [one.name[lang] for one in hunt.proposal.alliances]
    told += [text("propose.funded", lang, village=one.village) for one in hunt.proposal.funded]
    names = dict(enumerate(told, 1))
    return {
        n: f"{n}. {names.get(n, text('propose.made', lang))}" for n in range(1, len(partition) + 1)
    }


def add_sheet(
    path: Path, hunt: Hunt, partition: Sequence[Candidate], effect: Effect, lang: str
) -> None:
    """Write the partition made by hand, and what it changes, into a proposal's workbook as a sheet of its own."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet(text("propose.hand_sheet", lang))
    titles = {plan.name: plan.title[lang] for plan in hunt.task.plans}
    before = {i: n for n, one in enumerate(hunt.partition, 1) for i in one.members}
    now = {i: n for n, one in enumerate(partition, 1) for i in one.members if one in real([one])}
    alone = text("propose.board_alone", lang)
    sheet.append([text(f"propose.sheet_{key}", lang) for key in SHEET])
    for i, village in enumerate(hunt.task.scenario.names):
        one = partition[now[i] - 1] if i in now else None
        cells = [
            neutralise(str(village)),
            neutralise(str(hunt.task.scenario.places["township"][i])),
            before.get(i, alone),
            now.get(i, alone),
            titles.get(one.strategy, "") if one else "",
            one.grant if one else "",
        ]
        sheet.append(cells)
    sheet.append([])
    columns = ("outcome", "before", "after", "change")
    sheet.append([text(f"propose.column_{key}", lang) for key in columns])
    for c in effect.outcomes:
        sheet.append([getattr(BY_NAME[c.name], lang), c.before, c.after, c.difference.mean])
    sheet.append([text("propose.sheet_promised", lang), *effect.promised])
    for broken in hands.breaches(partition, hunt.task):
        sheet.append([broken.lang(lang)])
    book.save(path)


SHEET = ("village", "township", "before", "now", "plan", "grant")


def board(hunt: Hunt, partition: Sequence[Candidate], lang: str) -> str:
    """The board's villages and alliances, in JSON."""
    assert hunt.proposal is not None
    now = {i: number for number, one in enumerate(partition, 1) for i in one.members}
    before = {i: number for number, one in enumerate(hunt.partition, 1) for i in one.members}
    names = titles_of(hunt, partition, lang)
    names[len(partition) + 1] = f"＋ {text('propose.made', lang)}"
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


def told_of(effect: Effect, scenario: Scenario, lang: str) -> str:
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
    losers = [str(scenario.names[i]) for i, _, after in effect.villages if after < -WORSE]
    if losers:
        said = clean(text("propose.effect_losers", lang, names="、".join(losers)))
        lines.append(markup("p", said, "problem"))
    head = "".join(
        markup("th", clean(text(f"propose.column_{key}", lang)), scope="col")
        for key in ("outcome", "before", "after", "change")
    )
    rows = []
    for c in effect.outcomes:
        cells = [
            getattr(BY_NAME[c.name], lang),
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
    for i, was, now in sorted(effect.villages, key=lambda v: -abs(v[2] - v[1]))[:12]:
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
        for key in ("way", "alliances", "funded", "cost", "value", "ahead", "wins")
    )
    body = []
    for row in rows:
        own = row.key == "proposal"
        o = row.objective
        cells = [
            row.title[lang],
            f"{row.alliances} ({row.allied})",
            str(row.funded),
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

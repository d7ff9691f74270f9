"""A proposal changed by hand: the board on which villages are moved, and what a change does."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import solara
from village_alliances.experiments.propose.candidates import Candidate
from village_alliances.experiments.propose.sentences import Sentences
from village_alliances.experiments.propose.trial import Effect, real
from village_alliances.interface.dashboard import hands
from village_alliances.interface.dashboard.answers import answered
from village_alliances.interface.dashboard.grids import about_one, grid
from village_alliances.interface.dashboard.hunts import Hunt
from village_alliances.interface.dashboard.parts import (
    box,
    compact,
    html,
    skeleton,
    trouble,
)
from village_alliances.interface.dashboard.state import (
    ask,
    asked,
)
from village_alliances.interface.dashboard.widgets import (
    Board,
    Choice,
    Press,
)
from village_alliances.interface.dashboard.words import (
    clean,
    figures,
    markup,
    number,
    percent,
    ranged,
    text,
)
from village_alliances.sim.labels import labels
from village_alliances.sim.metrics import BY_NAME, WORSE
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.table import neutralise
from village_alliances.wording import apart, joined, listed, titled

log = logging.getLogger("village_alliances.interface.dashboard")
ChangeByHand = Callable[[Sequence[Candidate]], list[Candidate]]
"""One change by hand. It starts from the partition that is asked for when it arrives: what is
drawn may be older, where changes follow each other quickly."""


@solara.component
def Hand(hunt: Hunt, partition: list[Candidate], lang: str) -> None:
    """The board on which villages are moved and alliances made, and what that does. The
    partition stands in the address."""
    effect: solara.Reactive[tuple[list[Candidate], Effect] | None] = solara.use_reactive(None)
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
            outcome = hunt.trial().effect(real(wanted))
            if newest.current == wanted:
                effect.value = (wanted, outcome)
                set_waiting(False)
                set_lost("")
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("%s: a change could not be weighed", reference)
            if newest.current == wanted:
                set_lost(reference)
                set_waiting(False)

    solara.use_effect(weigh, [partition])

    def change(step: ChangeByHand) -> None:
        now = hands.read_plan(asked.value.hand, hunt.partition, task)
        ask(hand=hands.written(step(partition if now is None else now), hunt.partition))

    def moved(homes: dict[str, int]) -> None:
        village, to = int(homes.get("village", -1)), int(homes.get("to", 0))
        if 0 <= village < scenario.size and 0 <= to <= len(partition) + 1:
            change(lambda now: hands.move(now, village, min(to - 1, len(now)), task))

    words = {
        key: text(f"propose.board_{key}", lang)
        for key in ("map", "alone", "single", "village", "to", "move")
    } | {"choose": text("ask.add_hint", lang)}
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
            event_go=lambda _: change(hands.nobody),
        )
    if changed:
        broken = hands.breaches(partition, task)
        html(
            markup("b", clean(text("propose.breaches" if broken else "propose.keeps", lang)))
            + markup("ul", "".join(markup("li", clean(group.lang(lang))) for group in broken)),
            classes="note breaches" if broken else "good",
        )
        for sentence in lowered(hunt, partition, lang):
            html(clean(sentence), "p", "note lowered")
    with box("div", "", aria_live="polite"):
        if lost:
            trouble(lost, lang)
        elif waiting:
            skeleton(lang, "60px")
        elif effect.value is not None and effect.value[0] == partition:
            html(told_of(effect.value[1], scenario, lang), classes="effect")


def lowered(hunt: Hunt, partition: list[Candidate], lang: str) -> list[str]:
    """The sentence on grants that a change lowers so that the budget holds; none where none is."""
    places = hands.lowered(partition, hunt.partition, hunt.task)
    if not places:
        return []
    titles = titles_of(hunt, partition, lang)
    named = [titled(titles[n + 1], lang, number(partition[n].grant, "yuan", lang)) for n in places]
    return [text("propose.lowered", lang, named=apart(named, lang))]


def on_change(hunt: Hunt, partition: list[Candidate], lang: str) -> list[str]:
    """What the brief says of a partition changed by hand: whether it keeps budget and conditions,
    and whose grants were lowered for that."""
    broken = [group.lang(lang) for group in hands.breaches(partition, hunt.task)]
    kept = text("propose.breaches" if broken else "propose.keeps", lang)
    return [joined([kept, *broken], lang), *lowered(hunt, partition, lang)]


@solara.component
def Plans(
    hunt: Hunt, partition: list[Candidate], change: Callable[[ChangeByHand], None], lang: str
) -> None:
    """Strategy and grant of an alliance, chosen by hand."""
    chosen, set_at = solara.use_state(0)
    if not partition:
        return
    chosen = min(chosen, len(partition) - 1)
    candidate, plans = partition[chosen], {plan.name: plan for plan in hunt.task.plans}
    named = [{"value": name, "text": plan.title[lang]} for name, plan in plans.items()]
    if not candidate.strategy:
        named.insert(0, {"value": "", "text": text("propose.singly", lang)})
    levels = sorted({*map(float, hunt.task.levels), candidate.grant})
    grants = [{"value": f"{g:.0f}", "text": number(g, "yuan", lang)} for g in levels]
    titles = titles_of(hunt, partition, lang)
    numbered = [{"value": str(n), "text": titles[n + 1]} for n in range(len(partition))]

    def put(plan: Callable[[Candidate], tuple[str, float]]) -> None:
        def step(now: Sequence[Candidate]) -> list[Candidate]:
            there = chosen < len(now)
            return hands.change(now, chosen, *plan(now[chosen])) if there else list(now)

        change(step)

    usual = float(hunt.task.usual_grant)
    with box("div", "choices plans noprint"):
        Choice(
            label=text("propose.plan_of", lang),
            value=str(chosen),
            groups=[{"label": "", "items": numbered}],
            event_chosen=lambda n: set_at(int(n)),
        )
        Choice(
            label=text("propose.plan", lang),
            value=candidate.strategy,
            groups=[{"label": "", "items": named}],
            event_chosen=lambda strategy: put(lambda now: (strategy, now.grant or usual)),
        )
        Choice(
            label=text("propose.plan_grant", lang),
            value=f"{candidate.grant:.0f}",
            groups=[{"label": "", "items": grants}],
            event_chosen=lambda grant: put(lambda now: (now.strategy, float(grant))),
        )


def titles_of(hunt: Hunt, partition: Sequence[Candidate], lang: str) -> dict[int, str]:
    """The alliances by number: those of the proposal by name, then villages funded singly,
    then those made by hand."""
    assert hunt.proposal is not None
    titles = [alliance.name[lang] for alliance in hunt.proposal.alliances]
    titles += [
        text("propose.funded", lang, village=village.village) for village in hunt.proposal.funded
    ]
    names = dict(enumerate(titles, 1))
    return {
        n: f"{n}. {names.get(n, text('propose.made', lang))}" for n in range(1, len(partition) + 1)
    }


def add_sheet(
    path: Path, hunt: Hunt, partition: Sequence[Candidate], effect: Effect, lang: str
) -> None:
    """Write the partition made by hand, and what it changes, into a proposal's
    workbook as a sheet of its own."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet(text("propose.hand_sheet", lang))
    titles = {plan.name: plan.title[lang] for plan in hunt.task.plans}
    before = {i: n for n, candidate in enumerate(hunt.partition, 1) for i in candidate.members}
    now = {
        i: n
        for n, candidate in enumerate(partition, 1)
        for i in candidate.members
        if candidate in real([candidate])
    }
    alone = text("propose.board_alone", lang)
    sheet.append([text(f"propose.sheet_{key}", lang) for key in SHEET])
    for i, village in enumerate(labels(hunt.task.scenario)):
        candidate = partition[now[i] - 1] if i in now else None
        cells = [
            neutralise(village),
            neutralise(str(hunt.task.scenario.places["township"][i])),
            before.get(i, alone),
            now.get(i, alone),
            titles.get(candidate.strategy, "") if candidate else "",
            candidate.grant if candidate else "",
        ]
        sheet.append(cells)
    sheet.append([])
    columns = ("outcome", "before", "after", "change")
    sheet.append([text(f"propose.column_{key}", lang) for key in columns])
    names = set(answered(c.name for c in effect.outcomes))
    for c in (c for c in effect.outcomes if c.name in names):
        sheet.append([getattr(BY_NAME[c.name], lang), c.before, c.after, c.difference.mean])
    sheet.append([text("propose.sheet_promised", lang), *effect.promised])
    for broken in hands.breaches(partition, hunt.task):
        sheet.append([broken.lang(lang)])
    book.save(path)


SHEET = ("village", "township", "before", "now", "plan", "grant")


def board(hunt: Hunt, partition: Sequence[Candidate], lang: str) -> str:
    """The board's villages and alliances, in JSON."""
    assert hunt.proposal is not None
    now = {i: number for number, candidate in enumerate(partition, 1) for i in candidate.members}
    before = {
        i: number for number, candidate in enumerate(hunt.partition, 1) for i in candidate.members
    }
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
    band = o.difference
    key = "better" if band.mean > 0 else "worse" if band.low < 0 or band.high > 0 else "same"
    sentence = text(
        f"propose.effect_{key}",
        lang,
        difference=ranged(band.mean, band.low, band.high, o.unit or "1", lang),
        better=percent(o.better),
    )
    lines = [markup("p", clean(sentence), f"saying effect-{key}")]
    before, after = effect.promised
    if before != after:
        values = {
            name: number(value, "yuan", lang)
            for name, value in (("before", before), ("after", after))
        }
        lines.append(markup("p", clean(text("propose.effect_money", lang, **values))))
    names = labels(scenario)
    losers = [names[i] for i, _, after in effect.villages if after < -WORSE]
    if losers:
        sentence = clean(text("propose.effect_losers", lang, names=listed(losers, lang)))
        lines.append(markup("p", sentence, "problem"))
    heads = [
        text(f"propose.column_{key}", lang) for key in ("outcome", "before", "after", "change")
    ]
    rows = []
    asked_for = set(answered(c.name for c in effect.outcomes))
    for c in (c for c in effect.outcomes if c.name in asked_for):
        cells = [
            getattr(BY_NAME[c.name], lang),
            *figures([c.before, c.after], c.unit, lang),
            moved_by(c.difference.mean, c.unit, lang),
        ]
        rows.append(about_one(cells))
    most = sorted(effect.villages, key=lambda v: -abs(v[2] - v[1]))[:12]
    incomes_before = figures([was for _, was, _ in most], "yuan/year", lang)
    incomes_after = figures([now for _, _, now in most], "yuan/year", lang)
    moved = figures([now - was for _, was, now in most], "yuan/year", lang, True)
    rows += [
        about_one([names[i], *cells])
        for (i, _, _), *cells in zip(most, incomes_before, incomes_after, moved, strict=True)
    ]
    return "".join(lines) + markup("div", grid(heads, rows, "plain"), "wide", tabindex="0")


def moved_by(value: float, unit: str, lang: str) -> str:
    """By how much a mean has moved, with its unit: of counts a move that is under one keeps two
    decimals, so none is said beside two means that read differently."""
    return Sentences(lang).amount(value, unit, signed=True)

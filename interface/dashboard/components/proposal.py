"""A proposal that was found: in short, against other ways of using the money, alliance
by alliance."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import solara
from village_alliances.experiments.answer.brief import Brief, docx
from village_alliances.experiments.answer.brief import html as html_of
from village_alliances.experiments.propose.answer import Measured, Proposal
from village_alliances.experiments.propose.brief import advised, brief_of
from village_alliances.experiments.propose.report import html as write_report
from village_alliances.experiments.propose.report import write
from village_alliances.experiments.propose.trial import real
from village_alliances.experiments.propose.verdict import Verdict
from village_alliances.interface.dashboard import again, hands, proposals
from village_alliances.interface.dashboard.components.giving import Give
from village_alliances.interface.dashboard.components.hand import Hand, add_sheet, on_change
from village_alliances.interface.dashboard.components.settings import InPrint
from village_alliances.interface.dashboard.grids import about_one, grid
from village_alliances.interface.dashboard.hunts import Hunt
from village_alliances.interface.dashboard.parts import (
    box,
    heading,
    html,
)
from village_alliances.interface.dashboard.state import (
    asked,
)
from village_alliances.interface.dashboard.turns import TURNS
from village_alliances.interface.dashboard.words import (
    clean,
    figures,
    markup,
    number,
    percent,
    ranged,
    text,
)
from village_alliances.sim.metrics import BY_NAME

SHOWN = 60  # alliances described on the page; all are in the report


@solara.component
def Found(hunt: Hunt, p: Proposal, lang: str) -> None:
    """The proposal: in short, to be changed by hand, against others, alliance by alliance."""
    partition = hands.read_plan(asked.value.hand, hunt.partition, hunt.task)

    plans = proposals.plans_of(hunt, partition)
    commands = proposals.commands_of(hunt, plans)

    def report() -> bytes:
        return write_report(p, hunt.task.scenario, lang, commands[-1]).encode()

    def workbook() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            write(p, hunt.task.scenario, Path(folder), lang)
            path = Path(folder) / "proposal.xlsx"
            if partition and partition != hunt.partition:
                effect = hunt.trial().effect(real(partition))
                add_sheet(path, hunt, partition, effect, lang)
            return path.read_bytes()

    def brief(write_down: Callable[[Brief, str], Any]) -> Callable[[], Any]:
        def make() -> Any:
            brief = brief_of(
                hunt.task, plans, lang, runs=p.fresh_runs, threads=1, tell=TURNS.make_way
            )
            if len(plans) == 1:
                brief = advised(brief, p, hunt.task, lang)
            else:
                brief = replace(brief, notes=on_change(hunt, partition or [], lang))
            return write_down(replace(brief, again=commands[0]), lang)

        return make

    def page() -> bytes:
        return str(brief(html_of)()).encode()

    def packed() -> bytes:
        return again.pack(commands, proposals.files_of(hunt, plans))

    with box("section", "card verdict"):
        heading(text("propose.short", lang))
        sentences = Verdict(p, lang)
        short = solara.use_memo(sentences.in_short, [hunt.name, lang])
        html(clean(sentences.joined(short[:2])), "p", "saying")
        html(listed(short[2:]), classes="told")
        with box("div", "row noprint"):
            for key, icon, name, make in (
                ("brief", "mdi-file-star-outline", "brief.html", page),
                ("word", "mdi-file-word-outline", "brief.docx", brief(docx)),
                ("report", "mdi-file-document-outline", "proposal.html", report),
                ("workbook", "mdi-file-excel-outline", "proposal.xlsx", workbook),
                ("again", "mdi-folder-zip-outline", again.PACKED, packed),
            ):
                Give(
                    text(f"propose.{key}", lang),
                    icon,
                    name,
                    make,
                    lang,
                    kind="main" if key == "brief" else "plain",
                ).key(name)
    InPrint(lang, conditions(hunt, lang))
    with box("section", "card"):
        heading(text("propose.hand", lang), text("propose.hand_why", lang))
        if partition is None:
            html(clean(text("propose.hand_unfit", lang)), "p", "note")
        Hand(hunt, hunt.partition if partition is None else partition, lang)
    rivals = sorted(p.rivals, key=lambda plan: -plan.objective.gain.mean)
    with box("section", "card"):
        heading(text("propose.against", lang), text("propose.against_why", lang))
        html(against([p.proposal, *rivals], p.unit, lang), classes="wide")
    for key, why, texts in (
        ("changes", "changes_why", sentences.changed(p)),
        ("stages", "stages_why", sentences.staged(p)),
        ("shared", "shared_why", sentences.shared(p)),
        ("losers", "", sentences.losing(p)),
    ):
        if texts:
            with box("section", f"card {key}").key(key):
                heading(text(f"propose.{key}", lang), text(f"propose.{why}", lang) if why else "")
                html(listed(texts), classes="told")
    if not p.alliances and not p.funded:
        return
    with box("section", "card"):
        heading(text("propose.alliances", lang))
        html(
            "".join(
                markup(
                    "p",
                    markup("b", f"{alliance.number}. ")
                    + clean(sentences.paragraph(alliance, p.years)),
                )
                for alliance in p.alliances[:SHOWN]
            )
            + markup("p", clean(sentences.singly(p)), "singly"),
            classes="told",
        )
        if len(p.alliances) > SHOWN:
            html(clean(text("propose.more", lang, count=len(p.alliances) - SHOWN)), "p", "why")


def conditions(hunt: Hunt, lang: str) -> dict[str, str]:
    """What a proposal was asked beside villages and settings, in words."""
    task, pair = hunt.task, hunt.asked
    counted = BY_NAME.get(task.objective)
    rows = {
        text("propose.objective", lang): getattr(counted, lang) if counted else task.objective,
        text("propose.budget", lang): number(task.budget, "yuan", lang),
        text("propose.most", lang): str(task.high),
        text("propose.radius", lang): f"{task.radius:g}",
    }
    rows |= {
        text(f"propose.{key}", lang): value
        for key in ("must", "never")
        if (value := getattr(pair, key))
    }
    if task.keep:
        rows[text("propose.keep", lang)] = text(f"propose.keep_{task.keep}", lang)
    if task.stages:
        rows[text("propose.in_stages", lang)] = text("setting.switch_1", lang)
    return rows


def listed(sentences: Sequence[str]) -> str:
    """Sentences as points."""
    return markup("ul", "".join(markup("li", clean(sentence)) for sentence in sentences))


def against(rows: Sequence[Measured], unit: str, lang: str) -> str:
    """The proposal beside other ways of using the money, as a table."""
    heads = [
        text(f"propose.column_{key}", lang)
        for key in ("way", "alliances", "funded", "cost", "value", "ahead", "wins")
    ]
    body = []
    costs = figures([row.cost.mean for row in rows], "yuan", lang)
    values = figures([row.objective.value.mean for row in rows], unit, lang)
    for row, cost, value in zip(rows, costs, values, strict=True):
        own = row.key == "proposal"
        o = row.objective
        cells = [
            row.title[lang],
            f"{row.alliances} ({row.allied})",
            str(row.funded),
            cost,
            value,
            ""
            if own
            else ranged(o.difference.mean, o.difference.low, o.difference.high, unit, lang),
            "" if own else percent(o.better),
        ]
        body.append(about_one(cells))
    return grid(heads, body, "plain")

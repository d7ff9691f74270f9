"""Each strategy against the same money, and the projects and institutions behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from village_alliances.calibration.asked import refused
from village_alliances.experiments.answer.comparison import BEGUN, evidence_of, projects_of
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.experiments.answer.logic import conclude
from village_alliances.experiments.answered import OF_PROJECTS
from village_alliances.experiments.page import (
    PageBlock,
    PageCell,
    PageTable,
    PageWords,
)
from village_alliances.experiments.report.outcomes import OUTCOMES, results
from village_alliances.experiments.report.writer import Writer, mark
from village_alliances.experiments.tables import OF_ALLIANCES
from village_alliances.experiments.wording import (
    choice,
)
from village_alliances.wording import joined, listed, say
from village_alliances.wording.numbers import (
    number,
    percent,
    scale,
)

if TYPE_CHECKING:
    pass


MOST_PROJECTS = 6  # rows of a strategy
MONEY = ("cost", "yearly", "households")  # of a project, in yuan


def rivals(writer: Writer) -> list[PageBlock]:
    """Each strategy against the same money: the use of it of which the answer speaks, for every
    outcome, and every use for the weak villages."""
    c = writer.c
    if not c.named_rivals:
        return []
    labels = [s for s in c.strategies if s in c.rivals]
    named = uses(writer)
    against = c.against.set_index(["strategy", "outcome", "rival"])
    rows = [
        {"strategy": s, "outcome": o, **against.loc[(s, o, named[s])]}
        for s in named
        for o in OUTCOMES
        if o not in OF_ALLIANCES
    ]
    ways = (
        say(
            "report.text.use",
            writer.lang,
            strategy=c.title(s, writer.lang),
            how=say(f"compare.rival.{rival}", writer.lang),
        )
        for s, rival in named.items()
    )
    equal = writer.say("text.equal", uses=listed(ways, writer.lang))
    caption = joined([equal, writer.say("mark.legend")], writer.lang)
    blocks: list[PageBlock] = []
    if rows:
        blocks.append(results(writer, pd.DataFrame(rows), list(named), caption, "difference_money"))
    body = []
    for s in labels:
        compared = c.against[(c.against.strategy == s) & (c.against.outcome == OUTCOME)]
        by, word = scale([*compared.diff_p05, *compared.diff_p95], "yuan/year", writer.lang)
        group = []
        for i, (_, row) in enumerate(compared.iterrows()):
            first = PageCell(c.title(s, writer.lang), below=word, head=True, rows=len(compared))
            group.append(
                [
                    *([] if i else [first]),
                    PageCell(say(f"compare.rival.{row['rival']}", writer.lang), head=True),
                    *writer.band(row, "diff_", "yuan/year", by, mark=mark(row, 1)),
                    PageCell(percent(row["p_better"]), number=True),
                ]
            )
        body.append(group)
    head = ["strategy", "rival", "difference_money", "band", "better"]
    return [*blocks, writer.table(writer.say("text.rivals"), head, body)]


def uses(writer: Writer) -> dict[str, str]:
    """Of each strategy the use of the same money of which the answer speaks, by name."""
    f = conclude(evidence_of(writer.c))
    named = {s.name: s.beside.name for s in f.standings if s.beside}
    if f.subject is not None and f.rival is not None:
        named[f.subject.name] = f.rival.name
    return {s: named[s] for s in writer.c.strategies if s in named}


def projects(writer: Writer) -> list[PageBlock]:
    """What alliances begin under each strategy."""
    c = writer.c
    groups = []
    again = {label for _, *others in c.same for label in others}
    for s in c.strategies:
        if s in again or c.ensembles[s].portfolio.idle:
            continue
        by_strategy = projects_of(c, s)
        often = by_strategy[by_strategy["begun"] >= BEGUN].sort_values("begun", ascending=False)
        if len(often):
            groups.append((s, often.head(MOST_PROJECTS)))
    if not groups:
        return []
    scales = {
        name: scale([float(v) for _, rows in groups for v in rows[name]], "yuan", writer.lang)
        for name in MONEY
    }
    body = []
    for s, rows in groups:
        first = PageCell(c.title(s, writer.lang), head=True, rows=len(rows))
        body.append(
            [
                [*([] if i else [first]), *project(writer, row, scales)]
                for i, row in enumerate(rows.to_dict("records"))
            ]
        )
    head = [
        "strategy", "project", "begun", "price", "yearly", *asked_of_projects(), "wait", "works", "lost",
    ]  # fmt: skip
    words = {"price": scales["cost"][1], **{name: word for name, (_, word) in scales.items()}}
    names = [
        writer.say("page.with_unit", title=writer.say(f"column.{name}"), unit=words[name])
        if name in words
        else writer.say(f"column.{name}")
        for name in head
    ]
    caption = writer.say("text.projects")
    if "jobs" not in head:
        caption = joined([caption, say("answer.brief.jobs_unanswered", writer.lang)], writer.lang)
    return [PageTable(caption, names, body)]


def asked_of_projects() -> list[str]:
    """What of projects is told only where the calibration shows skill on it."""
    return [name for name, kind in OF_PROJECTS.items() if kind not in refused()]


def project(
    writer: Writer, row: dict[str, Any], scales: Mapping[str, tuple[float, str]]
) -> list[PageCell]:
    """A kind of project of an alliance: what it is, how often begun, what it
    costs, brings, and becomes; money as `scales` divide it."""
    suffix = "_zh" if writer.lang == "zh" else ""

    def money(name: str) -> str:
        value = float(row[name])
        figure = number(value, "yuan", writer.lang, by=scales[name][0])
        return figure if math.isfinite(value) else "—"

    where = row[f"alliance{suffix}"] or say(f"compare.who.{row['who']}", writer.lang)
    asked = {
        "jobs": f"{row['jobs']:.0f}" if math.isfinite(row["jobs"]) else "—",
        "households": money("households"),
    }
    wait = f"{row['wait']:.0f}" if math.isfinite(row["wait"]) else "—"
    lost = sum(float(row[name]) for name in ("failed", "died", "closed", "lost_orders"))
    return [
        PageCell(row[f"title{suffix}"], below=where, head=True),
        PageCell(percent(row["begun"]), number=True),
        PageCell(money("cost"), number=True),
        PageCell(money("yearly"), number=True),
        *(PageCell(asked[name], number=True) for name in asked_of_projects()),
        PageCell(wait, number=True),
        PageCell(percent(row["works"]), number=True),
        PageCell(percent(lost), number=True),
    ]


def institutions(writer: Writer) -> list[PageBlock]:
    """What each institution adds over the plainest one, where gains were taken apart."""
    c = writer.c
    if c.institutions is None:
        return []
    if not len(c.institutions):
        return [PageWords(writer.say("text.institutions_none"))]
    groups = []
    for s in dict.fromkeys(c.institutions["strategy"]):
        institution = c.institutions[c.institutions["strategy"] == s]
        by, word = scale([*institution.p05, *institution.p95], "yuan/year", writer.lang)
        group = []
        for i, row in enumerate(institution.itertuples()):
            first = PageCell(
                c.title(str(s), writer.lang), below=word, head=True, rows=len(institution)
            )
            middle, error, low, high = (
                number(float(v), "yuan/year", writer.lang, signed=signed, by=by)
                for v, signed in (
                    (row.mean, True),
                    (row.error, False),
                    (row.p05, True),
                    (row.p95, True),
                )
            )
            group.append(
                [
                    *([] if i else [first]),
                    PageCell(say(f"compare.institution.{row.institution}", writer.lang), head=True),
                    PageCell(choice(str(row.institution), str(row.value), writer.lang)),
                    PageCell(
                        middle, number=True, faint=abs(float(row.mean)) <= 2 * float(row.error)
                    ),
                    PageCell(error, number=True),
                    PageCell(
                        writer.say("page.between", low=low, high=high), number=True, faint=True
                    ),
                ]
            )
        groups.append(group)
    head = ["strategy", "institution", "choice", "mean", "error", "band"]
    return [writer.table(writer.say("text.institutions"), head, groups)]

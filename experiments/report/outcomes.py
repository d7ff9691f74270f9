"""What comes out by strategy: levels, differences, cost, over time, on maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from village_alliances.experiments.page import (
    PageBlock,
    PageCell,
    PageTable,
)
from village_alliances.experiments.report.writer import Writer, mark
from village_alliances.experiments.wording import (
    meaning,
)
from village_alliances.sim.metrics import BY_NAME, MAIN
from village_alliances.sim.scenario import (
    EXACT,
)
from village_alliances.wording import grouped, joined
from village_alliances.wording.numbers import (
    number,
    percent,
    quantities,
    roughly,
    scale,
)

if TYPE_CHECKING:
    pass


OUTCOMES = tuple(  # the one differs as the mean income, the other has its own table
    name for name in MAIN if name not in ("gain_mean", "public_cost")
)


def _runs(needed: float, lang: str) -> str:
    return "—" if not math.isfinite(needed) else roughly(needed, lang)


def policy(writer: Writer) -> list[PageBlock]:
    c = writer.c
    base = c.title(c.baseline, writer.lang)
    if len(c.strategies) == 1:
        return [
            results(
                writer,
                c.table,
                list(c.strategies),
                writer.say("text.policy_one", last=c.last_year),
                "",
            )
        ]
    policy = writer.say("text.policy", last=c.last_year, baseline=base)
    caption = joined([policy, writer.say("mark.legend")], writer.lang)
    blocks: list[PageBlock] = [
        results(writer, c.table, list(c.strategies), caption, "difference", c.baseline)
    ]
    if len(c.precision):
        needed = c.precision.set_index(["outcome", "strategy"])["runs_needed"]
        others = [s for s in c.strategies if s != c.baseline]
        rows = [
            [
                (
                    PageCell(c.title(s, writer.lang), head=True),
                    *(PageCell(_runs(needed[o, s], writer.lang), number=True) for o in OUTCOMES),
                )
            ]
            for s in others
        ]
        names = [writer.say("column.strategy"), *(meaning(o, writer.lang) for o in OUTCOMES)]
        caption = writer.say(
            "text.runs_needed",
            baseline=base,
            share=f"{100 * c.asked:.3g}%",
            runs=grouped(c.runs, writer.lang),
        )
        blocks.append(PageTable(caption, names, rows))
    return blocks


def results(
    writer: Writer,
    frame: pd.DataFrame,
    lines: Sequence[str],
    caption: str,
    difference: str,
    baseline: str = "",
) -> PageTable:
    """Outcomes by strategy: state at the end, difference, probability of being better."""
    indexed = frame.set_index(["outcome", "strategy"])
    groups = []
    for outcome in OUTCOMES:
        if (outcome, lines[0]) not in indexed.index:
            continue  # single villages have no alliances to compare
        what = BY_NAME[outcome]
        rows = [indexed.loc[(outcome, s)] for s in lines]
        by, word = scale(
            [v for row in rows for v in (row["p05"], row["p95"])], what.unit, writer.lang
        )
        ends = [v for row in rows for v in (row["diff_p05"], row["diff_p95"])]
        finer, finer_word = scale(ends, what.unit, writer.lang)
        first = PageCell(meaning(outcome, writer.lang), below=word, head=True, rows=len(lines))
        group = []
        for i, (strategy, row) in enumerate(zip(lines, rows, strict=True)):
            cells = [] if i else [first]
            cells += [
                PageCell(writer.c.title(strategy, writer.lang), head=True),
                *writer.band(row, "", what.unit, by),
            ]
            if difference and strategy == baseline:
                cells += [
                    PageCell(writer.say("page.no_difference"), faint=True, number=True),
                    PageCell(number=True),
                    PageCell(number=True),
                ]
            elif difference:
                own = "" if finer == by else finer_word
                cells += writer.band(row, "diff_", what.unit, finer, own, mark(row, what.better))
                cells.append(PageCell(percent(row["p_better"]), number=True))
            group.append(cells)
        groups.append(group)
    head = [
        "outcome",
        "strategy",
        "at_end",
        "band",
        *((difference, "band", "better") if difference else ()),
    ]
    return replace(
        writer.table(caption, head, groups),
        widths=(14, 23, 10, 16, 12, 18, 7) if difference else (),
    )


def cost(writer: Writer) -> list[PageBlock]:
    c = writer.c
    rows = []
    by, word = scale([*c.cost.cost_p05, *c.cost.cost_p95], "yuan", writer.lang)
    dear = quantities(c.cost.cost_per_lifted, "yuan", writer.lang)
    for row, per in zip(c.cost.itertuples(), dear, strict=True):
        money = (float(v) for v in (row.cost_median, row.cost_p05, row.cost_p95))
        middle, low, high = (number(v, "yuan", writer.lang, by=by) for v in money)
        rows.append(
            [
                (
                    PageCell(c.title(str(row.strategy), writer.lang), head=True),
                    PageCell(f"{middle} {word}", number=True),
                    PageCell(
                        writer.say("page.between", low=low, high=high), number=True, faint=True
                    ),
                    PageCell(f"{float(row.lifted_mean):.2f}", number=True),
                    PageCell(percent(float(row.any_lifted)), number=True),
                    PageCell(
                        per if math.isfinite(float(row.cost_per_lifted)) else "—",
                        number=True,
                    ),
                )
            ]
        )
    head = ["strategy", "public_money", "band", "lifted", "any_lifted", "per_lifted"]
    blocks: list[PageBlock] = [writer.table(writer.say("text.cost", last=c.last_year), head, rows)]
    if c.satisfied is not None:
        met = c.satisfied.set_index(["requirement", "strategy"])["share"]
        wanted = list(dict.fromkeys(c.satisfied["requirement"]))
        names = [writer.say("column.strategy"), *(writer.requirement(r) for r in wanted)]
        body = [
            [
                (
                    PageCell(c.title(s, writer.lang), head=True),
                    *(PageCell(percent(float(met[r, s])), number=True) for r in wanted),
                )
            ]
            for s in c.strategies
        ]
        blocks.append(PageTable(writer.say("text.satisfied"), names, body))
    return blocks


def trajectories(writer: Writer, names: Sequence[str]) -> list[PageBlock]:
    """Figures over time; how they are read stands under the first."""
    blocks: list[PageBlock] = []
    for name in names:
        more = [] if blocks else [writer.say("text.trajectory")]
        if name == "trajectory_p10_income":
            more.append(starts(writer))
        blocks += writer.drawn(name, more=joined(more, writer.lang))
    return blocks


def starts(writer: Writer) -> str:
    """For how many villages the income at the start is stated."""
    income = writer.c.scenario.numbers["collective_income"].kind
    return writer.say("text.starts", stated=int((income == EXACT).sum()), count=income.size)


def maps(writer: Writer) -> list[PageBlock]:
    names = [name for name in writer.figures if name.startswith("map")]
    return [block for name in names for block in writer.drawn(name)]

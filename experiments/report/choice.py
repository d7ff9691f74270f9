"""How often each strategy is the best, and what choosing it forgoes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from village_alliances.experiments import plots
from village_alliances.experiments.page import (
    PageBlock,
    PageCell,
    PageTable,
)
from village_alliances.experiments.report.writer import Writer
from village_alliances.experiments.wording import (
    meaning,
)
from village_alliances.sim.metrics import BY_NAME
from village_alliances.wording import say
from village_alliances.wording.numbers import (
    mean_number,
    number,
    percent,
    scale,
)

if TYPE_CHECKING:
    pass


def best(writer: Writer) -> list[PageBlock]:
    c = writer.c
    prior = writer.say("text.best_prior") if c.best_prior is not None else ""
    blocks = [*writer.drawn("best", more=prior), *writer.drawn("regret")]
    indexed = c.best.set_index(["outcome", "strategy"])
    groups = []
    for outcome in plots.RANKED:
        what = BY_NAME[outcome]
        rows = [indexed.loc[(outcome, s)] for s in c.strategies]
        by, word = scale([float(row["max_regret"]) for row in rows], what.unit, writer.lang)
        first = PageCell(meaning(outcome, writer.lang), below=word, head=True, rows=len(rows))
        groups.append(
            [
                [
                    *([] if i else [first]),
                    PageCell(c.title(s, writer.lang), head=True),
                    PageCell(percent(float(row["p_best"])), number=True),
                    PageCell(f"{float(row['mean_rank']):.2f}", number=True),
                    PageCell(
                        mean_number(float(row["expected_regret"]), what.unit, writer.lang, by=by),
                        number=True,
                    ),
                    PageCell(
                        number(float(row["max_regret"]), what.unit, writer.lang, by=by)
                        + (writer.say("column.mark") if row["minimax"] else ""),
                        number=True,
                    ),
                ]
                for i, (s, row) in enumerate(zip(c.strategies, rows, strict=True))
            ]
        )
    head = [
        say(f"compare.column.{n}", writer.lang)
        for n in ("outcome", "strategy", "p_best", "mean_rank", "expected_regret", "max_regret")
    ]
    return [*blocks, PageTable(writer.say("text.regret"), head, groups)]

"""What all rests on: columns that are drawn, parameters, strategies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from village_alliances.experiments.imputation import DRAWN_AS, column_title, imputed
from village_alliances.experiments.page import (
    PageBlock,
    PageCell,
    PageTable,
)
from village_alliances.experiments.report.villages import total
from village_alliances.experiments.report.writer import Writer
from village_alliances.experiments.wording import (
    institutions_in_words,
)
from village_alliances.sim import parameters as model
from village_alliances.sim.endowment import Sourced
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.strategy import Strategy
from village_alliances.wording import apart, joined, listed, say, with_minus
from village_alliances.wording.numbers import span

if TYPE_CHECKING:
    pass


def imputations(writer: Writer) -> list[PageBlock]:
    c = writer.c
    rows, reasons = [], []
    for row in imputed(c.scenario, writer.lang).itertuples():
        if row.known == c.scenario.size:
            continue
        evidence, why = origin(writer, str(row.column))
        stated = [] if math.isnan(row.total) else total(writer, str(row.column), row.total)
        rows.append(
            [
                (
                    PageCell(column_title(str(row.column), writer.lang), head=True),
                    *(PageCell(str(n), number=True) for n in (row.known, row.bounded, row.drawn)),
                    PageCell(" ".join(stated).strip(), number=True),
                    PageCell(str(row.source), links=writer.cite(evidence)),
                )
            ]
        )
        if why:
            reasons.append(
                [(PageCell(column_title(str(row.column), writer.lang), head=True), PageCell(why))]
            )
    if not rows:
        return []
    head = [
        say(f"compare.column.{n}", writer.lang)
        for n in ("column", "known", "bounded", "drawn", "total", "source")
    ]
    blocks: list[PageBlock] = [PageTable(writer.say("text.imputed"), head, rows)]
    if reasons:
        blocks.append(
            PageTable(
                writer.say("text.imputed_reason"), [head[0], writer.say("column.reason")], reasons
            )
        )
    return blocks


def origin(writer: Writer, column: str) -> tuple[tuple[str, ...], str]:
    """Evidence and reason of the distribution from which a column's blanks are drawn."""
    region = writer.c.scenario.region
    special: dict[str, Sourced] = {
        "industry": region.industry,
        "stage": region.stage,
        "culture": region.culture,
        "position": region.geography,
        "households": region.starts("household_size"),
    }
    body = special.get(column) or region.starts(DRAWN_AS.get(column, column))
    return body.evidence, with_minus(body.reason(writer.lang))


def parameters(writer: Writer) -> list[PageBlock]:
    c = writer.c
    rows = []
    for name, quantity in {**model.parameters(), **quantities_of(c.scenario.region)}.items():
        numbers = (quantity.value, quantity.low, quantity.high)
        (value, low, high), unit = writer.stated(numbers, quantity.unit)
        cells = (
            PageCell(writer.named(quantity), below=name, head=True),
            PageCell(value, number=True),
            PageCell(span(low, high, writer.lang), number=True),
            PageCell(unit),
            writer.source(quantity.evidence, quantity.reason(writer.lang)),
        )
        rows.append([cells])
    caption = writer.say("text.parameters", mode=writer.say(f"text.mode_{c.mode}"))
    head = ["meaning", "value", "range", "unit", "reasoned"]
    return [replace(writer.table(caption, head, rows), widths=(29, 11, 13, 12, 35))]


def strategies(writer: Writer) -> list[PageBlock]:
    rows = []
    lang = writer.lang
    for label in writer.c.strategies:
        used = writer.c.ensembles[label].portfolio.strategies
        links = writer.cite(dict.fromkeys(id for portfolio in used for id in portfolio.evidence))
        does = each(writer, used, lambda portfolio: portfolio.does.get(lang, ""), joined)
        risk = each(writer, used, lambda portfolio: portfolio.risk.get(lang, ""), joined)
        worked = each(writer, used, lambda portfolio: institutions_in_words(portfolio, lang), apart)
        rows.append(
            [
                (
                    PageCell(with_exceptions(writer, label), head=True, links=links),
                    PageCell(does),
                    PageCell(risk),
                    PageCell(worked or "—"),
                )
            ]
        )
    head = ["strategy", "does", "risk", "institutions"]
    block = writer.table(writer.say("text.strategies"), head, rows)
    return [replace(block, widths=(21, 25, 18, 36))]


def with_exceptions(writer: Writer, label: str) -> str:
    """A strategy's title with who follows another one: alliances of a partition, townships or
    alliances of a portfolio."""
    ensemble, title = writer.c.ensembles[label], writer.c.title(label, writer.lang)
    called = {
        alliance.name["id"]: alliance.name.get(writer.lang, "")
        for alliance in ensemble.scenario.given
        if "id" in alliance.name
    }
    by = [
        writer.say("page.exception", place=called.get(p) or p, strategy=s.title[writer.lang])
        for p, s in ensemble.portfolio.by.items()
    ]
    if not by:
        return title
    others = listed(by, writer.lang)
    if label in writer.c.partitions:
        return writer.say("page.by_alliance", title=title, alliances=others)
    return writer.say("page.by_township", title=title, exceptions=others)


def each(
    writer: Writer,
    used: Sequence[Strategy],
    text: Callable[[Strategy], str],
    together: Callable[[list[str], str], str],
) -> str:
    """What is to be said of a strategy; of several one after the other, each under its title,
    `together` as that sets them."""
    if len(used) == 1:
        return text(used[0])
    texts = [
        writer.say("page.exception", place=strategy.title[writer.lang], strategy=text(strategy))
        for strategy in used
        if text(strategy)
    ]
    return together(texts, writer.lang)

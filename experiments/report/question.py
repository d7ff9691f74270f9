"""What was compared, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from village_alliances.experiments.page import (
    PageBlock,
    PageCell,
    PageWords,
    Points,
)
from village_alliances.experiments.report.writer import Writer
from village_alliances.experiments.verdict import warnings
from village_alliances.sim.parameters import Quantity, levers
from village_alliances.sim.scenario import (
    EXACT,
    NUMBERS,
)
from village_alliances.wording import grouped, listed

if TYPE_CHECKING:
    pass


def subtitle(writer: Writer) -> str:
    """What was compared, in a line."""
    c = writer.c
    return writer.say(
        "page.subtitle",
        villages=grouped(c.scenario.size, writer.lang),
        first=c.scenario.start,
        last=c.last_year,
        runs=grouped(c.runs, writer.lang),
        id=c.id,
    )


def question(writer: Writer) -> list[PageBlock]:
    c = writer.c
    named = listed((c.title(s, writer.lang) for s in c.strategies[1:]), writer.lang)
    facts = {
        "scenario": c.scenario.title[writer.lang],
        "villages": grouped(c.scenario.size, writer.lang),
        "first": c.scenario.start,
        "last": c.last_year,
        "baseline": c.title(c.baseline, writer.lang),
    }
    asked = (
        writer.say("text.question", strategies=named, **facts)
        if named
        else writer.say("text.question_one", **facts)
    )
    blocks: list[PageBlock] = [PageWords(asked)]
    if c.scenario.summary.get(writer.lang):
        blocks.append(PageWords(c.scenario.summary[writer.lang]))
    blocks.append(
        PageWords(
            writer.say(
                "text.how",
                runs=grouped(c.runs, writer.lang),
                years=c.years,
                mode=writer.say(f"text.mode_{c.mode}"),
            )
        )
    )
    if c.require:
        blocks.append(
            Points([writer.requirement(str(r)) for r in c.require], writer.say("text.require"))
        )
    set_here = {**c.scenario.levers, **c.levers}
    if set_here:
        blocks.append(
            writer.table(
                writer.say("text.levers"),
                ["meaning", "chosen", "default", "unit", "reasoned"],
                [[set_to(writer, levers()[name], value)] for name, value in set_here.items()],
            )
        )
    minded = warnings(c, writer.lang)
    return [*blocks, PageWords(spread(writer)), *([Points(minded)] if minded else [])]


def set_to(writer: Writer, lever: Quantity, value: float) -> tuple[PageCell, ...]:
    """A lever that was set: its value here and usually, and why."""
    return (
        PageCell(writer.named(lever), head=True),
        PageCell(writer.setting(lever, value, lever.value), number=True),
        PageCell(writer.setting(lever, lever.value, value), number=True),
        PageCell(writer.stated([value, lever.value], lever.unit)[1]),
        writer.source(lever.evidence, lever.reason(writer.lang)),
    )


def spread(writer: Writer) -> str:
    """What a band is, and how much of the villages it rests on is stated."""
    s = writer.c.scenario
    stated = sum(int((s.numbers[name].kind == EXACT).sum()) for name in NUMBERS)
    facts = {
        "stated": grouped(stated, writer.lang),
        "cells": grouped(len(NUMBERS) * s.size, writer.lang),
    }
    return writer.say("text.band", **facts)

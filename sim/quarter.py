"""The order of a quarter, written once; stepping a society; running many societies on several threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sim.rules.campaign import lift_weak
from sim.rules.earning import earn
from sim.rules.election import post_and_elect
from sim.rules.expectation import settle_in
from sim.rules.formation import form, move
from sim.rules.founding import found_given
from sim.rules.land import pool_land
from sim.rules.livelihood import employ_and_serve
from sim.rules.meeting import meet
from sim.rules.mentoring import mentor
from sim.rules.projects import build
from sim.rules.recording import record
from sim.rules.review import review
from sim.rules.sharing import share
from sim.rules.solo import build_alone
from sim.rules.stock import open_books, take_stock

Rule = Callable[[Any, int], None]

QUARTER: tuple[Rule, ...] = (
    found_given,
    form,
    take_stock,
    settle_in,
    meet,
    mentor,
    post_and_elect,
    pool_land,
    build,
    build_alone,
    lift_weak,
    earn,
    share,
    employ_and_serve,
    review,
    move,
    record,
)


FLOWS = (
    "earned", "profits", "services", "transfers", "grants", "solo_grants", "salvaged", "spent", "interest", "land_cost",
    "invested", "works_cost", "contributed", "dividends", "written_off",
)  # fmt: skip


def step(society: Any, tick: int, rules: Sequence[Rule] = QUARTER) -> None:
    """Carry the society through one quarter."""
    open_books(society, tick)
    for rule in rules:
        rule(society, tick)


def run(society: Any, ticks: Iterable[int], rules: Sequence[Rule] = QUARTER) -> Any:
    """Carry the society through several quarters, and give it back."""
    for tick in ticks:
        step(society, tick, rules)
    return society

"""The order of a quarter, written once; stepping a society; running many societies on several threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from village_alliances.sim.rules.campaign import lift_weak
from village_alliances.sim.rules.earning import earn
from village_alliances.sim.rules.election import post_and_elect
from village_alliances.sim.rules.expectation import settle_in
from village_alliances.sim.rules.formation import form, move
from village_alliances.sim.rules.founding import found_given
from village_alliances.sim.rules.land import pool_land
from village_alliances.sim.rules.livelihood import employ_and_serve
from village_alliances.sim.rules.meeting import meet
from village_alliances.sim.rules.mentoring import mentor
from village_alliances.sim.rules.projects import build
from village_alliances.sim.rules.recording import record
from village_alliances.sim.rules.review import review
from village_alliances.sim.rules.sharing import share
from village_alliances.sim.rules.solo import build_alone
from village_alliances.sim.rules.stock import open_books, take_stock

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

"""The order of a quarter, written once; stepping a society."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from village_alliances.sim.rules.county import lift_weak, rank_alliances
from village_alliances.sim.rules.forming import form, move
from village_alliances.sim.rules.founding import found_given
from village_alliances.sim.rules.livelihood import reach_people
from village_alliances.sim.rules.meeting import meet
from village_alliances.sim.rules.pacts import review_pacts
from village_alliances.sim.rules.pooling import place_orders, put_in_own_money, sign_in
from village_alliances.sim.rules.projects import begin_projects, run_projects
from village_alliances.sim.rules.public_money import pay_public_money
from village_alliances.sim.rules.rates import set_rates
from village_alliances.sim.rules.recording import record
from village_alliances.sim.rules.secretaries import change_secretaries
from village_alliances.sim.rules.sharing import earn, share_profit
from village_alliances.sim.rules.stock import open_books, take_stock

Rule = Callable[[Any, int], None]


class Plan(tuple[Rule, ...]):
    """Rules in the order in which a quarter carries them out; printed as their names."""

    __slots__ = ()

    def __repr__(self) -> str:
        return " > ".join(getattr(rule, "__name__", str(rule)) for rule in self)


QUARTER = Plan((
    change_secretaries,
    found_given,
    form,
    take_stock,
    meet,
    sign_in,
    set_rates,
    place_orders,
    pay_public_money,
    put_in_own_money,
    begin_projects,
    run_projects,
    lift_weak,
    share_profit,
    earn,
    reach_people,
    review_pacts,
    move,
    rank_alliances,
    record,
))  # fmt: skip

FLOWS = (
    "earned", "profits", "ordinary", "grants", "solo_grants", "campaign",
    "spent", "interest", "costs", "works", "written_off",
)  # fmt: skip


def step(society: Any, tick: int, rules: Sequence[Rule] = QUARTER) -> None:
    """Carry the society through one quarter.

    Raises IndexError where the society's time is over: compiled rules do not look whether a
    quarter is in the calendar."""
    if not 0 <= tick < society.calendar.size:
        raise IndexError(f"quarter {tick}: this society has {society.calendar.size}, from 0")
    open_books(society, tick)
    for rule in rules:
        rule(society, tick)


def run(society: Any, ticks: Iterable[int], rules: Sequence[Rule] = QUARTER) -> Any:
    """Carry the society through several quarters, and give it back."""
    for tick in ticks:
        step(society, tick, rules)
    return society
